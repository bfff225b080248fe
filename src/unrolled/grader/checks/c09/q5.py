"""Question 9.5: an update that survives gradients which are not numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c09.common import close, expect_nest
from unrolled.grader.checks.c09.q1 import clip, global_norm
from unrolled.grader.checks.judging import expect_keys, kind_of
from unrolled.grader.checks.slips import (
    Slip,
    expect_same_arguments,
    misconceptions,
    several,
)
from unrolled.grader.question import Ask, Call, Property, Question, Rng, Wrong

SAFE = "§9.9"
CLIP = "§9.8, eq-clip-norm"
ADAM = "§9.9; for Adam itself §4.6"
STEP = "§9.8, eq-clip-norm; for Adam itself §4.6"


def _taken(theta, g, state, lr, correct=True, inside=0.0, outside=1e-8):
    """One step of Adam with gradients as they are."""
    k = state["k"] + 1
    m = {n: 0.9 * state["m"][n] + 0.1 * g[n] for n in theta}
    s = {n: 0.999 * state["s"][n] + 0.001 * g[n] ** 2 for n in theta}
    one, two = (1 - 0.9**k, 1 - 0.999**k) if correct else (1.0, 1.0)
    moved = {
        n: theta[n] - lr * (m[n] / one) / (np.sqrt(s[n] / two + inside) + outside)
        for n in theta
    }
    return moved, {"m": m, "s": s, "k": k, "skipped": 0}


def _skipped(theta, state, k=None):
    return theta, {**state, "k": k or state["k"], "skipped": state["skipped"] + 1}


def _finite(g):
    return all(np.isfinite(x).all() for x in g.values())


def safe_step(theta, g, state, lr, limit):
    if not _finite(g):
        return _skipped(theta, state)
    return _taken(theta, clip(g, limit), state, lr)


def random_step(theta, radius, rng):
    d = {n: rng.standard_normal(x.shape) for n, x in theta.items()}
    return {n: theta[n] + d[n] * (radius / global_norm(d)) for n in theta}


# --- wrong steps ----------------------------------------------------------------------


def _not_tested(theta, g, state, lr, limit):
    return _taken(theta, _clip_blind(g, limit), state, lr)


def _clip_blind(g, limit):
    """By a norm that NaN and infinity have gone into."""
    norm = np.sqrt(sum((np.float64(x) ** 2).sum() for x in g.values()))
    top = max(np.abs(x).max() for x in g.values())
    if np.isfinite(top) and not np.isfinite(norm):
        norm = global_norm(g)
    return {n: x * (limit / norm) for n, x in g.items()} if norm > limit else g


def _infinity_alone(theta, g, state, lr, limit):
    if any(np.isinf(x).any() for x in g.values()):
        return _skipped(theta, state)
    return _not_tested(theta, g, state, lr, limit)


def _nan_alone(theta, g, state, lr, limit):
    if any(np.isnan(x).any() for x in g.values()):
        return _skipped(theta, state)
    return _not_tested(theta, g, state, lr, limit)


def _bad_entries_zero(theta, g, state, lr, limit):
    g = {n: np.where(np.isfinite(x), x, 0.0) for n, x in g.items()}
    return _taken(theta, clip(g, limit), state, lr)


def _bad_numbers_replaced(theta, g, state, lr, limit):
    g = {n: np.nan_to_num(x) for n, x in g.items()}
    return _taken(theta, clip(g, limit), state, lr)


def _bad_parameter_alone(theta, g, state, lr, limit):
    """Arrays with bad entries count as zeros, the others go on."""
    bad = [n for n, x in g.items() if not np.isfinite(x).all()]
    if not bad:
        return safe_step(theta, g, state, lr, limit)
    kept = {n: np.zeros_like(x) if n in bad else x for n, x in g.items()}
    moved, new = _taken(theta, clip(kept, limit), state, lr)
    for n in bad:
        moved[n], new["m"][n], new["s"][n] = theta[n], state["m"][n], state["s"][n]
    return moved, new


def _first_array_tested(theta, g, state, lr, limit):
    first = next(iter(g.values()))
    if not np.isfinite(first).all():
        return _skipped(theta, state)
    return _not_tested(theta, g, state, lr, limit)


def _norm_overflows(theta, g, state, lr, limit):
    norm = np.sqrt(sum((x**2).sum() for x in g.values()))
    if not np.isfinite(norm):
        return _skipped(theta, state)
    return safe_step(theta, g, state, lr, limit)


def _large_skipped(theta, g, state, lr, limit):
    if not _finite(g) or global_norm(g) > limit:
        return _skipped(theta, state)
    return safe_step(theta, g, state, lr, limit)


def _averages_fade(theta, g, state, lr, limit):
    if _finite(g):
        return safe_step(theta, g, state, lr, limit)
    _, new = _skipped(theta, state)
    new["m"] = {n: 0.9 * x for n, x in state["m"].items()}
    new["s"] = {n: 0.999 * x for n, x in state["s"].items()}
    return theta, new


def _zero_gradient(theta, g, state, lr, limit):
    """A skipped gradient counts as zeros: momentum goes on."""
    if _finite(g):
        return safe_step(theta, g, state, lr, limit)
    zeros = {n: np.zeros_like(x) for n, x in g.items()}
    moved, new = _taken(theta, zeros, state, lr)
    return moved, {**new, "skipped": state["skipped"] + 1}


def _counted_as_taken(theta, g, state, lr, limit):
    if _finite(g):
        return safe_step(theta, g, state, lr, limit)
    return _skipped(theta, state, k=state["k"] + 1)


def _averages_poisoned(theta, g, state, lr, limit):
    """The parameters are kept, the averages have taken the gradient in."""
    if _finite(g):
        return safe_step(theta, g, state, lr, limit)
    _, new = _taken(theta, g, state, lr)
    return theta, {**new, "k": state["k"], "skipped": state["skipped"] + 1}


def _not_counted(theta, g, state, lr, limit):
    moved, new = safe_step(theta, g, state, lr, limit)
    return moved, {**new, "skipped": 0 if new["k"] > state["k"] else state["skipped"]}


def _never_reset(theta, g, state, lr, limit):
    moved, new = safe_step(theta, g, state, lr, limit)
    taken = new["k"] > state["k"]
    return moved, {**new, "skipped": state["skipped"]} if taken else new


def _not_clipped(theta, g, state, lr, limit):
    if not _finite(g):
        return _skipped(theta, state)
    return _taken(theta, g, state, lr)


def _clipped_per_tensor(theta, g, state, lr, limit):
    if not _finite(g):
        return _skipped(theta, state)
    return _taken(theta, {n: clip([x], limit)[0] for n, x in g.items()}, state, lr)


def _clipped_by_value(theta, g, state, lr, limit):
    if not _finite(g):
        return _skipped(theta, state)
    return _taken(
        theta, {n: np.clip(x, -limit, limit) for n, x in g.items()}, state, lr
    )


def _update_clipped(theta, g, state, lr, limit):
    if not _finite(g):
        return _skipped(theta, state)
    moved, new = _taken(theta, g, state, lr)
    step = clip({n: moved[n] - theta[n] for n in theta}, limit)
    return {n: theta[n] + step[n] for n in theta}, new


def _not_corrected(theta, g, state, lr, limit):
    if not _finite(g):
        return _skipped(theta, state)
    return _taken(theta, clip(g, limit), state, lr, correct=False)


def _corrected_by_the_old_count(theta, g, state, lr, limit):
    if not _finite(g):
        return _skipped(theta, state)
    if state["k"] == 0:
        return _taken(theta, clip(g, limit), state, lr)
    moved, new = _taken(theta, clip(g, limit), {**state, "k": state["k"] - 1}, lr)
    return moved, {**new, "k": state["k"] + 1}


def _constant_under_the_root(theta, g, state, lr, limit):
    if not _finite(g):
        return _skipped(theta, state)
    return _taken(theta, clip(g, limit), state, lr, inside=1e-8, outside=0.0)


def _in_place(theta, g, state, lr, limit):
    moved, new = safe_step(theta, g, state, lr, limit)
    for n in theta:
        theta[n][...] = moved[n]
    return theta, new


def _state_in_place(theta, g, state, lr, limit):
    moved, new = safe_step(theta, g, state, lr, limit)
    state.update(new)
    return moved, state


# --- wrong random steps ---------------------------------------------------------------


def _each_array_radius(theta, radius, rng):
    found = {}
    for n, x in theta.items():
        d = rng.standard_normal(x.shape)
        found[n] = x + d * (radius / np.linalg.norm(d))
    return found


def _not_normalised(theta, radius, rng):
    return {n: x + radius * rng.standard_normal(x.shape) for n, x in theta.items()}


def _normalised_by_size(theta, radius, rng):
    """Right on average only."""
    total = np.sqrt(sum(x.size for x in theta.values()))
    return {
        n: x + radius / total * rng.standard_normal(x.shape) for n, x in theta.items()
    }


def _from_a_cube(theta, radius, rng):
    d = {n: rng.uniform(-1, 1, x.shape) for n, x in theta.items()}
    return {n: theta[n] + d[n] * (radius / global_norm(d)) for n in theta}


def _signs(theta, radius, rng):
    d = {n: rng.choice([-1.0, 1.0], x.shape) for n, x in theta.items()}
    return {n: theta[n] + d[n] * (radius / global_norm(d)) for n in theta}


def _one_number(theta, radius, rng):
    """The same number for all entries of an array."""
    d = {n: np.full(x.shape, rng.standard_normal()) for n, x in theta.items()}
    return {n: theta[n] + d[n] * (radius / global_norm(d)) for n in theta}


def _the_step_alone(theta, radius, rng):
    moved = random_step(theta, radius, rng)
    return {n: moved[n] - theta[n] for n in theta}


def _own_generator(theta, radius, rng):
    return random_step(theta, radius, np.random.default_rng(0))


def _moved_in_place(theta, radius, rng):
    moved = random_step(theta, radius, rng)
    for n in theta:
        theta[n][...] = moved[n]
    return theta


def _added_to_the_gradient(theta, radius, rng):
    """Relative to each entry."""
    d = {n: rng.standard_normal(x.shape) * x for n, x in theta.items()}
    return {n: theta[n] + d[n] * (radius / global_norm(d)) for n in theta}


# --- numbers --------------------------------------------------------------------------


def _situation(
    rng: np.random.Generator,
    norm: float = 3.0,
    limit: float = 1.0,
    bad: dict[str, float] | None = None,
    k: int = 4,
    skipped: int = 2,
    large: bool = False,
) -> tuple[Any, ...]:
    """Arguments of safe_step; bad: a value for one entry of the gradients named."""
    H = int(rng.integers(2, 5))
    shapes = {"W_xh": (H + 1, H), "W_hh": (H, H), "b_h": (H,)}
    theta = {n: rng.standard_normal(s) for n, s in shapes.items()}
    g = {n: rng.standard_normal(s) for n, s in shapes.items()}
    scale = norm / global_norm(g)
    g = {n: x * scale for n, x in g.items()}
    if large:
        g["W_hh"] = g["W_hh"] * 1e200
    for n, value in (bad or {}).items():
        g[n].flat[rng.integers(g[n].size)] = value
    m = {n: 0.3 * rng.standard_normal(s) * (k > 0) for n, s in shapes.items()}
    s = {n: 0.1 * rng.uniform(0.2, 1, z) * (k > 0) for n, z in shapes.items()}
    state = {"m": m, "s": s, "k": k, "skipped": skipped}
    return theta, g, state, float(rng.uniform(0.01, 0.3)), limit


def _good(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    return [
        _situation(rng, norm=5.0, limit=1.5),
        _situation(rng, norm=0.4, limit=1.0, skipped=0),
        _situation(rng, norm=2.0, limit=0.7, k=0, skipped=3),
        _situation(rng, norm=2.0, limit=1.0, k=40),
        _situation(rng, norm=2.0, limit=0.01, k=1),
        _situation(rng, norm=3e-8, limit=1.0, k=0),
    ]


def _great(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    return [
        _situation(rng, norm=1e6, limit=1.0),
        _situation(rng, norm=1e200, limit=2.0, k=2),
        _situation(rng, norm=4.0, limit=1.0, large=True, skipped=1),
    ]


def _bad(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    return [
        _situation(rng, bad={"b_h": np.nan}),
        _situation(rng, bad={"W_hh": np.inf}, skipped=0),
        _situation(rng, bad={"W_xh": -np.inf}, k=9),
        _situation(rng, bad={"W_hh": np.nan}, norm=0.2, skipped=0),
        _situation(rng, bad={"W_xh": np.nan, "b_h": np.inf}, k=0),
        _situation(rng, bad={"b_h": np.inf, "W_hh": -np.inf}, norm=0.1),
    ]


def _where(args: tuple[Any, ...]) -> str:
    _, g, state, _, limit = args
    if not _finite(g):
        names = [n for n, x in g.items() if not np.isfinite(x).all()]
        kinds = {
            "NaN" if np.isnan(x).any() else "infinite" for x in (g[n] for n in names)
        }
        return f"for {' and '.join(sorted(kinds))} entries in {' and '.join(names)},"
    return f"for a gradient of norm {global_norm(g):.3g}, limit {limit:g}, k = {state['k']},"


def _expect_step(
    ask: Ask, args: tuple[Any, ...], kept: bool = False, row: bool = True
) -> None:
    """kept: whether the arguments are looked at after the call, too.

    row: whether the count of skips in a row is looked at.
    """
    reply = ask("safe_step", *args)
    where = _where(args)
    theta, state = several(reply.value, 2, "two results, the parameters and the state")
    want, new = safe_step(*args)
    state = expect_keys(state, new, "a state, a dict")
    told = {name: state[name] for name in ("m", "s")}
    _numbers(theta, f"{where} the parameters")
    _numbers(told, f"{where} the averages")
    for name in ("k", "skipped") if row else ("k",):
        got = state[name]
        if isinstance(got, (bool, np.bool_)) or not isinstance(
            got, (int, float, np.number)
        ):
            raise Wrong(f'{where} "{name}" is {kind_of(got)}, expected a whole number.')
        if got != new[name]:
            raise Wrong(f'{where} "{name}" is {got}, expected {new[name]}.')
    expect_nest(told, {"m": new["m"], "s": new["s"]}, f"{where} the averages")
    tip = " The averages are right: compare how they are used with the fourth point."
    expect_nest(theta, want, f"{where} the parameters", tip if _finite(args[1]) else "")
    if not kept:
        return
    expect_same_arguments(args, reply.args_after)
    left = reply.args_after[2]
    if any(left.get(name) != args[2][name] for name in ("k", "skipped")):
        raise Wrong(
            f"{where} the call changed its argument `state`: the counts in it belong to the caller. Make a new dict."
        )


def _numbers(nest: Any, what: str) -> None:
    """Raise Wrong where a NaN is: that is worth its own sentence."""
    if isinstance(nest, dict):
        for value in nest.values():
            _numbers(value, what)
    elif isinstance(nest, np.ndarray) and nest.dtype.kind == "f":
        if np.isfinite(nest).all():
            return
        raise Wrong(f"{what} hold NaN or infinity, and will for ever.")


def _test_good(ask: Ask, rng: np.random.Generator) -> None:
    for args in _good(rng):
        _expect_step(ask, args, kept=True)


def _test_great(ask: Ask, rng: np.random.Generator) -> None:
    for args in _great(rng):
        _expect_step(ask, args, row=False)


def _test_bad(ask: Ask, rng: np.random.Generator) -> None:
    for args in _bad(rng):
        _expect_step(ask, args, kept=True)


def _test_sequence(ask: Ask, rng: np.random.Generator) -> None:
    """Six updates, some of them not numbers: as if those had never come."""
    theta, _, state, lr, limit = _situation(rng, k=0, skipped=0)
    for i in range(6):
        bad = {"W_hh": np.nan} if i in (0, 2, 3) else None
        _, g, _, _, _ = _situation(rng, norm=2.0, bad=bad)
        g = {n: np.resize(g[n], theta[n].shape) for n in theta}
        if bad:
            g["W_hh"].flat[-1] = np.nan
        args = theta, g, state, lr, limit
        _expect_step(ask, args, row=False)
        theta, state = safe_step(*args)


def _large_theta(rng: np.random.Generator) -> dict[str, Any]:
    shapes = {"W_xh": (20, 27), "W_hh": (27, 20), "b_h": (120,)}
    return {n: 2 * rng.standard_normal(s) + 1 for n, s in shapes.items()}


def _test_random(ask: Ask, rng: np.random.Generator) -> None:
    theta, radius = _large_theta(rng), float(rng.uniform(0.5, 3))
    seeds = [int(n) for n in rng.integers(2**31, size=3)]
    moves = []
    for seed in (*seeds, seeds[0]):
        reply = ask("random_step", theta, radius, Rng(seed))
        moved = expect_keys(reply.value, theta, "a dict of parameters")
        for n, x in theta.items():
            value = moved[n]
            if not isinstance(value, np.ndarray) or value.shape != x.shape:
                raise Wrong(f'"{n}" has not the shape of the parameter.')
            if not np.isfinite(value).all():
                raise Wrong(f'"{n}" has entries that are not numbers.')
        moves.append({n: moved[n] - theta[n] for n in theta})
        length = global_norm(moves[-1])
        if not np.isclose(length, radius, rtol=1e-5):
            raise Wrong(
                f"all parameters together moved by {length:.5g}, expected {radius:.5g}."
            )
        expect_same_arguments((theta, radius, None), (*reply.args_after[:2], None))
    if not all(close(moves[0][n], moves[3][n]) for n in theta):
        raise Wrong("two generators of the same seed gave two steps: draw from `rng`.")
    if close(moves[0]["b_h"], moves[1]["b_h"]):
        raise Wrong("two generators of different seeds gave one step: draw from `rng`.")
    for move in moves[:3]:
        _isotropic(move, radius)


def _isotropic(move: dict[str, Any], radius: float) -> None:
    """Raise Wrong when a direction of thousands of entries cannot be an even one."""
    flat = np.concatenate([x.ravel() for x in move.values()])
    share = float((move["b_h"] ** 2).sum() / (flat**2).sum())
    fair = move["b_h"].size / flat.size
    if abs(share - fair) > 0.06:
        raise Wrong(
            f'"b_h" has {fair:.0%} of the entries and {share:.0%} of the squared step: not all directions are equally likely.'
        )
    unit = flat / flat.std()
    if abs(flat.mean()) / flat.std() > 0.15:
        raise Wrong("most entries move the same way: not all directions are possible.")
    if abs((unit**4).mean() - 3) > 0.7:
        raise Wrong(
            "directions along the diagonals of a cube, or along the axes, come more often than others. Of which distribution is every turned version the same?"
        )


def _cases(rng: np.random.Generator) -> list[Call]:
    good, bad = _good(rng), _bad(rng)
    drawn = [*bad[:3], *good[::2], good[5], *_great(rng)[1:], bad[4], good[1]]
    calls = [Call("safe_step", *args) for args in drawn]
    theta = {n: x[:3] for n, x in _large_theta(rng).items()}
    calls += [
        Call("random_step", theta, 0.5, Rng(7)),
        Call("random_step", theta, 2.0, Rng(8)),
    ]
    return calls


SLIPS = (
    Slip(
        "nothing tested",
        "safe_step",
        _not_tested,
        "A gradient with a NaN goes through your step, and every parameter is NaN after it. No comparison with NaN is true (`norm > limit` is not, and neither is `g == np.nan`), and clipping an infinite norm makes NaN of everything. Test before you clip.",
        SAFE,
    ),
    Slip(
        "infinity alone",
        "safe_step",
        _infinity_alone,
        "You test for infinity, and NaN goes through. Both have to be caught.",
        SAFE,
    ),
    Slip(
        "NaN alone",
        "safe_step",
        _nan_alone,
        "You test for NaN, and infinity goes through; clipping then makes 0 or NaN of it. Both have to be caught.",
        SAFE,
    ),
    Slip(
        "bad entries set to zero",
        "safe_step",
        _bad_entries_zero,
        "You set the bad entries to zero and step with the rest. The rest comes from the same computation, which has gone wrong: a step is taken whole or not at all.",
        SAFE,
    ),
    Slip(
        "bad entries replaced",
        "safe_step",
        _bad_numbers_replaced,
        "You replace the bad entries (`nan_to_num` makes the largest float of infinity, which after clipping is all that is left). A step is taken whole or not at all.",
        SAFE,
    ),
    Slip(
        "the bad array alone",
        "safe_step",
        _bad_parameter_alone,
        "You skip the arrays with bad entries and move the others. They come from the same computation: a step is taken whole or not at all.",
        SAFE,
    ),
    Slip(
        "the first array tested",
        "safe_step",
        _first_array_tested,
        "You test one array. A bad entry can be in any of them.",
        SAFE,
    ),
    Slip(
        "a norm that overflows",
        "safe_step",
        _norm_overflows,
        "You skip gradients whose *norm* is not finite. Squares of 1e200 overflow although every entry is finite, and such a gradient has a direction: it should be clipped. Test the entries.",
        SAFE,
    ),
    Slip(
        "long gradients skipped",
        "safe_step",
        _large_skipped,
        "You skip gradients that are too long. What is finite is clipped; only what is not a number is skipped.",
        CLIP,
    ),
    Slip(
        "averages fade",
        "safe_step",
        _averages_fade,
        "When you skip, the averages fade by their factors. A skipped step leaves everything as if it had not come, except the count of skips.",
        SAFE,
    ),
    Slip(
        "zeros for the gradient",
        "safe_step",
        _zero_gradient,
        "You put zeros in place of the bad gradient and take the step: the averages fade, and the old momentum still moves the parameters. A skipped step moves nothing.",
        SAFE,
    ),
    Slip(
        "skipped step counted as taken",
        "safe_step",
        _counted_as_taken,
        "You count the skipped step in `k`. It says how many gradients are in the averages, for the correction of their start: a skipped one is not.",
        SAFE,
    ),
    Slip(
        "averages poisoned",
        "safe_step",
        _averages_poisoned,
        "The parameters survive the bad gradient, but the averages have taken it in: they are NaN for ever, and so is the next update.",
        SAFE,
    ),
    Slip(
        "skips not counted",
        "safe_step",
        _not_counted,
        "You do not count the skipped steps. Whoever trains wants to know when every step is one.",
        SAFE,
    ),
    Slip(
        "skips never reset",
        "safe_step",
        _never_reset,
        "You never set `skipped` back. It counts skips in a row: a step that is taken ends the row.",
        SAFE,
    ),
    Slip(
        "not clipped",
        "safe_step",
        _not_clipped,
        "You do not clip. Adam divides by the size of the gradient, so that it seems to need none; but one huge gradient stays in its averages for hundreds of updates.",
        CLIP,
    ),
    Slip(
        "clipped array by array",
        "safe_step",
        _clipped_per_tensor,
        "You clip each array by its own norm. One norm, of all of them together.",
        "§9.8, eq-clip-tensor",
    ),
    Slip(
        "clipped by value",
        "safe_step",
        _clipped_by_value,
        "You clip entry by entry. Here the limit is for the norm of everything together.",
        "§9.8, eq-clip-value",
    ),
    Slip(
        "update clipped",
        "safe_step",
        _update_clipped,
        "You clip the update. The huge gradient is in the averages by then: clip before.",
        CLIP,
    ),
    Slip(
        "averages not corrected",
        "safe_step",
        _not_corrected,
        "You use the averages as they are. They start from zero and are too small at first: the task divides them.",
        ADAM,
    ),
    Slip(
        "corrected by the old count",
        "safe_step",
        _corrected_by_the_old_count,
        "You correct the averages with `k` as it was before this step. This gradient is in them: count first.",
        ADAM,
    ),
    Slip(
        "the small constant under the root",
        "safe_step",
        _constant_under_the_root,
        "You add the small constant under the root. There it is the square of a size, and stops every step of small gradients: it belongs outside.",
        ADAM,
    ),
    Slip(
        "parameters in place",
        "safe_step",
        _in_place,
        "The numbers are right, but you write them into the caller's parameters. Whoever wants to take a step back has nothing to go back to: make new arrays.",
        SAFE,
    ),
    Slip(
        "state in place",
        "safe_step",
        _state_in_place,
        "The numbers are right, but you write them into the caller's state. Make a new dict.",
        SAFE,
    ),
    Slip(
        "every array by the radius",
        "random_step",
        _each_array_radius,
        "Each of your arrays moves by the radius. It is the length of the whole step, all arrays together, and small arrays have no right to a share of their own.",
        SAFE,
    ),
    Slip(
        "not brought to length",
        "random_step",
        _not_normalised,
        "You multiply random numbers by the radius. The length of such a step grows with the number of parameters: bring the whole to the length that was asked for.",
        SAFE,
    ),
    Slip(
        "length right on average",
        "random_step",
        _normalised_by_size,
        "You divide by the root of the number of entries: the length is right on average. It is to be right exactly, so divide by the length that was drawn.",
        SAFE,
    ),
    Slip(
        "out of a cube",
        "random_step",
        _from_a_cube,
        "You draw out of a cube. It has more room in its corners, so that diagonal directions come more often. Of which distribution is every turned version the same?",
        SAFE,
    ),
    Slip(
        "signs",
        "random_step",
        _signs,
        "Your entries all have the same size. That leaves the corners of a cube, a few out of all directions.",
        SAFE,
    ),
    Slip(
        "one number an array",
        "random_step",
        _one_number,
        "You draw one number for each array. Every entry needs its own.",
        SAFE,
    ),
    Slip(
        "the step alone",
        "random_step",
        _the_step_alone,
        "You return the step. The parameters after it were asked for.",
        SAFE,
    ),
    Slip(
        "another generator",
        "random_step",
        _own_generator,
        "You make a generator of your own, so that every call takes the same step. Draw from `rng`.",
        SAFE,
    ),
    Slip(
        "moved in place",
        "random_step",
        _moved_in_place,
        "You write into the caller's parameters. Make new arrays.",
        SAFE,
    ),
    Slip(
        "in proportion to the parameters",
        "random_step",
        _added_to_the_gradient,
        "Large parameters move more in your step. All directions are to be equally likely, whatever the parameters are.",
        SAFE,
    ),
)

QUESTION = Question(
    id="09.5",
    title="a step that survives",
    answers=("safe_step", "random_step"),
    reference={"safe_step": safe_step, "random_step": random_step},
    properties=(
        Property(
            "a finite gradient is clipped and takes a step of Adam, which ends a row of skips",
            1,
            _test_good,
            STEP,
        ),
        Property(
            "finite gradients of any size are clipped, not skipped",
            1,
            _test_great,
            SAFE,
        ),
        Property(
            "a gradient with NaN or infinity in any place moves nothing, and is counted",
            1,
            _test_bad,
            SAFE,
        ),
        Property(
            "over six updates the bad gradients are as if they had never come",
            1,
            _test_sequence,
            ADAM,
        ),
        Property(
            "random_step has the length asked for, and all directions are equally likely",
            1,
            _test_random,
            SAFE,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
