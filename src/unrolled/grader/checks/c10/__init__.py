"""Questions of chapter 10: skip connections, leaky units and echo state networks.

Expected values come from singular values, from paths taken one by one, from sums over all
lags and from running what a learner returns; a slip of `slips.Slip` is both a misconception
and the hint in a property's message.
"""

from __future__ import annotations

from unrolled.grader.checks.c10 import q1, q2, q3, q4, q5

QUESTIONS = (q1.QUESTION, q2.QUESTION, q3.QUESTION, q4.QUESTION, q5.QUESTION)
