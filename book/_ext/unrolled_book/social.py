"""What a shared link shows: a description of each page, and the card with the network.

The published address is one setting, `html: baseurl:` in _config.yml; the workflow that
publishes gives it as BOOK_URL. A picture needs a whole address there, so while none is
known the pages carry the words only.
"""

from __future__ import annotations

import html
import os
import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
CARD = Path("book", "figures", "social.png")
CARD_SAYS = (
    "Unrolled, a course on recurrent neural networks, every equation verified by code. "
    "Below, a network unfolded over five steps: states go right, errors come back."
)
SITE_SAYS = (
    "A course on recurrent neural networks in which every equation is verified by "
    "code, every chapter runs and every exercise is graded on your own machine."
)
LONGEST = 200
_UNREADABLE = (nodes.math, nodes.image, nodes.raw)


def published_address(app: Sphinx, config: Config) -> None:
    """BOOK_URL, if set, is the site's address; either must be a whole one."""
    address = (os.environ.get("BOOK_URL") or config.html_baseurl or "").strip()
    if address and not re.match(r"https?://[^/\s]+", address):
        LOGGER.warning(
            "html baseurl (or BOOK_URL) is not an address: %s", address, type="unrolled"
        )
        address = ""
    config.html_baseurl = address.rstrip("/") + "/" if address else ""


def description(doctree: nodes.document | None) -> str:
    """The first sentences of a page that need no formula, or what the book is."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        if not isinstance(paragraph.parent, nodes.section | nodes.container):
            continue
        text = "".join(
            "\0" if isinstance(part, _UNREADABLE) else part.astext()
            for part in paragraph.children
        )
        found = _sentences(" ".join(text.split()))
        if len(found) >= 30:
            return found
    return SITE_SAYS


def _sentences(text: str) -> str:
    """Whole sentences up to the first that holds a formula, LONGEST at most."""
    found = ""
    for sentence in re.split(r"(?<=[.!?]) ", text):
        longer = f"{found} {sentence}".strip()
        if "\0" in sentence or len(longer) > LONGEST or sentence[-1:] not in ".!?":
            break
        found = longer
    return found


def tags(title: str, says: str, base: str, page: str, start: bool) -> str:
    """The meta elements of one page; with the card if the site's address is known."""
    found = {
        "description": says,
        "og:site_name": "Unrolled",
        "og:type": "website" if start else "article",
        "og:title": title,
        "og:description": says,
        "twitter:card": "summary_large_image" if base else "summary",
        "twitter:title": title,
        "twitter:description": says,
    }
    if base:
        picture = f"{base}_static/{CARD.name}"
        found |= {
            "og:url": base + page,
            "og:image": picture,
            "og:image:width": "1200",
            "og:image:height": "630",
            "og:image:alt": CARD_SAYS,
            "twitter:image": picture,
            "twitter:image:alt": CARD_SAYS,
        }
    return "\n".join(
        f'<meta {"property" if name.startswith("og:") else "name"}="{name}" '
        f'content="{html.escape(content)}" />'
        for name, content in found.items()
    )


def _full_title(title: str, start: bool) -> str:
    title = html.unescape(re.sub(r"<[^>]*>", "", title))
    return f"{title}: a course on recurrent neural networks" if start else title


def describe_page(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    start = page == app.config.root_doc
    says = SITE_SAYS if start else description(doctree)
    title = _full_title(str(context.get("title") or app.config.html_title), start)
    base = app.config.html_baseurl
    uri = app.builder.get_target_uri(page)
    context["metatags"] = (
        f"{context.get('metatags') or ''}\n{tags(title, says, base, uri, start)}"
    )


def finish(app: Sphinx, error: Exception | None) -> None:
    """Ship the card; the site's root leads to the start page and carries its tags."""
    if error is not None or app.builder.name != "html":
        return
    out, base = Path(app.outdir), app.config.html_baseurl
    card = Path(app.srcdir) / CARD
    if card.is_file():
        shutil.copy(card, out / "_static" / card.name)
    elif base:
        LOGGER.warning("the card %s is missing", CARD, type="unrolled")
    start = app.builder.get_target_uri(app.config.root_doc)
    root = out / "index.html"
    if root.name == start:
        return
    title = _full_title(app.config.html_title or app.config.project, True)
    root.write_text(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n'
        f"<title>{html.escape(title)}</title>\n"
        f"{tags(title, SITE_SAYS, base, start, True)}\n"
        f'<meta http-equiv="refresh" content="0; url={start}" />\n</head>\n'
        f'<body><p><a href="{start}">{html.escape(title)}</a></p></body>\n</html>\n',
        encoding="utf-8",
    )


def setup(app: Sphinx) -> None:
    app.connect("config-inited", published_address, priority=10)
    app.connect("html-page-context", describe_page)
    # before sphinx_external_toc, which else writes a root without words
    app.connect("build-finished", finish, priority=400)
