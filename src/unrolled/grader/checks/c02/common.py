"""What several questions of chapter 2 share: padded batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array, as_array
from unrolled.grader.question import Wrong


def real_steps(lengths: Array, T: int, side: str = "right") -> Array:
    """Which steps are real: (T, B) booleans."""
    t = np.arange(T)[:, None]
    return t < lengths if side == "right" else t >= T - lengths


def draw_batch(
    rng: np.random.Generator,
    T: int,
    lengths: list[int],
    H: int,
    padding: str = "numbers",
    side: str = "right",
) -> tuple[Array, Array]:
    """States (T, B, H) and lengths (B,); padding: "numbers", "zeros" or "spoiled"."""
    counts = np.array(lengths)
    out = 1.0 + rng.standard_normal((T, len(counts), H))
    beyond = ~real_steps(counts, T, side)
    if padding == "zeros":
        out[beyond] = 0.0
    elif padding == "spoiled":
        out[beyond] = rng.choice([np.nan, np.inf, -np.inf], size=out[beyond].shape)
    else:
        out[beyond] *= 20.0
    return out, counts


def part_of(value: Any, shape: tuple[int, ...], name: str, pick: Any) -> Array:
    """The entries `pick` of a value that must be an array of that shape."""
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf" or array.shape != shape:
        return as_array(value, shape, name)  # raises Wrong
    return array[pick].astype(np.float64)


def some_finite(got: Array, why: str) -> None:
    if not np.isfinite(got).all():
        raise Wrong(why)
