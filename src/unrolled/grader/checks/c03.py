"""Questions of chapter 3: back-propagation through time.

Expected gradients come from the complex step through the forward pass below, in
float64, and never from a formula that a learner is asked for. The networks are small,
random and generic: no two of T, B, D, H, V are equal where it matters, initial state
and biases are not zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from unrolled.gradcheck import complex_step
from unrolled.grader.question import (
    Ask,
    Call,
    Given,
    Misconception,
    Property,
    Question,
    Rng,
    Wrong,
)

Array = np.ndarray
Net = dict[str, Array]
TOLERANCE = 1e-5  # of the largest entry: float32 answers pass


# --- networks and numerical truth ----------------------------------------------------


def _net(rng: np.random.Generator, T: int, B: int, D: int, H: int, V: int) -> Net:
    """A random network with its data, states h (T+1, B, H) and probabilities p."""
    net = {
        "x": rng.standard_normal((T, B, D)),
        "y": rng.integers(V, size=(T, B)),
        "h0": np.tanh(rng.standard_normal((B, H))),
        "W_xh": 0.6 * rng.standard_normal((D, H)),
        "W_hh": 1.2 * rng.standard_normal((H, H)) / np.sqrt(H),
        "b_h": 0.4 * rng.standard_normal(H),
        "W_ho": rng.standard_normal((H, V)),
        "b_o": 0.5 * rng.standard_normal(V),
    }
    a, h, o = _forward(net)
    p = np.exp(o - o.max(axis=-1, keepdims=True))
    return net | {"a": a, "h": h, "p": p / p.sum(axis=-1, keepdims=True)}


def _forward(net: Net) -> tuple[Array, Array, Array]:
    """a (T, B, H), h (T+1, B, H) and logits (T, B, V); complex stays complex."""
    a, h = [], [net["h0"]]
    for x_t in net["x"]:
        a.append(x_t @ net["W_xh"] + h[-1] @ net["W_hh"] + net["b_h"])
        h.append(np.tanh(a[-1]))
    h = np.array(h)
    return np.array(a), h, h[1:] @ net["W_ho"] + net["b_o"]


def _cross_entropy(o: Array, y: Array) -> Any:
    """-sum ln softmax(o)[y] over all leading axes; o (..., V), y (...)."""
    shift = o.real.max(axis=-1, keepdims=True)
    log_sum = np.log(np.exp(o - shift).sum(axis=-1)) + shift[..., 0]
    return (log_sum - np.take_along_axis(o, y[..., None], axis=-1)[..., 0]).sum()


def _gradient(net: Net, name: str) -> Array:
    """The gradient of the summed loss at net[name], by the complex step."""
    return complex_step(
        lambda value: _cross_entropy(_forward({**net, name: value})[2], net["y"]),
        net[name],
    )


def _gradient_at_state(net: Net, t: int) -> Array:
    """The gradient at h(t), t >= 1, of the losses of the steps t, ..., T."""

    def later_loss(h_t: Array) -> Any:
        own = _cross_entropy(h_t @ net["W_ho"] + net["b_o"], net["y"][t - 1])
        rest = {**net, "h0": h_t, "x": net["x"][t:]}
        if not len(rest["x"]):
            return own
        return own + _cross_entropy(_forward(rest)[2], net["y"][t:])

    return complex_step(later_loss, net["h"][t])


def _gradients_at_activations(net: Net) -> Array:
    """The gradient at each a(t), (T, B, H): each a(t) gets an offset of its own."""

    def shifted_loss(offset: Array) -> Any:
        h, logits = net["h0"], []
        for x_t, d in zip(net["x"], offset, strict=True):
            h = np.tanh(x_t @ net["W_xh"] + h @ net["W_hh"] + net["b_h"] + d)
            logits.append(h @ net["W_ho"] + net["b_o"])
        return _cross_entropy(np.array(logits), net["y"])

    return complex_step(shifted_loss, np.zeros(net["a"].shape))


# --- judging one value ------------------------------------------------------------------


def _as_array(value: Any, shape: tuple[int, ...], name: str) -> Array:
    """`value` as an array of that shape with finite numbers; Wrong otherwise."""
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise Wrong(
            f"{name}: expected an array of numbers of shape {shape}, got {_type(value)}."
        )
    if array.shape != shape:
        raise Wrong(f"{name}: the shape is {array.shape}, expected {shape}.")
    if not np.isfinite(array).all():
        raise Wrong(f"{name}: there are NaN or infinite entries.")
    return array.astype(np.float64)


def _type(value: Any) -> str:
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, np.ndarray):
        return f"an array of dtype {value.dtype}"
    return f"a value of type {type(value).__name__}"


def _near(got: Array, want: Array, tolerance: float = TOLERANCE) -> bool:
    scale = np.max(np.abs(want), initial=0.0)
    return bool(np.max(np.abs(got - want), initial=0.0) <= tolerance * scale + 1e-12)


def _expect(value: Any, want: Array, name: str, hint: str = "") -> None:
    """Raise Wrong, with the kind of difference that is seen, unless value is want."""
    got = _as_array(value, want.shape, name)
    if _near(got, want):
        return
    difference = "differs from the numerical derivative"
    if not got.any():
        difference = "is all zeros"
    elif _near(got, -want):
        difference = "has the wrong sign; the size is right"
    elif (factor := _factor(got, want)) is not None:
        difference = f"is {factor:.3g} times the right value"
    elif got.ndim == 2 and got.shape[0] == got.shape[1] and _near(got, want.T):
        difference = "is the transpose of the right value"
    raise Wrong(f"{name} {difference}.{' ' + hint if hint else ''}")


def _factor(got: Array, want: Array) -> float | None:
    """c > 0 with got = c * want, if there is one."""
    if got.size < 2 or not want.any():
        return None
    c = float(np.sum(got * want) / np.sum(want * want))
    return c if c > 0 and _near(got, c * want) else None


def _expect_untouched(ask_reply: Any, args: tuple[Any, ...], names: str) -> None:
    """Raise Wrong when an array argument came back changed."""
    for name, before, after in zip(
        names.split(), args, ask_reply.args_after, strict=True
    ):
        same = isinstance(after, np.ndarray) and np.array_equal(before, after)
        if not same:
            raise Wrong(
                f"the call changed its argument `{name}`, which the caller still needs: "
                "`d = p` gives a second name to the same array, it does not copy."
            )


# --- 3.1 the gradient at the logits ---------------------------------------------------


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
    want = complex_step(lambda z: _cross_entropy(z, y), o)
    got = _as_array(ask("grad_logits", o, y).value, want.shape, "the result")
    if _near(got, want) or _factor(got, want) is not None:
        return
    if _near(got, -want):
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
    want = complex_step(lambda z: _cross_entropy(z, y), o)
    reply = ask("grad_logits", o, y)
    got = _as_array(reply.value, want.shape, "the result")
    scaled = not _near(got, want) and _factor(got, want) is not None
    hint = "The loss is a sum, not a mean." if scaled else ""
    _expect(got, want, "the result", hint)
    _expect_untouched(reply, (o, y), "o y")
    o[1] *= 400.0
    o[2, 1, 3] = 800.0
    got = np.asarray(ask("grad_logits", o, y).value)
    if got.dtype.kind == "f" and not np.isfinite(got).all():
        raise Wrong(
            "with logits of several hundred the result is not finite: subtract the largest logit of each row before the exponential."
        )
    want = complex_step(lambda z: _cross_entropy(z, y), o)
    _expect(got, want, "with logits of several hundred the result")


def _logits_cases(rng: np.random.Generator) -> list[Call]:
    return [
        Call("grad_logits", *_logits_and_labels(rng, T, B, V))
        for T, B, V in ((3, 2, 4), (2, 3, 5), (4, 4, 3))
    ]


QUESTION_1 = Question(
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


# --- 3.2 one step back -----------------------------------------------------------------


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
    _expect(
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
    _expect(
        got,
        want,
        "with do_t = 0 only the way through the next state is left, and the result",
        "Look at the term with dh_next, h_next and W_hh.",
    )


def _test_both_branches(ask: Ask, rng: np.random.Generator) -> None:
    for T, B in ((4, 3), (3, 1)):
        net = _net(rng, T=T, B=B, D=2, H=4, V=3)
        do = complex_step(lambda o, y=net["y"]: _cross_entropy(o, y), _forward(net)[2])
        for t in range(T - 1, 0, -1):
            dh_next = _gradient_at_state(net, t + 1)
            args = (dh_next, net["h"][t + 1], do[t - 1], net["W_hh"], net["W_ho"])
            reply = ask("backward_step", *args)
            _expect(
                reply.value,
                _gradient_at_state(net, t),
                f"in a network of {T} steps the gradient at the state of step {t}",
            )
            _expect_untouched(reply, args, "dh_next h_next do_t W_hh W_ho")


def _step_cases(rng: np.random.Generator) -> list[Call]:
    return [
        Call("backward_step", *_step_arguments(rng, B, H, V))
        for B, H, V in ((2, 3, 4), (1, 4, 2), (3, 5, 3))
    ]


QUESTION_2 = Question(
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


# --- 3.3 the weights into the state ------------------------------------------------------


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
    return net["x"], net["h"], net["a"], _gradients_at_activations(net)


WEIGHT_ARGUMENTS = "x h a da"


def _test_dW_hh(ask: Ask, rng: np.random.Generator) -> None:
    net = _net(rng, T=5, B=3, D=2, H=4, V=3)
    args = _weight_arguments(net)
    reply = ask("grad_W_hh", *args)
    _expect(reply.value, _gradient(net, "W_hh"), "dW_hh")
    _expect_untouched(reply, args, WEIGHT_ARGUMENTS)


def _test_dW_xh(ask: Ask, rng: np.random.Generator) -> None:
    net = _net(rng, T=5, B=3, D=2, H=4, V=3)
    args = _weight_arguments(net)
    reply = ask("grad_W_xh", *args)
    _expect(reply.value, _gradient(net, "W_xh"), "dW_xh")
    _expect_untouched(reply, args, WEIGHT_ARGUMENTS)


def _test_single_steps(ask: Ask, rng: np.random.Generator) -> None:
    for T, B in ((3, 2), (1, 1)):
        net = _net(rng, T=T, B=B, D=5, H=3, V=4)
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
                _expect(
                    got,
                    want,
                    f"{where}, d{name}",
                    f"Write down which input and which state a({t}) was computed from.",
                )


def _weight_cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for T, B, D, H in ((4, 2, 3, 3), (3, 1, 2, 4), (6, 2, 4, 3)):
        net = _net(rng, T, B, D, H, V=3)
        da = rng.standard_normal(net["a"].shape)
        for name in ("grad_W_hh", "grad_W_xh"):
            calls.append(Call(name, net["x"], net["h"], net["a"], da))
    return calls


QUESTION_3 = Question(
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


# --- 3.4 the whole backward pass ---------------------------------------------------------


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
        raise Wrong(f"expected a dict of seven gradients, got {_type(result)}.")
    if key not in result:
        keys = ", ".join(sorted(map(str, result))) or "none"
        missing = ", ".join(f'"{k}"' for k in BPTT_KEYS if k not in result)
        raise Wrong(f"the result has no key {missing}; its keys are: {keys}.")
    return result[key]


def _test_gradients(*names: str) -> Callable[[Ask, np.random.Generator], None]:
    """A test that the gradients at `names` are right on networks of all SIZES."""

    def test(ask: Ask, rng: np.random.Generator) -> None:
        for T, B in SIZES:
            net = _net(rng, T=T, B=B, D=2, H=4, V=3)
            result = ask("bptt", *_bptt_arguments(net)).value
            for name in names:
                key = "d" + name
                _expect(
                    _entry(result, key),
                    _gradient(net, name),
                    f"with T = {T} and B = {B}, {key}",
                )

    return test


def _test_bptt_leaves_arguments(ask: Ask, rng: np.random.Generator) -> None:
    for T, B in SIZES:
        args = _bptt_arguments(_net(rng, T=T, B=B, D=2, H=4, V=3))
        reply = ask("bptt", *args)
        _expect_untouched(reply, args, BPTT_ARGUMENTS)
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
        Call("bptt", *_bptt_arguments(_net(rng, T, B, D=2, H=3, V=4)))
        for T, B in ((4, 2), (5, 3))
    ]


QUESTION_4 = Question(
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


# --- 3.5 a gradient check -----------------------------------------------------------------


def numerical_gradient(f: Callable, x: Array, eps: float = 1e-5) -> Array:
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + eps
        above = f(x)
        x[index] = kept - eps
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def relative_error(a: Array, b: Array) -> float:
    a, b = np.asarray(a), np.asarray(b)
    size = np.maximum(np.abs(a), np.abs(b))
    if np.max(size) == 0:
        return 0.0
    return float(np.max(np.abs(a - b) / np.maximum(size, 0.01 * np.max(size))))


def random_net(
    rng: np.random.Generator, T: int, B: int, D: int, H: int, V: int, scale: float
) -> Net:
    """As in the given cell of 3.5, for the reference and the wrong answers below."""
    return dict(
        x=rng.normal(size=(T, B, D)),
        y=rng.integers(0, V, size=(T, B)),
        h0=0.5 * rng.normal(size=(B, H)),
        W_xh=scale * rng.normal(size=(D, H)) / np.sqrt(D),
        W_hh=scale * rng.normal(size=(H, H)) / np.sqrt(H),
        b_h=0.3 * rng.normal(size=H),
        W_ho=scale * rng.normal(size=(H, V)) / np.sqrt(H),
        b_o=0.3 * rng.normal(size=V),
    )


def loss(net: Net) -> Any:
    """As in the given cell of 3.5."""
    return _cross_entropy(_forward(net)[2], net["y"])


def is_right(implementation: Callable, rng: np.random.Generator) -> bool:
    for scale in (1.0, 1.5):
        net = random_net(rng, T=9, B=2, D=3, H=4, V=5, scale=scale)

        def loss_of(W_hh, net=net):
            return loss({**net, "W_hh": W_hh})

        numeric = numerical_gradient(loss_of, net["W_hh"])
        if relative_error(implementation(net), numeric) > 1e-5:
            return False
    return True


def _forward_difference(f, x, eps=1e-5):
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    here = f(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + eps
        gradient[index] = (f(x) - here) / eps
        x[index] = kept
    return gradient


def _never_restored(f, x, eps=1e-5):
    x = np.asarray(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += eps
        above = f(x)
        x[index] -= 2 * eps
        below = f(x)
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def _in_float32(f, x, eps=1e-5):
    x = np.array(x, dtype=np.float32)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + eps
        above = f(x)
        x[index] = kept - eps
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def _absolute_error(a, b):
    return float(np.max(np.abs(np.asarray(a) - np.asarray(b))))


def _with_tiny_weights(implementation, rng):
    net = random_net(rng, T=9, B=2, D=3, H=4, V=5, scale=0.0001)

    def loss_of(W_hh):
        return loss({**net, "W_hh": W_hh})

    numeric = numerical_gradient(loss_of, net["W_hh"])
    return relative_error(implementation(net), numeric) < 0.05


def _with_short_sequences(implementation, rng):
    net = random_net(rng, T=4, B=2, D=3, H=4, V=5, scale=1.0)

    def loss_of(W_hh):
        return loss({**net, "W_hh": W_hh})

    numeric = numerical_gradient(loss_of, net["W_hh"])
    return relative_error(implementation(net), numeric) < 1e-5


def _central_bowl(x: Array, eps: float) -> Array:
    """What central differences give for the given function `bowl`, exactly.

    It is quadratic, so the step does not matter.
    """
    return 2 * x + np.sum(x)


def _central_hill(x: Array, eps: float) -> Array:
    """What central differences give for the given function `hill`, exactly."""
    return np.exp(x) * np.sinh(eps) / eps + 3 * np.sum(x) ** 2 + eps**2


def _test_numerical_gradient(ask: Ask, rng: np.random.Generator) -> None:
    points = [
        0.5 * rng.standard_normal(shape) for shape in ((3,), (2, 3), (2, 1, 2), ())
    ]
    for x in map(np.array, points):
        for f, central, eps in (
            ("bowl", _central_bowl, 0.1),
            ("hill", _central_hill, 0.01),
        ):
            reply = ask("numerical_gradient", Given(f), x, eps)
            where = f"for `{f}`, x of shape {x.shape} and eps = {eps}"
            if not np.allclose(reply.args_after[1], x, rtol=0, atol=1e-12):
                raise Wrong(f"{where}: x itself was changed by the call.")
            got = _as_array(reply.value, x.shape, where)
            want = central(x, eps)
            if not _near(got, want, 1e-9):
                raise Wrong(
                    f"{where} the result is off by {np.max(np.abs(got - want)):.1e} from the central difference with exactly this step."
                )
    x32 = (0.5 * rng.standard_normal((2, 3))).astype(np.float32)
    for x, kind in ((x32, "float32"), (rng.integers(-2, 3, size=4), "integers")):
        reply = ask("numerical_gradient", Given("hill"), x)
        got = _as_array(reply.value, x.shape, f"for x of {kind}")
        want = _central_hill(x.astype(np.float64), 1e-5)
        if not _near(got, want, 1e-6):
            raise Wrong(
                f"for x of {kind} the relative error is {np.max(np.abs(got - want)) / np.max(np.abs(want)):.0e}: convert x to float64 before adding a step of 1e-5."
            )
        if np.asarray(reply.value).dtype != np.float64:
            raise Wrong(f"for x of {kind} the result is not float64.")


def _magnitudes_subtracted(a: Array, b: Array) -> float:
    return relative_error(np.abs(a), np.abs(b))


def _without_floor(a: Array, b: Array) -> float:
    size = np.maximum(np.abs(a), np.abs(b))
    return float(np.max(np.abs(a - b) / np.where(size > 0, size, 1.0)))


def _sum_of_magnitudes(a: Array, b: Array) -> float:
    size = np.abs(a) + np.abs(b)
    return float(np.max(np.abs(a - b) / np.maximum(size, 0.01 * np.max(size))))


def _sum_without_floor(a: Array, b: Array) -> float:
    size = np.abs(a) + np.abs(b)
    return float(np.max(np.abs(a - b) / np.where(size > 0, size, 1.0)))


def _norm(a: Array) -> float:
    return float(np.sqrt(np.sum(a**2)))


def _norms_by_sum(a: Array, b: Array) -> float:
    return _norm(a - b) / (_norm(a) + _norm(b))


def _norms_by_largest(a: Array, b: Array) -> float:
    return _norm(a - b) / max(_norm(a), _norm(b))


SUM_HINT = "Divide by the larger of |a| and |b|, not by their sum."
NORM_HINT = (
    "This is a ratio of norms, in which one wrong entry can hide: take the error of "
    "each entry, then the largest."
)
OTHER_ERRORS = (
    (
        _magnitudes_subtracted,
        "Mind the signs: subtract first, then take the magnitude.",
    ),
    (
        _without_floor,
        "The floor is missing: no entry is divided by less than 0.01 m.",
    ),
    (_sum_of_magnitudes, SUM_HINT),
    (_sum_without_floor, SUM_HINT),
    (_norms_by_sum, NORM_HINT),
    (_norms_by_largest, NORM_HINT),
)


def _test_relative_error(ask: Ask, rng: np.random.Generator) -> None:
    def error(a: Any, b: Any, where: str) -> float:
        value = ask("relative_error", a, b).value
        return float(_as_array(value, (), where))

    for shape in ((3,), (2, 3), ()):
        zeros = np.zeros(shape)
        where = f"two arrays of zeros of shape {shape}"
        if error(zeros, zeros.copy(), where) != 0:
            raise Wrong(f"{where}: the error is not 0.")
    pairs = []
    for shape in ((4,), (3, 2), ()):
        a = np.array(rng.standard_normal(shape))
        pairs.append((a, a + 0.3 * np.array(rng.standard_normal(shape))))
        pairs.append((a, a * (1 + 1e-6 * np.array(rng.standard_normal(shape)))))
    a = rng.standard_normal(4)
    a[1] = 0.0
    b = a.copy()
    b[1] = 1e-9
    pairs += [(a, b), (b, a), (a, -a), (a, np.zeros(4)), (np.zeros(4), a)]
    for a, b in pairs:
        for size in (1.0, 1e-7, 1e7):
            want = relative_error(size * a, size * b)
            where = f"two arrays of shape {a.shape} with entries of size {size:g}"
            got = error(size * a, size * b, where)
            if not np.isclose(got, want, rtol=1e-5, atol=1e-14):
                tip = (
                    " Multiplying both arrays by one number must not change it."
                    if size != 1
                    else ""
                )
                for other, hint in OTHER_ERRORS:
                    if np.isclose(got, other(size * a, size * b), rtol=1e-5, atol=0):
                        tip = f" {hint}"
                        break
                raise Wrong(f"{where}: got {got:.3g}, expected {want:.3g}.{tip}")


RIGHT, LOUD, QUIET = "bd", "ae", "cf"
TOO_STRICT = (
    "Ask of your test: is the threshold below what central differences reach (about "
    "1e-8), is `net` unchanged while you take differences, and are your two other "
    "functions right?"
)
TOO_LAX = (
    "Ask of your test: are T, B and H large enough (with H = 1, a 1×1 matrix is its own "
    "transpose), are the weights of about the size 1, and would a smaller threshold "
    "still let right answers pass?"
)


def _verdicts(ask: Ask, rng: np.random.Generator, letters: str, draws: int) -> None:
    for _ in range(draws):
        for letter in letters:
            number = int(rng.integers(2**31))
            value = ask("is_right", Given(f"candidate_{letter}"), Rng(number)).value
            if not isinstance(value, (bool, np.bool_)):
                raise Wrong(f"is_right: expected True or False, got {_type(value)}.")
            if bool(value) != (letter in RIGHT):
                verdict = "right" if value else "wrong"
                tip = TOO_STRICT if letter in RIGHT else TOO_LAX
                raise Wrong(
                    f"your referee calls candidate_{letter} {verdict}, and it is not. {tip}"
                )


def _test_loud(ask: Ask, rng: np.random.Generator) -> None:
    _verdicts(ask, rng, RIGHT + LOUD, draws=2)


def _test_quiet(ask: Ask, rng: np.random.Generator) -> None:
    _verdicts(ask, rng, RIGHT, draws=1)
    _verdicts(ask, rng, QUIET, draws=6)  # a lax threshold convicts only now and then


def _referee_cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for shape in ((3,), (2, 2)):
        x = 0.5 * rng.standard_normal(shape)
        calls.append(Call("numerical_gradient", Given("bowl"), x, 0.1))
        calls.append(Call("numerical_gradient", Given("hill"), x, 0.01))
        a, b = 5 * rng.standard_normal(shape), rng.standard_normal(shape)
        calls.append(Call("relative_error", a, b))
    for letter in "abcdef":
        calls.append(Call("is_right", Given(f"candidate_{letter}"), Rng(7)))
    return calls


QUESTION_5 = Question(
    id="03.5",
    title="a gradient check that convicts",
    answers=("numerical_gradient", "relative_error", "is_right"),
    reference={
        "numerical_gradient": numerical_gradient,
        "relative_error": relative_error,
        "is_right": is_right,
    },
    properties=(
        Property(
            "numerical_gradient is the central difference with the step it is given, for every shape and dtype, and leaves x alone",
            1,
            _test_numerical_gradient,
            "§3.9",
        ),
        Property(
            "relative_error is the formula of the task: right near zero, and unchanged when both arrays are multiplied by a number",
            1,
            _test_relative_error,
            "§3.9, def-relerr",
        ),
        Property(
            "is_right acquits the two unusual but right candidates and convicts the two loud mistakes",
            1,
            _test_loud,
            "§3.9 and §3.13",
        ),
        Property(
            "is_right also convicts the two quiet mistakes, which some networks do not show",
            1,
            _test_quiet,
            "§3.13",
        ),
    ),
    misconceptions=(
        Misconception(
            "forward difference",
            {"numerical_gradient": _forward_difference},
            "You take the forward difference (f(x+ε) − f(x))/ε. Its error shrinks like ε; that of the central difference shrinks like ε², and rounding costs both the same.",
            "§3.9",
        ),
        Misconception(
            "absolute error",
            {"relative_error": _absolute_error},
            "You return the absolute error. 1e-7 is excellent for a gradient of size 1 and worthless for one of size 1e-7: divide by the size.",
            "§3.9, def-relerr",
        ),
        Misconception(
            "x perturbed and not restored",
            {"numerical_gradient": _never_restored},
            "You step in x itself and do not step back: from the second entry on f is taken at a shifted point, and the caller's weights are changed. Work on a copy, and put each entry back.",
            "§3.9",
        ),
        Misconception(
            "differences in float32",
            {"numerical_gradient": _in_float32},
            "You work in float32, which has about seven digits: after a step of 1e-5 at most two of them are left in the difference. Convert x to float64 first.",
            "§3.9",
        ),
        Misconception(
            "weights too small to see the bug",
            {"is_right": _with_tiny_weights},
            "Your referee cannot see a transpose that is missing. Either the weights are tiny, so that whatever goes through W_hh is lost beside the rest (test with weights of about the size 1), or H = 1: a 1×1 matrix is its own transpose.",
            "§3.13",
        ),
        Misconception(
            "sequence too short to see the bug",
            {"is_right": _with_short_sequences},
            "Your test sequence is short. A backward pass that looks back five steps and no further is exact on it; a mistake about long paths needs long paths to show.",
            "§3.10 and §3.13",
        ),
    ),
    cases=_referee_cases,
)


# --- 3.6 the gradient at the initial state -------------------------------------------------


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
    do = complex_step(lambda o: _cross_entropy(o, net["y"]), _forward(net)[2])
    return do[:, 0], net["h"][:, 0], net["W_hh"], net["W_ho"]


def _test_formula(
    ask: Ask, rng: np.random.Generator, sizes: tuple[tuple[int, int, int], ...]
) -> None:
    for T, H, V in sizes:
        net = _net(rng, T=T, B=1, D=2, H=H, V=V)
        args = _formula_arguments(net)
        reply = ask("dh0_formula", *args)
        want = _gradient(net, "h0")[0]
        _expect(reply.value, want, f"with T = {T} and H = {H}, the result")
        _expect_untouched(reply, args, "do h W_hh W_ho")


def _test_one_step(ask: Ask, rng: np.random.Generator) -> None:
    _test_formula(ask, rng, ((1, 3, 2), (1, 4, 5)))


def _test_many_steps(ask: Ask, rng: np.random.Generator) -> None:
    _test_formula(ask, rng, ((2, 3, 4), (4, 3, 3), (6, 5, 2)))


def _formula_cases(rng: np.random.Generator) -> list[Call]:
    return [
        Call("dh0_formula", *_formula_arguments(_net(rng, T, 1, 2, H, V)))
        for T, H, V in ((3, 3, 2), (4, 4, 3), (5, 2, 4))
    ]


QUESTION_6 = Question(
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

QUESTIONS = (QUESTION_1, QUESTION_2, QUESTION_3, QUESTION_4, QUESTION_5, QUESTION_6)
