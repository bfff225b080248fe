"""The package's cells against finite differences, autograd and their own limits."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from unrolled.cells import tanh_rnn
from unrolled.cells.softmax import cross_entropy, softmax
from unrolled.gradcheck import complex_step, finite_difference, relative_error

T, B, D, H, V = 6, 3, 4, 5, 7


@pytest.fixture
def net() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    theta = tanh_rnn.init(rng, D, H, V, scale=1.4)
    theta["b_h"], theta["b_o"] = rng.normal(size=H), rng.normal(size=V)
    return {
        "x": rng.normal(size=(T, B, D)),
        "y": rng.integers(0, V, size=(T, B)),
        "h0": rng.normal(size=(B, H)),
        **theta,
    }


@pytest.mark.parametrize("name", ["x", "h0", *tanh_rnn.NAMES])
def test_every_gradient_agrees_with_two_numerical_derivatives(net, name):
    grad = tanh_rnn.bptt(**net)[1][name]

    def f(value):
        return tanh_rnn.loss(**{**net, name: value})

    assert relative_error(grad, finite_difference(f, net[name])) < 1e-7
    assert relative_error(grad, complex_step(f, net[name])) < 1e-11


def test_agrees_with_nn_rnn(net):
    rnn = torch.nn.RNN(D, H).double()
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(torch.as_tensor(net["W_xh"].T))
        rnn.weight_hh_l0.copy_(torch.as_tensor(net["W_hh"].T))
        rnn.bias_ih_l0.copy_(torch.as_tensor(net["b_h"]))
        rnn.bias_hh_l0.zero_()
    out, last = rnn(torch.as_tensor(net["x"]), torch.as_tensor(net["h0"])[None])
    logits = (out @ torch.as_tensor(net["W_ho"]) + torch.as_tensor(net["b_o"])).reshape(
        -1, V
    )
    total = F.cross_entropy(
        logits, torch.as_tensor(net["y"]).reshape(-1), reduction="sum"
    )
    total.backward()
    loss, grads = tanh_rnn.bptt(**net)
    h, o = tanh_rnn.forward(**{k: v for k, v in net.items() if k != "y"})
    assert np.isclose(loss, total.item(), rtol=1e-13)
    assert np.allclose(h[-1], last[0].detach(), rtol=1e-12)
    assert np.allclose(o.reshape(-1, V), logits.detach(), rtol=1e-12)
    assert np.allclose(grads["W_hh"], rnn.weight_hh_l0.grad.T, rtol=1e-11)
    assert np.allclose(grads["W_xh"], rnn.weight_ih_l0.grad.T, rtol=1e-11)
    assert np.allclose(grads["b_h"], rnn.bias_ih_l0.grad, rtol=1e-11)


def test_ids_are_one_hot_rows_and_repeats_add_up(net):
    ids = np.array([[0, 1, 1], [2, 2, 2], [0, 0, 3], [1, 1, 1], [3, 0, 2], [2, 2, 2]])
    loss_ids, by_ids = tanh_rnn.bptt(**{**net, "x": ids})
    loss_rows, by_rows = tanh_rnn.bptt(**{**net, "x": np.eye(D)[ids]})
    assert loss_ids == loss_rows
    for name in tanh_rnn.NAMES:
        assert np.allclose(by_ids[name], by_rows[name], rtol=1e-12)
    assert "x" not in by_ids


def test_inputs_are_left_alone(net):
    before = {k: v.copy() for k, v in net.items()}
    tanh_rnn.bptt(**net)
    tanh_rnn.window_bptt(**net, window=2)
    for name, value in before.items():
        assert np.array_equal(net[name], value)


def test_large_scores_do_not_overflow():
    o = np.array([[0.0, 800.0], [-900.0, -800.0]])
    with np.errstate(all="raise", under="ignore"):
        assert np.allclose(softmax(o), [[0, 1], [0, 1]])
        assert np.isclose(cross_entropy(o, np.array([0, 0])), 900)


def test_zero_factors_cut_time(net):
    """Cutting before every chunk = summing the gradients of the chunks."""
    keep = (np.arange(T) % 2 != 0).astype(float)
    whole = tanh_rnn.bptt(**net, keep=keep)[1]
    h, _ = tanh_rnn.forward(**{k: v for k, v in net.items() if k != "y"})
    parts = [
        tanh_rnn.bptt(
            **{**net, "x": net["x"][i : i + 2], "y": net["y"][i : i + 2], "h0": h[i]}
        )[1]
        for i in range(0, T, 2)
    ]
    for name in tanh_rnn.NAMES:
        assert np.allclose(whole[name], sum(p[name] for p in parts), rtol=1e-11)


@pytest.mark.parametrize("window", [1, 2, 4, T, T + 3])
def test_window_is_each_loss_from_a_detached_state(net, window):
    tensors = {k: torch.as_tensor(v) for k, v in net.items()}
    leaves = {k: tensors[k].clone().requires_grad_() for k in tanh_rnn.NAMES}
    states, total = [tensors["h0"]], torch.zeros((), dtype=torch.float64)
    for t in range(1, T + 1):
        h = states[max(0, t - window)].detach()
        for x in tensors["x"][max(0, t - window) : t]:
            h = torch.tanh(x @ leaves["W_xh"] + h @ leaves["W_hh"] + leaves["b_h"])
        o = h @ leaves["W_ho"] + leaves["b_o"]
        total = total + F.cross_entropy(o, tensors["y"][t - 1], reduction="sum")
        states.append(h)
    total.backward()
    loss, grads = tanh_rnn.window_bptt(**net, window=window)
    assert np.isclose(loss, total.item())
    for name in tanh_rnn.NAMES:
        assert np.allclose(grads[name], leaves[name].grad, rtol=1e-10, atol=1e-12)


def test_window_takes_ids(net):
    ids = np.arange(T * B).reshape(T, B) % D
    by_ids = tanh_rnn.window_bptt(**{**net, "x": ids}, window=3)[1]
    by_rows = tanh_rnn.window_bptt(**{**net, "x": np.eye(D)[ids]}, window=3)[1]
    assert np.allclose(by_ids["W_xh"], by_rows["W_xh"], rtol=1e-12)


def test_float32_stays_float32(net):
    small = {k: v if k == "y" else v.astype(np.float32) for k, v in net.items()}
    h, o = tanh_rnn.forward(**{k: v for k, v in small.items() if k != "y"})
    grads = tanh_rnn.bptt(**small)[1]
    assert h.dtype == o.dtype == np.float32
    assert {g.dtype for g in grads.values()} == {np.dtype(np.float32)}


def test_wrong_sizes_are_refused_with_a_sentence(net):
    with pytest.raises(ValueError, match="h0 has shape"):
        tanh_rnn.loss(**{**net, "h0": net["h0"][:2]})
    with pytest.raises(ValueError, match="window must be at least 1"):
        tanh_rnn.window_bptt(**net, window=0)
