"""A network that somebody else trained: letters to phonemes, by Park and Kim.

A GRU reads the letters of a word and an end mark, another one writes phonemes with
stress. Source: checkpoint20.npz in the package g2p-en 2.1.0 (Kyubyong Park and Jongseok
Kim, Apache-2.0), read by path; the package is not imported. It was trained on the CMU
Pronouncing Dictionary.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from unrolled.data.packaged import package_file
from unrolled.data.pronunciations import LETTERS, phonemes

SHA256 = "b8af35e4596d8dd5836dfd3fe9b2ba4f97b9c311efe8879544cbcfcbd566d8c6"
END_OF_WORD, START, STOP = "</s>", "<s>", "</s>"
GRAPHEMES = ("<pad>", "<unk>", END_OF_WORD, *LETTERS)


@cache
def symbols() -> tuple[str, ...]:
    """What the output rows stand for: 74 signs, of which 70 are phonemes."""
    with_stress = {*phonemes(stress=True), "UW"}
    return ("<pad>", "<unk>", START, STOP, *sorted(with_stress))


@cache
def weights() -> dict[str, np.ndarray]:
    """The arrays by their own names, read-only float32.

    enc_emb (29, 256), dec_emb (74, 256): a row a sign
    enc_w_ih, enc_w_hh, dec_w_ih, dec_w_hh (768, 256): blocks r, z, n as in PyTorch, a
        row a unit: our W_x and W_h transposed
    enc_b_ih, enc_b_hh, dec_b_ih, dec_b_hh (768,)
    fc_w (74, 256), fc_b (74,): the read-out
    """
    path = package_file("g2p_en", "checkpoint20.npz", SHA256)
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    for array in arrays.values():
        array.flags.writeable = False
    return arrays
