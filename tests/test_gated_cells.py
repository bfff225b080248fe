"""The LSTM and GRU cells against PyTorch and against central differences."""

import numpy as np
import pytest
import torch
from torch import nn

from unrolled.cells import gru, lstm

T, B, D, H = 5, 3, 4, 6


def starts(seed, count):
    rng = np.random.default_rng(seed)
    return rng, rng.normal(size=(T, B, D)), rng.normal(size=(count, B, H))


def torch_run(kind, x, states, dh, ends):
    """Outputs and gradients of nn.LSTM or nn.GRU in float64 for sum(h dh) + ends."""
    torch.manual_seed(0)
    module = kind(D, H).double()
    x = torch.tensor(x, requires_grad=True)
    states = torch.tensor(states, requires_grad=True)
    first = states[:, None] if kind is nn.LSTM else states[0][None]
    h, last = module(x, (first[0], first[1]) if kind is nn.LSTM else first)
    last = last if kind is nn.LSTM else (last,)
    total = (h * torch.tensor(dh)).sum()
    for state, end in zip(last, ends, strict=True):
        total = total + (state[0] * torch.tensor(end)).sum()
    total.backward()
    return module, h.detach().numpy(), x.grad.numpy(), states.grad.numpy()


def near(mine, theirs):
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-10)


def test_lstm_equals_pytorch_forward_and_backward():
    rng, x, states = starts(1, 2)
    dh, ends = rng.normal(size=(T, B, H)), rng.normal(size=(2, B, H))
    module, h_torch, dx, dstates = torch_run(nn.LSTM, x, states, dh, ends)
    P = lstm.from_torch(module)
    h, c, gates = lstm.forward(x, *states, **P)
    near(h[1:], h_torch)
    grads = lstm.backward(x, h, c, gates, dh, P["W_x"], P["W_h"], *ends)
    near(grads["W_x"].T, module.weight_ih_l0.grad.numpy())
    near(grads["W_h"].T, module.weight_hh_l0.grad.numpy())
    near(grads["b"], module.bias_ih_l0.grad.numpy())
    near(grads["x"], dx)
    near(grads["h0"], dstates[0])
    near(grads["c0"], dstates[1])


def test_gru_equals_pytorch_forward_and_backward():
    rng, x, states = starts(2, 1)
    dh, ends = rng.normal(size=(T, B, H)), rng.normal(size=(1, B, H))
    module, h_torch, dx, dstates = torch_run(nn.GRU, x, states, dh, ends)
    P = gru.from_torch(module)
    h, tape = gru.forward(x, states[0], **P)
    near(h[1:], h_torch)
    grads = gru.backward(x, h, tape, dh, P["W_x"], P["W_h"], dh_end=ends[0])
    near(grads["W_x"].T, module.weight_ih_l0.grad.numpy())
    near(grads["W_h"].T, module.weight_hh_l0.grad.numpy())
    near(grads["b_x"], module.bias_ih_l0.grad.numpy())
    near(grads["b_h"], module.bias_hh_l0.grad.numpy())
    near(grads["x"], dx)
    near(grads["h0"], dstates[0])


@pytest.mark.parametrize("reset", gru.RESETS)
def test_gru_gradients_are_central_differences(reset):
    rng, x, states = starts(3, 1)
    dh = rng.normal(size=(T, B, H))
    arrays = gru.init(rng, D, H, update_bias=0.5)
    arrays["b_h"] = rng.normal(size=3 * H)
    arrays |= {"x": x, "h0": states[0]}

    def total(x, h0, **P):
        return float((gru.forward(x, h0, reset=reset, **P)[0][1:] * dh).sum())

    h, tape = gru.forward(reset=reset, **arrays)
    grads = gru.backward(x, h, tape, dh, arrays["W_x"], arrays["W_h"], reset)
    for name, array in arrays.items():
        for at in rng.integers(array.size, size=6):
            moved = [dict(arrays) for _ in "+-"]
            for sign, there in zip((1, -1), moved, strict=True):
                there[name] = array.copy()
                there[name].flat[at] += sign * 1e-5
            up, down = (total(**there) for there in moved)
            assert abs((up - down) / 2e-5 - grads[name].flat[at]) < 1e-7, name


def test_ids_are_rows_of_the_input_weights():
    rng = np.random.default_rng(4)
    ids = rng.integers(0, D, (T, B))
    one_hot, dh = np.eye(D)[ids], rng.normal(size=(T, B, H))
    zero = np.zeros((B, H))
    P = lstm.init(rng, D, H, forget_bias=1.0)
    results = []
    for x in (ids, one_hot):
        run = lstm.forward(x, zero, zero, **P)
        grads = lstm.backward(x, *run, dh, P["W_x"], P["W_h"])
        assert ("x" in grads) == (x is one_hot)
        results.append((run[0], *(grads[name] for name in P)))
    for mine, theirs in zip(*results, strict=True):
        near(mine, theirs)


def test_a_second_layer_that_reads_backwards_is_imported():
    torch.manual_seed(1)
    module = nn.GRU(D, H, num_layers=2, bidirectional=True).double()
    P = gru.from_torch(module, layer=1, reverse=True)
    assert P["W_x"].shape == (2 * H, 3 * H)
    near(P["W_h"].T, module.weight_hh_l1_reverse.detach().numpy())
    with pytest.raises(AttributeError):
        lstm.from_torch(nn.LSTM(D, H), layer=1)


def test_initial_biases_stand_in_their_block():
    rng = np.random.default_rng(5)
    b = lstm.init(rng, D, H, forget_bias=2.0)["b"].reshape(4, H)
    assert (b[1] == 2).all() and not b[[0, 2, 3]].any()
    b_x = gru.init(rng, D, H, update_bias=2.0)["b_x"].reshape(3, H)
    assert (b_x[1] == 2).all() and not b_x[[0, 2]].any()


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_the_dtype_of_the_parameters_is_kept(dtype):
    rng, x, states = starts(6, 2)
    P = {name: array.astype(dtype) for name, array in lstm.init(rng, D, H).items()}
    x, states = x.astype(dtype), states.astype(dtype)
    h, c, gates = lstm.forward(x, *states, **P)
    grads = lstm.backward(x, h, c, gates, h[1:], P["W_x"], P["W_h"])
    assert {a.dtype for a in (h, c, gates, *grads.values())} == {np.dtype(dtype)}
    P = {name: array.astype(dtype) for name, array in gru.init(rng, D, H).items()}
    h, tape = gru.forward(x, states[0], **P)
    grads = gru.backward(x, h, tape, h[1:], P["W_x"], P["W_h"])
    assert {a.dtype for a in (h, tape, *grads.values())} == {np.dtype(dtype)}


def test_wrong_starts_and_resets_are_named():
    rng, x, states = starts(7, 2)
    P = lstm.init(rng, D, H)
    with pytest.raises(ValueError, match=r"c0 has shape \(2, 6\), needed is \(3, 6\)"):
        lstm.forward(x, states[0], states[1][:2], **P)
    P = gru.init(rng, D, H)
    with pytest.raises(ValueError, match="h0 has shape"):
        gru.forward(x, states[0].T, **P)
    with pytest.raises(ValueError, match="reset 'inside': one of after, before"):
        gru.forward(x, states[0], reset="inside", **P)


def test_backward_changes_none_of_its_arguments():
    rng, x, states = starts(8, 2)
    P = lstm.init(rng, D, H)
    run = lstm.forward(x, *states, **P)
    ends = [rng.normal(size=(B, H)) for _ in "hc"]
    arrays = [x, *run, rng.normal(size=(T, B, H)), P["W_x"], P["W_h"], *ends]
    copies = [a.copy() for a in arrays]
    lstm.backward(*arrays)
    assert all(map(np.array_equal, arrays, copies))
    P = gru.init(rng, D, H)
    run = gru.forward(x, states[0], **P)
    arrays = [x, *run, rng.normal(size=(T, B, H)), P["W_x"], P["W_h"]]
    copies = [a.copy() for a in arrays]
    gru.backward(*arrays, dh_end=ends[0])
    assert all(map(np.array_equal, arrays, copies))
