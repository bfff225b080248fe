"""Question 11.6: what a cell did, read from its gates."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c11.common import judge
from unrolled.grader.checks.slips import Slip, misconceptions
from unrolled.grader.question import Ask, Call, Property, Question

GATES = "§11.10"
KEEPING = "§11.4"


def _named(W, E, K, R):
    """One string a step, of the letters whose amounts are at least 1/2."""
    amounts = np.abs(np.array([W, E, K, R])).T
    return ["".join(np.array(list("WEKR"))[row >= 0.5]) for row in amounts]


def _amounts(f, q, c):
    return c[1:] - f * c[:-1], (1 - f) * c[:-1], f * c[:-1], q * np.tanh(c[1:])


def events(i, f, q, c):
    return _named(*_amounts(f, q, c))


def parts(f, c):
    found, kept = np.zeros(len(c)), 1.0
    for t in range(len(f), 0, -1):
        found[t] = (c[t] - f[t - 1] * c[t - 1]) * kept
        kept = kept * f[t - 1]
    found[0] = c[0] * kept
    return found


def source(f, c):
    size = np.abs(parts(f, c))
    return len(c) - 1 - int(np.argmax(size[::-1]))


def _losses(f, k, t):
    """What each of the steps k + 1 to t takes of 1 that was there after step k."""
    kept = np.cumprod(np.concatenate([[1.0], f[k:t]]))
    return kept[:-1] * (1 - f[k:t])


def culprit(f, k, t):
    lost = _losses(f, k, t)
    return k + 1 + int(np.argmax(lost)) if np.any(lost) else None


# --- wrong events ---------------------------------------------------------------------


def _input_gate_open(i, f, q, c):
    return _named(i, *_amounts(f, q, c)[1:])


def _forget_gate_closed(i, f, q, c):
    W, _, K, R = _amounts(f, q, c)
    return _named(W, 1 - f, K, R)


def _forget_gate_open(i, f, q, c):
    W, E, _, R = _amounts(f, q, c)
    return _named(W, E, f, R)


def _output_gate_open(i, f, q, c):
    return _named(*_amounts(f, q, c)[:3], q)


def _all_by_gates(i, f, q, c):
    return _named(i, 1 - f, f, q)


def _change_for_writing(i, f, q, c):
    return _named(np.diff(c), *_amounts(f, q, c)[1:])


def _no_absolute(i, f, q, c):
    return _named(*(np.maximum(a, 0) for a in _amounts(f, q, c)))


def _more_than_half(i, f, q, c):
    return _named(*(np.where(np.abs(a) == 0.5, 0, a) for a in _amounts(f, q, c)))


def _new_cell_erased(i, f, q, c):
    W, _, K, R = _amounts(f, q, c)
    return _named(W, (1 - f) * c[1:], K, R)


def _new_cell_kept(i, f, q, c):
    W, E, _, R = _amounts(f, q, c)
    return _named(W, E, f * c[1:], R)


def _read_without_tanh(i, f, q, c):
    return _named(*_amounts(f, q, c)[:3], q * c[1:])


def _old_cell_read(i, f, q, c):
    return _named(*_amounts(f, q, c)[:3], q * np.tanh(c[:-1]))


def _either_kept_or_erased(i, f, q, c):
    return [s.replace("EK", "E") for s in events(i, f, q, c)]


def _one_letter(i, f, q, c):
    return [s[:1] for s in events(i, f, q, c)]


# --- wrong parts ----------------------------------------------------------------------


def _own_gate_too(f, c):
    """The forget gate of a step also multiplies what that step writes."""
    w, kept = np.concatenate([c[:1], c[1:] - f * c[:-1]]), 1.0
    found = np.zeros(len(c))
    for t in range(len(f), 0, -1):
        kept = kept * f[t - 1]
        found[t] = w[t] * kept
    found[0] = w[0] * kept
    return found


def _last_gate_left_out(f, c):
    return np.concatenate([parts(f[:-1], c[:-1]), c[-1:] - f[-1:] * c[-2:-1]])


def _changes(f, c):
    """c_t - c_{t-1}: these add up to c_T too."""
    return np.concatenate([c[:1], np.diff(c)])


def _changes_kept(f, c):
    w = np.concatenate([c[:1], np.diff(c)])
    return np.array([w[k] * np.prod(f[k:]) for k in range(len(c))])


def _written_alone(f, c):
    return np.concatenate([c[:1], c[1:] - f * c[:-1]])


def _whole_cells(f, c):
    """The whole cell of each step, followed to the end."""
    return np.array([c[k] * np.prod(f[k:]) for k in range(len(c))])


def _without_start(f, c):
    found = parts(f, c)
    found[0] = 0
    return found


def _start_left_out(f, c):
    return parts(f, c)[1:]


def _divided_products(f, c):
    every = np.concatenate([[1.0], np.cumprod(f)])
    return np.concatenate([c[:1], c[1:] - f * c[:-1]]) * every[-1] / every


def _by_logarithms(f, c):
    with np.errstate(all="ignore"):
        logs = np.concatenate([[0.0], np.cumsum(np.log(f))])
        kept = np.exp(logs[-1] - logs)
    return np.concatenate([c[:1], c[1:] - f * c[:-1]]) * kept


def _products_forward(f, c):
    """The gates before a step, not those after it."""
    every = np.concatenate([[1.0], np.cumprod(f)])
    return np.concatenate([c[:1], c[1:] - f * c[:-1]]) * every


def _shares(f, c):
    found = parts(f, c)
    return found / found.sum() if found.sum() else found * np.nan


def _absolute(f, c):
    return np.abs(parts(f, c))


# --- wrong sources and culprits -------------------------------------------------------


def _earliest(f, c):
    return int(np.argmax(np.abs(parts(f, c))))


def _greatest_with_sign(f, c):
    size = parts(f, c)
    return len(c) - 1 - int(np.argmax(size[::-1]))


def _greatest_written(f, c):
    size = np.abs(_written_alone(f, c))
    return len(c) - 1 - int(np.argmax(size[::-1]))


def _greatest_cell(f, c):
    return len(c) - 1 - int(np.argmax(np.abs(c[::-1])))


def _greatest_change(f, c):
    return len(c) - 1 - int(np.argmax(np.abs(_changes(f, c)[::-1])))


def _not_the_start(f, c):
    size = np.abs(parts(f, c)[1:])
    return len(c) - 1 - int(np.argmax(size[::-1]))


def _from_nought(f, c):
    """Steps counted from 0, as in the arrays of gates."""
    return source(f, c) - 1


def _in_the_direction(f, c):
    """The part that pushes most in the direction of c_T."""
    size = parts(f, c) * (1.0 if c[-1] >= 0 else -1.0)
    return len(c) - 1 - int(np.argmax(size[::-1]))


def _least_gate(f, k, t):
    lost = _losses(f, k, t)
    return k + 1 + int(np.argmin(f[k:t])) if np.any(lost) else None


def _least_gate_of_all(f, k, t):
    return 1 + int(np.argmin(f)) if np.any(_losses(f, k, t)) else None


def _own_step_too(f, k, t):
    """From step k itself on, whose gate worked before it wrote."""
    start = max(k - 1, 0)
    lost = _losses(f, start, t)
    return start + 1 + int(np.argmax(lost)) if np.any(lost) else None


def _last_step_left_out(f, k, t):
    return culprit(f, k, max(k, t - 1))


def _culprit_from_nought(f, k, t):
    found = culprit(f, k, t)
    return None if found is None else found - 1


def _steps_after_k(f, k, t):
    found = culprit(f, k, t)
    return None if found is None else found - k


def _never_none(f, k, t):
    return culprit(f, k, t) or k + 1


def _none_for_no_steps_alone(f, k, t):
    return None if t == k else culprit(f, k, t) or k + 1


def _latest_culprit(f, k, t):
    lost = _losses(f, k, t)
    return t - int(np.argmax(lost[::-1])) if np.any(lost) else None


def _below_one_half(f, k, t):
    """The step that brings what is left below one half."""
    kept = np.cumprod(f[k:t])
    return k + 1 + int(np.argmax(kept < 0.5)) if np.any(kept < 0.5) else None


def _to_the_end(f, k, t):
    return culprit(f, k, len(f))


# --- numbers --------------------------------------------------------------------------


def _trace(rng: np.random.Generator, T: int) -> tuple[Any, ...]:
    """Gates and cells that floats hold exactly; what is read is not close to 1/2."""
    while True:
        i, f = rng.integers(0, 5, T) / 4, rng.choice([0, 0.25, 0.5, 0.75, 1, 1, 1], T)
        g, q = rng.integers(-4, 5, T) / 4, rng.integers(0, 9, T) / 8
        c = [float(rng.integers(-6, 7) / 4)]
        for t in range(T):
            c.append(f[t] * c[-1] + i[t] * g[t])
        c = np.array(c)
        near = [q * np.tanh(c[1:]), q * c[1:], q * np.tanh(c[:-1])]
        if np.min(np.abs(np.abs(near[0]) - 0.5)) > 1e-3:
            return i, f, q, c


def _generic(rng: np.random.Generator, T: int) -> tuple[Any, ...]:
    i, f, q = (rng.uniform(0, 1, T) ** power for power in (0.4, 0.4, 1.0))
    c = [float(1.5 * rng.standard_normal())]
    for t in range(T):
        c.append(f[t] * c[-1] + i[t] * rng.uniform(-1, 1))
    return i, f, q, np.array(c)


def _clear(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    """No amount is exactly 1/2."""
    found = []
    while len(found) < 5:
        i, f, q, c = _generic(rng, 9)
        i = np.minimum(1.0, np.abs(c[1:] - f * c[:-1]) + rng.uniform(0, 0.7, 9))
        if np.min(np.abs(np.abs(_amounts(f, q, c)) - 0.5)) > 1e-3:
            found.append((i, f, q, c))
    f = np.array([0.1, 0.9, 0.2, 0.9, 0.1])
    c = np.array([0.0, 0.1, 1.05, 1.15, 1.1, -0.8])
    i = np.array([0.9, 1.0, 0.95, 0.9, 1.0])
    found.append((i, f, np.array([0.9, 0.1, 0.95, 0.55, 0.7]), c))
    return [*found, _nearly()]


def _nearly() -> tuple[Any, ...]:
    """Amounts of 0.4996, one step for each letter; and a negative one that is read."""
    f = np.array([1.0, 0.0, 0.4996, 1.0, 0.25])
    c = np.array([0.0, 0.4996, 1.0, 0.6996, 1.0, -0.7])
    q = np.array([0.0, 0.0, 0.0, 0.4996 / np.tanh(1.0), 0.9])
    return np.ones(5), f, q, c


def _equal(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    i, f = np.array([0.5, 0.5, 1.0, 0.75, 0.25]), np.array([0.5, 1.0, 0.0, 0.5, 0.5])
    c = np.array([1.0, 1.0, 0.5, -0.5, -1.0, -0.5])
    q = np.array([1.0, 0.25, 1.0, 0.0, 0.5])
    return [(i, f, q, c), *(_trace(rng, 10) for _ in range(4))]


def _cells(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = [_generic(rng, T)[1::2] for T in (5, 8, 1)]
    i, f, _, c = _trace(rng, 7)
    f[3] = 0.0
    for t in range(7):
        c[t + 1] = f[t] * c[t] + i[t] * (-0.5) ** t
    found.append((f, c))
    long = rng.uniform(0.4, 0.8, 1600), rng.uniform(-1, 1, 1600)
    found.append(_follow(0.5, *(a.tolist() for a in long)))
    slow = np.full(1600, 0.9995), rng.uniform(-1, 1, 1600)  # old parts are still there
    return [*found, _follow(0.5, *(a.tolist() for a in slow))]


def _follow(start: float, f: list[float], w: list[float]) -> tuple[Any, ...]:
    c = [start]
    for gate, written in zip(f, w, strict=True):
        c.append(gate * c[-1] + written)
    return np.array(f), np.array(c)


def _sources(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = [_generic(rng, T)[1::2] for T in (6, 9, 12, 15, 20, 25)]
    w = rng.uniform(-0.3, 0.3, 6).round(2).tolist()
    found.append(_follow(-2.5, [0.9, 1.0, 0.95, 1.0, 0.9, 1.0], w))  # the start
    found.append(_follow(0.25, [1.0, 0.5, 1.0, 1.0], [1.0, 0.0, -0.5, 0.25]))  # a tie
    found.append(_follow(1.0, [1.0, 0.5, 1.0], [-1.0, 0.0, 0.5]))
    found.append(_follow(0.5, [0.5, 0.25, 1.0, 1.0], [1.0, -0.75, 0.25, 0.125]))
    found.append(_follow(3.0, [0.0, 1.0, 1.0], [0.5, -0.75, 0.5]))
    found.append(_follow(0.0, [0.5, 1.0, 0.5], [0.0, 0.0, 0.0]))  # nothing at all
    found.append(_follow(0.1, [0.5, 1.0, 1.0], [0.5, -0.25, 0.499995]))  # no tie
    return found


def _keeping(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = []
    for T in (8, 12, 30):
        f = rng.uniform(0.3, 1, T) ** 0.5
        for k in (0, T // 3):
            found.append((f, k, T - 1))
    f = np.array([0.6, 1.0, 0.5, 0.45, 0.9, 0.1, 0.75])
    found += [(f, 0, 7), (f, 1, 6), (f, 2, 3), (f, 4, 7), (f, 6, 7), (f, 0, 1)]
    return found


def _keeping_edges(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    f = np.array([0.25, 1.0, 1.0, 0.5, 0.0, 1.0, 0.5, 0.0, 0.3])
    return [
        (f, 1, 3),  # nothing lost
        (f, 5, 5),  # no step
        (f, 0, 0),
        (f, 3, 9),  # 1/2 and 1/2: the first of them
        (f, 5, 9),
        (f, 1, 9),
        (f, 0, 9),
        (np.ones(4), 0, 4),
        (np.full(1600, 0.5), 100, 1600),
        (np.array([1.0, 1.0, 1 - 2.0**-20, 1.0]), 1, 4),  # a little lost
        (np.array([0.75, 1 - (0.25 + 5e-7) / 0.75, 1.0]), 0, 3),  # no tie
    ]


WHAT = {"parts": "the parts", "source": "the step", "culprit": "the step or None"}


def _test(name: str, function: Any, *draws: Any):
    def test(ask: Ask, rng: np.random.Generator) -> None:
        for draw in draws:
            for args in draw(rng):
                where = f"T = {len(args[0])}"
                if name == "culprit":
                    where += f", k = {args[1]}, t = {args[2]}"
                what = WHAT[name]
                judge(ask, SLIPS, name, args, function(*args), where, what)

    return test


def _test_events(draw: Any):
    def test(ask: Ask, rng: np.random.Generator) -> None:
        for args in draw(rng):
            want = tuple(events(*args))
            what = ", ".join(f"step {t + 1}" for t in range(len(want)))
            judge(ask, SLIPS, "events", args, want, f"T = {len(want)}", what)

    return test


def _cases(rng: np.random.Generator) -> list[Call]:
    drawn = {
        "events": [*_clear(rng), *_equal(rng)],
        "parts": _cells(rng)[:-1],
        "source": _sources(rng),
        "culprit": [*_keeping(rng), *_keeping_edges(rng)],
    }
    return [Call(name, *args) for name, calls in drawn.items() for args in calls]


def _slip(name: str, answer: str, wrong: Any, message: str, hint: str = "") -> Slip:
    read = GATES if answer == "events" else KEEPING
    return Slip(name, answer, wrong, message, read, hint)


SLIPS = (
    _slip(
        "an open input gate",
        "events",
        _input_gate_open,
        "You call a step written when the input gate is open. Through an open gate a candidate near 0 writes nothing: ask what was added to the cell, c - f times the old c.",
        "An open input gate need not write.",
    ),
    _slip(
        "a closed forget gate",
        "events",
        _forget_gate_closed,
        "You call a step erased when the forget gate is closed. An empty cell has nothing to erase.",
        "An empty cell has nothing to erase.",
    ),
    _slip(
        "an open forget gate",
        "events",
        _forget_gate_open,
        "You call a step kept when the forget gate is open. An empty cell has nothing to keep.",
        "An empty cell has nothing to keep.",
    ),
    _slip(
        "an open output gate",
        "events",
        _output_gate_open,
        "You call a step read when the output gate is open. Of an empty cell it shows nothing.",
        "An open output gate need not show anything.",
    ),
    _slip(
        "gates alone",
        "events",
        _all_by_gates,
        "You read the gates alone. What they do depends on what they multiply: an open gate before nothing lets nothing through.",
        "Gates alone do not tell.",
    ),
    _slip(
        "change of the cell",
        "events",
        _change_for_writing,
        "You take the change of the cell for what was written. It is what was written less what was erased.",
        "The change is writing less erasing.",
    ),
    _slip(
        "no absolute values",
        "events",
        _no_absolute,
        "You compare signed numbers with 1/2. Cells below zero hold as much as those above.",
        "Negative amounts count too.",
    ),
    _slip(
        "more than one half",
        "events",
        _more_than_half,
        "You ask for more than 1/2. Exactly 1/2 is enough.",
        "Exactly 1/2 is enough.",
    ),
    _slip(
        "the new cell erased",
        "events",
        _new_cell_erased,
        "You erase from the new cell. The forget gate works on the old one.",
        "What is erased was in the old cell.",
    ),
    _slip(
        "the new cell kept",
        "events",
        _new_cell_kept,
        "You keep from the new cell. The forget gate works on the old one.",
        "What is kept was in the old cell.",
    ),
    _slip(
        "read without tanh",
        "events",
        _read_without_tanh,
        "You let the output gate show the cell as it is. It shows tanh(c).",
        "What is read goes through tanh.",
    ),
    _slip(
        "the old cell read",
        "events",
        _old_cell_read,
        "You read the old cell. The output gate shows the new one.",
        "The new cell is read.",
    ),
    _slip(
        "kept or erased",
        "events",
        _either_kept_or_erased,
        "You let a step either keep or erase. A gate in the middle can do both.",
        "A step can keep and erase.",
    ),
    _slip(
        "one letter",
        "events",
        _one_letter,
        "You stop at the first letter. A step can do several things.",
        "A step can do several things.",
    ),
    _slip(
        "its own gate too",
        "parts",
        _own_gate_too,
        "You multiply what a step writes by the forget gate of that same step. This gate worked on the old cell, before: the product begins with the next step.",
        "The product begins one step too early.",
    ),
    _slip(
        "last gate left out",
        "parts",
        _last_gate_left_out,
        "You follow the parts to step T - 1. The last forget gate multiplies them too.",
        "The last forget gate is missing.",
    ),
    _slip(
        "changes",
        "parts",
        _changes,
        "Your parts are the changes of the cell. They add up to it, but a change is what was written less what was erased, and part of it may be gone by the end.",
        "These are the changes of the cell.",
    ),
    _slip(
        "changes, followed",
        "parts",
        _changes_kept,
        "You follow the *changes* of the cell to the end. What was written is c - f times the old c.",
        "What was written is not the change.",
    ),
    _slip(
        "not followed",
        "parts",
        _written_alone,
        "You return what was written at each step. What is left of it at the end was asked for: all later forget gates have multiplied it.",
        "Later forget gates are missing.",
    ),
    _slip(
        "whole cells",
        "parts",
        _whole_cells,
        "You follow the whole cell of each step to the end. It contains what earlier steps wrote, which is counted again and again.",
        "A cell contains what earlier steps wrote.",
    ),
    _slip(
        "start is nothing",
        "parts",
        _without_start,
        "You take the cell for empty at the start. Entry 0 is what is left of `c[0]`.",
        "The start has a part too.",
    ),
    _slip(
        "start left out",
        "parts",
        _start_left_out,
        "You return T parts. There are T + 1: entry 0 is what is left of `c[0]`.",
    ),
    _slip(
        "a quotient of products",
        "parts",
        _divided_products,
        "You divide products from the start. Where a gate was 0, or where hundreds of gates have made the product smaller than floats can be, that is 0/0. Multiply from the end.",
        "0/0 comes out where a product is 0.",
    ),
    _slip(
        "by logarithms",
        "parts",
        _by_logarithms,
        "You subtract sums of logarithms. Where a gate was 0 that is infinity less infinity. Multiply from the end.",
        "The logarithm of a closed gate is infinite.",
    ),
    _slip(
        "gates before the step",
        "parts",
        _products_forward,
        "You multiply by the gates up to the step. What is written then has yet to pass those that come *after*.",
        "The gates after the step count.",
    ),
    _slip(
        "shares",
        "parts",
        _shares,
        "You divide by their sum. The parts themselves were asked for; they add up to c at the end.",
        "The parts were divided by their sum.",
    ),
    _slip(
        "absolute parts",
        "parts",
        _absolute,
        "You return absolute values. Parts have signs, and add up to c at the end.",
        "Parts have signs.",
    ),
    _slip(
        "the earliest",
        "source",
        _earliest,
        "Of several equally large parts you name the earliest. The latest was asked for.",
        "The latest of equally large ones counts.",
    ),
    _slip(
        "largest with its sign",
        "source",
        _greatest_with_sign,
        "You look for the largest number. A negative part can be larger in size.",
        "A negative part can be the largest.",
    ),
    _slip(
        "most written",
        "source",
        _greatest_written,
        "You name the step that wrote most. Much of it may be gone at the end.",
        "What was written may be gone.",
    ),
    _slip(
        "largest cell",
        "source",
        _greatest_cell,
        "You name the step with the largest cell. A cell contains what earlier steps wrote, and may be gone by the end.",
        "The largest cell need not be a source.",
    ),
    _slip(
        "largest change",
        "source",
        _greatest_change,
        "You name the step with the largest change of the cell. A change can be erasing, and can be gone by the end.",
        "A change can be erasing.",
    ),
    _slip(
        "not the start",
        "source",
        _not_the_start,
        "You leave the start out. If most of c at the end is left from `c[0]`, the answer is 0.",
        "The start can be the source.",
    ),
    _slip(
        "counted from nought",
        "source",
        _from_nought,
        "You count steps from 0. Step 1 is the first; 0 stands for the start.",
        "Steps are counted from 1.",
    ),
    _slip(
        "in the direction of c",
        "source",
        _in_the_direction,
        "You look for the part with the sign of c at the end. The largest in size was asked for, whatever its sign.",
        "The sign does not matter.",
    ),
    _slip(
        "the least gate",
        "culprit",
        _least_gate,
        "You name the step with the smallest gate. When it came, most may have been gone already: ask how much each step took of what was still there.",
        "The smallest gate need not take most.",
    ),
    _slip(
        "the least gate of all",
        "culprit",
        _least_gate_of_all,
        "You name the smallest gate of the whole trace. Only the steps after k, up to t, and what was still there count.",
        "Only steps k + 1 to t count.",
    ),
    _slip(
        "its own step",
        "culprit",
        _own_step_too,
        "You begin with step k. Its forget gate worked on the old cell; what step k wrote meets the gates from k + 1 on.",
        "Step k's own gate does not count.",
    ),
    _slip(
        "up to t - 1",
        "culprit",
        _last_step_left_out,
        "You leave step t out. Its forget gate works before the cell of step t is there.",
        "Step t counts.",
    ),
    _slip(
        "culprit counted from nought",
        "culprit",
        _culprit_from_nought,
        "You count steps from 0: the gate of step 1 is `f[0]`.",
        "Steps count from 1.",
    ),
    _slip(
        "steps after k",
        "culprit",
        _steps_after_k,
        "You return how many steps after k it was.",
        "The step's own number was asked for.",
    ),
    _slip(
        "never None",
        "culprit",
        _never_none,
        "You name a step where nothing was lost. The answer is None there, also when k = t.",
        "Nothing was lost there.",
    ),
    _slip(
        "None without steps alone",
        "culprit",
        _none_for_no_steps_alone,
        "You return None when k = t, and name a step when all gates were 1. Nothing was lost there either.",
        "With gates of 1 nothing was lost.",
    ),
    _slip(
        "the latest",
        "culprit",
        _latest_culprit,
        "Of several steps that took equally much you name the last. The first was asked for.",
        "The first of equal ones counts.",
    ),
    _slip(
        "below one half",
        "culprit",
        _below_one_half,
        "You name the step after which less than one half was left. The step that took *most* was asked for.",
        "That is where less than one half was left.",
    ),
    _slip(
        "to the end",
        "culprit",
        _to_the_end,
        "You go on to the end of the trace. Steps after t do not count.",
        "Steps after t do not count.",
    ),
)

QUESTION = Question(
    id="11.6",
    title="what the cell did",
    answers=("events", "parts", "source", "culprit"),
    reference={
        "events": events,
        "parts": parts,
        "source": source,
        "culprit": culprit,
    },
    properties=(
        Property(
            "events names what was written, erased, kept and read",
            1,
            _test_events(_clear),
            GATES,
        ),
        Property(
            "events counts amounts of exactly 1/2",
            1,
            _test_events(_equal),
            GATES,
        ),
        Property(
            "parts says what each step has left in the last cell, also behind gates of 0 and over 1,600 steps",
            1,
            _test("parts", parts, _cells),
            KEEPING,
        ),
        Property(
            "source names the step with the largest part",
            1,
            _test("source", source, _sources),
            KEEPING,
        ),
        Property(
            "culprit names the step that took most, or None",
            1,
            _test("culprit", culprit, _keeping, _keeping_edges),
            KEEPING,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
