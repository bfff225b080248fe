"""Question 10.4: a network with skips through time, forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c10.common import (
    expect_call,
    expect_same_arguments,
    expect_value,
)
from unrolled.grader.checks.judging import expect_keys
from unrolled.grader.checks.slips import (
    Slip,
    hint,
    misconceptions,
    several,
)
from unrolled.grader.question import Ask, Call, Property, Question

FORWARD = "§10.2, def-skip"
GRAD = "§10.2, eq-skip-grad"
LAG = "§10.2, eq-skip-lag"
KEYS = ("W_xh", "W_hh", "b_h", "W_s", "h0", "x")


def forward(x, h0, w, delays):
    h = np.zeros((len(x) + 1, *h0.shape))
    h[0] = h0
    for t in range(1, len(h)):
        a = x[t - 1] @ w["W_xh"] + h[t - 1] @ w["W_hh"] + w["b_h"]
        for d, W in zip(delays, w["W_s"], strict=True):
            if d <= t:
                a = a + h[t - d] @ W
        h[t] = np.tanh(a)
    return h


def backward(x, h, w, delays, dh):
    """Every error collects from the steps that it fed: t + 1, and t + d for each d."""
    T = len(x)
    da = np.zeros_like(h)
    paths = [(1, w["W_hh"]), *zip(delays, w["W_s"], strict=True)]
    for t in range(T, -1, -1):
        total = dh[t - 1] if t else 0.0
        for d, W in paths:
            if t + d <= T:
                total = total + da[t + d] @ W.T
        da[t] = total * (1 - h[t] ** 2) if t else total
    error = da[1:]
    return {
        "W_xh": np.einsum("tbd,tbh->dh", x, error),
        "W_hh": np.einsum("tbg,tbh->gh", h[:-1], error),
        "b_h": error.sum((0, 1)),
        "W_s": [
            np.einsum("tbg,tbh->gh", h[: max(T + 1 - d, 0)], da[d:]) for d in delays
        ],
        "h0": da[0],
        "x": error @ w["W_xh"].T,
    }


def shortest(k, t, delays):
    steps = {1, *delays}
    reached, front, count = {k}, {k}, 0
    while t not in reached:
        front = {s + d for s in front for d in steps if s + d <= t} - reached
        reached |= front
        count += 1
    return count


# --- wrong sweeps ---------------------------------------------------------------------


def _padded_with_the_start(x, h0, w, delays):
    h = [h0]
    for t in range(1, len(x) + 1):
        a = x[t - 1] @ w["W_xh"] + h[t - 1] @ w["W_hh"] + w["b_h"]
        a = a + sum(h[max(t - d, 0)] @ W for d, W in zip(delays, w["W_s"], strict=True))
        h.append(np.tanh(a))
    return np.array(h)


def _wrapped(x, h0, w, delays):
    """Negative indices read the end of the array."""
    h = np.zeros((len(x) + 1, *h0.shape))
    h[0] = h0
    for t in range(1, len(h)):
        a = x[t - 1] @ w["W_xh"] + h[t - 1] @ w["W_hh"] + w["b_h"]
        for d, W in zip(delays, w["W_s"], strict=True):
            a = a + h[(t - d) % t if d > t else t - d] @ W
        h[t] = np.tanh(a)
    return h


def _start_not_skipped(x, h0, w, delays):
    """The start reaches nothing through a skip."""
    h = np.zeros((len(x) + 1, *h0.shape))
    h[0] = h0
    for t in range(1, len(h)):
        a = x[t - 1] @ w["W_xh"] + h[t - 1] @ w["W_hh"] + w["b_h"]
        for d, W in zip(delays, w["W_s"], strict=True):
            if d < t:
                a = a + h[t - d] @ W
        h[t] = np.tanh(a)
    return h


def _skip_after_tanh(x, h0, w, delays):
    h = np.zeros((len(x) + 1, *h0.shape))
    h[0] = h0
    for t in range(1, len(h)):
        h[t] = np.tanh(x[t - 1] @ w["W_xh"] + h[t - 1] @ w["W_hh"] + w["b_h"])
        for d, W in zip(delays, w["W_s"], strict=True):
            if d <= t:
                h[t] += h[t - d] @ W
    return h


def _skip_for_step(x, h0, w, delays):
    """Where there is a skip, the step before is not read."""
    h = np.zeros((len(x) + 1, *h0.shape))
    h[0] = h0
    for t in range(1, len(h)):
        a = x[t - 1] @ w["W_xh"] + w["b_h"]
        if t < min(delays):
            a = a + h[t - 1] @ w["W_hh"]
        for d, W in zip(delays, w["W_s"], strict=True):
            if d <= t:
                a = a + h[t - d] @ W
        h[t] = np.tanh(a)
    return h


def _delay_too_long(x, h0, w, delays):
    return forward(x, h0, w, [d + 1 for d in delays])


def _forward_first_skip(x, h0, w, delays):
    return forward(x, h0, {**w, "W_s": w["W_s"][:1]}, delays[:1])


def _forward_without_skips(x, h0, w, delays):
    return forward(x, h0, {**w, "W_s": []}, [])


# --- wrong errors ---------------------------------------------------------------------


def _back(
    x, h, w, delays, dh, *, direct=True, skip=True, to=None, source=None, reach=0
):
    """Errors pushed down; to: where the error of a skip goes (in place of t - d), source:
    the state with which dW_s is made, reach: the first state that a skip can reach."""
    T = len(x)
    G = np.concatenate([np.zeros_like(h[:1]), dh])
    found = {k: np.zeros_like(w[k]) for k in ("W_xh", "W_hh", "b_h")}
    found["W_s"] = [np.zeros_like(W) for W in w["W_s"]]
    found["x"] = np.zeros_like(x)
    for t in range(T, 0, -1):
        da = G[t] * (1 - h[t] ** 2)
        found["W_xh"] += x[t - 1].T @ da
        found["W_hh"] += h[t - 1].T @ da
        found["b_h"] += da.sum(0)
        found["x"][t - 1] = da @ w["W_xh"].T
        if direct:
            G[t - 1] += da @ w["W_hh"].T
        for i, d in enumerate(delays):
            if t - d < reach:
                continue
            found["W_s"][i] += h[source(t, d) if source else t - d].T @ da
            place = to(t, d) if to else t - d
            if skip and 0 <= place:
                G[place] += da @ w["W_s"][i].T
    return found | {"h0": G[0]}


def _direct_path_forgotten(x, h, w, delays, dh):
    return _back(x, h, w, delays, dh, direct=False)


def _skip_path_forgotten(x, h, w, delays, dh):
    return _back(x, h, w, delays, dh, skip=False)


def _skip_to_the_step_before(x, h, w, delays, dh):
    return _back(x, h, w, delays, dh, to=lambda t, d: t - 1)


def _skip_one_too_far(x, h, w, delays, dh):
    return _back(x, h, w, delays, dh, to=lambda t, d: t - d - 1)


def _skip_one_too_near(x, h, w, delays, dh):
    return _back(x, h, w, delays, dh, to=lambda t, d: min(t - d + 1, t - 1))


def _weights_by_the_step_before(x, h, w, delays, dh):
    return _back(x, h, w, delays, dh, source=lambda t, d: t - 1)


def _weights_one_early(x, h, w, delays, dh):
    return _back(x, h, w, delays, dh, source=lambda t, d: max(t - d - 1, 0))


def _start_spared(x, h, w, delays, dh):
    return _back(x, h, w, delays, dh, reach=1)


def _end_for_the_start(x, h, w, delays, dh):
    """h[t - d] with t < d reads the end of the array."""
    n = len(h)
    return _back(x, h, w, delays, dh, source=lambda t, d: (t - d) % n, reach=-(10**9))


def _no_transpose(x, h, w, delays, dh):
    turned = {**w, "W_s": [W.T for W in w["W_s"]]}
    return _back(x, h, turned, delays, dh)


def _no_transpose_direct(x, h, w, delays, dh):
    return _back(x, h, {**w, "W_hh": w["W_hh"].T}, delays, dh)


def _same_weights(x, h, w, delays, dh):
    """Errors go back through a skip by W_hh."""
    return _back(x, h, {**w, "W_s": [w["W_hh"]] * len(delays)}, delays, dh)


def _no_slope(x, h, w, delays, dh):
    found = _back(x, h, w, delays, dh)
    return found | {"b_h": _sums_without_slope(x, h, w, delays, dh)}


def _sums_without_slope(x, h, w, delays, dh):
    T = len(x)
    G = np.concatenate([np.zeros_like(h[:1]), dh])
    for t in range(T, 0, -1):
        G[t - 1] += (G[t] * (1 - h[t] ** 2)) @ w["W_hh"].T
        for i, d in enumerate(delays):
            if d <= t:
                G[t - d] += (G[t] * (1 - h[t] ** 2)) @ w["W_s"][i].T
    return G[1:].sum((0, 1))


def _last_error_alone(x, h, w, delays, dh):
    only = np.zeros_like(dh)
    only[-1] = dh[-1]
    return _back(x, h, w, delays, only)


def _nothing_from_later(x, h, w, delays, dh):
    return _back(x, h, w, delays, dh, direct=False, skip=False)


def _mean_of_batch(x, h, w, delays, dh):
    found, B = _back(x, h, w, delays, dh), h.shape[1]
    for key in ("W_xh", "W_hh", "b_h"):
        found[key] = found[key] / B
    return found | {"W_s": [W / B for W in found["W_s"]]}


def _first_skip_alone(x, h, w, delays, dh):
    found = _back(x, h, {**w, "W_s": w["W_s"][:1]}, delays[:1], dh)
    return found | {"W_s": found["W_s"] + [np.zeros_like(W) for W in w["W_s"][1:]]}


def _delays_sorted(x, h, w, delays, dh):
    return _back(x, h, w, sorted(delays), dh)


def _equal_delays_merged(x, h, w, delays, dh):
    """A dict of delays: of equal ones the last weights count."""
    last = {d: i for i, d in enumerate(delays)}
    W = [w["W_s"][i] for i in last.values()]
    found = _back(x, h, {**w, "W_s": W}, list(last), dh)
    made = dict(zip(last, found["W_s"], strict=True))
    return found | {"W_s": [made[d] for d in delays]}


def _slope_at_the_start(x, h, w, delays, dh):
    found = _back(x, h, w, delays, dh)
    return found | {"h0": found["h0"] * (1 - h[0] ** 2)}


def _start_by_one_step(x, h, w, delays, dh):
    """The error of the start without what came by skips."""
    found = _back(x, h, w, delays, dh)
    return found | {"h0": _back(x, h, w, delays, dh, to=lambda t, d: t - d or -1)["h0"]}


def _x_error_early(x, h, w, delays, dh):
    found = _back(x, h, w, delays, dh)
    return found | {"x": np.roll(found["x"], 1, axis=0)}


# --- wrong paths ----------------------------------------------------------------------


def _greedy(k, t, delays):
    left, count = t - k, 0
    for d in sorted({1, *delays}, reverse=True):
        count, left = count + left // d, left % d
    return count


def _longest_skip_divides(k, t, delays):
    return int(np.ceil((t - k) / max([1, *delays])))


def _whole_skips(k, t, delays):
    d = max([1, *delays])
    return (t - k) // d


def _smallest_skip(k, t, delays):
    d = min(delays, default=1)
    return (t - k) // d + (t - k) % d


def _from_zero(k, t, delays):
    return shortest(0, t, delays)


def _states_counted(k, t, delays):
    return shortest(k, t, delays) + 1


def _all_steps(k, t, delays):
    return t - k


def _best_single(k, t, delays):
    """The best with one kind of skip beside single steps."""
    return min((t - k) // d + (t - k) % d for d in [1, *delays])


def _each_once(k, t, delays):
    """Each skip is used at most once."""
    best = {0: 0}
    for d in sorted(delays):
        best = best | {
            s + d: min(n + 1, best.get(s + d, n + 1))
            for s, n in best.items()
            if s + d <= t - k
        }
    return min(n + t - k - s for s, n in best.items())


# --- numbers --------------------------------------------------------------------------


def _network(rng: np.random.Generator, T: int, delays: list[int], H: int = 4) -> tuple:
    B, D = 2, 3
    w: dict[str, Any] = {
        "W_xh": rng.standard_normal((D, H)),
        "W_hh": rng.standard_normal((H, H)) * 0.6,
        "b_h": rng.standard_normal(H) * 0.3,
        "W_s": [rng.standard_normal((H, H)) * 0.6 for _ in delays],
    }
    return rng.standard_normal((T, B, D)), rng.uniform(-0.8, 0.8, (B, H)), w, delays


def _errors(rng: np.random.Generator, T: int, delays: list[int], H: int = 4) -> tuple:
    x, h0, w, delays = _network(rng, T, delays, H)
    h = forward(x, h0, w, delays)
    return x, h, w, delays, rng.standard_normal(h[1:].shape)


LONG = ((9, [3]), (7, [5, 2]), (8, [4, 4]), (6, [3, 1]))
SHORT = ((2, [5]), (1, [1]), (3, [3]), (4, [9, 2]), (5, [4, 7, 5]))
LAGS = (
    (0, 10, [5, 6]),  # 5 + 5, not 6 + 1 + 1 + 1 + 1
    (3, 15, [10, 4]),
    (3, 5003, []),
    (4, 4, [3]),
    (7, 9, [20]),
    (0, 24, [9, 7, 1, 8]),
    (2, 5002, [7, 100, 64]),
    (0, 90, [17, 8, 31]),  # 31 + 17 + 17 + 17 + 8: all kinds
    (0, 3960, [99, 100]),  # 40 times 99
)


def _told(T: int, delays: list[int]) -> str:
    return f"for T = {T}, delays {delays}"


def _expect_forward(ask: Ask, args: tuple) -> None:
    where = _told(len(args[0]), args[3])
    expect_call(ask, SLIPS, "forward", args, forward(*args), where)


def _expect_backward(ask: Ask, args: tuple, keys: tuple[str, ...]) -> None:
    reply, want = ask("backward", *args), backward(*args)
    where = _told(len(args[0]), args[3])
    got = expect_keys(reply.value, keys, "a dict of gradients")
    plain = {key: got[key] for key in KEYS if key in got}
    tip = hint(SLIPS, "backward", args, plain, want)
    for key in keys:
        if key != "W_s":
            expect_value(got[key], want[key], f'{where}: "{key}"', tip)
            continue
        told = f'{where}: "W_s" as a list of {len(args[3])}'
        listed = list(got[key]) if isinstance(got[key], np.ndarray) else got[key]
        for i, W in enumerate(several(listed, len(args[3]), told)):
            expect_value(W, want[key][i], f'{where}: "W_s"[{i}]', tip)
    expect_same_arguments(args, reply.args_after)


def _test_forward(ask: Ask, rng: np.random.Generator) -> None:
    for T, delays in LONG:
        _expect_forward(ask, _network(rng, T, delays))


def _test_one_skip(ask: Ask, rng: np.random.Generator) -> None:
    for T, d in ((9, 3), (6, 2), (5, 1)):
        _expect_backward(ask, _errors(rng, T, [d]), KEYS[:4])


def _test_more_skips(ask: Ask, rng: np.random.Generator) -> None:
    for T, delays in LONG[1:]:
        _expect_backward(ask, _errors(rng, T, delays), KEYS[:4])


def _test_short(ask: Ask, rng: np.random.Generator) -> None:
    for T, delays in SHORT:
        _expect_forward(ask, _network(rng, T, delays, 3))
        _expect_backward(ask, _errors(rng, T, delays, 3), KEYS[:4])


def _test_inputs(ask: Ask, rng: np.random.Generator) -> None:
    for T, delays in (*LONG[:2], *SHORT[:3]):
        _expect_backward(ask, _errors(rng, T, delays), KEYS[4:])


def _test_shortest(ask: Ask, rng: np.random.Generator) -> None:
    for args in LAGS:
        where = f"from {args[0]} to {args[1]} with delays {args[2]}"
        expect_call(ask, SLIPS, "shortest", args, shortest(*args), where, each=True)


def _cases(rng: np.random.Generator) -> list[Call]:
    kinds = (*LONG, SHORT[0], SHORT[2], SHORT[3])
    calls = [Call("forward", *_network(rng, *kind)) for kind in kinds]
    calls += [Call("backward", *_errors(rng, *kind)) for kind in kinds]
    return calls + [Call("shortest", *args) for args in LAGS]


def _slip(name: str, answer: str, wrong: Any, read: str, message: str, short: str = ""):
    return Slip(name, answer, wrong, message, read, short)


SLIPS = (
    _slip(
        "direct path forgotten",
        "backward",
        _direct_path_forgotten,
        GRAD,
        "Your errors go back by skips alone. A state feeds the next one as well, through $W_{hh}$: eq-skip-grad has a term for each path.",
        "The path through W_hh is missing.",
    ),
    _slip(
        "skip path forgotten",
        "backward",
        _skip_path_forgotten,
        GRAD,
        "Your errors go back one step at a time. A state feeds the one d steps later as well: eq-skip-grad has a term for each path.",
        "The path through the skip is missing.",
    ),
    _slip(
        "skip error to the step before",
        "backward",
        _skip_to_the_step_before,
        GRAD,
        "You add the error of the skip to step $t - 1$. It belongs to the state that the skip has read, $h^{(t-d)}$.",
        "The error of a skip is added one step before.",
    ),
    _slip(
        "skip error one too far",
        "backward",
        _skip_one_too_far,
        GRAD,
        "The error of your skip arrives one step too early, at $t - d - 1$.",
        "The error of a skip goes one step too far.",
    ),
    _slip(
        "skip error one too near",
        "backward",
        _skip_one_too_near,
        GRAD,
        "The error of your skip arrives one step too late, at $t - d + 1$.",
        "The error of a skip does not go far enough.",
    ),
    _slip(
        "skip weights by the step before",
        "backward",
        _weights_by_the_step_before,
        GRAD,
        "You make the gradient of the skip's weights with $h^{(t-1)}$. They were multiplied by $h^{(t-d)}$.",
        "W_s is paired with the state of the step before.",
    ),
    _slip(
        "skip weights one early",
        "backward",
        _weights_one_early,
        GRAD,
        "You make the gradient of the skip's weights with the state of $t - d - 1$: off by one.",
        "W_s is paired with a state that is one too early.",
    ),
    _slip(
        "start spared",
        "backward",
        _start_spared,
        GRAD,
        "Your skips do not reach the start. At $t = d$ the skip reads $h^{(0)}$, which is a state like any other.",
        "The skip to the start is missing.",
    ),
    _slip(
        "the end for the start",
        "backward",
        _end_for_the_start,
        GRAD,
        "For $t < d$ your index $t - d$ is negative, and Python reads the *end* of the array. There is no such state, and nothing to add.",
        "Negative indices read the end.",
    ),
    _slip(
        "W_s not transposed",
        "backward",
        _no_transpose,
        GRAD,
        "Backward through a skip you multiply by its weights as they stand. Errors take the transpose.",
        "W_s is not transposed.",
    ),
    _slip(
        "W_hh not transposed",
        "backward",
        _no_transpose_direct,
        GRAD,
        "Backward through a step you multiply by $W_{hh}$ as it stands. Errors take the transpose.",
        "W_hh is not transposed.",
    ),
    _slip(
        "one matrix for all",
        "backward",
        _same_weights,
        GRAD,
        "Through a skip your errors go back by $W_{hh}$. Every skip has its own weights.",
        "Skips use W_hh.",
    ),
    _slip(
        "bias without slope",
        "backward",
        _no_slope,
        GRAD,
        "The gradient of $b_h$ is the sum of the errors *before* tanh: the slope $1 - h^2$ is missing there.",
        "b_h has no slope.",
    ),
    _slip(
        "last error alone",
        "backward",
        _last_error_alone,
        GRAD,
        "You use the last of the errors from outside. There's one at every step.",
        "Errors from outside are missing.",
    ),
    _slip(
        "nothing from later",
        "backward",
        _nothing_from_later,
        GRAD,
        "Your errors do not travel at all: at every step there is what comes from outside *and* what comes from later states, by both kinds of path.",
        "No error travels.",
    ),
    _slip(
        "mean of the batch",
        "backward",
        _mean_of_batch,
        GRAD,
        "You divide by the size of the batch. Gradients of weights are sums over all sequences; a mean, if any, is in `dh` already.",
        "It is divided by the size of the batch.",
    ),
    _slip(
        "first skip alone",
        "backward",
        _first_skip_alone,
        GRAD,
        "You go back through the first of the skips alone.",
        "Later skips are missing.",
    ),
    _slip(
        "delays sorted",
        "backward",
        _delays_sorted,
        GRAD,
        "You sort the delays, and leave their weights in the old order: `W_s[i]` belongs to `delays[i]`.",
        "Delays and weights are in different orders.",
    ),
    _slip(
        "equal delays merged",
        "backward",
        _equal_delays_merged,
        GRAD,
        "Of two equal delays only one is left with you (a dict has each key once). Both have weights, and both carry errors.",
        "Of equal delays one is lost.",
    ),
    _slip(
        "slope at the start",
        "backward",
        _slope_at_the_start,
        GRAD,
        "You multiply the error of the start by the slope $1 - h^2$. The start is given and went through no tanh.",
        "The start has no slope.",
    ),
    _slip(
        "start without skips",
        "backward",
        _start_by_one_step,
        GRAD,
        "The error of the start comes from step 1 *and*, by a skip, from step d.",
        "The start lacks what comes by skips.",
    ),
    _slip(
        "input errors shifted",
        "backward",
        _x_error_early,
        GRAD,
        "The errors of your inputs are shifted by one: $x^{(t)}$ is `x[t - 1]`.",
        "Errors of the inputs are shifted.",
    ),
    _slip(
        "padded with the start",
        "forward",
        _padded_with_the_start,
        FORWARD,
        "Where a skip would begin before the start you use $h^{(0)}$, as §10.2 does. Read the task again: here nothing is added there.",
        "Before the start, h0 is read.",
    ),
    _slip(
        "a negative index",
        "forward",
        _wrapped,
        FORWARD,
        "For $t < d$ your index $t - d$ is negative, and Python reads from the *end*. There is no such state, and nothing to add.",
        "Negative indices read the end.",
    ),
    _slip(
        "start not skipped",
        "forward",
        _start_not_skipped,
        FORWARD,
        "At $t = d$ your skip is not there yet. It reads $h^{(0)}$ then.",
        "At t = d the skip is missing.",
    ),
    _slip(
        "skip after tanh",
        "forward",
        _skip_after_tanh,
        FORWARD,
        "You add the skip after tanh. In def-skip it stands inside.",
        "The skip stands outside tanh.",
    ),
    _slip(
        "skip for the step",
        "forward",
        _skip_for_step,
        FORWARD,
        "Where there is a skip you do not read the step before. A skip is one more path; the other one stays.",
        "The step before is not read.",
    ),
    _slip(
        "delay too long",
        "forward",
        _delay_too_long,
        FORWARD,
        "Your skips reach one step too far back: with delay d, step t reads the state of $t - d$.",
        "Skips reach one step too far.",
    ),
    _slip(
        "forward with one skip",
        "forward",
        _forward_first_skip,
        FORWARD,
        "You use the first skip alone. There can be several.",
        "Later skips are missing.",
    ),
    _slip(
        "no skips",
        "forward",
        _forward_without_skips,
        FORWARD,
        "Your network has no skips.",
        "There are no skips.",
    ),
    _slip(
        "greedy",
        "shortest",
        _greedy,
        LAG,
        "You take the longest skip as often as it fits. That is not always shortest: with 5 and 6 a distance of 10 is two skips of 5, and not one of 6 and four steps.",
        "That is the greedy path.",
    ),
    _slip(
        "longest skip divides",
        "shortest",
        _longest_skip_divides,
        LAG,
        "You divide by the longest delay and round up. What is left over has to be walked in skips and steps that exist.",
        "What is left over is counted as one.",
    ),
    _slip(
        "whole skips alone",
        "shortest",
        _whole_skips,
        LAG,
        "You count the longest skips and forget what is left over.",
        "What is left over is forgotten.",
    ),
    _slip(
        "smallest skip",
        "shortest",
        _smallest_skip,
        LAG,
        "You use the shortest of the skips.",
        "The shortest skip is used.",
    ),
    _slip(
        "one kind of skip",
        "shortest",
        _best_single,
        LAG,
        "You use one kind of skip beside single steps. A path may use all kinds.",
        "One path uses one kind.",
    ),
    _slip(
        "each once",
        "shortest",
        _each_once,
        LAG,
        "You use each skip at most once. Every state has all the skips.",
        "Each skip is used once.",
    ),
    _slip(
        "from zero",
        "shortest",
        _from_zero,
        LAG,
        "You start at time 0. The path begins at k.",
        "The path begins at 0.",
    ),
    _slip(
        "states counted",
        "shortest",
        _states_counted,
        LAG,
        "You count the states on the path. Asked for is the number of factors, which are the links between them.",
        "States are counted.",
    ),
    _slip(
        "single steps",
        "shortest",
        _all_steps,
        LAG,
        "You count single steps, as if there were no skips.",
        "These are single steps.",
    ),
)

QUESTION = Question(
    id="10.4",
    title="skips, backward",
    answers=("forward", "backward", "shortest"),
    reference={"forward": forward, "backward": backward, "shortest": shortest},
    properties=(
        Property("forward reads every skip", 1, _test_forward, FORWARD),
        Property(
            "the gradients of all weights are right with one skip",
            1,
            _test_one_skip,
            GRAD,
        ),
        Property(
            "they are right with several skips, in any order, of equal delay or of delay 1",
            1,
            _test_more_skips,
            GRAD,
        ),
        Property(
            "forward and gradients are right for sequences that are no longer than a delay",
            1,
            _test_short,
            GRAD,
        ),
        Property(
            "the gradients of the start and of the inputs are right",
            1,
            _test_inputs,
            GRAD,
        ),
        Property(
            "shortest finds the fewest factors between two states",
            1,
            _test_shortest,
            LAG,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
