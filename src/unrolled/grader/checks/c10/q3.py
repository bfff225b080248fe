"""Question 10.3: leaky units, half-lives and another clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c10.common import alike, expect_call
from unrolled.grader.checks.judging import Array
from unrolled.grader.checks.slips import Slip, array, misconceptions
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

TAU = "§10.3, eq-leaky-tau"
WARP = "§10.3, eq-leaky-warp"
STEP = "§10.3, def-leaky and eq-leaky-warp"


def half_lives(alpha):
    with np.errstate(divide="ignore"):
        return np.log(2) / -np.log1p(-alpha)


def resampled(alpha, ratio):
    with np.errstate(divide="ignore"):
        return -np.expm1(ratio * np.log1p(-alpha))


def leaky_run(x, times, h0, w, half):
    """Each unit by itself and each step by the share that is left of a half-life."""
    states, t = [h0], 0.0
    for x_t, now in zip(x, times, strict=True):
        gone = -np.expm1(-np.log(2) * (now - t) / half)
        z = np.tanh(x_t @ w["W_xh"] + states[-1] @ w["W_hh"] + w["b_h"])
        states.append(states[-1] + gone * (z - states[-1]))
        t = now
    return np.array(states)


# --- wrong half-lives -----------------------------------------------------------------


def _share_exchanged(alpha):
    return np.log(0.5) / np.log(alpha)


def _time_constant(alpha):
    return -1 / np.log1p(-alpha)


def _one_over(alpha):
    return 1 / alpha


def _slow_limit(alpha):
    return np.log(2) / alpha


def _whole_steps(alpha):
    return np.ceil(half_lives(alpha))


def _direct(alpha):
    """The formula as it is printed: 1 - alpha rounds for a tiny alpha."""
    return np.log(0.5) / np.log(1 - alpha)


def _negative(alpha):
    return np.log(2) / np.log1p(-alpha)


def _in_base_two(alpha):
    """The logarithm of the share, with the quotient upside down."""
    return -np.log1p(-alpha) / np.log(2)


def _slowest_for_all(alpha):
    return np.full(len(alpha), np.max(half_lives(alpha)))


# --- wrong conversions ----------------------------------------------------------------


def _proportional(alpha, ratio):
    return alpha * ratio


def _divided(alpha, ratio):
    return alpha / ratio


def _power_of_alpha(alpha, ratio):
    return alpha**ratio


def _share_returned(alpha, ratio):
    return (1 - alpha) ** ratio


def _inverse_ratio(alpha, ratio):
    return resampled(alpha, 1 / ratio)


def _power_of_rest(alpha, ratio):
    """1 - alpha**ratio"""
    return 1 - alpha**ratio


def _proportional_cut(alpha, ratio):
    return np.minimum(1.0, alpha * ratio)


def _proportional_rate(alpha, ratio):
    """alpha as 1 - e**(-alpha), and so on."""
    return -np.expm1(-alpha * ratio)


# --- wrong runs -----------------------------------------------------------------------


def _other_run(share=None, first=0.0, candidate=None, order=None):
    """A run with another share, first moment, candidate or use of the times."""

    def run(x, times, h0, w, half):
        h, states, before = h0, [h0], first
        for i, x_t in enumerate(x):
            d = times[i] - (times[0] if before is None else before)
            before = times[i]
            if order is not None:
                d = order(times, i)
            gone = (share or _gone)(d, half)
            z = (candidate or _candidate)(x_t, h, w)
            h = h + gone * (z - h)
            states.append(h)
        return np.array(states)

    return run


def _gone(d, half):
    return -np.expm1(-np.log(2) * d / half)


def _candidate(x_t, h, w):
    return np.tanh(x_t @ w["W_xh"] + h @ w["W_hh"] + w["b_h"])


def _run_exchanged(x, times, h0, w, half):
    return _other_run(lambda d, half: 0.5 ** (d / half))(x, times, h0, w, half)


def _run_euler(x, times, h0, w, half):
    return _other_run(lambda d, half: np.log(2) * d / half)(x, times, h0, w, half)


def _run_half_over_time(x, times, h0, w, half):
    return _other_run(lambda d, half: d / half)(x, times, h0, w, half)


def _run_time_constant(x, times, h0, w, half):
    return _other_run(lambda d, half: -np.expm1(-d / half))(x, times, h0, w, half)


def _run_equal_steps(x, times, h0, w, half):
    return _other_run(order=lambda times, i: 1.0)(x, times, h0, w, half)


def _run_mean_step(x, times, h0, w, half):
    return _other_run(order=lambda t, i: t[-1] / len(t))(x, times, h0, w, half)


def _run_absolute(x, times, h0, w, half):
    return _other_run(order=lambda times, i: times[i])(x, times, h0, w, half)


def _run_first_gap_lost(x, times, h0, w, half):
    return _other_run(first=None)(x, times, h0, w, half)


def _run_next_gap(x, times, h0, w, half):
    """The time until the next input in place of that since the last."""

    def gap(times, i):
        return times[min(i + 1, len(times) - 1)] - times[i]

    return _other_run(order=gap)(x, times, h0, w, half)


def _run_mean_half_life(x, times, h0, w, half):
    return leaky_run(x, times, h0, w, np.full(len(half), np.mean(half)))


def _run_leak_inside(x, times, h0, w, half):
    h, states, t = h0, [h0], 0.0
    for x_t, now in zip(x, times, strict=True):
        gone = _gone(now - t, half)
        a = x_t @ w["W_xh"] + h @ w["W_hh"] + w["b_h"]
        h, t = np.tanh((1 - gone) * h + gone * a), now
        states.append(h)
    return np.array(states)


def _run_added(x, times, h0, w, half):
    """The candidate is added whole."""
    h, states, t = h0, [h0], 0.0
    for x_t, now in zip(x, times, strict=True):
        gone = _gone(now - t, half)
        h, t = (1 - gone) * h + _candidate(x_t, h, w), now
        states.append(h)
    return np.array(states)


def _run_no_recurrence(x, times, h0, w, half):
    def alone(x_t, h, w):
        return np.tanh(x_t @ w["W_xh"] + w["b_h"])

    return _other_run(candidate=alone)(x, times, h0, w, half)


def _run_fading_first(x, times, h0, w, half):
    """The candidate reads the state after it has faded."""
    h, states, t = h0, [h0], 0.0
    for x_t, now in zip(x, times, strict=True):
        gone = _gone(now - t, half)
        kept = (1 - gone) * h
        h, t = kept + gone * _candidate(x_t, kept, w), now
        states.append(h)
    return np.array(states)


def _run_without_start(x, times, h0, w, half):
    return leaky_run(x, times, h0, w, half)[1:]


# --- numbers --------------------------------------------------------------------------


def _leaks(rng: np.random.Generator) -> list[Array]:
    return [rng.uniform(0.02, 0.98, n) for n in (4, 1, 7)]


def _changes(rng: np.random.Generator) -> list[tuple[Array, float]]:
    return [(rng.uniform(0.05, 0.95, 5), r) for r in (0.5, 2.0, 0.1, 7.0, 1.6)]


TINY = np.array([9e-4, 8e-7, 7e-9, 6e-12, 1e-15, 1.0, 0.0, 3e-18, 0.5, 1 - 1e-12])


def _recording(
    rng: np.random.Generator, gaps: Any, half: Any, D: int = 2
) -> tuple[Any, ...]:
    H, T = len(half), len(gaps)
    w = {
        "W_xh": rng.standard_normal((D, H)),
        "W_hh": rng.standard_normal((H, H)),
        "b_h": rng.standard_normal(H),
    }
    x, h0 = rng.standard_normal((T, D)), rng.uniform(-0.9, 0.9, H)
    return x, np.cumsum(gaps), h0, w, np.asarray(half, dtype=float)


def _recordings(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    first = _recording(rng, rng.uniform(0.3, 1.8, 6), rng.uniform(0.5, 4, 3))
    other = _recording(rng, rng.uniform(0.05, 0.6, 9), rng.uniform(0.1, 2, 4), 1)
    return [first, other]


def _strange(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    """Inputs at one moment, half-lives without end or of no length, long silences."""
    still = _recording(rng, [0.0, 1.3, 0.0, 0.0, 0.7], [1.0, 2.5, 0.2])
    mixed = _recording(rng, [0.5, 2.0, 0.1, 1e-3, 4e9], [np.inf, 1e-9, 3.0, 1e4])
    single = _recording(rng, [2.5], [0.8, 5.0])
    return [still, mixed, single]


def _test_half_lives(ask: Ask, rng: np.random.Generator) -> None:
    for alpha in _leaks(rng):
        where = f"for {len(alpha)} units"
        expect_call(
            ask, SLIPS, "half_lives", (alpha,), half_lives(alpha), where, each=True
        )


def _test_resampled(ask: Ask, rng: np.random.Generator) -> None:
    for alpha, ratio in _changes(rng):
        want, where = resampled(alpha, ratio), f"for ratio {ratio:g}"
        expect_call(ask, SLIPS, "resampled", (alpha, ratio), want, where, each=True)


def _shown(alpha: Array) -> str:
    return ", ".join(f"{a:.13g}" for a in alpha)


def _usual(ask: Ask) -> bool:
    """Whether `resampled` is right for usual shares."""
    alpha = np.array([0.3, 0.6])
    got = array(ask("resampled", alpha, 0.5).value, (2,), "the result")
    return alike(got, resampled(alpha, 0.5), each=True)


def _test_extremes(ask: Ask, rng: np.random.Generator) -> None:
    alpha = rng.permutation(TINY)
    where = f"for alpha = {_shown(alpha)}"
    expect_call(ask, SLIPS, "half_lives", (alpha,), half_lives(alpha), where, each=True)
    for ratio in (0.5, 3.0, 1e-3, 300.0, 1e6, 1e11):  # small times large: neither
        want = resampled(alpha, ratio)
        where = f"for ratio {ratio:g} and alpha = {_shown(alpha)}"
        try:
            expect_call(ask, SLIPS, "resampled", (alpha, ratio), want, where, each=True)
        except Wrong as wrong:
            if wrong.kind != "property" or not _usual(ask):
                raise
            raise Wrong(
                f"{wrong.message} If your formula is right for other shares: near 1 the share that stays is rounded. `np.log1p` and `np.expm1` know it to all digits."
            ) from wrong


def _expect_runs(ask: Ask, drawn: list[tuple[Any, ...]]) -> None:
    for args in drawn:
        where = f"for inputs at {np.round(args[1], 3).tolist()} and half-lives {np.round(args[4], 3).tolist()}"
        expect_call(ask, SLIPS, "leaky_run", args, leaky_run(*args), where)


def _test_runs(ask: Ask, rng: np.random.Generator) -> None:
    _expect_runs(ask, _recordings(rng))


def _test_strange(ask: Ask, rng: np.random.Generator) -> None:
    _expect_runs(ask, _strange(rng))


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [Call("half_lives", a) for a in (*_leaks(rng), rng.permutation(TINY))]
    calls += [Call("resampled", *a) for a in _changes(rng)]
    return calls + [
        Call("leaky_run", *a) for a in (*_recordings(rng), _strange(rng)[0])
    ]


SLIPS = (
    Slip(
        "1 - alpha for alpha",
        "half_lives",
        _share_exchanged,
        "You exchange $\\alpha$ and $1 - \\alpha$. alpha is the share that is *renewed* at a step; what stays is $1 - \\alpha$ (in Goodfellow's book it's the other way round).",
        TAU,
        "alpha and 1 - alpha are exchanged.",
    ),
    Slip(
        "time constant",
        "half_lives",
        _time_constant,
        "You return the time after which the share 1/e is left. Asked for is the time after which one half is left.",
        TAU,
        "That is the time constant.",
    ),
    Slip(
        "one over alpha",
        "half_lives",
        _one_over,
        "You return $1/\\alpha$, the time constant of a very slow unit. Write down what is left after t steps and set it to one half.",
        TAU,
        "That is 1/alpha.",
    ),
    Slip(
        "slow units alone",
        "half_lives",
        _slow_limit,
        "Your formula, $\\ln 2 / \\alpha$, holds in the limit of small alpha. For a unit with $\\alpha = 1/2$ half is left after one step.",
        TAU,
        "That holds for small alpha.",
    ),
    Slip(
        "whole steps",
        "half_lives",
        _whole_steps,
        "You round up to whole steps. A half-life is any number: it is a property of the decay, whether or not there is a step at that moment.",
        TAU,
        "It is rounded up.",
    ),
    Slip(
        "1 - alpha rounded",
        "half_lives",
        _direct,
        "Your formula is right, and for a tiny alpha the computer rounds $1 - \\alpha$ before the logarithm is taken: 1 - 1e-15 keeps one digit of it, 1 - 3e-18 none. `np.log1p(-alpha)` is the logarithm of $1 - \\alpha$ without this loss.",
        TAU,
        "1 - alpha has been rounded.",
    ),
    Slip(
        "negative",
        "half_lives",
        _negative,
        "Your half-lives are negative: the logarithm of a share is.",
        TAU,
        "The sign is wrong.",
    ),
    Slip(
        "upside down",
        "half_lives",
        _in_base_two,
        "Your quotient is upside down: that is how many half-lives pass in one step.",
        TAU,
        "This is upside down.",
    ),
    Slip(
        "one for all",
        "half_lives",
        _slowest_for_all,
        "You give all units the half-life of the slowest. Every unit has its own.",
        TAU,
        "That is the slowest unit's.",
    ),
    Slip(
        "in proportion",
        "resampled",
        _proportional,
        "You scale alpha with the length of the step: half the step, half of alpha. Two steps with alpha/2 leave $(1 - \\alpha/2)^2$, which is more than $1 - \\alpha$. It is the *logarithm* of what is left that is in proportion to time.",
        WARP,
        "alpha is scaled like the step.",
    ),
    Slip(
        "in proportion, cut at one",
        "resampled",
        _proportional_cut,
        "You scale alpha with the length of the step and cut it at 1. That one has to cut shows that something is wrong: it is the *logarithm* of what is left that is in proportion to time.",
        WARP,
        "alpha is scaled like the step and cut.",
    ),
    Slip(
        "divided",
        "resampled",
        _divided,
        "You divide alpha by the ratio: shorter steps would change more.",
        WARP,
        "alpha is divided by the ratio.",
    ),
    Slip(
        "power of alpha",
        "resampled",
        _power_of_alpha,
        "You raise alpha to the power. It is the share that *stays* which is multiplied from step to step.",
        WARP,
        "That is a power of alpha.",
    ),
    Slip(
        "the share that stays",
        "resampled",
        _share_returned,
        "You return what stays over the new step. alpha is what is renewed.",
        WARP,
        "That is the share that stays.",
    ),
    Slip(
        "the other way round",
        "resampled",
        _inverse_ratio,
        "You convert the other way round: `ratio` is the length of the new step in units of the old one, so a ratio of 1/2 makes alpha smaller.",
        WARP,
        "The ratio is upside down.",
    ),
    Slip(
        "one minus a power of alpha",
        "resampled",
        _power_of_rest,
        "You take alpha for the share that stays: it is the share that is renewed.",
        WARP,
        "alpha is taken for the share that stays.",
    ),
    Slip(
        "alpha as a rate",
        "resampled",
        _proportional_rate,
        "You use alpha as a rate in continuous time, $1 - e^{-\\alpha r}$. With a ratio of 1 that does not give alpha back: which rate leaves $1 - \\alpha$ after one step?",
        WARP,
        "alpha is taken for a rate.",
    ),
    Slip(
        "what stays is renewed",
        "leaky_run",
        _run_exchanged,
        "You renew the share that should stay: after a gap of one half-life both are one half, after a short one nearly all of the state should stay.",
        STEP,
        "What stays and what is renewed are exchanged.",
    ),
    Slip(
        "Euler",
        "leaky_run",
        _run_euler,
        "Your share grows in proportion to the gap, which is the first term of the right one (Euler's step). For a gap longer than the half-life it overshoots.",
        STEP,
        "The share grows in proportion to the gap.",
    ),
    Slip(
        "gap over half-life",
        "leaky_run",
        _run_half_over_time,
        "You renew the share gap/half-life. After one half-life that is everything, and should be one half.",
        STEP,
        "The share is gap/half-life.",
    ),
    Slip(
        "half-life as time constant",
        "leaky_run",
        _run_time_constant,
        "You use the half-life as a time constant: after one half-life your units keep 1/e, not one half.",
        STEP,
        "After a half-life 1/e is left.",
    ),
    Slip(
        "equal steps",
        "leaky_run",
        _run_equal_steps,
        "You treat all gaps as one unit of time. The moments are given.",
        STEP,
        "All gaps are 1.",
    ),
    Slip(
        "mean gap",
        "leaky_run",
        _run_mean_step,
        "You use the mean gap everywhere. After a long silence more has faded than after a short one.",
        STEP,
        "All gaps are the mean gap.",
    ),
    Slip(
        "time since the start",
        "leaky_run",
        _run_absolute,
        "You use the time since the start at every step. What has faded before has been counted: only the time since the last input is new.",
        STEP,
        "The gaps are counted from the start.",
    ),
    Slip(
        "first gap lost",
        "leaky_run",
        _run_first_gap_lost,
        "You begin at the first input. The start $h^{(0)}$ is at time 0, and by the first input some of it has faded.",
        STEP,
        "The first gap is missing.",
    ),
    Slip(
        "next gap",
        "leaky_run",
        _run_next_gap,
        "You use the gap *after* an input for its step. The state at the moment of an input has lived through the gap before it.",
        STEP,
        "Gaps are one step late.",
    ),
    Slip(
        "mean half-life",
        "leaky_run",
        _run_mean_half_life,
        "You give all units the mean half-life. Different ones are what a leaky layer is for.",
        STEP,
        "All units have the mean half-life.",
    ),
    Slip(
        "leak inside tanh",
        "leaky_run",
        _run_leak_inside,
        "You mix inside tanh. The state is a mixture of the old state and of tanh: what is kept doesn't pass through tanh again.",
        STEP,
        "The mixture is inside tanh.",
    ),
    Slip(
        "candidate added whole",
        "leaky_run",
        _run_added,
        "You let the old state fade and add all of tanh. Both shares have to sum to 1.",
        STEP,
        "The candidate is added whole.",
    ),
    Slip(
        "no recurrence",
        "leaky_run",
        _run_no_recurrence,
        "The old state is missing inside tanh.",
        STEP,
        "The state is missing inside tanh.",
    ),
    Slip(
        "faded before it's read",
        "leaky_run",
        _run_fading_first,
        "Inside tanh you use the state after it has faded. The definition has $h^{(t-1)}$ there.",
        STEP,
        "The state has faded before it is read.",
    ),
    Slip(
        "start left out",
        "leaky_run",
        _run_without_start,
        "The first row of the result is the start $h^{(0)}$: T inputs give T + 1 rows.",
        STEP,
    ),
)

QUESTION = Question(
    id="10.3",
    title="another clock",
    answers=("half_lives", "resampled", "leaky_run"),
    reference={
        "half_lives": half_lives,
        "resampled": resampled,
        "leaky_run": leaky_run,
    },
    properties=(
        Property("half_lives is right for every unit", 1, _test_half_lives, TAU),
        Property("resampled converts alpha to another step", 1, _test_resampled, WARP),
        Property(
            "both are right for alpha 0 and 1, and to all digits for tiny ones",
            1,
            _test_extremes,
            TAU,
        ),
        Property(
            "leaky_run is right for inputs at any moments and units of many half-lives",
            1,
            _test_runs,
            STEP,
        ),
        Property(
            "leaky_run is right for inputs at one moment, for long silences and for half-lives without end",
            1,
            _test_strange,
            STEP,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
