"""The latch task: a sign at the first step, noise afterwards; which sign was it?

In the spirit of Bengio, Simard and Frasconi 1994, whose two classes differ in the first
steps of a sequence only.
"""

from __future__ import annotations

import numpy as np


def batch(
    rng: np.random.Generator, count: int, steps: int, noise: float = 0.3
) -> tuple[np.ndarray, np.ndarray]:
    """x (steps, count, 1) float32, y (count,) int64: 1 where the sign was +, else 0.

    x is +1 or -1 at step 1 and normal with standard deviation `noise` afterwards.
    errors ValueError for no steps, or a negative noise
    """
    if steps < 1 or noise < 0:
        raise ValueError(f"{steps} steps, noise {noise}: at least 1, at least 0 needed")
    x = rng.normal(0, noise, (steps, count, 1)).astype(np.float32)
    y = rng.integers(0, 2, count)
    x[0, :, 0] = 2 * y - 1
    return x, y
