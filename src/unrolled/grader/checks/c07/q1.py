"""Question 7.1: edit distance with costs, a script, and two error rates."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import Array, kind_of
from unrolled.grader.checks.slips import (
    Slip,
    array,
    expect_same_arguments,
    hint,
    misconceptions,
    several,
)
from unrolled.grader.question import Ask, Call, Property, Question, Wrong

Symbols = list[int]


def _fill(a, b, delete, insert, substitute):
    """d[i, j]: the least cost that makes b[:j] of a[:i]."""
    d = np.zeros((len(a) + 1, len(b) + 1))
    d[1:, 0] = np.cumsum([delete[x] for x in a])
    d[0, 1:] = np.cumsum([insert[y] for y in b])
    for i, x in enumerate(a, start=1):
        for j, y in enumerate(b, start=1):
            change = 0.0 if x == y else substitute[x, y]
            d[i, j] = min(
                d[i - 1, j - 1] + change,
                d[i - 1, j] + delete[x],
                d[i, j - 1] + insert[y],
            )
    return d


def _back(d, a, b, delete, insert):
    """The pairs of one way through the table, from the first to the last."""
    pairs, i, j = [], len(a), len(b)
    while i or j:
        if i and d[i, j] == d[i - 1, j] + delete[a[i - 1]]:
            i -= 1
            pairs.append((a[i], None))
        elif j and d[i, j] == d[i, j - 1] + insert[b[j - 1]]:
            j -= 1
            pairs.append((None, b[j]))
        else:
            i, j = i - 1, j - 1
            pairs.append((a[i], b[j]))
    return pairs[::-1]


def distance(a, b, delete, insert, substitute):
    return _fill(a, b, delete, insert, substitute)[-1, -1]


def script(a, b, delete, insert, substitute):
    return _back(_fill(a, b, delete, insert, substitute), a, b, delete, insert)


def _edits(a, b):
    V = max([*a, *b], default=0) + 1
    return distance(a, b, np.ones(V), np.ones(V), np.ones((V, V)))


def rates(answers, references):
    edits = length = wrong = 0
    for answer, right in zip(answers, references, strict=True):
        nearest = min(right, key=lambda one: _edits(answer, one))
        edits += _edits(answer, nearest)
        length += len(nearest)
        wrong += _edits(answer, nearest) > 0
    return edits / length, wrong / len(answers)


# --- wrong distances ------------------------------------------------------------------


def _two_for_one(a, b, delete, insert, substitute):
    return distance(a, b, delete, insert, delete[:, None] + insert)


def _exchanged(a, b, delete, insert, substitute):
    return distance(a, b, insert, delete, substitute)


def _turned(a, b, delete, insert, substitute):
    return distance(a, b, delete, insert, substitute.T)


def _from_b_to_a(a, b, delete, insert, substitute):
    return distance(b, a, delete, insert, substitute)


def _edge_of_zeros(a, b, delete, insert, substitute):
    d = np.zeros((len(a) + 1, len(b) + 1))
    for i, x in enumerate(a, start=1):
        for j, y in enumerate(b, start=1):
            change = 0.0 if x == y else substitute[x, y]
            ways = d[i - 1, j - 1] + change, d[i - 1, j] + delete[x]
            d[i, j] = min(*ways, d[i, j - 1] + insert[y])
    return d[-1, -1]


def _edge_that_counts(a, b, delete, insert, substitute):
    d = np.zeros((len(a) + 1, len(b) + 1))
    d[:, 0], d[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i, x in enumerate(a, start=1):
        for j, y in enumerate(b, start=1):
            change = 0.0 if x == y else substitute[x, y]
            ways = d[i - 1, j - 1] + change, d[i - 1, j] + delete[x]
            d[i, j] = min(*ways, d[i, j - 1] + insert[y])
    return d[-1, -1]


def _kept_is_charged(a, b, delete, insert, substitute):
    d = np.zeros((len(a) + 1, len(b) + 1))
    d[1:, 0] = np.cumsum([delete[x] for x in a])
    d[0, 1:] = np.cumsum([insert[y] for y in b])
    for i, x in enumerate(a, start=1):
        for j, y in enumerate(b, start=1):
            ways = d[i - 1, j - 1] + substitute[x, y], d[i - 1, j] + delete[x]
            d[i, j] = min(*ways, d[i, j - 1] + insert[y])
    return d[-1, -1]


def _equal_is_kept(a, b, delete, insert, substitute):
    return _greedy_table(a, b, delete, insert, substitute)[-1, -1]


def _greedy_table(a, b, delete, insert, substitute):
    d = np.zeros((len(a) + 1, len(b) + 1))
    d[1:, 0] = np.cumsum([delete[x] for x in a])
    d[0, 1:] = np.cumsum([insert[y] for y in b])
    for i, x in enumerate(a, start=1):
        for j, y in enumerate(b, start=1):
            ways = d[i - 1, j - 1] + substitute[x, y], d[i - 1, j] + delete[x]
            cheapest = min(*ways, d[i, j - 1] + insert[y])
            d[i, j] = d[i - 1, j - 1] if x == y else cheapest
    return d


def _costs_ignored(a, b, delete, insert, substitute):
    return _edits(a, b)


def _by_place(a, b, delete, insert, substitute):
    return _cost(_zipped(a, b), delete, insert, substitute)


def _zipped(a, b):
    length = max(len(a), len(b))
    left = [*a, *[None] * (length - len(a))]
    right = [*b, *[None] * (length - len(b))]
    return list(zip(left, right, strict=True))


def _cost(pairs, delete, insert, substitute):
    total = 0.0
    for x, y in pairs:
        if y is None:
            total += delete[x]
        elif x is None:
            total += insert[y]
        elif x != y:
            total += substitute[x, y]
    return total


def _divided(a, b, delete, insert, substitute):
    return distance(a, b, delete, insert, substitute) / max(len(b), 1)


def _divided_by_longer(a, b, delete, insert, substitute):
    return distance(a, b, delete, insert, substitute) / max(len(a), len(b), 1)


def _one_cell_early(a, b, delete, insert, substitute):
    return distance(a[:-1], b[:-1], delete, insert, substitute)


def _neighbour_overwritten(a, b, delete, insert, substitute):
    row = [0.0]
    for y in b:
        row.append(row[-1] + insert[y])
    for x in a:
        row[0] += delete[x]
        for j, y in enumerate(b, start=1):
            change = 0.0 if x == y else substitute[x, y]
            ways = row[j - 1] + change, row[j] + delete[x]
            row[j] = min(*ways, row[j - 1] + insert[y])
    return row[-1]


def _detours(a, b, delete, insert, substitute):
    """Detours allowed: x becomes z and z becomes y."""
    short = np.array(substitute, dtype=float)
    np.fill_diagonal(short, 0.0)
    for z in range(len(short)):
        short = np.minimum(short, short[:, [z]] + short[z])
    return distance(a, b, delete, insert, short)


def _neighbours_exchanged(a, b, delete, insert, substitute):
    d = _fill(a, b, delete, insert, substitute)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            x, y = a[i - 1], b[j - 1]
            change = 0.0 if x == y else substitute[x, y]
            ways = d[i - 1, j - 1] + change, d[i - 1, j] + delete[x]
            d[i, j] = min(*ways, d[i, j - 1] + insert[y])
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y and x != y:
                d[i, j] = min(d[i, j], d[i - 2, j - 2] + substitute[x, y])
    return d[-1, -1]


def _order_ignored(a, b, delete, insert, substitute):
    """Bags: what both have in common is free, wherever it stands."""
    a, b = sorted(a), sorted(b)
    for x in list(a):
        if x in b:
            a.remove(x)
            b.remove(x)
    return distance(a, b, delete, insert, substitute)


def _neighbour_then_price(a, b, delete, insert, substitute):
    d = np.zeros((len(a) + 1, len(b) + 1))
    d[1:, 0] = np.cumsum([delete[x] for x in a])
    d[0, 1:] = np.cumsum([insert[y] for y in b])
    for i, x in enumerate(a, start=1):
        for j, y in enumerate(b, start=1):
            change = 0.0 if x == y else substitute[x, y]
            best = min(d[i - 1, j - 1], d[i - 1, j], d[i, j - 1])
            d[i, j] = best + (change if x == y else min(change, delete[x], insert[y]))
    return d[-1, -1]


# --- wrong scripts --------------------------------------------------------------------


def _backwards(a, b, delete, insert, substitute):
    return script(a, b, delete, insert, substitute)[::-1]


def _sides_exchanged(a, b, delete, insert, substitute):
    return [(y, x) for x, y in script(a, b, delete, insert, substitute)]


def _beginning_lost(a, b, delete, insert, substitute):
    pairs = script(a, b, delete, insert, substitute)
    while pairs and all(x is None for x, _ in pairs[:1]):
        pairs = pairs[1:]
    while pairs and all(y is None for _, y in pairs[:1]):
        pairs = pairs[1:]
    return pairs


def _edits_alone(a, b, delete, insert, substitute):
    return [(x, y) for x, y in script(a, b, delete, insert, substitute) if x != y]


def _script_by_count(a, b, delete, insert, substitute):
    one = np.ones(len(delete))
    return script(a, b, one, one, np.ones(substitute.shape))


def _script_by_place(a, b, delete, insert, substitute):
    return _zipped(a, b)


def _script_of_two_for_one(a, b, delete, insert, substitute):
    found = []
    for x, y in script(a, b, delete, insert, substitute):
        both = x is not None and y is not None and x != y
        found += [(x, None), (None, y)] if both else [(x, y)]
    return found


def _script_of_places(a, b, delete, insert, substitute):
    i = j = 0
    found = []
    for x, y in script(a, b, delete, insert, substitute):
        found.append((None if x is None else i, None if y is None else j))
        i, j = i + (x is not None), j + (y is not None)
    return found


def _script_with_turned_costs(a, b, delete, insert, substitute):
    return [(x, y) for y, x in script(b, a, delete, insert, substitute)]


def _smallest_neighbour(a, b, delete, insert, substitute):
    d = _fill(a, b, delete, insert, substitute)
    pairs, i, j = [], len(a), len(b)
    while i or j:
        least = np.inf
        if i and j:
            least, step = d[i - 1, j - 1], (1, 1)
        if i and d[i - 1, j] < least:
            least, step = d[i - 1, j], (1, 0)
        if j and d[i, j - 1] < least:
            least, step = d[i, j - 1], (0, 1)
        pairs.append((a[i - 1] if step[0] else None, b[j - 1] if step[1] else None))
        i, j = i - step[0], j - step[1]
    return pairs[::-1]


def _script_keeps_equals(a, b, delete, insert, substitute):
    d = _greedy_table(a, b, delete, insert, substitute)
    pairs, i, j = [], len(a), len(b)
    while i or j:
        if i and j and a[i - 1] == b[j - 1]:
            i, j = i - 1, j - 1
            pairs.append((a[i], b[j]))
        elif i and d[i, j] == d[i - 1, j] + delete[a[i - 1]]:
            i -= 1
            pairs.append((a[i], None))
        elif j and d[i, j] == d[i, j - 1] + insert[b[j - 1]]:
            j -= 1
            pairs.append((None, b[j]))
        else:
            i, j = i - 1, j - 1
            pairs.append((a[i], b[j]))
    return pairs[::-1]


def _script_starts_at_b(a, b, delete, insert, substitute):
    """The first way found, taken from the front: keep what is equal, else substitute."""
    pairs, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            pairs.append((a[i], b[j]))
            i, j = i + 1, j + 1
        elif a[i] in b[j:]:
            pairs.append((None, b[j]))
            j += 1
        else:
            pairs.append((a[i], None))
            i += 1
    return pairs + [(x, None) for x in a[i:]] + [(None, y) for y in b[j:]]


# --- wrong rates ----------------------------------------------------------------------


def _nearest(answer, right):
    return min(right, key=lambda one: _edits(answer, one))


def _mean_of_rates(answers, references):
    _, words = rates(answers, references)
    near = [_nearest(a, r) for a, r in zip(answers, references, strict=True)]
    each = [_edits(a, n) / len(n) for a, n in zip(answers, near, strict=True)]
    return np.mean(each), words


def _edits_a_word(answers, references):
    _, words = rates(answers, references)
    near = [_nearest(a, r) for a, r in zip(answers, references, strict=True)]
    return np.mean([_edits(a, n) for a, n in zip(answers, near, strict=True)]), words


def _all_edits(answers, references):
    per_word, words = _edits_a_word(answers, references)
    return per_word * len(answers), words


def _by_the_answers(answers, references):
    edits, words = _all_edits(answers, references)
    return edits / sum(map(len, answers)), words


def _by_the_longer(answers, references):
    edits, words = _all_edits(answers, references)
    near = [_nearest(a, r) for a, r in zip(answers, references, strict=True)]
    longer = [max(len(a), len(n)) for a, n in zip(answers, near, strict=True)]
    return edits / sum(longer), words


def _first_reference(answers, references):
    return rates(answers, [right[:1] for right in references])


def _symbols_by_first_reference(answers, references):
    return _first_reference(answers, references)[0], rates(answers, references)[1]


def _words_by_first_reference(answers, references):
    return rates(answers, references)[0], _first_reference(answers, references)[1]


def _farthest(answers, references):
    far = [
        [max(right, key=lambda one: _edits(answer, one))]
        for answer, right in zip(answers, references, strict=True)
    ]
    return rates(answers, far)[0], rates(answers, references)[1]


def _all_references(answers, references):
    edits = length = 0
    for answer, right in zip(answers, references, strict=True):
        edits += sum(_edits(answer, one) for one in right)
        length += sum(map(len, right))
    return edits / length, rates(answers, references)[1]


def _mean_length(answers, references):
    edits, words = _all_edits(answers, references)
    return edits / sum(np.mean([len(one) for one in r]) for r in references), words


def _shortest_length(answers, references):
    edits, words = _all_edits(answers, references)
    return edits / sum(min(map(len, right)) for right in references), words


def _first_length(answers, references):
    edits, words = _all_edits(answers, references)
    return edits / sum(len(right[0]) for right in references), words


def _nearest_by_rate(answers, references):
    edits = length = 0
    for answer, right in zip(answers, references, strict=True):
        near = min([_edits(answer, one) / len(one), k] for k, one in enumerate(right))
        edits += _edits(answer, right[near[1]])
        length += len(right[near[1]])
    return edits / length, rates(answers, references)[1]


def _last_of_the_nearest(answers, references):
    return rates(answers, [right[::-1] for right in references])


def _words_right(answers, references):
    symbols, words = rates(answers, references)
    return symbols, 1 - words


def _wrong_words_a_symbol(answers, references):
    symbols, words = rates(answers, references)
    near = [_nearest(a, r) for a, r in zip(answers, references, strict=True)]
    return symbols, words * len(answers) / sum(map(len, near))


def _wrong_words(answers, references):
    symbols, words = rates(answers, references)
    return symbols, words * len(answers)


def _any_reference_differs(answers, references):
    wrong = [
        any(list(answer) != list(one) for one in right)
        for answer, right in zip(answers, references, strict=True)
    ]
    return rates(answers, references)[0], np.mean(wrong)


def _other_length(answers, references):
    wrong = [
        len(answer) != len(_nearest(answer, right))
        for answer, right in zip(answers, references, strict=True)
    ]
    return rates(answers, references)[0], np.mean(wrong)


def _same_symbols(answers, references):
    wrong = [
        all(sorted(answer) != sorted(one) for one in right)
        for answer, right in zip(answers, references, strict=True)
    ]
    return rates(answers, references)[0], np.mean(wrong)


def _percent(answers, references):
    symbols, words = rates(answers, references)
    return 100 * symbols, 100 * words


def _rates_exchanged(answers, references):
    return rates(answers, references)[::-1]


def _places_that_differ(answers, references):
    edits = length = 0
    for answer, right in zip(answers, references, strict=True):
        each = [sum(x != y for x, y in _zipped(answer, one)) for one in right]
        near = int(np.argmin(each))
        edits, length = edits + each[near], length + len(right[near])
    return edits / length, rates(answers, references)[1]


def _at_most_one(answers, references):
    _, words = rates(answers, references)
    edits = length = 0
    for answer, right in zip(answers, references, strict=True):
        near = _nearest(answer, right)
        edits += min(_edits(answer, near), len(near))
        length += len(near)
    return edits / length, words


def _two_for_a_substitution(answers, references):
    edits = length = 0
    for answer, right in zip(answers, references, strict=True):
        each = [_long_edits(answer, one) for one in right]
        near = int(np.argmin(each))
        edits, length = edits + each[near], length + len(right[near])
    return edits / length, rates(answers, references)[1]


def _long_edits(a, b):
    V = max([*a, *b], default=0) + 1
    return distance(a, b, np.ones(V), np.ones(V), np.full((V, V), 2.0))


# --- numbers to ask with --------------------------------------------------------------


def _words(rng: np.random.Generator, n: int, m: int, V: int) -> tuple[Symbols, Symbols]:
    """b shares parts with a, so that neither keeping nor editing is the whole answer."""
    a = [int(v) for v in rng.integers(V, size=n)]
    b = list(a)
    while len(b) > m:
        del b[int(rng.integers(len(b)))]
    while len(b) < m:
        b.insert(int(rng.integers(len(b) + 1)), int(rng.integers(V)))
    for _ in range(max(m // 3, 1) if m else 0):
        b[int(rng.integers(m))] = int(rng.integers(V))
    return a, b


def _costs(rng: np.random.Generator, V: int) -> tuple[Array, Array, Array]:
    """Deletions, insertions and substitutions; the diagonal of the last is not zero."""
    delete, insert = rng.uniform(0.2, 3.0, size=(2, V)).round(2)
    return delete, insert, rng.uniform(0.1, 3.0, size=(V, V)).round(2)


def _ones(V: int) -> tuple[Array, Array, Array]:
    return np.ones(V), np.ones(V), np.ones((V, V))


def _ways(a: Symbols, b: Symbols, costs: tuple[Array, Array, Array]) -> int:
    """How many cheapest scripts there are."""
    delete, insert, substitute = costs
    d = _fill(a, b, *costs)
    count = np.zeros(d.shape, dtype=int)
    count[0, 0] = 1
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            if i and abs(d[i, j] - d[i - 1, j] - delete[a[i - 1]]) < 1e-9:
                count[i, j] += count[i - 1, j]
            if j and abs(d[i, j] - d[i, j - 1] - insert[b[j - 1]]) < 1e-9:
                count[i, j] += count[i, j - 1]
            if i and j:
                x, y = a[i - 1], b[j - 1]
                change = 0.0 if x == y else substitute[x, y]
                if abs(d[i, j] - d[i - 1, j - 1] - change) < 1e-9:
                    count[i, j] += count[i - 1, j - 1]
    return int(count[-1, -1])


def _puzzle(rng: np.random.Generator, n: int, m: int, V: int, kind: int = 0) -> Any:
    """Arguments with one cheapest script; kind 1: equal symbols had better not be kept;
    kind 2: the cheapest script begins with a gap; kind 3: a symbol had better be
    substituted twice, kind 4: neighbours exchanged, if that were allowed."""
    return copy.deepcopy(_found(int(rng.integers(2**31)), n, m, V, kind))


@cache
def _found(seed: int, n: int, m: int, V: int, kind: int) -> Any:
    rng = np.random.default_rng(seed)
    while True:
        a, b = _words(rng, n, m, V)
        costs = _costs(rng, V)
        if _ways(a, b, costs) != 1:
            continue
        pairs = script(a, b, *costs)
        if sum(x is not None and y is not None and x != y for x, y in pairs) == 0:
            continue
        greedy = _equal_is_kept(a, b, *costs) > distance(a, b, *costs) + 0.05
        if kind == 1 and not greedy:
            continue
        if kind == 2 and None not in pairs[0]:
            continue
        if (
            kind == 4
            and _neighbours_exchanged(a, b, *costs) == _fill(a, b, *costs)[-1, -1]
        ):
            continue
        if kind == 3 and _detours(a, b, *costs) > distance(a, b, *costs) - 0.05:
            continue
        return a, b, *costs


def _test_set(
    rng: np.random.Generator, words: int, V: int = 5
) -> tuple[list[Symbols], list[list[Symbols]]]:
    """Answers and references whose lengths add up to different sums."""
    while True:
        answers, references = _some_words(rng, words, V)
        first = sum(len(right[0]) for right in references)
        if sum(map(len, answers)) != first:
            return answers, references


def _some_words(
    rng: np.random.Generator, words: int, V: int
) -> tuple[list[Symbols], list[list[Symbols]]]:
    """Answers, some right, and one to three references each, of different lengths."""
    answers, references = [], []
    for k in range(words):
        right = [int(v) for v in rng.integers(V, size=int(rng.integers(3, 8)))]
        others = []
        for _ in range(k % 3):
            one = list(right)
            one.insert(int(rng.integers(len(one) + 1)), int(rng.integers(V)))
            one[int(rng.integers(len(one)))] = int(rng.integers(V))
            others.append(one)
        answer = list(right)
        for _ in range([0, 1, 0, 2, 3][k % 5]):
            kind = rng.integers(3)
            if kind == 0:
                answer[int(rng.integers(len(answer)))] = int(rng.integers(V))
            elif kind == 1 and len(answer) > 2:
                del answer[int(rng.integers(len(answer)))]
            else:
                answer.insert(int(rng.integers(len(answer))), int(rng.integers(V)))
        answers.append(answer)
        references.append([*others, right])
    # one twice as long as its reference; one with two references equally near
    # and some for which nearest, shortest, first and best by rate are not the same
    answers += [[0, 1, 2, 3, 4, 0, 1, 2], [0, 1, 2], [1, 0, 2], [0, 1, 2, 2]]
    references += [
        [[3, 3, 3]],
        [[0, 1], [0, 1, 2, 3], [4, 4, 4, 4]],
        [[0, 1, 2]],
        [[2, 2, 0, 1, 2, 2, 4, 4], [0, 4]],
    ]
    answers += [[0, 1, 2, 2], [2, 3], [3, 1]]
    references += [[[4, 0], [0, 1, 2, 2, 4]], [[2, 3], [2, 3, 3]], [[3, 2]]]
    return answers, references


# --- tests ----------------------------------------------------------------------------


def _expect_distance(ask: Ask, args: Any, where: str) -> None:
    reply = ask("distance", *args)
    want = distance(*args)
    got = float(array(reply.value, (), f"{where} the result"))
    if not np.isclose(got, want, rtol=1e-6, atol=1e-6):
        told = f"{where} the result is {got:.4g}, expected {want:.4g}."
        raise Wrong(told + hint(SLIPS, "distance", args, reply.value, want))
    expect_same_arguments(args, reply.args_after)


def _test_unit_costs(ask: Ask, rng: np.random.Generator) -> None:
    for n, m in ((5, 5), (6, 4), (3, 7), (0, 3), (2, 0), (1, 1)):
        a, b = _words(rng, n, m, 4)
        where = f"with all costs 1, for a = {a} and b = {b},"
        _expect_distance(ask, (a, b, *_ones(4)), where)
    for a, b in (([0, 1, 2, 3], [1, 2, 3, 0]), ([1, 0, 2], [0, 1, 2])):
        where = f"with all costs 1, for a = {a} and b = {b},"
        _expect_distance(ask, (a, b, *_ones(4)), where)


def _test_costs(ask: Ask, rng: np.random.Generator) -> None:
    for n, m, kind in ((4, 5, 0), (5, 3, 0), (6, 6, 3), (6, 7, 1), (7, 6, 1)):
        args = _puzzle(rng, n, m, 3, kind)
        where = f"with costs of their own, for a = {args[0]} and b = {args[1]},"
        _expect_distance(ask, args, where)
    for n, m in ((0, 3), (3, 0), (0, 0)):
        a, b = (rng.integers(3, size=k).tolist() for k in (n, m))
        where = f"with costs of their own, for a = {a} and b = {b},"
        _expect_distance(ask, (a, b, *_costs(rng, 3)), where)


def _expect_script(ask: Ask, args: Any) -> None:
    a, b, delete, insert, substitute = args
    where = f"for a = {a} and b = {b}"
    reply = ask("script", *args)
    value = reply.value
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        raise Wrong(f"{where}: expected a list of pairs, got {kind_of(value)}.")
    told = hint(SLIPS, "script", args, value, script(*args))
    pairs = []
    for item in value:
        if not isinstance(item, (list, tuple, np.ndarray)) or len(item) != 2:
            raise Wrong(f"{where}: expected a list of pairs; {item!r} is none.")
        pairs.append(tuple(None if v is None else _symbol(v, where) for v in item))
    if (None, None) in pairs:
        raise Wrong(f"{where}: the pair (None, None) does nothing.{told}")
    left = [x for x, _ in pairs if x is not None]
    right = [y for _, y in pairs if y is not None]
    if left != a or right != b:
        side = "first" if left != a else "second"
        line, whole = (left, a) if left != a else (right, b)
        raise Wrong(
            f"{where}: the {side} entries of the pairs, without None, are {line}, expected {whole}.{told}"
        )
    cost, want = _cost(pairs, delete, insert, substitute), distance(*args)
    if not np.isclose(cost, want, rtol=1e-6, atol=1e-6):
        raise Wrong(
            f"{where}: your script costs {cost:.4g}, and there is one for {want:.4g}.{told}"
        )
    expect_same_arguments(args, reply.args_after)


def _symbol(value: Any, where: str) -> int:
    number = np.asarray(value)
    if number.shape != () or number.dtype.kind not in "iu":
        raise Wrong(f"{where}: a pair holds {kind_of(value)}; symbols are integers.")
    return int(number)


def _test_script(ask: Ask, rng: np.random.Generator) -> None:
    for n, m, kind in ((4, 5, 0), (6, 4, 2), (3, 6, 2), (6, 7, 1), (5, 5, 0)):
        _expect_script(ask, _puzzle(rng, n, m, 3, kind))
    for n, m in ((0, 2), (3, 0), (0, 0)):
        a, b = (rng.integers(3, size=k).tolist() for k in (n, m))
        _expect_script(ask, (a, b, *_costs(rng, 3)))
    a, b = _words(rng, 6, 6, 3)
    _expect_script(ask, (a, b, *_ones(3)))


def _expect_rates(ask: Ask, args: Any, place: int, where: str) -> None:
    reply = ask("rates", *args)
    found = several(reply.value, 2, "two numbers, of symbols and of words")
    want = rates(*args)
    name = ("the symbol error rate", "the word error rate")[place]
    got = float(array(found[place], (), name))
    if not np.isclose(got, want[place], rtol=1e-6):
        told = f"{where} {name} is {got:.4g}, expected {want[place]:.4g}."
        raise Wrong(told + hint(SLIPS, "rates", args, reply.value, want))
    expect_same_arguments(args, reply.args_after)


def _test_symbol_rate(ask: Ask, rng: np.random.Generator) -> None:
    answers, references = _test_set(rng, 6)
    single = answers, [right[-1:] for right in references]
    _expect_rates(ask, single, 0, "with one reference each,")
    _expect_rates(ask, (answers, references), 0, "with several references,")
    _expect_rates(ask, _test_set(rng, 9), 0, "with several references,")


def _test_word_rate(ask: Ask, rng: np.random.Generator) -> None:
    answers, references = _test_set(rng, 6)
    single = answers, [right[-1:] for right in references]
    _expect_rates(ask, single, 1, "with one reference each,")
    _expect_rates(ask, (answers, references), 1, "with several references,")
    _expect_rates(ask, _test_set(rng, 9), 1, "with several references,")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for n, m, kind in (
        (5, 4, 4),
        (4, 6, 0),
        (6, 6, 0),
        (6, 7, 1),
        (6, 5, 3),
        (3, 5, 2),
    ):
        args = _puzzle(rng, n, m, 3, kind)
        calls += [Call("distance", *args), Call("script", *args)]
    a, b = [0, 1, 2, 0, 3], [1, 0, 2, 3]
    calls.append(Call("distance", a, b, *_costs(rng, 4)))
    calls.append(Call("distance", [1, 0, 1], [0, 1, 0, 2], *_costs(rng, 3)))
    calls.append(Call("distance", [0, 1, 2, 1], [1, 0, 1, 2], *_ones(3)))
    calls.append(Call("distance", [0, 2], [], *_costs(rng, 3)))
    return [
        *calls,
        Call("rates", *_test_set(rng, 7)),
        Call("rates", *_test_set(rng, 8)),
    ]


LEV = "§7.7, eq-levenshtein"
RATE = "§7.7, eq-wer-per"

SLIPS = (
    Slip(
        "a substitution for the price of two edits",
        "distance",
        _two_for_one,
        "Your substitution costs as much as a deletion and an insertion together (2 where all costs are 1). A substitution is one edit with a price of its own, `substitute[x, y]`; if two edits are cheaper, the minimum finds that out by itself.",
        LEV,
        "That is the distance when a substitution costs a deletion and an insertion.",
    ),
    Slip(
        "deletions and insertions exchanged",
        "distance",
        _exchanged,
        "You charge insertions for symbols of a that go, and deletions for symbols of b that come. The script turns a into b: what is in a and not in b is deleted.",
        LEV,
        "Deletions are of symbols of a, insertions of symbols of b.",
    ),
    Slip(
        "the price of the opposite substitution",
        "distance",
        _turned,
        "You look up the price of turning y into x. `substitute[x, y]` has the symbol of a first; the table need not be symmetric.",
        LEV,
        "`substitute[x, y]` has the symbol of a first.",
    ),
    Slip(
        "from b to a",
        "distance",
        _from_b_to_a,
        "You compute what it costs to make a of b. With prices of their own the two directions differ: here a is given and b is to be made.",
        LEV,
        "That is the cost of making a of b.",
    ),
    Slip(
        "an edge of zeros",
        "distance",
        _edge_of_zeros,
        "The first row and column of your table stay 0, so what stands before the first kept symbol is free. d[i, 0] is the price of deleting the first i symbols of a, d[0, j] that of inserting the first j of b.",
        LEV,
        "The first row and the first column of the table have prices too.",
    ),
    Slip(
        "an edge that counts",
        "distance",
        _edge_that_counts,
        "The first row and column of your table count symbols (0, 1, 2, …). Here each deletion and insertion has its own price: add up `delete` of the symbols of a and `insert` of those of b.",
        LEV,
        "The first row and the first column of the table add up prices, not ones.",
    ),
    Slip(
        "a kept symbol is charged",
        "distance",
        _kept_is_charged,
        "You charge `substitute[x, x]` for a symbol that stays as it is. Keeping is free; the diagonal of `substitute` is not used.",
        LEV,
        "Keeping a symbol is free, whatever `substitute[x, x]` says.",
    ),
    Slip(
        "equal symbols are always kept",
        "distance",
        _equal_is_kept,
        "Where the two symbols are equal you take the diagonal without looking further. With all costs 1 that is safe; with prices of their own it may be cheaper to keep the symbol elsewhere and to spend another edit here. Take the least of all three ways in every cell.",
        LEV,
        "Equal symbols need not be kept as a pair: take the least of all three ways there too.",
    ),
    Slip(
        "prices ignored",
        "distance",
        _costs_ignored,
        "You count edits. Here each edit has a price of its own; the fewest edits need not be the cheapest.",
        LEV,
        "That is the number of edits, without their prices.",
    ),
    Slip(
        "place by place",
        "distance",
        _by_place,
        "You compare the two place by place. One insertion at the beginning shifts all that follows, and you charge every place of it: look for the cheapest alignment.",
        LEV,
        "That compares place by place.",
    ),
    Slip(
        "divided by the length of b",
        "distance",
        _divided,
        "You divide by the length of b. A distance is a sum of prices; a rate is made of it later, once for the whole test set.",
        "§7.7, eq-wer-per",
        "That is the distance divided by the length of b.",
    ),
    Slip(
        "divided by the longer length",
        "distance",
        _divided_by_longer,
        "You divide by the longer of the two lengths. A distance is a sum of prices; nothing is divided here.",
        "§7.7, eq-wer-per",
        "That is the distance divided by the longer length.",
    ),
    Slip(
        "one cell too early",
        "distance",
        _one_cell_early,
        "You read the cell for all but the last symbols. The table has one row and one column more than there are symbols, and the answer stands in its last cell, d[len(a), len(b)].",
        LEV,
        "That is the distance without the last symbols.",
    ),
    Slip(
        "the cell on the diagonal overwritten",
        "distance",
        _neighbour_overwritten,
        "You keep one row and write over it, so that the diagonal step starts from the new value on the left, not from the old one. Save the old value before you overwrite it, or keep two rows.",
        LEV,
        "The diagonal step starts from the row above, before it is overwritten.",
    ),
    Slip(
        "substituted twice",
        "distance",
        _detours,
        "You let a symbol be substituted by a third one on its way. In a script every symbol of a is kept, substituted or deleted once.",
        LEV,
        "Each symbol may be substituted once only.",
    ),
    Slip(
        "neighbours exchanged in one edit",
        "distance",
        _neighbours_exchanged,
        "You allow two neighbouring symbols to change places as one edit (that is Damerau's distance). The edits here are deletion, insertion and substitution.",
        LEV,
        "An exchange of neighbours is not among the edits.",
    ),
    Slip(
        "order ignored",
        "distance",
        _order_ignored,
        "You let symbols that both have cancel each other wherever they stand. The order counts: what is kept must stand in the same order in both.",
        LEV,
        "Kept symbols must stand in the same order in both.",
    ),
    Slip(
        "smallest neighbour first, price afterwards",
        "distance",
        _neighbour_then_price,
        "You take the smallest of the three neighbouring cells and add the cheapest edit to it. Each way has its own price: compare the three sums of cell and price.",
        LEV,
        "Compare three sums: each neighbour with the price of the step from it.",
    ),
    Slip(
        "script from the end to the beginning",
        "script",
        _backwards,
        "Your script is in the order in which you walked back through the table, so it begins with the last symbols. Turn the list round at the end.",
        LEV,
        "It begins with the last pair.",
    ),
    Slip(
        "sides exchanged",
        "script",
        _sides_exchanged,
        "Your pairs have the symbol of b first. A pair is (symbol of a, symbol of b), and None stands on the side that has none.",
        LEV,
        "The symbol of a stands first in a pair.",
    ),
    Slip(
        "the walk ends at the edge",
        "script",
        _beginning_lost,
        "Your walk back ends as soon as one of the two is used up, and the gaps at the beginning are lost. Go on along the edge until both are used up: `while i or j`.",
        LEV,
        "Gaps at the beginning are missing: go on along the edge.",
    ),
    Slip(
        "kept symbols left out",
        "script",
        _edits_alone,
        "You list the edits alone. A kept symbol is a pair like any other, (x, x).",
        LEV,
        "Kept symbols are pairs too.",
    ),
    Slip(
        "the script with the fewest edits",
        "script",
        _script_by_count,
        "Your script has the fewest edits, not the lowest price. Walk back through the table that was filled with the prices.",
        LEV,
        "It has the fewest edits, not the least price: look at what each edit costs, and in which direction.",
    ),
    Slip(
        "pairs place by place",
        "script",
        _script_by_place,
        "You pair the symbols place by place. The cheapest script may shift one against the other: follow the table back from its last cell.",
        LEV,
        "That pairs symbols place by place.",
    ),
    Slip(
        "a substitution written as two edits",
        "script",
        _script_of_two_for_one,
        "You write a substitution as a deletion and an insertion. As (x, y) it is one edit for `substitute[x, y]`.",
        LEV,
        "A substitution is one pair, (x, y).",
    ),
    Slip(
        "places instead of symbols",
        "script",
        _script_of_places,
        "Your pairs hold the places i and j. The task asks for the symbols that stand there.",
        LEV,
        "The pairs hold symbols, not places.",
    ),
    Slip(
        "prices of the other direction in the script",
        "script",
        _script_with_turned_costs,
        "Your script is the cheapest for making a of b. The prices of deletions, insertions and substitutions belong to the direction from a to b.",
        LEV,
        "That is the cheapest script from b to a.",
    ),
    Slip(
        "a walk to the smallest neighbour",
        "script",
        _smallest_neighbour,
        "You walk back to the smallest of the three neighbouring cells. The way back is the way the value came: go to the neighbour whose value *plus the price of the step* is the value here.",
        LEV,
        "Walk to the neighbour from which the value came, price included.",
    ),
    Slip(
        "equal symbols paired in the script",
        "script",
        _script_keeps_equals,
        "On your way back you pair equal symbols whenever you meet them. With prices of their own a symbol may be better kept elsewhere: look which of the three ways gave the value.",
        LEV,
        "Equal symbols need not be a pair.",
    ),
    Slip(
        "from the front, as it comes",
        "script",
        _script_starts_at_b,
        "You decide from the front, symbol by symbol, without knowing what follows. Fill the whole table first and follow it back.",
        LEV,
        "That script was chosen from the front, without the table.",
    ),
    Slip(
        "mean of the words' rates",
        "rates",
        _mean_of_rates,
        "You compute a rate for each word and average these, so a symbol of a short word counts more. Add up all edits, add up all lengths, and divide once.",
        RATE,
        "Divide all edits by all symbols, once.",
    ),
    Slip(
        "edits a word",
        "rates",
        _edits_a_word,
        "You return edits a word, which grows with the length of words. The symbol error rate divides by the number of symbols in the references.",
        RATE,
        "Those are edits a word.",
    ),
    Slip(
        "number of edits",
        "rates",
        _all_edits,
        "You return the number of edits, which grows with the test set. Divide it by the number of symbols in the references.",
        RATE,
        "That is a number of edits, not a rate.",
    ),
    Slip(
        "divided by the answers' lengths",
        "rates",
        _by_the_answers,
        "You divide by the lengths of the answers, so that a network that writes too much gets a better rate. The references are what the rate is measured by.",
        RATE,
        "Divide by the lengths of the references.",
    ),
    Slip(
        "divided by the longer of both",
        "rates",
        _by_the_longer,
        "You divide by the longer of answer and reference, which keeps the rate below 1. By definition it is divided by the reference, and may exceed 1.",
        RATE,
        "Divide by the lengths of the references.",
    ),
    Slip(
        "the first reference alone",
        "rates",
        _first_reference,
        "You compare with the first reference of each word. All are right: the nearest one counts.",
        RATE,
        "All references are right; the nearest counts.",
    ),
    Slip(
        "the first reference alone, for symbols",
        "rates",
        _symbols_by_first_reference,
        "For the symbol error rate you compare with the first reference of each word. All are right: the nearest one counts, and its length.",
        RATE,
        "All references are right; the nearest counts.",
    ),
    Slip(
        "the first reference alone, for words",
        "rates",
        _words_by_first_reference,
        "For the word error rate you compare with the first reference alone. A word is wrong only if its answer is none of its references.",
        RATE,
        "A word is wrong only if its answer is none of its references.",
    ),
    Slip(
        "the farthest reference",
        "rates",
        _farthest,
        "You take the reference with the greatest distance. All references are right, so the nearest counts.",
        RATE,
        "The nearest reference counts, not the farthest.",
    ),
    Slip(
        "all references added up",
        "rates",
        _all_references,
        "You add up the distances to all references. An answer cannot be all of them at once: the nearest counts, and only its length.",
        RATE,
        "Of several references the nearest alone counts.",
    ),
    Slip(
        "mean length of the references",
        "rates",
        _mean_length,
        "You take the distance to the nearest reference and the mean length of all. The length is that of the reference which was compared.",
        RATE,
        "The length is that of the nearest reference.",
    ),
    Slip(
        "shortest length of the references",
        "rates",
        _shortest_length,
        "You take the distance to the nearest reference and the length of the shortest. The length is that of the reference which was compared.",
        RATE,
        "The length is that of the nearest reference.",
    ),
    Slip(
        "length of the first reference",
        "rates",
        _first_length,
        "You take the distance to the nearest reference and the length of the first. The length is that of the reference which was compared.",
        RATE,
        "The length is that of the nearest reference.",
    ),
    Slip(
        "nearest by rate",
        "rates",
        _nearest_by_rate,
        "You choose the reference with the lowest ratio of distance to length. The nearest one is that of the fewest edits.",
        RATE,
        "The nearest reference is that of the fewest edits.",
    ),
    Slip(
        "the last of equally near ones",
        "rates",
        _last_of_the_nearest,
        "Of several references at the same distance you take the last. They differ in length, so the task fixes it: the first counts.",
        RATE,
        "Of equally near references the first counts.",
    ),
    Slip(
        "words that are right",
        "rates",
        _words_right,
        "Your second number is the share of words that are right. An error rate is the share that is wrong.",
        RATE,
        "That is the share of words that are right.",
    ),
    Slip(
        "wrong words a symbol",
        "rates",
        _wrong_words_a_symbol,
        "You divide the number of wrong words by the number of symbols. A word error rate is taken over words: divide by the number of answers.",
        RATE,
        "Divide the wrong words by the number of words.",
    ),
    Slip(
        "number of wrong words",
        "rates",
        _wrong_words,
        "Your second number counts the wrong words. Divide by the number of words.",
        RATE,
        "That is a number of words, not a rate.",
    ),
    Slip(
        "wrong when one reference differs",
        "rates",
        _any_reference_differs,
        "You call a word wrong when any of its references differs from the answer. One that agrees is enough to be right.",
        RATE,
        "One reference that agrees makes the word right.",
    ),
    Slip(
        "wrong when the length differs",
        "rates",
        _other_length,
        "You call a word wrong when its length is not that of the reference. A word is right when every symbol is.",
        RATE,
        "A word of the right length may be wrong.",
    ),
    Slip(
        "right when the symbols are the same",
        "rates",
        _same_symbols,
        "You compare which symbols occur, without their order. A word is right when it equals a reference symbol by symbol.",
        RATE,
        "The order of the symbols counts.",
    ),
    Slip(
        "in per cent",
        "rates",
        _percent,
        "You return per cent. The task asks for shares, 0.25 for a quarter.",
        RATE,
        "Those are per cent; shares were asked for.",
    ),
    Slip(
        "the two rates exchanged",
        "rates",
        _rates_exchanged,
        "You return the word error rate first. The symbol error rate comes first.",
        RATE,
        "The symbol error rate comes first.",
    ),
    Slip(
        "places that differ",
        "rates",
        _places_that_differ,
        "For the symbol error rate you count places that differ. One symbol too many at the beginning would make all places wrong: use the edit distance.",
        RATE,
        "That counts places that differ, not edits.",
    ),
    Slip(
        "at most one error a symbol",
        "rates",
        _at_most_one,
        "You stop counting when a word has as many edits as symbols. An answer that is much too long has more; the rate may exceed 1.",
        RATE,
        "A word may have more edits than symbols.",
    ),
    Slip(
        "two edits for a substitution",
        "rates",
        _two_for_a_substitution,
        "In the rates a substitution counts as two edits with you. With all costs 1 it counts one.",
        RATE,
        "A substitution is one edit.",
    ),
)

QUESTION = Question(
    id="07.1",
    title="edits that have a price",
    answers=("distance", "script", "rates"),
    reference={"distance": distance, "script": script, "rates": rates},
    properties=(
        Property(
            "distance with all costs 1 is Levenshtein's, also of empty sequences",
            1,
            _test_unit_costs,
            LEV,
        ),
        Property(
            "distance is the least cost when every edit has a price of its own",
            1,
            _test_costs,
            LEV,
        ),
        Property("script is one that costs no more", 1, _test_script, LEV),
        Property(
            "The symbol error rate counts edits to the nearest reference, for the whole test set",
            1,
            _test_symbol_rate,
            RATE,
        ),
        Property(
            "The word error rate is the share of words that equal none of their references",
            1,
            _test_word_rate,
            RATE,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
)
