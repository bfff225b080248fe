"""Edit distance against every script, and the error rate made of it."""

import itertools
from functools import cache

import numpy as np
import pytest

from unrolled import edits


@cache
def fewest(a: str, b: str) -> int:
    """The least number of edits, by trying every script."""
    if not a or not b:
        return len(a) + len(b)
    return min(
        fewest(a[1:], b[1:]) + (a[0] != b[0]),
        fewest(a[1:], b) + 1,
        fewest(a, b[1:]) + 1,
    )


def strings(longest: int) -> list[str]:
    found = (itertools.product("ab", repeat=n) for n in range(longest + 1))
    return ["".join(s) for several in found for s in several]


def test_distance_is_the_least_over_all_scripts():
    for a, b in itertools.product(strings(4), repeat=2):
        assert edits.distance(a, b) == fewest(a, b) == edits.table(a, b)[-1, -1]
    assert edits.distance("kitten", "sitting") == 3
    assert edits.distance(("T", "AH", "F"), ("DH", "OW")) == 3


def test_a_script_does_what_it_says_at_the_distance():
    for a, b in itertools.product(strings(4), repeat=2):
        made, cost, at = [], 0, 0
        for name, i, j in edits.operations(a, b):
            assert (i, j) == (at, len(made))
            cost += name != "keep"
            if name != "insert":
                at += 1
            if name != "delete":
                made.append(b[j])
                assert (name == "keep") == (name != "insert" and a[i] == b[j])
        assert "".join(made) == b and at == len(a)
        assert cost == edits.distance(a, b)


def test_the_rate_is_of_the_whole_text_and_can_exceed_one():
    right = [["abcd"], ["a"]]
    assert edits.error_rate(right, ["abcd", "b"]) == pytest.approx(1 / 5)
    assert edits.error_rate([["a"]], ["bbb"]) == 3.0
    assert edits.error_rate([["abc", "xy"]], ["xz"]) == 1 / 2
    assert np.isclose(edits.error_rate([["abc"], ["ab"]], ["", ""]), 1.0)


@pytest.mark.parametrize("right, answers", [([], []), ([["a"]], []), ([[]], ["a"])])
def test_the_rate_says_what_is_missing(right, answers):
    with pytest.raises(ValueError, match="at least one reference"):
        edits.error_rate(right, answers)
