"""The loaders: known content, honest refusals, no network."""

import numpy as np
import pytest

from unrolled.data import names, packaged


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
