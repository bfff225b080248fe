"""Question 11.1: somebody else's LSTM, and sequences that have ended."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c11.common import cut, judge, sigma
from unrolled.grader.checks.slips import Slip, misconceptions
from unrolled.grader.question import Ask, Call, Property, Question

FORWARD = "§11.2"
BORROWED = "§11.8"


def _taken(array, order, wanted):
    """The blocks of the last axis, which stand in one order, in another."""
    blocks = cut(array, 4)
    return np.concatenate([blocks[order.index(k)] for k in wanted], -1)


def convert(kernel, bias, order, extra):
    D = kernel.shape[0] - kernel.shape[1] // 4
    W, b = _taken(kernel, order, "ifgq"), _taken(bias, order, "ifgq")
    H = len(b) // 4
    b[H : 2 * H] += extra
    return {"W_x": W[:D], "W_h": W[D:], "b": b}


def _cell(x, h, c, w):
    """The new states, as if no sequence had ended."""
    i, f, g, q = cut(x @ w["W_x"] + h @ w["W_h"] + w["b"], 4)
    new = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(q) * np.tanh(new), new


def _chosen(m, new, old):
    return np.where(np.reshape(m, (-1, 1)) == 1, new, old)


def _masked(m, pair, h, c):
    return _chosen(m, pair[0], h), _chosen(m, pair[1], c)


def lstm_step(x, h, c, w, m):
    return _masked(m, _cell(x, h, c, w), h, c)


# --- wrong conversions ----------------------------------------------------------------


def _inverse_order(kernel, bias, order, extra):
    turned = "".join("ifgq"[order.index(k)] for k in "ifgq")
    return convert(kernel, bias, turned, extra)


def _order_ignored(kernel, bias, order, extra):
    return convert(kernel, bias, "ifgq", extra)


def _bias_not_moved(kernel, bias, order, extra):
    found = convert(kernel, bias, order, extra)
    return {**found, "b": convert(kernel, bias, "ifgq", extra)["b"]}


def _inputs_alone(kernel, bias, order, extra):
    found = convert(kernel, bias, order, extra)
    return {**found, "W_h": convert(kernel, bias, "ifgq", extra)["W_h"]}


def _no_extra(kernel, bias, order, extra):
    return convert(kernel, bias, order, 0.0)


def _extra_second_block(kernel, bias, order, extra):
    """In the stranger's second block, before the blocks are moved."""
    H = len(bias) // 4
    b = bias.copy()
    b[H : 2 * H] += extra
    return convert(kernel, b, order, 0.0)


def _extra_old_place(kernel, bias, order, extra):
    """Where f stood in the old order, after the blocks are moved."""
    found = convert(kernel, bias, order, 0.0)
    H, k = len(bias) // 4, order.index("f")
    found["b"][k * H : (k + 1) * H] += extra
    return found


def _extra_everywhere(kernel, bias, order, extra):
    return convert(kernel, bias + extra, order, 0.0)


def _extra_subtracted(kernel, bias, order, extra):
    return convert(kernel, bias, order, -extra)


def _state_first(kernel, bias, order, extra):
    found = convert(kernel, bias, order, extra)
    W, H = np.vstack([found["W_x"], found["W_h"]]), len(bias) // 4
    return {**found, "W_h": W[:H], "W_x": W[H:]}


def _interleaved(kernel, bias, order, extra):
    """As if the four numbers of a unit stood side by side."""
    k = np.arange(len(bias)).reshape(-1, 4).T.ravel()
    return convert(kernel[:, k], bias[k], order, extra)


# --- wrong steps ----------------------------------------------------------------------


def _g_and_q_exchanged(x, h, c, w, m):
    i, f, q, g = cut(x @ w["W_x"] + h @ w["W_h"] + w["b"], 4)
    new = sigma(f) * c + sigma(i) * np.tanh(g)
    return _masked(m, (sigma(q) * np.tanh(new), new), h, c)


def _i_and_f_exchanged(x, h, c, w, m):
    f, i, g, q = cut(x @ w["W_x"] + h @ w["W_h"] + w["b"], 4)
    new = sigma(f) * c + sigma(i) * np.tanh(g)
    return _masked(m, (sigma(q) * np.tanh(new), new), h, c)


def _gates_tanh(x, h, c, w, m):
    i, f, g, q = cut(np.tanh(x @ w["W_x"] + h @ w["W_h"] + w["b"]), 4)
    new = f * c + i * g
    return _masked(m, (q * np.tanh(new), new), h, c)


def _candidate_sigma(x, h, c, w, m):
    i, f, g, q = cut(sigma(x @ w["W_x"] + h @ w["W_h"] + w["b"]), 4)
    new = f * c + i * g
    return _masked(m, (q * np.tanh(new), new), h, c)


def _cell_shown(x, h, c, w, m):
    i, f, g, q = cut(x @ w["W_x"] + h @ w["W_h"] + w["b"], 4)
    new = sigma(f) * c + sigma(i) * np.tanh(g)
    return _masked(m, (sigma(q) * new, new), h, c)


def _old_cell_shown(x, h, c, w, m):
    i, f, g, q = cut(x @ w["W_x"] + h @ w["W_h"] + w["b"], 4)
    new = sigma(f) * c + sigma(i) * np.tanh(g)
    return _masked(m, (sigma(q) * np.tanh(c), new), h, c)


def _state_kept(x, h, c, w, m):
    """The forget gate keeps h in place of c."""
    i, f, g, q = cut(x @ w["W_x"] + h @ w["W_h"] + w["b"], 4)
    new = sigma(f) * h + sigma(i) * np.tanh(g)
    return _masked(m, (sigma(q) * np.tanh(new), new), h, c)


def _coupled(x, h, c, w, m):
    _, f, g, q = cut(x @ w["W_x"] + h @ w["W_h"] + w["b"], 4)
    new = sigma(f) * c + (1 - sigma(f)) * np.tanh(g)
    return _masked(m, (sigma(q) * np.tanh(new), new), h, c)


def _forget_turned(x, h, c, w, m):
    """An open forget gate forgets."""
    i, f, g, q = cut(x @ w["W_x"] + h @ w["W_h"] + w["b"], 4)
    new = (1 - sigma(f)) * c + sigma(i) * np.tanh(g)
    return _masked(m, (sigma(q) * np.tanh(new), new), h, c)


def _no_bias(x, h, c, w, m):
    return lstm_step(x, h, c, {**w, "b": 0 * w["b"]}, m)


def _overflow(x, h, c, w, m):
    a = x @ w["W_x"] + h @ w["W_h"] + w["b"]
    i, f, _, q = cut(np.exp(a) / (1 + np.exp(a)), 4)
    g = np.tanh(cut(a, 4)[2])
    new = f * c + i * g
    return _masked(m, (q * np.tanh(new), new), h, c)


def _no_mask(x, h, c, w, m):
    return _cell(x, h, c, w)


def _mask_multiplied(x, h, c, w, m):
    m = np.reshape(m, (-1, 1))
    new = _cell(x, h, c, w)
    return m * new[0] + (1 - m) * h, m * new[1] + (1 - m) * c


def _mask_to_zero(x, h, c, w, m):
    return _masked(m, _cell(x, h, c, w), 0 * h, 0 * c)


def _mask_on_cell(x, h, c, w, m):
    """The cell stands still; the output gate goes on working on it."""
    a = np.nan_to_num(x) @ w["W_x"] + h @ w["W_h"] + w["b"]
    new = _chosen(m, _cell(x, h, c, w)[1], c)
    return sigma(cut(a, 4)[3]) * np.tanh(new), new


def _mask_on_state(x, h, c, w, m):
    new = _cell(np.nan_to_num(x), h, c, w)
    return _chosen(m, new[0], h), new[1]


def _mask_turned(x, h, c, w, m):
    return _masked(1 - m, _cell(x, h, c, w), h, c)


def _input_erased(x, h, c, w, m):
    """Padding is read as zeros, and the cell goes on."""
    return _cell(_chosen(m, x, np.zeros_like(x)), h, c, w)


# --- numbers --------------------------------------------------------------------------

ORDERS = ("igfq", "qifg", "gfqi", "fqig")


def _kernel(rng: np.random.Generator, D: int, H: int) -> tuple[Any, ...]:
    return rng.standard_normal((D + H, 4 * H)), rng.standard_normal(4 * H)


def _strangers(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    sizes = (2, 3), (3, 2), (4, 4), (1, 2)
    return [
        (*_kernel(rng, *size), order, 0.0)
        for size, order in zip(sizes, ORDERS, strict=True)
    ]


def _with_extra(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = [(*args[:3], float(rng.uniform(0.5, 3))) for args in _strangers(rng)]
    return [*found, (*_kernel(rng, 3, 1), "ifgq", -2.0)]


def _situation(rng: np.random.Generator, B: int, D: int, H: int) -> tuple[Any, ...]:
    w = {
        "W_x": rng.standard_normal((D, 4 * H)),
        "W_h": rng.standard_normal((H, 4 * H)),
        "b": rng.standard_normal(4 * H),
    }
    x, h = rng.standard_normal((B, D)), rng.uniform(-0.9, 0.9, (B, H))
    return x, h, 1.5 * rng.standard_normal((B, H)), w


def _running(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    sizes = (3, 2, 4), (1, 3, 2), (2, 2, 2)
    return [(*_situation(rng, *size), np.ones(size[0])) for size in sizes]


def _ended(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = []
    for D, H, m in ((2, 3, [0.0, 1, 1, 0]), (3, 3, [1.0, 0, 1]), (1, 2, [0.0, 1])):
        found.append((*_situation(rng, len(m), D, H), np.array(m)))
    x, h, c, w = _situation(rng, 3, 2, 2)
    x[1] = np.nan
    x[2] = np.inf, -np.inf
    found.append((x, h, c, w, np.array([1.0, 0.0, 0.0])))
    return found


def _saturated(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    x, h, c, w = _situation(rng, 4, 3, 3)
    w["b"] = rng.permutation([-2000.0, 2000.0] * 5 + [800.0, -800.0])
    return [(x, h, c, w, np.ones(4))]


def _full(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    """Cells without bound, behind open forget gates."""
    x, h, _, w = _situation(rng, 2, 2, 3)
    w["b"][3:6] = 9.0
    c = np.array([[300.0, -40.0, 12.0], [-150.0, 25.0, -7.0]])
    return [(x, h, c, w, np.ones(2))]


def _size(args: tuple[Any, ...]) -> str:
    B, D = args[0].shape
    H, m = args[1].shape[1], args[4]
    told = f"B = {B}, D = {D}, H = {H}"
    return told + (f", m = {m.astype(int).tolist()}" if np.any(m == 0) else "")


def _test_convert(ask: Ask, rng: np.random.Generator) -> None:
    for args in _strangers(rng):
        where = f"order {args[2]!r}, extra 0"
        judge(ask, SLIPS, "convert", args, convert(*args), where)


def _test_extra(ask: Ask, rng: np.random.Generator) -> None:
    for args in _with_extra(rng):
        where = f"order {args[2]!r}, extra {args[3]:.3g}"
        judge(ask, SLIPS, "convert", args, convert(*args), where)


def _test_step(ask: Ask, rng: np.random.Generator) -> None:
    for args in _running(rng):
        want = lstm_step(*args)
        judge(ask, SLIPS, "lstm_step", args, want, _size(args), "new h, new c")
    for args in _saturated(rng):
        where = "pre-activations up to 2,000"
        judge(ask, SLIPS, "lstm_step", args, lstm_step(*args), where, "new h, new c")
    for args in _full(rng):
        where = "cells up to 300"
        judge(ask, SLIPS, "lstm_step", args, lstm_step(*args), where, "new h, new c")


def _test_ended(ask: Ask, rng: np.random.Generator) -> None:
    for args in _ended(rng):
        want = lstm_step(*args)
        judge(ask, SLIPS, "lstm_step", args, want, _size(args), "new h, new c")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [Call("convert", *a) for a in (*_strangers(rng), *_with_extra(rng))]
    steps = *_running(rng), *_saturated(rng), *_ended(rng), *_full(rng)
    return calls + [Call("lstm_step", *args) for args in steps]


SLIPS = (
    Slip(
        "the order turned round",
        "convert",
        _inverse_order,
        "You moved the blocks the wrong way. `order` says which block stands where *now*: our first block, i, is to be taken from the place that i has in `order`.",
        BORROWED,
        "The blocks were moved the wrong way.",
    ),
    Slip(
        "order ignored",
        "convert",
        _order_ignored,
        "You leave the blocks where they stand. The shapes do not tell, but a forget gate's weights now work for another gate.",
        BORROWED,
        "The blocks still stand in the stranger's order.",
    ),
    Slip(
        "bias not moved",
        "convert",
        _bias_not_moved,
        "You move the blocks of the matrices and leave those of the bias. It has the same four blocks.",
        BORROWED,
        "The bias has the same blocks as the matrices.",
    ),
    Slip(
        "state's matrix not moved",
        "convert",
        _inputs_alone,
        "You move the blocks of the inputs' rows and leave those of the state's rows.",
        BORROWED,
        "The blocks of the state's rows were not moved.",
    ),
    Slip(
        "extra left out",
        "convert",
        _no_extra,
        "`extra` is missing. The stranger's program adds it at every step and does not keep it in the bias; our cell adds nothing, so it has to go into b.",
        BORROWED,
        "`extra` is missing.",
    ),
    Slip(
        "extra in the stranger's second block",
        "convert",
        _extra_second_block,
        "You add `extra` to the second block of the stranger's bias. That block is the forget gate's in *our* order.",
        BORROWED,
        "`extra` went to another gate, in the old order.",
    ),
    Slip(
        "extra in the old place",
        "convert",
        _extra_old_place,
        "You add `extra` after the blocks were moved, at the place that the forget gate had before.",
        BORROWED,
        "`extra` went to another gate, in the new order.",
    ),
    Slip(
        "extra for all gates",
        "convert",
        _extra_everywhere,
        "You add `extra` to all four blocks. The stranger adds it to the forget gate alone.",
        BORROWED,
        "`extra` belongs to one block.",
    ),
    Slip(
        "extra subtracted",
        "convert",
        _extra_subtracted,
        "You subtract `extra`. What the stranger's program adds at every step, our bias has to contain.",
        BORROWED,
        "`extra` has the wrong sign.",
    ),
    Slip(
        "state's rows first",
        "convert",
        _state_first,
        "You take the first rows for the state's. The kernel acts on the row (x, h), inputs first.",
        BORROWED,
        "The first rows belong to the inputs.",
    ),
    Slip(
        "unit by unit",
        "convert",
        _interleaved,
        "You cut the columns as if the four numbers of each unit stood side by side. They stand in four blocks of H columns.",
        BORROWED,
        "The columns come in blocks of H.",
    ),
    Slip(
        "g and q exchanged",
        "lstm_step",
        _g_and_q_exchanged,
        "You take the third block for the output gate and the fourth for the candidate. Our order is i, f, g, q.",
        FORWARD,
        "The last two blocks are exchanged.",
    ),
    Slip(
        "i and f exchanged",
        "lstm_step",
        _i_and_f_exchanged,
        "You take the first block for the forget gate and the second for the input gate. Our order is i, f, g, q.",
        FORWARD,
        "The first two blocks are exchanged.",
    ),
    Slip(
        "tanh on the gates",
        "lstm_step",
        _gates_tanh,
        "You apply tanh to all four blocks. A gate says how much passes, between nothing and all: it needs a function from 0 to 1.",
        FORWARD,
        "Gates go from 0 to 1.",
    ),
    Slip(
        "sigma on the candidate",
        "lstm_step",
        _candidate_sigma,
        "You apply the logistic function to all four blocks. The candidate is no gate: with numbers from 0 to 1 a cell could never be lowered by writing.",
        FORWARD,
        "The candidate goes from -1 to 1.",
    ),
    Slip(
        "h without tanh",
        "lstm_step",
        _cell_shown,
        "Your h is q times c itself. The cell can be of any size: what is shown goes through tanh first.",
        FORWARD,
        "What is shown goes through tanh.",
    ),
    Slip(
        "h from the old cell",
        "lstm_step",
        _old_cell_shown,
        "You show the cell as it was before the step. The output gate looks at the new one.",
        FORWARD,
        "h shows the new cell.",
    ),
    Slip(
        "new cell from h",
        "lstm_step",
        _state_kept,
        "Your forget gate multiplies h. What it keeps is the cell c; h is only what was shown of it.",
        FORWARD,
        "The forget gate multiplies the cell.",
    ),
    Slip(
        "1 - f for i",
        "lstm_step",
        _coupled,
        "You write with 1 - f. That is the coupled cell (§11.6); here the input gate is computed by its own block.",
        "§11.6",
        "The input gate has a block of its own.",
    ),
    Slip(
        "forget gate turned round",
        "lstm_step",
        _forget_turned,
        "You keep 1 - f of the cell. In spite of its name, the forget gate says how much is *kept*.",
        FORWARD,
        "An open forget gate keeps.",
    ),
    Slip(
        "no bias",
        "lstm_step",
        _no_bias,
        "The bias is missing.",
        FORWARD,
        "b is not used.",
    ),
    Slip(
        "overflow",
        "lstm_step",
        _overflow,
        "You divide exponentials that are both infinite where an argument is large, and that is NaN. Write the logistic function so that the infinity stands in the denominator alone, or by way of tanh, and take tanh from NumPy.",
        "§11.9",
        "Infinity over infinity is NaN.",
    ),
    Slip(
        "mask ignored",
        "lstm_step",
        _no_mask,
        "You let ended sequences go on. Where m is 0, both states stay as they were.",
        "§11.2, §2.3",
        "Ended sequences go on.",
    ),
    Slip(
        "mask multiplied",
        "lstm_step",
        _mask_multiplied,
        "You choose by multiplying with the mask, and 0 times NaN is NaN: what stands in the padding comes through. Choose with `np.where`.",
        "§11.2, §2.3",
        "0 times NaN is NaN.",
    ),
    Slip(
        "ended set to zero",
        "lstm_step",
        _mask_to_zero,
        "You set the states of ended sequences to zero. They stay as they were: the last one is what the sequence has been read for.",
        "§11.2, §2.3",
        "Ended sequences lose their states.",
    ),
    Slip(
        "mask on c alone",
        "lstm_step",
        _mask_on_cell,
        "You hold c and let h go on: the output gate opens and closes on the padding. Hold both.",
        "§11.2, §2.3",
        "h of an ended sequence goes on.",
    ),
    Slip(
        "mask on h alone",
        "lstm_step",
        _mask_on_state,
        "You hold h and let c go on, where the padding is written. Hold both.",
        "§11.2, §2.3",
        "c of an ended sequence goes on.",
    ),
    Slip(
        "mask turned round",
        "lstm_step",
        _mask_turned,
        "You hold the sequences that go on. The mask is 1 at real steps and 0 in the padding.",
        "§11.2, §2.3",
        "The mask is 1 where the sequence goes on.",
    ),
    Slip(
        "padding as zeros",
        "lstm_step",
        _input_erased,
        "You read zeros in the padding and go on. A cell that reads zeros still changes: its biases and its state work on.",
        "§11.2, §2.3",
        "A cell that reads zeros still changes.",
    ),
)

QUESTION = Question(
    id="11.1",
    title="a stranger's cell",
    answers=("convert", "lstm_step"),
    reference={"convert": convert, "lstm_step": lstm_step},
    properties=(
        Property(
            "convert brings the blocks into our order, whatever theirs is",
            1,
            _test_convert,
            BORROWED,
        ),
        Property(
            "convert puts what the stranger adds into the forget gate's bias",
            1,
            _test_extra,
            BORROWED,
        ),
        Property(
            "lstm_step is a step of an LSTM, also with pre-activations up to 2,000",
            2,
            _test_step,
            FORWARD,
        ),
        Property(
            "lstm_step leaves sequences that have ended as they were",
            1,
            _test_ended,
            "§11.2, §2.3",
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
