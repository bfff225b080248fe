"""How a gated cell should start: the latch, where it decides, and the adding problem.

Latch (unrolled.data.latching, noise NOISE): a sign at step 1, noise up to step T, which
sign was it? Adding (unrolled.data.adding): the sum of two marked numbers. Fresh
sequences at every step, Adam at a constant rate, batches of BATCH, gradients clipped to
global norm LIMIT, the answer is read from the last state. Arms, by their start:

  "lstm"             nn.LSTM as PyTorch starts it, UNITS units (forget bias about 0)
  "lstm, f 3"        the same with a forget bias of 3 (also -1, 1, 5)
  "lstm, chrono"     forget bias b = log U, U uniform in [1, T - 1], input bias -b
  "lstm, chrono f"   that forget bias alone
  "lstm, chrono i"   that input bias alone
  "gru"              nn.GRU as PyTorch starts it, UNITS units
  "gru, z 3"         the same with an update bias of 3 (also 5)
  "gru, chrono"      update bias log U (its input share 1 - z has the bias -log U)
  "tanh"             nn.RNN as PyTorch starts it, WIDE units: as many parameters as lstm

A bias that is set stands in bias_ih; bias_hh of that gate is set to zero. A run ends as
soon as HOLD looks in a row are solved (accuracy of the latch above SOLVED["latch"],
mean squared error of adding below SOLVED["adding"]) or after LIMITS steps. Rates: for
the latch "grid" in the baseline holds, for every arm and rate, the step at which each
of grid_seeds() is solved, or null. An arm takes the rate below LOTTERY (there a run is
solved in a few large steps or never) at which most of these are solved, then the one
with the least mean step (null counts as LIMITS; with none solved UNSOLVED), and is run
again with the fresh SEEDS. For adding "tried" holds the mean
validation loss of a whole run of each rate with start and data TUNING; the least wins.

"runs" holds for "latch, T=50, lstm, f 3": "rate"; "solved", the step of the first look
of those HOLD looks, or null; "curve", the validation loss at every look (every EVERY
steps), "score", the accuracy of the latch or the squared error; "ended", the step after
which the run ended; "norm", the largest norm of a gradient. "before" and "after"
training, in float64 on LOOKED sequences: "product", for every unit the product of its
forget gates (GRU: update gates) over steps 2 to T, base-10 logarithm of its mean over
the sequences, given as [median over units, largest unit]; "reach", the norm of the
gradient of the answer (latch: the difference of the logits) with regard to the input at
step 1 and at step T, means over the sequences. "loss" is the training loss of FIRST.
"""

from __future__ import annotations

import copy
import math
import time

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from unrolled.data import adding, latching
from unrolled.experiment import main

SEEDS = (5, 6, 7, 8, 9)
STEPS = 400
REHEARSAL = 50
UNITS, WIDE, BATCH, LIMIT, NOISE = 32, 66, 32, 1.0, 0.3
EVERY, HOLD, VALID, LOOKED = 10, 5, 500, 200
SOLVED = {"latch": 0.99, "adding": 0.01}
LIMITS = {"latch": STEPS, "adding": 1000}
RATES = {
    ("latch", 50): (0.003, 0.01, 0.03, 0.1, 0.3),
    ("latch", 100): (0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
    ("adding", 50): (0.003, 0.01, 0.03, 0.1, 0.3),
}
GRU_RATES, UNSOLVED, TUNING = (0.003, 0.01, 0.03, 0.1), 0.01, 90
LOTTERY = 0.3
FORGET = tuple(f"lstm, f {b}" for b in (-1, 1, 3, 5))
UPDATE = tuple(f"gru, z {b}" for b in (3, 5))
CHRONO = ("lstm, chrono", "lstm, chrono f", "lstm, chrono i")
ARMS = ("lstm", *FORGET, *CHRONO, "tanh", "gru", *UPDATE, "gru, chrono")
LEFT_OUT = ("lstm, f -1", "lstm, chrono i", "gru")  # at T = 100
RUNS = [("latch", 50, arm) for arm in ARMS]
RUNS += [("latch", 100, arm) for arm in ARMS if not arm.startswith(LEFT_OUT)]
RUNS += [("adding", 50, arm) for arm in ("lstm", *FORGET, "lstm, chrono")]
FIRST = ("adding", 50, "lstm, f 3")


class Net(nn.Module):
    """A recurrent layer, and an answer from its last state."""

    def __init__(self, task: str, T: int, arm: str) -> None:
        super().__init__()
        kind, _, start = arm.partition(", ")
        inputs, outputs = (1, 2) if task == "latch" else (2, 1)
        units = WIDE if kind == "tanh" else UNITS
        self.task, self.kind = task, kind
        layer = {"lstm": nn.LSTM, "gru": nn.GRU, "tanh": nn.RNN}[kind]
        self.rnn = layer(inputs, units)
        self.read_out = nn.Linear(units, outputs)
        log_u = torch.log(torch.empty(units).uniform_(1, T - 1))
        if start in ("chrono i", "chrono") and kind == "lstm":
            self.set(0, -log_u)
        if start.startswith("chrono") and start != "chrono i":
            self.set(1, log_u)
        elif start and start != "chrono i":
            self.set(1, torch.full((units,), float(start.split()[1])))

    @torch.no_grad()
    def set(self, block: int, bias: Tensor) -> None:
        """The bias of a block: i, f, g, q of an LSTM; r, z, n of a GRU."""
        part = slice(block * len(bias), (block + 1) * len(bias))
        self.rnn.bias_ih_l0[part] = bias
        self.rnn.bias_hh_l0[part] = 0

    def forward(self, x: Tensor) -> Tensor:
        return self.read_out(self.rnn(x)[0][-1])

    def keeps(self, x: Tensor) -> Tensor:
        """The forget gates (GRU: update gates) of all steps but the first."""
        h = self.rnn(x)[0]
        rnn, part = self.rnn, slice(UNITS, 2 * UNITS)
        a = x[1:] @ rnn.weight_ih_l0[part].T + rnn.bias_ih_l0[part]
        return torch.sigmoid(
            a + h[:-1] @ rnn.weight_hh_l0[part].T + rnn.bias_hh_l0[part]
        )


def measure(net: Net, x: Tensor) -> dict:
    """The product of the gates that keep, and the reach of the answer's gradient."""
    net = copy.deepcopy(net).double()
    x = x.double().requires_grad_()
    o = net(x)
    answer = o[:, 1] - o[:, 0] if net.task == "latch" else o[:, 0]
    (dx,) = torch.autograd.grad(answer.sum(), x)
    length = dx.norm(dim=2).mean(dim=1)
    found = {"reach": [length[0].item(), length[-1].item()]}
    if net.kind != "tanh":
        with torch.no_grad():
            product = net.keeps(x).prod(dim=0).mean(dim=0).clamp_min(1e-300).log10()
        found["product"] = [product.median().item(), product.max().item()]
    return found


def tensors(
    task: str, rng: np.random.Generator, count: int, T: int
) -> tuple[Tensor, Tensor]:
    if task == "latch":
        x, y = latching.batch(rng, count, T, NOISE)
    else:
        x, y = adding.batch(rng, count, T)
    return torch.as_tensor(x), torch.as_tensor(y)


def loss_of(task: str, o: Tensor, y: Tensor) -> Tensor:
    return cross_entropy(o, y) if task == "latch" else mse_loss(o[:, 0], y)


def train(
    task: str, T: int, arm: str, rate: float, seed: int, steps: int
) -> tuple[list[float], dict]:
    """Training losses, and what a run reports."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net(task, T, arm)
    x_valid, y_valid = tensors(task, np.random.default_rng([77, T]), VALID, T)
    rule = torch.optim.Adam(net.parameters(), lr=rate)
    before = measure(net, x_valid[:, :LOOKED])
    losses, curve, score, longest, row, broke = [], [], [], 0.0, 0, False
    for step in range(steps):
        x, y = tensors(task, rng, BATCH, T)
        loss = loss_of(task, net(x), y)
        rule.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), LIMIT).item()
        if not math.isfinite(norm):
            broke = True
            break
        rule.step()
        losses.append(loss.item())
        longest = max(longest, norm)
        if (step + 1) % EVERY:
            continue
        with torch.no_grad():
            o = net(x_valid)
            curve.append(loss_of(task, o, y_valid).item())
        if task == "latch":
            score.append((o.argmax(dim=1) == y_valid).float().mean().item())
            row = row + 1 if score[-1] > SOLVED[task] else 0
        else:
            score.append(curve[-1])
            row = row + 1 if score[-1] < SOLVED[task] else 0
        if row == HOLD:
            break
    good = first_of(task, score)
    return losses, {
        "rate": rate,
        "solved": good,
        "curve": [float(f"{c:.3g}") for c in curve],
        "score": [float(f"{c:.3g}") for c in score],
        "ended": len(losses),
        "norm": longest,
        "broke": broke,
        "before": before,
        "after": None if broke else measure(net, x_valid[:, :LOOKED]),
    }


def first_of(task: str, score: list[float]) -> int | None:
    """The step of the first of HOLD looks in a row that are solved."""
    sign = 1 if task == "latch" else -1
    good = [sign * s > sign * SOLVED[task] for s in score]
    for k in range(len(good) - HOLD + 1):
        if all(good[k : k + HOLD]):
            return (k + 1) * EVERY
    return None


def name(task: str, T: int, arm: str) -> str:
    return f"{task}, T={T}, {arm}"


def value(task: str, report: dict) -> float:
    """Mean validation loss over the whole length of a run; less is better."""
    if report["broke"] or not report["curve"]:
        return math.inf
    looks = LIMITS[task] // EVERY
    curve = report["curve"] + [report["curve"][-1]] * (looks - len(report["curve"]))
    mean = float(np.mean(curve))
    return mean if math.isfinite(mean) else math.inf


def rates(task: str, T: int, arm: str) -> tuple[float, ...]:
    return GRU_RATES if arm.startswith("gru") else RATES[task, T]


def grid_seeds(T: int, arm: str) -> tuple[int, ...]:
    """The starts that choose a rate: fewer where a run is dear."""
    if arm.startswith("gru"):
        return (90,)
    return (0, 1, 2, 3, 4) if T == 50 else (90, 91, 92)


def grid(T: int, arm: str) -> list[list[int | None]]:
    """For every rate and start the step at which the latch is solved."""
    return [
        [
            train("latch", T, arm, rate, seed, LIMITS["latch"])[1]["solved"]
            for seed in grid_seeds(T, arm)
        ]
        for rate in rates("latch", T, arm)
    ]


def tried(T: int, arm: str) -> list[float]:
    """Adding: the mean validation loss of each rate."""
    reports = [
        train("adding", T, arm, rate, TUNING, LIMITS["adding"])[1]
        for rate in rates("adding", T, arm)
    ]
    return [float(f"{value('adding', r):.4g}") for r in reports]


# What grid() and tried() found, kept so that a rehearsal does not repeat the search.
GRID: dict[str, list[list[int | None]]] = {
    "latch, T=50, lstm": [
        [None, None, None, None, None],
        [None, None, None, None, None],
        [None, None, None, None, None],
        [None, 30, 180, None, 10],
        [None, 20, None, 50, None],
    ],
    "latch, T=50, lstm, f -1": [
        [None, None, None, None, None],
        [None, None, None, None, None],
        [None, None, None, None, None],
        [10, 20, 20, None, None],
        [None, None, 80, 10, None],
    ],
    "latch, T=50, lstm, f 1": [
        [None, None, None, None, None],
        [None, None, None, None, None],
        [None, None, None, None, None],
        [None, 10, 140, 10, None],
        [None, None, None, None, None],
    ],
    "latch, T=50, lstm, f 3": [
        [60, 100, 40, 70, 130],
        [None, 70, 60, 310, 100],
        [None, 10, 90, None, 60],
        [None, None, None, 30, 90],
        [330, None, 50, 70, 40],
    ],
    "latch, T=50, lstm, f 5": [
        [100, 30, 40, 30, 30],
        [30, 30, 30, 100, 10],
        [40, 120, 80, 140, 180],
        [None, None, 30, 40, 60],
        [330, 60, 30, 20, 40],
    ],
    "latch, T=50, lstm, chrono": [
        [170, 160, 140, 260, 230],
        [60, 70, 70, 70, 130],
        [70, 70, 150, None, 70],
        [60, 80, 200, 20, None],
        [None, 30, None, 30, None],
    ],
    "latch, T=50, lstm, chrono f": [
        [90, 80, 60, 60, 30],
        [60, 310, 210, None, 220],
        [None, 360, None, None, 90],
        [40, None, None, 70, 80],
        [20, None, 170, 310, 20],
    ],
    "latch, T=50, lstm, chrono i": [
        [None, None, None, None, None],
        [None, None, None, None, None],
        [None, None, None, None, None],
        [None, None, None, None, None],
        [None, None, None, 110, None],
    ],
    "latch, T=50, tanh": [
        [70, 200, 300, 350, 140],
        [30, None, 20, None, 50],
        [60, None, None, 20, None],
        [None, None, None, None, None],
        [None, 10, None, None, None],
    ],
    "latch, T=50, gru": [[None], [None], [None], [30]],
    "latch, T=50, gru, z 3": [[140], [70], [50], [40]],
    "latch, T=50, gru, z 5": [[300], [110], [70], [40]],
    "latch, T=50, gru, chrono": [[160], [70], [50], [30]],
    "latch, T=100, lstm": [
        [None, None, None],
        [None, None, None],
        [None, None, None],
        [None, None, None],
        [None, None, None],
        [None, None, 40],
    ],
    "latch, T=100, lstm, f 1": [
        [None, None, None],
        [None, None, None],
        [None, None, None],
        [None, None, None],
        [None, None, None],
        [None, None, 100],
    ],
    "latch, T=100, lstm, f 3": [
        [120, 200, 180],
        [None, 160, None],
        [None, None, None],
        [None, None, None],
        [None, None, 40],
        [10, 20, 30],
    ],
    "latch, T=100, lstm, f 5": [
        [110, 180, 210],
        [90, 160, None],
        [None, None, None],
        [100, None, None],
        [180, None, 30],
        [10, None, None],
    ],
    "latch, T=100, lstm, chrono": [
        [None, None, None],
        [None, None, 350],
        [250, 200, 110],
        [270, None, None],
        [None, 70, None],
        [None, None, 20],
    ],
    "latch, T=100, lstm, chrono f": [
        [110, 240, 60],
        [60, None, None],
        [None, None, None],
        [None, None, None],
        [None, None, None],
        [90, None, None],
    ],
    "latch, T=100, tanh": [
        [None, None, None],
        [None, None, None],
        [40, 30, 50],
        [20, None, 10],
        [None, 30, None],
        [60, None, None],
    ],
}
TRIED: dict[str, list[float]] = {
    "adding, T=50, lstm": [0.151, 0.07499, 0.07467, 0.04129, 0.155],
    "adding, T=50, lstm, f -1": [0.1521, 0.09013, 0.05518, 0.1346, 0.1529],
    "adding, T=50, lstm, f 1": [0.1471, 0.1201, 0.06446, 0.03967, 0.1532],
    "adding, T=50, lstm, f 3": [0.1466, 0.1476, 0.05054, 0.1153, 0.3624],
    "adding, T=50, lstm, f 5": [0.1469, 0.1253, 0.1492, 0.1648, 0.3105],
    "adding, T=50, lstm, chrono": [0.1195, 0.07351, 0.04092, 0.03292, 0.1508],
}


def chosen(task: str, T: int, arm: str) -> float:
    key, among = name(task, T, arm), rates(task, T, arm)
    if task == "adding":
        return among[int(np.argmin(TRIED[key]))]
    rows = {r: row for r, row in zip(among, GRID[key], strict=True) if r < LOTTERY}
    if not any(step for row in rows.values() for step in row):
        return UNSOLVED

    def order(rate: float) -> tuple[int, float]:
        row = rows[rate]
        unsolved = sum(step is None for step in row)
        return unsolved, float(np.mean([step or LIMITS[task] for step in row]))

    return min(rows, key=order)


def run(seed: int, steps: int) -> dict:
    """Every run; for a rehearsal only the losses of the one that is repeated."""
    if steps < STEPS:
        return {"loss": train(*FIRST, chosen(*FIRST), seed, steps)[0]}
    found: dict = {"runs": {}, "seconds": {}}
    for task, T, arm in RUNS:
        key, start = name(task, T, arm), time.process_time()
        rate = chosen(task, T, arm)
        losses, found["runs"][key] = train(task, T, arm, rate, seed, LIMITS[task])
        found["seconds"][key] = time.process_time() - start
        if (task, T, arm) == FIRST:
            found["loss"] = losses
    return found


def baseline() -> dict:
    """The sign guessed, the mean sum guessed; the values of all rates."""
    return {
        "latch": {"loss": math.log(2), "accuracy": 0.5},
        "adding": {
            str(T): tensors("adding", np.random.default_rng([77, T]), VALID, T)[1]
            .var(correction=0)
            .item()
            for T in (50,)
        },
        "rates": {name(t, T, a): rates(t, T, a) for t, T, a in RUNS},
        "grid": GRID,
        "tried": TRIED,
        "parameters": {
            kind: sum(p.numel() for p in Net("latch", 50, kind).rnn.parameters())
            for kind in ("lstm", "gru", "tanh")
        },
    }


if __name__ == "__main__":
    main(__file__)
