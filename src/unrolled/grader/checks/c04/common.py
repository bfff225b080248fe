"""What several questions of chapter 4 share: arrays inside dicts and lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array, kind_of
from unrolled.grader.question import Wrong


def numbers(value: Any, shape: tuple[int, ...], name: str) -> Array:
    """`value` as float64 numbers of that shape; a transposed shape is recognised.

    NaN and infinity pass; `judging.as_array` refuses them.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise Wrong(
            f"{name}: expected an array of numbers of shape {shape}, got {kind_of(value)}."
        )
    if array.shape != shape:
        tip = " It looks transposed." if array.shape == shape[::-1] else ""
        raise Wrong(f"{name}: the shape is {array.shape}, expected {shape}.{tip}")
    return array.astype(np.float64)


def unchanged(before: Any, after: Any) -> bool:
    """Whether arrays, also inside dicts and lists, are what they were."""
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and np.array_equal(before, after)
    if isinstance(before, Mapping):
        return (
            isinstance(after, Mapping)
            and before.keys() == after.keys()
            and all(unchanged(before[key], after[key]) for key in before)
        )
    if isinstance(before, (list, tuple)):
        return (
            isinstance(after, (list, tuple))
            and len(before) == len(after)
            and all(unchanged(b, a) for b, a in zip(before, after, strict=True))
        )
    return True
