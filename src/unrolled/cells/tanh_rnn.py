"""The tanh network with a softmax output, batched and fast, in NumPy (chapter 3).

Row vectors, batch in rows, time first: x (T, B, D) or integer ids (T, B), h (T+1, B, H)
with h[0] the initial state, o (T, B, V), y (T, B) integer labels. Parameters are arrays
named as in the formulas: W_xh (D, H), W_hh (H, H), b_h (H,), W_ho (H, V), b_o (V,). The
dtype of the parameters (float32, float64, complex for a complex step) is kept. The loss
is summed over time and batch, in nats. Chapter 3 derives every formula here and holds
this module to its own functions and to PyTorch.
"""

from __future__ import annotations

import numpy as np

from unrolled.cells.embedding import table_gradient
from unrolled.cells.softmax import cross_entropy, softmax

Array = np.ndarray
Parameters = dict[str, Array]

NAMES = ("W_xh", "W_hh", "b_h", "W_ho", "b_o")


def init(
    rng: np.random.Generator, D: int, H: int, V: int, scale: float = 1.0
) -> Parameters:
    """Random parameters, float64: weights of variance scale^2 / fan-in, zero biases.

    `scale` is then about the spectral radius of W_hh.
    """
    return {
        "W_xh": rng.normal(size=(D, H)) * scale / np.sqrt(D),
        "W_hh": rng.normal(size=(H, H)) * scale / np.sqrt(H),
        "b_h": np.zeros(H),
        "W_ho": rng.normal(size=(H, V)) * scale / np.sqrt(H),
        "b_o": np.zeros(V),
    }


def forward(
    x: Array,
    h0: Array,
    W_xh: Array,
    W_hh: Array,
    b_h: Array,
    W_ho: Array,
    b_o: Array,
) -> tuple[Array, Array]:
    """States and logits of the tanh network (def-rnn).

    x       (T, B, D) floats, or (T, B) integer ids (row i of W_xh is then the input)
    h0      (B, H)
    return  h (T+1, B, H) with h[0] = h0, o (T, B, V)
    errors  ValueError when h0 does not have one row a sequence
    """
    ids = x.ndim == 2 and x.dtype.kind in "iu"
    if h0.shape != (x.shape[1], W_hh.shape[0]):
        raise ValueError(
            f"h0 has shape {h0.shape}; {x.shape[1]} sequences and {W_hh.shape[0]} "
            f"units need ({x.shape[1]}, {W_hh.shape[0]})"
        )
    drive = (W_xh[x] if ids else x @ W_xh) + b_h  # (T, B, H): all inputs at once
    dtype = np.result_type(drive, h0, W_hh)
    h = np.empty((len(x) + 1, *h0.shape), dtype)
    h[0] = h0
    for t in range(len(x)):
        np.tanh(drive[t] + h[t] @ W_hh, out=h[t + 1])
    return h, h[1:] @ W_ho + b_o


def loss(
    x: Array,
    y: Array,
    h0: Array,
    W_xh: Array,
    W_hh: Array,
    b_h: Array,
    W_ho: Array,
    b_o: Array,
) -> float:
    """Cross-entropy summed over time and batch, in nats (def-loss)."""
    return cross_entropy(forward(x, h0, W_xh, W_hh, b_h, W_ho, b_o)[1], y)


def backward(
    x: Array,
    h: Array,
    do: Array,
    W_xh: Array,
    W_hh: Array,
    W_ho: Array,
    keep: Array | None = None,
) -> Parameters:
    """One reverse sweep: from the errors at the logits to every gradient.

    x       as in `forward`;  h (T+1, B, H) its states;  do (T, B, V) dL/do
    keep    (T,) factors on the branch h[t] -> h[t+1], keep[t] for the step that makes
            h[t+1]; ones (the default) are exact back-propagation, a zero cuts time
            there (eq-tbptt), random factors of mean one are unbiased (eq-artbp)
    return  W_xh, W_hh, b_h, W_ho, b_o, h0 and, for float inputs, x: the gradients
            (eq-dWxh, eq-dWhh, eq-dbh, eq-dWho, eq-dbo, eq-dh0, eq-dx)
    """
    T, B, V = do.shape
    H = W_hh.shape[0]
    da = np.empty((T, B, H), np.result_type(h, do, W_hh))
    direct = do @ W_ho.T  # (T, B, H): what comes down from the logits
    slope = 1 - h[1:] ** 2  # (T, B, H): tanh' at its own output
    dh = np.zeros((B, H), da.dtype)
    for t in reversed(range(T)):
        da[t] = (dh + direct[t]) * slope[t]
        dh = da[t] @ W_hh.T
        if keep is not None:
            dh *= keep[t]
    flat = da.reshape(T * B, H)
    grads = {
        "W_hh": h[:-1].reshape(T * B, H).T @ flat,
        "b_h": flat.sum(axis=0),
        "W_ho": h[1:].reshape(T * B, H).T @ do.reshape(T * B, V),
        "b_o": do.sum(axis=(0, 1)),
        "h0": dh,
    }
    if x.ndim == 2 and x.dtype.kind in "iu":
        grads["W_xh"] = table_gradient(x.ravel(), flat, len(W_xh))
    else:
        grads["W_xh"] = x.reshape(T * B, -1).T @ flat
        grads["x"] = da @ W_xh.T
    return grads


def bptt(
    x: Array,
    y: Array,
    h0: Array,
    W_xh: Array,
    W_hh: Array,
    b_h: Array,
    W_ho: Array,
    b_o: Array,
    keep: Array | None = None,
) -> tuple[float, Parameters]:
    """Loss and gradients by back-propagation through time, in O(T).

    The arguments of `loss`; `keep` as in `backward`. Returns the summed loss in nats
    and the gradients by name.
    """
    h, o = forward(x, h0, W_xh, W_hh, b_h, W_ho, b_o)
    do = softmax(o)
    t, b = np.indices(y.shape)
    do[t, b, y] -= 1  # do is ours: nothing else looks at these probabilities
    return cross_entropy(o, y), backward(x, h, do, W_xh, W_hh, W_ho, keep)


def window_bptt(
    x: Array,
    y: Array,
    h0: Array,
    W_xh: Array,
    W_hh: Array,
    b_h: Array,
    W_ho: Array,
    b_o: Array,
    window: int,
) -> tuple[float, Parameters]:
    """Truncated gradients: the loss of each step reaches back `window` steps at most.

    Cost O(T * window), more than the exact `bptt`: it is here to measure the bias of
    truncation (eq-tbptt). window = T or more gives the exact gradient.

    errors ValueError when window < 1
    """
    if window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    h, o = forward(x, h0, W_xh, W_hh, b_h, W_ho, b_o)
    do = softmax(o)
    t, b = np.indices(y.shape)
    do[t, b, y] -= 1
    T = len(y)
    slope = 1 - h[1:] ** 2
    error = (do @ W_ho.T) * slope  # (T, B, H): row t, the error of loss t at a[t]
    da = error.copy()
    for back in range(1, min(window, T)):  # move every loss one step back together
        error = (error[1:] @ W_hh.T) * slope[: T - back]
        da[: T - back] += error
    H, V = W_ho.shape
    flat = da.reshape(-1, H)
    grads = {
        "W_hh": h[:-1].reshape(-1, H).T @ flat,
        "b_h": flat.sum(axis=0),
        "W_ho": h[1:].reshape(-1, H).T @ do.reshape(-1, V),
        "b_o": do.sum(axis=(0, 1)),
    }
    if x.ndim == 2 and x.dtype.kind in "iu":
        grads["W_xh"] = table_gradient(x.ravel(), flat, len(W_xh))
    else:
        grads["W_xh"] = x.reshape(-1, x.shape[-1]).T @ flat
    return cross_entropy(o, y), grads
