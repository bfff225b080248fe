"""Error against horizon: forecasts that are fed back, and two ways to train for it.

Two series. "mackey-glass" (tau = 17) is read every 6 units of time: 1500 values to
learn, 500 to choose by, 1500 to test, another trajectory for each seed. "sunspots"
are those of chapter 1: 1700 to 1920 to learn, 1931 to 1955 to test, the same years for
every horizon; choices are made on 1887 to 1920 by networks that learned 1700 to 1876.

A plain tanh network reads WARM true values from the zero state, then forecasts. It is
trained on windows of WARM + SPAN values, only the last SPAN are scored (Adam, mean
squared error, gradient norm at most 1; on mackey-glass the rate falls to zero along
half a cosine). Arms differ in what is fed within the SPAN:

    "forced"     the true values
    "noise"      the true values with normal noise; its size is chosen
    "unrolled"   the network's own forecasts, the gradient goes back through them
    "both"       (mackey-glass) "forced" for half of the updates, then "unrolled"
    "direct"     the true values; K outputs, one for each horizon, nothing is fed back

Within a seed all arms begin with the same weights ("direct" has a larger read-out) and,
but for "direct", see the same windows. The rate of mackey-glass, the size of the noise
and the number of updates on sunspots are chosen by the mean over horizons of the error
of free runs; "choices" shows what was tried. "error"[series][arm] is the error at
horizons 1..K on the test part: mackey-glass as NRMSE (root of the mean square over the
starts, divided by the standard deviation of the test part), sunspots as ARV (chapter 1:
mean square over the variance of the scored years).

"twins": NRMSE between two solutions of the equation itself whose histories differ by a
constant, at the same horizons: what chaos alone does. Its size is the root mean square
one-step error of that seed's "forced"; in the baseline it is 0.001.
"loss" is the training loss of "forced" on mackey-glass at every step, rate RATES[1].
"""

from __future__ import annotations

import copy
from functools import cache

import numpy as np
import torch
from torch import nn

from unrolled.data import mackey_glass, sunspots
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 800
REHEARSAL = 200
EVERY = 6  # units of time between two values of mackey-glass
ARMS = {
    "mackey-glass": ("forced", "noise", "unrolled", "both", "direct"),
    "sunspots": ("forced", "noise", "unrolled", "direct"),
}
SIZES = {  # units, true values before a forecast, scored values, horizons, windows
    "mackey-glass": {"H": 32, "WARM": 20, "SPAN": 16, "K": 50, "B": 32},
    "sunspots": {"H": 8, "WARM": 20, "SPAN": 11, "K": 11, "B": 32},
}
RATES = (0.005, 0.01, 0.02, 0.04)  # on mackey-glass
SUN_RATE, SUN_STEPS = 0.01, (50, 100, 200, 400)
NOISES = {"mackey-glass": (0.003, 0.01, 0.03), "sunspots": (0.03, 0.1, 0.3)}
ORDERS = {
    "mackey-glass": (1, 2, 3, 5, 8, 12, 16, 20, 30, 50, 80, 120, 160),
    "sunspots": tuple(range(1, 31)),
}


def parts(series: str, seed: int) -> tuple:
    """(learn, starts, x) for choosing and for testing, standardised with `learn`."""
    if series == "sunspots":
        x = sunspots.yearly()[1] / 100
        wanted = [(x[:177], range(177, 221)), (x[:221], range(221, 256))]
    else:
        x = mackey_glass.series(3500 * EVERY, seed)[::EVERY]
        wanted = [(x[:1500], range(1520, 1951, 5)), (x[:1500], range(2020, 3451, 5))]
    return tuple(((x - a.mean()) / a.std(), len(a), starts) for a, starts in wanted)


def scored(series: str, ends: range, K: int) -> tuple[np.ndarray, np.ndarray]:
    """First forecast years (n,) and, for sunspots, the common years of all horizons."""
    if series == "sunspots":  # every start; year t at horizon k starts at t - k + 1
        return np.arange(ends.start, ends.stop), np.arange(
            ends.start + K - 1, ends.stop
        )
    return np.array(ends), np.array([])


def errors(series: str, x: np.ndarray, ends: range, runs: np.ndarray) -> list[float]:
    """Error at each horizon; runs[k, i] of runs (K, n) forecasts x[starts[i] + k]."""
    K = len(runs)
    starts, years = scored(series, ends, K)
    if series == "sunspots":
        return [
            float(np.mean((runs[k, years - k - starts[0]] - x[years]) ** 2))
            / float(x[years].var())
            for k in range(K)
        ]
    test = x[starts[0] : starts[-1] + K]
    return [
        float(np.sqrt(np.mean((runs[k] - x[starts + k]) ** 2)) / test.std())
        for k in range(K)
    ]


class Net(nn.Module):
    """One number in, H tanh units, the forecast of the next (or of the next K)."""

    def __init__(self, H: int) -> None:
        super().__init__()
        self.rnn, self.out = nn.RNN(1, H), nn.Linear(H, 1)

    def forward(self, x: torch.Tensor, h: torch.Tensor | None = None) -> tuple:
        states, h = self.rnn(x[..., None], h)
        return self.out(states), h

    def free(self, before: torch.Tensor, steps: int) -> torch.Tensor:
        """(steps, B) forecasts after the true values before (WARM, B), fed back."""
        o, h = self(before)
        found = [o[-1, :, 0]]
        for _ in range(steps - 1):
            o, h = self(found[-1][None], h)
            found.append(o[0, :, 0])
        return torch.stack(found)


def initial(series: str, seed: int, arm: str) -> Net:
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = Net(SIZES[series]["H"])
    if arm == "direct":
        net.out = nn.Linear(SIZES[series]["H"], SIZES[series]["K"])
    return net


def train(series, arm, seed, data, rate, noise, steps, visits=()) -> tuple:
    """Losses, the network, and what it was after the steps in `visits`."""
    size = SIZES[series]
    W, S, K = size["WARM"], size["SPAN"], size["K"]
    net, rng = initial(series, seed, arm), np.random.default_rng(seed)
    (x, end, _), losses, seen = data, [], {}
    last = end - W - S - (K - 1 if arm == "direct" else 0)
    rule = torch.optim.Adam(net.parameters(), rate)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(rule, STEPS)
    places = np.arange(W + S)[:, None]
    for step in range(1, steps + 1):
        u = rng.random(size["B"])
        hiss = rng.normal(size=(W + S - 1, size["B"]))
        rows = places + (u * (last + 1)).astype(int)
        values = torch.tensor(x[rows], dtype=torch.float32)
        if arm == "unrolled" or (arm == "both" and step > STEPS // 2):
            found, y = net.free(values[:W], S), values[W:]
        elif arm == "direct":
            found = net(values[:-1])[0][W - 1 :]
            later = rows[W:, :, None] + np.arange(K)
            y = torch.tensor(x[later], dtype=torch.float32)
        else:
            fed = values[:-1]
            if arm == "noise":
                fed = fed + noise * torch.tensor(hiss, dtype=torch.float32)
            found, y = net(fed)[0][W - 1 :, :, 0], values[W:]
        loss = torch.mean((found - y) ** 2)
        rule.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        rule.step()
        if series == "mackey-glass":
            plan.step()
        losses.append(loss.item())
        if step in visits:
            seen[step] = copy.deepcopy(net)
    return losses, net, seen


@torch.no_grad()
def forecasts(
    series: str, arm: str, net: Net, x: np.ndarray, ends: range
) -> np.ndarray:
    """(K, n) free runs, or the K outputs of "direct", after WARM true values."""
    size = SIZES[series]
    starts = scored(series, ends, size["K"])[0]
    rows = starts + np.arange(-size["WARM"], 0)[:, None]
    before = torch.tensor(x[rows], dtype=torch.float32)
    if arm == "direct":
        return net(before)[0][-1].T.numpy().astype(float)
    return net.free(before, size["K"]).numpy().astype(float)


def test(series: str, arm: str, net: Net, data: tuple) -> list[float]:
    x, _, ends = data
    return errors(series, x, ends, forecasts(series, arm, net, x, ends))


def trials(series: str, arm: str, rate: float, noise: float) -> list[list[float]]:
    """[rate, noise, steps, mean error] on the values to choose by: seed 0 of
    mackey-glass; the median of three seeds after each of SUN_STEPS of sunspots."""
    visits = (STEPS,) if series == "mackey-glass" else SUN_STEPS
    found = []
    for seed in (0,) if series == "mackey-glass" else (0, 1, 2):
        data = parts(series, seed)[0]
        seen = train(series, arm, seed, data, rate, noise, max(visits), visits)[2]
        found.append([np.mean(test(series, arm, seen[v], data)) for v in visits])
    means = np.median(found, axis=0).tolist()
    return [[rate, noise, v, m] for v, m in zip(visits, means, strict=True)]


@cache
def choose(series: str) -> dict:
    """Per arm the settings with the least mean error, and all that was tried."""
    found: dict = {}
    for arm in ARMS[series]:
        rates = RATES if series == "mackey-glass" else (SUN_RATE,)
        if arm == "noise":
            rates = (found["forced"]["rate"],)
        noises = NOISES[series] if arm == "noise" else (0.0,)
        tried = [t for r in rates for n in noises for t in trials(series, arm, r, n)]
        rate, noise, steps, _ = min(tried, key=lambda t: t[-1])
        found[arm] = {"rate": rate, "noise": noise, "steps": steps, "tried": tried}
    return found


def run(seed: int, steps: int) -> dict:
    """Losses of "forced" on mackey-glass; for a whole run all arms and series."""
    first = ("mackey-glass", "forced", seed, parts("mackey-glass", seed)[1], RATES[1])
    if steps < STEPS:
        return {"loss": train(*first, 0.0, steps)[0]}
    result: dict = {"error": {}}
    for series in SIZES:
        data = parts(series, seed)[1]
        result["error"][series] = {}
        for arm, c in choose(series).items():
            settings = (c["rate"], c["noise"], c["steps"])
            losses, net, _ = train(series, arm, seed, data, *settings)
            result["error"][series][arm] = test(series, arm, net, data)
            if (series, arm) == ("mackey-glass", "forced"):
                result["free run"] = example(net, data)
                same = c["rate"] == RATES[1]
                result["loss"] = losses if same else train(*first, 0.0, STEPS)[0]
    one_step = result["error"]["mackey-glass"]["forced"][0]
    spread = mackey_glass.series(3500 * EVERY, seed)[2020 * EVERY :].std()
    result["twins"] = twins(seed, float(one_step * spread))
    return result


def example(net: Net, data: tuple) -> dict:
    """Truth and free run of "forced" from the first start of the test part."""
    x, _, ends = data
    runs = forecasts("mackey-glass", "forced", net, x, ends)
    return {
        "truth": x[ends.start : ends.start + len(runs)].tolist(),
        "network": runs[:, 0].tolist(),
    }


def windows(x: np.ndarray, rows: np.ndarray, p: int) -> np.ndarray:
    """(n, p + 1): 1 and the p values before each of x[rows], the latest first."""
    before = x[rows[:, None] - np.arange(1, p + 1)]
    return np.concatenate([np.ones((len(rows), 1)), before], axis=1)


def autoregression(x: np.ndarray, end: int, p: int, k: int) -> np.ndarray:
    """Least-squares weights (p + 1,) for the k-th value after p true ones, x[:end]."""
    rows = np.arange(p, end - k + 1)
    return np.linalg.lstsq(windows(x, rows, p), x[rows + k - 1], rcond=None)[0]


def iterated(series: str, data: tuple, p: int) -> list[float]:
    """Errors of an AR(p) that is fed its own forecasts."""
    x, end, ends = data
    K = SIZES[series]["K"]
    starts = scored(series, ends, K)[0]
    w, past, runs = autoregression(x, end, p, 1), windows(x, starts, p), []
    for _ in range(K):
        runs.append(past @ w)
        past = np.concatenate([past[:, :1], runs[-1][:, None], past[:, 1:-1]], axis=1)
    return errors(series, x, ends, np.stack(runs))


def linear_direct(series: str, data: tuple, p: int) -> list[float]:
    """Errors of one AR(p) for each horizon, nothing fed back."""
    x, end, ends = data
    K = SIZES[series]["K"]
    past = windows(x, scored(series, ends, K)[0], p)
    runs = [past @ autoregression(x, end, p, k) for k in range(1, K + 1)]
    return errors(series, x, ends, np.stack(runs))


def simple(series: str, data: tuple) -> dict:
    """The mean of the values learned, the last true value, that of a cycle ago."""
    x, _, ends = data
    K = SIZES[series]["K"]
    starts = scored(series, ends, K)[0]
    constant = np.zeros((K, len(starts)))
    found = {"mean": constant, "persistence": constant + x[starts - 1]}
    if series == "sunspots":
        found["11 years ago"] = x[starts + np.arange(K)[:, None] - 11]
    return {name: errors(series, x, ends, runs) for name, runs in found.items()}


def baselines(series: str, seed: int) -> dict:
    choosing, testing = parts(series, seed)
    one = [float(np.mean(iterated(series, choosing, p))) for p in ORDERS[series]]
    all_p = np.array([linear_direct(series, choosing, p) for p in ORDERS[series]])
    orders = np.array(ORDERS[series])
    p, each = int(orders[np.argmin(one)]), orders[all_p.argmin(axis=0)]
    on_test = {q: linear_direct(series, testing, q) for q in set(each.tolist())}
    return {
        **simple(series, testing),
        "AR, iterated": iterated(series, testing, p),
        "AR, direct": [on_test[q][k] for k, q in enumerate(each.tolist())],
        "p, iterated": p,
        "p, direct": each.tolist(),
    }


def twins(seed: int, apart: float) -> list[float]:
    """NRMSE between true trajectories whose whole histories are `apart`, at horizons
    1..K; 36 starts in the test part."""
    fine = 17 * mackey_glass.SUBSTEPS
    series = mackey_glass.series(3500 * EVERY, seed)
    K, distance = SIZES["mackey-glass"]["K"], []
    for start in range(2020, 3451, 40):
        last = series[start * EVERY - 18 : start * EVERY]  # to one unit before
        places = np.linspace(0, 17, fine + 1)
        history = hermite(last, places)
        pair = [
            mackey_glass.trajectory(h, K * EVERY)[EVERY - 1 :: EVERY]
            for h in (history, history + apart)
        ]
        distance.append(pair[1] - pair[0])
    spread = series[2020 * EVERY :].std()
    return (np.sqrt(np.mean(np.square(distance), axis=0)) / spread).tolist()


def hermite(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Cubic interpolation of values at 0, 1, 2, ... with central slopes."""
    slope = np.gradient(values)
    i = np.minimum(at.astype(int), len(values) - 2)
    u = at - i
    return (
        values[i] * (1 + 2 * u) * (1 - u) ** 2
        + values[i + 1] * u**2 * (3 - 2 * u)
        + slope[i] * u * (1 - u) ** 2
        - slope[i + 1] * u**2 * (1 - u)
    )


def baseline() -> dict:
    """Simple forecasts, autoregressions, true twins, and how settings were chosen."""
    return {
        "mackey-glass": [baselines("mackey-glass", seed) for seed in SEEDS],
        "sunspots": baselines("sunspots", 0),
        "twins": [twins(seed, 1e-3) for seed in SEEDS],
        "choices": {series: choose(series) for series in SIZES},
    }


if __name__ == "__main__":
    main(__file__)
