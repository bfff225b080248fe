"""Question 2.5: which pattern for which task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from unrolled.grader.checks.judging import choice
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong

PLAIN, INVENT, CLASSIFY = "plain", "vector to sequence", "sequence to vector"
STEP, BOTH, REWRITE = "in step", "in step, both ways", "sequence to sequence"
CHOICES = (PLAIN, INVENT, CLASSIFY, STEP, BOTH, REWRITE)


def patterns() -> dict[str, str]:
    return {
        "names: invent": "vector to sequence",
        "names: typing": "in step",
        "numbers: digits": "sequence to sequence",
        "numbers: by three": "sequence to vector",
        "sunspots: forecast": "in step",
        "sunspots: maxima": "in step, both ways",
        "digits: picture": "plain",
        "digits: scanner": "sequence to vector",
    }


REFUTED = {
    "names: invent": {
        PLAIN: "a plain network has an output of fixed size, and names have no fixed length: somebody must decide after each letter whether another one follows.",
        CLASSIFY: "the arrow points the other way: the language is the one vector, given; the letters are the sequence, wanted.",
        STEP: "in step there is one input for every output. Here a single vector comes in, and nothing says how many letters go out.",
        BOTH: "there are no letters to read from the right: the later ones do not exist until the network has written the earlier ones.",
        REWRITE: "nothing is read step by step. A one-hot vector is there at once, so the encoder would have a sequence of length one to read.",
    },
    "names: typing": {
        PLAIN: "the part typed so far grows letter by letter, so a plain network would need a width for every length, and would start from nothing after each letter.",
        INVENT: "the letters are given, not invented; what is wanted is a guess after each of them.",
        CLASSIFY: "that gives one answer after the last letter. The form wants one after every letter, and does not know which is the last. (The right answer being the same at all steps does not make it one answer.)",
        BOTH: "after the third letter the fourth has not been typed: a reader from the right has nowhere to start.",
        REWRITE: "an encoder that reads the whole name first answers too late: every guess is due before the next letter.",
    },
    "numbers: digits": {
        PLAIN: "neither the words nor the digits have a fixed number.",
        INVENT: "the input is not one vector but words, one after another, and their order matters.",
        CLASSIFY: "a class for every possible number would be one answer, but a table with as many entries as there are numbers, and none for one never seen. Digits are wanted, in order.",
        STEP: "the words and the digits are not aligned. 'Nine thousand five' has three words and four digits, 'twelve' has one word and two digits; and after the first word nobody knows how many digits follow.",
        BOTH: "reading from both sides settles what the first digit is, but still gives one answer a word: 'nine thousand five' has 3 words and 4 digits.",
    },
    "numbers: by three": {
        PLAIN: "the number of words varies, so the input has no fixed size.",
        INVENT: "the arrow points the other way: words are read, one answer is wanted.",
        STEP: "nobody asks for an answer after each word: 'nine' says yes, and would have to take it back when 'thousand one' follows.",
        BOTH: "both ways or not, in step gives an answer at every word; wanted is a single one.",
        REWRITE: "nothing is to be written step by step. One yes or no, after the end, needs no decoder.",
    },
    "sunspots: forecast": {
        PLAIN: "a window of fixed width is possible, and a good baseline; but as a pattern for a record that grows by one each year, it forgets whatever has left the window.",
        INVENT: "the numbers arrive one at a time; there is no single vector from which to write a sequence.",
        CLASSIFY: "that gives one answer at the end of the record. A forecast is due every year, and next year there is another one.",
        BOTH: "the reader from the right would have read next year's number, which is the answer. In training the error would look splendid, and in use there is nothing to read.",
        REWRITE: "that reads the whole record before it writes anything. Each forecast is due in its own year, before the next number arrives.",
    },
    "sunspots: maxima": {
        PLAIN: "a window around each year is possible, and a good baseline, but it sees no further than its width; on the whole record at once a plain network would learn the same rule 309 times and be useless for another record.",
        INVENT: "the input is not one vector but a number for every year.",
        CLASSIFY: "wanted is a mark for every year, not one for the whole record.",
        STEP: "a year is a top only if the numbers fall afterwards, and a network that reads up to that year has not seen the fall. The record is finished: it may look.",
        REWRITE: "each mark belongs to one year of the input, so that the lengths are equal and the places known. A decoder would have to find again an alignment that is given.",
    },
    "digits: picture": {
        INVENT: "wanted is one of ten classes, not a sequence.",
        CLASSIFY: "the 64 numbers are there at once and always 64. One can read them in some order (as the scanner does), but nothing in the task asks for it.",
        STEP: "one answer for the whole picture is wanted, and there are no steps.",
        BOTH: "one answer for the whole picture is wanted, and there are no steps to read from either side.",
        REWRITE: "neither side is a sequence: a fixed vector comes in, one class goes out.",
    },
    "digits: scanner": {
        PLAIN: "the rows come one after the other, and some pictures are taller: there is no input of fixed size, as there was for the picture.",
        INVENT: "the arrow points the other way: rows are read, one answer is wanted.",
        STEP: "an answer after each row is not wanted, however good; one is, after the last.",
        BOTH: "both ways or not, in step gives an answer at every row. Wanted is a single one, after the last.",
        REWRITE: "nothing is to be written step by step: one class, after the last row, needs no decoder.",
    },
}  # fmt: skip


def _everything_in_step():
    return {
        "names: invent": "in step",
        "names: typing": "in step",
        "numbers: digits": "in step",
        "numbers: by three": "in step",
        "sunspots: forecast": "in step",
        "sunspots: maxima": "in step",
        "digits: picture": "in step",
        "digits: scanner": "in step",
    }


def _only_by_counting():
    return {
        "names: invent": "vector to sequence",
        "names: typing": "sequence to vector",
        "numbers: digits": "sequence to sequence",
        "numbers: by three": "sequence to vector",
        "sunspots: forecast": "in step",
        "sunspots: maxima": "in step, both ways",
        "digits: picture": "plain",
        "digits: scanner": "sequence to vector",
    }


def _reads_the_answer():
    return {
        "names: invent": "vector to sequence",
        "names: typing": "in step",
        "numbers: digits": "sequence to sequence",
        "numbers: by three": "sequence to vector",
        "sunspots: forecast": "in step, both ways",
        "sunspots: maxima": "in step, both ways",
        "digits: picture": "plain",
        "digits: scanner": "sequence to vector",
    }


def _always_both_ways():
    return {
        "names: invent": "vector to sequence",
        "names: typing": "in step, both ways",
        "numbers: digits": "sequence to sequence",
        "numbers: by three": "sequence to vector",
        "sunspots: forecast": "in step, both ways",
        "sunspots: maxima": "in step, both ways",
        "digits: picture": "plain",
        "digits: scanner": "sequence to vector",
    }


def _never_both_ways():
    return {
        "names: invent": "vector to sequence",
        "names: typing": "in step",
        "numbers: digits": "sequence to sequence",
        "numbers: by three": "sequence to vector",
        "sunspots: forecast": "in step",
        "sunspots: maxima": "in step",
        "digits: picture": "plain",
        "digits: scanner": "sequence to vector",
    }


def _recurrence_for_everything():
    return {
        "names: invent": "vector to sequence",
        "names: typing": "in step",
        "numbers: digits": "sequence to sequence",
        "numbers: by three": "sequence to vector",
        "sunspots: forecast": "in step",
        "sunspots: maxima": "in step, both ways",
        "digits: picture": "sequence to vector",
        "digits: scanner": "sequence to vector",
    }


def _forced_alignment():
    return {
        "names: invent": "vector to sequence",
        "names: typing": "in step",
        "numbers: digits": "in step",
        "numbers: by three": "sequence to vector",
        "sunspots: forecast": "in step",
        "sunspots: maxima": "in step, both ways",
        "digits: picture": "plain",
        "digits: scanner": "sequence to vector",
    }


def _encoder_decoder_for_equal_lengths():
    return {
        "names: invent": "vector to sequence",
        "names: typing": "sequence to sequence",
        "numbers: digits": "sequence to sequence",
        "numbers: by three": "sequence to vector",
        "sunspots: forecast": "sequence to sequence",
        "sunspots: maxima": "sequence to sequence",
        "digits: picture": "plain",
        "digits: scanner": "sequence to vector",
    }


PAIRS = {
    "names": ("names: invent", "names: typing"),
    "numbers": ("numbers: digits", "numbers: by three"),
    "sunspots": ("sunspots: forecast", "sunspots: maxima"),
    "digits": ("digits: picture", "digits: scanner"),
}


def _tidy(value: Any) -> Any:
    """A dict of choices in which a forgotten comma does no harm."""
    if not isinstance(value, dict):
        return value
    bare = BOTH.replace(",", "")
    return {
        k: BOTH if isinstance(v, str) and " ".join(v.lower().split()) == bare else v
        for k, v in value.items()
    }


def _test_pair(pair: str) -> Callable[[Ask, np.random.Generator], None]:
    def test(ask: Ask, rng: np.random.Generator) -> None:
        right = patterns()
        value = ask("patterns").value
        told = []
        for key in PAIRS[pair]:
            try:
                chosen = choice(
                    _tidy(value), key, CHOICES, "a dict with the eight tasks"
                )
            except Wrong as wrong:
                if not isinstance(value, dict):
                    raise
                told.append(wrong.message)
                continue
            if chosen != right[key]:
                told.append(f"'{key}' is not '{chosen}': {REFUTED[key][chosen]}")
        if told:
            raise Wrong(" ".join(told))

    return test


def _pattern_cases(rng: np.random.Generator) -> list[Call]:
    return [Call("patterns")]


QUESTION = Question(
    id="02.5",
    title="which pattern for which task",
    answers=("patterns",),
    reference={"patterns": patterns},
    properties=(
        Property(
            "Names: inventing one, and guessing while one is typed",
            1,
            _test_pair("names"),
            "§2.1 and §2.5",
        ),
        Property(
            "Numbers: writing the digits, and divisible by three",
            1,
            _test_pair("numbers"),
            "§2.1",
        ),
        Property(
            "Sunspots: a forecast every year, and the tops in the finished record",
            1,
            _test_pair("sunspots"),
            "§2.1 and §2.4",
        ),
        Property(
            "Digits: a picture at once, and row after row from a scanner",
            1,
            _test_pair("digits"),
            "§2.1 and §2.2",
        ),
    ),
    misconceptions=(
        Misconception(
            "everything in step",
            _everything_in_step,
            "You put all eight in step. That pattern asks for one answer for each input, at once. Ask each task three things: how many answers, when is each due, and what may have been read by then?",
            "§2.1",
        ),
        Misconception(
            "labels counted instead of answers",
            _only_by_counting,
            "One mistake alone, and a common one: you counted the labels in the data (one language for a name) instead of the answers that are due (one after each letter). The pattern follows from what is asked when, not from how the training data are stored.",
            "§2.1",
        ),
        Misconception(
            "reads the answer",
            _reads_the_answer,
            "One mistake alone, the dearest of all: a bidirectional network that forecasts has read the value it forecasts. Whatever comes from the right must be there when the answer is due.",
            "§2.4",
        ),
        Misconception(
            "both ways wherever it is in step",
            _always_both_ways,
            "You read both ways wherever there is an answer a step. Two of these three are due while the sequence is still coming in: a reader from the right can only start when the end is there.",
            "§2.4",
        ),
        Misconception(
            "never both ways",
            _never_both_ways,
            "One mistake alone: where the whole sequence lies before you, there is no reason to answer from its past alone. Reading from both sides is not cheating when nothing is due earlier.",
            "§2.4",
        ),
        Misconception(
            "a recurrence for everything",
            _recurrence_for_everything,
            "One mistake alone: an input of fixed size that is there at once needs no recurrence. Reading it piece by piece is a choice one may make, and the scanner's task shows when it is forced.",
            "§2.1",
        ),
        Misconception(
            "aligned by force",
            _forced_alignment,
            "One mistake alone: in step needs an alignment, one output for each input. Where the lengths differ, and where the first output may depend on the last input, one network reads first and another writes.",
            "§2.1",
        ),
        Misconception(
            "reading first although aligned",
            _encoder_decoder_for_equal_lengths,
            "You read everything and then write wherever a sequence comes out. That is for outputs with a length of their own. Where every output belongs to one input, the alignment is given: use it.",
            "§2.1",
        ),
    ),
    cases=_pattern_cases,
)
