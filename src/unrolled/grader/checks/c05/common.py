"""What several questions of chapter 5 share: distributions."""

from __future__ import annotations

import numpy as np

from unrolled.grader.checks.judging import Array
from unrolled.grader.question import Wrong


def softmax(o: Array) -> Array:
    """Rows of probabilities, (..., V)."""
    w = np.exp(o - o.max(axis=-1, keepdims=True))
    return w / w.sum(axis=-1, keepdims=True)


def expect_distributions(got: Array, where: str) -> None:
    """Raise Wrong unless every row is a distribution."""
    if (got < -1e-9).any():
        raise Wrong(f"{where} there are negative probabilities.")
    sums = got.sum(axis=-1)
    off = np.argmax(np.abs(sums - 1))
    if abs(np.ravel(sums)[off] - 1) > 1e-5:
        raise Wrong(f"{where} a row sums to {np.ravel(sums)[off]:.4g}, not to 1.")
