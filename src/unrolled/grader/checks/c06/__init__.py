"""Questions of chapter 6: teacher forcing and exposure bias.

Expected values come from the definitions of the tasks: texts scored alone and without
padding, series run one by one, chains read off the plan of a network, losses by listing
where a run may stop. Stops are judged by the loss that they have.
"""

from __future__ import annotations

from unrolled.grader.checks.c06 import q1, q2, q3, q4, q5

QUESTIONS = (q1.QUESTION, q2.QUESTION, q3.QUESTION, q4.QUESTION, q5.QUESTION)
