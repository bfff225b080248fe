"""Gates over the rendered notebooks: each returns what is wrong, one sentence each.

A gate that cannot fail is worth nothing: tests/test_gates.py spoils something for each
of them and sees it go red.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from unrolled.registry import Verified, verified_in

DISPLAY = re.compile(r"\$\$((?:(?!\$\$).)+)\$\$\s*\(([A-Za-z][\w-]*)\)", re.DOTALL)
AGREEMENT = {"allclose", "assert_allclose", "relative_error", "array_equal", "equal"}


def read(path: Path) -> NotebookNode:
    """A notebook, as it is stored."""
    return nbformat.read(path, as_version=4)


def displays(nb: NotebookNode) -> dict[str, str]:
    """Label -> LaTeX of every labelled display."""
    return {
        label: latex.strip()
        for cell in nb.cells
        if cell.cell_type == "markdown"
        for latex, label in DISPLAY.findall(cell.source)
    }


def stdout(cell: NotebookNode) -> str:
    """What a code cell printed."""
    return "".join(
        o.text
        for o in cell.get("outputs", [])
        if o.output_type == "stream" and o.name == "stdout"
    )


def verified(nb: NotebookNode) -> dict[str, list[Verified]]:
    """Label -> what `verify` printed, in cells that visibly call it."""
    found: dict[str, list[Verified]] = {}
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", [])
        for line in verified_in(cell.source, stdout(cell), tags):
            found.setdefault(line.label, []).append(line)
    return found


def executed(nb: NotebookNode) -> list[str]:
    """Code cells without an execution count: strict nbval would compare nothing."""
    return [
        f"never executed: {cell.source.splitlines()[0]}"
        for cell in nb.cells
        if cell.cell_type == "code"
        and cell.source.strip()
        and cell.get("execution_count") is None
    ]


def claims(nb: NotebookNode) -> list[str]:
    """Claims that no visible, executed cell verifies; verifications of no claim."""
    labels = {label for label in displays(nb) if label.startswith("eq-")}
    done = verified(nb)
    return [
        f"claim {label} is not verified" for label in sorted(labels - set(done))
    ] + [f"verify({label}) has no display" for label in sorted(set(done) - labels)]


def three_ways(nb: NotebookNode) -> list[str]:
    """What a chapter lacks of NumPy-only cells, torch cells and their agreement."""
    sources = [c.source for c in nb.cells if c.cell_type == "code"]
    torch = [s for s in sources if re.search(r"\b(torch|nn)\.", s)]
    numpy = [s for s in sources if re.search(r"\bnp\.", s) and s not in torch]
    problems = []
    if not numpy:
        problems.append("no NumPy-only cell")
    if not torch:
        problems.append("no torch cell")
    from_torch = {name for source in torch for name in _assigned(source)}
    if not any(_asserts_agreement(source, from_torch) for source in sources):
        problems.append("no cell asserts that torch and NumPy agree")
    return problems


def _assigned(source: str) -> set[str]:
    """Names that a cell binds outside functions."""
    return {
        node.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _asserts_agreement(source: str, from_torch: set[str]) -> bool:
    """Whether an assertion compares something that a torch cell made."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Assert | ast.Expr):
            continue
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        for call in ast.walk(node):
            function = getattr(call, "func", None)
            called = getattr(function, "attr", None) or getattr(function, "id", None)
            asserting = isinstance(node, ast.Assert) or called == "assert_allclose"
            if called in AGREEMENT and asserting and names & from_torch:
                return True
    return False


def alt_texts(nb: NotebookNode) -> list[str]:
    """Figures without alt text, in outputs and in Markdown."""
    problems = []
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"!\[\s*\]\(([^)]*)\)", cell.source):
                problems.append(f"image without alt text: {target}")
            continue
        pictures = any(
            kind.startswith("image/")
            for output in cell.get("outputs", [])
            for kind in output.get("data", {})
        )
        if pictures and not cell.metadata.get("alt"):
            problems.append(f"figure without alt text: {cell.source.splitlines()[0]}")
    return problems


def results_used(nb: NotebookNode, name: str) -> list[str]:
    """An experiment's chapter reads its result file; it does not repeat numbers."""
    code = "\n".join(c.source for c in nb.cells if c.cell_type == "code")
    if f'load_result("{name}")' not in code:
        return [f"the chapter does not load_result({name!r})"]
    return []
