"""From spelling to sound: an encoder reads letters, a decoder writes phonemes.

Data: unrolled.data.pronunciations, split by seed into training, 1,500 words for
validation and 3,000 for test. A word with several pronunciations is trained on the
first; an answer is judged by the nearest of all.

The arms (ARMS) share everything but what their name says: embeddings of 64, one layer
of 128 GRU units (borrowed until chapter 11; "tanh": nn.RNN) that reads in one
direction and one that writes, Adam at a rate of 0.007 (tanh: 0.003) that rises for
a tenth of the updates and falls to zero along half a cosine, gradients clipped to a
norm of 5, STEPS batches of 128 words of one length. Seed by seed they have the same
split, the same batches and the same numbers in the parts they share. Rates were chosen
on the validation part of seed 0. "turned" means that the source is read from its last
letter to its first. "sampled" is scheduled sampling: the decoder reads the true symbol
with probability p, else one drawn from its own distribution, p falls along an inverse
sigmoid that crosses 1/2 at half of the updates. "stress" keeps the stress marks and is
run with the first seed alone.

Every answer is greedy unless "beam" is said. "loss" is the training loss of
"start, turned" at every step. The baselines are counts: what one letter is, what it is
in a window of letters, graphones (a joint n-gram of letters with their phonemes), and
the pronunciation of the nearest spelling.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from unrolled import seq2seq
from unrolled.data import pronunciations
from unrolled.data.symbols import END, PAD, decode, encode
from unrolled.edits import distance, operations
from unrolled.experiment import main
from unrolled.ngram import WittenBell

SEEDS = (0, 1, 2)
STEPS = 1600
REHEARSAL = 60
BATCH, UNITS, EMBEDDING, RATE, TANH_RATE, CLIP = 128, 128, 64, 0.007, 0.003, 5.0
LONGEST = 18
CHECKS = 8
CROSSING = 0.5
WIDTHS = (1, 2, 4, 8, 16)
LETTERS = pronunciations.LETTERS
ARMS: dict[str, dict] = {
    "start": {"turned": False},
    "start, turned": {},
    "every, turned": {"context": "every"},
    "attention, turned": {"context": "attention"},
    "start, turned, sampled": {"sampled": True},
    "start, turned, tanh": {"cell": nn.RNN, "rate": TANH_RATE},
    "attention, turned, stress": {"context": "attention", "stress": True},
}
PATTERNS = ("ough", "kn", "ph", "ght", "tion", "sch", "x", "ll", "que", "ck", "wh")

Words = list[str]
Phonemes = tuple[str, ...]


# The networks


def sources(words: Words, turned: bool) -> tuple[Tensor, Tensor]:
    """Letters as ids (n, B), and lengths (B,)."""
    x, lengths = encode([w[::-1] if turned else w for w in words], LETTERS)
    return torch.from_numpy(x), torch.from_numpy(lengths)


def targets(said: list[Phonemes], stress: bool) -> Tensor:
    """Phonemes and END as ids (m, B)."""
    return torch.from_numpy(encode(said, pronunciations.phonemes(stress), end=True)[0])


def batches(words: Words, rng: np.random.Generator) -> list[list[int]]:
    """Every word once, in batches of one source length, in random order."""
    waiting: dict[int, list[int]] = defaultdict(list)
    found = []
    for i in rng.permutation(len(words)).tolist():
        batch = waiting[len(words[i])]
        batch.append(i)
        if len(batch) == BATCH:
            found.append(waiting.pop(len(words[i])))
    found += waiting.values()
    return [found[i] for i in rng.permutation(len(found))]


def rate_at(step: int) -> float:
    """Share of the full rate."""
    done = step / STEPS
    if done < 0.1:
        return (step + 1) / (0.1 * STEPS)
    return 0.5 * (1 + np.cos(np.pi * min(1.0, (done - 0.1) / 0.9)))


@cache
def slowness() -> float:
    """k of the inverse sigmoid k / (k + e^(t/k)), which is 1/2 where t = k ln k."""
    k = 2.0
    for _ in range(200):
        k = CROSSING * STEPS / np.log(k)
        k = 0.5 * (k + CROSSING * STEPS / np.log(k))
    return float(k)


def p_true(step: int) -> float:
    """Probability that a sampled decoder reads the true symbol."""
    k = slowness()
    return float(k / (k + np.exp(step / k)))


def sampled(net: nn.Module, x: Tensor, lengths: Tensor, y: Tensor, p: float) -> Tensor:
    """Logits (m, B, V) of a decoder that reads the truth only with probability p."""
    memory = net.encode(x, lengths)
    h, k, found = net.first_state(memory), torch.full_like(y[0], END), []
    for right in y:
        o, h, _ = net.decode(memory, k[None], h)
        found.append(o[0])
        own = seq2seq.writable(o[0].detach()).softmax(dim=-1).multinomial(1)[:, 0]
        k = torch.where(torch.rand(len(own)) < p, right, own)
    return torch.stack(found)


class Trained:
    """A network of one arm and seed, with what is needed to ask it."""

    def __init__(self, arm: str, seed: int, steps: int, checks: int = CHECKS) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        options = dict(ARMS[arm])
        self.turned = options.pop("turned", True)
        self.stress = options.pop("stress", False)
        sampling, rate = options.pop("sampled", False), options.pop("rate", RATE)
        self.said = pronunciations.words(self.stress)
        self.symbols = pronunciations.phonemes(self.stress)
        self.net = seq2seq.EncoderDecoder(
            len(LETTERS) + 2, len(self.symbols) + 2, UNITS, EMBEDDING, **options
        )
        training, valid, _ = pronunciations.split(seed)
        rule = torch.optim.Adam(self.net.parameters(), rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(rule, rate_at)
        rng, todo = np.random.default_rng(seed), []
        self.losses: list[float] = []
        self.curve: list[dict] = []
        for step in range(steps):
            todo = todo or batches(training, rng)
            words = [training[i] for i in todo.pop()]
            x, lengths = sources(words, self.turned)
            y = targets([self.said[w][0] for w in words], self.stress)
            if sampling:
                o = sampled(self.net, x, lengths, y, p_true(step))
            else:
                o = self.net(x, lengths, seq2seq.shifted(y))
            loss = seq2seq.loss(o, y)
            rule.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)
            rule.step()
            schedule.step()
            self.losses.append(loss.item())
            if (step + 1) % (STEPS // CHECKS) == 0 and checks:
                found = judged(valid[:500], self.answers(valid[:500]), self.said)
                self.curve.append({"step": step + 1, **pick(found, "per", "wer")})

    def answers(self, words: Words) -> list[Phonemes]:
        """Greedy answers."""
        found: dict[str, Phonemes] = {}
        for some in pieces(words, 500):
            ids = self.net.greedy(*sources(some, self.turned), LONGEST)
            found |= zip(some, decode(ids.numpy(), self.symbols), strict=True)
        return [found[w] for w in words]

    @torch.no_grad()
    def log_probability(self, words: Words, said: list[Phonemes]) -> list[float]:
        """log P(answer and END | word) of each pair."""
        found = []
        for i in range(0, len(words), 500):
            y = targets(said[i : i + 500], self.stress)
            x = sources(words[i : i + 500], self.turned)
            o = seq2seq.writable(self.net(*x, seq2seq.shifted(y))).log_softmax(dim=-1)
            one = o.gather(-1, y[..., None])[..., 0].masked_fill(y == PAD, 0.0)
            found += one.sum(dim=0).tolist()
        return found


def pieces(words: Words, size: int) -> list[Words]:
    """Words in order of length, cut into pieces."""
    order = sorted(words, key=len)
    return [order[i : i + size] for i in range(0, len(order), size)]


# Judging answers


def pick(found: dict, *keys: str) -> dict:
    return {key: found[key] for key in keys}


def nearest_right(
    answer: Phonemes, right: tuple[Phonemes, ...]
) -> tuple[int, Phonemes]:
    """The least distance to a right answer, and that answer (the first of equals)."""
    return min(((distance(answer, r), r) for r in right), key=lambda pair: pair[0])


def pooled(rows: list[tuple[int, int]]) -> list[int]:
    """[sum of distances, sum of reference lengths, wrong words, words]."""
    return [
        sum(d for d, _ in rows),
        sum(m for _, m in rows),
        sum(d > 0 for d, _ in rows),
        len(rows),
    ]


def judged(words: Words, answers: list[Phonemes], said: dict) -> dict:
    """Error rates of phonemes and words, and the same pooled by length of the word."""
    rows, first, lengths = [], 0, defaultdict(list)
    for word, answer in zip(words, answers, strict=True):
        edits, right = nearest_right(answer, said[word])
        rows.append((edits, len(right)))
        lengths[len(word)].append(rows[-1])
        first += answer != said[word][0]
    edits, length, wrong, number = pooled(rows)
    return {
        "per": edits / length,
        "wer": wrong / number,
        "wer_first": first / number,
        "by_length": {str(n): pooled(lengths[n]) for n in sorted(lengths)},
    }


def by_place(words: Words, answers: list[Phonemes], said: dict) -> dict:
    """Errors by fifth of the right answer (5 phonemes or more): [errors, phonemes].

    An inserted phoneme counts at the place before which it stands, at the last place
    when it stands behind all.
    """
    found = np.zeros((5, 2), dtype=int)
    for word, answer in zip(words, answers, strict=True):
        right = nearest_right(answer, said[word])[1]
        m = len(right)
        if m < 5:
            continue
        for i in range(m):
            found[5 * i // m, 1] += 1
        for name, i, _ in operations(right, answer):
            found[5 * min(i, m - 1) // m, 0] += name != "keep"
    return {"fifths": found.tolist()}


def by_relative(words: Words, answers: list[Phonemes], said: dict, seed: int) -> dict:
    """Pooled errors by the distance of a word to the nearest spelling of training."""
    rows = defaultdict(list)
    for word, answer in zip(words, answers, strict=True):
        edits, right = nearest_right(answer, said[word])
        rows[str(min(3, neighbours(seed, word)[0]))].append((edits, len(right)))
    return {key: pooled(rows[key]) for key in sorted(rows)}


def searched(trained: Trained, words: Words) -> dict:
    """What a beam of every width finds, with and without a norm of the length."""
    said = trained.said
    truth_words = [w for w in words for _ in said[w]]
    truth = trained.log_probability(truth_words, [r for w in words for r in said[w]])
    best_truth: dict[str, float] = {}
    for word, value in zip(truth_words, truth, strict=True):
        best_truth[word] = max(value, best_truth.get(word, -np.inf))
    found: dict = {}
    for width in WIDTHS:
        ids, scores = {}, {}
        for some in pieces(words, 250):
            y, score = trained.net.beam(*sources(some, trained.turned), LONGEST, width)
            for b, word in enumerate(some):
                ids[word], scores[word] = y[:, b].numpy(), score[b].tolist()
        found[str(width)] = {}
        for power in (0.0, 1.0):
            answers, chosen, hits = [], [], 0
            for word in words:
                y, score = ids[word], np.array(scores[word])
                best = int(np.argmax(score / (y != PAD).sum(axis=0) ** power))
                options = decode(y, trained.symbols)
                answers.append(options[best])
                chosen.append(float(score[best]))
                hits += any(o in said[word] for o in options)
            wrong = [
                (value, best_truth[word])
                for word, answer, value in zip(words, answers, chosen, strict=True)
                if answer not in said[word]
            ]
            longer = [
                len(answer) - len(nearest_right(answer, said[word])[1])
                for word, answer in zip(words, answers, strict=True)
            ]
            found[str(width)][str(int(power))] = {
                **pick(judged(words, answers, said), "per", "wer"),
                "log_probability": float(np.mean(chosen)),
                "longer": float(np.mean(longer)),
                "in_beam": hits / len(words),
                "wrong": len(wrong),
                "search_errors": sum(mine < right for mine, right in wrong),
            }
    found["truth_log_probability"] = float(np.mean([best_truth[w] for w in words]))
    return found


# Attention


class Uniform(nn.Module):
    """In the place of attention: the mean of all source states."""

    def forward(self, queries: Tensor, memory: seq2seq.Memory) -> tuple[Tensor, Tensor]:
        weights = (memory.mask / memory.mask.sum(dim=0)).expand(len(queries), -1, -1)
        return torch.einsum("mnb,nbs->mbs", weights, memory.states), weights


@torch.no_grad()
def looked(trained: Trained, word: str) -> dict:
    """The greedy answer to a word and the weights (m, n), letters in written order."""
    answer = trained.answers([word])[0]
    y = targets([answer], trained.stress) if answer else torch.tensor([[END]])
    weights = trained.net.align(*sources([word], trained.turned), seq2seq.shifted(y))
    rows = weights[:, :, 0].flip(1) if trained.turned else weights[:, :, 0]
    return {
        "word": word,
        "answer": answer,
        "right": trained.said[word],
        "weights": [[round(a, 3) for a in row] for row in rows.tolist()],
    }


@torch.no_grad()
def blinded(trained: Trained, words: Words, seed: int) -> dict:
    """How often the next symbol changes when one place is taken from the attention.

    Steps are those of the greedy answers; a place has its weight set to zero and the
    others are scaled to sum to 1. "most": the place with the largest weight, "random":
    another place, drawn evenly. "weight" is the mean of the largest weight.
    """
    rng = np.random.default_rng(seed)
    counts = np.zeros(2)
    largest, steps = 0.0, 0
    for some in pieces(words, 250):
        said = trained.answers(some)
        pairs = [(w, s) for w, s in zip(some, said, strict=True) if s]
        y = targets([s for _, s in pairs], trained.stress)
        memory = trained.net.encode(*sources([w for w, _ in pairs], trained.turned))
        states, _ = trained.net.decoder(
            trained.net.reread(seq2seq.shifted(y)), trained.net.first_state(memory)
        )
        _, a = trained.net.attention(states, memory)
        real = y != PAD
        draw = torch.from_numpy(rng.random(a.shape)) * memory.mask
        draw.scatter_(1, a.argmax(dim=1, keepdim=True), -1.0)

        def symbols(a: Tensor, states: Tensor, memory: seq2seq.Memory) -> Tensor:
            seen = torch.einsum("mnb,nbs->mbs", a, memory.states)
            o = trained.net.read_out(torch.cat([states, seen], dim=-1))
            return seq2seq.writable(o).argmax(dim=-1)

        before = symbols(a, states, memory)
        for j, place in enumerate((a.argmax(dim=1), draw.argmax(dim=1))):
            less = a.scatter(1, place[:, None], 0.0)
            less = less / less.sum(dim=1, keepdim=True).clamp_min(1e-30)
            counts[j] += ((symbols(less, states, memory) != before) & real).sum().item()
        largest += a.amax(dim=1)[real].sum().item()
        steps += int(real.sum())
    return {
        "steps": steps,
        "most": counts[0] / steps,
        "random": counts[1] / steps,
        "weight": largest / steps,
    }


@cache
def never_trained() -> str:
    """The longest word (first of equals) that no seed has in its training part."""
    parts = [pronunciations.split(seed)[1:] for seed in SEEDS]
    held_out = set.intersection(*({*valid, *test} for valid, test in parts))
    return min(held_out, key=lambda w: (-len(w), w))


def attention_of(trained: Trained, test: Words, seed: int) -> dict:
    """Weights on words chosen by a rule, and what becomes of answers without them."""
    found: dict = {
        "shared": looked(trained, never_trained()),
        "blinded": blinded(trained, test[:500], seed),
    }
    if seed == SEEDS[0]:
        words = [next(w for w in test if pattern in w) for pattern in PATTERNS]
        words.append(next(w for w in test if len(w) == pronunciations.LONGEST))
        found["words"] = [looked(trained, w) for w in dict.fromkeys(words)]
    kept, trained.net.attention = trained.net.attention, Uniform()
    answers = trained.answers(test)
    found["uniform"] = pick(judged(test, answers, trained.said), "per", "wer")
    trained.net.attention = kept
    return found


# Runs


def run(seed: int, steps: int) -> dict:
    """For a rehearsal "start, turned" alone, for a whole run every arm."""
    if steps < STEPS:
        return {"loss": Trained("start, turned", seed, steps, checks=0).losses}
    test = pronunciations.split(seed)[2]
    result: dict = {"arms": {}, "samples": {w: {} for w in test[:15]}}
    for arm in ARMS:
        if "stress" in arm and seed != SEEDS[0]:
            continue  # one seed only
        trained = Trained(arm, seed, steps)
        answers, said = trained.answers(test), trained.said
        found = {**judged(test, answers, said), "curve": trained.curve}
        found["parameters"] = sum(p.numel() for p in trained.net.parameters())
        found["by_place"] = by_place(test, answers, said)
        found["by_relative"] = by_relative(test, answers, said, seed)
        found["train_loss"] = float(np.mean(trained.losses[-100:]))
        for word, answer in zip(test[:15], answers, strict=False):
            result["samples"][word][arm] = " ".join(answer)
        if trained.stress:
            bare = [tuple(p.rstrip("012") for p in answer) for answer in answers]
            plain = judged(test, bare, pronunciations.words())
            found["without_marks"] = pick(plain, "per", "wer")
        if arm in ("start, turned", "attention, turned"):
            found["beam"] = searched(trained, test[:600])
        if arm == "attention, turned":
            found["attention"] = attention_of(trained, test, seed)
        if arm == "start, turned":
            result["loss"] = trained.losses
        result["arms"][arm] = found
    for word, given in result["samples"].items():
        given["right"] = [" ".join(r) for r in pronunciations.words()[word]]
    return result


# Counts


@cache
def spellings(seed: int) -> tuple[Words, np.ndarray, np.ndarray, np.ndarray]:
    """Training words, their letters (N, 14) with -1 behind, lengths, letter counts."""
    words = sorted(pronunciations.split(seed)[0])
    letters = np.full((len(words), pronunciations.LONGEST), -1, dtype=np.int8)
    for i, word in enumerate(words):
        letters[i, : len(word)] = [LETTERS.index(c) for c in word]
    bags = np.stack([(letters == c).sum(axis=1) for c in range(26)]).astype(np.int8)
    return words, letters, np.array([len(w) for w in words]), bags


def distances(letters: np.ndarray, lengths: np.ndarray, word: str) -> np.ndarray:
    """(N,) edit distances of a word to N spellings, all at once."""
    n, N = letters.shape[1], len(letters)
    above = [np.full(N, j, dtype=np.int8) for j in range(n + 1)]
    for i, letter in enumerate(word, start=1):
        row = [np.full(N, i, dtype=np.int8)]
        for j in range(n):
            change = above[j] + (letters[:, j] != LETTERS.index(letter))
            row.append(np.minimum(change, np.minimum(above[j + 1], row[j]) + 1))
        above = row
    return np.stack(above)[lengths, np.arange(N)]


@cache
def neighbours(seed: int, word: str) -> tuple[int, tuple[str, ...]]:
    """The least edit distance to a training word, and all words at that distance."""
    words, letters, lengths, bags = spellings(seed)
    own = np.array([word.count(c) for c in LETTERS], dtype=np.int8)[:, None]
    more = np.maximum(bags - own, 0).sum(axis=0)
    bound = np.maximum(more, more + len(word) - lengths)  # no distance is smaller
    for reach in (1, 2, 3, pronunciations.LONGEST):
        some = np.flatnonzero(bound <= reach)
        if not len(some):
            continue
        found = distances(letters[some], lengths[some], word)
        if found.min() <= reach:
            best = some[found == found.min()]
            return int(found.min()), tuple(words[i] for i in best)
    raise AssertionError("there are training words")


def common(a: str, b: str) -> int:
    """Number of letters that two words begin with together."""
    return next(
        (i for i, (c, d) in enumerate(zip(a, b, strict=False)) if c != d),
        min(len(a), len(b)),
    )


TIES = {
    "first in the alphabet": lambda w, v: 0,
    "longest common beginning": lambda w, v: -common(w, v),
    "longest common ending": lambda w, v: -common(w[::-1], v[::-1]),
    "longest of both": lambda w, v: -max(common(w, v), common(w[::-1], v[::-1])),
}

Unit = tuple[str, Phonemes]  # a letter and the 0, 1 or 2 phonemes it stands for


class Aligner:
    """P(letter, phonemes): every letter of a word stands for 0, 1 or 2 phonemes.

    Expectation-maximisation over all ways to cut a pronunciation, from equal chances.
    """

    def __init__(self, pairs: list[tuple[str, Phonemes]], rounds: int) -> None:
        phonemes = pronunciations.phonemes()
        self.ids = {p: i for i, p in enumerate(phonemes)}
        self.P = len(phonemes)
        self.q = np.ones((26, 1 + self.P + self.P**2))
        groups = defaultdict(list)
        for word, said in pairs:
            if len(said) <= 2 * len(word):
                groups[len(word), len(said)].append((word, said))
        self.groups = [
            (
                np.array([[LETTERS.index(c) for c in word] for word, _ in group]).T,
                np.array([[self.ids[p] for p in said] for _, said in group]).T,
            )
            for group in groups.values()
        ]
        for _ in range(rounds):
            self.q = self.counts()
            self.q /= self.q.sum()

    def strings(self, y: np.ndarray, j: int, k: int) -> np.ndarray:
        """Ids of the strings y[j : j + k] of words side by side."""
        if k == 0:
            return np.zeros(y.shape[1], dtype=int)
        return 1 + y[j] if k == 1 else 1 + self.P + y[j] * self.P + y[j + 1]

    def counts(self) -> np.ndarray:
        """Expected number of every pair, words of one shape at once."""
        found = np.zeros_like(self.q)
        for x, y in self.groups:
            n, m = len(x), len(y)
            moves = [
                (i, j, k, x[i], self.strings(y, j, k))
                for i in range(n)
                for j in range(min(m, 2 * i) + 1)
                for k in range(min(2, m - j) + 1)
                if m - j - k <= 2 * (n - i - 1)
            ]
            p = [self.q[a, b] for *_, a, b in moves]
            before = np.zeros((n + 1, m + 1, x.shape[1]))
            behind = np.zeros_like(before)
            before[0, 0] = behind[n, m] = 1
            for (i, j, k, *_), one in zip(moves, p, strict=True):
                before[i + 1, j + k] += before[i, j] * one
            for (i, j, k, *_), one in zip(moves[::-1], p[::-1], strict=True):
                behind[i, j] += behind[i + 1, j + k] * one
            for (i, j, k, a, b), one in zip(moves, p, strict=True):
                share = before[i, j] * one * behind[i + 1, j + k] / before[n, m]
                np.add.at(found, (a, b), share)
        return found

    def units(self, word: str, said: Phonemes) -> list[Unit] | None:
        """The likeliest cut; None when there is none."""
        n, m = len(word), len(said)
        best: dict[int, tuple[float, tuple[Unit, ...]]] = {0: (0.0, ())}
        for i, letter in enumerate(word):
            new: dict[int, tuple[float, tuple[Unit, ...]]] = {}
            for j, (value, path) in best.items():
                for k in range(min(2, m - j) + 1):
                    if m - j - k > 2 * (n - i - 1):
                        continue
                    part = said[j : j + k]
                    ids = np.array([[self.ids[p]] for p in part], dtype=int)
                    string = int(self.strings(ids.reshape(k, 1), 0, k)[0])
                    q = self.q[LETTERS.index(letter), string]
                    total = value + float(np.log(q)) if q > 0 else -np.inf
                    if total > new.get(j + k, (-np.inf,))[0]:
                        new[j + k] = total, (*path, (letter, part))
            best = new
        return list(best[m][1]) if m in best else None


class Windows:
    """The commonest phonemes of a letter in the widest window of letters seen."""

    def __init__(self, aligned: list[list[Unit]], widest: int) -> None:
        self.widest = widest
        self.counts: dict[str, Counter] = defaultdict(Counter)
        for units in aligned:
            word = "".join(letter for letter, _ in units)
            for i, (_, part) in enumerate(units):
                for width in range(widest + 1):
                    self.counts[window(word, i, width)][part] += 1

    def answer(self, word: str, widest: int | None = None) -> Phonemes:
        found: Phonemes = ()
        for i in range(len(word)):
            for width in range(self.widest if widest is None else widest, -1, -1):
                counts = self.counts.get(window(word, i, width))
                if counts:
                    found += max(counts, key=lambda part: (counts[part], part))
                    break
        return found


def window(word: str, i: int, width: int) -> str:
    """The letter at i with `width` letters on both sides, "_" outside of the word."""
    edge = "_" * width
    return (edge + word + edge)[i : i + 2 * width + 1]


class Graphones:
    """An n-gram of units with Witten-Bell smoothing, searched with a beam."""

    def __init__(self, aligned: list[list[Unit]], n: int) -> None:
        kinds = sorted({unit for units in aligned for unit in units})
        self.kinds: list[Unit] = [("", ()), *kinds]  # 0 is the edge of a word
        ids = {unit: k for k, unit in enumerate(self.kinds)}
        self.of: dict[str, list[int]] = defaultdict(list)
        for unit, k in ids.items():
            self.of[unit[0]].append(k)
        self.model = WittenBell(n, len(self.kinds))
        for units in aligned:
            self.model.fit([0, *(ids[u] for u in units), 0])
        self.kept: dict = {}

    def lower(self, n: int) -> None:
        """Use no more than the last n - 1 units from now on."""
        self.model.n, self.kept = n, {}

    def options(self, history: tuple[int, ...], letter: str) -> list:
        if (history, letter) not in self.kept:
            ids = self.of[letter]
            p = self.model.probabilities(history)[ids]
            best = np.argsort(-p, kind="stable")[:12]
            self.kept[history, letter] = [(ids[b], float(np.log(p[b]))) for b in best]
        return self.kept[history, letter]

    def answer(self, word: str, width: int = 12) -> Phonemes:
        beam = [(0.0, (0,), ())]
        for letter in [*word, ""]:
            new: dict = {}
            for value, history, said in beam:
                for k, nats in self.options(history, letter):
                    after = (*history, k)[max(0, len(history) + 2 - self.model.n) :]
                    key = after, (*said, *self.kinds[k][1])
                    new[key] = max(value + nats, new.get(key, -np.inf))
            order = sorted(new, key=lambda key: (-new[key], key))[:width]
            beam = [(new[key], *key) for key in order]
        return beam[0][2]


def prepared(seed: int) -> tuple[list[list[Unit]], int]:
    """Training words as units, and how many cannot be written as units."""
    said = pronunciations.words()
    pairs = [(w, said[w][0]) for w in pronunciations.split(seed)[0]]
    aligner = Aligner(pairs, rounds=6)
    aligned = [units for w, s in pairs if (units := aligner.units(w, s))]
    return aligned, len(pairs) - len(aligned)


@cache
def chosen(highest: int = 7, widest: int = 5) -> tuple[dict, dict]:
    """What validation words of the first seed chose: all rates, the choices."""
    seed, said = SEEDS[0], pronunciations.words()
    aligned, _ = prepared(seed)
    some = pronunciations.split(seed)[1][:500]

    def rates(answers: list[Phonemes]) -> dict:
        return pick(judged(some, answers, said), "per", "wer")

    tried: dict = {"windows": {}, "graphones": {}, "neighbours": {}}
    windows = Windows(aligned, widest)
    for width in range(widest + 1):
        found = rates([windows.answer(w, width) for w in some])
        tried["windows"][str(width)] = found
    graphones = Graphones(aligned, highest)
    for n in range(highest, 0, -1):
        graphones.lower(n)
        tried["graphones"][str(n)] = rates([graphones.answer(w) for w in some])
    for name, rule in TIES.items():
        tried["neighbours"][name] = rates([copied(seed, w, rule) for w in some])
    best = {
        name: min(table, key=lambda key, table=table: table[key]["per"])
        for name, table in tried.items()
    }
    return tried, best


def counted(seed: int) -> dict:
    """The counting models on the test words."""
    said, test = pronunciations.words(), pronunciations.split(seed)[2]
    best = chosen()[1]
    aligned, failed = prepared(seed)
    windows = Windows(aligned, int(best["windows"]))
    graphones = Graphones(aligned, int(best["graphones"]))
    rule = TIES[best["neighbours"]]
    answers = {
        "letters": [windows.answer(w, 0) for w in test],
        "windows": [windows.answer(w) for w in test],
        "graphones": [graphones.answer(w) for w in test],
        "neighbours": [copied(seed, w, rule) for w in test],
    }
    found: dict = {"not_aligned": failed}
    for name, given in answers.items():
        found[name] = {
            **judged(test, given, said),
            "by_place": by_place(test, given, said),
            "by_relative": by_relative(test, given, said, seed),
            "samples": [" ".join(answer) for answer in given[:15]],
        }
    return found


def copied(seed: int, word: str, rule) -> Phonemes:
    """The pronunciation of the nearest training word; `rule` orders equals."""
    best = min(neighbours(seed, word)[1], key=lambda v: (rule(word, v), v))
    return pronunciations.words()[best][0]


def baseline() -> dict:
    """The counting models of every seed, and what chose between them."""
    tried, best = chosen()
    return {
        "valid": tried,
        "chosen": best,
        "seeds": {str(seed): counted(seed) for seed in SEEDS},
    }


if __name__ == "__main__":
    main(__file__)
