"""Where does depth help? The same count of numbers, put in different places.

Tanh networks, all of them `deep.DeepRNN`:

    shallow               one layer, one tanh map a step
    read-in               an extra tanh map between input and step
    deep step             two tanh maps a step (a deep transition)
    deep step, shortcut   ... and the old state goes past the first of them as well
    read-out              an extra tanh map between state and logits
    two layers            two recurrent layers on one another
    all                   deep step, shortcut and read-out: the DOT(S)-RNN of Pascanu,
                          Gulcehre, Cho and Bengio (2014)

Depth is paid for in width: UNITS holds, task by task, the widths at which the counts of
numbers in the networks are within 2 per cent of that of "shallow". Two tasks:

"names", as in 05_names: the next letter of a first name, mean nats a character of whole
names, the end included. A tenth of the training names is put aside; every network, and
every table of counts, is trained on the other nine tenths only.

"machine": six states and six symbols; each symbol moves the states by a permutation of
its own, drawn at random, seed by seed. The network reads LENGTH random symbols and
names, after every one, the state that a machine started in state 0 is in. Permutations
forget nothing, so a window is no help: whoever knows the table, the time t and the last
k symbols only is right with the probability of the likeliest state at time t - k
("likeliest" in the baseline, a row a seed, from t = 0 on), about 1/6 once t - k is more
than a few steps. Fresh sequences at every step; validation and test are 500 each, the
test FAR steps long.

Batches of 64, Adam, the learning rate falls to zero along half a cosine over STEPS;
float32. For names the rate of each arm comes from a search with the split and start of
seed TUNING, which is none of SEEDS: from START on to the neighbour in RATES with the
lower loss on the names put aside, until both neighbours are worse ("rates" in the
baseline: what was tried). Then for each seed one run. "curve": every EVERY steps the
nats of [training, names put aside, held-out names], where the first are as many
training names as are put aside; "step" is where the second is lowest, "result" the
held-out nats and "training" the training nats there. "loss" is the training loss of
"shallow" on names at every step.

On machines the same arm and rate can succeed with one seed and fail with another, so
there every seed tries each of MACHINE_RATES and keeps the one with the lowest
validation loss at the end. "tried" holds these losses, "rate" the best rate, "curve"
its validation nats every EVERY steps, "right" the share of right test answers at each
of the FAR steps, at the end of its training.
"""

from __future__ import annotations

import time
from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from unrolled.data import names
from unrolled.deep import DeepRNN, parameters_count
from unrolled.experiment import main
from unrolled.ngram import WittenBell

SEEDS = (0, 1, 2, 3, 4)
STEPS = 1200
REHEARSAL = 200
EVERY, BATCH, TUNING = 75, 64, 9
STATES, LENGTH, FAR = 6, 12, 48
V = {"names": len(names.ALPHABET), "machine": STATES}
RATES = (0.0025, 0.004, 0.0063, 0.01, 0.016, 0.025, 0.04)
START = 0.01
MACHINE_RATES = (0.0063, 0.01, 0.016)
ORDERS = (1, 2, 3, 4, 5, 6)
ARMS: dict[str, dict] = {
    "shallow": {},
    "read-in": {"read_in": 1},
    "deep step": {"depth": 2},
    "deep step, shortcut": {"depth": 2, "shortcut": True},
    "read-out": {"read_out": 1},
    "two layers": {"layers": 2},
    "all": {"depth": 2, "shortcut": True, "read_out": 1},
}
UNITS = {
    "names": dict(zip(ARMS, (81, 62, 62, 52, 62, 52, 46), strict=True)),
    "machine": dict(zip(ARMS, (38, 28, 28, 23, 28, 23, 20), strict=True)),
}


def network(task: str, arm: str, seed: int) -> DeepRNN:
    torch.manual_seed(seed)
    return DeepRNN(V[task], UNITS[task][arm], V[task], **ARMS[arm])


def nats(net: DeepRNN, x: Tensor, y: Tensor) -> Tensor:
    """Mean cost of a symbol."""
    return cross_entropy(net(x)[0].flatten(0, 1), y.flatten())


def parts(seed: int) -> tuple[list[str], list[str], list[str]]:
    """(nine tenths of the training names, the other tenth, held-out names)"""
    training, held_out = names.split(seed)
    cut = round(0.9 * len(training))
    return training[:cut], training[cut:], held_out


@cache
def rows(part: tuple[str, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """One-hot inputs (T, B, V), targets (T, B) with -100 for padding, lengths (B,)."""
    T = max(map(len, part)) + 1
    x, y = np.zeros((T, len(part)), np.int64), np.full((T, len(part)), -100)
    for b, name in enumerate(part):
        ids = names.encode(names.END + name + names.END)
        x[: len(name) + 1, b], y[: len(name) + 1, b] = ids[:-1], ids[1:]
    y = torch.as_tensor(y)
    return one_hot(torch.as_tensor(x), V["names"]).float(), y, (y >= 0).sum(dim=0)


def batches(seed: int, x: Tensor, y: Tensor, lengths: Tensor):
    """Without end: inputs and targets of BATCH names."""
    rng, order = np.random.default_rng(seed), np.empty(0, int)
    while True:
        if len(order) < BATCH:
            order = rng.permutation(len(lengths))
        pick, order = torch.as_tensor(order[:BATCH]), order[BATCH:]
        T = int(lengths[pick].max())
        yield x[:T, pick], y[:T, pick]


def machine(seed: int) -> np.ndarray:
    """(symbols, states): where a symbol takes each state."""
    rng = np.random.default_rng([seed, 1])
    return np.stack([rng.permutation(STATES) for _ in range(STATES)])


def walks(
    rng: np.random.Generator, table: np.ndarray, T: int, B: int
) -> tuple[Tensor, Tensor]:
    """One-hot symbols (T, B, V) and the states after each of them (T, B)."""
    x, state = rng.integers(STATES, size=(T, B)), np.zeros(B, int)
    y = np.empty_like(x)
    for t in range(T):
        y[t] = state = table[x[t], state]
    return one_hot(torch.as_tensor(x), STATES).float(), torch.as_tensor(y)


def train(
    task: str, arm: str, seed: int, rate: float, steps: int = STEPS
) -> tuple[list, list, DeepRNN]:
    """Loss at every step, the curve, and the network."""
    torch.set_num_threads(1)
    if task == "names":
        fit, aside, held_out = (rows(tuple(part)) for part in parts(seed))
        draws, some = batches(seed, *fit), aside[0].shape[1]
        tests = [(fit[0][:, :some], fit[1][:, :some]), aside[:2], held_out[:2]]
    else:
        table, rng = machine(seed), np.random.default_rng([seed, 2])
        tests = [walks(rng, table, LENGTH, 500)]
        draws = (walks(rng, table, LENGTH, BATCH) for _ in range(steps))
    net = network(task, arm, seed)
    rule = torch.optim.Adam(net.parameters(), rate, fused=True)
    losses, curve = [], []
    for step in range(steps):
        rule.param_groups[0]["lr"] = rate * (1 + np.cos(np.pi * step / STEPS)) / 2
        loss = nats(net, *next(draws))
        rule.zero_grad()
        loss.backward()
        rule.step()
        losses.append(loss.item())
        if (step + 1) % EVERY == 0:
            with torch.no_grad():
                curve.append([nats(net, *test).item() for test in tests])
    return losses, curve, net


def lowest(curve: list) -> int:
    """Where the loss on the names put aside is lowest."""
    return int(np.argmin([row[1] for row in curve]))


@torch.no_grad()
def right(net: DeepRNN, seed: int) -> list[float]:
    """Share of right states after each of FAR symbols."""
    x, y = walks(np.random.default_rng([seed, 3]), machine(seed), FAR, 500)
    return (net(x)[0].argmax(dim=-1) == y).float().mean(dim=1).tolist()


def letters(arm: str, seed: int, rate: float) -> tuple[dict, list]:
    """One arm on names: what is stored of it, and the losses."""
    start = time.process_time()
    losses, curve, _ = train("names", arm, seed, rate)
    at = lowest(curve)
    return {
        "result": curve[at][2],
        "training": curve[at][0],
        "step": (at + 1) * EVERY,
        "curve": curve,
        "seconds": time.process_time() - start,
    }, losses


def states(arm: str, seed: int) -> dict:
    """One arm on the machine of a seed, with the best of MACHINE_RATES."""
    tried, best = {}, {}
    for rate in MACHINE_RATES:
        _, curve, net = train("machine", arm, seed, rate)
        nats_left = [row[0] for row in curve]
        tried[str(rate)] = nats_left[-1]
        if tried[str(rate)] == min(tried.values()):
            best = {"rate": rate, "curve": nats_left, "right": right(net, seed)}
    return best | {"tried": tried}


def run(seed: int, steps: int) -> dict:
    """Losses of "shallow"; for a whole run every arm and both tasks."""
    best = {arm: one["best"] for arm, one in rates().items()}
    if steps < STEPS:
        return {"loss": train("names", "shallow", seed, best["shallow"], steps)[0]}
    result: dict = {"names": {}}
    for arm in ARMS:
        result["names"][arm], losses = letters(arm, seed, best[arm])
        if arm == "shallow":
            result["loss"] = losses
    return result | {"machine": {arm: states(arm, seed) for arm in ARMS}}


# What tune() found, kept as a table so that a rehearsal does not repeat the search.
CHOSEN: dict[str, dict] = {
    "shallow": {"best": 0.01, "tried": {0.0063: 2.0096, 0.01: 1.9834, 0.016: 1.9863}},
    "read-in": {
        "best": 0.016,
        "tried": {0.0063: 2.0037, 0.01: 1.9862, 0.016: 1.9706, 0.025: 1.9987},
    },
    "deep step": {
        "best": 0.016,
        "tried": {0.0063: 2.0123, 0.01: 1.9895, 0.016: 1.9688, 0.025: 1.9776},
    },
    "deep step, shortcut": {
        "best": 0.01,
        "tried": {0.0063: 2.0137, 0.01: 2.0043, 0.016: 2.0107},
    },
    "read-out": {"best": 0.01, "tried": {0.0063: 1.9976, 0.01: 1.9574, 0.016: 1.9769}},
    "two layers": {
        "best": 0.01,
        "tried": {0.0063: 1.9987, 0.01: 1.9641, 0.016: 1.9861},
    },
    "all": {
        "best": 0.025,
        "tried": {
            0.0063: 2.0376,
            0.01: 2.0354,
            0.016: 2.0124,
            0.025: 2.0116,
            0.04: 2.2999,
        },
    },
}


def rates() -> dict[str, dict]:
    """Arm -> {"best": rate, "tried": {rate: lowest loss on the names put aside}}."""
    return CHOSEN or tune()


def tune() -> dict[str, dict]:
    """Walk over RATES, names only, until the best is worse on neither side."""
    found = {}
    for arm in ARMS:
        tried: dict[float, float] = {}
        at, middle = RATES.index(START), -1
        while at != middle:
            middle = at
            for rate in RATES[max(0, middle - 1) : middle + 2]:
                if rate not in tried:
                    curve = train("names", arm, TUNING, rate)[1]
                    tried[rate] = round(curve[lowest(curve)][1], 4)
            at = RATES.index(min(tried, key=tried.get))
        found[arm] = {"best": RATES[at], "tried": dict(sorted(tried.items()))}
    return found


def count(n: int, training: list[str], other: list[str]) -> float:
    """Nats a character of `other` under Witten-Bell n-grams of `training`."""
    model, end = WittenBell(n, V["names"]), names.END
    for name in training:
        model.fit(names.encode(end + name + end))
    model.counts[()][0] -= len(training)  # the END before a name is given, not guessed
    model.totals[()] -= len(training)
    found = [model.nats(names.encode(end + name + end))[1:] for name in other]
    return float(np.concatenate(found).mean())


def likeliest(seed: int) -> list[float]:
    """Of the states at times 0 to FAR, the greatest probability."""
    p, found = np.eye(STATES)[0], []
    for _ in range(FAR + 1):
        found.append(float(p.max()))
        after = np.zeros(STATES)
        for moves in machine(seed):
            after[moves] += p / STATES
        p = after
    return found


def baseline() -> dict:
    """Uniform guessing (nats, both tasks); n-grams of the nine tenths, a row a seed and
    a column an order: on the names put aside, and held out; the order that is best on
    the names put aside; numbers in each network; the rates tried; the likeliest state
    of each machine."""
    every = [parts(seed) for seed in SEEDS]
    aside = [[count(n, p[0], p[1]) for n in ORDERS] for p in every]
    return {
        "uniform": {task: float(np.log(V[task])) for task in V},
        "orders": list(ORDERS),
        "aside": aside,
        "held_out": [[count(n, p[0], p[2]) for n in ORDERS] for p in every],
        "chosen": [ORDERS[int(np.argmin(row))] for row in aside],
        "units": UNITS,
        "parameters": {
            task: {arm: parameters_count(network(task, arm, 0)) for arm in ARMS}
            for task in V
        },
        "rates": rates(),
        "likeliest": [likeliest(seed) for seed in SEEDS],
    }


if __name__ == "__main__":
    main(__file__)
