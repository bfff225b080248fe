"""Question 4.1: weights to nn.RNN and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c04.common import numbers, unchanged
from unrolled.grader.checks.judging import Array, kind_of
from unrolled.grader.question import (
    Ask,
    Call,
    Misconception,
    Property,
    Question,
    Reply,
    Wrong,
)

Stack = list[dict[str, Array]]
EXACT = 1e-12  # float64 numbers that were only moved


def to_state(stack):
    state = {}
    for number, layer in enumerate(stack):
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            if W in layer:
                name, H = f"l{number}{ending}", len(layer[b])
                state[f"weight_ih_{name}"] = layer[W][:-H].T
                state[f"weight_hh_{name}"] = layer[W][-H:].T
                state[f"bias_ih_{name}"] = layer[b]
                state[f"bias_hh_{name}"] = np.zeros(H)
    return state


def to_stack(state):
    stack = []
    while f"weight_ih_l{len(stack)}" in state:
        layer = {}
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            name = f"l{len(stack)}{ending}"
            if f"weight_ih_{name}" in state:
                both = (state[f"weight_ih_{name}"].T, state[f"weight_hh_{name}"].T)
                layer[W] = np.concatenate(both)
                layer[b] = state[f"bias_ih_{name}"] + state[f"bias_hh_{name}"]
        stack.append(layer)
    return stack


# --- to_state, as somebody with a misconception writes it ---------------------------


def _not_transposed(stack):
    state = {}
    for number, layer in enumerate(stack):
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            if W in layer:
                name, H = f"l{number}{ending}", len(layer[b])
                state[f"weight_ih_{name}"] = layer[W][:-H]
                state[f"weight_hh_{name}"] = layer[W][-H:]
                state[f"bias_ih_{name}"] = layer[b]
                state[f"bias_hh_{name}"] = np.zeros(H)
    return state


def _square_not_transposed(stack):
    state = {}
    for number, layer in enumerate(stack):
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            if W in layer:
                name, H = f"l{number}{ending}", len(layer[b])
                state[f"weight_ih_{name}"] = layer[W][:-H].T
                state[f"weight_hh_{name}"] = layer[W][-H:]
                state[f"bias_ih_{name}"] = layer[b]
                state[f"bias_hh_{name}"] = np.zeros(H)
    return state


def _state_rows_first(stack):
    state = {}
    for number, layer in enumerate(stack):
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            if W in layer:
                name, H = f"l{number}{ending}", len(layer[b])
                state[f"weight_ih_{name}"] = layer[W][H:].T
                state[f"weight_hh_{name}"] = layer[W][:H].T
                state[f"bias_ih_{name}"] = layer[b]
                state[f"bias_hh_{name}"] = np.zeros(H)
    return state


def _names_exchanged(stack):
    state = {}
    for number, layer in enumerate(stack):
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            if W in layer:
                name, H = f"l{number}{ending}", len(layer[b])
                state[f"weight_hh_{name}"] = layer[W][:-H].T
                state[f"weight_ih_{name}"] = layer[W][-H:].T
                state[f"bias_ih_{name}"] = layer[b]
                state[f"bias_hh_{name}"] = np.zeros(H)
    return state


def _split_at_the_first_input_size(stack):
    state = {}
    D = len(stack[0]["W"]) - len(stack[0]["b"])
    for number, layer in enumerate(stack):
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            if W in layer:
                name, H = f"l{number}{ending}", len(layer[b])
                state[f"weight_ih_{name}"] = layer[W][:D].T
                state[f"weight_hh_{name}"] = layer[W][D:].T
                state[f"bias_ih_{name}"] = layer[b]
                state[f"bias_hh_{name}"] = np.zeros(H)
    return state


def _upper_layers_read_one_direction(stack):
    state = {}
    for number, layer in enumerate(stack):
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            if W in layer:
                name, H = f"l{number}{ending}", len(layer[b])
                D = H if number else len(layer[W]) - H
                state[f"weight_ih_{name}"] = layer[W][:D].T
                state[f"weight_hh_{name}"] = layer[W][-H:].T
                state[f"bias_ih_{name}"] = layer[b]
                state[f"bias_hh_{name}"] = np.zeros(H)
    return state


def _bias_in_both(stack):
    state = {}
    for number, layer in enumerate(stack):
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            if W in layer:
                name, H = f"l{number}{ending}", len(layer[b])
                state[f"weight_ih_{name}"] = layer[W][:-H].T
                state[f"weight_hh_{name}"] = layer[W][-H:].T
                state[f"bias_ih_{name}"] = layer[b]
                state[f"bias_hh_{name}"] = layer[b]
    return state


def _one_bias_alone(stack):
    state = {}
    for number, layer in enumerate(stack):
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            if W in layer:
                name, H = f"l{number}{ending}", len(layer[b])
                state[f"weight_ih_{name}"] = layer[W][:-H].T
                state[f"weight_hh_{name}"] = layer[W][-H:].T
                state[f"bias_ih_{name}"] = layer[b]
    return state


def _reverse_copied(stack):
    state = {}
    for number, layer in enumerate(stack):
        for W, _, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            if W in layer:
                name, H = f"l{number}{ending}", len(layer["b"])
                state[f"weight_ih_{name}"] = layer["W"][:-H].T
                state[f"weight_hh_{name}"] = layer["W"][-H:].T
                state[f"bias_ih_{name}"] = layer["b"]
                state[f"bias_hh_{name}"] = np.zeros(H)
    return state


def _reverse_forgotten(stack):
    state = {}
    for number, layer in enumerate(stack):
        name, H = f"l{number}", len(layer["b"])
        state[f"weight_ih_{name}"] = layer["W"][:-H].T
        state[f"weight_hh_{name}"] = layer["W"][-H:].T
        state[f"bias_ih_{name}"] = layer["b"]
        state[f"bias_hh_{name}"] = np.zeros(H)
    return state


def _directions_as_layers(stack):
    state = {}
    number = 0
    for layer in stack:
        for W, b in (("W", "b"), ("U", "u")):
            if W in layer:
                H = len(layer[b])
                state[f"weight_ih_l{number}"] = layer[W][:-H].T
                state[f"weight_hh_l{number}"] = layer[W][-H:].T
                state[f"bias_ih_l{number}"] = layer[b]
                state[f"bias_hh_l{number}"] = np.zeros(H)
                number += 1
    return state


def _layers_from_one(stack):
    state = {}
    for number, layer in enumerate(stack, start=1):
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            if W in layer:
                name, H = f"l{number}{ending}", len(layer[b])
                state[f"weight_ih_{name}"] = layer[W][:-H].T
                state[f"weight_hh_{name}"] = layer[W][-H:].T
                state[f"bias_ih_{name}"] = layer[b]
                state[f"bias_hh_{name}"] = np.zeros(H)
    return state


# --- to_stack ---------------------------------------------------------------------


def _back_first_bias_alone(state):
    stack = []
    while f"weight_ih_l{len(stack)}" in state:
        layer = {}
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            name = f"l{len(stack)}{ending}"
            if f"weight_ih_{name}" in state:
                both = (state[f"weight_ih_{name}"].T, state[f"weight_hh_{name}"].T)
                layer[W] = np.concatenate(both)
                layer[b] = state[f"bias_ih_{name}"]
        stack.append(layer)
    return stack


def _back_mean_of_the_biases(state):
    stack = []
    while f"weight_ih_l{len(stack)}" in state:
        layer = {}
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            name = f"l{len(stack)}{ending}"
            if f"weight_ih_{name}" in state:
                both = (state[f"weight_ih_{name}"].T, state[f"weight_hh_{name}"].T)
                layer[W] = np.concatenate(both)
                layer[b] = (state[f"bias_ih_{name}"] + state[f"bias_hh_{name}"]) / 2
        stack.append(layer)
    return stack


def _back_sum_in_place(state):
    stack = []
    while f"weight_ih_l{len(stack)}" in state:
        layer = {}
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            name = f"l{len(stack)}{ending}"
            if f"weight_ih_{name}" in state:
                both = (state[f"weight_ih_{name}"].T, state[f"weight_hh_{name}"].T)
                layer[W] = np.concatenate(both)
                layer[b] = state[f"bias_ih_{name}"]
                layer[b] += state[f"bias_hh_{name}"]
        stack.append(layer)
    return stack


def _back_not_transposed(state):
    stack = []
    while f"weight_ih_l{len(stack)}" in state:
        layer = {}
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            name = f"l{len(stack)}{ending}"
            if f"weight_ih_{name}" in state:
                both = (state[f"weight_ih_{name}"], state[f"weight_hh_{name}"])
                layer[W] = np.concatenate(both, axis=1)
                layer[b] = state[f"bias_ih_{name}"] + state[f"bias_hh_{name}"]
        stack.append(layer)
    return stack


def _back_square_not_transposed(state):
    stack = []
    while f"weight_ih_l{len(stack)}" in state:
        layer = {}
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            name = f"l{len(stack)}{ending}"
            if f"weight_ih_{name}" in state:
                both = (state[f"weight_ih_{name}"].T, state[f"weight_hh_{name}"])
                layer[W] = np.concatenate(both)
                layer[b] = state[f"bias_ih_{name}"] + state[f"bias_hh_{name}"]
        stack.append(layer)
    return stack


def _back_input_not_transposed(state):
    stack = []
    while f"weight_ih_l{len(stack)}" in state:
        layer = {}
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            name = f"l{len(stack)}{ending}"
            if f"weight_ih_{name}" in state:
                both = (state[f"weight_ih_{name}"], state[f"weight_hh_{name}"].T)
                layer[W] = np.concatenate(both)
                layer[b] = state[f"bias_ih_{name}"] + state[f"bias_hh_{name}"]
        stack.append(layer)
    return stack


def _back_state_rows_first(state):
    stack = []
    while f"weight_ih_l{len(stack)}" in state:
        layer = {}
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            name = f"l{len(stack)}{ending}"
            if f"weight_ih_{name}" in state:
                both = (state[f"weight_hh_{name}"].T, state[f"weight_ih_{name}"].T)
                layer[W] = np.concatenate(both)
                layer[b] = state[f"bias_ih_{name}"] + state[f"bias_hh_{name}"]
        stack.append(layer)
    return stack


def _back_reverse_copied(state):
    stack = []
    while f"weight_ih_l{len(stack)}" in state:
        layer = {}
        for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
            name = f"l{len(stack)}"
            if f"weight_ih_{name}{ending}" in state:
                both = (state[f"weight_ih_{name}"].T, state[f"weight_hh_{name}"].T)
                layer[W] = np.concatenate(both)
                layer[b] = state[f"bias_ih_{name}"] + state[f"bias_hh_{name}"]
        stack.append(layer)
    return stack


def _back_reverse_forgotten(state):
    stack = []
    while f"weight_ih_l{len(stack)}" in state:
        name = f"l{len(stack)}"
        both = (state[f"weight_ih_{name}"].T, state[f"weight_hh_{name}"].T)
        bias = state[f"bias_ih_{name}"] + state[f"bias_hh_{name}"]
        stack.append({"W": np.concatenate(both), "b": bias})
    return stack


def _back_lowest_layer_alone(state):
    layer = {}
    for W, b, ending in (("W", "b", ""), ("U", "u", "_reverse")):
        name = f"l0{ending}"
        if f"weight_ih_{name}" in state:
            both = (state[f"weight_ih_{name}"].T, state[f"weight_hh_{name}"].T)
            layer[W] = np.concatenate(both)
            layer[b] = state[f"bias_ih_{name}"] + state[f"bias_hh_{name}"]
    return [layer]


# --- networks and their states ------------------------------------------------------


def _draw_stack(
    rng: np.random.Generator, D: int, H: int, layers: int, both: bool
) -> Stack:
    stack = []
    for number in range(layers):
        size = (H * (1 + both) if number else D) + H
        layer = {}
        for W, b in (("W", "b"), ("U", "u"))[: 1 + both]:
            layer[W] = 1.2 * rng.standard_normal((size, H)) / np.sqrt(H)
            layer[b] = 0.5 * rng.standard_normal(H)
        stack.append(layer)
    return stack


def _draw_state(
    rng: np.random.Generator, D: int, H: int, layers: int, both: bool
) -> dict[str, Array]:
    """A state dict of nn.RNN in which both biases hold numbers."""
    state = to_state(_draw_stack(rng, D, H, layers, both))
    state = {name: np.ascontiguousarray(array) for name, array in state.items()}
    for name in state:
        if name.startswith("bias"):
            state[name] = 0.5 * rng.standard_normal(H)
    return state


def _sizes(stack: Stack) -> tuple[int, int, int, bool]:
    H = len(stack[0]["b"])
    return len(stack[0]["W"]) - H, H, len(stack), "U" in stack[0]


def stack_states(stack: Stack, x: Array, h0: Array) -> Array:
    """States of the top layer, (T, B, H) or (T, B, 2H); h0: one for each reader."""
    starts = iter(h0)
    for layer in stack:
        parts = []
        for W, b, way in (("W", "b", 1), ("U", "u", -1)):
            if W not in layer:
                continue
            h, rows = next(starts), []
            for x_t in x[::way]:
                h = np.tanh(np.concatenate([x_t, h], axis=1) @ layer[W] + layer[b])
                rows.append(h)
            parts.append(np.array(rows)[::way])
        x = np.concatenate(parts, axis=2)
    return x


def torch_states(state: dict[str, Array], x: Array, h0: Array) -> Array:
    """What nn.RNN computes with these weights; torch's random state is left alone."""
    import torch

    H, D = state["weight_ih_l0"].shape
    both = "weight_ih_l0_reverse" in state
    layers = sum(name.startswith("bias_ih") for name in state) // (1 + both)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        rnn = torch.nn.RNN(D, H, layers, bidirectional=both, dtype=torch.float64)
        entries = {k: torch.from_numpy(np.array(v)) for k, v in state.items()}
        rnn.load_state_dict(entries)
        return rnn(torch.from_numpy(x), torch.from_numpy(h0))[0].numpy()


def _draw_data(rng: np.random.Generator, stack: Stack) -> tuple[Array, Array]:
    D, H, layers, both = _sizes(stack)
    x = rng.standard_normal((5, 3, D))
    return x, np.tanh(rng.standard_normal((layers * (1 + both), 3, H)))


def _described(stack: Stack) -> str:
    D, H, layers, both = _sizes(stack)
    many = "1 layer" if layers == 1 else f"{layers} layers"
    return f"{many}, D = {D}, H = {H}{', in both directions' if both else ''}"


PLAIN = ((3, 4, 1, False), (5, 2, 1, False), (1, 3, 1, False))
DEEP = ((3, 4, 2, False), (5, 2, 3, False), (4, 3, 1, True), (2, 3, 2, True))


def _test_to(ask: Ask, rng: np.random.Generator, sizes: tuple) -> None:
    for size in sizes:
        stack = _draw_stack(rng, *size)
        where = _described(stack)
        reply = ask("to_state", stack)
        state = _as_state(reply.value, stack, where)
        if not unchanged([stack], reply.args_after):
            raise Wrong("the call changed the caller's stack: copy before you assign.")
        x, h0 = _draw_data(rng, stack)
        got, want = torch_states(state, x, h0), stack_states(stack, x, h0)
        worst = np.max(np.abs(got - want))
        if worst <= EXACT:
            continue
        if worst < 1e-5:
            raise Wrong(
                f"{where}: nn.RNN with your entries differs from our network by {worst:.0e}. "
                "The weights were rounded on the way; keep them in float64."
            )
        raise Wrong(
            f"{where}: the names and shapes fit, but nn.RNN with your entries computes other "
            "states than our network. Check which rows go where, each transpose, and the "
            "sum of the two biases."
        )


def _as_state(value: Any, stack: Stack, where: str) -> dict[str, Array]:
    want = to_state(stack)
    if not isinstance(value, dict):
        raise Wrong(f"to_state: expected a dict of arrays, got {kind_of(value)}.")
    missing = [name for name in want if name not in value]
    if missing:
        raise Wrong(
            f"{where}: nn.RNN asks for an entry `{missing[0]}`, and there is none."
        )
    extra = [name for name in value if name not in want]
    if extra:
        raise Wrong(f"{where}: nn.RNN has no entry `{extra[0]}`.")
    state = {
        name: numbers(value[name], want[name].shape, f"{where}: `{name}`")
        for name in want
    }
    if not all(np.isfinite(array).all() for array in state.values()):
        raise Wrong(f"{where}: there are NaN or infinite entries.")
    return state


def _test_to_plain(ask: Ask, rng: np.random.Generator) -> None:
    _test_to(ask, rng, PLAIN)


def _test_to_deep(ask: Ask, rng: np.random.Generator) -> None:
    _test_to(ask, rng, DEEP)


def _test_from(ask: Ask, rng: np.random.Generator, sizes: tuple) -> None:
    for size in sizes:
        state = _draw_state(rng, *size)
        shape = to_stack(state)
        where = _described(shape)
        reply = _asked_back(ask, state, where)
        stack = _as_stack(reply.value, shape, where)
        x, h0 = _draw_data(rng, shape)
        got, want = stack_states(stack, x, h0), torch_states(state, x, h0)
        worst = np.max(np.abs(got - want))
        if worst > EXACT:
            raise Wrong(
                f"{where}: the shapes fit, but the stack that you return computes other states "
                f"than the nn.RNN (the largest difference is {worst:.0e}). Check the order of "
                "the rows, each transpose, and the sum of the two biases."
            )
        if not unchanged([state], reply.args_after):
            raise Wrong(
                "the stack is right, and the call changed the caller's state dict: an "
                "assignment in place reached the array that stands in it."
            )


def _asked_back(ask: Ask, state: dict[str, Array], where: str) -> Reply:
    """The reply of to_stack; parts that do not fit together are explained."""
    try:
        return ask("to_stack", state)
    except Wrong as wrong:
        if wrong.kind == "exception" and "concatenation axis" in wrong.message:
            H, D = state["weight_ih_l0"].shape
            raise Wrong(
                f"{where}: the two parts of a layer could not be put together, because "
                f"their widths differ. In PyTorch's dict weight_ih of the lowest layer is "
                f"(H, D) = ({H}, {D}); our input rows are its transpose, ({D}, {H}), and "
                "weight_hh is transposed too (§4.1)."
            ) from None
        raise


def _as_stack(value: Any, shape: Stack, where: str) -> Stack:
    if not isinstance(value, (list, tuple)):
        raise Wrong(f"to_stack: expected a list of dicts, got {kind_of(value)}.")
    if len(value) != len(shape):
        raise Wrong(f"{where}: the list that you return has {len(value)} entries.")
    stack = []
    for number, (layer, want) in enumerate(zip(value, shape, strict=True)):
        if not isinstance(layer, dict):
            raise Wrong(f"{where}: a layer should be a dict, got {kind_of(layer)}.")
        if layer.keys() != want.keys():
            have, need = (", ".join(sorted(map(str, d))) for d in (layer, want))
            raise Wrong(f"{where}: a layer has the keys {have}; it needs {need}.")
        stack.append(
            {
                key: numbers(
                    layer[key], want[key].shape, f"{where}: [{number}][{key!r}]"
                )
                for key in want
            }
        )
    if not all(np.isfinite(a).all() for layer in stack for a in layer.values()):
        raise Wrong(f"{where}: there are NaN or infinite entries.")
    return stack


def _test_from_plain(ask: Ask, rng: np.random.Generator) -> None:
    _test_from(ask, rng, PLAIN)


def _test_from_deep(ask: Ask, rng: np.random.Generator) -> None:
    _test_from(ask, rng, DEEP)


def _weight_cases(rng: np.random.Generator) -> list[Call]:
    sizes = ((3, 2, 1, False), (4, 3, 2, False), (2, 3, 1, True), (5, 2, 2, True))
    sizes += ((3, 3, 1, False),)  # D = H: here no transpose can be told by its shape
    calls = []
    for size in sizes:
        calls.append(Call("to_state", _draw_stack(rng, *size)))
        calls.append(Call("to_stack", _draw_state(rng, *size)))
    return calls


QUESTION = Question(
    id="04.1",
    title="there and back again",
    answers=("to_state", "to_stack"),
    reference={"to_state": to_state, "to_stack": to_stack},
    properties=(
        Property(
            "to_state, one layer: nn.RNN accepts the entries and computes our states to 1e-12",
            1,
            _test_to_plain,
            "§4.1, eq-torch-rnn",
        ),
        Property(
            "to_state, several layers and both directions: the same",
            1,
            _test_to_deep,
            "§4.1 and §2.4",
        ),
        Property(
            "to_stack, one layer with two biases: our network computes the states of nn.RNN to 1e-12, and the state dict is left alone",
            1,
            _test_from_plain,
            "§4.1, eq-torch-rnn and the trap at its end, and §4.2",
        ),
        Property(
            "to_stack, several layers and both directions: the same",
            1,
            _test_from_deep,
            "§4.1 and §4.2",
        ),
    ),
    misconceptions=(
        Misconception(
            "weights not transposed",
            {"to_state": _not_transposed},
            "Neither weight is transposed. PyTorch stores a matrix the way it is used in x Wᵀ, with one row for each *output*; ours has one row for each input. Transpose both parts after you have cut them.",
            "§4.1, eq-torch-rnn",
        ),
        Misconception(
            "square weight not transposed",
            {"to_state": _square_not_transposed},
            "weight_ih is transposed and weight_hh is not. Its shape is square, so PyTorch accepts it either way and computes another network without a word.",
            "§4.1, eq-torch-rnn",
        ),
        Misconception(
            "state rows taken first",
            {"to_state": _state_rows_first},
            "You cut the matrix from the wrong end. It multiplies [x, h], so its first rows belong to the input and its last H rows to the state.",
            "§4.1, eq-torch-rnn",
        ),
        Misconception(
            "weight_ih and weight_hh exchanged",
            {"to_state": _names_exchanged},
            "The two names are exchanged. ih is input to hidden, our first rows; hh is hidden to hidden, our last H rows.",
            "§4.1, eq-torch-rnn",
        ),
        Misconception(
            "one input size for all layers",
            {"to_state": _split_at_the_first_input_size},
            "You cut every layer after D rows, with the D of the lowest layer. The layers above read states: their input has H numbers, or 2H from two readers. The last H rows are the state's in every layer.",
            "§4.1, eq-torch-rnn",
        ),
        Misconception(
            "upper layers read one direction",
            {"to_state": _upper_layers_read_one_direction},
            "In a bidirectional stack you give the upper layers an input of H numbers. They read both readers of the layer below, side by side: 2H.",
            "§4.3 and §2.4",
        ),
        Misconception(
            "bias in both places",
            {"to_state": _bias_in_both},
            "You wrote our bias into bias_ih and into bias_hh. PyTorch adds the two, so every unit gets it twice. The sum must be our b.",
            "§4.2 and eq-torch-rnn",
        ),
        Misconception(
            "bias_hh left out",
            {"to_state": _one_bias_alone},
            "bias_hh is missing. nn.RNN has both biases or none (bias=False), and load_state_dict wants every entry: write zeros.",
            "§4.2 and eq-torch-rnn",
        ),
        Misconception(
            "reverse copied from forward",
            {"to_state": _reverse_copied},
            "Your `_reverse` entries hold the forward reader's weights. The reader from right to left has its own: U and u.",
            "§2.4",
        ),
        Misconception(
            "reverse reader forgotten",
            {"to_state": _reverse_forgotten},
            "U and u of a bidirectional stack appear nowhere in your dict. They go into the entries whose names end in `_reverse`.",
            "§2.4",
        ),
        Misconception(
            "directions taken for layers",
            {"to_state": _directions_as_layers},
            "You number the two readers of a layer as if they were two layers. Both belong to the same l; the name of the second ends in `_reverse`.",
            "§4.3 and §2.4",
        ),
        Misconception(
            "layers counted from one",
            {"to_state": _layers_from_one},
            "You call the lowest layer l1. PyTorch counts from 0: its names end in `_l0`.",
            "§4.1, eq-torch-rnn",
        ),
        Misconception(
            "second bias dropped",
            {"to_stack": _back_first_bias_alone},
            "On the way back you keep bias_ih and drop bias_hh. In somebody else's network both hold numbers; our one bias is their sum.",
            "§4.2 and eq-torch-rnn",
        ),
        Misconception(
            "biases averaged",
            {"to_stack": _back_mean_of_the_biases},
            "On the way back you take the mean of the two biases. Both are added inside the tanh: our bias is the sum.",
            "§4.2 and eq-torch-rnn",
        ),
        Misconception(
            "biases summed in place",
            {"to_stack": _back_sum_in_place},
            "The stack is right, but `+=` wrote the sum into the caller's bias_ih: layer[b] was another name for that array. Their network now has its bias_hh twice. Write the sum into a new array: a + b.",
            "§4.1, the trap at its end",
        ),
        Misconception(
            "not transposed on the way back",
            {"to_stack": _back_not_transposed},
            "On the way back nothing is transposed, so your matrices are (H, D + H). Ours multiply from the right: (D + H, H), each part transposed and stacked by rows.",
            "§4.1, eq-torch-rnn",
        ),
        Misconception(
            "square weight not transposed on the way back",
            {"to_stack": _back_square_not_transposed},
            "On the way back weight_ih is transposed and weight_hh is not. The shapes fit, the states do not.",
            "§4.1, eq-torch-rnn",
        ),
        Misconception(
            "input weight not transposed on the way back",
            {"to_stack": _back_input_not_transposed},
            "On the way back weight_hh is transposed and weight_ih is not. PyTorch's weight_ih is (H, D) and our input rows are (D, H): where D and H differ the two parts do not fit together (an error of np.concatenate), and where D = H they fit and the states are wrong.",
            "§4.1, eq-torch-rnn",
        ),
        Misconception(
            "state rows first on the way back",
            {"to_stack": _back_state_rows_first},
            "On the way back you put the state's rows above the input's. Our matrix multiplies [x, h]: input first.",
            "§4.1, eq-torch-rnn",
        ),
        Misconception(
            "reverse copied on the way back",
            {"to_stack": _back_reverse_copied},
            "On the way back U and u are copies of W and b. The entries that end in `_reverse` hold the second reader's own weights.",
            "§2.4",
        ),
        Misconception(
            "reverse forgotten on the way back",
            {"to_stack": _back_reverse_forgotten},
            "On the way back you do not look for entries that end in `_reverse`: a bidirectional network loses its second reader.",
            "§2.4",
        ),
        Misconception(
            "upper layers forgotten on the way back",
            {"to_stack": _back_lowest_layer_alone},
            "On the way back you read `_l0` alone. As long as there is an entry with the next number there is another layer.",
            "§4.3",
        ),
    ),
    cases=_weight_cases,
)
