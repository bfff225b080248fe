"""Question 2.6: the probability of an answer."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array, as_array
from unrolled.grader.question import (
    Ask,
    Call,
    Given,
    Misconception,
    Property,
    Question,
    Wrong,
)

END = 3  # as in the given cell
SYMBOLS = (0, 1, 2)
LONG = 400
TAGS, FED, CLASS, CAPTION = "log_p_tags", "log_p_fed", "log_p_class", "log_p_caption"


def log_p_tags(p: Callable, x: Array, y: list[int]) -> float:
    total = 0.0
    for t in range(len(y)):
        total += np.log(p(y[t], x[: t + 1]))
    return total


def log_p_fed(p: Callable, x: Array, y: list[int]) -> float:
    total = 0.0
    for t in range(len(y)):
        total += np.log(p(y[t], y[:t], x[: t + 1]))
    return total


def log_p_class(p: Callable, x: Array, y: int) -> float:
    return np.log(p(y, x))


def log_p_caption(p: Callable, c: Array, y: list[int]) -> float:
    total = np.log(p(END, y, c))
    for t in range(len(y)):
        total += np.log(p(y[t], y[:t], c))
    return total


def _tags_whole_input(p, x, y):
    return sum(np.log(p(y[t], x)) for t in range(len(y)))


def _tags_current_input_alone(p, x, y):
    return sum(np.log(p(y[t], x[t : t + 1])) for t in range(len(y)))


def _tags_input_one_late(p, x, y):
    return sum(np.log(p(y[t], x[:t])) for t in range(len(y)))


def _fed_whole_input(p, x, y):
    return sum(np.log(p(y[t], y[:t], x)) for t in range(len(y)))


def _fed_input_one_late(p, x, y):
    return sum(np.log(p(y[t], y[:t], x[:t])) for t in range(len(y)))


def _fed_own_target(p, x, y):
    return sum(np.log(p(y[t], y[: t + 1], x[: t + 1])) for t in range(len(y)))


def _fed_all_targets(p, x, y):
    return sum(np.log(p(y[t], y, x[: t + 1])) for t in range(len(y)))


def _fed_nothing(p, x, y):
    return sum(np.log(p(y[t], [], x[: t + 1])) for t in range(len(y)))


def _fed_one_answer(p, x, y):
    return sum(np.log(p(y[t], y[max(t - 1, 0) : t], x[: t + 1])) for t in range(len(y)))


def _fed_wraps_around(p, x, y):
    return sum(np.log(p(y[t], [y[t - 1]], x[: t + 1])) for t in range(len(y)))


def _fed_swapped(p, x, y):
    return sum(np.log(p(y[t], x[: t + 1], y[:t])) for t in range(len(y)))


def _class_at_every_step(p, x, y):
    return sum(np.log(p(y, x[: t + 1])) for t in range(len(x)))


def _class_last_input(p, x, y):
    return np.log(p(y, x[-1:]))


def _class_mean_of_chances(p, x, y):
    return np.log(np.mean([p(y, x[: t + 1]) for t in range(len(x))]))


def _caption_no_end(p, c, y):
    return sum(np.log(p(y[t], y[:t], c)) for t in range(len(y)))


def _caption_own_symbol(p, c, y):
    total = np.log(p(END, y, c))
    return total + sum(np.log(p(y[t], y[: t + 1], c)) for t in range(len(y)))


def _caption_own_symbol_and_end(p, c, y):
    whole = [*y, END]
    return sum(np.log(p(v, whole[: t + 1], c)) for t, v in enumerate(whole))


def _caption_one_symbol(p, c, y):
    total = np.log(p(END, y[-1:], c))
    return total + sum(np.log(p(y[t], y[max(t - 1, 0) : t], c)) for t in range(len(y)))


def _caption_one_symbol_but_end(p, c, y):
    total = np.log(p(END, y, c))
    return total + sum(np.log(p(y[t], y[max(t - 1, 0) : t], c)) for t in range(len(y)))


def _caption_independent(p, c, y):
    return sum(np.log(p(v, [], c)) for v in [*y, END])


def _caption_end_from_start(p, c, y):
    total = np.log(p(END, [], c))
    return total + sum(np.log(p(y[t], y[:t], c)) for t in range(len(y)))


def _caption_end_has_read_itself(p, c, y):
    total = np.log(p(END, [*y, END], c))
    return total + sum(np.log(p(y[t], y[:t], c)) for t in range(len(y)))


def _caption_survives_twice(p, c, y):
    total = np.log(p(END, y, c))
    for t in range(len(y)):
        total += np.log(p(y[t], y[:t], c)) + np.log(1 - p(END, y[:t], c))
    return total


def _sum_tags(p, x, y):
    return np.log(sum(p(y[t], x[: t + 1]) for t in range(len(y))))


def _sum_fed(p, x, y):
    return np.log(sum(p(y[t], y[:t], x[: t + 1]) for t in range(len(y))))


def _sum_caption(p, c, y):
    total = p(END, y, c)
    return np.log(total + sum(p(y[t], y[:t], c) for t in range(len(y))))


def _chance_tags(p, x, y):
    return np.prod([p(y[t], x[: t + 1]) for t in range(len(y))])


def _chance_fed(p, x, y):
    return np.prod([p(y[t], y[:t], x[: t + 1]) for t in range(len(y))])


def _chance_class(p, x, y):
    return p(y, x)


def _chance_caption(p, c, y):
    return p(END, y, c) * np.prod([p(y[t], y[:t], c) for t in range(len(y))])


def _loss_tags(p, x, y):
    return -sum(np.log(p(y[t], x[: t + 1])) for t in range(len(y)))


def _loss_fed(p, x, y):
    return -sum(np.log(p(y[t], y[:t], x[: t + 1])) for t in range(len(y)))


def _loss_class(p, x, y):
    return -np.log(p(y, x))


def _loss_caption(p, c, y):
    total = np.log(p(END, y, c))
    return -total - sum(np.log(p(y[t], y[:t], c)) for t in range(len(y)))


def _mean_tags(p, x, y):
    return np.mean([np.log(p(y[t], x[: t + 1])) for t in range(len(y))])


def _mean_fed(p, x, y):
    return np.mean([np.log(p(y[t], y[:t], x[: t + 1])) for t in range(len(y))])


def _mean_caption(p, c, y):
    total = np.log(p(END, y, c))
    total += sum(np.log(p(y[t], y[:t], c)) for t in range(len(y)))
    return total / (len(y) + 1)


def _log_of_the_product(p, x, y):
    return np.log(np.prod([p(y[t], x[: t + 1]) for t in range(len(y))]))


def _log_of_the_product_raises(p, x, y):
    return math.log(math.prod(p(y[t], x[: t + 1]) for t in range(len(y))))


WHERE_FROM = {
    TAGS: (
        (
            _tags_input_one_late,
            "The step's own input was not read: x[:t] ends before it.",
        ),
        (_tags_whole_input, "That comes from handing over later inputs too."),
        (_tags_current_input_alone, "That comes from the current input alone."),
    ),
    FED: (
        (
            _fed_input_one_late,
            "The step's own input was not read: x[:t] ends before it.",
        ),
        (_fed_whole_input, "That comes from handing over later inputs too."),
        (_fed_own_target, "The network was given the answer it was asked for."),
        (_fed_nothing, "No earlier answer was handed over."),
        (_fed_one_answer, "The answer just before was handed over, and none older."),
        (_fed_wraps_around, "At the first step y[t - 1] is y[-1], the last answer."),
        (_fed_swapped, "The order of the arguments is p(v, before, seen)."),
        (_fed_all_targets, "Every step was handed the whole of y."),
    ),
    CLASS: ((_class_last_input, "That comes from the last input alone."),),
    CAPTION: (
        (_caption_no_end, "The factor of the end is missing."),
        (_caption_own_symbol, "The network was given the symbol it was asked for."),
        (
            _caption_own_symbol_and_end,
            "The network was given the symbol it was asked for, END too.",
        ),
        (
            _caption_one_symbol,
            "The symbol just before was handed over, and none older.",
        ),
        (
            _caption_one_symbol_but_end,
            "The symbol just before was handed over, and none older.",
        ),
        (_caption_end_from_start, "The end was asked for with nothing before it."),
    ),
}


def _others(name: str, p: Callable, x: Array, y: Any) -> list[tuple[float, str]]:
    """What known mistakes give, with the sentence for each."""
    return [(float(f(p, x, y)), hint) for f, hint in WHERE_FROM[name]]


TOO_SMALL = (
    "but no factor is 0. A product of many probabilities is too small for a float: add "
    "their logarithms."
)


def _as_log(value: Any, where: str) -> float:
    """The returned number; Wrong unless it is one that can be a log probability."""
    got = np.asarray(value) if not isinstance(value, (list, tuple)) else None
    number = got is not None and got.dtype.kind in "iuf" and got.shape == ()
    if number and np.isneginf(got):
        raise Wrong(f"{where} the result is -inf, {TOO_SMALL}")
    return float(as_array(value, (), f"{where} the result"))


def _expect_log(
    value: Any,
    want: float,
    where: str,
    factors: int,
    sum_to_one: Callable[[], None] = lambda: None,
    hints: Sequence[tuple[float, str]] = (),
) -> None:
    """Raise Wrong unless value is want.

    hints: other values and what they come from. Where the difference has no known
    cause, the sum over all answers is asked first: it says more.
    """
    got = _as_log(value, where)

    def close(other: float) -> bool:
        return bool(np.isclose(got, other, rtol=1e-5, atol=1e-9))

    if close(want):
        return
    told = (
        f"{where} the result is {got:.4g}; the network's own probability gives "
        f"{want:.4g}."
    )
    for other, hint in (
        (np.exp(want), "That is the probability; asked for is its logarithm."),
        (-want, "The sign is the loss's: log p is never positive."),
        (want / np.log(2), "Those are bits: take the natural logarithm."),
        (want / factors, "That is a mean over the factors; log p is their sum."),
        *hints,
    ):
        if close(other) and not np.isclose(other, want, rtol=1e-4):
            raise Wrong(f"{told} {hint}")
    sum_to_one()
    raise Wrong(told)


def _expect_one(values: list[Any], what: str) -> None:
    """Raise Wrong unless the probabilities of all answers make 1."""
    logs = [_as_log(value, f"for one of {what}") for value in values]
    total = float(np.sum(np.exp(np.minimum(logs, 50.0))))
    if not abs(total - 1) < 1e-5:
        digits = 3 if abs(total - 1) > 0.01 else 7
        raise Wrong(
            f"the probabilities of {what} add up to {total:.{digits}g}, not to 1: in some "
            "factor the network knows what it should not, or a factor is missing or "
            "too many."
        )


def _expect_at_most_one(values: list[Any]) -> None:
    """Raise Wrong where the captions of up to 3 symbols have more than probability 1.

    What an answer leaves for longer captions is not asked, so less than 1 says nothing.
    """
    what = "all captions of up to 3 symbols"
    logs = [_as_log(value, f"for one of {what}") for value in values]
    total = float(np.sum(np.exp(np.minimum(logs, 50.0))))
    if total > 1 + 1e-5:
        raise Wrong(
            f"the probabilities of {what} add up to {total:.3g}, more than 1: in some "
            "factor the network knows what it should not, or a factor is missing."
        )


def _test_other(
    ask: Ask, rng: np.random.Generator, name: str, given: str, x: Array, y: Any
) -> None:
    """Another network than the one whose name the learner knows."""
    other = given.replace("p_", "q_")
    functions = QUESTION.reference
    value = ask(name, Given(other), x, y).value
    usual = float(functions[name](ask.given(given), x, y))
    want = float(functions[name](ask.given(other), x, y))
    where = f"{name} with another network, `{other}`:"
    got = _as_log(value, where)
    if np.isclose(got, usual, rtol=1e-5) and not np.isclose(want, usual, rtol=1e-4):
        raise Wrong(
            f"{where} the result is still that of `{given}`. The network is the "
            "argument `p`; call that one."
        )
    _expect_log(value, want, where, np.size(y) + (name == CAPTION))


def _draw(rng: np.random.Generator, T: int) -> tuple[Array, list[int]]:
    return rng.standard_normal(T), [int(v) for v in rng.integers(3, size=T)]


def _long_draw(rng: np.random.Generator) -> tuple[Array, list[int]]:
    """So long and so surprising that the probability is no float above 0."""
    x, y = _draw(rng, LONG)
    return 6.0 * x, y


def _test_in_step(ask: Ask, rng: np.random.Generator, name: str, given: str) -> None:
    p = ask.given(given)

    def chance(x: Array, y: list[int], t: int) -> float:
        seen = list(x[:t])  # up to and with x(t)
        if name == FED:
            return p(y[t - 1], y[: t - 1], seen)
        return p(y[t - 1], seen)

    x3, _ = _draw(rng, 3)

    def sum_to_one() -> None:
        every = [list(y) for y in itertools.product(SYMBOLS, repeat=3)]
        values = [ask(name, Given(given), x3, y).value for y in every]
        _expect_one(values, "all 27 answers of length 3")

    for T in (5, 2, 8, 1):
        x, y = _draw(rng, T)
        want = sum(np.log(chance(x, y, t)) for t in range(1, T + 1))
        reply = ask(name, Given(given), x, y)
        hints = _others(name, p, x, y)
        _expect_log(reply.value, want, f"{name} with T = {T}:", T, sum_to_one, hints)
        _expect_same(reply.args_after, (None, x, y), name)
    sum_to_one()
    _test_other(ask, rng, name, given, *_draw(rng, 6))


def _expect_same(after: tuple[Any, ...], before: tuple[Any, ...], name: str) -> None:
    for now, then in zip(after[1:], before[1:], strict=True):
        if not np.array_equal(np.asarray(now), np.asarray(then)):
            raise Wrong(
                f"{name} changed one of its arguments, and with it what the caller "
                "holds; work on a copy."
            )


def _test_tags(ask: Ask, rng: np.random.Generator) -> None:
    _test_in_step(ask, rng, TAGS, "p_tags")
    x, y = _long_draw(rng)
    p = ask.given("p_tags")
    want = sum(np.log(p(y[t], x[: t + 1])) for t in range(LONG))
    where = f"{TAGS} with T = {LONG}:"
    try:
        value = ask(TAGS, Given("p_tags"), x, y).value
    except Wrong as wrong:
        told = ("math domain error", "positive input")  # older and newer Pythons
        if wrong.kind == "exception" and any(t in wrong.message for t in told):
            raise Wrong(f"{where} math.log was given 0, {TOO_SMALL}") from None
        raise
    _expect_log(value, want, where, LONG)


def _test_fed(ask: Ask, rng: np.random.Generator) -> None:
    _test_in_step(ask, rng, FED, "p_fed")


def _test_class(ask: Ask, rng: np.random.Generator) -> None:
    p = ask.given("p_class")
    for T in (1, 4, 7):
        x, _ = _draw(rng, T)
        values = [ask(CLASS, Given("p_class"), x, v).value for v in SYMBOLS]

        def sum_to_one(T: int = T, values: list[Any] = values) -> None:
            _expect_one(values, f"the three classes, for T = {T},")

        where = f"{CLASS} with T = {T}"
        for v, value in zip(SYMBOLS, values, strict=True):
            hints = _others(CLASS, p, x, v)
            there = f"{where} and y = {v}:"
            _expect_log(value, np.log(p(v, x)), there, T, sum_to_one, hints)
        sum_to_one()
    _test_other(ask, rng, CLASS, "p_class", _draw(rng, 5)[0], 2)


def _test_caption(ask: Ask, rng: np.random.Generator) -> None:
    p = ask.given("p_caption")
    c = rng.standard_normal(3)

    def written(y: list[int]) -> float:
        """The probability of writing y, whatever comes after."""
        return float(np.prod([p(v, y[:t], c) for t, v in enumerate(y)]))

    def all_of(length: int) -> list[list[int]]:
        return [list(y) for y in itertools.product(SYMBOLS, repeat=length)]

    captions = [y for length in range(4) for y in all_of(length)]
    try:
        values = [ask(CAPTION, Given("p_caption"), c, y).value for y in captions]
    except Wrong as wrong:
        if wrong.kind == "exception" and "IndexError" in wrong.message:
            order = "If that comes from inside `p`: its order is p(v, before, c)."
            raise Wrong(f"{wrong.message.rstrip('.')}. {order}", wrong.kind) from None
        raise

    def sum_to_one() -> None:
        _expect_at_most_one(values)

    for y, value in reversed(list(zip(captions, values, strict=True))):
        want = np.log(written(y) * p(END, y, c))
        where = f"{CAPTION} with y = {y}:"
        hints = _others(CAPTION, p, c, y)
        _expect_log(value, want, where, len(y) + 1, sum_to_one, hints)
    c, y = rng.standard_normal(3), [int(v) for v in rng.integers(3, size=9)]
    reply = ask(CAPTION, Given("p_caption"), c, y)
    want = np.log(np.prod([p(v, y[:t], c) for t, v in enumerate([*y, END])]))
    _expect_log(reply.value, want, f"{CAPTION} with 9 symbols:", 10)
    _expect_same(reply.args_after, (None, c, y), CAPTION)
    _test_other(ask, rng, CAPTION, "p_caption", c, y[:4])


def _probability_cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for T in (3, 5):
        x, y = _draw(rng, T)
        c = rng.standard_normal(3)
        calls += [
            Call(TAGS, Given("p_tags"), x, y),
            Call(FED, Given("p_fed"), x, y),
            Call(CLASS, Given("p_class"), x, y[0]),
            Call(CAPTION, Given("p_caption"), c, y),
        ]
    x, y = _long_draw(rng)
    return [*calls, Call(TAGS, Given("p_tags"), x, y)]


QUESTION = Question(
    id="02.6",
    title="what each pattern says is probable",
    answers=(TAGS, FED, CLASS, CAPTION),
    reference={
        TAGS: log_p_tags,
        FED: log_p_fed,
        CLASS: log_p_class,
        CAPTION: log_p_caption,
    },
    properties=(
        Property(
            "log_p_tags: all answers together have probability 1, each its own value, and 400 steps do no harm",
            1,
            _test_tags,
            "§2.1, eq-seq-factor",
        ),
        Property(
            "log_p_fed: all answers together have probability 1, each the value of the network that reads the answers before",
            1,
            _test_fed,
            "§2.1, eq-seq-factor",
        ),
        Property(
            "log_p_class: the classes together have probability 1, each the value for the whole sequence",
            1,
            _test_class,
            "§2.1 and §2.2, def-last",
        ),
        Property(
            "log_p_caption: every caption, the empty one included, has the value of a network that knows all symbols so far and says when it stops",
            1,
            _test_caption,
            "§2.1, eq-seq-factor",
        ),
    ),
    misconceptions=(
        Misconception(
            "probabilities summed",
            {TAGS: _sum_tags, FED: _sum_fed, CAPTION: _sum_caption},
            "You add the probabilities and take one logarithm. That all these things happen is a product of probabilities, so a sum of logarithms: take the logarithm of each factor first.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "probability, not its logarithm",
            {
                TAGS: _chance_tags,
                FED: _chance_fed,
                CLASS: _chance_class,
                CAPTION: _chance_caption,
            },
            "You return p(y | x) itself in all four functions. Asked for is its logarithm, the sum of the logarithms of the factors; the product is 0 for a float after a few hundred steps.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "the loss",
            {
                TAGS: _loss_tags,
                FED: _loss_fed,
                CLASS: _loss_class,
                CAPTION: _loss_caption,
            },
            "You return −log p(y | x), the loss. Asked for is log p(y | x), which is never positive.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "mean over the steps",
            {TAGS: _mean_tags, FED: _mean_fed, CAPTION: _mean_caption},
            "You return the mean of the logarithms. It is a fair thing to report, but the logarithm of a probability is their sum: exp of the mean does not add up to 1 over all answers.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "logarithm of a product",
            {TAGS: _log_of_the_product},
            "You multiply first and take the logarithm last. After some hundred steps the product is 0 in floating point and its logarithm −inf, although every factor is fine. Add the logarithms of the factors.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "logarithm of a product, and a ValueError",
            {TAGS: _log_of_the_product_raises},
            "You multiply first and take the logarithm last. After some hundred steps the product is 0 in floating point, and math.log(0) raises a ValueError (np.log gives −inf), although every factor is fine. Add the logarithms of the factors.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "looks at later inputs",
            {TAGS: _tags_whole_input, FED: _fed_whole_input},
            "You hand the whole of x to every step of log_p_tags and log_p_fed. Their networks have read x(1) to x(t) when they answer at step t. (Given all of x you have the factorisation of a bidirectional network; note that its probabilities add up to 1 too.)",
            "§2.1 and §2.4",
        ),
        Misconception(
            "later inputs in log_p_tags",
            {TAGS: _tags_whole_input},
            "In log_p_tags you hand the whole of x to every step. A network in step has read x(1) to x(t) when it answers at step t; with all of x it would be a bidirectional one.",
            "§2.1 and §2.4",
        ),
        Misconception(
            "later inputs in log_p_fed",
            {FED: _fed_whole_input},
            "In log_p_fed you hand the whole of x to every step. When it answers at step t, the network has read the inputs x(1) to x(t) and no later one.",
            "§2.1 and §2.4",
        ),
        Misconception(
            "input of the step not read in both",
            {TAGS: _tags_input_one_late, FED: _fed_input_one_late},
            "In both functions x[:t] stops before the step's own input, because a slice leaves its end out. At index t the network has read t + 1 inputs.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "input of the step not read in log_p_tags",
            {TAGS: _tags_input_one_late},
            "In log_p_tags x[:t] stops before the step's own input, because a slice leaves its end out: it should be x[: t + 1]. The probabilities still add up to 1, so the sum cannot show it.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "input of the step not read in log_p_fed",
            {FED: _fed_input_one_late},
            "In log_p_fed the inputs stop one step early: the answers before are y[:t], without the step's own; the inputs are x[: t + 1], with it.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "current input alone",
            {TAGS: _tags_current_input_alone},
            "In log_p_tags you hand over the current input alone. That is a network without a state, which tags each word as if it stood by itself; ours remembers x(1) to x(t).",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "conditions on its own target",
            {FED: _fed_own_target, CAPTION: _caption_own_symbol},
            "In both functions that feed answers back, the network is given y(t) when it is asked for y(t). `before` ends one earlier: y[:t] for the answer y[t]. Training would look wonderful, and the network would have learned to copy.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "log_p_fed conditions on its own target",
            {FED: _fed_own_target},
            "In log_p_fed the network is given y(t) when it is asked for y(t). `before` ends one earlier: y[:t] for the answer y[t]. The sum over all answers shows it: it is not 1.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "log_p_fed is given all answers",
            {FED: _fed_all_targets},
            "In log_p_fed every step is given the whole of y, later answers and its own among them. A factor of the chain rule knows the earlier answers alone: y[:t].",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "independent where chained",
            {FED: _fed_nothing},
            "In log_p_fed you hand over no answers at all, so they come out independent given x. Feeding answers back is what makes them depend on one another: hand over y[:t].",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "the answer before alone",
            {FED: _fed_one_answer},
            "In log_p_fed each step is given the answer just before it alone. That would be all that a network without links between its hidden units could know of the past (Jordan's, with the true answers fed). This one keeps a state as well, so the chain rule stands unshortened: all earlier answers, y[:t].",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "first step given the last answer",
            {FED: _fed_wraps_around},
            "In log_p_fed each step is given y[t − 1] alone. There are older answers as well, y[:t] has them all; and at t = 0 the index −1 counts from the end, so the first step is given the last answer.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "inputs and answers exchanged",
            {FED: _fed_swapped},
            "In log_p_fed you hand over the inputs where the answers belong and the other way round. The order is p(v, before, seen): y[:t] first, then x[: t + 1].",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "a factor at every step for one class",
            {CLASS: _class_at_every_step},
            "In log_p_class you multiply an answer of every step. There is one answer, given after the last input: one factor. Yours add up to less than 1, because they are the probability of giving the same answer T times.",
            "§2.1 and §2.2, def-last",
        ),
        Misconception(
            "class from the last input alone",
            {CLASS: _class_last_input},
            "In log_p_class you hand over the last input alone. The last *state* is used, and that has read all of x.",
            "§2.1 and §2.2, def-last",
        ),
        Misconception(
            "class from the mean of the steps' chances",
            {CLASS: _class_mean_of_chances},
            "In log_p_class you average the network's answers over the steps. That is another model (and a fair one); here there is one answer, given all of x.",
            "§2.1 and §2.2, def-last",
        ),
        Misconception(
            "end symbol forgotten",
            {CAPTION: _caption_no_end},
            "In log_p_caption the factor of the end is missing: that the network stopped after the last symbol has a probability too. Without it the empty caption alone has probability 1, and all the others come on top.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "caption conditions on its own symbol",
            {CAPTION: _caption_own_symbol},
            "In log_p_caption the network is given y[t] when it is asked for y[t]: `before` must end one earlier, y[:t]. Over all captions the probabilities do not add up to 1.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "caption conditions on its own symbol, END too",
            {CAPTION: _caption_own_symbol_and_end},
            "In log_p_caption every symbol, END among them, stands in the `before` with which it is asked for. `before` ends one earlier: y[:t] for y[t], and y without END for the end.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "the symbol before alone",
            {CAPTION: _caption_one_symbol},
            "In log_p_caption each step is given the symbol just before it alone, a chain that forgets. Its probabilities add up to 1 too, so it is a model, but not this network's: that has a state, and depends on all symbols so far. Hand over y[:t], and all of y for END.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "the symbol before alone, all of them for the end",
            {CAPTION: _caption_one_symbol_but_end},
            "In log_p_caption the end is asked for with all of y, rightly; the symbols get the one just before them alone. They depend on all symbols so far: y[:t].",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "independent symbols in a caption",
            {CAPTION: _caption_independent},
            "In log_p_caption every symbol is drawn as if it were the first. Each depends on those before it, and so does the end: hand over y[:t], and all of y for END.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "end as if nothing were written",
            {CAPTION: _caption_end_from_start},
            "In log_p_caption the end is asked for with nothing before it, so that its probability does not depend on what was written. It comes after the last symbol: hand over all of y.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "end that has read itself",
            {CAPTION: _caption_end_has_read_itself},
            "In log_p_caption the network is given END when it is asked for END. Before the end stand the symbols of y and nothing else.",
            "§2.1, eq-seq-factor",
        ),
        Misconception(
            "not stopping counted twice",
            {CAPTION: _caption_survives_twice},
            "In log_p_caption you multiply by 1 − p(END) at each symbol as well. That it did not stop there is already in the symbol's own probability: END is one of the four that share the 1.",
            "§2.1, eq-seq-factor",
        ),
    ),
    cases=_probability_cases,
)
