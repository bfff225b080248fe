"""The copy task: ten symbols, a long silence, a signal, and the symbols again.

After Arjovsky, Shah and Bengio 2016, who took it from Hochreiter and Schmidhuber 1997.
"""

from __future__ import annotations

import numpy as np

BLANK, SYMBOLS, GO = 0, 8, 9  # the symbols are 1 to 8
LENGTH = 10
INPUTS, OUTPUTS = SYMBOLS + 2, SYMBOLS + 1


def batch(
    rng: np.random.Generator, count: int, delay: int
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets, ids (delay + 20, count), int64.

    The input is ten symbols, delay - 1 blanks, GO, ten blanks; the target is blank for
    delay + 10 steps, then the ten symbols in their order.
    errors ValueError for a delay below 1
    """
    if delay < 1:
        raise ValueError(f"delay {delay}: the signal itself needs one step")
    symbols = rng.integers(1, SYMBOLS + 1, (LENGTH, count))
    x = np.full((delay + 2 * LENGTH, count), BLANK, np.int64)
    y = x.copy()
    x[:LENGTH], x[LENGTH + delay - 1] = symbols, GO
    y[-LENGTH:] = symbols
    return x, y


def baseline(delay: int) -> float:
    """Nats a step of the best answer without memory: blanks, then any of the eight
    (eq-copy-baseline)."""
    return LENGTH * float(np.log(SYMBOLS)) / (delay + 2 * LENGTH)
