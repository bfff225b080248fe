"""The worker and the engine: honest answers, broken ones, hostile ones."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import toy
from harness import Bench

from unrolled.grader import wire
from unrolled.grader.course import Sources
from unrolled.grader.engine import Result, grade_question, same
from unrolled.grader.process import PlainLauncher, PlainRunning, Worker
from unrolled.grader.question import (
    Call,
    CourseFault,
    Limits,
    Property,
    Question,
    Tensor,
    Wrong,
)

BENCH = Bench("90", course=toy.COURSE)
FIRST, SECOND, THIRD = toy.QUESTIONS
posix = pytest.mark.skipif(sys.platform == "win32", reason="limits are POSIX's")


@pytest.fixture(scope="module", autouse=True)
def session():
    with BENCH:
        yield


def graded(source: str, question: Question = FIRST) -> Result:
    """Through a worker of its own, as `unrolled grade` does it."""
    return BENCH.grade(question, source, launcher=PlainLauncher())


def asked(value: object, *more: object) -> object:
    """A value sent to a worker, returned by the answer, and back."""
    with Worker(Limits()) as worker:
        worker.start([], frozenset())
        worker.answer("def echo(*a):\n    return a", ("echo",), frozenset())
        return worker.call("echo", (value, *more), {}).value


# --- values on the wire -----------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(2**70),
        1.5,
        math.inf,
        -math.inf,
        1 - 2j,
        complex(math.nan, 1),
        "ü✓\ud800",
        [],
        [1, [2.0, "a"], None],
        (1, (2,)),
        {"a": [1], 2: {"b": (None,)}, (1, 2): 3},
        {("a", 1)},
        {frozenset({3})},
        set(),
        np.float32(1.5),
        np.int8(3),
        np.bool_(True),
        np.zeros((0, 3)),
        np.array(2.0),
        np.arange(6).reshape(2, 3).T,
        np.array([1 + 1j, math.nan]),
        np.array(["a", "bc"]),
        np.arange(3, dtype=">i2"),
    ],
)
def test_values_travel(value):
    (back,) = asked(value)
    if isinstance(value, np.ndarray | np.generic):
        assert type(back) is type(value)
        assert back.dtype == value.dtype.newbyteorder("=")
        assert back.shape == value.shape
        np.testing.assert_array_equal(back, value)
    else:
        assert type(back) is type(value)
        assert repr(back) == repr(value)


def test_values_decoded_are_writable_and_own_their_data():
    a = np.ones(3)
    (back,) = asked(a)
    back[0] = 5
    assert a[0] == 1


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("(i for i in range(3))", "a generator"),
        ("{1, 2}.__iter__()", "a set_iterator"),
        ("np.array([None, 1])", "dtype object"),
        ("np.zeros(2, dtype=[('a', int)])", "dtype"),
        ("lambda: 1", "a function"),
        ("object()", "an object"),
    ],
)
def test_values_that_do_not_travel_are_named(source, word):
    result = graded(f"def double(x):\n    return {source}")
    assert result.score == 0
    assert len(result.messages) == 1
    assert "your function returned" in result.messages[0]
    assert word in result.messages[0]


def test_deep_and_circular_values_end_in_a_sentence():
    for source in ("a = []\n    a.append(a)", "a = 1\n    for _ in range(99): a = [a]"):
        result = graded(f"def double(x):\n    {source}\n    return a")
        assert "nested more than 40 levels" in result.messages[0]


@pytest.mark.parametrize(
    "frame",
    [
        {"array": "AAAA"},
        {"array": 3},
        {"object": 1},
        {"list": 3},
        {"set": 3},
        {"set": [{"list": []}]},
        {"dict": [[{"list": []}, 1]]},
        {"scalar": wire.encode(np.ones(2))["array"]},
        {"float": "1e5"},
        {"int": []},
        [1],
        {},
    ],
)
def test_decoding_refuses_what_is_no_value(frame):
    with pytest.raises(wire.Broken):
        wire.decode(frame)


def test_an_array_header_that_lies_about_its_size_costs_no_memory():
    import base64

    text = wire.encode(np.zeros(4))["array"]
    raw = base64.b64decode(text).replace(b"(4,), }", b"(4000000000000,), }")
    with pytest.raises(wire.Broken):
        wire.decode({"array": base64.b64encode(raw).decode()})


def test_pickled_arrays_are_never_loaded():
    import base64
    import io

    buffer = io.BytesIO()
    np.save(buffer, np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(wire.Broken):
        wire.decode({"array": base64.b64encode(buffer.getvalue()).decode()})


# --- the graders' own tests -------------------------------------------------------


@pytest.mark.parametrize("question", toy.QUESTIONS, ids=lambda q: q.id)
def test_reference_blank_and_misconceptions(question):
    BENCH.assert_reference(question)
    BENCH.assert_blank(question)
    BENCH.assert_misconceptions(question)


def test_half_and_mutants(tmp_path):
    BENCH.assert_half(tmp_path)
    BENCH.assert_mutants(FIRST, at_least=2)


def test_the_harness_sees_a_weak_question():
    """A property that always holds, and a misconception nobody recognises."""
    weak = dataclasses.replace(
        FIRST, properties=(Property("is", 1, lambda ask, rng: None, "§1"),)
    )
    with pytest.raises(AssertionError):
        BENCH.assert_blank(weak)
    with pytest.raises(AssertionError):
        BENCH.assert_misconceptions(weak)
    with pytest.raises(AssertionError):
        BENCH.assert_mutants(weak)


def test_forked_and_plain_workers_agree():
    for source in (
        "def double(x):\n    return x * x",
        "def double(x):\n    return y",
        "import os\ndef double(x):\n    os._exit(4)",
    ):
        assert graded(source).as_json() == BENCH.grade(FIRST, source).as_json()


def test_rewrites_keep_their_points():
    BENCH.assert_equivalent(FIRST, "def double(x):\n    return np.add(x, x)")
    BENCH.assert_equivalent(FIRST, "def double(a):\n    return [2 * v for v in a]")
    BENCH.assert_equivalent(FIRST, "double = np.vectorize(lambda v: 2 * v)")


def test_misconception_needs_every_case_and_another_output():
    half = "def double(x):\n    return x * x if len(x) < 5 else 3 * x"
    assert graded(half).misconception is None
    assert graded("def double(x):\n    return x * x").misconception.name == "square"


def test_same():
    assert same([1, 2], np.array([1.0, 2.0]))
    assert same((1, {"a": np.nan}), [1, {"a": float("nan")}])
    assert same({(1, "a"), (2, "b")}, [(2, "b"), (1, "a")])
    assert not same({1, 2}, [1, 1]) and not same([1, 1], {1, 2})
    assert not same({1, 2}, [1, 2, 2])
    assert not same([1, 2], [1, 2, 3])
    assert not same(None, 0)
    assert not same({"a": 1}, [("a", 1)])
    assert not same(np.zeros(2), np.zeros((1, 2)))


# --- honest code is not punished --------------------------------------------------


@pytest.mark.parametrize(
    "extra",
    [
        "print('hello', [1] * 50)",
        "import warnings; warnings.warn('careful')",
        "import sys; print('oops', file=sys.stderr)",
        "import collections, itertools, fractions",
        "%matplotlib inline",
        "!ls",
        "print(double(undefined_in_this_cell))",
        "check('90.1')",
        "raise ValueError('a trial that failed')",
        "np.seterr(all='raise')",
        "import os; os.chdir('/')",
        "x = np.random.default_rng().normal()",
        "import sys; sys.stdout = None",
        "import os; os.close(1); os.close(2)",
    ],
)
def test_extras_cost_nothing(extra):
    source = f"{extra}\ndef double(x):\n    return 2.0 * x\n{extra}"
    assert graded(source).score == FIRST.points


def test_prints_and_warnings_inside_the_function_cost_nothing():
    source = """
import sys
def double(x):
    print("inside", x)
    sys.stdout.write("\\x00\\x00\\x00\\x05{}{}{}")
    np.float64(1.0) / 0.0
    return 2.0 * x
"""
    assert graded(source).score == FIRST.points


def test_an_earlier_answer_is_the_reference_so_mistakes_do_not_cascade():
    source = "def quadruple(x):\n    return double(double(x))"
    assert graded(source, SECOND).score == 2
    # also where the question does not declare it: the name is found in the answer
    source = "def apply_with_noise(f, x, rng):\n    y = double(x)\n"
    source += "    return f(x) + rng.standard_normal(x.shape)"
    assert graded(source, THIRD).score == 4


def test_given_names_are_there_and_may_be_called():
    assert graded("def double(x):\n    return scaled(x)").score == FIRST.points


def test_unseeded_numbers_repeat():
    source = "r = np.random.default_rng().normal() + np.random.rand()\n"
    source += "def double(x):\n    raise ValueError(str((r, hash('a'), {'a', 'b'})))"
    assert graded(source).messages == graded(source).messages


def test_unseeded_generators_differ_within_a_run():
    source = "def double(x):\n    make = np.random.default_rng\n"
    source += "    same = make().normal() == make().normal()\n"
    source += "    return (x if same else 2.0 * x) + 0 * make(None).normal()"
    assert graded(source).score == FIRST.points


# --- broken answers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "does not define the function `double`"),
        ("x = 1", "does not define the function `double`"),
        ("double = 3", "does not define the function `double`"),
        ("def double(x)\n    return x", "SyntaxError"),
        ("def double(x):\n    return x\x00", "null bytes"),
        ("def double(x):\n    return '\ud800' + x", "Unicode"),
        ("def double(x):\n    return " + "(" * 999 + "x" + ")" * 999, "nested"),
        ("def double(x):\n    return " + "-" * 10**5 + "x", ""),
        ("def double(x):\n    return 10**9999", "a whole number of 33216 bits"),
        ("def double(x):\n    return 1 / 0", "ZeroDivisionError: division by zero"),
        ("def double(x):\n    return math.pi", "`math` is not defined"),
        ("def double():\n    return 1", "does the `def` line have the arguments"),
        ("def double(x):\n    return double(x)", "calls itself without end"),
        ("def double(x):\n    return input()", "asked for input"),
        ("import sys\ndef double(x):\n    sys.exit(0)", "left Python"),
        ("import os\ndef double(x):\n    os._exit(0)", "ended the process"),
        ("import os\nos._exit(0)", "ended the process"),
        ("import os\ndef double(x):\n    os.abort()", "ended the process"),
        ("def double(x):\n    raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import torch\ndef double(x):\n    return x", "`torch` may not be imported"),
        ("def double(x):\n    import torch.nn\n    return x", "`torch` may not"),
        ("def double(x):\n    return __import__('jax')", "`jax` may not"),
        ("from unrolled.grader import question", "`unrolled` may not"),
        ("def double(x):\n    return 'a' * 10**7", "returned more than 4 MiB"),
    ],
)
def test_broken_answers_get_one_clear_message(source, words):
    result = graded(source)
    assert result.score == 0
    assert len(result.messages) == 1, result.messages
    assert words in result.messages[0]
    assert "Traceback" not in result.messages[0]


def test_a_message_tells_the_line_of_the_answer_cell():
    source = "import math\n\ndef double(x):\n    y = x.foo\n    return y"
    assert "line 4 of the answer cell: `y = x.foo`" in graded(source).messages[0]


def test_strange_values_are_told_as_such():
    result = graded("def double(x):\n    return {'a': 1}")
    assert result.score == 1  # x is left alone
    assert "has not the form" in " ".join(result.messages)


def test_points_earned_before_the_worker_died_stay():
    source = "import os\ndef double(x):\n    if len(x) == 4: os._exit(1)\n    return x"
    assert graded(source).score == 1


# --- hostile answers --------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def double(x):\n    while True: pass", "computing time"),
        ("while True: pass\ndef double(x): return x", "computing time"),
        ("import time\ndef double(x): time.sleep(99)", "within 4 seconds"),
        ("def double(x): return np.ones(10**10)", "256 MiB of memory"),
        (
            "def double(x):\n    a = []\n    while True: a.append('x' * 10**6)",
            "256 MiB",
        ),
        (
            "def double(x):\n    while True: print('x' * 9999)",
            "printed more than 1 MiB",
        ),
        (
            "import os\ndef double(x):\n    while True: os.write(1, b'x' * 65536)",
            "printed more than 1 MiB",
        ),
        (
            "import sys\nsys.setrecursionlimit(10**9)\n"
            "def double(x):\n    return [double(x)]",
            "",
        ),
        (
            "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"
            "def double(x):\n    while True: pass",
            "",
        ),
        (
            "import threading\ndef spin():\n    while True: pass\n"
            "def double(x):\n    threading.Thread(target=spin).start(); spin()",
            "",
        ),
    ],
)
def test_floods_and_loops_end_with_one_message(source, words):
    began = time.monotonic()
    result = graded(source)
    assert time.monotonic() - began < 15
    assert result.score == 0
    assert len(result.messages) == 1, result.messages
    assert words in result.messages[0]


def test_a_bad_answer_leaves_the_others_their_points(tmp_path):
    from unrolled.grader.engine import grade

    answers = dict(BENCH.sources.answers)
    answers["90.2"] = "import os\nos._exit(0)"
    path = BENCH.notebook(tmp_path / "a.ipynb", answers)
    result = grade(path, course=toy.COURSE)
    assert [q["score"] for q in result["questions"]] == [4, 0, 4]


@posix
@pytest.mark.parametrize(
    "source",
    [
        # frames written to every descriptor there is
        "import os, json, struct\n"
        "def double(x):\n"
        "    body = {'n': 3, 'nonce': '', 'value': 1, 'args': []}\n"
        "    body = json.dumps(body).encode()\n"
        "    for fd in range(1, 64):\n"
        "        try: os.write(fd, struct.pack('>I', len(body)) + body)\n"
        "        except OSError: pass\n"
        "    return 2.0 * x",
        # noise into every descriptor
        "import os\n"
        "def double(x):\n"
        "    for fd in range(3, 64):\n"
        "        try: os.write(fd, b'\\xff' * 64)\n"
        "        except OSError: pass\n"
        "    return 2.0 * x",
    ],
)
def test_forged_frames_earn_nothing(source):
    result = graded(source)
    assert result.score == 0
    assert "the grader's own channel" in result.messages[0] or "MiB" in str(result)


def test_frames_printed_to_stdout_and_stderr_are_only_text():
    source = (
        "import sys, json, struct, os\n"
        "def double(x):\n"
        "    body = json.dumps({'n': 3, 'value': 1, 'args': []})\n"
        "    print(body); print(body, file=sys.__stderr__)\n"
        "    os.write(1, body.encode())\n"
        "    os.write(2, struct.pack('>I', 5) + b'12345')\n"
        "    return 0.0 * x"
    )
    assert graded(source).score == 2  # shape and argument; the values are wrong


def test_patched_numpy_changes_nothing_in_the_parent():
    source = (
        "np.allclose = lambda *a, **k: True\n"
        "np.array_equal = lambda *a, **k: True\n"
        "np.testing.assert_allclose = lambda *a, **k: None\n"
        "import builtins; builtins.isinstance = lambda *a: True\n"
        "class Same(np.ndarray):\n"
        "    __eq__ = lambda *a: True\n"
        "def double(x): return (0 * x).view(Same)"
    )
    result = graded(source)
    assert result.score <= 2
    assert np.allclose(1, 2) is False


def test_the_answer_sees_neither_tests_nor_environment_nor_expected_values():
    os.environ["UNROLLED_TEST_SECRET"] = "expected-4711"
    try:
        source = (
            "import os, sys, gc\n"
            "def double(x):\n"
            "    seen = str(dict(os.environ)) + str(sys.argv) + os.getcwd()\n"
            "    seen += str([m for m in sys.modules if 'unrolled' in m])\n"
            "    seen += str([type(o).__name__ for o in gc.get_objects()])\n"
            "    words = ('4711', 'unrolled', 'Question', 'Property', 'toy')\n"
            "    raise ValueError(str([w for w in words if w in seen]))"
        )
        # the worker's own path is in argv: it holds the package's name
        message = graded(source).messages[0]
    finally:
        del os.environ["UNROLLED_TEST_SECRET"]
    assert "ValueError: ['unrolled']" in message


def test_the_frames_hold_no_expected_value(monkeypatch):
    sent = []
    dump = wire.dump
    monkeypatch.setattr(wire, "dump", lambda m: sent.append(m) or dump(m))
    graded("def double(x):\n    return x")
    keys = {key for message in sent for key in message}
    assert keys <= {
        "op",
        "n",
        "nonce",
        "prelude",
        "imports",
        "source",
        "names",
        "banned",
        "limits",
        "name",
        "args",
        "kwargs",
        "own",
    }
    preludes = [p for m in sent if m["op"] == "start" for p in m["prelude"]]
    assert not any("def double" in p for p in preludes)


@posix
def test_children_of_the_answer_are_ended_with_it(tmp_path):
    mark = tmp_path / "pid"
    source = (
        "import subprocess, sys\n"
        "def double(x):\n"
        "    c = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        f"    p = subprocess.Popen(c); open({str(mark)!r}, 'w').write(str(p.pid))\n"
        "    return 2.0 * x"
    )
    graded(source, dataclasses.replace(FIRST, properties=FIRST.properties[:1]))
    pid = int(mark.read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().split()[2] in "ZX":
            return
        time.sleep(0.05)
    pytest.fail("the child still runs")


def test_no_folder_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    graded("open('left.txt', 'w').write('x')\ndef double(x):\n    return 2.0 * x")
    assert list(tmp_path.iterdir()) == []


# --- faults of the course are told apart ------------------------------------------


def test_a_broken_given_cell_is_the_course_s_fault():
    sources = Sources({"90.1": "import nothing_of_this_name"}, {})
    with pytest.raises(CourseFault, match="a given cell failed"):
        grade_question(
            FIRST, "def double(x): return x", chapter=toy.QUESTIONS, sources=sources
        )


def test_a_test_that_asks_for_an_unknown_function_is_the_course_s_fault():
    def test(ask, rng):
        ask("triple", 1)

    question = dataclasses.replace(FIRST, properties=(Property("p", 1, test, "§"),))
    with pytest.raises(CourseFault, match="triple"):
        graded("def double(x): return x", question)


def test_questions_are_checked_when_made():
    with pytest.raises(ValueError, match="form"):
        dataclasses.replace(FIRST, id="3.1")
    with pytest.raises(ValueError, match="reference"):
        dataclasses.replace(FIRST, answers=("double", "triple"))
    with pytest.raises(ValueError, match="whole number"):
        Property("p", 0.5, toy.doubled, "§")


# --- torch, where a question allows it --------------------------------------------


def test_torch_where_allowed_tensors_become_arrays():
    def halves(x):
        return x / 2

    def test(ask, rng):
        reply = ask("halves", Tensor(np.ones(3, dtype=np.float32)))
        if not isinstance(reply.value, np.ndarray):
            raise Wrong("no array")
        if reply.value.dtype != np.float32 or not np.allclose(reply.value, 0.5):
            raise Wrong("wrong")

    question = Question(
        id="90.1",
        title="halves",
        answers=("halves",),
        reference={"halves": halves},
        properties=(Property("halves", 1, test, "§"),),
        misconceptions=(),
        cases=lambda rng: [Call("halves", Tensor(np.ones(2)))],
        imports=frozenset({"torch"}),
    )
    source = "import torch\ndef halves(x):\n    assert torch.is_tensor(x)\n"
    source += "    return (x / 2).requires_grad_()"
    result = grade_question(
        question, source, chapter=(question,), sources=Sources({}, {})
    )
    assert result.messages == []


# --- a worker that is wholly in hostile hands ---------------------------------------

PUPPET = """
import json, struct, sys
nonce = None
while True:
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        break
    request = json.loads(sys.stdin.buffer.read(struct.unpack(">I", head)[0]))
    nonce = request.get("nonce", nonce)
    reply = {"ok": True} if request["op"] == "start" else json.loads(sys.argv[1])
    if request["op"] == "answer" and sys.argv[2] == "call":
        reply = {"ok": True}
    if isinstance(reply, dict):
        reply |= {"nonce": nonce, "n": request["n"]}
    body = json.dumps(reply).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
    sys.stdout.buffer.flush()
"""


class Puppet(PlainRunning):
    """A process that knows the protocol and says what the test wants."""

    def __init__(self, reply: object, when: str) -> None:
        command = [sys.executable, "-c", PUPPET, json.dumps(reply), when]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
        self.stdin = self.process.stdin
        self.stdout = self.process.stdout
        self.stderr = self.process.stderr


@dataclasses.dataclass(frozen=True)
class PuppetLauncher:
    reply: object
    when: str

    def start(self, folder: Path) -> Puppet:
        return Puppet(self.reply, self.when)


@pytest.mark.parametrize("when", ["answer", "call"])
@pytest.mark.parametrize(
    "reply",
    [
        [],
        3,
        {"value": 3},
        {"value": 3, "args": 3, "kwargs": {}},
        {"value": 3, "args": [], "kwargs": []},
        {"value": 3, "args": [{"given": [1]}], "kwargs": {}},
        {"value": {"given": "scaled"}, "args": [], "kwargs": {}},
        {"value": [[[[]]]], "args": [], "kwargs": {}},
        {"value": {"array": "x" * 99}, "args": [], "kwargs": {}},
        {"value": {"int": "f" * 30_000}, "args": [], "kwargs": {}},
        {"value": {"dict": [[{"float": "nan"}, 1], [{"dict": []}, 2]]}, "args": []},
        {"error": 3},
        {"error": {}},
        {"error": {"kind": ["x"], "type": 3, "text": {}, "line": "9", "family": "abc"}},
        {
            "error": {
                "type": "E" * 10_000,
                "text": "t\n\x1b[31m" * 2_000,
                "code": "`" * 99,
            }
        },
        {"error": {"family": [["MemoryError"], 3]}, "score": 99},
        {"missing": 3},
        {"missing": [["double"]], "error": {"name": 7, "type": "NameError"}},
    ],
)
def test_no_reply_upsets_the_parent(reply, when):
    result = BENCH.grade(
        FIRST, "def double(x): ...", launcher=PuppetLauncher(reply, when)
    )
    assert result.score == 0 or when == "answer"
    for message in result.messages:
        assert len(message) < 900
        assert message.isprintable()


def test_a_puppet_that_cannot_know_the_values_earns_nothing():
    """Approving words in a reply are only words."""
    reply = {"ok": True, "passed": True, "score": 4, "value": True, "args": [True]}
    launcher = PuppetLauncher(reply | {"kwargs": {}}, "call")
    assert BENCH.grade(FIRST, "", launcher=launcher).score == 0
