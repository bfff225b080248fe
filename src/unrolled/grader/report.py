"""A result as text for a terminal and as one self-contained HTML page."""

from __future__ import annotations

import textwrap
from html import escape
from typing import Any

from unrolled.grader.engine import Line, Result
from unrolled.grader.notebook import as_text

UNSANDBOXED = (
    "The answers ran as an ordinary process of this computer, with limits on time, "
    "memory and output: fine for your own work, not for that of strangers."
)

STYLE = """
:root { color-scheme: light dark; --good: #0a6b3b; --bad: #a3220f; --line: #8886; }
@media (prefers-color-scheme: dark) { :root { --good: #6fd39c; --bad: #ff9c8a; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; }
section { border-top: 1px solid var(--line); padding: 0.5rem 0 1rem; }
h2 { font-size: 1.15rem; margin: 0.6rem 0; }
ul { list-style: none; padding: 0; }
li { margin: 0.5rem 0; padding-left: 1.6rem; position: relative; }
.mark { position: absolute; left: 0; font-weight: bold; }
.yes .mark { color: var(--good); } .no .mark { color: var(--bad); }
.why, .read { display: block; }
.read { font-style: italic; }
.idea { border-left: 0.3rem solid var(--bad); padding: 0.1rem 0.8rem; }
table { border-collapse: collapse; margin-bottom: 1.2rem; }
th, td { padding: 0.2rem 1rem 0.2rem 0;
  text-align: left; } td + td, th + th { text-align: right; }
code { overflow-wrap: anywhere; }
""".strip()


def text_report(data: dict[str, Any], results: list[Result]) -> str:
    """The report as lines of text."""
    if data["state"] == "ungradable":
        return f"{data['file']}: ungradable\n{data['message']}"
    head = f"{data['file']}: {data['score']} of {data['points']} points"
    blocks = [as_text(result, advice=False) for result in results]
    return "\n\n".join([head, *blocks, textwrap.fill(UNSANDBOXED, 88)])


def html_report(data: dict[str, Any], results: list[Result]) -> str:
    """The report as a page that needs no other file and no network."""
    name = escape(str(data["file"]))
    if data["state"] == "ungradable":
        body = f"<h1>Not graded</h1>\n<p><code>{name}</code></p>\n"
        body += f"<p>{escape(data['message'])}</p>"
    else:
        rows = "\n".join(
            f"<tr><td>Exercise {escape(r.question.number)}</td>"
            f"<td>{r.score} of {r.points}</td></tr>"
            for r in results
        )
        body = (
            f"<h1>{data['score']} of {data['points']} points</h1>\n"
            f"<p><code>{name}</code></p>\n"
            "<table>\n<thead><tr><th>question</th><th>points</th></tr></thead>\n"
            f"<tbody>\n{rows}\n</tbody>\n</table>\n"
            + "\n".join(map(_section, results))
            + f"\n<footer><p>{escape(UNSANDBOXED)}</p>"
            f"<p>Numbers drawn with --seed {data['seed']}.</p></footer>"
        )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Report: {name}</title>\n<style>\n{STYLE}\n</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _section(result: Result) -> str:
    item = result.question
    title = f"Exercise {item.number}: {item.title} ({result.score} of {result.points})"
    parts = [f"<section>\n<h2>{escape(title)}</h2>"]
    if result.unanswered:
        parts.append("<p>Not answered yet.</p>")
    else:
        if (found := result.misconception) is not None:
            parts.append(
                f'<p class="idea">{escape(found.message)} '
                f'<span class="read">Read again: {escape(found.read)}</span></p>'
            )
        shared = result.shared_reason
        if shared:
            parts.append(f"<p>{escape(shared)}</p>")
        items = "\n".join(_item(line, not shared) for line in result.lines)
        parts.append(f"<ul>\n{items}\n</ul>")
    return "\n".join([*parts, "</section>"])


def _item(line: Line, reason: bool) -> str:
    """One property as a list item, with or without its own reason."""
    state, spoken = ("no", "not met") if line.why else ("yes", "met")
    if line.left_open:
        state, spoken = "open", "left open"
    text = (
        f'<li class="{state}"><span class="mark" role="img" aria-label="{spoken}">'
        f"{line.mark}</span>{escape(line.text)} ({line.score} of {line.points})"
    )
    if line.why and reason:
        text += f'<span class="why">{escape(line.why)}</span>'
    if line.why and reason and not line.left_open:
        text += f'<span class="read">Read: {escape(line.read)}</span>'
    return text + "</li>"
