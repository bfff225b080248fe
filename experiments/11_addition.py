"""Sums below 1000 as text, learned by cells in NumPy: which cell, which digit first?

The task, the encoder-decoder and the recipe of experiments/07_addition.py (arm "all"),
without PyTorch: one cell of `unrolled.cells` reads the question (7 characters), its
last state is the first one of a second cell, which writes up to four digits and END;
one-hot input, input weights uniform in (-0.5, 0.5), orthogonal recurrent blocks, zero
biases; teacher forcing, batches of 128, Adam with beta2 = 0.98, a rate that rises
linearly over the first 15 % of STEPS and falls to zero along half a cosine; float32.
STEPS = 3120 are eight passes through 50,000 pairs. Arms:

  "gru"                     64 units, reset after the product, all turned
  "gru, before"             reset before the product
  "gru, answer as is"       highest digit first
  "gru, question as is"     not turned
  "lstm, 0", "lstm, 1"      forget bias 0 or 1; 55 units, as many parameters as "gru"
  "tanh"                    115 units, as many parameters as "gru"

The rate of each arm: starting from 0.01, rates are doubled and halved until the best
has a worse one on either side (exact validation sums after a run of half the length,
mean of the seeds TUNING, used for nothing else); CHOSEN has all that were tried.

"parameters"; "curve": share of validation sums that are right in every character after
each pass; "test": the same share of the test part at the end; "places": of its answers'
digits from the lowest; "characters": of all its digits. "loss" is that of "gru", nats a
symbol. Everything is written by the network itself (greedy).
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from unrolled.cells import gru, lstm
from unrolled.cells.embedding import table_gradient
from unrolled.cells.softmax import softmax
from unrolled.data import sums, symbols
from unrolled.experiment import main
from unrolled.optim import Adam

SEEDS = (0, 1, 2, 3, 4)
STEPS = 3120
SHORT = STEPS // 2
REHEARSAL = 100
TUNING = (8, 9)
PASS, BATCH, WARM = 390, 128, 0.15
V = len(sums.SYMBOLS) + symbols.FIRST
LONGEST = sums.DIGITS + 2

Array = np.ndarray
Arrays = dict[str, Array]
States = tuple[Array, ...]  # what a cell hands on: (h,) or, for an LSTM, (h, c)


class Arm(NamedTuple):
    """One way to do it."""

    cell: str
    units: int
    turn_question: bool = True
    turn_answer: bool = True
    reset: str = "after"
    forget: float = 0.0


ARMS = {
    "gru": Arm("gru", 64),
    "gru, before": Arm("gru", 64, reset="before"),
    "gru, answer as is": Arm("gru", 64, turn_answer=False),
    "gru, question as is": Arm("gru", 64, turn_question=False),
    "lstm, 0": Arm("lstm", 55),
    "lstm, 1": Arm("lstm", 55, forget=1.0),
    "tanh": Arm("tanh", 115),
}
BLOCKS = {"gru": 3, "lstm": 4, "tanh": 1}


def cell_start(rng: np.random.Generator, arm: Arm) -> Arrays:
    """Parameters of one cell, float32."""
    H, blocks = arm.units, BLOCKS[arm.cell]
    turns = [np.linalg.qr(rng.normal(size=(H, H)))[0] for _ in range(blocks)]
    found = {"W_x": rng.uniform(-0.5, 0.5, (V, blocks * H)), "W_h": np.hstack(turns)}
    if arm.cell == "gru":
        found |= {"b_x": np.zeros(3 * H), "b_h": np.zeros(3 * H)}
    else:
        found["b"] = np.zeros(blocks * H)
    if arm.cell == "lstm":
        found["b"][H : 2 * H] = arm.forget
    return {name: value.astype(np.float32) for name, value in found.items()}


def cell_zero(arm: Arm, count: int) -> States:
    zero = np.zeros((count, arm.units), np.float32)
    return (zero, zero) if arm.cell == "lstm" else (zero,)


def cell_run(
    arm: Arm, x: Array, first: States, P: Arrays
) -> tuple[Array, States, tuple]:
    """x (T, B) ids -> h (T+1, B, H), last states, what the way back needs."""
    if arm.cell == "gru":
        h, tape = gru.forward(x, *first, **P, reset=arm.reset)
        return h, (h[-1],), (h, tape)
    if arm.cell == "lstm":
        h, c, gates = lstm.forward(x, *first, **P)
        return h, (h[-1], c[-1]), (h, c, gates)
    h = [first[0]]
    for row in P["W_x"][x] + P["b"]:
        h.append(np.tanh(row + h[-1] @ P["W_h"]))
    h = np.stack(h)
    return h, (h[-1],), (h,)


def cell_back(
    arm: Arm, x: Array, saved: tuple, dh: Array, last: States, P: Arrays
) -> tuple[Arrays, States]:
    """Errors from outside and at the last states -> gradients, error at the first."""
    if arm.cell == "gru":
        h, tape = saved
        W = P["W_x"], P["W_h"]
        found = gru.backward(x, h, tape, dh, *W, reset=arm.reset, dh_end=last[0])
        return found, (found["h0"],)
    if arm.cell == "lstm":
        h, c, gates = saved
        found = lstm.backward(
            x, h, c, gates, dh, P["W_x"], P["W_h"], dh_end=last[0], dc_end=last[1]
        )
        return found, (found["h0"], found["c0"])
    h, error = saved[0], last[0]
    da = np.empty_like(dh)
    for t in reversed(range(len(dh))):
        da[t] = (dh[t] + error) * (1 - h[t + 1] ** 2)
        error = da[t] @ P["W_h"].T
    flat = da.reshape(-1, arm.units)
    found = {
        "W_x": table_gradient(x.ravel(), flat, V),
        "W_h": h[:-1].reshape(-1, arm.units).T @ flat,
        "b": flat.sum(axis=0),
    }
    return found, (error,)


def net_start(rng: np.random.Generator, arm: Arm) -> Arrays:
    """All parameters: "e." of the encoder, "d." of the decoder, the read-out."""
    limit = arm.units**-0.5
    found = {f"e.{k}": v for k, v in cell_start(rng, arm).items()}
    found |= {f"d.{k}": v for k, v in cell_start(rng, arm).items()}
    found["W_ho"] = rng.uniform(-limit, limit, (arm.units, V)).astype(np.float32)
    return found | {"b_o": np.zeros(V, np.float32)}


def part(net: Arrays, name: str) -> Arrays:
    return {k[2:]: v for k, v in net.items() if k.startswith(f"{name}.")}


def gradients(arm: Arm, net: Arrays, x: Array, y: Array) -> tuple[float, Arrays]:
    """Mean loss a symbol with teacher forcing, and every gradient."""
    reader, writer = part(net, "e"), part(net, "d")
    read = np.concatenate([np.full_like(y[:1], symbols.END), y[:-1]])
    h, C, saved_read = cell_run(arm, x, cell_zero(arm, x.shape[1]), reader)
    g, last, saved = cell_run(arm, read, C, writer)
    p = softmax(g[1:] @ net["W_ho"] + net["b_o"])
    t, b = np.indices(y.shape)
    counts = y != symbols.PAD
    loss = -np.log(p[t, b, y][counts]).mean()
    p[t, b, y] -= 1
    do = p * (counts / counts.sum()).astype(np.float32)[..., None]
    dh, zero = do @ net["W_ho"].T, tuple(np.zeros_like(part) for part in last)
    back, dC = cell_back(arm, read, saved, dh, zero, writer)
    front, _ = cell_back(arm, x, saved_read, np.zeros_like(h[1:]), dC, reader)
    flat = do.reshape(-1, V)
    found = {f"e.{k}": front[k] for k in reader} | {f"d.{k}": back[k] for k in writer}
    found["W_ho"] = g[1:].reshape(-1, arm.units).T @ flat
    return float(loss), found | {"b_o": flat.sum(axis=0)}


def answers(arm: Arm, net: Arrays, x: Array) -> Array:
    """What the network writes, greedily: ids (LONGEST, B)."""
    reader, writer = part(net, "e"), part(net, "d")
    state = cell_run(arm, x, cell_zero(arm, x.shape[1]), reader)[1]
    k, written = np.full(x.shape[1], symbols.END), []
    for _ in range(LONGEST):
        h, state, _ = cell_run(arm, k[None], state, writer)
        k = (h[-1] @ net["W_ho"] + net["b_o"]).argmax(axis=-1)
        written.append(k)
    return np.stack(written)


def exact(written: Array, y: Array) -> Array:
    """Which answers are right in every symbol up to their END.  (B,) booleans"""
    return np.all((written == y) | (y == symbols.PAD), axis=0)


def digits(written: Array, y: Array, turned: bool) -> tuple[float, list[float]]:
    """Share of all digits, and of those at each place from the lowest."""
    hit, is_digit = written == y, y >= symbols.FIRST
    length = is_digit.sum(axis=0)
    t = np.arange(len(y))[:, None]
    place = np.broadcast_to(t, y.shape) if turned else length - 1 - t
    found = [float(hit[is_digit & (place == k)].mean()) for k in range(sums.DIGITS + 1)]
    return float(hit[is_digit].mean()), found


def train(
    arm: Arm, rate: float, seed: int, steps: int, total: int = STEPS
) -> tuple[list[float], dict]:
    """Losses of the first `steps` of `total` steps, and what a whole run reports."""
    start, rng = time.process_time(), np.random.default_rng(seed)
    pairs = sums.split(seed)
    (x, y), (x_valid, y_valid), (x_test, y_test) = (
        sums.encode(one, arm.turn_question, arm.turn_answer) for one in pairs
    )
    net, rule = net_start(rng, arm), Adam(rate, beta2=0.98)
    losses, curve, rise = [], [], WARM * total
    for step in range(steps):
        if step % PASS == 0:
            order = rng.permutation(x.shape[1])
        fall = 0.5 + 0.5 * np.cos(np.pi * (step - rise) / (total - rise))
        rule.lr = float(rate * min((step + 1) / rise, fall))
        batch = order[step % PASS * BATCH :][:BATCH]
        loss, found = gradients(arm, net, x[:, batch], y[:, batch])
        rule.step(net, found)
        losses.append(loss)
        if (step + 1) % PASS == 0:
            right = exact(answers(arm, net, x_valid), y_valid)
            curve.append(float(right.mean()))
    if steps < total:
        return losses, {}
    written = answers(arm, net, x_test)
    characters, places = digits(written, y_test, arm.turn_answer)
    return losses, {
        "rate": rate,
        "parameters": sum(v.size for v in net.values()),
        "curve": curve,
        "test": float(exact(written, y_test).mean()),
        "characters": characters,
        "places": places,
        "seconds": time.process_time() - start,
    }


# What tune() found: arm -> {rate: mean share of exact validation sums}.
CHOSEN: dict[str, dict[float, float]] = {
    "gru": {0.005: 0.0158, 0.01: 0.3657, 0.02: 0.9575, 0.04: 0.9891, 0.08: 0.9479},
    "gru, before": {
        0.005: 0.0255,
        0.01: 0.7114,
        0.02: 0.9755,
        0.04: 0.9984,
        0.08: 0.9804,
    },
    "gru, answer as is": {0.005: 0.0472, 0.01: 0.1144, 0.02: 0.122, 0.04: 0.1127},
    "gru, question as is": {0.005: 0.0139, 0.01: 0.1168, 0.02: 0.5482, 0.04: 0.3138},
    "lstm, 0": {0.005: 0.0105, 0.01: 0.0476, 0.02: 0.0645, 0.04: 0.1064, 0.08: 0.0791},
    "lstm, 1": {0.005: 0.0099, 0.01: 0.0157, 0.02: 0.1242, 0.04: 0.2875, 0.08: 0.1321},
    "tanh": {0.005: 0.8963, 0.01: 0.9018, 0.02: 0.8069},
}


def best(tried: dict[float, float]) -> float:
    return max(tried, key=tried.get)


def tune(name: str) -> dict[float, float]:
    """Doubling and halving until the best rate has a worse one on either side."""
    tried: dict[float, float] = {}
    todo = [0.01, 0.005, 0.02]
    while todo:
        rate = todo.pop(0)
        runs = [train(ARMS[name], rate, s, SHORT, SHORT)[1] for s in TUNING]
        tried[rate] = float(f"{np.mean([one['curve'][-1] for one in runs]):.4g}")
        if not todo:
            top = best(tried)
            todo = [r for r in (top / 2, top * 2) if r not in tried]
    return tried


def run(seed: int, steps: int) -> dict:
    """Every arm; for a rehearsal only the losses of the first."""
    if steps < STEPS:
        return {"loss": train(ARMS["gru"], best(CHOSEN["gru"]), seed, steps)[0]}
    found: dict = {"arms": {}}
    for name, arm in ARMS.items():
        losses, found["arms"][name] = train(arm, best(CHOSEN[name]), seed, steps)
        if name == "gru":
            found["loss"] = losses
    return found


def baseline() -> dict:
    """The commonest symbol at each place of the training answers, whatever is asked;
    and the rates that were tried."""
    rows = []
    for seed in SEEDS:
        training, _, test = sums.split(seed)
        y, y_test = sums.encode(training)[1], sums.encode(test)[1]
        usual = np.array([np.bincount(row, minlength=V).argmax() for row in y])
        written = np.broadcast_to(usual[:, None], y_test.shape)
        characters, _ = digits(written, y_test, True)
        rows.append(
            {"exact": float(exact(written, y_test).mean()), "characters": characters}
        )
    rates = {
        name: {str(r): s for r, s in found.items()} for name, found in CHOSEN.items()
    }
    return {"usual symbols": rows, "rates": rates}


if __name__ == "__main__":
    main(__file__)
