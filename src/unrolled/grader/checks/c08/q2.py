"""Question 8.2: shortest paths, all paths, and formulas for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c08.common import expect_whole
from unrolled.grader.checks.judging import kind_of
from unrolled.grader.checks.slips import (
    Slip,
    expect_same_arguments,
    hint,
    misconceptions,
    several,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

Arrows = list[tuple[int, int, int]]
KINDS = ("stack", "every layer", "clocks", "deep step", "deep step, shortcut")


def shortest(arrows, goal, lag):
    front, seen, n = {(0, 0)}, {(0, 0)}, 0
    while front:
        if (goal, lag) in front:
            return n
        new = {(b, t + d) for u, t in front for a, b, d in arrows if a == u}
        front = {(b, t) for b, t in new if t <= lag} - seen
        seen |= front
        n += 1
    return None


def lengths(arrows, goal, lag):
    front, found, n = {(0, 0): 1}, {}, 0
    while front:
        if (goal, lag) in front:
            found[n] = front[goal, lag]
        new = {}
        for (u, t), count in front.items():
            for a, b, d in arrows:
                if a == u and t + d <= lag:
                    new[b, t + d] = new.get((b, t + d), 0) + count
        front, n = new, n + 1
    return found


def formula(kind, N, lag):
    return _formula(kind, N, lag)


def _formula(kind, N, lag, slip=""):
    """Shortest and longest; `slip` names one mistake."""
    stack = lag + N + 1
    if kind == "every layer":
        if slip == "every layer forgotten":
            return stack, stack
        return lag + 2, lag + 2 if slip == "longest as shortest" else stack
    if kind == "deep step":
        way = N * lag + N + 1
        if slip == "layers once":
            way = stack
        if slip == "N a step, in all":
            way = N * lag + 1
        if slip == "one more step":
            way = N * (lag + 1) + N + 1
        return way, way
    if kind == "deep step, shortcut":
        long = N * lag + N + 1
        if slip == "shortcut forgotten":
            return long, long
        if slip == "shortcut from the start":
            return lag + 2, long
        if slip == "longest as shortest":
            return stack, stack
        if slip == "layers once":
            return stack, stack
        return stack, long
    if kind == "clocks":
        slow = 2 ** (N - 1)
        hops = lag // slow + (lag % slow).bit_count()
        if slip == "slowest alone":
            hops = lag // slow + lag % slow
        if slip == "binary digits alone":
            hops = lag.bit_count()
        if slip == "clock twice as slow":
            slow = 2**N
            hops = lag // slow + (lag % slow).bit_count()
        if slip == "rest forgotten":
            hops = lag // slow
        if slip == "rounded up":
            hops = -(-lag // slow)
        if slip == "clocks forgotten":
            hops = lag
        longest = hops if slip == "longest as shortest" else lag
        return hops + N + 1, longest + N + 1
    return stack, stack


# --- wrong searches -------------------------------------------------------------------


def _nodes(arrows, goal, lag):
    n = shortest(arrows, goal, lag)
    return None if n is None else n + 1


def _without_the_input(arrows, goal, lag):
    n = shortest(arrows, goal, lag)
    return None if n is None else n - 1


def _undirected(arrows, goal, lag):
    back = [(b, a, -d) for a, b, d in arrows]
    seen = {(0, 0)}
    front, n = {(0, 0)}, 0
    while front:
        if (goal, lag) in front:
            return n
        new = {(b, t + d) for u, t in front for a, b, d in [*arrows, *back] if a == u}
        front = {(b, t) for b, t in new if 0 <= t <= lag} - seen
        seen |= front
        n += 1
    return None


def _steps_alone(arrows, goal, lag):
    """Arrows within a step cost nothing: only those through time are counted."""
    best, todo = {(0, 0): 0}, [(0, 0)]
    while todo:
        u, t = todo.pop(0)
        for a, b, d in arrows:
            cost = best[u, t] + (d > 0)
            place = b, t + d
            if a == u and t + d <= lag and cost < best.get(place, np.inf):
                best[place] = cost
                todo.append(place)
    return best.get((goal, lag))


def _levels_once(arrows, goal, lag):
    """A level that was seen is not entered again, at whatever step."""
    front, seen, n = {(0, 0)}, {0}, 0
    while front:
        if (goal, lag) in front:
            return n
        new = {(b, t + d) for u, t in front for a, b, d in arrows if a == u}
        front = {(b, t) for b, t in new if t <= lag and b not in seen}
        seen |= {b for b, _ in front}
        n += 1
    return None


def _delay_one(arrows, goal, lag):
    return shortest([(a, b, min(d, 1)) for a, b, d in arrows], goal, lag)


def _delay_in_steps(arrows, goal, lag):
    """An arrow of delay d is counted as d arrows (one of delay 0 as one)."""
    best, todo = {(0, 0): 0}, [(0, 0)]
    while todo:
        u, t = todo.pop(0)
        for a, b, d in arrows:
            cost, place = best[u, t] + max(d, 1), (b, t + d)
            if a == u and t + d <= lag and cost < best.get(place, np.inf):
                best[place] = cost
                todo.append(place)
    return best.get((goal, lag))


def _longest(arrows, goal, lag):
    return max(lengths(arrows, goal, lag), default=None)


def _any_step(arrows, goal, lag):
    """The goal counts as reached at any step up to the lag."""
    found = [shortest(arrows, goal, t) for t in range(lag + 1)]
    return min((n for n in found if n is not None), default=None)


def _first_arrow(arrows, goal, lag):
    """Depth first, the arrows in the order of the list: the first path found."""

    def follow(u, t, n, seen):
        if (u, t) == (goal, lag):
            return n
        for a, b, d in arrows:
            place = b, t + d
            if a == u and t + d <= lag and place not in seen:
                seen.add(place)
                found = follow(b, t + d, n + 1, seen)
                if found is not None:
                    return found
        return None

    return follow(0, 0, 0, set())


def _greedy(arrows, goal, lag):
    """Always the longest hop through time that still fits, then upwards."""
    delays = sorted({d for a, b, d in arrows if a == b and d > 0}, reverse=True)
    up = shortest([arrow for arrow in arrows if arrow[2] == 0], goal, 0)
    hops = 0
    for d in delays:
        hops, lag = hops + lag // d, lag % d
    return None if lag or up is None else up + hops


def _zero(arrows, goal, lag):
    n = shortest(arrows, goal, lag)
    return 0 if n is None else n


# --- wrong lists of lengths -----------------------------------------------------------


def _each_once(arrows, goal, lag):
    return dict.fromkeys(lengths(arrows, goal, lag), 1)


def _lengths_in_nodes(arrows, goal, lag):
    return {n + 1: c for n, c in lengths(arrows, goal, lag).items()}


def _lengths_delay_one(arrows, goal, lag):
    return lengths([(a, b, min(d, 1)) for a, b, d in arrows], goal, lag)


def _the_shortest_alone(arrows, goal, lag):
    found = lengths(arrows, goal, lag)
    return {min(found): found[min(found)]} if found else {}


def _any_step_lengths(arrows, goal, lag):
    total = {}
    for t in range(lag + 1):
        for n, count in lengths(arrows, goal, t).items():
            total[n] = total.get(n, 0) + count
    return total


def _by_steps(arrows, goal, lag):
    """Lengths count the arrows through time alone."""
    front, found = {(0, 0, 0): 1}, {}
    while front:
        new = {}
        for (u, t, n), count in front.items():
            if (u, t) == (goal, lag):
                found[n] = found.get(n, 0) + count
            for a, b, d in arrows:
                if a == u and t + d <= lag:
                    place = b, t + d, n + (d > 0)
                    new[place] = new.get(place, 0) + count
        front = new
    return found


def _never_leaves_the_goal(arrows, goal, lag):
    return lengths([arrow for arrow in arrows if arrow[0] != goal], goal, lag)


# --- wrong formulas -------------------------------------------------------------------


def _formula_nodes(kind, N, lag):
    short, long = formula(kind, N, lag)
    return short + 1, long + 1


def _formula_no_input(kind, N, lag):
    short, long = formula(kind, N, lag)
    return short - 1, long - 1


def _formula_turned(kind, N, lag):
    return formula(kind, N, lag)[::-1]


def _formula_layers_once(kind, N, lag):
    return _formula(kind, N, lag, "layers once")


def _formula_N_in_all(kind, N, lag):
    return _formula(kind, N, lag, "N a step, in all")


def _formula_one_more_step(kind, N, lag):
    return _formula(kind, N, lag, "one more step")


def _formula_no_shortcut(kind, N, lag):
    return _formula(kind, N, lag, "shortcut forgotten")


def _formula_shortcut_at_once(kind, N, lag):
    return _formula(kind, N, lag, "shortcut from the start")


def _formula_one_length(kind, N, lag):
    return _formula(kind, N, lag, "longest as shortest")


def _formula_not_every_layer(kind, N, lag):
    return _formula(kind, N, lag, "every layer forgotten")


def _formula_slowest_alone(kind, N, lag):
    return _formula(kind, N, lag, "slowest alone")


def _formula_binary(kind, N, lag):
    return _formula(kind, N, lag, "binary digits alone")


def _formula_twice_as_slow(kind, N, lag):
    return _formula(kind, N, lag, "clock twice as slow")


def _formula_no_rest(kind, N, lag):
    return _formula(kind, N, lag, "rest forgotten")


def _formula_rounded_up(kind, N, lag):
    return _formula(kind, N, lag, "rounded up")


def _formula_no_clocks(kind, N, lag):
    return _formula(kind, N, lag, "clocks forgotten")


# --- graphs to ask with ---------------------------------------------------------------


def _named(kind: str, N: int) -> Arrows:
    """The arrows of the table in the task."""
    levels = range(1, N + 1)
    up = [(j, j + 1, 0) for j in range(N + 1)]
    if kind == "stack":
        return [*up, *((j, j, 1) for j in levels)]
    if kind == "every layer":
        around = [(0, j, 0) for j in levels if j > 1]
        around += [(j, N + 1, 0) for j in levels if j < N]
        return [*up, *((j, j, 1) for j in levels), *around]
    if kind == "clocks":
        return [*up, *((j, j, 2 ** (j - 1)) for j in levels)]
    if kind == "deep step":
        return [*up, (N, 1, 1)]
    return [*up, (N, 1, 1), (N, N, 1)]


def _delays(N: int, delays: tuple[tuple[int, ...], ...]) -> Arrows:
    """A stack whose layer j reads its own states of several delays."""
    up = [(j, j + 1, 0) for j in range(N + 1)]
    return [*up, *((j + 1, j + 1, d) for j, each in enumerate(delays) for d in each)]


def _renamed(rng: np.random.Generator, arrows: Arrows, goal: int) -> tuple:
    """The same graph, levels numbered in another order, arrows shuffled."""
    levels = sorted({level for a, b, _ in arrows for level in (a, b)} - {0})
    new = dict(zip(levels, rng.permutation(levels).tolist(), strict=True)) | {0: 0}
    turned = [(new[a], new[b], d) for a, b, d in arrows]
    order = rng.permutation(len(turned))
    return [turned[i] for i in order], new[goal]


def _about(arrows: Arrows, goal: int, lag: int) -> str:
    text = str(arrows) if len(arrows) <= 12 else f"{len(arrows)} arrows"
    return f"arrows {text}, goal {goal}, lag {lag}"


UNREACHED = [(0, 1, 0), (1, 2, 0), (1, 1, 3), (2, 2, 4)]
GOAL_GOES_ROUND = [(0, 1, 0), (1, 2, 0), (2, 2, 1), (1, 1, 2), (1, 1, 4)]


# --- tests ----------------------------------------------------------------------------


def _told(name: str, args: tuple[Any, ...], got: Any, want: Any) -> str:
    """A hint, for a lag that is short enough to try every slip on."""
    return hint(SLIPS, name, args, got, want) if args[2] <= 21 else ""


def _expect_shortest(ask: Ask, *args: Any) -> None:
    want = shortest(*args)
    reply = ask("shortest", *args)
    told = _told("shortest", args, reply.value, want)
    where = f"{_about(*args)}: the shortest path"
    if want is None:
        if reply.value is not None:
            raise Wrong(
                f"{_about(*args)}: there is no path, so None is asked for; you return {reply.value!r:.40}.{told}"
            )
    elif reply.value is None:
        raise Wrong(f"{where} has length {want}; you return None.{told}")
    else:
        expect_whole(reply.value, want, where, told)
    expect_same_arguments(args, reply.args_after)


def _test_shortest(ask: Ask, rng: np.random.Generator) -> None:
    for kind in KINDS:
        N, lag = int(rng.integers(2, 5)), int(rng.integers(5, 12))
        _expect_shortest(ask, _named(kind, N), N + 1, lag)
    _expect_shortest(ask, _delays(2, ((1, 3, 4), (1,))), 3, 6)
    _expect_shortest(ask, _named("stack", 3), 4, 0)


def _test_hard(ask: Ask, rng: np.random.Generator) -> None:
    for lag in (1, 2, 5, 7, 10):
        _expect_shortest(ask, UNREACHED, 2, lag)
    for kind in ("every layer", "deep step, shortcut", "clocks"):
        N = int(rng.integers(3, 5))
        arrows, goal = _renamed(rng, _named(kind, N), N + 1)
        _expect_shortest(ask, arrows, goal, int(rng.integers(6, 15)))
    arrows, goal = _renamed(rng, _delays(3, ((5, 7), (3,), (10,))), 4)
    _expect_shortest(ask, arrows, goal, 21)
    _expect_shortest(ask, [*_named("deep step", 3), (3, 2, 2), (4, 1, 1)], 2, 8)
    _expect_shortest(ask, _named("every layer", 4), 5, 400)
    _expect_shortest(ask, [(0, 1, 1), (2, 3, 0)], 3, 2)


def _expect_lengths(ask: Ask, *args: Any) -> None:
    want = lengths(*args)
    reply = ask("lengths", *args)
    told = _told("lengths", args, reply.value, want)
    if not isinstance(reply.value, dict):
        raise Wrong(f"expected a dict {{length: number}}, got {kind_of(reply.value)}.")
    got = reply.value
    where = _about(*args)
    if set(got) != set(want):
        have, right = _some(got), _some(want)
        raise Wrong(f"{where}: paths have the lengths {right}; yours {have}.{told}")
    for n, count in want.items():
        expect_whole(got[n], count, f"{where}: the number of paths of length {n}", told)
    expect_same_arguments(args, reply.args_after)


def _some(found: dict[Any, Any]) -> str:
    if not found:
        return "(none: an empty dict)"
    names = [str(n) for n in found]
    if all(isinstance(n, int) for n in found):
        names = [str(n) for n in sorted(found)]
    return ", ".join(names if len(names) <= 6 else [*names[:3], "…", *names[-2:]])


def _test_lengths(ask: Ask, rng: np.random.Generator) -> None:
    for kind in KINDS:
        N, lag = int(rng.integers(2, 4)), int(rng.integers(2, 7))
        _expect_lengths(ask, _named(kind, N), N + 1, lag)
    arrows, goal = _renamed(rng, _delays(2, ((1, 3), (2,))), 3)
    _expect_lengths(ask, arrows, goal, 7)
    _expect_lengths(ask, UNREACHED, 2, 5)
    _expect_lengths(ask, _named("every layer", 3), 4, 0)
    _expect_lengths(ask, GOAL_GOES_ROUND, 2, 4)
    _expect_lengths(ask, _named("deep step", 3), 2, 3)  # by way of the goal itself


def _test_many(ask: Ask, rng: np.random.Generator) -> None:
    _expect_lengths(ask, _named("deep step, shortcut", 2), 3, 70)
    _expect_lengths(ask, _named("stack", 4), 5, 80)
    arrows, goal = _renamed(rng, _delays(3, ((1, 3, 4), (1, 2), (5,))), 4)
    _expect_lengths(ask, arrows, goal, 40)


def _expect_formula(ask: Ask, kind: str, N: int, lag: int) -> None:
    want = formula(kind, N, lag)
    reply = ask("formula", kind, N, lag)
    two = several(reply.value, 2, "two numbers: shortest, longest")
    told = hint(SLIPS, "formula", (kind, N, lag), reply.value, want)
    for got, right, name in zip(two, want, ("shortest", "longest"), strict=True):
        where = f'"{kind}", N = {N}, lag {lag:,}: the {name}'
        expect_whole(got, right, where, told)


def _test_formula(ask: Ask, rng: np.random.Generator) -> None:
    for kind in KINDS:
        for N, lag in ((2, 0), (2, 1), (4, 13), (6, 21), (3, 1000)):
            _expect_formula(ask, kind, N, lag)
        N = int(rng.integers(3, 9))
        _expect_formula(ask, kind, N, int(rng.integers(10**6, 10**7)))
        _expect_formula(ask, kind, N, 3 * 10**18 + int(rng.integers(10**9)))


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    graphs = [(_named(kind, 3), 4) for kind in KINDS]
    graphs += [(_delays(2, ((1, 3, 4), (1,))), 3), (UNREACHED, 2)]
    graphs.append(_renamed(rng, _delays(3, ((1, 4), (3,), (2, 5))), 4))
    for arrows, goal in graphs:
        for lag in (6, 9):
            calls.append(Call("shortest", arrows, goal, lag))
        calls.append(Call("lengths", arrows, goal, 5))
    calls += [Call("shortest", UNREACHED, 2, lag) for lag in (1, 2, 5)]
    calls.append(Call("lengths", GOAL_GOES_ROUND, 2, 3))
    calls.append(Call("lengths", _named("deep step, shortcut", 3), 2, 4))
    detour = [(0, 1, 0), (1, 2, 5), (3, 2, 2), (3, 4, 0), (1, 3, 9), (2, 4, 4)]
    calls += [Call("shortest", detour, 4, lag) for lag in (3, 9)]
    twice = [
        (0, 1, 0),
        (0, 2, 0),
        (1, 3, 0),
        (2, 3, 0),
        (3, 3, 2),
        (3, 5, 0),
        (3, 6, 0),
    ]
    twice += [(5, 4, 0), (6, 4, 0), (3, 4, 1), (3, 4, 2)]
    calls += [Call("lengths", twice, 4, lag) for lag in (4, 5)]
    for kind in KINDS:
        for N, lag in ((4, 13), (3, 103 + int(rng.integers(50)))):
            calls.append(Call("formula", kind, N, lag))
    return calls[::-1]  # those that tell slips apart come first: it is quicker


PATH = "§8.5, eq-path"
COUNT = "§8.5, eq-path-count"
TASK = "§8.5, and the rules of the task"

SLIPS = (
    Slip(
        "places counted for arrows",
        "shortest",
        _nodes,
        "Your lengths are one too large: you count the places on the path, and the start is one of them. A path of n arrows has n + 1 places.",
        PATH,
        "Count the arrows, not the places between them.",
    ),
    Slip(
        "one arrow too few",
        "shortest",
        _without_the_input,
        "Your lengths are one too small. The arrow that leaves level 0 counts, and so does the one that enters the goal.",
        PATH,
        "The first arrow and the last one count too.",
    ),
    Slip(
        "arrows taken both ways",
        "shortest",
        _undirected,
        "You follow arrows against their direction. Influence goes from a to b and forwards in time, never back.",
        TASK,
        "An arrow may not be followed backwards.",
    ),
    Slip(
        "arrows through time alone",
        "shortest",
        _steps_alone,
        "You count the arrows that take time and not those within a step. Each arrow is a factor in the product of Jacobians, whether time passes or not.",
        PATH,
        "Arrows within a step count as well.",
    ),
    Slip(
        "levels entered once",
        "shortest",
        _levels_once,
        "You never enter a level twice. A level at another step is another place: remember pairs (level, step).",
        TASK,
        "A level at another step is another place.",
    ),
    Slip(
        "all delays 1",
        "shortest",
        _delay_one,
        "You treat every delay as one step. An arrow of delay d leads d steps further, in one go.",
        TASK,
        "How far does an arrow of delay d lead?",
    ),
    Slip(
        "delays added up",
        "shortest",
        _delay_in_steps,
        "You add up delays. An arrow of delay d is one arrow, however far it leads: that is what it is good for.",
        PATH,
        "An arrow counts as one, whatever its delay.",
    ),
    Slip(
        "longest path",
        "shortest",
        _longest,
        "You return the longest path. Arrows that go round in time are in both; the shortest one wants as few as possible.",
        PATH,
        "That is the longest path.",
    ),
    Slip(
        "goal at any step",
        "shortest",
        _any_step,
        "You stop when you reach the goal's level, at whatever step. The path has to end exactly `lag` steps after its start.",
        TASK,
        "At which step does the path have to end?",
    ),
    Slip(
        "first path found",
        "shortest",
        _first_arrow,
        "You return the first path that you find, depth first. Breadth first, all paths of n arrows are tried before any of n + 1, and then the first found is a shortest.",
        PATH,
        "The first path that depth-first search finds need not be a shortest.",
    ),
    Slip(
        "greedy",
        "shortest",
        _greedy,
        "You take the longest hop that fits, again and again. With delays 1, 3 and 4 and a lag of 6 that takes three hops, and 3 + 3 takes two; and a greedy path may get stuck. Search instead.",
        PATH,
        "The longest hop first is not always best.",
    ),
    Slip(
        "0 where there is no path",
        "shortest",
        _zero,
        "You return 0 where there is no path. 0 would mean that the start is the goal; the task asks for None.",
        TASK,
        "0 is a length; no path at all is None.",
    ),
    Slip(
        "one path of each length",
        "lengths",
        _each_once,
        "You find every length and count one path for each. Where several ways of the same length meet in one place, their numbers add up.",
        COUNT,
        "Where ways of the same length meet, their numbers add up.",
    ),
    Slip(
        "lengths in places",
        "lengths",
        _lengths_in_nodes,
        "Your numbers are right and your lengths one too large: count arrows, not places.",
        PATH,
        "Lengths are counted in arrows.",
    ),
    Slip(
        "lengths with all delays 1",
        "lengths",
        _lengths_delay_one,
        "In `lengths` you treat every delay as one step. An arrow of delay d leads d steps further, in one go.",
        TASK,
        "How far does an arrow of delay d lead?",
    ),
    Slip(
        "the shortest length alone",
        "lengths",
        _the_shortest_alone,
        "You return the shortest length alone. A longer way to a place that was reached before is another path: here no place may be struck off, as it is in the search for a shortest one.",
        COUNT,
        "A longer way to a place that was reached before is another path.",
    ),
    Slip(
        "goal never left",
        "lengths",
        _never_leaves_the_goal,
        "In `lengths` you never leave a place at the level `goal`. A path may pass through that level at an earlier step and go on: only the place (`goal`, s + `lag`) is its end.",
        TASK,
        "May a path pass through the goal's level at an earlier step?",
    ),
    Slip(
        "ends at any step",
        "lengths",
        _any_step_lengths,
        "You count the paths that reach the goal's level at any step up to the lag. They have to end exactly `lag` steps after their start.",
        TASK,
        "At which step do the paths have to end?",
    ),
    Slip(
        "lengths through time alone",
        "lengths",
        _by_steps,
        "Your lengths count the arrows that take time and not those within a step. Each arrow counts.",
        PATH,
        "Arrows within a step count as well.",
    ),
    Slip(
        "formulas in places",
        "formula",
        _formula_nodes,
        "All your formulas are one too large: they count places, not arrows.",
        PATH,
        "One too large: arrows are counted.",
    ),
    Slip(
        "formulas without one arrow",
        "formula",
        _formula_no_input,
        "All your formulas are one too small. From level 0 to level N + 1 within one step there are N + 1 arrows already.",
        PATH,
        "One too small: with a lag of 0, how many arrows are there?",
    ),
    Slip(
        "longest first",
        "formula",
        _formula_turned,
        "You return the longest first. The task asks for shortest, longest.",
        TASK,
        "Shortest first.",
    ),
    Slip(
        "levels of a deep step counted once",
        "formula",
        _formula_layers_once,
        "You count the N levels of a deep step once. Without a shortcut a path goes through all of them at *every* step: N arrows a step.",
        PATH,
        "How many arrows does each further step of a deep network cost?",
    ),
    Slip(
        "way to the top forgotten",
        "formula",
        _formula_N_in_all,
        "For the deep step you count N arrows for each step of the lag, and forget the way from the input to level N at the first step.",
        PATH,
        "The first step has to be climbed too.",
    ),
    Slip(
        "one step too many",
        "formula",
        _formula_one_more_step,
        "For the deep step you count one step too many. A lag of k leads through k steps beyond the first.",
        PATH,
        "One step too many: try a lag of 0.",
    ),
    Slip(
        "shortcut forgotten",
        "formula",
        _formula_no_shortcut,
        "You forget the shortcut of the deep step: from level N to level N a step later is one arrow.",
        PATH,
        "What does the shortcut save at each step?",
    ),
    Slip(
        "shortcut from the start",
        "formula",
        _formula_shortcut_at_once,
        "Your path enters at level N. The shortcut joins level N to level N; the input comes in at level 1, and the first step is climbed in full.",
        PATH,
        "Where does the input come in?",
    ),
    Slip(
        "one length for both",
        "formula",
        _formula_one_length,
        "Your longest path is the shortest one. Where there is a choice the longest takes the small hops and all levels.",
        TASK,
        "The longest path takes no shortcut.",
    ),
    Slip(
        "ways around forgotten",
        "formula",
        _formula_not_every_layer,
        'For "every layer" you give the lengths of the stack. There the input reaches any layer at once, and any layer reaches the output: a path need not climb.',
        "§8.5, eq-path, and the table of the task",
        "Does a path have to climb through all layers here?",
    ),
    Slip(
        "slowest clock, then single steps",
        "formula",
        _formula_slowest_alone,
        "For the clocks you take the slowest layer as often as it fits and the rest in single steps. The layers between have longer hops, and the path goes through them anyway.",
        TASK,
        "The layers between have hops too.",
    ),
    Slip(
        "as many clocks as the lag needs",
        "formula",
        _formula_binary,
        "For the clocks you count the binary digits of the whole lag that are 1, as if there were a layer for each. There are N: what is beyond the slowest has to be taken in its hops.",
        TASK,
        "How long is the longest hop of N layers?",
    ),
    Slip(
        "the slowest clock twice as slow",
        "formula",
        _formula_twice_as_slow,
        "Your slowest layer has the delay 2^N. Layer 1 has the delay 1, layer 2 the delay 2, so layer N has 2^(N−1).",
        TASK,
        "What is the delay of layer N?",
    ),
    Slip(
        "rest of the lag forgotten",
        "formula",
        _formula_no_rest,
        "For the clocks you count the hops of the slowest layer alone. The rest of the lag has to be covered too.",
        TASK,
        "What covers the rest of the lag?",
    ),
    Slip(
        "rest of the lag rounded up",
        "formula",
        _formula_rounded_up,
        "For the clocks you round the number of the slowest layer's hops up. A path may not lead past its goal: the rest is covered by smaller hops, one or more.",
        TASK,
        "A path may not lead past its goal.",
    ),
    Slip(
        "clocks forgotten",
        "formula",
        _formula_no_clocks,
        "For the clocks you count one arrow a step. Layer l leads 2^(l−1) steps further with one.",
        TASK,
        "How far does layer l lead with one arrow?",
    ),
)

QUESTION = Question(
    id="08.2",
    title="how many arrows lie between",
    answers=("shortest", "lengths", "formula"),
    reference={"shortest": shortest, "lengths": lengths, "formula": formula},
    properties=(
        Property("shortest: the networks of the table", 1, _test_shortest, PATH),
        Property(
            "shortest: no path, levels in any order, delays that do not fit, long lags",
            1,
            _test_hard,
            TASK,
        ),
        Property(
            "lengths: every length and its number of paths", 1, _test_lengths, COUNT
        ),
        Property(
            "lengths: more paths than anyone could list, levels in any order",
            1,
            _test_many,
            COUNT,
        ),
        Property(
            "formula: shortest and longest, for lags of any size",
            1,
            _test_formula,
            PATH,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
