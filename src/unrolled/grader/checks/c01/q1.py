"""Question 1.1: unrolling any step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import (
    Array,
    as_array,
    expect_untouched,
    kind_of,
    near,
)
from unrolled.grader.question import (
    Ask,
    Call,
    Given,
    Misconception,
    Property,
    Question,
    Rng,
    Test,
    Wrong,
)


def unroll(step, xs, state):
    states, outputs = [state], []
    for t in range(1, len(xs) + 1):
        new_state, output = step(states[t - 1], xs[t - 1])
        states.append(new_state)
        outputs.append(output)
    return states[1:], outputs


def run_all(make_step, rng, sequences, state):
    step = make_step(rng)
    return [unroll(step, xs, state)[1] for xs in sequences]


def _unroll_state_not_carried(step, xs, state):
    pairs = [step(state, x) for x in xs]
    return [s for s, _ in pairs], [o for _, o in pairs]


def _unroll_one_early(step, xs, state):
    states, outputs = [], []
    for x in xs:
        states.append(state)
        state, output = step(state, x)
        outputs.append(output)
    return states, outputs


def _unroll_with_the_initial_state(step, xs, state):
    states, outputs = [state], []
    for x in xs:
        state, output = step(state, x)
        states.append(state)
        outputs.append(output)
    return states, outputs


def _unroll_last_only(step, xs, state):
    output = None
    for x in xs:
        state, output = step(state, x)
    return state, output


def _unroll_exchanged(step, xs, state):
    states, outputs = [], []
    for x in xs:
        state, output = step(state, x)
        states.append(state)
        outputs.append(output)
    return outputs, states


def _unroll_feeds_the_output(step, xs, state):
    states, outputs = [], []
    for x in xs:
        new_state, state = step(state, x)
        states.append(new_state)
        outputs.append(state)
    return states, outputs


def _unroll_arguments_exchanged(step, xs, state):
    states, outputs = [], []
    for x in xs:
        state, output = step(x, state)
        states.append(state)
        outputs.append(output)
    return states, outputs


def _unroll_skips_the_first(step, xs, state):
    states, outputs = [], []
    for t in range(1, len(xs)):
        state, output = step(state, xs[t])
        states.append(state)
        outputs.append(output)
    return states, outputs


def _run_all_new_weights_each_step(make_step, rng, sequences, state):
    results = []
    for xs in sequences:
        outputs, now = [], state
        for x in xs:
            now, output = make_step(rng)(now, x)
            outputs.append(output)
        results.append(outputs)
    return results


def _run_all_new_weights_each_sequence(make_step, rng, sequences, state):
    results = []
    for xs in sequences:
        step = make_step(rng)
        outputs, now = [], state
        for x in xs:
            now, output = step(now, x)
            outputs.append(output)
        results.append(outputs)
    return results


def _run_all_carries_over(make_step, rng, sequences, state):
    step, results = make_step(rng), []
    for xs in sequences:
        outputs = []
        for x in xs:
            state, output = step(state, x)
            outputs.append(output)
        results.append(outputs)
    return results


# The sizes of make_tanh in the given cell.
INPUTS, HIDDEN = 2, 3
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _alike(got: Any, want: Any) -> bool:
    """Whether two states or outputs are equal; arrays and tuples may stand for lists."""
    if isinstance(want, str):
        return isinstance(got, str) and str(got) == want
    if isinstance(want, (tuple, list)):
        if not isinstance(got, (tuple, list, np.ndarray)) or len(got) != len(want):
            return False
        return all(_alike(g, w) for g, w in zip(got, want, strict=True))
    try:
        array, want = np.asarray(got), np.asarray(want, dtype=np.float64)
    except ValueError:
        return False
    if array.dtype.kind not in "iuf" or array.shape != want.shape:
        return False
    return bool(np.isfinite(array).all()) and near(array, want)


def _text(rng: np.random.Generator, length: int) -> str:
    return "".join(rng.choice(list(LETTERS), size=length))


def _runs(rng: np.random.Generator, T: int) -> list[tuple[Given, Any, Any]]:
    """(step, inputs, initial state) for one length, with every kind of state."""
    return [
        (
            Given("leak"),
            [float(x) for x in rng.standard_normal(T)],
            float(rng.uniform(1, 2)),
        ),
        (
            Given("tanh_step"),
            rng.standard_normal((T, 4, INPUTS)),
            np.tanh(rng.standard_normal((4, HIDDEN))),
        ),
        (
            Given("two_speeds"),
            rng.standard_normal((T, 2)),
            (rng.standard_normal(2), rng.standard_normal(2)),
        ),
        (Given("diary"), list(_text(rng, T)), "."),
    ]


def _pair(value: Any) -> tuple[Any, Any]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Wrong(
            "unroll: expected a pair, the list of states and the list of outputs, got "
            f"{kind_of(value)}."
        )
    return value[0], value[1]


def _entries(value: Any, T: int, what: str, hint: str = "") -> list[Any]:
    """`value` as a list of T entries; `what` is "states" or "outputs"."""
    entry = what.removesuffix("s")
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if not isinstance(value, (list, tuple, np.ndarray)):
        raise Wrong(f"expected a list with one {entry} a step, got {kind_of(value)}.")
    if len(value) != T:
        raise Wrong(
            f"there are {len(value)} {what} for {T} inputs; expected {T}.{hint}"
        )
    return list(value)


def _compare(got: list[Any], want: list[Any], what: str, where: str) -> None:
    entry = what.removesuffix("s")
    for t, (g, w) in enumerate(zip(got, want, strict=True), start=1):
        if not _alike(g, w):
            before = "" if t == 1 else "; those before it are right"
            raise Wrong(f"{where} the {entry} of step {t} is wrong{before}.")


def _begins_with(states: Any, state: Any, length: int) -> bool:
    """Whether a list of this length begins with the initial state."""
    if not isinstance(states, (list, tuple)) or len(states) != length:
        return False
    return _alike(states[0], state)


def _test_unrolled(which: int, what: str) -> Test:
    """A test that the states (which = 0) or the outputs (1) of unroll are right."""

    def test(ask: Ask, rng: np.random.Generator) -> None:
        for T in (4, 1, 6):  # an empty sequence is for _test_calls
            for step, xs, state in _runs(rng, T):
                reply = ask("unroll", step, xs, state)
                got = _pair(reply.value)[which]
                want = ask.reference("unroll", step, xs, state)[which]
                hint = ""
                if what == "states" and _begins_with(got, state, T + 1):
                    hint = " The first of them is the initial state."
                where = f"with the step `{step.name}` and {T} inputs"
                got = _entries(got, T, what, hint)
                _compare(got, want, what, where)
                expect_untouched(reply, (step, xs, state), "step xs state")

    return test


def _test_calls(ask: Ask, rng: np.random.Generator) -> None:
    last: int | None = None
    extra = 0  # states too many: a matter of the first property, not of this one
    for T in (1, 4, 0, 3, 1):
        xs = [float(x) for x in rng.standard_normal(T)]
        if T == 0:
            _expect_empty(ask, extra)
            continue
        states, outputs = _pair(ask("unroll", Given("clicker"), xs, 0.0).value)
        extra = (_length(states) or T) - T
        outputs = _entries(outputs, T, "outputs")
        for t, output in enumerate(outputs, start=1):
            count = int(as_array(output, (), f"the output of `clicker` at step {t}"))
            if last is not None and count != last + 1:
                raise Wrong(
                    "`clicker` counts its calls, and between two outputs that should "
                    f"follow each other {count - last} calls were made. Call the step "
                    "once for each input and keep both values that it returns."
                )
            last = count


def _length(value: Any) -> int | None:
    """How many entries a list has; None for what is no list."""
    listed = isinstance(value, (list, tuple)) or np.ndim(value) > 0
    return len(value) if listed else None


def _expect_empty(ask: Ask, extra: int) -> None:
    """Wrong unless unroll gives two empty lists for an empty sequence.

    extra: how many states too many there are with inputs; it costs no second point.
    """
    try:
        states, outputs = _pair(ask("unroll", Given("clicker"), [], 0.0).value)
        _entries(outputs, 0, "outputs")
        if _length(states) != extra:
            _entries(states, 0, "states")
    except Wrong as wrong:
        if wrong.kind not in ("exception", "property"):
            raise
        told = wrong.message.removeprefix("unroll: ").rstrip(".")
        told = told.replace(" (is a `return` missing?)", "")
        tip = "Both lists are empty then"
        if "need at least one array" in told:
            tip = "There is nothing to stack then, and a plain list needs no stacking"
        raise Wrong(f"for an empty sequence {told}. {tip}.") from None


def _sequences(rng: np.random.Generator, lengths: Iterable[int], B: int) -> list[Array]:
    return [rng.standard_normal((T, B, INPUTS)) for T in lengths]


def _test_run_all(ask: Ask, rng: np.random.Generator) -> None:
    for lengths in ((5, 3, 1), (2,), (4, 1, 4)):
        sequences = _sequences(rng, lengths, B=2)
        state = np.tanh(rng.standard_normal((2, HIDDEN)))
        args = (Given("make_tanh"), Rng(int(rng.integers(2**31))), sequences, state)
        got = ask("run_all", *args).value
        want = ask.reference("run_all", *args)
        if not isinstance(got, (list, tuple, np.ndarray)) or len(got) != len(want):
            counted = isinstance(got, (list, tuple, np.ndarray))
            found = f"{len(got)}" if counted else kind_of(got)
            raise Wrong(
                f"run_all: expected a list with {len(want)} entries, one a sequence, "
                f"each the list of its outputs; got {found}."
            )
        for i, (g, w) in enumerate(zip(got, want, strict=True), start=1):
            where = f"run_all on sequences of lengths {lengths}: in sequence {i}"
            try:
                _compare(_entries(g, len(w), "outputs"), w, "outputs", where)
            except Wrong as wrong:
                text = wrong.message
                text = text if text.startswith("run_all") else f"{where} {text}"
                if i > 1:
                    text += (
                        " The sequences before it are right: is the network drawn once, "
                        "and does every sequence start from the given state?"
                    )
                raise Wrong(text) from None


def _unroll_cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for T in (3, 5):
        for step, xs, state in _runs(rng, T):
            calls.append(Call("unroll", step, xs, state))
    for lengths in ((2, 4), (3, 3, 1)):
        sequences = _sequences(rng, lengths, B=2)
        state = np.tanh(rng.standard_normal((2, HIDDEN)))
        seed = Rng(int(rng.integers(2**31)))
        calls.append(Call("run_all", Given("make_tanh"), seed, sequences, state))
    return calls


QUESTION = Question(
    id="01.1",
    title="unroll any step",
    answers=("unroll", "run_all"),
    reference={"unroll": unroll, "run_all": run_all},
    properties=(
        Property(
            "The T states are those after the steps 1 to T, each made from the one before, whatever a state is",
            1,
            _test_unrolled(0, "states"),
            "§1.4 and §1.7",
        ),
        Property(
            "The T outputs are those of the steps 1 to T, in this order",
            1,
            _test_unrolled(1, "outputs"),
            "§1.7",
        ),
        Property(
            "The step is called once for each input; for an empty sequence not at all, and both lists are empty",
            1,
            _test_calls,
            "§1.7",
        ),
        Property(
            "run_all draws one network and runs every sequence, of any length, through it from the same initial state",
            1,
            _test_run_all,
            "§1.6",
        ),
    ),
    misconceptions=(
        Misconception(
            "state not carried",
            {"unroll": _unroll_state_not_carried},
            "Every step of yours starts from the initial state, so that nothing of the earlier inputs is left. The state that one step returns is what the next step receives.",
            "§1.4",
        ),
        Misconception(
            "states from 0 to T−1",
            {"unroll": _unroll_one_early},
            "Your list of states is one step early: it begins with the initial state and lacks the last one. Append the state after the step that made it, not before.",
            "§1.4",
        ),
        Misconception(
            "initial state kept",
            {"unroll": _unroll_with_the_initial_state},
            "Your list has the initial state in front and so T + 1 entries. That is a good habit for an array called `h`; here the task asks for the T states that the steps made.",
            "§1.4",
        ),
        Misconception(
            "last step only",
            {"unroll": _unroll_last_only},
            "You return the last state and the last output. The last state is the summary of all inputs, but unfolding keeps every step: append both values in the loop.",
            "§1.4",
        ),
        Misconception(
            "states and outputs exchanged",
            {"unroll": _unroll_exchanged},
            "Your two lists are right and stand in the wrong order: the states come first, as in what a step returns.",
            "§1.7",
        ),
        Misconception(
            "output fed back",
            {"unroll": _unroll_feeds_the_output},
            "You hand the next step the output of the step before it. The state is what travels through time; the output leaves the network.",
            "§1.7 and §1.8",
        ),
        Misconception(
            "arguments of the step exchanged",
            {"unroll": _unroll_arguments_exchanged},
            "You call `step(x, state)`. The state is the first argument, the input the second; where both have the same shape Python cannot warn you.",
            "§1.7",
        ),
        Misconception(
            "first input skipped",
            {"unroll": _unroll_skips_the_first},
            "Your loop begins at `xs[1]`. The input of step 1 is `xs[0]`: arrays of inputs start at 0, time starts at 1.",
            "§1.4",
        ),
        Misconception(
            "new weights per step",
            {"run_all": _run_all_new_weights_each_step},
            "You call `make_step` inside the loop over time, so every step has weights of its own. Then nothing is shared, the number of weights grows with T, and a longer sequence meets weights that were never trained. Draw the step once, before any loop.",
            "§1.6",
        ),
        Misconception(
            "new weights for each sequence",
            {"run_all": _run_all_new_weights_each_sequence},
            "You draw a new network for every sequence. One network serves sequences of all lengths, because its weights do not know how often they are used: call `make_step` once, before the loop over the sequences.",
            "§1.6",
        ),
        Misconception(
            "state carried from one sequence to the next",
            {"run_all": _run_all_carries_over},
            "The second sequence starts from the last state of the first, as if one went on in the other. They are separate: each starts from the state that was given.",
            "§1.7",
        ),
    ),
    cases=_unroll_cases,
)
