"""Question 3.1: the gradient at the logits."""

from __future__ import annotations

import numpy as np

from unrolled.gradcheck import complex_step
from unrolled.grader.checks.c03.common import expect_gradient, summed_loss
from unrolled.grader.checks.judging import (
    Array,
    as_array,
    expect_untouched,
    factor,
    near,
)
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong


def grad_logits(o: Array, y: Array) -> Array:
    p = np.exp(o - o.max(axis=-1, keepdims=True))
    p = p / p.sum(axis=-1, keepdims=True)
    truth = y[..., None] == np.arange(o.shape[-1])
    return p - truth


def _softmax_twice(o, y):
    p = np.exp(o - o.max(axis=-1, keepdims=True))
    p = p / p.sum(axis=-1, keepdims=True)
    d = p - (y[..., None] == np.arange(o.shape[-1]))
    return p * (d - np.sum(p * d, axis=-1, keepdims=True))


def _mean_over_time(o, y):
    p = np.exp(o - o.max(axis=-1, keepdims=True))
    p = p / p.sum(axis=-1, keepdims=True)
    d = p - (y[..., None] == np.arange(o.shape[-1]))
    return d / y.shape[0]


def _mean_over_time_and_batch(o, y):
    p = np.exp(o - o.max(axis=-1, keepdims=True))
    p = p / p.sum(axis=-1, keepdims=True)
    d = p - (y[..., None] == np.arange(o.shape[-1]))
    return d / y.size


def _logits_as_probabilities(o, y):
    return o - (y[..., None] == np.arange(o.shape[-1]))


def _every_class_in_every_row(o, y):
    p = np.exp(o - o.max(axis=-1, keepdims=True))
    p = p / p.sum(axis=-1, keepdims=True)
    p[..., y] -= 1
    return p


def _logits_and_labels(
    rng: np.random.Generator, T: int, B: int, V: int
) -> tuple[Array, Array]:
    return 1.5 * rng.standard_normal((T, B, V)), rng.integers(V, size=(T, B))


def _test_logits_direction(ask: Ask, rng: np.random.Generator) -> None:
    o, y = _logits_and_labels(rng, T=4, B=3, V=5)
    want = complex_step(lambda z: summed_loss(z, y), o)
    got = as_array(ask("grad_logits", o, y).value, want.shape, "the result")
    if near(got, want) or factor(got, want) is not None:
        return
    if near(got, -want):
        raise Wrong(
            "the result points along falling loss: the gradient has the other sign, probabilities minus truth."
        )
    if not np.allclose(got.sum(axis=-1), 0, atol=1e-5):
        raise Wrong(
            "the entries of a row (one step, one sequence) do not sum to zero; adding one number to all logits changes no probability, so those of a gradient do."
        )
    raise Wrong(
        "the direction differs from that of the numerical gradient of the loss at the logits."
    )


def _test_logits_size(ask: Ask, rng: np.random.Generator) -> None:
    o, y = _logits_and_labels(rng, T=5, B=2, V=4)
    want = complex_step(lambda z: summed_loss(z, y), o)
    reply = ask("grad_logits", o, y)
    got = as_array(reply.value, want.shape, "the result")
    scaled = not near(got, want) and factor(got, want) is not None
    hint = "The loss is a sum, not a mean." if scaled else ""
    expect_gradient(got, want, "the result", hint)
    expect_untouched(reply, (o, y), "o y")
    o[1] *= 400.0
    o[2, 1, 3] = 800.0
    got = np.asarray(ask("grad_logits", o, y).value)
    if got.dtype.kind == "f" and not np.isfinite(got).all():
        raise Wrong(
            "with logits of several hundred the result is not finite: subtract the largest logit of each row before the exponential."
        )
    want = complex_step(lambda z: summed_loss(z, y), o)
    expect_gradient(got, want, "with logits of several hundred the result")


def _logits_cases(rng: np.random.Generator) -> list[Call]:
    return [
        Call("grad_logits", *_logits_and_labels(rng, T, B, V))
        for T, B, V in ((3, 2, 4), (2, 3, 5), (4, 4, 3))
    ]


QUESTION = Question(
    id="03.1",
    title="the gradient at the logits",
    answers=("grad_logits",),
    reference={"grad_logits": grad_logits},
    properties=(
        Property(
            "The result points along the numerical gradient of the loss (a common positive factor is forgiven here)",
            1,
            _test_logits_direction,
            "§3.2, eq-dsoftmax",
        ),
        Property(
            "It has the size of a loss summed over time and batch, also with logits of several hundred, and leaves its arguments alone",
            1,
            _test_logits_size,
            "§3.1, def-loss and eq-lse",
        ),
    ),
    misconceptions=(
        Misconception(
            "softmax differentiated twice",
            _softmax_twice,
            "You multiply by the Jacobian of the softmax once more. Probabilities minus truth is already the derivative of softmax and logarithm taken together: nothing is missing there.",
            "§3.2, eq-dsoftmax",
        ),
        Misconception(
            "divided by the number of steps",
            _mean_over_time,
            "Your gradient is divided by T, so it belongs to a loss averaged over time. In this course the loss is a sum over time and batch unless a mean is written.",
            "§3.1, def-loss",
        ),
        Misconception(
            "divided by steps and batch",
            _mean_over_time_and_batch,
            "Your gradient is divided by T·B, as PyTorch's default reduction does. Here the loss is a sum over time and batch; a trainer divides later, and says so.",
            "§3.1, def-loss",
        ),
        Misconception(
            "logits taken for probabilities",
            _logits_as_probabilities,
            "You subtract the truth from o itself, but o holds logits: take the softmax of each row first, then subtract.",
            "§3.2, eq-dsoftmax",
        ),
        Misconception(
            "every row loses 1 at every class in y",
            _every_class_in_every_row,
            "`p[..., y] -= 1` subtracts 1 in every row at all classes that occur in y. Each row must lose 1 at its own class alone.",
            "§3.2, eq-dsoftmax",
        ),
    ),
    cases=_logits_cases,
)
