"""Questions of chapter 11: LSTM and GRU.

Expected values come from the cells' equations, from derivatives written by hand, from
counting shapes and from following one step's part through a cell; a slip of
`slips.Slip` is both a misconception and the hint in a property's message.
"""

from __future__ import annotations

from unrolled.grader.checks.c11 import q1, q2, q3, q4, q5, q6

QUESTIONS = (
    q1.QUESTION,
    q2.QUESTION,
    q3.QUESTION,
    q4.QUESTION,
    q5.QUESTION,
    q6.QUESTION,
)
