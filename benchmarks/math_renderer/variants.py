"""Builds the book three times over, once for each way to typeset formulas.

python benchmarks/math_renderer/variants.py NODE_MODULES OUT

NODE_MODULES holds the npm packages katex and mathjax. OUT receives three sites:
`built` (KaTeX at build time, what the book does), `mathjax` (MathJax 3 in the browser)
and `katex` (KaTeX in the browser). They differ in the formulas and nothing else.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("book", "chapters", "exercises", "solutions", "_config.yml", "_toc.yml")
MATHJAX = """\
    html_math_renderer: mathjax
    mathjax_path: mathjax/es5/tex-chtml.js
"""
KATEX = """\
<script defer src="../_static/katex.min.js"></script>
<script>
addEventListener("DOMContentLoaded", () => {
  for (const node of document.querySelectorAll(".math")) {
    const tex = node.textContent.trim();
    const start = tex.search(/\\\\[[(]/);  // a display begins with its number
    const displayMode = tex[start + 1] == "[";
    katex.render(tex.slice(start + 2, -2), node, {displayMode});
  }
});
</script>
"""


def build(source: Path, out: Path) -> None:
    command = [str(Path(sys.executable).parent / "jupyter-book"), "build", str(source)]
    subprocess.run([*command, "--all", "--quiet"], check=True, capture_output=True)
    shutil.copytree(source / "_build" / "html", out)
    shutil.rmtree(source / "_build")


def main(modules: Path, out: Path) -> None:
    source = out / "source"
    source.mkdir(parents=True)
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    build(source, out / "built")

    config = (source / "_config.yml").read_text()
    line = "    html_math_renderer: katex\n"
    assert line in config
    (source / "_config.yml").write_text(config.replace(line, MATHJAX))
    es5 = source / "book" / "static" / "mathjax" / "es5"
    shutil.copytree(modules / "mathjax" / "es5", es5)
    build(source, out / "mathjax")

    shutil.copytree(out / "mathjax", out / "katex")
    for page in (out / "mathjax").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r"<link[^>]*katex[^>]*>", "", text), encoding="utf-8")
    script = modules / "katex" / "dist" / "katex.min.js"
    shutil.copy(script, out / "katex" / "_static" / "katex.min.js")
    for page in (out / "katex").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        text = re.sub(r"<script[^>]*mathjax[^>]*></script>", lambda _: KATEX, text)
        text = re.sub(r"<script>window\.MathJax.*?</script>", "", text)
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
