"""Question 2.2: the last state that was read."""

from __future__ import annotations

import numpy as np

from unrolled.grader.checks.c02.common import draw_batch, part_of, some_finite
from unrolled.grader.checks.judging import Array, as_array, expect_untouched, near
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong


def last_state(out: Array, lengths: Array, h0: Array) -> Array:
    last = np.array(h0)
    for b in range(len(lengths)):
        if lengths[b] > 0:
            last[b] = out[lengths[b] - 1, b]
    return last


def last_state_left(out: Array, lengths: Array, h0: Array) -> Array:
    return np.where(lengths[:, None] > 0, out[-1], h0)


def _index_minus_one(out, lengths, h0):
    return out[-1]


def _index_minus_one_but_empty(out, lengths, h0):
    return np.where(lengths[:, None] > 0, out[-1], h0)


def _empty_wraps_around(out, lengths, h0):
    return out[lengths - 1, np.arange(len(lengths))]


def _row_after_the_last(out, lengths, h0):
    last = out[np.minimum(lengths, len(out) - 1), np.arange(len(lengths))]
    return np.where(lengths[:, None] > 0, last, h0)


def _row_after_the_last_raises(out, lengths, h0):
    return np.where(lengths[:, None] > 0, out[lengths, np.arange(len(lengths))], h0)


def _row_after_the_last_and_empty(out, lengths, h0):
    return out[lengths, np.arange(len(lengths))]


def _one_before_the_last(out, lengths, h0):
    last = out[lengths - 2, np.arange(len(lengths))]
    return np.where(lengths[:, None] > 0, last, h0)


def _last_of_the_longest(out, lengths, h0):
    return np.where(lengths[:, None] > 0, out[lengths.max() - 1], h0)


def _whole_rows(out, lengths, h0):
    return out[lengths - 1]


def _one_hot(out, lengths, h0):
    at = np.arange(len(out))[:, None] == lengths - 1
    last = (out * at[:, :, None]).sum(axis=0)
    return np.where(lengths[:, None] > 0, last, h0)


def _left_as_if_right(out, lengths, h0):
    last = out[lengths - 1, np.arange(len(lengths))]
    return np.where(lengths[:, None] > 0, last, h0)


def _left_first_real(out, lengths, h0):
    first = np.minimum(len(out) - lengths, len(out) - 1)
    last = out[first, np.arange(len(lengths))]
    return np.where(lengths[:, None] > 0, last, h0)


def _left_empty_ignored(out, lengths, h0):
    return out[-1]


def _left_zeros(out, lengths, h0):
    return np.where(lengths[:, None] > 0, out[-1], 0.0)


def _right_zeros(out, lengths, h0):
    last = out[lengths - 1, np.arange(len(lengths))]
    return np.where(lengths[:, None] > 0, last, 0.0)


LAST = "out lengths h0"


def _last_arguments(
    rng: np.random.Generator,
    T: int,
    counts: list[int],
    H: int,
    side: str,
    padding: str = "numbers",
) -> tuple[Array, Array, Array]:
    out, lengths = draw_batch(rng, T, counts, H, padding, side)
    return out, lengths, np.tanh(rng.standard_normal((len(counts), H)))


def _want_last(out: Array, lengths: Array, h0: Array, side: str) -> Array:
    rows = []
    for b, n in enumerate(lengths):
        start = 0 if side == "right" else len(out) - n
        rows.append([h0[b], *out[start : start + n, b]][-1])
    return np.array(rows)


def _test_last(ask: Ask, rng: np.random.Generator, name: str, side: str) -> None:
    batches = ((5, [3, 5, 1, 2], 3), (6, [4, 2], 2), (1, [1, 1], 3), (4, [2], 1))
    for T, counts, H in batches:
        args = _last_arguments(rng, T, counts, H, side)
        reply = ask(name, *args)
        want = _want_last(*args, side)
        where = f"{name}, T = {T} and lengths {counts}: the result"
        got = as_array(reply.value, want.shape, where)
        if not near(got, want):
            raise Wrong(f"{where} {_which_row(got, *args)}.")
        expect_untouched(reply, args, LAST)
    args = _last_arguments(rng, 5, [4, 2, 5], 3, side, "spoiled")
    want = _want_last(*args, side)
    where = f"{name}, with NaN and infinity in the padding: the result"
    got = part_of(ask(name, *args).value, want.shape, where, ...)
    some_finite(
        got,
        f"{where} is not finite. A real row is picked by its index; a sum in which the "
        "other rows are multiplied by 0 keeps their NaN.",
    )
    if not near(got, want):
        raise Wrong(f"{where} is not the last real row of each sequence.")


def _which_row(got: Array, out: Array, lengths: Array, h0: Array) -> str:
    """What was taken instead, in words."""
    for b, row in enumerate(got):
        if near(row, h0[b]):
            return (
                f"has the initial state in row {b}, for a sequence that has real steps "
                f"(lengths[{b}] = {lengths[b]})"
            )
    told = []
    for b, row in enumerate(got):
        hits = [t for t in range(len(out)) if near(row, out[t, b])]
        told.append(f"row {hits[0]}" if hits else "no row of its own")
    return f"has, for the sequences in turn, {', '.join(told)} of `out`"


def _test_last_right(ask: Ask, rng: np.random.Generator) -> None:
    _test_last(ask, rng, "last_state", "right")


def _test_last_left(ask: Ask, rng: np.random.Generator) -> None:
    _test_last(ask, rng, "last_state_left", "left")


def _test_last_empty(ask: Ask, rng: np.random.Generator) -> None:
    told = []
    for name, side in (("last_state", "right"), ("last_state_left", "left")):
        try:
            _test_empty(ask, rng, name, side)
        except Wrong as wrong:
            told.append(wrong)
    if told:
        raise Wrong(" And ".join(w.message for w in told), told[0].kind)


def _test_empty(ask: Ask, rng: np.random.Generator, name: str, side: str) -> None:
    for T, counts, H in ((4, [2, 0, 4, 0], 3), (3, [0], 2), (5, [0, 1], 2)):
        args = _last_arguments(rng, T, counts, H, side)
        where = f"{name} with lengths {counts}: the result"
        empty = args[1] == 0
        got = part_of(ask(name, *args).value, args[2].shape, where, empty)
        if near(got, args[2][empty]):
            continue
        if near(got, args[0][-1][empty]):
            how = ": its index, 0 − 1, counts from the end" if side == "right" else ""
            raise Wrong(
                f"{where} has the last row of the padding for an empty sequence{how}. "
                "It should be its row of h0."
            )
        raise Wrong(f"{where} is not h0 for the sequences that read nothing.")


def _last_cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for name, side in (("last_state", "right"), ("last_state_left", "left")):
        for T, counts, H, padding in (
            (6, [3, 5, 2], 2, "numbers"),
            (5, [4, 0, 3], 3, "numbers"),
            (4, [2, 4], 2, "numbers"),
            (4, [3, 2], 2, "spoiled"),
        ):
            calls.append(Call(name, *_last_arguments(rng, T, counts, H, side, padding)))
    return calls


QUESTION = Question(
    id="02.2",
    title="the last state that was read",
    answers=("last_state", "last_state_left"),
    reference={"last_state": last_state, "last_state_left": last_state_left},
    properties=(
        Property(
            "last_state takes each sequence's last real row in a right-padded batch, whatever the padding holds",
            1,
            _test_last_right,
            "§2.3 and §2.6",
        ),
        Property(
            "last_state_left does so in a left-padded batch",
            1,
            _test_last_left,
            "§2.3 and §2.6",
        ),
        Property(
            "A sequence of length 0 gets its row of h0 from both",
            1,
            _test_last_empty,
            "§2.3 and §2.6",
        ),
    ),
    misconceptions=(
        Misconception(
            "index -1 of a padded output",
            {"last_state": _index_minus_one},
            "`out[-1]` is the last row of the array. With right padding it is real for the longest sequences alone; the shorter ones ended earlier, and what you took for them is padding. The last real row is lengths[b] − 1.",
            "§2.3 and §2.6",
        ),
        Misconception(
            "index -1, empty sequences apart",
            {"last_state": _index_minus_one_but_empty},
            "The empty sequences are right. For the others you take `out[-1]`, the last row of the array, which in a right-padded batch is padding for all but the longest. The last real row is lengths[b] − 1.",
            "§2.3 and §2.6",
        ),
        Misconception(
            "an empty sequence wraps around",
            {"last_state": _empty_wraps_around},
            "Right where there is something to read. But for a length of 0 the index is −1, and NumPy silently counts from the end: you return a row of padding. Nothing was read, so the state is h0.",
            "§2.3 and §2.6",
        ),
        Misconception(
            "row after the last",
            {"last_state": _row_after_the_last},
            "You are one row late: `out` starts at time 1, so the state after n steps is out[n − 1]. (In chapter 3's `h`, which starts with the initial state, it would be h[n].)",
            "§2.3 and §2.6",
        ),
        Misconception(
            "row after the last, and an IndexError",
            {"last_state": _row_after_the_last_raises},
            "You index with lengths[b] itself: one row late, and beyond the end for a sequence that fills the array. `out` starts at time 1, so the state after n steps is out[n − 1].",
            "§2.3 and §2.6",
        ),
        Misconception(
            "row after the last, empty sequences too",
            {"last_state": _row_after_the_last_and_empty},
            "You index with lengths[b] itself. `out` has no row for the initial state: the state after n steps is out[n − 1], n = T lies beyond the end, and n = 0 is not in it at all but in h0.",
            "§2.3 and §2.6",
        ),
        Misconception(
            "row before the last",
            {"last_state": _one_before_the_last},
            "You are one row early: you subtract 1 twice. `out` starts at time 1, so the state after n steps is out[n − 1].",
            "§2.3 and §2.6",
        ),
        Misconception(
            "last row of the longest",
            {"last_state": _last_of_the_longest},
            "You take the row at which the longest sequence ends, for all of them. Each ends at its own row, lengths[b] − 1.",
            "§2.3 and §2.6",
        ),
        Misconception(
            "whole rows instead of pairs",
            {"last_state": _whole_rows},
            "`out[lengths - 1]` picks for each length the states of the whole batch: (B, B, H). Pair each row with its own sequence: `out[lengths - 1, np.arange(B)]`.",
            "§2.3 and §2.6",
        ),
        Misconception(
            "one-hot times NaN",
            {"last_state": _one_hot},
            "You multiply by a one-hot mask and sum. Where the padding holds NaN or infinity, 0 · NaN is NaN and the sum is lost. Pick the row by its index.",
            "§2.3 and §2.6",
        ),
        Misconception(
            "zeros for the empty, right padding",
            {"last_state": _right_zeros},
            "An empty sequence gets zeros from your last_state. That is h0 only when the initial state is zero; it can also be learned, or carried over from the batch before. Return its row of h0.",
            "§2.3 and §2.6",
        ),
        Misconception(
            "left padding treated like right",
            {"last_state_left": _left_as_if_right},
            "In last_state_left you use lengths[b] − 1. With left padding the real steps stand at the end of the array: row lengths[b] − 1 is padding, or an early step.",
            "§2.3 and §2.6",
        ),
        Misconception(
            "first real row with left padding",
            {"last_state_left": _left_first_real},
            "T − lengths[b] is where a left-padded sequence begins. Asked for is the state after the whole sequence, where it ends.",
            "§2.3 and §2.6",
        ),
        Misconception(
            "empty sequences ignored, left padding",
            {"last_state_left": _left_empty_ignored},
            "`out[-1]` is the right row for every sequence that has one. An empty sequence has none: what stands there is padding, and its state is still h0.",
            "§2.3 and §2.6",
        ),
        Misconception(
            "zeros for the empty, left padding",
            {"last_state_left": _left_zeros},
            "An empty sequence gets zeros from your last_state_left; a network that has read nothing is in its initial state, which need not be zero. Return its row of h0.",
            "§2.3 and §2.6",
        ),
    ),
    cases=_last_cases,
)
