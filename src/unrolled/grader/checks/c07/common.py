"""What several questions of chapter 7 share: the symbols, and values that are symbols."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array
from unrolled.grader.checks.slips import array
from unrolled.grader.question import Wrong

PAD, END = 0, 1


def integers(value: Any, shape: tuple[int, ...], name: str) -> Array:
    """`value` as symbols of that shape; floats do not pass."""
    found = array(value, shape, name)
    if np.asarray(value).dtype.kind == "f":
        raise Wrong(
            f"{name} holds floats; symbols are integers, with which a table is read. Give the array dtype=int."
        )
    return found
