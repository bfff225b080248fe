"""Question 11.2: backward through one step of an LSTM whose gates see the cell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from unrolled.grader.checks.c11.common import cut, judge, sigma
from unrolled.grader.checks.slips import Slip, misconceptions
from unrolled.grader.question import Ask, Call, Property, Question

BACK = "§11.3"
PEEP = "§11.6"


def step(x, h_prev, c_prev, w):
    """The task's forward step: the tape with all that it computes."""
    a = x @ w["W_x"] + h_prev @ w["W_h"] + w["b"]
    a_i, a_f, a_g, a_q = cut(a, 4)
    i, f = sigma(a_i + w["v_i"] * c_prev), sigma(a_f + w["v_f"] * c_prev)
    g = np.tanh(a_g)
    c = f * c_prev + i * g
    q = sigma(a_q + w["v_q"] * c)
    names = ("x", "h_prev", "c_prev", "i", "f", "g", "q", "c", "h")
    values = x, h_prev, c_prev, i, f, g, q, c, q * np.tanh(c)
    return dict(zip(names, values, strict=True))


def _collected(tape, w, da, dc_prev):
    """All gradients, from the four at the pre-activations and the one at the old cell."""
    di, df, _, dq = da
    da = np.concatenate(da, axis=-1)
    return {
        "W_x": tape["x"].T @ da,
        "W_h": tape["h_prev"].T @ da,
        "b": da.sum(0),
        "v_i": (di * tape["c_prev"]).sum(0),
        "v_f": (df * tape["c_prev"]).sum(0),
        "v_q": (dq * tape["c"]).sum(0),
        "x": da @ w["W_x"].T,
        "h_prev": da @ w["W_h"].T,
        "c_prev": dc_prev,
    }


def _at_cell(dh, dc, tape, w):
    """The error at the output gate's pre-activation, and the whole one at the new cell."""
    q, shown = tape["q"], np.tanh(tape["c"])
    dq = dh * shown * q * (1 - q)
    return dq, dc + dh * q * (1 - shown**2) + dq * w["v_q"]


def _below(whole, dq, tape, w):
    """All gradients from the error at the new cell and that at the output gate."""
    i, f, g = tape["i"], tape["f"], tape["g"]
    di = whole * g * i * (1 - i)
    df = whole * tape["c_prev"] * f * (1 - f)
    dg = whole * i * (1 - g**2)
    dc_prev = whole * f + di * w["v_i"] + df * w["v_f"]
    return _collected(tape, w, (di, df, dg, dq), dc_prev)


def lstm_back(dh, dc, tape, w):
    dq, whole = _at_cell(dh, dc, tape, w)
    return _below(whole, dq, tape, w)


# --- wrong at the cell ----------------------------------------------------------------


def _tanh_twice(dh, dc, tape, w):
    dq, whole = _at_cell(dh, dc, tape, w)
    q, shown = tape["q"], np.tanh(tape["c"])
    whole = whole + dh * q * (shown**2 - np.tanh(shown) ** 2)
    return _below(whole, dq, tape, w)


def _slope_from_h(dh, dc, tape, w):
    """1 - h^2, as in a network whose state is the tanh itself."""
    dq, whole = _at_cell(dh, dc, tape, w)
    shown, h = np.tanh(tape["c"]), tape["h"]
    return _below(whole + dh * tape["q"] * (shown**2 - h**2), dq, tape, w)


def _no_dc(dh, dc, tape, w):
    dq, whole = _at_cell(dh, 0 * dc, tape, w)
    return _below(whole, dq, tape, w)


def _no_dh_in_dc(dh, dc, tape, w):
    dq, _ = _at_cell(dh, dc, tape, w)
    return _below(dc + dq * w["v_q"], dq, tape, w)


def _no_slope_of_shown(dh, dc, tape, w):
    dq, _ = _at_cell(dh, dc, tape, w)
    return _below(dc + dh * tape["q"] + dq * w["v_q"], dq, tape, w)


def _no_q_factor(dh, dc, tape, w):
    dq, _ = _at_cell(dh, dc, tape, w)
    whole = dc + dh * (1 - np.tanh(tape["c"]) ** 2) + dq * w["v_q"]
    return _below(whole, dq, tape, w)


def _slope_on_dc(dh, dc, tape, w):
    """The error from the next step goes through q and tanh as well."""
    dq, _ = _at_cell(dh, dc, tape, w)
    slope = tape["q"] * (1 - np.tanh(tape["c"]) ** 2)
    return _below((dc + dh) * slope + dq * w["v_q"], dq, tape, w)


def _q_peephole_missing(dh, dc, tape, w):
    dq, whole = _at_cell(dh, dc, tape, w)
    return _below(whole - dq * w["v_q"], dq, tape, w)


def _q_peephole_to_old(dh, dc, tape, w):
    """As if the output gate saw the old cell."""
    dq, whole = _at_cell(dh, dc, tape, w)
    found = _below(whole - dq * w["v_q"], dq, tape, w)
    return {**found, "c_prev": found["c_prev"] + dq * w["v_q"]}


def _q_error_by_c(dh, dc, tape, w):
    q, c = tape["q"], tape["c"]
    dq = dh * c * q * (1 - q)
    whole = dc + dh * q * (1 - np.tanh(c) ** 2) + dq * w["v_q"]
    return _below(whole, dq, tape, w)


# --- wrong below ----------------------------------------------------------------------


def _new_cell_in_df(dh, dc, tape, w):
    dq, whole = _at_cell(dh, dc, tape, w)
    i, f, g = tape["i"], tape["f"], tape["g"]
    da = whole * g * i * (1 - i), whole * tape["c"] * f * (1 - f)
    da = *da, whole * i * (1 - g**2), dq
    return _collected(tape, w, da, whole * f + da[0] * w["v_i"] + da[1] * w["v_f"])


def _brackets_missing(dh, dc, tape, w):
    """The slope of a gate multiplies the last summand of the sum before it alone."""
    dq, whole = _at_cell(dh, dc, tape, w)
    i, f, g, rest = tape["i"], tape["f"], tape["g"], whole - dc
    di = dc * g + rest * g * i * (1 - i)
    df = dc * tape["c_prev"] + rest * tape["c_prev"] * f * (1 - f)
    dg = dc * i + rest * i * (1 - g**2)
    dc_prev = whole * f + di * w["v_i"] + df * w["v_f"]
    return _collected(tape, w, (di, df, dg, dq), dc_prev)


def _gates_without_slope(dh, dc, tape, w):
    """Gradients at the gates taken for those at their pre-activations."""
    dq, whole = dh * np.tanh(tape["c"]), _at_cell(dh, dc, tape, w)[1]
    di, df, dg = whole * tape["g"], whole * tape["c_prev"], whole * tape["i"]
    dc_prev = whole * tape["f"] + di * w["v_i"] + df * w["v_f"]
    return _collected(tape, w, (di, df, dg, dq), dc_prev)


def _slope_of_tanh_again(dh, dc, tape, w):
    """1 - tanh(g)^2, though g is a tanh already."""
    dq, whole = _at_cell(dh, dc, tape, w)
    i, f, g = tape["i"], tape["f"], tape["g"]
    di, df = whole * g * i * (1 - i), whole * tape["c_prev"] * f * (1 - f)
    dg = whole * i * (1 - np.tanh(g) ** 2)
    dc_prev = whole * f + di * w["v_i"] + df * w["v_f"]
    return _collected(tape, w, (di, df, dg, dq), dc_prev)


def _slope_of_sigma_again(dh, dc, tape, w):
    """sigma'(i) in place of i (1 - i), for all three gates."""
    i, f, g, q = (tape[k] for k in "ifgq")
    shown = np.tanh(tape["c"])
    slopes = [sigma(k) * (1 - sigma(k)) for k in (i, f, q)]
    dq = dh * shown * slopes[2]
    whole = dc + dh * q * (1 - shown**2) + dq * w["v_q"]
    di, df = whole * g * slopes[0], whole * tape["c_prev"] * slopes[1]
    dc_prev = whole * f + di * w["v_i"] + df * w["v_f"]
    return _collected(tape, w, (di, df, whole * i * (1 - g**2), dq), dc_prev)


def _candidate_as_gate(dh, dc, tape, w):
    dq, whole = _at_cell(dh, dc, tape, w)
    i, f, g = tape["i"], tape["f"], tape["g"]
    di, df = whole * g * i * (1 - i), whole * tape["c_prev"] * f * (1 - f)
    dc_prev = whole * f + di * w["v_i"] + df * w["v_f"]
    return _collected(tape, w, (di, df, whole * i * g * (1 - g), dq), dc_prev)


def _blocks_of_g_and_q(dh, dc, tape, w):
    """The order i, f, q, g."""
    dq, whole = _at_cell(dh, dc, tape, w)
    i, f, g = tape["i"], tape["f"], tape["g"]
    di, df = whole * g * i * (1 - i), whole * tape["c_prev"] * f * (1 - f)
    dg, dc_prev = whole * i * (1 - g**2), whole * f + di * w["v_i"] + df * w["v_f"]
    found = _collected(tape, w, (di, df, dq, dg), dc_prev)
    return {**found, "v_q": (dq * tape["c"]).sum(0)}


# --- wrong at the old cell and in the sums --------------------------------------------


def _old_cell_without_f(dh, dc, tape, w):
    found, f = lstm_back(dh, dc, tape, w), tape["f"]
    whole = _at_cell(dh, dc, tape, w)[1]
    return {**found, "c_prev": found["c_prev"] + whole * (1 - f)}


def _carousel_alone(dh, dc, tape, w):
    """Back to the old cell by dc f: what came by way of h is forgotten there."""
    found = lstm_back(dh, dc, tape, w)
    return {**found, "c_prev": dc * tape["f"]}


def _peepholes_not_back(dh, dc, tape, w):
    whole = _at_cell(dh, dc, tape, w)[1]
    return {**lstm_back(dh, dc, tape, w), "c_prev": whole * tape["f"]}


def _old_cell_in_p_q(dh, dc, tape, w):
    dq = _at_cell(dh, dc, tape, w)[0]
    found = lstm_back(dh, dc, tape, w)
    return {**found, "v_q": (dq * tape["c_prev"]).sum(0)}


def _new_cell_in_p(dh, dc, tape, w):
    found, c = lstm_back(dh, dc, tape, w), tape["c"]
    whole, i, f = _at_cell(dh, dc, tape, w)[1], tape["i"], tape["f"]
    di, df = whole * tape["g"] * i * (1 - i), whole * tape["c_prev"] * f * (1 - f)
    return {**found, "v_i": (di * c).sum(0), "v_f": (df * c).sum(0)}


def _mean_over_batch(dh, dc, tape, w):
    found, B = lstm_back(dh, dc, tape, w), len(dh)
    inner = ("x", "h_prev", "c_prev")
    return {k: v if k in inner else v / B for k, v in found.items()}


def _bias_mean(dh, dc, tape, w):
    found, B = lstm_back(dh, dc, tape, w), len(dh)
    return {**found, "b": found["b"] / B}


def _new_state_in_W_h(dh, dc, tape, w):
    return lstm_back(dh, dc, {**tape, "h_prev": tape["h"]}, w)


# --- numbers --------------------------------------------------------------------------


def _weights(rng: np.random.Generator, D: int, H: int, peep: float) -> dict[str, Any]:
    shapes = {"W_x": (D, 4 * H), "W_h": (H, 4 * H), "b": (4 * H,)}
    w = {name: 0.7 * rng.standard_normal(shape) for name, shape in shapes.items()}
    return w | {name: peep * rng.standard_normal(H) for name in ("v_i", "v_f", "v_q")}


def _situation(
    rng: np.random.Generator, B: int, D: int, H: int, peep: float
) -> tuple[Any, ...]:
    w = _weights(rng, D, H, peep)
    x, h = rng.standard_normal((B, D)), rng.uniform(-0.9, 0.9, (B, H))
    tape = step(x, h, 1.3 * rng.standard_normal((B, H)), w)
    return rng.standard_normal((B, H)), rng.standard_normal((B, H)), tape, w


def _plain(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    sizes = (3, 2, 4), (1, 3, 2), (4, 2, 2)
    return [_situation(rng, *size, 0.0) for size in sizes]


def _peeping(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    return [_situation(rng, *size, 0.8) for size in ((3, 2, 4), (2, 3, 3), (1, 1, 2))]


def _saturated(rng: np.random.Generator) -> tuple[Any, ...]:
    """Gates of exactly 0 and 1, and cells so large that tanh is exactly 1."""
    B, D, H = 3, 2, 4
    w = _weights(rng, D, H, 0.5)
    w["b"] = rng.permutation([-900.0, 900.0] * 4 + [0.0] * 8)
    c = 60.0 * rng.standard_normal((B, H))
    tape = step(rng.standard_normal((B, D)), rng.uniform(-0.9, 0.9, (B, H)), c, w)
    return rng.standard_normal((B, H)), rng.standard_normal((B, H)), tape, w


def _where(args: tuple[Any, ...]) -> str:
    tape, w = args[2], args[3]
    (B, D), H = tape["x"].shape, tape["c"].shape[1]
    told = "" if np.any(w["v_q"]) else ", peepholes 0"
    return f"B = {B}, D = {D}, H = {H}{told}"


def _test_some(names: tuple[str, ...], draw, extreme: bool = False):
    """A test of some of the nine gradients."""

    def test(ask: Ask, rng: np.random.Generator) -> None:
        for args in draw(rng):
            judge_some(ask, args, names, _where(args))
        if extreme:
            judge_some(ask, _saturated(rng), names, "gates of exactly 0 and 1")

    return test


def judge_some(ask: Ask, args: tuple[Any, ...], names: Any, where: str) -> None:
    want = lstm_back(*args)

    def some(name: str, *sent: Any) -> Any:
        reply = ask(name, *sent)
        value = reply.value
        if isinstance(value, dict) and value.keys() == want.keys():
            value = {**want, **{key: value[key] for key in names}}
        return type(reply)(value, reply.args_after)

    slips = [_restricted(s, names) for s in SLIPS]
    judge(some, slips, "lstm_back", args, want, where)


def _restricted(slip: Slip, names: Any) -> Slip:
    """The slip with its mistakes in these gradients alone, to compare values."""

    def wrong(*args: Any) -> Any:
        found = slip.wrong(*args)
        return {**lstm_back(*args), **{key: found[key] for key in names}}

    return replace(slip, wrong=wrong)


WEIGHTS = ("W_x", "W_h", "b")
PEEPHOLES = ("v_i", "v_f", "v_q")


def _cases(rng: np.random.Generator) -> list[Call]:
    drawn = *_plain(rng), *_peeping(rng), _saturated(rng)
    return [Call("lstm_back", *args) for args in drawn]


def _slip(name: str, wrong: Any, message: str, hint: str, read: str = BACK) -> Slip:
    return Slip(name, "lstm_back", wrong, message, read, hint)


SLIPS = (
    _slip(
        "tanh of tanh",
        _tanh_twice,
        "You compute the slope of tanh(c) as 1 - tanh(tanh(c))^2. It is 1 - tanh(c)^2: what is squared is the value that the forward step showed.",
        "tanh is taken twice.",
    ),
    _slip(
        "slope from h",
        _slope_from_h,
        "You take 1 - h^2 for the slope of tanh(c). In a plain network h is the tanh; here it is q tanh(c), and the slope is 1 - tanh(c)^2.",
        "1 - h^2 is a plain network's slope.",
    ),
    _slip(
        "error from the next cell",
        _no_dc,
        "`dc` is missing. The new cell is used twice: shown at this step, and kept by the next, from where `dc` comes.",
        "`dc` is missing.",
    ),
    _slip(
        "way by h missing",
        _no_dh_in_dc,
        "The error at the new cell lacks what comes by way of h = q tanh(c).",
        "The way by h is missing in the error at the cell.",
    ),
    _slip(
        "shown as it is",
        _no_slope_of_shown,
        "On the way from h to the cell the slope of tanh is missing.",
        "h shows tanh(c), not c.",
    ),
    _slip(
        "q left out",
        _no_q_factor,
        "On the way from h to the cell the factor q is missing: a closed output gate lets no error in.",
        "The output gate also multiplies errors.",
    ),
    _slip(
        "dc through the output",
        _slope_on_dc,
        "You send `dc` through the output gate and the tanh. It comes from the next *cell* and arrives as it is; only `dh` goes that way.",
        "`dc` does not go through the output gate.",
    ),
    _slip(
        "the output gate looks",
        _q_peephole_missing,
        "The new cell is used three times here: shown, kept, and *looked at by the output gate*. The third way, through q's pre-activation and v_q, is missing.",
        "The output gate looks at the new cell.",
        PEEP,
    ),
    _slip(
        "the output gate looks at the old cell",
        _q_peephole_to_old,
        "You send what comes back through v_q to the old cell. The output gate looks at the new one, so that it takes part in everything below.",
        "The output gate looks at the new cell, not at the old.",
        PEEP,
    ),
    _slip(
        "c for tanh(c)",
        _q_error_by_c,
        "Your error at the output gate has the factor c. What it multiplies in the forward step is tanh(c).",
        "The output gate multiplies tanh(c).",
    ),
    _slip(
        "new cell for the old in df",
        _new_cell_in_df,
        "Your error at the forget gate has the factor c of the new step. The forget gate multiplies the *old* cell.",
        "The forget gate multiplies the old cell.",
    ),
    _slip(
        "brackets missing",
        _brackets_missing,
        "The slope of a gate multiplies the whole error at it: (dc + dh q (1 - tanh(c)^2) + ...) times the rest. You multiply only a part of the sum, as in the equations of a well-known course notebook that were printed without their brackets.",
        "A slope multiplies the whole sum.",
    ),
    _slip(
        "no slopes of the gates",
        _gates_without_slope,
        "You stop at the gates. The weights stand before the logistic function and the tanh: multiply with their slopes.",
        "The slopes of the gates are missing.",
    ),
    _slip(
        "slope of the candidate from g",
        _slope_of_tanh_again,
        "You write 1 - tanh(g)^2. The g on the tape is a tanh already.",
        "g is a tanh already.",
    ),
    _slip(
        "slopes of the gates from the gates",
        _slope_of_sigma_again,
        "You apply the logistic function to gates, which have gone through it already: its slope is i (1 - i).",
        "The gates have gone through the logistic function already.",
    ),
    _slip(
        "candidate as a gate",
        _candidate_as_gate,
        "You take g (1 - g) for the slope of the candidate. The candidate is a tanh.",
        "The candidate is a tanh.",
    ),
    _slip(
        "order of the blocks",
        _blocks_of_g_and_q,
        "You put the four errors together in the order i, f, q, g. The columns of the weights stand in the order i, f, g, q.",
        "The blocks stand in another order.",
    ),
    _slip(
        "nothing forgotten",
        _old_cell_without_f,
        "You pass the error on to the old cell without the forget gate.",
        "The forget gate also multiplies errors.",
    ),
    _slip(
        "the carousel alone",
        _carousel_alone,
        "Your error at the old cell is dc times f. All that arrives at the new cell goes on, also what came by way of h, and the gates that look at the old cell send some too.",
        "Only `dc` goes on to the old cell.",
    ),
    _slip(
        "peepholes not back",
        _peepholes_not_back,
        "The old cell is used three times here: kept, and looked at by the input gate and the forget gate. The ways through v_i and v_f are missing.",
        "Two gates look at the old cell.",
        PEEP,
    ),
    _slip(
        "old cell at v_q",
        _old_cell_in_p_q,
        "The gradient of v_q has the old cell in it. The output gate looks at the new one.",
        "v_q stands before the new cell.",
        PEEP,
    ),
    _slip(
        "new cell at v_i and v_f",
        _new_cell_in_p,
        "The gradients of v_i and v_f have the new cell in them. These gates look at the old one: the new one does not exist yet.",
        "v_i and v_f stand before the old cell.",
        PEEP,
    ),
    _slip(
        "mean over the batch",
        _mean_over_batch,
        "You average over the batch. Losses are summed here, so the gradients of weights are sums over its rows.",
        "Gradients are summed over the batch.",
    ),
    _slip(
        "mean in the bias",
        _bias_mean,
        "You average over the batch in the gradient of b and sum in the others.",
        "The gradient of b is a sum over the batch.",
    ),
    _slip(
        "new state at W_h",
        _new_state_in_W_h,
        "The gradient of W_h has the new state in it. W_h multiplies the old one.",
        "W_h multiplies the old state.",
    ),
)

QUESTION = Question(
    id="11.2",
    title="backward through gates that look",
    answers=("lstm_back",),
    reference={"lstm_back": lstm_back},
    properties=(
        Property(
            "with peepholes 0, the gradients of W_x, W_h and b",
            2,
            _test_some(WEIGHTS, _plain),
            BACK,
        ),
        Property(
            "with peepholes 0, the gradients at x, h_prev and c_prev",
            1,
            _test_some(("x", "h_prev", "c_prev"), _plain),
            BACK,
        ),
        Property(
            "with peepholes, the gradients of W_x, W_h and b, at x and at h_prev; also where gates are exactly 0 or 1",
            1,
            _test_some((*WEIGHTS, "x", "h_prev"), _peeping, extreme=True),
            PEEP,
        ),
        Property(
            "with peepholes, their own gradients and the one at c_prev",
            2,
            _test_some((*PEEPHOLES, "c_prev"), _peeping),
            PEEP,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
