"""Question 3.2: one step back."""

from __future__ import annotations

import numpy as np

from unrolled.gradcheck import complex_step
from unrolled.grader.checks.c03.common import (
    draw_net,
    expect_gradient,
    gradient_at_state,
    run_net,
    summed_loss,
)
from unrolled.grader.checks.judging import Array, expect_untouched
from unrolled.grader.question import Ask, Call, Misconception, Property, Question


def backward_step(
    dh_next: Array, h_next: Array, do_t: Array, W_hh: Array, W_ho: Array
) -> Array:
    da_next = dh_next * (1.0 - h_next**2)
    return da_next @ W_hh.T + do_t @ W_ho.T


def _step_without_transpose(dh_next, h_next, do_t, W_hh, W_ho):
    da_next = dh_next * (1.0 - h_next**2)
    return da_next @ W_hh + do_t @ W_ho.T


def _step_with_tanh_of_h(dh_next, h_next, do_t, W_hh, W_ho):
    da_next = dh_next * (1.0 - np.tanh(h_next) ** 2)
    return da_next @ W_hh.T + do_t @ W_ho.T


def _step_without_state_branch(dh_next, h_next, do_t, W_hh, W_ho):
    return do_t @ W_ho.T


def _step_without_logit_branch(dh_next, h_next, do_t, W_hh, W_ho):
    da_next = dh_next * (1.0 - h_next**2)
    return da_next @ W_hh.T


def _step_slope_after_weight(dh_next, h_next, do_t, W_hh, W_ho):
    return (dh_next @ W_hh.T) * (1.0 - h_next**2) + do_t @ W_ho.T


def _step_without_slope(dh_next, h_next, do_t, W_hh, W_ho):
    return dh_next @ W_hh.T + do_t @ W_ho.T


def _step_arguments(
    rng: np.random.Generator, B: int, H: int, V: int
) -> tuple[Array, ...]:
    return (
        rng.standard_normal((B, H)),
        np.tanh(1.2 * rng.standard_normal((B, H))),
        rng.standard_normal((B, V)),
        rng.standard_normal((H, H)),
        rng.standard_normal((H, V)),
    )


def _test_logit_branch(ask: Ask, rng: np.random.Generator) -> None:
    dh_next, h_next, do_t, W_hh, W_ho = _step_arguments(rng, B=3, H=4, V=5)
    W_hh = np.zeros_like(W_hh)
    # do_t is a gradient at the logits h W_ho: differentiate <do_t, h W_ho> in h
    want = complex_step(lambda h: np.sum(do_t * (h @ W_ho)), h_next)
    got = ask("backward_step", dh_next, h_next, do_t, W_hh, W_ho).value
    expect_gradient(
        got,
        want,
        "with W_hh = 0 only the way through the logits is left, and the result",
        "Look at the term with do_t and W_ho.",
    )


def _test_state_branch(ask: Ask, rng: np.random.Generator) -> None:
    dh_next, h_next, do_t, W_hh, W_ho = _step_arguments(rng, B=3, H=4, V=5)
    h_t = np.tanh(rng.standard_normal(h_next.shape))
    rest = np.arctanh(h_next) - h_t @ W_hh  # the input's share, so that h_next fits
    want = complex_step(lambda h: np.sum(dh_next * np.tanh(h @ W_hh + rest)), h_t)
    got = ask("backward_step", dh_next, h_next, np.zeros_like(do_t), W_hh, W_ho).value
    expect_gradient(
        got,
        want,
        "with do_t = 0 only the way through the next state is left, and the result",
        "Look at the term with dh_next, h_next and W_hh.",
    )


def _test_both_branches(ask: Ask, rng: np.random.Generator) -> None:
    for T, B in ((4, 3), (3, 1)):
        net = draw_net(rng, T=T, B=B, D=2, H=4, V=3)
        do = complex_step(lambda o, y=net["y"]: summed_loss(o, y), run_net(net)[2])
        for t in range(T - 1, 0, -1):
            dh_next = gradient_at_state(net, t + 1)
            args = (dh_next, net["h"][t + 1], do[t - 1], net["W_hh"], net["W_ho"])
            reply = ask("backward_step", *args)
            expect_gradient(
                reply.value,
                gradient_at_state(net, t),
                f"in a network of {T} steps the gradient at the state of step {t}",
            )
            expect_untouched(reply, args, "dh_next h_next do_t W_hh W_ho")


def _step_cases(rng: np.random.Generator) -> list[Call]:
    return [
        Call("backward_step", *_step_arguments(rng, B, H, V))
        for B, H, V in ((2, 3, 4), (1, 4, 2), (3, 5, 3))
    ]


QUESTION = Question(
    id="03.2",
    title="one step back",
    answers=("backward_step",),
    reference={"backward_step": backward_step},
    properties=(
        Property(
            "The way through the logits is right by itself (W_hh = 0)",
            1,
            _test_logit_branch,
            "§3.5, second term of eq-dh-rec",
        ),
        Property(
            "The way through the next state is right by itself (do_t = 0)",
            1,
            _test_state_branch,
            "§3.5, first term of eq-dh-rec",
        ),
        Property(
            "Both together give the numerical gradient at every state of a network, and the arguments are left alone",
            1,
            _test_both_branches,
            "§3.5, eq-dh-rec",
        ),
    ),
    misconceptions=(
        Misconception(
            "missing transpose",
            _step_without_transpose,
            "W_hh stands there without its transpose. Forwards unit i feeds unit j through W_hh[i, j]; backwards unit i collects from all j that it fed, which is a product with W_hh transposed. The shapes fit both ways, so NumPy does not warn you.",
            "§3.5, eq-dh-rec",
        ),
        Misconception(
            "tanh' of tanh",
            _step_with_tanh_of_h,
            "You take 1 − tanh(h)²; but h is already the tanh of the pre-activation. The slope at a, written with the output, is 1 − h².",
            "§3.5, eq-dh-rec",
        ),
        Misconception(
            "no hidden-to-hidden branch",
            _step_without_state_branch,
            "The branch through the next state is missing: eq-dh-rec has two terms. Without the first no step learns from a later loss.",
            "§3.5, eq-dh-rec",
        ),
        Misconception(
            "no hidden-to-output branch",
            _step_without_logit_branch,
            "The branch through the step's own logits is missing: eq-dh-rec has two terms. Without the second only the loss of the last step ever enters.",
            "§3.5, eq-dh-rec",
        ),
        Misconception(
            "slope after the weight",
            _step_slope_after_weight,
            "Inside the link the order is exchanged: the slope belongs to a(t+1), so it multiplies dh_next before W_hh.T does.",
            "§3.5, eq-dh-rec",
        ),
        Misconception(
            "slope forgotten",
            _step_without_slope,
            "The slope of tanh is missing: on the way from h(t+1) to h(t) one passes a(t+1), so dh_next is first multiplied by 1 − h² of the state h(t+1).",
            "§3.5, eq-dh-rec",
        ),
    ),
    cases=_step_cases,
)
