"""Alternative texts: every picture of the book says in words what it shows.

A figure made by a code cell carries the text in the cell's metadata (`alt`), a drawn
one in its Markdown, `![what it shows](file.svg)`.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from .equations import code_cells

LOGGER = logging.getLogger(__name__)


def read_document(app: Sphinx, doctree: nodes.document) -> None:
    """Give the images of outputs their cell's text; warn of images without one."""
    for cell, _, _ in code_cells(doctree):
        alt = " ".join(str(cell["cell_metadata"].get("alt", "")).split())
        for image in cell.findall(nodes.image):
            if alt:
                image["alt"] = alt
            else:
                image["alt"] = ""
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            LOGGER.warning(
                "picture without alternative text (an output's stands in its code "
                'fence, alt="..."): %s',
                image.get("uri", "?"),
                location=image.parent,
                type="unrolled",
            )


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", read_document)
