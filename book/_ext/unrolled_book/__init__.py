"""What the book adds to Sphinx: formulas, numbers and marks, alternative texts, theme.

Each module does one thing and has its own `setup`; what it finds wrong is a Sphinx
warning, so that a build with `-W` fails.

katex      formulas become HTML at build time, with KaTeX inside Python
equations  numbers, references, "verified" marks, the page Verified equations
faults     the game over the notes' faults, and their table
tables     wide tables scroll
texts      links to sections and exercises, language of Chinese words
pictures   alternative texts of figures
theme      style, repository buttons, and the checks of the finished site
social     descriptions of pages and the picture that shared links show
"""

from __future__ import annotations

import zlib
from pathlib import Path

from sphinx.application import Sphinx

from . import equations, faults, katex, pictures, social, tables, texts, theme


def setup(app: Sphinx) -> dict[str, object]:
    """Entry point of Sphinx."""
    for module in (katex, equations, faults, pictures, social, tables, texts, theme):
        module.setup(app)
    return {
        "version": "1",
        # pages that an older state of this folder read are read again
        "env_version": _fingerprint(),
        "parallel_read_safe": False,
        "parallel_write_safe": False,
    }


def _fingerprint() -> int:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return zlib.crc32(b"".join(source.read_bytes() for source in sources))
