"""Question 1.4: one step ahead, and on its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c01.q1 import HIDDEN
from unrolled.grader.checks.judging import (
    TOLERANCE,
    Array,
    as_array,
    expect_untouched,
    near,
)
from unrolled.grader.question import (
    Ask,
    Call,
    Given,
    Misconception,
    Property,
    Question,
    Test,
    Wrong,
)


def one_step(step, state, series, start):
    forecasts = []
    for t in range(len(series) - 1):
        state, forecast = step(state, series[t])
        forecasts.append(forecast)
    return forecasts[start - 1 :]


def free_run(step, state, series, start):
    for value in series[:start]:
        state, forecast = step(state, value)
    forecasts = [forecast]
    for _ in range(len(series) - start - 1):
        state, forecast = step(state, forecast)
        forecasts.append(forecast)
    return forecasts


def arv(forecasts, truths, record):
    error = np.mean((np.asarray(truths) - forecasts) ** 2)
    return error / np.mean((record - np.mean(record)) ** 2)


def _one_step_off_by_one(step, state, series, start):
    forecasts = []
    for value in series:
        state, forecast = step(state, value)
        forecasts.append(forecast)
    return forecasts[start:]


def _one_step_reset(step, state, series, start):
    return [step(state, series[t - 1])[1] for t in range(start, len(series))]


def _one_step_cold(step, state, series, start):
    forecasts = []
    for t in range(start, len(series)):
        state, forecast = step(state, series[t - 1])
        forecasts.append(forecast)
    return forecasts


def _one_step_from_start(step, state, series, start):
    forecasts = []
    for value in series[start:]:
        state, forecast = step(state, value)
        forecasts.append(forecast)
    return forecasts


def _one_step_on_its_own(step, state, series, start):
    for value in series[:start]:
        state, forecast = step(state, value)
    forecasts = [forecast]
    for _ in range(len(series) - start - 1):
        state, forecast = step(state, forecast)
        forecasts.append(forecast)
    return forecasts


def _one_step_everything(step, state, series, start):
    forecasts = []
    for value in series[:-1]:
        state, forecast = step(state, value)
        forecasts.append(forecast)
    return forecasts


def _free_run_leak(step, state, series, start):
    forecasts = []
    for value in series[:-1]:
        state, forecast = step(state, value)
        forecasts.append(forecast)
    return forecasts[start - 1 :]


def _free_run_reset_once(step, state, series, start):
    now = state
    for value in series[:start]:
        now, forecast = step(now, value)
    forecasts = [forecast]
    for _ in range(len(series) - start - 1):
        state, forecast = step(state, forecast)
        forecasts.append(forecast)
    return forecasts


def _free_run_reset_always(step, state, series, start):
    now = state
    for value in series[:start]:
        now, forecast = step(now, value)
    forecasts = [forecast]
    for _ in range(len(series) - start - 1):
        forecast = step(state, forecast)[1]
        forecasts.append(forecast)
    return forecasts


def _free_run_late(step, state, series, start):
    for value in series[:start]:
        state, forecast = step(state, value)
    forecasts = []
    for _ in range(len(series) - start):
        state, forecast = step(state, forecast)
        forecasts.append(forecast)
    return forecasts


def _free_run_last_truth(step, state, series, start):
    for value in series[:start]:
        state, forecast = step(state, value)
    forecasts = [forecast]
    for _ in range(len(series) - start - 1):
        state, forecast = step(state, series[start - 1])
        forecasts.append(forecast)
    return forecasts


def _free_run_cold(step, state, series, start):
    forecast, forecasts = series[start - 1], []
    for _ in range(len(series) - start):
        state, forecast = step(state, forecast)
        forecasts.append(forecast)
    return forecasts


def _free_run_from_start(step, state, series, start):
    forecast, forecasts = series[start], []
    for _ in range(len(series) - start):
        state, forecast = step(state, forecast)
        forecasts.append(forecast)
    return forecasts


def _free_run_state_frozen(step, state, series, start):
    for value in series[:start]:
        state, forecast = step(state, value)
    forecasts = [forecast]
    for _ in range(len(series) - start - 1):
        forecast = step(state, forecast)[1]
        forecasts.append(forecast)
    return forecasts


def _free_run_one_truth_more(step, state, series, start):
    for value in series[: start + 1]:
        state, forecast = step(state, value)
    forecasts = []
    for _ in range(len(series) - start):
        forecasts.append(forecast)
        state, forecast = step(state, forecast)
    return forecasts


def _arv_not_divided(forecasts, truths, record):
    return np.mean((truths - forecasts) ** 2)


def _arv_root(forecasts, truths, record):
    return np.sqrt(np.mean((truths - forecasts) ** 2) / np.var(record))


def _arv_of_truths(forecasts, truths, record):
    return np.mean((truths - forecasts) ** 2) / np.var(truths)


def _arv_deviation(forecasts, truths, record):
    return np.mean((truths - forecasts) ** 2) / np.std(record)


def _arv_sum(forecasts, truths, record):
    return np.sum((truths - forecasts) ** 2) / np.var(record)


def _arv_sums(forecasts, truths, record):
    return np.sum((truths - forecasts) ** 2) / np.sum((record - np.mean(record)) ** 2)


def _arv_mean_of_truths(forecasts, truths, record):
    spread = np.mean((record - np.mean(truths)) ** 2)
    return np.mean((truths - forecasts) ** 2) / spread


def _arv_truths_about_record(forecasts, truths, record):
    spread = np.mean((truths - np.mean(record)) ** 2)
    return np.mean((truths - forecasts) ** 2) / spread


def _arv_second_moment(forecasts, truths, record):
    return np.mean((truths - forecasts) ** 2) / np.mean(record**2)


def _arv_absolute(forecasts, truths, record):
    return np.mean(np.abs(truths - forecasts)) / np.var(record)


def _arv_one_less(forecasts, truths, record):
    return np.mean((truths - forecasts) ** 2) / np.var(record, ddof=1)


FORECASTERS = ("swing", "small_net", "running_mean", "copycat")
Start = tuple[Given, Any, Array, int]


def _forecast_calls(
    rng: np.random.Generator, lengths: tuple[tuple[int, int], ...]
) -> list[Start]:
    """(step, initial state, series, start) for each forecaster and (n, start)."""
    calls = []
    for n, start in lengths:
        series = 1.0 + rng.standard_normal(n)
        states = {
            "swing": float(rng.standard_normal()),
            "small_net": np.tanh(rng.standard_normal(HIDDEN)),
            "running_mean": (int(rng.integers(2, 5)), float(rng.standard_normal())),
            "copycat": None,
        }
        for name in FORECASTERS:
            calls.append((Given(name), states[name], series, start))
    return calls


def _forecasts(value: Any, call: Start, name: str) -> Array:
    """What a forecasting function returned, as an array of n − start numbers."""
    _, _, series, start = call
    want = len(series) - start
    where = f"{name} with {len(series)} values and start = {start}"
    if isinstance(value, (list, tuple)):
        value = [v.item() if getattr(v, "shape", None) == (1,) else v for v in value]
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind in "iuf" and array.ndim == 1 and len(array) != want:
        raise Wrong(
            f"{where}: got {len(array)} forecasts, expected {want}, one for each of "
            f"series[{start}], …, series[{len(series) - 1}]."
        )
    if array.dtype.kind in "iuf" and array.ndim == 2 and array.shape[1] == 2:
        raise Wrong(
            f"{where}: got pairs. A step returns the new state and the forecast; keep "
            "the first for the next step and list the second."
        )
    return as_array(value, (want,), where)


def _test_forecasts(
    name: str, lengths: tuple[tuple[int, int], ...], first_hint: str
) -> Test:
    def test(ask: Ask, rng: np.random.Generator) -> None:
        for call in _forecast_calls(rng, lengths):
            step, _, series, start = call
            reply = ask(name, *call)
            got = _forecasts(reply.value, call, name)
            want = np.array(ask.reference(name, *call), dtype=np.float64)
            scale = max(1.0, float(np.max(np.abs(want))))
            wrong = np.flatnonzero(np.abs(got - want) > TOLERANCE * scale)
            if len(wrong):
                i = int(wrong[0])
                where = (
                    f"{name} with the forecaster `{step.name}`, {len(series)} values and "
                    f"start = {start}: the forecast of series[{start + i}]"
                )
                hint = first_hint if i == 0 else "Those before it are right."
                raise Wrong(f"{where} is {got[i]:.4g}, expected {want[i]:.4g}. {hint}")
            expect_untouched(reply, call, "step state series start")

    return test


def _test_no_leak(ask: Ask, rng: np.random.Generator) -> None:
    lengths = ((9, 4), (12, 7))
    for call in _forecast_calls(rng, lengths):
        step, state, series, start = call
        if step.name == "copycat":
            continue
        got = _forecasts(ask("free_run", *call).value, call, "free_run")
        other = series.copy()
        other[start:] += 1.0 + rng.random(len(series) - start)
        changed = _forecasts(
            ask("free_run", step, state, other, start).value, call, "free_run"
        )
        if not near(changed, got):
            t = start + int(np.flatnonzero(np.abs(changed - got) > 1e-9)[0])
            raise Wrong(
                f"with the forecaster `{step.name}` and start = {start} the forecast of "
                f"series[{t}] changes when the values from series[{start}] on are "
                "changed. A free run must not know them: something leaks."
            )
        known = series.copy()
        known[start - 1] += 1.0
        changed = _forecasts(
            ask("free_run", step, state, known, start).value, call, "free_run"
        )
        if near(changed, got):
            raise Wrong(
                f"with the forecaster `{step.name}` and start = {start} the forecasts "
                f"do not depend on series[{start - 1}], the last value that is known."
            )


OTHER_SCORES = (
    (
        lambda f, t, r: np.mean((t - f) ** 2) / np.var(t),
        "This is the error over the variance of `truths`; take that of `record`.",
    ),
    (
        lambda f, t, r: np.var(t - f) / np.var(r),
        "A variance of the errors forgives a constant offset; take the mean of their squares.",
    ),
)


def _test_arv(ask: Ask, rng: np.random.Generator) -> None:
    for n, m in ((5, 9), (8, 4), (1, 6)):
        truths = 2.0 + rng.standard_normal(n)
        forecasts = truths + 0.4 + 0.5 * rng.standard_normal(n)
        record = 3.0 + 1.5 * rng.standard_normal(m)
        args = (forecasts, truths, record)
        where = f"arv of {n} forecasts with a record of {m} values"
        reply = ask("arv", *args)
        got = float(as_array(reply.value, (), where))
        want = float(arv(*args))
        if not np.isclose(got, want, rtol=TOLERANCE):
            tip = ""
            for other, hint in OTHER_SCORES:
                if n > 1 and np.isclose(got, other(*args), rtol=TOLERANCE):
                    tip = f" {hint}"
                    break
            raise Wrong(f"{where}: got {got:.4g}, expected {want:.4g}.{tip}")
        expect_untouched(reply, args, "forecasts truths record")
        value = ask("arv", list(forecasts), truths, record).value
        again = float(as_array(value, (), f"{where}, the forecasts as a list"))
        if not np.isclose(again, want, rtol=TOLERANCE):
            raise Wrong(f"{where}: another result when the forecasts are a list.")


def _forecast_cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for call in _forecast_calls(rng, ((8, 3), (10, 6))):
        if call[0].name != "copycat":
            calls += [Call("one_step", *call), Call("free_run", *call)]
    for n, m in ((4, 7), (6, 5)):
        truths = 1.0 + rng.standard_normal(n)
        forecasts = truths + 0.3 + rng.standard_normal(n)
        calls.append(Call("arv", forecasts, truths, 2.0 + 2 * rng.standard_normal(m)))
    return calls


QUESTION = Question(
    id="01.4",
    title="one step ahead, and on its own",
    answers=("one_step", "free_run", "arv"),
    reference={"one_step": one_step, "free_run": free_run, "arv": arv},
    properties=(
        Property(
            "one_step forecasts each value from all true values before it",
            1,
            _test_forecasts(
                "one_step",
                ((7, 3), (5, 1), (9, 8)),
                "It is the output of the step that has read the value before it, and all "
                "earlier ones, in order.",
            ),
            "§1.4",
        ),
        Property(
            "free_run reads the known values, then its own forecasts, with the state carried on",
            1,
            _test_forecasts(
                "free_run",
                ((7, 3), (6, 1), (9, 8), (12, 4)),
                "The first forecast of a free run is that of one_step: until then all "
                "values are known.",
            ),
            "§1.4",
        ),
        Property(
            "free_run does not change when the values it has to forecast change, and does when a known one changes",
            1,
            _test_no_leak,
            "§1.4, its last warning",
        ),
        Property(
            "arv is the mean squared error divided by the variance of the record",
            1,
            _test_arv,
            "§1.2, def-arv",
        ),
    ),
    misconceptions=(
        Misconception(
            "reads the value it forecasts",
            {"one_step": _one_step_off_by_one},
            "Your one-step forecasts are shifted by one: the first is made after series[start] was read, so it is the forecast of series[start + 1]. Set beside series[start], it has read the value it should forecast.",
            "§1.4",
        ),
        Misconception(
            "state reset before every forecast",
            {"one_step": _one_step_reset},
            "Each one-step forecast of yours starts from the initial state and reads one value. That makes a window of width 1 of every forecaster: carry the state from the first value on.",
            "§1.4",
        ),
        Misconception(
            "starts without the past",
            {"one_step": _one_step_cold},
            "You start at series[start − 1] with the initial state. The values before it are known too, and a state has to read them in order to hold something: run over the series from its beginning.",
            "§1.4",
        ),
        Misconception(
            "begins at start",
            {"one_step": _one_step_from_start},
            "You begin to read at series[start], which makes two mistakes: the values before it never reach the state, and each forecast is made after the value that it should forecast was read.",
            "§1.4",
        ),
        Misconception(
            "runs free where one step is asked for",
            {"one_step": _one_step_on_its_own},
            "Your one_step feeds its own forecasts back. One step ahead means that the truth is read after each forecast, before the next one is made.",
            "§1.4",
        ),
        Misconception(
            "forecasts before start returned too",
            {"one_step": _one_step_everything},
            "You return the forecasts of all values from series[1] on. The early steps are there to fill the state; hand back those of series[start], series[start + 1], ….",
            "§1.4",
        ),
        Misconception(
            "leak",
            {"free_run": _free_run_leak},
            "Your free run is fed the truth: from series[start] on it reads the very values it is supposed to forecast. That is the one-step forecast under another name, and a leak: its error says nothing about forecasting further ahead.",
            "§1.4, its last warning",
        ),
        Misconception(
            "state reset when the free run begins",
            {"free_run": _free_run_reset_once},
            "The first forecast is right; then you go on from the initial state and throw away what was read so far. The last state of the known part is where the free run continues.",
            "§1.4",
        ),
        Misconception(
            "state reset at every free step",
            {"free_run": _free_run_reset_always},
            "After the known part every step of yours starts from the initial state. The state is carried in a free run too; only the input changes, from the truth to the last forecast.",
            "§1.4",
        ),
        Misconception(
            "horizon off by one",
            {"free_run": _free_run_late},
            "Your free run begins with the forecast of series[start + 1]: the output of the last known step, which is the forecast of series[start], is fed back and not kept.",
            "§1.4",
        ),
        Misconception(
            "last truth fed again and again",
            {"free_run": _free_run_last_truth},
            "You feed series[start − 1] at every free step. In its place belongs the forecast made a step ago: a free run is its own input.",
            "§1.4",
        ),
        Misconception(
            "free run without the past",
            {"free_run": _free_run_cold},
            "You start from the initial state with the last known value alone. The state has to read all known values first.",
            "§1.4",
        ),
        Misconception(
            "free run begins at start",
            {"free_run": _free_run_from_start},
            "Your free run begins by reading series[start], the first value that it should forecast, and nothing before it. Read series[0] to series[start − 1]; the output of the last of these steps is the forecast of series[start].",
            "§1.4",
        ),
        Misconception(
            "state frozen in the free run",
            {"free_run": _free_run_state_frozen},
            "In the free run you drop the new state and keep that of the last known step. Take both values that a step returns, the state too.",
            "§1.4",
        ),
        Misconception(
            "reads one value too many",
            {"free_run": _free_run_one_truth_more},
            "You read series[:start + 1]. The value series[start] is the first one to be forecast, so it is not known: Python's series[:start] ends before it.",
            "§1.4",
        ),
        Misconception(
            "mean squared error",
            {"arv": _arv_not_divided},
            "You return the mean squared error, which has the square of the series' unit and says nothing by itself. Divided by the variance of the record it can be compared: 1 is what the mean of the record would reach on the record.",
            "§1.2, def-arv",
        ),
        Misconception(
            "root taken",
            {"arv": _arv_root},
            "You take a root. The average relative variance is a ratio of squares.",
            "§1.2, def-arv",
        ),
        Misconception(
            "variance of the truths",
            {"arv": _arv_of_truths},
            "You divide by the variance of the values that are forecast, as def-arv does. It differs from one span to the next, so that the same errors score differently in different years; this task asks for the variance of the record, wherever the forecasts lie.",
            "§1.2, def-arv",
        ),
        Misconception(
            "divided by the standard deviation",
            {"arv": _arv_deviation},
            "You divide a mean square by a standard deviation, and the unit does not cancel: with the series in other units the score would change.",
            "§1.2, def-arv",
        ),
        Misconception(
            "mean not subtracted",
            {"arv": _arv_second_moment},
            "You divide by the mean square of the record. Its variance is the mean square distance from its mean.",
            "§1.2, def-arv",
        ),
        Misconception(
            "sum of the errors",
            {"arv": _arv_sum},
            "You divide the sum of the squared errors by a variance, which is a mean: more forecasts then mean a larger score. Take the mean of the squared errors, not their sum.",
            "§1.2, def-arv",
        ),
        Misconception(
            "sums for means",
            {"arv": _arv_sums},
            "You divide a sum by a sum. Sums agree with means only when the lengths do: with a record of another length than the truths the factor stays in the score.",
            "§1.2, def-arv",
        ),
        Misconception(
            "record about the mean of the truths",
            {"arv": _arv_mean_of_truths},
            "You take the record's distances from the mean of the truths. The mean, too, is the record's: its variance is about its own mean, and the truths enter the error alone.",
            "§1.2, def-arv",
        ),
        Misconception(
            "truths about the mean of the record",
            {"arv": _arv_truths_about_record},
            "You divide by the distances of the truths from the record's mean. The values, too, are the record's: the spread is that of the record about its own mean.",
            "§1.2, def-arv",
        ),
        Misconception(
            "absolute errors",
            {"arv": _arv_absolute},
            "You average the magnitudes of the errors; the score uses their squares.",
            "§1.2, def-arv",
        ),
        Misconception(
            "divided by N − 1",
            {"arv": _arv_one_less},
            "Your variance divides by one less than the number of values. In this score both are plain means.",
            "§1.2, def-arv",
        ),
    ),
    cases=_forecast_cases,
)
