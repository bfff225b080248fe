"""A network that learns its training names by heart, and three ways to hold it back.

A tanh network of 128 units predicts the next letter of first names of the census; its
input is an embedding of 128 numbers, so that the read-out can be the same matrix. It
learns from LEARNED names only and is tested on all held-out ones. Arms:

    "plain"           nothing
    "dropout"         half of the embedding's and of the read-out's inputs are dropped
    "tied"            the read-out is the transposed embedding
    "dropout, tied"   both
    "fewer units"     32 units and numbers, nothing else

Adam, mean loss a symbol, float32. "loss" is that of "plain" at every step, as trained;
"curves" holds for each arm the nats a symbol on the training part and on the held-out
part, without dropout, every EVERY steps; "parameters" the number of parameters.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from unrolled.data import names
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 1200
REHEARSAL = 150
EVERY = 40
ARMS = ("plain", "dropout", "tied", "dropout, tied", "fewer units")
V, BATCH, RATE, LONGEST = len(names.ALPHABET), 64, 0.002, 13
NONE = -100
LEARNED = 600  # names, of 4,647


def arrays(part: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs x (T, B), END in front, and targets y (T, B), NONE behind the end."""
    x = np.zeros((LONGEST, len(part)), dtype=np.int64)
    y = np.full((LONGEST, len(part)), NONE)
    for b, name in enumerate(part):
        ids = names.encode(name)
        x[1 : len(ids) + 1, b] = ids
        y[: len(ids) + 1, b] = [*ids, 0]
    return torch.as_tensor(x), torch.as_tensor(y)


class Reader(nn.Module):
    """Embedding, one recurrent layer, read-out; both non-recurrent ways may drop."""

    def __init__(self, arm: str) -> None:
        super().__init__()
        units = 32 if arm == "fewer units" else 128
        self.drop = nn.Dropout(0.5 if "dropout" in arm else 0.0)
        self.embedding = nn.Embedding(V, units)
        nn.init.normal_(self.embedding.weight, std=units**-0.5)
        self.rnn = nn.RNN(units, units)
        self.read_out = nn.Linear(units, V)
        if "tied" in arm:
            self.read_out.weight = self.embedding.weight

    def loss(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Mean nats a symbol."""
        h = self.rnn(self.drop(self.embedding(x)))[0]
        o = self.read_out(self.drop(h))
        return F.cross_entropy(o.flatten(0, 1), y.flatten(), ignore_index=NONE)


def train(arm: str, seed: int, steps: int) -> tuple[list, dict]:
    """Loss at each step, and the curves and size of an arm."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = Reader(arm)
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    learned, held_out = names.split(seed)
    training, test = arrays(learned[:LEARNED]), arrays(held_out)
    losses, curves = [], {"training": [], "held out": []}
    for step in range(steps):
        b = torch.randint(training[0].shape[1], (BATCH,))
        net.train()
        loss = net.loss(training[0][:, b], training[1][:, b])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if (step + 1) % EVERY == 0:
            net.eval()
            with torch.no_grad():
                curves["training"].append(net.loss(*training).item())
                curves["held out"].append(net.loss(*test).item())
    size = sum(w.numel() for w in net.parameters()) - net.rnn.bias_hh_l0.numel()
    return losses, {**curves, "parameters": size}


def run(seed: int, steps: int) -> dict:
    """The arm "plain"; for a whole run all arms."""
    losses, plain = train("plain", seed, steps)
    if steps < STEPS:
        return {"loss": losses}
    arms = {"plain": plain}
    for arm in ARMS[1:]:
        arms[arm] = train(arm, seed, steps)[1]
    return {"loss": losses, "arms": arms}


def baseline() -> dict:
    """Held-out nats a symbol of letter frequencies alone, a seed each."""
    unigram = []
    for seed in SEEDS:
        learned, held_out = names.split(seed)
        streams = names.stream(learned[:LEARNED]), names.stream(held_out)
        unigram.append(names.unigram_loss(*streams))
    return {"unigram": unigram}


if __name__ == "__main__":
    main(__file__)
