"""Draws 02_modes.svg (five ways to place inputs and targets) and 02_recurrences.svg
(three ways to carry something from step to step).

Run it from anywhere; it writes next to itself.
"""

import re
from pathlib import Path

INK, GREY, RED = "#222222", "#6b6b6b", "#D55E00"
FILL = {"x": "#f2f2f2", "c": "#f2f2f2", "h": "#dcecf7", "y": "#fbe6da", "o": "#fbe6da"}


def label(x: float, y: float, text: str, colour: str = INK, size: int = 15) -> str:
    """Text with ^{..} as superscript, centred at (x, y)."""
    parts, back = [], 0
    for small, plain in re.findall(r"\^\{(.*?)\}|([^\^]+)", text):
        shift = -round(size * 0.42) if small else 0
        font = f' font-size="{round(size * 0.75)}"' if small else ""
        parts.append(f'<tspan dy="{shift - back}"{font}>{small or plain}</tspan>')
        back = shift
    return (
        f'<text x="{x:g}" y="{y + size * 0.35:.0f}" text-anchor="middle" '
        f'font-size="{size}" fill="{colour}">{"".join(parts)}</text>'
    )


def arrow(start: tuple, end: tuple, r: float, colour: str = GREY) -> str:
    """A straight arrow between the rims of two nodes; fed-back outputs are dashed."""
    (x1, y1), (x2, y2) = start, end
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    dash = ' stroke-dasharray="5 3"' if colour == RED else ""
    return (
        f'<line x1="{x1 + ux * r:.1f}" y1="{y1 + uy * r:.1f}" '
        f'x2="{x2 - ux * (r + 2):.1f}" y2="{y2 - uy * (r + 2):.1f}" '
        f'stroke="{colour}" stroke-width="1.6"{dash} '
        f'marker-end="url(#{"red" if colour == RED else "grey"})"/>'
    )


def node(at: tuple, r: float, text: str, size: int) -> str:
    """A round node with its name, coloured by its first letter."""
    x, y = at
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{r}" fill="{FILL[text[0]]}" stroke="{INK}" '
        f'stroke-width="1.3"/>' + label(x, y, text, size=size)
    )


def svg(width: int, height: int, body: list[str]) -> str:
    """The frame of a drawing."""
    return (
        "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} '
                f'{height}" font-family="DejaVu Sans, Verdana, sans-serif" role="img">',
                "<defs>",
                *(
                    f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" '
                    f'markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" '
                    f'orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="{colour}"/>'
                    "</marker>"
                    for name, colour in (("grey", GREY), ("red", RED))
                ),
                "</defs>",
                f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
                *body,
                "</svg>",
            ]
        )
        + "\n"
    )


# name, columns of steps, steps with an input, steps with an output, outputs fed back
MODES = (
    (("one to", "one"), 1, {1: "x"}, {1: "y"}, False),
    (("one to", "many"), 3, {1: "c"}, {1: "y^{(1)}", 2: "y^{(2)}", 3: "y^{(3)}"}, True),
    (
        ("many to", "one"),
        3,
        {1: "x^{(1)}", 2: "x^{(2)}", 3: "x^{(3)}"},
        {3: "y"},
        False,
    ),
    (
        ("many to many,", "unaligned"),
        5,
        {1: "x^{(1)}", 2: "x^{(2)}", 3: "x^{(3)}"},
        {4: "y^{(1)}", 5: "y^{(2)}"},
        True,
    ),
    (
        ("many to many,", "synchronous"),
        3,
        {1: "x^{(1)}", 2: "x^{(2)}", 3: "x^{(3)}"},
        {1: "y^{(1)}", 2: "y^{(2)}", 3: "y^{(3)}"},
        False,
    ),
)


def modes() -> str:
    """The five modes in two rows, time from left to right."""
    r, step, gap = 17, 50, 52
    row = {"y": 80, "h": 155, "x": 230}
    out, width = [], 0
    for down, line in ((0, MODES[:3]), (290, MODES[3:])):
        left = 100
        for name, steps, inputs, outputs, fed_back in line:
            at = {t: left + (t - 1) * step for t in range(1, steps + 1)}
            y = {k: v + down for k, v in row.items()}
            for i, words in enumerate(name):
                out.append(
                    label((at[1] + at[steps]) / 2, down + 22 + 18 * i, words, size=14)
                )
            for t in at:
                h = (at[t], y["h"])
                if t > 1:
                    out.append(arrow((at[t - 1], y["h"]), h, r))
                if t in inputs:
                    out.append(arrow((at[t], y["x"]), h, r))
                if t in outputs:
                    out.append(arrow(h, (at[t], y["y"]), r))
                if fed_back and t - 1 in outputs:
                    out.append(arrow((at[t - 1], y["y"]), h, r, RED))
            for t in at:
                out.append(node((at[t], y["h"]), r, "h", 13))
                for k, found in (("x", inputs), ("y", outputs)):
                    if t in found:
                        out.append(node((at[t], y[k]), r, found[t], 13))
            left = at[steps] + step + gap
        width = max(width, left - gap - step + 100)
    return svg(width, 555, out)


def recurrences() -> str:
    """Elman, Jordan and the single output, three steps each."""
    r, step = 21, 84
    row = {"o": 85, "h": 175, "x": 265}
    out, left = [], 45
    for name in ("hidden to hidden", "output to hidden", "hidden, one output"):
        at = {t: left + (t - 1) * step for t in (1, 2, 3)}
        out.append(label(at[2], 30, name, size=16))
        for t in at:
            h = (at[t], row["h"])
            out.append(arrow((at[t], row["x"]), h, r))
            if name != "hidden, one output" or t == 3:
                out.append(arrow(h, (at[t], row["o"]), r))
            if t > 1 and name != "output to hidden":
                out.append(arrow((at[t - 1], row["h"]), h, r))
            if t > 1 and name == "output to hidden":
                out.append(arrow((at[t - 1], row["o"]), h, r, RED))
        for t in at:
            out.append(node((at[t], row["h"]), r, f"h^{{({t})}}", 14))
            out.append(node((at[t], row["x"]), r, f"x^{{({t})}}", 14))
            if name != "hidden, one output" or t == 3:
                text = "o" if name == "hidden, one output" else f"o^{{({t})}}"
                out.append(node((at[t], row["o"]), r, text, 14))
        left = at[3] + 100
    return svg(left - 100 + 45, 305, out)


if __name__ == "__main__":
    here = Path(__file__).parent
    (here / "02_modes.svg").write_text(modes(), encoding="utf-8")
    (here / "02_recurrences.svg").write_text(recurrences(), encoding="utf-8")
