"""Chapter 11's gated layers in NumPy beside nn.LSTM and nn.GRU: ratios of CPU time.

    python benchmarks/11_gates.py

Forward and backward over 32 steps, float32, one thread, every gradient of the layer
asked for. "vectors": inputs of 128 numbers, whose gradient is wanted too; "ids": 64
symbols, which ours looks up as rows of W_x and PyTorch reads through nn.Embedding, as
it stands in language models. A ratio below 1 says that NumPy took less. It is the
median over repetitions in which the two take turns, so that a slow moment of the
machine hits both; it depends on the machine and on the library that multiplies its
matrices, which is not the same in NumPy's and in PyTorch's packages.
"""

from __future__ import annotations

import os
import time

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy: two threads only disturb here

import numpy as np
import torch
from torch import nn

from unrolled.cells import gru, lstm

REPEATS = 15
STEPS, INPUTS, SYMBOLS = 32, 128, 64
SIZES = (64, 128), (32, 256), (128, 256)  # sequences, units
PAIRS = {"LSTM": (lstm, nn.LSTM), "GRU": (gru, nn.GRU)}


def pytorch(module: nn.Module, embed: nn.Module | None, x, dh) -> None:
    """Every gradient of sum(h * dh)."""
    module.zero_grad()
    if embed is None:
        read = x
        x.grad = None
    else:
        embed.zero_grad()
        read = embed(x)
    (module(read)[0] * dh).sum().backward()


def ours(cell, parameters: dict, x: np.ndarray, start: np.ndarray, dh) -> dict:
    """The same in NumPy."""
    starts = (start, start) if cell is lstm else (start,)
    run = cell.forward(x, *starts, **parameters)
    return cell.backward(x, *run, dh, parameters["W_x"], parameters["W_h"])


def ratio(name: str, sequences: int, units: int, kind: str) -> float:
    """Median of our CPU time divided by PyTorch's."""
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    cell, module = PAIRS[name]
    layer = module(INPUTS, units)
    parameters = cell.from_torch(layer)
    dh = rng.normal(size=(STEPS, sequences, units)).astype(np.float32)
    start = np.zeros((sequences, units), np.float32)
    embed = None
    if kind == "ids":
        embed = nn.Embedding(SYMBOLS, INPUTS)
        x = rng.integers(0, SYMBOLS, (STEPS, sequences))
        table = embed.weight.detach().numpy()
        parameters["W_x"] = table @ parameters["W_x"]
        theirs = torch.tensor(x)
    else:
        x = rng.normal(size=(STEPS, sequences, INPUTS)).astype(np.float32)
        theirs = torch.tensor(x, requires_grad=True)
    upper, ratios = torch.tensor(dh), []
    for _ in range(REPEATS):
        a = time.process_time()
        pytorch(layer, embed, theirs, upper)
        b = time.process_time()
        ours(cell, parameters, x, start, dh)
        ratios.append((time.process_time() - b) / (b - a))
    return float(np.median(ratios))


def main() -> None:
    torch.set_num_threads(1)
    print("sequences  units  inputs    LSTM    GRU   (our CPU time / PyTorch's)")
    for sequences, units in SIZES:
        for kind in ("vectors", "ids"):
            found = [ratio(name, sequences, units, kind) for name in PAIRS]
            print(f"{sequences:9d}  {units:5d}  {kind:8s}", end="")
            print("".join(f"{r:6.2f}" for r in found))


if __name__ == "__main__":
    main()
