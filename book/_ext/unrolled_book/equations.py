"""Numbers, references and marks of labelled displays.

A display `$$ ... $$ (eq-x)` in chapters/03_bptt.ipynb is numbered (3.n) in order of
appearance; a link `[eq-x](#eq-x)`, from any page, shows that number. A claim (`eq-`)
carries the mark "✓ verified" if an executed cell of the same notebook calls
`verify("eq-x", ...)` *and* its stored output holds the line that `verify` prints.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from docutils import nodes
from docutils.nodes import Element
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from unrolled.registry import Verified, verified_in

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Equation:
    """A labelled display: where it stands and what it is called there."""

    docname: str
    label: str
    number: str
    section: str
    section_id: str
    tex: str

    @property
    def is_claim(self) -> bool:
        return self.label.startswith("eq-")


@dataclass
class Store:
    """What the pages know of each other; kept in Sphinx's environment."""

    equations: dict[str, Equation] = field(default_factory=dict)
    checks: dict[str, dict[str, list[Verified]]] = field(default_factory=dict)
    sections: dict[str, tuple[str, str]] = field(default_factory=dict)  # page, anchor
    changed: bool = False  # was any page read anew in this build?

    def purge(self, docname: str) -> None:
        self.equations = {
            label: e for label, e in self.equations.items() if e.docname != docname
        }
        self.sections = {
            name: place for name, place in self.sections.items() if place[0] != docname
        }
        self.checks.pop(docname, None)


def store(env: BuildEnvironment) -> Store:
    if not hasattr(env, "unrolled_store"):
        env.unrolled_store = Store()  # type: ignore[attr-defined]
    return env.unrolled_store  # type: ignore[attr-defined]


# reading: one document at a time


def number_prefix(docname: str) -> str:
    """ "3." for chapters/03_bptt, "E3." and "S3." for its exercises and solutions."""
    path = PurePosixPath(docname)
    match = re.match(r"(\d+)_", path.name)
    if match is None:
        return ""
    twin = {"exercises": "E", "solutions": "S"}.get(path.parent.name, "")
    return f"{twin}{int(match[1])}."


def read_document(app: Sphinx, doctree: nodes.document) -> None:
    """Number the displays of a page and mark its claims."""
    docname = app.env.docname
    known = store(app.env)
    known.changed = True
    checks = _read_checks(doctree)
    known.checks[docname] = checks
    prefix = number_prefix(docname)
    labels = set()
    displays = [n for n in doctree.findall(nodes.math_block) if n.get("label")]
    for count, node in enumerate(displays, start=1):
        label = node["label"]
        node["shown_number"] = f"{prefix}{count}"
        section, section_id = _section(node)
        equation = Equation(
            docname, label, node["shown_number"], section, section_id, node.astext()
        )
        known.equations.setdefault(label, equation)
        labels.add(label)
        if equation.is_claim:
            node["mark"] = _mark(label, checks.get(label, []), node)
    for label in sorted(checks.keys() - labels):
        LOGGER.warning(
            "%s is verified here but no display of this page is labelled %s",
            label,
            label,
            location=docname,
            type="unrolled",
        )
    _warn_of_unread_math(doctree)


def _section(node: Element) -> tuple[str, str]:
    while node is not None and not isinstance(node, nodes.section):
        node = node.parent
    if node is None or not isinstance(node[0], nodes.title):
        return "", ""
    return node[0].astext(), node["ids"][0]


def _read_checks(doctree: nodes.document) -> dict[str, list[Verified]]:
    """What the executed cells of a notebook verified, by label.

    Each verifying cell becomes the target of links: verify-eq-x.
    """
    checks: dict[str, list[Verified]] = {}
    for cell, source, output in code_cells(doctree):
        tags = cell["cell_metadata"].get("tags", [])
        for check in verified_in(source, output, tags):
            if check.label not in checks:
                cell["ids"].append(f"verify-{check.label}")
            checks.setdefault(check.label, []).append(check)
    return checks


def code_cells(doctree: nodes.document) -> Iterator[tuple[Element, str, str]]:
    """The code cells of a notebook page: container, source, text of stored outputs."""
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") != "cell_code":
            continue
        parts = {"cell_code_source": "", "cell_code_output": ""}
        for part in cell.children:
            if part.get("nb_element") in parts:
                parts[part["nb_element"]] = "\n".join(
                    block.astext() for block in part.findall(nodes.literal_block)
                )
        yield cell, *parts.values()


def _mark(label: str, checks: list[Verified], node: Element) -> str:
    """HTML of the mark beside a claim."""
    if not checks:
        LOGGER.warning(
            "unverified claim: no executed cell of this page verified %s",
            label,
            location=node,
            type="unrolled",
        )
    return _mark_html(label, checks)


def _mark_html(label: str, checks: list[Verified], page: str = "") -> str:
    if not checks:
        return '<strong class="unverified">unverified</strong>'
    title = "; ".join(f"{c.method}: error ≤ {c.bound}" for c in checks)
    return (
        f'<a class="verified" href="{page}#verify-{label}" '
        f'title="{html.escape(title)}">✓ verified</a>'
    )


def _warn_of_unread_math(doctree: nodes.document) -> None:
    """`$$` or an environment left in running text was meant as a formula."""
    for text in doctree.findall(nodes.Text):
        inside = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block)
        if isinstance(text.parent, (*inside, nodes.comment, nodes.raw)):
            continue
        if "$$" in text or "\\begin{" in text:
            LOGGER.warning(
                "this was not read as a formula: %.60s",
                text.astext(),
                location=text.parent,
                type="unrolled",
            )


# writing: references


class EquationReferences(SphinxPostTransform):
    """Links to equations, and to `(anchor)=` targets of another page.

    Runs before MyST's own resolver, which knows neither; what is found in neither
    place is left to it, and it warns.
    """

    default_priority = 8

    def run(self, **_: object) -> None:
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node.get("reftype") != "myst":
                continue
            to_page = node.get("refdomain") == "doc"
            target = node["reftargetid"] if to_page else node["reftarget"]
            if not target:
                continue
            equation = store(self.env).equations.get(target)
            if equation and (not to_page or node["reftarget"] == equation.docname):
                self._link_equation(node, equation)
            elif to_page:
                self._link_anchor(node, target)
            # anything else is MyST's, which warns of what it does not find

    def _link_equation(self, node: Element, equation: Equation) -> None:
        text = node.astext()
        if text in ("", equation.label):
            inner: Element = nodes.inline("", f"({equation.number})")
        else:
            inner = nodes.inline("", "", *node[0].children)
        link = make_refnode(
            self.app.builder,
            node["refdoc"],
            equation.docname,
            equation.label,
            inner,
            equation.label,
        )
        link["classes"].append("eqref")
        node.replace_self(link)

    def _link_anchor(self, node: Element, target: str) -> None:
        anchors = self.env.get_domain("std").anonlabels  # type: ignore[attr-defined]
        sections = {
            anchor: (d, anchor) for d, anchor in store(self.env).sections.values()
        }
        docname, target_id = anchors.get(target) or sections.get(target, ("", ""))
        if docname != node["reftarget"]:
            return
        link = make_refnode(
            self.app.builder, node["refdoc"], docname, target_id, node[0].deepcopy()
        )
        node.replace_self(link)


# the page Verified equations


class verified_table(nodes.General, nodes.Element):
    """Stands where the table will be, until every page is read."""


class VerifiedEquations(SphinxDirective):
    """`{verified-equations}`: all claims of the book and how each was verified."""

    def run(self) -> list[nodes.Node]:
        return [verified_table()]


class shown_equation(nodes.General, nodes.Element):
    """Stands where an equation of another page will be shown."""


class ShowEquation(SphinxDirective):
    """`{show-equation} eq-x`: a chapter's display with its number and mark."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        node = shown_equation(label=self.arguments[0])
        self.set_source_info(node)
        return [node]


def show_equations(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    known = store(app.env)
    for node in list(doctree.findall(shown_equation)):
        equation = known.equations.get(node["label"])
        if equation is None:
            LOGGER.warning(
                "no display is labelled %s",
                node["label"],
                location=node,
                type="unrolled",
            )
            node.parent.remove(node)
            continue
        page = app.builder.get_relative_uri(docname, equation.docname)
        checks = known.checks[equation.docname].get(equation.label, [])
        shown = nodes.math_block("", equation.tex, nowrap=False)
        shown["number"] = shown["label"] = None
        shown["href"] = f"{page}#{equation.label}"
        shown["shown_number"] = equation.number
        shown["mark"] = _mark_html(equation.label, checks, page)
        node.replace_self(shown)


def pages_to_rewrite(app: Sphinx, env: BuildEnvironment) -> set[str]:
    """All, when one changed: each may show a number that stands in another."""
    known = store(env)
    changed, known.changed = known.changed, False
    return set(env.found_docs) if changed else set()


def fill_tables(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for node in list(doctree.findall(verified_table)):
        node.replace_self(_verified_nodes(app, docname))


def _verified_nodes(app: Sphinx, page: str) -> list[nodes.Node]:
    known = store(app.env)
    claims = [e for e in known.equations.values() if e.is_claim]
    checks = {e.label: known.checks[e.docname].get(e.label, []) for e in claims}
    every = [check for found in checks.values() for check in found]
    loose = sum(check.because is not None for check in every)
    summary = nodes.paragraph(
        "",
        f"{len(claims)} claims, {len(every)} independent checks; "
        f"{loose} of the checks {'has' if loose == 1 else 'have'} a looser bound.",
    )
    found: list[nodes.Node] = [summary]
    docnames = sorted({e.docname for e in claims})
    for docname in docnames:
        title = app.env.titles[docname].astext()
        found.append(nodes.rubric("", title))
        rows = [
            _row(app, page, equation, checks[equation.label])
            for equation in claims
            if equation.docname == docname
        ]
        found.append(
            _table(["equation", "section", "verified by", "error at most"], rows)
        )
    return found


def _row(
    app: Sphinx, page: str, equation: Equation, checks: list[Verified]
) -> list[list[nodes.Node]]:
    def link(anchor: str, text: str) -> nodes.Node:
        inner = nodes.inline("", text)
        return make_refnode(app.builder, page, equation.docname, anchor, inner)

    first = nodes.paragraph("", "", link(equation.label, f"({equation.number})"))
    first += nodes.Text(" ")
    first += nodes.literal("", equation.label)
    section = nodes.paragraph("", "", link(equation.section_id, equation.section))
    methods = nodes.line_block(classes=["checks"])
    bounds = nodes.line_block(classes=["checks"])
    for check in checks:
        methods += nodes.line("", "", link(f"verify-{equation.label}", check.method))
        if check.because is None:
            bounds += nodes.line("", check.bound)
        else:
            bold = nodes.strong("", check.bound)
            bounds += nodes.line("", "", bold, nodes.Text(f", because {check.because}"))
    if not checks:
        methods += nodes.line("", "", nodes.strong("", "unverified"))
    return [[first], [section], [methods], [bounds]]


def _table(head: list[str], rows: list[list[list[nodes.Node]]]) -> nodes.table:
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead(
        "", nodes.row("", *(nodes.entry("", nodes.paragraph("", h)) for h in head))
    )
    body = nodes.tbody()
    for row in rows:
        body += nodes.row("", *(nodes.entry("", *cell) for cell in row))
    group += body
    return nodes.table("", group, classes=["verified-table"])


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    store(env).purge(docname)


def setup(app: Sphinx) -> None:
    app.add_node(verified_table)
    app.add_node(shown_equation)
    app.add_directive("verified-equations", VerifiedEquations)
    app.add_directive("show-equation", ShowEquation)
    app.add_post_transform(EquationReferences)
    app.connect("doctree-read", read_document)
    app.connect("env-purge-doc", purge)
    app.connect("env-get-updated", pages_to_rewrite)
    app.connect("doctree-resolved", fill_tables)
    app.connect("doctree-resolved", show_equations)
