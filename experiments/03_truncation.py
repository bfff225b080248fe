"""How far does a truncated gradient point away from the full one, and does it matter?

A tanh network of 64 units reads first names of the census, letter by letter, 48 letters
at a time, and predicts the next letter. It is trained with the exact gradient; at three
moments the truncated gradients are compared with the exact one on a large batch. Then
it is trained again from the same start with truncated gradients only.

Losses are mean nats a letter; plain gradient descent on that mean, no momentum.
"""

from __future__ import annotations

import numpy as np

from unrolled.cells import tanh_rnn
from unrolled.data import names
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 1500
REHEARSAL = 100
T, B, H, V = 48, 32, 64, len(names.ALPHABET)
RATE = 1.0
MOMENTS = (0, 300, STEPS)
WINDOWS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 48)
ARMS = (1, 2, 4, 8)
PROBE = 256  # sequences on which gradients are compared and losses tested


def chunk_factors(tau: int) -> np.ndarray:
    """Factors (T,) that cut time before every chunk of `tau` steps."""
    return (np.arange(T) % tau != 0).astype(np.float64)


def start(rng: np.random.Generator) -> tanh_rnn.Parameters:
    """Small random weights; the recurrent ones with spectral radius about one."""
    return tanh_rnn.init(rng, V, H, V)


def train(seed: int, steps: int, factors: np.ndarray | None) -> tuple[list, dict]:
    """Losses of each step and the parameters at the moments reached."""
    data = names.stream(names.split(seed)[0])
    rng = np.random.default_rng(seed)
    theta = start(rng)
    h0 = np.zeros((B, H))
    losses, kept = [], {}
    for step in range(steps + 1):
        if step in MOMENTS:
            kept[step] = {k: v.copy() for k, v in theta.items()}
        if step == steps:
            break
        x, y = names.windows(data, T, B, rng)
        loss, grads = tanh_rnn.bptt(x, y, h0, **theta, keep=factors)
        losses.append(loss / y.size)
        for name in tanh_rnn.NAMES:
            theta[name] -= RATE * grads[name] / y.size
    return losses, kept


def cosines(seed: int, theta: tanh_rnn.Parameters) -> dict:
    """Cosine with the exact gradient of W_hh, by window and by chunk."""
    rng = np.random.default_rng([seed, 1])
    data = names.stream(names.split(seed)[0])
    x, y = names.windows(data, T, PROBE, rng)
    h0 = np.zeros((PROBE, H))
    exact = tanh_rnn.bptt(x, y, h0, **theta)[1]["W_hh"]

    def cosine(g: np.ndarray) -> float:
        return float((g * exact).sum() / np.linalg.norm(g) / np.linalg.norm(exact))

    window, chunk = {}, {}
    for tau in WINDOWS:
        g = tanh_rnn.window_bptt(x, y, h0, **theta, window=tau)[1]["W_hh"]
        window[str(tau)] = cosine(g)
        g = tanh_rnn.bptt(x, y, h0, **theta, keep=chunk_factors(tau))[1]["W_hh"]
        chunk[str(tau)] = cosine(g)
    return {"window": window, "chunk": chunk}


def held_out(seed: int, theta: tanh_rnn.Parameters) -> float:
    """Mean nats a letter on names that were not trained on."""
    data = names.stream(names.split(seed)[1])
    x, y = names.windows(data, T, PROBE, np.random.default_rng([seed, 2]))
    return float(tanh_rnn.loss(x, y, np.zeros((PROBE, H)), **theta) / y.size)


def run(seed: int, steps: int) -> dict:
    """The exact run; with all STEPS also the cosines and the truncated runs."""
    losses, kept = train(seed, steps, None)
    result: dict = {"loss": losses}
    if steps < STEPS:
        return result
    result["cosine"] = {str(m): cosines(seed, theta) for m, theta in kept.items()}
    result["held_out"] = {"full": held_out(seed, kept[STEPS])}
    result["arms"] = {}
    for tau in ARMS:
        curve, end = train(seed, steps, chunk_factors(tau))
        result["arms"][str(tau)] = curve
        result["held_out"][str(tau)] = held_out(seed, end[STEPS])
    return result


def baseline() -> dict:
    """Losses of two models without a network, in nats a letter."""
    unigram = [
        names.unigram_loss(*(names.stream(part) for part in names.split(seed)))
        for seed in SEEDS
    ]
    return {"unigram": float(np.median(unigram)), "uniform": float(np.log(V))}


if __name__ == "__main__":
    main(__file__)
