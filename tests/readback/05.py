"""Chapter 5, transcribed from the rendered formulas by a reader who saw neither code nor text."""  # noqa: E501

import itertools

import numpy as np

LATEX: dict[str, str] = {
    "eq-chain": "0fc6739929d3de65",
    "eq-bpc": "c58e1fa0594d2d4d",
    "eq-ppl": "9aede5f98020896c",
    "eq-hello": "73d0623557ac0467",
    "eq-step-slope": "628b04fa0511fcb0",
    "eq-witten-bell-sum": "1965069c5b1b6711",
    "eq-chunks": "c35b517552046595",
    "eq-smooth-loss": "3bea97438e3aa489",
    "eq-sign-step": "849c0c06f8f2d495",
    "eq-one-product": "b97c622f5b54f86a",
    "eq-embed": "fe2b8a9f2fa9448d",
    "eq-dembed": "cec8637e87732a24",
    "eq-temp-power": "a2697ce0fe57561e",
    "eq-temp-limit": "22e0c7826bf2ace5",
    "eq-temp-entropy": "bbba67b08ac18ab3",
    "eq-cut": "8d2a85e7b39bb976",
    "eq-eos": "14710f75ec5bea23",
    "eq-leaky-end": "188199084bb9f80f",
    "eq-eos-floor": "c1d619bf1bc436ef",
    "eq-bern-stop": "c3b326e9279f5e66",
    "eq-eos-stop": "4b2f22d7048fff45",
    "eq-len-p": "b6f4527d44d250d5",
    "eq-dropout": "e173c67427221835",
    "eq-tied": "11ceaa5e57885950",
}

# Not displayed anywhere, ASSUMED by the reader: END is symbol 0.
END = 0


def _softmax(o):
    total = 0.0
    for j in range(len(o)):
        total += np.exp(o[j])
    p = np.zeros(len(o))
    for i in range(len(o)):
        p[i] = np.exp(o[i]) / total
    return p


def _step(net, x, h):
    """h^(t) and p^(t) for one input row x, as in the notation."""
    h = np.tanh(x @ net["W_xh"] + h @ net["W_hh"] + net["b_h"])
    return h, _softmax(h @ net["W_ho"] + net["b_o"])


def eq_chain(p1, p2, p3):
    V = len(p1)
    total = 0.0
    for i in range(V):
        for j in range(V):
            for k in range(V):
                total += p1[i] * p2[i, j] * p3[i, j, k]
    return total


def eq_bpc(p):
    n = len(p)
    total = 0.0
    for t in range(n):
        total += -np.log(p[t])
    return 1 / np.log(2) * (1 / n) * total


def eq_ppl(p):
    n = len(p)
    product = 1.0
    for t in range(n):
        product *= 1 / p[t]
    return product ** (1 / n)


def eq_hello(o):
    """The logits are taken in the order of the display: h, e, l, o."""
    o_h, o_e, o_l, o_o = o
    return np.log(np.exp(o_h) + np.exp(o_e) + np.exp(o_l) + np.exp(o_o)) - o_e


def eq_step_slope(nabla):
    total = 0.0
    for i in range(len(nabla)):
        total += nabla[i] ** 2
    return -total


def eq_witten_bell_sum(c, N, shorter):
    """c[w] = c(uw), shorter[w] = P(w | u'); c(u) is the sum of c(uw) over w."""
    V = len(c)
    c_u = 0.0
    for w in range(V):
        c_u += c[w]
    total = 0.0
    for w in range(V):
        total += (c[w] + N * shorter[w]) / (c_u + N)
    return total


def eq_chunks(N, S):
    return (N - 1) // S


def eq_smooth_loss(s0, losses, lam):
    n = len(losses)
    total = 0.0
    for k in range(1, n + 1):
        total += lam ** (n - k) * losses[k - 1]
    return lam**n * s0 + (1 - lam) * total


def eq_sign_step(eta, u):
    """The right-hand side: the display's v is not an argument."""
    H = len(u)
    return eta * H


def eq_one_product(h, da):
    T, B, H = da.shape
    out = np.zeros((H, H))
    for t in range(1, T + 1):
        for b in range(B):
            for i in range(H):
                for j in range(H):
                    out[i, j] += h[t - 1, b, i] * da[t - 1, b, j]
    return out


def eq_embed(ids, E):
    T, B = ids.shape
    V, D = E.shape
    out = np.zeros((T, B, D))
    for t in range(T):
        for b in range(B):
            x = np.zeros(V)
            x[ids[t, b]] = 1.0
            for d in range(D):
                for v in range(V):
                    out[t, b, d] += x[v] * E[v, d]
    return out


def eq_dembed(ids, E, de):
    T, B = ids.shape
    V, D = E.shape
    out = np.zeros((V, D))
    for v in range(V):
        for t in range(T):
            for b in range(B):
                if ids[t, b] == v:
                    out[v] += de[t, b]
    return out


def eq_temp_power(p, tau):
    out = np.zeros(p.shape)
    for b in range(p.shape[0]):
        total = 0.0
        for j in range(p.shape[1]):
            total += p[b, j] ** (1 / tau)
        for i in range(p.shape[1]):
            out[b, i] = p[b, i] ** (1 / tau) / total
    return out


def eq_temp_limit(o):
    """M is read as the number of symbols that attain the maximum (not displayed)."""
    V = len(o)
    M = 0
    for i in range(V):
        if o[i] == max(o):
            M += 1
    out = np.zeros((2, V))
    for i in range(V):
        out[0, i] = (1.0 if o[i] == max(o) else 0.0) / M
        out[1, i] = 1 / V
    return out


def eq_temp_entropy(o, tau):
    p = _softmax(o / tau)
    squares, mean = 0.0, 0.0
    for i in range(len(o)):
        squares += p[i] * o[i] ** 2
        mean += p[i] * o[i]
    return (squares - mean**2) / tau**3


def eq_cut(p, kept):
    """The left-hand side, with q of def-top-p."""
    share = 0.0
    for j in range(len(p)):
        if kept[j]:
            share += p[j]
    total = 0.0
    for i in range(len(p)):
        q = p[i] / share if kept[i] else 0.0
        total += abs(q - p[i])
    return total / 2


def eq_eos(net, n):
    """Left side. ASSUMED: END is symbol 0 and is also what is read first; h0 = 0."""
    H, V = net["W_ho"].shape
    D = net["W_xh"].shape[0]
    others = [i for i in range(V) if i != END]
    total = 0.0
    for length in range(n + 1):
        for x in itertools.product(others, repeat=length):
            P = 1.0
            h = np.zeros(H)
            last = END
            for symbol in [*x, END]:
                row = np.zeros(D)
                row[last] = 1.0
                h, p = _step(net, row, h)
                P *= p[symbol]
                last = symbol
            total += P
    return total


def eq_leaky_end(n):
    product = 1.0
    for t in range(1, n + 1):
        product *= 1 - 1 / (t + 1) ** 2
    return product


def eq_eos_floor(W_ho, b_o):
    """ASSUMED: END is symbol 0."""
    H, V = W_ho.shape
    total = 0.0
    for i in range(V):
        if i != END:
            m = b_o[i] - b_o[END]
            for j in range(H):
                m += abs(W_ho[j, i] - W_ho[j, END])
            total += np.exp(m)
    return 1 / (1 + total)


def eq_bern_stop(s, k):
    return np.array([(1 - s) ** (k - 1) * s, 1 / s])


def eq_eos_stop(o):
    """ASSUMED: END is symbol 0; the result keeps the order of o."""
    V = len(o)
    total = 0.0
    for j in range(V):
        if j != END:
            total += np.exp(o[j])
    p = np.zeros(V)
    p[END] = 1 / (1 + np.exp(-(o[END] - np.log(total))))
    for i in range(V):
        if i != END:
            p[i] = (1 - p[END]) * np.exp(o[i]) / total
    return p


def eq_len_p(net, x, p_length):
    """eq-len-p, with the layout of the network's input as the text states it."""
    n = len(x)
    letters = 2
    inputs, hidden = net["W_xh"].shape
    total = float(p_length[n])
    h = np.zeros(hidden)
    for t in range(1, n + 1):
        before = np.zeros(letters)
        if t > 1:
            before[x[t - 2]] = 1.0
        to_come = np.zeros(inputs - letters)
        to_come[(n - t + 1) - 1] = 1.0
        row = np.concatenate([before, to_come])
        h = np.tanh(row @ net["W_xh"] + h @ net["W_hh"] + net["b_h"])
        o = h @ net["W_ho"] + net["b_o"]
        e = np.exp(o - np.max(o))
        p = e / np.sum(e)
        total *= float(p[x[t - 1]])
    return total


def eq_dropout(h, r):
    """m_j is 0 with probability r and 1 with probability 1 - r."""
    out = np.zeros((2, len(h)))
    for j in range(len(h)):
        for m, probability in ((0, r), (1, 1 - r)):
            out[0, j] += probability * m * h[j] / (1 - r)
            out[1, j] += probability * (m * h[j] / (1 - r) - h[j]) ** 2
    return out


def eq_tied(x, h, de, do):
    """Here h has no initial state: h^(t) is h[t - 1]."""
    T, B, V = x.shape
    H = h.shape[2]
    out = np.zeros((V, H))
    for t in range(T):
        for b in range(B):
            for v in range(V):
                for d in range(H):
                    out[v, d] += x[t, b, v] * de[t, b, d] + do[t, b, v] * h[t, b, d]
    return out
