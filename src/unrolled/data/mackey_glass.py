"""The Mackey-Glass equation, a delayed feedback that turns chaotic.

dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x(t)

Mackey and Glass, Science 197:287-289, 1977. The literature on forecasting mostly uses
tau = 17 or 30.
"""

from __future__ import annotations

import numpy as np

SUBSTEPS = 10  # of Runge-Kutta in a unit of time
WASHOUT = 1000  # units of time that are thrown away


def series(steps: int, seed: int, tau: int = 17) -> np.ndarray:
    """x at `steps` successive units of time, (steps,) float64.

    Fourth-order Runge-Kutta with SUBSTEPS steps a unit; the delayed value between two
    steps is the cubic Hermite interpolation. The history before time 0 is constant,
    drawn from the seed, uniform within 0.1 of 1.2; the first WASHOUT units are left
    out.

    errors ValueError unless steps and tau are positive
    """
    if steps < 1 or tau < 1:
        raise ValueError(f"steps and tau must be positive, not {steps} and {tau}")
    past = 1.2 + np.random.default_rng(seed).uniform(-0.1, 0.1)
    return trajectory(np.full(tau * SUBSTEPS + 1, past), WASHOUT + steps)[WASHOUT:]


def trajectory(history: np.ndarray, steps: int) -> np.ndarray:
    """x after 1, ..., `steps` units of time, (steps,), from a history.

    history (tau * SUBSTEPS + 1,): x over the last tau units, SUBSTEPS values a unit,
            the present last
    """
    delay = len(history) - 1
    dt = 1 / SUBSTEPS
    x = np.concatenate([history, np.zeros(steps * SUBSTEPS)])
    slope = np.gradient(history, dt)  # of the past; each new value brings its own
    dx = np.concatenate([slope, np.zeros(steps * SUBSTEPS)])

    def f(now: float, then: float) -> float:
        return 0.2 * then / (1.0 + then**10) - 0.1 * now

    for i in range(delay, delay + steps * SUBSTEPS):
        then, later = x[i - delay], x[i - delay + 1]
        dx[i] = f(x[i], then)
        between = (then + later) / 2 + dt / 8 * (dx[i - delay] - dx[i - delay + 1])
        k1 = dx[i]
        k2 = f(x[i] + dt / 2 * k1, between)
        k3 = f(x[i] + dt / 2 * k2, between)
        k4 = f(x[i] + dt * k3, later)
        x[i + 1] = x[i] + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x[delay + SUBSTEPS :: SUBSTEPS].copy()
