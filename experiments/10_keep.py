"""Who keeps a bit, who copies ten symbols: skips, leaks and clocks at equal size.

Latch (unrolled.data.latching, noise NOISE): a sign at step 1, noise up to step T, which
sign was it? Copy (unrolled.data.copying): ten symbols, a delay, ten symbols again, each
delay + 10 steps after it was read. Fresh sequences at every update, batches of BATCH,
Adam at a constant rate, gradients clipped to norm LIMIT, cross-entropy in nats. The
network is unrolled.slow.SlowRNN with a linear read-out; ARMS has its settings:

  "tanh"                 no skip, no leak, no clock: 48 units
  "tanh, orthogonal"     the same, W_hh orthogonal and a zero bias at the start
  "skip d"               one more matrix, from the state d steps before: 34 units
                         (copy: 36)
  "leak 0.03"            h <- 0.97 h + 0.03 tanh(...) in all 48 units
  "leaks 1 to 0.01"      48 leaks, spaced evenly in the logarithm
  "clocks"               six groups of 8 units, periods 1, 2, 4, 8, 16, 32
  "clockwork"            the same periods, a unit reads only its own group and
                         slower ones: 62 units (copy: 60)
  "clockwork, in step"   the same, with 31 zeros before the first input, so that the
                         sign arrives at step 32, when all clocks tick (latch only)

Parameters that are used: baseline()["parameters"], within 2 % of one another. The latch
is run with every one of RATES. For copying the rate is the best of RATES in a run with
the seed TUNING, by the mean of the validation loss over the whole curve, for each delay
of its own; a run that stops being finite counts 1e9.

For each run, "latch, T=50, tanh, 0.03" or "copy, delay=10, tanh": "rate"; "curve", the
validation loss (copy: nats a step), and "accuracy", the share right (copy: of the ten
symbols to be repeated), on VALID sequences every EVERY updates; "solved", the first
update at which the accuracy is above SOLVED, or null; "kept", the share of looks from
there on with the accuracy above SOLVED; "over", the share of gradients longer than
LIMIT; "broke", the update at which the gradient was not finite, or null. "loss" is the
training loss of "copy, delay=10, skip 10".
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from unrolled.data import copying, latching
from unrolled.experiment import main
from unrolled.slow import SlowRNN

SEEDS = (0, 1, 2, 3, 4)
STEPS = 400
REHEARSAL = 200
LATCH_STEPS = 160
BATCH, LIMIT, NOISE = 32, 1.0, 0.3
EVERY, VALID = 20, {"latch": 200, "copy": 100}
SOLVED = 0.99
TUNING = 90
RATES = (0.003, 0.01, 0.03, 0.1)
PERIODS = (1, 2, 4, 8, 16, 32)
GROUPS = {"latch": (11, 11, 10, 10, 10, 10), "copy": (10,) * 6}  # of "clockwork"
ARMS: dict[str, dict] = {
    "tanh": {},
    "tanh, orthogonal": {},
    **{f"skip {d}": {"skip": d} for d in (5, 10, 15, 20)},
    "leak 0.03": {"leak": 0.03},
    "leaks 1 to 0.01": {"leak": np.geomspace(1, 0.01, 48).tolist()},
    "clocks": {"periods": np.repeat(PERIODS, 8).tolist()},
    "clockwork": {"slow_to_fast": True},
    "clockwork, in step": {"slow_to_fast": True},
}
SLOW = ("leaks 1 to 0.01", "clocks", "clockwork")
SKIPS = ("skip 5", "skip 10", "skip 15", "skip 20")
LATCH = ("skip 20", "leak 0.03", *SLOW, "clockwork, in step")
ARMS_OF = {
    ("copy", 10): ("tanh", *SKIPS, *SLOW),
    ("copy", 20): ("tanh", *SKIPS),
    ("latch", 50): ("tanh", "tanh, orthogonal", *LATCH),
}
RUNS = [(*task, arm) for task, arms in ARMS_OF.items() for arm in arms]
FIRST = ("copy", 10, "skip 10")


def settings(task: str, arm: str) -> dict:
    """What SlowRNN is called with, beside the inputs."""
    chosen = {"units": 48, **ARMS[arm]}
    if arm.startswith("skip"):
        chosen["units"] = 34 if task == "latch" else 36
    if arm.startswith("clockwork"):
        chosen["periods"] = np.repeat(PERIODS, GROUPS[task]).tolist()
        chosen["units"] = len(chosen["periods"])
    return chosen


class Net(nn.Module):
    """A slow layer and logits; for the latch of the last state only."""

    def __init__(self, task: str, arm: str) -> None:
        super().__init__()
        self.task, self.ahead = task, 31 if arm.endswith("in step") else 0
        inputs = 1 if task == "latch" else copying.INPUTS
        self.rnn = SlowRNN(inputs, **settings(task, arm))
        self.read_out = nn.Linear(
            self.rnn.units, 2 if task == "latch" else copying.OUTPUTS
        )
        if arm.endswith("orthogonal"):
            nn.init.orthogonal_(self.rnn.recur.weight)
            nn.init.zeros_(self.rnn.read.bias)

    def forward(self, x: Tensor) -> Tensor:
        if self.task == "latch":
            x = torch.cat([x.new_zeros(self.ahead, *x.shape[1:]), x])
            return self.read_out(self.rnn(x)[1])
        return self.read_out(self.rnn(one_hot(x, copying.INPUTS).float())[0])

    def parameters_used(self) -> int:
        """Without the weights that `slow_to_fast` leaves out."""
        count = sum(p.numel() for p in self.parameters())
        return count if self.rnn.seen is None else count - int((~self.rnn.seen).sum())


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
    task: str, size: int, arm: str, rate: float, seed: int, steps: int
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
        norm = nn.utils.clip_grad_norm_(net.parameters(), LIMIT).item()
        if not math.isfinite(norm):
            broke = step
            break
        optimiser.step()
        losses.append(loss.item())
        norms.append(norm)
        if (step + 1) % EVERY == 0:
            looks.append(look(net, x_valid, y_valid))
    curve, accuracy = [list(part) for part in zip(*looks, strict=True)] or [[], []]
    good = [a > SOLVED for a in accuracy]
    first = good.index(True) if any(good) else None
    return losses, {
        "rate": rate,
        "curve": [float(f"{c:.4g}") for c in curve],
        "accuracy": [float(f"{a:.4g}") for a in accuracy],
        "solved": None if first is None else (first + 1) * EVERY,
        "kept": None if first is None else float(np.mean(good[first:])),
        "over": float(np.mean(np.array(norms) > LIMIT)),
        "broke": broke,
    }


def name(task: str, size: int, arm: str) -> str:
    return f"{task}, {'T' if task == 'latch' else 'delay'}={size}, {arm}"


def length(task: str) -> int:
    return LATCH_STEPS if task == "latch" else STEPS


def run(seed: int, steps: int) -> dict:
    """Every run; for a rehearsal only the losses of the one that is repeated."""
    if steps < STEPS:
        return {"loss": train(*FIRST, rate_of(*FIRST), seed, steps)[0]}
    found: dict = {"runs": {}}
    for one in RUNS:
        latch = one[0] == "latch"
        for rate in RATES if latch else (rate_of(*one),):
            key = f"{name(*one)}, {rate}" if latch else name(*one)
            losses, found["runs"][key] = train(*one, rate, seed, length(one[0]))
            if one == FIRST:
                found["loss"] = losses
    return found


# What tune() found, kept as a table so that a rehearsal does not repeat the search.
CHOSEN: dict[str, dict] = {
    "copy, delay=10, tanh": {
        "best": 0.01,
        "tried": {0.003: 0.7844, 0.01: 0.7347, 0.03: 1.241, 0.1: 1.197},
    },
    "copy, delay=10, skip 5": {
        "best": 0.01,
        "tried": {0.003: 0.7172, 0.01: 0.7006, 0.03: 0.7463, 0.1: 0.725},
    },
    "copy, delay=10, skip 10": {
        "best": 0.03,
        "tried": {0.003: 0.6662, 0.01: 0.2664, 0.03: 0.2042, 0.1: 0.718},
    },
    "copy, delay=10, skip 15": {
        "best": 0.01,
        "tried": {0.003: 0.7107, 0.01: 0.6948, 0.03: 0.7007, 0.1: 0.7243},
    },
    "copy, delay=10, skip 20": {
        "best": 0.03,
        "tried": {0.003: 0.207, 0.01: 0.06692, 0.03: 0.01568, 0.1: 0.06013},
    },
    "copy, delay=10, leaks 1 to 0.01": {
        "best": 0.1,
        "tried": {0.003: 0.7777, 0.01: 0.7003, 0.03: 0.6589, 0.1: 0.6488},
    },
    "copy, delay=10, clocks": {
        "best": 0.03,
        "tried": {0.003: 0.7498, 0.01: 0.7045, 0.03: 0.6816, 0.1: 0.7263},
    },
    "copy, delay=10, clockwork": {
        "best": 0.03,
        "tried": {0.003: 0.7616, 0.01: 0.6995, 0.03: 0.676, 0.1: 0.7096},
    },
    "copy, delay=20, tanh": {
        "best": 0.03,
        "tried": {0.003: 0.7487, 0.01: 0.705, 0.03: 0.6602, 0.1: 1.102},
    },
    "copy, delay=20, skip 5": {
        "best": 0.01,
        "tried": {0.003: 0.576, 0.01: 0.5424, 0.03: 1.09, 0.1: 1.064},
    },
    "copy, delay=20, skip 10": {
        "best": 0.01,
        "tried": {0.003: 0.5506, 0.01: 0.3077, 0.03: 0.3955, 0.1: 0.5796},
    },
    "copy, delay=20, skip 15": {
        "best": 0.01,
        "tried": {0.003: 0.507, 0.01: 0.2235, 0.03: 0.2339, 0.1: 0.5889},
    },
    "copy, delay=20, skip 20": {
        "best": 0.01,
        "tried": {0.003: 0.5446, 0.01: 0.5312, 0.03: 0.5693, 0.1: 0.5807},
    },
}


def rate_of(task: str, size: int, arm: str) -> float:
    return rates()[name(task, size, arm)]["best"]


def rates() -> dict[str, dict]:
    """Run -> {"best": rate, "tried": {rate: mean validation loss}}."""
    return CHOSEN or tune()


def tune() -> dict[str, dict]:
    """Copying with every rate."""
    found = {}
    for one in RUNS:
        if one[0] == "latch":
            continue
        tried = {}
        for rate in RATES:
            report = train(*one, rate, TUNING, STEPS)[1]
            value = float(np.mean(report["curve"])) if report["broke"] is None else 1e9
            tried[rate] = float(f"{value:.4g}")
        found[name(*one)] = {"best": min(tried, key=tried.get), "tried": tried}
    return found


def baseline() -> dict:
    """Without memory: the sign guessed, the symbols guessed among eight; the rates."""
    return {
        "latch": {"loss": math.log(2), "accuracy": 0.5},
        "copy": {
            "loss": {str(delay): copying.baseline(delay) for delay in (10, 20)},
            "accuracy": 1 / copying.SYMBOLS,
        },
        "rates": rates(),
        "parameters": {
            f"{task}, {arm}": Net(task, arm).parameters_used()
            for task, arm in {(task, arm): 0 for task, _, arm in RUNS}
        },
    }


if __name__ == "__main__":
    main(__file__)
