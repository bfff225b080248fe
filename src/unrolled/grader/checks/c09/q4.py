"""Question 9.4: products of the Jacobians of a network that leaks."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.slips import (
    Slip,
    array,
    expect_same_arguments,
    hint,
    misconceptions,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

JAC = "§9.3, eq-jacobian-prod"
GROWTH = "§9.6, def-lyapunov"


def _run(x, h0, w, alpha):
    """States (T + 1, H) and what tanh gave (T, H)."""
    h, z = [h0], []
    for x_t in x:
        z.append(np.tanh(x_t @ w["W_xh"] + h[-1] @ w["W_hh"] + w["b_h"]))
        h.append((1 - alpha) * h[-1] + alpha * z[-1])
    return np.array(h), np.array(z).reshape(len(x), len(h0))


def _factor(slope, W, alpha):
    return np.diag(1 - alpha) + W * (alpha * slope)


def _product(factors, H):
    J = np.eye(H)
    for factor in factors:
        J = J @ factor
    return J


def jacobian(x, h0, w, alpha, k, t):
    _, z = _run(x, h0, w, alpha)
    factors = [_factor(1 - z[j] ** 2, w["W_hh"], alpha) for j in range(k, t)]
    return _product(factors, len(h0))


def _slopes(a):
    return 1 - np.tanh(a) ** 2


def changes(a, W, alpha, v):
    found, total = [], 0.0
    for slope in _slopes(a):
        length = np.linalg.norm(v)
        total += np.log(length)
        v = v / length @ _factor(slope, W, alpha)
        found.append(total + np.log(np.linalg.norm(v)))
    return np.array(found)


def errors(a, W, alpha, e):
    found, total = [], 0.0
    for slope in _slopes(a)[::-1]:
        length = np.linalg.norm(e)
        total += np.log(length)
        e = _factor(slope, W, alpha) @ (e / length)
        found.append(total + np.log(np.linalg.norm(e)))
    return np.array(found)[::-1]


# --- wrong Jacobians ------------------------------------------------------------------


def _decreasing(x, h0, w, alpha, k, t):
    _, z = _run(x, h0, w, alpha)
    factors = [_factor(1 - z[j] ** 2, w["W_hh"], alpha) for j in range(k, t)]
    return _product(factors[::-1], len(h0))


def _transposed(x, h0, w, alpha, k, t):
    return jacobian(x, h0, w, alpha, k, t).T


def _factors_transposed(x, h0, w, alpha, k, t):
    """Column convention inside, row order outside."""
    return _decreasing(x, h0, w, alpha, k, t).T


def _one_early(x, h0, w, alpha, k, t):
    """Slopes of the steps before."""
    _, z = _run(x, h0, w, alpha)
    first = np.tanh(h0)
    z = np.vstack([first, z])
    factors = [_factor(1 - z[j] ** 2, w["W_hh"], alpha) for j in range(k, t)]
    return _product(factors, len(h0))


def _one_late(x, h0, w, alpha, k, t):
    _, z = _run(x, h0, w, alpha)
    z = np.vstack([z, z[-1]])
    factors = [_factor(1 - z[j] ** 2, w["W_hh"], alpha) for j in range(k + 1, t + 1)]
    return _product(factors, len(h0))


def _last_missing(x, h0, w, alpha, k, t):
    return jacobian(x, h0, w, alpha, k, max(k, t - 1))


def _first_missing(x, h0, w, alpha, k, t):
    return jacobian(x, h0, w, alpha, min(k + 1, t), t)


def _power_inside(x, h0, w, alpha, k, t):
    """The power of W, times the product of all slopes, as if they could change places."""
    _, z = _run(x, h0, w, alpha)
    slope = np.prod(1 - z[k:t] ** 2, axis=0) * alpha ** (t - k)
    keep = np.diag((1 - alpha) ** (t - k)) if t > k else np.zeros((len(h0),) * 2)
    return keep + np.linalg.matrix_power(w["W_hh"], t - k) * slope


def _leak_apart(x, h0, w, alpha, k, t):
    """(1 - alpha)^n beside a product of the other terms."""
    _, z = _run(x, h0, w, alpha)
    factors = [w["W_hh"] * (alpha * (1 - z[j] ** 2)) for j in range(k, t)]
    keep = np.diag((1 - alpha) ** (t - k)) if t > k else np.zeros((len(h0),) * 2)
    return keep + _product(factors, len(h0))


def _no_leak(x, h0, w, alpha, k, t):
    _, z = _run(x, h0, w, alpha)
    factors = [w["W_hh"] * (alpha * (1 - z[j] ** 2)) for j in range(k, t)]
    return _product(factors, len(h0))


def _leak_everywhere(x, h0, w, alpha, k, t):
    """1 - alpha added to every row, not to the diagonal alone."""
    _, z = _run(x, h0, w, alpha)
    factors = [(1 - alpha) + w["W_hh"] * (alpha * (1 - z[j] ** 2)) for j in range(k, t)]
    return _product(factors, len(h0))


def _one_factor_too_many(x, h0, w, alpha, k, t):
    return jacobian(x, h0, w, alpha, max(k - 1, 0), t)


def _plain_factor(x, h0, w, alpha, k, t):
    _, z = _run(x, h0, w, alpha)
    factors = [w["W_hh"] * (1 - z[j] ** 2) for j in range(k, t)]
    return _product(factors, len(h0))


def _share_left_out(x, h0, w, alpha, k, t):
    _, z = _run(x, h0, w, alpha)
    factors = [np.diag(1 - alpha) + w["W_hh"] * (1 - z[j] ** 2) for j in range(k, t)]
    return _product(factors, len(h0))


def _share_of_the_rows(x, h0, w, alpha, k, t):
    _, z = _run(x, h0, w, alpha)
    factors = [
        np.diag(1 - alpha) + alpha[:, None] * w["W_hh"] * (1 - z[j] ** 2)
        for j in range(k, t)
    ]
    return _product(factors, len(h0))


def _slopes_on_rows(x, h0, w, alpha, k, t):
    _, z = _run(x, h0, w, alpha)
    factors = [
        np.diag(1 - alpha) + (alpha * (1 - z[j] ** 2))[:, None] * w["W_hh"]
        for j in range(k, t)
    ]
    return _product(factors, len(h0))


def _leak_sloped(x, h0, w, alpha, k, t):
    """The slope multiplies the part that is kept as well."""
    _, z = _run(x, h0, w, alpha)
    factors = [
        (np.diag(1 - alpha) + w["W_hh"] * alpha) * (1 - z[j] ** 2) for j in range(k, t)
    ]
    return _product(factors, len(h0))


def _slope_of_the_state(x, h0, w, alpha, k, t):
    h, _ = _run(x, h0, w, alpha)
    factors = [_factor(1 - h[j + 1] ** 2, w["W_hh"], alpha) for j in range(k, t)]
    return _product(factors, len(h0))


def _slope_not_squared(x, h0, w, alpha, k, t):
    _, z = _run(x, h0, w, alpha)
    factors = [_factor(1 - z[j], w["W_hh"], alpha) for j in range(k, t)]
    return _product(factors, len(h0))


def _no_slope(x, h0, w, alpha, k, t):
    factors = [_factor(np.ones(len(h0)), w["W_hh"], alpha)] * (t - k)
    return _product(factors, len(h0))


def _run_without_leak(x, h0, w, alpha, k, t):
    _, z = _run(x, h0, w, np.ones(len(h0)))
    factors = [_factor(1 - z[j] ** 2, w["W_hh"], alpha) for j in range(k, t)]
    return _product(factors, len(h0))


def _restarted(x, h0, w, alpha, k, t):
    """As if h0 were the state of step k."""
    return jacobian(x[k:], h0, w, alpha, 0, t - k)


# --- wrong growth ---------------------------------------------------------------------


def _changes_plain(a, W, alpha, v):
    found = []
    for slope in _slopes(a):
        v = v @ _factor(slope, W, alpha)
        found.append(np.log(np.linalg.norm(v)))
    return np.array(found)


def _changes_each(a, W, alpha, v):
    whole = np.concatenate([[np.log(np.linalg.norm(v))], changes(a, W, alpha, v)])
    return np.diff(whole)


def _changes_from_one(a, W, alpha, v):
    return changes(a, W, alpha, v / np.linalg.norm(v))


def _changes_with_the_start(a, W, alpha, v):
    start = np.log(np.linalg.norm(v))
    return np.concatenate([[start], changes(a, W, alpha, v)[:-1]])


def _changes_of_a_column(a, W, alpha, v):
    found, total = [], 0.0
    for slope in _slopes(a):
        length = np.linalg.norm(v)
        total += np.log(length)
        v = _factor(slope, W, alpha) @ (v / length)
        found.append(total + np.log(np.linalg.norm(v)))
    return np.array(found)


def _changes_backwards(a, W, alpha, v):
    return changes(a[::-1], W, alpha, v)


def _changes_a_step(a, W, alpha, v):
    return changes(a, W, alpha, v) / np.arange(1, len(a) + 1)


def _changes_slope_of_a(a, W, alpha, v):
    """1 - a^2: the argument of tanh taken for its value."""
    found, total = [], 0.0
    for slope in 1 - a**2:
        length = np.linalg.norm(v)
        total += np.log(length)
        v = v / length @ _factor(slope, W, alpha)
        found.append(total + np.log(np.linalg.norm(v)))
    return np.array(found)


def _changes_by_the_norm(a, W, alpha, v):
    """The norms of the factors, added up."""
    logs = [np.log(np.linalg.norm(_factor(s, W, alpha), 2)) for s in _slopes(a)]
    return np.log(np.linalg.norm(v)) + np.cumsum(logs)


def _changes_of_the_product(a, W, alpha, v):
    """The norm of the whole product, whichever direction it has."""
    J, total, found = np.eye(len(v)), np.log(np.linalg.norm(v)), []
    for slope in _slopes(a):
        J = J @ _factor(slope, W, alpha)
        length = np.linalg.norm(J, 2)
        J, total = J / length, total + np.log(length)
        found.append(total)
    return np.array(found)


def _changes_not_divided(a, W, alpha, v):
    """The logarithm is added and the vector left as it is."""
    found, total = [], np.log(np.linalg.norm(v))
    for slope in _slopes(a):
        v = v @ _factor(slope, W, alpha)
        total += np.log(np.linalg.norm(v))
        found.append(total)
    return np.array(found)


def _errors_plain(a, W, alpha, e):
    found = []
    for slope in _slopes(a)[::-1]:
        e = _factor(slope, W, alpha) @ e
        found.append(np.log(np.linalg.norm(e)))
    return np.array(found)[::-1]


def _errors_are_changes(a, W, alpha, e):
    return changes(a, W, alpha, e)


def _errors_turned(a, W, alpha, e):
    return errors(a, W, alpha, e)[::-1]


def _errors_forward(a, W, alpha, e):
    """From the first step on, through the transposes."""
    return errors(a[::-1], W, alpha, e)


def _errors_not_transposed(a, W, alpha, e):
    return changes(a[::-1], W, alpha, e)[::-1]


def _errors_with_the_last(a, W, alpha, e):
    """Steps 1 to T in place of 0 to T - 1."""
    last = np.log(np.linalg.norm(e))
    return np.concatenate([errors(a, W, alpha, e)[1:], [last]])


def _errors_without_leak(a, W, alpha, e):
    found, total = [], 0.0
    for slope in _slopes(a)[::-1]:
        length = np.linalg.norm(e)
        total += np.log(length)
        e = (alpha * slope * e / length) @ W.T
        found.append(total + np.log(np.linalg.norm(e)))
    return np.array(found)[::-1]


# --- numbers --------------------------------------------------------------------------


def _network(rng: np.random.Generator, T: int, H: int, D: int) -> tuple[Any, ...]:
    w = {
        "W_xh": rng.standard_normal((D, H)),
        "W_hh": rng.standard_normal((H, H)) / np.sqrt(H) * 1.5,
        "b_h": 0.3 * rng.standard_normal(H),
    }
    x, h0 = 0.7 * rng.standard_normal((T, D)), rng.uniform(-0.8, 0.8, H)
    return x, h0, w, rng.uniform(0.2, 0.9, H)


def _runs(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    drawn = []
    for T, H, D, k, t in (
        (5, 3, 2, 1, 4),
        (6, 4, 3, 0, 6),
        (4, 2, 1, 2, 4),
        (3, 1, 2, 0, 2),
    ):
        drawn.append((*_network(rng, T, H, D), k, t))
    return drawn


def _edges(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    drawn = []
    for T, H, D, k, t in (
        (4, 3, 2, 2, 2),
        (3, 2, 2, 0, 0),
        (5, 3, 1, 4, 5),
        (4, 3, 2, 3, 3),
    ):
        drawn.append((*_network(rng, T, H, D), k, t))
    x, h0, w, _ = _network(rng, 5, 3, 2)
    drawn.append((x, h0, w, np.ones(3), 1, 4))  # no leak
    x, h0, w, _ = _network(rng, 5, 3, 2)
    drawn.append((x, h0, w, np.array([1.0, 0.05, 0.5]), 0, 5))
    return drawn


def _sweep(rng: np.random.Generator, T: int, H: int, gain: float) -> tuple[Any, ...]:
    """Stored arguments of tanh; a large gain lets changes grow, a small one shrink."""
    W = gain * rng.standard_normal((H, H)) / np.sqrt(H)
    a = 0.8 * rng.standard_normal((T, H))
    return a, W, rng.uniform(0.3, 1.0, H), rng.standard_normal(H) * 3


def _sweeps(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    short = [_sweep(rng, T, H, 1.5) for T, H in ((4, 3), (7, 2), (1, 4))]
    a, W, _, v = _sweep(rng, 6, 3, 1.0)
    return [*short, (a, W, np.ones(3), v)]


def _long(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    grows = _sweep(rng, 300, 3, 60.0)
    a, W, _, v = _sweep(rng, 300, 4, 0.03)
    return [grows, (a, W, np.full(4, 0.99), v)]


def _expect_matrix(ask: Ask, args: tuple[Any, ...]) -> None:
    reply = ask("jacobian", *args)
    x, h0, _, alpha, k, t = args
    want = jacobian(*args)
    where = f"for T = {len(x)}, H = {len(h0)}, k = {k}, t = {t}"
    where += ", without leak" if np.all(alpha == 1) else ""
    got = array(reply.value, want.shape, f"{where} the Jacobian")
    if not np.allclose(got, want, rtol=1e-5, atol=1e-5 * np.abs(want).max()):
        tip = hint(SLIPS, "jacobian", args, got, want)
        raise Wrong(f"{where} the Jacobian differs from the derivative.{tip}")
    expect_same_arguments(args, reply.args_after)


def _expect_logs(ask: Ask, name: str, args: tuple[Any, ...]) -> None:
    reply = ask(name, *args)
    want = {"changes": changes, "errors": errors}[name](*args)
    T, H = args[0].shape
    where = f"for T = {T}, H = {H}"
    got = array(reply.value, want.shape, f"{where} the result")
    off = ~np.isclose(got, want, rtol=1e-5, atol=1e-4)
    if off.any():
        tip = hint(SLIPS, name, args, got, want)
        at = int(np.argmax(off))
        raise Wrong(
            f"{where} entry {at} of `{name}` is {got[at]:.5g}, expected {want[at]:.5g}.{tip}"
        )
    expect_same_arguments(args, reply.args_after)


def _test_jacobian(ask: Ask, rng: np.random.Generator) -> None:
    for args in _runs(rng):
        _expect_matrix(ask, args)


def _test_edges(ask: Ask, rng: np.random.Generator) -> None:
    for args in _edges(rng):
        _expect_matrix(ask, args)


def _test_changes(ask: Ask, rng: np.random.Generator) -> None:
    for args in (*_sweeps(rng), _long(rng)[0]):
        _expect_logs(ask, "changes", args)


def _test_errors(ask: Ask, rng: np.random.Generator) -> None:
    for args in (*_sweeps(rng), _long(rng)[1]):
        _expect_logs(ask, "errors", args)


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [Call("jacobian", *args) for args in (*_runs(rng), *_edges(rng))]
    for i, name in enumerate(("changes", "errors")):
        sweeps = *_sweeps(rng), _long(rng)[i]
        calls += [Call(name, *args) for args in sweeps]
    return calls


SLIPS = (
    Slip(
        "decreasing order",
        "jacobian",
        _decreasing,
        "Your factors are right and their order is not. In this course a change is a row that is multiplied from the right: which factor does it meet first?",
        JAC,
        "The factors come in the wrong order.",
    ),
    Slip(
        "transposed",
        "jacobian",
        _transposed,
        "You return the transpose of the Jacobian, as papers and PyTorch print it. Here row a, column b is the derivative of the later unit b with respect to the earlier unit a.",
        JAC,
        "That is the transpose.",
    ),
    Slip(
        "transposed factors",
        "jacobian",
        _factors_transposed,
        "You multiply the transposed factors in increasing order. Transposing a product turns its order round: either no factor is transposed, or the order is the other one and the whole is transposed back.",
        JAC,
        "The factors are transposed and their order is not.",
    ),
    Slip(
        "slopes one step early",
        "jacobian",
        _one_early,
        "Your slopes are those of the step before. The factor that leads from step j - 1 to step j has the slopes of the tanh that computed step j.",
        JAC,
        "The slopes belong to the step before.",
    ),
    Slip(
        "slopes one step late",
        "jacobian",
        _one_late,
        "Your slopes are those of the step after. The factor that leads from step j - 1 to step j has the slopes of the tanh that computed step j; mind that arrays of inputs begin at 0.",
        JAC,
        "The slopes belong to the step after.",
    ),
    Slip(
        "last factor missing",
        "jacobian",
        _last_missing,
        "The last factor is missing. From step k to step t there are t - k steps, and the last leads *to* t.",
        JAC,
        "The last factor is missing.",
    ),
    Slip(
        "first factor missing",
        "jacobian",
        _first_missing,
        "The first factor is missing. From step k to step t there are t - k steps, and the first leads from k to k + 1.",
        JAC,
        "The first factor is missing.",
    ),
    Slip(
        "one factor too many",
        "jacobian",
        _one_factor_too_many,
        "You have one factor too many: the one that leads *to* step k. From step k to step t there are t - k steps, for k = t none.",
        JAC,
        "There is one factor too many.",
    ),
    Slip(
        "a power of W",
        "jacobian",
        _power_inside,
        "You collect all W in one power and all slopes in one product. Matrices cannot change places: each W stands beside the slopes of its own step.",
        JAC,
        "W and the slopes cannot change places.",
    ),
    Slip(
        "leak beside the product",
        "jacobian",
        _leak_apart,
        "You add what leaks through all steps to a product of all the other terms. Each step is a *sum* of two terms, and a product of sums has all the mixed ways as well: keep in one step, go through W in the next.",
        JAC,
        "The mixed ways are missing.",
    ),
    Slip(
        "no leak",
        "jacobian",
        _no_leak,
        "Your factors lack what the leak passes on. Differentiate the whole step: the old state stands in it twice.",
        JAC,
        "The old state stands in the step twice.",
    ),
    Slip(
        "leak in every entry",
        "jacobian",
        _leak_everywhere,
        "You add 1 - alpha to every row of the matrix (NumPy repeats it). What a unit keeps it keeps of itself, and of no other unit: which entries of the Jacobian are that?",
        JAC,
        "A unit keeps a share of itself alone.",
    ),
    Slip(
        "the plain network",
        "jacobian",
        _plain_factor,
        "Your factor is that of a plain tanh network. This step mixes: differentiate the whole of it.",
        JAC,
        "That is the factor of a plain network.",
    ),
    Slip(
        "share left out",
        "jacobian",
        _share_left_out,
        "The way through tanh is too strong: its result enters the new state with a share.",
        JAC,
        "The way through tanh has a share.",
    ),
    Slip(
        "share of the earlier unit",
        "jacobian",
        _share_of_the_rows,
        "You multiply the way through tanh by the share of the *earlier* unit. The share belongs to the unit whose tanh it is: which axis of the Jacobian has the later unit?",
        JAC,
        "The share belongs to the later unit.",
    ),
    Slip(
        "slopes on the rows",
        "jacobian",
        _slopes_on_rows,
        "Slopes and shares multiply the rows of W in your factor. They belong to the later unit: which axis of the Jacobian has it?",
        JAC,
        "Slopes belong to the later unit.",
    ),
    Slip(
        "slope on the leak",
        "jacobian",
        _leak_sloped,
        "You multiply what is kept by the slope. It does not go through tanh.",
        JAC,
        "What is kept does not go through tanh.",
    ),
    Slip(
        "slope at the state",
        "jacobian",
        _slope_of_the_state,
        "You compute slopes as 1 minus the square of the state. In a plain network the state *is* the tanh. Here it is a mixture, and the slope belongs to the tanh inside it.",
        JAC,
        "The state is not a tanh here.",
    ),
    Slip(
        "slope not squared",
        "jacobian",
        _slope_not_squared,
        "The slope of tanh is not 1 - tanh.",
        JAC,
        "The slope of tanh is another one.",
    ),
    Slip(
        "no slope",
        "jacobian",
        _no_slope,
        "You leave the slopes out, as if the step were linear.",
        JAC,
        "The slopes are missing.",
    ),
    Slip(
        "states without leak",
        "jacobian",
        _run_without_leak,
        "Your factors have the right form, but you run the network without its leak, so the slopes are those of other states.",
        JAC,
        "The states were computed without the leak.",
    ),
    Slip(
        "started at k",
        "jacobian",
        _restarted,
        "You take `h0` for the state of step k. It is the state of step 0: run the network from there, and collect factors from k on.",
        JAC,
        "`h0` is the state of step 0.",
    ),
    Slip(
        "no renormalisation",
        "changes",
        _changes_plain,
        "Your lengths leave the range of floats after some hundred steps. Only the direction and the logarithm of the length have to be carried on: make the row short, or long, again and again, and keep account.",
        GROWTH,
        "The length leaves the range of floats.",
    ),
    Slip(
        "growth of each step",
        "changes",
        _changes_each,
        "You return by how much each step lengthens. The length *after* the step was asked for, since the beginning.",
        GROWTH,
        "That is each step's own growth.",
    ),
    Slip(
        "started from length one",
        "changes",
        _changes_from_one,
        "You forget how long the row was at the beginning: v need not have length 1.",
        GROWTH,
        "The first length is missing.",
    ),
    Slip(
        "with the start",
        "changes",
        _changes_with_the_start,
        "Your first entry is the length before the first step. The first entry asked for is that after it.",
        GROWTH,
        "The entries are one step early.",
    ),
    Slip(
        "a change as a column",
        "changes",
        _changes_of_a_column,
        "You multiply from the left. A change is a row, and the Jacobian acts from the right; an error goes through the transpose.",
        GROWTH,
        "A change is a row.",
    ),
    Slip(
        "from the end",
        "changes",
        _changes_backwards,
        "You begin with the last step. A change of the first state goes forward in time.",
        GROWTH,
        "A change goes forward in time.",
    ),
    Slip(
        "divided by the steps",
        "changes",
        _changes_a_step,
        "You divide by the number of steps. That is the mean growth; the logarithm of the length itself was asked for.",
        GROWTH,
        "That is a mean over the steps.",
    ),
    Slip(
        "a for the tanh",
        "changes",
        _changes_slope_of_a,
        "You take `a` for what tanh gave. It is what tanh gets.",
        JAC,
        "`a` is the argument of tanh.",
    ),
    Slip(
        "norms of the factors",
        "changes",
        _changes_by_the_norm,
        "You add up the logarithms of the factors' norms. That is an upper bound, for a row that meets the worst direction at every step. Follow the row that is given.",
        GROWTH,
        "That is an upper bound.",
    ),
    Slip(
        "norm of the product",
        "changes",
        _changes_of_the_product,
        "You return the norm of the product: the growth of the row that grows most. Follow the row that is given.",
        GROWTH,
        "That is the row that grows most.",
    ),
    Slip(
        "not divided",
        "changes",
        _changes_not_divided,
        "You add up the logarithms, but leave the row as long as it has become, so that its growth is counted again and again.",
        GROWTH,
        "Growth is counted more than once.",
    ),
    Slip(
        "errors without renormalisation",
        "errors",
        _errors_plain,
        "The lengths of your errors leave the range of floats after some hundred steps. Carry on a direction and the logarithm of a length.",
        GROWTH,
        "The length leaves the range of floats.",
    ),
    Slip(
        "errors as changes",
        "errors",
        _errors_are_changes,
        "You send the error forward, like a change. It comes from the end and goes back.",
        GROWTH,
        "An error goes back.",
    ),
    Slip(
        "errors in the order of computing",
        "errors",
        _errors_turned,
        "Your numbers are right, in the order in which they were computed. Entry t is the error at step t, so the first entry is computed last.",
        GROWTH,
        "The entries are in the wrong order.",
    ),
    Slip(
        "errors from the first step",
        "errors",
        _errors_forward,
        "You send the error through the transposes, beginning with the first step. It comes from the end: which factor does it meet first?",
        GROWTH,
        "The last factor is met first.",
    ),
    Slip(
        "errors without the transpose",
        "errors",
        _errors_not_transposed,
        "You send the error back through the factors themselves. An error collects from all the units that a unit has fed: that is the transpose.",
        GROWTH,
        "Errors go back through the transpose.",
    ),
    Slip(
        "errors at steps 1 to T",
        "errors",
        _errors_with_the_last,
        "Your entries are those of steps 1 to T. Those of steps 0 to T - 1 were asked for; the one at T is given.",
        GROWTH,
        "The entries are one step late.",
    ),
    Slip(
        "errors without leak",
        "errors",
        _errors_without_leak,
        "Your error goes back through tanh alone. The leak passes a part of it on as it is.",
        GROWTH,
        "The leak passes errors on too.",
    ),
)

QUESTION = Question(
    id="09.4",
    title="factors that leak",
    answers=("jacobian", "changes", "errors"),
    reference={"jacobian": jacobian, "changes": changes, "errors": errors},
    properties=(
        Property(
            "jacobian is the derivative of a later state with respect to an earlier one",
            1,
            _test_jacobian,
            JAC,
        ),
        Property(
            "jacobian is right for k = t, for the last step, without leak and with shares far apart",
            1,
            _test_edges,
            JAC,
        ),
        Property(
            "changes has the lengths of a change that travels forward, also over 300 steps",
            1,
            _test_changes,
            GROWTH,
        ),
        Property(
            "errors has the lengths of an error that travels back, also over 300 steps",
            1,
            _test_errors,
            GROWTH,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
