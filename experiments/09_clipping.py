"""Ways to clip the gradient of a character network, against none.

A tanh network of 64 units (unrolled.cells.tanh_rnn, float32) reads chunks of 100
characters of unrolled.data.names, each from a zero state, in batches of 16. Its cost is
summed over a chunk and averaged over the batch. Plain gradient descent at a constant
rate. Two starts: weights of variance scale^2 / fan-in with scale 1 ("start 1") and 2
("start 2"), so that the spectral radius of W_hh is about the scale. Ways:

  "none"     the gradient as it is; a step whose gradient is not finite ends the run
  "value 5"  every entry cut to [-5, 5]
  "value"    every entry cut to [-v, v]
  "norm"     all arrays scaled together to norm v, if their norm is above
  "tensor"   each array for itself scaled to norm v, if its norm is above
  "random"   if the norm is above v, a step of norm v in a direction drawn at random

v is the best of LIMITS for the way and the start, together with the rate, in runs of
TUNING_STEPS steps with split and start TUNING by validation loss; "none" and
"value 5" have no v to tune. Each way is then run with its v at every rate of RATES,
"random" at its best rate only.
"adam" compares none and norm under Adam on start 2, with rates and limits of its own.

For each run "start 1, norm, 0.003": "curve", the validation loss (nats a character) on
WINDOWS held-out stretches, every EVERY steps; "norms", for each block of BLOCK steps
the quantiles 0.1, 0.5, 0.9 and 1 of the gradient's norm before clipping; "fired", the
share of steps at which clipping changed the gradient; "turn", the median and the
greatest angle in degrees between the gradient and its clipped form over the steps at
which it fired, null if none; "broke", the step with a gradient that is not finite, or
null. A run has diverged if it broke or if its last validation loss is above the
uniform guess ln 27. "same", for "norm" at its best rate, holds for each block the
median angle by which each way would have turned the gradients of this very run, and
"same_max" the greatest of all. "loss" is the training loss a character of start 1 with
norm at its best rate.
"""

from __future__ import annotations

import time

import numpy as np

from unrolled import clipping
from unrolled.cells import tanh_rnn
from unrolled.data import names
from unrolled.experiment import main
from unrolled.ngram import WittenBell
from unrolled.optim import Adam

SEEDS = (0, 1, 2)
STEPS = 600
REHEARSAL = 100
V, UNITS, T, BATCH = len(names.ALPHABET), 64, 100, 16
EVERY, BLOCK, WINDOWS = 100, 50, 100
TUNING, TUNING_STEPS = 9, 300
STARTS = (1, 2)
RATES = (0.003, 0.01, 0.03, 0.1)
LIMITS = {
    "none": (None,),
    "value 5": (5.0,),
    "value": (0.1, 0.3, 1.0),
    "norm": (5.0, 20.0, 40.0, 80.0),
    "tensor": (5.0, 20.0, 80.0),
    "random": (20.0, 80.0, 320.0),
}
ADAM_RATES, ADAM_LIMITS = (0.003, 0.01, 0.03), {"none": (None,), "norm": (5.0, 80.0)}
ORDERS = (1, 2, 3, 4, 5)

Gradients = dict[str, np.ndarray]


def clip(
    grads: Gradients, way: str, limit: float | None, rng: np.random.Generator
) -> Gradients:
    if way == "none":
        return grads
    if way == "random":
        if clipping.global_norm(grads) <= limit:
            return grads
        drawn = {k: rng.normal(size=g.shape).astype(g.dtype) for k, g in grads.items()}
        scale = limit / clipping.global_norm(drawn)
        return {k: np.float32(scale) * g for k, g in drawn.items()}
    if way.startswith("value"):
        return clipping.by_value(grads, limit)
    if way == "norm":
        return clipping.by_norm(grads, limit)[0]
    return {k: clipping.by_norm({k: g}, limit)[0][k] for k, g in grads.items()}


def angle(a: Gradients, b: Gradients) -> float:
    """Degrees between two sets of arrays, each taken as one long vector."""
    scale = clipping.global_norm(a), clipping.global_norm(b)
    if 0 in scale:
        return 0.0
    u = [a[k].astype(float).ravel() / scale[0] for k in a]
    v = [b[k].astype(float).ravel() / scale[1] for k in a]
    apart = sum(float(((p - q) ** 2).sum()) for p, q in zip(u, v, strict=True))
    return float(np.degrees(2 * np.arcsin(min(1.0, np.sqrt(apart) / 2))))


def validation(seed: int) -> tuple[np.ndarray, np.ndarray]:
    ids = names.stream(names.split(seed)[1])
    return names.windows(ids, T, WINDOWS, np.random.default_rng(77))


def score(theta: Gradients, x: np.ndarray, y: np.ndarray) -> float:
    h0 = np.zeros((x.shape[1], UNITS), np.float32)
    return float(tanh_rnn.loss(x, y, h0, **theta) / y.size)


def train(
    start: int,
    way: str,
    limit: float | None,
    rate: float,
    seed: int,
    steps: int,
    adam: bool = False,
    others: dict[str, float | None] | None = None,
) -> tuple[list[float], dict]:
    """Training losses a character, and what a run reports.

    others  way -> limit: the ways that are applied to the same gradients, to look
    """
    rng, chance = np.random.default_rng(seed), np.random.default_rng([seed, 5])
    theta = tanh_rnn.init(rng, V, UNITS, V, start)
    theta = {name: a.astype(np.float32) for name, a in theta.items()}
    ids = names.stream(names.split(seed)[0])
    x_valid, y_valid = validation(seed)
    h0, rule = np.zeros((BATCH, UNITS), np.float32), Adam(rate)
    losses, norms, turns, curve, broke = [], [], [], [], None
    looks: dict[str, list] = {name: [] for name in others or {}}
    for step in range(steps):
        x, y = names.windows(ids, T, BATCH, rng)
        with np.errstate(over="ignore", invalid="ignore"):
            cost, grads = tanh_rnn.bptt(x, y, h0, **theta)
        grads = {name: grads[name] / BATCH for name in theta}
        try:
            norm = clipping.global_norm(grads)
        except FloatingPointError:
            broke = step
            break
        losses.append(float(cost / y.size))
        norms.append(norm)
        used = clip(grads, way, limit, chance)
        fired = any((used[name] != grads[name]).any() for name in theta)
        turns.append(angle(grads, used) if fired else np.nan)
        for name, value in (others or {}).items():
            looks[name].append(angle(grads, clip(grads, name, value, chance)))
        if adam:
            rule.step(theta, used)
        else:
            for name in theta:
                theta[name] -= np.float32(rate) * used[name]
        if (step + 1) % EVERY == 0:
            curve.append(score(theta, x_valid, y_valid))
    blocks = [norms[k : k + BLOCK] for k in range(0, len(norms), BLOCK)]
    turned = np.array(turns)[~np.isnan(turns)]
    report = {
        "curve": curve,
        "norms": [np.quantile(b, [0.1, 0.5, 0.9, 1]).tolist() for b in blocks],
        "fired": len(turned) / len(turns),
        "turn": [float(np.median(turned)), float(turned.max())]
        if len(turned)
        else None,
        "broke": broke,
    }
    if others:
        report["same"] = {
            name: np.median(np.reshape(a, (-1, BLOCK)), axis=1).tolist()
            for name, a in looks.items()
        }
        report["same_max"] = {name: float(np.max(a)) for name, a in looks.items()}
    return losses, short(report)


def short(value: object) -> object:
    """Floats with 4 significant digits."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {k: short(v) for k, v in value.items()}
    return [short(v) for v in value] if isinstance(value, list) else value


def run(seed: int, steps: int) -> dict:
    """Every start, way and rate; for a rehearsal the losses of one run."""
    chosen = rates()
    first = chosen["start 1, norm"]
    if steps < STEPS:
        return {"loss": train(1, "norm", first["limit"], first["rate"], seed, steps)[0]}
    found: dict = {"runs": {}, "adam": {}, "seconds": {}}
    for start in STARTS:
        limits = {way: chosen[f"start {start}, {way}"]["limit"] for way in LIMITS}
        others = {k: limits[k] for k in ("value 5", "value", "norm", "tensor")}
        for way, limit in limits.items():
            began = time.process_time()
            tuned = chosen[f"start {start}, {way}"]["rate"]
            for rate in (tuned,) if way == "random" else RATES:
                best = way == "norm" and rate == tuned
                losses, report = train(
                    start,
                    way,
                    limit,
                    rate,
                    seed,
                    steps,
                    others=others if best else None,
                )
                found["runs"][f"start {start}, {way}, {rate}"] = report
                if best and start == 1:
                    found["loss"] = losses
            found["seconds"][f"start {start}, {way}"] = time.process_time() - began
    for way in ADAM_LIMITS:
        limit = chosen[f"adam, {way}"]["limit"]
        for rate in ADAM_RATES:
            report = train(2, way, limit, rate, seed, steps, adam=True)[1]
            found["adam"][f"{way}, {rate}"] = report
    return found


# What tune() found, kept as a table so that a rehearsal does not repeat the search.
CHOSEN: dict[str, dict] = {
    "start 1, none": {
        "limit": None,
        "rate": 0.01,
        "tried": {
            "None, 0.003": 2.34,
            "None, 0.01": 2.22,
            "None, 0.03": 5.829,
            "None, 0.1": 136.4,
        },
    },
    "start 1, value 5": {
        "limit": 5.0,
        "rate": 0.01,
        "tried": {
            "5.0, 0.003": 2.34,
            "5.0, 0.01": 2.217,
            "5.0, 0.03": 5.206,
            "5.0, 0.1": 17.03,
        },
    },
    "start 1, value": {
        "limit": 0.1,
        "rate": 0.1,
        "tried": {
            "0.1, 0.003": 2.608,
            "0.1, 0.01": 2.334,
            "0.1, 0.03": 2.221,
            "0.1, 0.1": 2.175,
            "0.3, 0.003": 2.41,
            "0.3, 0.01": 2.252,
            "0.3, 0.03": 2.182,
            "0.3, 0.1": 2.205,
            "1.0, 0.003": 2.354,
            "1.0, 0.01": 2.231,
            "1.0, 0.03": 2.188,
            "1.0, 0.1": 5.268,
        },
    },
    "start 1, norm": {
        "limit": 40.0,
        "rate": 0.03,
        "tried": {
            "5.0, 0.003": 2.641,
            "5.0, 0.01": 2.478,
            "5.0, 0.03": 2.335,
            "5.0, 0.1": 2.216,
            "20.0, 0.003": 2.458,
            "20.0, 0.01": 2.292,
            "20.0, 0.03": 2.204,
            "20.0, 0.1": 2.832,
            "40.0, 0.003": 2.369,
            "40.0, 0.01": 2.26,
            "40.0, 0.03": 2.183,
            "40.0, 0.1": 8.604,
            "80.0, 0.003": 2.34,
            "80.0, 0.01": 2.218,
            "80.0, 0.03": 4.349,
            "80.0, 0.1": 14.22,
        },
    },
    "start 1, tensor": {
        "limit": 5.0,
        "rate": 0.1,
        "tried": {
            "5.0, 0.003": 2.449,
            "5.0, 0.01": 2.288,
            "5.0, 0.03": 2.207,
            "5.0, 0.1": 2.193,
            "20.0, 0.003": 2.359,
            "20.0, 0.01": 2.225,
            "20.0, 0.03": 2.208,
            "20.0, 0.1": 3.808,
            "80.0, 0.003": 2.34,
            "80.0, 0.01": 2.216,
            "80.0, 0.03": 4.679,
            "80.0, 0.1": 29.43,
        },
    },
    "start 1, random": {
        "limit": 320.0,
        "rate": 0.01,
        "tried": {
            "20.0, 0.003": 3.398,
            "20.0, 0.01": 3.411,
            "20.0, 0.03": 3.606,
            "20.0, 0.1": 6.11,
            "80.0, 0.003": 2.659,
            "80.0, 0.01": 3.613,
            "80.0, 0.03": 7.012,
            "80.0, 0.1": 1000000000.0,
            "320.0, 0.003": 2.34,
            "320.0, 0.01": 2.22,
            "320.0, 0.03": 1000000000.0,
            "320.0, 0.1": 1000000000.0,
        },
    },
    "start 2, none": {
        "limit": None,
        "rate": 0.003,
        "tried": {
            "None, 0.003": 2.901,
            "None, 0.01": 5.545,
            "None, 0.03": 32.03,
            "None, 0.1": 96.4,
        },
    },
    "start 2, value 5": {
        "limit": 5.0,
        "rate": 0.003,
        "tried": {
            "5.0, 0.003": 2.468,
            "5.0, 0.01": 3.298,
            "5.0, 0.03": 12.99,
            "5.0, 0.1": 9.852,
        },
    },
    "start 2, value": {
        "limit": 0.1,
        "rate": 0.1,
        "tried": {
            "0.1, 0.003": 3.643,
            "0.1, 0.01": 2.866,
            "0.1, 0.03": 2.336,
            "0.1, 0.1": 2.242,
            "0.3, 0.003": 2.762,
            "0.3, 0.01": 2.367,
            "0.3, 0.03": 2.282,
            "0.3, 0.1": 2.812,
            "1.0, 0.003": 2.47,
            "1.0, 0.01": 2.414,
            "1.0, 0.03": 2.45,
            "1.0, 0.1": 3.452,
        },
    },
    "start 2, norm": {
        "limit": 80.0,
        "rate": 0.003,
        "tried": {
            "5.0, 0.003": 4.42,
            "5.0, 0.01": 3.709,
            "5.0, 0.03": 2.571,
            "5.0, 0.1": 2.619,
            "20.0, 0.003": 4.384,
            "20.0, 0.01": 2.528,
            "20.0, 0.03": 2.543,
            "20.0, 0.1": 2.914,
            "40.0, 0.003": 2.565,
            "40.0, 0.01": 2.556,
            "40.0, 0.03": 2.614,
            "40.0, 0.1": 5.559,
            "80.0, 0.003": 2.488,
            "80.0, 0.01": 2.562,
            "80.0, 0.03": 3.099,
            "80.0, 0.1": 25.1,
        },
    },
    "start 2, tensor": {
        "limit": 20.0,
        "rate": 0.03,
        "tried": {
            "5.0, 0.003": 3.033,
            "5.0, 0.01": 2.509,
            "5.0, 0.03": 2.413,
            "5.0, 0.1": 2.405,
            "20.0, 0.003": 2.765,
            "20.0, 0.01": 2.397,
            "20.0, 0.03": 2.3,
            "20.0, 0.1": 3.877,
            "80.0, 0.003": 2.578,
            "80.0, 0.01": 2.584,
            "80.0, 0.03": 4.178,
            "80.0, 0.1": 29.49,
        },
    },
    "start 2, random": {
        "limit": 20.0,
        "rate": 0.003,
        "tried": {
            "20.0, 0.003": 4.431,
            "20.0, 0.01": 4.525,
            "20.0, 0.03": 4.825,
            "20.0, 0.1": 7.265,
            "80.0, 0.003": 4.55,
            "80.0, 0.01": 5.059,
            "80.0, 0.03": 8.24,
            "80.0, 0.1": 1000000000.0,
            "320.0, 0.003": 5.206,
            "320.0, 0.01": 10.25,
            "320.0, 0.03": 1000000000.0,
            "320.0, 0.1": 1000000000.0,
        },
    },
    "adam, none": {
        "limit": None,
        "rate": 0.03,
        "tried": {"None, 0.003": 2.77, "None, 0.01": 2.651, "None, 0.03": 2.645},
    },
    "adam, norm": {
        "limit": 5.0,
        "rate": 0.03,
        "tried": {
            "5.0, 0.003": 2.297,
            "5.0, 0.01": 2.205,
            "5.0, 0.03": 2.192,
            "80.0, 0.003": 2.371,
            "80.0, 0.01": 2.217,
            "80.0, 0.03": 2.281,
        },
    },
}


def rates() -> dict[str, dict]:
    """ "start 1, norm" or "adam, norm" -> best "limit" and "rate", and all "tried"."""
    return CHOSEN or tune()


def trial(start: int, way: str, limit: float | None, rate: float, adam: bool) -> float:
    report = train(start, way, limit, rate, TUNING, TUNING_STEPS, adam)[1]
    value = report["curve"][-1] if report["broke"] is None else np.inf
    return float(f"{value:.4g}") if np.isfinite(value) else 1e9


def tune() -> dict[str, dict]:
    """Short runs with every limit and rate; "tried" maps "limit, rate" to the loss."""
    found = {}
    for start in STARTS:
        for way, limits in LIMITS.items():
            key = f"start {start}, {way}"
            found[key] = choose(start, way, limits, RATES, False)
    for way, limits in ADAM_LIMITS.items():
        found[f"adam, {way}"] = choose(2, way, limits, ADAM_RATES, True)
    return found


def choose(start: int, way: str, limits: tuple, rates: tuple, adam: bool) -> dict:
    tried = {
        (v, rate): trial(start, way, v, rate, adam) for v in limits for rate in rates
    }
    limit, rate = min(tried, key=tried.get)
    named = {f"{v}, {r}": loss for (v, r), loss in tried.items()}
    return {"limit": limit, "rate": rate, "tried": named}


def count(n: int, seed: int) -> float:
    """Nats a character under a Witten-Bell n-gram of the training stream, on the
    validation stretches; each is read from its first character, as the network does."""
    model = WittenBell(n, V)
    training, _ = names.split(seed)
    model.fit(names.stream(training))
    x, y = validation(seed)
    columns = [np.concatenate([x[:1, b], y[:, b]]) for b in range(WINDOWS)]
    return float(np.mean([model.nats(ids)[1:] for ids in columns]))


def baseline() -> dict:
    """Uniform guessing, n-grams of each order (a row a seed), and what tuning found."""
    table = [[count(n, seed) for n in ORDERS] for seed in SEEDS]
    return {
        "uniform": float(np.log(V)),
        "orders": list(ORDERS),
        "counts": table,
        "rates": rates(),
    }


if __name__ == "__main__":
    main(__file__)
