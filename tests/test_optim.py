"""Each rule against PyTorch's, step by step, and what it must not do."""

import numpy as np
import pytest
import torch

from unrolled.optim import SGD, Adagrad, Adam, RMSProp

PAIRS = {
    "sgd": (SGD(0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    "adagrad": (Adagrad(0.1), lambda p: torch.optim.Adagrad(p, lr=0.1)),
    "rmsprop": (
        RMSProp(0.01, decay=0.9),
        lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9),
    ),
    "adam": (
        Adam(0.01, beta1=0.8, beta2=0.95),
        lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.95)),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_steps_are_those_of_pytorch(name):
    rng = np.random.default_rng(0)
    mine, make = PAIRS[name]
    parameters = {"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4)}
    theirs = {k: torch.tensor(v, requires_grad=True) for k, v in parameters.items()}
    rule = make(theirs.values())
    for step in range(20):
        grads = {k: rng.normal(size=v.shape) * step for k, v in parameters.items()}
        mine.step(parameters, grads)
        for k, tensor in theirs.items():
            tensor.grad = torch.tensor(grads[k])
        rule.step()
        if step == 10:  # a rate may change under way
            mine.lr = rule.param_groups[0]["lr"] = 0.003
    for k, tensor in theirs.items():
        assert np.allclose(parameters[k], tensor.detach(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("rule", [SGD, Adagrad, RMSProp, Adam])
def test_a_step_is_in_place_keeps_the_dtype_and_leaves_the_gradient(rule):
    theta = np.ones(3, np.float32)
    g = np.array([1.0, -2.0, 0.0], np.float32)
    before = g.copy()
    rule(0.1).step({"w": theta}, {"w": g})
    assert theta.dtype == np.float32
    assert np.array_equal(g, before)
    assert theta[0] < 1 < theta[1]
    assert theta[2] == 1


def test_two_rules_share_nothing():
    first, second = Adagrad(0.1), Adagrad(0.1)
    w, v = np.ones(2), np.ones(2)
    first.step({"w": w}, {"w": np.ones(2)})
    second.step({"w": v}, {"w": np.ones(2)})
    assert np.array_equal(w, v)


def test_a_missing_gradient_is_named():
    with pytest.raises(KeyError, match="b"):
        Adam(0.1).step({"b": np.ones(2)}, {"w": np.ones(2)})
