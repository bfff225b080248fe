"""Question 8.3: what depth costs, in weights, in work and in rounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c08.common import expect_whole
from unrolled.grader.checks.slips import (
    Slip,
    equal,
    expect_same_arguments,
    hint,
    misconceptions,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

Net = dict[str, Any]


def _maps(net, slip=""):
    """Every matrix, as (rows, columns, whether it reads x), and the number of biases."""
    D, H, V = net["inputs"], net["units"], net["outputs"]
    N, k = net["layers"], net["depth"]
    width, raw, matrices, biases = D, True, [], 0
    extra = net["biases"] if slip == "two biases around the stack" else 1
    for _ in range(net["read_in"]):
        matrices.append((width, H, raw))
        biases += H * extra
        width, raw = H, False
    below = width, raw
    for number in range(N):
        wide = D if slip == "first width" else below[0]
        matrices.append((wide, H, below[1] and number == 0))
        if slip != "no recurrence":
            matrices.append((H, H, False))
        each = net["biases"]
        if slip == "one bias":
            each = 1
        if slip == "one bias above" and number:
            each = 1
        biases += each * H
        if not (slip == "depth once" and number):
            matrices += [(H, H, False)] * (k - 1)
            more = slip in ("two biases everywhere", "two biases in the step")
            biases += (each if more else 1) * H * (k - 1)
        if slip == "one matrix too many":
            matrices.append((H, H, False))
            biases += H
        if slip == "recurrence in every map":
            matrices += [(H, H, False)] * (k - 1)
        gone = slip == "no shortcut" or (slip == "shortcut once" and number)
        if net["shortcut"] and not gone:
            matrices.append((H, H, False))
            biases += H if slip == "bias of the shortcut" else 0
        if net["skips"] and number and slip != "no skips":
            reads = D if slip == "skips read x" else width
            reads = H if slip == "skips H wide" else reads
            matrices.append((reads, H, raw))
            biases += H if slip == "bias of the skips" else 0
        below = H, False
    wide = N * H if net["skips"] and slip != "top alone read" else H
    for _ in range(net["read_out"]):
        matrices.append((wide, H, False))
        biases += H * extra
        if slip != "wide to the end":
            wide = H
    if slip == "logits read all" and net["skips"]:
        wide = N * H
    matrices.append((wide, V, False))
    if slip != "no bias of the logits":
        biases += 2 * V if slip == "two biases everywhere" and each > 1 else V
    return matrices, biases


def parameters(net):
    return _count(net)


def _count(net, slip=""):
    matrices, biases = _maps(net, slip)
    return sum(a * b for a, b, _ in matrices) + biases


def work(net, T, one_hot):
    return _work(net, T, one_hot)


def _work(net, T, one_hot, slip=""):
    matrices, biases = _maps(net, slip)
    if slip == "first alone free":
        matrices = [(a, b, i == 0 and free) for i, (a, b, free) in enumerate(matrices)]
    if slip == "first free though read in":
        matrices[net["read_in"]] = *matrices[net["read_in"]][:2], True
    each = sum(a * b for a, b, free in matrices if not (free and one_hot))
    if slip == "one-hot ignored":
        each = sum(a * b for a, b, _ in matrices)
    if slip == "a row is work":
        each += sum(b for _, b, free in matrices if free and one_hot)
    if slip == "biases too":
        each += biases
    if slip == "one step":
        return each
    if slip == "logits once":
        a, b, _ = matrices[-1]
        return T * (each - a * b) + a * b
    return T * each


def rounds(net, T):
    return _rounds(net, T)


def _rounds(net, T, slip=""):
    N, k, r, q = net["layers"], net["depth"], net["read_in"], net["read_out"]
    if slip == "one after the other":
        return r + k * N * T + q + 1
    if slip == "everything at every step":
        return T * (r + k * N + q + 1)
    if slip == "depth once":
        return r + N + T - 1 + k - 1 + q + 1
    if slip == "one too many":
        return r + k * (N + T) + q + 1
    if slip == "read-in at every step":
        return r * T + k * (N + T - 1) + q + 1
    if slip == "no logits":
        return r + k * (N + T - 1) + q
    if slip == "no read-in":
        return k * (N + T - 1) + q + 1
    if slip == "no read-out":
        return r + k * (N + T - 1) + 1
    if slip == "layers at once":
        return r + k * T + q + 1
    if slip == "shortcut saves":
        short = 1 if net["shortcut"] else k
        return r + k * N + short * (T - 1) + q + 1
    if slip == "skips save":
        rows = 1 if net["skips"] else N
        return r + k * (rows + T - 1) + q + 1
    if slip == "depth of layers alone":
        return r + k * N + T - 1 + q + 1
    return r + k * (N + T - 1) + q + 1


def width(net, budget):
    return _width(net, budget)


def _fits(net, budget, H, slip=""):
    return _count({**net, "units": H}, slip) <= budget


def _width(net, budget, slip=""):
    low, high = 0, 1
    while _fits(net, budget, high, slip):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if _fits(net, budget, middle, slip):
            low = middle
        else:
            high = middle
    return low


# --- wrong counts ---------------------------------------------------------------------


def _one_bias(net):
    return _count(net, "one bias")


def _two_biases_everywhere(net):
    return _count(net, "two biases everywhere")


def _two_biases_in_the_step(net):
    return _count(net, "two biases in the step")


def _two_biases_around_the_stack(net):
    return _count(net, "two biases around the stack")


def _first_width(net):
    return _count(net, "first width")


def _no_recurrence(net):
    return _count(net, "no recurrence")


def _depth_once(net):
    return _count(net, "depth once")


def _one_matrix_too_many(net):
    return _count(net, "one matrix too many")


def _recurrence_in_every_map(net):
    return _count(net, "recurrence in every map")


def _no_shortcut(net):
    return _count(net, "no shortcut")


def _shortcut_once(net):
    return _count(net, "shortcut once")


def _bias_of_the_shortcut(net):
    return _count(net, "bias of the shortcut")


def _no_skips(net):
    return _count(net, "no skips")


def _skips_read_x(net):
    return _count(net, "skips read x")


def _skips_H_wide(net):
    return _count(net, "skips H wide")


def _bias_of_the_skips(net):
    return _count(net, "bias of the skips")


def _top_alone_read(net):
    return _count(net, "top alone read")


def _wide_to_the_end(net):
    return _count(net, "wide to the end")


def _logits_read_all(net):
    return _count(net, "logits read all")


def _no_bias_of_the_logits(net):
    return _count(net, "no bias of the logits")


def _matrices_alone(net):
    return sum(a * b for a, b, _ in _maps(net)[0])


# --- wrong work -----------------------------------------------------------------------


def _one_hot_ignored(net, T, one_hot):
    return _work(net, T, one_hot, "one-hot ignored")


def _first_alone_free(net, T, one_hot):
    return _work(net, T, one_hot, "first alone free")


def _free_though_read_in(net, T, one_hot):
    return _work(net, T, one_hot, "first free though read in")


def _row_is_work(net, T, one_hot):
    return _work(net, T, one_hot, "a row is work")


def _biases_too(net, T, one_hot):
    return _work(net, T, one_hot, "biases too")


def _one_step(net, T, one_hot):
    return _work(net, T, one_hot, "one step")


def _logits_once(net, T, one_hot):
    return _work(net, T, one_hot, "logits once")


def _twice(net, T, one_hot):
    return 2 * work(net, T, one_hot)


# --- wrong rounds ---------------------------------------------------------------------


def _one_after_the_other(net, T):
    return _rounds(net, T, "one after the other")


def _everything_every_step(net, T):
    return _rounds(net, T, "everything at every step")


def _depth_once_in_rounds(net, T):
    return _rounds(net, T, "depth once")


def _one_round_too_many(net, T):
    return _rounds(net, T, "one too many")


def _no_round_of_the_logits(net, T):
    return _rounds(net, T, "no logits")


def _no_read_in(net, T):
    return _rounds(net, T, "no read-in")


def _read_in_at_every_step(net, T):
    return _rounds(net, T, "read-in at every step")


def _no_read_out(net, T):
    return _rounds(net, T, "no read-out")


def _layers_at_once(net, T):
    return _rounds(net, T, "layers at once")


def _shortcut_saves(net, T):
    return _rounds(net, T, "shortcut saves")


def _skips_save(net, T):
    return _rounds(net, T, "skips save")


def _depth_of_layers_alone(net, T):
    return _rounds(net, T, "depth of layers alone")


# --- wrong widths ---------------------------------------------------------------------


def _too_wide(net, budget):
    return width(net, budget) + 1


def _below_the_budget(net, budget):
    return width(net, budget - 1)


def _nearest(net, budget):
    H = width(net, budget)
    over = _count({**net, "units": H + 1}) - budget
    left = budget - _count({**net, "units": H})
    return H + 1 if over < left else H


def _at_least_one(net, budget):
    return max(1, width(net, budget))


def _square_root(net, budget):
    """The largest H whose H² terms alone fit."""
    big = 10**9
    squares = _count({**net, "units": 2 * big}) - 2 * _count({**net, "units": big})
    per = round(squares / (2 * big**2))
    H = 0
    while per * (H + 1) ** 2 <= budget and H < 10**5:
        H += 1
    return H


def _units_kept(net, budget):
    return net["units"]


# --- networks to ask with -------------------------------------------------------------


def _net(rng: np.random.Generator, **given: Any) -> Net:
    """A plain network of one layer, sizes drawn and all different, with changes."""
    D, H, V = (int(n) for n in rng.permutation(np.arange(3, 14))[:3])
    net = {"inputs": D, "units": H, "outputs": V, "layers": 1, "depth": 1}
    net |= {"read_in": 0, "read_out": 0, "shortcut": False, "skips": False, "biases": 1}
    return net | given


ONE_OPTION = (
    {},
    {"layers": 3},
    {"biases": 2},
    {"layers": 2, "biases": 2},
    {"depth": 4},
    {"depth": 3, "shortcut": True},
    {"read_in": 2},
    {"read_out": 3},
)
SEVERAL = (
    {"layers": 4, "skips": True},
    {"layers": 3, "depth": 2, "biases": 2},
    {"layers": 2, "depth": 3, "shortcut": True, "read_in": 1},
    {"layers": 3, "skips": True, "read_in": 2, "read_out": 2},
    {"layers": 2, "skips": True, "read_out": 1, "biases": 2, "depth": 2},
    {
        "layers": 4,
        "depth": 3,
        "shortcut": True,
        "skips": True,
        "read_in": 1,
        "read_out": 2,
        "biases": 2,
    },
    {"layers": 1, "skips": True, "depth": 2},
)


def _about(net: Net) -> str:
    """A network for a message: what differs from a plain one."""
    parts = [f"{net['inputs']} inputs, {net['units']} units, {net['outputs']} outputs"]
    plain = {"layers": 1, "depth": 1, "read_in": 0, "read_out": 0, "biases": 1}
    parts += [f"{name} {net[name]}" for name, n in plain.items() if net[name] != n]
    parts += [name for name in ("shortcut", "skips") if net[name]]
    return ", ".join(parts)


def _expect(ask: Ask, name: str, args: tuple[Any, ...], what: str) -> None:
    want = QUESTION.reference[name](*args)
    reply = ask(name, *args)
    told = hint(SLIPS, name, args, reply.value, want)
    expect_whole(reply.value, want, f"{_about(args[0])}: {what}", told)
    expect_same_arguments(args, reply.args_after)


def _test_one(ask: Ask, rng: np.random.Generator) -> None:
    for given in ONE_OPTION:
        _expect(ask, "parameters", (_net(rng, **given),), "the number of parameters")


def _test_several(ask: Ask, rng: np.random.Generator) -> None:
    for given in SEVERAL:
        _expect(ask, "parameters", (_net(rng, **given),), "the number of parameters")


def _test_work(ask: Ask, rng: np.random.Generator) -> None:
    for given in (*ONE_OPTION, *SEVERAL):
        for one_hot in (False, True):
            T = int(rng.integers(2, 9))
            args = _net(rng, **given), T, one_hot
            hot = "one-hot" if one_hot else "any numbers"
            what = f"x {hot}, T = {T}: the number of multiplications"
            _expect(ask, "work", args, what)


def _test_rounds(ask: Ask, rng: np.random.Generator) -> None:
    for given in (*ONE_OPTION, *SEVERAL):
        several_steps = int(rng.integers(2, 9))
        for T in (1, several_steps) if given in SEVERAL else (several_steps,):
            args = _net(rng, **given), T
            _expect(ask, "rounds", args, f"T = {T}: the number of rounds")


def _miscounted(ask: Ask, net: Net, *widths: int) -> bool:
    """Whether the answer's own `parameters` is wrong at one of these widths."""
    for H in widths:
        wide = {**net, "units": H}
        try:
            if ask("parameters", wide).value != _count(wide):
                return True
        except Wrong:
            return True
    return False


def _expect_width(ask: Ask, net: Net, budget: int) -> bool:
    """Whether the width is right; Wrong if `parameters` is not to blame, or net is plain."""
    args = net, budget
    want = width(*args)
    got = ask("width", *args)
    expect_same_arguments(args, got.args_after)
    if equal(got.value, want):
        return True
    where = f"{_about(net)}: budget {budget:,}: the width"
    if _miscounted(ask, net, want, want + 1):
        if net["layers"] * net["depth"] * net["biases"] == 1 and not net["read_in"]:
            tip = " Your `parameters` counts this network wrongly: mend that first."
            expect_whole(got.value, want, where, tip)
        return False
    told = hint(SLIPS, "width", args, got.value, want)
    if budget > 2**40 and not told:
        told = " A root in floats may be off by one: try the count itself there."
    expect_whole(got.value, want, where, told)
    return True


def _test_width(ask: Ask, rng: np.random.Generator) -> None:
    for given in (*ONE_OPTION[::3], *SEVERAL[1::2]):
        net = _net(rng, **given)
        exact = _count({**net, "units": int(rng.integers(20, 60))})
        least = _count({**net, "units": 1})
        budgets = (exact, exact - 1, least, least - 1)
        large = 10**15 + int(rng.integers(10**9))
        huge = _count({**net, "units": 3 * 10**7 + 1})
        for budget in (*budgets, large, huge, huge - 1):
            if not _expect_width(ask, net, budget):
                break  # `parameters` is wrong here, and that has cost its own points


def _cases(rng: np.random.Generator) -> list[Call]:
    nets = [_net(rng, **given) for given in (*ONE_OPTION, *SEVERAL)]
    calls = [Call("parameters", net) for net in nets]
    some = [*nets[1::3], *nets[len(ONE_OPTION) :]]
    for net in some:
        for one_hot in (False, True):
            calls.append(Call("work", net, 5, one_hot))
        calls.append(Call("rounds", net, 6))
    calls.append(Call("rounds", nets[0], 1))
    for net in nets[::4]:
        exact = _count({**net, "units": 30})
        above = _count({**net, "units": 31})
        least = _count({**net, "units": 1})
        for budget in (exact, exact + 1, above - 1, least - 1, 4 * exact):
            calls.append(Call("width", net, budget))
    return calls[::-1]  # those that tell slips apart come first: it is quicker


PARAMS = "§8.9, eq-params-deep"
FLOPS = "§8.9, eq-flops-deep"
WAVE = "§8.3, eq-wavefront"
WIDTH = "§8.9, eq-width"

SLIPS = (
    Slip(
        "one bias",
        "parameters",
        _one_bias,
        "You count one bias for each recurrent layer, whatever `biases` is. PyTorch's nn.RNN has two of H numbers each.",
        "§8.9, eq-params-deep, and §4.2",
        "How many biases has a recurrent layer here?",
    ),
    Slip(
        "two biases everywhere",
        "parameters",
        _two_biases_everywhere,
        "You count `biases` for every map. Only the first map of a recurrent layer has two, since two matrices meet there; all others are like nn.Linear.",
        "§8.9, eq-params-deep, and §4.2",
        "Which maps have two biases, and which have one?",
    ),
    Slip(
        "two biases in a deeper step",
        "parameters",
        _two_biases_in_the_step,
        "You count `biases` for every map of a layer's step. Only the first map has two, since two matrices meet there; the others have one.",
        "§8.9, eq-params-deep, and §4.2",
        "Which maps have two biases, and which have one?",
    ),
    Slip(
        "two biases around the stack",
        "parameters",
        _two_biases_around_the_stack,
        "You count `biases` for the maps of the read-in and the read-out. These have one bias each; only the first map of a recurrent layer's step may have two.",
        "§8.9, eq-params-deep, and §4.2",
        "Which maps have two biases, and which have one?",
    ),
    Slip(
        "input's width for all layers",
        "parameters",
        _first_width,
        "All your layers read something D wide. From the second on a layer reads the layer below, which is H wide; and what was read in is H wide too.",
        PARAMS,
        "How wide is what each layer reads?",
    ),
    Slip(
        "no recurrent matrix",
        "parameters",
        _no_recurrence,
        "The matrix from a layer's state to its own next step is missing.",
        PARAMS,
        "Each layer reads its own last state as well.",
    ),
    Slip(
        "depth in the first layer alone",
        "parameters",
        _depth_once,
        "You make the step deeper in the first layer alone. `depth` holds for every layer of the stack.",
        PARAMS,
        "Which layers have a deep step?",
    ),
    Slip(
        "one map too many",
        "parameters",
        _one_matrix_too_many,
        "You count `depth` further maps in a step. A step of depth k has k maps; the first is the one that reads x and the old state, so there are k − 1 more.",
        PARAMS,
        "A depth of 1 is a plain layer.",
    ),
    Slip(
        "old state read by every map",
        "parameters",
        _recurrence_in_every_map,
        "You give every map of a step a matrix from the old state. Only the first one reads it; each other reads the map before it.",
        PARAMS,
        "Which map reads the old state?",
    ),
    Slip(
        "shortcut forgotten",
        "parameters",
        _no_shortcut,
        "The shortcut is missing: it has a matrix of its own, (H, H), in every layer.",
        PARAMS,
        "The shortcut has a matrix of its own.",
    ),
    Slip(
        "one shortcut for all layers",
        "parameters",
        _shortcut_once,
        "You count one shortcut. Every layer has its own.",
        PARAMS,
        "How many shortcuts are there?",
    ),
    Slip(
        "a bias for the shortcut",
        "parameters",
        _bias_of_the_shortcut,
        "Your shortcut has a bias. It is added to a pre-activation that has one already.",
        PARAMS,
        "Does a shortcut need a bias of its own?",
    ),
    Slip(
        "skips forgotten",
        "parameters",
        _no_skips,
        "The matrices through which the layers above the first read the input of the stack are missing.",
        PARAMS,
        "What do the skips connect?",
    ),
    Slip(
        "skips from x past the read-in",
        "parameters",
        _skips_read_x,
        "Your skips read x. They read what layer 1 reads; after a read-in that is H wide.",
        PARAMS,
        "How wide is what the skips read?",
    ),
    Slip(
        "skips H wide at any rate",
        "parameters",
        _skips_H_wide,
        "Your skip matrices are H × H. They read what layer 1 reads: without a read-in that is x, D numbers.",
        PARAMS,
        "How wide is what the skips read?",
    ),
    Slip(
        "a bias for the skips",
        "parameters",
        _bias_of_the_skips,
        "Your skips have biases. They are added to pre-activations that have one already.",
        PARAMS,
        "Do the skips need biases of their own?",
    ),
    Slip(
        "top layer alone read",
        "parameters",
        _top_alone_read,
        "With skips, what follows the stack reads the states of all layers, side by side: N·H numbers. Yours reads the top layer alone.",
        PARAMS,
        "How wide is what follows the stack?",
    ),
    Slip(
        "N·H wide to the end",
        "parameters",
        _wide_to_the_end,
        "All your read-out maps read N·H numbers. The first of them does; it puts out H.",
        PARAMS,
        "How wide is it after the first read-out map?",
    ),
    Slip(
        "logits read all states",
        "parameters",
        _logits_read_all,
        "Your logits read all layers' states although there is a read-out between. Only what comes first after the stack does.",
        PARAMS,
        "What do the logits read if there is a read-out?",
    ),
    Slip(
        "logits without a bias",
        "parameters",
        _no_bias_of_the_logits,
        "The logits' bias, V numbers, is missing.",
        PARAMS,
        "The logits have a bias.",
    ),
    Slip(
        "biases not counted",
        "parameters",
        _matrices_alone,
        "You count the matrices without the biases.",
        PARAMS,
        "Biases are parameters too.",
    ),
    Slip(
        "one-hot ignored",
        "work",
        _one_hot_ignored,
        "You multiply one-hot inputs. A matrix that reads one hands out a row: no multiplication is needed.",
        FLOPS,
        "What does a product with a one-hot row cost?",
    ),
    Slip(
        "first reader of x free alone",
        "work",
        _first_alone_free,
        "For one-hot inputs you leave out the first matrix alone. With skips and without a read-in, the other layers read x too.",
        FLOPS,
        "Which matrices read x?",
    ),
    Slip(
        "what was read in is not one-hot",
        "work",
        _free_though_read_in,
        "For one-hot inputs you leave out the first recurrent layer's matrix although there is a read-in before it. What a tanh map puts out is not one-hot.",
        FLOPS,
        "Is what was read in still one-hot?",
    ),
    Slip(
        "a row costs its length",
        "work",
        _row_is_work,
        "You charge H multiplications for a row that is looked up. It is added as it stands.",
        FLOPS,
        "A row is looked up, not multiplied.",
    ),
    Slip(
        "biases multiplied",
        "work",
        _biases_too,
        "You count biases as work. They are added; multiplications are asked for.",
        FLOPS,
        "A bias is not multiplied.",
    ),
    Slip(
        "one step's work",
        "work",
        _one_step,
        "You count one step. The same matrices work at every one of the T steps.",
        FLOPS,
        "T steps are asked for.",
    ),
    Slip(
        "logits once",
        "work",
        _logits_once,
        "You count the logits once. They are made at every step.",
        FLOPS,
        "At which steps are there logits?",
    ),
    Slip(
        "additions too",
        "work",
        _twice,
        "Your number is twice the right one: you count the additions too.",
        FLOPS,
        "Multiplications alone are asked for.",
    ),
    Slip(
        "cells one after the other",
        "rounds",
        _one_after_the_other,
        "You compute one layer-step after the other. Layer 2 at step 1 and layer 1 at step 2 do not wait for one another: they share a round.",
        WAVE,
        "Which layer-steps can share a round?",
    ),
    Slip(
        "all of it at every step",
        "rounds",
        _everything_every_step,
        "You run the whole network for each step before the next begins. Layer 1 need not wait for the layers above it, nor for the logits.",
        WAVE,
        "What does step 2 of layer 1 wait for?",
    ),
    Slip(
        "depth counted once",
        "rounds",
        _depth_once_in_rounds,
        "You count the depth of a step once. Each layer-step on the longest chain is k rounds long.",
        WAVE,
        "How many rounds does one layer-step take?",
    ),
    Slip(
        "depth on the way up alone",
        "rounds",
        _depth_of_layers_alone,
        "You count k rounds for each layer on the way up and one for each further step. A further step has k maps as well.",
        WAVE,
        "How many rounds does one more step take?",
    ),
    Slip(
        "one layer-step too many",
        "rounds",
        _one_round_too_many,
        "You count one layer-step too many. From layer 1, step 1 to layer N, step T there are N + T − 1 of them.",
        WAVE,
        "Try N = 1 and T = 1.",
    ),
    Slip(
        "no round for the logits",
        "rounds",
        _no_round_of_the_logits,
        "The logits wait for the top: they need a round of their own.",
        WAVE,
        "When are the last logits ready?",
    ),
    Slip(
        "read-in without rounds",
        "rounds",
        _no_read_in,
        "The read-in maps of step 1 come before anything else: a round each.",
        WAVE,
        "What does layer 1 wait for at step 1?",
    ),
    Slip(
        "read-in at every step",
        "rounds",
        _read_in_at_every_step,
        "You count the rounds of the read-in at every step. It reads x alone, which is there from the beginning: only at step 1 does anything wait for it.",
        WAVE,
        "What does the read-in of step 2 wait for?",
    ),
    Slip(
        "read-out without rounds",
        "rounds",
        _no_read_out,
        "The read-out maps of the last step come after all layers: a round each.",
        WAVE,
        "What do the last logits wait for?",
    ),
    Slip(
        "all layers in one round",
        "rounds",
        _layers_at_once,
        "You let all layers work at a step at once. Within one step a layer waits for the one below.",
        WAVE,
        "What does layer 2 wait for at step 1?",
    ),
    Slip(
        "shortcut saves rounds",
        "rounds",
        _shortcut_saves,
        "You count with the shortest path. A map has to wait for *all* that it reads: the longest chain decides, and a shortcut does not make that shorter.",
        WAVE,
        "Which chain decides, the shortest or the longest?",
    ),
    Slip(
        "skips save rounds",
        "rounds",
        _skips_save,
        "You let the skips save rounds. A layer that reads x still has to wait for the layer below.",
        WAVE,
        "Does a layer with skips no longer wait for the layer below?",
    ),
    Slip(
        "over the budget",
        "width",
        _too_wide,
        "Your width is one too large: it does not fit the budget.",
        WIDTH,
        "That does not fit the budget.",
    ),
    Slip(
        "a full budget refused",
        "width",
        _below_the_budget,
        "Where the count is exactly the budget you go one unit lower. It fits.",
        WIDTH,
        "A count equal to the budget fits.",
    ),
    Slip(
        "the nearest width",
        "width",
        _nearest,
        "You return the width whose count is nearest, above the budget or below. It has to fit.",
        WIDTH,
        "The nearest width may be over the budget.",
    ),
    Slip(
        "one unit though nothing fits",
        "width",
        _at_least_one,
        "You return 1 where not even one unit fits. The task asks for 0 then.",
        WIDTH,
        "Does one unit fit?",
    ),
    Slip(
        "squares alone",
        "width",
        _square_root,
        "You count the H² terms alone. What grows with H itself, and what does not grow, takes its share of the budget.",
        WIDTH,
        "There are terms beside H².",
    ),
    Slip(
        "the width that the net has",
        "width",
        _units_kept,
        'You return the "units" of the net. Its width is what is asked for: try others.',
        WIDTH,
        "The width of the net is to be changed.",
    ),
)

QUESTION = Question(
    id="08.3",
    title="what depth costs",
    answers=("parameters", "work", "rounds", "width"),
    reference={
        "parameters": parameters,
        "work": work,
        "rounds": rounds,
        "width": width,
    },
    properties=(
        Property("parameters: one kind of depth at a time", 1, _test_one, PARAMS),
        Property("parameters: skips, and several at once", 1, _test_several, PARAMS),
        Property(
            "work: multiplications, also for one-hot inputs", 1, _test_work, FLOPS
        ),
        Property("rounds: as few as the chains allow", 1, _test_rounds, WAVE),
        Property(
            "width: the largest that fits, for budgets of any size",
            1,
            _test_width,
            WIDTH,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
