"""A ladder of networks that read the numbers from one to 9999, one change a rung.

The task is that of chapter 12 of Howard and Gugger's book: the numbers in words, joined
by ".", 30 different words, 63,098 in all; name the next word. Every network has 64
units a layer, reads the training part EPOCHS times in 64 streams side by side (Adam,
the learning rate falls to zero along half a cosine; float32) and differs from an
earlier rung in one thing:

    three words     reads three words from the zero state, names the fourth; tanh
    carried         the state goes on from chunk to chunk (its gradient does not)
    every word      ... and every word is a target, not every third
    sixteen         ... and a chunk, so the reach of the gradient, is 16 words
    two layers      sixteen with a second tanh layer
    relu            sixteen with a rectifier instead of tanh
    relu, two       relu with a second layer
    lstm            sixteen with nn.LSTM (borrowed until chapter 11)
    lstm, two       lstm with a second layer
    sixteen, long   sixteen, four times as many passes

Two ways to hold out a fifth. "position": the last fifth of the words, as in the book,
so that most numbers from 8000 on, whose first words hardly occur in training, are the
test. "blocks": 20 of the 100 blocks of a hundred numbers, at random.

The score is the share of right words among all words of the held-out part, read in 64
streams from the zero state ("three words" sees three words, and is not asked for the
first three of a stream). "accuracy" holds it after every epoch, "kinds" at the end by
kind of word. The tables of counts are asked the same. Every rung has the rate of RATES
that does best on the last eighth of the training part by position ("rates", seed 0).
"loss" is the training loss of "sixteen" at every step, split by position.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from unrolled.data import human_numbers
from unrolled.experiment import main
from unrolled.ngram import WittenBell

SEEDS = (0, 1, 2)
EPOCHS = 15
STEPS = 735  # 15 times 49 chunks of 16 words
REHEARSAL = 98
STREAMS, UNITS = 64, 64
SPLITS = ("position", "blocks")
ORDERS = (1, 2, 3, 4, 5, 6, 7, 8)
RATES = (0.001, 0.003, 0.01)
KINDS = ("full stop", "scale", "thousands", "hundreds", "tens and units")
ARMS = {  # words a chunk, state carried, every word a target, layers, cell, rate
    "three words": (3, False, False, 1, "tanh", 0.01),
    "carried": (3, True, False, 1, "tanh", 0.003),
    "every word": (3, True, True, 1, "tanh", 0.003),
    "sixteen": (16, True, True, 1, "tanh", 0.003),
    "two layers": (16, True, True, 2, "tanh", 0.01),
    "relu": (16, True, True, 1, "relu", 0.01),
    "relu, two": (16, True, True, 2, "relu", 0.01),
    "lstm": (16, True, True, 1, "lstm", 0.01),
    "lstm, two": (16, True, True, 2, "lstm", 0.01),
    "sixteen, long": (16, True, True, 1, "tanh", 0.003),
}
BOTH_SPLITS = ("three words", "sixteen", "two layers", "lstm", "sixteen, long")


@cache
def vocabulary() -> dict[str, int]:
    """Word -> id; "." is 0, the others in the order in which they first occur."""
    text = " . ".join(human_numbers.numbers())
    return {w: i for i, w in enumerate(dict.fromkeys([".", *text.split()]))}


def words(numbers: list[str]) -> tuple[list[str], np.ndarray]:
    """The words of a list of numbers, each followed by ".", and their kinds."""
    found, kinds = [], []
    for number in numbers:
        one = [*number.split(), "."]
        for t, word in enumerate(one):
            if word == ".":
                kinds.append(0)
            elif word in ("hundred", "thousand"):
                kinds.append(1)
            else:
                kinds.append({"thousand": 2, "hundred": 3}.get(one[t + 1], 4))
        found += one
    return found, np.array(kinds)


def parts(split: str, seed: int) -> tuple[tuple, tuple]:
    """(ids, kinds) of the training part and of the held-out part."""
    numbers = human_numbers.numbers()
    if split == "position":
        text, kinds = words(list(numbers))
        ids = np.array([vocabulary()[w] for w in text])
        cut = int(0.8 * len(ids))
        return (ids[:cut], kinds[:cut]), (ids[cut:], kinds[cut:])
    blocks = [list(numbers[max(0, n - 1) : n + 99]) for n in range(0, 10_000, 100)]
    out = np.random.default_rng(seed).permutation(100)[:20]
    found = []
    for wanted in (False, True):
        chosen = [b for i, b in enumerate(blocks) if (i in out) == wanted]
        text, kinds = words([n for b in chosen for n in b])
        found.append((np.array([vocabulary()[w] for w in text]), kinds))
    return found[0], found[1]


def streams(a: np.ndarray) -> np.ndarray:
    """(T, STREAMS): the text cut into pieces, side by side; the rest is left out."""
    return np.ascontiguousarray(a[: len(a) // STREAMS * STREAMS].reshape(STREAMS, -1).T)


class Net(nn.Module):
    """Embedding, recurrent layers, read-out at every word."""

    def __init__(self, cell: str, layers: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(vocabulary()), UNITS)
        if cell == "lstm":
            self.rnn = nn.LSTM(UNITS, UNITS, layers)
        else:
            self.rnn = nn.RNN(UNITS, UNITS, layers, nonlinearity=cell)
        self.read_out = nn.Linear(UNITS, len(vocabulary()))

    def forward(self, x: torch.Tensor, state: object) -> tuple[torch.Tensor, object]:
        h, state = self.rnn(self.embedding(x), state)
        return self.read_out(h), state


@torch.no_grad()
def named(net: Net, carried: bool, ids: torch.Tensor) -> np.ndarray:
    """(T-1, STREAMS) the words named after words 0..T-2; -1 where none is asked for."""
    if carried:
        return net(ids[:-1], None)[0].argmax(-1).numpy()
    windows = ids[:-1].unfold(0, 3, 1).permute(2, 0, 1)  # (3, T-3, STREAMS)
    last = net(windows.flatten(1), None)[0][-1].argmax(-1)
    guess = torch.full_like(ids[1:], -1)
    guess[2:] = last.reshape(-1, STREAMS)
    return guess.numpy()


def train(arm: str, seed: int, part: tuple, other: tuple, steps: int, rate: float = 0):
    """Loss a step; accuracy on `other` after each epoch; what was right, and kinds."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    chunk, carried, every, layers, cell, default = ARMS[arm]
    passes = EPOCHS * (4 if arm.endswith("long") else 1)
    net = Net(cell, layers)
    x, test = torch.as_tensor(streams(part[0])), torch.as_tensor(streams(other[0]))
    kinds = streams(other[1])[1:]
    epoch = (len(x) - 1) // chunk
    rule = torch.optim.Adam(net.parameters(), rate or default)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(rule, passes * epoch)
    losses, accuracy, right, state = [], [], np.empty(0), None
    for step in range(min(steps, passes * epoch)):
        start = step % epoch * chunk
        if start == 0 or not carried:
            state = None
        o, state = net(x[start : start + chunk], state)
        state = tuple(s.detach() for s in state) if cell == "lstm" else state.detach()
        y = x[start + 1 : start + chunk + 1]
        o, y = (o, y) if every else (o[-1:], y[-1:])
        loss = cross_entropy(o.flatten(0, 1), y.flatten())
        rule.zero_grad()
        loss.backward()
        rule.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % epoch == 0:
            guess = named(net, carried, test)
            right = np.where(guess < 0, np.nan, guess == test[1:].numpy())
            accuracy.append(float(np.nanmean(right)))
    return losses, accuracy, right, kinds


def by_kind(right: np.ndarray, kinds: np.ndarray) -> dict[str, float]:
    return {name: float(np.nanmean(right[kinds == k])) for k, name in enumerate(KINDS)}


def run(seed: int, steps: int) -> dict:
    """Losses of "sixteen"; for a whole run every rung and both splits."""
    if steps < STEPS:
        return {"loss": train("sixteen", seed, *parts("position", seed), steps)[0]}
    result: dict = {"accuracy": {}, "kinds": {}, "final_loss": {}}
    for split in SPLITS:
        part, other = parts(split, seed)
        for name in ("accuracy", "kinds", "final_loss"):
            result[name][split] = {}
        for arm in ARMS if split == "position" else BOTH_SPLITS:
            losses, accuracy, right, kinds = train(arm, seed, part, other, 10**9)
            result["accuracy"][split][arm] = accuracy
            result["kinds"][split][arm] = by_kind(right, kinds)
            result["final_loss"][split][arm] = float(np.mean(losses[-40:]))
            if (split, arm) == ("position", "sixteen"):
                result["loss"] = losses
    return result


def tables(split: str, seed: int) -> dict:
    """Accuracy of the commonest word and of tables of each order, and their kinds."""
    part, other = parts(split, seed)
    test, kinds = streams(other[0]), streams(other[1])[1:]
    found: dict = {
        "majority": float(np.mean(test[1:] == np.bincount(part[0]).argmax()))
    }
    found["majority of held-out"] = float(
        np.bincount(test[1:].ravel()).max() / kinds.size
    )
    for n in ORDERS:
        model = WittenBell(n, len(vocabulary()))
        model.fit(part[0])
        guess = np.empty_like(test[1:])
        known: dict = {}
        for b in range(STREAMS):
            for t in range(len(guess)):
                context = tuple(test[max(0, t + 2 - n) : t + 1, b].tolist())
                if context not in known:
                    known[context] = int(model.probabilities(context).argmax())
                guess[t, b] = known[context]
        right = (guess == test[1:]).astype(float)
        found[str(n)] = {
            "accuracy": float(right.mean()),
            "kinds": by_kind(right, kinds),
        }
    return found


def tuning() -> dict:
    """Accuracy of each rate on the last eighth of the training part, seed 0; the arms
    are trained on the rest of it."""
    ids, kinds = parts("position", 0)[0]
    cut = int(7 / 8 * len(ids))
    part, other = (ids[:cut], kinds[:cut]), (ids[cut:], kinds[cut:])
    return {
        arm: {str(r): train(arm, 0, part, other, 10**9, r)[1][-1] for r in RATES}
        for arm in ARMS
        if not arm.endswith("long")
    }


def baseline() -> dict:
    """The commonest word, tables of counts, and how the learning rates were chosen."""
    kinds = streams(parts("position", 0)[1][1])[1:].ravel()
    return {
        "position": tables("position", 0),
        "blocks": [tables("blocks", seed) for seed in SEEDS],
        "share of kinds": {k: float(np.mean(kinds == i)) for i, k in enumerate(KINDS)},
        "rates": tuning(),
    }


if __name__ == "__main__":
    main(__file__)
