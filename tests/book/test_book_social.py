"""Shared links: each page says what it is; with an address known, the card too."""

from __future__ import annotations

import re
import runpy
import shutil
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from docutils.core import publish_doctree
from PIL import Image
from tiny import ROOT, build_real_book, code, markdown, write_notebook
from unrolled_book import site, social

FIGURES = ROOT / "book" / "figures"
ADDRESS = "https://someone.github.io/unrolled"


def meta(page: Path) -> dict[str, str]:
    """Name or property -> content of a page's meta elements."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', text)
    return {name: unescape(content) for name, content in found}


# --- words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "A whole sentence that describes the page.",
            "A whole sentence that describes",
        ),
        (
            "One that is long enough to stand alone. It has :math:`w`.",
            "One that is long",
        ),
        ("It has :math:`w`.\n\nThe next paragraph describes it too.", "The next para"),
        ("Short.\n\n    A quotation, which does not describe the page.", "A course on"),
        ("This one ends in a colon and leads to a display:", "A course on"),
        ("", "A course on"),
    ],
)
def test_a_description_is_whole_sentences_without_formulas(
    text: str, says: str
) -> None:
    source = f"Book\n====\n\nChapter\n-------\n\n{text}\n\nSecond\n------\n\nText.\n"
    found = social.description(publish_doctree(source))
    assert found.startswith(says)
    assert "\0" not in found and found[-1] in ".!?"


def test_a_description_has_a_longest_length() -> None:
    many = " ".join(["This sentence is one of very many that follow."] * 20)
    found = social.description(
        publish_doctree(f"A\n=\n\nB\n-\n\n{many}\n\nC\n-\n\nD\n")
    )
    assert 100 < len(found) <= social.LONGEST


def test_tags_are_escaped_and_need_an_address_for_the_picture() -> None:
    without = social.tags('A "quoted" <title>', "Words.", "", "a.html", False)
    assert "A &quot;quoted&quot; &lt;title&gt;" in without
    assert "og:image" not in without and "og:url" not in without
    assert 'content="summary"' in without
    whole = social.tags("T", "Words.", f"{ADDRESS}/", "a.html", True)
    assert f'content="{ADDRESS}/_static/social.png"' in whole
    assert f'content="{ADDRESS}/a.html"' in whole and "summary_large_image" in whole


# --- pages ----------------------------------------------------------------------------


def small_book(tmp_path: Path, baseurl: str) -> Path:
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert '  baseurl: ""\n' in config, "the committed setting is empty"
    root = tmp_path / "root"
    (root / "book" / "figures").mkdir(parents=True)
    (root / "_config.yml").write_text(
        config.replace('baseurl: ""', f'baseurl: "{baseurl}"').replace(
            'url: ""', 'url: "https://github.com/someone/mine"', 1
        )
    )
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nchapters:\n"
        "  - file: chapters/01_x\n  - file: book/setup\n"
    )
    for part in ("_ext", "static"):
        shutil.copytree(ROOT / "book" / part, root / "book" / part)
    shutil.copy(FIGURES / "social.png", root / "book" / "figures")
    (root / "book" / "index.md").write_text("# Book\n\nText.\n")
    (root / "book" / "setup.md").write_text(
        f"# Set up\n\n```bash\ngit clone {social_free_address()}\n```\n"
    )
    write_notebook(
        root / "chapters" / "01_x.ipynb",
        markdown("# 1 One\n\nThis chapter is about the number one."),
        code("print(1)", "1\n"),
    )
    build_real_book(root, tmp_path / "out")
    return tmp_path / "out" / "_build" / "html"


def social_free_address() -> str:
    from unrolled_book.theme import UNNAMED

    return UNNAMED


def test_a_published_page_shows_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOK_URL", ADDRESS)  # as the workflow gives it
    built = small_book(tmp_path, "")
    chapter = meta(built / "chapters" / "01_x.html")
    assert chapter["og:title"] == "1 One" and chapter["og:type"] == "article"
    assert chapter["description"] == "This chapter is about the number one."
    assert chapter["og:url"] == f"{ADDRESS}/chapters/01_x.html"
    card = built / chapter["og:image"].removeprefix(f"{ADDRESS}/")
    assert card.read_bytes() == (FIGURES / "social.png").read_bytes()
    # the address that people share leads to the start page and shows the same
    root = meta(built / "index.html")
    assert root["og:image"] == chapter["og:image"] and root["og:type"] == "website"
    assert "url=book/index.html" in (built / "index.html").read_text()
    assert site.outside_requests(built) == []
    # and the commands that fetch the course name the repository
    commands = (built / "book" / "setup.html").read_text(encoding="utf-8")
    assert "github.com/someone/mine" in commands and "OWNER" not in commands


def test_the_setting_gives_the_address_too(tmp_path: Path) -> None:
    built = small_book(tmp_path, f"{ADDRESS}/")
    assert meta(built / "index.html")["og:url"] == f"{ADDRESS}/book/index.html"


def test_a_wrong_address_fails_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOK_URL", "someone.github.io")
    with pytest.raises(AssertionError, match="is not an address"):
        small_book(tmp_path, "")


def test_every_page_of_the_book_describes_itself(real_site: Path) -> None:
    pages = site.pages(real_site)
    for path in pages:
        found = meta(path)
        assert found["og:title"] and found["og:site_name"] == "Unrolled", path
        assert 30 <= len(found["description"]) <= social.LONGEST, path
        assert found["og:description"] == found["description"], path
    assert "og:image" not in meta(real_site / "book" / "index.html")
    chapters = [path for path in pages if path.parent.name == "chapters"]
    assert len({meta(path)["og:title"] for path in chapters}) == len(chapters) > 0


# --- the card -------------------------------------------------------------------------


def test_the_card_is_what_its_program_draws() -> None:
    with Image.open(FIGURES / "social.png") as picture:
        assert picture.size == (1200, 630)
        stored = np.asarray(picture.convert("RGB"), dtype=float)
    drawn = runpy.run_path(str(FIGURES / "social.py"), run_name="card")["picture"]()
    assert np.abs(stored - drawn).mean() < 3  # of 255; the file has 256 colours


def test_the_card_is_light() -> None:
    assert (FIGURES / "social.png").stat().st_size < 300_000
