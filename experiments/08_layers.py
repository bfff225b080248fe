"""Do more layers always help? One to six tanh layers on the letters of first names.

Names, masks and score are those of 05_names: mean nats a character of whole names, the
end included, each name read from the zero state. The networks are `deep.DeepRNN`:

    plain               52 units a layer, so every layer adds 5,460 numbers
    equal               plain, the width chosen for about 11,100 numbers in all (with
                        two layers this is "plain, 2")
    residual            52 units, from layer 2 on a layer puts out what it read plus
                        its state; as many numbers as plain
    equal residual      the same with the widths of equal (with two layers this is
                        "residual, 2")
    wide                one layer with about as many numbers as "residual, 6"
    residual, norm      residual with layer norm on every pre-activation
    larger start        plain, the weights of the layers at first sqrt(3) times as large
    long                plain, three times as many steps, rate taken from plain

Batches of 64 names, Adam, the learning rate falls to zero along half a cosine; float32.
Everything is chosen without the held-out names: a tenth of the training names is put
aside, and every network is trained on the other nine tenths only, as are the tables of
counts. The rate is found arm by arm with split and start of seed TUNING: from START on
to the neighbour in RATES with the lower loss on the names put aside, until both
neighbours are worse ("rates" in the baseline: what was tried, with this loss and the
step where it was lowest). Then for each seed one run. "curve": every EVERY steps (every
3 EVERY for "long") the nats of [training names, names put aside, held-out names], where
the first are as many training names as are put aside; "step" is where the second is
lowest, "result" the three at that step; "seconds" the CPU time. Names of arms: family,
comma, number of layers.

"gradient" holds norms on the first batch, before any step, layer by layer from the
lowest: of the gradient with regard to the layer's states ("states", all steps and names
together) and to its recurrent matrix ("recur"). "loss" is the training loss of
"plain, 2" at every step.
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

SEEDS = (0, 1, 2)
TUNING = 0
STEPS = 1200
REHEARSAL = 200
EVERY = 75
V, BATCH, UNITS = len(names.ALPHABET), 64, 52
RATES = (0.0025, 0.004, 0.0063, 0.01, 0.016, 0.025, 0.04)
START = 0.01
ORDERS = (1, 2, 3, 4, 5, 6)
DEPTHS = (1, 2, 3, 4, 6)
EQUAL = {1: 81, 3: 42, 4: 36, 6: 29}  # widths for the numbers of "plain, 2"
WIDE = 155
LOSS_ARM = "plain, 2"
LONG = ("long, 1", "long, 2", "long, 6")


def arms() -> dict[str, dict]:
    """Arm -> options of its network; `start` is the factor on the layers' weights."""
    found = {f"plain, {n}": {"units": UNITS, "layers": n} for n in DEPTHS}
    for n, units in EQUAL.items():
        found[f"equal, {n}"] = {"units": units, "layers": n}
    for n in DEPTHS[1:]:
        found[f"residual, {n}"] = found[f"plain, {n}"] | {"residual": True}
    six = found["plain, 6"]
    found["residual, norm, 6"] = six | {"residual": True, "norm": True}
    found["larger start, 6"] = six | {"start": 3**0.5}
    for n in (3, 6):
        found[f"equal residual, {n}"] = found[f"equal, {n}"] | {"residual": True}
    found["wide, 1"] = {"units": WIDE, "layers": 1}
    return found


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
    return one_hot(torch.as_tensor(x), V).float(), y, (y >= 0).sum(dim=0)


def nats(net: DeepRNN, x: Tensor, y: Tensor) -> Tensor:
    """Mean cost of a character."""
    return cross_entropy(net(x)[0].flatten(0, 1), y.flatten())


def network(options: dict, seed: int) -> DeepRNN:
    torch.manual_seed(seed)
    options = dict(options)
    start = options.pop("start", 1)
    net = DeepRNN(V, options.pop("units"), V, **options)
    with torch.no_grad():
        for weight in net.layers.parameters():
            if weight.ndim == 2:
                weight *= start
    return net


def batches(seed: int, lengths: Tensor):
    """Without end: the columns of BATCH names, and their longest length."""
    rng, order = np.random.default_rng(seed), np.empty(0, int)
    while True:
        if len(order) < BATCH:
            order = rng.permutation(len(lengths))
        pick, order = torch.as_tensor(order[:BATCH]), order[BATCH:]
        yield pick, int(lengths[pick].max())


def train(
    options: dict, seed: int, rate: float, steps: int, stop: int | None = None
) -> dict:
    """Loss at every step, and the curve of [training, aside, held out]."""
    torch.set_num_threads(1)
    fit, aside, held_out = (rows(tuple(part)) for part in parts(seed))
    x, y, lengths = fit
    tests = [(x[:, : aside[0].shape[1]], y[:, : aside[0].shape[1]]), aside, held_out]
    net = network(options, seed)
    rule = torch.optim.Adam(net.parameters(), rate, fused=True)
    losses, curve, every = [], [], EVERY * steps // STEPS
    draws, begin = batches(seed, lengths), time.process_time()
    for step in range(stop or steps):
        pick, T = next(draws)
        rule.param_groups[0]["lr"] = rate * (1 + np.cos(np.pi * step / steps)) / 2
        loss = nats(net, x[:T, pick], y[:T, pick])
        rule.zero_grad()
        loss.backward()
        rule.step()
        losses.append(loss.item())
        if (step + 1) % every == 0:
            with torch.no_grad():
                curve.append([nats(net, *test[:2]).item() for test in tests])
    return {"loss": losses, "curve": curve, "seconds": time.process_time() - begin}


def lowest(curve: list) -> int:
    """Where the loss on the names put aside is lowest."""
    return int(np.argmin([row[1] for row in curve]))


def gradient(options: dict, seed: int) -> dict:
    """Norms by layer on the first batch of an untrained network."""
    x, y, lengths = rows(tuple(parts(seed)[0]))
    pick, T = next(batches(seed, lengths))
    net, states = network(options, seed), []
    for layer in net.layers:
        layer.register_forward_hook(lambda _, __, out: states.append(out[0]))
    loss = nats(net, x[:T, pick], y[:T, pick])
    found = torch.autograd.grad(loss, states, retain_graph=True)
    loss.backward()
    return {
        "states": [g.norm().item() for g in found],
        "recur": [layer.recur.weight.grad.norm().item() for layer in net.layers],
    }


def run(seed: int, steps: int) -> dict:
    """Losses of two plain layers; for a whole run every arm."""
    every, best = arms(), rates()
    if steps < STEPS:
        rate = best[LOSS_ARM]["best"]
        return {"loss": train(every[LOSS_ARM], seed, rate, STEPS, steps)["loss"]}
    result: dict = {"curve": {}, "step": {}, "result": {}, "seconds": {}}
    for arm in [*every, *LONG]:
        plain = arm.replace("long", "plain")
        length = STEPS if arm in every else 3 * STEPS
        found = train(every[plain], seed, best[plain]["best"], length)
        at = lowest(found["curve"])
        result["curve"][arm] = found["curve"]
        result["step"][arm] = (at + 1) * EVERY * length // STEPS
        result["result"][arm] = found["curve"][at]
        result["seconds"][arm] = found["seconds"]
        if arm == LOSS_ARM:
            result["loss"] = found["loss"]
    six = [arm for arm in every if arm.endswith(" 6") and not arm.startswith("equal")]
    result["gradient"] = {arm: gradient(every[arm], seed) for arm in six}
    return result


# What tune() found, kept as a table so that a rehearsal does not repeat the search.
CHOSEN: dict[str, dict] = {
    "plain, 1": {
        "best": 0.025,
        "tried": {
            0.0063: [2.004, 1200],
            0.01: [1.9698, 1200],
            0.016: [1.9604, 1200],
            0.025: [1.9437, 1200],
            0.04: [1.9466, 1050],
        },
    },
    "plain, 2": {
        "best": 0.01,
        "tried": {0.0063: [1.9574, 1200], 0.01: [1.9465, 1200], 0.016: [1.959, 1200]},
    },
    "plain, 3": {
        "best": 0.0063,
        "tried": {
            0.004: [1.9899, 1200],
            0.0063: [1.9546, 1200],
            0.01: [1.9713, 1200],
            0.016: [1.9752, 1050],
        },
    },
    "plain, 4": {
        "best": 0.016,
        "tried": {
            0.0063: [1.9616, 1200],
            0.01: [1.9652, 1200],
            0.016: [1.9584, 1200],
            0.025: [2.0649, 1200],
        },
    },
    "plain, 6": {
        "best": 0.01,
        "tried": {0.0063: [2.0259, 1200], 0.01: [2.0032, 1200], 0.016: [2.1101, 1200]},
    },
    "equal, 1": {
        "best": 0.01,
        "tried": {0.0063: [1.9593, 1200], 0.01: [1.9355, 1050], 0.016: [1.9385, 900]},
    },
    "equal, 3": {
        "best": 0.01,
        "tried": {0.0063: [1.9712, 1200], 0.01: [1.9482, 1200], 0.016: [1.9834, 1200]},
    },
    "equal, 4": {
        "best": 0.016,
        "tried": {
            0.0063: [2.0284, 1200],
            0.01: [1.9966, 1200],
            0.016: [1.9855, 1200],
            0.025: [2.0001, 1200],
        },
    },
    "equal, 6": {
        "best": 0.016,
        "tried": {
            0.0063: [2.1347, 1200],
            0.01: [2.1336, 1200],
            0.016: [2.0922, 1200],
            0.025: [2.2858, 1200],
        },
    },
    "residual, 2": {
        "best": 0.016,
        "tried": {
            0.0063: [1.9545, 1200],
            0.01: [1.9289, 975],
            0.016: [1.9209, 1200],
            0.025: [1.9348, 1050],
        },
    },
    "residual, 3": {
        "best": 0.01,
        "tried": {0.0063: [1.9219, 1200], 0.01: [1.908, 1200], 0.016: [1.9221, 1200]},
    },
    "residual, 4": {
        "best": 0.01,
        "tried": {0.0063: [1.9097, 1200], 0.01: [1.8929, 1125], 0.016: [1.9195, 1125]},
    },
    "residual, 6": {
        "best": 0.01,
        "tried": {0.0063: [1.8953, 1125], 0.01: [1.8918, 1050], 0.016: [1.9192, 1050]},
    },
    "residual, norm, 6": {
        "best": 0.01,
        "tried": {0.0063: [1.9111, 1050], 0.01: [1.9081, 1050], 0.016: [1.9302, 1050]},
    },
    "larger start, 6": {
        "best": 0.004,
        "tried": {
            0.0025: [2.0181, 975],
            0.004: [1.9888, 1200],
            0.0063: [1.9966, 1200],
            0.01: [2.0278, 1200],
            0.016: [2.2308, 1200],
        },
    },
    "equal residual, 3": {
        "best": 0.01,
        "tried": {0.0063: [1.9459, 1200], 0.01: [1.9158, 1200], 0.016: [1.9244, 975]},
    },
    "equal residual, 6": {
        "best": 0.01,
        "tried": {0.0063: [1.9433, 1200], 0.01: [1.9126, 1200], 0.016: [1.9329, 1050]},
    },
    "wide, 1": {
        "best": 0.01,
        "tried": {0.0063: [1.9288, 1200], 0.01: [1.9136, 1200], 0.016: [1.9212, 1200]},
    },
}


def rates() -> dict[str, dict]:
    """Arm -> {"best": rate, "tried": {rate: [lowest loss put aside, its step]}}."""
    return CHOSEN or tune()


def tune() -> dict[str, dict]:
    """Walk over RATES until the best is worse on neither side."""
    found: dict = {}
    for arm, options in arms().items():
        tried: dict[float, list] = {}
        at, middle = RATES.index(START), -1
        while at != middle:
            middle = at
            for rate in RATES[max(0, middle - 1) : middle + 2]:
                if rate not in tried:
                    curve = train(options, TUNING, rate, STEPS)["curve"]
                    low = lowest(curve)
                    tried[rate] = [round(curve[low][1], 4), (low + 1) * EVERY]
            at = RATES.index(min(tried, key=tried.get))
        found[arm] = {"best": RATES[at], "tried": dict(sorted(tried.items()))}
    return found


def count(n: int, training: list[str], other: list[str]) -> float:
    """Nats a character of `other` under Witten-Bell n-grams of `training`."""
    model, end = WittenBell(n, V), names.END
    for name in training:
        model.fit(names.encode(end + name + end))
    model.counts[()][0] -= len(training)  # the END before a name is given, not guessed
    model.totals[()] -= len(training)
    found = [model.nats(names.encode(end + name + end))[1:] for name in other]
    return float(np.concatenate(found).mean())


def baseline() -> dict:
    """Uniform guessing; n-grams of the nine tenths, a row a seed and a column an order:
    on the names put aside, and held out; the order that is best on the names put aside;
    numbers in each network; the rates tried."""
    every = [parts(seed) for seed in SEEDS]
    aside = [[count(n, p[0], p[1]) for n in ORDERS] for p in every]
    return {
        "uniform": float(np.log(V)),
        "orders": list(ORDERS),
        "aside": aside,
        "held_out": [[count(n, p[0], p[2]) for n in ORDERS] for p in every],
        "chosen": [ORDERS[int(np.argmin(row))] for row in aside],
        "parameters": {
            arm: parameters_count(network(options, 0))
            for arm, options in arms().items()
        },
        "rates": rates(),
    }


if __name__ == "__main__":
    main(__file__)
