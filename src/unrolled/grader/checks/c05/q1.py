"""Question 5.1: perplexity and bits a character."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c05.common import softmax
from unrolled.grader.checks.judging import Array, expect_number
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong

Batches = list[tuple[Array, Array]]


def perplexity(batches: Batches) -> float:
    return np.exp(np.mean(_nats(batches)))


def bits_per_character(batches: Batches, width: Array) -> float:
    return np.sum(_nats(batches)) / np.log(2) / np.sum(width[_words(batches)])


def _log_p(o: Array) -> Array:
    z = o - o.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def _nats(batches: Batches) -> Array:
    """The loss of every real symbol of all batches, one after the other."""
    found = [
        -np.take_along_axis(_log_p(o[y >= 0]), y[y >= 0][:, None], axis=1)[:, 0]
        for o, y in batches
    ]
    return np.concatenate(found)


def _nats_with_padding(batches: Batches) -> Array:
    """As a program computes them that lets -1 count from the end."""
    found = []
    for o, y in batches:
        flat = _log_p(o.reshape(-1, o.shape[-1]))
        found.append(-flat[np.arange(y.size), y.ravel()])
    return np.concatenate(found)


def _words(batches: Batches) -> Array:
    return np.concatenate([y[y >= 0] for _, y in batches])


def _mean_of_exp(batches):
    return np.mean(np.exp(_nats(batches)))


def _two_to_the_nats(batches):
    return 2 ** np.mean(_nats(batches))


def _no_exp(batches):
    return np.mean(_nats(batches))


def _exp_of_the_sum(batches):
    return np.exp(np.sum(_nats(batches)))


def _e_to_the_bits(batches):
    return np.exp(np.mean(_nats(batches)) / np.log(2))


def _mean_of_batch_perplexities(batches):
    return np.mean([perplexity([pair]) for pair in batches])


def _mean_of_batch_losses(batches):
    return np.exp(np.mean([np.mean(_nats([pair])) for pair in batches]))


def _texts(batches):
    return [
        (o[:, [b]], y[:, [b]])
        for o, y in batches
        for b in range(y.shape[1])
        if (y[:, b] >= 0).any()
    ]


def _mean_of_text_losses(batches):
    return np.exp(np.mean([np.mean(_nats([text])) for text in _texts(batches)]))


def _mean_of_text_perplexities(batches):
    return np.mean([perplexity([text]) for text in _texts(batches)])


def _padding_in_the_divisor(batches):
    return np.exp(np.sum(_nats(batches)) / sum(y.size for _, y in batches))


def _padding_read_as_the_last_symbol(batches):
    return np.exp(np.mean(_nats_with_padding(batches)))


def _padding_in_the_sum(batches):
    return np.exp(np.sum(_nats_with_padding(batches)) / len(_words(batches)))


def _logits_as_logarithms(batches):
    total = 0.0
    for o, y in batches:
        total -= np.sum(np.take_along_axis(o[y >= 0], y[y >= 0][:, None], axis=1))
    return np.exp(total / len(_words(batches)))


def _softmax_twice(batches):
    with np.errstate(all="ignore"):
        return perplexity([(softmax(o), y) for o, y in batches])


def _not_shifted(batches):
    total = 0.0
    with np.errstate(all="ignore"):
        for o, y in batches:
            e = np.exp(o[y >= 0])
            p = np.take_along_axis(e, y[y >= 0][:, None], axis=1)[:, 0] / e.sum(axis=1)
            total -= np.sum(np.log(p))
        return np.exp(total / len(_words(batches)))


def _nats_of_probabilities(batches, logarithm):
    found = []
    for o, y in batches:
        p = softmax(o[y >= 0])
        found.append(np.take_along_axis(p, y[y >= 0][:, None], axis=1)[:, 0])
    return -np.mean(logarithm(np.concatenate(found)))


def _constant_in_the_logarithm(batches):
    return np.exp(_nats_of_probabilities(batches, lambda p: np.log(p + 1e-12)))


def _clipped(batches):
    def logarithm(p):
        return np.log(np.clip(p, 1e-9, 1))

    return np.exp(_nats_of_probabilities(batches, logarithm))


def _without_symbol_0(batches):
    return [(o, np.where(y > 0, y, -1)) for o, y in batches]


def _symbol_0_left_out(batches):
    return perplexity(_without_symbol_0(batches))


def _one_maximum(batches):
    """One maximum for the batch: the rows far below it are log 0."""
    found = []
    with np.errstate(all="ignore"):
        for o, y in batches:
            z = o[y >= 0] - o[y >= 0].max()
            log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
            found.append(-np.take_along_axis(log_p, y[y >= 0][:, None], axis=1))
        return np.exp(np.mean(np.concatenate(found)))


def _one_maximum_divided(batches):
    """The same with a division: the rows far below it are 0/0."""
    found = []
    with np.errstate(all="ignore"):
        for o, y in batches:
            w = np.exp(o[y >= 0] - o[y >= 0].max())
            p = w / w.sum(axis=1, keepdims=True)
            found.append(np.take_along_axis(p, y[y >= 0][:, None], axis=1))
        return np.exp(-np.mean(np.log(np.concatenate(found))))


def _bits_of_logits(batches, width):
    total = np.log(_logits_as_logarithms(batches)) * len(_words(batches))
    return total / np.log(2) / np.sum(width[_words(batches)])


def _bits_without_symbol_0(batches, width):
    return bits_per_character(_without_symbol_0(batches), width)


def _bits_a_word(batches, width):
    return np.mean(_nats(batches)) / np.log(2)


def _nats_a_character(batches, width):
    return np.sum(_nats(batches)) / np.sum(width[_words(batches)])


def _times_ln_2(batches, width):
    return np.sum(_nats(batches)) * np.log(2) / np.sum(width[_words(batches)])


def _width_of_the_dictionary(batches, width):
    return np.mean(_nats(batches)) / np.log(2) / np.mean(width)


def _mean_of_the_ratios(batches, width):
    return np.mean(_nats(batches) / width[_words(batches)]) / np.log(2)


def _mean_of_batch_ratios(batches, width):
    return np.mean([bits_per_character([pair], width) for pair in batches])


def _width_of_the_padding(batches, width):
    characters = sum(np.sum(width[y]) for _, y in batches)
    return np.sum(_nats(batches)) / np.log(2) / characters


def _log_of_the_perplexity_a_character(batches, width):
    """log2 of (perplexity divided by the mean width)."""
    return np.log2(perplexity(batches) / np.mean(width[_words(batches)]))


def _draw(
    rng: np.random.Generator,
    sizes: list[tuple[int, int]],
    V: int,
    padded: bool,
    spoiled: bool = False,
    size: float = 1.5,
) -> Batches:
    """Batches of texts; logits of padding are numbers, or NaN where spoiled."""
    batches = []
    for T, B in sizes:
        o, y = size * rng.standard_normal((T, B, V)), rng.integers(V, size=(T, B))
        if padded:
            lengths = np.array([T] + [int(n) for n in rng.integers(1, T, size=B - 1)])
            beyond = np.arange(T)[:, None] >= lengths
            y[beyond] = -1
            if spoiled:
                o[beyond] = np.nan
        batches.append((o, y))
    return batches


def _surprised(rng: np.random.Generator, V: int) -> tuple[Batches, float]:
    """A batch without padding, and what its one very improbable symbol costs."""
    [(o, y)] = batches = _draw(rng, [(4, 2)], V, padded=False)
    o[2, 1, y[2, 1]] = o[2, 1].max() - rng.uniform(42.0, 56.0)
    return batches, float(_nats([(o[[2]][:, [1]], y[[2]][:, [1]])])[0])


def _widths(rng: np.random.Generator, V: int) -> Array:
    return rng.permutation(V) + 2


HINTS = (
    (_mean_of_exp, "That is the mean of 1/p: the mean belongs inside the exponent."),
    (_two_to_the_nats, "That is 2 to the power of nats: nats go with e, bits with 2."),
    (_no_exp, "That is the mean loss in nats: its exponential is the perplexity."),
    (_symbol_0_left_out, "Symbol 0 is a symbol: padding is −1 alone."),
    (_logits_as_logarithms, "Logits are not log probabilities: normalise each row."),
    (_softmax_twice, "That is what a softmax of a softmax gives."),
)


def _expect_perplexity(
    ask: Ask, batches: Batches, where: str, others: Any = HINTS
) -> None:
    reply = ask("perplexity", batches)
    want = perplexity(batches)
    hints = [(float(f(batches)), hint) for f, hint in others]
    expect_number(reply.value, want, where, hints)
    for (o, y), (o_after, y_after) in zip(batches, reply.args_after[0], strict=True):
        if not (np.array_equal(o, o_after, True) and np.array_equal(y, y_after)):
            raise Wrong("the call changed the batches, which are the caller's.")


def _test_one_batch(ask: Ask, rng: np.random.Generator) -> None:
    for (T, B), V in (((4, 3), 5), ((1, 2), 3), ((6, 1), 4)):
        batches = _draw(rng, [(T, B)], V, padded=False)
        where = f"for one batch without padding, T = {T} and B = {B},"
        _expect_perplexity(ask, batches, where)


def _test_padding(ask: Ask, rng: np.random.Generator) -> None:
    hints = (
        (_padding_in_the_divisor, "You divide by T·B: padding is no symbol."),
        (
            _padding_read_as_the_last_symbol,
            "The padding is counted: −1 picks the last symbol of a row.",
        ),
        (_padding_in_the_sum, "The losses of padding are in the sum."),
    )
    batches = _draw(rng, [(7, 4)], 5, padded=True)
    _expect_perplexity(ask, batches, "for one batch with padding", hints)
    batches = _draw(rng, [(6, 3)], 4, padded=True, spoiled=True)
    value = np.asarray(ask("perplexity", batches).value)
    if value.dtype.kind == "f" and value.shape == () and not np.isfinite(value):
        raise Wrong(
            "with NaN in the logits of the padding the result is not finite: choose the real rows before anything is computed (0 times NaN is NaN)."
        )
    _expect_perplexity(ask, batches, "with NaN in the logits of the padding", hints)
    batches = _draw(rng, [(5, 3)], 4, padded=True)
    for o, y in batches:
        o += 900.0 * rng.choice([-1, 1], size=y.shape)[..., None]
    value = np.asarray(ask("perplexity", batches).value)
    if value.dtype.kind == "f" and value.shape == () and not np.isfinite(value):
        raise Wrong(
            "with logits of several hundred the result is not finite: subtract the largest logit of each row before the exponential (of each row, not one for the batch)."
        )
    shifts = ((_one_maximum, "Each row needs its own largest logit subtracted."),)
    where = "with logits of several hundred"
    _expect_perplexity(ask, batches, where, (*hints, *shifts))
    _expect_surprise(ask, rng)


def _expect_surprise(ask: Ask, rng: np.random.Generator) -> None:
    batches, nats = _surprised(rng, 5)
    where = f"with one symbol that costs {nats:.0f} nats"
    value = np.asarray(ask("perplexity", batches).value)
    if value.dtype.kind == "f" and value.shape == () and value > 0:
        total = len(_words(batches)) * np.log(value)
        charged = float(total - (np.sum(_nats(batches)) - nats))
        if 5 < charged < nats - 0.5:
            raise Wrong(
                f"{where} your result is that of {charged:.3g} nats for it: a constant added to p before the logarithm, or a bound, hides great surprises. Compute log p from the logits."
            )
    _expect_perplexity(ask, batches, where)


def _test_several_batches(ask: Ask, rng: np.random.Generator) -> None:
    hints = (
        (
            _mean_of_batch_perplexities,
            "That is the mean of the batches' perplexities.",
        ),
        (
            _mean_of_batch_losses,
            "That gives each batch the same weight, however many symbols it has.",
        ),
        (
            _mean_of_text_losses,
            "That gives each text the same weight, however long it is.",
        ),
        *HINTS,
    )
    for sizes in ([(2, 3), (7, 2), (4, 1)], [(9, 1), (1, 2)]):
        batches = _draw(rng, sizes, 4, padded=False)
        where = f"for {len(sizes)} batches of different sizes"
        _expect_perplexity(ask, batches, where, hints)


BITS_HINTS = (
    (_bits_a_word, "Those are bits a word: divide by the characters."),
    (_nats_a_character, "Those are nats a character."),
    (_times_ln_2, "One bit is ln 2 nats, so nats are divided by ln 2."),
    (
        _width_of_the_dictionary,
        "That divides by the mean width of the dictionary; count the characters of the words that came.",
    ),
    (
        _mean_of_the_ratios,
        "That is a mean of ratios: divide all bits by all characters.",
    ),
    (
        _mean_of_batch_ratios,
        "That gives each batch the same weight.",
    ),
    (_bits_of_logits, "Logits are not log probabilities: normalise each row."),
    (_bits_without_symbol_0, "Symbol 0 is a word: padding is −1 alone."),
    (_width_of_the_padding, "The padding is counted among the characters."),
)


def _test_bits(ask: Ask, rng: np.random.Generator) -> None:
    for sizes, padded in (([(4, 3)], False), ([(3, 2), (6, 3)], True)):
        batches, width = _draw(rng, sizes, 6, padded), _widths(rng, 6)
        want = bits_per_character(batches, width)
        hints = [(float(f(batches, width)), hint) for f, hint in BITS_HINTS]
        what = "with" if padded else "without"
        count = "one batch" if len(sizes) == 1 else f"{len(sizes)} batches"
        where = f"for {count} {what} padding"
        value = ask("bits_per_character", batches, width).value
        expect_number(value, want, where, hints)


def _cases(rng: np.random.Generator) -> list[Call]:
    plain = _draw(rng, [(3, 2)], 4, padded=False)
    several = _draw(rng, [(4, 3), (2, 2), (7, 2)], 5, padded=True)
    large = _draw(rng, [(3, 2)], 4, padded=False)
    large = [(o + 900.0, y) for o, y in large]
    width = _widths(rng, 5)
    [(o, y)] = _draw(rng, [(3, 2)], 4, padded=False)
    mixed = [(o + np.array([[900.0, -900.0]] * 3)[..., None], y)]
    y[0] = [0, 1]
    several[0][1][0] = [0, 1, 2]
    surprised, _ = _surprised(rng, 4)
    texts = (plain, several, large, mixed, surprised)
    return [
        *(Call("perplexity", b) for b in texts),
        Call("bits_per_character", several, width),
        Call("bits_per_character", several[:1], width),
        Call("bits_per_character", plain, _widths(rng, 4)),
    ]


BITS = "bits_per_character"

QUESTION = Question(
    id="05.1",
    title="one number for a test set",
    answers=("perplexity", BITS),
    reference={"perplexity": perplexity, BITS: bits_per_character},
    properties=(
        Property(
            "perplexity is the exponential of the mean loss, for one batch without padding",
            1,
            _test_one_batch,
            "§5.1, eq-ppl",
        ),
        Property(
            "Padding counts nowhere in it, whatever stands there, logits may be large, and a symbol of 50 nats costs 50 nats",
            1,
            _test_padding,
            "§5.1, eq-ppl",
        ),
        Property(
            "Every symbol of several batches counts once",
            1,
            _test_several_batches,
            "§5.1, eq-ppl",
        ),
        Property(
            "bits_per_character is all the bits divided by all the characters",
            1,
            _test_bits,
            "§5.1, eq-bpc, and §5.8",
        ),
    ),
    misconceptions=(
        Misconception(
            "mean of the exponentials",
            _mean_of_exp,
            "You take the exponential of every symbol's loss and average these. That is the mean of 1/p, in which one surprising symbol outweighs a thousand good guesses. The mean is taken of the losses, and one exponential comes last.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "2 to the power of nats",
            _two_to_the_nats,
            "You raise 2 to a loss that is in nats. Nats belong to e, bits to 2: either exp of the mean in nats or 2 to the power of the mean in bits, and both give the same perplexity.",
            "§5.1, eq-ppl and eq-bpc",
        ),
        Misconception(
            "e to the power of bits",
            _e_to_the_bits,
            "You take exp of a loss that is in bits. Bits belong to 2, nats to e; a perplexity does not depend on the unit in which the loss was kept.",
            "§5.1, eq-ppl and eq-bpc",
        ),
        Misconception(
            "mean loss instead of perplexity",
            _no_exp,
            "You return the mean loss in nats. The perplexity is its exponential: a model that hesitates between two equal symbols has loss ln 2 and perplexity 2.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "exponential of the sum",
            _exp_of_the_sum,
            "You take the exponential of the summed loss. That is one over the probability of the whole test set, and it grows with its length; divide the sum by the number of symbols first.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "mean of the batches' perplexities",
            _mean_of_batch_perplexities,
            "You compute a perplexity for each batch and average these. Add up the losses of all batches and count all their symbols; one division and one exponential at the end. As it is, the result depends on how the texts were put into batches.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "mean of the batches' losses",
            _mean_of_batch_losses,
            "You average within each batch and then over the batches, so a batch with few symbols weighs as much as one with many. Keep the sum and the count of each batch and divide once.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "mean of the texts' losses",
            _mean_of_text_losses,
            "You average within each text and then over the texts, so a symbol of a short text counts more than one of a long text. The perplexity of a test set weighs symbols, not texts.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "mean of the texts' perplexities",
            _mean_of_text_perplexities,
            "You compute a perplexity for each text and average these: short texts count too much, and surprising ones far too much. All symbols of all texts go into one mean, before the exponential.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "padding in the divisor",
            _padding_in_the_divisor,
            "You leave out the losses of the padding and divide by T·B all the same. The model then looks the better the more padding there is. Divide by the number of real symbols.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "padding read as the last symbol",
            _padding_read_as_the_last_symbol,
            "Your padding is counted: the index −1 takes the last symbol of a row, without complaint. Choose the rows with y ≥ 0 before you index.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "padding in the sum",
            _padding_in_the_sum,
            "You divide by the number of real symbols, but the losses of the padding are still in the sum (−1 took the last symbol of its row). Choose the real rows before you add.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "logits taken for log probabilities",
            _logits_as_logarithms,
            "You use the logit of the true symbol as if it were its log probability. Logits are not normalised: subtract the log-sum-exp of the row first.",
            "§5.1, and §3.1 for the log-sum-exp",
        ),
        Misconception(
            "softmax twice",
            _softmax_twice,
            "You take a softmax of probabilities. The first softmax was right; its output is a distribution, of which you need the logarithm and nothing else. (A loss function that has the softmax inside wants logits.)",
            "§5.1, and §3.1",
        ),
        Misconception(
            "a small constant in the logarithm",
            _constant_in_the_logarithm,
            "You add 1e-12 to p before the logarithm, so no symbol costs more than 27.6 nats: a model that is wrong and certain looks better than it is. Take log p = logit − log-sum-exp; that is never log 0.",
            "§5.1, and §3.1 for the log-sum-exp",
        ),
        Misconception(
            "probabilities clipped",
            _clipped,
            "You clip p at 1e-9, so no symbol costs more than 20.7 nats: a model that is wrong and certain looks better than it is. Take log p = logit − log-sum-exp, which needs no bound.",
            "§5.1, and §3.1 for the log-sum-exp",
        ),
        Misconception(
            "symbol 0 taken for padding",
            _symbol_0_left_out,
            "You keep the places with y > 0, and symbol 0 is a symbol like any other. Padding is −1: keep y ≥ 0.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "one maximum for the batch",
            _one_maximum,
            "You subtract one maximum of the whole batch. A row far below it has exp 0 for every symbol, and log 0 is −inf. Subtract the largest logit of each row: `o.max(axis=-1, keepdims=True)`.",
            "§5.1, and §3.1 for the log-sum-exp",
        ),
        Misconception(
            "one maximum for the batch, divided",
            _one_maximum_divided,
            "You subtract one maximum of the whole batch. A row far below it has exp 0 for every symbol, and 0/0 is NaN. Subtract the largest logit of each row: `o.max(axis=-1, keepdims=True)`.",
            "§5.1, and §3.1 for the log-sum-exp",
        ),
        Misconception(
            "exponential of large logits",
            _not_shifted,
            "Your exponentials overflow when the logits are large, and inf/inf is NaN. Subtract the largest logit of each row first; the softmax does not change.",
            "§5.1, and §3.1 for the log-sum-exp",
        ),
        Misconception(
            "logits taken for log probabilities, in bits",
            {BITS: _bits_of_logits},
            "In bits_per_character you use the logit of the true symbol as if it were its log probability. Logits are not normalised: subtract the log-sum-exp of the row first.",
            "§5.1, and §3.1 for the log-sum-exp",
        ),
        Misconception(
            "symbol 0 taken for padding, in bits",
            {BITS: _bits_without_symbol_0},
            "In bits_per_character you keep the places with y > 0, and symbol 0 is a word like any other. Padding is −1: keep y ≥ 0.",
            "§5.1, eq-bpc",
        ),
        Misconception(
            "bits a word",
            {BITS: _bits_a_word},
            "You return bits a word. The model has fewer, longer symbols, so a word costs more than a letter would; to compare, divide by the number of characters in the test set.",
            "§5.8, eq-bpc",
        ),
        Misconception(
            "nats a character",
            {BITS: _nats_a_character},
            "You return nats a character. One bit is ln 2 nats, so divide by ln 2.",
            "§5.1, eq-bpc",
        ),
        Misconception(
            "multiplied by ln 2",
            {BITS: _times_ln_2},
            "You multiply nats by ln 2. A loss has more bits than nats (1 nat is about 1.44 bits), so divide by ln 2.",
            "§5.1, eq-bpc",
        ),
        Misconception(
            "mean width of the dictionary",
            {BITS: _width_of_the_dictionary},
            "You divide by the mean width of the words in the dictionary. Frequent words are short: count the characters of the words that really came, `width[y]` of the real symbols.",
            "§5.8, eq-bpc",
        ),
        Misconception(
            "mean of ratios",
            {BITS: _mean_of_the_ratios},
            "You divide each word's bits by its own width and average over the words, so that a short word counts as much as a long one. Bits a character is one ratio: all bits over all characters.",
            "§5.8, eq-bpc",
        ),
        Misconception(
            "mean of the batches' ratios",
            {BITS: _mean_of_batch_ratios},
            "You compute bits a character for each batch and average these. Add up bits and characters of all batches and divide once.",
            "§5.1, eq-bpc",
        ),
        Misconception(
            "width of the padding",
            {BITS: _width_of_the_padding},
            "You count characters of the padding: `width[-1]` is the width of the last word. Only the real words were written.",
            "§5.8, eq-bpc",
        ),
        Misconception(
            "perplexity divided by the width",
            {BITS: _log_of_the_perplexity_a_character},
            "You divide the perplexity by the number of characters and take the logarithm after. A word's probability is a product over its characters, so it is the logarithm that is shared out: take the logarithm first, then divide.",
            "§5.8, eq-bpc",
        ),
    ),
    cases=_cases,
)
