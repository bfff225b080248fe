"""Echo state networks: a fixed random network and a read-out found by regression.

    h^(t) = (1 - leak) h^(t-1)
            + leak tanh(x^(t) W_xh + h^(t-1) W_hh + y^(t-1) W_oh + b_h)

(def-esn), after Jaeger, GMD Report 148, 2001. Row vectors, batch in rows, time first:
x (T, B, D), h (T+1, B, H) with h[0] the initial state, outputs y (T, B, V). Only the
read-out W_ho is learned. Chapter 10 builds every part in visible cells.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Parameters = dict[str, Array]


def spectral_radius(W: Array) -> float:
    """The largest absolute value of an eigenvalue of W (H, H)."""
    return float(np.abs(np.linalg.eigvals(W)).max())


def init(
    rng: np.random.Generator,
    D: int,
    H: int,
    radius: float,
    scale: float = 1.0,
    bias: float = 0.0,
    density: float = 1.0,
    feedback: int = 0,
    feedback_scale: float = 1.0,
) -> Parameters:
    """Random parameters, float64: W_xh (D, H), W_hh (H, H), b_h (H,), W_oh (V, H).

    radius          spectral radius that W_hh is scaled to
    scale, bias     W_xh and b_h are uniform in [-scale, scale] and [-bias, bias]
    density         share of the entries of W_hh that are not zero, which are normal
    feedback        V, number of outputs that are fed back; 0 for none
    feedback_scale  W_oh is uniform in [-feedback_scale, feedback_scale]
    errors          ValueError for a density outside (0, 1], and when every eigenvalue
                    of the drawn W_hh is zero, so that it cannot be scaled
    """
    if not 0 < density <= 1:
        raise ValueError(f"density {density}: a share above 0, at most 1, is needed")
    W_hh = rng.normal(size=(H, H)) * (rng.random((H, H)) < density)
    drawn = spectral_radius(W_hh)
    if drawn == 0:
        raise ValueError(
            f"every eigenvalue of W_hh is zero at {H} units and density {density}: "
            "take more of either"
        )
    return {
        "W_xh": rng.uniform(-scale, scale, (D, H)),
        "W_hh": W_hh * (radius / drawn),
        "b_h": rng.uniform(-bias, bias, H),
        "W_oh": rng.uniform(-feedback_scale, feedback_scale, (feedback, H)),
    }


def step(h: Array, drive: Array, W_hh: Array, leak: float | Array) -> Array:
    """The next state (B, H) from h (B, H) and drive (B, H), all else that comes in."""
    return (1 - leak) * h + leak * np.tanh(drive + h @ W_hh)


def run(
    x: Array,
    h0: Array,
    parameters: Parameters,
    leak: float | Array = 1.0,
    y: Array | None = None,
    noise: float = 0.0,
    rng: np.random.Generator | None = None,
) -> Array:
    """States h (T+1, B, H), h[0] = h0, while the reservoir is driven.

    x       (T, B, D), D = 0 for none
    h0      (B, H)
    leak    alpha in (0, 1], a number or (H,)
    y       (T, B, V): row t is fed back *into* step t, that is, the output of the step
            before it (teacher forced); needed when the reservoir has feedback
    noise   standard deviation of what is added to every pre-activation, from `rng`
    errors  ValueError when y is missing or given to a reservoir without feedback, or
            noise is asked for without an rng
    """
    fed = len(parameters["W_oh"])
    if (y is not None) != (fed > 0):
        raise ValueError(
            f"the reservoir takes {fed} outputs back: y is "
            + ("needed" if fed else "not used, leave it out")
        )
    if noise and rng is None:
        raise ValueError("noise needs an rng")
    drive = x @ parameters["W_xh"] + parameters["b_h"]  # (T, B, H)
    if y is not None:
        drive = drive + y @ parameters["W_oh"]
    if noise:
        drive = drive + rng.normal(0, noise, drive.shape)
    h = np.empty((len(drive) + 1, *h0.shape))
    h[0] = h0
    for t in range(len(drive)):
        h[t + 1] = step(h[t], drive[t], parameters["W_hh"], leak)
    return h


def free_run(
    h: Array,
    y: Array,
    steps: int,
    parameters: Parameters,
    W_ho: Array,
    leak: float | Array = 1.0,
    x: Array | None = None,
) -> Array:
    """Outputs (steps, B, V) when the reservoir reads its own instead of given ones.

    h, y    (B, H) and (B, V): the last state and the output that goes with it
    x       (steps, B, D), inputs that go on; None for none
    W_ho    (H, V), or (H + 1, V) with a last row that belongs to a constant 1
    """
    drive = np.broadcast_to(parameters["b_h"], (steps, *h.shape))
    if x is not None:
        drive = drive + x @ parameters["W_xh"]
    outputs = []
    for now in drive:
        h = step(h, now + y @ parameters["W_oh"], parameters["W_hh"], leak)
        y = read(h, W_ho)
        outputs.append(y)
    return np.stack(outputs)


def read(h: Array, W_ho: Array) -> Array:
    """Outputs (..., V) of states (..., H); a row H + 1 of W_ho (H, V) is a bias."""
    if len(W_ho) == h.shape[-1] + 1:
        return h @ W_ho[:-1] + W_ho[-1]
    return h @ W_ho


def ridge(h: Array, y: Array, penalty: float = 0.0, bias: bool = False) -> Array:
    """The W_ho that minimises |h W_ho - y|^2 + penalty |W_ho|^2 (eq-ridge).

    h       (n, H) states;  y (n, V) targets
    bias    adds a column of ones, not penalised: the last row of the result
    return  W_ho (H, V), or (H + 1, V)
    errors  ValueError for a negative penalty, and unequal numbers of rows

    Solved as one least-squares problem with sqrt(penalty) I stacked below h, by
    singular values: the normal equations would square the condition number.
    """
    if penalty < 0:
        raise ValueError(f"penalty {penalty}: it cannot be negative")
    if len(h) != len(y):
        raise ValueError(f"{len(h)} states and {len(y)} targets: one target a state")
    H = h.shape[1]
    if bias:
        h = np.column_stack([h, np.ones(len(h))])
    if penalty:
        below = np.sqrt(penalty) * np.eye(H, h.shape[1])
        h = np.vstack([h, below])
        y = np.vstack([y, np.zeros((H, y.shape[1]))])
    return np.linalg.lstsq(h, y, rcond=None)[0]


def nrmse(prediction: Array, target: Array, variance: float) -> float:
    """Root of the mean squared error over `variance` (eq-nrmse84 at one step)."""
    return float(np.sqrt(np.mean((prediction - target) ** 2) / variance))
