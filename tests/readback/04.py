"""Chapter 4, transcribed from the rendered formulas by a reader who saw neither code nor text."""  # noqa: E501

import numpy as np

LATEX: dict[str, str] = {
    "eq-linear": "8ff93390ca94371a",
    "eq-torch-rnn": "186f003b2ab8a2ca",
    "eq-bias-sum": "8cecd58b8208df8f",
    "eq-quad-sgd": "3e7ddf9fc81f02db",
    "eq-quad-best": "c98ef6c32b4810a8",
    "eq-regret": "adb4a399d6e65e0d",
    "eq-best-rate": "fa2e6b3ae8517e65",
    "eq-adagrad-steps": "770681407ba6c862",
    "eq-rmsprop-first": "e195c2279393ed12",
    "eq-adam-unbiased": "01ab94f7f07190f1",
    "eq-adam-first": "723cd39078051283",
    "eq-linear-rnn": "a53c473dfeaf033a",
    "eq-log-odds": "20952ddd0f35a7de",
}


def _row_times(v, W):
    """(v W)_j = sum_i v_i W_ij, for one row v of length N and W of shape (N, M)."""
    N, M = W.shape
    out = np.zeros(M)
    for j in range(M):
        for i in range(N):
            out[j] += v[i] * W[i, j]
    return out


def _row_times_transposed(v, W):
    """(v W^T)_i = sum_j v_j W_ij, for one row v of length M and W of shape (N, M)."""
    N, M = W.shape
    out = np.zeros(N)
    for i in range(N):
        for j in range(M):
            out[i] += v[j] * W[i, j]
    return out


def _row_times_power(v, W, n):
    """v W^n: W applied n times from the right; n = 0 leaves v alone."""
    for _ in range(n):
        v = _row_times(v, W)
    return v


def eq_linear(x, A, b):
    """y = x A^T + b, for every row x (any leading axes)."""
    out = np.zeros(x.shape[:-1] + (A.shape[0],))
    for where in np.ndindex(x.shape[:-1]):
        out[where] = _row_times_transposed(x[where], A) + b
    return out


def eq_torch_rnn(x, h0, A, R, b_ih, b_hh):
    """h^(1), ..., h^(T), stacked, with h^(0) = h0 left out."""
    T, B = x.shape[0], x.shape[1]
    H = h0.shape[1]
    out = np.zeros((T, B, H))
    for b in range(B):
        h = h0[b]
        for t in range(1, T + 1):
            from_x = _row_times_transposed(x[t - 1, b], A) + b_ih
            from_h = _row_times_transposed(h, R) + b_hh
            h = np.tanh(from_x + from_h)
            out[t - 1, b] = h
    return out


def eq_bias_sum(b_ih, b_hh, eta, db_h):
    """(b_ih + b_hh)_new."""
    return (b_ih + b_hh) - 2 * eta * db_h


def eq_quad_sgd(theta0, lam, eta, k):
    """theta_k, one axis at a time."""
    out = np.zeros(len(theta0))
    for i in range(len(theta0)):
        out[i] = (1 - eta * lam[i]) ** k * theta0[i]
    return out


def eq_quad_best(lam1, lam2):
    """eta* and the factor, in the order displayed."""
    best_eta = 2 / (lam1 + lam2)
    factor = (lam2 - lam1) / (lam2 + lam1)
    return np.array([best_eta, factor])


def eq_regret(theta0, best, eta, g):
    """The right side, axis by axis; theta_K comes from def-sgd with these g."""
    K, N = g.shape
    out = np.zeros(N)
    for i in range(N):
        theta = theta0[i]
        squares = 0.0
        for k in range(1, K + 1):
            theta = theta - eta * g[k - 1, i]
            squares += g[k - 1, i] ** 2
        ends = (theta0[i] - best[i]) ** 2 - (theta - best[i]) ** 2
        out[i] = ends / (2 * eta) + eta / 2 * squares
    return out


def eq_best_rate(d, g):
    """eta* = d / sqrt(Q)."""
    Q = 0.0
    for k in range(1, len(g) + 1):
        Q += g[k - 1] ** 2
    return d / np.sqrt(Q)


def eq_adagrad_steps(g, eta, eps, K):
    """Row k - 1 is theta_(k-1) - theta_k, for k = 1, ..., K."""
    out = np.zeros((K, len(g)))
    for k in range(1, K + 1):
        for i in range(len(g)):
            out[k - 1, i] = eta * g[i] / (np.sqrt(k) * abs(g[i]) + eps)
    return out


def eq_rmsprop_first(g, eta, beta, eps):
    """theta_0 - theta_1, with g the first gradient."""
    out = np.zeros(len(g))
    for i in range(len(g)):
        out[i] = eta * g[i] / (np.sqrt(1 - beta) * abs(g[i]) + eps)
    return out


def eq_adam_unbiased(beta1, beta2, k, values, p):
    """E[m_k] and E[s_k], if g takes values[n] with probability p[n]."""
    mean = 0.0
    mean_square = 0.0
    for n in range(len(values)):
        mean += p[n] * values[n]
        mean_square += p[n] * values[n] ** 2
    return np.array([(1 - beta1**k) * mean, (1 - beta2**k) * mean_square])


def eq_adam_first(g, eta, eps):
    """theta_0 - theta_1, with g the first gradient."""
    out = np.zeros(len(g))
    for i in range(len(g)):
        out[i] = eta * g[i] / (abs(g[i]) + eps)
    return out


def eq_linear_rnn(x, h0, W_xh, W_hh, b_h, W_xo, W_ho, b_o):
    """o^(T), the logits of the last step only."""
    T, B = x.shape[0], x.shape[1]
    V = W_ho.shape[1]
    out = np.zeros((B, V))
    for b in range(B):
        bracket = _row_times_power(h0[b], W_hh, T - 1)
        for t in range(1, T):
            term = _row_times(x[t - 1, b], W_xh) + b_h
            bracket = bracket + _row_times_power(term, W_hh, T - 1 - t)
        out[b] = _row_times(x[T - 1, b], W_xo) + b_o + _row_times(bracket, W_ho)
    return out


def eq_log_odds(o):
    """[b, i, j] is log p_i - log p_j = o_i - o_j in row b."""
    B, V = o.shape
    out = np.zeros((B, V, V))
    for b in range(B):
        for i in range(V):
            for j in range(V):
                out[b, i, j] = o[b, i] - o[b, j]
    return out
