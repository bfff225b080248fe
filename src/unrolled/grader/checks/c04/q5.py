"""Question 4.5: one step of AdamW."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c04.common import unchanged
from unrolled.grader.checks.judging import Array, as_array, expect_keys, kind_of, near
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong

Arrays = dict[str, Array]


def adamw_step(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


# --- as somebody with a misconception writes it --------------------------------------


def _no_correction(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        new[name] = w - lr * m[name] / (np.sqrt(s[name]) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _first_moment_not_corrected(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m[name] / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _second_moment_not_corrected(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        new[name] = w - lr * m_hat / (np.sqrt(s[name]) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _eps_inside(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / np.sqrt(s_hat + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _eps_before_the_correction(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    rate = lr * np.sqrt(1 - beta2**k) / (1 - beta1**k)
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        new[name] = w - rate * m[name] / (np.sqrt(s[name]) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _eps_forgotten(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / np.sqrt(s_hat)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _no_root(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (s_hat + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _not_squared(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        with np.errstate(invalid="ignore"):
            new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _plain_gradient_above(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * g / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _previous_m(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = state["m"][name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _previous_s(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = state["s"][name] / (1 - beta2**k)
        with np.errstate(divide="ignore"):
            new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _both_previous_means(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = state["m"][name] / (1 - beta1**k)
        s_hat = state["s"][name] / (1 - beta2**k)
        with np.errstate(invalid="ignore"):
            new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _betas_exchanged(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta2 * state["m"][name] + (1 - beta2) * g
        s[name] = beta1 * state["s"][name] + (1 - beta1) * g**2
        m_hat = m[name] / (1 - beta2**k)
        s_hat = s[name] / (1 - beta1**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _shares_exchanged(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = (1 - beta1) * state["m"][name] + beta1 * g
        s[name] = (1 - beta2) * state["s"][name] + beta2 * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _counted_from_zero(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"]
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        with np.errstate(divide="ignore", invalid="ignore"):
            m_hat = m[name] / np.float64(1 - beta1**k)
            s_hat = s[name] / np.float64(1 - beta2**k)
            new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k + 1, "m": m, "s": s}


def _never_counted(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": state["k"], "m": m, "s": s}


def _counted_for_each_array(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"]
    new, m, s = {}, {}, {}
    for name, w in params.items():
        k = k + 1
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _corrected_means_kept(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m[name] = m[name] / (1 - beta1**k)
        s[name] = s[name] / (1 - beta2**k)
        new[name] = w - lr * m[name] / (np.sqrt(s[name]) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _decay_in_the_gradient(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name] + decay * w if w.ndim > 1 else grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
    return new, {"k": k, "m": m, "s": s}


def _decay_everywhere_in_the_gradient(
    params, grads, state, lr, beta1, beta2, eps, decay
):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name] + decay * w
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
    return new, {"k": k, "m": m, "s": s}


def _biases_decay_too(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps) - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _decay_without_lr(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - decay * w
    return new, {"k": k, "m": m, "s": s}


def _new_value_decays(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] * (1 - lr * decay)
    return new, {"k": k, "m": m, "s": s}


def _decay_forgotten(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w - lr * m_hat / (np.sqrt(s_hat) + eps)
    return new, {"k": k, "m": m, "s": s}


def _uphill(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    new, m, s = {}, {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**k)
        s_hat = s[name] / (1 - beta2**k)
        new[name] = w + lr * m_hat / (np.sqrt(s_hat) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, {"k": k, "m": m, "s": s}


def _all_in_place(params, grads, state, lr, beta1, beta2, eps, decay):
    state["k"] += 1
    k = state["k"]
    for name, w in params.items():
        g, m, s = grads[name], state["m"][name], state["s"][name]
        m += (1 - beta1) * (g - m)
        s += (1 - beta2) * (g**2 - s)
        if w.ndim > 1:
            w -= lr * decay * w
        w -= lr * (m / (1 - beta1**k)) / (np.sqrt(s / (1 - beta2**k)) + eps)
    return params, state


def _parameters_in_place(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    m, s = {}, {}
    for name, w in params.items():
        g = grads[name]
        m[name] = beta1 * state["m"][name] + (1 - beta1) * g
        s[name] = beta2 * state["s"][name] + (1 - beta2) * g**2
        if w.ndim > 1:
            w -= lr * decay * w
        w -= lr * (m[name] / (1 - beta1**k)) / (np.sqrt(s[name] / (1 - beta2**k)) + eps)
    return params, {"k": k, "m": m, "s": s}


def _state_in_place(params, grads, state, lr, beta1, beta2, eps, decay):
    state["k"] += 1
    k, new = state["k"], {}
    for name, w in params.items():
        g, m, s = grads[name], state["m"][name], state["s"][name]
        m += (1 - beta1) * (g - m)
        s += (1 - beta2) * (g**2 - s)
        new[name] = w - lr * (m / (1 - beta1**k)) / (np.sqrt(s / (1 - beta2**k)) + eps)
        if w.ndim > 1:
            new[name] = new[name] - lr * decay * w
    return new, state


# --- runs ---------------------------------------------------------------------------

SHAPES = {"W_hh": (3, 3), "b_h": (3,), "W_ho": (3, 2), "b_o": (2,)}


def _draw(rng: np.random.Generator, size: float) -> Arrays:
    return {name: size * rng.standard_normal(shape) for name, shape in SHAPES.items()}


def _start(params: Arrays) -> dict[str, Any]:
    zeros = {name: np.zeros(w.shape) for name, w in params.items()}
    return {"k": 0, "m": zeros, "s": {name: a.copy() for name, a in zeros.items()}}


def torch_run(
    params: Arrays,
    grads: list[Arrays],
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    decay: float,
) -> list[tuple[Arrays, dict[str, Any]]]:
    """Parameters and state of torch.optim.AdamW after each of these gradients."""
    import torch

    tensors = {name: torch.tensor(w, requires_grad=True) for name, w in params.items()}
    matrices = [w for w in tensors.values() if w.ndim > 1]
    others = [w for w in tensors.values() if w.ndim <= 1]
    groups = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(
        groups, lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=decay
    )
    found = []
    for gradient in grads:
        for name, w in tensors.items():
            w.grad = torch.tensor(gradient[name])
        optimiser.step()
        own = {name: optimiser.state[w] for name, w in tensors.items()}
        now = {name: w.detach().numpy().copy() for name, w in tensors.items()}
        state = {
            "k": len(found) + 1,
            "m": {name: o["exp_avg"].numpy().copy() for name, o in own.items()},
            "s": {name: o["exp_avg_sq"].numpy().copy() for name, o in own.items()},
        }
        found.append((now, state))
    return found


SETTINGS = (  # lr, beta1, beta2, eps, size of the gradients
    (0.1, 0.9, 0.999, 1e-8, 1.0),
    (0.2, 0.8, 0.95, 1e-2, 0.1),
    (0.05, 0.7, 0.9, 1e-8, 1e-3),
)


def _parts(value: Any) -> tuple[Any, Any]:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise Wrong(
            f"expected the pair (params, state), got {kind_of(value)}."
            if not isinstance(value, (list, tuple))
            else "expected a pair: (params, state)."
        )
    return value[0], value[1]


def _expect_params(value: Any, before: Arrays, want: Arrays, where: str) -> None:
    """Raise Wrong unless the parameters moved as they should."""
    found = expect_keys(value, want, "a dict of parameters first")
    for name, right in want.items():
        got = as_array(found[name], right.shape, f'{where}: "{name}"')
        moved, should = got - before[name], right - before[name]
        if near(moved, should):
            continue
        tip = ""
        if not moved.any():
            tip = (
                " It has not moved at all: does the step use m after it has taken in g?"
            )
        elif near(moved, -should):
            tip = " It moved the other way."
        raise Wrong(
            f'{where}: "{name}" does not move as it does under torch.optim.AdamW.{tip}'
        )


def _expect_state(value: Any, want: dict[str, Any], where: str) -> None:
    found = expect_keys(value, ("k", "m", "s"), "a dict with k, m and s second")
    k = as_array(found["k"], (), f'{where}: state["k"]')
    if k != want["k"]:
        raise Wrong(f'{where}: state["k"] is {k:g}, expected {want["k"]}.')
    for key in ("m", "s"):
        part = expect_keys(found[key], want[key], f'a dict as state["{key}"]')
        for name, right in want[key].items():
            got = as_array(
                part[name], right.shape, f'{where}: state["{key}"]["{name}"]'
            )
            if not near(got, right):
                raise Wrong(
                    f'{where}: state["{key}"]["{name}"] is not the running mean that '
                    "torch.optim.AdamW keeps."
                )


def _test_first(ask: Ask, rng: np.random.Generator) -> None:
    for lr, beta1, beta2, eps, size in SETTINGS:
        params, grads = _draw(rng, 1.0), _draw(rng, size)
        numbers = (lr, beta1, beta2, eps, 0.0)
        value = ask("adamw_step", params, grads, _start(params), *numbers).value
        (want, _), *_ = torch_run(params, [grads], *numbers)
        where = f"first step, eps = {eps:g}, no decay"
        _expect_params(_parts(value)[0], params, want, where)


def _test_later(ask: Ask, rng: np.random.Generator) -> None:
    for lr, beta1, beta2, eps, size in SETTINGS:
        params, numbers = _draw(rng, 1.0), (lr, beta1, beta2, eps, 0.0)
        grads = [_draw(rng, size) for _ in range(6)]
        now, state = params, _start(params)
        run = torch_run(params, grads, *numbers)
        for step, (gradient, (want, kept)) in enumerate(
            zip(grads, run, strict=True), 1
        ):
            where = f"step {step} of a run, eps = {eps:g}, no decay"
            value = ask("adamw_step", now, gradient, state, *numbers).value
            moved, told = _parts(value)
            _expect_state(told, kept, where)
            _expect_params(moved, now, want, where)
            now, state = want, kept


def _test_decay(ask: Ask, rng: np.random.Generator) -> None:
    for lr, beta1, beta2, eps, size in SETTINGS:
        for decay in (0.05, 0.6):
            params, numbers = _draw(rng, 3.0), (lr, beta1, beta2, eps)
            grads = [_draw(rng, size) for _ in range(3)]
            before, state = torch_run(params, grads[:2], *numbers, decay)[-1]
            want = torch_run(params, grads, *numbers, decay)[-1][0]
            plain, found = (
                _parts(ask("adamw_step", before, grads[2], state, *numbers, d).value)[0]
                for d in (0.0, decay)
            )
            _expect_decay(plain, found, before, want, lr * decay)


def _expect_decay(
    plain: Any, found: Any, before: Arrays, want: Arrays, share: float
) -> None:
    """What the decay alone adds to a step, however right the step itself is."""
    plain, found = (
        expect_keys(d, before, "a dict of parameters") for d in (plain, found)
    )
    where = f"decay, lr · decay = {share:.3g}"
    for name, w in before.items():
        a, b = (
            as_array(d[name], w.shape, f'{where}: "{name}"') for d in (plain, found)
        )
        if not (a - w).any():
            raise Wrong(f'{where}: "{name}" does not move at all.')
        if w.ndim == 1 and not near(a - w, b - w):
            raise Wrong(f'{where}: the decay moves the bias "{name}".')
        if w.ndim > 1 and not near(b - a, -share * w):
            tip = " The decay changes nothing." if near(a - w, b - w) else ""
            raise Wrong(
                f'{where}: beside its step "{name}" should lose {share:.3g} of its old value, '
                f"and does not.{tip}"
            )


def _test_pure(ask: Ask, rng: np.random.Generator) -> None:
    for lr, beta1, beta2, eps, size in SETTINGS:
        params, grads, numbers = (
            _draw(rng, 1.0),
            _draw(rng, size),
            (lr, beta1, beta2, eps),
        )
        state = torch_run(params, [_draw(rng, size)] * 2, *numbers, 0.1)[-1][1]
        reply = ask("adamw_step", params, grads, state, *numbers, 0.1)
        moved, kept = _parts(reply.value)
        expect_keys(moved, params, "a dict of parameters")
        for name, w in params.items():
            got = as_array(moved[name], w.shape, f'"{name}"')
            if not unchanged(w, reply.args_after[0][name]):
                raise Wrong(
                    f'the call changed the caller\'s params["{name}"]. '
                    "Return a new array: w = w - …, not w -= …."
                )
            if not got.any() or not (got - w).any():
                raise Wrong(f'"{name}" is all zeros, or does not move at all.')
        if not unchanged(grads, reply.args_after[1]):
            raise Wrong("the call changed the caller's gradients.")
        after = reply.args_after[2]
        if not unchanged(state, after) or state["k"] != after["k"]:
            raise Wrong(
                "the call changed the caller's state. Make new dicts and new arrays: a run "
                "that is resumed from it would begin with other means."
            )
        if not isinstance(kept, dict) or not {"k", "m", "s"} <= kept.keys():
            raise Wrong("the second of the pair should be a dict with k, m and s.")
        if unchanged(state["m"], kept["m"]) or unchanged(state["s"], kept["s"]):
            raise Wrong("the state that you return has the old means.")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for (lr, beta1, beta2, eps, size), before in zip(SETTINGS, (0, 2, 5), strict=True):
        params, numbers = _draw(rng, 2.0), (lr, beta1, beta2, eps)
        state = _start(params)
        if before:
            grads = [_draw(rng, size) for _ in range(before)]
            params, state = torch_run(params, grads, *numbers, 0.1)[-1]
        calls.append(Call("adamw_step", params, _draw(rng, size), state, *numbers, 0.3))
    return calls


QUESTION = Question(
    id="04.5",
    title="one step of AdamW",
    answers=("adamw_step",),
    reference={"adamw_step": adamw_step},
    properties=(
        Property(
            "The first step, without decay, is that of torch.optim.AdamW",
            1,
            _test_first,
            "§4.6, eq-adam-first",
        ),
        Property(
            "Six steps without decay: parameters, m, s and k are those of torch.optim.AdamW",
            1,
            _test_later,
            "§4.6, def-adam",
        ),
        Property(
            "With decay each matrix also loses lr · decay of its old value; biases do not decay",
            1,
            _test_decay,
            "§4.6, and the text of the exercise",
        ),
        Property(
            "Parameters, gradients and state of the caller are as they were",
            1,
            _test_pure,
            "§3.2, the trap in three lines",
        ),
    ),
    misconceptions=(
        Misconception(
            "no bias correction",
            _no_correction,
            "The running means are used as they are. They start at 0, so that in the first steps they are far too small; dividing by 1 − β^k repairs exactly that.",
            "§4.6, eq-adam-unbiased",
        ),
        Misconception(
            "m not corrected",
            _first_moment_not_corrected,
            "s is corrected and m is not. Both means start at 0; each has a correction with its own β.",
            "§4.6, eq-adam-unbiased",
        ),
        Misconception(
            "s not corrected",
            _second_moment_not_corrected,
            "m is corrected and s is not, so your first steps are too long: with β₂ = 0.999 about 30 times. Each of the two has a correction with its own β.",
            "§4.6, eq-adam-unbiased",
        ),
        Misconception(
            "eps inside the root",
            _eps_inside,
            "eps stands inside your root. Outside, 1e-8 matters for gradients of that size; inside, for gradients of size 1e-4. Papers and libraries differ here, so it has to be looked up: PyTorch puts it outside.",
            "§4.6, def-adam",
        ),
        Misconception(
            "eps before the correction",
            _eps_before_the_correction,
            "You put the correction of s into the learning rate and add eps to the root of the *uncorrected* mean. That scales eps in the first steps. Here it is added to the root of the corrected one.",
            "§4.6, def-adam",
        ),
        Misconception(
            "eps forgotten",
            _eps_forgotten,
            "eps appears nowhere. A weight whose gradient has always been 0 would be moved by 0/0.",
            "§4.6, def-adam",
        ),
        Misconception(
            "root forgotten",
            _no_root,
            "You divide by s itself. s is a mean of squares; its root has the unit of a gradient, so that the step has none.",
            "§4.6, def-adam",
        ),
        Misconception(
            "g instead of g squared",
            _not_squared,
            "Your s is a mean of g and not of g². It has g's sign (and a root of it is NaN for half of the weights); s is to measure size.",
            "§4.6, def-adam",
        ),
        Misconception(
            "gradient above the line",
            _plain_gradient_above,
            "Above the line stands the last gradient instead of its running mean. That is RMSProp with a correction; Adam has m there.",
            "§4.6, def-rmsprop and def-adam",
        ),
        Misconception(
            "previous m in the step",
            _previous_m,
            "Your step uses the m from *before* this gradient, so that the first step of all does not move and every later one answers the gradient of the step before. First the running mean takes in the new g, then the step is made with it.",
            "§4.6, def-adam",
        ),
        Misconception(
            "previous s in the step",
            _previous_s,
            "Your step divides by the s from *before* this gradient. At the start that is 0, and nothing holds the first step back but eps. First the running mean takes in the new g², then its root is taken.",
            "§4.6, def-adam",
        ),
        Misconception(
            "both means one step late",
            _both_previous_means,
            "Your step is made with m and s from before this gradient: the first one is 0 by eps, and g only counts in the next. Update both running means first, then use the new ones.",
            "§4.6, def-adam",
        ),
        Misconception(
            "betas exchanged",
            _betas_exchanged,
            "The two β are exchanged: beta1 belongs to m, the mean of g, and beta2 to s, the mean of g².",
            "§4.6, def-adam",
        ),
        Misconception(
            "shares exchanged",
            _shares_exchanged,
            "β and 1 − β are exchanged in the running means. β near 1 is a long memory: β times the old mean, 1 − β times what is new.",
            "§4.6, def-adam",
        ),
        Misconception(
            "first step counted as zero",
            _counted_from_zero,
            "You use k before it is counted up: in the first step 1 − β⁰ = 0 and you divide by it, and later every correction is one step behind. The first step has k = 1.",
            "§4.6, def-adam",
        ),
        Misconception(
            "k never counted up",
            _never_counted,
            "The step is right, but the state that you return has the old k. From the second call on the correction is that of the first step for ever.",
            "§4.6, def-adam",
        ),
        Misconception(
            "k counted for each array",
            _counted_for_each_array,
            "You count k up inside the loop, once for every array. k counts steps: all parameters of a step share it.",
            "§4.6, def-adam",
        ),
        Misconception(
            "corrected means kept",
            _corrected_means_kept,
            "The step is right, but you keep the *corrected* means in the state. The next step would correct them once more. Keep m and s as they are, and correct copies.",
            "§4.6, def-adam",
        ),
        Misconception(
            "decay added to the gradient",
            _decay_in_the_gradient,
            "You add decay · w to the gradient. That is L2 regularisation: it goes through m and is then divided by √s, so that weights with large gradients hardly decay. Decoupled means beside the step.",
            "§4.6, and the text of the exercise",
        ),
        Misconception(
            "decay added to all gradients",
            _decay_everywhere_in_the_gradient,
            "You add decay · w to every gradient, those of the biases too. That is L2 regularisation, and it is divided by √s with the rest. Decoupled means beside the step, and here for matrices alone.",
            "§4.6, and the text of the exercise",
        ),
        Misconception(
            "biases decay too",
            _biases_decay_too,
            "Your biases decay as well. A bias only shifts; pulling it to 0 does not make the network simpler. Here matrices decay (two axes or more), and nothing else.",
            "the text of Exercise 4.5",
        ),
        Misconception(
            "decay without the learning rate",
            _decay_without_lr,
            "You take away the share `decay`, without lr. In AdamW, as PyTorch has it, the share is lr · decay: with a small learning rate the weights also decay slowly.",
            "the text of Exercise 4.5",
        ),
        Misconception(
            "new value decays",
            _new_value_decays,
            "You shrink the weight after Adam's step. It loses a share of the value that it had *before*: both parts are computed from the old weight.",
            "the text of Exercise 4.5",
        ),
        Misconception(
            "decay forgotten",
            _decay_forgotten,
            "This is Adam: `decay` appears nowhere. Beside Adam's step each matrix loses lr · decay of its old value.",
            "the text of Exercise 4.5",
        ),
        Misconception(
            "uphill",
            _uphill,
            "You add Adam's step. The gradient points to where the loss grows: subtract.",
            "§4.6, def-sgd",
        ),
        Misconception(
            "everything in place",
            _all_in_place,
            "The numbers are right, and the caller's parameters, means and count were changed on the way. This step is to be pure: new dicts, new arrays.",
            "§3.2, the trap in three lines",
        ),
        Misconception(
            "parameters changed in place",
            _parameters_in_place,
            "The numbers are right, and `w -= …` changed the caller's parameters: w is another name for params[name]. Whoever kept the best ones so far has lost them.",
            "§3.2, the trap in three lines",
        ),
        Misconception(
            "state changed in place",
            _state_in_place,
            'The numbers are right, and the caller\'s state was changed: `+=` writes into its arrays, and state["k"] += 1 into its dict. Make new ones.',
            "§3.2, the trap in three lines",
        ),
    ),
    cases=_cases,
)
