"""What the checks of several chapters need to judge one returned value.

Everything here runs in the trusted parent process, on values that came back from a
learner's function, and raises `Wrong` with a sentence for the learner.

    as_array(value, shape, name)          the value as finite float64 numbers
    near(got, want)                       equal up to TOLERANCE of the largest entry
    factor(got, want)                     c > 0 with got = c * want, if there is one
    expect(value, want, name, hint, than) Wrong unless the value is `want`
    number(value, name)                   the value as one float
    expect_number(value, want, where, hints)  Wrong unless the value is that number
    expect_untouched(reply, args, names)  Wrong when an array argument was changed
    expect_keys(value, keys, what)        the value as a dict that has these keys
    choice(value, key, options, what)     one entry of a dict of choices
    kind_of(value)                        "a value of type list", for messages
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from unrolled.grader.question import Reply, Wrong

Array = np.ndarray
TOLERANCE = 1e-5  # of the largest entry: float32 answers pass


def kind_of(value: Any) -> str:
    """What a value is, as a message names it: "a value of type list"."""
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, np.ndarray):
        return f"an array of dtype {value.dtype}"
    return f"a value of type {type(value).__name__}"


def as_array(value: Any, shape: tuple[int, ...], name: str) -> Array:
    """`value` as a float64 array of that shape with finite numbers.

    `name` begins the message: "the result", "dW_hh". A number has shape (). Raises
    Wrong for other shapes, other kinds of value (booleans too), NaN and infinity.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        wanted = f"an array of numbers of shape {shape}" if shape else "a number"
        raise Wrong(f"{name}: expected {wanted}, got {kind_of(value)}.")
    if array.shape != shape and not shape:
        raise Wrong(f"{name}: expected a number, got an array of shape {array.shape}.")
    if array.shape != shape:
        raise Wrong(f"{name}: the shape is {array.shape}, expected {shape}.")
    if not np.isfinite(array).all():
        raise Wrong(f"{name}: there are NaN or infinite entries.")
    return array.astype(np.float64)


def near(got: Array, want: Array, tolerance: float = TOLERANCE) -> bool:
    """Whether no entry is off by more than `tolerance` of the largest entry of want."""
    scale = np.max(np.abs(want), initial=0.0)
    return bool(np.max(np.abs(got - want), initial=0.0) <= tolerance * scale + 1e-12)


def factor(got: Array, want: Array) -> float | None:
    """c > 0 with got = c * want, if there is one; None for a single number."""
    if got.size < 2 or not want.any():
        return None
    c = float(np.sum(got * want) / np.sum(want * want))
    return c if c > 0 and near(got, c * want) else None


def expect(
    value: Any,
    want: Array,
    name: str,
    hint: str = "",
    than: str = "the expected value",
) -> None:
    """Raise Wrong, with the kind of difference that is seen, unless value is want.

    The sentence is "{name} differs from {than}." or, where it is recognised, that all
    entries are zero, have the wrong sign, a common factor or are transposed; the hint
    follows it.
    """
    got = as_array(value, want.shape, name)
    if near(got, want):
        return
    difference = f"differs from {than}"
    if not got.any():
        difference = "is all zeros" if got.size > 1 else "is zero"
    elif near(got, -want):
        difference = "has the wrong sign; the size is right"
    elif (c := factor(got, want)) is not None:
        difference = f"is {c:.3g} times the right value"
    elif got.ndim == 2 and got.shape[0] == got.shape[1] and near(got, want.T):
        difference = "is the transpose of the right value"
    raise Wrong(f"{name} {difference}.{' ' + hint if hint else ''}")


def number(value: Any, name: str) -> float:
    """A returned number; an array of one entry is not one."""
    return float(as_array(value, (), name))


def expect_number(
    value: Any,
    want: float,
    where: str,
    hints: Iterable[tuple[float, str]] = (),
) -> None:
    """Raise Wrong unless value is want; hints: other values and what they come from."""
    got = number(value, f"{where} the result")

    def close(other: float) -> bool:
        return bool(np.isclose(got, other, rtol=1e-5, atol=1e-9))

    if close(want):
        return
    told = f"{where} the result is {got:.5g}, expected {want:.5g}."
    for other, hint in hints:
        if close(other) and not np.isclose(other, want, rtol=1e-4):
            raise Wrong(f"{told} {hint}")
    raise Wrong(told)


def expect_untouched(reply: Reply, args: tuple[Any, ...], names: str) -> None:
    """Raise Wrong when an array argument came back changed.

    args: the call's positional arguments; names: theirs, separated by blanks.
    Arguments that are not arrays are not compared.
    """
    for name, before, after in zip(names.split(), args, reply.args_after, strict=True):
        if not isinstance(before, np.ndarray):
            continue
        same = isinstance(after, np.ndarray) and np.array_equal(before, after)
        if not same:
            raise Wrong(
                f"the call changed its argument `{name}`: an assignment in your "
                "function changed the caller's array, which is still needed. "
                f"Copy it first: `{name} = {name}.copy()`."
            )


def expect_keys(value: Any, keys: Iterable[str], what: str) -> dict[str, Any]:
    """`value`, if it is a dict with these keys; more keys do no harm.

    `what` is what the task asks for, e.g. "a dict of seven gradients".
    """
    if not isinstance(value, dict):
        raise Wrong(f"expected {what}, got {kind_of(value)}.")
    missing = [key for key in keys if key not in value]
    if missing:
        here = ", ".join(sorted(map(str, value))) or "none"
        gone = ", ".join(f'"{key}"' for key in missing)
        raise Wrong(f"the result has no key {gone}; its keys are: {here}.")
    return value


def choice(value: Any, key: str, options: Iterable[str], what: str) -> str:
    """The entry `key` of a dict of choices: one of `options`.

    Capital letters and blanks around an option are forgiven. Raises Wrong when the
    value is no dict, the key is missing, or the entry is none of the options.
    """
    entry = expect_keys(value, (key,), what)[key]
    options = tuple(options)
    text = entry.strip().lower() if isinstance(entry, str) else None
    for option in options:
        if text == option.lower():
            return option
    shown = repr(entry) if isinstance(entry, str) else kind_of(entry)
    offered = ", ".join(f'"{option}"' for option in options)
    raise Wrong(f'"{key}": choose one of {offered}; got {shown}.')
