"""Question 8.1: a stack with skips, forwards and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c08.common import expect_array, sizes
from unrolled.grader.checks.judging import Array, expect_keys, kind_of
from unrolled.grader.checks.slips import (
    Slip,
    array,
    expect_same_arguments,
    hint,
    misconceptions,
    several,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

Layer = dict[str, Array]


def _residual(number, s, h):
    """Whether layer `number` (from 0) puts out its input plus its state."""
    return number > 0 and s.shape == h.shape


def _forward(x, h0, layers, slip=""):
    """The stack; `slip` names one mistake in it."""
    s, h_n, last = x, [], None
    if slip == "h0 turned":
        h0 = h0[::-1]
    for number, w in enumerate(layers):
        if slip == "shared":
            w = layers[0]
        h, states = h0[number], []
        if slip == "h0 shared":
            h = h0[0]
        if slip == "h0 from below" and number:
            h = last
        if slip == "h0 zero":
            h = np.zeros_like(h)
        if slip == "last state" and number:
            s = np.broadcast_to(s[-1], s.shape)
        if slip == "a step late" and number:
            s = np.concatenate([np.zeros_like(s[:1]), s[:-1]])
        for t, s_t in enumerate(s):
            a = s_t @ w["W_in"] + h @ w["W_hh"] + w["b"]
            if slip == "no bias":
                a = a - w["b"]
            if "W_skip" in w and slip != "no skip":
                a = a + (s_t if slip == "skip from below" else x[t]) @ w["W_skip"]
            same = _residual(number, s_t, a)
            if slip == "residual inside" and same:
                a = a + s_t
            h = np.tanh(a)
            if slip == "residual in the state" and same:
                h = h + s_t
            states.append(h)
        out = np.array(states)
        below, s = s, out
        plain = ("no residual", "residual inside", "residual in the state")
        if slip == "residual from the input":
            s = out + x if number and out.shape == x.shape else out
        elif (slip == "residual at layer 1 too" and below.shape == out.shape) or (
            slip not in plain and _residual(number, below, out)
        ):
            s = out + below
        last = s[-1] if slip == "sums in h_n" else h
        h_n.append(last)
        if slip == "top state" and number == len(layers) - 1:
            s = out
    if slip == "h_n turned":
        h_n = h_n[::-1]
    return s, h_n


def forward(x, h0, layers):
    return _forward(x, h0, layers)


def _backward(x, h0, layers, ds, dh_n, slip=""):
    """Gradients of a stack; `slip` names one mistake in them."""
    inputs, states, s = [], [], x
    for number, (w, h) in enumerate(zip(layers, h0, strict=True)):
        rows = [h]
        for t, s_t in enumerate(s):
            a = s_t @ w["W_in"] + rows[-1] @ w["W_hh"] + w["b"]
            if "W_skip" in w:
                a = a + x[t] @ w["W_skip"]
            rows.append(np.tanh(a))
        rows = np.array(rows)
        inputs.append(s)
        states.append(rows)
        s = rows[1:] + s if _residual(number, s, rows[1:]) else rows[1:]
    dx, dh0, grads, d = np.zeros_like(x), [], [], ds
    for number in reversed(range(len(layers))):
        w, s, h = layers[number], inputs[number], states[number]
        g = {name: np.zeros_like(value) for name, value in w.items()}
        d_in, dh = np.zeros_like(s), dh_n[number]
        top = number == len(layers) - 1
        if slip == "no dh_n" or (slip == "dh_n of the top" and not top):
            dh = np.zeros_like(dh)
        if slip == "dh_n turned":
            dh = dh_n[::-1][number]
        late = dh  # the error that dh_n brings
        for t in reversed(range(len(x))):
            if slip == "dh_n at every step" and t < len(x) - 1:
                dh = dh + late
            if slip == "from above at the end" and not top and t < len(x) - 1:
                pass
            else:
                dh = dh + d[t]
            out = h[t + 1]
            same = _residual(number, s[t], out)
            if slip == "slope of the sum" and same:
                out = out + s[t]
            da = dh * (1 - out**2)
            if slip == "no slope":
                da = dh
            below = states[number - 1][t + 1] if number else s[t]
            g["W_in"] += (below if slip == "state from below" else s[t]).T @ da
            g["W_hh"] += h[t + (slip == "new state")].T @ da
            g["b"] += da.mean(axis=0) if slip == "mean" else da.sum(axis=0)
            if "W_skip" in w:
                g["W_skip"] += x[t].T @ da
                if slip != "no skip in dx":
                    dx[t] += da @ w["W_skip"].T
            d_in[t] = da @ w["W_in"].T
            if slip == "all of it down" and same:
                d_in[t] += dh
            elif (slip != "no residual" and same) or (
                slip == "residual at layer 1 too" and s[t].shape == out.shape
            ):
                d_in[t] += d[t]
            if slip == "dh_n at the sum" and same and t == len(x) - 1:
                d_in[t] += late
            dh = da @ w["W_hh"].T
            if slip == "W_hh not turned":
                dh = da @ w["W_hh"]
            if slip == "no time":
                dh = np.zeros_like(dh)
        dh0.append(dh)
        grads.append(g)
        d = d_in
    if slip == "lists turned":
        return dx + d, dh0, grads
    if slip == "input of the skips alone":
        d = np.zeros_like(x)
    return dx + d, dh0[::-1], grads[::-1]


def backward(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n)


# --- wrong stacks ---------------------------------------------------------------------


def _last_state(x, h0, layers):
    return _forward(x, h0, layers, "last state")


def _a_step_late(x, h0, layers):
    return _forward(x, h0, layers, "a step late")


def _shared(x, h0, layers):
    return _forward(x, h0, layers, "shared")


def _h0_turned(x, h0, layers):
    return _forward(x, h0, layers, "h0 turned")


def _h0_shared(x, h0, layers):
    return _forward(x, h0, layers, "h0 shared")


def _h0_from_below(x, h0, layers):
    return _forward(x, h0, layers, "h0 from below")


def _h0_zero(x, h0, layers):
    return _forward(x, h0, layers, "h0 zero")


def _h_n_turned(x, h0, layers):
    return _forward(x, h0, layers, "h_n turned")


def _no_bias(x, h0, layers):
    return _forward(x, h0, layers, "no bias")


def _no_skip(x, h0, layers):
    return _forward(x, h0, layers, "no skip")


def _skip_from_below(x, h0, layers):
    return _forward(x, h0, layers, "skip from below")


def _no_residual(x, h0, layers):
    return _forward(x, h0, layers, "no residual")


def _residual_inside(x, h0, layers):
    return _forward(x, h0, layers, "residual inside")


def _residual_in_the_state(x, h0, layers):
    return _forward(x, h0, layers, "residual in the state")


def _residual_from_the_input(x, h0, layers):
    return _forward(x, h0, layers, "residual from the input")


def _residual_at_layer_1(x, h0, layers):
    return _forward(x, h0, layers, "residual at layer 1 too")


def _sums_in_h_n(x, h0, layers):
    return _forward(x, h0, layers, "sums in h_n")


def _top_state(x, h0, layers):
    return _forward(x, h0, layers, "top state")


# --- wrong gradients ------------------------------------------------------------------


def _back_no_residual(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "no residual")


def _back_all_of_it_down(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "all of it down")


def _back_residual_at_layer_1(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "residual at layer 1 too")


def _back_slope_of_the_sum(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "slope of the sum")


def _back_no_slope(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "no slope")


def _back_no_time(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "no time")


def _back_from_above_at_the_end(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "from above at the end")


def _back_no_dh_n(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "no dh_n")


def _back_dh_n_of_the_top(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "dh_n of the top")


def _back_dh_n_at_the_sum(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "dh_n at the sum")


def _back_dh_n_at_every_step(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "dh_n at every step")


def _back_no_skip_in_dx(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "no skip in dx")


def _back_skips_alone(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "input of the skips alone")


def _back_state_from_below(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "state from below")


def _back_new_state(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "new state")


def _back_mean(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "mean")


def _back_W_hh_not_turned(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "W_hh not turned")


def _back_lists_turned(x, h0, layers, ds, dh_n):
    return _backward(x, h0, layers, ds, dh_n, "lists turned")


# --- numbers to ask with --------------------------------------------------------------


def _stack(
    rng: np.random.Generator,
    T: int,
    B: int,
    D: int,
    widths: tuple[int, ...],
    skips: tuple[int, ...] = (),
) -> tuple[Array, list[Array], list[Layer]]:
    """x, h0 and layers; `skips` are numbers of layers, from 0, that read x as well."""
    layers, below = [], D
    for number, H in enumerate(widths):
        w = {
            "W_in": rng.standard_normal((below, H)) / below**0.5,
            "W_hh": 0.8 * rng.standard_normal((H, H)) / H**0.5,
            "b": 0.5 * rng.standard_normal(H),
        }
        if number in skips:
            w["W_skip"] = rng.standard_normal((D, H)) / D**0.5
        layers.append(w)
        below = H
    h0 = [rng.uniform(-0.9, 0.9, size=(B, H)) for H in widths]
    return rng.standard_normal((T, B, D)), h0, layers


def _errors(rng: np.random.Generator, x: Array, h0: list[Array]) -> tuple[Any, ...]:
    """ds and dh_n for a stack."""
    ds = rng.standard_normal((*x.shape[:2], h0[-1].shape[1]))
    return ds, [rng.standard_normal(h.shape) for h in h0]


PLAIN = ((4, 2, 3, (5,)), (3, 3, 2, (4, 3)), (5, 2, 4, (2, 5, 3)), (1, 1, 2, (3, 2)))
SKIPS = (
    (4, 2, 3, (3, 3), ()),
    (3, 2, 2, (4, 4, 3), (1,)),
    (4, 3, 3, (3, 5, 5, 5), (2, 3)),
    (3, 2, 4, (2, 4, 4), (1, 2)),
    (1, 2, 2, (2, 2), (1,)),
)


def _about(args: tuple[Any, ...]) -> str:
    x, h0, layers = args[:3]
    T, B, D = x.shape
    skips = [str(i + 1) for i, w in enumerate(layers) if "W_skip" in w]
    extra = f', with "W_skip" in layer {" and ".join(skips)}' if skips else ""
    widths = [h.shape[1] for h in h0]
    return f"{sizes(T=T, B=B, D=D)}, widths {widths}{extra}"


# --- tests ----------------------------------------------------------------------------


def _run(ask: Ask, args: tuple[Any, ...]) -> tuple[Any, Any, str, Any]:
    """What `forward` gives: s, h_n, a hint, and the right values."""
    reply = ask("forward", *args)
    want = forward(*args)
    s, h_n = several(reply.value, 2, "two values, the top's output and h_n")
    told = hint(SLIPS, "forward", args, reply.value, want)
    expect_same_arguments(args, reply.args_after)
    return s, h_n, told, want


def _test_plain(ask: Ask, rng: np.random.Generator) -> None:
    for sizes_ in PLAIN:
        args = _stack(rng, *sizes_)
        s, _, told, want = _run(ask, args)
        expect_array(s, want[0], f"{_about(args)}: the top's output", told)


def _test_skips(ask: Ask, rng: np.random.Generator) -> None:
    for sizes_ in SKIPS:
        args = _stack(rng, *sizes_)
        s, _, told, want = _run(ask, args)
        expect_array(s, want[0], f"{_about(args)}: the top's output", told)


def _list(value: Any, count: int, name: str) -> Any:
    """`value` as a list of `count` entries; an array counts as one."""
    if not isinstance(value, (list, tuple, np.ndarray)):
        raise Wrong(f"{name}: expected a list, got {kind_of(value)}.")
    if len(value) != count:
        raise Wrong(f"{name} has {len(value)} entries, expected {count}, one a layer.")
    return value


def _test_last(ask: Ask, rng: np.random.Generator) -> None:
    for sizes_ in (*PLAIN, *SKIPS):
        args = _stack(rng, *sizes_)
        _, h_n, told, want = _run(ask, args)
        for number, right in enumerate(want[1]):
            got = _list(h_n, len(want[1]), "h_n")[number]
            expect_array(got, right, f"{_about(args)}: h_n[{number}]", told)


def _back(ask: Ask, rng: np.random.Generator, which: int) -> Any:
    """Calls of `backward`: (what about, what was returned, what is right, hint)."""
    for sizes_ in (*PLAIN, *SKIPS):
        x, h0, layers = _stack(rng, *sizes_)
        args = x, h0, layers, *_errors(rng, x, h0)
        reply = ask("backward", *args)
        want = backward(*args)
        found = several(reply.value, 3, "three values: dx, dh0, grads")
        told = hint(SLIPS, "backward", args, reply.value, want)
        expect_same_arguments(args, reply.args_after)
        yield _about(args), found[which], want[which], told


def _test_dx(ask: Ask, rng: np.random.Generator) -> None:
    for where, got, want, told in _back(ask, rng, 0):
        expect_array(got, want, f"{where}: dx", told)


def _test_dh0(ask: Ask, rng: np.random.Generator) -> None:
    for where, got, want, told in _back(ask, rng, 1):
        for number, right in enumerate(want):
            one = _list(got, len(want), "dh0")[number]
            expect_array(one, right, f"{where}: dh0[{number}]", told)


def _test_grads(ask: Ask, rng: np.random.Generator) -> None:
    for where, got, want, told in _back(ask, rng, 2):
        for number, right in enumerate(want):
            one = _list(got, len(want), "grads")[number]
            one = expect_keys(one, right, "a dict with the keys of its layer")
            for name, value in right.items():
                label = f'{where}: grads[{number}]["{name}"]'
                expect_array(array(one[name], value.shape, label), value, label, told)


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for sizes_ in (
        (3, 2, 3, (4, 2)),
        (4, 2, 3, (3, 3, 3), ()),
        (3, 2, 3, (3, 3, 3), (1, 2)),
        (3, 3, 2, (4, 4, 3), (1,)),
        (4, 2, 4, (3, 4, 4), (2,)),
    ):
        x, h0, layers = _stack(rng, *sizes_)
        calls.append(Call("forward", x, h0, layers))
        calls.append(Call("backward", x, h0, layers, *_errors(rng, x, h0)))
    return calls


STACK = "§8.3, def-stack"
BACK = "§8.3, eq-stack-grad"
OVER = "§8.6, def-residual"

SLIPS = (
    Slip(
        "the last state goes up",
        "forward",
        _last_state,
        "A layer of yours reads the last output of the layer below, at every step. That layer has an output at each step, and step t reads the one of step t: hand up all of them.",
        STACK,
        "Each step reads what the layer below put out at that step, not at the last.",
    ),
    Slip(
        "the layer below, a step late",
        "forward",
        _a_step_late,
        "A layer of yours reads what the layer below put out one step before. Between layers no time passes: step t reads step t.",
        STACK,
        "Between two layers no time passes.",
    ),
    Slip(
        "weights of layer 1 for all",
        "forward",
        _shared,
        "All your layers use the weights of the first. Weights are shared over time, not over layers: layer l has layers[l - 1].",
        STACK,
        "Weights are shared over time, not over layers.",
    ),
    Slip(
        "initial states from the top down",
        "forward",
        _h0_turned,
        "Your initial states are given out from the top down. h0[0] belongs to layer 1, the one that reads x.",
        STACK,
        "Which layer does h0[0] belong to?",
    ),
    Slip(
        "one initial state for all",
        "forward",
        _h0_shared,
        "All your layers start from the first initial state. Each layer has its own: h0[l - 1].",
        STACK,
        "Each layer has an initial state of its own.",
    ),
    Slip(
        "starts from the layer below",
        "forward",
        _h0_from_below,
        "Your variable for the state is not set anew when a layer begins: a layer starts from the last state of the layer below. It starts from its own entry of h0.",
        STACK,
        "Where does a new layer's state come from at step 1?",
    ),
    Slip(
        "initial states ignored",
        "forward",
        _h0_zero,
        "Your layers start from zeros. The initial states are given, in h0.",
        STACK,
        "The initial states are given.",
    ),
    Slip(
        "last states from the top down",
        "forward",
        _h_n_turned,
        "Your h_n lists the layers from the top down. As in PyTorch, the first entry is layer 1, the one that reads x.",
        "§8.3, def-stack, and the table of the task",
        "In which order does h_n list the layers?",
    ),
    Slip(
        "no bias",
        "forward",
        _no_bias,
        'The bias "b" is missing from your pre-activations.',
        STACK,
        "A bias is missing.",
    ),
    Slip(
        "skips forgotten",
        "forward",
        _no_skip,
        'Your layers do not read the input through "W_skip". A layer that has that key adds x^(t) W_skip inside tanh.',
        "§8.3, def-stack, and the formula of the task",
        '"W_skip" has no effect.',
    ),
    Slip(
        "skip from the layer below",
        "forward",
        _skip_from_below,
        'You multiply "W_skip" with the output of the layer below. It reads the input x of the whole stack, at the same step.',
        "§8.3, def-stack, and the formula of the task",
        'What does "W_skip" read?',
    ),
    Slip(
        "no residual",
        "forward",
        _no_residual,
        "Your layers put out their states alone. From layer 2 on, a layer whose input is as wide as it is itself puts out its input plus its state.",
        OVER,
        "Nothing is added where widths agree.",
    ),
    Slip(
        "residual inside tanh",
        "forward",
        _residual_inside,
        "You add a layer's input inside tanh. Then it is squashed with the rest; a residual is added to what tanh gives.",
        OVER,
        "Is the input added before tanh or after it?",
    ),
    Slip(
        "the sum goes round in time",
        "forward",
        _residual_in_the_state,
        "Your layers hand the sum, input plus state, to their own next step. What goes round in time is the state h alone; the sum goes up.",
        OVER,
        "What does a layer hand to its own next step, and what to the layer above?",
    ),
    Slip(
        "residual from the input of the stack",
        "forward",
        _residual_from_the_input,
        "You add the input x of the whole stack. A residual adds what *this* layer reads, the output of the layer below.",
        OVER,
        "What is added is the layer's own input.",
    ),
    Slip(
        "residual at layer 1 too",
        "forward",
        _residual_at_layer_1,
        "You add the input at layer 1 too, when D happens to be its width. The rule begins at layer 2.",
        OVER,
        "Does layer 1 add anything?",
    ),
    Slip(
        "sums among the last states",
        "forward",
        _sums_in_h_n,
        "Your h_n holds what the layers put out, sums where widths agree. It has to hold their states h, from which the next chunk would go on.",
        "§8.6, def-residual, and the table of the task",
        "h_n holds states; what goes up is another thing.",
    ),
    Slip(
        "state of the top for its output",
        "forward",
        _top_state,
        "Your first result is the state of the top layer. Where its width agrees with its input's, the top puts out a sum like any other layer.",
        OVER,
        "Is the top's output its state?",
    ),
    Slip(
        "no error past a layer",
        "backward",
        _back_no_residual,
        "Your error goes down through W_in alone. Where the output was input plus state, the error at the output reaches the input unchanged as well.",
        "§8.6, eq-residual-jac",
        "Where a layer's input was added to its state, the error takes a second way down.",
    ),
    Slip(
        "the error from time goes past the layer",
        "backward",
        _back_all_of_it_down,
        "Past a layer you send the whole error at its state, what came back from the next step too. Only the output was a sum: what goes past the layer is the error at the *output*.",
        "§8.6, eq-residual-jac",
        "Which error goes past a layer: that at its output or that at its state?",
    ),
    Slip(
        "an error past layer 1",
        "backward",
        _back_residual_at_layer_1,
        "You send the error past layer 1 too, when D happens to be its width. Layer 1 adds nothing to its state.",
        OVER,
        "Layer 1 adds nothing, so nothing goes past it.",
    ),
    Slip(
        "slope at the sum",
        "backward",
        _back_slope_of_the_sum,
        "You take 1 − s², with the sum that goes up. The slope of tanh is 1 − h², with the state.",
        BACK,
        "The slope of tanh is that at its own output.",
    ),
    Slip(
        "no slope",
        "backward",
        _back_no_slope,
        "The factor 1 − h² is missing: the error at the state is not yet the error inside tanh.",
        BACK,
        "The slope of tanh is missing.",
    ),
    Slip(
        "no error from the next step",
        "backward",
        _back_no_time,
        "Your errors come from above alone. The error at a state is a sum of two: from the layer above at the same step and, through W_hh, from the same layer's next step.",
        BACK,
        "Nothing comes back from the next step.",
    ),
    Slip(
        "from above at the last step alone",
        "backward",
        _back_from_above_at_the_end,
        "Below the top, your layers get an error from above at the last step alone. The layer above read them at every step.",
        BACK,
        "The layer above read every step of the layer below.",
    ),
    Slip(
        "dh_n ignored",
        "backward",
        _back_no_dh_n,
        "dh_n has no effect on your gradients. It is the error at each layer's last state, from whatever read that state later.",
        BACK,
        "dh_n has no effect.",
    ),
    Slip(
        "dh_n of the top alone",
        "backward",
        _back_dh_n_of_the_top,
        "You use dh_n for the top layer alone. Every layer has a last state that was handed on.",
        BACK,
        "dh_n counts for the top layer alone.",
    ),
    Slip(
        "dh_n at the sum",
        "backward",
        _back_dh_n_at_the_sum,
        "You add dh_n to the error at a layer's output, so where the output is a sum it goes past the layer as well. dh_n is the error at the *state*: what reads a state later does not see the sum.",
        "§8.6, def-residual, and the rules of the task",
        "Is dh_n the error at a layer's state, or at the sum that it puts out?",
    ),
    Slip(
        "dh_n at every step",
        "backward",
        _back_dh_n_at_every_step,
        "You add dh_n at every step. It is the error at the *last* state; earlier states get their share of it through W_hh.",
        BACK,
        "At how many steps does dh_n come in?",
    ),
    Slip(
        "no error through the skips",
        "backward",
        _back_no_skip_in_dx,
        'Your dx has the way through layer 1 alone. A layer with "W_skip" read x as well, so its error reaches x too.',
        "§8.3, eq-stack-grad, and the formula of the task",
        "Which layers have read x?",
    ),
    Slip(
        "error through the skips alone",
        "backward",
        _back_skips_alone,
        'Your dx has the ways through "W_skip" alone. Layer 1 reads x too, through its W_in.',
        BACK,
        "Which layers have read x?",
    ),
    Slip(
        "W_in with the state below",
        "backward",
        _back_state_from_below,
        "Your gradient at W_in has the state of the layer below. This layer read what that layer put out, which is a sum where a residual is.",
        OVER,
        "What did W_in multiply?",
    ),
    Slip(
        "W_hh with the new state",
        "backward",
        _back_new_state,
        "Your gradient at W_hh has the state of the same step. W_hh multiplied the state of the step before.",
        BACK,
        "Which state did W_hh multiply?",
    ),
    Slip(
        "mean over the batch",
        "backward",
        _back_mean,
        "Your gradient at a bias is a mean over the batch. The bias was added to every row: sum over them.",
        BACK,
        "A bias was added to every row of the batch.",
    ),
    Slip(
        "W_hh not transposed",
        "backward",
        _back_W_hh_not_turned,
        "Back in time you multiply by W_hh. An error goes back through the transpose.",
        BACK,
        "An error goes back through the transpose.",
    ),
    Slip(
        "gradients from the top down",
        "backward",
        _back_lists_turned,
        "Your dh0 and grads list the layers from the top down, in the order in which you came to them. Entry 0 belongs to layer 1.",
        "§8.3, eq-stack-grad, and the table of the task",
        "In which order do dh0 and grads list the layers?",
    ),
)

QUESTION = Question(
    id="08.1",
    title="a stack with ways around",
    answers=("forward", "backward"),
    reference={"forward": forward, "backward": backward},
    properties=(
        Property(
            "Layers of different widths, without any way around: the top's output is that of nn.RNN layers on one another",
            1,
            _test_plain,
            STACK,
        ),
        Property(
            "The top's output where layers read x as well, and where widths agree",
            1,
            _test_skips,
            "§8.6, def-residual, and the formula of the task",
        ),
        Property("h_n holds each layer's last state", 1, _test_last, STACK),
        Property("dx: the error at every input", 1, _test_dx, BACK),
        Property("dh0: the error at every initial state", 1, _test_dh0, BACK),
        Property("grads: the gradient at every weight", 1, _test_grads, BACK),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
