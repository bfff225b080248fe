"""The faults of the notes: one data file, a game and a table.

`{fault-cards} 0-2` deals the cards of these chapters (of all, without an argument): a
statement, the question ASK, and the answer in a closed box of HTML's own, so that a
page without a script can be played. book.js adds two buttons a card and keeps a score.
`{fault-score}` is where it shows the score; `{fault-table}` lists all faults.

The data are in faults.toml beside the page; what is wrong with them stops the build.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

FILE = "faults.toml"
FAULTS = 45
ASK = "Right as printed?"  # the same on every card: a question can give it away
WHERE = ("text", "code", "comment", "figure")
_COMMON = ("notes", "where", "printed", "right", "shown")
_PLAYED = ("why",)
_MAY = ("knows",)
_NAMED = {"fault": "number", "true": "name", "also": "name"}
_SHOWN = re.compile(r"§(\d+)\.\d+|chapter (\d+)")


class FaultsError(ExtensionError):
    """The data file is not what the game needs; the message says where."""


@dataclass(frozen=True)
class Card:
    """A statement of the notes.

    kind: "fault" (wrong; it has a number), "true" (right; it has a name) or "also" (it
    goes too far; a row of the table, not a card of the game).
    """

    kind: str
    notes: str
    where: str
    printed: str
    right: str
    shown: str
    why: str = ""
    knows: str = ""
    number: int | None = None
    name: str | None = None

    @property
    def holds(self) -> bool:
        return self.kind == "true"

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.name if self.number is None else self.number}"

    @property
    def chapter(self) -> int:
        match = _SHOWN.fullmatch(self.shown)
        assert match is not None  # load() has seen to it
        return int(match[1] or match[2])

    @property
    def head(self) -> str:
        """ "Notes A", "Notes D (for readers who know PyTorch)".

        Not where it stands in the notes: a comment, for instance, is more often wrong.
        """
        needs = f" (for readers who know {self.knows})" if self.knows else ""
        return f"Notes {self.notes}{needs}"


def load(path: Path) -> tuple[Card, ...]:
    """All statements in the order of play: by chapter, shuffled within, always alike.

    Raises FaultsError when a card lacks a part, a part is of the wrong kind, or a
    number is missing or given twice.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FaultsError(f"{path.name}: {error}") from error
    if unknown := sorted(data.keys() - _NAMED.keys()):
        kinds = ", ".join(_NAMED)
        raise FaultsError(f"{path.name}: [[{unknown[0]}]] is none of {kinds}")
    cards = [
        _card(path, kind, entry) for kind in _NAMED for entry in data.get(kind, [])
    ]
    numbers = [card.number for card in cards if card.number is not None]
    if repeated := sorted({n for n in numbers if numbers.count(n) > 1}):
        raise FaultsError(f"{path.name}: fault {repeated[0]} is there twice")
    if missing := sorted(set(range(1, FAULTS + 1)) - set(numbers)):
        raise FaultsError(f"{path.name}: fault {missing[0]} is missing")
    if beyond := sorted(n for n in numbers if not 1 <= n <= FAULTS):
        raise FaultsError(f"{path.name}: fault {beyond[0]}: numbers are 1 to {FAULTS}")
    names = [card.name for card in cards if card.name is not None]
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise FaultsError(f"{path.name}: {twice[0]!r} is there twice")
    return tuple(sorted(cards, key=lambda c: (c.chapter, zlib.crc32(c.key.encode()))))


def _card(path: Path, kind: str, entry: dict[str, Any]) -> Card:
    def refuse(what: str) -> FaultsError:
        called = entry.get(identity, entry.get("printed", "?"))
        return FaultsError(f"{path.name}: [[{kind}]] {called!s:.40}: {what}")

    identity = _NAMED[kind]
    wanted = {identity, *_COMMON, *(_PLAYED if kind != "also" else ())}
    if missing := sorted(wanted - entry.keys()):
        raise refuse(f"no {missing[0]}")
    if unknown := sorted(entry.keys() - wanted - set(_MAY)):
        raise refuse(f"unknown key {unknown[0]}")
    number = entry.get("number", 1)
    if not isinstance(number, int) or isinstance(number, bool):
        raise refuse("the number is not a whole number")
    for key in sorted(entry.keys() - {"number"}):
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise refuse(f"{key} is empty or no text")
    if entry["notes"] not in tuple("ABCDE"):
        raise refuse('notes is one of "A" to "E"')
    if entry["where"] not in WHERE:
        raise refuse(f"where is one of {', '.join(WHERE)}")
    if not _SHOWN.fullmatch(entry["shown"]):
        raise refuse('shown is "§3.7" or "chapter 9"')
    return Card(kind, **entry)


def played(cards: Iterable[Card]) -> list[Card]:
    """The statements that are cards of the game."""
    return [card for card in cards if card.kind != "also"]


# --- nodes ----------------------------------------------------------------------------


class fault_card(nodes.General, nodes.Element):
    """One card: holds its content and, last, a fault_answer."""


class fault_answer(nodes.General, nodes.Element):
    """The closed box with the answer."""


class fault_score(nodes.General, nodes.Element):
    """Where the script shows the score; nothing without a script."""


def visit_card(self: Any, node: nodes.Element) -> None:
    name = f"card-{node['position']}"
    self.body.append(
        f'<section class="fault-card" id="{name}" data-key="{escape(node["key"])}" '
        f'data-holds="{str(node["holds"]).lower()}" aria-labelledby="{name}-head">\n'
        f'<p class="fault-head" id="{name}-head">'
        f"<strong>Card {node['position']}</strong> "
        f"<span>{escape(node['source_text'])}</span></p>\n"
    )


def depart_card(self: Any, node: nodes.Element) -> None:
    self.body.append("</section>\n")


def visit_answer(self: Any, node: nodes.Element) -> None:
    self.body.append('<details class="fault-answer">\n<summary>Answer</summary>\n')


def depart_answer(self: Any, node: nodes.Element) -> None:
    self.body.append("</details>\n")


def visit_score(self: Any, node: nodes.Element) -> None:
    self.body.append('<div class="fault-score" hidden></div>\n')
    raise nodes.SkipNode


# --- directives -----------------------------------------------------------------------


class _FaultsDirective(SphinxDirective):
    def cards(self) -> tuple[Card, ...]:
        relative, absolute = self.env.relfn2path(FILE)
        self.env.note_dependency(relative)
        return load(Path(absolute))

    def markdown(self, text: str) -> list[nodes.Node]:
        """The nodes of a Markdown text."""
        box = nodes.Element()
        lines = StringList(text.splitlines(), source=FILE)
        self.state.nested_parse(lines, self.content_offset, box)
        return box.children


class FaultCards(_FaultsDirective):
    """`{fault-cards} 0-2`: the cards of chapters 0 to 2."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        cards = played(self.cards())
        first, last = _range(self.arguments[0] if self.arguments else "0-99")
        return [
            self._node(position, card)
            for position, card in enumerate(cards, start=1)
            if first <= card.chapter <= last
        ]

    def _node(self, position: int, card: Card) -> nodes.Node:
        node = fault_card(
            position=position,
            key=card.key,
            holds=card.holds,
            source_text=card.head,
        )
        node += nodes.container(
            "", *self.markdown(card.printed), classes=["fault-printed"]
        )
        node += nodes.container("", *self.markdown(ASK), classes=["fault-ask"])
        answer = fault_answer()
        verdict = "**Right.**" if card.holds else f"**Wrong** (fault {card.number})."
        reason = "Why" if card.holds else "What is right"
        answer += self.markdown(verdict)
        answer += self.markdown(f"{reason}: {_sentence(card.right)}")
        answer += self.markdown(card.why)
        verb = "Shown in" if card.shown.startswith("§") else "Belongs to"
        answer += self.markdown(f"{verb} {card.shown}.")
        node += answer
        return node


def _range(argument: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", argument.strip())
    if match is None:
        raise FaultsError(f"fault-cards {argument!r}: chapters are written 3 or 0-2")
    return int(match[1]), int(match[2] or match[1])


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


class FaultScore(SphinxDirective):
    """`{fault-score}`: the place of the score."""

    def run(self) -> list[nodes.Node]:
        return [fault_score()]


class FaultTable(_FaultsDirective):
    """`{fault-table}`: all faults by their numbers, then what only goes too far."""

    def run(self) -> list[nodes.Node]:
        listed = [card for card in self.cards() if not card.holds]
        rows = [
            [str(card.number or ""), _short(card), card.printed, card.right, card.shown]
            for card in sorted(listed, key=lambda card: card.number or FAULTS + 1)
        ]
        return [self._table(["no.", "notes", "printed", "right", "where"], rows)]

    def _table(self, head: list[str], rows: Iterable[list[str]]) -> nodes.table:
        group = nodes.tgroup(cols=len(head))
        group += [nodes.colspec(colwidth=1) for _ in head]
        group += nodes.thead("", nodes.row("", *self._entries(head)))
        body = nodes.tbody()
        for row in rows:
            body += nodes.row("", *self._entries(row))
        group += body
        return nodes.table("", group, classes=["fault-table"])

    def _entries(self, cells: Iterable[str]) -> Iterator[nodes.entry]:
        for cell in cells:
            yield nodes.entry("", *(self.markdown(cell) if cell else []))


def _short(card: Card) -> str:
    return card.notes if card.where == "text" else f"{card.notes}, {card.where}"


def setup(app: Sphinx) -> None:
    app.add_node(fault_card, html=(visit_card, depart_card))
    app.add_node(fault_answer, html=(visit_answer, depart_answer))
    app.add_node(fault_score, html=(visit_score, None))
    app.add_directive("fault-cards", FaultCards)
    app.add_directive("fault-score", FaultScore)
    app.add_directive("fault-table", FaultTable)
