"""Question 0.1: shapes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import (
    Array,
    as_array,
    expect,
    expect_keys,
    expect_untouched,
    kind_of,
)
from unrolled.grader.question import (
    Ask,
    Call,
    Misconception,
    Property,
    Question,
    Reply,
    Wrong,
)


def stack_columns(states: list[Array], inputs: list[Array]) -> Array:
    rows = np.concatenate([np.array(states), np.array(inputs)], axis=1)
    return rows.T


def shapes(H: int, D: int, B: int) -> dict[str, tuple[int, int]]:
    return {
        "columns: weight": (H, H + D),
        "columns: stack": (H + D, B),
        "columns: product": (H, B),
        "rows: weight": (H + D, H),
        "rows: stack": (B, H + D),
        "rows: product": (B, H),
    }


def step_rows(h_prev: Array, x_t: Array, w_s: Array, b_s: Array) -> Array:
    H = h_prev.shape[1]
    W_hh, W_xh = w_s[:, :H].T, w_s[:, H:].T
    return np.tanh(h_prev @ W_hh + x_t @ W_xh + b_s.T)


def _batch_in_rows(states, inputs):
    return np.concatenate([np.array(states), np.array(inputs)], axis=1)


def _input_on_top(states, inputs):
    return np.concatenate([np.array(inputs), np.array(states)], axis=1).T


def _one_long_column(states, inputs):
    pairs = zip(states, inputs, strict=True)
    return np.concatenate([np.concatenate(pair) for pair in pairs])[:, None]


def _all_states_then_all_inputs(states, inputs):
    return np.concatenate([*states, *inputs])[:, None]


def _one_flat_vector(states, inputs):
    return np.concatenate([*states, *inputs])


def _pairs_in_one_flat_vector(states, inputs):
    pairs = zip(states, inputs, strict=True)
    return np.concatenate([np.concatenate(pair) for pair in pairs])


def _columns_by_reshape(states, inputs):
    rows = np.concatenate([np.array(states), np.array(inputs)], axis=1)
    return np.reshape(rows, rows.shape[::-1])


def _state_size_as_batch(H, D, B):
    return {
        "columns: weight": (H, H + D),
        "columns: stack": (H + D, H),
        "columns: product": (H, H),
        "rows: weight": (H + D, H),
        "rows: stack": (H, H + D),
        "rows: product": (H, H),
    }


def _weights_with_a_batch(H, D, B):
    return {
        "columns: weight": (B, H, H + D),
        "columns: stack": (H + D, B),
        "columns: product": (H, B),
        "rows: weight": (B, H + D, H),
        "rows: stack": (B, H + D),
        "rows: product": (B, H),
    }


def _conventions_exchanged(H, D, B):
    return {
        "columns: weight": (H + D, H),
        "columns: stack": (B, H + D),
        "columns: product": (B, H),
        "rows: weight": (H, H + D),
        "rows: stack": (H + D, B),
        "rows: product": (H, B),
    }


def _batch_axis_exchanged(H, D, B):
    return {
        "columns: weight": (H, H + D),
        "columns: stack": (B, H + D),
        "columns: product": (B, H),
        "rows: weight": (H + D, H),
        "rows: stack": (H + D, B),
        "rows: product": (H, B),
    }


def _input_block_first(h_prev, x_t, w_s, b_s):
    D = x_t.shape[1]
    return np.tanh(x_t @ w_s[:, :D].T + h_prev @ w_s[:, D:].T + b_s.T)


def _result_in_columns(h_prev, x_t, w_s, b_s):
    stack = np.concatenate([h_prev, x_t], axis=1).T
    return np.tanh(w_s @ stack + b_s)


def _bias_as_it_stands(h_prev, x_t, w_s, b_s):
    stack = np.concatenate([h_prev, x_t], axis=1)
    return np.tanh(stack @ w_s.T + b_s)


def _blocks_not_transposed(h_prev, x_t, w_s, b_s):
    H, D = h_prev.shape[1], x_t.shape[1]
    W = np.reshape(w_s, (H + D, H))
    return np.tanh(np.concatenate([h_prev, x_t], axis=1) @ W + b_s.T)


def _square_block_as_it_stands(h_prev, x_t, w_s, b_s):
    H = h_prev.shape[1]
    return np.tanh(h_prev @ w_s[:, :H] + x_t @ w_s[:, H:].T + b_s.T)


def _both_blocks_as_they_stand(h_prev, x_t, w_s, b_s):
    H = h_prev.shape[1]
    return np.tanh(h_prev @ w_s[:, :H] + x_t @ w_s[:, H:] + b_s.T)


def _without_bias(h_prev, x_t, w_s, b_s):
    H = h_prev.shape[1]
    return np.tanh(h_prev @ w_s[:, :H].T + x_t @ w_s[:, H:].T)


def _without_tanh(h_prev, x_t, w_s, b_s):
    H = h_prev.shape[1]
    return h_prev @ w_s[:, :H].T + x_t @ w_s[:, H:].T + b_s.T


SIZES = ((3, 4, 5), (4, 2, 4), (2, 3, 1), (1, 3, 2), (3, 3, 4))  # H, D, B


def _singles(
    rng: np.random.Generator, H: int, D: int, B: int
) -> tuple[list[Array], list[Array]]:
    states = [rng.standard_normal(H) for _ in range(B)]
    return states, [rng.standard_normal(D) for _ in range(B)]


def _step_arguments(
    rng: np.random.Generator, H: int, D: int, B: int
) -> tuple[Array, ...]:
    return (
        np.tanh(rng.standard_normal((B, H))),
        rng.standard_normal((B, D)),
        0.7 * rng.standard_normal((H, H + D)),
        0.7 * rng.standard_normal((H, 1)),
    )


def _where(H: int, D: int, B: int) -> str:
    return f"with H = {H}, D = {D} and B = {B}"


def _test_stack(ask: Ask, rng: np.random.Generator) -> None:
    for H, D, B in SIZES:
        states, inputs = _singles(rng, H, D, B)
        want = np.empty((H + D, B))
        for b in range(B):
            want[:H, b], want[H:, b] = states[b], inputs[b]
        name = f"{_where(H, D, B)}, the result"
        got = as_array(ask("stack_columns", states, inputs).value, want.shape, name)
        hint = ""
        if np.allclose(got[D:], want[:H]) and np.allclose(got[:D], want[H:]):
            hint = "The state stands on top, the input below it."
        expect(got, want, name, hint, than="the stacked columns")


def _test_shapes(convention: str) -> Callable[[Ask, np.random.Generator], None]:
    def test(ask: Ask, rng: np.random.Generator) -> None:
        drawn = [tuple(int(n) for n in rng.choice(90, 3, False) + 2) for _ in range(2)]
        for H, D, B in ((100, 10_000, 32), (7, 4, 1), *drawn):
            right = {k: v for k, v in shapes(H, D, B).items() if convention in k}
            reply = ask("shapes", H, D, B).value
            found = expect_keys(reply, right, "a dict of six shapes")
            for key, want in right.items():
                got = _shape(found[key], key)
                if got != want:
                    raise Wrong(
                        f'{_where(H, D, B)}, "{key}": got {got}; that is not its '
                        f"shape.{_hint(got, want, H, B)}"
                    )

    return test


def _shape(value: Any, key: str) -> tuple[int, ...]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    whole = isinstance(value, (tuple, list)) and all(
        isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in value
    )
    if not whole:
        raise Wrong(
            f'"{key}": expected a tuple of whole numbers, got {kind_of(value)}.'
        )
    return tuple(int(n) for n in value)


def _hint(got: tuple[int, ...], want: tuple[int, ...], H: int, B: int) -> str:
    if len(got) > 2:
        return " No weight has a batch axis: all sequences share it."
    if got == want[::-1]:
        return " The two axes are exchanged."
    if B not in got and B in want:
        return " Where is the batch?"
    return ""


def _test_step(
    sizes: tuple[tuple[int, int, int], ...],
) -> Callable[[Ask, np.random.Generator], None]:
    def test(ask: Ask, rng: np.random.Generator) -> None:
        for H, D, B in sizes:
            args = _step_arguments(rng, H, D, B)
            h_prev, x_t, w_s, b_s = args
            want = np.empty((B, H))
            for b in range(B):  # one column at a time, as Notes A write it
                column = np.concatenate([h_prev[b], x_t[b]])[:, None]
                want[b] = np.tanh(w_s @ column + b_s)[:, 0]
            reply = _step(ask, args)
            name = f"{_where(H, D, B)}, the result"
            expect(reply.value, want, name, than="Notes A's formula, column by column")
            expect_untouched(reply, args, "h_prev x_t w_s b_s")

    return test


def _step(ask: Ask, args: tuple[Array, ...]) -> Reply:
    """The learner's step; a product that NumPy refuses gets a word on its shapes."""
    try:
        return ask("step_rows", *args)
    except Wrong as wrong:
        if wrong.kind == "exception" and re.search("matmul|aligned", wrong.message):
            raise Wrong(
                f"{wrong.message} w_s has the shape (H, H + D) and was made for a "
                "column on its right. A row stands on the left of its weight, and "
                "there the inner size, the weight's first, must be H + D: transpose.",
                wrong.kind,
            ) from None
        raise


def _shape_cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for H, D, B in SIZES[:3]:
        calls.append(Call("stack_columns", *_singles(rng, H, D, B)))
        calls.append(Call("shapes", H + 5, D + 9, B))
        calls.append(Call("step_rows", *_step_arguments(rng, H, D, B)))
    # a bias added along the wrong axis shows where batch and state are equally large
    calls.append(Call("step_rows", *_step_arguments(rng, 3, 2, 3)))
    # a block that is not transposed fits if state and input are equally large
    calls.append(Call("step_rows", *_step_arguments(rng, 3, 3, 4)))
    return calls


QUESTION = Question(
    id="00.1",
    title="whose batch is where",
    answers=("stack_columns", "shapes", "step_rows"),
    reference={
        "stack_columns": stack_columns,
        "shapes": shapes,
        "step_rows": step_rows,
    },
    properties=(
        Property(
            "stack_columns puts states on top, inputs below and one sequence in each column",
            1,
            _test_stack,
            "§0.3",
        ),
        Property(
            "shapes has the three shapes of the column convention",
            1,
            _test_shapes("columns"),
            "§0.3",
        ),
        Property(
            "shapes has the three shapes of the row convention",
            1,
            _test_shapes("rows"),
            "§0.3, eq-stacked",
        ),
        Property(
            "step_rows gives, row by row, what Notes A's formula gives column by column, also for one sequence and for as many sequences as units",
            1,
            _test_step(SIZES),
            "§0.3, eq-stacked",
        ),
    ),
    misconceptions=(
        Misconception(
            "batch on the wrong axis",
            {"stack_columns": _batch_in_rows},
            "You stack the batch in rows. That is this course's convention and will serve you well, but w_s stands on the left of its product: it needs the features along the first axis and the batch along the second, (H + D) × B.",
            "§0.3",
        ),
        Misconception(
            "input on top",
            {"stack_columns": _input_on_top},
            "Your columns have the input on top. The blocks of w_s are (w_ss, w_sx), so the first H columns of the weight meet the first H rows of the stack: these must be the state.",
            "§0.3, eq-stacked",
        ),
        Misconception(
            "batch in one long column",
            {"stack_columns": _one_long_column},
            "You append the sequences to one another in one long column, B·(H + D) numbers. The weight has H + D columns and could not multiply it; a batch is a second axis, not a longer vector.",
            "§0.3",
        ),
        Misconception(
            "all states, then all inputs",
            {"stack_columns": _all_states_then_all_inputs},
            "You put all states and then all inputs into one column. Which input belongs to which state is lost, and the weight does not fit: each sequence has a column of its own.",
            "§0.3",
        ),
        Misconception(
            "one flat vector",
            {"stack_columns": _one_flat_vector},
            "You join all vectors, states first, into one flat vector without a second axis. Whose numbers they are is lost: the result has two axes, H + D features by B sequences.",
            "§0.3",
        ),
        Misconception(
            "one flat vector, pair by pair",
            {"stack_columns": _pairs_in_one_flat_vector},
            "You join each state with its input, and then all pairs into one flat vector. The pairs are right; each of them is a column, beside the others and not behind them.",
            "§0.3",
        ),
        Misconception(
            "columns by reshape",
            {"stack_columns": _columns_by_reshape},
            "You build the rows and reshape them to (H + D, B). The shape is right, but reshape keeps the order in memory, so each column is a mixture of several sequences: transpose.",
            "§0.3",
        ),
        Misconception(
            "size of the state taken for the batch",
            {"shapes": _state_size_as_batch},
            "Where the batch should stand you have the size of the state, as Notes A do with 10100 × 100. The number of sequences has nothing to do with H; for a single one it is 1.",
            "§0.3",
        ),
        Misconception(
            "a batch axis on the weights",
            {"shapes": _weights_with_a_batch},
            "Your weights have a batch axis, as if every sequence had its own. All sequences of a batch share one set of weights; only what is computed from the data has a batch axis.",
            "§0.3",
        ),
        Misconception(
            "rows and columns exchanged",
            {"shapes": _conventions_exchanged},
            "You have exchanged the two conventions. Columns: the weight on the left, the batch along the second axis. Rows: the batch along the first axis, the weight on the right.",
            "§0.3, eq-stacked",
        ),
        Misconception(
            "batch axes exchanged, weights right",
            {"shapes": _batch_axis_exchanged},
            "Your weights are right and your batches stand on the wrong side. Write the product out: in (H, H + D) times the stack the inner sizes must be equal, and what is left over is the batch.",
            "§0.3",
        ),
        Misconception(
            "blocks of the weight exchanged",
            {"step_rows": _input_block_first},
            "You give the first columns of w_s to the input. They belong to the state: w_s is (w_ss, w_sx), H columns for the state and then D for the input.",
            "§0.3, eq-stacked",
        ),
        Misconception(
            "result in columns",
            {"step_rows": _result_in_columns},
            "Your numbers are right and stand in columns, (H, B). The caller works in rows and needs (B, H). Transpose the weights once, not each result.",
            "§0.3",
        ),
        Misconception(
            "bias along the batch",
            {"step_rows": _bias_as_it_stands},
            "You add b_s as it is stored, a column, to a stack of rows. With as many sequences as units NumPy then gives each sequence the bias of a unit, without a word; otherwise it refuses or broadcasts to a wrong shape. In rows the bias is a row.",
            "§0.1",
        ),
        Misconception(
            "reshaped instead of transposed",
            {"step_rows": _blocks_not_transposed},
            "You reshape w_s to (H + D, H). That has the right shape and the wrong numbers: reshape keeps the order in memory, a transpose exchanges the axes.",
            "§0.3",
        ),
        Misconception(
            "square block not transposed",
            {"step_rows": _square_block_as_it_stands},
            "You transpose the input's block of w_s and not the state's. The state's block is square, so NumPy does not object; but in rows it has to be turned round like the other.",
            "§0.3, eq-column-step",
        ),
        Misconception(
            "no block transposed",
            {"step_rows": _both_blocks_as_they_stand},
            "You multiply by the blocks of w_s as they stand. NumPy refuses unless input and state are equally large, and then the numbers are wrong: in rows both blocks are transposed.",
            "§0.3, eq-column-step",
        ),
        Misconception(
            "bias forgotten",
            {"step_rows": _without_bias},
            "The bias b_s is missing inside your tanh.",
            "§0.3",
        ),
        Misconception(
            "tanh forgotten",
            {"step_rows": _without_tanh},
            "Your result is the pre-activation: the tanh around it is missing.",
            "§0.3",
        ),
    ),
    cases=_shape_cases,
)
