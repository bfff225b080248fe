"""How much of its input does a reservoir remember, how fast does it forget its start?

Input x^(t) independent and uniform in [-1, 1], no feedback, no bias, no leak. For each
lag k = 1, 2, ... a read-out (with a constant) is fitted by least squares to x^(t-k), on
TRAIN steps after WASHOUT; MC_k (eq-mc) is the squared correlation of its output with
x^(t-k) on TEST later steps; the capacity is the sum over lags up to 2H, at least LAGS.
"train" is the same sum on the training steps, which is too high. The chance level of a
test correlation squared, 1 / TEST a lag, is left in. Networks:

    "tanh"         normal weights scaled to a radius, input weights uniform in +-scale
    "linear"       the same without tanh; its scale plays no part
    "orthogonal"   linear, W_hh the radius times a random orthogonal matrix

"grid": UNITS units, each radius and scale; "sizes": each number of units, the radius of
"tanh" (scale 0.1) and "linear" the best of RADII[kind] by capacity on TUNING, that of
"orthogonal" so that 0.1 of a value is left after H steps, radius^(2H) = 0.1; "curves":
MC_k of UNITS units.

"forget": the same network (UNITS units, tanh) from STARTS random starts, uniform in
[-1, 1], under one input; the distance is the largest from the first of them: "rate",
the mean natural logarithm of the factor by which it changes in a step, over steps FROM
to the last before it is below FLOOR; "steps", the steps until it is below 1e-6 of what
it was (null: not within FORGET); "left", the distance after FORGET steps. Scale 0 is no
input. "loss" is the squared
error of one read-out (lag 5, 20 units), trained by gradient descent a step at a time.
"""

from __future__ import annotations

import time

import numpy as np

from unrolled import reservoir
from unrolled.experiment import main

SEEDS = (0, 1, 2, 3, 4)
STEPS = 500
REHEARSAL = 500
WASHOUT, TRAIN, TEST, LAGS = 1000, 10_000, 5000, 100
UNITS = 100
SIZES = (25, 50, 100, 200, 400)
RADII = {
    "tanh": (0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 1.05, 1.1, 1.25, 1.5),
    "linear": (0.2, 0.5, 0.8, 0.9, 0.95, 0.99),
}
SCALES = (0.1, 1.0)
CURVES = (("tanh", 0.5), ("tanh", 0.9), ("tanh", 0.99), ("tanh", 1.25))
FORGET, FLOOR, FROM, STARTS = 2000, 1e-10, 20, 8
FORGET_RADII = (0.2, 0.5, 0.8, 0.95, 0.99, 1.1, 1.25, 1.5, 2.0, 3.0)
FORGET_SCALES = (0.0, 0.1, 0.3, 1.0, 3.0)
TUNING = 100
Array = np.ndarray


def network(rng: np.random.Generator, kind: str, H: int, radius: float, scale: float):
    """W_xh (1, H) and W_hh (H, H)."""
    parameters = reservoir.init(rng, 1, H, radius, scale)
    if kind == "orthogonal":
        Q, R = np.linalg.qr(rng.normal(size=(H, H)))
        parameters["W_hh"] = radius * Q * np.sign(np.diag(R))
    return parameters["W_xh"], parameters["W_hh"]


def states(kind: str, x: Array, W_xh: Array, W_hh: Array) -> Array:
    """(T, H) from a zero start; x (T,)."""
    h, found = np.zeros(len(W_hh)), np.empty((len(x), len(W_hh)))
    for t, drive in enumerate(x[:, None] * W_xh[0]):
        h = drive + h @ W_hh
        if kind == "tanh":
            h = np.tanh(h)
        found[t] = h
    return found


def capacity(seed: int, kind: str, H: int, radius: float, scale: float) -> dict:
    """MC_k of the test steps, the capacity, and the same of the training steps."""
    rng = np.random.default_rng([seed, H])
    x = rng.uniform(-1, 1, WASHOUT + TRAIN + TEST)
    h = states(kind, x, *network(rng, kind, H, radius, scale))
    h = np.column_stack([h / max(h.std(), 1e-300), np.ones(len(h))])
    lags = np.arange(1, max(LAGS, 2 * H) + 1)
    rows = np.arange(WASHOUT, len(x))  # WASHOUT is longer than the longest lag
    y = x[rows[:, None] - lags]
    h = h[rows]
    W_ho = np.linalg.lstsq(h[:TRAIN], y[:TRAIN], rcond=None)[0]
    out = h @ W_ho
    part = {}
    for name, cut in (("train", slice(0, TRAIN)), ("test", slice(TRAIN, None))):
        a = out[cut] - out[cut].mean(axis=0)
        b = y[cut] - y[cut].mean(axis=0)
        spread = (a**2).sum(axis=0) * (b**2).sum(axis=0)
        square = (a * b).sum(axis=0) ** 2
        part[name] = np.divide(
            square, spread, out=np.zeros(len(lags)), where=spread > 1e-20
        )
    return {
        "capacity": float(part["test"].sum()),
        "train": float(part["train"].sum()),
        "curve": part["test"],
    }


def forget(seed: int, radius: float, scale: float) -> dict:
    """How the distance between the starts changes."""
    rng = np.random.default_rng([seed, 5])
    W_xh, W_hh = network(rng, "tanh", UNITS, radius, 1.0)
    x = scale * rng.uniform(-1, 1, FORGET)
    h = rng.uniform(-1, 1, (STARTS, UNITS))
    far = [float(np.linalg.norm(h - h[0], axis=1).max())]
    for value in x:
        h = np.tanh(value * W_xh + h @ W_hh)
        far.append(float(np.linalg.norm(h - h[0], axis=1).max()))
    d = np.array(far)
    below = np.flatnonzero(d < FLOOR)
    last = int(below[0]) - 1 if len(below) else FORGET
    begin = min(FROM, last - 1)
    gone = np.flatnonzero(d < 1e-6 * d[0])
    return {
        "rate": float(np.log(d[last] / d[begin]) / (last - begin)),
        "steps": int(gone[0]) if len(gone) else None,
        "left": float(d[-1]),
    }


def losses(seed: int, steps: int) -> list[float]:
    """Squared errors of a read-out that learns to name the input of five steps ago."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, steps + 50)
    h = states("tanh", x, *network(rng, "tanh", 20, 0.8, 1.0))
    w, found = np.zeros(20), []
    for t in range(50, steps + 50):
        error = h[t] @ w - x[t - 5]
        w -= 0.05 * error * h[t]
        found.append(float(error**2))
    return found


def orthogonal_radius(H: int) -> float:
    return float(0.1 ** (1 / (2 * H)))


def grid(seed: int) -> dict:
    found = {}
    for radius in RADII["tanh"]:
        for scale in SCALES:
            one = capacity(seed, "tanh", UNITS, radius, scale)
            found[f"tanh, {radius}, {scale}"] = one["capacity"]
    for radius in RADII["linear"]:
        one = capacity(seed, "linear", UNITS, radius, 1.0)
        found[f"linear, {radius}"] = one["capacity"]
    return found


def sizes(seed: int) -> dict:
    found: dict = {}
    for H in SIZES:
        arms = {
            "tanh": (CHOSEN["tanh"], 0.1),
            "linear": (CHOSEN["linear"], 1.0),
            "orthogonal": (orthogonal_radius(H), 1.0),
        }
        for kind, (radius, scale) in arms.items():
            begin = time.process_time()
            one = capacity(seed, kind, H, radius, scale)
            found[f"{kind}, {H}"] = {
                "capacity": one["capacity"],
                "train": one["train"],
                "seconds": time.process_time() - begin,
            }
    return found


def curves(seed: int) -> dict:
    """MC_k, rounded to 4 decimals; tanh with scale 0.1."""
    arms = [(kind, radius, 0.1) for kind, radius in CURVES]
    arms += [
        ("tanh", 0.99, 1.0),
        ("linear", 0.99, 1.0),
        ("orthogonal", orthogonal_radius(UNITS), 1.0),
    ]
    return {
        f"{kind}, {radius:.3g}, {scale:g}": capacity(seed, kind, UNITS, radius, scale)[
            "curve"
        ][: 2 * UNITS]
        .round(4)
        .tolist()
        for kind, radius, scale in arms
    }


def forgets(seed: int) -> dict:
    return {
        f"{radius}, {scale}": forget(seed, radius, scale)
        for radius in FORGET_RADII
        for scale in FORGET_SCALES
    }


PARTS = {"grid": grid, "sizes": sizes, "curves": curves, "forget": forgets}


def run(seed: int, steps: int) -> dict:
    """Every part; for a rehearsal the losses only."""
    found: dict = {"loss": losses(seed, steps)}
    if steps == STEPS:
        found |= {name: part(seed) for name, part in PARTS.items()}
    return found


# What tune() found.
CHOSEN: dict[str, float] = {"tanh": 0.99, "linear": 0.99}
TRIED: dict[str, dict[str, float]] = {
    "tanh": {
        "0.2": 10.65,
        "0.5": 15.27,
        "0.8": 23.86,
        "0.9": 28.51,
        "0.95": 30.64,
        "0.99": 30.96,
        "1.05": 25.24,
        "1.1": 22.42,
        "1.25": 15.7,
        "1.5": 3.34,
    },
    "linear": {
        "0.2": 15.02,
        "0.5": 31.01,
        "0.8": 55.98,
        "0.9": 66.94,
        "0.95": 70.84,
        "0.99": 74.31,
    },
}


def tune() -> dict[str, dict]:
    """Capacity of UNITS units on the series and network of TUNING."""
    return {
        kind: {
            f"{r}": round(capacity(TUNING, kind, UNITS, r, 0.1)["capacity"], 2)
            for r in radii
        }
        for kind, radii in RADII.items()
    }


def baseline() -> dict:
    """The bound, H; and what a read-out of noise would seem to remember."""
    rng = np.random.default_rng(0)
    h = rng.normal(size=(TRAIN + TEST, UNITS))
    y = rng.uniform(-1, 1, (TRAIN + TEST, 2 * UNITS))
    out = h @ np.linalg.lstsq(h[:TRAIN], y[:TRAIN], rcond=None)[0]
    part = {
        name: sum(
            float(np.corrcoef(out[cut, k], y[cut, k])[0, 1] ** 2)
            for k in range(2 * UNITS)
        )
        for name, cut in (("train", slice(0, TRAIN)), ("test", slice(TRAIN, None)))
    }
    return {"bound": list(SIZES), "noise": part, "chosen": CHOSEN, "tried": TRIED}


if __name__ == "__main__":
    main(__file__)
