"""Question 11.3: the GRU in all its conventions, and whose weights these are."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from unrolled.grader.checks.c11.common import cut, judge, sigma
from unrolled.grader.checks.slips import Slip, misconceptions
from unrolled.grader.question import Ask, Call, Property, Question

FORWARD = "§11.7"
NAMES = "§11.8"

BLOCKS = ("rzn", "zrn")
RESETS = ("after", "before")
UPDATES = ("keeps", "writes")
CELLS = tuple(itertools.product(BLOCKS, RESETS, UPDATES))


def _bias_of(w, part):
    """Three blocks, as they stand, of what a matrix brings with its bias."""
    return cut(w["W_" + part], 3), cut(w["b_" + part], 3)


def _gates(x_t, h, w, blocks):
    """r, z, and the two halves of the candidate, the second without reset."""
    (Wx, bx), (Wh, bh) = _bias_of(w, "x"), _bias_of(w, "h")
    r, z = (
        sigma(x_t @ Wx[k] + bx[k] + h @ Wh[k] + bh[k])
        for k in (blocks.index("r"), blocks.index("z"))
    )
    return r, z, x_t @ Wx[2] + bx[2], h @ Wh[2] + bh[2], (Wh[2], bh[2])


def _mixed(z, n, h, update):
    return z * h + (1 - z) * n if update == "keeps" else (1 - z) * h + z * n


def gru(x, h0, w, blocks, reset, update):
    h = [h0]
    for x_t in x:
        r, z, of_x, of_h, (W, b) = _gates(x_t, h[-1], w, blocks)
        of_h = r * of_h if reset == "after" else (r * h[-1]) @ W + b
        h.append(_mixed(z, np.tanh(of_x + of_h), h[-1], update))
    return np.array(h)


def _explain(x, h, w, run):
    found = []
    for names in CELLS:
        if np.max(np.abs(run(x, h[0], w, *names) - h)) < 1e-3:
            found.append(list(names))
    return found


def which(x, h, w):
    return _explain(x, h, w, gru)


def _moved(array, blocks):
    r, z, n = (cut(array, 3)[blocks.index(k)] for k in "rzn")
    return r, z, n


def to_ours(w, blocks, update):
    found = {}
    for name, array in w.items():
        r, z, n = _moved(array, blocks)
        z = -z if update == "writes" else z
        found[name] = np.concatenate([r, z, n], axis=-1)
    return found


def one_bias(w, reset):
    H = len(w["b_h"]) // 3
    cut_at = 2 * H if reset == "after" else 3 * H
    b_x, b_h = w["b_x"].copy(), w["b_h"].copy()
    b_x[:cut_at] += b_h[:cut_at]
    b_h[:cut_at] = 0
    return {**w, "b_x": b_x, "b_h": b_h}


# --- wrong cells ----------------------------------------------------------------------


def _resets_exchanged(x, h0, w, blocks, reset, update):
    return gru(x, h0, w, blocks, "before" if reset == "after" else "after", update)


def _always_after(x, h0, w, blocks, reset, update):
    return gru(x, h0, w, blocks, "after", update)


def _always_before(x, h0, w, blocks, reset, update):
    return gru(x, h0, w, blocks, "before", update)


def _updates_exchanged(x, h0, w, blocks, reset, update):
    return gru(x, h0, w, blocks, reset, "writes" if update == "keeps" else "keeps")


def _always_keeps(x, h0, w, blocks, reset, update):
    return gru(x, h0, w, blocks, reset, "keeps")


def _always_writes(x, h0, w, blocks, reset, update):
    return gru(x, h0, w, blocks, reset, "writes")


def _always_rzn(x, h0, w, blocks, reset, update):
    return gru(x, h0, w, "rzn", reset, update)


def _always_zrn(x, h0, w, blocks, reset, update):
    return gru(x, h0, w, "zrn", reset, update)


def _biases_merged(x, h0, w, blocks, reset, update):
    """Both biases in one sum, outside of what the reset gate multiplies."""
    w = {**w, "b_x": w["b_x"] + w["b_h"], "b_h": 0 * w["b_h"]}
    return gru(x, h0, w, blocks, reset, update)


def _run(x, h0, w, blocks, update, candidate):
    """A GRU with another candidate, a function of r, h and all that _gates gives."""
    h = [h0]
    for x_t in x:
        r, z, of_x, of_h, (W, b) = _gates(x_t, h[-1], w, blocks)
        n = candidate(r, h[-1], of_x, of_h, W, b)
        h.append(_mixed(z, n, h[-1], update))
    return np.array(h)


def _bias_in_reset(x, h0, w, blocks, reset, update):
    """Before the product, with the bias inside what r multiplies."""

    def candidate(r, h, of_x, of_h, W, b):
        inner = r * of_h if reset == "after" else (r * h) @ W + r * b
        return np.tanh(of_x + inner)

    return _run(x, h0, w, blocks, update, candidate)


def _reset_of_all(x, h0, w, blocks, reset, update):
    """r multiplies the input's half of the candidate too."""

    def candidate(r, h, of_x, of_h, W, b):
        inner = of_h if reset == "after" else (r * h) @ W + b
        return np.tanh(r * (of_x + inner) if reset == "after" else r * of_x + inner)

    return _run(x, h0, w, blocks, update, candidate)


def _no_reset(x, h0, w, blocks, reset, update):
    def candidate(r, h, of_x, of_h, W, b):
        return np.tanh(of_x + of_h)

    return _run(x, h0, w, blocks, update, candidate)


def _reset_on_x(x, h0, w, blocks, reset, update):
    def candidate(r, h, of_x, of_h, W, b):
        return np.tanh(r * of_x + of_h)

    return _run(x, h0, w, blocks, update, candidate)


def _candidate_sigma(x, h0, w, blocks, reset, update):
    def candidate(r, h, of_x, of_h, W, b):
        return sigma(of_x + (r * of_h if reset == "after" else (r * h) @ W + b))

    return _run(x, h0, w, blocks, update, candidate)


def _reset_turned(x, h0, w, blocks, reset, update):
    def candidate(r, h, of_x, of_h, W, b):
        r = 1 - r
        return np.tanh(of_x + (r * of_h if reset == "after" else (r * h) @ W + b))

    return _run(x, h0, w, blocks, update, candidate)


def _without_start(x, h0, w, blocks, reset, update):
    return gru(x, h0, w, blocks, reset, update)[1:]


def _from_zero(x, h0, w, blocks, reset, update):
    return gru(x, 0 * h0, w, blocks, reset, update)


# --- wrong guesses --------------------------------------------------------------------


def _first_alone(x, h, w):
    return which(x, h, w)[:1]


def _one_step_alone(x, h, w):
    return _explain(x[:1], h[:2], w, gru)


def _exactly(x, h, w):
    found = []
    for names in CELLS:
        if np.array_equal(gru(x, h[0], w, *names), h):
            found.append(list(names))
    return found


def _last_state_of_zero(x, h, w):
    """From a zero state, as if h[0] were always 0."""
    found = []
    for names in CELLS:
        if np.max(np.abs(gru(x, 0 * h[0], w, *names)[1:] - h[1:])) < 1e-3:
            found.append(list(names))
    return found


def _closest(x, h, w):
    off = [np.max(np.abs(gru(x, h[0], w, *n) - h)) for n in CELLS]
    return [list(CELLS[int(np.argmin(off))])]


def _first_sequence(x, h, w):
    return which(x[:, :1], h[:, :1], w)


def _order_of_the_others(x, h, w):
    return sorted(which(x, h, w), key=lambda names: names[::-1], reverse=True)


# --- wrong conversions ----------------------------------------------------------------


def _blocks_left(w, blocks, update):
    return to_ours(w, "rzn", update)


def _always_negated(w, blocks, update):
    return to_ours(w, blocks, "writes")


def _never_negated(w, blocks, update):
    return to_ours(w, blocks, "keeps")


def _matrices_alone(w, blocks, update):
    return {
        k: v if k in ("W_x", "W_h") else to_ours(w, blocks, "keeps")[k]
        for k, v in to_ours(w, blocks, update).items()
    }


def _one_minus(w, blocks, update):
    """1 - the parameters, as one does with the gate itself."""
    H = len(w["b_x"]) // 3
    found = to_ours(w, blocks, "keeps")
    if update == "writes":
        for array in found.values():
            array[..., H : 2 * H] = 1 - array[..., H : 2 * H]
    return found


def _old_block_negated(w, blocks, update):
    """The second block is negated, and then the blocks are moved."""
    H = len(w["b_x"]) // 3
    w = {name: array.copy() for name, array in w.items()}
    for array in w.values():
        array[..., H : 2 * H] *= -1 if update == "writes" else 1
    return to_ours(w, blocks, "keeps")


def _candidate_negated(w, blocks, update):
    H, found = len(w["b_x"]) // 3, to_ours(w, blocks, update)
    if update == "writes":
        for array in found.values():
            array[..., 2 * H :] *= -1
    return found


def _all_merged(w, reset):
    return one_bias(w, "before")


def _two_merged(w, reset):
    return one_bias(w, "after")


def _merged_the_wrong_way(w, reset):
    return one_bias(w, "after" if reset == "before" else "before")


def _not_taken_away(w, reset):
    """Added to b_x and left in b_h, so that it counts twice."""
    return {**w, "b_x": one_bias(w, reset)["b_x"]}


def _thrown_away(w, reset):
    return {**w, "b_h": one_bias(w, reset)["b_h"]}


# --- numbers --------------------------------------------------------------------------


def _network(
    rng: np.random.Generator, T: int, B: int, D: int, H: int
) -> tuple[Any, ...]:
    w = {
        "W_x": rng.standard_normal((D, 3 * H)),
        "W_h": 1.5 * rng.standard_normal((H, 3 * H)) / np.sqrt(H),
        "b_x": rng.standard_normal(3 * H),
        "b_h": rng.standard_normal(3 * H),
    }
    return rng.standard_normal((T, B, D)), rng.uniform(-0.9, 0.9, (B, H)), w


def _all(rng: np.random.Generator, **chosen: tuple[str, ...]) -> list[tuple[Any, ...]]:
    found = []
    for i, names in enumerate(CELLS):
        if all(
            name in chosen.get(key, (name,))
            for key, name in zip(("blocks", "reset", "update"), names, strict=True)
        ):
            sizes = ((4, 3, 2, 3), (3, 1, 3, 4), (1, 2, 2, 2))[i % 3]
            found.append((*_network(rng, *sizes), *names))
    return found


def _traces(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    """Rounded states of every kind of cell; clear ones, and ambiguous ones."""
    found = []
    for names in CELLS:
        x, h0, w = _network(rng, 6, 4, 3, 4)
        h0 = np.round(h0, 6)
        found.append((x, np.round(gru(x, h0, w, *names), 6), w))
    return found


def _ambiguous(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = []
    x, h0, w = _network(rng, 1, 3, 2, 3)  # one step from 0, without a bias on that side
    w["b_h"][6:] = 0
    found.append((x, gru(x, 0 * h0, w, "rzn", "before", "writes"), w))
    x, h0, w = _network(rng, 5, 3, 2, 3)  # the candidate's matrix is diagonal
    w["b_h"][6:] = 0
    w["W_h"][:, 6:] *= np.eye(3)
    found.append((x, gru(x, h0, w, "zrn", "after", "keeps"), w))
    x, h0, w = _network(rng, 4, 2, 2, 3)  # r and z have the same parameters
    for array in w.values():
        array[..., 3:6] = array[..., :3]
    found.append((x, gru(x, h0, w, "rzn", "after", "keeps"), w))
    x, h0, w = _network(rng, 4, 2, 2, 2)  # z is 1/2: both updates are one
    for array in w.values():
        array[..., 2:4] = 0
    found.append((x, gru(x, h0, w, "rzn", "before", "writes"), w))
    x, h0, w = _network(rng, 3, 2, 2, 3)  # nobody's
    found.append((x, np.tanh(gru(x, h0, w, "rzn", "after", "keeps")) + 0.3, w))
    x, h0, w = _network(rng, 5, 3, 2, 3)  # the first sequence alone does not tell
    w["b_h"][6:] = 0
    x, h0 = x[:1], h0 * np.array([[0.0], [1], [1]])
    found.append((x, gru(x, h0, w, "rzn", "before", "keeps"), w))
    x, h0, w = _network(rng, 5, 3, 2, 3)  # the first step alone does not tell
    w["b_h"][6:] = 0
    found.append((x, gru(x, 0 * h0, w, "zrn", "after", "writes"), w))
    found.append(_one_entry_off(rng))
    found.append(_drifting(rng))
    x, h0, w = _network(rng, 6, 2, 3, 3)  # somebody who calculates coarsely
    h = gru(x, h0, w, "zrn", "before", "keeps")
    h[1:] += rng.choice([-0.0004, 0.0004], h[1:].shape)
    found.append((x, h, w))
    return [(x, np.round(h, 6), w) for x, h, w in found]


def _one_entry_off(rng: np.random.Generator) -> tuple[Any, ...]:
    """Nobody's, because of one number in the middle."""
    x, h0, w = _network(rng, 12, 6, 2, 6)
    h = gru(x, h0, w, "rzn", "after", "keeps")
    h[7, 3, 2] += 0.02
    return x, h, w


def _drifting(rng: np.random.Generator) -> tuple[Any, ...]:
    """Nobody's, though each single step is right to 0.001."""
    x, h, w = _network(rng, 20, 2, 2, 3)
    for array in w.values():
        array[..., 3:6] *= 0.1
    w["b_x"][3:6] = 6.0
    states = [h * 0.5]
    for t in range(len(x)):
        step = gru(x[t : t + 1], states[-1], w, "rzn", "after", "keeps")
        states.append(step[1] + 0.0008)
    return x, np.array(states), w


def _conversions(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    pairs = itertools.product(BLOCKS, UPDATES)
    return [(_network(rng, 1, 1, 2 + i % 2, 3)[2], *p) for i, p in enumerate(pairs)]


def _merges(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    return [(_network(rng, 1, 1, 2, H)[2], r) for H in (3, 1) for r in RESETS]


def _test_cell(**chosen: tuple[str, ...]):
    def test(ask: Ask, rng: np.random.Generator) -> None:
        for args in _all(rng, **chosen):
            names = "({!r}, {!r}, {!r})".format(*args[3:])
            where = f"T = {len(args[0])}, {names}"
            judge(ask, SLIPS, "gru", args, gru(*args), where, "the states")

    return test


def _test_which(ask: Ask, rng: np.random.Generator) -> None:
    for args in _traces(rng):
        _expect_names(ask, args, "states of one cell, rounded")


def _test_ambiguous(ask: Ask, rng: np.random.Generator) -> None:
    for args in _ambiguous(rng):
        _expect_names(ask, args, "states that several cells give, or none")


def _expect_names(ask: Ask, args: tuple[Any, ...], where: str) -> None:
    """`which`, where triples may be tuples and an array is a list."""
    want = which(*args)

    def plain(name: str, *sent: Any) -> Any:
        reply, value = ask(name, *sent), None
        if isinstance(reply.value, (list, tuple)):
            value = [list(v) if isinstance(v, tuple) else v for v in reply.value]
        shown = reply.value if value is None else "none" if not value else str(value)
        return type(reply)(shown, reply.args_after)

    slips = [s for s in SLIPS if s.answer == "which"]
    told = [_as_text(s) for s in slips]
    judge(plain, told, "which", args, str(want) if want else "none", where)


def _as_text(slip: Slip) -> Slip:
    def wrong(*args: Any) -> str:
        value = slip.wrong(*args)
        return str(value) if value else "none"

    return Slip(slip.name, slip.answer, wrong, slip.message, slip.read, slip.hint)


def _test_to_ours(ask: Ask, rng: np.random.Generator) -> None:
    for args in _conversions(rng):
        where = f"{args[1]!r}, {args[2]!r}"
        judge(ask, SLIPS, "to_ours", args, to_ours(*args), where)


def _test_one_bias(ask: Ask, rng: np.random.Generator) -> None:
    for args in _merges(rng):
        where = f"reset {args[1]!r}"
        judge(ask, SLIPS, "one_bias", args, one_bias(*args), where)


def _cases(rng: np.random.Generator) -> list[Call]:
    drawn = {
        "gru": _all(rng),
        "which": [*_traces(rng)[::3], *_ambiguous(rng)[:7]],
        "to_ours": _conversions(rng),
        "one_bias": _merges(rng),
    }
    return [Call(name, *args) for name, calls in drawn.items() for args in calls]


SLIPS = (
    Slip(
        "resets exchanged",
        "gru",
        _resets_exchanged,
        'You have the two resets the wrong way round. "before": the state is reset, and then multiplied by the matrix. "after": the product, with its bias, is reset.',
        NAMES,
        "These are the states of the other reset.",
    ),
    Slip(
        "always after",
        "gru",
        _always_after,
        'Your states are those of the cell with the reset "after" the product, whatever was asked for. Where should r multiply for "before"?',
        NAMES,
        'The reset stands after the product also for "before".',
    ),
    Slip(
        "always before",
        "gru",
        _always_before,
        'Your states are those of the cell with the reset "before" the product, whatever was asked for. With "after", r multiplies h W_hn + b_hn.',
        NAMES,
        'The reset stands before the product also for "after".',
    ),
    Slip(
        "updates exchanged",
        "gru",
        _updates_exchanged,
        'Your states are those of the cell with the other sign of z. "keeps": z is the share of the *old* state; "writes": that of the candidate.',
        NAMES,
        "These are the states of the other update.",
    ),
    Slip(
        "always keeps",
        "gru",
        _always_keeps,
        'Your z is always the share of the old state. With "writes" it is the share of the candidate.',
        NAMES,
        'z keeps also for "writes".',
    ),
    Slip(
        "always writes",
        "gru",
        _always_writes,
        'Your z is always the share of the candidate, as in the papers of 2014. With "keeps" it is the share of the old state.',
        NAMES,
        'z writes also for "keeps".',
    ),
    Slip(
        "always r first",
        "gru",
        _always_rzn,
        "Your first block is always r's. With \"zrn\" it is z's, and no shape tells.",
        NAMES,
        "The blocks are always taken as r, z, n.",
    ),
    Slip(
        "always z first",
        "gru",
        _always_zrn,
        "Your first block is always z's. With \"rzn\" it is r's.",
        NAMES,
        "The blocks are always taken as z, r, n.",
    ),
    Slip(
        "biases merged",
        "gru",
        _biases_merged,
        'Your states are those of a cell that adds both biases up. For r and z this is right; with the reset "after", the candidate\'s b_h stands inside what r multiplies.',
        NAMES,
        "The candidate's two biases are not one.",
    ),
    Slip(
        "bias inside the reset",
        "gru",
        _bias_in_reset,
        'With the reset "before", your r multiplies the bias as well. It resets the state alone: (r h) W + b.',
        NAMES,
        "r multiplies the bias too.",
    ),
    Slip(
        "reset of the input",
        "gru",
        _reset_of_all,
        "Your r multiplies the input's half of the candidate too. It decides how much of the *past* the candidate sees.",
        FORWARD,
        "r multiplies the input too.",
    ),
    Slip(
        "no reset",
        "gru",
        _no_reset,
        "Your candidate sees the whole state: r is not used.",
        FORWARD,
        "r is not used.",
    ),
    Slip(
        "reset on x",
        "gru",
        _reset_on_x,
        "Your r multiplies the input's half of the candidate in place of the state's.",
        FORWARD,
        "r multiplies the wrong half.",
    ),
    Slip(
        "sigma on the candidate",
        "gru",
        _candidate_sigma,
        "Your candidate goes through the logistic function. It is a state, from -1 to 1, and goes through tanh.",
        FORWARD,
        "The candidate goes through tanh.",
    ),
    Slip(
        "1 - r",
        "gru",
        _reset_turned,
        "You multiply by 1 - r. A reset gate of 1 lets all of the past through.",
        FORWARD,
        "r is used the wrong way round.",
    ),
    Slip(
        "without the start",
        "gru",
        _without_start,
        "The first of the T + 1 states is h0.",
        FORWARD,
    ),
    Slip(
        "from zero",
        "gru",
        _from_zero,
        "You begin with zeros. The network begins with h0.",
        FORWARD,
        "The states begin with zeros.",
    ),
    Slip(
        "the first that fits",
        "which",
        _first_alone,
        "You return the first cell that fits. Sometimes several do: all of them were asked for.",
        NAMES,
        "Others fit too.",
    ),
    Slip(
        "one step alone",
        "which",
        _one_step_alone,
        "You look at the first step alone. What two cells do in common there they need not do later.",
        NAMES,
        "The first step fits, but not all steps to 0.001.",
    ),
    Slip(
        "exact comparison",
        "which",
        _exactly,
        "You ask for equality to the last digit. The states were rounded before you got them.",
        NAMES,
        "The states are rounded.",
    ),
    Slip(
        "started at zero",
        "which",
        _last_state_of_zero,
        "You start all cells at zero. The trace begins with `h[0]`.",
        NAMES,
        "The trace begins with `h[0]`.",
    ),
    Slip(
        "the closest",
        "which",
        _closest,
        "You return the cell that comes closest. Several can come equally close, and where none comes within 0.001, none is the answer.",
        NAMES,
        "The closest need not fit, nor be alone.",
    ),
    Slip(
        "first sequence alone",
        "which",
        _first_sequence,
        "You look at the first sequence of the batch alone. Others may tell more.",
        NAMES,
        "The other sequences tell more.",
    ),
    Slip(
        "another order of the triples",
        "which",
        _order_of_the_others,
        "Your triples are right; they are to be sorted, as `sorted` does it.",
        NAMES,
        "The triples are not sorted.",
    ),
    Slip(
        "blocks left",
        "to_ours",
        _blocks_left,
        "You leave the blocks of a stranger with z first where they are. Ours stand in the order r, z, n.",
        NAMES,
        "The blocks are not in our order.",
    ),
    Slip(
        "always negated",
        "to_ours",
        _always_negated,
        'You negate the update gate\'s parameters always. Where z "keeps" already, nothing is to be changed.',
        NAMES,
        "z was turned though it keeps already.",
    ),
    Slip(
        "never negated",
        "to_ours",
        _never_negated,
        'You leave the update gate as it is. Ours keeps: for a stranger whose z "writes", it has to become 1 - z, and 1 - sigma(a) is sigma(-a).',
        NAMES,
        "z still writes.",
    ),
    Slip(
        "matrices alone",
        "to_ours",
        _matrices_alone,
        "You negate the matrices and forget the biases. The whole pre-activation has to change its sign.",
        NAMES,
        "The biases were not negated.",
    ),
    Slip(
        "1 - the parameters",
        "to_ours",
        _one_minus,
        "You take the parameters away from 1. It is the gate that becomes 1 - z, and 1 - sigma(a) is sigma(-a).",
        NAMES,
        "The gate becomes 1 - z, not its parameters.",
    ),
    Slip(
        "second block negated",
        "to_ours",
        _old_block_negated,
        "You negate the second block before the blocks are moved. With z first that is the reset gate.",
        NAMES,
        "The wrong block was negated.",
    ),
    Slip(
        "candidate negated",
        "to_ours",
        _candidate_negated,
        "You negate the candidate's parameters too. Only the shares of the mixture are exchanged.",
        NAMES,
        "The candidate was negated too.",
    ),
    Slip(
        "all biases merged",
        "one_bias",
        _all_merged,
        'You merge all three blocks always. With the reset "after", the candidate\'s b_h is multiplied by r, and b_x is not.',
        NAMES,
        "One of the blocks cannot be merged.",
    ),
    Slip(
        "two biases merged",
        "one_bias",
        _two_merged,
        'You merge two blocks always. With the reset "before", the candidate\'s biases are added to the same sum, and can be merged too.',
        NAMES,
        "The third block can be merged too.",
    ),
    Slip(
        "merged for the other reset",
        "one_bias",
        _merged_the_wrong_way,
        "You have the two resets the wrong way round: which of them multiplies the candidate's b_h by r?",
        NAMES,
        "That is right for the other reset.",
    ),
    Slip(
        "counted twice",
        "one_bias",
        _not_taken_away,
        "You add b_h to b_x and leave it in b_h, so that it counts twice.",
        NAMES,
        "b_h counts twice.",
    ),
    Slip(
        "thrown away",
        "one_bias",
        _thrown_away,
        "You set b_h to zero and do not add it to b_x.",
        NAMES,
        "b_h got lost.",
    ),
)

QUESTION = Question(
    id="11.3",
    title="one name, eight cells",
    answers=("gru", "which", "to_ours", "one_bias"),
    reference={
        "gru": gru,
        "which": which,
        "to_ours": to_ours,
        "one_bias": one_bias,
    },
    properties=(
        Property(
            'gru with the reset "after" the product',
            1,
            _test_cell(reset=("after",)),
            FORWARD,
        ),
        Property(
            'gru with the reset "before" the product',
            1,
            _test_cell(reset=("before",)),
            NAMES,
        ),
        Property(
            "which finds out whose weights they are",
            1,
            _test_which,
            NAMES,
        ),
        Property(
            "which names all cells that fit, and none where none does",
            1,
            _test_ambiguous,
            NAMES,
        ),
        Property(
            "to_ours gives our cell's parameters for the same states",
            1,
            _test_to_ours,
            NAMES,
        ),
        Property(
            "one_bias leaves b_h only where it has to stay",
            1,
            _test_one_bias,
            NAMES,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
