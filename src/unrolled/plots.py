"""One look for every figure of the course.

Okabe and Ito's colours, which stay apart for colour-blind eyes, paired with line styles
so that print and screen readers' high-contrast modes lose nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333")
STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
BASELINE = {"color": "0.45", "linestyle": (0, (1, 2)), "linewidth": 1.2}


def use_style() -> None:
    """Set matplotlib's defaults for the page: 6 inches wide, 96 dots an inch."""
    plt.rcParams.update(
        {
            "figure.figsize": (6.0, 3.4),
            "figure.dpi": 96,
            "figure.constrained_layout.use": True,
            "font.size": 9.5,
            "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=STYLES),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": "0.9",
            "grid.linewidth": 0.7,
            "axes.axisbelow": True,
            "lines.linewidth": 1.6,
            "legend.frameon": False,
            "legend.fontsize": 8.5,
        }
    )


def smooth(curve: Sequence[float], width: int) -> np.ndarray:
    """Means of successive blocks of `width` steps; shape (len(curve) // width,)."""
    curve = np.asarray(curve, dtype=float)
    n = len(curve) // width
    return curve[: n * width].reshape(n, width).mean(axis=1)


def median_range(
    ax: Axes, x: Sequence[float], curves: Sequence[Sequence[float]], label: str, **line
) -> None:
    """Draw the median over seeds as a line and the range from least to most as a band.

    curves  (seeds, len(x)); values that are not finite are left out of the picture
    line    passed to `plot`
    """
    curves = np.asarray(curves, dtype=float)
    (drawn,) = ax.plot(x, np.median(curves, axis=0), label=label, **line)
    low, high = curves.min(axis=0), curves.max(axis=0)
    ax.fill_between(x, low, high, color=drawn.get_color(), alpha=0.18, linewidth=0)
