"""Question 6.5: a loss that stops where the model stops."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.judging import (
    Array,
    as_array,
    expect_number,
    expect_untouched,
    number,
)
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong

RIGHT, BROKEN, BEST = "right_loss", "broken_loss", "best_stops"


def right_loss(s: Array, r: Array) -> float:
    return -np.sum(np.log((1 - s[:-1]) * r)) - np.log(s[-1])


def broken_loss(s: Array, r: Array) -> float:
    reached = np.concatenate([[1.0], np.cumprod(1 - s[:-1])])
    return np.sum(reached * _costs(s, r))


def best_stops(r: Array) -> Array:
    s = np.ones(len(r) + 1)
    rest = 0.0
    for t in reversed(range(len(r))):
        going = 1 / max(rest, 1.0)
        s[t] = 1 - going
        rest = -np.log(going * r[t]) + going * rest
    return s


def _costs(s, r):
    """What each step is charged: (n + 1,)."""
    return -np.log(np.append((1 - s[:-1]) * r, s[-1]))


def by_enumeration(s: Array, r: Array) -> float:
    """The expected broken loss, one place of stopping after the other."""
    total, going, charged = 0.0, 1.0, 0.0
    for t in range(len(s)):
        last = t == len(s) - 1
        charged += -np.log(s[t]) if last else -np.log((1 - s[t]) * r[t])
        here = going if last else going * s[t]
        total += here * charged
        going *= 1 - s[t]
    return float(total)


def _right_without_end(s, r):
    return -np.sum(np.log((1 - s[:-1]) * r))


def _right_without_going_on(s, r):
    return -np.sum(np.log(r)) - np.log(s[-1])


def _right_without_symbols(s, r):
    return -np.sum(np.log(1 - s[:-1])) - np.log(s[-1])


def _right_end_alone(s, r):
    return -np.log(s[-1])


def _right_mean(s, r):
    return right_loss(s, r) / len(s)


def _right_bits(s, r):
    return right_loss(s, r) / np.log(2)


def _right_sign(s, r):
    return -right_loss(s, r)


def _right_probability(s, r):
    return np.exp(-right_loss(s, r))


def _right_s_for_going_on(s, r):
    return -np.sum(np.log(s[:-1] * r)) - np.log(s[-1])


def _right_going_on_at_the_end(s, r):
    return -np.sum(np.log((1 - s[:-1]) * r)) - np.log(1 - s[-1])


def _right_binary(s, r):
    """Wrong symbols are charged as well: a cross-entropy of two classes."""
    return right_loss(s, r) - np.sum(np.log(1 - r))


def _right_is_broken(s, r):
    return broken_loss(s, r)


def _right_sum_of_probabilities(s, r):
    return -np.log(np.sum((1 - s[:-1]) * r) + s[-1])


def _stops_before_paying(s, r):
    return np.sum(np.cumprod(1 - s) * _costs(s, r))


def _stops_before_paying_but_the_last(s, r):
    """As above, but the last step is always charged once it is reached."""
    reached = np.cumprod(1 - s)
    reached[-1] = reached[-2]
    return np.sum(reached * _costs(s, r))


def _last_coin_alone(s, r):
    """A step is reached when the step before did not stop: no product."""
    reached = np.concatenate([[1.0], 1 - s[:-1]])
    return np.sum(reached * _costs(s, r))


def _s_for_going_on(s, r):
    reached = np.concatenate([[1.0], np.cumprod(s[:-1])])
    return np.sum(reached * _costs(s, r))


def _goes_on_where_right(s, r):
    reached = np.concatenate([[1.0], np.cumprod((1 - s[:-1]) * r)])
    return np.sum(reached * _costs(s, r))


def _stops_at_mistakes(s, r):
    """The run ends where the symbol is wrong and END was not drawn."""
    reached = np.concatenate([[1.0], np.cumprod(s[:-1] + (1 - s[:-1]) * r)])
    return np.sum(reached * _costs(s, r))


def _broken_without_symbols(s, r):
    reached = np.concatenate([[1.0], np.cumprod(1 - s[:-1])])
    return np.sum(reached * -np.log(np.append(1 - s[:-1], s[-1])))


def _broken_without_going_on(s, r):
    reached = np.concatenate([[1.0], np.cumprod(1 - s[:-1])])
    return np.sum(reached * -np.log(np.append(r, s[-1])))


def _broken_without_end(s, r):
    reached = np.concatenate([[1.0], np.cumprod(1 - s[:-1])])
    return np.sum((reached * _costs(s, r))[:-1])


def _end_always_charged(s, r):
    return _broken_without_end(s, r) - np.log(s[-1])


def _end_charged_where_drawn(s, r):
    """Where END is drawn too early, the charge is -ln s."""
    reached = np.concatenate([[1.0], np.cumprod(1 - s[:-1])])
    goes = (1 - s[:-1]) * -np.log((1 - s[:-1]) * r)
    stops = s[:-1] * -np.log(s[:-1])
    return np.sum(reached[:-1] * (goes + stops)) - reached[-1] * np.log(s[-1])


def _drawn_end_charged_too(s, r):
    """Where END is drawn too early, -ln s is charged on top."""
    reached = np.concatenate([[1.0], np.cumprod(1 - s[:-1])])
    return broken_loss(s, r) - np.sum((reached * s * np.log(s))[:-1])


def _greedy(s, r):
    """Left at the first step at which END has more than one half."""
    reached = np.concatenate([[1.0], np.cumprod(s[:-1] <= 0.5)])
    return np.sum(reached * _costs(s, r))


def _greedy_against_the_right_symbol(s, r):
    """Left at the first step at which END is likelier than the right symbol."""
    reached = np.concatenate([[1.0], np.cumprod(s[:-1] <= (1 - s[:-1]) * r)])
    return np.sum(reached * _costs(s, r))


def _weighted_by_s(s, r):
    """As if a step were charged only where END was drawn, the last one too."""
    reached = np.concatenate([[1.0], np.cumprod(1 - s[:-1])])
    return np.sum(reached * s * _costs(s, r))


def _broken_mean(s, r):
    """Divided by the number of targets."""
    return broken_loss(s, r) / len(s)


def _divided_by_expected_steps(s, r):
    reached = np.concatenate([[1.0], np.cumprod(1 - s[:-1])])
    return broken_loss(s, r) / reached.sum()


def _broken_bits(s, r):
    return broken_loss(s, r) / np.log(2)


def _broken_sign(s, r):
    return -broken_loss(s, r)


def _broken_is_right(s, r):
    return right_loss(s, r)


def _weighted_by_place_of_stopping(s, r):
    """Only the step at which it stops is charged."""
    reached = np.concatenate([[1.0], np.cumprod(1 - s[:-1])])
    here = reached * np.append(s[:-1], 1.0)
    return np.sum(here * _costs(s, r))


def _only_finished(s, r):
    """The right loss, times the chance that nothing stopped early."""
    return right_loss(s, r) * np.prod(1 - s[:-1])


def _expected_length_first(s, r):
    """The mean charge times the expected number of steps."""
    reached = np.concatenate([[1.0], np.cumprod(1 - s[:-1])])
    return reached.sum() * np.mean(_costs(s, r))


def _best_of_the_right_loss(r):
    return np.append(np.zeros(len(r)), 1.0)


def _uniform(r):
    return np.full(len(r) + 1, 1 / (len(r) + 1))


def _one_constant(r):
    """The best of all constant s, by halving an interval in golden proportion."""
    low, high = 1e-9, 1 - 1e-9
    golden = (5**0.5 - 1) / 2
    for _ in range(100):
        a, b = high - golden * (high - low), low + golden * (high - low)
        n = len(r) + 1
        if broken_loss(np.full(n, a), r) < broken_loss(np.full(n, b), r):
            high = b
        else:
            low = a
    return np.full(len(r) + 1, (low + high) / 2)


def _always_stop(r):
    return np.ones(len(r) + 1)


def _never_stop(r):
    return np.zeros(len(r) + 1)


def _rest_without_stops(r):
    s, rest = np.ones(len(r) + 1), 0.0
    for t in reversed(range(len(r))):
        s[t] = 1 - 1 / max(rest, 1.0)
        rest += -np.log(r[t])
    return s


def _not_bounded(r):
    s, rest = np.ones(len(r) + 1), 0.0
    for t in reversed(range(len(r))):
        going = 1 / rest if rest > 0 else 1.0
        s[t] = 1 - going
        rest = -np.log(going * r[t]) + going * rest
    return s


def _going_for_stopping(r):
    s = best_stops(r)
    s[:-1] = 1 - s[:-1]
    return s


def _end_never(r):
    s = best_stops(r)
    s[-1] = 0.0
    return s


def _going_on_not_charged(r):
    s, rest = np.ones(len(r) + 1), 0.0
    for t in reversed(range(len(r))):
        going = 1 / max(rest, 1.0)
        s[t] = 1 - going
        rest = -np.log(r[t]) + going * rest
    return s


def _rest_not_weighted(r):
    s, rest = np.ones(len(r) + 1), 0.0
    for t in reversed(range(len(r))):
        going = 1 / max(rest, 1.0)
        s[t] = 1 - going
        rest = -np.log(going * r[t]) + rest
    return s


def _from_the_front(r):
    """The recursion run forwards: the loss so far for the loss to come."""
    s, so_far = np.ones(len(r) + 1), 0.0
    for t in range(len(r)):
        going = 1 / max(so_far, 1.0)
        s[t] = 1 - going
        so_far = -np.log(going * r[t]) + going * so_far
    return s


def _own_charge_counted(r):
    """The loss to come begins with this step's own charge."""
    s, rest = np.ones(len(r) + 1), 0.0
    for t in reversed(range(len(r))):
        going = 1 / max(rest - np.log(r[t]), 1.0)
        s[t] = 1 - going
        rest = -np.log(going * r[t]) + going * rest
    return s


def _one_over_the_rest(r):
    """1/L taken for the stop, in the recursion too."""
    s, rest = np.ones(len(r) + 1), 0.0
    for t in reversed(range(len(r))):
        s[t] = 1 / rest if rest > 1 else 0.0
        rest = -np.log((1 - s[t]) * r[t]) + (1 - s[t]) * rest
    return s


def _share_in_the_slope(r):
    s, rest = np.ones(len(r) + 1), 0.0
    for t in reversed(range(len(r))):
        going = 1 / max(r[t] * rest, 1.0)
        s[t] = 1 - going
        rest = -np.log(going * r[t]) + going * rest
    return s


def _rest_starts_at_one(r):
    s, rest = np.ones(len(r) + 1), 1.0
    for t in reversed(range(len(r))):
        going = 1 / max(rest, 1.0)
        s[t] = 1 - going
        rest = -np.log(going * r[t]) + going * rest
    return s


def _tie_at_the_first_step(r):
    """The chapter's greedy loop: END as probable as the symbol, at step 1 alone."""
    s = np.append(np.zeros(len(r)), 1.0)
    s[0] = r[0] / (1 + r[0])
    return s


def _first_step_alone(r):
    """Stops at the first step, against a rest that never stops."""
    s = np.append(np.zeros(len(r)), 1.0)
    s[0] = 1 - 1 / max(-np.sum(np.log(r[1:])), 1.0)
    return s


def _by_the_own_symbol(r):
    """Stops where the right symbol is improbable."""
    return np.append(1 - r, 1.0)


def _without_the_last(r):
    return best_stops(r)[:-1]


def _numbers(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return rng.uniform(0.05, 0.8, size=n + 1), rng.uniform(0.05, 0.95, size=n)


RIGHT_HINTS = (
    (_right_without_end, "The term of END is missing."),
    (_right_without_going_on, "A symbol has probability (1 − s) r, not r."),
    (_right_without_symbols, "A symbol has probability (1 − s) r, not 1 − s."),
    (_right_is_broken, "That is the expected loss of the broken rule."),
    (_right_mean, "That is a mean."),
    (_right_s_for_going_on, "s is the probability of END."),
)
BROKEN_HINTS = (
    (_stops_before_paying, "The step that draws END is charged too."),
    (_last_coin_alone, "To be reached, a step must survive all draws before it."),
    (_broken_is_right, "That is the loss of the right rule."),
    (_goes_on_where_right, "A wrong symbol does not stop the loop, END does."),
    (_broken_without_end, "The last step is missing."),
    (_end_always_charged, "The last step is reached only if nothing stopped before."),
    (_s_for_going_on, "s is the probability of END."),
    (_divided_by_expected_steps, "It is a sum, not divided by the steps."),
    (_drawn_end_charged_too, "Only the target is charged, never what was drawn."),
    (_weighted_by_s, "A step that is reached is charged, whatever is drawn there."),
)
GREEDY = "Your loop leaves where END is the most probable symbol, as the fourth loop of §6.10 does. Here what is written is *drawn*: with probability s it is END, whether s is large or small."
GREEDY_RULES = (_greedy, _greedy_against_the_right_symbol)


def _test_right(ask: Ask, rng: np.random.Generator) -> None:
    for n in (1, 4, 9, 600):
        s, r = _numbers(rng, n)
        want = sum(-np.log(1 - a) - np.log(b) for a, b in zip(s, r, strict=False))
        want = float(want - np.log(s[-1]))
        reply = ask(RIGHT, s, r)
        value = np.asarray(reply.value)
        if value.shape == () and value.dtype.kind == "f" and not np.isfinite(value):
            raise Wrong(
                f"right_loss for n = {n}: the result is {value}. The product of hundreds of probabilities is smaller than the smallest float, and its logarithm is lost: add up the logarithms."
            )
        hints = [(float(f(s, r)), text) for f, text in RIGHT_HINTS]
        expect_number(reply.value, want, f"right_loss for n = {n}:", hints)
        expect_untouched(reply, (s, r), "s r")


def _either_side() -> list[tuple[Array, Array]]:
    """Stops on both sides of what a greedy loop compares them with."""
    return [
        (np.array([0.2, 0.9, 0.3, 0.6]), np.array([0.5, 0.6, 0.7])),
        (np.array([0.45, 0.2, 0.4]), np.array([0.6, 0.9])),
        (np.array([0.4, 0.3]), np.array([0.3])),
    ]


def _expect_broken(ask: Ask, s: Array, r: Array, where: str) -> None:
    reply = ask(BROKEN, s, r)
    want, got = by_enumeration(s, r), number(reply.value, f"{where} the result")
    hints = [(float(f(s, r)), text) for f, text in BROKEN_HINTS]
    greedy = [float(f(s, r)) for f in GREEDY_RULES]
    if any(np.isclose(got, other, rtol=1e-5) for other in greedy):
        replies = [ask(BROKEN, s, r).value for s, r in _either_side()]
        if any(
            np.allclose(replies, [f(s, r) for s, r in _either_side()], rtol=1e-5)
            for f in GREEDY_RULES
        ):
            hints = [(other, GREEDY) for other in greedy]
    if np.isclose(got, want, rtol=0.03):
        again = number(ask(BROKEN, s, r).value, where)
        near = "Nearly right. "
        if again != got:
            near = "A second call gives another number. "
        known = [want, *(other for other, _ in hints)]
        if not any(np.isclose(got, other, rtol=1e-5) for other in known):
            raise Wrong(
                f"{where} the result is {got:.6g}, expected {want:.6g}. {near}The exact expectation is asked for, not the mean of runs."
            )
    expect_number(reply.value, want, where, hints)
    expect_untouched(reply, (s, r), "s r")


def _test_broken_short(ask: Ask, rng: np.random.Generator) -> None:
    for _ in range(3):
        s, r = _numbers(rng, 1)
        _expect_broken(ask, s, r, "broken_loss for n = 1:")


def _test_broken_long(ask: Ask, rng: np.random.Generator) -> None:
    for n in (3, 8, 30):
        s, r = _numbers(rng, n)
        s[int(rng.integers(n))] = 0.0
        s[-1] = 1.0 if n == 8 else s[-1]
        _expect_broken(ask, s, r, f"broken_loss for n = {n}:")


def _as_stops(value: Any, n: int, where: str) -> Array:
    got = as_array(value, (n + 1,), where)
    if (got < -1e-9).any() or (got > 1 + 1e-9).any():
        raise Wrong(
            f"{where}: an entry is {got[np.argmax(np.abs(got - 0.5))]:.4g}. Probabilities lie between 0 and 1; where the formula leaves that range, the end of it is best."
        )
    return np.clip(got, 0.0, 1.0)


def _expect_best(ask: Ask, r: Array, where: str) -> None:
    reply = ask(BEST, r)
    s = _as_stops(reply.value, len(r), where)
    least, got = broken_loss(best_stops(r), r), broken_loss(s, r)
    if np.isnan(got):
        got = np.inf  # 0 times infinity: a certain stop where a symbol was due
    if got > least * (1 + 1e-5) + 1e-7:
        hint = ""
        if not np.isfinite(got):
            hint = " A probability of 0 for what is charged costs infinitely much."
        elif not s[:-1].any():
            hint = " Your network never stops before the end, as under the right rule. Is −ln r in your L? Without it nothing is ever to come that stopping could save. And from which L on does stopping pay?"
        elif (s == s[0]).all():
            hint = " Each step may have a probability of its own."
        raise Wrong(
            f"{where}: your stops have an expected broken loss of {got:.5g}; {least:.5g} is possible.{hint}"
        )
    expect_untouched(reply, (r,), "r")


def _test_best_short(ask: Ask, rng: np.random.Generator) -> None:
    for n in (1, 2, 3):
        r = rng.uniform(0.02, 0.3, size=n)
        _expect_best(ask, r, f"best_stops for n = {n}")
    _expect_best(ask, np.array([0.25, 0.25]), "best_stops([1/4, 1/4])")


def _test_best_long(ask: Ask, rng: np.random.Generator) -> None:
    _expect_best(ask, rng.uniform(0.02, 0.6, size=12), "best_stops for n = 12")
    r = rng.uniform(0.55, 0.95, size=6)
    _expect_best(ask, r, "best_stops for six easy symbols")
    _expect_best(ask, np.full(60, 1 / 30), "best_stops for 60 symbols of r = 1/30")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for n, middle in ((3, 0.7), (5, 0.45)):  # a greedy loop leaves at 0.7
        s, r = _numbers(rng, n)
        s[:3] = rng.uniform(0.05, 0.2), middle, rng.uniform(0.55, 0.8)
        r[:2] = rng.uniform(0.6, 0.9), rng.uniform(0.2, 0.4)
        calls += [Call(RIGHT, s, r), Call(BROKEN, s, r)]
    hard = rng.uniform(0.02, 0.4, size=5)
    easy = np.concatenate([hard[:3], [0.4, 0.7]])
    easy[-1] = rng.uniform(0.5, 0.7)
    calls += [Call(BEST, hard), Call(BEST, easy)]
    return calls


READ = "§6.10, eq-eos-short"

QUESTION = Question(
    id="06.5",
    title="a loss that stops where the model stops",
    answers=(RIGHT, BROKEN, BEST),
    reference={RIGHT: right_loss, BROKEN: broken_loss, BEST: best_stops},
    properties=(
        Property(
            "right_loss charges every symbol and END, whatever was drawn",
            1,
            _test_right,
            "§6.10, and §6.1, eq-tf-ll",
        ),
        Property(
            "broken_loss for a text of one symbol",
            1,
            _test_broken_short,
            READ,
        ),
        Property(
            "broken_loss for longer texts, in which it may stop anywhere",
            1,
            _test_broken_long,
            READ,
        ),
        Property(
            "best_stops for one to three improbable symbols: no other stops have a smaller broken loss",
            1,
            _test_best_short,
            READ,
        ),
        Property(
            "best_stops for long texts, and for texts with probable symbols",
            1,
            _test_best_long,
            READ,
        ),
    ),
    misconceptions=(
        Misconception(
            "right_loss: END left out",
            {RIGHT: _right_without_end},
            "The right rule charges END as well: the last target. Without it nobody teaches the network to stop.",
            "§6.1, eq-tf-ll",
        ),
        Misconception(
            "right_loss: going on not charged",
            {RIGHT: _right_without_going_on},
            "The probability of the right symbol is (1 − s) r: first END must not be chosen, then the right one of the others. You charge r alone.",
            READ,
        ),
        Misconception(
            "right_loss: symbols not charged",
            {RIGHT: _right_without_symbols},
            "You charge that the network goes on, not that it goes on with the right symbol: (1 − s) r.",
            READ,
        ),
        Misconception(
            "right_loss: END alone",
            {RIGHT: _right_end_alone},
            "You charge END alone. The n symbols before it are targets too.",
            READ,
        ),
        Misconception(
            "right_loss: mean",
            {RIGHT: _right_mean},
            "You divide by the number of targets. In this book a loss is a sum unless a mean is asked for.",
            READ,
        ),
        Misconception(
            "right_loss: bits",
            {RIGHT: _right_bits},
            "You count in bits. Nats are asked for, the natural logarithm.",
            READ,
        ),
        Misconception(
            "right_loss: sign",
            {RIGHT: _right_sign},
            "That is the log-likelihood; the loss has the other sign and is never negative.",
            "§6.1, eq-tf-ll",
        ),
        Misconception(
            "right_loss: probability",
            {RIGHT: _right_probability},
            "That is the probability of the text. The loss is minus its logarithm.",
            "§6.1, eq-tf-ll",
        ),
        Misconception(
            "right_loss: s for going on",
            {RIGHT: _right_s_for_going_on},
            "You take s for the probability of going on. It is that of END; the right symbol has (1 − s) r.",
            READ,
        ),
        Misconception(
            "right_loss: going on at the end",
            {RIGHT: _right_going_on_at_the_end},
            "At the last step END is the target: the charge is −ln s there, not −ln(1 − s).",
            READ,
        ),
        Misconception(
            "right_loss: wrong symbols charged too",
            {RIGHT: _right_binary},
            "You charge −ln(1 − r) as well, as for a class of its own. A cross-entropy charges what came, once.",
            READ,
        ),
        Misconception(
            "right_loss: logarithm of a sum",
            {RIGHT: _right_sum_of_probabilities},
            "You take the logarithm of a sum. The steps are multiplied: a logarithm for each, then the sum.",
            "§6.1, eq-tf-ll",
        ),
        Misconception(
            "right_loss: the broken rule",
            {RIGHT: _right_is_broken},
            "That is the broken rule's expected loss. The right rule charges all n + 1 targets, whatever the network has drawn.",
            READ,
        ),
        Misconception(
            "broken_loss: the right rule",
            {BROKEN: _broken_is_right},
            "That is the right rule's loss. The broken loop ends with the step at which END was drawn: step t is charged only with the probability that none was drawn before it.",
            READ,
        ),
        Misconception(
            "broken_loss: stops before the charge",
            {BROKEN: _stops_before_paying},
            "Your step is charged only if END was not drawn *at* it. The loop charges first and stops then: what must not have happened is an END before.",
            READ,
        ),
        Misconception(
            "broken_loss: stops before the charge, except at the end",
            {BROKEN: _stops_before_paying_but_the_last},
            "Your steps are charged only if END was not drawn *at* them, except the last. The loop charges first and stops then, at every step: multiply by the draws before.",
            READ,
        ),
        Misconception(
            "broken_loss: the last draw alone",
            {BROKEN: _last_coin_alone},
            "You multiply by the chance that the step before did not stop. All steps before must not have: a product of all of them.",
            READ,
        ),
        Misconception(
            "broken_loss: s for going on",
            {BROKEN: _s_for_going_on},
            "You reach a step with the product of the s before. s is the probability of END, at which the loop stops; it goes on with 1 − s.",
            READ,
        ),
        Misconception(
            "broken_loss: goes on where it was right",
            {BROKEN: _goes_on_where_right},
            "Your loop goes on only if the right symbol was drawn. A wrong one does not stop it, only END does: 1 − s, without r.",
            READ,
        ),
        Misconception(
            "broken_loss: stops at mistakes",
            {BROKEN: _stops_at_mistakes},
            "Your loop goes on after END and stops at wrong symbols. It is the other way round.",
            READ,
        ),
        Misconception(
            "broken_loss: symbols not charged",
            {BROKEN: _broken_without_symbols},
            "r is missing in your charges: the target has probability (1 − s) r.",
            READ,
        ),
        Misconception(
            "broken_loss: going on not charged",
            {BROKEN: _broken_without_going_on},
            "1 − s is missing in your charges. Where a symbol is due, a high s makes the target improbable: that is what the broken rule has to pay once, in order to stop.",
            READ,
        ),
        Misconception(
            "broken_loss: last step missing",
            {BROKEN: _broken_without_end},
            "The last step is missing: if nothing has stopped the loop before, END is due and charged.",
            READ,
        ),
        Misconception(
            "broken_loss: END always charged",
            {BROKEN: _end_always_charged},
            "You charge END in any case. The loop comes to the last step only if no END was drawn before.",
            READ,
        ),
        Misconception(
            "broken_loss: the drawn END charged",
            {BROKEN: _end_charged_where_drawn},
            "Where END is drawn too early you charge −ln s, the surprise of what was drawn. The charge is that of the *target*, −ln((1 − s) r), whatever was drawn.",
            READ,
        ),
        Misconception(
            "broken_loss: the drawn END charged too",
            {BROKEN: _drawn_end_charged_too},
            "Where END is drawn too early you add −ln s to the charge of the step. What was drawn is never charged, only the target is.",
            READ,
        ),
        Misconception(
            "broken_loss: the most probable symbol",
            {BROKEN: _greedy},
            GREEDY,
            READ,
        ),
        Misconception(
            "broken_loss: END against the right symbol",
            {BROKEN: _greedy_against_the_right_symbol},
            "Your loop leaves where END is more probable than the right symbol. Here what is written is *drawn*: with probability s it is END, whatever the others have.",
            READ,
        ),
        Misconception(
            "broken_loss: weighted by s",
            {BROKEN: _weighted_by_s},
            "You weight the charge of each step by s, the chance that END is drawn *there*. A step is charged whenever it is reached; s decides about the steps after it.",
            READ,
        ),
        Misconception(
            "broken_loss: mean",
            {BROKEN: _broken_mean},
            "You divide by n + 1. The loop adds up what it charges; a sum is asked for.",
            READ,
        ),
        Misconception(
            "broken_loss: divided by the expected steps",
            {BROKEN: _divided_by_expected_steps},
            "You divide by the expected number of steps. That would be another rule, with another optimum; the sum is asked for.",
            READ,
        ),
        Misconception(
            "broken_loss: bits",
            {BROKEN: _broken_bits},
            "You count in bits. Nats are asked for.",
            READ,
        ),
        Misconception(
            "broken_loss: sign",
            {BROKEN: _broken_sign},
            "The sign is wrong: a loss is minus the logarithm of a probability.",
            READ,
        ),
        Misconception(
            "broken_loss: the place of stopping alone charged",
            {BROKEN: _weighted_by_place_of_stopping},
            "You charge only the step at which the loop stops. All steps up to there have been charged too.",
            READ,
        ),
        Misconception(
            "broken_loss: finished texts alone",
            {BROKEN: _only_finished},
            "You count only the runs that are not stopped early. The others have been charged for the steps that they made.",
            READ,
        ),
        Misconception(
            "broken_loss: mean charge times expected steps",
            {BROKEN: _expected_length_first},
            "You multiply the mean charge by the expected number of steps. The early steps are reached more often than the late ones: weight each charge by its own chance.",
            READ,
        ),
        Misconception(
            "best_stops: those of the right loss",
            {BEST: _best_of_the_right_loss},
            "Those are the best stops of the *right* loss: never before the end, then certainly. The broken rule can do better by stopping early, which saves the charges to come. (If you ran the recursion: is −ln r in your L? Without it L never leaves 0.)",
            READ,
        ),
        Misconception(
            "best_stops: one in n + 1",
            {BEST: _uniform},
            "1/(n + 1) at each step is the best *constant* for the right loss. Here the loss is the broken one, and each step has a stop of its own.",
            READ,
        ),
        Misconception(
            "best_stops: one constant",
            {BEST: _one_constant},
            "You have found the best constant. Each step may have its own stop: where little is still to come, stopping saves little; at the last step END is certain.",
            READ,
        ),
        Misconception(
            "best_stops: always",
            {BEST: _always_stop},
            "If END is certain at step 1, the symbol that is due there has probability 0 and costs infinitely much: the step is charged before the loop stops. Something in between is best.",
            READ,
        ),
        Misconception(
            "best_stops: never",
            {BEST: _never_stop},
            "At the last step END is the target, and you give it probability 0. There s = 1 costs nothing.",
            READ,
        ),
        Misconception(
            "best_stops: a rest that never stops",
            {BEST: _rest_without_stops},
            "You weigh each step against the charges to come as if the loop went on to the end. It will stop early later on too: what is to come is the *least expected* loss of the rest, L(t + 1).",
            READ,
        ),
        Misconception(
            "best_stops: not bounded",
            {BEST: _not_bounded},
            "Where the loss to come is below 1 your formula gives a negative probability. The slope is then positive for all s from 0 to 1: s = 0 is best.",
            READ,
        ),
        Misconception(
            "best_stops: going on for stopping",
            {BEST: _going_for_stopping},
            "1/L is the best probability of *going on*. The stop is 1 − 1/L.",
            READ,
        ),
        Misconception(
            "best_stops: 1/L for the stop",
            {BEST: _one_over_the_rest},
            "You stop with probability 1/L. The slope is zero where 1 − s = 1/L: that is the probability of *going on*. The more is still to come, the more does stopping save.",
            READ,
        ),
        Misconception(
            "best_stops: r in the slope",
            {BEST: _share_in_the_slope},
            "You have r in the condition for s. In −ln((1 − s) r) = −ln(1 − s) − ln r the second part does not depend on s, so the slope is 1/(1 − s) − L, without r.",
            READ,
        ),
        Misconception(
            "best_stops: the rest begins with 1",
            {BEST: _rest_starts_at_one},
            "Your recursion begins with a loss to come of 1. At the last step s = 1 makes END certain, and its charge is −ln 1 = 0.",
            READ,
        ),
        Misconception(
            "best_stops: a tie at the first step",
            {BEST: _tie_at_the_first_step},
            "You give END as much as the right symbol, at step 1 alone: that is the optimum of the chapter's loop, which takes the most probable symbol. Here END is *drawn*, so a little more of it always makes the loop leave a little more often.",
            READ,
        ),
        Misconception(
            "best_stops: END never at the end",
            {BEST: _end_never},
            "All is right but the last: there END is the target, and s = 1 costs nothing.",
            READ,
        ),
        Misconception(
            "best_stops: going on not charged in the rest",
            {BEST: _going_on_not_charged},
            "In your loss to come −ln(1 − s) is missing. Stopping has its price: the step that stops is charged −ln((1 − s) r).",
            READ,
        ),
        Misconception(
            "best_stops: the rest not weighted",
            {BEST: _rest_not_weighted},
            "In your recursion the rest enters with weight 1. It is reached with probability 1 − s only: L(t) = −ln((1 − s) r) + (1 − s) L(t + 1).",
            READ,
        ),
        Misconception(
            "best_stops: from the front",
            {BEST: _from_the_front},
            "You run through the text from the front, and weigh the loss *so far*. That is paid already. What stopping saves is the loss to come: begin at the last step and go back.",
            READ,
        ),
        Misconception(
            "best_stops: this step's charge counted",
            {BEST: _own_charge_counted},
            "You count this step's −ln r among what stopping saves. It is charged before the loop stops: only L(t + 1) is saved.",
            READ,
        ),
        Misconception(
            "best_stops: the first step alone",
            {BEST: _first_step_alone},
            "You let the network stop at the first step alone. It may stop at any, and the rest is cheaper when it does.",
            READ,
        ),
        Misconception(
            "best_stops: where the symbol is improbable",
            {BEST: _by_the_own_symbol},
            "You stop where the right symbol is improbable. Its charge is due in any case; stopping saves what comes after.",
            READ,
        ),
        Misconception(
            "best_stops: one too few",
            {BEST: _without_the_last},
            "There are n + 1 steps: n symbols and END. The last one is missing.",
            READ,
        ),
    ),
    cases=_cases,
)
