"""Somebody else's trained GRU, run by a cell that follows another convention.

The weights are those of g2p-en 2.1.0 (`unrolled.data.stranger_g2p`): an encoder and a
decoder of 256 units that write English words as phonemes with stress, made for a cell
with the blocks r, z, n, the reset after the product, and z the share that is kept. The
words are those of `unrolled.data.pronunciations`, with stress; the package's network
was made from the same dictionary, so these are NOT held-out words: the rates compare
conventions and measure nothing else. Arms, what the cell does with the same arrays:

  "after, keep"       what they were made for
  "before, keep"      the reset before the product
  "after, replace"    z taken for the share that is replaced: h = (1 - z) h + z n
  "before, replace"   both
  "blocks z, r, n"    reset after, z keeps; the first two blocks taken for z and r
  "bias outside"      reset after, z keeps; both biases of the candidate outside r

Seed k has the words k * WORDS to (k + 1) * WORDS of one permutation; no word twice. A
step is a batch of BATCH words. An answer ends at END or after LONGEST phonemes. Of a
word's pronunciations the nearest one counts. For each arm: "per", edits divided by the
phonemes of that pronunciation (more than 1 is possible); "per, no stress", vowels
without their digit; "wer", share of words with an edit; "length", phonemes written a
word; "states", median relative distance of the encoder's last state from that of the
first arm. "loss" is the per of "after, keep" batch by batch. Baseline: each letter
becomes the phoneme that stands most often at its place in words with as many phonemes
as letters (none of the words above).
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from unrolled.data import pronunciations, stranger_g2p
from unrolled.edits import distance
from unrolled.experiment import main

SEEDS = (0, 1, 2, 3, 4)
STEPS = 30
REHEARSAL = 5
BATCH, LONGEST = 100, 20
WORDS = STEPS * BATCH
ARMS = (
    "after, keep",
    "before, keep",
    "after, replace",
    "before, replace",
    "blocks z, r, n",
    "bias outside",
)

Array = np.ndarray


def sigma(a: Array) -> Array:
    return 0.5 + 0.5 * np.tanh(0.5 * a)


def step(arm: str, drive: Array, h: Array, W_h: Array, b_h: Array) -> Array:
    """drive (B, 3H), input's part with its bias; h (B, H) -> new h."""
    H = h.shape[1]
    product = h @ W_h + b_h
    first, second = (sigma(drive[:, k : k + H] + product[:, k : k + H]) for k in (0, H))
    r, z = (second, first) if arm == "blocks z, r, n" else (first, second)
    if arm.startswith("before"):
        inner = (r * h) @ W_h[:, 2 * H :] + b_h[2 * H :]
    elif arm == "bias outside":
        inner = r * (product[:, 2 * H :] - b_h[2 * H :]) + b_h[2 * H :]
    else:
        inner = r * product[:, 2 * H :]
    n = np.tanh(drive[:, 2 * H :] + inner)
    if arm.endswith("replace"):
        z = 1 - z
    return z * h + (1 - z) * n


def say(arm: str, words: list[str]) -> tuple[list[tuple[str, ...]], Array]:
    """What is written for each word, and the encoder's last states (B, H)."""
    P, signs = stranger_g2p.weights(), stranger_g2p.symbols()
    marks = stranger_g2p.GRAPHEMES.index(stranger_g2p.END_OF_WORD)
    ids = [[stranger_g2p.GRAPHEMES.index(c) for c in w] + [marks] for w in words]
    h = np.zeros((len(words), P["enc_w_hh"].shape[1]), np.float32)
    table = P["enc_emb"] @ P["enc_w_ih"].T + P["enc_b_ih"]
    W_h, b_h = P["enc_w_hh"].T.copy(), P["enc_b_hh"]
    for t in range(max(map(len, ids))):
        rows = np.array([b for b, one in enumerate(ids) if t < len(one)])
        letter = [ids[b][t] for b in rows]
        h[rows] = step(arm, table[letter], h[rows], W_h, b_h)
    read = h.copy()
    table = P["dec_emb"] @ P["dec_w_ih"].T + P["dec_b_ih"]
    W_h, b_h = P["dec_w_hh"].T.copy(), P["dec_b_hh"]
    start, end = map(signs.index, (stranger_g2p.START, stranger_g2p.STOP))
    k, written = np.full(len(words), start), []
    for _ in range(LONGEST):
        h = step(arm, table[k], h, W_h, b_h)
        k = (h @ P["fc_w"].T + P["fc_b"]).argmax(axis=1)
        written.append(k)
    found = []
    for column in np.stack(written).T.tolist():
        column = column[: column.index(end)] if end in column else column
        found.append(tuple(signs[i] for i in column))
    return found, read


def bare(said: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(p.rstrip("012") for p in said)


def errors(word: str, said: tuple[str, ...], stress: bool) -> tuple[int, int]:
    """Edits to the nearest pronunciation, and its length."""
    right = pronunciations.words(True)[word]
    if not stress:
        said, right = bare(said), [bare(one) for one in right]
    return min((distance(said, one), len(one)) for one in right)


def chosen(seed: int) -> list[str]:
    found = list(pronunciations.words(True))
    order = np.random.default_rng(11).permutation(len(found))
    return [found[i] for i in order[seed * WORDS : (seed + 1) * WORDS]]


def batches(arm: str, words: list[str], steps: int) -> list[tuple]:
    """(words, what is written, last states) of each batch."""
    cut = [words[k * BATCH : (k + 1) * BATCH] for k in range(steps)]
    return [(part, *say(arm, part)) for part in cut]


def rate(pairs: list[tuple[int, int]]) -> float:
    edits, length = np.sum(pairs, axis=0)
    return float(edits / length)


def report(parts: list[tuple], truth: list[tuple]) -> dict:
    words = [w for part, _, _ in parts for w in part]
    said = [s for _, several, _ in parts for s in several]
    with_stress = [errors(w, s, True) for w, s in zip(words, said, strict=True)]
    without = [errors(w, s, False) for w, s in zip(words, said, strict=True)]
    read, right = (np.concatenate([h for _, _, h in one]) for one in (parts, truth))
    apart = np.linalg.norm(read - right, axis=1) / np.linalg.norm(right, axis=1)
    return {
        "per": rate(with_stress),
        "per, no stress": rate(without),
        "wer": float(np.mean([edits > 0 for edits, _ in with_stress])),
        "wer, no stress": float(np.mean([edits > 0 for edits, _ in without])),
        "length": float(np.mean([len(s) for s in said])),
        "states": float(np.median(apart)),
        "examples": [
            [w, " ".join(s)] for w, s in list(zip(words, said, strict=True))[:8]
        ],
    }


def run(seed: int, steps: int) -> dict:
    """Every arm; for a rehearsal only the curve of the first."""
    words = chosen(seed)
    truth = batches("after, keep", words, steps)
    curve = [
        rate([errors(w, s, True) for w, s in zip(part, said, strict=True)])
        for part, said, _ in truth
    ]
    if steps < STEPS:
        return {"loss": curve}
    found = {arm: report(batches(arm, words, steps), truth) for arm in ARMS}
    return {"loss": curve, "arms": found}


def baseline() -> dict:
    """One phoneme a letter, always the same."""
    tests = {w for seed in SEEDS for w in chosen(seed)}
    counts: dict[str, Counter] = {}
    for word, said in pronunciations.words(True).items():
        if word not in tests and len(said[0]) == len(word):
            for letter, phoneme in zip(word, said[0], strict=True):
                counts.setdefault(letter, Counter())[phoneme] += 1
    usual = {letter: found.most_common(1)[0][0] for letter, found in counts.items()}
    rows = []
    for seed in SEEDS:
        found = [errors(w, tuple(usual[c] for c in w), True) for w in chosen(seed)]
        rows.append(
            {"per": rate(found), "wer": float(np.mean([e > 0 for e, _ in found]))}
        )
    phonemes = [
        np.mean([len(pronunciations.words(True)[w][0]) for w in chosen(seed)])
        for seed in SEEDS
    ]
    return {"letter by letter": rows, "phonemes a word": [float(p) for p in phonemes]}


if __name__ == "__main__":
    main(__file__)
