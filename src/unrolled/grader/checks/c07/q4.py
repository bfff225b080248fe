"""Question 7.4: the best answer, by listing all and by a beam."""

from __future__ import annotations

import itertools
from functools import cache
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
from unrolled.grader.question import Ask, Call, Given, Property, Question, Wrong

MAKE = Given("make_model")


@cache
def make_model(number):
    """As in the question's given cell; a test compares the two."""
    dice = np.random.default_rng([7, 4, number])
    V = 4 + number % 2
    W_yg, W_gg = dice.normal(size=(V, 3)), 2 * dice.normal(size=(3, 3))
    W_go, b_o = 1.5 * dice.normal(size=(3, V)), 0.5 * dice.normal(size=V)
    b_o[0] = -np.inf
    known = {}

    def model(symbols):
        key = tuple(int(k) for k in symbols)
        if key not in known:
            g = np.zeros(3)
            for k in (1, *key):
                g = np.tanh(W_yg[k] + g @ W_gg)
            o = g @ W_go + b_o
            known[key] = o - np.log(np.exp(o).sum())
        return known[key].copy()

    return model


def _grown(model, symbols, log_p):
    """All hypotheses that one more symbol makes of a live one."""
    step = model(symbols)
    return [([*symbols, k], log_p + step[k]) for k in range(1, len(step))]


def _ended(symbols):
    return symbols[-1:] == [1]


def _log_p(hypothesis):
    return hypothesis[1]


def _best(hypotheses, power):
    symbols, log_p = max(hypotheses, key=lambda h: h[1] / len(h[0]) ** power)
    return symbols, log_p / len(symbols) ** power


def _search(model, width, longest, order=None, grown=None):
    """All that ended in the beam, then the live ones that are left."""
    order, grown = order or _log_p, grown or _grown
    live, done = [([], 0.0)], []
    for _ in range(longest):
        pool = [h for one in live for h in grown(model, *one)]
        kept = sorted(pool, key=order, reverse=True)[:width]
        done += [h for h in kept if _ended(h[0])]
        live = [h for h in kept if not _ended(h[0])]
    return done + live


def beam(make_model, number, width, longest, power):
    return _best(_search(make_model(number), width, longest), power)


def _all(model, longest):
    return _search(model, 10**6, longest)


def exhaustive(make_model, number, longest, power):
    return _best(_all(make_model(number), longest), power)


def may_stop(best, live, t, longest, power):
    return all(best >= log_p / longest**power for log_p in live)


# --- wrong beams ----------------------------------------------------------------------


def _grown_by_p(model, symbols, value):
    step = np.exp(model(symbols))
    return [([*symbols, k], value + step[k]) for k in range(1, len(step))]


def _sum_of_probabilities(make_model, number, width, longest, power):
    model = make_model(number)
    return _best(_search(model, width, longest, _log_p, _grown_by_p), power)


def _probability(make_model, number, width, longest, power):
    found = _search(make_model(number), width, longest)
    return _best([(symbols, np.exp(log_p)) for symbols, log_p in found], power)


def _exp_of_the_score(make_model, number, width, longest, power):
    symbols, score = beam(make_model, number, width, longest, power)
    return symbols, np.exp(score)


def _no_norm(make_model, number, width, longest, power):
    return beam(make_model, number, width, longest, 0.0)


def _always_by_length(make_model, number, width, longest, power):
    return beam(make_model, number, width, longest, 1.0)


def _norm_times(make_model, number, width, longest, power):
    return beam(make_model, number, width, longest, -power)


def _length_without_end(make_model, number, width, longest, power):
    def score(h):
        length = len(h[0]) - (h[0][-1] == 1)
        return h[1] / max(length, 1) ** power

    found = _search(make_model(number), width, longest)
    best = max(found, key=score)
    return best[0], score(best)


def _other_penalty(make_model, number, width, longest, power):
    def score(h):
        return h[1] / ((5 + len(h[0])) / 6) ** power

    best = max(_search(make_model(number), width, longest), key=score)
    return best[0], score(best)


def _chosen_raw(make_model, number, width, longest, power):
    symbols, log_p = _best(_search(make_model(number), width, longest), 0.0)
    return symbols, log_p / len(symbols) ** power


def _raw_returned(make_model, number, width, longest, power):
    symbols, score = beam(make_model, number, width, longest, power)
    return symbols, score * len(symbols) ** power


def _normalised_at_every_step(make_model, number, width, longest, power):
    """The normalised score is carried on as if it were log p."""

    def grown(model, symbols, value):
        step = model(symbols)
        length = (len(symbols) + 1) ** power
        return [
            ([*symbols, k], (value + step[k]) / length) for k in range(1, len(step))
        ]

    found = _search(make_model(number), width, longest, _log_p, grown)
    return max(found, key=_log_p)


def _ended_grown(make_model, number, width, longest, power):
    model, hypotheses = make_model(number), [([], 0.0)]
    for _ in range(longest):
        pool = [h for one in hypotheses for h in _grown(model, *one)]
        hypotheses = sorted(pool, key=_log_p, reverse=True)[:width]
    return _best(hypotheses, power)


def _ended_grown_too(make_model, number, width, longest, power):
    """Set aside, and grown as well."""
    model, live, done = make_model(number), [([], 0.0)], []
    for _ in range(longest):
        pool = [h for one in live for h in _grown(model, *one)]
        live = sorted(pool, key=_log_p, reverse=True)[:width]
        done += [h for h in live if _ended(h[0])]
    return _best(done + live, power)


def _ended_grown_later(make_model, number, width, longest, power):
    """The same, but for the answer that is END alone."""
    model, live, done = make_model(number), [([], 0.0)], []
    for _ in range(longest):
        pool = [h for one in live for h in _grown(model, *one)]
        kept = sorted(pool, key=_log_p, reverse=True)[:width]
        done += [h for h in kept if _ended(h[0])]
        live = [h for h in kept if h[0] != [1]]
    return _best(done + live, power)


def _ended_dropped(make_model, number, width, longest, power):
    """Only what is in the beam at the end is looked at."""
    model, live = make_model(number), [([], 0.0)]
    for _ in range(longest):
        pool = [h for one in live for h in _grown(model, *one)]
        kept = sorted(pool, key=_log_p, reverse=True)[:width]
        live = [h for h in kept if not _ended(h[0])]
        if not live:
            break
    return _best(kept, power)


def _ended_wait(make_model, number, width, longest, power):
    """Ended ones keep their places and compete with those that go on."""
    model, hypotheses = make_model(number), [([], 0.0)]
    for _ in range(longest):
        pool = []
        for symbols, log_p in hypotheses:
            ended = _ended(symbols)
            pool += [(symbols, log_p)] if ended else _grown(model, symbols, log_p)
        hypotheses = sorted(pool, key=_log_p, reverse=True)[:width]
    return _best(hypotheses, power)


def _first_ended(make_model, number, width, longest, power):
    model, live = make_model(number), [([], 0.0)]
    for _ in range(longest):
        pool = [h for one in live for h in _grown(model, *one)]
        kept = sorted(pool, key=_log_p, reverse=True)[:width]
        live = [h for h in kept if not _ended(h[0])]
        if len(live) < len(kept):
            return _best([h for h in kept if _ended(h[0])], power)
    return _best(live, power)


def _ended_take_no_place(make_model, number, width, longest, power):
    """Every END is set aside; `width` live ones go on."""
    model, live, done = make_model(number), [([], 0.0)], []
    for _ in range(longest):
        pool = [h for one in live for h in _grown(model, *one)]
        done += [h for h in pool if _ended(h[0])]
        live = [h for h in pool if not _ended(h[0])]
        live = sorted(live, key=_log_p, reverse=True)[:width]
    return _best(done + live, power)


def _width_shrinks(make_model, number, width, longest, power):
    """Each ended one makes the beam narrower for good."""
    model, live, done = make_model(number), [([], 0.0)], []
    for _ in range(longest):
        pool = [h for one in live for h in _grown(model, *one)]
        kept = sorted(pool, key=_log_p, reverse=True)[: width - len(done)]
        done += [h for h in kept if _ended(h[0])]
        live = [h for h in kept if not _ended(h[0])]
    return _best(done + live, power)


def _enough_ended(make_model, number, width, longest, power):
    """The search is over when `width` hypotheses have ended."""
    model, live, done = make_model(number), [([], 0.0)], []
    for _ in range(longest):
        pool = [h for one in live for h in _grown(model, *one)]
        kept = sorted(pool, key=_log_p, reverse=True)[:width]
        done += [h for h in kept if _ended(h[0])]
        live = [h for h in kept if not _ended(h[0])]
        if len(done) >= width:
            return _best(done, power)
    return _best(done + live, power)


def _enough_ended_and_live(make_model, number, width, longest, power):
    """The same, with the live ones of that step in the choice."""
    model, live, done = make_model(number), [([], 0.0)], []
    for _ in range(longest):
        pool = [h for one in live for h in _grown(model, *one)]
        kept = sorted(pool, key=_log_p, reverse=True)[:width]
        done += [h for h in kept if _ended(h[0])]
        live = [h for h in kept if not _ended(h[0])]
        if len(done) >= width:
            break
    return _best(done + live, power)


def _finished_beats_open(make_model, number, width, longest, power):
    """The search is over when the best that ended scores above all live ones."""
    model, live, done = make_model(number), [([], 0.0)], []
    for _ in range(longest):
        pool = [h for one in live for h in _grown(model, *one)]
        kept = sorted(pool, key=_log_p, reverse=True)[:width]
        done += [h for h in kept if _ended(h[0])]
        live = [h for h in kept if not _ended(h[0])]
        if done and live and _best(done, power)[1] >= _best(live, power)[1]:
            break
    return _best(done + live, power)


def _ended_chosen_raw(make_model, number, width, longest, power):
    """Of those that ended the best by log p; its score against the live ones'."""
    found = _search(make_model(number), width, longest)
    ended = sorted((h for h in found if _ended(h[0])), key=_log_p)[-1:]
    return _best(ended + [h for h in found if not _ended(h[0])], power)


def _times_power(make_model, number, width, longest, power):
    def score(h):
        return h[1] / (len(h[0]) * power)

    best = max(_search(make_model(number), width, longest), key=score)
    return best[0], score(best)


def _ended_alone_at_the_end(make_model, number, width, longest, power):
    found = _search(make_model(number), width, longest)
    return _best([h for h in found if _ended(h[0])] or found, power)


def _closed_by_force(make_model, number, width, longest, power):
    model, found = make_model(number), []
    for symbols, log_p in _search(model, width, longest):
        if _ended(symbols):
            found.append((symbols, log_p))
        else:
            found.append(([*symbols, 1], log_p + model(symbols)[1]))
    return _best(found, power)


def _width_each(make_model, number, width, longest, power):
    def grown(model, symbols, log_p):
        longer = _grown(model, symbols, log_p)
        return sorted(longer, key=_log_p, reverse=True)[:width]

    found = _search(make_model(number), 10**6, longest, _log_p, grown)
    return _best(found, power)


def _greedy(make_model, number, width, longest, power):
    return beam(make_model, number, 1, longest, power)


def _wider(make_model, number, width, longest, power):
    return beam(make_model, number, width + 1, longest, power)


def _narrower(make_model, number, width, longest, power):
    return beam(make_model, number, max(width - 1, 1), longest, power)


def _all_of_them(make_model, number, width, longest, power):
    return exhaustive(make_model, number, longest, power)


def _last_symbol_alone(make_model, number, width, longest, power):
    """Ranked by the newest symbol's log p; the sum is kept for the score."""
    model = make_model(number)

    def order(h):
        return model(h[0][:-1])[h[0][-1]]

    return _best(_search(model, width, longest, order), power)


def _worst_kept(make_model, number, width, longest, power):
    def order(h):
        return -h[1]

    return _best(_search(make_model(number), width, longest, order), power)


def _end_cut_off(make_model, number, width, longest, power):
    symbols, score = beam(make_model, number, width, longest, power)
    return [k for k in symbols if k != 1], score


def _begin_in_front(make_model, number, width, longest, power):
    model = make_model(number)

    def again(symbols):
        return model([1, *symbols])

    return _best(_search(again, width, longest), power)


def _last_symbol_read(make_model, number, width, longest, power):
    model = make_model(number)

    def forgetful(symbols):
        return model(symbols[-1:])

    return _best(_search(forgetful, width, longest), power)


def _one_step_more(make_model, number, width, longest, power):
    return beam(make_model, number, width, longest + 1, power)


def _one_step_less(make_model, number, width, longest, power):
    return beam(make_model, number, width, longest - 1, power)


def _length_of_all(make_model, number, width, longest, power):
    symbols, log_p = _best(_search(make_model(number), width, longest), 0.0)
    return symbols, log_p / longest**power


# --- wrong listings -------------------------------------------------------------------


def _greedy_list(make_model, number, longest, power):
    return beam(make_model, number, 1, longest, power)


def _full_length_alone(make_model, number, longest, power):
    found = _all(make_model(number), longest)
    return _best([h for h in found if len(h[0]) == longest], power)


def _ended_list_alone(make_model, number, longest, power):
    found = _all(make_model(number), longest)
    return _best([h for h in found if _ended(h[0])], power)


def _no_empty_answer(make_model, number, longest, power):
    found = _all(make_model(number), longest)
    return _best([h for h in found if h[0] != [1]], power)


def _list_no_norm(make_model, number, longest, power):
    return exhaustive(make_model, number, longest, 0.0)


def _list_chosen_raw(make_model, number, longest, power):
    symbols, log_p = exhaustive(make_model, number, longest, 0.0)
    return symbols, log_p / len(symbols) ** power


def _list_raw_returned(make_model, number, longest, power):
    symbols, score = exhaustive(make_model, number, longest, power)
    return symbols, score * len(symbols) ** power


def _list_length_without_end(make_model, number, longest, power):
    def score(h):
        length = len(h[0]) - (h[0][-1] == 1)
        return h[1] / max(length, 1) ** power

    best = max(_all(make_model(number), longest), key=score)
    return best[0], score(best)


def _list_goes_on(make_model, number, longest, power):
    model, found = make_model(number), [([], 0.0)]
    for _ in range(longest):
        found = [h for one in found for h in _grown(model, *one)]
    return _best(found, power)


def _list_longer(make_model, number, longest, power):
    return exhaustive(make_model, number, longest + 1, power)


def _list_shorter(make_model, number, longest, power):
    return exhaustive(make_model, number, longest - 1, power)


def _list_sum_of_probabilities(make_model, number, longest, power):
    model = make_model(number)
    return _best(_search(model, 10**6, longest, _log_p, _grown_by_p), power)


def _list_probability(make_model, number, longest, power):
    found = _all(make_model(number), longest)
    return _best([(symbols, np.exp(log_p)) for symbols, log_p in found], power)


def _list_worst(make_model, number, longest, power):
    found = [(symbols, -log_p) for symbols, log_p in _all(make_model(number), longest)]
    symbols, score = _best(found, power)
    return symbols, -score


# --- wrong stops ----------------------------------------------------------------------


def _stop_by_log_p(best, live, t, longest, power):
    return all(best >= log_p for log_p in live)


def _stop_by_length_now(best, live, t, longest, power):
    return all(best >= log_p / t**power for log_p in live)


def _stop_by_next_length(best, live, t, longest, power):
    return all(best >= log_p / (t + 1) ** power for log_p in live)


def _stop_by_one(best, live, t, longest, power):
    return any(best >= log_p / longest**power for log_p in live) or not live


def _stop_by_any(best, live, t, longest, power):
    return any(best >= log_p / longest**power for log_p in live)


def _stop_by_the_first(best, live, t, longest, power):
    return not live or best >= live[0] / longest**power


def _stop_by_the_last(best, live, t, longest, power):
    return not live or best >= live[-1] / longest**power


def _stop_strictly(best, live, t, longest, power):
    return all(best > log_p / longest**power for log_p in live)


def _stop_one_further(best, live, t, longest, power):
    return all(best >= log_p / (longest + 1) ** power for log_p in live)


def _stop_by_mean(best, live, t, longest, power):
    return not live or bool(best >= np.mean(live) / longest**power)


def _stop_by_sum(best, live, t, longest, power):
    return bool(best >= sum(live) / longest**power)


def _stop_by_what_is_left(best, live, t, longest, power):
    return all(best >= log_p / (longest - t) ** power for log_p in live)


def _stop_times(best, live, t, longest, power):
    return all(best >= log_p * longest**power for log_p in live)


def _stop_always(best, live, t, longest, power):
    return True


def _stop_never(best, live, t, longest, power):
    return not live


def _stop_turned(best, live, t, longest, power):
    return all(best <= log_p / longest**power for log_p in live)


def _stop_by_length_without_power(best, live, t, longest, power):
    return all(best >= log_p / longest for log_p in live)


# --- numbers to ask with --------------------------------------------------------------

Setting = tuple[int, int, int, float]  # number, width, longest, power


def _setting(rng: np.random.Generator, powers: tuple[float, ...]) -> Setting:
    number, width = int(rng.integers(10**6)), int(rng.integers(2, 5))
    return number, width, int(rng.integers(4, 6)), float(rng.choice(powers))


def _clear(number: int, width: int, longest: int, power: float) -> bool:
    """Whether no choice of the search is closer than rounding could decide."""
    model, live, scores = make_model(number), [([], 0.0)], []
    for _ in range(longest):
        pool = [h for one in live for h in _grown(model, *one)]
        pool = sorted(pool, key=_log_p, reverse=True)
        values = np.array([h[1] for h in pool])
        if np.min(-np.diff(values), initial=1.0) < 1e-6:
            return False
        scores += [h[1] / len(h[0]) ** power for h in pool[:width]]
        live = [h for h in pool[:width] if not _ended(h[0])]
    return np.min(np.diff(np.sort(scores)), initial=1.0) > 1e-6


def _outcome(wrong: Any, args: tuple[Any, ...]) -> Any:
    """A value that can be compared; None for an error."""
    try:
        with np.errstate(all="ignore"):
            symbols, score = wrong(make_model, *args)
    except Exception:
        return None
    return tuple(symbols), round(float(score), 6)


@cache
def _telling(
    seed: int, answer: str, names: tuple[str, ...], powers: tuple[float, ...]
) -> tuple[tuple[Any, ...], ...]:
    """Settings that tell the slips of these names from the right answer.

    Without names: all slips of this answer, from each other as well. A setting of
    `beam` is (number, width, longest, power); `exhaustive` has no width.
    """
    rng = np.random.default_rng(seed)
    slips = [s for s in SLIPS if s.answer == answer and (s.name in names or not names)]
    functions = [beam if answer == "beam" else exhaustive, *(s.wrong for s in slips)]
    pairs = {(0, i) for i in range(1, len(functions))}
    if not names:
        pairs = set(itertools.combinations(range(len(functions)), 2))
    found: list[tuple[Any, ...]] = []
    for _ in range(2000):
        number, width, longest, power = _setting(rng, powers)
        everything = answer == "exhaustive"
        if not _clear(number, 10**6 if everything else width, longest, power):
            continue
        setting = (number, width, longest, power)
        setting = setting[:1] + setting[2:] if everything else setting
        values = [_outcome(f, setting) for f in functions]
        told = {(i, j) for i, j in pairs if values[i] != values[j]}
        if told:
            found.append(setting)
            pairs -= told
        if not pairs:
            break
    return tuple(found)


def _stops(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    """Arguments of may_stop on all sides of every bound that comes to mind."""
    found: list[tuple[Any, ...]] = []
    for t, longest, power in ((3, 7, 0.7), (2, 6, 1.2), (3, 5, 0.0)):
        live = np.sort(rng.uniform(-6.0, -1.5, size=4)).round(3)
        live = [float(live[i]) for i in (1, 3, 0, 2)]  # neither end is an extreme
        bounds = [max(live) / n**power for n in (1, t, t + 1, longest, longest + 1)]
        bounds += [live[0] / longest**power, live[-1] / longest**power]
        bounds += [min(live) / longest**power, sum(live) / longest**power]
        bounds += [max(live) / (longest - t) ** power, np.mean(live) / longest**power]
        bounds += [max(live) / longest, max(live) * longest**power]
        edges = sorted({round(float(b), 6) for b in bounds})
        edges = [edges[0] - 1.0, *edges, edges[-1] / 2]
        for low, high in itertools.pairwise(edges):
            best = (low + high) / 2
            if high - low > 1e-3 and best < 0:
                found.append((round(best, 5), live, t, longest, power))
    found.append((max(live), live, t, longest, 0.0))  # as good as can be: no higher
    found.append((-2.5, [], 3, 6, 0.7))
    return found


# --- tests ----------------------------------------------------------------------------


def _expect_answer(ask: Ask, name: str, args: tuple[Any, ...], where: str) -> None:
    right = {"beam": beam, "exhaustive": exhaustive}[name]
    want = right(make_model, *args)
    reply = ask(name, MAKE, *args)
    found = several(reply.value, 2, "two results, symbols and score")
    symbols = found[0].tolist() if isinstance(found[0], np.ndarray) else found[0]
    if not isinstance(symbols, (list, tuple)):
        raise Wrong(f"{where} the symbols are {kind_of(symbols)}, expected a list.")
    symbols = [int(array(k, (), f"{where} a symbol")) for k in symbols]
    score = float(array(found[1], (), f"{where} the score"))
    told = hint(SLIPS, name, (make_model, *args), [symbols, score], list(want))
    if symbols != want[0]:
        raise Wrong(
            f"{where} the answer is {symbols} with score {score:.4g}, expected {want[0]} with {want[1]:.4g}.{told}"
        )
    if not np.isclose(score, want[1], rtol=1e-6):
        raise Wrong(
            f"{where} the score of {symbols} is {score:.4g}, expected {want[1]:.4g}.{told}"
        )
    expect_same_arguments(args, reply.args_after[1:])


def _ask_beam(ask: Ask, settings: Any) -> None:
    for number, width, longest, power in settings:
        where = (
            f"for model {number}, width {width}, longest {longest}, power {power:g},"
        )
        _expect_answer(ask, "beam", (number, width, longest, power), where)


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _test_exhaustive(ask: Ask, rng: np.random.Generator) -> None:
    names = tuple(s.name for s in SLIPS if s.answer == "exhaustive")
    settings = _telling(_seed(rng), "exhaustive", names, (0.0, 0.6, 1.0))
    for number, longest, power in settings:
        where = f"for model {number}, longest {longest}, power {power:g},"
        _expect_answer(ask, "exhaustive", (number, longest, power), where)


SIMPLE = (
    "probabilities added",
    "one for each",
    "greedy",
    "one too wide",
    "one too narrow",
    "the newest symbol alone",
    "the last symbol read alone",
    "one step too many",
    "one step too few",
)
BOOKKEEPING = (
    "ended hypotheses grown",
    "ended hypotheses dropped",
    "the first that has ended",
    "ended ones wait in their places",
    "enough have ended",
    "enough have ended, with the live",
    "every END set aside",
    "a beam that narrows",
    "ended ones alone at the end",
    "closed by force",
)
LENGTHS = (
    "no length in the score",
    "always divided by the length",
    "multiplied by the length",
    "length without END",
    "another penalty",
    "chosen before it is divided",
    "not divided in the result",
    "divided at every step",
    "set aside and grown as well",
    "set aside and grown as well, later",
    "an ended one beats the live",
    "the ended chosen before they are divided",
    "length times power",
)


def _test_beam(ask: Ask, rng: np.random.Generator) -> None:
    _ask_beam(ask, _telling(_seed(rng), "beam", SIMPLE, (0.0,)))


def _test_ended(ask: Ask, rng: np.random.Generator) -> None:
    _ask_beam(ask, _telling(_seed(rng), "beam", BOOKKEEPING, (0.0,)))


def _test_lengths(ask: Ask, rng: np.random.Generator) -> None:
    settings = _telling(_seed(rng), "beam", LENGTHS, (0.5, 0.7, 1.5))
    _ask_beam(ask, settings)
    number, _, longest, power = settings[0]
    if _clear(number, 10**6, longest, power):
        where = f"for model {number} with a width that keeps everything,"
        _expect_answer(ask, "beam", (number, 5**longest, longest, power), where)


def _test_stop(ask: Ask, rng: np.random.Generator) -> None:
    for args in _stops(rng):
        reply = ask("may_stop", *args)
        value = reply.value
        if not isinstance(value, (bool, np.bool_)):
            raise Wrong(f"expected True or False, got {kind_of(value)}.")
        best, live, t, longest, power = args
        if bool(value) != may_stop(*args):
            shown = ", ".join(f"{v:.4g}" for v in live) or "none"
            can = "can still be overtaken" if value else "cannot be overtaken any more"
            raise Wrong(
                f"with best = {best:.4g}, live log p: {shown}, t = {t}, longest = {longest}, power = {power:g} you return {bool(value)}; the best {can}."
            )
        expect_same_arguments(args, reply.args_after)


def _cases(rng: np.random.Generator) -> list[Call]:
    powers = (0.0, 0.7, 1.5)
    beams = _telling(_seed(rng), "beam", (), powers)
    whole = _telling(_seed(rng), "exhaustive", (), powers)
    return [
        *(Call("beam", MAKE, *setting) for setting in beams),
        *(Call("exhaustive", MAKE, *setting) for setting in whole),
        *(Call("may_stop", *args) for args in _stops(rng)),
    ]


BEAM = "§7.8, eq-beam"
NORM = "§7.8, eq-length-norm"

SLIPS = (
    Slip(
        "probabilities added",
        "beam",
        _sum_of_probabilities,
        "You add up probabilities. The probability of an answer is a product over its symbols, so it is the logarithms that are added. A sum of probabilities grows with every symbol.",
        BEAM,
        "That adds up probabilities; add up log probabilities.",
    ),
    Slip(
        "probabilities normalised",
        "beam",
        _probability,
        "You divide the probability itself by the power of the length. The score is made of log p: divided by a number above 1 it comes nearer to 0, so longer answers gain. A probability that is divided loses.",
        NORM,
        "That divides p, not log p.",
    ),
    Slip(
        "exponential of the score",
        "beam",
        _exp_of_the_score,
        "You return the exponential of the score. The score is log p divided by a power of the length, a number below 0.",
        NORM,
        "That is the exponential of the score.",
    ),
    Slip(
        "no length in the score",
        "beam",
        _no_norm,
        "You rank the answers by log p alone. Every symbol makes log p smaller, so short answers win; the score divides log p by length to the power asked for.",
        NORM,
        "That is the best by log p; the power is not used.",
    ),
    Slip(
        "always divided by the length",
        "beam",
        _always_by_length,
        "You divide by the length whatever `power` is. The length is raised to `power` first: 0 leaves log p as it is.",
        NORM,
        "That divides by the length, whatever the power.",
    ),
    Slip(
        "multiplied by the length",
        "beam",
        _norm_times,
        "You multiply log p by the power of the length, so that long answers lose twice. Divide.",
        NORM,
        "That multiplies log p by the power of the length.",
    ),
    Slip(
        "length without END",
        "beam",
        _length_without_end,
        "Your length leaves END out. END is a symbol that was written and paid for: it counts.",
        NORM,
        "END counts in the length.",
    ),
    Slip(
        "another penalty",
        "beam",
        _other_penalty,
        "You use the penalty ((5 + length)/6)^power, which is in use elsewhere. Here the length itself is raised to the power.",
        NORM,
        "That is another penalty than length ** power.",
    ),
    Slip(
        "chosen before it is divided",
        "beam",
        _chosen_raw,
        "You choose the best by log p and divide afterwards. Divide first: the choice between short and long is what the division is for. (To stop as soon as the first of the beam has ended comes to the same: a longer answer may still win by its length.)",
        NORM,
        "Divide before you choose.",
    ),
    Slip(
        "not divided in the result",
        "beam",
        _raw_returned,
        "You choose by the score and return log p. Return the score.",
        NORM,
        "That is log p, not the score.",
    ),
    Slip(
        "divided at every step",
        "beam",
        _normalised_at_every_step,
        "You put the divided score back into the beam and add the next log probability to it. Keep the plain sum in the beam, and divide at the end.",
        NORM,
        "The beam carries plain sums of log p.",
    ),
    Slip(
        "ended hypotheses grown",
        "beam",
        _ended_grown,
        "You write on after END. A hypothesis that has ended is an answer: it is set aside as it is.",
        BEAM,
        "Nothing is written after END.",
    ),
    Slip(
        "set aside and grown as well",
        "beam",
        _ended_grown_too,
        "You set ended hypotheses aside and grow them as well, so that answers go on after END and take up places. What is set aside is no longer live.",
        BEAM,
        "What has ended is grown as well.",
    ),
    Slip(
        "set aside and grown as well, later",
        "beam",
        _ended_grown_later,
        "Hypotheses that end after the first step are set aside and grown as well: look at the last symbol, not at the first, to see what has ended.",
        BEAM,
        "What has ended is grown as well.",
    ),
    Slip(
        "ended hypotheses dropped",
        "beam",
        _ended_dropped,
        "Hypotheses that have ended are lost at the next step. They are set aside and take part in the choice at the end.",
        BEAM,
        "Ended hypotheses must not be lost.",
    ),
    Slip(
        "the first that has ended",
        "beam",
        _first_ended,
        "You return as soon as a hypothesis has ended. Another one may end later and be better: go on until all have ended or `longest` is reached.",
        BEAM,
        "The first that ends need not be the best.",
    ),
    Slip(
        "ended ones wait in their places",
        "beam",
        _ended_wait,
        "That is the beam of §7.8: ended hypotheses wait in their places and compete with those that go on, who may push them out or be kept out by them. Here they are set aside for good, and at the next step all `width` places are free.",
        BEAM,
        "Ended hypotheses hold places in your beam.",
    ),
    Slip(
        "enough have ended",
        "beam",
        _enough_ended,
        "You stop when `width` hypotheses have ended. Live ones may still become better: go on to `longest`, or until none is live.",
        BEAM,
        "Live hypotheses may still become better when `width` have ended.",
    ),
    Slip(
        "enough have ended, with the live",
        "beam",
        _enough_ended_and_live,
        "You stop when `width` hypotheses have ended, and choose among these and the live ones as they are then. The live ones may still grow and become better: go on to `longest`, or until none is live.",
        BEAM,
        "Live hypotheses may still become better when `width` have ended.",
    ),
    Slip(
        "an ended one beats the live",
        "beam",
        _finished_beats_open,
        "You stop when an ended answer scores above all live ones. That is the rule of §5.10; once the length is in the score, a live hypothesis may still rise. Go on to `longest`, or until none is live.",
        NORM,
        "With the length in it, the score of a live hypothesis may still rise.",
    ),
    Slip(
        "the ended chosen before they are divided",
        "beam",
        _ended_chosen_raw,
        "Of the hypotheses that have ended you keep the best by log p. Divide before you compare: a longer one with a smaller log p may have the better score.",
        NORM,
        "Of those that ended, too, the best is the best by the score.",
    ),
    Slip(
        "length times power",
        "beam",
        _times_power,
        "You divide by length times power. The length is raised to it: `length ** power`.",
        NORM,
        "The length is raised to the power, not multiplied by it.",
    ),
    Slip(
        "every END set aside",
        "beam",
        _ended_take_no_place,
        "You set aside every continuation that ends, however bad, and keep `width` live ones besides. At each step ended and live continuations compete for the same `width` places, and only an END that got one is set aside.",
        BEAM,
        "A continuation that ends needs one of the `width` places too.",
    ),
    Slip(
        "a beam that narrows",
        "beam",
        _width_shrinks,
        "Your beam gets narrower with every hypothesis that ends. An ended one takes its place at the step at which it ends; at the next step all `width` places are free again.",
        BEAM,
        "At each step all `width` places are free again.",
    ),
    Slip(
        "ended ones alone at the end",
        "beam",
        _ended_alone_at_the_end,
        "At the end you look at ended hypotheses alone. One that reached `longest` counts as it is, END or not.",
        BEAM,
        "Hypotheses that were cut at `longest` count too.",
    ),
    Slip(
        "closed by force",
        "beam",
        _closed_by_force,
        "You append END to hypotheses that were cut at `longest`. They count as they are.",
        BEAM,
        "A hypothesis that was cut gets no END.",
    ),
    Slip(
        "one for each",
        "beam",
        _width_each,
        "You keep the `width` best continuations of *each* hypothesis, so the beam grows without bound. The `width` best of all together are kept.",
        BEAM,
        "`width` counts all hypotheses together.",
    ),
    Slip(
        "greedy",
        "beam",
        _greedy,
        "That is greedy search: one hypothesis, its best symbol. Keep `width` of them.",
        BEAM,
        "That is what width 1 finds.",
    ),
    Slip(
        "one too wide",
        "beam",
        _wider,
        "Your beam is one too wide.",
        BEAM,
        "That is what width + 1 finds.",
    ),
    Slip(
        "one too narrow",
        "beam",
        _narrower,
        "Your beam is one too narrow.",
        BEAM,
        "That is what width - 1 finds.",
    ),
    Slip(
        "all answers",
        "beam",
        _all_of_them,
        "Your beam keeps everything: that is `exhaustive`. Cut to the `width` best after every step.",
        BEAM,
        "That is what `exhaustive` finds.",
    ),
    Slip(
        "the newest symbol alone",
        "beam",
        _last_symbol_alone,
        "You rank by the newest symbol's log probability. A hypothesis is as good as all its symbols together: rank by the sum.",
        BEAM,
        "Rank by the sum, not by the newest symbol.",
    ),
    Slip(
        "the worst kept",
        "beam",
        _worst_kept,
        "You keep the hypotheses with the smallest log p. Sort the other way.",
        BEAM,
        "The worst are kept.",
    ),
    Slip(
        "END cut off",
        "beam",
        _end_cut_off,
        "You cut END off the answer. It is part of what was found: it tells an ended answer from one that was cut.",
        BEAM,
        "END belongs to the answer.",
    ),
    Slip(
        "the beginning handed to the model",
        "beam",
        _begin_in_front,
        "You hand the model the END that begins as well. It reads that by itself: `model([])` is the distribution of the first symbol.",
        BEAM,
        "The model begins with END by itself.",
    ),
    Slip(
        "the last symbol read alone",
        "beam",
        _last_symbol_read,
        "You hand the model the last symbol alone. It needs all that the hypothesis has written.",
        BEAM,
        "The model needs the whole hypothesis.",
    ),
    Slip(
        "one step too many",
        "beam",
        _one_step_more,
        "You take one step too many: answers have `longest` symbols at most, END included.",
        BEAM,
        "That is what longest + 1 finds.",
    ),
    Slip(
        "one step too few",
        "beam",
        _one_step_less,
        "You take one step too few: answers may have `longest` symbols, END included.",
        BEAM,
        "That is what longest - 1 finds.",
    ),
    Slip(
        "one length for all",
        "beam",
        _length_of_all,
        "You divide by the same length, `longest`, for every answer, which changes no ranking. Divide by the length of the answer itself.",
        NORM,
        "Each answer is divided by its own length.",
    ),
    Slip(
        "greedy for exhaustive",
        "exhaustive",
        _greedy_list,
        "Your `exhaustive` takes the best symbol at each step. The best answer may begin with a symbol that is not the best: list them all.",
        BEAM,
        "That is what greedy search finds.",
    ),
    Slip(
        "full length alone",
        "exhaustive",
        _full_length_alone,
        "You list the answers of `longest` symbols alone. Those that end earlier are answers too.",
        BEAM,
        "Shorter answers are missing.",
    ),
    Slip(
        "the ended alone",
        "exhaustive",
        _ended_list_alone,
        "You list ended answers alone. One of `longest` symbols counts without END as well.",
        BEAM,
        "Answers that are cut at `longest` count too.",
    ),
    Slip(
        "no empty answer",
        "exhaustive",
        _no_empty_answer,
        "You leave out the answer that is END alone. It is an answer like any other.",
        BEAM,
        "END alone is an answer too.",
    ),
    Slip(
        "no length in the listing",
        "exhaustive",
        _list_no_norm,
        "In `exhaustive` you rank by log p alone. The score divides it by length to the power asked for.",
        NORM,
        "That is the best by log p; the power is not used.",
    ),
    Slip(
        "listing chosen before it is divided",
        "exhaustive",
        _list_chosen_raw,
        "In `exhaustive` you choose by log p and divide afterwards. Divide first.",
        NORM,
        "Divide before you choose.",
    ),
    Slip(
        "listing not divided in the result",
        "exhaustive",
        _list_raw_returned,
        "In `exhaustive` you choose by the score and return log p. Return the score.",
        NORM,
        "That is log p, not the score.",
    ),
    Slip(
        "length without END in the listing",
        "exhaustive",
        _list_length_without_end,
        "In `exhaustive` your length leaves END out. END is a symbol that was written and paid for.",
        NORM,
        "END counts in the length.",
    ),
    Slip(
        "written on after END",
        "exhaustive",
        _list_goes_on,
        "You list answers with symbols after END. END closes an answer.",
        BEAM,
        "Nothing is written after END.",
    ),
    Slip(
        "one symbol too long",
        "exhaustive",
        _list_longer,
        "Your answers may have one symbol more than `longest`. END counts among the symbols.",
        BEAM,
        "That is what longest + 1 finds.",
    ),
    Slip(
        "one symbol too short",
        "exhaustive",
        _list_shorter,
        "Your answers stop one symbol short of `longest`.",
        BEAM,
        "That is what longest - 1 finds.",
    ),
    Slip(
        "probabilities added in the listing",
        "exhaustive",
        _list_sum_of_probabilities,
        "In `exhaustive` you add up probabilities. The probability of an answer is a product: add up logarithms.",
        BEAM,
        "That adds up probabilities.",
    ),
    Slip(
        "probabilities normalised in the listing",
        "exhaustive",
        _list_probability,
        "In `exhaustive` you divide the probability itself. The score is log p divided by a power of the length.",
        NORM,
        "That divides p, not log p.",
    ),
    Slip(
        "the worst answer",
        "exhaustive",
        _list_worst,
        "You return the answer with the lowest score. Scores are below 0; the best is the one nearest to 0.",
        BEAM,
        "That is the answer with the lowest score.",
    ),
    Slip(
        "bounded by log p",
        "may_stop",
        _stop_by_log_p,
        "You compare with the live log p as it is. Its score will be log p divided by a power of its final length, which is nearer to 0: it can still overtake. (If you divided `best` once more: it is a score, divided already.)",
        NORM,
    ),
    Slip(
        "bounded by the length now",
        "may_stop",
        _stop_by_length_now,
        "You divide a live log p by its length now. It will be longer, and the longer it gets the less its log p counts: the best that it can reach is with the greatest length.",
        NORM,
    ),
    Slip(
        "bounded by the next length",
        "may_stop",
        _stop_by_next_length,
        "You let a live hypothesis grow by one symbol. It may grow to `longest`, at the cost of almost nothing if its symbols are almost certain.",
        NORM,
    ),
    Slip(
        "one is enough",
        "may_stop",
        _stop_by_one,
        "You stop when one of the live hypotheses cannot overtake. All must be unable to.",
        NORM,
    ),
    Slip(
        "one is enough, and none is not",
        "may_stop",
        _stop_by_any,
        "You stop when any of the live hypotheses cannot overtake, so that you go on when none is live. All must be unable to: `all`, which is True for an empty list.",
        NORM,
    ),
    Slip(
        "the first of the live",
        "may_stop",
        _stop_by_the_first,
        "You look at the first of the live hypotheses alone. They stand in no order: all must be unable to overtake.",
        NORM,
    ),
    Slip(
        "the last of the live",
        "may_stop",
        _stop_by_the_last,
        "You look at the last of the live hypotheses alone. They stand in no order: all must be unable to overtake.",
        NORM,
    ),
    Slip(
        "strictly better",
        "may_stop",
        _stop_strictly,
        "You go on when a live hypothesis can become as good as the best. It is asked whether one can score *higher*: at equality the search may stop.",
        NORM,
    ),
    Slip(
        "one symbol more than allowed",
        "may_stop",
        _stop_one_further,
        "You let a live hypothesis grow to `longest` + 1 symbols. END counts among the `longest`, so the greatest length is `longest`.",
        NORM,
    ),
    Slip(
        "the mean of the live",
        "may_stop",
        _stop_by_mean,
        "You bound the mean of the live hypotheses. The best of them is the one to fear.",
        NORM,
    ),
    Slip(
        "the sum of the live",
        "may_stop",
        _stop_by_sum,
        "You add up the live log p. They are different answers; the best of them is the one to fear.",
        NORM,
    ),
    Slip(
        "what is left to write",
        "may_stop",
        _stop_by_what_is_left,
        "You divide by the number of symbols still to come. A score is divided by the whole length of the answer, with what has been written.",
        NORM,
    ),
    Slip(
        "bound multiplied",
        "may_stop",
        _stop_times,
        "You multiply by the power of the length. The score divides by it.",
        NORM,
    ),
    Slip(
        "stop at once",
        "may_stop",
        _stop_always,
        "You always stop. A live hypothesis may still overtake the best one.",
        NORM,
    ),
    Slip(
        "never stop",
        "may_stop",
        _stop_never,
        "You stop only when nothing is live. Often it is certain earlier: log p can only fall, and the length has a bound.",
        NORM,
    ),
    Slip(
        "stop when it can be overtaken",
        "may_stop",
        _stop_turned,
        "Your answer is upside down: the search may stop when the best is at least as good as all that the live can reach.",
        NORM,
    ),
    Slip(
        "bound without the power",
        "may_stop",
        _stop_by_length_without_power,
        "You divide by `longest` itself. The score divides by `longest ** power`.",
        NORM,
    ),
)

QUESTION = Question(
    id="07.4",
    title="a beam against all answers",
    answers=("beam", "exhaustive", "may_stop"),
    reference={"beam": beam, "exhaustive": exhaustive, "may_stop": may_stop},
    properties=(
        Property(
            "exhaustive finds the best of all answers, for any power of the length",
            1,
            _test_exhaustive,
            "§7.8, eq-length-norm",
        ),
        Property(
            "beam keeps the `width` best continuations of all, by log p",
            1,
            _test_beam,
            BEAM,
        ),
        Property(
            "Hypotheses that end take a place once, are set aside and are not forgotten",
            1,
            _test_ended,
            BEAM,
        ),
        Property(
            "The winner is the best by the score with the length in it",
            1,
            _test_lengths,
            NORM,
        ),
        Property(
            "may_stop says True exactly when no live hypothesis can overtake",
            1,
            _test_stop,
            NORM,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
