"""The GRU layer in its two conventions, batched and fast, in NumPy (chapter 11).

    r = sigma(a_r)   z = sigma(a_z)   h^(t) = z * h^(t-1) + (1 - z) * n
    reset "after":   n = tanh(x W_xn + b_xn + r * (h^(t-1) W_hn + b_hn))     (PyTorch)
    reset "before":  n = tanh(x W_xn + b_xn + (r * h^(t-1)) W_hn + b_hn)     (Cho 2014)

with a = x W_x + b_x + h^(t-1) W_h + b_h in the blocks of r and z (def-gru). Row
vectors, batch in rows, time first: x (T, B, D) or integer ids (T, B), h (T+1, B, H)
with the initial state at 0. The blocks of W_x (D, 3H), W_h (H, 3H), b_x and b_h (3H,)
stand in PyTorch's order: r, z, n. Two biases, because the reset gate may act on one of
them; in the blocks of r and z only their sum matters. The dtype of the parameters is
kept.
"""

from __future__ import annotations

import numpy as np
from torch import nn

from unrolled.cells import gates as shared

Array = np.ndarray
Parameters = dict[str, Array]

RESETS = ("after", "before")


def init(
    rng: np.random.Generator, D: int, H: int, update_bias: float = 0.0
) -> Parameters:
    """Random parameters, float64: weights uniform in +-1/sqrt(H) as in nn.GRU, biases
    zero but for the block of the update gate in b_x."""
    b_x = np.zeros(3 * H)
    b_x[H : 2 * H] = update_bias
    return {
        "W_x": rng.uniform(-(H**-0.5), H**-0.5, (D, 3 * H)),
        "W_h": rng.uniform(-(H**-0.5), H**-0.5, (H, 3 * H)),
        "b_x": b_x,
        "b_h": np.zeros(3 * H),
    }


def from_torch(module: nn.GRU, layer: int = 0, reverse: bool = False) -> Parameters:
    """The parameters of a layer of nn.GRU, transposed; its resets act "after".

    errors AttributeError when the module has no such layer or direction
    """
    names = ("W_x", "W_h", "b_x", "b_h")
    arrays = shared.torch_arrays(module, layer, reverse)
    return dict(zip(names, arrays, strict=True))


def forward(
    x: Array,
    h0: Array,
    W_x: Array,
    W_h: Array,
    b_x: Array,
    b_h: Array,
    reset: str = "after",
) -> tuple[Array, Array]:
    """States and what `backward` needs besides.

    x       (T, B, D) floats, or (T, B) integer ids (row i of W_x is then the input)
    h0      (B, H)
    return  h (T+1, B, H), tape (T, B, 4H): r, z, n after their sigma or tanh, and in
            the last block h^(t-1) W_hn + b_hn (reset "after") or r * h^(t-1)
            ("before")
    errors  ValueError when h0 does not have one row a sequence, and for an unknown
            reset
    """
    shared.check_start(h0, x, W_h, "h0")
    _check_reset(reset)
    H = W_h.shape[0]
    scale, _ = shared.halves((True, True, False), H, W_h.dtype)
    b = b_x.copy()
    b[: 2 * H] += b_h[: 2 * H]
    drive = shared.drive(x, W_x * scale, b * scale)
    W_h, b_n = W_h * scale, b_h[2 * H :]
    W_rz = np.ascontiguousarray(W_h[:, : 2 * H])
    W_n = np.ascontiguousarray(W_h[:, 2 * H :])
    T, B = drive.shape[:2]
    h = np.empty((T + 1, B, H), np.result_type(drive, h0, W_h))
    h[0] = h0
    tape = np.empty((T, B, 4 * H), h.dtype)
    came = np.empty((B, 3 * H), h.dtype)
    for t in range(T):
        r, z, n, last = shared.blocks(tape[t], H)
        rz, d_rz, d_n = tape[t][:, : 2 * H], drive[t][:, : 2 * H], drive[t][:, 2 * H :]
        if reset == "after":
            np.matmul(h[t], W_h, out=came)
            np.add(d_rz, came[:, : 2 * H], out=rz)
        else:
            np.add(d_rz, h[t] @ W_rz, out=rz)
        np.tanh(rz, out=rz)
        rz *= 0.5
        rz += 0.5
        if reset == "after":
            np.add(came[:, 2 * H :], b_n, out=last)
            np.multiply(r, last, out=n)
        else:
            np.multiply(r, h[t], out=last)
            np.add(last @ W_n, b_n, out=n)
        n += d_n
        np.tanh(n, out=n)
        np.subtract(h[t], n, out=h[t + 1])
        h[t + 1] *= z
        h[t + 1] += n
    return h, tape


def backward(
    x: Array,
    h: Array,
    tape: Array,
    dh: Array,
    W_x: Array,
    W_h: Array,
    reset: str = "after",
    dh_end: Array | None = None,
) -> Parameters:
    """One reverse sweep: from the errors at the states to every gradient.

    x, h, tape  the argument and the results of `forward`, with the same reset
    dh          (T, B, H): row t is the error that reaches h[t+1] from outside the layer
    dh_end      (B, H): an error at the last h besides, zero if not given
    return      W_x, W_h, b_x, b_h, h0 and, for float inputs, x: the gradients
                (eq-gru-dz, eq-gru-dn, eq-gru-dr, eq-gru-dh, eq-gru-dW)
    errors      ValueError for an unknown reset
    """
    _check_reset(reset)
    T, B, H = dh.shape
    da = np.empty((T, B, 3 * H), tape.dtype)  # errors at the pre-activations
    dm = np.empty_like(da)  # errors at h W_h + b_h ("before": its r and z blocks)
    W_back = np.ascontiguousarray(W_h.T)
    W_rz, W_n = W_back[: 2 * H], W_back[2 * H :]
    error = np.zeros((B, H), tape.dtype) if dh_end is None else dh_end.copy()
    for t in reversed(range(T)):
        r, z, n, last = shared.blocks(tape[t], H)
        dr, dz, dn = shared.blocks(da[t], H)
        error += dh[t]
        np.subtract(h[t], n, out=dz)
        dz *= error
        dz *= z * (1 - z)
        np.multiply(error, 1 - z, out=dn)
        dn *= 1 - n * n
        error *= z
        if reset == "after":
            np.multiply(dn, last, out=dr)
            np.multiply(dn, r, out=dm[t][:, 2 * H :])
        else:
            carried = dn @ W_n  # (B, H): the error at r * h
            np.multiply(carried, h[t], out=dr)
            error += carried * r
        dr *= r * (1 - r)
        dm[t][:, : 2 * H] = da[t][:, : 2 * H]
        error += dm[t] @ W_back if reset == "after" else dm[t][:, : 2 * H] @ W_rz
    if reset == "before":
        dm = da
    flat = dm.reshape(T * B, 3 * H)
    dW_h = (flat.T @ h[:-1].reshape(T * B, H)).T
    if reset == "before":
        reset_h = tape[:, :, 3 * H :].reshape(T * B, H)
        dW_h[:, 2 * H :] = reset_h.T @ flat[:, 2 * H :]
    grads = {
        "W_h": dW_h,
        "b_x": da.sum(axis=(0, 1)),
        "b_h": flat.sum(axis=0),
        "h0": error,
    }
    return grads | shared.input_gradients(x, da, W_x)


def _check_reset(reset: str) -> None:
    if reset not in RESETS:
        raise ValueError(f"reset {reset!r}: one of {', '.join(RESETS)} is needed")
