"""Chapter 3, transcribed from the rendered formulas by a reader who saw neither code nor text."""  # noqa: E501

import numpy as np

LATEX: dict[str, str] = {
    "eq-lse": "838735209a4cab7c",
    "eq-dsoftmax": "5bfe2a33027eac75",
    "eq-softmax-jac": "8c1e534404246f76",
    "eq-scalar-dw": "f86bedc68b90b5f2",
    "eq-total": "b15358a85bb85fac",
    "eq-overcount": "398f7fb79d956449",
    "eq-immediate": "46fe69b1fb213cbb",
    "eq-da": "c008b2db3f48bc24",
    "eq-dh-last": "0e4f151d87f04720",
    "eq-dh-rec": "b9a6227539a5eabd",
    "eq-dWhh": "1ffd8c207f8d54f5",
    "eq-dWxh": "d0b5076ea4a2a8fe",
    "eq-dWho": "81b63867c11c4165",
    "eq-dbh": "76b2cb9e8e7cf8ae",
    "eq-dbo": "6ce711dc5fa33eb6",
    "eq-dh0": "ff2b0feda6c8642b",
    "eq-dx": "539f6027a38a6604",
    "eq-sum-k": "37293bd77af6d6d4",
    "eq-eps": "f3320b6230e498fd",
    "eq-window-steps": "bfc84daa644ebfa0",
    "eq-tbptt": "a6cba80a372c6b45",
    "eq-artbp": "ce3372d2454277e7",
    "eq-rtrl": "8fbd40b52f525d66",
    "eq-rtrl-cost": "218c7af7ef3e41ef",
    "eq-bptt-cost": "2126ff6632cc16ea",
    "eq-ckpt": "1363b034e5cbf566",
    "eq-ckpt-steps": "d34e0367c97e3b29",
    "eq-ckpt-best": "e0d48d77c570e226",
}


def _softmax(o):
    """def-softmax for one row of logits, as displayed (no maximum taken out)."""
    V = len(o)
    total = 0.0
    for j in range(V):
        total += np.exp(o[j])
    p = np.zeros(V)
    for i in range(V):
        p[i] = np.exp(o[i]) / total
    return p


def _times_transposed(g, W):
    """(g W^T)_bi = sum_j g_bj W_ij, for g of shape (B, M) and W of shape (N, M)."""
    B, M = g.shape
    N = W.shape[0]
    out = np.zeros((B, N))
    for b in range(B):
        for i in range(N):
            for j in range(M):
                out[b, i] += g[b, j] * W[i, j]
    return out


def _sum_over_steps(left, right):
    """sum_t sum_b left_bi^(t) right_bj^(t), both given as one array per step."""
    T, B, N = left.shape
    M = right.shape[2]
    out = np.zeros((N, M))
    for t in range(T):
        for b in range(B):
            for i in range(N):
                for j in range(M):
                    out[i, j] += left[t, b, i] * right[t, b, j]
    return out


def eq_lse(o):
    out = np.zeros(o.shape[:-1])
    V = o.shape[-1]
    for idx in np.ndindex(*o.shape[:-1]):
        row = o[idx]
        m = row[0]
        for j in range(V):
            if row[j] > m:
                m = row[j]
        total = 0.0
        for j in range(V):
            total += np.exp(row[j] - m)
        out[idx] = m + np.log(total)
    return out


def eq_dsoftmax(o, y):
    T, B, V = o.shape
    out = np.zeros((T, B, V))
    for t in range(T):
        for b in range(B):
            p = _softmax(o[t, b])
            for j in range(V):
                one = 1.0 if j == y[t, b] else 0.0
                out[t, b, j] = p[j] - one
    return out


def eq_softmax_jac(o):
    V = len(o)
    p = _softmax(o)
    out = np.zeros((V, V))
    for i in range(V):
        for j in range(V):
            same = 1.0 if i == j else 0.0
            out[i, j] = p[i] * (same - p[j])
    return out


def eq_scalar_dw(w, v, y, h, p):
    T = len(h) - 1
    total = 0.0
    delta_next = 0.0
    for t in range(T, 0, -1):
        delta = (v * (p[t - 1] - y[t - 1]) + w * delta_next) * (1.0 - h[t] ** 2)
        total += delta * h[t - 1]
        delta_next = delta
    return float(total)


def eq_total(w, h):
    T = len(h) - 1
    dh = 0.0
    for t in range(1, T + 1):
        dh = (1.0 - h[t] ** 2) * (h[t - 1] + w * dh)
    return float(dh)


def eq_overcount(w, h):
    T = len(h) - 1
    total = 0.0
    for k in range(1, T + 1):
        prod = 1.0
        for j in range(k + 1, T + 1):
            prod *= w * (1.0 - h[j] ** 2)
        total += (T - k + 1) * prod * (1.0 - h[k] ** 2) * h[k - 1]
    return float(total)


def eq_immediate(h_prev, h):
    # axes of the result: i, j (the entry of W_hh), then b (the unit of h^(t))
    H = len(h)
    out = np.zeros((H, H, H))
    for b in range(H):
        for i in range(H):
            for j in range(H):
                same = 1.0 if j == b else 0.0
                out[i, j, b] = h_prev[i] * (1.0 - h[b] ** 2) * same
    return out


def eq_da(dh_t, h_t):
    B, H = h_t.shape
    out = np.zeros((B, H))
    for b in range(B):
        for i in range(H):
            out[b, i] = dh_t[b, i] * (1.0 - h_t[b, i] ** 2)
    return out


def eq_dh_last(do_t, W_ho):
    return _times_transposed(do_t, W_ho)


def eq_dh_rec(dh_next, h_next, W_hh, do_t, W_ho):
    B, H = h_next.shape
    V = W_ho.shape[1]
    out = np.zeros((B, H))
    for b in range(B):
        for i in range(H):
            for j in range(H):
                out[b, i] += dh_next[b, j] * (1.0 - h_next[b, j] ** 2) * W_hh[i, j]
            for c in range(V):
                out[b, i] += do_t[b, c] * W_ho[i, c]
    return out


def eq_dWhh(h, da):
    T, B, H = da.shape
    out = np.zeros((H, H))
    for t in range(1, T + 1):
        for b in range(B):
            for i in range(H):
                for j in range(H):
                    out[i, j] += h[t - 1, b, i] * da[t - 1, b, j]
    return out


def eq_dWxh(x, da):
    return _sum_over_steps(x, da)


def eq_dWho(h, do):
    T, B, V = do.shape
    H = h.shape[2]
    out = np.zeros((H, V))
    for t in range(1, T + 1):
        for b in range(B):
            for i in range(H):
                for c in range(V):
                    out[i, c] += h[t, b, i] * do[t - 1, b, c]
    return out


def eq_dbh(da):
    T, B, H = da.shape
    out = np.zeros(H)
    for t in range(T):
        for b in range(B):
            for i in range(H):
                out[i] += da[t, b, i]
    return out


def eq_dbo(do):
    T, B, V = do.shape
    out = np.zeros(V)
    for t in range(T):
        for b in range(B):
            for c in range(V):
                out[c] += do[t, b, c]
    return out


def eq_dh0(da, W_hh):
    # step 1 is stored at da[0]
    return _times_transposed(da[0], W_hh)


def eq_dx(da, W_xh):
    T, B, H = da.shape
    D = W_xh.shape[0]
    out = np.zeros((T, B, D))
    for t in range(T):
        for b in range(B):
            for d in range(D):
                for i in range(H):
                    out[t, b, d] += da[t, b, i] * W_xh[d, i]
    return out


def eq_sum_k(h, do, W_hh, W_ho):
    # J_j belongs to one sequence; for B > 1 every sequence has its own
    T, B, V = do.shape
    H = W_hh.shape[0]
    out = np.zeros((H, H))
    for b in range(B):
        for t in range(1, T + 1):
            g = np.zeros(H)
            for i in range(H):
                for c in range(V):
                    g[i] += do[t - 1, b, c] * W_ho[i, c]
            for k in range(1, t + 1):
                # J_{k+1} J_{k+2} ... J_t, multiplied from left to right
                prod = np.zeros((H, H))
                for i in range(H):
                    prod[i, i] = 1.0
                for j in range(k + 1, t + 1):
                    J = np.zeros((H, H))
                    for r in range(H):
                        for s in range(H):
                            J[r, s] = W_hh[r, s] * (1.0 - h[j, b, s] ** 2)
                    longer = np.zeros((H, H))
                    for r in range(H):
                        for s in range(H):
                            for m in range(H):
                                longer[r, s] += prod[r, m] * J[m, s]
                    prod = longer
                for i in range(H):
                    for s in range(H):
                        carried = 0.0
                        for r in range(H):
                            carried += g[r] * prod[s, r]  # transposed
                        out[i, s] += h[k - 1, b, i] * carried * (1.0 - h[k, b, s] ** 2)
    return out


def eq_eps(u, f, f3):
    return float((3.0 * u * abs(f) / abs(f3)) ** (1.0 / 3.0))


def eq_window_steps(T, w):
    return float(w * T - w * (w - 1) / 2)


def eq_tbptt(h, do, W_hh, W_ho, w):
    T, B, V = do.shape
    H = W_hh.shape[0]
    out = np.zeros((H, H))
    for t in range(1, T + 1):
        e = np.zeros((B, H))  # e^(t,t)
        for b in range(B):
            for i in range(H):
                for c in range(V):
                    e[b, i] += do[t - 1, b, c] * W_ho[i, c]
        for k in range(t, max(1, t - int(w) + 1) - 1, -1):
            if k < t:
                earlier = np.zeros((B, H))  # e^(t,k) from e^(t,k+1)
                for b in range(B):
                    for i in range(H):
                        for j in range(H):
                            earlier[b, i] += (
                                e[b, j] * (1.0 - h[k + 1, b, j] ** 2) * W_hh[i, j]
                            )
                e = earlier
            for b in range(B):
                for i in range(H):
                    for j in range(H):
                        out[i, j] += h[k - 1, b, i] * e[b, j] * (1.0 - h[k, b, j] ** 2)
    return out


def eq_artbp(h, da):
    T, B, H = da.shape
    out = np.zeros((H, H))
    for t in range(1, T + 1):
        for b in range(B):
            for i in range(H):
                for j in range(H):
                    out[i, j] += h[t - 1, b, i] * da[t - 1, b, j]
    return out


def eq_rtrl(h, W_hh):
    # P^(T); the axes are i, j, then the unit of h^(T)
    T = h.shape[0] - 1
    H = h.shape[1]
    P = np.zeros((H, H, H))
    for t in range(1, T + 1):
        new = np.zeros((H, H, H))
        for i in range(H):
            for j in range(H):
                for c in range(H):
                    value = h[t - 1, i] if c == j else 0.0
                    for m in range(H):
                        value += P[i, j, m] * W_hh[m, c]
                    new[i, j, c] = value * (1.0 - h[t, c] ** 2)
        P = new
    return P


def eq_rtrl_cost(D, H):
    return float((D + H + 1) * H * H**2)


def eq_bptt_cost(D, H):
    return float(2 * H**2 + D * H)


def eq_ckpt(T, s):
    return float(T / s + s)


def eq_ckpt_steps(T, s):
    return float(2 * T - s)


def eq_ckpt_best(T):
    return float(2.0 * np.sqrt(T))
