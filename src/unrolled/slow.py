"""Tanh networks that are slowed down by hand, in PyTorch.

    h^(t) = (1 - leak) h^(t-1)
            + leak tanh(x^(t) W_xh + h^(t-1) W_hh + h^(t-skip) W_sh + b_h)

(def-skip, def-leaky); states before the first step are h0. With periods, unit j takes
its new value only where its period divides t = 1, 2, ..., and keeps the old one
elsewhere (def-clock), after Koutník, Greff, Gomez and Schmidhuber 2014. Arrays are
time-major: x (T, B, D), states (T, B, H). Chapter 10 builds every part in visible
cells.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class SlowRNN(nn.Module):
    """One recurrent layer with a skip through time, a leak, or clocks.

    inputs, units   D, H
    skip            d >= 2, steps that the skip goes back; 0 for no skip
    leak            alpha in (0, 1], one number or H of them; 1 is no leak
    periods         H whole numbers >= 1, or None
    slow_to_fast    with periods: a unit reads only units whose period is at least its
                    own, as in the paper
    errors          ValueError for numbers outside these ranges

    Weights and biases start uniform in +-1/sqrt(H), as in nn.RNN; there is one bias,
    not two.
    """

    def __init__(
        self,
        inputs: int,
        units: int,
        skip: int = 0,
        leak: float | Sequence[float] = 1.0,
        periods: Sequence[int] | None = None,
        slow_to_fast: bool = False,
    ) -> None:
        super().__init__()
        if skip < 0 or skip == 1:
            raise ValueError(f"skip {skip}: at least 2 steps, or 0 for none")
        alpha = torch.as_tensor(leak, dtype=torch.get_default_dtype())
        if alpha.shape not in ((), (units,)) or not ((alpha > 0) & (alpha <= 1)).all():
            raise ValueError(f"leak {leak}: one number or {units}, above 0, at most 1")
        if slow_to_fast and periods is None:
            raise ValueError("slow_to_fast orders units by their periods: give some")
        ticks = torch.as_tensor([1] * units if periods is None else periods)
        if ticks.shape != (units,) or ticks.is_floating_point() or (ticks < 1).any():
            raise ValueError(f"periods: {units} whole numbers >= 1 are needed")
        self.units, self.skip = units, skip
        self.read = nn.Linear(inputs, units)
        self.recur = nn.Linear(units, units, bias=False)
        self.past = nn.Linear(units, units, bias=False) if skip else None
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(units**-0.5), units**-0.5)
        self.register_buffer("leak", alpha)
        self.register_buffer("ticks", ticks)
        # weight[i, j] leads from unit j to unit i
        seen = ticks[None, :] >= ticks[:, None] if slow_to_fast else None
        self.register_buffer("seen", seen)

    def forward(self, x: Tensor, h0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read a batch.

        x       (T, B, D)
        h0      (B, H), zero if not given; it also stands for the states before it
        return  states (T, B, H), the last of them (B, H)
        """
        h = x.new_zeros(x.shape[1], self.units) if h0 is None else h0
        weight = self.recur.weight
        if self.seen is not None:
            weight = weight * self.seen
        drive = self.read(x)  # (T, B, H): all inputs at once
        clocked = bool((self.ticks > 1).any())
        states = [h]
        for t, now in enumerate(drive, start=1):
            a = now + h @ weight.T
            if self.past is not None:
                a = a + self.past(states[max(t - self.skip, 0)])
            new = (1 - self.leak) * h + self.leak * torch.tanh(a)
            h = torch.where(t % self.ticks == 0, new, h) if clocked else new
            states.append(h)
        return torch.stack(states[1:]), h
