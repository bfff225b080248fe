"""What the questions of chapter 11 share: the logistic function, and how to compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array, kind_of
from unrolled.grader.checks.slips import Slip, array, expect_same_arguments, hint
from unrolled.grader.question import Ask, Wrong


def sigma(a):
    """The logistic function of numbers of any size."""
    return 0.5 * (1 + np.tanh(0.5 * a))


def cut(gates, count):
    """The last axis in `count` blocks of the same width."""
    H = gates.shape[-1] // count
    return [gates[..., k * H : (k + 1) * H] for k in range(count)]


def close(got: Array, want: Array) -> bool:
    """Whether arrays are equal up to a share of the largest entry: float32 passes."""
    top = float(np.max(np.abs(want), initial=0.0))
    if not np.all(np.isfinite(got)):
        return False
    return bool(np.allclose(got, want, rtol=1e-5, atol=1e-5 * top + 1e-12))


def difference(got: Any, want: Any, name: str) -> str:
    """What is wrong with `got`, as a sentence; empty if nothing is."""
    if isinstance(want, dict):
        if not isinstance(got, dict):
            return f"{name}: expected a dict, got {kind_of(got)}."
        if got.keys() != want.keys():
            gone = [key for key in want if key not in got]
            told = f"there is no {gone[0]!r}" if gone else "there are others"
            names = ", ".join(map(repr, want))
            return f"{name}: the keys differ ({told}); expected {names}."
        found = [difference(got[key], want[key], repr(key)) for key in want]
        return next(filter(None, found), "")
    if isinstance(want, tuple):
        if not isinstance(got, (tuple, list)) or len(got) != len(want):
            shown = kind_of(got)
            if isinstance(got, (tuple, list)):
                shown = f"{len(got)} values"
            return f"{name}: expected {len(want)} values, got {shown}."
        parts = name.split(", ")
        parts = parts if len(parts) == len(want) else [name] * len(want)
        found = map(difference, got, want, parts)
        return next(filter(None, found), "")
    if want is None or isinstance(want, str):
        if type(got) is type(want) and got == want:
            return ""
        shown = repr(got) if isinstance(got, (str, int, float)) else kind_of(got)
        return f"{name} is {shown}, expected {want!r}."
    if got is None and name.endswith("or None"):
        return f"{name}: got None, expected {want}."
    want = np.asarray(want)
    try:
        found = array(got, want.shape, name)
    except Wrong as wrong:
        return wrong.message
    if want.dtype.kind in "iu":
        same = np.array_equal(found, want)
    else:
        same = close(found, want)
    if same:
        return ""
    if not want.shape:
        digits = "d" if want.dtype.kind in "iu" else ".6g"
        return f"{name} is {float(found):.10g}, expected {want.item():{digits}}."
    if not np.all(np.isfinite(found)):
        return f"{name} has NaN or infinite entries."
    at = np.unravel_index(np.argmax(np.abs(found - want)), want.shape)
    place = ", ".join(str(int(i)) for i in at)
    return (
        f"{name} differs: entry [{place}] is {found[at]:.5g}, expected {want[at]:.5g}."
    )


def judge(
    ask: Ask,
    slips: Sequence[Slip],
    name: str,
    args: tuple[Any, ...],
    want: Any,
    where: str,
    what: str = "the result",
) -> None:
    """Raise Wrong unless the call gives `want` and leaves its arguments alone."""
    reply = ask(name, *args)
    problem = difference(reply.value, want, what)
    if problem:
        raise Wrong(
            f"`{name}`, {where}: {problem}{hint(slips, name, args, reply.value, want)}"
        )
    expect_same_arguments(args, reply.args_after)
