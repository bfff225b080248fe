"""The questions of chapter 7, graded through the worker.

Rewrites are right answers in other words; they are written here as whole functions and
graded as a learner's cell would be.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from harness import Remembering, SlipTests

from unrolled import edits, seq2seq
from unrolled.grader.checks.c07 import common, q1, q2, q3, q4, q5, q6
from unrolled.grader.checks.slips import equal

BENCH = Remembering("07")
by_id = {q.id: q for q in BENCH.questions}
MODULES = dict(zip(by_id, (q1, q2, q3, q4, q5, q6), strict=True))


@pytest.fixture(scope="module", autouse=True)
def session():
    with BENCH:
        yield


# --- 7.1 ------------------------------------------------------------------------------


def distance_by_recursion(a, b, delete, insert, substitute):
    from functools import cache

    @cache
    def least(i, j):
        if i == len(a):
            return sum(insert[y] for y in b[j:])
        if j == len(b):
            return sum(delete[x] for x in a[i:])
        change = 0 if a[i] == b[j] else substitute[a[i], b[j]]
        ways = change + least(i + 1, j + 1), delete[a[i]] + least(i + 1, j)
        return min(*ways, insert[b[j]] + least(i, j + 1))

    return float(least(0, 0))


def distance_by_one_row(a, b, delete, insert, substitute):
    row = np.concatenate([[0.0], np.cumsum(insert[np.array(b, dtype=int)])])
    for x in a:
        diagonal, row[0] = row[0], row[0] + delete[x]
        for j, y in enumerate(b):
            new = min(
                diagonal + (x != y) * substitute[x, y],
                row[j + 1] + delete[x],
                row[j] + insert[y],
            )
            diagonal, row[j + 1] = row[j + 1], new
    return row[-1]


def distance_by_shortest_path(a, b, delete, insert, substitute):
    import heapq

    todo, known = [(0.0, 0, 0)], set()
    while True:
        cost, i, j = heapq.heappop(todo)
        if (i, j) == (len(a), len(b)):
            return cost
        if (i, j) in known:
            continue
        known.add((i, j))
        if i < len(a):
            heapq.heappush(todo, (cost + delete[a[i]], i + 1, j))
        if j < len(b):
            heapq.heappush(todo, (cost + insert[b[j]], i, j + 1))
        if i < len(a) and j < len(b):
            step = 0.0 if a[i] == b[j] else substitute[a[i]][b[j]]
            heapq.heappush(todo, (cost + step, i + 1, j + 1))


def script_with_the_diagonal_first(a, b, delete, insert, substitute):
    """Scripts beside the costs, forwards; another choice among equally cheap ones."""
    row = [(0.0, [])]
    for y in b:
        row.append((row[-1][0] + insert[y], [*row[-1][1], (None, y)]))
    for x in a:
        new = [(row[0][0] + delete[x], [*row[0][1], (x, None)])]
        for j, y in enumerate(b, start=1):
            change = 0.0 if x == y else substitute[x, y]
            ways = [
                (row[j - 1][0] + change, row[j - 1][1], (x, y)),
                (row[j][0] + delete[x], row[j][1], (x, None)),
                (new[j - 1][0] + insert[y], new[j - 1][1], (None, y)),
            ]
            cost, before, pair = min(ways, key=lambda w: w[0])
            new.append((cost, [*before, pair]))
        row = new
    return row[-1][1]


def script_of_lists(a, b, delete, insert, substitute):
    """By recursion from the front, pairs as lists."""

    def best(i, j):
        if i == len(a) and j == len(b):
            return 0.0, []
        ways = []
        if i < len(a) and j < len(b):
            cost, rest = best(i + 1, j + 1)
            step = 0.0 if a[i] == b[j] else substitute[a[i], b[j]]
            ways.append((cost + step, [[a[i], b[j]], *rest]))
        if i < len(a):
            cost, rest = best(i + 1, j)
            ways.append((cost + delete[a[i]], [[a[i], None], *rest]))
        if j < len(b):
            cost, rest = best(i, j + 1)
            ways.append((cost + insert[b[j]], [[None, b[j]], *rest]))
        return min(ways, key=lambda w: w[0])

    best = functools_cache(best)
    return best(0, 0)[1]


def functools_cache(function):
    known = {}

    def remembered(*args):
        if args not in known:
            known[args] = function(*args)
        return known[args]

    return remembered


def rates_by_arrays(answers, references):
    def edits(a, b):
        row = list(range(len(b) + 1))
        for i, x in enumerate(a, start=1):
            last, row[0] = row[0], i
            for j, y in enumerate(b, start=1):
                last, row[j] = row[j], min(last + (x != y), row[j] + 1, row[j - 1] + 1)
        return row[-1]

    total = np.zeros(3)
    for answer, right in zip(answers, references, strict=True):
        pairs = [(edits(answer, one), k, len(one)) for k, one in enumerate(right)]
        d, _, length = min(pairs)
        total += d, length, answer not in right
    return [total[0] / total[1], total[2] / len(answers)]


# --- 7.2 ------------------------------------------------------------------------------


def logits_with_embeddings(C, y, w):
    first = np.ones((1, y.shape[1]), dtype=int)
    read = w["W_yg"][np.vstack([first, y])[:-1]]  # (M, B, H)
    constant = C @ w["W_Cg"] + w["b_g"]
    g, states = C, []
    for x in read:
        g = np.tanh(x + g @ w["W_gg"] + constant)
        states.append(g)
    return np.stack(states) @ w["W_go"] + C @ w["W_Co"] + w["b_o"]


def logits_by_one_hot(C, y, w):
    V = len(w["W_yg"])
    found, g = np.zeros((*y.shape, V)), C.copy()
    for t in range(y.shape[0]):
        before = np.eye(V)[y[t - 1]] if t else np.eye(V)[[1] * len(C)]
        g = np.tanh(
            np.concatenate([before, g, C], axis=1)
            @ np.concatenate([w["W_yg"], w["W_gg"], w["W_Cg"]])
            + w["b_g"]
        )
        found[t] = np.hstack([g, C]) @ np.vstack([w["W_go"], w["W_Co"]]) + w["b_o"]
    return found


def write_by_forcing(C, longest, w):
    """Writes with `logits`, which reads what has been written so far."""
    y = np.zeros((longest, len(C)), dtype=int)
    for t in range(longest):
        o = logits(C, y[: t + 1], w)[-1].copy()  # noqa: F821
        o[:, 0] = -np.inf
        over = (y[:t] == 1).any(axis=0)
        y[t] = np.where(over, 0, o.argmax(axis=-1))
    return y


def write_one_by_one(C, longest, w):
    columns = []
    for c in C:
        g, k, column = c, 1, []
        while len(column) < longest and (not column or k != 1):
            a = w["W_yg"][k] + g @ w["W_gg"] + c @ w["W_Cg"] + w["b_g"]
            g = np.tanh(a)
            o = g @ w["W_go"] + c @ w["W_Co"] + w["b_o"]
            k = max(range(1, len(o)), key=lambda v: o[v])
            column.append(k)
        columns.append(column + [0] * (longest - len(column)))
    return np.array(columns).T


def gradient_by_einsum(da, do, w):
    inside = np.einsum("tbh,ch->bc", da, w["W_Cg"])
    outside = np.einsum("tbv,cv->bc", do, w["W_Co"])
    return np.einsum("bh,ch->bc", da[0], w["W_gg"]) + inside + outside


def gradient_step_by_step(da, do, w):
    total = np.zeros_like(da[0])
    for t in reversed(range(len(da))):
        total += da[t] @ w["W_Cg"].T + do[t] @ w["W_Co"].T
        if t == 0:
            total += da[t] @ w["W_gg"].T
    return total.astype(np.float32)


# --- 7.3 ------------------------------------------------------------------------------


def boxes_by_zip(answers):
    import itertools

    closed = [[*a, 1] for a in answers]
    opened = [[1, *a, 1] for a in answers]
    y = np.array(list(itertools.zip_longest(*closed, fillvalue=0)))
    y_in = np.array(list(itertools.zip_longest(*opened, fillvalue=0)))[:-1]
    return y_in, y


def boxes_by_where(answers):
    n = np.array([len(a) for a in answers])
    steps = np.arange(n.max() + 1)[:, None]
    y = np.where(steps == n, 1, 0)
    y[steps < n] = 0
    for b, a in enumerate(answers):
        y[: len(a), b] = a
    y_in = np.roll(y, 1, axis=0)
    y_in[0] = 1
    return [y_in.tolist(), y.astype(np.int8)]


def loss_by_loops(o, y):
    do, total, count = np.zeros(o.shape), 0.0, 0
    for t in range(y.shape[0]):
        for b in range(y.shape[1]):
            if y[t, b] == 0:
                continue
            log_p = o[t, b] - np.logaddexp.reduce(o[t, b])
            total, count = total - log_p[y[t, b]], count + 1
            do[t, b] = np.exp(log_p)
            do[t, b, y[t, b]] -= 1.0
    return total / count, do / count


def loss_by_clean_rows(o, y):
    real = y > 0
    z = np.where(real[..., None], o, 0.0)
    log_p = z - np.logaddexp.reduce(z, axis=-1, keepdims=True)
    true = np.eye(o.shape[-1])[y]
    loss = -(log_p * true).sum(axis=-1)[real].mean()
    return float(loss), np.where(real[..., None], np.exp(log_p) - true, 0) / real.sum()


def shares_by_list(parts):
    each = [int(np.count_nonzero(y)) for y in parts]
    return [count / sum(each) for count in each]


# --- 7.4 ------------------------------------------------------------------------------


def beam_with_a_heap(make_model, number, width, longest, power):
    import heapq

    model = make_model(number)
    live, best = {(): 0.0}, (-np.inf, None)
    for t in range(1, longest + 1):
        longer = {
            (*s, k): p + q for s, p in live.items() for k, q in enumerate(model(s)) if k
        }
        kept = heapq.nlargest(width, longer.items(), key=lambda item: item[1])
        live = {}
        for s, p in kept:
            if s[-1] == 1 or t == longest:
                best = max(best, (p / t**power, s))
            else:
                live[s] = p
        if not live:
            break
    return list(best[1]), best[0]


def beam_with_arrays(make_model, number, width, longest, power):
    model = make_model(number)
    lines, log_p, results = [[]], np.zeros(1), []
    while lines and len(lines[0]) < longest:
        table = log_p[:, None] + np.array([model(line) for line in lines])
        order = np.argsort(-table, axis=None)[:width]
        order = [i for i in order if np.isfinite(table.ravel()[i])]
        V = table.shape[1]
        new = [([*lines[i // V], int(i % V)], table.ravel()[i]) for i in order]
        results += [h for h in new if h[0][-1] == 1]
        new = [h for h in new if h[0][-1] != 1]
        lines, log_p = [h[0] for h in new], np.array([h[1] for h in new])
    results += zip(lines, log_p, strict=True)
    values = [p / len(line) ** power for line, p in results]
    first = int(np.argmax(values))
    return results[first][0], values[first]


def all_by_product(make_model, number, longest, power):
    import itertools

    model = make_model(number)
    letters = range(2, len(model([])))
    answers = []
    for count in range(longest + 1):
        for line in itertools.product(letters, repeat=count):
            answers += [line] if count == longest else [(*line, 1)]

    def score(line):
        steps = [model(line[:t])[k] for t, k in enumerate(line)]
        return sum(steps) / len(line) ** power

    best = max(answers, key=score)
    return best, score(best)


def all_by_recursion(make_model, number, longest, power):
    model = make_model(number)

    def best(line, log_p):
        if len(line) == longest or line[-1:] == [1]:
            return log_p / len(line) ** power, line
        step = model(line)
        return max(best([*line, k], log_p + step[k]) for k in range(1, len(step)))

    score, line = best([], 0.0)
    return line, score


def stop_by_the_best(best, live, t, longest, power):
    return bool(best >= max(live, default=-np.inf) / longest**power)


def stop_unless_any(best, live, t, longest, power):
    return not any(best * longest**power < log_p for log_p in live)


# --- 7.5 ------------------------------------------------------------------------------


def lags_by_writing_it_down(pairs, n, m, N, order, turn_answer):
    read = [*range(1, n + 1), *[None] * (N - n)]
    if order == "turned":
        read[:n] = read[:n][::-1]
    elif order == "padded and turned":
        read = read[::-1]
    written = [*range(1, m)]
    written = (written[::-1] if turn_answer else written) + [m]
    return [N + written.index(t) + 1 - (read.index(s) + 1) for s, t in pairs]


def lags_by_arrays(pairs, n, m, N, order, turn_answer):
    s, t = np.array(pairs).T
    if turn_answer:
        t = np.where(t == m, m, m - t)
    ends = {"forward": None, "turned": n, "padded and turned": N}[order]
    return N + t - (s if ends is None else ends + 1 - s)


def summary_by_lags(n, m):
    found = {}
    for name in ("forward", "turned"):
        pairs = [(k, k) for k in range(1, min(n, m - 1) + 1)]
        each = lags(pairs, n, m, n, name, False)  # noqa: F821
        found[name] = [min(each), sum(each) / len(each), max(each)]
    return found


def summary_as_arrays(n, m):
    odd = np.arange(1, 2 * min(n + 1, m) - 2, 2)
    three = np.array([odd[0], odd.mean(), odd[-1]])
    return {"turned": three.tolist(), "forward": [float(n)] * 3}


def signal_in_closed_form(share, n, m):
    k = min(n, m - 1)
    return share**n, share * (1 - share ** (2 * k)) / (1 - share**2) / k


def signal_by_lags(share, n, m):
    pairs = [(k, k) for k in range(1, min(n, m - 1) + 1)]
    both = []
    for name in ("forward", "turned"):
        each = lags(pairs, n, m, n, name, False)  # noqa: F821
        both.append(sum(share**lag for lag in each) / len(pairs))
    return both


# --- 7.6 ------------------------------------------------------------------------------


def attend_one_by_one(scores, states, lengths):
    M, N, B = scores.shape
    weights, contexts = np.zeros((M, N, B)), np.zeros((M, B, states.shape[-1]))
    for b in range(B):
        n = lengths[b]
        for t in range(M if n else 0):
            e = scores[t, :n, b]
            a = np.exp(e - np.logaddexp.reduce(e))
            weights[t, :n, b], contexts[t, b] = a, a @ states[:n, b]
    return weights, contexts


def attend_batch_first(scores, states, lengths):
    e = np.moveaxis(scores, 2, 0).copy()  # (B, M, N)
    h = np.swapaxes(states, 0, 1).copy()  # (B, N, H)
    for b, n in enumerate(lengths):
        e[b, :, n:], h[b, n:] = -np.inf, 0
    with np.errstate(invalid="ignore"):
        a = np.exp(e - e.max(axis=-1, keepdims=True))
        a = np.nan_to_num(a / a.sum(axis=-1, keepdims=True))
    return np.moveaxis(a, 0, 2), np.swapaxes(a @ h, 0, 1)


def merge_two_at_a_time(parts):
    log_z, context = parts[0]
    for more, other in parts[1:]:
        both = np.logaddexp(log_z, more)
        safe = np.where(np.isneginf(both), 0, both)
        context = (
            np.exp(log_z - safe)[..., None] * context
            + np.exp(more - safe)[..., None] * other
        )
        log_z = both
    return log_z, context


def merge_by_loops(parts):
    M, B = parts[0][0].shape
    log_z, context = np.full((M, B), -np.inf), np.zeros(parts[0][1].shape)
    for t in range(M):
        for b in range(B):
            logs = np.array([part[0][t, b] for part in parts])
            if (logs == -np.inf).all():
                continue
            w = np.exp(logs - logs.max())
            log_z[t, b] = logs.max() + np.log(w.sum())
            for share, part in zip(w / w.sum(), parts, strict=True):
                context[t, b] += share * part[1][t, b]
    return [log_z, context]


# --- tables ---------------------------------------------------------------------------

# What a misconception leaves: a mistake in one function must not cost the others more
# than their own use of it.
LEFT = {
    "07.1": {
        "a substitution for the price of two edits": 1,
        "deletions and insertions exchanged": 3,
        "the price of the opposite substitution": 3,
        "from b to a": 3,
        "an edge of zeros": 1,
        "an edge that counts": 3,
        "a kept symbol is charged": 0,
        "equal symbols are always kept": 3,
        "prices ignored": 3,
        "place by place": 1,
        "divided by the length of b": 1,
        "divided by the longer length": 1,
        "one cell too early": 0,
        "the cell on the diagonal overwritten": 0,
        "substituted twice": 3,
        "neighbours exchanged in one edit": 3,
        "order ignored": 0,
        "smallest neighbour first, price afterwards": 0,
        "script from the end to the beginning": 4,
        "sides exchanged": 4,
        "the walk ends at the edge": 4,
        "kept symbols left out": 4,
        "the script with the fewest edits": 4,
        "pairs place by place": 4,
        "a substitution written as two edits": 4,
        "places instead of symbols": 4,
        "prices of the other direction in the script": 4,
        "a walk to the smallest neighbour": 4,
        "equal symbols paired in the script": 4,
        "from the front, as it comes": 4,
        "mean of the words' rates": 4,
        "edits a word": 4,
        "number of edits": 4,
        "divided by the answers' lengths": 4,
        "divided by the longer of both": 4,
        "the first reference alone": 3,
        "the first reference alone, for symbols": 4,
        "the first reference alone, for words": 4,
        "the farthest reference": 4,
        "all references added up": 4,
        "mean length of the references": 4,
        "shortest length of the references": 4,
        "length of the first reference": 4,
        "nearest by rate": 4,
        "the last of equally near ones": 4,
        "words that are right": 4,
        "wrong words a symbol": 4,
        "number of wrong words": 4,
        "wrong when one reference differs": 4,
        "wrong when the length differs": 4,
        "right when the symbols are the same": 4,
        "in per cent": 3,
        "the two rates exchanged": 3,
        "places that differ": 4,
        "at most one error a symbol": 4,
        "two edits for a substitution": 4,
    },
    "07.2": {
        "the context drifts with the state": 3,
        "the context drifts inside tanh": 3,
        "the context drifts at the read-out": 3,
        "the state before as context of the read-out": 3,
        "no context inside": 3,
        "no context at the read-out": 3,
        "the context outside tanh": 3,
        "the context at the first step alone": 3,
        "the context inside at the first step alone": 3,
        "a first state of zeros": 3,
        "begins with PAD": 3,
        "begins with nothing": 3,
        "reads its own target": 3,
        "reads its own output": 3,
        "no tanh": 3,
        "read from the old state": 3,
        "no bias inside": 3,
        "no bias at the read-out": 3,
        "W_gg turned": 3,
        "W_Cg turned": 3,
        "the state not carried": 3,
        "one context for all sources": 3,
        "probabilities instead of logits": 3,
        "batch first": 3,
        "the context drifts when it writes": 2,
        "the context drifts inside tanh when it writes": 2,
        "the context drifts at the read-out when it writes": 2,
        "no context inside when it writes": 2,
        "no context at the read-out when it writes": 2,
        "writes from zeros": 2,
        "writes from PAD": 2,
        "writes on after END": 3,
        "END repeated": 3,
        "END erased": 3,
        "PAD can win": 3,
        "PAD's logit set to 0": 3,
        "W_Cg turned when it writes": 2,
        "W_gg turned when it writes": 2,
        "PAD ends an answer": 3,
        "one symbol too low": 2,
        "all stop with the first": 3,
        "never reads what it wrote": 2,
        "the beginning written too": 2,
        "rows of PAD left out": 3,
        "a row for each source": 2,
        "the steps alone": 3,
        "the first state forgotten": 3,
        "the steps forgotten": 3,
        "the read-out forgotten": 3,
        "the first state alone": 3,
        "every state taken for the first": 3,
        "the first step alone": 3,
        "the last step alone": 3,
        "the first state's error taken at the end": 3,
        "mean over the steps": 3,
        "no transposes": 3,
        "W_gg not transposed": 3,
        "W_Cg not transposed": 3,
        "through the state's read-out too": 3,
        "added up over the batch": 3,
        "divided by the batch": 3,
        "downhill": 3,
    },
    "07.3": {
        "no END": 3,
        "no END and no room for it": 3,
        "PAD begins": 3,
        "reads its targets": 3,
        "one row too many": 3,
        "boxes one row too long": 3,
        "the beginning as a target": 3,
        "shifted the other way": 3,
        "END in every place behind": 3,
        "END in the last row": 3,
        "padded in front": 3,
        "END not read": 3,
        "a row for each answer": 3,
        "the two boxes exchanged": 3,
        "cut to the shortest": 3,
        "-1 for padding": 3,
        "PAD counted": 2,
        "divided by the whole box": 2,
        "loss divided by the whole box": 3,
        "gradient divided by the whole box": 3,
        "END dropped": 2,
        "sum instead of mean": 2,
        "gradient of the sum": 3,
        "loss a pair": 2,
        "loss a step": 2,
        "mean of the pairs' means": 2,
        "mean of the steps' means": 2,
        "loss of the pairs' means": 3,
        "loss of the steps' means": 3,
        "logits of padding set to zero": 2,
        "logits of padding set to zero, over the box": 2,
        "PAD in the sum": 2,
        "times the mask": 2,
        "a gradient in the padding": 3,
        "the softmax alone": 3,
        "gradient upside down": 3,
        "the softmax not differentiated": 3,
        "the true column alone": 3,
        "exponential of large logits": 2,
        "the logarithm of a probability": 3,
        "a little added to the probability": 3,
        "logits taken for log probabilities": 3,
        "in bits": 2,
        "the loss in bits": 3,
        "ended where the network would": 2,
        "PAD left out of the softmax": 2,
        "equal shares": 3,
        "shares of pairs": 3,
        "shares of the boxes": 3,
        "shares of the steps": 3,
        "shares without END": 3,
        "numbers of symbols": 3,
        "all parts added": 3,
        "shares upside down": 3,
        "divided by its own number again": 3,
        "divided by all": 3,
        "measured by the largest part": 3,
        "how full the boxes are": 3,
        "shares of what came so far": 3,
        "a mean over the parts expected": 3,
    },
    "07.4": {
        "probabilities added": 2,
        "probabilities normalised": 2,
        "exponential of the score": 2,
        "no length in the score": 4,
        "always divided by the length": 2,
        "multiplied by the length": 4,
        "length without END": 4,
        "another penalty": 4,
        "chosen before it is divided": 4,
        "not divided in the result": 4,
        "divided at every step": 4,
        "ended hypotheses grown": 2,
        "set aside and grown as well": 4,
        "set aside and grown as well, later": 4,
        "ended hypotheses dropped": 2,
        "the first that has ended": 2,
        "ended ones wait in their places": 4,
        "enough have ended": 3,
        "enough have ended, with the live": 2,
        "an ended one beats the live": 4,
        "the ended chosen before they are divided": 4,
        "length times power": 2,
        "every END set aside": 3,
        "a beam that narrows": 3,
        "ended ones alone at the end": 3,
        "closed by force": 3,
        "one for each": 4,
        "greedy": 2,
        "one too wide": 4,
        "one too narrow": 2,
        "all answers": 3,
        "the newest symbol alone": 2,
        "the worst kept": 2,
        "END cut off": 2,
        "the beginning handed to the model": 2,
        "the last symbol read alone": 2,
        "one step too many": 3,
        "one step too few": 2,
        "one length for all": 4,
        "greedy for exhaustive": 4,
        "full length alone": 4,
        "the ended alone": 4,
        "no empty answer": 4,
        "no length in the listing": 4,
        "listing chosen before it is divided": 4,
        "listing not divided in the result": 4,
        "length without END in the listing": 4,
        "written on after END": 4,
        "one symbol too long": 4,
        "one symbol too short": 4,
        "probabilities added in the listing": 4,
        "probabilities normalised in the listing": 4,
        "the worst answer": 4,
        "bounded by log p": 4,
        "bounded by the length now": 4,
        "bounded by the next length": 4,
        "one is enough": 4,
        "one is enough, and none is not": 4,
        "the first of the live": 4,
        "the last of the live": 4,
        "strictly better": 4,
        "one symbol more than allowed": 4,
        "the mean of the live": 4,
        "the sum of the live": 4,
        "what is left to write": 4,
        "bound multiplied": 4,
        "stop at once": 4,
        "never stop": 4,
        "stop when it can be overtaken": 4,
        "bound without the power": 4,
    },
    "07.5": {
        "one step too few": 2,
        "one step too many": 2,
        "the sign turned": 2,
        "lags sorted": 2,
        "padding not read": 3,
        "padding not read after a forward source": 3,
        "written after n steps": 3,
        "the two ways of turning exchanged": 3,
        "padding always behind": 3,
        "padding always in front": 3,
        "turned, counted from zero": 2,
        "source not turned": 2,
        "answer not turned": 3,
        "END turned with the answer": 3,
        "END at place 0": 3,
        "END counted in the turning": 3,
        "answer turned by the source's length": 3,
        "pairs exchanged": 2,
        "places compared": 2,
        "distance of places": 2,
        "up to the first symbol": 2,
        "writing alone": 2,
        "from the beginning": 2,
        "answer turned with the source": 2,
        "source turned with the answer": 3,
        "as many pairs as source symbols": 3,
        "END as a pair": 3,
        "as many pairs as answer symbols": 3,
        "the mean unchanged": 3,
        "all one less": 3,
        "all one more": 3,
        "greatest lag 2k": 3,
        "lags that grow by one": 3,
        "greatest first": 3,
        "forward and turned exchanged": 3,
        "forward by the number of pairs": 3,
        "forward lags that grow": 3,
        "forward lags that fall": 3,
        "turned up to n + k - 1": 3,
        "signal at the mean lag": 3,
        "the same signal for both": 3,
        "signal of the nearest": 3,
        "signal of the farthest": 3,
        "sums of signals": 3,
        "sum for turned": 3,
        "signals exchanged": 3,
        "a signal for every source symbol": 3,
        "a signal for END": 3,
        "a signal for every answer symbol": 3,
        "signals one lag less": 3,
        "signals one lag more": 3,
        "every lag from 1 to k": 3,
        "even lags": 3,
        "signals multiplied": 3,
        "divided by n": 3,
    },
    "07.6": {
        "softmax over the answer's steps": 1,
        "softmax over the batch": 1,
        "softmax over everything": 1,
        "softmax over steps and places": 1,
        "no mask": 2,
        "mask after the softmax": 2,
        "mask after the softmax, normalised again": 3,
        "mask after the softmax, divided by nothing": 3,
        "padding with score 0": 2,
        "padding with a large negative score": 3,
        "padding with a large negative score, states as they are": 3,
        "NaN for an empty source": 3,
        "NaN for an empty source, and from the states": 3,
        "one maximum for all": 3,
        "one maximum for all, guarded": 3,
        "no maximum subtracted": 3,
        "no maximum subtracted, and divided by nothing": 3,
        "a small constant in the divisor": 1,
        "one place too many": 2,
        "one place too few": 1,
        "mask turned round": 1,
        "padding looked for in front": 2,
        "the first length for all": 2,
        "NaN in the states": 3,
        "the mean of the states": 1,
        "divided by the number of places": 1,
        "the best place alone": 1,
        "the best state for a context": 1,
        "the first context at every step": 1,
        "softmax twice": 1,
        "not divided by the sum": 1,
        "scaled scores": 1,
        "a sigmoid for each place": 1,
        "lowest score, largest weight": 1,
        "mean of the parts": 3,
        "mean of the filled parts": 3,
        "sum of the parts": 3,
        "ℓ for a weight": 3,
        "exponential of large ℓ": 3,
        "exponential of large ℓ, and divided by nothing": 3,
        "one maximum for all parts": 3,
        "NaN where nothing is merged": 3,
        "NaN for a context of nothing": 3,
        "logarithms added": 3,
        "the largest logarithm": 3,
        "mean of logarithms": 3,
        "mean of the sums": 3,
        "the sum itself": 3,
        "the best part alone": 3,
        "the last part alone": 3,
        "two parts alone": 3,
        "two at a time, half each": 3,
        "two at a time, with the first one's weight": 3,
        "shares over the steps": 3,
        "small parts first": 3,
        "shares not divided": 3,
    },
}

EQUIVALENT = {
    "07.1": {
        "rates, line 6, constant changed: 1 -> 2": (
            "more symbols than occur have prices that nobody asks for"
        ),
    },
    "07.4": {
        "beam, line 9, range shifted: range(1, len(step)) -> range(0, len(step))": (
            "PAD has log p = -inf: it is kept only when nothing else is left"
        ),
    },
    "07.6": {
        "attend, line 10, constant changed: 0.0 -> 1.0": (
            "it stands where all scores are -inf, and exp(-inf) is 0 in any case"
        ),
        "attend, line 12, constant changed: 0 -> 1": (
            "the largest exponential is 1, so a sum is 0, 1 or more; 1 may be 1.0"
        ),
        "attend, line 12, constant changed: 1.0 -> 2.0": (
            "there all exponentials are 0, whatever they are divided by"
        ),
        "attend, line 13, constant changed: 0.0 -> 1.0": (
            "the padding's states have the weight 0, whatever finite number they are"
        ),
        "merge, line 7, constant changed: 0.0 -> 1.0": (
            "it stands where all logarithms are -inf, and exp(-inf) is 0 in any case"
        ),
    },
}


# --- all questions --------------------------------------------------------------------


class TestStandard(SlipTests):
    BENCH = BENCH
    MODULES = MODULES
    POINTS: ClassVar = {
        "07.1": 5,
        "07.2": 4,
        "07.3": 4,
        "07.4": 5,
        "07.5": 4,
        "07.6": 4,
    }
    REWRITES: ClassVar = {
        "07.1": [
            distance_by_recursion,
            {
                "distance": distance_by_one_row,
                "script": script_with_the_diagonal_first,
            },
            distance_by_shortest_path,
            {"functools_cache": functools_cache, "script": script_of_lists},
            {"rates": rates_by_arrays},
        ],
        "07.2": [
            {"logits": logits_with_embeddings, "write": write_one_by_one},
            {"logits": logits_by_one_hot, "write": write_by_forcing},
            {"grad_C": gradient_by_einsum},
            {"grad_C": gradient_step_by_step},
        ],
        "07.3": [
            {"boxes": boxes_by_zip, "loss_and_grad": loss_by_loops},
            {"boxes": boxes_by_where, "loss_and_grad": loss_by_clean_rows},
            {"shares": shares_by_list},
        ],
        "07.4": [
            {"beam": beam_with_a_heap, "exhaustive": all_by_product},
            {"beam": beam_with_arrays, "exhaustive": all_by_recursion},
            {"may_stop": stop_by_the_best},
            {"may_stop": stop_unless_any},
        ],
        "07.5": [
            {"lags": lags_by_writing_it_down, "summary": summary_as_arrays},
            {"lags": lags_by_arrays, "signal": signal_in_closed_form},
            {"summary": summary_by_lags, "signal": signal_by_lags},
        ],
        "07.6": [
            {"attend": attend_one_by_one, "merge": merge_two_at_a_time},
            {"attend": attend_batch_first, "merge": merge_by_loops},
            {"merge": merge_two_at_a_time},
        ],
    }
    NOTHING: ClassVar = {
        "07.1": ("FILL", "[(x, None) for x in a[1:]]", "(FILL, FILL)"),
        "07.2": (
            "np.full((*y.shape, len(w['b_o'])), FILL)",
            "np.full((longest, len(C)), FILL)",
            "np.full(da[0].shape, FILL)",
        ),
        "07.3": (
            "(np.full((6, len(answers)), FILL),) * 2",
            "(FILL, np.full(o.shape, FILL))",
            "np.full(len(parts), FILL)",
        ),
        "07.4": ("([1], FILL)", "([1], FILL)", "FILL > 0"),
        "07.5": (
            "[FILL] * len(pairs)",
            "{'forward': (FILL,) * 3, 'turned': (FILL,) * 3}",
            "(FILL, FILL)",
        ),
        "07.6": (
            "(np.full(scores.shape, FILL), np.full(scores.shape, FILL)[:, 0, :, None])",
            "(np.full(parts[0][0].shape, FILL), np.full(parts[0][1].shape, FILL))",
        ),
    }
    EQUIVALENT = EQUIVALENT
    LEFT = LEFT


# --- the references are what the task says, by other roads ----------------------------


def alignments(a, b):
    """All scripts from a to b."""
    if a:
        yield from ([(a[0], None), *rest] for rest in alignments(a[1:], b))
    if b:
        yield from ([(None, b[0]), *rest] for rest in alignments(a, b[1:]))
    if a and b:
        yield from ([(a[0], b[0]), *rest] for rest in alignments(a[1:], b[1:]))
    if not a and not b:
        yield []


def test_distance_is_the_least_of_all_scripts():
    rng = np.random.default_rng(1)
    for n, m, kind in ((4, 4, 0), (5, 3, 2), (4, 5, 1), (0, 2, None)):
        if kind is None:
            args = [], [0, 2], *q1._costs(rng, 3)
        else:
            args = q1._puzzle(rng, n, m, 3, kind)
        a, b, *costs = args
        least = min(q1._cost(pairs, *costs) for pairs in alignments(a, b))
        assert np.isclose(q1.distance(*args), least)
        assert np.isclose(q1._cost(q1.script(*args), *costs), least)


def test_rates_are_those_of_the_package():
    answers, references = q1._test_set(np.random.default_rng(2), 8)
    symbols, words = q1.rates(answers, references)
    assert np.isclose(symbols, edits.error_rate(references, answers))
    wrong = [a not in right for a, right in zip(answers, references, strict=True)]
    assert np.isclose(words, np.mean(wrong))


def test_grad_c_is_what_a_small_change_shows():
    rng = np.random.default_rng(3)
    C, y, w = q2._teacher(rng, 4, 2, 3, 5)
    do = rng.standard_normal((4, 2, 5))
    _, da = q2._sweep(C, y, do, w)
    found = q2.grad_C(da, do, w)
    for at in np.ndindex(C.shape):
        change = np.zeros(C.shape)
        change[at] = 1e-6
        up, down = (q2.logits(C + s * change, y, w) for s in (1, -1))
        assert np.isclose(((up - down) * do).sum() / 2e-6, found[at], rtol=1e-6)


def test_writing_is_forcing_with_the_own_symbols():
    """What `write` writes has the largest logit when `logits` reads it."""
    rng = np.random.default_rng(4)
    C, longest, w = q2._writer(rng, 6, 3, 4, 5, "pad")
    y = q2.write(C, longest, w)
    o = q2.logits(C, y, w)
    o[..., common.PAD] = -np.inf
    assert np.array_equal(o.argmax(axis=-1)[y != common.PAD], y[y != common.PAD])


def test_loss_is_pytorchs():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(5)
    o, y = q3._logits(rng, q3._targets(rng, 4, 6, empty=True), 6)
    x = torch.tensor(o, requires_grad=True)
    loss = seq2seq.loss(x, torch.as_tensor(y))
    loss.backward()
    mine, do = q3.loss_and_grad(o, y)
    assert np.isclose(loss.item(), mine) and np.allclose(x.grad, do)
    y_in, y = q3.boxes([[3, 2], [], [4, 4, 2]])
    assert np.array_equal(seq2seq.shifted(torch.as_tensor(y)), y_in)


def test_shares_make_the_mean_of_the_whole():
    rng = np.random.default_rng(6)
    answers = q3._answers(rng, 5, 6, empty=True)
    _, y = q3.boxes(answers)
    o, _ = q3._logits(rng, y, 6)
    parts, losses = [], []
    for chosen in (slice(0, 1), slice(1, 5)):
        _, part = q3.boxes(answers[chosen])
        parts.append(part)
        losses.append(q3.loss_and_grad(o[: len(part), chosen], part)[0])
    assert np.isclose(q3.shares(parts) @ losses, q3.loss_and_grad(o, y)[0])


def test_parts_merge_to_the_whole():
    rng = np.random.default_rng(7)
    scores, states, _ = q6._source(rng, 2, 7, 3, 4, padded=False)
    parts = []
    for cut in (slice(0, 3), slice(3, 4), slice(4, 7)):
        n = np.full(3, cut.stop - cut.start)
        z = scores[:, cut]
        parts.append((np.logaddexp.reduce(z, axis=1), q6.attend(z, states[cut], n)[1]))
    log_z, contexts = q6.merge(parts)
    whole = q6.attend(scores, states, np.full(3, 7))[1]
    assert np.allclose(contexts, whole)
    assert np.allclose(log_z, np.logaddexp.reduce(scores, axis=1))


def test_a_wide_beam_is_exhaustive():
    for number in range(20):
        for power in (0.0, 1.0):
            wide = q4.beam(q4.make_model, number, 5**4, 4, power)
            assert equal(wide, q4.exhaustive(q4.make_model, number, 4, power))


def test_may_stop_is_safe_and_tight():
    """If it says so nothing overtakes; if not, a model could be made that does."""
    for best, live, t, longest, power in q4._stops(np.random.default_rng(8)):
        scores = [p / m**power for p in live for m in range(t + 1, longest + 1)]
        possible = max(scores, default=-np.inf)  # all later symbols certain
        assert q4.may_stop(best, live, t, longest, power) == (best >= possible)


def test_the_turned_order_gains_at_the_same_mean_lag():
    for n in range(2, 9):
        found = q5.summary(n, n + 1)
        assert found["forward"][1] == found["turned"][1] == n
        forward, turned = q5.signal(0.7, n, n + 1)
        assert turned > forward


# --- what the checks say --------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "change", "told"),
    [
        (
            "07.1",
            "def distance(*args):\n    return [1]",
            "the shape is (1,), expected ()",
        ),
        ("07.1", "def script(a, b, *prices):\n    return 'kept'", "a list of pairs"),
        (
            "07.1",
            "def script(a, b, *prices):\n    return [(x,) for x in a]",
            "a list of pairs",
        ),
        (
            "07.1",
            "def script(a, b, *prices):\n    return [(x, None) for x in a]",
            "without None",
        ),
        ("07.1", "def rates(answers, references):\n    return 0.5", "two numbers"),
        (
            "07.2",
            "def write(C, longest, w):\n    return np.ones((longest, len(C)), int)",
            "expected [",
        ),
        (
            "07.2",
            "def write(C, longest, w):\n    return np.ones((longest, len(C)))",
            "holds floats",
        ),
        (
            "07.2",
            "first = write\ndef write(C, longest, w):\n"
            "    o = logits(C, first(C, longest, w), w)\n    if o.max() > -15:\n"
            "        return first(C, longest, w)\n    return first(C, longest, w) * 0",
            "rule it out with −inf",
        ),
        (
            "07.3",
            "first = loss_and_grad\ndef loss_and_grad(o, y):\n"
            "    loss, do = first(o, y)\n    return min(loss, 70.0), do",
            "its logarithm is not lost",
        ),
        ("07.3", "def boxes(answers):\n    return [[1]], [[1]]", "y_in"),
        (
            "07.3",
            "first = shares\ndef shares(parts):\n    found = first(parts)\n"
            "    parts[0][:] = 1\n    return found",
            "changed its arguments",
        ),
        ("07.4", "def beam(*args):\n    return 3", "two results"),
        ("07.4", "def beam(*args):\n    return '11', -1.0", "expected a list"),
        ("07.4", "def may_stop(*args):\n    return 0.0", "True or False"),
        ("07.5", "def lags(*args):\n    return 4", "a list of"),
        ("07.5", "def summary(n, m):\n    return {'forward': 1}", "no key"),
        (
            "07.6",
            "first = attend\ndef attend(s, h, n):\n"
            "    a, c = first(s, h, n)\n    return a.swapaxes(0, 1), c",
            "the order of the axes",
        ),
        (
            "07.6",
            "first = attend\ndef attend(s, h, n):\n"
            "    found = first(s, h, n)\n    h *= 0\n    return found",
            "changed its arguments",
        ),
    ],
)
def test_messages(number, change, told):
    _, text = BENCH.feedback(by_id[number], change)
    assert told in text, text


def test_some_functions_of_a_question():
    """A function that is not written costs its own points only."""
    for number, name, points in (
        ("07.2", "grad_C", 3),
        ("07.3", "boxes", 3),
        ("07.5", "signal", 3),
        ("07.6", "merge", 3),
    ):
        stub = f"def {name}(*args):\n    raise NotImplementedError\n"
        result, _ = BENCH.feedback(by_id[number], stub)
        assert result.score == points, name


# --- the text and this package say the same -------------------------------------------


def test_models_of_the_given_cell():
    given = BENCH.answers("07.4")["make_model"]
    for number in (0, 3, 77):
        here, there = q4.make_model(number), given(number)
        for symbols in ([], [2], [3, 2, 2]):
            assert np.array_equal(here(symbols), there(symbols))
            assert np.isclose(np.exp(here(symbols)).sum(), 1)
            assert here(symbols)[common.PAD] == -np.inf


def test_examples_in_the_text():
    space = BENCH.answers("07.1")
    ones = np.ones(2), np.ones(2), np.ones((2, 2))
    assert space["distance"]([0, 1], [1], *ones) == 1
    assert space["script"]([0, 1], [1], *ones) == [(0, None), (1, 1)]
    prices = np.array([5.0, 1]), np.ones(2), np.full((2, 2), 2.0)
    assert space["distance"]([0, 1], [1], *prices) == 3
    assert space["script"]([0, 1], [1], *prices) == [(0, 1), (1, None)]
    assert q1._equal_is_kept([0, 1], [1], *prices) == 5  # what the text asks for
    found = space["rates"]([[0, 1], [2]], [[[1], [0, 0, 1]], [[2], [2, 2]]])
    assert found == (0.5, 0.5)

    space = BENCH.answers("07.2")
    w = {"W_yg": np.zeros((3, 1)), "W_gg": np.zeros((1, 1)), "W_Cg": np.ones((1, 1))}
    w |= {"W_go": np.array([[0.0, 0, 1]]), "W_Co": np.array([[0.0, 1, 0]])}
    w |= {"b_g": np.zeros(1), "b_o": np.zeros(3)}
    o = space["logits"](np.array([[2.0]]), np.array([[1], [0]]), w)
    assert np.allclose(o[:, 0], [0, 2, 0.964], atol=5e-4)
    assert space["write"](np.array([[2.0]]), 3, w)[:, 0].tolist() == [1, 0, 0]
    assert space["write"](np.array([[-2.0]]), 3, w)[:, 0].tolist() == [2, 2, 2]

    space = BENCH.answers("07.3")
    y_in, y = space["boxes"]([[5], [2, 3]])
    assert y_in.T.tolist() == [[1, 5, 1], [1, 2, 3]]
    assert y.T.tolist() == [[5, 1, 0], [2, 3, 1]]
    y = np.minimum(y, 3)
    loss, do = space["loss_and_grad"](np.zeros((3, 2, 4)), y)
    assert np.isclose(loss, np.log(4))
    assert np.allclose(do[0, 1] * 5, [0.25, 0.25, -0.75, 0.25]) and not do[2, 0].any()

    space = BENCH.answers("07.4")

    def toy(number):
        def model(symbols):
            end = 0.6 if symbols else 0.3
            with np.errstate(divide="ignore"):
                return np.log([0, end, 1 - end])

        return model

    for power, score, best in ((1.0, np.log(0.42) / 2, [2, 1]),):
        found = space["exhaustive"](toy, 0, 2, power)
        assert found[0] == best and np.isclose(found[1], score)
    values = np.log(0.3), np.log(0.42) / 2, np.log(0.28) / 2
    assert np.allclose(values, [-1.204, -0.434, -0.636], atol=5e-4)

    lags = BENCH.answers("07.5")["lags"]
    assert lags([(1, 1), (3, 2)], 3, 4, 5, "forward", False) == [5, 4]
    assert lags([(1, 1), (3, 2)], 3, 4, 5, "forward", True) == [7, 4]

    space = BENCH.answers("07.6")
    scores = np.array([0, np.log(3), 1000.0]).reshape(1, 3, 1)
    states = np.array([8, 4, np.nan]).reshape(3, 1, 1)
    weights, contexts = space["attend"](scores, states, np.array([2]))
    assert np.allclose(weights.ravel(), [0.25, 0.75, 0])
    assert np.isclose(contexts.item(), 5)
    parts = [
        (np.full((1, 1), z), np.full((1, 1, 1), c))
        for z, c in ((0.0, 8.0), (np.log(3), 4.0))
    ]
    log_z, context = space["merge"](parts)
    assert np.isclose(log_z.item(), np.log(4)) and np.isclose(context.item(), 5)
