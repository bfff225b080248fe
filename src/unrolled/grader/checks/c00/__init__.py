"""Questions of chapter 0: shapes, and the diagnostic quiz.

The quiz is data: ITEMS says for each item which misconception it diagnoses, which
choice is right, and what a good teacher says to each of the others. The closing page
of the course asks the same ten misconceptions again in other words and reads them here.
"""

from __future__ import annotations

from unrolled.grader.checks.c00 import q1, q2

QUESTIONS = (
    q1.QUESTION,
    q2.QUESTION,
)
