"""Long experiments: a result that does not belong to its code goes red."""

import json
from pathlib import Path

import pytest

from tools import gates
from unrolled import experiment
from unrolled.experiment import StaleResult

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "experiments").glob("[0-9]*.py"))

SCRIPT = """
import numpy as np
from unrolled.toy import rate

SEEDS = (0, 1, 2)
STEPS = 50
REHEARSAL = 10


def run(seed, steps):
    x, losses = np.random.default_rng(seed).normal(), []
    for _ in range(steps):
        losses.append(float(x**2))
        x -= rate() * x
    return {"loss": losses}


def baseline():
    return {"loss": 1.0}


if __name__ == "__main__":
    from unrolled.experiment import main

    main(__file__)
"""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_the_stored_result_belongs_to_the_script(script):
    experiment.check(script)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_the_first_steps_give_the_stored_losses(script):
    experiment.rehearse(script)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_a_chapter_reads_the_result(script):
    (chapter,) = (ROOT / "chapters").glob(f"{script.stem[:2]}_*.ipynb")
    assert not gates.results_used(gates.read(chapter), script.stem)


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A checkout with one measured experiment; gives the script's path."""
    (tmp_path / "src/unrolled").mkdir(parents=True)
    (tmp_path / "src/unrolled/__init__.py").write_text("")
    (tmp_path / "src/unrolled/toy.py").write_text("def rate():\n    return 0.1\n")
    (tmp_path / "experiments").mkdir()
    (tmp_path / "results").mkdir()
    script = tmp_path / "experiments/01_toy.py"
    script.write_text(SCRIPT)
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    monkeypatch.setattr("unrolled.__path__", [str(tmp_path / "src/unrolled")])
    module = experiment.load_script(script)
    store(script, experiment.measure(module, script))
    return script


def result_file(script):
    return script.parents[1] / "results" / f"{script.stem}.json"


def store(script, result):
    result_file(script).write_text(json.dumps(result))


def change(script, edit):
    result = json.loads(result_file(script).read_text())
    edit(result)
    store(script, result)


def test_a_fresh_result_is_green(toy):
    experiment.check(toy)
    experiment.rehearse(toy)
    result = experiment.load_result("01_toy", toy.parents[1])
    assert set(result["seeds"]) == {"0", "1", "2"}
    assert len(result["seeds"]["0"]["loss"]) == 50
    assert set(result["hashes"]) >= {"experiments/01_toy.py", "src/unrolled/toy.py"}


def test_a_comment_changes_nothing(toy):
    toy.write_text(toy.read_text() + "\n# a remark\n")
    experiment.check(toy)


def test_a_changed_script_is_red(toy):
    toy.write_text(toy.read_text().replace("STEPS = 50", "STEPS = 51"))
    with pytest.raises(StaleResult, match=r"experiments/01_toy.py changed"):
        experiment.check(toy)


def test_a_changed_module_is_red(toy):
    (toy.parents[1] / "src/unrolled/toy.py").write_text("def rate():\n    return 0.2\n")
    with pytest.raises(StaleResult, match=r"src/unrolled/toy.py changed"):
        experiment.check(toy)


def test_too_few_seeds_are_red(toy):
    change(toy, lambda r: r["seeds"].pop("2"))
    with pytest.raises(StaleResult, match="fewer than 3 seeds"):
        experiment.check(toy)


def test_a_missing_baseline_is_red(toy):
    change(toy, lambda r: r.update(baseline={}))
    with pytest.raises(StaleResult, match="baseline is missing"):
        experiment.check(toy)


def test_a_loss_that_cannot_be_repeated_is_red(toy):
    def spoil(result):
        result["seeds"]["0"]["loss"][7] *= 1.01

    change(toy, spoil)
    with pytest.raises(StaleResult, match="step 7"):
        experiment.rehearse(toy)


def test_a_curve_cut_short_is_red(toy):
    change(toy, lambda r: r["seeds"]["0"].update(loss=r["seeds"]["0"]["loss"][:5]))
    with pytest.raises(StaleResult, match="10 losses are compared"):
        experiment.rehearse(toy)


def test_a_missing_result_says_how_to_make_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="make experiments"):
        experiment.load_result("99_none", tmp_path)


def test_a_chapter_that_ignores_the_result_is_red():
    import nbformat

    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = [1.2, 3.4]")])
    assert gates.results_used(nb, "03_truncation")
