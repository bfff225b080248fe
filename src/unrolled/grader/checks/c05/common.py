"""What several questions of chapter 5 share: distributions and one number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array, as_array
from unrolled.grader.question import Wrong


def softmax(o: Array) -> Array:
    """Rows of probabilities, (..., V)."""
    w = np.exp(o - o.max(axis=-1, keepdims=True))
    return w / w.sum(axis=-1, keepdims=True)


def number(value: Any, name: str) -> float:
    """A returned number; an array of one entry is not one."""
    return float(as_array(value, (), name))


def expect_number(
    value: Any,
    want: float,
    where: str,
    hints: Iterable[tuple[float, str]] = (),
) -> None:
    """Raise Wrong unless value is want; hints: other values and what they come from."""
    got = number(value, f"{where} the result")

    def close(other: float) -> bool:
        return bool(np.isclose(got, other, rtol=1e-5, atol=1e-9))

    if close(want):
        return
    told = f"{where} the result is {got:.5g}, expected {want:.5g}."
    for other, hint in hints:
        if close(other) and not np.isclose(other, want, rtol=1e-4):
            raise Wrong(f"{told} {hint}")
    raise Wrong(told)


def expect_distributions(got: Array, where: str) -> None:
    """Raise Wrong unless every row is a distribution."""
    if (got < -1e-9).any():
        raise Wrong(f"{where} there are negative probabilities.")
    sums = got.sum(axis=-1)
    off = np.argmax(np.abs(sums - 1))
    if abs(np.ravel(sums)[off] - 1) > 1e-5:
        raise Wrong(f"{where} a row sums to {np.ravel(sums)[off]:.4g}, not to 1.")
