"""Draws social.png, the card that a shared link shows: `python book/figures/social.py`.

1200 x 630 pixels. The network of the start page in the book's colours: folded, then
unfolded until it leaves the picture; states go right, errors come back.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Polygon
from PIL import Image

SIZE = (1200, 630)
NIGHT, DAY = np.array([11, 31, 52]) / 255, np.array([31, 95, 153]) / 255
PAPER, QUIET, FORWARD, BACKWARD, OK = (
    "#ffffff",
    "#b9d3ec",
    "#8cc3f5",
    "#ff9c7a",
    "#6fe096",
)
FOLDED, FIRST, GAP = 132, 372, 196
Y = {"x": 76, "h": 184, "o": 292}
R = 31


class Card:
    """The drawing: pixels as units, the origin at the bottom left."""

    def __init__(self) -> None:
        self.figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100)
        FigureCanvasAgg(self.figure)
        self.ax = self.figure.add_axes((0, 0, 1, 1))
        self.ax.set(xlim=(0, SIZE[0]), ylim=(0, SIZE[1]))
        self.ax.axis("off")

    def background(self) -> None:
        """Night above, day below, along the diagonal."""
        across, up = np.meshgrid(np.linspace(0, 1, 240), np.linspace(0, 1, 126))
        day = np.clip(0.95 - 0.85 * up + 0.12 * across, 0, 1)[..., None] ** 1.4
        colours = NIGHT * (1 - day) + DAY * day
        self.ax.imshow(
            colours, extent=(0, *SIZE[:1], 0, SIZE[1]), origin="lower", zorder=0,
            interpolation="bicubic", aspect="auto",
        )  # fmt: skip

    def text(self, x: float, y: float, text: str, size: float, **how: object) -> None:
        how = {"color": PAPER, "ha": "left", "va": "baseline", "zorder": 5, **how}
        self.ax.text(x, y, text, fontsize=size * 0.72, **how)  # size in pixels

    def arrow(
        self, start: tuple[float, float], end: tuple[float, float], colour: str,
        back: bool = False, alpha: float = 1.0,
    ) -> None:  # fmt: skip
        """A straight arrow; its head is drawn apart, else its edge is dashed too."""
        tail, tip = np.array(start), np.array(end)
        along = (tip - tail) / np.hypot(*(tip - tail))
        neck, side = tip - 14 * along, 7 * along[::-1] * (1, -1)
        how = {"color": colour, "alpha": alpha, "zorder": 3, "linewidth": 0}
        self.ax.plot(
            *np.stack([tail, neck]).T, **how | {"linewidth": 2.6},
            linestyle=(0, (3.4, 2)) if back else "-", solid_capstyle="butt",
            dash_capstyle="butt",
        )  # fmt: skip
        self.ax.add_patch(Polygon([tip, neck + side, neck - side], **how))

    def loop(self, x: float, y: float) -> None:
        """From the state back to itself."""
        self.ax.add_patch(
            FancyArrowPatch(
                (x - 25, y - 23), (x - 25, y + 23), connectionstyle="arc3,rad=-2.1",
                arrowstyle="-|>,head_length=7,head_width=4", color=FORWARD,
                linewidth=2.6, shrinkA=0, shrinkB=0, zorder=3,
            )
        )  # fmt: skip

    def node(self, x: float, name: str, time: str, alpha: float) -> None:
        main = name == "h"
        self.ax.add_patch(
            Circle(
                (x, Y[name]), R, zorder=4, linewidth=2.4, alpha=alpha,
                facecolor="#ffffff" if main else "#17456f",
                edgecolor="#ffffff" if main else "#7db8ee",
            )
        )  # fmt: skip
        symbol = rf"${name}^{{({time})}}$" if time else rf"${name}$"
        colour = "#123a60" if main else PAPER
        self.text(
            x, Y[name] - 1, symbol, 31, ha="center", va="center", color=colour,
            alpha=alpha,
        )  # fmt: skip

    def column(self, x: float, time: str, alpha: float = 1.0) -> None:
        """One step: input, state, output, and what passes between them."""
        for name in Y:
            self.node(x, name, time, alpha)
        side = 9 if time else 0
        for low, high in (("x", "h"), ("h", "o")):
            bottom, top = Y[low] + R + 3, Y[high] - R - 4
            self.arrow((x - side, bottom), (x - side, top), FORWARD, alpha=alpha)
            if time:
                self.arrow((x + 9, top), (x + 9, bottom), BACKWARD, True, alpha=alpha)

    def network(self) -> None:
        self.column(FOLDED, "")
        h = Y["h"]
        self.loop(FOLDED, h)
        self.arrow((FOLDED + 74, h), (FIRST - 94, h), PAPER)
        self.text((FOLDED + FIRST) / 2 - 12, h + 16, "unfold", 23, ha="center")
        fade = (1.0, 1.0, 1.0, 0.8, 0.42)
        for i, alpha in enumerate(fade):
            x = FIRST + GAP * i
            self.column(x, str(i + 1), alpha)
            left, right = x + R + 4, x + GAP - R - 5
            reach = 0.55 * alpha + 0.25 if i + 1 == len(fade) else alpha
            self.arrow((left, h + 9), (right, h + 9), FORWARD, alpha=reach)
            self.arrow((right, h - 9), (left, h - 9), BACKWARD, True, alpha=reach)

    def words(self) -> None:
        self.text(66, 492, "Unrolled", 128, fontweight="bold")
        self.text(72, 436, "a course on recurrent neural networks", 37, color=QUIET)
        self.text(72, 372, "\N{CHECK MARK}", 40, color=OK, fontweight="bold")
        self.text(118, 374, "every equation verified by code", 37, color=OK)


def picture() -> np.ndarray:
    """The card as pixels, (630, 1200, 3) uint8."""
    with matplotlib.rc_context(
        {**matplotlib.rcParamsDefault, "mathtext.fontset": "cm"}
    ):
        card = Card()
        card.background()
        card.network()
        card.words()
        card.figure.canvas.draw()
        return np.asarray(card.figure.canvas.buffer_rgba())[..., :3].copy()


if __name__ == "__main__":
    target = Path(__file__).with_suffix(".png")
    Image.fromarray(picture()).quantize(256, dither=Image.Dither.NONE).save(
        target, optimize=True
    )
