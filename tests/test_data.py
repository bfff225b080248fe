"""The loaders: known content, honest refusals, no network."""

import hashlib
import itertools

import numpy as np
import pytest

from unrolled.data import (
    counting,
    digits,
    heteronyms,
    human_numbers,
    japanese_vowels,
    messages,
    names,
    packaged,
    python_source,
    sunspots,
    world_names,
)


def test_first_names_are_the_census_list():
    found = names.first_names()
    assert len(found) == 5163
    assert found == tuple(sorted(set(found)))
    assert {"mary", "james"} <= set(found)
    assert set("".join(found)) <= set(names.ALPHABET[1:])


def test_split_is_a_partition_and_depends_on_the_seed():
    train, test = names.split(0)
    assert len(test) == 516
    assert sorted(train + test) == list(names.first_names())
    assert names.split(0) == (train, test)
    assert names.split(1)[1] != test


def test_windows_are_stretches_with_the_next_id_as_target():
    ids = names.stream(["abe", "zoe"])
    assert "".join(names.ALPHABET[i] for i in ids) == "abe.zoe."
    x, y = names.windows(ids, 5, 9, np.random.default_rng(0))
    assert x.shape == y.shape == (5, 9)
    assert np.array_equal(x[1:], y[:-1])
    text = "abe.zoe."
    for column in np.vstack([x, y[-1:]]).T:
        assert "".join(names.ALPHABET[i] for i in column) in text


def test_every_start_is_drawn_the_last_included():
    ids = np.arange(7)
    x, _ = names.windows(ids, 4, 500, np.random.default_rng(0))
    assert set(x[0]) == {0, 1, 2}


def test_unigram_loss_is_the_entropy_of_equal_frequencies():
    ids = names.encode(names.ALPHABET)
    assert np.isclose(names.unigram_loss(ids, ids), np.log(27))


def test_refusals_say_what_to_do():
    with pytest.raises(ValueError, match=r"outside the alphabet: \['Z'\]"):
        names.encode("abZ")
    with pytest.raises(ValueError, match="no stretch of 9"):
        names.windows(np.arange(8), 8, 1, np.random.default_rng(0))
    with pytest.raises(packaged.DataError, match=r"requirements-data\.txt"):
        packaged.package_file("no_such_package_here", "x", "0")
    with pytest.raises(packaged.DataError, match="missing from the package"):
        packaged.package_file("names", "no.such.file", "0")
    with pytest.raises(packaged.DataError, match="expected 000000000000"):
        packaged.package_file("names", "dist.all.last", "0" * 64)


def test_sunspots_are_the_yearly_series():
    years, numbers = sunspots.yearly()
    assert years.tolist() == list(range(1700, 2009))
    assert numbers.shape == (309,) and numbers.dtype == np.float64
    assert numbers[years == 1957].item() == 190.2  # the highest
    assert numbers.max() == 190.2 and numbers.min() == 0
    numbers[0] = -1  # a copy: the next caller is not harmed
    assert sunspots.yearly()[1][0] == 5


def test_human_numbers_have_no_and_comma_or_hyphen():
    assert human_numbers.words(1234) == [
        "one",
        "thousand",
        "two",
        "hundred",
        "thirty",
        "four",
    ]
    assert human_numbers.words(205) == ["two", "hundred", "five"]
    everything = human_numbers.numbers()
    assert len(set(everything)) == 9999
    assert set("".join(everything)) <= set("abcdefghijklmnopqrstuvwxyz ")
    assert len({w for n in everything for w in n.split()}) == 29
    assert human_numbers.numbers(2) == ("one", "two")
    for n in (0, 10_000):
        with pytest.raises(ValueError, match=f"from 1 to 9999, not {n}"):
            human_numbers.words(n)


def test_japanese_vowels_have_the_published_split():
    train, test = japanese_vowels.load()
    assert np.bincount([s for _, s in train]).tolist() == [30] * 9
    assert np.bincount([s for _, s in test]).tolist() == (
        [31, 35, 88, 44, 29, 24, 40, 50, 29]
    )
    lengths = [len(x) for x, _ in train + test]
    assert (min(lengths), max(lengths)) == (7, 29)
    assert all(x.shape[1] == 12 and np.isfinite(x).all() for x, _ in train + test)
    assert np.allclose(train[0][0][0, :2], [1.860936, -0.207383])
    with pytest.raises(ValueError, match="read-only"):
        train[0][0][0, 0] = 0


def test_heteronyms_have_one_reading_a_character():
    phrases = heteronyms.phrases()
    assert len(phrases) == 47111 and phrases == tuple(sorted(phrases))
    assert all(len(phrase) == len(readings) for phrase, readings in phrases)
    assert dict(phrases)["\u94f6\u884c"] == ("yín", "háng")
    assert {"xíng", "háng"} <= set(heteronyms.readings("\u884c"))
    with pytest.raises(KeyError):
        heteronyms.readings("x")


def test_digits_are_eight_by_eight():
    images, labels = digits.load()
    assert images.shape == (1797, 8, 8) and images.min() == 0 and images.max() == 16
    assert np.bincount(labels).tolist() == (
        [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    )
    zero = images[0] > 0  # a nought: ink at its sides, none in its middle
    assert labels[0] == 0 and not zero[3:5, 3:5].any() and zero[4].sum() == 4


def test_counting_says_when_the_count_is_a_multiple_of_four():
    x, y = counting.batch(np.random.default_rng(0), 50, 3)
    assert x.shape == y.shape == (50, 3)
    for bits, targets in zip(x.T, y.T, strict=True):
        count = 0
        for bit, target in zip(bits, targets, strict=True):
            count += bit
            assert target == (count in (0, 4, 8, 12, 16, 20, 24, 28, 32, 36))


def test_a_text_is_the_same_with_the_line_ends_of_windows(tmp_path, monkeypatch):
    package = tmp_path / "some_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "a.csv").write_bytes(b"1\r\n2\r\n")
    monkeypatch.syspath_prepend(tmp_path)
    digest = hashlib.sha256(b"1\n2\n").hexdigest()
    assert packaged.package_text("some_package", "a.csv", digest) == "1\n2\n"
    with pytest.raises(packaged.DataError, match="expected 000000000000"):
        packaged.package_text("some_package", "a.csv", "0" * 64)


def test_world_names_have_one_language_each():
    found = world_names.names()
    assert len(found) == 19_009
    assert len(world_names.LANGUAGES) == 18
    assert len({name for name, _ in found}) == len(found)
    assert {i for _, i in found} == set(range(18))
    assert set("".join(name for name, _ in found)) == set(world_names.LETTERS)
    languages = dict(found)
    assert world_names.LANGUAGES[languages["kowalski"]] == "Polish"
    assert world_names.LANGUAGES[languages["guglielmi"]] == "Italian"


def test_marks_are_kept_on_demand():
    marked = dict(world_names.names(plain=False))
    assert "hrönn" in marked and "hronn" not in marked
    assert set("".join(marked)) == set(world_names.alphabet(plain=False))
    assert world_names._without_marks("søreń łıßþ") == "soren lissth"


def test_world_names_split_and_encoding():
    train, test = world_names.split(0)
    assert len(test) == round(0.2 * 19_009)
    assert sorted(train + test) == list(world_names.names())
    assert world_names.split(1)[1] != test
    x, lengths = world_names.encode(["abc", "z"])
    assert x.tolist() == [[1, 26], [2, 0], [3, 0]]
    assert lengths.tolist() == [3, 1]
    for wrong in (["a1"], ["a", ""]):
        with pytest.raises(ValueError, match="alphabet"):
            world_names.encode(wrong)


def test_messages_say_the_same_in_two_languages():
    found = messages.pairs()
    assert len(found) == 2631
    assert len({english for english, _ in found}) == len(found)
    assert dict(found)["Delete this file"] == "删除此文件"
    for english, chinese in found:
        assert len(english) <= messages.LONGEST
        assert "\n" not in english + chinese
        assert messages.HANZI.search(chinese)
    train, test = messages.split(0)
    assert len(test) == 263
    assert sorted(train + test) == list(found)


def test_tokens_joined_are_the_text_again():
    for english, chinese in messages.pairs()[::10]:
        for cut in (messages.characters, messages.english_words):
            assert "".join(cut(english)) == english
        for cut in (messages.characters, messages.chinese_words):
            assert "".join(cut(chinese)) == chinese


def test_chinese_is_cut_at_the_likeliest_places():
    assert messages.chinese_words("研究生命起源") == ["研究", "生命", "起源"]
    assert messages.chinese_words("打开 JSON 文件") == [
        "打开",
        " ",
        "JSON",
        " ",
        "文件",
    ]
    assert messages.english_words("Save all, now") == ["Save", " all", ",", " now"]
    assert messages.chinese_words("") == []


def test_the_cut_is_the_best_of_all():
    text = "正在创建分支"
    counts, total, _ = messages._dictionary()
    best = -np.inf
    for mask in range(2 ** (len(text) - 1)):
        cuts = [0, *(i + 1 for i in range(len(text) - 1) if mask >> i & 1), len(text)]
        words = [text[a:b] for a, b in itertools.pairwise(cuts)]
        if all(len(w) == 1 or w in counts for w in words):
            score = sum(np.log(counts.get(w, 1) / total) for w in words)
            if score > best:
                best, likeliest = score, words
    assert messages.chinese_words(text) == likeliest


def test_python_source_is_ascii_and_split_by_file():
    train, test = python_source.split()
    assert python_source.text() == train + test
    assert set(train + test) <= set(python_source.ALPHABET)
    assert not set(python_source.TRAINING) & set(python_source.HELD_OUT)
    ids = python_source.encode(test[:500])
    assert "".join(python_source.ALPHABET[i] for i in ids) == test[:500]
    with pytest.raises(ValueError, match="alphabet"):
        python_source.encode("é")
