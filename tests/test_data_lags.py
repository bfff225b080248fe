"""Adding, copying and latching: what is drawn is what the task says."""

import numpy as np
import pytest

from unrolled.data import adding, copying, latching


def test_adding_marks_one_number_in_each_half_and_asks_for_their_sum():
    x, y = adding.batch(np.random.default_rng(0), 500, 7)
    assert x.shape == (7, 500, 2) and x.dtype == y.dtype == np.float32
    assert 0 <= x[:, :, 0].min() and x[:, :, 0].max() < 1
    assert np.all(x[:3, :, 1].sum(0) == 1) and np.all(x[3:, :, 1].sum(0) == 1)
    assert set(np.unique(x[:, :, 1])) == {0, 1}
    np.testing.assert_allclose((x[:, :, 0] * x[:, :, 1]).sum(0), y, rtol=1e-6)
    assert np.all(x[:, :, 1].any(1)), "every place is marked at some time"


def test_adding_needs_two_steps():
    with pytest.raises(ValueError, match="1 steps: two numbers"):
        adding.batch(np.random.default_rng(0), 3, 1)


def test_adding_of_1997_by_its_description():
    T = 40
    x, lengths, y = adding.batch_1997(np.random.default_rng(1), 4000, T)
    number, mark = x[:, :, 0], x[:, :, 1]
    assert set(lengths) == set(range(40, 45)) and len(x) == 44
    assert np.all((mark == 1).sum(0) == 2)
    assert np.all((mark[:10] == 1).sum(0) >= 1) and not (mark[T // 2 :] == 1).any()
    assert np.all((mark[: T // 2] == 1).any(1)), "each of the first half at some time"
    last = mark[lengths - 1, np.arange(4000)]
    assert np.all(last == -1)
    first_marked = mark[0] == 1
    assert np.all(mark[0][~first_marked] == -1) and np.all(number[0][first_marked] == 0)
    behind = np.arange(len(x))[:, None] >= lengths
    assert not x[behind].any()
    np.testing.assert_allclose(0.5 + (number * (mark == 1)).sum(0) / 4, y, atol=1e-6)
    share = 1 / 10 + 9 / 10 / (T // 2 - 1)  # of the sequences whose first is marked
    assert abs(first_marked.mean() - share) < 0.03


def test_adding_of_1997_needs_room_for_ten():
    adding.batch_1997(np.random.default_rng(0), 5, 20)
    with pytest.raises(ValueError, match="T = 19: at least 20"):
        adding.batch_1997(np.random.default_rng(0), 5, 19)


def test_copying():
    x, y = copying.batch(np.random.default_rng(0), 300, 5)
    assert x.shape == y.shape == (25, 300)
    np.testing.assert_array_equal(x[:10], y[-10:])
    assert set(np.unique(x[:10])) == set(range(1, 9))
    assert np.all(x[10:14] == copying.BLANK) and np.all(x[14] == copying.GO)
    assert not x[15:].any() and not y[:15].any()
    assert x.max() < copying.INPUTS and y.max() < copying.OUTPUTS
    np.testing.assert_allclose(copying.baseline(5), 10 * np.log(8) / 25)
    with pytest.raises(ValueError, match="delay 0"):
        copying.batch(np.random.default_rng(0), 3, 0)


def test_latching():
    x, y = latching.batch(np.random.default_rng(0), 2000, 6, noise=0.5)
    assert x.shape == (6, 2000, 1) and x.dtype == np.float32
    np.testing.assert_array_equal(np.sign(x[0, :, 0]), 2 * y - 1)
    assert set(np.abs(x[0]).ravel()) == {1}
    assert abs(x[1:].std() - 0.5) < 0.02 and abs(y.mean() - 0.5) < 0.05
    for steps, noise in ((0, 0.3), (5, -0.1)):
        with pytest.raises(ValueError, match=f"{steps} steps, noise {noise}"):
            latching.batch(np.random.default_rng(0), 3, steps, noise)
