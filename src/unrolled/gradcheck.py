"""Numerical derivatives that tell when they cannot be trusted.

Central differences and the complex step, a relative error that is right near zero, a
sweep over the step, and a report. Everything is float64 unless asked otherwise.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
Function = Callable[[Array], object]

COMPLEX_STEP = 1e-30
FLOOR = 1e-2


class GradientCheckError(ValueError):
    """The function or the gradient cannot be checked; the message says why."""


def default_step(dtype: type = np.float64) -> float:
    """Cube root of the machine epsilon: balances truncation and rounding."""
    return float(np.cbrt(np.finfo(dtype).eps))


def finite_difference(
    f: Function,
    x: object,
    eps: float | None = None,
    dtype: type = np.float64,
) -> Array:
    """Derivative of `f` at `x` by central differences.

    f      maps an array of x's shape to a number or an array; it must be deterministic
    x      array of any shape; converted to `dtype`, never modified
    eps    step, multiplied by max(1, |x_i|); default: cube root of the machine epsilon
    return shape x.shape + shape of f(x); entry [a, b] is d f_b / d x_a
    errors GradientCheckError when f is not deterministic or does not return numbers
    """
    x = _as_input(x, dtype)
    value = _deterministic_value(f, x)
    eps = default_step(dtype) if eps is None else eps
    if not eps > 0:
        raise GradientCheckError(f"the step eps must be positive, got {eps!r}")
    result = np.empty(x.shape + value.shape, dtype=dtype)
    for index in np.ndindex(x.shape):
        plus, minus = x.copy(), x.copy()
        step = eps * max(1.0, abs(float(x[index])))
        plus[index] += step
        minus[index] -= step
        width = plus[index] - minus[index]  # the step that was really taken
        if width == 0:
            raise GradientCheckError(
                f"eps = {eps!r} is lost in the rounding of x{list(index)} = {x[index]}"
                f" in {np.dtype(dtype).name}: take a larger step"
            )
        result[index] = (_number(f(plus)) - _number(f(minus))) / width
    return result


def complex_step(f: Function, x: object) -> Array:
    """Derivative of `f` at `x` from the imaginary part of f(x + 1e-30 i).

    No difference is taken, so nothing cancels: the result is exact to rounding. `f`
    must be analytic in x and keep complex numbers complex: a cast to real is refused.

    x      array of any shape, float64; never modified
    return shape x.shape + shape of f(x)
    errors GradientCheckError when f drops the imaginary part or is not deterministic
    """
    x = _as_input(x, np.float64)
    value = _deterministic_value(f, x)
    result = np.empty(x.shape + value.shape)
    for index in np.ndindex(x.shape):
        z = x.astype(complex)
        z[index] += 1j * COMPLEX_STEP
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            try:
                out = np.asarray(f(z))
            except (np.exceptions.ComplexWarning, TypeError) as problem:
                raise GradientCheckError(
                    "the function cast a complex number to a real one "
                    f"({problem}); allocate arrays with np.result_type(...) of the "
                    "inputs instead of a float dtype"
                ) from problem
        if not np.iscomplexobj(out):
            raise GradientCheckError(
                "the function returned real numbers for a complex input: something on "
                "the way (abs, norm, float(), a float buffer) dropped the imaginary "
                "part"
            )
        result[index] = out.imag / COMPLEX_STEP
    return result


def relative_error(a: object, b: object, floor: float = FLOOR) -> float:
    """Largest |a - b| / max(|a|, |b|, floor * scale) over all entries.

    `scale` is the largest magnitude in either array, so an entry that is zero by
    symmetry is judged against its neighbours and not against its own rounding, and
    multiplying both arrays by a number changes nothing. Two arrays of zeros have error
    0; a value that is not finite gives infinity.

    errors GradientCheckError when the shapes differ (nothing is broadcast)
    """
    errors = entry_errors(a, b, floor)
    return float(errors.max()) if errors.size else 0.0


def entry_errors(a: object, b: object, floor: float = FLOOR) -> Array:
    """The error of `relative_error`, entry by entry; same shape as a and b."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise GradientCheckError(f"shapes differ: {a.shape} and {b.shape}")
    if a.size == 0:
        return np.zeros(a.shape)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.where(np.isfinite(a) & np.isfinite(b), 0.0, np.inf)
    magnitude = np.maximum(np.abs(a), np.abs(b))
    scale = magnitude.max()
    if scale == 0:
        return np.zeros(a.shape)
    return np.abs(a - b) / np.maximum(magnitude, floor * scale)


def epsilon_sweep(
    f: Function,
    x: object,
    grad: object,
    eps_values: Sequence[float],
    dtype: type = np.float64,
) -> Array:
    """Error of central differences against `grad` for each step of `eps_values`.

    return shape (len(eps_values),); a step that is lost in rounding has error 1
    """
    errors = []
    for eps in eps_values:
        try:
            numeric = finite_difference(f, x, eps, dtype)
        except GradientCheckError as problem:
            if "lost in the rounding" not in str(problem):
                raise
            errors.append(1.0)
        else:
            errors.append(relative_error(numeric, grad))
    return np.array(errors)


@dataclass(frozen=True)
class Report:
    """What `check_gradient` found; `str(report)` is one line for a reader."""

    error: float
    bound: float
    worst: tuple[int, ...]
    analytic: float
    numeric: float

    @property
    def ok(self) -> bool:
        return self.error <= self.bound

    def __str__(self) -> str:
        if self.ok:
            return f"gradient agrees: error <= {self.bound:.0e}"
        return (
            f"gradient differs: error {self.error:.1e}, worst at {list(self.worst)}: "
            f"analytic {self.analytic:.6g}, numeric {self.numeric:.6g}"
        )


def check_gradient(
    f: Function,
    x: object,
    grad: object,
    bound: float = 1e-7,
    eps: float | None = None,
) -> Report:
    """Compare `grad` with central differences of `f` at `x`.

    grad   array of shape x.shape + shape of f(x)
    errors GradientCheckError when the shapes differ or f is not deterministic
    """
    numeric = finite_difference(f, x, eps)
    grad = np.asarray(grad)
    if grad.shape != numeric.shape:
        raise GradientCheckError(
            f"the gradient has shape {grad.shape}, but x has shape "
            f"{np.shape(x)} and f(x) {numeric.shape[np.ndim(x) :]}: expected "
            f"{numeric.shape}"
        )
    errors = entry_errors(grad, numeric)
    worst = np.unravel_index(int(errors.argmax()), errors.shape) if errors.size else ()
    worst = tuple(int(i) for i in worst)
    return Report(
        error=float(errors.max()) if errors.size else 0.0,
        bound=bound,
        worst=worst,
        analytic=float(grad[worst]) if errors.size else 0.0,
        numeric=float(numeric[worst]) if errors.size else 0.0,
    )


def _as_input(x: object, dtype: type) -> Array:
    x = np.asarray(x)
    if x.dtype.kind not in "fiu":
        raise GradientCheckError(
            f"x must be an array of real numbers, got dtype {x.dtype}"
        )
    return x.astype(dtype)


def _number(value: object) -> Array:
    value = np.asarray(value)
    if value.dtype.kind not in "fiuc":
        raise GradientCheckError(
            f"the function must return numbers, it returned dtype {value.dtype}"
        )
    return value


def _deterministic_value(f: Function, x: Array) -> Array:
    first, second = _number(f(x.copy())), _number(f(x.copy()))
    if first.shape != second.shape or not np.array_equal(first, second, equal_nan=True):
        raise GradientCheckError(
            "the function is not deterministic: two calls with the same x gave "
            "different results; fix its random generator or drop its state"
        )
    return first
