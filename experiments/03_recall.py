"""Which chunk lengths of truncated BPTT can teach a network to recall?

A tanh network of 32 units learns to name the symbol of six steps ago (unrolled.data.
recall) from stretches of 20 steps, by gradient descent; the error is cut before every
chunk. A chunk of 20 is the exact gradient. "loss" is its loss at every step; "arms"
holds means over blocks of 20 steps for every chunk length.
"""

from __future__ import annotations

import numpy as np

from unrolled.cells import tanh_rnn
from unrolled.data import recall
from unrolled.experiment import main
from unrolled.plots import smooth

SEEDS = (0, 1, 2)
STEPS = 4000
REHEARSAL = 300
CHUNKS = (1, 4, 6, 7, 10, 20)
T, B, H, RATE = 20, 32, 32, 0.3


def losses(seed: int, chunk: int, steps: int) -> list[float]:
    """Mean loss a symbol at every step."""
    rng = np.random.default_rng(seed)
    theta, found = tanh_rnn.init(rng, recall.SYMBOLS, H, recall.SYMBOLS, 0.7), []
    keep = (np.arange(T) % chunk != 0).astype(float)
    for _ in range(steps):
        x, y = recall.batch(rng, T, B)
        value, grads = tanh_rnn.bptt(x, y, np.zeros((B, H)), **theta, keep=keep)
        found.append(float(value / y.size))
        for name in theta:
            theta[name] -= RATE * grads[name] / y.size
    return found


def run(seed: int, steps: int) -> dict:
    """Losses of the exact gradient; for a whole run also those of every chunk."""
    result: dict = {"loss": losses(seed, T, steps)}
    if steps == STEPS:
        arms = {c: losses(seed, c, steps) for c in CHUNKS if c != T}
        arms[T] = result["loss"]
        result["arms"] = {str(c): smooth(a, 20).tolist() for c, a in arms.items()}
    return result


def baseline() -> dict:
    """Guessing, measured: a network whose output weights are zero."""
    rng = np.random.default_rng(0)
    theta = tanh_rnn.init(rng, recall.SYMBOLS, H, recall.SYMBOLS)
    theta["W_ho"] = np.zeros_like(theta["W_ho"])
    x, y = recall.batch(rng, T, B)
    guess = tanh_rnn.loss(x, y, np.zeros((B, H)), **theta) / y.size
    return {"guess": float(guess), "floor": recall.floor(T)}


if __name__ == "__main__":
    main(__file__)
