"""Rules that turn gradients into steps: SGD, Adagrad, RMSProp, Adam (chapter 4).

    rule = Adam(lr=1e-3)
    rule.step(parameters, grads)        both dicts of arrays; parameters change in place

The formulas are those of `torch.optim` with its default options. Each rule keeps one
accumulator an entry, made at the first step; `lr` may be changed between steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

Arrays = dict[str, np.ndarray]


@dataclass
class SGD:
    """theta <- theta - lr g (def-sgd)."""

    lr: float

    def step(self, parameters: Arrays, grads: Arrays) -> None:
        """One step, in place; every parameter needs a gradient of its shape."""
        for name, theta in parameters.items():
            theta -= self.lr * grads[name]


@dataclass
class Adagrad:
    """Divides by the root of the sum of all squared gradients so far (def-adagrad).

    Source: Duchi, Hazan & Singer 2011.
    """

    lr: float
    eps: float = 1e-10
    squares: Arrays = field(default_factory=dict)

    def step(self, parameters: Arrays, grads: Arrays) -> None:
        """One step, in place; every parameter needs a gradient of its shape."""
        for name, theta in parameters.items():
            g = grads[name]
            s = self.squares.setdefault(name, np.zeros_like(theta))
            s += g * g
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


@dataclass
class RMSProp:
    """Divides by the root of a moving average of squared gradients (def-rmsprop).

    Source: Tieleman & Hinton 2012, lecture 6.5.
    """

    lr: float
    decay: float = 0.99
    eps: float = 1e-8
    squares: Arrays = field(default_factory=dict)

    def step(self, parameters: Arrays, grads: Arrays) -> None:
        """One step, in place; every parameter needs a gradient of its shape."""
        for name, theta in parameters.items():
            g = grads[name]
            s = self.squares.setdefault(name, np.zeros_like(theta))
            s *= self.decay
            s += (1 - self.decay) * g * g
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


@dataclass
class Adam:
    """Moving averages of gradient and square, both freed of their bias (def-adam).

    Source: Kingma & Ba 2015.
    """

    lr: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    steps: int = 0
    means: Arrays = field(default_factory=dict)
    squares: Arrays = field(default_factory=dict)

    def step(self, parameters: Arrays, grads: Arrays) -> None:
        """One step, in place; every parameter needs a gradient of its shape."""
        self.steps += 1
        for name, theta in parameters.items():
            g = grads[name]
            m = self.means.setdefault(name, np.zeros_like(theta))
            s = self.squares.setdefault(name, np.zeros_like(theta))
            m *= self.beta1
            m += (1 - self.beta1) * g
            s *= self.beta2
            s += (1 - self.beta2) * g * g
            mean = m / (1 - self.beta1**self.steps)
            root = np.sqrt(s / (1 - self.beta2**self.steps))
            theta -= self.lr * mean / (root + self.eps)
