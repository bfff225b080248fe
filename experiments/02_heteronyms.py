"""Reading Chinese heteronyms: from the left, from the right, or from both sides?

A tanh network of 64 units reads the characters of a phrase and names the reading of
each heteronym (unrolled.data.heteronyms). Arms: "forward" reads from left to right,
"backward" from right to left, "both" has 32 units in each direction, so every read-out
sees 64 numbers. Adam, mean cross-entropy a target; float64.

"loss" is the loss of the arm "both" at every step; "accuracy" holds, for each arm, the
share of right readings in the held-out phrases after every epoch; "known" the same at
the end, by which neighbour can help: in the training part the character stood before
the same next character only ("next"), after the same previous one only ("previous"),
beside both, or beside neither.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from unrolled.data import heteronyms
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 2784  # 12 epochs
REHEARSAL = 150
ARMS = ("forward", "backward", "both")
GROUPS = ("next", "previous", "both", "neither")
EMBEDDING, UNITS, BATCH, RATE = 32, 64, 64, 0.003


class Tagger(nn.Module):
    """Embedding, one recurrent layer, one linear read-out at every step."""

    def __init__(self, arm: str, symbols: int, classes: int) -> None:
        super().__init__()
        both = arm == "both"
        self.backward_only = arm == "backward"
        self.embedding = nn.Embedding(symbols, EMBEDDING)
        self.rnn = nn.RNN(EMBEDDING, UNITS // (1 + both), bidirectional=both)
        self.read_out = nn.Linear(UNITS, classes)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """x (T, B) ids, lengths (B,) -> logits (T, B, classes)"""
        order = reversal(len(x), lengths)
        e = self.embedding(x.gather(0, order) if self.backward_only else x)
        packed = pack_padded_sequence(e, lengths, enforce_sorted=False)
        h, _ = pad_packed_sequence(self.rnn(packed)[0], total_length=len(x))
        if self.backward_only:
            h = h.gather(0, order[..., None].expand_as(h))
        return self.read_out(h)


def reversal(T: int, lengths: torch.Tensor) -> torch.Tensor:
    """(T, B) indices that reverse the first lengths[b] steps and keep the padding."""
    t = torch.arange(T)[:, None]
    return torch.where(t < lengths, lengths - 1 - t, t)


def tensors(part: list, ids: dict) -> tuple[torch.Tensor, ...]:
    """x (T, B), y (T, B), lengths (B,) of a part of the data."""
    return tuple(torch.as_tensor(a) for a in heteronyms.encode(part, ids))


def train(arm: str, seed: int, steps: int) -> tuple[list, list, np.ndarray]:
    """Loss at each step, held-out accuracy after each epoch, and what was right (T, B)
    at the end (NaN where there is no target)."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    training, held_out = heteronyms.split(seed)
    ids = heteronyms.vocabulary(training)
    x, y, n = tensors(training, ids)
    test_x, test_y, test_n = tensors(held_out, ids)
    net = Tagger(arm, len(ids) + 2, len(heteronyms.labels())).double()
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    losses, accuracy = [], []
    right = np.empty(0)
    while len(losses) < steps:
        for rows in torch.randperm(len(n)).split(BATCH)[: steps - len(losses)]:
            o = net(x[:, rows], n[rows])
            loss = F.cross_entropy(
                o.flatten(0, 1),
                y[:, rows].flatten(),
                ignore_index=heteronyms.NO_TARGET,
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        with torch.no_grad():
            named = net(test_x, test_n).argmax(-1)
        right = np.where(test_y >= 0, (named == test_y).double(), np.nan)
        accuracy.append(float(np.nanmean(right)))
    return losses, accuracy, right


def known(training: list, part: list) -> np.ndarray:
    """(T, B) of "next", "previous", "both", "neither": which neighbour was seen beside
    this character in training; "" in the padding."""
    seen = {pair for p, _ in training for t in range(len(p)) for pair in around(p, t)}
    found = np.full((max(len(phrase) for phrase, _ in part), len(part)), "", "<U8")
    for b, (phrase, _) in enumerate(part):
        for t in range(len(phrase)):
            sides = [side for c, side, d in around(phrase, t) if (c, side, d) in seen]
            one = sides[0] if sides else "neither"
            found[t, b] = "both" if len(sides) == 2 else one
    return found


def groups(seed: int, right: np.ndarray) -> dict[str, float]:
    """Accuracy by known neighbour, from what was right (T, B)."""
    which = known(*heteronyms.split(seed))
    return {name: float(np.nanmean(right[which == name])) for name in GROUPS}


def run(seed: int, steps: int) -> dict:
    """The arm "both"; for a whole run also the other arms and "known"."""
    losses, accuracy, right = train("both", seed, steps)
    result: dict = {"loss": losses}
    if steps == STEPS:
        result["accuracy"] = {"both": accuracy}
        result["known"] = {"both": groups(seed, right)}
        for arm in ARMS[:2]:
            _, result["accuracy"][arm], right = train(arm, seed, steps)
            result["known"][arm] = groups(seed, right)
    return result


def by_table(seed: int, neighbours: bool) -> np.ndarray:
    """What the commonest reading gets right (T, B): of the character, or, if it stood
    beside the same next or previous character before, of the character there."""
    training, held_out = heteronyms.split(seed)
    commonest = heteronyms.commonest(training)
    beside: dict = {}
    for phrase, readings in training:
        for t, reading in enumerate(readings):
            for pair in around(phrase, t) if neighbours else ():
                count = beside.setdefault(pair, {})
                count[reading] = count.get(reading, 0) + 1
    _, y, _ = heteronyms.encode(held_out, {})
    right = np.full(y.shape, np.nan)
    for b, (phrase, readings) in enumerate(held_out):
        for t, character in enumerate(phrase):
            if y[t, b] < 0:
                continue
            votes: dict = {}
            for pair in around(phrase, t):
                for reading, n in beside.get(pair, {}).items():
                    votes[reading] = votes.get(reading, 0) + n
            best = min(votes, key=lambda r: (-votes[r], r)) if votes else None
            right[t, b] = (best or commonest.get(character)) == readings[t]
    return right


def around(phrase: str, t: int) -> list[tuple]:
    """The character with its next one, and with its previous one."""
    pairs = []
    if t + 1 < len(phrase):
        pairs.append((phrase[t], "next", phrase[t + 1]))
    if t > 0:
        pairs.append((phrase[t], "previous", phrase[t - 1]))
    return pairs


def baseline() -> dict:
    """Two tables, for each seed: the commonest reading of the character, and the
    commonest beside the same neighbours."""
    result: dict = {}
    for name, neighbours in (("commonest", False), ("neighbours", True)):
        found = [by_table(seed, neighbours) for seed in SEEDS]
        result[name] = [float(np.nanmean(right)) for right in found]
        result[name + ", known"] = [
            groups(seed, right) for seed, right in zip(SEEDS, found, strict=True)
        ]
    result["share"] = []
    for seed in SEEDS:
        training, held_out = heteronyms.split(seed)
        which = known(training, held_out)[heteronyms.encode(held_out, {})[1] >= 0]
        result["share"].append({g: float(np.mean(which == g)) for g in GROUPS})
    return result


if __name__ == "__main__":
    main(__file__)
