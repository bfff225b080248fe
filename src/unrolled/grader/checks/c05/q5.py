"""Question 5.5: three ways to stop."""

from __future__ import annotations

import numpy as np

from unrolled.grader.checks.judging import Array, expect_number, expect_untouched
from unrolled.grader.question import Ask, Call, Misconception, Property, Question

AFTER, BEFORE, PREDICTED = "length_after", "length_before", "length_predicted"


def length_after(s: Array) -> float:
    written, total = 1.0, 0.0
    for stop in s:
        total += written
        written *= 1.0 - stop
    return total


def length_before(s: Array) -> float:
    written, total = 1.0, 0.0
    for stop in s:
        written *= 1.0 - stop
        total += written
    return total


def length_predicted(q: Array, L: int) -> float:
    return np.sum(q * np.minimum(np.arange(len(q)), L))


def _lengths_after(p):
    """The probability of each length 1, ..., L, by listing: the truth for the tests."""
    chances, going = [], 1.0
    for stop in p[:-1]:
        chances.append(going * stop)
        going *= 1.0 - stop
    return np.arange(1, len(p) + 1), np.array([*chances, going])


def _lengths_before(p):
    """The same for the lengths 0, ..., L."""
    chances, going = [], 1.0
    for stop in p:
        chances.append(going * stop)
        going *= 1.0 - stop
    return np.arange(len(p) + 1), np.array([*chances, going])


def _as_before(p):
    return length_before(p)


def _as_after(p):
    return length_after(p)


def _complement_after(p):
    return length_after(1.0 - np.asarray(p))


def _complement_before(p):
    return length_before(1.0 - np.asarray(p))


def _cut_forgotten_after(p):
    going, total = 1.0, 0.0
    for t, stop in enumerate(p, 1):
        total += t * going * stop
        going *= 1.0 - stop
    return total


def _cut_forgotten_before(p):
    going, total = 1.0, 0.0
    for t, stop in enumerate(p):
        total += t * going * stop
        going *= 1.0 - stop
    return total


def _finished_alone_after(p):
    going = np.prod(1.0 - np.asarray(p))
    return _cut_forgotten_after(p) / (1.0 - going) if going < 1 else float(len(p))


def _finished_alone_before(p):
    going = np.prod(1.0 - np.asarray(p))
    return _cut_forgotten_before(p) / (1.0 - going) if going < 1 else float(len(p))


def _no_cut_after(p):
    mean = np.mean(p)
    return 1.0 / mean if mean else float(len(p))


def _no_cut_before(p):
    mean = np.mean(p)
    return (1.0 - mean) / mean if mean else float(len(p))


def _formula_cut_after(p):
    return min(_no_cut_after(p), float(len(p)))


def _formula_cut_before(p):
    return min(_no_cut_before(p), float(len(p)))


def _reversed_after(p):
    return length_after(p[::-1])


def _reversed_before(p):
    return length_before(p[::-1])


def _after_minus_one(p):
    return length_after(p) - 1.0


def _mean_p_after(p):
    return length_after(np.full(len(p), np.mean(p)))


def _mean_p_before(p):
    return length_before(np.full(len(p), np.mean(p)))


def _one_p_after(p):
    return length_after(np.full(len(p), p[0]))


def _one_p_before(p):
    return length_before(np.full(len(p), p[0]))


def _no_product_after(p):
    return 1.0 + np.sum(1.0 - np.asarray(p)[:-1])


def _no_product_before(p):
    return np.sum(1.0 - np.asarray(p))


def _one_more_after(p):
    """The cut comes one symbol too late."""
    return length_after(p) + np.prod(1.0 - np.asarray(p))


def _most_likely_length(q, L):
    return min(int(np.argmax(q)), L)


def _cut_after_the_mean(q, L):
    return min(np.sum(q * np.arange(len(q))), L)


def _not_cut(q, L):
    return np.sum(q * np.arange(len(q)))


def _long_ones_thrown_away(q, L):
    n = np.arange(len(q))
    return np.sum((q * n)[n <= L])


def _long_ones_drawn_again(q, L):
    n = np.arange(len(q))
    return np.sum((q * n)[n <= L]) / np.sum(q[n <= L])


def _counted_from_one(q, L):
    return np.sum(q * np.minimum(np.arange(1, len(q) + 1), L))


def _cut_one_early(q, L):
    return np.sum(q * np.minimum(np.arange(len(q)), L - 1))


HINTS = {
    AFTER: (
        (_as_before, "That is the value when the coin is tossed before the symbol."),
        (_complement_after, "That takes s for the probability of going on."),
        (_cut_forgotten_after, "The texts that reach L are missing from the sum."),
        (_finished_alone_after, "That leaves out the texts that were cut."),
        (_no_cut_after, "That is 1/s, without the cut."),
        (_formula_cut_after, "That cuts the mean 1/s at L; every text is cut."),
        (_reversed_after, "That is the value with the chances in reverse order."),
        (_one_more_after, "That cuts at L + 1."),
        (_no_product_after, "To be written, a symbol must survive all coins before."),
    ),
    BEFORE: (
        (
            _as_after,
            "That is the value when the coin is tossed after the symbol, or when the end is counted.",
        ),
        (_complement_before, "That takes s for the probability of going on."),
        (_cut_forgotten_before, "The texts that reach L are missing from the sum."),
        (_finished_alone_before, "That leaves out the texts that were cut."),
        (_no_cut_before, "That is (1 − s)/s, without the cut."),
        (_formula_cut_before, "That cuts the mean (1 − s)/s at L; every text is cut."),
        (_reversed_before, "That is the value with the chances in reverse order."),
        (
            _after_minus_one,
            "That is length_after − 1, which holds without the cut alone.",
        ),
        (_no_product_before, "To be written, a symbol must survive all coins before."),
    ),
}


def _stops(rng: np.random.Generator, L: int, low: float = 0.05) -> Array:
    return rng.uniform(low, 0.6, size=L)


def _some_stops(rng: np.random.Generator) -> list[tuple[Array, str]]:
    certain = _stops(rng, 5)
    certain[2], certain[1] = 1.0, 0.0
    late = _stops(rng, 4)
    late[-1] = 1.0
    return [
        (np.full(2000, rng.uniform(0.01, 0.3)), "for 2,000 equal chances to stop"),
        (np.full(6, rng.uniform(0.05, 0.2)), "for six equal chances to stop"),
        (_stops(rng, 7), "for seven different chances to stop"),
        (_stops(rng, 1), "for L = 1"),
        (np.zeros(5), "for a network that never stops, with L = 5,"),
        (certain, "with a 0 and a 1 among the chances"),
        (late, "with a 1 as the last chance"),
    ]


def _test_coins(ask: Ask, rng: np.random.Generator, name: str) -> None:
    lengths = _lengths_after if name == AFTER else _lengths_before
    for p, where in _some_stops(rng):
        n, chances = lengths(p)
        want = float(np.sum(n * chances))
        reply = ask(name, p)
        hints = [(float(f(p)), hint) for f, hint in HINTS[name]]
        expect_number(reply.value, want, where, hints)
        expect_untouched(reply, (p,), "s")


def _test_after(ask: Ask, rng: np.random.Generator) -> None:
    _test_coins(ask, rng, AFTER)


def _test_before(ask: Ask, rng: np.random.Generator) -> None:
    _test_coins(ask, rng, BEFORE)


PREDICTED_HINTS = (
    (_cut_after_the_mean, "That cuts the mean length; cut every length, then average."),
    (_not_cut, "That is the mean without the cut."),
    (_long_ones_thrown_away, "Lengths above L are cut to L, not thrown away."),
    (_long_ones_drawn_again, "Lengths above L are cut to L, not drawn again."),
    (_counted_from_one, "q[0] is the chance of the empty text."),
    (_cut_one_early, "A text may have L symbols."),
)


def _lengths_distribution(rng: np.random.Generator, K: int) -> Array:
    return rng.dirichlet(np.full(K + 1, 2.0))


def _mostly_long(q: Array) -> Array:
    """The same chances, the long lengths the likely ones: the mean is above K/2."""
    q = np.sort(q) + np.linspace(0.0, 0.3, len(q))
    return q / q.sum()


def _test_predicted(ask: Ask, rng: np.random.Generator) -> None:
    sizes = ((6, 3), (6, 3), (4, 9), (5, 5), (8, 1), (0, 2), (40, 25))
    for i, (K, L) in enumerate(sizes):
        q = _lengths_distribution(rng, K)
        if i == 0:
            q = _mostly_long(q)
        want = sum(float(chance) * min(n, L) for n, chance in enumerate(q))
        reply = ask(PREDICTED, q, L)
        hints = [(float(f(q, L)), hint) for f, hint in PREDICTED_HINTS]
        where = f"for lengths up to {K} and a cut at {L}"
        expect_number(reply.value, want, where, hints)
        expect_untouched(reply, (q, L), "q L")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for name in (AFTER, BEFORE):
        for L in (4, 7):
            calls.append(Call(name, _stops(rng, L, low=0.2)))
        calls.append(Call(name, np.full(5, 0.15)))
    for K, L in ((6, 3), (7, 5), (4, 6)):
        calls.append(Call(PREDICTED, _lengths_distribution(rng, K), L))
    calls.append(Call(PREDICTED, _mostly_long(_lengths_distribution(rng, 7)), 3))
    return calls


READ = "§5.11, eq-bern-stop"

QUESTION = Question(
    id="05.5",
    title="how long will it be",
    answers=(AFTER, BEFORE, PREDICTED),
    reference={
        AFTER: length_after,
        BEFORE: length_before,
        PREDICTED: length_predicted,
    },
    properties=(
        Property(
            "length_after is the mean over all lengths from 1 to L",
            1,
            _test_after,
            READ,
        ),
        Property(
            "length_before is the mean over all lengths from 0 to L",
            1,
            _test_before,
            "§5.11, eq-eos and eq-bern-stop",
        ),
        Property(
            "length_predicted is the mean of the lengths that remain after the cut",
            1,
            _test_predicted,
            "§5.11, eq-len-p",
        ),
    ),
    misconceptions=(
        Misconception(
            "the two coins exchanged",
            {AFTER: _as_before, BEFORE: _as_after},
            "You have exchanged the two coins. Tossed after the symbol, the first symbol is certain (1/s for equal s and no cut); tossed before it, even the first may be missing ((1 − s)/s).",
            READ,
        ),
        Misconception(
            "a coin before in length_after",
            {AFTER: _as_before},
            "In length_after you toss the coin before the first symbol. The symbol is written first, so it is certain, and the whole length is larger: for equal s and no cut 1/s, not (1 − s)/s.",
            READ,
        ),
        Misconception(
            "a coin after in length_before",
            {BEFORE: _as_after},
            "In length_before you toss the first coin after the first symbol, or count the end as a symbol of the text (both come to the same). Here even the first symbol may be missing: for equal s and no cut (1 − s)/s, not 1/s.",
            "§5.11, eq-eos and eq-bern-stop",
        ),
        Misconception(
            "s taken for going on, in both",
            {AFTER: _complement_after, BEFORE: _complement_before},
            "In both functions you take s for the probability of going on. It is the one of stopping: going on has 1 − s.",
            READ,
        ),
        Misconception(
            "s taken for going on, in length_after",
            {AFTER: _complement_after},
            "In length_after you take s for the probability of going on. It is the one of stopping: going on has 1 − s.",
            READ,
        ),
        Misconception(
            "s taken for going on, in length_before",
            {BEFORE: _complement_before},
            "In length_before you take s for the probability of going on. It is the one of stopping: going on has 1 − s.",
            "§5.11, eq-eos and eq-bern-stop",
        ),
        Misconception(
            "texts that were cut forgotten, in both",
            {AFTER: _cut_forgotten_after, BEFORE: _cut_forgotten_before},
            "In both functions you add up length times probability of stopping there, and forget the texts that nothing stopped. They have L symbols, and their share is the product of all that did not stop.",
            READ,
        ),
        Misconception(
            "texts that were cut forgotten, in length_after",
            {AFTER: _cut_forgotten_after},
            "In length_after you add up length times probability of stopping there, and forget the texts that no coin stopped. They are cut at L symbols and belong to the mean.",
            READ,
        ),
        Misconception(
            "texts that were cut forgotten, in length_before",
            {BEFORE: _cut_forgotten_before},
            "In length_before you add up length times probability of stopping there, and forget the texts that no coin stopped. They are cut at L symbols and belong to the mean.",
            "§5.11, eq-eos and eq-bern-stop",
        ),
        Misconception(
            "finished texts alone, in both",
            {AFTER: _finished_alone_after, BEFORE: _finished_alone_before},
            "In both functions you average over the texts that stopped by themselves. Those that were cut are texts too, the longest of all, so your mean is too small.",
            READ,
        ),
        Misconception(
            "finished texts alone, in length_after",
            {AFTER: _finished_alone_after},
            "In length_after you average over the texts that stopped by themselves. Those that were cut, with L symbols each, belong to the mean.",
            READ,
        ),
        Misconception(
            "finished texts alone, in length_before",
            {BEFORE: _finished_alone_before},
            "In length_before you average over the texts that stopped by themselves. Those that were cut, with L symbols each, belong to the mean.",
            "§5.11, eq-eos and eq-bern-stop",
        ),
        Misconception(
            "no cut, in both",
            {AFTER: _no_cut_after, BEFORE: _no_cut_before},
            "You use 1/s and (1 − s)/s with the mean of s. These hold for equal chances and no cut. Add up the probabilities that each symbol is written at all, from the first to symbol L.",
            READ,
        ),
        Misconception(
            "no cut, in length_after",
            {AFTER: _no_cut_after},
            "In length_after you use 1/s, with the mean of s. That holds for equal chances and no cut: it can exceed L. Add up the probabilities that each symbol is written at all.",
            READ,
        ),
        Misconception(
            "no cut, in length_before",
            {BEFORE: _no_cut_before},
            "In length_before you use (1 − s)/s, with the mean of s. That holds for equal chances and no cut: it can exceed L. Add up the probabilities that each symbol is written at all.",
            "§5.11, eq-eos and eq-bern-stop",
        ),
        Misconception(
            "the formula cut at L, in both",
            {AFTER: _formula_cut_after, BEFORE: _formula_cut_before},
            "In both functions you take the formula without a cut, with the mean of s, and cut its value at L. A cut shortens every long text, so the mean falls even where it was below L. Add up the probabilities that each symbol is written.",
            READ,
        ),
        Misconception(
            "the formula cut at L, in length_after",
            {AFTER: _formula_cut_after},
            "In length_after you take the formula without a cut, with the mean of s, and cut its value at L. A cut shortens every long text, so the mean falls even where it was below L. Add up the probabilities that each symbol is written.",
            READ,
        ),
        Misconception(
            "the formula cut at L, in length_before",
            {BEFORE: _formula_cut_before},
            "In length_before you take the formula without a cut, with the mean of s, and cut its value at L. A cut shortens every long text, so the mean falls even where it was below L. Add up the probabilities that each symbol is written.",
            "§5.11, eq-eos and eq-bern-stop",
        ),
        Misconception(
            "chances in reverse order, in both",
            {AFTER: _reversed_after, BEFORE: _reversed_before},
            "In both functions you take the chances in reverse order. s[0] is the first coin, and every text meets it; s[-1] is the last.",
            READ,
        ),
        Misconception(
            "chances in reverse order, in length_after",
            {AFTER: _reversed_after},
            "In length_after you take the chances in reverse order. s[0] is the first coin, and every text meets it; s[-1] is the last.",
            READ,
        ),
        Misconception(
            "chances in reverse order, in length_before",
            {BEFORE: _reversed_before},
            "In length_before you take the chances in reverse order. s[0] is the first coin, and every text meets it; s[-1] is the last.",
            "§5.11, eq-eos and eq-bern-stop",
        ),
        Misconception(
            "length_after minus one",
            {BEFORE: _after_minus_one},
            "Your length_before is length_after − 1. Without a cut that would be right; with one it is not: a text that no coin stops has L symbols under both rules. The difference is the probability that some coin stops the text.",
            "§5.11, eq-eos and eq-bern-stop",
        ),
        Misconception(
            "the cut one symbol late",
            {AFTER: _one_more_after},
            "In length_after you allow L + 1 symbols: your sum has one term too many. The first symbol is certain, the last is number L, and the coin after it changes nothing.",
            READ,
        ),
        Misconception(
            "the mean chance at every step",
            {AFTER: _mean_p_after, BEFORE: _mean_p_before},
            "You use the mean of s at every step. Early coins matter more, because every text meets them: take each step's own s.",
            READ,
        ),
        Misconception(
            "the first chance at every step",
            {AFTER: _one_p_after, BEFORE: _one_p_before},
            "You use s[0] at every step. Each step has a chance of its own: multiply the factors 1 − s[0], 1 − s[1], and so on.",
            READ,
        ),
        Misconception(
            "no product, in both",
            {AFTER: _no_product_after, BEFORE: _no_product_before},
            "You add 1 − s of the single steps. To be written, a symbol must survive all the coins before it: multiply first, then add the products.",
            READ,
        ),
        Misconception(
            "no product, in length_after",
            {AFTER: _no_product_after},
            "In length_after you add 1 − s of the single steps. To be written, a symbol must survive all the coins before it: multiply first, then add the products.",
            READ,
        ),
        Misconception(
            "no product, in length_before",
            {BEFORE: _no_product_before},
            "In length_before you add 1 − s of the single steps. To be written, a symbol must survive all the coins before it: multiply first, then add the products.",
            "§5.11, eq-eos and eq-bern-stop",
        ),
        Misconception(
            "the cut after the mean",
            {PREDICTED: _cut_after_the_mean},
            "In length_predicted you take the mean length and cut that. Cut every length, then take the mean: long texts lose symbols and short ones gain none, so the mean falls even where it was below L.",
            "§5.11, eq-len-p",
        ),
        Misconception(
            "no cut, in length_predicted",
            {PREDICTED: _not_cut},
            "In length_predicted the cut is missing: a text of which more than L symbols were predicted has L.",
            "§5.11, eq-len-p",
        ),
        Misconception(
            "long texts thrown away",
            {PREDICTED: _long_ones_thrown_away},
            "In length_predicted you leave out the lengths above L. Those texts are written and cut: they have L symbols each.",
            "§5.11, eq-len-p",
        ),
        Misconception(
            "long texts drawn again",
            {PREDICTED: _long_ones_drawn_again},
            "In length_predicted you renormalise over the lengths up to L, as if longer ones were drawn again. They are cut: their whole share goes to the length L.",
            "§5.11, eq-len-p",
        ),
        Misconception(
            "lengths counted from one",
            {PREDICTED: _counted_from_one},
            "In length_predicted you count the lengths from 1. q[0] is the chance of the empty text.",
            "§5.11, eq-len-p",
        ),
        Misconception(
            "the cut one symbol early",
            {PREDICTED: _cut_one_early},
            "In length_predicted you cut at L − 1. A text may have L symbols.",
            "§5.11, eq-len-p",
        ),
        Misconception(
            "the most probable length",
            {PREDICTED: _most_likely_length},
            "In length_predicted you return the most probable length, cut. Asked for is the mean over all lengths, each with its share.",
            "§5.11, eq-len-p",
        ),
    ),
    cases=_cases,
)
