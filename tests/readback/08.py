"""Chapter 8, transcribed from the rendered formulas by a reader who saw neither code nor text."""  # noqa: E501

import math

import numpy as np

LATEX: dict[str, str] = {
    "eq-stack-fold": "dd043516f1412a74",
    "eq-wavefront": "6b9cf21394270dd9",
    "eq-stack-grad": "8b9de44d2a2cf083",
    "eq-deep-trans": "022ba59d94b50f52",
    "eq-shortcut": "61b2df88820a33a2",
    "eq-path": "41819427a7fbef57",
    "eq-path-count": "7fe0839f2ab81708",
    "eq-residual-jac": "382f2839042622b0",
    "eq-ln-grad": "c27d8c0c54551a3d",
    "eq-ln-invariant": "2be3fc2113ae1279",
    "eq-var-dropout": "590a3ed62c167a84",
    "eq-params-deep": "20d7afac92a744c6",
    "eq-flops-deep": "fc0522617bcc6abd",
    "eq-width": "73c2ebdd7be53f49",
}


def _row_times(v, W):
    """(v W)_j = sum_i v_i W_ij for one row v."""
    N, M = W.shape
    out = np.zeros(M)
    for j in range(M):
        for i in range(N):
            out[j] += v[i] * W[i, j]
    return out


def _matmul(A, B):
    """(A B)_rs = sum_m A_rm B_ms."""
    out = np.zeros((A.shape[0], B.shape[1]))
    for r in range(A.shape[0]):
        out[r] = _row_times(A[r], B)
    return out


def _identity(n):
    out = np.zeros((n, n))
    for i in range(n):
        out[i, i] = 1.0
    return out


def _times_diag(W, z):
    """W diag(1 - z^2): column s of W is multiplied by 1 - z_s^2."""
    out = np.zeros(W.shape)
    for r in range(W.shape[0]):
        for s in range(W.shape[1]):
            out[r, s] = W[r, s] * (1.0 - z[s] ** 2)
    return out


def _mean_sigma(row, eps):
    """mu and sigma of def-layernorm for one row."""
    H = len(row)
    mu = 0.0
    for i in range(H):
        mu += row[i] / H
    var = 0.0
    for i in range(H):
        var += (row[i] - mu) ** 2 / H
    return mu, math.sqrt(var + eps)


def _ln_grad_row(row, up, gain, eps):
    """eq-ln-grad for one row."""
    H = len(row)
    mu, sigma = _mean_sigma(row, eps)
    n = [(row[i] - mu) / sigma for i in range(H)]
    v = [gain[i] * up[i] for i in range(H)]
    mean_v = sum(v) / H
    mean_vn = sum(v[i] * n[i] for i in range(H)) / H
    return [(v[i] - mean_v - n[i] * mean_vn) / sigma for i in range(H)]


def _Q(N, k, p_1, p_2, e):
    """The second line of eq-params-deep."""
    return p_1 + N - 1 + N * k + e * N + p_2


def eq_stack_fold(x_q, before, U, R, b):
    # ASSUMED: before is hat h^(q-1); the first axis of both runs over values of q
    # (each is computed on its own), the second over the batch
    sizes = [len(b_l) for b_l in b]
    starts = [0, sizes[0], sizes[0] + sizes[1]]
    H = sum(sizes)
    D = U[0].shape[0]
    up = np.zeros((D, H))
    big = np.zeros((H, H))
    bias = np.zeros(H)
    for i in range(D):
        for j in range(sizes[0]):
            up[i, j] = U[0][i, j]
    for m in range(3):
        for j in range(sizes[m]):
            bias[starts[m] + j] = b[m][j]
            for i in range(sizes[m]):
                big[starts[m] + i, starts[m] + j] = R[m][i, j]
            if m > 0:
                for i in range(sizes[m - 1]):
                    big[starts[m - 1] + i, starts[m] + j] = U[m][i, j]
    out = np.zeros(before.shape)
    for q in range(x_q.shape[0]):
        for row in range(x_q.shape[1]):
            from_x = _row_times(x_q[q, row], up)
            from_h = _row_times(before[q, row], big)
            for j in range(H):
                out[q, row, j] = np.tanh(from_x[j] + from_h[j] + bias[j])
    return out


def eq_wavefront(N, T):
    return N + T - 1


def eq_stack_grad(x, h, do, U, R, W_ho):
    # ASSUMED: h[l - 1][t] is h_l^(t), t = 0..T; x[t - 1] is x^(t) = h_0^(t);
    # do[t - 1] is the gradient with respect to o^(t).
    # ASSUMED: the result is one flat vector, U_1..U_N, then R_1..R_N, then b_1..b_N,
    # each row by row
    N = len(h)
    T, B, _ = x.shape
    # delta[l, t, b] is the row b of delta_l^(t)
    delta = {}
    for lay in range(N, 0, -1):
        H = h[lay - 1].shape[2]
        for b in range(B):
            delta[lay, T + 1, b] = np.zeros(H)
            for t in range(T, 0, -1):
                s = _row_times(delta[lay, t + 1, b], R[lay - 1].T)
                if lay < N:
                    s = s + _row_times(delta[lay + 1, t, b], U[lay].T)
                else:
                    s = s + _row_times(do[t - 1, b], W_ho.T)
                for j in range(H):
                    s[j] *= 1.0 - h[lay - 1][t, b, j] ** 2
                delta[lay, t, b] = s
    grads_U, grads_R, grads_b = [], [], []
    for lay in range(1, N + 1):
        g_U = np.zeros(U[lay - 1].shape)
        g_R = np.zeros(R[lay - 1].shape)
        g_b = np.zeros(h[lay - 1].shape[2])
        for t in range(1, T + 1):
            for b in range(B):
                below = x[t - 1, b] if lay == 1 else h[lay - 2][t, b]
                past = h[lay - 1][t - 1, b]
                for j in range(len(g_b)):
                    d = delta[lay, t, b][j]
                    for i in range(len(below)):
                        g_U[i, j] += below[i] * d
                    for i in range(len(past)):
                        g_R[i, j] += past[i] * d
                    g_b[j] += d
        grads_U.append(g_U)
        grads_R.append(g_R)
        grads_b.append(g_b)
    trios = zip(grads_U, grads_R, grads_b, strict=True)
    return np.concatenate([g.ravel() for trio in trios for g in trio])


def eq_deep_trans(z, W):
    # ASSUMED: z[j - 1] is z_j^(t), W[j - 1] is W_j; increasing order of j from left to
    # right (the shapes allow no other); the axes are i (of h^(t-1)), j (of h^(t))
    prod = _identity(W[0].shape[0])
    for j in range(1, len(W) + 1):
        prod = _matmul(prod, _times_diag(W[j - 1], z[j - 1]))
    return prod


def eq_shortcut(z, W, W_s):
    # ASSUMED: as in eq_deep_trans; k = len(W)
    k = len(W)
    return eq_deep_trans(z, W) + _times_diag(W_s, z[k - 1])


def eq_path(t, k, N):
    # ASSUMED: returned as (step, shortcut, stack)
    return np.array([k * t, t, t + N - 1])


def eq_path_count(t, k, N):
    # ASSUMED: returned as omega_shortcut(0), ..., omega_shortcut(t), omega_stack;
    # k does not occur in the formula
    out = [math.comb(t, i) for i in range(t + 1)]
    out.append(math.comb(t + N - 2, N - 1))
    return np.array(out)


def eq_residual_jac(h, U):
    # ASSUMED: h and U hold the layers l = 2, ..., N only (U_1 has another shape, so
    # would not fit into one array), every entry is a factor; increasing order of l
    # from left to right; the axes are i (of s_1), j (of s_N)
    H = U.shape[1]
    prod = _identity(H)
    for m in range(U.shape[0]):
        prod = _matmul(prod, _identity(H) + _times_diag(U[m], h[m]))
    return prod


def eq_ln_grad(a, up, gain, eps):
    # ASSUMED: each row of a is normalised on its own; up is the gradient with respect
    # to LN, gain is gamma, the mean is over the H entries of a row
    out = np.zeros(a.shape)
    for r in range(a.shape[0]):
        out[r] = _ln_grad_row(a[r], up[r], gain, eps)
    return out


def eq_ln_invariant(a, up, gain, bias, c):
    # ASSUMED: epsilon = 0 (only then do the equations hold), up is the gradient with
    # respect to LN; the right sides are returned: first LN(a), then grad_a / c
    out = np.zeros((2, *a.shape))
    for r in range(a.shape[0]):
        mu, sigma = _mean_sigma(a[r], 0.0)
        grad = _ln_grad_row(a[r], up[r], gain, 0.0)
        for i in range(a.shape[1]):
            out[0, r, i] = gain[i] * (a[r, i] - mu) / sigma + bias[i]
            out[1, r, i] = grad[i] / c
    return out


def eq_var_dropout(h, r, t):
    # ASSUMED: h is h^(0), entry by entry; the rows of the result are in reading order:
    # new mean, new mean square, one mean, one mean square
    out = np.zeros((4, len(h)))
    for i in range(len(h)):
        out[0, i] = h[i]
        out[1, i] = h[i] ** 2 / (1.0 - r) ** t
        out[2, i] = h[i] / (1.0 - r) ** (t - 1)
        out[3, i] = h[i] ** 2 / (1.0 - r) ** (2 * t - 1)
    return out


def eq_params_deep(D, H, V, N, k, p_1, p_2, e):
    # ASSUMED: P is returned
    Q = _Q(N, k, p_1, p_2, e)
    return D * H + Q * H**2 + (p_1 + N * k + p_2) * H + H * V + V


def eq_flops_deep(B, T, D, H, V, N, k, p_1, p_2, e):
    # ASSUMED: Q is that of eq-params-deep
    return B * T * (D * H + _Q(N, k, p_1, p_2, e) * H**2 + H * V)


def eq_width(P, D, V, N, k, p_1, p_2, e):
    # ASSUMED: Q is that of eq-params-deep
    Q = _Q(N, k, p_1, p_2, e)
    kappa = D + p_1 + N * k + p_2 + V
    return math.floor((-kappa + math.sqrt(kappa**2 + 4 * Q * (P - V))) / (2 * Q))
