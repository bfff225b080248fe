"""Formulas: compiled by KaTeX while the book is built, inside Python (V8, no Node).

A page then carries finished HTML and MathML, which a screen reader reads, and loads one
style sheet and a few fonts instead of a typesetting program. What was measured is in
benchmarks/math_renderer/README.md.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from .tex import unknown_commands

KATEX = Path(__file__).parent / "vendor" / "katex.min.js"
LOGGER = logging.getLogger(__name__)


class TexError(ValueError):
    """KaTeX does not understand a formula; the message says where."""


class Katex:
    """KaTeX in its own V8. Close it: an open one keeps Python from ending."""

    def __init__(self) -> None:
        self._engine = MiniRacer()
        self._engine.eval(KATEX.read_text(encoding="utf-8"))

    def render(self, tex: str, display: bool) -> str:
        """HTML and MathML of one formula. Raises TexError."""
        options = json.dumps(
            {
                "displayMode": display,
                "output": "htmlAndMathml",
                "throwOnError": True,
                "strict": "error",
            }
        )
        try:
            html = self._engine.eval(
                f"katex.renderToString({json.dumps(tex)}, {options})"
            )
        except JSEvalException as error:
            raise TexError(_first_line(error)) from None
        return str(html)

    def close(self) -> None:
        self._engine.close()

    def __enter__(self) -> Katex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    found = [line for line in lines if "KaTeX parse error" in line]
    return (found or lines)[0].split("ParseError: ")[-1]


class Formulas:
    """The formulas of one build: each compiled once, errors told where they stand."""

    def __init__(self) -> None:
        self._katex: Katex | None = None
        self.html = cache(self._html)

    def _html(self, tex: str, display: bool) -> str:
        self._katex = self._katex or Katex()
        return self._katex.render(tex, display)

    def render(self, node: nodes.math | nodes.math_block) -> str:
        tex = node.astext().strip()
        display = isinstance(node, nodes.math_block)
        if unknown := unknown_commands(tex):
            LOGGER.warning(
                "TeX outside the common subset of KaTeX, MathJax and LaTeX: %s in %s",
                ", ".join(unknown),
                tex,
                location=node,
                type="unrolled",
                subtype="tex",
            )
        try:
            return self.html(tex, display)
        except TexError as error:
            LOGGER.warning("broken formula: %s", error, location=node, type="unrolled")
            return f'<code class="tex-error">{nodes.unescape(tex)}</code>'

    def close(self, *_: object) -> None:
        if self._katex is not None:
            self._katex.close()
            self._katex = None
        self.html.cache_clear()


def _formulas(translator: HTML5Translator) -> Formulas:
    return translator.builder.app.unrolled_formulas  # type: ignore[attr-defined]


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    """A formula within a line."""
    html = _formulas(translator).render(node)
    translator.body.append(f'<span class="math notranslate">{html}</span>')
    raise nodes.SkipNode


def visit_math_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """A display; its number and mark stand beside it, below it on a phone."""
    html = _formulas(translator).render(node)
    body = translator.body
    anchor = f' id="{node["label"]}"' if node.get("label") else ""
    body.append(f'<div class="math-display notranslate"{anchor}>')
    body.append(f'<div class="math-scroll">{html}</div>')
    if node.get("shown_number"):
        href = node.get("href") or f"#{node['label']}"
        body.append('<div class="math-side">')
        body.append(
            f'<a class="eqno" href="{href}" title="{href.split("#")[-1]}">'
            f"({node['shown_number']})</a>"
        )
        body.append(node.get("mark", ""))
        body.append("</div>")
    body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    formulas = Formulas()
    app.unrolled_formulas = formulas  # type: ignore[attr-defined]
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.add_css_file("katex/katex.min.css", priority=200)
    app.connect("build-finished", formulas.close, priority=900)
