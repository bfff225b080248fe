"""Chinese phrases with the reading of each character, in tone-marked pinyin.

Many characters are heteronyms: 行 is xíng in 行人 and háng in 银行. Source: the files
phrases_dict.json and pinyin_dict.json of the package pypinyin 0.55.0 (MIT), read by
path.
"""

from __future__ import annotations

import json
from functools import cache

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
