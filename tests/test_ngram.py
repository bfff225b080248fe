"""The counting model against pencil and paper, and its own laws."""

import numpy as np
import pytest

from unrolled.ngram import WittenBell


def test_a_bigram_by_hand():
    model = WittenBell(2, 3)
    model.fit([0, 1, 0, 1, 0, 2])
    # frequencies 3, 2, 1 of 6 and 3 kinds: P(w) = (c + 3 * 1/3) / 9
    unigram = np.array([4, 3, 2]) / 9
    assert np.allclose(model.probabilities([]), unigram)
    # after 0: 1 twice, 2 once, 2 kinds: P(w|0) = (c + 2 P(w)) / 5
    assert np.allclose(
        model.probabilities([0]), (np.array([0, 2, 1]) + 2 * unigram) / 5
    )
    # after 2 nothing was seen: the unigram alone
    assert np.allclose(model.probabilities([2]), unigram)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_probabilities_sum_to_one_after_every_context(n):
    rng = np.random.default_rng(n)
    model = WittenBell(n, 5)
    for _ in range(3):
        model.fit(rng.integers(0, 4, size=30))  # id 4 is never seen
    for _ in range(50):
        p = model.probabilities(rng.integers(0, 5, size=rng.integers(0, 7)))
        assert np.isclose(p.sum(), 1)
        assert (p > 0).all()


def test_one_probability_is_an_entry_of_all_and_nats_are_its_logarithm():
    rng = np.random.default_rng(0)
    model = WittenBell(3, 6)
    model.fit(rng.integers(0, 6, size=200))
    ids = rng.integers(0, 6, size=20)
    expected = [-np.log(model.probabilities(ids[:t])[w]) for t, w in enumerate(ids)]
    assert np.allclose(model.nats(ids), expected)
    assert model.probability(ids[5], ids[:5]) == pytest.approx(np.exp(-expected[5]))


def test_no_context_crosses_from_one_sequence_to_the_next():
    apart, together = WittenBell(2, 3), WittenBell(2, 3)
    for piece in ([0, 1], [2, 1]):
        apart.fit(piece)
    together.fit([0, 1, 2, 1])
    assert not np.allclose(apart.probabilities([1]), together.probabilities([1]))
    assert np.allclose(apart.probabilities([1]), apart.probabilities([]))


def test_asking_changes_nothing():
    model = WittenBell(3, 4)
    model.fit([0, 1, 2, 3, 0, 1])
    contexts = dict(model.counts)
    model.probabilities([3, 3])
    model.nats([3, 2, 1, 0])
    assert dict(model.counts) == contexts


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="at least 1"):
        WittenBell(0, 3)
    with pytest.raises(ValueError, match=r"0\.\.2"):
        WittenBell(2, 3).fit([0, 3])
    with pytest.raises(ValueError, match=r"0\.\.2"):
        WittenBell(2, 3).nats([-1])
