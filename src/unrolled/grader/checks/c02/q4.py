"""Question 2.4: shapes."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import expect_keys, kind_of
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong

Config = dict[str, Any]


def shapes(config: Config) -> dict[str, tuple[int, ...] | None]:
    directions = 1 + config["bidirectional"]
    hidden = config["hidden_size"]
    shown = config["proj_size"] or hidden
    batch = () if config["B"] is None else (config["B"],)
    stack = config["num_layers"] * directions
    out = (config["T"], *batch)
    if config["batch_first"]:
        out = (*batch, config["T"])
    return {
        "out": (*out, directions * shown),
        "h_n": (stack, *batch, shown),
        "c_n": (stack, *batch, hidden) if config["cell"] == "LSTM" else None,
    }


def torch_shapes(config: Config) -> dict[str, tuple[int, ...] | None]:
    """What PyTorch returns; its random state is left as it was."""
    return dict(_torch_shapes(tuple(sorted(config.items()))))


@lru_cache(maxsize=512)
def _torch_shapes(items: tuple[tuple[str, Any], ...]) -> tuple[tuple[str, Any], ...]:
    import torch

    config = dict(items)
    names = ("num_layers", "bidirectional", "batch_first")
    options = {name: config[name] for name in names}
    if config["cell"] == "LSTM":
        options["proj_size"] = config["proj_size"]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        layer = getattr(torch.nn, config["cell"])(
            config["input_size"], config["hidden_size"], **options
        )
        out, state = layer(torch.zeros(_input_shape(config)))
    h_n, c_n = state if config["cell"] == "LSTM" else (state, None)
    return (
        ("out", tuple(out.shape)),
        ("h_n", tuple(h_n.shape)),
        ("c_n", None if c_n is None else tuple(c_n.shape)),
    )


def _input_shape(config: Config) -> tuple[int, ...]:
    time, batch, size = config["T"], config["B"], config["input_size"]
    if batch is None:
        return (time, size)
    return (batch, time, size) if config["batch_first"] else (time, batch, size)


def _described(config: Config) -> str:
    """The call that a configuration stands for."""
    parts = [str(config["input_size"]), str(config["hidden_size"])]
    if config["num_layers"] > 1:
        parts.append(f"num_layers={config['num_layers']}")
    parts += [f"{k}=True" for k in ("bidirectional", "batch_first") if config[k]]
    if config["proj_size"]:
        parts.append(f"proj_size={config['proj_size']}")
    return f"nn.{config['cell']}({', '.join(parts)}) on an input {_input_shape(config)}"


def _batch_first_moves_all(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L, B = config["proj_size"] or H, config["num_layers"] * d, config["B"]
    if B is None:
        out, h_n, c_n = (config["T"], d * P), (L, P), (L, H)
    elif config["batch_first"]:
        out, h_n, c_n = (B, config["T"], d * P), (B, L, P), (B, L, H)
    else:
        out, h_n, c_n = (config["T"], B, d * P), (L, B, P), (L, B, H)
    return {"out": out, "h_n": h_n, "c_n": c_n if config["cell"] == "LSTM" else None}


def _batch_first_ignored(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"] * d
    b = () if config["B"] is None else (config["B"],)
    c_n = (L, *b, H) if config["cell"] == "LSTM" else None
    return {"out": (config["T"], *b, d * P), "h_n": (L, *b, P), "c_n": c_n}


def _output_dim(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"] * d
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (L, *b, H) if config["cell"] == "LSTM" else None
    return {"out": (*out, config["V"]), "h_n": (L, *b, P), "c_n": c_n}


def _output_dim_everywhere(config):
    d = 1 + config["bidirectional"]
    V, L = config["V"], config["num_layers"] * d
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (L, *b, V) if config["cell"] == "LSTM" else None
    return {"out": (*out, V), "h_n": (L, *b, V), "c_n": c_n}


def _always_batch_first(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"] * d
    b = () if config["B"] is None else (config["B"],)
    c_n = (L, *b, H) if config["cell"] == "LSTM" else None
    return {"out": (*b, config["T"], d * P), "h_n": (L, *b, P), "c_n": c_n}


def _always_batch_first_all(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"] * d
    b = () if config["B"] is None else (config["B"],)
    c_n = (*b, L, H) if config["cell"] == "LSTM" else None
    return {"out": (*b, config["T"], d * P), "h_n": (*b, L, P), "c_n": c_n}


def _first_axis_dropped(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P = config["proj_size"] or H
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (*b, H) if config["cell"] == "LSTM" else None
    return {"out": (*out, d * P), "h_n": (*b, P), "c_n": c_n}


def _one_direction_in_out(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"] * d
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (L, *b, H) if config["cell"] == "LSTM" else None
    return {"out": (*out, P), "h_n": (L, *b, P), "c_n": c_n}


def _one_direction_in_h(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"]
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (L, *b, H) if config["cell"] == "LSTM" else None
    return {"out": (*out, d * P), "h_n": (L, *b, P), "c_n": c_n}


def _directions_in_the_features_of_h(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"]
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (L, *b, d * H) if config["cell"] == "LSTM" else None
    return {"out": (*out, d * P), "h_n": (L, *b, d * P), "c_n": c_n}


def _no_directions(config):
    H, L = config["hidden_size"], config["num_layers"]
    P = config["proj_size"] or H
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (L, *b, H) if config["cell"] == "LSTM" else None
    return {"out": (*out, P), "h_n": (L, *b, P), "c_n": c_n}


def _layers_in_out(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"] * d
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (L, *b, H) if config["cell"] == "LSTM" else None
    return {"out": (*out, L * P), "h_n": (L, *b, P), "c_n": c_n}


def _layers_forgotten(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P = config["proj_size"] or H
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (d, *b, H) if config["cell"] == "LSTM" else None
    return {"out": (*out, d * P), "h_n": (d, *b, P), "c_n": c_n}


def _no_axis_for_one_layer(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"] * d
    b = () if config["B"] is None else (config["B"],)
    s = (L, *b) if L > 1 else b
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (*s, H) if config["cell"] == "LSTM" else None
    return {"out": (*out, d * P), "h_n": (*s, P), "c_n": c_n}


def _cell_projected_too(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"] * d
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (L, *b, P) if config["cell"] == "LSTM" else None
    return {"out": (*out, d * P), "h_n": (L, *b, P), "c_n": c_n}


def _only_out_projected(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"] * d
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (L, *b, H) if config["cell"] == "LSTM" else None
    return {"out": (*out, d * P), "h_n": (L, *b, H), "c_n": c_n}


def _projection_ignored(config):
    d, H, L = 1 + config["bidirectional"], config["hidden_size"], config["num_layers"]
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    c_n = (L * d, *b, H) if config["cell"] == "LSTM" else None
    return {"out": (*out, d * H), "h_n": (L * d, *b, H), "c_n": c_n}


def _batch_of_one(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L, B = config["proj_size"] or H, config["num_layers"] * d, config["B"] or 1
    out = (B, config["T"]) if config["batch_first"] else (config["T"], B)
    c_n = (L, B, H) if config["cell"] == "LSTM" else None
    return {"out": (*out, d * P), "h_n": (L, B, P), "c_n": c_n}


def _every_cell_has_c(config):
    d, H = 1 + config["bidirectional"], config["hidden_size"]
    P, L = config["proj_size"] or H, config["num_layers"] * d
    b = () if config["B"] is None else (config["B"],)
    out = (*b, config["T"]) if config["batch_first"] else (config["T"], *b)
    return {"out": (*out, d * P), "h_n": (L, *b, P), "c_n": (L, *b, H)}


def _eight(ask: Ask) -> list[Config]:
    return [dict(config) for config in ask.given("eight")]


def _random_config(rng: np.random.Generator, **chosen: Any) -> Config:
    """A configuration with sizes that differ from one another."""
    T, B, D, H, V = (int(n) for n in rng.choice(np.arange(3, 14), 5, replace=False))
    config = {
        "cell": str(rng.choice(["RNN", "LSTM"])),
        "T": T,
        "B": B,
        "input_size": D,
        "hidden_size": H,
        "V": V,
        "num_layers": int(rng.integers(1, 4)),
        "bidirectional": bool(rng.integers(2)),
        "batch_first": bool(rng.integers(2)),
        "proj_size": 0,
    } | chosen
    if chosen.get("proj_size"):
        config |= {"cell": "LSTM", "proj_size": int(rng.integers(1, H))}
    return config


def _expect_shapes(ask: Ask, configs: list[Config], keys: tuple[str, ...]) -> None:
    for config in configs:
        value = ask("shapes", dict(config)).value
        found = expect_keys(value, keys, "a dict of shapes")
        want = torch_shapes(config)
        for key in keys:
            got = _as_shape(found[key], key)
            if got == want[key]:
                continue
            if want[key] is None:
                raise Wrong(
                    f"{_described(config)}: `c_n` should be None; an nn.RNN has no cell "
                    "state."
                )
            raise Wrong(
                f"{_described(config)}: `{key}` has the shape {want[key]}, yours is {got}."
                f"{_shape_hint(config, key, got, want[key])}"
            )


def _shape_hint(
    config: Config, key: str, got: tuple[int, ...] | None, want: tuple[int, ...]
) -> str:
    """What a wrong shape comes from, where it can be seen, with a blank before it."""
    ways, B = 1 + config["bidirectional"], config["B"]
    if got is None:
        return " An nn.LSTM has a cell state." if key == "c_n" else ""
    if got == want[1:]:
        if key == "out":
            return " It has the state of every step, not of the last one alone."
        return " The first axis, layers × directions, stays, even where it is 1."
    if B is None and len(got) == len(want) + 1:
        return " The input has no batch axis, so the result has none."
    if len(got) != len(want):
        return ""
    if len(got) == 3 and got == (want[1], want[0], want[2]):
        if key != "out":
            return " The batch axis is the second one here, whatever batch_first says."
        order = "(B, T, …)" if config["batch_first"] else "(T, B, …)"
        said = "With" if config["batch_first"] else "Without"
        return f" {said} batch_first it is {order}, like the input."
    if got[-1] == config["V"] != want[-1]:
        return (
            " The last axis is not the number of classes: the layer does not know the "
            "task, and its results are states."
        )
    if key != "out" and ways == 2 and got == (want[0] // 2, *want[1:-1], 2 * want[-1]):
        return " The directions are counted in its first axis, not in its last."
    if got[:-1] == want[:-1] and key == "out":
        if ways == 2 and got[-1] * 2 == want[-1]:
            return " Both directions are in it, side by side."
        if config["num_layers"] > 1 and got[-1] == config["num_layers"] * want[-1]:
            return " It is of the top layer alone."
    if config["proj_size"] and got[:-1] == want[:-1]:
        if key == "c_n":
            return " proj_size leaves the cell state as it is."
        return " What leaves the layer, and what is fed back, has proj_size numbers."
    return ""


def _as_shape(value: Any, key: str) -> tuple[int, ...] | None:
    """A shape as a tuple; lists and arrays of whole numbers are taken too."""
    if value is None:
        return None
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        shown = kind_of(value)
        if isinstance(value, (tuple, list)) and len(value) < 6:
            shown = repr(value)[:80]
        raise Wrong(f"`{key}`: expected a tuple of whole numbers, got {shown}.")
    return tuple(int(n) for n in array)


def _plain_ones(ask: Ask, rng: np.random.Generator) -> list[Config]:
    printed = [c for c in _eight(ask) if c["B"] is not None and not c["proj_size"]]
    return printed + [_random_config(rng) for _ in range(12)]


def _test_shape_out(ask: Ask, rng: np.random.Generator) -> None:
    _expect_shapes(ask, _plain_ones(ask, rng), ("out",))


def _test_shape_h(ask: Ask, rng: np.random.Generator) -> None:
    _expect_shapes(ask, _plain_ones(ask, rng), ("h_n",))


def _test_shape_c(ask: Ask, rng: np.random.Generator) -> None:
    printed = [c for c in _eight(ask) if c["proj_size"]]
    _expect_shapes(ask, _plain_ones(ask, rng), ("c_n",))
    fresh = [_random_config(rng, proj_size=True) for _ in range(8)]
    _expect_shapes(ask, printed + fresh, ("out", "h_n", "c_n"))


def _test_shape_unbatched(ask: Ask, rng: np.random.Generator) -> None:
    printed = [c for c in _eight(ask) if c["B"] is None]
    for config in [
        *printed,
        *(_random_config(rng, B=None, bidirectional=False) for _ in range(8)),
    ]:
        keys = ("out", "h_n", "c_n") if config["cell"] == "LSTM" else ("out", "h_n")
        _expect_shapes(ask, [config], keys)


def _shape_cases(rng: np.random.Generator) -> list[Call]:
    configs = [_random_config(rng) for _ in range(6)]
    for cell, several in itertools.product(("RNN", "LSTM"), (False, True)):
        configs.append(
            _random_config(
                rng,
                cell=cell,
                num_layers=2 + several,
                bidirectional=several,
                batch_first=True,
            )
        )
        configs.append(
            _random_config(
                rng, cell=cell, num_layers=1, bidirectional=several, batch_first=several
            )
        )
    for several in (False, True):
        configs.append(
            _random_config(
                rng, proj_size=True, num_layers=1 + several, bidirectional=several
            )
        )
        configs.append(_random_config(rng, B=None, num_layers=1 + several))
    return [Call("shapes", config) for config in configs]


QUESTION = Question(
    id="02.4",
    title="eight shapes without running PyTorch",
    answers=("shapes",),
    reference={"shapes": shapes},
    properties=(
        Property(
            "`out` has the shape that PyTorch returns, for the printed and for random configurations with a batch and no projection",
            1,
            _test_shape_out,
            "§2.6",
        ),
        Property(
            "So has `h_n`",
            1,
            _test_shape_h,
            "§2.6",
        ),
        Property(
            "So has `c_n`, None for an RNN; and all three are right with proj_size",
            1,
            _test_shape_c,
            "§2.6",
        ),
        Property(
            "An input without a batch axis gives shapes without one",
            1,
            _test_shape_unbatched,
            "§2.6",
        ),
    ),
    misconceptions=(
        Misconception(
            "batch_first moves h_n and c_n",
            _batch_first_moves_all,
            "You let batch_first turn h_n and c_n round too. It moves the batch axis of the input and of `out` and of nothing else: h_n and c_n always start with layers × directions.",
            "§2.6",
        ),
        Misconception(
            "batch_first ignored",
            _batch_first_ignored,
            "You leave `out` as (T, B, …) whatever batch_first says. It gives `out` the layout of the input: (B, T, …).",
            "§2.6",
        ),
        Misconception(
            "an output dimension",
            _output_dim,
            "You give `out` the number of classes as its last axis. nn.RNN and nn.LSTM have no output dimension: `out` holds states, directions × hidden_size (or proj_size). Logits come from a Linear of your own, which the layer knows nothing of.",
            "§2.6",
        ),
        Misconception(
            "classes as the last axis everywhere",
            _output_dim_everywhere,
            "All your shapes end in V, the number of classes. `V` belongs to the task and not to the layer: what nn.RNN and nn.LSTM return are states, of hidden_size (or proj_size) numbers; logits come from a Linear behind them.",
            "§2.6",
        ),
        Misconception(
            "always batch-first",
            _always_batch_first,
            "Your `out` has the batch axis first whether batch_first says so or not. PyTorch's default is time first: (T, B, …).",
            "§2.6",
        ),
        Misconception(
            "everything batch-first",
            _always_batch_first_all,
            "You put the batch axis first in everything. `out` starts with T unless batch_first is True; h_n and c_n start with layers × directions and have the batch second, always.",
            "§2.6",
        ),
        Misconception(
            "first axis of h_n dropped",
            _first_axis_dropped,
            "Your h_n and c_n lack their first axis. They hold one state for each layer and direction, not the top layer's alone: (layers × directions, B, …), and the axis stays when there is only one.",
            "§2.6",
        ),
        Misconception(
            "directions forgotten in out",
            _one_direction_in_out,
            "In a bidirectional layer `out` has the states of both directions side by side in its last axis: 2 × hidden_size. Your h_n knows of them; `out` does not.",
            "§2.6",
        ),
        Misconception(
            "directions forgotten in h_n",
            _one_direction_in_h,
            "Each layer of a bidirectional network has two final states, one for each direction, so the first axis of h_n and c_n is 2 × num_layers.",
            "§2.6",
        ),
        Misconception(
            "directions in the features of h_n",
            _directions_in_the_features_of_h,
            "You join the two directions in the last axis of h_n, as `out` does. In h_n and c_n they are separate entries of the first axis: layers × directions.",
            "§2.6",
        ),
        Misconception(
            "directions forgotten everywhere",
            _no_directions,
            "`bidirectional` changes nothing in your shapes. The second reader doubles the last axis of `out` and the first axis of h_n and c_n.",
            "§2.6",
        ),
        Misconception(
            "layers in out",
            _layers_in_out,
            "You count the layers in the last axis of `out`. `out` has the states of the top layer alone, at every step; h_n has every layer, at the last step.",
            "§2.6",
        ),
        Misconception(
            "layers forgotten in h_n",
            _layers_forgotten,
            "h_n and c_n have one entry for every layer, not for the top one alone: the first axis is num_layers × directions.",
            "§2.6",
        ),
        Misconception(
            "no axis for a single layer",
            _no_axis_for_one_layer,
            "With one layer and one direction you drop the first axis of h_n. It is always there, of size 1: (1, B, hidden_size). That is why so much code says h_n[0] or h_n.squeeze(0).",
            "§2.6",
        ),
        Misconception(
            "projection of the cell state",
            _cell_projected_too,
            "You project c_n too. proj_size shrinks what leaves the cell, h and with it `out`; the cell state inside keeps hidden_size.",
            "§2.6",
        ),
        Misconception(
            "projection of out alone",
            _only_out_projected,
            "You project `out` and leave h_n at hidden_size. The projected state *is* the state h that goes on to the next step; the last one is h_n. Only c_n keeps hidden_size.",
            "§2.6",
        ),
        Misconception(
            "projection ignored",
            _projection_ignored,
            "proj_size changes nothing in your shapes. Where it is above 0, h is multiplied by a matrix (hidden_size, proj_size) before it leaves the cell: h_n and `out` have proj_size where they had hidden_size.",
            "§2.6",
        ),
        Misconception(
            "a batch of one",
            _batch_of_one,
            "Without a batch axis in the input there is none in the results, not even one of size 1: `out` is (T, …), h_n (layers × directions, …), and batch_first has nothing to move.",
            "§2.6",
        ),
        Misconception(
            "an RNN with a cell state",
            _every_cell_has_c,
            "You give nn.RNN a cell state. It has h alone; c belongs to the LSTM.",
            "§2.6",
        ),
    ),
    cases=_shape_cases,
)
