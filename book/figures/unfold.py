"""Draws unfold.svg, the picture of the start page: `python book/figures/unfold.py`.

Left the network with its loop, right the same network unfolded over three steps. Blue
arrows carry states forwards, red dashed ones carry errors backwards.
"""

from pathlib import Path

INK, FORWARD, BACKWARD = "#22303c", "#1f5f99", "#b3261e"
FILL = {"x": "#eef2f6", "h": "#dbe9f7", "o": "#eef2f6"}
Y = {"o": 52, "h": 132, "x": 212}
R = 24


def symbol(name: str, time: str) -> str:
    """A letter with its time in brackets above, as SVG text spans."""
    up = f'<tspan dy="-6" font-size="12">({time})</tspan>' if time else ""
    return f'<tspan font-style="italic">{name}</tspan>{up}'


def node(x: float, name: str, time: str) -> str:
    return (
        f'<circle cx="{x}" cy="{Y[name]}" r="{R}" fill="{FILL[name]}" '
        f'stroke="{INK}" stroke-width="1.5"/>'
        f'<text x="{x}" y="{Y[name] + 6}" text-anchor="middle" font-size="19">'
        f"{symbol(name, time)}</text>"
    )


def arrow(x1: float, y1: float, x2: float, y2: float, kind: str = "f") -> str:
    colour, dash = (FORWARD, "") if kind == "f" else (BACKWARD, "5 4")
    style = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" '
        f'stroke-width="2"{style} marker-end="url(#{kind})"/>'
    )


def weight(x: float, y: float, name: str) -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="15" text-anchor="middle" fill="{FORWARD}">'
        f'<tspan font-style="italic">W</tspan>'
        f'<tspan dy="4" font-size="11" font-style="italic">{name}</tspan></text>'
    )


def column(x: float, time: str, backwards: bool) -> list[str]:
    parts = [node(x, name, time) for name in Y]
    parts.append(arrow(x, Y["x"] - R, x, Y["h"] + R + 7))
    parts.append(arrow(x - 5, Y["h"] - R, x - 5, Y["o"] + R + 7))
    if backwards:
        parts.append(arrow(x + 7, Y["o"] + R, x + 7, Y["h"] - R - 7, "b"))
    return parts


def picture() -> str:
    folded, first, gap = 84, 300, 140
    xs = [first + gap * i for i in range(3)]
    parts = column(folded, "", False)
    parts.append(
        f'<path d="M {folded - 20} {Y["h"] - 14} C {folded - 86} {Y["h"] - 50}, '
        f'{folded - 86} {Y["h"] + 50}, {folded - 28} {Y["h"] + 20}" fill="none" '
        f'stroke="{FORWARD}" stroke-width="2" marker-end="url(#f)"/>'
    )
    parts.append(weight(folded - 62, Y["h"] + 52, "hh"))
    parts.append(weight(folded + 24, 178, "xh"))
    parts.append(weight(folded + 24, 98, "ho"))
    parts.append(
        f'<text x="182" y="{Y["h"] - 10}" text-anchor="middle" font-size="15" '
        f'fill="{INK}">unfold</text>'
    )
    parts.append(
        f'<line x1="146" y1="{Y["h"]}" x2="212" y2="{Y["h"]}" stroke="{INK}" '
        f'stroke-width="2" marker-end="url(#k)"/>'
    )
    for i, x in enumerate(xs):
        parts += column(x, str(i + 1), True)
        if i:
            parts.append(arrow(xs[i - 1] + R, Y["h"] - 5, x - R - 7, Y["h"] - 5))
            parts.append(weight(x - gap / 2, Y["h"] - 14, "hh"))
            parts.append(arrow(x - R, Y["h"] + 8, xs[i - 1] + R + 7, Y["h"] + 8, "b"))
    parts.append(arrow(xs[0] - 62, Y["h"], xs[0] - R - 7, Y["h"]))
    legend = xs[0] - R
    parts.append(arrow(legend, 262, legend + 40, 262))
    parts.append(
        f'<text x="{legend + 54}" y="267" font-size="15">states go forwards</text>'
    )
    parts.append(arrow(legend + 238, 262, legend + 198, 262, "b"))
    parts.append(
        f'<text x="{legend + 250}" y="267" font-size="15">errors go back</text>'
    )
    markers = "".join(
        f'<marker id="{name}" viewBox="0 0 10 10" refX="3" refY="5" markerWidth="5" '
        f'markerHeight="5" orient="auto-start-reverse">'
        f'<path d="M 0 0 L 10 5 L 0 10 z" fill="{colour}"/></marker>'
        for name, colour in (("f", FORWARD), ("b", BACKWARD), ("k", INK))
    )
    body = "\n".join(parts)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 284" '
        f'font-family="Georgia, serif" fill="{INK}">\n'
        "<title>A recurrent network, folded and unfolded over three steps</title>\n"
        f'<rect width="640" height="284" rx="10" fill="#ffffff"/>\n'
        f"<defs>{markers}</defs>\n{body}\n</svg>\n"
    )


if __name__ == "__main__":
    target = Path(__file__).with_suffix(".svg")
    target.write_text(picture(), encoding="utf-8")
