"""The texts of JupyterLab's interface, each in English and in Chinese.

Menus, buttons, questions, descriptions of settings: real sentences, the same in two
languages. Source: five files of the package jupyterlab-language-pack-zh-CN 4.5.post3
(BSD-3); the words of Chinese and their frequencies are those of the dictionary in jieba
0.42.1 (MIT). Both are read by path.
"""

from __future__ import annotations

import json
import re
from functools import cache

import numpy as np

from unrolled.data.packaged import package_file

PACKAGE = "jupyterlab_language_pack_zh_CN"
FILES = {
    "jupyterlab.json": (
        "1ba8c2bfe9042556386e3dda22afba5849d8fc1a2aa85d5c9eb2974b5c8412f4"
    ),
    "jupyterlab_git.json": (
        "4a9ea7dae52b615d4c015a228c9ada48c887b2f00492a8d622076002fdf887f5"
    ),
    "jupyterlab_lsp.json": (
        "a28d100c367a88e26652f8b87ebb0d75966ec8fb4a66b2de1444873e75d5480d"
    ),
    "jupyterlab_tour.json": (
        "7b36733c7590c5f5e7a7336d25899c298c48a2de3fa49625665593b12d8426c6"
    ),
    "notebook.json": (
        "d6882bc0c72380e9668c985d6afe93040484660050d21a18293e15a32a97f53a"
    ),
}
LONGEST = 160  # characters of the English text
CONTEXT = "\x04"  # stands between a message's context and its text
ENGLISH = re.compile(r" ?\w+| ?[^\w\s]|\s")
HANZI = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z0-9_]+")
DICTIONARY = "7197c3211ddd98962b036cdf40324d1ea2bfaa12bd028e68faa70111a88e12a8"

Pair = tuple[str, str]


@cache
def pairs() -> tuple[Pair, ...]:
    """(English, Chinese), sorted, each English text once, of one line each.

    Left out: texts longer than LONGEST, and translations without a Chinese character.
    """
    found: dict[str, str] = {}
    for name, sha256 in FILES.items():
        path = package_file(PACKAGE, f"locale/zh_CN/LC_MESSAGES/{name}", sha256)
        for key, value in json.loads(path.read_text(encoding="utf-8")).items():
            english, chinese = key.split(CONTEXT)[-1], value[0] if key else ""
            if (
                HANZI.search(chinese)
                and len(english) <= LONGEST
                and "\n" not in english + chinese
            ):
                found.setdefault(english.strip(), chinese.strip())
    return tuple(sorted(found.items()))


def split(seed: int, held_out: float = 0.1) -> tuple[list[Pair], list[Pair]]:
    """Shuffled pairs, cut into (training, held out)."""
    found = pairs()
    order = np.random.default_rng(seed).permutation(len(found))
    cut = round(len(found) * (1 - held_out))
    return [found[i] for i in order[:cut]], [found[i] for i in order[cut:]]


# --- what is one symbol? In each of these the tokens, joined, are the text again ------


def characters(text: str) -> list[str]:
    """Each character is a token."""
    return list(text)


def english_words(text: str) -> list[str]:
    """Words with the blank before them, punctuation marks: 'Save', ' file', '.'"""
    return ENGLISH.findall(text)


def chinese_words(text: str) -> list[str]:
    """The likeliest cut into words, by the frequencies of jieba's dictionary.

    Chinese is written without blanks. Of all cuts the one with the greatest product of
    word probabilities is taken, found from the right, place by place. A character that
    no word covers is a token; so is a run of Latin letters or digits.
    """
    counts, total, longest = _dictionary()
    best = [(0.0, 0)] * (len(text) + 1)  # log-probability of the rest, end of its word
    for start in reversed(range(len(text))):
        latin = LATIN.match(text, start)
        ends = [latin.end()] if latin else range(start + 1, start + longest + 1)
        best[start] = max(
            (np.log(counts.get(text[start:end], 1) / total) + best[end][0], end)
            for end in ends
            if end <= len(text)
            and (end == start + 1 or latin or text[start:end] in counts)
        )
    cuts, tokens = 0, []
    while cuts < len(text):
        tokens.append(text[cuts : best[cuts][1]])
        cuts = best[cuts][1]
    return tokens


@cache
def _dictionary() -> tuple[dict[str, int], int, int]:
    """Word -> frequency, the sum of the frequencies, length of the longest word."""
    path = package_file("jieba", "dict.txt", DICTIONARY)
    rows = (line.split(" ") for line in path.read_text(encoding="utf-8").splitlines())
    counts = {row[0]: int(row[1]) for row in rows}
    return counts, sum(counts.values()), max(map(len, counts))
