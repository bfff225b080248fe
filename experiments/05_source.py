"""Python source, character by character: against the counts, and what the units say.

A tanh network of 256 units reads 16 streams of scikit-learn's source
(unrolled.data.python_source), 64 characters a step, states carried from step to step,
float32, about five times over the text. Adam; the rate rises for 50 steps, then falls
along a cosine; gradients clipped by their norm (borrowed from chapter 9). "loss" is the
training loss, nats a character, of every step; "held_out" the loss on the held-out
files; the baseline has n-grams with Witten-Bell smoothing on the same characters.

"probes": what can be read out of the state after each held-out character by a linear
function (ridge regression, fitted to the first 60 % of the held-out text, scored on the
rest), by target:
  string, docstring, comment, brackets   inside '...' or "...", inside triple quotes,
                                         after a #, inside brackets: area under the
                                         ROC curve, 0.5 is chance
  depth, column, indent                  of brackets, in the line, leading spaces so
                                         far: share of variance explained, 0 is chance
and by source of the read-out:
  network   all units of the trained network
  unit      its best unit alone, chosen on the fitted part
  untrained all units of the network before training
  five      the last five characters, one-hot: what needs no memory
  moved     all units, labels moved by half of the fitted part: the control
  shuffled  all units, labels in random order: the control
  long      all units, fitted to the training files instead: as many labels as a table
"code" holds the same, fitted and scored outside docstrings and comments only. Two more
controls need no network and stand in the baseline, under "probes" and "code":
  table 5, table 10  mean of a label after the last 5 or 10 characters in the training
                     files, backed off to shorter contexts
  outside            one number: is this character outside docstrings?
"units" names the best unit of each target; "stretch" is one piece of the scored text
with the targets and the activations of these units, multiplied by the sign with which
each speaks for its target. "knock_out": the rise of the loss, nats a character, when a
unit is held at its mean: "all", and where the target is "on" and "off" (depth, column,
indent: above 0), for the best units and for 8 others drawn at random.
"""

from __future__ import annotations

import numpy as np

from unrolled.cells import tanh_rnn
from unrolled.cells.softmax import log_sum_exp, softmax
from unrolled.data import python_source
from unrolled.experiment import main
from unrolled.ngram import WittenBell
from unrolled.optim import Adam

SEEDS = (0, 1, 2)
STEPS = 4700
REHEARSAL = 60
H, T, B, V = 256, 64, 16, len(python_source.ALPHABET)
RATE, WARM, NORM, INPUT = 4e-3, 50, 1.0, 5.0
EVERY, PIECES = 470, 32
FIT, RIDGE, LAST = 0.6, 10.0, 5
STRETCH, OTHERS = 160, 8
BACK = (5, 10)  # characters that a table of labels looks back
BINARY = ("string", "docstring", "comment", "brackets")
NUMBERS = ("depth", "column", "indent")
ORDERS = range(1, 7)


def start(seed: int) -> dict[str, np.ndarray]:
    """Weights before training; INPUT makes a character as loud as the state."""
    theta = tanh_rnn.init(np.random.default_rng(seed), V, H, V)
    theta["W_xh"] *= INPUT
    return {k: v.astype(np.float32) for k, v in theta.items()}


def texts() -> tuple[np.ndarray, np.ndarray]:
    """Ids of the training and of the held-out text."""
    return tuple(python_source.encode(part) for part in python_source.split())


def side_by_side(ids: np.ndarray, streams: int) -> np.ndarray:
    """(N,) -> (N // streams, streams): column after column is the text."""
    n = len(ids) // streams
    return ids[: n * streams].reshape(streams, n).T


def nats(ids: np.ndarray, theta: dict) -> tuple[np.ndarray, np.ndarray]:
    """ids (N, B) -> nats of ids[1:] (N-1, B) and states (N, B, H), from zeros."""
    h0 = np.zeros((ids.shape[1], H), np.float32)
    h, o = tanh_rnn.forward(ids[:-1], h0, **theta)
    truth = np.take_along_axis(o, ids[1:, :, None], axis=-1)[..., 0]
    return log_sum_exp(o) - truth, h


def train(seed: int, steps: int) -> tuple[dict, list[float], dict]:
    """Trained weights, the loss of every step, the held-out loss now and then."""
    train_ids, test = texts()
    theta, rule, losses = start(seed), Adam(RATE), []
    streams, at = side_by_side(train_ids, B), 0
    pieces = side_by_side(test, PIECES)
    held_out: dict = {"step": [], "loss": []}
    h = np.zeros((B, H), np.float32)
    for step in range(steps):
        if at + T >= len(streams):
            at, h = 0, np.zeros_like(h)
        x, y = streams[at : at + T], streams[at + 1 : at + T + 1]
        states, o = tanh_rnn.forward(x, h, **theta)
        do = softmax(o)
        t, b = np.indices(y.shape)
        losses.append(float(-np.log(do[t, b, y]).mean()))
        do[t, b, y] -= 1
        weights = (theta[name] for name in ("W_xh", "W_hh", "W_ho"))
        grads = tanh_rnn.backward(x, states, do / y.size, *weights)
        norm = np.sqrt(sum((grads[k] ** 2).sum() for k in theta))
        factor = min(1.0, NORM / norm)
        fall = 0.5 + 0.5 * np.cos(np.pi * step / STEPS)
        rule.lr = float(RATE * min(1.0, (step + 1) / WARM) * fall)
        rule.step(theta, {k: np.float32(factor) * grads[k] for k in theta})
        h, at = states[-1].copy(), at + T
        if (step + 1) % EVERY == 0:
            held_out["step"].append(step + 1)
            held_out["loss"].append(float(nats(pieces, theta)[0].mean()))
    return theta, losses, held_out


def targets(text: str) -> dict[str, np.ndarray]:
    """What is true after each character of a Python text."""
    mode, depth, column, indent, i = "", 0, 0, 0, 0
    rows: list[tuple] = []

    def note(count: int = 1) -> None:
        rows.extend([(mode, depth, column, indent)] * count)

    while i < len(text):
        c, width = text[i], 1
        if c == "\n":
            mode = mode if len(mode) == 3 else ""  # a comment ends, '...' too
            column = indent = 0
        else:
            indent += c == " " and column == indent
            column += 1
            if mode == "":
                triple = text[i : i + 3]
                if c == "#":
                    mode = c
                elif triple in ('"""', "'''"):
                    mode, width = triple, 3
                elif c in "'\"":
                    mode = c
                depth = max(0, depth + (c in "([{") - (c in ")]}"))
            elif mode != "#" and c == "\\":
                width = 2
            elif mode != "#" and text.startswith(mode, i):
                note(len(mode) - 1)  # still inside until the last quote
                width, i, mode = 1, i + len(mode) - 1, ""
        note(width)
        i += width
    modes, depth, column, indent = zip(*rows[: len(text)], strict=True)
    kinds = np.array([{"": 0, "#": 1}.get(m, 2 + (len(m) == 3)) for m in modes])
    found = {"string": kinds == 2, "docstring": kinds == 3, "comment": kinds == 1}
    found["brackets"] = np.array(depth) > 0
    found |= {"depth": np.array(depth), "column": np.array(column)}
    found["indent"] = np.array(indent)
    return {k: v.astype(float) for k, v in found.items()}


def area(score: np.ndarray, label: np.ndarray) -> float:
    """Area under the ROC curve: how often a positive outranks a negative, ties half."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    positive = label.sum()
    above = rank[label > 0].sum() - positive * (positive + 1) / 2
    return float(above / (positive * (len(label) - positive)))


def explained(guess: np.ndarray, truth: np.ndarray) -> float:
    """Share of variance explained: 1 - squared error / squared error of the mean."""
    return float(1 - ((truth - guess) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())


def judge(name: str, guess: np.ndarray, truth: np.ndarray) -> float:
    """The measure of a target."""
    return (area if name in BINARY else explained)(guess, truth)


def probe(features: np.ndarray, labels: dict, score_labels: dict) -> dict[str, float]:
    """Ridge regression from features (N, F) to all targets; scores on the last part.

    labels are those of the fitted part, which comes first.
    """
    cut = len(next(iter(labels.values())))
    middle = features[:cut].mean(axis=0)
    first, rest = features[:cut] - middle, features[cut:] - middle
    wanted = np.stack([labels[k] for k in labels], axis=1)
    gram = (first.T @ first).astype(float) + RIDGE * np.eye(features.shape[1])
    cross = first.T.astype(float) @ (wanted - wanted.mean(axis=0))
    guess = rest @ np.linalg.solve(gram, cross) + wanted.mean(axis=0)
    return {k: judge(k, guess[:, i], score_labels[k]) for i, k in enumerate(labels)}


def in_code(labels: dict) -> np.ndarray:
    """Where a character is in neither a docstring nor a comment."""
    return (labels["docstring"] == 0) & (labels["comment"] == 0)


def code_only(labels: dict, where: np.ndarray) -> dict:
    """Labels at `where` of the targets that still vary there."""
    return {k: v[where] for k, v in labels.items() if k not in ("docstring", "comment")}


def probe_long(theta: dict, states: np.ndarray, labels: dict) -> tuple[dict, dict]:
    """As probe, but fitted to the training files; states (n, H) are those scored.

    return everywhere, in code only
    """
    text, ids = python_source.split()[0], texts()[0]
    known, columns = targets(text), side_by_side(ids, PIECES)
    wanted = np.stack([side_by_side(known[k], PIECES) for k in labels], axis=2)
    code = side_by_side(in_code(known), PIECES)
    h = np.zeros((PIECES, H), np.float32)
    gram, cross = np.zeros((2, H + 1, H + 1)), np.zeros((2, H + 1, len(labels)))
    for at in range(0, len(columns), 500):
        h_all, _ = tanh_rnn.forward(columns[at : at + 500], h, **theta)
        h = h_all[-1]
        for i, kept in enumerate((code[at : at + 500], ~code[at : at + 500])):
            x = np.pad(h_all[1:][kept], ((0, 0), (0, 1)), constant_values=1)
            gram[i] += x.T @ x
            cross[i] += x.T.astype(float) @ wanted[at : at + 500][kept]
    here, found = in_code(labels), []
    for g, c, kept, scored in (
        (gram.sum(axis=0), cross.sum(axis=0), np.ones(len(states), bool), labels),
        (gram[0], cross[0], here, code_only(labels, here)),
    ):
        w = np.linalg.solve(g + np.diag([RIDGE] * H + [1e-6]), c)
        guess = dict(zip(labels, (states[kept] @ w[:-1] + w[-1]).T, strict=True))
        found.append({k: judge(k, guess[k], v) for k, v in scored.items()})
    return found[0], found[1]


def tables(ids, known, mask, n_train) -> dict[int, dict[str, np.ndarray]]:
    """Order -> target -> guesses (N,): means of the labels after the last characters.

    ids, labels and mask are those of training and held-out text, one after the other;
    the first n_train places under the mask are counted.
    """
    count = mask[:n_train]
    context = np.zeros(len(ids), int)
    guess = {k: np.full(len(ids), v[:n_train][count].mean()) for k, v in known.items()}
    found = {}
    for order in range(1, max(BACK) + 1):
        before = np.concatenate([[0], context[:-1]])
        context = np.unique(before * V + ids, return_inverse=True)[1]
        here, size = context[:n_train][count], context.max() + 1
        seen = np.bincount(here, minlength=size)
        for k, v in known.items():
            total = np.bincount(here, v[:n_train][count], minlength=size)
            guess[k] = (total[context] + guess[k]) / (seen[context] + 1)
        if order in BACK:
            found[order] = {k: v.copy() for k, v in guess.items()}
    return found


def without_network() -> dict:
    """The controls that need none: "probes" everywhere, "code" in code only."""
    parts, (train_ids, test) = python_source.split(), texts()
    both = [targets(part) for part in parts]
    known = {k: np.concatenate([part[k] for part in both]) for k in both[0]}
    ids, code = np.concatenate([train_ids, test]), in_code(known)
    n_train, n = len(train_ids), len(test) - 1
    cut, found = int(FIT * n), {}
    scored = np.arange(len(ids)) >= n_train + cut
    scored[-1] = False  # as for the network
    for name, mask in (("probes", np.ones(len(ids), bool)), ("code", code)):
        labels = known if name == "probes" else code_only(known, slice(None))
        here, found[name] = scored & mask, {}
        for order, guess in tables(ids, labels, mask, n_train).items():
            found[name][f"table {order}"] = {
                k: judge(k, guess[k][here], v[here]) for k, v in labels.items()
            }
    test_labels = {k: v[:n] for k, v in both[1].items()}
    outside = 1 - test_labels["docstring"][:, None]
    fit = {k: v[:cut] for k, v in test_labels.items() if k != "docstring"}
    rest = {k: v[cut:] for k, v in test_labels.items()}
    found["probes"]["outside"] = probe(outside, fit, rest)
    return found


def best_units(states: np.ndarray, labels: dict, cut: int) -> dict[str, tuple]:
    """Target -> (unit, sign, score): chosen before `cut`, scored after it."""
    first, found = states[:cut], {}
    ranks = first.argsort(axis=0).argsort(axis=0)
    for name, label in labels.items():
        view = ranks if name in BINARY else first
        truth = label[:cut] - label[:cut].mean()
        link = truth @ (view - view.mean(axis=0)) / (view.std(axis=0) + 1e-9)
        unit = int(abs(link).argmax())
        sign = int(np.sign(link[unit]))
        guess = sign * states[:, unit].astype(float)
        if name in NUMBERS:
            slope, offset = np.polyfit(guess[:cut], label[:cut], 1)
            guess = slope * guess + offset
        found[name] = unit, sign, judge(name, guess[cut:], label[cut:])
    return found


def last_characters(ids: np.ndarray) -> np.ndarray:
    """(N, LAST * V) one-hot: the character itself and those before it."""
    found = np.zeros((len(ids), LAST, V), np.float32)
    for back in range(LAST):
        found[np.arange(back, len(ids)), back, ids[: len(ids) - back]] = 1
    return found.reshape(len(ids), -1)


def stretch_at(text: str, labels: dict, cut: int) -> int:
    """Where STRETCH characters of the scored part show most changes of the targets."""
    shown = [labels[k] for k in ("string", "comment", "brackets")]
    best, place = -1, cut
    for at in range(cut, len(text) - STRETCH):
        if text[at - 1] != "\n":
            continue
        pieces = [s[at : at + STRETCH] for s in shown]
        changes = [int(abs(np.diff(p)).sum()) for p in pieces]
        if min(changes) * 100 + sum(changes) > best:
            best, place = min(changes) * 100 + sum(changes), at
    return place


def knock_out(ids, theta, means, units, labels) -> list[dict]:
    """Rise of the loss when one of `units` is held at its mean; ids (N,)."""
    pieces = side_by_side(ids, 16)
    copies = len(units) + 1  # the last one is whole
    h = np.zeros((copies, 16, H), np.float32)
    found = np.empty((len(pieces) - 1, copies, 16))
    for t in range(len(pieces) - 1):
        drive = theta["W_xh"][pieces[t]] + theta["b_h"]
        flat = h.reshape(-1, H) @ theta["W_hh"]
        h = np.tanh(drive + flat.reshape(h.shape))
        for copy, unit in enumerate(units):
            h[copy, :, unit] = means[unit]
        o = (h.reshape(-1, H) @ theta["W_ho"] + theta["b_o"]).reshape(copies, 16, V)
        found[t] = log_sum_exp(o) - o[:, np.arange(16), pieces[t + 1]]
    rise = found[:, :-1] - found[:, -1:]
    on = {k: side_by_side(v, 16)[:-1] > 0 for k, v in labels.items()}
    return [
        {"unit": int(unit), "all": float(rise[:, i].mean())}
        | {
            name: {"on": float(r[mask].mean()), "off": float(r[~mask].mean())}
            for name, mask in on.items()
            for r in (rise[:, i],)
        }
        for i, unit in enumerate(units)
    ]


def read_out(seed: int, theta: dict) -> dict:
    """Held-out loss in one go, probes, best units, a stretch, knock-outs."""
    text, ids = python_source.split()[1], texts()[1]
    rng = np.random.default_rng(seed)
    labels = targets(text)
    value, h = nats(ids[:, None], theta)
    states, untrained = h[1:, 0], nats(ids[:, None], start(seed))[1][1:, 0]
    n = len(states)  # the last character is never read
    labels = {k: v[:n] for k, v in labels.items()}
    cut = int(FIT * n)
    fit = {k: v[:cut] for k, v in labels.items()}
    rest = {k: v[cut:] for k, v in labels.items()}
    units = best_units(states, labels, cut)
    moved = {k: np.roll(v, cut // 2) for k, v in fit.items()}
    mixed = rng.permutation(cut)
    shuffled = {k: v[mixed] for k, v in fit.items()}
    probes = {
        "network": probe(states, fit, rest),
        "unit": {k: units[k][2] for k in labels},
        "untrained": probe(untrained, fit, rest),
        "five": probe(last_characters(ids[:n]), fit, rest),
        "moved": probe(states, moved, rest),
        "shuffled": probe(states, shuffled, rest),
    }
    probes["long"], long_code = probe_long(theta, states[cut:], rest)
    where = in_code(labels)
    edge = int(where[:cut].sum())
    code_fit = code_only(labels, np.flatnonzero(where[:cut]))
    code_rest = code_only(labels, cut + np.flatnonzero(where[cut:]))
    code_labels = code_only(labels, where)
    code_units = best_units(states[where], code_labels, edge)
    code = {
        "network": probe(states[where], code_fit, code_rest),
        "unit": {k: code_units[k][2] for k in code_labels},
        "untrained": probe(untrained[where], code_fit, code_rest),
        "five": probe(last_characters(ids[:n])[where], code_fit, code_rest),
        "long": long_code,
    }
    at = stretch_at(text[:n], labels, cut)
    here = slice(at, at + STRETCH)
    others = rng.choice(H, OTHERS, replace=False)
    ordered = [u for u, _, _ in units.values()] + list(others)
    rises = knock_out(ids[cut:n], theta, states[:cut].mean(axis=0), ordered, rest)
    return {
        "held_out_loss": float(value.mean()),
        "probes": probes,
        "code": code,
        "units": {k: u for k, (u, _, _) in units.items()},
        "stretch": {
            "text": text[here],
            "targets": {k: v[here].astype(int).tolist() for k, v in labels.items()},
            "activations": {
                k: [round(float(a), 2) for a in sign * states[here, u]]
                for k, (u, sign, _) in units.items()
            },
        },
        "share": {k: float(v[cut:].mean()) for k, v in labels.items()},
        "knock_out": {
            "best": dict(zip(units, rises, strict=False)),
            "others": rises[len(units) :],
        },
    }


def run(seed: int, steps: int) -> dict:
    """Losses of training; for a whole run also everything that is read out."""
    theta, losses, held_out = train(seed, steps)
    result: dict = {"loss": losses}
    if steps == STEPS:
        result |= {"held_out": held_out, **read_out(seed, theta)}
    return result


def baseline() -> dict:
    """Held-out nats a character of guessing and of n-grams, n = 1 to 6."""
    train_ids, test = texts()
    model = WittenBell(max(ORDERS), V)
    model.fit(train_ids)
    found = {}
    for model.n in ORDERS:  # the counts of the longest order hold all the others
        found[str(model.n)] = float(model.nats(test).mean())
    return {"uniform": float(np.log(V)), "ngram": found, **without_network()}


if __name__ == "__main__":
    main(__file__)
