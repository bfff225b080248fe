"""Scheduled sampling on the numbers from one to 9999 in English words.

A plain tanh network (embedding 64, 128 units, W_hh orthogonal at the start) reads a
number, its words between full stops, filled with full stops in front to PREFIX words,
and goes on: it names the words that follow, which the number determines. Blocks of a
hundred numbers are held out at random: 20 to test, 10 to choose by; a continuation
never leaves its block. Updates: BATCH continuations of TRAINED words, mean
cross-entropy (the prefix is not scored), Adam, gradient norm at most 1, the rate falls
to zero along half a cosine, STEPS updates in every arm.

After the prefix the next input is the true word with probability p, else the word that
the network draws from its own distribution; the target is always the true word, and no
gradient goes through the drawn word. At update i of N, s = i / N:

    "forcing"           p = 1
    "linear"            p = 1 - s
    "exponential"       p = 0.05 ** s, that is c ** i with c ** N = 0.05
    "inverse sigmoid"   p = k / (k + exp(i / k)), k such that p = 1/2 at i = N / 2
    "one coin"          inverse sigmoid; one coin a continuation, not one a word
    "argmax"            inverse sigmoid; the most probable word is fed, not a drawn one
    "always"            p = 0

The schedules p become e + (1 - e) p, where the end e is one of ENDS. Rate and end are
chosen by the share of right words in free runs on the blocks to choose by, seed 0;
"linear" and "exponential" take the rate of "inverse sigmoid", "one coin" and "argmax"
also its end. "choices" shows all tried.

Scores on the test blocks, for every start with LONG words to come. With true inputs:
"nats" a word, "one_step" (share of right words), "log_likelihood" of a continuation,
"successor_true" (share of whole numbers right). Free, the most probable word fed back:
"free" (share right, word 1..LONG), "numbers" (share of continuations whose first 1, 2,
5 numbers are right), "successor" (share of written numbers that are the successor of
the number the network itself wrote before), "successor_after" (the same while all
numbers before were right, and after a wrong one), "valid" (share of written numbers
that are numbers at all). "drawn" and "drawn_numbers": the same with words drawn.
"window": share right at words after 8: "true" (true inputs), "right" (the last 8 inputs
were own words and right), "one wrong" (one of the 8 was wrong).
"recovery": true inputs but for one, in whose place stands the network's most probable
wrong word; share right at the 1st, 2nd, ... word after it, "with" and "without" it.
"cpu": CPU-seconds of the training. "loss": training loss of "forcing" at rate 0.003.
"""

from __future__ import annotations

import math
import time
from functools import cache

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from unrolled.data import human_numbers
from unrolled.experiment import main
from unrolled.ngram import WittenBell

SEEDS = (0, 1, 2)
STEPS = 1200
REHEARSAL = 300
PREFIX, TRAINED, LONG = 8, 24, 40
BATCH, EMBEDDING, UNITS = 64, 64, 128
RATES, ENDS = (0.003, 0.006), (0.0, 0.5)
LOW_RATE = 0.0015  # tried by the arms without a schedule, which have no end to choose
PLAIN_RATE = 0.003
LAGS = 16
ORDERS = (2, 3, 4, 5, 6, 8, 11, 16)


@cache
def vocabulary() -> dict[str, int]:
    """Word -> id; "." is 0, the others in the order in which they first occur."""
    text = " . ".join(human_numbers.numbers())
    return {w: i for i, w in enumerate(dict.fromkeys([".", *text.split()]))}


@cache
def spelled() -> dict[tuple[int, ...], int]:
    """Ids of the words of a number -> the number."""
    ids = vocabulary()
    return {
        tuple(ids[w] for w in number.split()): n
        for n, number in enumerate(human_numbers.numbers(), 1)
    }


def blocks(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which hundreds are learned, chosen by, tested."""
    order = np.random.default_rng(seed).permutation(100)
    return order[30:], order[20:30], order[:20]


def texts(hundreds: np.ndarray) -> list[list[list[int]]]:
    """For each block its numbers, as ids of words with a full stop."""
    by_number = {n: [*ids, 0] for ids, n in spelled().items()}
    return [
        [by_number[n] for n in range(max(1, 100 * b), 100 * b + 100)] for b in hundreds
    ]


def examples(hundreds: np.ndarray, length: int) -> torch.Tensor:
    """(PREFIX + length, n): every number of the blocks with `length` words to come."""
    found = []
    for block in texts(hundreds):
        for i, number in enumerate(block):
            rest = [w for one in block[i + 1 :] for w in one][:length]
            if len(rest) == length:
                found.append([0] * (PREFIX - len(number)) + number + rest)
    return torch.tensor(found).T.contiguous()


class Net(nn.Module):
    """Embedding, tanh units, read-out at every word."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(vocabulary()), EMBEDDING)
        self.rnn = nn.RNN(EMBEDDING, UNITS)
        self.read_out = nn.Linear(UNITS, len(vocabulary()))
        nn.init.orthogonal_(self.rnn.weight_hh_l0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of the words after the prefix: x[:-1] is read."""
        return self.read_out(self.rnn(self.embedding(x[:-1]))[0][PREFIX - 1 :])

    @torch.no_grad()
    def own(self, text, p: float, coins=None, draws=True, seed: int = 0) -> tuple:
        """The text with words after the prefix replaced by the network's own where the
        coin is not below p; and all words that it named."""
        rnn, x, named = self.rnn, text.clone(), torch.empty_like(text[PREFIX:])
        T, n = named.shape
        drive = self.embedding.weight @ rnn.weight_ih_l0.T
        drive = drive + rnn.bias_ih_l0 + rnn.bias_hh_l0
        W, out = (w.T.contiguous() for w in (rnn.weight_hh_l0, self.read_out.weight))
        bias, source = self.read_out.bias, torch.Generator().manual_seed(seed)
        coins = torch.zeros(T, n) if coins is None else coins
        if draws:  # the largest logit + Gumbel noise is a draw from the softmax
            noise = torch.rand(T, n, len(bias), generator=source).clamp_(1e-12)
            noise = -torch.log(-torch.log(noise))
        h = torch.zeros(n, UNITS)
        for t in range(PREFIX + T - 1):
            h = torch.tanh(drive[x[t]] + h @ W)
            k = t - PREFIX + 1
            if k >= 0:
                o = h @ out + bias
                named[k] = (o + noise[k] if draws else o).argmax(-1)
                x[t + 1] = torch.where(coins[k] < p, text[t + 1], named[k])
        return x, named


@cache
def slope(N: int) -> float:
    """k of the inverse sigmoid that is 1/2 at N / 2: k ln k = N / 2, by bisection."""
    low, high = 1.0, float(N)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if middle * math.log(middle) < N / 2 else (low, middle)
        )
    return low


def truth(arm: str, i: int, N: int, end: float) -> float:
    """Probability of the true word at update i of N."""
    if arm in ("forcing", "always"):
        return float(arm == "forcing")
    if arm == "linear":
        p = 1 - i / N
    elif arm == "exponential":
        p = 0.05 ** (i / N)
    else:
        k = slope(N)
        p = k / (k + math.exp(i / k))
    return end + (1 - end) * p


def train(arm: str, seed: int, rate: float, end: float, steps: int) -> tuple:
    """Losses, network and CPU-seconds; the schedules are those of STEPS updates."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net, source = Net(), torch.Generator().manual_seed(seed)
    text = examples(blocks(seed)[0], TRAINED)
    rule = torch.optim.Adam(net.parameters(), rate)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(rule, STEPS)
    losses, start = [], time.process_time()
    for i in range(steps):
        x = y = text[:, torch.randint(text.shape[1], (BATCH,), generator=source)]
        if arm != "forcing":
            many = 1 if arm == "one coin" else TRAINED
            coins = torch.rand(many, BATCH, generator=source).expand(TRAINED, BATCH)
            p, draws = truth(arm, i, STEPS, end), arm != "argmax"
            x = net.own(y, p, coins, draws, seed=1_000_000 * seed + i)[0]
        loss = cross_entropy(net(x).flatten(0, 1), y[PREFIX:].flatten())
        rule.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        rule.step()
        plan.step()
        losses.append(loss.item())
    return losses, net, time.process_time() - start


def numbers_right(right: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Share of continuations (columns) whose first 1, 2, 5 numbers are right."""
    ends = np.cumsum(y == 0, axis=0)  # full stops up to and with each word
    so_far = np.logical_and.accumulate(right, axis=0)
    return {
        str(m): float(
            np.mean([so_far[np.argmax(e == m), b] for b, e in enumerate(ends.T)])
        )
        for m in (1, 2, 5)
    }


def pieces(ids: list[int]) -> list[tuple[int, ...]]:
    """The words between full stops; what is behind the last one is left out."""
    found, now = [], []
    for w in ids:
        if w == 0:
            found.append(tuple(now))
            now = []
        else:
            now.append(w)
    return found


def counting(text: np.ndarray, named: np.ndarray) -> dict:
    """Successors among the written numbers: of all, while right, after an error."""
    follows: dict[bool, list[bool]] = {True: [], False: []}
    valid, known = [], spelled()
    for before, own in zip(text[:PREFIX].T.tolist(), named.T.tolist(), strict=True):
        last, right = known[tuple(w for w in before if w)], True
        for piece in pieces(own):
            n = known.get(piece)
            valid.append(n is not None)
            good = n is not None and last is not None and n == last + 1
            follows[right].append(good)
            last, right = n, right and good
    both = follows[True] + follows[False]
    return {
        "successor": float(np.mean(both)),
        "successor_after": {
            "right": float(np.mean(follows[True])),
            "wrong": float(np.mean(follows[False])) if follows[False] else None,
        },
        "valid": float(np.mean(valid)),
    }


def whole(right: np.ndarray, y: np.ndarray) -> float:
    """Share of numbers of the continuations of which every word is right."""
    found = []
    for r, w in zip(right.T, y.T, strict=True):
        stops = np.flatnonzero(w == 0)
        starts = [0, *(stops[:-1] + 1)]
        found += [r[a : b + 1].all() for a, b in zip(starts, stops, strict=True)]
    return float(np.mean(found))


def window(right_free: np.ndarray, right_true: np.ndarray, m: int = 8) -> dict:
    """Share right at words m + 1, m + 2, ... by what the m words before were."""
    wrong = np.cumsum(~right_free, axis=0)
    before = wrong[m - 1 : -1] - np.concatenate([0 * wrong[:1], wrong[: -m - 1]])
    at = right_free[m:]
    return {
        "true": float(right_true[m:].mean()),
        "right": float(at[before == 0].mean()) if (before == 0).any() else None,
        "one wrong": float(at[before == 1].mean()) if (before == 1).any() else None,
    }


@torch.no_grad()
def recovery(net: Net, text: torch.Tensor, seed: int) -> dict[str, list[float]]:
    """Share right 1..LAGS words after one wrong input, with and without it."""
    T, n = LONG, text.shape[1]
    at = np.random.default_rng(seed).integers(0, T - LAGS - 1, size=n)
    at, columns = torch.tensor(at), torch.arange(n)
    logits = net(text)
    y = text[PREFIX:]
    logits = logits.scatter(-1, y[..., None], -torch.inf)
    spoiled = text.clone()
    spoiled[PREFIX + at, columns] = logits[at, columns].argmax(-1)
    found = {}
    for name, x in (("with", spoiled), ("without", text)):
        right = net(x).argmax(-1) == y
        found[name] = [
            float(right[at + lag, columns].float().mean()) for lag in range(1, LAGS + 1)
        ]
    return found


@torch.no_grad()
def scores(net: Net, hundreds: np.ndarray, seed: int) -> dict:
    text = examples(hundreds, LONG)
    y, logits = text[PREFIX:], net(text)
    nats = cross_entropy(logits.flatten(0, 1), y.flatten()).item()
    greedy = net.own(text, 0.0, draws=False)[1]
    drawn = net.own(text, 0.0, seed=seed)[1]
    right_true, right, right_drawn = (
        (a == y).numpy() for a in (logits.argmax(-1), greedy, drawn)
    )
    return {
        "nats": nats,
        "one_step": float(right_true.mean()),
        "log_likelihood": -LONG * nats,
        "successor_true": whole(right_true, y.numpy()),
        "free": right.mean(axis=1).tolist(),
        "numbers": numbers_right(right, y.numpy()),
        **counting(text.numpy(), greedy.numpy()),
        "drawn": right_drawn.mean(axis=1).tolist(),
        "drawn_numbers": numbers_right(right_drawn, y.numpy()),
        "window": window(right, right_true),
        "recovery": recovery(net, text, seed),
    }


@cache
def choices() -> dict:
    """Rate and end of each arm, and what was tried: [rate, end, share right in free
    runs, nats] on the blocks to choose by, seed 0."""
    found: dict = {}
    for arm in ("forcing", "always", "inverse sigmoid", "linear", "exponential"):
        plain, tried = arm in ("forcing", "always"), []
        rates = (LOW_RATE, *RATES) if plain else RATES
        if arm in ("linear", "exponential"):
            rates = (found["inverse sigmoid"]["rate"],)
        for rate in rates:
            for end in (0.0,) if plain else ENDS:
                net = train(arm, 0, rate, end, STEPS)[1]
                s = scores(net, blocks(0)[1], 0)
                tried.append([rate, end, float(np.mean(s["free"])), s["nats"]])
        rate, end = max(tried, key=lambda one: one[2])[:2]
        found[arm] = {"rate": rate, "end": end, "tried": tried}
    for arm in ("one coin", "argmax"):
        found[arm] = {k: found["inverse sigmoid"][k] for k in ("rate", "end")}
    return found


def run(seed: int, steps: int) -> dict:
    """Losses of "forcing"; for a whole run the scores of every arm."""
    if steps < STEPS:
        return {"loss": train("forcing", seed, PLAIN_RATE, 0.0, steps)[0]}
    result: dict = {"arms": {}}
    for arm, choice in choices().items():
        losses, net, cpu = train(arm, seed, choice["rate"], choice["end"], STEPS)
        result["arms"][arm] = {**scores(net, blocks(seed)[2], seed), "cpu": cpu}
        if (arm, choice["rate"]) == ("forcing", PLAIN_RATE):
            result["loss"] = losses
    if "loss" not in result:
        result["loss"] = train("forcing", seed, PLAIN_RATE, 0.0, STEPS)[0]
    return result


def table_scores(model: WittenBell, text: np.ndarray) -> dict:
    """Scores of a table of counts, from the last full stop of the prefix's filling."""
    y, known = text[PREFIX:], {}

    def probabilities(context: list[int]) -> np.ndarray:
        key = tuple(context[-model.n + 1 :])
        if key not in known:
            known[key] = model.probabilities(key)
        return known[key]

    nats, right_true, named = [], np.empty(y.shape, bool), np.empty_like(y)
    for b in range(text.shape[1]):
        number = [w for w in text[:PREFIX, b].tolist() if w]
        true, own = [0, *number, 0], [0, *number, 0]
        for t, w in enumerate(y[:, b].tolist()):
            p = probabilities(true)
            nats.append(-np.log(p[w]))
            right_true[t, b] = p.argmax() == w
            true.append(w)
            named[t, b] = int(probabilities(own).argmax())
            own.append(int(named[t, b]))
    right = named == y
    return {
        "nats": float(np.mean(nats)),
        "one_step": float(right_true.mean()),
        "log_likelihood": -LONG * float(np.mean(nats)),
        "successor_true": whole(right_true, y),
        "free": right.mean(axis=1).tolist(),
        "numbers": numbers_right(right, y),
        **counting(text, named),
    }


def tables(seed: int) -> dict:
    """Scores of tables on the test blocks (every fourth start); for "nats", "one_step"
    and "free" the order that does best on the blocks to choose by."""
    learn, choose, test = blocks(seed)
    by_order = {}
    for n in ORDERS:
        model = WittenBell(n, len(vocabulary()))
        for block in texts(learn):
            model.fit([0, *(w for number in block for w in number)])
        by_order[n] = [
            table_scores(model, examples(part, LONG)[:, ::4].numpy())
            for part in (choose, test)
        ]
    measures = {
        "nats": lambda s: -s["nats"],
        "one_step": lambda s: s["one_step"],
        "free": lambda s: float(np.mean(s["free"])),
    }
    found = {}
    for name, measure in measures.items():
        n = max(ORDERS, key=lambda n: measure(by_order[n][0]))
        found[name] = {"order": n, **by_order[n][1]}
    return found


def baseline() -> dict:
    """Tables of counts, the commonest word, and how the settings were chosen."""
    commonest = []
    for seed in SEEDS:
        learned = np.concatenate(
            [number for block in texts(blocks(seed)[0]) for number in block]
        )
        y = examples(blocks(seed)[2], LONG)[PREFIX:].numpy()
        commonest.append(float(np.mean(y == np.bincount(learned).argmax())))
    return {
        "tables": [tables(seed) for seed in SEEDS],
        "commonest word": commonest,
        "uniform nats": math.log(len(vocabulary())),
        "choices": choices(),
    }


if __name__ == "__main__":
    main(__file__)
