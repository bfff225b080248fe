"""Clipping of gradients in NumPy (§9.8): by value, and by the norm of all together.

Gradients are a dict of float arrays, one a parameter, as in `unrolled.cells`. What is
given is never changed. A gradient with an entry that is not finite has no direction to
keep: every function here refuses it.
"""

from __future__ import annotations

import numpy as np

Gradients = dict[str, np.ndarray]


def global_norm(grads: Gradients) -> float:
    """Euclidean norm of all entries of all arrays together.

    The largest entry is divided out first, so that squares neither overflow nor vanish.
    errors FloatingPointError that names the parameter with an inf or a nan
    """
    largest = 0.0
    for name, grad in grads.items():
        wrong = ~np.isfinite(grad)
        if wrong.any():
            raise FloatingPointError(
                f"the gradient of {name} has {int(wrong.sum())} entries of {grad.size} "
                "that are not finite: skip this step, and look for its cause"
            )
        if grad.size:
            largest = max(largest, float(np.abs(grad).max()))
    if largest == 0.0:
        return 0.0
    squares = sum(
        float(np.sum(np.square(np.asarray(grad, float) / largest)))
        for grad in grads.values()
    )
    return largest * float(np.sqrt(squares))


def by_value(grads: Gradients, limit: float) -> Gradients:
    """Each entry cut to [-limit, limit] (eq-clip-value); turns the direction.

    errors ValueError for a limit that is not positive, FloatingPointError as in
           `global_norm`
    """
    _check(limit)
    global_norm(grads)
    return {name: np.clip(grad, -limit, limit) for name, grad in grads.items()}


def by_norm(grads: Gradients, limit: float) -> tuple[Gradients, float]:
    """All arrays scaled together to norm `limit` if their norm is above (eq-clip-norm).

    return  the gradients (equal to the given ones up to the limit), the norm before
    errors  ValueError for a limit that is not positive, FloatingPointError as in
            `global_norm`
    """
    _check(limit)
    norm = global_norm(grads)
    if norm <= limit:
        return {name: grad.copy() for name, grad in grads.items()}, norm
    return {name: grad * (limit / norm) for name, grad in grads.items()}, norm


def _check(limit: float) -> None:
    if not limit > 0:
        raise ValueError(f"limit {limit}: a positive number is needed")
