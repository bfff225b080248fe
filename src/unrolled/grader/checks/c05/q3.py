"""Question 5.3: the nucleus, after the k best."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c05.common import expect_distributions
from unrolled.grader.checks.judging import Array, as_array, expect_untouched, near
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong


def nucleus(p: Array, top_p: Array, k: int) -> Array:
    result = np.zeros(p.shape)
    for b, row in enumerate(p):
        order = np.argsort(-row)[:k]
        shares = row[order] / row[order].sum()
        before = np.cumsum(shares) - shares
        kept = order[before < top_p[b]]
        result[b, kept] = row[kept] / row[kept].sum()
    return result


def _filled(p, chosen, normalise=True):
    """Rows of p with the positions chosen(b, row), renormalised or not."""
    result = np.zeros(p.shape)
    for b, row in enumerate(p):
        kept = chosen(b, row)
        result[b, kept] = row[kept]
        if normalise and result[b].any():
            result[b] /= result[b].sum()
    return result


def _best(row, k):
    order = np.argsort(-row)[:k]
    return order, row[order] / row[order].sum()


def _without_the_crossing(p, top_p, k):
    def chosen(b, row):
        order, shares = _best(row, k)
        return order[np.cumsum(shares) <= top_p[b]]

    return _filled(p, chosen)


def _without_the_crossing_nan(p, top_p, k):
    """The same, and the rows with nothing left are divided by 0."""
    result = _without_the_crossing(p, top_p, k)
    return np.where(result.any(axis=1, keepdims=True), result, np.nan)


def _without_the_crossing_but_one(p, top_p, k):
    def chosen(b, row):
        order, shares = _best(row, k)
        return order[: max(1, int(np.sum(np.cumsum(shares) <= top_p[b])))]

    return _filled(p, chosen)


def _one_beyond_the_crossing(p, top_p, k):
    def chosen(b, row):
        order, shares = _best(row, k)
        return order[: int(np.sum(np.cumsum(shares) - shares < top_p[b])) + 1]

    return _filled(p, chosen)


def _not_renormalised(p, top_p, k):
    return np.where(nucleus(p, top_p, k) > 0, p, 0.0)


def _renormalised_once(p, top_p, k):
    """Divided by the sum of the k best and not by that of the kept."""
    result = np.where(nucleus(p, top_p, k) > 0, p, 0.0)
    best = np.sort(p, axis=1)[:, ::-1][:, :k]
    return result / best.sum(axis=1, keepdims=True)


def _in_order_of_index(p, top_p, k):
    def chosen(b, row):
        order = np.sort(_best(row, k)[0])
        shares = row[order] / row[order].sum()
        return order[np.cumsum(shares) - shares < top_p[b]]

    return _filled(p, chosen)


def _not_sorted(p, top_p, k):
    """The k first symbols by number, added up in the order of their numbers."""

    def chosen(b, row):
        shares = row[:k] / row[:k].sum()
        return np.flatnonzero(np.cumsum(shares) - shares < top_p[b])

    return _filled(p, chosen)


def _softmax_of_kept(p, top_p, k):
    w = np.where(nucleus(p, top_p, k) > 0, np.exp(p), 0.0)
    return w / w.sum(axis=1, keepdims=True)


def _softmax_of_all(p, top_p, k):
    w = np.exp(nucleus(p, top_p, k))
    return w / w.sum(axis=1, keepdims=True)


def _taken_for_put(p, top_p, k):
    """Sorted, and reordered by the order itself where its inverse is needed."""
    order = np.argsort(-p, axis=1)
    return np.take_along_axis(_sorted(p, top_p, k), order, axis=1)


def _one_more_than_k(p, top_p, k):
    return nucleus(p, top_p, k + 1)


def _least_probable_first(p, top_p, k):
    def chosen(b, row):
        order = np.argsort(row)[:k]
        shares = row[order] / row[order].sum()
        return order[np.cumsum(shares) - shares < top_p[b]]

    return _filled(p, chosen)


def _threshold_on_each(p, top_p, k):
    def chosen(b, row):
        order, shares = _best(row, k)
        return order[shares >= top_p[b]]

    return _filled(p, chosen)


def _share_of_the_largest(p, top_p, k):
    def chosen(b, row):
        order, shares = _best(row, k)
        return order[shares >= top_p[b] * shares[0]]

    return _filled(p, chosen)


def _sorted(p, top_p, k):
    return -np.sort(-nucleus(p, top_p, k), axis=1)


def _nucleus_first(p, top_p, k):
    whole = nucleus(p, top_p, p.shape[1])
    return nucleus(whole, np.ones(len(p)), k)


def _k_ignored(p, top_p, k):
    return nucleus(p, top_p, p.shape[1])


def _threshold_ignored(p, top_p, k):
    return nucleus(p, np.ones(len(p)), k)


def _one_threshold(p, top_p, k):
    return nucleus(p, np.full(len(p), top_p[0]), k)


def _one_order(p, top_p, k):
    """The symbols kept in the first row, in every row."""
    kept = nucleus(p, top_p, k)[0] > 0
    w = np.where(kept, p, 0.0)
    return w / w.sum(axis=1, keepdims=True)


def _complement(p, top_p, k):
    return nucleus(p, 1.0 - top_p, k)


def _rows(rng: np.random.Generator, B: int, V: int, zeros: int = 0) -> Array:
    """Distributions, the largest not in front, the rest not in order."""
    p = rng.dirichlet(np.full(V, 1.0), size=B) + 0.02
    for row in p:
        ahead = int(np.argmax(row))
        if ahead == 0:
            row[:] = np.roll(row, 1 + int(rng.integers(V - 1)))
        if zeros:
            row[np.argsort(row)[:zeros]] = 0.0
    return p / p.sum(axis=1, keepdims=True)


def _thresholds(rng: np.random.Generator, p: Array, k: int) -> Array:
    """A threshold for each row in the middle of a step, never near a running sum."""
    found = []
    for row in p:
        shares = np.sort(row)[::-1][:k]
        ends = np.cumsum(shares / shares.sum())
        i = 1 + int(rng.integers(max(1, len(ends) - 2)))
        i = min(i, len(ends) - 1)
        found.append(ends[i - 1] + (ends[i] - ends[i - 1]) * rng.uniform(0.3, 0.7))
    return np.array(found)


def _finite(value: Any, shape: tuple[int, ...], where: str) -> Array:
    """as_array with a word about rows from which everything was taken."""
    got = np.asarray(value)
    if got.dtype.kind == "f" and got.shape == shape:
        broken = ~np.isfinite(got).all(axis=1)
        if broken.any():
            raise Wrong(
                f"{where}: in row {int(np.argmax(broken))} there are NaN or infinite entries, as 0/0 gives. Is a row left with no symbol at all? The one that crosses the threshold is kept, so there is always one."
            )
    return as_array(value, shape, where)


def _kept_rows(got: Array, want: Array, where: str) -> None:
    for b, (row, right) in enumerate(zip(got, want, strict=True)):
        if np.array_equal(row > 1e-12, right > 0):
            continue
        n, m = int((row > 1e-12).sum()), int((right > 0).sum())
        if n != m:
            count = "1 symbol is" if n == 1 else f"{n} symbols are"
            raise Wrong(f"{where}: in row {b}, {count} kept, expected {m}.")
        raise Wrong(
            f"{where}: in row {b} the right number of symbols is kept, but not the right ones, or not in their places."
        )


def _both(ask: Ask, p: Array, top_p: Array, k: int, where: str) -> None:
    reply = ask("nucleus", p, top_p, k)
    want = nucleus(p, top_p, k)
    got = _finite(reply.value, want.shape, where)
    _kept_rows(got, want, where)
    if not near(got, want):
        expect_distributions(got, f"{where}:")
        raise Wrong(f"{where}: the values differ from p, renormalised over the kept.")
    expect_untouched(reply, (p, top_p, k), "p top_p k")


def _test_kept(ask: Ask, rng: np.random.Generator) -> None:
    for B, V in ((1, 5), (1, 8), (4, 6)):
        p = _rows(rng, B, V)
        top_p = _thresholds(rng, p, V)
        want = nucleus(p, top_p, V)
        where = f"without a limit k, B = {B} and V = {V}"
        got = _finite(ask("nucleus", p, top_p, V).value, p.shape, where)
        _kept_rows(got, want, where)


def _test_renormalised(ask: Ask, rng: np.random.Generator) -> None:
    for B, V, k in ((2, 6, 6), (3, 7, 4)):
        p = _rows(rng, B, V)
        top_p = _thresholds(rng, p, k)
        where = f"B = {B}, V = {V} and k = {k}"
        got = _finite(ask("nucleus", p, top_p, k).value, p.shape, where)
        expect_distributions(got, f"{where}:")
        if (got > 1e-12).all(axis=1).any():
            raise Wrong(f"{where}: in some row nothing was left out.")
        for row, before in zip(got, p, strict=True):
            ratio = row[row > 1e-12] / before[row > 1e-12]
            if not np.allclose(ratio, ratio[0], rtol=1e-5):
                raise Wrong(
                    f"{where}: the kept probabilities have not kept their proportions."
                )


def _test_edges(ask: Ask, rng: np.random.Generator) -> None:
    p = _rows(rng, 3, 5)
    _both(ask, p, np.full(3, 1e-6), 5, "top_p = 1e-6, which the largest crosses alone")
    _both(ask, p, np.ones(3), 5, "top_p = 1, which needs all")
    q = np.array([[0.125, 0.5, 0.0625, 0.25, 0.0625], [0.25, 0.125, 0.5, 0.125, 0.0]])
    q[0, [2, 4]], q[1, [1, 3]] = [0.09375, 0.03125], [0.15625, 0.09375]
    where = "a sum that is exactly top_p reaches it"
    _both(ask, q, np.array([0.75, 0.5]), 5, where)
    p = _rows(rng, 3, 6, zeros=2)
    top_p = np.array([0.2, 0.6, 0.999])
    _both(ask, p, top_p, 6, "with symbols of probability 0 and three thresholds")


def _test_with_k(ask: Ask, rng: np.random.Generator) -> None:
    for B, V, k in ((3, 7, 4), (2, 6, 3), (4, 5, 9)):
        p = _rows(rng, B, V)
        top_p = _thresholds(rng, p, min(k, V))
        _both(ask, p, top_p, k, f"V = {V} and k = {k}")
    p = _rows(rng, 3, 5)
    _both(ask, p, np.array([0.3, 0.9, 1.0]), 1, "k = 1")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for B, V, k in ((3, 6, 6), (4, 7, 5), (3, 8, 4), (2, 5, 3)):
        p = _rows(rng, B, V)
        calls.append(Call("nucleus", p, _thresholds(rng, p, k), k))
    # rows on which the order of the two steps, and their sums, make a difference
    p = np.array(
        [[0.1, 0.4, 0.2, 0.3], [0.3, 0.05, 0.25, 0.4], [0.1, 0.35, 0.34, 0.21]]
    )
    calls.append(Call("nucleus", p, np.array([0.75, 0.97, 0.72]), 3))
    calls.append(Call("nucleus", p, np.array([0.3, 0.2, 0.8]), 4))
    return calls


QUESTION = Question(
    id="05.3",
    title="the nucleus, after the k best",
    answers=("nucleus",),
    reference={"nucleus": nucleus},
    properties=(
        Property(
            "Without a limit k the right symbols are kept, in their places (their values are forgiven here)",
            1,
            _test_kept,
            "§5.10, def-top-p",
        ),
        Property(
            "Every row sums to 1, something was left out, and the kept keep their proportions",
            1,
            _test_renormalised,
            "§5.10, def-top-p",
        ),
        Property(
            "Each row has its own threshold: a tiny one keeps the largest, 1 keeps all, and an exact sum reaches it",
            1,
            _test_edges,
            "§5.10, def-top-p",
        ),
        Property(
            "With k it is the nucleus of the k best, which were renormalised before",
            1,
            _test_with_k,
            "§5.10, def-top-p",
        ),
    ),
    misconceptions=(
        Misconception(
            "the crossing symbol dropped",
            _without_the_crossing,
            "You drop the symbol that crosses the threshold, so the kept ones do not reach it, and a confident row has nothing left at all. The nucleus is the smallest set whose sum is at least top_p: the one that crosses belongs to it.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "the crossing symbol dropped, 0 divided by 0",
            _without_the_crossing_nan,
            "You drop the symbol that crosses the threshold. Where the largest alone crosses it nothing is left, and your row is 0/0, which is NaN. The one that crosses belongs to the nucleus: a symbol is kept if the sum *before* it is below top_p.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "the crossing symbol dropped, one kept",
            _without_the_crossing_but_one,
            "You drop the symbol that crosses the threshold, except where nothing would be left. The crossing symbol belongs to the nucleus in every row: a symbol is kept if the sum *before* it is below top_p.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "one symbol too many",
            _one_beyond_the_crossing,
            "You keep one symbol beyond the one that crosses. When the sum has reached the threshold, the nucleus is complete.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "not renormalised",
            _not_renormalised,
            "You keep the right symbols and do not renormalise them. What was cut off is missing from the sum; divide each row by the sum of its kept symbols.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "renormalised after k alone",
            _renormalised_once,
            "You renormalise after the k best were taken and not after the nucleus. Each cut takes something away: divide by the sum of what is left in the end.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "taken in the order of their numbers",
            _in_order_of_index,
            "You add up the symbols in the order of their numbers. The nucleus takes the most probable first: sort each row before the running sum.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "not sorted at all",
            _not_sorted,
            "You do not sort: you take the first k symbols and add them up as they stand. The best are the most probable, wherever they stand: np.argsort(-row) has their positions.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "a softmax over the kept",
            _softmax_of_kept,
            "You keep the right symbols and take a softmax of their probabilities. These are probabilities already, not logits: divide them by their sum, so that they keep their proportions.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "a softmax over the row",
            _softmax_of_all,
            "You take a softmax of the finished row. exp(0) is 1, so every symbol that was cut off comes back, and the kept lose their proportions. The row is a distribution without it.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "taken where it is to be put",
            _taken_for_put,
            "You sort each row, and to undo it you take by the same order again. What stood at order[i] was moved to i; to put it back, assign: result[order] = sorted values (np.put_along_axis), or take by the inverse, np.argsort(order).",
            "§5.10, def-top-p",
        ),
        Misconception(
            "one more than k",
            _one_more_than_k,
            "You keep the k + 1 most probable before the nucleus. A slice [:k] has k entries; a loop or a threshold may have one more.",
            "§5.10, and step 1 of the task",
        ),
        Misconception(
            "least probable first",
            _least_probable_first,
            "You sort the wrong way round: np.argsort puts the smallest first, so you keep what should go. Sort −p, or reverse the order.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "threshold on each probability",
            _threshold_on_each,
            "You compare each probability with top_p. The threshold is for the running sum of the most probable ones, not for any single one; above 0.5 at most one symbol could ever pass your test.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "a share of the largest probability",
            _share_of_the_largest,
            "You keep what has at least the share top_p of the largest probability. That is another filter (it is called min-p). The nucleus is about a sum.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "returned in sorted order",
            _sorted,
            "Your result is sorted: the symbols have lost their places, so that whoever draws from it draws position 0 and writes symbol 0. Put each probability back where it came from.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "the two steps not in their order",
            _nucleus_first,
            "You compare sums of the old probabilities with top_p: either you take the nucleus of the whole row and then the k best of it, or you did not renormalise after the k best (both come to the same). Among the k best the shares are larger, so the sum is reached earlier.",
            "§5.10, and step 1 of the task",
        ),
        Misconception(
            "k ignored",
            _k_ignored,
            "k has no effect on your result. Keep the k most probable first, renormalise them, and take the nucleus of these.",
            "§5.10, and step 1 of the task",
        ),
        Misconception(
            "top_p ignored",
            _threshold_ignored,
            "top_p has no effect on your result: it is the k best and nothing more.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "one threshold for the batch",
            _one_threshold,
            "You use the first threshold for all rows. Each row has its own, top_p[b].",
            "§5.10, def-top-p",
        ),
        Misconception(
            "the first row's symbols in all rows",
            _one_order,
            "You keep in every row the symbols that the first row keeps. Each row has its own order and its own nucleus.",
            "§5.10, def-top-p",
        ),
        Misconception(
            "1 − top_p",
            _complement,
            "You stop when the sum reaches 1 − top_p. top_p is what is kept, not what is cut off.",
            "§5.10, def-top-p",
        ),
    ),
    cases=_cases,
)
