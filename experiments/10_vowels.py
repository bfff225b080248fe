"""Whose voice is it? A reservoir and a regression beside trained recurrent networks.

JapaneseVowels (unrolled.data.japanese_vowels): 270 recordings to train on, 370 to test,
nine speakers, 7 to 29 steps of 12 numbers, standardised with the training part. All
that is chosen is chosen by cross-validation on the training part: FOLDS parts with
equally many recordings of each speaker, the same for every arm; by the number of wrong
held-out recordings, then by the held-out loss. Results are wrong test recordings, of
370.

"reservoir"  H units (each of SIZES), leak, radius, input scale and ridge penalty chosen
             for each size and read-out from two reservoirs of TUNING (400 units take
             those of 200); regression on one-hot targets, +-1. Read-outs: "last", the
             last state; "mean", the mean state; "three", the states and the inputs
             after a third, two thirds and all of the recording
"voters"     4 units, with the numbers that a public reimplementation of Jaeger et al.
             2007 uses (radius 0.2, leak 0.2, input weights within 1.5, inputs shifted
             to a minimum of 0, with a constant 0.07 and the length over 30 as inputs,
             "three", targets +-0.9 behind a tanh, plain least squares); the outputs of
             N such networks are averaged; nothing is chosen here. Controls: "static",
             the same 4 units without recurrence (W_hh = 0, leak 1); "no units", the
             inputs at the three points alone
"nets"       tanh, GRU, LSTM with about equally many numbers; the same three read-outs
             go into the softmax; Adam, batches of BATCH, clipped to norm 1, the rate
             falls to zero along half a cosine over EPOCHS; rate, dropout before the
             read-out and epoch chosen; "errors" at the chosen epoch, "curve" after each
In baseline(): the largest class; ridge and logistic regression on the mean input and on
inputs resampled to some lengths (length and penalty chosen); "random", ridge on UNITS
random tanh features of the resampled inputs, without recurrence (5 draws). "cv" is the
cross-validation errors of 270 of what was chosen, "seconds" CPU-seconds of one fit.
"loss" is the training loss of the tanh network with the mean state.
"""

from __future__ import annotations

import itertools
import time
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unrolled import reservoir
from unrolled.data import japanese_vowels
from unrolled.experiment import main

SEEDS = (0, 1, 2, 3, 4)
STEPS = 180
REHEARSAL = 60
FOLDS, TUNING = 5, 100
SIZES = (50, 100, 200, 400)
READ_OUTS = ("last", "mean", "three")
GRID = list(
    itertools.product(
        (0.05, 0.1, 0.3, 1.0), (0.3, 0.8, 1.2, 1.6), (0.03, 0.1, 0.3, 1.0)
    )
)
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)
VOTERS = (1, 10, 100, 500)
UNITS = 400  # of "random"
WIDTHS = {"tanh": 100, "gru": 56, "lstm": 48}
CELLS = {"tanh": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
RATES = (0.003, 0.01, 0.03, 0.1)
DROPOUTS = (0.0, 0.5)  # the second at the best rate of the first
BATCH, EPOCHS = 45, 30
Array = np.ndarray


@cache
def data() -> dict[str, Array]:
    """x (29, 640, 12) standardised and zero behind the end, n (640,), who (640,)."""
    training, testing = japanese_vowels.load()
    frames = np.concatenate([x for x, _ in training])
    everything = training + testing
    x = np.zeros((29, len(everything), 12))
    for i, (recording, _) in enumerate(everything):
        x[: len(recording), i] = (recording - frames.mean(axis=0)) / frames.std(axis=0)
    return {
        "x": x,
        "n": np.array([len(recording) for recording, _ in everything]),
        "who": np.array([speaker for _, speaker in everything]),
        "raw": np.stack(
            [np.vstack([r, np.zeros((29 - len(r), 12))]) for r, _ in everything], 1
        ),
        "low": frames.min(axis=0),
    }


TRAIN, TEST = np.arange(270), np.arange(270, 640)


@cache
def folds() -> list[tuple[Array, Array]]:
    """Pairs of rows to fit on and rows held out, of the training part."""
    rng = np.random.default_rng(TUNING)
    part = np.empty(270, int)
    for speaker in range(9):
        rows = np.flatnonzero(data()["who"][:270] == speaker)
        part[rng.permutation(rows)] = np.arange(len(rows)) % FOLDS
    return [
        (np.flatnonzero(part != k), np.flatnonzero(part == k)) for k in range(FOLDS)
    ]


def points(a, n, count: int):
    """(B, count * width): a (T, B, width) at `count` equal parts of each length n,
    between two steps by linear interpolation; of arrays or tensors."""
    tensor = isinstance(a, Tensor)
    lengths, found = np.asarray(n), []
    for i in range(1, count + 1):
        at = i * (lengths - 1) / count
        low = np.floor(at).astype(int)
        high, share = np.minimum(low + 1, lengths - 1), (at - low)[:, None]
        rows = np.arange(len(lengths))
        if tensor:
            share = torch.as_tensor(share).to(a)
        found.append((1 - share) * a[low, rows] + share * a[high, rows])
    return torch.cat(found, dim=1) if tensor else np.concatenate(found, axis=1)


def read(h: Array, how: str) -> Array:
    """Features (B, F) of states h (T, B, H)."""
    n = data()["n"]
    if how == "last":
        return h[n - 1, np.arange(len(n))]
    if how == "mean":
        m = np.arange(len(h))[:, None] < n
        return (h * m[:, :, None]).sum(axis=0) / n[:, None]
    return points(np.concatenate([h, data()["x"]], axis=2), n, 3)


def targets() -> Array:
    return np.where(data()["who"][:, None] == np.arange(9), 1.0, -1.0)


def cross(features: Array) -> dict[float, tuple[float, float]]:
    """Penalty -> held-out errors of 270 and squared error, ridge with a constant."""
    y, found = targets(), {p: [0.0, 0.0] for p in PENALTIES}
    for fit, held in folds():
        mean, centre = features[fit].mean(axis=0), y[fit].mean(axis=0)
        U, s, V = np.linalg.svd(features[fit] - mean, full_matrices=False)
        inside = U.T @ (y[fit] - centre)
        outside = (features[held] - mean) @ V.T
        for p in PENALTIES:
            out = outside @ (s[:, None] / (s[:, None] ** 2 + p) * inside) + centre
            found[p][0] += float((out.argmax(axis=1) != data()["who"][held]).sum())
            found[p][1] += float(((out - y[held]) ** 2).sum()) / 270
    return {p: (a, b) for p, (a, b) in found.items()}


def regression(features: Array, penalty: float) -> tuple[Array, float]:
    """Outputs for all 640 of a ridge fitted to the training part; CPU-seconds."""
    begin = time.process_time()
    W_ho = reservoir.ridge(features[:270], targets()[:270], penalty, bias=True)
    spent = time.process_time() - begin
    return reservoir.read(features, W_ho), spent


def errors(out: Array) -> int:
    return int((out[270:].argmax(axis=1) != data()["who"][270:]).sum())


def states(rng: np.random.Generator, H: int, leak: float, radius: float, scale: float):
    """(29, 640, H)."""
    x = data()["x"]
    parameters = reservoir.init(rng, 12, H, radius, scale, bias=scale)
    return reservoir.run(x, np.zeros((x.shape[1], H)), parameters, leak)[1:]


def reservoirs(seed: int) -> dict:
    found = {}
    for H, how in itertools.product(SIZES, READ_OUTS):
        leak, radius, scale, penalty = RESERVOIR[f"{H}, {how}"][:4]
        begin = time.process_time()
        h = states(np.random.default_rng([seed, H]), H, leak, radius, scale)
        run = (time.process_time() - begin) * 270 / 640
        out, fit = regression(read(h, how), penalty)
        found[f"{H}, {how}"] = {"errors": errors(out), "seconds": run + fit}
    return found


def votes(seed: int, units: int, recurrent: bool) -> dict:
    """Errors of the averaged outputs of the first N networks."""
    n, raw = data()["n"], data()["raw"] - data()["low"]
    inside = (np.arange(29)[:, None] < n)[:, :, None]
    constant = np.full((29, 640, 1), 0.07)
    length = np.broadcast_to((n / 30)[None, :, None], (29, 640, 1))
    x = np.concatenate([raw, constant, length], axis=2) * inside
    y = np.arctanh(0.9 * targets())
    rng, total, found = np.random.default_rng([seed, 4]), np.zeros((640, 9)), {}
    begin = time.process_time()
    for count in range(1, max(VOTERS) + 1 if units else 2):
        h = np.zeros((29, 640, 0))
        if units:
            parameters = reservoir.init(rng, 14, units, 0.2, 1.5)
            if not recurrent:
                parameters["W_hh"][:] = 0
            leak = 0.2 if recurrent else 1.0
            h = reservoir.run(x, np.zeros((640, units)), parameters, leak)[1:]
        features = points(np.concatenate([h, x], axis=2), n, 3)
        W_ho = np.linalg.lstsq(features[:270], y[:270], rcond=None)[0]
        total += np.tanh(features @ W_ho)
        if count in VOTERS:
            spent = time.process_time() - begin
            found[str(count)] = {"errors": errors(total), "seconds": spent}
    return found


def voters(seed: int) -> dict:
    """By the number of networks; the same without recurrence, and without units."""
    found = votes(seed, 4, True)
    static = votes(seed, 4, False)
    found |= {f"{count}, static": one for count, one in static.items()}
    found["no units"] = votes(seed, 0, False)["1"]
    return found


# Trained networks. -------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self, cell: str, how: str, dropout: float) -> None:
        super().__init__()
        self.rnn = CELLS[cell](12, WIDTHS[cell])
        self.drop, self.how = nn.Dropout(dropout), how
        features = 3 * (WIDTHS[cell] + 12) if how == "three" else WIDTHS[cell]
        self.read_out = nn.Linear(features, 9)

    def forward(self, x: Tensor, n: Tensor) -> Tensor:
        h = self.rnn(x)[0]
        if self.how == "last":
            h = h[n - 1, torch.arange(len(n))]
        elif self.how == "three":
            h = points(torch.cat([h, x], dim=2), n, 3)
        else:
            m = (torch.arange(len(h))[:, None] < n).to(h)
            h = (h * m[:, :, None]).sum(dim=0) / m.sum(dim=0)[:, None]
        return self.read_out(self.drop(h))


def train(
    cell: str,
    how: str,
    rate: float,
    dropout: float,
    seed: int,
    fit: Array,
    held: Array,
    steps: int,
) -> tuple[list[float], list[int], list[float]]:
    """Training losses; after each epoch the errors and the summed loss on `held`."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 3])
    x = torch.as_tensor(data()["x"], dtype=torch.float32)
    n, who = torch.as_tensor(data()["n"]), torch.as_tensor(data()["who"])
    net = Net(cell, how, dropout)
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    losses: list[float] = []
    wrong, held_loss = [], []
    batches = -(-len(fit) // BATCH)
    for step in range(steps):
        if step % batches == 0:
            order = rng.permutation(fit)
        rows = order[step % batches * BATCH : (step % batches + 1) * BATCH]
        for group in optimiser.param_groups:
            done = step / (EPOCHS * batches)
            group["lr"] = rate * (1 + np.cos(np.pi * done)) / 2
        net.train()
        loss = F.cross_entropy(net(x[:, rows], n[rows]), who[rows])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
        if (step + 1) % batches == 0:
            net.eval()
            with torch.no_grad():
                o = net(x[:, held], n[held])
            wrong.append(int((o.argmax(dim=1) != who[held]).sum()))
            held_loss.append(F.cross_entropy(o, who[held], reduction="sum").item())
    return losses, wrong, held_loss


def nets(seed: int) -> dict:
    found: dict = {}
    for cell, how in itertools.product(CELLS, READ_OUTS):
        rate, dropout, epoch = NETS[f"{cell}, {how}"][:3]
        begin = time.process_time()
        losses, wrong, _ = train(cell, how, rate, dropout, seed, TRAIN, TEST, STEPS)
        spent = time.process_time() - begin
        found[f"{cell}, {how}"] = {
            "errors": wrong[epoch - 1],
            "curve": wrong,
            "seconds": spent * epoch / EPOCHS,
        }
        if (cell, how) == ("tanh", "mean"):
            found["loss"] = losses
    return found


PARTS = {"reservoir": reservoirs, "voters": voters, "nets": nets}


def run(seed: int, steps: int) -> dict:
    """Every part; for a rehearsal only the losses of one network."""
    if steps < STEPS:
        rate, dropout = NETS["tanh, mean"][:2]
        return {
            "loss": train("tanh", "mean", rate, dropout, seed, TRAIN, TEST, steps)[0]
        }
    found = {name: part(seed) for name, part in PARTS.items()}
    found["loss"] = found["nets"].pop("loss")
    return found


# What the searches below found: leak, radius, scale, penalty, errors of 270; rate,
# dropout, epoch, errors of 270.
RESERVOIR: dict[str, tuple] = {
    "50, last": (0.3, 0.8, 0.1, 0.01, 6.5),
    "50, mean": (1.0, 0.3, 0.1, 0.001, 5.5),
    "50, three": (0.3, 1.6, 0.3, 10.0, 2.0),
    "100, last": (0.3, 0.3, 0.1, 0.001, 5.5),
    "100, mean": (1.0, 0.8, 0.1, 0.01, 4.5),
    "100, three": (0.1, 1.2, 0.3, 1.0, 2.5),
    "200, last": (0.3, 1.6, 0.03, 0.1, 3.5),
    "200, mean": (1.0, 0.3, 0.1, 0.001, 4.0),
    "200, three": (0.1, 0.8, 0.3, 1.0, 1.5),
    "400, last": (0.3, 1.6, 0.03, 0.1),
    "400, mean": (1.0, 0.3, 0.1, 0.001),
    "400, three": (0.1, 0.8, 0.3, 1.0),
}
NETS: dict[str, tuple] = {
    "tanh, last": (0.003, 0.0, 17, 11.0),
    "tanh, mean": (0.03, 0.5, 25, 11.33),
    "tanh, three": (0.01, 0.0, 29, 5.0),
    "gru, last": (0.01, 0.0, 21, 10.0),
    "gru, mean": (0.1, 0.5, 23, 10.33),
    "gru, three": (0.03, 0.0, 29, 4.0),
    "lstm, last": (0.03, 0.0, 22, 12.0),
    "lstm, mean": (0.1, 0.5, 27, 12.0),
    "lstm, three": (0.03, 0.0, 13, 4.0),
}
TRIED: dict[str, dict] = {
    "tanh, mean": {
        "0.003, 0.0": 18.0,
        "0.01, 0.0": 17.0,
        "0.03, 0.0": 16.0,
        "0.1, 0.0": 21.67,
        "0.03, 0.5": 11.33,
    },
    "gru, mean": {
        "0.003, 0.0": 22.0,
        "0.01, 0.0": 12.67,
        "0.03, 0.0": 12.0,
        "0.1, 0.0": 10.67,
        "0.3, 0.0": 18.33,
        "0.1, 0.5": 10.33,
    },
    "lstm, mean": {
        "0.003, 0.0": 25.0,
        "0.01, 0.0": 21.0,
        "0.03, 0.0": 17.0,
        "0.1, 0.0": 12.0,
        "0.3, 0.0": 15.67,
        "0.1, 0.5": 12.0,
    },
    "tanh, three": {
        "0.003, 0.0": 6.67,
        "0.01, 0.0": 5.0,
        "0.03, 0.0": 12.67,
        "0.01, 0.5": 7.0,
    },
    "gru, three": {
        "0.003, 0.0": 5.67,
        "0.01, 0.0": 6.0,
        "0.03, 0.0": 4.0,
        "0.1, 0.0": 8.0,
        "0.03, 0.5": 5.0,
    },
    "lstm, three": {
        "0.003, 0.0": 10.0,
        "0.01, 0.0": 8.67,
        "0.03, 0.0": 4.0,
        "0.1, 0.0": 7.0,
        "0.03, 0.5": 5.0,
    },
    "tanh, last": {
        "0.003, 0.0": 11.0,
        "0.01, 0.0": 12.33,
        "0.03, 0.0": 20.0,
        "0.001, 0.0": 20.0,
        "0.003, 0.5": 11.67,
    },
    "gru, last": {
        "0.003, 0.0": 12.0,
        "0.01, 0.0": 10.0,
        "0.03, 0.0": 12.0,
        "0.01, 0.5": 11.0,
    },
    "lstm, last": {
        "0.003, 0.0": 16.0,
        "0.01, 0.0": 13.33,
        "0.03, 0.0": 12.0,
        "0.1, 0.0": 16.67,
        "0.1, 0.5": 18.0,
    },
}


def tune_reservoirs(H: int) -> dict[str, tuple]:
    """Read-out -> the best leak, radius, scale, penalty and its cross-validation."""
    best: dict[str, tuple] = {}
    for leak, radius, scale in GRID:
        total = {how: dict.fromkeys(PENALTIES, (0.0, 0.0)) for how in READ_OUTS}
        for draw in range(2):
            rng = np.random.default_rng([TUNING, draw, H])
            h = states(rng, H, leak, radius, scale)
            for how in READ_OUTS:
                for p, (wrong, square) in cross(read(h, how)).items():
                    a, b = total[how][p]
                    total[how][p] = (a + wrong / 2, b + square / 2)
        for how, p in itertools.product(READ_OUTS, PENALTIES):
            wrong, square = total[how][p]
            key = f"{H}, {how}"
            if key not in best or (wrong, square) < best[key][4:]:
                best[key] = (leak, radius, scale, p, wrong, round(square, 4))
    return best


def tune_net(cell: str, how: str, rate: float, dropout: float) -> tuple:
    """Best epoch with errors of 270 and loss a recording: means over three epochs."""
    wrong, loss = np.zeros(EPOCHS), np.zeros(EPOCHS)
    for k, (fit, held) in enumerate(folds()):
        steps = EPOCHS * -(-len(fit) // BATCH)
        _, a, b = train(cell, how, rate, dropout, TUNING + k, fit, held, steps)
        wrong += a
        loss += np.array(b) / 270
    smooth = [
        (
            float(np.mean(wrong[e - 1 : e + 2])),
            float(np.mean(loss[e - 1 : e + 2])),
            e + 1,
        )
        for e in range(1, EPOCHS - 1)
    ]
    a, b, epoch = min(smooth)
    return epoch, round(a, 2), round(b, 4)


def logistic(x: Array, who: Array, penalty: float) -> tuple[Array, Array]:
    """W (F, 9) and b (9,) of a softmax regression, penalty |W|^2 / 2 a recording."""
    torch.set_num_threads(1)
    a, y = torch.as_tensor(x), torch.as_tensor(who)
    W = torch.zeros(x.shape[1], 9, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(9, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([W, b], max_iter=40, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        loss = F.cross_entropy(a @ W + b, y) + penalty / 2 * (W**2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return W.detach().numpy(), b.detach().numpy()


def baseline() -> dict:
    """Without recurrence."""
    x, n, who = data()["x"], data()["n"], data()["who"]
    found: dict = {"largest class": {"errors": 370 - int(np.bincount(who[270:]).max())}}
    inputs = {"mean": read(x, "mean")}
    inputs |= {f"{count} points": points(x, n, count) for count in (2, 3, 5, 7, 14)}
    for kind, name in itertools.product(("ridge", "logistic"), ("mean", "resampled")):
        best = None
        for key in inputs if name == "resampled" else ("mean",):
            if (name == "mean") != (key == "mean"):
                continue
            if kind == "ridge":
                scores = cross(inputs[key])
            else:
                scores = {}
                for penalty in (1e-4, 1e-3, 1e-2, 1e-1):
                    wrong, loss = 0, 0.0
                    for fit, held in folds():
                        W, b = logistic(inputs[key][fit], who[fit], penalty)
                        o = torch.as_tensor(inputs[key][held] @ W + b)
                        right = torch.as_tensor(who[held])
                        wrong += int((o.argmax(dim=1) != right).sum())
                        loss += F.cross_entropy(o, right, reduction="sum").item() / 270
                    scores[penalty] = (wrong, loss)
            for penalty, score in scores.items():
                if best is None or score < best[0]:
                    best = (score, key, penalty)
        (cv, _), key, penalty = best
        begin = time.process_time()
        if kind == "ridge":
            out = regression(inputs[key], penalty)[0]
        else:
            W, b = logistic(inputs[key][:270], who[:270], penalty)
            out = inputs[key] @ W + b
        found[f"{kind}, {name}"] = {
            "errors": errors(out),
            "cv": cv,
            "input": key,
            "penalty": penalty,
            "seconds": time.process_time() - begin,
        }
    found["random"] = random_features(inputs)
    found["chosen"] = {"reservoir": RESERVOIR, "nets": NETS, "tried": TRIED}
    return found


def random_features(inputs: dict[str, Array]) -> dict:
    """UNITS tanh features of the resampled inputs, input, scale and penalty chosen."""

    def features(draw: int, key: str, scale: float) -> Array:
        rng = np.random.default_rng([TUNING, draw, 8])
        W = rng.uniform(-1, 1, (inputs[key].shape[1], UNITS)) * scale
        return np.tanh(inputs[key] @ W + scale * rng.uniform(-1, 1, UNITS))

    best = None
    for key, scale in itertools.product(inputs, (0.03, 0.1, 0.3)):
        one, two = (cross(features(draw, key, scale)) for draw in (0, 1))
        for p in PENALTIES:
            score = tuple((a + b) / 2 for a, b in zip(one[p], two[p], strict=True))
            if best is None or score < best[0]:
                best = (score, key, scale, p)
    (cv, _), key, scale, p = best
    wrong = [errors(regression(features(2 + s, key, scale), p)[0]) for s in SEEDS]
    return {"errors": wrong, "cv": cv, "input": key, "scale": scale, "penalty": p}


if __name__ == "__main__":
    main(__file__)
