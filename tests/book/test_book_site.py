"""The finished site: nothing from outside, no dead link, every picture in words."""

from __future__ import annotations

import re
import runpy
import shutil
from pathlib import Path

import pytest
from tiny import ROOT, build_real_book, code, markdown, write_notebook
from unrolled_book import site


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://example.org/a.js"></script>',
        '<script src="//example.org/a.js"></script>',
        '<script>const A_URL = "https://example.org/a.js"</script>',
        '<script>fetch("https://example.org/data")</script>',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        '<link rel="preconnect" href="https://example.org">',
        '<img alt="a" src="http://example.org/a.png">',
        '<img alt="a" src="a.png" srcset="a.png 1x, https://example.org/b.png 2x">',
        '<iframe src="https://example.org"></iframe>',
        '<form action="https://example.org"></form>',
        '<p style="background:url(https://example.org/a.png)">a</p>',
        "<style>@import 'https://example.org/a.css';</style>",
        "<style>@font-face { src: url(//example.org/a.woff2); }</style>",
        '<svg><image href="https://example.org/a.png"/></svg>',
    ],
)
def test_an_outside_address_in_a_page_is_found(tmp_path: Path, html: str) -> None:
    (tmp_path / "a.html").write_text(f"<!doctype html><p>a</p>{html}")
    found = site.outside_requests(tmp_path)
    assert len(found) == 1 and found[0].startswith("a.html: ")


@pytest.mark.parametrize(
    "css", ["@import url(https://example.org/a.css);", "a{src:url('//example.org/f')}"]
)
def test_an_outside_address_in_a_style_sheet_is_found(tmp_path: Path, css: str) -> None:
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "a.css").write_text(css)
    assert len(site.outside_requests(tmp_path)) == 1


def test_links_to_click_and_local_files_are_fine(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="https://example.org">a</a><img alt="a" src="a.png">'
        '<style>/* https://example.org */ a{b:url(a.png)} c{d:url("data:x,y")}</style>'
    )
    assert site.outside_requests(tmp_path) == []
    assert site.dead_links(tmp_path) == []


@pytest.mark.parametrize("link", ["b.html", "#nowhere", "c.html#nowhere"])
def test_a_dead_link_is_found(tmp_path: Path, link: str) -> None:
    (tmp_path / "a.html").write_text(f'<p id="here">a</p><a href="{link}">a</a>')
    (tmp_path / "c.html").write_text('<a href="a.html#here">a</a>')
    assert site.dead_links(tmp_path) == [f"a.html: {link}"]


@pytest.mark.parametrize("picture", ['<img src="a.png">', '<img src="a.png" alt=" ">'])
def test_a_picture_without_words_is_found(tmp_path: Path, picture: str) -> None:
    (tmp_path / "a.html").write_text(picture + '<img src="b.png" alt="A curve.">')
    assert list(site.pictures_without_alt(tmp_path)) == ["a.html: a.png"]


def test_the_book_is_clean(real_site: Path) -> None:
    found = site.pages(real_site)
    assert len(found) > 5
    assert site.outside_requests(real_site, found) == []
    assert site.dead_links(real_site, found) == []
    assert list(site.pictures_without_alt(real_site, found)) == []
    assert (real_site / ".nojekyll").is_file()


def test_no_page_shows_an_unverified_or_broken_formula(real_site: Path) -> None:
    for path in site.pages(real_site):
        text = path.read_text(encoding="utf-8")
        assert 'class="unverified"' not in text, path
        assert 'class="tex-error"' not in text, path


def test_a_page_loads_neither_thebe_nor_two_searches(real_site: Path) -> None:
    text = (real_site / "book" / "index.html").read_text(encoding="utf-8")
    assert "thebe" not in text
    # one in the side bar, one in the article's head that only a phone shows
    assert text.count('class="btn search-button-field') == 1
    assert 'rel="icon"' in text


@pytest.mark.parametrize(
    "url", ["", "https://github.com/someone/unrolled"], ids=["none", "github"]
)
def test_buttons_follow_the_one_repository_setting(tmp_path: Path, url: str) -> None:
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert '  url: ""\n' in config, "the committed setting is empty"
    root = tmp_path / "root"
    (root / "book").mkdir(parents=True)
    (root / "_config.yml").write_text(config.replace('  url: ""', f'  url: "{url}"'))
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nchapters:\n  - file: chapters/01_x\n"
    )
    for part in ("_ext", "static"):
        shutil.copytree(ROOT / "book" / part, root / "book" / part)
    (root / "book" / "index.md").write_text("# Book\n\nText.\n")
    notebook = root / "chapters" / "01_x.ipynb"
    write_notebook(notebook, markdown("# 1 One"), code("print(1)", "1\n"))
    build_real_book(root, tmp_path / "out")
    page = tmp_path / "out" / "_build" / "html" / "chapters" / "01_x.html"
    text = page.read_text(encoding="utf-8")
    wanted = bool(url)
    assert (
        "https://colab.research.google.com/github/someone/unrolled" in text
    ) is wanted
    assert ("https://mybinder.org/v2/gh/someone/unrolled" in text) is wanted
    assert (f'href="{url}"' in text if url else "github.com" in text) is wanted


def test_a_page_is_light(real_site: Path) -> None:
    """Scripts of the whole page; the theme's icon script alone would be 1.5 MB.

    Not counted is the search index: it grows with the text.
    """
    text = (real_site / "book" / "index.html").read_text(encoding="utf-8")
    assert "fontawesome.js" not in text
    sources = re.findall(r'<script[^>]*src="([^"?]*)', text)
    paths = [(real_site / "book" / source).resolve() for source in sources]
    scripts = [path for path in paths if path.name != "searchindex.js"]
    assert len(scripts) == len(paths) - 1
    assert sum(path.stat().st_size for path in scripts) < 200_000


def test_the_start_picture_is_what_its_program_draws() -> None:
    figures = ROOT / "book" / "figures"
    program = runpy.run_path(str(figures / "unfold.py"), run_name="picture")
    drawn = (figures / "unfold.svg").read_text(encoding="utf-8")
    assert drawn == program["picture"]()
