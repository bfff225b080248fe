"""Sums of two numbers below 1000, read and written as text: what makes them easy.

An encoder reads the question in seven characters, its last state is the decoder's first
one, the decoder writes at most four digits and END. Both are one layer of 64 units,
nn.GRU (borrowed until chapter 11), with one-hot input, input weights uniform in
(-0.5, 0.5) and orthogonal recurrent matrices, one a gate. 50,000 training pairs from
`unrolled.data.sums`: no pair of the validation or test part, nor its swap, is among
them. Teacher forcing, batches of 128, Adam with beta2 = 0.98, a rate that rises
linearly over the first 15 % of the steps and falls to zero along half a cosine;
STEPS = 3120 steps are eight passes; float32, one thread.

The arm "all" has the question turned and the answer turned (lowest digit first); each
other arm changes one thing:

  "all, long"             twice as many steps, the finished recipe
  "answer as is", "question as is", "both as is"   not turned
  "answer as is, 128"     128 units instead of 64
  "default start"         the weights that nn.GRU begins with
  "own output"            the decoder reads what it wrote (greedy), loss at every step
  "tanh"                  nn.RNN instead of nn.GRU, rate 0.01
  "constant rate"         the same rate at every step, no warm-up
  "every step"            C joins the input at every step of the decoder (and starts it)
  "10000", "5000"         so many training pairs, equal number of steps
  "10000, leak"           10,000 training pairs of which 2,500 are swaps of test pairs

The rate of "all" was chosen in whole runs (0.01 to 0.04; seeds 0, 1 and 9, share of
validation sums: above 0.02 some starts do well and some do not), that of "tanh" as well
(0.01 and 0.02, seeds 0 to 2). An arm with "rates" takes the best of them after a short
run (SHORT steps, split and start TUNING, share of validation characters), others that
of "all".
Everything is written by the network itself (greedy); "curve" is the share of validation
sums that are right in every character, every EVERY steps. "loss" is that of "all".
"""

from __future__ import annotations

import time
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unrolled.data import sums, symbols
from unrolled.experiment import main

SEEDS = (0, 1, 2, 3, 4)
EVERY_SEED = ("all", "all, long")  # arms that run on all of them
ABLATED = (0, 1, 2)
STEPS = 3120
REHEARSAL = 100
SHORT, TUNING = 780, 9
EVERY, BATCH, WARM = 195, 128, 0.15
TRAINING, LEAKED = 50_000, 2_500
V = len(sums.SYMBOLS) + symbols.FIRST
LONGEST = sums.DIGITS + 2

Pairs = list[sums.Pair]


class Arm(NamedTuple):
    """One way to do it."""

    rate: float
    rates: tuple[float, ...] = ()
    turn_question: bool = True
    turn_answer: bool = True
    units: int = 64
    cell: type[nn.RNNBase] = nn.GRU
    prepared: bool = True
    forced: bool = True
    cycle: bool = True
    every_step: bool = False
    training: int = TRAINING
    leak: bool = False
    longer: int = 1


GATED = (0.01, 0.02, 0.04)
ARMS = {
    "all": Arm(0.02),
    "all, long": Arm(0.02, longer=2),
    "answer as is": Arm(0.04, GATED, turn_answer=False),
    "question as is": Arm(0.02, GATED, turn_question=False),
    "both as is": Arm(0.04, GATED, turn_question=False, turn_answer=False),
    "answer as is, 128": Arm(0.02, turn_answer=False, units=128),
    "default start": Arm(0.02, prepared=False),
    "own output": Arm(0.02, forced=False),
    "tanh": Arm(0.01, cell=nn.RNN),
    "constant rate": Arm(0.02, (0.005, 0.01, 0.02), cycle=False),
    "every step": Arm(0.02, every_step=True),
    "10000": Arm(0.02, training=10_000),
    "5000": Arm(0.02, training=5_000),
    "10000, leak": Arm(0.02, training=10_000, leak=True),
}


class Adder(nn.Module):
    """Encoder, decoder, read-out. x (7, B), y (5, B) -> logits (5, B, V)."""

    def __init__(self, arm: Arm) -> None:
        super().__init__()
        self.arm = arm
        self.encoder = arm.cell(V, arm.units)
        self.decoder = arm.cell(V + arm.units * arm.every_step, arm.units)
        self.read_out = nn.Linear(arm.units, V)
        if arm.prepared:
            for layer in (self.encoder, self.decoder):
                nn.init.uniform_(layer.weight_ih_l0.data[:, :V], -0.5, 0.5)
                for gate in layer.weight_hh_l0.data.split(arm.units):
                    nn.init.orthogonal_(gate)

    def step(self, y_in: Tensor, h: Tensor, C: Tensor) -> tuple[Tensor, Tensor]:
        """y_in (m, B), h and C (1, B, H) -> logits (m, B, V), new h."""
        inputs = F.one_hot(y_in, V).float()
        if self.arm.every_step:
            inputs = torch.cat([inputs, C.expand(len(y_in), -1, -1)], dim=-1)
        states, h = self.decoder(inputs, h)
        return self.read_out(states), h

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """With y the decoder reads the truth, without it what it wrote."""
        C = self.encoder(F.one_hot(x, V).float())[1]
        begin = torch.full_like(x[:1], symbols.END)
        if y is not None:
            return self.step(torch.cat([begin, y[:-1]]), C, C)[0]
        h, k, written = C, begin, []
        for _ in range(LONGEST):
            o, h = self.step(k, h, C)
            k = o.argmax(dim=-1)
            written.append(o)
        return torch.cat(written)


@cache
def parts(seed: int, arm: Arm) -> tuple[Pairs, Pairs, Pairs]:
    """Training, validation and test pairs of an arm; the first LEAKED test pairs of an
    arm with a leak have their swaps in training."""
    training, valid, test = sums.split(seed, TRAINING)
    training = training[: arm.training]
    if arm.leak:
        swaps = [(b, a) for a, b in test[:LEAKED]]
        training = training[: arm.training - LEAKED] + swaps
    return training, valid, test


def encoded(pairs: Pairs, arm: Arm) -> tuple[Tensor, Tensor]:
    """x (7, B), y (5, B)."""
    x, y = sums.encode(pairs, arm.turn_question, arm.turn_answer)
    return torch.as_tensor(x), torch.as_tensor(y)


@torch.no_grad()
def answers(net: Adder, x: Tensor) -> list[str]:
    """What the network writes up to END, in the order it writes."""
    written = symbols.decode(net(x).argmax(dim=-1).numpy(), sums.SYMBOLS)
    return ["".join(answer) for answer in written]


def right(pairs: Pairs, arm: Arm) -> list[str]:
    """The right answers in the order of the arm."""
    step = -1 if arm.turn_answer else 1
    return [str(a + b)[::step] for a, b in pairs]


def characters(wanted: list[str], written: list[str]) -> float:
    """Share of the digits of the right answers that stand at their position."""
    hits = sum(
        sum(w == k for w, k in zip(good, answer, strict=False))
        for good, answer in zip(wanted, written, strict=True)
    )
    return hits / sum(map(len, wanted))


def carries(a: int, b: int) -> int:
    """How often one is carried in a + b."""
    return (sum(map(int, str(a) + str(b))) - sum(map(int, str(a + b)))) // 9


def scores(pairs: Pairs, written: list[str], arm: Arm) -> dict:
    """Exact share (all, by carries, by both numbers of three digits or not, by the half
    that a leak would show), characters, places from the lowest, the first wrong."""
    wanted = right(pairs, arm)
    exact = np.array([g == w for g, w in zip(wanted, written, strict=True)])
    carried = np.array([carries(a, b) for a, b in pairs])
    full = np.array([min(a, b) >= 100 for a, b in pairs])
    step = 1 if arm.turn_answer else -1
    lowest = [(g[::step], w[::step]) for g, w in zip(wanted, written, strict=True)]
    places = [
        float(np.mean([g[p] == w[p : p + 1] for g, w in lowest if len(g) > p]))
        for p in range(sums.DIGITS + 1)
    ]
    return {
        "exact": float(exact.mean()),
        "characters": characters(wanted, written),
        "places": places,
        "carries": [float(exact[carried == k].mean()) for k in range(4)],
        "three digits": float(exact[full].mean()),
        "shorter": float(exact[~full].mean()),
        "halves": [float(exact[:LEAKED].mean()), float(exact[LEAKED:].mean())],
        "wrong": [
            [*pairs[i], written[i][:: 1 if step < 0 else -1]]
            for i in np.flatnonzero(~exact)[:10].tolist()
        ],
    }


def slope(arm: Arm, steps: int):
    """Share of the rate at a step: up over WARM of all steps, then half a cosine."""
    rise = WARM * steps

    def share(step: int) -> float:
        if not arm.cycle:
            return 1.0
        if step < rise:
            return (step + 1) / (rise + 1)
        return 0.5 + 0.5 * float(np.cos(np.pi * (step - rise) / (steps - rise)))

    return share


def train(
    arm: Arm, seed: int, steps: int, stop: int | None = None
) -> tuple[list[float], dict]:
    """Losses of `stop` of `steps` steps; curve, test scores, CPU-seconds."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    start = time.process_time()
    training, valid, test = parts(seed, arm)
    x, y = encoded(training, arm)
    x_valid, wanted = encoded(valid, arm)[0], right(valid, arm)
    net = Adder(arm)
    optimiser = torch.optim.Adam(net.parameters(), lr=arm.rate, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, slope(arm, steps))
    shuffled = torch.Generator().manual_seed(seed)
    order = torch.empty(0, dtype=torch.long)
    losses, curve, found = [], [], {}
    for step in range(stop or steps):
        if len(order) < BATCH:
            order = torch.randperm(len(training), generator=shuffled)
        batch, order = order[:BATCH], order[BATCH:]
        truth = y[:, batch]
        o = net(x[:, batch], truth if arm.forced else None)
        loss = F.cross_entropy(
            o.flatten(0, 1), truth.flatten(), ignore_index=symbols.PAD
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % EVERY == 0:
            written = answers(net, x_valid)
            hits = [g == w for g, w in zip(wanted, written, strict=True)]
            curve.append(float(np.mean(hits)))
            found["characters"] = characters(wanted, written)
    if len(losses) == steps:
        written = answers(net, encoded(test, arm)[0])
        found = {
            "curve": curve,
            "valid": found["characters"],
            "test": scores(test, written, arm),
            "seconds": time.process_time() - start,
        }
    return losses, found


def run(seed: int, steps: int) -> dict:
    """Arms EVERY_SEED; for a whole run of an ablated seed every other arm too."""
    arms = ARMS if seed in ABLATED else {name: ARMS[name] for name in EVERY_SEED}
    if steps < STEPS:
        return {"loss": train(ARMS["all"], seed, STEPS, steps)[0]}
    result: dict = {"arms": {}}
    for name, arm in arms.items():
        losses, result["arms"][name] = train(arm, seed, arm.longer * steps)
        if name == "all":
            result["loss"] = losses
    return result


def tuned(name: str) -> dict[str, float]:
    """Rate -> share of validation characters after a short run."""
    arm = ARMS[name]
    return {
        str(rate): train(arm._replace(rate=rate), TUNING, SHORT)[1]["valid"]
        for rate in arm.rates
    }


def usual(training: Pairs, test: Pairs) -> list[str]:
    """The most common digit of every place, and the most common length."""
    known = right(training, ARMS["all"])
    length = int(np.bincount([len(k) for k in known]).argmax())
    digits = [
        str(np.bincount([int(k[p]) for k in known if len(k) > p]).argmax())
        for p in range(length)
    ]
    return ["".join(digits)] * len(test)


def nearest(training: Pairs, test: Pairs) -> list[str]:
    """The answer of the training pair with least |a - a'| + |b - b'|, either order."""
    known = np.sort(np.array(training, dtype=np.int32), axis=1)
    asked = np.sort(np.array(test, dtype=np.int32), axis=1)
    total = known.sum(axis=1)
    return [
        str(total[np.abs(known - pair).sum(axis=1).argmin()])[::-1] for pair in asked
    ]


def linear(features, training: Pairs, test: Pairs) -> list[str]:
    """Least squares from features to the sum, rounded."""
    known, asked = features(training), features(test)
    total = np.array(training).sum(axis=1)
    weights = np.linalg.lstsq(known, total, rcond=None)[0]
    return [str(max(int(n), 0))[::-1] for n in np.rint(asked @ weights)]


def digits(pairs: Pairs) -> np.ndarray:
    """(B, 7): three digits of each number, put in their places by hand, and 1."""
    places = 10 ** np.arange(sums.DIGITS)
    found = np.array(pairs)[:, :, None] // places % 10
    return np.column_stack([found.reshape(len(pairs), -1), np.ones(len(pairs))])


def text(pairs: Pairs) -> np.ndarray:
    """(B, 7 V): one-hot characters of the question as the network reads it."""
    x = sums.encode(pairs)[0]
    return np.eye(V)[x.T].reshape(len(pairs), -1)


def baseline() -> dict:
    """Scores without a network on the test part of every seed, and the rates tried."""
    found: dict = {}
    rules = {
        "usual digits": usual,
        "nearest pair": nearest,
        "linear, digits in places": lambda *both: linear(digits, *both),
        "linear, text": lambda *both: linear(text, *both),
    }
    for name, rule in rules.items():
        found[name] = []
        for seed in SEEDS:
            training, _, test = parts(seed, ARMS["all"])
            result = scores(test, rule(training, test), ARMS["all"])
            found[name].append(
                {k: result[k] for k in ("exact", "characters", "places")}
            )
    found["rates"] = {name: tuned(name) for name, arm in ARMS.items() if arm.rates}
    return found


if __name__ == "__main__":
    main(__file__)
