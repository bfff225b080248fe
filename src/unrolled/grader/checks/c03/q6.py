"""Question 3.6: the gradient at the initial state."""

from __future__ import annotations

import numpy as np

from unrolled.gradcheck import complex_step
from unrolled.grader.checks.c03.common import (
    Net,
    draw_net,
    expect_gradient,
    gradient_of,
    run_net,
    summed_loss,
)
from unrolled.grader.checks.judging import Array, expect_untouched
from unrolled.grader.question import Ask, Call, Misconception, Property, Question


def dh0_formula(do: Array, h: Array, W_hh: Array, W_ho: Array) -> Array:
    total = np.zeros(len(W_hh))
    for t in range(1, len(h)):
        row = do[t - 1] @ W_ho.T
        for j in range(t, 0, -1):
            row = row * (1.0 - h[j] ** 2) @ W_hh.T
        total = total + row
    return total


def _earliest_factor_first(do, h, W_hh, W_ho):
    total = np.zeros(len(W_hh))
    for t in range(1, len(h)):
        row = do[t - 1] @ W_ho.T
        for j in range(1, t + 1):
            row = row * (1.0 - h[j] ** 2) @ W_hh.T
        total = total + row
    return total


def _weight_before_slope(do, h, W_hh, W_ho):
    total = np.zeros(len(W_hh))
    for t in range(1, len(h)):
        row = do[t - 1] @ W_ho.T
        for j in range(t, 0, -1):
            row = row @ W_hh.T * (1.0 - h[j] ** 2)
        total = total + row
    return total


def _weights_not_transposed(do, h, W_hh, W_ho):
    total = np.zeros(len(W_hh))
    for t in range(1, len(h)):
        row = do[t - 1] @ W_ho.T
        for j in range(t, 0, -1):
            row = row * (1.0 - h[j] ** 2) @ W_hh
        total = total + row
    return total


def _without_the_link_to_zero(do, h, W_hh, W_ho):
    total = np.zeros(len(W_hh))
    for t in range(1, len(h)):
        row = do[t - 1] @ W_ho.T
        for j in range(t, 1, -1):
            row = row * (1.0 - h[j] ** 2) @ W_hh.T
        total = total + row
    return total


def _without_the_latest_link(do, h, W_hh, W_ho):
    total = np.zeros(len(W_hh))
    for t in range(1, len(h)):
        row = do[t - 1] @ W_ho.T
        for j in range(t - 1, 0, -1):
            row = row * (1.0 - h[j] ** 2) @ W_hh.T
        total = total + row
    return total


def _totals_in_the_sum(do, h, W_hh, W_ho):
    total = np.zeros(len(W_hh))
    dh = np.zeros(len(W_hh))
    for t in range(len(h) - 1, 0, -1):
        dh = dh + do[t - 1] @ W_ho.T
        row = dh
        for j in range(t, 0, -1):
            row = row * (1.0 - h[j] ** 2) @ W_hh.T
        total = total + row
        dh = dh * (1.0 - h[t] ** 2) @ W_hh.T
    return total


def _links_not_transposed(do, h, W_hh, W_ho):
    total = np.zeros(len(W_hh))
    for t in range(1, len(h)):
        row = do[t - 1] @ W_ho.T
        for j in range(t, 0, -1):
            row = row @ W_hh * (1.0 - h[j] ** 2)
        total = total + row
    return total


def _product_not_transposed(do, h, W_hh, W_ho):
    total = np.zeros(len(W_hh))
    for t in range(1, len(h)):
        row = do[t - 1] @ W_ho.T
        for j in range(1, t + 1):
            row = row @ W_hh * (1.0 - h[j] ** 2)
        total = total + row
    return total


def _formula_arguments(net: Net) -> tuple[Array, ...]:
    """do (T, V), h (T+1, H), W_hh, W_ho of a network with one sequence."""
    do = complex_step(lambda o: summed_loss(o, net["y"]), run_net(net)[2])
    return do[:, 0], net["h"][:, 0], net["W_hh"], net["W_ho"]


def _test_formula(
    ask: Ask, rng: np.random.Generator, sizes: tuple[tuple[int, int, int], ...]
) -> None:
    for T, H, V in sizes:
        net = draw_net(rng, T=T, B=1, D=2, H=H, V=V)
        args = _formula_arguments(net)
        reply = ask("dh0_formula", *args)
        want = gradient_of(net, "h0")[0]
        expect_gradient(reply.value, want, f"with T = {T} and H = {H}, the result")
        expect_untouched(reply, args, "do h W_hh W_ho")


def _test_one_step(ask: Ask, rng: np.random.Generator) -> None:
    _test_formula(ask, rng, ((1, 3, 2), (1, 4, 5)))


def _test_many_steps(ask: Ask, rng: np.random.Generator) -> None:
    _test_formula(ask, rng, ((2, 3, 4), (4, 3, 3), (6, 5, 2)))


def _formula_cases(rng: np.random.Generator) -> list[Call]:
    return [
        Call("dh0_formula", *_formula_arguments(draw_net(rng, T, 1, 2, H, V)))
        for T, H, V in ((3, 3, 2), (4, 4, 3), (5, 2, 4))
    ]


QUESTION = Question(
    id="03.6",
    title="the gradient at the initial state, on paper",
    answers=("dh0_formula",),
    reference={"dh0_formula": dh0_formula},
    properties=(
        Property(
            "For one step, T = 1, the formula is the numerical gradient",
            1,
            _test_one_step,
            "§3.6, eq-dh0",
        ),
        Property(
            "For T = 2, 4 and 6 it is the numerical gradient",
            1,
            _test_many_steps,
            "§3.7, eq-sum-k",
        ),
    ),
    misconceptions=(
        Misconception(
            "factors in the wrong order",
            _earliest_factor_first,
            "Your factors act in the wrong order. After the transpose it is row times J(t)^T … J(1)^T: the latest step acts on the row first, the link from 1 to 0 last.",
            "§3.7, eq-sum-k",
        ),
        Misconception(
            "slope and weight exchanged",
            _weight_before_slope,
            "Inside each link the order is exchanged: going back from h(j) one meets the slope of tanh first and W_hh transposed after it.",
            "§3.5, eq-dh-rec",
        ),
        Misconception(
            "missing transpose",
            _weights_not_transposed,
            "W_hh stands in your links without its transpose. The forward Jacobian of a row is W_hh diag(1 − h²); a gradient row is multiplied by its transpose.",
            "§3.5, eq-dh-rec",
        ),
        Misconception(
            "last factor missing",
            _without_the_link_to_zero,
            "Your product ends at h(1): the link from h(1) back to h(0) is missing. From step t there are t links, not t − 1.",
            "§3.6, eq-dh0",
        ),
        Misconception(
            "first factor missing",
            _without_the_latest_link,
            "Your product begins with the slope at h(t−1): the link from h(t) back to h(t−1) is missing. From step t there are t links, not t − 1.",
            "§3.7, eq-sum-k",
        ),
        Misconception(
            "total instead of immediate",
            _totals_in_the_sum,
            "You sum over t and start each term from the total gradient at h(t), which already contains all later losses: each is counted once for every step before it. In a sum over t each term starts from its own loss alone; in a recursion there is no sum.",
            "§3.4, eq-immediate",
        ),
        Misconception(
            "Jacobian of each link not transposed",
            _links_not_transposed,
            "You multiply the row by the forward Jacobians W_hh diag(1 − h²) themselves. Backwards each of them is transposed: diag(1 − h²), then W_hh transposed.",
            "§3.5, eq-dh-rec",
        ),
        Misconception(
            "product of the Jacobians not transposed",
            _product_not_transposed,
            "Your product of forward Jacobians, from step 1 to step t, is right as a forward derivative. A gradient row is multiplied by the transpose of the whole product.",
            "§3.7, eq-sum-k",
        ),
    ),
    cases=_formula_cases,
)
