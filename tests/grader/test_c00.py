"""The questions of chapter 0, graded through the worker."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from harness import Bench, blank

from unrolled.grader.checks.c00 import q2
from unrolled.grader.notebook import as_text
from unrolled.grader.report import _item

BENCH = Bench("00")
SHAPES, QUIZ = BENCH.questions
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def session():
    with BENCH:
        yield


def each_question():
    return pytest.mark.parametrize("q", BENCH.questions, ids=lambda q: q.id)


@each_question()
def test_reference(q):
    BENCH.assert_reference(q)


@each_question()
def test_blank(q):
    BENCH.assert_blank(q)


def test_half(tmp_path):
    BENCH.assert_half(tmp_path)


def test_points():
    assert [q.points for q in BENCH.questions] == [4, 10]


# --- 0.1 shapes -----------------------------------------------------------------------


def test_misconceptions_about_shapes():
    BENCH.assert_misconceptions(SHAPES)


LEFT = {
    "batch on the wrong axis": 3,
    "input on top": 3,
    "batch in one long column": 3,
    "all states, then all inputs": 3,
    "one flat vector": 3,
    "one flat vector, pair by pair": 3,
    "columns by reshape": 3,
    "size of the state taken for the batch": 2,
    "a batch axis on the weights": 2,
    "rows and columns exchanged": 2,
    "batch axes exchanged, weights right": 2,
    "blocks of the weight exchanged": 3,
    "result in columns": 3,
    "bias along the batch": 3,
    "reshaped instead of transposed": 3,
    "square block not transposed": 3,
    "no block transposed": 3,
    "bias forgotten": 3,
    "tanh forgotten": 3,
}


def test_partial_credit():
    left = {m.name: BENCH.grade(SHAPES, m.wrong).score for m in SHAPES.misconceptions}
    assert left == LEFT


def test_mutants():
    BENCH.assert_mutants(SHAPES, at_least=8)


def stack_by_loops(states, inputs):
    H, D, B = len(states[0]), len(inputs[0]), len(states)
    out = np.zeros((H + D, B))
    for b in range(B):
        for i in range(H):
            out[i, b] = states[b][i]
        for i in range(D):
            out[H + i, b] = inputs[b][i]
    return out


def stack_by_column_stack(states, inputs):
    return np.vstack([np.column_stack(states), np.column_stack(inputs)])


def stack_in_float32(states, inputs):
    pairs = zip(states, inputs, strict=True)
    return np.array([[*s, *x] for s, x in pairs], dtype=np.float32).T


def shapes_by_arrays(H, D, B):
    W = np.zeros((H, 1)) @ np.zeros((1, H + D))
    z = np.zeros((H + D, B))
    return {
        "columns: weight": W.shape,
        "columns: stack": z.shape,
        "columns: product": (W @ z).shape,
        "rows: weight": W.T.shape,
        "rows: stack": z.T.shape,
        "rows: product": (z.T @ W.T).shape,
        "remark": (0,),
    }


def shapes_as_lists(H, D, B):
    rows = {"weight": [D + H, H], "stack": [B, D + H], "product": [B, H]}
    both = {f"rows: {name}": pair for name, pair in rows.items()}
    return both | {
        "columns: " + name: [np.int64(n) for n in reversed(pair)]
        for name, pair in rows.items()
    }


def shapes_as_arrays(H, D, B):
    columns = {"weight": (H, H + D), "stack": (H + D, B), "product": (H, B)}
    out = {}
    for name, pair in columns.items():
        out["columns: " + name] = np.array(pair)
        out["rows: " + name] = np.array(pair)[::-1].copy()
    return out


def step_by_columns(before, new, weight, bias):
    return np.tanh(weight @ np.hstack([before, new]).T + bias).T


def step_by_einsum(h_prev, x_t, w_s, b_s):
    stack = np.concatenate([h_prev, x_t], axis=-1)
    return np.tanh(np.einsum("ij,bj->bi", w_s, stack) + b_s[:, 0])


def step_by_loops(h_prev, x_t, w_s, b_s):
    B, H = h_prev.shape
    out = np.empty((B, H))
    for b in range(B):
        for i in range(H):
            total = b_s[i, 0]
            for j, value in enumerate([*h_prev[b], *x_t[b]]):
                total += w_s[i, j] * value
            out[b, i] = np.tanh(total)
    return out


def step_in_float32(h_prev, x_t, w_s, b_s):
    rows = np.concatenate([h_prev, x_t], 1).astype(np.float32)
    return np.tanh(rows @ w_s.T.astype(np.float32) + b_s.ravel().astype(np.float32))


REWRITES = [
    {"stack_columns": stack_by_loops, "shapes": shapes_by_arrays},
    {"stack_columns": stack_by_column_stack, "shapes": shapes_as_lists},
    {"stack_columns": stack_in_float32, "shapes": shapes_as_arrays},
    {"step_rows": step_by_columns},
    {"step_rows": step_by_einsum},
    {"step_rows": step_by_loops},
    {"step_rows": step_in_float32},
]


@pytest.mark.parametrize(
    "variant", REWRITES, ids=lambda v: next(iter(v.values())).__name__
)
def test_rewrites(variant):
    BENCH.assert_equivalent(SHAPES, variant)


def test_hints_name_what_is_seen():
    empty = BENCH.grade(SHAPES, _shapes("def shapes(H, D, B):\n    return {}"))
    assert 'has no key "columns: weight"' in empty.lines[1].why
    for entry, hint in (
        ("'rows: stack': (H + D, B)", "The two axes are exchanged."),
        ("'rows: stack': (H + D, H)", "Where is the batch?"),
        ("'rows: weight': (B, H + D, H)", "No weight has a batch axis"),
        ("'rows: weight': 3", "expected a tuple of whole numbers"),
        ("'rows: weight': (True, H)", "expected a tuple of whole numbers"),
    ):
        answer = "right = shapes\ndef shapes(H, D, B):\n"
        answer += f"    return {{**right(H, D, B), {entry}}}"
        result = BENCH.grade(SHAPES, _shapes(answer))
        assert result.score == 3 and hint in result.lines[2].why


def test_a_product_that_numpy_refuses_gets_a_word_on_shapes():
    stack, shapes_of_w_s = "np.hstack([h_prev, x_t])", "w_s has the shape (H, H + D)"
    for product in (f"{stack} @ w_s", f"np.dot({stack}, w_s)"):
        answer = "def step_rows(h_prev, x_t, w_s, b_s):\n"
        answer += f"    return np.tanh({product} + b_s.T)"
        result = BENCH.grade(SHAPES, _shapes(answer))
        assert result.score == 3 and shapes_of_w_s in result.lines[3].why
    other = "def step_rows(h_prev, x_t, w_s, b_s):\n    return h_prev + x_t"
    result = BENCH.grade(SHAPES, _shapes(other))
    assert result.score == 3 and shapes_of_w_s not in result.lines[3].why


def _shapes(answer: str) -> str:
    return f"{BENCH.sources.answers[SHAPES.id]}\n\n{answer}"


# --- 0.2 the quiz ---------------------------------------------------------------------


def answered(**choices: object) -> str:
    value = {**q2.RIGHT, **choices}
    return f"def answer_0_2():\n    return {value!r}"


WRONG = [
    (item, letter, name, text)
    for item in q2.ITEMS
    for letter, (name, text) in item.refutations.items()
]


def test_every_item_is_complete():
    assert len(q2.ITEMS) == 10 == len({item.key for item in q2.ITEMS})
    assert len({item.misconception for item in q2.ITEMS}) == 10
    for item in q2.ITEMS:
        assert 2 <= len(item.refutations) <= 3 and item.right not in item.refutations
        assert item.options == tuple("abcd"[: len(item.options)])
        assert 1 <= item.chapter <= 12 and item.read and item.topic
        named = re.findall(r"(?:chapter |§)(\d+)", item.read)
        assert set(named) == {str(item.chapter)}  # one place to read, not two chapters
    assert len({name for _, _, name, _ in WRONG}) == len(WRONG)
    assert len({text for _, _, _, text in WRONG}) == len(WRONG)


def test_no_letter_is_a_good_guess():
    assert max(Counter(q2.RIGHT.values()).values()) <= 4


@pytest.mark.parametrize("wrong", WRONG, ids=lambda w: f"{w[0].key}-{w[1]}")
def test_a_wrong_choice_has_its_own_refutation_and_name(wrong):
    item, letter, name, text = wrong
    result = BENCH.grade(QUIZ, answered(**{item.key: letter}))
    assert result.score == 9
    assert result.misconception is not None and result.misconception.name == name
    (line,) = [line for line in result.lines if line.why]
    assert line.text.startswith(f"{item.key}: ")
    assert text in line.why and line.read == item.read
    said = " ".join(result.messages)
    assert [other for *_, other in WRONG if other in said] == [text]


def test_several_wrong_choices_each_have_theirs():
    for letter in "abcd":
        source = answered(**dict.fromkeys(q2.RIGHT, letter))
        result = BENCH.grade(QUIZ, source)
        assert result.misconception is None
        for item, line in zip(q2.ITEMS, result.lines, strict=True):
            if letter == item.right:
                assert line.score == 1 and not line.why
            elif letter in item.refutations:
                assert line.score == 0 and item.refutations[letter][1] in line.why
            else:
                assert line.score == 0 and "choose one of" in line.why


def test_leaving_open_names_the_chapter_and_refutes_nothing():
    result = BENCH.grade(QUIZ, answered(**dict.fromkeys(q2.RIGHT, "?")))
    assert result.score == 0 and result.misconception is None and not result.unanswered
    for item, line in zip(q2.ITEMS, result.lines, strict=True):
        assert line.why == f"left open: see {item.read}." and line.left_open
        assert f"{line.text}: {line.why}" in result.messages
    text, page = as_text(result), _item(result.lines[0], True)
    assert text.count("– 0/1") == 10 and "✗" not in text and "read:" not in text
    assert ">–</span>" in page and "left open" in page and "Read:" not in page
    said = " ".join(result.messages)
    assert not [text for *_, text in WRONG if text in said]


def test_forms_that_are_forgiven_and_forms_that_are_not():
    loud = {key: f" {value.upper()} " for key, value in q2.RIGHT.items()}
    assert BENCH.grade(QUIZ, answered(**loud, remark="x")).score == 10
    for value in (None, 2, "bb", ["b"]):
        result = BENCH.grade(QUIZ, answered(gate=value))
        assert result.score == 9 and "choose one of" in result.lines[-1].why
    result = BENCH.grade(QUIZ, "def answer_0_2():\n    return 'bcb'")
    assert result.score == 0 and "expected a dict of ten letters" in result.lines[0].why
    result = BENCH.grade(QUIZ, "def answer_0_2():\n    return {'sharing': 'b'}")
    assert result.score == 1 and 'no key "state"' in result.lines[1].why


def test_the_task_offers_what_the_checks_know():
    text = (ROOT / "book/exercises/00_start.md").read_text(encoding="utf-8")
    quiz = text.partition("## Exercise 0.2")[2].partition("```python")[0]
    parts = re.split(r"^\*\*(\w+)\.\*\*$", quiz, flags=re.MULTILINE)[1:]
    found = {
        key: tuple(re.findall(r"^\* `([a-z])` \S", body, re.MULTILINE))
        for key, body in zip(parts[::2], parts[1::2], strict=True)
    }
    assert found == {item.key: item.options for item in q2.ITEMS}
    form = re.search(r"```text\nreturn (\{.*?\})\n```", text, re.DOTALL)
    assert eval(form[1]) == dict.fromkeys(q2.RIGHT, "?")


def test_the_sections_to_read_exist():
    known = {
        number
        for path in (ROOT / "book/chapters").glob("*.md")
        for number in re.findall(r"^## (\d+\.\d+) ", path.read_text("utf-8"), re.M)
    }
    for question in BENCH.questions:
        for item in (*question.properties, *question.misconceptions):
            named = re.findall(r"§(\d+\.\d+)", item.read)
            assert named or "chapter" in item.read
            assert known.issuperset(named), item.read


def test_the_blank_says_not_answered():
    source = blank(BENCH.sources.answers[QUIZ.id])
    assert BENCH.grade(QUIZ, source).unanswered
