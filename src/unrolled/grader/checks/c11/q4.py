"""Question 11.4: a forget bias for a lag, in every place where it belongs."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c11.common import close, judge
from unrolled.grader.checks.judging import kind_of
from unrolled.grader.checks.slips import (
    Slip,
    array,
    expect_same_arguments,
    hint,
    misconceptions,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

START = "§11.5"
PLACES = "§11.8"


def forget_bias(share, T):
    lost = -np.log(share) / T  # of the logarithm, each step
    return -lost - np.log(-np.expm1(-lost))


def _key(name, part, layer, back):
    return f"{name}.bias_{part}_l{layer}" + "_reverse" * back


def _quarter(bias, k=1):
    H = len(bias) // 4
    return slice(k * H, (k + 1) * H)


def _copied(state):
    return {key: np.array(value) for key, value in state.items()}


def set_forget(state, name, b):
    new = _copied(state)
    for layer in range(len(b)):
        for back in range(len(b[layer])):
            ih, hh = (new[_key(name, part, layer, back)] for part in ("ih", "hh"))
            ih[_quarter(ih)] = b[layer][back]
            hh[_quarter(hh)] = 0
    return new


def left(state, name, T):
    rows = []
    for layer in range(1000):
        if _key(name, "ih", layer, 0) not in state:
            break
        both = []
        for back in range(2):
            if _key(name, "ih", layer, back) in state:
                ih, hh = (state[_key(name, p, layer, back)] for p in ("ih", "hh"))
                b = (ih + hh)[_quarter(ih)]
                both.append(np.exp(-T * np.logaddexp(0, -b)))
        rows.append(both)
    return np.array(rows)


# --- wrong biases ---------------------------------------------------------------------


def _one_step(share, T):
    return np.log(share / (1 - share))


def _each_loses_evenly(share, T):
    """1 - (1 - share)/T each step, as if losses added up."""
    f = 1 - (1 - share) / T
    return np.log(f) - np.log((1 - share) / T)


def _share_lost(share, T):
    return forget_bias(1 - share, T)


def _gate_itself(share, T):
    return np.exp(np.log(share) / T)


def _sign(share, T):
    return -forget_bias(share, T)


def _logarithm_of_T(share, T):
    return np.log(T)


def _chrono(share, T):
    return np.log(max(T - 1, 1e-300))


def _time_constant(share, T):
    """The share 1/e after T steps, nearly: f = 1 - 1/T."""
    lost = min(1 / T, 1 - 1e-16)
    return np.log1p(-lost) - np.log(lost)


def _half(share, T):
    return forget_bias(0.5, T)


def _for_long_lags(share, T):
    return np.log(T / -np.log(share))


def _digits_lost(share, T):
    f = share ** (1 / T)
    return np.log(f / (1 - f))


def _one_step_more(share, T):
    return forget_bias(share, T + 1)


# --- wrong places ---------------------------------------------------------------------


def _set(state, name, b, ih_value, hh_value, k=1):
    """b times ih_value and b times hh_value in block k of both biases."""
    new = _copied(state)
    for layer in range(len(b)):
        for back in range(len(b[layer])):
            for part, value in (("ih", ih_value), ("hh", hh_value)):
                bias = new[_key(name, part, layer, back)]
                bias[_quarter(bias, k)] = value * b[layer][back]
    return new


def _both(state, name, b):
    return _set(state, name, b, 1, 1)


def _first_quarter(state, name, b):
    return _set(state, name, b, 1, 0, 0)


def _third_quarter(state, name, b):
    return _set(state, name, b, 1, 0, 2)


def _last_quarter(state, name, b):
    return _set(state, name, b, 1, 0, 3)


def _first_layer(state, name, b):
    return set_forget(state, name, b[:1])


def _forward_alone(state, name, b):
    return set_forget(state, name, b[:, :1])


def _same_for_both(state, name, b):
    return set_forget(state, name, np.repeat(b[:, :1], b.shape[1], 1))


def _same_for_all(state, name, b):
    return set_forget(state, name, np.full(b.shape, b[0, 0]))


def _one_of_two(state, name, b):
    """bias_ih is set; what stands in bias_hh is added to it by the network."""
    new, done = _copied(state), set_forget(state, name, b)
    return {key: done[key] if "bias_ih" in key else new[key] for key in new}


def _added(state, name, b):
    """b on top of what is there."""
    new, done = _copied(state), _set(state, name, b, 1, 0)
    zero = _set(state, name, b, 0, 0)
    return {key: new[key] + done[key] - zero[key] for key in new}


def _whole_bias(state, name, b):
    new = _copied(state)
    for layer in range(len(b)):
        for back in range(len(b[layer])):
            new[_key(name, "ih", layer, back)][:] = b[layer][back]
            new[_key(name, "hh", layer, back)][:] = 0
    return new


def _others_cleared(state, name, b):
    """All other quarters are 0 afterwards."""
    empty = {k: v * 0 if k.startswith(f"{name}.bias") else v for k, v in state.items()}
    return set_forget(empty, name, b)


def _others_too(state, name, b):
    """Every LSTM whose name begins with the same letters."""
    new = set_forget(state, name, b)
    for other in {key.split(".")[0] for key in state if key.startswith(name)}:
        layers = [
            layer for layer in range(len(b)) if _key(other, "ih", layer, 0) in new
        ]
        new = set_forget(new, other, b[: len(layers), :1])
    return set_forget(new, name, b)


def _by_the_last_digit(state, name, b):
    """Layer 10 is taken for layer 0, and set to its bias."""
    new = set_forget(state, name, b)
    for key in state:
        number = key.removesuffix("_reverse").split("_l")[-1]
        if key.startswith(f"{name}.bias") and len(number) > 1:
            bias, back = new[key], key.endswith("_reverse")
            layer = int(number[-1])
            bias[_quarter(bias)] = b[layer][int(back)] * ("bias_ih" in key)
    return new


# --- wrong readings -------------------------------------------------------------------


def _left_by_mean(state, name, T):
    found = left(state, name, 1)
    return np.zeros_like(found) + np.mean(found, -1, keepdims=True) ** T


def _left_one_step(state, name, T):
    return left(state, name, 1)


def _left_rounded(state, name, T):
    """sigma(b) first, which is 1 for large b, then its power."""
    kept = {k: np.array(v) for k, v in state.items()}
    b = left(kept, name, 1)
    return (1 / (1 + (1 / b - 1))) ** T if b.size else b


def _left_ih_alone(state, name, T):
    return left({k: v * ("bias_hh" not in k) for k, v in state.items()}, name, T)


def _left_times(state, name, T):
    """T times the share of one step."""
    return T * left(state, name, 1)


def _rolled(state, name, by):
    """The state with the blocks of this LSTM's biases moved by so many places."""
    new = _copied(state)
    for key in new:
        if key.startswith(f"{name}.bias"):
            new[key] = np.roll(new[key], by * len(new[key]) // 4)
    return new


def _left_first_quarter(state, name, T):
    return left(_rolled(state, name, 1), name, T)


def _left_third_quarter(state, name, T):
    return left(_rolled(state, name, -1), name, T)


def _left_forward_alone(state, name, T):
    return left(state, name, T)[:, :1]


def _left_lost(state, name, T):
    return 1 - left(state, name, T)


def _left_gates_multiplied(state, name, T):
    """sigma of each bias, multiplied: two gates in place of one."""
    shares = []
    for part in ("ih", "hh"):
        other = "bias_hh" if part == "ih" else "bias_ih"
        shares.append(
            left({k: v * (other not in k) for k, v in state.items()}, name, T)
        )
    return shares[0] * shares[1]


# --- numbers --------------------------------------------------------------------------


def _lags(rng: np.random.Generator) -> list[tuple[float, int]]:
    near = [(float(rng.uniform(0.1, 0.9)), T) for T in (1, 2, 7, 50, 1000)]
    return [*near, (0.01, 3), (0.99, 20), (0.5, 1)]


def _long_lags(rng: np.random.Generator) -> list[tuple[float, int]]:
    drawn = [(float(rng.uniform(0.2, 0.8)), T) for T in (10**9, 10**12, 10**15)]
    fixed = (1e-300, 5), (1e-300, 10**6), (1e-9, 1), (1 - 1e-9, 30), (1 - 1e-9, 900_000)
    return [*drawn, *fixed]


def _model(
    rng: np.random.Generator, name: str, N: int, S: int, H: int, others: bool = True
) -> dict[str, Any]:
    """The arrays of a model as PyTorch names them, with other modules beside the LSTM."""
    state = {}

    def lstm(name: str, N: int, S: int, H: int, weights: bool = True) -> None:
        for layer in range(N):
            for back in range(S):
                end = f"_l{layer}" + "_reverse" * back
                D = S * H if layer else 2
                for part, width in (("ih", D), ("hh", H))[: 2 * weights]:
                    shape = 4 * H, width
                    state[f"{name}.weight_{part}{end}"] = rng.standard_normal(shape)
                for part in ("ih", "hh"):
                    bias = rng.uniform(-1, 1, 4 * H)
                    state[f"{name}.bias_{part}{end}"] = bias

    if others:
        state["embed.weight"] = rng.standard_normal((3, 2))
        lstm(f"{name}2", 1, 1, H)
        lstm(f"old.{name}", 1, 2, H, weights=False)
        lstm(f"bi{name}", 1, 2, H, weights=False)
    lstm(name, N, S, H)
    if others:
        for part in ("ih", "hh"):
            state[f"gru.bias_{part}_l0"] = rng.uniform(-1, 1, 3 * H)
        state["head.weight"] = rng.standard_normal((2, S * H))
        state["head.bias"] = rng.standard_normal(2)
        keys = rng.permutation(list(state)).tolist()
        state = {key: state[key] for key in keys}
    return state


def _single(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    return [
        (_model(rng, "lstm", 1, 1, H, others=False), "lstm", rng.uniform(1, 5, (1, 1)))
        for H in (3, 1, 4)
    ]


def _models(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = []
    for name, N, S, H in (("rnn", 2, 1, 3), ("core", 2, 2, 2), ("net", 11, 1, 1)):
        b = rng.uniform(-3, 6, (N, S))
        found.append((_model(rng, name, N, S, H), name, b))
    return found


def _readings(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    shapes = ("rnn", 2, 2, 3), ("core", 3, 1, 2), ("net", 11, 1, 2)
    found = [
        (_model(rng, *shape), shape[0], int(rng.integers(2, 6))) for shape in shapes
    ]
    state = _model(rng, "lstm", 1, 1, 6, others=False)
    state["lstm.bias_ih_l0"][6:12] = 20.0, 30, 45, -900, 800, -40
    state["lstm.bias_hh_l0"][6:12] = 1.0, 4, -3, 0.0, 0.0, 0.5
    closed = _model(rng, "lstm", 1, 1, 3, others=False)
    closed["lstm.bias_ih_l0"][3:6] = -20.0, -21, -23
    closed["lstm.bias_hh_l0"][3:6] = 0.0, -1, 1
    found.append((closed, "lstm", 1))
    return [*found, (state, "lstm", 10**9), (state, "lstm", 10**17)]


def _test_bias(draw: Any):
    def test(ask: Ask, rng: np.random.Generator) -> None:
        for args in draw(rng):
            where = f"share {args[0]:.5g}, T = {args[1]:.3g}"
            judge(ask, SLIPS, "forget_bias", args, forget_bias(*args), where)

    return test


def _sums(state: dict[str, Any], name: str, N: int, S: int) -> dict[str, Any]:
    """What the network sees of the biases: sums of the forget quarters; all others."""
    found = _copied(state)
    for layer in range(N):
        for back in range(S):
            ih, hh = (_key(name, part, layer, back) for part in ("ih", "hh"))
            here = _quarter(found[ih])
            found[ih][here] += found[hh][here]
            found[hh][here] = 0
    return found


def _test_set(draw: Any):
    def test(ask: Ask, rng: np.random.Generator) -> None:
        for args in draw(rng):
            _expect_set(ask, args)

    return test


def _expect_set(ask: Ask, args: tuple[Any, ...]) -> None:
    name, b = args[1:]
    N, S = b.shape
    where = f"`set_forget`, {N} layer(s), {S} direction(s), the LSTM {name!r}"
    reply = ask("set_forget", *args)
    got, want = reply.value, set_forget(*args)
    if not isinstance(got, dict):
        raise Wrong(f"{where}: expected a dict, got {kind_of(got)}.")
    if got.keys() != want.keys():
        raise Wrong(f"{where}: the keys are not those of `state`.")
    got = {k: array(v, want[k].shape, f"{where}: {k!r}") for k, v in got.items()}
    tip = hint(SLIPS, "set_forget", args, got, want)
    seen, right = _sums(got, name, N, S), _sums(want, name, N, S)
    for key in want:
        if not close(seen[key], right[key]):
            what = "is not what it was outside the forget gate's rows"
            rows = _quarter(right[key]) if "bias_ih" in key else slice(0, 0)
            if key.startswith(f"{name}.bias_ih") and not close(
                seen[key][rows], right[key][rows]
            ):
                what = "plus the other bias is not b in the forget gate's rows"
            raise Wrong(f"{where}: {key!r} {what}.{tip}")
    expect_same_arguments(args, reply.args_after)


def _test_left(ask: Ask, rng: np.random.Generator) -> None:
    for args in _readings(rng):
        want = left(*args)
        where = f"layers, directions and units {want.shape}, T = {args[2]:.3g}"
        judge(ask, SLIPS, "left", args, want, where)


def _cases(rng: np.random.Generator) -> list[Call]:
    drawn = {
        "forget_bias": [*_lags(rng), *_long_lags(rng)],
        "set_forget": [*_single(rng), *_models(rng)],
        "left": _readings(rng),
    }
    return [Call(name, *args) for name, calls in drawn.items() for args in calls]


def _slip(name: str, answer: str, wrong: Any, message: str, hint: str) -> Slip:
    read = PLACES if answer == "set_forget" else START
    return Slip(name, answer, wrong, message, read, hint)


SLIPS = (
    _slip(
        "one step",
        "forget_bias",
        _one_step,
        "Your bias leaves the share after *one* step. After T steps the cell has been multiplied by f T times.",
        "That share is left after one step.",
    ),
    _slip(
        "losses added",
        "forget_bias",
        _each_loses_evenly,
        "You divide what is lost evenly among the steps. Each step takes its part of what is *still there*: shares multiply.",
        "Shares multiply, losses do not add.",
    ),
    _slip(
        "the share lost",
        "forget_bias",
        _share_lost,
        "You take `share` for what is lost. It is what is left.",
        "`share` is what is left.",
    ),
    _slip(
        "the gate itself",
        "forget_bias",
        _gate_itself,
        "You return the forget gate. Its bias was asked for, which stands before the logistic function.",
        "That is the gate, not its bias.",
    ),
    _slip(
        "sign",
        "forget_bias",
        _sign,
        "Your bias has the wrong sign: a gate that keeps has a positive one.",
        "The sign is wrong.",
    ),
    _slip(
        "log T",
        "forget_bias",
        _logarithm_of_T,
        "You return log T whatever the share is. It leaves nearly the share 1/e, for long lags.",
        "log T knows nothing of the share.",
    ),
    _slip(
        "log (T - 1)",
        "forget_bias",
        _chrono,
        "You return the upper end of the chrono start. It gives the cell the time constant T; how much is to be left was asked here.",
        "That is a time constant of T.",
    ),
    _slip(
        "time constant T",
        "forget_bias",
        _time_constant,
        "Your gate loses 1/T of the cell at each step, whatever the share is.",
        "That gate loses 1/T at each step.",
    ),
    _slip(
        "half-life",
        "forget_bias",
        _half,
        "Your bias leaves one half after T steps, whatever the share is.",
        "That leaves one half.",
    ),
    _slip(
        "for long lags",
        "forget_bias",
        _for_long_lags,
        "You use an approximation for long lags. For T = 1 or 2 it is far off.",
        "That holds for long lags alone.",
    ),
    _slip(
        "digits lost",
        "forget_bias",
        _digits_lost,
        "For long lags f is so close to 1 that 1 - f has no right digits left. Compute 1 - f = 1 - exp(...) without subtracting, with `np.expm1`.",
        "1 - f has lost its digits.",
    ),
    _slip(
        "one step more",
        "forget_bias",
        _one_step_more,
        "You count T + 1 steps.",
        "That is one step too many.",
    ),
    _slip(
        "both biases",
        "set_forget",
        _both,
        "You set both biases to b. PyTorch adds them: the gate has 2b.",
        "The gate has 2b.",
    ),
    _slip(
        "first quarter",
        "set_forget",
        _first_quarter,
        "You set the first block. It belongs to the input gate: the order is i, f, g, o.",
        "That is the input gate's block.",
    ),
    _slip(
        "third quarter",
        "set_forget",
        _third_quarter,
        "You set the third block. It belongs to the candidate: the order is i, f, g, o.",
        "That is the candidate's block.",
    ),
    _slip(
        "last quarter",
        "set_forget",
        _last_quarter,
        "You set the last block. It belongs to the output gate: the order is i, f, g, o.",
        "That is the output gate's block.",
    ),
    _slip(
        "first layer alone",
        "set_forget",
        _first_layer,
        "You set layer 0 alone. Every layer has its own biases.",
        "The other layers are as they were.",
    ),
    _slip(
        "forward alone",
        "set_forget",
        _forward_alone,
        "You leave the backward direction as it was. Its keys end in `_reverse`.",
        "The backward direction is as it was.",
    ),
    _slip(
        "same for both directions",
        "set_forget",
        _same_for_both,
        "You give the backward direction the forward one's bias. Its own stands in `b[layer, 1]`.",
        "The backward direction has a bias of its own.",
    ),
    _slip(
        "same for all",
        "set_forget",
        _same_for_all,
        "You give all layers and directions `b[0, 0]`.",
        "Every layer has a bias of its own.",
    ),
    _slip(
        "one of two",
        "set_forget",
        _one_of_two,
        "You set one of the two biases and leave the other as it is. PyTorch adds it.",
        "The other bias is still added.",
    ),
    _slip(
        "added",
        "set_forget",
        _added,
        "You add b to what stands there. The sum of both biases is to be b.",
        "b came on top of what was there.",
    ),
    _slip(
        "whole bias",
        "set_forget",
        _whole_bias,
        "You set all four blocks. The other gates are to stay as they were.",
        "All four blocks were set.",
    ),
    _slip(
        "others cleared",
        "set_forget",
        _others_cleared,
        "You set the other blocks to zero. They are to stay as they were.",
        "The other blocks were cleared.",
    ),
    _slip(
        "other modules too",
        "set_forget",
        _others_too,
        "You also change another LSTM whose name begins with the same letters. The name ends at the point.",
        "Another module was changed.",
    ),
    _slip(
        "last digit",
        "set_forget",
        _by_the_last_digit,
        "You read the layer from one digit. Layers can have two: l10 and l11 are not l0 and l1.",
        "A layer's number can have two digits.",
    ),
    _slip(
        "left by the mean",
        "left",
        _left_by_mean,
        "You average over the units. Each unit has a share of its own.",
        "Each unit has its own share.",
    ),
    _slip(
        "left after one step",
        "left",
        _left_one_step,
        "You return what is left after one step.",
        "That is left after one step.",
    ),
    _slip(
        "gates rounded to 1",
        "left",
        _left_rounded,
        "You compute the gate first. With a bias of 42 it is 1 to all digits that a float has, and its power stays 1, however large T is. Take the logarithm of the gate, written with the exponential of -b.",
        "The gate was rounded to 1.",
    ),
    _slip(
        "bias_ih alone",
        "left",
        _left_ih_alone,
        "You read one of the two biases. PyTorch adds both.",
        "The other bias is missing.",
    ),
    _slip(
        "T times",
        "left",
        _left_times,
        "You multiply by T. The gate multiplies the cell at each step: that is a power.",
        "T steps are a power.",
    ),
    _slip(
        "left of the first quarter",
        "left",
        _left_first_quarter,
        "You read the first block, the input gate's.",
        "That is read from the input gate.",
    ),
    _slip(
        "left of the third quarter",
        "left",
        _left_third_quarter,
        "You read the third block, the candidate's.",
        "That is read from the candidate.",
    ),
    _slip(
        "left forward",
        "left",
        _left_forward_alone,
        "You return the forward direction alone. The second axis has both.",
        "",
    ),
    _slip(
        "what is lost",
        "left",
        _left_lost,
        "You return what is lost.",
        "That is what is lost.",
    ),
    _slip(
        "two gates",
        "left",
        _left_gates_multiplied,
        "You make a gate of each bias and multiply them. The biases are added first, and go through one logistic function together.",
        "The biases make one gate.",
    ),
)

QUESTION = Question(
    id="11.4",
    title="how a forget gate starts",
    answers=("forget_bias", "set_forget", "left"),
    reference={"forget_bias": forget_bias, "set_forget": set_forget, "left": left},
    properties=(
        Property(
            "forget_bias leaves the share after T steps",
            1,
            _test_bias(_lags),
            START,
        ),
        Property(
            "forget_bias is right to five digits for very long lags and extreme shares",
            1,
            _test_bias(_long_lags),
            START,
        ),
        Property(
            "set_forget sets one layer's forget bias, and nothing else",
            1,
            _test_set(_single),
            PLACES,
        ),
        Property(
            "set_forget does so in every layer and direction of the LSTM that is named",
            1,
            _test_set(_models),
            PLACES,
        ),
        Property(
            "left says what each unit keeps, whatever the bias and the lag",
            1,
            _test_left,
            START,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
