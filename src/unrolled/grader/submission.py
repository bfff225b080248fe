"""Read a submitted notebook: find its answer cells, or say why it cannot be graded."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unrolled.grader.course import GRADE_ID, Course
from unrolled.grader.question import Question

LARGEST = 64 * 2**20  # bytes of a notebook file


class Ungradable(Exception):
    """The file cannot be graded; the text says why in one sentence."""


@dataclass(frozen=True)
class Submission:
    """A chapter and the sources of its answer cells, by question id."""

    chapter: str
    answers: dict[str, str]


def read_submission(path: Path, course: Course) -> Submission:
    """The answers in a notebook file.

    Raises FileNotFoundError or IsADirectoryError for a path that is no file, and
    Ungradable for a file that is no notebook with answers of this course.
    """
    cells = code_cells(load_notebook(path))
    ids = grade_ids(cells)
    chapter = find_chapter(cells, ids, course)
    answers = {}
    for item in course.questions(chapter):
        source = find_answer(item, cells, ids)
        if source is not None:
            answers[item.id] = source
    return Submission(chapter, answers)


def load_notebook(path: Path) -> dict[str, Any]:
    """The notebook of a file, checked as far as grading needs it."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give one notebook")
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise Ungradable("The file is larger than 64 MiB: clear the outputs.")
        raw = path.read_bytes()
    except OSError:
        raise Ungradable("The file cannot be read: check its permissions.") from None
    notebook = parse_notebook(raw)
    check_format(notebook)
    return notebook


def parse_notebook(raw: bytes) -> dict[str, Any]:
    """The JSON object in some bytes."""
    if not raw.strip():
        raise Ungradable("The file is empty.")
    if raw[:3] == b"\xef\xbb\xbf" or raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Ungradable(
            "The file begins with a byte-order mark, which no notebook has: "
            "open it in Jupyter and save it again."
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Ungradable("The file is not text: it is no Jupyter notebook.") from None
    try:
        notebook = json.loads(text)
    except RecursionError:
        raise Ungradable("The file's JSON is nested too deeply.") from None
    except ValueError:
        if text.lstrip().startswith("{"):
            reason = "The notebook's JSON is damaged or cut off: save it again."
        else:
            reason = "The file is not JSON: it is no Jupyter notebook."
        raise Ungradable(reason) from None
    if not isinstance(notebook, dict):
        raise Ungradable("The file's JSON is not a Jupyter notebook.")
    return notebook


def check_format(notebook: dict[str, Any]) -> None:
    """Raise Ungradable unless it is a Python notebook of format 4."""
    version = notebook.get("nbformat")
    if version != 4 or isinstance(version, bool):
        known = isinstance(version, int) and abs(version) < 100
        told = f"format {version}" if known else "no known format"
        raise Ungradable(
            f"The notebook has {told}; expected format 4: "
            "open it in Jupyter and save it again."
        )
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(_is_cell(c) for c in cells):
        raise Ungradable("The notebook's cells are damaged: save it again in Jupyter.")
    language = language_of(notebook.get("metadata"))
    if language is not None and not language.lower().startswith(("python", "ipython")):
        shown = "".join(c for c in language[:40] if c.isprintable())
        raise Ungradable(f"The notebook's kernel is {shown}; expected Python.")


def _is_cell(cell: Any) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        return False
    source = cell.get("source")
    if isinstance(source, list):
        return all(isinstance(line, str) for line in source)
    return isinstance(source, str)


def language_of(metadata: Any) -> str | None:
    """The kernel's language, if the notebook names one."""
    if not isinstance(metadata, dict):
        return None
    for section, key in (("kernelspec", "language"), ("language_info", "name")):
        part = metadata.get(section)
        if isinstance(part, dict) and isinstance(part.get(key), str) and part[key]:
            return part[key]
    return None


def code_cells(notebook: dict[str, Any]) -> list[tuple[str | None, str]]:
    """(grade id or None, source) of each code cell."""
    found = []
    for cell in notebook["cells"]:
        metadata = cell.get("metadata")
        section = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        grade_id = section.get("grade_id") if isinstance(section, dict) else None
        if not isinstance(grade_id, str) or not GRADE_ID.fullmatch(grade_id):
            grade_id = None
        if cell["cell_type"] != "code":
            if grade_id is not None:
                raise Ungradable(
                    f"The cell {grade_id} is no code cell any more: "
                    "change its type back to code."
                )
            continue
        source = cell["source"]
        source = source if isinstance(source, str) else "".join(source)
        found.append((grade_id, source))
    return found


def grade_ids(cells: list[tuple[str | None, str]]) -> dict[str, str]:
    """Source by grade id. Raises Ungradable when an id stands twice."""
    counts = Counter(name for name, _ in cells if name is not None)
    doubled = sorted(name for name, count in counts.items() if count > 1)
    if doubled:
        raise Ungradable(
            f"The cell {doubled[0]} is in the notebook more than once: "
            "delete the copies and keep one."
        )
    return {name: source for name, source in cells if name is not None}


def defines(source: str, name: str) -> bool:
    """Whether a cell has the line `def name(` at its top level."""
    pattern = rf"^(?:async[ \t]+)?def[ \t]+{re.escape(name)}[ \t]*\("
    return re.search(pattern, source, re.M) is not None


def find_chapter(
    cells: list[tuple[str | None, str]], ids: dict[str, str], course: Course
) -> str:
    """The chapter the answers belong to: from the ids, else from function names."""
    known = course.chapters()
    votes: Counter[str] = Counter()
    for name in ids:
        match = GRADE_ID.fullmatch(name)
        if match and match[1] == "answer" and match[2] in known:
            votes[match[2]] += 1
    if not votes:
        for chapter in known:
            for item in course.questions(chapter):
                names = [
                    n for n in item.answers if any(defines(s, n) for _, s in cells)
                ]
                votes[chapter] += len(names)
    best = max(votes.values(), default=0)
    if best == 0:
        raise Ungradable("The notebook has no answer to any exercise of this course.")
    return min(chapter for chapter, count in votes.items() if count == best)


def find_answer(
    item: Question, cells: list[tuple[str | None, str]], ids: dict[str, str]
) -> str | None:
    """The source of a question's answer: its cell, and for functions that are not in
    it the last cell that defines them."""
    source = ids.get(item.grade_id("answer"))
    parts = [] if source is None else [source]
    for name in item.answers:
        if any(defines(part, name) for part in parts):
            continue
        others = [s for i, s in cells if i is None and defines(s, name)]
        if others:
            parts.append(others[-1])
    return "\n\n".join(parts) if parts else None
