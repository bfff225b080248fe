"""Tables stand in a box of their own that scrolls sideways on a phone."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx


def box_tables(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for table in list(doctree.findall(nodes.table)):
        box = nodes.container(classes=["table-scroll"])
        table.replace_self(box)
        box += table
        for head in list(table.findall(nodes.thead)):
            if not head.astext().strip():  # Markdown demands a head, also an empty one
                head.parent.remove(head)


def setup(app: Sphinx) -> None:
    app.connect("doctree-resolved", box_tables, priority=900)
