"""A character model that can only go on: what a carried state may hide.

The minimal model of the classic kind: a tanh network of 100 units reads Python source
(unrolled.data.python_source) once, from left to right, in chunks of 25 characters; the
state is carried over the whole text; weights start at 0.01; Adagrad with rate 0.1;
gradients clipped by value at 5. Its smoothed loss falls as it should. Asked about
unseen text from the state it arrived with it does well; from another state some of
these networks do worse than guessing, not for some characters but for ever.

The reason. Adagrad divides by the gradient's own size, so its first steps move *every*
weight by about 0.1, in a pattern h' da of low rank. After three to ten updates W_hh
has a leading eigenvalue of size 4 to 8 (before: 0.1) and most units are saturated.
Under the same text there are then several attractors, whose states never meet. If they
are the phases of a clock (eigenvalues negative or complex, the frequent case), the text
passes under each of them in turn, all are trained, and no harm is done. If they are the
positions of a switch, a carried state stays in one; nothing trains the other, and its
loss may be anything. Whether a network has such a side, and whether zeros fall into
it, is luck: look at all networks, not at a median.

A seed stands for 8 networks, so there are 24. A step is 20 updates of batch 1, 500
characters. Arms, all on the same 100,000 characters:
  "classic"    as above
  "streams"    16 streams side by side, each carried, all begun at zero
  "resets"     the state is set to zero before a chunk with probability 0.05
  "both"       16 streams with resets
  "warm-up"    classic, but the rate grows from 0 to 0.1 over the first 1000 updates:
               the cure of the cause
"loss" is that of the first network's "warm-up", nats a character, at every step: the
only arm of batch 1 that can be repeated. The others are chaotic from the third update
on; on a processor that rounds otherwise their losses part after ten.
"networks" holds for every network and arm: "smooth" (moving average of its loss over
1000 updates, once every 5000 characters), "checkpoints" (held-out nats from the carried
and from a zero state, share of |h| > 0.99, leading eigenvalue of W_hh), and "final".
That is, for 25 windows of 400 held-out characters: nats from the carried and from a
zero state, by position (means of 10) and by window, the distance of the two states
at POSITIONS, the share of windows in which they met (distance below 0.01) and in which
zero did worse by more than a nat ("trapped"). And "starts": 50 starting states (the
carried one, zeros, random signs) under the same 1000 characters, the number of
different states at the end, how many starts went to each, the loss there over the last
500 characters, and the share of starts that end more than a nat above the carried one
("lost"). "early" is W_hh (leading eigenvalue: real part, size of the imaginary part)
and the saturation during the first updates of "classic". "long" is the classic network
of this seed with the worst attractor, trained on 400,000 characters instead.
"""

from __future__ import annotations

import numpy as np

from unrolled.cells import tanh_rnn
from unrolled.cells.softmax import log_sum_exp, softmax
from unrolled.data import python_source
from unrolled.experiment import main
from unrolled.optim import Adagrad

SEEDS = (0, 1, 2)
NETWORKS = 8  # a seed
STEPS, LONGER = 200, 800
REHEARSAL = 40
H, T, B = 100, 25, 16
RATE, CLIP, RESET, WARM = 0.1, 5.0, 0.05, 1000
UPDATES = 20  # of batch 1, a step
BLOCK = T * UPDATES  # characters a step
EVERY = 40  # steps between two checkpoints
WINDOW, WINDOWS, APART, BIN = 400, 25, 800, 10
POSITIONS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400)
STARTS, READ, TAIL, NAT = 50, 1000, 500, 1.0
EARLY = (0, 1, 2, 3, 5, 10, 30, 100, 300, 1000)
ARMS = {
    "classic": {},
    "streams": {"batch": B},
    "resets": {"reset": RESET},
    "both": {"batch": B, "reset": RESET},
    "warm-up": {"warm": WARM},
}
V = len(python_source.ALPHABET)


def texts() -> tuple[np.ndarray, np.ndarray]:
    """Ids of the training and of the held-out text."""
    return tuple(python_source.encode(part) for part in python_source.split())


def start(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The classic start: all weights of size 0.01, no biases."""
    return {
        "W_xh": rng.normal(size=(V, H)) * 0.01,
        "W_hh": rng.normal(size=(H, H)) * 0.01,
        "b_h": np.zeros(H),
        "W_ho": rng.normal(size=(H, V)) * 0.01,
        "b_o": np.zeros(V),
    }


def gradients(x, y, h0, theta):
    """Loss a character, clipped gradients (summed over time, not streams), states."""
    h, o = tanh_rnn.forward(x, h0, **theta)
    do = softmax(o)
    t, b = np.indices(y.shape)
    value = -np.log(do[t, b, y]).mean()
    do[t, b, y] -= 1
    do /= y.shape[1]
    weights = (theta[name] for name in ("W_xh", "W_hh", "W_ho"))
    grads = tanh_rnn.backward(x, h, do, *weights)
    return value, {k: np.clip(grads[k], -CLIP, CLIP) for k in theta}, h


def nats(ids, h0, theta):
    """ids (N+1, B) -> nats of ids[1:] (N, B), states (N+1, B, H)."""
    h, o = tanh_rnn.forward(ids[:-1], h0, **theta)
    truth = np.take_along_axis(o, ids[1:, :, None], axis=-1)[..., 0]
    return log_sum_exp(o) - truth, h


def leading(W_hh: np.ndarray) -> list[float]:
    """The eigenvalue of largest size: [real part, size of its imaginary part]."""
    values = np.linalg.eigvals(W_hh)
    value = values[np.argmax(abs(values))]
    return [float(value.real), float(abs(value.imag))]


def compare(test, state, theta, windows=WINDOWS):
    """The same held-out windows from the carried state and from zeros.

    The carried state reads the held-out text in one go. Returns nats (WINDOW, windows)
    carried and from zero, the distance (WINDOW + 1, windows), all carried states.
    """
    begin = np.arange(windows) * APART
    ids = test[: begin[-1] + WINDOW + 1]
    value, h = nats(ids[:, None], state[:1], theta)
    carried = np.stack([value[i : i + WINDOW, 0] for i in begin], 1)
    there = np.stack([h[i : i + WINDOW + 1, 0] for i in begin], 1)
    pieces = np.stack([ids[i : i + WINDOW + 1] for i in begin], 1)
    zero, here = nats(pieces, np.zeros((windows, H)), theta)
    return carried, zero, np.linalg.norm(here - there, axis=-1), h


def checkpoint(step, test, state, theta) -> dict:
    """Short comparison, on the first 12 windows."""
    carried, zero, _, h = compare(test, state, theta, 12)
    return {
        "characters": step * BLOCK,
        "carried": float(carried.mean()),
        "zero": float(zero.mean()),
        "saturated": float((abs(h) > 0.99).mean()),
        "leading": leading(theta["W_hh"]),
    }


def starts(test, state, theta) -> dict:
    """Do many starting states under the same text end in one state?"""
    rng = np.random.default_rng(0)
    signs = rng.choice([-1.0, 1.0], size=(STARTS - 2, H))
    h0 = np.concatenate([state[:1], np.zeros((1, H)), signs])
    ids = np.repeat(test[: READ + 1, None], STARTS, axis=1)
    value, h = nats(ids, h0, theta)
    ends: list[np.ndarray] = []
    label = []
    for end in h[-1]:
        near = [k for k, e in enumerate(ends) if np.linalg.norm(end - e) < 0.01]
        if not near:
            near = [len(ends)]
            ends.append(end)
        label.append(near[0])
    tail, count = value[-TAIL:].mean(axis=0), np.bincount(label)
    lost = tail > tail[0] + NAT
    return {
        "attractors": len(ends),
        "count": count.tolist(),
        "loss": (np.bincount(label, weights=tail) / count).tolist(),
        "lost": float(lost.mean()),
        "of_carried": label[0],
        "of_zero": label[1],
    }


def final(test, state, theta) -> dict:
    """Everything that is measured at the end."""
    carried, zero, apart, h = compare(test, state, theta)
    means = [a.reshape(-1, BIN, WINDOWS).mean(axis=(1, 2)) for a in (carried, zero)]
    return {
        "carried": float(carried.mean()),
        "zero": float(zero.mean()),
        "carried_by_position": means[0].tolist(),
        "zero_by_position": means[1].tolist(),
        "zero_by_window": zero.mean(axis=0).tolist(),
        "distance": apart[list(POSITIONS)].mean(axis=1).tolist(),
        "trapped": float((zero.mean(axis=0) > carried.mean(axis=0) + NAT).mean()),
        "met": float((apart[-1] < 0.01).mean()),
        "saturated": float((abs(h) > 0.99).mean()),
        "leading": leading(theta["W_hh"]),
        "starts": starts(test, state, theta),
    }


def train(seed, steps, data, batch=1, reset=0.0, warm=0, look=True) -> dict:
    """One arm; without `look` its losses only."""
    rng = np.random.default_rng(seed)
    train_ids, test = data
    theta, rule = start(rng), Adagrad(RATE)
    n = steps * BLOCK // batch  # characters a stream
    apart = (len(train_ids) - 1) // batch
    streams = np.stack([train_ids[b * apart :][: n + 1] for b in range(batch)], axis=1)
    h, losses, early, checkpoints = np.zeros((batch, H)), [], {}, []
    for update, at in enumerate(range(0, n - T + 1, T)):
        if update in EARLY:
            early[str(update)] = leading(theta["W_hh"]) + [
                float((abs(h) > 0.99).mean())
            ]
        characters = update * T * batch
        if look and characters % (EVERY * BLOCK) == 0:
            checkpoints.append(checkpoint(characters // BLOCK, test, h, theta))
        if reset:
            h = h * (rng.random((batch, 1)) >= reset)
        x, y = streams[at : at + T], streams[at + 1 : at + T + 1]
        value, grads, states = gradients(x, y, h, theta)
        rule.lr = RATE * min(1.0, (update + 1) / warm) if warm else RATE
        rule.step(theta, grads)
        losses.append(value)
        h = states[-1]
    result = {"loss": losses, "early": early}
    if look:
        checkpoints.append(checkpoint(steps, test, h, theta))
        average, smooth = np.log(V), []
        for value in np.repeat(losses, batch):
            average += 0.001 * (value - average)
            smooth.append(average)
        result |= {
            "smooth": smooth[:: 10 * UPDATES],
            "checkpoints": {k: [c[k] for c in checkpoints] for k in checkpoints[0]},
            "final": final(test, h, theta),
        }
    return result


def blocks(losses: list[float]) -> list[float]:
    """Means over the updates of a step, batch 1."""
    return np.reshape(losses, (-1, UPDATES)).mean(axis=1).tolist()


def run(seed: int, steps: int) -> dict:
    """Losses of "warm-up"; for a whole run all networks and arms."""
    data = texts()
    first, *others = range(seed * NETWORKS, (seed + 1) * NETWORKS)
    if steps < STEPS:
        losses = train(first, steps, data, **ARMS["warm-up"], look=False)["loss"]
        return {"loss": blocks(losses)}
    networks = [
        {name: train(n, steps, data, **ARMS[name]) for name in ARMS}
        for n in (first, *others)
    ]
    result = {"loss": blocks(networks[0]["warm-up"]["loss"])}
    result["early"] = [n["classic"]["early"] for n in networks]
    worst = [max(n["classic"]["final"]["starts"]["loss"]) for n in networks]
    chosen = int(np.argmax(worst))
    long = train(first + chosen, LONGER, data)
    keys = ("smooth", "checkpoints", "final")
    result["networks"] = [
        {name: {k: arm[k] for k in keys} for name, arm in n.items()} for n in networks
    ]
    result["long"] = {"network": chosen} | {k: long[k] for k in keys}
    return result


def baseline() -> dict:
    """Held-out nats a character of guessing: every symbol alike, or by frequency."""
    train_ids, test = texts()
    counts = np.bincount(train_ids, minlength=V) + 1.0  # none is impossible
    unigram = -np.log(counts / counts.sum())[test].mean()
    return {"uniform": float(np.log(V)), "unigram": float(unigram)}


if __name__ == "__main__":
    main(__file__)
