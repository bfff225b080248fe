"""`check("03.1")`: the instant check in a notebook."""

from __future__ import annotations

import ast
import inspect
import linecache
import os
import textwrap
import types
from typing import Any

from unrolled.grader.course import Course, NotACheckout
from unrolled.grader.engine import Result, grade_question
from unrolled.grader.question import CourseFault, Question


class NotRun(Exception):
    """The answer is not in this kernel as its cell says; the text says what to do."""


def check(identifier: str, *, course: Course | None = None) -> float | None:
    """Print how the answer to a question does, with what to read again.

    The answer cell's source, as last run in this kernel, is graded exactly as
    `unrolled grade` does it. Returns None; when nbgrader runs the notebook
    (NBGRADER_EXECUTION is set) the points as a float, which it takes as the grade.
    """
    by_nbgrader = bool(os.environ.get("NBGRADER_EXECUTION"))
    score = 0
    try:
        score = _check(identifier, course or Course())
    except NotRun as problem:
        print(problem)
    except (LookupError, NotACheckout, CourseFault) as problem:
        if by_nbgrader:  # an error in the log: it must not pass for a mark of 0
            raise
        print(f"The check could not run, which is no fault of yours: {problem.args[0]}")
    return float(score) if by_nbgrader else None


def _check(identifier: str, course: Course) -> int:
    item = course.question(identifier)
    chapter = course.questions(item.chapter)
    sources = course.sources(item.chapter)
    source = source_in_kernel(item)
    result = grade_question(item, source, chapter=chapter, sources=sources)
    print(as_text(result))
    return result.score


def as_text(result: Result, advice: bool = True) -> str:
    """A result as lines of at most 88 columns: one a property, then the score.

    advice: say what to do with a cell that is not answered yet.
    """
    item = result.question
    lines = [f"Exercise {item.number}: {item.title}"]
    if result.unanswered and advice:
        lines.append(
            "  not answered yet: write your code in the cell above, in place of"
        )
        lines.append("  the line `raise NotImplementedError`; run it, then this cell.")
    elif result.unanswered:
        lines.append("  not answered yet")
    else:
        shared = result.shared_reason
        if shared:
            lines.append(_folded(shared, "  "))
        for line in result.lines:
            score = f"{line.mark} {line.score}/{line.points}"
            lines.append(_folded(f"{score}  {line.text}", "  ", 7))
            if line.why and not shared:
                lines.append(_folded(line.why, " " * 9))
            if line.why and not shared and not line.left_open:
                lines.append(_folded(f"read: {line.read}", " " * 9))
    lines.append(f"  score: {result.score} of {result.points} points")
    if result.misconception is not None:
        found = result.misconception
        lines.append(_folded(found.message, "  "))
        lines.append(_folded(f"read again: {found.read}", "  "))
    return "\n".join(lines)


def _folded(text: str, indent: str, hanging: int = 0) -> str:
    """Text in lines of at most 88 columns; further lines are indented by more."""
    return textwrap.fill(
        text,
        88,
        initial_indent=indent,
        subsequent_indent=indent + " " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def source_in_kernel(item: Question) -> str:
    """The source of the answer as run in this kernel. Raises NotRun."""
    space, cells = kernel_state()
    parts: list[str] = []
    for name in item.answers:
        if not callable(space.get(name)):
            raise NotRun(
                f"Exercise {item.number}: `{name}` is not defined in this notebook "
                "yet: run the answer cell above, then run this cell again."
            )
        ran = [*reversed(cells), _own_cell(space[name])]
        written = ((c, _code_of(c, name)) for c in ran)
        source, code = next((pair for pair in written if pair[1]), ("", None))
        if code is None:
            raise NotRun(
                f"Exercise {item.number}: no cell that you ran has `def {name}(`: "
                "write the answer as a function in the answer cell and run it."
            )
        if not _is_live(space[name], code):
            raise NotRun(
                f"Exercise {item.number}: `{name}` is not what its cell says any more: "
                "run the cell again, then run this one."
            )
        if source not in parts:
            parts.append(source)
    return "\n\n".join(parts)


def kernel_state() -> tuple[dict[str, Any], list[str]]:
    """The names of the running notebook and the cells it ran, as typed."""
    try:
        from IPython import get_ipython
    except ImportError:
        get_ipython = None
    shell = get_ipython() if get_ipython is not None else None
    if shell is None:
        raise NotRun(
            "check() works in a Jupyter notebook; elsewhere run "
            "`unrolled grade FILE` on the notebook."
        )
    return shell.user_ns, list(shell.history_manager.input_hist_raw)


def _own_cell(function: Any) -> str:
    """The cell that a live function was defined in, as the kernel compiled it.

    It is there also when a notebook is run without a history, as test tools do.
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    return "".join(linecache.getlines(code.co_filename)) if code else ""


def _code_of(cell: str, name: str) -> tuple[types.CodeType, bool] | None:
    """Of the last top-level function `name` in a cell: its code, and whether it is
    decorated. None when the cell does not define it."""
    from IPython import get_ipython

    if name not in cell:
        return None
    try:
        tree = ast.parse(get_ipython().transform_cell(cell))
        module = compile(tree, "<answer>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    nodes = [
        node
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name == name
    ]
    found = [
        const
        for const in module.co_consts
        if isinstance(const, types.CodeType) and const.co_name == name
    ]
    return (found[-1], bool(nodes[-1].decorator_list)) if nodes and found else None


def _is_live(function: Any, written: tuple[types.CodeType, bool]) -> bool:
    """Whether a function was made from this code. What a decorator made of it may have
    no code of its own and passes."""
    code, decorated = written
    live = getattr(function, "__code__", None)
    return decorated or (live is not None and _alike(live, code))


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, types.CodeType) and isinstance(b, types.CodeType):
        return (
            a.co_name == b.co_name
            and a.co_code == b.co_code
            and a.co_names == b.co_names
            and a.co_varnames == b.co_varnames
            and len(a.co_consts) == len(b.co_consts)
            and all(map(_alike, a.co_consts, b.co_consts))
        )
    return type(a) is type(b) and (a == b or repr(a) == repr(b))
