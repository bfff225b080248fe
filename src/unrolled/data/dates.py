"""Days written as people of ten languages write them, and as ISO 8601 has them.

'9 de março de 1987' -> '1987-03-09'. The forms are those of the Unicode CLDR as packed
in babel 2.18.0 (BSD-3; data under the Unicode licence).
"""

from __future__ import annotations

import datetime
from functools import cache

import numpy as np
from babel.dates import format_date

LANGUAGES = ("cs", "de", "en", "es", "fr", "hu", "it", "nl", "pt", "tr")
STYLES = ("full", "long", "medium")
FIRST, LAST = datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)
SYMBOLS = "-0123456789"  # of the ISO form
Written = tuple[str, str]


def written(day: datetime.date, language: str, style: str) -> str:
    """The day in lower case, every kind of blank as ' '."""
    text = format_date(day, format=style, locale=language).lower()
    return " ".join(text.split())


def split(
    seed: int, training: int = 20_000, valid: int = 1_000, test: int = 2_000
) -> tuple[list[Written], list[Written], list[Written]]:
    """(written, ISO) for training, validation and test; no day is in two parts.

    Each day is written once, in a language and a style drawn at random.

    errors ValueError when more days are asked for than there are
    """
    wanted, there = training + valid + test, (LAST - FIRST).days + 1
    if wanted > there:
        raise ValueError(f"{wanted} days asked for, there are {there}")
    rng = np.random.default_rng(seed)
    pairs = []
    for offset in rng.choice(there, wanted, replace=False).tolist():
        day = FIRST + datetime.timedelta(days=offset)
        language, style = rng.choice(LANGUAGES), rng.choice(STYLES)
        pairs.append((written(day, str(language), str(style)), day.isoformat()))
    return (
        pairs[:training],
        pairs[training : training + valid],
        pairs[training + valid :],
    )


@cache
def alphabet() -> str:
    """Every character that a written day can have, sorted."""
    found = set()
    for language in LANGUAGES:
        for style in STYLES:
            for month in range(1, 13):
                for day in range(1, 29):
                    at = datetime.date(1987, month, day)
                    found.update(written(at, language, style))
    return "".join(sorted(found | set("0123456789")))
