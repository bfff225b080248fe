"""The questions of chapter 1, graded through the worker.

Rewrites are right answers in other words; they are written here as whole functions and
graded as a learner's cell would be.
"""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from harness import Bench, arguments, blank

from unrolled.grader.checks.c01 import q1, q2, q3, q4, q5

BENCH = Bench("01")
by_id = {q.id: q for q in BENCH.questions}


@pytest.fixture(scope="module", autouse=True)
def session():
    with BENCH:
        yield


def each_question():
    return pytest.mark.parametrize("q", BENCH.questions, ids=lambda q: q.id)


@each_question()
def test_reference(q):
    BENCH.assert_reference(q, seeds=range(6))


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
    assert list(points.values()) == [4, 3, 4, 4, 4]


# What a misconception leaves: a mistake in one term must not cost the others.
# run_all of the reference calls unroll, so a wrong unroll costs its point too.
LEFT = {
    "01.1": {
        "state not carried": 1,
        "states from 0 to T−1": 3,
        "initial state kept": 3,
        "last step only": 0,
        "states and outputs exchanged": 0,
        "output fed back": 1,
        "arguments of the step exchanged": 1,
        "first input skipped": 0,
        "new weights per step": 3,
        "new weights for each sequence": 3,
        "state carried from one sequence to the next": 3,
    },
    "01.2": {
        "grows with T": 2,
        "the chapter's network counted": 1,
        "an output layer for every step": 2,
        "biases forgotten": 1,
        "bias of the hidden units forgotten": 1,
        "bias of the output forgotten": 1,
        "two biases": 1,
        "recurrent matrix forgotten": 1,
        "states counted as parameters": 1,
        "initial state forgotten": 1,
        "an initial state for every step": 2,
        "first step without recurrence": 2,
        "window does not grow": 2,
        "window with a recurrent matrix": 2,
        "window with an initial state": 2,
        "window with T biases": 2,
        "sharing saves computation": 2,
        "work taken for parameters": 2,
        "window as costly as the others": 2,
        "biases multiplied": 2,
        "multiplication and addition counted separately": 2,
        "output at every step": 2,
        "window that puts out at every step": 2,
        "output at every step, of all three": 2,
        "first step without a product": 2,
    },
    "01.3": {
        "delay dropped": 3,
        "delay zero everywhere": 3,
        "delay guessed from the names": 3,
        "every delay is 0 or 1": 3,
        "delay with the other sign": 3,
        "one delay a pair of nodes": 3,
        "two delays refused": 2,
        "copies not merged": 2,
        "never refuses": 3,
        "first steps forgiven": 3,
        "initial values refused": 1,
        "copies counted": 3,
        "exactly T copies asked for": 3,
        "times counted": 3,
        "an edge listed twice refused": 3,
        "source's time minus the target's": 1,
        "edges into the past": 3,
        "every cycle refused": 3,
        "only self-loops looked at": 3,
        "any delay will do": 3,
    },
    "01.4": {
        "reads the value it forecasts": 3,
        "state reset before every forecast": 3,
        "starts without the past": 3,
        "begins at start": 3,
        "runs free where one step is asked for": 3,
        "forecasts before start returned too": 3,
        "leak": 2,
        "state reset when the free run begins": 3,
        "state reset at every free step": 3,
        "horizon off by one": 3,
        "last truth fed again and again": 3,
        "free run without the past": 3,
        "free run begins at start": 2,
        "state frozen in the free run": 3,
        "reads one value too many": 2,
        "mean squared error": 3,
        "root taken": 3,
        "variance of the truths": 3,
        "divided by the standard deviation": 3,
        "mean not subtracted": 3,
        "sum of the errors": 3,
        "sums for means": 3,
        "record about the mean of the truths": 3,
        "truths about the mean of the record": 3,
        "absolute errors": 3,
        "divided by N − 1": 3,
    },
    "01.5": {
        "universality taken as said": 3,
        "what exists will be found": 3,
        "sharing saves computation": 3,
        "a state knows only the step before": 3,
        "a state is a queue": 3,
        "hidden links within a step": 3,
        "everything believed": 0,
        "everything rejected": 0,
    },
}


@each_question()
def test_partial_credit(q):
    left = {m.name: BENCH.grade(q, m.wrong).score for m in q.misconceptions}
    assert left == LEFT[q.id]


# --- mutants of the reference ---------------------------------------------------------

SQUARED = "the difference is squared"
EQUIVALENT = {
    "01.1": {
        "unroll, line 10, term dropped: t - 1 -> -1": (
            "at this point `states` has t entries, so that of index t - 1 is its last"
        )
    },
    "01.3": {
        "can_run, line 8, range shifted: range(len(now)) -> range(len(now) + 1)": (
            "a round that removes nothing leaves a list that later rounds leave too, "
            "and len(now) rounds reach it: each before it removes at least one edge"
        )
    },
    "01.4": {
        "arv, line 4, operands swapped: np.asarray(truths) - forecasts -> "
        "forecasts - np.asarray(truths)": SQUARED,
        "arv, line 5, operands swapped: record - np.mean(record) -> "
        "np.mean(record) - record": SQUARED,
    },
}
CODE = [q for q in BENCH.questions if q.id != "01.5"]


@pytest.mark.parametrize("q", CODE, ids=lambda q: q.id)
def test_mutants(q):
    BENCH.assert_mutants(q, at_least=8, equivalent=EQUIVALENT.get(q.id))


# --- the four claims ------------------------------------------------------------------


def claims(**changed):
    chosen = q5.RIGHT | changed
    return f"def verdicts():\n    return {chosen!r}\n"


WRONG_CHOICES = [
    (claim, letter)
    for claim, right in q5.RIGHT.items()
    for letter in q5.OPTIONS
    if letter != right
]


def test_every_wrong_choice_is_refuted():
    assert set(q5.REFUTED) == set(WRONG_CHOICES)
    assert len(set(q5.REFUTED.values())) == 12


@pytest.mark.parametrize("claim, letter", WRONG_CHOICES)
def test_a_wrong_choice_has_its_own_refutation(claim, letter):
    result = BENCH.grade(by_id["01.5"], claims(**{claim: letter}))
    assert result.score == 3
    text = " ".join(result.messages)
    for key, refutation in q5.REFUTED.items():
        assert (refutation in text) == (key == (claim, letter))


def test_several_wrong_choices_are_all_refuted():
    wrong = {"universality": "d", "computation": "c", "novelty": "d"}
    result = BENCH.grade(by_id["01.5"], claims(**wrong))
    assert result.score == 1
    assert result.misconception is None
    for key in wrong.items():
        assert q5.REFUTED[key] in " ".join(result.messages)


@pytest.mark.parametrize("letter", ["a", "b", "c", "d"])
def test_one_letter_for_all_earns_little(letter):
    same = dict.fromkeys(q5.RIGHT, letter)
    assert BENCH.grade(by_id["01.5"], claims(**same)).score == 1


@pytest.mark.parametrize(
    "entry, told",
    [
        ("'e'", 'choose one of "a", "b", "c", "d"; got \'e\''),
        ("2", "got a value of type int"),
        ("True", "got a value of type bool"),
    ],
)
def test_a_choice_that_is_none(entry, told):
    source = f"def verdicts():\n    return {q5.RIGHT!r} | {{'memory': {entry}}}\n"
    result = BENCH.grade(by_id["01.5"], source)
    assert result.score == 3
    assert told in " ".join(result.messages)


def test_a_missing_claim_costs_its_point():
    source = claims() + "\nwhole = verdicts\n\ndef verdicts():\n    d = whole()\n"
    result = BENCH.grade(by_id["01.5"], source + "    del d['memory']\n    return d\n")
    assert result.score == 3
    assert 'no key "memory"' in " ".join(result.messages)


def verdicts_by_zip():
    names = ["novelty", "memory", "computation", "universality"]
    return dict(zip(names, "adbc", strict=True))


def verdicts_in_capitals():
    return dict(universality="C", computation=" B ", memory="D", novelty="A")


def verdicts_with_reasons():
    answer = {"why": "see my notes"}
    answer["memory"] = "d"
    answer["novelty"] = "a"
    answer["universality"] = "c"
    answer["computation"] = "b"
    return answer


# --- rewrites -------------------------------------------------------------------------


def unroll_by_appending(f, inputs, now):
    hs, os = [], []
    for x in inputs:
        now, o = f(now, x)
        hs.append(now)
        os.append(o)
    return hs, os


def unroll_by_recursion(step, xs, state):
    if len(xs) == 0:
        return [], []
    state, output = step(state, xs[0])
    states, outputs = unroll(step, xs[1:], state)  # noqa: F821
    return [state, *states], [output, *outputs]


def unroll_by_accumulate(step, xs, state):
    from itertools import accumulate

    pairs = list(accumulate(xs, lambda s, x: step(s[0], x), initial=(state, None)))
    return [s for s, _ in pairs[1:]], tuple(o for _, o in pairs[1:])


def unroll_into_arrays(step, xs, state):
    states, outputs = [], []
    for t in range(len(xs)):
        state, output = step(state, xs[t])
        states += [state]
        outputs += [output]
    if isinstance(state, np.ndarray) and states:
        return np.stack(states), np.stack(outputs)
    return states, outputs


def unroll_in_float32(step, xs, state):
    states, outputs = [], []
    for x in xs:
        state, output = step(state, x)
        if isinstance(state, np.ndarray):
            state = state.astype(np.float32)
        states.append(state)
        outputs.append(output)
    return states, outputs


def unroll_empty_first(step, xs, state):
    if len(xs) == 0:
        return np.zeros(0), ()
    states, outputs = unroll(step, xs[:-1], state)  # noqa: F821
    state, output = step(states[-1] if len(states) else state, xs[-1])
    return [*states, state], [*outputs, output]


def run_all_by_loops(make_step, rng, sequences, state):
    results, step = [], make_step(rng)
    for xs in sequences:
        outputs, now = [], state
        for x in xs:
            now, output = step(now, x)
            outputs.append(output)
        results.append(outputs)
    return results


def run_all_as_arrays(maker, rng, many, h0):
    network = maker(rng)
    return tuple(np.array(unroll(network, xs, h0)[1]) for xs in many)  # noqa: F821


def parameters_by_table(kind, T, D, H, V):
    rows = {"W_xh": D * H, "W_hh": H**2, "b_h": H, "W_ho": H * V, "b_o": V, "h0": H}
    if kind == "window":
        rows = rows | {"W_xh": T * D * H, "W_hh": 0, "h0": 0}
    if kind == "unshared":
        rows = rows | {name: T * rows[name] for name in ("W_xh", "W_hh", "b_h")}
    return sum(rows.values())


def parameters_with_ones(kind, T, D, H, V):
    """Each bias as the weight of an input that is always 1."""
    if kind == "window":
        return (T * D + 1) * H + (H + 1) * V
    sets = {"shared": 1, "unshared": T}[kind]
    return (1.0 + sets * (D + H + 1)) * H + (H + 1) * V


def parameters_by_arrays(kind, T, D, H, V):
    if kind == "window":
        shapes = [(T * D, H), (H,), (H, V), (V,)]
    else:
        shapes = [(D, H), (H, H), (H,)] * (T if kind == "unshared" else 1)
        shapes += [(H,), (H, V), (V,)]
    return sum(np.zeros(shape).size for shape in shapes)


def multiply_adds_by_steps(kind, T, D, H, V):
    work = 0
    for t in range(T):
        work += D * H
        if kind != "window":
            work += H * H
        if t == T - 1:
            work += H * V
    return work


def multiply_adds_factored(kind, T, D, H, V):
    return H * (T * D + V + (0 if kind == "window" else T * H))


def multiply_adds_by_arrays(kind, T, D, H, V):
    if kind == "window":
        pairs = [((1, T * D), (T * D, H)), ((1, H), (H, V))]
    else:
        pairs = [((1, D), (D, H)), ((1, H), (H, H))] * T + [((1, H), (H, V))]
    return np.int64(sum(a[0] * a[1] * b[1] for a, b in pairs))


def fold_by_unfolding(edges, T):
    """Fold, unfold again, and compare."""
    edges = {(tuple(a), tuple(b)) for a, b in edges}
    folded = {(a, b, t - s) for (a, s), (b, t) in edges}
    again = {((a, t - d), (b, t)) for a, b, d in folded for t in range(1, T + 1)}
    return list(folded) if again == edges and all(d >= 0 for *_, d in folded) else None


def fold_by_first_step(edges, T):
    """What ends at time 1 is the folded graph, if each later time is its copy."""
    layers = [set() for _ in range(T)]
    for (source, s), (target, t) in edges:
        if not 1 <= t <= T or s > t:
            return None
        layers[t - 1].add((source, target, t - s))
    if any(layer != layers[0] for layer in layers):
        return None
    return [list(edge) for edge in layers[0]]


def fold_by_counting(edges, T):
    from collections import Counter

    unique = {(a, s, b, t) for (a, s), (b, t) in edges}
    count = Counter((a, b, t - s) for a, s, b, t in unique)
    inside = all(1 <= t <= T for *_, t in unique)
    if not inside or any(n != T or edge[2] < 0 for edge, n in count.items()):
        return None
    return [(a, b, np.int64(d)) for a, b, d in count]


def fold_into_a_set(edges, T):
    """As the chapter's fold does, and a frozenset is as good."""
    folded = frozenset((a, b, t - s) for (a, s), (b, t) in edges)
    for a, b, d in folded:
        if d < 0 or {t for s, (c, t) in edges if (s, c) == ((a, t - d), b)} != {
            *range(1, T + 1)
        }:
            return None
    return folded if T % 2 else set(folded)


def can_run_depth_first(folded):
    after = {}
    for a, b, d in folded:
        if d == 0:
            after.setdefault(a, []).append(b)

    def reaches(node, goal, seen):
        for other in after.get(node, []):
            if other == goal:
                return True
            if other not in seen and reaches(other, goal, seen | {other}):
                return True
        return False

    return not any(reaches(node, node, frozenset()) for node in after)


def can_run_by_powers(folded):
    names = sorted({n for a, b, _ in folded for n in (a, b)})
    A = np.zeros((len(names), len(names)))
    for a, b, d in folded:
        if d == 0:
            A[names.index(a), names.index(b)] = 1
    return not np.linalg.matrix_power(A, len(names)).any()


def can_run_by_levels(folded):
    names = {n for a, b, _ in folded for n in (a, b)}
    done = set()
    while True:
        ready = {
            n
            for n in names - done
            if all(a in done for a, b, d in folded if b == n and d == 0)
        }
        if not ready:
            return done == names
        done |= ready


def one_step_by_unroll(step, state, series, start):
    return unroll(step, series[:-1], state)[1][start - 1 :]  # noqa: F821


def one_step_by_index(f, s, z, k):
    out = np.zeros(len(z) - k)
    for t in range(1, len(z)):
        s, guess = f(s, z[t - 1])
        if t >= k:
            out[t - k] = guess
    return out


def one_step_from_scratch(step, state, series, start):
    """Quadratic work: each forecast reads all values before it again."""
    forecasts = []
    for t in range(start, len(series)):
        now = state
        for value in series[:t]:
            now, forecast = step(now, value)
        forecasts.append(np.float32(forecast))
    return forecasts


def free_run_in_one_loop(step, state, series, start):
    forecasts = []
    for t in range(len(series) - 1):
        state, value = step(state, series[t] if t < start else value)  # noqa: F821
        if t >= start - 1:
            forecasts.append(value)
    return np.array(forecasts)


def free_run_on_a_copy(step, state, series, start):
    filled = np.array(series, dtype=float)
    filled[start:] = 0
    for t in range(1, len(filled)):
        state, guess = step(state, filled[t - 1])
        if t >= start:
            filled[t] = guess
    return filled[start:]


def free_run_from_scratch(step, state, series, start):
    known = list(series[:start])
    while len(known) < len(series):
        now = state
        for value in known:
            now, forecast = step(now, value)
        known.append(forecast)
    return known[start:]


def arv_by_var(forecasts, truths, record):
    e = np.subtract(truths, forecasts)
    return float(e @ e / len(e) / record.var())


def arv_by_loops(forecasts, truths, record):
    error = sum((y - f) ** 2 for y, f in zip(truths, forecasts, strict=True))
    mean = sum(record) / len(record)
    spread = sum((r - mean) ** 2 for r in record)
    return (error / len(truths)) / (spread / len(record))


def arv_in_float32(forecasts, truths, record):
    f, y, r = (np.asarray(a, dtype=np.float32) for a in (forecasts, truths, record))
    return np.mean((f - y) ** 2) / (np.mean(r**2) - np.mean(r) ** 2)


REWRITES = {
    "01.1": [
        {"unroll": unroll_by_appending},
        {"unroll": unroll_by_recursion},
        {"unroll": unroll_by_accumulate, "run_all": run_all_by_loops},
        {"unroll": unroll_into_arrays, "run_all": run_all_as_arrays},
        {"unroll": unroll_in_float32},
        {"unroll": unroll_empty_first},
    ],
    "01.2": [
        {"parameters": parameters_by_table, "multiply_adds": multiply_adds_by_steps},
        {"parameters": parameters_with_ones, "multiply_adds": multiply_adds_factored},
        {"parameters": parameters_by_arrays, "multiply_adds": multiply_adds_by_arrays},
    ],
    "01.3": [
        {"fold": fold_by_unfolding, "can_run": can_run_depth_first},
        {"fold": fold_by_first_step, "can_run": can_run_by_powers},
        {"fold": fold_by_counting, "can_run": can_run_by_levels},
        {"fold": fold_into_a_set},
    ],
    "01.4": [
        {"one_step": one_step_by_unroll, "free_run": free_run_in_one_loop},
        {"one_step": one_step_by_index, "arv": arv_by_var},
        {"free_run": free_run_on_a_copy, "arv": arv_by_loops},
        {
            "one_step": one_step_from_scratch,
            "free_run": free_run_from_scratch,
            "arv": arv_in_float32,
        },
    ],
    "01.5": [verdicts_by_zip, verdicts_in_capitals, verdicts_with_reasons],
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    "q, variant",
    [(by_id[i], v) for i, variants in REWRITES.items() for v in variants],
    ids=lambda v: getattr(v, "id", None) or getattr(v, "__name__", None),
)
def test_rewrites(q, variant, seed):
    result = BENCH.grade(q, variant, seed)
    assert result.score == q.points, result.messages


# --- nothing for nothing ------------------------------------------------------------

EMPTY = (
    "None",
    "[]",
    "np.nan",
    "0",
    "0.0",
    "True",
    "False",
    "np.zeros(3)",
    "([], [])",
    "{}",
    "'a'",
)


@each_question()
@pytest.mark.parametrize("value", EMPTY)
def test_no_points_for_constants(q, value):
    source = "".join(
        f"def {name}{inspect.signature(q.reference[name])}:\n    return {value}\n\n"
        for name in q.answers
    )
    result = BENCH.grade(q, source)
    assert result.score == 0, result.messages


def spoiled(number, name, expression):
    """The reference with one function's result spoiled."""
    source = BENCH.sources.answers[number]
    return BENCH.grade(
        by_id[number],
        f"{source}\n\nright = {name}\n\ndef {name}(*args):\n    value = right(*args)\n"
        f"    return {expression}\n",
    )


@pytest.mark.parametrize("fill", ["np.nan", "0.0"])
def test_no_points_for_lengths(fill):
    for name, left in (("one_step", 3), ("free_run", 2)):
        result = spoiled("01.4", name, f"[{fill} for _ in value]")
        assert result.score == left, result.messages
    assert spoiled("01.4", "arv", fill).score == 3


def test_some_functions_of_a_question():
    """What is answered has its points; the rest is still the stub."""
    for number, name, score in (
        ("01.1", "def run_all", 3),
        ("01.2", "def multiply_adds", 2),
        ("01.3", "def can_run", 3),
        ("01.4", "def free_run", 1),
        ("01.4", "def arv", 3),
    ):
        cell = BENCH.sources.answers[number]
        begin = cell.index(name)
        result = BENCH.grade(by_id[number], cell[:begin] + blank(cell[begin:]))
        assert (result.score, result.unanswered) == (score, False), result.messages


# --- messages -------------------------------------------------------------------------


def text_of(number, source):
    result = BENCH.grade(by_id[number], BENCH.sources.answers[number] + "\n\n" + source)
    assert result.score < result.points
    return result, " ".join(result.messages)


@pytest.mark.parametrize(
    "number, source, told",
    [
        (
            "01.1",
            "def unroll(step, xs, state):\n"
            "    hs, os = [], []\n"
            "    for x in xs:\n"
            "        hs.append(step(state, x)[0])\n"
            "        os.append(step(state, x)[1])\n"
            "        state = hs[-1]\n"
            "    return hs, os\n",
            "Call the step once for each input",
        ),
        (
            "01.1",
            "def unroll(step, xs, state):\n    return [step(state, x) for x in xs]\n",
            "expected a pair",
        ),
        (
            "01.1",
            "def unroll(step, xs, state):\n"
            "    states, outputs = [state], []\n"
            "    for x in xs:\n"
            "        s, o = step(states[-1], x)\n"
            "        states.append(s)\n"
            "        outputs.append(o)\n"
            "    return states, outputs[1:]\n",
            "The first of them is the initial state.",
        ),
        (
            "01.1",
            "def run_all(make_step, rng, sequences, state):\n"
            "    return unroll(make_step(rng), sequences[0], state)[1]\n",
            "one a sequence",
        ),
        (
            "01.2",
            "def parameters(kind, T, D, H, V):\n"
            "    return T * D * H + H * H + H + H * V + V\n",
            "It is the same network.",
        ),
        (
            "01.2",
            "def multiply_adds(kind, T, D, H, V):\n"
            "    return T * (D * H + H * V) + (kind != 'window') * T * H * H\n",
            "It is too large by",
        ),
        (
            "01.2",
            "def multiply_adds(kind, T, D, H, V):\n"
            "    return D * H + H * H + H * V if kind == 'shared' else 0\n",
            "here (T − 1)·(D·H + H·H).",
        ),
        (
            "01.2",
            "def multiply_adds(kind, T, D, H, V):\n    return T * D / H\n",
            "a count is a whole number",
        ),
        (
            "01.3",
            "def fold(edges, T):\n"
            "    return sorted({(a, b, str(t - s)) for (a, s), (b, t) in edges})\n",
            "the delay of",
        ),
        (
            "01.3",
            "def fold(edges, T):\n"
            "    return {(a, b): t - s for (a, s), (b, t) in edges}\n",
            "expected a list of edges or None",
        ),
        (
            "01.3",
            "def fold(edges, T):\n    return {a for (a, s), (b, t) in edges}\n",
            "each entry is (source, target, delay)",
        ),
        (
            "01.3",
            "right = fold\n\ndef fold(edges, T):\n"
            "    if len(set(edges)) == len(edges):\n        return right(edges, T)\n",
            "listed twice: that counts once",
        ),
        (
            "01.3",
            "right = fold\n\ndef fold(edges, T):\n    found = right(edges, T)\n"
            "    return found and [(a, b, -d) for a, b, d in found[::-1]]\n",
            "The delay is the target's time minus the source's.",
        ),
        (
            "01.3",
            "def fold(edges, T):\n    folded = sorted(set(edges))\n",
            "fold returned None (is a `return` missing?) for a graph",
        ),
        ("01.3", "def can_run(folded):\n    return 1\n", "expected True or False"),
        (
            "01.4",
            "def one_step(step, state, series, start):\n"
            "    return [step(state, v) for v in series[start - 1:-1]]\n",
            "A step returns the new state and the forecast",
        ),
        (
            "01.4",
            "def arv(forecasts, truths, record):\n"
            "    return (truths - np.array(forecasts)) ** 2 / np.var(record)\n",
            "expected a number, got an array of shape (5,)",
        ),
        (
            "01.3",
            "right = fold\n\ndef fold(edges, T):\n"
            "    found = right(edges, T) or []\n"
            "    pairs = {edge[:2] for edge in found}\n"
            "    return found if len(pairs) == len(found) > 0 else None\n",
            "two folded edges, which is allowed",
        ),
        (
            "01.1",
            "def run_all(make_step, rng, sequences, state):\n"
            "    return [unroll(make_step(rng), xs, state)[1] for xs in sequences]\n",
            "is the network drawn once",
        ),
        (
            "01.4",
            "right = one_step\n\ndef one_step(step, state, series, start):\n"
            "    found = right(step, state, series, start)\n"
            "    series[start:] = found\n    return found\n",
            "Copy it first: `series = series.copy()`",
        ),
        (
            "01.4",
            "def arv(forecasts, truths, record):\n"
            "    return np.var(truths - np.array(forecasts)) / np.var(record)\n",
            "forgives a constant offset",
        ),
        (
            "01.4",
            "def arv(forecasts, truths, record):\n"
            "    forecasts -= truths\n"
            "    return np.mean(forecasts ** 2) / np.var(record)\n",
            "Copy it first: `forecasts = forecasts.copy()`",
        ),
    ],
)
def test_messages(number, source, told):
    assert told in text_of(number, source)[1]


def test_mistakes_in_fold_are_named_in_a_set_too():
    source = (
        "def fold(edges, T):\n    return {(a, b, t - s) for (a, s), (b, t) in edges}\n"
    )
    result, _ = text_of("01.3", source)
    assert result.score == 3
    assert result.misconception.name == "never refuses"


def test_none_on_some_graphs_is_no_missing_return():
    for wrong in (q3._fold_refuses_copies, q3._fold_without_initial_states):
        text = " ".join(BENCH.grade(by_id["01.3"], wrong).messages)
        assert "fold returned None for a graph" in text
        assert "`return`" not in text


def test_the_empty_sequence_costs_its_own_point_alone():
    """np.stack of nothing fails; what it does with the other sequences counts."""
    stacked = (
        "def unroll(step, xs, state):\n"
        "    states, outputs = [], []\n"
        "    for x in xs:\n"
        "        state, output = step(state, x)\n"
        "        states.append(state)\n"
        "        outputs.append(output)\n"
        "    return {}, {}\n"
    )
    result, text = text_of("01.1", stacked.format("np.stack(states)", "outputs"))
    assert result.score == 3
    assert "for an empty sequence your function stopped" in text
    assert "There is nothing to stack then" in text
    for states, outputs, told in (
        ("states or None", "outputs", "for an empty sequence expected a list"),
        ("states", "outputs or [None]", "for an empty sequence there are 1 outputs"),
        ("states or [state]", "outputs", "for an empty sequence there are 1 states"),
    ):
        result, text = text_of("01.1", stacked.format(states, outputs))
        assert result.score == 3
        assert told in text


def test_the_times_of_an_edge_are_not_only_counted():
    """As many copies as steps, at the wrong times."""
    result = BENCH.grade(by_id["01.3"], q3._fold_counts_times)
    assert result.score == 3
    assert "in place of" in str(result.messages) or "instead of" in str(result.messages)


def test_two_mistakes_in_two_functions():
    wrong = {"fold": q3._fold_pairs, "can_run": q3._runs_without_cycles}
    result = BENCH.grade(by_id["01.3"], wrong)
    assert result.score == 2
    assert result.misconception.name == "delay dropped"
    wrong = {"one_step": q4._one_step_reset, "free_run": q4._free_run_leak}
    result = BENCH.grade(by_id["01.4"], wrong)
    assert result.score == 1


def test_mistakes_in_fold_are_named_whatever_the_order():
    """A list in the order of the edges, not sorted as the reference's is."""
    first_seen = (
        "def fold(edges, T):\n    found = []\n"
        "    for (a, s), (b, t) in edges:\n        edge = {edge}\n"
        "        if edge not in found:\n            found.append(edge)\n"
        "    return found\n"
    )
    result, _ = text_of("01.3", first_seen.format(edge="(a, b, t - s)"))
    assert result.misconception.name == "never refuses"
    copies = (
        "whole = fold\n\ndef fold(edges, T):\n"
        "    if whole(edges, T) is None:\n        return None\n"
        "    return [(a, b, t - s) for (a, s), (b, t) in edges]\n"
    )
    result, _ = text_of("01.3", copies)
    assert result.misconception.name == "copies not merged"


def test_partly_wrong_is_not_called_by_a_name():
    """Only the same results on every trial input are called by a mistake's name."""
    source = (
        "def free_run(step, state, series, start):\n"
        "    if start % 2:\n"
        "        return one_step(step, state, series, start)\n"
        "    return [0.0] * (len(series) - start)\n"
    )
    result, _ = text_of("01.4", source)
    assert result.misconception is None


# --- the text and this package say the same -----------------------------------------


def answers(question):
    """The names of a question's given cell and of its reference answer."""
    space = {"np": np}
    exec(BENCH.sources.given.get(question, ""), space)
    exec(BENCH.sources.answers[question], space)
    return space


@each_question()
def test_text_and_reference_agree(q):
    space = answers(q.id)
    for call in q.cases(np.random.default_rng(5)):
        values = []
        for functions in (space, q.reference):
            values.append(functions[call.name](*arguments(call, space)))
        assert same_content(*values), call


def same_content(a, b):
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same_content, a, b))
    return np.array_equal(a, b)


def test_sizes_of_the_given_network():
    make_tanh = answers("01.1")["make_tanh"]
    h, o = make_tanh(np.random.default_rng(0))(
        np.zeros((4, q1.HIDDEN)), np.ones((4, q1.INPUTS))
    )
    assert (h.shape, o.shape) == ((4, 3), (4, 2))


def test_forecasters_stay_finite():
    """Free runs far longer than the check's neither explode nor settle at once."""
    space = answers("01.4")
    rng = np.random.default_rng(3)
    for step, state, series, start in q4._forecast_calls(rng, ((200, 5),)):
        free = np.array(space["free_run"](space[step.name], state, series, start))
        assert np.isfinite(free).all() and np.abs(free).max() < 100
        if step.name in ("swing", "small_net"):
            assert np.std(free[:8]) > 1e-3


def test_examples_in_the_text():
    """The tiny examples of the task texts, worked by the reference answers."""
    space = answers("01.1")
    states, outputs = space["unroll"](space["leak"], [1, 2, 3], 8)
    assert states == [5, 4.5, 5.25]
    assert outputs == [-5, -4.5, -5.25]

    space = answers("01.2")
    kinds = ("shared", "unshared", "window")
    assert [space["parameters"](k, 2, 3, 4, 5) for k in kinds] == [61, 93, 53]
    assert [space["multiply_adds"](k, 2, 3, 4, 5) for k in kinds] == [76, 76, 44]

    space = answers("01.3")
    edges = [
        (("x", 1), ("h", 1)),
        (("x", 2), ("h", 2)),
        (("h", 1), ("h", 2)),
        (("h", 0), ("h", 1)),
    ]
    assert set(space["fold"](edges, 2)) == {("x", "h", 0), ("h", "h", 1)}
    assert space["fold"](edges[:-1], 2) is None
    assert space["can_run"]([("x", "h", 0), ("h", "h", 1)]) is True
    assert space["can_run"]([("x", "h", 0), ("h", "h", 0)]) is False

    space = answers("01.4")
    series, record = np.array([2.0, 4, 9, 1]), np.array([2.0, 4])
    one = space["one_step"](space["running_mean"], (0, 0.0), series, 2)
    free = space["free_run"](space["running_mean"], (0, 0.0), series, 2)
    assert (one, free) == ([3, 5], [3, 3])
    assert space["arv"](one, series[2:], record) == 26
    assert space["arv"](free, series[2:], record) == 20


def test_twenty_five_steps():
    """Sharing saves 24 sets of matrices and not one product."""
    sizes = (25, 25, 100, 25)
    assert q2.multiply_adds("shared", *sizes) == 315_000
    assert q2.multiply_adds("unshared", *sizes) == 315_000
    shared, unshared = (q2.parameters(k, *sizes) for k in ("shared", "unshared"))
    assert unshared - shared == 24 * (25 * 100 + 100 * 100 + 100)
