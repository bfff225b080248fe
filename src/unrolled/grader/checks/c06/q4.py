"""Question 6.4: all steps at once?

The rounds are asked for networks of other dice than those of the given cell, which a
learner could draw again. What a network is made of is read off its closure, here and in
the wrong answers, instead of being found by trying.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import (
    Array,
    as_array,
    choice,
    expect_keys,
    expect_untouched,
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
    Wrong,
)

H, V = 4, 5  # as in the given cell
WHY, JACOBIAN, ROUNDS = "reasons", "state_jacobian", "rounds"
TARGETS, TRACE, STATE, CHOICE, TWO, SOFT = range(6)
REASONS = ("targets", "beforehand", "readout", "derivative", "state", "own output")
WAITS = ("state", "own output")


def reasons() -> dict[str, str]:
    return {
        "A": "targets",
        "B": "beforehand",
        "C": "state",
        "D": "own output",
        "E": "readout",
    }


def _once(function):
    """Compute once: the networks are the given cell's, always."""
    found = {}

    @functools.wraps(function)
    def remembered(make_network, number, y, s, t):
        key = (number, y.tobytes(), s, t)
        if key not in found:
            found[key] = function(make_network, number, y, s, t)
        return found[key].copy()

    return remembered


@_once
def state_jacobian(make_network, number: int, y: Array, s: int, t: int) -> Array:
    run, eps = make_network(number), 1e-5
    J = np.zeros((H, H))
    for a in range(H):
        nudges = np.zeros((len(y), H))
        nudges[s, a] = eps
        J[a] = (run(y, nudges)[t] - run(y, -nudges)[t]) / (2 * eps)
    return J


# --- what the grader knows of the networks of the given cell -----------------------------


SEED = "[6, 4, number]"  # the dice of the given cell's networks


def plan_of(make_network, number: int) -> tuple[int, int, int]:
    """The plan of that network, its lag, and the first row that reads a state."""
    run = make_network(number)
    cells = [cell.cell_contents for cell in run.__closure__]
    found = dict(zip(run.__code__.co_freevars, cells, strict=True))
    return int(found["plan"]), int(found["lag"]), int(found["since"])


def drawn(number: int) -> tuple[int, int, int]:
    """The same of the given cell's networks, from the dice."""
    dice = np.random.default_rng([6, 4, number])
    plan, lag = int(dice.integers(6)), int(dice.integers(1, 4))
    return plan, lag, lag + int(dice.integers(3))


def lags_of(make_network, number: int) -> tuple[int, ...]:
    """How many steps back are the states that a state waits for."""
    plan, lag, _ = plan_of(make_network, number)
    if plan in (TARGETS, TRACE):
        return ()
    return (lag, lag + 1) if plan == TWO else (lag,)


def links_of(make_network, number: int, T: int) -> list[tuple[int, int]]:
    """All (t, s) for which state t reads state s."""
    since = plan_of(make_network, number)[2]
    nearest = min(lags_of(make_network, number), default=0)
    return [
        (t, t - lag)
        for t in range(T)
        for lag in lags_of(make_network, number)
        if t >= since + lag - nearest
    ]


def longest(links, T: int) -> int:
    """States on the longest chain of links (t, s), s before t."""
    ready = [1] * T
    for t, s in sorted(links):
        ready[t] = max(ready[t], ready[s] + 1)
    return max(ready)


def truth(make_network, number: int, T: int) -> int:
    """The number of rounds, from the plan: the longest chain of waiting states."""
    return longest(links_of(make_network, number, T), T)


def other_networks(ask: Ask, rng: np.random.Generator) -> tuple[str, Callable]:
    """Networks as in the given cell, from other dice: their name there, and here."""
    key = int(rng.integers(2**31))
    name = f"networks_{key}"  # a name is sent to the worker once
    source = ask.context.sources.given["06.4"]
    assert source.count(SEED) == 1
    source = source.replace(SEED, f"[6, 4, {key}, number]")
    source += f"\n\n{name} = make_network\n"
    ask.worker.more([source])
    space: dict[str, Any] = {"np": np}
    exec(source, space)
    return name, space[name]


def a_number(
    rng: np.random.Generator,
    plan: int,
    lag: int | None = None,
    late: int | None = 0,
    look: Callable[[int], tuple[int, int, int]] = drawn,
) -> int:
    """A random number whose network has that plan (and lag, and late beginning)."""
    while True:
        number = int(rng.integers(2**31))
        found = look(number)
        if (
            found[0] == plan
            and lag in (None, found[1])
            and late in (None, found[2] - found[1])
        ):
            return number


def _known(make_network, number: int, T: int, rng: np.random.Generator) -> int:
    """The right answer without an experiment: the plan is known."""
    return truth(make_network, number, T)


@_once
def _direct(make_network, number, y, s, t):
    """The factor of the link from s to t alone: the states between are held still."""
    run, eps = make_network(number), 1e-5
    J = np.zeros((H, H))
    plain = run(y, np.zeros((len(y), H)))
    for a in range(H):
        ends = []
        for sign in (1, -1):
            nudges = np.zeros((len(y), H))
            nudges[s, a] = sign * eps
            for u in range(s + 1, t):  # undo what the nudge has done in between
                nudges[u] = plain[u] - run(y, nudges)[u]
            ends.append(run(y, nudges)[t])
        J[a] = (ends[0] - ends[1]) / (2 * eps)
    return J


def _transposed(make_network, number, y, s, t):
    return state_jacobian(make_network, number, y, s, t).T


def _not_halved(make_network, number, y, s, t):
    return 2 * state_jacobian(make_network, number, y, s, t)


@_once
def _large_nudges(make_network, number, y, s, t):
    run = make_network(number)
    J = np.zeros((H, H))
    for a in range(H):
        nudges = np.zeros((len(y), H))
        nudges[s, a] = 1.0
        J[a] = (run(y, nudges)[t] - run(y, -nudges)[t]) / 2
    return J


@_once
def _nudges_of_a_tenth(make_network, number, y, s, t):
    run = make_network(number)
    J = np.zeros((H, H))
    for a in range(H):
        nudges = np.zeros((len(y), H))
        nudges[s, a] = 0.1
        J[a] = (run(y, nudges)[t] - run(y, -nudges)[t]) / 0.2
    return J


def _times_exchanged(make_network, number, y, s, t):
    return state_jacobian(make_network, number, y, t, s)


@_once
def _all_earlier_nudged(make_network, number, y, s, t):
    run, eps = make_network(number), 1e-5
    J = np.zeros((H, H))
    for a in range(H):
        nudges = np.zeros((len(y), H))
        nudges[: s + 1, a] = eps
        J[a] = (run(y, nudges)[t] - run(y, -nudges)[t]) / (2 * eps)
    return J


def _read_at_the_distance(make_network, number, y, s, t):
    return state_jacobian(make_network, number, y, s, max(t - s, 0))


@_once
def _nothing_subtracted(make_network, number, y, s, t):
    run, eps = make_network(number), 1e-5
    J = np.zeros((H, H))
    for a in range(H):
        nudges = np.zeros((len(y), H))
        nudges[s, a] = eps
        J[a] = run(y, nudges)[t] / eps
    return J


def _nudged_at_t(make_network, number, y, s, t):
    return state_jacobian(make_network, number, y, t, t)


def _nudged_one_later(make_network, number, y, s, t):
    return state_jacobian(make_network, number, y, min(s + 1, len(y) - 1), t)


def _nudged_one_earlier(make_network, number, y, s, t):
    return state_jacobian(make_network, number, y, max(s - 1, 0), t)


def _read_one_earlier(make_network, number, y, s, t):
    return state_jacobian(make_network, number, y, s, max(t - 1, 0))


def _read_at_the_end(make_network, number, y, s, t):
    return state_jacobian(make_network, number, y, s, len(y) - 1)


@_once
def _all_later_nudged(make_network, number, y, s, t):
    run, eps = make_network(number), 1e-5
    J = np.zeros((H, H))
    for a in range(H):
        nudges = np.zeros((len(y), H))
        nudges[s:, a] = eps
        J[a] = (run(y, nudges)[t] - run(y, -nudges)[t]) / (2 * eps)
    return J


def _nudges_pile_up(make_network, number, y, s, t):
    """One array of nudges, never set back to zero."""
    return np.cumsum(state_jacobian(make_network, number, y, s, t), axis=0)


def _all_units_at_once(make_network, number, y, s, t):
    return state_jacobian(make_network, number, y, s, t).sum(axis=0)


def _same_unit_alone(make_network, number, y, s, t):
    return np.diag(np.diag(state_jacobian(make_network, number, y, s, t)))


def _size_alone(make_network, number, y, s, t):
    return np.linalg.norm(state_jacobian(make_network, number, y, s, t))


def _absolute(make_network, number, y, s, t):
    return np.abs(state_jacobian(make_network, number, y, s, t))


def _zero_for_itself(make_network, number, y, s, t):
    J = state_jacobian(make_network, number, y, s, t)
    return J if s != t else 0 * J


def _always_one(make_network, number, T, rng):
    return 1


def _always_all(make_network, number, T, rng):
    return T


def _neighbours_alone(make_network, number, T, rng):
    links = links_of(make_network, number, T)
    return longest([(t, s) for t, s in links if t - s == 1], T)


def _smooth_links(make_network, number, T):
    if plan_of(make_network, number)[0] == CHOICE:
        return []
    return links_of(make_network, number, T)


def _derivative_alone(make_network, number, T, rng):
    return longest(_smooth_links(make_network, number, T), T)


def _all_or_nothing(make_network, number, T, rng):
    return T if links_of(make_network, number, T) else 1


def _derivative_all_or_nothing(make_network, number, T, rng):
    return T if _smooth_links(make_network, number, T) else 1


def _neighbours_by_derivative(make_network, number, T, rng):
    links = _smooth_links(make_network, number, T)
    return longest([(t, s) for t, s in links if t - s == 1], T)


def _first_state_alone(make_network, number, T, rng):
    """Only state 0 is nudged: the lag is taken from there, and T divided by it."""
    links = links_of(make_network, number, T)
    moved = [t for t, s in links if s == 0]
    return -(-T // min(moved)) if moved else 1


def _divided_by_the_lag(make_network, number, T, rng):
    """T over the shortest lag, rounded up, as if every state waited."""
    links = links_of(make_network, number, T)
    return -(-T // min(t - s for t, s in links)) if links else 1


def _links_counted(make_network, number, T, rng):
    return truth(make_network, number, T) - 1


def _one_more(make_network, number, T, rng):
    return truth(make_network, number, T) + 1


def _rounded_down(make_network, number, T, rng):
    lags = lags_of(make_network, number)
    return T // min(lags) if lags else 1


def _not_rounded(make_network, number, T, rng):
    lags = lags_of(make_network, number)
    return T / min(lags) if lags else 1.0


def _the_lag(make_network, number, T, rng):
    return min(lags_of(make_network, number), default=1)


def _longest_lag(make_network, number, T, rng):
    links = links_of(make_network, number, T)
    far = max((t - s for t, s in links), default=0)
    return longest([(t, s) for t, s in links if t - s == far], T)


def _chains_counted(make_network, number, T, rng):
    """How many states can be made in the first round."""
    return T - len({t for t, _ in links_of(make_network, number, T)})


def _predecessors_counted(make_network, number, T, rng):
    """One more than the states that some state waits for, in any way."""
    before = [set() for _ in range(T)]
    for t, s in sorted(links_of(make_network, number, T)):
        before[t] |= {s} | before[s]
    return 1 + max(map(len, before))


def _waiting_states_counted(make_network, number, T, rng):
    """One more than the states that wait for something."""
    return 1 + len({t for t, _ in links_of(make_network, number, T)})


def _pairs_counted(make_network, number, T, rng):
    return len(links_of(make_network, number, T))


def _trace_is_a_state():
    return {
        "A": "targets",
        "B": "state",
        "C": "state",
        "D": "own output",
        "E": "readout",
    }


def _neighbours_only():
    return {
        "A": "targets",
        "B": "beforehand",
        "C": "targets",
        "D": "own output",
        "E": "readout",
    }


def _derivative_decides():
    return {
        "A": "targets",
        "B": "beforehand",
        "C": "state",
        "D": "derivative",
        "E": "readout",
    }


def _targets_are_read_too():
    return {
        "A": "targets",
        "B": "beforehand",
        "C": "state",
        "D": "targets",
        "E": "readout",
    }


def _any_state_chains():
    return {
        "A": "targets",
        "B": "beforehand",
        "C": "state",
        "D": "own output",
        "E": "state",
    }


def _output_is_a_state():
    return {
        "A": "targets",
        "B": "beforehand",
        "C": "state",
        "D": "state",
        "E": "readout",
    }


def _outputs_of_e_read():
    return {
        "A": "targets",
        "B": "beforehand",
        "C": "state",
        "D": "own output",
        "E": "own output",
    }


def _two_targets_carried():
    return {
        "A": "beforehand",
        "B": "beforehand",
        "C": "state",
        "D": "own output",
        "E": "readout",
    }


def _two_targets_a_state():
    return {
        "A": "state",
        "B": "beforehand",
        "C": "state",
        "D": "own output",
        "E": "readout",
    }


def _trace_a_few_targets():
    return {
        "A": "targets",
        "B": "targets",
        "C": "state",
        "D": "own output",
        "E": "readout",
    }


def _everything_at_once():
    return {
        "A": "targets",
        "B": "beforehand",
        "C": "targets",
        "D": "targets",
        "E": "readout",
    }


def _nothing_at_once():
    return {
        "A": "state",
        "B": "state",
        "C": "state",
        "D": "own output",
        "E": "state",
    }


def _by_derivative():
    """Neighbours' derivatives decide: C and D go through."""
    return {
        "A": "targets",
        "B": "beforehand",
        "C": "derivative",
        "D": "derivative",
        "E": "readout",
    }


REFUTED = {
    "A": {
        "beforehand": "nothing is carried along in A: it reads two targets, both of which lie in the training data.",
        "readout": "no earlier state is read in A, by nobody.",
        "derivative": "the derivative is zero, and the reason is a better one: no earlier state stands in the formula.",
        "state": "y(t − 2) is a target two steps back, not a state.",
        "own output": "y is the truth; what the network itself puts out is o.",
    },
    "B": {
        "targets": "c(t) holds all targets so far, not a few, and it is carried from step to step. Who makes it, and when?",
        "readout": "no earlier state h is read in B.",
        "derivative": "the derivative of h(t) by h(t − 1) is zero, and the reason is what c is made of.",
        "state": "c is carried along, but no weight and no h goes into it: it can be written down for the whole text before the network is touched.",
        "own output": "c collects targets, and nothing that the network puts out.",
    },
    "C": {
        "targets": "h(t − 2) stands in the formula. That h(t − 1) does not is half the truth: the odd states form one chain and the even ones another.",
        "beforehand": "h(t − 2) is made of weights that are being learnt, so it cannot be written down before.",
        "readout": "h(t − 2) is read by the state h(t) itself.",
        "derivative": "the derivative by h(t − 1) is zero, that by h(t − 2) is not.",
        "own output": "what C reads is a state, of two steps ago, and no output.",
    },
    "D": {
        "targets": "there is a second thing in the formula: k(t − 1), which the network itself has chosen.",
        "beforehand": "k(t − 1) depends on o(t − 1), on weights that are being learnt.",
        "readout": "k(t − 1) is read by the state h(t).",
        "derivative": "the derivative is zero almost everywhere, because a choice does not move by a little. But h(t) cannot be computed before somebody knows k(t − 1), so it waits all the same.",
        "state": "h(t − 1) is not read as it is. It is read through what the network chooses to put out.",
    },
    "E": {
        "targets": "true of h in E, but h(t − 1) stands in the line of o. Why does it not matter?",
        "beforehand": "nothing is carried along in E.",
        "derivative": "zero it is, and the reason is which line h(t − 1) stands in.",
        "state": "h(t − 1) stands in the line of the output o(t), and no state reads o(t). When all states are there, all outputs can be made.",
        "own output": "o(t) is made in E, and read by nobody.",
    },
}


def _table(ask: Ask) -> dict[str, str]:
    value = ask(WHY).value
    expect_keys(value, reasons(), "a dict with the keys A to E")
    return {k: choice(value, k, REASONS, "a dict of reasons") for k in reasons()}


def _test_verdict(ask: Ask, rng: np.random.Generator) -> None:
    given, right, told = _table(ask), reasons(), []
    for key, reason in given.items():
        if (reason in WAITS) != (right[key] in WAITS):
            told.append(f"{key} is not '{reason}': {REFUTED[key][reason]}")
    if told:
        raise Wrong(" ".join(told))


def _test_reasons(ask: Ask, rng: np.random.Generator) -> None:
    given, right, told, before = _table(ask), reasons(), [], []
    for key, reason in given.items():
        if (reason in WAITS) != (right[key] in WAITS):
            before.append(key)
        elif reason != right[key]:
            told.append(f"{key} is not '{reason}': {REFUTED[key][reason]}")
    if before:
        told.append(
            f"The verdict comes before the reason: look at {', '.join(before)} first."
        )
    if told:
        raise Wrong(" ".join(told))


WHAT = {
    TARGETS: "a network that reads targets of two steps",
    TRACE: "a network that reads a trace of the targets",
    STATE: "a network that reads a state",
    CHOICE: "a network that reads its own choice",
    TWO: "a network that reads two states",
    SOFT: "a network that reads its own probabilities",
}
JACOBIAN_HINTS = (
    (_transposed, "It is the transpose: row a belongs to unit a of the earlier state."),
    (_direct, "That is the direct link alone, without the paths through others."),
    (_nudged_at_t, "You nudge the state that you read."),
    (_times_exchanged, "You nudge state t and read state s: the wrong way round."),
    (_all_earlier_nudged, "You nudge the states before s too."),
    (_all_later_nudged, "You nudge the states after s too."),
)


def _test_jacobian(ask: Ask, rng: np.random.Generator) -> None:
    make = ask.given("make_network")
    for plan, lag, T, pairs in (
        (STATE, 1, 7, ((2, 3), (1, 5))),
        (SOFT, 1, 6, ((1, 3),)),
        (STATE, 2, 7, ((0, 4), (1, 2), (2, 4))),
        (TWO, 1, 8, ((2, 6),)),
        (CHOICE, 1, 6, ((2, 3), (0, 1))),
        (TARGETS, None, 5, ((2, 2), (3, 1), (0, 1))),
    ):
        number = a_number(rng, plan, lag)
        y = rng.integers(V, size=T)
        for s, t in pairs:
            args = (Given("make_network"), number, y, s, t)
            reply = ask(JACOBIAN, *args)
            want = state_jacobian(make, number, y, s, t)
            where = f"for {WHAT[plan]} (number {number}), s = {s}, t = {t}: the matrix"
            got = as_array(reply.value, (H, H), where)
            scale = max(1e-3, float(np.abs(want).max()))
            if np.abs(got - want).max() > 1e-4 * scale:
                hint = ""
                for function, text in JACOBIAN_HINTS:
                    if near(got, function(make, number, y, s, t), 1e-4):
                        hint = " " + text
                        break
                else:
                    if np.abs(got - want).max() < 0.2 * scale:
                        hint = " It is nearly right: how large are your nudges? About 1e-5 is good. With much larger ones tanh bends between them, with much smaller ones rounding takes the difference away."
                raise Wrong(
                    f"{where} differs from the derivative of h({t}) by h({s}).{hint}"
                )
            expect_untouched(reply, args, "make_network number y s t")


def _expect_rounds(
    ask: Ask,
    others: tuple[str, Callable],
    rng: np.random.Generator,
    plan: int,
    lag: int | None,
    late: int | None,
    T: int,
) -> None:
    name, make = others
    look = functools.partial(plan_of, make)
    number = a_number(rng, plan, lag, late, look)
    if plan == TARGETS:  # the dice of the given cell would say something else
        while drawn(number)[0] < STATE or drawn(number)[1:] != (2, 2):
            number = a_number(rng, plan, lag, late, look)
    seed = int(rng.integers(2**31))
    value = ask(ROUNDS, Given(name), number, T, Rng(seed)).value
    want = truth(make, number, T)
    where = f"for {WHAT[plan]} (number {number}), T = {T}: the number of rounds"
    got = float(as_array(value, (), where))
    if got == want:
        return
    hint = ""
    if plan == CHOICE and got < want:
        hint = " A small nudge does not change a choice, and a derivative is about small nudges; try large ones, in many directions, and many texts."
        if got > 1:
            hint = " Some choices have not changed under your nudges." + hint
    elif plan == TARGETS and got == -(-T // 2):
        hint = " Have you drawn the dice of the cell again? The networks of the check come from other dice; what they are made of shows when they run."
    elif late and got == _first_state_alone(make, number, T, rng) < want:
        hint = " Nobody reads the first state of this network, and later states are read: nudge all of them."
    elif got == T and want < T:
        hint = (
            " Which states can be made together in the first round, and in the second?"
        )
    elif late and got > want:
        hint = f" Which of its states wait for nothing? The first that reads one is row {plan_of(make, number)[2]}."
    elif got == 1:
        hint = " Do you look at all pairs of states, or at neighbours alone?"
    elif want == 1:
        hint = " It reads targets alone: all states can be made in the first round."
    raise Wrong(f"{where} is {got:g}, expected {want}.{hint}")


def _test_rounds(ask: Ask, rng: np.random.Generator) -> None:
    others = other_networks(ask, rng)
    for plan, lag, late, T in (
        (TARGETS, None, None, 7),
        (STATE, 1, 0, 6),
        (STATE, 2, 0, 7),
        (TRACE, None, None, 5),
        (SOFT, 3, 0, 8),
        (TWO, 2, 0, 9),
        (STATE, 1, 2, 8),
    ):
        _expect_rounds(ask, others, rng, plan, lag, late, T)


def _test_rounds_of_choices(ask: Ask, rng: np.random.Generator) -> None:
    others = other_networks(ask, rng)
    for plan, lag, late, T in (
        (CHOICE, 1, 0, 6),
        (CHOICE, 2, 0, 7),
        (TARGETS, None, None, 6),
        (CHOICE, 3, 0, 8),
        (CHOICE, 1, 1, 8),
    ):
        _expect_rounds(ask, others, rng, plan, lag, late, T)


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [Call(WHY)]
    network = Given("make_network")
    for plan, lag, T, s, t in (
        (STATE, 1, 6, 1, 3),
        (TWO, 1, 7, 2, 5),
        (STATE, 1, 5, 2, 2),
        (SOFT, 1, 6, 1, 2),
    ):
        number, y = a_number(rng, plan, lag), rng.integers(V, size=T)
        calls.append(Call(JACOBIAN, network, number, y, s, t))
    for plan, lag, late, T in (
        (STATE, 1, 0, 6),
        (STATE, 2, 0, 7),
        (TARGETS, None, None, 6),
        (CHOICE, 1, 0, 6),
        (CHOICE, 2, 0, 9),
        (TWO, 2, 0, 9),
        (SOFT, 3, 0, 10),
        (STATE, 1, 2, 8),
    ):
        number, seed = a_number(rng, plan, lag, late), int(rng.integers(2**31))
        calls.append(Call(ROUNDS, network, number, T, Rng(seed)))
    return calls


def _of(function: Callable) -> dict[str, Callable]:
    return {JACOBIAN: function}


STEPS, ONCE, STAYS = (
    "§6.2, eq-tf-decouple",
    "§6.3, eq-tf-grad",
    "§6.4, eq-tf-hidden",
)

QUESTION = Question(
    id="06.4",
    title="all steps at once?",
    answers=(WHY, JACOBIAN, ROUNDS),
    reference={WHY: reasons, JACOBIAN: state_jacobian, ROUNDS: _known},
    properties=(
        Property(
            "Five networks: which can compute all states at once",
            1,
            _test_verdict,
            "§6.2 and §6.4",
        ),
        Property(
            "Five networks: and why",
            1,
            _test_reasons,
            "§6.2 and §6.4",
        ),
        Property(
            "state_jacobian is the derivative of a state by an earlier one, over all paths",
            1,
            _test_jacobian,
            STAYS,
        ),
        Property(
            "rounds: chains of states, whatever their lag, and none where targets alone are read",
            1,
            _test_rounds,
            STEPS,
        ),
        Property(
            "rounds: a network that reads its own choice has to wait for it",
            1,
            _test_rounds_of_choices,
            "§6.1 and §6.2",
        ),
    ),
    misconceptions=(
        Misconception(
            "a trace is a state",
            _trace_is_a_state,
            "One mistake alone: you count c of network B as a state that waits. It is carried along, but it is made of targets and a fixed number; write it down for the whole text first, and all h can be made at once.",
            STEPS,
        ),
        Misconception(
            "neighbours alone looked at",
            _neighbours_only,
            "One mistake alone: in C h(t − 1) is not read, and h(t − 2) is. The states fall into two chains, odd and even, and each waits for its last link.",
            STAYS,
        ),
        Misconception(
            "the derivative decides",
            _derivative_decides,
            "One mistake alone, the subtlest: in D the derivative is zero, and the step waits. A derivative says what a small change does; a choice does not change by a little. Whether a number is *needed* is another question.",
            STEPS,
        ),
        Misconception(
            "D reads a target, so it is free",
            _targets_are_read_too,
            "One mistake alone: D does read a target, and it reads k(t − 1) beside it, which the network has chosen. One thing that has to be waited for is enough.",
            "§6.1",
        ),
        Misconception(
            "an earlier state anywhere is a chain",
            _any_state_chains,
            "One mistake alone: in E the earlier state stands in the line of the output. No state reads an output, so nothing that a state needs has to be waited for.",
            STEPS,
        ),
        Misconception(
            "the outputs of E taken for inputs",
            _outputs_of_e_read,
            "One mistake alone: E computes outputs from two states, and reads none of them. Targets are what its states read.",
            STEPS,
        ),
        Misconception(
            "a choice taken for a state",
            _output_is_a_state,
            "One mistake alone: the verdict on D is right, and the reason is another. It reads its own output, which the targets could replace (that would be teacher forcing); C reads a state, which no target can replace.",
            "§6.2 and §6.4",
        ),
        Misconception(
            "two targets taken for something carried",
            _two_targets_carried,
            "One mistake alone: nothing is carried along in A. The two targets lie ready in the data.",
            STEPS,
        ),
        Misconception(
            "two targets taken for a state",
            _two_targets_a_state,
            "One mistake alone: A reads far back, but what it reads there is a target. How many steps back one reads does not matter, what one reads does.",
            STEPS,
        ),
        Misconception(
            "the trace taken for a few targets",
            _trace_a_few_targets,
            "One mistake alone: c of network B holds all targets so far, and is carried from step to step. That it can be made beforehand, from targets alone, is the reason that is asked for.",
            STEPS,
        ),
        Misconception(
            "teacher forcing frees everything",
            _everything_at_once,
            "You let all five run at once. Targets that are read free a network from waiting for its own outputs. They do not free it from a path from state to state (C), and they help nobody who does not read them (k in D).",
            STAYS,
        ),
        Misconception(
            "whatever reads back has to wait",
            _nothing_at_once,
            "You let everything wait that reads something of an earlier step. What counts is what it reads: a target is there before the network is run, and so is whatever can be made of targets.",
            STEPS,
        ),
        Misconception(
            "the derivative by the last state decides",
            _by_derivative,
            "You free C and D because the derivative of h(t) by h(t − 1) is zero. In C the chain runs over h(t − 2). In D it is zero because a choice does not change by a little, and it has to be known all the same.",
            "§6.2 and §6.4",
        ),
        Misconception(
            "Jacobian transposed",
            _of(_transposed),
            "Your matrix is the transpose. In this book row a belongs to the unit that is nudged, column b to the unit that moves: J[a, b] = ∂h(t)_b/∂h(s)_a.",
            STAYS,
        ),
        Misconception(
            "difference not divided by two steps",
            _of(_not_halved),
            "Everything is twice too large. Between one nudge forward and one back lie two steps: divide by 2ε.",
            "§6.4, and §3.9",
        ),
        Misconception(
            "large nudges",
            _of(_large_nudges),
            "Your nudges are of size 1, so that tanh bends between them. A derivative needs small ones, about 1e-5.",
            "§6.4, and §3.9",
        ),
        Misconception(
            "nudges of a tenth",
            _of(_nudges_of_a_tenth),
            "Your nudges are of size 0.1: tanh bends within them, and the matrix is right to a few per cent only. Take about 1e-5.",
            "§6.4, and §3.9",
        ),
        Misconception(
            "s and t exchanged",
            _of(_times_exchanged),
            "You nudge state t and read state s. Nothing that happens at t moves an earlier state, so the matrix is 0 where s is smaller. Nudge row s, read row t.",
            STAYS,
        ),
        Misconception(
            "all earlier states nudged",
            _of(_all_earlier_nudged),
            "You nudge h(s) and all states before it. Row s of the nudges alone is not zero.",
            STAYS,
        ),
        Misconception(
            "read at the distance",
            _of(_read_at_the_distance),
            "You read row t − s of what `run` returns. Its rows are states counted from the beginning of the text: h(t) is row t.",
            STAYS,
        ),
        Misconception(
            "nothing subtracted",
            _of(_nothing_subtracted),
            "You divide the nudged state itself by ε. The derivative is the *difference* that the nudge makes, divided by its size.",
            "§6.4, and §3.9",
        ),
        Misconception(
            "nudged where it is read",
            _of(_nudged_at_t),
            "You nudge h(t) and look at h(t): that gives the identity for every network. Nudge h(s), in row s of the nudges.",
            STAYS,
        ),
        Misconception(
            "nudged one step late",
            _of(_nudged_one_later),
            "You nudge the state after h(s). Row s of the nudges is added to state s; both count from 0.",
            STAYS,
        ),
        Misconception(
            "nudged one step early",
            _of(_nudged_one_earlier),
            "You nudge the state before h(s). Row s of the nudges is added to state s; both count from 0.",
            STAYS,
        ),
        Misconception(
            "read one step early",
            _of(_read_one_earlier),
            "You read the state before h(t). Row t of what `run` returns is state t; both count from 0.",
            STAYS,
        ),
        Misconception(
            "last state read",
            _of(_read_at_the_end),
            "You read the last state, whatever t. Row t of what `run` returns is state t.",
            STAYS,
        ),
        Misconception(
            "all later states nudged",
            _of(_all_later_nudged),
            "You nudge h(s) and all states after it. Row s of the nudges alone is not zero.",
            STAYS,
        ),
        Misconception(
            "nudges that pile up",
            _of(_nudges_pile_up),
            "Your nudges pile up: the second unit is nudged while the first still is. Begin with zeros for each unit.",
            "§6.4, and §3.9",
        ),
        Misconception(
            "all units nudged at once",
            _of(_all_units_at_once),
            "You nudge all units together and get one row, the sum of all. The matrix needs one nudge for each unit.",
            STAYS,
        ),
        Misconception(
            "each unit for itself",
            _of(_same_unit_alone),
            "You look only at the unit that you nudge. It feeds the others too: the whole state t moves, a row of H numbers.",
            STAYS,
        ),
        Misconception(
            "the size alone",
            _of(_size_alone),
            "You return the size of the matrix. It answers whether anything moves; the task asks for the matrix.",
            STAYS,
        ),
        Misconception(
            "signs lost",
            _of(_absolute),
            "You return absolute values. A derivative has a sign.",
            STAYS,
        ),
        Misconception(
            "zero for a state and itself",
            _of(_zero_for_itself),
            "For s = t you return zeros. A state moves exactly as it is moved: the identity.",
            STAYS,
        ),
        Misconception(
            "the direct link alone",
            _of(_direct),
            "That is what h(s) does to h(t) directly, with the states between held still. The derivative takes all paths, through the states between too.",
            STAYS,
        ),
        Misconception(
            "rounds: always 1",
            {ROUNDS: _always_one},
            "You say 1 for every network. That holds where states read nothing but targets; a state that reads a state, or a choice of the network, has to wait.",
            STAYS,
        ),
        Misconception(
            "rounds: always T",
            {ROUNDS: _always_all},
            "You say T for every network. Where states read targets alone all of them are made in the first round.",
            STEPS,
        ),
        Misconception(
            "rounds: neighbours and derivatives alone",
            {ROUNDS: _neighbours_by_derivative},
            "Two things are missed: states that read a state two or three steps back, and networks that read their own choice, which no small nudge changes. Look at all pairs, and nudge hard.",
            STEPS,
        ),
        Misconception(
            "rounds: neighbours alone",
            {ROUNDS: _neighbours_alone},
            "You look at neighbouring states alone. A state may wait for one two or three steps back: try all pairs.",
            STEPS,
        ),
        Misconception(
            "rounds: all or nothing, by derivatives",
            {ROUNDS: _derivative_all_or_nothing},
            "Two things. No small nudge changes a choice, so networks that read their own choice escape you. And where states wait for one of two steps back, two of them are made in each round: T is too many.",
            STEPS,
        ),
        Misconception(
            "rounds: derivatives alone",
            {ROUNDS: _derivative_alone},
            "Networks that read their own choice escape you. A small nudge does not change a choice, so the derivative is zero, and still the next state cannot be made before the choice is known. Nudge by 5, and often.",
            STEPS,
        ),
        Misconception(
            "rounds: all or nothing",
            {ROUNDS: _all_or_nothing},
            "You say T as soon as anything waits. Where states wait for the one two steps back, h(1) and h(2) are made together, then h(3) and h(4): half as many rounds. It is the longest chain that counts.",
            STEPS,
        ),
        Misconception(
            "rounds: the first state alone",
            {ROUNDS: _first_state_alone},
            "You nudge the first state alone and take its distance to the next that moves for all states. A network may begin to read later, and then nobody reads the first state: nudge each state.",
            STEPS,
        ),
        Misconception(
            "rounds: T divided by the lag",
            {ROUNDS: _divided_by_the_lag},
            "You divide T by the distance and round up, as if every state waited for one. Where the reading begins later, the first states wait for nothing and the chain is shorter: follow the links that are there.",
            STEPS,
        ),
        Misconception(
            "rounds: links counted",
            {ROUNDS: _links_counted},
            "You count the links of the longest chain. A chain of n states has n − 1 links and needs n rounds; where nothing waits, one round is needed, not none.",
            STEPS,
        ),
        Misconception(
            "rounds: one too many",
            {ROUNDS: _one_more},
            "You count one round too many. The states that wait for nothing are made in round 1.",
            STEPS,
        ),
        Misconception(
            "rounds: rounded down",
            {ROUNDS: _rounded_down},
            "You divide T by the lag and round down. Seven states, two a round, need four rounds.",
            STEPS,
        ),
        Misconception(
            "rounds: not rounded",
            {ROUNDS: _not_rounded},
            "You divide T by the lag. Rounds are whole: seven states, two a round, need four.",
            STEPS,
        ),
        Misconception(
            "rounds: the lag",
            {ROUNDS: _the_lag},
            "You return how many steps back a state reads. Wanted is how many rounds T states need.",
            STEPS,
        ),
        Misconception(
            "rounds: the longest way back",
            {ROUNDS: _longest_lag},
            "Where a state waits for two states you follow the one farther back. It has to wait for both, and the nearer one is ready last.",
            STEPS,
        ),
        Misconception(
            "rounds: chains counted",
            {ROUNDS: _chains_counted},
            "You count how many states can be made in one round. Wanted is the number of rounds.",
            STEPS,
        ),
        Misconception(
            "rounds: predecessors counted",
            {ROUNDS: _predecessors_counted},
            "You count all states that one state waits for. Some of them are made together, in one round: it is the longest chain that counts.",
            STEPS,
        ),
        Misconception(
            "rounds: waiting states counted",
            {ROUNDS: _waiting_states_counted},
            "You count the states that wait for something. Several of them can be made in one round.",
            STEPS,
        ),
        Misconception(
            "rounds: pairs counted",
            {ROUNDS: _pairs_counted},
            "You count the pairs of states of which one waits for the other. Wanted is the longest chain of such pairs, counted in states.",
            STEPS,
        ),
    ),
    cases=_cases,
)
