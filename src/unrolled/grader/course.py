"""Where the trusted sources of the questions are: the checkout this package is in."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import unrolled
from unrolled.grader.question import Question, known_chapters, questions

GRADE_ID = re.compile(r"(given|answer|check)-(\d\d)-(\d+)(?:-\w+)?")
FENCE = re.compile(
    r'^```python[ \t][^\n]*?\b(given|answer)="(\d\d\.\d+)"[^\n]*\n(.*?)^```[ \t]*$',
    re.M | re.S,
)


class NotACheckout(Exception):
    """The package was not installed from a checkout of the course."""


def text_of(source: Any) -> str:
    """A cell's source, which a notebook file stores as text or as lines."""
    return source if isinstance(source, str) else "".join(source)


def defined_names(source: str) -> set[str]:
    """The names a trusted source defines at its top level."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(a.asname or a.name).partition(".")[0] for a in node.names}
        else:
            names |= {
                n.id
                for n in ast.walk(node)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    return names


@dataclass(frozen=True)
class Sources:
    """The given cells and the reference answers of a chapter, by question id."""

    given: dict[str, str]
    answers: dict[str, str]

    @classmethod
    def from_notebook(cls, path: Path) -> Sources:
        """Read `solutions/NN_name.ipynb`."""
        found: dict[str, dict[str, str]] = {"given": {}, "answer": {}, "check": {}}
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            if match := GRADE_ID.fullmatch(grade_id):
                kind, name = match[1], f"{match[2]}.{match[3]}"
                before = found[kind].get(name, "")
                found[kind][name] = before + text_of(cell["source"]) + "\n"
        return cls(found["given"], found["answer"])

    @classmethod
    def from_text(cls, text: str) -> Sources:
        """Read `book/exercises/NN_name.md`, from which the notebooks are rendered."""
        found: dict[str, dict[str, str]] = {"given": {}, "answer": {}}
        for kind, name, source in FENCE.findall(text):
            found[kind][name] = found[kind].get(name, "") + source
        return cls(found["given"], found["answer"])

    def prelude(
        self, target: Question, chapter: tuple[Question, ...], extra: str = ""
    ) -> list[str]:
        """The trusted sources that an answer to `target` starts from.

        Its own given cell, and of the earlier questions of the same notebook the given
        cells and reference answers whose names occur in it or in `extra` (the answer):
        a learner may call what stands higher in the notebook, and gets the reference.
        """
        own = self.given.get(target.id, "")
        text = own + extra
        chosen = [own] if own else []
        position = [q.id for q in chapter].index(target.id) if target in chapter else 0
        for earlier in reversed(chapter[:position]):
            needed = earlier.id in target.needs
            for kind in (self.answers, self.given):  # given comes before its answer
                source = kind.get(earlier.id, "")
                if source and (needed or _mentions(text, source)):
                    text += source
                    chosen.insert(0, source)
        return chosen

    def everything_before(
        self, target: Question, chapter: tuple[Question, ...]
    ) -> list[str]:
        """All trusted sources of the earlier questions and the target's given cell."""
        sources = []
        for item in chapter:
            if item.id == target.id:
                break
            sources += [self.given.get(item.id, ""), self.answers.get(item.id, "")]
        sources.append(self.given.get(target.id, ""))
        return [s for s in sources if s]


def _mentions(text: str, source: str) -> bool:
    names = defined_names(source) - {"np"}
    return any(re.search(rf"\b{re.escape(n)}\b", text) for n in names)


class Course:
    """The chapters' questions and their sources. Tests use another one."""

    def chapters(self) -> list[str]:
        """Two digits for each chapter that has questions."""
        return known_chapters()

    def questions(self, chapter: str) -> tuple[Question, ...]:
        """The chapter's questions in order."""
        return questions(chapter)

    def question(self, identifier: str) -> Question:
        """The question "03.1" or "3.1"; LookupError when there is none."""
        match = re.fullmatch(r"0*(\d{1,2})\.(\d+)", str(identifier).strip())
        if match and (code := f"{int(match[1]):02d}") in self.chapters():
            for item in self.questions(code):
                if item.id == f"{code}.{match[2]}":
                    return item
        raise LookupError(f"there is no question {identifier!r}")

    def root(self) -> Path:
        """The checkout. Raises NotACheckout when the package lies elsewhere."""
        root = Path(unrolled.__file__).resolve().parents[2]
        if not (root / "pyproject.toml").is_file() or not (root / "book").is_dir():
            raise NotACheckout(
                "unrolled is not installed from a checkout of the course, so the "
                "exercises' sources are missing: clone the course and run "
                "`pip install -e .` in it"
            )
        return root

    def sources(self, chapter: str) -> Sources:
        """The chapter's trusted sources.

        They are in solutions/ and, word for word, in the text it is rendered from.
        The text comes first: while it is being rendered the notebook is behind it.
        """
        root = self.root()
        for pattern in (
            f"book/exercises/{chapter}_*.md",
            f"solutions/{chapter}_*.ipynb",
        ):
            for path in sorted(root.glob(pattern)):
                return _cached(path, path.stat().st_mtime_ns)
        raise NotACheckout(
            f"the sources of chapter {int(chapter)}'s exercises are missing from the "
            "checkout: restore them with `git checkout book solutions`"
        )


@lru_cache(maxsize=64)
def _cached(path: Path, changed: int) -> Sources:
    if path.suffix == ".ipynb":
        return Sources.from_notebook(path)
    return Sources.from_text(path.read_text(encoding="utf-8"))
