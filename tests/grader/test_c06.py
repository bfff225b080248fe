"""The questions of chapter 6, graded through the worker.

Rewrites are right answers in other words; they are written here as whole functions and
graded as a learner's cell would be.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from harness import StandardTests, WithHelpers, arguments, blank

from unrolled.grader.checks.c06 import q1, q2, q3, q4, q5

BENCH = WithHelpers("06")
by_id = {q.id: q for q in BENCH.questions}


@pytest.fixture(scope="module", autouse=True)
def session():
    with BENCH:
        yield


# --- 6.1 ------------------------------------------------------------------------------


def shift_by_loops(y, begin, end, pad):
    T, B = y.shape
    x, m = [[pad] * B for _ in range(T)], [[False] * B for _ in range(T)]
    for b in range(B):
        before = begin
        for t in range(T):
            x[t][b], m[t][b] = before, True
            before = int(y[t, b])
            if before == end:
                break
    return np.array(x), np.array(m)


def shift_by_lengths(y, begin, end, pad):
    T, B = y.shape
    found = y == end
    n = np.where(found.any(axis=0), found.argmax(axis=0) + 1, T)
    m = np.arange(T)[:, None] < n[None, :]
    x = np.empty((T, B))
    x[0], x[1:] = begin, y[:-1]
    x[~m] = pad
    return [x, m.astype(np.float32)]


def shift_by_accumulate(y, begin, end, pad):
    alive = np.logical_and.accumulate(y != end, axis=0)
    m = np.vstack([np.ones((1, y.shape[1]), dtype=bool), alive[:-1]])
    x = np.vstack([np.full((1, y.shape[1]), begin), y])[:-1]
    return x * m + pad * ~m, m


def likelihood_alone(model, y, begin, end, pad):
    found = []
    for column in y.T:
        text = []
        for symbol in column:
            text.append(int(symbol))
            if symbol == end:
                break
        o = model(np.array([[begin, *text[:-1]]]).T)[:, 0]
        found.append(
            sum(
                row[s] - np.logaddexp.reduce(row)
                for row, s in zip(o, text, strict=True)
            )
        )
    return found


def likelihood_by_softmax(model, y, begin, end, pad):
    x, m = shift(y, begin, end, pad)  # noqa: F821
    o = model(x)
    o = o - o.max(axis=-1, keepdims=True)
    p = np.exp(o) / np.exp(o).sum(axis=-1, keepdims=True)
    p = np.take_along_axis(p, y[..., None], axis=-1)[..., 0]
    return np.log(np.where(np.asarray(m) > 0, p, 1.0)).sum(axis=0)


def likelihood_by_one_hot(model, y, begin, end, pad):
    x, m = shift(y, begin, end, pad)  # noqa: F821
    o = model(x)
    o = o - np.logaddexp.reduce(o, axis=2)[..., None]
    return np.einsum("tbv,tbv,tb->b", o, np.eye(o.shape[2])[y], np.asarray(m, float))


# --- 6.2 ------------------------------------------------------------------------------


def schedule_by_bisection(kind, i, half, floor):
    low, high = 1.0, 2.0
    while high * math.log(high) < half:
        high *= 2
    for _ in range(80):
        k = (low + high) / 2
        low, high = (k, high) if k * math.log(k) < half else (low, k)
    curves = {
        "linear": lambda n: 1 - 0.5 * n / half,
        "exponential": lambda n: math.exp(-n * math.log(2) / half),
        "sigmoid": lambda n: 0.0 if n / k > 600 else k / (k + math.exp(n / k)),
    }
    return [max(floor, curves[kind](int(n))) for n in i]


def schedule_with_warnings(kind, i, half, floor):
    """exp overflows to infinity, k / infinity is 0, and NumPy warns."""
    if kind == "linear":
        return np.clip(1 - i / half / 2, floor, 1)
    if kind == "exponential":
        return np.fmax(2 ** (-i / half), floor)
    u = 0.5
    for _ in range(200):
        u = u - (u * np.exp(u) - half) / ((1 + u) * np.exp(u)) if u < 50 else 20.0
    k = np.exp(u)
    return np.fmax(k / (k + np.exp(i / k)), floor)


def schedule_by_logistic(kind, i, half, floor):
    i = np.asarray(i, dtype=float)
    if kind == "sigmoid":
        k = half + 2.0
        for _ in range(100):
            k -= (k * np.log(k) - half) / (np.log(k) + 1)
        p = 0.5 * (1 - np.tanh(0.5 * (i / k - np.log(k))))
    else:
        p = 1 - i / (half + half) if kind == "linear" else (0.5 ** (1 / half)) ** i
    p[p < floor] = floor
    return p


def all_by_product(p, T):
    return [math.prod([chance] * (T - 1)) for chance in p]


def all_by_logarithms(p, T):
    return np.where(p > 0, np.exp((T - 1) * np.log(np.maximum(p, 1e-300))), T == 1)


def all_by_tile(p, T):
    return np.prod(np.tile(p, (T - 1, 1)), axis=0)


def own_by_loops(p, T):
    return sum(1 - chance for chance in p for _ in range(1, T))


def own_as_the_rest(p, T):
    return len(p) * (T - 1) - (T - 1) * p.sum()


def own_by_mean(p, T):
    return (1 - p).mean() * len(p) * (T - 1)


# --- 6.3 ------------------------------------------------------------------------------


def run_in_lockstep(step, h0, x, warm, K):
    h, value, B = h0, x[0], len(warm)
    rows = []
    for t in range(max(warm) + K - 1):
        h, d = step(h, value)
        forecast = value + d
        rows.append(forecast)
        seen = x[t + 1] if t + 1 < len(x) else forecast
        value = np.where(t + 1 < warm, seen, forecast)
    return np.array([[rows[warm[b] - 1 + k][b] for b in range(B)] for k in range(K)])


def run_by_recursion(step, h0, x, warm, K):
    def go(h, value, left):
        h, d = step(h, value)
        return [] if left == 0 else [value + d, *go(h, value + d, left - 1)]

    columns = []
    for b in range(len(warm)):
        h = h0[[b]]
        for v in x[: warm[b] - 1, b]:
            h, _ = step(h, np.array([v]))
        columns.append(go(h, x[warm[b] - 1, [b]], K))
    return np.concatenate(columns, axis=1) if len(columns) > 1 else columns[0]


def run_with_a_list(step, h0, x, warm, K):
    out = []
    for b in range(h0.shape[0]):
        series, h = list(x[: warm[b], b]), h0[b][None]
        for t in range(warm[b] + K - 1):
            h, d = step(h, np.array([series[t]]))
            if t + 1 >= warm[b]:
                series.append(series[t] + d.item())
        out.append(series[-K:])
    return np.array(out, dtype=np.float32).T


def ratio_by_arrays(forecasts, x, first):
    N, K, _ = forecasts.shape
    at = first + np.arange(N)[:, None] + np.arange(K)
    last = x[first - 1 : first - 1 + N][:, None]
    network = ((forecasts - x[at]) ** 2).mean(axis=(0, 2)) ** 0.5
    return network / ((last - x[at]) ** 2).mean(axis=(0, 2)) ** 0.5


def ratio_by_horizon(forecasts, x, first):
    N, K, _ = forecasts.shape
    ratios = []
    for k in range(K):
        e = forecasts[:, k] - x[first + k : first + k + N]
        z = x[first - 1 : first - 1 + N] - x[first + k : first + k + N]
        ratios.append(np.linalg.norm(e) / np.linalg.norm(z))
    return ratios


def ratio_by_windows(forecasts, x, first):
    N, K, _ = forecasts.shape
    truth = np.lib.stride_tricks.sliding_window_view(x[first:], K, axis=0)[:N]
    truth = np.swapaxes(truth, 1, 2)
    still = x[first - 1 : first - 1 + N, None] - truth
    return np.sqrt(
        np.einsum("nkb,nkb->k", forecasts - truth, forecasts - truth)
        / np.einsum("nkb,nkb->k", still, still)
    )


# --- 6.4 ------------------------------------------------------------------------------


def table_in_capitals():
    words = ("Targets", "Beforehand", "STATE", "own output", " readout ")
    return dict(zip("ABCDE", words, strict=True))


def table_by_items():
    table = {}
    table["E"], table["D"] = "readout", "own output"
    table["A"], table["C"], table["B"] = "targets", "state", "beforehand"
    return table


def table_with_more():
    return {
        "D": "own output",
        "C": "state",
        "B": "beforehand",
        "A": "targets",
        "E": "readout",
        "F": "",
    }


def jacobian_by_units(make_network, number, y, s, t):
    run = make_network(number)

    def state(nudge):
        nudges = np.zeros((len(y), 4))
        nudges[s] += nudge
        return run(y, nudges)[t]

    e = 1e-4
    return [(state(row * e) - state(-row * e)) / 2 / e for row in np.eye(4)]


def jacobian_of_four_points(make_network, number, y, s, t):
    run, e = make_network(number), 1e-3
    J = np.zeros((4, 4))
    for a, (k, w) in itertools.product(range(4), ((1, 8), (-1, -8), (2, -1), (-2, 1))):
        nudges = np.zeros((len(y), 4))
        nudges[s, a] = k * e
        J[a] += w * run(y, nudges)[t] / (12 * e)
    return J


def jacobian_one_sided(make_network, number, y, s, t):
    run, e = make_network(number), 1e-7
    plain = run(y, np.zeros((len(y), 4)))[t]
    columns = []
    for a in range(4):
        nudges = np.zeros((len(y), 4))
        nudges[s, a] = e
        columns.append((run(y, nudges)[t] - plain) / e)
    return np.stack(columns)


def rounds_by_recursion(make_network, number, T, rng):
    run, waits = make_network(number), set()
    for _ in range(80):
        y = rng.integers(5, size=T)
        for s in range(T):
            one, other = rng.normal(size=(2, T, 4)) * 3
            other = np.where(np.arange(T)[:, None] == s, other, one)
            moved = np.abs(run(y, one) - run(y, other)).sum(axis=1) > 1e-8
            waits |= {(t, s) for t in np.flatnonzero(moved).tolist() if t > s}

    def chain(t):
        return 1 + max((chain(s) for u, s in waits if u == t), default=0)

    return max(map(chain, range(T)))


def rounds_one_after_another(make_network, number, T, rng):
    """Strip off all states that wait for nothing, again and again."""
    run, waits = make_network(number), np.zeros((T, T), dtype=bool)
    for _ in range(60):
        y, s = rng.integers(5, size=T), 0
        plain = run(y, np.zeros((T, 4)))
        for s in range(T):
            for size in (0.5, 5.0):
                nudges = np.zeros((T, 4))
                nudges[s] = size * rng.normal(size=4)
                waits[:, s] |= (np.abs(run(y, nudges) - plain) > 1e-10).any(axis=1)
    np.fill_diagonal(waits, False)
    left, count = np.arange(T), 0
    while len(left):
        left = left[waits[np.ix_(left, left)].any(axis=1)]
        count += 1
    return count


def rounds_by_powers(make_network, number, T, rng):
    """A chain of n links is a power of the matrix of waiting that is not zero."""
    run, moved = make_network(number), np.zeros((T, T))
    for _ in range(70):
        y, nudge = rng.integers(5, size=T), rng.uniform(-4, 4, size=4)
        plain = run(y, np.zeros((T, 4)))
        for s in range(T):
            nudges = np.zeros((T, 4))
            nudges[s] = nudge
            moved[:, s] += np.abs(run(y, nudges) - plain).max(axis=1)
    waits, power, n = np.tril(moved > 1e-9, -1).astype(int), np.eye(T, dtype=int), 0
    while power.any():
        power, n = np.minimum(power @ waits, 1), n + 1
    return float(n)


# --- 6.5 ------------------------------------------------------------------------------


def right_by_loops(s, r):
    p = [(1 - a) * b for a, b in zip(s, r, strict=False)] + [s[len(r)]]
    return -math.fsum(map(math.log, p))


def right_backwards(s, r):
    total = -np.log(s[-1])
    for going, share in zip(1 - s[-2::-1], r[::-1], strict=True):
        total -= np.log(going * share)
    return np.float64(total)


def right_by_log1p(s, r):
    return -(np.log1p(-s[:-1]).sum() + np.log(r).sum() + np.log(s[-1]))


def broken_by_survival(s, r):
    charge = -np.log(np.append((1 - s[:-1]) * r, s[-1]))
    return np.cumprod(np.append(1.0, 1 - s[:-1])) @ charge


def broken_backwards(s, r):
    rest = -np.log(s[-1])
    for t in range(len(r) - 1, -1, -1):
        rest = -np.log((1 - s[t]) * r[t]) + (1 - s[t]) * rest
    return rest


def broken_by_places(s, r):
    charge = np.cumsum(-np.log(np.append((1 - s[:-1]) * r, s[-1])))
    alive = np.append(1.0, np.cumprod(1 - s[:-1]))
    here = np.append(alive[:-1] * s[:-1], alive[-1])
    return np.sum(here * charge)


def best_by_grid(r):
    """A fine grid at each step, from the back."""
    s, rest = np.ones(len(r) + 1), 0.0
    grid = np.linspace(0, 1, 20001)[:-1]
    for t in range(len(r) - 1, -1, -1):
        loss = -np.log((1 - grid) * r[t]) + (1 - grid) * rest
        s[t], rest = grid[loss.argmin()], loss.min()
    return s


def best_one_at_a_time(r):
    """Each stop in turn, given the others, until nothing moves."""
    n = len(r)
    s = np.append(np.full(n, 0.3), 1.0)
    for _ in range(60):
        for t in reversed(range(n)):
            rest = 0.0
            for u in range(n - 1, t, -1):
                rest = -np.log((1 - s[u]) * r[u]) + (1 - s[u]) * rest
            s[t] = max(0.0, 1 - 1 / rest) if rest > 1 else 0.0
    return s


def best_by_recursion(r):
    def best(rest):
        if not rest:
            return [1.0], 0.0
        stops, L = best(rest[1:])
        if L <= 1:
            return [0.0, *stops], L - math.log(rest[0])
        return [1 - 1 / L, *stops], 1 + math.log(L) - math.log(rest[0])

    return best(list(r))[0]


def triples(number, *functions):
    """Variants of a question from one tuple of functions for each answer."""
    names = by_id[number].answers
    return [dict(zip(names, f, strict=True)) for f in zip(*functions, strict=True)]


ANY = "how many texts are tried is free: some 20 of 40 nudges change a choice"
HARD = (
    "how and how far a state is nudged is free, as long as a choice is changed in some "
    "of 40 texts"
)
EVEN = "only the square, or the absolute value, of the difference is used"


POINTS = {"06.1": 4, "06.2": 5, "06.3": 5, "06.4": 5, "06.5": 5}
LEFT = {
    "06.1": {
        "reads what it has to predict": 0,
        "no beginning": 0,
        "nothing taken away at the end": 1,
        "END read by the shorter texts": 2,
        "END read, and padding known by its number": 1,
        "padding known by its number": 2,
        "END no target": 1,
        "shifted the other way": 0,
        "rolled": 0,
        "rolled, and padded": 0,
        "padded, then rolled": 0,
        "empty texts do not begin": 0,
        "shifted along the batch": 0,
        "argmax of nothing": 2,
        "the last END": 2,
        "one length for all": 1,
        "cut texts thrown away": 2,
        "last symbol of a cut text not counted": 2,
        "`begin` in the padding": 2,
        "END in the padding": 2,
        "y overwritten": 1,
        "the row of `begin` not counted": 1,
        "the mask shifted with the input": 1,
        "everything read and counted": 1,
        "padding counted": 1,
        "last symbol not read": 0,
        "the row of END taken for padding": 0,
        "pair the wrong way round": 0,
        "targets returned for the mask": 1,
        "padding in the sum": 3,
        "END not in the sum": 3,
        "logits taken for log probabilities": 3,
        "logits minus the largest": 3,
        "mean over the steps": 3,
        "divided by T": 3,
        "the other sign": 3,
        "the answer read in log_likelihood": 3,
        "outputs compared one row late": 3,
        "outputs compared one row early": 3,
        "bits": 3,
        "one number for the batch": 3,
        "first step missing": 3,
        "probability of what was read": 3,
        "exponential taken": 3,
        "sum of the probabilities": 3,
        "logarithm of a sum": 3,
        "the most probable symbol's probability": 3,
        "softmax over time": 3,
        "a free run": 3,
    },
    "06.2": {
        "probability of the model": 2,
        "probability of the model, with the floor": 2,
        "no floor": 4,
        "a floor of 0": 4,
        "floor for the linear schedule alone": 4,
        "floor taken for a ceiling": 2,
        "floor added": 4,
        "squeezed between 1 and the floor": 4,
        "squeezed between 1 and the floor, and below": 4,
        "0 below the floor": 4,
        "one update late": 2,
        "one update early": 2,
        "linear: 0 at the half-time": 3,
        "linear: half way to the floor": 4,
        "linear: at the floor at the half-time": 3,
        "exponential: halved at each update": 3,
        "exponential: 1/e at the half-time": 3,
        "exponential: the line's slope": 3,
        "exponential: places counted": 3,
        "sigmoid: k is the half-time": 3,
        "sigmoid: a first guess for k": 3,
        "sigmoid: a second guess for k": 3,
        "sigmoid: k rounded": 3,
        "sigmoid: the wrong side": 3,
        "sigmoid: logarithm to base 2": 3,
        "sigmoid: logarithm to base 10": 3,
        "sigmoid: another sigmoid": 3,
        "sigmoid: exp(i − half)": 3,
        "sigmoid: turned round": 3,
        "sigmoid: scaled to 1 at the start": 3,
        "sigmoid: i times k": 3,
        "sigmoid: k in front forgotten": 3,
        "sigmoid: exp overflows": 4,
        "sigmoid: infinity over infinity": 4,
        "a coin for the beginning": 4,
        "one coin a sequence": 4,
        "divided among the inputs": 4,
        "chances added": 4,
        "at least one true": 4,
        "none true": 4,
        "all updates in one number": 4,
        "the beginning counted": 4,
        "true ones counted": 4,
        "mean of one update": 4,
        "inputs forgotten": 4,
        "share instead of number": 4,
        "first update left out": 4,
        "sequences instead of symbols": 4,
    },
    "06.3": {
        "state reset at each step": 2,
        "state reset at each step after the warm-up": 3,
        "state of the warm-up thrown away": 3,
        "no warm-up": 2,
        "truth fed": 3,
        "last forecast of the warm-up thrown away": 2,
        "last observed value read twice": 2,
        "last observation in front": 2,
        "change taken for the value": 2,
        "changes returned": 2,
        "first change returned": 2,
        "change fed back": 3,
        "change of the last observed value": 3,
        "change subtracted": 2,
        "straight on": 3,
        "first forecast repeated": 3,
        "state frozen": 3,
        "input frozen": 3,
        "two steps for one": 3,
        "the first warm-up for all": 4,
        "the longest warm-up for all": 4,
        "the shortest warm-up for all": 4,
        "warm-up one value short": 2,
        "warm-up one value long": 2,
        "warm-up on its own forecasts": 2,
        "forecasts after the longest warm-up": 4,
        "state from zero": 2,
        "one initial state": 2,
        "state carried to the next series": 2,
        "time last": 2,
        "forecasts written into x": 3,
        "no root": 3,
        "absolute errors": 4,
        "a root for each series": 4,
        "a root for each origin": 4,
        "mean of ratios": 4,
        "a ratio for each series": 4,
        "a ratio for each origin": 4,
        "the baseline's first error at all horizons": 3,
        "the baseline fed with the truth": 3,
        "the baseline of the first origin": 4,
        "the baseline knows the answer": 3,
        "the mean as a baseline": 3,
        "divided by the spread": 3,
        "not divided": 3,
        "ratio the wrong way round": 3,
        "difference for ratio": 3,
        "gain for ratio": 3,
        "all horizons up to k": 3,
        "one number": 3,
        "everything compared one value early": 3,
        "truth one value late": 3,
        "forecasts compared one value early": 3,
        "origins forgotten": 4,
        "first origin alone": 4,
        "last origin left out": 3,
        "`first` forgotten": 3,
        "first series alone": 4,
    },
    "06.4": {
        "a trace is a state": 3,
        "neighbours alone looked at": 3,
        "the derivative decides": 3,
        "D reads a target, so it is free": 3,
        "an earlier state anywhere is a chain": 3,
        "the outputs of E taken for inputs": 3,
        "a choice taken for a state": 4,
        "two targets taken for something carried": 4,
        "two targets taken for a state": 3,
        "the trace taken for a few targets": 4,
        "teacher forcing frees everything": 3,
        "whatever reads back has to wait": 3,
        "the derivative by the last state decides": 3,
        "Jacobian transposed": 4,
        "difference not divided by two steps": 4,
        "large nudges": 4,
        "nudges of a tenth": 4,
        "s and t exchanged": 4,
        "all earlier states nudged": 4,
        "read at the distance": 4,
        "nothing subtracted": 4,
        "nudged where it is read": 4,
        "nudged one step late": 4,
        "nudged one step early": 4,
        "read one step early": 4,
        "last state read": 4,
        "all later states nudged": 4,
        "nudges that pile up": 4,
        "all units nudged at once": 4,
        "each unit for itself": 4,
        "the size alone": 4,
        "signs lost": 4,
        "zero for a state and itself": 4,
        "the direct link alone": 4,
        "rounds: always 1": 3,
        "rounds: always T": 3,
        "rounds: neighbours and derivatives alone": 3,
        "rounds: neighbours alone": 3,
        "rounds: all or nothing, by derivatives": 3,
        "rounds: derivatives alone": 4,
        "rounds: all or nothing": 3,
        "rounds: the first state alone": 3,
        "rounds: T divided by the lag": 3,
        "rounds: links counted": 3,
        "rounds: one too many": 3,
        "rounds: rounded down": 3,
        "rounds: not rounded": 3,
        "rounds: the lag": 3,
        "rounds: the longest way back": 4,
        "rounds: chains counted": 3,
        "rounds: predecessors counted": 4,
        "rounds: waiting states counted": 3,
        "rounds: pairs counted": 3,
    },
    "06.5": {
        "right_loss: END left out": 4,
        "right_loss: going on not charged": 4,
        "right_loss: symbols not charged": 4,
        "right_loss: END alone": 4,
        "right_loss: mean": 4,
        "right_loss: bits": 4,
        "right_loss: sign": 4,
        "right_loss: probability": 4,
        "right_loss: s for going on": 4,
        "right_loss: going on at the end": 4,
        "right_loss: wrong symbols charged too": 4,
        "right_loss: logarithm of a sum": 4,
        "right_loss: the broken rule": 4,
        "broken_loss: the right rule": 3,
        "broken_loss: stops before the charge": 3,
        "broken_loss: stops before the charge, except at the end": 3,
        "broken_loss: the last draw alone": 4,
        "broken_loss: s for going on": 3,
        "broken_loss: goes on where it was right": 3,
        "broken_loss: stops at mistakes": 3,
        "broken_loss: symbols not charged": 3,
        "broken_loss: going on not charged": 3,
        "broken_loss: last step missing": 3,
        "broken_loss: END always charged": 3,
        "broken_loss: the drawn END charged": 3,
        "broken_loss: the drawn END charged too": 3,
        "broken_loss: the most probable symbol": 3,
        "broken_loss: END against the right symbol": 3,
        "broken_loss: weighted by s": 3,
        "broken_loss: mean": 3,
        "broken_loss: divided by the expected steps": 3,
        "broken_loss: bits": 3,
        "broken_loss: sign": 3,
        "broken_loss: the place of stopping alone charged": 3,
        "broken_loss: finished texts alone": 3,
        "broken_loss: mean charge times expected steps": 3,
        "best_stops: those of the right loss": 3,
        "best_stops: one in n + 1": 3,
        "best_stops: one constant": 3,
        "best_stops: always": 3,
        "best_stops: never": 3,
        "best_stops: a rest that never stops": 3,
        "best_stops: not bounded": 4,
        "best_stops: going on for stopping": 3,
        "best_stops: 1/L for the stop": 3,
        "best_stops: r in the slope": 3,
        "best_stops: the rest begins with 1": 3,
        "best_stops: a tie at the first step": 3,
        "best_stops: END never at the end": 3,
        "best_stops: going on not charged in the rest": 3,
        "best_stops: the rest not weighted": 3,
        "best_stops: from the front": 3,
        "best_stops: this step's charge counted": 3,
        "best_stops: the first step alone": 3,
        "best_stops: where the symbol is improbable": 3,
        "best_stops: one too few": 3,
    },
}
EQUIVALENT = {
    "06.2": {
        "truth_probability, line 12, constant changed: 1.0 -> 2.0": (
            "Newton's steps reach the one solution from any k >= 1: the function "
            "is convex and increasing there"
        ),
        "truth_probability, line 13, range shifted: range(60) -> range(61)": (
            "the steps have converged after ten"
        ),
        "truth_probability, line 13, range shifted: range(60) -> range(59)": (
            "the steps have converged after ten"
        ),
    },
    "06.3": {
        "error_ratio, line 12, operands swapped: "
        "forecasts[i] - truth -> truth - forecasts[i]": EVEN,
        "error_ratio, line 13, operands swapped: "
        "x[n - 1] - truth -> truth - x[n - 1]": EVEN,
    },
    "06.4": {
        "rounds, line 6, range shifted: range(40) -> range(41)": ANY,
        "rounds, line 6, range shifted: range(40) -> range(39)": ANY,
        "rounds, line 9, range shifted: range(T) -> range(T - 1)": (
            "no state comes after the last one, so none waits for it"
        ),
        "rounds, line 11, constant changed: 5 -> 6": HARD,
        "rounds, line 11, factor dropped: "
        "5 * rng.normal(size=H) -> rng.normal(size=H)": HARD,
        "rounds, line 12, operands swapped: "
        "run(y, nudges) - plain -> plain - run(y, nudges)": EVEN,
        "rounds, line 13, constant changed: 1e-09 -> 1.000000001": (
            "a state that waits moves by more than 1 in some of 40 hard nudges, "
            "one that does not wait not at all"
        ),
    },
}
REWRITES = {
    "06.1": triples(
        "06.1",
        (shift_by_loops, shift_by_lengths, shift_by_accumulate),
        (likelihood_alone, likelihood_by_softmax, likelihood_by_one_hot),
    ),
    "06.2": triples(
        "06.2",
        (schedule_by_bisection, schedule_with_warnings, schedule_by_logistic),
        (all_by_product, all_by_logarithms, all_by_tile),
        (own_by_loops, own_as_the_rest, own_by_mean),
    ),
    "06.3": triples(
        "06.3",
        (run_in_lockstep, run_by_recursion, run_with_a_list),
        (ratio_by_arrays, ratio_by_horizon, ratio_by_windows),
    ),
    "06.4": triples(
        "06.4",
        (table_in_capitals, table_by_items, table_with_more),
        (jacobian_by_units, jacobian_of_four_points, jacobian_one_sided),
        (rounds_by_recursion, rounds_one_after_another, rounds_by_powers),
    ),
    "06.5": triples(
        "06.5",
        (right_by_loops, right_backwards, right_by_log1p),
        (broken_by_survival, broken_backwards, broken_by_places),
        (best_by_grid, best_one_at_a_time, best_by_recursion),
    ),
}
NOTHING = {
    "06.1": ("(FILL * y, FILL * y)", "np.full(y.shape[1], FILL)"),
    "06.2": ("np.full(len(i), FILL)", "np.full(len(p), FILL)", "np.float64(FILL)"),
    "06.3": (
        "np.full((K, len(warm)), FILL)",
        "np.full(forecasts.shape[1], FILL)",
    ),
    "06.4": ("dict.fromkeys('ABCDE', 'state')", "np.full((H, H), FILL)", "FILL"),
    "06.5": (
        "np.float64(FILL)",
        "np.float64(FILL)",
        "np.full(len(r) + 1, FILL)",
    ),
}


class TestStandard(StandardTests):
    BENCH = BENCH
    POINTS, LEFT, EQUIVALENT = POINTS, LEFT, EQUIVALENT
    REWRITES, NOTHING = REWRITES, NOTHING


# --- nothing for nothing, and some points for some functions --------------------------


@pytest.mark.parametrize(
    "number, change",
    [
        ("06.1", "def shift(y, begin, end, pad):\n    return y, np.ones(y.shape)\n"),
        (
            "06.2",
            "def truth_probability(kind, i, half, floor):\n"
            "    return np.full(len(i), 0.5)\n",
        ),
        (
            "06.3",
            "def free_run(step, h0, x, warm, K):\n"
            "    return np.array([x[warm - 1, np.arange(len(warm))]] * K)\n",
        ),
        ("06.5", "def best_stops(r):\n    return np.append(np.zeros(len(r)), 1.0)\n"),
    ],
)
def test_as_it_is_earns_nothing(number, change):
    """What a lazy answer returns has none of the points of its function."""
    q, name = by_id[number], change[4 : change.index("(")]
    own = {
        "shift": 3,
        "truth_probability": 3,
        "free_run": 3,
        "best_stops": 2,
    }[name]
    result, _ = BENCH.feedback(q, change)
    lost = result.points - result.score
    assert lost >= own, result.messages


@pytest.mark.parametrize("word", q4.REASONS)
def test_one_word_for_all_networks_earns_nothing(word):
    change = f"def reasons():\n    return dict.fromkeys('ABCDE', {word!r})\n"
    result, _ = BENCH.feedback(by_id["06.4"], change)
    assert [line.score for line in result.lines[:2]] == [0, 0]


@pytest.mark.parametrize("value", ["1", "T", "(T + 1) // 2"])
def test_rounds_must_be_found_out(value):
    change = f"def rounds(make_network, number, T, rng):\n    return {value}\n"
    result, _ = BENCH.feedback(by_id["06.4"], change)
    assert [line.score for line in result.lines[3:]] == [0, 0]


@pytest.mark.parametrize(
    "number, first_left, points",
    [
        ("06.1", "def log_likelihood", 3),
        ("06.2", "def wholly_true", 3),
        ("06.2", "def own_symbols", 4),
        ("06.3", "def error_ratio", 3),
        ("06.4", "def state_jacobian", 2),
        ("06.4", "def rounds", 3),
        ("06.5", "def broken_loss", 1),
        ("06.5", "def best_stops", 3),
    ],
)
def test_some_functions_of_a_question(number, first_left, points):
    """One function of a question has its own points; the rest is still the stub."""
    cell = BENCH.sources.answers[number]
    begin = cell.index(first_left)
    result = BENCH.grade(by_id[number], cell[:begin] + blank(cell[begin:]))
    assert (result.score, result.unanswered) == (points, False)


def test_mistakes_do_not_cascade():
    """A wrong first function does not cost the points of those that follow."""
    for number, change, left in (
        (
            "06.2",
            "def truth_probability(kind, i, half, floor):\n    return i * 0.0\n",
            [0, 0, 0, 1, 1],
        ),
        (
            "06.3",
            "def free_run(step, h0, x, warm, K):\n    return x[:K] * 0\n",
            [0, 0, 0, 1, 1],
        ),
        ("06.5", "def broken_loss(s, r):\n    return 0.0\n", [1, 0, 0, 1, 1]),
    ):
        result, _ = BENCH.feedback(by_id[number], change)
        assert [line.score for line in result.lines] == left


# --- what the lines say ---------------------------------------------------------------


@pytest.mark.parametrize(
    "number, change, hint",
    [
        ("06.1", "def shift(y, begin, end, pad):\n    return y\n", "expected a pair"),
        (
            "06.1",
            "right = shift\n\ndef shift(y, begin, end, pad):\n"
            "    x, m = right(y, begin, end, pad)\n"
            "    return x, np.where((y == end).any(axis=0), m, 0)\n",
            "were cut off by the box",
        ),
        (
            "06.1",
            "right = log_likelihood\n\ndef log_likelihood(*a):\n"
            "    return right(*a) + 0.1\n",
            "differ from those of the texts alone",
        ),
        (
            "06.1",
            "def log_likelihood(model, y, begin, end, pad):\n"
            "    x, m = shift(y, begin, end, pad)\n"
            "    o = model(x) - model(x).max(axis=2, keepdims=True)\n"
            "    p = np.exp(o) / np.exp(o).sum(axis=2, keepdims=True)\n"
            "    p = np.take_along_axis(p, y[..., None], axis=2)[..., 0]\n"
            "    return np.log(np.where(m, p, 1).prod(axis=0))\n",
            "smaller than the smallest float",
        ),
        (
            "06.1",
            "def log_likelihood(model, y, begin, end, pad):\n"
            "    x, m = shift(y, begin, end, pad)\n"
            "    o = model(x)\n"
            "    o = o - np.log(np.exp(o).sum(axis=2, keepdims=True))\n"
            "    o = np.take_along_axis(o, y[..., None], axis=2)[..., 0]\n"
            "    return np.where(m, o, 0).sum(axis=0)\n",
            "subtract the largest logit",
        ),
        *(
            (
                "06.2",
                "right = truth_probability\n\n"
                "def truth_probability(kind, i, half, floor):\n"
                "    if kind != 'sigmoid':\n"
                "        return right(kind, i, half, floor)\n"
                f"    k, high = half, {high}\n"
                f"    for n in range({n}):\n        k = half / np.log(k)\n"
                "    low = 1.0\n"
                f"    for n in range({200 - n}):\n"
                "        k = (low + high) / 2\n"
                "        up = k * np.log(k) < half\n"
                "        low, high = (k, high) if up else (low, k)\n"
                "    p = k / (k + np.exp(np.minimum(i / k, 700)))\n"
                "    return np.maximum(p, floor)\n",
                hint,
            )
            for n, high, hint in (
                (200, "0", "runs away where half is small"),
                (0, "half", "does your search look there"),
                (0, "1000.0", "the interval is too short"),
            )
        ),
        (
            "06.2",
            "right = truth_probability\n\n"
            "def truth_probability(kind, i, half, floor):\n"
            "    return right(kind, i, half, floor) + (kind == 'linear') * 0.01\n",
            "expected",
        ),
        (
            "06.2",
            "import math\nright = truth_probability\n\n"
            "def truth_probability(kind, i, half, floor):\n"
            "    if kind != 'sigmoid':\n        return right(kind, i, half, floor)\n"
            "    k = half / math.log(half) if half > 2 else 2.0\n"
            "    return np.maximum(k / (k + np.exp(i / k)), floor)\n",
            "half/ln(half)",
        ),
        (
            "06.3",
            "right = free_run\n\ndef free_run(step, h0, x, warm, K):\n"
            "    return right(step, h0, x, np.full(len(warm), max(warm)), K)\n",
            "had not been observed yet",
        ),
        (
            "06.4",
            "def rounds(make_network, number, T, rng):\n"
            "    y, ready = rng.integers(V, size=T), np.ones(T, dtype=int)\n"
            "    for t in range(T):\n        for s in range(t):\n"
            "            J = state_jacobian(make_network, number, y, s, t)\n"
            "            if np.abs(J).max() > 1e-8:\n"
            "                ready[t] = max(ready[t], ready[s] + 1)\n"
            "    return max(ready)\n",
            "A small nudge does not change a choice",
        ),
        (
            "06.4",
            "right = rounds\n\ndef rounds(make_network, number, T, rng):\n"
            "    run = make_network(number)\n"
            "    y, ready = rng.integers(V, size=T), np.ones(T, dtype=int)\n"
            "    for s in range(T):\n        nudges = np.zeros((T, H))\n"
            "        nudges[s] = 5\n"
            "        moved = (run(y, nudges) != run(y, 0 * nudges)).any(axis=1)\n"
            "        for t in range(s + 1, T):\n            if moved[t]:\n"
            "                ready[t] = max(ready[t], ready[s] + 1)\n"
            "    return max(ready)\n",
            "many texts",
        ),
        (
            "06.4",
            "def rounds(make_network, number, T, rng):\n"
            "    run, z = make_network(number), np.zeros((T, H))\n    z[0] = 5\n"
            "    y = rng.integers(V, size=T)\n"
            "    moved = np.flatnonzero((run(y, z) != run(y, 0 * z)).any(axis=1))\n"
            "    return -(-T // moved[1]) if len(moved) > 1 else 1\n",
            "Nobody reads the first state",
        ),
        (
            "06.4",
            "def rounds(make_network, number, T, rng):\n"
            "    dice = np.random.default_rng([6, 4, number])\n"
            "    plan, lag = dice.integers(6), dice.integers(1, 4)\n"
            "    first = dice.integers(3)\n"
            "    return -(-(T - first) // lag) if plan > 1 else 1\n",
            "come from other dice",
        ),
        (
            "06.4",
            "def state_jacobian(make_network, number, y, s, t):\n"
            "    run, J = make_network(number), np.zeros((H, H))\n"
            "    for a in range(H):\n        nudges = np.zeros((len(y), H))\n"
            "        nudges[s, a] = 1e-12\n"
            "        J[a] = (run(y, nudges)[t] - run(y, -nudges)[t]) / 2e-12\n"
            "    return J\n",
            "with much smaller ones rounding",
        ),
        (
            "06.4",
            "def reasons():\n    return {'A': 'targets', 'B': 'own state'}\n",
            "no key",
        ),
        (
            "06.4",
            "right = reasons\n\ndef reasons():\n    return {**right(), 'B': 'no'}\n",
            "choose one of",
        ),
        (
            "06.4",
            "right = reasons\n\ndef reasons():\n"
            "    return {**right(), 'A': 'readout', 'D': 'state'}\n",
            "no earlier state is read in A",
        ),
        (
            "06.5",
            "right = best_stops\n\ndef best_stops(r):\n"
            "    s = right(r)\n    s[0] = s[0] / 2 + 0.3\n    return s\n",
            "is possible",
        ),
        (
            "06.5",
            "def best_stops(r):\n    return np.ones(len(r) + 1)\n",
            "infinitely much",
        ),
        (
            "06.5",
            "def right_loss(s, r):\n"
            "    return -np.log(np.prod((1 - s[:-1]) * r) * s[-1])\n",
            "add up the logarithms",
        ),
        (
            "06.5",
            "import itertools\ncount = itertools.count()\n"
            "right = broken_loss\n\ndef broken_loss(s, r):\n"
            "    return right(s, r) * (1 + 0.003 * np.sin(next(count) + 1))\n",
            "A second call gives another number",
        ),
        (
            "06.5",
            "def best_stops(r):\n    s, rest = np.ones(len(r) + 1), 0.0\n"
            "    for t in reversed(range(len(r))):\n"
            "        s[t] = 1 - 1 / rest if rest > 1 else 0.0\n"
            "        rest = -np.log(1 - s[t]) + (1 - s[t]) * rest\n"
            "    return s\n",
            "Is −ln r in your L",
        ),
    ],
)
def test_messages(number, change, hint):
    assert hint in BENCH.feedback(by_id[number], change)[1]


# --- the text and this package say the same -------------------------------------------


def space_of(number):
    space = {"np": np}
    exec(BENCH.sources.given.get(number, ""), space)
    exec(BENCH.sources.answers[number], space)
    return space


@pytest.mark.parametrize("q", BENCH.questions, ids=lambda q: q.id)
def test_text_and_reference_agree(q):
    space = space_of(q.id)
    for call in q.cases(np.random.default_rng(5)):
        values = []
        for functions in (space, q.reference):
            with np.errstate(all="ignore"):
                values.append(functions[call.name](*arguments(call, space)))
        if isinstance(values[0], dict):
            assert values[0] == values[1]
            continue
        pairs = zip(*values, strict=True) if isinstance(values[0], tuple) else [values]
        for one, other in pairs:
            assert np.allclose(one, other, rtol=1e-12, atol=1e-13)


def test_plans_of_the_given_cell():
    """The rounds that q4 reads off a plan are those that an experiment finds."""
    space, rng = space_of("06.4"), np.random.default_rng(3)
    for plan in range(6):
        for lag in (1, 2, 3):
            late = int(rng.integers(3))
            number, make = q4.a_number(rng, plan, lag, late), space["make_network"]
            assert q4.plan_of(make, number) == q4.drawn(number)
            assert q4.drawn(number) == (plan, lag, lag + late)
            for T in (6, 9):
                found = space["rounds"](make, number, T, rng)
                assert found == q4.truth(make, number, T), (plan, lag, late, T)


def test_jacobian_is_the_product_of_the_chapter():
    """A network that reads its last state: W diag(1 - h²), step after step."""
    space, rng = space_of("06.4"), np.random.default_rng(4)
    number, y = q4.a_number(rng, q4.STATE, 1), rng.integers(5, size=7)
    dice = np.random.default_rng([6, 4, number])
    dice.integers(6), dice.integers(1, 4), dice.integers(3)
    dice.normal(size=(2, 5, 4))
    W = 0.6 * dice.normal(size=(4, 4))
    h = space["make_network"](number)(y, np.zeros((7, 4)))
    J = np.eye(4)
    for t in range(2, 6):
        J = J @ (W * (1 - h[t] ** 2))
    found = space["state_jacobian"](space["make_network"], number, y, 1, 5)
    assert np.allclose(found, J, rtol=1e-7, atol=1e-9)


def test_choices_change_often_enough():
    """A nudge of size 5 changes a choice often enough for thirty tries."""
    space, rng = space_of("06.4"), np.random.default_rng(8)
    for _ in range(60):
        number = q4.a_number(rng, q4.CHOICE)
        lag = q4.drawn(number)[1]
        run = space["make_network"](number)
        for row in (0, 1):  # row 0 is the same for all texts
            changed = 0
            for _ in range(100):
                y, nudges = rng.integers(5, size=6), np.zeros((6, 4))
                nudges[row] = 5 * rng.normal(size=4)
                moved = run(y, nudges) - run(y, np.zeros((6, 4)))
                changed += np.abs(moved[row + lag]).max() > 1e-9
            assert changed >= 30, (number, row)


def test_no_choice_is_a_tie():
    """A small nudge moves no later state of a network of choices, from row 0 on."""
    space, rng = space_of("06.4"), np.random.default_rng(9)
    for _ in range(20):
        number = q4.a_number(rng, q4.CHOICE)
        y = rng.integers(5, size=6)
        for s, t in itertools.combinations(range(6), 2):
            J = space["state_jacobian"](space["make_network"], number, y, s, t)
            assert not J.any(), (number, s, t)


def test_nothing_beats_the_best_stops():
    """The recursion's optimum is that of a search over all stops."""
    rng = np.random.default_rng(6)
    for n in (1, 2, 5):
        r = rng.uniform(0.02, 0.9, size=n)
        best = q5.best_stops(r)
        least = q5.by_enumeration(np.clip(best, 1e-15, 1), r)
        for _ in range(300):
            near = np.clip(best + 0.1 * rng.normal(size=n + 1), 0.001, 0.999)
            anywhere = rng.uniform(0.001, 0.999, size=n + 1)
            assert q5.by_enumeration(near, r) >= least - 1e-9
            assert q5.by_enumeration(anywhere, r) >= least - 1e-9


def test_broken_loss_is_what_a_simulation_gives():
    rng = np.random.default_rng(7)
    s, r = q5._numbers(rng, 4)
    costs = -np.log(np.append((1 - s[:-1]) * r, s[-1]))
    drawn = rng.random((200_000, 5)) < s
    stop = np.where(drawn.any(axis=1), drawn.argmax(axis=1), 4)
    losses = np.cumsum(costs)[stop]
    error = losses.std() / np.sqrt(len(losses))
    assert abs(losses.mean() - q5.broken_loss(s, r)) < 5 * error
    assert np.isclose(q5.broken_loss(s, r), q5.by_enumeration(s, r), rtol=1e-12)


def test_examples_in_the_text():
    """The tiny examples of the task texts, worked by the reference answers."""
    shift = space_of("06.1")["shift"]
    for pad in (9, 1):
        y = np.array([[5, 1, 4], [7, pad, 6], [1, pad, 6], [pad, pad, 8]])
        x, m = shift(y, 0, 1, pad)
        assert x.tolist() == [[0, 0, 0], [5, pad, 4], [7, pad, 6], [pad, pad, 6]]
        assert m.tolist() == [[1, 1, 1], [1, 0, 1], [1, 0, 1], [0, 0, 1]]

    space = space_of("06.2")
    t, truth = np.array([0, 10, 20]), space["truth_probability"]
    assert np.allclose(truth("linear", t, 10, 0.1), [1, 0.5, 0.1])
    assert np.allclose(truth("exponential", t, 10, 0.1), [1, 0.5, 0.25])
    assert np.allclose(truth("sigmoid", t, 10, 0.1), [0.851, 0.5, 0.149], atol=5e-4)
    assert np.isclose(q2._k_of(10), 5.73, atol=5e-3)
    p = np.array([0.9, 0.5])
    assert np.allclose(space["wholly_true"](p, 3), [0.81, 0.25])
    assert np.isclose(space["own_symbols"](p, 3), 1.2)

    space = space_of("06.3")

    def without_memory(h, v):
        return h, v / 2

    x = np.array([[2.0, 4.0, 4.0, 4.0, 7.0]]).T
    found = space["free_run"](without_memory, np.zeros((1, 1)), x, np.array([2]), 3)
    assert np.allclose(found.T, [[6, 9, 13.5]])
    with np.errstate(all="ignore"):
        ratio = space["error_ratio"](found[None], x, 2)
    assert np.isclose(ratio[2], 2.17, atol=5e-3) and not np.isfinite(ratio[:2]).any()

    assert -(-8 // 3) == 3 and q4.reasons() == space_of("06.4")["reasons"]()

    space = space_of("06.5")
    s, r = np.array([0.5, 0.5]), np.array([0.5])
    assert np.isclose(space["right_loss"](s, r), 2.08, atol=5e-3)
    assert np.isclose(space["broken_loss"](s, r), 1.73, atol=5e-3)
    r = np.array([0.25, 0.25])
    best = space["best_stops"](r)
    assert np.allclose(best, [0.279, 0, 1], atol=5e-4)
    assert np.isclose(space["broken_loss"](best, r), 2.71, atol=5e-3)
    for n in (60, 600):  # what the last questions say
        r = np.full(n, 1 / 30)
        least = space["broken_loss"](space["best_stops"](r), r)
        assert np.isclose(least, 6.2, atol=0.05)
    honest = space["right_loss"](np.append(np.zeros(60), 1.0), np.full(60, 1 / 30))
    assert round(honest) == 204
    with pytest.warns(RuntimeWarning):  # ln 0 at the other end
        assert space["right_loss"](np.array([0.5, 0.0]), np.array([0.5])) == np.inf


def test_all_texts_together_have_probability_one():
    """And the answer to the riddle of 6.1: an END that is read changes no loss."""
    space = space_of("06.1")
    model, likelihood = space["model"], space["log_likelihood"]
    y = q1._everything(3, 2)
    assert np.isclose(np.exp(likelihood(model, y, 0, 2, 2)).sum(), 1, atol=1e-12)
    m = space["shift"](y, 0, 2, 2)[1]
    fed = q1._before(y, 0)
    masked = (m * q1._of_targets(model(fed), y)).sum(axis=0)
    assert np.allclose(masked, likelihood(model, y, 0, 2, 2), rtol=1e-12)


def test_the_first_origin_needs_no_more_than_is_there():
    """x of the longest free run has exactly the rows that the text promises."""
    rng = np.random.default_rng(2)
    x = q3._series(rng, 3 + 5 + 4 - 1, 2)
    forecasts = q3._forecasts(rng, x, 3, 5, 4)
    assert np.isfinite(q3.error_ratio(forecasts, x, 3)).all()
