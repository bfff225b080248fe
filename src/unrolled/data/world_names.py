"""First names and surnames of eighteen languages, all in the Latin alphabet.

Source: the lists of the package faker 40.54.0 (MIT), read by path: the package is not
imported and no name is drawn at random.
"""

from __future__ import annotations

import ast
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import cache

import numpy as np

from unrolled.data.packaged import package_file

FILES = {  # language: (locale, SHA-256 of its file)
    "Croatian": (
        "hr_HR",
        "723e1e6c5a4e1be414229c9b8c31bbb2f165af017ce13788c4148a34f6ca6007",
    ),
    "Czech": (
        "cs_CZ",
        "e9eadc3051b4cbbae77393034f284fdbd53a31c85241a9dd274d04917007a177",
    ),
    "Dutch": (
        "nl_NL",
        "054ba4b04f4d9c40c58315c689d5b3c2f9a529de136678672bf240ef5924a4aa",
    ),
    "English": (
        "en_US",
        "6f8e0ea280dd8875f06c804c1855c7da01df8db04d51f16be1877aa11c3bfe58",
    ),
    "Estonian": (
        "et_EE",
        "c13c78745721c2f176a105bf83eb7e724cc0dd030f241ba2ca19cd0c4c6f5646",
    ),
    "Finnish": (
        "fi_FI",
        "70ef5044d206618fc109bc83af960a4a64bac17de2c8eb92324fdb4de2408d4f",
    ),
    "French": (
        "fr_FR",
        "157a646f0d6b68eae1a785c9bb9b2e225e1af4854f96c7281264bacf2876bee7",
    ),
    "German": (
        "de_DE",
        "42e20fb0daf2ccd4210fedfc94cb6274410cc2e04a8021f5f53ad178b24ed602",
    ),
    "Hungarian": (
        "hu_HU",
        "3beb933f42ffff5a269cf2b015596a5f6012349f5f4e0bfdfb581ca84739de32",
    ),
    "Icelandic": (
        "is_IS",
        "bc2acc6da8356ddab0af7ce60982346d23472f977b2c68769b2b2fca3cd83932",
    ),
    "Irish": (
        "ga_IE",
        "fb888cbbb8186b9b93adb3f4c7a43ece40d137f3102a6a5195dd5db55bdac15f",
    ),
    "Italian": (
        "it_IT",
        "ad7684dc9255ba5de7549158eafb22cb2f19029584d4bd6c2b7e89e7726a0717",
    ),
    "Polish": (
        "pl_PL",
        "c15e6d65cc7bebc9b02d4b486e97af60a62af7b7cda43a7685e736917fc112ae",
    ),
    "Romanian": (
        "ro_RO",
        "3f8e07066f8b288564e95196d0820c362d028253702b99a790cd5d8ce5f098f7",
    ),
    "Slovak": (
        "sk_SK",
        "c442f10dea7b3ee41400cdfda3e053971592a2bc9c725faf16abdd907e48deef",
    ),
    "Spanish": (
        "es_ES",
        "f37eb83dad277784785de028cc5971c24976f643bf20b695507a0cb8c49b3b40",
    ),
    "Swedish": (
        "sv_SE",
        "46789170256d15f145de3fb6474fb7b51be0c99ba184fc922d2dffb13ec274e8",
    ),
    "Turkish": (
        "tr_TR",
        "1bce48d23776525fbd7793f42a5be45f338709ff68148a3af54035a88ec9d36a",
    ),
}
LANGUAGES = tuple(FILES)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
PAD = 0

# letters that are no plain letter with a mark on it
OTHERS = str.maketrans(
    {"æ": "ae", "ø": "o", "œ": "oe", "ß": "ss", "ð": "d", "đ": "d", "þ": "th"}
    | {"ł": "l", "ı": "i"}
)
Name = tuple[str, int]


@cache
def names(plain: bool = True) -> tuple[Name, ...]:
    """(name, index into LANGUAGES), sorted: ('aada', 5), ...

    Lower case, single words. With `plain` each letter loses its marks, so that only
    a to z are left; without, they stay. A name that is found in two languages (plain or
    not, in the form asked for) has no right answer and is left out.
    """
    found: dict[str, set[int]] = defaultdict(set)
    for index, (locale, sha256) in enumerate(FILES.values()):
        path = package_file("faker", f"providers/person/{locale}/__init__.py", sha256)
        for written in _listed(path.read_text(encoding="utf-8")):
            name = unicodedata.normalize("NFC", written).lower()
            if plain:
                name = _without_marks(name)
            if name.isalpha() and len(name) > 1:
                found[name].add(index)
    return tuple(sorted((k, *v) for k, v in found.items() if len(v) == 1))


def _listed(source: str) -> list[str]:
    """The strings in the lists of first and last names of a locale's source text.

    The Russian names of Estonia, which are lists of their own, are left out.
    """
    listed = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign):
            target = ast.unparse(node.targets[0])
        elif isinstance(node, ast.AnnAssign):
            target = ast.unparse(node.target)
        else:
            continue
        named = "first_name" in target or "last_name" in target
        if named and node.value is not None and not target.endswith("_rus"):
            listed += [
                part.value
                for part in ast.walk(node.value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
    return listed


def _without_marks(name: str) -> str:
    parts = unicodedata.normalize("NFD", name.translate(OTHERS))
    return "".join(c for c in parts if not unicodedata.combining(c))


def alphabet(plain: bool = True) -> str:
    """The letters of `names(plain)`, sorted; id i + 1 belongs to letter i."""
    return (
        LETTERS if plain else "".join(sorted({c for n, _ in names(False) for c in n}))
    )


def split(
    seed: int, held_out: float = 0.2, plain: bool = True
) -> tuple[list[Name], list[Name]]:
    """Shuffled names, cut into (training, held out)."""
    found = names(plain)
    order = np.random.default_rng(seed).permutation(len(found))
    cut = round(len(found) * (1 - held_out))
    return [found[i] for i in order[:cut]], [found[i] for i in order[cut:]]


def encode(
    part: Sequence[str], letters: str = LETTERS
) -> tuple[np.ndarray, np.ndarray]:
    """x (T, B) ids from 1 on, PAD after the end of a name, and lengths (B,); int64.

    errors ValueError for an empty name or a letter outside `letters`
    """
    unknown = sorted(set("".join(part)) - set(letters))
    if unknown or not all(part):
        raise ValueError(f"an empty name, or letters outside the alphabet: {unknown}")
    lengths = np.array([len(name) for name in part], dtype=np.int64)
    x = np.full((lengths.max(), len(part)), PAD, dtype=np.int64)
    for b, name in enumerate(part):
        x[: len(name), b] = [letters.index(c) + 1 for c in name]
    return x, lengths
