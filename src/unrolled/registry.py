"""The equation registry: each claim of the course is compared with something else.

`verify("eq-name", analytic, reference, ..., at=inputs)` calls `analytic`, a small
function written term by term from the display, and compares it with references which
`by` builds from something else: the forward function differentiated numerically or by
another program, another formula, an enumeration, a simulation. A reference that
reaches `analytic` is refused. The output is the bound that was held, never the error
that was measured, so it is the same on every machine.
"""

from __future__ import annotations

import ast
import copy
import inspect
import re
import textwrap
import types
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unrolled import gradcheck

LOOSE, TIGHT = 1e-7, 1e-11
STANDARD_ERRORS = 5.0
RESOLUTION = 0.01

Point = dict[str, object]


class RegistryError(ValueError):
    """`verify` was called in a way that proves nothing; the message says why."""


class VerificationError(AssertionError):
    """An equation and its reference disagree; the message says where."""


@dataclass(frozen=True)
class Reference:
    """An independent value for an equation.

    compute maps a point to an array; for a simulation to (mean, standard error).
    """

    method: str
    bound: float
    function: Callable
    compute: Callable[[Point], object]
    statistical: bool = False


@dataclass(frozen=True)
class Record:
    """One successful `verify`, kept so that an audit can repeat it with mutants."""

    label: str
    analytic: Callable
    references: tuple[Reference, ...]
    bounds: tuple[float, ...]
    points: tuple[Point, ...]


RECORDS: list[Record] = []


def select(function: Callable, point: Point) -> Point:
    """The entries of `point` that the parameters of `function` ask for."""
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return dict(point)
    missing = [
        p.name
        for p in parameters
        if p.default is p.empty
        and p.kind is not p.VAR_POSITIONAL
        and p.name not in point
    ]
    if missing:
        raise RegistryError(
            f"{function.__name__} asks for {', '.join(missing)}, which `at` lacks; "
            f"`at` has {', '.join(point)}"
        )
    return {p.name: point[p.name] for p in parameters if p.name in point}


def _numeric(
    method: str, bound: float, derivative: Callable, f: Callable, wrt: str
) -> Reference:
    return Reference(
        method,
        bound,
        f,
        lambda point: derivative(
            lambda x: f(**select(f, {**point, wrt: x})), point[wrt]
        ),
    )


class by:
    """Builders of references. Derivatives have shape at[wrt].shape + f(...).shape."""

    @staticmethod
    def finite_difference(f: Callable, wrt: str) -> Reference:
        """Central differences of the forward function `f` in at[wrt]."""
        return _numeric(
            "finite differences", LOOSE, gradcheck.finite_difference, f, wrt
        )

    @staticmethod
    def complex_step(f: Callable, wrt: str) -> Reference:
        """Complex step of the forward function `f` in at[wrt]."""
        return _numeric("complex step", TIGHT, gradcheck.complex_step, f, wrt)

    @staticmethod
    def autograd(f: Callable, wrt: str) -> Reference:
        """PyTorch's derivative, in float64, of a forward function of tensors."""

        def compute(point: Point) -> np.ndarray:
            import torch

            tensors = {
                k: torch.as_tensor(v) if isinstance(v, np.ndarray | np.generic) else v
                for k, v in point.items()
            }
            jacobian = torch.autograd.functional.jacobian(
                lambda x: f(**select(f, {**tensors, wrt: x})),
                torch.as_tensor(point[wrt]),
            )
            n = jacobian.ndim - np.ndim(point[wrt])  # axes of the output come first
            order = [*range(n, jacobian.ndim), *range(n)]
            return jacobian.permute(order).numpy()

        return Reference("autograd", TIGHT, f, compute)

    @staticmethod
    def sympy(f: Callable, wrt: str) -> Reference:
        """Symbolic derivative, evaluated with 30 digits.

        `f` gets at[wrt] as an object array of symbols and the other float entries as
        object arrays of 30-digit numbers; it returns one sympy expression.
        """

        def compute(point: Point) -> np.ndarray:
            import mpmath
            import sympy

            def exact(value: object) -> object:
                value = np.asarray(value)
                if value.dtype.kind != "f":
                    return value
                return by.map(lambda v: sympy.Float(float(v), 30), value)

            x = np.asarray(point[wrt])
            symbols = sympy.symbols(f"x:{x.size}", real=True)
            array = np.array(symbols, dtype=object).reshape(x.shape)
            others = {k: exact(v) for k, v in point.items() if k != wrt}
            expression = sympy.sympify(f(**select(f, {**others, wrt: array})))
            derivatives = [sympy.diff(expression, s) for s in symbols]
            evaluate = sympy.lambdify(symbols, derivatives, "mpmath", cse=True)
            with mpmath.workdps(30):
                values = evaluate(*(mpmath.mpf(float(v)) for v in x.ravel()))
            return np.array([float(v) for v in values]).reshape(x.shape)

        return Reference("sympy", TIGHT, f, compute)

    @staticmethod
    def closed_form(f: Callable) -> Reference:
        """Another formula for the same quantity."""
        return Reference(
            "closed form", TIGHT, f, lambda point: np.asarray(f(**select(f, point)))
        )

    @staticmethod
    def enumeration(f: Callable) -> Reference:
        """Expectation over all outcomes; `f` yields (probability, value) pairs."""

        def compute(point: Point) -> np.ndarray:
            pairs = [(float(p), np.asarray(v)) for p, v in f(**select(f, point))]
            total = sum(p for p, _ in pairs)
            if abs(total - 1) > 1e-9:
                raise RegistryError(
                    f"{f.__name__}: the probabilities sum to {total:.12g}, not to 1"
                )
            return sum(p * v for p, v in pairs)

        return Reference("enumeration", TIGHT, f, compute)

    @staticmethod
    def monte_carlo(f: Callable, n: int = 100_000, seed: int = 0) -> Reference:
        """Simulation: `f(rng, n, ...)` returns samples of shape (n, ...)."""

        def compute(point: Point) -> tuple[np.ndarray, np.ndarray]:
            rng = np.random.default_rng(seed)
            samples = np.asarray(f(**select(f, {**point, "rng": rng, "n": n})))
            mean = samples.mean(axis=0)
            error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
            if np.max(error) > RESOLUTION * np.max(np.abs(mean)):
                raise RegistryError(
                    f"{f.__name__}: {len(samples)} samples leave a standard error of "
                    f"more than {RESOLUTION:.0%} of the value; draw more"
                )
            return mean, error

        return Reference("monte carlo", STANDARD_ERRORS, f, compute, statistical=True)

    @staticmethod
    def map(function: Callable, array: object) -> np.ndarray:
        """Apply `function` (for instance sympy.tanh) to each entry; object array."""
        array = np.asarray(array)
        out = np.empty(array.shape, dtype=object)
        for index in np.ndindex(array.shape):
            out[index] = function(array[index])
        return out


def verify(
    label: str,
    analytic: Callable,
    *references: Reference,
    at: Point | Sequence[Point],
    bound: float | None = None,
    because: str | None = None,
) -> None:
    """Compare `analytic` with every reference at every point and print the bounds.

    label      the label of a claim, "eq-..."
    analytic   function defined with `def`, written from the display
    references one or more values built by `by`
    at         inputs by name, float64; each function gets those its parameters name
    bound      a looser bound than 1e-7 (finite differences) or 1e-11 (the others);
               needs `because`
    errors     RegistryError when the call proves nothing; VerificationError when the
               two sides differ
    """
    points = tuple(_checked_point(p) for p in ([at] if isinstance(at, Mapping) else at))
    _check_call(label, analytic, references, points, bound, because)
    bounds = tuple(bound if bound is not None else r.bound for r in references)
    for reference, limit in zip(references, bounds, strict=True):
        for point in points:
            value = evaluate(analytic, point)
            expected = reference.compute(copy.deepcopy(point))
            problem = disagreement(value, expected, reference, limit)
            if problem:
                raise VerificationError(
                    f"{label} against {reference.method}: {problem}"
                )
        print(_line(label, reference, limit, because))
    RECORDS.append(Record(label, analytic, tuple(references), bounds, points))


def evaluate(function: Callable, point: Point) -> np.ndarray:
    """Call `function` on a copy of its part of `point`; returns an array."""
    return np.asarray(function(**copy.deepcopy(select(function, point))))


def disagreement(
    value: np.ndarray, expected: object, reference: Reference, bound: float
) -> str | None:
    """Why `value` is not what the reference gave, or None."""
    if reference.statistical:
        mean, error = (np.asarray(e) for e in expected)
        if value.shape != mean.shape:
            return f"the shape is {value.shape}, expected {mean.shape}"
        distance = np.abs(value - mean)
        if np.all(distance <= bound * error):
            return None
        return f"further than {bound:g} standard errors: {value} and {mean}"
    expected = np.asarray(expected)
    if value.dtype.kind not in "fiu":
        return f"the dtype is {value.dtype}, expected float64"
    if value.shape != expected.shape:
        return f"the shape is {value.shape}, expected {expected.shape}"
    errors = gradcheck.entry_errors(value, expected)
    if errors.size == 0 or errors.max() <= bound:
        return None
    worst = tuple(int(i) for i in np.unravel_index(errors.argmax(), errors.shape))
    return (
        f"error {errors.max():.1e} (allowed {bound:.0e}), worst at {list(worst)}: "
        f"{value[worst]:.12g}, expected {expected[worst]:.12g}"
    )


@dataclass(frozen=True)
class Verified:
    """One line that `verify` printed."""

    label: str
    method: str
    bound: str
    because: str | None = None


_LINE = re.compile(
    r"^✓ (eq-[\w-]+)  (\S.*?)  error <= (.+?)(?:, because (.+))?$", re.MULTILINE
)


def parse_verified(text: str) -> list[Verified]:
    """The lines of `verify` in the output of a cell."""
    return [Verified(*match.groups()) for match in _LINE.finditer(text)]


HIDING = {"remove-cell", "remove-input", "hide-input", "hide-cell"}


def verified_in(source: str, output: str, tags: Collection[str]) -> list[Verified]:
    """What one cell shows its reader to be verified: the lines of `verify` in its
    output whose label stands in a call, `verify("eq-x", ...)`, of its visible source.
    """
    if HIDING & set(tags):
        return []
    called = set(re.findall(r"verify\(\s*\"(eq-[\w-]+)\"", source))
    return [line for line in parse_verified(output) if line.label in called]


def _line(label: str, reference: Reference, bound: float, because: str | None) -> str:
    limit = f"{bound:g} standard errors" if reference.statistical else f"{bound:.0e}"
    reason = f", because {because}" if because else ""
    return f"✓ {label}  {reference.method}  error <= {limit}{reason}"


def _checked_point(point: Mapping[str, object]) -> Point:
    checked: Point = {}
    for name, value in point.items():
        if isinstance(value, float):
            value = np.float64(value)
        kind = getattr(value, "dtype", None)
        if kind is not None and kind.kind == "f" and kind != np.float64:
            raise RegistryError(f"`at` must be float64: {name} is {kind}")
        checked[name] = copy.deepcopy(value)
    return checked


def _check_call(
    label: str,
    analytic: Callable,
    references: Sequence[Reference],
    points: Sequence[Point],
    bound: float | None,
    because: str | None,
) -> None:
    if not re.fullmatch(r"eq-[\w-]+", label):
        raise RegistryError(f"a claim's label is eq-..., got {label!r}")
    if not isinstance(analytic, types.FunctionType) or analytic.__name__ == "<lambda>":
        raise RegistryError(f"{label}: write the formula as a function with `def`")
    if not references:
        raise RegistryError(f"{label}: give at least one reference")
    if not points:
        raise RegistryError(f"{label}: `at` is empty")
    if (
        bound is not None
        and because is None
        and bound > min(r.bound for r in references)
    ):
        raise RegistryError(f"{label}: a looser bound needs because=")
    if because is not None and "\n" in because:
        raise RegistryError(f"{label}: because= must be one line")
    for reference in references:
        if not isinstance(reference, Reference):
            raise RegistryError(f"{label}: build each reference with by....")
        if reaches(reference.function, analytic):
            raise RegistryError(
                f"{label}: the reference {reference.function.__name__} uses "
                f"{analytic.__name__}, so it would agree with any mistake in it"
            )
        other = reference.method in ("closed form", "enumeration", "monte carlo")
        if other and reaches(analytic, reference.function):
            raise RegistryError(
                f"{label}: {analytic.__name__} uses {reference.function.__name__}, "
                "its own reference"
            )


def reaches(function: Callable, target: Callable) -> bool:
    """Whether `function`, or anything it calls, is `target` or a copy of its text."""
    wanted = _fingerprint(target)
    return any(
        g is target or (wanted is not None and _fingerprint(g) == wanted)
        for g in _call_graph(function)
    )


def _call_graph(function: Callable) -> Iterator[Callable]:
    seen: set[int] = set()
    todo: list[object] = [function]
    while todo:
        item = inspect.unwrap(f) if callable(f := todo.pop()) else f
        if hasattr(item, "func") and hasattr(item, "args"):  # functools.partial
            todo += [item.func, *item.args, *item.keywords.values()]
            continue
        item = getattr(item, "__func__", item)
        if not isinstance(item, types.FunctionType) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        cells = [c.cell_contents for c in item.__closure__ or () if _filled(c)]
        names = set(_names(item.__code__))
        values = [item.__globals__[n] for n in names if n in item.__globals__]
        for module in [v for v in values if isinstance(v, types.ModuleType)]:
            if module.__name__.split(".")[0] == "unrolled":
                values += [getattr(module, n) for n in names if hasattr(module, n)]
        todo += cells + values + list(item.__defaults__ or ())


def _filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _fingerprint(function: Callable) -> str | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    node = tree.body[0]
    if not isinstance(node, ast.FunctionDef):
        return None
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    names = {a.arg: f"_{i}" for i, a in enumerate(node.args.args)}
    text = ast.dump(ast.Module(body, []))
    for name, place in names.items():
        text = text.replace(f"'{name}'", f"'{place}'")
    return text
