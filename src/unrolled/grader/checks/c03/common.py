"""What several questions of chapter 3 share: networks and numerical truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.gradcheck import complex_step
from unrolled.grader.checks.judging import Array, expect

Net = dict[str, Array]


def draw_net(rng: np.random.Generator, T: int, B: int, D: int, H: int, V: int) -> Net:
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
    a, h, o = run_net(net)
    p = np.exp(o - o.max(axis=-1, keepdims=True))
    return net | {"a": a, "h": h, "p": p / p.sum(axis=-1, keepdims=True)}


def run_net(net: Net) -> tuple[Array, Array, Array]:
    """a (T, B, H), h (T+1, B, H) and logits (T, B, V); complex stays complex."""
    a, h = [], [net["h0"]]
    for x_t in net["x"]:
        a.append(x_t @ net["W_xh"] + h[-1] @ net["W_hh"] + net["b_h"])
        h.append(np.tanh(a[-1]))
    h = np.array(h)
    return np.array(a), h, h[1:] @ net["W_ho"] + net["b_o"]


def summed_loss(o: Array, y: Array) -> Any:
    """-sum ln softmax(o)[y] over all leading axes; o (..., V), y (...)."""
    shift = o.real.max(axis=-1, keepdims=True)
    log_sum = np.log(np.exp(o - shift).sum(axis=-1)) + shift[..., 0]
    return (log_sum - np.take_along_axis(o, y[..., None], axis=-1)[..., 0]).sum()


def gradient_of(net: Net, name: str) -> Array:
    """The gradient of the summed loss at net[name], by the complex step."""
    return complex_step(
        lambda value: summed_loss(run_net({**net, name: value})[2], net["y"]),
        net[name],
    )


def gradient_at_state(net: Net, t: int) -> Array:
    """The gradient at h(t), t >= 1, of the losses of the steps t, ..., T."""

    def later_loss(h_t: Array) -> Any:
        own = summed_loss(h_t @ net["W_ho"] + net["b_o"], net["y"][t - 1])
        rest = {**net, "h0": h_t, "x": net["x"][t:]}
        if not len(rest["x"]):
            return own
        return own + summed_loss(run_net(rest)[2], net["y"][t:])

    return complex_step(later_loss, net["h"][t])


def gradients_at_activations(net: Net) -> Array:
    """The gradient at each a(t), (T, B, H): each a(t) gets an offset of its own."""

    def shifted_loss(offset: Array) -> Any:
        h, logits = net["h0"], []
        for x_t, d in zip(net["x"], offset, strict=True):
            h = np.tanh(x_t @ net["W_xh"] + h @ net["W_hh"] + net["b_h"] + d)
            logits.append(h @ net["W_ho"] + net["b_o"])
        return summed_loss(np.array(logits), net["y"])

    return complex_step(shifted_loss, np.zeros(net["a"].shape))


def expect_gradient(value: Any, want: Array, name: str, hint: str = "") -> None:
    """Raise Wrong unless value is the numerical derivative `want`."""
    expect(value, want, name, hint, than="the numerical derivative")
