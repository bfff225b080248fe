"""The questions of chapter 2, graded through the worker.

Rewrites are right answers in other words; they are written here as whole functions and
graded as a learner's cell would be.
"""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from harness import Bench, arguments, blank

from unrolled.grader.checks.c02 import common, q2, q3, q4, q5, q6

BENCH = Bench("02")
by_id = {q.id: q for q in BENCH.questions}
CODE = [q for q in BENCH.questions if q.id != "02.5"]  # 2.5 is a table of choices


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
    assert list(points.values()) == [3, 3, 4, 4, 4, 4]


# What a misconception leaves: a mistake in one term must not cost the others.
LEFT = {
    "02.1": {
        "weights ignored": 1,
        "divides by the number of steps": 1,
        "divides by T_max": 0,
        "all weights in the divisor": 1,
        "divides by the weight of the batch": 0,
        "plain mean": 0,
        "everything enters the mean": 1,
        "everything enters the sum": 1,
        "0 times NaN": 2,
        "0 times NaN in the weights alone": 2,
        "0 times NaN in the states alone": 2,
        "NaN taken for padding": 1,
        "count taken for a length": 1,
        "gaps counted as real": 1,
        "one mean for the whole batch": 0,
    },
    "02.2": {
        "index -1 of a padded output": 1,
        "index -1, empty sequences apart": 2,
        "an empty sequence wraps around": 2,
        "row after the last": 2,
        "row after the last, and an IndexError": 1,
        "row after the last, empty sequences too": 1,
        "row before the last": 2,
        "last row of the longest": 2,
        "whole rows instead of pairs": 1,
        "one-hot times NaN": 2,
        "zeros for the empty, right padding": 2,
        "left padding treated like right": 2,
        "first real row with left padding": 2,
        "empty sequences ignored, left padding": 2,
        "zeros for the empty, left padding": 2,
    },
    "02.3": {
        "time not reversed back": 2,
        "padding reversed too": 3,
        "padding reversed too, and kept": 3,
        "array flipped and not flipped back": 2,
        "weights shared": 2,
        "summed instead of joined": 1,
        "never reversed": 2,
        "backward state before reading its step": 2,
        "backward starts where forward ended": 2,
        "both start from zero": 1,
        "the backward reader starts from zero": 2,
        "both start from h0": 2,
        "halves exchanged": 1,
        "summary at the last step": 3,
        "summary from index -1": 3,
        "summary with a padded forward half": 3,
        "summary from the wrong ends": 3,
    },
    "02.4": {
        "batch_first moves h_n and c_n": 2,
        "batch_first ignored": 2,
        "an output dimension": 1,
        "classes as the last axis everywhere": 0,
        "always batch-first": 2,
        "everything batch-first": 1,
        "first axis of h_n dropped": 1,
        "directions forgotten in out": 2,
        "directions forgotten in h_n": 2,
        "directions in the features of h_n": 2,
        "directions forgotten everywhere": 1,
        "layers in out": 1,
        "layers forgotten in h_n": 1,
        "no axis for a single layer": 1,
        "projection of the cell state": 3,
        "projection of out alone": 3,
        "projection ignored": 3,
        "a batch of one": 3,
        "an RNN with a cell state": 3,
    },
    "02.5": {
        "everything in step": 0,
        "labels counted instead of answers": 3,
        "reads the answer": 3,
        "both ways wherever it is in step": 2,
        "never both ways": 3,
        "a recurrence for everything": 3,
        "aligned by force": 3,
        "reading first although aligned": 2,
    },
    "02.6": {
        "probabilities summed": 1,
        "probability, not its logarithm": 0,
        "the loss": 0,
        "mean over the steps": 1,
        "logarithm of a product": 3,
        "logarithm of a product, and a ValueError": 3,
        "looks at later inputs": 2,
        "later inputs in log_p_tags": 3,
        "later inputs in log_p_fed": 3,
        "input of the step not read in both": 2,
        "input of the step not read in log_p_tags": 3,
        "input of the step not read in log_p_fed": 3,
        "current input alone": 3,
        "conditions on its own target": 2,
        "log_p_fed conditions on its own target": 3,
        "log_p_fed is given all answers": 3,
        "independent where chained": 3,
        "the answer before alone": 3,
        "first step given the last answer": 3,
        "inputs and answers exchanged": 3,
        "a factor at every step for one class": 3,
        "class from the last input alone": 3,
        "class from the mean of the steps' chances": 3,
        "end symbol forgotten": 3,
        "caption conditions on its own symbol": 3,
        "caption conditions on its own symbol, END too": 3,
        "the symbol before alone": 3,
        "the symbol before alone, all of them for the end": 3,
        "independent symbols in a caption": 3,
        "end as if nothing were written": 3,
        "end that has read itself": 3,
        "not stopping counted twice": 3,
    },
}


@each_question()
def test_partial_credit(q):
    left = {m.name: BENCH.grade(q, m.wrong).score for m in q.misconceptions}
    assert left == LEFT[q.id]


# --- mutants of the reference ---------------------------------------------------------

ONE_ROW = "the state of a batch of one has one row, so its first row is its last"
WEIGHT_0 = "the weight there is 0, and 0 times any number is 0"
EQUIVALENT = {
    "02.1": {"masked_mean, line 9, constant changed: 0.0 -> 1.0": WEIGHT_0},
    "02.3": {
        "birnn, line 14, index shifted: h[0] -> h[-1]": ONE_ROW,
        "birnn, line 17, index shifted: g[0] -> g[-1]": ONE_ROW,
    },
}


@pytest.mark.parametrize("q", CODE, ids=lambda q: q.id)
def test_mutants(q):
    BENCH.assert_mutants(q, at_least=8, equivalent=EQUIVALENT.get(q.id))


# --- rewrites -----------------------------------------------------------------------


def mean_by_selection(out, real, weight):
    mean = np.zeros(out.shape[1:])
    for b in range(len(mean)):
        rows = real[:, b]
        w = weight[rows, b]  # the other weights are never touched
        mean[b] = w @ out[rows, b] / w.sum()
    return mean


def mean_by_average(states, kept, weights):
    return [
        np.average(states[r, b], axis=0, weights=weights[r, b])
        for b, r in enumerate(kept.T)
    ]


def mean_in_float32(out, real, weight):
    clean = np.where(real[..., None], out, 0).astype(np.float32)
    share = np.where(real, weight, 0).astype(np.float32)
    return np.einsum("tbh,tb->bh", clean, share / share.sum(axis=0))


def mean_with_where_argument(out, real, weight):
    weighted = out * weight[:, :, np.newaxis]
    total = weighted.sum(axis=0, where=real[:, :, np.newaxis])
    return total / np.sum(weight, axis=0, where=real, keepdims=True).T


def mean_by_adding(out, real, weight):
    T, B, H = out.shape
    totals = [[0.0] * H for _ in range(B)]
    for b in range(B):
        heavy = 0.0
        for t in range(T):
            if real[t, b]:
                heavy += weight[t, b]
                for i in range(H):
                    totals[b][i] += float(weight[t, b] * out[t, b, i])
        totals[b] = [v / heavy for v in totals[b]]
    return totals


def last_by_pairs(out, lengths, h0):
    picked = out[np.maximum(lengths, 1) - 1, np.arange(out.shape[1])]
    return np.where(lengths[:, None] == 0, h0, picked)


def left_by_pairs(out, lengths, h0):
    result = out[-1].copy()
    result[lengths == 0] = h0[lengths == 0]
    return result


def last_with_h0_in_front(out, lengths, h0):
    h = np.concatenate([h0[None], out])  # now row n is the state after n steps
    return h[lengths, np.arange(len(lengths))]


def left_by_loop(out, lengths, h0):
    return [out[len(out) - 1, b] if n else h0[b] for b, n in enumerate(lengths)]


def last_taken_along(out, lengths, h0):
    at = np.clip(lengths - 1, 0, None)[None, :, None]
    picked = np.take_along_axis(out, at, axis=0)[0]
    return np.array([h0[b] if lengths[b] == 0 else picked[b] for b in range(len(h0))])


def left_with_roll(out, lengths, h0):
    T = len(out)
    rows = []
    for b, n in enumerate(lengths):
        right_padded = np.roll(out[:, b], n - T, axis=0)
        rows.append(right_padded[n - 1] if n > 0 else h0[b])
    return np.stack(rows)


def last_in_float32(out, lengths, h0):
    kept = h0.astype(np.float32)
    for t in range(len(out)):
        kept = np.where((t < lengths)[:, None], out[t], kept)
    return kept.astype(np.float32)


def birnn_batched(x, lengths, forward, backward, h0, g0):
    """All sequences at once: a reader keeps its state while it is in the padding."""
    T = len(x)
    real = np.arange(T)[:, None] < lengths
    left, right = [], [None] * T
    h, g = h0, g0
    for t in range(T):
        h = np.where(real[t][:, None], forward(x[t], h), h)
        left.append(h)
    for t in range(T - 1, -1, -1):
        g = np.where(real[t][:, None], backward(x[t], g), g)
        right[t] = g
    both = np.concatenate([np.array(left), np.array(right)], axis=-1)
    return np.where(real[..., None], both, 0.0)


def birnn_reversed_within(x, lengths, forward, backward, h0, g0):
    def turned(a):
        result = np.zeros_like(a)
        for b, n in enumerate(lengths):
            result[:n, b] = a[:n, b][::-1]
        return result

    def states(step, inputs, state):
        rows = []
        for row in inputs:
            state = step(row, state)
            rows.append(state)
        return np.array(rows)

    left = states(forward, x, h0)
    right = turned(states(backward, turned(x), g0))
    out = np.concatenate([left, right], axis=2)
    for b, n in enumerate(lengths):
        out[n:, b] = 0
    return out


def birnn_in_float32(x, lengths, forward, backward, h0, g0):
    rows = []
    T = len(x)
    for b in range(x.shape[1]):
        n = int(lengths[b])
        h, g = [h0[b]], [g0[b]]
        for t in range(n):
            h.append(forward(x[t, b], h[-1]))  # single rows work as well
            g.append(backward(x[n - 1 - t, b], g[-1]))
        pair = np.hstack([h[1:], g[:0:-1]]).astype(np.float32)
        rows.append(np.vstack([pair, np.zeros((T - n, pair.shape[1]))]))
    return np.stack(rows, axis=1).astype(np.float32)


def summary_by_loop(out, lengths, H):
    return [
        [*out[n - 1, b, :H], *out[0, b, H:]] for b, n in enumerate(lengths.tolist())
    ]


def summary_where(out, lengths, H):
    last = np.take_along_axis(out, (lengths - 1)[None, :, None], axis=0)[0]
    is_forward = np.arange(out.shape[-1]) < H
    return np.where(is_forward, last, out[0])


def shapes_step_by_step(config):
    ways = 2 if config["bidirectional"] else 1
    features = config["hidden_size"]
    if config["proj_size"] > 0:
        features = config["proj_size"]
    n = config["num_layers"] * ways
    if config["B"] is None:
        out = [config["T"], ways * features]
        h, c = [n, features], [n, config["hidden_size"]]
    else:
        B = config["B"]
        out = [config["T"], B, ways * features]
        if config["batch_first"]:
            out[0], out[1] = out[1], out[0]
        h, c = [n, B, features], [n, B, config["hidden_size"]]
    result = dict(out=tuple(out), h_n=tuple(h), c_n=None)
    if config["cell"] == "LSTM":
        result["c_n"] = tuple(c)
    return result


def shapes_as_lists(config):
    d = int(config["bidirectional"]) + 1
    P = max(config["proj_size"], 0) or config["hidden_size"]
    b = [] if config["B"] is None else [config["B"]]
    first = [config["T"]] + b
    if config["batch_first"]:
        first.reverse()
    c = [d * config["num_layers"]] + b + [config["hidden_size"]]
    return {
        "out": first + [d * P],
        "h_n": c[:-1] + [P],
        "c_n": c if "LSTM" in config["cell"] else None,
    }


def shapes_by_arrays(config):
    cell, B = config.pop("cell"), config.get("B")
    d = np.where(config["bidirectional"], 2, 1)
    P = np.where(config["proj_size"] > 0, config["proj_size"], config["hidden_size"])
    h = np.array([config["num_layers"] * d, B or 0, P])
    out = np.array([config["T"], B or 0, d * P])
    c = np.array([config["num_layers"] * d, B or 0, config["hidden_size"]])
    if config["batch_first"]:
        out = out[[1, 0, 2]]
    h, out, c = ([v for v in a if v > 0] for a in (h, out, c))
    return {"c_n": c if cell == "LSTM" else None, "h_n": h, "out": np.array(out)}


def patterns_with_capitals():
    return {
        "names: invent": "Vector to sequence",
        "names: typing": " in step",  # blanks and commas do no harm
        "numbers: digits": "SEQUENCE TO SEQUENCE",
        "numbers: by three": "sequence to vector",
        "sunspots: forecast": "in step",
        "sunspots: maxima": "In step both ways",
        "digits: picture": "plain",
        "digits: scanner": "sequence to vector",
        "a note": "more keys do no harm",
    }


def patterns_by_groups():
    groups = {
        "plain": ["digits: picture"],
        "vector to sequence": ["names: invent"],
        "sequence to vector": ["numbers: by three", "digits: scanner"],
        "in step": ["names: typing", "sunspots: forecast"],
        "in step, both ways": ["sunspots: maxima"],
        "sequence to sequence": ["numbers: digits"],
    }
    return {task: name for name, tasks in groups.items() for task in tasks}


def patterns_filled_in():
    answer = dict.fromkeys(
        ["numbers: by three", "digits: scanner"], "sequence to vector"
    )
    answer["names: invent"] = "vector to sequence"
    answer["names: typing"] = answer["sunspots: forecast"] = "in step"
    answer["numbers: digits"] = "sequence to sequence"
    answer["sunspots: maxima"] = "in step, both ways"
    answer |= {"digits: picture": "plain"}
    return answer


def tags_by_sum(p, x, y):
    return sum(np.log(p(v, list(x)[: t + 1])) for t, v in enumerate(y))


def fed_by_sum(p, x, y):
    return sum(np.log(p(v, tuple(y[:t]), x[: t + 1])) for t, v in enumerate(y))


def class_by_list(p, x, y):
    return float(np.log(p(y, tuple(x))))


def caption_by_sum(p, c, y):
    return sum(np.log(p(v, y[:t], c)) for t, v in enumerate([*y, END]))  # noqa: F821


def tags_growing(p, inputs, labels):
    import math

    seen, logs = [], []
    for x_t, y_t in zip(inputs, labels, strict=True):
        seen.append(float(x_t))
        logs.append(math.log(p(y_t, seen)))
    return math.fsum(logs)


def fed_growing(p, inputs, labels):
    seen, before, total = [], [], 0
    for x_t, y_t in zip(inputs, labels, strict=True):
        seen.append(x_t)
        total -= -np.log(p(y_t, np.array(before), np.array(seen)))
        before.append(y_t)
    return np.array(total)


def class_normalised(p, x, y):
    chances = np.array([p(v, x) for v in range(3)])
    return np.log(chances / chances.sum())[y]


def caption_recursive(p, c, y):
    def rest(done, left):
        if not left:
            return np.log(p(END, done, c))  # noqa: F821
        return np.log(p(left[0], done, c)) + rest(done + left[:1], left[1:])

    return rest([], list(y))


def tags_in_float32(p, x, y):
    logs = [np.log(np.float32(p(y[t], x[: t + 1]))) for t in range(len(x))]
    return np.sum(np.array(logs, dtype=np.float32))


def fed_in_float32(p, x, y):
    return np.float32(sum(np.log(p(y[t], y[0:t], x[0 : t + 1])) for t in range(len(x))))


def class_in_float32(p, x, y):
    return np.float32(np.log(p(y, x[: len(x)])))


def caption_in_logs2(p, c, y):
    bits = np.log2([p(v, y[:t], c) for t, v in enumerate(y)] + [p(3, y, c)])
    return float(np.sum(bits) * np.log(2))


LOGS = ("log_p_tags", "log_p_fed", "log_p_class", "log_p_caption")
REWRITES = {
    "02.1": [
        mean_by_selection,
        mean_by_average,
        mean_in_float32,
        mean_with_where_argument,
        mean_by_adding,
    ],
    "02.2": [
        dict(zip(("last_state", "last_state_left"), pair, strict=True))
        for pair in (
            (last_by_pairs, left_by_pairs),
            (last_with_h0_in_front, left_by_loop),
            (last_taken_along, left_with_roll),
            (last_in_float32, left_by_loop),
        )
    ],
    "02.3": [
        birnn_batched,
        birnn_reversed_within,
        birnn_in_float32,
        {"summary": summary_by_loop},
        {"summary": summary_where},
    ],
    "02.4": [shapes_step_by_step, shapes_as_lists, shapes_by_arrays],
    "02.5": [patterns_with_capitals, patterns_by_groups, patterns_filled_in],
    "02.6": [
        dict(zip(LOGS, group, strict=True))
        for group in (
            (tags_by_sum, fed_by_sum, class_by_list, caption_by_sum),
            (tags_growing, fed_growing, class_normalised, caption_recursive),
            (tags_in_float32, fed_in_float32, class_in_float32, caption_in_logs2),
        )
    ],
}


@pytest.mark.parametrize(
    "q, variant",
    [(by_id[i], v) for i, variants in REWRITES.items() for v in variants],
    ids=lambda v: getattr(v, "id", None) or getattr(v, "__name__", None),
)
def test_rewrites(q, variant):
    BENCH.assert_equivalent(q, variant)


# --- choices ------------------------------------------------------------------------

SEPARATE = [
    (task, wrong)
    for task, right in q5.patterns().items()
    for wrong in q5.CHOICES
    if wrong != right
]


def chosen(**change):
    return f"def patterns():\n    return {q5.patterns() | change}\n"


@pytest.mark.parametrize("task, wrong", SEPARATE)
def test_every_wrong_choice_is_refuted(task, wrong):
    """One wrong choice costs its pair and shows its own reason, no other's."""
    result = BENCH.grade(by_id["02.5"], chosen(**{task: wrong}))
    assert result.score == 3
    text = " ".join(result.messages)
    for where, reasons in q5.REFUTED.items():
        for other, reason in reasons.items():
            assert (reason in text) == ((where, other) == (task, wrong))


def test_all_reasons_are_shown_together():
    """Eight wrong choices: eight reasons."""
    wrong = {task: list(reasons)[-1] for task, reasons in q5.REFUTED.items()}
    result = BENCH.grade(by_id["02.5"], chosen(**wrong))
    assert result.score == 0
    text = " ".join(result.messages)
    assert all(q5.REFUTED[task][choice] in text for task, choice in wrong.items())


def test_reasons_are_complete_and_different():
    reasons = [r for reasons in q5.REFUTED.values() for r in reasons.values()]
    assert len(reasons) == len(SEPARATE) == 40
    assert len(set(reasons)) == 40
    for task, right in q5.patterns().items():
        assert set(q5.REFUTED[task]) == set(q5.CHOICES) - {right}
    messages = [m.message for m in by_id["02.5"].misconceptions]
    assert not set(messages) & set(reasons)


@pytest.mark.parametrize(
    "change, score, hint",
    [
        ({"names: typing": "synchronous"}, 3, "got 'synchronous'"),
        ({"names: typing": 2}, 3, "a value of type int"),
        ({"digits: picture": ["plain"]}, 3, "a value of type list"),
    ],
)
def test_choices_that_are_none(change, score, hint):
    result = BENCH.grade(by_id["02.5"], chosen(**change))
    assert result.score == score
    assert hint in " ".join(result.messages)


def test_a_missing_task_costs_its_pair():
    source = chosen() + "whole = patterns\n\ndef patterns():\n    d = whole()\n"
    source += "    del d['sunspots: maxima']\n    return d\n"
    result = BENCH.grade(by_id["02.5"], source)
    assert result.score == 3
    assert 'no key "sunspots: maxima"' in " ".join(result.messages)


def test_no_dict_at_all():
    result = BENCH.grade(by_id["02.5"], "def patterns():\n    return 'in step'\n")
    assert result.score == 0
    assert "a dict with the eight tasks" in " ".join(result.messages)


# --- nothing for nothing ------------------------------------------------------------


def spoiled(q, fill):
    """Answers of the right shape, filled with NaN or zeros."""
    lines = [BENCH.sources.answers[q.id], "", "def spoil(v):"]
    lines += ["    if isinstance(v, dict):"]
    lines += ["        return {k: w and spoil(w) for k, w in v.items()}"]
    lines += [f"    return np.asarray(v) * {fill}", ""]
    for name in q.answers:
        lines.append(f"right_{name} = {name}")
        lines.append(f"def {name}(*args):\n    return spoil(right_{name}(*args))")
    return "\n".join(lines)


@pytest.mark.parametrize("q", CODE, ids=lambda q: q.id)
@pytest.mark.parametrize("fill", ["np.nan", "0"])
def test_no_points_for_shapes(q, fill):
    result = BENCH.grade(q, spoiled(q, fill))
    assert result.score == 0, result.messages


def feedback(number, change):
    """The result and the messages on the reference answer with code after it."""
    result = BENCH.grade(by_id[number], BENCH.sources.answers[number] + "\n\n" + change)
    assert result.score < result.points
    return result, " ".join(result.messages)


def test_arguments_are_left_alone():
    clear = "whole = {0}\n\ndef {0}(first, lengths, *rest):\n"
    clear += "    T = len(first)\n    beyond = np.arange(T)[:, None] >= lengths\n"
    clear += "    first[beyond] = 0\n    return whole(first, lengths, *rest)\n"
    text = feedback("02.2", clear.format("last_state"))[1]
    assert "changed its argument `out`" in text
    assert "Copy it first: `out = out.copy()`" in text
    clear_mean = "whole = masked_mean\n\ndef masked_mean(out, real, weight):\n"
    clear_mean += "    {0}[~real] = 0\n    return whole(out, real, weight)\n"
    for name in ("out", "weight"):
        result, text = feedback("02.1", clear_mean.format(name))
        assert result.score == 2
        assert f"changed its argument `{name}`" in text
    assert "changed its argument `x`" in feedback("02.3", clear.format("birnn"))[1]
    pop = "whole = log_p_caption\n\ndef log_p_caption(p, c, y):\n"
    pop += "    y.append(END)\n    return whole(p, c, y[:-1])\n"
    assert "changed one of its arguments" in feedback("02.6", pop)[1]


def test_guessing_the_padding_from_zeros():
    guess = "def masked_mean(out, real, weight):\n"
    guess += "    w = np.where((out != 0).any(-1), weight, 0)[..., None]\n"
    guess += "    return (w * out).sum(0) / w.sum(0)\n"
    result, text = feedback("02.1", guess)
    assert result.score == 1
    assert "rows are still in your sum" in text


@pytest.mark.parametrize(
    "body, score, hint, never",
    [  # answers that multiply nothing hear nothing of 0 times NaN
        ("out.mean(0)", 0, "still in your sum", "0 · NaN"),
        ("np.nanmean(out, 0)", 0, "still in your sum", "0 · NaN"),
        ("np.array([out[: n + 1, b].mean(0) for b, n in enumerate(real.sum(0))])",
         0, "still in your sum", "0 · NaN"),
        ("np.where(real[..., None], whole(out, real, weight), 0).sum(0)", 0,
         "not the weighted mean", "0 · NaN"),
        ("np.einsum('tbh,tb->bh', np.where(real[..., None], out, 0), weight * real)"
         " / (weight * real).sum(0)[:, None]", 2, "comes from `weight`", "still in"),
        ("np.einsum('tbh,tb->bh', out * real[..., None], np.where(real, weight, 0))"
         " / np.where(real, weight, 0).sum(0)[:, None]", 2, "comes from `out`",
         "still in"),
        ("whole(out, real, np.ones_like(weight))", 1, "the plain mean over time",
         "still in"),
        ("whole(out, real, weight) * np.where(real, weight, 0).sum(0)[:, None]"
         " / len(out)", 0, "the weighted sum over T", "still in"),
        ("whole(out, real, weight) * np.where(real, weight, 0).sum(0)[:, None]"
         " / weight.sum(0)[:, None]", 1, "still in your divisor", "0 · NaN"),
    ],
)  # fmt: skip
def test_means_have_hints(body, score, hint, never):
    change = "whole = masked_mean\n\ndef masked_mean(out, real, weight):\n    return "
    result = BENCH.grade(
        by_id["02.1"], BENCH.sources.answers["02.1"] + "\n\n" + change + body
    )
    assert result.score == score
    lines = " ".join(line.why for line in result.lines)
    assert hint in lines
    assert never not in lines


def test_last_states_name_the_length():
    change = "whole = last_state\n\ndef last_state(out, lengths, h0):\n"
    change += "    result = np.array(whole(out, lengths, h0))\n"
    change += "    return np.where(lengths[:, None] == 1, h0, result)\n"
    result, text = feedback("02.2", change)
    assert result.score == 2
    assert "(lengths[2] = 1)" in text


def test_padding_must_be_zero():
    keep = "whole = birnn\n\ndef birnn(x, lengths, *rest):\n"
    keep += "    out = whole(x, lengths, *rest)\n"
    keep += "    out[np.arange(len(x))[:, None] >= lengths] = {}\n    return out\n"
    for value in ("1e-3", "np.nan"):
        result, text = feedback("02.3", keep.format(value))
        assert result.score == 3
        assert "rows of padding are not all zeros" in text


def test_sizes_of_the_readers_may_differ():
    equal = "whole = birnn\n\ndef birnn(x, lengths, forward, backward, h0, g0):\n"
    equal += "    assert h0.shape == g0.shape\n"
    equal += "    return whole(x, lengths, forward, backward, h0, g0)\n"
    result, _ = feedback("02.3", equal)
    assert result.score == 3


STARTS = "whole = birnn\n\ndef birnn(x, lengths, forward, backward, h0, g0):\n    "


@pytest.mark.parametrize(
    "change, score, hint",
    [
        ("return whole(x, lengths, forward, backward, 0 * h0, g0)", 3,
         "`forward` start from zeros"),
        ("return whole(x, lengths, forward, backward, g0, g0)", 2,
         "`forward` start from g0"),
        ("return whole(x, lengths, forward, backward, h0, 0 * g0)", 2,
         "`backward` start from zeros"),
        ("return whole(x, lengths, forward, backward, h0, h0)", 2,
         "`backward` start from h0"),
        ("return whole(x, lengths, forward, backward, h0, g0 + 1)", 2,
         "first repair the line above"),
        ("return whole(x, lengths, forward, backward, h0, g0 + g0.shape[1] - "
         "h0.shape[1])", 3, "mind which of the two sizes"),
    ],
)  # fmt: skip
def test_starts_have_hints(change, score, hint):
    result = BENCH.grade(
        by_id["02.3"], BENCH.sources.answers["02.3"] + "\n\n" + STARTS + change
    )
    assert result.score == score
    lines = " ".join(line.why for line in result.lines)
    assert hint in lines
    assert "nothing of the padding" not in lines
    backward = "`backward`" in hint or "first repair" in hint
    assert ("first repair the line above" in lines) == backward


def test_padding_is_blamed_where_it_is_at_fault():
    result = BENCH.grade(by_id["02.3"], q3._padding_reversed_too)
    lines = " ".join(line.why for line in result.lines)
    assert "nothing of the padding" in lines
    assert "first repair" not in lines


@pytest.mark.parametrize(
    "change, hint",
    [  # each with a second mistake, so that no misconception names it
        ("d['out'] = (*d['out'][:-1], V)", "not the number of classes"),
        ("d['h_n'] = (*d['h_n'][:-1], V)", "not the number of classes"),
        ("d['h_n'] = (d['h_n'][0] // ways, *d['h_n'][1:-1], d['h_n'][-1] * ways)",
         "counted in its first axis"),
        ("d['h_n'] = (d['h_n'][1], d['h_n'][0], d['h_n'][2])", "whatever batch_first"),
        ("d['out'] = (d['out'][1], d['out'][0], d['out'][2])", "batch_first it is ("),
        ("d['out'] = d['out'][1:]", "the state of every step"),
        ("d['h_n'] = d['h_n'][1:]", "layers × directions, stays"),
        ("d['out'] = (*d['out'][:-1], d['out'][-1] // ways)", "side by side"),
        ("d['out'] = (*d['out'][:-1], d['out'][-1] * config['num_layers'])",
         "the top layer alone"),
        ("d['c_n'] = None", "An nn.LSTM has a cell state"),
        ("d['c_n'] = d['c_n'] and (*d['c_n'][:-1], config['proj_size'] or H)",
         "leaves the cell state as it is"),
        ("d['h_n'] = (*d['h_n'][:-1], H)", "has proj_size numbers"),
    ],
)  # fmt: skip
def test_shapes_have_hints(change, hint):
    source = "whole = shapes\n\ndef shapes(config):\n    d = whole(config)\n"
    source += "    V, H, ways = config['V'], config['hidden_size'], "
    source += "1 + config['bidirectional']\n    batched = config['B'] is not None\n"
    source += f"    if batched:\n        {change}\n"
    source += "    else:\n        d['h_n'] = (5, 6, 7, 8)\n    return d\n"
    result, _ = feedback("02.4", source)
    assert result.misconception is None
    assert hint in " ".join(line.why for line in result.lines)


@pytest.mark.parametrize(
    "name, args, call, hint",
    [
        ("log_p_fed", "p, x, y", "p(v, x[: t + 1], y[:t])", "p(v, before, seen)"),
        ("log_p_caption", "p, c, y", "p(v, c, whole[:t])", "p(v, before, c)"),
        ("log_p_caption", "p, c, y", "p(v, whole[: t + 1], c)", "END too"),
        ("log_p_caption", "p, c, y", "p(v, whole[max(t - 1, 0) : t], c)",
         "none older"),
        ("log_p_caption", "p, c, y", "p(v, whole[max(t - 2, 0) : t], c)",
         "the network's own probability gives"),
    ],
)  # fmt: skip
def test_wrong_knowledge_has_hints(name, args, call, hint):
    change = f"def {name}({args}):\n    whole = list(y)"
    change += " + [END]\n" if name == "log_p_caption" else "\n"
    change += f"    return sum(np.log({call}) for t, v in enumerate(whole))\n"
    result, _ = feedback("02.6", change)
    assert result.score == 3
    lines = " ".join(line.why for line in result.lines)
    assert hint in lines
    assert "add up to" not in lines


def test_the_symbol_before_alone_is_a_distribution():
    """What the message says: it sums to one, and it is another model."""
    p = given_cell("02.6")["p_caption"]
    c = np.array([1.2, -0.4, 0.3])  # likely to stop early

    def total(log_p, longest=6):
        return sum(
            np.exp(log_p(p, c, list(y)))
            for n in range(longest + 1)
            for y in itertools.product(range(3), repeat=n)
        )

    for log_p in (q6._caption_one_symbol, q6.log_p_caption):
        by_length = [total(log_p, n) for n in range(7)]
        left = 1 - np.array(by_length)
        assert (left > 0).all() and (np.diff(left) < 0).all()
    # a chain of one symbol: what is left after n symbols, by its transition matrix
    step = np.array([[p(v, [u], c) for v in range(3)] for u in range(3)])
    written = np.array([p(v, [], c) for v in range(3)])
    for n in range(7):
        found = 1 - total(q6._caption_one_symbol, n)
        assert np.isclose(found, written.sum(), atol=1e-12)
        written = written @ step


USUAL = {
    "log_p_tags": ("x, y", "p_tags"),
    "log_p_fed": ("x, y", "p_fed"),
    "log_p_class": ("x, y", "p_class"),
    "log_p_caption": ("c, y", "p_caption"),
}


def test_the_argument_p_is_the_network():
    source = ""
    for name, (rest, usual) in USUAL.items():
        change = f"whole_{name} = {name}\n\ndef {name}(p, {rest}):\n"
        change += f"    return whole_{name}({usual}, {rest})\n\n"
        result, text = feedback("02.6", change)
        assert result.score == 3
        assert f"the result is still that of `{usual}`" in text
        source += change
    assert feedback("02.6", source)[0].score == 0


@pytest.mark.parametrize(
    "body, hint",
    [
        ("np.exp(whole(p, x, y))", "asked for is its logarithm"),
        ("-whole(p, x, y)", "never positive"),
        ("whole(p, x, y) / np.log(2)", "Those are bits"),
        ("whole(p, x, y) / len(y)", "a mean over the factors"),
        ("sum(np.log(p(y[t], y, x)) for t in range(len(y)))", "add up to"),
        ("[whole(p, x, y)]", "expected"),
        ("None", "is a `return` missing?"),
    ],
)
def test_logarithms_have_hints(body, hint):
    change = "whole = log_p_fed\n\ndef log_p_fed(p, x, y):\n    return " + body
    result, text = feedback("02.6", change)
    assert result.score == 3
    assert hint in text


def test_products_that_vanish():
    change = "def log_p_tags(p, x, y):\n    return np.log(np.prod("
    change += "[p(y[t], x[: t + 1]) for t in range(len(y))]))\n"
    result, text = feedback("02.6", change)
    assert result.score == 3 and "too small for a float" in text
    change = change.replace("np.log", "math.log").replace("np.prod", "math.prod")
    result, again = feedback("02.6", change)
    assert result.score == 3 and "ValueError" in again
    why = [line.why for line in result.lines if line.why]
    assert len(why) == 1
    assert why[0].endswith(q6.TOO_SMALL)
    assert q6.TOO_SMALL in text


def test_two_mistakes_in_two_functions():
    q = by_id["02.2"]
    wrong = {"last_state": q2._one_before_the_last}
    wrong["last_state_left"] = q2._left_first_real
    result = BENCH.grade(q, wrong)
    assert result.score == 1
    assert result.misconception.name == "row before the last"


def test_some_functions_of_a_question():
    """A question with a stub in it keeps the points of the rest."""
    cell = BENCH.sources.answers["02.3"]
    begin = cell.index("def summary")
    result = BENCH.grade(by_id["02.3"], cell[:begin] + blank(cell[begin:]))
    assert (result.score, result.unanswered) == (3, False)
    cell = BENCH.sources.answers["02.6"]
    begin = cell.index("def log_p_class")
    result = BENCH.grade(by_id["02.6"], cell[:begin] + blank(cell[begin:]))
    assert (result.score, result.unanswered) == (2, False)


# --- the text and this package say the same -----------------------------------------


def given_cell(question):
    space = {"np": np}
    exec(BENCH.sources.given[question], space)
    return space


def answers(question):
    space = {"np": np}
    if question in BENCH.sources.given:
        space = given_cell(question)
    exec(BENCH.sources.answers[question], space)
    return space


@each_question()
def test_text_and_reference_agree(q):
    written = answers(q.id)
    for call in q.cases(np.random.default_rng(5)):
        values = []
        for functions in (written, q.reference):
            values.append(functions[call.name](*arguments(call, written)))
        first, second = values
        if isinstance(first, dict):
            assert first == second
        else:
            assert np.allclose(first, second, rtol=1e-12, atol=1e-13)


def test_given_readers_and_symbols():
    given = given_cell("02.3")
    rng = np.random.default_rng(0)
    for name, H in q3.READERS.items():
        x, h = rng.standard_normal((5, q3.INPUTS)), rng.standard_normal((5, H))
        assert given[name](x, h).shape == (5, H)
    assert given_cell("02.6")["END"] == q6.END


def test_given_networks_are_distributions_that_use_what_they_get():
    given = given_cell("02.6")
    rng = np.random.default_rng(1)
    x, y, c = rng.standard_normal(6), [2, 0, 1, 1], rng.standard_normal(3)

    def row(p, V, *known):
        chances = np.array([p(v, *known) for v in range(V)])
        assert np.isclose(chances.sum(), 1, atol=1e-12) and (chances > 0).all()
        return chances

    def apart(a, b):
        assert np.abs(a - b).max() > 1e-3

    for p in (given["p_tags"], given["p_class"]):
        apart(row(p, 3, x), row(p, 3, x[:-1]))
        apart(row(p, 3, x), row(p, 3, x[::-1]))
        apart(row(p, 3, x), row(p, 3, x[-1:]))
    p = given["p_fed"]
    for before in ([], y[:-1], y[::-1], y[-1:]):
        apart(row(p, 3, y, x), row(p, 3, before, x))
    apart(row(p, 3, y, x), row(p, 3, y, x[:-1]))
    p = given["p_caption"]
    for before in ([], y[:-1], y[::-1], [*y, 3]):
        apart(row(p, 4, y, c), row(p, 4, before, c))
    apart(row(p, 4, y, c), row(p, 4, y, c + 1))
    knowing = {"tags": (x,), "fed": (y, x), "class": (x,), "caption": (y, c)}
    for name, known in knowing.items():
        V = 4 if name == "caption" else 3
        apart(row(given[f"q_{name}"], V, *known), row(given[f"p_{name}"], V, *known))


def test_shapes_are_those_of_pytorch():
    """The reference and torch agree on every kind of configuration."""
    rng = np.random.default_rng(2)
    seen = set()
    for layers, both, first, batch in itertools.product(
        (1, 2, 3), (False, True), (False, True), (None, 4)
    ):
        for cell, projected in (("RNN", False), ("LSTM", False), ("LSTM", True)):
            config = q4._random_config(
                rng, cell=cell, num_layers=layers, bidirectional=both,
                batch_first=first, B=batch, proj_size=projected,
            )  # fmt: skip
            assert q4.shapes(config) == q4.torch_shapes(config)
            seen.add((cell, bool(config["proj_size"]), layers, both, first, batch))
    assert len(seen) == 72
    for config in given_cell("02.4")["eight"]:
        assert q4.shapes(config) == q4.torch_shapes(config)


def test_shapes_leave_the_random_state_of_torch_alone():
    import torch

    torch.manual_seed(3)
    want = torch.rand(4)
    torch.manual_seed(3)
    q4.torch_shapes(q4._random_config(np.random.default_rng(77)))
    assert torch.equal(torch.rand(4), want)


def test_birnn_is_the_bidirectional_rnn_of_pytorch():
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    torch.manual_seed(0)
    layer = torch.nn.RNN(2, 3, bidirectional=True).double()

    def reader(suffix):
        weights = {k: v.detach().numpy() for k, v in layer.named_parameters()}
        W_xh = weights[f"weight_ih_l0{suffix}"].T
        W_hh = weights[f"weight_hh_l0{suffix}"].T
        b = weights[f"bias_ih_l0{suffix}"] + weights[f"bias_hh_l0{suffix}"]
        return lambda x_t, h: np.tanh(x_t @ W_xh + h @ W_hh + b)

    rng = np.random.default_rng(0)
    x, lengths = common.draw_batch(rng, 5, [3, 5, 1, 2], 2)
    starts = rng.uniform(-1, 1, size=(2, 4, 3))
    packed = pack_padded_sequence(
        torch.from_numpy(x), torch.from_numpy(lengths), enforce_sorted=False
    )
    with torch.no_grad():
        result, h_n = layer(packed, torch.from_numpy(starts))
    want = pad_packed_sequence(result)[0].numpy()
    got = q3.birnn(x, lengths, reader(""), reader("_reverse"), *starts)
    assert np.allclose(got, want, rtol=1e-12, atol=1e-13)
    h_n = np.concatenate(list(h_n.numpy()), axis=-1)
    assert np.allclose(q3.summary(got, lengths, 3), h_n, rtol=1e-12, atol=1e-13)


def test_examples_in_the_text():
    """The tiny examples of the task texts, worked by the reference answers."""
    out = np.array([[1.0, 4], [np.nan, 8], [6, 100]])[..., None]
    real = np.array([[True, True], [False, True], [True, False]])
    weight = np.array([[1.0, 1], [7, 3], [4, np.nan]])
    found = answers("02.1")["masked_mean"](out, real, weight)
    assert np.array_equal(found, [[5], [7]])

    space = answers("02.2")
    out = np.array([[1.0, np.nan], [2, np.nan], [5, np.nan]])[..., None]
    args = np.array([2, 0]), np.array([[7.0], [9]])
    assert np.array_equal(space["last_state"](out, *args), [[2], [9]])
    assert np.array_equal(space["last_state_left"](out, *args), [[5], [9]])

    space = answers("02.3")
    adds = lambda x_t, h: h + x_t  # noqa: E731
    x, lengths = np.array([1.0, 2, 50]).reshape(3, 1, 1), np.array([2])
    start = np.array([[0.0]]), np.array([[100.0]])
    found = space["birnn"](x, lengths, adds, adds, *start)
    assert np.array_equal(found[:, 0], [[1, 103], [3, 102], [0, 0]])
    assert np.array_equal(space["summary"](found, lengths, 1), [[3, 103]])

    space = answers("02.4")
    found = space["shapes"](space["config"]("RNN", 1, 1, 1, 1, V=2))
    assert found == {"out": (1, 1, 1), "h_n": (1, 1, 1), "c_n": None}
    assert len(space["eight"]) == 8

    space = answers("02.6")
    quarter = lambda *known: 0.25  # noqa: E731
    x = np.zeros(2)
    assert np.isclose(space["log_p_tags"](quarter, x, [0, 1]), 2 * np.log(0.25))
    assert np.isclose(space["log_p_fed"](quarter, x, [0, 1]), 2 * np.log(0.25))
    assert np.isclose(space["log_p_class"](quarter, x, 1), np.log(0.25))
    assert np.isclose(space["log_p_caption"](quarter, x, [0, 2]), 3 * np.log(0.25))


def test_the_text_names_the_tasks_and_choices():
    text = (BENCH.course.root() / "book/exercises/02_patterns.md").read_text()
    for name in (*q5.CHOICES, *q5.patterns()):
        assert f'| `"{name}"` |' in text


def test_what_to_read_is_named():
    """Each property and misconception names a section of the chapter."""
    for q in BENCH.questions:
        for item in (*q.properties, *q.misconceptions):
            assert re.match(r"§2\.[1-6]\b", item.read), item
