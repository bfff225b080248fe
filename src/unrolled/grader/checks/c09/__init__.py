"""Questions of chapter 9: long-term dependencies and gradient clipping.

Expected values come from sums over all entries, from powers of matrices taken apart by
eigenvalues and singular values, from enumeration and from single steps of the network; a
slip of `slips.Slip` is both a misconception and the hint in a property's message.
"""

from __future__ import annotations

from unrolled.grader.checks.c09 import q1, q2, q3, q4, q5, q6

QUESTIONS = (
    q1.QUESTION,
    q2.QUESTION,
    q3.QUESTION,
    q4.QUESTION,
    q5.QUESTION,
    q6.QUESTION,
)
