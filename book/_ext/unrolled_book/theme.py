"""Style of the pages, buttons from the one repository setting, checks at the end."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from . import site

LOGGER = logging.getLogger(__name__)
UNNAMED = "https://github.com/OWNER/unrolled"  # in commands of book/setup.md


def repository_buttons(app: Sphinx, config: Config) -> None:
    """Launch and repository buttons, if _config.yml names a repository."""
    if config.html_theme != "sphinx_book_theme":
        return
    options = config.html_theme_options
    named = bool(str(options.get("repository_url") or "").strip())
    options["use_repository_button"] = named
    options["use_issues_button"] = named
    if not named:
        for name in ("repository_url", "repository_branch", "launch_buttons"):
            options.pop(name, None)


def name_repository(app: Sphinx, page: str, source: list[str]) -> None:
    """Commands that fetch the course name the repository, once one is set."""
    address = app.config.html_theme_options.get("repository_url")
    if address and UNNAMED in source[0]:
        source[0] = source[0].replace(UNNAMED, address.strip().rstrip("/"))


def finish(app: Sphinx, error: Exception | None) -> None:
    """Write .nojekyll (else GitHub Pages drops _static) and check the whole site."""
    if error is not None or app.builder.format != "html":
        return
    root = Path(app.outdir)
    (root / ".nojekyll").touch()
    found = site.pages(root)
    checks = {
        "request to the outside": site.outside_requests,
        "dead link": site.dead_links,
        "picture without alternative text": site.pictures_without_alt,
    }
    for name, check in checks.items():
        for problem in check(root, found):
            LOGGER.warning("%s in %s", name, problem, type="unrolled")


def own_templates(app: Sphinx, config: Config) -> None:
    config.templates_path.append(str(Path(__file__).parent / "templates"))


def setup(app: Sphinx) -> None:
    # Jupyter Book sets it for an extension that this book leaves out
    app.add_config_value("comments_config", {}, "")
    app.add_css_file("icons.css", priority=850)
    app.add_css_file("book.css", priority=900)
    app.add_js_file("book.js", loading_method="defer")
    app.connect("config-inited", own_templates, priority=10)
    app.connect("config-inited", repository_buttons, priority=10)
    app.connect("source-read", name_repository)
    app.connect("build-finished", finish, priority=950)
