"""Question 1.5: four claims."""

from __future__ import annotations

import numpy as np

from unrolled.grader.checks.judging import choice
from unrolled.grader.question import (
    Ask,
    Call,
    Misconception,
    Property,
    Question,
    Test,
    Wrong,
)

RIGHT = {"universality": "c", "computation": "b", "memory": "d", "novelty": "a"}
FORM = (
    'a dict of four choices, e.g. {"universality": "a", "computation": "a", '
    '"memory": "a", "novelty": "a"}'
)
OPTIONS = ("a", "b", "c", "d")

# What a good teacher answers to each wrong choice.
REFUTED = {
    ("universality", "a"): (
        "the theorem keeps its tape in an exact number. §1.7 pushed 300 bits into one: "
        "as a fraction it gave back all of them, as a float64 only the last, fewer than "
        "sixty, and a float32 has room for 24 binary digits. H numbers of 32 bits hold "
        "32·H bits, whatever the weights. A program that needs a longer tape does not "
        "run: to check brackets of two kinds, nested 32·H + 1 deep, one bit must be "
        "kept for each that is open."
    ),
    ("universality", "b"): (
        "a finite number of units does not make a finite number of states. One exact "
        "rational number can hold a text of any length in its digits, as the tape of "
        "§1.7 does. What makes your network a finite-state machine is the finite "
        "precision of its numbers."
    ),
    ("universality", "d"): (
        "that a program is among the functions one searches does not mean that the "
        "search finds it. Gradient descent follows the slope of a loss on finitely many "
        "sequences; chapter 9 shows how little slope a long delay leaves."
    ),
    ("computation", "a"): (
        "count the products. The shared matrices are stored once and used at every "
        "step, and each use is work: D·H + H·H multiply-adds for a new state, shared or "
        "not. Your function multiply_adds of Exercise 1.2 says so."
    ),
    ("computation", "c"): (
        "the other way round. The unfolded drawing shows W_hh T times, but the copies "
        "are one matrix, stored once; and it is multiplied by a state T times."
    ),
    ("computation", "d"): (
        "the parameters do shrink, by the factor T. An unfolded network without sharing "
        "has T sets of weights, as a deep network has one a layer; the recurrent one "
        "has one set. Sharing is a constraint on the weights, not a way to draw."
    ),
    ("memory", "a"): (
        "the state before is itself a function of all inputs before it. Put the "
        "recursion into itself and x(1) is still there: h(3) = f(f(f(h(0), x(1)), "
        "x(2)), x(3))."
    ),
    ("memory", "b"): (
        "a state is not a queue with H places. One number can hold the sum of all "
        "inputs so far, or the number of ones modulo 4, and every input since the first "
        "has its part in it. What H numbers cannot do is hold all inputs apart from "
        "each other in finite precision."
    ),
    ("memory", "c"): (
        "that the state depends on every input does not say how much. §1.8 takes the "
        "derivative of the 60th state at the first input: with weights of the usual "
        "size nothing is left of it, so training gets no hint to use that input."
    ),
    ("novelty", "b"): (
        "the units of a layer are not joined within a step. If h(t) needed h(t), no "
        "unit could be computed first: a cycle needs a delay, and can_run of Exercise "
        "1.3 would refuse it. The new edge leads from h(t−1) to h(t)."
    ),
    ("novelty", "c"): (
        "something is new: all T layers of the unfolded network have the same weights, "
        "each reads an input of its own, and their number is the length of the sequence "
        "and not a choice of the designer. A deep network has none of the three."
    ),
    ("novelty", "d"): (
        "the network of this chapter has no edge from an output back, and it remembers. "
        "Feeding outputs back is another design, in §2.2; alone it remembers only what "
        "the output shows."
    ),
}


def verdicts():
    return {"universality": "c", "computation": "b", "memory": "d", "novelty": "a"}


def _believes_universality():
    return {"universality": "a", "computation": "b", "memory": "d", "novelty": "a"}


def _believes_in_training():
    return {"universality": "d", "computation": "b", "memory": "d", "novelty": "a"}


def _believes_computation():
    return {"universality": "c", "computation": "a", "memory": "d", "novelty": "a"}


def _believes_memory():
    return {"universality": "c", "computation": "b", "memory": "a", "novelty": "a"}


def _believes_in_a_queue():
    return {"universality": "c", "computation": "b", "memory": "b", "novelty": "a"}


def _believes_novelty():
    return {"universality": "c", "computation": "b", "memory": "d", "novelty": "b"}


def _believes_everything():
    return {"universality": "a", "computation": "a", "memory": "a", "novelty": "b"}


def _rejects_everything():
    return {"universality": "b", "computation": "d", "memory": "c", "novelty": "c"}


def _test_claim(claim: str) -> Test:
    def test(ask: Ask, rng: np.random.Generator) -> None:
        chosen = choice(ask("verdicts").value, claim, OPTIONS, FORM)
        if chosen != RIGHT[claim]:
            raise Wrong(f"you chose {chosen}: {REFUTED[claim, chosen]}")

    return test


QUESTION = Question(
    id="01.5",
    title="four claims",
    answers=("verdicts",),
    reference={"verdicts": verdicts},
    properties=(
        Property("Universality (Notes C)", 1, _test_claim("universality"), "§1.7"),
        Property("Computation (Notes D)", 1, _test_claim("computation"), "§1.6"),
        Property("Memory (Notes D)", 1, _test_claim("memory"), "§1.8"),
        Property("Novelty (Notes A)", 1, _test_claim("novelty"), "§1.5"),
    ),
    misconceptions=(
        Misconception(
            "universality taken as said",
            _believes_universality,
            "Three of four. The one left mixes what some weights could do with what your network can do. Ask of any such theorem three things: which numbers, how many steps, and who finds the weights.",
            "§1.7",
        ),
        Misconception(
            "what exists will be found",
            _believes_in_training,
            "Three of four. The one left takes a statement that weights exist for a statement that training finds them.",
            "§1.7",
        ),
        Misconception(
            "sharing saves computation",
            _believes_computation,
            "Three of four. The one left counts weights where work is meant: run both networks for T = 25 on paper and count the products.",
            "§1.6",
        ),
        Misconception(
            "a state knows only the step before",
            _believes_memory,
            "Three of four. The one left takes what a step is handed for all that it depends on. Unfold three steps and look for x(1).",
            "§1.4 and §1.8",
        ),
        Misconception(
            "a state is a queue",
            _believes_in_a_queue,
            "Three of four. The one left treats the state as a shelf with H places, one an input. Ask how you would keep a running total with H = 1.",
            "§1.8",
        ),
        Misconception(
            "hidden links within a step",
            _believes_novelty,
            "Three of four. The one left draws the new links between units of the same time; draw the two times of each arrow instead.",
            "§1.5",
        ),
        Misconception(
            "everything believed",
            _believes_everything,
            "You take all four claims as they stand. Each holds something true and says more than that: for each, write down the true part first, then look for the sentence that goes beyond it.",
            "§1.5 to §1.8",
        ),
        Misconception(
            "everything rejected",
            _rejects_everything,
            "You are stricter than the facts: each of the four claims holds something true, and an answer that denies this part, or that claims the opposite, goes as wrong as belief.",
            "§1.5 to §1.8",
        ),
    ),
    cases=lambda rng: [Call("verdicts")],
)
