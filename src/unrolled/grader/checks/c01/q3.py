"""Question 1.3: folding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import kind_of
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong


def fold(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
    for (_, _, delay), seen in times.items():
        if delay < 0 or seen != set(range(1, T + 1)):
            return None
    return sorted(times)


def can_run(folded):
    now = [(a, b) for a, b, delay in folded if delay == 0]
    for _ in range(len(now)):
        waiting = {b for _, b in now}
        now = [(a, b) for a, b in now if a in waiting]
    return not now


def _fold_pairs(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
    steps = set(range(1, T + 1))
    if not all(key[2] >= 0 and seen == steps for key, seen in times.items()):
        return None
    return sorted({(source, target) for source, target, _ in times})


def _fold_without_delays(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
    steps = set(range(1, T + 1))
    if not all(key[2] >= 0 and seen == steps for key, seen in times.items()):
        return None
    return sorted({(source, target, 0) for source, target, _ in times})


def _fold_delay_by_name(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
    steps = set(range(1, T + 1))
    if not all(key[2] >= 0 and seen == steps for key, seen in times.items()):
        return None
    return sorted({(a, b, int(a == b)) for a, b, _ in times})


def _fold_delay_at_most_one(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
    steps = set(range(1, T + 1))
    if not all(key[2] >= 0 and seen == steps for key, seen in times.items()):
        return None
    return sorted({(a, b, min(delay, 1)) for a, b, delay in times})


def _fold_delay_negative(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
    steps = set(range(1, T + 1))
    if not all(key[2] >= 0 and seen == steps for key, seen in times.items()):
        return None
    return sorted((a, b, -delay) for a, b, delay in times)


def _fold_last_delay_wins(edges, T):
    times, delays = {}, {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
        delays[source, target] = t - s
    steps = set(range(1, T + 1))
    if not all(key[2] >= 0 and seen == steps for key, seen in times.items()):
        return None
    return sorted((a, b, delay) for (a, b), delay in delays.items())


def _fold_refuses_two_delays(edges, T):
    times, delays = {}, {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
        if delays.setdefault((source, target), t - s) != t - s:
            return None
    steps = set(range(1, T + 1))
    if not all(key[2] >= 0 and seen == steps for key, seen in times.items()):
        return None
    return sorted(times)


def _fold_keeps_copies(edges, T):
    times, copies = {}, []
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
        copies.append((source, target, t - s))
    steps = set(range(1, T + 1))
    if not all(key[2] >= 0 and seen == steps for key, seen in times.items()):
        return None
    return sorted(copies)


def _fold_never_refuses(edges, T):
    return sorted({(a, b, t - s) for (a, s), (b, t) in edges})


def _fold_forgives_the_start(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
    for (_, _, delay), seen in times.items():
        must = set(range(1 + delay, T + 1))
        if delay < 0 or not must <= seen <= set(range(1, T + 1)):
            return None
    return sorted(times)


def _fold_without_initial_states(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
    for (_, _, delay), seen in times.items():
        if delay < 0 or seen != set(range(1 + delay, T + 1)):
            return None
    return sorted(times)


def _fold_counts_copies(edges, T):
    counts = {}
    for (source, s), (target, t) in edges:
        counts.setdefault((source, target, t - s), []).append(t)
    for (_, _, delay), seen in counts.items():
        if delay < 0 or len(seen) < T:
            return None
    return sorted(counts)


def _fold_counts_exactly(edges, T):
    counts = {}
    for (source, s), (target, t) in edges:
        counts.setdefault((source, target, t - s), []).append(t)
    for (_, _, delay), seen in counts.items():
        if delay < 0 or len(seen) != T:
            return None
    return sorted(counts)


def _fold_counts_times(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
    for (_, _, delay), seen in times.items():
        if delay < 0 or len(seen) != T:
            return None
    return sorted(times)


def _fold_refuses_copies(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), []).append(t)
    for (_, _, delay), seen in times.items():
        if delay < 0 or sorted(seen) != list(range(1, T + 1)):
            return None
    return sorted(times)


def _fold_source_minus_target(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, s - t), set()).add(t)
    for (_, _, delay), seen in times.items():
        if delay < 0 or seen != set(range(1, T + 1)):
            return None
    return sorted(times)


def _fold_into_the_past(edges, T):
    times = {}
    for (source, s), (target, t) in edges:
        times.setdefault((source, target, t - s), set()).add(t)
    if any(seen != set(range(1, T + 1)) for seen in times.values()):
        return None
    return sorted(times)


def _runs_without_cycles(folded):
    now = {(a, b) for a, b, _ in folded}
    for _ in range(len(now)):
        waiting = {b for _, b in now}
        now = {(a, b) for a, b in now if a in waiting}
    return not now


def _runs_without_loops(folded):
    return not any(a == b and delay == 0 for a, b, delay in folded)


def _runs_with_any_delay(folded):
    return any(delay > 0 for _, _, delay in folded)


NODES = ("x", "h", "o", "u", "v", "z", "pool", "key")
Edge = tuple[tuple[str, int], tuple[str, int]]
Folded = list[tuple[str, str, int]]


def _unfold(folded: Iterable[tuple[str, str, int]], T: int) -> list[Edge]:
    return [((a, t - d), (b, t)) for a, b, d in folded for t in range(1, T + 1)]


def _shuffled(rng: np.random.Generator, items: list[Any]) -> list[Any]:
    return [items[i] for i in rng.permutation(len(items))]


def _folded_graph(rng: np.random.Generator, two_delays: bool) -> Folded:
    """Five folded edges between four nodes, with delays 0 to 3.

    There is a self-loop with a delay of 2 or 3, a delay between two different nodes,
    and, if asked for, a pair of nodes with two delays.
    """
    a, b, c, d = (str(n) for n in rng.choice(NODES, size=4, replace=False))
    slow = int(rng.integers(2, 4))
    graph = [
        (a, b, 0),
        (b, b, slow),
        (c, b, 1),
        (b, d, 0),
        (d, a, int(rng.integers(1, 3))),
    ]
    if two_delays:
        graph += [(b, b, 1), (a, b, slow)]
    return graph


def _entry_of(entry: Any, lengths: tuple[int, ...]) -> tuple[Any, ...]:
    ok = isinstance(entry, (list, tuple)) and len(entry) in lengths
    if not ok or not all(isinstance(name, str) for name in entry[:2]):
        raise Wrong(
            "fold: each entry is (source, target, delay), two names and a whole number; "
            f"got {_show_value(entry)}."
        )
    return tuple(entry)


def _show_value(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else kind_of(value)


def _folded(ask: Ask, edges: list[Edge], T: int, remark: str = "") -> list[Any]:
    """What fold returns for a graph that is an unfolding, as a list."""
    value = ask("fold", edges, T).value
    if value is None:
        simple = ([("x", "h", 0)], [("h", "h", 1)])
        none = [ask("fold", _unfold(g, T), T).value is None for g in simple]
        hint = " (is a `return` missing?)" if all(none) else ""
        remark = "" if any(none) else remark
        raise Wrong(
            f"fold returned None{hint} for a graph that is the unfolding of a folded "
            f"one (T = {T}).{remark}"
        )
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise Wrong(f"fold: expected a list of edges or None, got {kind_of(value)}.")
    return list(value)


def _arrow(edge: Iterable[Any]) -> str:
    a, b, *delay = edge
    return f"{a} → {b}" + (f" with delay {delay[0]}" if delay else "")


def _test_pairs(ask: Ask, rng: np.random.Generator) -> None:
    for T in (4, 5, 3):
        graph = _folded_graph(rng, two_delays=False)
        found = _folded(ask, _shuffled(rng, _unfold(graph, T)), T)
        got = [_entry_of(e, (2, 3))[:2] for e in found]
        want = {(a, b) for a, b, _ in graph}
        for pair in want - set(got):
            raise Wrong(f"the folded edge {_arrow(pair)} is missing (T = {T}).")
        for pair in set(got) - want:
            raise Wrong(f"{_arrow(pair)} is not an edge of the folded graph (T = {T}).")
        if len(got) != len(want):
            raise Wrong(
                f"{len(want)} folded edges were unfolded over T = {T} steps, and you "
                f"return {len(got)}: the copies of an edge are one edge."
            )


def _test_delays(ask: Ask, rng: np.random.Generator) -> None:
    for T in (5, 1, 4, 2):
        graph = _folded_graph(rng, two_delays=True)
        edges = _shuffled(rng, _unfold(graph, T))
        node, slow = graph[1][1:]
        remark = (
            f" {node} → {node} is there with the delays 1 and {slow}, at every step: two "
            "folded edges, which is allowed."
        )
        got = [_entry_of(e, (3,)) for e in _folded(ask, edges, T, remark)]
        for edge in got:
            if not isinstance(edge[2], (int, np.integer)) or isinstance(edge[2], bool):
                raise Wrong(
                    f"the delay of {_arrow(edge[:2])} is {_show_value(edge[2])}."
                )
        for edge in sorted(set(graph) - set(got), key=lambda e: (-e[2], e)):
            others = sorted(d for a, b, d in got if (a, b) == edge[:2])
            found = " and ".join(map(str, others)) or "no such edge"
            tip = (
                " The delay is the target's time minus the source's."
                if -edge[2] in others
                else ""
            )
            raise Wrong(
                f"the edge {_arrow(edge)} is missing (T = {T}); found: {found}.{tip}"
            )
        for edge in set(got) - set(graph):
            raise Wrong(f"{_arrow(edge)} is not an edge of the folded graph (T = {T}).")
        if len(got) != len(graph):
            raise Wrong(f"{len(graph)} folded edges, and you return {len(got)}.")


def _spoiled(rng: np.random.Generator, T: int) -> list[tuple[str, list[Edge]]]:
    """Graphs that are no unfolding, each with what is wrong with it."""
    graph = _folded_graph(rng, two_delays=True)
    edges = _unfold(graph, T)
    a, b, delay = next(e for e in graph if e[2] > 0)

    def without(t: int) -> list[Edge]:
        gone = ((a, t - delay), (b, t))
        return [e for e in edges if e != gone]

    middle = int(rng.integers(2, T))
    name = f"{a} → {b} with delay {delay}"
    skewed = ((a, middle - delay - 1), (b, middle))
    return [
        (f"the edge {name} is not there at time {middle}", without(middle)),
        (f"the edge {name} is not there at time 1", without(1)),
        (f"the edge {name} is not there at time {T}, the last", without(T)),
        (
            f"the edge {name} is not there at time {middle}, though another copy of it "
            "is listed twice",
            without(middle) + [((a, T - delay), (b, T))],
        ),
        (
            f"at time {middle} the delay is {delay + 1} instead",
            [*without(middle), skewed],
        ),
        (
            "one edge leads from each time to the time before it",
            edges + [((a, t + 1), (b, t)) for t in range(1, T + 1)],
        ),
        (
            f"one edge ends at time {T + 1}, after the last step",
            [*edges, ((a, T + 1 - delay), (b, T + 1))],
        ),
        (
            f"the edge {name} is there at the times 2 to {T + 1} instead of 1 to {T}",
            [*without(1), ((a, T + 1 - delay), (b, T + 1))],
        ),
        (
            f"the edge {name} is there at the times 0 to {T - 1} instead of 1 to {T}",
            [*without(T), ((a, -delay), (b, 0))],
        ),
        (
            f"the edge {name} is there at time {T + 1} in place of time {middle}",
            [*without(middle), ((a, T + 1 - delay), (b, T + 1))],
        ),
    ]


def _test_refusals(ask: Ask, rng: np.random.Generator) -> None:
    for T in (4, 5):
        for what, edges in _spoiled(rng, T):
            value = ask("fold", _shuffled(rng, edges), T).value
            if value is not None:
                raise Wrong(f"with T = {T}: {what}, and fold did not return None.")
        for two_delays in (False, True):
            graph = _unfold(_folded_graph(rng, two_delays), T)
            twice = " Some edges of it are listed twice: that counts once."
            for edges, remark in ((graph, ""), (graph + graph[:2], twice)):
                if not _folded(ask, _shuffled(rng, edges), T, remark):
                    raise Wrong("fold returned an empty list for a graph with edges.")


RUNNING = (
    # (can it be run, folded graph)
    (True, [("x", "h", 0), ("h", "h", 1), ("h", "o", 0)]),
    (False, [("x", "h", 0), ("h", "h", 0), ("h", "o", 0)]),
    (True, [("x", "h", 0), ("h", "o", 0), ("o", "h", 1)]),
    (False, [("x", "h", 0), ("h", "o", 0), ("o", "h", 0), ("h", "h", 1)]),
    (False, [("u", "v", 0), ("v", "z", 0), ("z", "u", 0), ("x", "u", 0)]),
    (True, [("u", "v", 0), ("v", "z", 0), ("z", "u", 2), ("x", "u", 0)]),
    (True, [("x", "h", 0), ("h", "o", 0), ("x", "o", 0)]),
    (True, [("x", "h", 0)]),
    (True, [("h", "o", 0), ("o", "key", 0), ("x", "h", 0), ("key", "z", 0)]),
    (False, [("h", "h", 1), ("h", "h", 0)]),
    (True, [("h", "h", 3), ("h", "u", 1), ("u", "h", 2)]),
)


def _renamed(rng: np.random.Generator, folded: Folded) -> Folded:
    """The same graph with other names, in another order."""
    old = sorted({n for a, b, _ in folded for n in (a, b)})
    new = dict(zip(old, (str(n) for n in rng.permutation(NODES)), strict=False))
    return _shuffled(rng, [(new[a], new[b], d) for a, b, d in folded])


def _test_can_run(ask: Ask, rng: np.random.Generator) -> None:
    for right, graph in RUNNING:
        folded = _renamed(rng, graph)
        value = ask("can_run", folded).value
        if not isinstance(value, (bool, np.bool_)):
            raise Wrong(f"can_run: expected True or False, got {kind_of(value)}.")
        if bool(value) != right:
            why = (
                "can be computed: every cycle in it has a delay somewhere"
                if right
                else "cannot be computed: it has a cycle without any delay"
            )
            shown = ", ".join(f"({a}, {b}, {d})" for a, b, d in folded)
            raise Wrong(f"the folded graph {shown} {why}; can_run says {bool(value)}.")


def _fold_cases(rng: np.random.Generator) -> list[Call]:
    """Graphs that fold to one edge, so that the order of a learner's list is the same.

    The one with two delays lists the smaller delay first, as sorting does.
    """
    calls = []
    for T in (4, 5):
        a, b = (str(name) for name in rng.choice(NODES, size=2, replace=False))
        for graph in ([(a, b, 0)], [(b, a, 1)], [(a, a, 1)], [(a, a, 3)]):
            calls.append(Call("fold", _unfold(graph, T), T))
        calls.append(Call("fold", _unfold([(b, b, 1), (b, b, 2)], T), T))
        edges = _unfold([(b, b, 2)], T)
        calls.append(Call("fold", [*edges, edges[1]], T))
        spoiled = (
            edges[1:],  # not there at time 1
            edges[:-1],  # nor at time T
            [*edges[:-2], edges[-1]],  # nor at T - 1
            [*edges[:-2], edges[-1], edges[-1]],  # the same, with T copies
            [*edges, ((b, T - 1), (b, T + 1))],
            [*edges[1:], ((b, T - 1), (b, T + 1))],  # there at the times 2 to T + 1
            [((a, t + 1), (b, t)) for t in range(1, T + 1)],
        )
        calls += [Call("fold", graph, T) for graph in spoiled]
    calls += [Call("can_run", _renamed(rng, graph)) for _, graph in RUNNING]
    return calls


QUESTION = Question(
    id="01.3",
    title="fold an unfolded graph",
    answers=("fold", "can_run"),
    reference={"fold": fold, "can_run": can_run},
    properties=(
        Property(
            "The folded graph joins the right nodes, each edge once (delays are not looked at here)",
            1,
            _test_pairs,
            "§1.5",
        ),
        Property(
            "Every folded edge has its delay, also where two nodes are joined with two delays",
            1,
            _test_delays,
            "§1.5",
        ),
        Property(
            "A graph that is no unfolding is refused with None, and only such a graph",
            1,
            _test_refusals,
            "§1.5",
        ),
        Property(
            "can_run tells a cycle with a delay from one without",
            1,
            _test_can_run,
            "§1.5",
        ),
    ),
    misconceptions=(
        Misconception(
            "delay dropped",
            {"fold": _fold_pairs},
            "You return who is joined to whom and drop the delay. Without it h → h could mean h(t−1) → h(t), a recurrence, or h(t) → h(t), which cannot be computed: the black square in the folded drawing is this number.",
            "§1.5",
        ),
        Misconception(
            "delay zero everywhere",
            {"fold": _fold_without_delays},
            "All your delays are 0, so your folded graph has no memory: every edge stays within its step. The delay is the time of the target minus the time of the source.",
            "§1.5",
        ),
        Misconception(
            "delay guessed from the names",
            {"fold": _fold_delay_by_name},
            "You give a delay of 1 to the edges from a node to itself and 0 to all others. Delays are in the times, not in the names: an edge between two different nodes can be delayed, and a self-loop by more than one step.",
            "§1.5",
        ),
        Misconception(
            "every delay is 0 or 1",
            {"fold": _fold_delay_at_most_one},
            "You tell delayed from not delayed, but a delay is a number: an edge from time t−3 to time t has the delay 3. Edges that skip steps are what chapter 10 is about.",
            "§1.5",
        ),
        Misconception(
            "delay with the other sign",
            {"fold": _fold_delay_negative},
            "Your delays have the other sign. Subtract the source's time from the target's: an edge from time 2 to time 3 has the delay 1.",
            "§1.5",
        ),
        Misconception(
            "one delay a pair of nodes",
            {"fold": _fold_last_delay_wins},
            "Of two edges between the same two nodes you keep one: a key (source, target) has room for a single delay. Put the delay into the key.",
            "§1.5",
        ),
        Misconception(
            "two delays refused",
            {"fold": _fold_refuses_two_delays},
            "You refuse a graph in which two nodes are joined with two delays. That is allowed: h(t−1) → h(t) and h(t−3) → h(t) are two folded edges, each there at every step.",
            "§1.5",
        ),
        Misconception(
            "copies not merged",
            {"fold": _fold_keeps_copies},
            "Every folded edge appears once for each step. Folding is the step from T copies to one: return each (source, target, delay) once.",
            "§1.5",
        ),
        Misconception(
            "never refuses",
            {"fold": _fold_never_refuses},
            "You fold every graph, also one whose edges differ from step to step. Unfolding your result again would give edges that the graph never had: check that each edge is there at every time from 1 to T.",
            "§1.5",
        ),
        Misconception(
            "first steps forgiven",
            {"fold": _fold_forgives_the_start},
            "You accept a graph in which the edges from the initial values are missing. At time 1 the edge h → h with delay 1 starts from h(0), and it has to be there too.",
            "§1.5",
        ),
        Misconception(
            "initial values refused",
            {"fold": _fold_without_initial_states},
            "You expect an edge only where its source has a time of 1 or more, and refuse sound graphs. Sources at times 0, −1, … are the initial values: with the delay 1 the first edge is h(0) → h(1).",
            "§1.5",
        ),
        Misconception(
            "copies counted",
            {"fold": _fold_counts_copies},
            "You count the copies of an edge instead of looking at their times: two copies at one time and none at another make the same number. Collect the times in a set and compare it with 1, …, T.",
            "§1.5",
        ),
        Misconception(
            "exactly T copies asked for",
            {"fold": _fold_counts_exactly},
            "You ask for exactly T copies of an edge, which goes wrong twice: an edge listed twice counts once, and two copies at one time do not make up for a time at which the edge is missing. Collect the times in a set and compare it with 1, …, T.",
            "§1.5",
        ),
        Misconception(
            "times counted",
            {"fold": _fold_counts_times},
            "You count at how many times an edge is there, not at which: the times 2, …, T + 1 make the same number as 1, …, T. Compare the set of times itself with 1, …, T.",
            "§1.5",
        ),
        Misconception(
            "an edge listed twice refused",
            {"fold": _fold_refuses_copies},
            "You refuse a graph in which an edge is listed twice. It counts once: collect the times in a set, which holds each time once.",
            "the task and §1.5",
        ),
        Misconception(
            "source's time minus the target's",
            {"fold": _fold_source_minus_target},
            "You take the source's time minus the target's, so that every delayed edge looks as if it led into the past, and you refuse it. The delay is the target's time minus the source's: from time 2 to time 3 it is 1.",
            "§1.5",
        ),
        Misconception(
            "edges into the past",
            {"fold": _fold_into_the_past},
            "You fold edges that lead from a time to the time before it. A state cannot read a value that does not exist yet: a negative delay is refused.",
            "§1.5",
        ),
        Misconception(
            "every cycle refused",
            {"can_run": _runs_without_cycles},
            "can_run refuses every cycle, and with it every recurrent network. A cycle with a delay is harmless: unfolded, it leads to a later time and never returns. Look at the edges of delay 0 alone.",
            "§1.5",
        ),
        Misconception(
            "only self-loops looked at",
            {"can_run": _runs_without_loops},
            "can_run looks at self-loops only. Two nodes that wait for each other, or three in a ring, cannot be computed either when no edge of the cycle has a delay.",
            "§1.5",
        ),
        Misconception(
            "any delay will do",
            {"can_run": _runs_with_any_delay},
            "can_run asks whether there is a delay anywhere. Each cycle needs one of its own; and a graph without cycles needs none.",
            "§1.5",
        ),
    ),
    cases=_fold_cases,
)
