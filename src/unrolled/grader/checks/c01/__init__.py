"""Questions of chapter 1: sequences, state and unfolding.

The step functions, makers and forecasters that answers are run with stand in the
exercises' given cells. Expected values are the references' on fresh inputs; counts and
graphs are exact, numbers are compared to five digits.
"""

from __future__ import annotations

from unrolled.grader.checks.c01 import q1, q2, q3, q4, q5

QUESTIONS = (
    q1.QUESTION,
    q2.QUESTION,
    q3.QUESTION,
    q4.QUESTION,
    q5.QUESTION,
)
