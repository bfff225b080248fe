"""Chapter 9, transcribed from the rendered formulas by a reader who saw neither code nor text."""  # noqa: E501

import numpy as np

LATEX: dict[str, str] = {
    "eq-Wt": "cdf3a677ec136fe6",
    "eq-eig": "c42ce8ceefc5090b",
    "eq-jordan-block": "124e05327d09ff04",
    "eq-nonnormal": "43d76040307d4cb6",
    "eq-gelfand": "d296f3c20b92198c",
    "eq-jacobian-prod": "648d6eccfa5ee60b",
    "eq-tanh-slope": "e63b760b986947a6",
    "eq-vanish-suff": "2595e3a44667f556",
    "eq-explode-nec": "6587c4bc55a341dd",
    "eq-safe-slope": "56d8a43734667dc5",
    "eq-latch-tradeoff": "0dcace322f18547f",
    "eq-cliff": "3ab06e547e9105d9",
    "eq-clip-value": "b494b1f037377356",
    "eq-clip-cos": "7ed0b7b04f1fb0eb",
    "eq-clip-norm": "6bcd79884590c949",
    "eq-clip-min": "a4739e56ad5ef4c8",
    "eq-clip-tensor": "c9a3cc27723bbe0d",
    "eq-clip-scale": "63ffd4ad45ababd3",
    "eq-var-add": "0bccbeb2133447c8",
    "eq-var-1997": "744279370e07306c",
    "eq-copy-baseline": "82bffac9651078ed",
    "eq-orth-norm": "1e83a5c97a0beaa4",
    "eq-irnn": "a1316ec7baa93482",
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


def _identity(n):
    out = np.zeros((n, n))
    for i in range(n):
        out[i, i] = 1.0
    return out


def _length(v):
    """Euclidean norm of a row."""
    total = 0.0
    for x in v:
        total += x * x
    return np.sqrt(total)


def _sigma(a):
    return 1.0 / (1.0 + np.exp(-a))


def _binomial(t, d):
    out = 1
    for m in range(d):
        out = out * (t - m) // (m + 1)
    return out


def _norm_clip(g, v):
    """norm_v(g) of eq-clip-norm."""
    return min(1.0, v / _length(g)) * np.array(g)


def eq_Wt(h0, W, t):
    out = np.array(h0)
    for _ in range(t):
        out = _matmul(out, W)
    return out


def eq_eig(h0, W, t):
    # the sum at the right: p_i is a column of P, q_i a row of P^-1
    # ASSUMED: the result is real (conjugate pairs add up), its real part is returned
    lam, P = np.linalg.eig(W)
    Q = np.linalg.inv(P)
    B, H = h0.shape
    out = np.zeros((B, H), dtype=complex)
    for b in range(B):
        for i in range(H):
            part = 0.0
            for m in range(H):
                part += h0[b, m] * P[m, i]
            for j in range(H):
                out[b, j] += part * lam[i] ** t * Q[i, j]
    return out.real


def eq_jordan_block(lam, n, t):
    # ASSUMED: N has ones just above the diagonal and zeros elsewhere
    N = np.zeros((n, n))
    for i in range(n - 1):
        N[i, i + 1] = 1.0
    out = np.zeros((n, n))
    power = _identity(n)
    for d in range(n):
        out += _binomial(t, d) * lam ** (t - d) * power
        power = _matmul(power, N)
    return out


def eq_nonnormal(lam, c, t):
    # ASSUMED: of the two statements the norm is returned
    u = c * t / lam
    return float(lam**t * (u / 2.0 + np.sqrt(1.0 + u**2 / 4.0)))


def eq_gelfand(W, doublings):
    # ASSUMED: the limit, rho, is returned; how far the limit is followed (the length of
    # doublings) does not enter
    rho = 0.0
    for lam in np.linalg.eigvals(W):
        rho = max(rho, abs(lam))
    return float(rho)


def eq_jacobian_prod(h, W_hh):
    # ASSUMED: h[0] is h^(k), of which no J is made; h[-1] is h^(t)
    H = W_hh.shape[0]
    out = _identity(H)
    for n in range(1, len(h)):
        J = np.zeros((H, H))
        for i in range(H):
            for j in range(H):
                J[i, j] = W_hh[i, j] * (1.0 - h[n, j] ** 2)
        out = _matmul(out, J)
    return out


def eq_tanh_slope(v, s, kappa):
    # ASSUMED: H = len(s); the right side is returned
    H = len(s)
    total = 0.0
    for b in range(H):
        total += s[b] ** 2
    return float(kappa**2 * _length(v) ** 2 * total / H)


def eq_vanish_suff(W, gamma, n):
    # ASSUMED: n = t - k, W is W_hh; the bound is returned
    sigma_max = np.sqrt(np.max(np.linalg.eigvalsh(_matmul(W, W.T))))
    return float((sigma_max * gamma) ** n)


def eq_explode_nec(mu, gamma, n):
    # ASSUMED: n = t - k; the bound is returned
    return float(mu ** (1.0 / n) / gamma)


def eq_safe_slope(w, alpha, beta):
    # ASSUMED: f(a) = w tanh(a), as a is the letter of an activation before tanh
    return float((w * np.tanh(beta) - w * np.tanh(alpha)) / (beta - alpha))


def eq_latch_tradeoff(w, m, steps):
    # ASSUMED: steps = t - k; the bound is returned
    return float((w * (1.0 - m**2)) ** steps)


def eq_cliff(w, b):
    # h_0 = 1/2 as in def-cliff; it does not depend on w and b
    h, dw, db = 0.5, 0.0, 0.0
    for _ in range(1, 51):
        s = _sigma(h)
        slope = s * (1.0 - s)
        # h_t = w sigma(h_{t-1}) + b, by the product rule
        dw = s + w * slope * dw
        db = 1.0 + w * slope * db
        h = w * s + b
    s = _sigma(h)
    front = 2.0 * (s - 0.7) * s * (1.0 - s)
    return np.array([front * dw, front * db])


def eq_clip_value(g, v):
    out = np.zeros(len(g))
    for i in range(len(g)):
        out[i] = max(-v, min(v, g[i]))
    return out


def eq_clip_norm(g, v):
    return _norm_clip(g, v)


def eq_clip_cos(g, v):
    top, full, cut = 0.0, 0.0, 0.0
    for x in g:
        least = min(abs(x), v)
        top += abs(x) * least
        full += x**2
        cut += least**2
    return float(top / (np.sqrt(full) * np.sqrt(cut)))


def eq_clip_min(g, v):
    # ASSUMED: the value of the minimum is returned, not the u that reaches it
    return float(max(0.0, _length(g) - v))


def eq_clip_tensor(nu, v):
    # ASSUMED: K = len(nu)
    top, full, cut = 0.0, 0.0, 0.0
    for k in range(len(nu)):
        least = min(nu[k], v)
        top += nu[k] * least
        full += nu[k] ** 2
        cut += least**2
    return float(top / (np.sqrt(full) * np.sqrt(cut)))


def eq_clip_scale(theta, g, v, eta):
    step = min(eta, eta * v / _length(g))
    out = np.zeros(len(g))
    for i in range(len(g)):
        out[i] = theta[i] - step * g[i]
    return out


def eq_var_add(c, omega):
    return float(c**2 * omega**2 / 6.0)


def eq_var_1997(T):
    # ASSUMED: Var(y) is returned, not q
    q = 1.0 / 10.0 + 9.0 / 10.0 * 1.0 / (T / 2.0 - 1.0)
    return float(((1.0 - q) * 2.0 / 3.0 + q / 3.0) / 16.0)


def eq_copy_baseline(T):
    return float(10.0 * np.log(8.0) / (T + 20.0))


def eq_orth_norm(u):
    return float(_length(u))


def eq_irnn(a, k, t):
    # a[s - 1] is a^(s), since there is no a^(0); ASSUMED: the result's axes are i, j
    H = a.shape[1]
    out = np.zeros((H, H))
    for i in range(H):
        for j in range(H):
            if i == j:
                prod = 1.0
                for s in range(k + 1, t + 1):
                    prod *= 1.0 if a[s - 1, j] > 0 else 0.0
                out[i, j] = prod
    return out
