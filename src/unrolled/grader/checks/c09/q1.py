"""Question 9.1: one norm for everything, and clipping by it."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c09.common import arrays_in, each, expect_nest
from unrolled.grader.checks.slips import (
    Slip,
    array,
    expect_same_arguments,
    hint,
    misconceptions,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

NORM = "§9.8, eq-clip-norm"
TENSOR = "§9.8, eq-clip-tensor"
VALUE = "§9.8, eq-clip-value"


def global_norm(grads):
    flat = np.concatenate([np.zeros(1), *(np.ravel(g) for g in arrays_in(grads))])
    top = np.abs(flat).max()
    return top * np.sqrt(np.sum((flat / top) ** 2)) if top else 0.0


def _scaled(nest, factor):
    return each(lambda g: g * factor, nest)


def clip(grads, limit):
    norm = global_norm(grads)
    return _scaled(grads, limit / norm if norm > limit else 1.0)


def _added(entries):
    """The sum of what stands in the same place of several nests."""
    there = [e for e in entries if e is not None]
    if not there:
        return None
    if isinstance(there[0], dict):
        return {key: _added([e[key] for e in there]) for key in there[0]}
    if isinstance(there[0], list):
        return [_added([e[i] for e in there]) for i in range(len(there[0]))]
    return sum(there)


def clip_sum(parts, limit):
    return clip(_added(parts), limit)


# --- wrong norms ----------------------------------------------------------------------


def _norms(grads):
    return [global_norm(g) for g in arrays_in(grads)]


def _sum_of_norms(grads):
    return sum(_norms(grads))


def _largest_norm(grads):
    return max(_norms(grads), default=0.0)


def _root_mean_square(grads):
    count = sum(g.size for g in arrays_in(grads))
    return global_norm(grads) / np.sqrt(max(count, 1))


def _no_root(grads):
    return global_norm(grads) ** 2


def _sum_of_sizes(grads):
    return float(sum(np.abs(g).sum() for g in arrays_in(grads)))


def _largest_entry(grads):
    return float(max([0.0, *(np.abs(g).max() for g in arrays_in(grads))]))


def _squares_overflow(grads):
    return float(np.sqrt(sum(np.sum(g * g) for g in arrays_in(grads))))


def _first_level(grads):
    entries = grads.values() if isinstance(grads, dict) else grads
    return global_norm([g for g in entries if isinstance(g, np.ndarray)])


def _dicts_alone(grads):
    """Lists are passed over."""
    if isinstance(grads, dict):
        return global_norm([_dicts_alone_nest(g) for g in grads.values()])
    return 0.0


def _dicts_alone_nest(nest):
    if isinstance(nest, dict):
        return [_dicts_alone_nest(g) for g in nest.values()]
    return None if isinstance(nest, list) else nest


def _singular_values(grads):
    found = []
    for g in arrays_in(grads):
        top = np.abs(g).max()
        found.append(top * np.linalg.norm(g / top, 2) if top else 0.0)
    return global_norm([np.array(found)]) if found else 0.0


def _added_up(grads):
    """The squares of the sums, not the sum of the squares."""
    return global_norm([np.array([g.sum()]) for g in arrays_in(grads)])


# --- wrong clipping -------------------------------------------------------------------


def _per_tensor(grads, limit):
    return each(lambda g: clip([g], limit)[0], grads)


def _per_branch(grads, limit):
    """Every entry of the outermost dict or list by itself."""
    if isinstance(grads, dict):
        return {key: clip([entry], limit)[0] for key, entry in grads.items()}
    return [clip([entry], limit)[0] for entry in grads]


def _by_value(grads, limit):
    return each(lambda g: np.clip(g, -limit, limit), grads)


def _no_condition(grads, limit):
    norm = np.float64(global_norm(grads))
    return each(lambda g: g * (limit / norm), grads)


def _no_condition_but_zero(grads, limit):
    norm = global_norm(grads)
    return _scaled(grads, limit / norm if norm else 1.0)


def _condition_turned(grads, limit):
    norm = global_norm(grads)
    return _scaled(grads, limit / norm if 0 < norm < limit else 1.0)


def _at_equality_too(grads, limit):
    norm = np.float64(global_norm(grads))
    return _scaled(grads, limit / norm if norm >= limit else 1.0)


def _constant_in_the_divisor(grads, limit):
    return _scaled(grads, min(1.0, limit / (global_norm(grads) + 1e-6)))


def _squares_in_clip(grads, limit):
    norm = np.float64(_squares_overflow(grads))
    return _scaled(grads, limit / norm if norm > limit else 1.0)


def _by_the_square(grads, limit):
    norm = global_norm(grads)
    return _scaled(grads, limit / norm**2 if norm > limit else 1.0)


def _nothing_done(grads, limit):
    return _scaled(grads, 1.0)


def _in_place(grads, limit):
    norm = global_norm(grads)
    if norm > limit:
        for g in arrays_in(grads):
            g *= limit / norm
    return grads


def _none_left_out(grads, limit):
    return _without_none(clip(grads, limit))


def _without_none(nest):
    if isinstance(nest, dict):
        return {k: _without_none(v) for k, v in nest.items() if v is not None}
    if isinstance(nest, list):
        return [_without_none(v) for v in nest if v is not None]
    return nest


def _none_is_zero(grads, limit):
    return _with_zeros(clip(grads, limit))


def _with_zeros(nest):
    if isinstance(nest, dict):
        return {k: _with_zeros(v) for k, v in nest.items()}
    if isinstance(nest, list):
        return [_with_zeros(v) for v in nest]
    return 0.0 if nest is None else nest


def _by_the_largest_entry(grads, limit):
    top = _largest_entry(grads)
    return _scaled(grads, limit / top if top > limit else 1.0)


# --- wrong sums -----------------------------------------------------------------------


def _each_part(parts, limit):
    return _added([clip(part, limit) for part in parts])


def _each_part_and_the_sum(parts, limit):
    return clip(_added([clip(part, limit) for part in parts]), limit)


def _each_part_its_share(parts, limit):
    return _added([clip(part, limit / len(parts)) for part in parts])


def _mean_of_parts(parts, limit):
    return clip(_scaled(_added(parts), 1 / len(parts)), limit)


def _limit_of_all_parts(parts, limit):
    return clip(_added(parts), limit * len(parts))


def _sum_not_clipped(parts, limit):
    return _added(parts)


def _first_part(parts, limit):
    return clip(parts[0], limit)


def _none_wins(parts, limit):
    return clip(_added_with_none(parts), limit)


def _added_with_none(entries):
    if any(e is None for e in entries):
        return None
    if isinstance(entries[0], dict):
        return {key: _added_with_none([e[key] for e in entries]) for key in entries[0]}
    if isinstance(entries[0], list):
        return [_added_with_none(list(places)) for places in zip(*entries, strict=True)]
    return sum(entries)


def _form_of_the_first(parts, limit):
    """What is None in the first part stays None."""
    return clip(_like(parts[0], _added(parts)), limit)


def _like(form, nest):
    if isinstance(form, dict):
        return {key: _like(form[key], nest[key]) for key in form}
    if isinstance(form, list):
        return [_like(f, n) for f, n in zip(form, nest, strict=True)]
    return None if form is None else nest


def _added_into_the_first(parts, limit):
    total = _added(parts)
    _write_into(parts[0], total)
    return clip(total, limit)


def _write_into(nest, values):
    for g, value in zip(_places(nest), _places_where(nest, values), strict=True):
        g[...] = value


def _places(nest):
    return list(arrays_in(nest))


def _places_where(form, nest):
    return list(arrays_in(_like(form, nest)))


# --- numbers --------------------------------------------------------------------------


def _nest(rng: np.random.Generator, kind: int, none: bool = True) -> Any:
    """A nest of arrays of several shapes; `none` puts a None in two places."""
    a, b, c = (int(n) for n in rng.integers(2, 5, 3))

    def g(*shape):
        return rng.standard_normal(shape) + 0.3

    hole = None if none else g(b)
    if kind == 0:
        return {
            "encoder": {"W_xh": g(a, b), "b_h": g(b), "frozen": hole},
            "layers": [{"W_hh": g(b, b)}, None if none else {"b": g(c)}, [g(c)]],
            "b_o": g(c),
        }
    if kind == 1:
        return [g(a), {"W": [hole, g(a, b, c)], "rest": []}, g(1)]
    if kind == 2:
        return {"W": g(a, b), "b": g(b), "u": hole}
    return {"W": [[g(a, c)]], "frozen": {"b": hole}}


def _times(nest: Any, factor: float) -> Any:
    return _scaled(nest, factor)


def _mixed(rng: np.random.Generator, power: int) -> Any:
    """One array has entries of 10**power, the others are of size one."""
    nest = _nest(rng, 0)
    nest["b_o"] = nest["b_o"] * 10.0**power
    return nest


def _of_norm(rng: np.random.Generator, kind: int, norm: float) -> Any:
    nest = _nest(rng, kind)
    return _scaled(nest, norm / global_norm(nest))


def _parts(rng: np.random.Generator, count: int, kind: int = 0) -> list[Any]:
    """Nests of one form, in which None stands in different places."""
    form = _nest(rng, kind, none=False)
    parts = [each(lambda g: rng.standard_normal(g.shape), form) for _ in range(count)]
    if kind == 0:
        for i, part in enumerate(parts):
            part["encoder"]["frozen"] = None
            if i % 2 == 0:
                part["b_o"] = None
            if i == 1:
                part["encoder"]["b_h"] = None
    return parts


def _expect_norm(ask: Ask, nest: Any, where: str) -> None:
    reply = ask("global_norm", nest)
    want = global_norm(nest)
    got = float(array(reply.value, (), f"{where} the norm"))
    if not np.isclose(got, want, rtol=1e-5, atol=0):
        tip = hint(SLIPS, "global_norm", (nest,), got, want)
        raise Wrong(f"{where} the norm is {got:.5g}, expected {want:.5g}.{tip}")
    expect_same_arguments((nest,), reply.args_after)


def _by_own_norm(ask: Ask, nest: Any, limit: float, got: Any) -> Any:
    """What clipping should give: also by the learner's norm, if that adds up norms.

    A wrong norm has cost its points already, and must not cost those of the clipping.
    """
    want = clip(nest, limit)
    if _same_nest(got, want):
        return want
    try:
        own = float(array(ask("global_norm", nest).value, (), "the norm"))
    except Wrong:
        return want
    if not np.isclose(own, _sum_of_norms(nest), rtol=1e-5, atol=0) or own == 0:
        return want
    other = _scaled(nest, limit / own if own > limit else 1.0)
    return other if _same_nest(got, other) else want


def _same_nest(got: Any, want: Any) -> bool:
    try:
        expect_nest(got, want, "")
    except Wrong:
        return False
    return True


def _expect_clip(ask: Ask, nest: Any, limit: float, where: str) -> None:
    reply = ask("clip", nest, limit)
    want = _by_own_norm(ask, nest, limit, reply.value)
    tip = hint(SLIPS, "clip", (nest, limit), reply.value, want)
    expect_nest(reply.value, want, f"{where}, the result", tip)
    expect_same_arguments((nest, limit), reply.args_after)


def _test_norm(ask: Ask, rng: np.random.Generator) -> None:
    for kind in range(4):
        _expect_norm(ask, _nest(rng, kind), "for a small nest")
    _expect_norm(ask, {"W": None, "rest": [None, {}]}, "without any array")


def _test_norm_extreme(ask: Ask, rng: np.random.Generator) -> None:
    for size in (1e200, 1e-200):
        for kind in (0, 1, 2):
            nest = _times(_nest(rng, kind), size)
            _expect_norm(ask, nest, f"for entries of about {size:.0e}")
    _expect_norm(ask, _mixed(rng, 200), "for entries of 1 and of 1e200")


def _test_clip_long(ask: Ask, rng: np.random.Generator) -> None:
    for kind, norm, limit in (
        (0, 7.0, 2.0),
        (1, 30.0, 1.5),
        (2, 0.02, 0.001),
        (3, 5.0, 4.0),
        (2, 3e-6, 1e-6),
        (0, 2.0, 0.0),
        (0, 1e201, 3.0),
    ):
        nest = _of_norm(rng, kind, norm)
        _expect_clip(
            ask, nest, limit, f"for a gradient of norm {norm:g}, limit {limit:g}"
        )
    _expect_clip(ask, _mixed(rng, 200), 2.0, "for entries of 1 and of 1e200")


def _test_clip_short(ask: Ask, rng: np.random.Generator) -> None:
    for kind, norm, limit in ((0, 0.5, 2.0), (1, 1e-3, 5.0), (3, 4.0, np.inf)):
        nest = _of_norm(rng, kind, norm)
        _expect_clip(
            ask, nest, limit, f"for a gradient of norm {norm:g}, limit {limit:g}"
        )
    exact = {"W": np.array([[3.0, 0.0]]), "rest": [np.array([-4.0]), None]}
    _expect_clip(ask, exact, 5.0, "for a gradient of exactly the norm allowed")
    zero = {"W": np.zeros((2, 3)), "u": None, "b": [np.zeros(3)]}
    for limit in (1.0, 0.0):
        _expect_clip(ask, zero, limit, f"for a gradient of zeros, limit {limit:g}")


def _test_sum(ask: Ask, rng: np.random.Generator) -> None:
    for count, kind, limit in ((3, 0, 0.5), (2, 2, 1.0), (4, 0, 1e3), (1, 3, 0.1)):
        parts = _parts(rng, count, kind)
        reply = ask("clip_sum", parts, limit)
        want = _by_own_norm(ask, _added(parts), limit, reply.value)
        tip = hint(SLIPS, "clip_sum", (parts, limit), reply.value, want)
        where = f"for {count} parts, limit {limit:g}, the result"
        expect_nest(reply.value, want, where, tip)
        expect_same_arguments((parts, limit), reply.args_after)


def _cases(rng: np.random.Generator) -> list[Call]:
    zero = {"W": np.zeros((2, 3)), "u": None}
    exact = {"W": np.array([[3.0, 0.0]]), "rest": [np.array([-4.0])]}
    nests = [_nest(rng, kind) for kind in (0, 1, 3)]
    large = [_times(_nest(rng, 1), 1e200), _mixed(rng, 200)]
    small = _times(_nest(rng, 0), 1e-200)
    calls = [Call("global_norm", nest) for nest in (*nests, zero, *large, small)]
    for nest, limit in (
        (_of_norm(rng, 0, 7.0), 2.0),
        (_of_norm(rng, 1, 40.0), 1.5),
        (_of_norm(rng, 2, 3e-6), 1e-6),
        (_of_norm(rng, 1, 0.1), 2.0),
        (_of_norm(rng, 0, 3.0), np.inf),
        (exact, 5.0),
        (zero, 0.0),
        (zero, 1.0),
        (large[1], 2.0),
    ):
        calls.append(Call("clip", nest, limit))
    for count, kind, limit in ((3, 0, 0.5), (2, 2, 1.0), (2, 0, 1e3)):
        calls.append(Call("clip_sum", _parts(rng, count, kind), limit))
    return calls


SLIPS = (
    Slip(
        "sum of the norms",
        "global_norm",
        _sum_of_norms,
        "You add up the norms of the arrays. Lay all entries end to end in one long vector and take its length: what is added up over the arrays is something else than their norms.",
        NORM,
        "Norms of parts do not add up.",
    ),
    Slip(
        "the largest norm",
        "global_norm",
        _largest_norm,
        "You return the norm of the longest array. All of them belong to one gradient.",
        NORM,
        "That is the longest array alone.",
    ),
    Slip(
        "root of the mean square",
        "global_norm",
        _root_mean_square,
        "You divide by the number of entries under the root. A length is the root of a sum, not of a mean.",
        NORM,
        "A length is the root of a sum.",
    ),
    Slip(
        "no root",
        "global_norm",
        _no_root,
        "You return the square of the norm.",
        NORM,
        "That is its square.",
    ),
    Slip(
        "sum of absolute values",
        "global_norm",
        _sum_of_sizes,
        "You add up absolute values. The norm here is the Euclidean length.",
        NORM,
        "Absolute values are added where squares should be.",
    ),
    Slip(
        "the largest entry",
        "global_norm",
        _largest_entry,
        "You return the largest absolute entry. It helps against overflow, but the norm is the length of the whole vector.",
        NORM,
        "That is the largest entry.",
    ),
    Slip(
        "squares that overflow",
        "global_norm",
        _squares_overflow,
        "Your norm is right for numbers of ordinary size, but the square of 1e200 is infinite and that of 1e-200 is zero. Bring the entries to a size that can be squared, and undo that at the end.",
        NORM,
        "The squares leave the range of floats.",
    ),
    Slip(
        "the first level alone",
        "global_norm",
        _first_level,
        "You look at the outermost dict or list alone. Its entries can be dicts and lists again, to any depth: let the function call itself.",
        NORM,
        "Deeper arrays are passed over.",
    ),
    Slip(
        "lists passed over",
        "global_norm",
        _dicts_alone,
        "You open dicts but not lists. Both can hold arrays, and each other.",
        NORM,
        "Lists are passed over.",
    ),
    Slip(
        "singular values",
        "global_norm",
        _singular_values,
        "You take the largest singular value of every matrix (`np.linalg.norm(g, 2)` does). For clipping a matrix is only a vector written in rows: all its entries count.",
        NORM,
        "A matrix counts here with its largest singular value.",
    ),
    Slip(
        "squares of sums",
        "global_norm",
        _added_up,
        "You add up the entries of each array before you square. Square first: entries of opposite sign must not cancel.",
        NORM,
        "Entries are added before they are squared.",
    ),
    Slip(
        "a limit for every array",
        "clip",
        _per_tensor,
        "You clip each array by its own norm. Then long arrays lose more than short ones and the direction changes: one factor, from one norm, for all.",
        TENSOR,
        "Every array has a factor of its own.",
    ),
    Slip(
        "a limit for every branch",
        "clip",
        _per_branch,
        "You clip every entry of the outermost dict or list by itself. One factor, from one norm, for all that is in the nest.",
        TENSOR,
        "Every branch has a factor of its own.",
    ),
    Slip(
        "by value",
        "clip",
        _by_value,
        "You cut off every entry at the limit. That changes the direction, and the result can still be longer than the limit. The whole gradient is shortened, by one factor.",
        VALUE,
        "Entries are cut off one by one.",
    ),
    Slip(
        "by the largest entry",
        "clip",
        _by_the_largest_entry,
        "You compare the limit with the largest entry. The direction is kept, but what may not be longer than the limit is the whole gradient.",
        NORM,
        "The limit is compared with the largest entry.",
    ),
    Slip(
        "no condition",
        "clip",
        _no_condition,
        "You multiply by limit/norm always, as the formula reads when its condition is left out. A short gradient is then blown up to the limit, at every minimum, and zeros become NaN. What should happen to a gradient that is short enough?",
        NORM,
        "Short gradients are changed too.",
    ),
    Slip(
        "no condition, except for zeros",
        "clip",
        _no_condition_but_zero,
        "You protect yourself from 0/0, but a short gradient is still blown up to the limit. What should happen to a gradient that is short enough?",
        NORM,
        "Short gradients are changed too.",
    ),
    Slip(
        "condition turned round",
        "clip",
        _condition_turned,
        "You lengthen the short gradients and leave the long ones. The limit is an upper one.",
        NORM,
        "Short gradients are changed and long ones are not.",
    ),
    Slip(
        "division at equality",
        "clip",
        _at_equality_too,
        "You divide also when the norm *equals* the limit. For a gradient of zeros and a limit of 0 that is 0/0.",
        NORM,
        "0/0 where norm and limit are equal.",
    ),
    Slip(
        "a constant in the divisor",
        "clip",
        _constant_in_the_divisor,
        "You add a small constant to the norm, as PyTorch does. With a small limit the result is visibly too short. Where can the division go wrong, and does your condition let that happen?",
        NORM,
        "A constant in the divisor makes the result too short.",
    ),
    Slip(
        "clipping with squares that overflow",
        "clip",
        _squares_in_clip,
        "Here you compute the norm anew, with squares that overflow: for entries of 1e200 the norm is infinite, and everything becomes 0. You have a function that does it right.",
        NORM,
        "The norm in `clip` overflows.",
    ),
    Slip(
        "divided by the square",
        "clip",
        _by_the_square,
        "You divide by the square of the norm. Multiply a vector by c and its length is multiplied by |c|: which c makes the length equal to the limit?",
        NORM,
        "The result has not the length of the limit.",
    ),
    Slip(
        "nothing clipped",
        "clip",
        _nothing_done,
        "You return every gradient as it is.",
        NORM,
        "Nothing was clipped.",
    ),
    Slip(
        "in place",
        "clip",
        _in_place,
        "The numbers are right, but you change the caller's arrays (`*=` writes into them). Make new arrays.",
        NORM,
    ),
    Slip(
        "None left out",
        "clip",
        _none_left_out,
        "You leave out what is None. The caller looks for the same keys and places in the result: None stays None, where it was.",
        NORM,
    ),
    Slip(
        "None becomes zero",
        "clip",
        _none_is_zero,
        "You turn None into 0. None says that a parameter has no gradient, so that an optimiser leaves it alone: None stays None.",
        NORM,
    ),
    Slip(
        "every part clipped",
        "clip_sum",
        _each_part,
        "You clip the parts and add them up. The sum can be much longer than the limit, and its direction is not that of the whole batch: the parts are only pieces of one gradient.",
        NORM,
        "The parts are clipped one by one.",
    ),
    Slip(
        "every part clipped, then the sum",
        "clip_sum",
        _each_part_and_the_sum,
        "You clip the parts before you add them, and the sum again. Its length is right, its direction is not that of the whole batch.",
        NORM,
        "The parts are clipped one by one.",
    ),
    Slip(
        "every part to its share of the limit",
        "clip_sum",
        _each_part_its_share,
        "You clip every part to its share of the limit. The sum is never too long, but its direction is not that of the whole batch, and it may be shortened without need.",
        NORM,
        "The parts are clipped one by one.",
    ),
    Slip(
        "mean of the parts",
        "clip_sum",
        _mean_of_parts,
        "You average the parts. Here the gradient of the batch is their sum.",
        NORM,
        "That is clipped from a mean of the parts.",
    ),
    Slip(
        "a limit for as many parts",
        "clip_sum",
        _limit_of_all_parts,
        "You multiply the limit by the number of parts. Into how many parts a batch is cut must not change the update.",
        NORM,
        "The limit grows with the number of parts.",
    ),
    Slip(
        "sum not clipped",
        "clip_sum",
        _sum_not_clipped,
        "You return the sum as it is. It is to be clipped.",
        NORM,
        "The sum is not clipped.",
    ),
    Slip(
        "the first part alone",
        "clip_sum",
        _first_part,
        "You return the first part. All belong to the batch.",
        NORM,
        "That is the first part.",
    ),
    Slip(
        "None swallows the others",
        "clip_sum",
        _none_wins,
        "Where one part has None you return None, and lose what the other parts have there. None says that this part has nothing to add.",
        NORM,
        "One None makes the sum None.",
    ),
    Slip(
        "None of the first part",
        "clip_sum",
        _form_of_the_first,
        "Where the first part has None you return None, whatever later parts have there.",
        NORM,
        "A None of the first part stays.",
    ),
    Slip(
        "added into the first part",
        "clip_sum",
        _added_into_the_first,
        "The numbers are right, but you add the parts up in the arrays of the first one (`+=` writes into them), which belong to the caller.",
        NORM,
    ),
)

QUESTION = Question(
    id="09.1",
    title="one norm for everything",
    answers=("global_norm", "clip", "clip_sum"),
    reference={"global_norm": global_norm, "clip": clip, "clip_sum": clip_sum},
    properties=(
        Property(
            "global_norm is the length of all arrays together, however they are nested",
            1,
            _test_norm,
            NORM,
        ),
        Property(
            "global_norm is right for entries of 1e200 and of 1e-200",
            1,
            _test_norm_extreme,
            NORM,
        ),
        Property(
            "clip shortens a gradient that is too long to the limit, by one factor",
            1,
            _test_clip_long,
            NORM,
        ),
        Property(
            "clip leaves short gradients, those at the limit, zeros and None as they are",
            1,
            _test_clip_short,
            NORM,
        ),
        Property(
            "clip_sum clips the sum of the parts, whatever is None in some of them",
            1,
            _test_sum,
            NORM,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
