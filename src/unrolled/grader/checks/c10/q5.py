"""Question 10.5: memory capacity, measured and exact."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c10.common import expect_call, radius, reservoir
from unrolled.grader.checks.c10.q1 import ridge
from unrolled.grader.checks.judging import Array
from unrolled.grader.checks.slips import Slip, misconceptions
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

MC = "§10.8, def-mc"
EXACT = "§10.8, eq-mc-linear"
DIGITS = "§10.8, eq-mc-linear, and §10.6, eq-ridge-cond"
STILL, LOST, ROWS = 1e-9, 1e-12, 700


def _r(p, y):
    """The correlation; 0 where one of them stands still."""
    if min(np.std(p), np.std(y)) < STILL:
        return 0.0
    p, y = p - p.mean(), y - y.mean()
    return p @ y / np.sqrt((p @ p) * (y @ y))


def _measured(
    u,
    h,
    washout,
    split,
    lags,
    beta,
    *,
    score=None,
    first=1,
    ahead=0,
    shift=0,
    rows=None,
):
    """Scores of lags from `first` on; rows: other steps to train and to test on."""
    T, found = len(u), []
    for k in range(first, first + lags):
        train = np.arange(max(washout, k) + 1, split + 1)
        test = np.arange(max(split, k) + 1, T + 1)
        if rows:
            train, test = rows(train, test, k)
        train, test = train[train + ahead <= T], test[test + ahead <= T]

        def at(t, k=k):
            return u[t - k - 1 + ahead][:, None]

        W, b = ridge(h[train - shift], at(train), beta)
        p = (h[test - shift] @ W + b)[:, 0]
        found.append((score or (lambda p, y: _r(p, y) ** 2))(p, at(test)[:, 0]))
    return np.array(found)


def capacity(u, h, washout, split, lags, beta):
    return _measured(u, h, washout, split, lags, beta)


def _responses(W, w_in, rows=None):
    """What is left in the state of an input of 1, k steps later; a row a lag."""
    found = [w_in]
    for _ in range(rows or ROWS):
        found.append(found[-1] @ W)
    return np.array(found)


def _leverage(R, lags):
    U, s, _ = np.linalg.svd(R, full_matrices=False)
    U = U[:, s > LOST * s.max(initial=0.0)]
    return np.sum(U**2, axis=1)[lags]


def exact(W, w_in, lags):
    return _leverage(_responses(W, w_in), np.arange(1, lags + 1))


def illusion(steps, units, lags):
    return lags * min(1.0, units / (steps - 1))


# --- wrong measures -------------------------------------------------------------------


def _not_squared(u, h, washout, split, lags, beta):
    return _measured(u, h, washout, split, lags, beta, score=_r)


def _with_lag_zero(u, h, washout, split, lags, beta):
    return _measured(u, h, washout, split, lags, beta, first=0)


def _tested_on_training_steps(u, h, washout, split, lags, beta):
    return _measured(
        u, h, washout, split, lags, beta, rows=lambda train, test, k: (train, train)
    )


def _all_steps_for_both(u, h, washout, split, lags, beta):
    def rows(train, test, k):
        both = np.concatenate([train, test])
        return both, both

    return _measured(u, h, washout, split, lags, beta, rows=rows)


def _trained_on_test_steps(u, h, washout, split, lags, beta):
    return _measured(
        u, h, washout, split, lags, beta, rows=lambda train, test, k: (test, test)
    )


def _exchanged(u, h, washout, split, lags, beta):
    return _measured(
        u, h, washout, split, lags, beta, rows=lambda train, test, k: (test, train)
    )


def _into_the_future(u, h, washout, split, lags, beta):
    found = [
        _measured(u, h, washout, split, 1, beta, first=k, ahead=2 * k)[0]
        for k in range(1, lags + 1)
    ]
    return np.array(found)


def _state_before(u, h, washout, split, lags, beta):
    return _measured(u, h, washout, split, lags, beta, shift=1)


def _determination(u, h, washout, split, lags, beta):
    return _measured(
        u,
        h,
        washout,
        split,
        lags,
        beta,
        score=lambda p, y: 1 - np.mean((p - y) ** 2) / np.var(y),
    )


def _covariance(u, h, washout, split, lags, beta):
    return _measured(
        u,
        h,
        washout,
        split,
        lags,
        beta,
        score=lambda p, y: np.mean((p - p.mean()) * (y - y.mean())) ** 2,
    )


def _no_washout(u, h, washout, split, lags, beta):
    return _measured(u, h, 0, split, lags, beta)


def _washout_after_lag(u, h, washout, split, lags, beta):
    """The washout is counted from the first step that has a target."""
    return _measured(
        u,
        h,
        washout,
        split,
        lags,
        beta,
        rows=lambda train, test, k: (np.arange(washout + k + 1, split + 1), test),
    )


def _same_steps_for_all(u, h, washout, split, lags, beta):
    """All lags are trained on the steps that the longest has."""
    return _measured(
        u,
        h,
        washout,
        split,
        lags,
        beta,
        rows=lambda train, test, k: (train[train > lags], test),
    )


def _split_after_washout(u, h, washout, split, lags, beta):
    return capacity(u, h, washout, min(split + washout, len(u) - 2), lags, beta)


def _summed(u, h, washout, split, lags, beta):
    return np.cumsum(capacity(u, h, washout, split, lags, beta))


def _total(u, h, washout, split, lags, beta):
    return np.sum(capacity(u, h, washout, split, lags, beta))


def _wrapped(u, h, washout, split, lags, beta):
    """np.roll: the end of the input stands in for what came before the start."""
    return _measured(
        u,
        h,
        washout,
        split,
        lags,
        beta,
        rows=lambda train, test, k: (np.arange(washout + 1, split + 1), test),
    )


def _no_bias(u, h, washout, split, lags, beta):
    T, found = len(u), []
    for k in range(1, lags + 1):
        train, test = (
            np.arange(max(washout, k) + 1, split + 1),
            np.arange(split + 1, T + 1),
        )
        A = np.vstack([h[train], np.sqrt(beta) * np.eye(h.shape[1])])
        y = np.concatenate([u[train - k - 1], np.zeros(h.shape[1])])
        w = np.linalg.lstsq(A, y, rcond=None)[0]
        found.append(_r(h[test] @ w, u[test - k - 1]) ** 2)
    return np.array(found)


def _still_is_nan(u, h, washout, split, lags, beta):
    """0/0 where nothing varies."""
    return _measured(
        u,
        h,
        washout,
        split,
        lags,
        beta,
        score=lambda p, y: np.corrcoef(p, y)[0, 1] ** 2,
    )


# --- wrong formulas -------------------------------------------------------------------


def _exact_with_lag_zero(W, w_in, lags):
    return _leverage(_responses(W, w_in), np.arange(lags))


def _not_normalised(W, w_in, lags):
    return np.sum(_responses(W, w_in)[1 : lags + 1] ** 2, axis=1)


def _share_of_energy(W, w_in, lags):
    R = _responses(W, w_in)
    return np.sum(R[1 : lags + 1] ** 2, axis=1) / np.sum(R**2)


def _states_as_columns(W, w_in, lags):
    return exact(W.T, w_in, lags)


def _as_many_rows_as_lags(W, w_in, lags):
    return _leverage(_responses(W, w_in, lags), np.arange(1, lags + 1))


def _past_alone(W, w_in, lags):
    """Without the input of the step itself."""
    return _leverage(_responses(W, w_in)[1:], np.arange(lags))


def _diagonal_alone(W, w_in, lags):
    """Units that are taken to be uncorrelated."""
    R = _responses(W, w_in)
    s = np.sum(R**2, axis=0)
    return np.sum(R[1 : lags + 1] ** 2 / np.where(s > 0, s, 1), axis=1)


def _by_the_covariance(W, w_in, lags):
    R = _responses(W, w_in)
    S = R.T @ R
    return np.array([r @ np.linalg.solve(S, r) for r in R[1 : lags + 1]])


def _by_its_pseudo_inverse(W, w_in, lags):
    R = _responses(W, w_in)
    P = np.linalg.pinv(R.T @ R)
    return np.array([r @ P @ r for r in R[1 : lags + 1]])


def _rank_not_looked_at(W, w_in, lags):
    """A QR decomposition gives a full set of directions, also where there are fewer."""
    Q, _ = np.linalg.qr(_responses(W, w_in))
    return np.sum(Q[1 : lags + 1] ** 2, axis=1)


def _steps_not_one_less(steps, units, lags):
    return lags * min(1.0, units / steps)


def _not_capped(steps, units, lags):
    return lags * units / (steps - 1)


def _one_lag(steps, units, lags):
    return min(1.0, units / (steps - 1))


def _capped_by_units(steps, units, lags):
    return min(float(units), lags * min(1.0, units / (steps - 1)))


def _bias_counted(steps, units, lags):
    return lags * min(1.0, (units + 1) / steps)


def _root_of_share(steps, units, lags):
    return lags * min(1.0, np.sqrt(units / (steps - 1)))


def _adjusted(steps, units, lags):
    return lags * min(1.0, units / max(steps - units - 1, 1))


def _no_illusion(steps, units, lags):
    return 0.0


# --- numbers --------------------------------------------------------------------------


def _driven(
    rng: np.random.Generator, T: int, H: int, low: float = -1, high: float = 1
) -> tuple[Array, Array]:
    """An input, and the states of a network that reads it, from a start far away."""
    w = reservoir(rng, 1, H, 0.8)
    u, h = rng.uniform(low, high, T), [3 * rng.uniform(-1, 1, H)]
    drive = (u - (low + high) / 2) / (high - low)
    for u_t in drive:
        h.append(np.tanh(u_t * w["W_xh"][0] + h[-1] @ w["W_hh"] + w["b_h"]))
    return u, np.array(h) + rng.uniform(0.5, 1, H)


def _series(rng: np.random.Generator) -> list[tuple]:
    return [
        (*_driven(rng, 140, 6), 10, 90, 7, 1e-3),
        (*_driven(rng, 100, 12), 12, 60, 9, 1e-2),
    ]


def _strange(rng: np.random.Generator) -> list[tuple]:
    """Lags longer than the washout; inputs of another size; states that stand still."""
    u, h = _driven(rng, 120, 5, -300, 500)
    v, g = _driven(rng, 90, 4)
    signs = rng.choice([-1.0, 1.0], 100)  # with 64 training steps, an exact mean
    return [
        (u, h, 2, 80, 14, 1e-2),
        (u, h, 0, 100, 6, 1e-4),
        (v, g, 5, 60, 11, 0.1),
        (1e-6 * v, 1e-6 * g, 5, 60, 3, 1e-14),  # predictions vary, by little
        (signs, np.full((101, 3), 0.75), 6, 70, 4, 0.1),
    ]


def _linear(rng: np.random.Generator, H: int, rho: float) -> tuple[Array, Array]:
    W = rng.standard_normal((H, H))
    return W * rho / radius(W), rng.standard_normal(H)


def _ordinary(rng: np.random.Generator) -> list[tuple]:
    """Reservoirs whose responses are far from dependent."""
    drawn = []
    for H, rho, lags in ((3, 0.9, 8), (4, 0.8, 5), (1, 0.5, 4), (2, 0.95, 40)):
        while True:
            W, w_in = _linear(rng, H, rho)
            s = np.linalg.svd(_responses(W, w_in), compute_uv=False)
            if s.min() > 1e-3 * s.max():
                drawn.append((W, w_in, lags))
                break
    return drawn


def _delay_line(H: int, size: float) -> tuple[Array, Array]:
    return size * np.eye(H, k=1), np.eye(H)[0]


def _hard(rng: np.random.Generator) -> list[tuple]:
    drawn = []
    while len(drawn) < 2:  # responses that nearly lose directions, and do not
        W, w_in = _linear(rng, 9, 0.3)
        s = np.linalg.svd(_responses(W, w_in, 200), compute_uv=False)
        if 3e-10 < s.min() / s.max() < 1e-8:
            drawn.append((W, w_in, 12))
    drawn.append((drawn[0][0], 1e-6 * drawn[0][1], 12))  # rank knows no unit
    W, w_in = _linear(rng, 4, 0.8)
    two = np.zeros((6, 6))
    two[:4, :4] = W
    deaf = two, np.append(w_in, [0.0, 0.0]), 9  # two units that hear nothing
    twins = np.kron(np.eye(2), _linear(rng, 2, 0.7)[0])
    twice = twins, np.tile(rng.standard_normal(2), 2), 7  # two units, each twice
    return [
        *drawn,
        deaf,
        twice,
        (*_delay_line(5, 1.0), 8),
        (*_delay_line(5, 1e-2), 6),
        (np.eye(5, k=1) + 0.95 * np.eye(5), np.eye(5)[0], 5),  # rows grow, then fade
        (W, np.zeros(4), 3),
    ]


COUNTS = (
    (101, 10, 20),
    (500, 50, 100),
    (41, 40, 7),
    (30, 60, 10),
    (2, 1, 3),
    (10001, 100, 1),
    (60, 50, 40),
)


def _test_capacity(ask: Ask, rng: np.random.Generator) -> None:
    for args in _series(rng):
        where = f"for {len(args[0])} steps, washout {args[2]}, split {args[3]}"
        expect_call(ask, SLIPS, "capacity", args, capacity(*args), where)


def _test_strange(ask: Ask, rng: np.random.Generator) -> None:
    for args in _strange(rng):
        where = f"for washout {args[2]}, {args[4]} lags and inputs from {args[0].min():.3g} to {args[0].max():.3g}"
        if not np.ptp(args[1]):
            where = "for states that stand still"
        expect_call(ask, SLIPS, "capacity", args, capacity(*args), where)


def _test_exact(ask: Ask, rng: np.random.Generator) -> None:
    for args in _ordinary(rng):
        where = f"for {len(args[1])} units of radius {radius(args[0]):.3g}"
        expect_call(ask, SLIPS, "exact", args, exact(*args), where)


def _test_hard(ask: Ask, rng: np.random.Generator) -> None:
    for args in _hard(rng):
        s = np.linalg.svd(_responses(args[0], args[1]), compute_uv=False)
        rank = int(np.sum(s > LOST * s.max(initial=0.0)))
        least = s[rank - 1] / s[0] if rank else 0.0
        where = f"for {len(s)} units whose responses have rank {rank} (least of {rank} singular values: {least:.1g} of the largest)"
        try:
            expect_call(ask, SLIPS, "exact", args, exact(*args), where)
        except Wrong as wrong:
            if wrong.kind not in ("property", "exception") or not 0 < least < 1e-7:
                raise
            raise Wrong(
                f"{wrong.message} The covariance of the states has the squares of these singular values, {least**2:.1g}: too small for floats. Can you do without it?",
                wrong.kind,
            ) from wrong


def _test_illusion(ask: Ask, rng: np.random.Generator) -> None:
    for args in COUNTS:
        where = f"for {args[0]} steps, {args[1]} units and {args[2]} lags"
        expect_call(ask, SLIPS, "illusion", args, illusion(*args), where)


def _cases(rng: np.random.Generator) -> list[Call]:
    drawn = (*_series(rng), *_strange(rng))
    calls = [Call("capacity", *args) for args in drawn]
    calls += [Call("exact", *args) for args in (*_ordinary(rng), *_hard(rng))]
    return calls + [Call("illusion", *args) for args in COUNTS]


def _slip(name: str, answer: str, wrong: Any, read: str, message: str, short: str = ""):
    return Slip(name, answer, wrong, message, read, short)


SLIPS = (
    _slip(
        "not squared",
        "capacity",
        _not_squared,
        MC,
        "You return correlations. The capacity of a lag is their *square*, the share of the variance that is explained; correlations add up to more than there are units.",
        "The correlation is not squared.",
    ),
    _slip(
        "lag zero",
        "capacity",
        _with_lag_zero,
        MC,
        "You begin with lag 0, the input that has just been read. Remembering begins at lag 1.",
        "The lags begin at 0.",
    ),
    _slip(
        "tested on training steps",
        "capacity",
        _tested_on_training_steps,
        MC,
        "You test on the steps that you train on. Then every lag has a capacity of about units/steps, were the states pure noise: `illusion` counts it.",
        "It is tested on the training steps.",
    ),
    _slip(
        "all steps for both",
        "capacity",
        _all_steps_for_both,
        MC,
        "You train on all steps and test on the same. Then every lag has a capacity of about units/steps, were the states pure noise: `illusion` counts it.",
        "All steps are used for both.",
    ),
    _slip(
        "trained on the test steps",
        "capacity",
        _trained_on_test_steps,
        MC,
        "You train on the steps after `split`, and test on them too.",
        "It is trained on the test steps.",
    ),
    _slip(
        "training and test exchanged",
        "capacity",
        _exchanged,
        MC,
        "You train after `split` and test before it.",
        "Training and test are exchanged.",
    ),
    _slip(
        "into the future",
        "capacity",
        _into_the_future,
        MC,
        "You ask the state for inputs that come *later*. A lag of k asks for the input of step t - k.",
        "The lags go into the future.",
    ),
    _slip(
        "the state before",
        "capacity",
        _state_before,
        MC,
        "Your states are one step early: `h[t]` is the state after step t, whose input is `u[t - 1]`.",
        "States are one step early.",
    ),
    _slip(
        "one minus the squared NRMSE",
        "capacity",
        _determination,
        MC,
        "You return $1 - \\mathrm{NRMSE}^2$. On training steps without penalty that is the squared correlation; on fresh steps it also counts a wrong scale or offset, and can be negative.",
        "That is 1 - NRMSE**2.",
    ),
    _slip(
        "covariance",
        "capacity",
        _covariance,
        MC,
        "You return a squared covariance. Divide by both variances.",
        "It is not divided by the variances.",
    ),
    _slip(
        "no washout",
        "capacity",
        _no_washout,
        MC,
        "You train on the first states too, which depend on the start.",
        "There is no washout.",
    ),
    _slip(
        "washout after the lag",
        "capacity",
        _washout_after_lag,
        MC,
        "You count the washout from the first step that has a target. It's counted from the start: the later of the two decides.",
        "Washout and lag are added.",
    ),
    _slip(
        "one set of steps for all lags",
        "capacity",
        _same_steps_for_all,
        MC,
        "You train every lag on the steps that the longest lag has. Short lags have more, where the washout is short.",
        "Short lags lack some training steps.",
    ),
    _slip(
        "split after the washout",
        "capacity",
        _split_after_washout,
        MC,
        "You count `split` from the end of the washout. It is a step like any other.",
        "The split is moved by the washout.",
    ),
    _slip(
        "running sum",
        "capacity",
        _summed,
        MC,
        "You return running sums. One number a lag was asked for.",
        "These are running sums.",
    ),
    _slip(
        "the total",
        "capacity",
        _total,
        MC,
        "You return the sum over all lags. One number a lag was asked for.",
    ),
    _slip(
        "inputs before the first",
        "capacity",
        _wrapped,
        MC,
        "For a lag longer than the washout your first targets come from the *end* of the input (a negative index, or `np.roll`). Steps with t ≤ k have no target: leave them out.",
        "Targets wrap around.",
    ),
    _slip(
        "no bias",
        "capacity",
        _no_bias,
        MC,
        "Your read-out has no bias. States and inputs have means that are not 0.",
        "The read-out has no bias.",
    ),
    _slip(
        "not a number",
        "capacity",
        _still_is_nan,
        MC,
        "Where predictions do not vary your correlation is 0/0. Such a state remembers nothing: the capacity is 0.",
        "0/0 is not 0.",
    ),
    _slip(
        "exact with lag zero",
        "exact",
        _exact_with_lag_zero,
        EXACT,
        "Your first number is that of lag 0. The lags begin at 1.",
        "The lags begin at 0.",
    ),
    _slip(
        "not divided by the covariance",
        "exact",
        _not_normalised,
        EXACT,
        "You return how large the response is after k steps. What counts is how well it can be told from the responses of all other lags.",
        "That is the size of the response.",
    ),
    _slip(
        "share of the energy",
        "exact",
        _share_of_energy,
        EXACT,
        "You divide by the energy of all responses: your capacities sum to less than 1, whatever the number of units. Responses in different directions don't disturb each other.",
        "That is a share of the energy.",
    ),
    _slip(
        "states as columns",
        "exact",
        _states_as_columns,
        EXACT,
        "You use the transpose of W. A state is a row: $w W^k$.",
        "W is transposed.",
    ),
    _slip(
        "as many rows as lags",
        "exact",
        _as_many_rows_as_lags,
        EXACT,
        "You look at the lags that are asked for and no further. The state holds what is older too, and that is noise for all the rest.",
        "Older inputs are left out.",
    ),
    _slip(
        "without the present input",
        "exact",
        _past_alone,
        EXACT,
        "You leave out the present input. It is not asked for, and it is in the state, where it disturbs the rest.",
        "The present input is left out.",
    ),
    _slip(
        "units taken one by one",
        "exact",
        _diagonal_alone,
        EXACT,
        "You treat the units as if they were uncorrelated. They hear the same input.",
        "Units are taken to be uncorrelated.",
    ),
    _slip(
        "by the covariance",
        "exact",
        _by_the_covariance,
        DIGITS,
        "Your formula is right on paper: the covariance $\\Sigma$ is $R^\\top R$, and its condition number is the square of that of R. Where units are many or deaf, that is more than floats can hold. What has R itself, taken apart by singular values, to do with $R \\Sigma^{-1} R^\\top$?",
        "That goes by the covariance.",
    ),
    _slip(
        "by its pseudo-inverse",
        "exact",
        _by_its_pseudo_inverse,
        DIGITS,
        "A pseudo-inverse helps where the covariance is singular, and cuts away directions that are small and there: their squares fall below its threshold. Take R apart, not $R^\\top R$.",
        "Small directions are cut away.",
    ),
    _slip(
        "rank not looked at",
        "exact",
        _rank_not_looked_at,
        DIGITS,
        "A QR decomposition is a good idea. It gives as many directions as there are units, also where the responses span fewer: those that are made up remember nothing.",
        "The rank is not looked at.",
    ),
    _slip(
        "steps",
        "illusion",
        _steps_not_one_less,
        MC,
        "You divide by the number of steps. The bias takes the mean away: of a target with N entries N - 1 directions are left.",
        "One direction is gone with the mean.",
    ),
    _slip(
        "more than everything",
        "illusion",
        _not_capped,
        MC,
        "Your illusion exceeds 1 a lag. With as many units as directions everything is fitted, and more than everything cannot be.",
        "That is more than everything.",
    ),
    _slip(
        "one lag",
        "illusion",
        _one_lag,
        MC,
        "That is one lag. The sum over all is asked for.",
        "That is one lag.",
    ),
    _slip(
        "at most the units",
        "illusion",
        _capped_by_units,
        MC,
        "You cut at the number of units. That is a bound for what is remembered, on fresh data; an illusion on training steps knows no such bound.",
        "It is cut at the number of units.",
    ),
    _slip(
        "bias counted as a unit",
        "illusion",
        _bias_counted,
        MC,
        "You count the bias as one more unit. It explains nothing of the *variance*.",
        "The bias is counted.",
    ),
    _slip(
        "correlation for its square",
        "illusion",
        _root_of_share,
        MC,
        "You return a correlation; its square is in proportion to the number of units.",
        "A root was taken.",
    ),
    _slip(
        "another ratio",
        "illusion",
        _adjusted,
        MC,
        "You divide by the directions that are *left over*. The share of a random direction that falls into a subspace is the share of the dimensions.",
        "It is divided by what is left over.",
    ),
    _slip(
        "no illusion",
        "illusion",
        _no_illusion,
        MC,
        "On the steps that it was trained on, a read-out of pure noise has something to show.",
    ),
)

QUESTION = Question(
    id="10.5",
    title="how much is remembered",
    answers=("capacity", "exact", "illusion"),
    reference={"capacity": capacity, "exact": exact, "illusion": illusion},
    properties=(
        Property("capacity is measured on steps of its own", 1, _test_capacity, MC),
        Property(
            "capacity is right for lags longer than the washout, for inputs of any size and states that stand still",
            1,
            _test_strange,
            MC,
        ),
        Property("exact is right for linear reservoirs", 1, _test_exact, EXACT),
        Property(
            "exact keeps its digits where responses are nearly, or wholly, dependent",
            1,
            _test_hard,
            DIGITS,
        ),
        Property(
            "illusion is what pure noise seems to remember", 1, _test_illusion, MC
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
