"""Question 6.2: three schedules with one half-time."""

from __future__ import annotations

import numpy as np

from unrolled.grader.checks.judging import (
    Array,
    as_array,
    expect_number,
    expect_untouched,
)
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong

TRUTH, ALL, OWN = "truth_probability", "wholly_true", "own_symbols"
LINEAR, EXPONENTIAL, SIGMOID = KINDS = ("linear", "exponential", "sigmoid")


def truth_probability(kind: str, i: Array, half: float, floor: float) -> Array:
    if kind == "linear":
        p = 1 - i / (2 * half)
    elif kind == "exponential":
        p = 0.5 ** (i / half)
    else:
        k = _k_of(half)
        p = k / (k + np.exp(np.minimum(i / k, 700.0)))
    return np.maximum(p, floor)


def _k_of(half):
    """The k > 1 with k ln k = half, by bisection."""
    low, high = 1.0, half + 2.0
    for _ in range(200):
        k = (low + high) / 2
        if k * np.log(k) < half:
            low = k
        else:
            high = k
    return k


def wholly_true(p: Array, T: int) -> Array:
    return p ** (T - 1)


def own_symbols(p: Array, T: int) -> float:
    return (T - 1) * np.sum(1 - p)


def _sigmoid_with(k, i):
    return k / (k + np.exp(np.minimum(i / k, 700.0)))


def _of_the_model(kind, i, half, floor):
    return 1 - truth_probability(kind, i, half, floor)


def _of_the_model_before_the_floor(kind, i, half, floor):
    return np.maximum(1 - truth_probability(kind, i, half, 0.0), floor)


def _no_floor(kind, i, half, floor):
    if kind == "linear":
        return 1 - i / (2 * half)
    return truth_probability(kind, i, half, 0.0)


def _zero_for_floor(kind, i, half, floor):
    return truth_probability(kind, i, half, 0.0)


def _floor_for_linear_alone(kind, i, half, floor):
    return truth_probability(kind, i, half, floor if kind == "linear" else 0.0)


def _floor_for_a_ceiling(kind, i, half, floor):
    return np.minimum(_no_floor(kind, i, half, floor), floor)


def _scaled_to_floor(kind, i, half, floor):
    return floor + (1 - floor) * truth_probability(kind, i, half, 0.0)


def _scaled_to_floor_and_below(kind, i, half, floor):
    """As above, and the line goes on below the floor."""
    return floor + (1 - floor) * _no_floor(kind, i, half, floor)


def _floor_added(kind, i, half, floor):
    return floor + truth_probability(kind, i, half, 0.0)


def _zero_below_floor(kind, i, half, floor):
    p = truth_probability(kind, i, half, 0.0)
    return np.where(p < floor, 0.0, p)


def _one_update_late(kind, i, half, floor):
    return truth_probability(kind, np.maximum(i - 1, 0), half, floor)


def _one_update_early(kind, i, half, floor):
    return truth_probability(kind, i + 1, half, floor)


def _zero_at_half(kind, i, half, floor):
    if kind == "linear":
        return np.maximum(1 - i / half, floor)
    return truth_probability(kind, i, half, floor)


def _half_way_to_floor(kind, i, half, floor):
    if kind == "linear":
        return np.maximum(1 - (1 - floor) * i / (2 * half), floor)
    return truth_probability(kind, i, half, floor)


def _floor_at_half(kind, i, half, floor):
    if kind == "linear":
        return np.maximum(1 - (1 - floor) * i / half, floor)
    return truth_probability(kind, i, half, floor)


def _halved_each_update(kind, i, half, floor):
    if kind == "exponential":
        return np.maximum(0.5**i, floor)
    return truth_probability(kind, i, half, floor)


def _one_over_e(kind, i, half, floor):
    if kind == "exponential":
        return np.maximum(np.exp(-i / half), floor)
    return truth_probability(kind, i, half, floor)


def _exponential_of_the_wrong_root(kind, i, half, floor):
    if kind == "exponential":
        return np.maximum((1 - 1 / (2 * half)) ** i, floor)
    return truth_probability(kind, i, half, floor)


def _places_counted(kind, i, half, floor):
    """One factor for each entry of the array, whatever number stands there."""
    if kind == "exponential":
        return np.maximum(0.5 ** (np.arange(len(i)) / half), floor)
    return truth_probability(kind, i, half, floor)


def _half_for_k(kind, i, half, floor):
    if kind == "sigmoid":
        return np.maximum(_sigmoid_with(half, i), floor)
    return truth_probability(kind, i, half, floor)


def _one_iteration_for_k(kind, i, half, floor):
    if kind == "sigmoid":
        return np.maximum(_sigmoid_with(half / np.log(half), i), floor)
    return truth_probability(kind, i, half, floor)


def _two_iterations_for_k(kind, i, half, floor):
    if kind == "sigmoid":
        k = half / np.log(half / np.log(half))
        return np.maximum(_sigmoid_with(k, i), floor)
    return truth_probability(kind, i, half, floor)


def _whole_k(kind, i, half, floor):
    if kind == "sigmoid":
        return np.maximum(_sigmoid_with(np.round(_k_of(half)), i), floor)
    return truth_probability(kind, i, half, floor)


def _logistic(kind, i, half, floor):
    if kind == "sigmoid":
        p = 1 / (1 + np.exp(np.minimum((i - half) / half, 700.0)))
        return np.maximum(p, floor)
    return truth_probability(kind, i, half, floor)


def _sigmoid_turned(kind, i, half, floor):
    if kind == "sigmoid":
        return np.maximum(1 - truth_probability(kind, i, half, 0.0), floor)
    return truth_probability(kind, i, half, floor)


def _one_at_zero(kind, i, half, floor):
    """The sigmoid divided by its first value."""
    if kind == "sigmoid":
        p = truth_probability(kind, i, half, 0.0)
        return np.maximum(p / truth_probability(kind, np.zeros(1), half, 0.0), floor)
    return truth_probability(kind, i, half, floor)


def _k_times_t(kind, i, half, floor):
    if kind == "sigmoid":
        k = _k_of(half)
        return np.maximum(k / (k + np.exp(np.minimum(i * k, 700.0))), floor)
    return truth_probability(kind, i, half, floor)


def _k_in_front_forgotten(kind, i, half, floor):
    if kind == "sigmoid":
        p = 1 / (1 + np.exp(np.minimum(i / _k_of(half), 700.0)))
        return np.maximum(p, floor)
    return truth_probability(kind, i, half, floor)


def _log2(kind, i, half, floor):
    if kind == "sigmoid":
        return np.maximum(_sigmoid_with(_k_of(half * np.log(2)), i), floor)
    return truth_probability(kind, i, half, floor)


def _wrong_side(kind, i, half, floor):
    """A search that always goes up: it ends at half + 2."""
    if kind == "sigmoid":
        return np.maximum(_sigmoid_with(half + 2.0, i), floor)
    return truth_probability(kind, i, half, floor)


def _log10(kind, i, half, floor):
    if kind == "sigmoid":
        k = 1.0
        for _ in range(200):  # k log10(k) = half
            k = (k + half * np.log(10)) / (1 + np.log(k))
        return np.maximum(_sigmoid_with(k, i), floor)
    return truth_probability(kind, i, half, floor)


def _math_exp(kind, i, half, floor):
    import math

    if kind == "sigmoid":
        k = _k_of(half)
        p = np.array([k / (k + math.exp(value / k)) for value in i])
        return np.maximum(p, floor)
    return truth_probability(kind, i, half, floor)


def _infinity_over_infinity(kind, i, half, floor):
    if kind == "sigmoid":
        k = _k_of(half)
        w = np.exp(i / k)
        return np.maximum(1 - w / (k + w), floor)
    return truth_probability(kind, i, half, floor)


def _k_of_math(kind, i, half, floor):
    """k raised instead of solved: k = e^(half), which no float can hold."""
    if kind == "sigmoid":
        k = np.exp(half)
        return np.maximum(k / (k + np.exp(i)), floor)
    return truth_probability(kind, i, half, floor)


def _begin_has_a_coin(p, T):
    return p**T


def _one_coin_a_sequence(p, T):
    return p * np.ones(len(p))


def _one_step(p, T):
    return p / (T - 1)


def _sum_of_chances(p, T):
    return (T - 1) * p


def _complement_of_one(p, T):
    return 1 - (1 - p) ** (T - 1)


def _model_all_the_way(p, T):
    return (1 - p) ** (T - 1)


def _all_in_one(p, T):
    return np.prod(p ** (T - 1))


def _begin_counted(p, T):
    return T * np.sum(1 - p)


def _true_ones(p, T):
    return (T - 1) * np.sum(p)


def _mean_of_one_update(p, T):
    return (T - 1) * np.mean(1 - p)


def _updates_alone(p, T):
    return np.sum(1 - p)


def _share(p, T):
    return np.mean(1 - p)


def _first_update_left_out(p, T):
    return (T - 1) * np.sum(1 - p[1:])


def _sequences_with_one(p, T):
    return np.sum(1 - p ** (T - 1))


KIND_HINTS = {
    LINEAR: (
        (_zero_at_half, "That is 0 at i = half, not 1/2."),
        (_half_way_to_floor, "That is half way to the floor at i = half."),
    ),
    EXPONENTIAL: (
        (_one_over_e, "That is 1/e at i = half, not 1/2."),
        (_halved_each_update, "That is halved at every update."),
    ),
    SIGMOID: (
        (_half_for_k, "Is your k the half-time itself? k ln k = half."),
        (_one_iteration_for_k, "k = half/ln(half) is a first guess, no solution."),
        (_whole_k, "Is your k rounded? It need not be a whole number."),
        (_sigmoid_turned, "That is the probability of the model's own symbol."),
    ),
}
GENERAL_HINTS = (
    (_of_the_model, "That is the probability of the model's own symbol."),
    (_one_update_late, "That is the value of the update before."),
    (_one_update_early, "That is the value of the update after."),
)


def _about_k(got, kind, i, half, floor):
    """What is wrong with the k of an inverse sigmoid, if the result is one."""
    first = got[i == 0]
    if kind != SIGMOID or not first.size or not 0.5 <= first[0] < 1:
        return ""
    k = float(first[0] / (1 - first[0]))
    if not np.allclose(got, np.maximum(_sigmoid_with(k, i), floor), atol=1e-5):
        return ""
    told = (
        f" Your k is {k:.5g}, and k ln k is {k * np.log(k):.5g} there, not {half:.5g}."
    )
    if half < np.e:
        return f"{told} Where half is below e = 2.72, k is larger than half: does your search look there?"
    return f"{told} A search that ends at an end of its interval looked on the wrong side, or the interval is too short."


def _expect_schedule(
    ask: Ask, kind: str, i: Array, half: float, floor: float, where: str
) -> None:
    reply = ask(TRUTH, kind, i, half, floor)
    name = f'{where}, "{kind}", half = {half:.6g}: the result'
    values = np.asarray(reply.value)
    if values.dtype.kind == "f" and values.shape == i.shape and np.isnan(values).any():
        at = int(i[np.argmax(np.isnan(values))])
        if kind == SIGMOID and np.isnan(values[i == 0]).any():
            raise Wrong(
                f"{name} is NaN, at i = 0 too: your search for k has left the numbers above 1, where k ln k = half has its one solution (k = {_k_of(half):.3g} here, {'above' if half < np.e else 'below'} half). Repeating k = half/ln(k) runs away where half is small: ln k is 0 at k = 1 and negative below. Halve an interval that begins at 1."
            )
        raise Wrong(
            f"{name} is NaN at i = {at}. Infinity divided by infinity is NaN; write the quotient so that an exponential can only be too large below the line, or bound what is exponentiated."
        )
    got = as_array(reply.value, i.shape, name)
    want = truth_probability(kind, i, half, floor)
    for n in range(len(i)):
        if abs(got[n] - want[n]) <= 1e-5:
            continue
        told = f"{name} at i = {i[n]} is {got[n]:.4g}, expected {want[n]:.4g}."
        hints = (*KIND_HINTS[kind], *GENERAL_HINTS)
        if kind == SIGMOID and half < np.e:
            hints = ()  # where half is so small, many mistakes look like one
        for function, hint in hints:
            with np.errstate(all="ignore"):
                if np.allclose(got, function(kind, i, half, floor), atol=1e-6):
                    raise Wrong(f"{told} {hint}")
        raise Wrong(told + _about_k(got, kind, i, half, floor))
    expect_untouched(reply, (kind, i, half, floor), "kind i half floor")


def _half_time(rng: np.random.Generator, low: float = 40, high: float = 900) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _updates(rng: np.random.Generator, half: float, n: int = 6) -> Array:
    """Some numbers of updates around the half-time, 0 and 1 among them."""
    i = rng.integers(2, int(1.8 * half) + 3, size=n)
    return np.concatenate([[1], i, [0]])


def _test_two(ask: Ask, rng: np.random.Generator) -> None:
    for kind in (LINEAR, EXPONENTIAL):
        half = _half_time(rng)
        i = _updates(rng, half)
        _expect_schedule(ask, kind, i, half, 0.0, "without a floor")
        half = float(rng.integers(3, 60))
        i = np.array([0, int(half)])
        _expect_schedule(ask, kind, i, half, 0.0, "at 0 and at its half-time")


def _test_sigmoid(ask: Ask, rng: np.random.Generator) -> None:
    for half in (
        _half_time(rng),
        1.0,
        float(rng.uniform(1.5, 4)),
        _half_time(rng, 1e4, 1e5),
    ):
        i = _updates(rng, half)
        _expect_schedule(ask, SIGMOID, i, half, 0.0, "without a floor")


def _test_floor(ask: Ask, rng: np.random.Generator) -> None:
    for kind in KINDS:
        half, floor = _half_time(rng), float(rng.uniform(0.05, 0.3))
        i = np.concatenate([_updates(rng, half), [int(3 * half), int(9 * half)]])
        _expect_schedule(ask, kind, i, half, floor, f"with a floor of {floor:.3g}")
        i = np.array([0, int(100 * half), int(rng.integers(10**6, 10**9))])
        _expect_schedule(ask, kind, i, half, floor, "after very many updates")
        _expect_schedule(ask, kind, i, half, 0.0, "after very many updates, floor = 0")


ALL_HINTS = (
    (_begin_has_a_coin, "The first input is the mark of the beginning: no coin."),
    (_one_coin_a_sequence, "That is one coin for the whole sequence."),
    (_model_all_the_way, "That is the chance that no input is true."),
)


def _test_sequence(ask: Ask, rng: np.random.Generator) -> None:
    for N, T in ((5, 8), (30, 3), (4, 2), (3, 1)):
        p = rng.uniform(0.3, 0.99, size=N)
        if N == 3:
            p[:2] = 0.0, 1.0
        reply = ask(ALL, p, T)
        want = np.array([np.prod([chance] * (T - 1)) for chance in p.tolist()])
        got = as_array(reply.value, want.shape, f"wholly_true for T = {T}: the result")
        if not np.allclose(got, want, atol=1e-6):
            hint = ""
            for function, text in ALL_HINTS:
                if np.allclose(got, function(p, T), atol=1e-6):
                    hint = " " + text
            raise Wrong(
                f"wholly_true for T = {T}: the result differs from the chance that all coins of a sequence say true.{hint}"
            )
        expect_untouched(reply, (p, T), "p T")


COUNT_HINTS = (
    (_begin_counted, "The mark of the beginning is not drawn."),
    (_true_ones, "Those are the true symbols."),
    (_mean_of_one_update, "That is the mean of one update."),
    (_updates_alone, "A sequence has T − 1 inputs with a coin."),
)


def _test_count(ask: Ask, rng: np.random.Generator) -> None:
    for N, T in ((6, 9), (200, 31), (1, 2), (4, 1)):
        p = rng.uniform(0.1, 0.95, size=N)
        want = sum((1 - chance) * (T - 1) for chance in p.tolist())
        reply = ask(OWN, p, T)
        hints = [(float(f(p, T)), text) for f, text in COUNT_HINTS]
        expect_number(reply.value, want, f"own_symbols for N = {N}, T = {T}:", hints)
        expect_untouched(reply, (p, T), "p T")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for kind in KINDS:
        for far in (False, True):
            half, floor = _half_time(rng), float(rng.uniform(0.05, 0.3))
            half = np.floor(half) + 0.37  # so that a rounded k differs
            i = _updates(rng, half)
            i = np.concatenate([i, [int(4 * half), int(5000 * half) if far else 3]])
            calls.append(Call(TRUTH, kind, i, half, floor))
    for N, T in ((5, 7), (6, 4)):
        p = rng.uniform(0.3, 0.95, size=N)
        calls += [Call(ALL, p, T), Call(OWN, p, T)]
    return calls


READ, MID = "§6.7, def-ss-decay", "§6.7, def-ss-decay and eq-ss-mid"
COIN = "§6.7, def-ss"

QUESTION = Question(
    id="06.2",
    title="three schedules with one half-time",
    answers=(TRUTH, ALL, OWN),
    reference={TRUTH: truth_probability, ALL: wholly_true, OWN: own_symbols},
    properties=(
        Property(
            "Without a floor the linear and the exponential schedule start at 1 and are 1/2 at their half-time",
            1,
            _test_two,
            READ,
        ),
        Property(
            "The inverse sigmoid is 1/2 at its half-time, whether that is 1 or 100,000",
            1,
            _test_sigmoid,
            MID,
        ),
        Property(
            "All three end at the floor, also after a thousand million updates",
            1,
            _test_floor,
            READ,
        ),
        Property(
            "wholly_true is the chance that all coins of a sequence fall on the truth",
            1,
            _test_sequence,
            COIN,
        ),
        Property(
            "own_symbols is the expected number of symbols that the network reads of its own",
            1,
            _test_count,
            COIN,
        ),
    ),
    misconceptions=(
        Misconception(
            "probability of the model",
            _of_the_model,
            "Your number is the probability of the network's *own* symbol. p_i is that of the true one: it starts near 1 and falls.",
            READ,
        ),
        Misconception(
            "probability of the model, with the floor",
            _of_the_model_before_the_floor,
            "Your number rises from 0: it is the probability of the network's own symbol, to which you apply the floor. p_i is the probability of the true symbol, and the floor is the least share of true ones.",
            READ,
        ),
        Misconception(
            "no floor",
            _no_floor,
            "Your schedules have no floor, and the linear one becomes negative. max(p, floor) ends all three.",
            READ,
        ),
        Misconception(
            "a floor of 0",
            _zero_for_floor,
            "You stop at 0 and not at `floor`. With a floor some true symbols are read until the end.",
            READ,
        ),
        Misconception(
            "floor for the linear schedule alone",
            _floor_for_linear_alone,
            "Your floor holds for the linear schedule alone. The chapter needs it there, since a straight line becomes negative; the task asks for it in all three.",
            "§6.7, and the task's last row",
        ),
        Misconception(
            "floor taken for a ceiling",
            _floor_for_a_ceiling,
            "min takes the smaller one, so the floor is a ceiling in your function. What must not fall below floor is max(p, floor).",
            READ,
        ),
        Misconception(
            "floor added",
            _floor_added,
            "You add the floor, so that a probability may be above 1. The schedule is cut off at the floor, by max.",
            READ,
        ),
        Misconception(
            "squeezed between 1 and the floor",
            _scaled_to_floor,
            "You squeeze the schedule into the range from 1 to floor. Then it is not 1/2 at i = half. It stays as it is until it reaches the floor: max(p, floor).",
            READ,
        ),
        Misconception(
            "squeezed between 1 and the floor, and below",
            _scaled_to_floor_and_below,
            "You mix the floor in, floor + (1 − floor) p: that is not 1/2 at i = half, and the line goes on below 0. The schedule stays as it is until it reaches the floor: max(p, floor).",
            READ,
        ),
        Misconception(
            "0 below the floor",
            _zero_below_floor,
            "Where the schedule falls below the floor you give 0. It stays at the floor.",
            READ,
        ),
        Misconception(
            "one update late",
            _one_update_late,
            "Your schedule is one update late: i counts the updates that have been made, so the first update, i = 0, has the value of the formula at 0, and the second that at 1.",
            READ,
        ),
        Misconception(
            "one update early",
            _one_update_early,
            "Your schedule is one update early: i counts from 0, so the formula takes i, not i + 1.",
            READ,
        ),
        Misconception(
            "linear: 0 at the half-time",
            _zero_at_half,
            "Your straight line reaches 0 at i = half. It is to be 1/2 there, so it falls by 1/(2 half) an update.",
            READ,
        ),
        Misconception(
            "linear: half way to the floor",
            _half_way_to_floor,
            "Your straight line has gone half of its way to the floor at i = half, and is above 1/2 there. The slope does not depend on the floor.",
            READ,
        ),
        Misconception(
            "linear: at the floor at the half-time",
            _floor_at_half,
            "Your straight line has reached the floor at i = half. It is to be 1/2 there, whatever the floor.",
            READ,
        ),
        Misconception(
            "exponential: halved at each update",
            _halved_each_update,
            "You halve at every update. k is to be such that k^half = 1/2, so k is the half-th root of 1/2, a little below 1.",
            READ,
        ),
        Misconception(
            "exponential: 1/e at the half-time",
            _one_over_e,
            "exp(−i/half) is 1/e = 0.37 at i = half. For 1/2 the exponent needs a factor ln 2; or take the half-th root of 1/2 as k.",
            READ,
        ),
        Misconception(
            "exponential: the line's slope",
            _exponential_of_the_wrong_root,
            "Your k = 1 − 1/(2 half) starts with the slope of the straight line, and a power of it flattens out: at i = half it is about 0.61. Solve k^half = 1/2.",
            READ,
        ),
        Misconception(
            "exponential: places counted",
            _places_counted,
            "You count the entries of i from 0 instead of reading them, as a running product does. They stand in any order and with gaps: the power is i itself.",
            READ,
        ),
        Misconception(
            "sigmoid: k is the half-time",
            _half_for_k,
            "You take the half-time for k. The inverse sigmoid with parameter k is 1/2 where exp(i/k) = k, that is at i = k ln k, which is another number than k. Solve k ln k = half.",
            MID,
        ),
        Misconception(
            "sigmoid: a first guess for k",
            _one_iteration_for_k,
            "k = half/ln(half) would be right if k were half. It solves k ln(half) = half and not k ln k = half; go on, by halving an interval or with Newton's steps.",
            MID,
        ),
        Misconception(
            "sigmoid: a second guess for k",
            _two_iterations_for_k,
            "You put the first guess for k into half/ln(k) once. That comes closer and is not there yet: repeat until it does not move, or halve an interval.",
            MID,
        ),
        Misconception(
            "sigmoid: k rounded",
            _whole_k,
            "Your k is a whole number, so that the half-time is missed a little. k may be any number above 1.",
            MID,
        ),
        Misconception(
            "sigmoid: the wrong side",
            _wrong_side,
            "Your search ends at the upper end of its interval, half + 2, whatever half is: it looks on the wrong side. k ln k grows with k, so a k for which it is above half is too large, and the upper end comes down.",
            MID,
        ),
        Misconception(
            "sigmoid: logarithm to base 2",
            _log2,
            "You solve k log2(k) = half. In k ln k the logarithm is the natural one, because the schedule has e in it.",
            MID,
        ),
        Misconception(
            "sigmoid: logarithm to base 10",
            _log10,
            "You solve k log10(k) = half. In k ln k the logarithm is the natural one, because the schedule has e in it.",
            MID,
        ),
        Misconception(
            "sigmoid: another sigmoid",
            _logistic,
            "Your curve is 1/2 at the right place but has another width: it is 1/(1 + exp((i − half)/half)). In the chapter's schedule place and width both come from k.",
            MID,
        ),
        Misconception(
            "sigmoid: exp(i − half)",
            _k_of_math,
            "k/(k + exp(i)) with k = exp(half) is 1/2 at the half-time, and falls from 1 to 0 within a few updates there. In the chapter's schedule i is divided by k.",
            MID,
        ),
        Misconception(
            "sigmoid: turned round",
            _sigmoid_turned,
            "Your sigmoid rises. With the exponential above the line it is the probability of the network's own symbol; k stands above the line.",
            READ,
        ),
        Misconception(
            "sigmoid: scaled to 1 at the start",
            _one_at_zero,
            "You scale the sigmoid so that it is 1 at i = 0. It starts at k/(k + 1), a little below 1, and only unscaled is it 1/2 at i = k ln k.",
            MID,
        ),
        Misconception(
            "sigmoid: i times k",
            _k_times_t,
            "You multiply i by k, so that everything is over after the first update. It is exp(i/k).",
            READ,
        ),
        Misconception(
            "sigmoid: k in front forgotten",
            _k_in_front_forgotten,
            "Your sigmoid starts at 1/2: 1/(1 + exp(i/k)). In the chapter's, k takes the place of both ones.",
            READ,
        ),
        Misconception(
            "sigmoid: exp overflows",
            _math_exp,
            "After very many updates exp(i/k) is beyond the largest float, and math.exp raises an OverflowError. The limit is known, p = 0: bound the exponent, or multiply numerator and denominator by exp(−i/k).",
            READ,
        ),
        Misconception(
            "sigmoid: infinity over infinity",
            _infinity_over_infinity,
            "After very many updates exp(i/k) is infinite, and infinity divided by infinity is NaN. With the exponential below the line alone the quotient is 0, as it should be.",
            READ,
        ),
        Misconception(
            "a coin for the beginning",
            {ALL: _begin_has_a_coin},
            "p^T gives the first input a coin too. It is the mark of the beginning, which is never drawn: T − 1 inputs have one.",
            COIN,
        ),
        Misconception(
            "one coin a sequence",
            {ALL: _one_coin_a_sequence},
            "You toss one coin for the whole sequence. Each input has its own: that all of them fall on the truth is far less probable.",
            COIN,
        ),
        Misconception(
            "divided among the inputs",
            {ALL: _one_step},
            "You divide by the number of inputs. Independent chances are multiplied.",
            COIN,
        ),
        Misconception(
            "chances added",
            {ALL: _sum_of_chances},
            "You add the chances of T − 1 inputs, and what comes out may be above 1. It is the expected *number* of true ones; that all are true is a product.",
            COIN,
        ),
        Misconception(
            "at least one true",
            {ALL: _complement_of_one},
            "That is the chance that at least one input is true. Wanted is that all are.",
            COIN,
        ),
        Misconception(
            "none true",
            {ALL: _model_all_the_way},
            "That is the chance that all T − 1 inputs are the network's own. p is the probability of the truth.",
            COIN,
        ),
        Misconception(
            "all updates in one number",
            {ALL: _all_in_one},
            "You multiply over the updates too. Each update has a chance of its own: the result has the length of p.",
            COIN,
        ),
        Misconception(
            "the beginning counted",
            {OWN: _begin_counted},
            "You count T inputs a sequence. The first is the mark of the beginning, which the network never writes: T − 1.",
            COIN,
        ),
        Misconception(
            "true ones counted",
            {OWN: _true_ones},
            "You count the true symbols. p is the probability of the truth, so an input is the network's own with probability 1 − p.",
            COIN,
        ),
        Misconception(
            "mean of one update",
            {OWN: _mean_of_one_update},
            "That is the mean number in one update. Wanted is the number in all N of them: a sum over p.",
            COIN,
        ),
        Misconception(
            "inputs forgotten",
            {OWN: _updates_alone},
            "You count one input an update. A sequence has T − 1 inputs with a coin each.",
            COIN,
        ),
        Misconception(
            "share instead of number",
            {OWN: _share},
            "That is the share of own symbols. Wanted is their number, in all N updates.",
            COIN,
        ),
        Misconception(
            "first update left out",
            {OWN: _first_update_left_out},
            "You leave out p[0]. It belongs to the first update, which counts like the others.",
            COIN,
        ),
        Misconception(
            "sequences instead of symbols",
            {OWN: _sequences_with_one},
            "That is the expected number of sequences with at least one symbol of the network's own. Wanted are the symbols.",
            COIN,
        ),
    ),
    cases=_cases,
)
