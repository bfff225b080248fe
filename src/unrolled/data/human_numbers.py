"""Human Numbers: the numbers from one to 9999 in English words.

The words are spelled by the package `num2words` 0.5.14 and stripped of commas, hyphens
and "and": 'one thousand two hundred thirty four'.
"""

from __future__ import annotations

from functools import cache

from num2words import num2words

LAST = 9999


def words(n: int) -> list[str]:
    """The words of one number: words(205) is ['two', 'hundred', 'five'].

    errors ValueError unless 1 <= n <= LAST
    """
    if not 1 <= n <= LAST:
        raise ValueError(f"numbers go from 1 to {LAST}, not {n}")
    spelled = num2words(n).replace(",", " ").replace("-", " ").split()
    return [word for word in spelled if word != "and"]


@cache
def numbers(last: int = LAST) -> tuple[str, ...]:
    """The numbers 1, ..., last, each as one string: 'one', 'two', ..."""
    return tuple(" ".join(words(n)) for n in range(1, last + 1))
