"""Every formula compiles with KaTeX (the book) and with MathJax's core (Jupyter).

MathJax runs inside Python, as KaTeX does when the book is built: no Node is needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import nbformat
import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from py_mini_racer import MiniRacer
from tiny import ROOT
from unrolled_book import tex
from unrolled_book.katex import Katex, TexError

MATHJAX_PARTS = ("loader.js", "core.js", "adaptors/liteDOM.js", "input/tex-full.js")
START = """
globalThis.setTimeout = run => { run(); return 0; };
globalThis.clearTimeout = () => {};
globalThis.MathJax = {loader: {load: [], require: () => {}, paths: {mathjax: "."}},
                      startup: {typeset: false}};
"""
COMPILE = """
const {TeX} = MathJax._.input.tex_ts;
MathJax._.handlers.html_ts.RegisterHTMLHandler(
  MathJax._.adaptors.liteAdaptor.liteAdaptor());
const page = MathJax._.mathjax.mathjax.document("", {InputJax: new TeX({
  packages: ["base", "ams"],
  formatError: (jax, error) => { throw new Error(error.message); }})});
function problem(formula, display) {
  try {
    page.convert(formula, {display, end: MathJax._.core.MathItem.STATE.CONVERT});
    return "";
  } catch (error) { return error.message; }
}
"""


class MathJax:
    """MathJax 3 with the packages that Jupyter always has, in its own V8."""

    def __init__(self) -> None:
        installed = distribution("sphinx-mathjax-offline")
        folder = Path(
            str(installed.locate_file("sphinx-mathjax-offline/static/mathjax"))
        )
        self.engine = MiniRacer()
        self.engine.eval(START)
        for part in MATHJAX_PARTS:
            self.engine.eval((folder / part).read_text(encoding="utf-8"))
        self.engine.eval(COMPILE)

    def problem(self, formula: str, display: bool) -> str:
        """What MathJax says is wrong, or ""."""
        call = f"problem({json.dumps(formula)}, {json.dumps(display)})"
        return str(self.engine.eval(call))


@pytest.fixture(scope="module")
def mathjax() -> Iterator[MathJax]:
    compiler = MathJax()
    yield compiler
    compiler.engine.close()


@pytest.fixture(scope="module")
def katex() -> Iterator[Katex]:
    with Katex() as compiler:
        yield compiler


def formulas(markdown: str) -> Iterator[tuple[str, bool]]:
    """(TeX, is a display) for each formula of a Markdown text."""
    parser = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
    for token in parser.parse(markdown):
        if token.type in ("math_block", "math_block_label"):
            yield token.content.strip(), True
        for child in token.children or []:
            if child.type.startswith("math"):
                yield child.content.strip(), child.type != "math_inline"


@cache
def course_formulas() -> list[tuple[str, str, bool]]:
    """(file, TeX, is a display) for the whole course."""
    found = []
    for path in sorted((ROOT / "book").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        found += [(path.name, *formula) for formula in formulas(text)]
    for folder in ("chapters", "exercises", "solutions"):
        for path in sorted((ROOT / folder).glob("*.ipynb")):
            for cell in nbformat.read(path, as_version=4).cells:
                if cell.cell_type == "markdown":
                    name = f"{folder}/{path.name}"
                    found += [(name, *f) for f in formulas(cell.source)]
    return found


def problems(formula: str, display: bool, katex: Katex, mathjax: MathJax) -> list[str]:
    """All that is wrong with a formula."""
    found = [f"not in the common subset: {c}" for c in tex.unknown_commands(formula)]
    try:
        katex.render(formula, display)
    except TexError as error:
        found.append(f"KaTeX: {error}")
    if said := mathjax.problem(formula, display):
        found.append(f"MathJax: {said}")
    return found


def test_every_formula_of_the_course_compiles(katex: Katex, mathjax: MathJax) -> None:
    every = course_formulas()
    assert len(every) > 50
    wrong = [
        (name, formula, found)
        for name, formula, display in every
        if (found := problems(formula, display, katex, mathjax))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (r"\frac{a}{", "KaTeX"),
        (r"\frac{a}{", "MathJax"),
        (r"\left( a", "KaTeX"),
        (r"\left( a", "MathJax"),
        (r"\begin{aligned} a &= b", "KaTeX"),
        (r"\begin{aligned} a &= b", "MathJax"),
        (r"\foo", "KaTeX"),
        (r"\boldsymbol{x}", "MathJax"),  # KaTeX knows it, MathJax's core does not
        (r"\htmlClass{a}{b}", "KaTeX"),  # not trusted
        (r"a_b_c", "KaTeX"),
        (r"a_b_c", "MathJax"),
        (r"\tag{1} a", "not in the common subset"),
        (r"\label{a} a", "not in the common subset"),
        (r"\operatorname*{argmax} a", "not in the common subset"),
        (r"\def\x{y} \x", "not in the common subset"),
        (r"\begin{align} a \end{align}", "not in the common subset"),
    ],
)
def test_a_broken_formula_is_refused(
    formula: str, said: str, katex: Katex, mathjax: MathJax
) -> None:
    found = problems(formula, True, katex, mathjax)
    assert [text for text in found if text.startswith(said)], found


@pytest.mark.parametrize(("name", "formula"), sorted(tex.samples().items()))
def test_every_allowed_command_is_known_to_both(
    name: str, formula: str, katex: Katex, mathjax: MathJax
) -> None:
    assert problems(formula, True, katex, mathjax) == []


def test_the_formulas_of_a_text_are_found() -> None:
    text = "Text $a$ and\n\n$$\nb\n$$ (eq-b)\n\n| $c$ |\n|---|\n| `$d$` |\n"
    assert list(formulas(text)) == [("a", False), ("b", True), ("c", False)]
