"""Deep networks: the plain one is nn.RNN, each option does what it says."""

import itertools

import pytest
import torch
from torch import nn

from unrolled.deep import MASKS, DeepRNN, Layer, parameters_count

T, B, D, H, V = 5, 3, 4, 6, 2


def drawn(**options) -> tuple[DeepRNN, torch.Tensor]:
    torch.manual_seed(0)
    return DeepRNN(D, H, V, **options).double(), torch.randn(T, B, D).double()


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_plain_stack_is_pytorchs(layers):
    net, x = drawn(layers=layers)
    theirs = nn.RNN(D, H, layers).double()
    with torch.no_grad():
        for number, layer in enumerate(net.layers):
            getattr(theirs, f"weight_ih_l{number}").copy_(layer.read.weight)
            getattr(theirs, f"weight_hh_l{number}").copy_(layer.recur.weight)
            getattr(theirs, f"bias_ih_l{number}").copy_(layer.read.bias)
            getattr(theirs, f"bias_hh_l{number}").zero_()
    h0 = torch.randn(layers, B, H).double()
    out, last = theirs(x, h0)
    logits, mine = net(x, h0)
    torch.testing.assert_close(logits, net.out(out))
    torch.testing.assert_close(mine, last)


def test_starts_as_pytorch_does():
    net, _ = drawn(read_in=1, read_out=1, depth=2, shortcut=True)
    for name, parameter in net.named_parameters():
        assert parameter.abs().max() <= H**-0.5, name
        assert parameter.abs().max() > 0.5 * H**-0.5 or parameter.numel() < 4, name


def test_a_deep_step_with_a_shortcut_by_hand():
    torch.manual_seed(0)
    layer = Layer(D, H, depth=3, shortcut=True).double()
    x, h = torch.randn(1, B, D).double(), torch.randn(B, H).double()
    z = torch.tanh(layer.read(x[0]) + h @ layer.recur.weight.T)
    z = torch.tanh(layer.deeper[0](z))
    z = torch.tanh(layer.deeper[1](z) + h @ layer.short.weight.T)
    torch.testing.assert_close(layer(x, h)[1], z)


def test_norm_makes_pre_activations_of_mean_0_and_spread_1():
    torch.manual_seed(0)
    layer = Layer(D, H, norm=True).double()
    states, _ = layer(100 * torch.randn(T, B, D).double())
    a = torch.atanh(states)
    torch.testing.assert_close(
        a.mean(-1), torch.zeros(T, B).double(), atol=1e-6, rtol=0
    )
    spread = a.var(-1, unbiased=False)
    torch.testing.assert_close(spread, torch.ones(T, B).double(), atol=1e-3, rtol=0)


def test_residual_adds_what_a_layer_read():
    net, x = drawn(layers=2, residual=True)
    below, _ = net.layers[0](x)
    above, last = net.layers[1](below)
    logits, both = net(x)
    torch.testing.assert_close(logits, net.out(below + above))
    torch.testing.assert_close(both[1], last), "the state itself is not added to"


def test_read_in_and_read_out_are_extra_maps():
    net, x = drawn(read_in=2, read_out=1)
    states, _ = net.layers[0](net.before(x))
    torch.testing.assert_close(net(x)[0], net.out(net.after(states)))
    plain, _ = drawn()
    assert [m.in_features for m in net.before if isinstance(m, nn.Linear)] == [D, H]
    extra = (D * H + H) + 2 * (H * H + H) + (H * H - D * H)
    assert parameters_count(net) - parameters_count(plain) == extra


@pytest.mark.parametrize("masks", MASKS)
def test_masks_of_a_sequence_stay_and_masks_of_a_step_change(masks):
    net, x = drawn(recurrent_dropout=0.5, masks=masks)
    seen = []
    step = net.layers[0].step

    def spy(drive, h):
        seen.append(h.clone())
        return step(drive, h)

    net.layers[0].step = spy
    net(x, 10 + torch.rand(1, B, H).double())
    zero = torch.stack(seen) == 0
    assert 0.2 < zero.double().mean() < 0.8
    assert bool((zero == zero[0]).all()) == (masks == "sequence")
    assert not bool((zero[0] == zero[0, 0]).all()), "each sequence has its own"


def test_dropout_keeps_the_mean_and_stops_in_evaluation():
    net, x = drawn(dropout=0.5, layers=2)
    ones = torch.ones(200, 100, H).double()
    kept = net._dropped(ones)
    assert set(kept.unique().tolist()) == {0.0, 2.0}
    assert abs(kept.mean() - 1) < 0.1
    assert bool((kept == kept[0]).all())
    net.eval()
    assert net._dropped(ones) is ones
    torch.testing.assert_close(net(x)[0], net(x)[0])


def test_gradients_reach_every_parameter():
    kinds = itertools.product((1, 2), (False, True), (False, True))
    for depth, norm, residual in kinds:
        net, x = drawn(
            layers=2,
            depth=depth,
            shortcut=depth == 2,
            norm=norm,
            residual=residual,
            read_in=1,
            read_out=1,
            dropout=0.2,
            recurrent_dropout=0.2,
        )
        net(x)[0].square().sum().backward()
        missing = [n for n, p in net.named_parameters() if p.grad is None]
        assert not missing, missing


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": 0}, "layers 0"),
        ({"depth": 0}, "depth 0"),
        ({"shortcut": True}, "a shortcut needs depth 2"),
        ({"masks": "batch"}, "masks 'batch': one of sequence, step"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        DeepRNN(D, H, V, **options)
