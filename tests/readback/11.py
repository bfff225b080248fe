"""Chapter 11, transcribed from the rendered formulas by a reader who saw neither code nor text."""  # noqa: E501

import math

import numpy as np

LATEX: dict[str, str] = {
    "eq-gated-leak": "3fb478305961187e",
    "eq-gate-sum": "b3222fd2984d6ac6",
    "eq-leak-gate": "95aeda284cb20292",
    "eq-lstm-dq": "0b347da8ddbe6eae",
    "eq-lstm-dc": "8b94eccb4b415e6a",
    "eq-lstm-df": "df5c2de13732c6b9",
    "eq-lstm-di": "c0d640249665667b",
    "eq-lstm-dg": "2144655a07caaec7",
    "eq-lstm-da": "b136fef72a9788e9",
    "eq-lstm-dh": "0d9e71138f151cc7",
    "eq-lstm-dWx": "ceaeb05551f9f137",
    "eq-lstm-dWh": "1e6c3d374590c9e1",
    "eq-lstm-db": "cffbe1f5715129a3",
    "eq-lstm-dx": "774d73b87f5b891e",
    "eq-lstm-dh0": "3edeb9e871bb3c49",
    "eq-lstm-dc0": "405a3fb9f32b6d3c",
    "eq-cec": "426833aa564ee1ad",
    "eq-cec-full": "68b4b0bafe726c0f",
    "eq-cec-two": "8ef7c3c20d093b40",
    "eq-lstm-1997": "d0d66dbabdbfff6c",
    "eq-forget-half": "cd5e47d3aefc4831",
    "eq-chrono": "2787fd2068b0eeed",
    "eq-peephole": "bc91a26384661840",
    "eq-coupled": "e7337053d7e9f6f6",
    "eq-gru-leak": "258915ce848028bf",
    "eq-gru-dz": "343a8232cd75fe3c",
    "eq-gru-dn": "7269487e81f0ffcf",
    "eq-gru-dr": "c0419f65486f7792",
    "eq-gru-dmu": "8a18bcf5c021fa1f",
    "eq-gru-dnu": "b249beae49f95065",
    "eq-gru-dh": "70d0273f9aeafca0",
    "eq-gru-dWx": "4b4b5b477c288a67",
    "eq-gru-dbx": "61125f3e730c7bb6",
    "eq-gru-dx": "d5ba724c2611efc6",
    "eq-gru-dWh": "9b337ce3c4406ec9",
    "eq-gru-dbh": "12f943eeb100db08",
    "eq-gru-sign": "104b675176f606aa",
    "eq-gru-reset": "6efa7255fff6e6b8",
    "eq-params-gated": "2f2d31d21cfb8ab6",
    "eq-gate-fused": "c29c1df331bcffab",
}


def _sigma(a):
    """sigma(a) = 1 / (1 + e^-a), entry by entry."""
    return 1.0 / (1.0 + np.exp(-a))


def _matmul(A, B):
    """(A B)_ij = sum_m A_im B_mj."""
    n, p, q = A.shape[0], A.shape[1], B.shape[1]
    out = np.zeros((n, q))
    for i in range(n):
        for j in range(q):
            for m in range(p):
                out[i, j] += A[i, m] * B[m, j]
    return out


def _diag(v):
    out = np.zeros((len(v), len(v)))
    for i in range(len(v)):
        out[i, i] = v[i]
    return out


def _side_by_side(parts):
    """(p_1, p_2, ...) of shape (B, H) each, as one array (B, G H)."""
    B, H = parts[0].shape
    out = np.zeros((B, len(parts) * H))
    for m in range(len(parts)):
        for b in range(B):
            for j in range(H):
                out[b, m * H + j] = parts[m][b, j]
    return out


def _sum_outer(left, grad):
    """sum_t left[t]^T grad[t]."""
    out = np.zeros((left.shape[2], grad.shape[2]))
    for t in range(len(grad)):
        out = out + _matmul(left[t].T, grad[t])
    return out


def _sum_rows(grad):
    """sum_t sum over rows of grad[t]."""
    out = np.zeros(grad.shape[2])
    for t in range(grad.shape[0]):
        for b in range(grad.shape[1]):
            for j in range(grad.shape[2]):
                out[j] += grad[t, b, j]
    return out


def eq_gated_leak(theta, x, m, h):
    # ASSUMED: theta = (w, b) of def-gated-leak, a^(t) = w m^(t) + b (the display names
    # neither), so da/dw = m, da/db = 1; x[t - 1] is x^(t), m[t - 1] is m^(t), h[t] is
    # h^(t); dh^(0)/dtheta = 0; the result's axes are theta, t = 1..T, entry
    T, n = x.shape
    w, b = theta[0], theta[1]
    dh = np.zeros((2, T + 1, n))
    for t in range(1, T + 1):
        for j in range(n):
            alpha = _sigma(w * m[t - 1, j] + b)
            da = [m[t - 1, j], 1.0]
            for p in range(2):
                dh[p, t, j] = (1.0 - alpha) * dh[p, t - 1, j]
                dh[p, t, j] += (
                    (x[t - 1, j] - h[t - 1, j]) * alpha * (1.0 - alpha) * da[p]
                )
    return dh[:, 1:]


def eq_gate_sum(i, f, g, c0):
    # ASSUMED: i[t - 1] is i^(t), likewise f and g; t = T, the right side is returned
    t = len(f)
    out = np.zeros(c0.shape)
    for b in range(c0.shape[0]):
        for k in range(c0.shape[1]):
            prod = 1.0
            for j in range(1, t + 1):
                prod *= f[j - 1, b, k]
            out[b, k] = prod * c0[b, k]
            for s in range(1, t + 1):
                prod = 1.0
                for j in range(s + 1, t + 1):
                    prod *= f[j - 1, b, k]
                out[b, k] += prod * i[s - 1, b, k] * g[s - 1, b, k]
    return out


def eq_leak_gate(alpha, c_prev, g):
    # ASSUMED: the right side is returned (no display says what b_f and b_i are)
    return (1.0 - alpha) * c_prev + alpha * g


def eq_lstm_dq(dh_t, c_t):
    return dh_t * np.tanh(c_t)


def eq_lstm_dc(dh_t, q_t, c_t, dc_next, f_next):
    return dh_t * q_t * (1.0 - np.tanh(c_t) ** 2) + dc_next * f_next


def eq_lstm_df(dc_t, c_prev):
    return dc_t * c_prev


def eq_lstm_di(dc_t, g_t):
    return dc_t * g_t


def eq_lstm_dg(dc_t, i_t):
    return dc_t * i_t


def eq_lstm_da(di_t, df_t, dg_t, dq_t, i_t, f_t, g_t, q_t):
    return _side_by_side(
        [
            di_t * i_t * (1.0 - i_t),
            df_t * f_t * (1.0 - f_t),
            dg_t * (1.0 - g_t**2),
            dq_t * q_t * (1.0 - q_t),
        ]
    )


def eq_lstm_dh(e_t, da_next, W_h):
    return e_t + _matmul(da_next, W_h.T)


def eq_lstm_dWx(x, da):
    # ASSUMED: x[t - 1] is x^(t), da[t - 1] the gradient with respect to a^(t)
    return _sum_outer(x, da)


def eq_lstm_dWh(h, da):
    # ASSUMED: h[t] is h^(t), da[t - 1] the gradient with respect to a^(t)
    return _sum_outer(h[: len(da)], da)


def eq_lstm_db(da):
    return _sum_rows(da)


def eq_lstm_dx(da, W_x):
    # ASSUMED: all steps, the first axis is t = 1..T
    return np.stack([_matmul(da[t], W_x.T) for t in range(len(da))])


def eq_lstm_dh0(da, W_h):
    # ASSUMED: da[0] is the gradient with respect to a^(1)
    return _matmul(da[0], W_h.T)


def eq_lstm_dc0(dc_first, f_first):
    return dc_first * f_first


def eq_cec(f, k, t):
    # ASSUMED: f[j - 1] is f^(j)
    prod = np.ones(f.shape[1])
    for j in range(k + 1, t + 1):
        prod = prod * f[j - 1]
    return _diag(prod)


def eq_cec_full(i, f, g, q, c_prev, c_t, W_h):
    # ASSUMED: c_- is c^(j-1), c is c^(j); the blocks of W_h are in the order i, f, g, q
    H = len(f)
    W_i, W_f = W_h[:, :H], W_h[:, H : 2 * H]
    W_g, W_q = W_h[:, 2 * H : 3 * H], W_h[:, 3 * H :]
    F = _diag(f)
    S = _diag(q * (1.0 - np.tanh(c_t) ** 2))
    R = (
        _matmul(W_f, _diag(c_prev * f * (1.0 - f)))
        + _matmul(W_i, _diag(g * i * (1.0 - i)))
        + _matmul(W_g, _diag(i * (1.0 - g**2)))
    )
    U = _matmul(W_q, _diag(np.tanh(c_t) * q * (1.0 - q)))
    top_right = _matmul(F, S)
    low_right = _matmul(R, S) + U
    J = np.zeros((2 * H, 2 * H))
    for a in range(H):
        for b in range(H):
            J[a, b] = F[a, b]
            J[a, H + b] = top_right[a, b]
            J[H + a, b] = R[a, b]
            J[H + a, H + b] = low_right[a, b]
    return J


def eq_cec_two(f_1, f_2, S_1, R_2):
    # ASSUMED: f_1, f_2 and S_1 are the diagonals of F_{k+1}, F_{k+2} and S_{k+1}, R_2
    # is R_{k+2}
    F_1, F_2 = _diag(f_1), _diag(f_2)
    return _matmul(F_1, F_2) + _matmul(_matmul(F_1, _diag(S_1)), R_2)


def eq_lstm_1997(e, c, q, f, t):
    # ASSUMED: c[s] is c^(s); e[s - 1] is e^(s), likewise q and f
    T, B, H = e.shape
    out = np.zeros((B, H))
    for b in range(B):
        for k in range(H):
            for s in range(t, T + 1):
                term = e[s - 1, b, k] * q[s - 1, b, k]
                term *= 1.0 - np.tanh(c[s, b, k]) ** 2
                for j in range(t + 1, s + 1):
                    term *= f[j - 1, b, k]
                out[b, k] += term
    return out


def eq_forget_half(b_f):
    return math.log(2.0) / math.log(1.0 + math.exp(-b_f))


def eq_chrono(u):
    # ASSUMED: the left side is returned
    return 1.0 / (1.0 - _sigma(np.log(u)))


def eq_peephole(dh_t, q_t, c_t, da_q, dc_next, f_next, da_i_next, da_f_next, v):
    # ASSUMED: the rows of v are v_i, v_f, v_q (the order of def-peephole)
    v_i, v_f, v_q = v[0], v[1], v[2]
    return (
        dh_t * q_t * (1.0 - np.tanh(c_t) ** 2)
        + da_q * v_q
        + dc_next * f_next
        + da_i_next * v_i
        + da_f_next * v_f
    )


def eq_coupled(f):
    # ASSUMED: f[j - 1] is f^(j), t = T; the left side is returned
    t = len(f)
    out = np.ones(f.shape[1:])
    for j in range(1, t + 1):
        out = out * f[j - 1]
    for s in range(1, t + 1):
        prod = np.ones(f.shape[1:])
        for j in range(s + 1, t + 1):
            prod = prod * f[j - 1]
        out = out + (1.0 - f[s - 1]) * prod
    return out


def eq_gru_leak(x, h0, W_xn, W_hn, b_n, b_z):
    # ASSUMED: alpha = 1 - sigma(b_z), one for each unit (the display does not say what
    # alpha is; this is by comparison with def-gru-h); x[t - 1] is x^(t); h^(T) is
    # returned
    alpha = 1.0 - _sigma(b_z)
    h = np.array(h0)
    for t in range(1, len(x) + 1):
        new = np.tanh(_matmul(x[t - 1], W_xn) + _matmul(h, W_hn) + b_n)
        h = (1.0 - alpha) * h + alpha * new
    return h


def eq_gru_dz(dh_t, h_prev, n_t):
    return dh_t * (h_prev - n_t)


def eq_gru_dn(dh_t, z_t):
    return dh_t * (1.0 - z_t)


def eq_gru_dr(dn_t, n_t, nun_t):
    return dn_t * (1.0 - n_t**2) * nun_t


def eq_gru_dmu(dr_t, dz_t, dn_t, r_t, z_t, n_t):
    return _side_by_side(
        [
            dr_t * r_t * (1.0 - r_t),
            dz_t * z_t * (1.0 - z_t),
            dn_t * (1.0 - n_t**2),
        ]
    )


def eq_gru_dnu(dmu_t, r_t):
    # the blocks of dmu_t are in the order r, z, n (eq-gru-dmu)
    H = r_t.shape[1]
    return _side_by_side(
        [dmu_t[:, :H], dmu_t[:, H : 2 * H], dmu_t[:, 2 * H :] * r_t],
    )


def eq_gru_dh(e_t, dh_next, z_next, dnu_next, W_h):
    return e_t + dh_next * z_next + _matmul(dnu_next, W_h.T)


def eq_gru_dWx(x, dmu):
    # ASSUMED: x[t - 1] is x^(t), dmu[t - 1] the gradient with respect to mu^(t)
    return _sum_outer(x, dmu)


def eq_gru_dbx(dmu):
    return _sum_rows(dmu)


def eq_gru_dx(dmu, W_x):
    # ASSUMED: all steps, the first axis is t = 1..T
    return np.stack([_matmul(dmu[t], W_x.T) for t in range(len(dmu))])


def eq_gru_dWh(h, dnu):
    # ASSUMED: h[t] is h^(t), dnu[t - 1] the gradient with respect to nu^(t)
    return _sum_outer(h[: len(dnu)], dnu)


def eq_gru_dbh(dnu):
    return _sum_rows(dnu)


def eq_gru_sign(h_prev, n, a_z):
    # ASSUMED: z = sigma(a_z), bar z = sigma(-a_z) (the display says neither); the right
    # side is returned
    z_bar = _sigma(-a_z)
    return (1.0 - z_bar) * h_prev + z_bar * n


def eq_gru_reset(r, h, W, b):
    # ASSUMED: w_ij is entry ij of W = W_{h,n}, b = b_{h,n}; each row of r and h on its
    # own; the right side is returned
    out = np.zeros(h.shape)
    H = h.shape[1]
    for row in range(h.shape[0]):
        for j in range(H):
            for i in range(H):
                out[row, j] += (r[row, j] - r[row, i]) * h[row, i] * W[i, j]
            out[row, j] += (r[row, j] - 1.0) * b[j]
    return out


def eq_params_gated(D, H, G):
    return G * (D * H + H**2 + 2 * H)


def eq_gate_fused(a, kappa):
    # ASSUMED: kappa has an entry for each column of a; the right side is returned
    return (1.0 - kappa) + kappa * np.tanh(kappa * a)
