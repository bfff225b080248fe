"""Words of brackets that are always well nested: '([])()', with the depth at each step.

Two kinds of brackets, so that closing needs the kind of the innermost open one, and not
the depth alone.
"""

from __future__ import annotations

import numpy as np

SYMBOLS = "()[]"


def batch(
    rng: np.random.Generator, count: int, steps: int, deepest: int = 4
) -> tuple[np.ndarray, np.ndarray]:
    """Ids x (steps, count) and depths (steps, count), both int64.

    x[t] is an index into SYMBOLS; depth[t] brackets are open after step t, never more
    than `deepest`. Where both are allowed a bracket opens with probability 1/2; its
    kind is a fair coin. A word may end with brackets open, and begins with none.

    errors ValueError unless steps and deepest are positive
    """
    if steps < 1 or deepest < 1:
        raise ValueError(f"steps {steps} and deepest {deepest} must be positive")
    x = np.empty((steps, count), dtype=np.int64)
    depths = np.empty((steps, count), dtype=np.int64)
    stack = np.zeros((count, deepest), dtype=np.int64)  # kinds of the open brackets
    depth = np.zeros(count, dtype=np.int64)
    everyone = np.arange(count)
    for t in range(steps):
        opens = (depth == 0) | ((depth < deepest) & (rng.random(count) < 0.5))
        kind = rng.integers(0, 2, count)
        innermost = stack[everyone, np.maximum(depth - 1, 0)]
        stack[everyone[opens], depth[opens]] = kind[opens]
        x[t] = np.where(opens, 2 * kind, 2 * innermost + 1)
        depth = np.where(opens, depth + 1, depth - 1)
        depths[t] = depth
    return x, depths


def text(x: np.ndarray) -> list[str]:
    """The words of x (steps, count)."""
    return ["".join(SYMBOLS[i] for i in word) for word in x.T]
