"""The questions of chapter 9, graded through the worker.

Rewrites are right answers in other words; they are written here as whole functions and
graded as a learner's cell would be.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from harness import Remembering, SlipTests

from unrolled.grader.checks.c09 import common, q1, q2, q3, q4, q5, q6
from unrolled.grader.checks.slips import equal
from unrolled.grader.question import Limits


class Quick(Remembering):
    """Two seeds for the likely slips only."""

    def assert_misconception(self, question, item, seeds=(0, 1)):
        """The first slips of a question, which are the likely ones, on two seeds."""
        likely = item in question.misconceptions[:5]
        super().assert_misconception(question, item, seeds if likely else seeds[:1])


BENCH = Quick("09")
by_id = {q.id: q for q in BENCH.questions}
MODULES = dict(zip(by_id, (q1, q2, q3, q4, q5, q6), strict=True))


@pytest.fixture(scope="module", autouse=True)
def session():
    with BENCH:
        yield


# --- 9.1 ------------------------------------------------------------------------------


def norm_by_hypot(grads):
    def numbers(nest):
        if isinstance(nest, dict):
            nest = list(nest.values())
        if isinstance(nest, list):
            return [x for entry in nest for x in numbers(entry)]
        return [] if nest is None else nest.ravel().tolist()

    return math.hypot(*numbers(grads))


def norm_of_norms(grads):
    """The norm of the entries' norms, scaled by the largest; itself called again."""
    if grads is None:
        return 0.0
    if isinstance(grads, np.ndarray):
        inner = [abs(float(x)) for x in grads.flat]
    else:
        entries = list(grads.values()) if isinstance(grads, dict) else grads
        inner = [norm_of_norms(entry) for entry in entries]
    top = max(inner, default=0.0)
    return top and top * sum((x / top) ** 2 for x in inner) ** 0.5


def norm_by_powers_of_two(grads):
    waiting, arrays = [grads], []
    while waiting:
        nest = waiting.pop()
        if isinstance(nest, dict):
            waiting.extend(nest.values())
        elif isinstance(nest, list):
            waiting.extend(nest)
        elif nest is not None:
            arrays.append(nest.reshape(-1))
    if not arrays:
        return 0
    flat = np.concatenate(arrays)
    power = np.frexp(np.abs(flat).max())[1]
    return np.ldexp(np.linalg.norm(np.ldexp(flat, -power)), power)


def clip_by_minimum(grads, limit):
    norm = global_norm(grads)  # noqa: F821
    factor = min(1.0, limit / norm) if norm else 1.0

    def change(nest):
        if isinstance(nest, dict):
            return dict(zip(nest, map(change, nest.values()), strict=True))
        if isinstance(nest, list):
            return list(map(change, nest))
        return None if nest is None else factor * nest

    return change(grads)


def clip_with_a_copy(grads, limit):
    import copy

    norm = global_norm(grads)  # noqa: F821
    found = copy.deepcopy(grads)
    if not norm > limit:
        return found

    def shorten(nest):
        for entry in nest.values() if isinstance(nest, dict) else nest:
            if isinstance(entry, np.ndarray):
                entry /= norm
                entry *= limit
            elif entry is not None:
                shorten(entry)

    shorten(found)
    return found


def sum_two_at_a_time(parts, limit):
    def plus(a, b):
        if a is None or b is None:
            return b if a is None else a
        if isinstance(a, dict):
            return {name: plus(a[name], b[name]) for name in a}
        if isinstance(a, list):
            return [plus(x, y) for x, y in zip(a, b, strict=True)]
        return a + b

    total, *others = parts
    for part in others:
        total = plus(total, part)
    return clip(total, limit)  # noqa: F821


# --- 9.2 ------------------------------------------------------------------------------


def verdict_by_growth(W, slopes, steps):
    """The limit by two very late powers, the horizon by a loop."""

    def word(least, most):
        if most < 1 - 1e-6:
            return "shrinks"
        if least > 1 + 1e-6:
            return "grows"
        return "bounded" if most <= 1 + 1e-6 else "nothing"

    if slopes is not None:
        size = np.sqrt(np.abs(np.linalg.eigvalsh(W @ W.T)))
        return word(slopes[0] * size.min(), slopes[1] * size.max())
    if steps != np.inf:
        power = back = np.eye(len(W))
        singular = np.linalg.matrix_rank(W) < len(W)
        for _ in range(steps):
            power = power @ W
            back = back if singular else np.linalg.solve(W, back)
        least = 0 if singular else 1 / np.linalg.norm(back, 2)
        return word(least, np.linalg.norm(power, 2))
    size = abs(np.linalg.eig(W)[0])
    found = word(min(size), max(size))
    if found == "bounded":
        late = [np.linalg.norm(np.linalg.matrix_power(W, n)) for n in (4000, 64000)]
        if late[1] > 8 * late[0]:
            return "nothing"
    return found


def verdict_by_ranks(W, slopes, steps):
    if slopes is None and steps == np.inf:
        lam = np.linalg.eigvals(W)
        size = np.abs(lam)
        if size.max() < 0.999:
            return "shrinks"
        if size.min() > 1.001:
            return "grows"
        if size.max() > 1.001:
            return "nothing"
        for one in lam[size > 0.999]:
            count = np.sum(np.abs(lam - one) < 1e-3)
            values = np.linalg.svd(W - one * np.eye(len(W)))[1]
            if np.sum(values < 1e-5) < count:
                return "nothing"
        return "bounded"
    factors = (1.0, 1.0) if slopes is None else slopes
    A = np.linalg.matrix_power(W, steps) if slopes is None else W
    least, most = np.linalg.norm(A, -2) * factors[0], np.linalg.norm(A, 2) * factors[1]
    if slopes is None and np.linalg.det(W):
        least = 1 / np.linalg.norm(np.linalg.matrix_power(W, -steps), 2)
    names = (most < 0.99999, "shrinks"), (least > 1.00001, "grows")
    names += ((most < 1.00001, "bounded"),)
    return next((name for holds, name in names if holds), "nothing")


def growing_by_search(rho, times, steps):
    c = 1.0
    while True:
        W = np.array([[rho, 0.0], [c, -rho / 2]])
        if np.linalg.norm(np.linalg.matrix_power(W, steps), 2) >= times:
            return W
        c *= 1.3


def growing_in_other_coordinates(rho, times, steps):
    W = np.array([[rho, 2 * times / rho**steps], [0.0, rho]])
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    return (turn @ W @ turn.T).tolist()


def woken_of_another_form(slope, rho):
    a = rho / (1 - slope)
    return np.array([[a, 4 * a], [-a / 4, -a]])


def woken_by_an_outer_product(slope, rho):
    left = np.array([1.0, 2.0])
    right = np.array([2.0, -1.0])  # left times right is 0
    W = np.outer(left, right)
    return W * rho / abs(W[0, 0] + slope * W[1, 1])


# --- 9.3 ------------------------------------------------------------------------------


def constant_by_moments(marked, low, high, offset, scale, zeroed):
    mean = (low + high) / 2
    square = (low * low + low * high + high * high) / 3
    best, error = offset, 0.0
    for i in range(marked):
        keep = 1 - zeroed if i == 0 else 1.0
        best += scale * keep * mean
        error += scale**2 * (keep * square - keep**2 * mean**2)
    return [best, error]


def constant_by_total_variance(marked, low, high, offset, scale, zeroed):
    """Within the two kinds of sequences, and between them."""
    whole, var = (low + high) / 2, (high - low) ** 2 / 12
    means = np.array([marked * whole, (marked - 1) * whole])
    inner = np.array([marked * var, (marked - 1) * var])
    p = np.array([1 - zeroed, zeroed])
    mean = p @ means
    return offset + scale * mean, scale**2 * (p @ inner + p @ (means - mean) ** 2)


def misprinted_by_decimal(figures, value):
    from decimal import ROUND_HALF_EVEN, Decimal

    found = []
    for text in figures:
        figure = Decimal(text)
        if Decimal(value).quantize(figure, ROUND_HALF_EVEN) != figure:
            found.append(text)
    return found


def misprinted_by_half_a_unit(figures, value):
    return [
        f for f in figures if abs(float(f) - value) > 0.5 / 10 ** len(f.split(".")[-1])
    ]


def copying_by_entropy(symbols, length, delay):
    p = np.full(symbols + 1, length / symbols)
    p[0] = delay + length
    p = p / p.sum()
    steps = delay + length + length
    return -(p * np.log(p)).sum(), np.full(length, np.log(symbols)).sum() / steps


def copying_as_list(symbols, length, delay):
    n = delay + 2 * length
    b = delay + length
    return [
        (n * np.log(n) - b * np.log(b) - length * np.log(length / symbols)) / n,
        math.log(symbols**length) / n,
    ]


def carried_by_share(loss, symbols, length, delay):
    none = length * math.log(symbols) / (delay + 2 * length)
    return np.maximum(0, (1 - loss / none) * length * np.log2(symbols))


# --- 9.4 ------------------------------------------------------------------------------


def jacobian_by_columns(x, h0, w, alpha, k, t):
    """The complex step: a very small imaginary change of each unit."""

    def later(h, steps):
        for x_t in steps:
            z = np.tanh(x_t @ w["W_xh"] + h @ w["W_hh"] + w["b_h"])
            h = (1 - alpha) * h + alpha * z
        return h

    h = later(h0, x[:k])
    small = 1e-30j * np.eye(len(h0))
    return np.array([later(h + d, x[k:t]).imag / 1e-30 for d in small])


def jacobian_from_the_end(x, h0, w, alpha, k, t):
    h, factors = h0, []
    for x_t in x:
        z = np.tanh(x_t @ w["W_xh"] + h @ w["W_hh"] + w["b_h"])
        h = h - alpha * h + alpha * z
        slope = alpha / np.cosh(np.arctanh(z)) ** 2
        factors.append(np.eye(len(h0)) - np.diag(alpha) + w["W_hh"] @ np.diag(slope))
    J = np.eye(len(h0))
    for factor in reversed(factors[k:t]):
        J = factor @ J
    return J


def jacobian_by_loops(x, h0, w, alpha, k, t):
    H = len(h0)
    h, J = list(h0), [[float(i == j) for j in range(H)] for i in range(H)]
    W = w["W_hh"]
    for step in range(t):
        a = x[step] @ w["W_xh"] + np.array(h) @ W + w["b_h"]
        z = np.tanh(a)
        h = [(1 - alpha[i]) * h[i] + alpha[i] * z[i] for i in range(H)]
        if step >= k:
            J = [
                [
                    row[b] * (1 - alpha[b])
                    + sum(row[c] * W[c, b] for c in range(H))
                    * alpha[b]
                    * (1 - z[b] ** 2)
                    for b in range(H)
                ]
                for row in J
            ]
    return np.array(J)


def changes_by_increments(a, W, alpha, v):
    logs = [np.log(np.linalg.norm(v))]
    for a_t in a:
        v = v / np.linalg.norm(v)
        J = np.diag(1 - alpha) + W * (alpha * (1 - np.tanh(a_t) ** 2))
        v = v @ J
        logs.append(np.log(np.linalg.norm(v)))
    return np.cumsum(logs)[1:]


def changes_now_and_then(a, W, alpha, v):
    """Brought to length one every tenth step."""
    out, log = np.empty(len(a)), 0.0
    for t, a_t in enumerate(a):
        v = v * (1 - alpha) + alpha * (1 - np.tanh(a_t) ** 2) * (v @ W)
        out[t] = log + 0.5 * np.log(v @ v)
        if t % 10 == 9:
            log, v = out[t], v / np.sqrt(v @ v)
    return out.astype(np.float32)


def errors_with_factors(a, W, alpha, e):
    out, log = np.zeros(len(a)), 0.0
    for t in range(len(a) - 1, -1, -1):
        J = np.diag(1 - alpha) + W * (alpha * (1 - np.tanh(a[t]) ** 2))
        size = np.linalg.norm(e)
        log, e = log + np.log(size), e / size @ J.T
        out[t] = log + np.log(np.linalg.norm(e))
    return out.tolist()


# --- 9.5 ------------------------------------------------------------------------------


def step_in_other_words(theta, g, state, lr, limit):
    total = sum(float(np.sum(0 * x)) for x in g.values())  # NaN or 0
    if total != 0:
        return (
            {n: x.copy() for n, x in theta.items()},
            {"m": state["m"], "s": state["s"], "k": state["k"]}
            | {"skipped": 1 + state["skipped"]},
        )
    norm = math.hypot(*(x for array in g.values() for x in array.flat))
    factor = limit / norm if norm > limit else 1
    new = {"m": {}, "s": {}, "k": state["k"] + 1, "skipped": 0}
    moved = {}
    for n in g:
        x = factor * g[n]
        new["m"][n] = m = state["m"][n] + 0.1 * (x - state["m"][n])
        new["s"][n] = s = state["s"][n] + 0.001 * (x * x - state["s"][n])
        m, s = m / (1 - 0.9 ** new["k"]), s / (1 - 0.999 ** new["k"])
        moved[n] = theta[n] - lr * m / (s**0.5 + 1e-8)
    return moved, new


def step_on_a_copy(theta, g, state, lr, limit):
    import copy

    theta, state = copy.deepcopy(theta), copy.deepcopy(state)
    for x in g.values():
        if np.isnan(x).any() or np.isinf(x).any():
            state["skipped"] += 1
            return theta, state
    g = clip(g, limit)  # noqa: F821
    state["k"] += 1
    state["skipped"] = 0
    for n, x in g.items():
        state["m"][n] *= 0.9
        state["m"][n] += (1 - 0.9) * x
        state["s"][n] *= 0.999
        state["s"][n] += (1 - 0.999) * x * x
        root = np.sqrt(state["s"][n]) / np.sqrt(1 - 0.999 ** state["k"])
        theta[n] -= lr / (1 - 0.9 ** state["k"]) * state["m"][n] / (root + 1e-8)
    return [theta, state]


def random_by_one_vector(theta, radius, rng):
    sizes = [x.size for x in theta.values()]
    d = rng.normal(size=sum(sizes))
    d *= radius / np.sqrt(d @ d)
    pieces = np.split(d, np.cumsum(sizes)[:-1])
    return {
        n: x + p.reshape(x.shape)
        for (n, x), p in zip(theta.items(), pieces, strict=True)
    }


def random_scaled_first(theta, radius, rng):
    d = {n: 7 * rng.normal(size=x.shape) for n, x in reversed(theta.items())}
    length = sum(np.sum(x**2) for x in d.values()) ** 0.5
    return {n: theta[n] - radius * d[n] / length for n in theta}


# --- 9.6 ------------------------------------------------------------------------------


def rest_by_pieces(a, limit):
    """The average is linear between the points where a gradient begins to be cut."""
    if np.isinf(limit):
        return float(np.mean(a))
    knots = np.sort(np.concatenate([a - limit, a + limit]))
    pull = np.array([np.clip(k - a, -limit, limit).sum() for k in knots])
    i = int(np.flatnonzero(pull >= 0)[0])
    if pull[i] == 0 or i == 0:
        return knots[i]
    share = -pull[i - 1] / (pull[i] - pull[i - 1])
    return knots[i - 1] + share * (knots[i] - knots[i - 1])


def rest_by_secants(a, limit):
    low, high = float(np.min(a)) - 1, float(np.max(a)) + 1
    while high - low > 1e-9 * max(1.0, abs(low), abs(high)):
        middle = 0.5 * (low + high)
        pull = sum(min(max(middle - x, -limit), limit) for x in a)
        if pull == 0:
            return middle
        low, high = (low, middle) if pull > 0 else (middle, high)
    return low


def updates_half_a_loop(theta, rate, limit, goal):
    far, count = abs(float(theta)), 0
    if far > limit:
        count = max(0, math.floor((far - max(limit, goal)) / (rate * limit)) - 3)
        far -= count * rate * limit
    while far > goal:
        far -= rate * min(far, limit)
        count += 1
    return count


def updates_as_array(theta, rate, limit, goal):
    size = np.abs(theta)
    stop = limit if limit > goal else goal
    walk = 0 if np.isinf(limit) else np.ceil(max(0, size - stop) / rate / limit)
    size = size - (walk * rate * limit if walk else 0)
    rest = 0 if size <= goal else np.ceil(math.log(size / goal) / -math.log1p(-rate))
    return walk + rest


def tilted_by_halving(n, cosine):
    low, high = 0.0, 60.0  # of the logarithm of the large entry
    for _ in range(80):
        middle = (low + high) / 2
        g = np.ones(n)
        g[0] = np.exp(middle)
        c = np.minimum(g, 1)
        if g @ c / np.sqrt((g @ g) * (c @ c)) > cosine:
            low = middle
        else:
            high = middle
    return g


def tilted_with_signs(n, cosine):
    g = tilted_by_halving(n, cosine)
    g[1::2] *= -1
    return g[::-1].copy()


# points left by each misconception
LEFT = {
    "09.1": {
        "sum of the norms": 3,
        "the largest norm": 1,
        "root of the mean square": 1,
        "no root": 0,
        "sum of absolute values": 0,
        "the largest entry": 1,
        "squares that overflow": 3,
        "the first level alone": 1,
        "lists passed over": 1,
        "singular values": 0,
        "squares of sums": 1,
        "a limit for every array": 3,
        "a limit for every branch": 3,
        "by value": 3,
        "by the largest entry": 3,
        "no condition": 3,
        "no condition, except for zeros": 3,
        "condition turned round": 2,
        "division at equality": 4,
        "a constant in the divisor": 4,
        "clipping with squares that overflow": 4,
        "divided by the square": 3,
        "nothing clipped": 3,
        "in place": 4,
        "None left out": 2,
        "None becomes zero": 2,
        "every part clipped": 4,
        "every part clipped, then the sum": 4,
        "every part to its share of the limit": 4,
        "mean of the parts": 4,
        "a limit for as many parts": 4,
        "sum not clipped": 4,
        "the first part alone": 4,
        "None swallows the others": 4,
        "None of the first part": 4,
        "added into the first part": 4,
    },
    "09.2": {
        "eigenvalues for a horizon": 5,
        "eigenvalues with slopes": 4,
        "eigenvalues for everything": 3,
        "singular values for the limit": 4,
        "singular values of W for everything": 3,
        "one step for a horizon": 5,
        "a least singular value lost in rounding": 5,
        "a large singular value grows": 4,
        "a spectral radius above one grows": 4,
        "a norm above one grows": 5,
        "the largest factor decides": 2,
        "slopes left out": 4,
        "the greatest slope twice": 4,
        "slopes exchanged": 4,
        "saturation bounds everything": 4,
        "nothing grows with slopes": 5,
        "as if linear": 4,
        "radius one is bounded": 5,
        "a repeated eigenvalue taken for a Jordan block": 5,
        "never bounded with slopes": 5,
        "radius one is nothing": 5,
        "equality is nothing": 4,
        "equality shrinks": 4,
        "a Jordan block grows": 5,
        "eigenvalues with their signs": 4,
        "real parts": 4,
        "as if symmetric": 4,
        "Frobenius norm": 4,
        "large after one step": 5,
        "power of rho forgotten": 5,
        "two different eigenvalues": 5,
        "the radius above one": 5,
        "scaled down": 5,
        "signs of the slopes": 5,
        "not scaled": 5,
        "a triangular matrix": 5,
        "a diagonal matrix": 5,
    },
    "09.3": {
        "scale not squared": 3,
        "scale left out": 3,
        "offset left out": 3,
        "square of the number of marks": 3,
        "one number alone": 3,
        "width not squared": 3,
        "always from 0 to 1": 3,
        "mean square of the target": 3,
        "nothing lost": 4,
        "always lost": 4,
        "lost and kept exchanged": 3,
        "variance times share": 4,
        "as if scaled by the share": 4,
        "constant not moved": 4,
        "every number lost": 4,
        "cut off, not rounded": 4,
        "the right ones": 4,
        "one per cent": 4,
        "three digits for all": 4,
        "exact comparison": 4,
        "one in the last digit": 4,
        "in bits": 4,
        "per step of the answer": 4,
        "length counted once": 4,
        "the blank among the answers": 4,
        "all symbols alike": 4,
        "no clock is worth a clock": 4,
        "blank or not": 4,
        "half of the doubt": 4,
        "with and without exchanged": 4,
        "nats for bits": 4,
        "less than nothing": 4,
        "loss of one step": 4,
        "loss at the answer alone": 4,
        "bits less nats": 4,
        "what is missing": 4,
        "bits a symbol": 4,
    },
    "09.4": {
        "decreasing order": 2,
        "transposed": 2,
        "transposed factors": 2,
        "slopes one step early": 2,
        "slopes one step late": 2,
        "last factor missing": 2,
        "first factor missing": 2,
        "one factor too many": 2,
        "a power of W": 2,
        "leak beside the product": 2,
        "no leak": 2,
        "leak in every entry": 2,
        "the plain network": 2,
        "share left out": 2,
        "share of the earlier unit": 2,
        "slopes on the rows": 2,
        "slope on the leak": 2,
        "slope at the state": 2,
        "slope not squared": 2,
        "no slope": 2,
        "states without leak": 2,
        "started at k": 2,
        "no renormalisation": 3,
        "growth of each step": 3,
        "started from length one": 3,
        "with the start": 3,
        "a change as a column": 3,
        "from the end": 3,
        "divided by the steps": 3,
        "a for the tanh": 3,
        "norms of the factors": 3,
        "norm of the product": 3,
        "not divided": 3,
        "errors without renormalisation": 3,
        "errors as changes": 3,
        "errors in the order of computing": 3,
        "errors from the first step": 3,
        "errors without the transpose": 3,
        "errors at steps 1 to T": 3,
        "errors without leak": 3,
    },
    "09.5": {
        "nothing tested": 3,
        "infinity alone": 3,
        "NaN alone": 4,
        "bad entries set to zero": 3,
        "bad entries replaced": 3,
        "the bad array alone": 3,
        "the first array tested": 3,
        "a norm that overflows": 4,
        "long gradients skipped": 2,
        "averages fade": 3,
        "zeros for the gradient": 3,
        "skipped step counted as taken": 3,
        "averages poisoned": 3,
        "skips not counted": 4,
        "skips never reset": 4,
        "not clipped": 2,
        "clipped array by array": 2,
        "clipped by value": 2,
        "update clipped": 2,
        "averages not corrected": 2,
        "corrected by the old count": 2,
        "the small constant under the root": 4,
        "parameters in place": 4,
        "state in place": 3,
        "every array by the radius": 4,
        "not brought to length": 4,
        "length right on average": 4,
        "out of a cube": 4,
        "signs": 4,
        "one number an array": 4,
        "the step alone": 4,
        "another generator": 4,
        "moved in place": 4,
        "in proportion to the parameters": 4,
    },
    "09.6": {
        "the mean": 3,
        "the median": 3,
        "mean of clipped numbers": 3,
        "clipped around the median": 3,
        "clipped around the mean": 3,
        "far ones left out": 4,
        "twice the limit": 3,
        "half the limit": 3,
        "never clipped": 3,
        "always clipped": 3,
        "the walk alone": 3,
        "the end alone": 3,
        "from the limit on": 4,
        "steps as long as the limit": 3,
        "one too few": 3,
        "one too many": 3,
        "positive starts alone": 3,
        "the share exchanged": 3,
        "walk to the limit always": 4,
        "a continuous decay": 3,
        "one entry alone": 4,
        "as far as possible": 4,
        "angle to an axis": 4,
        "the clipped one returned": 4,
        "small terms left out": 4,
    },
}
EQUIVALENT = {
    "09.1": {
        "global_norm, line 7, constant changed: 0 -> 1": (
            "for None one zero in place of no number: it adds nothing to the norm"
        ),
        "global_norm, line 11, constant changed: 1 -> 2": (
            "two zeros in front in place of one, which add nothing to the norm"
        ),
        "clip_sum, line 9, index shifted: there[0] -> there[-1]": (
            "all nests of one place have the same form: any of them shows it"
        ),
        "clip_sum, line 11, index shifted: there[0] -> there[-1]": (
            "all nests of one place have the same form: any of them shows it"
        ),
        "clip_sum, line 12, index shifted: there[0] -> there[-1]": (
            "all dicts of one place have the same keys"
        ),
    },
    "09.2": {
        "verdict, line 13, constant changed: 2 -> 3": (
            "any very late power tells a Jordan block from what stays bounded"
        ),
        "verdict, line 13, constant changed: 20 -> 21": (
            "any very late power tells a Jordan block from what stays bounded"
        ),
        "verdict, line 13, constant changed: 1000.0 -> 1001.0": (
            "bounded powers have norms below 100 here, unbounded ones above 100,000"
        ),
        "verdict, line 15, constant changed: 0.0 -> 1.0": (
            "of a singular W the least value stays at 1, which is not enough to grow"
        ),
        "growing, line 5, factor dropped: steps * rho ** (steps - 1) -> rho ** (steps - 1)": (  # noqa: E501
            "a divisor that is no larger: the power is at least as large as asked"
        ),
        "growing, line 5, sign flipped: steps - 1 -> steps + 1": (
            "rho is below 1, so the divisor is smaller and the power larger than asked"
        ),
        "growing, line 5, term dropped: steps - 1 -> steps": (
            "rho is below 1, so the divisor is smaller and the power larger than asked"
        ),
        "woken, line 5, operands swapped: 1 - slope -> slope - 1": (
            "the negative of the matrix: its spectral radii are the same"
        ),
    },
    "09.3": {
        "constant, line 4, operands swapped: high - low -> low - high": (
            "the difference is squared"
        ),
    },
    "09.5": {
        "random_step, line 7, sign flipped: theta[name] + factor * step[name] -> theta[name] - factor * step[name]": (  # noqa: E501
            "the opposite direction is as likely"
        ),
    },
    "09.6": {
        "rest, line 5, range shifted: range(100) -> range(101)": (
            "one halving more, below the resolution of floats"
        ),
        "rest, line 5, range shifted: range(100) -> range(99)": (
            "one halving less, below the resolution of floats"
        ),
        "tilted, line 6, operands swapped: c - 1 -> 1 - c": (
            "the large entry with the other sign: absolute values alone count"
        ),
    },
}


class TestStandard(SlipTests):
    BENCH = BENCH
    MODULES = MODULES
    POINTS: ClassVar = {
        "09.1": 5,
        "09.2": 6,
        "09.3": 5,
        "09.4": 4,
        "09.5": 5,
        "09.6": 5,
    }
    REWRITES: ClassVar = {
        "09.1": [
            {"global_norm": norm_by_hypot, "clip": clip_by_minimum},
            {"global_norm": norm_of_norms, "clip": clip_with_a_copy},
            {"global_norm": norm_by_powers_of_two, "clip_sum": sum_two_at_a_time},
        ],
        "09.2": [
            {"verdict": verdict_by_growth, "growing": growing_by_search},
            {"verdict": verdict_by_ranks, "woken": woken_of_another_form},
            {"growing": growing_in_other_coordinates},
            {"woken": woken_by_an_outer_product},
        ],
        "09.3": [
            {"constant": constant_by_moments, "misprinted": misprinted_by_decimal},
            {"constant": constant_by_total_variance, "copying": copying_by_entropy},
            {"misprinted": misprinted_by_half_a_unit, "copying": copying_as_list},
            {"carried": carried_by_share},
        ],
        "09.4": [
            {"jacobian": jacobian_by_columns, "changes": changes_by_increments},
            {"jacobian": jacobian_from_the_end, "changes": changes_now_and_then},
            {"jacobian": jacobian_by_loops, "errors": errors_with_factors},
        ],
        "09.5": [
            {"safe_step": step_in_other_words, "random_step": random_by_one_vector},
            {"safe_step": step_on_a_copy},
            {"random_step": random_scaled_first},
        ],
        "09.6": [
            {"rest": rest_by_pieces, "updates": updates_half_a_loop},
            {"rest": rest_by_secants, "updates": updates_as_array},
            {"tilted": tilted_by_halving},
            {"tilted_by_halving": tilted_by_halving, "tilted": tilted_with_signs},
        ],
    }
    NOTHING: ClassVar = {
        "09.1": ("FILL", "{'W': np.full((2, 3), FILL)}", "[FILL]"),
        "09.2": (
            "'nothing' if FILL > 0 else 'shrinks'",
            "np.full((2, 2), FILL)",
            "np.full((2, 2), FILL)",
        ),
        "09.3": ("(FILL, FILL)", "figures[:2] if FILL else []", "(FILL, FILL)", "FILL"),
        "09.4": (
            "np.full(w['W_hh'].shape, FILL)",
            "np.full(len(a), FILL)",
            "np.full(len(a), FILL)",
        ),
        "09.5": (
            "({n: np.full(x.shape, FILL) for n, x in theta.items()}, state)",
            "{n: np.full(x.shape, FILL) for n, x in theta.items()}",
        ),
        "09.6": ("FILL", "FILL", "np.full(n, FILL)"),
    }
    EQUIVALENT = EQUIVALENT
    LEFT = LEFT


# --- the references are what the task says, by other roads ----------------------------


def test_norm_and_clip_are_pytorchs():
    torch = pytest.importorskip("torch")
    nest = q1._nest(np.random.default_rng(1), 0)
    weights = [
        torch.zeros(g.shape, dtype=torch.float64) for g in common.arrays_in(nest)
    ]
    for limit in (0.5, 100.0):
        for w, g in zip(weights, common.arrays_in(nest), strict=True):
            w.grad = torch.tensor(g)
        norm = torch.nn.utils.clip_grad_norm_(weights, limit)
        assert np.isclose(norm, q1.global_norm(nest))
        mine = common.arrays_in(q1.clip(nest, limit))
        for w, g in zip(weights, mine, strict=True):
            assert np.allclose(w.grad, g, rtol=1e-5)


def test_clip_sum_is_clip_of_the_batch():
    parts = q1._parts(np.random.default_rng(2), 3)
    total = q1.clip_sum(parts, 1e9)
    assert np.allclose(total["b_o"], parts[1]["b_o"])  # None in the others
    assert total["encoder"]["frozen"] is None
    assert np.isclose(q1.global_norm(q1.clip_sum(parts, 0.5)), 0.5)


def lengths(W, t):
    """Of many signals after t steps, in units of their length at the start."""
    u = np.random.default_rng(3).standard_normal((4000, len(W)))
    after = np.linalg.norm(u @ np.linalg.matrix_power(W, t), axis=1)
    return after / np.linalg.norm(u, axis=1)


def test_verdicts_of_a_horizon_hold_for_drawn_signals():
    for W, _, t in q2._horizons(np.random.default_rng(4)):
        ratio, word = lengths(W, t), q2.verdict(W, None, t)
        sigma = np.linalg.svd(np.linalg.matrix_power(W, t), compute_uv=False)
        assert np.abs(sigma - 1).min() > 0.004 or word == "bounded" or t == 4
        if word == "shrinks":
            assert ratio.max() < 1
        elif word == "grows":
            assert ratio.min() > 1
        elif word == "bounded":
            assert ratio.max() < 1 + 1e-6
        elif sigma[0] > 1e9:  # rounding has the rest of sigma: ask the eigenvectors
            size = np.abs(np.linalg.eigvals(W))
            assert size.max() > 1.5 and size.min() < 0.95
        else:
            assert sigma[0] > 1.004 and sigma[-1] < 0.996


def test_verdicts_of_the_limit_are_seen_late():
    rng = np.random.default_rng(5)
    for W, _, _ in q2._limits(rng) + q2._limit_borders(rng):
        word = q2.verdict(W, None, np.inf)
        middle, late = (
            np.linalg.svd(np.linalg.matrix_power(W, t))[1] for t in (80, 640)
        )
        seen = {
            "shrinks": late[0] < 1e-6,
            "grows": late[-1] > 1e6 or late[0] > 1e30,
            "bounded": 0.5 < late[0] < 100 and late[0] < 3 * middle[0],
            "nothing": late[0] > 7 * middle[0] or late[0] > 1e6,
        }
        assert seen[word], (W, word)


def test_verdicts_with_slopes_are_the_best_that_singular_values_allow():
    rng = np.random.default_rng(6)
    for W, (low, high), _ in q2._with_slopes(rng) + q2._slope_borders(rng):
        word = q2.verdict(W, (low, high), np.inf)
        sigma = np.linalg.svd(W, compute_uv=False)
        gains = []
        for _ in range(50):  # other matrices with these singular values
            M, u = q2._with_singular(rng, sigma), rng.standard_normal(len(W))
            u /= np.linalg.norm(u)
            for _ in range(20):
                u = u @ (M * rng.uniform(low, high, len(W)))
            gains.append(np.linalg.norm(u))
        if word in ("shrinks", "bounded"):
            assert max(gains) <= 1 + 1e-9
        elif word == "grows":
            assert min(gains) > 1
        # a diagonal matrix with the slope at one end attains both bounds
        assert (word in ("shrinks", "bounded")) == (sigma[0] * high <= 1 + 1e-6)
        assert (word == "grows") == (sigma[-1] * low > 1 + 1e-6)


def test_examples_that_refute():
    for rho, times, steps in ((0.9, 39.0, 9), (0.2, 5.0, 4)):
        W = q2.growing(rho, times, steps)
        assert np.abs(np.linalg.eigvals(W)).max() == pytest.approx(rho)
        assert np.linalg.norm(np.linalg.matrix_power(W, steps), 2) >= times
    W = q2.woken(0.5, 2.0)
    assert np.allclose(W @ W, 0)
    found = np.abs(np.linalg.eigvals(W * np.array([1, 0.5]))).max()
    assert found == pytest.approx(2.0)


def test_constant_is_the_mean_over_a_fine_grid():
    """Gauss points give the moments of an even distribution exactly."""
    points, weights = np.polynomial.legendre.leggauss(3)
    for low, high, zeroed in ((0.0, 1.0, 0.0), (-1.0, 1.0, 0.1), (0.5, 2.0, 0.3)):
        x = (low + high) / 2 + (high - low) / 2 * points
        mean = square = 0.0
        for i in range(3):
            for j in range(3):
                for first, p in ((x[i], 1 - zeroed), (0.0, zeroed)):
                    target = 0.5 + 0.25 * (first + x[j])
                    share = p * weights[i] * weights[j] / 4
                    mean, square = mean + share * target, square + share * target**2
        found = q3.constant(2, low, high, 0.5, 0.25, zeroed)
        assert np.allclose(found, (mean, square - mean**2))


def test_known_baselines():
    assert np.isclose(q3.constant(2, 0, 1, 0, 1, 0)[1], 1 / 6)
    assert np.isclose(q3.constant(2, -1, 1, 0.5, 0.25, 0)[1], 1 / 24)
    assert q3.misprinted([".1767", "0.167", "0.17", "0.1667"], 1 / 6) == [".1767"]
    assert np.isclose(q3.copying(8, 10, 100)[1], 10 * np.log(8) / 120)


def test_copying_cannot_be_beaten_by_a_constant():
    rng = np.random.default_rng(7)
    symbols, length, delay = 4, 3, 10
    steps = delay + 2 * length
    for _ in range(200):
        p = rng.dirichlet(np.ones(symbols + 1))
        loss = -(delay + length) * np.log(p[0]) - length * np.log(p[1:]).mean()
        assert loss / steps >= q3.copying(symbols, length, delay)[0] - 1e-12
    assert (
        q3.carried(q3.copying(symbols, length, delay)[1], symbols, length, delay) < 1e-9
    )


def test_jacobian_is_what_small_changes_show():
    rng = np.random.default_rng(8)
    x, h0, w, alpha = q4._network(rng, 6, 3, 2)
    h, _ = q4._run(x, h0, w, alpha)
    for k, t in ((0, 6), (2, 5), (3, 3)):
        J = q4.jacobian(x, h0, w, alpha, k, t)
        for i, d in enumerate(1e-6 * np.eye(3)):
            up, down = (q4._run(x[k:t], h[k] + s * d, w, alpha)[0][-1] for s in (1, -1))
            assert np.allclose((up - down) / 2e-6, J[i], atol=1e-8)


def test_changes_and_errors_belong_to_one_product():
    a, W, alpha, v = q4._sweep(np.random.default_rng(9), 8, 3, 1.5)
    e = np.array([1.0, -2.0, 0.5])
    factors = [q4._factor(s, W, alpha) for s in q4._slopes(a)]
    for t in range(1, 9):
        before = q4._product(factors[:t], 3)
        assert np.isclose(
            q4.changes(a, W, alpha, v)[t - 1], np.log(np.linalg.norm(v @ before))
        )
        after = q4._product(factors[t - 1 :], 3)
        assert np.isclose(
            q4.errors(a, W, alpha, e)[t - 1], np.log(np.linalg.norm(e @ after.T))
        )


def test_safe_step_is_pytorchs_adam():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(10)
    theta, g, state, lr, limit = q5._situation(rng, k=0)
    weights = {n: torch.tensor(x, requires_grad=True) for n, x in theta.items()}
    adam = torch.optim.Adam(weights.values(), lr=lr)
    for i in range(4):
        g = {n: rng.standard_normal(x.shape) * 3.0**i for n, x in theta.items()}
        for n, w in weights.items():
            w.grad = torch.tensor(g[n])
        torch.nn.utils.clip_grad_norm_(weights.values(), limit)
        adam.step()
        theta, state = q5.safe_step(theta, g, state, lr, limit)
        bad = {n: np.where(x > 0, np.nan, x) for n, x in g.items()}
        theta, state = q5.safe_step(theta, bad, state, lr, limit)
        assert state["k"] == i + 1 and state["skipped"] == 1
        for n, w in weights.items():
            assert np.allclose(w.detach(), theta[n], rtol=1e-5)


def test_directions_of_normal_numbers_pass_for_many_seeds():
    theta = q5._large_theta(np.random.default_rng(11))
    for seed in range(200):
        moved = q5.random_step(theta, 1.0, np.random.default_rng(seed))
        q5._isotropic({n: moved[n] - theta[n] for n in theta}, 1.0)


def test_rest_is_where_descent_ends():
    for a, limit in q6._clouds(np.random.default_rng(12)):
        theta = 0.0
        for _ in range(3000):
            theta -= 0.1 * np.mean(np.clip(theta - a, -limit, limit))
        assert np.isclose(q6.rest(a, limit), theta, atol=1e-6)
    a = np.array([1.0, 2, 4, 8, 90])
    assert np.isclose(q6.rest(a, np.inf), a.mean())
    assert np.isclose(q6.rest(a, 1e-7), 4)


def test_updates_is_what_a_loop_counts():
    for args in q6._ways(np.random.default_rng(13), q6.SHORT):
        theta, rate, limit, goal = args
        count = 0
        while abs(theta) > goal:
            theta -= rate * np.clip(theta, -limit, limit)
            count += 1
        assert count == q6.updates(*args)


# --- what the checks say --------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "change", "told"),
    [
        ("09.1", "def global_norm(grads):\n    return [1.0]", "the shape is (1,)"),
        ("09.1", "def clip(grads, limit):\n    return 1.0", "expected a dict"),
        (
            "09.1",
            "first = clip\ndef clip(grads, v):\n    return first(grads, v), 1.0",
            "expected a dict, got a value of type tuple",
        ),
        (
            "09.1",
            "def clip_sum(parts, limit):\n    return {'W': None}",
            "the keys differ",
        ),
        ("09.2", "def verdict(W, slopes, steps):\n    return True", "four words"),
        ("09.2", "def verdict(W, slopes, steps):\n    return 'explodes'", "one of"),
        (
            "09.2",
            "def growing(rho, times, steps):\n    return np.eye(2) * rho",
            "singular value of its power",
        ),
        ("09.2", "def woken(slope, rho):\n    return np.eye(3)", "the shape is (3, 3)"),
        ("09.3", "def constant(*args):\n    return 0.5", "two numbers"),
        ("09.3", "def misprinted(figures, value):\n    return 'none'", "a list of"),
        (
            "09.3",
            "def misprinted(figures, value):\n    return figures[:1]",
            "the figure",
        ),
        ("09.4", "def jacobian(x, h0, *rest):\n    return h0", "expected (3, 3)"),
        ("09.4", "def changes(a, W, alpha, v):\n    return a", "expected (4,)"),
        ("09.5", "def safe_step(theta, *args):\n    return theta", "two results"),
        (
            "09.5",
            "def safe_step(theta, g, state, lr, limit):\n    return theta, {}",
            "no key",
        ),
        (
            "09.5",
            "def safe_step(theta, g, state, lr, limit):\n"
            "    nan = {n: x * np.nan for n, x in theta.items()}\n"
            "    return nan, {**state}",
            "hold NaN or infinity",
        ),
        (
            "09.5",
            "first = safe_step\ndef safe_step(theta, g, state, lr, limit):\n"
            "    found = first(theta, g, state, lr, limit)\n"
            "    state['skipped'] += 1\n    return found",
            "changed its argument `state`",
        ),
        ("09.6", "def rest(a, limit):\n    return np.nan", "the result is nan"),
        ("09.6", "def updates(*args):\n    return 1.5", "expected"),
        ("09.6", "def tilted(n, cosine):\n    return np.ones(n)", "is 1.0000"),
    ],
)
def test_messages(number, change, told):
    _, text = BENCH.feedback(by_id[number], change)
    assert told in text, text


def test_a_loop_costs_its_own_point_alone():
    loop = """def updates(theta, rate, limit, goal):
    count = 0
    while abs(theta) > goal:
        theta -= rate * min(max(theta, -limit), limit)
        count += 1
    return count
"""
    hurried = replace(by_id["09.6"], limits=Limits(wall=10.0, cpu=1.0))
    result, text = BENCH.feedback(hurried, loop)
    assert result.score == 4
    assert "`updates` did not come back" in text and "a division counts" in text


def test_some_functions_of_a_question():
    """A function that is not written costs its own points only."""
    for number, name, points in (
        ("09.1", "clip_sum", 4),
        ("09.2", "woken", 5),
        ("09.3", "carried", 4),
        ("09.4", "jacobian", 2),
        ("09.5", "random_step", 4),
        ("09.6", "rest", 3),
    ):
        stub = f"def {name}(*args):\n    raise NotImplementedError\n"
        result, _ = BENCH.feedback(by_id[number], stub)
        assert result.score == points, name


# --- the text and this package say the same -------------------------------------------


def test_examples_in_the_text():
    space = BENCH.answers("09.1")
    grads = {"W": np.array([[3.0, 0.0]]), "rest": [None, {"b": np.array([-4.0])}]}
    assert space["global_norm"](grads) == 5
    found = space["clip"](grads, 2.5)
    assert found["W"].tolist() == [[1.5, 0]] and found["rest"][1]["b"].tolist() == [-2]
    assert equal(space["clip"](grads, 6), grads)

    verdict = BENCH.answers("09.2")["verdict"]
    W = np.diag([2.0, 0.5])
    assert {verdict(W, None, t) for t in (1, 5, np.inf)} == {"nothing"}
    assert verdict(W, (0.1, 0.4), np.inf) == verdict(W, (0.1, 0.4), 3) == "shrinks"
    turn = q2._rotation(0.7)
    words = [verdict(turn, s, t) for s in (None, (0.5, 1.0)) for t in (7, np.inf)]
    assert words == ["bounded"] * 4

    space = BENCH.answers("09.3")
    assert space["constant"](1, 0, 1, 0, 1, 1) == (0, 0)
    found = space["misprinted"]([".3", "0.33", "0.34", "0.3334"], 1 / 3)
    assert found == ["0.34", "0.3334"]
    assert space["carried"](0, 4, 6, 20) == 12

    space = BENCH.answers("09.4")
    args = np.zeros((2, 1)), np.array([[2.0]]), np.array([0.5]), np.ones(1)
    assert np.allclose(space["changes"](*args), np.log(1.5) * np.array([1, 2]))
    assert np.allclose(space["errors"](*args), np.log(1.5) * np.array([2, 1]))

    space, zero = BENCH.answers("09.5"), {"w": np.zeros(1)}
    state = {"m": zero, "s": zero, "k": 0, "skipped": 0}
    for g, place in ((5.0, 0.9), (-1e-3, 1.1)):
        args = {"w": np.ones(1)}, {"w": np.array([g])}, state, 0.1, 1.0
        assert np.isclose(space["safe_step"](*args)[0]["w"], place, atol=1e-5)

    space = BENCH.answers("09.6")
    assert np.isclose(space["rest"](np.array([0.0, 1, 10]), 2), 1.5)
    assert space["updates"](3, 0.5, 1, 0.3) == 6
