"""Where may dropout go in a recurrent network, and when is its mask drawn anew?

Two places: "upward" (what each layer and the read-out read) and "recurrent" (h^{(t-1)}
where it enters a step). Two kinds of mask: a new one each "step", or one for all steps
of a "sequence". Arms: "none", and place, kind for the places "upward", "recurrent" and
"both". "upward, step" follows Zaremba et al. 2014, "both, sequence" Gal and Ghahramani
2016, but for the input: they disturb it as well, here it is left alone.

Names: two tanh layers of UNITS units on an embedding learn LEARNED first names of the
census, letter by letter; 500 others are for validation, all held-out ones for testing.
Adam, mean loss a symbol. Rate and share of dropout of each arm are chosen in runs of
SHORT steps with split and start TUNING, by validation loss at its best step: first
among RATES with the share SHARES[1], then among SHARES with this rate. Arms with the
same seed share split, start and batches. "valid", "test" and "training" are curves
without dropout, every EVERY steps; "stop" is the step with the lowest validation loss,
"result" the test loss there. "loss" is that of "both, sequence".

Two tasks of memory, with fresh sequences at every step: nothing can be learned by
heart, so dropout can only cost. How much? One layer; a pair (arm, share of dropout) is
a key such as "recurrent, step, 0.3". The rate of each is the best of MEMORY_RATES, by
the last loss of a run with the start TUNING; where the middle one comes within NEAR
nats of the best, that.

Recall (as unrolled.data.recall, over RECALL_T steps): name the symbol of LAG steps ago.
Latch (unrolled.data.latching, LATCH_T steps): a sign, then noise; which sign was it?
"nats" is the mean loss of the answers that can be known (guessing ln 4, ln 2), without
dropout, every MEMORY_EVERY steps; "right" and "masked" the shares of right answers at
the end, without dropout and with the arm's own. "imposed" holds, for the network that
was trained without dropout, the share right when masks disturb it: kind -> one value a
share of IMPOSED.
"""

from __future__ import annotations

import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unrolled.data import latching, names, recall
from unrolled.deep import DeepRNN, parameters_count
from unrolled.experiment import main
from unrolled.ngram import WittenBell

SEEDS = (0, 1, 2, 3, 4)
STEPS = 1800
REHEARSAL = 150
EVERY, BATCH, TUNING, SHORT = 50, 64, 9, 1200
UNITS, V, LONGEST, NONE = 64, len(names.ALPHABET), 13, -100
LEARNED, VALID = 1000, 500
KINDS = ("step", "sequence")
PLACES = ("upward", "recurrent", "both")
ARMS = ("none", *(f"{place}, {kind}" for place in PLACES for kind in KINDS))
RATES, SHARES = (0.002, 0.005, 0.01), (0.1, 0.25, 0.5)
LAG, RECALL_T, LATCH_T = 12, 24, 30
MEMORY_EVERY, MEMORY_RATES, NEAR = 50, (0.001, 0.002, 0.005), 0.01
MEMORY_STEPS = {"recall": 1000, "latch": 600}
MEMORY_ARMS = {
    "recall": (
        ("none", 0.0),
        *((f"recurrent, {kind}", share) for kind in KINDS for share in (0.1, 0.3)),
        ("upward, step", 0.3),
    ),
    "latch": (
        ("none", 0.0),
        *((f"recurrent, {kind}", share) for kind in KINDS for share in (0.1, 0.3, 0.5)),
    ),
}
IMPOSED = (0.05, 0.1, 0.2, 0.3, 0.5)
ORDERS = (1, 2, 3, 4, 5, 6)


def arrays(part: list[str]) -> tuple[Tensor, Tensor]:
    """Inputs x (T, B), END in front, and targets y (T, B), NONE behind the end."""
    x = np.zeros((LONGEST, len(part)), dtype=np.int64)
    y = np.full((LONGEST, len(part)), NONE)
    for b, name in enumerate(part):
        ids = names.encode(name)
        x[1 : len(ids) + 1, b] = ids
        y[: len(ids) + 1, b] = [*ids, 0]
    return torch.as_tensor(x), torch.as_tensor(y)


def parts(seed: int) -> dict[str, list[str]]:
    """Training, validation and test names."""
    learned, held_out = names.split(seed)
    return {
        "training": learned[:LEARNED],
        "valid": learned[LEARNED : LEARNED + VALID],
        "test": held_out,
    }


class Reader(nn.Module):
    """A stack with dropout where the arm says; `inputs` symbols are embedded, a number
    (inputs 1) is read as it is. Recurrent matrices start orthogonal."""

    def __init__(
        self, inputs: int, symbols: int, layers: int, arm: str, share: float
    ) -> None:
        super().__init__()
        place, kind = arm.split(", ") if ", " in arm else (arm, "step")
        self.embedding: nn.Module = nn.Identity()
        if inputs > 1:
            self.embedding = nn.Embedding(inputs, UNITS)
            nn.init.normal_(self.embedding.weight, std=UNITS**-0.5)
        self.stack = DeepRNN(
            UNITS if inputs > 1 else 1,
            UNITS,
            symbols,
            layers=layers,
            dropout=share if place in ("upward", "both") else 0.0,
            recurrent_dropout=share if place in ("recurrent", "both") else 0.0,
            masks=kind,
        )
        for layer in self.stack.layers:
            nn.init.orthogonal_(layer.recur.weight)

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """Mean nats a target that counts."""
        o = self.stack(self.embedding(x))[0]
        return F.cross_entropy(o.flatten(0, 1), y.flatten(), ignore_index=NONE)


def learn_names(arm: str, rate: float, share: float, seed: int, steps: int) -> dict:
    """Training loss at every step, curves, and what they come to."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = Reader(V, V, 2, arm, share)
    optimiser = torch.optim.Adam(net.parameters(), rate)
    given = {part: arrays(found) for part, found in parts(seed).items()}
    x, y = given["training"]
    draw = torch.Generator().manual_seed(seed)
    found: dict = {"loss": [], "training": [], "valid": [], "test": []}
    for step in range(steps):
        b = torch.randint(x.shape[1], (BATCH,), generator=draw)
        T = int((y[:, b] != NONE).any(dim=1).sum())
        loss = net.train().loss(x[:T, b], y[:T, b])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        found["loss"].append(loss.item())
        if (step + 1) % EVERY == 0:
            net.eval()
            with torch.no_grad():
                for part, arrays_of_part in given.items():
                    found[part].append(net.loss(*arrays_of_part).item())
    if found["valid"]:
        best = int(np.argmin(found["valid"]))
        found |= {"stop": (best + 1) * EVERY, "result": found["test"][best]}
    return found


def recalled(rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
    """x, y (T, count); NONE where the answer was never shown."""
    stream = rng.integers(recall.SYMBOLS, size=(LAG + RECALL_T, count))
    x, y = stream[LAG:], stream[:-LAG].copy()
    y[:LAG] = NONE
    return torch.as_tensor(x), torch.as_tensor(y)


def latched(rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
    """x (T, count, 1), y (T, count); NONE but at the last step."""
    x, sign = latching.batch(rng, count, LATCH_T)
    y = np.full((LATCH_T, count), NONE)
    y[-1] = sign
    return torch.as_tensor(x), torch.as_tensor(y)


@torch.no_grad()
def right(net: Reader, x: Tensor, y: Tensor) -> float:
    """Share of right answers, among those that count."""
    guess = net.stack(net.embedding(x))[0].argmax(dim=2)
    return float((guess == y)[y != NONE].float().mean())


def remember(task: str, arm: str, share: float, rate: float, seed: int) -> dict:
    """Nats of what can be known, during training, and shares right at the end."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    batch = recalled if task == "recall" else latched
    test = batch(rng, 1000)
    symbols = recall.SYMBOLS if task == "recall" else 2
    net = Reader(symbols if task == "recall" else 1, symbols, 1, arm, share)
    optimiser = torch.optim.Adam(net.parameters(), rate)
    nats = []
    for step in range(MEMORY_STEPS[task]):
        loss = net.train().loss(*batch(rng, BATCH))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if (step + 1) % MEMORY_EVERY == 0:
            net.eval()
            with torch.no_grad():
                nats.append(net.loss(*test).item())
    found: dict = {"nats": nats, "right": right(net.eval(), *test)}
    net.train()
    if arm != "none":
        return found | {"masked": right(net, *test)}
    found["imposed"] = {kind: [] for kind in KINDS}
    for kind, imposed in found["imposed"].items():
        net.stack.masks = kind
        for disturbed in IMPOSED:
            net.stack.recurrent_dropout = disturbed
            imposed.append(right(net, *test))
    return found


def run(seed: int, steps: int) -> dict:
    """Every arm on names, and the tasks of memory."""
    chosen = choices()
    if steps < STEPS:
        rate, share = chosen["both, sequence"]["best"]
        return {"loss": learn_names("both, sequence", rate, share, seed, steps)["loss"]}
    found: dict = {"names": {}, "recall": {}, "latch": {}, "seconds": {}}
    for arm in ARMS:
        start = time.process_time()
        result = learn_names(arm, *chosen[arm]["best"], seed, steps)
        found["seconds"][arm] = time.process_time() - start
        losses = result.pop("loss")
        if arm == "both, sequence":
            found["loss"] = losses
        found["names"][arm] = result
    for task, arms in MEMORY_ARMS.items():
        for arm, share in arms:
            key = f"{arm}, {share}"
            rate = chosen[f"{task}: {key}"]["best"]
            found[task][key] = remember(task, arm, share, rate, seed)
    return found


# What tune() found, kept as a table so that a rehearsal does not repeat the search.
CHOSEN: dict[str, dict] = {
    "none": {
        "best": [0.002, 0.0],
        "tried": [[0.002, 0.0, 2.1777], [0.005, 0.0, 2.182], [0.01, 0.0, 2.1892]],
    },
    "upward, step": {
        "best": [0.005, 0.25],
        "tried": [
            [0.002, 0.25, 2.1711],
            [0.005, 0.25, 2.1589],
            [0.01, 0.25, 2.1726],
            [0.005, 0.1, 2.1835],
            [0.005, 0.5, 2.1796],
        ],
    },
    "upward, sequence": {
        "best": [0.002, 0.1],
        "tried": [
            [0.002, 0.25, 2.1685],
            [0.005, 0.25, 2.1767],
            [0.01, 0.25, 2.1742],
            [0.002, 0.1, 2.1666],
            [0.002, 0.5, 2.1808],
        ],
    },
    "recurrent, step": {
        "best": [0.002, 0.5],
        "tried": [
            [0.002, 0.25, 2.1308],
            [0.005, 0.25, 2.1479],
            [0.01, 0.25, 2.1565],
            [0.002, 0.1, 2.1477],
            [0.002, 0.5, 2.1272],
        ],
    },
    "recurrent, sequence": {
        "best": [0.002, 0.25],
        "tried": [
            [0.002, 0.25, 2.1079],
            [0.005, 0.25, 2.1411],
            [0.01, 0.25, 2.1657],
            [0.002, 0.1, 2.1446],
            [0.002, 0.5, 2.1353],
        ],
    },
    "both, step": {
        "best": [0.005, 0.25],
        "tried": [
            [0.002, 0.25, 2.137],
            [0.005, 0.25, 2.1243],
            [0.01, 0.25, 2.1464],
            [0.005, 0.1, 2.144],
            [0.005, 0.5, 2.2102],
        ],
    },
    "both, sequence": {
        "best": [0.005, 0.25],
        "tried": [
            [0.002, 0.25, 2.1306],
            [0.005, 0.25, 2.1209],
            [0.01, 0.25, 2.1409],
            [0.005, 0.1, 2.1476],
            [0.005, 0.5, 2.2151],
        ],
    },
    "recall: none, 0.0": {
        "best": 0.002,
        "tried": [[0.001, 0.0065492], [0.002, 0.0027076], [0.005, 0.0034949]],
    },
    "recall: recurrent, step, 0.1": {
        "best": 0.002,
        "tried": [[0.001, 0.10052], [0.002, 0.038908], [0.005, 0.21448]],
    },
    "recall: recurrent, step, 0.3": {
        "best": 0.002,
        "tried": [[0.001, 0.72975], [0.002, 0.71967], [0.005, 1.2006]],
    },
    "recall: recurrent, sequence, 0.1": {
        "best": 0.005,
        "tried": [[0.001, 0.084812], [0.002, 0.053462], [0.005, 0.031696]],
    },
    "recall: recurrent, sequence, 0.3": {
        "best": 0.005,
        "tried": [[0.001, 0.72934], [0.002, 0.70793], [0.005, 0.62801]],
    },
    "recall: upward, step, 0.3": {
        "best": 0.002,
        "tried": [[0.001, 0.028733], [0.002, 0.0025255], [0.005, 0.0010323]],
    },
    "latch: none, 0.0": {
        "best": 0.002,
        "tried": [[0.001, 0.00012852], [0.002, 4.4783e-05], [0.005, 0.01437]],
    },
    "latch: recurrent, step, 0.1": {
        "best": 0.002,
        "tried": [[0.001, 8.3572e-05], [0.002, 0.0011754], [0.005, 1.2581e-05]],
    },
    "latch: recurrent, step, 0.3": {
        "best": 0.002,
        "tried": [[0.001, 0.00047576], [0.002, 7.0131e-05], [0.005, 1.1636e-05]],
    },
    "latch: recurrent, step, 0.5": {
        "best": 0.002,
        "tried": [[0.001, 0.69366], [0.002, 0.68956], [0.005, 0.70305]],
    },
    "latch: recurrent, sequence, 0.1": {
        "best": 0.002,
        "tried": [[0.001, 0.00011183], [0.002, 4.3037e-05], [0.005, 9.974e-06]],
    },
    "latch: recurrent, sequence, 0.3": {
        "best": 0.002,
        "tried": [[0.001, 0.00013161], [0.002, 4.6343e-05], [0.005, 0.69298]],
    },
    "latch: recurrent, sequence, 0.5": {
        "best": 0.002,
        "tried": [[0.001, 0.00090604], [0.002, 0.00042521], [0.005, 0.0016457]],
    },
}


def choices() -> dict[str, dict]:
    """Arm -> {"best": [rate, share], "tried": [[rate, share, validation loss], ...]};
    "task: arm, share" -> {"best": rate, "tried": [[rate, last loss], ...]}."""
    return CHOSEN or tune()


def tune() -> dict[str, dict]:
    """Split and start TUNING."""
    found: dict = {}
    for arm in ARMS:
        tried = []

        def attempt(rate, share, arm=arm, tried=tried):
            curve = learn_names(arm, rate, share, TUNING, SHORT)["valid"]
            tried.append([rate, share, min(curve)])

        for rate in RATES:
            attempt(rate, 0.0 if arm == "none" else SHARES[1])
        rate = min(tried, key=lambda row: row[-1])[0]
        for share in SHARES[::2] if arm != "none" else ():
            attempt(rate, share)
        found[arm] = {"best": min(tried, key=lambda row: row[-1])[:2], "tried": tried}
    for task, arms in MEMORY_ARMS.items():
        for arm, share in arms:
            tried = []
            for rate in MEMORY_RATES:
                nats = remember(task, arm, share, rate, TUNING)["nats"]
                tried.append([rate, nats[-1]])
            best, middle = min(tried, key=lambda row: row[-1]), tried[1]
            if middle[-1] < best[-1] + NEAR:
                best = middle
            found[f"{task}: {arm}, {share}"] = {"best": best[0], "tried": tried}
    return found


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
    """Witten-Bell n-grams of the same training names: nats on the validation and test
    names for each of "orders", a list a seed, and "result", the test loss of the order
    that is best on validation. Guessing: ln 4 for recall, ln 2 for the latch. And the
    choices, and the numbers that the network learns."""
    found: dict = {"orders": list(ORDERS), "valid": [], "test": [], "result": []}
    for seed in SEEDS:
        given = parts(seed)
        for part in ("valid", "test"):
            found[part].append(
                [count(n, given["training"], given[part]) for n in ORDERS]
            )
        found["result"].append(found["test"][-1][int(np.argmin(found["valid"][-1]))])
    found["recall"] = float(np.log(recall.SYMBOLS))
    found["latch"] = float(np.log(2))
    found["parameters"] = parameters_count(Reader(V, V, 2, "none", 0.0))
    return found | {"choices": choices()}


if __name__ == "__main__":
    main(__file__)
