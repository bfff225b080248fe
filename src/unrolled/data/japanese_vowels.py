"""Japanese Vowels: nine men say /ae/; whose voice is it?

Each recording is a sequence of 12 coefficients of a linear prediction analysis, 7 to 29
steps long. Source: Kudo, Toyama, Shimbo 1999, UCI Machine Learning Repository (CC BY
4.0), in the package aeon 1.6.0, read by path.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from unrolled.data.packaged import package_file

FILES = {
    "TRAIN": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
    "TEST": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
}

Recording = tuple[np.ndarray, int]


@cache
def _read(part: str) -> tuple[Recording, ...]:
    name = f"datasets/data/JapaneseVowels/JapaneseVowels_{part}.ts"
    text = package_file("aeon", name, FILES[part]).read_text(encoding="utf-8")
    recordings = []
    for line in text.split("@data")[1].split():
        *channels, speaker = line.split(":")
        x = np.array([channel.split(",") for channel in channels], dtype=np.float64).T
        x.flags.writeable = False
        recordings.append((x, int(speaker) - 1))
    return tuple(recordings)


def load() -> tuple[list[Recording], list[Recording]]:
    """(training, test): 270 and 370 pairs of a read-only x (T, 12) and a speaker 0..8.

    The split is the published one: 30 recordings of each speaker to train on.
    """
    return list(_read("TRAIN")), list(_read("TEST"))
