"""Question 2.1: the mean over real steps."""

from __future__ import annotations

import numpy as np

from unrolled.grader.checks.c02.common import part_of, some_finite
from unrolled.grader.checks.judging import Array, as_array, expect_untouched, near
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong


def masked_mean(out: Array, real: Array, weight: Array) -> Array:
    w = np.where(real, weight, 0.0)
    h = np.where(real[:, :, None], out, 0.0)
    return (w[:, :, None] * h).sum(axis=0) / w.sum(axis=0)[:, None]


def _weights_ignored(out, real, weight):
    return np.array([out[real[:, b], b].mean(axis=0) for b in range(real.shape[1])])


def _divided_by_the_count(out, real, weight):
    w = np.where(real, weight, 0.0)
    h = np.where(real[:, :, None], out, 0.0)
    return (w[:, :, None] * h).sum(axis=0) / real.sum(axis=0)[:, None]


def _divided_by_T(out, real, weight):
    w = np.where(real, weight, 0.0)
    h = np.where(real[:, :, None], out, 0.0)
    return (w[:, :, None] * h).sum(axis=0) / len(out)


def _divided_by_all_weights(out, real, weight):
    w = np.where(real, weight, 0.0)
    h = np.where(real[:, :, None], out, 0.0)
    return (w[:, :, None] * h).sum(axis=0) / weight.sum(axis=0)[:, None]


def _divided_by_the_batch(out, real, weight):
    w = np.where(real, weight, 0.0)
    h = np.where(real[:, :, None], out, 0.0)
    return (w[:, :, None] * h).sum(axis=0) / weight[real].sum()


def _plain_mean(out, real, weight):
    return out.mean(axis=0)


def _everything_in_the_mean(out, real, weight):
    return (weight[:, :, None] * out).sum(axis=0) / weight.sum(axis=0)[:, None]


def _everything_in_the_sum(out, real, weight):
    w = np.where(real, weight, 0.0)
    return (weight[:, :, None] * out).sum(axis=0) / w.sum(axis=0)[:, None]


def _times_mask(out, real, weight):
    w = weight * real
    return (w[:, :, None] * out).sum(axis=0) / w.sum(axis=0)[:, None]


def _weights_times_mask(out, real, weight):
    w = weight * real
    h = np.where(real[:, :, None], out, 0.0)
    return (w[:, :, None] * h).sum(axis=0) / w.sum(axis=0)[:, None]


def _states_times_mask(out, real, weight):
    w = np.where(real, weight, 0.0)
    return (w[:, :, None] * out).sum(axis=0) / w.sum(axis=0)[:, None]


def _nan_mean(out, real, weight):
    total = np.nansum(weight[:, :, None] * out, axis=0)
    return total / np.nansum(weight, axis=0)[:, None]


def _count_taken_for_a_length(out, real, weight):
    rows = []
    for b, n in enumerate(real.sum(axis=0)):
        w = weight[:n, b]
        rows.append(w @ out[:n, b] / w.sum())
    return np.array(rows)


def _gaps_closed(out, real, weight):
    rows = []
    for b in range(real.shape[1]):
        n = np.flatnonzero(real[:, b])[-1] + 1
        w = weight[:n, b]
        rows.append(w @ out[:n, b] / w.sum())
    return np.array(rows)


def _mean_of_the_batch(out, real, weight):
    mean = weight[real] @ out[real] / weight[real].sum()
    return np.zeros(out.shape[1:]) + mean


MEAN = "out real weight"


def _mean_arguments(
    rng: np.random.Generator,
    rows: str,
    H: int,
    padding: str = "numbers",
    weighted: bool = True,
) -> tuple[Array, Array, Array]:
    """Arguments of masked_mean.

    rows: one word for each sequence, "x" for a real step, "." for one that is not;
    padding: what stands there, "numbers", "nan" or "spoiled", in both arrays, or "nan
    in out", "nan in weight"; weighted: False for weights of 1 at the real steps.
    """
    real = np.array([[c == "x" for c in word] for word in rows.split()]).T
    out = 1.0 + rng.standard_normal((*real.shape, H))
    weight = rng.uniform(0.5, 4.0, size=real.shape) if weighted else np.ones(real.shape)
    for name, array, numbers in (("out", out, (10, 30)), ("weight", weight, (5, 9))):
        shape = array[~real].shape
        if padding in ("nan", f"nan in {name}"):
            array[~real] = np.nan
        elif padding == "spoiled":
            array[~real] = rng.choice([np.nan, np.inf, -np.inf], size=shape)
        else:
            array[~real] = rng.uniform(*numbers, size=shape)
    return out, real, weight


def _want_mean(out: Array, real: Array, weight: Array) -> Array:
    """Every weight once more, by repeated addition."""
    rows = []
    for h, r, w in zip(out.swapaxes(0, 1), real.T, weight.T, strict=True):
        share = w[r] / np.sum(w[r])
        rows.append(sum(a * v for a, v in zip(share, h[r], strict=True)))
    return np.array(rows)


def _refilled(
    args: tuple[Array, Array, Array], which: str, number: float
) -> tuple[Array, Array, Array]:
    """The arguments with a number wherever a step of `which` is not real."""
    out, real, weight = (a.copy() for a in args)
    if "out" in which:
        out[~real] = number
    if "weight" in which:
        weight[~real] = number
    return out, real, weight


def _reads(ask: Ask, args: tuple[Array, Array, Array], which: str) -> bool:
    """Whether ordinary numbers in the steps of `which` that are not real matter."""
    first, second = (
        np.asarray(ask("masked_mean", *_refilled(args, which, number)).value)
        for number in (2.0, 5.0)
    )
    return first.shape == second.shape and not near(first, second)


def _test_mean_whole(ask: Ask, rng: np.random.Generator) -> None:
    for rows, H in (("xxxxx xxxxx xxxxx", 2), ("x x", 3), ("xxxx", 1)):
        args = _mean_arguments(rng, rows, H)
        T, B = args[1].shape
        want = _want_mean(*args)
        where = f"with T = {T}, B = {B} and every step real the result"
        got = as_array(ask("masked_mean", *args).value, want.shape, where)
        if near(got, want):
            continue
        if near(got, args[0].mean(axis=0)):
            raise Wrong(f"{where} is the plain mean over time: `weight` is not in it.")
        total = want * args[2].sum(axis=0)[:, None]
        if near(got, total / T):
            raise Wrong(
                f"{where} is the weighted sum over T, the number of steps. Let all "
                "states be equal: their mean is that state. What must you divide by?"
            )
        raise Wrong(f"{where} is not the weighted mean over time of each sequence.")


GAPS = ("xx.x.. xxxxxx ..x... .xxxx.", "x.xx. x..x.", "...x")


def _test_mean_gaps(ask: Ask, rng: np.random.Generator) -> None:
    for rows, H in zip(GAPS, (3, 4, 2), strict=True):
        args = _mean_arguments(rng, rows, H, weighted=False)
        want = _want_mean(*args)
        reply = ask("masked_mean", *args)
        counts = args[1].sum(axis=0).tolist()
        where = f"with T = {len(args[1])}, {counts} real steps and weights of 1 there"
        got = as_array(reply.value, want.shape, f"{where} the result")
        if not near(got, want):
            _explain_mean(ask, args, got, want, where)
        expect_untouched(reply, args, MEAN)
        got = ask("masked_mean", *_refilled(args, "out weight", 0.0)).value
        name = "with zeros in the other steps the result"
        if not near(as_array(got, want.shape, name), want):
            raise Wrong(
                f"{name} differs from that with other numbers: take what is real from "
                "`real`, not from the values."
            )


def _explain_mean(
    ask: Ask,
    args: tuple[Array, Array, Array],
    got: Array,
    want: Array,
    where: str,
) -> None:
    """Say which of the two ingredients, sum or divisor, is off."""
    if _reads(ask, args, "out"):
        raise Wrong(
            "the result changes when only the numbers in `out` at steps that are not "
            "real change: those rows are still in your sum."
        )
    if _reads(ask, args, "weight"):
        raise Wrong(
            "the result changes when only the weights of steps that are not real "
            "change: they are still in your divisor."
        )
    factors = got / want
    if np.allclose(factors, factors[:, :1], rtol=1e-4):
        b = int(np.argmax(np.abs(factors[:, 0] - 1)))
        raise Wrong(
            f"{where} the sequence b = {b} gets {factors[b, 0]:.3g} times its mean: the "
            "sum is right and the divisor is not. How much was added up?"
        )
    raise Wrong(f"{where} the result is not the mean of each sequence's own real rows.")


def _test_mean_spoiled(ask: Ask, rng: np.random.Generator) -> None:
    for padding in ("nan", "spoiled"):
        held = "NaN" if padding == "nan" else "NaN and infinity"
        for rows, H in zip(GAPS, (3, 4, 2), strict=True):
            args = _mean_arguments(rng, rows, H, padding)
            want = _want_mean(*args)
            name = f"with {held} in the steps that are not real the result"
            got = ask("masked_mean", *args).value
            got = part_of(got, want.shape, name, ...)
            if np.isfinite(got).all() and near(got, want):
                continue
            if _reads(ask, args, "out weight"):
                raise Wrong(
                    f"{name} is wrong, and so it is with ordinary numbers there: rows "
                    "that are not real are still in your sum or your divisor. First "
                    "repair the line above."
                )
            some_finite(got, f"{name} is not finite. {_zero_times(ask, args)}")
            raise Wrong(f"{name} is not the weighted mean over the real steps.")


def _zero_times(ask: Ask, args: tuple[Array, Array, Array]) -> str:
    """Which argument's NaN got through a factor of 0."""
    without = ask("masked_mean", *_refilled(args, "weight", 1.0)).value
    name = "weight" if np.isfinite(np.asarray(without)).all() else "out"
    return (
        f"It comes from `{name}`: a factor of 0 does not remove a NaN, 0 · NaN is NaN. "
        "Leave these steps out, or replace them before you multiply (np.where)."
    )


def _mean_cases(rng: np.random.Generator) -> list[Call]:
    return [
        Call("masked_mean", *_mean_arguments(rng, rows, H, padding))
        for rows, H, padding in (
            ("xx.x. xxxxx x.x.. .xx..", 2, "numbers"),
            ("xxx.xx .x.xxx", 3, "numbers"),
            ("x.x. .xxx", 2, "nan"),
            ("x.xx. .xxx.", 2, "nan in out"),
            ("x.xx. .xxx.", 2, "nan in weight"),
        )
    ]


QUESTION = Question(
    id="02.1",
    title="the mean over real steps",
    answers=("masked_mean",),
    reference={"masked_mean": masked_mean},
    properties=(
        Property(
            "Where every step is real the result is the weighted mean over time of each sequence",
            1,
            _test_mean_whole,
            "§2.3, eq-masked-mean",
        ),
        Property(
            "With gaps and padding (and weights of 1) each sequence is averaged over its own real steps, whatever numbers stand in the others, and the arguments are left alone",
            1,
            _test_mean_gaps,
            "§2.3, eq-masked-mean",
        ),
        Property(
            "With any weights, NaN and infinity in the steps that are not real change nothing either",
            1,
            _test_mean_spoiled,
            "§2.6",
        ),
    ),
    misconceptions=(
        Misconception(
            "weights ignored",
            _weights_ignored,
            "The right steps, each counted once: `weight` is not in your mean. A state of weight 2 counts as if its step stood there twice, above the line and below.",
            "§2.3, eq-masked-mean",
        ),
        Misconception(
            "divides by the number of steps",
            _divided_by_the_count,
            "Your sum is weighted and your divisor is not: you divide by the number of real steps. If all states are equal the mean must be that state, so divide by what the weights of the real steps add up to.",
            "§2.3, eq-masked-mean",
        ),
        Misconception(
            "divides by T_max",
            _divided_by_T,
            "You divide every sum by T, the length of the array. The factor by which that is wrong depends on which longer sequence happened to share the batch. Divide each by its own total weight.",
            "§2.3, eq-masked-mean",
        ),
        Misconception(
            "all weights in the divisor",
            _divided_by_all_weights,
            "The sum is right. The divisor adds up the weights of all steps, of those that are not real too: the mask belongs to both sums.",
            "§2.3, eq-masked-mean",
        ),
        Misconception(
            "divides by the weight of the batch",
            _divided_by_the_batch,
            "`weight[real].sum()` is one number for the whole batch: a boolean index flattens both axes. Each sequence has a total of its own. Sum over time alone, and mind the broadcasting: (B, H) divided by (B, 1).",
            "§2.3, eq-masked-mean",
        ),
        Misconception(
            "plain mean",
            _plain_mean,
            "You take the plain mean over the whole time axis: neither `real` nor `weight` is in it. Steps that are not real must be neither summed nor counted, the others with their weights.",
            "§2.3, eq-masked-mean",
        ),
        Misconception(
            "everything enters the mean",
            _everything_in_the_mean,
            "You take the weighted mean over the whole time axis, padding and gaps and all. `real` says which rows are measured; the others must be neither summed nor counted, whatever their weight.",
            "§2.3, eq-masked-mean",
        ),
        Misconception(
            "everything enters the sum",
            _everything_in_the_sum,
            "You divide by the right number but sum over all rows, those that are not real included. That is right only while zeros stand there, and nothing promises that: the states a network computes on padded inputs are not zero.",
            "§2.6",
        ),
        Misconception(
            "0 times NaN",
            _times_mask,
            "Your mask is a factor of 0 where a step is not real, and 0 · NaN is NaN, as 0 · inf is. So a single bad number, in `out` or in `weight`, spoils the sequence. Select instead of multiplying: an index, or np.where.",
            "§2.6",
        ),
        Misconception(
            "0 times NaN in the weights alone",
            _weights_times_mask,
            "The states are selected, the weights are multiplied by the mask: a NaN in `weight` gets through, 0 · NaN is NaN. Nothing is promised about either array; select in both.",
            "§2.6",
        ),
        Misconception(
            "0 times NaN in the states alone",
            _states_times_mask,
            "The weights are 0 wherever a step is not real, rightly; then you multiply the states by them, and 0 · NaN is NaN. Replace the states there as well, or leave them out.",
            "§2.6",
        ),
        Misconception(
            "NaN taken for padding",
            _nan_mean,
            "np.nansum drops what is NaN, which is not the same as what is not real. A gap may hold ordinary numbers, and a NaN in a real step would be a fault to be seen, not to be dropped. Use `real`.",
            "§2.6",
        ),
        Misconception(
            "count taken for a length",
            _count_taken_for_a_length,
            "You count the real steps and take that many rows from the start. That is right for padding at the end alone; with a gap in the middle the real steps are not the first n. Use `real` itself to pick the rows.",
            "§2.6",
        ),
        Misconception(
            "gaps counted as real",
            _gaps_closed,
            "You cut each sequence after its last real step and take everything before as real. The steps missing in the middle, and those at the start, are then in the mean with whatever stands there.",
            "§2.6",
        ),
        Misconception(
            "one mean for the whole batch",
            _mean_of_the_batch,
            "You average over all real states of the batch together, so every sequence gets the same vector. Sequences of a batch only travel together: each has a mean of its own.",
            "§2.3, eq-masked-mean",
        ),
    ),
    cases=_mean_cases,
)
