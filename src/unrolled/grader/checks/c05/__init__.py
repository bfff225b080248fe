"""Questions of chapter 5: language models and sampling.

Expected values come from the definitions of the tasks, worked symbol by symbol or by
listing all outcomes; draws are judged by a chi-squared test; what a model of 5.6 reads
is known from its plan, which the parent draws again.
"""

from __future__ import annotations

from unrolled.grader.checks.c05 import q1, q2, q3, q4, q5, q6

QUESTIONS = (
    q1.QUESTION,
    q2.QUESTION,
    q3.QUESTION,
    q4.QUESTION,
    q5.QUESTION,
    q6.QUESTION,
)
