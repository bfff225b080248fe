"""Checks of the finished site: it asks nothing of the outside and no link is dead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# attributes that make a browser load something; a link to click on is none
LOADING = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
    "form": ("action",),
    "base": ("href",),
}
_OUTSIDE = re.compile(r"(?:https?:)?//[^\s\"')<>;]+", re.IGNORECASE)
_CSS_LOAD = re.compile(
    r"@import\s+(?:url\()?\s*[\"']?([^\"');]+)|url\(\s*[\"']?([^\"')]+)", re.IGNORECASE
)
_SCRIPT_LOAD = re.compile(
    r"(?:fetch|import|importScripts|\.open|\.src\s*=|Worker)\s*\(?\s*"
    r"[\"'`]((?:https?:)?//[^\"'`]+)"
    r"|_URL\s*=\s*[\"']((?:https?:)?//[^\"']+)"
)


def _is_outside(url: str) -> bool:
    return bool(_OUTSIDE.match(url.strip()))


def css_loads(css: str) -> list[str]:
    """Outside addresses that a style sheet loads."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    found = (a or b for a, b in _CSS_LOAD.findall(css))
    return [url for url in found if _is_outside(url)]


def script_loads(script: str) -> list[str]:
    """Outside addresses that a script of ours visibly loads (best effort)."""
    return [a or b for a, b in _SCRIPT_LOAD.findall(script)]


class Page(HTMLParser):
    """Ids, links, loaded addresses and pictures without alt text of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.without_alt: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._inside = tag if tag in ("style", "script") else ""
        if found.get("id"):
            self.ids.add(found["id"])
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        for name in LOADING.get(tag, ()):
            urls = (
                found.get(name, "").split(",")
                if name == "srcset"
                else [found.get(name, "")]
            )
            if tag == "link" and found.get("rel") in ("canonical", "license"):
                continue
            self.loads += [url.strip() for url in urls if _is_outside(url)]
        self.loads += css_loads(found.get("style", ""))
        decoration = found.get("role") == "presentation" or "aria-hidden" in found
        if tag == "img" and not found.get("alt", "").strip() and not decoration:
            self.without_alt.append(found.get("src", "?"))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.loads += css_loads(data)
        elif self._inside == "script":
            self.loads += script_loads(data)


def pages(site: Path) -> dict[Path, Page]:
    """Every page of a built site."""
    return {
        path: Page(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.relative_to(site).parts
    }


def outside_requests(site: Path, found: dict[Path, Page] | None = None) -> list[str]:
    """`file: address` for all that a page or a style sheet would load from outside."""
    found = pages(site) if found is None else found
    problems = [
        f"{path.relative_to(site)}: {url}"
        for path, page in found.items()
        for url in page.loads
    ]
    for path in sorted(site.rglob("*.css")):
        problems += [
            f"{path.relative_to(site)}: {url}"
            for url in css_loads(path.read_text(encoding="utf-8"))
        ]
    return problems


def dead_links(site: Path, found: dict[Path, Page] | None = None) -> list[str]:
    """`file: link` for each link within the site whose page or anchor is missing."""
    found = pages(site) if found is None else found
    return [
        f"{path.relative_to(site)}: {link}"
        for path, page in found.items()
        for link in page.links
        if not _resolves(path, link, found)
    ]


def _resolves(path: Path, link: str, found: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or target not in found or anchor in found[target].ids


def pictures_without_alt(
    site: Path, found: dict[Path, Page] | None = None
) -> Iterator[str]:
    """`file: picture` for each picture without alternative text."""
    found = pages(site) if found is None else found
    for path, page in found.items():
        for source in page.without_alt:
            yield f"{path.relative_to(site)}: {source}"
