"""`check` in a real kernel: what learners see."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from harness import code_cell, notebook_of
from nbclient import NotebookClient

HERE = Path(__file__).parent
SETUP = (
    f"import sys; sys.path.insert(0, {str(HERE)!r})\n"
    "import os; os.chdir('/')\n"
    "import numpy as np\nfrom toy import check"
)
GOOD = "def double(x):\n    return 2.0 * x"
STUB = (
    "def double(x):\n    raise NotImplementedError('Exercise 90.1 is not answered yet')"
)


def run(*sources: str) -> list[nbformat.NotebookNode]:
    """The executed cells after the set-up cell."""
    cells = [code_cell(s) for s in (SETUP, *sources)]
    nb = nbformat.from_dict(notebook_of(cells))
    NotebookClient(
        nb,
        timeout=60,
        kernel_name="python3",
        allow_errors=True,
        coalesce_streams=True,  # how a stream is cut is chance
    ).execute()
    assert nb.cells[0].outputs == [], nb.cells[0].outputs
    return nb.cells[1:]


def text(cell: nbformat.NotebookNode) -> str:
    """The printed text of a cell that printed and did nothing else."""
    assert [o.output_type for o in cell.outputs] == ["stream"], cell.outputs
    assert cell.outputs[0].name == "stdout"
    return cell.outputs[0].text


CHECK = "check('90.1')"


@pytest.fixture(scope="module")
def session() -> list[nbformat.NotebookNode]:
    """One kernel for the whole story, cell by cell."""
    return run(
        CHECK,  # 0 never run
        STUB,  # 1
        CHECK,  # 2 blank
        GOOD,  # 3
        CHECK,  # 4 right
        "def double(x):\n    return x * x",  # 5
        CHECK,  # 6 a misconception
        CHECK,  # 7 the same again
        f"{GOOD}\nprint(undefined)",  # 8 an error after the function
        CHECK,  # 9 right
        "double = abs",  # 10
        CHECK,  # 11 the cell and the function differ
        "%%capture\ndef double(x):\n    return 2.0 * x",  # 12
        f"{GOOD}\n%matplotlib inline",  # 13
        CHECK,  # 14 magics are harmless
        "raise ValueError\ndef double(x):\n    return 0",  # 15 not reached
        CHECK,  # 16 run the cell again
        "from functools import cache\n@cache\ndef double(x):\n    return x[0]",  # 17
        CHECK,  # 18 decorated
        "check('90.9')",  # 19
        "result = check('90.1')\nprint(result is None)",  # 20
        f"{GOOD}\ndouble = lambda x: 2.0 * x",  # 21
        CHECK,  # 22 the cell rebinds the name
    )


def test_never_run(session):
    assert "is not defined in this notebook yet: run the answer cell" in text(
        session[0]
    )


def test_blank(session):
    assert text(session[2]) == (
        "Exercise 90.1: twice\n"
        "  not answered yet: write your code in the cell above, in place of\n"
        "  the line `raise NotImplementedError`; run it, then this cell.\n"
        "  score: 0 of 4 points\n"
    )


def test_right(session):
    assert text(session[4]) == (
        "Exercise 90.1: twice\n"
        "  ✓ 1/1  has the shape of x\n"
        "  ✓ 2/2  is twice x\n"
        "  ✓ 1/1  leaves x alone\n"
        "  score: 4 of 4 points\n"
    )


def test_misconception_is_named_with_what_to_read(session):
    shown = text(session[6])
    assert "✗ 0/2  is twice x" in shown
    assert "the result is not twice x" in shown
    assert "read: §90.1, eq-twice" in shown
    assert "score: 2 of 4 points" in shown
    assert shown.endswith("  You square x.\n  read again: §90.1\n")


def test_output_is_the_same_each_time(session):
    assert text(session[6]) == text(session[7])


def test_an_error_after_the_function_costs_nothing(session):
    assert "score: 4 of 4" in text(session[9])


def test_a_function_that_is_not_the_cell_s(session):
    assert "run the cell again" in text(session[11])
    assert "run the cell again" in text(session[16])


def test_magics(session):
    assert "score: 4 of 4" in text(session[14])


def test_decorated_functions_are_graded(session):
    assert "TypeError" in text(session[18])  # arrays cannot be cached


def test_unknown_question(session):
    assert "there is no question '90.9'" in text(session[19])


def test_returns_none(session):
    assert text(session[20]).endswith("True\n")


def test_an_answer_that_is_no_def(session):
    assert "run the cell again" in text(session[22])


def test_points_for_nbgrader_are_a_float_beside_the_text():
    cells = run(
        "os.environ['NBGRADER_EXECUTION'] = 'autograde'",
        "def double(x):\n    return x * x",
        CHECK,
        STUB,
        CHECK,
    )
    kinds = [o.output_type for o in cells[2].outputs]
    assert kinds == ["stream", "execute_result"]
    assert cells[2].outputs[1].data["text/plain"] == "2.0"
    assert cells[4].outputs[1].data["text/plain"] == "0.0"


def test_outside_a_notebook(capsys):
    import toy

    assert toy.check("90.1") is None
    assert "works in a Jupyter notebook" in capsys.readouterr().out


def test_not_a_checkout(tmp_path, capsys, monkeypatch):
    import unrolled
    from unrolled.grader import check

    monkeypatch.setattr(unrolled, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    assert check("03.1") is None
    assert "not installed from a checkout" in capsys.readouterr().out


def test_without_a_history_the_cell_is_found_all_the_same():
    # test tools run cells with store_history=False
    forget = "get_ipython().history_manager.input_hist_raw[:] = ['']"
    assert "score: 4 of 4" in text(run(GOOD, f"{forget}\n{CHECK}")[1])
