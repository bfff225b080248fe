"""Question 10.1: a read-out by ridge regression, to a target error."""

from __future__ import annotations

import copy
import functools
from typing import Any

import numpy as np

from unrolled.grader.checks.c10.common import (
    alike,
    expect_call,
    expect_same_arguments,
    reservoir,
)
from unrolled.grader.checks.judging import Array, number
from unrolled.grader.checks.slips import (
    Slip,
    array,
    hint,
    misconceptions,
    several,
)
from unrolled.grader.question import Ask, Call, Limits, Property, Question, Wrong

WASH = "§10.5, def-esn and the washout"
RIDGE = "§10.6, def-ridge and eq-ridge"
DIGITS = "§10.6, eq-ridge-cond"
CHOICE = "§10.6, the choice of the penalty"
GOAL = 0.04


def _states(x, w):
    """h of steps 0 to T, from zero."""
    h = [np.zeros(len(w["W_hh"]))]
    for x_t in x:
        h.append(np.tanh(x_t @ w["W_xh"] + h[-1] @ w["W_hh"] + w["b_h"]))
    return np.array(h)


def collect(runs, targets, w, washout):
    X = [_states(x, w)[1:][washout:] for x in runs]
    return np.concatenate(X), np.concatenate([y[washout:] for y in targets])


def ridge(X, Y, beta):
    x, y = X.mean(0), Y.mean(0)
    U, s, V = np.linalg.svd(X - x, full_matrices=False)
    keep = s > 1e-13 * s.max(initial=0.0)
    U, s, V = U[:, keep], s[keep], V[keep]
    W = V.T @ ((s / (s**2 + beta))[:, None] * (U.T @ (Y - y)))
    return W, y - x @ W


def nrmse(prediction, target):
    spread = np.mean((target - target.mean(0)) ** 2)
    return np.sqrt(np.mean((prediction - target) ** 2) / spread)


def _errors(train, valid, betas):
    """The NRMSE on the rows `valid` of a read-out of the rows `train`, a beta."""
    X, Y = train
    x, y = X.mean(0), Y.mean(0)
    U, s, V = np.linalg.svd(X - x, full_matrices=False)
    A, B, found = (valid[0] - x) @ V.T, U.T @ (Y - y), []
    for beta in betas:
        found.append(nrmse(A @ ((s / (s**2 + beta))[:, None] * B) + y, valid[1]))
    return found


def _chosen(runs, targets, w, washout, betas):
    train = collect(runs[:-1], targets[:-1], w, washout)
    valid = collect(runs[-1:], targets[-1:], w, washout)
    return betas[int(np.argmin(_errors(train, valid, betas)))]


def fit(runs, targets, w, washout, betas):
    beta = _chosen(runs, targets, w, washout, betas)
    return (*ridge(*collect(runs, targets, w, washout), beta), beta)


# --- wrong rows -----------------------------------------------------------------------


def _no_washout(runs, targets, w, washout):
    return collect(runs, targets, w, 0)


def _first_run_alone(runs, targets, w, washout):
    X, Y = collect(runs, targets, w, 0)
    return X[washout:], Y[washout:]


def _one_too_many(runs, targets, w, washout):
    return collect(runs, targets, w, washout + 1)


def _one_too_few(runs, targets, w, washout):
    return collect(runs, targets, w, max(washout - 1, 0))


def _from_the_end(runs, targets, w, washout):
    X = [_states(x, w)[1:][: max(len(x) - washout, 0)] for x in runs]
    Y = [y[: max(len(y) - washout, 0)] for y in targets]
    return np.concatenate(X), np.concatenate(Y)


def _state_before(runs, targets, w, washout):
    X = [_states(x, w)[:-1][washout:] for x in runs]
    return np.concatenate(X), np.concatenate([y[washout:] for y in targets])


def _one_long_run(runs, targets, w, washout):
    """The state goes on from run to run."""
    h = _states(np.concatenate(runs), w)[1:]
    ends = np.cumsum([len(x) for x in runs])[:-1]
    X = [part[washout:] for part in np.split(h, ends)]
    return np.concatenate(X), np.concatenate([y[washout:] for y in targets])


def _rescaled(runs, targets, w, washout):
    size = np.abs(np.linalg.eigvals(w["W_hh"])).max()
    return collect(runs, targets, {**w, "W_hh": w["W_hh"] / size}, washout)


def _transposed(runs, targets, w, washout):
    return collect(runs, targets, {**w, "W_hh": w["W_hh"].T}, washout)


def _bias_left_out(runs, targets, w, washout):
    return collect(runs, targets, {**w, "b_h": 0 * w["b_h"]}, washout)


def _inputs_alone(runs, targets, w, washout):
    return collect(runs, targets, {**w, "W_hh": 0 * w["W_hh"]}, washout)


def _targets_whole(runs, targets, w, washout):
    """The rows of the targets are taken from the start."""
    X, Y = collect(runs, targets, w, washout)
    Y = [y[: max(len(y) - washout, 0)] for y in targets]
    return X, np.concatenate(Y)


def _rescaled_in_place(runs, targets, w, washout):
    w["W_hh"] *= 0.95 / np.abs(np.linalg.eigvals(w["W_hh"])).max()
    return collect(runs, targets, w, washout)


# --- wrong regressions ----------------------------------------------------------------


def _with_ones(X):
    return np.hstack([X, np.ones((len(X), 1))])


def _normal(X, Y, beta):
    """Right in exact arithmetic: the bias is not penalised."""
    A = _with_ones(X)
    P = beta * np.eye(A.shape[1])
    P[-1, -1] = 0
    W = np.linalg.solve(A.T @ A + P, A.T @ Y)
    return W[:-1], W[-1]


def _normal_centred(X, Y, beta):
    x, y = X.mean(0), Y.mean(0)
    A = X - x
    W = np.linalg.solve(A.T @ A + beta * np.eye(A.shape[1]), A.T @ (Y - y))
    return W, y - x @ W


def _normal_inverse(X, Y, beta):
    x, y = X.mean(0), Y.mean(0)
    A = X - x
    W = np.linalg.inv(A.T @ A + beta * np.eye(A.shape[1])) @ A.T @ (Y - y)
    return W, y - x @ W


def _bias_penalised(X, Y, beta):
    A = _with_ones(X)
    A = np.vstack([A, np.sqrt(beta) * np.eye(A.shape[1])])
    Y = np.vstack([Y, np.zeros((A.shape[1], Y.shape[1]))])
    W = np.linalg.lstsq(A, Y, rcond=None)[0]
    return W[:-1], W[-1]


def _no_bias(X, Y, beta):
    A = np.vstack([X, np.sqrt(beta) * np.eye(X.shape[1])])
    W = np.linalg.lstsq(A, np.vstack([Y, np.zeros((X.shape[1], Y.shape[1]))]), None)[0]
    return W, np.zeros(Y.shape[1])


def _penalty_squared(X, Y, beta):
    return ridge(X, Y, beta**2)


def _mean_of_squares(X, Y, beta):
    return ridge(X, Y, beta * len(X))


def _no_penalty(X, Y, beta):
    return ridge(X, Y, 0.0)


def _bias_is_the_mean(X, Y, beta):
    W, _ = ridge(X, Y, beta)
    return W, Y.mean(0)


def _half_the_squares(X, Y, beta):
    return ridge(X, Y, beta / 2)


# --- wrong choices --------------------------------------------------------------------


def _by_training_error(runs, targets, w, washout, betas):
    rows = collect(runs, targets, w, washout)
    beta = betas[int(np.argmin(_errors(rows, rows, betas)))]
    return (*ridge(*rows, beta), beta)


def _seen_in_validation(runs, targets, w, washout, betas):
    """Trained on all runs, and judged on the last of them."""
    rows = collect(runs, targets, w, washout)
    last = collect(runs[-1:], targets[-1:], w, washout)
    beta = betas[int(np.argmin(_errors(rows, last, betas)))]
    return (*ridge(*rows, beta), beta)


def _not_trained_again(runs, targets, w, washout, betas):
    beta = _chosen(runs, targets, w, washout, betas)
    return (*ridge(*collect(runs[:-1], targets[:-1], w, washout), beta), beta)


def _trained_on_the_last(runs, targets, w, washout, betas):
    beta = _chosen(runs, targets, w, washout, betas)
    return (*ridge(*collect(runs[-1:], targets[-1:], w, washout), beta), beta)


def _validated_from_the_start(runs, targets, w, washout, betas):
    train = collect(runs[:-1], targets[:-1], w, washout)
    valid = collect(runs[-1:], targets[-1:], w, 0)
    beta = betas[int(np.argmin(_errors(train, valid, betas)))]
    return (*ridge(*collect(runs, targets, w, washout), beta), beta)


def _first_run_held_out(runs, targets, w, washout, betas):
    turned = runs[1:] + runs[:1], targets[1:] + targets[:1]
    beta = _chosen(*turned, w, washout, betas)
    return (*ridge(*collect(runs, targets, w, washout), beta), beta)


def _place_for_beta(runs, targets, w, washout, betas):
    W, b, beta = fit(runs, targets, w, washout, betas)
    return W, b, list(betas).index(beta)


def _largest_error(runs, targets, w, washout, betas):
    train = collect(runs[:-1], targets[:-1], w, washout)
    valid = collect(runs[-1:], targets[-1:], w, washout)
    beta = betas[int(np.argmax(_errors(train, valid, betas)))]
    return (*ridge(*collect(runs, targets, w, washout), beta), beta)


# --- numbers --------------------------------------------------------------------------


def _series(rng: np.random.Generator, lengths: Any, noise: float = 0.0) -> tuple:
    """Runs cut out of longer recordings: first targets depend on what was not kept."""
    runs, targets = [], []
    for T in lengths:
        x = rng.uniform(-1, 1, (T + 5, 1))
        older = [x[5 - k : T + 5 - k] for k in range(5)]
        y = np.hstack(
            [3 + 0.6 * older[1] + 0.4 * older[3], 1 + older[0] * older[1] + older[2]]
        )
        runs.append(x[5:])
        targets.append(y + noise * rng.standard_normal(y.shape))
    return runs, targets


def _rows(rng: np.random.Generator) -> list[tuple]:
    """Arguments of collect: runs of many lengths, one not longer than the washout."""
    drawn = []
    for lengths, washout in (((9, 12, 7), 3), ((6, 14, 5, 11), 4)):
        drawn.append((*_series(rng, lengths), reservoir(rng, 1, 5), washout))
    return drawn


def _short(rng: np.random.Generator) -> list[tuple]:
    drawn = []
    for lengths, washout in (
        ((4, 12, 5, 3), 5),
        ((3, 1, 9), 3),
        ((5, 4), 0),
        ((9,), 8),
    ):
        drawn.append((*_series(rng, lengths), reservoir(rng, 1, 4), washout))
    return drawn


def _tables(rng: np.random.Generator) -> list[tuple]:
    drawn = []
    for N, H, V, beta in ((30, 4, 2, 0.7), (12, 6, 1, 5.0), (50, 3, 3, 0.0)):
        X = rng.standard_normal((N, H)) + rng.uniform(1, 3, H)
        Y = X @ rng.standard_normal((H, V)) + rng.standard_normal((N, V)) + 4
        drawn.append((X, Y, beta))
    return drawn


def _nearly_dependent(rng: np.random.Generator, least: float = 1e-8) -> Array:
    """40 rows and 6 columns with singular values from 1 to `least`, and a mean."""
    U = rng.standard_normal((40, 6))
    U = np.linalg.qr(U - U.mean(0))[0]
    V = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    return U @ np.diag(np.geomspace(1, least, 6)) @ V.T + rng.uniform(-0.2, 0.2, 6)


def _hard(rng: np.random.Generator) -> list[tuple]:
    """Tables in which X nearly loses a direction, or the penalty is huge."""
    X = _nearly_dependent(rng)
    Y = X @ rng.standard_normal((6, 2)) + 3
    drawn = [(X, Y, 0.0), (X, Y + rng.standard_normal(Y.shape), 1e-10)]
    X, Y, _ = _tables(rng)[1]
    return [*drawn, (X, Y, 1e8), (X, Y, 1e-12)]


def _open(rng: np.random.Generator) -> list[tuple]:
    """Without a penalty and with many equally good answers."""
    X = rng.standard_normal((20, 5))
    X[:, 2] = 0.75  # a unit that never moves
    few = rng.standard_normal((4, 7)) + 1
    same = np.repeat(rng.standard_normal((15, 2)), 2, axis=1)
    return [(x, rng.standard_normal((len(x), 2)) + 2, 0.0) for x in (X, few, same)]


def _noisy(rng: np.random.Generator) -> tuple:
    """Arguments of fit for which all ways to choose differ."""
    return copy.deepcopy(_found(int(rng.integers(2**31))))


@functools.lru_cache(maxsize=16)  # drawn until they differ, which takes a while
def _found(seed: int) -> tuple:
    rng = np.random.default_rng(seed)
    betas = np.array([1e-9, 1e-4, 1e-2, 0.1, 1.0, 10.0, 1e3])
    while True:
        runs, targets = _series(rng, (18, 20, 17, 26), 0.5)
        w, order = reservoir(rng, 1, 14), rng.permutation(betas).tolist()
        w["b_h"] *= 4  # the start is far from rest
        parts = [collect([x], [y], w, 6) for x, y in zip(runs, targets, strict=True)]
        train, valid = _joined(parts[:-1]), parts[-1]
        errors = _errors(train, valid, order)
        first, second = sorted(errors)[:2]
        if second < 1.01 * first or order[int(np.argmin(errors))] == min(order):
            continue
        rows = _joined(parts)
        start = collect(runs[-1:], targets[-1:], w, 0)
        others = (
            (rows, rows),
            (rows, valid),
            (train, start),
            (_joined(parts[1:]), parts[0]),
            (_joined(parts[:-2]), valid),
        )
        found = [int(np.argmin(_errors(*pair, order))) for pair in others]
        ends = {int(np.argmin(errors)), int(np.argmax(errors))}
        if not ends & set(found) and found[1] not in (found[0], found[3]):
            return runs, targets, w, 6, order


def _crooked() -> tuple:
    """Fixed arguments of fit: the errors rise and fall again over the penalties, and one
    target is 12 times the size of the other. Whoever stops at the first rise, from
    either end or in the order given, or takes the mean over columns, the first column or
    the largest error, chooses another beta."""
    rng = np.random.default_rng(2800)
    betas = [1e-9, 1e-5, 1e-3, 1e-2, 0.1, 1.0, 10.0, 1e3]
    runs, targets = _series(rng, (12, 9, 14), 0.5)
    w = reservoir(rng, 1, 8)
    return (
        runs,
        [y * [1.0, 12.0] for y in targets],
        w,
        3,
        rng.permutation(betas).tolist(),
    )


def _joined(parts: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    return np.concatenate([X for X, _ in parts]), np.concatenate([Y for _, Y in parts])


def _reached(args: tuple, fresh: tuple, washout: int) -> float:
    """The NRMSE on fresh runs of a read-out that is trained with that washout."""
    runs, targets, w, wash, betas = args
    W, b, _ = fit(runs, targets, w, washout, betas)
    X, Y = collect(*fresh, w, wash)
    return nrmse(X @ W + b, Y)


def _long(rng: np.random.Generator) -> tuple[tuple, tuple]:
    """Arguments of fit, and fresh runs, on which the goal needs the washout."""
    while True:
        w = reservoir(rng, 1, 40, 0.85)
        w["W_xh"], w["b_h"] = 0.2 * w["W_xh"], 3 * w["b_h"]  # starts far from rest
        runs, targets = _series(rng, (40,) * 14 + (20, 120), 0.02)
        args = runs, targets, w, 25, [0.1, 1e-7, 1e-3, 100.0, 1e-5]
        fresh = _series(rng, (40, 230))
        if (
            _reached(args, fresh, 25)
            < 0.8 * GOAL
            < 1.1 * GOAL
            < _reached(args, fresh, 0)
        ):
            return args, fresh


def _expect_rows(ask: Ask, drawn: list[tuple]) -> None:
    for args in drawn:
        lengths = ", ".join(str(len(x)) for x in args[0])
        where = f"for runs of {lengths} steps and washout {args[3]}"
        want = collect(*args)
        expect_call(ask, SLIPS, "collect", args, want, where, ("X", "Y"))


def _test_rows(ask: Ask, rng: np.random.Generator) -> None:
    _expect_rows(ask, _rows(rng))


def _test_short(ask: Ask, rng: np.random.Generator) -> None:
    _expect_rows(ask, _short(rng))


def _test_ridge(ask: Ask, rng: np.random.Generator) -> None:
    for args in _tables(rng):
        where = f"for {len(args[0])} rows, {args[0].shape[1]} units and beta {args[2]}"
        expect_call(ask, SLIPS, "ridge", args, ridge(*args), where, ("W", "b"))


def _test_hard(ask: Ask, rng: np.random.Generator) -> None:
    for X, Y, beta in _hard(rng):
        cond = np.linalg.cond(X - X.mean(0))
        where = f"for an X with condition number {cond:.1g} and beta {beta:g}"
        told = f" (If your method forms X^T X: its condition number is {cond**2:.1g}.)"
        try:
            expect_call(
                ask, SLIPS, "ridge", (X, Y, beta), ridge(X, Y, beta), where, ("W", "b")
            )
        except Wrong as wrong:
            if cond < 1e6 or wrong.kind not in ("property", "exception"):
                raise
            raise Wrong(f"{wrong.message}{told}", wrong.kind) from wrong
    for X, Y, beta in _open(rng):
        where = f"for {len(X)} rows, {X.shape[1]} units (one never moves, or two agree, or rows are few) and beta 0"
        got = several(ask("ridge", X, Y, beta).value, 2, f"{where}: W and b")
        W = array(got[0], (X.shape[1], Y.shape[1]), f"{where}: W")
        b = array(got[1], (Y.shape[1],), f"{where}: b")
        best = ridge(X, Y, beta)
        if not alike(X @ W + b, X @ best[0] + best[1]):
            tip = hint(SLIPS, "ridge", (X, Y, beta), got, best)
            raise Wrong(f"{where}: another read-out has a smaller sum of squares.{tip}")


def _test_choice(ask: Ask, rng: np.random.Generator) -> None:
    for args in (_noisy(rng), _noisy(rng), _crooked()):
        where = f"for the penalties {args[4]}"
        names = ("W", "b", "beta")
        reply = ask("fit", *args)
        got, want = reply.value, fit(*args)
        got = several(got, 3, f"{where}: W, b and beta")
        tip = hint(SLIPS, "fit", args, got, want)
        if number(got[2], f"{where}: beta") != want[2]:
            raise Wrong(f"{where}: beta is {got[2]:g}, expected {want[2]:g}.{tip}")
        expect_call(ask, SLIPS, "fit", args, want, where, names)


def _test_goal(ask: Ask, rng: np.random.Generator) -> None:
    args, fresh = _long(rng)
    reply = ask("fit", *args)
    W, b, beta = several(reply.value, 3, "W, b and beta")
    W, b = array(W, (40, 2), "W"), array(b, (2,), "b")
    X, Y = collect(*fresh, *args[2:4])
    found = nrmse(X @ W + b, Y)
    if not found <= GOAL:
        want = fit(*args)
        tip = hint(SLIPS, "fit", args, reply.value, want)
        if number(beta, "beta") != want[2]:  # many ways lead to a wrong beta
            tip = f" beta is {beta:g}, expected {want[2]:g}."
        raise Wrong(
            f"on fresh runs the NRMSE of your read-out is {found:.3g}, above {GOAL}.{tip}"
        )
    expect_same_arguments(args, reply.args_after)


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [Call("collect", *args) for args in (*_rows(rng), *_short(rng)[:1])]
    calls += [Call("ridge", *args) for args in (*_tables(rng), _hard(rng)[0])]
    return [*calls, *(Call("fit", *_noisy(rng)) for _ in range(2))]


SLIPS = (
    Slip(
        "no washout",
        "collect",
        _no_washout,
        "You keep the first states of every run. They tell more of the zero state than of the input, and a read-out that is trained on them pays for it at all other steps.",
        WASH,
        "There is no washout.",
    ),
    Slip(
        "washout of the first run alone",
        "collect",
        _first_run_alone,
        "You drop the first rows of the whole table. Every run begins at the zero state, so every run has a washout of its own.",
        WASH,
        "Only the first run is washed out.",
    ),
    Slip(
        "one row too many dropped",
        "collect",
        _one_too_many,
        "You drop one state too many. $h^{(0)}$ is none of the T states of a run: the first row is $h^{(1)}$, and after a washout of 1 it is $h^{(2)}$.",
        WASH,
        "One row too many is dropped.",
    ),
    Slip(
        "one row too few dropped",
        "collect",
        _one_too_few,
        "You drop one state too few. With a washout of 1 the first row is $h^{(2)}$.",
        WASH,
        "One row too few is dropped.",
    ),
    Slip(
        "the end dropped",
        "collect",
        _from_the_end,
        "You drop the last states of each run. Those that remember the zero state are the first.",
        WASH,
        "The last rows are dropped.",
    ),
    Slip(
        "the state before",
        "collect",
        _state_before,
        "You pair a target with the state of the step before, $h^{(t-1)}$, which has not read $x^{(t)}$ yet.",
        WASH,
        "Each state is one step late.",
    ),
    Slip(
        "one long run",
        "collect",
        _one_long_run,
        "You let the state go on from one run to the next. They are separate recordings: each begins at the zero state.",
        WASH,
        "The state goes on from run to run.",
    ),
    Slip(
        "W_hh rescaled",
        "collect",
        _rescaled,
        "You change $W_{hh}$: it was divided by its spectral radius. The reservoir is given and stays as it is; only the read-out is computed.",
        WASH,
        "W_hh is another matrix here.",
    ),
    Slip(
        "W_hh changed in place",
        "collect",
        _rescaled_in_place,
        "You bring $W_{hh}$ to a spectral radius of your own, in the caller's array. The reservoir is given, is fixed, and is used again by others; only the read-out is computed.",
        WASH,
        "W_hh is scaled anew.",
    ),
    Slip(
        "transposed",
        "collect",
        _transposed,
        "You use the transpose of $W_{hh}$. States are rows: $h^{(t-1)} W_{hh}$.",
        WASH,
        "W_hh is transposed.",
    ),
    Slip(
        "bias of the units left out",
        "collect",
        _bias_left_out,
        "You leave out $b_h$, the fixed bias of the reservoir's units. It isn't the bias of the read-out.",
        WASH,
        "b_h is missing.",
    ),
    Slip(
        "inputs alone",
        "collect",
        _inputs_alone,
        "Your states know nothing of the state before: $h^{(t-1)} W_{hh}$ is missing.",
        WASH,
        "The state before is missing.",
    ),
    Slip(
        "targets from the start",
        "collect",
        _targets_whole,
        "Your states are those after the washout; your targets are those from the start of each run, so that a state meets the target of another step.",
        WASH,
        "Targets and states are of different steps.",
    ),
    Slip(
        "bias penalised",
        "ridge",
        _bias_penalised,
        "You penalise the bias as well. It's there to carry the mean of the target, which is no reason to make it small: move all targets by 100 and W should stay what it was.",
        RIDGE,
        "The bias is penalised.",
    ),
    Slip(
        "no bias",
        "ridge",
        _no_bias,
        "There is no bias in your fit. Targets with a mean far from 0 have to be made by W then.",
        RIDGE,
        "There is no bias.",
    ),
    Slip(
        "the bias is the mean",
        "ridge",
        _bias_is_the_mean,
        "Your b is the mean of the targets. That is right for states with mean 0; those here have one, and W makes something of it.",
        RIDGE,
        "The mean of the states is forgotten in b.",
    ),
    Slip(
        "the penalty squared",
        "ridge",
        _penalty_squared,
        "Your penalty is the square of beta. Rows that are stacked under X are squared in the sum: which number must stand in them?",
        RIDGE,
        "The penalty is squared.",
    ),
    Slip(
        "mean of squares",
        "ridge",
        _mean_of_squares,
        "You weigh beta against the *mean* of the squared errors. Here it stands beside their sum.",
        RIDGE,
        "The penalty is multiplied by the number of rows.",
    ),
    Slip(
        "no penalty",
        "ridge",
        _no_penalty,
        "beta has no effect on your read-out.",
        RIDGE,
        "The penalty is missing.",
    ),
    Slip(
        "half the squares",
        "ridge",
        _half_the_squares,
        "You penalise half as much as asked: neither the squared errors nor the penalty has a factor 1/2 here.",
        RIDGE,
        "The penalty is halved.",
    ),
    Slip(
        "normal equations",
        "ridge",
        _normal,
        "You solve the normal equations. On paper they are right; their matrix has the *square* of the condition number of X, and for an X with 1e8 no digit is left. Solve the least-squares problem itself: by QR, by `lstsq` of stacked rows, or by the singular values of X.",
        DIGITS,
        "These are the normal equations.",
    ),
    Slip(
        "normal equations, centred",
        "ridge",
        _normal_centred,
        "You centre, which is well, and then solve the normal equations. Their matrix has the *square* of the condition number of X, and for an X with 1e8 no digit is left. Solve the least-squares problem itself: by QR, by `lstsq` of stacked rows, or by the singular values of X.",
        DIGITS,
        "These are the normal equations of centred states.",
    ),
    Slip(
        "normal equations, inverted",
        "ridge",
        _normal_inverse,
        "You invert $X^T X$. That loses digits twice: the product has the *square* of the condition number of X, and an inverse is worse than a solution. Solve the least-squares problem itself: by QR, by `lstsq` of stacked rows, or by the singular values of X.",
        DIGITS,
        "This is the inverse of X^T X.",
    ),
    Slip(
        "chosen by the training error",
        "fit",
        _by_training_error,
        "You choose beta by the error on the rows that you train on. That error always prefers the smallest penalty.",
        CHOICE,
        "Beta is chosen on the training rows.",
    ),
    Slip(
        "trained on the last run too",
        "fit",
        _seen_in_validation,
        "You validate on the last run after training on it. Whatever has been trained on tells nothing about fresh data.",
        CHOICE,
        "The last run was trained on before it was predicted.",
    ),
    Slip(
        "not trained again",
        "fit",
        _not_trained_again,
        "Your beta is right. The read-out with it should be trained on *all* runs, the last one too: it has done its work as a judge.",
        CHOICE,
        "The last run is missing in the final fit.",
    ),
    Slip(
        "trained on the last run",
        "fit",
        _trained_on_the_last,
        "Your beta is right. In the end you train on the last run alone.",
        CHOICE,
        "The final fit knows the last run alone.",
    ),
    Slip(
        "validated from the first step",
        "fit",
        _validated_from_the_start,
        "You judge the last run from its first step on. It begins at the zero state too: its washout doesn't count.",
        WASH,
        "The last run is judged without its washout.",
    ),
    Slip(
        "first run held out",
        "fit",
        _first_run_held_out,
        "You hold out the first run. The task asks for the last.",
        CHOICE,
        "The first run is held out.",
    ),
    Slip(
        "place of beta",
        "fit",
        _place_for_beta,
        "You return the place of beta in the list. The penalty itself is asked for.",
        CHOICE,
        "That is its place in the list.",
    ),
    Slip(
        "largest error",
        "fit",
        _largest_error,
        "You take the beta with the largest error of all.",
        CHOICE,
        "This penalty has the largest error.",
    ),
)

QUESTION = Question(
    id="10.1",
    title="a read-out",
    answers=("collect", "ridge", "fit"),
    reference={"collect": collect, "ridge": ridge, "fit": fit},
    properties=(
        Property(
            "collect gives the states and targets of all runs", 1, _test_rows, WASH
        ),
        Property(
            "collect is right for runs that are shorter than the washout, and without washout",
            1,
            _test_short,
            WASH,
        ),
        Property("ridge gives W and b for ordinary tables", 1, _test_ridge, RIDGE),
        Property(
            "ridge keeps its digits where X nearly loses a direction, or has lost one",
            1,
            _test_hard,
            DIGITS,
        ),
        Property(
            "fit chooses the penalty on the last run and trains on all",
            1,
            _test_choice,
            CHOICE,
        ),
        Property(
            f"the read-out of fit has an NRMSE of at most {GOAL} on fresh runs",
            1,
            _test_goal,
            WASH,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
    limits=Limits(wall=40.0),
)
