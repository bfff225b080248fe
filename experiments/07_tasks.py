"""Two more tasks for an encoder and a decoder: days into ISO form, Chinese numerals
into digits.

"dates": `unrolled.data.dates`, 20,000 days of 1900 to 2099, each written once, in one
of ten languages and three styles; 1,000 days for validation, 2,000 to test; no day of
one part is in another, in whatever language. "numerals": numbers of one to six digits,
the number of digits drawn evenly, without repetition (so short numbers run out, and
most have four to six); 8,000, 500 and 1,000; "beyond" are 1,000 numbers of seven or
eight digits, longer than any that was trained on. 1020 is always a test number.

The networks are unrolled.seq2seq.EncoderDecoder, 64 units, embeddings of 32, one layer
of nn.GRU (borrowed until chapter 11) that reads in one direction; Adam with beta2 =
0.98, a rate that rises over a tenth of the steps and falls to zero along half a cosine,
teacher forcing, batches of 64, STEPS steps, float32, one thread. Arms:

  "start, turned"        the last state of the encoder, which reads the source from its
                         end to its beginning, begins the decoder
  "start, turned, long"  the same for three times as many steps
  "attention"            the source as it is; besides, a weighted mean of all source
                         states joins the decoder's state at each step

The rate is the best of RATES after SHORT steps by edit error rate on the validation
part of split TUNING, the same for both tasks and all arms. Answers are greedy. "loss"
is that of "attention" on dates at every step.
"""

from __future__ import annotations

import datetime
import re
import time
from collections import Counter, defaultdict
from functools import cache

import numpy as np
import torch
from torch import Tensor

from unrolled import seq2seq
from unrolled.data import chinese_numerals, dates, symbols
from unrolled.edits import distance, error_rate
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 800
REHEARSAL = 100
SHORT, TUNING = 250, 9
EVERY, BATCH, UNITS, EMBEDDING, WARM = 50, 64, 64, 32, 0.1
RATES = (0.005, 0.01, 0.02)
ARMS = {  # context, source turned, times STEPS
    "start, turned": ("start", True, 1),
    "start, turned, long": ("start", True, 3),
    "attention": ("attention", False, 1),
}
RATE = 0.02  # what came out for both tasks and all arms
SOURCES = {"dates": dates.alphabet(), "numerals": chinese_numerals.SYMBOLS}
TARGETS = {"dates": dates.SYMBOLS, "numerals": "0123456789"}
NEAREST = 200  # test texts whose nearest neighbour is looked for
SIZES = {"dates": (20_000, 1_000, 2_000), "numerals": (8_000, 500, 1_000)}
LONGEST = 12
ALWAYS_TEST = 1020

Pair = tuple[str, str]


def numbers(rng: np.random.Generator, least: int, most: int, count: int) -> list[int]:
    """Different numbers of `least` to `most` digits, the number of digits even."""
    found: dict[int, None] = {}
    while len(found) < count:
        d = int(rng.integers(least, most + 1))
        n = int(rng.integers(10 ** (d - 1), 10**d))
        if n != ALWAYS_TEST:
            found[n] = None
    return list(found)


def numeral_pairs(found: list[int]) -> list[Pair]:
    """(numeral, digits)."""
    return [(chinese_numerals.written(n), str(n)) for n in found]


@cache
def parts(task: str, seed: int) -> dict[str, list[Pair]]:
    """training, valid, test and, for numerals, beyond."""
    names = ("training", "valid", "test")
    if task == "dates":
        return dict(zip(names, dates.split(seed, *SIZES[task]), strict=True))
    rng = np.random.default_rng(seed)
    found = numbers(rng, 1, 6, sum(SIZES[task]) - 1)
    found = rng.permutation(found).tolist()
    found.append(ALWAYS_TEST)
    first, second = SIZES[task][0], sum(SIZES[task][:2])
    cut = (found[:first], found[first:second], found[second:])
    result = {k: numeral_pairs(v) for k, v in zip(names, cut, strict=True)}
    return result | {"beyond": numeral_pairs(numbers(rng, 7, 8, 1_000))}


def encoded(
    task: str, pairs: list[Pair], turned: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """x (n, B), lengths (B,), y (m, B)."""
    step = -1 if turned else 1
    x, lengths = symbols.encode([text[::step] for text, _ in pairs], SOURCES[task])
    y, _ = symbols.encode([answer for _, answer in pairs], TARGETS[task], end=True)
    return torch.as_tensor(x), torch.as_tensor(lengths), torch.as_tensor(y)


def build(task: str, arm: str) -> seq2seq.EncoderDecoder:
    """The untrained network of an arm."""
    sizes = (len(part[task]) + symbols.FIRST for part in (SOURCES, TARGETS))
    return seq2seq.EncoderDecoder(
        *sizes, units=UNITS, embedding=EMBEDDING, context=ARMS[arm][0]
    )


def answers(net, task: str, pairs: list[Pair], turned: bool) -> list[str]:
    """What the network writes."""
    x, lengths, _ = encoded(task, pairs, turned)
    written = symbols.decode(net.greedy(x, lengths, LONGEST).numpy(), TARGETS[task])
    return ["".join(answer) for answer in written]


def rates(pairs: list[Pair], written: list[str]) -> dict[str, float]:
    """Exact share and edit error rate."""
    exact = [answer == right for (_, right), answer in zip(pairs, written, strict=True)]
    return {
        "exact": float(np.mean(exact)),
        "edits": error_rate([[right] for _, right in pairs], written),
    }


def pooled(pairs: list[Pair], written: list[str], keys: list[str]) -> dict[str, list]:
    """Key -> [sum of distances, sum of lengths, wrong answers, answers]."""
    found: dict[str, list] = defaultdict(lambda: [0, 0, 0, 0])
    for (_, right), answer, key in zip(pairs, written, keys, strict=True):
        row = (distance(right, answer), len(right), int(right != answer), 1)
        found[key] = [a + b for a, b in zip(found[key], row, strict=True)]
    return dict(sorted(found.items()))


@cache
def form(text: str, iso: str) -> tuple[str, str]:
    """(languages, styles) in which the day is written so, joined by '/'."""
    day = datetime.date.fromisoformat(iso)
    found = [
        (language, style)
        for language in dates.LANGUAGES
        for style in dates.STYLES
        if dates.written(day, language, style) == text
    ]
    both = zip(*found, strict=True)
    return tuple("/".join(dict.fromkeys(names)) for names in both)


def kind(text: str, digits: str) -> str:
    """Where a number has its noughts."""
    inner, end = "0" in digits.rstrip("0"), digits.endswith("0")
    if inner:
        return "noughts inside and at the end" if end else "noughts inside"
    return "noughts at the end" if end else "no nought"


def scores(task: str, pairs: list[Pair], written: list[str]) -> dict:
    """All measures of the answers to `pairs`."""
    found: dict = rates(pairs, written)
    lengths = [f"{len(text):02}" for text, _ in pairs]
    found["by length"] = pooled(pairs, written, lengths)
    if task == "dates":
        forms = [form(*pair) for pair in pairs]
        found["by language"] = pooled(pairs, written, [f[0] for f in forms])
        found["by style"] = pooled(pairs, written, [f[1] for f in forms])
        fields = [
            (iso.split("-"), (answer.split("-") + ["", "", ""])[:3])
            for (_, iso), answer in zip(pairs, written, strict=True)
        ]
        found["year, month, day"] = [
            float(np.mean([right[k] == got[k] for right, got in fields]))
            for k in range(3)
        ]
    else:
        found["by kind"] = pooled(pairs, written, [kind(*pair) for pair in pairs])
        found["by digits"] = pooled(pairs, written, [str(len(p[1])) for p in pairs])
        sizes = [
            len(answer) == len(p[1]) for p, answer in zip(pairs, written, strict=True)
        ]
        found["right number of digits"] = float(np.mean(sizes))
    wrong = [
        [*pair, answer]
        for pair, answer in zip(pairs, written, strict=True)
        if answer != pair[1]
    ]
    found["wrong"] = wrong[:15]
    return found


def shown(task: str, seed: int) -> list[Pair]:
    """Whose weights are kept: the first test day of each language (where the writing
    tells the language); 1020, the first test numbers of five and of six digits, the
    first two beyond."""
    data = parts(task, seed)
    if task == "dates":
        by_language: dict[str, Pair] = {}
        for pair in data["test"]:
            by_language.setdefault(form(*pair)[0], pair)
        return [by_language[language] for language in dates.LANGUAGES]
    found = [data["test"][-1]]
    found += [next(p for p in data["test"] if len(p[1]) == d) for d in (5, 6)]
    return found + data["beyond"][:2]


@torch.no_grad()
def alignments(net, task: str, pairs: list[Pair]) -> list[dict]:
    """Text, right answer, answer, and the weights (m, n) with which it was written."""
    found = []
    for pair in pairs:
        x, lengths, _ = encoded(task, [pair], False)
        y = net.greedy(x, lengths, LONGEST)
        weights = net.align(x, lengths, seq2seq.shifted(y))[:, :, 0]
        answer = "".join(symbols.decode(y.numpy(), TARGETS[task])[0])
        found.append(
            {
                "text": pair[0],
                "right": pair[1],
                "answer": answer,
                "weights": [[round(w, 3) for w in row] for row in weights.tolist()],
            }
        )
    return found


def batches(lengths: Tensor, rng: np.random.Generator):
    """Indices of batches without end; those of a batch are of about one length."""
    while True:
        order = rng.permutation(len(lengths))
        groups = []
        for pool in np.array_split(order, max(1, len(order) // (20 * BATCH))):
            pool = pool[np.argsort(lengths.numpy()[pool], kind="stable")]
            groups += [pool[i : i + BATCH] for i in range(0, len(pool), BATCH)]
        for k in rng.permutation(len(groups)).tolist():
            yield torch.as_tensor(groups[k])


def share(step: int, steps: int) -> float:
    """Share of the rate at a step: up over WARM of all steps, then half a cosine."""
    rise = WARM * steps
    if step < rise:
        return (step + 1) / (rise + 1)
    return 0.5 + 0.5 * float(np.cos(np.pi * (step - rise) / (steps - rise)))


def train(
    task: str, arm: str, rate: float, seed: int, steps: int, stop: int | None = None
) -> tuple[list[float], dict]:
    """Losses of `stop` of `steps` steps; curve, scores, weights, CPU-seconds."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    start, data, turned = time.process_time(), parts(task, seed), ARMS[arm][1]
    x, lengths, y = encoded(task, data["training"], turned)
    net = build(task, arm)
    optimiser = torch.optim.Adam(net.parameters(), lr=rate, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda k: share(k, steps))
    drawn = batches(lengths, np.random.default_rng(seed))
    losses, curve = [], []
    for step in range(stop or steps):
        batch = next(drawn)
        longest = int(lengths[batch].max())
        truth = y[:, batch]
        o = net(x[:longest, batch], lengths[batch], seq2seq.shifted(truth))
        loss = seq2seq.loss(o, truth)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % EVERY == 0:
            valid = data["valid"]
            curve.append(rates(valid, answers(net, task, valid, turned)))
    found: dict = {"curve": curve}
    if len(losses) == steps >= STEPS:
        found["seconds"] = time.process_time() - start
        for part in ("test", "beyond"):
            if part in data:
                written = answers(net, task, data[part], turned)
                found[part] = scores(task, data[part], written)
        if arm == "attention":
            found["weights"] = alignments(net, task, shown(task, seed))
    return losses, found


def run(seed: int, steps: int) -> dict:
    """Attention on dates; for a whole run every task and arm."""
    if steps < STEPS:
        return {"loss": train("dates", "attention", RATE, seed, STEPS, steps)[0]}
    result: dict = {}
    for task in SOURCES:
        result[task] = {}
        for arm, (*_, times) in ARMS.items():
            losses, found = train(task, arm, RATE, seed, times * steps)
            result[task][arm] = found
            if (task, arm) == ("dates", "attention"):
                result["loss"] = losses
    return result


def tuned(task: str, arm: str) -> dict[str, float]:
    """Rate -> edit error rate on validation after a short run."""
    found = {}
    for rate in RATES:
        _, result = train(task, arm, rate, TUNING, SHORT)
        found[str(rate)] = result["curve"][-1]["edits"]
    return found


def nearest(training: list[Pair], test: list[Pair]) -> list[str]:
    """The answer of the training text at the least edit distance, the first of equals.

    All training texts are compared with one test text at once, a row of the table of
    distances a step.
    """
    longest = max(len(text) for text, _ in training)
    known = np.zeros((len(training), longest), dtype=np.int32)
    for i, (text, _) in enumerate(training):
        known[i, : len(text)] = [ord(c) for c in text]
    last = np.array([len(text) for text, _ in training])
    rows = np.arange(len(training))
    ramp = np.arange(longest + 1, dtype=np.int16)
    written = []
    for text, _ in test:
        row = np.tile(ramp, (len(training), 1))
        for i, character in enumerate(text, start=1):
            change = row[:, :-1] + (known != ord(character))
            new = np.empty_like(row)
            new[:, 0] = i
            new[:, 1:] = np.minimum(change, row[:, 1:] + 1)
            # an insertion costs one more than the entry to the left, all the way along
            row = np.minimum.accumulate(new - ramp, axis=1) + ramp
        written.append(training[int(row[rows, last].argmin())][1])
    return written


def counted_words(training: list[Pair], test: list[Pair]) -> list[str]:
    """Numbers by their place, the month by the word that tells most about it.

    The number of four digits is the year, the first other one the day; the month is
    a second other one, or the month most often seen with the word of the text for which
    (times seen with that month) / (times seen + 1) is largest.
    """
    seen: dict[str, Counter] = defaultdict(Counter)
    for text, iso in training:
        for word in set(re.findall(r"[^\W\d]+", text)):
            seen[word][iso[5:7]] += 1

    def vote(word: str) -> tuple[float, str]:
        month, times = seen[word].most_common(1)[0] if seen[word] else ("01", 0)
        return times / (sum(seen[word].values()) + 1), month

    written = []
    for text, _ in test:
        found = re.findall(r"\d+", text)
        year = next((n for n in found if len(n) == 4), "2000")
        other = [n for n in found if len(n) < 4] or ["1"]
        if len(other) > 1:
            month = other[1]
        else:
            month = max(map(vote, re.findall(r"[^\W\d]+", text)))[1]
        written.append(f"{year}-{month:0>2}-{other[0]:0>2}")
    return written


def copied(training: list[Pair], test: list[Pair]) -> list[str]:
    """The digits of a numeral in their order, units left out."""
    return [
        "".join(
            str(chinese_numerals.DIGITS.index(c))
            for c in text
            if c in chinese_numerals.DIGITS
        )
        for text, _ in test
    ]


def filled(training: list[Pair], test: list[Pair]) -> list[str]:
    """`copied`, and as many noughts behind as the last unit asks for."""
    noughts = dict(zip("十百千万", (1, 2, 3, 4), strict=True))
    written = []
    for digits, (text, _) in zip(copied(training, test), test, strict=True):
        end = re.search("[十百千万]*$", text).group()
        written.append((digits or "1") + "0" * sum(noughts[c] for c in end))
    return written


def baseline() -> dict:
    """Scores without a network on the test part of every seed, and the rates tried."""
    rules = {
        "dates": {"nearest": nearest, "counted words": counted_words},
        "numerals": {"nearest": nearest, "copied": copied, "filled": filled},
    }
    found: dict = {"rates": {}}
    for task, methods in rules.items():
        found[task] = {}
        for name, rule in methods.items():
            found[task][name] = []
            for seed in SEEDS:
                data = parts(task, seed)
                result = {}
                for part in ("test", "beyond"):
                    asked = data.get(part, [])[: NEAREST if rule is nearest else None]
                    if asked:
                        result[part] = rates(asked, rule(data["training"], asked))
                found[task][name].append(result)
        found["rates"][task] = {
            arm: tuned(task, arm) for arm, (*_, times) in ARMS.items() if times == 1
        }
    return found


if __name__ == "__main__":
    main(__file__)
