"""Counting language models: n-grams with Witten-Bell smoothing (chapter 5).

    P(w | h) = (c(h, w) + N(h) P(w | h')) / (c(h) + N(h))                def-witten-bell

c(h, w) counts w after the context h, c(h) is their sum, N(h) the number of different
ids seen after h, and h' is h without its oldest id. The last resort is uniform, 1 / V.
Source: Witten & Bell 1991 (method C), applied at every order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np


class WittenBell:
    """An n-gram model over the ids 0..V-1; n = 1 knows frequencies alone.

    errors ValueError when n < 1 or V < 1
    """

    def __init__(self, n: int, V: int) -> None:
        if n < 1 or V < 1:
            raise ValueError(f"n and V must be at least 1, got n = {n}, V = {V}")
        self.n, self.V = n, V
        self.counts: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        self.totals: Counter[tuple[int, ...]] = Counter()

    def fit(self, ids: Sequence[int]) -> None:
        """Count one sequence; may be called again for others.

        No context crosses the start: the first ids are counted after shorter ones.
        errors ValueError for ids outside 0..V-1
        """
        for context, w in self._places(ids):
            for start in range(len(context) + 1):
                h = context[start:]
                self.counts[h][w] += 1
                self.totals[h] += 1

    def probability(self, w: int, context: Sequence[int]) -> float:
        """P(w | the last n - 1 ids of context)."""
        p = 1 / self.V
        for h in self._suffixes(context):
            kinds = len(self.counts[h])
            p = (self.counts[h][w] + kinds * p) / (self.totals[h] + kinds)
        return p

    def probabilities(self, context: Sequence[int]) -> np.ndarray:
        """(V,) probabilities of every next id."""
        p = np.full(self.V, 1 / self.V)
        for h in self._suffixes(context):
            found, kinds = self.counts[h], len(self.counts[h])
            p *= kinds
            p[list(found)] += list(found.values())
            p /= self.totals[h] + kinds
        return p

    def nats(self, ids: Sequence[int]) -> np.ndarray:
        """(len(ids),) minus the log-probability of each id given those before it.

        errors ValueError for ids outside 0..V-1
        """
        found = [-np.log(self.probability(w, h)) for h, w in self._places(ids)]
        return np.array(found)

    def _places(self, ids: Sequence[int]) -> Iterator[tuple[tuple[int, ...], int]]:
        ids = [int(w) for w in ids]
        if ids and not (min(ids) >= 0 and max(ids) < self.V):
            raise ValueError(f"ids must be in 0..{self.V - 1}")
        for t, w in enumerate(ids):
            yield tuple(ids[max(0, t - self.n + 1) : t]), w

    def _suffixes(self, context: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """Seen ends of the context, from the empty one to the longest."""
        last = tuple(int(w) for w in context[max(0, len(context) - self.n + 1) :])
        for length in range(len(last) + 1):
            h = last[len(last) - length :]
            if h not in self.totals:
                return  # a longer context was never seen either
            yield h
