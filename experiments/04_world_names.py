"""Which language is a name from? A tanh network, the same without tanh, and counting.

Names of eighteen languages (unrolled.data.world_names), split anew for every seed into
training, validation and test. Three networks read a name letter by letter and answer
at its last letter: "tanh" is the course's network, "linear" is the same without tanh,
"i2h, i2o" is the wiring of PyTorch's names tutorial as it stood until 2023, in which
letter and old state feed both the new state and the answer, without a nonlinearity.
Each is trained with Adam and tested at the epoch of its least validation loss. "loss"
is the loss of the tanh network at every step. On the first seed's split each of the
three is also trained at other learning rates ("rates": validation and test at the epoch
of the least validation loss).

"nudge" trains the tanh network twice, the second time with one weight moved by one
unit in its last place, at three learning rates, and keeps the difference of the losses.

Baselines: the commonest language, the shares of the languages, and naive Bayes over
letter n-grams, with the smoothing chosen on the validation names for each of the two
measures, nats and accuracy, by that measure.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from unrolled.data import world_names
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 6450  # 30 passes over the training names
REHEARSAL = 300
EPOCH, BATCH, HIDDEN, RATE, VALIDATION = 215, 64, 64, 3e-3, 1500
LETTERS, LANGUAGES = 27, len(world_names.LANGUAGES)  # id 0 is the padding
SMOOTHING = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
RATES = (1e-3, 3e-3, 1e-2)
NUDGED = (0.003, 0.01, 0.03)
ORDERS = {"1": (1,), "2": (2,), "3": (3,), "1 to 3": (1, 2, 3)}

Part = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def parts(seed: int) -> dict[str, list[tuple[str, int]]]:
    """Training, validation and test names of a seed."""
    train, test = world_names.split(seed)
    return {
        "train": train[VALIDATION:],
        "validation": train[:VALIDATION],
        "test": test,
    }


def tensors(names: list[tuple[str, int]]) -> Part:
    """Ids (T, B), lengths (B,) and languages (B,)."""
    x, lengths = world_names.encode([name for name, _ in names])
    return (
        torch.as_tensor(x),
        torch.as_tensor(lengths),
        torch.tensor([language for _, language in names]),
    )


class Reader(nn.Module):
    """Logits at the last letter of each name; `kind` is one of the three arms."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        if kind == "i2h, i2o":
            self.i2h = nn.Linear(LETTERS + HIDDEN, HIDDEN)
            self.i2o = nn.Linear(LETTERS + HIDDEN, LANGUAGES)
        else:
            self.rnn = nn.RNNCell(LETTERS, HIDDEN)
            self.head = nn.Linear(HIDDEN, LANGUAGES)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        one_hot = F.one_hot(x, LETTERS).double()
        if self.kind == "i2h, i2o":
            W, b = self.i2h.weight, self.i2h.bias
        else:
            W = torch.cat([self.rnn.weight_ih, self.rnn.weight_hh], dim=1)
            b = self.rnn.bias_ih + self.rnn.bias_hh
        drive = F.linear(one_hot, W[:, :LETTERS], b)  # (T, B, H)
        states = [torch.zeros_like(drive[0])]
        for drive_t in drive:
            h = drive_t + states[-1] @ W[:, LETTERS:].T
            states.append(torch.tanh(h) if self.kind == "tanh" else h)
        h, last = torch.stack(states), (lengths - 1, torch.arange(len(lengths)))
        if self.kind == "i2h, i2o":  # the answer sees the letter and the state before
            return self.i2o(torch.cat([one_hot[last], h[:-1][last]], dim=1))
        return self.head(h[1:][last])


def batches(data: Part, seed: int):
    """Minibatches without end, each pass in a new order."""
    x, lengths, y = data
    draw = torch.Generator().manual_seed(seed)
    while True:
        for b in torch.randperm(len(y), generator=draw).split(BATCH):
            n = lengths[b]
            yield x[: n.max(), b], n, y[b]


def measured(net: Reader, data: Part) -> tuple[float, float, torch.Tensor]:
    """Nats a name, accuracy, and the answers."""
    with torch.no_grad():
        logits = net(*data[:2])
    answers = logits.argmax(dim=1)
    right = (answers == data[2]).double().mean()
    return float(F.cross_entropy(logits, data[2])), float(right), answers


def train(kind: str, seed: int, steps: int, rate: float = RATE) -> dict:
    """Losses at every step, validation at every epoch, test at the best of them."""
    data = {name: tensors(part) for name, part in parts(seed).items()}
    torch.manual_seed(seed)
    net = Reader(kind).double()
    rule = torch.optim.Adam(net.parameters(), lr=rate)
    losses, validation, best = [], [], None
    stream = batches(data["train"], seed)
    for step in range(1, steps + 1):
        x, n, y = next(stream)
        loss = F.cross_entropy(net(x, n), y)
        rule.zero_grad()
        loss.backward()
        rule.step()
        losses.append(loss.item())
        if step % EPOCH == 0:
            nats, right, _ = measured(net, data["validation"])
            if best is None or nats < min(v[0] for v in validation):
                weights = {k: v.clone() for k, v in net.state_dict().items()}
                best = step // EPOCH, weights
            validation.append((nats, right))
    found: dict = {"loss": losses, "validation": validation}
    if best is not None:
        found["epoch"], weights = best
        net.load_state_dict(weights)
        found["training"] = measured(net, data["train"])[:2]
        found["nats"], found["accuracy"], answers = measured(net, data["test"])
        found["confusion"] = confusion(data["test"][2].numpy(), answers.numpy())
    return found


def tried(kind: str, seed: int, usual: dict) -> dict:
    """For each rate: validation nats and accuracy, test nats and accuracy."""
    found = {}
    for rate in RATES:
        arm = usual if rate == RATE else train(kind, seed, STEPS, rate)
        found[str(rate)] = {
            "validation": arm["validation"][arm["epoch"] - 1],
            "test": (arm["nats"], arm["accuracy"]),
        }
    return found


def confusion(truth: np.ndarray, answers: np.ndarray) -> list[list[int]]:
    """Counts, true language down, answer across."""
    counts = np.zeros((LANGUAGES, LANGUAGES), dtype=int)
    np.add.at(counts, (truth, answers), 1)
    return counts.tolist()


def nudge(seed: int, steps: int, rate: float) -> list[float]:
    """|difference of the losses| of two runs whose starts differ in one last bit."""
    data = tensors(parts(seed)["train"])
    runs = []
    for moved in (False, True):
        torch.manual_seed(seed)
        rnn, head = nn.RNN(LETTERS, HIDDEN), nn.Linear(HIDDEN, LANGUAGES)
        rnn, head = rnn.double(), head.double()
        if moved:
            with torch.no_grad():
                w = rnn.weight_hh_l0[0, 0]
                w.copy_(torch.nextafter(w, w + 1))
        both = [*rnn.parameters(), *head.parameters()]
        rule, losses, stream = torch.optim.Adam(both, lr=rate), [], batches(data, seed)
        for _ in range(steps):
            x, n, y = next(stream)
            states, _ = rnn(F.one_hot(x, LETTERS).double())
            loss = F.cross_entropy(head(states[n - 1, torch.arange(len(n))]), y)
            rule.zero_grad()
            loss.backward()
            rule.step()
            losses.append(loss.item())
        runs.append(np.array(losses))
    return np.abs(runs[1] - runs[0]).tolist()


def run(seed: int, steps: int) -> dict:
    """The tanh network; for a whole run also the other arms and the nudge."""
    torch.set_num_threads(1)
    tanh = train("tanh", seed, steps)
    result: dict = {"loss": tanh.pop("loss")}
    if steps == STEPS:
        others = {kind: train(kind, seed, steps) for kind in ("linear", "i2h, i2o")}
        for arm in others.values():
            del arm["loss"]
        result["arms"] = {"tanh": tanh, **others}
        if seed == SEEDS[0]:
            arms = result["arms"].items()
            result["rates"] = {kind: tried(kind, seed, arm) for kind, arm in arms}
        result["nudge"] = {str(rate): nudge(seed, 1500, rate) for rate in NUDGED}
    return result


# --- counting -------------------------------------------------------------------------


def grams(name: str, orders: tuple[int, ...]) -> list[str]:
    """All stretches of these lengths, of the name between two marks."""
    marked = f"<{name}>"
    return [
        marked[i : i + n] for n in orders for i in range(max(0, len(marked) - n + 1))
    ]


def naive_bayes(train: list, test: list, orders: tuple[int, ...], alpha: float):
    """Log probabilities (len(test), LANGUAGES) of naive Bayes over n-grams."""
    counts = [Counter() for _ in range(LANGUAGES)]
    for name, language in train:
        counts[language].update(grams(name, orders))
    known = {gram: k for k, gram in enumerate(sorted(set().union(*counts)))}
    table = np.full((LANGUAGES, len(known)), alpha)
    for language, found in enumerate(counts):
        for gram, count in found.items():
            table[language, known[gram]] += count
    log_p = np.log(table / table.sum(axis=1, keepdims=True))
    share = np.bincount([language for _, language in train], minlength=LANGUAGES)
    scores = np.stack(
        [
            np.log(share / share.sum())
            + log_p[:, [known[g] for g in grams(name, orders) if g in known]].sum(1)
            for name, _ in test
        ]
    )
    top = scores.max(axis=1, keepdims=True)
    return scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))


def judged(log_p: np.ndarray, names: list) -> dict[str, float]:
    """Accuracy and nats of log probabilities (len(names), LANGUAGES)."""
    truth = np.array([language for _, language in names])
    return {
        "accuracy": float(np.mean(log_p.argmax(axis=1) == truth)),
        "nats": float(-log_p[np.arange(len(truth)), truth].mean()),
    }


def counted(seed: int, orders: tuple[int, ...]) -> dict:
    """Naive Bayes; for each measure the smoothing that is best by it on validation."""
    data = parts(seed)
    scores = {}
    for alpha in SMOOTHING:
        log_p = naive_bayes(data["train"], data["validation"], orders, alpha)
        scores[alpha] = judged(log_p, data["validation"])
    found = {}
    for measure, sign in (("nats", -1), ("accuracy", 1)):
        alpha = max(SMOOTHING, key=lambda a, s=sign, m=measure: s * scores[a][m])
        log_p = naive_bayes(data["train"], data["test"], orders, alpha)
        found[measure] = {
            "smoothing": alpha,
            "validation": scores[alpha],
            "test": judged(log_p, data["test"]),
        }
    truth = np.array([language for _, language in data["test"]])
    found["confusion"] = confusion(truth, log_p.argmax(axis=1))  # by accuracy
    return found


def baseline() -> dict:
    """The commonest language, shares alone, and n-grams; a list over the seeds each."""
    found: dict = {"majority": [], "shares": []}
    for seed in SEEDS:
        data = parts(seed)
        share = np.bincount([k for _, k in data["train"]], minlength=LANGUAGES)
        log_p = np.log(share / share.sum())
        alone = {
            part: judged(np.tile(log_p, (len(data[part]), 1)), data[part])
            for part in ("validation", "test")
        }
        for name, measure in (("majority", "accuracy"), ("shares", "nats")):
            found[name].append({part: at[measure] for part, at in alone.items()})
    found["n-grams"] = {
        name: [counted(seed, orders) for seed in SEEDS]
        for name, orders in ORDERS.items()
    }
    return found


if __name__ == "__main__":
    main(__file__)
