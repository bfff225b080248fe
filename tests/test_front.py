"""What strangers meet first: workflows, Binder, citation, README, printed commands.

Each check is a function that says what is wrong; a test spoils something and sees it.
"""

from __future__ import annotations

import copy
import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
WORKFLOWS = ROOT / ".github" / "workflows"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = SpecifierSet(PROJECT["requires-python"])
SUPPORTED = [f"3.{minor}" for minor in range(8, 30) if f"3.{minor}" in PYTHONS]
PINNED = re.compile(r"(?P<name>[\w-]+/[\w-]+)@(?P<commit>[0-9a-f]{40})")

Workflow = dict[Any, Any]


def read(name: str) -> Workflow:
    return yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text())


def targets() -> set[str]:
    """What `make` can make."""
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))


def dry_run(*arguments: str) -> str:
    """What make would run."""
    command = ["make", "--dry-run", "--always-make", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def steps(workflow: Workflow) -> list[dict[str, Any]]:
    return [s for job in workflow["jobs"].values() for s in job.get("steps", [])]


# --- workflows ------------------------------------------------------------------------


def wrong_commands(workflow: Workflow) -> list[str]:
    """Only make targets and executable files of the project."""
    problems = []
    for line in "\n".join(s.get("run", "") for s in steps(workflow)).split("\n"):
        words = line.split()
        if not words:
            continue
        if words[0] == "make":
            problems += [f"no target {w}" for w in words[1:] if w not in targets()]
        elif not os.access(ROOT / words[0], os.X_OK) or (ROOT / words[0]).is_dir():
            problems.append(f"neither make nor a file of ours: {line}")
    return problems


def wrong_pythons(workflow: Workflow) -> list[str]:
    """Each Python is supported; a matrix names the oldest and the newest."""
    problems = []
    for name, job in workflow["jobs"].items():
        listed = job.get("strategy", {}).get("matrix", {}).get("python", [])
        if listed and not {SUPPORTED[0], SUPPORTED[-1]} <= set(listed):
            problems.append(f"{name} leaves out the oldest or the newest Python")
        asked = [s.get("with", {}).get("python-version") for s in job.get("steps", [])]
        for version in [*listed, *(v for v in asked if v and "matrix" not in str(v))]:
            if version not in SUPPORTED:
                problems.append(f"{name}: Python {version!r} is not supported")
    return problems


def too_much_allowed(workflow: Workflow) -> list[str]:
    """Reading, and what publishing needs in the one job that publishes."""
    problems = []
    if workflow.get("permissions") != {"contents": "read"}:
        problems.append("the workflow may do more than read")
    for name, job in workflow["jobs"].items():
        granted = job.get("permissions", {})
        if granted == "write-all" or granted == "read-all":
            problems.append(f"{name}: {granted}")
            continue
        written = {scope for scope, level in granted.items() if level == "write"}
        uses = " ".join(s.get("uses", "") for s in job.get("steps", []))
        needed = {"pages", "id-token"} if "actions/deploy-pages@" in uses else set()
        if written != needed:
            problems.append(f"{name} writes {sorted(written)}, needs {sorted(needed)}")
    for step in steps(workflow):
        if "actions/checkout@" in step.get("uses", "") and (
            step.get("with", {}).get("persist-credentials") is not False
        ):
            problems.append("the checkout keeps its credentials")
    return problems


def unbounded(workflow: Workflow) -> list[str]:
    problems = [] if "concurrency" in workflow else ["no concurrency group"]
    for name, job in workflow["jobs"].items():
        if "uses" not in job and not 0 < job.get("timeout-minutes", 0) <= 90:
            problems.append(f"{name} has no time limit")
    return problems


def uncached(workflow: Workflow) -> list[str]:
    """pip's cache is keyed on every requirements file."""
    problems = []
    for step in steps(workflow):
        if "actions/setup-python@" in step.get("uses", ""):
            how = step.get("with", {})
            keyed = set(ROOT.glob(how.get("cache-dependency-path", "none")))
            if how.get("cache") != "pip" or keyed != set(
                ROOT.glob("requirements*.txt")
            ):
                problems.append("pip's cache is not keyed on the requirements")
    return problems


def unpinned(text: str) -> list[str]:
    """Actions of others stand at a commit, with its version as a comment."""
    problems, commits = [], {}
    for line in re.findall(r"uses: (.*)", text):
        if line.startswith("./"):
            if not (ROOT / line).is_file():
                problems.append(f"there is no {line}")
            continue
        pin = PINNED.match(line)
        if pin is None or not re.search(r"# v\d+\.\d+\.\d+$", line):
            problems.append(f"not pinned: {line}")
        elif commits.setdefault(pin["name"], line) != line:
            problems.append(f"two versions: {line}")
    return problems


CHECKS = (wrong_commands, wrong_pythons, too_much_allowed, unbounded, uncached)
NAMES = sorted(path.stem for path in WORKFLOWS.glob("*.yml"))


def problems_of(workflow: Workflow) -> list[str]:
    return [problem for check in CHECKS for problem in check(workflow)]


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_fits_the_project(name: str) -> None:
    assert problems_of(read(name)) == []


def test_actions_are_pinned() -> None:
    assert unpinned("\n".join(p.read_text() for p in WORKFLOWS.glob("*.yml"))) == []


def _spoil(name: str, *path: Any, to: Any) -> Workflow:
    workflow = copy.deepcopy(read(name))
    inner = workflow
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return workflow


@pytest.mark.parametrize(
    ("name", "path", "to", "said"),
    [
        ("pages", ("jobs", "build", "steps", 3, "run"), "make boook", "boook"),
        ("test", ("jobs", "linux", "steps", 2, "run"), "curl a | sh", "neither"),
        ("test", ("jobs", "linux", "steps", 2, "run"), "src", "neither"),
        ("test", ("jobs", "linux", "strategy", "matrix", "python"), ["3.11"], "newest"),
        (
            "test",
            ("jobs", "linux", "strategy", "matrix", "python"),
            ["3.10", "3.11", "3.13"],
            "'3.10' is not",
        ),
        (
            "pages",
            ("jobs", "build", "steps", 1, "with", "python-version"),
            3.1,
            "3.1 is not",
        ),
        ("test", ("permissions",), {"contents": "write"}, "more than read"),
        ("test", ("permissions",), None, "more than read"),
        ("pages", ("jobs", "build", "permissions"), {"pages": "write"}, "build writes"),
        ("pages", ("jobs", "deploy", "permissions"), {"pages": "write"}, "id-token"),
        ("pages", ("jobs", "build", "permissions"), "write-all", "write-all"),
        ("pages", ("jobs", "build", "steps", 0, "with"), {}, "credentials"),
        ("test", ("jobs", "linux", "timeout-minutes"), 0, "no time limit"),
        ("pages", ("jobs", "deploy", "timeout-minutes"), 600, "no time limit"),
        ("test", ("jobs", "linux", "steps", 1, "with", "cache"), "", "keyed"),
        (
            "test",
            ("jobs", "macos", "steps", 1, "with", "cache-dependency-path"),
            "requirements.txt",
            "keyed",
        ),
    ],
)
def test_a_spoiled_workflow_is_refused(
    name: str, path: tuple, to: Any, said: str
) -> None:
    assert said in " ".join(problems_of(_spoil(name, *path, to=to)))


def test_a_workflow_without_concurrency_is_refused() -> None:
    workflow = read("test")
    del workflow["concurrency"]
    assert unbounded(workflow) == ["no concurrency group"]


@pytest.mark.parametrize(
    "line",
    [
        "uses: actions/checkout@v7",
        "uses: actions/checkout@main # v7.0.1",
        f"uses: actions/checkout@{'a' * 40}",
        f"uses: a/b@{'a' * 40} # v1.0.0\nuses: a/b@{'b' * 40} # v1.0.1",
        "uses: ./.github/workflows/nowhere.yml",
    ],
)
def test_a_loose_action_is_refused(line: str) -> None:
    assert unpinned(line) != []


def test_what_is_published_is_what_make_book_writes() -> None:
    workflow = read("pages")
    commands = [s["run"] for s in steps(workflow) if "run" in s]
    assert commands == ["make book"]
    (upload,) = (s for s in steps(workflow) if "upload-pages" in s.get("uses", ""))
    built = re.findall(r"jupyter-book build (\S+)(.*)", dry_run("book"))
    assert len(built) == 1 and built[0][0] == "." and "-W" in built[0][1]
    assert "--path-output" not in built[0][1], "else the book is not in _build/html"
    assert upload["with"]["path"] == "_build/html"
    assert f"tools/serve.py {upload['with']['path']}" in dry_run("serve")


def test_nothing_is_published_untested() -> None:
    jobs = read("pages")["jobs"]
    assert jobs["test"] == {"uses": "./.github/workflows/test.yml"}
    assert jobs["build"]["needs"] == "test" and jobs["deploy"]["needs"] == "build"
    assert "workflow_call" in read("test")[True]  # YAML reads `on` as true
    assert ".ci/run" in [s.get("run") for s in read("test")["jobs"]["linux"]["steps"]]


# --- set-up: make and Binder ----------------------------------------------------------


def pins(name: str = "requirements.txt") -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.M)
    return {package.lower(): version for package, version in found}


FAKE_PYTHON = """#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in
  *--index-url*) [ "$INDEX" = up ] || { echo "pip: no" >&2; exit 1; } ;;
  "-m venv "*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
esac
"""


def fake_setup(tmp_path: Path, *arguments: str, index: str = "up") -> tuple[str, str]:
    """`make setup` with a Python that only takes notes: (what it ran, what it said)."""
    for name in ("Makefile", "requirements.txt", "requirements-data.txt"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    python, log = tmp_path / "python", tmp_path / "log"
    python.write_text(FAKE_PYTHON)
    python.chmod(0o755)
    uname = tmp_path / "uname"
    uname.write_text("#!/bin/sh\necho ${SYSTEM:-Linux}\n")
    uname.chmod(0o755)
    done = subprocess.run(
        ["make", "setup", f"PYTHON={python}", *arguments],
        cwd=tmp_path,
        env=os.environ
        | {"LOG": str(log), "INDEX": index, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return log.read_text(), done.stdout + done.stderr


def test_on_linux_pytorch_comes_without_gpu_parts_first(tmp_path: Path) -> None:
    ran, said = fake_setup(tmp_path)
    lines = [line for line in ran.splitlines() if "pip install" in line]
    assert f"torch=={pins()['torch']}" in lines[0] and "/whl/cpu" in lines[0]
    assert "--no-deps" in lines[0]
    assert "-r requirements.txt" in lines[1]
    assert "taking PyPI's" not in said


def test_a_silent_index_does_not_stop_the_setup(tmp_path: Path) -> None:
    ran, said = fake_setup(tmp_path, index="down")
    assert "taking PyPI's" in said and "-r requirements.txt" in ran
    assert (tmp_path / ".venv" / "ready").exists()


def test_the_index_can_be_left_out(tmp_path: Path) -> None:
    ran, said = fake_setup(tmp_path, "TORCH_INDEX=")
    assert "--index-url" not in ran and "taking PyPI's" not in said


def test_other_systems_need_no_other_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYSTEM", "Darwin")
    ran, _ = fake_setup(tmp_path)
    assert "--index-url" not in ran and "-r requirements.txt" in ran


def test_binder_gets_the_pinned_versions() -> None:
    folder = ROOT / ".binder"
    runtime = (folder / "runtime.txt").read_text().strip()
    assert runtime.removeprefix("python-") in SUPPORTED and runtime.startswith(
        "python-"
    )
    for name in ("postBuild", "start"):
        assert os.access(folder / name, os.X_OK), f"{name} must be executable"
        subprocess.run(["bash", "-n", folder / name], check=True)
    # a constraint pins only what it names: each dependency must be pinned
    needed = {Requirement(text).name for text in PROJECT["dependencies"]}
    assert needed <= set(pins())


def test_binder_runs_what_we_say(tmp_path: Path) -> None:
    pip, log = tmp_path / "pip", tmp_path / "log"
    pip.write_text('#!/bin/sh\necho "$@" >> "$LOG"\n')
    pip.chmod(0o755)
    settings = {"LOG": str(log), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    script = ROOT / ".binder" / "postBuild"
    subprocess.run([script], cwd=ROOT, env=os.environ | settings, check=True)
    first, second, third = log.read_text().splitlines()
    assert first.endswith(f"/whl/cpu torch=={pins()['torch']}")
    assert "--constraint requirements.txt --editable ." in second
    assert "--no-deps --requirement requirements-data.txt" in third


# --- citation and README --------------------------------------------------------------


def test_the_citation_names_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    settings = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert citation["cff-version"] == "1.2.0" and citation["message"]
    assert citation["version"] == PROJECT["version"]
    assert citation["title"] == settings["title"]
    assert citation["authors"] == [{"name": settings["author"]}]
    assert citation["license"] == PROJECT["license"].split(" AND ")


PRINTED = [
    ROOT / name
    for name in ("README.md", "CONTRIBUTING.md", "book/setup.md", "book/index.md")
]


def wrong_make_commands(text: str) -> list[str]:
    """Commands in a text that make does not know: in code, after `make`."""
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.S))
    return [
        name
        for name in re.findall(r"(?:^|`|then )make ([a-z]+)", code, re.M)
        if name not in targets()
    ]


def dead_files(path: Path) -> list[str]:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    return [link for link in links if not (path.parent / link).exists()]


@pytest.mark.parametrize("path", PRINTED, ids=lambda path: path.name)
def test_printed_commands_and_links_exist(path: Path) -> None:
    assert wrong_make_commands(path.read_text(encoding="utf-8")) == []
    assert dead_files(path) == []


def test_a_wrong_command_and_a_dead_link_are_found(tmp_path: Path) -> None:
    text = (
        "we make cakes\n```\nmake serv  # now\n```\nand `make test`, `make all X=1`\n"
    )
    assert wrong_make_commands(text) == ["serv", "all"]
    page = tmp_path / "a.md"
    page.write_text("[a](b.md#c) [a](a.md) [a](https://example.org) [a](#here)")
    assert dead_files(page) == ["b.md"]


def licence_rows(text: str) -> dict[str, tuple[str, str]]:
    """Package -> (version, licence) of the README's table."""
    rows = re.findall(r"^\| `([\w-]+)` (\S+) \|[^|]*\| ([^|]+) \|", text, re.M)
    return {name: (version, licence.strip()) for name, version, licence in rows}


def installed_licence(package: str) -> str:
    found = metadata(package)
    classifiers = found.get_all("Classifier") or []
    named = [c for c in classifiers if c.startswith("License ::")]
    return " ".join(
        [found.get("License-Expression", ""), found.get("License", "")[:80]] + named
    )


def test_the_licence_table_is_what_is_installed() -> None:
    rows = licence_rows((ROOT / "README.md").read_text(encoding="utf-8"))
    wanted = pins("requirements-data.txt")
    assert {name: version for name, (version, _) in rows.items()} == wanted
    for name, (_, licence) in rows.items():
        words = installed_licence(name).replace("BSD 3-Clause", "BSD-3-Clause")
        assert licence in words, (name, words)


def not_in_step(toc: Any, rendered: set[str]) -> list[str]:
    """Pages that the table of contents names and nobody wrote, and the reverse."""
    named = {page["file"] for part in toc["parts"] for page in part["chapters"]}
    absent = [
        name
        for name in sorted(named)
        if not any((ROOT / f"{name}{end}").is_file() for end in (".md", ".ipynb"))
    ]
    return absent + sorted(rendered - named)


def test_the_table_of_contents_names_what_exists() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    rendered = {
        f"{folder}/{path.stem}"
        for folder in ("chapters", "exercises", "solutions")
        for path in (ROOT / folder).glob("*.ipynb")
    }
    assert not_in_step(toc, rendered) == []
    assert not_in_step(toc, rendered | {"chapters/99_x"}) == ["chapters/99_x"]
    toc["parts"][0]["chapters"].append({"file": "book/nowhere"})
    assert not_in_step(toc, rendered) == ["book/nowhere"]
