"""Chinese numerals and their digits: '一千零二十' -> '1020'.

The rules of written Mandarin, for 1 to 99,999,999: a digit and its unit (十 百 千) for
every place that is not zero, one 零 for any run of zeros between digits, groups of four
places named by 万; ten to nineteen begin with 十 alone.
"""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"
UNITS = ("", "十", "百", "千")
GROUP = 10_000
LAST = GROUP * GROUP - 1
SYMBOLS = "".join(sorted(DIGITS + "十百千万"))


def written(n: int) -> str:
    """The numeral of n: written(10500) is '一万零五百'.

    errors ValueError unless 1 <= n <= LAST
    """
    if not 1 <= n <= LAST:
        raise ValueError(f"numerals go from 1 to {LAST}, not {n}")
    high, low = divmod(n, GROUP)
    text = ""
    if high:
        text = _group(high) + "万"
        if 0 < low < GROUP // 10:
            text += DIGITS[0]
    text += _group(low)
    return text[1:] if text.startswith("一十") else text


def _group(n: int) -> str:
    """The numeral of 0 <= n < GROUP; '' for 0."""
    text, zero = "", False
    for place in (3, 2, 1, 0):
        digit = n // 10**place % 10
        if digit:
            text += (DIGITS[0] if zero and text else "") + DIGITS[digit] + UNITS[place]
        zero = digit == 0
    return text
