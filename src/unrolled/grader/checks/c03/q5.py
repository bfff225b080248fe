"""Question 3.5: a gradient check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from unrolled.grader.checks.c03.common import Net, run_net, summed_loss
from unrolled.grader.checks.judging import Array, as_array, kind_of, near
from unrolled.grader.question import (
    Ask,
    Call,
    Given,
    Misconception,
    Property,
    Question,
    Rng,
    Wrong,
)


def numerical_gradient(f: Callable, x: Array, eps: float = 1e-5) -> Array:
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + eps
        above = f(x)
        x[index] = kept - eps
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def relative_error(a: Array, b: Array) -> float:
    a, b = np.asarray(a), np.asarray(b)
    size = np.maximum(np.abs(a), np.abs(b))
    if np.max(size) == 0:
        return 0.0
    return float(np.max(np.abs(a - b) / np.maximum(size, 0.01 * np.max(size))))


def random_net(
    rng: np.random.Generator, T: int, B: int, D: int, H: int, V: int, scale: float
) -> Net:
    """As in the given cell of 3.5, for the reference and the wrong answers below."""
    return dict(
        x=rng.normal(size=(T, B, D)),
        y=rng.integers(0, V, size=(T, B)),
        h0=0.5 * rng.normal(size=(B, H)),
        W_xh=scale * rng.normal(size=(D, H)) / np.sqrt(D),
        W_hh=scale * rng.normal(size=(H, H)) / np.sqrt(H),
        b_h=0.3 * rng.normal(size=H),
        W_ho=scale * rng.normal(size=(H, V)) / np.sqrt(H),
        b_o=0.3 * rng.normal(size=V),
    )


def loss(net: Net) -> Any:
    """As in the given cell of 3.5."""
    return summed_loss(run_net(net)[2], net["y"])


def is_right(implementation: Callable, rng: np.random.Generator) -> bool:
    for scale in (1.0, 1.5):
        net = random_net(rng, T=9, B=2, D=3, H=4, V=5, scale=scale)

        def loss_of(W_hh, net=net):
            return loss({**net, "W_hh": W_hh})

        numeric = numerical_gradient(loss_of, net["W_hh"])
        if relative_error(implementation(net), numeric) > 1e-5:
            return False
    return True


def _forward_difference(f, x, eps=1e-5):
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    here = f(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + eps
        gradient[index] = (f(x) - here) / eps
        x[index] = kept
    return gradient


def _never_restored(f, x, eps=1e-5):
    x = np.asarray(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += eps
        above = f(x)
        x[index] -= 2 * eps
        below = f(x)
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def _in_float32(f, x, eps=1e-5):
    x = np.array(x, dtype=np.float32)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + eps
        above = f(x)
        x[index] = kept - eps
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def _absolute_error(a, b):
    return float(np.max(np.abs(np.asarray(a) - np.asarray(b))))


def _with_tiny_weights(implementation, rng):
    net = random_net(rng, T=9, B=2, D=3, H=4, V=5, scale=0.0001)

    def loss_of(W_hh):
        return loss({**net, "W_hh": W_hh})

    numeric = numerical_gradient(loss_of, net["W_hh"])
    return relative_error(implementation(net), numeric) < 0.05


def _with_short_sequences(implementation, rng):
    net = random_net(rng, T=4, B=2, D=3, H=4, V=5, scale=1.0)

    def loss_of(W_hh):
        return loss({**net, "W_hh": W_hh})

    numeric = numerical_gradient(loss_of, net["W_hh"])
    return relative_error(implementation(net), numeric) < 1e-5


def _central_bowl(x: Array, eps: float) -> Array:
    """What central differences give for the given function `bowl`, exactly.

    It is quadratic, so the step does not matter.
    """
    return 2 * x + np.sum(x)


def _central_hill(x: Array, eps: float) -> Array:
    """What central differences give for the given function `hill`, exactly."""
    return np.exp(x) * np.sinh(eps) / eps + 3 * np.sum(x) ** 2 + eps**2


def _test_numerical_gradient(ask: Ask, rng: np.random.Generator) -> None:
    points = [
        0.5 * rng.standard_normal(shape) for shape in ((3,), (2, 3), (2, 1, 2), ())
    ]
    for x in map(np.array, points):
        for f, central, eps in (
            ("bowl", _central_bowl, 0.1),
            ("hill", _central_hill, 0.01),
        ):
            reply = ask("numerical_gradient", Given(f), x, eps)
            where = f"for `{f}`, x of shape {x.shape} and eps = {eps}"
            if not np.allclose(reply.args_after[1], x, rtol=0, atol=1e-12):
                raise Wrong(f"{where}: x itself was changed by the call.")
            got = as_array(reply.value, x.shape, where)
            want = central(x, eps)
            if not near(got, want, 1e-9):
                raise Wrong(
                    f"{where} the result is off by {np.max(np.abs(got - want)):.1e} from the central difference with exactly this step."
                )
    x32 = (0.5 * rng.standard_normal((2, 3))).astype(np.float32)
    for x, kind in ((x32, "float32"), (rng.integers(-2, 3, size=4), "integers")):
        reply = ask("numerical_gradient", Given("hill"), x)
        got = as_array(reply.value, x.shape, f"for x of {kind}")
        want = _central_hill(x.astype(np.float64), 1e-5)
        if not near(got, want, 1e-6):
            raise Wrong(
                f"for x of {kind} the relative error is {np.max(np.abs(got - want)) / np.max(np.abs(want)):.0e}: convert x to float64 before adding a step of 1e-5."
            )
        if np.asarray(reply.value).dtype != np.float64:
            raise Wrong(f"for x of {kind} the result is not float64.")


def _magnitudes_subtracted(a: Array, b: Array) -> float:
    return relative_error(np.abs(a), np.abs(b))


def _without_floor(a: Array, b: Array) -> float:
    size = np.maximum(np.abs(a), np.abs(b))
    return float(np.max(np.abs(a - b) / np.where(size > 0, size, 1.0)))


def _sum_of_magnitudes(a: Array, b: Array) -> float:
    size = np.abs(a) + np.abs(b)
    return float(np.max(np.abs(a - b) / np.maximum(size, 0.01 * np.max(size))))


def _sum_without_floor(a: Array, b: Array) -> float:
    size = np.abs(a) + np.abs(b)
    return float(np.max(np.abs(a - b) / np.where(size > 0, size, 1.0)))


def _norm(a: Array) -> float:
    return float(np.sqrt(np.sum(a**2)))


def _norms_by_sum(a: Array, b: Array) -> float:
    return _norm(a - b) / (_norm(a) + _norm(b))


def _norms_by_largest(a: Array, b: Array) -> float:
    return _norm(a - b) / max(_norm(a), _norm(b))


SUM_HINT = "Divide by the larger of |a| and |b|, not by their sum."
NORM_HINT = (
    "This is a ratio of norms, in which one wrong entry can hide: take the error of "
    "each entry, then the largest."
)
OTHER_ERRORS = (
    (
        _magnitudes_subtracted,
        "Mind the signs: subtract first, then take the magnitude.",
    ),
    (
        _without_floor,
        "The floor is missing: no entry is divided by less than 0.01 m.",
    ),
    (_sum_of_magnitudes, SUM_HINT),
    (_sum_without_floor, SUM_HINT),
    (_norms_by_sum, NORM_HINT),
    (_norms_by_largest, NORM_HINT),
)


def _test_relative_error(ask: Ask, rng: np.random.Generator) -> None:
    def error(a: Any, b: Any, where: str) -> float:
        value = ask("relative_error", a, b).value
        return float(as_array(value, (), where))

    for shape in ((3,), (2, 3), ()):
        zeros = np.zeros(shape)
        where = f"two arrays of zeros of shape {shape}"
        if error(zeros, zeros.copy(), where) != 0:
            raise Wrong(f"{where}: the error is not 0.")
    pairs = []
    for shape in ((4,), (3, 2), ()):
        a = np.array(rng.standard_normal(shape))
        pairs.append((a, a + 0.3 * np.array(rng.standard_normal(shape))))
        pairs.append((a, a * (1 + 1e-6 * np.array(rng.standard_normal(shape)))))
    a = rng.standard_normal(4)
    a[1] = 0.0
    b = a.copy()
    b[1] = 1e-9
    pairs += [(a, b), (b, a), (a, -a), (a, np.zeros(4)), (np.zeros(4), a)]
    for a, b in pairs:
        for size in (1.0, 1e-7, 1e7):
            want = relative_error(size * a, size * b)
            where = f"two arrays of shape {a.shape} with entries of size {size:g}"
            got = error(size * a, size * b, where)
            if not np.isclose(got, want, rtol=1e-5, atol=1e-14):
                tip = (
                    " Multiplying both arrays by one number must not change it."
                    if size != 1
                    else ""
                )
                for other, hint in OTHER_ERRORS:
                    if np.isclose(got, other(size * a, size * b), rtol=1e-5, atol=0):
                        tip = f" {hint}"
                        break
                raise Wrong(f"{where}: got {got:.3g}, expected {want:.3g}.{tip}")


RIGHT, LOUD, QUIET = "bd", "ae", "cf"
TOO_STRICT = (
    "Ask of your test: is the threshold below what central differences reach (about "
    "1e-8), is `net` unchanged while you take differences, and are your two other "
    "functions right?"
)
TOO_LAX = (
    "Ask of your test: are T, B and H large enough (with H = 1, a 1×1 matrix is its own "
    "transpose), are the weights of about the size 1, and would a smaller threshold "
    "still let right answers pass?"
)


def _verdicts(ask: Ask, rng: np.random.Generator, letters: str, draws: int) -> None:
    for _ in range(draws):
        for letter in letters:
            number = int(rng.integers(2**31))
            value = ask("is_right", Given(f"candidate_{letter}"), Rng(number)).value
            if not isinstance(value, (bool, np.bool_)):
                raise Wrong(f"is_right: expected True or False, got {kind_of(value)}.")
            if bool(value) != (letter in RIGHT):
                verdict = "right" if value else "wrong"
                tip = TOO_STRICT if letter in RIGHT else TOO_LAX
                raise Wrong(
                    f"your referee calls candidate_{letter} {verdict}, and it is not. {tip}"
                )


def _test_loud(ask: Ask, rng: np.random.Generator) -> None:
    _verdicts(ask, rng, RIGHT + LOUD, draws=2)


def _test_quiet(ask: Ask, rng: np.random.Generator) -> None:
    _verdicts(ask, rng, RIGHT, draws=1)
    _verdicts(ask, rng, QUIET, draws=6)  # a lax threshold convicts only now and then


def _referee_cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for shape in ((3,), (2, 2)):
        x = 0.5 * rng.standard_normal(shape)
        calls.append(Call("numerical_gradient", Given("bowl"), x, 0.1))
        calls.append(Call("numerical_gradient", Given("hill"), x, 0.01))
        a, b = 5 * rng.standard_normal(shape), rng.standard_normal(shape)
        calls.append(Call("relative_error", a, b))
    for letter in "abcdef":
        calls.append(Call("is_right", Given(f"candidate_{letter}"), Rng(7)))
    return calls


QUESTION = Question(
    id="03.5",
    title="a gradient check that convicts",
    answers=("numerical_gradient", "relative_error", "is_right"),
    reference={
        "numerical_gradient": numerical_gradient,
        "relative_error": relative_error,
        "is_right": is_right,
    },
    properties=(
        Property(
            "numerical_gradient is the central difference with the step it is given, for every shape and dtype, and leaves x alone",
            1,
            _test_numerical_gradient,
            "§3.9",
        ),
        Property(
            "relative_error is the formula of the task: right near zero, and unchanged when both arrays are multiplied by a number",
            1,
            _test_relative_error,
            "§3.9, def-relerr",
        ),
        Property(
            "is_right acquits the two unusual but right candidates and convicts the two loud mistakes",
            1,
            _test_loud,
            "§3.9 and §3.13",
        ),
        Property(
            "is_right also convicts the two quiet mistakes, which some networks do not show",
            1,
            _test_quiet,
            "§3.13",
        ),
    ),
    misconceptions=(
        Misconception(
            "forward difference",
            {"numerical_gradient": _forward_difference},
            "You take the forward difference (f(x+ε) − f(x))/ε. Its error shrinks like ε; that of the central difference shrinks like ε², and rounding costs both the same.",
            "§3.9",
        ),
        Misconception(
            "absolute error",
            {"relative_error": _absolute_error},
            "You return the absolute error. 1e-7 is excellent for a gradient of size 1 and worthless for one of size 1e-7: divide by the size.",
            "§3.9, def-relerr",
        ),
        Misconception(
            "x perturbed and not restored",
            {"numerical_gradient": _never_restored},
            "You step in x itself and do not step back: from the second entry on f is taken at a shifted point, and the caller's weights are changed. Work on a copy, and put each entry back.",
            "§3.9",
        ),
        Misconception(
            "differences in float32",
            {"numerical_gradient": _in_float32},
            "You work in float32, which has about seven digits: after a step of 1e-5 at most two of them are left in the difference. Convert x to float64 first.",
            "§3.9",
        ),
        Misconception(
            "weights too small to see the bug",
            {"is_right": _with_tiny_weights},
            "Your referee cannot see a transpose that is missing. Either the weights are tiny, so that whatever goes through W_hh is lost beside the rest (test with weights of about the size 1), or H = 1: a 1×1 matrix is its own transpose.",
            "§3.13",
        ),
        Misconception(
            "sequence too short to see the bug",
            {"is_right": _with_short_sequences},
            "Your test sequence is short. A backward pass that looks back five steps and no further is exact on it; a mistake about long paths needs long paths to show.",
            "§3.10 and §3.13",
        ),
    ),
    cases=_referee_cases,
)
