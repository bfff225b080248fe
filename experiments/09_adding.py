"""The adding problem: what clipping buys, and what other starts buy.

Fresh sequences of unrolled.data.adding at every step, Adam at a constant rate, 64
units, batches of 64; the state after the last step is read out to one number, the loss
is its squared error. Arms differ in the cell and in how it starts:

  "tanh"              nn.RNN as PyTorch starts it
  "tanh, no bias"     the same with zero biases (a control for the next two)
  "tanh, orthogonal"  W_hh a random orthogonal matrix, zero biases
  "tanh, identity"    W_hh the identity, zero biases
  "relu"              nn.RNN with ReLU as PyTorch starts it (a control for the next)
  "relu, identity"    W_hh the identity, zero biases; the other weights PyTorch's
  "gru"               nn.GRU as PyTorch starts it

each with the gradient clipped to global norm LIMIT ("clipped") or as it is ("plain").
The runs are listed in RUNS, one row an arm, way and length T. The rate of each run is
the best of RATES in a short run of TUNING_STEPS (the GRU: half as many; all its runs
end after GRU_STEPS) with start and data TUNING, by the mean of its last four validation
errors; a run that stops being finite counts as infinite.
The tanh arms at T = 20 are tuned in whole runs: short ones all stay near the baseline.
"tanh" at T = 50 is tuned with other limits too ("thresholds" in the baseline).

For each run, named "T=50, tanh, clipped": "curve", the mean squared error on VALID
sequences every EVERY steps; "solved", the first step at which it is below SOLVED, or
null; "over", the share of steps whose gradient is longer than LIMIT; "norms", quantiles
0.1, 0.5, 0.9 and 1 of the gradient's norm; "reach", before and after training, for each
t the norm of the gradient of the answer (not of its error) with regard to the state
after step t, a mean over LOOKED validation sequences; "broke", the step at which the
gradient was not finite any more, or null. "long" holds the same for LONG steps at
T = 50, clipped, with the rate that was best at T = 20. "loss" is the training loss of
"T=50, tanh, clipped".
"""

from __future__ import annotations

import math
import time

import numpy as np
import torch
from torch import Tensor, nn

from unrolled.data import adding
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 2000
REHEARSAL = 150
UNITS, BATCH, LIMIT, SOLVED = 64, 64, 1.0, 0.01
EVERY, VALID, LOOKED = 50, 2000, 200
TUNING, TUNING_STEPS = 9, 800
LONG, LONG_ARMS = 4000, ("tanh", "tanh, orthogonal")
RATES = {"tanh": (0.0003, 0.001, 0.003, 0.01), "relu": (0.0001, 0.0003, 0.001, 0.003)}
RATES["gru"] = (0.003, 0.01, 0.02)
GRU_STEPS = 600
BOTH = ("tanh", "tanh, orthogonal", "relu, identity", "gru")
RUNS = (
    [(10, arm, True) for arm in BOTH]
    + [(20, arm, True) for arm in ("tanh, no bias", *BOTH)]
    + [(50, arm, clipped) for arm in BOTH for clipped in (False, True)]
    + [(50, arm, True) for arm in ("tanh, identity", "relu")]
)
THRESHOLDS = (0.1, 0.3, 3.0)


class Net(nn.Module):
    """A recurrent layer, and one number from its last state."""

    def __init__(self, arm: str) -> None:
        super().__init__()
        kind, _, start = arm.partition(", ")
        if kind == "gru":
            self.rnn = nn.GRU(2, UNITS)
        else:
            self.rnn = nn.RNN(2, UNITS, nonlinearity=kind)
        self.read_out = nn.Linear(UNITS, 1)
        if start:
            nn.init.zeros_(self.rnn.bias_ih_l0)
            nn.init.zeros_(self.rnn.bias_hh_l0)
        if start == "orthogonal":
            nn.init.orthogonal_(self.rnn.weight_hh_l0)
        elif start == "identity":
            nn.init.eye_(self.rnn.weight_hh_l0)

    def forward(self, x: Tensor) -> Tensor:
        return self.read_out(self.rnn(x)[0][-1])[:, 0]

    def reach(self, x: Tensor) -> list[float]:
        """Mean over sequences of the norm of d answer / d state t, one value a step."""
        states, h = [], None
        for step in x:
            h = self.rnn(step[None], h)[1]
            h.retain_grad()
            states.append(h)
        self.read_out(h[0]).sum().backward()
        self.zero_grad()
        return [s.grad[0].norm(dim=1).mean().item() for s in states]


def tensors(rng: np.random.Generator, count: int, T: int) -> tuple[Tensor, Tensor]:
    x, y = adding.batch(rng, count, T)
    return torch.as_tensor(x), torch.as_tensor(y)


def validation(T: int) -> tuple[Tensor, Tensor]:
    """The same sequences for all runs of a length."""
    return tensors(np.random.default_rng([77, T]), VALID, T)


def train(
    T: int, arm: str, limit: float, rate: float, seed: int, steps: int
) -> tuple[list[float], dict]:
    """Training losses, and what a run reports."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net(arm)
    x_valid, y_valid = validation(T)
    looked = x_valid[:, :LOOKED]
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    losses, norms, curve, broke = [], [], [], None
    reach = [net.reach(looked)]
    for step in range(steps):
        x, y = tensors(rng, BATCH, T)
        loss = ((net(x) - y) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), limit).item()
        if not math.isfinite(norm):
            broke = step
            break
        optimiser.step()
        losses.append(loss.item())
        norms.append(norm)
        if (step + 1) % EVERY == 0:
            with torch.no_grad():
                curve.append(((net(x_valid) - y_valid) ** 2).mean().item())
    reach.append(net.reach(looked) if broke is None else None)
    below = [k for k, value in enumerate(curve) if value < SOLVED]
    return losses, {
        "rate": rate,
        "curve": curve,
        "solved": (below[0] + 1) * EVERY if below else None,
        "over": float(np.mean(np.array(norms) > LIMIT)),
        "norms": np.quantile(norms, [0.1, 0.5, 0.9, 1]).tolist(),
        "reach": reach,
        "broke": broke,
    }


def name(T: int, arm: str, clipped: bool) -> str:
    return f"T={T}, {arm}, {'clipped' if clipped else 'plain'}"


def limit(clipped: bool) -> float:
    return LIMIT if clipped else math.inf


def length(arm: str, steps: int) -> int:
    """The GRU solves the task early and each of its steps costs twice as much."""
    return min(steps, GRU_STEPS) if arm == "gru" else steps


def run(seed: int, steps: int) -> dict:
    """Every run; for a rehearsal only the losses of the one that is repeated."""
    chosen, first = rates()[0], name(50, "tanh", True)
    if steps < STEPS:
        return {"loss": train(50, "tanh", LIMIT, chosen[first]["best"], seed, steps)[0]}
    found: dict = {"runs": {}, "long": {}, "seconds": {}}
    for T, arm, clipped in RUNS:
        key, start = name(T, arm, clipped), time.process_time()
        rate = chosen[key]["best"]
        losses, found["runs"][key] = train(
            T, arm, limit(clipped), rate, seed, length(arm, steps)
        )
        found["seconds"][key] = time.process_time() - start
        if key == first:
            found["loss"] = losses
    for arm in LONG_ARMS:
        rate = chosen[name(20, arm, True)]["best"]
        found["long"][arm] = train(50, arm, LIMIT, rate, seed, LONG)[1]
    return found


# What tune() found, kept as a table so that a rehearsal does not repeat the search.
CHOSEN: tuple[dict, dict] | None = (
    {
        "T=10, tanh, clipped": {
            "best": 0.01,
            "tried": {0.0003: 0.1306, 0.001: 0.1349, 0.003: 0.02131, 0.01: 0.0123},
        },
        "T=10, tanh, orthogonal, clipped": {
            "best": 0.01,
            "tried": {0.0003: 0.07124, 0.001: 0.04167, 0.003: 0.01832, 0.01: 0.004787},
        },
        "T=10, relu, identity, clipped": {
            "best": 0.003,
            "tried": {
                0.0001: 0.05643,
                0.0003: 0.02521,
                0.001: 0.001141,
                0.003: 0.000333,
            },
        },
        "T=10, gru, clipped": {
            "best": 0.01,
            "tried": {0.003: 0.004003, 0.01: 0.0004375, 0.02: 0.0004921},
        },
        "T=20, tanh, no bias, clipped": {
            "best": 0.003,
            "tried": {0.0003: 0.1501, 0.001: 0.02301, 0.003: 0.01904, 0.01: 0.1725},
        },
        "T=20, tanh, clipped": {
            "best": 0.003,
            "tried": {0.0003: 0.1507, 0.001: 0.1508, 0.003: 0.01274, 0.01: 0.1787},
        },
        "T=20, tanh, orthogonal, clipped": {
            "best": 0.003,
            "tried": {0.0003: 0.06082, 0.001: 0.02346, 0.003: 0.01917, 0.01: 0.1753},
        },
        "T=20, relu, identity, clipped": {
            "best": 0.001,
            "tried": {
                0.0001: 0.04763,
                0.0003: 0.02438,
                0.001: 0.002801,
                0.003: 0.00385,
            },
        },
        "T=20, gru, clipped": {
            "best": 0.02,
            "tried": {0.003: 0.006644, 0.01: 0.0005791, 0.02: 0.0004605},
        },
        "T=50, tanh, plain": {
            "best": 0.0003,
            "tried": {0.0003: 0.1757, 0.001: 0.1763, 0.003: 0.176, 0.01: 0.1763},
        },
        "T=50, tanh, clipped": {
            "best": 0.003,
            "tried": {0.0003: 0.176, 0.001: 0.1764, 0.003: 0.1758, 0.01: 0.1763},
        },
        "T=50, tanh, orthogonal, plain": {
            "best": 0.0003,
            "tried": {0.0003: 0.1754, 0.001: 0.1769, 0.003: 0.1764, 0.01: 0.177},
        },
        "T=50, tanh, orthogonal, clipped": {
            "best": 0.0003,
            "tried": {0.0003: 0.1757, 0.001: 0.177, 0.003: 0.177, 0.01: 0.188},
        },
        "T=50, relu, identity, plain": {
            "best": 0.0003,
            "tried": {0.0001: 0.06794, 0.0003: 0.02947, 0.001: 0.173, 0.003: 0.1715},
        },
        "T=50, relu, identity, clipped": {
            "best": 0.003,
            "tried": {0.0001: 0.08513, 0.0003: 0.03896, 0.001: 0.01842, 0.003: 0.01287},
        },
        "T=50, gru, plain": {
            "best": 0.02,
            "tried": {0.003: 0.1249, 0.01: 0.003647, 0.02: 0.0006272},
        },
        "T=50, gru, clipped": {
            "best": 0.02,
            "tried": {0.003: 0.1013, 0.01: 0.001178, 0.02: 0.0005751},
        },
        "T=50, tanh, identity, clipped": {
            "best": 0.0003,
            "tried": {0.0003: 0.1774, 0.001: 0.1775, 0.003: 0.1778, 0.01: 0.1785},
        },
        "T=50, relu, clipped": {
            "best": 0.003,
            "tried": {0.0001: 0.1738, 0.0003: 0.1736, 0.001: 0.1066, 0.003: 0.06796},
        },
    },
    {
        0.1: {0.0003: 0.1756, 0.001: 0.1773, 0.003: 0.1774, 0.01: 0.1785},
        0.3: {0.0003: 0.1763, 0.001: 0.1761, 0.003: 0.1756, 0.01: 0.2037},
        3.0: {0.0003: 0.1758, 0.001: 0.1762, 0.003: 0.176, 0.01: 0.1758},
    },
)


def rates() -> tuple[dict, dict]:
    """Run -> {"best": rate, "tried": {rate: error}}; and for "tanh" at T = 50 the
    errors with other limits, limit -> {rate: error}."""
    return CHOSEN or tune()


def trial(T: int, arm: str, limit: float, rate: float) -> float:
    steps = STEPS if (T, arm[:4]) == (20, "tanh") else TUNING_STEPS
    steps = steps // 2 if arm == "gru" else steps
    report = train(T, arm, limit, rate, TUNING, steps)[1]
    value = float(np.mean(report["curve"][-4:])) if report["broke"] is None else 1e9
    return float(f"{value:.4g}")


def tune() -> tuple[dict, dict]:
    """Short runs with every rate."""
    found = {}
    for T, arm, clipped in RUNS:
        tried = {
            r: trial(T, arm, limit(clipped), r) for r in RATES[arm.partition(", ")[0]]
        }
        found[name(T, arm, clipped)] = {
            "best": min(tried, key=tried.get),
            "tried": tried,
        }
    others = {
        v: {r: trial(50, "tanh", v, r) for r in RATES["tanh"]} for v in THRESHOLDS
    }
    return found, others


def baseline() -> dict:
    """The error of the mean as a constant answer, in theory and on the validation
    sequences of each length; and what tuning found."""
    chosen, others = rates()
    measured = {
        str(T): float(((validation(T)[1] - 1) ** 2).mean()) for T in (10, 20, 50)
    }
    return {
        "constant": 1 / 6,
        "measured": measured,
        "rates": chosen,
        "thresholds": others,
    }


if __name__ == "__main__":
    main(__file__)
