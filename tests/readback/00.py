"""Chapter 0, transcribed from the rendered formulas by a reader who saw neither
code nor text."""

import numpy as np

LATEX: dict[str, str] = {
    "eq-self-chain": "0d9f292bf8d48ccf",
    "eq-stacked": "f1d4cd54356daf16",
    "eq-column-step": "632f944d53c93804",
}


def eq_self_chain(w, x):
    y = np.tanh(w * x)
    return 2 * (y - 1) * (1 - y**2) * x


def eq_stacked(h, x, W_hh, W_xh):
    return h @ W_hh + x @ W_xh


def eq_column_step(x_t, h_prev, W_xh, W_hh, b_h):
    b_column = b_h.reshape(1, -1).T
    return np.tanh(W_hh.T @ h_prev.T + W_xh.T @ x_t.T + b_column)
