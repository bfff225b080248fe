"""Chapter 10, transcribed from the rendered formulas by a reader who saw neither code nor text."""  # noqa: E501

import numpy as np

LATEX: dict[str, str] = {
    "eq-skip-lag": "20d9129db78a1bf4",
    "eq-skip-grad": "0a490478f79983cb",
    "eq-skip-dh0": "e8ce81ff1e120ae8",
    "eq-skip-dW": "60037154092d0de7",
    "eq-skip-reach": "c5ebe7488d142cf6",
    "eq-leaky-sum": "dc90ff3425a93f5c",
    "eq-leaky-tau": "6777637dbfc178ee",
    "eq-leaky": "4bc12da66af54a12",
    "eq-leaky-warp": "b73c5c32f62ba784",
    "eq-clock-cost": "ff4e412f05be4040",
    "eq-esp-contraction": "00b7ff6861330707",
    "eq-schur": "ee4f20870a802b10",
    "eq-esp-above": "21f0c33c86f6ee75",
    "eq-esp-counter": "5e97592559591031",
    "eq-ridge-grad": "100f559de693266b",
    "eq-ridge": "d41bab713d2e45b7",
    "eq-ridge-stack": "c53bb2babcfa31c0",
    "eq-ridge-cond": "ac6dcb4398b7f7e0",
    "eq-free-fold": "5ec16c31e986d7d0",
    "eq-nrmse84": "d25667f125e86c53",
    "eq-mc": "f4c95e4213b7b9bf",
    "eq-mc-linear": "0f11085a01f27a03",
    "eq-mc-sum": "e3d85f7cd33ddf5f",
}


def _matmul(A, B):
    """(A B)_ij = sum_m A_im B_mj."""
    n, p, q = A.shape[0], A.shape[1], B.shape[1]
    out = np.zeros((n, q))
    for i in range(n):
        for j in range(q):
            for m in range(p):
                out[i, j] += A[i, m] * B[m, j]
    return out


def _row_times(v, W):
    """(v W)_j = sum_i v_i W_ij for one row v."""
    N, M = W.shape
    out = np.zeros(M)
    for j in range(M):
        for i in range(N):
            out[j] += v[i] * W[i, j]
    return out


def _identity(n):
    out = np.zeros((n, n))
    for i in range(n):
        out[i, i] = 1.0
    return out


def _diag(v):
    out = np.zeros((len(v), len(v)))
    for i in range(len(v)):
        out[i, i] = v[i]
    return out


def _sigma_max(W):
    """Greatest singular value."""
    return max(np.linalg.svd(W, compute_uv=False))


def _variance(v):
    n = len(v)
    mean = sum(v[i] for i in range(n)) / n
    return sum((v[i] - mean) ** 2 for i in range(n)) / n


def _covariance(W_xh, W_hh):
    """C = sum_{k >= 0} q_k^T q_k with q_k = W_xh W_hh^k (no display says so)."""
    C = np.zeros(W_hh.shape)
    q = np.array(W_xh)
    for _ in range(100000):
        term = _matmul(q.T, q)
        C = C + term
        if np.max(np.abs(term)) < 1e-40:
            break
        q = _matmul(q, W_hh)
    return C


def eq_skip_lag(n, d):
    return n // d + (n - d * (n // d))


def eq_skip_grad(h, do, W_hh, W_sh, W_ho, d):
    # ASSUMED: h[t] is h^(t), t = 0..T; do[t - 1] is the gradient with respect to o^(t);
    # the result's entry t - 1 is delta^(t)
    T, B = do.shape[0], do.shape[1]
    H = W_hh.shape[0]
    delta = np.zeros((T + d + 2, B, H))  # delta[t] is delta^(t); zero for t > T
    for t in range(T, 0, -1):
        for b in range(B):
            s = _row_times(do[t - 1, b], W_ho.T)
            s = s + _row_times(delta[t + 1, b], W_hh.T)
            s = s + _row_times(delta[t + d, b], W_sh.T)
            for j in range(H):
                delta[t, b, j] = s[j] * (1.0 - h[t, b, j] ** 2)
    return delta[1 : T + 1]


def eq_skip_dh0(delta, W_hh, W_sh, d):
    # ASSUMED: delta[t - 1] is delta^(t)
    out = _matmul(delta[0], W_hh.T)
    for t in range(1, d + 1):
        if t <= len(delta):  # delta^(k) = 0 for k > T
            out = out + _matmul(delta[t - 1], W_sh.T)
    return out


def eq_skip_dW(h, delta, d):
    # ASSUMED: h[t] is h^(t), delta[t - 1] is delta^(t)
    out = np.zeros((h.shape[2], delta.shape[2]))
    for t in range(1, len(delta) + 1):
        out = out + _matmul(h[max(t - d, 0)].T, delta[t - 1])
    return out


def eq_skip_reach(z, w, s, d):
    # ASSUMED: the right side is returned (no display says what M is)
    return z**d - w * z ** (d - 1) - s


def eq_leaky_sum(h0, new, alpha):
    # ASSUMED: new[k - 1] is the candidate of step k, t = len(new)
    t = len(new)
    out = np.zeros(h0.shape)
    for b in range(h0.shape[0]):
        for j in range(h0.shape[1]):
            total = 0.0
            for k in range(1, t + 1):
                total += (1.0 - alpha[j]) ** (t - k) * new[k - 1, b, j]
            out[b, j] = (1.0 - alpha[j]) ** t * h0[b, j] + alpha[j] * total
    return out


def eq_leaky_tau(v, alpha):
    return float(np.log(v) / np.log(1.0 - alpha))


def eq_leaky(x_t, h, W_xh, W_hh, b_h, alpha):
    # ASSUMED: h is h^(t-1); the candidate is that of def-leaky; the axes are i (of
    # h^(t-1)), j (of h^(t))
    H = len(h)
    from_x = _row_times(x_t, W_xh)
    from_h = _row_times(h, W_hh)
    new = [np.tanh(from_x[j] + from_h[j] + b_h[j]) for j in range(H)]
    first = _diag([1.0 - alpha[j] for j in range(H)])
    second = _diag([alpha[j] * (1.0 - new[j] ** 2) for j in range(H)])
    return first + _matmul(W_hh, second)


def eq_leaky_warp(drive, h0, alpha, m):
    # ASSUMED: drive[t - 1] is a^(t), the pre-activation (no table says what a is), so
    # tanh is taken here; bar h^(m t), t = 1..T, is returned
    slow_alpha = 1.0 - (1.0 - alpha) ** (1.0 / m)
    T = len(drive)
    bar = np.zeros((m * T + 1, *h0.shape))  # bar[s] is bar h^(s)
    bar[0] = h0
    for t in range(1, T + 1):
        for s in range(m * (t - 1) + 1, m * t + 1):
            bar[s] = (1.0 - slow_alpha) * bar[s - 1]
            bar[s] += slow_alpha * np.tanh(drive[t - 1])
    return np.stack([bar[m * t] for t in range(1, T + 1)])


def eq_clock_cost(G):
    # the sums at the left
    first, second = 0.0, 0.0
    for g in range(1, G + 1):
        first += 2.0 ** (1 - g)
        second += (G - g + 1) * 2.0 ** (1 - g)
    return np.array([first / G, second / G**2])


def eq_esp_contraction(W, leak, t, start):
    # ASSUMED: W is W_hh, leak is alpha, start is the norm at t = 0; the bound is
    # returned
    return float((1.0 - leak + leak * _sigma_max(W)) ** t * start)


def eq_schur(W, gamma, t, start):
    # ASSUMED: W is W_hh, start is the weighted norm at t = 0; the bound is returned
    Gamma = _diag(gamma)
    inverse = _diag([1.0 / g for g in gamma])
    return float(_sigma_max(_matmul(_matmul(inverse, W), Gamma)) ** t * start)


def eq_esp_above(W, mu, t, start):
    # ASSUMED: W is W_hh, start is the norm at t = 0; the bound is returned
    return float((_sigma_max(W) * (1.0 - np.tanh(mu) ** 2)) ** t * start)


def eq_esp_counter(u, omega):
    # ASSUMED: each entry of u is a value u^(t) of its own, u^(t+1) is returned for each
    out = np.zeros(len(u))
    for i in range(len(u)):
        out[i] = omega * np.tanh(u[i]) - np.tanh(omega * u[i])
    return out


def eq_ridge_grad(S, Y, W, beta):
    return 2.0 * _matmul(S.T, _matmul(S, W) - Y) + 2.0 * beta * W


def eq_ridge(S, Y, beta):
    inverse = np.linalg.inv(_matmul(S.T, S) + beta * _identity(S.shape[1]))
    return _matmul(_matmul(inverse, S.T), Y)


def eq_ridge_stack(S, Y, W, beta):
    # ASSUMED: the norm of a matrix is the root of the sum of the squares of its entries
    n, H = S.shape
    V = Y.shape[1]
    tall = np.zeros((n + H, H))
    target = np.zeros((n + H, V))
    for i in range(n):
        for j in range(H):
            tall[i, j] = S[i, j]
        for j in range(V):
            target[i, j] = Y[i, j]
    for i in range(H):
        tall[n + i, i] = np.sqrt(beta)
    rest = _matmul(tall, W) - target
    total = 0.0
    for i in range(n + H):
        for j in range(V):
            total += rest[i, j] ** 2
    return float(total)


def eq_ridge_cond(S, beta):
    # ASSUMED: sigma_1 and sigma_H are the greatest and least singular values of S
    sigma = np.linalg.svd(S, compute_uv=False)
    return float((max(sigma) ** 2 + beta) / (min(sigma) ** 2 + beta))


def eq_free_fold(h, W_hh, W_oh, W_ho, b_h, b_o, leak):
    # ASSUMED: h is h^(t-1), leak is alpha
    W = W_hh + _matmul(W_ho, W_oh)
    bias = _row_times(b_o, W_oh)
    out = np.zeros(h.shape)
    for b in range(h.shape[0]):
        a = _row_times(h[b], W)
        for j in range(h.shape[1]):
            new = np.tanh(a[j] + b_h[j] + bias[j])
            out[b, j] = (1.0 - leak) * h[b, j] + leak * new
    return out


def eq_nrmse84(forecast, truth, variance):
    n = len(forecast)
    total = 0.0
    for i in range(n):
        total += (forecast[i] - truth[i]) ** 2
    return float(np.sqrt(total / (n * variance)))


def eq_mc(y, e):
    # ASSUMED: the right side is returned
    return float(1.0 - _variance(e) / _variance(y))


def eq_mc_linear(W_xh, W_hh, lags):
    # ASSUMED: q_k = W_xh W_hh^k, C = sum_k q_k^T q_k; the result is for
    # k = 0, ..., lags - 1
    inverse = np.linalg.inv(_covariance(W_xh, W_hh))
    out = np.zeros(lags)
    q = np.array(W_xh)
    for k in range(lags):
        out[k] = _matmul(_matmul(q, inverse), q.T)[0, 0]
        q = _matmul(q, W_hh)
    return out


def eq_mc_sum(W_xh, W_hh, K):
    # ASSUMED: C as in eq_mc_linear; the right side is returned
    C = _covariance(W_xh, W_hh)
    power = _identity(W_hh.shape[0])
    for _ in range(K):
        power = _matmul(power, W_hh)
    M = _matmul(_matmul(_matmul(np.linalg.inv(C), power.T), C), power)
    trace = 0.0
    for i in range(len(M)):
        trace += M[i, i]
    return float(len(M) - trace)
