"""The questions of chapter 4, graded through the worker.

Rewrites are right answers in other words; they are written here as whole functions and
graded as a learner's cell would be.
"""

from __future__ import annotations

import contextlib
import re

import numpy as np
import pytest
from harness import Bench, arguments

from unrolled.grader.checks.c04 import q1, q2, q3, q4, q5
from unrolled.grader.engine import same
from unrolled.grader.question import Tensor

BENCH = Bench("04", "torch")
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
    assert list(points.values()) == [4, 5, 6, 4, 4]


# What a misconception leaves: a mistake in one term must not cost the others.
LEFT = {
    "04.1": {
        "weights not transposed": 2,
        "square weight not transposed": 2,
        "state rows taken first": 2,
        "weight_ih and weight_hh exchanged": 2,
        "one input size for all layers": 3,
        "upper layers read one direction": 3,
        "bias in both places": 2,
        "bias_hh left out": 2,
        "reverse copied from forward": 3,
        "reverse reader forgotten": 3,
        "directions taken for layers": 3,
        "layers counted from one": 2,
        "second bias dropped": 2,
        "biases averaged": 2,
        "biases summed in place": 2,
        "not transposed on the way back": 2,
        "square weight not transposed on the way back": 2,
        "input weight not transposed on the way back": 2,
        "state rows first on the way back": 2,
        "reverse copied on the way back": 3,
        "reverse forgotten on the way back": 3,
        "upper layers forgotten on the way back": 3,
    },
    "04.2": {
        "the last output alone": 3,
        "summed and not averaged": 3,
        "last link instead of all": 4,
        "one link too many": 3,
        "one link too few": 4,
        "the next output alone": 4,
        "divided by the outputs reached": 3,
        "output from the new state": 3,
        "direct path for the last input alone": 3,
        "direct path missing": 3,
        "direct path at every output": 3,
        "time reversed": 3,
        "power of each entry": 4,
        "power of each entry, from zero": 3,
        "W_hh transposed": 4,
        "matrices for columns": 3,
        "offset of the last output": 4,
        "offset summed and not averaged": 4,
        "initial state forgotten": 4,
        "hidden bias forgotten": 4,
        "all biases forgotten": 4,
        "output bias forgotten": 4,
        "hidden bias not carried on": 4,
        "hidden bias without its steps": 4,
        "offset of the new state": 4,
        "output bias divided by T": 4,
        "output bias at every step": 4,
        "series by the inverse": 4,
        "power of each entry in the offset": 4,
        "W_hh transposed in the offset": 4,
        "LogSoftmax makes it nonlinear": 4,
        "LogSoftmax makes it powerful": 3,
        "linear to the very end": 4,
        "a bag of letters": 4,
        "size replaces a nonlinearity": 4,
        "depth replaces a nonlinearity": 4,
    },
    "04.3": {
        "text combed into columns": 3,
        "text combed, targets one row below": 3,
        "adjacent windows in one batch": 3,
        "targets not shifted": 4,
        "targets rolled inside the chunk": 4,
        "targets rolled inside the strip": 4,
        "targets shifted the wrong way": 3,
        "short last chunk dropped": 5,
        "whole chunks, as in the chapter": 5,
        "batch axis first": 3,
        "last target not counted": 3,
        "a symbol lost at each border": 3,
        "a target lost at the end of each strip": 3,
        "no detach": 5,
        "reset at every chunk": 5,
        "zeros instead of the carried state": 5,
        "zeros for every chunk": 5,
        "zeros at the start": 5,
        "chunks joined": 5,
        "chunks read backwards": 5,
        "consecutive windows taken for a continued row": 5,
        "shuffled stream with carried state": 5,
        "always carried": 4,
        "never carried": 5,
        "cut taken for broken": 5,
        "combed text carried": 5,
    },
    "04.4": {
        "product replaced by a sum": 3,
        "length taken for the number of entries": 3,
        "a whole column set": 3,
        "each array clipped by itself": 3,
        "each array clipped by itself, norm of the last": 3,
        "each array clipped by itself, norms added": 3,
        "small gradients enlarged": 3,
        "clipped by value": 3,
        "norm after clipping": 3,
        "no square root": 3,
        "norms added": 3,
        "clipped in place": 3,
        "clipped to a norm of one": 3,
        "graph recorded": 3,
        "eval() taken for no_grad": 3,
        "plain eval() for no_grad": 3,
        "plain eval() beside no_grad": 3,
        "model left in evaluation mode": 3,
        "eval(), then train()": 3,
        "eval(), and the mode put back": 3,
        "model set to training mode": 3,
        "gradients left switched off": 3,
        "gradients switched on at the end": 3,
        "argmax of a single column": 3,
        "one half of a logit": 3,
        "classes along the first axis": 3,
        "classes along the second axis": 3,
        "first logit against zero": 3,
    },
    "04.5": {
        "no bias correction": 2,
        "m not corrected": 2,
        "s not corrected": 2,
        "eps inside the root": 2,
        "eps before the correction": 2,
        "eps forgotten": 2,
        "root forgotten": 2,
        "g instead of g squared": 0,  # NaN in half of the weights
        "gradient above the line": 3,
        "previous m in the step": 2,
        "previous s in the step": 2,
        "both means one step late": 2,
        "betas exchanged": 3,
        "shares exchanged": 2,
        "first step counted as zero": 2,
        "k never counted up": 3,
        "k counted for each array": 2,
        "corrected means kept": 3,
        "decay added to the gradient": 3,
        "decay added to all gradients": 3,
        "biases decay too": 3,
        "decay without the learning rate": 3,
        "new value decays": 3,
        "decay forgotten": 3,
        "uphill": 2,
        "everything in place": 3,
        "parameters changed in place": 3,
        "state changed in place": 3,
    },
}


@each_question()
def test_partial_credit(q):
    left = {m.name: BENCH.grade(q, m.wrong).score for m in q.misconceptions}
    assert left == LEFT[q.id]


# --- mutants of the reference ---------------------------------------------------------

EQUIVALENT = {
    "04.4": {
        "predict_classes, line 6, index shifted: logits[..., 0] -> logits[..., -1]": (
            "in this branch the last axis has one entry: its first is its last"
        )
    }
}


@each_question()
def test_mutants(q):
    BENCH.assert_mutants(q, at_least=8, equivalent=EQUIVALENT.get(q.id))


# --- rewrites -----------------------------------------------------------------------


def to_by_hand(stack):
    named = {}
    for i in range(len(stack)):
        for keys, tail in ((("W", "b"), ""), (("U", "u"), "_reverse")):
            if keys[0] not in stack[i]:
                continue
            joint, bias = (np.array(stack[i][key]) for key in keys)
            split = joint.shape[0] - joint.shape[1]
            top, bottom = np.split(joint, [split], axis=0)
            named["weight_ih_l" + str(i) + tail] = np.ascontiguousarray(top.T)
            named["weight_hh_l" + str(i) + tail] = np.ascontiguousarray(bottom.T)
            named["bias_ih_l" + str(i) + tail] = 0 * bias  # any split will do
            named["bias_hh_l" + str(i) + tail] = bias
    return named


def back_by_names(state):
    layers = {}
    for name in sorted(state):
        kind, _, place = name.partition("_l")
        number, _, reverse = place.partition("_")
        W, b = ("U", "u") if reverse else ("W", "b")
        layer = layers.setdefault(int(number), {})
        if kind.startswith("bias"):
            layer[b] = layer.get(b, 0) + state[name]
        elif kind == "weight_hh":  # hh before ih in the order of the alphabet
            layer[W] = state[name].T
        else:
            layer[W] = np.vstack([state[name].T, layer[W]])
    return [layers[i] for i in sorted(layers)]


def to_halves(stack):
    result = dict()
    for i, layer in enumerate(stack):
        tails = [("W", "b", "")] + ([("U", "u", "_reverse")] if "U" in layer else [])
        for W, b, tail in tails:
            H = layer[W].shape[1]
            result[f"weight_ih_l{i}{tail}"] = np.einsum("dh->hd", layer[W])[:, :-H]
            result[f"weight_hh_l{i}{tail}"] = layer[W].T[:, -H:]
            for place in ("ih", "hh"):
                result[f"bias_{place}_l{i}{tail}"] = layer[b] / 2
    return result


def back_joined_first(state):
    count = 1 + max(int(name.split("_l")[1].split("_")[0]) for name in state)
    found = []
    for i in range(count):
        layer = {}
        for W, b, tail in (("W", "b", ""), ("U", "u", "_reverse")):
            if f"bias_hh_l{i}{tail}" not in state:
                break
            layer[W] = np.hstack(
                [state[f"weight_ih_l{i}{tail}"], state[f"weight_hh_l{i}{tail}"]]
            ).T
            layer[b] = np.add(
                state[f"bias_ih_l{i}{tail}"], state[f"bias_hh_l{i}{tail}"]
            )
        found.append(layer)
    return tuple(found)


def to_lists(stack):
    state = {}
    for i, layer in enumerate(stack):
        for W in "WU":
            if W in layer:
                tail = "" if W == "W" else "_reverse"
                H, b = len(layer[W][0]), layer[W.lower().replace("w", "b")]
                columns = [list(c) for c in zip(*layer[W], strict=True)]
                state[f"weight_ih_l{i}{tail}"] = [c[:-H] for c in columns]
                state[f"weight_hh_l{i}{tail}"] = [c[-H:] for c in columns]
                state[f"bias_ih_l{i}{tail}"] = list(b)
                state[f"bias_hh_l{i}{tail}"] = [0] * H
    return state


def matrices_by_impulse(T, W_xh, W_hh, W_xo, W_ho):
    """Run the network on a single 1 in each place."""
    D, V = W_xo.shape
    M = np.zeros((T, D, V))
    for k in range(T):
        for i in range(D):
            h = np.zeros(len(W_hh))
            for t in range(T):
                x = np.eye(D)[i] * (t == k)
                M[k, i] += (x @ W_xo + h @ W_ho) / T
                h = x @ W_xh + h @ W_hh
    return M


def matrices_by_powers(T, W_xh, W_hh, W_xo, W_ho):
    power = np.linalg.matrix_power
    found = []
    for k in range(1, T + 1):
        total = np.zeros_like(W_hh)
        for j in range(T - k):
            total += power(W_hh, j)
        found.append((W_xo + W_xh @ total @ W_ho) / T)
    return found


def matrices_in_float32(T, W_xh, W_hh, W_xo, W_ho):
    W_xh, W_hh, W_xo, W_ho = (a.astype(np.float32) for a in (W_xh, W_hh, W_xo, W_ho))
    M = [W_xo]
    back = W_ho
    for _ in range(T - 1):  # from the output backwards
        M.insert(0, M[0] + W_xh @ back)
        back = W_hh @ back
    return np.stack(M) / np.float32(T)


def offset_by_powers(T, h0, W_hh, b_h, W_ho, b_o):
    power = np.linalg.matrix_power
    states = [
        h0 @ power(W_hh, t) + sum((b_h @ power(W_hh, j) for j in range(t)), 0 * h0)
        for t in range(T)
    ]
    return np.mean(states, axis=0) @ W_ho + b_o


def offset_by_one_matrix(T, h0, W_hh, b_h, W_ho, b_o):
    """The bias as a weight on a state that is always 1."""
    H = len(h0)
    step = np.block([[W_hh, np.zeros((H, 1))], [b_h[None], np.ones((1, 1))]])
    h, total = np.append(h0, 1.0), np.zeros(H + 1)
    for _ in range(T):
        total += h
        h = h @ step
    return (total / T) @ np.vstack([W_ho, b_o])


def offset_in_float32(T, h0, W_hh, b_h, W_ho, b_o):
    h = h0.astype("f4")
    outputs = []
    while len(outputs) < T:
        outputs.append((h @ W_ho + b_o).astype("f4"))
        h = (h @ W_hh + b_h).astype("f4")
    return sum(outputs) / T


def claims_by_names():
    true = {"log-odds", "order"}
    false = {"log-probability", "decision", "twins", "second layer"}
    return {key: key in true for key in true | false}


def claims_as_numpy():
    keys = ["log-odds", "order", "log-probability", "decision", "twins", "second layer"]
    return dict(zip(keys, np.arange(6) < 2, strict=True))


def claims_with_a_note():
    answer = dict.fromkeys(["log-odds", "order"], True)
    answer |= dict.fromkeys(["log-probability", "decision", "twins"], False)
    answer["second layer"] = not True
    answer["a note"] = "more keys do no harm"
    return answer


def chunks_symbol_by_symbol(stream, B, T):
    n = len(stream)
    L = (n - 1) // B
    found = []
    for first in range(0, L, T):
        steps = min(T, L - first)
        x, y = np.zeros((steps, B), dtype=int), np.zeros((steps, B), dtype=int)
        for t in range(steps):
            for b in range(B):
                x[t, b] = stream[b * L + first + t]
                y[t, b] = stream[b * L + first + t + 1]
        found.append((x, y))
    return found


def chunks_by_index(text, B, T):
    L = (text.size - 1) // B
    places = np.arange(L)[:, None] + L * np.arange(B)
    cuts = np.split(places, np.arange(T, L, T))
    return [[text[at], text[at + 1]] for at in cuts]


def chunks_by_stacking(stream, B, T):
    L = (len(stream) - 1) // B
    strips = np.stack([stream[b * L : (b + 1) * L + 1] for b in range(B)], axis=1)
    found, start = [], 0
    while start < L:
        stop = min(start + T, L)
        found.append((strips[start:stop], strips[start + 1 : stop + 1]))
        start = stop
    return tuple(found)


def carry_by_new_state(chunks, read, state):
    reports = []
    for x, y in chunks:
        report, after = read(x, y, state)
        reports.append(report)
        state = State(after.values)  # noqa: F821
    return reports


def carry_recursive(chunks, read, state):
    if not chunks:
        return []
    report, state = read(*chunks[0], state.detach())
    return [report, *carry(chunks[1:], read, state)]  # noqa: F821


def carry_after(chunks, read, state):
    found = [None] * len(chunks)
    for i, pair in enumerate(chunks):
        found[i], state = read(pair[0], pair[1], state)
        state = state.detach()
    return tuple(found)


def pipelines_by_groups():
    groups = {
        "carry": ["offsets"],
        "reset": ["shuffled", "side by side", "names"],
        "broken": ["combed", "same step"],
    }
    return {key: choice for choice, keys in groups.items() for key in keys}


def pipelines_with_capitals():
    return {
        "shuffled": "Reset",
        "side by side": " reset ",
        "offsets": "CARRY",
        "names": "reset",
        "combed": "broken",
        "same step": "broken",
        "a note": "more keys do no harm",
    }


def pipelines_filled_in():
    answer = dict.fromkeys(["shuffled", "side by side", "names"], "reset")
    answer.update(dict.fromkeys(["combed", "same step"], "broken"), offsets="carry")
    return answer


def hot_by_comparison(ids, V):
    return (ids[..., None] == np.arange(V)).astype(np.float64)


def hot_by_identity(ids, V):
    return np.eye(V)[ids]


def hot_by_loop(ids, V):
    x = np.zeros((*ids.shape, V))
    for place in np.ndindex(*ids.shape):
        x[place][ids[place]] = 1
    return x


def clip_by_one_vector(grads, limit):
    norm = np.linalg.norm(np.concatenate([np.ravel(g) for g in grads]))
    return [g if norm <= limit else g * (limit / norm) for g in grads], norm


def clip_in_float32(grads, limit):
    small = [g.astype(np.float32) for g in grads]
    norm = float(np.sqrt(sum(float(np.vdot(g, g)) for g in small)))
    share = min(1.0, limit / norm)
    return tuple(np.float32(share) * g for g in small), norm


def clip_by_torch(grads, limit):
    import torch

    parts = [torch.tensor(g) for g in grads]
    norm = torch.cat([p.flatten() for p in parts]).norm()
    return [p * torch.clamp(limit / norm, max=1.0) for p in parts], norm


def evaluate_with_a_switch(model, criterion, x, y):
    with torch.set_grad_enabled(False):  # noqa: F821
        loss = criterion(model(x), y)
    return float(loss)


def evaluate_decorated(model, criterion, x, y):
    @torch.no_grad()  # noqa: F821
    def inner():
        return criterion(model(x), y)

    return inner().item()


def evaluate_in_inference_mode(model, criterion, x, y):
    with torch.inference_mode():  # noqa: F821
        loss = criterion(model(x), y)
    return loss.numpy()[()]


def classes_by_probability(logits):
    z = np.asarray(logits, dtype=float)
    if z.shape[-1] == 1:
        p = 1 / (1 + np.exp(-z))
        return (p > 0.5).astype("int32").reshape(z.shape[:-1])
    p = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.argmax(p / p.sum(axis=-1, keepdims=True), axis=-1)


def classes_with_a_second_logit(logits):
    z = np.asarray(logits)
    if z.shape[-1] == 1:
        z = np.concatenate([np.zeros_like(z), z], axis=-1)
    return z.argmax(-1)


def classes_row_by_row(logits):
    z = np.asarray(logits)
    result = np.zeros(z.shape[:-1], dtype=np.int64)
    for place in np.ndindex(*result.shape):
        row = list(z[place])
        result[place] = row.index(max(row)) if len(row) > 1 else int(row[0] > 0)
    return result


def adamw_shrink_first(params, grads, state, lr, beta1, beta2, eps, decay):
    k = state["k"] + 1
    m = {n: m + (1 - beta1) * (grads[n] - m) for n, m in state["m"].items()}
    s = {n: s + (1 - beta2) * (grads[n] ** 2 - s) for n, s in state["s"].items()}
    rate = lr / (1 - beta1**k)
    new = {}
    for n in params:
        kept = 1 - lr * decay if np.ndim(params[n]) >= 2 else 1
        new[n] = kept * params[n] - rate * m[n] / (
            np.sqrt(s[n]) / np.sqrt(1 - beta2**k) + eps
        )
    return new, dict(k=k, m=m, s=s)


def adamw_on_copies(params, grads, state, lr, beta1, beta2, eps, decay):
    import copy

    params, state = copy.deepcopy(params), copy.deepcopy(state)
    state["k"] += 1
    for n, w in params.items():
        m, s, g = state["m"][n], state["s"][n], grads[n]
        m *= beta1
        m += (1 - beta1) * g
        s *= beta2
        s += (1 - beta2) * np.square(g)
        step = (m / (1 - beta1 ** state["k"])) / (
            np.sqrt(s / (1 - beta2 ** state["k"])) + eps
        )
        if len(w.shape) > 1:
            w *= 1 - lr * decay
        w -= lr * step
    return [params, state]


def adamw_in_float32(params, grads, state, lr, beta1, beta2, eps, decay):
    k, new, m, s = state["k"] + 1, {}, {}, {}
    for n in params:
        w, g, a, b = (
            d[n].astype(np.float32) for d in (params, grads, state["m"], state["s"])
        )
        m[n] = np.float32(beta1) * a + np.float32(1 - beta1) * g
        s[n] = np.float32(beta2) * b + np.float32(1 - beta2) * g * g
        step = (m[n] / (1 - beta1**k)) / (np.sqrt(s[n] / (1 - beta2**k)) + eps)
        # the difference of two float32 weights has few digits left: add in float64
        new[n] = params[n] - lr * (step + (decay * w if w.ndim > 1 else 0))
    return new, {"k": np.int64(k), "m": m, "s": s}


CHUNKS = ("chunks", "carry", "pipelines")
LINEAR = ("input_matrices", "offset", "claims")
DEAD = ("one_hot", "clip_by_global_norm", "evaluate", "predict_classes")
REWRITES = {
    "04.1": [
        {"to_state": to_by_hand, "to_stack": back_by_names},
        {"to_state": to_halves, "to_stack": back_joined_first},
        {"to_state": to_lists},
    ],
    "04.2": [
        dict(zip(LINEAR, group, strict=True))
        for group in (
            (matrices_by_impulse, offset_by_powers, claims_by_names),
            (matrices_by_powers, offset_by_one_matrix, claims_as_numpy),
            (matrices_in_float32, offset_in_float32, claims_with_a_note),
        )
    ],
    "04.3": [
        dict(zip(CHUNKS, group, strict=True))
        for group in (
            (chunks_symbol_by_symbol, carry_by_new_state, pipelines_by_groups),
            (chunks_by_index, carry_after, pipelines_with_capitals),
            (chunks_by_stacking, carry_after, pipelines_filled_in),
        )
    ],
    "04.4": [
        dict(zip(DEAD, group, strict=True))
        for group in (
            (
                hot_by_comparison,
                clip_by_one_vector,
                evaluate_with_a_switch,
                classes_by_probability,
            ),
            (
                hot_by_identity,
                clip_in_float32,
                evaluate_decorated,
                classes_with_a_second_logit,
            ),
            (
                hot_by_loop,
                clip_by_torch,
                evaluate_in_inference_mode,
                classes_row_by_row,
            ),
        )
    ],
    "04.5": [adamw_shrink_first, adamw_on_copies, adamw_in_float32],
}


@pytest.mark.parametrize(
    "q, variant",
    [(by_id[i], v) for i, variants in REWRITES.items() for v in variants],
    ids=lambda v: getattr(v, "id", None) or getattr(v, "__name__", None),
)
def test_rewrites(q, variant):
    BENCH.assert_equivalent(q, variant)


def test_carry_may_call_itself():
    q = by_id["04.3"]
    source = BENCH.submission(q, {"carry": carry_recursive})
    assert BENCH.grade(q, source).score == q.points


# --- choices ------------------------------------------------------------------------


def returns(name, value):
    return f"\n\ndef {name}():\n    return {value!r}\n"


def changed(number, name, value):
    return BENCH.grade(
        by_id[number], BENCH.sources.answers[number] + returns(name, value)
    )


@pytest.mark.parametrize("key", list(q2.REFUTED))
def test_every_wrong_claim_is_refuted(key):
    """One wrong claim costs one point and shows its own reason, no other's."""
    right = q2.claims()
    result = changed("04.2", "claims", right | {key: not right[key]})
    assert result.score == 4
    text = " ".join(result.messages)
    for other, reason in q2.REFUTED.items():
        assert (reason in text) == (other == key)


PIPELINES = [(key, wrong) for key, reasons in q3.REFUTED.items() for wrong in reasons]


@pytest.mark.parametrize("key, wrong", PIPELINES)
def test_every_wrong_pipeline_is_refuted(key, wrong):
    result = changed("04.3", "pipelines", q3.pipelines() | {key: wrong})
    assert result.score == 5
    text = " ".join(result.messages)
    for other, reasons in q3.REFUTED.items():
        for choice, reason in reasons.items():
            assert (reason in text) == ((other, choice) == (key, wrong))


def test_reasons_are_complete_and_different():
    assert set(q2.REFUTED) == set(q2.claims())
    for key, right in q3.pipelines().items():
        assert set(q3.REFUTED[key]) == set(q3.CHOICES) - {right}
    reasons = [r for reasons in q3.REFUTED.values() for r in reasons.values()]
    assert len(set(reasons)) == len(reasons) == 12


def test_guessing_one_word_everywhere():
    """The same choice everywhere earns nothing, or the one group it is right for."""
    for verdict in (True, False):
        result = changed("04.2", "claims", dict.fromkeys(q2.claims(), verdict))
        assert result.score == 3
    for choice in q3.CHOICES:
        value = dict.fromkeys(q3.pipelines(), choice)
        assert changed("04.3", "pipelines", value).score == 4


@pytest.mark.parametrize(
    "number, name, value, hint",
    [
        ("04.2", "claims", q2.claims() | {"twins": "no"}, "expected True or False"),
        ("04.2", "claims", {"twins": False}, 'no key "order"'),
        ("04.2", "claims", True, "a dict with the six claims"),
        ("04.3", "pipelines", q3.pipelines() | {"names": "stop"}, "got 'stop'"),
        ("04.3", "pipelines", {"names": "reset"}, 'no key "combed"'),
        ("04.3", "pipelines", "reset", "a dict with the six pipelines"),
    ],
)
def test_choices_that_are_none(number, name, value, hint):
    result = changed(number, name, value)
    assert result.score < result.points
    assert hint in " ".join(result.messages)


# --- nothing for nothing ------------------------------------------------------------


def spoiled(q, fill):
    """Answers of the right form with NaN or zeros for every number."""
    lines = [BENCH.sources.answers[q.id], "", "def spoil(v):"]
    lines += ["    if isinstance(v, dict):"]
    lines += ["        return {k: spoil(w) for k, w in v.items()}"]
    lines += ["    if isinstance(v, (list, tuple)):"]
    lines += ["        return type(v)(spoil(w) for w in v)"]
    lines += ["    if isinstance(v, (str, bool)):", "        return ''"]
    lines += [f"    return np.asarray(v) * {fill}", ""]
    for name in q.answers:
        lines.append(f"right_{name} = {name}")
        lines.append(f"def {name}(*args):\n    return spoil(right_{name}(*args))")
    return "\n".join(lines)


@each_question()
@pytest.mark.parametrize("fill", ["np.nan", "0"])
def test_no_points_for_shapes(q, fill):
    result = BENCH.grade(q, spoiled(q, fill))
    assert result.score == 0, result.messages


def test_doing_nothing_is_not_pure():
    source = "def adamw_step(params, grads, state, *rest):\n    return params, state\n"
    assert BENCH.grade(by_id["04.5"], source).score == 0


# --- messages of the properties -----------------------------------------------------


def feedback(number, change):
    """The result and the messages on the reference answer with code after it."""
    result = BENCH.grade(by_id[number], BENCH.sources.answers[number] + "\n\n" + change)
    assert result.score < result.points
    return result, " ".join(result.messages)


WHOLE = "whole = {0}\n\ndef {0}(*args):\n    v = whole(*args)\n    {1}\n    return v\n"


@pytest.mark.parametrize(
    "number, name, body, score, hint",
    [
        ("04.1", "to_state", "v = {k: a.astype('f4') for k, a in v.items()}", 2,
         "keep them in float64"),
        ("04.1", "to_state", "v['bias'] = 0", 2, "has no entry `bias`"),
        ("04.1", "to_state", "v = list(v)", 2, "a dict of arrays, got a value of type"),
        ("04.1", "to_state", "v['weight_ih_l0'] = v['weight_ih_l0'].T", 2,
         "It looks transposed"),
        ("04.1", "to_state", "args[0][0]['b'] += 1", 2, "changed the caller's stack"),
        ("04.1", "to_stack", "v = v[0]", 2, "a list of dicts, got a value"),
        ("04.1", "to_stack", "v[0].pop('b')", 2, "it needs W, b"),
        ("04.2", "input_matrices", "v[0] += 1", 3, "M_1, which belongs to"),
        ("04.2", "offset", "v = v + args[1].sum()", 4, "only h0 is not zero"),
        ("04.2", "offset", "v = v - args[5]", 4, "no contribution from b_o"),
        ("04.3", "chunks", "v = v[:-1]", 3, "the strips have the length L ="),
        ("04.3", "chunks", "v = [x for x, y in v]", 3, "should be a pair"),
        ("04.3", "chunks", "v = [(x[:, ::-1], y) for x, y in v]", 4, "is not right"),
        ("04.3", "chunks", "v = [(x, np.roll(y, 1, 0)) for x, y in v]", 4,
         "not what follows in the text"),
        ("04.3", "carry", "v = v[:-1]", 5, "reports came out"),
        ("04.3", "carry", "v = [r['loss'] for r in v]", 5, "should be a report"),
        ("04.4", "one_hot", "v = v.astype('f4')", 3, "so the array was float64"),
        ("04.4", "one_hot", "v = v > 0", 3, "an array of dtype bool"),
        ("04.4", "clip_by_global_norm", "v = v[0]", 3, "expected a pair"),
        ("04.4", "evaluate", "v = torch.tensor(v)", 3, "`.item()` makes a number"),
        ("04.4", "evaluate", "v = v * 2", 3, "not criterion(model(x), y)"),
        ("04.4", "predict_classes", "v = v * 1.0", 3, "expected integers"),
        ("04.4", "predict_classes", "v = v[..., None]", 3, "expected"),
        ("04.5", "adamw_step", "v = v[0]", 0, "expected the pair"),
        ("04.5", "adamw_step", "v[1]['k'] += 1", 3, 'state["k"] is 2, expected 1'),
        ("04.5", "adamw_step", "args[1]['b_h'] += 1", 3, "the caller's gradients"),
    ],
)  # fmt: skip
def test_hints(number, name, body, score, hint):
    result, text = feedback(number, WHOLE.format(name, body))
    assert hint in text
    assert result.score == score


def test_a_detach_that_is_thrown_away():
    """`state.detach()` returns a state; called for its effect it has none."""
    change = "def carry(chunks, read, state):\n    reports = []\n"
    change += "    for x, y in chunks:\n        report, state = read(x, y, state)\n"
    change += "        state.detach()\n        reports.append(report)\n"
    result, _ = feedback("04.3", change + "    return reports\n")
    assert result.misconception.name == "no detach"


def test_volatile_is_still_nothing():
    change = "from torch.autograd import Variable\n\n"
    change += "def evaluate(model, criterion, x, y):\n"
    change += "    x = Variable(x, volatile=True)\n"
    change += "    return criterion(model(x), y).item()\n"
    result, text = feedback("04.4", change)
    assert result.misconception.name == "graph recorded"
    assert "today it does nothing" in text


SWITCHES = {
    "    loss = criterion(model(x), y).item()\n"
    "    torch.set_grad_enabled(False)\n    return loss\n": "are off after it",
    "    with torch.no_grad():\n        loss = criterion(model(x), y).item()\n"
    "    torch.set_grad_enabled(False)\n    return loss\n": "are off after it",
    "    with torch.no_grad():\n        loss = criterion(model(x), y).item()\n"
    "    torch.set_grad_enabled(True)\n    return loss\n": "are on after it",
    "    with torch.no_grad():\n        loss = criterion(model(x), y).item()\n"
    "    if hasattr(model, 'eval'):\n        model.eval()\n"
    "    return loss\n": "is that of its evaluation mode",
    "    with torch.no_grad():\n        loss = criterion(model(x), y).item()\n"
    "    if hasattr(model, 'eval'):\n        model.train()\n"
    "    return loss\n": "is that of its training mode",
    "    model.train()\n    with torch.no_grad():\n"
    "        return criterion(model(x), y).item()\n": "has no training mode",
    "    model.eval()\n    with torch.no_grad():\n"
    "        return criterion(model(x), y).item()\n": "has no eval()",
}


@pytest.mark.parametrize("body", SWITCHES)
def test_switches_are_left_alone(body):
    """The mode and the switch for gradients, during the call and after it."""
    change = "def evaluate(model, criterion, x, y):\n" + body
    result, text = feedback("04.4", change)
    assert result.score == 3
    assert SWITCHES[body] in text


def test_the_parent_keeps_its_switches():
    """Recognising a mistake leaves gradients and models as they were, and no name."""
    import torch

    given = the_given_cell("04.4")
    x = torch.tensor([1.0, 2.0])
    for item in by_id["04.4"].misconceptions:
        if "evaluate" in item.wrong:
            for name in ("twice", "scaled", "settled", "caller", "quiet_caller"):
                with contextlib.suppress(AttributeError, RuntimeError):
                    item.wrong["evaluate"](given[name], given["gap"], x, x)
                assert torch.is_grad_enabled()
                assert given["scaled"].training and not given["settled"].training
                assert "evaluate" not in given


def test_parts_that_do_not_fit_are_explained():
    q = by_id["04.1"]
    wrong = next(m for m in q.misconceptions if m.name.startswith("input weight"))
    text = " ".join(BENCH.grade(q, wrong.wrong).messages)
    assert "our input rows are its transpose" in text and "§4.1" in text


def test_two_mistakes_in_one_clip_are_both_told():
    change = "def clip_by_global_norm(grads, limit):\n"
    change += "    norms = [np.linalg.norm(g) for g in grads]\n"
    change += "    pairs = zip(grads, norms)\n"
    change += "    return [g * limit / max(n, limit) for g, n in pairs], max(norms)\n"
    _, text = feedback("04.4", change)
    assert "like all the others" in text and "And the norm that you return is" in text


def test_the_short_last_chunk_is_named():
    change = "whole = chunks\n\ndef chunks(stream, B, T):\n"
    change += "    return [p for p in whole(stream, B, T) if len(p[0]) == T]\n"
    _, text = feedback("04.3", change)
    assert "T does not divide L" in text


def test_the_dead_snippets_are_dead():
    """Each snippet of the text fails, or warns, with today's libraries."""
    import torch

    for name in ("product", "float", "int"):
        with pytest.raises(AttributeError):
            getattr(np, name)
    with pytest.warns(UserWarning, match="volatile was removed"):
        torch.autograd.Variable(torch.ones(2), volatile=True)
    with pytest.raises(IndexError, match="0-dim"):
        torch.tensor(2.0).data[0]


def test_torch_is_off_where_the_task_is_to_derive():
    for number in ("04.1", "04.2", "04.3", "04.5"):
        source = "import torch\n" + BENCH.sources.answers[number]
        result = BENCH.grade(by_id[number], source)
        assert result.score == 0
        assert "torch" in " ".join(result.messages)


# --- the text and this package say the same -----------------------------------------


def the_given_cell(number):
    space = {"np": np}
    exec(BENCH.sources.given.get(number, ""), space)
    return space


def answers(number):
    space = the_given_cell(number)
    exec(BENCH.sources.answers[number], space)
    return space


@each_question()
def test_text_and_reference_agree(q):
    written, given = answers(q.id), the_given_cell(q.id)
    for call in q.cases(np.random.default_rng(5)):
        if any(isinstance(a, Tensor) for a in call.args):
            continue  # evaluate: compared by test_evaluate_of_the_text
        values = [
            functions[call.name](*arguments(call, given))
            for functions in (written, q.reference)
        ]
        assert same(*values), call.name


def test_evaluate_of_the_text():
    import torch

    space = answers("04.4")
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([2.0, 3.0])
    for evaluate in (space["evaluate"], q4.evaluate):
        assert evaluate(space["twice"], space["gap"], x, y) == 0.25 * (0 + 1)
    with pytest.raises(RuntimeError, match="record a graph"):
        space["forgetful"](x)


def test_stacks_are_nn_rnn():
    """The way through nn.RNN and our own forward pass agree, whatever is drawn."""
    rng = np.random.default_rng(0)
    for size in (*q1.PLAIN, *q1.DEEP):
        stack = q1._draw_stack(rng, *size)
        x, h0 = q1._draw_data(rng, stack)
        got = q1.torch_states(q1.to_state(stack), x, h0)
        assert np.max(np.abs(got - q1.stack_states(stack, x, h0))) < 1e-13


def test_reading_in_chunks_is_reading_at_once():
    """What the exercise calls a network that reads each strip without a break."""
    given, rng = the_given_cell("04.3"), np.random.default_rng(3)
    for letter, B, T in q3.READERS:
        pairs, read, start = q3._draw_reading(rng, letter, B, T)
        read, start = given[read.name], given[start.name]
        reports = q3.carry(pairs, read, start)
        x, y = (np.concatenate(part) for part in zip(*pairs, strict=True))
        whole = read(x, y, start)[0]
        assert np.isclose(sum(r["loss"] for r in reports), whole["loss"], rtol=1e-12)
        assert [r["steps"] for r in reports] == [len(x) for x, _ in pairs]


def test_examples_in_the_text():
    """The tiny examples of the task texts, worked by the reference answers."""
    space = answers("04.1")
    W, b = np.array([[1, 2], [3, 4], [5, 6]]), np.array([7, 8])
    state = space["to_state"]([{"W": W, "b": b}])
    want = {
        "weight_ih_l0": [[1], [2]],
        "weight_hh_l0": [[3, 5], [4, 6]],
        "bias_ih_l0": [7, 8],
        "bias_hh_l0": [0, 0],
    }
    assert same({k: np.array(v) for k, v in want.items()}, state)
    back = space["to_stack"](state | {"bias_hh_l0": np.array([10, 20])})
    assert same(back, [{"W": W, "b": np.array([17, 28])}])

    space = answers("04.2")
    W_xh, W_hh, W_xo, W_ho = (np.array([[v]]) for v in (2.0, 3.0, 6.0, 3.0))
    found = space["input_matrices"](3, W_xh, W_hh, W_xo, W_ho)
    assert np.allclose(found, [[[10]], [[4]], [[2]]])
    h0, b_h, b_o = (np.array([v]) for v in (1.0, 1.0, 10.0))
    assert np.allclose(space["offset"](3, h0, W_hh, b_h, W_ho, b_o), [28])

    found = answers("04.3")["chunks"](np.arange(12), 2, 3)
    want = [
        ([[0, 5], [1, 6], [2, 7]], [[1, 6], [2, 7], [3, 8]]),
        ([[3, 8], [4, 9]], [[4, 9], [5, 10]]),
    ]
    assert same(found, [(np.array(x), np.array(y)) for x, y in want])

    space = answers("04.4")
    assert np.array_equal(space["one_hot"](np.array([2, 0]), 3), [[0, 0, 1], [1, 0, 0]])
    grads = [np.array([3.0]), np.array([[4.0]])]
    for limit, want in ((1, [0.6, 0.8]), (10, [3.0, 4.0])):
        clipped, norm = space["clip_by_global_norm"](grads, limit)
        assert np.allclose(clipped[0], [want[0]]) and np.allclose(clipped[1], want[1:])
        assert norm == 5
    classes = space["predict_classes"]
    assert classes([[1.0, 3.0, 2.0], [0.0, -1.0, -2.0]]).tolist() == [1, 0]
    assert classes([[2.0], [-3.0], [0.1]]).tolist() == [1, 0, 1]

    params = {"W": np.array([[2.0]]), "b": np.array([2.0])}
    grads = {"W": np.array([[0.5]]), "b": np.array([-0.5])}
    numbers = (0.1, 0.9, 0.99, 0.0, 0.1)
    step = answers("04.5")["adamw_step"]
    new, state = step(params, grads, q5._start(params), *numbers)
    assert np.allclose(new["W"], [[1.88]]) and np.allclose(new["b"], [2.1])
    assert state["k"] == 1
    assert np.allclose(state["m"]["W"], 0.05) and np.allclose(state["m"]["b"], -0.05)
    assert np.allclose(state["s"]["W"], 0.0025) and np.allclose(state["s"]["b"], 0.0025)


def test_l2_is_not_decoupled():
    """The decays of exercise 4.5 differ as torch.optim's Adam and AdamW do."""
    import torch

    rng = np.random.default_rng(1)
    w0, grads = rng.standard_normal((3, 2)), rng.standard_normal((4, 3, 2))
    for rule, ours in (
        (torch.optim.AdamW, q5.adamw_step),
        (torch.optim.Adam, q5._decay_in_the_gradient),
    ):
        w = torch.tensor(w0, requires_grad=True)
        theirs = rule([w], lr=0.1, weight_decay=0.3)
        params = {"W": w0}
        state = q5._start(params)
        for g in grads:
            w.grad = torch.tensor(g)
            theirs.step()
            params, state = ours(params, {"W": g}, state, 0.1, 0.9, 0.999, 1e-8, 0.3)
        assert np.allclose(params["W"], w.detach().numpy(), rtol=1e-12)


def test_twins_cannot_be_told():
    """f(aa) + f(bb) = f(ab) + f(ba) for the mean output, and ab differs from ba."""
    rng = np.random.default_rng(2)
    net = q2._draw(rng, 2, 5, 3)
    a, b = np.eye(2)
    aa, bb, ab, ba = (
        q2.mean_output(net, np.array(pair)) for pair in ((a, a), (b, b), (a, b), (b, a))
    )
    assert np.allclose(aa + bb, ab + ba, rtol=1e-12)
    assert not np.allclose(ab, ba, rtol=0.01)


def test_what_to_read_is_named():
    """Each property and misconception names a section or a label of the book."""
    for q in BENCH.questions:
        for item in (*q.properties, *q.misconceptions):
            assert re.match(r"§[234]\.\d+|the text of Exercise 4\.5", item.read), item
