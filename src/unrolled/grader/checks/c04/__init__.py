"""Questions of chapter 4: from NumPy to PyTorch.

Expected values come from PyTorch in float64, in the parent: `nn.RNN` with the weights
that a learner returned, and `torch.optim.AdamW`. The worker has torch in 4.4 alone.
"""

from __future__ import annotations

from unrolled.grader.checks.c04 import q1, q2, q3, q4, q5

QUESTIONS = (
    q1.QUESTION,
    q2.QUESTION,
    q3.QUESTION,
    q4.QUESTION,
    q5.QUESTION,
)
