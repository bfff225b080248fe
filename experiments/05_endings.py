"""Three ways to end a name, and one that does not know where the end is.

A tanh network of 64 units writes first names of the census, letter by letter. Arms:

    "end symbol"    softmax over 26 letters and END
    "stop unit"     softmax over 26 letters; beside it one logistic unit that says
                    after every letter whether the name is over
    "length, told"  a length is drawn from the counts of the training part; the network
                    reads with every letter how many are still to come
    "length, kept"  the same, but the network is not told

Adam, mean loss a symbol, float64. "loss" is that of "end symbol" at every step;
"nats" the held-out nats a name; "lengths" a histogram of 5,000 drawn names, from 0 to
20 letters; "endings" the share of drawn names whose last three letters (END included
at the front where a name is short) end no training name; "names" thirty drawn names;
"weights" those of "end symbol", rounded to 4 decimals, with which its other figures
were made.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from unrolled.data import names
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 2500
REHEARSAL = 150
ARMS = ("end symbol", "stop unit", "length, told", "length, kept")
V, UNITS, BATCH, RATE = len(names.ALPHABET), 64, 64, 0.004
LONGEST, DRAWN, LIMIT = 13, 5000, 20


def arrays(part: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Letters x (LONGEST + 1, B), END in front and 0 behind; lengths (B,)."""
    x = np.zeros((LONGEST + 2, len(part)), dtype=np.int64)
    for b, name in enumerate(part):
        x[1 : len(name) + 1, b] = names.encode(name)
    return torch.as_tensor(x), torch.as_tensor([len(name) for name in part])


class Namer(nn.Module):
    """One recurrent layer on one-hot letters (and letters to come), one read-out."""

    def __init__(self, arm: str) -> None:
        super().__init__()
        self.arm = arm
        extra = LONGEST + 1 if arm == "length, told" else 0
        self.rnn = nn.RNN(V + extra, UNITS)
        self.read_out = nn.Linear(UNITS, V)

    def inputs(self, x: torch.Tensor, left: torch.Tensor) -> torch.Tensor:
        """One-hot letters x (T, B); `left` (T, B), the letters still to come."""
        e = F.one_hot(x, V).double()
        if self.arm != "length, told":
            return e
        return torch.cat([e, F.one_hot(left.clamp(0, LONGEST), LONGEST + 1)], dim=-1)

    def nats(self, x: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
        """Nats of each name (B,), the length of the length arms not counted."""
        t = torch.arange(len(x) - 1)[:, None]
        o = self.read_out(self.rnn(self.inputs(x[:-1], n - t))[0])
        letters, end = t < n, t == n
        if self.arm == "end symbol":
            each = F.cross_entropy(o.flatten(0, 1), x[1:].flatten(), reduction="none")
            return (each.view(x[1:].shape) * (letters | end)).sum(0)
        y = (x[1:] - 1).clamp(min=0)
        each = F.cross_entropy(o[..., 1:].flatten(0, 1), y.flatten(), reduction="none")
        total = (each.view(y.shape) * letters).sum(0)
        if self.arm == "stop unit":
            stop = F.binary_cross_entropy_with_logits(
                o[..., 0], end.double(), reduction="none"
            )
            total = total + (stop * (letters | end)).sum(0)
        return total


def train(arm: str, seed: int, steps: int) -> tuple[Namer, list[float]]:
    """The trained network and its mean loss a symbol at every step."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = Namer(arm).double()
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    x, n = arrays(names.split(seed)[0])
    losses = []
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        b = torch.randint(len(n), (BATCH,))
        loss = net.nats(x[:, b], n[b]).sum() / (n[b] + 1).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return net, losses


def round_weights(net: nn.Module) -> None:
    """Keep 4 decimals of every parameter, and one bias where PyTorch has two."""
    with torch.no_grad():
        net.rnn.bias_ih_l0 += net.rnn.bias_hh_l0
        net.rnn.bias_hh_l0.zero_()
        for weight in net.parameters():
            weight.copy_((weight * 1e4).round() / 1e4)


def weights(net: nn.Module) -> dict:
    """The parameters in the course's names and orientation."""
    arrays_ = {
        "W_xh": net.rnn.weight_ih_l0.T,
        "W_hh": net.rnn.weight_hh_l0.T,
        "b_h": net.rnn.bias_ih_l0,
        "W_ho": net.read_out.weight.T,
        "b_o": net.read_out.bias,
    }
    return {name: w.detach().numpy().round(4).tolist() for name, w in arrays_.items()}


def length_counts(seed: int) -> np.ndarray:
    """Probability of each length from 0 to LONGEST; one more than seen, none for 0."""
    seen = [len(name) for name in names.split(seed)[0]]
    counts = np.bincount(seen, minlength=LONGEST + 1) + 1.0
    counts[0] = 0
    return counts / counts.sum()


@torch.no_grad()
def draw(net: Namer, seed: int) -> list[str]:
    """DRAWN names, drawn from the probabilities; cut at LIMIT letters."""
    rng = np.random.default_rng([seed, 5])
    left = np.full(DRAWN, LIMIT)
    if net.arm.startswith("length"):
        left = rng.choice(LONGEST + 1, size=DRAWN, p=length_counts(seed))
    x, h = torch.zeros(1, DRAWN, dtype=torch.long), None
    written, alive = [""] * DRAWN, left > 0
    for t in range(LIMIT):
        out, h = net.rnn(net.inputs(x, torch.as_tensor(left - t)[None]), h)
        o = net.read_out(out[0])
        if net.arm == "end symbol":
            p = o.softmax(-1).numpy()
        else:
            p = np.zeros((DRAWN, V))
            p[:, 1:] = o[:, 1:].softmax(-1).numpy()
        u = rng.random((2, DRAWN))
        symbol = np.minimum(
            (p.cumsum(1) < u[0][:, None] * p.sum(1)[:, None]).sum(1), 26
        )
        if net.arm == "stop unit":
            symbol = np.where(u[1] < o[:, 0].sigmoid().numpy(), 0, symbol)
        alive &= (symbol > 0) & (t < left)
        for b in np.flatnonzero(alive):
            written[b] += names.ALPHABET[symbol[b]]
        if not alive.any():
            break
        x = torch.as_tensor(symbol)[None]
    return written


def endings(written: list[str], training: list[str]) -> float:
    """Share of `written` whose last three letters end no name of `training`."""
    known = {("." + name)[-3:] for name in training}
    return float(np.mean([("." + name)[-3:] not in known for name in written]))


def held_out_nats(net: Namer, seed: int) -> float:
    """Mean nats a held-out name, its length included."""
    test = names.split(seed)[1]
    x, n = arrays(test)
    with torch.no_grad():
        nats = net.nats(x, n).numpy()
    if net.arm.startswith("length"):
        nats = nats - np.log(length_counts(seed)[n.numpy()])
    return float(nats.mean())


def run(seed: int, steps: int) -> dict:
    """The arm "end symbol"; for a whole run everything else."""
    net, losses = train("end symbol", seed, steps)
    result: dict = {"loss": losses}
    if steps < STEPS:
        return result
    round_weights(net)
    result["weights"] = weights(net)
    for key in ("nats", "lengths", "endings", "names"):
        result[key] = {}
    training = names.split(seed)[0]
    for arm in ARMS:
        if arm != "end symbol":
            net, _ = train(arm, seed, steps)
        written = draw(net, seed)
        lengths = np.bincount([len(name) for name in written], minlength=LIMIT + 1)
        result["nats"][arm] = held_out_nats(net, seed)
        result["lengths"][arm] = lengths.tolist()
        result["endings"][arm] = endings(written, training)
        result["names"][arm] = written[:30]
    return result


def baseline() -> dict:
    """Real lengths and endings, and the nats a name of letter frequencies alone."""
    unigram, lengths, ends = [], [], []
    for seed in SEEDS:
        training, test = names.split(seed)
        symbols = sum(len(name) + 1 for name in test) / len(test)
        streams = names.stream(training), names.stream(test)
        unigram.append(names.unigram_loss(*streams) * symbols)
        lengths.append(
            np.bincount([len(name) for name in test], minlength=LIMIT + 1).tolist()
        )
        ends.append(endings(test, training))
    return {"unigram": unigram, "lengths": lengths, "endings": ends}


if __name__ == "__main__":
    main(__file__)
