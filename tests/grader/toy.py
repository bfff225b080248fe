"""A small course of one chapter, 90, for the tests of the engine."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from unrolled.grader import check as real_check
from unrolled.grader.course import Course, Sources
from unrolled.grader.question import (
    Answer,
    Ask,
    Call,
    Given,
    Limits,
    Misconception,
    Property,
    Question,
    Rng,
    Wrong,
)

LIMITS = Limits(wall=4.0, cpu=1.0, memory=256 * 2**20, output=2**20, reply=2**22)
TEXT = '''
```python given="90.1"
SCALE = 2.0


def scaled(x):
    return SCALE * x
```

```python answer="90.1"
def double(x):
    """Twice x. x: (N,) -> (N,)"""
    ### BEGIN SOLUTION
    y = 2.0 * x
    return y
    ### END SOLUTION
```

```python answer="90.2"
def quadruple(x):
    """Four times x. x: (N,) -> (N,)"""
    ### BEGIN SOLUTION
    return double(double(x))
    ### END SOLUTION
```

```python answer="90.3"
def apply_with_noise(f, x, rng):
    """f(x) + noise drawn from rng. x: (N,) -> (N,)"""
    ### BEGIN SOLUTION
    return f(x) + rng.standard_normal(x.shape)
    ### END SOLUTION
```
'''


def double(x):
    return 2.0 * x


def quadruple(x):
    return 4.0 * x


def apply_with_noise(f, x, rng):
    return f(x) + rng.standard_normal(x.shape)


def square(x):
    return x * x


def double_in_place(x):
    x *= 2.0
    return x


def without_noise(f, x, rng):
    return f(x)


def shape_kept(ask: Ask, rng: np.random.Generator) -> None:
    value = ask("double", rng.standard_normal(3)).value
    if np.shape(value) != (3,) or not np.all(np.isfinite(value)):
        raise Wrong("the result has another shape than x, or is not finite")


def doubled(ask: Ask, rng: np.random.Generator) -> None:
    x = rng.standard_normal(4)
    if not np.allclose(ask("double", x).value, 2 * x):
        raise Wrong("the result is not twice x")


def left_alone(ask: Ask, rng: np.random.Generator) -> None:
    x = rng.standard_normal(4)
    if not np.array_equal(ask("double", x).args_after[0], x):
        raise Wrong("the function changed its argument")


def quadrupled(ask: Ask, rng: np.random.Generator) -> None:
    x = rng.standard_normal(4)
    if not np.allclose(ask("quadruple", x).value, 4 * x):
        raise Wrong("the result is not four times x")


def noisy(ask: Ask, rng: np.random.Generator) -> None:
    x = rng.standard_normal(4)
    for f in (Given("scaled"), Answer("double")):
        value = ask("apply_with_noise", f, x, Rng(7)).value
        if not np.allclose(value, ask.reference("apply_with_noise", f, x, Rng(7))):
            raise Wrong("the result is not f(x) plus noise from rng")


QUESTIONS = (
    Question(
        id="90.1",
        title="twice",
        answers=("double",),
        reference={"double": double},
        properties=(
            Property("has the shape of x", 1, shape_kept, "§90.1"),
            Property("is twice x", 2, doubled, "§90.1, eq-twice"),
            Property("leaves x alone", 1, left_alone, "§90.2"),
        ),
        misconceptions=(
            Misconception("square", square, "You square x.", "§90.1"),
            Misconception("in place", double_in_place, "You change x itself.", "§90.2"),
        ),
        cases=lambda rng: [Call("double", rng.standard_normal(n)) for n in (3, 5)],
        limits=LIMITS,
    ),
    Question(
        id="90.2",
        title="four times",
        answers=("quadruple",),
        reference={"quadruple": quadruple},
        properties=(Property("is four times x", 2, quadrupled, "§90.3"),),
        limits=LIMITS,
        needs=("90.1",),
    ),
    Question(
        id="90.3",
        title="noise",
        answers=("apply_with_noise",),
        reference={"apply_with_noise": apply_with_noise},
        properties=(Property("is f(x) plus noise", 4, noisy, "§90.4"),),
        misconceptions=(
            Misconception("no noise", without_noise, "The noise is missing.", "§90.4"),
        ),
        cases=lambda rng: [
            Call("apply_with_noise", Answer("double"), rng.random(3), Rng(1))
        ],
        limits=LIMITS,
    ),
)


class Toy(Course):
    """The course of chapter 90. root: what stands for the checkout."""

    def __init__(self, root: Path | None = None) -> None:
        self.folder = root

    def chapters(self) -> list[str]:
        return ["90"]

    def questions(self, chapter: str) -> tuple[Question, ...]:
        return QUESTIONS

    def sources(self, chapter: str) -> Sources:
        return Sources.from_text(TEXT)

    def root(self) -> Path:
        return self.folder or super().root()


COURSE = Toy()
check = functools.partial(real_check, course=COURSE)
