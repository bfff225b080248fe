"""Chinese phrases with the reading of each character, in tone-marked pinyin.

Many characters are heteronyms: 行 is xíng in 行人 and háng in 银行. Source: the files
phrases_dict.json and pinyin_dict.json of the package pypinyin 0.55.0 (MIT), read by
path.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache

import numpy as np

from unrolled.data.packaged import package_file

PHRASES = "a45ff140a6b631ca9c82127b280a2f414e0aba6bb2824a0e9d1e77fff359c665"
CHARACTERS = "5f294c01e6c6c0a1c8e329c79335a3f8e0b27d06bf1de7a99244b765892d1e5b"


@cache
def phrases() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(phrase, one reading a character), sorted: ('银行', ('yín', 'háng')).

    Of several readings of a character the first is taken.
    """
    path = package_file("pypinyin", "phrases_dict.json", PHRASES)
    table = json.loads(path.read_text(encoding="utf-8"))
    return tuple(sorted((k, tuple(r[0] for r in v)) for k, v in table.items()))


@cache
def _characters() -> dict[str, tuple[str, ...]]:
    path = package_file("pypinyin", "pinyin_dict.json", CHARACTERS)
    table = json.loads(path.read_text(encoding="utf-8"))
    return {chr(int(code)): tuple(r.split(",")) for code, r in table.items()}


def readings(character: str) -> tuple[str, ...]:
    """All readings of a character, in the dictionary's order.

    errors KeyError for what is not a Chinese character of the dictionary
    """
    return _characters()[character]


# --- the tagging task of chapter 2: read each heteronym of a phrase -------------------

TONE_CHANGE = "\u4e00\u4e0d"  # their tone changes with the next one's; the dictionary
# writes the change in some phrases only
LONGEST, LEAST, MINORITY, SEEN = 6, 50, 0.1, 5
PAD, UNKNOWN = 0, 1
NO_TARGET = -1

Phrase = tuple[str, tuple[str, ...]]


@cache
def targets() -> dict[str, tuple[str, ...]]:
    """The characters to be read, with their readings, the commonest first.

    A target is a heteronym with at least LEAST occurrences in phrases of at most
    LONGEST characters, whose second reading has at least a share of MINORITY of them;
    readings seen fewer than SEEN times do not count. The two characters whose tone is
    changed by the next one (TONE_CHANGE) are left out.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, readings_ in phrases():
        if len(phrase) <= LONGEST:
            for character, reading in zip(phrase, readings_, strict=True):
                counts[character][reading] += 1
    found = {}
    for character, count in sorted(counts.items()):
        total = sum(count.values())
        ranked = sorted(count.items(), key=lambda item: (-item[1], item[0]))
        common = tuple(reading for reading, n in ranked if n >= SEEN)
        if (
            character not in TONE_CHANGE
            and total >= LEAST
            and len(common) > 1
            and ranked[1][1] >= MINORITY * total
        ):
            found[character] = common
    return found


def labels() -> tuple[str, ...]:
    """All readings of all targets, sorted: the classes of the task."""
    return tuple(sorted({r for found in targets().values() for r in found}))


def split(seed: int, held_out: float = 0.1) -> tuple[list[Phrase], list[Phrase]]:
    """Phrases of at most LONGEST characters with a target in them, shuffled and cut.

    return  (training, held out); no phrase is in both, though a part of one may be
    """
    found = targets()
    usable = [
        (phrase, readings_)
        for phrase, readings_ in phrases()
        if len(phrase) <= LONGEST and any(c in found for c in phrase)
    ]
    order = np.random.default_rng(seed).permutation(len(usable))
    cut = round(len(usable) * (1 - held_out))
    return [usable[i] for i in order[:cut]], [usable[i] for i in order[cut:]]


def vocabulary(training: Sequence[Phrase]) -> dict[str, int]:
    """Character -> id from 2 on, for characters seen at least twice, the commonest
    first; 0 is PAD and 1 is UNKNOWN."""
    counts = Counter(c for phrase, _ in training for c in phrase)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {c: i for i, (c, n) in enumerate((r for r in ranked if r[1] >= 2), start=2)}


def encode(
    part: Sequence[Phrase], ids: dict[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x (T, B) ids, y (T, B) classes or NO_TARGET, lengths (B,); int64, PAD at the end.

    A target whose reading is none of `targets()[character]` has NO_TARGET.
    """
    found, classes = targets(), {r: i for i, r in enumerate(labels())}
    lengths = np.array([len(phrase) for phrase, _ in part], dtype=np.int64)
    x = np.full((lengths.max(), len(part)), PAD, dtype=np.int64)
    y = np.full_like(x, NO_TARGET)
    for b, (phrase, readings_) in enumerate(part):
        for t, (character, reading) in enumerate(zip(phrase, readings_, strict=True)):
            x[t, b] = ids.get(character, UNKNOWN)
            if reading in found.get(character, ()):
                y[t, b] = classes[reading]
    return x, y, lengths


def commonest(training: Sequence[Phrase]) -> dict[str, str]:
    """The commonest reading of each target in the training part: the baseline."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, readings_ in training:
        for character, reading in zip(phrase, readings_, strict=True):
            if reading in targets().get(character, ()):
                counts[character][reading] += 1
    return {
        c: min(count.items(), key=lambda item: (-item[1], item[0]))[0]
        for c, count in counts.items()
    }
