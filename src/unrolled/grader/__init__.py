"""The grader: questions, the instant check, and the marking of notebooks.

The learner's code runs in a process of its own (worker.py); tests and expected values
stay in this one.
"""

from unrolled.grader.course import Course, NotACheckout, Sources
from unrolled.grader.engine import Result, grade, grade_question
from unrolled.grader.notebook import check
from unrolled.grader.question import (
    Answer,
    Ask,
    Call,
    CourseFault,
    Given,
    Limits,
    Misconception,
    Property,
    Question,
    Reply,
    Rng,
    Tensor,
    Wrong,
    question,
    questions,
)

__all__ = [
    "Answer",
    "Ask",
    "Call",
    "Course",
    "CourseFault",
    "Given",
    "Limits",
    "Misconception",
    "NotACheckout",
    "Property",
    "Question",
    "Reply",
    "Result",
    "Rng",
    "Sources",
    "Tensor",
    "Wrong",
    "check",
    "grade",
    "grade_question",
    "question",
    "questions",
]
