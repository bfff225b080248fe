"""Yearly numbers of sunspots, 1700 to 2008.

Source: the file sunspots.csv of statsmodels 0.15.0 (National Geophysical Data Center,
public domain), read by path.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from unrolled.data.packaged import package_text

SHA256 = "f67889b1d9002cd5227f0e0ef54e35b419cdd85a31279adef6f73fb41e5c0a9b"


@cache
def _table() -> np.ndarray:
    text = package_text("statsmodels", "datasets/sunspots/sunspots.csv", SHA256)
    table = np.loadtxt(text.splitlines(), delimiter=",", skiprows=1)
    table.flags.writeable = False
    return table


def yearly() -> tuple[np.ndarray, np.ndarray]:
    """Years (309,), int64, and the mean number of sunspots of each (309,), float64."""
    years, numbers = _table().T
    return years.astype(np.int64), numbers.copy()
