"""Rendering: what is written, what is refused, and that nothing is lost."""

import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest

from tools import notebooks
from tools.notebooks import Refused

CHAPTER = """# 1 Toy

One line.
A reference: [eq-double](#eq-double).

## 1.1 Doubling

$$ y = 2x $$ (eq-double)

```python
import numpy as np

print("twice:", 2 * np.arange(3))
```

```python alt="A line that rises from 0 to 2."
import matplotlib.pyplot as plt

plt.plot([0, 1, 2])
plt.show()
```

```text
shown, not run
```

The end.
"""

EXERCISE = """# Exercises for chapter 1

```python
def check(question):
    print("checked", question)
```

## Exercise 1.1: double (2 points)

Write $y$ of [ex-double](#ex-double).

$$ y = 2x $$ (ex-double)

```python given="01.1"
start = 3
```

```python answer="01.1"
def double(x):
    \"\"\"Twice x.\"\"\"
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
```

```python check="01.1"
check("01.1")
```
"""

ANSWERED = EXERCISE[EXERCISE.index("```python answer") : EXERCISE.index("```python ch")]


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A checkout with one chapter and one exercise; full marks unless changed."""
    for folder in ("chapters", "exercises"):
        (tmp_path / "book" / folder).mkdir(parents=True)
    marks = {"id": "01.1", "score": 2, "points": 2, "messages": []}
    monkeypatch.setattr(notebooks, "question", lambda q: SimpleNamespace(points=2))
    monkeypatch.setattr(
        notebooks, "grade", lambda path: {"state": "graded", "questions": [marks]}
    )
    chapter = tmp_path / "book/chapters/01_toy.md"
    exercise = tmp_path / "book/exercises/01_toy.md"
    chapter.write_text(CHAPTER)
    exercise.write_text(EXERCISE)
    return SimpleNamespace(
        root=tmp_path, chapter=chapter, exercise=exercise, marks=marks
    )


def read(path):
    return nbformat.read(path, as_version=4)


# --- what is written ----------------------------------------------------------------


def test_rendered_twice_is_byte_identical(course):
    notebooks.render([course.chapter])
    path = course.root / "chapters/01_toy.ipynb"
    first = path.read_bytes()
    path.unlink()
    notebooks.render([course.chapter])
    assert path.read_bytes() == first
    nb = read(path)
    assert "twice: [0 2 4]" in nb.cells[2].outputs[0].text
    assert nb.cells[3].metadata["alt"].startswith("A line")
    assert "timings" not in path.read_text()


def test_rendering_touches_only_what_changed(course):
    texts = [course.chapter, course.exercise]
    assert len(notebooks.render(texts)) == 3
    assert notebooks.render(texts) == []
    course.chapter.write_text(CHAPTER.replace("One line.", "Another line."))
    assert notebooks.render(texts) == ["chapters/01_toy.ipynb"]
    assert len(notebooks.render(texts, force=True)) == 3


def test_a_cell_keeps_its_id_when_text_is_inserted_before_it(course):
    (twin,) = notebooks.twins(course.chapter)
    before = {c.source: c.id for c in notebooks.convert(twin).cells}
    course.chapter.write_text(
        CHAPTER.replace("## 1.1", "## 1.0 New\n\nText.\n\n## 1.1")
    )
    after = {c.source: c.id for c in notebooks.convert(twin).cells}
    assert {s: i for s, i in after.items() if s in before} == before
    assert len(set(after.values())) == len(after)


def test_both_twins_come_from_one_text(course):
    notebooks.render([course.exercise])
    blank = read(course.root / "exercises/01_toy.ipynb")
    full = read(course.root / "solutions/01_toy.ipynb")
    by_id = {c.id: c for c in blank.cells}
    answer = by_id["answer-01-1"]
    assert "return 2 * x" not in answer.source
    assert "MARKER" not in answer.source and "SOLUTION" not in answer.source
    assert "NotImplementedError" in answer.source
    solved = next(c for c in full.cells if c.id == "answer-01-1").source
    assert "    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION" in solved
    assert by_id["check-01-1"].metadata["nbgrader"] == {
        "schema_version": 3,
        "grade_id": "check-01-1",
        "grade": True,
        "solution": False,
        "locked": True,
        "task": False,
        "cell_type": "code",
        "points": 2,
    }
    assert answer.metadata["nbgrader"]["solution"] is True
    assert by_id["given-01-1"].metadata["nbgrader"]["locked"] is True
    assert any("(ex-double)" in c.source for c in blank.cells)
    assert any("(sol-double)" in c.source and "(#sol-" in c.source for c in full.cells)
    assert blank.cells[0].source == "# Exercises for chapter 1"
    assert full.cells[0].source == "# Solutions for chapter 1"


def test_pulled_text_is_the_text(course):
    notebooks.render([course.chapter, course.exercise])
    for name, text in (("chapters", CHAPTER), ("solutions", EXERCISE)):
        target = notebooks.pull(course.root / name / "01_toy.ipynb")
        assert target.read_text() == text


def test_an_edited_notebook_is_pulled(course):
    notebooks.render([course.chapter])
    path = course.root / "chapters/01_toy.ipynb"
    nb = read(path)
    nb.cells[-1].source += "\n\nWritten in Jupyter."
    nbformat.write(nb, path)
    notebooks.pull(path)
    assert "Written in Jupyter." in course.chapter.read_text()


def test_a_blank_notebook_is_not_pulled(course):
    notebooks.render([course.exercise])
    with pytest.raises(Refused, match="answers are cut out"):
        notebooks.pull(course.root / "exercises/01_toy.ipynb")


def test_a_new_chapter_overwrites_nothing(course):
    written = notebooks.new("02", "next", "Next", course.root)
    assert all(p.exists() for p in written)
    with pytest.raises(Refused, match="exists already"):
        notebooks.new("02", "next", "Next", course.root)
    with pytest.raises(Refused, match="two digits"):
        notebooks.new("2", "next", "Next", course.root)
    with pytest.raises(Refused, match="noun"):
        notebooks.new("02", "Two Words", "Next", course.root)


# --- what is refused ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("    ### END SOLUTION\n", "", "unbalanced"),
        ("### BEGIN SOLUTION\n    return", "return", "unbalanced"),
        ("    ### BEGIN SOLUTION", "    # ### BEGIN SOLUTION", "unbalanced|alone"),
        ('check="01.1"', 'check="01.2"', "must be check"),
        (ANSWERED, "", "01.1 has no answer cell"),
        ('```python check="01.1"\ncheck("01.1")\n```\n', "", "01.1 has no check cell"),
        ('check("01.1")\n', 'check("01.2")\n', "must be check"),
        ('```python given="01.1"', '```python answer="01.1"', "grade_id doubled|BEGIN"),
        ("(2 points)", "(3 points)", "3 points, its checks give 2"),
        (" (2 points)", "", "does not end in"),
        ("def double(x):", "class Double:", "defines none"),
        ("def double(x):", "def double(x)", "not Python"),
        ("$$ y = 2x $$", "$$ x $$ (ex-double)\n\n$$ y = 2x $$", "label doubled"),
        ("(ex-double)\n\n```", "(double)\n\n```", "must start with"),
    ],
)
def test_a_faulty_exercise_is_refused(course, old, new, reason):
    assert old in EXERCISE
    course.exercise.write_text(EXERCISE.replace(old, new, 1))
    with pytest.raises(Refused, match=reason):
        notebooks.render([course.exercise])
    assert not list(course.root.glob("*/01_toy.ipynb"))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("2 * np.arange(3))", "1 / 0)", "(?s)a cell fails.*ZeroDivisionError"),
        (
            "import numpy as np",
            "import sys; sys.stderr.write('x')",
            "a cell fails|stderr",
        ),
        (
            "import numpy as np",
            "import numpy as np, warnings; warnings.warn('old')",
            "stderr was written",
        ),
        ("2 * np.arange(3)", "lambda: 0", "an address: 0x"),
        ("2 * np.arange(3)", "'/home/me/file'", "a path"),
        (' alt="A line that rises from 0 to 2."', "", "needs alt"),
        ("plt.show()", "plt.show(); plt.plot([1]); plt.show()", "one figure a cell"),
        ("plt.show()", "plt.close()", "alt text without a figure"),
        ("print(", "x = 1\n" * 25 + "print(", "at most 25"),
        ("print(", "x = '" + "long " * 20 + "'\nprint(", "wider than 88"),
        ("(eq-double)\n\n```", "(double)\n\n```", "must start with"),
    ],
)
def test_a_faulty_chapter_is_refused(course, old, new, reason):
    assert old in CHAPTER
    course.chapter.write_text(CHAPTER.replace(old, new, 1))
    with pytest.raises(Refused, match=reason):
        notebooks.render([course.chapter])
    assert not list(course.root.glob("*/01_toy.ipynb"))


def test_a_reference_answer_below_full_marks_is_refused(course):
    course.marks["score"] = 1
    with pytest.raises(Refused, match="reaches 1 of 2"):
        notebooks.render([course.exercise])


def test_a_refusal_keeps_the_notebook_that_was_there(course):
    notebooks.render([course.chapter])
    before = (course.root / "chapters/01_toy.ipynb").read_bytes()
    course.chapter.write_text(CHAPTER.replace("2 * np.arange(3))", "1 / 0)"))
    with pytest.raises(Refused):
        notebooks.render([course.chapter])
    assert (course.root / "chapters/01_toy.ipynb").read_bytes() == before


# --- check: does the notebook belong to its text? -----------------------------------


def test_check_is_green_after_rendering(course):
    notebooks.render([course.chapter, course.exercise])
    assert notebooks.check([course.chapter, course.exercise]) == []


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda nb: nb.cells[2].update(source="x = 1"), "in its source"),
        (lambda nb: nb.cells[2].update(id="other"), "in its id"),
        (lambda nb: nb.cells[3].metadata.pop("alt"), "in its metadata"),
        (lambda nb: nb.cells.pop(), "cells, the text gives"),
        (lambda nb: nb.cells.reverse(), "differs from the text"),
        (lambda nb: nb.cells[2].update(execution_count=None), "never executed"),
        (lambda nb: nb.metadata.update(author="me"), "metadata changed"),
    ],
)
def test_a_spoiled_notebook_is_red(course, spoil, reason):
    notebooks.render([course.chapter])
    path = course.root / "chapters/01_toy.ipynb"
    nb = read(path)
    spoil(nb)
    nbformat.write(nb, path)
    (problem,) = notebooks.check([course.chapter])
    assert reason in problem


def test_a_changed_text_is_red(course):
    notebooks.render([course.chapter])
    course.chapter.write_text(CHAPTER.replace("One", "Won"))
    (problem,) = notebooks.check([course.chapter])
    assert "the text gives '# 1 Toy" in problem


def test_a_broken_file_is_red_not_a_traceback(course):
    notebooks.render([course.chapter])
    (course.root / "chapters/01_toy.ipynb").write_text("{")
    (problem,) = notebooks.check([course.chapter])
    assert "cannot be read" in problem


def test_work_in_the_rendered_exercise_is_met_kindly(course):
    notebooks.render([course.exercise])
    path = course.root / "exercises/01_toy.ipynb"
    nb = read(path)
    nb.cells[4].source = "my own work"
    nbformat.write(nb, path)
    (problem,) = notebooks.check([course.exercise])
    assert "make rescue EX=01" in problem


# --- the real notebooks, and strict nbval -------------------------------------------


def test_the_course_belongs_to_its_texts():
    assert notebooks.check(notebooks.texts()) == []


def nbval(path):
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env"]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "-p", "no:xdist", path.name],
        cwd=path.parent,
        capture_output=True,
        text=True,
    )


def test_strict_nbval_sees_a_spoiled_output(course):
    notebooks.render([course.chapter])
    path = course.root / "chapters/01_toy.ipynb"
    assert nbval(path).returncode == 0
    nb = read(path)
    nb.cells[2].outputs[0].text = "twice: [0 2 5]\n"
    nbformat.write(nb, path)
    result = nbval(path)
    assert result.returncode == 1
    assert "twice: [0 2 5]" in result.stdout
