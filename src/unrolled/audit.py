"""Does `verify` refuse wrong equations? Run inside a chapter's kernel, at its end.

Two questions about every claim that the chapter verified:

* audit: is each mutant of `analytic` refused by the references?
* read-back: does a function transcribed from the rendered formula by somebody who saw
  neither the code nor the text agree with `analytic`?
"""

from __future__ import annotations

import ast
import contextlib
import copy
import hashlib
import importlib.util
import inspect
import json
import re
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

from unrolled import registry
from unrolled.gradcheck import relative_error
from unrolled.mutants import mutants

SECONDS_PER_MUTANT = 10
READ_BACK_BOUND = 1e-11


def latex_hash(latex: str) -> str:
    """Fingerprint of a formula; white space does not count."""
    return hashlib.sha256(re.sub(r"\s+", "", latex).encode()).hexdigest()[:16]


def report(path: str, readback: str | None = None) -> None:
    """Audit every record of this process and write what was found as JSON.

    path      file to write: {"mutants": [{label, description, refused_by}],
              "readback": [{label, error}]}
    readback  a module with functions named as the labels, `eq_dWhh` for "eq-dWhh"
    """
    module = _load(readback) if readback else None
    found = {
        "mutants": [m for r in registry.RECORDS for m in audit(r)],
        "readback": [
            {"label": r.label, "error": read_back(r, module)}
            for r in registry.RECORDS
            if module is not None and hasattr(module, function_name(r.label))
        ],
    }
    Path(path).write_text(json.dumps(found, indent=1))


def function_name(label: str) -> str:
    """Name of the read-back function of a label."""
    return label.replace("-", "_")


def audit(record: registry.Record) -> list[dict[str, object]]:
    """One entry for each mutant of record.analytic: what it was, who refused it.

    `refused_by` is the first method that refused it, or null for a survivor.
    """
    source = inspect.getsource(record.analytic)
    expected = [
        (reference, bound, point, reference.compute(copy.deepcopy(point)))
        for reference, bound in zip(record.references, record.bounds, strict=True)
        for point in record.points
    ]
    entries = []
    for mutant in mutants(source):
        function = _compile(mutant.source, record.analytic)
        entries.append(
            {
                "label": record.label,
                "description": mutant.description,
                "refused_by": _refused_by(function, expected),
            }
        )
    return entries


def read_back(record: registry.Record, module: ModuleType) -> float:
    """Largest relative error between the transcribed formula and `analytic`."""
    function = getattr(module, function_name(record.label))
    errors = [
        relative_error(
            np.asarray(registry.evaluate(function, point), dtype=float),
            np.asarray(registry.evaluate(record.analytic, point), dtype=float),
        )
        for point in record.points
    ]
    return max(errors)


def _refused_by(function: Callable, expected: list) -> str | None:
    for reference, bound, point, value in expected:
        try:
            with _time_limit(SECONDS_PER_MUTANT), _quiet():
                result = registry.evaluate(function, point)
                if registry.disagreement(result, value, reference, bound):
                    return reference.method
        except Exception as problem:  # a mutant may fail in any way
            return type(problem).__name__
    return None


def _compile(source: str, original: Callable) -> Callable:
    namespace = dict(original.__globals__)
    tree = ast.parse(source)
    tree.body[0].decorator_list = []
    exec(compile(tree, "<mutant>", "exec"), namespace)
    return namespace[original.__name__]


@contextlib.contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("readback", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
