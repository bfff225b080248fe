"""Question 11.5: what gated networks cost, and what shapes tell."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.c11.common import judge
from unrolled.grader.checks.slips import Slip, misconceptions
from unrolled.grader.question import Ask, Call, Property, Question

COUNT = "§11.9"
NAMES = "§11.8"

CELLS = ("rnn", "gru", "lstm")
BLOCKS = (1, 3, 4)


def _blocks(cell):
    return BLOCKS[CELLS.index(cell)]


def _sum(cell, D, H, layers, directions, biases, P, upper):
    """With `upper` inputs of the upper layers and states of R numbers."""
    G, R, total = _blocks(cell), P or H, 0
    for layer in range(layers):
        width = upper if layer else D
        total += directions * (G * H * (width + R + biases) + P * H)
    return total


def count(cell, D, H, layers, directions, biases, P):
    return _sum(cell, D, H, layers, directions, biases, P, directions * (P or H))


def _greatest(budget, size):
    """The greatest H with size(H) <= budget, 0 if there is none."""
    low, high = 0, 1
    while size(high) <= budget:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) <= budget else (low, middle)
    return low


def widest(cell, budget, D, layers, directions, biases):
    def size(H):
        return count(cell, D, H, layers, directions, biases, 0)

    return _greatest(budget, size)


def _read(shapes, by_width=False):
    rows, R = shapes["weight_hh_l0"]
    D = shapes["weight_ih_l0"][1]
    P, H = shapes.get("weight_hr_l0", (0, R))
    layers = sum(key.startswith("weight_ih") and "rev" not in key for key in shapes)
    directions = 1 + any(key.endswith("_reverse") for key in shapes)
    biases = sum(key in shapes for key in ("bias_ih_l0", "bias_hh_l0"))
    G = rows // (R if by_width else H)
    cell = CELLS[BLOCKS.index(G)] if G in BLOCKS else "none"
    return [cell, D, H, layers, directions, biases, P]


def read(shapes):
    return _read(shapes)


# --- wrong counts ---------------------------------------------------------------------


def _one_bias(cell, D, H, layers, directions, biases, P):
    return count(cell, D, H, layers, directions, min(biases, 1), P)


def _two_biases(cell, D, H, layers, directions, biases, P):
    return count(cell, D, H, layers, directions, 2, P)


def _bias_a_unit(cell, D, H, layers, directions, biases, P):
    """One number a unit, not one a block and unit."""
    total = count(cell, D, H, layers, directions, 0, P)
    return total + layers * directions * biases * H


def _upper_one_direction(cell, D, H, layers, directions, biases, P):
    return _sum(cell, D, H, layers, directions, biases, P, P or H)


def _upper_like_the_first(cell, D, H, layers, directions, biases, P):
    return _sum(cell, D, H, layers, directions, biases, P, D)


def _upper_before_projection(cell, D, H, layers, directions, biases, P):
    return _sum(cell, D, H, layers, directions, biases, P, directions * H)


def _one_direction(cell, D, H, layers, directions, biases, P):
    return count(cell, D, H, layers, 1, biases, P)


def _directions_twice(cell, D, H, layers, directions, biases, P):
    """As if each direction also read the other one's state."""
    extra = (directions - 1) * (P or H)
    G = _blocks(cell)
    total = count(cell, D, H, layers, directions, biases, P)
    return total + layers * directions * G * H * extra


def _one_layer(cell, D, H, layers, directions, biases, P):
    return count(cell, D, H, 1, directions, biases, P)


def _no_projection(cell, D, H, layers, directions, biases, P):
    return count(cell, D, H, layers, directions, biases, 0)


def _no_projection_matrix(cell, D, H, layers, directions, biases, P):
    total = count(cell, D, H, layers, directions, biases, P)
    return total - layers * directions * P * H


def _projection_at_the_end(cell, D, H, layers, directions, biases, P):
    """The recurrent matrix still reads H numbers."""
    total = count(cell, D, H, layers, directions, biases, P)
    wider = _blocks(cell) * H * (H - P) if P else 0
    return total + layers * directions * wider


def _projection_with_bias(cell, D, H, layers, directions, biases, P):
    total = count(cell, D, H, layers, directions, biases, P)
    return total + layers * directions * biases * P


def _projection_for_all_gates(cell, D, H, layers, directions, biases, P):
    total = count(cell, D, H, layers, directions, biases, P)
    return total + layers * directions * (_blocks(cell) - 1) * P * H


def _gru_with_two(cell, D, H, layers, directions, biases, P):
    """A GRU of two blocks, its gates."""
    if cell != "gru":
        return count(cell, D, H, layers, directions, biases, P)
    return count("rnn", D, H, layers, directions, biases, P) * 2


def _lstm_with_three(cell, D, H, layers, directions, biases, P):
    if cell != "lstm":
        return count(cell, D, H, layers, directions, biases, P)
    return count("gru", D, H, layers, directions, biases, P)


def _no_recurrence(cell, D, H, layers, directions, biases, P):
    total = count(cell, D, H, layers, directions, biases, P)
    return total - layers * directions * _blocks(cell) * H * (P or H)


# --- wrong widths ---------------------------------------------------------------------


def _widest_closest(cell, budget, D, layers, directions, biases):
    H = widest(cell, budget, D, layers, directions, biases)
    over = count(cell, D, H + 1, layers, directions, biases, 0) - budget
    under = budget - (count(cell, D, H, layers, directions, biases, 0) if H else 0)
    return H + (over < under)


def _widest_below(cell, budget, D, layers, directions, biases):
    return widest(cell, budget - 1, D, layers, directions, biases)


def _widest_above(cell, budget, D, layers, directions, biases):
    """The least H that reaches the budget."""
    return 1 + widest(cell, budget - 1, D, layers, directions, biases)


def _widest_by_squares(cell, budget, D, layers, directions, biases):
    """The squares of H alone."""
    squares = layers + (layers - 1) * directions
    return int((budget / (_blocks(cell) * directions * squares)) ** 0.5)


def _widest_at_least_one(cell, budget, D, layers, directions, biases):
    return max(1, widest(cell, budget, D, layers, directions, biases))


def _widest_one_layer(cell, budget, D, layers, directions, biases):
    return widest(cell, budget, D, 1, directions, biases)


def _widest_budget_shared(cell, budget, D, layers, directions, biases):
    """Each layer gets its share of the budget, as if all were like the first."""
    return widest(cell, budget // layers, D, 1, directions, biases)


def _widest_one_direction(cell, budget, D, layers, directions, biases):
    return widest(cell, budget, D, layers, 1, biases)


def _widest_in_all(cell, budget, D, layers, directions, biases):
    """Units of both directions together."""
    return directions * widest(cell, budget, D, layers, directions, biases)


def _widest_by_ratio(cell, budget, D, layers, directions, biases):
    """The plain network's width, divided by the number of blocks."""
    return widest("rnn", budget, D, layers, directions, biases) // _blocks(cell)


def _widest_by_the_root(cell, budget, D, layers, directions, biases):
    H = widest("rnn", budget, D, layers, directions, biases)
    return int(H / _blocks(cell) ** 0.5)


# --- wrong readings -------------------------------------------------------------------


def _read_by_state(shapes):
    """Blocks counted in widths of what is read."""
    return _read(shapes, by_width=True)


def _read_state_as_width(shapes):
    cell, D, _, *rest = _read(shapes)
    return [cell, D, shapes["weight_hh_l0"][1], *rest]


def _read_rows_as_width(shapes):
    cell, D, _, *rest = _read(shapes)
    return [cell, D, shapes["weight_hh_l0"][0], *rest]


def _read_layers_and_directions(shapes):
    found = _read(shapes)
    return [*found[:3], found[3] * found[4], *found[4:]]


def _read_one_digit(shapes):
    found = _read(shapes)
    found[3] = 1 + max(
        int(key.removesuffix("_reverse")[-1]) for key in shapes if "weight_ih" in key
    )
    return found


def _read_last_inputs(shapes):
    found = _read(shapes)
    found[1] = shapes[f"weight_ih_l{found[3] - 1}"][1]
    return found


def _read_bias_yes(shapes):
    found = _read(shapes)
    return [*found[:5], min(found[5], 1), found[6]]


def _read_two_biases(shapes):
    found = _read(shapes)
    return [*found[:5], 2, found[6]]


def _read_no_projection(shapes):
    return [*_read(shapes)[:6], 0]


def _read_projection_is_width(shapes):
    """P = H where nothing is projected."""
    found = _read(shapes)
    return [*found[:6], found[6] or found[2]]


# --- numbers --------------------------------------------------------------------------


def _plain(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = []
    for cell in CELLS:
        for biases in (0, 1, 2):
            D, H = (int(n) for n in rng.integers(3, 90, 2))
            found.append((cell, D, H, 1, 1, biases, 0))
    return found


def _deep(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = []
    for cell in CELLS:
        for layers, directions in ((3, 1), (1, 2), (2, 2), (5, 2)):
            D, H = (int(n) for n in rng.choice(60, 2, replace=False) + 2)
            found.append((cell, D, H, layers, directions, int(rng.integers(3)), 0))
    return found


def _projected(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = []
    for layers, directions, biases in ((1, 1, 2), (3, 1, 1), (2, 2, 0), (4, 2, 2)):
        D, H = int(rng.integers(2, 60)), int(rng.integers(12, 60))
        P = int(rng.integers(2, H - 6))
        found.append(("lstm", D, H, layers, directions, biases, P))
    return found


def _budgets(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = []
    for k, cell in enumerate((*CELLS, *CELLS)):
        D, biases = int(rng.integers(2, 50)), int(rng.integers(3))
        layers, directions = ((1, 1), (3, 2), (2, 1), (2, 2))[k % 4]
        shape = layers, directions, biases
        H = int(rng.integers(20, 200))
        low, high = (count(cell, D, n, *shape, 0) for n in (H, H + 1))
        budget = (low, high - 1, int(rng.integers(low + 1, high)))[k % 3]
        found.append((cell, budget, D, *shape))
    tight = (
        ("rnn", 100, 1, 2, 1, 300),
        ("gru", 7, 2, 1, 2, 900),
        ("lstm", 33, 3, 2, 0, 2000),
    )
    for cell, D, layers, directions, biases, H in tight:
        budget = count(cell, D, H, layers, directions, biases, 0)
        found.append((cell, budget, D, layers, directions, biases))
    return found


def _budget_edges(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    D = int(rng.integers(5, 30))
    least = count("lstm", D, 1, 2, 2, 2, 0)
    wide = count("gru", D, 9_000_000, 2, 1, 2, 0)
    return [
        ("lstm", least - 1, D, 2, 2, 2),
        ("lstm", least, D, 2, 2, 2),
        ("rnn", 0, D, 1, 1, 0),
        ("gru", wide, D, 2, 1, 2),
        ("gru", wide - 1, D, 2, 1, 2),
        ("lstm", 10**15, 1000, 3, 2, 1),
        ("rnn", 10**15, 1, 1, 1, 0),
    ]


def _shapes(
    cell: str, D: int, H: int, layers: int, directions: int, biases: int, P: int
) -> dict[str, list[int]]:
    """The shapes of the arrays of such a network, as PyTorch names them."""
    G, R, found = _blocks(cell), P or H, {}
    for layer in range(layers):
        for end in ("", "_reverse")[:directions]:
            end = f"_l{layer}{end}"
            found["weight_ih" + end] = [G * H, directions * R if layer else D]
            found["weight_hh" + end] = [G * H, R]
            for name in ("bias_ih", "bias_hh")[:biases]:
                found[name + end] = [G * H]
            if P:
                found["weight_hr" + end] = [P, H]
    return found


def _foreign(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    found = []
    for cell, layers, directions, biases in (
        ("rnn", 1, 1, 2),
        ("gru", 2, 2, 2),
        ("lstm", 12, 1, 2),
        ("gru", 3, 2, 0),
        ("lstm", 11, 2, 0),
    ):
        D, H = (int(n) for n in rng.integers(2, 40, 2))
        found.append((_shapes(cell, D, H, layers, directions, biases, 0),))
    for H, P, biases in ((12, 9, 2), (12, 4, 0), (15, 5, 2)):
        D = int(rng.integers(2, 9))
        found.append((_shapes("lstm", D, H, 2, 2, biases, P),))
    D = int(rng.integers(3, 20))
    found += [
        (_shapes("gru", D, 1, 1, 1, 2, 0),),
        (_shapes("rnn", 3 * D, D, 2, 1, 2, 0),),
        (_shapes("rnn", D, 12, 1, 1, 1, 0),),  # rows of 3 and of 4 blocks, perhaps
        (_shapes("lstm", D, 6, 2, 2, 1, 0),),
    ]
    shuffled = [rng.permutation(list(shapes)).tolist() for (shapes,) in found]
    return [
        ({key: shapes[key] for key in keys},)
        for (shapes,), keys in zip(found, shuffled, strict=True)
    ]


def _test_numbers(name: str, function: Any, *draws: Any):
    def test(ask: Ask, rng: np.random.Generator) -> None:
        for draw in draws:
            for args in draw(rng):
                judge(ask, SLIPS, name, args, function(*args), f"of {args}")

    return test


def _test_read(ask: Ask, rng: np.random.Generator) -> None:
    what = "cell, D, H, layers, directions, biases, P"
    for args in _foreign(rng):
        want = tuple(read(*args))
        where = f"for {count(*want)} parameters in {len(args[0])} arrays"
        judge(ask, SLIPS, "read", args, want, where, what)


def _cases(rng: np.random.Generator) -> list[Call]:
    drawn = {
        "count": [*_plain(rng), *_deep(rng), *_projected(rng)],
        "widest": [*_budgets(rng), *_budget_edges(rng)],
        "read": _foreign(rng),
    }
    return [Call(name, *args) for name, calls in drawn.items() for args in calls]


def _slip(name: str, answer: str, wrong: Any, message: str, hint: str = "") -> Slip:
    read = NAMES if answer == "read" else COUNT
    return Slip(name, answer, wrong, message, read, hint)


SLIPS = (
    _slip(
        "one bias",
        "count",
        _one_bias,
        "You count one vector of biases a block and forget that there can be two: PyTorch keeps one for the input and one for the state.",
        "There can be two biases.",
    ),
    _slip(
        "always two biases",
        "count",
        _two_biases,
        "You count two vectors of biases always. `biases` says how many there are.",
        "`biases` can be 0 or 1.",
    ),
    _slip(
        "a bias a unit",
        "count",
        _bias_a_unit,
        "You count one bias a unit. Each block has its own biases: a unit of an LSTM has four.",
        "Each block has its own biases.",
    ),
    _slip(
        "upper layers read one direction",
        "count",
        _upper_one_direction,
        "Your upper layers read the states of one direction. In a network with two, each layer reads both directions of the one below.",
        "Upper layers read both directions.",
    ),
    _slip(
        "upper layers read D",
        "count",
        _upper_like_the_first,
        "Your upper layers read D numbers, like the first. They read the states of the layer below.",
        "Upper layers read states.",
    ),
    _slip(
        "upper layers read H",
        "count",
        _upper_before_projection,
        "Your upper layers read H numbers a direction. With a projection only P are handed on.",
        "With a projection P numbers go up.",
    ),
    _slip(
        "one direction",
        "count",
        _one_direction,
        "You count one direction.",
        "The other direction is missing.",
    ),
    _slip(
        "directions that read each other",
        "count",
        _directions_twice,
        "You let each direction read the other one's state from step to step. Within a layer the directions know nothing of each other.",
        "The directions do not read each other.",
    ),
    _slip(
        "one layer",
        "count",
        _one_layer,
        "You count the first layer alone.",
        "The upper layers are missing.",
    ),
    _slip(
        "no projection",
        "count",
        _no_projection,
        "You leave the projection out.",
        "The projection is not counted.",
    ),
    _slip(
        "no matrix of the projection",
        "count",
        _no_projection_matrix,
        "Your states have P numbers, but the matrix that makes them out of H is not counted.",
        "The projection's own matrix is missing.",
    ),
    _slip(
        "projection at the end",
        "count",
        _projection_at_the_end,
        "Your recurrent matrix reads H numbers. The projected state is what is handed on in time too: it reads P.",
        "The projected state goes on in time too.",
    ),
    _slip(
        "projection with biases",
        "count",
        _projection_with_bias,
        "Your projection has biases. It is a matrix alone.",
        "The projection has no bias.",
    ),
    _slip(
        "projection for each block",
        "count",
        _projection_for_all_gates,
        "You count the projection once a block. It acts on the state, of which there is one.",
        "There is one projection a direction.",
    ),
    _slip(
        "GRU with two blocks",
        "count",
        _gru_with_two,
        "Your GRU has two blocks. It has two gates and a candidate: three.",
        "A GRU has three blocks.",
    ),
    _slip(
        "LSTM with three blocks",
        "count",
        _lstm_with_three,
        "Your LSTM has three blocks. It has three gates and a candidate: four.",
        "An LSTM has four blocks.",
    ),
    _slip(
        "no recurrent matrix",
        "count",
        _no_recurrence,
        "The matrices from state to state are missing.",
        "The recurrent matrix is missing.",
    ),
    _slip(
        "the closest",
        "widest",
        _widest_closest,
        "You return the width whose count comes closest. It may lie above the budget.",
        "The closest can be too large.",
    ),
    _slip(
        "less than the budget",
        "widest",
        _widest_below,
        "A network with exactly as many parameters as the budget is allowed.",
        "The budget may be used up.",
    ),
    _slip(
        "at least the budget",
        "widest",
        _widest_above,
        "You return the least width that reaches the budget. The greatest that does not exceed it was asked for.",
        "That is above the budget.",
    ),
    _slip(
        "squares alone",
        "widest",
        _widest_by_squares,
        "You count the squares of H alone. Inputs and biases grow with H too.",
        "Inputs and biases count too.",
    ),
    _slip(
        "at least one unit",
        "widest",
        _widest_at_least_one,
        "You return 1 where even one unit is too expensive. The answer is 0 there.",
        "Even one unit is too expensive.",
    ),
    _slip(
        "one layer's width",
        "widest",
        _widest_one_layer,
        "You spend the whole budget on one layer.",
        "There are more layers.",
    ),
    _slip(
        "budget shared out",
        "widest",
        _widest_budget_shared,
        "You give each layer an equal share of the budget, as if all were like the first. Upper layers read states, not inputs, and have another price.",
        "Layers have different prices.",
    ),
    _slip(
        "one direction's width",
        "widest",
        _widest_one_direction,
        "You spend the whole budget on one direction.",
        "There are more directions.",
    ),
    _slip(
        "units of both directions",
        "widest",
        _widest_in_all,
        "You return the units of all directions together. H is the width of one.",
        "H is the width of one direction.",
    ),
    _slip(
        "divided by the blocks",
        "widest",
        _widest_by_ratio,
        "You divide a plain network's width by the number of blocks. Parameters grow with the square of the width.",
        "Parameters grow with the square.",
    ),
    _slip(
        "divided by the root",
        "widest",
        _widest_by_the_root,
        "You divide a plain network's width by the root of the number of blocks. That holds for the squares of H alone; inputs and biases grow in proportion to H.",
        "The root is right for the squares alone.",
    ),
    _slip(
        "blocks in widths of the state",
        "read",
        _read_by_state,
        "You count blocks by the columns of weight_hh. With a projection these are P: a block has H rows, and weight_hr tells H.",
        "A block has H rows, not P.",
    ),
    _slip(
        "state for width",
        "read",
        _read_state_as_width,
        "Your H is the number of columns of weight_hh. With a projection these are P.",
        "With a projection H stands in weight_hr.",
    ),
    _slip(
        "rows for width",
        "read",
        _read_rows_as_width,
        "Your H is the number of rows of weight_hh. They are all blocks together.",
        "The rows are all blocks together.",
    ),
    _slip(
        "directions as layers",
        "read",
        _read_layers_and_directions,
        "You count the backward directions as layers.",
        "A backward direction is no layer.",
    ),
    _slip(
        "one digit",
        "read",
        _read_one_digit,
        "You read a layer's number from one digit. Layers can have two.",
        "A layer's number can have two digits.",
    ),
    _slip(
        "inputs of the last layer",
        "read",
        _read_last_inputs,
        "Your D is what the last layer reads. The input of the network enters the first.",
        "D is what the first layer reads.",
    ),
    _slip(
        "bias or none",
        "read",
        _read_bias_yes,
        "You say whether there are biases. How many vectors of them a block has was asked for: 0, 1 or 2.",
        "How many biases a block?",
    ),
    _slip(
        "biases taken for granted",
        "read",
        _read_two_biases,
        "You say two biases always. A network can have been made without any.",
        "There are no biases here.",
    ),
    _slip(
        "projection not seen",
        "read",
        _read_no_projection,
        "You never find a projection. Its matrix is weight_hr, (P, H).",
        "There is a projection.",
    ),
    _slip(
        "projection everywhere",
        "read",
        _read_projection_is_width,
        "You return H for P where nothing is projected. P is 0 there.",
        "Without a projection P is 0.",
    ),
)

QUESTION = Question(
    id="11.5",
    title="one to three to four",
    answers=("count", "widest", "read"),
    reference={"count": count, "widest": widest, "read": read},
    properties=(
        Property(
            "count is right for one layer, with no, one and two biases",
            1,
            _test_numbers("count", count, _plain),
            COUNT,
        ),
        Property(
            "count is right for several layers and directions",
            1,
            _test_numbers("count", count, _deep),
            COUNT,
        ),
        Property(
            "count is right with a projection",
            1,
            _test_numbers("count", count, _projected),
            COUNT,
        ),
        Property(
            "read tells from the shapes what network it was",
            1,
            _test_read,
            NAMES,
        ),
        Property(
            "widest spends a budget, exactly, for budgets of 0 to 10 to the 15",
            1,
            _test_numbers("widest", widest, _budgets, _budget_edges),
            COUNT,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
