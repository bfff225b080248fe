"""How far one sequence is from another: insertions, deletions and substitutions.

Levenshtein's distance (chapter 7, eq-levenshtein) by the recurrence over prefixes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Operation = tuple[str, int, int]  # ("keep" | "substitute" | "delete" | "insert", i, j)


def table(a: Sequence, b: Sequence) -> np.ndarray:
    """d (len(a) + 1, len(b) + 1): d[i, j] is the distance of a[:i] and b[:j]."""
    d = np.zeros((len(a) + 1, len(b) + 1), dtype=np.int64)
    d[:, 0], d[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            change = d[i - 1, j - 1] + (a[i - 1] != b[j - 1])
            d[i, j] = min(change, d[i - 1, j] + 1, d[i, j - 1] + 1)
    return d


def distance(a: Sequence, b: Sequence) -> int:
    """The least number of edits that make b of a."""
    above = list(range(len(b) + 1))
    for i, left in enumerate(a, start=1):
        row = [i]
        for j, right in enumerate(b, start=1):
            change = above[j - 1] + (left != right)
            row.append(min(change, above[j] + 1, row[-1] + 1))
        above = row
    return above[-1]


def operations(a: Sequence, b: Sequence) -> list[Operation]:
    """One cheapest script from a to b, in order: (name, i, j).

    i is the index in a (of the next element, for an insertion), j that in b (of the
    next element, for a deletion). Of equally cheap ways the diagonal one is taken.
    """
    d = table(a, b)
    i, j = len(a), len(b)
    script: list[Operation] = []
    while i or j:
        if i and j and d[i, j] == d[i - 1, j - 1] + (a[i - 1] != b[j - 1]):
            i, j = i - 1, j - 1
            script.append(("keep" if a[i] == b[j] else "substitute", i, j))
        elif i and d[i, j] == d[i - 1, j] + 1:
            i -= 1
            script.append(("delete", i, j))
        else:
            j -= 1
            script.append(("insert", i, j))
    return script[::-1]


def error_rate(
    references: Sequence[Sequence[Sequence]], answers: Sequence[Sequence]
) -> float:
    """Sum of the distances to the nearest reference, by the sum of their lengths.

    references  for each answer one or more right sequences; of equally near ones the
                first counts
    errors      ValueError when the numbers differ, nothing is given, or a list of
                references is empty
    """
    if len(references) != len(answers) or not answers or not all(references):
        raise ValueError(
            f"{len(answers)} answers for {len(references)} lists of references; each "
            "answer needs at least one reference"
        )
    edits = length = 0
    for right, answer in zip(references, answers, strict=True):
        distances = [distance(answer, one) for one in right]
        nearest = int(np.argmin(distances))
        edits += distances[nearest]
        length += len(right[nearest])
    return edits / length
