"""Question 1.2: counting."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from unrolled.grader.checks.judging import as_array
from unrolled.grader.question import (
    Ask,
    Call,
    Misconception,
    Property,
    Question,
    Test,
    Wrong,
)


def parameters(kind, T, D, H, V):
    into_state = D * H + H * H + H
    out = H * V + V
    if kind == "shared":
        return H + into_state + out
    if kind == "unshared":
        return H + T * into_state + out
    return T * D * H + H + out


def multiply_adds(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H * V
    return T * (D * H + H * H) + H * V


def _grows_with_T(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V + V
    return H + T * (D * H + H * H + H) + H * V + V


def _chapters_count(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V + V
    return (T if kind == "unshared" else 1) * (D * H + H * H + H + H * V + V)


def _output_layers(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V + V
    if kind == "shared":
        return H + D * H + H * H + H + H * V + V
    return H + T * (D * H + H * H + H + H * V + V)


def _no_biases(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H * V
    sets = T if kind == "unshared" else 1
    return H + sets * (D * H + H * H) + H * V


def _no_state_bias(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H * V + V
    sets = T if kind == "unshared" else 1
    return H + sets * (D * H + H * H) + H * V + V


def _no_output_bias(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V
    sets = T if kind == "unshared" else 1
    return H + sets * (D * H + H * H + H) + H * V


def _two_biases(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V + V
    sets = T if kind == "unshared" else 1
    return H + sets * (D * H + H * H + 2 * H) + H * V + V


def _no_recurrent_matrix(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V + V
    sets = T if kind == "unshared" else 1
    return H + sets * (D * H + H) + H * V + V


def _states_counted(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V + V
    sets = T if kind == "unshared" else 1
    return H + sets * (D * H + H * H + H) + T * H + H * V + V


def _no_initial_state(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V + V
    sets = T if kind == "unshared" else 1
    return sets * (D * H + H * H + H) + H * V + V


def _an_initial_state_a_step(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V + V
    sets = T if kind == "unshared" else 1
    return sets * (H + D * H + H * H + H) + H * V + V


def _first_step_without_recurrence(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V + V
    if kind == "shared":
        return H + D * H + H * H + H + H * V + V
    return H + T * (D * H + H * H + H) - H * H + H * V + V


def _window_does_not_grow(kind, T, D, H, V):
    if kind == "window":
        return D * H + H + H * V + V
    sets = T if kind == "unshared" else 1
    return H + sets * (D * H + H * H + H) + H * V + V


def _window_with_recurrence(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H * H + H + H * V + V
    sets = T if kind == "unshared" else 1
    return H + sets * (D * H + H * H + H) + H * V + V


def _window_with_initial_state(kind, T, D, H, V):
    if kind == "window":
        return H + T * D * H + H + H * V + V
    sets = T if kind == "unshared" else 1
    return H + sets * (D * H + H * H + H) + H * V + V


def _window_with_T_biases(kind, T, D, H, V):
    if kind == "window":
        return T * (D * H + H) + H * V + V
    sets = T if kind == "unshared" else 1
    return H + sets * (D * H + H * H + H) + H * V + V


def _sharing_saves_work(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H * V
    if kind == "shared":
        return D * H + H * H + H * V
    return T * (D * H + H * H) + H * V


def _work_is_parameters(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V + V
    sets = T if kind == "unshared" else 1
    return H + sets * (D * H + H * H + H) + H * V + V


def _window_step_by_step(kind, T, D, H, V):
    return T * (D * H + H * H) + H * V


def _bias_multiplied(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H + H * V + V
    return T * (D * H + H * H + H) + H * V + V


def _two_operations(kind, T, D, H, V):
    if kind == "window":
        return 2 * (T * D * H + H * V)
    return 2 * (T * (D * H + H * H) + H * V)


def _every_output(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H * V
    return T * (D * H + H * H + H * V)


def _window_every_output(kind, T, D, H, V):
    if kind == "window":
        return T * (D * H + H * V)
    return T * (D * H + H * H) + H * V


def _always_every_output(kind, T, D, H, V):
    if kind == "window":
        return T * (D * H + H * V)
    return T * (D * H + H * H + H * V)


def _work_without_first_recurrence(kind, T, D, H, V):
    if kind == "window":
        return T * D * H + H * V
    return T * (D * H + H * H) + H * V - H * H


SIZES = ("T", "D", "H", "V")


def _sizes(rng: np.random.Generator) -> tuple[int, ...]:
    """T, D, H, V, all different and at least 2."""
    return tuple(int(n) for n in rng.permutation(np.arange(2, 30))[:4])


def _show_sizes(sizes: Iterable[int]) -> str:
    return ", ".join(f"{name} = {n}" for name, n in zip(SIZES, sizes, strict=True))


def _count(ask: Ask, name: str, kind: str, sizes: tuple[int, ...]) -> int:
    where = f'{name}("{kind}", …) with {_show_sizes(sizes)}'
    value = ask(name, kind, *sizes).value
    number = float(as_array(value, (), where))
    if not np.isclose(number, round(number), rtol=0, atol=1e-6):
        raise Wrong(f"{where}: got {number:.6g}, but a count is a whole number.")
    return round(number)


def _test_counts(name: str, kinds: tuple[str, ...]) -> Test:
    def test(ask: Ask, rng: np.random.Generator) -> None:
        for _ in range(4):
            for kind in kinds:
                sizes = _sizes(rng)
                got = _count(ask, name, kind, sizes)
                want = ask.reference(name, kind, *sizes)
                if got != want:
                    raise Wrong(
                        f'{name}("{kind}", …) with {_show_sizes(sizes)}: got {got}, '
                        f"expected {want}.{_difference(got, want, sizes)}"
                    )

    return test


def _difference(got: int, want: int, sizes: tuple[int, ...]) -> str:
    """How a wrong count differs, where it can be said with the sizes in a few signs."""
    T, D, H, V = sizes
    known = {
        "H": H,
        "V": V,
        "H + V": H + V,
        "H·H": H * H,
        "D·H": D * H,
        "H·V": H * V,
        "T·H": T * H,
        "T·V": T * V,
        "T·H·H": T * H * H,
        "(T − 1)·H": (T - 1) * H,
        "(T − 1)·V": (T - 1) * V,
        "(T − 1)·H·V": (T - 1) * H * V,
        "(T − 1)·D·H": (T - 1) * D * H,
        "(T − 1)·(D·H + H·H)": (T - 1) * (D * H + H * H),
        "(T − 1)·(D·H + H·H + H)": (T - 1) * (D * H + H * H + H),
        "(T − 1)·(H·V + V)": (T - 1) * (H * V + V),
        "(T − 1)·(H·V + V) − H": (T - 1) * (H * V + V) - H,
    }
    off = got - want
    found = [text for text, value in known.items() if value == abs(off)]
    if len(found) != 1:
        return ""
    return (
        f" It is too {'large' if off > 0 else 'small'} by {abs(off)}, here {found[0]}."
    )


def _test_shared(ask: Ask, rng: np.random.Generator) -> None:
    T, D, H, V = _sizes(rng)
    few = _count(ask, "parameters", "shared", (T, D, H, V))
    many = _count(ask, "parameters", "shared", (10 * T, D, H, V))
    if few != many:
        raise Wrong(
            f"with D = {D}, H = {H}, V = {V} your shared network has {few} numbers to "
            f"learn for {T} steps and {many} for {10 * T}. It is the same network."
        )
    _test_counts("parameters", ("shared",))(ask, rng)


def _count_cases(rng: np.random.Generator) -> list[Call]:
    return [
        Call(name, kind, *_sizes(rng))
        for name in ("parameters", "multiply_adds")
        for kind in ("shared", "unshared", "window")
        for _ in range(2)
    ]


QUESTION = Question(
    id="01.2",
    title="what grows with T",
    answers=("parameters", "multiply_adds"),
    reference={"parameters": parameters, "multiply_adds": multiply_adds},
    properties=(
        Property(
            "The parameters of the shared network are counted, and do not depend on T",
            1,
            _test_shared,
            "§1.6",
        ),
        Property(
            "The parameters of the unshared network and of the window are counted",
            1,
            _test_counts("parameters", ("unshared", "window")),
            "§1.6 and §1.2",
        ),
        Property(
            "The multiply-adds of all three are counted",
            1,
            _test_counts("multiply_adds", ("shared", "unshared", "window")),
            "§1.6",
        ),
    ),
    misconceptions=(
        Misconception(
            "grows with T",
            {"parameters": _grows_with_T},
            "Your shared network grows with T. The unfolded drawing shows W_hh T times, but it is one matrix used T times: a sequence of any length is run with the same numbers.",
            "§1.6",
        ),
        Misconception(
            "the chapter's network counted",
            {"parameters": _chapters_count},
            "You count the network of §1.6. This one differs in two things: the initial state is learned, which makes H numbers more, and there is one output, so that one output layer is enough where nothing else is shared.",
            "the task and §1.6",
        ),
        Misconception(
            "an output layer for every step",
            {"parameters": _output_layers},
            "You give the unshared network T output layers. What each step has of its own is W_xh, W_hh and b_h; read out is the last state alone, once, so W_ho and b_o are there once.",
            "the task and §1.6",
        ),
        Misconception(
            "biases forgotten",
            {"parameters": _no_biases},
            "The biases are missing. b_h has H numbers and b_o has V; they are learned as the matrices are.",
            "§1.6",
        ),
        Misconception(
            "bias of the hidden units forgotten",
            {"parameters": _no_state_bias},
            "You count b_o and not the bias of the hidden units, b_h or b: one number a unit, and learned like every other.",
            "§1.6",
        ),
        Misconception(
            "bias of the output forgotten",
            {"parameters": _no_output_bias},
            "The bias of the output is missing, in all three networks: b_o has V numbers.",
            "§1.6",
        ),
        Misconception(
            "two biases",
            {"parameters": _two_biases},
            "You count two biases into the state, as PyTorch's `nn.RNN` does. Their sum is all that acts, and the network of this task has one.",
            "§1.6",
        ),
        Misconception(
            "recurrent matrix forgotten",
            {"parameters": _no_recurrent_matrix},
            "The matrix from state to state is missing: W_hh has H·H numbers. Without it there is no recurrence.",
            "§1.4",
        ),
        Misconception(
            "states counted as parameters",
            {"parameters": _states_counted},
            "You add T·H for the states. Except for the initial one they are computed anew for every sequence; parameters are what stays when the sequence is over. (The memory that training needs does grow with T: for that you are right.)",
            "§1.6 and §1.8",
        ),
        Misconception(
            "initial state forgotten",
            {"parameters": _no_initial_state},
            "The initial state is missing. In this task it is not zero but learned, so that its H numbers are parameters like the weights.",
            "§1.8",
        ),
        Misconception(
            "an initial state for every step",
            {"parameters": _an_initial_state_a_step},
            "Your unshared network learns an initial state for every step. There is one, that of time 0: from then on each step receives the state of the step before it.",
            "§1.4",
        ),
        Misconception(
            "first step without recurrence",
            {"parameters": _first_step_without_recurrence},
            "You spare the unshared network the first W_hh. That would do if h(0) were zero; here it is learned, and it enters the first step through a W_hh as every state does.",
            "§1.6",
        ),
        Misconception(
            "window does not grow",
            {"parameters": _window_does_not_grow},
            "Your window has a matrix (D, H), which fits one input. It reads T inputs side by side, each through rows of its own: the matrix is (T·D, H).",
            "§1.2",
        ),
        Misconception(
            "window with a recurrent matrix",
            {"parameters": _window_with_recurrence},
            "You give the window a matrix from state to state. A window has no state: it reads its T inputs at once and forgets them.",
            "§1.2",
        ),
        Misconception(
            "window with an initial state",
            {"parameters": _window_with_initial_state},
            "You give the window an initial state. It has no state at all, at no time: its H units are computed once, from the inputs alone.",
            "§1.2",
        ),
        Misconception(
            "window with T biases",
            {"parameters": _window_with_T_biases},
            "You give the window a bias of H numbers for each input. Its H units are computed once, from all inputs together, and have one bias each: H in all.",
            "§1.2",
        ),
        Misconception(
            "sharing saves computation",
            {"multiply_adds": _sharing_saves_work},
            "You let sharing save multiply-adds. The shared network uses its one set of matrices at each of the T steps, and each use is work: what is shared is stored once and computed with T times.",
            "§1.6",
        ),
        Misconception(
            "work taken for parameters",
            {"multiply_adds": _work_is_parameters},
            "Your multiply-adds are the parameters again. A shared matrix is one set of parameters and T times work; a bias or an initial state is learned and multiplies nothing.",
            "§1.6",
        ),
        Misconception(
            "window as costly as the others",
            {"multiply_adds": _window_step_by_step},
            "You let the window cost what the two others cost. It has no W_hh: T·D·H to read the inputs, H·V for the output.",
            "§1.2",
        ),
        Misconception(
            "biases multiplied",
            {"multiply_adds": _bias_multiplied},
            "You count one multiply-add for each bias. A bias is added and multiplied by nothing; here only products of a weight and a number count.",
            "§1.6",
        ),
        Misconception(
            "multiplication and addition counted separately",
            {"multiply_adds": _two_operations},
            "All your counts are twice the right ones: you count the multiplication and the addition separately. One multiply-add is both (and two floating-point operations).",
            "§1.6",
        ),
        Misconception(
            "output at every step",
            {"multiply_adds": _every_output},
            "You compute an output at every step, as the network of §1.6 does. The networks of this task put out once, after the last input: H·V without a T.",
            "the task and §1.6",
        ),
        Misconception(
            "window that puts out at every step",
            {"multiply_adds": _window_every_output},
            "You let the window put out T times. It reads all T inputs at once and puts out once: H·V without a T.",
            "§1.2",
        ),
        Misconception(
            "output at every step, of all three",
            {"multiply_adds": _always_every_output},
            "All three networks of yours put out T times. They put out once, after the last input, so that H·V stands without a T in each formula.",
            "the task and §1.6",
        ),
        Misconception(
            "first step without a product",
            {"multiply_adds": _work_without_first_recurrence},
            "You spare the first step its product with W_hh. That would do if h(0) were zero; here it is learned, and multiplying it is work as at every other step.",
            "§1.8",
        ),
    ),
    cases=_count_cases,
)
