"""Every verified equation refuses its mutants and agrees with its read-back.

A chapter is executed once more in its kernel; at the end `unrolled.audit` repeats every
`verify` with mutants of the formula's function and compares the function with the
transcription in tests/readback/NN.py. Mutants that survive must be listed, with a proof
that they are equivalent, in tests/equivalent_mutants.toml.
"""

import importlib.util
import json
import os
import tomllib
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from tools import gates
from unrolled import audit, registry
from unrolled.registry import by, verify

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
EQUIVALENT = tomllib.loads((ROOT / "tests/equivalent_mutants.toml").read_text())


def readback_path(chapter):
    return ROOT / f"tests/readback/{chapter.stem[:2]}.py"


@pytest.fixture(scope="module", params=CHAPTERS, ids=lambda p: p.stem)
def audited(request, tmp_path_factory):
    """(chapter's path, what the audit found in its kernel)"""
    out = tmp_path_factory.mktemp("audit") / "report.json"
    nb = nbformat.read(request.param, as_version=4)
    source = (
        "from unrolled import audit\n"
        f"audit.report({str(out)!r}, {str(readback_path(request.param))!r})"
    )
    nb.cells.append(nbformat.v4.new_code_cell(source))
    NotebookClient(
        nb,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(ROOT / "chapters")}},
    ).execute(env=dict(os.environ, OMP_NUM_THREADS="1"))
    return request.param, json.loads(out.read_text())


def test_every_mutant_of_every_formula_is_refused(audited):
    chapter, report = audited
    listed = {(e["label"], e["mutant"]) for e in EQUIVALENT.get("mutant", [])}
    claims = [k for k in gates.displays(gates.read(chapter)) if k.startswith("eq-")]
    mutated = {m["label"] for m in report["mutants"]}
    assert set(claims) == mutated, "a claim without a single mutant proves nothing"
    survivors = [
        f"{m['label']}: {m['description']}"
        for m in report["mutants"]
        if m["refused_by"] is None and (m["label"], m["description"]) not in listed
    ]
    assert not survivors, "\n".join(survivors)


def test_every_formula_was_read_back_and_agrees(audited):
    chapter, report = audited
    errors = {entry["label"]: entry["error"] for entry in report["readback"]}
    claims = [k for k in gates.displays(gates.read(chapter)) if k.startswith("eq-")]
    assert sorted(errors) == sorted(claims)
    wrong = {k: e for k, e in errors.items() if not e <= audit.READ_BACK_BOUND}
    assert not wrong


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda p: p.stem)
def test_no_formula_changed_since_it_was_read_back(chapter):
    assert not stale_readback(gates.displays(gates.read(chapter)), chapter)


def stale_readback(displays, chapter):
    """Claims whose LaTeX is not the one that was read back."""
    spec = importlib.util.spec_from_file_location("rb", readback_path(chapter))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [
        f"{label}: read it back again ({audit.latex_hash(latex)})"
        for label, latex in displays.items()
        if label.startswith("eq-")
        and module.LATEX.get(label) != audit.latex_hash(latex)
    ]


def test_a_changed_formula_is_red_until_it_is_read_back():
    for chapter in CHAPTERS:
        displays = gates.displays(gates.read(chapter))
        label = next(k for k in displays if k.startswith("eq-"))
        displays[label] = displays[label].replace("=", "= -", 1)
        assert [m.split(":")[0] for m in stale_readback(displays, chapter)] == [label]


def test_every_equivalent_mutant_has_a_proof_and_exists(audited):
    chapter, report = audited
    survivors = {
        (m["label"], m["description"])
        for m in report["mutants"]
        if m["refused_by"] is None
    }
    for entry in EQUIVALENT.get("mutant", []):
        assert len(entry["proof"]) > 20
        if entry["chapter"] == chapter.stem[:2]:
            assert (entry["label"], entry["mutant"]) in survivors, "no longer survives"


# --- the audit itself can fail ------------------------------------------------------


def square(x):
    return x**2


def double(x):
    """Derivative of the square."""
    return 2 * x


def padded(x):
    """A formula with a term that is always zero: its mutants survive."""
    return 2 * x + 0 * x


def record(analytic, label="eq-double"):
    verify(label, analytic, by.finite_difference(square, "x"), at={"x": np.float64(3)})
    return registry.RECORDS.pop()


def test_the_audit_lists_refused_mutants_and_survivors(capsys):
    assert all(m["refused_by"] for m in audit.audit(record(double)))
    survivors = [m for m in audit.audit(record(padded)) if not m["refused_by"]]
    assert any("sign flipped" in m["description"] for m in survivors)


def test_a_wrong_transcription_is_seen(capsys):
    class Module:
        @staticmethod
        def eq_double(x):
            return 2 * x

    class Wrong:
        @staticmethod
        def eq_double(x):
            return x * x

    assert audit.read_back(record(double), Module) == 0
    assert audit.read_back(record(double), Wrong) > 0.1


def test_a_mutant_that_never_ends_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(audit, "SECONDS_PER_MUTANT", 1)
    entry = record(double)
    expected = [(entry.references[0], 1e-7, entry.points[0], np.float64(6))]

    def endless(x):
        while True:
            pass

    assert audit._refused_by(endless, expected) == "TimeoutError"


def test_the_hash_of_a_formula_ignores_white_space_only():
    assert audit.latex_hash("a = b") == audit.latex_hash("a=\n b")
    assert audit.latex_hash("a = b") != audit.latex_hash("a = -b")
