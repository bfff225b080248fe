"""Chapter 3's algorithms side by side: ratios of CPU time and counted work.

    python benchmarks/03_bptt.py

Two tables. First, over the length T: the exact reverse sweep, the nested loop of
Notes A with a window of 5, and PyTorch's autograd over the same unfolded steps; all
times are divided by the sweep's. Second, over the number of units H: real-time
recurrent learning divided by the sweep, in time and in counted multiply-adds.

Each time is the least of several repetitions, taken in turn so that a slow moment of
the machine hits all of them. Ratios of times depend on the machine; the counts do not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy: two threads only disturb here

import numpy as np
import torch
import torch.nn.functional as F

from unrolled.cells import tanh_rnn
from unrolled.cells.softmax import softmax

REPEATS = 7


def network(rng: np.random.Generator, T: int, B: int, D: int, H: int, V: int) -> dict:
    """Inputs, labels, state and parameters of a random network, float64."""
    return {
        "x": rng.normal(size=(T, B, D)),
        "y": rng.integers(0, V, size=(T, B)),
        "h0": np.zeros((B, H)),
        **tanh_rnn.init(rng, D, H, V),
    }


def sweep(net: dict) -> np.ndarray:
    """Gradient of W_hh by the exact reverse sweep."""
    return tanh_rnn.bptt(**net)[1]["W_hh"]


def _errors(net: dict) -> tuple[np.ndarray, np.ndarray]:
    h, o = tanh_rnn.forward(**{k: v for k, v in net.items() if k != "y"})
    do = softmax(o)
    t, b = np.indices(net["y"].shape)
    do[t, b, net["y"]] -= 1
    return h, do


def nested_loop(net: dict, truncate: int = 4) -> np.ndarray:
    """Gradients of all weights by the nested loop of Notes A; returns that of W_hh."""
    h, do = _errors(net)
    x, W_hh, W_ho = net["x"], net["W_hh"], net["W_ho"]
    dW_hh, dW_xh = np.zeros_like(W_hh), np.zeros_like(net["W_xh"])
    dW_ho = np.zeros_like(W_ho)
    for t in range(len(x), 0, -1):
        dW_ho += h[t].T @ do[t - 1]
        da = (do[t - 1] @ W_ho.T) * (1 - h[t] ** 2)
        for k in range(t, max(1, t - truncate) - 1, -1):
            dW_hh += h[k - 1].T @ da
            dW_xh += x[k - 1].T @ da
            da = (da @ W_hh.T) * (1 - h[k - 1] ** 2)
    return dW_hh


def autograd(net: dict) -> np.ndarray:
    """The same loss, unfolded in PyTorch and differentiated by it."""
    p = {k: torch.as_tensor(v) for k, v in net.items()}
    for name in tanh_rnn.NAMES:
        p[name] = p[name].clone().requires_grad_()
    h, outs = p["h0"], []
    for drive in p["x"] @ p["W_xh"] + p["b_h"]:
        h = torch.tanh(drive + h @ p["W_hh"])
        outs.append(h)
    logits = (torch.stack(outs) @ p["W_ho"] + p["b_o"]).flatten(0, 1)
    F.cross_entropy(logits, p["y"].flatten(), reduction="sum").backward()
    return p["W_hh"].grad.numpy()


def rtrl(net: dict) -> np.ndarray:
    """Real-time recurrent learning of W_hh, W_xh and b_h; returns that of W_hh."""
    D, H = net["W_xh"].shape
    W_hh, rows = net["W_hh"], D + H + 1
    h, P, grad = net["h0"][0], np.zeros((rows * H, H)), np.zeros(rows * H)
    eye = np.eye(H)
    for x_t, y_t in zip(net["x"][:, 0], net["y"][:, 0], strict=True):
        factor = np.concatenate([x_t, h, [1.0]])
        own = (factor[:, None, None] * eye).reshape(rows * H, H)
        h = np.tanh(x_t @ net["W_xh"] + h @ W_hh + net["b_h"])
        P = (own + P @ W_hh) * (1 - h**2)
        do = softmax(h @ net["W_ho"] + net["b_o"])
        do[y_t] -= 1
        grad += P @ (net["W_ho"] @ do)
    return grad.reshape(rows, H)[D : D + H]


def seconds(functions: list[Callable[[dict], object]], net: dict) -> list[float]:
    """Least CPU time of each function, the repetitions taken in turn."""
    best = [float("inf")] * len(functions)
    for _ in range(REPEATS):
        for i, function in enumerate(functions):
            start = time.process_time()
            count = 0
            while time.process_time() - start < 0.02:
                function(net)
                count += 1
            best[i] = min(best[i], (time.process_time() - start) / count)
    return best


def main() -> None:
    """Print both tables, after asserting that the exact methods agree."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    print("B = 1, D = 16, H = 64, V = 16; time divided by the sweep's")
    print(f"{'T':>5} {'nested loop':>12} {'autograd':>9} {'inner steps / T':>16}")
    for T in (25, 100, 400):
        net = network(rng, T, 1, 16, 64, 16)
        assert np.allclose(sweep(net), autograd(net), rtol=1e-9)
        base, loop, torch_time = seconds([sweep, nested_loop, autograd], net)
        steps = (5 * T - 10) / T
        print(f"{T:5d} {loop / base:12.1f} {torch_time / base:9.1f} {steps:16.2f}")
    print("\nT = 20, B = 1, D = H, V = 8; RTRL divided by the sweep")
    print(f"{'H':>5} {'time':>8} {'multiply-adds':>14}")
    for H in (4, 8, 16, 32, 64):
        net = network(rng, 20, 1, H, H, 8)
        assert np.allclose(sweep(net), rtrl(net), rtol=1e-9, atol=1e-12)
        base, forward = seconds([sweep, rtrl], net)
        ratio = (2 * H + 1) * H**3 / (3 * H**2)
        print(f"{H:5d} {forward / base:8.1f} {ratio:14.0f}")


if __name__ == "__main__":
    main()
