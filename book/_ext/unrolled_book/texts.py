"""Running text: "§3.5" and "Exercise 3.1" become links, Chinese is marked as Chinese.

Authors write the plain words, which read well in Jupyter. A reference to a section or
exercise that a chapter of the book does not have is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

from .equations import store

LOGGER = logging.getLogger(__name__)
_PARTS = re.compile(
    r"§(?P<section>\d+\.\d+)|(?P<exercise>Exercise \d+\.\d+)"
    r"|(?P<chinese>[\u3400-\u9fff]+(?:[，、；：\u3400-\u9fff]*[\u3400-\u9fff])?)"
)
_NOT_INSIDE = (
    nodes.title,
    nodes.reference,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.comment,
)


def read_document(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the numbered sections: "3.5" and "Exercise 3.1", with stable anchors."""
    docname = app.env.docname
    known = store(app.env)
    if docname.startswith("solutions/"):
        return
    for section in doctree.findall(nodes.section):
        title = section[0].astext() if isinstance(section[0], nodes.title) else ""
        match = re.match(r"(\d+\.\d+)\s|(Exercise \d+\.\d+)\b", title)
        if match is None:
            continue
        name = match[1] or match[2]
        anchor = "sec-" + name.replace("Exercise ", "exercise-")
        section["ids"].append(anchor)
        known.sections[name] = (docname, anchor)


class TextLinks(SphinxPostTransform):
    """Replaces the text nodes that hold such references or Chinese words."""

    default_priority = 20

    def run(self, **_: object) -> None:
        for text in list(self.document.findall(nodes.Text)):
            if _PARTS.search(text) and not _is_inside(text):
                text.parent.replace(text, list(self._parts(text)))

    def _parts(self, text: nodes.Text) -> Iterator[nodes.Node]:
        position = 0
        for match in _PARTS.finditer(text):
            if match.start() > position:
                yield nodes.Text(text[position : match.start()])
            position = match.end()
            yield self._part(match, text)
        if position < len(text):
            yield nodes.Text(text[position:])

    def _part(self, match: re.Match[str], text: nodes.Text) -> nodes.Node:
        if match["chinese"]:
            return nodes.inline("", match[0], classes=["language-zh"])
        name = match["section"] or match["exercise"]
        sections = store(self.env).sections
        if name in sections:
            docname, anchor = sections[name]
            inner = nodes.inline("", match[0])
            return make_refnode(
                self.app.builder, self.env.docname, docname, anchor, inner
            )
        if self._is_written(name):
            LOGGER.warning(
                "dangling reference: there is no %s",
                match[0],
                location=text.parent,
                type="unrolled",
            )
        return nodes.Text(match[0])

    def _is_written(self, name: str) -> bool:
        """Does the book hold the chapter (or its exercises) at all?"""
        folder = "exercises" if name.startswith("Exercise") else "chapters"
        number = int(re.search(r"\d+", name)[0])  # type: ignore[index]
        stem = f"{folder}/{number:02d}_"
        return any(docname.startswith(stem) for docname in self.env.found_docs)


def _is_inside(text: nodes.Text) -> bool:
    parent = text.parent
    while parent is not None:
        if isinstance(parent, _NOT_INSIDE):
            return True
        parent = parent.parent
    return False


def setup(app: Sphinx) -> None:
    app.add_post_transform(TextLinks)
    app.connect("doctree-read", read_document)
