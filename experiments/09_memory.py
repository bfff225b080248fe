"""Keeping one bit, and keeping ten symbols: which start, which cell, with clipping?

Latch (unrolled.data.latching, noise NOISE): a sign at step 1, noise up to step T, which
sign was it? Copy (unrolled.data.copying): ten symbols, a delay, ten symbols again.
Fresh sequences at every step, Adam at a constant rate, 64 units, batches of 64, cross-
entropy in nats. Arms:

  "tanh"              nn.RNN as PyTorch starts it
  "tanh, orthogonal"  W_hh a random orthogonal matrix, zero biases
  "tanh, identity"    W_hh the identity, zero biases
  "relu, identity"    the same with ReLU, otherwise PyTorch's start
  "gru"               nn.GRU as PyTorch starts it

each "clipped" to global norm LIMIT or "plain"; RUNS lists what is run. The rate is the
best of RATES in a run with start and data TUNING, by the mean of the validation loss
over the whole curve, so that an earlier fall counts; a run that stops being finite
counts as infinite. For the latch it is found at T = 50 and used for every T.

For each run, "latch, T=50, tanh, clipped" or "copy, delay=10, gru, clipped": "rate";
"curve", the validation loss (copy: nats a step) and "accuracy", the share right (copy:
of the ten symbols to be repeated) on VALID sequences, every EVERY steps of the task;
"solved", latch: the first step at which the accuracy is above SOLVED; copy: the first
at which the loss is below BELOW times the baseline; null if there is none; "kept", the
share of the looks from "solved" on that meet the same condition; "over", the share of
steps whose gradient is longer than LIMIT; "norms", the quantiles 0.1, 0.5, 0.9 and 1 of
its norm; "broke", the step at which the gradient was not finite, or null. "loss" is the
training loss of "copy, delay=10, tanh, clipped".
"""

from __future__ import annotations

import math
import time

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from unrolled.data import copying, latching
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 1200
REHEARSAL = 150
LATCH_STEPS = 400
UNITS, BATCH, LIMIT, NOISE = 64, 64, 1.0, 0.3
EVERY, VALID = {"latch": 20, "copy": 50}, {"latch": 1000, "copy": 250}
SOLVED, BELOW = 0.99, 0.9
TUNING, TUNED = 9, {"latch": 50, "copy": 10}
RATES = {
    "latch": {"tanh": (0.001, 0.003, 0.01, 0.03), "relu": (0.0003, 0.001, 0.003)},
    "copy": {"tanh": (0.0003, 0.001), "relu": (0.0003, 0.001)},
}
RATES["latch"]["gru"], RATES["copy"]["gru"] = (0.003, 0.01, 0.03, 0.1), (0.003, 0.01)
STARTED = ("tanh", "tanh, orthogonal", "relu, identity")
RUNS = (
    [("latch", T, arm, True) for T in (10, 25, 50) for arm in (*STARTED, "gru")]
    + [("latch", 50, arm, False) for arm in STARTED]
    + [("latch", 50, "tanh, identity", True)]
    + [("latch", 100, arm, True) for arm in STARTED]
    + [("copy", 10, arm, True) for arm in (*STARTED, "gru")]
    + [("copy", 10, arm, False) for arm in ("tanh", "relu, identity")]
)


class Net(nn.Module):
    """A recurrent layer and logits; for the latch of the last state only."""

    def __init__(self, task: str, arm: str) -> None:
        super().__init__()
        kind, _, start = arm.partition(", ")
        self.task = task
        inputs = 1 if task == "latch" else copying.INPUTS
        if kind == "gru":
            self.rnn = nn.GRU(inputs, UNITS)
        else:
            self.rnn = nn.RNN(inputs, UNITS, nonlinearity=kind)
        self.read_out = nn.Linear(UNITS, 2 if task == "latch" else copying.OUTPUTS)
        if start:
            nn.init.zeros_(self.rnn.bias_ih_l0)
            nn.init.zeros_(self.rnn.bias_hh_l0)
        if start == "orthogonal":
            nn.init.orthogonal_(self.rnn.weight_hh_l0)
        elif start == "identity":
            nn.init.eye_(self.rnn.weight_hh_l0)

    def forward(self, x: Tensor) -> Tensor:
        if self.task == "latch":
            return self.read_out(self.rnn(x)[0][-1])
        return self.read_out(self.rnn(one_hot(x, copying.INPUTS).float())[0])


def tensors(
    task: str, rng: np.random.Generator, count: int, size: int
) -> tuple[Tensor, Tensor]:
    """size: the length of a latch, the delay of a copy"""
    if task == "latch":
        x, y = latching.batch(rng, count, size, NOISE)
    else:
        x, y = copying.batch(rng, count, size)
    return torch.as_tensor(x), torch.as_tensor(y)


@torch.no_grad()
def look(net: Net, x: Tensor, y: Tensor) -> tuple[float, float]:
    """Loss and share right (copy: of the symbols)."""
    o = net(x)
    loss = cross_entropy(o.flatten(0, -2), y.flatten()).item()
    if net.task == "copy":
        o, y = o[-copying.LENGTH :], y[-copying.LENGTH :]
    return loss, (o.argmax(dim=-1) == y).float().mean().item()


def train(
    task: str, size: int, arm: str, limit: float, rate: float, seed: int, steps: int
) -> tuple[list[float], dict]:
    """Training losses, and what a run reports."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net(task, arm)
    x_valid, y_valid = tensors(
        task, np.random.default_rng([77, size]), VALID[task], size
    )
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    losses, norms, looks, broke = [], [], [], None
    for step in range(steps):
        x, y = tensors(task, rng, BATCH, size)
        loss = cross_entropy(net(x).flatten(0, -2), y.flatten())
        optimiser.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), limit).item()
        if not math.isfinite(norm):
            broke = step
            break
        optimiser.step()
        losses.append(loss.item())
        norms.append(norm)
        if (step + 1) % EVERY[task] == 0:
            looks.append(look(net, x_valid, y_valid))
    curve, accuracy = [list(part) for part in zip(*looks, strict=True)] or [[], []]
    if task == "latch":
        good = [a > SOLVED for a in accuracy]
    else:
        good = [c < BELOW * copying.baseline(size) for c in curve]
    first = good.index(True) if any(good) else None
    return losses, {
        "rate": rate,
        "curve": [float(f"{c:.4g}") for c in curve],
        "accuracy": [float(f"{a:.4g}") for a in accuracy],
        "solved": None if first is None else (first + 1) * EVERY[task],
        "kept": None if first is None else float(np.mean(good[first:])),
        "over": float(np.mean(np.array(norms) > LIMIT)),
        "norms": np.quantile(norms, [0.1, 0.5, 0.9, 1]).tolist(),
        "broke": broke,
    }


def name(task: str, size: int, arm: str, clipped: bool) -> str:
    what = "T" if task == "latch" else "delay"
    return f"{task}, {what}={size}, {arm}, {'clipped' if clipped else 'plain'}"


def limit(clipped: bool) -> float:
    return LIMIT if clipped else math.inf


FIRST = ("copy", 10, "tanh", True)


def run(seed: int, steps: int) -> dict:
    """Every run; for a rehearsal only the losses of the one that is repeated."""
    chosen = rates()
    if steps < STEPS:
        rate = chosen[name(*FIRST)]["best"]
        return {"loss": train(*FIRST[:3], LIMIT, rate, seed, steps)[0]}
    found: dict = {"runs": {}, "seconds": {}}
    for task, size, arm, clipped in RUNS:
        key, start = name(task, size, arm, clipped), time.process_time()
        losses, found["runs"][key] = train(
            task,
            size,
            arm,
            limit(clipped),
            chosen[name(task, TUNED[task], arm, clipped)]["best"],
            seed,
            LATCH_STEPS if task == "latch" else steps,
        )
        found["seconds"][key] = time.process_time() - start
        if (task, size, arm, clipped) == FIRST:
            found["loss"] = losses
    return found


# What tune() found, kept as a table so that a rehearsal does not repeat the search.
CHOSEN: dict[str, dict] = {
    "latch, T=50, tanh, clipped": {
        "best": 0.01,
        "tried": {0.001: 0.6933, 0.003: 0.3338, 0.01: 0.02538, 0.03: 0.731},
    },
    "latch, T=50, tanh, orthogonal, clipped": {
        "best": 0.003,
        "tried": {0.001: 0.00558, 0.003: 0.0006177, 0.01: 0.01409, 0.03: 0.08727},
    },
    "latch, T=50, relu, identity, clipped": {
        "best": 0.001,
        "tried": {0.0003: 0.02904, 0.001: 0.014, 0.003: 0.02626},
    },
    "latch, T=50, gru, clipped": {
        "best": 0.03,
        "tried": {0.003: 0.6934, 0.01: 0.6942, 0.03: 0.07341, 0.1: 0.168},
    },
    "latch, T=50, tanh, plain": {
        "best": 0.03,
        "tried": {0.001: 0.6933, 0.003: 0.3049, 0.01: 0.01685, 0.03: 0.006599},
    },
    "latch, T=50, tanh, orthogonal, plain": {
        "best": 0.003,
        "tried": {0.001: 0.006449, 0.003: 0.00123, 0.01: 0.002531, 0.03: 0.2141},
    },
    "latch, T=50, relu, identity, plain": {
        "best": 0.0003,
        "tried": {0.0003: 0.03012, 0.001: 0.0496, 0.003: 0.6932},
    },
    "latch, T=50, tanh, identity, clipped": {
        "best": 0.01,
        "tried": {0.001: 0.01543, 0.003: 5.016e-05, 0.01: 4.178e-07, 0.03: 0.7291},
    },
    "copy, delay=10, tanh, clipped": {
        "best": 0.001,
        "tried": {0.0003: 0.8697, 0.001: 0.7782},
    },
    "copy, delay=10, tanh, orthogonal, clipped": {
        "best": 0.001,
        "tried": {0.0003: 0.8436, 0.001: 0.741},
    },
    "copy, delay=10, relu, identity, clipped": {
        "best": 0.001,
        "tried": {0.0003: 0.8251, 0.001: 0.6839},
    },
    "copy, delay=10, gru, clipped": {
        "best": 0.01,
        "tried": {0.003: 0.6984, 0.01: 0.6377},
    },
    "copy, delay=10, tanh, plain": {
        "best": 0.001,
        "tried": {0.0003: 0.8694, 0.001: 0.775},
    },
    "copy, delay=10, relu, identity, plain": {
        "best": 0.001,
        "tried": {0.0003: 0.7717, 0.001: 0.6689},
    },
}


def rates() -> dict[str, dict]:
    """Run -> {"best": rate, "tried": {rate: mean validation loss}}."""
    return CHOSEN or tune()


def tune() -> dict[str, dict]:
    """A run with every rate, half as long for copying."""
    found = {}
    for task, size, arm, clipped in RUNS:
        if size != TUNED[task]:
            continue
        tried = {}
        for rate in RATES[task][arm.partition(", ")[0]]:
            steps = LATCH_STEPS if task == "latch" else STEPS // 2
            report = train(task, size, arm, limit(clipped), rate, TUNING, steps)[1]
            value = float(np.mean(report["curve"])) if report["broke"] is None else 1e9
            tried[rate] = float(f"{value:.4g}")
        key = name(task, size, arm, clipped)
        found[key] = {"best": min(tried, key=tried.get), "tried": tried}
    return found


def baseline() -> dict:
    """Without memory: the sign guessed, the symbols guessed among eight; the rates."""
    return {
        "latch": {"loss": math.log(2), "accuracy": 0.5},
        "copy": {"loss": copying.baseline(10), "accuracy": 1 / copying.SYMBOLS},
        "rates": rates(),
    }


if __name__ == "__main__":
    main(__file__)
