"""Turn the text in book/ into the notebooks that learners run.

    notebooks.py render [--force] [FILE.md ...]   write and execute what changed
    notebooks.py check [FILE.md ...]              do the notebooks belong to the text?
    notebooks.py new 07 encdec "Encoder-decoder"  start a chapter and its exercises
    notebooks.py pull chapters/03_bptt.ipynb      edited notebook -> text

A chapter's text gives one notebook. An exercise's text gives two: `solutions/` keeps
the answers and their markers, `exercises/` has them cut out. `render` executes and
refuses, with the reason, what must not be published. `check` never executes: it
converts the text again and compares cells, ids, metadata and order.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode

from unrolled.grader import grade
from unrolled.grader.question import question

ROOT = Path(__file__).resolve().parents[1]
FORMAT = {"extension": ".md", "format_name": "markdown", "split_at_heading": True}
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
}
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
MAX_LINES, MAX_COLUMNS = 25, 88
SECONDS_PER_CELL = 120


class Refused(Exception):
    """The text cannot become a notebook; the message says what, where and why."""


@dataclass(frozen=True)
class Twin:
    """One notebook that a text becomes."""

    text: Path
    kind: str  # "chapters", "exercises" or "solutions"

    @property
    def path(self) -> Path:
        return self.text.parents[2] / self.kind / f"{self.text.stem}.ipynb"

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.text.stem}.ipynb"


def texts(root: Path = ROOT) -> list[Path]:
    """All texts that become notebooks, in order."""
    return sorted((root / "book").glob("chapters/*.md")) + sorted(
        (root / "book").glob("exercises/*.md")
    )


def twins(text: Path) -> list[Twin]:
    """The notebooks of a text: one for a chapter, two for exercises."""
    text = text.resolve()
    if text.parent.name == "chapters":
        return [Twin(text, "chapters")]
    if text.parent.name == "exercises":
        return [Twin(text, "solutions"), Twin(text, "exercises")]
    raise Refused(f"{text}: a text lives in book/chapters/ or book/exercises/")


# --- text -> notebook ---------------------------------------------------------------


def convert(twin: Twin) -> NotebookNode:
    """The notebook of a text, without outputs. Pure: the same text, the same bytes."""
    text = twin.text.read_text(encoding="utf-8")
    source = jupytext.reads(text, fmt=FORMAT)
    exercise = twin.kind != "chapters"
    stem = twin.text.stem
    if exercise:
        _check_exercise(source, stem)
    else:
        _check_chapter(source, stem)
    _check_labels(source, stem)
    nb = nbformat.v4.new_notebook(metadata=METADATA)
    nb.nbformat_minor = 5
    seen: Counter[str] = Counter()
    for cell in source.cells:
        content = cell.source
        metadata = dict(cell.metadata)
        if twin.kind == "solutions" and cell.cell_type == "markdown":
            content = as_solution(content)
        if twin.kind == "exercises" and "answer" in metadata:
            content = blank(content, metadata["answer"])
        if exercise:
            metadata = _nbgrader(metadata, cell.cell_type)
        key = f"{stem}/{twin.kind}/{cell.cell_type}/{content}"
        seen[key] += 1
        digest = hashlib.sha1(f"{key}/{seen[key]}".encode()).hexdigest()[:12]
        new = (
            nbformat.v4.new_code_cell
            if cell.cell_type == "code"
            else nbformat.v4.new_markdown_cell
        )(content, metadata=metadata)
        new["id"] = metadata.get("nbgrader", {}).get("grade_id", digest)
        nb.cells.append(new)
    return nb


def as_solution(text: str) -> str:
    """An exercise's Markdown in solutions/: its own title and its own labels."""
    text = re.sub(r"\A# Exercises for", "# Solutions for", text)
    return re.sub(r"(\(#?|#)ex-", r"\1sol-", text)


def as_exercise(text: str) -> str:
    """The inverse of `as_solution`."""
    text = re.sub(r"\A# Solutions for", "# Exercises for", text)
    return re.sub(r"(\(#?|#)sol-", r"\1ex-", text)


def blank(source: str, question: str) -> str:
    """`source` with each region between the markers replaced by a stub."""
    lines, inside = [], False
    for line in source.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        if line.strip() == BEGIN:
            inside = True
            lines.append(f"{indent}# YOUR CODE HERE")
            lines.append(
                f"{indent}raise NotImplementedError"
                f'("Exercise {_plain(question)} is not answered yet")'
            )
        elif line.strip() == END:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def _plain(question: str) -> str:
    """'03.1' -> '3.1'"""
    return re.sub(r"^0", "", question)


def _nbgrader(metadata: dict, cell_type: str) -> dict:
    """nbgrader's metadata, schema 3, for the cells that carry a question."""
    metadata = dict(metadata)
    for role in ("given", "answer", "check"):
        if role in metadata:
            identity = metadata.pop(role)
            grader = {
                "schema_version": 3,
                "grade_id": f"{role}-{identity.replace('.', '-')}",
                "grade": role == "check",
                "solution": role == "answer",
                "locked": role != "answer",
                "task": False,
                "cell_type": cell_type,
            }
            if role == "check":
                grader["points"] = question(identity).points
            metadata["nbgrader"] = grader
    return metadata


# --- what is refused before anything runs ---------------------------------------------


def _check_chapter(nb: NotebookNode, stem: str) -> None:
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        lines = cell.source.splitlines()
        where = f"{stem}, cell starting {lines[0]!r}" if lines else stem
        if len(lines) > MAX_LINES:
            raise Refused(f"{where}: {len(lines)} lines; at most {MAX_LINES}")
        for line in lines:
            if len(line) > MAX_COLUMNS:
                raise Refused(f"{where}: wider than {MAX_COLUMNS} columns: {line}")
        if BEGIN in cell.source or END in cell.source:
            raise Refused(f"{where}: a chapter has no answer markers")


def _check_exercise(nb: NotebookNode, stem: str) -> None:
    roles: Counter[str] = Counter()
    headings: dict[str, int] = {}
    for cell in nb.cells:
        for match in re.finditer(
            r"^## Exercise (\d+)\.(\d+)\b.*?(?:\((\d+) points?\))?\s*$",
            cell.source if cell.cell_type == "markdown" else "",
            re.MULTILINE,
        ):
            chapter, number, points = match.groups()
            if points is None:
                raise Refused(f"{stem}: {match.group(0)!r} does not end in (N points)")
            headings[f"{int(chapter):02d}.{number}"] = int(points)
        for role in ("given", "answer", "check"):
            if role in cell.metadata:
                roles[f"{role} {cell.metadata[role]}"] += 1
        _check_markers(cell, stem)
        if "check" in cell.metadata:
            identity = cell.metadata["check"]
            if cell.source.strip() != f'check("{identity}")':
                raise Refused(
                    f'{stem}: the check cell of {identity} must be check("{identity}")'
                )
    for role, count in roles.items():
        if count > 1:
            raise Refused(f"{stem}: grade_id doubled: {count} cells are {role!r}")
    answered = {r.split()[1] for r in roles if r.startswith("answer ")}
    checked = {r.split()[1] for r in roles if r.startswith("check ")}
    for identity in sorted(answered ^ checked):
        missing = "check" if identity in answered else "answer"
        raise Refused(f"{stem}: question {identity} has no {missing} cell")
    for identity in sorted(answered ^ headings.keys()):
        raise Refused(
            f"{stem}: question {identity} needs both cells and a heading "
            f"'## Exercise {_plain(identity)}: title (N points)'"
        )
    for identity, points in headings.items():
        if question(identity).points != points:
            raise Refused(
                f"{stem}: the heading gives question {identity} {points} points, its "
                f"checks give {question(identity).points}"
            )


def _check_markers(cell: NotebookNode, stem: str) -> None:
    lines = [line.strip() for line in cell.source.splitlines()]
    marks = [line for line in lines if line in (BEGIN, END)]
    where = f"{stem}, cell starting {lines[0]!r}" if lines else stem
    balanced = marks == [BEGIN, END] * (len(marks) // 2)
    if not balanced:
        raise Refused(f"{where}: markers are unbalanced: {' / '.join(marks)}")
    if any(
        "BEGIN SOLUTION" in x or "END SOLUTION" in x for x in lines if x not in marks
    ):
        raise Refused(f"{where}: a marker stands alone on its line: {BEGIN}")
    if marks and "answer" not in cell.metadata:
        raise Refused(f"{where}: markers outside an answer cell")
    if "answer" in cell.metadata:
        if not marks:
            raise Refused(f"{where}: the answer cell has no {BEGIN}")
        try:
            body = ast.parse(cell.source).body
        except SyntaxError as problem:
            raise Refused(f"{where}: not Python: {problem}") from None
        if not any(isinstance(node, ast.FunctionDef) for node in body):
            raise Refused(f"{where}: an answer is a function; the cell defines none")


LABEL = re.compile(r"\$\$\s*\(([A-Za-z][\w-]*)\)")


def labels(nb: NotebookNode) -> list[str]:
    """Labels of displays, in order of appearance."""
    return [
        label
        for cell in nb.cells
        if cell.cell_type == "markdown"
        for label in LABEL.findall(cell.source)
    ]


def _check_labels(nb: NotebookNode, stem: str) -> None:
    for label, count in Counter(labels(nb)).items():
        if count > 1:
            raise Refused(f"{stem}: label doubled: ({label}) stands {count} times")
        if not label.startswith(("eq-", "def-", "ex-")):
            raise Refused(f"{stem}: label ({label}) must start with eq-, def- or ex-")


# --- execution ------------------------------------------------------------------------


def execute(nb: NotebookNode, twin: Twin) -> NotebookNode:
    """Run the notebook in its folder, one thread; refuse what must not be stored."""
    client = NotebookClient(
        nb,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(twin.path.parent)}},
        record_timing=False,
        coalesce_streams=True,  # how a stream is cut is chance
        extra_arguments=["--IPKernelApp.log_level=40"],
    )
    environment = {**os.environ, **ONE_THREAD, "MPLBACKEND": INLINE}
    environment.pop("NBGRADER_EXECUTION", None)
    try:
        client.execute(env=environment)
    except (CellExecutionError, CellTimeoutError) as problem:
        raise Refused(f"{twin.name}: a cell fails:\n{problem}") from None
    nb.metadata = nbformat.from_dict(METADATA)  # without the kernel's version
    for cell in nb.cells:
        if cell.cell_type == "code":
            _check_outputs(cell, twin)
    return nb


INLINE = "module://matplotlib_inline.backend_inline"
ADDRESS = re.compile(r"\b0x[0-9a-f]{7,}\b")
PATHS = re.compile(r"(?<![\w.:/-])/(?:home|root|tmp|Users|usr|var|work|opt)/\S+")


def _check_outputs(cell: NotebookNode, twin: Twin) -> None:
    where = f"{twin.name}, cell starting {cell.source.splitlines()[:1]}"
    pictures = 0
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            raise Refused(f"{where}: stderr was written:\n{output.text}")
        data = output.get("data", {})
        pictures += any(kind.startswith("image/") for kind in data)
        text = output.get("text", "") + data.get("text/plain", "")
        for pattern, what in ((ADDRESS, "an address"), (PATHS, "a path")):
            if match := pattern.search(text):
                raise Refused(f"{where}: the output has {what}: {match.group(0)}")
    if pictures and not cell.metadata.get("alt"):
        raise Refused(f'{where}: a figure needs alt="..." on the fence of its cell')
    if pictures > 1:
        raise Refused(f"{where}: one figure a cell, so that its alt text is its own")
    if cell.metadata.get("alt") and not pictures:
        raise Refused(f"{where}: alt text without a figure")


def _check_full_marks(twin: Twin) -> None:
    result = grade(twin.path)
    if result["state"] != "graded":
        raise Refused(f"{twin.name}: the reference is ungradable: {result['message']}")
    for entry in result["questions"]:
        if entry["score"] != entry["points"]:
            raise Refused(
                f"{twin.name}: the reference answer of {entry['id']} reaches "
                f"{entry['score']} of {entry['points']}: {' '.join(entry['messages'])}"
            )


# --- commands -------------------------------------------------------------------------


def write(nb: NotebookNode, path: Path) -> None:
    """Store a notebook, the same notebook always as the same bytes."""
    nbformat.validate(nb)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        nbformat.writes(nb, version=4).rstrip("\n") + "\n", encoding="utf-8"
    )


def render(selected: list[Path], force: bool = False) -> list[str]:
    """Write the notebooks whose text changed; returns their names."""
    written = []
    for text in selected:
        for twin in twins(text):
            fresh = convert(twin)
            if not force and not drift(twin, fresh):
                continue
            backup = twin.path.read_bytes() if twin.path.exists() else None
            write(fresh, twin.path)  # answers are graded and given cells read from it
            try:
                write(execute(fresh, twin), twin.path)
                if twin.kind == "solutions":
                    _check_full_marks(twin)
            except BaseException:
                if backup is None:
                    twin.path.unlink()
                else:
                    twin.path.write_bytes(backup)
                raise
            written.append(twin.name)
    return written


def drift(twin: Twin, fresh: NotebookNode | None = None) -> str | None:
    """How the committed notebook differs from its text, or None."""
    fresh = convert(twin) if fresh is None else fresh
    if not twin.path.exists():
        return f"{twin.name} is missing"
    try:
        stored = nbformat.read(twin.path, as_version=nbformat.NO_CONVERT)
    except Exception as problem:  # whatever a broken file makes nbformat raise
        return f"{twin.name} cannot be read: {problem}"
    if dict(stored.metadata) != METADATA or stored.nbformat != 4:
        return f"{twin.name}: the notebook's metadata changed"
    mine = [_identity(cell) for cell in fresh.cells]
    theirs = [_identity(cell) for cell in stored.cells]
    for place, (a, b) in enumerate(zip(mine, theirs, strict=False)):
        if a != b:
            differing = next(k for k in a if a[k] != b.get(k))
            return (
                f"{twin.name}: cell {place} differs from the text in its {differing}: "
                f"{str(b.get(differing))[:70]!r}, the text gives "
                f"{str(a[differing])[:70]!r}"
            )
    if len(mine) != len(theirs):
        return f"{twin.name} has {len(theirs)} cells, the text gives {len(mine)}"
    if unexecuted := [c for c in stored.cells if _not_run(c)]:
        return f"{twin.name}: {len(unexecuted)} code cells were never executed"
    return None


def _identity(cell: NotebookNode) -> dict:
    return {
        "type": cell.cell_type,
        "source": cell.source,
        "id": cell.get("id"),
        "metadata": {k: v for k, v in cell.metadata.items()},
    }


def _not_run(cell: NotebookNode) -> bool:
    return (
        cell.cell_type == "code"
        and bool(cell.source.strip())
        and cell.get("execution_count") is None
    )


def check(selected: list[Path]) -> list[str]:
    """What does not belong together, one sentence each."""
    problems = []
    for text in selected:
        for twin in twins(text):
            problem = drift(twin)
            if problem and twin.kind == "exercises" and twin.path.exists():
                stem = twin.text.stem
                problem += (
                    f"\n  You worked in {twin.name}? `make rescue EX={stem[:2]}` moves "
                    "your work to work/ and restores the original."
                )
            if problem:
                problems.append(problem)
    if {t.resolve() for t in selected} >= set(texts()):
        known = {twin.path for text in texts() for twin in twins(text)}
        for kind in ("chapters", "exercises", "solutions"):
            for path in sorted((ROOT / kind).glob("*.ipynb")):
                if path not in known:
                    problems.append(f"{path.relative_to(ROOT)} has no text in book/")
    return problems


def pull(notebook: Path) -> Path:
    """Write an edited notebook back into its text; returns the text's path."""
    notebook = notebook.resolve()
    kind, root = notebook.parent.name, notebook.parents[1]
    if kind == "exercises":
        raise Refused(
            f"{notebook.name}: the answers are cut out here; edit and pull "
            f"solutions/{notebook.name}"
        )
    folder = {"chapters": "chapters", "solutions": "exercises"}.get(kind)
    if folder is None:
        raise Refused(f"{notebook}: pull a notebook of chapters/ or solutions/")
    nb = nbformat.read(notebook, as_version=4)
    for cell in nb.cells:
        cell.metadata = {
            k: v for k, v in cell.metadata.items() if k in ("alt", "tags", "nbgrader")
        }
        grader = cell.metadata.pop("nbgrader", None)
        if grader:
            role, _, identity = grader["grade_id"].partition("-")
            cell.metadata = {role: identity.replace("-", "."), **cell.metadata}
        if kind == "solutions" and cell.cell_type == "markdown":
            cell.source = as_exercise(cell.source)
    nb.metadata = {}
    text = jupytext.writes(nb, fmt={**FORMAT, "notebook_metadata_filter": "-all"})
    target = root / "book" / folder / f"{notebook.stem}.md"
    target.write_text(re.sub(r"\A---\n.*?\n---\n+", "", text, flags=re.DOTALL))
    return target


CHAPTER = """# {number} {title}

Say here what the reader will see first.

**You will be able to**

* ...

**Before you start**

...

```python
import numpy as np
import torch

torch.set_num_threads(1)
```
"""

EXERCISES = """# Exercises for chapter {number}: {title}

```python
import numpy as np

from unrolled.grader import check
```
"""

CHECKS = '''"""Questions of chapter {number}: {title}."""

from __future__ import annotations

from unrolled.grader.question import Question

QUESTIONS: tuple[Question, ...] = ()
'''


def new(chapter: str, name: str, title: str, root: Path = ROOT) -> list[Path]:
    """Start a chapter: its text, its exercises, their checks. Overwrites nothing."""
    if not re.fullmatch(r"\d\d", chapter):
        raise Refused(f"CH is two digits, as in CH=07; got {chapter!r}")
    if not re.fullmatch(r"[a-z][a-z0-9]*", name):
        raise Refused(
            f"NAME is one short lower-case noun, as in NAME=bptt; got {name!r}"
        )
    facts = {"number": int(chapter), "title": title}
    files = {
        root / f"book/chapters/{chapter}_{name}.md": CHAPTER,
        root / f"book/exercises/{chapter}_{name}.md": EXERCISES,
        root / f"src/unrolled/grader/checks/c{chapter}/__init__.py": CHECKS,
    }
    for path in files:
        if path.exists():
            raise Refused(f"{path.relative_to(root)} exists already")
    for path, template in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template.format(**facts))
    return list(files)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for command in ("render", "check"):
        sub = commands.add_parser(command)
        sub.add_argument("files", nargs="*", type=Path)
        if command == "render":
            sub.add_argument(
                "--force", action="store_true", help="also what is current"
            )
    sub = commands.add_parser("new")
    sub.add_argument("chapter")
    sub.add_argument("name")
    sub.add_argument("title", nargs="?")
    sub = commands.add_parser("pull")
    sub.add_argument("notebook", type=Path)
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except Refused as reason:
        print(f"refused: {reason}", file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    if options.command == "render":
        written = render(options.files or texts(), options.force)
        print("rendered: " + (", ".join(written) or "nothing; all is current"))
    elif options.command == "check":
        problems = check(options.files or texts())
        print("\n".join(problems) or "the notebooks belong to their texts")
        return bool(problems)
    elif options.command == "new":
        title = options.title or options.name.capitalize()
        for path in new(options.chapter, options.name, title):
            print(f"wrote {path.relative_to(ROOT)}")
        stem = f"{options.chapter}_{options.name}"
        print("add to _toc.yml, each in its part:")
        for kind in ("chapters", "exercises", "solutions"):
            print(f"  - file: {kind}/{stem}")
    else:
        print(f"wrote {pull(options.notebook)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
