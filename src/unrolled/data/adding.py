"""The adding problem: read many numbers, add up the two that are marked.

`batch` is the variant that most papers after 2015 use, `batch_1997` the task of
Hochreiter and Schmidhuber 1997, section 5.4. They differ in the range of the numbers,
in the target and so in what a constant answer costs: 1/6 and almost 1/24 (eq-var-add).
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def batch(rng: np.random.Generator, count: int, steps: int) -> tuple[Array, Array]:
    """Numbers from [0, 1), one marked in each half; the target is their sum.

    return  x (steps, count, 2): the number and its mark, 1 or 0; y (count,); float32
    errors  ValueError for fewer than 2 steps
    """
    if steps < 2:
        raise ValueError(f"{steps} steps: two numbers are to be marked")
    x = np.zeros((steps, count, 2), np.float32)
    x[:, :, 0] = rng.random((steps, count))
    half, every = steps // 2, np.arange(count)
    first, second = rng.integers(0, half, count), rng.integers(half, steps, count)
    x[first, every, 1] = x[second, every, 1] = 1
    return x, x[first, every, 0] + x[second, every, 0]


def batch_1997(
    rng: np.random.Generator, count: int, shortest: int
) -> tuple[Array, Array, Array]:
    """The task of 1997: numbers from [-1, 1], lengths from T to T + T // 10.

    One of the first ten numbers carries the mark 1, and one of the T // 2 - 1 others
    among the first T // 2. The first and the last number carry the mark -1; but where
    the first is one of the two, its mark is 1 and the number is 0. The target is
    0.5 + (X1 + X2) / 4.

    shortest  T, at least 20
    return    x (longest, count, 2), zero behind the end, float32; lengths (count,),
              int64; y (count,), float32
    errors    ValueError for T below 20: ten numbers stand in the first half
    """
    if shortest < 20:
        raise ValueError(f"T = {shortest}: at least 20 is needed")
    lengths = rng.integers(shortest, shortest + shortest // 10 + 1, count)
    longest, every = int(lengths.max()), np.arange(count)
    x = np.zeros((longest, count, 2), np.float32)
    inside = np.arange(longest)[:, None] < lengths  # (longest, count)
    x[:, :, 0] = np.where(inside, rng.uniform(-1, 1, (longest, count)), 0)
    first = rng.integers(0, 10, count)
    second = rng.integers(0, shortest // 2 - 1, count)
    second += second >= first  # any of the first half but the one that is marked
    x[0, :, 1] = x[lengths - 1, every, 1] = -1
    x[first, every, 1] = x[second, every, 1] = 1
    x[0, (first == 0) | (second == 0), 0] = 0
    return x, lengths, 0.5 + (x[first, every, 0] + x[second, every, 0]) / 4
