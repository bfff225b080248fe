"""Skips through time, leaks and clocks against explicit loops and nn.RNN."""

import numpy as np
import pytest
import torch
from torch import nn

from unrolled.slow import SlowRNN

T, B, D, H = 9, 2, 3, 6


def build(**options):
    torch.manual_seed(0)
    net = SlowRNN(D, H, **options).double()
    rng = np.random.default_rng(1)
    return (
        net,
        torch.tensor(rng.normal(size=(T, B, D))),
        torch.tensor(rng.normal(size=(B, H))),
    )


def arrays(net):
    weights = (net.read.weight, net.recur.weight, net.read.bias)
    return (w.detach().numpy().T for w in weights)


def test_without_options_it_is_nn_rnn():
    net, x, h0 = build()
    module = nn.RNN(D, H).double()
    with torch.no_grad():
        module.weight_ih_l0.copy_(net.read.weight)
        module.weight_hh_l0.copy_(net.recur.weight)
        module.bias_ih_l0.copy_(net.read.bias)
        module.bias_hh_l0.zero_()
    states, last = net(x, h0)
    theirs, end = module(x, h0[None])
    torch.testing.assert_close(states, theirs, rtol=0, atol=1e-12)
    torch.testing.assert_close(last, end[0], rtol=0, atol=1e-12)


def test_skip_leak_and_clocks_against_a_loop_over_units():
    leak = np.linspace(0.2, 1, H)
    periods = [1, 1, 2, 2, 4, 8]
    net, x, h0 = build(skip=3, leak=leak.tolist(), periods=periods, slow_to_fast=True)
    W_xh, W_hh, b = arrays(net)
    W_sh = net.past.weight.detach().numpy().T
    h = [h0.numpy()]
    for t in range(1, T + 1):
        now = h[-1].copy()
        for j in range(H):
            if t % periods[j]:
                continue
            a = x[t - 1].numpy() @ W_xh[:, j] + b[j]
            for i in range(H):
                if periods[i] >= periods[j]:
                    a = a + h[-1][:, i] * W_hh[i, j]
            a = a + (h[t - 3] if t >= 3 else h[0]) @ W_sh[:, j]
            now[:, j] = (1 - leak[j]) * h[-1][:, j] + leak[j] * np.tanh(a)
        h.append(now)
    states, last = net(x, h0)
    np.testing.assert_allclose(states.detach(), np.stack(h[1:]), rtol=0, atol=1e-6)
    assert torch.equal(last, states[-1])


def test_a_slow_unit_keeps_its_value_between_its_ticks():
    net, x, _ = build(periods=[1, 1, 1, 1, 1, 4])
    states, _ = net(x)
    slow = states[:, 0, 5].detach().numpy()
    assert (slow[:3] == 0).all() and len(set(slow)) == 3  # before 4, from 4, from 8


def test_the_gradient_reaches_every_weight():
    net, x, h0 = build(skip=2, leak=0.5, periods=[1, 2, 1, 2, 1, 2])
    net(x, h0)[0].sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"skip": 1}, "skip 1: at least 2 steps"),
        ({"leak": 0.0}, "leak 0.0: one number or 6"),
        ({"leak": [0.5] * 5}, "one number or 6"),
        ({"periods": [1, 2]}, "periods: 6 whole numbers"),
        ({"periods": [1.5] * 6}, "periods: 6 whole numbers"),
        ({"periods": [0] * 6}, "periods: 6 whole numbers"),
        ({"slow_to_fast": True}, "give some"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        SlowRNN(D, H, **options)
