"""The helpers with which the checks of several chapters judge one value."""

from __future__ import annotations

import numpy as np
import pytest

from unrolled.grader.checks import judging
from unrolled.grader.question import Reply, Wrong

WANT = np.array([[1.0, 2.0], [-3.0, 4.0]])


@pytest.mark.parametrize(
    "value, told",
    [
        (None, "is a `return` missing?"),
        ([[1, 2], [3]], "got a value of type list"),
        (WANT > 0, "got an array of dtype bool"),
        (WANT[0], "the shape is (2,), expected (2, 2)"),
        (WANT * np.nan, "NaN or infinite"),
        (0 * WANT, "is all zeros"),
        (-WANT, "has the wrong sign"),
        (3 * WANT, "is 3 times the right value"),
        (WANT.T, "is the transpose"),
        (WANT + 1, "differs from the expected value. Look again."),
    ],
)
def test_expect_names_the_difference(value, told):
    with pytest.raises(Wrong) as caught:
        judging.expect(value, WANT, "the result", "Look again.")
    assert caught.value.message.startswith("the result")
    assert told in caught.value.message


def test_expect_lets_pass():
    judging.expect(WANT.tolist(), WANT, "the result")
    judging.expect((1 + 1e-6) * WANT.astype(np.float32), WANT, "the result")
    judging.expect(2, np.array(2.0), "the number")


def test_a_number():
    assert judging.as_array(np.int64(3), (), "the count") == 3
    for value, told in ((WANT, "an array of shape (2, 2)"), ("3", "expected a number")):
        with pytest.raises(Wrong, match=r"^the count: ") as caught:
            judging.as_array(value, (), "the count")
        assert told in caught.value.message


def test_untouched():
    args = (WANT, "name", 3)
    judging.expect_untouched(Reply(None, (WANT.copy(), "else", 4)), args, "a b c")
    for after in (WANT + 1, WANT[0], None):
        with pytest.raises(Wrong, match="argument `a`"):
            judging.expect_untouched(Reply(None, (after, "", 3)), args, "a b c")


def test_choice():
    options = ("many to one", "one to many")
    assert judging.choice({"k": " Many to One"}, "k", options, "") == options[0]
    for value, told in (
        ({"k": "many"}, "got 'many'"),
        ({"k": 2}, "type int"),
        ({"j": "many to one"}, 'no key "k"; its keys are: j'),
        (["many to one"], "expected a dict of choices, got a value of type list"),
    ):
        with pytest.raises(Wrong) as caught:
            judging.choice(value, "k", options, "a dict of choices")
        assert told in caught.value.message
