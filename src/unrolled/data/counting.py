"""Count modulo 4: has the number of ones so far just been a multiple of four?

The target is one bit, the state that a machine needs has four values: what an output
can carry from step to step is not enough.
"""

from __future__ import annotations

import numpy as np

MODULUS = 4


def batch(rng: np.random.Generator, T: int, B: int) -> tuple[np.ndarray, np.ndarray]:
    """Random bits x (T, B) and targets y (T, B), both int64: y is 1 where the count of
    ones up to and including this step is a multiple of 4 (zero counts as one)."""
    x = rng.integers(0, 2, size=(T, B))
    return x, (x.cumsum(axis=0) % MODULUS == 0).astype(np.int64)
