"""Question 7.6: weights of attention, and attention over a source in parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array, near
from unrolled.grader.checks.slips import (
    Slip,
    array,
    expect_same_arguments,
    hint,
    misconceptions,
    several,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong


def _real(scores, lengths):
    """(N, B): True at the symbols of each source."""
    return np.arange(scores.shape[1])[:, None] < lengths


def _softmax(z, axis=1):
    """Zeros where all is -inf."""
    top = z.max(axis=axis, keepdims=True)
    w = np.exp(z - np.where(np.isfinite(top), top, 0.0))
    total = w.sum(axis=axis, keepdims=True)
    return w / np.where(total > 0, total, 1.0)


def _contexts(weights, states, real):
    return np.einsum("mnb,nbs->mbs", weights, np.where(real[..., None], states, 0.0))


def attend(scores, states, lengths):
    real = _real(scores, lengths)
    weights = _softmax(np.where(real, scores, -np.inf))
    return weights, _contexts(weights, states, real)


def merge(parts):
    logs = np.array([log_z for log_z, _ in parts])
    contexts = np.array([context for _, context in parts])
    top = logs.max(axis=0)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        log_z = safe + np.log(np.exp(logs - safe).sum(axis=0))
    return log_z, np.einsum("pmb,pmbs->mbs", _softmax(logs, 0), contexts)


# --- wrong weights --------------------------------------------------------------------


def _given(weights, states, scores, lengths):
    return weights, _contexts(weights, states, _real(scores, lengths))


def _over_steps(scores, states, lengths):
    real = _real(scores, lengths)
    weights = _softmax(np.where(real, scores, -np.inf), 0)
    return _given(weights, states, scores, lengths)


def _over_batch(scores, states, lengths):
    real = _real(scores, lengths)
    weights = _softmax(np.where(real, scores, -np.inf), 2)
    return _given(weights, states, scores, lengths)


def _over_everything(scores, states, lengths):
    z = np.where(_real(scores, lengths), scores, -np.inf)
    e = np.exp(z - z.max())
    return _given(e / e.sum(), states, scores, lengths)


def _over_steps_and_places(scores, states, lengths):
    z = np.where(_real(scores, lengths), scores, -np.inf)
    top = z.max(axis=(0, 1), keepdims=True)
    e = np.exp(z - np.where(np.isfinite(top), top, 0.0))
    total = e.sum(axis=(0, 1), keepdims=True)
    weights = e / np.where(total > 0, total, 1.0)
    return _given(weights, states, scores, lengths)


def _no_mask(scores, states, lengths):
    weights = _softmax(scores)
    return weights, np.einsum("mnb,nbs->mbs", weights, states)


def _mask_afterwards(scores, states, lengths):
    weights = _softmax(scores) * _real(scores, lengths)
    return _given(weights, states, scores, lengths)


def _mask_afterwards_renormalised(scores, states, lengths):
    weights = _softmax(scores) * _real(scores, lengths)
    total = weights.sum(axis=1, keepdims=True)
    weights = weights / np.where(total > 0, total, 1.0)
    return _given(weights, states, scores, lengths)


def _mask_afterwards_divided(scores, states, lengths):
    weights = _softmax(scores) * _real(scores, lengths)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return _given(weights, states, scores, lengths)


def _zero_scores(scores, states, lengths):
    weights = _softmax(np.where(_real(scores, lengths), scores, 0.0))
    return weights, np.einsum("mnb,nbs->mbs", weights, states)


def _large_negative(scores, states, lengths):
    weights = _softmax(np.where(_real(scores, lengths), scores, -1e9))
    return _given(weights, states, scores, lengths)


def _large_negative_states_too(scores, states, lengths):
    weights = _softmax(np.where(_real(scores, lengths), scores, -1e9))
    return weights, np.einsum("mnb,nbs->mbs", weights, states)


def _nothing_is_nan(scores, states, lengths):
    z = np.where(_real(scores, lengths), scores, -np.inf)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    weights = e / e.sum(axis=1, keepdims=True)
    return _given(weights, states, scores, lengths)


def _nothing_is_nan_with_states(scores, states, lengths):
    weights, _ = _nothing_is_nan(scores, states, lengths)
    return weights, np.einsum("mnb,nbs->mbs", weights, states)


def _one_maximum(scores, states, lengths):
    z = np.where(_real(scores, lengths), scores, -np.inf)
    e = np.exp(z - z.max())
    total = e.sum(axis=1, keepdims=True)
    weights = e / np.where(lengths > 0, total, 1.0)
    return _given(weights, states, scores, lengths)


def _one_maximum_guarded(scores, states, lengths):
    z = np.where(_real(scores, lengths), scores, -np.inf)
    e = np.exp(z - z.max())
    total = e.sum(axis=1, keepdims=True)
    weights = e / np.where(total > 0, total, 1.0)
    return _given(weights, states, scores, lengths)


def _no_maximum(scores, states, lengths):
    e = np.exp(np.where(_real(scores, lengths), scores, -np.inf))
    total = e.sum(axis=1, keepdims=True)
    weights = e / np.where(total > 0, total, 1.0)
    return _given(weights, states, scores, lengths)


def _no_maximum_divided(scores, states, lengths):
    e = np.exp(np.where(_real(scores, lengths), scores, -np.inf))
    weights = e / e.sum(axis=1, keepdims=True)
    return _given(weights, states, scores, lengths)


def _constant_below(scores, states, lengths):
    z = np.where(_real(scores, lengths), scores, -np.inf)
    top = z.max(axis=1, keepdims=True)
    e = np.exp(z - np.where(np.isfinite(top), top, 0.0))
    weights = e / (e.sum(axis=1, keepdims=True) + 1e-3)
    return _given(weights, states, scores, lengths)


def _one_place_too_many(scores, states, lengths):
    more = np.minimum(lengths + 1, scores.shape[1])
    return attend(scores, states, more)


def _one_place_too_few(scores, states, lengths):
    return attend(scores, states, np.maximum(lengths - 1, 0))


def _mask_turned(scores, states, lengths):
    return _kept(~_real(scores, lengths), scores, states)


def _kept(real, scores, states):
    weights = _softmax(np.where(real, scores, -np.inf))
    return weights, _contexts(weights, states, real)


def _padded_in_front(scores, states, lengths):
    N = scores.shape[1]
    return _kept(np.arange(N)[:, None] >= N - lengths, scores, states)


def _one_length(scores, states, lengths):
    return attend(scores, states, np.full(len(lengths), lengths[0]))


def _nan_states(scores, states, lengths):
    weights, _ = attend(scores, states, lengths)
    return weights, np.einsum("mnb,nbs->mbs", weights, states)


def _mean_of_states(scores, states, lengths):
    weights, _ = attend(scores, states, lengths)
    real = _real(scores, lengths)
    count = np.maximum(lengths, 1)
    mean = np.where(real[..., None], states, 0.0).sum(axis=0) / count[:, None]
    return weights, np.repeat(mean[None], len(scores), axis=0)


def _divided_by_places(scores, states, lengths):
    weights, contexts = attend(scores, states, lengths)
    return weights, contexts / scores.shape[1]


def _hardest(scores, states, lengths):
    z = np.where(_real(scores, lengths), scores, -np.inf)
    weights = (z == z.max(axis=1, keepdims=True)) & np.isfinite(z)
    return _given(weights.astype(float), states, scores, lengths)


def _best_state(scores, states, lengths):
    weights, _ = attend(scores, states, lengths)
    return weights, _hardest(scores, states, lengths)[1]


def _first_step_for_all(scores, states, lengths):
    weights, contexts = attend(scores, states, lengths)
    return weights, np.repeat(contexts[:1], len(contexts), axis=0)


def _twice(scores, states, lengths):
    real = _real(scores, lengths)
    once = _softmax(np.where(real, scores, -np.inf))
    weights = _softmax(np.where(real, once, -np.inf))
    return _given(weights, states, scores, lengths)


def _not_divided(scores, states, lengths):
    z = np.where(_real(scores, lengths), scores, -np.inf)
    top = z.max(axis=1, keepdims=True)
    weights = np.exp(z - np.where(np.isfinite(top), top, 0.0))
    return _given(weights, states, scores, lengths)


def _scaled(scores, states, lengths):
    return attend(scores / np.sqrt(states.shape[-1]), states, lengths)


def _sigmoid(scores, states, lengths):
    weights = 0.5 * (1 + np.tanh(scores / 2)) * _real(scores, lengths)
    return _given(weights, states, scores, lengths)


def _least(scores, states, lengths):
    return attend(-scores, states, lengths)


# --- wrong ways to merge --------------------------------------------------------------


def _split(parts):
    logs = np.array([log_z for log_z, _ in parts])
    return logs, np.array([context for _, context in parts])


def _mean_of_contexts(parts):
    return merge(parts)[0], _split(parts)[1].mean(axis=0)


def _sum_of_contexts(parts):
    return merge(parts)[0], _split(parts)[1].sum(axis=0)


def _mean_of_filled(parts):
    logs, contexts = _split(parts)
    filled = np.isfinite(logs)
    count = np.maximum(filled.sum(axis=0), 1)
    return merge(parts)[0], contexts.sum(axis=0) / count[..., None]


def _logs_as_weights(parts):
    logs, contexts = _split(parts)
    w = np.where(np.isfinite(logs), logs, 0.0)
    total = w.sum(axis=0)
    w = w / np.where(total != 0, total, 1.0)
    return merge(parts)[0], np.einsum("pmb,pmbs->mbs", w, contexts)


def _weights_overflow(parts):
    logs, contexts = _split(parts)
    z = np.exp(logs)
    total = z.sum(axis=0)
    mean = np.einsum("pmb,pmbs->mbs", z, contexts)
    return np.log(total), mean / np.where(total > 0, total, 1.0)[..., None]


def _weights_overflow_divided(parts):
    logs, contexts = _split(parts)
    z = np.exp(logs)
    total = z.sum(axis=0)
    mean = np.einsum("pmb,pmbs->mbs", z, contexts)
    return np.log(total), mean / total[..., None]


def _one_maximum_of_all(parts):
    logs, contexts = _split(parts)
    top = logs.max()
    z = np.exp(logs - top)
    total = z.sum(axis=0)
    mean = np.einsum("pmb,pmbs->mbs", z, contexts)
    return top + np.log(total), mean / np.where(total > 0, total, 1.0)[..., None]


def _nothing_merged(parts):
    logs, contexts = _split(parts)
    top = logs.max(axis=0)
    z = np.exp(logs - top)
    total = z.sum(axis=0)
    mean = np.einsum("pmb,pmbs->mbs", z, contexts)
    return top + np.log(total), mean / total[..., None]


def _nothing_for_a_context(parts):
    return merge(parts)[0], _nothing_merged(parts)[1]


def _logs_added(parts):
    return _split(parts)[0].sum(axis=0), merge(parts)[1]


def _largest_log(parts):
    return _split(parts)[0].max(axis=0), merge(parts)[1]


def _mean_of_logs(parts):
    return _split(parts)[0].mean(axis=0), merge(parts)[1]


def _mean_of_z(parts):
    log_z, contexts = merge(parts)
    return log_z - np.log(len(parts)), contexts


def _z_itself(parts):
    log_z, contexts = merge(parts)
    return np.exp(log_z), contexts


def _best_part(parts):
    logs, contexts = _split(parts)
    best = logs.argmax(axis=0)[None]
    return merge(parts)[0], np.take_along_axis(contexts, best[..., None], axis=0)[0]


def _last_part(parts):
    return parts[-1]


def _first_two(parts):
    return merge(parts[:2])


def _pair_by_pair(parts):
    """Two at a time, each time as if both had the same weight."""
    _, contexts = _split(parts)
    mean = contexts[0]
    for context in contexts[1:]:
        mean = (mean + context) / 2
    return merge(parts)[0], mean


def _pair_by_pair_old_weight(parts):
    """Two at a time, but the first one's weight is never brought up to date."""
    logs, contexts = _split(parts)
    mean = contexts[0]
    for log_z, context in zip(logs[1:], contexts[1:], strict=True):
        w = _softmax(np.array([logs[0], log_z]), 0)
        mean = w[0][..., None] * mean + w[1][..., None] * context
    return merge(parts)[0], mean


def _weights_over_steps(parts):
    logs, contexts = _split(parts)
    w = _softmax(logs, 1)
    return merge(parts)[0], np.einsum("pmb,pmbs->mbs", w, contexts)


def _small_parts_first(parts):
    logs, contexts = _split(parts)
    w = _softmax(np.where(np.isfinite(logs), -logs, -np.inf), 0)
    return merge(parts)[0], np.einsum("pmb,pmbs->mbs", w, contexts)


def _not_divided_again(parts):
    logs, contexts = _split(parts)
    top = logs.max(axis=0)
    z = np.exp(logs - np.where(np.isfinite(top), top, 0.0))
    return merge(parts)[0], np.einsum("pmb,pmbs->mbs", z, contexts)


# --- numbers to ask with --------------------------------------------------------------


def _source(
    rng: np.random.Generator,
    M: int,
    N: int,
    B: int,
    S: int,
    padded: bool,
    kind: str = "plain",
) -> tuple[Array, Array, Array]:
    """scores (M, N, B), states (N, B, S), lengths (B,).

    kind: "plain"; "large", rows of scores hundreds apart; "loud", with scores of
    padding far above the rest; "empty", with a source of no symbols; "spoiled", with
    NaN in the states of the padding.
    """
    scores = 1.5 * rng.standard_normal((M, N, B))
    states = rng.standard_normal((N, B, S))
    lengths = np.full(B, N)
    if padded:
        lengths[1:] = rng.integers(2, N, size=B - 1)
    lengths = rng.permutation(lengths)
    if padded and lengths[0] == N:
        lengths = np.roll(lengths, 1)
    if kind == "large":
        scores += rng.permutation([900.0, -900.0, 0.0] * M)[:M][:, None, None]
        scores[0], scores[1] = scores[0] - 1800, scores[1] + 1800
    if kind == "empty":
        lengths[-1] = 0
    beyond = np.arange(N)[:, None] >= lengths
    if kind == "loud":
        scores[:, beyond] = 2000.0
    if kind == "spoiled":
        states[beyond] = np.nan
    return scores, states, lengths


def _parts(
    rng: np.random.Generator, sizes: tuple[int, ...], kind: str = "plain"
) -> list[tuple[Array, Array]]:
    """What attention gives on parts of a source; kind "large", "empty" (a part without
    symbols for some sources) or "nothing" (a source without symbols in any part)."""
    M, B, S = 3, 3, 4
    parts = []
    for p, N in enumerate(sizes):
        scores = 1.5 * rng.standard_normal((M, N, B)) + 1.0
        scores[:, :, 1] += 2.0 * p  # parts of different weight
        if kind == "large":
            scores += np.array([900.0, -900.0, 0.0])[:, None, None]
        lengths = np.full(B, N)
        if kind in ("empty", "nothing") and p == len(sizes) - 1:
            lengths[0] = 0
        if kind == "nothing":
            lengths[2] = 0
        z = np.where(_real(scores, lengths), scores, -np.inf)
        _, context = attend(scores, rng.standard_normal((N, B, S)), lengths)
        with np.errstate(divide="ignore"):
            log_z = np.logaddexp.reduce(z, axis=1)
        parts.append((log_z, context))
    return parts


# --- tests ----------------------------------------------------------------------------

NOTHING = "for a source without symbols"


def _expect(
    ask: Ask, name: str, args: tuple[Any, ...], want: Any, names: Any, where: str
) -> None:
    reply = ask(name, *args)
    found = several(reply.value, 2, f"two arrays, {names[0]} and {names[1]}")
    told = hint(SLIPS, name, args, reply.value, want)
    for value, right, what in zip(found, want, names, strict=True):
        got = array(value, right.shape, f"{where} {what}")
        spoiled = np.isnan(got).any()
        finite = np.isfinite(right)
        if spoiled:
            if where == NOTHING:
                told = " Without any symbol ℓ is −inf and the context 0."
            raise Wrong(f"{where} there is NaN in {what}.{told}")
        same = np.array_equal(np.isfinite(got), finite)
        if same and not finite.all():
            same = np.array_equal(got[~finite], right[~finite])
        if not same or not near(got[finite], right[finite]):
            wrong = "are not what they" if what.endswith("s") else "is not what it"
            raise Wrong(f"{where} {what} {wrong} should be.{told}")
    expect_same_arguments(args, reply.args_after)


def _expect_attend(ask: Ask, args: tuple[Array, Array, Array], where: str) -> None:
    _expect(ask, "attend", args, attend(*args), ("the weights", "the contexts"), where)


def _test_whole(ask: Ask, rng: np.random.Generator) -> None:
    for M, N, B, S in ((2, 4, 3, 5), (3, 3, 3, 2), (1, 5, 2, 3), (4, 1, 2, 3)):
        args = _source(rng, M, N, B, S, padded=False)
        where = f"for {B} sources of {N} symbols, none padded,"
        _expect_attend(ask, args, where)


def _test_padded(ask: Ask, rng: np.random.Generator) -> None:
    for M, N, B, S in ((2, 5, 3, 4), (3, 6, 4, 2), (1, 4, 2, 3)):
        args = _source(rng, M, N, B, S, padded=True)
        where = f"for sources of {', '.join(map(str, args[2]))} symbols"
        _expect_attend(ask, args, where)


def _test_hard(ask: Ask, rng: np.random.Generator) -> None:
    for kind, where in (
        ("large", "with scores of hundreds"),
        ("loud", "with very large scores in the padding"),
        ("spoiled", "with NaN in the states of the padding"),
        ("empty", "with a source of no symbols"),
    ):
        _expect_attend(ask, _source(rng, 3, 5, 4, 3, True, kind), where)


def _test_merge(ask: Ask, rng: np.random.Generator) -> None:
    for sizes, kind, where in (
        ((3, 3), "plain", "for two parts"),
        ((2, 5, 3), "plain", "for three parts"),
        ((4, 2, 3), "large", "for parts with scores of hundreds"),
        ((3, 2, 2), "empty", "for a part that has no symbols of some source"),
        ((2, 3), "nothing", NOTHING),
        ((4,), "plain", "for one part"),
    ):
        parts = _parts(rng, sizes, kind)
        _expect(ask, "merge", (parts,), merge(parts), ("ℓ", "the contexts"), where)


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [
        Call("attend", *_source(rng, 3, 5, 4, 3, True, kind))
        for kind in ("plain", "large", "loud", "spoiled", "empty")
    ]
    calls.append(Call("attend", *_source(rng, 2, 4, 3, 5, False)))
    for sizes, kind in (
        ((2, 4, 3), "plain"),
        ((3, 2, 4), "large"),
        ((3, 2, 2), "empty"),
        ((3, 2, 2), "nothing"),
    ):
        calls.append(Call("merge", _parts(rng, sizes, kind)))
    return calls


ATTN = "§7.10, def-attn"
SUM = "§7.10, eq-attn-sum"

SLIPS = (
    Slip(
        "softmax over the answer's steps",
        "attend",
        _over_steps,
        "Your softmax runs over the M steps of the decoder. Each step of the decoder shares out 1 over the N places of its source: axis 1.",
        SUM,
        "The weights of one step add up to 1 over the source: axis 1.",
    ),
    Slip(
        "softmax over the batch",
        "attend",
        _over_batch,
        "Your softmax runs over the batch, so that sources compete with each other. Each step of the decoder shares out 1 over the places of its own source: axis 1.",
        SUM,
        "The weights of one step add up to 1 over the source: axis 1.",
    ),
    Slip(
        "softmax over everything",
        "attend",
        _over_everything,
        "All your weights together add up to 1. They add up to 1 for each step of each answer, over the places of its source.",
        SUM,
        "The weights of one step add up to 1 over the source: axis 1.",
    ),
    Slip(
        "softmax over steps and places",
        "attend",
        _over_steps_and_places,
        "Your weights add up to 1 over all steps of an answer together. They do so for each step, over the places of its source.",
        SUM,
        "The weights of one step add up to 1 over the source: axis 1.",
    ),
    Slip(
        "no mask",
        "attend",
        _no_mask,
        "The padding gets weights. Places behind the end of a source are no states of it: their weight is 0 and the others share the 1.",
        ATTN,
        "The padding has weights.",
    ),
    Slip(
        "mask after the softmax",
        "attend",
        _mask_afterwards,
        "You set the weights of the padding to 0 after the softmax, so that the rest no longer adds up to 1. Mask the scores, with −inf, before it.",
        SUM,
        "The weights of a padded source do not add up to 1.",
    ),
    Slip(
        "mask after the softmax, normalised again",
        "attend",
        _mask_afterwards_renormalised,
        "You mask after the softmax and divide again. As long as scores are tame that is the same; when the padding's score is far above the others these have vanished by then. Mask the scores, with −inf, before the softmax.",
        SUM,
        "Large scores in the padding make the real ones vanish before the mask.",
    ),
    Slip(
        "mask after the softmax, divided by nothing",
        "attend",
        _mask_afterwards_divided,
        "You mask after the softmax and divide again. When the padding's score is far above the others, or when a source is empty, that is 0/0. Mask the scores, with −inf, before the softmax, and take care of the empty source.",
        SUM,
        "After the mask nothing is left to divide by.",
    ),
    Slip(
        "padding with score 0",
        "attend",
        _zero_scores,
        "You give the padding the score 0. exp(0) is 1: it takes its share. A score that must not count is −inf.",
        ATTN,
        "A score of 0 has the exponential 1, not 0.",
    ),
    Slip(
        "padding with a large negative score",
        "attend",
        _large_negative,
        "You give the padding a large negative score. For a source without symbols all scores may then be equal, and its padding gets equal weights. With nothing to look at all weights are 0.",
        ATTN,
        "A source without symbols has the weights 0.",
    ),
    Slip(
        "padding with a large negative score, states as they are",
        "attend",
        _large_negative_states_too,
        "You give the padding a large negative score and multiply its states by the weights: 0 times NaN is NaN, and for a source without symbols the padding gets equal weights. Mask scores and states.",
        ATTN,
        "0 times NaN is NaN: leave the states of the padding out.",
    ),
    Slip(
        "NaN for an empty source",
        "attend",
        _nothing_is_nan,
        "For a source without symbols you compute −inf − (−inf), or 0/0. With nothing to look at all weights are 0, and so is the context.",
        ATTN,
        "A source without symbols has the weights 0.",
    ),
    Slip(
        "NaN for an empty source, and from the states",
        "attend",
        _nothing_is_nan_with_states,
        "Two cases are left: for a source without symbols you compute 0/0, and where the padding's states hold NaN, 0 times NaN is NaN. Take care of both before you multiply.",
        ATTN,
        "0 times NaN is NaN: leave the states of the padding out.",
    ),
    Slip(
        "one maximum for all",
        "attend",
        _one_maximum,
        "You subtract one maximum of all scores. Rows far below it have exp 0 everywhere, and 0/0 is NaN. Subtract the largest score of each row, over its source.",
        ATTN,
        "Each row needs its own largest score subtracted.",
    ),
    Slip(
        "one maximum for all, guarded",
        "attend",
        _one_maximum_guarded,
        "You subtract one maximum of all scores. Rows far below it have exp 0 everywhere, so all their weights are 0. Subtract the largest score of each row, over its source.",
        ATTN,
        "Each row needs its own largest score subtracted.",
    ),
    Slip(
        "no maximum subtracted",
        "attend",
        _no_maximum,
        "Your exponentials overflow, or vanish, when scores are large. Subtract the largest score of each row, over its source, first.",
        ATTN,
        "Subtract the largest score of each row first.",
    ),
    Slip(
        "no maximum subtracted, and divided by nothing",
        "attend",
        _no_maximum_divided,
        "Two cases are left: exponentials of large scores overflow or vanish (subtract the largest score of each row first), and for a source without symbols you compute 0/0.",
        ATTN,
        "Subtract the largest score of each row first.",
    ),
    Slip(
        "a small constant in the divisor",
        "attend",
        _constant_below,
        "You add a small constant to the divisor, so that the weights no longer add up to 1. An empty source has a divisor of 0; treat that case and leave the others exact.",
        SUM,
        "A constant in the divisor spoils the sum.",
    ),
    Slip(
        "one place too many",
        "attend",
        _one_place_too_many,
        "You let in one place behind the end. A source of n symbols has the places 0 to n − 1: n itself is out.",
        ATTN,
        "One place behind the end is let in.",
    ),
    Slip(
        "one place too few",
        "attend",
        _one_place_too_few,
        "You leave out the last symbol. A source of n symbols has the places 0 to n − 1.",
        ATTN,
        "The last symbol is left out.",
    ),
    Slip(
        "mask turned round",
        "attend",
        _mask_turned,
        "You keep the padding and mask the symbols. Keep the places below the length.",
        ATTN,
        "The padding is kept and the symbols are masked.",
    ),
    Slip(
        "padding looked for in front",
        "attend",
        _padded_in_front,
        "You look for the padding in front. It stands behind the symbols.",
        ATTN,
        "The padding stands behind.",
    ),
    Slip(
        "the first length for all",
        "attend",
        _one_length,
        "You mask all sources by the length of the first. Each has its own.",
        ATTN,
        "Each source has its own length.",
    ),
    Slip(
        "NaN in the states",
        "attend",
        _nan_states,
        "Your weights are right, and 0 times NaN is NaN: replace the states of the padding before you multiply.",
        ATTN,
        "0 times NaN is NaN: leave the states of the padding out.",
    ),
    Slip(
        "the mean of the states",
        "attend",
        _mean_of_states,
        "Your context is the plain mean of the states. The states are weighted, differently at each step of the decoder: that is the point of it.",
        ATTN,
        "The context is a mean without the weights.",
    ),
    Slip(
        "divided by the number of places",
        "attend",
        _divided_by_places,
        "You divide the weighted sum by the number of places. The weights add up to 1: the sum is a mean already.",
        SUM,
        "The weighted sum is divided once more.",
    ),
    Slip(
        "the best place alone",
        "attend",
        _hardest,
        "You give all the weight to the best place. The softmax shares it out, so that a gradient can reach every place.",
        ATTN,
        "All the weight is on one place.",
    ),
    Slip(
        "the best state for a context",
        "attend",
        _best_state,
        "Your weights are right, and the context is the best state alone. It is the mean of all states with these weights.",
        ATTN,
        "The context is one state alone.",
    ),
    Slip(
        "the first context at every step",
        "attend",
        _first_step_for_all,
        "Every step of yours has the context of the first. Each step has its own weights and its own context.",
        ATTN,
        "Every step has the first one's context.",
    ),
    Slip(
        "softmax twice",
        "attend",
        _twice,
        "You take a softmax of weights. The first softmax was right.",
        ATTN,
        "That is a softmax of a softmax.",
    ),
    Slip(
        "not divided by the sum",
        "attend",
        _not_divided,
        "You return exponentials. Divide them by their sum over the source.",
        SUM,
        "The weights do not add up to 1.",
    ),
    Slip(
        "scaled scores",
        "attend",
        _scaled,
        "You divide the scores by a square root of the size. Scaled products are another kind of attention; here the scores are given and used as they are.",
        ATTN,
        "The scores are used as they are.",
    ),
    Slip(
        "a sigmoid for each place",
        "attend",
        _sigmoid,
        "You take a sigmoid of each score. The places compete for a sum of 1: a softmax over the source.",
        SUM,
        "The weights do not add up to 1.",
    ),
    Slip(
        "lowest score, largest weight",
        "attend",
        _least,
        "Your largest weight goes to the lowest score. The sign in the exponential is plus.",
        ATTN,
        "The lowest score has the largest weight.",
    ),
    Slip(
        "mean of the parts",
        "merge",
        _mean_of_contexts,
        "You average the parts' contexts. A part with high scores has to weigh more: its weight is its share of Σ exp(score), which is a softmax of the ℓ.",
        SUM,
        "All parts have the same weight.",
    ),
    Slip(
        "mean of the filled parts",
        "merge",
        _mean_of_filled,
        "You average the contexts of the parts that have symbols. A part with high scores has to weigh more: its weight is its share of Σ exp(score), which is a softmax of the ℓ.",
        SUM,
        "All parts have the same weight.",
    ),
    Slip(
        "sum of the parts",
        "merge",
        _sum_of_contexts,
        "You add up the parts' contexts. Each is a mean already; their shares of Σ exp(score) add up to 1.",
        SUM,
        "The parts' contexts are added without weights.",
    ),
    Slip(
        "ℓ for a weight",
        "merge",
        _logs_as_weights,
        "You use ℓ itself as a weight. It is a logarithm: the weight is exp(ℓ), divided by the sum of all.",
        SUM,
        "ℓ is a logarithm of a weight.",
    ),
    Slip(
        "exponential of large ℓ",
        "merge",
        _weights_overflow,
        "exp(ℓ) overflows, or vanishes, when scores are large: that is why the logarithm is handed over. Subtract the largest ℓ of the parts first.",
        SUM,
        "Subtract the largest ℓ of the parts first.",
    ),
    Slip(
        "exponential of large ℓ, and divided by nothing",
        "merge",
        _weights_overflow_divided,
        "Two cases are left: exp(ℓ) overflows or vanishes when scores are large (subtract the largest ℓ of the parts first), and where no part has a symbol you compute 0/0.",
        SUM,
        "Subtract the largest ℓ of the parts first.",
    ),
    Slip(
        "one maximum for all parts",
        "merge",
        _one_maximum_of_all,
        "You subtract one maximum of all. Steps far below it have exp 0 in every part. Subtract the largest ℓ over the parts, for each step of each source.",
        SUM,
        "Each step of each source needs its own maximum over the parts.",
    ),
    Slip(
        "NaN where nothing is merged",
        "merge",
        _nothing_merged,
        "For a source that has no symbol in any part you compute −inf − (−inf), or 0/0. Then ℓ is −inf and the context 0.",
        ATTN,
        "Without any symbol ℓ is −inf and the context 0.",
    ),
    Slip(
        "NaN for a context of nothing",
        "merge",
        _nothing_for_a_context,
        "For a source that has no symbol in any part your ℓ is right, and for the context you compute 0/0, or exp(−inf − (−inf)). There is nothing to divide: the context is 0.",
        ATTN,
        "Without any symbol ℓ is −inf and the context 0.",
    ),
    Slip(
        "logarithms added",
        "merge",
        _logs_added,
        "You add up the ℓ. The sums of exponentials are added, not their logarithms: ℓ of the whole is ln Σ exp(ℓ).",
        SUM,
        "Sums are added, not their logarithms.",
    ),
    Slip(
        "the largest logarithm",
        "merge",
        _largest_log,
        "You return the largest ℓ. All parts contribute: ln Σ exp(ℓ).",
        SUM,
        "That is the largest ℓ, without the others.",
    ),
    Slip(
        "mean of logarithms",
        "merge",
        _mean_of_logs,
        "You average the ℓ. The sums of exponentials are added: ln Σ exp(ℓ).",
        SUM,
        "Sums are added, not averaged as logarithms.",
    ),
    Slip(
        "mean of the sums",
        "merge",
        _mean_of_z,
        "You divide the sum of exponentials by the number of parts. ℓ is the logarithm of a sum over all places.",
        SUM,
        "ℓ belongs to a sum, not to a mean.",
    ),
    Slip(
        "the sum itself",
        "merge",
        _z_itself,
        "You return Σ exp(score). Its logarithm was asked for, which does not overflow.",
        SUM,
        "The logarithm was asked for.",
    ),
    Slip(
        "the best part alone",
        "merge",
        _best_part,
        "You take the context of the part with the largest ℓ. The others have their shares.",
        SUM,
        "That is one part's context.",
    ),
    Slip(
        "the last part alone",
        "merge",
        _last_part,
        "You return the last part. All parts belong to the source.",
        SUM,
        "That is the last part.",
    ),
    Slip(
        "two parts alone",
        "merge",
        _first_two,
        "You merge the first two parts. There may be more.",
        SUM,
        "Those are the first two parts.",
    ),
    Slip(
        "two at a time, half each",
        "merge",
        _pair_by_pair,
        "You merge two at a time and give each half the weight. The weight of a part is its share of Σ exp(score).",
        SUM,
        "Two at a time, each is given half.",
    ),
    Slip(
        "two at a time, with the first one's weight",
        "merge",
        _pair_by_pair_old_weight,
        "You merge two at a time and forget to bring ℓ up to date: what has been merged weighs as much as all its parts together.",
        SUM,
        "What has been merged weighs as much as all its parts.",
    ),
    Slip(
        "shares over the steps",
        "merge",
        _weights_over_steps,
        "Your weights add up to 1 over the steps. For each step they add up to 1 over the parts.",
        SUM,
        "The parts' weights add up to 1 over the parts.",
    ),
    Slip(
        "small parts first",
        "merge",
        _small_parts_first,
        "Your weights fall with ℓ. The part with the larger sum weighs more.",
        SUM,
        "The part with the larger ℓ weighs more.",
    ),
    Slip(
        "shares not divided",
        "merge",
        _not_divided_again,
        "You weigh the contexts with exponentials that do not add up to 1. Divide by their sum over the parts.",
        SUM,
        "The parts' weights do not add up to 1.",
    ),
)

QUESTION = Question(
    id="07.6",
    title="where to look",
    answers=("attend", "merge"),
    reference={"attend": attend, "merge": merge},
    properties=(
        Property(
            "Weights add up to 1 over the source, contexts are the states weighted with them",
            1,
            _test_whole,
            "§7.10, def-attn and eq-attn-sum",
        ),
        Property("Padding has no weight and no influence", 1, _test_padded, ATTN),
        Property(
            "Large scores, anything in the padding, and a source without symbols are survived",
            1,
            _test_hard,
            ATTN,
        ),
        Property(
            "merge makes one attention of the parts', as if the source had come whole",
            1,
            _test_merge,
            SUM,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
