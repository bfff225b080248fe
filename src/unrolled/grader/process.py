"""The parent's side of a worker: start it, ask it, end it.

Nothing that comes from the worker is trusted: frames have a size limit, a nonce and a
number; values are decoded from a closed list of kinds; every sentence is shortened and
cleaned.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np

from unrolled.grader import wire
from unrolled.grader.question import (
    Answer,
    CourseFault,
    Given,
    Limits,
    Reply,
    Rng,
    Tensor,
    Wrong,
)

WORKER = Path(__file__).with_name("worker.py")
BANNED = frozenset({"torch", "jax", "tensorflow", "autograd", "unrolled"})
START_SECONDS = 120.0  # libraries and given cells; nothing of the learner's
KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class Running(Protocol):
    """A started worker process."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]

    def kill(self) -> None: ...

    def wait(self, timeout: float) -> int | None: ...


class Launcher(Protocol):
    """Starts worker processes: a plain subprocess here; a sandbox is another one."""

    def start(self, folder: Path) -> Running: ...


def environment(folder: Path) -> dict[str, str]:
    """The worker's environment: nothing of the parent's but what starts Python."""
    kept = {k: os.environ[k] for k in KEPT_ENVIRONMENT if k in os.environ}
    threads = {
        f"{name}_NUM_THREADS": "1"
        for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
    }
    threads["VECLIB_MAXIMUM_THREADS"] = "1"
    home = {k: str(folder) for k in ("HOME", "TMPDIR", "TEMP", "TMP")}
    rest = {
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8:replace",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
    }
    return kept | threads | home | rest


class PlainRunning:
    """A worker as an ordinary child process, leader of its own process group."""

    def __init__(self, folder: Path) -> None:
        # -P and -s and an environment of our own are what -I does, except that the
        # hash seed is honoured: the order of a set must not change between two runs
        self.process = subprocess.Popen(
            [sys.executable, "-s", "-P", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment(folder),
            start_new_session=True,
        )
        self.stdin = self.process.stdin
        self.stdout = self.process.stdout
        self.stderr = self.process.stderr

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    def wait(self, timeout: float) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(timeout)
        return None


class PlainLauncher:
    """Workers without a sandbox: limits on time, memory and output alone."""

    def start(self, folder: Path) -> Running:
        return PlainRunning(folder)


class Worker:
    """One worker process for one question.

    Use as a context manager: start(), answer(), then call() any number of times. Every
    failure of the answer is a `Wrong`; after one of kind "dead" all calls raise it.
    """

    def __init__(self, limits: Limits, launcher: Launcher | None = None) -> None:
        self.limits = limits
        self.launcher = launcher or PlainLauncher()
        self.nonce = secrets.token_hex(16)
        self.number = 0
        self.dead: Wrong | None = None
        self.why = ""  # why the parent ended it: "wall", "output" or "forged"
        self.printed = 0
        self.deadline = 0.0
        self.names: tuple[str, ...] = ()
        self.frames: queue.Queue[dict[str, Any] | Exception] = queue.Queue()
        self.outbox: queue.Queue[bytes | None] = queue.Queue()

    def __enter__(self) -> Worker:
        self.folder = tempfile.TemporaryDirectory(
            prefix="answer-", ignore_cleanup_errors=True
        )
        try:
            self.running = self.launcher.start(Path(self.folder.name))
        except BaseException:
            self.folder.cleanup()
            raise
        for task in (self._receive, self._send, self._drain):
            threading.Thread(target=task, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.outbox.put(None)
        self.running.kill()
        self.running.wait(5.0)
        self.folder.cleanup()

    def _receive(self) -> None:
        """Frames of the worker, one after the other, into a queue."""
        stream = self.running.stdout
        try:
            while True:
                self.frames.put(wire.load(stream.read, self.limits.reply))
        except (wire.Broken, OSError, ValueError, MemoryError) as error:
            self.frames.put(error)
        finally:
            with contextlib.suppress(OSError, ValueError):
                stream.close()

    def _send(self) -> None:
        stream = self.running.stdin
        with contextlib.suppress(OSError, ValueError):
            while (frame := self.outbox.get()) is not None:
                stream.write(frame)
                stream.flush()
        with contextlib.suppress(OSError, ValueError):
            stream.close()

    def _drain(self) -> None:
        """Read and drop what the answer prints; end a worker that floods."""
        stream = self.running.stderr
        with contextlib.suppress(OSError, ValueError):
            while part := stream.read1(2**16):
                self.printed += len(part)
                if self.printed > self.limits.output:
                    self.why = "output"
                    self.running.kill()
                    break
        with contextlib.suppress(OSError, ValueError):
            stream.close()

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        if self.dead is not None:
            raise self.dead
        self.number += 1
        self.outbox.put(wire.dump(message | {"n": self.number}))
        try:
            reply = self.frames.get(timeout=max(self.deadline - time.monotonic(), 0.01))
        except queue.Empty:
            self.why = "wall"
            self.running.kill()
            raise self._die(wire.Broken("no reply")) from None
        if isinstance(reply, Exception):
            raise self._die(reply)
        if reply.get("nonce") != self.nonce or reply.get("n") != self.number:
            self.why = "forged"
            raise self._die(wire.Broken("forged"))
        if "error" in reply or "missing" in reply:
            raise self._wrong(reply)
        return reply

    def _die(self, reason: Exception) -> Wrong:
        ours = bool(self.why) or isinstance(reason, wire.TooLarge)
        code = None if ours else self.running.wait(1.0)
        self.running.kill()
        self.dead = Wrong(self._obituary(reason, code), "dead")
        return self.dead

    def _obituary(self, reason: Exception, code: int | None) -> str:
        limits = self.limits
        if self.why == "output":
            return (
                f"your answer printed more than {limits.output // 2**20} MiB and was "
                "stopped; is there a print in an endless loop?"
            )
        if self.why == "wall":
            return (
                f"your answer did not finish within {limits.wall:g} seconds and was "
                "stopped; is there an endless loop?"
            )
        if isinstance(reason, wire.TooLarge):
            return f"your answer returned more than {limits.reply // 2**20} MiB of data"
        if code is not None and code < 0:
            if -code == getattr(signal, "SIGXCPU", None):
                return (
                    f"your answer used more than {limits.cpu:g} seconds of computing "
                    "time and was stopped; is there an endless loop?"
                )
            if -code == getattr(signal, "SIGKILL", None):
                return (
                    "your answer was stopped by the system: "
                    "it used too much memory or computing time"
                )
            if -code == getattr(signal, "SIGSEGV", None):
                return (
                    "your answer crashed Python; "
                    "does a function call itself without end?"
                )
        if code is not None:
            return (
                "your answer ended the process that ran it; "
                "return a value instead of leaving Python"
            )
        return "your answer wrote into the grader's own channel and was stopped"

    def _wrong(self, reply: dict[str, Any]) -> Wrong:
        error = reply.get("error")
        if "missing" in reply:
            told = reply["missing"] if isinstance(reply["missing"], list) else []
            name = next((n for n in self.names if n in told), self.names[0])
            if not isinstance(error, dict):
                return Wrong(
                    f"the answer cell does not define the function `{name}`", "missing"
                )
            cause = sentence(error, "the answer cell")
            return Wrong(f"{cause}; so `{name}` is not defined", "missing")
        if not isinstance(error, dict):
            return Wrong("your answer gave no result", "exception")
        kind = error.get("kind")
        if kind == "type":
            return Wrong(
                f"your function returned {clean(error.get('text'))}; expected numbers, "
                "strings, True/False, None, arrays, or lists, tuples, sets and dicts "
                "of them",
                "type",
            )
        if kind == "forbidden":
            name = clean(error.get("text"))
            return Wrong(
                f"`{name}` may not be imported in this answer; "
                f"work it out without it and remove `import {name}`",
                "forbidden",
            )
        family = error.get("family")
        if isinstance(family, list) and "NotImplementedError" in family:
            return Wrong(
                "not answered yet (it still raises NotImplementedError)", "unanswered"
            )
        if isinstance(family, list) and "MemoryError" in family:
            size = self.limits.memory // 2**20
            return Wrong(
                f"your answer asked for more than {size} MiB of memory", "exception"
            )
        return Wrong(sentence(error, "your function"), "exception")

    def start(self, prelude: list[str], imports: frozenset[str]) -> None:
        """Send the trusted sources. Raises CourseFault when they fail."""
        self.deadline = time.monotonic() + START_SECONDS
        message = {
            "op": "start",
            "nonce": self.nonce,
            "prelude": prelude,
            "imports": sorted(imports),
        }
        self._trusted(message)

    def _trusted(self, message: dict[str, Any]) -> None:
        try:
            self._ask(message)
        except Wrong as wrong:
            raise CourseFault(f"a given cell failed: {wrong}") from None

    def more(self, prelude: list[str]) -> None:
        """Send more trusted sources, for Given and Answer markers."""
        self._trusted({"op": "more", "prelude": prelude})

    def answer(
        self, source: str, names: tuple[str, ...], imports: frozenset[str]
    ) -> None:
        """Run the learner's answer cell. The clock of the question starts here."""
        self.names = names
        self.deadline = time.monotonic() + self.limits.wall
        limits = {
            "cpu": self.limits.cpu,
            "memory": self.limits.memory,
            "output": self.limits.output,
            "reply": self.limits.reply,
        }
        self._ask(
            {
                "op": "answer",
                "source": source,
                "names": list(names),
                "banned": sorted(BANNED - imports),
                "limits": limits,
            }
        )

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Reply:
        """Call an answer function; raises Wrong with a sentence for the learner."""
        message = {
            "op": "call",
            "name": name,
            "args": [wire.encode(a, to_wire) for a in args],
            "kwargs": {k: wire.encode(v, to_wire) for k, v in kwargs.items()},
            "own": list(self.names),
        }
        reply = self._ask(message)
        try:
            after = tuple(wire.decode(a, from_wire) for a in reply["args"])
            named = reply["kwargs"].items()
            kwargs_after = {str(k): wire.decode(v, from_wire) for k, v in named}
            return Reply(wire.decode(reply["value"]), after, kwargs_after)
        except (wire.Broken, KeyError, TypeError, AttributeError, MemoryError):
            self.why = "forged"
            raise self._die(wire.Broken("not a reply")) from None


def to_wire(value: Any) -> dict[str, Any] | None:
    """Markers as they travel; None for everything else."""
    if isinstance(value, (Given, Answer, Rng)):
        return value.to_wire()
    if isinstance(value, Tensor):
        return {"tensor": wire.encode(np.asarray(value.array))["array"]}
    return None


def from_wire(key: str, content: Any) -> Any:
    """Markers in the arguments that came back."""
    if key == "given" and isinstance(content, str):
        return Given(content)
    if key == "answer" and isinstance(content, str):
        return Answer(content)
    if key == "rng" and isinstance(content, int):
        return Rng(content)
    if key == "opaque":
        return None
    raise wire.Broken("unknown kind of value")


def clean(text: Any, length: int = 200) -> str:
    """One line of at most `length` characters without addresses or control codes."""
    text = text if isinstance(text, str) else ""
    text = re.sub(r"0x[0-9a-fA-F]{5,}", "0x...", text[: 4 * length])
    text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 3] + "..."


def sentence(error: dict[str, Any], who: str) -> str:
    """An exception of the answer as a sentence, with its line in the answer cell."""
    kind, text = clean(error.get("type"), 60), clean(error.get("text"))
    line, code = error.get("line"), clean(error.get("code"), 90)
    where = f", line {line} of the answer cell" if isinstance(line, int) else ""
    where += f": `{code}`" if where and code else ""
    name = clean(error.get("name"), 60)
    if kind == "NameError" and name:
        return (
            f"`{name}` is not defined ({kind}{where}); the answer cell and the given "
            "cell are all that is there, so define or import in the answer cell what "
            "it uses beside"
        )
    if kind == "SystemExit":
        return f"{who} left Python ({kind}{where}); return a value instead"
    if kind == "RecursionError":
        return f"{who} calls itself without end ({kind}{where})"
    if kind == "EOFError":
        return f"{who} asked for input ({kind}{where}); use the arguments instead"
    told = f"{kind}: {text}" if text else kind
    if kind == "TypeError" and re.search(r"\(\) (takes|missing|got an unexp)", text):
        where += "; does the `def` line have the arguments that the exercise gives it"
        where += "? (An older copy of the exercise may have others)"
    return f"{who} stopped with {told} ({where.removeprefix(', ')})".replace(" ()", "")
