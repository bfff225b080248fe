"""The questions of chapter 10, graded through the worker.

Rewrites are right answers in other words; they are written here as whole functions and
graded as a learner's cell would be.
"""

from __future__ import annotations

import contextlib
import copy
import math
from typing import ClassVar
from unittest import mock

import numpy as np
import pytest
from harness import Remembering, SlipTests

from unrolled.grader import engine
from unrolled.grader.checks.c10 import common, q1, q2, q3, q4, q5
from unrolled.grader.question import Reply, Wrong


class Quick(Remembering):
    """Fewer seeds and mutants, to be quick."""

    def assert_misconception(self, question, item, seeds=(0, 1)):
        """The first slip of a question, which is the likely one, on two seeds."""
        likely = item is question.misconceptions[0]
        super().assert_misconception(question, item, seeds if likely else seeds[:1])

    def mutants(self, question):
        """Every third, and the equivalent ones (all were tried once); 10.3 has few."""
        found = super().mutants(question)
        if question.id not in EQUIVALENT:
            return found
        listed = EQUIVALENT[question.id]
        return [m for i, m in enumerate(found) if i % 3 == 0 or m.description in listed]

    def assert_reference(self, question, seeds=(0, 1)):
        super().assert_reference(question, seeds)

    def survivors(self, question, only=None):
        """For mutants the score alone counts: they run here, and no hint is sought."""
        with contextlib.ExitStack() as silent:
            for module in (common, q1, q2, q4):
                silent.enter_context(mock.patch.object(module, "hint", no_hint))
            tried = self.mutants(question) if only is None else only
            return [m.description for m in tried if not failed(question, m.source)]


def no_hint(*args):
    return ""


def failed(question, change, only=""):
    """The first message to the reference with `change` after it, run in this process.

    only: the name of the one test to run, else all; "" if all hold.
    """
    space = BENCH.answers(question.id)
    exec(change, space)

    def ask(name, *args):
        args = copy.deepcopy(args)
        try:
            with np.errstate(all="ignore"):
                return Reply(space[name](*args), args)
        except Exception as error:
            raise Wrong(repr(error), "exception") from error

    for part, item in enumerate(question.properties):
        if only and item.test.__name__ != only:
            continue
        with engine.quiet():
            why = engine._test(item, ask, engine.generator(0, question, part))
        if why is not None:
            return why.message
    return ""


BENCH = Quick("10")
by_id = {q.id: q for q in BENCH.questions}
MODULES = dict(zip(by_id, (q1, q2, q3, q4, q5), strict=True))


@pytest.fixture(scope="module", autouse=True)
def session():
    with BENCH:
        yield


# --- 10.1 -----------------------------------------------------------------------------


def collect_side_by_side(runs, targets, w, washout):
    """All runs at once, padded with zeros at their ends."""
    T, D = max(map(len, runs)), runs[0].shape[1]
    x = np.zeros((T, len(runs), D))
    for i, run in enumerate(runs):
        x[: len(run), i] = run
    h, all_states = np.zeros((len(runs), len(w["b_h"]))), []
    for x_t in x:
        h = np.tanh(x_t @ w["W_xh"] + h @ w["W_hh"] + w["b_h"])
        all_states.append(h)
    all_states = np.array(all_states)
    X = [all_states[washout : len(run), i] for i, run in enumerate(runs)]
    Y = [y[washout:] for y in targets]
    return np.vstack(X), np.vstack(Y)


def collect_in_lists(runs, targets, w, washout):
    X, Y = [], []
    for run, target in zip(runs, targets, strict=True):
        state = 0 * w["b_h"]
        for step, (x_t, y_t) in enumerate(zip(run, target, strict=True)):
            state = np.tanh(w["b_h"] + state @ w["W_hh"] + x_t @ w["W_xh"])
            if step >= washout:
                X += [state.tolist()]
                Y += [y_t.tolist()]
    return np.array(X), np.array(Y)


def ridge_with_a_column_of_ones(X, Y, beta):
    N, H = X.shape
    A = np.hstack([X, np.ones((N, 1))])
    P = np.hstack([np.sqrt(beta) * np.eye(H), np.zeros((H, 1))])
    B = np.vstack([Y, np.zeros((H, Y.shape[1]))])
    W = np.linalg.lstsq(np.vstack([A, P]), B, rcond=1e-14)[0]
    return [W[:-1], W[-1]]


def ridge_by_singular_values(X, Y, beta):
    x, y = X.mean(0), Y.mean(0)
    U, s, Vt = np.linalg.svd(X - x, full_matrices=False)
    gain = np.zeros_like(s)
    big = s > 1e-12 * max(s[0], 1e-300)
    gain[big] = 1 / (s[big] + beta / s[big])
    W = Vt.T @ np.diag(gain) @ U.T @ (Y - y)
    return W, y - W.T @ x


def ridge_by_qr(X, Y, beta):
    """QR where there is a penalty, a pseudo-inverse where there is none."""
    x, y, H = X.mean(0), Y.mean(0), X.shape[1]
    if beta == 0:
        W = np.linalg.pinv(X - x, rcond=1e-12) @ (Y - y)
    else:
        A = np.vstack([X - x, beta**0.5 * np.eye(H)])
        Q, R = np.linalg.qr(A)
        W = np.linalg.solve(R, Q[: len(X)].T @ (Y - y))
    return W, y - x @ W


def fit_with_a_loop(runs, targets, w, washout, betas):
    best = None
    for beta in sorted(betas):
        W, b = ridge(*collect(runs[:-1], targets[:-1], w, washout), beta)  # noqa: F821
        X, Y = collect([runs[-1]], [targets[-1]], w, washout)  # noqa: F821
        e = np.sum((X @ W + b - Y) ** 2)
        if best is None or e < best[0]:
            best = e, beta
    return [*ridge(*collect(runs, targets, w, washout), best[1]), best[1]]  # noqa: F821


# --- 10.2 -----------------------------------------------------------------------------


def counter_by_scaling(rho, near):
    """Other numbers, and a search along another line, from the lasting state down."""
    k, A = 4.0, 5.0
    W = np.array([[A + rho, A * k], [-A / k, rho - A]])
    h = np.array([1.0, 1.0])
    for _ in range(300):
        h = np.tanh(h @ W)

    def goes(c):
        s = c * h
        for _ in range(600):
            s = np.tanh(s @ W)
        return bool(s @ h > 0.1)

    low, high = -1.0, 1.0
    if near > 2 * np.linalg.norm(h):
        return W.tolist(), h, -h
    if near > np.linalg.norm(h):
        return W, 0 * h, h
    low = 0.0
    while (high - low) * np.linalg.norm(h) > near:
        c = (low + high) / 2
        low, high = (low, c) if goes(c) else (c, high)
    return W, low * h, high * h


def counter_of_two_signs(rho, near):
    """One eigenvalue is rho, the other smaller; many starts are run at once."""
    W = np.array([[4.0, 12.0], [-4 / 3, -4.0]]) + rho * np.eye(2)
    W = W @ np.eye(2)
    low, high = 0.0, 1.0
    while True:
        c = np.linspace(low, high, 9)
        h = c[:, None] * np.ones(2)
        if np.linalg.norm(h[-1] - h[0]) <= near:
            return W, h[0], h[-1]
        for _ in range(600):
            h = np.tanh(h @ W)
        first = int(np.argmax(np.linalg.norm(h, axis=1) > 0.5))
        low, high = c[first - 1], c[first]


def washout_by_logs(W, alpha, eps):
    H = W.shape[0]
    sigma = math.sqrt(max(np.linalg.eigvalsh(W @ W.T).max(), 0.0))
    q = 1 + alpha * (sigma - 1)
    if math.sqrt(4 * H) <= eps:
        return 0
    if abs(q - 1) < 1e-9 or q > 1:
        return float("inf")
    if q < 1e-9:
        return 1
    return 1 + math.floor(math.log(2 * H**0.5 / eps) / math.log(1 / q))


def washout_by_search(W, alpha, eps):
    q = 1 - alpha * (1 - np.linalg.svd(W)[1][0])
    far = np.linalg.norm(np.full(len(W), 2.0))
    if far <= eps:
        return 0
    if q > 1 - 1e-9:
        return np.inf
    n = 1
    while far * q**n > eps:
        n *= 2
    low = 1
    while low < n:
        middle = (low + n) // 2
        low, n = (low, middle) if far * q**middle <= eps else (middle + 1, n)
    return low


def verdicts_in_capitals():
    return dict(zip("ABCDEF", ["R", " q", "s", "P", "s ", "q"], strict=True))


# --- 10.3 -----------------------------------------------------------------------------


def half_lives_one_by_one(alpha):
    found = []
    for a in alpha:
        if a == 0:
            found.append(math.inf)
        elif a == 1:
            found.append(0.0)
        else:
            found.append(math.log(0.5) / math.log1p(-a))
    return found


def half_lives_in_base_two(alpha):
    with np.errstate(all="ignore"):
        return -1 / (np.log1p(-np.asarray(alpha)) / np.log(2))


def resampled_one_by_one(alpha, ratio):
    return [
        1.0 if a == 1 else -math.expm1(ratio * math.log1p(-float(a))) for a in alpha
    ]


def resampled_by_half_lives(alpha, ratio):
    with np.errstate(all="ignore"):
        half = half_lives(alpha)  # noqa: F821
        return -np.expm1(-np.log(2) * ratio / half)


def run_with_rates(x, times, h0, w, half):
    rate = np.log(2) / half
    out = np.empty((len(x) + 1, len(h0)))
    out[0] = h0
    for i in range(len(x)):
        gap = times[i] - (times[i - 1] if i else 0)
        z = np.tanh(
            np.concatenate([x[i], out[i]]) @ np.vstack([w["W_xh"], w["W_hh"]])
            + w["b_h"]
        )
        out[i + 1] = z + np.exp(-rate * gap) * (out[i] - z)
    return out


def run_by_units(x, times, h0, w, half):
    h, last, states = list(h0), 0.0, [list(h0)]
    for x_t, now in zip(x, times, strict=True):
        new = []
        for j in range(len(h0)):
            a = w["b_h"][j] + x_t @ w["W_xh"][:, j]
            a += sum(h[i] * w["W_hh"][i, j] for i in range(len(h0)))
            kept = 2.0 ** -((now - last) / half[j])
            new.append(kept * h[j] + (1 - kept) * math.tanh(a))
        h, last = new, now
        states.append(h)
    return states


# --- 10.4 -----------------------------------------------------------------------------


def forward_padded(x, h0, w, delays):
    """Zeros before the start."""
    far = max(delays)
    h = np.zeros((far + len(x) + 1, *h0.shape))
    h[far] = h0
    for t in range(1, len(x) + 1):
        a = x[t - 1] @ w["W_xh"] + h[far + t - 1] @ w["W_hh"] + w["b_h"]
        a += sum(h[far + t - d] @ W for d, W in zip(delays, w["W_s"], strict=True))
        h[far + t] = np.tanh(a)
    return h[far:]


def forward_pushed(x, h0, w, delays):
    """Every state adds to those that read it."""
    T = len(x)
    a = np.concatenate([x @ w["W_xh"] + w["b_h"], np.zeros((max(delays), *h0.shape))])
    h = [h0]
    for t in range(T):
        a[t] += h[t] @ w["W_hh"]
        for d, W in zip(delays, w["W_s"], strict=True):
            if t + d - 1 < len(a):
                a[t + d - 1] += h[t] @ W
        h.append(np.tanh(a[t]))
    return h


def backward_pulled(x, h, w, delays, dh):
    T = len(x)
    da = np.zeros((T + max(delays) + 2, *h.shape[1:]))
    for t in range(T, 0, -1):
        e = dh[t - 1] + da[t + 1] @ w["W_hh"].T
        for d, W in zip(delays, w["W_s"], strict=True):
            e = e + da[t + d] @ W.T
        da[t] = e * (1 - h[t] ** 2)
    inner = da[1 : T + 1]
    start = da[1] @ w["W_hh"].T
    W_s = []
    for d, W in zip(delays, w["W_s"], strict=True):
        start = start + da[d] @ W.T
        n = max(T + 1 - d, 0)
        W_s.append(np.einsum("tbi,tbj->ij", h[:n], da[d : d + n]))
    return {
        "W_hh": np.einsum("tbi,tbj->ij", h[:T], inner),
        "W_xh": np.einsum("tbi,tbj->ij", x, inner),
        "b_h": np.einsum("tbj->j", inner),
        "W_s": W_s,
        "x": np.einsum("tbj,ij->tbi", inner, w["W_xh"]),
        "h0": start,
    }


def backward_with_paths(x, h, w, delays, dh):
    """The step before is one more skip, of delay 1."""
    paths = [1, *delays]
    matrices = [w["W_hh"], *w["W_s"]]
    made = [np.zeros_like(W) for W in matrices]
    errors = [np.zeros_like(h[0]), *(e.copy() for e in dh)]
    da = [None] * len(h)
    for t in reversed(range(1, len(h))):
        da[t] = errors[t] / np.cosh(np.arctanh(h[t])) ** 2
        for i, d in enumerate(paths):
            if t >= d:
                made[i] = made[i] + h[t - d].T @ da[t]
                errors[t - d] = errors[t - d] + da[t] @ matrices[i].T
    da = np.array(da[1:])
    return {
        "W_hh": made[0],
        "W_s": tuple(made[1:]),
        "W_xh": sum(a.T @ b for a, b in zip(x, da, strict=True)),
        "b_h": da.sum(axis=1).sum(axis=0),
        "h0": errors[0],
        "x": da @ w["W_xh"].T,
        "errors": errors[1],
    }


def shortest_by_sets(k, t, delays):
    here, count = {t}, 0
    while k not in here:
        here = {s - d for s in here for d in (1, *delays) if s - d >= k}
        count += 1
    return count


def shortest_by_an_array(k, t, delays):
    far = t - k
    fewest = np.arange(far + 1)
    for d in delays:
        for n in range(d, far + 1):
            fewest[n] = min(fewest[n], fewest[n - d] + 1)
    return int(fewest[far])


# --- 10.5 -----------------------------------------------------------------------------


def capacity_at_once(u, h, washout, split, lags, beta):
    found = np.zeros(lags)
    T = len(u)
    for k in range(1, lags + 1):
        t = np.arange(k + 1, T + 1)
        y, s = u[t - k - 1], h[t]
        train, test = (t > washout) & (t <= split), t > split
        W, b = ridge(s[train], y[train, None], beta)  # noqa: F821
        p = s[test] @ W[:, 0] + b[0]
        if p.std() >= 1e-9:
            c = np.mean(p * y[test]) - p.mean() * y[test].mean()
            found[k - 1] = c * c / (p.var() * y[test].var())
    return found


def capacity_by_a_line(u, h, washout, split, lags, beta):
    """The squared correlation as what a line through the predictions explains."""
    found = []
    for k in range(1, lags + 1):
        t = np.arange(max(washout, k) + 1, split + 1)
        x, y = h[t].mean(0), u[t - k - 1].mean()
        A = np.vstack([h[t] - x, np.sqrt(beta) * np.eye(h.shape[1])])
        b = np.append(u[t - k - 1] - y, np.zeros(h.shape[1]))
        w = np.linalg.lstsq(A, b, rcond=None)[0]
        p = (h[split + 1 :] - x) @ w + y
        target = u[split - k : len(u) - k]
        if p.std() < 1e-9:
            found += [0]
            continue
        left = target - np.polyval(np.polyfit(p, target, 1), p)
        found += [1 - left.var() / target.var()]
    return found


def exact_by_qr(W, w_in, lags):
    """QR with the columns that carry something, found by singular values."""
    R = [w_in]
    while len(R) < 900:
        R.append(R[-1] @ W)
    R = np.array(R)
    if not R.any():
        return np.zeros(lags)
    Vt = np.linalg.svd(R)[2] if len(R) < 10 else np.linalg.svd(np.linalg.qr(R)[1])[2]
    s = np.linalg.svd(R, compute_uv=False)
    Q = np.linalg.qr(R @ Vt[s > 1e-12 * s[0]].T)[0]
    return (Q * Q).sum(axis=1)[1 : lags + 1]


def exact_by_projection(W, w_in, lags):
    """How much of the unit signal of lag k lies in the space of the columns."""
    rows = 1100
    R = np.zeros((rows, len(w_in)))
    R[0] = w_in
    for j in range(1, rows):
        R[j] = R[j - 1] @ W
    P = R @ np.linalg.pinv(R, rcond=1e-12)
    return np.diag(P)[1 : lags + 1]


def illusion_in_cases(steps, units, lags):
    return lags if units >= steps - 1 else lags * units / (steps - 1)


def illusion_as_a_sum(steps, units, lags):
    return sum(np.minimum(steps - 1, units) / (steps - 1) for _ in range(lags))


# --- what every chapter's questions must pass -----------------------------------------

LEFT = {
    "10.1": {
        "no washout": 2,
        "washout of the first run alone": 2,
        "one row too many dropped": 3,
        "one row too few dropped": 3,
        "the end dropped": 2,
        "the state before": 2,
        "one long run": 3,
        "W_hh rescaled": 2,
        "W_hh changed in place": 2,
        "transposed": 2,
        "bias of the units left out": 2,
        "inputs alone": 2,
        "targets from the start": 2,
        "bias penalised": 3,
        "no bias": 3,
        "the bias is the mean": 2,
        "the penalty squared": 3,
        "mean of squares": 3,
        "no penalty": 3,
        "half the squares": 3,
        "normal equations": 5,
        "normal equations, centred": 5,
        "normal equations, inverted": 5,
        "chosen by the training error": 5,
        "trained on the last run too": 5,
        "not trained again": 5,
        "trained on the last run": 5,
        "validated from the first step": 4,
        "first run held out": 5,
        "place of beta": 5,
        "largest error": 4,
    },
    "10.2": {
        "one unit": 4,
        "a radius above one": 4,
        "a hump": 4,
        "slow": 4,
        "a rotation": 4,
        "the same start": 4,
        "one side of the border": 4,
        "as columns": 4,
        "starts outside the cube": 4,
        "starts too far apart": 5,
        "the spectral radius": 4,
        "Frobenius norm": 4,
        "leak left out": 4,
        "what is kept left out": 4,
        "leak exchanged": 4,
        "one unit's distance": 4,
        "distance from zero": 4,
        "distance one": 4,
        "sum for length": 4,
        "one too few": 4,
        "one too many": 4,
        "infinity first": 5,
        "the radius decides": 4,
        "sigma decides": 5,
        "tanh mends it all": 4,
    },
    "10.3": {
        "1 - alpha for alpha": 3,
        "time constant": 3,
        "one over alpha": 3,
        "slow units alone": 3,
        "whole steps": 3,
        "1 - alpha rounded": 4,
        "negative": 3,
        "upside down": 3,
        "one for all": 3,
        "in proportion": 3,
        "in proportion, cut at one": 3,
        "divided": 3,
        "power of alpha": 3,
        "the share that stays": 3,
        "the other way round": 3,
        "one minus a power of alpha": 3,
        "alpha as a rate": 3,
        "what stays is renewed": 3,
        "Euler": 3,
        "gap over half-life": 3,
        "half-life as time constant": 3,
        "equal steps": 3,
        "mean gap": 3,
        "time since the start": 3,
        "first gap lost": 3,
        "next gap": 3,
        "mean half-life": 3,
        "leak inside tanh": 3,
        "candidate added whole": 3,
        "no recurrence": 3,
        "faded before it's read": 3,
        "start left out": 3,
    },
    "10.4": {
        "direct path forgotten": 2,
        "skip path forgotten": 2,
        "skip error to the step before": 2,
        "skip error one too far": 2,
        "skip error one too near": 2,
        "skip weights by the step before": 3,
        "skip weights one early": 3,
        "start spared": 2,
        "the end for the start": 3,
        "W_s not transposed": 2,
        "W_hh not transposed": 2,
        "one matrix for all": 2,
        "bias without slope": 3,
        "last error alone": 2,
        "nothing from later": 2,
        "mean of the batch": 3,
        "first skip alone": 3,
        "delays sorted": 3,
        "equal delays merged": 5,
        "slope at the start": 5,
        "start without skips": 5,
        "input errors shifted": 5,
        "padded with the start": 4,
        "a negative index": 4,
        "start not skipped": 4,
        "skip after tanh": 4,
        "skip for the step": 4,
        "delay too long": 4,
        "forward with one skip": 4,
        "no skips": 4,
        "greedy": 5,
        "longest skip divides": 5,
        "whole skips alone": 5,
        "smallest skip": 5,
        "one kind of skip": 5,
        "each once": 5,
        "from zero": 5,
        "states counted": 5,
        "single steps": 5,
    },
    "10.5": {
        "not squared": 3,
        "lag zero": 3,
        "tested on training steps": 3,
        "all steps for both": 3,
        "trained on the test steps": 3,
        "training and test exchanged": 3,
        "into the future": 3,
        "the state before": 3,
        "one minus the squared NRMSE": 3,
        "covariance": 3,
        "no washout": 3,
        "washout after the lag": 3,
        "one set of steps for all lags": 4,
        "split after the washout": 3,
        "running sum": 3,
        "the total": 3,
        "inputs before the first": 4,
        "no bias": 3,
        "not a number": 4,
        "exact with lag zero": 3,
        "not divided by the covariance": 3,
        "share of the energy": 3,
        "states as columns": 4,
        "as many rows as lags": 3,
        "without the present input": 3,
        "units taken one by one": 3,
        "by the covariance": 4,
        "by its pseudo-inverse": 4,
        "rank not looked at": 4,
        "steps": 4,
        "more than everything": 4,
        "one lag": 4,
        "at most the units": 4,
        "bias counted as a unit": 4,
        "correlation for its square": 4,
        "another ratio": 4,
        "no illusion": 4,
    },
}
EQUIVALENT = {
    "10.1": {
        "fit, line 4, index shifted: runs[:-1] -> runs[:]": (
            "zip ends with the shorter of two lists, the targets"
        ),
        "fit, line 4, index shifted: targets[:-1] -> targets[:]": (
            "zip ends with the shorter of two lists, the runs"
        ),
    },
    "10.2": {
        "counter, line 6, sign flipped: rho * np.eye(2) + np.array([[4.0, 12.0], [-4 / 3, -4.0]]) -> rho * np.eye(2) - np.array([[4.0, 12.0], [-4 / 3, -4.0]])": (  # noqa: E501
            "another counter-example: the second matrix squared is still zero"
        ),
        "counter, line 10, range shifted: range(400) -> range(401)": (
            "where a start goes to has been settled before"
        ),
        "counter, line 10, range shifted: range(400) -> range(399)": (
            "where a start goes to has been settled before"
        ),
        "counter, line 15, range shifted: range(30) -> range(31)": (
            "the loop ends earlier, by the break"
        ),
        "counter, line 15, range shifted: range(30) -> range(29)": (
            "the loop ends earlier, by the break"
        ),
        "counter, line 16, sign flipped: lasting - fading -> lasting + fading": (
            "a larger number: the starts are nearer than asked"
        ),
        "counter, line 16, term dropped: lasting - fading -> lasting": (
            "a larger number: the starts are nearer than asked"
        ),
        "counter, line 16, operands swapped: lasting - fading -> fading - lasting": (
            "the length of a difference has no sign"
        ),
    },
    "10.4": {
        "forward, line 6, term dropped: t - 1 -> -1": (
            "the list ends with the state of step t - 1"
        ),
        "forward, line 9, term dropped: t - d -> -d": (
            "the list has t states: from the end, -d is t - d"
        ),
        "shortest, line 5, range shifted: range(1, t - k + 1) -> range(1, t - k + 1 + 1)": (  # noqa: E501
            "a table that is longer than needed"
        ),
        "shortest, line 5, sign flipped: t - k -> t + k": (
            "a table that is longer than needed"
        ),
        "shortest, line 5, term dropped: t - k -> t": (
            "a table that is longer than needed"
        ),
        "shortest, line 5, constant changed: 1 -> 2": (
            "a table that is longer than needed"
        ),
        "shortest, line 6, term dropped: n - d -> -d": (
            "the list has n entries: from the end, -d is n - d"
        ),
    },
    "10.5": {
        "capacity, line 9, index shifted: (h[split + 1:] @ W + b)[:, 0] -> (h[split + 1:] @ W + b)[:, -1]": (  # noqa: E501
            "there is one column"
        ),
        "capacity, line 9, sign flipped: h[split + 1:] @ W + b -> h[split + 1:] @ W - b": (  # noqa: E501
            "a correlation does not see a constant"
        ),
        "capacity, line 9, term dropped: h[split + 1:] @ W + b -> h[split + 1:] @ W": (
            "a correlation does not see a constant"
        ),
        "capacity, line 10, term dropped: len(u) - k -> -k": (
            "k is at least 1: from the end, -k is len(u) - k"
        ),
        "exact, line 5, range shifted: range(1000) -> range(1001)": (
            "one row more, below 1e-22"
        ),
        "exact, line 5, range shifted: range(1000) -> range(999)": (
            "one row less, below 1e-22"
        ),
    },
}


class TestStandard(SlipTests):
    BENCH = BENCH
    MODULES = MODULES
    POINTS: ClassVar = {"10.1": 6, "10.2": 6, "10.3": 5, "10.4": 6, "10.5": 5}
    REWRITES: ClassVar = {
        "10.1": [
            {"collect": collect_side_by_side, "ridge": ridge_with_a_column_of_ones},
            {"collect": collect_in_lists, "ridge": ridge_by_singular_values},
            {"ridge": ridge_by_qr, "fit": fit_with_a_loop},
        ],
        "10.2": [
            {"counter": counter_by_scaling, "washout": washout_by_logs},
            {"counter": counter_of_two_signs, "washout": washout_by_search},
            {"verdicts": verdicts_in_capitals},
        ],
        "10.3": [
            {"half_lives": half_lives_one_by_one, "leaky_run": run_with_rates},
            {"half_lives": half_lives_in_base_two, "leaky_run": run_by_units},
            {"resampled": resampled_one_by_one},
            {"resampled": resampled_by_half_lives},
        ],
        "10.4": [
            {"forward": forward_padded, "backward": backward_pulled},
            {"forward": forward_pushed, "backward": backward_with_paths},
            {"shortest": shortest_by_sets},
            {"shortest": shortest_by_an_array},
        ],
        "10.5": [
            {"capacity": capacity_at_once, "exact": exact_by_qr},
            {"capacity": capacity_by_a_line, "exact": exact_by_projection},
            {"illusion": illusion_in_cases},
            {"illusion": illusion_as_a_sum},
        ],
    }
    NOTHING: ClassVar = {
        "10.1": (
            "(np.full((9, 5), FILL), np.full((9, 2), FILL))",
            "(np.full((X.shape[1], Y.shape[1]), FILL), np.full(Y.shape[1], FILL))",
            "(np.full((len(w['b_h']), 2), FILL), np.full(2, FILL), betas[0])",
        ),
        "10.2": (
            "(np.full((2, 2), FILL), np.zeros(2), np.full(2, FILL))",
            "FILL",
            "dict.fromkeys('ABCDEF', 'p' if FILL == 0 else 'q' if FILL > 0 else 'r')",
        ),
        "10.3": (
            "np.full(len(alpha), FILL)",
            "np.full(len(alpha), FILL)",
            "np.full((len(x) + 1, len(h0)), FILL)",
        ),
        "10.4": (
            "np.full((len(x) + 1, *h0.shape), FILL)",
            "{'h0': np.full(h[0].shape, FILL), 'x': x * FILL, 'W_s': [W * FILL for W in w['W_s']], **{k: w[k] * FILL for k in ('W_xh', 'W_hh', 'b_h')}}",  # noqa: E501
            "FILL",
        ),
        "10.5": ("np.full(lags, FILL)", "np.full(lags, FILL)", "FILL"),
    }
    EQUIVALENT = EQUIVALENT
    LEFT = LEFT


# --- the references are what the task says, by other roads ----------------------------


def test_ridge_is_where_the_gradient_is_zero():
    for X, Y, beta in q1._tables(np.random.default_rng(1)):
        W, b = q1.ridge(X, Y, beta)
        error = X @ W + b - Y
        assert np.allclose(X.T @ error + beta * W, 0, atol=1e-9)
        assert np.allclose(error.sum(0), 0, atol=1e-9)


def test_hard_tables_defeat_the_normal_equations():
    for seed in range(5):
        X, Y, _ = q1._hard(np.random.default_rng(seed))[0]
        W, _ = q1.ridge(X, Y, 0.0)
        for wrong in (q1._normal, q1._normal_centred, q1._normal_inverse):
            with np.errstate(all="ignore"):
                assert not common.alike(wrong(X, Y, 0.0)[0], W)


def test_the_goal_needs_the_washout():
    for seed in range(3):
        args, fresh = q1._long(np.random.default_rng(seed))
        assert q1._reached(args, fresh, 25) < 0.8 * q1.GOAL
        assert q1._reached(args, fresh, 0) > 1.1 * q1.GOAL


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.9])
def test_counter_is_one(rho):
    W, a, b = q2.counter(rho, 1e-5)
    assert abs(common.radius(W) - rho) < 1e-6
    assert np.linalg.norm(a - b) <= 1e-5
    assert q2._lasting(W, a, b)[1] > 1


def test_washout_is_enough_and_not_too_much_for_an_orthogonal_matrix():
    """A multiple of an orthogonal matrix, without tanh, reaches the bound."""
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((4, 4)))[0]
    n = q2.washout(0.8 * turn, 1.0, 1e-3)
    d = np.full(4, 2.0)
    sizes = [
        np.linalg.norm(d @ np.linalg.matrix_power(0.8 * turn, k)) for k in (n - 1, n)
    ]
    assert sizes[0] > 1e-3 >= sizes[1]


def test_all_wrong_verdicts_are_refuted():
    assert q2.RIGHT.keys() == q2.REFUTED.keys()
    for letter, right in q2.RIGHT.items():
        assert set(q2.REFUTED[letter]) == set("pqrs") - {right}


def test_resampled_twice_is_where_it_was():
    alpha = np.array([0.9, 0.3, 1e-9, 1.0, 0.0])
    half = q3.resampled(alpha, 0.5)
    assert np.allclose(1 - (1 - half) ** 2, alpha)
    assert np.allclose(q3.half_lives(half), 2 * q3.half_lives(alpha))


def test_equal_gaps_are_the_leaky_network():
    x, _, h0, w, _ = q3._recording(np.random.default_rng(3), np.ones(6), np.ones(3))
    alpha = np.array([0.2, 0.5, 0.9])
    h, found = h0, q3.leaky_run(x, np.arange(1.0, 7), h0, w, q3.half_lives(alpha))
    for x_t, row in zip(x, found[1:], strict=True):
        h = (1 - alpha) * h + alpha * np.tanh(
            x_t @ w["W_xh"] + h @ w["W_hh"] + w["b_h"]
        )
        assert np.allclose(h, row)


@pytest.mark.parametrize(("T", "delays"), [(7, [5, 2]), (6, [3, 1, 3]), (2, [4])])
def test_backward_is_autograd(T, delays):
    torch = pytest.importorskip("torch")
    x, h, w, delays, dh = q4._errors(np.random.default_rng(4), T, delays)

    def leaf(a):
        return torch.tensor(a, requires_grad=True)

    tw = {k: leaf(w[k]) for k in ("W_xh", "W_hh", "b_h")}
    W_s, tx, states = [leaf(W) for W in w["W_s"]], leaf(x), [leaf(h[0])]
    for t in range(1, T + 1):
        a = tx[t - 1] @ tw["W_xh"] + states[t - 1] @ tw["W_hh"] + tw["b_h"]
        for d, W in zip(delays, W_s, strict=True):
            a = a + states[t - d] @ W if d <= t else a
        states.append(torch.tanh(a))
    assert np.allclose(torch.stack(states).detach(), h)
    loss = (torch.stack(states[1:]) * torch.tensor(dh)).sum()
    loss.backward()
    found = q4.backward(x, h, w, delays, dh)
    for key, value in tw.items():
        assert np.allclose(found[key], value.grad)
    assert np.allclose(found["x"], tx.grad) and np.allclose(found["h0"], states[0].grad)
    for mine, W in zip(found["W_s"], W_s, strict=True):
        assert np.allclose(mine, 0 if W.grad is None else W.grad)


def test_shortest_is_the_fewest_of_all_paths():
    def fewest(far, steps):
        return (
            0
            if far == 0
            else 1 + min(fewest(far - d, steps) for d in steps if d <= far)
        )

    for delays in ([3], [5, 2], [4, 7], []):
        for far in range(13):
            assert q4.shortest(2, 2 + far, delays) == fewest(far, [1, *delays])


def test_exact_is_known_for_a_ring():
    """A ring of H units with factor a: an input comes back, smaller, after H steps."""
    H, a = 4, 0.9
    W = a * np.roll(np.eye(H), 1, axis=1)
    k = np.arange(1, 11)
    want = (1 - a ** (2 * H)) * a ** (2 * H * (k // H))
    assert np.allclose(q5.exact(W, np.eye(H)[0], 10), want)


def test_exact_sums_to_the_rank():
    for W, w_in, _ in q5._ordinary(np.random.default_rng(5)):
        total = np.sum(q5._leverage(q5._responses(W, w_in), np.arange(q5.ROWS)))
        assert np.isclose(total, len(W))


def test_exact_is_what_is_measured():
    rng = np.random.default_rng(6)
    W, w_in = q5._linear(rng, 3, 0.7)
    u, h = rng.standard_normal(20000), [np.zeros(3)]
    for u_t in u:
        h.append(h[-1] @ W + u_t * w_in)
    found = q5.capacity(u, np.array(h), 50, 10000, 4, 1e-9)
    assert np.allclose(found, q5.exact(W, w_in, 4), atol=0.05)


def test_illusion_is_what_noise_shows():
    rng = np.random.default_rng(7)
    steps, units, found = 30, 8, []
    for _ in range(400):
        X, y = rng.standard_normal((steps, units)), rng.standard_normal((steps, 1))
        W, b = q1.ridge(X, y, 0.0)
        found.append(q5._r((X @ W + b)[:, 0], y[:, 0]) ** 2)
    spread = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - q5.illusion(steps, units, 1)) < 5 * spread


# --- what the checks say --------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "change", "told"),
    [
        ("10.1", "def collect(*args):\n    return np.zeros((3, 3))", "2 values"),
        ("10.1", "def ridge(X, Y, beta):\n    return X, Y", "the shape is"),
        ("10.1", "def fit(runs, *rest):\n    return None", "W, b and beta"),
        (
            "10.1",
            "def ridge(X, Y, beta):\n"
            "    A = np.hstack([np.ones((len(X), 1)), X])\n"
            "    P = beta * np.diag([0.0] + [1.0] * X.shape[1])\n"
            "    W = np.linalg.pinv(A.T @ A + P) @ (A.T @ Y)\n"
            "    return W[1:], W[0]",
            "If your method forms X^T X",
        ),
        (
            "10.2",
            "def counter(rho, near):\n    return [[rho]], [0.0], [1.0]",
            "It takes two",
        ),
        (
            "10.2",
            "def counter(rho, near):\n"
            "    return 1.2 * np.eye(2), np.ones(2), -np.ones(2)",
            "With a radius of 1 or more",
        ),
        (
            "10.2",
            "def counter(rho, near):\n"
            "    W = np.array([[rho, 90.0], [0.0, -rho]])\n"
            "    return W, 0.1 * np.ones(2), np.zeros(2)",
            "A hump ends",
        ),
        (
            "10.2",
            "def counter(rho, near):\n"
            "    W = rho * np.array([[0.0, 1.0], [1.0, 0.0]])\n"
            "    return W, np.ones(2), -np.ones(2)",
            "They had to meet",
        ),
        (
            "10.2",
            "def counter(rho, near):\n"
            "    W = rho * np.eye(2) + 2 * np.array([[1.0, -1 / 3], [3.0, -1.0]])\n"
            "    return W, np.ones(2), np.zeros(2)",
            "With the transpose of your W",
        ),
        (
            "10.2",
            "first = counter\ndef counter(rho, near):\n"
            "    W, a, b = first(rho, 3.0)\n    return W, b, 0.9 * b",
            "come to the same place",
        ),
        (
            "10.2",
            "def counter(rho, near):\n"
            "    W = rho * np.eye(2) + 0.5 * np.array([[1.0, 1.0], [-1.0, -1.0]])\n"
            "    return W, np.ones(2), np.zeros(2)",
            "Both have faded",
        ),
        (
            "10.2",
            "def counter(rho, near):\n    return np.eye(2) * 1e9, *np.eye(2)",
            "above 100",
        ),
        ("10.2", "def verdicts():\n    return ['p'] * 6", "a dict of six choices"),
        ("10.2", "def washout(*args):\n    return None", "return` missing"),
        ("10.3", "def half_lives(alpha):\n    return alpha[:1]", "the shape is (1,)"),
        (
            "10.3",
            "def resampled(alpha, ratio):\n    return 1 - (1 - alpha) ** ratio",
            "`np.log1p` and `np.expm1`",
        ),
        (
            "10.2",
            "first = washout\ndef washout(W, alpha, eps):\n"
            "    s = np.linalg.norm(W, 2)\n"
            "    return np.inf if s >= 1 - 1e-9 else first(W, alpha, eps)",
            "no step is needed, whatever the matrix is",
        ),
        ("10.4", "def backward(*args):\n    return {}", "has no key"),
        (
            "10.4",
            "def shortest(k, t, delays):\n"
            "    return 0 if t == k else 1 + shortest(k, t - 1, delays)",
            "from 0 to 10",
        ),
        ("10.5", "def exact(W, w_in, lags):\n    return W", "expected (8,)"),
        (
            "10.5",
            "first = capacity\ndef capacity(u, h, *rest):\n"
            "    found = first(u, h, *rest)\n    h[:] = 0\n    return found",
            "changed its arguments",
        ),
    ],
)
def test_messages(number, change, told):
    _, text = BENCH.feedback(by_id[number], change)
    assert told in text, text


FIT = """
def fit(runs, targets, w, washout, betas):
    X, Y = collect(runs[:-1], targets[:-1], w, washout)
    Xv, Yv = collect(runs[-1:], targets[-1:], w, washout)
    best, least = None, np.inf
    for beta in ORDER:
        W, b = ridge(X, Y, beta)
        P = Xv @ W + b
        e = SCORE
        if e < least:
            best, least = beta, e
        ELSE
    AFTER
    return (*ridge(*collect(runs, targets, w, washout), best), best)
"""


def fit_with(order="betas", score="nrmse(P, Yv)", other="", after=""):
    source = FIT.replace("ORDER", order).replace("SCORE", score)
    return source.replace("ELSE", other or "pass").replace("AFTER", after or "pass")


def shortest_greedy_first(far):
    return (
        "first = shortest\ndef shortest(k, t, delays):\n"
        "    d, c = max([1, *delays]), 0\n"
        f"    while t - k > {far} * d:\n        t, c = t - d, c + 1\n"
        "    return c + first(k, t, delays)"
    )


def in_place(name, line):
    """The reference, after which a line changes an argument of (a, b, c, d, e)."""
    return (
        f"first = {name}\ndef {name}(a, b, c, d, e):\n"
        f"    found = first(a, b, c, d, e)\n    {line}\n    return found"
    )


def piecewise(name, share, small):
    return (
        f"first = {name}\ndef {name}(alpha, ratio=1):\n"
        f"    given = (alpha, ratio)[:{1 if name == 'half_lives' else 2}]\n"
        f"    with np.errstate(all='ignore'):\n"
        f"        return np.where(alpha < {share}, {small}, first(*given))"
    )


STOP = "else: break"
MEAN = "np.mean([nrmse(P[:, [v]], Yv[:, [v]]) for v in range(P.shape[1])])"
WASHOUT = """
def washout(W, alpha, eps):
    far, sigma = 2 * np.sqrt(len(W)), np.linalg.norm(W, 2)
    gap = alpha * (1 - sigma)
    if far <= eps:
        return 0
    if NEVER:
        return np.inf
    return 1 if gap >= 1 else int(np.ceil(np.log(eps / far) / np.log1p(-gap)))
"""
PAIRS = """
def shortest(k, t, delays):
    n, D = t - k, [1, *delays]
    return min(
        i + (n - i * a) // b + (n - i * a) % b
        for a in D for b in D for i in range(n // a + 1)
    )
"""
ROWS = """
def exact(W, w_in, lags):
    R = [w_in]
    for _ in range(200):
        R.append(R[-1] @ W)
    U, s, _ = np.linalg.svd(np.array(R), full_matrices=False)
    return np.sum(U[1 : lags + 1, s > 1e-12 * s[0]] ** 2, axis=1)
"""
GUARD = """
first = capacity
def capacity(u, h, *rest):
    return first(u, h, *rest) * (np.var(u) > 1e-9)
"""


@pytest.mark.parametrize(
    ("number", "test", "change"),
    [
        ("10.1", "_test_choice", fit_with(score=MEAN)),
        ("10.1", "_test_choice", fit_with(score="np.abs(P - Yv).max()")),
        ("10.1", "_test_choice", fit_with(other=STOP)),
        ("10.1", "_test_choice", fit_with("sorted(betas)", other=STOP)),
        ("10.1", "_test_choice", fit_with("sorted(betas)[::-1]", other=STOP)),
        ("10.1", "_test_choice", fit_with(after="betas.sort()")),
        ("10.1", "_test_choice", in_place("fit", "e[0] *= 2")),
        ("10.2", "_test_ends", WASHOUT.replace("NEVER", "gap <= 0")),
        ("10.2", "_test_ends", WASHOUT.replace("NEVER", "gap < 1e-12")),
        ("10.2", "_test_ends", WASHOUT.replace("NEVER", "1 - sigma < 1e-9")),
        ("10.3", "_test_extremes", piecewise("half_lives", 1e-3, "np.log(2) / alpha")),
        *(
            ("10.3", "_test_extremes", piecewise("resampled", share, small))
            for share in (1e-3, 1e-6, 1e-8, 1e-10)
            for small in ("alpha * ratio", "np.minimum(alpha * ratio, 1)")
        ),
        (
            "10.3",
            "_test_strange",
            "first = leaky_run\ndef leaky_run(x, times, h0, w, half):\n"
            "    return first(x, times, h0, w, np.minimum(half, 1e9))",
        ),
        ("10.4", "_test_shortest", PAIRS),
        *(("10.4", "_test_shortest", shortest_greedy_first(n)) for n in (2, 10, 20)),
        ("10.4", "_test_more_skips", in_place("backward", "d[0] += 1")),
        ("10.4", "_test_more_skips", in_place("backward", "d.sort()")),
        ("10.5", "_test_hard", ROWS),
        ("10.5", "_test_strange", GUARD),
    ],
)
def test_wrong_answers_that_look_right_lose_points(number, test, change):
    """On the numbers of one seed, and on others: the cases that tell are fixed."""
    assert failed(by_id[number], change, test)


def test_what_is_tested_in_this_process_is_right_there():
    for question in BENCH.questions:
        assert not failed(question, "")
    assert not failed(by_id["10.1"], fit_with(), "_test_choice")
    assert not failed(by_id["10.2"], WASHOUT.replace("NEVER", "gap < 1e-9"))


def test_shortest_that_calls_itself_does_not_come_back():
    change = (
        "import functools\n@functools.cache\ndef found(n, delays):\n"
        "    steps = [d for d in (1, *delays) if d <= n]\n"
        "    return 1 + min(found(n - d, delays) for d in steps) if n else 0\n"
        "def shortest(k, t, delays):\n    return found(t - k, tuple(delays))"
    )
    _, text = BENCH.feedback(by_id["10.4"], change)
    assert "shortest finds the fewest factors" in text


def test_matrices_of_skips_may_come_in_one_array():
    change = (
        "first = backward\ndef backward(*args):\n    found = first(*args)\n"
        "    return {**found, 'W_s': np.array(found['W_s'])}"
    )
    assert not failed(by_id["10.4"], change)


def test_a_goal_missed_by_a_wrong_beta_is_told_so():
    change = (
        "first = ridge\ndef ridge(X, Y, beta):\n"
        "    found = first(X, Y, beta)\n    X -= X.mean(0)\n    return found"
    )
    told = failed(by_id["10.1"], change, "_test_goal")
    assert "expected" in told and "washout" not in told


def test_a_wrong_idea_of_resampling_is_not_told_about_rounding():
    for wrong in ("alpha * ratio", "1 - (1 - alpha) ** (1 / ratio)"):
        change = f"def resampled(alpha, ratio):\n    return {wrong}"
        assert "np.log1p" not in failed(by_id["10.3"], change, "_test_extremes")


def test_every_wrong_verdict_has_its_sentence():
    for letter in "ABCDEF":
        for wrong, sentence in q2.REFUTED[letter].items():
            choices = {**q2.RIGHT, letter: wrong}

            def ask(name, choices=choices):
                return type("Reply", (), {"value": choices})()

            with pytest.raises(q2.Wrong) as told:
                q2._expect_verdicts(ask, letter)
            assert sentence in told.value.message


def test_some_functions_of_a_question():
    """A function that is not written costs its own points only."""
    for number, name, points in (
        ("10.1", "fit", 4),
        ("10.2", "counter", 4),
        ("10.2", "verdicts", 4),
        ("10.3", "leaky_run", 3),
        ("10.4", "shortest", 5),
        ("10.5", "illusion", 4),
    ):
        stub = f"def {name}(*args):\n    raise NotImplementedError\n"
        result, _ = BENCH.feedback(by_id[number], stub)
        assert result.score == points, name


# --- the text and this package say the same -------------------------------------------


def test_examples_in_the_text():
    ridge = BENCH.answers("10.1")["ridge"]
    X, Y = np.array([[1.0], [3.0]]), np.array([[0.0], [4.0]])
    for beta, W, b in ((0, 2, -2), (2, 1, 0)):
        found = ridge(X, Y, beta)
        assert np.allclose(found[0], W) and np.allclose(found[1], b)
    assert BENCH.answers("10.2")["washout"](np.array([[0.5]]), 1.0, 0.3) == 3
    space = BENCH.answers("10.3")
    alpha = np.array([0.5, 0.75])
    assert np.allclose(space["half_lives"](alpha), [1, 0.5])
    assert np.isclose(space["resampled"](alpha, 0.5)[1], 0.5)
    assert BENCH.answers("10.4")["shortest"](0, 7, [3]) == 3
    exact = BENCH.answers("10.5")["exact"]
    for size in (1.0, 0.01):
        W = np.array([[0.0, size], [0.0, 0.0]])
        assert np.allclose(exact(W, np.array([1.0, 0.0]), 3), [1, 0, 0])
