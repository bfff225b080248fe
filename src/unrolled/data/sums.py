"""Sums to be learned as text: '535+61' -> '596'.

A question has `WIDTH` characters, blanks behind; an answer has at most DIGITS + 1 and
an END. Both may be turned round, so that the blanks of the question come first and the
lowest digit of the answer is written first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unrolled.data import symbols

DIGITS = 3
WIDTH = 2 * DIGITS + 1
SYMBOLS = "0123456789+ "
Pair = tuple[int, int]


def split(
    seed: int, training: int = 50_000, valid: int = 5_000, test: int = 5_000
) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """(a, b) for training, validation and test, each pair in an order drawn at random.

    Drawn without repetition from the unordered pairs of numbers below 10^DIGITS: a pair
    and its swap, which have the same answer, never stand in two parts.

    errors ValueError when more pairs are asked for than there are
    """
    top = 10**DIGITS
    there = top * (top + 1) // 2
    wanted = training + valid + test
    if wanted > there:
        raise ValueError(f"{wanted} pairs asked for, there are {there}")
    rng = np.random.default_rng(seed)
    low, high = np.triu_indices(top)
    drawn = rng.choice(there, wanted, replace=False)
    swap = rng.random(wanted) < 0.5
    a = np.where(swap, high[drawn], low[drawn]).tolist()
    b = np.where(swap, low[drawn], high[drawn]).tolist()
    pairs = list(zip(a, b, strict=True))
    cuts = training, training + valid
    return pairs[: cuts[0]], pairs[cuts[0] : cuts[1]], pairs[cuts[1] :]


def question(a: int, b: int) -> str:
    """'535+61 ': WIDTH characters."""
    return f"{a}+{b}".ljust(WIDTH)


def encode(
    pairs: Sequence[Pair], turn_question: bool = True, turn_answer: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Questions x (WIDTH, B) and answers y (DIGITS + 2, B) with END, PAD behind."""
    a_step, b_step = -1 if turn_question else 1, -1 if turn_answer else 1
    x, _ = symbols.encode([question(a, b)[::a_step] for a, b in pairs], SYMBOLS)
    y, lengths = symbols.encode([str(a + b)[::b_step] for a, b in pairs], SYMBOLS, True)
    full = np.full((DIGITS + 2, len(pairs)), symbols.PAD, dtype=np.int64)
    full[: lengths.max()] = y
    return x, full
