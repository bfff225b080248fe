"""Question 5.6: find the leak."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import kind_of
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

V = 6  # as in the given cell
Pairs = set[tuple[int, int]]
READS, WHICH = "future_reads", "which_leak"
ROUNDED, RARE, DROPOUT, BLOCK, WINDOW, WHOLE, NOISY_WINDOW, PLAIN = range(8)
LEAKS = ("none", "window", "block", "whole")


def plan_of(number: int) -> tuple[int, int, int]:
    """The plan, the reach and the rare symbol of a model of the given cell."""
    dice = np.random.default_rng([5, 6, number])
    return int(dice.integers(8)), int(dice.integers(1, 4)), int(dice.integers(V))


def window(T: int, reach: int) -> Pairs:
    return {(t, s) for t in range(T) for s in range(t + 1, min(t + reach + 1, T))}


def blocks(T: int, size: int) -> Pairs:
    return {(t, s) for t in range(T) for s in range(t + 1, T) if s // size == t // size}


def whole(T: int) -> Pairs:
    return {(t, s) for t in range(T) for s in range(t + 1, T)}


def truth(number: int, T: int) -> Pairs:
    """What the model of that number reads ahead, from its plan."""
    plan, reach, _ = plan_of(number)
    if plan in (WINDOW, NOISY_WINDOW):
        return window(T, reach)
    if plan == RARE:
        return window(T, 1)
    if plan == BLOCK:
        return blocks(T, reach + 2)
    return whole(T) if plan == WHOLE else set()


def a_number(rng: np.random.Generator, plan: int, reach: int | None = None) -> int:
    """A random number whose model has that plan (and reach); 0 is not its rare symbol,
    so that a text of zeros shows nothing."""
    while True:
        number = int(rng.integers(2**31))
        found = plan_of(number)
        if found[0] == plan and reach in (None, found[1]) and found[2]:
            return number


def future_reads(
    make_model: Callable, number: int, T: int, rng: np.random.Generator
) -> Pairs:
    model = make_model(number)
    pairs = set()
    for trial in range(100):
        x = rng.integers(V, size=T)
        scores = model(x, np.random.default_rng(trial))
        for s in range(1, T):
            other = x.copy()
            other[s] = (x[s] + rng.integers(1, V)) % V
            moved = np.abs(model(other, np.random.default_rng(trial)) - scores)
            rows = np.flatnonzero(moved[:s].max(axis=1) > 1e-6)
            pairs |= {(int(t), s) for t in rows}
    return pairs


def which_leak(pairs: Pairs, T: int) -> str:
    reach = [max([s - t for u, s in pairs if u == t], default=0) for t in range(T)]
    if max(reach) == 0:
        return "none"
    if reach[0] == T - 1:
        return "whole"
    return "window" if reach[1] == reach[0] else "block"


def _known(
    make_model: Callable, number: int, T: int, rng: np.random.Generator
) -> Pairs:
    """The right answer without a search: the parent knows the plan."""
    return truth(number, T)


def _once(function):
    """Search once for each number and T: the models are the given cell's, always."""
    found = {}

    @functools.wraps(function)
    def remembered(make_model, number, T, *more):
        key = (number, T, *(m for m in more if isinstance(m, bool)))
        if key not in found:
            found[key] = function(make_model, number, T, *more)
        return found[key]

    return remembered


@_once
def _movement(make_model, number, T, fresh=False):
    """How far row t of the scores moves when x[s] changes, over some texts: (T, T).

    fresh: the two calls share one running generator instead of a seed.
    """
    model, most, dice = make_model(number), np.zeros((T, T)), np.random.default_rng(0)
    for trial in range(80):
        x = dice.integers(V, size=T)
        noise = np.random.default_rng(trial)
        scores = model(x, noise)
        for s in range(T):
            other = x.copy()
            other[s] = (x[s] + dice.integers(1, V)) % V
            again = noise if fresh else np.random.default_rng(trial)
            moved = np.abs(model(other, again) - scores).max(axis=1)
            most[:, s] = np.maximum(most[:, s], moved)
    return most


def _pairs_where(moved):
    return {(int(t), int(s)) for t, s in np.argwhere(moved)}


def _tests_the_past(make_model, number, T, rng):
    return _pairs_where(np.tril(_movement(make_model, number, T) > 1e-6, -1))


def _the_own_input_too(make_model, number, T, rng):
    return _pairs_where(np.triu(_movement(make_model, number, T) > 1e-6))


def _everything_read(make_model, number, T, rng):
    return _pairs_where(_movement(make_model, number, T) > 1e-6)


def _pairs_turned(make_model, number, T, rng):
    return _pairs_where(np.triu(_movement(make_model, number, T) > 1e-6, 1).T)


def _offsets(make_model, number, T, rng):
    pairs = _pairs_where(np.triu(_movement(make_model, number, T) > 1e-6, 1))
    return {(t, s - t) for t, s in pairs}


def _last_row_alone(make_model, number, T, rng):
    return set()


def _first_row_alone(make_model, number, T, rng):
    moved = np.triu(_movement(make_model, number, T) > 1e-6, 1)
    moved[1:] = False
    return _pairs_where(moved)


def _last_input_alone(make_model, number, T, rng):
    moved = np.triu(_movement(make_model, number, T) > 1e-6, 1)
    moved[:, :-1] = False
    return _pairs_where(moved)


def _next_input_alone(make_model, number, T, rng):
    moved = np.triu(_movement(make_model, number, T) > 1e-6, 1)
    return _pairs_where(np.tril(moved, 1))


def _other_dropout(make_model, number, T, rng):
    return _pairs_where(np.triu(_movement(make_model, number, T, True) > 1e-6, 1))


def _exactly_equal(make_model, number, T, rng):
    return _pairs_where(np.triu(_movement(make_model, number, T) > 0, 1))


def _other_dropout_and_exactly_equal(make_model, number, T, rng):
    return _pairs_where(np.triu(_movement(make_model, number, T, True) > 0, 1))


@_once
def _one_text(make_model, number, T, rng):
    """One text, of one symbol, with one other symbol put into it."""
    model, pairs = make_model(number), set()
    x = np.zeros(T, dtype=int)
    scores = model(x, np.random.default_rng(0))
    for s in range(1, T):
        other = x.copy()
        other[s] = 1
        moved = np.abs(model(other, np.random.default_rng(0)) - scores)
        rows = np.flatnonzero(moved[:s].max(axis=1) > 1e-6)
        pairs |= {(int(t), s) for t in rows}
    return pairs


@_once
def _neighbours_exchanged(make_model, number, T, rng):
    """Two later inputs change places: a permutation, which keeps every mean."""
    model, pairs = make_model(number), set()
    for trial in range(30):
        x = rng.integers(V, size=T)
        scores = model(x, np.random.default_rng(trial))
        for s in range(1, T - 1):
            other = x.copy()
            other[[s, s + 1]] = x[[s + 1, s]]
            moved = np.abs(model(other, np.random.default_rng(trial)) - scores)
            rows = np.flatnonzero(moved[:s].max(axis=1) > 1e-6)
            pairs |= {(int(t), s) for t in rows}
    return pairs


@_once
def _future_shuffled(make_model, number, T, rng):
    """All inputs after t are shuffled; all of them are suspected if row t moves."""
    model, pairs = make_model(number), set()
    for trial in range(40):
        x = rng.integers(V, size=T)
        scores = model(x, np.random.default_rng(trial))
        for t in range(T - 1):
            other = np.concatenate([x[: t + 1], rng.permutation(x[t + 1 :])])
            moved = np.abs(model(other, np.random.default_rng(trial)) - scores)
            if moved[t].max() > 1e-6:
                pairs |= {(t, s) for s in range(t + 1, T)}
    return pairs


@_once
def _future_redrawn(make_model, number, T, rng):
    """All inputs after t are drawn anew; all of them are suspected if row t moves."""
    model, pairs = make_model(number), set()
    for trial in range(40):
        x = rng.integers(V, size=T)
        scores = model(x, np.random.default_rng(trial))
        for t in range(T - 1):
            other = np.concatenate([x[: t + 1], rng.integers(V, size=T - t - 1)])
            moved = np.abs(model(other, np.random.default_rng(trial)) - scores)
            if moved[t].max() > 1e-6:
                pairs |= {(t, s) for s in range(t + 1, T)}
    return pairs


@_once
def _targets_moved_too(make_model, number, T, rng):
    """The loss at t is compared, with the target taken from the changed text."""
    model, pairs = make_model(number), set()
    for trial in range(40):
        x = rng.integers(V, size=T)
        rows = np.arange(T - 1)
        scores = model(x, np.random.default_rng(trial))[rows, x[1:]]
        for s in range(1, T):
            other = x.copy()
            other[s] = (x[s] + rng.integers(1, V)) % V
            after = model(other, np.random.default_rng(trial))[rows, other[1:]]
            moved = np.abs(after - scores) > 1e-6
            pairs |= {(int(t), s) for t in rows if t < s and moved[t]}
    return pairs


def _counted_from_one(make_model, number, T, rng):
    pairs = _pairs_where(np.triu(_movement(make_model, number, T) > 1e-6, 1))
    return {(t + 1, s + 1) for t, s in pairs}


def _last_row_of_all(make_model, number, T, rng):
    """The last row against every input before it."""
    moved = _movement(make_model, number, T) > 1e-6
    return {(T - 1, s) for s in range(1, T - 1) if moved[T - 1, s]}


def _all_pairs(make_model, number, T, rng):
    """The largest movement over all rows, the changed one among them."""
    moved = _movement(make_model, number, T).max(axis=0) > 1e-6
    return {(t, s) for s in range(T) for t in range(s) if moved[s]}


def _all_rows_before(make_model, number, T, rng):
    """The largest movement over the rows before s: one moves, all are named."""
    moved = np.triu(_movement(make_model, number, T), 1).max(axis=0) > 1e-6
    return {(t, s) for s in range(T) for t in range(s) if moved[s]}


@_once
def _no_copy(make_model, number, T, rng):
    """The changes of one text pile up: `other = x` makes no copy."""
    model, pairs = make_model(number), set()
    for trial in range(100):
        x = rng.integers(V, size=T)
        scores = model(x, np.random.default_rng(trial))
        for s in range(1, T):
            x[s] = (x[s] + rng.integers(1, V)) % V
            moved = np.abs(model(x, np.random.default_rng(trial)) - scores)
            rows = np.flatnonzero(moved[:s].max(axis=1) > 1e-6)
            pairs |= {(int(t), s) for t in rows}
    return pairs


def _always_whole(pairs, T):
    return "whole" if pairs else "none"


def _window_or_whole(pairs, T):
    reach = max((s - t for t, s in pairs), default=0)
    return "none" if not reach else "whole" if reach == T - 1 else "window"


def _by_last_input(pairs, T):
    """Whole if anything reads the last input; else by the first two rows."""
    if any(s == T - 1 for _, s in pairs):
        return "whole"
    return which_leak(pairs, T)


def _by_first_row(pairs, T):
    reach = max((s - t for t, s in pairs if t == 0), default=0)
    if reach == 0:
        return "none"
    return "window" if reach == 1 else "whole" if reach == T - 1 else "block"


def _window_and_block_exchanged(pairs, T):
    return {"window": "block", "block": "window"}.get(
        which_leak(pairs, T), which_leak(pairs, T)
    )


def _small_sets_forgiven(pairs, T):
    return "none" if len(pairs) < T else which_leak(pairs, T)


def _as_pairs(value: Any) -> Pairs:
    """The returned set; a list or array of pairs will do."""
    if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == 2:
        value = value.tolist()
    if not isinstance(value, (set, frozenset, list, tuple)):
        raise Wrong(f"expected a set of pairs (t, s), got {kind_of(value)}.")
    found = set()
    for item in value:
        whole_numbers = isinstance(item, (tuple, list)) and all(
            isinstance(i, (int, np.integer)) and not isinstance(i, bool) for i in item
        )
        if not whole_numbers or len(item) != 2:
            raise Wrong(f"expected a set of pairs (t, s) of integers; one is {item!r}.")
        found.add((int(item[0]), int(item[1])))
    return found


def _show(pairs: Pairs) -> str:
    some = sorted(pairs)[:3]
    more = ", …" if len(pairs) > 3 else ""
    return "{" + ", ".join(map(str, some)) + more + "}"


def _expect_pairs(
    ask: Ask, rng: np.random.Generator, number: int, T: int, what: str
) -> None:
    seed = int(rng.integers(2**31))
    value = ask(READS, Given("make_model"), number, T, Rng(seed)).value
    got, want = _as_pairs(value), truth(number, T)
    where = f"for {what} (number {number}, T = {T})"
    if got and want == {(t - 1, s - 1) for t, s in got}:
        raise Wrong(f"{where} your pairs count rows and inputs from 1; count from 0.")
    if len(got) > 1 and all(t == T - 1 for t, _ in got):
        raise Wrong(
            f"{where} all your pairs are about the last row, {T - 1}, after which there is no input. Compare every row before the input that you changed."
        )
    if any(t >= s for t, s in got):
        wrong = next((t, s) for t, s in sorted(got) if t >= s)
        raise Wrong(
            f"{where} the pair {wrong} is in your set: only inputs after t are meant, t < s."
        )
    if got - want:
        raise Wrong(
            f"{where} you suspect {_show(got - want)}, which is not so: those rows do not depend on those inputs."
        )
    if want - got:
        tip = ""
        if plan_of(number)[0] == RARE:
            tip = " Do you try enough texts, and another symbol in each place?"
        raise Wrong(f"{where} you miss {_show(want - got)}.{tip}")


def _test_loud(ask: Ask, rng: np.random.Generator) -> None:
    for plan, T, what in (
        (PLAIN, 8, "an honest model"),
        (WINDOW, 9, "a model that reads some steps ahead"),
        (BLOCK, 10, "a model that reads to the end of its block"),
    ):
        _expect_pairs(ask, rng, a_number(rng, plan), T, what)


def _test_noisy(ask: Ask, rng: np.random.Generator) -> None:
    for plan, T, what in (
        (DROPOUT, 8, "an honest model with dropout"),
        (ROUNDED, 9, "an honest model that adds in another order"),
        (NOISY_WINDOW, 8, "a leaking model with dropout"),
    ):
        _expect_pairs(ask, rng, a_number(rng, plan), T, what)


def _test_quiet(ask: Ask, rng: np.random.Generator) -> None:
    for plan, T, what in (
        (PLAIN, 9, "an honest model"),
        (RARE, 8, "a model that looks ahead after one symbol"),
        (WHOLE, 9, "a model that uses a mean over the text"),
    ):
        _expect_pairs(ask, rng, a_number(rng, plan), T, what)


def _leaks(rng: np.random.Generator) -> list[tuple[Pairs, int, str]]:
    found: list[tuple[Pairs, int, str]] = []
    for reach in (1, 2, 3):
        T = 8 + int(rng.integers(5))
        found.append((window(T, reach), T, "window"))
        T = 8 + int(rng.integers(5))
        found.append((blocks(T, reach + 2), T, "block"))
    T = 8 + int(rng.integers(5))
    return [*found, (whole(T), T, "whole"), (set(), T, "none")]


def _test_which(ask: Ask, rng: np.random.Generator) -> None:
    for pairs, T, want in _leaks(rng):
        value = ask(WHICH, pairs, T).value
        if not isinstance(value, str):
            raise Wrong(f"which_leak: expected a word, got {kind_of(value)}.")
        got = value.strip().lower()
        if got not in LEAKS:
            offered = ", ".join(f'"{leak}"' for leak in LEAKS)
            raise Wrong(f"which_leak: choose one of {offered}; got {value!r}.")
        if got != want:
            raise Wrong(_named_wrongly(pairs, T, got, want))


def _named_wrongly(pairs: Pairs, T: int, got: str, want: str) -> str:
    if not pairs:
        return f'you call the empty set "{got}": where nothing reads ahead the leak is "none".'
    ahead = [sum(1 for u, _ in pairs if u == t) for t in range(T)]
    rows = ", ".join(f"row {t} reads {n}" for t, n in enumerate(ahead[:6]))
    return f'for T = {T} the set {_show(pairs)} is a "{want}", and you call it "{got}". Count how many later inputs each row reads: {rows}, and so on.'


def _cases(rng: np.random.Generator) -> list[Call]:
    rng = np.random.default_rng(56)  # always the same models: a search is made once
    calls = []
    plans = ((WINDOW, 2), (BLOCK, 1), (WHOLE, None), (RARE, None))
    for plan, reach in (*plans, (DROPOUT, None), (ROUNDED, None)):
        number = a_number(rng, plan, reach)
        calls.append(Call(READS, Given("make_model"), number, 8, Rng(number % 1000)))
    named = [window(8, 1), window(8, 2), window(8, 3), blocks(8, 4), whole(8), set()]
    calls += [Call(WHICH, pairs, 8) for pairs in named]
    # the last block is one row, which the last input's readers do not show
    return [*calls, *(Call(WHICH, blocks(10, size), 10) for size in (3, 5))]


READ = "§5.12"

QUESTION = Question(
    id="05.6",
    title="find the leak",
    answers=(READS, WHICH),
    reference={READS: _known, WHICH: which_leak},
    properties=(
        Property(
            "future_reads clears an honest model and finds what a window and a block read",
            1,
            _test_loud,
            READ,
        ),
        Property(
            "Neither dropout nor rounding deceives it",
            1,
            _test_noisy,
            READ,
        ),
        Property(
            "It finds a leak that needs a certain symbol and one that a shuffle hides, and still clears an honest model",
            1,
            _test_quiet,
            READ,
        ),
        Property(
            "which_leak names all four kinds",
            1,
            _test_which,
            READ,
        ),
    ),
    misconceptions=(
        Misconception(
            "the past tested",
            _tests_the_past,
            "Your pairs are about inputs *before* t. A model is meant to depend on these; a leak is a row that depends on a later input. Change x[s] and look at the rows t < s.",
            READ,
        ),
        Misconception(
            "the row's own input counted",
            _the_own_input_too,
            "You count a row's own input, s = t, as the future. Row t is meant to read x[t]; it predicts x[t+1]. Only s > t is a leak.",
            READ,
        ),
        Misconception(
            "every dependence counted",
            _everything_read,
            "You return everything that a row depends on. Its own input and all earlier ones are allowed; keep the pairs with t < s.",
            READ,
        ),
        Misconception(
            "pairs the wrong way round",
            _pairs_turned,
            "Your pairs are turned round: (row, input) is asked for, with the row first.",
            READ,
        ),
        Misconception(
            "offsets instead of positions",
            _offsets,
            "Your pairs hold the offset s − t as their second number. Asked for is the position s itself.",
            READ,
        ),
        Misconception(
            "the last row alone",
            _last_row_alone,
            "Your set is always empty. If you compare the last row alone: it is the only one that has no future, so no leak can show there. Compare all rows before the input that you changed.",
            READ,
        ),
        Misconception(
            "the first row alone",
            _first_row_alone,
            "You compare the first row alone. A leak can be anywhere: compare all rows before the input that you changed.",
            READ,
        ),
        Misconception(
            "the last input alone",
            _last_input_alone,
            "You change the last input alone. A model that reads a few steps ahead does not look that far from most rows. Change each input in turn.",
            READ,
        ),
        Misconception(
            "the next input alone",
            _next_input_alone,
            "You look for s = t + 1 alone. A model can read further ahead: compare all rows before the changed input.",
            READ,
        ),
        Misconception(
            "another dropout in each call",
            _other_dropout,
            "You compare two calls with different states of the generator, so that a model with dropout differs from itself. Make a new generator with the same seed for each of the two calls: then only the input differs.",
            READ,
        ),
        Misconception(
            "exact equality",
            _exactly_equal,
            "You ask for exact equality. An honest model that adds in another order moves by 1e-16 when a later input changes: that is rounding. Compare with a bound far above rounding and far below an effect, such as 1e-6.",
            READ,
        ),
        Misconception(
            "exact equality and another dropout",
            _other_dropout_and_exactly_equal,
            "Two things deceive you. Two calls have different dropout (use a new generator with the same seed for each), and exact equality takes rounding for reading (use a bound such as 1e-6).",
            READ,
        ),
        Misconception(
            "one text",
            _one_text,
            "You try one text. A model that looks ahead only after a certain symbol does not show it there. Try many random texts and collect the pairs of all.",
            READ,
        ),
        Misconception(
            "two inputs exchanged",
            _neighbours_exchanged,
            "You let two later inputs change places. That moves two inputs at once, so you cannot tell which one was read; and a mean over the text does not change at all. Put another symbol into one place.",
            READ,
        ),
        Misconception(
            "the future shuffled",
            _future_shuffled,
            "You shuffle everything after t. A shuffle keeps every sum and every count, so a mean over the whole text stays hidden; and when a row moves, you do not know which input it read. Change one input at a time, to another symbol.",
            READ,
        ),
        Misconception(
            "the whole future redrawn",
            _future_redrawn,
            "You draw everything after t anew. That shows that something is read, not what: you suspect all later inputs, where a window reads two. Change one input at a time.",
            READ,
        ),
        Misconception(
            "targets changed with the inputs",
            _targets_moved_too,
            "You compare the score of the *target*, and the target is the input after t, which you have changed yourself. An honest model is then accused of reading it. Compare the whole row of scores, or keep the old targets.",
            READ,
        ),
        Misconception(
            "pairs counted from one",
            _counted_from_one,
            "You count rows and inputs from 1, so each pair is one too high in both places. Row 0 is computed from x[0].",
            READ,
        ),
        Misconception(
            "the last row against the past",
            _last_row_of_all,
            "Your pairs are all about the last row. No input comes after it, so what it reads is its past, which is allowed. Compare the rows *before* the input that you changed.",
            READ,
        ),
        Misconception(
            "all pairs, whatever the model",
            _all_pairs,
            "For every model you name all pairs. Row s itself always moves when x[s] changes: if you take one largest movement over all rows, it decides for all of them. Look at each row t < s on its own, `.max(axis=1)`. (An `other = x` without a copy does the same when x[0] is changed too.)",
            READ,
        ),
        Misconception(
            "all rows named when one moves",
            _all_rows_before,
            "As soon as one row before s moves you name all rows before s. Each row has a verdict of its own: take the largest movement along the symbols, `.max(axis=1)`, and not over the rows.",
            READ,
        ),
        Misconception(
            "changes that pile up",
            _no_copy,
            "Your text is not restored: `other = x` is another name for the same array, so the inputs that you changed before stay changed, and rows move because of their past. Write `other = x.copy()`.",
            READ,
        ),
        Misconception(
            "every leak is the whole text",
            {WHICH: _always_whole},
            'In which_leak you call every leak "whole". How far each row reads tells them apart: a fixed number of steps, to the end of its block, or to the end of the text.',
            READ,
        ),
        Misconception(
            "a block taken for a window",
            {WHICH: _window_or_whole},
            "In which_leak you go by the longest reach, in which a block looks like a window. In a window every row reads equally far ahead; in a block each row reads one step less than the row before, until the next block begins.",
            READ,
        ),
        Misconception(
            "whole because the last input is read",
            {WHICH: _by_last_input},
            'In which_leak you say "whole" as soon as the last input is read. A window near the end reads it too, and so does the last block. Ask whether the *first* row reads to the end.',
            READ,
        ),
        Misconception(
            "the first row decides",
            {WHICH: _by_first_row},
            "In which_leak you look at the first row alone. The first row of a window of two steps and that of a block of three read the same; the second row tells them apart.",
            READ,
        ),
        Misconception(
            "window and block exchanged",
            {WHICH: _window_and_block_exchanged},
            'In which_leak you have exchanged "window" and "block". In a window all rows reach equally far; in a block the reach shrinks from row to row.',
            READ,
        ),
        Misconception(
            "small leaks forgiven",
            {WHICH: _small_sets_forgiven},
            "In which_leak you take a small set for none. A leak of one step is a leak: it hands over exactly the symbol that is to be predicted.",
            READ,
        ),
    ),
    cases=_cases,
)
