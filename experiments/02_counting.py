"""What may a network carry from step to step: a state, an output, or one bit?

Task: at every step, has the number of ones so far been a multiple of four
(unrolled.data.counting)? Three tanh networks of 32 units and one output, trained by
Adam on sequences of 12 steps:

* "Elman": the hidden state goes back;
* "Jordan, logit": only the output's logit goes back, and the error through it;
* "Jordan, bit": only the answer goes back, as +1 or -1. In training that is the right
  answer of the step before, afterwards the network's own.

"loss" is Elman's at every step; "accuracy" the share of right answers on fresh
sequences of 40 steps, every 100 steps; "levels" logits of the network "Jordan, logit"
at the end, sorted by the true count modulo four.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from unrolled.data import counting
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 3000
REHEARSAL = 150
ARMS = ("Elman", "Jordan, logit", "Jordan, bit")
T, BATCH, UNITS, RATE = 12, 64, 32, 0.003
LONG, EVERY = 40, 100


def parameters(arm: str) -> dict[str, torch.Tensor]:
    """Random weights; W_oh carries the output back, W_hh the state."""
    theta = {
        "W_xh": torch.randn(1, UNITS),
        "b_h": torch.zeros(UNITS),
        "W_ho": torch.randn(UNITS, 1) / UNITS**0.5,
        "b_o": torch.zeros(1),
    }
    if arm == "Elman":
        theta["W_hh"] = torch.randn(UNITS, UNITS) / UNITS**0.5
    else:
        theta["W_oh"] = torch.randn(1, UNITS)
    return {k: v.double().requires_grad_() for k, v in theta.items()}


def logits(
    arm: str, theta: dict, x: torch.Tensor, truth: torch.Tensor | None = None
) -> torch.Tensor:
    """x (T, B) of +1 and -1 -> logits (T, B). `truth` (T, B) of 0 and 1, if given, is
    what "Jordan, bit" is told of the step before."""
    B = x.shape[1]
    h = torch.zeros(B, UNITS, dtype=x.dtype)
    back = torch.ones(B, 1, dtype=x.dtype)  # the count starts at zero: "yes"
    found = []
    for t, x_t in enumerate(x):
        a = x_t[:, None] @ theta["W_xh"] + theta["b_h"]
        carried = h @ theta["W_hh"] if arm == "Elman" else back @ theta["W_oh"]
        h = torch.tanh(a + carried)
        o = h @ theta["W_ho"] + theta["b_o"]
        found.append(o[:, 0])
        if arm == "Jordan, logit":
            back = o
        elif arm == "Jordan, bit":
            answer = o > 0 if truth is None else truth[t][:, None] > 0.5
            back = 2.0 * answer.to(x.dtype) - 1
    return torch.stack(found)


def tensors(rng: np.random.Generator, T: int, B: int) -> tuple[torch.Tensor, ...]:
    """Inputs as +1 and -1, targets as 0 and 1; both (T, B) float64."""
    x, y = counting.batch(rng, T, B)
    return torch.as_tensor(2.0 * x - 1), torch.as_tensor(y.astype(np.float64))


def train(arm: str, seed: int, steps: int) -> tuple[list, list, dict]:
    """Loss at each step, accuracy every EVERY steps, parameters at the end."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    test_x, test_y = tensors(np.random.default_rng([seed, 1]), LONG, 512)
    theta = parameters(arm)
    optimiser = torch.optim.Adam(theta.values(), RATE)
    losses, accuracy = [], []
    for step in range(steps):
        x, y = tensors(rng, T, BATCH)
        loss = F.binary_cross_entropy_with_logits(logits(arm, theta, x, y), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if (step + 1) % EVERY == 0:
            with torch.no_grad():
                right = (logits(arm, theta, test_x) > 0) == (test_y > 0.5)
            accuracy.append(right.double().mean().item())
    return losses, accuracy, theta


def levels(seed: int, theta: dict) -> list[list[float]]:
    """Forty logits of "Jordan, logit" for each count modulo four, from fresh data."""
    rng = np.random.default_rng([seed, 2])
    bits, _ = counting.batch(rng, LONG, 64)
    with torch.no_grad():
        o = logits("Jordan, logit", theta, torch.as_tensor(2.0 * bits - 1)).numpy()
    count = bits.cumsum(axis=0) % counting.MODULUS
    return [rng.choice(o[count == c], 40).tolist() for c in range(counting.MODULUS)]


def run(seed: int, steps: int) -> dict:
    """Elman's losses; for a whole run also every arm's accuracy and the levels."""
    losses, accuracy, _ = train("Elman", seed, steps)
    result: dict = {"loss": losses}
    if steps == STEPS:
        result["accuracy"] = {"Elman": accuracy}
        for arm in ARMS[1:]:
            _, result["accuracy"][arm], theta = train(arm, seed, steps)
            if arm == "Jordan, logit":
                result["levels"] = levels(seed, theta)
    return result


def baseline() -> dict:
    """Always answering no: its accuracy on sequences of LONG steps, measured."""
    _, y = counting.batch(np.random.default_rng(0), LONG, 20_000)
    return {"no": float(1 - y.mean())}


if __name__ == "__main__":
    main(__file__)
