"""Question 8.4: one dropout mask a sequence, in chunks."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c08.common import expect_array, sizes
from unrolled.grader.checks.judging import Array, expect_keys
from unrolled.grader.checks.slips import (
    Slip,
    array,
    expect_same_arguments,
    hint,
    misconceptions,
    several,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

Weights = dict[str, Any]


def masks(u, starts, before, rate):
    return _masks(u, starts, before, rate)


def _masks(u, starts, before, rate, slip=""):
    """Masks of a chunk; `slip` names one mistake in them."""
    m, rows = before, []
    if slip == "before forgotten":
        m = np.ones_like(before)
    if slip == "before drawn anew":
        m = (u[0] >= rate) / (1 - rate)
    if slip == "before scaled again":
        m = before / (1 - rate)
    for u_t, start in zip(u, starts, strict=True):
        if slip == "one row for all":
            u_t = np.broadcast_to(u_t[:1], u_t.shape)
        if slip == "drawn at step 1":
            u_t = u[0]
        kept = u_t >= rate
        if slip == "turned":
            kept = u_t < rate
        if slip == "above":
            kept = u_t > rate
        if slip == "one number a sequence":
            kept = np.broadcast_to(kept[:, :1], kept.shape)
        new = kept / (1 - rate)
        if slip == "not scaled":
            new = kept * 1.0
        if slip == "scaled down":
            new = kept * (1 - rate)
        if slip == "rate for its rest":
            new = kept / rate if rate else kept * 1.0
        if slip == "root":
            new = kept / np.sqrt(1 - rate)
        old = m
        if slip == "every step":
            start = np.ones_like(start)
        if slip == "all at once":
            start = np.full_like(start, start.any())
        if slip == "starts ignored":
            start = np.zeros_like(start)
        m = np.where(start[:, None], new, m)
        rows.append(old if slip == "a step late" else m)
    return np.array(rows)


def run(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w)


def _run(x, starts, h0, m, training, w, slip=""):
    """States; `slip` names one place where the mask does not belong, or the like."""
    h, states, keep = h0, [], w["keep"]
    if slip == "h0 zero":
        h = np.zeros_like(h0)
    if slip == "shares exchanged":
        keep = 1 - keep
    for t, x_t in enumerate(x):
        fresh, before = starts[t][:, None], h
        if slip == "all set to 0":
            fresh = np.full_like(fresh, fresh.any())
        if slip == "h0 at a start":
            h = np.where(fresh, h0, h)
        elif slip not in ("no start", "set to 0 afterwards"):
            h = np.where(fresh, 0.0, h)
        m_t = m[t] if training else np.ones_like(h)
        if slip == "in evaluation too":
            m_t = m[t]
        if slip == "never":
            m_t = np.ones_like(h)
        if slip == "mask of step 1":
            m_t = m[0] if training else m_t
        if slip == "a step late":
            m_t = m[max(t - 1, 0)] if training else m_t
        if slip == "evaluation scaled" and not training:
            m_t = np.full_like(h, (m[t] > 0).mean())
        places = (
            "product",
            "update",
            "inside",
            "memory",
            "new state",
            "output",
            "both",
        )
        one = np.ones_like(m_t)
        read = h * (one if slip in places and slip != "both" else m_t)
        if slip == "read over a start":
            read = before * m_t
        a = x_t @ w["W_xh"] + w["b_h"]
        product = read @ w["W_hh"]
        a = a + product * (m_t if slip == "product" else one)
        if slip == "inside":
            a = a * m_t
        update = np.tanh(a) * (m_t if slip == "update" else one)
        memory = h * (m_t if slip in ("memory", "both") else one)
        if slip == "kept over a start":
            memory = before
        new = keep * memory + (1 - keep) * update
        if slip == "no memory":
            new = update
        if slip == "tanh of all":
            new = np.tanh(keep * h + (1 - keep) * a)
        h = new * m_t if slip == "new state" else new
        if slip == "set to 0 afterwards":
            h = np.where(fresh, 0.0, h)
        states.append(h * m_t if slip == "output" else h)
    return np.array(states)


def moments(keep, weight, rate, t):
    return _moments(keep, weight, rate, t)


def _moments(keep, weight, rate, t, slip=""):
    """Mean and variance of a linear unit after t steps; `slip` names one mistake."""
    scale = 1.0 if slip == "not scaled" else 1 / (1 - rate)
    kept, dropped = keep + (1 - keep) * weight * scale, keep
    if slip == "mask on the memory":
        kept, dropped = keep * scale + (1 - keep) * weight, (1 - keep) * weight
    if slip == "mask on both":
        kept, dropped = (keep + (1 - keep) * weight) * scale, 0.0
    if slip == "keep forgotten":
        kept, dropped = weight * scale, 0.0
    share = rate if slip == "shares exchanged" else 1 - rate
    one = share * kept + (1 - share) * dropped
    square = share * kept**2 + (1 - share) * dropped**2
    mean_step, second_step = one**t, square**t
    mean_all = share * kept**t + (1 - share) * dropped**t
    second_all = share * kept ** (2 * t) + (1 - share) * dropped ** (2 * t)
    if slip == "one mean for both":
        mean_all = mean_step
    if slip == "variances add up":
        second_step = mean_step**2 + t * (square - one**2)
    if slip == "second moments":
        return {"step": (mean_step, second_step), "sequence": (mean_all, second_all)}
    step = mean_step, max(second_step - mean_step**2, 0.0)
    sequence = mean_all, max(second_all - mean_all**2, 0.0)
    if slip == "one mean for both":
        sequence = mean_all, second_all - mean_all**2
    if slip == "roots":
        step, sequence = (step[0], step[1] ** 0.5), (sequence[0], sequence[1] ** 0.5)
    if slip == "exchanged":
        step, sequence = sequence, step
    if slip == "the same for both":
        sequence = step
    return {"step": step, "sequence": sequence}


# --- wrong masks ----------------------------------------------------------------------


def _every_step(u, starts, before, rate):
    return _masks(u, starts, before, rate, "every step")


def _starts_ignored(u, starts, before, rate):
    return _masks(u, starts, before, rate, "starts ignored")


def _all_at_once(u, starts, before, rate):
    return _masks(u, starts, before, rate, "all at once")


def _before_forgotten(u, starts, before, rate):
    return _masks(u, starts, before, rate, "before forgotten")


def _before_drawn_anew(u, starts, before, rate):
    return _masks(u, starts, before, rate, "before drawn anew")


def _before_scaled_again(u, starts, before, rate):
    return _masks(u, starts, before, rate, "before scaled again")


def _drawn_at_step_1(u, starts, before, rate):
    return _masks(u, starts, before, rate, "drawn at step 1")


def _a_step_late(u, starts, before, rate):
    return _masks(u, starts, before, rate, "a step late")


def _one_row_for_all(u, starts, before, rate):
    return _masks(u, starts, before, rate, "one row for all")


def _one_number_a_sequence(u, starts, before, rate):
    return _masks(u, starts, before, rate, "one number a sequence")


def _turned(u, starts, before, rate):
    return _masks(u, starts, before, rate, "turned")


def _above(u, starts, before, rate):
    return _masks(u, starts, before, rate, "above")


def _not_scaled(u, starts, before, rate):
    return _masks(u, starts, before, rate, "not scaled")


def _scaled_down(u, starts, before, rate):
    return _masks(u, starts, before, rate, "scaled down")


def _rate_for_its_rest(u, starts, before, rate):
    return _masks(u, starts, before, rate, "rate for its rest")


def _root(u, starts, before, rate):
    return _masks(u, starts, before, rate, "root")


# --- wrong runs -----------------------------------------------------------------------


def _on_the_product(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "product")


def _on_the_update(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "update")


def _inside(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "inside")


def _on_the_memory(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "memory")


def _on_both(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "both")


def _on_the_new_state(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "new state")


def _on_the_output(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "output")


def _in_evaluation_too(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "in evaluation too")


def _evaluation_scaled(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "evaluation scaled")


def _never(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "never")


def _mask_of_step_1(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "mask of step 1")


def _mask_a_step_late(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "a step late")


def _no_start(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "no start")


def _kept_over_a_start(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "kept over a start")


def _read_over_a_start(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "read over a start")


def _h0_at_a_start(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "h0 at a start")


def _set_to_0_afterwards(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "set to 0 afterwards")


def _all_set_to_0(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "all set to 0")


def _h0_zero(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "h0 zero")


def _shares_exchanged(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "shares exchanged")


def _no_memory(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "no memory")


def _tanh_of_all(x, starts, h0, m, training, w):
    return _run(x, starts, h0, m, training, w, "tanh of all")


# --- wrong moments --------------------------------------------------------------------


def _second_moments(keep, weight, rate, t):
    return _moments(keep, weight, rate, t, "second moments")


def _roots(keep, weight, rate, t):
    return _moments(keep, weight, rate, t, "roots")


def _one_mean_for_both(keep, weight, rate, t):
    return _moments(keep, weight, rate, t, "one mean for both")


def _the_same_for_both(keep, weight, rate, t):
    return _moments(keep, weight, rate, t, "the same for both")


def _exchanged(keep, weight, rate, t):
    return _moments(keep, weight, rate, t, "exchanged")


def _variances_add_up(keep, weight, rate, t):
    return _moments(keep, weight, rate, t, "variances add up")


def _moments_not_scaled(keep, weight, rate, t):
    return _moments(keep, weight, rate, t, "not scaled")


def _moments_on_the_memory(keep, weight, rate, t):
    return _moments(keep, weight, rate, t, "mask on the memory")


def _moments_on_both(keep, weight, rate, t):
    return _moments(keep, weight, rate, t, "mask on both")


def _keep_forgotten(keep, weight, rate, t):
    return _moments(keep, weight, rate, t, "keep forgotten")


def _rate_is_kept(keep, weight, rate, t):
    return _moments(keep, weight, rate, t, "shares exchanged")


# --- numbers to ask with --------------------------------------------------------------


def _draws(
    rng: np.random.Generator, T: int, B: int, H: int, rate: float, kind: str
) -> tuple[Array, Array, Array, float]:
    """u, starts, before, rate.

    kind: "fresh" (all begin at step 1), "on" (none begins), "mixed" (some begin in the
    middle, at least one does not).
    """
    u = rng.uniform(size=(T, B, H))
    starts = np.zeros((T, B), dtype=bool)
    if kind == "fresh":
        starts[0] = True
    if kind == "mixed":
        for b in range(B - 1):
            starts[rng.integers(b % 2, T), b] = True
        starts[rng.integers(1, T), 0] = True
    before = (rng.uniform(size=(B, H)) >= 0.4) / 0.75  # another rate: left as it is
    return u, starts, before, rate


def _chunk(
    rng: np.random.Generator, T: int, B: int, D: int, H: int, kind: str
) -> tuple[Any, ...]:
    """x, starts, h0, m, weights for a run."""
    rate = float(rng.choice([0.25, 0.4, 0.5]))
    u, starts, before, rate = _draws(rng, T, B, H, rate, kind)
    w = {
        "W_xh": rng.standard_normal((D, H)) / D**0.5,
        "W_hh": rng.standard_normal((H, H)) / H**0.5,
        "b_h": 0.5 * rng.standard_normal(H),
        "keep": round(float(rng.uniform(0.3, 0.8)), 2),
    }
    if w["keep"] == 0.5:
        w["keep"] = 0.6
    m = (u >= rate) / (1 - rate)  # a new one each step
    if T % 2 == 0:
        m = masks(u, starts, before, rate)
    x, h0 = rng.standard_normal((T, B, D)), rng.uniform(-0.9, 0.9, size=(B, H))
    return x, starts, h0, m, w


# --- tests ----------------------------------------------------------------------------


def _expect_masks(ask: Ask, args: tuple[Any, ...], about: str) -> None:
    u, rate = args[0], args[3]
    want = masks(*args)
    reply = ask("masks", *args)
    told = hint(SLIPS, "masks", args, reply.value, want)
    T, B, H = u.shape
    where = f"{about}, {sizes(T=T, B=B, H=H)}, rate {rate:g}: the masks"
    got = np.asarray(reply.value)
    if got.dtype == bool and got.shape == want.shape:
        raise Wrong(f"{where} are True and False; what is kept has to be scaled.")
    expect_array(reply.value, want, where, told)
    expect_same_arguments(args, reply.args_after)


def _test_masks(ask: Ask, rng: np.random.Generator) -> None:
    for T, B, H, rate in ((4, 3, 5, 0.25), (2, 1, 8, 0.6), (1, 2, 6, 0.5)):
        about = "all sequences begin at step 1"
        _expect_masks(ask, _draws(rng, T, B, H, rate, "fresh"), about)


def _test_chunks(ask: Ask, rng: np.random.Generator) -> None:
    for T, B, H, rate in ((5, 3, 6, 0.3), (7, 4, 5, 0.5), (3, 2, 8, 0.8)):
        about = "some sequences begin in the chunk"
        _expect_masks(ask, _draws(rng, T, B, H, rate, "mixed"), about)
        about = "all sequences go on from the chunk before"
        _expect_masks(ask, _draws(rng, T, B, H, rate, "on"), about)
    u, starts, before, _ = _draws(rng, 4, 3, 6, 0.5, "mixed")
    u[::2, :, ::3] = 0.5
    _expect_masks(ask, (u, starts, before, 0.5), "with numbers equal to the rate")
    u, starts, before, _ = _draws(rng, 4, 3, 6, 0.0, "mixed")
    u[:, :, ::2] = 0.0
    _expect_masks(ask, (u, starts, before, 0.0), "with numbers equal to the rate")


RUNS = ((5, 3, 2, 4), (4, 2, 3, 5), (6, 4, 2, 3), (1, 2, 3, 4))


def _expect_run(ask: Ask, args: tuple[Any, ...], about: str) -> None:
    want = run(*args)
    reply = ask("run", *args)
    told = hint(SLIPS, "run", args, reply.value, want)
    T, B, H = want.shape
    mode = "training" if args[4] else "evaluation"
    where = f"{mode}, {about}, {sizes(T=T, B=B, H=H)}: the states"
    expect_array(reply.value, want, where, told)
    expect_same_arguments(args, reply.args_after)


def _test_training(ask: Ask, rng: np.random.Generator) -> None:
    for T, B, D, H in RUNS:
        kind = "on" if T % 2 else "fresh"
        x, starts, h0, m, w = _chunk(rng, T, B, D, H, kind)
        h0 = h0 if kind == "on" else np.zeros_like(h0)
        _expect_run(ask, (x, starts, h0, m, True, w), "no start within the chunk")


def _test_starts(ask: Ask, rng: np.random.Generator) -> None:
    for T, B, D, H in RUNS[:3]:
        x, starts, h0, m, w = _chunk(rng, T, B, D, H, "mixed")
        for training in (True, False):
            args = x, starts, h0, m, training, w
            _expect_run(ask, args, "starts within the chunk")
    x, starts, h0, m, w = _chunk(rng, 4, 3, 2, 4, "fresh")
    _expect_run(ask, (x, starts, h0, m, True, w), "starts at step 1, h0 of other texts")
    w = {**w, "keep": 0.0}
    _expect_run(ask, (x, starts, h0, m, True, w), "keep 0")


MOMENTS = (
    (0.5, 0.8, 0.5, 1),
    (0.0, 0.9, 0.2, 3),
    (0.6, -1.2, 0.25, 4),
    (0.9, 1.0, 0.4, 20),
    (0.7, 1.0, 0.0, 5),
    (0.3, 1.5, 0.6, 0),
    (1.0, 2.0, 0.5, 7),
)


def _test_moments(ask: Ask, rng: np.random.Generator) -> None:
    drawn = [round(float(v), 2) for v in rng.uniform(0.2, 0.8, size=3)]
    for keep, weight, rate, t in (*MOMENTS, (*drawn, int(rng.integers(2, 9)))):
        args = keep, weight, rate, t
        want = moments(*args)
        reply = ask("moments", *args)
        told = hint(SLIPS, "moments", args, reply.value, want)
        found = expect_keys(reply.value, want, 'a dict with "step" and "sequence"')
        for kind, (mean, variance) in want.items():
            two = several(found[kind], 2, f'two numbers in "{kind}": mean, variance')
            where = (
                f'keep {keep:g}, weight {weight:g}, rate {rate:g}, t = {t}: "{kind}"'
            )
            for got, right, name in zip(
                two, (mean, variance), ("mean", "variance"), strict=True
            ):
                value = float(array(got, (), f"{where}, the {name}"))
                room = 1e-5 * abs(right) + 1e-9 * (1 + variance + mean**2)
                if not abs(value - right) <= room:
                    if name == "variance" and value < -room and not told:
                        told = " A variance is never negative: are both of its parts from the same kind of mask?"
                    raise Wrong(
                        f"{where}: the {name} is {value:.6g}, expected {right:.6g}.{told}"
                    )


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for kind in ("fresh", "on", "mixed", "mixed"):
        calls.append(Call("masks", *_draws(rng, 6, 4, 7, 0.3, kind)))
    u, starts, before, rate = _draws(rng, 5, 4, 6, 0.5, "mixed")
    u[:, :, ::2] = 0.5
    calls.append(Call("masks", u, starts, before, rate))
    for kind in ("fresh", "on", "mixed", "mixed"):
        for T in (5, 6):
            x, starts, h0, m, w = _chunk(rng, T, 4, 3, 5, kind)
            for training in (True, False):
                calls.append(Call("run", x, starts, h0, m, training, w))
    for args in ((0.5, 0.8, 0.4, 3), (0.6, -1.2, 0.25, 4), (0.2, 1.1, 0.5, 2)):
        calls.append(Call("moments", *args))
    return calls


DROP = "§8.8, eq-var-dropout"
TASK = "§8.8, and the rules of the task"
SCALE = "§8.8, and eq-dropout of §5.13"

SLIPS = (
    Slip(
        "a new mask every step",
        "masks",
        _every_step,
        "You draw a new mask at every step. A sequence keeps its mask from its first step to its last: a new one comes where `starts` says so.",
        DROP,
        "How long does a sequence keep its mask?",
    ),
    Slip(
        "starts ignored",
        "masks",
        _starts_ignored,
        "You never draw: the mask of the chunk before goes on for ever. Where a new sequence starts it gets a mask of its own.",
        TASK,
        "`starts` has no effect.",
    ),
    Slip(
        "a start draws for the whole batch",
        "masks",
        _all_at_once,
        "When one sequence starts you draw new masks for the whole batch. The other columns are in the middle of theirs: they keep what they have.",
        TASK,
        "A start in one column is no business of the others.",
    ),
    Slip(
        "mask of the chunk before forgotten",
        "masks",
        _before_forgotten,
        "Until a column's first start you drop nothing. Its sequence began in the chunk before, whose mask it keeps.",
        TASK,
        "Which mask has a sequence that began in the chunk before?",
    ),
    Slip(
        "a new mask for each chunk",
        "masks",
        _before_drawn_anew,
        "You draw new masks at step 1, whether a sequence starts there or not. A chunk is cut anywhere; a sequence that goes on keeps the mask of the chunk before.",
        TASK,
        "Does a sequence start wherever a chunk does?",
    ),
    Slip(
        "scaled twice",
        "masks",
        _before_scaled_again,
        "You scale the mask of the chunk before once more. It is a finished mask.",
        TASK,
        "`before` is scaled already.",
    ),
    Slip(
        "drawn from the numbers of step 1",
        "masks",
        _drawn_at_step_1,
        "You always draw with the numbers of step 1. A sequence that starts at step t takes u of step t; otherwise two sequences in one column have the same mask.",
        TASK,
        "Which numbers decide about a sequence that starts later?",
    ),
    Slip(
        "mask changed a step late",
        "masks",
        _a_step_late,
        "Your masks change one step after a start. The first step of a sequence has the new mask already.",
        TASK,
        "At which step does the new mask begin?",
    ),
    Slip(
        "one mask for the batch",
        "masks",
        _one_row_for_all,
        "All sequences of your batch have one mask. Each sequence has its own numbers, u[t, b].",
        DROP,
        "Each sequence has a mask of its own.",
    ),
    Slip(
        "all units or none",
        "masks",
        _one_number_a_sequence,
        "You decide about all units of a sequence at once. Each unit has a number of its own.",
        SCALE,
        "Each unit has a number of its own.",
    ),
    Slip(
        "kept and dropped exchanged",
        "masks",
        _turned,
        "You keep what should be dropped: a unit is kept where its number is at least the rate, which happens with probability 1 − rate.",
        SCALE,
        "Which share is to be kept?",
    ),
    Slip(
        "a number equal to the rate",
        "masks",
        _above,
        "You drop a unit whose number equals the rate. It is kept: with rate 0 nothing may be dropped, and a number can be 0.",
        TASK,
        "What about a number that equals the rate?",
    ),
    Slip(
        "not scaled",
        "masks",
        _not_scaled,
        "Your masks hold 0 and 1. What is kept is divided by the share that is kept, so that the mean stays what it is without dropout.",
        SCALE,
        "What is the mean of a mask's entries?",
    ),
    Slip(
        "scaled down",
        "masks",
        _scaled_down,
        "You multiply what is kept by 1 − rate. Divide: what is left has to stand in for what is gone.",
        SCALE,
        "What is the mean of a mask's entries?",
    ),
    Slip(
        "divided by the rate",
        "masks",
        _rate_for_its_rest,
        "You divide what is kept by the rate. The rate is the share that goes; divide by the share that stays.",
        SCALE,
        "What is the mean of a mask's entries?",
    ),
    Slip(
        "divided by a root",
        "masks",
        _root,
        "You divide by the root of 1 − rate, which keeps the second moment. Dropout keeps the mean.",
        SCALE,
        "What is the mean of a mask's entries?",
    ),
    Slip(
        "mask on the product",
        "run",
        _on_the_product,
        "You mask the product h W_hh: units of the *new* state then hear nothing from the old one. The mask belongs on h, before the product.",
        DROP,
        "Is the mask on h or on what W_hh makes of it?",
    ),
    Slip(
        "mask on the update",
        "run",
        _on_the_update,
        "You mask what is added to the memory, tanh(…). The mask belongs on the old state where W_hh reads it.",
        DROP,
        "Where does the mask stand in the formula?",
    ),
    Slip(
        "mask on the pre-activation",
        "run",
        _inside,
        "You mask everything inside tanh, the input and the bias too. The mask belongs on the old state alone.",
        DROP,
        "Where does the mask stand in the formula?",
    ),
    Slip(
        "mask on the memory",
        "run",
        _on_the_memory,
        "You mask the path on which the state is kept. What is kept is multiplied by the mask at *every* step then: a dropped unit forgets everything and the others grow. Mask what W_hh reads.",
        DROP,
        "The path on which the state is kept has no mask.",
    ),
    Slip(
        "mask on both paths",
        "run",
        _on_both,
        "You put the mask on h wherever it occurs. One of the two places has none: what is kept passes untouched.",
        DROP,
        "h occurs twice in the formula, and the mask once.",
    ),
    Slip(
        "mask on the new state",
        "run",
        _on_the_new_state,
        "You mask the new state and hand it on. Then the state itself is lost, its memory too; the mask is only on what W_hh reads.",
        DROP,
        "The state itself is not masked.",
    ),
    Slip(
        "masked states returned",
        "run",
        _on_the_output,
        "You return masked states. The states are asked for; what goes upward has a dropout of its own.",
        TASK,
        "The states themselves are asked for.",
    ),
    Slip(
        "mask in evaluation",
        "run",
        _in_evaluation_too,
        "You apply the mask in evaluation too. Dropout is for training; the scaling has taken care of the mean.",
        SCALE,
        "Is there dropout in evaluation?",
    ),
    Slip(
        "scaled in evaluation",
        "run",
        _evaluation_scaled,
        "In evaluation you shrink what is read by the share that is kept. The masks are divided by it already: nothing is left to be done.",
        SCALE,
        "In evaluation h is read as it is.",
    ),
    Slip(
        "mask never used",
        "run",
        _never,
        "The mask has no effect on your states.",
        DROP,
        "The mask has no effect.",
    ),
    Slip(
        "mask of step 1 for all steps",
        "run",
        _mask_of_step_1,
        "You use m[0] at every step. Where a new sequence starts in the chunk the mask changes: step t has its own row.",
        TASK,
        "Each step has its own row of m.",
    ),
    Slip(
        "mask of the step before",
        "run",
        _mask_a_step_late,
        "You use the mask of the step before. At a start that is the mask of another sequence.",
        TASK,
        "Which row of m belongs to step t?",
    ),
    Slip(
        "state carried over a start",
        "run",
        _no_start,
        "You carry the state into a new sequence. Where one starts the old state is 0, for the memory and for W_hh.",
        TASK,
        "What is the old state where a sequence starts?",
    ),
    Slip(
        "share kept over a start",
        "run",
        _kept_over_a_start,
        "Where a sequence starts W_hh reads 0, as it should, and your layer still keeps a share of the old state. The old state stands twice in the formula: it is 0 in both places.",
        TASK,
        "In how many places of the formula does the old state stand?",
    ),
    Slip(
        "old state read over a start",
        "run",
        _read_over_a_start,
        "Where a sequence starts your layer keeps nothing, as it should, and W_hh still reads the old state. The old state stands twice in the formula: it is 0 in both places.",
        TASK,
        "What does W_hh read where a sequence starts?",
    ),
    Slip(
        "h0 at a start",
        "run",
        _h0_at_a_start,
        "Where a sequence starts you put in h0. h0 is what the chunk before has left; a new sequence starts from 0.",
        TASK,
        "What is the old state where a sequence starts?",
    ),
    Slip(
        "set to 0 too late",
        "run",
        _set_to_0_afterwards,
        "You set the state to 0 after the step at which a sequence starts. It is 0 before that step, and the step's own result counts.",
        TASK,
        "Is the state 0 before or after the first step?",
    ),
    Slip(
        "a start for the whole batch",
        "run",
        _all_set_to_0,
        "When one sequence starts you set the states of all to 0. The other columns are in the middle of theirs.",
        TASK,
        "A start in one column is no business of the others.",
    ),
    Slip(
        "h0 ignored",
        "run",
        _h0_zero,
        "You begin with zeros. A sequence that goes on begins with the state of the chunk before, h0.",
        TASK,
        "Where does a sequence that goes on begin?",
    ),
    Slip(
        "shares exchanged",
        "run",
        _shares_exchanged,
        "You keep the share 1 − keep of the old state. `keep` is what stays, 1 − keep what is new.",
        TASK,
        "Which share of the old state stays?",
    ),
    Slip(
        "nothing kept",
        "run",
        _no_memory,
        "Your new state is tanh(…) alone. A share `keep` of the old state stays.",
        TASK,
        "A share of the old state stays.",
    ),
    Slip(
        "kept inside tanh",
        "run",
        _tanh_of_all,
        "You mix old and new inside tanh. The old state's share passes outside it, unsquashed.",
        TASK,
        "Is the kept share inside tanh?",
    ),
    Slip(
        "second moments",
        "moments",
        _second_moments,
        "Your variances are second moments: the square of the mean has to be taken off.",
        DROP,
        "A variance is the second moment less the square of the mean.",
    ),
    Slip(
        "standard deviations",
        "moments",
        _roots,
        "Your variances are standard deviations.",
        DROP,
        "That is the root of the variance.",
    ),
    Slip(
        "one mean for both",
        "moments",
        _one_mean_for_both,
        "You take the same mean for both. The mean of a product is the product of the means only where the factors are independent; one mask for all steps is the same factor t times.",
        DROP,
        "Are the factors of one mask independent?",
    ),
    Slip(
        "the same for both",
        "moments",
        _the_same_for_both,
        "You give the numbers of a new mask each step for both. With one mask for all steps there are two outcomes in all: kept throughout, or dropped throughout.",
        DROP,
        "With one mask for all steps, how many outcomes are there?",
    ),
    Slip(
        "step and sequence exchanged",
        "moments",
        _exchanged,
        'You have exchanged the two: "step" draws a new mask each step, "sequence" one for all.',
        DROP,
        "Which of the two is which?",
    ),
    Slip(
        "variances added up",
        "moments",
        _variances_add_up,
        "You add up the variance of one step t times. The steps multiply: for independent factors it is the second moments that multiply.",
        DROP,
        "The steps multiply; what of independent factors multiplies too?",
    ),
    Slip(
        "moments without scaling",
        "moments",
        _moments_not_scaled,
        "Your mask is 0 or 1. What is kept is divided by 1 − rate, as in `masks`.",
        SCALE,
        "What is m where a unit is kept?",
    ),
    Slip(
        "moments with a mask on the memory",
        "moments",
        _moments_on_the_memory,
        "In your step the mask is on what is kept. It is on what the weight reads.",
        DROP,
        "Where does m stand in this unit?",
    ),
    Slip(
        "moments with the mask on both paths",
        "moments",
        _moments_on_both,
        "In your step the mask is on both paths. When the unit is dropped, the share `keep` still passes.",
        DROP,
        "What passes when the unit is dropped?",
    ),
    Slip(
        "moments without the memory",
        "moments",
        _keep_forgotten,
        "Your step forgets the share that is kept: it multiplies by the weight alone.",
        DROP,
        "What passes when the unit is dropped?",
    ),
    Slip(
        "rate kept instead of dropped",
        "moments",
        _rate_is_kept,
        "You keep the unit with probability `rate`. That is the probability with which it is dropped.",
        SCALE,
        "With which probability is the unit kept?",
    ),
)

QUESTION = Question(
    id="08.4",
    title="a mask that stays, in chunks",
    answers=("masks", "run", "moments"),
    reference={"masks": masks, "run": run, "moments": moments},
    properties=(
        Property("masks: sequences that begin at step 1", 1, _test_masks, DROP),
        Property(
            "masks: sequences that begin in the middle, or began in the chunk before; numbers equal to the rate",
            1,
            _test_chunks,
            TASK,
        ),
        Property("run: training, no start within the chunk", 1, _test_training, DROP),
        Property("run: starts within the chunk, and evaluation", 1, _test_starts, TASK),
        Property("moments: mean and variance, both ways", 1, _test_moments, DROP),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
