"""Question 7.3: pairs of unequal length, their loss and its gradient, and parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c07.common import END, PAD, integers
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


def boxes(answers):
    M = max(map(len, answers)) + 1
    y = np.full((M, len(answers)), PAD)
    for b, symbols in enumerate(answers):
        y[: len(symbols), b] = symbols
        y[len(symbols), b] = END
    return np.concatenate([np.full((1, len(answers)), END), y[:-1]]), y


def _log_p(rows):
    z = rows - rows.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def _nats(o, y):
    """The loss of each real symbol, time by time."""
    real = y != PAD
    return -np.take_along_axis(_log_p(o[real]), y[real][:, None], axis=1)[:, 0]


def _errors(o, y):
    """p - 1 at real symbols and 0 at the others, not divided."""
    real = y != PAD
    do = np.zeros(o.shape)
    do[real] = np.exp(_log_p(o[real])) - np.eye(o.shape[-1])[y[real]]
    return do


def loss_and_grad(o, y):
    count = np.sum(y != PAD)
    return np.sum(_nats(o, y)) / count, _errors(o, y) / count


def shares(parts):
    counts = np.array([np.sum(y != PAD) for y in parts])
    return counts / counts.sum()


# --- wrong boxes ----------------------------------------------------------------------


def _no_end(answers):
    y_in, y = boxes(answers)
    y = np.where(y == END, PAD, y)
    return y_in, y


def _no_end_and_shorter(answers):
    M = max(map(len, answers))
    y = np.full((M, len(answers)), PAD)
    for b, symbols in enumerate(answers):
        y[: len(symbols), b] = symbols
    return np.concatenate([np.full((1, len(answers)), END), y[:-1]]), y


def _begin_with_pad(answers):
    y_in, y = boxes(answers)
    y_in[0] = PAD
    return y_in, y


def _reads_targets(answers):
    _, y = boxes(answers)
    return y.copy(), y


def _one_row_too_long(answers):
    y_in, y = boxes(answers)
    more = np.full((1, y.shape[1]), PAD)
    return np.concatenate([y_in, y[-1:]]), np.concatenate([y, more])


def _reads_one_more(answers):
    _, y = boxes(answers)
    return np.concatenate([np.full((1, y.shape[1]), END), y]), y


def _predicts_the_begin(answers):
    _, y = boxes(answers)
    longer = np.concatenate([np.full((1, y.shape[1]), END), y])
    return longer[:-1], longer[:-1].copy()


def _shifted_the_other_way(answers):
    _, y = boxes(answers)
    return np.concatenate([y[1:], np.full((1, y.shape[1]), END)]), y


def _end_in_every_place(answers):
    _, y = boxes(answers)
    ended = np.cumsum(y == END, axis=0) > 0
    y = np.where(ended, END, y)
    return np.concatenate([np.full((1, len(answers)), END), y[:-1]]), y


def _end_in_the_last_row(answers):
    M = max(map(len, answers)) + 1
    y = np.full((M, len(answers)), PAD)
    for b, symbols in enumerate(answers):
        y[: len(symbols), b] = symbols
    y[-1] = END
    return np.concatenate([np.full((1, len(answers)), END), y[:-1]]), y


def _padded_in_front(answers):
    M = max(map(len, answers)) + 1
    y = np.full((M, len(answers)), PAD)
    for b, symbols in enumerate(answers):
        y[M - len(symbols) - 1 :, b] = [*symbols, END]
    return np.concatenate([np.full((1, len(answers)), END), y[:-1]]), y


def _read_end_as_pad(answers):
    y_in, y = boxes(answers)
    y_in[1:] = np.where(y_in[1:] == END, PAD, y_in[1:])
    return y_in, y


def _boxes_batch_first(answers):
    y_in, y = boxes(answers)
    return y_in.T, y.T


def _boxes_exchanged(answers):
    y_in, y = boxes(answers)
    return y, y_in


def _cut_to_shortest(answers):
    M = min(map(len, answers)) + 1
    y_in, y = boxes(answers)
    return y_in[:M], y[:M]


def _padded_with_minus_one(answers):
    y_in, y = boxes(answers)
    return np.where(y_in == PAD, -1, y_in), np.where(y == PAD, -1, y)


# --- wrong losses and gradients -------------------------------------------------------


def _pad_counted(o, y):
    log_p = _log_p(o)
    nats = -np.take_along_axis(log_p, y[..., None], axis=-1)
    return nats.mean(), (np.exp(log_p) - np.eye(o.shape[-1])[y]) / y.size


def _mean_over_the_box(o, y):
    loss, do = loss_and_grad(o, y)
    share = np.sum(y != PAD) / y.size
    return loss * share, do * share


def _loss_over_the_box(o, y):
    loss, do = loss_and_grad(o, y)
    return loss * np.sum(y != PAD) / y.size, do


def _grad_over_the_box(o, y):
    loss, do = loss_and_grad(o, y)
    return loss, do * np.sum(y != PAD) / y.size


def _end_dropped(o, y):
    return loss_and_grad(o, np.where(y == END, PAD, y))


def _sum(o, y):
    return np.sum(_nats(o, y)), _errors(o, y)


def _grad_of_the_sum(o, y):
    return loss_and_grad(o, y)[0], _errors(o, y)


def _a_pair(o, y):
    return np.sum(_nats(o, y)) / y.shape[1], _errors(o, y) / y.shape[1]


def _a_step(o, y):
    return np.sum(_nats(o, y)) / len(y), _errors(o, y) / len(y)


def _mean_of_pairs(o, y):
    loss, do = 0.0, np.zeros(o.shape)
    for b in range(y.shape[1]):
        one, back = loss_and_grad(o[:, [b]], y[:, [b]])
        loss += one / y.shape[1]
        do[:, [b]] = back / y.shape[1]
    return loss, do


def _mean_of_steps(o, y):
    loss, do = 0.0, np.zeros(o.shape)
    for t in range(len(y)):
        one, back = loss_and_grad(o[[t]], y[[t]])
        loss += one / len(y)
        do[[t]] = back / len(y)
    return loss, do


def _loss_of_pairs(o, y):
    return _mean_of_pairs(o, y)[0], loss_and_grad(o, y)[1]


def _loss_of_steps(o, y):
    return _mean_of_steps(o, y)[0], loss_and_grad(o, y)[1]


def _zeroed_logits(o, y):
    """Logits of padding set to 0: ln V each is in the sum."""
    real = y != PAD
    rows = np.where(real[..., None], o, 0.0)
    log_p = _log_p(rows)
    total = -np.sum(np.take_along_axis(log_p, y[..., None], axis=-1))
    count = np.sum(real)
    return total / count, (np.exp(log_p) - np.eye(o.shape[-1])[y]) / count


def _zeroed_over_the_box(o, y):
    loss, do = _zeroed_logits(o, y)
    share = np.sum(y != PAD) / y.size
    return loss * share, do * share


def _pad_in_the_sum(o, y):
    loss, do = _pad_counted(o, y)
    share = y.size / np.sum(y != PAD)
    return loss * share, do * share


def _times_mask(o, y):
    """0 times NaN is NaN."""
    mask, log_p = y != PAD, _log_p(o)
    nats = -np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]
    do = (np.exp(log_p) - np.eye(o.shape[-1])[y]) * mask[..., None]
    return np.sum(nats * mask) / mask.sum(), do / mask.sum()


def _grad_at_the_padding(o, y):
    do = np.exp(_log_p(o)) - np.eye(o.shape[-1])[y]
    return loss_and_grad(o, y)[0], do / np.sum(y != PAD)


def _softmax_alone(o, y):
    real = y != PAD
    do = np.zeros(o.shape)
    do[real] = np.exp(_log_p(o[real]))
    return loss_and_grad(o, y)[0], do / real.sum()


def _uphill(o, y):
    loss, do = loss_and_grad(o, y)
    return loss, -do


def _probability_lost(o, y):
    """Of -log p with p given, without the softmax."""
    real = y != PAD
    do = np.zeros(o.shape)
    p = np.exp(_log_p(o[real]))
    do[real] = -np.eye(o.shape[-1])[y[real]] / p
    return loss_and_grad(o, y)[0], do / real.sum()


def _true_column_alone(o, y):
    do = _errors(o, y)
    true = np.eye(o.shape[-1])[y]
    return loss_and_grad(o, y)[0], do * true / np.sum(y != PAD)


def _not_shifted(o, y):
    real = y != PAD
    with np.errstate(all="ignore"):
        e = np.exp(o[real])
        p = e / e.sum(axis=1, keepdims=True)
        true = np.take_along_axis(p, y[real][:, None], axis=1)
        do = np.zeros(o.shape)
        do[real] = (p - np.eye(o.shape[-1])[y[real]]) / real.sum()
        return -np.mean(np.log(true)), do


def _true_p(o, y):
    real = y != PAD
    return np.exp(np.take_along_axis(_log_p(o[real]), y[real][:, None], axis=1))


def _log_of_p(o, y):
    """The softmax is stable, and its logarithm is taken of what has vanished."""
    with np.errstate(divide="ignore"):
        return -np.mean(np.log(_true_p(o, y))), loss_and_grad(o, y)[1]


def _log_of_p_and_little(o, y):
    return -np.mean(np.log(_true_p(o, y) + 1e-12)), loss_and_grad(o, y)[1]


def _logits_taken(o, y):
    real = y != PAD
    true = np.take_along_axis(o[real], y[real][:, None], axis=1)
    return -np.mean(true), loss_and_grad(o, y)[1]


def _bits(o, y):
    loss, do = loss_and_grad(o, y)
    return loss / np.log(2), do / np.log(2)


def _bits_of_the_loss(o, y):
    loss, do = loss_and_grad(o, y)
    return loss / np.log(2), do


def _up_to_the_first_end(o, y):
    """Stops where the network itself would write END."""
    said = np.argmax(o, axis=-1) == END
    before = np.cumsum(said, axis=0) - said == 0
    return loss_and_grad(o, np.where(before, y, PAD))


def _without_pads_column(o, y):
    loss, do = loss_and_grad(o[..., 1:], np.where(y == PAD, PAD, y - 1))
    return loss, np.concatenate([np.zeros((*y.shape, 1)), do], axis=-1)


def _without_pad_in_the_softmax(o, y):
    rows = np.array(o, dtype=float)
    rows[..., PAD] = -np.inf
    return loss_and_grad(rows, y)


# --- wrong shares ---------------------------------------------------------------------


def _equal_shares(parts):
    return np.full(len(parts), 1 / len(parts))


def _shares_by_pairs(parts):
    counts = np.array([y.shape[1] for y in parts])
    return counts / counts.sum()


def _shares_by_cells(parts):
    counts = np.array([y.size for y in parts])
    return counts / counts.sum()


def _shares_by_steps(parts):
    counts = np.array([len(y) for y in parts])
    return counts / counts.sum()


def _shares_without_end(parts):
    counts = np.array([np.sum(y > END) for y in parts])
    return counts / counts.sum()


def _counts(parts):
    return np.array([np.sum(y != PAD) for y in parts])


def _all_ones(parts):
    return np.ones(len(parts))


def _inverse_shares(parts):
    back = 1 / shares(parts)
    return back / back.sum()


def _one_over_counts(parts):
    return 1 / np.array([np.sum(y != PAD) for y in parts])


def _one_over_all(parts):
    counts = np.array([np.sum(y != PAD) for y in parts])
    return np.full(len(parts), 1 / counts.sum())


def _shares_of_the_largest(parts):
    counts = np.array([np.sum(y != PAD) for y in parts])
    return counts / counts.max()


def _share_filled(parts):
    return np.array([np.mean(y != PAD) for y in parts])


def _running_shares(parts):
    counts = np.array([np.sum(y != PAD) for y in parts])
    return counts / np.cumsum(counts)


def _shares_times_parts(parts):
    return shares(parts) * len(parts)


# --- numbers to ask with --------------------------------------------------------------


def _answers(rng: np.random.Generator, B: int, V: int, empty: bool) -> list[list[int]]:
    lengths = rng.permutation([5, 1, 3, 4, 2, 2][:B]).tolist()
    if empty:
        lengths[int(rng.integers(B))] = 0
    found = [rng.integers(2, V, size=n).tolist() for n in lengths]
    if B > 1 and len(set(lengths)) == 1:
        found[0].append(2)
    return found


def _targets(rng: np.random.Generator, B: int, V: int, empty: bool = False) -> Array:
    return boxes(_answers(rng, B, V, empty))[1]


def _logits(
    rng: np.random.Generator, y: Array, V: int, kind: str = "plain"
) -> tuple[Array, Array]:
    """kind: "plain"; "spoiled", with NaN in the padding; "large", hundreds; "far",
    with a true symbol 1200 below the rest; "ends", where the network would write END
    too early in one answer."""
    o = 1.5 * rng.standard_normal((*y.shape, V))
    if kind == "spoiled":
        o[y == PAD] = np.nan
    if kind == "large":
        o += rng.choice([-900.0, 900.0], size=y.shape)[..., None]
    if kind == "far":
        b = int(rng.integers(y.shape[1]))
        o[0, b, y[0, b]] -= 1200.0
    if kind == "ends":
        long = int(np.argmax((y != PAD).sum(axis=0)))
        o[1, long, END] = o[1, long].max() + 1.0
    return o, y


# --- tests ----------------------------------------------------------------------------


def _test_boxes(ask: Ask, rng: np.random.Generator) -> None:
    for B, empty in ((3, False), (4, True), (1, False), (5, False)):
        answers = _answers(rng, B, 7, empty)
        want = boxes(answers)
        reply = ask("boxes", answers)
        found = several(reply.value, 2, "two arrays, y_in and y")
        told = hint(SLIPS, "boxes", (answers,), reply.value, want)
        for name, value, right in zip(("y_in", "y"), found, want, strict=True):
            shape = np.shape(value)
            if isinstance(value, np.ndarray) and shape != right.shape:
                raise Wrong(
                    f"for answers {answers} the shape of {name} is {shape}, expected {right.shape}.{told}"
                )
            got = integers(value, right.shape, name)
            if not np.array_equal(got, right):
                b = int(np.argmax((got != right).any(axis=0)))
                column = np.asarray(value)[:, b].tolist()
                raise Wrong(
                    f"for the answer {answers[b]} the column of {name} is {column}, expected {right[:, b].tolist()}.{told}"
                )
        expect_same_arguments((answers,), reply.args_after)


def _expect(ask: Ask, args: Any, place: int, where: str) -> None:
    want = loss_and_grad(*args)
    reply = ask("loss_and_grad", *args)
    found = several(reply.value, 2, "two results, the loss and its gradient")
    name = ("the loss", "the gradient")[place]
    got = array(found[place], np.shape(want[place]), f"{where} {name}")
    told = hint(SLIPS, "loss_and_grad", args, reply.value, want)
    if not told and (place == 0 or not np.isfinite(got).all()):
        told = OF_LARGE.get(where, "")
    if not np.isfinite(got).all():
        raise Wrong(f"{where} {name} is not finite.{told}")
    if place == 0 and not np.isclose(got, want[0], rtol=1e-6):
        raise Wrong(
            f"{where} the loss is {float(got):.5g}, expected {float(want[0]):.5g}.{told}"
        )
    if place == 1 and not near(got, want[1]):
        at = args[1] == PAD
        if got[at].any():
            told = told or " Padding has the gradient 0."
        raise Wrong(
            f"{where} the gradient differs from what a small change shows.{told}"
        )
    expect_same_arguments(args, reply.args_after)


KINDS = (
    ("plain", "for a padded batch"),
    ("ends", "for a batch in which the network would end too early"),
    ("spoiled", "with NaN in the logits of the padding"),
    ("large", "with logits of several hundred"),
    ("far", "with a true symbol whose logit is 1200 below the others"),
)


OF_LARGE = {  # what helps with these logits, if no slip is recognised
    KINDS[3][1]: " Subtract the largest logit of each row first.",
    KINDS[4][
        1
    ]: " Its probability is 0 in the computer; its logarithm is not lost, if you make it from the logits: o − ln Σ exp(o).",
}


def _test_loss(ask: Ask, rng: np.random.Generator) -> None:
    args = _logits(rng, _targets(rng, 1, 5), 5)
    _expect(ask, args, 0, "for one pair")
    for kind, where in KINDS:
        args = _logits(rng, _targets(rng, 4, 6, empty=True), 6, kind)
        _expect(ask, args, 0, where)


def _test_gradient(ask: Ask, rng: np.random.Generator) -> None:
    args = _logits(rng, _targets(rng, 1, 5), 5)
    _expect(ask, args, 1, "for one pair")
    for kind, where in KINDS:
        args = _logits(rng, _targets(rng, 4, 6), 6, kind)
        _expect(ask, args, 1, where)


def _parts(rng: np.random.Generator, sizes: tuple[int, ...]) -> list[Array]:
    """Targets of parts; answers of the last part are longer than those of the others."""
    parts = []
    for k, B in enumerate(sizes):
        answers = _answers(rng, B, 6, empty=False)
        if k == len(sizes) - 1:
            answers = [[*a, *rng.integers(2, 6, size=6).tolist()] for a in answers]
        parts.append(boxes(answers)[1])
    return parts


def _test_shares(ask: Ask, rng: np.random.Generator) -> None:
    for sizes in ((2, 4), (3, 1, 5), (2, 2, 2)):
        parts = _parts(rng, sizes)
        want = shares(parts)
        reply = ask("shares", parts)
        got = array(reply.value, want.shape, "the shares")
        if not near(got, want):
            shown = [f"{v:.3g}" for v in got]
            told = hint(SLIPS, "shares", (parts,), reply.value, want)
            raise Wrong(
                f"for {len(sizes)} parts of {', '.join(map(str, sizes))} pairs the shares {', '.join(shown)} do not give the mean over all symbols.{told}"
            )
        expect_same_arguments((parts,), reply.args_after)


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [Call("boxes", _answers(rng, B, 7, e)) for B, e in ((4, True), (3, False))]
    for kind in ("plain", "ends", "spoiled", "large", "far"):
        for B in (3, 4):
            args = _logits(rng, _targets(rng, B, 6), 6, kind)
            calls.append(Call("loss_and_grad", *args))
    return [
        *calls,
        Call("shares", _parts(rng, (2, 4))),
        Call("shares", _parts(rng, (3, 1, 5))),
    ]


MASK = "§7.3, eq-s2s-mask"
BOX = "§7.3"
FACTOR = "§7.1, eq-s2s-ll"

SLIPS = (
    Slip(
        "no END",
        "boxes",
        _no_end,
        "Your targets have no END. A network that never sees it never learns to stop: END is the last symbol of every answer.",
        FACTOR,
        "END is missing in the targets.",
    ),
    Slip(
        "no END and no room for it",
        "boxes",
        _no_end_and_shorter,
        "Your box is as long as the longest answer, without room for its END. Every answer closes with END, so there is one row more.",
        FACTOR,
        "END needs a row of its own.",
    ),
    Slip(
        "PAD begins",
        "boxes",
        _begin_with_pad,
        "What your decoder reads begins with PAD. It begins with END, symbol 1.",
        BOX,
        "y_in begins with END.",
    ),
    Slip(
        "reads its targets",
        "boxes",
        _reads_targets,
        "y_in is y itself, so step t reads what it has to predict. Shift it by one step: END first, then y without its last row.",
        FACTOR,
        "y_in is y itself.",
    ),
    Slip(
        "one row too many",
        "boxes",
        _reads_one_more,
        "y_in has a row more than y. What the last step writes is read by nobody: leave the last row out.",
        FACTOR,
        "y_in has one row too many.",
    ),
    Slip(
        "boxes one row too long",
        "boxes",
        _one_row_too_long,
        "Your boxes have a last row in which no answer has anything to write. They are as long as the longest answer with its END.",
        BOX,
        "The last row of y is nothing but PAD: leave it out, of both boxes.",
    ),
    Slip(
        "the beginning as a target",
        "boxes",
        _predicts_the_begin,
        "Your targets begin with END: the network would be asked to predict what it is given. The first target is the first symbol of the answer.",
        FACTOR,
        "The END that begins is no target.",
    ),
    Slip(
        "shifted the other way",
        "boxes",
        _shifted_the_other_way,
        "y_in is ahead of y: step t reads the symbol *after* its target. Shift the other way, so that it reads the one before.",
        FACTOR,
        "y_in is ahead of y.",
    ),
    Slip(
        "END in every place behind",
        "boxes",
        _end_in_every_place,
        "You fill the rest with END. END is a symbol that costs; behind the first one stands PAD.",
        BOX,
        "Behind END stands PAD.",
    ),
    Slip(
        "END in the last row",
        "boxes",
        _end_in_the_last_row,
        "You write END into the last row for every answer, with padding before it. END follows the last symbol of each answer directly.",
        BOX,
        "END follows the answer directly.",
    ),
    Slip(
        "padded in front",
        "boxes",
        _padded_in_front,
        "You put the padding in front. The decoder starts at row 0, so answers begin there and are padded behind.",
        BOX,
        "The padding stands behind.",
    ),
    Slip(
        "END not read",
        "boxes",
        _read_end_as_pad,
        "In y_in you replace END by PAD where an answer is over. y_in is y one step later, END included (what is read there does no harm: it is not scored).",
        BOX,
        "From its second row on y_in is y, one step later.",
    ),
    Slip(
        "a row for each answer",
        "boxes",
        _boxes_batch_first,
        "Your boxes have a row for each answer. Time comes first: (M, B).",
        BOX,
        "Time comes first.",
    ),
    Slip(
        "the two boxes exchanged",
        "boxes",
        _boxes_exchanged,
        "You return y first. What the decoder reads, y_in, comes first.",
        BOX,
        "y_in comes first.",
    ),
    Slip(
        "cut to the shortest",
        "boxes",
        _cut_to_shortest,
        "You cut all answers to the length of the shortest. The box is as long as the longest, and the others are padded.",
        BOX,
        "The box is as long as the longest answer with its END.",
    ),
    Slip(
        "-1 for padding",
        "boxes",
        _padded_with_minus_one,
        "You pad with -1, as chapters 2 and 5 do. In this chapter PAD = 0 stands behind the end, a symbol of the alphabet that is never scored.",
        BOX,
        "PAD is 0 in this chapter.",
    ),
    Slip(
        "PAD counted",
        "loss_and_grad",
        _pad_counted,
        "You count PAD as a symbol. It is easy to predict, so the loss looks the better the more padding there is. Leave it out, of the sum and of the count.",
        MASK,
        "PAD is counted as a symbol.",
    ),
    Slip(
        "divided by the whole box",
        "loss_and_grad",
        _mean_over_the_box,
        "You leave PAD out of the sum and divide by all M·B places. Divide by the number of real symbols.",
        MASK,
        "You divide by all places of the box.",
    ),
    Slip(
        "loss divided by the whole box",
        "loss_and_grad",
        _loss_over_the_box,
        "You divide the loss by all M·B places, and the gradient by the real symbols. Both are divided by the number of real symbols.",
        MASK,
        "The loss is divided by all places of the box.",
    ),
    Slip(
        "gradient divided by the whole box",
        "loss_and_grad",
        _grad_over_the_box,
        "You divide the gradient by all M·B places, and the loss by the real symbols. Both are divided by the number of real symbols.",
        MASK,
        "The gradient is divided by all places of the box.",
    ),
    Slip(
        "END dropped",
        "loss_and_grad",
        _end_dropped,
        "You leave END out with PAD. END is a symbol that the network has to predict, else it never learns to stop: PAD alone is left out.",
        MASK,
        "END is a real symbol.",
    ),
    Slip(
        "sum instead of mean",
        "loss_and_grad",
        _sum,
        "You return the sum over all symbols and its gradient. Divide both by the number of real symbols.",
        MASK,
        "That is the sum, not the mean.",
    ),
    Slip(
        "gradient of the sum",
        "loss_and_grad",
        _grad_of_the_sum,
        "Your loss is a mean and your gradient that of the sum. What divides the loss divides its gradient.",
        MASK,
        "The gradient is that of the sum.",
    ),
    Slip(
        "loss a pair",
        "loss_and_grad",
        _a_pair,
        "You divide by the number of pairs. A mean over symbols is divided by the number of real symbols.",
        MASK,
        "You divide by the number of pairs.",
    ),
    Slip(
        "loss a step",
        "loss_and_grad",
        _a_step,
        "You divide by the number of steps. A mean over symbols is divided by the number of real symbols.",
        MASK,
        "You divide by the number of steps.",
    ),
    Slip(
        "mean of the pairs' means",
        "loss_and_grad",
        _mean_of_pairs,
        "You take the mean of each pair and then the mean of these. A symbol of a short answer then weighs more than one of a long answer. Every symbol counts once: one sum, one count.",
        MASK,
        "That gives each pair the same weight, however long its answer.",
    ),
    Slip(
        "mean of the steps' means",
        "loss_and_grad",
        _mean_of_steps,
        "You take the mean at each step and then the mean of these. Late steps have few real symbols, which then weigh more. Every symbol counts once: one sum, one count.",
        MASK,
        "That gives each step the same weight, however few symbols it has.",
    ),
    Slip(
        "loss of the pairs' means",
        "loss_and_grad",
        _loss_of_pairs,
        "Your gradient is right; your loss is the mean of each pair and then the mean of these. Every symbol counts once: one sum, one count.",
        MASK,
        "That loss gives each pair the same weight, however long its answer.",
    ),
    Slip(
        "loss of the steps' means",
        "loss_and_grad",
        _loss_of_steps,
        "Your gradient is right; your loss is the mean at each step and then the mean of these. Every symbol counts once: one sum, one count.",
        MASK,
        "That loss gives each step the same weight, however few symbols it has.",
    ),
    Slip(
        "logits of padding set to zero",
        "loss_and_grad",
        _zeroed_logits,
        "You set the logits of the padding to 0. A row of zeros is no free row: it costs ln V and has a gradient. Leave the rows out.",
        MASK,
        "A row of zeros costs ln V.",
    ),
    Slip(
        "logits of padding set to zero, over the box",
        "loss_and_grad",
        _zeroed_over_the_box,
        "You set the logits of the padding to 0 and take the mean over all places. A row of zeros costs ln V, has a gradient, and counts in the mean. Leave the rows out.",
        MASK,
        "Rows of zeros are counted, at ln V each.",
    ),
    Slip(
        "PAD in the sum",
        "loss_and_grad",
        _pad_in_the_sum,
        "You divide by the number of real symbols, but PAD's losses are in the sum. Choose the real rows before you add.",
        MASK,
        "PAD's losses are in the sum.",
    ),
    Slip(
        "times the mask",
        "loss_and_grad",
        _times_mask,
        "You compute everything and multiply by the mask. 0 times NaN is NaN: whatever stands in the padding must not be touched. Choose the real rows first.",
        MASK,
        "0 times NaN is NaN.",
    ),
    Slip(
        "a gradient in the padding",
        "loss_and_grad",
        _grad_at_the_padding,
        "Your loss leaves the padding out, your gradient does not: it pulls the network towards PAD after the end. Rows of padding have the gradient 0.",
        MASK,
        "Padding has the gradient 0.",
    ),
    Slip(
        "the softmax alone",
        "loss_and_grad",
        _softmax_alone,
        "Your gradient is the softmax. At the true symbol 1 is subtracted.",
        "§7.3, and §3.2",
        "The 1 at the true symbol is missing.",
    ),
    Slip(
        "gradient upside down",
        "loss_and_grad",
        _uphill,
        "Your gradient has the wrong sign: it is p minus 1 at the true symbol.",
        "§7.3, and §3.2",
        "The sign of the gradient is wrong.",
    ),
    Slip(
        "the softmax not differentiated",
        "loss_and_grad",
        _probability_lost,
        "You differentiate −ln p with respect to p. The gradient is asked for with respect to the logits: the softmax comes in between, and the result is p minus 1 at the true symbol.",
        "§7.3, and §3.2",
        "That is the gradient with respect to p.",
    ),
    Slip(
        "the true column alone",
        "loss_and_grad",
        _true_column_alone,
        "Your gradient is not 0 at the true symbol alone: every logit takes part in the softmax, so the others have the gradient p.",
        "§7.3, and §3.2",
        "The other symbols have the gradient p.",
    ),
    Slip(
        "exponential of large logits",
        "loss_and_grad",
        _not_shifted,
        "Your exponentials overflow, or vanish, when the logits are large. Subtract the largest logit of each row first.",
        "§7.3, and §3.1 for the log-sum-exp",
        "Subtract the largest logit of each row first.",
    ),
    Slip(
        "the logarithm of a probability",
        "loss_and_grad",
        _log_of_p,
        "Your softmax is safe, but you take the logarithm of its result. Where the true symbol's logit is far below the largest, p is 0 and ln p is −inf. Take ln p from the logits: o − ln Σ exp(o).",
        "§7.3, and §3.1 for the log-sum-exp",
        "Its probability is 0: take ln p from the logits, o − ln Σ exp(o).",
    ),
    Slip(
        "a little added to the probability",
        "loss_and_grad",
        _log_of_p_and_little,
        "You add 1e-12 to the probability before the logarithm. Then no symbol can cost more than 27.6 nats, and what has vanished stays so. Take ln p from the logits: o − ln Σ exp(o).",
        "§7.3, and §3.1 for the log-sum-exp",
        "No loss above 27.6 can come from ln(p + 1e-12): take ln p from the logits.",
    ),
    Slip(
        "logits taken for log probabilities",
        "loss_and_grad",
        _logits_taken,
        "You use the logit of the true symbol as if it were its log probability. Subtract the log-sum-exp of its row first.",
        "§7.3, and §3.1 for the log-sum-exp",
        "Logits are not log probabilities.",
    ),
    Slip(
        "in bits",
        "loss_and_grad",
        _bits,
        "You return bits. The loss is in nats: the logarithm is the natural one.",
        MASK,
        "Those are bits.",
    ),
    Slip(
        "the loss in bits",
        "loss_and_grad",
        _bits_of_the_loss,
        "Your loss is in bits and your gradient that of nats. The logarithm is the natural one.",
        MASK,
        "The loss is in bits.",
    ),
    Slip(
        "ended where the network would",
        "loss_and_grad",
        _up_to_the_first_end,
        "You stop counting where the network itself would write END. Then a network is best off that stops at once (§6.10). The true answer decides what counts.",
        "§7.3, and §6.10",
        "You stop where the network would; the true answer decides.",
    ),
    Slip(
        "PAD left out of the softmax",
        "loss_and_grad",
        _without_pad_in_the_softmax,
        "You leave PAD's logit out of the softmax. In the loss it is one of V symbols: the network has to learn that it never comes. (When an answer is written it is ruled out.)",
        MASK,
        "PAD's logit belongs into the softmax.",
    ),
    Slip(
        "equal shares",
        "shares",
        _equal_shares,
        "You give all parts the same weight. A part with few symbols then weighs too much: this is the mean of means again, made by accumulating gradients. Weigh each part with its share of the real symbols.",
        MASK,
        "That gives each part the same weight, however few symbols it has.",
    ),
    Slip(
        "shares of pairs",
        "shares",
        _shares_by_pairs,
        "You weigh the parts by their pairs. The mean is over symbols, so a pair with a long answer weighs more.",
        MASK,
        "Those are shares of the pairs.",
    ),
    Slip(
        "shares of the boxes",
        "shares",
        _shares_by_cells,
        "You weigh the parts by the size of their boxes, padding included. Count the real symbols.",
        MASK,
        "Padding is counted.",
    ),
    Slip(
        "shares of the steps",
        "shares",
        _shares_by_steps,
        "You weigh the parts by their numbers of steps. Count the real symbols of all their pairs.",
        MASK,
        "Those are shares of the steps.",
    ),
    Slip(
        "shares without END",
        "shares",
        _shares_without_end,
        "You count the symbols without END. Each part's loss has END among its symbols, so it counts in the weights too.",
        MASK,
        "END counts too.",
    ),
    Slip(
        "numbers of symbols",
        "shares",
        _counts,
        "You return the numbers of symbols. Each part's loss has been divided by its own number; multiplying by it gives the sum. Divide by the number of all symbols as well.",
        MASK,
        "Divide by the number of all symbols.",
    ),
    Slip(
        "all parts added",
        "shares",
        _all_ones,
        "You add the parts' losses as they are. Each is a mean; their sum grows with the number of parts. The weights add up to 1.",
        MASK,
        "The weights add up to 1.",
    ),
    Slip(
        "shares upside down",
        "shares",
        _inverse_shares,
        "Your weights fall with the number of symbols. A part with more symbols weighs more.",
        MASK,
        "A part with more symbols weighs more.",
    ),
    Slip(
        "divided by its own number again",
        "shares",
        _one_over_counts,
        "You divide each part's loss by its number of symbols. It is a mean already: multiply by its number and divide by that of all.",
        MASK,
        "Each part's loss is a mean already.",
    ),
    Slip(
        "divided by all",
        "shares",
        _one_over_all,
        "You divide each part's loss by the number of all symbols. That would be right for sums; these are means, so multiply by the part's own number first.",
        MASK,
        "That would be right if the parts' losses were sums.",
    ),
    Slip(
        "measured by the largest part",
        "shares",
        _shares_of_the_largest,
        "Your largest weight is 1. The weights are shares of all symbols and add up to 1.",
        MASK,
        "The weights add up to 1.",
    ),
    Slip(
        "how full the boxes are",
        "shares",
        _share_filled,
        "You return how much of each box is filled. A weight says how many of *all* real symbols stand in the part.",
        MASK,
        "That is how full each box is.",
    ),
    Slip(
        "shares of what came so far",
        "shares",
        _running_shares,
        "You divide by the symbols that came so far. The weights are shares of all symbols, also of the parts that follow.",
        MASK,
        "Divide by the symbols of all parts.",
    ),
    Slip(
        "a mean over the parts expected",
        "shares",
        _shares_times_parts,
        "Your weights add up to the number of parts. They are used in a sum, not in a mean over the parts.",
        MASK,
        "The weights add up to 1.",
    ),
)

QUESTION = Question(
    id="07.3",
    title="every symbol once",
    answers=("boxes", "loss_and_grad", "shares"),
    reference={"boxes": boxes, "loss_and_grad": loss_and_grad, "shares": shares},
    properties=(
        Property(
            "boxes are what the decoder reads and what it is to write, END and PAD in their places",
            1,
            _test_boxes,
            "§7.3, and §7.1, eq-s2s-ll",
        ),
        Property(
            "The loss is the mean over all real symbols, whatever stands in the padding",
            1,
            _test_loss,
            MASK,
        ),
        Property(
            "The gradient belongs to that mean and is 0 in the padding",
            1,
            _test_gradient,
            MASK,
        ),
        Property(
            "shares make the parts' means the mean of the whole batch",
            1,
            _test_shares,
            MASK,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
