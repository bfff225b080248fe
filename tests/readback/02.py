"""Chapter 2, transcribed from the rendered formulas by a reader who saw neither
code nor text."""

import numpy as np

LATEX: dict[str, str] = {
    "eq-seq-factor": "d2fca9b4cb0e0a3c",
    "eq-sync-gap": "e9b7ec6c76186c03",
    "eq-jordan-rank": "dff53f2fb3112a99",
    "eq-count-zero": "cf8c7a1d194aab6d",
    "eq-onebit": "8b9127cdbcb32b80",
    "eq-masked-mean": "7a267f7c872d3072",
    "eq-bi-torch": "2eb57663425294ce",
    "eq-cond-concat": "69e32ac5197506e4",
    "eq-cond-init": "fe939f0ceb6b6bd6",
    "eq-mask-loss": "a9ed9d0af7fd8634",
    "eq-pad-shrink": "febad34e70193138",
}


def eq_seq_factor(joint):
    V1, V2, V3 = joint.shape
    total = 0.0
    p_1 = np.zeros(V1)
    p_12 = np.zeros((V1, V2))
    for i in range(V1):
        for j in range(V2):
            for k in range(V3):
                total = total + joint[i, j, k]
                p_1[i] = p_1[i] + joint[i, j, k]
                p_12[i, j] = p_12[i, j] + joint[i, j, k]
    result = np.zeros((V1, V2, V3))
    for i in range(V1):
        for j in range(V2):
            for k in range(V3):
                first = p_1[i] / total
                second = p_12[i, j] / p_1[i]
                third = joint[i, j, k] / p_12[i, j]
                result[i, j, k] = first * second * third
    return result


def eq_sync_gap(joint):
    def entropy(probabilities):
        total = 0.0
        for p in probabilities.ravel():
            if p > 0:
                total = total - p * np.log(p)
        return total

    V1, V2, V3 = joint.shape
    p_1 = np.zeros(V1)
    p_2 = np.zeros(V2)
    p_3 = np.zeros(V3)
    for i in range(V1):
        for j in range(V2):
            for k in range(V3):
                p_1[i] = p_1[i] + joint[i, j, k]
                p_2[j] = p_2[j] + joint[i, j, k]
                p_3[k] = p_3[k] + joint[i, j, k]
    return entropy(p_1) + entropy(p_2) + entropy(p_3) - entropy(joint)


def eq_jordan_rank(x, h0, W_xh, W_oh, b_h, W_ho, b_o):
    T, B, _ = x.shape
    H = W_xh.shape[1]
    h = np.zeros((T, B, H))
    h_prev = h0
    for t in range(1, T + 1):
        h[t - 1] = np.tanh(x[t - 1] @ W_xh + h_prev @ (W_ho @ W_oh) + b_h + b_o @ W_oh)
        h_prev = h[t - 1]
    return h


def eq_count_zero(t):
    return float(1 / 4 + (1 / 2) * 2.0 ** (-t / 2) * np.cos(np.pi * t / 4))


def eq_onebit(T):
    total = 0.0
    for t in range(1, T + 1):
        total = total + (2.0 ** (-t) - 1 / 2 * 2.0 ** (-t / 2) * np.cos(np.pi * t / 4))
    return 3 / 4 + 1 / T * total


def eq_masked_mean(h, m):
    T, B, H = h.shape
    h_bar = np.zeros((B, H))
    for b in range(B):
        numerator = np.zeros(H)
        denominator = 0.0
        for t in range(1, T + 1):
            numerator = numerator + m[t - 1, b] * h[t - 1, b]
            denominator = denominator + m[t - 1, b]
        h_bar[b] = numerator / denominator
    return h_bar


def eq_bi_torch(x, W_xh, W_hh, b_h, U_xh, U_hh, u_h):
    # s_t is not in the display: read as the state after t steps of the tanh
    # recurrence over the given sequence, started from zeros.
    def s(t, sequence, A_xh, A_hh, a_h):
        state = np.zeros((sequence[0].shape[0], A_hh.shape[0]))
        for i in range(1, t + 1):
            state = np.tanh(sequence[i - 1] @ A_xh + state @ A_hh + a_h)
        return state

    T, B, _ = x.shape
    H = W_hh.shape[0]
    forward = [x[t - 1] for t in range(1, T + 1)]
    backward = [x[t - 1] for t in range(T, 0, -1)]
    h = np.zeros((T, B, 2 * H))
    for t in range(1, T + 1):
        left = s(t, forward, W_xh, W_hh, b_h)
        right = s(T + 1 - t, backward, U_xh, U_hh, u_h)
        h[t - 1] = np.concatenate([left, right], axis=1)
    return h


def eq_cond_concat(x_t, c, W_xh, W_ch):
    row = np.concatenate([x_t, c], axis=1)
    stack = np.concatenate([W_xh, W_ch], axis=0)
    return row @ stack


def eq_cond_init(x, c, W_xh, W_ch, W_hh, b_h):
    T, B, _ = x.shape
    H = W_xh.shape[1]
    h = np.zeros((T, B, H))
    h_prev = np.tanh(c @ W_ch + b_h)
    for t in range(1, T + 1):
        h[t - 1] = np.tanh(x[t - 1] @ W_xh + h_prev @ W_hh + b_h)
        h_prev = h[t - 1]
    return h


def eq_mask_loss(o, y, m):
    # Classes are counted from 0 in y: o_{b, y_b} is o[t - 1, b, y[t - 1, b]].
    T, B, V = o.shape
    loss = 0.0
    for t in range(1, T + 1):
        for b in range(B):
            total = 0.0
            for v in range(V):
                total = total + np.exp(o[t - 1, b, v])
            loss = loss + m[t - 1, b] * (np.log(total) - o[t - 1, b, y[t - 1, b]])
    return loss


def eq_pad_shrink(h, lengths):
    T, B, H = h.shape
    result = np.zeros((B, H))
    for b in range(B):
        n_b = lengths[b]
        total = np.zeros(H)
        for t in range(1, n_b + 1):
            total = total + h[t - 1, b]
        result[b] = n_b / T * (1 / n_b * total)
    return result
