"""Grade one answer, or one submitted notebook."""

from __future__ import annotations

import contextlib
import copy
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from unrolled.grader.course import Course, NotACheckout, Sources
from unrolled.grader.process import Launcher, Worker
from unrolled.grader.question import (
    Answer,
    Call,
    CourseFault,
    Given,
    Misconception,
    Property,
    Question,
    Reply,
    Rng,
    Tensor,
    Wrong,
)
from unrolled.grader.submission import Submission, Ungradable, read_submission


@dataclass(frozen=True)
class Line:
    """One property's result: why is empty when it holds.

    left_open: the learner said so on purpose; why then says where the answer is.
    """

    text: str
    score: int
    points: int
    why: str
    read: str
    left_open: bool = False

    @property
    def mark(self) -> str:
        """What stands before the line: a tick, a cross, or a dash if left open."""
        return "–" if self.left_open else "✗" if self.why else "✓"


@dataclass(frozen=True)
class Result:
    """A question's result; `unanswered` means that the stub is still there."""

    question: Question
    lines: tuple[Line, ...]
    misconception: Misconception | None = None
    unanswered: bool = False

    @property
    def score(self) -> int:
        return sum(line.score for line in self.lines)

    @property
    def points(self) -> int:
        return self.question.points

    @property
    def shared_reason(self) -> str:
        """The sentence that every property gives as its reason, "" if they differ."""
        reasons = {line.why for line in self.lines}
        reason = reasons.pop() if len(reasons) == 1 and len(self.lines) > 1 else ""
        return reason + "." if reason and reason[-1] not in ".?!" else reason

    @property
    def messages(self) -> list[str]:
        """What to tell the learner, each sentence once."""
        number = self.question.number
        if self.unanswered:
            return [f"Exercise {number} is not answered yet."]
        groups: dict[str, list[Line]] = {}
        for line in self.lines:
            if line.why:
                groups.setdefault(line.why, []).append(line)
        found = []
        if self.misconception is not None:
            m = self.misconception
            found.append(f"{m.message} (read again: {m.read})")
        for why, lines in groups.items():
            if all(line.left_open for line in lines):
                found += [f"{line.text}: {why}" for line in lines]
            elif len(lines) == 1:
                found.append(f"{lines[0].text}: {why} (read: {lines[0].read})")
            else:
                found.append(f"{why} ({len(lines)} properties)")
        return found

    def as_json(self) -> dict[str, Any]:
        name = self.misconception.name if self.misconception else None
        return {
            "id": self.question.id,
            "score": self.score,
            "points": self.points,
            "misconception": name,
            "messages": self.messages,
        }


@dataclass
class Context:
    """The trusted side of one question: its sources and what they define."""

    question: Question
    chapter: tuple[Question, ...]
    sources: Sources
    space: dict[str, Any] | None = field(default=None, init=False)

    def given(self, name: str) -> Any:
        """An object of the given cells, as the parent has it."""
        if self.space is None:
            space: dict[str, Any] = {"__name__": "__main__", "np": np}
            for source in self.sources.everything_before(self.question, self.chapter):
                exec(compile(source, "<given>", "exec"), space)
            self.space = space
        return self.space[name]

    def resolve(self, value: Any, functions: dict[str, Callable[..., Any]]) -> Any:
        """Markers as the objects they stand for; everything else as it is."""
        if isinstance(value, Given):
            return self.given(value.name)
        if isinstance(value, Answer):
            if value.name in functions:
                return functions[value.name]
            return self.given(value.name)
        if isinstance(value, Rng):
            return np.random.default_rng(value.seed)
        if isinstance(value, Tensor):
            import torch

            return torch.from_numpy(np.array(value.array))
        if isinstance(value, (list, tuple)):
            return type(value)([self.resolve(v, functions) for v in value])
        if isinstance(value, dict):
            return {k: self.resolve(v, functions) for k, v in value.items()}
        return value

    def run(self, call: Call, functions: dict[str, Callable[..., Any]]) -> Reply:
        """A call of trusted functions, in the parent, on copies of its arguments."""
        args = [self.resolve(copy.deepcopy(a), functions) for a in call.args]
        kwargs = {
            k: self.resolve(copy.deepcopy(v), functions) for k, v in call.kwargs.items()
        }
        value = functions[call.name](*args, **kwargs)
        return Reply(value, tuple(args), kwargs)


def markers(values: Any) -> Iterator[str]:
    """The names that Given and Answer markers in some arguments refer to."""
    if isinstance(values, (Given, Answer)):
        yield values.name
    elif isinstance(values, (list, tuple)):
        for value in values:
            yield from markers(value)
    elif isinstance(values, dict):
        yield from markers(list(values.values()))


class Asker:
    """`ask` of a property's test: calls the learner's function in the worker."""

    def __init__(self, worker: Worker, context: Context) -> None:
        self.worker, self.context = worker, context
        self.everything = False  # whether the worker has all earlier sources

    def __call__(self, name: str, /, *args: Any, **kwargs: Any) -> Reply:
        """The learner's `name` on these arguments; raises Wrong when it fails."""
        question = self.context.question
        if name not in question.answers:
            raise CourseFault(f"question {question.id} has no answer {name!r}")
        wanted = set(markers([list(args), kwargs])) - set(question.answers)
        if wanted and not self.everything:
            self.everything = True
            self.worker.more(
                self.context.sources.everything_before(question, self.context.chapter)
            )
        return self.worker.call(name, args, kwargs)

    def reference(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """What the question's reference returns, computed in the parent."""
        call = Call(name, *args, **kwargs)
        return self.context.run(call, self.context.question.reference).value

    def given(self, name: str) -> Any:
        """An object of the given cells, as the parent has it."""
        return self.context.given(name)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings from comparing whatever a learner returned."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def generator(seed: int, question: Question, part: int) -> np.random.Generator:
    """Fresh numbers for one part of a question: the same for a seed, on any machine."""
    chapter, number = question.id.split(".")
    return np.random.default_rng([seed, int(chapter), int(number), part])


def grade_question(
    question: Question,
    source: str,
    *,
    chapter: tuple[Question, ...],
    sources: Sources,
    seed: int = 0,
    launcher: Launcher | None = None,
) -> Result:
    """Run every property of a question on an answer cell's source, in one worker."""
    context = Context(question, chapter, sources)
    prelude = sources.prelude(question, chapter, source)
    lines: list[Line] = []
    with Worker(question.limits, launcher) as worker, quiet():
        worker.start(prelude, question.imports)
        ask = Asker(worker, context)
        failed: Wrong | None = None
        try:
            worker.answer(source, question.answers, question.imports)
        except Wrong as wrong:
            failed = wrong
        unanswered = 0
        for part, item in enumerate(question.properties):
            why = failed
            if failed is None:
                why = _test(item, ask, generator(seed, question, part))
                failed = worker.dead
            unanswered += why is not None and why.kind == "unanswered"
            text = "" if why is None else why.message
            score = item.points if why is None else 0
            left_open = why is not None and why.kind == "open"
            lines.append(
                Line(item.text, score, item.points, text, item.read, left_open)
            )
        if unanswered == len(lines):
            return Result(question, tuple(lines), unanswered=True)
        misconception = None
        if failed is None and any(line.why for line in lines):
            misconception = recognise(context, ask, seed)
    return Result(question, tuple(lines), misconception)


def missing_answer(question: Question) -> Result:
    """The result when a notebook has no answer cell for a question."""
    why = f"the answer cell of Exercise {question.number} is not in the notebook"
    lines = tuple(Line(p.text, 0, p.points, why, p.read) for p in question.properties)
    return Result(question, lines)


def _test(item: Property, ask: Asker, rng: np.random.Generator) -> Wrong | None:
    try:
        item.test(ask, rng)
    except Wrong as wrong:
        return wrong
    except CourseFault:
        raise
    except Exception:  # comparing a strange value failed somewhere in the test
        return _strange()
    return None


def _strange() -> Wrong:
    return Wrong(
        "the returned value has not the form that the task asks for "
        "(kind of object, shape or keys)",
        "type",
    )


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal for a learner's purposes.

    Numbers and arrays: same shape, relative error at most 1e-6 (1e-9 absolute), NaN
    equal to NaN; a list equals a tuple or array of the same content, and a set a list
    of the same members in any order.
    """
    if a is None or b is None or isinstance(a, str) or isinstance(b, str):
        return type(a) is type(b) and a == b
    if isinstance(a, dict) or isinstance(b, dict):
        if not (isinstance(a, dict) and isinstance(b, dict)) or a.keys() != b.keys():
            return False
        return all(same(a[k], b[k]) for k in a)
    if isinstance(a, (set, frozenset)) or isinstance(b, (set, frozenset)):
        kinds = (set, frozenset, list, tuple)
        if not isinstance(a, kinds) or not isinstance(b, kinds) or len(a) != len(b):
            return False
        if all(map(_exact, a)) and all(map(_exact, b)):
            return set(a) == set(b)
        pairs = ((a, b), (b, a))
        return all(any(same(x, y) for y in v) for u, v in pairs for x in u)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    try:
        x, y = np.asarray(_plain(a)), np.asarray(_plain(b))
        if x.dtype.kind == "O" or y.dtype.kind == "O":
            return bool(a is b or a == b)
        if x.shape != y.shape:
            return False
        if x.dtype.kind in "biufc" and y.dtype.kind in "biufc":
            return bool(np.allclose(x, y, rtol=1e-6, atol=1e-9, equal_nan=True))
        return bool(np.array_equal(x, y))
    except (TypeError, ValueError, RuntimeError):
        return False


def _exact(value: Any) -> bool:
    """Whether `same` on this value is ==: small integers, strings, tuples of these."""
    if isinstance(value, tuple):
        return all(map(_exact, value))
    if isinstance(value, (int, np.integer)):
        return abs(int(value)) < 10**5
    return isinstance(value, str)


def _plain(value: Any) -> Any:
    return value.detach().numpy() if hasattr(value, "detach") else value


Outcome = tuple[str, Any]


def _outcome(run: Callable[[], Reply], arguments: Call) -> Outcome:
    """("value", (value, arguments after)) or ("error", None)."""
    reply = run()
    after = [
        None if _is_object(sent) else left
        for sent, left in zip(arguments.args, reply.args_after, strict=True)
    ]
    return "value", (reply.value, after)


def _is_object(value: Any) -> bool:
    return isinstance(value, (Given, Answer, Rng, Tensor))


def trusted_outcomes(
    context: Context, calls: list[Call], functions: dict[str, Callable[..., Any]]
) -> list[Outcome]:
    """What trusted functions give on some calls; an exception is an outcome too."""
    found: list[Outcome] = []
    for call in calls:
        try:
            found.append(_outcome(lambda c=call: context.run(c, functions), call))
        except Exception:
            found.append(("error", None))
    return found


def functions_of(question: Question, item: Misconception) -> dict[str, Callable]:
    """The question's functions as somebody with this misconception writes them."""
    wrong = item.wrong
    if not isinstance(wrong, dict):
        wrong = {question.answers[0]: wrong}
    return {**question.reference, **wrong}


def agree(a: list[Outcome], b: list[Outcome]) -> bool:
    """Whether two lists of outcomes are the same, with at least one value in them."""
    if not any(kind == "value" for kind, _ in a):
        return False
    return all(x[0] == y[0] and same(x[1], y[1]) for x, y in zip(a, b, strict=True))


def recognise(context: Context, ask: Asker, seed: int) -> Misconception | None:
    """The misconception whose outputs are the learner's on every case, if any.

    A misconception about some of the answer functions is judged on the calls of these:
    what another function of the answer makes of them is not compared.
    """
    question = context.question
    if not question.misconceptions:
        return None
    calls = question.cases(generator(seed, question, 10**6))
    learner: list[Outcome] = []
    for call in calls:
        try:
            fresh = copy.deepcopy(call)
            run = _outcome(lambda c=fresh: ask(c.name, *c.args, **c.kwargs), call)
            learner.append(run)
        except Wrong as wrong:
            if wrong.kind in ("dead", "missing", "forbidden", "unanswered"):
                return None
            learner.append(("error", None))
    right = trusted_outcomes(context, calls, question.reference)
    for item in question.misconceptions:
        about = item.wrong if isinstance(item.wrong, dict) else question.answers[:1]
        places = [i for i, call in enumerate(calls) if call.name in about]
        wrong = trusted_outcomes(
            context, [calls[i] for i in places], functions_of(question, item)
        )
        got = [learner[i] for i in places]
        if agree(got, wrong) and not agree(got, [right[i] for i in places]):
            return item
    return None


def grade(
    path: str | Path,
    seed: int = 0,
    *,
    course: Course | None = None,
    launcher: Launcher | None = None,
) -> dict[str, Any]:
    """Grade a submitted notebook; the dict is what `unrolled grade --json` prints.

    Raises FileNotFoundError when there is no such file; a file that cannot be graded
    gives state "ungradable" and a `message`, never a score.
    """
    try:
        _, results = grade_results(path, seed, course=course, launcher=launcher)
    except (Ungradable, NotACheckout) as reason:
        return ungradable_json(path, seed, str(reason))
    except CourseFault as fault:
        return ungradable_json(path, seed, f"The course itself failed: {fault}.")
    return results_json(path, seed, results)


def grade_results(
    path: str | Path,
    seed: int = 0,
    *,
    course: Course | None = None,
    launcher: Launcher | None = None,
) -> tuple[Submission, list[Result]]:
    """As `grade`, with the results as objects. Raises Ungradable."""
    course = course or Course()
    submission = read_submission(Path(path), course)
    chapter = course.questions(submission.chapter)
    sources = course.sources(submission.chapter)
    results = []
    for item in chapter:
        source = submission.answers.get(item.id)
        if source is None:
            results.append(missing_answer(item))
            continue
        results.append(
            grade_question(
                item,
                source,
                chapter=chapter,
                sources=sources,
                seed=seed,
                launcher=launcher,
            )
        )
    return submission, results


def results_json(path: str | Path, seed: int, results: list[Result]) -> dict[str, Any]:
    """The JSON object of a graded file."""
    return {
        "file": str(path),
        "state": "graded",
        "score": sum(r.score for r in results),
        "points": sum(r.points for r in results),
        "seed": seed,
        "questions": [r.as_json() for r in results],
    }


def ungradable_json(path: str | Path, seed: int, message: str) -> dict[str, Any]:
    """The JSON object of a file that cannot be graded."""
    return {
        "file": str(path),
        "state": "ungradable",
        "score": None,
        "points": None,
        "seed": seed,
        "questions": [],
        "message": message,
    }
