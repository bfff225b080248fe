"""Each gate of the book, seen green on a clean tiny book and red on a spoiled one."""

from __future__ import annotations

import base64

import pytest
from tiny import PNG, Built, build, code, markdown, write_notebook

CHAPTER = r"""# 3 A chapter

## 3.1 A section

A definition:

$$
a = b + c
$$ (def-a)

and, by [def-a](#def-a), a claim:

$$
\frac{d a}{d b} = 1
$$ (eq-one)

another, [in words](#eq-two):

$$
\frac{d a}{d c} = 1
$$ (eq-two)
"""
ONE = "✓ eq-one  finite differences  error <= 1e-07\n✓ eq-one  sympy  error <= 1e-11\n"
TWO = "✓ eq-two  autograd  error <= 1e-05, because it is steep there\n"


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Built:
    source = tmp_path_factory.mktemp("clean")
    write_notebook(
        source / "chapters" / "03_x.ipynb",
        markdown(CHAPTER),
        code('verify("eq-one", f, ref)', ONE),
        code('verify(\n    "eq-two", g, ref)', TWO),
        code("plt.show()", png=True, alt="A curve\n that falls."),
        markdown("> **Note.** See §3.1, Exercise 3.1 and [it](../words.md#word)."),
    )
    for kind, label in (("exercises", "ex"), ("solutions", "sol")):
        write_notebook(
            source / kind / "03_x.ipynb",
            markdown(
                "# Exercises\n\n## Exercise 3.1: one (2 points)\n\n"
                "By [eq-one](../chapters/03_x.ipynb#eq-one) and [eq-two](#eq-two)\n\n"
                f"$$\nx = 1\n$$ ({label}-x)\n\nsee [{label}-x](#{label}-x) and §4.1.\n"
            ),
        )
    (source / "words.md").write_text(
        "# Words\n\n(word)=\n**Word** · 循环神经网络\n: Meaning.\n\n"
        "```{show-equation} eq-one\n```\n\n| a | b |\n|---|---|\n| c | d |\n"
    )
    (source / "verified.md").write_text("# All\n\n```{verified-equations}\n```\n")
    pages = [f"{k}/03_x" for k in ("chapters", "exercises", "solutions")]
    return build(source, [*pages, "words", "verified"])


def test_a_clean_book_has_no_warning(clean: Built) -> None:
    assert clean.warnings == []


def test_displays_are_numbered_by_chapter_in_order(clean: Built) -> None:
    html = clean.html("chapters/03_x")
    for label, number in (("def-a", "3.1"), ("eq-one", "3.2"), ("eq-two", "3.3")):
        assert f'href="#{label}" title="{label}">({number})</a>' in html
    assert "(E3.1)" in clean.html("exercises/03_x")
    assert "(S3.1)" in clean.html("solutions/03_x")


def test_references_show_numbers_and_cross_pages(clean: Built) -> None:
    html = clean.html("chapters/03_x")
    assert 'href="#def-a" title="def-a"><span>(3.1)</span>' in html
    assert ">in words</span></a>" in html
    html = clean.html("exercises/03_x")
    assert 'href="../chapters/03_x.html#eq-one" title="eq-one"><span>(3.2)' in html
    assert 'href="../chapters/03_x.html#eq-two" title="eq-two"><span>(3.3)' in html
    assert 'href="../words.html#word"' in clean.html("chapters/03_x")


def test_sections_and_exercises_become_links(clean: Built) -> None:
    html = clean.html("chapters/03_x")
    assert 'href="#sec-3.1"' in html
    assert 'href="../exercises/03_x.html#sec-exercise-3.1"' in html
    assert "and §4.1." in clean.html("exercises/03_x")  # no chapter 4 yet: plain


def test_a_verified_claim_links_to_the_cell_that_verified_it(clean: Built) -> None:
    html = clean.html("chapters/03_x")
    assert (
        '<a class="verified" href="#verify-eq-one" '
        'title="finite differences: error ≤ 1e-07; sympy: error ≤ 1e-11">'
    ) in html
    assert 'id="verify-eq-one"' in html
    assert html.count('class="verified"') == 2  # the definition has no mark
    assert 'href="chapters/03_x.html#verify-eq-one"' in clean.html("words")


def test_the_page_of_verified_equations_lists_all(clean: Built) -> None:
    html = clean.html("verified")
    assert "2 claims, 3 independent checks; 1 of the checks has a looser" in html
    assert "<strong>1e-05</strong>, because it is steep there" in html
    assert 'href="chapters/03_x.html#eq-two"' in html


def test_an_output_picture_carries_the_cells_alt_text(clean: Built) -> None:
    assert 'alt="A curve that falls."' in clean.html("chapters/03_x")


def test_formulas_carry_mathml_and_no_script(clean: Built) -> None:
    html = clean.html("chapters/03_x")
    assert "<mfrac>" in html and 'class="katex-html" aria-hidden="true"' in html
    assert "MathJax" not in html and "katex.min.js" not in html


def test_chinese_is_marked_and_tables_scroll(clean: Built) -> None:
    html = clean.html("words")
    assert '<span lang="zh">循环神经网络</span>' in html
    assert "table-scroll" in html


SPOILED = {
    "tex": "$$\n\\frac{a}{\n$$\n",
    "inline_tex": "Text with $\\frac{a}$ in it.\n",
    "subset": "$\\boldsymbol{x}$ is not known to MathJax's core.\n",
    "macro": "$$\n\\newcommand{\\x}{y} \\x\n$$\n",
    "environment": "\\begin{align}\na\n\\end{align}\n",
    "unread": "Half a formula: $$ x\n",
    "dangling": "By [eq-nowhere](#eq-nowhere).\n",
    "dangling_page": "By [eq-no](chapters/04_y.ipynb#eq-no).\n",
    "dangling_section": "See §4.9.\n",
    "dangling_show": "```{show-equation} eq-nowhere\n```\n",
    "alt": "![](dot.png)\n",
    "raw_alt": '<img src="https://example.org/a.png" alt="a">\n',
    "raw_script": '<script src="//example.org/a.js"></script>\n',
    "raw_style": "<div style=\"background: url('https://example.org/b.png')\"></div>\n",
    "dead": '<a href="nowhere.html">x</a>\n',
    "claim": "$$\nx = 1\n$$ (eq-outside)\n",
}


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """One page a fault, all built at once."""
    source = tmp_path_factory.mktemp("spoiled")
    (source / "dot.png").write_bytes(base64.b64decode(PNG))
    for name, text in SPOILED.items():
        (source / f"{name}.md").write_text(f"# Page\n\n{text}", encoding="utf-8")
    write_notebook(
        source / "chapters" / "04_y.ipynb",
        markdown("# 4 Why\n\n## 4.1 One\n\n$$\ny = 1\n$$ (eq-bare)"),
        markdown("$$\ny = 2\n$$ (eq-printed)\n\n$$\ny = 3\n$$ (eq-silent)"),
        code("print('✓ eq-printed ...')", "✓ eq-printed  sympy  error <= 1e-11\n"),
        code('verify("eq-silent", f, ref)'),
        markdown("$$\ny = 4\n$$ (eq-hidden)"),
        code(
            'verify("eq-hidden", f, ref)',
            "✓ eq-hidden  sympy  error <= 1e-11\n",
            tags=["hide-input"],
        ),
        code('verify("eq-ghost", f, ref)', "✓ eq-ghost  sympy  error <= 1e-11\n"),
        code("plt.show()", png=True),
    )
    write_notebook(
        source / "chapters" / "05_z.ipynb",
        markdown("# 5 Zed\n\n$$\ny = 1\n$$ (def-twice)\n\n$$\ny = 2\n$$ (def-twice)"),
    )
    return build(source, [*SPOILED, "chapters/04_y", "chapters/05_z"])


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("tex.md", "broken formula"),
        ("inline_tex.md", "broken formula"),
        ("subset.md", "outside the common subset of KaTeX, MathJax and LaTeX"),
        ("macro.md", "\\newcommand"),
        ("environment.md", "not read as a formula"),
        ("unread.md", "not read as a formula"),
        ("dangling.md", "'eq-nowhere'"),
        ("dangling_page.md", "'eq-no'"),
        ("dangling_section.md", "there is no §4.9"),
        ("dangling_show.md", "no display is labelled eq-nowhere"),
        ("/alt.md", "picture without alternative text"),
        ("raw_alt.html", "request to the outside in"),
        ("raw_script.html", "//example.org/a.js"),
        ("raw_style.html", "https://example.org/b.png"),
        ("dead.html", "dead link"),
        ("claim.md", "unverified claim"),
        ("04_y", "no executed cell of this page verified eq-bare"),
        ("04_y", "no executed cell of this page verified eq-printed"),
        ("04_y", "no executed cell of this page verified eq-silent"),
        ("04_y", "no executed cell of this page verified eq-hidden"),
        ("04_y", "eq-ghost is verified here but no display"),
        ("04_y", "picture without alternative text"),
        ("05_z", "duplicate label"),
    ],
)
def test_a_fault_is_a_warning_that_names_its_page(
    spoiled: Built, page: str, said: str
) -> None:
    assert [w for w in spoiled.about(page) if said in w], spoiled.warnings


def test_an_unverified_claim_is_visible(spoiled: Built) -> None:
    html = spoiled.html("chapters/04_y")
    assert html.count('<strong class="unverified">unverified</strong>') == 4
    assert 'class="verified"' not in html
