"""Reservoirs: states against nn.RNN and reservoirpy, the read-out against algebra."""

import numpy as np
import pytest
import torch
from reservoirpy.nodes import Reservoir
from torch import nn

from unrolled import reservoir


def test_the_drawn_matrix_has_the_radius_and_the_density():
    rng = np.random.default_rng(0)
    P = reservoir.init(rng, 2, 80, radius=0.7, scale=0.3, bias=0.1, density=0.2)
    assert abs(reservoir.spectral_radius(P["W_hh"]) - 0.7) < 1e-12
    assert 0.15 < np.mean(P["W_hh"] != 0) < 0.25
    assert P["W_xh"].shape == (2, 80) and 0.2 < np.abs(P["W_xh"]).max() <= 0.3
    assert 0.05 < np.abs(P["b_h"]).max() <= 0.1
    assert P["W_oh"].shape == (0, 80)


def test_states_are_those_of_a_frozen_rnn():
    rng = np.random.default_rng(1)
    P = reservoir.init(rng, 3, 20, radius=0.9, bias=0.2)
    x, h0 = rng.normal(size=(12, 2, 3)), rng.normal(size=(2, 20))
    module = nn.RNN(3, 20).double()
    pairs = ("weight_ih_l0", "W_xh"), ("weight_hh_l0", "W_hh"), ("bias_ih_l0", "b_h")
    with torch.no_grad():
        for theirs, mine in pairs:
            getattr(module, theirs).copy_(torch.tensor(P[mine].T))
        module.bias_hh_l0.zero_()
        states = module(torch.tensor(x), torch.tensor(h0)[None])[0].numpy()
    np.testing.assert_allclose(reservoir.run(x, h0, P)[1:], states, rtol=0, atol=1e-12)


def test_leaky_states_are_those_of_reservoirpy():
    rng = np.random.default_rng(2)
    P = reservoir.init(rng, 2, 15, radius=1.1, bias=0.3)
    x = rng.normal(size=(30, 1, 2))
    node = Reservoir(W=P["W_hh"].T, Win=P["W_xh"].T, bias=P["b_h"], lr=0.3)
    theirs = node.run(x[:, 0])
    mine = reservoir.run(x, np.zeros((1, 15)), P, leak=0.3)[1:, 0]
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-12)


def test_a_free_run_is_a_run_that_is_fed_its_own_outputs():
    rng = np.random.default_rng(3)
    P = reservoir.init(rng, 1, 30, radius=0.8, bias=0.2, feedback=2)
    W_ho = rng.normal(size=(31, 2)) / 10
    h, y, x = (
        rng.normal(size=(4, 30)),
        rng.normal(size=(4, 2)),
        rng.normal(size=(9, 4, 1)),
    )
    out = reservoir.free_run(h, y, 9, P, W_ho, leak=0.5, x=x)
    fed = np.concatenate([y[None], out[:-1]])
    states = reservoir.run(x, h, P, leak=0.5, y=fed)
    np.testing.assert_allclose(reservoir.read(states[1:], W_ho), out, atol=1e-12)
    no_input = P | {"W_xh": np.zeros((0, 30))}
    alone = reservoir.free_run(h, y, 3, no_input, W_ho)
    fed = np.concatenate([y[None], alone[:-1]])
    states = reservoir.run(np.empty((3, 4, 0)), h, no_input, y=fed)
    np.testing.assert_allclose(reservoir.read(states[1:], W_ho), alone, atol=1e-12)


@pytest.mark.parametrize("bias", [False, True])
def test_ridge_makes_the_gradient_zero(bias):
    rng = np.random.default_rng(4)
    h, y = rng.normal(size=(50, 6)), rng.normal(size=(50, 2)) + 3
    W_ho = reservoir.ridge(h, y, penalty=0.7, bias=bias)
    wrong = reservoir.read(h, W_ho) - y
    gradient = h.T @ wrong + 0.7 * W_ho[:6]
    assert np.abs(gradient).max() < 1e-12
    if bias:
        assert np.abs(wrong.sum(axis=0)).max() < 1e-12


def test_ridge_keeps_the_digits_that_normal_equations_lose():
    rng = np.random.default_rng(5)
    left, right = (np.linalg.qr(rng.normal(size=(n, 8)))[0] for n in (60, 8))
    h = left * np.logspace(0, -9, 8) @ right.T  # condition number 1e9
    truth = rng.normal(size=(8, 1))
    y = h @ truth
    error = np.abs(reservoir.ridge(h, y) - truth).max()
    normal = np.abs(np.linalg.solve(h.T @ h, h.T @ y) - truth).max()
    assert error < 1e-5 < 1e-3 < normal


def test_noise_is_added_inside_and_is_repeatable():
    rng = np.random.default_rng(6)
    P = reservoir.init(rng, 1, 10, radius=0.5)
    x, h0 = np.zeros((200, 1, 1)), np.zeros((1, 10))
    runs = [
        reservoir.run(x, h0, P, noise=1e-3, rng=np.random.default_rng(1)) for _ in "ab"
    ]
    assert np.array_equal(*runs) and 5e-4 < runs[0][50:].std() < 2e-3
    assert not reservoir.run(x, h0, P).any()


def test_nrmse_of_the_mean_is_one():
    y = np.random.default_rng(7).normal(size=100)
    assert abs(reservoir.nrmse(np.full(100, y.mean()), y, y.var()) - 1) < 1e-12


def test_what_is_wrong_is_said():
    rng = np.random.default_rng(8)
    with pytest.raises(ValueError, match="density 0: a share above 0"):
        reservoir.init(rng, 1, 10, radius=0.5, density=0)
    with pytest.raises(ValueError, match="every eigenvalue of W_hh is zero at 1 units"):
        reservoir.init(np.random.default_rng(0), 1, 1, radius=0.5, density=1e-9)
    P = reservoir.init(rng, 1, 10, radius=0.5)
    x, h0 = np.zeros((5, 1, 1)), np.zeros((1, 10))
    with pytest.raises(ValueError, match="takes 0 outputs back: y is not used"):
        reservoir.run(x, h0, P, y=x)
    fed = reservoir.init(rng, 1, 10, radius=0.5, feedback=1)
    with pytest.raises(ValueError, match="takes 1 outputs back: y is needed"):
        reservoir.run(x, h0, fed)
    with pytest.raises(ValueError, match="noise needs an rng"):
        reservoir.run(x, h0, P, noise=0.1)
    with pytest.raises(ValueError, match="penalty -1"):
        reservoir.ridge(x[:, 0], x[:, 0], -1)
    with pytest.raises(ValueError, match="5 states and 4 targets"):
        reservoir.ridge(x[:, 0], x[:4, 0])
