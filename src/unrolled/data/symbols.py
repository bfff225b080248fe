"""Sequences of symbols of unequal length as one array of numbers, and back.

PAD = 0 fills the end, END = 1 closes a sequence and also begins one that is written;
the symbols of an alphabet have the ids 2, 3, ... in their order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PAD, END, FIRST = 0, 1, 2


def encode(
    sequences: Sequence[Sequence[str]], symbols: Sequence[str], end: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """ids (T, B) int64, PAD behind each sequence, and lengths (B,); END counts.

    end    whether END is written behind each sequence
    errors ValueError for no sequence, an empty one, or a symbol outside `symbols`
    """
    ids = {symbol: k for k, symbol in enumerate(symbols, start=FIRST)}
    unknown = sorted({s for sequence in sequences for s in sequence} - set(ids))
    if unknown:
        raise ValueError(f"symbols outside the alphabet: {unknown}")
    lengths = np.array([len(s) + end for s in sequences], dtype=np.int64)
    if not len(lengths) or not lengths.all():
        raise ValueError("there is nothing to encode, or an empty sequence")
    table = np.full((lengths.max(), len(sequences)), PAD, dtype=np.int64)
    for b, sequence in enumerate(sequences):
        table[: len(sequence), b] = [ids[s] for s in sequence]
        if end:
            table[len(sequence), b] = END
    return table, lengths


def decode(ids: np.ndarray, symbols: Sequence[str]) -> list[tuple[str, ...]]:
    """The sequences of ids (T, B), each up to its first END or PAD."""
    found = []
    for column in np.asarray(ids).T:
        stops = np.flatnonzero(column < FIRST)
        column = column[: stops[0]] if len(stops) else column
        found.append(tuple(symbols[k - FIRST] for k in column))
    return found
