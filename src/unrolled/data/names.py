"""First names of the 1990 United States census, as characters.

Source: the files dist.female.first and dist.male.first of the United States Census
Bureau (public domain), inside the package `names` 0.3.0, read by path.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from unrolled.data.packaged import package_file

FILES = {
    "dist.female.first": (
        "bd2f310fc4e5d5e5ea122c9d4342c9821145823118eb20db1647f305ec77b358"
    ),
    "dist.male.first": (
        "0a5078ef6effe3b483d15b0f7f95047662126c9bfb624ecd5e5b978fc0f2470b"
    ),
}
END = "."
ALPHABET = END + "abcdefghijklmnopqrstuvwxyz"


@cache
def first_names() -> tuple[str, ...]:
    """All different first names, lower case, sorted: 'aaron', 'abbey', ..."""
    found = set()
    for name, sha256 in FILES.items():
        for line in package_file("names", name, sha256).read_text().splitlines():
            found.add(line.split()[0].lower())
    return tuple(sorted(found))


def encode(text: str) -> np.ndarray:
    """Integer ids (len(text),) of a text over ALPHABET; 0 is the end of a name.

    errors ValueError for a character outside ALPHABET
    """
    unknown = sorted(set(text) - set(ALPHABET))
    if unknown:
        raise ValueError(f"characters outside the alphabet: {unknown}")
    return np.array([ALPHABET.index(c) for c in text], dtype=np.int64)


def split(seed: int, held_out: float = 0.1) -> tuple[list[str], list[str]]:
    """Shuffled names, cut into (training, held out)."""
    names = list(first_names())
    np.random.default_rng(seed).shuffle(names)
    cut = round(len(names) * (1 - held_out))
    return names[:cut], names[cut:]


def stream(names: list[str]) -> np.ndarray:
    """One long sequence of ids: each name followed by END."""
    return encode("".join(name + END for name in names))


def windows(
    ids: np.ndarray, T: int, B: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """B random stretches of a stream: inputs x (T, B) and next ids y (T, B).

    errors ValueError when the stream is shorter than T + 1
    """
    if len(ids) < T + 1:
        raise ValueError(f"a stream of {len(ids)} ids has no stretch of {T + 1}")
    start = rng.integers(0, len(ids) - T, size=B)
    index = start + np.arange(T + 1)[:, None]
    piece = ids[index]
    return piece[:-1], piece[1:]


def unigram_loss(train: np.ndarray, test: np.ndarray) -> float:
    """Mean nats an id of `test` when only frequencies in `train` are known."""
    counts = np.bincount(train, minlength=len(ALPHABET)) + 1.0  # none is impossible
    return float(-np.log(counts / counts.sum())[test].mean())
