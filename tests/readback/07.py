"""Chapter 7, transcribed from the rendered formulas by a reader who saw neither code nor text."""  # noqa: E501

import numpy as np

LATEX: dict[str, str] = {
    "eq-s2s-ll": "da29279075014d1d",
    "eq-context-bias": "ecdeb6b629104804",
    "eq-dC": "105cdbc03cc1449c",
    "eq-dC-start": "d54e2e896644b1eb",
    "eq-reach": "de879a0d7193c72a",
    "eq-s2s-mask": "23fc49d451fcd681",
    "eq-carry": "6981a67c647e4c24",
    "eq-minlag": "9571f0e4cda48e03",
    "eq-lag-mean": "4d8ff182a2e5a56d",
    "eq-levenshtein": "a9fbb6b02cd2aa6a",
    "eq-wer-per": "af117210f54a0289",
    "eq-beam": "d60abd5b9686bee1",
    "eq-length-norm": "40e194bc56694ad6",
    "eq-attn-sum": "fb22a1e8c6ad3bdc",
    "eq-attn-grad": "8ee25f014cc82f93",
    "eq-attn-perm": "a8d51d21b5be9345",
    "eq-attn-lag": "bb27b9b16e6d6ff7",
}


def _log_total(row):
    """log sum_v e^(o_v) for one row of logits."""
    total = 0.0
    for v in range(len(row)):
        total += np.exp(row[v])
    return np.log(total)


def _times_transposed(g, W):
    """(g W^T)_bi = sum_j g_bj W_ij."""
    B, M = g.shape
    N = W.shape[0]
    out = np.zeros((B, N))
    for b in range(B):
        for i in range(N):
            for j in range(M):
                out[b, i] += g[b, j] * W[i, j]
    return out


def eq_s2s_ll(o, y):
    # ASSUMED: o[t - 1, b] holds o^(t), one value for each sequence; all have length m
    m, B, _ = o.shape
    out = np.zeros(B)
    for b in range(B):
        for t in range(1, m + 1):
            row = o[t - 1, b]
            out[b] += row[y[t - 1, b]] - _log_total(row)
    return out


def eq_context_bias(C, y_in, W_yg, W_Cg, W_gg, b_g):
    # ASSUMED: y_in[t - 1] is y^(t-1), so y_in[0] is y^(0); g^(1), ..., g^(m) are
    # returned, without g^(0)
    m, B = y_in.shape
    H = len(b_g)
    out = np.zeros((m, B, H))
    for b in range(B):
        beta = np.zeros(H)
        for j in range(H):
            beta[j] = b_g[j]
            for i in range(H):
                beta[j] += C[b, i] * W_Cg[i, j]
        g = np.zeros(H)
        for t in range(1, m + 1):
            new = np.zeros(H)
            for j in range(H):
                a = W_yg[y_in[t - 1, b], j] + beta[j]
                for i in range(H):
                    a += g[i] * W_gg[i, j]
                new[j] = np.tanh(a)
            g = new
            out[t - 1, b] = g
    return out


def eq_dC(da, W_Cg):
    m, B, H = da.shape
    out = np.zeros((B, H))
    for t in range(1, m + 1):
        for b in range(B):
            for i in range(H):
                for j in range(H):
                    out[b, i] += da[t - 1, b, j] * W_Cg[i, j]
    return out


def eq_dC_start(da, W_gg):
    # ASSUMED: step 1 is stored at da[0]
    return _times_transposed(da[0], W_gg)


def eq_reach(g, W_Cg, W_gg):
    # ASSUMED: g holds g^(1), ..., g^(m) of one sequence, without g^(0) (four rows, as
    # the other arrays of four steps); J^(m), the last one, is returned
    m, H = g.shape
    J = np.zeros((H, H))
    for t in range(1, m + 1):
        new = np.zeros((H, H))
        for i in range(H):
            for j in range(H):
                value = W_Cg[i, j]
                for k in range(H):
                    value += J[i, k] * W_gg[k, j]
                new[i, j] = value * (1.0 - g[t - 1, j] ** 2)
        J = new
    return J


def eq_s2s_mask(o, y, m):
    M, B, _ = o.shape
    total = 0.0
    for b in range(B):
        for t in range(1, M + 1):
            if t <= m[b]:
                row = o[t - 1, b]
                total += _log_total(row) - row[y[t - 1, b]]
    return float(total)


def eq_carry(u, w):
    # ASSUMED: the first axis is the place i, lowest first; the second counts examples
    d, B = u.shape
    out = np.zeros((d + 1, B))
    for b in range(B):
        c = 0.0
        for i in range(d):
            total = u[i, b] + w[i, b] + c
            out[i, b] = total % 10
            c = 1.0 if total >= 10 else 0.0
        out[d, b] = c
    return out


def eq_minlag(n):
    # ASSUMED: first row delta_s, second row its tilde, s = 1, ..., n
    out = np.zeros((2, n), dtype=np.int64)
    for s in range(1, n + 1):
        out[0, s - 1] = n
        out[1, s - 1] = (n + s) - (n + 1 - s)
    return out


def eq_lag_mean(n):
    # tilde delta_s = 2 s - 1 is in eq-minlag
    total = 0.0
    for s in range(1, n + 1):
        total += 2 * s - 1
    return float(total / n)


def eq_levenshtein(a, b):
    # ASSUMED: the whole table D is returned; a_i and b_j are counted from 1
    n, m = len(a), len(b)
    D = np.zeros((n + 1, m + 1))
    for i in range(n + 1):
        D[i, 0] = i
    for j in range(m + 1):
        D[0, j] = j
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            differs = 1.0 if a[i - 1] != b[j - 1] else 0.0
            best = D[i - 1, j] + 1.0
            if D[i, j - 1] + 1.0 < best:
                best = D[i, j - 1] + 1.0
            if D[i - 1, j - 1] + differs < best:
                best = D[i - 1, j - 1] + differs
            D[i, j] = best
    return D


def eq_wer_per(d, length):
    # both sides are equal; the right one is computed
    B = len(d)
    mean_length = 0.0
    for b in range(B):
        mean_length += length[b] / B
    first = 0.0
    second = 0.0
    for b in range(B):
        first += d[b] / length[b]
        second += (length[b] - mean_length) * d[b] / length[b]
    return float(first / B + second / (B * mean_length))


def eq_beam(V, M):
    return (V - 1) ** (M - 1) + 1


def eq_length_norm(p1, m1, p2, m2):
    return float(np.log(np.log(p2) / np.log(p1)) / np.log(m2 / m1))


def eq_attn_sum(e, h, n):
    # the left side, with the sums over all N; ASSUMED: e[s - 1, b], h[s - 1, b]
    # belong to source state s, n[b] is the length of source b
    N, B, H = h.shape
    out = np.zeros((B, H))
    for b in range(B):
        total = 0.0
        for r in range(1, N + 1):
            if r <= n[b]:
                total += np.exp(e[r - 1, b])
        for s in range(1, N + 1):
            if s <= n[b]:
                for i in range(H):
                    out[b, i] += np.exp(e[s - 1, b]) / total * h[s - 1, b, i]
    return out


def eq_attn_grad(alpha, h, nabla):
    # C is not an argument: ASSUMED sum_s alpha_s h^(s), as in def-attn
    N, B, H = h.shape
    out = np.zeros((N, B))
    for b in range(B):
        C = np.zeros(H)
        for s in range(N):
            for i in range(H):
                C[i] += alpha[s, b] * h[s, b, i]
        for s in range(N):
            value = 0.0
            for i in range(H):
                value += nabla[b, i] * h[s, b, i] - nabla[b, i] * C[i]
            out[s, b] = alpha[s, b] * value
    return out


def eq_attn_perm(g, h, n, order, W_ga, W_ha, b_a, v):
    # the left side, in the order pi; ASSUMED: order counts from 0, so that
    # order[s - 1] is pi(s) - 1, and h[s - 1] is h^(s)
    N, B, H = h.shape
    A = len(v)
    out = np.zeros((B, H))
    for b in range(B):
        e = np.zeros(N)
        for s in range(N):
            for k in range(A):
                a = b_a[k]
                for i in range(H):
                    a += g[b, i] * W_ga[i, k] + h[s, b, i] * W_ha[i, k]
                e[s] += np.tanh(a) * v[k]
        total = 0.0
        for r in range(1, N + 1):
            pi_r = order[r - 1] + 1
            if pi_r <= n[b]:
                total += np.exp(e[pi_r - 1])
        for s in range(1, N + 1):
            pi_s = order[s - 1] + 1
            if pi_s <= n[b]:
                for i in range(H):
                    out[b, i] += np.exp(e[pi_s - 1]) / total * h[pi_s - 1, b, i]
    return out


def eq_attn_lag(s, t, n):
    # ASSUMED: lambda_start first, lambda_attention second
    return np.array([n - s + t, 1], dtype=np.int64)
