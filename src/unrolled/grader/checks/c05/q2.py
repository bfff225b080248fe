"""Question 5.2: a sampler with a temperature."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c05.common import expect_distributions, softmax
from unrolled.grader.checks.judging import (
    Array,
    as_array,
    expect_untouched,
    kind_of,
    near,
)
from unrolled.grader.question import (
    Ask,
    Call,
    Misconception,
    Property,
    Question,
    Rng,
    Wrong,
)

AT, DRAW = "at_temperature", "draw"
TINY = 1e-308


def at_temperature(o: Array, tau: Array) -> Array:
    z = o - o.max(axis=1, keepdims=True)
    positive = np.where(tau > 0, tau, 1.0)[:, None]
    with np.errstate(over="ignore"):
        w = np.exp(z / positive)
    w = np.where(tau[:, None] > 0, w, z == 0)
    return w / w.sum(axis=1, keepdims=True)


def draw(p: Array, rng: np.random.Generator) -> Array:
    ends = np.cumsum(p, axis=1, dtype=np.float64)
    u = rng.random(len(p)) * ends[:, -1]
    return (u[:, None] >= ends).sum(axis=1)


def _divides_probabilities(o, tau):
    p = softmax(o)
    with np.errstate(all="ignore"):
        w = p / tau[:, None]
        return w / w.sum(axis=1, keepdims=True)


def _divides_probabilities_but_zero(o, tau):
    zero = (tau == 0)[:, None]
    best = at_temperature(o, np.zeros(len(tau)))
    return np.where(zero, best, softmax(o))


def _divides_probabilities_alone(o, tau):
    with np.errstate(all="ignore"):
        return softmax(o) / tau[:, None]


def _multiplies(o, tau):
    with np.errstate(all="ignore"):
        return softmax((o - o.max(axis=1, keepdims=True)) * tau[:, None])


def _multiplies_but_zero(o, tau):
    best = at_temperature(o, np.zeros(len(tau)))
    return np.where((tau == 0)[:, None], best, _multiplies(o, tau))


def _softmax_of_scaled_probabilities(o, tau):
    with np.errstate(all="ignore"):
        return softmax(softmax(o) / tau[:, None])


def _not_shifted(o, tau):
    with np.errstate(all="ignore"):
        w = np.exp(o / tau[:, None])
        return w / w.sum(axis=1, keepdims=True)


def _divided_before_shifted(o, tau):
    with np.errstate(all="ignore"):
        return softmax(o / tau[:, None])


def _divided_before_shifted_but_zero(o, tau):
    with np.errstate(all="ignore"):
        best = at_temperature(o, np.zeros(len(tau)))
        positive = np.where(tau > 0, tau, 1.0)[:, None]
        return np.where(tau[:, None] > 0, softmax(o / positive), best)


def _zero_divides(o, tau):
    with np.errstate(all="ignore"):
        return softmax((o - o.max(axis=1, keepdims=True)) / tau[:, None])


def _first_of_the_best(o, tau):
    first = np.eye(o.shape[1])[o.argmax(axis=1)]
    return np.where((tau == 0)[:, None], first, at_temperature(o, tau))


def _zero_means_uniform(o, tau):
    allowed = np.isfinite(o)
    even = allowed / allowed.sum(axis=1, keepdims=True)
    return np.where((tau == 0)[:, None], even, at_temperature(o, tau))


def _one_temperature(o, tau):
    return at_temperature(o, np.full(len(o), tau[0]))


def _small_constant_added(o, tau):
    z = o - o.max(axis=1, keepdims=True)
    return softmax(z / (tau + 0.01)[:, None])


def _at_least_a_hundredth(o, tau):
    z = o - o.max(axis=1, keepdims=True)
    return softmax(z / np.maximum(tau, 0.01)[:, None])


def _at_least_a_thousandth(o, tau):
    z = o - o.max(axis=1, keepdims=True)
    return softmax(z / np.maximum(tau, 1e-3)[:, None])


def _powers_vanish(o, tau):
    with np.errstate(all="ignore"):
        w = softmax(o) ** (1.0 / tau)[:, None]
        return w / w.sum(axis=1, keepdims=True)


def _powers_vanish_but_zero(o, tau):
    best = at_temperature(o, np.zeros(len(tau)))
    return np.where((tau == 0)[:, None], best, _powers_vanish(o, tau))


def _most_probable(p, rng):
    return p.argmax(axis=1)


def _own_seed(p, rng):
    return draw(p, np.random.default_rng(0))


def _one_number_for_all_rows(p, rng):
    ends = np.cumsum(p, axis=1, dtype=np.float64)
    return (rng.random() * ends[:, -1:] >= ends).sum(axis=1)


def _any_symbol(p, rng):
    return rng.integers(p.shape[1], size=len(p))


def _one_too_far(p, rng):
    return np.minimum(draw(p, rng) + 1, p.shape[1] - 1)


def _round_the_corner(p, rng):
    return (draw(p, rng) - 1) % p.shape[1]


def _distribution_of_the_first_row(p, rng):
    return draw(np.repeat(p[:1], len(p), axis=0), rng)


def _probabilities_for_thresholds(p, rng):
    u = rng.random(len(p))[:, None]
    return (u < p).argmax(axis=1)


def _logits(rng: np.random.Generator, B: int, V: int) -> Array:
    return 1.5 * rng.standard_normal((B, V))


def _look(
    value: Any, want: Array, where: str, hint: str = "", broken: str = ""
) -> None:
    """hint: for other probabilities; broken: for NaN and infinite ones."""
    got = np.asarray(value)
    if got.dtype.kind == "f" and got.shape == want.shape and not np.isfinite(got).all():
        raise Wrong(f"{where} there are NaN or infinite entries.{broken}")
    got = as_array(value, want.shape, f"{where} the result")
    if near(got, want):
        return
    expect_distributions(got, f"{where},")
    raise Wrong(f"{where} the probabilities differ from the expected ones.{hint}")


def _test_generic(ask: Ask, rng: np.random.Generator) -> None:
    for B, V in ((4, 5), (1, 3), (3, 6)):
        o, tau = _logits(rng, B, V), rng.uniform(0.3, 0.8, size=B)
        tau[B // 2 :] = rng.uniform(1.3, 3.0, size=B - B // 2)
        reply = ask(AT, o, tau)
        want = at_temperature(o, tau)
        got = np.asarray(reply.value)
        hint = ""
        if got.shape == want.shape and got.dtype.kind == "f":
            if near(got, _multiplies(o, tau)):
                hint = " A small temperature makes the result more even: you multiply."
            elif near(got, softmax(o)):
                hint = " They do not depend on tau at all."
        _look(reply.value, want, f"for B = {B} and V = {V}", hint)
        expect_untouched(reply, (o, tau), "o tau")


def _test_extremes(ask: Ask, rng: np.random.Generator) -> None:
    o = _logits(rng, 4, 5)
    large = o + np.array([[900.0], [-900.0], [500.0], [0.0]])
    tau = rng.uniform(0.5, 2.0, size=4)
    where = "with logits of several hundred"
    shift = " Subtract the largest logit of each row before anything else."
    want = at_temperature(large, tau)
    _look(ask(AT, large, tau).value, want, where, broken=shift)

    banned = o.copy()
    banned[:, 1] = banned[2, 3] = -np.inf
    _look(
        ask(AT, banned, tau).value,
        at_temperature(banned, tau),
        "with logits of −inf",
        " A forbidden symbol stays at 0, and the others are as if it were not there.",
        " exp(−inf) is 0, and a forbidden symbol stays at 0; mind −inf times 0 and −inf minus −inf.",
    )
    for size in (1e-3, 1e-12, TINY):
        small = np.full(4, size)
        _look(
            ask(AT, large, small).value,
            at_temperature(large, small),
            f"at temperature {size:g}",
            " Any tau above 0 divides as it is: add nothing to it and set no bound.",
            " Bring the largest of each row to 0 (logits) or to 1 (probabilities) before tau acts: then it stays there, and the others may go to −inf or to 0.",
        )
    close = _close_logits(rng, 4, 5)
    cold = np.array([0.0, 1e-4, 1e-4, 0.0])
    _look(
        ask(AT, close, cold).value,
        at_temperature(close, cold),
        "at temperatures 0 and 1e-4, with logits that differ by about 1e-4",
        " Does something keep your tau away from 0, a bound or a small constant?",
        " Bring the largest of each row to 0 (logits) or to 1 (probabilities) before tau acts.",
    )
    ties = np.round(o)
    ties[:, [0, 2]] = ties.max(axis=1, keepdims=True) + 1.0
    ties[:, 4] = -np.inf
    mixed = np.array([0.0, 1.5, 0.0, 0.7])
    _look(
        ask(AT, ties, mixed).value,
        at_temperature(ties, mixed),
        "at temperature 0 in two of four rows, with two largest logits",
        " At 0 the largest share everything, equally, and the other rows keep their own temperature.",
        " At 0 nothing can be divided: the largest share everything, equally.",
    )


def _close_logits(rng: np.random.Generator, B: int, V: int) -> Array:
    """Rows of logits that differ by one to a few times 1e-4."""
    steps = rng.permuted(np.tile(np.arange(V), (B, 1)), axis=1)
    steps = steps + rng.uniform(0.0, 0.4, size=(B, V))
    return rng.standard_normal((B, 1)) + 1e-4 * steps


DRAWS = 50_000


def _limit(df: int) -> float:
    """Above this a chi-squared statistic is not chance: five sigma (Wilson-Hilferty)."""
    a = 2 / (9 * df)
    return df * (1 - a + 5 * np.sqrt(a)) ** 3


def _symbols(value: Any, B: int, V: int, where: str) -> Array:
    got = as_array(value, (B,), where)
    if np.asarray(value).dtype.kind == "f" and (got != np.round(got)).any():
        raise Wrong(f"{where}: expected whole numbers, got {kind_of(value)}.")
    if (got < 0).any() or (got >= V).any():
        raise Wrong(f"{where}: a symbol lies outside 0 to {V - 1}.")
    return got.astype(int)


def _test_counts(ask: Ask, rng: np.random.Generator) -> None:
    V, kinds = 6, 3
    rows = softmax(_logits(rng, kinds, V))
    rows[1] = softmax(3.0 * rng.standard_normal((1, V)))[0]
    rows[2, [0, 3]] = 0.0
    rows /= rows.sum(axis=1, keepdims=True)
    which = rng.integers(kinds, size=DRAWS)
    p = rows[which]
    seed = int(rng.integers(2**31))
    reply = ask(DRAW, p, Rng(seed))
    got = _symbols(reply.value, DRAWS, V, f"for {DRAWS:,} rows the result")
    expect_untouched(reply, (p, Rng(seed)), "p rng")
    if (p[np.arange(DRAWS), got] == 0).any():
        raise Wrong("a symbol of probability 0 was drawn.")
    for kind in range(kinds):
        counts = np.bincount(got[which == kind], minlength=V)
        real = rows[kind] > 0
        want = rows[kind] * counts.sum()
        chi2 = np.sum((counts - want)[real] ** 2 / want[real])
        limit = _limit(int(real.sum()) - 1)
        if chi2 > limit:
            worst = int(np.argmax(np.abs(counts - want)))
            hint = ""
            if counts.max() == counts.sum():
                hint = " All draws are one and the same symbol."
            raise Wrong(
                f"in {counts.sum():,} draws from one row symbol {worst} came {counts[worst]:,} times, expected about {want[worst]:,.0f}; chi-squared is {chi2:.0f}, and chance would stay below {limit:.0f}.{hint}"
            )


def _test_generator(ask: Ask, rng: np.random.Generator) -> None:
    p = softmax(0.5 * _logits(rng, 400, 5))
    seed = int(rng.integers(2**31))

    def drawn(rows: Array, number: int) -> Array:
        return _symbols(ask(DRAW, rows, Rng(number)).value, len(rows), 5, "the result")

    first = drawn(p, seed)
    if not np.array_equal(first, drawn(p, seed)):
        raise Wrong(
            "two generators with the same seed gave different symbols: some of your random numbers come from elsewhere."
        )
    if np.array_equal(first, drawn(p, seed + 1)):
        raise Wrong(
            "generators with different seeds gave the same symbols: your function does not draw from `rng`."
        )
    same = drawn(np.repeat(p[:1], 400, axis=0), seed)
    if (same == same[0]).all():
        raise Wrong("400 equal rows gave one and the same symbol: draw for each anew.")
    drawn(p.astype(np.float32), seed)
    hot = rng.integers(5, size=30)
    certain = np.eye(5, dtype=np.float32)[hot]
    if not np.array_equal(drawn(certain, seed), hot):
        raise Wrong("a symbol of probability 1 was not drawn.")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for tau in ([0.5, 2.0, 1.4], [1.7, 0.4, 0.8]):
        calls.append(Call(AT, _logits(rng, 3, 4), np.array(tau)))
    o = _logits(rng, 3, 4)
    calls.append(Call(AT, o + 900.0, np.array([0.5, 0.9, 2.0])))
    calls.append(Call(AT, o + 900.0, np.full(3, TINY)))
    calls.append(Call(AT, o, np.full(3, 0.02)))
    calls.append(Call(AT, 0.002 * o, np.full(3, 0.001)))
    calls.append(Call(AT, o, np.full(3, 1e-5)))
    for cold in (1e-4, 0.0):
        calls.append(Call(AT, _close_logits(rng, 3, 4), np.full(3, cold)))
    o = np.round(o)
    o[:, [1, 3]] = o.max(axis=1, keepdims=True) + 1
    calls.append(Call(AT, o, np.zeros(3)))
    for B in (40, 25):
        calls.append(Call(DRAW, softmax(0.3 * _logits(rng, B, 5)), Rng(11 + B)))
    calls.append(Call(DRAW, np.eye(5)[rng.permutation(5)], Rng(3)))
    return calls


QUESTION = Question(
    id="05.2",
    title="a sampler with a temperature",
    answers=(AT, DRAW),
    reference={AT: at_temperature, DRAW: draw},
    properties=(
        Property(
            "at_temperature gives every row the distribution at its own temperature",
            1,
            _test_generic,
            "§5.10, def-temp",
        ),
        Property(
            "It survives large logits, forbidden symbols, tiny temperatures and 0",
            1,
            _test_extremes,
            "§5.10, eq-temp-limit",
        ),
        Property(
            "50,000 symbols of draw have the counts that p asks for (chi-squared), and none of probability 0 comes",
            1,
            _test_counts,
            "§5.10",
        ),
        Property(
            "All randomness comes from rng: the same seed gives the same symbols, another seed others, equal rows are drawn anew; float32 is welcome",
            1,
            _test_generator,
            "§5.10",
        ),
    ),
    misconceptions=(
        Misconception(
            "probabilities divided, and normalised again",
            _divides_probabilities,
            "You divide the probabilities by tau and normalise. The division cancels, so nothing happens at any temperature. Divide the logits, then take the softmax.",
            "§5.10, def-temp",
        ),
        Misconception(
            "probabilities divided, 0 apart",
            _divides_probabilities_but_zero,
            "Your temperature acts at 0 alone: elsewhere the probabilities are those of the plain softmax, because a factor on probabilities cancels when they are normalised. Divide the logits.",
            "§5.10, def-temp",
        ),
        Misconception(
            "probabilities divided",
            _divides_probabilities_alone,
            "You divide the probabilities by tau, so the rows sum to 1/tau. Temperature acts before the softmax: divide the logits.",
            "§5.10, def-temp",
        ),
        Misconception(
            "multiplied by tau",
            _multiplies,
            "You multiply the logits by tau (or raise the probabilities to the power tau). Then cold is even and hot is sharp. Divide: a small temperature stretches the differences between logits.",
            "§5.10, def-temp and eq-temp-power",
        ),
        Misconception(
            "multiplied by tau, 0 apart",
            _multiplies_but_zero,
            "Your temperature 0 is right and the others are upside down: you multiply the logits by tau where they are to be divided by it.",
            "§5.10, def-temp and eq-temp-power",
        ),
        Misconception(
            "softmax of scaled probabilities",
            _softmax_of_scaled_probabilities,
            "You take a softmax of probabilities that were divided by tau. That is two softmaxes, and probabilities differ by at most 1, so the result is too even. Divide the logits and take one softmax.",
            "§5.10, def-temp",
        ),
        Misconception(
            "exponential of large quotients",
            _not_shifted,
            "Your exponentials overflow: with a logit of 900, or with a small temperature, exp gives inf, and inf/inf is NaN. Subtract the largest logit of each row first, and treat 0 on its own.",
            "§5.10, eq-temp-limit, and §3.1 for the shift",
        ),
        Misconception(
            "divided before shifted",
            _divided_before_shifted,
            "You divide by tau first and subtract the largest after. At tiny temperatures both quotients are inf, inf − inf is NaN, and at 0 it is no better. Subtract first; and 0 needs a case of its own.",
            "§5.10, eq-temp-limit",
        ),
        Misconception(
            "divided before shifted, 0 apart",
            _divided_before_shifted_but_zero,
            "You took care of tau = 0, but at the smallest temperatures o/tau overflows to inf, and inf − inf is NaN. Subtract the largest logit before you divide.",
            "§5.10, eq-temp-limit",
        ),
        Misconception(
            "0 divided by 0",
            _zero_divides,
            "At tau = 0 your function divides 0 by 0, which is NaN. The limit has no division in it: the largest logits share the probability.",
            "§5.10, eq-temp-limit",
        ),
        Misconception(
            "the first of the best takes all",
            _first_of_the_best,
            "At tau = 0 your function gives everything to the first of the largest logits, as argmax does. In the limit equal logits stay equally probable, so they share.",
            "§5.10, eq-temp-limit",
        ),
        Misconception(
            "0 taken for infinity",
            _zero_means_uniform,
            "At tau = 0 your rows are even. That is the other end: tau → ∞ makes all symbols equal, tau → 0 leaves the largest alone.",
            "§5.10, eq-temp-limit",
        ),
        Misconception(
            "one temperature for the batch",
            _one_temperature,
            "You use the first temperature for all rows. Each row has its own: tau has to be (B, 1) beside logits of (B, V).",
            "§5.10, def-temp",
        ),
        Misconception(
            "a small constant added to tau",
            _small_constant_added,
            "You add a small number to tau to avoid dividing by 0. It changes every temperature, and near 0 it decides everything: 0.01 plus 1e-308 is 0.01. Treat 0 as a case of its own.",
            "§5.10, eq-temp-limit",
        ),
        Misconception(
            "tau kept away from 0",
            _at_least_a_hundredth,
            "You do not let tau fall below a bound. Below it the temperature has no effect, and 0 is not the limit but the bound. Subtract the largest logit first: then any tau above 0 can be divided by, and 0 has a case of its own.",
            "§5.10, eq-temp-limit",
        ),
        Misconception(
            "tau kept above a thousandth",
            _at_least_a_thousandth,
            "You do not let tau fall below 0.001. Between logits that differ by 0.0001 such a bound makes nearly even what at tau = 0 is decided. Subtract the largest logit first: then any tau above 0 can be divided by, and 0 has a case of its own.",
            "§5.10, eq-temp-limit",
        ),
        Misconception(
            "powers that vanish",
            _powers_vanish,
            "You raise the probabilities to the power 1/tau, which is right, but at small temperatures all powers underflow to 0, and 0/0 is NaN; at 0 the exponent is infinite. Divide each row by its largest probability first, so that this one stays 1, and give 0 a case of its own.",
            "§5.10, eq-temp-power and eq-temp-limit",
        ),
        Misconception(
            "powers that vanish, 0 apart",
            _powers_vanish_but_zero,
            "You raise the probabilities to the power 1/tau, and 0 has its own case; but at small temperatures above 0 all powers underflow to 0, and 0/0 is NaN. Divide each row by its largest probability first, so that this one stays 1.",
            "§5.10, eq-temp-power and eq-temp-limit",
        ),
        Misconception(
            "always the most probable",
            {DRAW: _most_probable},
            "You take the most probable symbol, as the text of Notes C says. That is one fixed text for each beginning, and `rng` is not used. To sample is to let each symbol come as often as its probability says.",
            "§5.10",
        ),
        Misconception(
            "a seed of its own",
            {DRAW: _own_seed},
            "You make a generator of your own with a fixed seed inside the function, so that every call draws the same. Use the one that was handed over.",
            "§5.10",
        ),
        Misconception(
            "one random number for all rows",
            {DRAW: _one_number_for_all_rows},
            "You draw one random number and use it for every row, so that equal rows always get the same symbol. Each row needs its own: `rng.random(B)`.",
            "§5.10",
        ),
        Misconception(
            "all symbols alike",
            {DRAW: _any_symbol},
            "You draw all symbols with the same probability; `p` has no effect. Cut the unit interval into pieces of lengths p and see into which piece a random number falls.",
            "§5.10",
        ),
        Misconception(
            "one symbol too far",
            {DRAW: _one_too_far},
            "Your symbols are one too high. If no share ends at or below the random number, it lies in the share of symbol 0: count the ends that lie below it, and add nothing.",
            "§5.10",
        ),
        Misconception(
            "one symbol too low",
            {DRAW: _round_the_corner},
            "Your symbols are one too low (and −1 comes out as the last). If one share ends below the random number, it lies in the share of symbol 1: the count of such ends is the symbol itself.",
            "§5.10",
        ),
        Misconception(
            "the first row's distribution for all",
            {DRAW: _distribution_of_the_first_row},
            "You draw every row from the distribution of the first. Each row of p has its own.",
            "§5.10",
        ),
        Misconception(
            "compared with p instead of its running sum",
            {DRAW: _probabilities_for_thresholds},
            "You compare the random number with the probabilities themselves. Symbol v owns the interval between the running sum before it and the one after it: compare with np.cumsum(p).",
            "§5.10",
        ),
    ),
    cases=_cases,
)
