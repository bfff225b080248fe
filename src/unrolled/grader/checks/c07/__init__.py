"""Questions of chapter 7: encoder and decoder.

Expected values come from tables over prefixes, from lists of all answers and from sums
over steps and places; a slip of `slips.Slip` is both a misconception and the hint in a
property's message.
"""

from __future__ import annotations

from unrolled.grader.checks.c07 import q1, q2, q3, q4, q5, q6

QUESTIONS = (
    q1.QUESTION,
    q2.QUESTION,
    q3.QUESTION,
    q4.QUESTION,
    q5.QUESTION,
    q6.QUESTION,
)
