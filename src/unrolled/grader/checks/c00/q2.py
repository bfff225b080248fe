"""Question 0.2: ten questions before you start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from unrolled.grader.checks.judging import choice
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong


@dataclass(frozen=True)
class Item:
    """One item of the quiz.

    key: its name in the learner's dict; topic: what it is about, as the report says it;
    misconception: the belief that it diagnoses; right: the right choice; refutations:
    {wrong choice: (name of the belief behind it, why it fails)}; chapter: the chapter
    that treats it; read: where in that chapter, for the report.
    """

    key: str
    topic: str
    misconception: str
    right: str
    refutations: dict[str, tuple[str, str]]
    chapter: int
    read: str

    @property
    def options(self) -> tuple[str, ...]:
        return tuple(sorted([self.right, *self.refutations]))


ITEMS = (
    Item(
        key="sharing",
        topic="what sharing weights saves",
        misconception="sharing weights over time saves computation",
        right="b",
        refutations={
            "a": (
                "sharing saves parameters and computation",
                "Each of the 25 steps multiplies its input and its state by matrices of the same sizes, whether the matrices are the same or not. Sharing saves numbers to store and to learn, not multiplications.",
            ),
            "c": (
                "sharing saves computation only",
                "It is the other way round: 25 sets of matrices are 25 times as many parameters, and the multiplications of a pass are equal in number.",
            ),
        },
        chapter=1,
        read="§1.6",
    ),
    Item(
        key="state",
        topic="what a state has to hold",
        misconception="the state is the output, or the whole past",
        right="c",
        refutations={
            "a": (
                "the output is the state",
                "After one, two or three ones it said the same: no. From that no it cannot tell whether the next 1 makes a multiple of 4. What a network says is in general less than what it must know.",
            ),
            "b": (
                "the last input is the state",
                "Whether the last symbol was a 1 does not say how many there were before it. A state must hold what the whole past contributes.",
            ),
            "d": (
                "memory is a record of everything",
                "It would be enough, but it grows without end, and far less is needed: two pasts with the same remainder need never be told apart again. A state is a summary, not a record.",
            ),
        },
        chapter=1,
        read="§1.8",
    ),
    Item(
        key="both_ways",
        topic="what a prediction may read",
        misconception="reading in both directions helps to predict the next symbol",
        right="c",
        refutations={
            "a": (
                "a bidirectional network is a better predictor of the next symbol",
                "The state from the right has read the next letter itself. Copying it is no prediction, and when you generate text there is no right-hand side to read. Both directions help where the whole input is known beforehand, in tagging for instance.",
            ),
            "b": (
                "an error near zero means memorising",
                "Memorising explains a low error on the training text, but here it is low on new text too. Look at what is read: the state from the right contains the letter that is asked for.",
            ),
        },
        chapter=2,
        read="§2.4",
    ),
    Item(
        key="uses",
        topic="the gradient of a weight that is used twice",
        misconception="the gradient counts the last use of a weight only",
        right="a",
        refutations={
            "b": (
                "only the last use of a shared weight counts",
                "You held h_1 fixed, but h_1 = w h_0 moves with w as well. Each use contributes 3, and they add to 6. Check: L = w², so dL/dw = 2w.",
            ),
            "c": (
                "uses of a shared weight multiply",
                "9 is the value of L, and the uses do not multiply in the derivative: they add, 3 from the first use and 3 from the second. Check: L = w², so dL/dw = 2w.",
            ),
        },
        chapter=3,
        read="§3.4",
    ),
    Item(
        key="falling",
        topic="what a falling loss proves",
        misconception="a falling loss proves the gradient right",
        right="a",
        refutations={
            "b": (
                "a falling loss proves the gradient",
                "The gradient is (2u, 8v), so the function is wrong. The loss falls because the wrong direction still has a positive inner product with the right one; every such direction goes downhill if the step is small. It even arrives: both entries of (u, v) shrink by the same factor at each step, and the minimum happens to be at 0.",
            ),
            "c": (
                "a wrong gradient is a scaled gradient",
                "The gradient is (2u, 8v): the first entry agrees and the second is a quarter of what it should be. No single factor mends both, so it is another direction, not another step size.",
            ),
        },
        chapter=3,
        read="§3.9 and §3.13",
    ),
    Item(
        key="free_run",
        topic="free runs",
        misconception="a free run is as good as one step",
        right="c",
        refutations={
            "a": (
                "a free run is as good as one step",
                "It is the same model on other inputs: from the second step on it reads its own prediction, which is too low already, and lowers it by another 1 %. After ten steps 0.99^10 = 0.904 of the truth is left.",
            ),
            "b": (
                "errors of a free run average out",
                "Errors average out when they are independent and of either sign. Here each is made on top of the last and all point down: 0.99^10 = 0.904, almost 10 % too low.",
            ),
        },
        chapter=1,
        read="§1.4",
    ),
    Item(
        key="forcing",
        topic="teacher forcing and parallel training",
        misconception="teacher forcing makes any recurrent network parallel in time",
        right="b",
        refutations={
            "a": (
                "known inputs make the steps independent",
                "Known inputs give you every x_t W_xh at once. But h_t also needs h_{t−1}, which is computed and not read from the data, so the steps still wait for one another. Only a network whose sole link from step to step is its output becomes parallel that way.",
            ),
            "c": (
                "teacher forcing feeds the network's own output",
                "That is what happens in generation. Here the inputs are the true symbols, read from the data, and all of them are known. What makes the steps wait is the state h_{t−1}.",
            ),
        },
        chapter=6,
        read="chapter 6",
    ),
    Item(
        key="radius",
        topic="a weight above one",
        misconception="a spectral radius above one means explosion",
        right="a",
        refutations={
            "b": (
                "a weight above one explodes",
                "Without the tanh it would. With it, each step multiplies a small change by the weight times the slope where the state is: 2 · 0.08 is about 0.17. A weight above 1 is needed for an explosion and does not prove one.",
            ),
            "c": (
                "settled states keep a change",
                "That the states do not move says where they are, not how they answer to a push. The factor is the derivative there, weight times slope: 2 · 0.08 is about 0.17.",
            ),
        },
        chapter=9,
        read="chapter 9",
    ),
    Item(
        key="clipping",
        topic="what clipping does",
        misconception="clipping cures vanishing gradients",
        right="c",
        refutations={
            "a": (
                "clipping lengthens small gradients",
                "Clipping only shortens what is longer than the threshold, and this gradient, about 0.5 long, is left as it is. Even a rescaling would multiply both parts alike and leave their ratio.",
            ),
            "b": (
                "clipping balances the parts of a gradient",
                "Clipping by norm scales the sum as a whole, so the ratio of the parts stays; and here nothing is clipped, since the sum is about 0.5 and the threshold is 5.",
            ),
        },
        chapter=9,
        read="chapter 9",
    ),
    Item(
        key="gate",
        topic="the forget gate",
        misconception="a forget gate of one forgets",
        right="b",
        refutations={
            "a": (
                "the forget gate says how much to forget",
                "The name misleads, and Notes B follow it. In the formula f_t multiplies what was there, so f_t = 1 keeps all of it and f_t = 0 erases it.",
            ),
            "c": (
                "the cell is overwritten by the candidate",
                "g_t enters with the factor i_t, which is 0: nothing new is written. And c_{t−1} has the factor 1, so all of it stays.",
            ),
        },
        chapter=11,
        read="chapter 11",
    ),
)

RIGHT = {item.key: item.right for item in ITEMS}
FORM = 'a dict of ten letters, such as {"sharing": "?", ...}'


def answer_0_2() -> dict[str, str]:
    return dict(RIGHT)


def _test_item(item: Item) -> Callable[[Ask, np.random.Generator], None]:
    def test(ask: Ask, rng: np.random.Generator) -> None:
        value = ask("answer_0_2").value
        chosen = choice(value, item.key, (*item.options, "?"), FORM)
        if chosen == "?":
            raise Wrong(f"left open: see {item.read}.", "open")
        if chosen != item.right:
            raise Wrong(f"you chose {chosen}. {item.refutations[chosen][1]}")

    return test


def _believer(item: Item, letter: str) -> Callable[[], dict[str, str]]:
    def answer_0_2() -> dict[str, str]:
        return {**RIGHT, item.key: letter}

    return answer_0_2


def _quiz_cases(rng: np.random.Generator) -> list[Call]:
    return [Call("answer_0_2")]


QUESTION = Question(
    id="00.2",
    title="ten questions before you start",
    answers=("answer_0_2",),
    reference={"answer_0_2": answer_0_2},
    properties=tuple(
        Property(f"{item.key}: {item.topic}", 1, _test_item(item), item.read)
        for item in ITEMS
    ),
    # each is recognised when it is the only wrong choice; the reason why a choice fails
    # stands beside every wrong item, however many there are
    misconceptions=tuple(
        Misconception(
            name,
            _believer(item, letter),
            f"All but one are right. Behind the one ({item.key}) stands a common belief: {name}.",
            item.read,
        )
        for item in ITEMS
        for letter, (name, _) in item.refutations.items()
    ),
    cases=_quiz_cases,
)
