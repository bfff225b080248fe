"""What several questions of chapter 8 share: sizes and judging.

expect_array(got, want, where, told)   Wrong, with the hint `told`, unless equal
expect_whole(got, want, where, told)   the same for one whole number, exactly
sizes(T=3, B=2)                        "T = 3, B = 2", for messages
"""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array, kind_of, near
from unrolled.grader.checks.slips import array
from unrolled.grader.question import Wrong


def sizes(**numbers: Any) -> str:
    """ "T = 3, B = 2", for the beginning of a message."""
    return ", ".join(f"{name} = {value}" for name, value in numbers.items())


def expect_array(got: Any, want: Array, where: str, told: str = "") -> None:
    """Raise Wrong unless `got` is the array `want`; `told` is a hint, or empty."""
    found = array(got, want.shape, where)
    if not np.isfinite(found[np.isfinite(want)]).all():
        raise Wrong(f"{where}: there are NaN or infinite entries.{told}")
    if near(found, want):
        return
    if found.size > 1 and near(found, -want):
        raise Wrong(f"{where}: the sign is wrong, the size is right.{told}")
    raise Wrong(f"{where}: not the right values.{told}")


def expect_whole(got: Any, want: int, where: str, told: str = "") -> None:
    """Raise Wrong unless `got` is the whole number `want`, exactly."""
    if isinstance(got, np.generic):
        got = got.item()
    if isinstance(got, np.ndarray) and got.shape == ():
        got = got.item()
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        raise Wrong(f"{where}: expected a whole number, got {kind_of(got)}.")
    if got != want:
        tip = told
        near_miss = isinstance(got, float) or abs(got - want) * 10**9 <= abs(want)
        if abs(want) > 2**53 and near_miss and not tip:
            tip = " A float holds 16 digits: count with integers, and divide with //."
        raise Wrong(f"{where} is {shown(got)}, expected {shown(want)}.{tip}")


def shown(value: Any) -> str:
    """A number for a message."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.10g}"
