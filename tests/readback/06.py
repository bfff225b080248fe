"""Chapter 6, transcribed from the rendered formulas by a reader who saw neither code nor text."""  # noqa: E501

import numpy as np

LATEX: dict[str, str] = {
    "eq-tf-ll": "6759d1df4b7e05de",
    "eq-tf-decouple": "5bcf39cbf22159f9",
    "eq-tf-grad": "f9b04a7fca753ac3",
    "eq-tf-hidden": "8e60f7f0280a7395",
    "eq-err-accum": "fe8ca5562f6fd3a0",
    "eq-all-right": "87819c4b12fe5356",
    "eq-tv-accum": "decfd92abef3e92b",
    "eq-ss-mid": "80e5399fc87e8baa",
    "eq-ss-optimum": "298ca769b5d0267d",
    "eq-reinforce": "40c3b119b206f389",
    "eq-eos-short": "afd1c1720676456e",
}


def _softmax(o):
    """Probabilities of one row of logits."""
    V = len(o)
    total = 0.0
    for j in range(V):
        total += np.exp(o[j])
    p = np.zeros(V)
    for i in range(V):
        p[i] = np.exp(o[i]) / total
    return p


def _row_times(v, W):
    """(v W)_j = sum_i v_i W_ij for one row v."""
    N, M = W.shape
    out = np.zeros(M)
    for j in range(M):
        for i in range(N):
            out[j] += v[i] * W[i, j]
    return out


def _jordan(x_t, y_prev, W_xh, W_oh, b_h):
    """h^(t) of def-jordan-forced, for the batch."""
    B = x_t.shape[0]
    H = len(b_h)
    h = np.zeros((B, H))
    for b in range(B):
        from_x = _row_times(x_t[b], W_xh)
        from_y = _row_times(y_prev[b], W_oh)
        for j in range(H):
            h[b, j] = np.tanh(from_x[j] + from_y[j] + b_h[j])
    return h


def eq_tf_ll(y, h0, W_xh, W_hh, b_h, W_ho, b_o):
    # ASSUMED: y[0] is y^(0), the symbol that marks the beginning, so T = len(y) - 1;
    # h0 is h^(0); one log-probability for each sequence of the batch
    T = len(y) - 1
    B = y.shape[1]
    H = len(b_h)
    V = len(b_o)
    out = np.zeros(B)
    for b in range(B):
        h = h0[b]
        for t in range(1, T + 1):
            from_h = _row_times(h, W_hh)
            new = np.zeros(H)
            for j in range(H):
                new[j] = np.tanh(W_xh[y[t - 1, b], j] + from_h[j] + b_h[j])
            h = new
            o = _row_times(h, W_ho)
            for v in range(V):
                o[v] += b_o[v]
            total = 0.0
            for v in range(V):
                total += np.exp(o[v])
            out[b] += o[y[t, b]] - np.log(total)
    return out


def eq_tf_decouple(x, y, W_xh, W_oh, b_h):
    # ASSUMED: y[0] is y^(0), so that y[t - 1] is y^(t-1) and y^(T) is not given;
    # the axes of the result are t, b, j (of h), then k, c, m (of a)
    T, B, _ = x.shape
    H = len(b_h)
    out = np.zeros((T, B, H, T, B, H))
    for t in range(1, T + 1):
        h = _jordan(x[t - 1], y[t - 1], W_xh, W_oh, b_h)
        for b in range(B):
            for j in range(H):
                for k in range(1, T + 1):
                    for c in range(B):
                        for m in range(H):
                            if t == k and b == c and j == m:
                                out[t - 1, b, j, k - 1, c, m] = 1.0 - h[b, j] ** 2
    return out


def eq_tf_grad(x, y, W_xh, W_oh, b_h, W_ho, b_o):
    # ASSUMED: y[t] is y^(t), t = 0..T, a row of V numbers (one-hot)
    T, B, _ = x.shape
    H = len(b_h)
    V = len(b_o)
    out = np.zeros((V, H))
    for t in range(1, T + 1):
        h = _jordan(x[t - 1], y[t - 1], W_xh, W_oh, b_h)
        for b in range(B):
            o = _row_times(h[b], W_ho)
            for v in range(V):
                o[v] += b_o[v]
            p = _softmax(o)
            for j in range(H):
                back = 0.0
                for v in range(V):
                    back += (p[v] - y[t, b, v]) * W_ho[j, v]
                for i in range(V):
                    out[i, j] += y[t - 1, b, i] * (back * (1.0 - h[b, j] ** 2))
    return out


def eq_tf_hidden(x, y, h_k, W_xh, W_oh, W_hh, b_h):
    # ASSUMED: x[0] is x^(k+1) and y[0] is y^(k), so t = k + len(x);
    # each sequence has its own Jacobian, and the axes of the result are
    # i (the unit of h^(k)), b (the sequence), j (the unit of h^(t))
    steps, B, _ = x.shape
    H = len(b_h)
    out = np.zeros((H, B, H))
    for b in range(B):
        h = h_k[b]
        prod = np.zeros((H, H))
        for i in range(H):
            prod[i, i] = 1.0
        for n in range(steps):
            from_x = _row_times(x[n, b], W_xh)
            from_y = _row_times(y[n, b], W_oh)
            from_h = _row_times(h, W_hh)
            new = np.zeros(H)
            for j in range(H):
                new[j] = np.tanh(from_x[j] + from_y[j] + from_h[j] + b_h[j])
            h = new
            # one more factor on the right: increasing order of j
            longer = np.zeros((H, H))
            for r in range(H):
                for s in range(H):
                    for m in range(H):
                        longer[r, s] += prod[r, m] * W_hh[m, s] * (1.0 - h[s] ** 2)
            prod = longer
        for i in range(H):
            for j in range(H):
                out[i, b, j] = prod[i, j]
    return out


def eq_err_accum(e, L, k):
    # ASSUMED: the bound (the right side) is returned
    return float(e * (L**k - 1.0) / (L - 1.0))


def eq_all_right(q):
    # ASSUMED: k = len(q), q[t - 1] is q_t
    out = 1.0
    for t in range(1, len(q) + 1):
        out *= q[t - 1]
    return float(out)


def eq_tv_accum(p1, p2, p3, q1, q2, q3):
    # ASSUMED: T = 3; p1[a] = P(a), p2[a, b] = P(b | a), p3[a, b, c] = P(c | a, b),
    # q alike; TV is half the sum of absolute differences; the right side is returned
    V = len(p1)
    total = 0.0
    # t = 1: the past is empty, its probability is 1
    for a in range(V):
        total += 0.5 * abs(p1[a] - q1[a])
    # t = 2
    for a in range(V):
        tv = 0.0
        for b in range(V):
            tv += 0.5 * abs(p2[a, b] - q2[a, b])
        total += p1[a] * tv
    # t = 3
    for a in range(V):
        for b in range(V):
            tv = 0.0
            for c in range(V):
                tv += 0.5 * abs(p3[a, b, c] - q3[a, b, c])
            total += p1[a] * p2[a, b] * tv
    return float(total)


def eq_ss_mid(k):
    return float(k * np.log(k))


def eq_ss_optimum(p, P1, P2):
    # ASSUMED: P1[i] is the probability of i as first symbol, P2[i, j] = P(j | i) that
    # of j as second symbol after it; P(j) is the probability of j as SECOND symbol,
    # whatever the first; the axes of the result are i, j
    V = len(P1)
    out = np.zeros((V, V))
    for j in range(V):
        second = 0.0
        for i in range(V):
            second += P1[i] * P2[i, j]
        for i in range(V):
            out[i, j] = p * P2[i, j] + (1.0 - p) * second
    return out


def eq_reinforce(o1, o2, R):
    # ASSUMED: y = (a, b), p(y) = softmax(o1)_a softmax(o2[a])_b, R(y) = R[a, b];
    # of theta = (o1, o2) only the gradient with respect to o2 is returned
    V = len(o1)
    first = _softmax(o1)
    out = np.zeros((V, V))
    for a in range(V):
        second = _softmax(o2[a])
        for b in range(V):
            p = first[a] * second[b]
            # d log p(y) / d o2[a, j] = [j = b] - second_j; other rows do not matter
            for j in range(V):
                one = 1.0 if j == b else 0.0
                out[a, j] += p * R[a, b] * (one - second[j])
    return out


def eq_eos_short(V, T):
    # ASSUMED: returned as (l_stop, l_all)
    return np.array([np.log(V + 1.0), T * np.log(float(V))])
