"""What the gated layers share: sigmoids by tanh, inputs in one product, imports."""

from __future__ import annotations

import numpy as np
from torch import nn

from unrolled.cells.embedding import table_gradient

Array = np.ndarray


def halves(sigmoids: tuple[bool, ...], H: int, dtype: np.dtype) -> tuple[Array, Array]:
    """(scale, shift), each (blocks * H,), for which the gates of pre-activations a are
    scale * tanh(scale * a) + shift.

    sigmoids    a block each: True for sigma(a) = (1 + tanh(a / 2)) / 2, False for
                tanh(a)
    """
    scale = np.repeat(np.where(sigmoids, 0.5, 1.0), H).astype(dtype)
    return scale, 1 - scale


def blocks(a: Array, H: int) -> list[Array]:
    """The blocks of a (B, blocks * H), each a view (B, H)."""
    return [a[:, at : at + H] for at in range(0, a.shape[1], H)]


def drive(x: Array, W_x: Array, b: Array) -> Array:
    """What the inputs contribute at every step, (T, B, blocks * H), in one product.

    x   (T, B, D) floats, or (T, B) integer ids (row i of W_x is then the input)
    """
    if is_ids(x):
        a = W_x[x]
    else:
        T, B, D = x.shape
        a = (x.reshape(T * B, D) @ W_x).reshape(T, B, -1)
    a += b
    return a


def is_ids(x: Array) -> bool:
    return x.ndim == 2 and x.dtype.kind in "iu"


def input_gradients(x: Array, da: Array, W_x: Array) -> dict[str, Array]:
    """ "W_x" and, for float inputs, "x", from the errors da (T, B, blocks * H)."""
    T, B = x.shape[:2]
    flat = da.reshape(T * B, -1)
    if is_ids(x):
        return {"W_x": table_gradient(x.ravel(), flat, len(W_x))}
    return {
        "W_x": (flat.T @ x.reshape(T * B, -1)).T,
        "x": (flat @ W_x.T).reshape(x.shape),
    }


def check_start(start: Array, x: Array, W_h: Array, name: str) -> None:
    """errors ValueError when `start` is not (B, H)"""
    wanted = (x.shape[1], W_h.shape[0])
    if start.shape != wanted:
        raise ValueError(f"{name} has shape {start.shape}, needed is {wanted}")


def torch_arrays(
    module: nn.Module, layer: int, reverse: bool
) -> tuple[Array, Array, Array, Array]:
    """W_x (D, blocks * H), W_h, b_x, b_h of a layer of nn.LSTM or nn.GRU, transposed to
    row vectors.

    errors AttributeError when the module has no such layer or direction
    """
    end = f"_l{layer}" + ("_reverse" if reverse else "")
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    arrays = [getattr(module, name + end).detach().numpy() for name in names]
    return (*(a.T.copy() if a.ndim == 2 else a.copy() for a in arrays),)
