"""Tests that every chapter's questions must pass; see tests/grader/test_c03.py.

    BENCH = Bench("03")

    @pytest.fixture(scope="module", autouse=True)
    def session():
        with BENCH:
            yield

    @pytest.mark.parametrize("q", BENCH.questions, ids=lambda q: q.id)
    def test_reference(q):
        BENCH.assert_reference(q)

A variant is a source, or a function whose source is taken and put behind the reference
answer under the answer's name. Variants are trusted: they run in forked workers.
"""

from __future__ import annotations

import ast
import copy
import inspect
import json
import re
import sys
import textwrap
import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from forking import Session

from unrolled.grader import engine
from unrolled.grader.checks.slips import equal
from unrolled.grader.course import Course, Sources
from unrolled.grader.engine import Result, grade, grade_question
from unrolled.grader.process import Launcher
from unrolled.grader.question import Call, Given, Misconception, Question, Rng
from unrolled.mutants import Mutant, mutants

Variant = str | Callable[..., Any] | Mapping[str, Callable[..., Any]]


def blank(source: str) -> str:
    """An answer's source with its solutions cut out, as in exercises/."""
    stub = r"\1# YOUR CODE HERE\n\1raise NotImplementedError('not answered yet')\n"
    pattern = (
        r"(?ms)^([ \t]*)### BEGIN SOLUTION[ \t]*\n.*?### END SOLUTION[ \t]*(?:\n|$)"
    )
    return re.sub(pattern, stub, source)


def renamed(function: Callable[..., Any], name: str) -> str:
    """The source of a function, followed by its binding to another name."""
    source = textwrap.dedent(inspect.getsource(function))
    own = function.__name__
    if not re.match(rf"(@.*\n)*def {re.escape(own)}\(", source):
        raise ValueError(f"{own}: write it with def at the top level of its module")
    return source if own == name else f"{source}\n{name} = {own}\n"


def function_source(cell: str, name: str) -> str:
    """The text of one top-level function of a cell."""
    for node in ast.parse(cell).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.get_source_segment(cell, node)
    raise LookupError(f"the reference answer does not define {name}")


def arguments(call: Call, given: Mapping[str, Any]) -> list[Any]:
    """A call's arguments for a function in this process: `given` holds the objects of
    the given cell, generators are fresh, everything else is copied."""
    found = []
    for value in call.args:
        if isinstance(value, Given):
            found.append(given[value.name])
        elif isinstance(value, Rng):
            found.append(np.random.default_rng(value.seed))
        else:
            found.append(copy.deepcopy(value))
    return found


class Bench:
    """Grades variants of a chapter's answers.

    modules: what the warm process imports beside NumPy ("torch" where needed).
    """

    def __init__(
        self, chapter: str, *modules: str, course: Course | None = None
    ) -> None:
        self.chapter = chapter
        self.course = course or Course()
        self.questions: tuple[Question, ...] = self.course.questions(chapter)
        self.modules = modules
        self.session: Session | None = None

    @property
    def sources(self) -> Sources:
        return self.course.sources(self.chapter)

    def answers(self, number: str) -> dict[str, Any]:
        """What the given and answer cells up to a question define, run right here: an
        answer may call those of earlier questions.

        errors LookupError when the chapter has no such question
        """
        space: dict[str, Any] = {"np": np}
        for question in self.questions:
            exec(self.sources.given.get(question.id, ""), space)
            exec(self.sources.answers[question.id], space)
            if question.id == number:
                return space
        raise LookupError(number)

    def __enter__(self) -> Bench:
        if sys.platform != "win32":
            self.session = Session(*self.modules).__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        if self.session is not None:
            self.session.__exit__(None, None, None)
            self.session = None

    def submission(self, question: Question, variant: Variant) -> str:
        """The source of an answer cell: the reference with the variant's functions."""
        if isinstance(variant, str):
            return variant
        if callable(variant):
            variant = {question.answers[0]: variant}
        parts = [renamed(function, name) for name, function in variant.items()]
        return "\n\n".join([self.sources.answers[question.id], *parts])

    def grade(
        self,
        question: Question,
        variant: Variant,
        seed: int = 0,
        launcher: Launcher | None = None,
    ) -> Result:
        """The result of one variant, in a forked worker unless told otherwise."""
        return grade_question(
            question,
            self.submission(question, variant),
            chapter=self.questions,
            sources=self.sources,
            seed=seed,
            launcher=launcher or self.session,
        )

    def assert_reference(
        self, question: Question, seeds: Iterable[int] = (0, 1, 2)
    ) -> None:
        """The reference answer has full marks, with any numbers."""
        source = self.sources.answers[question.id]
        for seed in seeds:
            result = self.grade(question, source, seed)
            assert result.messages == [], f"seed {seed}: {result.messages}"
            assert result.score == question.points

    def assert_blank(self, question: Question) -> None:
        """The blank stub has no point and is called unanswered."""
        source = blank(self.sources.answers[question.id])
        assert "### BEGIN SOLUTION" not in source
        result = self.grade(question, source)
        assert result.score == 0, result.messages
        assert result.unanswered, result.messages

    def assert_misconception(
        self, question: Question, item: Misconception, seeds: Iterable[int] = (0, 1)
    ) -> None:
        """A misconception loses points and is called by its own name, no other."""
        for seed in seeds:
            result = self.grade(question, item.wrong, seed)
            assert result.score < question.points, f"{item.name} has full marks"
            found = result.misconception and result.misconception.name
            assert found == item.name, f"{item.name}: recognised as {found}"
            assert any(item.message in text for text in result.messages)

    def assert_misconceptions(self, question: Question) -> None:
        """assert_misconception for all of a question's; their messages differ."""
        messages = [m.message for m in question.misconceptions]
        assert len(set(messages)) == len(messages)
        for item in question.misconceptions:
            self.assert_misconception(question, item)

    def mutants(self, question: Question) -> list[Mutant]:
        """All mutants of the reference's answer functions."""
        cell = self.sources.answers[question.id]
        return [
            Mutant(f"{name}, {m.description}", m.source)
            for name in question.answers
            for m in mutants(function_source(cell, name))
        ]

    def survivors(
        self, question: Question, only: Iterable[Mutant] | None = None
    ) -> list[str]:
        """The mutants that still have full marks."""
        cell = self.sources.answers[question.id]
        alive = []
        for mutant in self.mutants(question) if only is None else only:
            result = self.grade(question, f"{cell}\n\n{mutant.source}")
            if result.score == question.points:
                alive.append(mutant.description)
        return alive

    def assert_mutants(
        self,
        question: Question,
        at_least: int = 8,
        equivalent: Mapping[str, str] | None = None,
    ) -> None:
        """Mutants lose points, at least `at_least` of them; those that do not are
        listed in `equivalent` as {description: proof}, and nothing else is."""
        alive = set(self.survivors(question))
        listed = set(equivalent or {})
        assert alive <= listed, f"survived: {sorted(alive - listed)}"
        assert listed <= alive, f"listed but killed: {sorted(listed - alive)}"
        assert len(self.mutants(question)) - len(alive) >= at_least
        assert all((equivalent or {}).values()), "an equivalent mutant needs a proof"

    def assert_equivalent(self, question: Question, variant: Variant) -> None:
        """Another right way to write the answer has full marks."""
        result = self.grade(question, variant)
        assert result.score == question.points, result.messages

    def notebook(self, path: Path, answers: Mapping[str, str]) -> Path:
        """Write a submission with these answer cells; the others are blank."""
        cells = []
        for item in self.questions:
            reference = self.sources.answers[item.id]
            source = answers.get(item.id, blank(reference))
            cells.append(answer_cell(item.grade_id("answer"), source))
        path.write_text(json.dumps(notebook_of(cells)), encoding="utf-8")
        return path

    def assert_half(self, folder: Path) -> None:
        """With every second question answered, exactly those have their points."""
        chosen = self.questions[::2]
        answers = {q.id: self.sources.answers[q.id] for q in chosen}
        path = self.notebook(folder / "half.ipynb", answers)
        result = grade(path, course=self.course, launcher=self.session)
        assert result["state"] == "graded"
        expected = {q.id: q.points if q in chosen else 0 for q in self.questions}
        assert {q["id"]: q["score"] for q in result["questions"]} == expected


def answer_cell(grade_id: str, source: str) -> dict[str, Any]:
    """An answer cell with nbgrader's metadata."""
    section = {
        "grade_id": grade_id,
        "grade": False,
        "solution": True,
        "locked": False,
        "task": False,
        "schema_version": 3,
        "cell_type": "code",
    }
    return code_cell(source, {"nbgrader": section}) | {"id": grade_id}


def code_cell(source: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """A code cell without outputs."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata or {},
        "outputs": [],
        "source": source,
    }


def notebook_of(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """A Python notebook of format 4.5."""
    cells = [{"id": f"cell-{i}", **cell} for i, cell in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


# --- variants that call functions of their own module ---------------------------------


class Plain(ast.NodeTransformer):
    """Functions without annotations and decorators, which name what is not there."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns, node.decorator_list = None, []
        for argument in (*node.args.args, *node.args.kwonlyargs):
            argument.annotation = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return ast.Assign([node.target], node.value, lineno=node.lineno)


def names_in(code: types.CodeType) -> set[str]:
    """All global names that a code object and those inside it may look up."""
    inner = (c for c in code.co_consts if isinstance(c, types.CodeType))
    return {*code.co_names}.union(*map(names_in, inner))


def with_helpers(function: Callable[..., Any]) -> dict[str, str]:
    """Sources of a function and of all that it uses of the checks, or of its module."""
    ours = ("unrolled.grader.checks.", function.__module__)
    found: dict[str, str] = {}
    waiting = [(function.__name__, function)]
    while waiting:
        name, thing = waiting.pop()
        thing = inspect.unwrap(thing) if callable(thing) else thing
        if isinstance(thing, (int, float, str, tuple)):
            found[name] = f"{name} = {thing!r}"
            continue
        if not isinstance(thing, types.FunctionType) or name in found:
            continue
        if not thing.__module__.startswith(ours):
            continue
        tree = Plain().visit(ast.parse(inspect.getsource(thing)))
        found[name] = ast.unparse(ast.fix_missing_locations(tree))
        used = names_in(thing.__code__) & thing.__globals__.keys()
        waiting += [(n, thing.__globals__[n]) for n in used if n not in found]
    return found


class WithHelpers(Bench):
    """A bench whose variants bring the functions that they use, in their own scope.

    A variant is graded once for each seed, whichever test asks.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known: dict[tuple[str, int, int], Result] = {}

    def grade(
        self,
        question: Question,
        variant: Variant,
        seed: int = 0,
        launcher: Launcher | None = None,
    ) -> Result:
        if isinstance(variant, str):
            return super().grade(question, variant, seed, launcher)
        key = (question.id, id(variant), seed)  # the variants live as long as q does
        if key not in self.known:
            self.known[key] = super().grade(question, variant, seed, launcher)
        return self.known[key]

    def survivors(
        self, question: Question, only: Iterable[Mutant] | None = None
    ) -> list[str]:
        """For mutants the score alone counts, so no misconception is looked for."""
        with mock.patch.object(engine, "recognise", return_value=None):
            return super().survivors(question, only)

    def submission(self, question: Question, variant: Variant) -> str:
        if isinstance(variant, str):
            return variant
        if callable(variant):
            variant = {question.answers[0]: variant}
        parts = [self.sources.answers[question.id]]
        for name, function in variant.items():
            body = "\n\n".join(reversed(with_helpers(function).values()))
            body = textwrap.indent(body, "    ")
            own = function.__name__
            parts.append(
                f"def made():\n{body}\n\n    return {own}\n\n{name} = made()\n"
            )
        return "\n\n".join(parts)

    def rewritten(self, question: Question, variant: Variant) -> str:
        """The reference answer with whole functions of a test file behind it."""
        if callable(variant):
            variant = {question.answers[0]: variant}
        source = "import itertools\nimport math\n\n" + self.sources.answers[question.id]
        for name, function in variant.items():
            source += f"\n\n{inspect.getsource(function)}\n{name} = {function.__name__}"
        return source + "\n"

    def constant(self, question: Question, values: Iterable[str], fill: str) -> str:
        """Answers that return `values`, expressions in which FILL is `fill`."""
        source = self.sources.answers[question.id]
        for name, value in zip(question.answers, values, strict=True):
            parameters = ", ".join(
                inspect.signature(question.reference[name]).parameters
            )
            source += f"\n\ndef {name}({parameters}):\n    return {value}\n"
        return source.replace("FILL", fill)

    def feedback(self, question: Question, change: str) -> tuple[Result, str]:
        """The result, and all it tells, of the reference with code after it."""
        source = self.sources.answers[question.id] + "\n\n" + change
        result = self.grade(question, source)
        assert result.score < result.points, "the change cost nothing"
        return result, " ".join(result.messages)


class Remembering(WithHelpers):
    """What trusted functions give on the cases of a seed is computed once."""

    def __init__(self, *args):
        super().__init__(*args)
        self.outcomes = {}

    def grade(self, question, variant, seed=0, launcher=None):
        original = engine.trusted_outcomes

        def remembered(context, calls, functions):
            names = [call.name for call in calls]
            key = question.id, seed, tuple(names), tuple(functions.items())
            if key not in self.outcomes:
                self.outcomes[key] = original(context, calls, functions)
            return self.outcomes[key]

        with mock.patch.object(engine, "trusted_outcomes", remembered):
            return super().grade(question, variant, seed, launcher)


class StandardTests:
    """The tests that every chapter's questions must pass, as a class to inherit from.

        class TestStandard(StandardTests):
            BENCH = WithHelpers("06")
            POINTS = {"06.1": 4}           # of every question
            LEFT = {"06.1": {"name of a misconception": points left}}
            EQUIVALENT = {"06.1": {"a surviving mutant": "why it is right"}}
            REWRITES = {"06.1": [function, {name: function, name: function}]}
            NOTHING = {"06.1": ("FILL * x",)}  # what earns nothing, an answer each

    The module starts the bench: a module-wide autouse fixture with `with BENCH: yield`.
    """

    BENCH: WithHelpers
    POINTS: Mapping[str, int]
    LEFT: Mapping[str, Mapping[str, int]]
    REWRITES: Mapping[str, list[Variant]]
    NOTHING: Mapping[str, tuple[str, ...]]
    EQUIVALENT: Mapping[str, Mapping[str, str]] = {}
    FILLS = ("np.nan", "0.0", "1.0")

    def pytest_generate_tests(self, metafunc: Any) -> None:
        questions = self.BENCH.questions
        if "variant" in metafunc.fixturenames:
            by_id = {q.id: q for q in questions}
            pairs = [(by_id[i], v) for i, vs in self.REWRITES.items() for v in vs]
            ids = [f"{q.id}-{i}" for i, (q, _) in enumerate(pairs)]
            metafunc.parametrize(("q", "variant"), pairs, ids=ids)
        elif "q" in metafunc.fixturenames:
            metafunc.parametrize("q", questions, ids=lambda q: q.id)
        if "fill" in metafunc.fixturenames:
            metafunc.parametrize("fill", self.FILLS)

    def test_points(self) -> None:
        assert {q.id: q.points for q in self.BENCH.questions} == dict(self.POINTS)

    def test_reference(self, q: Question) -> None:
        self.BENCH.assert_reference(q)

    def test_blank(self, q: Question) -> None:
        self.BENCH.assert_blank(q)

    def test_half(self, tmp_path: Path) -> None:
        self.BENCH.assert_half(tmp_path)

    def test_misconceptions(self, q: Question) -> None:
        self.BENCH.assert_misconceptions(q)

    def test_partial_credit(self, q: Question) -> None:
        """What a misconception leaves: a mistake in one term must not cost others."""
        left = {m.name: self.BENCH.grade(q, m.wrong).score for m in q.misconceptions}
        assert left == self.LEFT[q.id]

    def test_mutants(self, q: Question) -> None:
        self.BENCH.assert_mutants(q, equivalent=self.EQUIVALENT.get(q.id))

    def test_enough_rewrites(self, q: Question) -> None:
        assert len(self.REWRITES[q.id]) >= 3

    def test_rewrites(self, q: Question, variant: Variant) -> None:
        self.BENCH.assert_equivalent(q, self.BENCH.rewritten(q, variant))

    def test_no_points_for_shapes(self, q: Question, fill: str) -> None:
        result = self.BENCH.grade(q, self.BENCH.constant(q, self.NOTHING[q.id], fill))
        assert result.score == 0, result.messages

    def test_what_to_read_is_named(self, q: Question) -> None:
        """Each property and misconception names a section of the chapter."""
        for item in (*q.properties, *q.misconceptions):
            assert re.match(rf"§{int(q.chapter)}\.\d+", item.read), item.read


class SlipTests(StandardTests):
    """Also for questions whose modules say their slips (unrolled.grader.checks.slips):

    class TestStandard(SlipTests):
        MODULES = {"07.1": q1}     # the module of every question, with its SLIPS
    """

    MODULES: Mapping[str, types.ModuleType]

    def test_line_and_message_agree(self, q: Question) -> None:
        """Where a property's line hints at a slip, it is the slip of the message.

        A function that uses the wrong one may look like a slip of its own.
        """
        slips = {s.name: s for s in self.MODULES[q.id].SLIPS}
        assert list(slips) == [m.name for m in q.misconceptions]
        for item in q.misconceptions:
            own = slips[item.name]
            others = [s for s in slips.values() if s.answer == own.answer]
            others = {s.hint for s in others if s.hint} - {own.hint}
            said = " ".join(self.BENCH.grade(q, item.wrong).messages)
            said = said.replace(item.message, "")
            wrong = {h for h in others if f" {h}" in said and h not in own.hint}
            assert not wrong, (q.id, item.name, wrong)

    def test_text_and_reference_agree(self, q: Question) -> None:
        """The answer that the book prints gives what the checks expect."""
        written = self.BENCH.answers(q.id)
        for call in q.cases(np.random.default_rng(5)):
            values = []
            for functions in (written, q.reference):
                with np.errstate(all="ignore"):
                    values.append(functions[call.name](*arguments(call, written)))
            assert equal(*values), call.name
