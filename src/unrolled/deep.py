"""Recurrent tanh networks with depth wherever it can stand, in PyTorch.

Chapter 8 builds each part in visible cells. Arrays are time-major: inputs x (T, B, D),
states (T, B, H), logits (T, B, V). A step of depth k is k tanh maps in a row:

    z_1 = tanh(x W_xh + h W_1 + b_1),  z_j = tanh(z_{j-1} W_j + b_j),  h' = z_k

(def-deep-trans), after the deep transition of Pascanu, Gulcehre, Cho and Bengio 2014.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

MASKS = ("sequence", "step")


class Layer(nn.Module):
    """One recurrent layer, an explicit loop over the steps.

    inputs    D, width of what it reads
    units     H, width of its state
    depth     k, tanh maps in one step
    shortcut  h^{(t-1)} W_s is added to the last pre-activation (def-shortcut); needs
              depth >= 2
    norm      every pre-activation goes through LayerNorm before its tanh
              (def-layernorm), after Ba, Kiros and Hinton 2016
    errors    ValueError for a depth below 1, and a shortcut with nothing to pass by

    Weights and biases start uniform in +-1/sqrt(H), as in nn.RNN; there is one bias a
    map, not two.
    """

    def __init__(
        self,
        inputs: int,
        units: int,
        depth: int = 1,
        shortcut: bool = False,
        norm: bool = False,
    ) -> None:
        super().__init__()
        if depth < 1:
            raise ValueError(f"depth {depth}: a step has at least one map")
        if shortcut and depth == 1:
            raise ValueError("a shortcut needs depth 2 or more: here it passes nothing")
        self.units = units
        self.read = nn.Linear(inputs, units)
        self.recur = nn.Linear(units, units, bias=False)
        self.deeper = nn.ModuleList(nn.Linear(units, units) for _ in range(depth - 1))
        self.short = nn.Linear(units, units, bias=False) if shortcut else None
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(units**-0.5), units**-0.5)
        self.norms = nn.ModuleList(
            nn.LayerNorm(units) if norm else nn.Identity() for _ in range(depth)
        )

    def step(self, drive: Tensor, h: Tensor) -> Tensor:
        """drive (B, H) = x W_xh + b_1, h (B, H) -> h' (B, H)."""
        a = drive + self.recur(h)
        for number, deeper in enumerate(self.deeper):
            a = deeper(torch.tanh(self.norms[number](a)))
        if self.short is not None:
            a = a + self.short(h)
        return torch.tanh(self.norms[-1](a))

    def forward(
        self, x: Tensor, h0: Tensor | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Read a batch.

        x       (T, B, D)
        h0      (B, H), zero if not given
        mask    (B, H), or (T, B, H) for a new one at each step; h^{(t-1)} is multiplied
                by it where it enters the step
        return  states (T, B, H), the last of them (B, H)
        """
        h = x.new_zeros(x.shape[1], self.units) if h0 is None else h0
        drive = self.read(x)  # (T, B, H): all inputs at once
        masks = mask.expand_as(drive) if mask is not None else [None] * len(x)
        states = []
        for now, kept in zip(drive, masks, strict=True):
            h = self.step(now, h if kept is None else h * kept)
            states.append(h)
        return torch.stack(states), h


class DeepRNN(nn.Module):
    """A stack of layers between a read-in and a read-out.

    inputs, units, outputs      D, H, V
    layers                      N, recurrent layers on one another (def-stack)
    depth, shortcut, norm       of every layer, see `Layer`
    read_in, read_out           extra tanh maps before the stack, and between it and the
                                logits
    residual                    layer l >= 2 puts out what it read plus its state
                                (def-residual)
    dropout                     share of the states switched off on their way up, to the
                                next layer and to the read-out; not of x
    recurrent_dropout           share of h^{(t-1)} switched off where it enters a step
    masks                       "sequence": one mask for all steps of a sequence, after
                                Gal and Ghahramani 2016; "step": a new one every step
    errors                      ValueError for an unknown kind of mask, fewer than one
                                layer, and what `Layer` refuses

    Dropout scales what is kept by 1 / (1 - share), and works in training mode only.
    """

    def __init__(
        self,
        inputs: int,
        units: int,
        outputs: int,
        layers: int = 1,
        depth: int = 1,
        read_in: int = 0,
        read_out: int = 0,
        shortcut: bool = False,
        residual: bool = False,
        norm: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        masks: str = "sequence",
    ) -> None:
        super().__init__()
        if layers < 1:
            raise ValueError(f"layers {layers}: a stack has at least one")
        if masks not in MASKS:
            raise ValueError(f"masks {masks!r}: one of {', '.join(MASKS)} is needed")
        self.residual, self.masks = residual, masks
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        widths = [inputs] + [units] * read_in
        self.before = _tanh_maps(widths, units)
        self.layers = nn.ModuleList(
            Layer(width, units, depth, shortcut, norm)
            for width in [widths[-1], *[units] * (layers - 1)]
        )
        self.after = _tanh_maps([units] * (read_out + 1), units)
        self.out = nn.Linear(units, outputs)
        nn.init.uniform_(self.out.weight, -(units**-0.5), units**-0.5)
        nn.init.uniform_(self.out.bias, -(units**-0.5), units**-0.5)

    def forward(self, x: Tensor, h0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read a batch.

        x       (T, B, D)
        h0      (N, B, H), zero if not given
        return  logits (T, B, V), last states (N, B, H)
        """
        s = self.before(x)
        last = []
        for number, layer in enumerate(self.layers):
            mask = self._mask((*x.shape[:2], layer.units), x, self.recurrent_dropout)
            start = None if h0 is None else h0[number]
            states, end = layer(s, start, mask)
            up = states + s if self.residual and number else states
            s = self._dropped(up)
            last.append(end)
        return self.out(self.after(s)), torch.stack(last)

    def _dropped(self, s: Tensor) -> Tensor:
        mask = self._mask(s.shape, s, self.dropout)
        return s if mask is None else s * mask

    def _mask(self, shape: tuple[int, ...], like: Tensor, rate: float) -> Tensor | None:
        """Zeros and 1 / (1 - rate), or None where nothing is dropped."""
        if not self.training or rate == 0:
            return None
        steps = 1 if self.masks == "sequence" else shape[0]
        keep = torch.full((steps, *shape[1:]), 1 - rate, dtype=like.dtype)
        return torch.bernoulli(keep) / (1 - rate)


def _tanh_maps(widths: list[int], units: int) -> nn.Sequential:
    """A tanh map from each width to the next."""
    maps = nn.Sequential()
    for before, after in pairwise(widths):
        linear = nn.Linear(before, after)
        for parameter in linear.parameters():
            nn.init.uniform_(parameter, -(units**-0.5), units**-0.5)
        maps.extend([linear, nn.Tanh()])
    return maps


def parameters_count(net: nn.Module) -> int:
    """Trainable numbers in `net`."""
    return sum(p.numel() for p in net.parameters() if p.requires_grad)
