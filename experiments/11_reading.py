"""What trained gates and states hold: characters of programs, and nested brackets.

Three cells, "lstm", "gru" and "tanh" (nn.LSTM, nn.GRU, nn.RNN as PyTorch starts them),
sized so that the networks have equally many parameters as that of an LSTM of UNITS
units. Task "source": name the next character of unrolled.data.python_source (embedding,
layer, read-out; streams side by side, the state carried on; Adam, the rate falls along
half a cosine). Task "brackets": name the next symbol of unrolled.data.brackets (words
of LENGTH symbols, never more than DEEPEST open; fresh words at every step). The rate of
each cell and task is the best of RATES by the loss on data not trained on and not
reported below (source: the end of the training text; start TUNING).

For each cell, "source": "rate", "units", "parameters", "curve" (nats a character on the
end of the training text), "test" (held-out files); for brackets "test" and "long"
(words 5 times as long) in nats a symbol, "closing", the probability given to the right
kind among the two kinds, where a bracket closes, by the depth before it (1, 2, ...).

"gates", "gates before training": for each gate (tanh: the state) "left" and "right",
the shares below 0.1 and above 0.9 (tanh: below -0.9, above 0.9), its "mean", and a
histogram of BINS equal bins ("counts" as shares). The cell's own gates over held-out
text, or test words.

"probes": how well one thing can be read from the state (the cell c of an LSTM; "h" in
the "probes of h"). Labels of source: "in string" (between the quotes of a one-line
string), "in docstring", "in comment", "in brackets" (a bracket is open) by the area
under the ROC curve; "column" (characters since the line began, at most 79) and "indent"
(of the line, in characters, at most 24) by the share of variance explained; brackets:
"depth" by the latter and "innermost" (kind of the innermost open bracket, at the
steps that closed one above it) by the former. Every STRIDE-th place of source is
asked, after WARM characters. "unit": the best single unit, chosen on the first half of
the streams or words, measured on the others; "linear": a ridge regression from all
units; "untrained": the same two from the same network before training; "shuffled": the
linear one with all labels in another order. In the baseline "window": the linear one
from the last WINDOWS symbols, one-hot.

"reach": the norm of the gradient of the true next character's logit with regard to the
embedding of the character k steps before it, k = 0, 1, ..., REACH - 1; mean and median
over LOOKED windows of held-out text that begin with the zero state; "before" the same
before training. "context": nats of the same next characters when only the last k are
read, k in CONTEXTS: what the far ones are worth, not how steep they are. "pictures":
for chosen places of the held-out text the norms for each character of the window, and
the probability of the true next character. "loss" is the training loss of the LSTM on
brackets.
"""

from __future__ import annotations

import copy
import time
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from unrolled.data import brackets, python_source
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 500
REHEARSAL = 60
CELLS = ("lstm", "gru", "tanh")
TASKS = ("source", "brackets")
UNITS = {"source": 64, "brackets": 16}
EMBEDDING = {"source": 32, "brackets": 4}
SYMBOLS = {"source": len(python_source.ALPHABET), "brackets": len(brackets.SYMBOLS)}
SOURCE_STEPS, TUNING_STEPS, STREAMS, CHUNK, EVERY = 1000, 300, 32, 64, 100
LENGTH, DEEPEST, BATCH = 40, 4, 64
RATES, TUNING, LIMIT = (0.003, 0.01, 0.03, 0.1), 90, 1.0
BINS, WARM, STRIDE, PENALTY = 20, 100, 5, 1e-3
WINDOWS = {"source": (1, 5, 20), "brackets": (1, 2, 5, 20)}
REACH, LOOKED, CONTEXTS = 100, 400, (1, 2, 3, 5, 10, 20, 50, 100)
PLACES = 6


class Net(nn.Module):
    """Embedding, recurrent layer, read-out at every step."""

    def __init__(self, task: str, cell: str, units: int) -> None:
        super().__init__()
        self.task, self.cell = task, cell
        self.embedding = nn.Embedding(SYMBOLS[task], EMBEDDING[task])
        layer = {"lstm": nn.LSTM, "gru": nn.GRU, "tanh": nn.RNN}[cell]
        self.rnn = layer(EMBEDDING[task], units)
        self.read_out = nn.Linear(units, SYMBOLS[task])

    def forward(self, x: Tensor, state: object = None) -> tuple[Tensor, object]:
        h, state = self.rnn(self.embedding(x), state)
        return self.read_out(h), state

    @torch.no_grad()
    def inside(self, x: Tensor) -> dict[str, Tensor]:
        """Every gate and state, (T, B, units) each, from the zero state."""
        rnn, e = self.rnn, self.embedding(x)
        h = rnn(e)[0]
        if self.cell == "tanh":
            return {"h": h}
        old = torch.cat([torch.zeros_like(h[:1]), h[:-1]])
        a = e @ rnn.weight_ih_l0.T + rnn.bias_ih_l0
        b = old @ rnn.weight_hh_l0.T + rnn.bias_hh_l0
        if self.cell == "gru":
            r, z, _ = torch.sigmoid(a + b).chunk(3, 2)
            return {"r": r, "z": z, "h": h}
        i, f, g, q = (a + b).chunk(4, 2)
        i, f, q = torch.sigmoid(i), torch.sigmoid(f), torch.sigmoid(q)
        new, c, cells = i * torch.tanh(g), torch.zeros_like(h[0]), []
        for t in range(len(h)):
            c = f[t] * c + new[t]
            cells.append(c)
        c = torch.stack(cells)
        assert torch.allclose(q * torch.tanh(c), h, atol=1e-4)
        return {"i": i, "f": f, "q": q, "c": c, "h": h}


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@cache
def size(task: str, cell: str) -> int:
    """Units that bring the parameters nearest to those of the LSTM."""
    with torch.random.fork_rng():  # the weights made here must not move the seed
        wanted = count(Net(task, "lstm", UNITS[task]))
        fits = range(UNITS[task], 4 * UNITS[task])
        return min(fits, key=lambda n: abs(count(Net(task, cell, n)) - wanted))


# ---- data


def streams(ids: np.ndarray, number: int) -> Tensor:
    """(T, number): the text cut into pieces, side by side."""
    return torch.as_tensor(ids[: len(ids) // number * number].reshape(number, -1).T)


@cache
def source() -> tuple[Tensor, Tensor, Tensor]:
    """Training streams, streams to choose the rate, held-out streams."""
    training, held = (python_source.encode(part) for part in python_source.split())
    cut = int(0.95 * len(training))
    return tuple(
        streams(part, n)
        for part, n in ((training[:cut], STREAMS), (training[cut:], 16), (held, 16))
    )


def scan(text: str) -> dict[str, np.ndarray]:
    """What holds after each character of a program: strings, comments, brackets."""
    names = ("in string", "in docstring", "in comment", "in brackets")
    found: dict = {n: np.zeros(len(text), bool) for n in names}
    column, indent = np.zeros(len(text)), np.zeros(len(text))
    quote, comment, depth, escaped, at, first, skip = "", False, 0, False, 0, 0, 0
    blank = True
    for t, char in enumerate(text):
        if skip:
            skip -= 1
        elif quote:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif text.startswith(quote, t):
                skip, quote = len(quote) - 1, ""
            elif char == "\n" and len(quote) == 1:
                quote = ""
        elif comment:
            comment = char != "\n"
        elif char in "\"'":
            quote = char * 3 if text.startswith(char * 3, t) else char
            skip = len(quote) - 1
        elif char == "#":
            comment = True
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth = max(0, depth - 1)
        at = 0 if char == "\n" else at + 1
        blank = char == "\n" or (blank and char == " ")
        first = at if blank else first
        found["in string"][t] = len(quote) == 1
        found["in docstring"][t] = len(quote) == 3
        found["in comment"][t] = comment
        found["in brackets"][t] = depth > 0
        column[t], indent[t] = min(at, 79), min(first, 24)
    return found | {"column": column, "indent": indent}


@cache
def labels() -> dict[str, np.ndarray]:
    """The labels of the held-out streams, (T, 16) each."""
    x = source()[2]
    return {
        k: v[: x.numel()].reshape(x.shape[1], -1).T
        for k, v in scan(python_source.split()[1]).items()
    }


def words(seed: object, number: int, steps: int) -> tuple[Tensor, np.ndarray, Tensor]:
    """Symbols, depths and kinds of the innermost open bracket (-1: none)."""
    x, depths = brackets.batch(np.random.default_rng(seed), number, steps, DEEPEST)
    kind = np.full(x.shape, -1)
    for b in range(number):
        stack: list[int] = []
        for t in range(steps):
            if x[t, b] % 2:
                stack.pop()
            else:
                stack.append(x[t, b] // 2)
            kind[t, b] = stack[-1] if stack else -1
    return torch.as_tensor(x), depths, torch.as_tensor(kind)


def uncovered(x: Tensor, kind: Tensor) -> np.ndarray:
    """Steps that closed a bracket and left another open: its kind must be remembered,
    since the symbol just read tells nothing about it."""
    return ((x % 2 == 1) & (kind >= 0)).numpy()


def least(depths: np.ndarray) -> float:
    """Nats a symbol of a reader that knows everything, symbols 2 to T."""
    before = depths[:-1]
    inner = np.log(2) * 1.5
    cost = np.where(before == 0, np.log(2), np.where(before == DEEPEST, 0, inner))
    return float(cost.mean())


# ---- training


@torch.no_grad()
def nats(net: Net, x: Tensor) -> float:
    o, _ = net(x[:-1])
    return cross_entropy(o.flatten(0, 1), x[1:].flatten()).item()


def train(
    task: str, cell: str, rate: float, seed: int, steps: int
) -> tuple[list[float], list[float], Net, Net]:
    """Losses, validation curve, the network before and after training."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net(task, cell, size(task, cell))
    before = copy.deepcopy(net)
    whole = SOURCE_STEPS if task == "source" else STEPS
    rule = torch.optim.Adam(net.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(rule, whole)
    losses, curve, state = [], [], None
    if task == "source":
        text, valid = source()[0], source()[1]
        chunks = (len(text) - 1) // CHUNK
    else:
        valid = words([77, 0], 200, LENGTH)[0]
    for step in range(steps):
        if task == "source":
            at = step % chunks * CHUNK
            state = None if at == 0 else state
            x = text[at : at + CHUNK + 1]
        else:
            x = torch.as_tensor(brackets.batch(rng, BATCH, LENGTH, DEEPEST)[0])
        o, state = net(x[:-1], state)
        if task == "source":
            pair = isinstance(state, tuple)
            state = tuple(s.detach() for s in state) if pair else state.detach()
        else:
            state = None
        loss = cross_entropy(o.flatten(0, 1), x[1:].flatten())
        rule.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), LIMIT)
        rule.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % EVERY == 0:
            curve.append(nats(net, valid))
    return losses, curve, before, net


# ---- what is measured


def gates(parts: dict[str, Tensor]) -> dict:
    found = {}
    for name, value in parts.items():
        if name == "c" or (name == "h" and len(parts) > 1):
            continue
        low, first, last = (-0.9, -1, 1) if name == "h" else (0.1, 0, 1)
        shares = np.histogram(value.numpy(), BINS, (first, last))[0] / value.numel()
        found[name] = {
            "left": (value < low).float().mean().item(),
            "right": (value > 0.9).float().mean().item(),
            "mean": value.mean().item(),
            "counts": [float(f"{s:.3g}") for s in shares],
        }
    return found


def area(score: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Area under the ROC curve of each column of score (n, k) for y (n,) bool."""
    ranks = score.argsort(0, kind="stable").argsort(0, kind="stable") + 1.0
    wins = ranks[y].sum(0) - y.sum() * (y.sum() + 1) / 2
    return wins / (y.sum() * (~y).sum())


def explained(score: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Squared correlation of each column of score with y."""
    s, v = score - score.mean(0), y - y.mean()
    return (s * v[:, None]).sum(0) ** 2 / ((s**2).sum(0) * (v**2).sum() + 1e-12)


def ridge(a: np.ndarray, y: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The prediction for test (n, 1) of a ridge regression of y on a, standardised."""
    mean, scale = a.mean(0), a.std(0) + 1e-6
    a, test = (a - mean) / scale, (test - mean) / scale
    product = a.T @ a / len(a) + PENALTY * np.eye(a.shape[1])
    weights = np.linalg.solve(product, a.T @ (y - y.mean()) / len(a))
    return (test @ weights + y.mean())[:, None]


def linear(states: np.ndarray, y: np.ndarray) -> float:
    """A ridge regression fitted on the first half, measured on the second."""
    half = len(y) // 2
    measure = area if y.dtype == bool else explained
    return float(measure(ridge(states[:half], y[:half], states[half:]), y[half:])[0])


def probe(states: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> dict:
    """states (n, k), y (n,); fitted on the first half, measured on the second."""
    half = len(y) // 2
    a, b, u, v = states[:half], states[half:], y[:half], y[half:]
    if y.dtype == bool:  # a unit may say the contrary
        one = int(np.abs(area(a, u) - 0.5).argmax())
        single = 0.5 + abs(area(b[:, [one]], v)[0] - 0.5)
    else:
        one = int(explained(a, u).argmax())
        single = explained(b[:, [one]], v)[0]
    return {
        "unit": float(single),
        "which": one,
        "linear": linear(states, y),
        "shuffled": linear(states, rng.permutation(y)),
    }


def flat(states: Tensor, keep: np.ndarray) -> np.ndarray:
    """(T, B, k) -> (n, k), stream after stream, kept places only."""
    return states.transpose(0, 1)[torch.as_tensor(keep.T)].double().numpy()


def probes(task: str, trained: dict, untrained: dict, state: str) -> dict:
    """Every label, from one kind of state."""
    rng, found = np.random.default_rng(0), {}
    if task == "source":
        truth = labels()
        keep = np.zeros(source()[2].shape, bool)
        keep[WARM::STRIDE] = True
        sets = {name: (keep, values) for name, values in truth.items()}
    else:
        x, depths, kind = words([78, 0], 300, LENGTH)
        every, some = np.ones(depths.shape, bool), uncovered(x, kind)
        sets = {"depth": (every, depths.astype(float))}
        sets["innermost"] = (some, kind.numpy() == 1)
    for name, (keep, values) in sets.items():
        y = values.T[keep.T]
        found[name] = probe(flat(trained[state], keep), y, rng)
        bare = probe(flat(untrained[state], keep), y, rng)
        found[name]["untrained"] = [bare["unit"], bare["linear"]]
    return found


def windows() -> tuple[Tensor, Tensor]:
    """x (REACH, LOOKED) and next characters (LOOKED,) from the held-out text."""
    ids = torch.as_tensor(python_source.encode(python_source.split()[1]))
    rng = np.random.default_rng(5)
    at = torch.as_tensor(rng.choice(len(ids) - REACH - 1, LOOKED, replace=False))
    x = ids[at + torch.arange(REACH + 1)[:, None]]
    return x[:-1], x[-1]


def steepness(net: Net, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Norms (T, B) of d logit of y / d embedding of x_t; probability of y."""
    e = net.embedding(x).detach().requires_grad_()
    o = net.read_out(net.rnn(e)[0][-1])
    logit = o.gather(1, y[:, None]).sum()
    (slope,) = torch.autograd.grad(logit, e)
    return slope.norm(dim=2), torch.softmax(o.detach(), 1).gather(1, y[:, None])[:, 0]


def reach(net: Net) -> dict:
    x, y = windows()
    norms = steepness(net, x, y)[0].flip(0).numpy()
    return {"mean": norms.mean(1).tolist(), "median": np.median(norms, 1).tolist()}


@torch.no_grad()
def context(net: Net) -> list[float]:
    x, y = windows()
    return [cross_entropy(net(x[-k:])[0][-1], y).item() for k in CONTEXTS]


@cache
def places() -> list[tuple[str, int]]:
    """Window and place of the next character: closing quotes and brackets, indents
    after a colon, the first of each kind with a distance that shows something."""
    text = python_source.split()[1]
    truth, found = scan(text), []
    wanted = [
        lambda t: (
            text[t] == '"'
            and truth["in string"][t - 25 : t].all()
            and text[t + 1] != '"'
        ),
        lambda t: text[t] == ")" and truth["in brackets"][t - 30 : t + 1].all(),
        lambda t: (
            text[t - 9 : t + 1] == "\n        " + text[t]
            and text[t] not in " \n"
            and truth["in docstring"][t]
        ),
        lambda t: (
            text[t - 4 : t] == "self" and text[t] == "." and truth["in brackets"][t]
        ),
        lambda t: text[t] == "]" and truth["in brackets"][t - 12 : t].all(),
        lambda t: text[t - 8 : t] == "        " and text[t : t + 6] == "return",
    ]
    for rule in wanted[:PLACES]:
        t = next(t for t in range(2000, len(text) - 10) if rule(t))
        found.append((text[t - REACH : t], t))
    return found


def pictures(net: Net) -> list[dict]:
    text, found = python_source.split()[1], []
    for window, t in places():
        x = torch.as_tensor(python_source.encode(window))[:, None]
        y = torch.as_tensor(python_source.encode(text[t]))
        norms, p = steepness(net, x, y)
        found.append(
            {
                "norms": [float(f"{v:.2g}") for v in norms[:, 0].tolist()],
                "probability": float(f"{p.item():.3g}"),
            }
        )
    return found


@torch.no_grad()
def closing(net: Net) -> list[float]:
    """Mean share of probability of the right kind, by the depth before closing."""
    x, depths, _ = words([79, 0], 400, LENGTH)
    p = torch.softmax(net(x[:-1])[0], 2)
    found = []
    for depth in range(1, DEEPEST + 1):
        at = torch.as_tensor((depths[:-1] == depth) & (x[1:].numpy() % 2 == 1))
        right = p.gather(2, x[1:, :, None])[..., 0][at]
        both = p[..., 1][at] + p[..., 3][at]
        found.append((right / both).mean().item())
    return found


def report(task: str, cell: str, rate: float, seed: int) -> tuple[list[float], dict]:
    steps = SOURCE_STEPS if task == "source" else STEPS
    losses, curve, before, net = train(task, cell, rate, seed, steps)
    x = source()[2] if task == "source" else words([78, 0], 300, LENGTH)[0]
    inside, bare = net.inside(x), before.inside(x)
    made = {
        "rate": rate,
        "units": size(task, cell),
        "parameters": count(net),
        "curve": curve,
        "test": nats(net, x),
        "gates": gates(inside),
        "gates before training": gates(bare),
        "probes": probes(task, inside, bare, "c" if cell == "lstm" else "h"),
    }
    if cell == "lstm":
        made["probes of h"] = probes(task, inside, bare, "h")
    if task == "source":
        made["reach"] = reach(net) | {"before": reach(before)["mean"]}
        made["context"] = context(net)
        made["pictures"] = pictures(net)
    else:
        made["long"] = nats(net, words([80, 0], 200, 5 * LENGTH)[0])
        made["closing"] = closing(net)
    return losses, made


# What tried() found: the last validation loss of each rate.
TRIED: dict[str, tuple[float, ...]] = {
    "source, lstm": (1.992, 1.769, 1.707, 1.826),
    "source, gru": (1.798, 1.677, 1.766, 2.173),
    "source, tanh": (1.778, 1.71, 1.901, 2.549),
    "brackets, lstm": (0.9898, 0.9444, 0.8966, 0.8982),
    "brackets, gru": (0.985, 0.9424, 0.8995, 0.915),
    "brackets, tanh": (0.9986, 0.9318, 0.8814, 1.005),
}


def tried(task: str, cell: str) -> list[float]:
    steps = TUNING_STEPS if task == "source" else STEPS
    ends = [train(task, cell, rate, TUNING, steps)[1][-1] for rate in RATES]
    return [float(f"{v:.4g}") for v in ends]


def chosen(task: str, cell: str) -> float:
    return RATES[int(np.argmin(TRIED[f"{task}, {cell}"]))]


def run(seed: int, steps: int) -> dict:
    """Both tasks, three cells; for a rehearsal the losses on brackets alone."""
    torch.set_num_threads(1)
    if steps < STEPS:
        rate = chosen("brackets", "lstm")
        return {"loss": train("brackets", "lstm", rate, seed, steps)[0]}
    found: dict = {"seconds": {}}
    for task in TASKS:
        found[task] = {}
        for cell in CELLS:
            start = time.process_time()
            losses, found[task][cell] = report(task, cell, chosen(task, cell), seed)
            found["seconds"][f"{task}, {cell}"] = time.process_time() - start
            if (task, cell) == ("brackets", "lstm"):
                found["loss"] = losses
    return found


def baseline() -> dict:
    """Guessing; probes that see the last symbols only; rates; the pictures' text."""
    torch.set_num_threads(1)
    window: dict = {}
    for task in TASKS:
        if task == "source":
            x, sets = source()[2], labels()
        else:
            x, depths, kind = words([78, 0], 300, LENGTH)
            sets = {"depth": depths.astype(float), "innermost": kind.numpy() == 1}
        for back in WINDOWS[task]:
            symbols = one_hot(x, SYMBOLS[task]).to(torch.uint8)
            parts = []
            for k in range(back):
                part = torch.zeros_like(symbols)
                part[k:] = symbols[: len(symbols) - k]
                parts.append(part)
            seen = torch.cat(parts, 2)
            for name, values in sets.items():
                keep = np.ones(x.shape, bool)
                if task == "source":
                    keep[:] = False
                    keep[WARM::STRIDE] = True
                elif name == "innermost":
                    keep = uncovered(x, kind)
                y = values.T[keep.T]
                value = linear(flat(seen, keep), y)
                window.setdefault(f"{task}, {name}", {})[str(back)] = value
    x = source()[2]
    share = np.bincount(x.flatten(), minlength=96) / x.numel()
    some = share[share > 0]
    return {
        "source": float(-(some * np.log(some)).sum()),
        "brackets": {
            "uniform": float(np.log(4)),
            "least": least(words([78, 0], 300, LENGTH)[1]),
            "least, long": least(words([80, 0], 200, 5 * LENGTH)[1]),
        },
        "window": window,
        "share": {k: float(v[WARM:].mean()) for k, v in labels().items()},
        "tried": TRIED,
        "rates": RATES,
        "pictures": [
            {"text": w, "next": python_source.split()[1][t]} for w, t in places()
        ],
    }


if __name__ == "__main__":
    main(__file__)
