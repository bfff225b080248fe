"""Slips: wrong versions of one answer function, and how values are compared with theirs.

A slip serves twice: as a misconception of the whole question, and as the hint in a
property's message when the learner's value on that property's own arguments is the
slip's.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array, kind_of
from unrolled.grader.question import Misconception, Wrong


@dataclass(frozen=True)
class Slip:
    """A wrong version of the answer function `answer`, and what is said about it.

    hint: one short sentence for the line of a property; empty when `message` is enough.
    """

    name: str
    answer: str
    wrong: Callable[..., Any]
    message: str
    read: str
    hint: str = ""


def misconceptions(slips: Iterable[Slip]) -> tuple[Misconception, ...]:
    return tuple(
        Misconception(s.name, {s.answer: s.wrong}, s.message, s.read) for s in slips
    )


def equal(a: Any, b: Any) -> bool:
    """Whether two values are the same numbers in the same form; lists equal tuples."""
    if isinstance(a, dict) or isinstance(b, dict):
        both = isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys()
        return both and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(equal, a, b))
    if a is None or b is None or isinstance(a, str) or isinstance(b, str):
        return type(a) is type(b) and a == b
    if type(a) is type(b) is int:
        return a == b
    try:
        x, y = np.asarray(a), np.asarray(b)
    except ValueError:
        return False
    if x.shape != y.shape or x.dtype.kind not in "biuf" or y.dtype.kind not in "biuf":
        return False
    with np.errstate(all="ignore"):
        return bool(np.allclose(x, y, rtol=1e-5, atol=1e-9, equal_nan=True))


def hint(
    slips: Iterable[Slip], answer: str, args: Sequence[Any], got: Any, want: Any
) -> str:
    """A blank and the hint of the one kind of slip that gives `got`, if there is one."""
    if equal(got, want):
        return ""
    found = set()
    for slip in slips:
        if slip.answer != answer or not slip.hint:
            continue
        try:
            with np.errstate(all="ignore"):
                other = slip.wrong(*copy.deepcopy(list(args)))
        except Exception:
            continue
        if equal(got, other) and not equal(other, want):
            found.add(slip.hint)
    return f" {found.pop()}" if len(found) == 1 else ""


def array(value: Any, shape: tuple[int, ...], name: str) -> Array:
    """`value` as numbers of that shape; NaN and infinity pass."""
    try:
        found = np.asarray(value)
    except ValueError:
        found = np.asarray(None)
    if found.dtype.kind not in "iuf":
        wanted = f"an array of numbers of shape {shape}" if shape else "a number"
        raise Wrong(f"{name}: expected {wanted}, got {kind_of(value)}.")
    if found.shape != shape:
        tip = ""
        if len(shape) > 1 and sorted(found.shape) == sorted(shape):
            tip = " Look at the order of the axes."
        raise Wrong(f"{name}: the shape is {found.shape}, expected {shape}.{tip}")
    return found.astype(np.float64)


def several(value: Any, count: int, what: str) -> Sequence[Any]:
    """`value` as `count` values: a tuple or a list."""
    if not isinstance(value, (tuple, list)) or len(value) != count:
        shown = kind_of(value)
        if isinstance(value, (tuple, list)):
            shown = f"{len(value)} values"
        raise Wrong(f"expected {what}, got {shown}.")
    return value


def unchanged(before: Any, after: Any) -> bool:
    """Whether arguments are what they were; functions are not compared."""
    if callable(before) or callable(after):
        return True
    if isinstance(before, np.ndarray):
        same = isinstance(after, np.ndarray) and before.shape == after.shape
        return same and np.array_equal(
            before, after, equal_nan=before.dtype.kind == "f"
        )
    if isinstance(before, dict):
        keys = isinstance(after, dict) and before.keys() == after.keys()
        return keys and all(unchanged(before[k], after[k]) for k in before)
    if isinstance(before, (list, tuple)):
        length = isinstance(after, (list, tuple)) and len(before) == len(after)
        return length and all(map(unchanged, before, after))
    return True


def expect_same_arguments(args: Sequence[Any], after: Sequence[Any]) -> None:
    """Raise Wrong when the call changed an argument."""
    if not all(map(unchanged, args, after)):
        raise Wrong(
            "the call changed its arguments, which belong to the caller. Copy what you change."
        )
