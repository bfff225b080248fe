"""Clipping: equal to PyTorch's, safe at both ends of the range, nothing changed."""

import numpy as np
import pytest
import torch

from unrolled.clipping import by_norm, by_value, global_norm


def grads(scale: float = 1.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {"W": scale * rng.normal(size=(3, 4)), "b": scale * rng.normal(size=4)}


def parameters(given: dict[str, np.ndarray]) -> list[torch.nn.Parameter]:
    found = []
    for grad in given.values():
        found.append(torch.nn.Parameter(torch.zeros(grad.shape, dtype=torch.double)))
        found[-1].grad = torch.tensor(grad)
    return found


@pytest.mark.parametrize("limit", [0.5, 2.0, 100.0])
def test_by_norm_is_pytorchs_but_for_its_epsilon(limit):
    clipped, norm = by_norm(grads(), limit)
    theirs = parameters(grads())
    total = torch.nn.utils.clip_grad_norm_(theirs, limit)
    np.testing.assert_allclose(norm, total, rtol=1e-12)
    for mine, their in zip(clipped.values(), theirs, strict=True):
        np.testing.assert_allclose(mine, their.grad, rtol=1e-6)
    assert global_norm(clipped) <= limit * (1 + 1e-12)


def test_by_value_is_pytorchs():
    theirs = parameters(grads())
    torch.nn.utils.clip_grad_value_(theirs, 0.7)
    for mine, their in zip(by_value(grads(), 0.7).values(), theirs, strict=True):
        np.testing.assert_array_equal(mine, their.grad)


def test_below_and_at_the_limit_nothing_changes():
    given = {"W": np.array([3.0]), "b": np.array([4.0])}
    for limit in (5.0, 6.0):
        clipped, norm = by_norm(given, limit)
        assert norm == 5.0
        assert all(np.array_equal(clipped[name], given[name]) for name in given)


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_squares_neither_overflow_nor_vanish(scale):
    np.testing.assert_allclose(
        global_norm(grads(scale)), scale * global_norm(grads()), rtol=1e-12
    )


def test_zero_and_empty():
    assert global_norm({"W": np.zeros((2, 2)), "none": np.zeros(0)}) == 0
    assert by_norm({"W": np.zeros(2)}, 1.0)[1] == 0


def test_given_arrays_stay_and_results_are_new():
    given = grads()
    before = {name: grad.copy() for name, grad in given.items()}
    for limit in (0.1, 100.0):
        for clipped in (by_value(given, limit), by_norm(given, limit)[0]):
            for name in given:
                assert not np.shares_memory(clipped[name], given[name])
                np.testing.assert_array_equal(given[name], before[name])


def test_float32_stays_float32():
    given = {"W": np.full(4, 3.0, np.float32)}
    assert by_norm(given, 1.0)[0]["W"].dtype == np.float32
    assert by_value(given, 1.0)["W"].dtype == np.float32


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_by_name(value):
    given = grads()
    given["b"][1] = value
    for clip in (by_value, by_norm):
        with pytest.raises(
            FloatingPointError, match="gradient of b has 1 entries of 4"
        ):
            clip(given, 1.0)


@pytest.mark.parametrize("limit", [0.0, -1.0, np.nan])
def test_limit_must_be_positive(limit):
    for clip in (by_value, by_norm):
        with pytest.raises(ValueError, match="a positive number"):
            clip(grads(), limit)
