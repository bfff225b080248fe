"""Question 3.3: the weights into the state."""

from __future__ import annotations

import numpy as np

from unrolled.gradcheck import complex_step
from unrolled.grader.checks.c03.common import (
    Net,
    draw_net,
    expect_gradient,
    gradient_of,
    gradients_at_activations,
)
from unrolled.grader.checks.judging import Array, expect_untouched
from unrolled.grader.question import Ask, Call, Misconception, Property, Question


def grad_W_hh(x: Array, h: Array, a: Array, da: Array) -> Array:
    total = 0.0
    for t in range(len(da)):
        total = total + h[t].T @ da[t]
    return total


def grad_W_xh(x: Array, h: Array, a: Array, da: Array) -> Array:
    total = 0.0
    for t in range(len(da)):
        total = total + x[t].T @ da[t]
    return total


def _activation_with_its_gradient(x, h, a, da):
    return np.einsum("tbi,tbj->ij", a, da)


def _state_of_the_same_step(x, h, a, da):
    return np.einsum("tbi,tbj->ij", h[1:], da)


def _input_with_the_next_step(x, h, a, da):
    return np.einsum("tbd,tbj->dj", x[:-1], da[1:])


def _hh_slope_twice(x, h, a, da):
    return np.einsum("tbi,tbj->ij", h[:-1], da * (1.0 - h[1:] ** 2))


def _xh_slope_twice(x, h, a, da):
    return np.einsum("tbd,tbj->dj", x, da * (1.0 - h[1:] ** 2))


def _input_of_the_step_before(x, h, a, da):
    return np.einsum("tbd,tbj->dj", np.roll(x, 1, axis=0), da)


def _weight_arguments(net: Net) -> tuple[Array, ...]:
    return net["x"], net["h"], net["a"], gradients_at_activations(net)


WEIGHT_ARGUMENTS = "x h a da"


def _test_dW_hh(ask: Ask, rng: np.random.Generator) -> None:
    net = draw_net(rng, T=5, B=3, D=2, H=4, V=3)
    args = _weight_arguments(net)
    reply = ask("grad_W_hh", *args)
    expect_gradient(reply.value, gradient_of(net, "W_hh"), "dW_hh")
    expect_untouched(reply, args, WEIGHT_ARGUMENTS)


def _test_dW_xh(ask: Ask, rng: np.random.Generator) -> None:
    net = draw_net(rng, T=5, B=3, D=2, H=4, V=3)
    args = _weight_arguments(net)
    reply = ask("grad_W_xh", *args)
    expect_gradient(reply.value, gradient_of(net, "W_xh"), "dW_xh")
    expect_untouched(reply, args, WEIGHT_ARGUMENTS)


def _test_single_steps(ask: Ask, rng: np.random.Generator) -> None:
    for T, B in ((3, 2), (1, 1)):
        net = draw_net(rng, T=T, B=B, D=5, H=3, V=4)
        x, h, a = net["x"], net["h"], net["a"]
        for t in range(1, T + 1):
            da = np.zeros(a.shape)
            da[t - 1] = rng.standard_normal(a[0].shape)
            where = f"with T = {T}, B = {B} and a gradient at a({t}) alone"
            for name, before, W in (
                ("W_hh", h[t - 1], "W_hh"),
                ("W_xh", x[t - 1], "W_xh"),
            ):
                # a(t) = ... + before @ W + ...: differentiate <da(t), before @ W> in W
                want = complex_step(
                    lambda w, before=before, d=da[t - 1]: np.sum(d * (before @ w)),
                    net[W],
                )
                got = ask(f"grad_{name}", x, h, a, da).value
                expect_gradient(
                    got,
                    want,
                    f"{where}, d{name}",
                    f"Write down which input and which state a({t}) was computed from.",
                )


def _weight_cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for T, B, D, H in ((4, 2, 3, 3), (3, 1, 2, 4), (6, 2, 4, 3)):
        net = draw_net(rng, T, B, D, H, V=3)
        da = rng.standard_normal(net["a"].shape)
        for name in ("grad_W_hh", "grad_W_xh"):
            calls.append(Call(name, net["x"], net["h"], net["a"], da))
    return calls


QUESTION = Question(
    id="03.3",
    title="the gradients of the two weights into the state",
    answers=("grad_W_hh", "grad_W_xh"),
    reference={"grad_W_hh": grad_W_hh, "grad_W_xh": grad_W_xh},
    properties=(
        Property(
            "dW_hh is the numerical gradient in a random network",
            1,
            _test_dW_hh,
            "§3.6, eq-dWhh",
        ),
        Property(
            "dW_xh is the numerical gradient in a random network",
            1,
            _test_dW_xh,
            "§3.6, eq-dWxh",
        ),
        Property(
            "Both are right for each step alone, the first included, and for T = 1 and B = 1",
            1,
            _test_single_steps,
            "§3.4, eq-immediate",
        ),
    ),
    misconceptions=(
        Misconception(
            "both formulas of Notes E",
            {
                "grad_W_hh": _activation_with_its_gradient,
                "grad_W_xh": _input_with_the_next_step,
            },
            "Both gradients follow Notes E, and both are shifted. Look at what a(t) is made of: x(t) of the same time and h(t−1) of the time before. These two pair with the gradient at a(t).",
            "§3.6, eq-dWhh and eq-dWxh",
        ),
        Misconception(
            "pre-activation paired with its own gradient",
            {"grad_W_hh": _activation_with_its_gradient},
            "Your dW_hh pairs a(t+1) with the gradient at a(t+1), the formula printed in Notes E. W_hh multiplies the state before: a(t+1) = h(t) W_hh + …, so h(t) is what the gradient at a(t+1) pairs with.",
            "§3.6, eq-dWhh",
        ),
        Misconception(
            "state of the same step",
            {"grad_W_hh": _state_of_the_same_step},
            "Your dW_hh pairs h(t) with the gradient at a(t). But a(t) was computed from h(t−1): the first partner is the initial state h(0), and h(T) is never used.",
            "§3.6, eq-dWhh",
        ),
        Misconception(
            "input paired with the next step",
            {"grad_W_xh": _input_with_the_next_step},
            "Your dW_xh pairs x(t) with the gradient at a(t+1). The input enters without delay: a(t) = x(t) W_xh + …, so both belong to the same time.",
            "§3.6, eq-dWxh",
        ),
        Misconception(
            "slope applied twice in both",
            {"grad_W_hh": _hh_slope_twice, "grad_W_xh": _xh_slope_twice},
            "You multiply da by the slope of tanh in both functions, but da is already at the pre-activation: the slope is in it.",
            "§3.5, eq-da",
        ),
        Misconception(
            "slope applied twice in dW_hh",
            {"grad_W_hh": _hh_slope_twice},
            "In dW_hh you multiply da by the slope of tanh once more; da is already the gradient at the pre-activation.",
            "§3.6, eq-dWhh",
        ),
        Misconception(
            "slope applied twice in dW_xh",
            {"grad_W_xh": _xh_slope_twice},
            "In dW_xh you multiply da by the slope of tanh once more; da is already the gradient at the pre-activation.",
            "§3.6, eq-dWxh",
        ),
        Misconception(
            "input of the step before",
            {"grad_W_xh": _input_of_the_step_before},
            "Your dW_xh pairs da[t] with x[t-1], and for t = 0 the index -1 silently takes the last input. Both arrays start at time 1, so x[t] and da[t] belong together.",
            "§3.6, eq-dWxh",
        ),
    ),
    cases=_weight_cases,
)
