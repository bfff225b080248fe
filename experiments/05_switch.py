"""Asked from zeros: minimal character models with the 200 units of Notes C.

The classic loop of chapter 5 (a tanh network reads Python source once in chunks of 25
characters, state carried, weights of size 0.01, Adagrad with rate 0.1, gradients
clipped by value at 5) on 50,000 characters, 24 networks: a seed stands for 8. Each is
then asked about held-out text from the state it arrived with and from zeros.

Arms: "classic"; "warm-up", where the rate grows from 0 to 0.1 over the first 1000
updates; "resets", where the state is set to zero before a chunk with probability 0.05.
A step is 20 updates, 500 characters; "loss" is that of the first network's
"warm-up", nats a character, because the classic arm is chaotic from the third update
on: on a processor that rounds otherwise another network may be caught.
"networks" holds, for every network and arm:
  "smooth"             the moving average over 1000 updates that the classic loop prints
  "carried", "zero"    mean nats of 20 windows of 400 held-out characters
  "zero_by_position"   the same from zeros, means over 10 characters
  "distance"           of the two states after 0, 10, 20, ... 400 characters
  "saturated"          share of |h| > 0.99 while reading
  "leading"            eigenvalue of W_hh of largest size: real, |imaginary part|
  "attractors", "losses", "starts"   50 starting states (carried, zeros, random signs)
                       under the same 1000 characters: different states at the end,
                       nats of the last 500 characters in each, and how many led there;
                       the carried state's comes first
"""

from __future__ import annotations

import numpy as np

from unrolled.cells import tanh_rnn
from unrolled.cells.softmax import log_sum_exp, softmax
from unrolled.data import python_source
from unrolled.experiment import main
from unrolled.optim import Adagrad

SEEDS = (0, 1, 2)
STEPS = 100
REHEARSAL = 40
NETWORKS = 8
H, T, UPDATES = 200, 25, 20
RATE, CLIP = 0.1, 5.0
ARMS = {"classic": {}, "warm-up": {"warm": 1000}, "resets": {"reset": 0.05}}
WINDOW, WINDOWS, APART, BIN = 400, 20, 800, 10
STARTS, LONG, TAIL = 50, 1000, 500
V = len(python_source.ALPHABET)


def texts() -> tuple[np.ndarray, np.ndarray]:
    """Ids of the training and of the held-out text."""
    return tuple(python_source.encode(part) for part in python_source.split())


def train(ids, network: int, steps: int, warm: int = 0, reset: float = 0.0):
    """Parameters, last state (1, H), loss a character of every update."""
    rng, rule = np.random.default_rng(network), Adagrad(RATE)
    shapes = {"W_xh": (V, H), "W_hh": (H, H), "W_ho": (H, V)}
    theta = {name: 0.01 * rng.normal(size=shape) for name, shape in shapes.items()}
    theta |= {"b_h": np.zeros(H), "b_o": np.zeros(V)}
    h0, losses = np.zeros((1, H)), []
    for n in range(steps * UPDATES):
        if reset and rng.random() < reset:
            h0 = np.zeros((1, H))
        x, y = (ids[n * T + i : n * T + i + T, None] for i in (0, 1))
        h, o = tanh_rnn.forward(x, h0, **theta)
        do = softmax(o)
        losses.append(float(-np.log(do[np.arange(T), 0, y[:, 0]]).mean()))
        do[np.arange(T), 0, y[:, 0]] -= 1
        weights = (theta[name] for name in shapes)
        grads = tanh_rnn.backward(x, h, do, *weights)
        rule.lr = RATE * min(1.0, (n + 1) / warm) if warm else RATE
        rule.step(theta, {k: np.clip(grads[k], -CLIP, CLIP) for k in theta})
        h0 = h[-1]
    return theta, h0, losses


def nats(ids, h0, theta):
    """ids (N+1, B) -> nats of ids[1:] (N, B), states (N+1, B, H)."""
    h, o = tanh_rnn.forward(ids[:-1], h0, **theta)
    truth = np.take_along_axis(o, ids[1:, :, None], axis=-1)[..., 0]
    return log_sum_exp(o) - truth, h


def ask(test, state, theta) -> dict:
    """The same held-out windows from both states, and from fifty."""
    begin = np.arange(WINDOWS) * APART
    ids = test[: begin[-1] + WINDOW + 1]
    value, h = nats(ids[:, None], state, theta)
    carried = np.stack([value[i : i + WINDOW, 0] for i in begin], 1)
    there = np.stack([h[i : i + WINDOW + 1, 0] for i in begin], 1)
    pieces = np.stack([ids[i : i + WINDOW + 1] for i in begin], 1)
    zero, here = nats(pieces, np.zeros((WINDOWS, H)), theta)
    apart = np.linalg.norm(here - there, axis=-1)[::BIN].mean(axis=1)
    values = np.linalg.eigvals(theta["W_hh"])
    leading = values[np.argmax(abs(values))]
    return {
        "carried": float(carried.mean()),
        "zero": float(zero.mean()),
        "zero_by_position": zero.reshape(-1, BIN, WINDOWS).mean(axis=(1, 2)).tolist(),
        "distance": apart.tolist(),
        "saturated": float((abs(h) > 0.99).mean()),
        "leading": [float(leading.real), float(abs(leading.imag))],
        **attractors(test, state, theta),
    }


def attractors(test, state, theta) -> dict:
    """Where fifty starting states end under the same text."""
    rng = np.random.default_rng(0)
    signs = rng.choice([-1.0, 1.0], size=(STARTS - 2, H))
    h0 = np.concatenate([state, np.zeros((1, H)), signs])
    value, h = nats(np.repeat(test[: LONG + 1, None], STARTS, axis=1), h0, theta)
    ends: list[np.ndarray] = []
    label = []
    for end in h[-1]:
        near = [k for k, e in enumerate(ends) if np.linalg.norm(end - e) < 0.01]
        if not near:
            near = [len(ends)]
            ends.append(end)
        label.append(near[0])
    count = np.bincount(label)
    losses = np.bincount(label, weights=value[-TAIL:].mean(axis=0)) / count
    return {
        "attractors": len(ends),
        "losses": losses.tolist(),
        "starts": count.tolist(),
    }


def run(seed: int, steps: int) -> dict:
    """Losses of the first "warm-up"; for a whole run what all networks reached."""
    ids, test = texts()
    first = train(ids, NETWORKS * seed, steps, **ARMS["warm-up"])
    result: dict = {"loss": np.reshape(first[2], (-1, UPDATES)).mean(axis=1).tolist()}
    if steps < STEPS:
        return result
    result["networks"] = []
    for network in range(NETWORKS * seed, NETWORKS * (seed + 1)):
        arms = {}
        for arm, change in ARMS.items():
            theta, state, losses = train(ids, network, steps, **change)
            average = np.log(V)
            for value in losses:
                average += 0.001 * (value - average)
            arms[arm] = {"smooth": float(average), **ask(test, state, theta)}
        result["networks"].append(arms)
    return result


def baseline() -> dict:
    """Held-out nats a character of guessing: every symbol alike, or by frequency."""
    train_ids, test = texts()
    counts = np.bincount(train_ids, minlength=V) + 1.0  # none is impossible
    unigram = -np.log(counts / counts.sum())[test].mean()
    return {"uniform": float(np.log(V)), "unigram": float(unigram)}


if __name__ == "__main__":
    main(__file__)
