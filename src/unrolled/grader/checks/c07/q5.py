"""Question 7.5: how far apart a source symbol and the answer that needs it are."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.judging import expect_keys, kind_of
from unrolled.grader.checks.slips import (
    Slip,
    array,
    expect_same_arguments,
    hint,
    misconceptions,
    several,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

ORDERS = ("forward", "turned", "padded and turned")


def _read_at(s, n, N, order):
    """The step at which the encoder reads source symbol s."""
    if order == "turned":
        return n + 1 - s
    if order == "padded and turned":
        return N + 1 - s
    return s


def _place(t, m, turn_answer):
    """Where in the answer symbol t is written; END stays where it is."""
    return m - t if turn_answer and t < m else t


def lags(pairs, n, m, N, order, turn_answer):
    return [N + _place(t, m, turn_answer) - _read_at(s, n, N, order) for s, t in pairs]


def _turned_lags(n, m):
    """Symbol t of the answer needs symbol t of the source, which is turned."""
    return [2 * t - 1 for t in range(1, min(n, m - 1) + 1)]


def summary(n, m):
    k = min(n, m - 1)
    return {"forward": (n, n, n), "turned": (1, k, 2 * k - 1)}


def signal(share, n, m):
    return share**n, np.mean([share**lag for lag in _turned_lags(n, m)])


# --- wrong lags -----------------------------------------------------------------------


def _one_too_few(pairs, n, m, N, order, turn_answer):
    return [lag - 1 for lag in lags(pairs, n, m, N, order, turn_answer)]


def _one_too_many(pairs, n, m, N, order, turn_answer):
    return [lag + 1 for lag in lags(pairs, n, m, N, order, turn_answer)]


def _negative(pairs, n, m, N, order, turn_answer):
    return [-lag for lag in lags(pairs, n, m, N, order, turn_answer)]


def _sorted_lags(pairs, n, m, N, order, turn_answer):
    return sorted(lags(pairs, n, m, N, order, turn_answer))


def _padding_not_read(pairs, n, m, N, order, turn_answer):
    return lags(pairs, n, m, n, order, turn_answer)


def _no_padding_forward(pairs, n, m, N, order, turn_answer):
    return lags(pairs, n, m, n if order == "forward" else N, order, turn_answer)


def _written_after_n(pairs, n, m, N, order, turn_answer):
    """Read where it is read, written as if nothing were padded."""
    return [lag - N + n for lag in lags(pairs, n, m, N, order, turn_answer)]


def _turned_kinds_exchanged(pairs, n, m, N, order, turn_answer):
    other = {"turned": "padded and turned", "padded and turned": "turned"}
    return lags(pairs, n, m, N, other.get(order, order), turn_answer)


def _always_turned_alone(pairs, n, m, N, order, turn_answer):
    order = "turned" if order == "padded and turned" else order
    return lags(pairs, n, m, N, order, turn_answer)


def _always_turned_with_padding(pairs, n, m, N, order, turn_answer):
    order = "padded and turned" if order == "turned" else order
    return lags(pairs, n, m, N, order, turn_answer)


def _turned_from_zero(pairs, n, m, N, order, turn_answer):
    found = lags(pairs, n, m, N, order, turn_answer)
    return found if order == "forward" else [lag + 1 for lag in found]


def _source_not_turned(pairs, n, m, N, order, turn_answer):
    return lags(pairs, n, m, N, "forward", turn_answer)


def _answer_not_turned(pairs, n, m, N, order, turn_answer):
    return lags(pairs, n, m, N, order, False)


def _end_turned_too(pairs, n, m, N, order, turn_answer):
    if turn_answer:
        pairs = [(s, m + 1 - t) for s, t in pairs]
    return lags(pairs, n, m, N, order, False)


def _end_at_place_zero(pairs, n, m, N, order, turn_answer):
    if turn_answer:
        pairs = [(s, m - t) for s, t in pairs]
    return lags(pairs, n, m, N, order, False)


def _end_counted_in_turning(pairs, n, m, N, order, turn_answer):
    """m + 1 - t for the symbols, END left where it is."""
    if turn_answer:
        pairs = [(s, m + 1 - t if t < m else t) for s, t in pairs]
    return lags(pairs, n, m, N, order, False)


def _answer_turned_by_n(pairs, n, m, N, order, turn_answer):
    if turn_answer:
        pairs = [(s, n + 1 - t if t < m else t) for s, t in pairs]
    return lags(pairs, n, m, N, order, False)


def _pair_exchanged(pairs, n, m, N, order, turn_answer):
    return lags([(t, s) for s, t in pairs], n, m, N, order, turn_answer)


def _places_alone(pairs, n, m, N, order, turn_answer):
    found = lags(pairs, n, m, N, order, turn_answer)
    return [lag - N for lag in found]


def _distance_of_places(pairs, n, m, N, order, turn_answer):
    return [abs(lag - N) for lag in lags(pairs, n, m, N, order, turn_answer)]


def _from_the_end_of_reading(pairs, n, m, N, order, turn_answer):
    return [N + 1 - _read_at(s, n, N, order) for s, _ in pairs]


def _from_the_start_of_writing(pairs, n, m, N, order, turn_answer):
    return [_place(t, m, turn_answer) for _, t in pairs]


def _since_the_beginning(pairs, n, m, N, order, turn_answer):
    return [N + _place(t, m, turn_answer) for _, t in pairs]


def _both_turned(pairs, n, m, N, order, turn_answer):
    return lags(pairs, n, m, N, order, turn_answer or order != "forward")


def _twice_turned(pairs, n, m, N, order, turn_answer):
    """The answer is turned, and the source with it."""
    if turn_answer:
        order = "turned" if order == "forward" else "forward"
    return lags(pairs, n, m, N, order, turn_answer)


# --- wrong summaries ------------------------------------------------------------------


def _as_long_as_the_source(n, m):
    return {"forward": (n, n, n), "turned": (1, n, 2 * n - 1)}


def _end_is_a_pair(n, m):
    k = min(n, m)
    return {"forward": (n, n, n), "turned": (1, k, 2 * k - 1)}


def _as_long_as_the_answer(n, m):
    return {"forward": (n, n, n), "turned": (1, m - 1, 2 * m - 3)}


def _mean_unchanged(n, m):
    k = min(n, m - 1)
    return {"forward": (n, n, n), "turned": (1, n, 2 * k - 1)}


def _one_less(n, m):
    k = min(n, m - 1)
    return {"forward": (n - 1, n - 1, n - 1), "turned": (0, k - 1, 2 * k - 2)}


def _one_more(n, m):
    k = min(n, m - 1)
    return {"forward": (n + 1, n + 1, n + 1), "turned": (2, k + 1, 2 * k)}


def _twice_k(n, m):
    k = min(n, m - 1)
    return {"forward": (n, n, n), "turned": (1, k, 2 * k)}


def _mean_rounded(n, m):
    k = min(n, m - 1)
    return {"forward": (n, n, n), "turned": (1, (k + 1) / 2, k)}


def _greatest_first(n, m):
    return {key: value[::-1] for key, value in summary(n, m).items()}


def _two_exchanged(n, m):
    found = summary(n, m)
    return {"forward": found["turned"], "turned": found["forward"]}


def _forward_by_the_pairs(n, m):
    k = min(n, m - 1)
    return {"forward": (k, k, k), "turned": (1, k, 2 * k - 1)}


def _forward_grows(n, m):
    k = min(n, m - 1)
    return {"forward": (n, n + (k - 1) / 2, n + k - 1), "turned": (1, k, 2 * k - 1)}


def _forward_falls(n, m):
    k = min(n, m - 1)
    return {"forward": (n + 1 - k, n - (k - 1) / 2, n), "turned": (1, k, 2 * k - 1)}


def _turned_the_whole_way(n, m):
    k = min(n, m - 1)
    return {"forward": (n, n, n), "turned": (1, (n + k) / 2, n + k - 1)}


# --- wrong signals --------------------------------------------------------------------


def _of_the_mean_lag(share, n, m):
    return share**n, share ** np.mean(_turned_lags(n, m))


def _same_for_both(share, n, m):
    return share**n, share**n


def _of_the_least_lag(share, n, m):
    return share**n, share**1


def _of_the_greatest_lag(share, n, m):
    return share**n, share ** _turned_lags(n, m)[-1]


def _sums(share, n, m):
    each = _turned_lags(n, m)
    return len(each) * share**n, sum(share**lag for lag in each)


def _sum_of_turned(share, n, m):
    return share**n, sum(share**lag for lag in _turned_lags(n, m))


def _signals_exchanged(share, n, m):
    return signal(share, n, m)[::-1]


def _all_source_symbols(share, n, m):
    return share**n, np.mean([share ** (2 * t - 1) for t in range(1, n + 1)])


def _end_in_the_mean(share, n, m):
    return share**n, np.mean([share ** (2 * t - 1) for t in range(1, min(n, m) + 1)])


def _all_answer_symbols(share, n, m):
    return share**n, np.mean([share ** (2 * t - 1) for t in range(1, m)])


def _signal_one_less(share, n, m):
    forward, turned = signal(share, n, m)
    return forward / share, turned / share


def _signal_one_more(share, n, m):
    forward, turned = signal(share, n, m)
    return forward * share, turned * share


def _every_lag(share, n, m):
    return share**n, np.mean([share**t for t in range(1, min(n, m - 1) + 1)])


def _even_lags(share, n, m):
    return share**n, np.mean([share ** (2 * t) for t in range(1, min(n, m - 1) + 1)])


def _product(share, n, m):
    each = _turned_lags(n, m)
    return share ** (n * len(each)), share ** sum(each)


def _divided_by_n(share, n, m):
    return share**n, sum(share**lag for lag in _turned_lags(n, m)) / n


# --- numbers to ask with --------------------------------------------------------------


def _alignment(rng: np.random.Generator, n: int, m: int) -> list[tuple[int, int]]:
    """Some pairs in no order, END's among them."""
    count = int(rng.integers(3, 6))
    sources = rng.integers(1, n + 1, size=count)
    answers = rng.integers(1, m, size=count)
    pairs = [(int(s), int(t)) for s, t in zip(sources, answers, strict=True)]
    pairs.insert(int(rng.integers(count)), (int(rng.integers(1, n + 1)), m))
    return pairs


def _size(rng: np.random.Generator) -> tuple[int, int]:
    n = int(rng.integers(4, 9))
    m = n
    while m in (n, n + 1):  # the answer's symbols, END apart, are not as many
        m = int(rng.integers(3, 10))
    return n, m


SIZES = ((5, 6), (4, 9), (7, 4), (6, 6), (3, 2), (1, 5), (1, 2))


# --- tests ----------------------------------------------------------------------------


def _expect_lags(ask: Ask, args: tuple[Any, ...]) -> None:
    pairs, n, m, N, order, turn_answer = args
    want = lags(*args)
    reply = ask("lags", *args)
    value = reply.value
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)) or len(value) != len(want):
        shown = f"{len(value)}" if isinstance(value, (list, tuple)) else kind_of(value)
        raise Wrong(f"expected a list of {len(want)} lags, one a pair; got {shown}.")
    answer = ", the answer turned" if turn_answer else ""
    told = hint(SLIPS, "lags", args, value, want)
    for pair, got, right in zip(pairs, value, want, strict=True):
        got = float(array(got, (), f"the lag of {pair}"))
        if got != right:
            raise Wrong(
                f'for n = {n}, m = {m}, N = {N}, "{order}"{answer}: the lag of the pair {pair} is {right}, you return {got:g}.{told}'
            )
    expect_same_arguments(args, reply.args_after)


def _test_no_padding(ask: Ask, rng: np.random.Generator) -> None:
    for order in ORDERS:
        n, m = _size(rng)
        _expect_lags(ask, (_alignment(rng, n, m)[:], n, m, n, order, False))
        straight = [(k, k) for k in range(1, n + 1)]
        _expect_lags(ask, (straight, n, n + 1, n, order, False))


def _test_all_orders(ask: Ask, rng: np.random.Generator) -> None:
    for order in ORDERS:
        for turn_answer in (False, True):
            n, m = _size(rng)
            N = n + int(rng.integers(2, 5))
            args = _alignment(rng, n, m), n, m, N, order, turn_answer
            _expect_lags(ask, args)


def _test_summary(ask: Ask, rng: np.random.Generator) -> None:
    for n, m in (*SIZES, _size(rng), _size(rng)):
        want = summary(n, m)
        reply = ask("summary", n, m)
        found = expect_keys(reply.value, want, 'a dict with "forward" and "turned"')
        told = hint(SLIPS, "summary", (n, m), found, want)
        for key, right in want.items():
            three = several(found[key], 3, "three numbers: least, mean, greatest")
            got = [float(array(v, (), f'"{key}"')) for v in three]
            if not np.allclose(got, right, rtol=1e-9):
                shown = ", ".join(f"{v:g}" for v in got)
                wanted = ", ".join(f"{v:g}" for v in right)
                raise Wrong(
                    f'for n = {n}, m = {m}: "{key}" is ({shown}), expected ({wanted}).{told}'
                )


def _test_signal(ask: Ask, rng: np.random.Generator) -> None:
    for n, m in (*SIZES, _size(rng), _size(rng)):
        share = round(float(rng.uniform(0.4, 0.95)), 3)
        want = signal(share, n, m)
        reply = ask("signal", share, n, m)
        found = several(reply.value, 2, "two numbers, forward and turned")
        got = [float(array(v, (), "a signal")) for v in found]
        if not np.allclose(got, want, rtol=1e-6):
            told = hint(SLIPS, "signal", (share, n, m), reply.value, want)
            raise Wrong(
                f"for share = {share:g}, n = {n}, m = {m} you return {got[0]:.4g} and {got[1]:.4g}, expected {want[0]:.4g} and {want[1]:.4g}.{told}"
            )


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for order in ORDERS:
        for turn_answer in (False, True):
            n, m = _size(rng)
            N = n + int(rng.integers(1, 4))
            pairs = _alignment(rng, n, m)
            pairs += [(1, m - 1), (n, 1), (n, m)]
            args = pairs, n, m, N, order, turn_answer
            calls.append(Call("lags", *args))
    sizes = ((5, 8), (8, 4), (6, 7), (3, 9))
    calls += [Call("summary", n, m) for n, m in sizes]
    for n, m in sizes:
        share = round(float(rng.uniform(0.5, 0.9)), 3)
        calls.append(Call("signal", share, n, m))
    return calls


LAG = "§7.5, eq-minlag"
MEAN = "§7.5, eq-lag-mean"

SLIPS = (
    Slip(
        "one step too few",
        "lags",
        _one_too_few,
        "All your lags are one too small. The decoder's first step comes after the encoder's last one: it reads END and writes the first symbol, at step N + 1. (A lag counts steps, not the symbols that lie between.)",
        LAG,
        "All lags are one too small.",
    ),
    Slip(
        "one step too many",
        "lags",
        _one_too_many,
        "All your lags are one too large. END is read and the first symbol is written in the same step, N + 1: reading END takes no step of its own.",
        LAG,
        "All lags are one too large.",
    ),
    Slip(
        "the sign turned",
        "lags",
        _negative,
        "Your lags are negative. A symbol is read before the answer needs it: step of writing minus step of reading.",
        LAG,
        "The sign is wrong.",
    ),
    Slip(
        "lags sorted",
        "lags",
        _sorted_lags,
        "Your lags are sorted. They are asked for in the order of the pairs.",
        LAG,
        "The lags are asked for in the order of the pairs.",
    ),
    Slip(
        "padding not read",
        "lags",
        _padding_not_read,
        "You count as if the encoder read the n symbols alone. Here it reads all N places, padding too, and the decoder begins after the last of them.",
        LAG,
        "The encoder reads N places, padding too.",
    ),
    Slip(
        "padding not read after a forward source",
        "lags",
        _no_padding_forward,
        "For a source that is read forward you begin to write after n steps. The blanks behind it are read too: the decoder begins after N.",
        LAG,
        "The encoder reads N places, padding too.",
    ),
    Slip(
        "written after n steps",
        "lags",
        _written_after_n,
        "You begin to write after n steps. The encoder reads all N places in every order, padding too, and the decoder begins after the last of them: answer symbol 1 is written at step N + 1.",
        LAG,
        "The encoder reads N places, padding too.",
    ),
    Slip(
        "the two ways of turning exchanged",
        "lags",
        _turned_kinds_exchanged,
        '"turned" turns the n symbols and pads behind them; "padded and turned" turns all N places, so the padding comes first. You have them the other way round.',
        LAG,
        "The two ways of turning are exchanged.",
    ),
    Slip(
        "padding always behind",
        "lags",
        _always_turned_alone,
        'You leave the padding behind in "padded and turned". When all N places are turned the padding comes first, and the source stands directly before the answer.',
        LAG,
        'In "padded and turned" the padding comes first.',
    ),
    Slip(
        "padding always in front",
        "lags",
        _always_turned_with_padding,
        'You let the padding come first in "turned". There the n symbols alone are turned, and the padding lies between them and the answer.',
        LAG,
        'In "turned" the padding stands behind the source.',
    ),
    Slip(
        "turned, counted from zero",
        "lags",
        _turned_from_zero,
        "In a turned source you put symbol s at n - s. Steps count from 1: the last symbol, s = n, is read at step 1, so s is read at step n + 1 - s.",
        LAG,
        "In a turned source symbol s is read at step n + 1 - s (or N + 1 - s).",
    ),
    Slip(
        "source not turned",
        "lags",
        _source_not_turned,
        "You read the source forward in every order.",
        LAG,
        "The source is turned here.",
    ),
    Slip(
        "answer not turned",
        "lags",
        _answer_not_turned,
        "You do not turn the answer. With `turn_answer` its symbols come in the opposite order, END behind them.",
        LAG,
        "The answer is turned here.",
    ),
    Slip(
        "END turned with the answer",
        "lags",
        _end_turned_too,
        "You turn END with the answer, so that END would be written first. The m - 1 symbols before it are turned; END stays last.",
        LAG,
        "END stays last in a turned answer.",
    ),
    Slip(
        "END at place 0",
        "lags",
        _end_at_place_zero,
        "The symbols of a turned answer are right, and END is not: it keeps its place m.",
        LAG,
        "END keeps its place m.",
    ),
    Slip(
        "END counted in the turning",
        "lags",
        _end_counted_in_turning,
        "You put symbol t of a turned answer at m + 1 - t. m counts END, which is not turned: m - 1 symbols are, so t goes to place m - t.",
        LAG,
        "m counts END, which is not turned: symbol t goes to place m - t.",
    ),
    Slip(
        "answer turned by the source's length",
        "lags",
        _answer_turned_by_n,
        "You turn the answer with the source's length n. The answer has m symbols with END.",
        LAG,
        "The answer's length is m, not n.",
    ),
    Slip(
        "pairs exchanged",
        "lags",
        _pair_exchanged,
        "You take the first number of a pair for the answer. A pair is (s, t): s in the source, t in the answer.",
        LAG,
        "A pair has the source's symbol first.",
    ),
    Slip(
        "places compared",
        "lags",
        _places_alone,
        "You subtract places, not steps. The decoder writes after the whole source has been read: its symbol t comes at step N + t.",
        LAG,
        "The decoder writes after N steps.",
    ),
    Slip(
        "distance of places",
        "lags",
        _distance_of_places,
        "You take the distance of two places. The decoder writes after the whole source has been read: its symbol t comes at step N + t.",
        LAG,
        "The decoder writes after N steps.",
    ),
    Slip(
        "up to the first symbol",
        "lags",
        _from_the_end_of_reading,
        "You count from the reading to the decoder's first step. Symbol t is written t - 1 steps later.",
        LAG,
        "Count up to the step that writes symbol t.",
    ),
    Slip(
        "writing alone",
        "lags",
        _from_the_start_of_writing,
        "You count the steps of the decoder alone. The lag begins where the source symbol was read.",
        LAG,
        "Count from the step that read symbol s.",
    ),
    Slip(
        "from the beginning",
        "lags",
        _since_the_beginning,
        "You return the step at which t is written. Subtract the step at which s was read.",
        LAG,
        "Subtract the step at which s was read.",
    ),
    Slip(
        "answer turned with the source",
        "lags",
        _both_turned,
        "You turn the answer whenever the source is turned. The two are chosen independently.",
        LAG,
        "The answer is not turned here.",
    ),
    Slip(
        "source turned with the answer",
        "lags",
        _twice_turned,
        "You turn the source once more when the answer is turned. The two are chosen independently.",
        LAG,
        "The source's order does not depend on the answer's.",
    ),
    Slip(
        "as many pairs as source symbols",
        "summary",
        _as_long_as_the_source,
        "You take n pairs. An answer with fewer than n symbols before END leaves source symbols without a partner: there are min(n, m - 1) pairs.",
        MEAN,
        "There are min(n, m - 1) pairs.",
    ),
    Slip(
        "END as a pair",
        "summary",
        _end_is_a_pair,
        "You count END among the pairs. m counts END, so m - 1 symbols can have a partner: min(n, m - 1) pairs.",
        MEAN,
        "END has no partner.",
    ),
    Slip(
        "as many pairs as answer symbols",
        "summary",
        _as_long_as_the_answer,
        "You take m - 1 pairs. A source with fewer symbols leaves answer symbols without a partner: there are min(n, m - 1) pairs.",
        MEAN,
        "There are min(n, m - 1) pairs.",
    ),
    Slip(
        "the mean unchanged",
        "summary",
        _mean_unchanged,
        "You leave the mean of the turned order at n. That holds when source and answer have the same number of symbols (END apart). With fewer pairs the mean of 1, 3, …, 2k - 1 is k.",
        MEAN,
        "The mean of 1, 3, …, 2k - 1 is k.",
    ),
    Slip(
        "all one less",
        "summary",
        _one_less,
        "All your lags are one too small: the decoder's first symbol is written at step n + 1.",
        LAG,
        "All lags are one too small.",
    ),
    Slip(
        "all one more",
        "summary",
        _one_more,
        "All your lags are one too large: END is read and the first symbol is written in the same step.",
        LAG,
        "All lags are one too large.",
    ),
    Slip(
        "greatest lag 2k",
        "summary",
        _twice_k,
        "Your greatest lag is one too large: symbol k of the source is read k - 1 steps before the last, and its partner is written at step n + k, which makes 2k - 1.",
        LAG,
        "The greatest lag is 2k - 1.",
    ),
    Slip(
        "lags that grow by one",
        "summary",
        _mean_rounded,
        "Your turned lags are 1, 2, …, k. With each pair the source symbol was read one step earlier *and* its partner is written one step later: they grow by two.",
        LAG,
        "Turned lags grow by two.",
    ),
    Slip(
        "greatest first",
        "summary",
        _greatest_first,
        "You return the greatest lag first. The order is least, mean, greatest.",
        LAG,
        "The order is least, mean, greatest.",
    ),
    Slip(
        "forward and turned exchanged",
        "summary",
        _two_exchanged,
        "You have forward and turned the other way round. Forward, all lags are the same.",
        LAG,
        "Forward and turned are exchanged.",
    ),
    Slip(
        "forward by the number of pairs",
        "summary",
        _forward_by_the_pairs,
        "Your forward lag is the number of pairs. Forward, symbol t is read at step t and its partner written at step n + t, however short the answer is.",
        LAG,
        "Forward the lag is n, however short the answer.",
    ),
    Slip(
        "forward lags that grow",
        "summary",
        _forward_grows,
        "You count forward lags from the first symbol of the source. Each partner is read one step later and written one step later: the lag stays n.",
        LAG,
        "Forward all lags are the same.",
    ),
    Slip(
        "forward lags that fall",
        "summary",
        _forward_falls,
        "You count forward lags to the first symbol of the answer. Each partner is read one step later and written one step later: the lag stays n.",
        LAG,
        "Forward all lags are the same.",
    ),
    Slip(
        "turned up to n + k - 1",
        "summary",
        _turned_the_whole_way,
        "You take the first symbol that is read for the partner of the last that is written. That is symbol n of the source; the partner of answer symbol k is symbol k.",
        LAG,
        "The partner of answer symbol k is source symbol k.",
    ),
    Slip(
        "signal at the mean lag",
        "signal",
        _of_the_mean_lag,
        "You take the share to the power of the mean lag. The mean of share^lag is larger: a lag of 1 gains more than a lag of 2k - 1 loses. That is what turning the source buys, at the same mean.",
        MEAN,
        "That is the share to the power of the mean lag; take the mean of the powers.",
    ),
    Slip(
        "the same signal for both",
        "signal",
        _same_for_both,
        "You return share^n for both orders. The lags differ, and so does the mean of share^lag, even where the mean lag is the same.",
        MEAN,
        "The two orders have different signals.",
    ),
    Slip(
        "signal of the nearest",
        "signal",
        _of_the_least_lag,
        "You take the least lag alone. The mean is over all pairs.",
        MEAN,
        "That is the nearest pair's signal.",
    ),
    Slip(
        "signal of the farthest",
        "signal",
        _of_the_greatest_lag,
        "You take the greatest lag alone. The mean is over all pairs.",
        MEAN,
        "That is the farthest pair's signal.",
    ),
    Slip(
        "sums of signals",
        "signal",
        _sums,
        "You return sums over the pairs. Means were asked for.",
        MEAN,
        "Those are sums over the pairs.",
    ),
    Slip(
        "sum for turned",
        "signal",
        _sum_of_turned,
        "Your second number is a sum over the pairs. Divide by their number.",
        MEAN,
        "The second number is a sum.",
    ),
    Slip(
        "signals exchanged",
        "signal",
        _signals_exchanged,
        "You return the turned order's signal first. Forward comes first.",
        MEAN,
        "Forward comes first.",
    ),
    Slip(
        "a signal for every source symbol",
        "signal",
        _all_source_symbols,
        "You average over n pairs. Only min(n, m - 1) symbols have a partner.",
        MEAN,
        "There are min(n, m - 1) pairs.",
    ),
    Slip(
        "a signal for END",
        "signal",
        _end_in_the_mean,
        "You count END among the pairs. m counts END: there are min(n, m - 1) pairs.",
        MEAN,
        "END has no partner.",
    ),
    Slip(
        "a signal for every answer symbol",
        "signal",
        _all_answer_symbols,
        "You average over m - 1 pairs. Only min(n, m - 1) symbols have a partner.",
        MEAN,
        "There are min(n, m - 1) pairs.",
    ),
    Slip(
        "signals one lag less",
        "signal",
        _signal_one_less,
        "Your lags are one too small: a lag of 1 keeps `share` itself.",
        LAG,
        "All lags are one too small.",
    ),
    Slip(
        "signals one lag more",
        "signal",
        _signal_one_more,
        "Your lags are one too large: the decoder's first step reads END and writes.",
        LAG,
        "All lags are one too large.",
    ),
    Slip(
        "every lag from 1 to k",
        "signal",
        _every_lag,
        "Your turned lags are 1, 2, …, k. They grow by two: 1, 3, …, 2k - 1.",
        LAG,
        "Turned lags grow by two.",
    ),
    Slip(
        "even lags",
        "signal",
        _even_lags,
        "Your turned lags are 2, 4, …, 2k. They are odd: 1, 3, …, 2k - 1.",
        LAG,
        "Turned lags are odd.",
    ),
    Slip(
        "signals multiplied",
        "signal",
        _product,
        "You multiply the signals of all pairs. Their mean was asked for.",
        MEAN,
        "That is a product over the pairs.",
    ),
    Slip(
        "divided by n",
        "signal",
        _divided_by_n,
        "You divide the sum by n. Divide by the number of pairs, min(n, m - 1).",
        MEAN,
        "Divide by the number of pairs.",
    ),
)

QUESTION = Question(
    id="07.5",
    title="the way from source to answer",
    answers=("lags", "summary", "signal"),
    reference={"lags": lags, "summary": summary, "signal": signal},
    properties=(
        Property(
            "lags are right for sources without padding, forward and turned",
            1,
            _test_no_padding,
            LAG,
        ),
        Property(
            "lags are right with padding, and for turned answers with END at the end",
            1,
            _test_all_orders,
            LAG,
        ),
        Property(
            "summary has the least, mean and greatest lag for sources and answers of unequal length",
            1,
            _test_summary,
            "§7.5, eq-minlag and eq-lag-mean",
        ),
        Property(
            "signal is the mean of the powers of the share, not the power of the mean",
            1,
            _test_signal,
            MEAN,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
