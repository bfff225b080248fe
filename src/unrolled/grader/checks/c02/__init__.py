"""Questions of chapter 2: design patterns.

Padded batches carry padding that spoils whatever reads it. Expected shapes are those
that PyTorch returns, in the parent; expected probabilities come from enumeration and
from the networks of the given cell.
"""

from __future__ import annotations

from unrolled.grader.checks.c02 import q1, q2, q3, q4, q5, q6

QUESTIONS = (
    q1.QUESTION,
    q2.QUESTION,
    q3.QUESTION,
    q4.QUESTION,
    q5.QUESTION,
    q6.QUESTION,
)
