"""The `unrolled` command: start an exercise, rescue work, grade a notebook.

Exit status of `unrolled grade`: 0 graded, 3 ungradable, 2 wrong usage. The other
commands: 0 done, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from unrolled.grader.course import Course, NotACheckout
from unrolled.grader.engine import (
    Result,
    grade_results,
    results_json,
    ungradable_json,
)
from unrolled.grader.question import CourseFault
from unrolled.grader.report import html_report, text_report
from unrolled.grader.submission import Ungradable

OK, USAGE, UNGRADABLE = 0, 2, 3


class Usage(Exception):
    """The command was not used as it should be; the text says how."""


def main(argv: list[str] | None = None, course: Course | None = None) -> int:
    """Run the command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console that has no ✓ prints a ?
            stream.reconfigure(errors="replace")
    arguments = parser().parse_args(argv)
    try:
        status = arguments.run(arguments, course or Course())
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever reads, `| head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the exit
        return 0
    except Usage as problem:
        print(f"unrolled {arguments.command}: {problem}", file=sys.stderr)
        return USAGE
    except NotACheckout as problem:
        print(f"unrolled {arguments.command}: {problem}", file=sys.stderr)
        return USAGE


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="unrolled", description=__doc__.splitlines()[0])
    commands = top.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="copy an exercise to work/")
    start.add_argument("chapter", help="3, 03 or 03_bptt")
    start.set_defaults(run=run_start)
    rescue = commands.add_parser(
        "rescue", help="move work done in exercises/ to work/ and restore the original"
    )
    rescue.add_argument("chapter", help="3, 03 or 03_bptt")
    rescue.set_defaults(run=run_rescue)
    grade = commands.add_parser("grade", help="grade a notebook")
    grade.add_argument("file", help="a notebook, e.g. work/03_bptt.ipynb")
    grade.add_argument("--json", action="store_true", help="print one JSON object")
    grade.add_argument("--html", metavar="OUT", help="also write a report to OUT")
    grade.add_argument("--seed", type=_seed, default=0, help="for the numbers drawn")
    grade.set_defaults(run=run_grade)
    return top


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**63:
        raise argparse.ArgumentTypeError("a seed is a whole number >= 0")
    return value


def run_grade(arguments: argparse.Namespace, course: Course) -> int:
    """Grade one file and report."""
    path, seed = Path(arguments.file), arguments.seed
    results: list[Result] = []
    report = Path(arguments.html) if arguments.html else None
    if report is not None and report.resolve() == path.resolve():
        raise Usage("--html OUT is the notebook itself; give another name")
    try:
        _, results = grade_results(path, seed, course=course)
        data = results_json(arguments.file, seed, results)
    except (FileNotFoundError, IsADirectoryError) as problem:
        raise Usage(str(problem)) from None
    except Ungradable as reason:
        data = ungradable_json(arguments.file, seed, str(reason))
    except CourseFault as fault:
        data = ungradable_json(arguments.file, seed, f"The course failed: {fault}.")
    if report is not None:
        try:
            page = html_report(data, results)
            report.write_bytes(page.encode("utf-8", errors="replace"))
        except OSError as problem:
            raise Usage(f"cannot write {arguments.html}: {problem.strerror}") from None
    if arguments.json:
        print(json.dumps(data, ensure_ascii=True))
    else:
        print(text_report(data, results))
    return OK if data["state"] == "graded" else UNGRADABLE


def find_exercise(chapter: str, root: Path) -> Path:
    """The notebook of "3", "03" or "03_bptt" in exercises/. Raises Usage."""
    folder = root / "exercises"
    match = re.fullmatch(r"0*(\d{1,2})(?:_\w+)?(?:\.ipynb)?", Path(chapter).name)
    found = sorted(folder.glob(f"{int(match[1]):02d}_*.ipynb")) if match else []
    if not found:
        known = ", ".join(p.stem for p in sorted(folder.glob("*.ipynb"))) or "none"
        raise Usage(f"there is no exercise {chapter!r}; there are: {known}")
    return found[0]


def run_start(arguments: argparse.Namespace, course: Course) -> int:
    """Copy exercises/NN_name.ipynb to work/, unless it is there."""
    root = course.root()
    original = find_exercise(arguments.chapter, root)
    copy = root / "work" / original.name
    shown = copy.relative_to(root).as_posix()
    copy.parent.mkdir(exist_ok=True)
    try:
        with copy.open("xb") as file:
            file.write(original.read_bytes())
        print(f"{shown} is your copy.")
    except FileExistsError:
        print(f"{shown} is there already and was left as it is.")
        if tasks(original) - tasks(copy):
            print("Its tasks are not those of today's exercise: an earlier version, or")
            print("cells were deleted. To begin anew, rename it and say this again.")
    print("Open it with `make lab`, run its cells from the top, answer, save;")
    print(f"for your score: `make grade EX={original.name[:2]}`.")
    return OK


def tasks(notebook: Path) -> set[str]:
    """What the course wrote in a notebook: the sources of all cells but the answers.
    Of a file that is no notebook: nothing."""
    try:
        cells = json.loads(notebook.read_bytes())["cells"]
        return {
            "".join(cell["source"])
            for cell in cells
            if not cell["metadata"].get("nbgrader", {}).get("solution")
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return set()


def run_rescue(arguments: argparse.Namespace, course: Course) -> int:
    """Move an exercise edited in place to work/ and restore the original from git."""
    root = course.root()
    edited = find_exercise(arguments.chapter, root)
    name = edited.relative_to(root).as_posix()
    original = committed(root, name)
    mine = edited.read_bytes()
    if mine.replace(b"\r\n", b"\n") == original.replace(b"\r\n", b"\n"):
        print(f"{name} is the original: there is nothing to rescue.")
        return OK
    copy = save_beside(mine, root / "work", edited.stem)
    part = edited.with_suffix(".part")
    part.write_bytes(original)
    part.replace(edited)
    print(f"Your work is now {copy.relative_to(root).as_posix()};")
    print(f"{name} is the original again.")
    return OK


def committed(root: Path, name: str) -> bytes:
    """A file as last committed. Raises Usage when git cannot tell."""
    command = ["git", "-C", str(root), "show", f"HEAD:./{name}"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        raise Usage("git is not installed, so the original is unknown") from None
    if done.returncode != 0:
        raise Usage(
            f"git has no committed {name}, so there is no original to restore; "
            "nothing was changed"
        )
    return done.stdout


def save_beside(content: bytes, folder: Path, stem: str) -> Path:
    """Write content to folder/stem.ipynb or, if taken, to a numbered name."""
    folder.mkdir(exist_ok=True)
    number = 0
    while True:
        ending = "" if number == 0 else f"_rescued_{number}"
        path = folder / f"{stem}{ending}.ipynb"
        try:
            with path.open("xb") as file:
                file.write(content)
            return path
        except FileExistsError:
            number += 1


if __name__ == "__main__":
    sys.exit(main())
