"""The same messages in two languages, cut into characters or into words: what a
message costs.

unrolled.data.messages gives the texts of an interface in English and in Chinese. A
model reads one message at a time, END first, and is charged for every token and for the
END after the last. Nats a token cannot be compared between characters and words, bits a
message can: that is the whole price of the same text, provided that unknown tokens are
paid for. Tokens seen less than twice in training are one id, UNKNOWN, for every model
alike. After it the token is spelled: a character costs log2(1,114,112), enough to point
at any code point of Unicode; a word costs the bits of its characters and of an END
under a 3-gram model of the rare words of the training part (a character unknown to it
is again an UNKNOWN and a code point). "spelling" is that part of the bits a message.

The networks: an embedding of 64, one layer of 128 units, tanh or GRU (borrowed until
chapter 11), dropout 0.1 before and after the layer, Adam, a rate of 0.008 that falls to
zero along half a cosine, STEPS batches of 32 messages at every level; float32. A tenth
of the training messages is put aside; it decided between three pairs of rate and
dropout (tanh, seed 0) and decides after which of the checked steps a network is taken.
Counts and networks see the other nine tenths. "loss" is the training loss of the tanh
network on English words at every step.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from unrolled.data import messages
from unrolled.experiment import main
from unrolled.ngram import WittenBell

SEEDS = (0, 1, 2)
STEPS = 900
REHEARSAL = 100
EVERY = 100
BATCH, EMBEDDING, UNITS, RATE, DROP = 32, 64, 128, 0.008, 0.1
ORDERS = (1, 2, 3, 4, 5, 6)
CELLS = {"tanh": nn.RNN, "gru": nn.GRU}
END, UNKNOWN, PADDING = 0, 1, -100
CODE_POINT = float(np.log2(0x110000))
LEVELS = {
    "English, characters": (0, messages.characters),
    "English, words": (0, messages.english_words),
    "Chinese, characters": (1, messages.characters),
    "Chinese, words": (1, messages.chinese_words),
}

Texts = list[list[str]]


@cache
def tokens(level: str, seed: int) -> tuple[Texts, Texts, Texts]:
    """Tokens of every message: nine tenths of the training part, a tenth, held out."""
    side, cut_up = LEVELS[level]
    training, held_out = messages.split(seed)
    training, held_out = (
        [cut_up(pair[side]) for pair in part] for part in (training, held_out)
    )
    cut = round(0.9 * len(training))
    return training[:cut], training[cut:], held_out


class Symbols:
    """Ids of tokens, and what it costs to spell those that have none."""

    def __init__(self, training: Texts, spelled: bool) -> None:
        counts = Counter(token for text in training for token in text)
        common = sorted(token for token, n in counts.items() if n > 1)
        self.ids = {token: i for i, token in enumerate(common, 2)}
        self.V = len(common) + 2
        self.speller = None
        if spelled:
            rare = [list(token) for token, n in counts.items() if n == 1]
            every = [list(token) for token in counts]
            self.letters = Symbols(every, False)
            self.speller = WittenBell(3, self.letters.V)
            for letters in rare:
                self.speller.fit([*self.letters.encode(letters)[1:]])

    def encode(self, text: list[str]) -> list[int]:
        """END, the ids, END."""
        return [END, *(self.ids.get(token, UNKNOWN) for token in text), END]

    def spelling(self, text: list[str]) -> float:
        """Bits for the tokens without an id."""
        return sum(self._bits(token) for token in text if token not in self.ids)

    def _bits(self, token: str) -> float:
        if self.speller is None:
            return CODE_POINT
        ids = self.letters.encode(list(token))[1:]
        bits = float(self.speller.nats(ids).sum()) / np.log(2)
        return bits + self.letters.spelling(list(token))


def prices(nats: float, texts: Texts, symbols: Symbols) -> dict[str, float]:
    """From the summed nats of all ids: bits a message, spelling in it, nats a token."""
    spelling = sum(symbols.spelling(text) for text in texts) / len(texts)
    return {
        "bits": nats / np.log(2) / len(texts) + spelling,
        "spelling": spelling,
        "nats": nats / sum(len(text) + 1 for text in texts),
    }


class Net(nn.Module):
    """Embedding, one recurrent layer, read-out, dropout in between."""

    def __init__(self, cell: str, V: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, EMBEDDING)
        self.rnn = CELLS[cell](EMBEDDING, UNITS)
        self.read_out = nn.Linear(UNITS, V)
        self.dropout = nn.Dropout(DROP)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.read_out(self.dropout(self.rnn(self.dropout(self.embedding(x)))[0]))


def columns(texts: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and targets (T, B) of encoded messages; PADDING where there is none."""
    x = torch.full((max(map(len, texts)) - 1, len(texts)), END)
    y = torch.full_like(x, PADDING)
    for b, ids in enumerate(texts):
        x[: len(ids) - 1, b] = torch.tensor(ids[:-1])
        y[: len(ids) - 1, b] = torch.tensor(ids[1:])
    return x, y


@torch.no_grad()
def summed(net: Net, batches: list) -> float:
    """Nats of all tokens of all messages."""
    net.eval()
    total = sum(
        cross_entropy(net(x).flatten(0, 1), y.flatten(), reduction="sum").item()
        for x, y in batches
    )
    net.train()
    return total


def by_length(order: list[int], texts: list[list[int]]) -> list[list[int]]:
    """Batches of messages of about one length, so that little padding is computed."""
    order = sorted(order, key=lambda i: len(texts[i]))
    return [order[i : i + BATCH] for i in range(0, len(order), BATCH)]


def train(level: str, cell: str, seed: int, steps: int) -> tuple[list, dict]:
    """Loss at every step; the curves, the step chosen, and the prices there."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    parts = tokens(level, seed)
    symbols = Symbols(parts[0], level.endswith("words"))
    fit, *others = ([symbols.encode(text) for text in part] for part in parts)
    tests = [
        [columns([part[i] for i in b]) for b in by_length(list(range(len(part))), part)]
        for part in others
    ]
    net, rng = Net(cell, symbols.V), np.random.default_rng(seed)
    rule = torch.optim.Adam(net.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(rule, STEPS)
    losses, curves, todo = [], [], []
    for step in range(steps):
        if not todo:
            order = rng.permutation(len(fit)).tolist()
            pools = [order[i : i + 8 * BATCH] for i in range(0, len(fit), 8 * BATCH)]
            todo = [batch for pool in pools for batch in by_length(pool, fit)]
            todo = [todo[i] for i in rng.permutation(len(todo))]
        x, y = columns([fit[i] for i in todo.pop()])
        loss = cross_entropy(net(x).flatten(0, 1), y.flatten(), ignore_index=PADDING)
        rule.zero_grad()
        loss.backward()
        rule.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % EVERY == 0:
            curves.append([summed(net, batches) for batches in tests])
    if not curves:
        return losses, {}
    best = int(np.argmin([aside for aside, _ in curves]))
    found: dict = prices(curves[best][1], parts[2], symbols)
    found["stop"] = (best + 1) * EVERY
    found["curve"] = [prices(c[1], parts[2], symbols)["bits"] for c in curves]
    return losses, found


def run(seed: int, steps: int) -> dict:
    """The tanh network on English words; for a whole run every level and cell."""
    if steps < STEPS:
        return {"loss": train("English, words", "tanh", seed, steps)[0]}
    result: dict = {"held_out": {}}
    for level in LEVELS:
        result["held_out"][level] = {}
        for cell in CELLS:
            losses, result["held_out"][level][cell] = train(level, cell, seed, steps)
            if (level, cell) == ("English, words", "tanh"):
                result["loss"] = losses
    return result


def counted(level: str, seed: int) -> dict:
    """Prices under n-grams of every order, and what the texts are like."""
    fit, _, held_out = tokens(level, seed)
    symbols = Symbols(fit, level.endswith("words"))
    unknown = [t not in symbols.ids for text in held_out for t in text]
    found: dict = {
        "symbols": symbols.V,
        "tokens a message": len(unknown) / len(held_out),
        "unknown": float(np.mean(unknown)),
    }
    for n in ORDERS:
        model = WittenBell(n, symbols.V)
        for text in fit:
            model.fit(symbols.encode(text))
        model.counts[()][END] -= len(fit)  # the END before a message is given
        model.totals[()] -= len(fit)
        nats = sum(model.nats(symbols.encode(t))[1:].sum() for t in held_out)
        found[str(n)] = prices(float(nats), held_out, symbols)
    return found


def baseline() -> dict:
    """Unigram to 6-gram, for every level and seed."""
    return {level: [counted(level, seed) for seed in SEEDS] for level in LEVELS}


if __name__ == "__main__":
    main(__file__)
