"""The questions of chapter 8, graded through the worker.

Rewrites are right answers in other words; they are written here as whole functions and
graded as a learner's cell would be.
"""

from __future__ import annotations

import itertools
from math import comb
from typing import ClassVar
from unittest import mock

import numpy as np
import pytest
import torch
from harness import Remembering, SlipTests
from torch import nn

from unrolled import deep
from unrolled.grader import engine
from unrolled.grader.checks.c08 import q1, q2, q3, q4, q5


class Quick(Remembering):
    """One seed a slip, and no hints for mutants."""

    def assert_misconception(self, question, item, seeds=(0,)):
        """One seed; on others test_slips_are_told_apart runs without workers."""
        super().assert_misconception(question, item, seeds)

    def survivors(self, question, only=None):
        """For mutants the score alone counts, so no hint is looked for."""
        module = MODULES[question.id]
        with (
            mock.patch.object(module, "hint", return_value=""),
            mock.patch.object(q5, "_told_by_all", return_value=""),
        ):
            return super().survivors(question, only)


BENCH = Quick("08")
by_id = {q.id: q for q in BENCH.questions}
MODULES = dict(zip(by_id, (q1, q2, q3, q4, q5), strict=True))


@pytest.fixture(scope="module", autouse=True)
def session():
    with BENCH:
        yield


# --- 8.1 ------------------------------------------------------------------------------


def forward_step_by_step(x, h0, layers):
    """All layers at one step before the next."""
    h, outputs = [state.copy() for state in h0], []
    for x_t in x:
        s = x_t
        for number, w in enumerate(layers):
            reads = [s, h[number], np.ones((len(x_t), 1))]
            parts = [w["W_in"], w["W_hh"], w["b"][None]]
            if "W_skip" in w:
                reads, parts = [*reads, x_t], [*parts, w["W_skip"]]
            h[number] = np.tanh(np.hstack(reads) @ np.vstack(parts))
            same = number > 0 and w["W_in"].shape[0] == w["W_in"].shape[1]
            s = s + h[number] if same else h[number]
        outputs.append(s)
    return np.stack(outputs), h


def forward_on_a_wave(x, h0, layers):
    """Round by round: layer l at step t in round l + t."""
    N, T = len(layers), len(x)
    h = {(number, -1): h0[number] for number in range(N)}
    s = {(-1, t): x[t] for t in range(T)}
    for wave in range(N + T - 1):
        for n in range(max(0, wave - T + 1), min(N, wave + 1)):
            t = wave - n
            w = layers[n]
            a = s[n - 1, t] @ w["W_in"] + h[n, t - 1] @ w["W_hh"] + w["b"]
            a = a + x[t] @ w.get("W_skip", np.zeros((x.shape[2], 1)))
            h[n, t] = s[n, t] = np.tanh(a)
            if n and len(layers[n - 1]["b"]) == len(w["b"]):
                s[n, t] = s[n, t] + s[n - 1, t]
    top = np.array([s[N - 1, t] for t in range(T)]).astype(np.float32)
    return [top, [h[n, T - 1] for n in range(N)]]


def forward_by_recursion(x, h0, layers):
    if not layers:
        return x, []

    def stack(s, rest, starts, first):
        if not rest:
            return s, []
        w, h, rows = rest[0], starts[0], []
        fed = np.einsum("tbi,ij->tbj", s, w["W_in"]) + w["b"]
        if "W_skip" in w:
            fed = fed + np.einsum("tbi,ij->tbj", x, w["W_skip"])
        for row in fed:
            h = np.tanh(row + h @ w["W_hh"])
            rows.append(h)
        out = np.array(rows)
        up = out if first or out.shape != s.shape else out + s
        top, last = stack(up, rest[1:], starts[1:], False)
        return top, [h, *last]

    return stack(x, layers, h0, True)


def backward_step_by_step(x, h0, layers, ds, dh_n):
    """All layers at one step before the step in front of it."""
    N, T = len(layers), len(x)
    h, s = [[start] for start in h0], [list(x)] + [[] for _ in layers]
    over = [n > 0 and len(w["b"]) == len(w["W_in"]) for n, w in enumerate(layers)]
    for t in range(T):
        for n, w in enumerate(layers):
            a = s[n][t] @ w["W_in"] + h[n][t] @ w["W_hh"] + w["b"]
            if "W_skip" in w:
                a += x[t] @ w["W_skip"]
            h[n].append(np.tanh(a))
            s[n + 1].append(h[n][-1] + (s[n][t] if over[n] else 0))
    dx = np.zeros_like(x)
    later = [np.array(g) for g in dh_n]
    grads = [{key: np.zeros_like(v) for key, v in w.items()} for w in layers]
    for t in range(T - 1, -1, -1):
        d = ds[t]
        for n in range(N - 1, -1, -1):
            w, g = layers[n], grads[n]
            da = (d + later[n]) * (1 - h[n][t + 1] ** 2)
            g["W_in"] += s[n][t].T @ da
            g["W_hh"] += h[n][t].T @ da
            g["b"] += np.ones(len(da)) @ da
            if "W_skip" in w:
                g["W_skip"] += x[t].T @ da
                dx[t] += da @ w["W_skip"].T
            later[n] = da @ w["W_hh"].T
            d = da @ w["W_in"].T + (d if over[n] else 0)
        dx[t] += d
    return [dx, later, grads]


# --- 8.2 ------------------------------------------------------------------------------


def shortest_by_relaxing(arrows, goal, lag):
    best = {(0, 0): 0}
    changed = True
    while changed:
        changed = False
        for t in range(lag + 1):
            for a, b, d in arrows:
                new = best.get((a, t), np.inf) + 1
                if t + d <= lag and new < best.get((b, t + d), np.inf):
                    best[b, t + d], changed = new, True
    return best.get((goal, lag))


def shortest_from_the_goal(arrows, goal, lag):
    from collections import deque

    todo, seen = deque([(goal, lag, 0)]), set()
    while todo:
        level, t, n = todo.popleft()
        if (level, t) == (0, 0):
            return n
        for a, b, d in arrows:
            if b == level and t >= d and (a, t - d) not in seen:
                seen.add((a, t - d))
                todo.append((a, t - d, n + 1))
    return None


def shortest_from_lengths(arrows, goal, lag):
    from functools import cache

    @cache
    def least(level, t):
        if (level, t) == (0, 0):
            return 0
        ways = [least(a, t - d) for a, b, d in arrows if b == level and d <= t]
        ways = [n for n in ways if n is not None]
        return min(ways) + 1 if ways else None

    for t in range(0, lag, 50):  # not too deep at once
        for level in {b for _, b, _ in arrows}:
            least(level, t)
    return least(goal, lag)


def lengths_with_a_counter(arrows, goal, lag):
    from collections import Counter

    front, found = Counter({(0, 0): 1}), {}
    for n in itertools.count():
        if not front:
            return found
        if front[goal, lag]:
            found[n] = front[goal, lag]
        new = Counter()
        for (u, t), ways in front.items():
            new.update({(b, t + d): 0 for a, b, d in arrows if a == u})
            for a, b, d in arrows:
                if a == u and t + d <= lag:
                    new[b, t + d] += ways
        front = Counter({place: ways for place, ways in new.items() if ways})


def lengths_by_powers(arrows, goal, lag):
    """Powers of the matrix of the unfolded graph, in whole numbers."""
    levels = sorted({level for a, b, _ in arrows for level in (a, b)} | {0, goal})
    number = {level: i for i, level in enumerate(levels)}
    row = np.zeros((lag + 1, len(levels)), dtype=object)
    row[0, number[0]] = 1
    found, n = {}, 0
    while row.any():
        if row[lag, number[goal]]:
            found[n] = int(row[lag, number[goal]])
        new = np.zeros_like(row)
        for a, b, d in arrows:
            if d <= lag:
                new[d:, number[b]] += row[: lag + 1 - d, number[a]]
        row, n = new, n + 1
    return found


def formula_by_cases(kind, N, lag):
    up = N + 1
    hops = lag
    if kind == "clocks":
        hops, rest = lag >> (N - 1), lag & ((1 << (N - 1)) - 1)
        while rest:
            hops, rest = hops + (rest & 1), rest >> 1
    short = {
        "stack": lag + up,
        "every layer": lag + 2,
        "clocks": hops + up,
        "deep step": N * lag + up,
        "deep step, shortcut": lag + up,
    }
    return [short[kind], up + lag * (N if kind.startswith("deep") else 1)]


# --- 8.3 ------------------------------------------------------------------------------


def parameters_of_matrices(net):
    D, H, V = net["inputs"], net["units"], net["outputs"]
    shapes, reads = [], D
    for _ in range(net["read_in"]):
        shapes += [(reads, H), (1, H)]
        reads = H
    for layer in range(net["layers"]):
        shapes += [(H if layer else reads, H), (H, H)] + [(1, H)] * net["biases"]
        shapes += [(H, H), (1, H)] * (net["depth"] - 1)
        shapes += [(H, H)] * net["shortcut"]
        shapes += [(reads, H)] * (net["skips"] and layer > 0)
    wide = H * (net["layers"] if net["skips"] else 1)
    for _ in range(net["read_out"]):
        shapes += [(wide, H), (1, H)]
        wide = H
    return sum(a * b for a, b in [*shapes, (wide, V), (1, V)])


def parameters_layer_by_layer(net):
    H, N, D = net["units"], net["layers"], net["inputs"]
    total = 0
    for _ in range(net["read_in"]):
        total, D = total + (D + 1) * H, H
    for number in range(1, N + 1):
        total += (D if number == 1 else H) * H + H * H + net["biases"] * H
        total += (net["depth"] - 1) * H * (H + 1)
        if net["shortcut"]:
            total += H**2
        if net["skips"] and number > 1:
            total += D * H
    behind = N * H if net["skips"] else H
    for _ in range(net["read_out"]):
        total, behind = total + (behind + 1) * H, H
    return total + (behind + 1) * net["outputs"]


def work_of_matrices(net, T, one_hot):
    D, H, V = net["inputs"], net["units"], net["outputs"]
    each, reads, dense = 0, D, not one_hot
    for _ in range(net["read_in"]):
        each += reads * H * dense
        reads, dense = H, True
    for layer in range(net["layers"]):
        each += H * H if layer else reads * H * dense
        each += H * H * (net["depth"] + net["shortcut"])
        each += reads * H * dense * (net["skips"] and layer > 0)
    wide = H * (net["layers"] if net["skips"] else 1)
    for _ in range(net["read_out"]):
        each, wide = each + wide * H, H
    return float(T * (each + wide * V))


def rounds_by_waiting(net, T):
    """When each layer is ready with each step."""
    k, N = net["depth"], net["layers"]
    ready = [0] * N
    for _ in range(T):
        below = net["read_in"]
        for layer in range(N):
            below = ready[layer] = max(below, ready[layer]) + k
    return below + net["read_out"] + 1


def width_by_halving(net, budget):
    low, high = 0, 1

    def fits(H):
        return parameters({**net, "units": H}) <= budget  # noqa: F821

    while fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def width_by_a_root(net, budget):
    """The quadratic through three counts, its root with whole numbers."""
    c, one, two = (parameters({**net, "units": H}) for H in (0, 1, 2))  # noqa: F821
    a2 = two - 2 * one + c  # twice the coefficient of H²
    b2 = 2 * (one - c) - a2
    if budget < one:
        return 0
    return (math.isqrt(b2 * b2 + 8 * a2 * (budget - c)) - b2) // (2 * a2)  # noqa: F821


# --- 8.4 ------------------------------------------------------------------------------


def masks_column_by_column(u, starts, before, rate):
    found = np.empty(u.shape)
    for b in range(u.shape[1]):
        m = before[b]
        for t in range(u.shape[0]):
            if starts[t, b]:
                m = [1 / (1 - rate) if number >= rate else 0.0 for number in u[t, b]]
            found[t, b] = m
    return found


def masks_by_index(u, starts, before, rate):
    steps = np.arange(1, len(u) + 1)[:, None]
    last = np.maximum.accumulate(np.where(starts, steps, 0), axis=0)  # 0: none yet
    all_masks = np.concatenate([before[None], (u >= rate) / (1 - rate)])
    return all_masks[last, np.arange(u.shape[1])].astype(np.float32)


def masks_in_place(u, starts, before, rate):
    m, found = before.copy(), []
    for t in range(len(u)):
        m[starts[t]] = np.floor(u[t, starts[t]] - rate + 1.0) / (1 - rate)
        found.append(m.copy())
    return np.stack(found)


def run_with_folded_mask(x, starts, h0, m, training, w):
    if not training:
        m = np.ones(m.shape)
    h, states = h0.copy(), np.zeros(m.shape)
    for t in range(len(x)):
        h *= 1.0 - starts[t][:, None]
        a = np.hstack([x[t], h * m[t]]) @ np.vstack([w["W_xh"], w["W_hh"]])
        h = w["keep"] * h + (1 - w["keep"]) * np.tanh(a + w["b_h"])
        states[t] = h
    return states


def run_one_by_one(x, starts, h0, m, training, w):
    columns = []
    for b in range(x.shape[1]):
        h, rows = h0[b], []
        for t in range(len(x)):
            if starts[t, b]:
                h = np.zeros(len(h))
            kept = np.diag(m[t, b]) if training else np.eye(len(h))
            drive = x[t, b] @ w["W_xh"] + w["b_h"]
            new = np.tanh(drive + h @ kept @ w["W_hh"])
            h = h + (1 - w["keep"]) * (new - h)
            rows.append(h)
        columns.append(rows)
    return np.array(columns).swapaxes(0, 1)


def moments_by_counting(keep, weight, rate, t):
    """Over the number of steps at which the unit is kept."""
    k = np.arange(t + 1)
    chance = [math.comb(t, i) * (1 - rate) ** i * rate ** (t - i) for i in k]  # noqa: F821
    value = (keep + (1 - keep) * weight / (1 - rate)) ** k * float(keep) ** (t - k)
    mean = np.dot(chance, value)
    ends = value[[0, -1]]
    mean_1 = rate * ends[0] + (1 - rate) * ends[1]
    return {
        "step": [mean, np.dot(chance, (value - mean) ** 2)],
        "sequence": [mean_1, rate * (1 - rate) * (ends[1] - ends[0]) ** 2],
    }


# --- 8.5 ------------------------------------------------------------------------------


def chosen_by_loops(valid, test):
    import statistics

    S, K, R = valid.shape
    found = np.zeros((S, K))
    for k in range(K):
        scores = []
        for r in range(R):
            errors = [np.inf if np.isnan(e) else e for e in valid[:, k, r]]
            scores.append(statistics.median(errors))
        r = scores.index(min(scores))
        found[:, k] = np.nan_to_num(test[:, k, r], nan=np.inf)
    return found


def chosen_with_copies(valid, test):
    valid, test = valid.copy(), test.copy()
    valid[np.isnan(valid)] = test[np.isnan(test)] = np.inf
    rates = np.argmin(np.median(valid, axis=0), axis=-1)
    return np.stack([test[:, k, r] for k, r in enumerate(rates)], axis=1)


def sign_by_fractions(a, b):
    from fractions import Fraction

    wins = sum(1 for x, y in zip(a, b, strict=True) if y < x)
    losses = sum(1 for x, y in zip(a, b, strict=True) if y > x)
    n, way, total = wins + losses, 1, 0
    for i in range(min(wins, losses) + 1):
        total += way
        way = way * (n - i) // (i + 1)
    return [wins, losses, float(min(Fraction(1), Fraction(2 * total, 2**n)))]


def sign_by_logarithms(a, b):
    wins, losses = int(np.sum(a > b)), int(np.sum(a < b))
    n = wins + losses
    if wins == losses:
        return wins, losses, 1.0
    logs = [
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)  # noqa: F821
        for i in range(min(wins, losses) + 1)
    ]
    p = np.exp(np.logaddexp.reduce(logs) - (n - 1) * np.log(2))
    return wins, losses, min(float(p), 1.0)


def verdicts_by_sets(errors, layers, parameters, level):
    found = {}
    for claim, room in (("more layers", np.inf), ("equal size", 0.05)):
        seen = set()
        for a, b in itertools.combinations(range(len(layers)), 2):
            if layers[a] == layers[b]:
                continue
            if layers[a] > layers[b]:
                a, b = b, a
            apart = abs(parameters[a] - parameters[b])
            if apart > room * max(parameters[a], parameters[b]):
                continue
            wins, losses, p = sign_test(errors[:, a], errors[:, b])  # noqa: F821
            better = "better" if wins > losses else "worse"
            seen.add(better if p <= level else "neither")
        found[claim] = "open"
        if seen == {"better"}:
            found[claim] = "supported"
        if "worse" in seen:
            found[claim] = "refuted"
    return found


def verdicts_sorted_first(errors, layers, parameters, level):
    order = sorted(range(len(layers)), key=lambda k: layers[k])
    each = {"more layers": [], "equal size": []}
    for i, a in enumerate(order):
        for b in order[i + 1 :]:
            if layers[a] != layers[b]:
                wins, losses, p = sign_test(errors[:, a], errors[:, b])  # noqa: F821
                sign = 0 if p > level else (wins > losses) - (wins < losses)
                each["more layers"].append(sign)
                ratio = min(parameters[a], parameters[b]) * 100
                if ratio >= 95 * max(parameters[a], parameters[b]):
                    each["equal size"].append(sign)

    def said(signs):
        if min(signs, default=0) == -1:
            return "refuted"
        return "supported" if min(signs, default=0) == 1 else "open"

    return {claim: said(signs) for claim, signs in each.items()}


# --- what the standard tests ask ------------------------------------------------------

POINTS = {"08.1": 6, "08.2": 5, "08.3": 5, "08.4": 5, "08.5": 5}

REWRITES = {
    "08.1": [
        {"forward": forward_step_by_step, "backward": backward_step_by_step},
        {"forward": forward_on_a_wave},
        {"forward": forward_by_recursion},
    ],
    "08.2": [
        {
            "shortest": shortest_by_relaxing,
            "lengths": lengths_with_a_counter,
            "formula": formula_by_cases,
        },
        {"shortest": shortest_from_the_goal, "lengths": lengths_by_powers},
        {"shortest": shortest_from_lengths},
    ],
    "08.3": [
        {
            "parameters": parameters_of_matrices,
            "work": work_of_matrices,
            "rounds": rounds_by_waiting,
        },
        {"parameters": parameters_layer_by_layer, "width": width_by_halving},
        {"width": width_by_a_root},
    ],
    "08.4": [
        {
            "masks": masks_column_by_column,
            "run": run_with_folded_mask,
            "moments": moments_by_counting,
        },
        {"masks": masks_by_index, "run": run_one_by_one},
        {"masks": masks_in_place},
    ],
    "08.5": [
        {
            "at_chosen_rates": chosen_by_loops,
            "sign_test": sign_by_fractions,
            "verdicts": verdicts_by_sets,
        },
        {"at_chosen_rates": chosen_with_copies, "sign_test": sign_by_logarithms},
        {"verdicts": verdicts_sorted_first},
    ],
}

NOTHING = {
    "08.1": (
        "(FILL * np.ones((*x.shape[:2], h0[-1].shape[1])), [FILL * h for h in h0])",
        "(FILL * x, [FILL * h for h in h0],"
        " [{k: FILL * v for k, v in w.items()} for w in layers])",
    ),
    "08.2": ("FILL", "{FILL: FILL}", "(FILL, FILL)"),
    "08.3": ("FILL", "FILL", "FILL", "FILL"),
    "08.4": (
        "FILL * u",
        "FILL * m",
        "{'step': (FILL, FILL), 'sequence': (FILL, FILL)}",
    ),
    "08.5": (
        "FILL * np.ones(valid.shape[:2])",
        "(FILL, FILL, FILL)",
        "{'more layers': str(FILL), 'equal size': str(FILL)}",
    ),
}

LEFT = {
    "08.1": {
        "the last state goes up": 3,
        "the layer below, a step late": 3,
        "weights of layer 1 for all": 3,
        "initial states from the top down": 3,
        "one initial state for all": 3,
        "starts from the layer below": 3,
        "initial states ignored": 3,
        "last states from the top down": 5,
        "no bias": 3,
        "skips forgotten": 4,
        "skip from the layer below": 4,
        "no residual": 4,
        "residual inside tanh": 4,
        "the sum goes round in time": 4,
        "residual from the input of the stack": 3,
        "residual at layer 1 too": 4,
        "sums among the last states": 5,
        "state of the top for its output": 5,
        "no error past a layer": 3,
        "the error from time goes past the layer": 3,
        "an error past layer 1": 5,
        "slope at the sum": 3,
        "no slope": 3,
        "no error from the next step": 3,
        "from above at the last step alone": 3,
        "dh_n ignored": 3,
        "dh_n of the top alone": 3,
        "no error through the skips": 5,
        "error through the skips alone": 5,
        "W_in with the state below": 5,
        "W_hh with the new state": 5,
        "mean over the batch": 5,
        "W_hh not transposed": 3,
        "gradients from the top down": 4,
        "dh_n at the sum": 3,
        "dh_n at every step": 3,
    },
    "08.2": {
        "places counted for arrows": 3,
        "one arrow too few": 3,
        "arrows taken both ways": 4,
        "arrows through time alone": 3,
        "levels entered once": 3,
        "all delays 1": 3,
        "delays added up": 3,
        "longest path": 3,
        "goal at any step": 3,
        "first path found": 3,
        "greedy": 3,
        "0 where there is no path": 4,
        "one path of each length": 3,
        "lengths in places": 3,
        "lengths with all delays 1": 3,
        "the shortest length alone": 3,
        "ends at any step": 3,
        "lengths through time alone": 3,
        "formulas in places": 4,
        "formulas without one arrow": 4,
        "longest first": 4,
        "levels of a deep step counted once": 4,
        "way to the top forgotten": 4,
        "one step too many": 4,
        "shortcut forgotten": 4,
        "shortcut from the start": 4,
        "one length for both": 4,
        "ways around forgotten": 4,
        "slowest clock, then single steps": 4,
        "as many clocks as the lag needs": 4,
        "the slowest clock twice as slow": 4,
        "rest of the lag forgotten": 4,
        "rest of the lag rounded up": 4,
        "clocks forgotten": 4,
        "goal never left": 4,
    },
    "08.3": {
        "one bias": 2,
        "two biases everywhere": 2,
        "input's width for all layers": 2,
        "no recurrent matrix": 1,
        "depth in the first layer alone": 3,
        "one map too many": 1,
        "old state read by every map": 2,
        "shortcut forgotten": 2,
        "one shortcut for all layers": 3,
        "a bias for the shortcut": 2,
        "skips forgotten": 3,
        "skips from x past the read-in": 3,
        "a bias for the skips": 3,
        "top layer alone read": 3,
        "N·H wide to the end": 3,
        "logits read all states": 3,
        "logits without a bias": 1,
        "biases not counted": 1,
        "one-hot ignored": 4,
        "first reader of x free alone": 4,
        "what was read in is not one-hot": 4,
        "a row costs its length": 4,
        "biases multiplied": 4,
        "one step's work": 4,
        "logits once": 4,
        "additions too": 4,
        "cells one after the other": 4,
        "all of it at every step": 4,
        "depth counted once": 4,
        "depth on the way up alone": 4,
        "one layer-step too many": 4,
        "no round for the logits": 4,
        "read-in without rounds": 4,
        "read-out without rounds": 4,
        "all layers in one round": 4,
        "shortcut saves rounds": 4,
        "skips save rounds": 4,
        "over the budget": 4,
        "a full budget refused": 4,
        "the nearest width": 4,
        "one unit though nothing fits": 4,
        "squares alone": 4,
        "the width that the net has": 4,
        "two biases in a deeper step": 3,
        "two biases around the stack": 3,
        "skips H wide at any rate": 3,
        "read-in at every step": 4,
    },
    "08.4": {
        "a new mask every step": 3,
        "starts ignored": 3,
        "a start draws for the whole batch": 4,
        "mask of the chunk before forgotten": 4,
        "a new mask for each chunk": 4,
        "scaled twice": 4,
        "drawn from the numbers of step 1": 4,
        "mask changed a step late": 3,
        "one mask for the batch": 3,
        "all units or none": 3,
        "kept and dropped exchanged": 3,
        "a number equal to the rate": 4,
        "not scaled": 3,
        "scaled down": 3,
        "divided by the rate": 3,
        "divided by a root": 3,
        "mask on the product": 3,
        "mask on the update": 3,
        "mask on the pre-activation": 3,
        "mask on the memory": 3,
        "mask on both paths": 3,
        "mask on the new state": 3,
        "masked states returned": 3,
        "mask in evaluation": 4,
        "scaled in evaluation": 4,
        "mask never used": 3,
        "mask of step 1 for all steps": 3,
        "mask of the step before": 3,
        "state carried over a start": 4,
        "h0 at a start": 4,
        "set to 0 too late": 3,
        "a start for the whole batch": 4,
        "h0 ignored": 3,
        "shares exchanged": 3,
        "nothing kept": 3,
        "kept inside tanh": 3,
        "second moments": 4,
        "standard deviations": 4,
        "one mean for both": 4,
        "the same for both": 4,
        "step and sequence exchanged": 4,
        "variances added up": 4,
        "moments without scaling": 4,
        "moments with a mask on the memory": 4,
        "moments with the mask on both paths": 4,
        "moments without the memory": 4,
        "rate kept instead of dropped": 4,
        "share kept over a start": 4,
        "old state read over a start": 4,
    },
    "08.5": {
        "chosen on test": 3,
        "chosen by the best seed": 3,
        "chosen by the mean": 3,
        "diverged runs left out": 4,
        "diverged runs taken for perfect": 4,
        "NaN chosen": 4,
        "NaN returned": 4,
        "largest error chosen": 3,
        "last of equal rates": 3,
        "one rate for all arms": 3,
        "a rate for each seed": 3,
        "least test error of each run": 3,
        "validation errors returned": 3,
        "higher taken for better": 2,
        "ties counted as losses": 2,
        "every run against every other": 2,
        "sorted before comparing": 3,
        "ties among the tosses": 4,
        "one side": 2,
        "one side, that of b": 2,
        "probability of this outcome": 4,
        "more extreme outcomes alone": 2,
        "probability above 1": 4,
        "medians compared": 3,
        "best seeds compared": 3,
        "means compared": 3,
        "majority of the seeds": 3,
        "ranges compared": 3,
        "all seeds have to agree": 3,
        "p equal to the level": 4,
        "order of the columns": 3,
        "arms of one depth compared": 3,
        "neighbouring depths alone": 3,
        "against the shallowest alone": 3,
        "smaller ones are fair": 4,
        "5 % of the smaller": 4,
        "equal to the last parameter": 4,
        "parameters ignored": 4,
        "fair pairs for both claims": 4,
        "supported by nothing": 3,
        "one pair is enough": 3,
        "not shown, so refuted": 3,
        "refuted by all pairs alone": 3,
        "arms of one depth compared in column order": 3,
        "deeper ones to the right alone": 3,
        "better and worse exchanged": 3,
    },
}

BEYOND = "no path leads back from a place one step beyond the lag"
BITS = "no width that is asked for reaches 2**25: the digits above are 0"

EQUIVALENT = {
    "08.2": {
        "shortest, line 8, range shifted: range(lag + 1) -> range(lag + 1 + 1)": BEYOND,
        "shortest, line 8, constant changed: 1 -> 2": BEYOND,
    },
    "08.3": {
        "width, line 5, range shifted: range(30) -> range(31)": BITS,
        "width, line 5, range shifted: range(30) -> range(29)": BITS,
    },
}


class TestStandard(SlipTests):
    BENCH: ClassVar = BENCH
    MODULES = MODULES
    POINTS, LEFT, EQUIVALENT = POINTS, LEFT, EQUIVALENT
    REWRITES, NOTHING = REWRITES, NOTHING


# --- expected values against other ways to them ---------------------------------------


def stack_in_torch(x, h0, layers):
    s, last = x, []
    for number, (w, start) in enumerate(zip(layers, h0, strict=True)):
        h, rows = start, []
        for t in range(len(x)):
            a = s[t] @ w["W_in"] + h @ w["W_hh"] + w["b"]
            if "W_skip" in w:
                a = a + x[t] @ w["W_skip"]
            h = torch.tanh(a)
            rows.append(h)
        up = torch.stack(rows)
        s = up + s if number and up.shape == s.shape else up
        last.append(h)
    return s, last


@pytest.mark.parametrize("sizes", [*q1.PLAIN, *q1.SKIPS], ids=str)
def test_gradients_are_those_of_autograd(sizes):
    rng = np.random.default_rng(1)
    x, h0, layers = q1._stack(rng, *sizes)
    ds, dh_n = q1._errors(rng, x, h0)
    leaf = {"requires_grad": True}
    tx = torch.tensor(x, **leaf)
    th0 = [torch.tensor(h, **leaf) for h in h0]
    tl = [{k: torch.tensor(v, **leaf) for k, v in w.items()} for w in layers]
    s, last = stack_in_torch(tx, th0, tl)
    top, h_n = q1.forward(x, h0, layers)
    assert np.allclose(s.detach(), top)
    assert all(np.allclose(a.detach(), b) for a, b in zip(last, h_n, strict=True))
    loss = (s * torch.tensor(ds)).sum()
    for h, d in zip(last, dh_n, strict=True):
        loss = loss + (h * torch.tensor(d)).sum()
    loss.backward()
    dx, dh0, grads = q1.backward(x, h0, layers, ds, dh_n)
    assert np.allclose(tx.grad, dx)
    assert all(np.allclose(h.grad, d) for h, d in zip(th0, dh0, strict=True))
    for w, g in zip(tl, grads, strict=True):
        assert all(np.allclose(w[name].grad, g[name]) for name in w)


def test_without_ways_around_it_is_nn_rnn():
    """Widths that never agree: one nn.RNN a layer, each reads the one below."""
    x, h0, layers = q1._stack(np.random.default_rng(2), 5, 3, 4, (2, 5, 3))
    s, last = torch.tensor(x), []
    for w, h in zip(layers, h0, strict=True):
        rnn = nn.RNN(*w["W_in"].shape).double()
        with torch.no_grad():
            rnn.weight_ih_l0[:] = torch.tensor(w["W_in"].T)
            rnn.weight_hh_l0[:] = torch.tensor(w["W_hh"].T)
            rnn.bias_ih_l0[:], rnn.bias_hh_l0[:] = torch.tensor(w["b"]), 0
            s, h_n = rnn(s, torch.tensor(h)[None])
        last.append(h_n[0].numpy())
    top, found = q1.forward(x, h0, layers)
    assert np.allclose(top, s)
    assert all(np.allclose(a, b) for a, b in zip(found, last, strict=True))


def test_with_residuals_it_is_the_package():
    """unrolled.deep.DeepRNN adds from layer 2 on, where all widths agree."""
    torch.manual_seed(0)
    net = deep.DeepRNN(3, 4, 2, layers=3, residual=True).double()
    layers = [
        {
            "W_in": layer.read.weight.detach().numpy().T,
            "W_hh": layer.recur.weight.detach().numpy().T,
            "b": layer.read.bias.detach().numpy(),
        }
        for layer in net.layers
    ]
    rng = np.random.default_rng(3)
    x, h0 = rng.normal(size=(5, 2, 3)), list(rng.uniform(-1, 1, size=(3, 2, 4)))
    top, h_n = q1.forward(x, h0, layers)
    with torch.no_grad():
        logits, last = net(torch.tensor(x), torch.tensor(np.array(h0)))
        assert np.allclose(net.out(torch.tensor(top)), logits)
    assert np.allclose(last, h_n)


def paths_one_by_one(arrows, goal, lag):
    """The length of every path, each walked."""
    found, todo = [], [(0, 0, 0)]
    while todo:
        level, t, n = todo.pop()
        if (level, t) == (goal, lag):
            found.append(n)
        for a, b, d in arrows:
            if a == level and t + d <= lag:
                todo.append((b, t + d, n + 1))
    return found


def test_paths_are_those_that_are_walked():
    rng = np.random.default_rng(4)
    graphs = [(q2._named(kind, 3), 4) for kind in q2.KINDS]
    graphs += [(q2.GOAL_GOES_ROUND, 2), (q2._named("deep step, shortcut", 3), 2)]
    graphs += [(q2.UNREACHED, 2), (q2._delays(2, ((1, 3, 4), (2,))), 3)]
    for arrows, goal in graphs:
        for lag in range(9):
            walked = paths_one_by_one(arrows, goal, lag)
            turned, new = q2._renamed(rng, arrows, goal)
            for args in ((arrows, goal, lag), (turned, new, lag)):
                assert q2.shortest(*args) == min(walked, default=None)
                counts = {n: walked.count(n) for n in walked}
                assert q2.lengths(*args) == counts


@pytest.mark.parametrize("kind", q2.KINDS)
def test_formulas_are_what_the_search_finds(kind):
    for N in (2, 3, 4):
        for lag in (0, 1, 5, 11, 22):
            arrows = q2._named(kind, N)
            found = q2.lengths(arrows, N + 1, lag)
            want = q2.shortest(arrows, N + 1, lag), max(found)
            assert q2.formula(kind, N, lag) == want


def test_numbers_of_paths_are_binomial():
    """As the chapter has them, between an input and an output."""
    shortcut = q2.lengths(q2._named("deep step, shortcut", 3), 4, 12)
    assert shortcut == {4 + i + 3 * (12 - i): comb(12, i) for i in range(13)}
    assert q2.lengths(q2._named("stack", 4), 5, 9) == {14: comb(12, 3)}


def network_of(net):
    """The same network in PyTorch, as a list of modules."""
    D, H, V = net["inputs"], net["units"], net["outputs"]
    found, reads = [], D
    for _ in range(net["read_in"]):
        found.append(nn.Linear(reads, H))
        reads = H
    for layer in range(net["layers"]):
        found.append(nn.RNNCell(H if layer else reads, H))
        if net["biases"] == 1:
            found[-1].bias_hh = None
        found += [nn.Linear(H, H) for _ in range(net["depth"] - 1)]
        if net["shortcut"]:
            found.append(nn.Linear(H, H, bias=False))
        if net["skips"] and layer:
            found.append(nn.Linear(reads, H, bias=False))
    wide = net["layers"] * H if net["skips"] else H
    for _ in range(net["read_out"]):
        found.append(nn.Linear(wide, H))
        wide = H
    return [*found, nn.Linear(wide, V)]


def test_counts_are_those_of_pytorch():
    rng = np.random.default_rng(5)
    for given in (*q3.ONE_OPTION, *q3.SEVERAL):
        net = q3._net(rng, **given)
        tensors = [w for module in network_of(net) for w in module.parameters()]
        assert q3.parameters(net) == sum(w.numel() for w in tensors)
        matrices = [w for w in tensors if w.ndim == 2]
        assert q3.work(net, 3, False) == 3 * sum(w.numel() for w in matrices)


def test_counts_are_those_of_the_package():
    rng = np.random.default_rng(6)
    for given in (*q3.ONE_OPTION, *q3.SEVERAL):
        net = q3._net(rng, **given) | {"biases": 1, "skips": False}
        options = ("layers", "depth", "read_in", "read_out", "shortcut")
        made = deep.DeepRNN(
            net["inputs"], net["units"], net["outputs"], **{k: net[k] for k in options}
        )
        assert q3.parameters(net) == deep.parameters_count(made)


def test_rounds_are_those_of_a_schedule():
    """Run every map as soon as what it reads is there."""
    for N, k, r, q, T in itertools.product((1, 3), (1, 2), (0, 2), (0, 1), (1, 4)):
        net = {"layers": N, "depth": k, "read_in": r, "read_out": q}
        net |= {"shortcut": k > 1, "skips": N > 1}
        chain = [("in", i) for i in range(r)]
        chain += [("stack", i, j) for i in range(N) for j in range(k)]
        chain += [("out", i) for i in range(q + 1)]
        done = {}
        for t in range(T):
            for place, name in enumerate(chain):
                waits = [done[chain[place - 1], t]] if place else [0]
                if name[0] == "stack" and name[2] == 0 and t:
                    waits.append(done[("stack", name[1], k - 1), t - 1])
                done[name, t] = max(waits) + 1
        assert q3.rounds(net, T) == done[chain[-1], T - 1]


def test_widths_fit_and_the_next_do_not():
    rng = np.random.default_rng(7)
    for given in (*q3.ONE_OPTION, *q3.SEVERAL):
        net = q3._net(rng, **given)
        for budget in (5, 1000, 12_345, 10**9, 10**15):
            H = q3.width(net, budget)
            assert H == 0 or q3.parameters({**net, "units": H}) <= budget
            assert q3.parameters({**net, "units": H + 1}) > budget


def test_moments_are_those_of_all_masks():
    for keep, weight, rate, t in q4.MOMENTS:
        if t > 8:
            continue
        want = q4.moments(keep, weight, rate, t)
        values, chances = [], []
        for kept in itertools.product((0, 1), repeat=t):
            steps = [keep + (1 - keep) * weight * m / (1 - rate) for m in kept]
            values.append(np.prod(steps))
            chances.append(np.prod([1 - rate if m else rate for m in kept]))
        mean = np.dot(values, chances)
        variance = np.dot((np.array(values) - mean) ** 2, chances)
        assert np.allclose(want["step"], (mean, variance))
        ends = [keep + (1 - keep) * weight * m / (1 - rate) for m in (0, 1)]
        ends = np.array([1.0, 1.0]) if t == 0 else np.array(ends) ** t
        mean = rate * ends[0] + (1 - rate) * ends[1]
        variance = rate * (ends[0] - mean) ** 2 + (1 - rate) * (ends[1] - mean) ** 2
        assert np.allclose(want["sequence"], (mean, variance))


def test_masks_of_a_whole_are_those_of_its_chunks():
    u, starts, before, rate = q4._draws(np.random.default_rng(8), 9, 4, 5, 0.3, "mixed")
    whole = q4.masks(u, starts, before, rate)
    first = q4.masks(u[:4], starts[:4], before, rate)
    second = q4.masks(u[4:], starts[4:], first[-1], rate)
    assert np.array_equal(whole, np.concatenate([first, second]))


def test_masks_have_the_mean_1():
    rng = np.random.default_rng(9)
    u, starts = rng.uniform(size=(1, 1000, 50)), np.ones((1, 1000), dtype=bool)
    found = q4.masks(u, starts, u[0], 0.3)
    assert abs(found.mean() - 1) < 0.02 and abs((found == 0).mean() - 0.3) < 0.01


def test_without_memory_it_is_the_package():
    """keep 0, one mask a sequence: unrolled.deep.Layer with its mask."""
    rng = np.random.default_rng(10)
    torch.manual_seed(1)
    layer = deep.Layer(3, 4).double()
    w = {
        "W_xh": layer.read.weight.detach().numpy().T,
        "W_hh": layer.recur.weight.detach().numpy().T,
        "b_h": layer.read.bias.detach().numpy(),
        "keep": 0.0,
    }
    x, h0 = rng.normal(size=(5, 2, 3)), rng.normal(size=(2, 4))
    starts = np.zeros((5, 2), dtype=bool)
    m = q4.masks(rng.uniform(size=(5, 2, 4)), starts, 2.0 * (h0 > 0), 0.5)
    with torch.no_grad():
        want, _ = layer(torch.tensor(x), torch.tensor(h0), torch.tensor(m))
    assert np.allclose(q4.run(x, starts, h0, m, True, w), want)


def test_p_is_that_of_all_tosses():
    rng = np.random.default_rng(11)
    for counts in q5.COUNTS:
        a, b = q5._pair(*counts, rng)
        wins, losses, p = q5.sign_test(a, b)
        assert (wins, losses) == counts[:2]
        n = wins + losses
        tosses = (sum(toss) for toss in itertools.product((0, 1), repeat=n))
        extreme = sum(abs(2 * s - n) >= abs(wins - losses) for s in tosses)
        assert np.isclose(p, extreme / 2**n)


def test_tables_are_what_they_are_called():
    """Every verdict occurs, and the tables say what their names say."""
    for seed in range(5):
        tables = q5._tables(np.random.default_rng(seed))
        found = {about: q5.verdicts(*args) for about, args in tables}
        for claim in q5.CLAIMS:
            assert {v[claim] for v in found.values()} == set(q5.OPTIONS)
        for about, more, same in (
            ("every deeper arm better in all seeds", "supported", "supported"),
            ("better and larger", "supported", "open"),
            ("one step in doubt", "open", "open"),
            ("worse over two steps, each in doubt", "refuted", "refuted"),
            ("worse where sizes agree", "refuted", "refuted"),
            ("seven of eight", "open", "open"),
            ("seven of eight, level 0.1", "supported", "supported"),
            ("p equal to the level", "supported", "open"),
            ("two arms of one depth and one size", "supported", "supported"),
            ("five seeds", "open", "open"),
            ("best in the middle", "refuted", "refuted"),
            ("the deepest always diverged", "refuted", "supported"),
            ("one arm", "open", "open"),
        ):
            verdict = found[about]
            assert verdict == {"more layers": more, "equal size": same}, about


# --- what the checks say --------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "change", "told"),
    [
        ("08.1", "def forward(*args):\n    return args[0]", "two values"),
        (
            "08.1",
            "first = forward\ndef forward(x, h0, layers):\n"
            "    s, h_n = first(x, h0, layers)\n    return s, h_n[:1]",
            "one a layer",
        ),
        (
            "08.1",
            "first = backward\ndef backward(x, h0, layers, ds, dh_n):\n"
            "    found = first(x, h0, layers, ds, dh_n)\n    dh_n[0] += 1\n"
            "    return found",
            "changed its arguments",
        ),
        (
            "08.1",
            "first = backward\ndef backward(*args):\n"
            "    dx, dh0, grads = first(*args)\n    del grads[0]['b']\n"
            "    return dx, dh0, grads",
            'no key "b"',
        ),
        ("08.2", "def shortest(*args):\n    return -1", "is -1, expected"),
        ("08.2", "def lengths(*args):\n    return [1]", "expected a dict"),
        (
            "08.2",
            "first = formula\ndef formula(*args):\n"
            "    return tuple(float(n) for n in first(*args))",
            "A float holds 16 digits",
        ),
        ("08.3", "def parameters(net):\n    return '55'", "a whole number"),
        ("08.4", "def masks(u, starts, before, rate):\n    return u >= rate", "True"),
        (
            "08.4",
            "first = run\ndef run(x, starts, h0, m, training, w):\n"
            "    found = first(x, starts, h0, m, training, w)\n    h0[:] = 0\n"
            "    return found",
            "changed its arguments",
        ),
        ("08.4", "def moments(*args):\n    return 1.0, 2.0", "step"),
        (
            "08.5",
            "def sign_test(a, b):\n    n, w = len(a), (b < a).sum()\n"
            "    return w, n - w, 0.5 ** n",
            "p is",
        ),
        ("08.5", "def verdicts(*args):\n    return {'more layers': 1}", "choose one"),
        (
            "08.3",
            "def parameters(net):\n    return net['units'] ** 2 + 1",
            "mend that first",
        ),
        (
            "08.3",
            "first = width\ndef width(net, budget):\n"
            "    return first(net, budget) - 2 * (budget > 2**40)",
            "A root in floats",
        ),
        (
            "08.4",
            "first = moments\ndef moments(*args):\n    found = first(*args)\n"
            "    m, v = found['step']\n    return {**found, 'step': (m, v - m * m)}",
            "never negative",
        ),
        (
            "08.5",
            "first = sign_test\ndef sign_test(a, b):\n"
            "    w, n, p = first(a, b)\n    return w, n, p + 1e-9 * (p == 1 / 32)",
            "level 0.03125)",
        ),
    ],
)
def test_messages(number, change, told):
    _, text = BENCH.feedback(by_id[number], change)
    assert told in text, text


def test_no_hint_at_columns_for_another_mistake():
    """A sign test that is turned round gives verdicts like those of other slips."""
    turned = "first = sign_test\ndef sign_test(a, b):\n    return first(b, a)"
    _, text = BENCH.feedback(by_id["08.5"], turned)
    assert "sorted by depth" not in text and "Whose wins are counted?" in text


def test_one_wrong_count_is_no_wrong_search():
    """A mistake about skips or biases leaves the points of `rounds` and `width`."""
    for slip in (q3._top_alone_read, q3._two_biases_around_the_stack):
        result = BENCH.grade(by_id["08.3"], {"parameters": slip})
        assert not any("budget" in text for text in result.messages)


def test_some_functions_of_a_question():
    """A function that is not written costs its own points only."""
    for number, name, points in (
        ("08.1", "backward", 3),
        ("08.2", "lengths", 3),
        ("08.3", "rounds", 4),
        ("08.4", "moments", 4),
        ("08.5", "at_chosen_rates", 3),
    ):
        stub = f"def {name}(*args):\n    raise NotImplementedError\n"
        result, _ = BENCH.feedback(by_id[number], stub)
        assert result.score == points, name


@pytest.mark.parametrize("q", BENCH.questions, ids=lambda q: q.id)
def test_slips_are_told_apart(q):
    """On the cases of another seed each is something else, and none is right."""
    context = engine.Context(q, BENCH.questions, BENCH.sources)
    calls = q.cases(engine.generator(1, q, 10**6))
    with engine.quiet():
        for name in q.answers:
            chosen = [call for call in calls if call.name == name]
            known = [engine.trusted_outcomes(context, chosen, q.reference)]
            for item in q.misconceptions:
                if name in item.wrong:
                    functions = engine.functions_of(q, item)
                    found = engine.trusted_outcomes(context, chosen, functions)
                    assert not any(engine.agree(found, one) for one in known), item.name
                    known.append(found)


# --- the text and this package say the same -------------------------------------------


def test_examples_in_the_text():
    space = BENCH.answers("08.1")
    one = {"W_in": np.ones((1, 1)), "W_hh": np.ones((1, 1)), "b": np.zeros(1)}
    x, zeros = np.ones((1, 1, 1)), [np.zeros((1, 1))] * 2
    s, h_n = space["forward"](x, zeros, [one, one])
    assert np.allclose([s.item(), *np.ravel(h_n)], [1.404, 0.762, 0.642], atol=5e-4)
    dx = space["backward"](x, zeros, [one, one], x, zeros)[0]
    slopes = 1 - np.ravel(h_n) ** 2
    assert np.allclose(slopes, [0.42, 0.588], atol=5e-4)
    assert np.isclose(dx.item(), 0.667, atol=5e-4)

    space = BENCH.answers("08.2")
    arrows = [(0, 1, 0), (1, 2, 0), (1, 1, 1), (1, 1, 3), (1, 1, 4)]
    assert space["shortest"](arrows, 2, 6) == 4
    assert q2._greedy(arrows, 2, 6) == 5
    assert space["lengths"](arrows, 2, 4) == {3: 1, 4: 2, 6: 1}
    without = [arrow for arrow in arrows if arrow != (1, 1, 1)]
    assert space["shortest"](without, 2, 5) is None

    space = BENCH.answers("08.3")
    net = {"inputs": 2, "units": 3, "outputs": 4, "layers": 2, "depth": 1}
    net |= {"read_in": 0, "read_out": 0, "shortcut": False, "skips": False}
    net["biases"] = 1
    assert space["parameters"](net) == 55
    assert space["parameters"]({**net, "biases": 2}) == 61
    assert space["work"](net, 5, False) == 225 and space["work"](net, 5, True) == 195
    assert space["rounds"](net, 5) == 7
    assert [space["width"](net, n) for n in (60, 55, 54)] == [3, 3, 2]

    space = BENCH.answers("08.4")
    u = np.array([[0.9, 0.1], [0.5, 0.3], [0.2, 0.8]])[:, None]
    starts = np.array([[False], [True], [False]])
    found = space["masks"](u, starts, np.array([[0, 1.25]]), 0.5)
    assert found[:, 0].tolist() == [[0, 1.25], [2, 0], [2, 0]]
    found = space["moments"](0.5, 1, 0.5, 2)
    assert found == {"step": (1, 0.5625), "sequence": (1.25, 1)}

    space = BENCH.answers("08.5")
    rng = np.random.default_rng(12)
    assert np.isclose(space["sign_test"](*q5._pair(7, 1, 0, rng))[2], 0.070, atol=5e-4)
    assert space["sign_test"](*q5._pair(5, 0, 0, rng))[2] == 0.0625
    args = q5._table(rng, 8, [[0, 8]]), [1, 2], [1_000, 2_000], 0.05
    assert space["verdicts"](*args) == {
        "more layers": "supported",
        "equal size": "open",
    }
