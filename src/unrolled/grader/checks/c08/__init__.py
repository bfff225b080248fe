"""Questions of chapter 8: deep recurrent networks.

Expected values come from layers run one after the other, from walks through the unfolded
graph, from lists of matrices, from sums over all masks, and from counted seeds; a slip of
`slips.Slip` is both a misconception and the hint in a property's message.
"""

from __future__ import annotations

from unrolled.grader.checks.c08 import q1, q2, q3, q4, q5

QUESTIONS = (q1.QUESTION, q2.QUESTION, q3.QUESTION, q4.QUESTION, q5.QUESTION)
