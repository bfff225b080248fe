"""How good can a table of first names be? Kneser-Ney beside Witten-Bell.

The score is that of 05_names: mean nats a character of held-out names, the end counted,
nothing known before the name. Interpolated Kneser-Ney takes a discount D from every
count and gives what it took to the shorter context:

    P(w | u) = max(c(uw) - D, 0) / c(u) + D N(u) / c(u) * P(w | u')

Below the longest contexts c(uw) is no count of occurrences: it is the number of
different symbols seen before uw (Kneser & Ney 1995). Every name has n - 1 ENDs
in front, so every context is of full length. The last resort is uniform.

Order and discount are chosen on a tenth of the training names, put aside as in
05_names, and the table is counted again on all of them. There is no training: "loss" is
the score on the tenth put aside at every place of the grid, order after order.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from unrolled.data import names
from unrolled.experiment import main

SEEDS = (0, 1, 2)
ORDERS = (2, 3, 4, 5, 6, 7, 8)
DISCOUNTS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
STEPS = len(ORDERS) * len(DISCOUNTS)
REHEARSAL = 12
V = len(names.ALPHABET)


class KneserNey:
    """Counts of all orders up to n; the discount is given with each question."""

    def __init__(self, n: int, part: list[str]) -> None:
        self.n = n
        counts: list[dict] = [defaultdict(lambda: np.zeros(V)) for _ in range(n)]
        for name in part:
            ids = self.padded(name)
            for t in range(n - 1, len(ids)):
                counts[n - 1][ids[t - n + 1 : t]][ids[t]] += 1
        for order in range(n - 1, 0, -1):  # a kind of (a, u, w) is one count of (u, w)
            for u, row in counts[order].items():
                counts[order - 1][u[1:]] += row > 0
        self.counts = [dict(table) for table in counts]

    def padded(self, name: str) -> tuple[int, ...]:
        """Ids of a name behind n - 1 ENDs, END at the end."""
        return tuple(names.encode(names.END * (self.n - 1) + name + names.END).tolist())

    def probabilities(self, u: tuple[int, ...], discount: float) -> np.ndarray:
        """P(w | u) for every w: (V,); u has n - 1 ids."""
        p = np.full(V, 1 / V)
        for order in range(self.n):
            c = self.counts[order].get(u[len(u) - order :])
            if c is None:
                break
            taken = np.minimum(c, discount)
            p = (c - taken + taken.sum() * p) / c.sum()
        return p

    def nats(self, part: list[str], discount: float) -> float:
        """Mean nats a character."""
        found = []
        for name in part:
            ids = self.padded(name)
            for t in range(self.n - 1, len(ids)):
                p = self.probabilities(ids[t - self.n + 1 : t], discount)
                found.append(-np.log(p[ids[t]]))
        return float(np.mean(found))


def run(seed: int, steps: int) -> dict:
    """The grid on the names put aside; for a whole run the choice, held out."""
    training, held_out = names.split(seed)
    cut = round(0.9 * len(training))
    places = [(n, d) for n in ORDERS for d in DISCOUNTS][:steps]
    tables = {n: KneserNey(n, training[:cut]) for n in {n for n, _ in places}}
    loss = [tables[n].nats(training[cut:], d) for n, d in places]
    result: dict = {"loss": loss}
    if steps == STEPS:
        n, discount = places[int(np.argmin(loss))]
        table = KneserNey(n, training)
        u = table.padded(held_out[0])[: n - 1]
        assert np.isclose(table.probabilities(u, discount).sum(), 1)
        result |= {"n": n, "discount": discount}
        result["held_out"] = table.nats(held_out, discount)
    return result


def baseline() -> dict:
    """Knowing nothing."""
    return {"uniform": float(np.log(V))}


if __name__ == "__main__":
    main(__file__)
