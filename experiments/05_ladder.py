"""What each step from the classic loop to a fast network is worth, in tokens a second.

A tanh network of 256 units over 96 characters; loss and all gradients of chunks of 64
characters of Python source. The rungs, each a function below:

  "classic"            one stream, vector by vector, one-hot input, float64
  "index"              a row of W_xh instead of a one-hot vector times W_xh
  "gradients at once"  the weight gradients in one product over time
  "float32"            the same function, half as many bytes
  "chunk at once"      all inputs, logits and softmaxes of the chunk together
  "8", "32", "128"     so many streams side by side
  "tanh_rnn, 128"      unrolled.cells.tanh_rnn.bptt, what the course uses
  "nn.RNN, ..."        PyTorch, 128 streams: one-hot input; an embedding
  "products, 128"      only the matrix products that 128 streams need: the floor

`run` asserts that all rungs but the last give the same loss and gradients (float64 to
1e-10, float32 to 1e-4, relative, a gradient by its norm). The rungs are timed in turn,
ROUNDS times, one thread, in CPU time: "rates" holds the tokens a CPU-second of every
round, "median", "least", "most" and "ratio" (of the medians, to "classic") what came
of it. Rates belong to the machine; ratios move little. A seed is one repetition of the
whole. "loss" is that of 32 stretches a step in training by SGD, nats a
character.
"""

from __future__ import annotations

import time

import numpy as np
import torch
import torch.nn.functional as F

from unrolled.cells import tanh_rnn
from unrolled.cells.softmax import softmax
from unrolled.data import python_source
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 20
REHEARSAL = 10
H, T, V, B = 256, 64, len(python_source.ALPHABET), 128
ROUNDS, SLICE = 5, 0.25  # CPU-seconds a rung has in a round
RATE = 0.1
PARTS = ("W_xh", "W_hh", "b_h", "W_ho", "b_o")


def classic(x, y, h0, W_xh, W_hh, b_h, W_ho, b_o):
    """x, y (T,), h0 (H,) -> loss, gradients. One-hot input, everything step by step."""
    loss, h, inputs, p = 0.0, [h0], [], []
    for t in range(len(x)):
        one_hot = np.zeros(V, W_xh.dtype)
        one_hot[x[t]] = 1
        inputs.append(one_hot)
        h.append(np.tanh(one_hot @ W_xh + h[t] @ W_hh + b_h))
        p.append(softmax(h[t + 1] @ W_ho + b_o))
        loss -= np.log(p[t][y[t]])
    dW_xh, dW_hh, db_h = np.zeros_like(W_xh), np.zeros_like(W_hh), np.zeros_like(b_h)
    dW_ho, db_o = np.zeros_like(W_ho), np.zeros_like(b_o)
    dh = np.zeros_like(h0)
    for t in reversed(range(len(x))):
        do = p[t]
        do[y[t]] -= 1
        dW_ho += np.outer(h[t + 1], do)
        db_o += do
        da = (do @ W_ho.T + dh) * (1 - h[t + 1] ** 2)
        dW_xh += np.outer(inputs[t], da)
        dW_hh += np.outer(h[t], da)
        db_h += da
        dh = da @ W_hh.T
    return loss, dict(zip(PARTS, (dW_xh, dW_hh, db_h, dW_ho, db_o), strict=True))


def index(x, y, h0, W_xh, W_hh, b_h, W_ho, b_o):
    """A one-hot vector times W_xh is a row of W_xh."""
    loss, h, p = 0.0, [h0], []
    for t in range(len(x)):
        h.append(np.tanh(W_xh[x[t]] + h[t] @ W_hh + b_h))
        p.append(softmax(h[t + 1] @ W_ho + b_o))
        loss -= np.log(p[t][y[t]])
    dW_xh, dW_hh, db_h = np.zeros_like(W_xh), np.zeros_like(W_hh), np.zeros_like(b_h)
    dW_ho, db_o = np.zeros_like(W_ho), np.zeros_like(b_o)
    dh = np.zeros_like(h0)
    for t in reversed(range(len(x))):
        do = p[t]
        do[y[t]] -= 1
        dW_ho += np.outer(h[t + 1], do)
        db_o += do
        da = (do @ W_ho.T + dh) * (1 - h[t + 1] ** 2)
        dW_xh[x[t]] += da
        dW_hh += np.outer(h[t], da)
        db_h += da
        dh = da @ W_hh.T
    return loss, dict(zip(PARTS, (dW_xh, dW_hh, db_h, dW_ho, db_o), strict=True))


def at_once(x, y, h0, W_xh, W_hh, b_h, W_ho, b_o):
    """The sweep keeps its errors; the weight gradients are products over time."""
    loss, h, do = 0.0, np.empty((len(x) + 1, H), W_hh.dtype), []
    h[0] = h0
    for t in range(len(x)):
        h[t + 1] = np.tanh(W_xh[x[t]] + h[t] @ W_hh + b_h)
        do.append(softmax(h[t + 1] @ W_ho + b_o))
        loss -= np.log(do[t][y[t]])
    da, dh = np.empty_like(h[1:]), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        do[t][y[t]] -= 1
        da[t] = (do[t] @ W_ho.T + dh) * (1 - h[t + 1] ** 2)
        dh = da[t] @ W_hh.T
    return loss, weight_gradients(x, h, np.array(do), da)


def weight_gradients(x, h, do, da):
    """Every weight gradient is one product or one sum over all steps."""
    one_hot = np.zeros((x.size, V), da.dtype)
    one_hot[np.arange(x.size), x.ravel()] = 1
    before, after = h[:-1].reshape(-1, H), h[1:].reshape(-1, H)
    do, da = do.reshape(-1, V), da.reshape(-1, H)
    return {
        "W_xh": one_hot.T @ da,
        "W_hh": before.T @ da,
        "b_h": da.sum(axis=0),
        "W_ho": after.T @ do,
        "b_o": do.sum(axis=0),
    }


def chunk(x, y, h0, W_xh, W_hh, b_h, W_ho, b_o):
    """x, y (T, B), h0 (B, H). Only what must wait for h[t] stays in the loops."""
    drive = W_xh[x] + b_h
    h = np.empty((len(x) + 1, *h0.shape), W_hh.dtype)
    h[0] = h0
    for t in range(len(x)):
        np.tanh(drive[t] + h[t] @ W_hh, out=h[t + 1])
    do = softmax(h[1:] @ W_ho + b_o)
    t, b = np.indices(y.shape)
    loss = -np.log(do[t, b, y]).sum()
    do[t, b, y] -= 1
    direct, slope = do @ W_ho.T, 1 - h[1:] ** 2
    da, dh = np.empty_like(direct), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        da[t] = (direct[t] + dh) * slope[t]
        dh = da[t] @ W_hh.T
    return loss, weight_gradients(x, h, do, da)


def products(x, y, h0, W_xh, W_hh, b_h, W_ho, b_o):
    """The matrix products of `chunk` and nothing else; the numbers mean nothing."""
    h = np.zeros((len(x), *h0.shape), W_hh.dtype)
    do = np.zeros((*x.shape, V), W_hh.dtype)
    one_hot = do.reshape(-1, V)
    for t in range(len(x)):
        h[t] @ W_hh
    h @ W_ho
    do @ W_ho.T
    for t in range(len(x)):
        h[t] @ W_hh.T
    flat = h.reshape(-1, H)
    return flat.T @ flat, flat.T @ one_hot, one_hot.T @ flat


class Torch:
    """nn.RNN with the weights of theta: one-hot input, or an embedding before it."""

    def __init__(self, theta, embedding: bool):
        theta = {k: torch.as_tensor(v) for k, v in theta.items()}
        self.rnn = torch.nn.RNN(H if embedding else V, H)
        self.head = torch.nn.Linear(H, V)
        self.table = torch.nn.Embedding(V, H) if embedding else None
        into = torch.eye(H) if embedding else theta["W_xh"].T
        pairs = [
            (self.rnn.weight_ih_l0, into),
            (self.rnn.weight_hh_l0, theta["W_hh"].T),
            (self.rnn.bias_ih_l0, theta["b_h"]),
            (self.rnn.bias_hh_l0, torch.zeros(H)),
            (self.head.weight, theta["W_ho"].T),
            (self.head.bias, theta["b_o"]),
        ]
        if embedding:
            pairs.append((self.table.weight, theta["W_xh"]))
        for parameter, value in pairs:
            parameter.data.copy_(value)
        self.parameters = [parameter for parameter, _ in pairs]

    def __call__(self, x, y, h0, **theta):
        """Loss and gradients; theta is not looked at, the weights were copied."""
        x, y = torch.as_tensor(x), torch.as_tensor(y)
        for parameter in self.parameters:
            parameter.grad = None
        into = self.table(x) if self.table else F.one_hot(x, V).float()
        h, _ = self.rnn(into, torch.as_tensor(h0)[None])
        o = self.head(h)
        loss = F.cross_entropy(o.flatten(0, 1), y.flatten(), reduction="sum")
        loss.backward()
        table = self.table.weight.grad if self.table else self.rnn.weight_ih_l0.grad.T
        grads = (
            table,
            self.rnn.weight_hh_l0.grad.T,
            self.rnn.bias_ih_l0.grad,
            self.head.weight.grad.T,
            self.head.bias.grad,
        )
        return loss.item(), {k: g.numpy() for k, g in zip(PARTS, grads, strict=True)}


def problem(seed: int):
    """x, y (T, B), h0 (B, H) and theta, float64: random weights and stretches."""
    rng = np.random.default_rng(seed)
    ids = python_source.encode(python_source.split()[0])
    at = rng.integers(0, len(ids) - T, size=B) + np.arange(T + 1)[:, None]
    h0 = np.tanh(rng.normal(size=(B, H)))
    return ids[at[:-1]], ids[at[1:]], h0, tanh_rnn.init(rng, V, H, V)


def rungs(seed: int) -> dict:
    """Name -> (function, x, y, h0, theta), from the bottom up."""
    x, y, h0, theta = problem(seed)
    single = {k: v.astype(np.float32) for k, v in theta.items()}
    h1 = h0.astype(np.float32)
    first, first1 = (x[:, 0], y[:, 0], h0[0]), (x[:, 0], y[:, 0], h1[0])
    found = {
        "classic": (classic, *first, theta),
        "index": (index, *first, theta),
        "gradients at once": (at_once, *first, theta),
        "float32": (at_once, *first1, single),
        "chunk at once": (chunk, x[:, :1], y[:, :1], h1[:1], single),
    }
    for streams in (8, 32, 128):
        part = (x[:, :streams], y[:, :streams], h1[:streams])
        found[str(streams)] = (chunk, *part, single)
    found["tanh_rnn, 128"] = (tanh_rnn.bptt, x, y, h1, single)
    found["nn.RNN, one-hot"] = (Torch(single, False), x, y, h1, single)
    found["nn.RNN, embedding"] = (Torch(single, True), x, y, h1, single)
    found["products, 128"] = (products, x, y, h1, single)
    return found


def reference(seed: int) -> dict:
    """Streams -> loss and gradients by `classic`, stream after stream."""
    x, y, h0, theta = problem(seed)
    loss, total, found = 0.0, {k: np.zeros_like(v) for k, v in theta.items()}, {}
    for b in range(B):
        value, grads = classic(x[:, b], y[:, b], h0[b], **theta)
        loss += value
        for name in PARTS:
            total[name] += grads[name]
        if b + 1 in (1, 8, 32, 128):
            found[b + 1] = loss, {k: v.copy() for k, v in total.items()}
    return found


def worst(found, truth) -> float:
    """Largest relative error of the loss and of the gradients' norms."""
    errors = [abs(found[0] - truth[0]) / truth[0]]
    for name in PARTS:
        gap = np.linalg.norm(found[1][name] - truth[1][name])
        errors.append(gap / np.linalg.norm(truth[1][name]))
    return float(max(errors))


def agreement(seed: int) -> dict[str, float]:
    """`worst` of every rung; raises AssertionError where one differs."""
    truth, found = reference(seed), {}
    for name, (function, x, y, h0, theta) in rungs(seed).items():
        if function is products:
            continue
        streams = 1 if x.ndim == 1 else x.shape[1]
        error = worst(function(x, y, h0, **theta), truth[streams])
        bound = 1e-10 if h0.dtype == np.float64 else 1e-4
        assert error < bound, f"{name}: relative error {error:.1e}"
        found[name] = error
    return found


def rates(seed: int) -> dict[str, list[float]]:
    """Tokens a CPU-second of every rung and round; the rungs take turns."""
    ladder = rungs(seed)
    found: dict[str, list[float]] = {name: [] for name in ladder}
    for _ in range(ROUNDS):
        for name, (function, x, y, h0, theta) in ladder.items():
            function(x, y, h0, **theta)  # warms the caches
            calls, start = 0, time.process_time()
            while time.process_time() - start < SLICE:
                function(x, y, h0, **theta)
                calls += 1
            elapsed = time.process_time() - start
            found[name].append(calls * x.size / elapsed)
    return found


def train(seed: int, steps: int) -> list[float]:
    """SGD on 32 stretches a step with `chunk`, float32, every state begun at zero."""
    rng = np.random.default_rng(seed)
    ids = python_source.encode(python_source.split()[0])
    theta = {k: v.astype(np.float32) for k, v in tanh_rnn.init(rng, V, H, V).items()}
    h0, losses = np.zeros((32, H), np.float32), []
    for _ in range(steps):
        at = rng.integers(0, len(ids) - T, size=32) + np.arange(T + 1)[:, None]
        loss, grads = chunk(ids[at[:-1]], ids[at[1:]], h0, **theta)
        losses.append(float(loss / (T * 32)))
        for name in PARTS:
            theta[name] -= np.float32(RATE / (T * 32)) * grads[name]
    return losses


def run(seed: int, steps: int) -> dict:
    """Losses and the agreement of all rungs; for a whole run also the rates."""
    torch.set_num_threads(1)
    result: dict = {"loss": train(seed, steps), "error": agreement(seed)}
    if steps == STEPS:
        found = rates(seed)
        middle = {k: float(np.median(v)) for k, v in found.items()}
        result |= {
            "rates": found,
            "median": middle,
            "least": {k: min(v) for k, v in found.items()},
            "most": {k: max(v) for k, v in found.items()},
            "ratio": {k: v / middle["classic"] for k, v in middle.items()},
        }
    return result


def baseline() -> dict:
    """Guessing, and the multiply-adds a token that no arrangement can avoid."""
    needed = H * H + H * V  # forward; backward needs each twice again
    return {"uniform": float(np.log(V)), "multiply_adds": 3 * needed}


if __name__ == "__main__":
    main(__file__)
