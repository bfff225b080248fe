"""Question 9.3: what is reached without remembering anything."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.judging import kind_of
from unrolled.grader.checks.slips import (
    Slip,
    array,
    expect_same_arguments,
    hint,
    misconceptions,
    several,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

ADD = "§9.10, eq-var-add"
LOST = "§9.10, eq-var-1997"
COPY = "§9.10, eq-copy-baseline"


def _moments(low, high):
    return (low + high) / 2, (high - low) ** 2 / 12


def constant(marked, low, high, offset, scale, zeroed):
    mean, variance = _moments(low, high)
    # the number that is there or not: its mean square, less the square of its mean
    kept = 1 - zeroed
    wobbly = kept * (variance + mean**2) - (kept * mean) ** 2
    total = (marked - 1) * mean + kept * mean
    return offset + scale * total, scale**2 * ((marked - 1) * variance + wobbly)


def misprinted(figures, value):
    found = []
    for figure in figures:
        digits = len(figure.split(".")[1])
        if abs(float(figure) - value) > 0.5 * 10.0**-digits:
            found.append(figure)
    return found


def copying(symbols, length, delay):
    steps = delay + 2 * length
    blank = (delay + length) / steps
    ignorant = -blank * np.log(blank) - (1 - blank) * np.log((1 - blank) / symbols)
    return ignorant, length * np.log(symbols) / steps


def carried(loss, symbols, length, delay):
    steps = delay + 2 * length
    return max(0.0, length * np.log2(symbols) - loss * steps / np.log(2))


# --- wrong constants ------------------------------------------------------------------


def _scale_not_squared(marked, low, high, offset, scale, zeroed):
    c, mse = constant(marked, low, high, offset, scale, zeroed)
    return c, mse / abs(scale)


def _scale_left_out(marked, low, high, offset, scale, zeroed):
    c, mse = constant(marked, low, high, offset, scale, zeroed)
    return c, mse / scale**2


def _offset_left_out(marked, low, high, offset, scale, zeroed):
    return constant(marked, low, high, 0.0, scale, zeroed)


def _marked_squared(marked, low, high, offset, scale, zeroed):
    c, _ = constant(marked, low, high, offset, scale, zeroed)
    _, one = constant(1, low, high, offset, scale, zeroed)
    return c, marked**2 * one


def _one_number(marked, low, high, offset, scale, zeroed):
    c, _ = constant(marked, low, high, offset, scale, zeroed)
    return c, scale**2 * (high - low) ** 2 / 12


def _width_not_squared(marked, low, high, offset, scale, zeroed):
    c, mse = constant(marked, low, high, offset, scale, zeroed)
    return c, mse / (high - low)


def _unit_interval(marked, low, high, offset, scale, zeroed):
    return constant(marked, 0.0, 1.0, offset, scale, zeroed)


def _second_moment(marked, low, high, offset, scale, zeroed):
    c, mse = constant(marked, low, high, offset, scale, zeroed)
    return c, mse + c**2


def _without_zeros(marked, low, high, offset, scale, zeroed):
    return constant(marked, low, high, offset, scale, 0.0)


def _always_zero(marked, low, high, offset, scale, zeroed):
    return constant(marked, low, high, offset, scale, 1.0 if zeroed else 0.0)


def _share_exchanged(marked, low, high, offset, scale, zeroed):
    return constant(marked, low, high, offset, scale, 1 - zeroed)


def _variance_times_share(marked, low, high, offset, scale, zeroed):
    _, variance = _moments(low, high)
    c, _ = constant(marked, low, high, offset, scale, zeroed)
    return c, scale**2 * (marked - zeroed) * variance


def _variance_times_square(marked, low, high, offset, scale, zeroed):
    """As if the number were multiplied by its share."""
    _, variance = _moments(low, high)
    c, _ = constant(marked, low, high, offset, scale, zeroed)
    return c, scale**2 * (marked - 1 + (1 - zeroed) ** 2) * variance


def _mean_not_moved(marked, low, high, offset, scale, zeroed):
    """The error around the mean of the rest."""
    c, _ = constant(marked, low, high, offset, scale, 0.0)
    _, mse = constant(marked, low, high, offset, scale, zeroed)
    return c, mse


def _all_zeroed(marked, low, high, offset, scale, zeroed):
    """Every number is lost with that probability."""
    c, whole = constant(1, low, high, 0.0, scale, zeroed)
    return offset + marked * c, marked * whole


# --- wrong lists of figures -----------------------------------------------------------


def _truncated(figures, value):
    found = []
    for figure in figures:
        digits = len(figure.split(".")[1])
        if np.floor(value * 10.0**digits) / 10.0**digits != float(figure):
            found.append(figure)
    return found


def _right_ones(figures, value):
    return [f for f in figures if f not in misprinted(figures, value)]


def _one_in_a_hundred(figures, value):
    return [f for f in figures if abs(float(f) - value) > 0.01 * value]


def _three_digits(figures, value):
    return [f for f in figures if round(float(f), 3) != round(value, 3)]


def _exactly(figures, value):
    return [f for f in figures if float(f) != value]


def _one_in_the_last(figures, value):
    found = []
    for figure in figures:
        digits = len(figure.split(".")[1])
        if abs(float(figure) - value) > 1.0 * 10.0**-digits:
            found.append(figure)
    return found


# --- wrong losses of the copy task ----------------------------------------------------


def _in_bits(symbols, length, delay):
    a, b = copying(symbols, length, delay)
    return a / np.log(2), b / np.log(2)


def _for_the_answer(symbols, length, delay):
    """Divided by the steps of the answer."""
    steps = delay + 2 * length
    a, b = copying(symbols, length, delay)
    return a * steps / length, b * steps / length


def _length_once(symbols, length, delay):
    """As if there were delay + length steps."""
    return copying(symbols, length, delay - length)


def _blank_is_a_symbol(symbols, length, delay):
    """Uniform over the symbols and the blank, in the answer."""
    a, _ = copying(symbols, length, delay)
    return a, length * np.log(symbols + 1) / (delay + 2 * length)


def _uniform_always(symbols, length, delay):
    _, b = copying(symbols, length, delay)
    return np.log(symbols + 1), b


def _no_clock_is_a_clock(symbols, length, delay):
    _, b = copying(symbols, length, delay)
    return b, b


def _switch_alone(symbols, length, delay):
    """Blank or not, and not which symbol."""
    steps = delay + 2 * length
    blank = (delay + length) / steps
    _, b = copying(symbols, length, delay)
    return -blank * np.log(blank) - (1 - blank) * np.log(1 - blank), b


def _without_the_switch(symbols, length, delay):
    """Which symbol, and not whether there is one."""
    steps = delay + 2 * length
    _, b = copying(symbols, length, delay)
    return (delay + length) / steps * -np.log((delay + length) / steps) + b, b


def _exchanged(symbols, length, delay):
    return copying(symbols, length, delay)[::-1]


# --- wrong bits -----------------------------------------------------------------------


def _nats(loss, symbols, length, delay):
    return carried(loss, symbols, length, delay) * np.log(2)


def _below_zero(loss, symbols, length, delay):
    steps = delay + 2 * length
    return length * np.log2(symbols) - loss * steps / np.log(2)


def _loss_of_one_step(loss, symbols, length, delay):
    return max(0.0, length * np.log2(symbols) - loss / np.log(2))


def _loss_of_the_answer(loss, symbols, length, delay):
    return max(0.0, length * np.log2(symbols) - length * loss / np.log(2))


def _loss_in_bits_already(loss, symbols, length, delay):
    return max(0.0, length * np.log2(symbols) - loss * (delay + 2 * length))


def _what_is_missing(loss, symbols, length, delay):
    return loss * (delay + 2 * length) / np.log(2)


def _per_symbol(loss, symbols, length, delay):
    return carried(loss, symbols, length, delay) / length


# --- numbers --------------------------------------------------------------------------


def _task(rng: np.random.Generator, zeroed: float) -> tuple[Any, ...]:
    low = round(float(rng.uniform(-2, 1)), 2)
    high = low + round(float(rng.uniform(0.5, 3)), 2)
    offset = round(float(rng.uniform(0.2, 1)), 2)
    scale = float(rng.choice([-1, 1])) * round(float(rng.uniform(0.2, 0.8)), 2)
    return int(rng.integers(2, 7)), low, high, offset, scale, zeroed


def _tasks(rng: np.random.Generator, zeroed: bool) -> list[tuple[Any, ...]]:
    known = [(2, 0.0, 1.0, 0.0, 1.0, 0.0), (2, -1.0, 1.0, 0.5, 0.25, 0.0)]
    if zeroed:
        known = [(2, -1.0, 1.0, 0.5, 0.25, 0.1), (1, 0.0, 1.0, 0.0, 1.0, 1.0)]
    shares = rng.uniform(0.1, 0.4, 4).round(2) if zeroed else np.zeros(4)
    return known + [_task(rng, float(share)) for share in shares]


def _figures(rng: np.random.Generator, value: float) -> list[str]:
    """Right ones with several digits; truncated ones, slips of a digit, near misses."""
    right = {f"{value:.{d}f}" for d in (1, 2, 3, 4, 5, 7)}
    wrong = set()
    for d in (2, 3, 4, 5):
        unit = 10.0**-d
        cut = np.floor(value / unit) * unit
        for other in (cut, cut + unit, cut + 2 * unit, round(value, d) - unit):
            wrong.add(f"{other:.{d}f}")
    for d in (3, 4):  # a digit put in
        text = f"{value:.{d}f}"
        wrong.add(text[: d + 1] + str(rng.integers(1, 9)) + text[d + 1 :])
    figures = sorted(f for f in right | wrong if float(f) > 0)
    rng.shuffle(figures)
    return [f.lstrip("0") if i % 4 == 0 else f for i, f in enumerate(figures)]


def _lists(rng: np.random.Generator) -> list[tuple[list[str], float]]:
    values = [1 / 6, 1 / 24, *rng.uniform(0.05, 0.9, 3)]
    drawn = [(_figures(rng, float(v)), float(v)) for v in values]
    return [([".1767", "0.167", "0.17", "0.1667"], 1 / 6), *drawn]


COPIES = ((8, 10, 100), (8, 10, 500), (2, 3, 5), (20, 4, 31), (5, 1, 12))


def _losses(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    drawn = []
    for symbols, length, delay in COPIES:
        ignorant, clock = copying(symbols, length, delay)
        for loss in (clock * rng.uniform(0.2, 0.9), float(ignorant)):
            drawn.append((float(loss), symbols, length, delay))
    return [*drawn, (0.0, 4, 6, 20)]


def _expect_pair(ask: Ask, name: str, args: tuple[Any, ...], names: str) -> None:
    reply = ask(name, *args)
    right = {"constant": constant, "copying": copying}[name]
    want = right(*args)
    values = several(reply.value, 2, f"two numbers, {names}")
    tip = hint(SLIPS, name, args, tuple(values), want)
    given = ", ".join(f"{a:g}" for a in args)
    for value, expected, what in zip(values, want, names.split(" and "), strict=True):
        got = float(array(value, (), f"for ({given}) {what}"))
        if not np.isclose(got, expected, rtol=1e-5, atol=1e-9):
            raise Wrong(
                f"for ({given}) {what} is {got:.5g}, expected {expected:.5g}.{tip}"
            )


def _test_constant(ask: Ask, rng: np.random.Generator) -> None:
    for args in _tasks(rng, zeroed=False):
        _expect_pair(ask, "constant", args, "the constant and its error")


def _test_zeroed(ask: Ask, rng: np.random.Generator) -> None:
    for args in _tasks(rng, zeroed=True):
        _expect_pair(ask, "constant", args, "the constant and its error")


def _test_misprinted(ask: Ask, rng: np.random.Generator) -> None:
    for figures, value in _lists(rng):
        reply = ask("misprinted", figures, value)
        got = reply.value
        if not isinstance(got, (list, tuple)) or not all(
            isinstance(f, str) for f in got
        ):
            shown = kind_of(got)
            if isinstance(got, (list, tuple)):
                shown = "entries that are no strings"
            raise Wrong(f"expected a list of some of the strings, got {shown}.")
        want = misprinted(figures, value)
        if list(got) != want:
            tip = hint(SLIPS, "misprinted", (figures, value), list(got), want)
            where = f"for the value {value:.7f}"
            for figure in figures:
                if (figure in got) != (figure in want):
                    told = "right" if figure in got else "wrong"
                    raise Wrong(f'{where} the figure "{figure}" is {told}.{tip}')
            raise Wrong(f"{where} the order of the list is not kept.{tip}")
        expect_same_arguments((figures, value), reply.args_after)


def _test_copying(ask: Ask, rng: np.random.Generator) -> None:
    for args in COPIES:
        _expect_pair(ask, "copying", args, "the loss without a clock and that with one")


def _test_carried(ask: Ask, rng: np.random.Generator) -> None:
    for args in _losses(rng):
        got = float(array(ask("carried", *args).value, (), "the bits"))
        want = carried(*args)
        if not np.isclose(got, want, rtol=1e-5, atol=1e-6):
            tip = hint(SLIPS, "carried", args, got, want)
            given = ", ".join(f"{a:.4g}" for a in args)
            raise Wrong(f"for ({given}) {got:.5g} bits, expected {want:.5g}.{tip}")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [Call("constant", *args) for args in _tasks(rng, zeroed=False)]
    calls += [Call("constant", *args) for args in _tasks(rng, zeroed=True)]
    calls += [Call("misprinted", *args) for args in _lists(rng)]
    calls += [Call("copying", *args) for args in COPIES]
    calls += [Call("carried", *args) for args in _losses(rng)]
    return calls


SLIPS = (
    Slip(
        "scale not squared",
        "constant",
        _scale_not_squared,
        "You multiply the error by the scale once. It is a *squared* error: what happens to it when all targets are halved?",
        ADD,
        "The error is a squared one.",
    ),
    Slip(
        "scale left out",
        "constant",
        _scale_left_out,
        "Your error is that of the sum. The target is the sum times a scale.",
        ADD,
        "The scale is missing.",
    ),
    Slip(
        "offset left out",
        "constant",
        _offset_left_out,
        "Your error is right, and your constant lacks the offset.",
        ADD,
        "The offset is missing.",
    ),
    Slip(
        "square of the number of marks",
        "constant",
        _marked_squared,
        "Your error grows with the square of the number of marked numbers. That would hold if they were all the same number. They are independent.",
        ADD,
        "The marked numbers are independent.",
    ),
    Slip(
        "one number alone",
        "constant",
        _one_number,
        "Your error is that of one number. Each of the marked ones adds its own.",
        ADD,
        "Every marked number contributes.",
    ),
    Slip(
        "width not squared",
        "constant",
        _width_not_squared,
        "You use the width of the interval where a variance has its square. With a width of 1 nobody sees it.",
        ADD,
        "The width enters squared.",
    ),
    Slip(
        "always from 0 to 1",
        "constant",
        _unit_interval,
        "You take the numbers from 0 to 1, whatever the arguments say.",
        ADD,
        "That holds for numbers from 0 to 1.",
    ),
    Slip(
        "mean square of the target",
        "constant",
        _second_moment,
        "Your error is that of the answer 0: the mean square of the target. Subtract the best constant first.",
        ADD,
        "That is the error of the answer 0.",
    ),
    Slip(
        "nothing lost",
        "constant",
        _without_zeros,
        "You leave out that the first marked number is lost now and then. It moves the best constant and changes the error.",
        LOST,
        "The lost number is missing.",
    ),
    Slip(
        "always lost",
        "constant",
        _always_zero,
        "You take the first marked number as always lost. It happens in a share of the sequences.",
        LOST,
        "The number is lost in a share of the sequences only.",
    ),
    Slip(
        "lost and kept exchanged",
        "constant",
        _share_exchanged,
        "`zeroed` is the probability that the number is lost. You use it as the one that it is kept.",
        LOST,
        "Lost and kept are exchanged.",
    ),
    Slip(
        "variance times share",
        "constant",
        _variance_times_share,
        "You multiply the variance of the first number by the probability that it is kept. Being lost is random too: it takes the number from its mean to 0. Compute the mean of the square and subtract the square of the mean.",
        LOST,
        "Whether the number is lost varies too.",
    ),
    Slip(
        "as if scaled by the share",
        "constant",
        _variance_times_square,
        "You treat the first number as if it were multiplied by the probability that it is kept, in every sequence. It is whole or gone. Compute the mean of the square and subtract the square of the mean.",
        LOST,
        "The number is whole or gone, not scaled.",
    ),
    Slip(
        "constant not moved",
        "constant",
        _mean_not_moved,
        "Your error is right, but it belongs to another constant than you return: the mean of the target is lower or higher when a number is lost now and then.",
        LOST,
        "The best constant moves as well.",
    ),
    Slip(
        "every number lost",
        "constant",
        _all_zeroed,
        "You let every marked number be lost with that probability. It happens to the first of them only.",
        LOST,
        "Only the first marked number can be lost.",
    ),
    Slip(
        "cut off, not rounded",
        "misprinted",
        _truncated,
        "You cut the digits off. A printed figure is rounded: 0.1667 is right for 1/6, and 0.1666 is not.",
        ADD,
        "Figures are rounded, not cut off.",
    ),
    Slip(
        "the right ones",
        "misprinted",
        _right_ones,
        "You return the right figures. The wrong ones were asked for.",
        ADD,
        "Those are the right ones.",
    ),
    Slip(
        "one per cent",
        "misprinted",
        _one_in_a_hundred,
        "You allow every figure the same relative error. 0.17 is a right way to print 1/6 in two digits, and 0.1660 is a wrong way in four: what may differ depends on the digits that are printed.",
        ADD,
        "What may differ depends on the digits printed.",
    ),
    Slip(
        "three digits for all",
        "misprinted",
        _three_digits,
        "You compare three digits, however many are printed. 0.17 is a right way to print 1/6, and 0.16674 is a wrong one.",
        ADD,
        "What may differ depends on the digits printed.",
    ),
    Slip(
        "exact comparison",
        "misprinted",
        _exactly,
        "You compare figures with the value to the last bit. No printed figure of 1/6 is exact; it is right if it is the value, rounded to the digits that are printed.",
        ADD,
        "Figures are rounded.",
    ),
    Slip(
        "one in the last digit",
        "misprinted",
        _one_in_the_last,
        "You allow a whole unit of the last digit. Rounding is off by half a unit at most.",
        ADD,
        "Rounding is off by half a unit at most.",
    ),
    Slip(
        "in bits",
        "copying",
        _in_bits,
        "You use logarithms to base 2. Here losses are in nats.",
        COPY,
        "Those are bits.",
    ),
    Slip(
        "per step of the answer",
        "copying",
        _for_the_answer,
        "You divide by the steps of the answer alone. A loss per step is divided by *all* steps, the blank ones too.",
        COPY,
        "All steps count.",
    ),
    Slip(
        "length counted once",
        "copying",
        _length_once,
        "You count the message once. It takes its steps twice: when it is read, and when it is written.",
        COPY,
        "A message takes its steps twice.",
    ),
    Slip(
        "the blank among the answers",
        "copying",
        _blank_is_a_symbol,
        "With the clock you still let the blank take a share in the answer. Whoever knows the time knows that there is none.",
        COPY,
        "The clock rules out the blank.",
    ),
    Slip(
        "all symbols alike",
        "copying",
        _uniform_always,
        "Without a clock you give the blank the same probability as each symbol. Blanks are far more frequent, and the best constant distribution says so.",
        COPY,
        "The blank is more frequent than a symbol.",
    ),
    Slip(
        "no clock is worth a clock",
        "copying",
        _no_clock_is_a_clock,
        "You return the loss with a clock twice. Without one, the network cannot even know when to write a blank.",
        COPY,
        "Without a clock the loss is larger.",
    ),
    Slip(
        "blank or not",
        "copying",
        _switch_alone,
        "Without a clock you count only the doubt whether there is a blank. Where there is none, which symbol it is remains open.",
        COPY,
        "Which symbol it is costs something too.",
    ),
    Slip(
        "half of the doubt",
        "copying",
        _without_the_switch,
        "Without a clock one term is missing: at the steps of the answer the blank has taken most of the probability, and what is left for all symbols together is small.",
        COPY,
        "At the steps of the answer the symbols share what the blank leaves.",
    ),
    Slip(
        "with and without exchanged",
        "copying",
        _exchanged,
        "You return the loss with a clock first.",
        COPY,
        "The one without a clock comes first.",
    ),
    Slip(
        "nats for bits",
        "carried",
        _nats,
        "You return nats. Bits were asked for.",
        COPY,
        "Those are nats.",
    ),
    Slip(
        "less than nothing",
        "carried",
        _below_zero,
        "Your result can be negative. A bad network knows nothing of the message; it does not know less than that.",
        COPY,
        "Less than nothing is nothing.",
    ),
    Slip(
        "loss of one step",
        "carried",
        _loss_of_one_step,
        "You subtract the loss of one step from the bits of a whole message. How much does a network lose in the whole sequence?",
        COPY,
        "The loss is that of one step.",
    ),
    Slip(
        "loss at the answer alone",
        "carried",
        _loss_of_the_answer,
        "You multiply the loss by the steps of the answer. It is a mean over all steps, the blank ones included.",
        COPY,
        "The loss is a mean over all steps.",
    ),
    Slip(
        "bits less nats",
        "carried",
        _loss_in_bits_already,
        "You subtract nats from bits.",
        COPY,
        "Nats are subtracted from bits.",
    ),
    Slip(
        "what is missing",
        "carried",
        _what_is_missing,
        "You return what the network does not know. What it does know was asked for.",
        COPY,
        "Those are the bits that are missing.",
    ),
    Slip(
        "bits a symbol",
        "carried",
        _per_symbol,
        "You return bits a symbol. The bits of the whole message were asked for.",
        COPY,
        "Those are bits a symbol.",
    ),
)

QUESTION = Question(
    id="09.3",
    title="what costs no memory",
    answers=("constant", "misprinted", "copying", "carried"),
    reference={
        "constant": constant,
        "misprinted": misprinted,
        "copying": copying,
        "carried": carried,
    },
    properties=(
        Property(
            "constant is the best answer and its error, for several intervals, scales and numbers of marks",
            1,
            _test_constant,
            ADD,
        ),
        Property(
            "constant is right when the first number is lost now and then",
            1,
            _test_zeroed,
            LOST,
        ),
        Property(
            "misprinted names the figures that are not the value, rounded as printed",
            1,
            _test_misprinted,
            ADD,
        ),
        Property(
            "copying is the loss of a network that remembers nothing, without and with a clock",
            1,
            _test_copying,
            COPY,
        ),
        Property(
            "carried is what a loss says about the message, never below 0",
            1,
            _test_carried,
            COPY,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
