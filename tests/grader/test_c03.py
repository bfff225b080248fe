"""The questions of chapter 3, graded through the worker.

Rewrites are right answers in other words; they are written here as whole functions and
graded as a learner's cell would be.
"""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
from harness import Bench, arguments, blank

from unrolled.grader.checks.c03 import common, q3, q5

BENCH = Bench("03")
by_id = {q.id: q for q in BENCH.questions}


@pytest.fixture(scope="module", autouse=True)
def session():
    with BENCH:
        yield


def each_question():
    return pytest.mark.parametrize("q", BENCH.questions, ids=lambda q: q.id)


@each_question()
def test_reference(q):
    BENCH.assert_reference(q)


@each_question()
def test_blank(q):
    BENCH.assert_blank(q)


def test_half(tmp_path):
    BENCH.assert_half(tmp_path)


@each_question()
def test_misconceptions(q):
    BENCH.assert_misconceptions(q)


def test_points():
    points = {q.id: q.points for q in BENCH.questions}
    assert list(points.values()) == [2, 3, 3, 6, 4, 2]


# What a misconception leaves: a mistake in one term must not cost the others.
LEFT = {
    "03.1": {
        "softmax differentiated twice": 0,
        "divided by the number of steps": 1,
        "divided by steps and batch": 1,
        "logits taken for probabilities": 0,
        "every row loses 1 at every class in y": 0,
    },
    "03.2": {
        "missing transpose": 1,
        "tanh' of tanh": 1,
        "no hidden-to-hidden branch": 1,
        "no hidden-to-output branch": 1,
        "slope after the weight": 1,
        "slope forgotten": 1,
    },
    "03.3": {
        "both formulas of Notes E": 0,
        "pre-activation paired with its own gradient": 1,
        "state of the same step": 1,
        "input paired with the next step": 1,
        "slope applied twice in both": 0,
        "slope applied twice in dW_hh": 1,
        "slope applied twice in dW_xh": 1,
        "input of the step before": 1,
    },
    "03.4": {
        "overwrites the probabilities": 5,
        "last step skipped": 2,
        "last step treated like the others": 2,
        "bias gradients missing": 4,
        "bias gradients averaged": 4,
        "initial state taken as constant": 5,
        "stops at the first state": 5,
        "missing transpose": 2,
        "no branch from the next state": 2,
        "divided by the batch": 1,
        "gradient at a(1) as dh0": 5,
    },
    "03.5": {
        "forward difference": 1,
        "absolute error": 3,
        "x perturbed and not restored": 1,
        "differences in float32": 1,
        "weights too small to see the bug": 3,
        "sequence too short to see the bug": 3,
    },
    "03.6": {
        "factors in the wrong order": 1,
        "slope and weight exchanged": 0,
        "missing transpose": 0,
        "last factor missing": 0,
        "first factor missing": 0,
        "total instead of immediate": 1,
        "Jacobian of each link not transposed": 0,
        "product of the Jacobians not transposed": 0,
    },
}


@each_question()
def test_partial_credit(q):
    left = {m.name: BENCH.grade(q, m.wrong).score for m in q.misconceptions}
    assert left == LEFT[q.id]


# --- mutants of the reference ---------------------------------------------------------

SIZE = (
    "sizes are the learner's free choice, and the verdicts cannot change: a right "
    "candidate is right at any size, and at this one each wrong candidate still is far "
    "beyond the threshold (test_sizes_of_the_referee)"
)
SCALE = (
    "one of two nets is drawn at another scale: a right candidate is right at any "
    "scale, and for a wrong one the other net, which is unchanged, is enough"
)
SHAPE = "only the shape (B, H) is used, and all rows of h, at least two, have it"
EQUIVALENT = {
    "03.4": {
        "bptt, line 11, index shifted: h[0] -> h[1]": SHAPE,
        "bptt, line 11, index shifted: h[0] -> h[-1]": SHAPE,
    },
    "03.5": {
        "relative_error, line 11, operands swapped: a - b -> b - a": "|a-b| = |b-a|",
        "is_right, line 9, constant changed: 9 -> 10": SIZE,
        "is_right, line 9, constant changed: 2 -> 3": SIZE,
        "is_right, line 9, constant changed: 3 -> 4": SIZE,
        "is_right, line 9, constant changed: 4 -> 5": SIZE,
        "is_right, line 9, constant changed: 5 -> 6": SIZE,
        "is_right, line 7, constant changed: 1.5 -> 2.5": SCALE,
        "is_right, line 7, constant changed: 1.0 -> 2.0": SCALE,
    },
}


@each_question()
def test_mutants(q):
    BENCH.assert_mutants(q, at_least=8, equivalent=EQUIVALENT.get(q.id))


def test_sizes_of_the_referee():
    """At the sizes of the surviving mutants right and wrong stay far apart."""
    given = the_given_cell()
    for change in ({}, {"T": 10}, {"B": 3}, {"D": 4}, {"H": 5}, {"V": 6}):
        for scale in (1.0, 1.5):
            sizes = dict(T=9, B=2, D=3, H=4, V=5, scale=scale) | change
            for number in range(5):
                net = q5.random_net(np.random.default_rng(number), **sizes)
                truth = common.gradient_of(net, "W_hh")
                for letter in "abcdef":
                    found = given[f"candidate_{letter}"](net)
                    error = q5.relative_error(found, truth)
                    assert error < 1e-12 if letter in "bd" else error > 1e-4


# --- rewrites -----------------------------------------------------------------------


def logits_by_loops(scores, labels):
    T, B, V = scores.shape
    result = np.zeros((T, B, V))
    for t in range(T):
        for b in range(B):
            weights = [np.exp(s - max(scores[t, b])) for s in scores[t, b]]
            for v in range(V):
                result[t, b, v] = weights[v] / sum(weights) - (v == labels[t, b])
    return result


def logits_by_logsumexp(o, y):
    top = o.max(axis=2)
    lse = top + np.log(np.exp(o - top[:, :, np.newaxis]).sum(2))
    grad = np.exp(o - lse[:, :, np.newaxis])
    np.put_along_axis(
        grad, y[..., None], np.take_along_axis(grad, y[..., None], 2) - 1, 2
    )
    return grad


def logits_in_float32(o, y):
    o = o.astype(np.float32)
    e = np.exp(o - o.max(-1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    return p - np.eye(o.shape[-1], dtype=np.float32)[y]


def logits_flat(o, y):
    V = o.shape[-1]
    rows = o.reshape(-1, V)
    p = np.exp(rows - rows.max(axis=1)[:, None])
    p /= p.sum(axis=1)[:, None]
    p[np.arange(len(p)), y.ravel()] -= 1.0
    return p.reshape(o.shape)


def step_by_einsum(later, state, error, recurrent, readout):
    through_state = np.einsum("bj,bj,ij->bi", later, 1 - state * state, recurrent)
    return through_state + np.einsum("bv,iv->bi", error, readout)


def step_by_loops(dh_next, h_next, do_t, W_hh, W_ho):
    B, H = dh_next.shape
    dh = np.zeros((B, H))
    for b in range(B):
        for i in range(H):
            for j in range(H):
                slope = (1 - h_next[b, j]) * (1 + h_next[b, j])
                dh[b, i] += dh_next[b, j] * slope * W_hh[i, j]
            dh[b, i] += sum(do_t[b, v] * W_ho[i, v] for v in range(len(do_t[b])))
    return dh


def step_in_float32(dh_next, h_next, do_t, W_hh, W_ho):
    dh_next, h_next, do_t, W_hh, W_ho = (
        a.astype(np.float32) for a in (dh_next, h_next, do_t, W_hh, W_ho)
    )
    return (W_hh @ (dh_next * (1 - h_next**2)).T + W_ho @ do_t.T).T


def step_by_jacobians(dh_next, h_next, do_t, W_hh, W_ho):
    rows = []
    for d, h, e in zip(dh_next, h_next, do_t, strict=True):
        J = W_hh @ np.diag(1 - h**2)  # J[i, j] = d h_next[j] / d h[i]
        rows.append(J @ d + W_ho @ e)
    return np.array(rows)


def hh_by_einsum(inputs, states, pre, errors):
    return np.einsum("tbi,tbj->ij", states[:-1], errors)


def xh_by_einsum(inputs, states, pre, errors):
    return np.einsum("tbi,tbj->ij", inputs, errors)


def hh_by_one_product(x, h, a, da):
    H = da.shape[-1]
    return h[:-1].reshape(-1, H).T @ da.reshape(-1, H)


def xh_by_one_product(x, h, a, da):
    return x.reshape(-1, x.shape[-1]).T @ da.reshape(-1, da.shape[-1])


def hh_in_float32(x, h, a, da):
    grad = np.zeros((h.shape[-1],) * 2, dtype=np.float32)
    for before, error in zip(h, da, strict=False):
        for b in range(len(error)):
            grad += np.outer(before[b], error[b]).astype(np.float32)
    return grad


def xh_in_float32(x, h, a, da):
    grad = np.zeros((x.shape[-1], da.shape[-1]), dtype=np.float32)
    for t in range(len(x))[::-1]:
        grad += (da[t].T @ x[t]).T.astype(np.float32)
    return grad


def bptt_pair_by_pair(x, y, h, p, W_xh, W_hh, W_ho):
    T, _, V = p.shape
    do = p - np.eye(V)[y]
    grads = {
        "dW_hh": np.zeros_like(W_hh),
        "dW_xh": np.zeros_like(W_xh),
        "db_h": np.zeros(len(W_hh)),
        "dW_ho": sum(h[t + 1].T @ do[t] for t in range(T)),
        "db_o": do.reshape(-1, V).sum(0),
        "dh0": np.zeros_like(h[0]),
        "dx": np.zeros_like(x),
    }
    for t in range(1, T + 1):
        d = do[t - 1] @ W_ho.T
        for k in range(t, 0, -1):
            da = d * (1 - h[k] ** 2)
            grads["dW_hh"] += h[k - 1].T @ da
            grads["dW_xh"] += x[k - 1].T @ da
            grads["db_h"] += da.sum(0)
            grads["dx"][k - 1] += da @ W_xh.T
            d = da @ W_hh.T
        grads["dh0"] += d
    return grads


def bptt_sequence_by_sequence(x, y, h, p, W_xh, W_hh, W_ho):
    T, B, D = x.shape
    H, V = W_ho.shape
    out = dict(
        dW_xh=np.zeros((D, H)), dW_hh=np.zeros((H, H)), db_h=np.zeros(H),
        dW_ho=np.zeros((H, V)), db_o=np.zeros(V), dh0=np.zeros((B, H)),
        dx=np.zeros((T, B, D)),
    )  # fmt: skip
    for b in range(B):
        carried = np.zeros(H)
        for t in range(T - 1, -1, -1):
            do = p[t, b].copy()
            do[y[t, b]] -= 1
            out["dW_ho"] += np.outer(h[t + 1, b], do)
            out["db_o"] += do
            da = (W_ho @ do + carried) * (1 - h[t + 1, b] ** 2)
            out["dW_hh"] += np.outer(h[t, b], da)
            out["dW_xh"] += np.outer(x[t, b], da)
            out["db_h"] += da
            out["dx"][t, b] = W_xh @ da
            carried = W_hh @ da
        out["dh0"][b] = carried
    return out


def bptt_in_float32(x, y, h, p, W_xh, W_hh, W_ho):
    x, h, p, W_xh, W_hh, W_ho = (
        a.astype(np.float32) for a in (x, h, p, W_xh, W_hh, W_ho)
    )
    d_logits = p.copy()
    for t, b in np.ndindex(y.shape):
        d_logits[t, b, y[t, b]] -= 1
    d_state = d_logits @ W_ho.T
    d_pre = np.zeros_like(d_state)
    for t in range(len(x) - 1, -1, -1):
        if t + 1 < len(x):
            d_state[t] += d_pre[t + 1] @ W_hh.T
        d_pre[t] = d_state[t] * (1 - h[t + 1] ** 2)
    return {
        "dx": d_pre @ W_xh.T,
        "dh0": d_pre[0] @ W_hh.T,
        "db_h": d_pre.sum((0, 1)),
        "db_o": d_logits.sum((0, 1)),
        "dW_xh": np.tensordot(x, d_pre, axes=([0, 1], [0, 1])),
        "dW_hh": np.tensordot(h[:-1], d_pre, axes=([0, 1], [0, 1])),
        "dW_ho": np.tensordot(h[1:], d_logits, axes=([0, 1], [0, 1])),
    }


def bptt_forwards(x, y, h, p, W_xh, W_hh, W_ho):
    """No sweep back: the Jacobians of all states with respect to all earlier ones."""
    T, B, V = p.shape
    do = p - (np.arange(V) == y[:, :, None])
    g = do @ W_ho.T
    slope = 1 - h[1:] ** 2
    da = np.zeros_like(g)
    dh0 = np.zeros_like(h[0])
    for b in range(B):
        for k in range(T):
            J = np.diag(slope[k, b])  # d h(k+1) / d a(k+1)
            for t in range(k, T):
                da[k, b] += J @ g[t, b]
                if t + 1 < T:
                    J = J @ W_hh @ np.diag(slope[t + 1, b])
        dh0[b] = W_hh @ da[0, b]
    return {
        "dW_ho": np.einsum("tbi,tbv->iv", h[1:], do), "db_o": np.einsum("tbv->v", do),
        "dW_hh": np.einsum("tbi,tbj->ij", h[:T], da), "db_h": np.einsum("tbj->j", da),
        "dW_xh": np.einsum("tbd,tbj->dj", x, da), "dh0": dh0,
        "dx": np.einsum("tbj,dj->tbd", da, W_xh),
    }  # fmt: skip


def gradient_by_basis(f, x, eps=1e-5):
    x = np.asarray(x).astype(float)
    steps = np.eye(x.size).reshape((x.size,) + x.shape) * eps
    values = [(f(x + s) - f(x - s)) / (2 * eps) for s in steps]
    return np.array(values).reshape(x.shape)


def gradient_by_copies(f, x, eps=1e-5):
    base = np.array(x, dtype="float64")
    out = np.empty_like(base)
    for k in range(base.size):
        plus, minus = base.copy(), base.copy()
        plus.reshape(-1)[k] += eps
        minus.reshape(-1)[k] -= eps
        out.reshape(-1)[k] = 0.5 * (float(f(plus)) - float(f(minus))) / eps
    return out


def gradient_and_back(f, x, eps=1e-5):
    in_place = isinstance(x, np.ndarray) and x.dtype == np.float64
    z = x if in_place else np.array(x, dtype=np.float64)
    g = np.zeros(z.shape)
    for i in np.ndindex(*z.shape):
        old = float(z[i])
        z[i] = old + eps
        g[i] = f(z)
        z[i] = old - eps
        g[i] = (g[i] - f(z)) / (2 * eps)
        z[i] = old
    return g


def error_by_loops(a, b):
    pairs = list(zip(np.ravel(a), np.ravel(b), strict=True))
    m = max(max(abs(u), abs(v)) for u, v in pairs)
    if m == 0:
        return 0
    return max(abs(u - v) / max(abs(u), abs(v), m / 100) for u, v in pairs)


def error_stacked(a, b):
    both = np.abs(np.stack([a, b]))
    m = both.max()
    floor = 0.01 * m if m else 1.0
    return np.max(np.abs(np.subtract(a, b)) / np.maximum(both.max(0), floor))


def error_where(a, b):
    a, b = np.array(a, float), np.array(b, float)
    size = np.maximum(
        np.maximum(abs(a), abs(b)), 0.01 * max(abs(a).max(), abs(b).max())
    )
    return np.divide(abs(a - b), size, out=np.zeros_like(size), where=size > 0).max()


def referee_of_three(implementation, rng):
    errors = []
    for T in (1, 8, 12):
        net = random_net(rng, T, 3, 2, 5, 4, 1.0)  # noqa: F821
        f = lambda W, net=net: loss(dict(net, W_hh=W))  # noqa: F821, E731
        numeric = numerical_gradient(f, net["W_hh"], 1e-6)  # noqa: F821
        errors.append(relative_error(numeric, implementation(net)))  # noqa: F821
    return max(errors) < 1e-4


def referee_by_direction(candidate, rng):
    """One random direction at a time instead of one entry at a time."""
    for _ in range(5):
        net = random_net(rng, 10, 2, 3, 4, 3, 0.6)  # noqa: F821
        way = rng.standard_normal((4, 4))
        f = lambda s: loss({**net, "W_hh": net["W_hh"] + s * way})  # noqa: F821, E731, B023
        slope = (f(1e-5) - f(-1e-5)) / 2e-5
        if abs(np.sum(candidate(net) * way) - slope) > 1e-5 * max(1, abs(slope)):
            return False
    return True


def referee_by_complex_step(candidate, rng):
    net = random_net(rng, 9, 2, 3, 4, 5, 0.8)  # noqa: F821
    grad = np.zeros((4, 4))
    for i, j in np.ndindex(4, 4):
        W = net["W_hh"].astype(complex)
        W[i, j] += 1e-30j
        h, total = net["h0"].astype(complex), 0
        for x_t, y_t in zip(net["x"], net["y"], strict=True):
            h = np.tanh(x_t @ net["W_xh"] + h @ W + net["b_h"])
            o = h @ net["W_ho"] + net["b_o"]
            log_sum = np.log(np.exp(o).sum(axis=-1))
            total = total + np.sum(log_sum - o[np.arange(len(o)), y_t])
        grad[i, j] = total.imag / 1e-30
    return np.allclose(candidate(net), grad, rtol=1e-6, atol=1e-8)


def start_by_matrices(do, h, W_hh, W_ho):
    rows = []
    for t in range(1, len(h)):
        J = np.eye(len(W_hh))  # d h(t) / d h(0), in increasing order of time
        for j in range(1, t + 1):
            J = J @ W_hh @ np.diag(1 - h[j] ** 2)
        rows.append(do[t - 1] @ W_ho.T @ J.T)
    return np.sum(rows, axis=0)


def start_by_recursion(d_logits, states, recurrent, readout):
    back = np.zeros(states.shape[1])
    for error, state in zip(d_logits[::-1], states[:0:-1], strict=True):
        back = recurrent @ ((readout @ error + back) * (1 - state**2))
    return back


def start_in_float32(do, h, W_hh, W_ho):
    do, h, W_hh, W_ho = (a.astype(np.float32) for a in (do, h, W_hh, W_ho))
    links = np.einsum("ij,tj->tij", W_hh, 1 - h[1:] ** 2)
    total, J = np.zeros(len(W_hh), np.float32), np.eye(len(W_hh), dtype=np.float32)
    for link, error in zip(links, do, strict=True):
        J = J @ link
        total += J @ (W_ho @ error)
    return total


HH_XH = ("grad_W_hh", "grad_W_xh")
REWRITES = {
    "03.1": [logits_by_loops, logits_by_logsumexp, logits_in_float32, logits_flat],
    "03.2": [step_by_einsum, step_by_loops, step_in_float32, step_by_jacobians],
    "03.3": [
        dict(zip(HH_XH, pair, strict=True))
        for pair in (
            (hh_by_einsum, xh_by_einsum),
            (hh_by_one_product, xh_by_one_product),
            (hh_in_float32, xh_in_float32),
        )
    ],
    "03.4": [
        bptt_pair_by_pair,
        bptt_sequence_by_sequence,
        bptt_in_float32,
        bptt_forwards,
    ],
    "03.5": [
        {"numerical_gradient": gradient_by_basis, "relative_error": error_by_loops},
        {"numerical_gradient": gradient_by_copies, "relative_error": error_stacked},
        {"numerical_gradient": gradient_and_back, "relative_error": error_where},
        {"is_right": referee_of_three},
        {"is_right": referee_by_direction},
        {"is_right": referee_by_complex_step},
    ],
    "03.6": [start_by_matrices, start_by_recursion, start_in_float32],
}


@pytest.mark.parametrize(
    "q, variant",
    [(by_id[i], v) for i, variants in REWRITES.items() for v in variants],
    ids=lambda v: getattr(v, "id", None) or getattr(v, "__name__", None),
)
def test_rewrites(q, variant):
    BENCH.assert_equivalent(q, variant)


# --- nothing for nothing ------------------------------------------------------------


def nan_for(q):
    """Answers of the right shape, filled with NaN."""
    lines = []
    for name in q.answers:
        parameters = ", ".join(inspect.signature(q.reference[name]).parameters)
        lines.append(f"right_{name} = {name}")
        body = f"spoil(right_{name}({parameters.replace('eps', 'eps=1e-5')}))"
        lines.append(
            f"def {name}({parameters.replace('eps', 'eps=1e-5')}):\n"
            f"    return {body.replace('=1e-5', '')}"
        )
    return (
        BENCH.sources.answers[q.id]
        + "\n\ndef spoil(v):\n"
        + "    if isinstance(v, dict):\n"
        + "        return {k: spoil(w) for k, w in v.items()}\n"
        + "    return np.asarray(v) * FILL\n\n"
        + "\n".join(lines)
    )


@each_question()
@pytest.mark.parametrize("fill", ["np.nan", "0.0"])
def test_no_points_for_shapes(q, fill):
    result = BENCH.grade(q, nan_for(q).replace("FILL", fill))
    assert result.score == 0, result.messages


@pytest.mark.parametrize("verdict", [True, False])
def test_a_referee_must_look(verdict):
    q = by_id["03.5"]
    source = BENCH.sources.answers[q.id]
    source += f"\n\ndef is_right(f, rng):\n    return {verdict}\n"
    assert BENCH.grade(q, source).score == 2


def test_one_missing_entry_costs_one_point():
    q = by_id["03.4"]
    for key in ("dW_hh", "dW_xh", "db_h", "dx", "dh0", "db_o"):
        source = (
            BENCH.sources.answers[q.id]
            + "\n\nwhole = bptt\n\ndef bptt(*args):\n    result = whole(*args)\n"
            + f"    del result['{key}']\n    return result\n"
        )
        result = BENCH.grade(q, source)
        assert result.score == 5
        assert f'no key "{key}"' in " ".join(result.messages)


def test_two_mistakes_in_two_functions():
    q = by_id["03.3"]
    wrong = {
        "grad_W_hh": q3._state_of_the_same_step,
        "grad_W_xh": q3._input_with_the_next_step,
    }
    result = BENCH.grade(q, wrong)
    assert result.score == 0
    assert result.misconception.name == "state of the same step"


def test_some_functions_of_a_question():
    """Half of 3.5 has half of its points; the rest is still the stub."""
    cell = BENCH.sources.answers["03.5"]
    begin = cell.index("def is_right")
    source = cell[:begin] + blank(cell[begin:])
    result = BENCH.grade(by_id["03.5"], source)
    assert (result.score, result.points, result.unanswered) == (2, 4, False)
    cell = BENCH.sources.answers["03.3"]
    begin = cell.index("def grad_W_xh")
    result = BENCH.grade(by_id["03.3"], cell[:begin] + blank(cell[begin:]))
    assert (result.score, result.points) == (1, 3)


def test_large_logits_have_a_message():
    source = """def grad_logits(o, y):
    p = np.exp(o)
    return p / p.sum(-1, keepdims=True) - np.eye(o.shape[-1])[y]
"""
    result = BENCH.grade(by_id["03.1"], source)
    assert result.score == 1
    assert "subtract the largest logit" in " ".join(result.messages)


def test_wrong_sign_has_a_message():
    source = BENCH.sources.answers["03.1"].replace("p - truth", "truth - p")
    result = BENCH.grade(by_id["03.1"], source)
    assert result.score == 0
    assert "other sign" in " ".join(result.messages)


def feedback(number, change):
    """The messages on the reference answer with a piece of code after it."""
    result = BENCH.grade(by_id[number], BENCH.sources.answers[number] + "\n\n" + change)
    assert result.score < result.points
    return result, " ".join(result.messages)


def test_sum_and_mean_are_named_only_for_a_factor():
    hint = "The loss is a sum, not a mean."
    whole = "whole = grad_logits\n\ndef grad_logits(o, y):\n    return "
    assert hint in feedback("03.1", whole + "whole(o, y) * 3")[1]
    for wrong in ("-whole(o, y)", "whole(o, y) ** 2"):
        assert hint not in feedback("03.1", whole + wrong)[1]


def test_untouched_arrays_are_judged_alone():
    """Wrong gradients do not cost the point for leaving the arguments alone."""
    spoil = "whole = bptt\n\ndef bptt(*args):\n    g = whole(*args)\n    return "
    result, text = feedback("03.4", spoil + "g | {'dW_ho': g['dW_ho'] + 1}")
    assert result.score == 5
    assert result.lines[-1].why == "" and "trap" not in text
    result, text = feedback("03.4", spoil + "{'W' + k: v for k, v in g.items()}")
    assert result.score == 1
    assert text.count("the result has no key") == 1


@pytest.mark.parametrize(
    "body, hint",
    [
        (
            "np.abs(np.abs(a) - np.abs(b)) / np.maximum(size, 0.01 * m)",
            "subtract first, then take the magnitude",
        ),
        ("np.abs(a - b) / np.where(size > 0, size, 1)", "The floor is missing"),
        (
            "np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), 1e-300)",
            "not by their sum",
        ),
        (
            "np.sqrt(np.sum((a - b) ** 2) / max(np.sum(a**2), np.sum(b**2), 1e-300))",
            "a ratio of norms",
        ),
    ],
)
def test_relative_errors_have_hints(body, hint):
    source = (
        "def relative_error(a, b):\n"
        "    size = np.maximum(np.abs(a), np.abs(b))\n"
        "    m = np.max(size)\n"
        "    if m == 0:\n        return 0.0\n"
        f"    return float(np.max({body}))\n"
    )
    assert hint in feedback("03.5", source)[1]


REFEREE = """def is_right(implementation, rng):
    net = random_net(rng, T={T}, B={B}, D=3, H={H}, V=5, scale={scale})
    f = lambda W: loss({{**net, "W_hh": W}})
    numeric = numerical_gradient(f, net["W_hh"])
    return relative_error(implementation(net), numeric) < {threshold}
"""


@pytest.mark.parametrize(
    "change, hint",
    [
        ({"H": 1, "B": 1}, "a 1×1 matrix is its own transpose"),
        ({"threshold": 1e-13}, "below what central differences reach"),
        ({"threshold": 0.3}, "would a smaller threshold"),
    ],
)
def test_referees_have_hints(change, hint):
    usual = dict(T=9, B=2, H=4, scale=1.0, threshold=1e-5)
    text = feedback("03.5", REFEREE.format(**(usual | change)))[1]
    assert hint in text
    assert "lacks a transpose" not in text and "five steps and no" not in text


# --- the text and this package say the same -----------------------------------------


def the_given_cell():
    space = {"np": np}
    exec(BENCH.sources.given["03.5"], space)
    return space


def answers(question):
    space = dict(the_given_cell())
    exec(BENCH.sources.answers[question], space)
    return space


def test_given_cell_is_the_one_assumed():
    given = the_given_cell()
    for number in range(3):
        sizes = dict(T=4, B=2, D=3, H=3, V=5, scale=1.2)
        net = given["random_net"](np.random.default_rng(number), **sizes)
        same = q5.random_net(np.random.default_rng(number), **sizes)
        assert net.keys() == same.keys()
        assert all(np.array_equal(net[k], same[k]) for k in net)
        assert np.isclose(given["loss"](net), q5.loss(net), rtol=1e-13)
        h, _ = given["forward"](net)
        assert np.allclose(h, common.run_net(net)[1], rtol=1e-13)


@each_question()
def test_text_and_reference_agree(q):
    written = answers(q.id)
    given = the_given_cell()
    for call in q.cases(np.random.default_rng(5)):
        values = []
        for functions in (written, q.reference):
            values.append(functions[call.name](*arguments(call, given)))
        first, second = values
        if not isinstance(first, dict):
            first, second = {"": first}, {"": second}
        assert first.keys() == second.keys()
        for key in first:
            assert np.allclose(first[key], second[key], rtol=1e-12, atol=1e-13)


def test_examples_in_the_text():
    """The tiny examples of the task texts, worked by the reference answers."""
    o = np.array([[[0, np.log(3)]]])
    found = answers("03.1")["grad_logits"](o, np.array([[0]]))
    assert np.allclose(found, [[[-0.75, 0.75]]])

    found = answers("03.2")["backward_step"](
        np.array([[1.0, 2]]),
        np.array([[0, 0.5]]),
        np.array([[1.0]]),
        np.array([[1.0, 2], [0, 1]]),
        np.array([[10.0], [20]]),
    )
    assert np.allclose(found, [[14, 21.5]])

    x, h, a, da = (
        np.array(v, dtype=float).reshape(-1, 1, 1)
        for v in ([1, 2], [0.5, 0.6, 0.7], [0.69, 0.87], [10, 100])
    )
    space = answers("03.3")
    assert np.allclose(space["grad_W_hh"](x, h, a, da), 65)
    assert np.allclose(space["grad_W_xh"](x, h, a, da), 210)
    assert np.allclose(q3._activation_with_its_gradient(x, h, a, da), 93.9)
    assert np.allclose(q3._input_with_the_next_step(x, h, a, da), 100)

    found = answers("03.4")["bptt"](
        np.ones((1, 1, 1)),
        np.zeros((1, 1), dtype=int),
        np.array([-1, 0.5]).reshape(2, 1, 1),
        np.array([[[0.25, 0.75]]]),
        np.array([[4.0]]),
        np.array([[2.0]]),
        np.array([[1.0, 3]]),
    )
    want = {
        "dW_ho": [[-0.375, 0.375]],
        "db_o": [-0.75, 0.75],
        "dW_hh": [[-1.125]],
        "dW_xh": [[1.125]],
        "db_h": [1.125],
        "dh0": [[2.25]],
        "dx": [[[4.5]]],
    }
    assert found.keys() == want.keys()
    for key, value in want.items():
        assert np.array_equal(found[key], value)

    space = answers("03.5")
    x = np.array([1.0, 2.0])
    found = space["numerical_gradient"](lambda x: x[0] ** 2 + 3 * x[1], x, eps=0.1)
    assert np.allclose(found, [2, 3])
    assert np.isclose(space["relative_error"]([1, 0], [1, 1e-9]), 1e-7)
    assert np.isclose(space["relative_error"]([2e-6], [1e-6]), 0.5)
    assert space["relative_error"]([0, 0], [0, 0]) == 0

    found = answers("03.6")["dh0_formula"](
        np.array([[1.0], [10]]),
        np.array([[0.3], [0.5], [0]]),
        np.array([[2.0]]),
        np.array([[1.0]]),
    )
    assert np.allclose(found, [31.5])


def test_what_to_read_is_named():
    """Each property and misconception names a section or a label of the chapter."""
    for q in BENCH.questions:
        for item in (*q.properties, *q.misconceptions):
            assert re.match(r"§3\.\d+", item.read), item
