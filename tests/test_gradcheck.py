"""The gradient checker: right derivatives, and a clear word when there is none."""

import numpy as np
import pytest

from unrolled.gradcheck import (
    GradientCheckError,
    check_gradient,
    complex_step,
    entry_errors,
    epsilon_sweep,
    finite_difference,
    relative_error,
)

rng = np.random.default_rng(0)
W = rng.normal(size=(3, 4))


def scalar(x):
    return np.sum(np.tanh(x @ W) ** 2)


def scalar_grad(x):
    h = np.tanh(x @ W)
    return (2 * h * (1 - h**2)) @ W.T


def vector(x):
    return np.tanh(x @ W)


@pytest.mark.parametrize(
    ("method", "bound"), [(finite_difference, 1e-8), (complex_step, 1e-13)]
)
def test_gradient_of_a_scalar_has_the_shape_of_x(method, bound):
    x = rng.normal(size=(2, 3))
    result = method(scalar, x)
    assert result.shape == (2, 3)
    assert relative_error(result, scalar_grad(x)) < bound


@pytest.mark.parametrize("method", [finite_difference, complex_step])
def test_jacobian_puts_the_input_first(method):
    x = rng.normal(size=3)
    jacobian = method(vector, x)
    expected = W * (1 - np.tanh(x @ W) ** 2)  # [a, b] = d f_b / d x_a
    assert jacobian.shape == (3, 4)
    assert relative_error(jacobian, expected) < 1e-7


@pytest.mark.parametrize("method", [finite_difference, complex_step])
def test_zero_dimensional_and_integer_inputs(method):
    assert method(lambda x: x**3, 2.0).shape == ()
    assert np.isclose(method(lambda x: x**3, 2), 12)


@pytest.mark.parametrize("method", [finite_difference, complex_step])
def test_x_is_not_modified(method):
    x = rng.normal(size=(2, 3))
    before = x.copy()

    def vandal(z):
        value = scalar(z)
        z[:] = 0
        return value

    method(vandal, x)
    assert np.array_equal(x, before)


@pytest.mark.parametrize("method", [finite_difference, complex_step])
def test_a_function_that_is_not_deterministic_is_refused(method):
    noise = np.random.default_rng(1)
    with pytest.raises(GradientCheckError, match="not deterministic"):
        method(lambda x: scalar(x) + noise.normal(), np.zeros((2, 3)))


def test_the_complex_step_refuses_a_float_buffer():
    def buffered(x):
        out = np.zeros(2)
        out[0] = x[0] ** 2
        return out.sum()

    with pytest.raises(GradientCheckError, match="cast a complex number"):
        complex_step(buffered, np.ones(2))


@pytest.mark.parametrize("lossy", [lambda x: np.abs(x).sum(), np.linalg.norm])
def test_the_complex_step_refuses_a_function_that_turns_real(lossy):
    with pytest.raises(GradientCheckError, match="real numbers for a complex input"):
        complex_step(lossy, np.ones(2))


def test_a_function_must_return_numbers():
    with pytest.raises(GradientCheckError, match="must return numbers"):
        finite_difference(lambda x: "loss", np.ones(2))


def test_x_must_be_real():
    with pytest.raises(GradientCheckError, match="real numbers, got dtype complex"):
        finite_difference(scalar, np.ones(2, dtype=complex))


@pytest.mark.parametrize("eps", [0.0, -1e-3, float("nan")])
def test_the_step_must_be_positive(eps):
    with pytest.raises(GradientCheckError, match="must be positive"):
        finite_difference(lambda x: x, 1.0, eps=eps)


def test_relative_error_near_zero():
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error([0.0, 1.0], [1e-16, 1.0]) < 1e-13  # rounding beside a 1
    assert relative_error([1e-16], [0.0]) > 0.9  # nothing beside it: all of it
    assert relative_error([0.0, 1.0], [1e-3, 1.0]) > 0.05


def test_relative_error_does_not_depend_on_the_scale():
    a, b = rng.normal(size=5), rng.normal(size=5)
    assert np.isclose(relative_error(a, b), relative_error(1e-9 * a, 1e-9 * b))
    assert relative_error(a, b) == relative_error(b, a)


def test_relative_error_refuses_to_broadcast():
    with pytest.raises(GradientCheckError, match=r"\(3,\) and \(3, 1\)"):
        relative_error(np.ones(3), np.ones((3, 1)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_never_agree(bad):
    assert relative_error([bad], [bad]) == np.inf
    assert list(entry_errors([bad, 1.0], [1.0, 1.0])) == [np.inf, 0.0]


def test_empty_arrays_agree():
    assert relative_error(np.ones((0, 3)), np.ones((0, 3))) == 0


def test_the_sweep_has_a_valley():
    x = rng.normal(size=(2, 3))
    steps = 10.0 ** np.arange(-15, 0)
    errors = epsilon_sweep(scalar, x, scalar_grad(x), steps)
    best = int(errors.argmin())
    assert errors.shape == (15,)
    assert 1e-7 < steps[best] < 1e-4
    assert errors[0] > 1e3 * errors[best] < errors[-1]


def test_the_sweep_in_float32_is_shallower():
    x = rng.normal(size=(2, 3))
    steps = [1e-9, 1e-3, 1e-2]
    errors = epsilon_sweep(
        lambda z: np.sum(np.tanh(z @ W.astype(np.float32)) ** 2),
        x,
        scalar_grad(x),
        steps,
        dtype=np.float32,
    )
    assert errors[0] == 1.0  # the step is lost in rounding
    assert 1e-6 < errors.min() < 1e-2


def test_check_gradient_reports_the_worst_entry():
    x = rng.normal(size=(2, 3))
    good = scalar_grad(x)
    assert check_gradient(scalar, x, good).ok
    assert str(check_gradient(scalar, x, good)).startswith("gradient agrees")
    bad = good.copy()
    bad[1, 2] *= -1
    report = check_gradient(scalar, x, bad)
    assert not report.ok
    assert report.worst == (1, 2)
    assert "[1, 2]" in str(report)


def test_check_gradient_says_which_shape_it_expected():
    with pytest.raises(GradientCheckError, match=r"expected \(2, 3\)"):
        check_gradient(scalar, np.ones((2, 3)), np.ones((3, 2)))
