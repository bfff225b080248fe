"""Does it matter which axis comes first? `nn.RNN` time-major and with batch_first.

The same network, the same numbers, two layouts of the input; forward and backward
passes of both take turns, and the ratio of their CPU times (batch first divided by
time first) is kept, with its median, least and most over ROUNDS turns. "control" is
the ratio of the time-first network to itself, measured in the same way: what the clock
alone does. "loss" holds, for every step, the mean square of the outputs.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 40
REHEARSAL = 20
ROUNDS = 15
SIZES = {  # name: T, B, D, H
    "names: T 15, B 64, D 27, H 64": (15, 64, 27, 64),
    "text: T 64, B 32, D 64, H 128": (64, 32, 64, 128),
    "long: T 400, B 8, D 16, H 32": (400, 8, 16, 32),
    "wide: T 20, B 128, D 256, H 256": (20, 128, 256, 256),
}


def networks(D: int, H: int) -> tuple[nn.RNN, nn.RNN]:
    """The same weights, once for each layout."""
    first, second = nn.RNN(D, H), nn.RNN(D, H, batch_first=True)
    second.load_state_dict(first.state_dict())
    return first, second


def seconds(call: Callable[[], None]) -> float:
    """CPU time of one call, over as many as fill 50 milliseconds."""
    count, start = 0, time.process_time()
    while time.process_time() - start < 0.05:
        call()
        count += 1
    return (time.process_time() - start) / count


def passes(net: nn.RNN, x: torch.Tensor) -> Callable[[], None]:
    def call() -> None:
        net.zero_grad()
        net(x)[0].sum().backward()

    return call


def ratios(T: int, B: int, D: int, H: int) -> dict:
    """Batch first / time first, and time first / time first, in turns."""
    first, second = networks(D, H)
    x = torch.randn(T, B, D)
    time_first, batch_first = (
        passes(first, x),
        passes(second, x.transpose(0, 1).contiguous()),
    )
    found: dict[str, list[float]] = {"batch first": [], "control": []}
    for turn in range(ROUNDS):
        calls = [time_first, batch_first, time_first]
        order = (0, 1, 2) if turn % 2 else (2, 1, 0)
        taken = {i: seconds(calls[i]) for i in order}
        found["batch first"].append(2 * taken[1] / (taken[0] + taken[2]))
        found["control"].append(taken[2] / taken[0])
    return {
        name: {"median": float(np.median(r)), "least": min(r), "most": max(r)}
        for name, r in found.items()
    }


def run(seed: int, steps: int) -> dict:
    """Mean squares of the outputs of both layouts; for a whole run also the times."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    first, second = networks(27, 64)
    x = torch.randn(STEPS, 16, 27)[:steps]
    with torch.no_grad():
        out = first(x)[0]
        other = second(x.transpose(0, 1))[0].transpose(0, 1)
    result: dict = {
        "loss": (out**2).mean(dim=(1, 2)).tolist(),
        "largest difference": float((out - other).abs().max()),
    }
    if steps == STEPS:
        result["ratios"] = {name: ratios(*size) for name, size in SIZES.items()}
    return result


def baseline() -> dict:
    """What a layout without any effect would give."""
    return {"ratio": 1.0}


if __name__ == "__main__":
    main(__file__)
