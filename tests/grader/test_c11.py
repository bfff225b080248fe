"""The questions of chapter 11, graded through the worker.

Rewrites are right answers in other words; they are written here as whole functions and
graded as a learner's cell would be.
"""

from __future__ import annotations

import contextlib
import math
from typing import ClassVar
from unittest import mock

import numpy as np
import pytest
from harness import Remembering, SlipTests

from unrolled.grader import engine
from unrolled.grader.checks.c11 import common, q1, q2, q3, q4, q5, q6
from unrolled.grader.checks.slips import equal
from unrolled.mutants import Mutant


class Quick(Remembering):
    """Fewer seeds and mutants, to be quick."""

    def assert_misconception(self, question, item, seeds=(0, 1)):
        """The first slip of a question, which is the likely one, on two seeds."""
        likely = item is question.misconceptions[0]
        super().assert_misconception(question, item, seeds if likely else seeds[:1])

    def mutants(self, question):
        """Every fourth, and the equivalent ones; all were tried once."""
        found = super().mutants(question)
        listed = EQUIVALENT.get(question.id, {})
        return [m for i, m in enumerate(found) if i % 4 == 0 or m.description in listed]

    def survivors(self, question, only=None):
        """For mutants the score alone counts, so no hint is looked for."""
        with contextlib.ExitStack() as silent:
            for module in (common, q4):
                silent.enter_context(mock.patch.object(module, "hint", no_hint))
            return super().survivors(question, only)

    def feedback(self, question, change):
        """What the properties say; no misconception is looked for."""
        with mock.patch.object(engine, "recognise", return_value=None):
            return super().feedback(question, change)


def no_hint(*args):
    return ""


BENCH = Quick("11")
by_id = {q.id: q for q in BENCH.questions}
MODULES = dict(zip(by_id, (q1, q2, q3, q4, q5, q6), strict=True))


@pytest.fixture(scope="module", autouse=True)
def session():
    with BENCH:
        yield


# --- 11.1 -----------------------------------------------------------------------------


def convert_by_split(kernel, bias, order, extra):
    H = kernel.shape[1] // 4
    matrix = dict(zip(order, np.split(kernel, 4, 1), strict=True))
    row = dict(zip(order, np.split(bias, 4), strict=True))
    row["f"] = row["f"] + extra
    W = np.hstack([matrix["i"], matrix["f"], matrix["g"], matrix["q"]])
    b = np.hstack([row["i"], row["f"], row["g"], row["q"]])
    return {"W_x": W[:-H], "W_h": W[-H:], "b": b}


def convert_by_loops(kernel, bias, order, extra):
    rows, width = kernel.shape
    H = width // 4
    W, b = np.empty((rows, width)), np.empty(width)
    for to, letter in enumerate(["i", "f", "g", "q"]):
        source = order.find(letter)
        for unit in range(H):
            W[:, to * H + unit] = kernel[:, source * H + unit]
            b[to * H + unit] = bias[source * H + unit] + extra * (letter == "f")
    return {"b": b, "W_h": W[rows - H :], "W_x": W[: rows - H]}


def step_by_rows(x, h, c, w, m):
    new_h, new_c = h.copy(), c.copy()
    H = h.shape[1]
    for row in range(len(m)):
        if m[row] == 0:
            continue
        a = x[row] @ w["W_x"] + h[row] @ w["W_h"] + w["b"]
        gate = 1 / (1 + np.exp(-a))
        new_c[row] = gate[H : 2 * H] * c[row]
        new_c[row] += gate[:H] * np.tanh(a[2 * H : 3 * H])
        new_h[row] = gate[3 * H :] * np.tanh(new_c[row])
    return [new_h, new_c]


def step_with_einsum(x, h, c, w, m):
    alive = m > 0.5
    a = np.einsum("bd,dk->bk", x[alive], w["W_x"])
    a = a + np.einsum("bh,hk->bk", h[alive], w["W_h"]) + w["b"]
    i, f, g, q = a.reshape(len(a), 4, -1).transpose(1, 0, 2)
    low = np.exp(-np.logaddexp(0, -np.stack([i, f, q])))
    cell = low[1] * c[alive] + low[0] * np.tanh(g)
    out = np.array(h), np.array(c)
    out[0][alive], out[1][alive] = low[2] * np.tanh(cell), cell
    return out


def step_in_float32(x, h, c, w, m):
    x = np.where(m[:, None] == 1, x, 0).astype(np.float32)
    a = x @ w["W_x"].astype(np.float32) + h.astype(np.float32) @ w["W_h"] + w["b"]
    a = a.astype(np.float32)
    H = h.shape[1]
    s = (1 + np.tanh(a / 2)) / 2
    new = s[:, H : 2 * H] * c + s[:, :H] * np.tanh(a[:, 2 * H : 3 * H])
    keep = np.broadcast_to(m[:, None] == 0, h.shape)
    shown = s[:, 3 * H :] * np.tanh(new)
    shown[keep], new[keep] = h[keep], c[keep]
    return shown, new


# --- 11.2 -----------------------------------------------------------------------------


def back_by_complex_step(dh, dc, tape, w):
    """The derivative of sum(dh h) + sum(dc c), a very small imaginary change each."""
    names = ("W_x", "W_h", "b", "v_i", "v_f", "v_q", "x", "h_prev", "c_prev")
    at = {n: w[n] if n in w else tape[n] for n in names}
    if not all(np.all(np.abs(tape[n] - 0.5) < 0.5) for n in "ifq"):
        return given_back(dh, dc, tape, w)

    def value(v):
        a = v["x"] @ v["W_x"] + v["h_prev"] @ v["W_h"] + v["b"]
        i, f, g, q = np.split(a, 4, axis=1)
        i = 1 / (1 + np.exp(-i - v["v_i"] * v["c_prev"]))
        f = 1 / (1 + np.exp(-f - v["v_f"] * v["c_prev"]))
        c = f * v["c_prev"] + i * np.tanh(g)
        q = 1 / (1 + np.exp(-q - v["v_q"] * c))
        return np.sum(dh * q * np.tanh(c)) + np.sum(dc * c)

    def given_one(name):
        out = np.zeros(at[name].shape)
        for place in np.ndindex(out.shape):
            moved = at[name].astype(complex)
            moved[place] += 1e-30j
            out[place] = value({**at, name: moved}).imag / 1e-30
        return out

    return {name: given_one(name) for name in names}


def given_back(dh, dc, tape, w):
    """Unit by unit, row by row."""
    B, H = dh.shape
    a = np.zeros((B, 4 * H))
    at_old = np.zeros((B, H))
    pieces = {"v_i": np.zeros(H), "v_f": np.zeros(H), "v_q": np.zeros(H)}
    for row in range(B):
        for u in range(H):
            i, f, g, q, c = (float(tape[k][row, u]) for k in ("i", "f", "g", "q", "c"))
            old, shown = float(tape["c_prev"][row, u]), math.tanh(c)
            e_q = dh[row, u] * shown * q * (1 - q)
            whole = dc[row, u] + dh[row, u] * q / math.cosh(min(abs(c), 300)) ** 2
            whole += e_q * w["v_q"][u]
            e_i, e_f = whole * g * (i - i * i), whole * old * (f - f * f)
            a[row, u::H] = e_i, e_f, whole * i * (1 - g) * (1 + g), e_q
            at_old[row, u] = whole * f + e_i * w["v_i"][u] + e_f * w["v_f"][u]
            pieces["v_i"][u] += e_i * old
            pieces["v_f"][u] += e_f * old
            pieces["v_q"][u] += e_q * c
    grads = {
        "W_x": np.einsum("bd,bk->dk", tape["x"], a),
        "W_h": np.einsum("bd,bk->dk", tape["h_prev"], a),
        "b": np.einsum("bk->k", a),
        "x": np.einsum("bk,dk->bd", a, w["W_x"]),
        "h_prev": np.einsum("bk,dk->bd", a, w["W_h"]),
        "c_prev": at_old,
    }
    return {**grads, **pieces}


def back_by_blocks(dh, dc, tape, w):
    T = tape
    s = {k: T[k] * (1 - T[k]) for k in "ifq"}
    shown = np.tanh(T["c"])
    E = {"q": dh * shown * s["q"]}
    whole = dc + dh * T["q"] - dh * T["h"] * shown + E["q"] * w["v_q"]
    E["i"], E["f"] = whole * T["g"] * s["i"], whole * T["c_prev"] * s["f"]
    E["g"] = whole * T["i"] - whole * T["i"] * T["g"] ** 2
    H = dh.shape[1]
    out = {k: np.zeros_like(v) for k, v in w.items()}
    out |= {k: np.zeros_like(T[k]) for k in ("x", "h_prev")}
    for k, name in enumerate("ifgq"):
        block = slice(k * H, k * H + H)
        out["W_x"][:, block] = T["x"].T @ E[name]
        out["W_h"][:, block] = (E[name].T @ T["h_prev"]).T
        out["b"][block] = np.ones(len(dh)) @ E[name]
        out["x"] += E[name] @ w["W_x"][:, block].T
        out["h_prev"] += E[name] @ w["W_h"][:, block].T
    out["c_prev"] = whole * T["f"]
    for name in "if":
        out["c_prev"] = out["c_prev"] + E[name] * w["v_" + name]
        out["v_" + name] = np.sum(E[name] * T["c_prev"], 0)
    out["v_q"] = np.diag(E["q"].T @ T["c"])
    return out


def back_in_float32(dh, dc, tape, w):
    x, h, old, i, f, g, q, c = (
        tape[k].astype("f") for k in ("x", "h_prev", "c_prev", "i", "f", "g", "q", "c")
    )
    w = {k: v.astype("f") for k, v in w.items()}
    dh, dc = dh.astype("f"), dc.astype("f")
    s = np.tanh(c)
    eq = dh * s * (q - q * q)
    whole = dc + dh * q * (1 - s) * (1 + s) + w["v_q"] * eq
    ei, ef = (g * i - g * i * i) * whole, (f - f * f) * whole * old
    a = np.hstack([ei, ef, whole * i * (1 - g * g), eq])
    mats = np.vstack([w["W_x"], w["W_h"]]), np.hstack([x, h])
    below, grad = a @ mats[0].T, mats[1].T @ a
    D = x.shape[1]
    out = {"x": below[:, :D], "h_prev": below[:, D:], "W_x": grad[:D], "W_h": grad[D:]}
    out["b"], out["v_q"] = a.sum(0), np.einsum("bh,bh->h", eq, c)
    out["v_i"], out["v_f"] = (old * ei).sum(0), (old * ef).sum(0)
    out["c_prev"] = whole * f + ei * w["v_i"] + ef * w["v_f"]
    return out


# --- 11.3 -----------------------------------------------------------------------------


def gru_one_convention(x, h0, w, blocks, reset, update):
    """By way of one cell's parameters, in float32."""
    H = h0.shape[1]
    order = [blocks.index(k) for k in "rzn"]
    pick = np.concatenate([np.arange(H) + k * H for k in order])
    W, U, b, u = (
        w[k][..., pick].astype(np.float32) for k in ("W_x", "W_h", "b_x", "b_h")
    )
    sign = 1.0 if update == "writes" else -1.0
    h, all_h = h0.astype(np.float32), [h0.astype(np.float32)]
    for t in range(len(x)):
        left, right = x[t].astype(np.float32) @ W + b, h @ U + u
        r = 0.5 + 0.5 * np.tanh((left + right)[:, :H] / 2)
        move = 0.5 + 0.5 * np.tanh(sign * (left + right)[:, H : 2 * H] / 2)
        if reset == "before":
            past = (r * h) @ U[:, 2 * H :] + u[2 * H :]
        else:
            past = r * right[:, 2 * H :]
        h = h + move * (np.tanh(left[:, 2 * H :] + past) - h)
        all_h.append(h)
    return np.array(all_h)


def gru_row_by_row(x, h0, w, blocks, reset, update):
    T, B, _ = x.shape
    H = h0.shape[1]
    h = np.zeros((T + 1, B, H))
    h[0] = h0

    def block(array, k):
        return array[..., k * H : (k + 1) * H]

    kr, kz = (0, 1) if blocks == "rzn" else (1, 0)
    for t in range(T):
        for row in range(B):
            old = h[t, row]
            r, z = (
                1
                / (
                    1
                    + np.exp(
                        -x[t, row] @ block(w["W_x"], k)
                        - old @ block(w["W_h"], k)
                        - block(w["b_x"], k)
                        - block(w["b_h"], k)
                    )
                )
                for k in (kr, kz)
            )
            seen = old if reset == "after" else r * old
            inner = seen @ block(w["W_h"], 2) + block(w["b_h"], 2)
            inner = inner * (r if reset == "after" else 1)
            n = np.tanh(x[t, row] @ block(w["W_x"], 2) + block(w["b_x"], 2) + inner)
            share = z if update == "keeps" else 1 - z
            h[t + 1, row] = share * old + (1 - share) * n
    return h


def which_step_by_step(x, h, w):
    """Every step in turn, from the state that the cell itself has come to."""
    out = []
    for a in ("rzn", "zrn"):
        for b in ("after", "before"):
            for c in ("keeps", "writes"):
                state, fits = h[0], True
                for t in range(len(x)):
                    state = gru(x[t : t + 1], state, w, a, b, c)[1]  # noqa: F821
                    fits = fits and np.allclose(state, h[t + 1], rtol=0, atol=1e-3)
                if fits:
                    out.append((a, b, c))
    return out


def which_sorted(x, h, w):
    cells = itertools.product(  # noqa: F821
        ("writes", "keeps"), ("zrn", "rzn"), ("before", "after")
    )
    found = []
    for update, blocks, reset in cells:
        states = gru(x, h[0], w, blocks, reset, update)  # noqa: F821
        if np.max(abs(states - h)) <= 0.003:
            found.append([blocks, reset, update])
    return sorted(found)


def to_ours_by_index(w, blocks, update):
    H = w["b_x"].size // 3
    index = np.arange(3 * H)
    if blocks == "zrn":
        index = np.concatenate([index[H : 2 * H], index[:H], index[2 * H :]])
    sign = np.ones(3 * H)
    if update == "writes":
        sign[H : 2 * H] = -1
    return {name: np.take(array, index, -1) * sign for name, array in w.items()}


def to_ours_in_place_of_copies(w, blocks, update):
    out = {}
    for name in ("b_h", "b_x", "W_h", "W_x"):
        first, second, n = np.split(w[name].copy(), 3, axis=-1)
        r, z = (first, second) if blocks[0] == "r" else (second, first)
        if update != "keeps":
            z *= -1
        out[name] = np.concatenate((r, z, n), axis=-1)
    return out


def one_bias_by_blocks(w, reset):
    r, z, n = np.split(w["b_h"], 3)
    to = np.concatenate([r, z, n if reset == "before" else 0 * n])
    rest = np.concatenate([0 * r, 0 * z, n if reset == "after" else 0 * n])
    return {"W_x": w["W_x"], "W_h": w["W_h"], "b_x": w["b_x"] + to, "b_h": rest}


def one_bias_with_a_copy(w, reset):
    out = {name: np.copy(array) for name, array in w.items()}
    stop = {"after": -(len(w["b_x"]) // 3), "before": None}[reset]
    out["b_x"][:stop] += w["b_h"][:stop]
    out["b_h"][:stop] -= w["b_h"][:stop]
    return out


# --- 11.4 -----------------------------------------------------------------------------


def bias_by_expm1(share, T):
    return -math.log(math.expm1(-math.log(share) / T))


def bias_by_log1p(share, T):
    rate = -math.log(share) / T
    if rate < 1e-5:
        return -math.log(rate) - math.log1p(rate / 2)
    f = math.exp(-rate)
    return -rate - (math.log1p(-f) if f < 0.5 else math.log(1 - f))


def bias_by_bisection(share, T):
    low, high = -2000.0, 2000.0
    for _ in range(200):
        middle = (low + high) / 2
        log_f = -np.logaddexp(0, -middle)
        low, high = (middle, high) if T * log_f < np.log(share) else (low, middle)
    return np.array(middle)


def set_half_each(state, name, b):
    out = {}
    for key, array in state.items():
        array = array.copy()
        if key.startswith(name + ".bias_"):
            back = key.endswith("_reverse")
            layer = int(key.split("_l")[1].removesuffix("_reverse"))
            H = array.size // 4
            array[H : H * 2] = b[layer, int(back)] / 2
        out[key] = array
    return out


def set_by_difference(state, name, b):
    out = dict(state)
    N, S = b.shape
    for layer in range(N):
        for end in ["", "_reverse"][:S]:
            one, two = (f"{name}.bias_{k}_l{layer}{end}" for k in ("ih", "hh"))
            H = len(out[one]) // 4
            new = np.array(out[two])
            new[H : 2 * H] = b[layer, len(end) // 8] - out[one][H : 2 * H]
            out[two] = new
    return out


def set_with_lists(state, name, b):
    out = {k: np.array(v.tolist()) for k, v in state.items()}
    for i, row in enumerate(b.tolist()):
        for end, value in zip(("", "_reverse"), row, strict=False):
            for part, share in (("ih", 0.0), ("hh", value)):
                bias = out[f"{name}.bias_{part}_l{i}{end}"].reshape(4, -1)
                bias[1] = share
    return out


def left_by_softplus(state, name, T):
    keys = [k for k in state if k.startswith(name + ".bias_ih_l")]
    N = len([k for k in keys if not k.endswith("_reverse")])
    S = len(keys) // N
    H = len(state[keys[0]]) // 4
    out = np.empty((N, S, H))
    for layer in range(N):
        for d in range(S):
            end = f"_l{layer}" + ["", "_reverse"][d]
            b = sum(state[f"{name}.bias_{p}{end}"] for p in ("ih", "hh"))
            for u in range(H):
                x = -b[H + u]
                log = x + math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x))
                out[layer, d, u] = math.exp(-T * log)
    return out


def left_as_lists(state, name, T):
    out = []
    for layer in range(len(state)):
        row = []
        for end in ("", "_reverse"):
            key = f"{name}.bias_ih_l{layer}{end}"
            if key in state:
                b = state[key] + state[key.replace("bias_ih", "bias_hh")]
                b = b.reshape(4, -1)[1].clip(-700, None)
                row.append(np.exp(-T * np.log1p(np.exp(-b))).tolist())
        if row:
            out.append(row)
    return np.array(out)


# --- 11.5 -----------------------------------------------------------------------------


def count_by_shapes(cell, D, H, layers, directions, biases, P):
    G = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    R = P if P else H
    shapes = []
    for layer in range(layers):
        for _ in range(directions):
            shapes.append((G * H, D if layer == 0 else R * directions))
            shapes.append((G * H, R))
            shapes += [(G * H, 1)] * biases
            if P:
                shapes.append((P, H))
    return sum(math.prod(shape) for shape in shapes)


def count_in_closed_form(cell, D, H, layers, directions, biases, P):
    G = ("rnn", "", "gru", "lstm").index(cell) + 1
    S, R = directions, P or H
    first = G * H * (D + R + biases) + P * H
    above = G * H * (S * R + R + biases) + P * H
    return S * first + (layers - 1) * S * above


def widest_by_bisection(cell, budget, D, layers, directions, biases):
    low, high = 0, budget + 1
    while high > low + 1:
        H = (low + high) // 2
        fits = count(cell, D, H, layers, directions, biases, 0) <= budget  # noqa: F821
        low, high = (H, high) if fits else (low, H)
    return low


def widest_by_the_formula(cell, budget, D, layers, directions, biases):
    G = {"rnn": 1, "gru": 3, "lstm": 4}[cell] * directions
    a = G * (1 + (layers - 1) * (directions + 1))
    b = G * (D + layers * biases)
    H = (math.isqrt(b * b + 4 * a * budget) - b) // (2 * a)
    return H


def read_by_counting(shapes):
    H = shapes["weight_hr_l0"][1] if "weight_hr_l0" in shapes else None
    rows, R = shapes["weight_hh_l0"]
    H = H or R
    ends = {key.split("_l")[-1] for key in shapes}
    layers = len({end.split("_")[0] for end in ends})
    return (
        ["rnn", None, "gru", "lstm"][rows // H - 1],
        shapes["weight_ih_l0"][-1],
        H,
        layers,
        len(ends) // layers,
        sum(key.startswith("bias") for key in shapes) // len(ends),
        R if R != H else 0,
    )


def read_from_the_last(shapes):
    names = sorted(key for key in shapes if key.startswith("weight_ih"))
    S = 1 + any("reverse" in key for key in names)
    P, H = shapes.get("weight_hr_l0", [0, shapes["weight_hh_l0"][1]])
    kinds = {H: "rnn", 3 * H: "gru", 4 * H: "lstm"}
    cell = kinds[shapes["weight_ih_l0"][0]]
    D, one = shapes["weight_ih_l0"][1], "bias_ih_l0" in shapes
    return [cell, D, H, len(names) // S, S, one + ("bias_hh_l0" in shapes), P]


# --- 11.6 -----------------------------------------------------------------------------


def events_by_columns(i, f, q, c):
    old, new = c[:-1], c[1:]
    rows = np.stack([new - f * old, old - f * old, f * old, q * np.tanh(new)], 1)
    return [
        "".join(letter for letter, there in zip("WEKR", row, strict=True) if there)
        for row in (np.abs(rows) >= 0.5).tolist()
    ]


def events_with_the_candidate(i, f, q, c):
    """The candidate first, where the input gate is open at all."""
    out = []
    for t in range(len(f)):
        g = (c[t + 1] - f[t] * c[t]) / i[t] if i[t] > 0 else 0.0
        word = ""
        word += "W" * int(abs(g) * i[t] > 0.5 - 1e-9)
        word += "E" * int(abs((1 - f[t]) * c[t]) > 0.5 - 1e-9)
        word += "K" * int(abs(f[t] * c[t]) > 0.5 - 1e-9)
        word += "R" * int(abs(q[t] * np.tanh(c[t + 1])) > 0.5 - 1e-9)
        out.append(word)
    return tuple(out)


def parts_forward(f, c):
    """All parts are multiplied by each gate in turn."""
    found = np.zeros(len(c))
    found[0] = c[0]
    for t in range(1, len(c)):
        found[:t] *= f[t - 1]
        found[t] = c[t] - f[t - 1] * c[t - 1]
    return found


def parts_by_products(f, c):
    T = len(f)
    out = [c[0] * np.prod(f)]
    for k in range(1, T + 1):
        out.append((c[k] - f[k - 1] * c[k - 1]) * np.prod(f[k:]))
    return out


def source_by_a_loop(f, c):
    best, step = -1.0, None
    for k, size in enumerate(np.abs(parts(f, c))):  # noqa: F821
        if size >= best:
            best, step = size, k
    return step


def source_by_max(f, c):
    p = parts(f, c)  # noqa: F821
    return max(range(len(c)), key=lambda k: (abs(p[k]), k))


def culprit_by_products(f, k, t):
    lost = [np.prod(f[k : j - 1]) * (1 - f[j - 1]) for j in range(k + 1, t + 1)]
    return k + 1 + lost.index(max(lost)) if lost and max(lost) > 0 else None


def culprit_by_differences(f, k, t):
    there = np.append(1.0, np.cumprod(f[k:t]))
    if there[-1] == 1:
        return None
    return k + 1 + int(np.argmax(-np.diff(there)))


# --- what every chapter's questions must pass -----------------------------------------

REWRITES = {
    "11.1": [
        {"convert": convert_by_split, "lstm_step": step_by_rows},
        {"convert": convert_by_loops, "lstm_step": step_with_einsum},
        {"lstm_step": step_in_float32},
    ],
    "11.2": [given_back, back_by_blocks, back_in_float32],
    "11.3": [
        {"gru": gru_one_convention, "which": which_step_by_step},
        {
            "gru": gru_row_by_row,
            "to_ours": to_ours_by_index,
            "one_bias": one_bias_by_blocks,
        },
        {
            "which": which_sorted,
            "to_ours": to_ours_in_place_of_copies,
            "one_bias": one_bias_with_a_copy,
        },
    ],
    "11.4": [
        {
            "forget_bias": bias_by_expm1,
            "set_forget": set_half_each,
            "left": left_by_softplus,
        },
        {"forget_bias": bias_by_log1p, "set_forget": set_by_difference},
        {
            "forget_bias": bias_by_bisection,
            "set_forget": set_with_lists,
            "left": left_as_lists,
        },
    ],
    "11.5": [
        {"count": count_by_shapes, "widest": widest_by_bisection},
        {"count": count_in_closed_form, "read": read_by_counting},
        {"widest": widest_by_the_formula, "read": read_from_the_last},
    ],
    "11.6": [
        {"events": events_by_columns, "parts": parts_forward},
        {"parts": parts_by_products, "source": source_by_a_loop},
        {
            "events": events_with_the_candidate,
            "source": source_by_max,
            "culprit": culprit_by_products,
        },
        {"culprit": culprit_by_differences},
    ],
}
LEFT = {
    "11.1": {
        "the order turned round": 3,
        "order ignored": 3,
        "bias not moved": 3,
        "state's matrix not moved": 3,
        "extra left out": 4,
        "extra in the stranger's second block": 4,
        "extra in the old place": 4,
        "extra for all gates": 4,
        "extra subtracted": 4,
        "state's rows first": 3,
        "unit by unit": 3,
        "g and q exchanged": 2,
        "i and f exchanged": 2,
        "tanh on the gates": 2,
        "sigma on the candidate": 2,
        "h without tanh": 2,
        "h from the old cell": 2,
        "new cell from h": 2,
        "1 - f for i": 2,
        "forget gate turned round": 2,
        "no bias": 2,
        "overflow": 3,
        "mask ignored": 4,
        "mask multiplied": 4,
        "ended set to zero": 4,
        "mask on c alone": 4,
        "mask on h alone": 4,
        "mask turned round": 2,
        "padding as zeros": 4,
    },
    "11.2": {
        "tanh of tanh": 0,
        "slope from h": 0,
        "error from the next cell": 0,
        "way by h missing": 0,
        "shown as it is": 0,
        "q left out": 0,
        "dc through the output": 0,
        "the output gate looks": 3,
        "the output gate looks at the old cell": 3,
        "c for tanh(c)": 0,
        "new cell for the old in df": 0,
        "brackets missing": 0,
        "no slopes of the gates": 0,
        "slope of the candidate from g": 2,
        "slopes of the gates from the gates": 0,
        "candidate as a gate": 2,
        "order of the blocks": 2,
        "nothing forgotten": 3,
        "the carousel alone": 3,
        "peepholes not back": 4,
        "old cell at v_q": 4,
        "new cell at v_i and v_f": 4,
        "mean over the batch": 1,
        "mean in the bias": 3,
        "new state at W_h": 3,
    },
    "11.3": {
        "resets exchanged": 2,
        "always after": 3,
        "always before": 3,
        "updates exchanged": 2,
        "always keeps": 2,
        "always writes": 2,
        "always r first": 2,
        "always z first": 2,
        "biases merged": 3,
        "bias inside the reset": 3,
        "reset of the input": 2,
        "no reset": 2,
        "reset on x": 2,
        "sigma on the candidate": 2,
        "1 - r": 2,
        "without the start": 2,
        "from zero": 2,
        "the first that fits": 5,
        "one step alone": 5,
        "exact comparison": 4,
        "started at zero": 4,
        "the closest": 5,
        "first sequence alone": 5,
        "another order of the triples": 5,
        "blocks left": 5,
        "always negated": 5,
        "never negated": 5,
        "matrices alone": 5,
        "1 - the parameters": 5,
        "second block negated": 5,
        "candidate negated": 5,
        "all biases merged": 5,
        "two biases merged": 5,
        "merged for the other reset": 5,
        "counted twice": 5,
        "thrown away": 5,
    },
    "11.4": {
        "one step": 3,
        "losses added": 3,
        "the share lost": 3,
        "the gate itself": 3,
        "sign": 3,
        "log T": 3,
        "log (T - 1)": 3,
        "time constant T": 3,
        "half-life": 3,
        "for long lags": 3,
        "digits lost": 4,
        "one step more": 3,
        "both biases": 3,
        "first quarter": 3,
        "third quarter": 3,
        "last quarter": 3,
        "first layer alone": 4,
        "forward alone": 4,
        "same for both directions": 4,
        "same for all": 4,
        "one of two": 3,
        "added": 3,
        "whole bias": 3,
        "others cleared": 3,
        "other modules too": 4,
        "last digit": 4,
        "left by the mean": 4,
        "left after one step": 4,
        "gates rounded to 1": 4,
        "bias_ih alone": 4,
        "T times": 4,
        "left of the first quarter": 4,
        "left of the third quarter": 4,
        "left forward": 4,
        "what is lost": 4,
        "two gates": 4,
    },
    "11.5": {
        "one bias": 1,
        "always two biases": 1,
        "a bias a unit": 1,
        "upper layers read one direction": 2,
        "upper layers read D": 2,
        "upper layers read H": 4,
        "one direction": 2,
        "directions that read each other": 2,
        "one layer": 2,
        "no projection": 4,
        "no matrix of the projection": 4,
        "projection at the end": 4,
        "projection with biases": 4,
        "projection for each block": 4,
        "GRU with two blocks": 2,
        "LSTM with three blocks": 1,
        "no recurrent matrix": 1,
        "the closest": 4,
        "less than the budget": 4,
        "at least the budget": 4,
        "squares alone": 4,
        "at least one unit": 4,
        "one layer's width": 4,
        "budget shared out": 4,
        "one direction's width": 4,
        "units of both directions": 4,
        "divided by the blocks": 4,
        "divided by the root": 4,
        "blocks in widths of the state": 4,
        "state for width": 4,
        "rows for width": 4,
        "directions as layers": 4,
        "one digit": 4,
        "inputs of the last layer": 4,
        "bias or none": 4,
        "biases taken for granted": 4,
        "projection not seen": 4,
        "projection everywhere": 4,
    },
    "11.6": {
        "an open input gate": 3,
        "a closed forget gate": 3,
        "an open forget gate": 3,
        "an open output gate": 3,
        "gates alone": 3,
        "change of the cell": 3,
        "no absolute values": 3,
        "more than one half": 4,
        "the new cell erased": 3,
        "the new cell kept": 3,
        "read without tanh": 3,
        "the old cell read": 3,
        "kept or erased": 3,
        "one letter": 3,
        "its own gate too": 3,
        "last gate left out": 4,
        "changes": 3,
        "changes, followed": 3,
        "not followed": 3,
        "whole cells": 3,
        "start is nothing": 3,
        "start left out": 3,
        "a quotient of products": 3,
        "by logarithms": 3,
        "gates before the step": 3,
        "shares": 3,  # 0 / 0 is no source
        "absolute parts": 4,
        "the earliest": 4,
        "largest with its sign": 4,
        "most written": 4,
        "largest cell": 4,
        "largest change": 4,
        "not the start": 4,
        "counted from nought": 4,
        "in the direction of c": 4,
        "the least gate": 4,
        "the least gate of all": 4,
        "its own step": 4,
        "up to t - 1": 4,
        "culprit counted from nought": 4,
        "steps after k": 4,
        "never None": 4,
        "None without steps alone": 4,
        "the latest": 4,
        "below one half": 4,
        "to the end": 4,
    },
}
EQUIVALENT = {
    "11.1": {
        "convert, line 5, term dropped: len(kernel) - H -> -H": (
            "the last H rows of D + H are those from row D on"
        ),
    },
    "11.3": {
        "which, line 9, operands swapped: states - h -> h - states": (
            "the absolute value follows"
        ),
    },
    "11.4": {
        "left, line 5, range shifted: range(len(state)) -> range(len(state) + 1)": (
            "one more number is tried, for which there is no layer"
        ),
        "left, line 5, range shifted: range(len(state)) -> range(len(state) - 1)": (
            "a layer has four arrays, so its number is below a quarter of their count"
        ),
        "left, line 12, constant changed: 1 -> 2": (
            "in reshape any negative number stands for the length left over"
        ),
    },
    "11.5": {
        "widest, line 5, range shifted: range(40, -1, -1) -> range(41, -1, -1)": (
            "one more binary digit in front, which is never used"
        ),
        "widest, line 5, range shifted: range(40, -1, -1) -> range(39, -1, -1)": (
            "a budget of 10^15 has room for fewer than 2^25 units"
        ),
        "read, line 7, range shifted: range(len(shapes)) -> range(len(shapes) + 1)": (
            "one more number is tried, for which there is no layer"
        ),
        "read, line 7, range shifted: range(len(shapes)) -> range(len(shapes) - 1)": (
            "a layer has two arrays at least, so its number is below half their count"
        ),
    },
    "11.6": {
        "events, line 6, operands swapped: 1 - f[t - 1] -> f[t - 1] - 1": (
            "amounts are compared in absolute value"
        ),
        "events, line 8, operands swapped: c[t] - kept -> kept - c[t]": (
            "amounts are compared in absolute value"
        ),
        "culprit, line 4, constant changed: 1.0 -> 2.0": (
            "all losses are doubled, and the largest stays the largest"
        ),
    },
}
NOTHING = {
    "11.1": (
        '{"W_x": np.full((len(kernel) - len(bias) // 4, len(bias)), FILL),'
        ' "W_h": np.full((len(bias) // 4, len(bias)), FILL), "b": bias * FILL}',
        "(h * FILL, c * FILL)",
    ),
    "11.2": (
        "{k: FILL * v for k, v in"
        " {**w, **{n: tape[n] for n in ('x', 'h_prev', 'c_prev')}}.items()}",
    ),
    "11.3": (
        "np.full((len(x) + 1, *h0.shape), FILL)",
        "[['rzn', 'after', 'keeps']] * int(FILL == 1)",
        "{k: v * FILL for k, v in w.items()}",
        "{k: v * FILL for k, v in w.items()}",
    ),
    "11.4": (
        "FILL",
        "{k: v * FILL for k, v in state.items()}",
        "np.full((len(state), 1, 1), FILL)",
    ),
    "11.5": ("FILL", "FILL", "['lstm', 1, 1, 1, 1, 2, 0]"),
    "11.6": ("['W'] * len(f)", "c * FILL", "int(FILL == 1)", "k + int(FILL == 1)"),
}


class TestStandard(SlipTests):
    BENCH = BENCH
    MODULES: ClassVar = MODULES
    POINTS: ClassVar = {
        "11.1": 5,
        "11.2": 6,
        "11.3": 6,
        "11.4": 5,
        "11.5": 5,
        "11.6": 5,
    }
    LEFT: ClassVar = LEFT
    REWRITES: ClassVar = REWRITES
    NOTHING: ClassVar = NOTHING
    EQUIVALENT: ClassVar = EQUIVALENT


# --- the references are what the task says, by other roads ----------------------------


def test_lstm_step_is_pytorchs():
    torch = pytest.importorskip("torch")
    x, h, c, w = q1._situation(np.random.default_rng(1), 4, 3, 2)
    cell = torch.nn.LSTMCell(3, 2, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih[:] = torch.tensor(w["W_x"].T)
        cell.weight_hh[:] = torch.tensor(w["W_h"].T)
        cell.bias_ih[:] = torch.tensor(w["b"])
        cell.bias_hh[:] = 0
        want = cell(torch.tensor(x), (torch.tensor(h), torch.tensor(c)))
    got = q1.lstm_step(x, h, c, w, np.ones(4))
    assert np.allclose(got[0], want[0]) and np.allclose(got[1], want[1])


def test_convert_gives_the_strangers_states():
    """The stranger's own step, written with its own order and its own addition."""
    rng = np.random.default_rng(2)
    for kernel, bias, order, extra in q1._with_extra(rng):
        H = len(bias) // 4
        x, h, c = (rng.standard_normal((3, n)) for n in (len(kernel) - H, H, H))
        a = dict(
            zip(order, np.split(np.hstack([x, h]) @ kernel + bias, 4, 1), strict=True)
        )
        s = {k: 1 / (1 + np.exp(-v - extra * (k == "f"))) for k, v in a.items()}
        new = s["f"] * c + s["i"] * np.tanh(a["g"])
        got = q1.lstm_step(x, h, c, q1.convert(kernel, bias, order, extra), np.ones(3))
        assert np.allclose(got[1], new)
        assert np.allclose(got[0], s["q"] * np.tanh(new))


def test_lstm_back_is_the_derivative():
    rng = np.random.default_rng(3)
    for args in (*q2._plain(rng), *q2._peeping(rng)):
        assert equal(q2.lstm_back(*args), back_by_complex_step(*args))
    assert all(np.isfinite(v).all() for v in q2.lstm_back(*q2._saturated(rng)).values())


def test_gru_is_pytorchs():
    torch = pytest.importorskip("torch")
    x, h0, w = q3._network(np.random.default_rng(4), 5, 3, 2, 4)
    module = torch.nn.GRU(2, 4, dtype=torch.float64)
    with torch.no_grad():
        for part, mine in (("ih", "x"), ("hh", "h")):
            getattr(module, f"weight_{part}_l0")[:] = torch.tensor(w[f"W_{mine}"].T)
            getattr(module, f"bias_{part}_l0")[:] = torch.tensor(w[f"b_{mine}"])
        want = module(torch.tensor(x), torch.tensor(h0[None]))[0]
    assert np.allclose(q3.gru(x, h0, w, "rzn", "after", "keeps")[1:], want)


def test_no_trace_is_close_to_another_cell():
    """What does not fit is off by more than 0.01, as the task says."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        for x, h, w in (*q3._traces(rng), *q3._ambiguous(rng)):
            off = [np.abs(q3.gru(x, h[0], w, *n) - h).max() for n in q3.CELLS]
            assert not any(9e-4 < d < 0.01 for d in off), (seed, off)
            fits = [list(n) for n, d in zip(q3.CELLS, off, strict=True) if d < 9e-4]
            assert fits == q3.which(x, h, w)


def test_a_drift_is_seen_only_from_the_start():
    for seed in range(6):
        x, h, w = q3._drifting(np.random.default_rng(seed))
        ours = "rzn", "after", "keeps"
        each = [q3.gru(x[t : t + 1], h[t], w, *ours)[1] for t in range(len(x))]
        assert np.abs(np.array(each) - h[1:]).max() < 9e-4
        assert q3.which(x, h, w) == []


def test_ambiguous_traces_are():
    found = [len(q3.which(*a)) for a in q3._ambiguous(np.random.default_rng(5))]
    assert found == [2, 2, 2, 2, 0, 1, 1, 0, 0, 1]


def test_conversions_keep_the_states():
    rng = np.random.default_rng(6)
    for blocks, reset, update in q3.CELLS:
        x, h0, w = q3._network(rng, 4, 3, 2, 3)
        states = q3.gru(x, h0, w, blocks, reset, update)
        ours = q3.to_ours(w, blocks, update)
        assert np.allclose(q3.gru(x, h0, ours, "rzn", reset, "keeps"), states)
        merged = q3.one_bias(ours, reset)
        assert np.allclose(q3.gru(x, h0, merged, "rzn", reset, "keeps"), states)
        assert np.any(merged["b_h"]) == (reset == "after")


def test_forget_bias_leaves_the_share():
    for share, T in ((0.3, 1), (0.5, 7), (0.9, 1000), (1e-9, 20)):
        f = 1 / (1 + math.exp(-q4.forget_bias(share, T)))
        assert f**T == pytest.approx(share, rel=1e-9)
        state = {f"a.bias_{k}_l0": np.zeros(4) for k in ("ih", "hh")}
        done = q4.set_forget(state, "a", np.array([[q4.forget_bias(share, T)]]))
        assert q4.left(done, "a", T)[0, 0, 0] == pytest.approx(share)


def test_forget_bias_has_its_digits():
    from fractions import Fraction

    for T in (10**9, 10**15):
        b = q4.forget_bias(0.5, T)
        lost = Fraction(math.exp(-b)) / (1 + Fraction(math.exp(-b)))  # 1 - f, nearly
        assert float(lost * T) == pytest.approx(math.log(2), rel=1e-8)


def test_models_are_named_as_pytorch_names_them():
    torch = pytest.importorskip("torch")
    state = q4._model(np.random.default_rng(7), "rnn", 2, 2, 3, others=False)
    module = torch.nn.LSTM(2, 3, 2, bidirectional=True)
    want = {f"rnn.{k}": tuple(v.shape) for k, v in module.state_dict().items()}
    assert {k: v.shape for k, v in state.items()} == want


def test_counts_are_pytorchs():
    torch = pytest.importorskip("torch")
    kinds = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
    rng = np.random.default_rng(8)
    for args in (*q5._deep(rng), *q5._projected(rng)):
        cell, D, H, layers, directions, _, P = args
        for biases in (0, 2):
            module = kinds[cell](
                D,
                H,
                layers,
                bias=biases > 0,
                bidirectional=directions == 2,
                **({"proj_size": P} if P else {}),
            )
            args = cell, D, H, layers, directions, biases, P
            assert q5.count(*args) == sum(p.numel() for p in module.parameters())
            shapes = {k: list(p.shape) for k, p in module.named_parameters()}
            assert shapes == q5._shapes(*args)
            assert q5.read(shapes) == list(args)


def test_one_three_four():
    kinds = [q5.count(cell, 7, 9, 2, 2, 2, 0) for cell in q5.CELLS]
    assert [n / kinds[0] for n in kinds] == [1, 3, 4]


def test_widest_is_the_last_that_fits():
    rng = np.random.default_rng(9)
    for args in (*q5._budgets(rng), *q5._budget_edges(rng)):
        H = q5.widest(*args)
        cell, budget, *shape = args
        sizes = [q5.count(cell, shape[0], n, *shape[1:], 0) for n in (H, H + 1)]
        assert (H == 0 or sizes[0] <= budget) and sizes[1] > budget


def test_parts_add_up():
    rng = np.random.default_rng(10)
    for f, c in (*q6._cells(rng), *q6._sources(rng)):
        p = q6.parts(f, c)
        assert np.isclose(p.sum(), c[-1])
        moved = c.copy()  # the same steps, with twice as much written at step 1
        moved[0] *= 2
        for t in range(len(f)):
            moved[t + 1] = f[t] * moved[t] + (c[t + 1] - f[t] * c[t])
        assert np.isclose(moved[-1] - c[-1], p[0])


def test_no_part_of_a_generic_trace_is_close_to_the_largest():
    for seed in range(20):
        for f, c in q6._sources(np.random.default_rng(seed)):
            size = np.sort(np.abs(q6.parts(f, c)))
            assert size[-1] == size[-2] or size[-1] - size[-2] > 1e-7


def test_events_are_never_decided_by_rounding():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for i, f, q, c in (*q6._clear(rng), *q6._equal(rng)):
            amounts = np.abs(np.array(q6._amounts(f, q, c)))
            off = np.abs(amounts - 0.5)
            assert np.all((off[:3] == 0) | (off[:3] > 1e-7))
            assert np.all(off[3] > 1e-4)
            assert np.all(amounts[0] <= i + 1e-12)  # the candidate is at most 1
            assert np.all((i >= 0) & (i <= 1) & (f >= 0) & (f <= 1) & (q <= 1))


# --- what the checks say --------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "change", "told"),
    [
        ("11.1", "def convert(*args):\n    return args", "expected a dict"),
        ("11.1", "def convert(*args):\n    return {'W_x': 1}", "there is no 'W_h'"),
        ("11.1", "def lstm_step(x, h, c, w, m):\n    return h", "expected 2 values"),
        (
            "11.1",
            "first = lstm_step\ndef lstm_step(x, h, c, w, m):\n"
            "    found = first(x, h, c, w, m)\n    c *= 2\n    return found",
            "changed its arguments",
        ),
        ("11.2", "def lstm_back(dh, dc, tape, w):\n    return dict(w)", "no 'x'"),
        (
            "11.2",
            "def lstm_back(dh, dc, tape, w):\n"
            "    names = ('x', 'h_prev', 'c_prev')\n"
            "    return {**w, **{n: tape[n].T for n in names}}",
            "the order of the axes",
        ),
        ("11.3", "def gru(x, h0, *rest):\n    return h0", "the shape is"),
        ("11.3", "def which(x, h, w):\n    return None", "None (is a `return`"),
        ("11.3", "def one_bias(w, reset):\n    return w", "differs"),
        ("11.4", "def forget_bias(share, T):\n    return None", "expected a number"),
        ("11.4", "def set_forget(state, name, b):\n    return {}", "the keys are not"),
        (
            "11.4",
            "def set_forget(state, name, b):\n    return {**state}",
            "plus the other bias is not b",
        ),
        (
            "11.4",
            "first = set_forget\ndef set_forget(state, name, b):\n"
            "    found = first(state, name, b)\n"
            "    for k in state:\n        state[k] = found[k]\n    return found",
            "changed its arguments",
        ),
        ("11.4", "def left(state, name, T):\n    return 1.0", "the shape is ()"),
        ("11.5", "def count(*args):\n    return 1.5", "expected"),
        ("11.5", "def read(shapes):\n    return ['lstm']", "expected 7 values"),
        (
            "11.5",
            "def read(shapes):\n    return [1, 2, 3, 4, 5, 6, 7]",
            "expected 'rnn'",
        ),
        ("11.6", "def events(i, f, q, c):\n    return 'W'", "values, got"),
        ("11.6", "def parts(f, c):\n    return c[1:]", "the shape is"),
        ("11.6", "def source(f, c):\n    return None", "expected a number"),
        (
            "11.6",
            "first = culprit\ndef culprit(*args):\n    return first(*args) or 0",
            "expected None",
        ),
        (
            "11.6",
            "first = culprit\ndef culprit(f, k, t):\n"
            "    return None if t > 6 else first(f, k, t)",
            "the step or None: got None, expected",
        ),
        (
            "11.2",
            "first = lstm_back\ndef lstm_back(dh, dc, tape, w):\n"
            "    q, t, h = tape['q'], np.tanh(tape['c']), tape['h']\n"
            "    return first(dh, dc + dh * q * (t**2 - h**2), tape, w)",
            "1 - h^2",
        ),
    ],
)
def test_messages(number, change, told):
    _, text = BENCH.feedback(by_id[number], change)
    assert told in text, text


def which_if(fits):
    """An answer that compares with `fits`, of the differences d and the triple n."""
    return f"""
def which(x, h, w):
    found = []
    for blocks in ("rzn", "zrn"):
        for reset in ("after", "before"):
            for update in ("keeps", "writes"):
                n = [blocks, reset, update]
                d = np.abs(gru(x, h[0], w, *n) - h)
                if {fits}:
                    found.append(n)
    return found
"""


def after(name, code):
    """An answer with code in place of a function, which can call it as `first`."""
    return f"first = {name}\n\n\n{code}"


# wrong answers that a first version of the checks gave full marks
NOT_ENOUGH = {
    "11.1": {
        "cells within 5": after(
            "lstm_step",
            "def lstm_step(x, h, c, w, m):\n"
            "    new_h, new_c = first(x, h, c, w, m)\n"
            "    return new_h, np.clip(new_c, -5, 5)",
        ),
    },
    "11.3": {
        fits: which_if(fits)
        for fits in (
            "d.mean() <= 1e-3",
            "np.sqrt((d * d).mean()) <= 1e-3",
            "d[:6].max() <= 1e-3",
            "d[-1].max() <= 1e-3",
            "d[..., 0].max() <= 1e-3",
            "d[:, -1, -1].max() <= 1e-3",
            "d.max() <= 1e-6",
            "max(np.abs(gru(x[t:t + 1], h[t], w, *n)[1] - h[t + 1]).max()"
            " for t in range(len(x))) <= 1e-3",
        )
    },
    "11.4": {
        "another formula for long lags": "def forget_bias(share, T):\n"
        "    s = share ** (1 / T)\n"
        "    if T >= 10**6:\n        return np.log(-T / np.log(share))\n"
        "    return np.log(s / (1 - s))",
        "names by their end": "import re\n\n\n"
        "def set_forget(state, name, b):\n"
        "    new = {k: v.copy() for k, v in state.items()}\n"
        "    for k, v in new.items():\n"
        "        at = re.search(name + r'\\.bias_(ih|hh)_l(\\d+)(_reverse)?$', k)\n"
        "        if at and (int(at[2]), bool(at[3])) in list(np.ndindex(b.shape)):\n"
        "            value = b[int(at[2]), int(bool(at[3]))]\n"
        "            v[len(v) // 4 : len(v) // 2] = value * (at[1] == 'ih')\n"
        "    return new",
        "names by their end, read": after(
            "left",
            "def left(state, name, T):\n"
            "    found = {}\n"
            "    for k in state:\n"
            "        if name + '.' in k:\n"
            "            found.setdefault(k[k.index(name + '.'):], state[k])\n"
            "    return first(found, name, T)",
        ),
        "directions of any module": after(
            "left",
            "def left(state, name, T):\n"
            "    if any('reverse' in k for k in state):\n"
            "        state[f'{name}.bias_ih_l0_reverse']\n"
            "    return first(state, name, T)",
        ),
        "layers as they come": "def left(state, name, T):\n"
        "    keys = [k for k in state if k.startswith(name + '.bias_ih')]\n"
        "    S = 1 + any(k.endswith('reverse') for k in keys)\n"
        "    b = [state[k] + state[k.replace('_ih', '_hh')] for k in keys]\n"
        "    b = np.array([np.split(v, 4)[1] for v in b])\n"
        "    return np.exp(-T * np.logaddexp(0, -b)).reshape(-1, S, b.shape[1])",
        "biases above -10": after(
            "left",
            "def left(state, name, T):\n"
            "    found = first(state, name, T)\n"
            "    return np.maximum(found, np.exp(-T * np.logaddexp(0, 10.0)))",
        ),
    },
    "11.5": {
        "both biases or none": after(
            "read",
            "def read(shapes):\n"
            "    *found, _, P = first(shapes)\n"
            "    return [*found, 2 * any('bias' in k for k in shapes), P]",
        ),
        "the first shape that comes": after(
            "read",
            "def read(shapes):\n"
            "    found = first(shapes)\n"
            "    found[1] = next(iter(shapes.values()))[-1]\n"
            "    return found",
        ),
        "blocks by what divides": after(
            "read",
            "def read(shapes):\n"
            "    cell, D, H, *rest = first(shapes)\n"
            "    rows = shapes['weight_hh_l0'][0]\n"
            "    four = rows % 4 == 0 and rows // 4 == H\n"
            "    cell = 'lstm' if four else 'gru' if rows % 3 == 0 else 'rnn'\n"
            "    return [cell, D, H, *rest]",
        ),
        "below 30 million": after(
            "widest",
            "def widest(*args):\n    return min(first(*args), 3 * 10**7)",
        ),
        "roots": "def widest(cell, budget, D, layers, directions, biases):\n"
        "    G = {'rnn': 1, 'gru': 3, 'lstm': 4}[cell] * directions\n"
        "    a = G * (1 + (layers - 1) * (directions + 1))\n"
        "    b = G * (D + layers * biases)\n"
        "    return int(max(np.roots([a, b, -budget])))",
    },
    "11.6": {
        "the last 1,000 steps": after(
            "parts",
            "def parts(f, c):\n"
            "    found = first(f, c)\n"
            "    found[1 : max(1, len(c) - 1000)] = 0\n"
            "    return found",
        ),
        "a hundredth is nothing": after(
            "culprit",
            "def culprit(f, k, t):\n"
            "    found = first(f, k, t)\n"
            "    lost = found and np.prod(f[k : found - 1]) * (1 - f[found - 1])\n"
            "    return found if found and lost > 1e-2 else None",
        ),
        "nearly as much": "def culprit(f, k, t):\n"
        "    kept = np.append(1.0, np.cumprod(f[k:t]))\n"
        "    lost = -np.diff(kept)\n"
        "    if not lost.any():\n        return None\n"
        "    return k + 1 + int(np.flatnonzero(lost >= lost.max() - 1e-6)[0])",
        "nothing is from the start": after(
            "source",
            "def source(f, c):\n    return first(f, c) if parts(f, c).any() else 0",
        ),
        "nearly as large": "def source(f, c):\n"
        "    size = np.abs(parts(f, c))\n"
        "    return int(np.flatnonzero(size >= size.max() - 1e-3)[-1])",
        "nearly one half": "def events(i, f, q, c):\n"
        "    rows = [c[1:] - f * c[:-1], (1 - f) * c[:-1], f * c[:-1]]\n"
        "    rows = np.abs(np.stack([*rows, q * np.tanh(c[1:])], 1)) >= 0.499\n"
        "    return [''.join(np.array(list('WEKR'))[row]) for row in rows]",
        "signs of what is read": after(
            "events",
            "def events(i, f, q, c):\n"
            "    low = q * np.tanh(c[1:]) < 0\n"
            "    told = first(i, f, q, c)\n"
            "    return [s.replace('R', '') if n else s for s, n in zip(told, low)]",
        ),
    },
}


@pytest.mark.parametrize("number", NOT_ENOUGH)
def test_nearly_right_is_not_enough(number):
    wrong = [Mutant(name, source) for name, source in NOT_ENOUGH[number].items()]
    assert BENCH.survivors(by_id[number], wrong) == []


def test_some_functions_of_a_question():
    """A function that is not written costs its own points only."""
    for number, name, points in (
        ("11.1", "lstm_step", 2),
        ("11.3", "to_ours", 5),
        ("11.3", "one_bias", 5),
        ("11.4", "left", 4),
        ("11.5", "read", 4),
        ("11.6", "culprit", 4),
    ):
        stub = f"def {name}(*args):\n    raise NotImplementedError\n"
        result, _ = BENCH.feedback(by_id[number], stub)
        assert result.score == points, name


# --- the text and this package say the same -------------------------------------------


def test_examples_in_the_text():
    space = BENCH.answers("11.1")
    b = np.array([1.0, 2, 3, 4])
    found = space["convert"](np.ones((2, 4)), b, "qifg", 0.5)
    assert found["b"].tolist() == [2, 3.5, 4, 1]

    one = np.ones((1, 1))
    w = {"W_x": np.zeros((1, 4)), "W_h": np.zeros((1, 4)), "b": np.zeros(4)}
    w |= {name: np.zeros(1) for name in ("v_i", "v_f", "v_q")}
    tape = q2.step(one, one, one, w)
    assert tape["c"] == 0.5 and tape["g"] == 0
    found = BENCH.answers("11.2")["lstm_back"](0 * one, one, tape, w)
    assert found["c_prev"] == 0.5 and found["b"].tolist() == [0, 0.25, 0.5, 0]

    space = BENCH.answers("11.3")
    w = {"W_x": np.array([[0.0, 0, 1]]), "W_h": np.zeros((1, 3)), "b_x": np.zeros(3)}
    w["b_h"] = np.array([0.0, 0, 2])
    x, h0 = np.zeros((1, 1, 1)), np.zeros((1, 1))
    for reset, inner in (("after", 1.0), ("before", 2.0)):
        h = space["gru"](x, h0, w, "rzn", reset, "keeps")
        assert np.isclose(h[1], np.tanh(inner) / 2)
        found = space["which"](x, h, w)
        assert len(found) == 4 and {names[1] for names in found} == {reset}

    space = BENCH.answers("11.4")
    assert abs(space["forget_bias"](0.25, 2)) < 1e-12
    state = {"a.bias_ih_l0": b, "a.bias_hh_l0": b + 4}
    found = space["set_forget"](state, "a", np.array([[3.0]]))
    assert [v.tolist() for v in found.values()] == [[1, 3, 3, 4], [5, 0, 7, 8]]
    other = {"a.bias_ih_l0": np.array([1.0, -3, 3, 4]), "a.bias_hh_l0": b + 4}
    seen = q4._sums(other, "a", 1, 1), q4._sums(found, "a", 1, 1)
    assert equal(*seen)
    assert round((1 / (1 + math.exp(-1))) ** 10, 3) == 0.044

    space = BENCH.answers("11.5")
    assert space["count"]("gru", 2, 5, 1, 1, 2, 0) == 135
    assert space["widest"]("gru", 135, 2, 1, 1, 2) == 5
    assert space["widest"]("gru", 134, 2, 1, 1, 2) == 4
    shapes = {"weight_ih_l0": [15, 2], "weight_hh_l0": [15, 5]}
    assert space["read"](shapes) == ["gru", 2, 5, 1, 1, 0, 0]

    space = BENCH.answers("11.6")
    f, c, q = np.array([0.5, 0.5]), np.array([0, 1, 0.75]), np.array([1, 0.5])
    assert space["events"](np.ones(2), f, q, c) == ["WR", "EK"]
    assert space["parts"](f, c).tolist() == [0, 0.5, 0.25]
    assert space["source"](f, c) == 1 and space["culprit"](f, 1, 2) == 2
