"""Brackets, and the weights of a stranger."""

import numpy as np
import pytest

from unrolled.data import brackets, pronunciations, stranger_g2p


def test_brackets_are_well_nested_and_their_depths_are_right():
    x, depths = brackets.batch(np.random.default_rng(0), 200, 40, deepest=3)
    partner = {")": "(", "]": "["}
    for word, depth in zip(brackets.text(x), depths.T, strict=True):
        stack = []
        for sign, d in zip(word, depth, strict=True):
            if sign in partner:
                assert stack.pop() == partner[sign]
            else:
                stack.append(sign)
            assert len(stack) == d <= 3
    assert depths.max() == 3 and len(set(x[0])) == 2


def test_brackets_are_coins_where_there_is_a_choice():
    x, depths = brackets.batch(np.random.default_rng(1), 4000, 20, deepest=4)
    inside = (depths[:-1] > 0) & (depths[:-1] < 4)
    opens = x[1:] % 2 == 0
    assert abs(opens[inside].mean() - 0.5) < 0.01
    assert opens[depths[:-1] == 0].all() and not opens[depths[:-1] == 4].any()
    assert abs((x[1:][opens] == 2).mean() - 0.5) < 0.01


def test_impossible_brackets_are_refused():
    with pytest.raises(ValueError, match="deepest 0"):
        brackets.batch(np.random.default_rng(0), 1, 5, deepest=0)


def test_the_strangers_weights_fit_its_symbols():
    weights = stranger_g2p.weights()
    assert len(weights) == 12
    assert weights["enc_emb"].shape == (len(stranger_g2p.GRAPHEMES), 256)
    assert weights["fc_w"].shape == (len(stranger_g2p.symbols()), 256)
    assert weights["dec_w_hh"].shape == (768, 256)
    assert set(pronunciations.phonemes(stress=True)) < set(stranger_g2p.symbols())
    with pytest.raises(ValueError, match="read-only"):
        weights["fc_b"][0] = 1
