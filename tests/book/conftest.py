"""Fixtures of the book's tests; tiny.py builds the books."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tiny import ROOT, build_real_book


@pytest.fixture(scope="session")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book itself: `_build/html` if newer than its sources, else built now."""
    if not list((ROOT / "chapters").glob("*.ipynb")):
        pytest.skip("no chapter is rendered yet")
    folders = ("book", "chapters", "exercises", "solutions")
    sources = [ROOT / "_config.yml", ROOT / "_toc.yml"]
    sources += [p for f in folders for p in (ROOT / f).rglob("*") if p.is_file()]
    newest = max(p.stat().st_mtime for p in sources if "__pycache__" not in p.parts)
    ready = ROOT / "_build" / "html"
    index = ready / "searchindex.js"
    if index.is_file() and index.stat().st_mtime > newest:
        return ready
    out = tmp_path_factory.mktemp("book")
    build_real_book(ROOT, out)
    return out / "_build" / "html"
