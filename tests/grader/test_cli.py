"""The command line, the JSON contract, and files that cannot be graded."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import toy
from harness import Bench, answer_cell, code_cell, notebook_of

from unrolled import cli
from unrolled.grader.engine import grade

BENCH = Bench("90", course=toy.COURSE)
GOOD = "def double(x):\n    return 2.0 * x"
FIELDS = ["file", "state", "score", "points", "seed", "questions"]


def run(*arguments: str, course: toy.Toy = toy.COURSE) -> int:
    return cli.main(list(arguments), course)


@pytest.fixture
def half(tmp_path) -> Path:
    """The first answer right, the second blank, the third a misconception."""
    wrong = "def apply_with_noise(f, x, rng):\n    return f(x)"
    answers = {"90.1": GOOD, "90.3": wrong}
    return BENCH.notebook(tmp_path / "half.ipynb", answers)


def test_json_is_the_contract(half, capsys):
    assert run("grade", str(half), "--json", "--seed", "3") == 0
    out = capsys.readouterr().out
    data = json.loads(out)
    assert list(data) == FIELDS
    assert data["file"] == str(half)
    assert (data["state"], data["score"], data["points"]) == ("graded", 4, 10)
    assert data["seed"] == 3
    for entry in data["questions"]:
        assert list(entry) == ["id", "score", "points", "misconception", "messages"]
    assert [q["id"] for q in data["questions"]] == ["90.1", "90.2", "90.3"]
    assert [q["score"] for q in data["questions"]] == [4, 0, 0]
    assert [q["misconception"] for q in data["questions"]] == [None, None, "no noise"]
    assert data["questions"][0]["messages"] == []
    assert data["questions"][1]["messages"] == ["Exercise 90.2 is not answered yet."]
    assert "The noise is missing." in data["questions"][2]["messages"][0]


def test_json_is_the_same_byte_for_byte(half, capsys):
    run("grade", str(half), "--json")
    first = capsys.readouterr().out
    run("grade", str(half), "--json")
    assert capsys.readouterr().out == first


def test_grade_in_python_gives_the_same(half, capsys):
    run("grade", str(half), "--json")
    assert json.loads(capsys.readouterr().out) == grade(half, course=toy.COURSE)


def test_text_report(half, capsys):
    assert run("grade", str(half)) == 0
    out = capsys.readouterr().out
    assert "half.ipynb: 4 of 10 points" in out
    assert "✓ 2/2  is twice x" in out
    assert "fine for your own work, not for that of strangers" in " ".join(out.split())
    assert all(len(line) <= 88 for line in out.splitlines()[1:])


def test_html_report_is_self_contained_and_escaped(half, tmp_path, capsys):
    evil = "def double(x):\n    raise ValueError('<script>alert(1)</script>&')"
    path = BENCH.notebook(tmp_path / "<b>&.ipynb", {"90.1": evil})
    out = tmp_path / "report.html"
    assert run("grade", str(path), "--html", str(out)) == 0
    page = out.read_text("utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "&lt;b&gt;&amp;.ipynb" in page
    assert not re.search(r"(src|href|url\(|@import|https?:)", page)
    assert "prefers-color-scheme: dark" in page
    assert page.count("<section>") == page.count("</section>") == 3


def test_html_report_never_replaces_the_notebook(half, capsys):
    before = half.read_bytes()
    assert run("grade", str(half), "--html", str(half)) == 2
    assert half.read_bytes() == before


def test_html_report_of_an_ungradable_file(tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    path.write_text("")
    assert run("grade", str(path), "--html", str(tmp_path / "r.html")) == 3
    assert "The file is empty." in (tmp_path / "r.html").read_text("utf-8")


def test_stripped_metadata_is_found_by_function_name(tmp_path):
    path = tmp_path / "a.ipynb"
    cells = [
        code_cell("def double(x):\n    return 0 * x"),
        code_cell("import numpy as np"),
        code_cell(GOOD),  # the last one counts
        code_cell("s = 'def quadruple(x):'"),
    ]
    path.write_text(json.dumps(notebook_of(cells)))
    result = grade(path, course=toy.COURSE)
    assert [q["score"] for q in result["questions"]] == [4, 0, 0]
    assert "is not in the notebook" in result["questions"][1]["messages"][0]


def test_an_answer_moved_to_another_cell_is_found(tmp_path):
    path = tmp_path / "a.ipynb"
    cells = [answer_cell("answer-90-1", "# see below"), code_cell(GOOD)]
    path.write_text(json.dumps(notebook_of(cells)))
    assert grade(path, course=toy.COURSE)["score"] == 4


def test_source_as_list_of_lines_and_no_kernel_metadata(tmp_path):
    notebook = notebook_of([answer_cell("answer-90-1", GOOD)])
    notebook["cells"][0]["source"] = GOOD.splitlines(True)
    notebook["metadata"] = {}
    path = tmp_path / "ünï ✓.ipynb"
    path.write_text(json.dumps(notebook))
    assert grade(path, course=toy.COURSE)["score"] == 4


# --- not gradable is not zero -----------------------------------------------------


def changed(**top: object) -> bytes:
    return json.dumps(notebook_of([answer_cell("answer-90-1", GOOD)]) | top).encode()


def with_cells(*cells: object) -> bytes:
    return changed(cells=list(cells))


CELL = answer_cell("answer-90-1", GOOD)
R_KERNEL = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
UNGRADABLE = {
    "empty": (b"", "empty"),
    "blank": (b"  \n", "empty"),
    "binary": (bytes(range(256)), "not text"),
    "text": (b"hello", "not JSON"),
    "python": (GOOD.encode(), "not JSON"),
    "truncated": (changed()[:-40], "cut off"),
    "utf-8 mark": (b"\xef\xbb\xbf" + changed(), "byte-order mark"),
    "utf-16": (changed().decode().encode("utf-16"), "byte-order mark"),
    "latin-1": ('{"a": "ü"}'.encode("latin-1"), "not text"),
    "list": (b"[]", "not a Jupyter notebook"),
    "number": (b"4", "not a Jupyter notebook"),
    "null": (b"null", "not a Jupyter notebook"),
    "deep": (b'{"cells":' + b"[" * 10**5, "nested too deeply"),
    "format 3": (changed(nbformat=3), "format 3; expected format 4"),
    "format 5": (changed(nbformat=5), "format 5; expected format 4"),
    "no format": (b'{"cells": []}', "no known format"),
    "format true": (changed(nbformat=True), "expected format 4"),
    "cells no list": (changed(cells={}), "cells are damaged"),
    "cells null": (changed(cells=None), "cells are damaged"),
    "a cell no dict": (with_cells(CELL, 3), "cells are damaged"),
    "a source no text": (with_cells(CELL | {"source": 3}), "cells are damaged"),
    "a source of numbers": (with_cells(CELL | {"source": [3]}), "cells are damaged"),
    "no cell type": (with_cells({"source": ""}), "cells are damaged"),
    "R": (changed(metadata=R_KERNEL), "kernel is R; expected Python"),
    "doubled id": (with_cells(CELL, CELL), "answer-90-1 is in the notebook more than"),
    "markdown": (with_cells(CELL | {"cell_type": "markdown"}), "no code cell any more"),
    "no cells": (with_cells(), "no answer to any exercise"),
    "no answers": (with_cells(code_cell("x = 1")), "no answer to any exercise"),
    "other chapter": (
        with_cells(answer_cell("answer-77-1", "def f(x): return x")),
        "no answer to any exercise",
    ),
}


@pytest.mark.parametrize("kind", UNGRADABLE)
def test_ungradable(kind, tmp_path, capsys):
    raw, words = UNGRADABLE[kind]
    path = tmp_path / "a.ipynb"
    path.write_bytes(raw)
    assert run("grade", str(path), "--json") == 3
    data = json.loads(capsys.readouterr().out)
    assert data["state"] == "ungradable"
    assert data["score"] is None
    assert data["questions"] == []
    assert words in data["message"]
    assert data["message"].endswith(".") and "\n" not in data["message"]
    assert run("grade", str(path)) == 3
    assert data["message"] in capsys.readouterr().out


@pytest.mark.parametrize(
    "metadata", [None, 3, {"nbgrader": None}, {"nbgrader": {"grade_id": 3}}]
)
def test_odd_metadata_is_as_good_as_none(metadata, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(with_cells(CELL | {"metadata": metadata}))
    assert grade(path, course=toy.COURSE)["score"] == 4


def test_a_fault_of_the_course_is_no_zero(tmp_path, capsys):
    class Broken(toy.Toy):
        def sources(self, chapter):
            return toy.Sources({"90.1": "import nothing_of_this_name"}, {})

    path = tmp_path / "a.ipynb"
    path.write_bytes(changed())
    assert run("grade", str(path), "--json", course=Broken()) == 3
    assert json.loads(capsys.readouterr().out)["score"] is None


# --- wrong usage ------------------------------------------------------------------


def test_wrong_usage_has_status_2(tmp_path, capsys):
    assert run("grade", str(tmp_path / "none.ipynb")) == 2
    assert "there is no file" in capsys.readouterr().err
    assert run("grade", str(tmp_path)) == 2
    assert "is a folder" in capsys.readouterr().err
    for arguments in ([], ["grade"], ["grade", "a", "--seed", "x"], ["nothing"]):
        with pytest.raises(SystemExit) as caught:
            run(*arguments)
        assert caught.value.code == 2
    with pytest.raises(SystemExit):
        run("grade", "a", "--seed", "-1")


def test_the_installed_command(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("{")
    command = [sys.executable, "-m", "unrolled.cli", "grade", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 3
    assert done.stderr == ""
    assert "damaged or cut off" in done.stdout


# --- start and rescue -------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path) -> toy.Toy:
    """A repository with one exercise."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "90_toy.ipynb").write_text("the original\n")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "toy"], check=True)
    return toy.Toy(tmp_path)


@pytest.mark.parametrize("name", ["90", "90_toy", "90_toy.ipynb", "exercises/90_toy"])
def test_start_copies(checkout, capsys, name):
    assert run("start", name, course=checkout) == 0
    copy = checkout.folder / "work" / "90_toy.ipynb"
    assert copy.read_text() == "the original\n"
    assert "work/90_toy.ipynb is your copy" in capsys.readouterr().out


def test_start_never_overwrites(checkout, capsys):
    copy = checkout.folder / "work" / "90_toy.ipynb"
    copy.parent.mkdir()
    copy.write_text("mine")
    assert run("start", "90", course=checkout) == 0
    assert copy.read_text() == "mine"
    assert "left as it is" in capsys.readouterr().out


def test_a_reader_that_stops_early_is_no_error():
    script = (
        "import sys\n"
        "from unrolled import cli\n"
        "class Course: pass\n"
        "cli.run_start = lambda *_: print('x' * 2**20) or 0\n"
        "sys.exit(cli.main(['start', '90'], Course()))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        running.stdout.read(10)
        running.stdout.close()
        complaint = running.stderr.read()
    assert running.returncode == 0 and complaint == b""


def test_start_says_that_a_copy_is_of_an_earlier_version(checkout, capsys):
    original = checkout.folder / "exercises" / "90_toy.ipynb"
    answer = answer_cell("answer-90-1", GOOD)
    task, changed = code_cell("check('90.1')"), code_cell("check('90.2')")
    copy = checkout.folder / "work" / "90_toy.ipynb"
    original.write_text(json.dumps(notebook_of([answer, task])))
    assert run("start", "90", course=checkout) == 0
    copy.write_text(json.dumps(notebook_of([answer_cell("a", "mine"), task])))
    capsys.readouterr()
    assert run("start", "90", course=checkout) == 0
    assert "earlier version" not in capsys.readouterr().out
    original.write_text(json.dumps(notebook_of([answer, changed])))
    assert run("start", "90", course=checkout) == 0
    assert "earlier version" in capsys.readouterr().out
    assert "mine" in copy.read_text()


@pytest.mark.parametrize("name", ["7", "toy", "", "../90", "900"])
def test_start_of_an_unknown_exercise(checkout, capsys, name):
    expected = 0 if name == "../90" else 2
    assert run("start", name, course=checkout) == expected
    if expected:
        assert "there are: 90_toy" in capsys.readouterr().err


def test_nothing_to_rescue(checkout, capsys):
    assert run("rescue", "90", course=checkout) == 0
    assert "nothing to rescue" in capsys.readouterr().out
    assert not (checkout.folder / "work").exists()


def test_rescue_moves_work_and_restores(checkout, capsys):
    original = checkout.folder / "exercises" / "90_toy.ipynb"
    work = checkout.folder / "work"
    for text, name in (("one", "90_toy"), ("two", "90_toy_rescued_1")):
        original.write_text(text)
        assert run("rescue", "90", course=checkout) == 0
        assert f"work/{name}.ipynb" in capsys.readouterr().out
        assert (work / f"{name}.ipynb").read_text() == text
        assert original.read_text() == "the original\n"
    assert (work / "90_toy.ipynb").read_text() == "one"


def test_rescue_without_an_original_changes_nothing(checkout, capsys):
    new = checkout.folder / "exercises" / "91_new.ipynb"
    new.write_text("mine")
    assert run("rescue", "91", course=checkout) == 2
    assert new.read_text() == "mine"
    assert "nothing was changed" in capsys.readouterr().err
