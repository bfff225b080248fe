"""Question 4.3: streams, chunks and carried states."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from unrolled.grader.checks.judging import Array, as_array, choice, kind_of
from unrolled.grader.question import (
    Ask,
    Call,
    Given,
    Misconception,
    Property,
    Question,
    Wrong,
)


def chunks(stream, B, T):
    L = (len(stream) - 1) // B
    x = stream[: B * L].reshape(B, L).T
    y = stream[1 : B * L + 1].reshape(B, L).T
    return [(x[t : t + T], y[t : t + T]) for t in range(0, L, T)]


def carry(chunks, read, state):
    reports = []
    for x, y in chunks:
        report, state = read(x, y, state.detach())
        reports.append(report)
    return reports


CARRY, RESET, BROKEN = "carry", "reset", "broken"
CHOICES = (CARRY, RESET, BROKEN)


def pipelines():
    return {
        "shuffled": "reset",
        "side by side": "reset",
        "offsets": "carry",
        "names": "reset",
        "combed": "broken",
        "same step": "broken",
    }


# --- chunks, as somebody with a misconception cuts them ------------------------------


def _combed(stream, B, T):
    L = (len(stream) - 1) // B
    x = stream[: B * L].reshape(L, B)
    y = stream[1 : B * L + 1].reshape(L, B)
    return [(x[t : t + T], y[t : t + T]) for t in range(0, L, T)]


def _combed_next_row(stream, B, T):
    L = (len(stream) - 1) // B
    x = stream[: B * L].reshape(L, B)
    y = np.concatenate([x[1:], stream[B * L - B + 1 : B * L + 1][None]])
    return [(x[t : t + T], y[t : t + T]) for t in range(0, L, T)]


def _windows_side_by_side(stream, B, T):
    found = []
    for start in range(0, (len(stream) - 1) // (B * T) * B * T, B * T):
        x = stream[start : start + B * T].reshape(B, T).T
        y = stream[start + 1 : start + B * T + 1].reshape(B, T).T
        found.append((x, y))
    return found


def _targets_not_shifted(stream, B, T):
    L = (len(stream) - 1) // B
    x = stream[: B * L].reshape(B, L).T
    return [(x[t : t + T], x[t : t + T]) for t in range(0, L, T)]


def _targets_rolled_in_the_chunk(stream, B, T):
    L = (len(stream) - 1) // B
    x = stream[: B * L].reshape(B, L).T
    parts = [x[t : t + T] for t in range(0, L, T)]
    return [(part, np.roll(part, -1, axis=0)) for part in parts]


def _targets_rolled_in_the_strip(stream, B, T):
    L = (len(stream) - 1) // B
    x = stream[: B * L].reshape(B, L).T
    y = np.roll(x, -1, axis=0)
    return [(x[t : t + T], y[t : t + T]) for t in range(0, L, T)]


def _targets_before(stream, B, T):
    L = (len(stream) - 1) // B
    x = stream[1 : B * L + 1].reshape(B, L).T
    y = stream[: B * L].reshape(B, L).T
    return [(x[t : t + T], y[t : t + T]) for t in range(0, L, T)]


def _last_chunk_dropped(stream, B, T):
    L = (len(stream) - 1) // B
    x = stream[: B * L].reshape(B, L).T
    y = stream[1 : B * L + 1].reshape(B, L).T
    return [(x[t : t + T], y[t : t + T]) for t in range(0, L - T + 1, T)]


def _whole_chunks_of_the_chapter(stream, B, T):
    L = (len(stream) - 1) // (B * T) * T
    x = stream[: B * L].reshape(B, L).T
    y = stream[1 : B * L + 1].reshape(B, L).T
    return [(x[t : t + T], y[t : t + T]) for t in range(0, L, T)]


def _batch_first(stream, B, T):
    L = (len(stream) - 1) // B
    x = stream[: B * L].reshape(B, L)
    y = stream[1 : B * L + 1].reshape(B, L)
    return [(x[:, t : t + T], y[:, t : t + T]) for t in range(0, L, T)]


def _target_not_counted(stream, B, T):
    L = len(stream) // B
    x = stream[: B * L].reshape(B, L).T
    y = np.roll(stream, -1)[: B * L].reshape(B, L).T
    return [(x[t : t + T], y[t : t + T]) for t in range(0, L, T)]


def _one_lost_at_each_border(stream, B, T):
    L = (len(stream) - 1) // B
    x = stream[: B * L].reshape(B, L).T
    y = stream[1 : B * L + 1].reshape(B, L).T
    return [(x[t : t + T], y[t : t + T]) for t in range(0, L, T + 1)]


def _last_target_of_each_strip_lost(stream, B, T):
    L = len(stream) // B
    strip = stream[: B * L].reshape(B, L).T
    x, y = strip[:-1], strip[1:]
    return [(x[t : t + T], y[t : t + T]) for t in range(0, L - 1, T)]


# --- carrying -----------------------------------------------------------------------


def _carried_without_detach(chunks, read, state):
    reports = []
    for x, y in chunks:
        report, state = read(x, y, state)
        reports.append(report)
    return reports


def _reset_at_every_chunk(chunks, read, state):
    return [read(x, y, state)[0] for x, y in chunks]


def _zeros_for_the_carried_state(chunks, read, state):
    reports = []
    for x, y in chunks:
        report, state = read(x, y, state.detach())
        state = type(state)(0 * state.values)
        reports.append(report)
    return reports


def _zeros_for_every_chunk(chunks, read, state):
    reports = []
    for x, y in chunks:
        report, state = read(x, y, type(state)(0 * state.values))
        reports.append(report)
    return reports


def _zeros_at_the_start(chunks, read, state):
    reports, state = [], type(state)(0 * state.values)
    for x, y in chunks:
        report, state = read(x, y, state.detach())
        reports.append(report)
    return reports


def _all_in_one(chunks, read, state):
    x = np.concatenate([x for x, _ in chunks])
    y = np.concatenate([y for _, y in chunks])
    return [read(x, y, state)[0]]


def _carried_backwards(chunks, read, state):
    reports = []
    for x, y in chunks[::-1]:
        report, state = read(x, y, state.detach())
        reports.append(report)
    return reports[::-1]


# --- pipelines ----------------------------------------------------------------------

REFUTED = {
    "shuffled": {
        CARRY: "after shuffling, the chunk that follows is from somewhere else in the text, so the carried state is the memory of a place that the row does not continue. Shuffle, or carry: not both.",
        BROKEN: "inside each chunk neighbours are neighbours and the targets are right. Only the link between two chunks is cut; start each from the initial state and the data are good.",
    },
    "side by side": {
        CARRY: "row b of the first batch is window b, row b of the second is window B + b: there are B − 1 windows between them. The continuation of row 0 is row 1 of the same batch.",
        BROKEN: "each row is a piece of text with the right targets. Rows that are neighbours in the text stand side by side, which does no harm as long as each starts anew.",
    },
    "offsets": {
        RESET: "each row goes on where it stopped, which is all that carrying needs. That the rows overlap somewhere, or begin in the middle of the text, changes nothing. You could reset, but you would throw away a memory that is right.",
        BROKEN: "each row is the text itself, in order, with the right targets; it begins somewhere else than the others, that is all.",
    },
    "names": {
        CARRY: "no name continues the one above it. A carried state tells the network how the last name ended (and how long its padding was), and a name's score would depend on its neighbour in the list.",
        BROKEN: "whole names, each from its first letter, with padding that is masked, are the usual training data. Each begins with the initial state.",
    },
    "combed": {
        CARRY: "reshape(-1, B) writes the text along the *rows* of the array: column b holds every B-th symbol. The state would be carried through a text that nobody wrote. Strips are the rows of reshape(B, -1), then transposed.",
        RESET: "the initial state does not help: inside the batch, column b holds every B-th symbol of the text, so one step does not follow the other.",
    },
    "same step": {
        CARRY: "the state could be carried, but with y = x the network is asked for the symbol that it has been given. The loss goes to 0, and nothing is learned about what comes next.",
        RESET: "whatever the state is, with y = x the network is asked for the symbol that it has been given. The loss goes to 0, and nothing is learned about what comes next.",
    },
}  # fmt: skip


def _order_means_carry():
    return {
        "shuffled": "reset",
        "side by side": "carry",
        "offsets": "carry",
        "names": "reset",
        "combed": "broken",
        "same step": "broken",
    }


def _shuffled_and_carried():
    return {
        "shuffled": "carry",
        "side by side": "reset",
        "offsets": "carry",
        "names": "reset",
        "combed": "broken",
        "same step": "broken",
    }


def _always_carried():
    return {
        "shuffled": "carry",
        "side by side": "carry",
        "offsets": "carry",
        "names": "carry",
        "combed": "carry",
        "same step": "carry",
    }


def _always_reset():
    return {
        "shuffled": "reset",
        "side by side": "reset",
        "offsets": "reset",
        "names": "reset",
        "combed": "broken",
        "same step": "broken",
    }


def _discontinuous_is_broken():
    return {
        "shuffled": "broken",
        "side by side": "broken",
        "offsets": "carry",
        "names": "reset",
        "combed": "broken",
        "same step": "broken",
    }


def _axes_do_not_matter():
    return {
        "shuffled": "reset",
        "side by side": "reset",
        "offsets": "carry",
        "names": "reset",
        "combed": "carry",
        "same step": "broken",
    }


# --- tests --------------------------------------------------------------------------


def _draw_stream(rng: np.random.Generator, n: int) -> Array:
    """n ids in which no symbol follows itself, so that a shift is always seen."""
    return np.cumsum(rng.integers(1, 29, size=n)) % 30


def by_hand(stream: Array, B: int, T: int) -> list[tuple[Array, Array]]:
    """The chunks, one symbol at a time."""
    L = 0
    while B * (L + 1) + 1 <= len(stream):
        L += 1
    found = []
    for start in range(0, L, T):
        rows = range(start, min(start + T, L))
        x = [[int(stream[b * L + t]) for b in range(B)] for t in rows]
        y = [[int(stream[b * L + t + 1]) for b in range(B)] for t in rows]
        found.append((np.array(x), np.array(y)))
    return found


def _pairs(ask: Ask, stream: Array, B: int, T: int, where: str) -> list[tuple]:
    """The learner's list, with as many pairs as it should have."""
    reply = ask("chunks", stream, B, T)
    value, want = reply.value, by_hand(stream, B, T)
    if not isinstance(value, (list, tuple)):
        raise Wrong(f"chunks: expected a list of pairs, got {kind_of(value)}.")
    for pair in value:
        if not isinstance(pair, (list, tuple, np.ndarray)) or len(pair) != 2:
            raise Wrong("chunks: every entry of the list should be a pair (x, y).")
    if len(value) != len(want):
        L = sum(len(x) for x, _ in want)
        tip = ""
        if L % T and len(value) == L // T:
            tip = f" T does not divide L, so the last chunk has {L % T} of the T steps."
        raise Wrong(
            f"{where}: {len(value)} chunks, expected {len(want)}; the strips have the length "
            f"L = {L}.{tip}"
        )
    if not np.array_equal(reply.args_after[0], stream):
        raise Wrong("the call changed the caller's stream.")
    return list(value)


def _test_inputs(ask: Ask, rng: np.random.Generator) -> None:
    for B, T, count in ((2, 3, 4), (3, 4, 2), (1, 5, 3), (4, 2, 1)):
        stream = _draw_stream(rng, B * T * count + 1)
        where = f"n = {len(stream)}, B = {B}, T = {T}"
        want = by_hand(stream, B, T)
        got = _pairs(ask, stream, B, T, where)
        for i, ((x, _), (right, _)) in enumerate(zip(got, want, strict=True)):
            x = as_array(x, right.shape, f"{where}: x of chunk {i}")
            if not np.array_equal(x, right):
                raise Wrong(
                    f"{where}: x of chunk {i} is not right. "
                    f"Its column 0 should be {right[:, 0].tolist()}, the text's own symbols "
                    f"one after the other, and is {x[:, 0].astype(int).tolist()}."
                    if not np.array_equal(x[:, 0], right[:, 0])
                    else f"{where}: x of chunk {i} is right in column 0 and not in the others: "
                    "where does strip b begin?"
                )


def _test_targets(ask: Ask, rng: np.random.Generator) -> None:
    for B, T, count in ((2, 3, 4), (3, 4, 2), (1, 5, 3), (4, 2, 1)):
        stream = _draw_stream(rng, B * T * count + 1)
        where = f"n = {len(stream)}, B = {B}, T = {T}"
        want = by_hand(stream, B, T)
        got = _pairs(ask, stream, B, T, where)
        for i, ((x, y), (_, right)) in enumerate(zip(got, want, strict=True)):
            y = as_array(y, right.shape, f"{where}: y of chunk {i}")
            if np.array_equal(y, right):
                continue
            x = np.asarray(x)
            if x.shape == y.shape and np.array_equal(x, y):
                raise Wrong(f"{where}: y of chunk {i} is its x.")
            if np.array_equal(y[:-1], right[:-1]):
                raise Wrong(
                    f"{where}: y of chunk {i} is right but for its last row. There the symbol "
                    "that follows is in the next chunk, or in the next strip, or is the one "
                    "symbol more that the text has."
                )
            raise Wrong(f"{where}: y of chunk {i} is not what follows in the text.")


def _test_left_over(ask: Ask, rng: np.random.Generator) -> None:
    for n, B, T in (
        (12, 2, 3),
        (24, 3, 4),
        (25, 4, 4),
        (26, 4, 4),
        (15, 2, 3),
        (9, 1, 5),
        (20, 2, 10),
    ):
        stream = _draw_stream(rng, n)
        where = f"n = {n}, B = {B}, T = {T}"
        want = by_hand(stream, B, T)
        got = _pairs(ask, stream, B, T, where)
        for i, (pair, right) in enumerate(zip(got, want, strict=True)):
            for name, part, part_right in zip("xy", pair, right, strict=True):
                part = as_array(part, part_right.shape, f"{where}: {name} of chunk {i}")
                if not np.array_equal(part, part_right):
                    raise Wrong(
                        f"{where}: {name} of chunk {i} is not right. Each strip has "
                        f"{sum(len(x) for x, _ in want)} symbols here."
                    )


READERS = (("a", 2, 4), ("a", 3, 5), ("b", 2, 3), ("b", 3, 6))


def _draw_reading(
    rng: np.random.Generator, letter: str, B: int, T: int
) -> tuple[list, Given, Given]:
    stream = _draw_stream(rng, int(rng.integers(3 * B * T + B + 1, 4 * B * T)))
    names = f"reader_{letter}", f"start_{letter}{B}"
    return by_hand(stream, B, T), *(Given(name) for name in names)


def _test_carry(ask: Ask, rng: np.random.Generator) -> None:
    for letter, B, T in READERS:
        pairs, read, start = _draw_reading(rng, letter, B, T)
        value = ask("carry", pairs, read, start).value
        want = ask.reference("carry", pairs, read, start)
        if not isinstance(value, (list, tuple)):
            raise Wrong(f"carry: expected a list of reports, got {kind_of(value)}.")
        if len(value) != len(want):
            raise Wrong(
                f"carry: {len(pairs)} chunks went in and {len(value)} reports came out."
            )
        for i, (got, right) in enumerate(zip(value, want, strict=True)):
            if not isinstance(got, dict) or not {"loss", "steps"} <= got.keys():
                raise Wrong(
                    "carry: every entry should be a report as `read` returns it."
                )
            loss, steps = (as_array(got[k], (), f'"{k}"') for k in ("loss", "steps"))
            if not np.isclose(loss, right["loss"], rtol=1e-6):
                raise Wrong(
                    f"chunk {i}: the loss is {float(loss):.4g}; a network that reads each strip "
                    f"without a break has {right['loss']:.4g} there. From which state did it "
                    "start?"
                )
            if steps != right["steps"]:
                raise Wrong(
                    f"chunk {i}: a backward sweep from this loss would walk {int(steps)} steps "
                    f"back, and the chunk has {right['steps']}."
                )


def _test_pipelines(*keys: str) -> Callable[[Ask, np.random.Generator], None]:
    def test(ask: Ask, rng: np.random.Generator) -> None:
        value, right, told = ask("pipelines").value, pipelines(), []
        for key in keys:
            try:
                chosen = choice(value, key, CHOICES, "a dict with the six pipelines")
            except Wrong as wrong:
                if not isinstance(value, dict):
                    raise
                told.append(wrong.message)
                continue
            if chosen != right[key]:
                told.append(f'"{key}" is not "{chosen}": {REFUTED[key][chosen]}')
        if told:
            raise Wrong(" ".join(told))

    return test


def _cases(rng: np.random.Generator) -> list[Call]:
    calls: list[Call] = [Call("pipelines")]
    for n, B, T in ((25, 2, 4), (27, 3, 4), (24, 2, 3), (32, 4, 3)):
        calls.append(Call("chunks", _draw_stream(rng, n), B, T))
    for letter, B, T in READERS[:2]:
        calls.append(Call("carry", *_draw_reading(rng, letter, B, T)))
    return calls


QUESTION = Question(
    id="04.3",
    title="a stream, cut so that the state may be carried",
    answers=("chunks", "carry", "pipelines"),
    reference={"chunks": chunks, "carry": carry, "pipelines": pipelines},
    properties=(
        Property(
            "chunks: where nothing is left over, row b of every x continues row b of the one before, and strip 0 is the beginning of the text",
            1,
            _test_inputs,
            "§4.8",
        ),
        Property(
            "chunks: y is the next symbol of the text, also across the borders of chunks and strips",
            1,
            _test_targets,
            "§4.8",
        ),
        Property(
            "chunks: with any n the strips are as long as they can be, the short last chunk is kept and the rest dropped",
            1,
            _test_left_over,
            "§4.8",
        ),
        Property(
            "carry: losses as if each strip were read without a break, and no backward sweep beyond its chunk",
            1,
            _test_carry,
            "§4.8",
        ),
        Property(
            "Pipelines: shuffled, side by side, offsets",
            1,
            _test_pipelines("shuffled", "side by side", "offsets"),
            "§4.8",
        ),
        Property(
            "Pipelines: names, combed, same step",
            1,
            _test_pipelines("names", "combed", "same step"),
            "§4.8",
        ),
    ),
    misconceptions=(
        Misconception(
            "text combed into columns",
            {"chunks": _combed},
            "You reshape to (L, B), which writes the text along the rows: column b holds every B-th symbol, and time jumps by B. Reshape to (B, L), a strip in each row, and transpose.",
            "§4.8 and §4.4",
        ),
        Misconception(
            "text combed, targets one row below",
            {"chunks": _combed_next_row},
            "You reshape to (L, B) and take the row below as the target, so the network learns which symbol stands B places further on. Reshape to (B, L), a strip in each row, and transpose.",
            "§4.8 and §4.4",
        ),
        Misconception(
            "adjacent windows in one batch",
            {"chunks": _windows_side_by_side},
            "You put adjacent windows side by side into one batch. Then the text behind row 0 is row 1 of the *same* batch, and the next batch continues none of the rows: there is no state to carry. Cut the text into B long strips first.",
            "§4.8",
        ),
        Misconception(
            "targets not shifted",
            {"chunks": _targets_not_shifted},
            "y is x. A network that is shown the symbol it has to name learns to copy. The target is the symbol one place further on.",
            "§4.8",
        ),
        Misconception(
            "targets rolled inside the chunk",
            {"chunks": _targets_rolled_in_the_chunk},
            "You roll each chunk by one, so that its last target is its own first symbol. The symbol that follows is in the next chunk: shift the text before you cut it.",
            "§4.8",
        ),
        Misconception(
            "targets rolled inside the strip",
            {"chunks": _targets_rolled_in_the_strip},
            "You roll each strip by one: the last target of a strip is its own first symbol. In the text it is the first symbol of the next strip. Shift the text before you cut it.",
            "§4.8",
        ),
        Misconception(
            "targets shifted the wrong way",
            {"chunks": _targets_before},
            "Your targets are the symbols *before* the inputs. Predicting what was is a matter of memory; the model is to say what comes.",
            "§4.8",
        ),
        Misconception(
            "short last chunk dropped",
            {"chunks": _last_chunk_dropped},
            "You keep full chunks alone. The text asks for the short last one too; a recurrent network does not mind how many steps it is given, and a long T would otherwise lose much of the text.",
            "§4.8",
        ),
        Misconception(
            "whole chunks, as in the chapter",
            {"chunks": _whole_chunks_of_the_chapter},
            "You used the chapter's L, a multiple of T, so that all chunks are full. Here the strips are as long as they can be, L = (n − 1) // B whatever T is, and the last chunk may be shorter.",
            "§4.8, its last cell",
        ),
        Misconception(
            "batch axis first",
            {"chunks": _batch_first},
            "Your chunks are (B, T). The course puts time first, as nn.RNN does by default: (T, B).",
            "§4.4",
        ),
        Misconception(
            "last target not counted",
            {"chunks": _target_not_counted},
            "You cut the whole text into strips and find no symbol left for the very last target, so that the beginning of the text stands in for it. B·L inputs need B·L + 1 symbols.",
            "§4.8",
        ),
        Misconception(
            "a symbol lost at each border",
            {"chunks": _one_lost_at_each_border},
            "You start a new chunk every T + 1 symbols: the last target of a chunk is never an input, and the carried state misses it. The next chunk begins T after the last one; its first input is the target before.",
            "§4.8",
        ),
        Misconception(
            "a target lost at the end of each strip",
            {"chunks": _last_target_of_each_strip_lost},
            "You make x and y from each strip by itself, and its last symbol becomes a target but never an input. What follows it is known: the next strip begins with it.",
            "§4.8",
        ),
        Misconception(
            "no detach",
            {"carry": _carried_without_detach},
            "The losses are right, and every backward sweep walks to the very beginning: chunk after chunk it costs more time and memory (and PyTorch stops, because the graph of the chunk before is freed). Carry the values and leave the graph behind: state.detach().",
            "§4.8, and §3.10",
        ),
        Misconception(
            "reset at every chunk",
            {"carry": _reset_at_every_chunk},
            "Every chunk starts from the same initial state: what `read` returns as the state at its end is thrown away, and nothing is carried. Give it to the next call.",
            "§4.8",
        ),
        Misconception(
            "zeros instead of the carried state",
            {"carry": _zeros_for_the_carried_state},
            "From the second chunk on you start from zeros: the memory of the steps is gone, as it should be, and so are the values. Only the graph is to be left behind. state.detach() keeps the numbers.",
            "§4.8",
        ),
        Misconception(
            "zeros for every chunk",
            {"carry": _zeros_for_every_chunk},
            "You start every chunk from zeros, the first one too. The first starts from the state that you are given, each later one from the end of the chunk before: detach cuts the graph and keeps the numbers.",
            "§4.8",
        ),
        Misconception(
            "zeros at the start",
            {"carry": _zeros_at_the_start},
            "You carry the state rightly, but begin with zeros. The initial state is an argument: the first chunk starts from its values.",
            "§4.8",
        ),
        Misconception(
            "chunks joined",
            {"carry": _all_in_one},
            "You join all chunks and read them at once: no break, but one backward sweep over the whole text, which is what chunks are there to avoid.",
            "§4.8, and §3.10",
        ),
        Misconception(
            "chunks read backwards",
            {"carry": _carried_backwards},
            "You read the last chunk first. The state at the end of a chunk belongs to the beginning of the one that follows in the text.",
            "§4.8",
        ),
        Misconception(
            "consecutive windows taken for a continued row",
            {"pipelines": _order_means_carry},
            "One mistake alone: that the windows come in the order of the text is not enough. The state of row b goes to row b of the next batch, so it is *rows* that must continue.",
            "§4.8",
        ),
        Misconception(
            "shuffled stream with carried state",
            {"pipelines": _shuffled_and_carried},
            "One mistake alone, and nothing crashes when it is made: a carried state is a memory of the text just before. Behind a shuffled chunk stands other text.",
            "§4.8",
        ),
        Misconception(
            "always carried",
            {"pipelines": _always_carried},
            "You carry the state everywhere. Ask of each pipeline, with two rows on paper: which symbol stands behind the last one of row b, and is it the first one of row b in the next batch?",
            "§4.8",
        ),
        Misconception(
            "never carried",
            {"pipelines": _always_reset},
            "One mistake alone: you reset even where every row goes on where it stopped. That does no harm, and gives away what the row knows of the text before.",
            "§4.8",
        ),
        Misconception(
            "cut taken for broken",
            {"pipelines": _discontinuous_is_broken},
            "You call broken what is only cut. Chunks in any order are good data if each begins with the initial state; broken are those whose steps or targets do not follow one another.",
            "§4.8",
        ),
        Misconception(
            "combed text carried",
            {"pipelines": _axes_do_not_matter},
            "One mistake alone: reshape(-1, B) and reshape(B, -1).T have the same shape and different contents. The first deals the text out like cards.",
            "§4.8 and §4.4",
        ),
    ),
    cases=_cases,
)
