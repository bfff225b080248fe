"""Question 8.5: what a table of runs supports."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c08.common import sizes
from unrolled.grader.checks.judging import Array, choice, near
from unrolled.grader.checks.slips import (
    Slip,
    array,
    equal,
    expect_same_arguments,
    hint,
    misconceptions,
    several,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

OPTIONS = ("supported", "refuted", "open")
CLAIMS = ("more layers", "equal size")


def at_chosen_rates(valid, test):
    return _chosen(valid, test)


def _chosen(valid, test, slip=""):
    """Test errors at the rates chosen on validation; `slip` names one mistake."""
    judged = test if slip == "test" else valid
    if slip == "diverged left out":
        judged = np.where(np.isnan(judged), np.nan, judged)
        scores = np.nanmedian(judged, axis=0)
        scores = np.where(np.isnan(scores), np.inf, scores)
    elif slip == "diverged is 0":
        scores = np.median(np.where(np.isnan(judged), 0.0, judged), axis=0)
    else:
        judged = np.where(np.isnan(judged), np.inf, judged)
        scores = np.median(judged, axis=0)  # (K, R)
        if slip == "mean":
            scores = judged.mean(axis=0)
        if slip == "best seed":
            scores = judged.min(axis=0)
    found = np.where(np.isnan(test), np.inf, test)
    if slip == "NaN stays":
        found = test
    if slip == "largest":
        best = scores.argmax(axis=1)
    elif slip == "last of equals":
        best = scores.shape[1] - 1 - scores[:, ::-1].argmin(axis=1)
    elif slip == "NaN wins":
        with_nan = np.median(valid, axis=0)
        best = with_nan.argmin(axis=1)
    else:
        best = scores.argmin(axis=1)
    arms = np.arange(valid.shape[1])
    if slip == "one rate for all":
        total = np.median(judged, axis=0).sum(axis=0)
        return found[:, :, total.argmin()]
    if slip == "each seed its own":
        each = judged.argmin(axis=2)
        return np.take_along_axis(found, each[..., None], axis=2)[..., 0]
    if slip == "best test of each":
        return found.min(axis=2)
    if slip == "validation returned":
        return np.where(np.isnan(valid), np.inf, valid)[:, arms, best]
    return found[:, arms, best]


def sign_test(a, b):
    return _sign(a, b)


def _sign(a, b, slip=""):
    """Wins of b, losses, p; `slip` names one mistake."""
    wins, losses = int((b < a).sum()), int((b > a).sum())
    if slip == "higher is better":
        wins, losses = losses, wins
    if slip == "ties are losses":
        losses = len(a) - wins
    if slip == "every pair":
        wins = int((b[:, None] < a).sum())
        losses = int((b[:, None] > a).sum())
    if slip == "sorted":
        a, b = np.sort(a), np.sort(b)
        wins, losses = int((b < a).sum()), int((b > a).sum())
    n, k = wins + losses, min(wins, losses)
    if slip == "ties in n":
        n = len(a)
    if slip == "one-sided for b":
        k = losses
    tail, ways = 0, 1
    for i in range(k):
        tail += ways
        ways = ways * (n - i) // (i + 1)  # n over i + 1
    if slip == "this outcome alone":
        tail = 0
    if slip != "more extreme alone":
        tail += ways
    if slip in ("one-sided", "one-sided for b"):
        return wins, losses, min(1.0, tail / 2**n)
    p = 2 * tail / 2**n
    if slip != "above 1":
        p = min(1.0, p)
    return wins, losses, float(p)


def verdicts(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level)


def _verdicts(errors, layers, parameters, level, slip=""):
    """Both claims; `slip` names one mistake."""

    def shown(a, b):
        """1 if b is shown to be better than a, -1 if worse, 0 if neither."""
        x, y = errors[:, a], errors[:, b]
        if slip == "medians":
            return int(np.sign(np.median(x) - np.median(y)))
        if slip == "best seed":
            return int(np.sign(x.min() - y.min()))
        if slip == "means":
            return int(np.sign(x.mean() - y.mean()))
        if slip == "majority":
            wins, losses, _ = sign_test(x, y)
            return int(np.sign(wins - losses))
        if slip == "no overlap":
            return int(y.max() < x.min()) - int(y.min() > x.max())
        wins, losses, p = sign_test(x, y)
        if slip == "all seeds":
            return int(wins == len(x)) - int(losses == len(x))
        if slip == "exchanged":
            wins, losses = losses, wins
        small = p < level if slip == "below the level" else p <= level
        return int(small) * int(np.sign(wins - losses))

    K = errors.shape[1]
    pairs = [(a, b) for a in range(K) for b in range(K) if layers[a] < layers[b]]
    if slip == "order of the columns":
        pairs = [(a, b) for a in range(K) for b in range(a + 1, K)]
    if slip == "equal layers too":
        pairs = [(a, b) for a in range(K) for b in range(K) if layers[a] <= layers[b]]
        pairs = [(a, b) for a, b in pairs if a != b]
    if slip == "equal layers in column order":
        pairs += [
            (a, b) for a in range(K) for b in range(a + 1, K) if layers[a] == layers[b]
        ]
    if slip == "deeper ones to the right":
        pairs = [(a, b) for a, b in pairs if a < b]
    if slip == "neighbours":
        values = tuple(sorted(set(layers)))
        steps = {values[i : i + 2] for i in range(len(values))}
        pairs = [(a, b) for a, b in pairs if (layers[a], layers[b]) in steps]
    if slip == "against the shallowest":
        pairs = [(a, b) for a, b in pairs if layers[a] == min(layers)]

    def fair(a, b):
        small, large = sorted((parameters[a], parameters[b]))
        if slip == "not larger":
            return parameters[b] <= parameters[a]
        if slip == "of the smaller":
            return large - small <= 0.05 * small
        if slip == "equal exactly":
            return large == small
        return large - small <= 0.05 * large

    def verdict(chosen):
        found = [shown(a, b) for a, b in chosen]
        if not found:
            return "supported" if slip == "nothing is enough" else "open"
        if slip == "any is enough":
            if 1 in found and -1 not in found:
                return "supported"
            return "refuted" if -1 in found else "open"
        if all(one == 1 for one in found):
            return "supported"
        if slip == "not shown is refuted":
            return "refuted"
        if slip == "all have to be worse":
            return "refuted" if all(one == -1 for one in found) else "open"
        return "refuted" if -1 in found else "open"

    fair_pairs = pairs if slip == "size ignored" else [p for p in pairs if fair(*p)]
    if slip == "fair pairs for both":
        pairs = fair_pairs
    return {"more layers": verdict(pairs), "equal size": verdict(fair_pairs)}


# --- wrong choices of rates -----------------------------------------------------------


def _on_test(valid, test):
    return _chosen(valid, test, "test")


def _best_seed(valid, test):
    return _chosen(valid, test, "best seed")


def _mean(valid, test):
    return _chosen(valid, test, "mean")


def _diverged_left_out(valid, test):
    return _chosen(valid, test, "diverged left out")


def _diverged_is_0(valid, test):
    return _chosen(valid, test, "diverged is 0")


def _nan_wins(valid, test):
    return _chosen(valid, test, "NaN wins")


def _nan_stays(valid, test):
    return _chosen(valid, test, "NaN stays")


def _largest(valid, test):
    return _chosen(valid, test, "largest")


def _last_of_equals(valid, test):
    return _chosen(valid, test, "last of equals")


def _one_rate_for_all(valid, test):
    return _chosen(valid, test, "one rate for all")


def _each_seed_its_own(valid, test):
    return _chosen(valid, test, "each seed its own")


def _best_test_of_each(valid, test):
    return _chosen(valid, test, "best test of each")


def _validation_returned(valid, test):
    return _chosen(valid, test, "validation returned")


# --- wrong sign tests -----------------------------------------------------------------


def _higher_is_better(a, b):
    return _sign(a, b, "higher is better")


def _ties_are_losses(a, b):
    return _sign(a, b, "ties are losses")


def _every_pair(a, b):
    return _sign(a, b, "every pair")


def _sorted_first(a, b):
    return _sign(a, b, "sorted")


def _ties_in_n(a, b):
    return _sign(a, b, "ties in n")


def _one_sided(a, b):
    return _sign(a, b, "one-sided")


def _one_sided_for_b(a, b):
    return _sign(a, b, "one-sided for b")


def _this_outcome_alone(a, b):
    return _sign(a, b, "this outcome alone")


def _more_extreme_alone(a, b):
    return _sign(a, b, "more extreme alone")


def _above_1(a, b):
    return _sign(a, b, "above 1")


# --- wrong verdicts -------------------------------------------------------------------


def _by_medians(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "medians")


def _by_best_seeds(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "best seed")


def _by_means(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "means")


def _by_majority(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "majority")


def _by_ranges(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "no overlap")


def _by_all_seeds(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "all seeds")


def _below_the_level(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "below the level")


def _order_of_columns(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "order of the columns")


def _equal_layers_too(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "equal layers too")


def _equal_layers_in_order(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "equal layers in column order")


def _deeper_to_the_right(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "deeper ones to the right")


def _exchanged(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "exchanged")


def _neighbours(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "neighbours")


def _against_the_shallowest(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "against the shallowest")


def _not_larger(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "not larger")


def _of_the_smaller(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "of the smaller")


def _equal_exactly(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "equal exactly")


def _size_ignored(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "size ignored")


def _fair_pairs_for_both(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "fair pairs for both")


def _nothing_is_enough(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "nothing is enough")


def _any_is_enough(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "any is enough")


def _not_shown_is_refuted(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "not shown is refuted")


def _all_have_to_be_worse(errors, layers, parameters, level):
    return _verdicts(errors, layers, parameters, level, "all have to be worse")


# --- tables to ask with ---------------------------------------------------------------


def _runs(
    rng: np.random.Generator, S: int, K: int, R: int, diverged: bool
) -> tuple[Array, Array]:
    """Errors in which every way of choosing rates chooses differently somewhere."""
    valid = rng.uniform(0.1, 0.9, size=(S, K, R)).round(3)
    test = rng.uniform(0.1, 0.9, size=(S, K, R)).round(3)
    if R > 1:  # in arm 0 the first two rates are equally good
        valid[:, 0, 1] = valid[:, 0, 0] = 0.05 + 0.1 * rng.uniform(size=S).round(2)
    if R > 2:  # in arm 1 the last rate is best in the median, worst in the worst seed
        valid[:, 1, -1] *= 0.3
        valid[rng.integers(S), 1, -1] = 5.0
        test[:, 1, -1] += 0.2
    if diverged:  # at the best rate or at the worst, in one seed or in most
        for arm in range(1, K):
            order = np.median(valid[:, arm], axis=0).argsort()
            rate = order[0 if arm in (1, 2) else -1]
            count = 1 if arm in (1, 3) else S // 2 + 1
            out = rng.choice(S, size=count, replace=False)
            valid[out, arm, rate] = test[out, arm, rate] = np.nan
    return valid, test


def _pair(wins: int, losses: int, ties: int, rng: np.random.Generator) -> tuple:
    """Errors of two arms with as many wins of the second, losses and ties."""
    n = wins + losses + ties
    a = rng.uniform(0.2, 0.8, size=n)
    step = rng.uniform(0.01, 0.15, size=n)
    sign = np.repeat([-1.0, 1.0, 0.0], [wins, losses, ties])
    order = rng.permutation(n)
    return a[order], (a + sign * step)[order]


def _table(
    rng: np.random.Generator, S: int, signs: list[list[int]], spread: float = 0.4
) -> Array:
    """errors (S, K): column k + 1 is column `base` with the sign in as many seeds.

    signs: for each further column [base, seeds in which it is better]; in the others it
    is worse. Seeds differ by much more than arms.
    """
    columns = [0.3 + spread * rng.permutation(np.linspace(0, 1, S))]
    for base, better in signs:
        step = 0.002 + 0.004 * rng.uniform(size=S)
        sign = np.where(np.arange(S) < better, -1.0, 1.0)
        columns.append(columns[base] + rng.permutation(sign) * step)
    return np.array(columns).T


def _tables(rng: np.random.Generator) -> list[tuple[str, tuple[Any, ...]]]:
    """Named arguments of `verdicts`."""
    found = []

    def add(about, errors, layers, parameters, level=0.05, shuffle=True):
        order = rng.permutation(len(layers)) if shuffle else np.arange(len(layers))
        args = (
            errors[:, order],
            [layers[k] for k in order],
            [parameters[k] for k in order],
            level,
        )
        found.append((about, args))

    S = 8
    chain = [[0, S], [1, S], [2, S]]
    same, grows = [9_800, 10_000, 9_900, 9_850], [1_000, 2_000, 3_000, 4_000]
    add(
        "every deeper arm better in all seeds",
        _table(rng, S, chain),
        [1, 2, 3, 4],
        same,
    )
    add("better and larger", _table(rng, S, chain), [1, 2, 4, 6], grows)
    mixed = _table(rng, S, [[0, S], [1, 5]])
    add("one step in doubt", mixed, [1, 2, 3], [500, 510, 505])
    slow = 0.3 + rng.permutation(np.linspace(0, 0.5, S))[:, None] * np.ones((1, 3))
    slow[:, 1] += np.where(np.arange(S) < 3, -0.001, 0.003)
    slow[:, 2] += np.where(np.arange(S) < 5, 0.002, 0.004)
    add("worse over two steps, each in doubt", slow, [1, 3, 5], [100, 300, 103])
    add("worse in all seeds", _table(rng, S, [[0, 0]]), [1, 2], [400, 390])
    add("worse where sizes agree", _worse_at_size(rng, S), [1, 1, 2], [100, 900, 880])
    add("no pair of equal size", _table(rng, S, chain[:2]), [1, 2, 3], [10, 20, 30])
    add(
        "two widths of one depth",
        _table(rng, S, [[0, 0], [0, S]]),
        [1, 1, 2],
        [60, 99, 98],
    )
    add("seven of eight", _table(rng, S, [[0, 7]]), [1, 2], [100, 100])
    seven = _table(rng, S, [[0, 7]])
    add("seven of eight, level 0.1", seven, [1, 2], [100, 100], 0.1)
    add("p equal to the level", _table(rng, 6, [[0, 6]]), [2, 3], [100, 60], 1 / 32)
    worse, better = _table(rng, S, [[0, 0], [0, S]]), _table(rng, S, [[0, S], [1, S]])
    doubt = _table(rng, S, [[0, 5], [0, S]])
    doubt[:, 2] = doubt[:, :2].min(axis=1) - 0.003
    for twins in (worse, better, doubt):  # what the second arm is, against the first
        about = "two arms of one depth and one size"
        add(about, twins, [1, 1, 2], [100, 100, 100], 0.05, False)
    add("five seeds", _table(rng, 5, [[0, 5]]), [1, 2], [100, 100])
    add("just within 5 % of the larger", _table(rng, S, [[0, S]]), [1, 2], [951, 1_000])
    add(
        "just within 5 % of the larger, deeper smaller",
        _table(rng, S, [[0, S]]),
        [1, 2],
        [1_000, 951],
    )
    add("a little more than 5 %", _table(rng, S, [[0, 0]]), [1, 2], [949, 1_000])
    add("fewer parameters by far", _table(rng, S, [[0, S]]), [1, 2], [1_000, 500])
    ties = _table(rng, 9, [[0, 9]])
    ties[:2, 1] = ties[:2, 0]
    add("ties in two seeds", ties, [1, 2], [100, 100])
    lone = _table(rng, 12, [[0, 6]])
    lone[0, 1] = 0.01
    add("one lucky seed", lone, [1, 2], [100, 100])
    base = _table(rng, S, [])
    middle = np.hstack([base, base - 0.02, base - 0.01])
    add("best in the middle", middle, [1, 2, 3], [100, 99, 98])
    for odd in range(4):
        add("in doubt", _torn(rng, 9, odd), [1, 2], [100, 99])
    add("one arm", _table(rng, S, []), [3], [100])
    diverged = _table(rng, S, [[0, S], [1, S]])
    diverged[:, 2] = np.inf
    add("the deepest always diverged", diverged, [1, 2, 3], [100, 100, 300])
    return found


def _torn(rng: np.random.Generator, S: int, odd: int) -> Array:
    """Two arms: of median, best seed, mean and majority, number `odd` differs."""
    a, b = rng.uniform(0.2, 0.8, size=(2, 1_500, S)).round(3)  # many, and one is taken
    wins = (b < a).sum(axis=1) - (b > a).sum(axis=1)
    measures = [np.median(a, axis=1) - np.median(b, axis=1)]
    measures += [a.min(axis=1) - b.min(axis=1), a.mean(axis=1) - b.mean(axis=1), wins]
    signs = np.sign(measures)  # (4, many)
    total = signs.sum(axis=0)
    torn = (np.abs(total) == 2) & (signs[odd] * total < 0) & (np.abs(wins) <= 3)
    one = int(np.argmax(torn))
    return np.array([a[one], b[one]]).T


def _worse_at_size(rng: np.random.Generator, S: int) -> Array:
    """Small and shallow, large and shallow, large and deep: worse than the second."""
    small = 0.5 + 0.3 * rng.permutation(np.linspace(0, 1, S))
    return np.array([small, small - 0.02, small - 0.01]).T


# --- tests ----------------------------------------------------------------------------


def _expect_chosen(ask: Ask, args: tuple[Array, Array]) -> None:
    want = at_chosen_rates(*args)
    reply = ask("at_chosen_rates", *args)
    told = hint(SLIPS, "at_chosen_rates", args, reply.value, want)
    S, K, R = args[0].shape
    where = sizes(S=S, K=K, R=R)
    got = array(reply.value, want.shape, f"{where}: the result")
    if np.isnan(got).any():
        raise Wrong(f"{where}: there are NaN in the result.{told}")
    for arm in range(K):
        right = want[:, arm]
        fine = np.array_equal(np.isinf(got[:, arm]), np.isinf(right))
        ends = np.isfinite(right)
        if not (fine and near(got[ends, arm], right[ends])):
            raise Wrong(
                f"{where}: the errors of arm {arm} are not those at its rate.{told}"
            )
    expect_same_arguments(args, reply.args_after)


def _test_chosen(ask: Ask, rng: np.random.Generator) -> None:
    for S, K, R in ((5, 3, 4), (4, 2, 3), (3, 4, 5), (1, 2, 3), (6, 3, 1)):
        _expect_chosen(ask, _runs(rng, S, K, R, diverged=False))


def _test_diverged(ask: Ask, rng: np.random.Generator) -> None:
    for S, K, R in ((5, 5, 3), (4, 3, 3), (7, 5, 5)):
        _expect_chosen(ask, _runs(rng, S, K, R, diverged=True))
    valid, test = _runs(rng, 3, 2, 2, diverged=False)
    valid[:, 1] = test[:, 1] = np.nan
    _expect_chosen(ask, (valid, test))


COUNTS = (
    (8, 0, 0),
    (0, 6, 0),
    (7, 1, 0),
    (2, 5, 2),
    (3, 3, 1),
    (0, 0, 4),
    (1, 0, 0),
    (9, 3, 3),
    (1, 1, 0),
)


def _expect_sign(ask: Ask, a: Array, b: Array) -> None:
    args = a, b
    want = sign_test(*args)
    reply = ask("sign_test", *args)
    found = several(reply.value, 3, "three numbers: wins, losses, p")
    told = hint(SLIPS, "sign_test", args, reply.value, want) if len(a) < 100 else ""
    got = [float(array(v, (), "a number")) for v in found]
    ties = len(a) - want[0] - want[1]
    where = f"{want[0]} wins of b, {want[1]} losses, {ties} ties"
    for one, right, name in zip(got, want, ("wins", "losses", "p"), strict=True):
        if not np.isclose(one, right, rtol=1e-6, atol=0):
            raise Wrong(
                f"{where}: {name} is {one:.6g}, expected {right:.6g}.{told or _tip(one)}"
            )
    expect_same_arguments(args, reply.args_after)


def _tip(p: float) -> str:
    if np.isfinite(p) and p > 0:
        return ""
    return (
        " Numbers like 2^2000 do not fit a float; whole numbers of Python have no end."
    )


def _test_sign(ask: Ask, rng: np.random.Generator) -> None:
    for counts in COUNTS:
        _expect_sign(ask, *_pair(*counts, rng))
    a, b = _pair(4, 1, 0, rng)
    _expect_sign(ask, np.r_[a, np.inf, 0.4], np.r_[b, np.inf, np.inf])
    _expect_sign(ask, *_pair(610, 560, 10, rng))


def _told_by_all(ask: Ask, tables: list[tuple[Any, ...]], seen: list[Any]) -> str:
    """The hint of the one slip that gives the answer's verdicts on *every* table.

    One table alone would name a slip too easily: there are three verdicts only.
    seen: the answer's verdicts on the first tables, of which the last is wrong.
    """
    last = len(seen) - 1
    order = [last, *range(last), *range(len(seen), len(tables))]
    left = [slip for slip in SLIPS if slip.answer == "verdicts" and slip.hint]
    for number in order:
        if not left:
            return ""
        args = tables[number]
        try:
            got = seen[number] if number <= last else ask("verdicts", *args).value
        except Wrong:
            return ""
        left = [slip for slip in left if equal(got, slip.wrong(*args))]
    hints = {slip.hint for slip in left}
    return f" {hints.pop()}" if len(hints) == 1 else ""


def _test_verdicts(ask: Ask, rng: np.random.Generator, claim: str) -> None:
    tables, seen = _tables(rng), []
    for about, args in tables:
        want = verdicts(*args)
        reply = ask("verdicts", *args)
        seen.append(reply.value)
        got = choice(reply.value, claim, OPTIONS, f"a dict with {' and '.join(CLAIMS)}")
        if got != want[claim]:
            told = _told_by_all(ask, [args for _, args in tables], seen)
            S = len(args[0])
            raise Wrong(
                f'{about} ({S} seeds, layers {args[1]}, parameters {args[2]}, level {args[3]:.6g}): "{claim}" is {want[claim]}, you say {got}.{told}'
            )
        expect_same_arguments(args, reply.args_after)


def _test_more_layers(ask: Ask, rng: np.random.Generator) -> None:
    _test_verdicts(ask, rng, "more layers")


def _test_equal_size(ask: Ask, rng: np.random.Generator) -> None:
    _test_verdicts(ask, rng, "equal size")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for S, K, R, diverged in ((5, 4, 5, False), (6, 5, 4, True), (5, 5, 4, True)):
        calls.append(Call("at_chosen_rates", *_runs(rng, S, K, R, diverged)))
    for counts in COUNTS:
        calls.append(Call("sign_test", *_pair(*counts, rng)))
    calls += [Call("verdicts", *args) for _, args in _tables(rng)]
    return calls[::-1]  # those that tell slips apart come first: it is quicker


TASK = "§8.10, and the rules of the task"
SIZE = "§8.10, and what the task calls equal size"
SEEDS = "§8.10"

SLIPS = (
    Slip(
        "chosen on test",
        "at_chosen_rates",
        _on_test,
        "You choose the rates by test errors. What is chosen by them is no longer a test of anything: it looks better than it is. Choose on validation data, report on test data.",
        SEEDS,
        "Which errors may a rate be chosen by?",
    ),
    Slip(
        "chosen by the best seed",
        "at_chosen_rates",
        _best_seed,
        "You choose the rate of the luckiest seed. The minimum over seeds rewards a rate that is erratic; the median is asked for.",
        SEEDS,
        "One lucky seed decides here.",
    ),
    Slip(
        "chosen by the mean",
        "at_chosen_rates",
        _mean,
        "You choose by the mean. One diverged run makes it infinite, and one bad run outweighs the others; the median over seeds is asked for.",
        SEEDS,
        "A mean and a median are not the same.",
    ),
    Slip(
        "diverged runs left out",
        "at_chosen_rates",
        _diverged_left_out,
        "You leave diverged runs out of the median. Then a rate at which most runs fail is judged by the few that did not. A diverged run counts, as infinitely bad.",
        TASK,
        "A diverged run is worse than any other, not absent.",
    ),
    Slip(
        "diverged runs taken for perfect",
        "at_chosen_rates",
        _diverged_is_0,
        "You count the error of a diverged run as 0, the best there is. It is infinitely bad.",
        TASK,
        "Is a diverged run the best there is?",
    ),
    Slip(
        "NaN chosen",
        "at_chosen_rates",
        _nan_wins,
        "You take medians with NaN in them: the median is NaN then, and argmin takes NaN for the least. Replace NaN first.",
        TASK,
        "What does argmin do with NaN?",
    ),
    Slip(
        "NaN returned",
        "at_chosen_rates",
        _nan_stays,
        "Your rates are right, and the test errors of diverged runs are still NaN. They count as inf: every comparison with NaN is False, so nobody would notice that these runs have lost.",
        TASK,
        "What is the test error of a diverged run?",
    ),
    Slip(
        "largest error chosen",
        "at_chosen_rates",
        _largest,
        "You choose the rate with the largest error. Errors are better when they are smaller.",
        TASK,
        "Small errors are good.",
    ),
    Slip(
        "last of equal rates",
        "at_chosen_rates",
        _last_of_equals,
        "Of equally good rates you take the last. The task says the first.",
        TASK,
        "Which of two equally good rates is taken?",
    ),
    Slip(
        "one rate for all arms",
        "at_chosen_rates",
        _one_rate_for_all,
        "You choose one rate for all arms. That favours the arms that like it; each arm gets the rate that is best for it.",
        SEEDS,
        "Each arm has its own best rate.",
    ),
    Slip(
        "a rate for each seed",
        "at_chosen_rates",
        _each_seed_its_own,
        "You choose a rate for each seed. A rate is part of the recipe: one for each arm, the same for all its seeds.",
        TASK,
        "How many rates are chosen for one arm?",
    ),
    Slip(
        "least test error of each run",
        "at_chosen_rates",
        _best_test_of_each,
        "You return the least test error over the rates. That is choosing on test data, in every single run.",
        SEEDS,
        "Which errors may a rate be chosen by?",
    ),
    Slip(
        "validation errors returned",
        "at_chosen_rates",
        _validation_returned,
        "Your rates are right, and you return the validation errors. The rate was chosen by these, so they look better than they are; report test errors.",
        SEEDS,
        "Which errors are reported?",
    ),
    Slip(
        "higher taken for better",
        "sign_test",
        _higher_is_better,
        "You count a win where b has the larger error. The smaller error wins.",
        TASK,
        "Who wins, the smaller error or the larger?",
    ),
    Slip(
        "ties counted as losses",
        "sign_test",
        _ties_are_losses,
        "You count ties as losses. A tie says nothing about either: it is left out.",
        TASK,
        "What is a tie?",
    ),
    Slip(
        "every run against every other",
        "sign_test",
        _every_pair,
        "You compare every run of a with every run of b. Runs belong together in pairs, by their seed, and pairs are what chance has tossed.",
        SEEDS,
        "Which runs belong together?",
    ),
    Slip(
        "sorted before comparing",
        "sign_test",
        _sorted_first,
        "You sort the errors before you compare. That tears the pairs apart: entry s of a and entry s of b have the same seed.",
        SEEDS,
        "Which runs belong together?",
    ),
    Slip(
        "ties among the tosses",
        "sign_test",
        _ties_in_n,
        "Your n has the ties in it. A tie is no toss: n is the number of wins and losses.",
        TASK,
        "Which n: with ties or without?",
    ),
    Slip(
        "one side",
        "sign_test",
        _one_sided,
        "You count one side. Before the runs nobody knew which arm would win, so as extreme an outcome the other way counts as well: twice the sum.",
        TASK,
        "One side or two?",
    ),
    Slip(
        "one side, that of b",
        "sign_test",
        _one_sided_for_b,
        "You count the probability of at most so many losses. Two sides are asked for: the smaller of wins and losses decides, and the sum counts twice.",
        TASK,
        "One side or two?",
    ),
    Slip(
        "probability of this outcome",
        "sign_test",
        _this_outcome_alone,
        "You take the probability of this one outcome. More extreme ones belong to it: sum over 0, 1, …, k.",
        TASK,
        "Outcomes more extreme than this count too.",
    ),
    Slip(
        "more extreme outcomes alone",
        "sign_test",
        _more_extreme_alone,
        "Your sum leaves out the outcome itself. It goes from 0 to k, k included.",
        TASK,
        "The outcome itself belongs to the sum.",
    ),
    Slip(
        "probability above 1",
        "sign_test",
        _above_1,
        "Your p can exceed 1: with as many wins as losses the middle counts twice. It is 1 at most.",
        TASK,
        "A probability is at most 1.",
    ),
    Slip(
        "medians compared",
        "verdicts",
        _by_medians,
        "You compare medians. Two medians always differ; whether chance alone does as much is what the pairs tell.",
        SEEDS,
        "Is a difference of medians more than chance?",
    ),
    Slip(
        "best seeds compared",
        "verdicts",
        _by_best_seeds,
        "You compare the best seeds. That compares luck; all seeds count, in pairs.",
        SEEDS,
        "One lucky seed decides here.",
    ),
    Slip(
        "means compared",
        "verdicts",
        _by_means,
        "You compare means. Two means always differ, and one bad run moves a mean; the pairs tell what chance does.",
        SEEDS,
        "Is a difference of means more than chance?",
    ),
    Slip(
        "majority of the seeds",
        "verdicts",
        _by_majority,
        "You let the majority of the seeds decide. A fair coin has a majority nearly always; compare p with the level.",
        SEEDS,
        "How often does a fair coin have a majority?",
    ),
    Slip(
        "ranges compared",
        "verdicts",
        _by_ranges,
        "You ask whether the ranges overlap. Seeds may differ by far more than arms and every pair agree all the same: that is why one compares within seeds.",
        SEEDS,
        "Ranges may overlap while every pair agrees.",
    ),
    Slip(
        "all seeds have to agree",
        "verdicts",
        _by_all_seeds,
        "You ask that all seeds agree. With few seeds that is not enough, and with many it is more than the level asks for.",
        TASK,
        "Does agreement of all seeds decide, or p?",
    ),
    Slip(
        "p equal to the level",
        "verdicts",
        _below_the_level,
        "You refuse a p that equals the level. The task says: at most.",
        TASK,
        "What if p equals the level?",
    ),
    Slip(
        "order of the columns",
        "verdicts",
        _order_of_columns,
        "You take the columns to be sorted by depth. They stand in any order: `layers` has the depths.",
        TASK,
        "Are the columns sorted by depth?",
    ),
    Slip(
        "arms of one depth compared",
        "verdicts",
        _equal_layers_too,
        "You compare arms with the same number of layers. Neither is the deeper one: they do not bear on these claims.",
        TASK,
        "Which arms does the claim compare?",
    ),
    Slip(
        "arms of one depth compared in column order",
        "verdicts",
        _equal_layers_in_order,
        "Of two arms with the same number of layers you take the one in the later column for the deeper. Neither is deeper: such pairs do not bear on these claims.",
        TASK,
        "Which of two arms of equal depth is the deeper one?",
    ),
    Slip(
        "deeper ones to the right alone",
        "verdicts",
        _deeper_to_the_right,
        "You compare only pairs whose deeper arm stands in the later column. The columns stand in any order: every pair of different depths counts, once.",
        TASK,
        "Are the columns sorted by depth?",
    ),
    Slip(
        "better and worse exchanged",
        "verdicts",
        _exchanged,
        "You call an arm better where it is shown to be worse, and the other way round. `sign_test(a, b)` counts the wins of b, and smaller errors win.",
        TASK,
        "Whose wins are counted?",
    ),
    Slip(
        "neighbouring depths alone",
        "verdicts",
        _neighbours,
        "You compare neighbouring depths alone. Each step may be in doubt while the deepest is worse than the shallowest in every seed; all pairs count.",
        TASK,
        "Which pairs does the claim speak of?",
    ),
    Slip(
        "against the shallowest alone",
        "verdicts",
        _against_the_shallowest,
        "You compare with the shallowest alone. The claim speaks of every pair of depths.",
        TASK,
        "Which pairs does the claim speak of?",
    ),
    Slip(
        "smaller ones are fair",
        "verdicts",
        _not_larger,
        "For equal size you take all pairs in which the deeper arm is not larger. A much smaller one is another question; the counts have to agree within 5 %, either way.",
        SIZE,
        "When are two arms of equal size?",
    ),
    Slip(
        "5 % of the smaller",
        "verdicts",
        _of_the_smaller,
        "You allow 5 % of the smaller count. The task says: of the larger.",
        SIZE,
        "5 % of which count?",
    ),
    Slip(
        "equal to the last parameter",
        "verdicts",
        _equal_exactly,
        "You ask for exactly equal counts. Widths are whole numbers, so counts never meet exactly; within 5 % of the larger counts as equal.",
        SIZE,
        "When are two arms of equal size?",
    ),
    Slip(
        "parameters ignored",
        "verdicts",
        _size_ignored,
        'Your verdict on "equal size" ignores the parameters. If the deeper arms are larger too, nobody knows whether depth or size has helped.',
        SIZE,
        "Depth or size?",
    ),
    Slip(
        "fair pairs for both claims",
        "verdicts",
        _fair_pairs_for_both,
        'You use the pairs of equal size for both claims. "more layers" speaks of all depths, whatever their size.',
        TASK,
        'Which pairs does "more layers" speak of?',
    ),
    Slip(
        "supported by nothing",
        "verdicts",
        _nothing_is_enough,
        "Where there is no pair to compare you call the claim supported (all() of nothing is True). Nothing was compared: it is open.",
        TASK,
        "What does a table without any pair support?",
    ),
    Slip(
        "one pair is enough",
        "verdicts",
        _any_is_enough,
        "You call a claim supported when one pair supports it. It speaks of every pair.",
        TASK,
        "How many pairs have to agree?",
    ),
    Slip(
        "not shown, so refuted",
        "verdicts",
        _not_shown_is_refuted,
        "You call refuted what was not shown. That few seeds show nothing does not show the contrary: it is open.",
        SEEDS,
        "Is what was not shown refuted?",
    ),
    Slip(
        "refuted by all pairs alone",
        "verdicts",
        _all_have_to_be_worse,
        'You call a claim refuted only when every pair is shown to be worse. "always" is refuted by one counter-example.',
        TASK,
        "How many counter-examples refute an `always`?",
    ),
)

QUESTION = Question(
    id="08.5",
    title="what a table supports",
    answers=("at_chosen_rates", "sign_test", "verdicts"),
    reference={
        "at_chosen_rates": at_chosen_rates,
        "sign_test": sign_test,
        "verdicts": verdicts,
    },
    properties=(
        Property("at_chosen_rates: one rate an arm", 1, _test_chosen, SEEDS),
        Property("at_chosen_rates: diverged runs", 1, _test_diverged, TASK),
        Property(
            "sign_test: wins, losses and p, for any number of seeds",
            1,
            _test_sign,
            TASK,
        ),
        Property('verdicts: "more layers"', 1, _test_more_layers, SEEDS),
        Property('verdicts: "equal size"', 1, _test_equal_size, SIZE),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
