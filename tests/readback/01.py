"""Chapter 1, transcribed from the rendered formulas by a reader who saw neither
code nor text."""

import numpy as np

LATEX: dict[str, str] = {
    "eq-ar": "1b6f8a2a3b761f35",
    "eq-window-best": "d6fb4788a310c2fb",
    "eq-leaky-tail": "f94fad928e30b2f3",
    "eq-unfold3": "b4e4a94ad1c21541",
    "eq-nullcline": "1d9f10a85ac18377",
    "eq-ar-limit": "9d40667787d1d4b3",
    "eq-fold-g": "388786bd46750e72",
    "eq-param-count": "d55daf88b1568a0f",
    "eq-own-count": "486b97dcf2670be6",
    "eq-mult-adds": "5c776e56912ec14a",
    "eq-state-cap": "0378eb0aa983932e",
    "eq-latch": "0140a8329353d3fd",
}


def eq_ar(X, y):
    return np.linalg.inv(X.T @ X) @ X.T @ y


def eq_window_best(q, n):
    return (1 + np.abs(1 - 2 * q) ** n) / 2


def eq_leaky_tail(a, x, s):
    # x holds x_{t-p+1}, ..., x_t in order of time: x_{t-k} is x[p - 1 - k].
    # s is s_{t-p}.
    p = x.shape[0]
    total = np.zeros(x.shape[1:])
    for k in range(0, p - 1 + 1):
        total = total + a**k * x[p - 1 - k]
    return total + a**p * s


def eq_unfold3(s0, W, b):
    return np.tanh(np.tanh(np.tanh(s0 @ W + b) @ W + b) @ W + b)


def eq_nullcline(s1, W, b):
    W_11 = W[1 - 1, 1 - 1]
    W_21 = W[2 - 1, 1 - 1]
    b_1 = b[1 - 1]
    return (np.arctanh(s1) - W_11 * s1 - b_1) / W_21


def eq_ar_limit(w):
    # w holds w_0, w_1, ..., w_p.
    p = w.shape[0] - 1
    total = 0.0
    for k in range(1, p + 1):
        total = total + w[k]
    return w[0] / (1 - total)


def eq_fold_g(x, h0, W_xh, W_hh, b_h):
    def f(h, x_t):
        return np.tanh(x_t @ W_xh + h @ W_hh + b_h)

    # Read with t = T, the last step of x.
    T = x.shape[0]
    h = h0
    for t in range(1, T + 1):
        h = f(h, x[t - 1])
    return h


def eq_param_count(D, H, V):
    return D * H + H**2 + H + H * V + V


def eq_own_count(T, D, H, V):
    return T * (D * H + H**2 + H + H * V + V)


def eq_mult_adds(T, B, D, H, V):
    return B * T * (D * H + H**2 + H * V)


def eq_state_cap(V):
    return np.exp(2) / (np.exp(2) + V - 1)


def eq_latch(w):
    m = np.sqrt(1 - 1 / w)
    return w * m - np.arctanh(m)
