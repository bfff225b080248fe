"""Python programs as a stream of characters.

Source: sixteen files of scikit-learn 1.9.1 (BSD-3), read by path, printable ASCII.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from unrolled.data.packaged import package_text

TRAINING = {
    "cluster/_agglomerative.py": (
        "376bdded8baca44dc3f4f72adb4d2ced76991f1e2b8539c963eb2517f569e317"
    ),
    "cluster/_kmeans.py": (
        "ff5e7d3e333699a6ee9012677e816bc4822105377bc5f5668b857b577e616c2c"
    ),
    "cluster/_spectral.py": (
        "4ca9bd434e238bf0751065e1dcfbcdca20ff9d4e1356bf4adf46a9cb865abe10"
    ),
    "linear_model/_bayes.py": (
        "f8d55ec483e8dfdeb97ef389e081155d27d13e9594939f0b5edeffd68c35bf7b"
    ),
    "linear_model/_coordinate_descent.py": (
        "14d218ac4d3a65c12ebc99517712dcf5f587cffddca4bf24b67ffc319a45ce44"
    ),
    "linear_model/_least_angle.py": (
        "cf71fa1dc7f436a43b059e4df90afbdce477960b9548ec9aadfc90afc8cafc71"
    ),
    "linear_model/_logistic.py": (
        "1f4a019bfad745184ddf29f0ada8719e3f0a24c6659901683480ab6052f9915f"
    ),
    "linear_model/_ridge.py": (
        "dc0e50f313834c8ea00213d9f86a6e29849df0c557260bdae72c8399b0170a86"
    ),
    "linear_model/_stochastic_gradient.py": (
        "fe08ecdcd342763068891884c72dda52da6eff26079fd4bbe3a30c3d9017e07a"
    ),
    "model_selection/_split.py": (
        "78072f5c87abc9c42f88d49596b0db087643737b073841f8b8b2797588418ad6"
    ),
    "preprocessing/_encoders.py": (
        "1288cce20912b2340cee0821331036ec672176cf346a369efd92fc9442a8e4c0"
    ),
    "preprocessing/_label.py": (
        "10306256d7cf4c122edc07274bb7974dd612e25e07a41fde38c9f7b805f48fc2"
    ),
    "preprocessing/_polynomial.py": (
        "c42cd2804e9c898884c6c94e4c6ead312e93b519e6b5081ef1f643baf6239cd9"
    ),
}
HELD_OUT = {
    "cluster/_birch.py": (
        "92070c94072b679e22dd298c07e5d0c1387b7fa7237bfe38d27a35a130a28de3"
    ),
    "linear_model/_base.py": (
        "58d81a3fb724059db2d2a834f97ce066c5122f65de07142d20509622b9b580d0"
    ),
    "linear_model/_omp.py": (
        "89f8d5fead7abe26b043c8e18e27ad19f9805c1b89d58d566228169cca51a46e"
    ),
}
ALPHABET = "\n" + "".join(map(chr, range(32, 127)))  # 96 characters


@cache
def _join(training: bool) -> str:
    files = TRAINING if training else HELD_OUT
    return "".join(package_text("sklearn", *item) for item in files.items())


def text() -> str:
    """All files, one after the other, the held-out ones last."""
    return _join(True) + _join(False)


def split() -> tuple[str, str]:
    """(training, held out): different files of the same project."""
    return _join(True), _join(False)


def encode(part: str) -> np.ndarray:
    """Integer ids (len(part),) over ALPHABET.

    errors ValueError for a character outside ALPHABET
    """
    table = {c: i for i, c in enumerate(ALPHABET)}
    unknown = sorted(set(part) - set(table))
    if unknown:
        raise ValueError(f"characters outside the alphabet: {unknown}")
    return np.array([table[c] for c in part], dtype=np.int64)
