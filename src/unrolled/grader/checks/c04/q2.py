"""Question 4.2: a network without tanh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import (
    Array,
    as_array,
    expect_keys,
    expect_untouched,
    kind_of,
    near,
)
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong


def input_matrices(T, W_xh, W_hh, W_xo, W_ho):
    M, total, path = [], W_xo, W_xh
    for _ in range(T):
        M.append(total / T)
        total = total + path @ W_ho
        path = path @ W_hh
    return np.array(M[::-1])


def offset(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, h0
    for _ in range(T):
        total = total + h @ W_ho + b_o
        h = h @ W_hh + b_h
    return total / T


def claims():
    return {
        "log-odds": True,
        "log-probability": False,
        "decision": False,
        "order": True,
        "twins": False,
        "second layer": False,
    }


# --- matrices, as somebody with a misconception writes them --------------------------


def _last_output_alone(T, W_xh, W_hh, W_xo, W_ho):
    M, path = [W_xo], W_xh
    for _ in range(T - 1):
        M.append(path @ W_ho)
        path = path @ W_hh
    return np.array(M[::-1])


def _summed_not_averaged(T, W_xh, W_hh, W_xo, W_ho):
    M, total, path = [], W_xo, W_xh
    for _ in range(T):
        M.append(total)
        total = total + path @ W_ho
        path = path @ W_hh
    return np.array(M[::-1])


def _one_output_each(T, W_xh, W_hh, W_xo, W_ho):
    M, path = [W_xo], W_xh
    for _ in range(T - 1):
        M.append(W_xo + path @ W_ho)
        path = path @ W_hh
    return np.array(M[::-1]) / T


def _exponent_one_too_high(T, W_xh, W_hh, W_xo, W_ho):
    M, total, path = [], W_xo, W_xh @ W_hh
    for _ in range(T):
        M.append(total / T)
        total = total + path @ W_ho
        path = path @ W_hh
    return np.array(M[::-1])


def _exponent_one_too_low(T, W_xh, W_hh, W_xo, W_ho):
    M, total, power = [], W_xo, np.linalg.matrix_power
    for j in range(T):
        M.append(total / T)
        total = total + W_xh @ power(W_hh, max(j - 1, 0)) @ W_ho
    return np.array(M[::-1])


def _next_output_alone(T, W_xh, W_hh, W_xo, W_ho):
    return np.array([(W_xo + W_xh @ W_ho) / T] * (T - 1) + [W_xo / T])


def _mean_over_what_is_reached(T, W_xh, W_hh, W_xo, W_ho):
    M, total, path = [], W_xo, W_xh
    for reached in range(1, T + 1):
        M.append(total / reached)
        total = total + path @ W_ho
        path = path @ W_hh
    return np.array(M[::-1])


def _new_state(T, W_xh, W_hh, W_xo, W_ho):
    M, total, path = [], W_xo, W_xh
    for _ in range(T):
        total = total + path @ W_ho
        path = path @ W_hh
        M.append(total / T)
    return np.array(M[::-1])


def _direct_path_for_the_last_alone(T, W_xh, W_hh, W_xo, W_ho):
    M, total, path = [W_xo / T], 0 * W_xo, W_xh
    for _ in range(T - 1):
        total = total + path @ W_ho
        path = path @ W_hh
        M.append(total / T)
    return np.array(M[::-1])


def _no_direct_path(T, W_xh, W_hh, W_xo, W_ho):
    M, total, path = [], 0 * W_xo, W_xh
    for _ in range(T):
        M.append(total / T)
        total = total + path @ W_ho
        path = path @ W_hh
    return np.array(M[::-1])


def _direct_path_at_every_output(T, W_xh, W_hh, W_xo, W_ho):
    M, total, path = [], W_xo, W_xh
    for _ in range(T):
        M.append(total / T)
        total = total + W_xo + path @ W_ho
        path = path @ W_hh
    return np.array(M[::-1])


def _time_reversed(T, W_xh, W_hh, W_xo, W_ho):
    M, total, path = [], W_xo, W_xh
    for _ in range(T):
        M.append(total / T)
        total = total + path @ W_ho
        path = path @ W_hh
    return np.array(M)


def _entrywise_power(T, W_xh, W_hh, W_xo, W_ho):
    M, total = [], W_xo
    for j in range(T):
        M.append(total / T)
        total = total + W_xh @ (W_hh**j if j else np.eye(len(W_hh))) @ W_ho
    return np.array(M[::-1])


def _entrywise_power_from_zero(T, W_xh, W_hh, W_xo, W_ho):
    M, total = [], W_xo
    for j in range(T):
        M.append(total / T)
        total = total + W_xh @ W_hh**j @ W_ho
    return np.array(M[::-1])


def _recurrent_transposed(T, W_xh, W_hh, W_xo, W_ho):
    M, total, path = [], W_xo, W_xh
    for _ in range(T):
        M.append(total / T)
        total = total + path @ W_ho
        path = path @ W_hh.T
    return np.array(M[::-1])


def _columns(T, W_xh, W_hh, W_xo, W_ho):
    M, total, path = [], W_xo, W_xh
    for _ in range(T):
        M.append(total.T / T)
        total = total + path @ W_ho
        path = path @ W_hh
    return np.array(M[::-1])


# --- offsets ------------------------------------------------------------------------


def _offset_of_the_last_output(T, h0, W_hh, b_h, W_ho, b_o):
    h = h0
    for _ in range(T - 1):
        h = h @ W_hh + b_h
    return h @ W_ho + b_o


def _offset_summed(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, h0
    for _ in range(T):
        total = total + h @ W_ho + b_o
        h = h @ W_hh + b_h
    return total


def _without_h0(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, 0 * h0
    for _ in range(T):
        total = total + h @ W_ho + b_o
        h = h @ W_hh + b_h
    return total / T


def _without_b_h(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, h0
    for _ in range(T):
        total = total + h @ W_ho + b_o
        h = h @ W_hh
    return total / T


def _without_any_bias(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, h0
    for _ in range(T):
        total = total + h @ W_ho
        h = h @ W_hh
    return total / T


def _without_b_o(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, h0
    for _ in range(T):
        total = total + h @ W_ho
        h = h @ W_hh + b_h
    return total / T


def _bias_not_carried(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, h0
    for t in range(T):
        total = total + (h + (b_h if t else 0)) @ W_ho + b_o
        h = h @ W_hh
    return total / T


def _bias_without_growing(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, h0
    for t in range(T):
        total = total + (h + t * b_h) @ W_ho + b_o
        h = h @ W_hh
    return total / T


def _offset_of_the_new_state(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, h0
    for _ in range(T):
        h = h @ W_hh + b_h
        total = total + h @ W_ho + b_o
    return total / T


def _output_bias_divided(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, h0
    for _ in range(T):
        total = total + h @ W_ho
        h = h @ W_hh + b_h
    return (total + b_o) / T


def _output_bias_every_step(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, h0
    for _ in range(T):
        total = total + h @ W_ho
        h = h @ W_hh + b_h
    return total / T + T * b_o


def _series_by_the_inverse(T, h0, W_hh, b_h, W_ho, b_o):
    power, one, total = np.linalg.matrix_power, np.eye(len(W_hh)), 0.0
    inverse = np.linalg.inv(one - W_hh)
    for t in range(T):
        h = h0 @ power(W_hh, t) + b_h @ (one - power(W_hh, t)) @ inverse
        total = total + h @ W_ho + b_o
    return total / T


def _offset_entrywise(T, h0, W_hh, b_h, W_ho, b_o):
    total, one = 0.0, np.eye(len(W_hh))
    for t in range(T):
        h = h0 @ (W_hh**t if t else one)
        for j in range(t):
            h = h + b_h @ (W_hh**j if j else one)
        total = total + h @ W_ho + b_o
    return total / T


def _offset_transposed(T, h0, W_hh, b_h, W_ho, b_o):
    total, h = 0.0, h0
    for _ in range(T):
        total = total + h @ W_ho + b_o
        h = h @ W_hh.T + b_h
    return total / T


# --- claims -------------------------------------------------------------------------

REFUTED = {
    "log-odds": "it is true. log p_u is o_u minus the logarithm of a sum, and that logarithm is the same number for all classes: in the difference of two of them it cancels. What is left is o_u − o_v.",
    "log-probability": "it is false. The logarithm of a sum of exponentials is in it, and that bends: with two classes and o = (z, 0), log p = −log(1 + exp(−z)) runs along z on one side and along 0 on the other.",
    "decision": "it is false. The LogSoftmax subtracts one number from all entries of a row, so their order stays, and with it the largest.",
    "order": "it is true. The matrices M_1 and M_2 differ, so a letter counts differently at the first place and at the second. Linear does not mean deaf to order.",
    "twins": "it is false. Let f = o_u − o_v, affine in the input. Then f(aa) + f(bb) = f(ab) + f(ba), because every letter stands once in each place on both sides. If the left sum is positive, so is the right one.",
    "second layer": "it is false. An affine function of an affine function is affine: the two layers together compute nothing that one of them could not. The argument against \"twins\" needs nothing else.",
}  # fmt: skip


def _softmax_bends():
    return {
        "log-odds": False,
        "log-probability": False,
        "decision": True,
        "order": True,
        "twins": False,
        "second layer": False,
    }


def _softmax_bends_and_helps():
    return {
        "log-odds": False,
        "log-probability": False,
        "decision": True,
        "order": True,
        "twins": True,
        "second layer": True,
    }


def _linear_to_the_end():
    return {
        "log-odds": True,
        "log-probability": True,
        "decision": False,
        "order": True,
        "twins": False,
        "second layer": False,
    }


def _a_bag_of_letters():
    return {
        "log-odds": True,
        "log-probability": False,
        "decision": False,
        "order": False,
        "twins": False,
        "second layer": False,
    }


def _units_are_enough():
    return {
        "log-odds": True,
        "log-probability": False,
        "decision": False,
        "order": True,
        "twins": True,
        "second layer": True,
    }


def _depth_is_enough():
    return {
        "log-odds": True,
        "log-probability": False,
        "decision": False,
        "order": True,
        "twins": False,
        "second layer": True,
    }


# --- tests --------------------------------------------------------------------------


def _draw(
    rng: np.random.Generator, D: int, H: int, V: int, identity: bool = False
) -> dict[str, Array]:
    """Weights, biases and an initial state; nothing is zero."""
    W_hh = 1.1 * rng.standard_normal((H, H)) / np.sqrt(H)
    return {
        "W_xh": rng.standard_normal((D, H)),
        "W_hh": np.eye(H) if identity else W_hh,
        "W_xo": rng.standard_normal((D, V)),
        "W_ho": rng.standard_normal((H, V)),
        "h0": rng.standard_normal(H),
        "b_h": rng.standard_normal(H),
        "b_o": rng.standard_normal(V),
    }


def mean_output(net: dict[str, Array], x: Array) -> Array:
    """The mean output by running the network on x (T, D), step by step."""
    h, outputs = net["h0"], []
    for x_t in x:
        outputs.append(x_t @ net["W_xo"] + h @ net["W_ho"] + net["b_o"])
        h = x_t @ net["W_xh"] + h @ net["W_hh"] + net["b_h"]
    return np.mean(outputs, axis=0)


def probed(net: dict[str, Array], T: int) -> tuple[Array, Array]:
    """The matrices (T, D, V) and the offset (V,), by running the network on sequences
    with a single 1, and on zeros."""
    D, V = net["W_xo"].shape
    c = mean_output(net, np.zeros((T, D)))
    M = np.zeros((T, D, V))
    for k in range(T):
        for i in range(D):
            x = np.zeros((T, D))
            x[k, i] = 1.0
            M[k, i] = mean_output(net, x) - c
    return M, c


MATRIX_ARGUMENTS = ("W_xh", "W_hh", "W_xo", "W_ho")
OFFSET_ARGUMENTS = ("h0", "W_hh", "b_h", "W_ho", "b_o")


def _ask(ask: Ask, name: str, T: int, net: dict[str, Array]) -> Any:
    names = MATRIX_ARGUMENTS if name == "input_matrices" else OFFSET_ARGUMENTS
    args = (T, *(net[n] for n in names))
    reply = ask(name, *args)
    expect_untouched(reply, args, "T " + " ".join(names))
    return reply.value


def _expect_matrices(ask: Ask, T: int, net: dict[str, Array], name: str) -> None:
    value = _ask(ask, "input_matrices", T, net)
    want = probed(net, T)[0]
    got = as_array(value, want.shape, f"{name}, T = {T}: the result")
    for k in range(T, 0, -1):
        if not near(got[k - 1], want[k - 1]):
            what = "the last input" if k == T else f"the input {T - k} before the last"
            raise Wrong(
                f"{name}, T = {T}: M_{k}, which belongs to {what}, differs from what the "
                "network does with a single 1 there. Which outputs does it reach, and through "
                "how many links each?"
            )


def _test_short(ask: Ask, rng: np.random.Generator) -> None:
    for T in (1, 2):
        _expect_matrices(ask, T, _draw(rng, 3, 4, 2), "random weights")


def _test_long(ask: Ask, rng: np.random.Generator) -> None:
    for T, sizes in ((3, (2, 3, 4)), (6, (3, 3, 3)), (4, (2, 4, 3))):
        _expect_matrices(ask, T, _draw(rng, *sizes), "random weights")
    _expect_matrices(ask, 4, _draw(rng, 2, 3, 4, identity=True), "W_hh the identity")


def _test_offset(ask: Ask, rng: np.random.Generator) -> None:
    for T, sizes, identity in (
        (1, (3, 4, 2), False),
        (2, (2, 3, 4), False),
        (5, (3, 3, 3), False),
        (4, (2, 4, 3), True),
    ):
        net = _draw(rng, *sizes, identity=identity)
        want = probed(net, T)[1]
        where = f"T = {T}{', W_hh the identity' if identity else ''}: the result"
        got = as_array(_ask(ask, "offset", T, net), want.shape, where)
        if near(got, want):
            continue
        for part in ("h0", "b_h", "b_o"):
            less = {**net, part: 0 * net[part]}
            alone = {n: net[n] if n == part else 0 * net[n] for n in net}
            alone |= {n: net[n] for n in ("W_hh", "W_ho")}
            if near(got, probed(less, T)[1]):
                raise Wrong(f"{where} has no contribution from {part}.")
            found = np.asarray(_ask(ask, "offset", T, alone))
            if found.shape == want.shape and not near(found, probed(alone, T)[1]):
                raise Wrong(
                    f"{where} is wrong, and so it is when only {part} is not zero. How often, "
                    "and through how many links, does it reach the outputs?"
                )
        raise Wrong(f"{where} differs from what the network gives for zeros as inputs.")


def _as_verdict(value: Any, key: str) -> bool:
    entry = expect_keys(value, (key,), "a dict with the six claims")[key]
    if isinstance(entry, (bool, np.bool_)):
        return bool(entry)
    shown = repr(entry) if isinstance(entry, (str, int)) else kind_of(entry)
    raise Wrong(f'"{key}": expected True or False, got {shown}.')


def _test_claims(*keys: str) -> Callable[[Ask, np.random.Generator], None]:
    def test(ask: Ask, rng: np.random.Generator) -> None:
        value, right, told = ask("claims").value, claims(), []
        for key in keys:
            try:
                said = _as_verdict(value, key)
            except Wrong as wrong:
                if not isinstance(value, dict):
                    raise
                told.append(wrong.message)
                continue
            if said != right[key]:
                told.append(f'"{key}": {REFUTED[key]}')
        if told:
            raise Wrong(" ".join(told))

    return test


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [Call("claims")]
    for T, sizes, identity in (
        (1, (3, 2, 4), False),
        (2, (2, 3, 4), False),
        (4, (3, 3, 3), False),
        (5, (2, 4, 3), False),
        (4, (2, 3, 3), True),
    ):
        net = _draw(rng, *sizes, identity=identity)
        calls.append(Call("input_matrices", T, *(net[n] for n in MATRIX_ARGUMENTS)))
        calls.append(Call("offset", T, *(net[n] for n in OFFSET_ARGUMENTS)))
    return calls


QUESTION = Question(
    id="04.2",
    title="the tutorial's network without its tanh",
    answers=("input_matrices", "offset", "claims"),
    reference={"input_matrices": input_matrices, "offset": offset, "claims": claims},
    properties=(
        Property(
            "input_matrices for T = 1 and 2: each M_k is what the network does with a single 1",
            1,
            _test_short,
            "§4.9, eq-linear-rnn",
        ),
        Property(
            "input_matrices for longer sequences, and with the identity as W_hh",
            1,
            _test_long,
            "§4.9, eq-linear-rnn",
        ),
        Property(
            "offset is what the network gives for zeros as inputs, for T from 1 on",
            1,
            _test_offset,
            "§4.9, eq-linear-rnn",
        ),
        Property(
            "The three claims about the LogSoftmax",
            1,
            _test_claims("log-odds", "log-probability", "decision"),
            "§4.9, eq-log-odds",
        ),
        Property(
            "The three claims about what such a network can tell apart",
            1,
            _test_claims("order", "twins", "second layer"),
            "§4.9, eq-linear-rnn",
        ),
    ),
    misconceptions=(
        Misconception(
            "the last output alone",
            {"input_matrices": _last_output_alone},
            "These are the matrices of the last output. Here the answer is the mean of all outputs, so that an early input counts at each step from its own on: add up what it does to every one of them, and divide by T.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "summed and not averaged",
            {"input_matrices": _summed_not_averaged},
            "You add up what x(k) does to all the outputs, rightly, and forget to divide by T: the answer is their mean.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "last link instead of all",
            {"input_matrices": _one_output_each},
            "For each input you count its own output and the last one. Between them there are others: x(k) acts on every output from k to T, through 0, 1, 2, … factors W_hh. The powers have to be summed.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "one link too many",
            {"input_matrices": _exponent_one_too_high},
            "There is one W_hh too many in M_1, and in every M_k but the last. Your path from x(k) to o(t) goes through t − k factors W_hh. An output reads the state *before* it, so o(k+1) reads h(k), which x(k) entered through W_xh alone: the exponent is t − k − 1.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "one link too few",
            {"input_matrices": _exponent_one_too_low},
            "There is one W_hh too few in M_1, from T = 3 on: you use the term without W_hh twice. x(k) reaches o(k+1) through W_xh W_ho, o(k+2) through W_xh W_hh W_ho, and each later output through one link more.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "the next output alone",
            {"input_matrices": _next_output_alone},
            "You count what x(k) does to its own output and to the next one, and stop. The state carries it further: o(k+2) is reached through one W_hh, o(k+3) through two, up to o(T).",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "divided by the outputs reached",
            {"input_matrices": _mean_over_what_is_reached},
            "You divide by the number of outputs that x(k) reaches. The mean has T terms for every k; those before k are 0, and they count.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "output from the new state",
            {"input_matrices": _new_state},
            "You let an output read the state after its own input. In this network it reads the one before, h(t−1): x(k) reaches o(k) through W_xo alone, and the states from o(k+1) on.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "direct path for the last input alone",
            {"input_matrices": _direct_path_for_the_last_alone},
            "You give W_xo to the last input alone. Every output is in the mean, and each has its own input straight through W_xo.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "direct path missing",
            {"input_matrices": _no_direct_path},
            "W_xo appears nowhere in your matrices: the path from an input straight to the output of its own step is missing.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "direct path at every output",
            {"input_matrices": _direct_path_at_every_output},
            "You let x(k) go through W_xo to every later output. It does so once, at its own step; after that it is known through the state alone.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "time reversed",
            {"input_matrices": _time_reversed},
            "The matrices are right and stand in the opposite order. Row 0 belongs to x(1), which reaches the most outputs.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "power of each entry",
            {"input_matrices": _entrywise_power},
            "`W_hh ** n` raises every *entry* to a power. The step is applied n times: np.linalg.matrix_power, or a loop with @.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "power of each entry, from zero",
            {"input_matrices": _entrywise_power_from_zero},
            "`W_hh ** n` raises every *entry* to a power, and for n = 0 it is all ones, not the identity. The step is applied n times: np.linalg.matrix_power, or a loop with @.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "W_hh transposed",
            {"input_matrices": _recurrent_transposed},
            "W_hh stands in your products transposed. With rows the factors follow time from left to right, W_xh W_hh … W_ho, as they are; the transpose belongs to the way back.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "matrices for columns",
            {"input_matrices": _columns},
            "Each of your matrices is the transpose of the right one, (V, D): they multiply columns from the left. In this course an input is a row, and M_k is (D, V).",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "offset of the last output",
            {"offset": _offset_of_the_last_output},
            "This is what the last output is without inputs. The answer is the mean over all T of them.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "offset summed and not averaged",
            {"offset": _offset_summed},
            "You add up the outputs without inputs and forget to divide by T.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "initial state forgotten",
            {"offset": _without_h0},
            "Your offset has no h0. It is not an input, but every output knows it: o(1) directly, o(T) through T − 1 steps.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "hidden bias forgotten",
            {"offset": _without_b_h},
            "Your offset has no b_h. It is added to the state at every step, without any input.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "all biases forgotten",
            {"offset": _without_any_bias},
            "Your offset holds what comes from h0 and neither bias. Both belong to what does not depend on the inputs.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "output bias forgotten",
            {"offset": _without_b_o},
            "Your offset has no b_o, which is added to every output and so to their mean.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "hidden bias not carried on",
            {"offset": _bias_not_carried},
            "Each of your states has b_h once. What came in at an earlier step is still there, carried on through W_hh: b_h, b_h W_hh, b_h W_hh², … add up.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "hidden bias without its steps",
            {"offset": _bias_without_growing},
            "You add b_h once for every step so far, as it is. What came in earlier has been through W_hh since, once for every step.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "offset of the new state",
            {"offset": _offset_of_the_new_state},
            "Your outputs read the state after their own step. In this network they read the one before: o(1) reads h0.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "output bias divided by T",
            {"offset": _output_bias_divided},
            "You add b_o once and divide it by T with the rest. Each of the T outputs has it, so the mean has it whole.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "output bias at every step",
            {"offset": _output_bias_every_step},
            "b_o is in your offset T times. Each output has it once, and so has their mean.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "series by the inverse",
            {"offset": _series_by_the_inverse},
            "You sum the powers with the inverse of 1 − W_hh. That formula is right until an eigenvalue of W_hh is 1, and with the identity it has no value at all, though the sum has one. Add the terms instead.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "power of each entry in the offset",
            {"offset": _offset_entrywise},
            "In the offset `W_hh ** n` raises every *entry* to a power. The step is applied n times: np.linalg.matrix_power, or a loop with @.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "W_hh transposed in the offset",
            {"offset": _offset_transposed},
            "In the offset W_hh is transposed. A row goes forward through W_hh itself.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "LogSoftmax makes it nonlinear",
            {"claims": _softmax_bends},
            "You take the LogSoftmax for the nonlinearity that was left out. It comes after everything, subtracts one number from all logits of a step and gives nothing back to the network: log-odds stay affine, decisions stay where they are.",
            "§4.9, eq-log-odds",
        ),
        Misconception(
            "LogSoftmax makes it powerful",
            {"claims": _softmax_bends_and_helps},
            "You credit the LogSoftmax with what the tanh would do. The border between two classes is where their log-odds are 0, and these are affine: a flat border, which no number of units or layers bends.",
            "§4.9, eq-log-odds",
        ),
        Misconception(
            "linear to the very end",
            {"claims": _linear_to_the_end},
            "One mistake alone: the logits are affine and so are their differences, but a log-probability contains the logarithm of a sum of exponentials, which is not.",
            "§4.9, eq-log-odds",
        ),
        Misconception(
            "a bag of letters",
            {"claims": _a_bag_of_letters},
            "One mistake alone: you take linear for blind to order. Every place has a matrix M_k of its own, so a linear network may well prefer ab to ba.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "size replaces a nonlinearity",
            {"claims": _units_are_enough},
            "You hope for more units, and for more layers. H is only a size inside the products: whatever it is, what comes out is one matrix M_k for every place.",
            "§4.9, eq-linear-rnn",
        ),
        Misconception(
            "depth replaces a nonlinearity",
            {"claims": _depth_is_enough},
            "One mistake alone: a second linear layer on top of a linear one is still linear. Depth buys something only if something between the layers bends.",
            "§4.9, eq-linear-rnn",
        ),
    ),
    cases=_cases,
)
