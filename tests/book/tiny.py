"""Builds tiny books, and the real one, with the book's own extension."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

CONF = """
extensions = ["myst_nb", "unrolled_book"]
root_doc = "index"
html_theme = "basic"
html_math_renderer = "katex"
html_static_path = [{static!r}]
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "off"
nb_merge_streams = True
nb_ipywidgets_js = {{}}
nitpicky = True
html_show_sphinx = False
templates_path = []
"""
# 1 x 1 pixel
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhf"
    "DwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@dataclass
class Built:
    """A built site and what Sphinx warned of."""

    site: Path
    warnings: list[str]

    def about(self, page: str) -> list[str]:
        return [line for line in self.warnings if page in line]

    def html(self, page: str) -> str:
        return (self.site / f"{page}.html").read_text(encoding="utf-8")


def markdown(text: str) -> nbformat.NotebookNode:
    return new_markdown_cell(text)


def code(source: str, stdout: str = "", png: bool = False, **metadata: object):
    """A code cell as it is after it ran."""
    outputs = [new_output("stream", name="stdout", text=stdout)] if stdout else []
    if png:
        data = {"image/png": PNG, "text/plain": "<Figure>"}
        outputs.append(new_output("display_data", data=data))
    return new_code_cell(source, execution_count=1, outputs=outputs, metadata=metadata)


def write_notebook(path: Path, *cells: nbformat.NotebookNode) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=list(cells), metadata={"kernelspec": kernel})
    nbformat.write(notebook, path)


def build(source: Path, pages: list[str]) -> Built:
    """Build all pages of a folder; every page is named in the index."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    conf = CONF.format(static=str(ROOT / "book" / "static"))
    (source / "conf.py").write_text(conf, encoding="utf-8")
    listed = "\n".join(pages)
    (source / "index.md").write_text(
        f"# Index\n\n```{{toctree}}\n{listed}\n```\n", encoding="utf-8"
    )
    out = source / "_site"
    warnings = io.StringIO()
    with patch_docutils(str(source)), docutils_namespace():
        app = Sphinx(
            str(source),
            str(source),
            str(out),
            str(source / "_doctrees"),
            "html",
            status=io.StringIO(),
            warning=warnings,
            freshenv=True,
        )
        app.build(force_all=True)
    text = re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue())
    return Built(out, [line for line in text.splitlines() if "WARNING" in line])


def build_real_book(root: Path, out: Path) -> None:
    """`jupyter-book build` as `make book` does; fails on any warning."""
    command = [str(Path(sys.executable).parent / "jupyter-book"), "build", str(root)]
    command += ["--path-output", str(out), "-W", "-n", "--keep-going", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
