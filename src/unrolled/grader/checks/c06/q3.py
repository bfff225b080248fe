"""Question 6.3: on its own after a warm-up."""

from __future__ import annotations

import numpy as np

from unrolled.grader.checks.judging import Array, as_array, expect_untouched, near
from unrolled.grader.question import (
    Ask,
    Call,
    Given,
    Misconception,
    Property,
    Question,
    Wrong,
)

RUN, RATIO = "free_run", "error_ratio"
H = 5  # as in the given cell


def free_run(step, h0: Array, x: Array, warm: Array, K: int) -> Array:
    result = np.zeros((K, len(warm)))
    for b, n in enumerate(warm):
        h = h0[b : b + 1]
        for t in range(n):
            value = x[t, b : b + 1]
            h, d = step(h, value)
        for k in range(K):
            value = value + d
            result[k, b] = value[0]
            h, d = step(h, value)
    return result


def error_ratio(forecasts: Array, x: Array, first: int) -> Array:
    N, K, _ = forecasts.shape
    model, still = np.zeros(K), np.zeros(K)
    for i in range(N):
        n = first + i
        truth = x[n : n + K]
        model += ((forecasts[i] - truth) ** 2).sum(axis=1)
        still += ((x[n - 1] - truth) ** 2).sum(axis=1)
    return np.sqrt(model / still)


def _one_by_one(step, h0, x, warm, K, own):
    """free_run, with `own(run, k)` deciding what happens after the warm-up."""
    result = np.zeros((K, len(warm)))
    for b, n in enumerate(warm):
        h = h0[b : b + 1]
        for t in range(n):
            h, d = step(h, x[t, b : b + 1])
        result[:, b] = own(h, d, x[:, b], int(n), h0[b : b + 1])
    return result


def _state_reset_each_step(step, h0, x, warm, K):
    def own(h, d, series, n, start):
        value, found = series[n - 1 : n], []
        for _ in range(K):
            value = value + step(start, value)[1]
            found.append(value[0])
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _state_reset_in_the_run(step, h0, x, warm, K):
    """The warm-up's last forecast is used; then every step starts from h0."""

    def own(h, d, series, n, start):
        value, found = series[n - 1 : n], []
        for _ in range(K):
            value = value + d
            found.append(value[0])
            d = step(start, value)[1]
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _state_reset_after_warm_up(step, h0, x, warm, K):
    """The last forecast of the warm-up is used, its state thrown away."""

    def own(h, d, series, n, start):
        h, value, found = start, series[n - 1 : n], []
        for _ in range(K):
            value = value + d
            found.append(value[0])
            h, d = step(h, value)
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _no_warm_up(step, h0, x, warm, K):
    """Only the last observed value is read, from the initial state."""

    def own(h, d, series, n, start):
        h, value, found = start, series[n - 1 : n], []
        for _ in range(K):
            h, d = step(h, value)
            value = value + d
            found.append(value[0])
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _truth_fed(step, h0, x, warm, K):
    def own(h, d, series, n, start):
        found = []
        for k in range(K):
            value = series[n + k - 1 : n + k]
            if not len(value):
                value = series[-1:]  # nothing was observed there
            found.append((value + d)[0])
            following = series[n + k : n + k + 1]
            h, d = step(h, following if len(following) else series[-1:])
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _first_forecast_thrown_away(step, h0, x, warm, K):
    return free_run(step, h0, x, warm, K + 1)[1:]


def _last_value_read_twice(step, h0, x, warm, K):
    def own(h, d, series, n, start):
        value, found = series[n - 1 : n], []
        for _ in range(K):
            h, d = step(h, value)
            value = value + d
            found.append(value[0])
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _last_observation_in_front(step, h0, x, warm, K):
    last = x[warm - 1, np.arange(len(warm))]
    return np.concatenate([last[None], free_run(step, h0, x, warm, K)])[:K]


def _change_fed(step, h0, x, warm, K):
    """The change is taken for the forecast and read."""

    def own(h, d, series, n, start):
        found = []
        for _ in range(K):
            found.append(d[0])
            h, d = step(h, d)
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _change_returned(step, h0, x, warm, K):
    """The right values are read, the changes returned."""

    def own(h, d, series, n, start):
        value, found = series[n - 1 : n], []
        for _ in range(K):
            found.append(d[0])
            value = value + d
            h, d = step(h, value)
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _first_change_returned(step, h0, x, warm, K):
    """The right values, but row 0 holds the change."""

    def own(h, d, series, n, start):
        value, found = series[n - 1 : n], [d[0]]
        for _ in range(K - 1):
            value = value + d
            h, d = step(h, value)
            found.append((value + d)[0])
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _change_read(step, h0, x, warm, K):
    """The values add up, but the change is what the network reads."""

    def own(h, d, series, n, start):
        value, found = series[n - 1 : n], []
        for _ in range(K):
            value = value + d
            found.append(value[0])
            h, d = step(h, d)
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _always_from_the_last_observation(step, h0, x, warm, K):
    def own(h, d, series, n, start):
        found = []
        for _ in range(K):
            value = series[n - 1 : n] + d
            found.append(value[0])
            h, d = step(h, value)
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _change_subtracted(step, h0, x, warm, K):
    def own(h, d, series, n, start):
        value, found = series[n - 1 : n], []
        for _ in range(K):
            value = value - d
            found.append(value[0])
            h, d = step(h, value)
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _straight_on(step, h0, x, warm, K):
    """The first change is repeated."""

    def own(h, d, series, n, start):
        return series[n - 1] + d[0] * np.arange(1, K + 1)

    return _one_by_one(step, h0, x, warm, K, own)


def _first_forecast_repeated(step, h0, x, warm, K):
    return np.repeat(free_run(step, h0, x, warm, 1), K, axis=0)


def _state_frozen(step, h0, x, warm, K):
    """The forecasts are fed, and the state stays that of the warm-up."""

    def own(h, d, series, n, start):
        value, found = series[n - 1 : n], []
        for _ in range(K):
            value = value + d
            found.append(value[0])
            d = step(h, value)[1]
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _input_frozen(step, h0, x, warm, K):
    """The state goes on, and the last observation is what it reads."""

    def own(h, d, series, n, start):
        value, found = series[n - 1 : n], []
        for _ in range(K):
            value = value + d
            found.append(value[0])
            h, d = step(h, series[n - 1 : n])
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _state_advanced_twice(step, h0, x, warm, K):
    def own(h, d, series, n, start):
        value, found = series[n - 1 : n], []
        for _ in range(K):
            value = value + d
            found.append(value[0])
            h = step(h, value)[0]
            d = step(h, value)[1]
        return found

    return _one_by_one(step, h0, x, warm, K, own)


def _first_length_for_all(step, h0, x, warm, K):
    return free_run(step, h0, x, np.full(len(warm), warm[0]), K)


def _longest_for_all(step, h0, x, warm, K):
    return free_run(step, h0, x, np.full(len(warm), warm.max()), K)


def _shortest_for_all(step, h0, x, warm, K):
    return free_run(step, h0, x, np.full(len(warm), warm.min()), K)


def _one_value_short(step, h0, x, warm, K):
    return free_run(step, h0, x, np.maximum(warm - 1, 1), K)


def _one_value_more(step, h0, x, warm, K):
    return free_run(step, h0, x, np.minimum(warm + 1, len(x)), K)


def _warm_up_on_its_own(step, h0, x, warm, K):
    """The first value is read; the warm-up too runs on forecasts."""
    return np.array(
        [
            free_run(step, h0[b : b + 1], x[:, b : b + 1], np.array([1]), n - 1 + K)[
                n - 1 :, 0
            ]
            for b, n in enumerate(warm)
        ]
    ).T


def _waits_for_the_longest(step, h0, x, warm, K):
    """All run until the longest is warm; forecasts from there."""
    longest = int(warm.max())
    return np.array(
        [
            free_run(
                step, h0[b : b + 1], x[:, b : b + 1], np.array([n]), longest - n + K
            )[longest - n :, 0]
            for b, n in enumerate(warm)
        ]
    ).T


def _zero_state(step, h0, x, warm, K):
    return free_run(step, np.zeros(h0.shape), x, warm, K)


def _one_state_for_all(step, h0, x, warm, K):
    return free_run(step, np.repeat(h0[:1], len(h0), axis=0), x, warm, K)


def _state_carried_over(step, h0, x, warm, K):
    """One series after the other, without starting again."""
    result, h = np.zeros((K, len(warm))), h0[:1]
    for b, n in enumerate(warm):
        for t in range(n):
            value = x[t, b : b + 1]
            h, d = step(h, value)
        for k in range(K):
            value = value + d
            result[k, b] = value[0]
            h, d = step(h, value)
    return result


def _time_last(step, h0, x, warm, K):
    return free_run(step, h0, x, warm, K).T


def _written_into_x(step, h0, x, warm, K):
    result = free_run(step, h0, x, warm, K)
    for b, n in enumerate(warm):
        room = len(x[n : n + K, b])
        x[n : n + K, b] = result[:room, b]
    return result


def _squares(forecasts, x, first):
    """Squared errors of the network and of the last value: (N, K, B) each."""
    N, K, _ = forecasts.shape
    truth = np.array([x[first + i : first + i + K] for i in range(N)])
    last = np.array([x[first + i - 1] for i in range(N)])[:, None]
    return (forecasts - truth) ** 2, (last - truth) ** 2


def _no_root(forecasts, x, first):
    model, still = _squares(forecasts, x, first)
    return model.mean(axis=(0, 2)) / still.mean(axis=(0, 2))


def _absolute(forecasts, x, first):
    model, still = _squares(forecasts, x, first)
    return np.sqrt(model).mean(axis=(0, 2)) / np.sqrt(still).mean(axis=(0, 2))


def _root_a_series(forecasts, x, first):
    model, still = _squares(forecasts, x, first)
    model, still = np.sqrt(model.mean(axis=0)), np.sqrt(still.mean(axis=0))
    return model.mean(axis=1) / still.mean(axis=1)


def _root_an_origin(forecasts, x, first):
    model, still = _squares(forecasts, x, first)
    model, still = np.sqrt(model.mean(axis=2)), np.sqrt(still.mean(axis=2))
    return model.mean(axis=0) / still.mean(axis=0)


def _mean_of_ratios(forecasts, x, first):
    model, still = _squares(forecasts, x, first)
    return np.sqrt(model / still).mean(axis=(0, 2))


def _ratio_a_series(forecasts, x, first):
    model, still = _squares(forecasts, x, first)
    return np.sqrt(model.mean(axis=0) / still.mean(axis=0)).mean(axis=1)


def _mean_of_origins_ratios(forecasts, x, first):
    model, still = _squares(forecasts, x, first)
    return np.sqrt(model.sum(axis=2) / still.sum(axis=2)).mean(axis=0)


def _targets_late(forecasts, x, first):
    """All truths one value late, where x goes on; the baseline is right."""
    N, K, _ = forecasts.shape
    at = first + np.arange(N)[:, None] + np.arange(K) + 1
    truth = x[np.minimum(at, len(x) - 1)]
    last = np.array([x[first + i - 1] for i in range(N)])[:, None]
    model, still = (forecasts - truth) ** 2, (last - truth) ** 2
    return np.sqrt(model.sum(axis=(0, 2)) / still.sum(axis=(0, 2)))


def _one_step_still(forecasts, x, first):
    model, still = (e.mean(axis=(0, 2)) for e in _squares(forecasts, x, first))
    return np.sqrt(model / still[0])


def _still_fed_with_truth(forecasts, x, first):
    N, K, _ = forecasts.shape
    model, _ = _squares(forecasts, x, first)
    truth = np.array([x[first + i : first + i + K] for i in range(N)])
    before = np.array([x[first + i - 1 : first + i + K - 1] for i in range(N)])
    return np.sqrt(model.sum(axis=(0, 2)) / ((before - truth) ** 2).sum(axis=(0, 2)))


def _still_of_the_first_origin(forecasts, x, first):
    N, K, _ = forecasts.shape
    model, _ = _squares(forecasts, x, first)
    truth = np.array([x[first + i : first + i + K] for i in range(N)])
    still = (x[first - 1] - truth) ** 2
    return np.sqrt(model.sum(axis=(0, 2)) / still.sum(axis=(0, 2)))


def _still_one_later(forecasts, x, first):
    """The baseline has seen the value that it is to forecast."""
    N, K, _ = forecasts.shape
    model, _ = _squares(forecasts, x, first)
    truth = np.array([x[first + i : first + i + K] for i in range(N)])
    still = (truth[:, :1] - truth) ** 2
    return np.sqrt(model.sum(axis=(0, 2)) / still.sum(axis=(0, 2)))


def _mean_for_still(forecasts, x, first):
    N, K, _ = forecasts.shape
    model, _ = _squares(forecasts, x, first)
    truth = np.array([x[first + i : first + i + K] for i in range(N)])
    still = (x.mean(axis=0) - truth) ** 2
    return np.sqrt(model.sum(axis=(0, 2)) / still.sum(axis=(0, 2)))


def _spread_for_still(forecasts, x, first):
    model, _ = _squares(forecasts, x, first)
    return np.sqrt(model.mean(axis=(0, 2))) / x.std()


def _no_ratio(forecasts, x, first):
    model, _ = _squares(forecasts, x, first)
    return np.sqrt(model.mean(axis=(0, 2)))


def _turned_ratio(forecasts, x, first):
    return 1 / error_ratio(forecasts, x, first)


def _difference(forecasts, x, first):
    model, still = (np.sqrt(e.mean(axis=(0, 2))) for e in _squares(forecasts, x, first))
    return model - still


def _gain(forecasts, x, first):
    return 1 - error_ratio(forecasts, x, first)


def _up_to_the_horizon(forecasts, x, first):
    model, still = (
        np.cumsum(e.sum(axis=(0, 2))) for e in _squares(forecasts, x, first)
    )
    return np.sqrt(model / still)


def _one_number(forecasts, x, first):
    model, still = _squares(forecasts, x, first)
    return np.sqrt(model.sum() / still.sum())


def _targets_early(forecasts, x, first):
    return error_ratio(forecasts, x, first - 1)


def _model_targets_early(forecasts, x, first):
    """Forecasts compared with the value before the one that they are of."""
    N, K, _ = forecasts.shape
    _, still = _squares(forecasts, x, first)
    early = np.array([x[first + i - 1 : first + i + K - 1] for i in range(N)])
    model = (forecasts - early) ** 2
    return np.sqrt(model.sum(axis=(0, 2)) / still.sum(axis=(0, 2)))


def _origin_forgotten(forecasts, x, first):
    """All forecasts compared with the values after the first origin."""
    N, K, _ = forecasts.shape
    truth = x[first : first + K][None]
    model = ((forecasts - truth) ** 2).sum(axis=(0, 2))
    still = ((x[first - 1] - truth) ** 2).sum(axis=(0, 2)) * N
    return np.sqrt(model / still)


def _first_origin_alone(forecasts, x, first):
    return error_ratio(forecasts[:1], x, first)


def _last_origin_left_out(forecasts, x, first):
    return error_ratio(forecasts[:-1], x, first)


def _counted_from_the_start(forecasts, x, first):
    """`first` forgotten: the first forecasts taken for those of x[1], x[2], ..."""
    return error_ratio(forecasts, x, 1)


def _first_series_alone(forecasts, x, first):
    return error_ratio(forecasts[:, :, :1], x[:, :1], first)


def _series(rng: np.random.Generator, T: int, B: int) -> Array:
    """Waves with some noise: nothing is constant, nothing is zero."""
    t = np.arange(T)[:, None]
    phase, pace = rng.uniform(0, 6, size=B), rng.uniform(0.3, 0.9, size=B)
    return np.sin(pace * t + phase) + 0.3 * rng.normal(size=(T, B)) + 0.4


def _start(rng: np.random.Generator, B: int) -> Array:
    return rng.uniform(-0.9, 0.9, size=(B, H))


RUN_HINTS = (
    (_truth_fed, "Those are one-step forecasts: the truth was fed."),
    (_no_warm_up, "The state of the warm-up is thrown away."),
    (_state_reset_after_warm_up, "The state of the warm-up is thrown away."),
    (_state_reset_each_step, "The state is reset at every step."),
    (_last_value_read_twice, "The last observed value was read twice."),
    (_change_fed, "The network returns a change."),
)


def _expect_run(
    ask: Ask, h0: Array, x: Array, warm: Array, K: int, where: str, rows: slice
) -> None:
    step = ask.given("step")
    args = (Given("step"), h0, x, warm, K)
    reply = ask(RUN, *args)
    want = free_run(step, h0, x, warm, K)
    value = np.asarray(reply.value)
    if value.dtype.kind == "f" and value.shape == want.shape and np.isnan(value).any():
        raise Wrong(
            f"{where}: there are NaN in the result. In this test x is NaN after the values that a series has observed, so something was read that had not been observed yet."
        )
    got = as_array(reply.value, want.shape, f"{where}: the result")
    if not near(got[rows], want[rows]):
        hint = ""
        for function, text in RUN_HINTS:
            if near(got[rows], function(step, h0, x, warm, K)[rows]):
                hint = " " + text
                break
        bad = np.argwhere(np.abs(got[rows] - want[rows]) > 1e-5 * np.abs(want).max())
        k, b = bad[0]
        raise Wrong(
            f"{where}: forecast {k + 1 + (rows.start or 0)} of series {b} differs from the right one.{hint}"
        )
    if not np.isnan(x).any():  # NaN is not equal to itself
        expect_untouched(reply, args, "step h0 x warm K")


def _test_first(ask: Ask, rng: np.random.Generator) -> None:
    for B, n, K in ((1, 6, 3), (3, 4, 5), (2, 1, 2)):
        x, h0 = _series(rng, n + K, B), _start(rng, B)
        where = f"{n} values observed, B = {B}"
        _expect_run(ask, h0, x, np.full(B, n), K, where, slice(0, 1))


def _test_later(ask: Ask, rng: np.random.Generator) -> None:
    for B, n, K in ((1, 5, 6), (3, 4, 9), (2, 1, 1)):
        x, h0 = _series(rng, n + K, B), _start(rng, B)
        where = f"{n} values observed, B = {B}"
        _expect_run(ask, h0, x, np.full(B, n), K, where, slice(0, None))


def _test_different(ask: Ask, rng: np.random.Generator) -> None:
    for warm, K in (((3, 7, 5, 1), 4), ((6, 2), 8)):
        n = np.array(warm)
        x, h0 = _series(rng, max(warm), len(warm)), _start(rng, len(warm))
        for b in range(len(warm)):
            x[n[b] :, b] = np.nan
        where = f"warm = {list(warm)}"
        _expect_run(ask, h0, x, n, K, where, slice(0, None))


RATIO_HINTS = (
    (_no_root, "A root is missing."),
    (_absolute, "That is a ratio of mean absolute errors."),
    (_one_step_still, "The denominator is that of the first horizon."),
    (_still_fed_with_truth, "The baseline was told the truth on the way."),
    (_no_ratio, "That is the error, not yet divided."),
    (_turned_ratio, "That is the ratio the wrong way round."),
    (_mean_of_ratios, "That is a mean of ratios."),
    (_model_targets_early, "The forecasts are compared one value early."),
    (_targets_early, "Everything is compared one value early."),
)


def _forecasts(rng: np.random.Generator, x: Array, first: int, N: int, K: int) -> Array:
    """The truth with errors that grow with the horizon: a task of its own."""
    truth = np.array([x[first + i : first + i + K] for i in range(N)])
    return truth + rng.normal(size=truth.shape) * 0.2 * np.arange(1, K + 1)[:, None]


def _expect_ratio(
    ask: Ask, rng: np.random.Generator, first: int, N: int, K: int, B: int
) -> None:
    x = _series(rng, first + N + K - 1, B)
    args = (_forecasts(rng, x, first, N, K), x, first)
    reply = ask(RATIO, *args)
    want = np.zeros(K)
    for k in range(K):
        model = still = 0.0
        for i in range(N):
            for b in range(B):
                truth = x[first + i + k, b]
                model += (args[0][i, k, b] - truth) ** 2
                still += (x[first + i - 1, b] - truth) ** 2
        want[k] = np.sqrt(model / still)
    where = f"N = {N}, K = {K}, B = {B}, first = {first}: the ratio"
    value = np.asarray(reply.value)
    if value.dtype.kind == "f" and value.shape == want.shape and np.isinf(value[0]):
        raise Wrong(
            f"{where} at horizon 1 is infinite: your baseline makes no error there. Does it know the value that it is to forecast? The last observed one is x[first + i - 1]."
        )
    got = as_array(reply.value, want.shape, where)
    if not near(got, want):
        hint = ""
        for function, text in RATIO_HINTS:
            if near(got, function(*args)):
                hint = " " + text
                break
        k = int(np.argmax(np.abs(got - want)))
        raise Wrong(
            f"{where} at horizon {k + 1} is {got[k]:.4g}, expected {want[k]:.4g}.{hint}"
        )
    expect_untouched(reply, args, "forecasts x first")


def _test_ratio_one(ask: Ask, rng: np.random.Generator) -> None:
    _expect_ratio(ask, rng, first=4, N=1, K=3, B=1)
    _expect_ratio(ask, rng, first=2, N=1, K=5, B=1)


def _test_ratio_all(ask: Ask, rng: np.random.Generator) -> None:
    _expect_ratio(ask, rng, first=3, N=6, K=4, B=3)
    _expect_ratio(ask, rng, first=1, N=5, K=2, B=4)


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for warm, K in (((3, 7, 5, 2), 4), ((4, 6, 2), 5)):
        n = np.array(warm)
        x, h0 = _series(rng, max(warm) + K + 1, len(warm)), _start(rng, len(warm))
        calls.append(Call(RUN, Given("step"), h0, x, n, K))
    for first, N, K, B in ((3, 5, 4, 3), (4, 6, 5, 2)):
        x = _series(rng, first + N + K - 1, B)
        calls.append(Call(RATIO, _forecasts(rng, x, first, N, K), x, first))
    return calls


FREE, MISMATCH, GROW = (
    "§6.1, def-free-run",
    "§6.5",
    "§6.5 and §6.6",
)

QUESTION = Question(
    id="06.3",
    title="on its own after a warm-up",
    answers=(RUN, RATIO),
    reference={RUN: free_run, RATIO: error_ratio},
    properties=(
        Property(
            "The first forecast comes from the state that has read all observed values",
            1,
            _test_first,
            FREE,
        ),
        Property(
            "Each later forecast comes from the state that has read the forecast before it",
            1,
            _test_later,
            FREE,
        ),
        Property(
            "Each series has a warm-up of its own length, and nothing is read that was not observed",
            1,
            _test_different,
            FREE,
        ),
        Property(
            "One series, one origin: the ratio of the errors at each horizon",
            1,
            _test_ratio_one,
            GROW,
        ),
        Property(
            "Many series and origins: a ratio of two roots of mean squares",
            1,
            _test_ratio_all,
            GROW,
        ),
    ),
    misconceptions=(
        Misconception(
            "state reset at each step",
            _state_reset_each_step,
            "You start every step from h0. A forecast is then made from one value alone, and everything that the network had gathered, in the warm-up and after it, is lost. The state goes on from step to step.",
            FREE,
        ),
        Misconception(
            "state reset at each step after the warm-up",
            _state_reset_in_the_run,
            "After the warm-up you start every step from h0. The state of the warm-up goes on, and reads one forecast after the other.",
            FREE,
        ),
        Misconception(
            "state of the warm-up thrown away",
            _state_reset_after_warm_up,
            "You start the free run from h0. The warm-up is there to bring the state to where the series is: go on from its last state.",
            FREE,
        ),
        Misconception(
            "no warm-up",
            _no_warm_up,
            "You read the last observed value alone, from h0. The values before it are for the state: read all warm[b] of them first.",
            FREE,
        ),
        Misconception(
            "truth fed",
            _truth_fed,
            "After the warm-up your network still reads what was observed. Those are forecasts of one step, as in training; on its own it reads its own forecast, and its errors come back to it.",
            FREE,
        ),
        Misconception(
            "last forecast of the warm-up thrown away",
            _first_forecast_thrown_away,
            "Your first row is the second forecast. When the network reads the last observed value it already says what comes next: that is forecast 1.",
            FREE,
        ),
        Misconception(
            "last observed value read twice",
            _last_value_read_twice,
            "You read the last observed value once in the warm-up and once more to begin the free run, so the state has seen it twice. The warm-up's last step has already given the first change.",
            FREE,
        ),
        Misconception(
            "last observation in front",
            _last_observation_in_front,
            "Your first row is the last observed value. It is no forecast; row 0 is that plus the change.",
            FREE,
        ),
        Misconception(
            "change taken for the value",
            _change_fed,
            "You return what the network puts out, and feed it back. It puts out a change: the forecast is the value that it has read plus that change.",
            "§6.1, and the given cell",
        ),
        Misconception(
            "changes returned",
            _change_returned,
            "You feed the right values and return the changes. Return the values.",
            "§6.1, and the given cell",
        ),
        Misconception(
            "first change returned",
            _first_change_returned,
            "Your first row is the change alone; the later ones are values. Row 0 is the last observed value plus the first change.",
            "§6.1, and the given cell",
        ),
        Misconception(
            "change fed back",
            _change_read,
            "You return the right kind of number and feed back another: the network reads values, and you let it read the change. It was never trained on that.",
            "§6.1, and the given cell",
        ),
        Misconception(
            "change of the last observed value",
            _always_from_the_last_observation,
            "You add every change to the last *observed* value. A change is one from the value that was read, and after the first step that is the last forecast.",
            FREE,
        ),
        Misconception(
            "change subtracted",
            _change_subtracted,
            "You subtract the change. The next value is the value that was read plus the change.",
            "§6.1, and the given cell",
        ),
        Misconception(
            "straight on",
            _straight_on,
            "You repeat the first change. The network says a new one after each value that it reads, and it has to read its forecasts.",
            FREE,
        ),
        Misconception(
            "first forecast repeated",
            _first_forecast_repeated,
            "All your rows are the first forecast. It is fed back, and the network then says what comes after it.",
            FREE,
        ),
        Misconception(
            "state frozen",
            _state_frozen,
            "You feed the forecasts, but always into the state at the end of the warm-up. Keep the new state that `step` returns.",
            FREE,
        ),
        Misconception(
            "input frozen",
            _input_frozen,
            "In your free run the network reads the last observed value again and again. It reads its own last forecast.",
            FREE,
        ),
        Misconception(
            "two steps for one",
            _state_advanced_twice,
            "You call `step` twice for a forecast, once for the state and once for the change, so the state has read each value twice. One call gives both.",
            FREE,
        ),
        Misconception(
            "the first warm-up for all",
            _first_length_for_all,
            "You use warm[0] for all series. Series b has observed warm[b] values.",
            FREE,
        ),
        Misconception(
            "the longest warm-up for all",
            _longest_for_all,
            "You read as many values of each series as the longest has. Where a series has observed fewer, you read what it does not know yet.",
            FREE,
        ),
        Misconception(
            "the shortest warm-up for all",
            _shortest_for_all,
            "You stop all warm-ups at the shortest. The other series have observed more, and their forecasts begin later.",
            FREE,
        ),
        Misconception(
            "warm-up one value short",
            _one_value_short,
            "Your warm-up ends one value early: it reads warm[b] values, x[0] to x[warm[b] − 1].",
            FREE,
        ),
        Misconception(
            "warm-up one value long",
            _one_value_more,
            "Your warm-up reads x[warm[b]] too, which is what the first forecast is of.",
            FREE,
        ),
        Misconception(
            "warm-up on its own forecasts",
            _warm_up_on_its_own,
            "Your network reads its own forecasts from the second value on. In the warm-up it reads what was observed.",
            FREE,
        ),
        Misconception(
            "forecasts after the longest warm-up",
            _waits_for_the_longest,
            "You return forecasts from the time on at which the longest series is warm. Row 0 of each series comes directly after its own warm-up.",
            FREE,
        ),
        Misconception(
            "state from zero",
            _zero_state,
            "You start from a state of zeros. The initial states are an argument, h0.",
            FREE,
        ),
        Misconception(
            "one initial state",
            _one_state_for_all,
            "You start all series from h0[0]. Row b of h0 belongs to series b.",
            FREE,
        ),
        Misconception(
            "state carried to the next series",
            _state_carried_over,
            "The second series starts with the state in which the first one ended. Each begins with its own row of h0.",
            FREE,
        ),
        Misconception(
            "time last",
            _time_last,
            "Your result has the shape (B, K). Time comes first in this book: (K, B).",
            FREE,
        ),
        Misconception(
            "forecasts written into x",
            _written_into_x,
            "The forecasts are right, and they have overwritten what was observed after the warm-up: x belongs to the caller, who wants to compare. Write into an array of your own.",
            FREE,
        ),
        Misconception(
            "no root",
            {RATIO: _no_root},
            "You divide the mean squares. The ratio of the errors is its root.",
            GROW,
        ),
        Misconception(
            "absolute errors",
            {RATIO: _absolute},
            "You average absolute errors. Root mean square: square, average, then one root.",
            GROW,
        ),
        Misconception(
            "a root for each series",
            {RATIO: _root_a_series},
            "You take a root for each series and average the roots. One mean over origins *and* series, then one root.",
            GROW,
        ),
        Misconception(
            "a root for each origin",
            {RATIO: _root_an_origin},
            "You take a root for each origin and average the roots. One mean over origins *and* series, then one root.",
            GROW,
        ),
        Misconception(
            "mean of ratios",
            {RATIO: _mean_of_ratios},
            "You average ratios. Where nothing happened to change, the baseline's error is nearly 0 and one ratio swamps all others. Divide once, after averaging.",
            GROW,
        ),
        Misconception(
            "a ratio for each series",
            {RATIO: _ratio_a_series},
            "You divide within each series and average the ratios. One mean over origins *and* series above and below the line, then one division.",
            GROW,
        ),
        Misconception(
            "a ratio for each origin",
            {RATIO: _mean_of_origins_ratios},
            "You divide at each origin and average the ratios. One mean over origins *and* series above and below the line, then one division.",
            GROW,
        ),
        Misconception(
            "the baseline's first error at all horizons",
            {RATIO: _one_step_still},
            "You divide all horizons by the baseline's error at the first. 'Nothing changes' gets worse with the horizon too; each horizon has its own.",
            GROW,
        ),
        Misconception(
            "the baseline fed with the truth",
            {RATIO: _still_fed_with_truth},
            "Your baseline for horizon k is the true value just before. On its own it knows no more than the network: the last value that was observed, for all k.",
            GROW,
        ),
        Misconception(
            "the baseline of the first origin",
            {RATIO: _still_of_the_first_origin},
            "Your baseline is the value before the first origin, for all origins. At origin i the last observed value is x[first + i − 1].",
            GROW,
        ),
        Misconception(
            "the baseline knows the answer",
            {RATIO: _still_one_later},
            "Your baseline is x[first + i], which is the value that forecast 1 is of. The last observed one is x[first + i − 1].",
            GROW,
        ),
        Misconception(
            "the mean as a baseline",
            {RATIO: _mean_for_still},
            "Your baseline is the mean of the series, of the future too. The task's is 'nothing changes': the last observed value.",
            GROW,
        ),
        Misconception(
            "divided by the spread",
            {RATIO: _spread_for_still},
            "You divide by the standard deviation of x. That is a measure one also meets; the task divides by the error of 'nothing changes'.",
            GROW,
        ),
        Misconception(
            "not divided",
            {RATIO: _no_ratio},
            "That is the network's error alone. An error says little without what a trivial forecast makes of the same task: divide by it.",
            GROW,
        ),
        Misconception(
            "ratio the wrong way round",
            {RATIO: _turned_ratio},
            "You divide the baseline's error by the network's. Below 1 the network should be better.",
            GROW,
        ),
        Misconception(
            "difference for ratio",
            {RATIO: _difference},
            "You subtract the errors. The task asks for their ratio.",
            GROW,
        ),
        Misconception(
            "gain for ratio",
            {RATIO: _gain},
            "That is 1 minus the ratio, the share of the error that is saved. The task asks for the ratio itself.",
            GROW,
        ),
        Misconception(
            "all horizons up to k",
            {RATIO: _up_to_the_horizon},
            "Your entry k collects all horizons up to k. The first forecasts are good, and flatter the late ones; each horizon stands alone.",
            GROW,
        ),
        Misconception(
            "one number",
            {RATIO: _one_number},
            "You average over the horizons too. The question is how the error grows, so each of the K horizons has its entry.",
            GROW,
        ),
        Misconception(
            "everything compared one value early",
            {RATIO: _targets_early},
            "You place every origin one value too early. forecasts[i] was made after first + i values had been read, x[0] to x[first + i − 1].",
            GROW,
        ),
        Misconception(
            "truth one value late",
            {RATIO: _targets_late},
            "Your truth is one value late: forecasts[i, k] is of x[first + i + k], since x[first + i − 1] was the last value that had been read.",
            GROW,
        ),
        Misconception(
            "forecasts compared one value early",
            {RATIO: _model_targets_early},
            "You compare forecast k with the value before the one that it is of. forecasts[i, 0] is of x[first + i].",
            GROW,
        ),
        Misconception(
            "origins forgotten",
            {RATIO: _origin_forgotten},
            "You compare all forecasts with the values after the first origin. forecasts[i] begins i values later.",
            GROW,
        ),
        Misconception(
            "first origin alone",
            {RATIO: _first_origin_alone},
            "You use the forecasts of the first origin alone. One origin is an anecdote; average over all N.",
            GROW,
        ),
        Misconception(
            "last origin left out",
            {RATIO: _last_origin_left_out},
            "You leave out the last origin. x is long enough for all N of them, the last included.",
            GROW,
        ),
        Misconception(
            "`first` forgotten",
            {RATIO: _counted_from_the_start},
            "You count the origins from the start of x. The first forecasts were made after `first` values.",
            GROW,
        ),
        Misconception(
            "first series alone",
            {RATIO: _first_series_alone},
            "You use the first series alone. The mean is over origins and series.",
            GROW,
        ),
    ),
    cases=_cases,
)
