"""Question 6.1: what is read, and what is predicted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unrolled.grader.checks.c05.common import softmax
from unrolled.grader.checks.judging import (
    Array,
    as_array,
    expect_untouched,
    kind_of,
    near,
)
from unrolled.grader.question import (
    Ask,
    Call,
    Given,
    Misconception,
    Property,
    Question,
    Wrong,
)

V = 7  # as in the given cell
SHIFT, LOG = "shift", "log_likelihood"


def over_before(y: Array, end: int) -> Array:
    """Where an END stands in a row above: (T, B) of booleans."""
    ends = np.cumsum(y == end, axis=0)
    return ends - (y == end) > 0


def shift(y: Array, begin: int, end: int, pad: int) -> tuple[Array, Array]:
    x = np.concatenate([np.full((1, y.shape[1]), begin), y[:-1]])
    over = over_before(y, end)
    return np.where(over, pad, x), 1 - over


def log_likelihood(model, y: Array, begin: int, end: int, pad: int) -> Array:
    x, m = shift(y, begin, end, pad)
    return (m * _of_targets(model(x), y)).sum(axis=0)


def _of_targets(o, y):
    """The log probability of each entry of y, from logits: (T, B)."""
    t, b = np.indices(y.shape)
    o = o - o.max(axis=2, keepdims=True)  # whatever was added to a row
    return (o - np.log(np.exp(o).sum(axis=2, keepdims=True)))[t, b, y]


def alone(model, y: Array, begin: int, end: int) -> Array:
    """Each text for itself, without padding: the truth of the tests."""
    found = []
    for text in y.T.tolist():
        n = text.index(end) + 1 if end in text else len(text)
        read = np.array([begin, *text[: n - 1]])[:, None]
        p = softmax(model(read))[:, 0]
        found.append(sum(np.log(p[t, text[t]]) for t in range(n)))
    return np.array(found)


def _before(y, begin):
    return np.concatenate([np.full((1, y.shape[1]), begin), y[:-1]])


def _reads_the_answer(y, begin, end, pad):
    m = shift(y, begin, end, pad)[1]
    return np.where(m > 0, y, pad), m


def _no_begin(y, begin, end, pad):
    return y[:-1], shift(y, begin, end, pad)[1][1:]


def _nothing_cut(y, begin, end, pad):
    m = shift(y, begin, end, pad)[1]
    return np.concatenate([np.full((1, y.shape[1]), begin), y]), m


def _end_read(y, begin, end, pad):
    return _before(y, begin), shift(y, begin, end, pad)[1]


def _end_read_and_pad_compared(y, begin, end, pad):
    return _before(y, begin), 1 * (y != pad)


def _pad_compared(y, begin, end, pad):
    return shift(y, begin, end, pad)[0], 1 * (y != pad)


def _end_no_target(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return x, m * (y != end)


def _shifted_back(y, begin, end, pad):
    x = np.concatenate([y[1:], np.full((1, y.shape[1]), pad)])
    return x, shift(y, begin, end, pad)[1]


def _rolled(y, begin, end, pad):
    return np.roll(y, 1, axis=0), shift(y, begin, end, pad)[1]


def _rolled_and_padded(y, begin, end, pad):
    m = shift(y, begin, end, pad)[1]
    return np.where(m > 0, np.roll(y, 1, axis=0), pad), m


def _padded_and_rolled(y, begin, end, pad):
    """The padding is right, and row 0 is what stood in the last row."""
    m = shift(y, begin, end, pad)[1]
    ended = np.cumsum(y == end, axis=0) > 0
    return np.roll(np.where(ended, pad, y), 1, axis=0), m


def _empty_ones_begin_not(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    x[0] = np.where(y[0] == end, pad, begin)
    return x, m


def _along_the_batch(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    x = np.concatenate([np.full((len(y), 1), begin), y[:, :-1]], axis=1)
    return np.where(m > 0, x, pad), m


def _by_length(y, begin, pad, n):
    m = 1 * (np.arange(len(y))[:, None] < n)
    return np.where(m > 0, _before(y, begin), pad), m


def _argmax_of_nothing(y, begin, end, pad):
    return _by_length(y, begin, pad, np.argmax(y == end, axis=0) + 1)


def _last_end(y, begin, end, pad):
    n = len(y) - np.argmax((y == end)[::-1], axis=0)
    return _by_length(y, begin, pad, n)


def _one_length(y, begin, end, pad):
    n = shift(y, begin, end, pad)[1][:, 0].sum()
    return _by_length(y, begin, pad, np.full(y.shape[1], n))


def _cut_ones_thrown_away(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return x, m * (y == end).any(axis=0)


def _last_of_the_cut_not_a_target(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    m[-1] = m[-1] * (y[-1] == end)
    return x, m


def _begin_in_the_padding(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return np.where(m > 0, x, begin), m


def _end_in_the_padding(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return np.where(m > 0, x, end), m


def _in_place(y, begin, end, pad):
    m = shift(y, begin, end, pad)[1]
    y[1:] = y[:-1].copy()
    y[0] = begin
    y[m == 0] = pad
    return y, m


def _begin_not_counted(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    m[0] = 0
    return x, m


def _mask_shifted_too(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return x, np.concatenate([m[:1], m[:-1]])


def _all_counted_end_read(y, begin, end, pad):
    return _before(y, begin), np.ones(y.shape)


def _all_counted(y, begin, end, pad):
    return shift(y, begin, end, pad)[0], np.ones(y.shape)


def _last_symbol_not_read(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return np.where(np.cumsum(y == end, axis=0) > 0, pad, x), m


def _row_of_end_over(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    going = np.cumsum(y == end, axis=0) == 0
    return np.where(going, x, pad), m * going


def _pair_turned(y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return m, x


def _targets_for_mask(y, begin, end, pad):
    return shift(y, begin, end, pad)[0], y


def _ll_padding_counted(model, y, begin, end, pad):
    x = shift(y, begin, end, pad)[0]
    return _of_targets(model(x), y).sum(axis=0)


def _ll_without_end(model, y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return (m * (y != end) * _of_targets(model(x), y)).sum(axis=0)


def _ll_of_logits(model, y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    t, b = np.indices(y.shape)
    return (m * model(x)[t, b, y]).sum(axis=0)


def _ll_of_lowered_logits(model, y, begin, end, pad):
    """The largest of a row subtracted, and nothing else."""
    x, m = shift(y, begin, end, pad)
    o = model(x)
    t, b = np.indices(y.shape)
    return (m * (o - o.max(axis=2, keepdims=True))[t, b, y]).sum(axis=0)


def _ll_mean(model, y, begin, end, pad):
    return log_likelihood(model, y, begin, end, pad) / shift(y, begin, end, pad)[1].sum(
        axis=0
    )


def _ll_by_rows(model, y, begin, end, pad):
    return log_likelihood(model, y, begin, end, pad) / len(y)


def _ll_negative(model, y, begin, end, pad):
    return -log_likelihood(model, y, begin, end, pad)


def _ll_reads_the_answer(model, y, begin, end, pad):
    x, m = _reads_the_answer(y, begin, end, pad)
    return (m * _of_targets(model(x), y)).sum(axis=0)


def _ll_one_row_late(model, y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return (m[1:] * _of_targets(model(x)[1:], y[:-1])).sum(axis=0)


def _ll_one_row_early(model, y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return (m[1:] * _of_targets(model(x)[:-1], y[1:])).sum(axis=0)


def _ll_bits(model, y, begin, end, pad):
    return log_likelihood(model, y, begin, end, pad) / np.log(2)


def _ll_of_the_batch(model, y, begin, end, pad):
    return log_likelihood(model, y, begin, end, pad).sum()


def _ll_first_step_missing(model, y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return (m * _of_targets(model(x), y))[1:].sum(axis=0)


def _ll_of_what_was_read(model, y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return (m * _of_targets(model(x), x)).sum(axis=0)


def _ll_exponentiated(model, y, begin, end, pad):
    return np.exp(log_likelihood(model, y, begin, end, pad))


def _ll_sum_of_probabilities(model, y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return (m * np.exp(_of_targets(model(x), y))).sum(axis=0)


def _ll_log_of_a_sum(model, y, begin, end, pad):
    return np.log(_ll_sum_of_probabilities(model, y, begin, end, pad))


def _ll_most_probable(model, y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    return (m * np.log(softmax(model(x)).max(axis=2))).sum(axis=0)


def _ll_softmax_over_time(model, y, begin, end, pad):
    x, m = shift(y, begin, end, pad)
    o = np.moveaxis(model(x), 0, 2)  # the wrong axis is summed over
    o = np.moveaxis(np.log(softmax(o)), 2, 0)
    t, b = np.indices(y.shape)
    return (m * o[t, b, y]).sum(axis=0)


def _ll_fed_its_own(model, y, begin, end, pad):
    """A free run: the model reads its own most probable symbols."""
    m = shift(y, begin, end, pad)[1]
    x = np.full(y.shape, begin)
    for t in range(1, len(y)):
        x[t] = model(x[:t])[-1].argmax(axis=1)
    return (m * _of_targets(model(x), y)).sum(axis=0)


def _ids(rng: np.random.Generator, pad_is_end: bool = False) -> tuple[int, int, int]:
    begin, end, pad = (int(i) for i in rng.permutation(V)[:3])
    return begin, end, end if pad_is_end else pad


def _texts(
    rng: np.random.Generator, T: int, lengths: Sequence[int], ids: tuple[int, int, int]
) -> Array:
    """Texts of so many symbols as columns: END and padding behind, if there is room."""
    _, end, pad = ids
    symbols = [i for i in range(V) if i not in ids]
    y = np.full((T, len(lengths)), pad)
    for b, n in enumerate(lengths):
        y[:n, b] = rng.choice(symbols, size=n)
        if n < T:
            y[n, b] = end
    return y


def _words(ids: tuple[int, int, int]) -> str:
    begin, end, pad = ids
    return f"begin = {begin}, end = {end}, pad = {pad}"


def _as_pair(value: Any, shape: tuple[int, int]) -> tuple[Array, Array]:
    """x and m, as numbers of that shape."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Wrong(f"expected a pair (x, m) of arrays, got {kind_of(value)}.")
    x = as_array(value[0], shape, "x")
    m = np.asarray(value[1])
    m = as_array(m.astype(float) if m.dtype.kind == "b" else m, shape, "m")
    return x, m


def _column(values: Array) -> str:
    return "[" + ", ".join(f"{v:g}" for v in values) + "]"


def _expect_shift(
    ask: Ask,
    y: Array,
    ids: tuple[int, int, int],
    where: str,
    hint: str = "",
    mask: bool = True,
    about: Callable[[Array], bool] = lambda text: True,
) -> None:
    """hint: said of the texts that it is about."""
    args = (y, *ids)
    reply = ask(SHIFT, *args)
    x, m = _as_pair(reply.value, y.shape)
    want_x, want_m = shift(y, *ids)
    for b in range(y.shape[1]):
        told = f"{where} ({_words(ids)}), the text {_column(y[:, b])}:"
        tip = f" {hint}" if hint and about(y[:, b]) else ""
        if not np.array_equal(x[:, b], want_x[:, b]):
            raise Wrong(
                f"{told} your x is {_column(x[:, b])}, expected {_column(want_x[:, b])}.{tip}"
            )
        if mask and not np.array_equal(m[:, b], want_m[:, b]):
            raise Wrong(
                f"{told} your m is {_column(m[:, b])}, expected {_column(want_m[:, b])}.{tip}"
            )
    if mask:
        expect_untouched(reply, args, "y begin end pad")


def _test_equal(ask: Ask, rng: np.random.Generator) -> None:
    for T, B in ((6, 3), (4, 5), (1, 2)):
        ids = _ids(rng)
        y = _texts(rng, T, [T - 1] * B, ids)
        _expect_shift(ask, y, ids, "texts that end in the last row", mask=False)


def _test_unequal(ask: Ask, rng: np.random.Generator) -> None:
    for T, lengths in ((6, (2, 5, 3, 1)), (8, (4, 0, 2, 5))):
        ids = _ids(rng)
        y = _texts(rng, T, lengths, ids)
        _expect_shift(ask, y, ids, "texts of different lengths")


def _test_odd(ask: Ask, rng: np.random.Generator) -> None:
    ids = _ids(rng)
    y = _texts(rng, 5, (2, 5, 3, 5), ids)
    _expect_shift(
        ask,
        y,
        ids,
        "some texts are cut off",
        "A text that has no END in the box fills its column: all its rows count.",
        about=lambda text: ids[1] not in text,
    )
    same = _ids(rng, pad_is_end=True)
    y = _texts(rng, 6, (2, 6, 1, 4, 0), same)
    _expect_shift(
        ask,
        y,
        same,
        "padding has the number of END",
        "Only the first END of a text is its end.",
        about=lambda text: np.sum(text == same[1]) > 1,
    )


def _everything(T: int, end: int) -> Array:
    """All texts of fewer than T symbols, ended and padded with END, and all of T."""
    others = [i for i in range(V) if i != end]
    columns = [
        (*text, *[end] * (T - n))
        for n in range(T + 1)
        for text in itertools.product(others, repeat=n)
    ]
    return np.array(columns).T


LOG_HINTS = (
    (_ll_padding_counted, "That counts the padding too."),
    (_ll_without_end, "END is missing: it is predicted like any other symbol."),
    (_ll_mean, "That is the mean over the steps."),
    (_ll_negative, "That is the loss; the log-likelihood has the other sign."),
    (_ll_bits, "That is in bits."),
    (_ll_first_step_missing, "The first step is missing."),
    (_ll_of_logits, "Those are logits: subtract the log of the sum of exponentials."),
    (_ll_of_lowered_logits, "Those are logits minus the largest, no probabilities."),
)


def _expect_finite(
    ask: Ask, name: str, y: Array, ids: tuple[int, int, int], why: str
) -> None:
    """The right number where a computer's numbers are too small, or too large."""
    value = ask(LOG, Given(name), y, *ids).value
    want = alone(ask.given("model"), y, *ids[:2])
    array = np.asarray(value)
    if array.dtype.kind == "f" and array.shape == want.shape:
        wrong = ~np.isfinite(array)
        if wrong.any():
            raise Wrong(
                f"for {name} and texts of {len(y)} rows the log-likelihood is {array[wrong][0]}. {why}"
            )
    if not near(as_array(value, want.shape, "the log-likelihood"), want):
        raise Wrong(
            f"for {name} and texts of {len(y)} rows the log-likelihoods differ from those of the texts alone. {why}"
        )


LONG = "The probability of a text of hundreds of symbols is smaller than the smallest float: multiply nothing, add up logarithms."
HIGH = "A constant added to all logits of a row changes no probability, but exp(1000) is beyond the largest float: subtract the largest logit of each row first."


def _test_log_likelihood(ask: Ask, rng: np.random.Generator) -> None:
    model = ask.given("model")
    for T, lengths, same in ((6, (2, 6, 3, 0), False), (5, (1, 4, 5), True)):
        ids = _ids(rng, same)
        y = _texts(rng, T, lengths, ids)
        args = (Given("model"), y, *ids)
        reply = ask(LOG, *args)
        want = alone(model, y, *ids[:2])
        got = as_array(reply.value, want.shape, "the log-likelihood")
        if not near(got, want):
            hint = ""
            for function, text in LOG_HINTS:
                if near(got, function(model, y, *ids)):
                    hint = " " + text
            if not hint and near(got, want, 0.05):
                hint = " They are nearly right: is something added inside a logarithm?"
            raise Wrong(
                f"the log-likelihoods differ from those of the texts alone, without any padding.{hint}"
            )
        expect_untouched(reply, args, "model y begin end pad")
    begin, end, _ = _ids(rng)
    y = _everything(3, end)
    got = as_array(
        ask(LOG, Given("model"), y, begin, end, end).value,
        (y.shape[1],),
        "the log-likelihood",
    )
    total = np.exp(got).sum()
    if abs(total - 1) > 1e-4:
        raise Wrong(
            f"the probabilities of all {y.shape[1]} texts that fit into three rows add up to {total:.4g}, not to 1."
        )
    ids = _ids(rng)
    _expect_finite(ask, "model", _texts(rng, 500, (499, 500), ids), ids, LONG)
    ids = _ids(rng)
    _expect_finite(ask, "lifted", _texts(rng, 6, (4, 6, 2), ids), ids, HIGH)


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for T, lengths, same in (
        (6, (2, 5, 3, 1), False),
        (7, (4, 7, 0, 5), False),
        (6, (3, 6, 1, 4), True),
        (5, (4, 4, 4), False),
    ):
        ids = _ids(rng, same)
        y = _texts(rng, T, lengths, ids)
        calls += [Call(SHIFT, y, *ids), Call(LOG, Given("model"), y, *ids)]
    return calls


WAYS, TRAPS, LIKELY = "§6.1, eq-tf-ll", "§6.10", "§6.1, eq-tf-ll"

QUESTION = Question(
    id="06.1",
    title="what is read, what is predicted",
    answers=(SHIFT, LOG),
    reference={SHIFT: shift, LOG: log_likelihood},
    properties=(
        Property(
            "Texts that all end in the last row: each is read one step late, after `begin` (m is forgiven here)",
            1,
            _test_equal,
            WAYS,
        ),
        Property(
            "Texts of different lengths: END is a target and is never read, and padding is neither",
            1,
            _test_unequal,
            "§6.1 and §6.10",
        ),
        Property(
            "Texts that were cut off before their END, and padding that has END's number",
            1,
            _test_odd,
            TRAPS,
        ),
        Property(
            "The log-likelihood is that of each text alone, and all possible texts together have probability 1",
            1,
            _test_log_likelihood,
            LIKELY,
        ),
    ),
    misconceptions=(
        Misconception(
            "reads what it has to predict",
            _reads_the_answer,
            "Your x has in row t the very symbol that row t has to predict. A network learns to copy it, its loss goes to zero, and it has learnt nothing. In row t stands y[t − 1].",
            WAYS,
        ),
        Misconception(
            "no beginning",
            _no_begin,
            "Your x has a row too few: it begins with the first symbol, so that nothing predicts that one. Before the first symbol the network reads `begin`.",
            WAYS,
        ),
        Misconception(
            "nothing taken away at the end",
            _nothing_cut,
            "Your x has a row too many. `begin` comes in front, and what stood in the last row goes: it is predicted, and nothing is left to be predicted from it.",
            WAYS,
        ),
        Misconception(
            "END read by the shorter texts",
            _end_read,
            "You move all columns down by one row. That takes END away from the texts that end in the last row, and from no other: the shorter ones read their END, as if something came after it. Put `pad` wherever the text is over.",
            TRAPS,
        ),
        Misconception(
            "END read, and padding known by its number",
            _end_read_and_pad_compared,
            "Two things. The shorter texts read their END: moving all columns down by one row takes it away in the last row alone. And m compares with `pad`, so that END is lost as a target where both have one number, and nothing ever learns to stop.",
            TRAPS,
        ),
        Misconception(
            "padding known by its number",
            _pad_compared,
            "Your m is y != pad. Where padding has the number of END, the END of every text is taken for padding, and a network trained so never learns to stop. The first END of a column is a target; what is below it is padding.",
            TRAPS,
        ),
        Misconception(
            "END no target",
            _end_no_target,
            "In your m END does not count. Then nobody teaches the network to stop. END is predicted like any symbol; it is only never read.",
            WAYS,
        ),
        Misconception(
            "shifted the other way",
            _shifted_back,
            "You shift the wrong way: in row t the network reads y[t + 1], which lies in the future of what it has to predict. It reads y[t − 1].",
            WAYS,
        ),
        Misconception(
            "rolled",
            _rolled,
            "np.roll brings the last row round to the front: each text begins with its own end or with padding. Row 0 is `begin`.",
            WAYS,
        ),
        Misconception(
            "rolled, and padded",
            _rolled_and_padded,
            "Row 0 of your x has what np.roll brought round from the last row. It has to be `begin` in every column; the rest is right.",
            WAYS,
        ),
        Misconception(
            "padded, then rolled",
            _padded_and_rolled,
            "You put in the padding first and roll then: row 0 has what came round from the last row, `pad` or the last symbol of a text that was cut off. It has to be `begin` in every column; the rows below are right.",
            WAYS,
        ),
        Misconception(
            "empty texts do not begin",
            _empty_ones_begin_not,
            "Where a text is empty your x begins with `pad`. Its END is a target too, and it is predicted from `begin`, like the first symbol of any other text.",
            WAYS,
        ),
        Misconception(
            "shifted along the batch",
            _along_the_batch,
            "You shift along the wrong axis: each text reads the text beside it. Time is axis 0, y has the shape (T, B).",
            WAYS,
        ),
        Misconception(
            "argmax of nothing",
            _argmax_of_nothing,
            "A text that was cut off has no END, and np.argmax of a column without a True is 0: you take it for a text whose END stands in row 0. All its rows count.",
            TRAPS,
        ),
        Misconception(
            "the last END",
            _last_end,
            "You look for the last END of a column. Where padding has the same number, that is the last row, and the padding counts. The text is over after its *first* END.",
            TRAPS,
        ),
        Misconception(
            "one length for all",
            _one_length,
            "You use the length of the first text for all. Each column has an END of its own.",
            WAYS,
        ),
        Misconception(
            "cut texts thrown away",
            _cut_ones_thrown_away,
            "Texts without an END do not count at all in your m. They were cut off by the box, and every symbol of theirs that is there is a target.",
            TRAPS,
        ),
        Misconception(
            "last symbol of a cut text not counted",
            _last_of_the_cut_not_a_target,
            "In a text that was cut off, the symbol in the last row does not count in your m. It is not read, since nothing comes after it in the box, but it is predicted from what was before.",
            TRAPS,
        ),
        Misconception(
            "`begin` in the padding",
            _begin_in_the_padding,
            "Where a text is over, you feed `begin`. To the network that is the start of another text; the task asks for `pad`.",
            TRAPS,
        ),
        Misconception(
            "END in the padding",
            _end_in_the_padding,
            "Where a text is over, you feed END. END is never read; the task asks for `pad`.",
            TRAPS,
        ),
        Misconception(
            "y overwritten",
            _in_place,
            "The result is right, but you made it inside y: the caller's targets are gone, and the loss would compare the network with its own inputs. Work on a new array.",
            WAYS,
        ),
        Misconception(
            "the row of `begin` not counted",
            _begin_not_counted,
            "Your m has 0 in the first row. There the network reads `begin` and predicts the first symbol, which counts: m is about what is predicted, not about what is read.",
            WAYS,
        ),
        Misconception(
            "the mask shifted with the input",
            _mask_shifted_too,
            "You shifted m along with x, so it counts one row too many: the first of the padding. m belongs to the targets, y, which were not moved.",
            WAYS,
        ),
        Misconception(
            "everything read and counted",
            _all_counted_end_read,
            "You move the rows down by one, and count every row. That is right for texts that end in the last row; the shorter ones read their END, and are asked to predict padding.",
            "§6.1 and §6.10",
        ),
        Misconception(
            "padding counted",
            _all_counted,
            "Your m is 1 everywhere, so the network is asked to predict padding. Below its END a text has nothing to predict.",
            WAYS,
        ),
        Misconception(
            "last symbol not read",
            _last_symbol_not_read,
            "In the row where END is predicted your x has `pad` already. There the last symbol is read: END is predicted from it. The text is over one row later.",
            WAYS,
        ),
        Misconception(
            "the row of END taken for padding",
            _row_of_end_over,
            "You treat the row of END as padding, in x and in m. END is a target, predicted from the last symbol; padding starts one row below.",
            WAYS,
        ),
        Misconception(
            "pair the wrong way round",
            _pair_turned,
            "You return (m, x); the task asks for (x, m).",
            WAYS,
        ),
        Misconception(
            "targets returned for the mask",
            _targets_for_mask,
            "Your second array is y. The targets are there already; what is missing is m, which says which of them count.",
            WAYS,
        ),
        Misconception(
            "padding in the sum",
            {LOG: _ll_padding_counted},
            "Your sum counts the padding. Below its END a text has no symbols, and a text alone would have none of these terms.",
            LIKELY,
        ),
        Misconception(
            "END not in the sum",
            {LOG: _ll_without_end},
            "The term of END is missing in your sum. A text is its symbols *and* that nothing comes after them; without it the probabilities of all texts add up to more than 1.",
            LIKELY,
        ),
        Misconception(
            "logits taken for log probabilities",
            {LOG: _ll_of_logits},
            "You add up the logits. A logit is a log probability up to a constant that differs from row to row: subtract the logarithm of the sum of their exponentials.",
            LIKELY,
        ),
        Misconception(
            "logits minus the largest",
            {LOG: _ll_of_lowered_logits},
            "You subtract the largest logit of a row, which keeps exp from overflowing, and stop there. A logarithm of a probability is the logit minus the logarithm of the *sum* of exponentials.",
            LIKELY,
        ),
        Misconception(
            "mean over the steps",
            {LOG: _ll_mean},
            "You divide by the number of steps. The probability of a text is the product of all steps, so its logarithm is their sum.",
            LIKELY,
        ),
        Misconception(
            "divided by T",
            {LOG: _ll_by_rows},
            "You divide by the number of rows. The log-likelihood of a text is a sum; and it must not depend on how long the longest text of its batch is.",
            LIKELY,
        ),
        Misconception(
            "the other sign",
            {LOG: _ll_negative},
            "That is the loss. A probability is at most 1, so a log-likelihood is at most 0.",
            LIKELY,
        ),
        Misconception(
            "the answer read in log_likelihood",
            {LOG: _ll_reads_the_answer},
            "Your model has read y[t] when it predicts y[t]. The number looks better than it is, and the probabilities of all texts do not add up to 1. Feed it the x of your `shift`.",
            LIKELY,
        ),
        Misconception(
            "outputs compared one row late",
            {LOG: _ll_one_row_late},
            "You compare row t of the logits with y[t − 1]. The shift was made in x already: o[t] has read x[t] = y[t − 1] and predicts y[t].",
            LIKELY,
        ),
        Misconception(
            "outputs compared one row early",
            {LOG: _ll_one_row_early},
            "You compare row t of the logits with y[t + 1]. That slice is for targets that have `begin` in front; y has none. o[0] has read `begin` and predicts y[0].",
            LIKELY,
        ),
        Misconception(
            "bits",
            {LOG: _ll_bits},
            "Your logarithms are to base 2. The log-likelihood is meant in nats, with the natural logarithm.",
            LIKELY,
        ),
        Misconception(
            "one number for the batch",
            {LOG: _ll_of_the_batch},
            "You sum over the batch too. The task asks for one number a text: sum over time, axis 0.",
            LIKELY,
        ),
        Misconception(
            "first step missing",
            {LOG: _ll_first_step_missing},
            "The first step is missing in your sum: the probability of y[0] after `begin` is a factor like the others.",
            LIKELY,
        ),
        Misconception(
            "probability of what was read",
            {LOG: _ll_of_what_was_read},
            "You look up the probability of x, which the network has read, instead of that of y, which it has to predict.",
            LIKELY,
        ),
        Misconception(
            "exponential taken",
            {LOG: _ll_exponentiated},
            "That is the probability, not its logarithm. For a text of a few hundred symbols it would be 0 in a computer.",
            LIKELY,
        ),
        Misconception(
            "sum of the probabilities",
            {LOG: _ll_sum_of_probabilities},
            "You add up the probabilities of the steps. They are multiplied: add up their logarithms.",
            LIKELY,
        ),
        Misconception(
            "logarithm of a sum",
            {LOG: _ll_log_of_a_sum},
            "You take the logarithm of a sum of probabilities. The steps are multiplied: first the logarithm of each, then the sum.",
            LIKELY,
        ),
        Misconception(
            "the most probable symbol's probability",
            {LOG: _ll_most_probable},
            "You take the probability of the symbol that the model likes best. What counts is the one that really came, y[t].",
            LIKELY,
        ),
        Misconception(
            "softmax over time",
            {LOG: _ll_softmax_over_time},
            "Your softmax runs along time, so each symbol's probabilities add up to 1 over the rows of a text. It belongs to the last axis, over the V symbols of one row.",
            LIKELY,
        ),
        Misconception(
            "a free run",
            {LOG: _ll_fed_its_own},
            "You let the model read its own most probable symbols. The probability of a text is a product of steps that have read the *true* beginning of it: that is what teacher forcing computes.",
            LIKELY,
        ),
    ),
    cases=_cases,
)
