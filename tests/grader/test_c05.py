"""The questions of chapter 5, graded through the worker.

Rewrites are right answers in other words; they are written here as whole functions and
graded as a learner's cell would be. A misconception may call helpers of its module:
they are handed in with it, as a learner would write them.
"""

from __future__ import annotations

import inspect
import itertools
import re

import numpy as np
import pytest
from harness import WithHelpers, arguments, blank

from unrolled.grader.checks.c05 import q1, q2, q3, q4, q5, q6

BENCH = WithHelpers("05")
by_id = {q.id: q for q in BENCH.questions}


@pytest.fixture(scope="module", autouse=True)
def session():
    with BENCH:
        yield


def each_question():
    return pytest.mark.parametrize("q", BENCH.questions, ids=lambda q: q.id)


@each_question()
def test_reference(q):
    BENCH.assert_reference(q)


@each_question()
def test_blank(q):
    BENCH.assert_blank(q)


def test_half(tmp_path):
    BENCH.assert_half(tmp_path)


@each_question()
def test_misconceptions(q):
    BENCH.assert_misconceptions(q)


def test_points():
    points = {q.id: q.points for q in BENCH.questions}
    assert list(points.values()) == [4, 4, 4, 4, 3, 4]


# What a misconception leaves: a mistake in one term must not cost the others.
LEFT = {
    "05.1": {
        "mean of the exponentials": 0,
        "2 to the power of nats": 0,
        "e to the power of bits": 0,
        "mean loss instead of perplexity": 0,
        "exponential of the sum": 0,
        "mean of the batches' perplexities": 2,
        "mean of the batches' losses": 2,
        "mean of the texts' losses": 1,
        "mean of the texts' perplexities": 0,
        "padding in the divisor": 2,
        "padding read as the last symbol": 2,
        "padding in the sum": 2,
        "logits taken for log probabilities": 0,
        "softmax twice": 0,
        "a small constant in the logarithm": 3,
        "probabilities clipped": 3,
        "symbol 0 taken for padding": 0,
        "one maximum for the batch": 3,
        "one maximum for the batch, divided": 3,
        "exponential of large logits": 3,
        "logits taken for log probabilities, in bits": 3,
        "symbol 0 taken for padding, in bits": 3,
        "bits a word": 3,
        "nats a character": 3,
        "multiplied by ln 2": 3,
        "mean width of the dictionary": 3,
        "mean of ratios": 3,
        "mean of the batches' ratios": 3,
        "width of the padding": 3,
        "perplexity divided by the width": 3,
    },
    "05.2": {
        "probabilities divided, and normalised again": 2,
        "probabilities divided, 0 apart": 2,
        "probabilities divided": 2,
        "multiplied by tau": 2,
        "multiplied by tau, 0 apart": 2,
        "softmax of scaled probabilities": 2,
        "exponential of large quotients": 3,
        "divided before shifted": 3,
        "divided before shifted, 0 apart": 3,
        "0 divided by 0": 3,
        "the first of the best takes all": 3,
        "0 taken for infinity": 3,
        "one temperature for the batch": 2,
        "a small constant added to tau": 2,
        "tau kept away from 0": 3,
        "tau kept above a thousandth": 3,
        "powers that vanish": 3,
        "powers that vanish, 0 apart": 3,
        "always the most probable": 2,
        "a seed of its own": 3,
        "one random number for all rows": 2,
        "all symbols alike": 2,
        "one symbol too far": 2,
        "one symbol too low": 2,
        "the first row's distribution for all": 2,
        "compared with p instead of its running sum": 3,
    },
    "05.3": {
        "the crossing symbol dropped": 1,
        "the crossing symbol dropped, 0 divided by 0": 1,
        "the crossing symbol dropped, one kept": 1,
        "one symbol too many": 1,
        "not renormalised": 1,
        "renormalised after k alone": 1,
        "taken in the order of their numbers": 0,
        "not sorted at all": 0,
        "a softmax over the kept": 1,
        "a softmax over the row": 0,
        "taken where it is to be put": 0,
        "one more than k": 3,
        "least probable first": 0,
        "threshold on each probability": 0,
        "a share of the largest probability": 1,
        "returned in sorted order": 0,
        "the two steps not in their order": 3,
        "k ignored": 3,
        "top_p ignored": 0,
        "one threshold for the batch": 1,
        "the first row's symbols in all rows": 1,
        "1 − top_p": 1,
    },
    "05.4": {
        "contexts across names": 1,
        "a start after an end": 2,
        "short contexts at the start alone": 1,
        "ends not counted": 1,
        "0 divided by 0": 2,
        "zero after an unseen context": 2,
        "uniform after an unseen context": 2,
        "nothing discounted": 0,
        "the rest for the unseen alone": 0,
        "counts below zero": 0,
        "d for the weight of the shorter context": 0,
        "d collected once": 0,
        "N(u) taken for V": 0,
        "each name once": 1,
        "each follower once": 0,
        "Witten and Bell's weights": 1,
        "n symbols before": 3,
        "one context alone": 2,
        "the longest context or nothing": 1,
        "1/(V − 1) as the last resort": 0,
        "the newest symbol dropped": 2,
        "the first symbols for a context": 3,
        "no uniform share": 1,
        "test names counted": 3,
        "counted on the test names": 3,
        "judged on the training names": 3,
        "counts that grow during the test": 3,
        "mean of the names' means": 3,
        "nats a name": 3,
        "ends not judged": 3,
        "ends not in the divisor": 3,
        "bits": 3,
        "perplexity": 3,
        "one long text": 3,
    },
    "05.5": {
        "the two coins exchanged": 1,
        "a coin before in length_after": 2,
        "a coin after in length_before": 2,
        "s taken for going on, in both": 1,
        "s taken for going on, in length_after": 2,
        "s taken for going on, in length_before": 2,
        "texts that were cut forgotten, in both": 1,
        "texts that were cut forgotten, in length_after": 2,
        "texts that were cut forgotten, in length_before": 2,
        "finished texts alone, in both": 1,
        "finished texts alone, in length_after": 2,
        "finished texts alone, in length_before": 2,
        "no cut, in both": 1,
        "no cut, in length_after": 2,
        "no cut, in length_before": 2,
        "the formula cut at L, in both": 1,
        "the formula cut at L, in length_after": 2,
        "the formula cut at L, in length_before": 2,
        "chances in reverse order, in both": 1,
        "chances in reverse order, in length_after": 2,
        "chances in reverse order, in length_before": 2,
        "length_after minus one": 2,
        "the cut one symbol late": 2,
        "the mean chance at every step": 1,
        "the first chance at every step": 1,
        "no product, in both": 1,
        "no product, in length_after": 2,
        "no product, in length_before": 2,
        "the cut after the mean": 2,
        "no cut, in length_predicted": 2,
        "long texts thrown away": 2,
        "long texts drawn again": 2,
        "lengths counted from one": 2,
        "the cut one symbol early": 2,
        "the most probable length": 2,
    },
    "05.6": {
        "the past tested": 1,
        "the row's own input counted": 1,
        "every dependence counted": 1,
        "pairs the wrong way round": 1,
        "offsets instead of positions": 1,
        "the last row alone": 1,
        "the first row alone": 1,
        "the last input alone": 1,
        "the next input alone": 1,
        "another dropout in each call": 3,
        "exact equality": 3,
        "exact equality and another dropout": 3,
        "one text": 3,
        "two inputs exchanged": 1,
        "the future shuffled": 1,
        "the whole future redrawn": 1,
        "targets changed with the inputs": 1,
        "pairs counted from one": 1,
        "the last row against the past": 1,
        "all pairs, whatever the model": 1,
        "all rows named when one moves": 1,
        "changes that pile up": 1,
        "every leak is the whole text": 3,
        "a block taken for a window": 3,
        "whole because the last input is read": 3,
        "the first row decides": 3,
        "window and block exchanged": 3,
        "small leaks forgiven": 3,
    },
}


@each_question()
def test_partial_credit(q):
    left = {m.name: BENCH.grade(q, m.wrong).score for m in q.misconceptions}
    assert left == LEFT[q.id]


# --- mutants of the reference ---------------------------------------------------------

TEXTS = "how many texts are tried is free: 1 run in 1e6 misses the rarest effect"
ANOTHER = (
    "any way to put another symbol into the place will do, since many texts are tried"
)
EQUIVALENT = {
    "05.2": {
        "at_temperature, line 8, constant changed: 1.0 -> 2.0": (
            "it stands where tau is 0, and those rows are replaced two lines below"
        ),
        "draw, line 8, factor dropped: "
        "rng.random(len(p)) * ends[:, -1] -> rng.random(len(p))": (
            "the rows sum to 1 but for rounding, which matters for one draw in 1e7"
        ),
    },
    "05.6": {
        "future_reads, line 9, range shifted: range(100) -> range(101)": TEXTS,
        "future_reads, line 9, range shifted: range(100) -> range(99)": TEXTS,
        "future_reads, line 12, range shifted: range(1, T) -> range(0, T)": (
            "no row lies before input 0, so nothing is added for it"
        ),
        "future_reads, line 14, sign flipped: "
        "x[s] + rng.integers(1, V) -> x[s] - rng.integers(1, V)": ANOTHER,
        "future_reads, line 14, term dropped: "
        "x[s] + rng.integers(1, V) -> rng.integers(1, V)": ANOTHER,
        "future_reads, line 14, index shifted: x[s] -> x[s - 1]": ANOTHER,
        "future_reads, line 14, constant changed: 1 -> 2": ANOTHER,
        "future_reads, line 16, operands swapped: "
        "model(other, np.random.default_rng(trial)) - scores -> "
        "scores - model(other, np.random.default_rng(trial))": "|a - b| = |b - a|",
        "which_leak, line 4, range shifted: range(T) -> range(T + 1)": (
            "there is no row T in the pairs, so its reach is 0"
        ),
        "which_leak, line 4, range shifted: range(T) -> range(T - 1)": (
            "the last row has no future, so its reach is 0"
        ),
        "which_leak, line 10, index shifted: reach[1] -> reach[2]": (
            "T is 8 or more: row 2 reaches as far as row 0 in a window of 3 steps or "
            "less, and two steps less in a block of 3 to 5"
        ),
    },
}


@each_question()
def test_mutants(q):
    BENCH.assert_mutants(q, at_least=8, equivalent=EQUIVALENT.get(q.id))


# --- rewrites -----------------------------------------------------------------------


def perplexity_by_loops(batches):
    total, count = 0.0, 0
    for o, y in batches:
        for t, b in itertools.product(*map(range, y.shape)):
            if y[t, b] == -1:
                continue
            row = o[t, b].tolist()
            top = max(row)
            log_sum = top + np.log(sum(np.exp(v - top) for v in row))
            total += log_sum - row[y[t, b]]
            count += 1
    return float(np.exp(total / count))


def perplexity_by_masked_sums(batches):
    bits = symbols = 0
    for o, y in batches:
        mask = y != -1
        z = np.where(mask[..., None], o, 0.0)
        z = z - z.max(-1, keepdims=True)
        picked = np.take_along_axis(z, np.where(mask, y, 0)[..., None], -1)[..., 0]
        nats = np.log(np.exp(z).sum(-1)) - picked
        bits += (nats * mask).sum() / np.log(2)
        symbols += mask.sum()
    return 2.0 ** (bits / symbols)


def perplexity_by_logaddexp(batches):
    losses = []
    for o, y in batches:
        for row, symbol in zip(o[y >= 0], y[y >= 0], strict=True):
            losses.append(np.logaddexp.reduce(row) - row[symbol])
    return np.exp(np.mean(losses))


def bits_by_loops(batches, width):
    bits = characters = 0.0
    for o, y in batches:
        for t, b in zip(*np.nonzero(y >= 0), strict=True):
            z = o[t, b]
            bits += (np.logaddexp.reduce(z) - z[y[t, b]]) / np.log(2)
            characters += width[y[t, b]]
    return bits / characters


def bits_from_perplexity(batches, width):
    widths = np.concatenate([width[y[y != -1]] for _, y in batches])
    return np.log2(perplexity(batches)) / widths.mean()  # noqa: F821


def bits_with_table(batches, width):
    table = np.append(width, 0)  # the last entry is for the padding
    characters = sum(table[y].sum() for _, y in batches)
    words = sum((y > -1).sum() for _, y in batches)
    return words * np.log2(perplexity(batches)) / characters  # noqa: F821


def temperature_row_by_row(o, tau):
    rows = []
    for row, t in zip(o, tau, strict=True):
        if t == 0:
            w = (row == row.max()).astype(float)
        else:
            w = np.exp((row - row.max()) / t)
        rows.append(w / w.sum())
    return np.array(rows)


def temperature_by_powers(o, tau):
    w = np.exp(o - o.max(axis=1, keepdims=True))  # the largest is 1, at any power
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        w = w ** np.where(tau > 0, 1 / np.maximum(tau, 1e-308), np.inf)[:, None]
    return w / w.sum(axis=1, keepdims=True)


def temperature_in_logarithms(o, tau):
    z = np.array(o, dtype=float)
    z -= z.max(axis=1)[:, None]
    with np.errstate(all="ignore"):
        z = np.where(z == 0, 0.0, z / tau[:, None])
    return np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])


def draw_by_gumbel(p, rng):
    with np.errstate(divide="ignore"):
        return np.argmax(np.log(p) + rng.gumbel(size=p.shape), axis=1)


def draw_by_choice(p, rng):
    p = p.astype(np.float64)
    return [rng.choice(len(row), p=row / row.sum()) for row in p]


def draw_by_multinomial(p, rng):
    p = p.astype(np.float64)
    return rng.multinomial(1, p / p.sum(axis=1, keepdims=True)).argmax(axis=1)


def draw_by_searching(p, rng):
    ends = np.cumsum(p.astype(np.float64), axis=1)
    ends /= ends[:, -1:]
    u = rng.random(len(p))
    return np.array(
        [np.searchsorted(e, v, side="right") for e, v in zip(ends, u, strict=True)]
    )


def nucleus_sorted_and_put_back(p, top_p, k):
    order = np.argsort(p, axis=1)[:, ::-1]
    s = np.take_along_axis(p, order, axis=1)
    s[:, k:] = 0.0
    s /= s.sum(axis=1, keepdims=True)
    before = np.concatenate(
        [np.zeros((len(p), 1)), np.cumsum(s, axis=1)[:, :-1]], axis=1
    )
    s = np.where(before < top_p[:, None], s, 0.0)
    result = np.empty_like(s)
    np.put_along_axis(result, order, s, axis=1)
    return result / result.sum(axis=1, keepdims=True)


def nucleus_one_by_one(p, top_p, k):
    result = []
    for row, threshold in zip(p.tolist(), top_p, strict=True):
        best = sorted(range(len(row)), key=lambda v: row[v], reverse=True)[:k]
        whole, total, kept = sum(row[v] for v in best), 0.0, []
        for v in best:
            kept.append(v)
            total += row[v] / whole
            if total >= threshold:
                break
        share = sum(row[v] for v in kept)
        result.append([row[v] / share if v in kept else 0.0 for v in range(len(row))])
    return result


def nucleus_by_searching(p, top_p, k):
    result = np.zeros_like(p)
    for b in range(len(p)):
        best = np.flip(np.argsort(p[b]))[: min(k, p.shape[1])]
        share = p[b, best] / p[b, best].sum()
        count = int(np.searchsorted(np.cumsum(share), top_p[b])) + 1
        kept = best[:count]
        result[b, kept] = p[b, kept]
        result[b] = result[b] / np.sum(result[b])
    return result


def counts_from_longest(train, context, n, V, d):
    def after(u):
        if u is None:
            return np.ones(V) / V
        c = np.zeros(V)
        for name in train:
            ids = tuple(name) + (0,)
            for t in range(len(ids) - len(u)):
                if ids[t : t + len(u)] == u:
                    c[ids[t + len(u)]] += 1
        shorter = after(u[1:] if u else None)
        if c.sum() == 0:
            return shorter
        kept = np.where(c > 0, c - d, 0)
        return kept / c.sum() + (c.sum() - kept.sum()) / c.sum() * shorter

    return after(tuple(context[max(0, len(context) - n + 1) :]))


def counts_by_strings(train, context, n, V, d):
    table = {}
    for name in train:
        text = "".join(chr(65 + s) for s in [*name, 0])
        for t in range(len(text)):
            for m in range(min(t, n - 1) + 1):
                key = text[t - m : t]
                row = table.setdefault(key, {})
                row[text[t]] = row.get(text[t], 0) + 1
    beginning = "".join(chr(65 + s) for s in context)
    p = {chr(65 + v): 1 / V for v in range(V)}
    for m in range(n):
        if m > len(beginning):
            break
        row = table.get(beginning[len(beginning) - m :])
        if row:
            c, N = sum(row.values()), len(row)
            p = {w: (max(row.get(w, 0) - d, 0) + d * N * q) / c for w, q in p.items()}
    return [p[chr(65 + v)] for v in range(V)]


def counts_with_weights(train, context, n, V, d):
    from collections import Counter

    p = np.full(V, 1 / V)
    for m in range(min(len(context), n - 1) + 1):
        u = tuple(context[-m:]) if m else ()
        found = Counter()
        for name in train:
            ids = [*name, 0]
            pieces = zip(*(ids[i:] for i in range(m + 1)), strict=False)
            found.update(piece[-1] for piece in pieces if piece[:-1] == u)
        if not found:
            break  # a longer context has not been seen either
        c = np.array([found[v] for v in range(V)])
        weight = d * len(found) / c.sum()
        p = np.clip(c - d, 0, None) / c.sum() + weight * p
    return p


def nats_weighted(train, test, n, V, d):
    total = symbols = 0
    for name in test:
        for t, s in enumerate(name + [0]):
            total -= np.log(probabilities(train, name[:t], n, V, d)[s])  # noqa: F821
            symbols += 1
    return total / symbols


def nats_with_a_memory(train, test, n, V, d):
    known = {}

    def p(u):
        if u not in known:
            known[u] = probabilities(train, list(u), n, V, d)  # noqa: F821
        return known[u]

    ids = [tuple(name) + (0,) for name in test]
    chances = [p(w[max(0, t - n + 1) : t])[w[t]] for w in ids for t in range(len(w))]
    return -np.mean(np.log(chances))


def after_by_survival(p):
    survival = np.concatenate([[1.0], np.cumprod(1 - p[:-1])])
    return survival.sum()


def before_by_survival(p):
    return np.cumprod(1 - p).sum()


def predicted_by_survival(q, L):
    return sum(q[t:].sum() for t in range(1, L + 1))


def after_by_lengths(p):
    going = np.append(1.0, np.cumprod(1 - p))
    chance = going[:-1] * p
    chance[-1] = going[-2]
    return np.arange(1, len(p) + 1) @ chance


def before_by_lengths(p):
    going = np.append(1.0, np.cumprod(1 - p))
    chance = np.append(going[:-1] * p, going[-1])
    return np.arange(len(chance)) @ chance


def predicted_by_lengths(q, L):
    return float(sum(chance * min(n, L) for n, chance in enumerate(q)))


def after_backwards(p):
    rest = 0.0
    for stop in p[::-1]:
        rest = 1.0 + (1.0 - stop) * rest
    return rest


def before_backwards(p):
    rest = 0.0
    for stop in reversed(list(p)):
        rest = (1 - stop) * (1 + rest)
    return rest


def predicted_from_a_table(q, L):
    n = np.arange(len(q))
    n[n > L] = L
    return q.dot(n)


def reads_of_every_symbol(make_model, number, T, rng):
    """Every symbol is put into every place."""
    model, found = make_model(number), set()
    for _ in range(60):
        x = rng.integers(6, size=T)
        base = model(x, np.random.default_rng(7))
        for s, v in itertools.product(range(T), range(6)):
            y = x.copy()
            y[s] = v
            rows = np.any(
                ~np.isclose(model(y, np.random.default_rng(7)), base, atol=1e-8), axis=1
            )
            found.update((t, s) for t in range(s) if rows[t])
    return found


def reads_by_mean_of_dropout(make_model, number, T, rng):
    """A list, from pairs of texts; the seed is drawn from rng, once for each pair."""
    model, most = make_model(number), np.zeros((T, T))
    for _ in range(150):
        seed = int(rng.integers(2**31))
        x, z = rng.integers(6, size=(2, T))
        scores = model(x, np.random.default_rng(seed))
        for s in range(T):
            mixed = np.where(np.arange(T) == s, z, x)
            moved = model(mixed, np.random.default_rng(seed)) - scores
            most[:, s] = np.maximum(most[:, s], np.ptp(np.c_[moved, 0 * moved], axis=1))
    return [(int(t), int(s)) for t, s in np.argwhere(np.triu(most, 1) > 1e-5)]


def reads_with_state_of_generator(make_model, number, T, rng):
    model, most = make_model(number), np.zeros((T, T))
    for _ in range(110):
        state = rng.bit_generator.state
        x = np.random.default_rng(state["state"]["state"] % 2**32).integers(6, size=T)
        scores = model(x, rng)
        for s in range(T):
            rng.bit_generator.state = state
            other = x.copy()
            other[s] = (other[s] + 1 + s + x[0]) % 6
            if other[s] == x[s]:
                other[s] = (x[s] + 1) % 6
            most[:, s] += np.abs(model(other, rng) - scores).sum(axis=1)
        rng.random(50)
    return {
        (int(t), int(s)) for t in range(T) for s in range(t + 1, T) if most[t, s] > 1e-7
    }


def leak_by_comparing(pairs, T):
    pairs = set(map(tuple, pairs))
    if not pairs:
        return "none"
    for reach in (1, 2, 3):
        if pairs == {
            (t, s) for t in range(T) for s in range(t + 1, T) if s - t <= reach
        }:
            return "window"
    for size in (3, 4, 5):
        if all(t // size == s // size for t, s in pairs):
            return "block"
    return "whole"


def leak_by_last_row(pairs, T):
    ahead = [sum(u == t for u, _ in pairs) for t in range(T)]
    if sum(ahead) == 0:
        return "none"
    if sum(ahead) == T * (T - 1) // 2:
        return "whole"
    return "block" if 0 in ahead[: T - 1] else "window"


def leak_by_edges(pairs, T):
    ends = [max([s for u, s in pairs if u == t], default=t) for t in range(T)]
    if ends == list(range(T)):
        return "none"
    if ends[0] == ends[-1]:
        return "whole"
    return "block" if ends[0] == ends[1] else "window"


DIST = "probabilities"
REWRITES = {
    "05.1": [
        {"perplexity": perplexity_by_loops, q1.BITS: bits_by_loops},
        {"perplexity": perplexity_by_masked_sums, q1.BITS: bits_from_perplexity},
        {"perplexity": perplexity_by_logaddexp, q1.BITS: bits_with_table},
    ],
    "05.2": [
        {q2.AT: temperature_row_by_row, q2.DRAW: draw_by_gumbel},
        {q2.AT: temperature_by_powers, q2.DRAW: draw_by_choice},
        {q2.AT: temperature_in_logarithms, q2.DRAW: draw_by_multinomial},
        {q2.DRAW: draw_by_searching},
    ],
    "05.3": [nucleus_sorted_and_put_back, nucleus_one_by_one, nucleus_by_searching],
    "05.4": [
        {DIST: counts_from_longest, q4.NATS: nats_weighted},
        {DIST: counts_by_strings, q4.NATS: nats_with_a_memory},
        {DIST: counts_with_weights},
    ],
    "05.5": [
        dict(zip(by_id["05.5"].answers, functions, strict=True))
        for functions in (
            (after_by_survival, before_by_survival, predicted_by_survival),
            (after_by_lengths, before_by_lengths, predicted_by_lengths),
            (after_backwards, before_backwards, predicted_from_a_table),
        )
    ],
    "05.6": [
        {q6.READS: reads_of_every_symbol, q6.WHICH: leak_by_comparing},
        {q6.READS: reads_by_mean_of_dropout, q6.WHICH: leak_by_last_row},
        {q6.READS: reads_with_state_of_generator, q6.WHICH: leak_by_edges},
    ],
}


@pytest.mark.parametrize(
    "q, variant",
    [(by_id[i], v) for i, variants in REWRITES.items() for v in variants],
    ids=lambda v: getattr(v, "id", None) or getattr(v, "__name__", None),
)
def test_rewrites(q, variant):
    if callable(variant):
        variant = {q.answers[0]: variant}
    source = BENCH.sources.answers[q.id]
    for name, function in variant.items():
        source += f"\n\n{inspect.getsource(function)}\n{name} = {function.__name__}\n"
    BENCH.assert_equivalent(q, "import itertools\n\n" + source)


# --- nothing for nothing ------------------------------------------------------------

NOTHING = {
    "05.1": ("np.float64(FILL)", "np.float64(FILL)"),
    "05.2": ("FILL * o", "np.zeros(len(p), dtype=int)"),
    "05.3": ("FILL * p",),
    "05.4": ("np.full(V, FILL)", "np.float64(FILL)"),
    "05.5": ("np.float64(FILL)", "np.float64(FILL)", "np.float64(FILL)"),
    "05.6": ("set()", "'none'"),
}


def constant(q, fill):
    source = BENCH.sources.answers[q.id]
    for name, value in zip(q.answers, NOTHING[q.id], strict=True):
        parameters = ", ".join(inspect.signature(q.reference[name]).parameters)
        source += f"\n\ndef {name}({parameters}):\n    return {value}\n"
    return source.replace("FILL", fill)


@each_question()
@pytest.mark.parametrize("fill", ["np.nan", "0.0", "1.0"])
def test_no_points_for_shapes(q, fill):
    result = BENCH.grade(q, constant(q, fill))
    assert result.score == 0, result.messages


def test_p_as_it_is_earns_nothing():
    """Uniform counts, and a nucleus that is the whole row, have no point."""
    for number, change in (
        ("05.3", "def nucleus(p, top_p, k):\n    return p"),
        (
            "05.4",
            "def probabilities(train, context, n, V, d):\n    return np.full(V, 1 / V)"
            "\n\ndef mean_nats(train, test, n, V, d):\n    return np.log(V)",
        ),
    ):
        source = BENCH.sources.answers[number] + "\n\n" + change
        assert BENCH.grade(by_id[number], source).score == 0


@pytest.mark.parametrize("leak", ["window", "block", "whole"])
def test_a_detective_must_look(leak):
    """Sets that do not depend on the model have no point."""
    sets = {
        "window": "{(t, t + 1) for t in range(T - 1)}",
        "block": "{(t, s) for s in range(T) for t in range(s) if t // 3 == s // 3}",
        "whole": "{(t, s) for t in range(T) for s in range(t + 1, T)}",
    }
    source = BENCH.sources.answers["05.6"] + (
        f"\n\ndef future_reads(make_model, number, T, rng):\n    return {sets[leak]}\n"
        f"\n\ndef which_leak(pairs, T):\n    return {leak!r}\n"
    )
    assert BENCH.grade(by_id["05.6"], source).score == 0


def test_some_functions_of_a_question():
    """One function of a question has its own points; the rest is still the stub."""
    for number, first_left, points in (
        ("05.1", "def bits_per_character", 3),
        ("05.2", "def draw", 2),
        ("05.4", "def mean_nats", 3),
        ("05.5", "def length_before", 1),
        ("05.6", "def which_leak", 3),
    ):
        cell = BENCH.sources.answers[number]
        begin = cell.index(first_left)
        result = BENCH.grade(by_id[number], cell[:begin] + blank(cell[begin:]))
        assert (result.score, result.unanswered) == (points, False)


def feedback(number, change):
    """The messages on the reference answer with a piece of code after it."""
    result = BENCH.grade(by_id[number], BENCH.sources.answers[number] + "\n\n" + change)
    assert result.score < result.points
    return result, " ".join(result.messages)


def test_mistakes_do_not_cascade():
    """A wrong distribution does not cost the point of the mean that is taken of it."""
    change = """
right = probabilities

def probabilities(train, context, n, V, d):
    return right(train, context, n + 1, V, d)
"""
    result, _ = feedback("05.4", change)
    assert result.misconception.name == "n symbols before"
    assert result.lines[-1].score == 1


@pytest.mark.parametrize(
    "number, change, hint",
    [
        (
            "05.1",
            "right = perplexity\n\ndef perplexity(b):\n    return np.log2(right(b))",
            "expected",
        ),
        (
            "05.2",
            "def draw(p, rng):\n    return p.argmax(axis=1)",
            "All draws are one and the same symbol",
        ),
        (
            "05.2",
            "other = np.random.default_rng(5)\n\ndef draw(p, rng):\n"
            "    ends = np.cumsum(p, axis=1)[:, :-1]\n"
            "    return (other.random((len(p), 1)) >= ends).sum(axis=1)",
            "some of your random numbers come from elsewhere",
        ),
        (
            "05.2",
            "def draw(p, rng):\n    return p.cumsum(axis=1)",
            "the shape is",
        ),
        (
            "05.6",
            "def future_reads(make_model, number, T, rng):\n    return [3]",
            "pairs (t, s) of integers",
        ),
        (
            "05.6",
            "def which_leak(pairs, T):\n    return 'bidirectional'",
            "choose one of",
        ),
        (
            "05.1",  # a bound of another size than the misconception's
            "right = perplexity\n\ndef perplexity(batches):\n"
            "    nats = [np.log(np.exp(o - o.max(axis=1, keepdims=True)).sum(axis=1))"
            " + o.max(axis=1) - o[np.arange(len(o)), y]"
            " for o, y in [(o[y >= 0], y[y >= 0]) for o, y in batches]]\n"
            "    return np.exp(np.mean(np.minimum(np.concatenate(nats), 34.5)))",
            "your result is that of 34.5 nats for it",
        ),
        (
            "05.2",
            "right = at_temperature\n\ndef at_temperature(o, tau):\n"
            "    return right(o, np.maximum(tau, 3e-4))",
            "Does something keep your tau away from 0",
        ),
        (
            "05.2",
            "def draw(p, rng):\n    rng = np.random.default_rng()\n"
            "    return (rng.random((len(p), 1)) >= np.cumsum(p, axis=1)).sum(axis=1)",
            "some of your random numbers come from elsewhere",
        ),
        (
            "05.6",
            "def which_leak(pairs, T):\n    return 'block'",
            'is a "window", and you call it "block". Count how many later inputs',
        ),
        (
            "05.6",
            "right = future_reads\n\ndef future_reads(make_model, number, T, rng):\n"
            "    return {(T - 1, s) for s in range(T)}",
            "all your pairs are about the last row",
        ),
    ],
)
def test_messages(number, change, hint):
    assert hint in feedback(number, change)[1]


def test_dropout_without_a_seed_is_another_dropout():
    """Generators that were given no seed differ from one another within a run."""
    source = BENCH.sources.answers["05.6"]
    assert source.count("np.random.default_rng(trial)") == 2
    source = source.replace("np.random.default_rng(trial)", "np.random.default_rng()")
    result = BENCH.grade(by_id["05.6"], source)
    assert result.misconception.name == "another dropout in each call"
    assert [line.score for line in result.lines] == [1, 0, 1, 1]


PREDICTED = """
def length_predicted(q, L):
    return np.sum(q * np.arange(len(q)))
"""
NO_CROSSING = """
def nucleus(p, top_p, k):
    result = np.zeros(p.shape)
    for b, row in enumerate(p):
        order = np.argsort(-row)[:k]
        kept = order[np.cumsum(row[order] / row[order].sum()) <= top_p[b]]
        result[b, kept] = row[kept]
    return result / result.sum(axis=1, keepdims=True)
"""
POWERS = """
def at_temperature(o, tau):
    p = np.exp(o - o.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    w = p ** (1 / tau)[:, None]
    return w / w.sum(axis=1, keepdims=True)
"""


@pytest.mark.parametrize(
    "number, change, name, hint, never",
    [
        (
            "05.5",
            PREDICTED,
            "no cut, in length_predicted",
            "That is the mean without the cut.",
            "That cuts the mean length",
        ),
        (
            "05.3",
            NO_CROSSING,
            "the crossing symbol dropped, 0 divided by 0",
            "The one that crosses the threshold is kept",
            "one and the same",
        ),
        (
            "05.2",
            POWERS,
            "powers that vanish",
            "Bring the largest of each row to 0 (logits) or to 1 (probabilities)",
            "before you divide",
        ),
        (
            "05.1",
            "right = perplexity\n\ndef perplexity(batches):\n"
            "    return right([(o, np.where(y > 0, y, -1)) for o, y in batches])",
            "symbol 0 taken for padding",
            "Symbol 0 is a symbol",
            "your exponentials",
        ),
    ],
)
def test_line_and_message_agree(number, change, name, hint, never):
    result, text = feedback(number, change)
    assert result.misconception.name == name
    assert hint in text and never not in text


def test_chance_does_not_fail_a_right_sampler():
    """The bound of the chi-squared test holds for many seeds."""
    q = by_id["05.2"]
    test = q.properties[2].test

    class Reply:
        def __init__(self, value, args):
            self.value, self.args_after = value, args

    def ask(name, p, marker):
        return Reply(q2.draw(p, np.random.default_rng(marker.seed)), (p, marker))

    for seed in range(60):
        test(ask, np.random.default_rng([9, seed]))


# --- the text and this package say the same -----------------------------------------


def the_given_cell():
    space = {"np": np}
    exec(BENCH.sources.given["05.6"], space)
    return space


def answers(question):
    space = {**the_given_cell(), "np": np}
    exec(BENCH.sources.answers[question], space)
    return space


def test_plans_of_the_given_cell():
    """What q6 says that a model reads is what an exhaustive search finds."""
    make_model = the_given_cell()["make_model"]
    rng = np.random.default_rng(3)
    for plan in range(8):
        for reach in (1, 2, 3):
            number = q6.a_number(rng, plan, reach)
            for T in (8, 11):
                found = q6.future_reads(make_model, number, T, rng)
                assert found == q6.truth(number, T), (plan, reach)


def test_effects_are_as_large_as_the_text_says():
    make_model = the_given_cell()["make_model"]
    rng = np.random.default_rng(4)
    for plan in range(8):
        number = q6.a_number(rng, plan)
        moved = np.triu(q6._movement(make_model, number, 9), 1)
        read = np.zeros((9, 9), dtype=bool)
        for t, s in q6.truth(number, 9):
            read[t, s] = True
        assert (moved[read] > 1e-3).all(), plan
        assert (moved[~read] < 1e-11).all(), plan


def test_all_models_have_one_name():
    """A verdict must come from what a model does."""
    make_model = the_given_cell()["make_model"]
    names = {make_model(number).__qualname__ for number in range(40)}
    assert len(names) == 1


@each_question()
def test_text_and_reference_agree(q):
    written, given = answers(q.id), the_given_cell()
    for call in q.cases(np.random.default_rng(5)):
        values = []
        for functions in (written, q.reference):
            with np.errstate(all="ignore"):
                values.append(functions[call.name](*arguments(call, given)))
        if isinstance(values[0], (set, str)):
            assert values[0] == values[1]
        else:
            assert np.allclose(*values, rtol=1e-12, atol=1e-13)


def test_examples_in_the_text():
    """The tiny examples of the task texts, worked by the reference answers."""
    space = answers("05.1")
    batches = [
        (np.array([[[0, np.log(3)]]]), np.array([[1]])),
        (np.array([[[0.0, 0]], [[0, np.log(3)]]]), np.array([[0], [-1]])),
    ]
    assert np.isclose(space["perplexity"](batches), np.sqrt(8 / 3))
    assert np.isclose(space["perplexity"](batches), 1.633, atol=5e-4)
    bits = space["bits_per_character"](batches, np.array([1, 3]))
    assert np.isclose(bits, np.log2(8 / 3) / 4) and np.isclose(bits, 0.354, atol=5e-4)

    space = answers("05.2")
    o = np.array([[0, np.log(4)], [0, np.log(4)], [7, 7]])
    found = space["at_temperature"](o, np.array([1.0, 2.0, 0.0]))
    assert np.allclose(found, [[0.2, 0.8], [1 / 3, 2 / 3], [0.5, 0.5]])
    for seed in range(5):
        p = np.array([[0.0, 1], [1, 0]])
        assert list(space["draw"](p, np.random.default_rng(seed))) == [1, 0]

    nucleus = answers("05.3")["nucleus"]
    p = np.array([[0.1, 0.4, 0.2, 0.3]])
    for threshold in (0.5, 0.75):
        found = nucleus(p, np.array([threshold]), 3)
        assert np.allclose(found, [[0, 4 / 7, 0, 3 / 7]])
    assert (nucleus(p, np.array([0.75]), 4) > 0).sum() == 3  # what the text warns of

    space = answers("05.4")
    train = [[1, 2], [1]]
    found = space["probabilities"](train, [], 1, 3, 0.5)
    assert np.allclose(found, [0.4, 0.4, 0.2])
    found = space["probabilities"](train, [1], 2, 3, 0.5)
    assert np.allclose(found, [0.45, 0.2, 0.35])
    found = space["mean_nats"](train, [[2]], 2, 3, 0.5)
    assert np.isclose(found, -(np.log(0.2) + np.log(0.7)) / 2)
    assert np.isclose(found, 0.983, atol=5e-4)

    space = answers("05.5")
    assert space["length_after"](np.array([0.5, 0.5])) == 1.5
    assert space["length_before"](np.array([0.5, 0.5])) == 0.75
    assert space["length_predicted"](np.array([0.25, 0.25, 0.5]), 1) == 0.75

    assert q6.window(4, 1) == {(0, 1), (1, 2), (2, 3)}
    blocks = {(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5), (6, 7)}
    assert q6.blocks(8, 3) == blocks
    which = answers("05.6")["which_leak"]
    assert which(blocks, 8) == "block" and which(set(), 8) == "none"


def test_equal_mistakes_are_one_misconception():
    """What the messages say comes to the same does so."""
    rng = np.random.default_rng(6)
    for _ in range(20):
        p = rng.uniform(0, 1, size=5)
        ended = 1 - np.prod(1 - p)
        assert np.isclose(q5.length_before(p) + ended, q5.length_after(p))
        rows = q3._rows(rng, 3, 6)
        top_p, k = rng.uniform(0.2, 0.95, size=3), int(rng.integers(1, 6))
        whole = q3.nucleus(rows, top_p, 6)
        old_sums = np.zeros(rows.shape)
        for b, row in enumerate(rows):
            order = np.argsort(-row)[:k]
            kept = order[np.cumsum(row[order]) - row[order] < top_p[b]]
            old_sums[b, kept] = row[kept] / row[kept].sum()
        assert np.allclose(old_sums, q3.nucleus(whole, np.ones(3), k))


def test_what_to_read_is_named():
    """Each property and misconception names a section of the chapter."""
    for q in BENCH.questions:
        for item in (*q.properties, *q.misconceptions):
            assert re.match(r"§5\.\d+", item.read), item
