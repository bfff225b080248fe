"""Questions of chapter 3: back-propagation through time.

Expected gradients come from the complex step through the forward pass below, in
float64, and never from a formula that a learner is asked for. The networks are small,
random and generic: no two of T, B, D, H, V are equal where it matters, initial state
and biases are not zero.
"""

from __future__ import annotations

from unrolled.grader.checks.c03 import q1, q2, q3, q4, q5, q6

QUESTIONS = (
    q1.QUESTION,
    q2.QUESTION,
    q3.QUESTION,
    q4.QUESTION,
    q5.QUESTION,
    q6.QUESTION,
)
