"""Where a chunk of a stream starts: zeros, a learned state, or the state before it.

A tanh network learns to predict the next letter of a stream of first names
(unrolled.data.names) from chunks of 8 letters. Four ways to begin a chunk: "zeros";
"learned", a vector of parameters; "carried", the last state of the chunk that ends
where this one begins; "shuffled", the last state of the row's previous chunk although
the chunks come in random order. Gradients never cross from chunk to chunk.

Every 250 steps the held-out names are read twice: "places" holds the loss at each place
of a chunk, over chunks that begin at every letter, started as in training; "long" the
loss when the stream is read in one piece. "loss" is the training loss of the carried
arm.
"""

from __future__ import annotations

import numpy as np

from unrolled.cells.softmax import log_sum_exp
from unrolled.cells.tanh_rnn import bptt, forward, init
from unrolled.data import names
from unrolled.experiment import main
from unrolled.optim import Adam
from unrolled.plots import smooth

SEEDS = (0, 1, 2)
STEPS = 4000
REHEARSAL = 300
EVERY = 250
T, B, H, RATE = 8, 32, 64, 3e-3
V = len(names.ALPHABET)
ARMS = ("zeros", "learned", "carried", "shuffled")


def chunks(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and next letters, (chunks, T, B): row b of chunk i+1 continues chunk i."""
    ids = names.stream(names.split(seed)[0])
    length = (len(ids) - 1) // (B * T) * T
    rows = np.arange(B) * length
    at = rows + np.arange(length)[:, None]  # (length, B)
    x, y = ids[at], ids[at + 1]
    return x.reshape(-1, T, B), y.reshape(-1, T, B)


def nats(o: np.ndarray, y: np.ndarray) -> np.ndarray:
    """-log p of the right letter, of y's shape."""
    return log_sum_exp(o) - np.take_along_axis(o, y[..., None], axis=-1)[..., 0]


def train(arm: str, seed: int, steps: int) -> dict:
    """Training losses, and the held-out losses described above."""
    rng = np.random.default_rng(seed)
    x, y = chunks(seed)
    theta, start = init(rng, V, H, V), np.zeros(H)
    rule, learned = Adam(RATE), Adam(RATE)
    losses, path, order, h0 = [], [], [], np.zeros((B, H))
    for _ in range(steps):
        if not order:
            order = list(range(len(x)))[::-1]
            h0 = np.zeros((B, H))
            if arm != "carried":
                rng.shuffle(order)
        i = order.pop()
        if arm in ("zeros", "learned"):
            h0 = np.tile(start, (B, 1))
        value, grads = bptt(x[i], y[i], h0, **theta)
        grads = {name: g / y[i].size for name, g in grads.items()}
        if arm == "learned":
            learned.step({"h0": start}, {"h0": grads["h0"].sum(axis=0)})
        if arm in ("carried", "shuffled"):  # numbers only: no gradient goes back
            h0 = forward(x[i], h0, **theta)[0][-1]
        rule.step(theta, grads)
        losses.append(float(value / y[i].size))
        if len(losses) % EVERY == 0:
            path.append(held_out(arm, seed, theta, start))
    return {"loss": losses, "path": path}


def held_out(arm: str, seed: int, theta: dict, start: np.ndarray) -> dict:
    """Loss of the held-out stream in one piece, and at each place of a chunk."""
    ids = names.stream(names.split(seed)[1])
    h, o = forward(ids[:-1, None], start[None], **theta)
    long = float(nats(o, ids[1:, None]).mean())
    begins = np.arange(1, len(ids) - T)  # a chunk begins at every letter
    at = begins + np.arange(T)[:, None]
    h0 = np.tile(start, (len(begins), 1))
    if arm == "carried":
        h0 = h[begins, 0]
    if arm == "shuffled":
        h0 = h[np.random.default_rng(seed).permutation(begins), 0]
    o = forward(ids[at], h0, **theta)[1]
    return {"long": long, "places": nats(o, ids[at + 1]).mean(axis=1).tolist()}


def run(seed: int, steps: int) -> dict:
    """The carried arm; for a whole run all four."""
    carried = train("carried", seed, steps)
    result: dict = {"loss": carried["loss"]}
    if steps == STEPS:
        arms = {arm: train(arm, seed, steps) for arm in ARMS if arm != "carried"}
        arms["carried"] = carried
        result["arms"] = {
            arm: {
                "path": arms[arm]["path"],
                "training": smooth(arms[arm]["loss"], EVERY).tolist(),
            }
            for arm in ARMS
        }
    return result


def baseline() -> dict:
    """Letter frequencies alone, nats a letter: median over the seeds."""
    found = []
    for seed in SEEDS:
        train_ids, test_ids = (names.stream(part) for part in names.split(seed))
        found.append(names.unigram_loss(train_ids, test_ids))
    return {"unigram": float(np.median(found))}


if __name__ == "__main__":
    main(__file__)
