"""Data of chapters 6 and 7: pairs of sequences, and a chaotic series."""

import datetime

import numpy as np
import pytest

from unrolled.data import (
    chinese_numerals,
    dates,
    mackey_glass,
    pronunciations,
    sums,
    symbols,
)


def test_symbols_are_padded_and_come_back():
    ids, lengths = symbols.encode(["ab", "b", "aba"], "ab", end=True)
    assert ids.T.tolist() == [[2, 3, 1, 0], [3, 1, 0, 0], [2, 3, 2, 1]]
    assert lengths.tolist() == [3, 2, 4]
    assert symbols.decode(ids, "ab") == [("a", "b"), ("b",), ("a", "b", "a")]
    ids, lengths = symbols.encode([("AH", "T")], ("AH", "T"))
    assert ids.T.tolist() == [[2, 3]] and lengths.tolist() == [2]
    assert symbols.decode(np.array([[2, 1], [0, 3]]), "ab") == [("a",), ()]


def test_symbols_refuse_what_they_cannot_write():
    with pytest.raises(ValueError, match=r"\['c', 'd'\]"):
        symbols.encode(["ad", "c"], "ab")
    with pytest.raises(ValueError, match="nothing to encode"):
        symbols.encode([], "ab")
    with pytest.raises(ValueError, match="empty sequence"):
        symbols.encode(["ab", ""], "ab")


def test_no_sum_and_no_swapped_sum_is_in_two_parts():
    parts = sums.split(0)
    assert [len(p) for p in parts] == [50_000, 5_000, 5_000]
    found = [{tuple(sorted(pair)) for pair in part} for part in parts]
    assert [len(f) for f in found] == [50_000, 5_000, 5_000]
    assert not (found[0] & found[1] or found[0] & found[2] or found[1] & found[2])
    first_is_less = np.mean([a < b for a, b in parts[0]])
    assert 0.48 < first_is_less < 0.52
    assert sums.split(0) == parts and sums.split(1)[2] != parts[2]
    with pytest.raises(ValueError, match="there are 500500"):
        sums.split(0, training=500_000)


def test_a_sum_is_written_both_ways_round():
    x, y = sums.encode([(535, 61), (999, 1)], turn_question=False, turn_answer=False)
    assert symbols.decode(x, sums.SYMBOLS) == [tuple("535+61 "), tuple("999+1  ")]
    assert symbols.decode(y, sums.SYMBOLS) == [tuple("596"), tuple("1000")]
    turned, back = sums.encode([(535, 61), (999, 1)])
    assert np.array_equal(turned, x[::-1])
    assert symbols.decode(back, sums.SYMBOLS) == [tuple("695"), tuple("0001")]
    assert x.shape == (sums.WIDTH, 2) and y.shape == (sums.DIGITS + 2, 2)


def test_the_dictionary_knows_its_words():
    words = pronunciations.words()
    assert len(words) == 116_871 and list(words) == sorted(words)
    assert words["though"] == (("DH", "OW"),)
    assert words["tough"] == (("T", "AH", "F"),)
    stressed = pronunciations.words(stress=True)
    assert stressed["tough"] == (("T", "AH1", "F"),)
    assert len(pronunciations.phonemes()) == 39
    assert len(pronunciations.phonemes(stress=True)) == 69
    for word, said in words.items():
        assert len(said) == len(set(said)) and all(said)
        assert pronunciations.SHORTEST <= len(word) <= pronunciations.LONGEST
        assert len(said) <= len(stressed[word])


def test_a_word_is_in_one_part():
    train, valid, test = pronunciations.split(0)
    assert (len(valid), len(test)) == (1500, 3000)
    assert sorted(train + valid + test) == list(pronunciations.words())
    assert pronunciations.split(1)[2] != test


def test_dates_are_unambiguous_and_in_one_part():
    parts = dates.split(0, training=3000, valid=500, test=500)
    days = [[iso for _, iso in part] for part in parts]
    assert [len(d) for d in days] == [3000, 500, 500]
    assert len({iso for part in days for iso in part}) == 4000
    allowed = set(dates.alphabet())
    meaning = {}
    for text, iso in parts[0] + parts[1] + parts[2]:
        assert set(text) <= allowed and set(iso) <= set(dates.SYMBOLS)
        assert meaning.setdefault(text, iso) == iso
        assert text == " ".join(text.split()) == text.lower()
    with pytest.raises(ValueError, match="there are 73049"):
        dates.split(0, training=80_000)


def test_no_two_days_are_written_alike():
    meaning = {}
    for offset in range(0, 73_049, 37):
        day = dates.FIRST + datetime.timedelta(days=offset)
        for language in dates.LANGUAGES:
            text = dates.written(day, language, "medium")
            assert meaning.setdefault(text, day) == day
    assert dates.written(datetime.date(1987, 3, 9), "pt", "long") == (
        "9 de março de 1987"
    )


def read(numeral: str) -> int:
    """The number of a numeral, by its units alone."""
    total = group = digit = 0
    for c in numeral:
        if c == "万":
            total, group, digit = (group + digit) * 10_000, 0, 0
        elif c in chinese_numerals.UNITS:
            group += max(digit, 1) * 10 ** chinese_numerals.UNITS.index(c)
            digit = 0
        else:
            digit = chinese_numerals.DIGITS.index(c)
    return total + group + digit


@pytest.mark.parametrize(
    ("n", "numeral"),
    [
        (7, "七"),
        (10, "十"),
        (15, "十五"),
        (110, "一百一十"),
        (105, "一百零五"),
        (1005, "一千零五"),
        (1020, "一千零二十"),
        (10_500, "一万零五百"),
        (100_000, "十万"),
        (1_010_010, "一百零一万零一十"),
        (12_345_678, "一千二百三十四万五千六百七十八"),
    ],
)
def test_numerals_are_those_of_the_language(n, numeral):
    assert chinese_numerals.written(n) == numeral


def test_numerals_can_be_read_back():
    rng = np.random.default_rng(0)
    for n in [*range(1, 3000), *rng.integers(1, chinese_numerals.LAST, 2000).tolist()]:
        text = chinese_numerals.written(n)
        assert read(text) == n
        assert set(text) <= set(chinese_numerals.SYMBOLS) and "零零" not in text
    for n in (0, chinese_numerals.LAST + 1):
        with pytest.raises(ValueError, match="numerals go from 1"):
            chinese_numerals.written(n)


def test_mackey_glass_obeys_its_equation():
    history = 1.2 + 0.1 * np.sin(np.arange(171) / 20)
    x = mackey_glass.trajectory(history, 60)
    dense = [mackey_glass.trajectory(history, 1)[0]]
    assert dense[0] == x[0]
    # for 17 units the delayed value is the given history: quadrature checks it
    grid = np.linspace(0, 17, 171)
    force = 0.2 * history / (1 + history**10)
    for t in (5, 10, 17):
        weights = np.exp(-0.1 * (t - grid[: 10 * t + 1]))
        integral = np.trapezoid(weights * force[: 10 * t + 1], dx=0.1)
        exact = history[-1] * np.exp(-0.1 * t) + integral
        assert abs(x[t - 1] - exact) < 1e-4


def test_mackey_glass_is_chaotic_and_seeded():
    x = mackey_glass.series(2000, 0)
    assert np.array_equal(x, mackey_glass.series(2000, 0))
    assert np.array_equal(x[:50], mackey_glass.series(50, 0))
    assert 0.2 < x.min() < 0.5 and 1.2 < x.max() < 1.5
    history = np.full(171, 1.2)
    near = history.copy()
    near[-1] += 1e-3
    apart = np.abs(
        mackey_glass.trajectory(history, 3000) - mackey_glass.trajectory(near, 3000)
    )
    assert apart[:100].max() < 1e-2 and apart[-500:].max() > 0.1
    with pytest.raises(ValueError, match="must be positive"):
        mackey_glass.series(0, 0)
