"""The same scores through nbgrader: blank = 0, half = half, reference = full.

A course folder is made from the rendered notebooks: solutions/ is nbgrader's source,
what exercises/ holds is what learners hand in.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import toy
from harness import Bench, answer_cell, blank, code_cell, notebook_of

from unrolled.grader.course import GRADE_ID, Course

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
Notebook = dict[str, Any]


@pytest.fixture(autouse=True)
def programs(monkeypatch):
    """nbgrader calls alembic by its bare name."""
    beside = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{beside}{os.pathsep}{os.environ['PATH']}")


def nbgrader(folder: Path, *arguments: str) -> None:
    """Run nbgrader in a course folder, away from the user's own configuration."""
    home = {"HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder / "jupyter")}
    environment = os.environ | home | {"OMP_NUM_THREADS": "1"}
    environment.pop("NBGRADER_EXECUTION", None)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def scores(folder: Path, name: str) -> dict[str, dict[str, float]]:
    """{learner: {grade id: score}} of the grade database."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        return {
            learner.id: {
                grade.name: grade.score
                for grade in book.find_submission_notebook(
                    name, "ps", learner.id
                ).grades
            }
            for learner in book.students
        }


def autograded(
    folder: Path, name: str, source: Notebook, handed_in: dict[str, Notebook]
) -> dict[str, dict[str, float]]:
    """Generate the assignment, hand in, autograde; the scores."""
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.CourseDirectory.course_id = 'toy'\n"
        f"c.CourseDirectory.db_url = 'sqlite:///{folder}/gradebook.db'\n"
    )
    write(folder / "source" / "ps" / f"{name}.ipynb", source)
    nbgrader(folder, "generate_assignment", "ps")
    for learner, notebook in handed_in.items():
        write(folder / "submitted" / learner / "ps" / f"{name}.ipynb", notebook)
    nbgrader(folder, "autograde", "ps")
    return scores(folder, name)


def write(path: Path, notebook: Notebook) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def with_answers(
    notebook: Notebook, source_of: Callable[[str], str | None]
) -> Notebook:
    """A copy with answer cells replaced where source_of(question id) gives one."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        match = GRADE_ID.fullmatch(grade_id)
        if match and match[1] == "answer":
            new = source_of(f"{match[2]}.{match[3]}")
            if new is not None:
                cell["source"] = new
    return notebook


def rendered(folder: str) -> Notebook:
    """Chapter 3's notebook in solutions/ or exercises/."""
    (path,) = (ROOT / folder).glob("03_*.ipynb")
    return json.loads(path.read_text(encoding="utf-8"))


def test_chapter_3(tmp_path):
    course = Course()
    questions, answers = course.questions("03"), course.sources("03").answers
    first = {q.id for q in questions[::2]}
    (path,) = (ROOT / "solutions").glob("03_*.ipynb")
    exercise = rendered("exercises")
    handed_in = {
        "blank": exercise,
        "half": with_answers(exercise, lambda i: answers[i] if i in first else None),
        "reference": rendered("solutions"),
    }
    found = autograded(tmp_path, path.stem, rendered("solutions"), handed_in)
    full = {q.grade_id("check"): float(q.points) for q in questions}
    assert found["reference"] == full
    assert found["blank"] == dict.fromkeys(full, 0.0)
    assert found["half"] == {
        q.grade_id("check"): float(q.points) if q.id in first else 0.0
        for q in questions
    }


def toy_notebook(answers: dict[str, str]) -> Notebook:
    """Chapter 90 as the renderer would write it."""
    setup = (
        f"import sys; sys.path.insert(0, {str(HERE)!r})\n"
        "import numpy as np\nfrom toy import check"
    )
    cells = [code_cell(setup)]
    for item in toy.QUESTIONS:
        answer = item.grade_id("answer")
        cells.append(answer_cell(answer, answers[item.id]))
        check = answer_cell(item.grade_id("check"), f'check("{item.id}")')
        check["metadata"]["nbgrader"] |= {
            "grade": True,
            "solution": False,
            "locked": True,
            "points": item.points,
        }
        cells.append(check)
    return notebook_of(cells)


def test_partial_credit(tmp_path):
    """A misconception keeps the points of what it does right."""
    bench = Bench("90", course=toy.COURSE)
    reference = bench.sources.answers
    blanks = {name: blank(source) for name, source in reference.items()}
    square = "def double(x):\n    return x * x\nprint('a trial', double(np.ones(1)))"
    partly = blanks | {"90.1": square, "90.3": reference["90.3"]}
    handed_in = {
        "partly": toy_notebook(partly),
        "blank": toy_notebook(blanks),
        "reference": toy_notebook(reference),
    }
    found = autograded(tmp_path, "toy", toy_notebook(reference), handed_in)
    ids = [q.grade_id("check") for q in toy.QUESTIONS]
    assert found["partly"] == dict(zip(ids, [2.0, 0.0, 4.0], strict=True))
    assert found["blank"] == dict.fromkeys(ids, 0.0)
    assert found["reference"] == dict(zip(ids, [4.0, 2.0, 4.0], strict=True))
