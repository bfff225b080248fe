"""Draws 03_unfolded_gradient.svg: three unfolded steps and the errors flowing back.

Run it from anywhere; it writes next to itself.
"""

import re
from pathlib import Path

INK, GREY, BLUE, RED = "#222222", "#6b6b6b", "#0072B2", "#D55E00"
X = {0: 70, 1: 230, 2: 420, 3: 610}  # horizontal place of each time step
Y = {"L": 60, "o": 150, "h": 270, "x": 380}
R = 24


def label(x: float, y: float, text: str, colour: str = INK, size: int = 15) -> str:
    """Text with ^{..} as superscript and _{..} as subscript, centred at (x, y)."""
    parts, back = [], 0
    for kind, small, plain in re.findall(r"([\^_])\{(.*?)\}|([^\^_]+)", text):
        shift = {"^": -round(size * 0.42), "_": round(size * 0.3)}.get(kind, 0)
        font = f' font-size="{round(size * 0.72)}"' if kind else ""
        parts.append(f'<tspan dy="{shift - back}"{font}>{small or plain}</tspan>')
        back = shift
    return (
        f'<text x="{x:g}" y="{y + size * 0.35:.0f}" text-anchor="middle" '
        f'font-size="{size}" fill="{colour}">{"".join(parts)}</text>'
    )


def arrow(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    """A straight arrow; errors (red) are dashed and thicker as well as coloured."""
    error = colour == RED
    line = (
        'stroke-width="2.2" stroke-dasharray="7 4"' if error else 'stroke-width="1.4"'
    )
    head = "red" if error else "grey"
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}" '
        f'{line} marker-end="url(#{head})"/>'
    )


def node(x: float, y: float, text: str, fill: str) -> str:
    """A round node with its name."""
    return (
        f'<circle cx="{x}" cy="{y}" r="{R}" fill="{fill}" stroke="{INK}" '
        f'stroke-width="1.4"/>' + label(x, y, text)
    )


def drawing() -> str:
    """The whole figure as SVG text."""
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 425" '
        'font-family="DejaVu Sans, Verdana, sans-serif" role="img">',
        "<defs>",
        *(
            f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" '
            f'markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" '
            f'orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="{colour}"/></marker>'
            for name, colour in (("grey", GREY), ("red", RED))
        ),
        "</defs>",
        '<rect width="720" height="425" rx="8" fill="#ffffff"/>',
    ]
    up, down = -9, 9  # forward arrows on one side, errors on the other
    for t in (1, 2, 3):
        x, left = X[t], X[t - 1]
        out += [
            arrow(left + R + 2, Y["h"] + down, x - R - 3, Y["h"] + down, GREY),
            arrow(x - R - 3, Y["h"] + up, left + R + 2, Y["h"] + up, RED),
            arrow(x + up, Y["h"] - R, x + up, Y["o"] + R + 3, GREY),
            arrow(x + down, Y["o"] + R, x + down, Y["h"] - R - 3, RED),
            arrow(x + up, Y["o"] - R, x + up, Y["L"] + R + 3, GREY),
            arrow(x + down, Y["L"] + R, x + down, Y["o"] - R - 3, RED),
            arrow(x + up, Y["x"] - R, x + up, Y["h"] + R + 3, GREY),
            arrow(x + down, Y["h"] + R, x + down, Y["x"] - R - 3, RED),
            label((left + x) / 2, Y["h"] + 28, "W_{hh}", GREY, 14),
            label((left + x) / 2, Y["h"] - 28, f"∇a^{{({t})}} W_{{hh}}^{{⊤}}", RED, 14),
            label(x - 34, (Y["h"] + Y["o"]) / 2, "W_{ho}", GREY, 13),
            label(x - 34, (Y["h"] + Y["x"]) / 2, "W_{xh}", GREY, 13),
            label(
                x + 54, (Y["h"] + Y["o"]) / 2, f"∇o^{{({t})}} W_{{ho}}^{{⊤}}", RED, 13
            ),
        ]
    for t in (0, 1, 2, 3):
        out.append(node(X[t], Y["h"], f"h^{{({t})}}", "#dcecf7"))
    for t in (1, 2, 3):
        out.append(node(X[t], Y["x"], f"x^{{({t})}}", "#f2f2f2"))
        out.append(node(X[t], Y["o"], f"o^{{({t})}}", "#e2f3ec"))
        out.append(node(X[t], Y["L"], f"L^{{({t})}}", "#fbe6da"))
    out.append("</svg>")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(drawing(), encoding="utf-8")
