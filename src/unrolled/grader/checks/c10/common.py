"""What several questions of chapter 10 share: one call, and what it should have given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array
from unrolled.grader.checks.slips import (
    Slip,
    array,
    hint,
    several,
    unchanged,
)
from unrolled.grader.question import Ask, Wrong

TOLERANCE = 1e-5


def alike(got: Array, want: Array, each: bool = False) -> bool:
    """Whether two arrays are equal: infinities in the same places, the other entries up
    to a share of the largest one, or, with `each`, of their own size."""
    finite = np.isfinite(want)
    if not np.array_equal(np.isfinite(got), finite):
        return False
    if not np.array_equal(got[~finite], want[~finite]):
        return False
    a, b = got[finite], want[finite]
    scale = np.abs(b) if each else np.max(np.abs(b), initial=0.0)
    return bool(np.all(np.abs(a - b) <= TOLERANCE * scale + (0 if each else 1e-12)))


def expect_value(
    got: Any, want: Any, name: str, told: str = "", each: bool = False
) -> None:
    """Raise Wrong, with the entry that differs most, unless `got` is `want`."""
    want = np.asarray(want, dtype=float)
    found = array(got, want.shape, name)
    if alike(found, want, each):
        return
    if not want.shape:
        raise Wrong(f"{name} is {float(found):.6g}, expected {float(want):.6g}.{told}")
    if np.isnan(found).any():
        raise Wrong(f"{name} has entries that are NaN.{told}")
    with np.errstate(all="ignore"):
        off = np.abs(found - want)
        off = off / np.abs(want) if each else off
    off = np.where(found == want, 0.0, np.where(np.isnan(off), np.inf, off))
    at = np.unravel_index(np.argmax(off), want.shape)
    place = ", ".join(str(int(i)) for i in at)
    shown = f"{found[at]:.6g}, expected {want[at]:.6g}"
    raise Wrong(f"{name}: the entry [{place}] is {shown}.{told}")


def same(before: Any, after: Any) -> bool:
    """`unchanged`, and the plain numbers in lists and dicts are what they were."""
    if isinstance(before, dict):
        return unchanged(before, after) and all(
            same(before[k], after[k]) for k in before
        )
    if isinstance(before, (list, tuple)):
        return unchanged(before, after) and all(map(same, before, after))
    if isinstance(before, (bool, int, float)):
        return isinstance(after, (bool, int, float)) and before == after
    return unchanged(before, after)


def expect_same_arguments(args: Sequence[Any], after: Sequence[Any]) -> None:
    """Raise Wrong when the call changed an argument, a number in a list included."""
    if not all(map(same, args, after)):
        raise Wrong(
            "the call changed its arguments, which belong to the caller. Copy what you change."
        )


def expect_call(
    ask: Ask,
    slips: Iterable[Slip],
    name: str,
    args: Sequence[Any],
    want: Any,
    where: str,
    parts: Sequence[str] = (),
    each: bool = False,
) -> None:
    """Call an answer and raise Wrong unless it gives `want` and spares its arguments.

    parts: the names of the values, where `want` is several.
    """
    reply = ask(name, *args)
    got = reply.value
    tip = hint(slips, name, args, got, want)
    if parts:
        what = f"{len(parts)} values ({', '.join(parts)})"
        got = several(got, len(parts), f"{where}: {what}")
        for part, mine, right in zip(parts, got, want, strict=True):
            expect_value(mine, right, f"{where}: {part}", tip, each)
    else:
        expect_value(got, want, f"{where}: the result", tip, each)
    expect_same_arguments(args, reply.args_after)


def radius(W: Any) -> float:
    return float(np.abs(np.linalg.eigvals(W)).max())


def reservoir(rng: np.random.Generator, D: int, H: int, rho: float = 0.9) -> dict:
    """Weights of a network with that spectral radius."""
    W = rng.standard_normal((H, H))
    return {
        "W_xh": rng.uniform(-1, 1, (D, H)),
        "W_hh": W * rho / radius(W),
        "b_h": rng.uniform(-0.5, 0.5, H),
    }
