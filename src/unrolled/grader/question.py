"""What a graded question is: its properties, its misconceptions, its limits.

A chapter's questions live in ``unrolled/grader/checks/cNN/``, a module a question; the
package collects them as ``QUESTIONS``.
Everything in this module runs in the trusted parent process; of a question only
calls (a name and arguments) ever travel to the worker.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np


class Wrong(Exception):
    """A property is not met; the text is the sentence the learner reads.

    kind: "property" (raised by a test), "exception" (the answer raised), "type" (it
    returned something that cannot travel), "unanswered" (it is still the stub),
    "missing" (the function is not there), "forbidden" (an import), "dead" (the worker
    was ended: time, memory, output, exit), "open" (a choice that the learner left open
    on purpose: no point, and no error either).
    """

    def __init__(self, message: str, kind: str = "property") -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind


class CourseFault(Exception):
    """A fault of the course (a given cell, a question), never of the learner."""


@dataclass(frozen=True)
class Given:
    """An argument: the object called `name` of the question's given cell."""

    name: str

    def to_wire(self) -> dict[str, Any]:
        return {"given": self.name}


@dataclass(frozen=True)
class Answer:
    """An argument: the answer function `name`.

    One of the question's own `answers` is the learner's; any other name is the
    reference answer of the question it belongs to.
    """

    name: str

    def to_wire(self) -> dict[str, Any]:
        return {"answer": self.name}


@dataclass(frozen=True)
class Rng:
    """An argument: a fresh `np.random.default_rng(seed)`."""

    seed: int

    def to_wire(self) -> dict[str, Any]:
        return {"rng": int(self.seed)}


@dataclass(frozen=True, eq=False)
class Tensor:
    """An argument: a torch tensor with this array's values and dtype.

    Answers that return tensors are seen as arrays; no marker is needed for that.
    """

    array: np.ndarray


class Call:
    """One call of an answer function: ``Call("grad_o", p, y)``."""

    __slots__ = ("args", "kwargs", "name")

    def __init__(self, name: str, /, *args: Any, **kwargs: Any) -> None:
        self.name = name
        self.args = args
        self.kwargs = kwargs

    def __repr__(self) -> str:
        return f"Call({self.name!r}, ...)"


@dataclass(frozen=True)
class Reply:
    """What a call gave.

    value: what the function returned; args_after, kwargs_after: the arguments as they
    were after the call, so that a changed input is seen.
    """

    value: Any
    args_after: tuple[Any, ...] = ()
    kwargs_after: dict[str, Any] = field(default_factory=dict)


class Ask(Protocol):
    """What a property's test receives: calls the learner's function in the worker."""

    def __call__(self, name: str, /, *args: Any, **kwargs: Any) -> Reply: ...

    def reference(self, name: str, /, *args: Any, **kwargs: Any) -> Any: ...

    def given(self, name: str) -> Any: ...


@dataclass(frozen=True)
class Limits:
    """What one question may use, counted from the moment the answer is loaded.

    wall, cpu: seconds; memory: bytes beyond what the libraries hold; output: bytes
    printed in all; reply: bytes of one returned value on the wire.
    """

    wall: float = 20.0
    cpu: float = 8.0
    memory: int = 512 * 2**20
    output: int = 4 * 2**20
    reply: int = 16 * 2**20


Test = Callable[[Ask, np.random.Generator], None]  # raises Wrong


@dataclass(frozen=True)
class Property:
    """One thing that must hold.

    text: what is checked, as a learner reads it; points: whole points; test: called as
    test(ask, rng), raises `Wrong` when the property does not hold; read: where to look,
    e.g. "§3.5, eq-dh-rec".
    """

    text: str
    points: int
    test: Test
    read: str

    def __post_init__(self) -> None:
        if not isinstance(self.points, int) or self.points < 0:
            raise ValueError(f"{self.text!r}: points are a whole number >= 0")


@dataclass(frozen=True)
class Misconception:
    """A mistake with a name: a wrong answer and what a good teacher says to it.

    wrong: a function with the signature of the question's first answer, or a dict
    {answer name: function} (functions not in the dict are the reference's).
    """

    name: str
    wrong: Callable[..., Any] | dict[str, Callable[..., Any]]
    message: str
    read: str


def _no_cases(rng: np.random.Generator) -> list[Call]:
    return []


@dataclass(frozen=True)
class Question:
    """A graded question.

    id: "03.1"; answers: names of the functions the answer cell defines; reference:
    {name: right function}, run in the parent; cases(rng): the calls on which outputs
    are compared with each misconception's; imports: modules allowed beyond the common
    ones ("torch" where the task is not to derive); needs: ids of questions whose
    reference answers must be there.
    """

    id: str
    title: str
    answers: tuple[str, ...]
    reference: dict[str, Callable[..., Any]]
    properties: tuple[Property, ...]
    misconceptions: tuple[Misconception, ...] = ()
    cases: Callable[[np.random.Generator], list[Call]] = _no_cases
    imports: frozenset[str] = frozenset()
    limits: Limits = Limits()
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d\d\.\d+", self.id):
            raise ValueError(f"question id {self.id!r}: expected the form '03.1'")
        if not self.answers or set(self.answers) != set(self.reference):
            raise ValueError(
                f"question {self.id}: `reference` must hold {self.answers}"
            )
        names = [m.name for m in self.misconceptions]
        if len(set(names)) != len(names):
            raise ValueError(f"question {self.id}: two misconceptions of one name")
        if self.misconceptions and self.cases is _no_cases:
            raise ValueError(f"question {self.id}: misconceptions need `cases`")

    @property
    def points(self) -> int:
        """The sum of the properties' points."""
        return sum(p.points for p in self.properties)

    @property
    def chapter(self) -> str:
        """Two digits: "03"."""
        return self.id.split(".")[0]

    @property
    def number(self) -> str:
        """As printed: "3.1"."""
        chapter, number = self.id.split(".")
        return f"{int(chapter)}.{number}"

    def grade_id(self, kind: str) -> str:
        """The nbgrader id of a cell: kind is "given", "answer" or "check"."""
        return f"{kind}-{self.id.replace('.', '-')}"


def known_chapters() -> list[str]:
    """The chapters that have questions, as two digits each."""
    folder = Path(__file__).parent / "checks"
    return sorted(p.parent.name[1:] for p in folder.glob("c[0-9][0-9]/__init__.py"))


def questions(chapter: str | int) -> tuple[Question, ...]:
    """The questions of a chapter ("3", "03", "03_bptt" or 3), in order.

    Raises LookupError when the chapter has no questions.
    """
    match = re.match(r"0*(\d+)(?!\d)", str(chapter))
    code = f"{int(match[1]):02d}" if match else str(chapter)
    if code not in known_chapters():
        raise LookupError(f"there are no questions for chapter {chapter!s}")
    return tuple(importlib.import_module(f"unrolled.grader.checks.c{code}").QUESTIONS)


def question(identifier: str) -> Question:
    """The question "03.1" (also "3.1"). Raises LookupError when there is none."""
    match = re.fullmatch(r"0*(\d+)\.(\d+)", identifier)
    if match:
        wanted = f"{int(match[1]):02d}.{match[2]}"
        for item in questions(match[1]):
            if item.id == wanted:
                return item
    raise LookupError(f"there is no question {identifier!r}")
