"""Question 10.2: what a spectral radius below 1 does not guarantee."""

from __future__ import annotations

import math

import numpy as np

from unrolled.grader.checks.c10.common import expect_call, radius
from unrolled.grader.checks.judging import Array, choice
from unrolled.grader.checks.slips import Slip, array, hint, misconceptions, several
from unrolled.grader.question import Ask, Call, Limits, Property, Question, Wrong

COUNTER = "§10.5, eq-esp-counter"
CONTRACTION = "§10.5, eq-esp-contraction"
ABOVE = "§10.5, eq-esp-above"
STEPS, APART, LIMIT = 2000, 0.5, 100.0
EQUAL = 1e-9


def _after(W, h, steps):
    for _ in range(steps):
        h = np.tanh(h @ W)
    return h


def counter(rho, near):
    # [[1, 3], [-1/3, -1]] squared is zero: it adds nothing to the eigenvalues
    W = rho * np.eye(2) + 4 * np.array([[1.0, 3.0], [-1 / 3, -1.0]])
    low, high, top = 0.0, 1.0, np.ones(2)
    while np.sqrt(2) * (high - low) > near:
        middle = (low + high) / 2
        if np.linalg.norm(_after(W, middle * top, 400)) > 1:
            high = middle
        else:
            low = middle
    return W, low * top, high * top


def _steps(q, far, eps):
    """The least whole number n with far * q**n <= eps."""
    if far <= eps:
        return 0
    if q >= 1 - EQUAL:
        return np.inf
    if q <= 0:
        return 1
    return int(np.ceil(np.log(eps / far) / np.log(q)))


def _sigma(W):
    return np.linalg.svd(W, compute_uv=False).max()


def washout(W, alpha, eps):
    return _steps(1 - alpha + alpha * _sigma(W), 2 * np.sqrt(len(W)), eps)


RIGHT = {"A": "r", "B": "q", "C": "s", "D": "p", "E": "s", "F": "q"}


def verdicts():
    return dict(RIGHT)


REFUTED = {
    "A": {
        "p": "it is true, and the reason is not: this exercise's first answer has all eigenvalues below 1 and does not forget.",
        "q": "saturation makes slopes *smaller*, and the distance of two states shrinks the more.",
        "s": "nothing else is needed: no eigenvalue is larger than the largest singular value.",
    },
    "B": {
        "p": "tanh keeps every state between -1 and 1: nothing grows without bound. It is true for another reason.",
        "r": "near zero the slope of tanh is 1, and a network that starts there is the linear one, which moves away.",
        "s": "the largest singular value is never below the spectral radius, so that it is above 1 here as well; and what happens near the zero state is decided by eigenvalues.",
    },
    "C": {
        "p": "B is about zero input and zero bias. Other inputs bring the units to places where tanh has other slopes.",
        "q": "a largest singular value below 1 is sufficient and not necessary.",
        "r": "dropping states hides a start that fades. One that does not fade is still there after any number of steps.",
    },
    "D": {
        "q": "for one unit it is enough; for two it is not, as your own example shows. What is special about one?",
        "r": "draw h and tanh(w h): for |w| < 1 they meet at 0 alone, with or without a shift of the argument there is one crossing.",
        "s": "an input moves the argument of tanh. It cannot raise the slope above 1.",
    },
    "E": {
        "p": "it is the other way round: no eigenvalue is larger than the largest singular value.",
        "q": "for independent normal entries the largest singular value comes close to *twice* the spectral radius.",
        "r": "all singular values are multiplied by the same number as the matrix.",
    },
    "F": {
        "p": "these two are near one another, and met where they did. Another start, or another input, may lead elsewhere: in your example two starts on the same side meet as well.",
        "r": "your own example has a radius below 1, and starts on the same side of its border meet.",
        "s": "a contraction by one half has brought any distance below 1e-10 after 40 steps; more steps would not mend the argument.",
    },
}


# --- wrong examples: each is plausible ------------------------------------------------

START = np.array([0.9, -0.7])


def _one_unit(rho, near):
    return np.array([[rho]]), np.array([0.0]), np.array([min(near, 1.0)])


def _around_zero(near):
    half = min(near, 1.0) / 2 * np.array([0.6, 0.8])
    return half, -half


def _radius_above(rho, near):
    W = np.array([[1.5, 0.0], [0.0, rho]])
    return (W, *_around_zero(near))


def _hump(rho, near):
    W = np.array([[rho, 40.0], [0.0, rho]])
    return (W, *_around_zero(near))


def _slow(rho, near):
    return (rho * np.eye(2), *_around_zero(near))


def _rotation(rho, near):
    return (rho * np.array([[0.6, -0.8], [0.8, 0.6]]), *_around_zero(near))


def _same_start(rho, near):
    W, _, h = counter(rho, near)
    return W, h, h


def _one_side(rho, near):
    """Both starts end at the same place."""
    W, _, h = counter(rho, 1e-3)
    shift = min(near, 0.1) / 2
    return W, h + shift, h + 2 * shift


def _column_convention(rho, near):
    """A W whose transpose is a counter-example, if rho is not small."""
    W = rho * np.eye(2) + 2 * np.array([[1.0, -1 / 3], [3.0, -1.0]])
    half = min(near, 2.8) / np.sqrt(8) * np.ones(2)
    return W, half, -half


def _far_starts(rho, near):
    W, _, _ = counter(rho, near)
    return W, 3 * np.ones(2), -3 * np.ones(2)


def _too_far(rho, near):
    """Right, but for the distance of the starts."""
    W, _, _ = counter(rho, 2.0)
    return W, np.ones(2), -np.ones(2)


# --- wrong numbers of steps -----------------------------------------------------------


def _by_radius(W, alpha, eps):
    return _steps(1 - alpha + alpha * radius(W), 2 * np.sqrt(len(W)), eps)


def _by_frobenius(W, alpha, eps):
    return _steps(1 - alpha + alpha * np.linalg.norm(W), 2 * np.sqrt(len(W)), eps)


def _no_leak(W, alpha, eps):
    return _steps(_sigma(W), 2 * np.sqrt(len(W)), eps)


def _leak_times_sigma(W, alpha, eps):
    return _steps(alpha * _sigma(W), 2 * np.sqrt(len(W)), eps)


def _leak_turned(W, alpha, eps):
    return _steps(alpha + (1 - alpha) * _sigma(W), 2 * np.sqrt(len(W)), eps)


def _diameter_two(W, alpha, eps):
    return _steps(1 - alpha + alpha * _sigma(W), 2.0, eps)


def _from_zero(W, alpha, eps):
    return _steps(1 - alpha + alpha * _sigma(W), np.sqrt(len(W)), eps)


def _from_distance_one(W, alpha, eps):
    return _steps(1 - alpha + alpha * _sigma(W), 1.0, eps)


def _twice_the_units(W, alpha, eps):
    return _steps(1 - alpha + alpha * _sigma(W), 2.0 * len(W), eps)


def _cut_off(W, alpha, eps):
    n = washout(W, alpha, eps)
    return n - 1 if 0 < n < np.inf else n


def _one_more(W, alpha, eps):
    return washout(W, alpha, eps) + 1


def _infinity_first(W, alpha, eps):
    """No promise is looked for before whether one is needed."""
    if 1 - alpha + alpha * _sigma(W) >= 1 - EQUAL:
        return np.inf
    return washout(W, alpha, eps)


def _radius_decides():
    return {"A": "p", "B": "q", "C": "p", "D": "q", "E": "p", "F": "r"}


def _sigma_decides():
    return {"A": "r", "B": "s", "C": "q", "D": "p", "E": "s", "F": "q"}


def _all_is_well():
    return {"A": "r", "B": "r", "C": "r", "D": "p", "E": "q", "F": "p"}


# --- what is asked --------------------------------------------------------------------


def _expect_counter(ask: Ask, rho: float, near: float) -> None:
    where = f"for rho = {rho:g}, near = {near:g}"
    reply = ask("counter", rho, near)
    got = several(reply.value, 3, f"{where}: W, h_a and h_b")
    if np.shape(got[0]) == (1, 1):
        raise Wrong(
            f"{where}: your network has one unit. Its only singular value is its spectral radius, so that one unit with a radius below 1 always forgets. It takes two."
        )
    W = array(got[0], (2, 2), f"{where}: W")
    a = array(got[1], (2,), f"{where}: h_a")
    b = array(got[2], (2,), f"{where}: h_b")
    if not all(np.isfinite(x).all() for x in (W, a, b)):
        raise Wrong(f"{where}: there are NaN or infinite entries.")
    if np.abs(W).max() > LIMIT:
        raise Wrong(f"{where}: W has an entry above {LIMIT:g} in absolute value.")
    if max(np.abs(a).max(), np.abs(b).max()) > 1:
        raise Wrong(
            f"{where}: a start has an entry outside [-1, 1], where no state of tanh units ever is."
        )
    found = radius(W)
    if abs(found - rho) > 1e-4:
        why = ""
        if found >= 1:
            why = " With a radius of 1 or more nobody doubts that a network can fail to forget; the question is about those below."
        raise Wrong(f"{where}: the spectral radius of W is {found:.5g}.{why}")
    apart = float(np.linalg.norm(a - b))
    if apart == 0:
        raise Wrong(f"{where}: the two starts are the same: they have met already.")
    if apart > near * (1 + 1e-9):
        raise Wrong(
            f"{where}: the starts are {apart:.3g} apart. Near starts that part exist: between those that go to one place and those that go to another there is a border."
        )
    if _lasting(W, a, b)[1] >= APART:
        return
    tip = hint(SLIPS, "counter", (rho, near), [W, a, b], counter(rho, near))
    raise Wrong(f"{where}: {_why_they_meet(W, a, b)}{tip}")


def _lasting(W: Array, a: Array, b: Array) -> tuple[float, float]:
    """The largest distance on the way, and the least of the last hundred steps."""
    h, distances = np.array([a, b]), []
    for _ in range(STEPS + 100):
        h = np.tanh(h @ W)
        distances.append(math.dist(*h.tolist()))
    return max(distances[:STEPS]), min(distances[STEPS:])


def _why_they_meet(W: Array, a: Array, b: Array) -> str:
    """What is wrong with an example of the right radius."""
    top, last = _lasting(W, a, b)
    met = f"after {STEPS} steps the states are {last:.2g} apart. "
    if _lasting(W.T, a, b)[1] >= APART:
        return f"{met}With the transpose of your W they would stay apart: states are rows here, $h W$."
    sigma = _sigma(W)
    if sigma < 1:
        return f"{met}They had to meet: the largest singular value of W is {sigma:.3g}, and every step brings any two states nearer by that factor at least."
    size = float(np.linalg.norm(_after(W, a, STEPS)))
    if size > 0.1:
        return f"{met}One of them stays away from zero, with length {size:.2g}, and the other has come to the same place. Choose starts that go to different places: how does the network move if all signs are turned?"
    if top > 1.5 * np.linalg.norm(a - b):
        return f"{met}On the way they were {top:.2g} apart: W is not normal (its largest singular value is {sigma:.3g}), the distance passes over a hump and then dies out. A hump ends; you need a second state, or an orbit, that the network never leaves."
    return f"{met}Both have faded to zero. The zero state always stays where it is; find another one that does."


def _kept(kind: str) -> tuple[tuple[float, float], ...]:
    if kind == "far":
        return (0.9, 3.0), (0.5, 3.0), (0.1, 3.0), (0.0, 3.0)
    return (0.7, 1e-2), (0.9, 1e-4), (0.0, 1e-8)


def _test_counter(ask: Ask, rng: np.random.Generator) -> None:
    for rho, near in _kept("far"):
        _expect_counter(ask, rho, near)


def _test_near(ask: Ask, rng: np.random.Generator) -> None:
    for rho, near in _kept("near"):
        _expect_counter(ask, rho, near)


def _sized(rng: np.random.Generator, n: int, sigma: float) -> Array:
    """A random matrix with that largest singular value."""
    W = rng.standard_normal((n, n))
    return W * sigma / _sigma(W)


def _clear(W: Array, alpha: float, eps: float) -> bool:
    """Whether no rounding decides the number of steps."""
    q, far = 1 - alpha + alpha * _sigma(W), 2 * np.sqrt(len(W))
    n = np.log(eps / far) / np.log(q)
    return abs(n - round(n)) > 1e-2


def _ways(rng: np.random.Generator) -> list[tuple]:
    drawn = []
    for n, sigma, alpha in (
        (3, 0.9, 1.0),
        (7, 0.8, 0.3),
        (2, 0.5, 0.6),
        (12, 0.95, 0.5),
    ):
        while True:
            args = _sized(rng, n, sigma), alpha, float(10 ** rng.uniform(-8, -2))
            if _clear(*args):
                drawn.append(args)
                break
    return drawn


def _ends(rng: np.random.Generator) -> list[tuple]:
    turn = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    high = _sized(rng, 5, 1.3)
    high *= 0.8 / max(radius(high), 0.8)
    return [
        (high * 1.3 / _sigma(high), 0.5, 1e-3),  # radius below 1, sigma above
        (turn, 0.7, 1e-3),
        (np.zeros((3, 3)), 1.0, 1e-12),
        (np.zeros((3, 3)), 0.25, 1e-3),
        (_sized(rng, 4, 0.7), 1.0, 4.5),  # any two states are that near
        (_sized(rng, 9, 3.0), 0.5, 20.0),
        (_sized(rng, 3, 0.5), 1e-6, 1e-3),
        (0.5 * np.eye(3), 1e-11, 1e-3),  # the factor counts as 1, sigma does not
    ]


def _expect_steps(ask: Ask, drawn: list[tuple]) -> None:
    for W, alpha, eps in drawn:
        told = f"for {len(W)} units, a largest singular value of {_sigma(W):.4g}, alpha {alpha:g} and eps {eps:.3g}"
        args = W, alpha, eps
        expect_call(ask, SLIPS, "washout", args, washout(*args), told, each=True)


def _test_steps(ask: Ask, rng: np.random.Generator) -> None:
    _expect_steps(ask, _ways(rng))


def _test_ends(ask: Ask, rng: np.random.Generator) -> None:
    _expect_steps(ask, _ends(rng))


def _expect_verdicts(ask: Ask, letters: str) -> None:
    value, told = ask("verdicts").value, []
    for letter in letters:
        got = choice(value, letter, "pqrs", "a dict of six choices")
        if got != RIGHT[letter]:
            told.append(f'{letter}, "{got}": {REFUTED[letter][got]}')
    if told:
        raise Wrong(" ".join(told))


def _test_first_verdicts(ask: Ask, rng: np.random.Generator) -> None:
    _expect_verdicts(ask, "ABC")


def _test_last_verdicts(ask: Ask, rng: np.random.Generator) -> None:
    _expect_verdicts(ask, "DEF")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [Call("counter", rho, near) for rho, near in ((0.6, 3.0), (0.4, 1e-3))]
    calls += [Call("washout", *args) for args in (*_ways(rng), *_ends(rng)[:6])]
    return [*calls, Call("verdicts")]


SLIPS = (
    Slip(
        "one unit",
        "counter",
        _one_unit,
        "Your network has one unit, and a single unit with |w| < 1 always forgets: its singular value is its spectral radius. The two numbers come apart from two units on.",
        COUNTER,
    ),
    Slip(
        "a radius above one",
        "counter",
        _radius_above,
        "Your W does not have the spectral radius that is asked for; above 1 the zero state is unstable, and that proves nothing about radii below 1.",
        COUNTER,
    ),
    Slip(
        "a hump",
        "counter",
        _hump,
        "Your W is not normal, and its triangular form gives a large hump and nothing more: the first unit hears only itself and fades, and then the second fades too. For a state that stays the two units have to keep each other up.",
        COUNTER,
        "No unit is kept up by the other.",
    ),
    Slip(
        "slow",
        "counter",
        _slow,
        "Your W is a multiple of the identity. It forgets, slowly if rho is near 1, but for certain. Slow is not never.",
        CONTRACTION,
        "Every step has the same small loss.",
    ),
    Slip(
        "a rotation",
        "counter",
        _rotation,
        "Your W is a rotation, made smaller. Its singular values are all rho: any two states come nearer at every step, on spirals.",
        CONTRACTION,
        "States spiral in.",
    ),
    Slip(
        "the same start",
        "counter",
        _same_start,
        "Your two starts are one. They never part; that shows nothing.",
        COUNTER,
    ),
    Slip(
        "one side of the border",
        "counter",
        _one_side,
        "Your W is right. Both your starts go to the same lasting state, so that they meet: choose one on either side of the border.",
        COUNTER,
        "Both are on one side.",
    ),
    Slip(
        "as columns",
        "counter",
        _column_convention,
        "Your W works for states that are columns, $W h$. In this course a state is a row, $h W$: use the transpose.",
        COUNTER,
        "That is for states as columns.",
    ),
    Slip(
        "starts outside the cube",
        "counter",
        _far_starts,
        "Your starts are outside the cube: no tanh unit is ever at 3. (Starts further out are no help either: one step brings them in.)",
        COUNTER,
    ),
    Slip(
        "starts too far apart",
        "counter",
        _too_far,
        "Your network is a counter-example, and your starts are one on each side, as far as can be. To find two that are near, look between one that fades and one that stays, and halve the way again and again.",
        COUNTER,
    ),
    Slip(
        "the spectral radius",
        "washout",
        _by_radius,
        "You take the spectral radius for the factor of one step. It is what this exercise refutes: certain for one step is the largest singular value.",
        CONTRACTION,
        "That goes by the spectral radius.",
    ),
    Slip(
        "Frobenius norm",
        "washout",
        _by_frobenius,
        "You take the root of the sum of squares of W for the factor of one step. It's a bound as well, a worse one: fewer steps are enough.",
        CONTRACTION,
        "That is the Frobenius norm.",
    ),
    Slip(
        "leak left out",
        "washout",
        _no_leak,
        "You leave out alpha. A leaky unit keeps the share $1 - \\alpha$ of its own state, and with it of the difference.",
        CONTRACTION,
        "alpha is left out.",
    ),
    Slip(
        "what is kept left out",
        "washout",
        _leak_times_sigma,
        "You use $\\alpha \\sigma$ as the factor. What a leaky unit keeps of its own state, $1 - \\alpha$, keeps the difference too.",
        CONTRACTION,
        "The share that is kept is missing.",
    ),
    Slip(
        "leak exchanged",
        "washout",
        _leak_turned,
        "You exchange $\\alpha$ and $1 - \\alpha$: alpha is the share that is renewed.",
        CONTRACTION,
        "alpha and 1 - alpha are exchanged.",
    ),
    Slip(
        "one unit's distance",
        "washout",
        _diameter_two,
        "You begin at distance 2, which is how far one unit can be off. The states of a network are a cube; how long is its diagonal?",
        CONTRACTION,
        "The first distance is that of one unit.",
    ),
    Slip(
        "distance from zero",
        "washout",
        _from_zero,
        "You begin at the distance of a corner from zero. Two opposite corners are twice as far apart.",
        CONTRACTION,
        "The first distance is that from zero.",
    ),
    Slip(
        "distance one",
        "washout",
        _from_distance_one,
        "You leave out how far apart two starts can be, as if it were 1.",
        CONTRACTION,
        "The first distance is taken to be 1.",
    ),
    Slip(
        "sum for length",
        "washout",
        _twice_the_units,
        "You add the differences of all units. A Euclidean length is the root of a sum of squares.",
        CONTRACTION,
        "The first distance is a sum.",
    ),
    Slip(
        "one too few",
        "washout",
        _cut_off,
        "Your number is one too small: after so many steps the bound is still above eps.",
        CONTRACTION,
        "One too few.",
    ),
    Slip(
        "one too many",
        "washout",
        _one_more,
        "Your number is one too large; where any two states are near enough, no step at all is needed.",
        CONTRACTION,
        "One too many.",
    ),
    Slip(
        "infinity first",
        "washout",
        _infinity_first,
        "You return infinity where the argument promises nothing, also where any two starts are within eps. No step is needed there, whatever the matrix is: the number is 0. Ask that first.",
        CONTRACTION,
        "Any two starts are that near already: no step is needed, whatever the matrix is.",
    ),
    Slip(
        "the radius decides",
        "verdicts",
        _radius_decides,
        "In your verdicts the spectral radius decides everything. It decides near the zero state, without input, and nothing further.",
        COUNTER,
    ),
    Slip(
        "sigma decides",
        "verdicts",
        _sigma_decides,
        "You take a largest singular value below 1 for necessary. It is sufficient: networks above it can forget.",
        ABOVE,
    ),
    Slip(
        "tanh mends it all",
        "verdicts",
        _all_is_well,
        "You trust tanh and the washout to mend what the matrix does. tanh only *bounds* the states; it brings them together where its slopes are small enough.",
        ABOVE,
    ),
)

QUESTION = Question(
    id="10.2",
    title="a radius below 1",
    answers=("counter", "washout", "verdicts"),
    reference={"counter": counter, "washout": washout, "verdicts": verdicts},
    properties=(
        Property(
            "counter is a network of that radius with two starts that never meet",
            1,
            _test_counter,
            COUNTER,
        ),
        Property(
            "counter does it from starts that are as near as asked",
            1,
            _test_near,
            COUNTER,
        ),
        Property(
            "washout is the number of steps that is certain to be enough",
            1,
            _test_steps,
            CONTRACTION,
        ),
        Property(
            "washout is right where no step is needed, one is enough, or none ever is",
            1,
            _test_ends,
            CONTRACTION,
        ),
        Property("the verdicts A, B and C are right", 1, _test_first_verdicts, ABOVE),
        Property("the verdicts D, E and F are right", 1, _test_last_verdicts, COUNTER),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
    limits=Limits(wall=40.0),
)
