"""Question 7.2: a decoder that reads the context at every step."""

from __future__ import annotations

import numpy as np

from unrolled.grader.checks.c07.common import END, PAD, integers
from unrolled.grader.checks.judging import Array, near
from unrolled.grader.checks.slips import (
    Slip,
    array,
    equal,
    expect_same_arguments,
    hint,
    misconceptions,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

Weights = dict[str, Array]


def _step(k, g, C, w):
    """One step: symbols k (B,), state g (B, H) -> new state, logits (B, V)."""
    a = w["W_yg"][k] + g @ w["W_gg"] + C @ w["W_Cg"] + w["b_g"]
    g = np.tanh(a)
    return g, g @ w["W_go"] + C @ w["W_Co"] + w["b_o"]


def logits(C, y, w):
    return _run(C, y, w, _step)


def _run(C, y, w, step):
    k, g, rows = np.full(len(C), END), C, []
    for row in y:
        g, o = step(k, g, C, w)
        rows.append(o)
        k = row
    return np.array(rows)


def write(C, longest, w):
    return _write(C, longest, w, _step)


def _write(C, longest, w, step):
    k, g, rows = np.full(len(C), END), C, []
    ended = np.zeros(len(C), dtype=bool)
    for _ in range(longest):
        g, o = step(k, g, C, w)
        k = np.where(ended, PAD, 1 + np.argmax(o[:, 1:], axis=1))
        rows.append(k)
        ended = ended | (k == END)
    return np.array(rows)


def grad_C(da, do, w):
    return (
        da[0] @ w["W_gg"].T
        + da.sum(axis=0) @ w["W_Cg"].T
        + do.sum(axis=0) @ w["W_Co"].T
    )


# --- wrong steps, for logits and for write --------------------------------------------


def _drifting(k, g, C, w):
    return _step(k, g, g, w)


def _drifting_inside(k, g, C, w):
    g = np.tanh(w["W_yg"][k] + g @ w["W_gg"] + g @ w["W_Cg"] + w["b_g"])
    return g, g @ w["W_go"] + C @ w["W_Co"] + w["b_o"]


def _drifting_outside(k, g, C, w):
    g, _ = _step(k, g, C, w)
    return g, g @ w["W_go"] + g @ w["W_Co"] + w["b_o"]


def _old_state_outside(k, g, C, w):
    new, _ = _step(k, g, C, w)
    return new, new @ w["W_go"] + g @ w["W_Co"] + w["b_o"]


def _no_context_inside(k, g, C, w):
    g = np.tanh(w["W_yg"][k] + g @ w["W_gg"] + w["b_g"])
    return g, g @ w["W_go"] + C @ w["W_Co"] + w["b_o"]


def _no_context_outside(k, g, C, w):
    g, _ = _step(k, g, C, w)
    return g, g @ w["W_go"] + w["b_o"]


def _context_outside_tanh(k, g, C, w):
    g = np.tanh(w["W_yg"][k] + g @ w["W_gg"] + w["b_g"]) + C @ w["W_Cg"]
    return g, g @ w["W_go"] + C @ w["W_Co"] + w["b_o"]


def _no_tanh(k, g, C, w):
    g = w["W_yg"][k] + g @ w["W_gg"] + C @ w["W_Cg"] + w["b_g"]
    return g, g @ w["W_go"] + C @ w["W_Co"] + w["b_o"]


def _read_from_old_state(k, g, C, w):
    new, _ = _step(k, g, C, w)
    return new, g @ w["W_go"] + C @ w["W_Co"] + w["b_o"]


def _no_bias(k, g, C, w):
    return _step(k, g, C, {**w, "b_g": np.zeros_like(w["b_g"])})


def _no_output_bias(k, g, C, w):
    g, o = _step(k, g, C, w)
    return g, o - w["b_o"]


def _turned_W_gg(k, g, C, w):
    return _step(k, g, C, {**w, "W_gg": w["W_gg"].T})


def _turned_W_Cg(k, g, C, w):
    return _step(k, g, C, {**w, "W_Cg": w["W_Cg"].T})


def _inside_once(C, y, w):
    """C W_Cg at step 1 alone; the read-out sees C at every step."""
    k, g, rows = np.full(len(C), END), C, []
    for t, row in enumerate(y):
        g, o = (_no_context_inside if t else _step)(k, g, C, w)
        rows.append(o)
        k = row
    return np.array(rows)


def _without_memory(k, g, C, w):
    return _step(k, np.zeros_like(g), C, w)


def _one_source_for_all(k, g, C, w):
    return _step(k, g, np.broadcast_to(C[:1], C.shape), w)


def _drift_logits(C, y, w):
    return _run(C, y, w, _drifting)


def _drift_inside_logits(C, y, w):
    return _run(C, y, w, _drifting_inside)


def _drift_outside_logits(C, y, w):
    return _run(C, y, w, _drifting_outside)


def _old_state_outside_logits(C, y, w):
    return _run(C, y, w, _old_state_outside)


def _no_context_inside_logits(C, y, w):
    return _run(C, y, w, _no_context_inside)


def _no_context_outside_logits(C, y, w):
    return _run(C, y, w, _no_context_outside)


def _outside_tanh_logits(C, y, w):
    return _run(C, y, w, _context_outside_tanh)


def _no_tanh_logits(C, y, w):
    return _run(C, y, w, _no_tanh)


def _old_state_logits(C, y, w):
    return _run(C, y, w, _read_from_old_state)


def _no_bias_logits(C, y, w):
    return _run(C, y, w, _no_bias)


def _no_output_bias_logits(C, y, w):
    return _run(C, y, w, _no_output_bias)


def _turned_W_gg_logits(C, y, w):
    return _run(C, y, w, _turned_W_gg)


def _turned_W_Cg_logits(C, y, w):
    return _run(C, y, w, _turned_W_Cg)


def _no_memory_logits(C, y, w):
    return _run(C, y, w, _without_memory)


def _one_source_logits(C, y, w):
    return _run(C, y, w, _one_source_for_all)


def _first_state_zero(C, y, w):
    k, g, rows = np.full(len(C), END), np.zeros_like(C), []
    for row in y:
        g, o = _step(k, g, C, w)
        rows.append(o)
        k = row
    return np.array(rows)


def _context_once(C, y, w):
    k, g, rows, c = np.full(len(C), END), C, [], C
    for row in y:
        g, o = _step(k, g, c, w)
        rows.append(o)
        k, c = row, np.zeros_like(C)
    return np.array(rows)


def _begins_with_pad(C, y, w):
    k, g, rows = np.full(len(C), PAD), C, []
    for row in y:
        g, o = _step(k, g, C, w)
        rows.append(o)
        k = row
    return np.array(rows)


def _begins_with_nothing(C, y, w):
    rows, g = [], C
    for t in range(len(y)):
        table = w if t else {**w, "W_yg": np.zeros_like(w["W_yg"])}
        k = y[t - 1] if t else np.full(len(C), END)
        g, o = _step(k, g, C, table)
        rows.append(o)
    return np.array(rows)


def _reads_its_target(C, y, w):
    g, rows = C, []
    for k in y:
        g, o = _step(k, g, C, w)
        rows.append(o)
    return np.array(rows)


def _reads_its_own(C, y, w):
    k, g, rows = np.full(len(C), END), C, []
    for _ in y:
        g, o = _step(k, g, C, w)
        rows.append(o)
        k = 1 + np.argmax(o[:, 1:], axis=1)
    return np.array(rows)


def _probabilities(C, y, w):
    o = logits(C, y, w)
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _batch_first(C, y, w):
    return logits(C, y, w).swapaxes(0, 1)


# --- wrong ways to write --------------------------------------------------------------


def _drift_write(C, longest, w):
    return _write(C, longest, w, _drifting)


def _drift_inside_write(C, longest, w):
    return _write(C, longest, w, _drifting_inside)


def _drift_outside_write(C, longest, w):
    return _write(C, longest, w, _drifting_outside)


def _no_context_inside_write(C, longest, w):
    return _write(C, longest, w, _no_context_inside)


def _no_context_outside_write(C, longest, w):
    return _write(C, longest, w, _no_context_outside)


def _first_state_zero_write(C, longest, w):
    start = np.zeros_like(C)
    k, g, rows = np.full(len(C), END), start, []
    ended = np.zeros(len(C), dtype=bool)
    for _ in range(longest):
        g, o = _step(k, g, C, w)
        k = np.where(ended, PAD, 1 + np.argmax(o[:, 1:], axis=1))
        rows.append(k)
        ended = ended | (k == END)
    return np.array(rows)


def _goes_on(C, longest, w):
    k, g, rows = np.full(len(C), END), C, []
    for _ in range(longest):
        g, o = _step(k, g, C, w)
        k = 1 + np.argmax(o[:, 1:], axis=1)
        rows.append(k)
    return np.array(rows)


def _repeats_end(C, longest, w):
    found = write(C, longest, w)
    return np.where(found == PAD, END, found)


def _end_erased(C, longest, w):
    found = write(C, longest, w)
    return np.where(found == END, PAD, found)


def _pad_can_win(C, longest, w):
    k, g, rows = np.full(len(C), END), C, []
    ended = np.zeros(len(C), dtype=bool)
    for _ in range(longest):
        g, o = _step(k, g, C, w)
        k = np.where(ended, PAD, np.argmax(o, axis=1))
        rows.append(k)
        ended = ended | (k == END)
    return np.array(rows)


def _pad_set_to_zero(C, longest, w):
    """Its logit is replaced by 0, above all others when these are negative."""
    k, g, rows = np.full(len(C), END), C, []
    ended = np.zeros(len(C), dtype=bool)
    for _ in range(longest):
        g, o = _step(k, g, C, w)
        o[:, PAD] = 0.0
        k = np.where(ended, PAD, np.argmax(o, axis=1))
        rows.append(k)
        ended = ended | (k == END)
    return np.array(rows)


def _turned_W_Cg_write(C, longest, w):
    return _write(C, longest, w, _turned_W_Cg)


def _turned_W_gg_write(C, longest, w):
    return _write(C, longest, w, _turned_W_gg)


def _pad_ends_too(C, longest, w):
    k, g, rows = np.full(len(C), END), C, []
    ended = np.zeros(len(C), dtype=bool)
    for _ in range(longest):
        g, o = _step(k, g, C, w)
        k = np.where(ended, PAD, np.argmax(o, axis=1))
        rows.append(k)
        ended = ended | (k <= END)
    return np.array(rows)


def _one_too_low(C, longest, w):
    k, g, rows = np.full(len(C), END), C, []
    ended = np.zeros(len(C), dtype=bool)
    for _ in range(longest):
        g, o = _step(k, g, C, w)
        k = np.where(ended, PAD, np.argmax(o[:, 1:], axis=1))
        rows.append(k)
        ended = ended | (k == END)
    return np.array(rows)


def _stops_with_the_first(C, longest, w):
    found = write(C, longest, w)
    done = np.flatnonzero((found == END).any(axis=1))
    if len(done):
        found[done[0] + 1 :] = PAD
    return found


def _never_reads(C, longest, w):
    g, rows = C, []
    ended = np.zeros(len(C), dtype=bool)
    for _ in range(longest):
        g, o = _step(np.full(len(C), END), g, C, w)
        k = np.where(ended, PAD, 1 + np.argmax(o[:, 1:], axis=1))
        rows.append(k)
        ended = ended | (k == END)
    return np.array(rows)


def _begin_included(C, longest, w):
    found = write(C, longest, w)
    return np.concatenate([np.full((1, len(C)), END), found])[:longest]


def _writes_from_pad(C, longest, w):
    k, g, rows = np.full(len(C), PAD), C, []
    ended = np.zeros(len(C), dtype=bool)
    for _ in range(longest):
        g, o = _step(k, g, C, w)
        k = np.where(ended, PAD, 1 + np.argmax(o[:, 1:], axis=1))
        rows.append(k)
        ended = ended | (k == END)
    return np.array(rows)


def _shorter(C, longest, w):
    found = write(C, longest, w)
    return found[: int((found != PAD).any(axis=1).sum())]


def _columns(C, longest, w):
    return write(C, longest, w).T


# --- wrong gradients ------------------------------------------------------------------


def _only_every_step(da, do, w):
    return da.sum(axis=0) @ w["W_Cg"].T


def _no_start(da, do, w):
    return grad_C(da, do, w) - da[0] @ w["W_gg"].T


def _no_every(da, do, w):
    return grad_C(da, do, w) - da.sum(axis=0) @ w["W_Cg"].T


def _no_read_out(da, do, w):
    return grad_C(da, do, w) - do.sum(axis=0) @ w["W_Co"].T


def _only_start(da, do, w):
    return da[0] @ w["W_gg"].T


def _start_at_every_step(da, do, w):
    return grad_C(da, do, w) + da[1:].sum(axis=0) @ w["W_gg"].T


def _first_step_alone(da, do, w):
    return da[0] @ (w["W_gg"] + w["W_Cg"]).T + do[0] @ w["W_Co"].T


def _last_step_alone(da, do, w):
    return da[-1] @ (w["W_gg"] + w["W_Cg"]).T + do[-1] @ w["W_Co"].T


def _start_from_the_end(da, do, w):
    return grad_C(da, do, w) + (da[-1] - da[0]) @ w["W_gg"].T


def _mean_over_steps(da, do, w):
    sums = da.mean(axis=0) @ w["W_Cg"].T + do.mean(axis=0) @ w["W_Co"].T
    return da[0] @ w["W_gg"].T + sums


def _not_turned(da, do, w):
    return grad_C(da, do, {**w, "W_gg": w["W_gg"].T, "W_Cg": w["W_Cg"].T})


def _W_gg_not_turned(da, do, w):
    return grad_C(da, do, {**w, "W_gg": w["W_gg"].T})


def _W_Cg_not_turned(da, do, w):
    return grad_C(da, do, {**w, "W_Cg": w["W_Cg"].T})


def _through_both(da, do, w):
    """W_Cg and W_Co mixed up by way of W_go: the read-out's error counted twice."""
    return grad_C(da, do, w) + do.sum(axis=0) @ w["W_go"].T


def _sum_over_batch(da, do, w):
    total = grad_C(da, do, w).sum(axis=0, keepdims=True)
    return np.repeat(total, da.shape[1], axis=0)


def _mean_over_batch(da, do, w):
    return grad_C(da, do, w) / da.shape[1]


def _descent(da, do, w):
    return -grad_C(da, do, w)


# --- numbers to ask with --------------------------------------------------------------


def _weights(rng: np.random.Generator, V: int, H: int, size: float = 0.6) -> Weights:
    def normal(*shape: int) -> Array:
        return size * rng.standard_normal(shape)

    return {
        "W_yg": normal(V, H),
        "W_gg": normal(H, H),
        "W_Cg": normal(H, H),
        "b_g": normal(H),
        "W_go": normal(H, V),
        "W_Co": normal(H, V),
        "b_o": normal(V),
    }


def _teacher(
    rng: np.random.Generator, M: int, B: int, H: int, V: int
) -> tuple[Array, Array, Weights]:
    """A context, answers with END and PAD behind, weights."""
    y = rng.integers(2, V, size=(M, B))
    for b in range(B):
        end = int(rng.integers(M // 2, M))
        y[end, b], y[end + 1 :, b] = END, PAD
    return rng.standard_normal((B, H)), y, _weights(rng, V, H)


def _writer(
    rng: np.random.Generator, longest: int, B: int, H: int, V: int, kind: str
) -> tuple[Array, int, Weights]:
    """A decoder whose answers end at different steps ("ends"), for which PAD would win
    now and then as well ("pad"), that are all over before the last step ("over"), whose
    logits are all far below 0 ("low"), or that go on ("on").

    No decision is close: the best logit is above the next by a margin.
    """
    while True:
        w = _weights(rng, V, H, 1.2)
        w["b_o"][PAD] = 1.5 if kind == "pad" else -9.0
        w["b_o"][END] = -9.0 if kind == "on" else 0.3
        C = rng.standard_normal((B, H))
        found = write(C, longest, w)
        lengths = (found != PAD).sum(axis=0)
        closed = (found == END).any(axis=0)
        if kind == "on":
            fine = not closed.any() and len(np.unique(found)) > 2
        else:
            fine = len(set(lengths.tolist())) > 1 and closed.any()
            fine = fine and 1 < lengths.max() and lengths.min() < longest - 1
        if kind == "over":
            fine = fine and lengths.max() < longest
        if kind == "pad":
            win, end = _pad_can_win(C, longest, w), _pad_ends_too(C, longest, w)
            fine = fine and not equal(win, found) and not equal(end, found)
            fine = fine and not equal(win, end)
        if kind == "low":
            w["b_o"] -= 30.0
        if fine and _margin(C, found, w) > 1e-3:
            return C, longest, w


def _margin(C: Array, y: Array, w: Weights) -> float:
    """How far the best logit is above the next, at its closest."""
    ordered = np.sort(logits(C, y, w)[..., 1:], axis=-1)
    return float((ordered[..., -1] - ordered[..., -2]).min())


def _errors(
    rng: np.random.Generator, M: int, B: int, H: int, V: int
) -> tuple[Array, Array, Weights]:
    """da and do of a whole backward sweep, for a random loss."""
    C, y, w = _teacher(rng, M, B, H, V)
    do = rng.standard_normal((M, B, V))
    _, da = _sweep(C, y, do, w)
    return da, do, w


def _sweep(C: Array, y: Array, do: Array, w: Weights) -> tuple[Array, Array]:
    k, g, states = np.full(len(C), END), C, []
    for row in y:
        g, _ = _step(k, g, C, w)
        states.append(g)
        k = row
    da, later = np.zeros((len(y), *C.shape)), np.zeros_like(C)
    for t in range(len(y) - 1, -1, -1):
        dg = do[t] @ w["W_go"].T + later @ w["W_gg"].T
        later = da[t] = dg * (1 - states[t] ** 2)
    return np.array(states), da


# --- tests ----------------------------------------------------------------------------


def _test_logits(ask: Ask, rng: np.random.Generator) -> None:
    for M, B, H, V in ((1, 2, 3, 5), (4, 3, 4, 6), (6, 2, 5, 4)):
        args = _teacher(rng, M, B, H, V)
        want = logits(*args)
        reply = ask("logits", *args)
        where = f"for {M} step{'s' if M > 1 else ''} and {B} sources,"
        got = array(reply.value, want.shape, f"{where} the logits")
        if not near(got, want):
            told = hint(SLIPS, "logits", args, reply.value, want)
            first = int(
                np.argmax([not near(a, b) for a, b in zip(got, want, strict=True)])
            )
            raise Wrong(f"{where} the logits of step {first + 1} differ.{told}")
        expect_same_arguments(args, reply.args_after)


def _test_write(ask: Ask, rng: np.random.Generator) -> None:
    for longest, B, H, V in ((3, 2, 3, 5), (5, 3, 4, 6)):
        _expect_written(ask, _writer(rng, longest, B, H, V, "on"))


def _test_ends(ask: Ask, rng: np.random.Generator) -> None:
    for longest, B, H, V, kind in (
        (6, 3, 4, 5, "ends"),
        (7, 3, 3, 5, "over"),
        (6, 3, 4, 5, "pad"),
        (5, 4, 4, 6, "pad"),
        (6, 3, 4, 5, "low"),
    ):
        _expect_written(ask, _writer(rng, longest, B, H, V, kind))


def _expect_written(ask: Ask, args: tuple[Array, int, Weights]) -> None:
    longest, B = args[1], len(args[0])
    want = write(*args)
    reply = ask("write", *args)
    told = hint(SLIPS, "write", args, reply.value, want)
    where = f"for {B} sources and {longest} steps at most,"
    if isinstance(reply.value, np.ndarray) and reply.value.shape != want.shape:
        raise Wrong(
            f"{where} the shape is {reply.value.shape}, expected {want.shape}.{told}"
        )
    got = integers(reply.value, want.shape, f"{where} the result")
    if not np.array_equal(got, want):
        b = int(np.argmax((got != want).any(axis=0)))
        raise Wrong(
            f"{where} source {b} gets {got[:, b].astype(int).tolist()}, expected {want[:, b].tolist()}.{told}"
        )
    expect_same_arguments(args, reply.args_after)


def _test_gradient(ask: Ask, rng: np.random.Generator) -> None:
    for M, B, H, V in ((1, 2, 3, 4), (4, 3, 4, 6), (6, 2, 5, 4)):
        args = _errors(rng, M, B, H, V)
        want = grad_C(*args)
        reply = ask("grad_C", *args)
        where = f"for {M} step{'s' if M > 1 else ''}"
        got = array(reply.value, want.shape, f"{where} the gradient")
        if not near(got, want):
            told = hint(SLIPS, "grad_C", args, reply.value, want)
            raise Wrong(
                f"{where} the gradient of C is not what a small change shows.{told}"
            )
        expect_same_arguments(args, reply.args_after)


def _cases(rng: np.random.Generator) -> list[Call]:
    return [
        Call("logits", *_teacher(rng, 4, 3, 4, 6)),
        Call("logits", *_teacher(rng, 5, 2, 3, 5)),
        Call("write", *_writer(rng, 6, 3, 4, 5, "ends")),
        Call("write", *_writer(rng, 7, 3, 3, 6, "over")),
        Call("write", *_writer(rng, 6, 3, 4, 5, "pad")),
        Call("write", *_writer(rng, 6, 4, 4, 6, "pad")),
        Call("write", *_writer(rng, 6, 3, 4, 5, "low")),
        Call("write", *_writer(rng, 5, 3, 4, 6, "on")),
        Call("grad_C", *_errors(rng, 4, 3, 4, 6)),
        Call("grad_C", *_errors(rng, 5, 2, 3, 4)),
    ]


EVERY = "§7.2, def-dec-every"
START = "§7.2, def-dec-start"
GREEDY = "§7.3"
GRADIENT = "§7.2, eq-dC"

SLIPS = (
    Slip(
        "the context drifts with the state",
        "logits",
        _drift_logits,
        "You use the current state where the context belongs, so the context drifts with the state. C is what the encoder left: it is the first state, and it is also read at every step, unchanged. Keep it under a name of its own.",
        EVERY,
        "Your context drifts: it is the state, not C.",
    ),
    Slip(
        "the context drifts inside tanh",
        "logits",
        _drift_inside_logits,
        "Inside tanh you multiply W_Cg by the state. The state moves on, C does not: every step reads the same C.",
        EVERY,
        "Your context drifts: it is the state, not C.",
    ),
    Slip(
        "the context drifts at the read-out",
        "logits",
        _drift_outside_logits,
        "At the read-out you multiply W_Co by the new state. The state moves on, C does not: every read-out sees the same C.",
        EVERY,
        "At the read-out your context is the state, not C.",
    ),
    Slip(
        "the state before as context of the read-out",
        "logits",
        _old_state_outside_logits,
        "At the read-out you multiply W_Co by the state of the step before. It is C at the first step alone; keep C under a name of its own.",
        EVERY,
        "At the read-out your context is the state of the step before.",
    ),
    Slip(
        "no context inside",
        "logits",
        _no_context_inside_logits,
        "C starts your decoder and reaches the read-out, but the step of the state does not read it: the term C W_Cg is missing.",
        EVERY,
        "The term C W_Cg is missing.",
    ),
    Slip(
        "no context at the read-out",
        "logits",
        _no_context_outside_logits,
        "The logits are made from the state alone. In this decoder the read-out sees C too: the term C W_Co is missing.",
        EVERY,
        "The term C W_Co is missing.",
    ),
    Slip(
        "the context outside tanh",
        "logits",
        _outside_tanh_logits,
        "You add C W_Cg after tanh. It belongs into the pre-activation, where it acts as a bias of each sequence.",
        "§7.2, eq-context-bias",
        "C W_Cg belongs inside tanh.",
    ),
    Slip(
        "the context at the first step alone",
        "logits",
        _context_once,
        "You read C at the first step alone. This decoder reads it at every step, inside tanh and at the read-out.",
        EVERY,
        "C is read at the first step alone.",
    ),
    Slip(
        "the context inside at the first step alone",
        "logits",
        _inside_once,
        "Inside tanh you read C at the first step alone. The term C W_Cg stands in every step.",
        EVERY,
        "Inside tanh C is read at step 1 alone.",
    ),
    Slip(
        "a first state of zeros",
        "logits",
        _first_state_zero,
        "Your decoder starts from zeros. This one starts from C, and reads C at every step besides.",
        START,
        "The first state is C, not zeros.",
    ),
    Slip(
        "begins with PAD",
        "logits",
        _begins_with_pad,
        "You give PAD to the first step. A decoder begins with END, symbol 1.",
        START,
        "The first symbol that is read is END.",
    ),
    Slip(
        "begins with nothing",
        "logits",
        _begins_with_nothing,
        "Your first step reads no symbol. A decoder begins with END, which has a row of W_yg like any other symbol.",
        START,
        "The first symbol that is read is END.",
    ),
    Slip(
        "reads its own target",
        "logits",
        _reads_its_target,
        "Step t reads y[t], the symbol that it has to predict. It may read the one before: END, then y[0], y[1], …",
        "§7.1, eq-s2s-ll",
        "Step t reads its own target.",
    ),
    Slip(
        "reads its own output",
        "logits",
        _reads_its_own,
        "You feed back what the decoder wrote. `logits` is teacher-forced: it reads the true symbols of y, one step late. (Feeding back is the business of `write`.)",
        "§7.1, eq-s2s-ll, and §6.1",
        "The decoder reads its own symbols instead of y.",
    ),
    Slip(
        "no tanh",
        "logits",
        _no_tanh_logits,
        "The new state is the pre-activation itself: tanh is missing.",
        EVERY,
        "tanh is missing.",
    ),
    Slip(
        "read from the old state",
        "logits",
        _old_state_logits,
        "You read the logits from the state before the step. They come from the new state, which has read the newest symbol.",
        EVERY,
        "The logits are read from the old state.",
    ),
    Slip(
        "no bias inside",
        "logits",
        _no_bias_logits,
        "The bias b_g is missing in the pre-activation.",
        EVERY,
        "b_g is missing.",
    ),
    Slip(
        "no bias at the read-out",
        "logits",
        _no_output_bias_logits,
        "The bias b_o is missing in the logits.",
        EVERY,
        "b_o is missing.",
    ),
    Slip(
        "W_gg turned",
        "logits",
        _turned_W_gg_logits,
        "You multiply by the transpose of W_gg. States are rows and stand on the left: g @ W_gg.",
        EVERY,
        "W_gg is transposed.",
    ),
    Slip(
        "W_Cg turned",
        "logits",
        _turned_W_Cg_logits,
        "You multiply by the transpose of W_Cg. C has a row for each source and stands on the left: C @ W_Cg.",
        EVERY,
        "W_Cg is transposed.",
    ),
    Slip(
        "the state not carried",
        "logits",
        _no_memory_logits,
        "Your step never reads the state before it: g W_gg is missing, so the decoder knows C and one symbol and has no memory.",
        EVERY,
        "The state is not carried from step to step.",
    ),
    Slip(
        "one context for all sources",
        "logits",
        _one_source_logits,
        "You use the first row of C for all sources. Each source has its own.",
        EVERY,
        "Each source has its own row of C.",
    ),
    Slip(
        "probabilities instead of logits",
        "logits",
        _probabilities,
        "You return a softmax. The task asks for the logits before it.",
        EVERY,
        "Those are probabilities.",
    ),
    Slip(
        "batch first",
        "logits",
        _batch_first,
        "Your result is (B, M, V). Time comes first: (M, B, V).",
        EVERY,
    ),
    Slip(
        "the context drifts when it writes",
        "write",
        _drift_write,
        "In `write` you use the current state where the context belongs. Called once for a whole answer a decoder has its first state at hand and all is well; called step by step it must not take the state it was handed for C. C stays what the encoder left.",
        EVERY,
        "Your context drifts: it is the state, not C.",
    ),
    Slip(
        "the context drifts inside tanh when it writes",
        "write",
        _drift_inside_write,
        "In `write` you multiply W_Cg by the state. The state moves on, C does not: every step reads the same C.",
        EVERY,
        "Your context drifts: it is the state, not C.",
    ),
    Slip(
        "the context drifts at the read-out when it writes",
        "write",
        _drift_outside_write,
        "In `write` you multiply W_Co by the new state. Every read-out sees the same C.",
        EVERY,
        "At the read-out your context is the state, not C.",
    ),
    Slip(
        "no context inside when it writes",
        "write",
        _no_context_inside_write,
        "In `write` the term C W_Cg is missing: it is not the decoder of `logits`.",
        EVERY,
        "The term C W_Cg is missing.",
    ),
    Slip(
        "no context at the read-out when it writes",
        "write",
        _no_context_outside_write,
        "In `write` the term C W_Co is missing: it is not the decoder of `logits`.",
        EVERY,
        "The term C W_Co is missing.",
    ),
    Slip(
        "writes from zeros",
        "write",
        _first_state_zero_write,
        "In `write` your decoder starts from zeros. Its first state is C, as in `logits`.",
        START,
        "The first state is C, not zeros.",
    ),
    Slip(
        "writes from PAD",
        "write",
        _writes_from_pad,
        "In `write` you give PAD to the first step. A decoder begins with END.",
        START,
        "The first symbol that is read is END.",
    ),
    Slip(
        "writes on after END",
        "write",
        _goes_on,
        "Your decoder goes on after END. Remember which answers have ended, and write PAD for them from then on.",
        GREEDY,
        "It writes on after END.",
    ),
    Slip(
        "END repeated",
        "write",
        _repeats_end,
        "After END you write END again. An answer has one END; behind it stands PAD.",
        GREEDY,
        "Behind END stands PAD.",
    ),
    Slip(
        "END erased",
        "write",
        _end_erased,
        "You replace END by PAD. END is written, and counts as a symbol of the answer; PAD begins after it.",
        GREEDY,
        "END belongs to the answer.",
    ),
    Slip(
        "PAD can win",
        "write",
        _pad_can_win,
        "Your decoder can write PAD before the end. PAD is no symbol: leave column 0 out when you look for the largest logit (and add 1 to what argmax says).",
        GREEDY,
        "PAD was chosen as a symbol.",
    ),
    Slip(
        "PAD's logit set to 0",
        "write",
        _pad_set_to_zero,
        "You put a number, such as 0 or −10, in the place of PAD's logit. The others may all be lower still, and then PAD is chosen. Put −inf in its place, or leave column 0 out (and add 1 to what argmax says).",
        GREEDY,
        "PAD is chosen where all logits are far below 0: rule it out with −inf, or leave its column out.",
    ),
    Slip(
        "W_Cg turned when it writes",
        "write",
        _turned_W_Cg_write,
        "In `write` you multiply by the transpose of W_Cg. C has a row for each source and stands on the left: C @ W_Cg.",
        EVERY,
        "W_Cg is transposed.",
    ),
    Slip(
        "W_gg turned when it writes",
        "write",
        _turned_W_gg_write,
        "In `write` you multiply by the transpose of W_gg. States are rows and stand on the left: g @ W_gg.",
        EVERY,
        "W_gg is transposed.",
    ),
    Slip(
        "PAD ends an answer",
        "write",
        _pad_ends_too,
        "You let PAD win and end the answer. PAD is no symbol and cannot be chosen: an answer ends with END.",
        GREEDY,
        "PAD was chosen as a symbol.",
    ),
    Slip(
        "one symbol too low",
        "write",
        _one_too_low,
        "You leave out PAD's column and take argmax's place for the symbol. Without the first column every place is one less: add 1.",
        GREEDY,
        "The symbols are one too low.",
    ),
    Slip(
        "all stop with the first",
        "write",
        _stops_with_the_first,
        "You stop when the first answer of the batch has ended. The others are not done: go on until all have ended, or to the last step.",
        GREEDY,
        "The others go on when one answer has ended.",
    ),
    Slip(
        "never reads what it wrote",
        "write",
        _never_reads,
        "Every step of yours reads END. The first does; each later step reads the symbol that was written before it.",
        GREEDY,
        "Each step reads the symbol before it.",
    ),
    Slip(
        "the beginning written too",
        "write",
        _begin_included,
        "Your first row is the END that the decoder begins with. It is read, not written: the first row is the first symbol of the answers.",
        GREEDY,
        "The END that begins is not part of the answer.",
    ),
    Slip(
        "rows of PAD left out",
        "write",
        _shorter,
        "You leave out the rows in which all answers have ended. The task asks for `longest` rows in any case.",
        GREEDY,
        "The result has `longest` rows.",
    ),
    Slip(
        "a row for each source",
        "write",
        _columns,
        "Your result is (B, longest). Time comes first: a row for each step.",
        GREEDY,
        "Time comes first.",
    ),
    Slip(
        "the steps alone",
        "grad_C",
        _only_every_step,
        "You have the path through W_Cg. C takes two more: it is the first state, so it goes through W_gg of step 1, and the read-out sees it, so every do brings an error through W_Co.",
        GRADIENT,
        "Two of three paths are missing.",
    ),
    Slip(
        "the first state forgotten",
        "grad_C",
        _no_start,
        "One path is missing: C is the first state as well, and step 1 multiplies it by W_gg. Add da[0] @ W_gg.T.",
        "§7.2, eq-dC-start",
        "C is the first state as well.",
    ),
    Slip(
        "the steps forgotten",
        "grad_C",
        _no_every,
        "One path is missing: every step adds C W_Cg inside tanh. Add da.sum(axis=0) @ W_Cg.T.",
        GRADIENT,
        "Every step reads C inside tanh.",
    ),
    Slip(
        "the read-out forgotten",
        "grad_C",
        _no_read_out,
        "One path is missing: every read-out adds C W_Co. Add do.sum(axis=0) @ W_Co.T.",
        GRADIENT,
        "Every read-out sees C.",
    ),
    Slip(
        "the first state alone",
        "grad_C",
        _only_start,
        "That is the gradient of a decoder that C only starts. This one reads C at every step too, inside tanh and at the read-out.",
        GRADIENT,
        "Two of three paths are missing.",
    ),
    Slip(
        "every state taken for the first",
        "grad_C",
        _start_at_every_step,
        "You send da of every step through W_gg. The later states are no C: what they pass back is in da of the earlier steps already, and is counted twice. C itself enters through W_gg at step 1 alone.",
        "§7.2, eq-dC-start",
        "Only step 1 has C for its state.",
    ),
    Slip(
        "the first step alone",
        "grad_C",
        _first_step_alone,
        "You take the first step alone. C is read at every step: add up da, and do, over all of them.",
        GRADIENT,
        "All steps read C.",
    ),
    Slip(
        "the last step alone",
        "grad_C",
        _last_step_alone,
        "You take the last step alone. C is read at every step: add up over all, and use da[0] for the first state.",
        GRADIENT,
        "All steps read C.",
    ),
    Slip(
        "the first state's error taken at the end",
        "grad_C",
        _start_from_the_end,
        "For the first state you take da of the last step. The first state is read by step 1: da[0].",
        "§7.2, eq-dC-start",
        "The first state is read by step 1.",
    ),
    Slip(
        "mean over the steps",
        "grad_C",
        _mean_over_steps,
        "You average over the steps. The steps are added in the loss, so their contributions to the gradient are added.",
        GRADIENT,
        "Contributions of steps are added, not averaged.",
    ),
    Slip(
        "no transposes",
        "grad_C",
        _not_turned,
        "An error goes back through the transpose: da @ W.T, for W_gg and W_Cg. Both are square, so the shapes do not tell.",
        GRADIENT,
        "An error goes back through the transpose.",
    ),
    Slip(
        "W_gg not transposed",
        "grad_C",
        _W_gg_not_turned,
        "The error of step 1 goes back through the transpose of W_gg. It is square, so the shapes do not tell.",
        GRADIENT,
        "An error goes back through the transpose.",
    ),
    Slip(
        "W_Cg not transposed",
        "grad_C",
        _W_Cg_not_turned,
        "The errors go back through the transpose of W_Cg. It is square, so the shapes do not tell.",
        GRADIENT,
        "An error goes back through the transpose.",
    ),
    Slip(
        "through the state's read-out too",
        "grad_C",
        _through_both,
        "You add do @ W_go.T. That is the error of the *state*; it is in da already. C has its own read-out weights, W_Co.",
        GRADIENT,
        "What goes through W_go is in da already.",
    ),
    Slip(
        "added up over the batch",
        "grad_C",
        _sum_over_batch,
        "You add up over the batch. Each source has its own C and its own gradient, a row each; only shared weights are summed over the batch.",
        GRADIENT,
        "Each source has its own gradient.",
    ),
    Slip(
        "divided by the batch",
        "grad_C",
        _mean_over_batch,
        "You divide by the batch size. da and do are errors of the loss as it is: nothing is divided here.",
        GRADIENT,
        "Nothing is divided by the batch size.",
    ),
    Slip(
        "downhill",
        "grad_C",
        _descent,
        "Your gradient has the wrong sign. The minus belongs to the update, not to the gradient.",
        GRADIENT,
        "The sign is wrong.",
    ),
)

QUESTION = Question(
    id="07.2",
    title="a context that stays",
    answers=("logits", "write", "grad_C"),
    reference={"logits": logits, "write": write, "grad_C": grad_C},
    properties=(
        Property(
            "logits are those of a teacher-forced decoder that starts with C and reads it at every step",
            1,
            _test_logits,
            EVERY,
        ),
        Property(
            "write is the same decoder, reading its own symbols",
            1,
            _test_write,
            EVERY,
        ),
        Property(
            "Each answer has no PAD before its END and nothing but PAD after it",
            1,
            _test_ends,
            GREEDY,
        ),
        Property(
            "grad_C collects the errors of all three ways in which C is used",
            1,
            _test_gradient,
            "§7.2, eq-dC and eq-dC-start",
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
