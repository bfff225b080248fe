"""What several questions of chapter 9 share: nests of arrays, and how they are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array, kind_of
from unrolled.grader.checks.slips import array
from unrolled.grader.question import Wrong


def arrays_in(nest: Any) -> Iterator[Array]:
    """The arrays of a nest of dicts and lists, in order; None is passed over."""
    if isinstance(nest, dict):
        nest = list(nest.values())
    if isinstance(nest, (list, tuple)):
        for entry in nest:
            yield from arrays_in(entry)
    elif nest is not None:
        yield nest


def each(change: Callable[[Array], Any], nest: Any) -> Any:
    """A nest of the same form with `change` of every array."""
    if nest is None:
        return None
    if isinstance(nest, dict):
        return {key: each(change, entry) for key, entry in nest.items()}
    if isinstance(nest, (list, tuple)):
        return [each(change, entry) for entry in nest]
    return change(nest)


def close(got: Any, want: Any, tolerance: float = 1e-5) -> bool:
    """Whether two arrays are equal up to a share of the largest entry, of any size."""
    top = float(np.max(np.abs(want), initial=0.0))
    if not np.all(np.isfinite(got)):
        return False
    if top == 0:
        return not np.any(got)
    return bool(np.all(np.abs(got / top - want / top) <= tolerance))


def expect_nest(got: Any, want: Any, where: str, tip: str = "") -> None:
    """Raise Wrong unless `got` has the form of `want` and its numbers."""
    if want is None:
        if got is not None:
            raise Wrong(f"{where}: expected None, got {kind_of(got)}.")
    elif isinstance(want, dict):
        if not isinstance(got, dict):
            raise Wrong(f"{where}: expected a dict, got {kind_of(got)}.")
        if got.keys() != want.keys():
            names = ", ".join(map(repr, want)) or "none"
            raise Wrong(f"{where}: the keys differ; expected {names}.")
        for key, entry in want.items():
            expect_nest(got[key], entry, f"{where}[{key!r}]", tip)
    elif isinstance(want, list):
        if not isinstance(got, (list, tuple)) or len(got) != len(want):
            shown = kind_of(got)
            raise Wrong(
                f"{where}: expected a list of {len(want)} entries, got {shown}."
            )
        for i, entry in enumerate(want):
            expect_nest(got[i], entry, f"{where}[{i}]", tip)
    else:
        found = array(got, want.shape, where)
        if not close(found, want):
            at = np.unravel_index(np.argmax(np.abs(want)), want.shape)
            raise Wrong(
                f"{where}: the entry {[int(i) for i in at]} is {found[at]:.5g}, expected {want[at]:.5g}.{tip}"
            )
