"""The LSTM layer, batched and fast, in NumPy (chapter 11).

    i = sigma(a_i)   f = sigma(a_f)   g = tanh(a_g)   q = sigma(a_q)
    c^(t) = f * c^(t-1) + i * g       h^(t) = q * tanh(c^(t))

with a = x^(t) W_x + h^(t-1) W_h + b (def-lstm), after Gers, Schmidhuber and Cummins
2000. Row vectors, batch in rows, time first: x (T, B, D) or integer ids (T, B), h and c
(T+1, B, H) with the initial states at 0. The four blocks of W_x (D, 4H), W_h (H, 4H)
and b (4H,) stand in PyTorch's order: i, f, g, q (its `o`). The dtype of the parameters
is kept.
"""

from __future__ import annotations

import numpy as np
from torch import nn

from unrolled.cells import gates as shared

Array = np.ndarray
Parameters = dict[str, Array]

SIGMOIDS = (True, True, False, True)  # of the blocks i, f, g, q


def init(
    rng: np.random.Generator, D: int, H: int, forget_bias: float = 0.0
) -> Parameters:
    """Random parameters, float64: weights uniform in +-1/sqrt(H) as in nn.LSTM, biases
    zero but for the block of the forget gate."""
    b = np.zeros(4 * H)
    b[H : 2 * H] = forget_bias
    return {
        "W_x": rng.uniform(-(H**-0.5), H**-0.5, (D, 4 * H)),
        "W_h": rng.uniform(-(H**-0.5), H**-0.5, (H, 4 * H)),
        "b": b,
    }


def from_torch(module: nn.LSTM, layer: int = 0, reverse: bool = False) -> Parameters:
    """The parameters of a layer of nn.LSTM: transposed, its two biases added up.

    errors AttributeError when the module has no such layer or direction
    """
    W_x, W_h, b_x, b_h = shared.torch_arrays(module, layer, reverse)
    return {"W_x": W_x, "W_h": W_h, "b": b_x + b_h}


def forward(
    x: Array, h0: Array, c0: Array, W_x: Array, W_h: Array, b: Array
) -> tuple[Array, Array, Array]:
    """States, cells and gates.

    x       (T, B, D) floats, or (T, B) integer ids (row i of W_x is then the input)
    h0, c0  (B, H)
    return  h (T+1, B, H), c (T+1, B, H), gates (T, B, 4H): i, f, g, q after their
            sigma or tanh
    errors  ValueError when h0 or c0 does not have one row a sequence
    """
    shared.check_start(h0, x, W_h, "h0")
    shared.check_start(c0, x, W_h, "c0")
    H = W_h.shape[0]
    scale, shift = shared.halves(SIGMOIDS, H, W_h.dtype)
    gates = shared.drive(x, W_x * scale, b * scale)
    W_h = W_h * scale
    T, B = gates.shape[:2]
    h = np.empty((T + 1, B, H), np.result_type(gates, h0, c0, W_h))
    c = np.empty_like(h)
    h[0], c[0] = h0, c0
    came = np.empty((B, 4 * H), h.dtype)
    room = np.empty((B, H), h.dtype)
    for t in range(T):
        a = gates[t]
        a += np.matmul(h[t], W_h, out=came)
        np.tanh(a, out=a)
        a *= scale
        a += shift
        i, f, g, q = shared.blocks(a, H)
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += np.multiply(i, g, out=room)
        np.multiply(q, np.tanh(c[t + 1], out=room), out=h[t + 1])
    return h, c, gates


def backward(
    x: Array,
    h: Array,
    c: Array,
    gates: Array,
    dh: Array,
    W_x: Array,
    W_h: Array,
    dh_end: Array | None = None,
    dc_end: Array | None = None,
) -> Parameters:
    """One reverse sweep: from the errors at the states to every gradient.

    x, h, c, gates   the argument and the results of `forward`
    dh               (T, B, H): row t is the error that reaches h[t+1] from outside the
                     layer, from the logits of that step
    dh_end, dc_end   (B, H): errors at the last h and c besides, zero if not given
    return           W_x, W_h, b, h0, c0 and, for float inputs, x: the gradients
                     (eq-lstm-da, eq-lstm-dW and their neighbours)
    """
    T, B, H = dh.shape
    da = np.empty_like(gates)  # (T, B, 4H): errors at the four pre-activations
    W_back = np.ascontiguousarray(W_h.T)
    error = np.zeros((B, H), gates.dtype) if dh_end is None else dh_end.copy()
    dc = np.zeros((B, H), gates.dtype) if dc_end is None else dc_end.copy()
    squashed = np.empty((B, H), gates.dtype)
    slope = np.empty((B, 4 * H), gates.dtype)
    for t in reversed(range(T)):
        i, f, g, q = shared.blocks(gates[t], H)
        di, df, dg, dq = shared.blocks(da[t], H)
        error += dh[t]
        np.tanh(c[t + 1], out=squashed)
        np.multiply(error, squashed, out=dq)
        np.subtract(1, np.multiply(squashed, squashed, out=squashed), out=squashed)
        squashed *= q
        squashed *= error
        dc += squashed  # (B, H): through tanh(c), and from the step after
        np.multiply(dc, g, out=di)
        np.multiply(dc, c[t], out=df)
        np.multiply(dc, i, out=dg)
        dc *= f
        np.multiply(gates[t], gates[t], out=slope)
        np.subtract(gates[t], slope, out=slope)  # sigma' = sigma - sigma^2
        s_g = slope[:, 2 * H : 3 * H]
        np.subtract(1, np.multiply(g, g, out=s_g), out=s_g)  # tanh' = 1 - tanh^2
        da[t] *= slope
        error = np.matmul(da[t], W_back, out=error)
    flat = da.reshape(T * B, 4 * H)
    grads = {
        "W_h": (flat.T @ h[:-1].reshape(T * B, H)).T,
        "b": flat.sum(axis=0),
        "h0": error,
        "c0": dc,
    }
    return grads | shared.input_gradients(x, da, W_x)
