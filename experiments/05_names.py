"""Letter after letter of a first name: counts against a tanh network.

The score is the mean cost in nats of a character of a held-out name, its end included.
Every name is read on its own: the network starts from the zero state and reads END
first, the n-gram reads END first and knows nothing before it. Both see the same
training names. Four networks of about 23,400 numbers each: a tanh network of 128 units
in NumPy and `nn.GRU` of 72 units, each plain and with 20 per cent of the recurrent
weights switched off, drawn anew at every step. Batches of 64 names, Adam, the learning
rate falls to zero along half a cosine over STEPS; float32.

Choices are made without the held-out names: a tenth of the training names is put aside,
and every network is trained on the rest with every rate of RATES. "grid" holds the
lowest loss on the names put aside and the step where it fell; "chosen" is the better
rate and its step. Then the network is trained again with this rate on all training
names; "held_out" is its curve, every EVERY steps, and "result" the value at the chosen
step. "loss" is the training loss of "tanh, dropped" on the nine tenths, with LOSS_RATE,
at every step.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from unrolled.cells import tanh_rnn
from unrolled.cells.softmax import log_sum_exp, softmax
from unrolled.data import names
from unrolled.experiment import main
from unrolled.ngram import WittenBell
from unrolled.optim import Adam

SEEDS = (0, 1, 2)
STEPS = 3000
REHEARSAL = 150
EVERY = 250
V, BATCH = len(names.ALPHABET), 64
UNITS = {"tanh": 128, "gru": 72}
RATES = (0.002, 0.005)
LOSS_RATE = 0.005
ARMS = ("tanh", "tanh, dropped", "gru", "gru, dropped")
ORDERS = (1, 2, 3, 4, 5, 6)


def parts(seed: int) -> tuple[list[str], list[str], list[str], list[str]]:
    """(all training names, nine tenths of them, the other tenth, held-out names)"""
    training, held_out = names.split(seed)
    cut = round(0.9 * len(training))
    return training, training[:cut], training[cut:], held_out


def rows(part: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs x, targets y and mask (T, B): one name a column, END before and after."""
    x = np.zeros((max(map(len, part)) + 1, len(part)), np.int64)
    y, mask = x.copy(), np.zeros(x.shape, np.float32)
    for b, name in enumerate(part):
        ids = names.encode(names.END + name + names.END)
        x[: len(ids) - 1, b], y[: len(ids) - 1, b] = ids[:-1], ids[1:]
        mask[: len(ids) - 1, b] = 1
    return x, y, mask


def kept(rng: np.random.Generator, shape: tuple, drop: float) -> np.ndarray:
    """Zeros with probability `drop`, the rest raised so that the mean is one."""
    return ((rng.random(shape) >= drop) / (1 - drop)).astype(np.float32)


class Tanh:
    """The course's own network and optimiser."""

    def __init__(self, seed: int, rate: float) -> None:
        theta = tanh_rnn.init(np.random.default_rng(seed), V, UNITS["tanh"], V)
        self.theta = {name: a.astype(np.float32) for name, a in theta.items()}
        self.rule = Adam(rate)

    def outputs(self, x: np.ndarray, theta: dict) -> tuple[np.ndarray, np.ndarray]:
        h0 = np.zeros((x.shape[1], UNITS["tanh"]), np.float32)
        return tanh_rnn.forward(x, h0, **theta)

    def step(self, x, y, mask, rate, rng, drop) -> float:
        keep = kept(rng, self.theta["W_hh"].shape, drop) if drop else np.float32(1)
        theta = self.theta | {"W_hh": self.theta["W_hh"] * keep}
        h, o = self.outputs(x, theta)
        do = softmax(o)
        np.put_along_axis(
            do, y[..., None], np.take_along_axis(do, y[..., None], -1) - 1, -1
        )
        do *= mask[..., None] / mask.sum()
        square = (theta[name] for name in ("W_xh", "W_hh", "W_ho"))
        grads = tanh_rnn.backward(x, h, do, *square)
        grads["W_hh"] *= keep
        self.rule.lr = rate
        self.rule.step(self.theta, grads)
        return cost(o, y, mask)

    def score(self, x, y, mask) -> float:
        return cost(self.outputs(x, self.theta)[1], y, mask)


class Gru(nn.Module):
    """Borrowed until chapter 11."""

    def __init__(self, seed: int, rate: float) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.rnn = nn.GRU(V, UNITS["gru"])
        self.read_out = nn.Linear(UNITS["gru"], V)
        self.rule = torch.optim.Adam(self.parameters(), rate)

    def mean(self, x, y, mask) -> torch.Tensor:
        o = self.read_out(self.rnn(one_hot(torch.as_tensor(x), V).float())[0])
        keep = torch.as_tensor(mask > 0)
        return cross_entropy(o[keep], torch.as_tensor(y)[keep])

    def step(self, x, y, mask, rate, rng, drop) -> float:
        weight = self.rnn.weight_hh_l0
        whole = weight.detach().clone()
        keep = torch.as_tensor(kept(rng, whole.shape, drop)) if drop else 1
        weight.data *= keep
        loss = self.mean(x, y, mask)
        self.rule.zero_grad()
        loss.backward()
        weight.data = whole
        weight.grad *= keep
        self.rule.param_groups[0]["lr"] = rate
        self.rule.step()
        return loss.item()

    @torch.no_grad()
    def score(self, x, y, mask) -> float:
        return self.mean(x, y, mask).item()


def cost(o: np.ndarray, y: np.ndarray, mask: np.ndarray) -> float:
    """Mean nats a character from logits o (T, B, V)."""
    nats = log_sum_exp(o) - np.take_along_axis(o, y[..., None], -1)[..., 0]
    return float((nats * mask).sum() / mask.sum())


def train(
    arm: str, seed: int, rate: float, training: list, other: list, steps: int
) -> tuple[list, list]:
    """Training loss at every step, loss on `other` after every EVERY steps."""
    torch.set_num_threads(1)
    net = (Tanh if arm.startswith("tanh") else Gru)(seed, rate)
    drop = 0.2 if arm.endswith("dropped") else 0
    rng = np.random.default_rng(seed)
    x, y, mask = rows(training)
    tests, losses, curve, order = rows(other), [], [], np.empty(0, int)
    for step in range(steps):
        if len(order) < BATCH:
            order = rng.permutation(len(training))
        pick, order = order[:BATCH], order[BATCH:]
        T = int(mask[:, pick].sum(axis=0).max())
        now = rate * (1 + np.cos(np.pi * step / STEPS)) / 2
        batch = (a[:T, pick] for a in (x, y, mask))
        losses.append(net.step(*batch, now, rng, drop))
        if (step + 1) % EVERY == 0:
            curve.append(net.score(*tests))
    return losses, curve


def run(seed: int, steps: int) -> dict:
    """Losses of the tanh network with dropped weights; for a whole run every arm."""
    training, fit, aside, held_out = parts(seed)
    if steps < STEPS:
        return {"loss": train(ARMS[1], seed, LOSS_RATE, fit, aside, steps)[0]}
    result: dict = {"grid": {}, "chosen": {}, "held_out": {}, "result": {}}
    result["seconds"] = {}
    for arm in ARMS:
        grid = result["grid"][arm] = {}
        for rate in RATES:
            losses, curve = train(arm, seed, rate, fit, aside, steps)
            best = int(np.argmin(curve))
            grid[str(rate)] = [curve[best], (best + 1) * EVERY]
            if (arm, rate) == (ARMS[1], LOSS_RATE):
                result["loss"] = losses
        rate = min(RATES, key=lambda r, grid=grid: grid[str(r)][0])
        stop = grid[str(rate)][1]
        result["chosen"][arm] = [rate, stop]
        start = time.process_time()
        curve = train(arm, seed, rate, training, held_out, steps)[1]
        result["seconds"][arm] = round(time.process_time() - start, 1)
        result["held_out"][arm] = curve
        result["result"][arm] = curve[stop // EVERY - 1]
    return result


def count(n: int, training: list[str], other: list[str]) -> float:
    """Nats a character of `other` under Witten-Bell n-grams of `training`."""
    model, end = WittenBell(n, V), names.END
    for name in training:
        model.fit(names.encode(end + name + end))
    model.counts[()][0] -= len(training)  # the END before a name is given, not guessed
    model.totals[()] -= len(training)
    nats = [model.nats(names.encode(end + name + end))[1:] for name in other]
    return float(np.concatenate(nats).mean())


def baseline() -> dict:
    """Uniform guessing, and n-grams of each order (one value a seed): on the held-out
    names, and, trained on nine tenths, on the tenth put aside."""
    result: dict = {"uniform": float(np.log(V)), "orders": list(ORDERS)}
    every = [parts(seed) for seed in SEEDS]
    result["held_out"] = [[count(n, p[0], p[3]) for n in ORDERS] for p in every]
    result["aside"] = [[count(n, p[1], p[2]) for n in ORDERS] for p in every]
    sizes = {"tanh": 2 * V * 128 + 128**2 + 128 + V, "gru": 0}
    sizes["gru"] = sum(p.numel() for p in Gru(0, 0.0).parameters())
    result["parameters"] = sizes
    return result


if __name__ == "__main__":
    main(__file__)
