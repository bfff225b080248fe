"""`verify` accepts what is right, refuses what is wrong and what proves nothing."""

import numpy as np
import pytest
import sympy
import torch

from unrolled import registry
from unrolled.registry import (
    RegistryError,
    VerificationError,
    by,
    parse_verified,
    verify,
)

rng = np.random.default_rng(0)


def point():
    return {
        "x": rng.normal(size=(2, 3)),
        "W": rng.normal(size=(3, 4)),
        "y": np.array([1, 3]),
    }


def loss(x, W, y):
    o = np.tanh(x @ W)
    return (np.log(np.exp(o).sum(axis=1)) - o[np.arange(len(y)), y]).sum()


def torch_loss(x, W, y):
    return torch.nn.functional.cross_entropy(torch.tanh(x @ W), y, reduction="sum")


def sympy_loss(x, W, y):
    o = by.map(sympy.tanh, x @ W)
    terms = [sympy.log(sum(by.map(sympy.exp, row))) - row[k] for row, k in zip(o, y)]  # noqa: B905
    return sum(terms)


def dW(x, W, y):
    """Gradient of `loss` in W: (3, 4)."""
    o = np.tanh(x @ W)
    p = np.exp(o) / np.exp(o).sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return x.T @ (p * (1 - o**2))


def wrong_dW(x, W, y):
    return dW(x, W, y) * 1.001


def jacobian(x, W):
    return W * (1 - np.tanh(x @ W) ** 2)


@pytest.fixture(autouse=True)
def _fresh_records():
    del registry.RECORDS[:]


def test_four_independent_references(capsys):
    references = [
        by.finite_difference(loss, "W"),
        by.complex_step(loss, "W"),
        by.autograd(torch_loss, "W"),
        by.sympy(sympy_loss, "W"),
    ]
    verify("eq-dW", dW, *references, at=[point(), point()])
    lines = parse_verified(capsys.readouterr().out)
    assert [(v.method, v.bound) for v in lines] == [
        ("finite differences", "1e-07"),
        ("complex step", "1e-11"),
        ("autograd", "1e-11"),
        ("sympy", "1e-11"),
    ]
    assert len(registry.RECORDS) == 1


@pytest.mark.parametrize(
    "reference",
    [
        by.finite_difference(loss, "W"),
        by.complex_step(loss, "W"),
        by.autograd(torch_loss, "W"),
        by.sympy(sympy_loss, "W"),
    ],
    ids=lambda r: r.method,
)
def test_each_reference_refuses_a_wrong_formula(reference, capsys):
    with pytest.raises(VerificationError, match=r"eq-dW against .* worst at"):
        verify("eq-dW", wrong_dW, reference, at=point())
    assert capsys.readouterr().out == ""
    assert not registry.RECORDS


@pytest.mark.parametrize(
    "reference",
    [
        by.finite_difference(lambda x, W: np.tanh(x @ W), "x"),
        by.complex_step(lambda x, W: np.tanh(x @ W), "x"),
        by.autograd(lambda x, W: torch.tanh(x @ W), "x"),
    ],
    ids=lambda r: r.method,
)
def test_jacobians_are_in_the_row_convention(reference):
    at = {"x": rng.normal(size=3), "W": rng.normal(size=(3, 4))}
    verify("eq-jacobian", jacobian, reference, at=at)


def test_closed_form_enumeration_and_monte_carlo(capsys):
    def mean(p):
        return 1 / p

    def series(p):
        return sum(k * p * (1 - p) ** (k - 1) for k in range(1, 400))

    def outcomes(p):
        for k in range(1, 400):
            yield p * (1 - p) ** (k - 1), k

    def draws(rng, n, p):
        return rng.geometric(p, size=n)

    verify(
        "eq-mean",
        mean,
        by.closed_form(series),
        by.enumeration(outcomes),
        by.monte_carlo(draws),
        at={"p": 0.3},
    )
    assert "monte carlo  error <= 5 standard errors" in capsys.readouterr().out

    def off(p):
        return 1 / p + 0.05

    with pytest.raises(VerificationError, match="standard errors"):
        verify("eq-mean", off, by.monte_carlo(draws), at={"p": 0.3})
    with pytest.raises(RegistryError, match="draw more"):
        verify("eq-mean", mean, by.monte_carlo(draws, n=50), at={"p": 0.3})

    def leaky(p):
        yield p, 1.0

    with pytest.raises(RegistryError, match=r"sum to 0\.3, not to 1"):
        verify("eq-mean", mean, by.enumeration(leaky), at={"p": 0.3})


def test_a_reference_that_uses_the_formula_is_refused():
    def disguised(x, W, y):
        return dW(x, W, y)

    def copied(x, W, y):
        o = np.tanh(x @ W)
        p = np.exp(o) / np.exp(o).sum(axis=1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        return x.T @ (p * (1 - o**2))

    for cheat in (dW, disguised, copied, lambda x, W, y: disguised(x, W, y)):
        with pytest.raises(RegistryError, match="agree with any mistake"):
            verify("eq-dW", dW, by.closed_form(cheat), at=point())


def test_a_formula_that_uses_its_reference_is_refused():
    def other(x, W, y):
        return x.T @ W[:2]

    def cheat(x, W, y):
        return other(x, W, y)

    with pytest.raises(RegistryError, match=r"its own reference|agree with any"):
        verify("eq-dW", cheat, by.closed_form(other), at=point())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "dW"}, "eq-"),
        ({"analytic": lambda x, W, y: dW(x, W, y)}, "with `def`"),
        ({"references": []}, "at least one reference"),
        ({"at": []}, "`at` is empty"),
        ({"bound": 1e-3}, "because="),
        ({"references": [dW]}, "build each reference"),
        ({"at": {"x": np.ones((2, 3), dtype=np.float32)}}, "must be float64: x"),
        ({"at": {"x": np.ones((2, 3))}}, "asks for W, y"),
    ],
)
def test_calls_that_prove_nothing_are_refused(change, message):
    call = {
        "label": "eq-dW",
        "analytic": dW,
        "references": [by.finite_difference(loss, "W")],
        "at": point(),
    } | change
    references = call.pop("references")
    label, analytic = call.pop("label"), call.pop("analytic")
    with pytest.raises(RegistryError, match=message):
        verify(label, analytic, *references, **call)


def test_a_looser_bound_is_printed_with_its_reason(capsys):
    def nearly(x, W, y):
        return dW(x, W, y) * (1 + 1e-6)

    verify(
        "eq-dW",
        nearly,
        by.finite_difference(loss, "W"),
        at=point(),
        bound=1e-5,
        because="a test",
    )
    (line,) = parse_verified(capsys.readouterr().out)
    assert (line.bound, line.because) == ("1e-05", "a test")


def test_a_shape_that_would_broadcast_is_refused():
    def flat(x, W, y):
        return dW(x, W, y).sum(axis=0, keepdims=True)

    with pytest.raises(VerificationError, match="the shape is"):
        verify("eq-dW", flat, by.finite_difference(loss, "W"), at=point())


def test_nan_is_refused():
    def broken(x, W, y):
        return dW(x, W, y) * np.nan

    with pytest.raises(VerificationError):
        verify("eq-dW", broken, by.finite_difference(loss, "W"), at=point())


def test_at_is_kept_as_it_was():
    at = point()

    def vandal(x, W, y):
        result = dW(x, W, y)
        x[:] = 0
        return result

    before = at["x"].copy()
    verify("eq-dW", vandal, by.finite_difference(loss, "W"), at=at)
    assert np.array_equal(at["x"], before)
    at["x"][:] = 7
    assert np.array_equal(registry.RECORDS[0].points[0]["x"], before)
