"""Question 2.3: reading from both ends."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from unrolled.grader.checks.c02.common import draw_batch, part_of, real_steps
from unrolled.grader.checks.judging import Array, as_array, expect_untouched, near
from unrolled.grader.question import (
    Ask,
    Call,
    Given,
    Misconception,
    Property,
    Question,
    Wrong,
)


def birnn(
    x: Array,
    lengths: Array,
    forward: Callable[[Array, Array], Array],
    backward: Callable[[Array, Array], Array],
    h0: Array,
    g0: Array,
) -> Array:
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    for b in range(B):
        h, g = h0[[b]], g0[[b]]
        for t in range(lengths[b]):
            h = forward(x[t, [b]], h)
            out[t, b, :H] = h[0]
        for t in reversed(range(lengths[b])):
            g = backward(x[t, [b]], g)
            out[t, b, H:] = g[0]
    return out


def summary(out: Array, lengths: Array, H: int) -> Array:
    last = out[lengths - 1, np.arange(len(lengths))]
    return np.concatenate([last[:, :H], out[0][:, H:]], axis=1)


def _not_reversed_back(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    for b in range(B):
        h, g = h0[[b]], g0[[b]]
        for t in range(lengths[b]):
            h = forward(x[t, [b]], h)
            g = backward(x[lengths[b] - 1 - t, [b]], g)
            out[t, b] = np.concatenate([h[0], g[0]])
    return out


def _padding_reversed_too(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    h, g = h0, g0
    for t in range(T):
        h = forward(x[t], h)
        out[t, :, :H] = h
    for t in reversed(range(T)):
        g = backward(x[t], g)
        out[t, :, H:] = g
    out[np.arange(T)[:, None] >= lengths] = 0.0
    return out


def _padding_reversed_and_kept(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    h, g = h0, g0
    for t in range(T):
        h = forward(x[t], h)
        out[t, :, :H] = h
    for t in reversed(range(T)):
        g = backward(x[t], g)
        out[t, :, H:] = g
    return out


def _flipped_array_not_back(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    h, g = h0, g0
    for t in range(T):
        h, g = forward(x[t], h), backward(x[T - 1 - t], g)
        out[t] = np.concatenate([h, g], axis=1)
    return out


def _weights_shared(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    for b in range(B):
        h, g = h0[[b]], g0[[b]]
        for t in range(lengths[b]):
            h = forward(x[t, [b]], h)
            out[t, b, :H] = h[0]
        for t in reversed(range(lengths[b])):
            g = forward(x[t, [b]], g)
            out[t, b, H:] = g[0]
    return out


def _summed(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H))
    for b in range(B):
        h, g = h0[[b]], g0[[b]]
        for t in range(lengths[b]):
            h = forward(x[t, [b]], h)
            out[t, b] += h[0]
        for t in reversed(range(lengths[b])):
            g = backward(x[t, [b]], g)
            out[t, b] += g[0]
    return out


def _never_reversed(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    for b in range(B):
        h, g = h0[[b]], g0[[b]]
        for t in range(lengths[b]):
            h, g = forward(x[t, [b]], h), backward(x[t, [b]], g)
            out[t, b] = np.concatenate([h[0], g[0]])
    return out


def _before_reading(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    for b in range(B):
        h, g = h0[[b]], g0[[b]]
        for t in range(lengths[b]):
            h = forward(x[t, [b]], h)
            out[t, b, :H] = h[0]
        for t in reversed(range(lengths[b])):
            out[t, b, H:] = g[0]
            g = backward(x[t, [b]], g)
    return out


def _continued_from_the_end(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    for b in range(B):
        h = h0[[b]]
        for t in range(lengths[b]):
            h = forward(x[t, [b]], h)
            out[t, b, :H] = h[0]
        for t in reversed(range(lengths[b])):
            h = backward(x[t, [b]], h)
            out[t, b, H:] = h[0]
    return out


def _starts_from_zero(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    for b in range(B):
        h, g = np.zeros((1, H)), np.zeros((1, g0.shape[1]))
        for t in range(lengths[b]):
            h = forward(x[t, [b]], h)
            out[t, b, :H] = h[0]
        for t in reversed(range(lengths[b])):
            g = backward(x[t, [b]], g)
            out[t, b, H:] = g[0]
    return out


def _backward_from_zero(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    for b in range(B):
        h, g = h0[[b]], np.zeros((1, g0.shape[1]))
        for t in range(lengths[b]):
            h = forward(x[t, [b]], h)
            out[t, b, :H] = h[0]
        for t in reversed(range(lengths[b])):
            g = backward(x[t, [b]], g)
            out[t, b, H:] = g[0]
    return out


def _both_from_h0(x, lengths, forward, backward, h0, g0):
    T, B, H = len(x), len(lengths), h0.shape[1]
    out = np.zeros((T, B, H + g0.shape[1]))
    for b in range(B):
        h, g = h0[[b]], h0[[b]]
        for t in range(lengths[b]):
            h = forward(x[t, [b]], h)
            out[t, b, :H] = h[0]
        for t in reversed(range(lengths[b])):
            g = backward(x[t, [b]], g)
            out[t, b, H:] = g[0]
    return out


def _directions_exchanged(x, lengths, forward, backward, h0, g0):
    T, B, G = len(x), len(lengths), g0.shape[1]
    out = np.zeros((T, B, G + h0.shape[1]))
    for b in range(B):
        h, g = h0[[b]], g0[[b]]
        for t in range(lengths[b]):
            h = forward(x[t, [b]], h)
            out[t, b, G:] = h[0]
        for t in reversed(range(lengths[b])):
            g = backward(x[t, [b]], g)
            out[t, b, :G] = g[0]
    return out


def _summary_at_the_last_step(out, lengths, H):
    return out[lengths - 1, np.arange(len(lengths))]


def _summary_minus_one(out, lengths, H):
    return out[-1]


def _summary_minus_one_and_first(out, lengths, H):
    return np.concatenate([out[-1][:, :H], out[0][:, H:]], axis=1)


def _summary_of_the_wrong_ends(out, lengths, H):
    last = out[lengths - 1, np.arange(len(lengths))]
    return np.concatenate([out[0][:, :H], last[:, H:]], axis=1)


READERS = {"reader_a": 3, "reader_b": 3, "reader_c": 4}  # the units of each
INPUTS = 2


def _birnn_arguments(
    rng: np.random.Generator,
    T: int,
    counts: list[int],
    names: tuple[str, str] = ("reader_a", "reader_b"),
    padding: str = "numbers",
) -> tuple[Any, ...]:
    x, lengths = draw_batch(rng, T, counts, INPUTS, padding)
    starts = [rng.uniform(-1, 1, size=(len(counts), READERS[n])) for n in names]
    return (x, lengths, Given(names[0]), Given(names[1]), *starts)


def _states(step: Callable, inputs: Array, start: Array) -> list[Array]:
    """The states of one sequence, in the order in which the inputs are given."""
    if not len(inputs):
        return []
    state = step(inputs[:1], start)
    return [state[0], *_states(step, inputs[1:], state)]


def _want_birnn(ask: Ask, args: tuple[Any, ...]) -> tuple[Array, int]:
    """The right result and the size of its forward part."""
    x, lengths, forward, backward, h0, g0 = args
    forward, backward = ask.given(forward.name), ask.given(backward.name)
    want = np.zeros((*x.shape[:2], h0.shape[1] + g0.shape[1]))
    for b, n in enumerate(lengths):
        there = _states(forward, x[:n, b], h0[[b]])
        back = _states(backward, x[:n, b][::-1], g0[[b]])[::-1]
        want[:n, b] = np.concatenate([there, back], axis=1)
    return want, h0.shape[1]


def _birnn_part(
    ask: Ask, args: tuple[Any, ...], half: str, where: str
) -> tuple[Array, Array]:
    """The learner's and the right states of one half, at the real steps."""
    want, H = _want_birnn(ask, args)
    real = real_steps(args[1], len(args[0]))
    columns = slice(None, H) if half == "forward" else slice(H, None)
    value = ask("birnn", *args).value
    got = part_of(value, want.shape, f"{where} `out`", ...)[real][:, columns]
    return got, want[real][:, columns]


def _test_forward_half(ask: Ask, rng: np.random.Generator) -> None:
    for T, counts in ((4, [4, 4, 4]), (5, [3, 5]), (1, [1])):
        args = _birnn_arguments(rng, T, counts)
        where = f"with T = {T} and lengths {counts}"
        got, want = _birnn_part(ask, args, "forward", where)
        if not near(got, want):
            real = real_steps(args[1], T)
            for start, said in ((np.zeros_like(args[4]), "zeros"), (args[5], "g0")):
                other, H = _want_birnn(ask, (*args[:4], start, args[5]))
                if near(got, other[real][:, :H]):
                    raise Wrong(
                        f"{where} the states of `forward` start from {said}; the task "
                        "gives them h0 to start from."
                    )
            raise Wrong(
                f"{where} the first H columns are not the states of `forward`, read "
                "from left to right from h0."
            )


def _test_backward_half(ask: Ask, rng: np.random.Generator) -> None:
    for T, counts in ((4, [4, 4, 4]), (6, [6, 6]), (1, [1, 1])):
        args = _birnn_arguments(rng, T, counts)
        where = f"with T = {T} and no padding"
        got, want = _birnn_part(ask, args, "backward", where)
        if near(got, want):
            continue
        flipped = want.reshape(T, len(counts), -1)[::-1].reshape(want.shape)
        if near(got, flipped):
            raise Wrong(
                f"{where} the backward states are right but stand in the order in "
                "which they were computed; row out[t-1] is for the one that has read "
                "the inputs from the last down to x^(t)."
            )
        for start, said in ((np.zeros_like(args[5]), "zeros"), (args[4], "h0")):
            other, H = _want_birnn(ask, (*args[:5], start))
            if near(got, other[:, :, H:].reshape(want.shape)):
                raise Wrong(
                    f"{where} the states of `backward` start from {said}; it has an "
                    "initial state of its own, g0."
                )
        raise Wrong(
            f"{where} the columns after the first H are not the states of `backward`, "
            "read from right to left from g0."
        )


def _test_birnn_padded(ask: Ask, rng: np.random.Generator) -> None:
    pairs = (("reader_a", "reader_b"), ("reader_c", "reader_a"))
    for names, padding in itertools.product(pairs, ("numbers", "spoiled")):
        args = _birnn_arguments(rng, 5, [3, 5, 1, 2], names, padding)
        sizes = f"H = {READERS[names[0]]} and G = {READERS[names[1]]}"
        where = f"with lengths {args[1].tolist()}, {sizes}"
        got, want = _birnn_part(ask, args, "backward", where)
        if not near(got, want) or not np.isfinite(got).all():
            _expect_right_unpadded(ask, rng, names, sizes)
            held = " (NaN and infinity here)" if padding == "spoiled" else ""
            raise Wrong(
                f"{where}: the backward states at the real steps are not right. Each "
                f"sequence is read from its own last step, so nothing of the padding{held} "
                "may be read before it."
            )
        reply = ask("birnn", *args)
        beyond = ~real_steps(args[1], len(args[0]))
        if np.any(np.asarray(reply.value)[beyond] != 0):  # also where it is NaN
            raise Wrong(f"{where} the rows of padding are not all zeros.")
        if padding == "numbers":
            expect_untouched(reply, args, "x lengths forward backward h0 g0")


def _expect_right_unpadded(
    ask: Ask, rng: np.random.Generator, names: tuple[str, str], sizes: str
) -> None:
    """Raise Wrong where the padding cannot be what makes a batch go wrong."""
    where = f"with no padding, {sizes}"
    for pair in (("reader_a", "reader_b"), names):
        args = _birnn_arguments(rng, 4, [4, 4, 4], pair)
        got, want = _birnn_part(ask, args, "backward", where)
        if near(got, want):
            continue
        if READERS[pair[0]] == READERS[pair[1]]:
            raise Wrong(
                "the backward states are wrong without any padding too: first repair "
                "the line above, then look here again."
            )
        raise Wrong(
            f"{where}, the backward states are wrong, while those of two readers of "
            "the same size are right: mind which of the two sizes is used where."
        )


def _test_summary(ask: Ask, rng: np.random.Generator) -> None:
    for T, counts, H, G in ((5, [3, 5, 1], 2, 3), (4, [2, 4], 3, 3), (1, [1], 2, 2)):
        out, lengths = draw_batch(rng, T, counts, H + G, "zeros")
        want = np.array(
            [[*out[n - 1, b, :H], *out[0, b, H:]] for b, n in enumerate(lengths)]
        )
        reply = ask("summary", out, lengths, H)
        where = f"with lengths {counts} the summary"
        got = as_array(reply.value, want.shape, where)
        if not near(got[:, :H], want[:, :H]):
            raise Wrong(
                f"{where} is wrong in the forward part: reading from left to right, "
                "which row has seen the whole sequence?"
            )
        if not near(got, want):
            raise Wrong(
                f"{where} is wrong in the backward part: reading from right to left, "
                "which row has seen the whole sequence?"
            )
        expect_untouched(reply, (out, lengths, H), "out lengths H")


def _birnn_cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for T, counts, names in (
        (4, [4, 4], ("reader_a", "reader_b")),
        (5, [3, 5, 2], ("reader_a", "reader_b")),
        (4, [2, 3], ("reader_b", "reader_a")),
    ):
        calls.append(Call("birnn", *_birnn_arguments(rng, T, counts, names)))
    for T, counts, H, G in ((5, [3, 4, 2], 2, 3), (6, [5, 2], 3, 2)):
        out, lengths = draw_batch(rng, T, counts, H + G, "numbers")
        calls.append(Call("summary", out, lengths, H))
    return calls


QUESTION = Question(
    id="02.3",
    title="reading from both ends",
    answers=("birnn", "summary"),
    reference={"birnn": birnn, "summary": summary},
    properties=(
        Property(
            "The first H columns are the states of `forward` at every real step",
            1,
            _test_forward_half,
            "§2.4, def-bi",
        ),
        Property(
            "Without padding the other columns are the states of `backward`, each at its own step",
            1,
            _test_backward_half,
            "§2.4, eq-bi-torch",
        ),
        Property(
            "With padding each sequence is read backwards from its own end, whatever the padding holds and whatever the two sizes; rows of padding are zeros, the arguments unchanged",
            1,
            _test_birnn_padded,
            "§2.4 and §2.6",
        ),
        Property(
            "summary has each reader's state after the whole sequence",
            1,
            _test_summary,
            "§2.6, the shapes",
        ),
    ),
    misconceptions=(
        Misconception(
            "time not reversed back",
            {"birnn": _not_reversed_back},
            "You read the sequence from its end, rightly, but leave the states in the order of reading: row 0 then joins the forward state of the first step with the backward state of the last. Turn them round again before you put them side by side.",
            "§2.4, eq-bi-torch",
        ),
        Misconception(
            "padding reversed too",
            {"birnn": _padding_reversed_too},
            "You turn the whole array round, padding and all. A short sequence's backward reader then starts in the padding, and its state is no longer g0 when it meets the last real step. Reverse each sequence within its own length.",
            "§2.4 and §2.6",
        ),
        Misconception(
            "padding reversed too, and kept",
            {"birnn": _padding_reversed_and_kept},
            "You run both readers over the whole array as if it had no padding. Backwards that is fatal: the reader starts in the padding and carries it into every real step. Start each sequence at its own end, and leave zeros beyond it.",
            "§2.4 and §2.6",
        ),
        Misconception(
            "array flipped and not flipped back",
            {"birnn": _flipped_array_not_back},
            "Two things. `x[::-1]` turns the padding round as well, so that short sequences start in it. And the backward states are left in the order of reading, so that each row joins two different steps.",
            "§2.4 and §2.6",
        ),
        Misconception(
            "weights shared",
            {"birnn": _weights_shared},
            "You call `forward` in both directions. The two readers have weights of their own: what a word means to its left neighbour and to its right one is not the same function. Call `backward` on the way back.",
            "§2.4, def-bi",
        ),
        Misconception(
            "summed instead of joined",
            {"birnn": _summed},
            "You add the two states. They are put side by side, (B, H) and (B, G) to (B, H + G): their units are different units, and after a sum nobody can tell which side a feature came from.",
            "§2.4, def-bi",
        ),
        Misconception(
            "never reversed",
            {"birnn": _never_reversed},
            "Your backward reader reads from left to right like the other one. Nothing from the future has entered: two networks that read forwards are not a bidirectional one.",
            "§2.4, def-bi",
        ),
        Misconception(
            "backward state before reading its step",
            {"birnn": _before_reading},
            "Your backward state in row t−1 has not read x(t) yet: you store it before the step instead of after it. Both halves of a row have read the input of that step.",
            "§2.4, def-bi",
        ),
        Misconception(
            "backward starts where forward ended",
            {"birnn": _continued_from_the_end},
            "Your backward reader starts from the final state of the forward one. They are independent: it starts from g0, and no state passes between the two.",
            "§2.4, def-bi",
        ),
        Misconception(
            "both start from zero",
            {"birnn": _starts_from_zero},
            "Both readers of yours start from zeros. The initial states are arguments, h0 for the forward reader and g0 for the backward one; they may be learned, or carried over from elsewhere.",
            "§2.4, def-bi",
        ),
        Misconception(
            "the backward reader starts from zero",
            {"birnn": _backward_from_zero},
            "Your forward reader starts from h0, rightly, your backward one from zeros. It has an initial state too: g0.",
            "§2.4, def-bi",
        ),
        Misconception(
            "both start from h0",
            {"birnn": _both_from_h0},
            "You give h0 to both readers. The backward one has an initial state of its own, g0, which may even have another size.",
            "§2.4, def-bi",
        ),
        Misconception(
            "halves exchanged",
            {"birnn": _directions_exchanged},
            "The halves are exchanged: the forward reader's states come first.",
            "§2.4, def-bi",
        ),
        Misconception(
            "summary at the last step",
            {"summary": _summary_at_the_last_step},
            "You take both halves of the summary at the last real step. The forward half has read everything there; the backward half has read one input alone, the last. It has seen the whole sequence at step 1.",
            "§2.6, the shapes",
        ),
        Misconception(
            "summary from index -1",
            {"summary": _summary_minus_one},
            "`out[-1]` is padding for all but the longest sequences, and even for those it holds a backward state that has read one input alone. Take each half where its reader finished.",
            "§2.4 and §2.6",
        ),
        Misconception(
            "summary with a padded forward half",
            {"summary": _summary_minus_one_and_first},
            "The backward half is right. The forward half comes from `out[-1]`, which is padding for all but the longest: it finished at row lengths[b] − 1.",
            "§2.6",
        ),
        Misconception(
            "summary from the wrong ends",
            {"summary": _summary_of_the_wrong_ends},
            "You take each half where its reader began instead of where it finished: forwards the whole sequence has been read at the last step, backwards at the first.",
            "§2.6, the shapes",
        ),
    ),
    cases=_birnn_cases,
)
