"""Handwritten digits, 8 by 8 pixels.

Source: the file digits.csv.gz of scikit-learn 1.9.1: the test part of Alpaydin and
Kaynak's Optical Recognition of Handwritten Digits, UCI Machine Learning Repository
(CC BY 4.0), read by path.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from unrolled.data.packaged import package_file

SHA256 = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"


@cache
def _table() -> np.ndarray:
    path = package_file("sklearn", "datasets/data/digits.csv.gz", SHA256)
    table = np.loadtxt(path, delimiter=",")
    table.flags.writeable = False
    return table


def load() -> tuple[np.ndarray, np.ndarray]:
    """Images (1797, 8, 8), float64 from 0 to 16 (rows from top to bottom), and the
    digits (1797,), int64."""
    table = _table()
    return table[:, :-1].reshape(-1, 8, 8).copy(), table[:, -1].astype(np.int64)
