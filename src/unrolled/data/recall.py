"""The recall task: name the symbol that was seen `LAG` steps ago.

Random symbols from an alphabet of `SYMBOLS`; the first LAG targets of a stretch were
never shown, so no network does better than LAG / T * log(SYMBOLS) nats a step.
"""

from __future__ import annotations

import numpy as np

SYMBOLS, LAG = 4, 6


def batch(
    rng: np.random.Generator, T: int = 20, B: int = 32
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets, both integers (T, B); target t is input t - LAG."""
    stream = rng.integers(0, SYMBOLS, size=(T + LAG, B))
    return stream[LAG:], stream[:-LAG]


def floor(T: int = 20) -> float:
    """The least possible mean loss, in nats."""
    return LAG / T * float(np.log(SYMBOLS))
