"""Question 9.2: what is certain about every error signal."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array, kind_of
from unrolled.grader.checks.slips import (
    Slip,
    array,
    expect_same_arguments,
    misconceptions,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

WORDS = ("shrinks", "bounded", "grows", "nothing")
EQUAL = 1e-6

LINEAR = "§9.1, eq-eig and eq-jordan-block"
HORIZON = "§9.2, eq-nonnormal"
SLOPES = "§9.4, eq-vanish-suff and eq-explode-nec"
BORDERS = "§9.1, eq-jordan-block; with slopes §9.4, eq-vanish-suff"


def _judge(least, greatest, unbounded=False):
    """The word for factors between least and greatest."""
    if greatest < 1 - EQUAL:
        return "shrinks"
    if least > 1 + EQUAL:
        return "grows"
    return "bounded" if greatest <= 1 + EQUAL and not unbounded else "nothing"


def _moduli(W):
    return np.abs(np.linalg.eigvals(W))


def _singular(W):
    return np.linalg.svd(W, compute_uv=False)


def _defective(W):
    """Whether an eigenvalue of modulus 1 has fewer eigenvectors than its multiplicity."""
    values = np.linalg.eigvals(W)
    for value in values[np.abs(np.abs(values) - 1) < EQUAL]:
        times = int(np.sum(np.abs(values - value) < 1e-4))
        left = W.astype(complex) - value * np.eye(len(W))
        if len(W) - np.linalg.matrix_rank(left, tol=1e-5) < times:
            return True
    return False


def _limit(W):
    m = _moduli(W)
    return _judge(m.min(), m.max(), _defective(W))


def _ends(W, steps):
    """The least and the largest singular value of a power.

    Rounding errors of a power are as large as its largest entries times 1e-16, so that
    the least is read off the power of the inverse.
    """
    most = np.linalg.norm(np.linalg.matrix_power(W, steps), 2)
    try:
        back = np.linalg.matrix_power(np.linalg.inv(W), steps)
    except np.linalg.LinAlgError:  # W is singular: some signal is gone at once
        return 0.0, most
    return 1 / np.linalg.norm(back, 2), most


def _horizon(W, steps):
    return _judge(*_ends(W, steps))


def _between(W, low, high):
    s = _singular(W)
    return _judge(s.min() * low, s.max() * high)


def verdict(W, slopes, steps):
    if slopes is not None:
        return _between(W, *slopes)
    return _limit(W) if steps == np.inf else _horizon(W, steps)


def growing(rho, times, steps):
    return np.array([[rho, times / (steps * rho ** (steps - 1))], [0.0, rho]])


def woken(slope, rho):
    return rho / (1 - slope) * np.array([[1.0, -1.0], [1.0, -1.0]])


# --- wrong verdicts -------------------------------------------------------------------


def _moduli_for_a_horizon(W, slopes, steps):
    return verdict(W, slopes, np.inf if slopes is None else steps)


def _moduli_for_slopes(W, slopes, steps):
    if slopes is None:
        return verdict(W, slopes, steps)
    m = _moduli(W)
    return _judge(m.min() * slopes[0], m.max() * slopes[1])


def _moduli_everywhere(W, slopes, steps):
    if slopes is None:
        return _limit(W)
    return _moduli_for_slopes(W, slopes, steps)


def _singular_for_the_limit(W, slopes, steps):
    if slopes is None and steps == np.inf:
        return _between(W, 1.0, 1.0)
    return verdict(W, slopes, steps)


def _singular_everywhere(W, slopes, steps):
    return _between(W, *(slopes or (1.0, 1.0)))


def _one_step_for_a_horizon(W, slopes, steps):
    if slopes is None and steps != np.inf:
        return _horizon(W, 1)
    return verdict(W, slopes, steps)


def _large_singular_value_grows(W, slopes, steps):
    if slopes is not None and _singular(W).max() * slopes[1] > 1 + EQUAL:
        return "grows"
    return verdict(W, slopes, steps)


def _large_radius_grows(W, slopes, steps):
    if slopes is None and steps == np.inf and _moduli(W).max() > 1 + EQUAL:
        return "grows"
    return verdict(W, slopes, steps)


def _large_norm_grows(W, slopes, steps):
    if slopes is None and steps != np.inf:
        least, most = _ends(W, steps)
        return "grows" if most > 1 + EQUAL else _judge(least, most)
    return verdict(W, slopes, steps)


def _least_lost_in_rounding(W, slopes, steps):
    """The least singular value of the computed power, whatever rounding left of it."""
    if slopes is None and steps != np.inf:
        s = _singular(np.linalg.matrix_power(W, steps))
        return _judge(s.min(), s.max())
    return verdict(W, slopes, steps)


def _the_largest_decides(W, slopes, steps):
    """In all three cases: above 1 grows."""
    found = _large_radius_grows(W, slopes, steps)
    if found == "nothing":
        found = _large_norm_grows(W, slopes, steps)
    if found == "nothing":
        found = _large_singular_value_grows(W, slopes, steps)
    return found


def _slopes_left_out(W, slopes, steps):
    return verdict(W, slopes if slopes is None else (1.0, 1.0), steps)


def _greatest_slope_twice(W, slopes, steps):
    return verdict(W, slopes if slopes is None else (slopes[1],) * 2, steps)


def _slopes_exchanged(W, slopes, steps):
    return verdict(W, slopes if slopes is None else slopes[::-1], steps)


def _saturation_bounds(W, slopes, steps):
    found = verdict(W, slopes, steps)
    return "bounded" if slopes is not None and found in ("grows", "nothing") else found


def _never_grows_with_slopes(W, slopes, steps):
    found = verdict(W, slopes, steps)
    return "nothing" if slopes is not None and found == "grows" else found


def _slopes_are_linear(W, slopes, steps):
    return verdict(W, None, steps)


def _radius_one_is_bounded(W, slopes, steps):
    if slopes is None and steps == np.inf:
        m = _moduli(W)
        return _judge(m.min(), m.max())
    return verdict(W, slopes, steps)


def _repeated_is_a_block(W, slopes, steps):
    if slopes is None and steps == np.inf:
        values = np.linalg.eigvals(W)
        one = values[np.abs(np.abs(values) - 1) < EQUAL]
        near = np.abs(one[:, None] - one) < 1e-4
        return _judge(np.abs(values).min(), np.abs(values).max(), near.sum() > len(one))
    return verdict(W, slopes, steps)


def _slopes_never_bound(W, slopes, steps):
    found = verdict(W, slopes, steps)
    return "nothing" if slopes is not None and found == "bounded" else found


def _radius_one_is_nothing(W, slopes, steps):
    found = verdict(W, slopes, steps)
    limit = slopes is None and steps == np.inf
    return "nothing" if limit and found == "bounded" else found


def _equality_is_nothing(W, slopes, steps):
    found = verdict(W, slopes, steps)
    return "nothing" if found == "bounded" else found


def _equality_shrinks(W, slopes, steps):
    found = verdict(W, slopes, steps)
    return "shrinks" if found == "bounded" else found


def _defective_grows(W, slopes, steps):
    if slopes is None and steps == np.inf and _moduli(W).max() <= 1 + EQUAL:
        return "grows" if _defective(W) else verdict(W, slopes, steps)
    return verdict(W, slopes, steps)


def _signed_eigenvalues(W, slopes, steps):
    if slopes is None and steps == np.inf:
        values = np.linalg.eigvals(W).real
        return _judge(values.min(), values.max(), _defective(W))
    return verdict(W, slopes, steps)


def _real_parts(W, slopes, steps):
    if slopes is None and steps == np.inf:
        values = np.abs(np.linalg.eigvals(W).real)
        return _judge(values.min(), values.max(), _defective(W))
    return verdict(W, slopes, steps)


def _symmetric(W, slopes, steps):
    if slopes is None and steps == np.inf:
        values = np.abs(np.linalg.eigvalsh(W))
        return _judge(values.min(), values.max(), _defective(W))
    return verdict(W, slopes, steps)


def _frobenius(W, slopes, steps):
    if slopes is not None:
        return _judge(_singular(W).min() * slopes[0], np.linalg.norm(W) * slopes[1])
    return verdict(W, slopes, steps)


# --- wrong examples -------------------------------------------------------------------


def _one_power_too_many(rho, times, steps):
    return np.array([[rho, times / (steps * rho**steps) * rho], [0.0, rho]]) * 0.9


def _large_at_one_step(rho, times, steps):
    return np.array([[rho, times], [0.0, rho]])


def _power_forgotten(rho, times, steps):
    return np.array([[rho, times / steps], [0.0, rho]])


def _radius_above_one(rho, times, steps):
    return np.eye(2) * times ** (1 / steps)


def _steps_forgotten(rho, times, steps):
    return np.array([[rho, times], [0.0, rho / 2]])


def _asleep_first(slope, rho):
    """The columns scaled where the rows should be."""
    return rho / (1 + slope) * np.array([[1.0, -1.0], [1.0, -1.0]])


def _not_scaled(slope, rho):
    return rho * np.array([[1.0, -1.0], [1.0, -1.0]])


def _triangular(slope, rho):
    return np.array([[0.0, rho], [0.0, 0.0]])


def _diagonal(slope, rho):
    return rho * np.eye(2)


# --- matrices -------------------------------------------------------------------------


def _turned(rng: np.random.Generator, block: Any) -> Array:
    """The same map in other orthogonal coordinates: all that is judged stays."""
    block = np.asarray(block, dtype=float)
    q, _ = np.linalg.qr(rng.standard_normal(block.shape))
    return q @ block @ q.T


def _orthogonal(rng: np.random.Generator, n: int) -> Array:
    return np.linalg.qr(rng.standard_normal((n, n)))[0]


def _rotation(angle: float) -> Array:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _upper(rng: np.random.Generator, diagonal: Any, size: float) -> Array:
    """Upper triangular, with entries of about `size` above the diagonal."""
    n = len(diagonal)
    above = size * rng.choice([-1, 1], (n, n)) * rng.uniform(0.8, 1.2, (n, n))
    return np.triu(above, 1) + np.diag(diagonal)


def _with_singular(rng: np.random.Generator, values: Any) -> Array:
    n = len(values)
    return _orthogonal(rng, n) @ np.diag(values) @ _orthogonal(rng, n)


def _limits(rng: np.random.Generator) -> list[tuple[Array, Any, Any]]:
    sign = rng.choice([-1.0, 1.0])
    matrices = [
        _turned(rng, _upper(rng, [0.9, 0.8], 5.0)),  # shrinks, after a large hump
        _turned(rng, [[0.95, 0.0, 0.0], [0.0, -0.9, 0.0], [0.0, 0.0, 0.1]]),
        _upper(rng, [1.2, -1.3, 1.25], 8.0),  # grows, though sigma_min < 1
        np.array([[-1.5]]),
        _turned(rng, 1.1 * _rotation(1.3)),
        _turned(rng, 0.9 * _rotation(0.4)),
        _turned(rng, _upper(rng, [1.3 * sign, 0.7], 1.0)),  # some do, some do not
        _turned(rng, np.diag([1.4, 1.2, -0.5])),
        np.array([[0.0, 3.0], [0.2, 0.0]]),  # rho = 0.77
    ]
    return [(W, None, np.inf) for W in matrices]


def _limit_borders(rng: np.random.Generator) -> list[tuple[Array, Any, Any]]:
    angle = rng.uniform(0.5, 1.0)
    pair = np.zeros((4, 4))
    pair[:2, :2] = pair[2:, 2:] = _rotation(angle)
    pair[:2, 2:] = np.eye(2)
    skew = np.array([[1.0, 3.0, -2.0], [0.0, -1.0, 4.0], [0.0, 0.0, 0.6]])
    matrices = [
        np.eye(3),
        _orthogonal(rng, 4),
        np.array([[1.0, 0.5], [0.0, 1.0]]),  # a Jordan block
        _turned(rng, [[1.0, 1.0], [0.0, 1.0]]),
        _turned(rng, skew),  # modulus 1 twice, both with an eigenvector
        _upper(rng, [0.5, -1.0, -1.0], 1.0),  # a block of -1 beside 0.5
        pair,  # a block of a complex pair
        np.diag([1.0, 1.0, 0.3]),
        np.diag([1.0, 1.5]),  # not all grow beyond bounds
    ]
    return [(W, None, np.inf) for W in matrices]


def _horizons(rng: np.random.Generator) -> list[tuple[Array, Any, Any]]:
    hump = np.array([[0.9, 10.0], [0.0, 0.9]])
    slow = np.array([[1.2, 10.0], [0.0, 1.2]])
    nilpotent = np.array([[0.0, 4.0], [0.0, 0.0]])
    turn = np.array([[1.0, rng.uniform(2.0, 4.0)], [0.0, -1.0]])  # its own inverse
    return [
        (_turned(rng, hump), None, 9),
        (_turned(rng, hump), None, 200),
        (_turned(rng, slow), None, 10),
        (_turned(rng, slow), None, 60),
        (nilpotent, None, 1),
        (nilpotent, None, 2),
        (turn, None, 5),
        (turn, None, 6),
        (_turned(rng, np.diag([0.9, -0.5])), None, 3),
        (_turned(rng, [[1.3, 0.1], [0.0, 1.2]]), None, 5),
        (_orthogonal(rng, 3), None, 40),
        (_turned(rng, [[1.0, 1.0], [0.0, 1.0]]), None, 4),
        (_turned(rng, np.diag([1.3, 0.7])), None, 12),
        (_turned(rng, _upper(rng, [2.0, 1.7, 0.9], 0.5)), None, 200),
    ]


def _with_slopes(rng: np.random.Generator) -> list[tuple[Array, Any, Any]]:
    hump = np.array([[0.5, 6.0], [0.0, 0.5]])
    return [
        (_with_singular(rng, [1.6, 0.5, 0.2]), (0.1, 0.6), np.inf),
        (_with_singular(rng, [0.9, 0.4]), (0.05, 1.0), 7),
        (_turned(rng, hump), (0.2, 1.0), np.inf),
        (_turned(rng, hump), (0.2, 0.7), 12),
        (_with_singular(rng, [5.0, 3.0]), (0.4, 0.9), np.inf),
        (_with_singular(rng, [4.0, 2.0, 1.5]), (0.8, 0.95), 5),
        (_with_singular(rng, [3.0, 1.5]), (0.5, 1.0), np.inf),
        (_turned(rng, np.diag([1.5, -1.2])), (0.01, 1.0), 20),
        (np.array([[2.0, -2.0], [2.0, -2.0]]), (0.0, 1.0), np.inf),
        (np.array([[-1.5]]), (0.8, 1.0), np.inf),
        (_with_singular(rng, [1.1, 1.05, 0.8]), (0.2, 0.85), 3),
    ]


def _slope_borders(rng: np.random.Generator) -> list[tuple[Array, Any, Any]]:
    return [
        (_orthogonal(rng, 3), (0.1, 1.0), np.inf),
        (_orthogonal(rng, 2), (0.3, 1.0), 30),
        (2 * _orthogonal(rng, 3), (0.1, 0.5), np.inf),
        (2 * _orthogonal(rng, 3), (0.5, 0.8), 4),
        (np.array([[1.0, 0.5], [0.0, 1.0]]), (0.2, 1.0), np.inf),
    ]


def _expect_verdicts(ask: Ask, drawn: list[tuple[Array, Any, Any]]) -> None:
    for W, slopes, steps in drawn:
        reply = ask("verdict", W, slopes, steps)
        where = "for the linear network" if slopes is None else f"for slopes {slopes}"
        where += ", in the limit" if steps == np.inf else f", after {steps} steps"
        got = reply.value
        if not isinstance(got, str):
            raise Wrong(f"{where}: expected one of the four words, got {kind_of(got)}.")
        got = got.strip().lower()
        if got not in WORDS:
            offered = ", ".join(f'"{word}"' for word in WORDS)
            raise Wrong(f'{where}: expected one of {offered}, got "{got[:40]}".')
        if got != verdict(W, slopes, steps):
            entries = np.array2string(W.round(3), separator=", ").replace("\n", "")
            raise Wrong(
                f'{where}: your verdict is "{got}", for W = {entries}. '
                + _argument(W, slopes, steps, got)
            )
        expect_same_arguments((W, slopes, steps), reply.args_after)


def _argument(W: Array, slopes: Any, steps: Any, got: str) -> str:
    """A sentence about this matrix that speaks against the verdict `got`."""
    right = verdict(W, slopes, steps)
    if right == "nothing" or (right == "bounded" and got != "nothing"):
        return f'Not every error signal does what "{got}" says: look for one.'
    return (
        "More is certain than that."
        if got in ("nothing", "bounded")
        else ("What it says cannot be: try a few error signals.")
    )


def _test_limit(ask: Ask, rng: np.random.Generator) -> None:
    _expect_verdicts(ask, _limits(rng))


def _test_horizon(ask: Ask, rng: np.random.Generator) -> None:
    _expect_verdicts(ask, _horizons(rng))


def _test_slopes(ask: Ask, rng: np.random.Generator) -> None:
    _expect_verdicts(ask, _with_slopes(rng))


def _test_borders(ask: Ask, rng: np.random.Generator) -> None:
    _expect_verdicts(ask, _limit_borders(rng) + _slope_borders(rng))


def _radius(W: Array) -> float:
    return float(_moduli(W).max())


def _test_growing(ask: Ask, rng: np.random.Generator) -> None:
    for rho, times, steps in (
        (0.9, 100.0, 9),
        (0.5, 1e4, 3),
        (0.3, 7.0, 6),
        (0.8, 50, 1),
    ):
        W = array(ask("growing", rho, times, steps).value, (2, 2), "W")
        where = f"for rho = {rho}, times = {times:g}, steps = {steps}"
        if not np.isfinite(W).all():
            raise Wrong(f"{where}: W has entries that are not numbers.")
        if abs(_radius(W) - rho) > 1e-3:
            raise Wrong(f"{where}: the spectral radius of W is {_radius(W):.4g}.")
        norm = np.linalg.norm(np.linalg.matrix_power(W, steps), 2)
        if norm < times * (1 - 1e-5):
            raise Wrong(
                f"{where}: the largest singular value of its power is {norm:.4g}."
            )


def _test_woken(ask: Ask, rng: np.random.Generator) -> None:
    for slope, rho in ((0.0, 1.5), (0.5, 3.0), (0.9, 0.7), (0.25, 10.0)):
        W = array(ask("woken", slope, rho).value, (2, 2), "W")
        where = f"for slope = {slope}, rho = {rho}"
        if not np.isfinite(W).all():
            raise Wrong(f"{where}: W has entries that are not numbers.")
        size = np.abs(W).max()
        if abs(np.trace(W)) > 1e-6 * size or abs(np.linalg.det(W)) > 1e-6 * size**2:
            told = f"the spectral radius of W is {_radius(W):.4g}, it should be 0"
            raise Wrong(f"{where}: {told}.")
        found = _radius(W * np.array([1.0, slope]))
        if abs(found - rho) > 1e-3 * rho:
            raise Wrong(
                f"{where}: the spectral radius of the Jacobian is {found:.4g}. In this course its columns carry the slopes."
            )


def _cases(rng: np.random.Generator) -> list[Call]:
    drawn = [_limits(rng)[i] for i in (0, 2, 3, 4, 6, 8)]
    drawn += [_limit_borders(rng)[i] for i in (1, 2, 4, 5, 7, 8)]
    drawn += [_horizons(rng)[i] for i in (0, 1, 3, 6, 7, 10, 13)]
    drawn += [_with_slopes(rng)[i] for i in (0, 2, 4, 6, 9, 10)]
    drawn += [_slope_borders(rng)[i] for i in (0, 3)]
    calls = [Call("verdict", *args) for args in drawn]
    calls += [Call("growing", *args) for args in ((0.9, 100.0, 9), (0.5, 20.0, 3))]
    calls += [Call("woken", *args) for args in ((0.5, 3.0), (0.2, 0.7))]
    return calls


SLIPS = (
    Slip(
        "eigenvalues for a horizon",
        "verdict",
        _moduli_for_a_horizon,
        "For a finite number of steps you ask the eigenvalues. They speak about the limit alone: a matrix with spectral radius 0.9 can first make signals dozens of times longer. Which matrix acts on a signal in that many steps, and which numbers say how much it can lengthen or shorten?",
        HORIZON,
    ),
    Slip(
        "eigenvalues with slopes",
        "verdict",
        _moduli_for_slopes,
        "With slopes that change from step to step you multiply eigenvalues. Those of a product are not products of eigenvalues: what multiplies, as a bound, are the largest and the least factor by which each matrix can change a length.",
        SLOPES,
    ),
    Slip(
        "eigenvalues for everything",
        "verdict",
        _moduli_everywhere,
        "You ask the eigenvalues in all three cases. They decide the limit of the linear network, and nothing else: not a finite horizon, and not a product in which slopes change from step to step.",
        SLOPES,
    ),
    Slip(
        "singular values for the limit",
        "verdict",
        _singular_for_the_limit,
        "For the linear limit you ask the singular values of W. They say what one step can do. What happens to $W^t$ in the end is decided by something else, even when the first steps go the other way.",
        LINEAR,
    ),
    Slip(
        "singular values of W for everything",
        "verdict",
        _singular_everywhere,
        "You ask the singular values of W in all cases. Of the linear network you know more, namely W itself, and so every power of it and its limit.",
        HORIZON,
    ),
    Slip(
        "one step for a horizon",
        "verdict",
        _one_step_for_a_horizon,
        "For a finite number of steps you look at the singular values of W, or at their powers. The length after several steps lies between such powers, but often far from both: which matrix acts in that many steps can be computed itself.",
        HORIZON,
    ),
    Slip(
        "a least singular value lost in rounding",
        "verdict",
        _least_lost_in_rounding,
        "Your method is right, and rounding spoils it: the entries of a power of W can be 1e60, their rounding errors are then far above 1, and so is the least singular value that is computed from them. Which matrix has it as one over its *largest* singular value?",
        HORIZON,
    ),
    Slip(
        "a large singular value grows",
        "verdict",
        _large_singular_value_grows,
        'With slopes you say "grows" as soon as the largest singular value times the largest slope exceeds 1. That is *necessary* for growth and proves none: the direction that grows may never be met, and slopes may be smaller. What would lengthen *every* signal?',
        SLOPES,
    ),
    Slip(
        "a spectral radius above one grows",
        "verdict",
        _large_radius_grows,
        'In the linear limit you say "grows" as soon as the spectral radius exceeds 1. Then *some* signals grow. The word is about every signal: those along other eigenvectors count too.',
        LINEAR,
    ),
    Slip(
        "a norm above one grows",
        "verdict",
        _large_norm_grows,
        'For a finite horizon you say "grows" as soon as the norm of the power exceeds 1. The norm belongs to the signal that is lengthened most. The word is about every signal.',
        HORIZON,
    ),
    Slip(
        "the largest factor decides",
        "verdict",
        _the_largest_decides,
        'You say "grows" wherever the largest factor exceeds 1. The largest factor belongs to one direction, or is only an upper bound. "grows" has to hold for every signal: look at the least factor.',
        SLOPES,
    ),
    Slip(
        "slopes left out",
        "verdict",
        _slopes_left_out,
        "You leave the slopes out. They multiply every factor of the product.",
        SLOPES,
    ),
    Slip(
        "the greatest slope twice",
        "verdict",
        _greatest_slope_twice,
        "You use the greatest slope for growth too. Slopes may be as small as the lower end of the interval, and growth must be certain all the same.",
        SLOPES,
    ),
    Slip(
        "slopes exchanged",
        "verdict",
        _slopes_exchanged,
        "You use the least slope for shrinking and the greatest for growing. A verdict must hold in the worst case, and which end of the interval is worst for each?",
        SLOPES,
    ),
    Slip(
        "saturation bounds everything",
        "verdict",
        _saturation_bounds,
        'With slopes you take everything to be at least "bounded". It is the *states* that tanh keeps between -1 and 1. Error signals are multiplied by W and by slopes, and can grow beyond any bound.',
        SLOPES,
    ),
    Slip(
        "nothing grows with slopes",
        "verdict",
        _never_grows_with_slopes,
        'With slopes you never say "grows". Were slopes known to be at most 1 only, you would be right. Here they are known not to fall below a lower end as well.',
        SLOPES,
    ),
    Slip(
        "as if linear",
        "verdict",
        _slopes_are_linear,
        "You treat the network with slopes as linear. Slopes differ between units and from step to step, so that no power of one matrix describes it.",
        SLOPES,
    ),
    Slip(
        "radius one is bounded",
        "verdict",
        _radius_one_is_bounded,
        'You call every matrix with spectral radius 1 "bounded". Multiply [[1, 1], [0, 1]] by itself a few times. What has an eigenvalue of modulus 1 to have, so that nothing grows?',
        LINEAR,
    ),
    Slip(
        "a repeated eigenvalue taken for a Jordan block",
        "verdict",
        _repeated_is_a_block,
        "You take every repeated eigenvalue of modulus 1 for a Jordan block. The identity has the eigenvalue 1 as often as it has rows, and moves nothing. What does a Jordan block have too few of?",
        LINEAR,
    ),
    Slip(
        "never bounded with slopes",
        "verdict",
        _slopes_never_bound,
        'With slopes you never say "bounded". Where the largest singular value times the largest slope is exactly 1, can any step lengthen a signal?',
        SLOPES,
    ),
    Slip(
        "radius one is nothing",
        "verdict",
        _radius_one_is_nothing,
        'You never say "bounded" in the linear limit. A rotation keeps every length for ever: that is certain.',
        LINEAR,
    ),
    Slip(
        "equality is nothing",
        "verdict",
        _equality_is_nothing,
        'You never say "bounded". Where the largest factor is exactly 1 no signal can get longer (except in one case of the limit, which has to be looked at).',
        SLOPES,
    ),
    Slip(
        "equality shrinks",
        "verdict",
        _equality_shrinks,
        'You say "shrinks" where the largest factor is exactly 1. A signal that meets this factor at every step keeps its length.',
        SLOPES,
    ),
    Slip(
        "a Jordan block grows",
        "verdict",
        _defective_grows,
        'You saw the Jordan block, whose powers grow without bound. But "grows" is about every signal, and one direction of the block stays as long as it is. Which?',
        LINEAR,
    ),
    Slip(
        "eigenvalues with their signs",
        "verdict",
        _signed_eigenvalues,
        "You compare the eigenvalues themselves with 1. A factor of -1.5 lengthens too: what counts is the absolute value (for complex ones, the modulus).",
        LINEAR,
    ),
    Slip(
        "real parts",
        "verdict",
        _real_parts,
        "You take the real parts of the eigenvalues. A complex pair turns as well as stretches; the stretching is the modulus.",
        LINEAR,
    ),
    Slip(
        "as if symmetric",
        "verdict",
        _symmetric,
        "You use a function for symmetric matrices (`eigvalsh` reads one half of W and ignores the other). W is any matrix.",
        LINEAR,
    ),
    Slip(
        "Frobenius norm",
        "verdict",
        _frobenius,
        "You use the root of the sum of squares of W for the largest factor. It is an upper bound, but a loose one: more is certain.",
        SLOPES,
    ),
    Slip(
        "large after one step",
        "growing",
        _large_at_one_step,
        "Your matrix has a large entry, and its *power* is asked to be large. Write out the corner of the power of [[r, c], [0, r]]; for many steps or a small r it can be less than c.",
        HORIZON,
    ),
    Slip(
        "power of rho forgotten",
        "growing",
        _power_forgotten,
        "Your corner entry grows with the number of steps and shrinks with powers of rho: the second is missing.",
        HORIZON,
    ),
    Slip(
        "two different eigenvalues",
        "growing",
        _steps_forgotten,
        "The spectral radius of your matrix is right. Its power is not large enough: what is the corner of the power of [[r, c], [0, s]]?",
        HORIZON,
    ),
    Slip(
        "the radius above one",
        "growing",
        _radius_above_one,
        "Your matrix grows because its spectral radius is above 1. The point is to grow with the radius that is given, below 1.",
        HORIZON,
    ),
    Slip(
        "scaled down",
        "growing",
        _one_power_too_many,
        "You multiply the whole matrix by a number, which changes its spectral radius.",
        HORIZON,
    ),
    Slip(
        "signs of the slopes",
        "woken",
        _asleep_first,
        "The form of your matrix is right, its scale is not. Add up the diagonal of the Jacobian, W with its second column multiplied by the slope: which signs have the two terms?",
        SLOPES,
    ),
    Slip(
        "not scaled",
        "woken",
        _not_scaled,
        "The form of your matrix is right. Scale it so that the Jacobian has the spectral radius that is asked for: how does it depend on the slope?",
        SLOPES,
    ),
    Slip(
        "a triangular matrix",
        "woken",
        _triangular,
        "Your matrix is triangular with zeros on the diagonal, and stays so when its columns are multiplied by slopes. You need a spectral radius of 0 that comes from terms which cancel.",
        SLOPES,
    ),
    Slip(
        "a diagonal matrix",
        "woken",
        _diagonal,
        "Your W has the spectral radius that the Jacobian should have. Its own should be 0.",
        SLOPES,
    ),
)

QUESTION = Question(
    id="09.2",
    title="what is certain",
    answers=("verdict", "growing", "woken"),
    reference={"verdict": verdict, "growing": growing, "woken": woken},
    properties=(
        Property(
            "verdict is right for linear networks in the limit", 1, _test_limit, LINEAR
        ),
        Property(
            "verdict is right for linear networks after a number of steps",
            1,
            _test_horizon,
            HORIZON,
        ),
        Property("verdict is right for networks with slopes", 1, _test_slopes, SLOPES),
        Property(
            "verdict is right where a factor is exactly 1",
            1,
            _test_borders,
            BORDERS,
        ),
        Property(
            "growing has the spectral radius asked for and a power of the size asked for",
            1,
            _test_growing,
            HORIZON,
        ),
        Property(
            "woken has spectral radius 0, and its Jacobian the one asked for",
            1,
            _test_woken,
            SLOPES,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
