"""All steps in one product: what teacher forcing spares a network without W_hh.

Jordan: h_t = tanh(x_t W_xh + y_(t-1) W_oh + b_h), logits h_t W_ho + b_o, y_(t-1) the
true symbol of the step before (one-hot; at the first step zeros), mean cross-entropy.
Elman: h_(t-1) W_hh in the place of y_(t-1) W_oh, zero initial state. Forward and
backward passes in NumPy, float32, H = 64, D = V = 32, in four arms that take turns:

    "jordan, loop"      one step after the other
    "jordan, at once"   every product over all T * B rows
    "elman, loop"       one step after the other, and back
    "elman, merged"     all that can be merged is; only h W_hh and the way back are left

"ratios": CPU time of each arm divided by that of "jordan, at once", side by side in the
same turn, median, least and most over ROUNDS turns, for each length T and batch size B;
"control" is "jordan, at once" against itself. "gradients" is the largest relative
difference, in float64, between an arm's gradients and autograd's on the whole graph
(T = 20, B = 3).

"loss" is the training loss of the Jordan network, all steps at once (float64, Adam), on
running sums modulo V = 8: y_t = (x_t + y_(t-1)) mod 8, x_t drawn evenly, y_0 = 0.
"largest difference" compares it with the loss of the same training with the loop.
"forced" and "free" are the shares of right sums on new sequences of 200 steps with the
true sum fed back and with its own, "free" at each step.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 400
REHEARSAL = 100
ROUNDS = 11
LEAST = 0.01  # CPU-seconds a measurement
LENGTHS, BATCHES = (16, 64, 256), (1, 16, 64)
H, D, V = 64, 32, 32
NAMES = ("W_xh", "W_back", "b_h", "W_ho", "b_o")


def weights(rng, H: int, D: int, V: int, elman: bool, dtype: type) -> dict:
    """Uniform up to 1 / sqrt(H); W_back is W_hh (H, H) or W_oh (V, H)."""
    back = H if elman else V
    shapes = dict(zip(NAMES, ((D, H), (back, H), H, (H, V), V), strict=True))
    bound = H**-0.5
    return {n: rng.uniform(-bound, bound, s).astype(dtype) for n, s in shapes.items()}


def shifted(y: np.ndarray) -> np.ndarray:
    """(T, B, V): the symbol of the step before, zeros at the first step."""
    return np.concatenate([np.zeros_like(y[:1]), y[:-1]])


def read_out(h: np.ndarray, y: np.ndarray, w: dict) -> tuple[float, np.ndarray]:
    """Sum of the cross-entropies and its derivative with respect to the logits."""
    o = h @ w["W_ho"] + w["b_o"]
    o -= o.max(axis=-1, keepdims=True)
    e = np.exp(o)
    total = e.sum(axis=-1, keepdims=True)
    loss = float(np.sum(np.log(total)) - np.sum(o * y))
    return loss, e / total - y


def jordan_at_once(x: np.ndarray, y: np.ndarray, w: dict) -> tuple[float, dict]:
    """x (T, B, D), y (T, B, V) one-hot; mean loss and gradients, no loop."""
    rows = x.shape[0] * x.shape[1]
    x, back, y = (a.reshape(rows, -1) for a in (x, shifted(y), y))
    h = np.tanh(x @ w["W_xh"] + back @ w["W_back"] + w["b_h"])
    loss, do = read_out(h, y, w)
    da = do @ w["W_ho"].T * (1 - h * h)
    grads = (x.T @ da, back.T @ da, da.sum(0), h.T @ do, do.sum(0))
    return loss / rows, {n: g / rows for n, g in zip(NAMES, grads, strict=True)}


def jordan_loop(x: np.ndarray, y: np.ndarray, w: dict) -> tuple[float, dict]:
    """The same, one step after the other; nothing comes back from later steps."""
    (T, B), loss, back = x.shape[:2], 0.0, shifted(y)
    grads = {n: np.zeros_like(a) for n, a in w.items()}
    for t in range(T):
        h = np.tanh(x[t] @ w["W_xh"] + back[t] @ w["W_back"] + w["b_h"])
        step, do = read_out(h, y[t], w)
        loss += step
        da = do @ w["W_ho"].T * (1 - h * h)
        grads["W_xh"] += x[t].T @ da
        grads["W_back"] += back[t].T @ da
        grads["b_h"] += da.sum(0)
        grads["W_ho"] += h.T @ do
        grads["b_o"] += do.sum(0)
    return loss / (T * B), {n: g / (T * B) for n, g in grads.items()}


def elman_loop(x: np.ndarray, y: np.ndarray, w: dict) -> tuple[float, dict]:
    """Elman, one step after the other, then back through time."""
    (T, B), loss, dos = x.shape[:2], 0.0, []
    grads = {n: np.zeros_like(a) for n, a in w.items()}
    hs = [np.zeros((B, len(w["b_h"])), x.dtype)]
    for t in range(T):
        hs.append(np.tanh(x[t] @ w["W_xh"] + hs[-1] @ w["W_back"] + w["b_h"]))
        step, do = read_out(hs[-1], y[t], w)
        loss += step
        dos.append(do)
    from_later = np.zeros_like(hs[0])
    for t in reversed(range(T)):
        h, do = hs[t + 1], dos[t]
        da = (do @ w["W_ho"].T + from_later) * (1 - h * h)
        from_later = da @ w["W_back"].T
        grads["W_xh"] += x[t].T @ da
        grads["W_back"] += hs[t].T @ da
        grads["b_h"] += da.sum(0)
        grads["W_ho"] += h.T @ do
        grads["b_o"] += do.sum(0)
    return loss / (T * B), {n: g / (T * B) for n, g in grads.items()}


def elman_merged(x: np.ndarray, y: np.ndarray, w: dict) -> tuple[float, dict]:
    """Elman; in the two loops is only what needs the step before or after."""
    T, B = x.shape[:2]
    rows = T * B
    h = np.zeros((T + 1, B, len(w["b_h"])), x.dtype)
    drive = (x.reshape(rows, -1) @ w["W_xh"] + w["b_h"]).reshape(T, B, -1)
    for t in range(T):
        h[t + 1] = np.tanh(drive[t] + h[t] @ w["W_back"])
    flat = h[1:].reshape(rows, -1)
    loss, do = read_out(flat, y.reshape(rows, -1), w)
    da, slope = (do @ w["W_ho"].T).reshape(T, B, -1), 1 - h[1:] ** 2
    da[-1] *= slope[-1]
    W = np.ascontiguousarray(w["W_back"].T)
    for t in reversed(range(T - 1)):
        da[t] = (da[t] + da[t + 1] @ W) * slope[t]
    da, before, x = da.reshape(rows, -1), h[:-1].reshape(rows, -1), x.reshape(rows, -1)
    grads = (x.T @ da, before.T @ da, da.sum(0), flat.T @ do, do.sum(0))
    return loss / rows, {n: g / rows for n, g in zip(NAMES, grads, strict=True)}


ARMS = {
    "jordan, at once": jordan_at_once,
    "jordan, loop": jordan_loop,
    "elman, loop": elman_loop,
    "elman, merged": elman_merged,
}


def inputs(rng, T: int, B: int, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    return (
        rng.normal(size=(T, B, D)).astype(dtype),
        np.eye(V, dtype=dtype)[rng.integers(V, size=(T, B))],
    )


def autograd(x: np.ndarray, y: np.ndarray, w: dict, elman: bool) -> dict:
    """Gradients by PyTorch through the loop over steps, nothing detached."""
    p = {n: torch.tensor(a, requires_grad=True) for n, a in w.items()}
    back, loss = torch.zeros(x.shape[1], len(w["W_back"]), dtype=torch.float64), 0
    for x_t, y_t in zip(torch.tensor(x), torch.tensor(y), strict=True):
        h = torch.tanh(x_t @ p["W_xh"] + back @ p["W_back"] + p["b_h"])
        loss = loss - (torch.log_softmax(h @ p["W_ho"] + p["b_o"], -1) * y_t).sum()
        back = h if elman else y_t
    (loss / (x.shape[0] * x.shape[1])).backward()
    return {n: a.grad.numpy() for n, a in p.items()}


def agreement(rng) -> dict[str, float]:
    x, y = inputs(rng, 20, 3, np.float64)
    found = {}
    for arm, function in ARMS.items():
        w = weights(rng, H, D, V, "elman" in arm, np.float64)
        own, other = function(x, y, w)[1], autograd(x, y, w, "elman" in arm)
        found[arm] = max(
            float(np.abs(own[n] - other[n]).max() / np.abs(other[n]).max())
            for n in NAMES
        )
    return found


def seconds(call: Callable[[], object]) -> float:
    """CPU time of one call, over as many as fill LEAST seconds."""
    count, start = 0, time.process_time()
    while time.process_time() - start < LEAST:
        call()
        count += 1
    return (time.process_time() - start) / count


def ratios(rng, T: int, B: int) -> dict:
    """CPU time / CPU time of "jordan, at once" in the same turn."""
    x, y = inputs(rng, T, B, np.float32)
    calls = {
        arm: partial(f, x, y, weights(rng, H, D, V, "elman" in arm, np.float32))
        for arm, f in ARMS.items()
    }
    calls["control"] = calls["jordan, at once"]
    names, taken = list(calls), {arm: [] for arm in calls}
    for call in calls.values():
        call()
    for turn in range(ROUNDS):
        for arm in names[turn % 5 :] + names[: turn % 5]:
            taken[arm].append(seconds(calls[arm]))
    once = np.array(taken.pop("jordan, at once"))
    found = {}
    for arm, times in taken.items():
        r = np.array(times) / once
        found[arm] = {"median": float(np.median(r)), "least": r.min(), "most": r.max()}
    return {a: {k: float(v) for k, v in f.items()} for a, f in found.items()}


def sums(rng, T: int, B: int) -> tuple[np.ndarray, np.ndarray]:
    """One-hot x (T, B, 8) and running sums modulo 8 (T, B, 8)."""
    x = rng.integers(8, size=(T, B))
    return np.eye(8)[x], np.eye(8)[np.cumsum(x, axis=0) % 8]


def train(passes: Callable, seed: int, steps: int) -> tuple[list[float], dict]:
    """Losses and weights; Adam with rate 0.02, 16 sequences of 32 steps an update."""
    rng = np.random.default_rng(seed)
    w = weights(rng, 32, 8, 8, False, np.float64)
    m, s = ({n: np.zeros_like(a) for n, a in w.items()} for _ in range(2))
    losses = []
    for step in range(1, steps + 1):
        loss, grads = passes(*sums(rng, 32, 16), w)
        losses.append(loss)
        for n, g in grads.items():
            m[n] += 0.1 * (g - m[n])
            s[n] += 0.001 * (g * g - s[n])
            change = m[n] / (1 - 0.9**step)
            w[n] -= 0.02 * change / (np.sqrt(s[n] / (1 - 0.999**step)) + 1e-8)
    return losses, w


def scores(w: dict, seed: int) -> dict:
    """Share of right sums with the true sum fed back, and with the network's own."""
    x, y = sums(np.random.default_rng(1000 + seed), 200, 500)
    named = []
    for feeds in (True, False):
        back, answers = np.zeros_like(y[0]), []
        for x_t, y_t in zip(x, y, strict=True):
            h = np.tanh(x_t @ w["W_xh"] + back @ w["W_back"] + w["b_h"])
            answers.append((h @ w["W_ho"] + w["b_o"]).argmax(-1))
            back = y_t if feeds else np.eye(8)[answers[-1]]
        named.append((np.array(answers) == y.argmax(-1)).mean(axis=1))
    return {"forced": float(named[0].mean()), "free": named[1].tolist()}


def run(seed: int, steps: int) -> dict:
    """Training losses; for a whole run also the gradients, times and scores."""
    losses, w = train(jordan_at_once, seed, steps)
    if steps < STEPS:
        return {"loss": losses}
    other = train(jordan_loop, seed, steps)[0]
    rng = np.random.default_rng(seed)
    return {
        "loss": losses,
        "largest difference": float(np.abs(np.subtract(losses, other)).max()),
        "gradients": agreement(rng),
        "ratios": {
            f"T {T}, B {B}": ratios(rng, T, B) for T in LENGTHS for B in BATCHES
        },
        **scores(w, seed),
    }


def baseline() -> dict:
    """A merging without effect; guessing the sum."""
    return {"ratio": 1.0, "loss": float(np.log(8)), "share right": 1 / 8}


if __name__ == "__main__":
    main(__file__)
