"""Question 3.4: the whole backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from unrolled.grader.checks.c03.common import (
    Net,
    draw_net,
    expect_gradient,
    gradient_of,
)
from unrolled.grader.checks.judging import Array, expect_untouched, kind_of
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong


def bptt(
    x: Array, y: Array, h: Array, p: Array, W_xh: Array, W_hh: Array, W_ho: Array
) -> dict[str, Array]:
    do = p - (y[..., None] == np.arange(p.shape[-1]))
    da = np.empty(h[1:].shape)
    dh = np.zeros(h[0].shape)
    for t in reversed(range(len(x))):
        dh = dh + do[t] @ W_ho.T
        da[t] = dh * (1.0 - h[t + 1] ** 2)
        dh = da[t] @ W_hh.T
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "db_o": do.sum(axis=(0, 1)),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da),
        "db_h": da.sum(axis=(0, 1)),
        "dh0": dh,
        "dx": da @ W_xh.T,
    }


def _bptt_in_place(x, y, h, p, W_xh, W_hh, W_ho):
    do = p
    np.put_along_axis(
        do, y[..., None], np.take_along_axis(do, y[..., None], axis=-1) - 1, axis=-1
    )
    da = np.empty(h[1:].shape)
    dh = np.zeros(h[0].shape)
    for t in reversed(range(len(x))):
        dh = dh + do[t] @ W_ho.T
        da[t] = dh * (1.0 - h[t + 1] ** 2)
        dh = da[t] @ W_hh.T
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "db_o": do.sum(axis=(0, 1)),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da),
        "db_h": da.sum(axis=(0, 1)),
        "dh0": dh,
        "dx": da @ W_xh.T,
    }


def _bptt_skips_the_last_step(x, y, h, p, W_xh, W_hh, W_ho):
    do = p - (y[..., None] == np.arange(p.shape[-1]))
    da = np.zeros(h[1:].shape)
    dh = np.zeros(h[0].shape)
    for t in reversed(range(len(x) - 1)):
        dh = dh + do[t] @ W_ho.T
        da[t] = dh * (1.0 - h[t + 1] ** 2)
        dh = da[t] @ W_hh.T
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "db_o": do.sum(axis=(0, 1)),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da),
        "db_h": da.sum(axis=(0, 1)),
        "dh0": dh,
        "dx": da @ W_xh.T,
    }


def _bptt_beyond_the_last_step(x, y, h, p, W_xh, W_hh, W_ho):
    do = p - (y[..., None] == np.arange(p.shape[-1]))
    da = np.empty(h[1:].shape)
    dh = (do[-1] @ W_ho.T * (1.0 - h[-1] ** 2)) @ W_hh.T
    for t in reversed(range(len(x))):
        dh = dh + do[t] @ W_ho.T
        da[t] = dh * (1.0 - h[t + 1] ** 2)
        dh = da[t] @ W_hh.T
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "db_o": do.sum(axis=(0, 1)),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da),
        "db_h": da.sum(axis=(0, 1)),
        "dh0": dh,
        "dx": da @ W_xh.T,
    }


def _bptt_without_biases(x, y, h, p, W_xh, W_hh, W_ho):
    do = p - (y[..., None] == np.arange(p.shape[-1]))
    da = np.empty(h[1:].shape)
    dh = np.zeros(h[0].shape)
    for t in reversed(range(len(x))):
        dh = dh + do[t] @ W_ho.T
        da[t] = dh * (1.0 - h[t + 1] ** 2)
        dh = da[t] @ W_hh.T
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da),
        "dh0": dh,
        "dx": da @ W_xh.T,
    }


def _bptt_with_mean_biases(x, y, h, p, W_xh, W_hh, W_ho):
    do = p - (y[..., None] == np.arange(p.shape[-1]))
    da = np.empty(h[1:].shape)
    dh = np.zeros(h[0].shape)
    for t in reversed(range(len(x))):
        dh = dh + do[t] @ W_ho.T
        da[t] = dh * (1.0 - h[t + 1] ** 2)
        dh = da[t] @ W_hh.T
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "db_o": do.mean(axis=(0, 1)),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da),
        "db_h": da.mean(axis=(0, 1)),
        "dh0": dh,
        "dx": da @ W_xh.T,
    }


def _bptt_with_dead_start(x, y, h, p, W_xh, W_hh, W_ho):
    do = p - (y[..., None] == np.arange(p.shape[-1]))
    da = np.empty(h[1:].shape)
    dh = np.zeros(h[0].shape)
    for t in reversed(range(len(x))):
        dh = dh + do[t] @ W_ho.T
        da[t] = dh * (1.0 - h[t + 1] ** 2)
        dh = da[t] @ W_hh.T
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "db_o": do.sum(axis=(0, 1)),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da),
        "db_h": da.sum(axis=(0, 1)),
        "dh0": np.zeros(h[0].shape),
        "dx": da @ W_xh.T,
    }


def _bptt_stops_at_the_first_state(x, y, h, p, W_xh, W_hh, W_ho):
    do = p - (y[..., None] == np.arange(p.shape[-1]))
    dh = np.zeros(h.shape)
    da = np.zeros(h.shape)
    for t in range(len(x), 0, -1):
        dh[t] = do[t - 1] @ W_ho.T
        if t < len(x):
            dh[t] += da[t + 1] @ W_hh.T
        da[t] = dh[t] * (1.0 - h[t] ** 2)
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "db_o": do.sum(axis=(0, 1)),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da[1:]),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da[1:]),
        "db_h": da.sum(axis=(0, 1)),
        "dh0": dh[1],
        "dx": da[1:] @ W_xh.T,
    }


def _bptt_without_transpose(x, y, h, p, W_xh, W_hh, W_ho):
    do = p - (y[..., None] == np.arange(p.shape[-1]))
    da = np.empty(h[1:].shape)
    dh = np.zeros(h[0].shape)
    for t in reversed(range(len(x))):
        dh = dh + do[t] @ W_ho.T
        da[t] = dh * (1.0 - h[t + 1] ** 2)
        dh = da[t] @ W_hh
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "db_o": do.sum(axis=(0, 1)),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da),
        "db_h": da.sum(axis=(0, 1)),
        "dh0": dh,
        "dx": da @ W_xh.T,
    }


def _bptt_without_time_branch(x, y, h, p, W_xh, W_hh, W_ho):
    do = p - (y[..., None] == np.arange(p.shape[-1]))
    da = np.empty(h[1:].shape)
    dh = np.zeros(h[0].shape)
    for t in reversed(range(len(x))):
        dh = do[t] @ W_ho.T
        da[t] = dh * (1.0 - h[t + 1] ** 2)
        dh = da[t] @ W_hh.T
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "db_o": do.sum(axis=(0, 1)),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da),
        "db_h": da.sum(axis=(0, 1)),
        "dh0": dh,
        "dx": da @ W_xh.T,
    }


def _bptt_divided_by_batch(x, y, h, p, W_xh, W_hh, W_ho):
    do = p - (y[..., None] == np.arange(p.shape[-1]))
    do = do / y.shape[1]
    da = np.empty(h[1:].shape)
    dh = np.zeros(h[0].shape)
    for t in reversed(range(len(x))):
        dh = dh + do[t] @ W_ho.T
        da[t] = dh * (1.0 - h[t + 1] ** 2)
        dh = da[t] @ W_hh.T
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "db_o": do.sum(axis=(0, 1)),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da),
        "db_h": da.sum(axis=(0, 1)),
        "dh0": dh,
        "dx": da @ W_xh.T,
    }


def _bptt_activation_as_dh0(x, y, h, p, W_xh, W_hh, W_ho):
    do = p - (y[..., None] == np.arange(p.shape[-1]))
    da = np.empty(h[1:].shape)
    dh = np.zeros(h[0].shape)
    for t in reversed(range(len(x))):
        dh = dh + do[t] @ W_ho.T
        da[t] = dh * (1.0 - h[t + 1] ** 2)
        dh = da[t] @ W_hh.T
    return {
        "dW_ho": np.einsum("tbh,tbv->hv", h[1:], do),
        "db_o": do.sum(axis=(0, 1)),
        "dW_hh": np.einsum("tbh,tbk->hk", h[:-1], da),
        "dW_xh": np.einsum("tbd,tbh->dh", x, da),
        "db_h": da.sum(axis=(0, 1)),
        "dh0": da[0],
        "dx": da @ W_xh.T,
    }


BPTT_ARGUMENTS = "x y h p W_xh W_hh W_ho"
BPTT_KEYS = ("dW_ho", "db_o", "dW_hh", "dW_xh", "db_h", "dh0", "dx")
SIZES = ((6, 3), (1, 2), (4, 1))  # (T, B)


def _bptt_arguments(net: Net) -> tuple[Array, ...]:
    return tuple(net[name] for name in BPTT_ARGUMENTS.split())


def _entry(result: Any, key: str) -> Any:
    if not isinstance(result, dict):
        raise Wrong(f"expected a dict of seven gradients, got {kind_of(result)}.")
    if key not in result:
        keys = ", ".join(sorted(map(str, result))) or "none"
        missing = ", ".join(f'"{k}"' for k in BPTT_KEYS if k not in result)
        raise Wrong(f"the result has no key {missing}; its keys are: {keys}.")
    return result[key]


def _test_gradients(*names: str) -> Callable[[Ask, np.random.Generator], None]:
    """A test that the gradients at `names` are right on networks of all SIZES."""

    def test(ask: Ask, rng: np.random.Generator) -> None:
        for T, B in SIZES:
            net = draw_net(rng, T=T, B=B, D=2, H=4, V=3)
            result = ask("bptt", *_bptt_arguments(net)).value
            for name in names:
                key = "d" + name
                expect_gradient(
                    _entry(result, key),
                    gradient_of(net, name),
                    f"with T = {T} and B = {B}, {key}",
                )

    return test


def _test_bptt_leaves_arguments(ask: Ask, rng: np.random.Generator) -> None:
    for T, B in SIZES:
        args = _bptt_arguments(draw_net(rng, T=T, B=B, D=2, H=4, V=3))
        reply = ask("bptt", *args)
        expect_untouched(reply, args, BPTT_ARGUMENTS)
        if not _holds_numbers(reply.value):
            # a function that does nothing earns nothing; wrong gradients cost elsewhere
            raise Wrong(
                "the result holds no gradient with finite numbers other than 0."
            )


def _holds_numbers(result: Any) -> bool:
    """Whether a dict has at least one finite array that is not all zeros."""
    if not isinstance(result, dict):
        return False
    arrays = [np.asarray(value) for value in result.values()]
    return any(
        a.dtype.kind in "iuf" and np.isfinite(a).all() and a.any() for a in arrays
    )


def _bptt_cases(rng: np.random.Generator) -> list[Call]:
    return [
        Call("bptt", *_bptt_arguments(draw_net(rng, T, B, D=2, H=3, V=4)))
        for T, B in ((4, 2), (5, 3))
    ]


QUESTION = Question(
    id="03.4",
    title="the whole backward pass",
    answers=("bptt",),
    reference={"bptt": bptt},
    properties=(
        Property(
            "The output layer: dW_ho and db_o are the numerical gradients (also for T = 1 and B = 1)",
            1,
            _test_gradients("W_ho", "b_o"),
            "§3.6, eq-dWho and eq-dbo",
        ),
        Property(
            "The recurrent weights: dW_hh is the numerical gradient, initial state not zero",
            1,
            _test_gradients("W_hh"),
            "§3.5 and §3.6, eq-dh-rec, eq-dh-last and eq-dWhh",
        ),
        Property(
            "The input weights: dW_xh is the numerical gradient",
            1,
            _test_gradients("W_xh"),
            "§3.6, eq-dWxh",
        ),
        Property(
            "The hidden bias: db_h is the numerical gradient",
            1,
            _test_gradients("b_h"),
            "§3.6, eq-dbh",
        ),
        Property(
            "What flows out of the network: dh0 and dx are the numerical gradients",
            1,
            _test_gradients("h0", "x"),
            "§3.6, eq-dh0 and eq-dx",
        ),
        Property(
            "The arrays of the forward pass come back as they went in",
            1,
            _test_bptt_leaves_arguments,
            "§3.2, the trap in three lines",
        ),
    ),
    misconceptions=(
        Misconception(
            "overwrites the probabilities",
            _bptt_in_place,
            "The gradients are right, and the caller's probabilities are gone: after `do = p` both names mean one array, and subtracting 1 at the true class destroys p. Its rows now sum to 0. Make a copy first: `do = p.copy()`, or compute `p - truth`.",
            "§3.2, the trap in three lines",
        ),
        Misconception(
            "last step skipped",
            _bptt_skips_the_last_step,
            "The sweep starts one step too early: the loss of the step T never flows back into the states. At t = T nothing comes from beyond, but the logits' term of eq-dh-last is there.",
            "§3.5, eq-dh-last",
        ),
        Misconception(
            "last step treated like the others",
            _bptt_beyond_the_last_step,
            "At t = T you apply the recursion as if there were a step T+1, so that the last error goes through W_hh once too often. The last state feeds only its own logits: start from eq-dh-last.",
            "§3.5, eq-dh-last",
        ),
        Misconception(
            "bias gradients missing",
            _bptt_without_biases,
            "db_h and db_o are missing. A bias is a weight on an input that is always 1: its gradient is the sum of the gradients at a, or at o, over all steps and sequences.",
            "§3.6, eq-dbh and eq-dbo",
        ),
        Misconception(
            "bias gradients averaged",
            _bptt_with_mean_biases,
            "Your bias gradients are means over time and batch. One bias serves all T·B places, and its gradient is the sum over them, as with the weights.",
            "§3.6, eq-dbh and eq-dbo",
        ),
        Misconception(
            "initial state taken as constant",
            _bptt_with_dead_start,
            "dh0 is zero. Even where h(0) is not trained, the loss depends on it through a(1): one more step of the recursion, without a term from logits, because there is no o(0).",
            "§3.6, eq-dh0",
        ),
        Misconception(
            "stops at the first state",
            _bptt_stops_at_the_first_state,
            "What you return as dh0 is the gradient at h(1). One link is left: through the slope at a(1) and W_hh transposed back to h(0).",
            "§3.6, eq-dh0",
        ),
        Misconception(
            "missing transpose",
            _bptt_without_transpose,
            "The error goes back through W_hh where its transpose should stand. The shapes fit both ways; exercise 3.2 looks at this one factor.",
            "§3.5, eq-dh-rec",
        ),
        Misconception(
            "no branch from the next state",
            _bptt_without_time_branch,
            "The gradient at h(t) is exact at t = T and wrong before it: the branch from h(t+1) is missing. Add what flows back through the slope at a(t+1) and W_hh transposed.",
            "§3.5, eq-dh-rec",
        ),
        Misconception(
            "divided by the batch",
            _bptt_divided_by_batch,
            "All your gradients are divided by B, so they belong to a mean over the batch. The loss here is a sum over time and batch.",
            "§3.1, def-loss",
        ),
        Misconception(
            "gradient at a(1) as dh0",
            _bptt_activation_as_dh0,
            "What you return as dh0 is the gradient at a(1). From a(1) back to h(0) one factor is left: W_hh transposed.",
            "§3.6, eq-dh0",
        ),
    ),
    cases=_bptt_cases,
)
