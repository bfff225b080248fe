"""The worker: runs one learner's answer to one question, nothing else.

Started by its path as ``python -s -P worker.py``; it does not import `unrolled`, and no
test or expected value is ever sent to it. Requests come on standard input, replies go
to what was standard output when the process started; before any other code runs both
are moved away, so that ``print`` and ``input`` cannot touch them.
"""

from __future__ import annotations

import ast
import importlib.util
import itertools
import linecache
import os
import random
import re
import sys
import traceback
import types
import warnings
from pathlib import Path
from typing import Any


def _load_wire() -> types.ModuleType:
    path = Path(__file__).with_name("wire.py")
    spec = importlib.util.spec_from_file_location("_wire", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Forbidden(ImportError):
    """An import that this question does not allow."""


class Ban:
    """A finder that refuses the named top-level modules."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        root = name.partition(".")[0]
        if root in self.names:
            raise Forbidden(root, name=root)


def forbidden_import(tree: ast.AST, names: set[str]) -> str | None:
    """The first forbidden module that the source imports, if any."""
    for node in ast.walk(tree):
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found = [node.module or ""]
        for name in found:
            if name.partition(".")[0] in names:
                return name.partition(".")[0]
    return None


def parse(source: str) -> ast.Module:
    """The syntax tree of a cell; IPython's % and ! lines are left out if need be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source, "<answer>")
        except SyntaxError:
            kept = re.sub(r"(?m)^[ \t]*(?:%|!|\?).*$", "", source)
            if kept == source:
                raise
            return ast.parse(kept, "<answer>")


def explain(error: BaseException) -> dict[str, Any]:
    """An exception as data: its type, its text, the line of the answer cell."""
    line, code = None, ""
    if isinstance(error, SyntaxError) and error.filename == "<answer>":
        line, code = error.lineno, error.text or ""
    else:
        for frame in traceback.extract_tb(error.__traceback__, limit=-60):
            if frame.filename == "<answer>":
                line, code = frame.lineno, frame.line or ""
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException:
        text = ""
    text = str(text).replace(os.getcwd(), ".")
    name = getattr(error, "name", None) if isinstance(error, (NameError,)) else None
    kind = "forbidden" if isinstance(error, Forbidden) else "exception"
    return {
        "kind": kind,
        "type": type(error).__name__,
        "family": [t.__name__ for t in type(error).__mro__][:8],
        "text": text[:500],
        "name": name,
        "line": line,
        "code": str(code).strip()[:120],
    }


def limit(config: dict[str, Any]) -> None:
    """Set the limits that the system knows. Where it knows none, the parent's clock
    still ends the process."""
    try:
        import resource
    except ImportError:  # Windows
        return

    def put(name: str, value: int, more: int = 0) -> None:
        which = getattr(resource, name, None)
        if which is None:
            return
        hard = resource.getrlimit(which)[1]
        top = value + more
        if hard != resource.RLIM_INFINITY:
            value, top = min(value, hard), min(top, hard)
        try:
            resource.setrlimit(which, (value, top))
        except (ValueError, OSError):  # macOS refuses some
            return

    used = resource.getrusage(resource.RUSAGE_SELF)
    put("RLIMIT_CPU", int(used.ru_utime + used.ru_stime + config["cpu"]) + 1, 2)
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        put("RLIMIT_AS", pages * resource.getpagesize() + config["memory"])
    except OSError:
        put("RLIMIT_DATA", 2**30 + config["memory"])
    put("RLIMIT_FSIZE", config["output"])
    put("RLIMIT_CORE", 0)
    put("RLIMIT_NOFILE", 256)


class Worker:
    """The state of one worker: given names, the answer's namespace, the channel."""

    def __init__(self, incoming: int, outgoing: int, wire: types.ModuleType) -> None:
        self.incoming, self.outgoing, self.wire = incoming, outgoing, wire
        self.nonce = ""
        self.given: dict[str, Any] = {}
        self.others: dict[str, Any] = {}
        self.first_error: dict[str, Any] | None = None
        self.reply_limit = 2**25
        self.module = types.ModuleType("__main__")
        self.space = self.module.__dict__

    def read(self, count: int) -> bytes:
        parts = []
        while count:
            part = os.read(self.incoming, min(count, 2**20))
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def write(self, message: dict[str, Any]) -> None:
        view = memoryview(self.wire.dump(message | {"nonce": self.nonce}))
        while view:
            view = view[os.write(self.outgoing, view) :]

    def serve(self) -> None:
        """Answer requests until the parent closes its end."""
        while True:
            try:
                request = self.wire.load(self.read, 2**30)
            except self.wire.Broken:
                return
            if request["op"] == "start":
                self.nonce = request["nonce"]
            number = request["n"]
            try:
                reply = getattr(self, "do_" + request["op"])(request)
            except self.wire.Unsupported as error:
                reply = {"error": {"kind": "type", "text": str(error)[:200]}}
            except BaseException as error:
                reply = {"error": explain(error)}
            try:
                self.write(reply | {"n": number})
            except MemoryError as error:
                self.write({"error": explain(error), "n": number})

    def do_start(self, request: dict[str, Any]) -> dict[str, Any]:
        """Trusted preparation: seeds and the given cells, before any limit is set."""
        import numpy as np

        sys.modules["__main__"] = self.module
        random.seed(0)
        np.random.seed(0)
        original, unseeded = np.random.default_rng, itertools.count()

        def default_rng(seed: Any = None) -> np.random.Generator:
            # without a seed NumPy asks the system for one; a grade must repeat, and
            # yet two generators without a seed must differ
            return original([2**31, next(unseeded)] if seed is None else seed)

        np.random.default_rng = default_rng
        if "torch" in request["imports"]:
            import torch

            torch.set_num_threads(1)
            torch.manual_seed(0)
        self.space["np"] = np
        for source in request["prelude"]:
            self.run(source, "<given>", self.space)
        self.given = dict(self.space)
        self.others = dict(self.space)
        return {"ok": True}

    def do_more(self, request: dict[str, Any]) -> dict[str, Any]:
        """More trusted sources, in a namespace of their own, for Given and Answer."""
        space: dict[str, Any] = {"__name__": "__main__", "np": self.given["np"]}
        for source in request["prelude"]:
            self.run(source, "<given>", space)
        self.others = space | self.others
        return {"ok": True}

    def run(self, source: str, name: str, space: dict[str, Any]) -> None:
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        exec(compile(source, name, "exec"), space)

    def do_answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the answer cell, statement by statement.

        A statement that fails (a trial call on data of another cell, say) does not
        keep the rest from being run; the first failure is told when a function is
        missing in the end.
        """
        self.reply_limit = request["limits"]["reply"]
        limit(request["limits"])
        banned = set(request["banned"])
        tree = parse(request["source"])
        name = forbidden_import(tree, banned)
        if name is not None:
            raise Forbidden(name, name=name)
        sys.meta_path.insert(0, Ban(banned))
        source = request["source"]
        lines = source.splitlines(True)
        linecache.cache["<answer>"] = (len(source), None, lines, "<answer>")
        for statement in tree.body:
            part = ast.Module([statement], [])
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", SyntaxWarning)
                    code = compile(part, "<answer>", "exec")
                exec(code, self.space)
            except BaseException as error:
                if self.first_error is None:
                    self.first_error = explain(error)
        missing = [n for n in request["names"] if not callable(self.space.get(n))]
        if missing:
            return {"missing": missing, "error": self.first_error}
        return {"ok": True}

    def do_call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call an answer function; reply with its value and its arguments after."""
        markers: dict[int, dict[str, Any]] = {}
        keep: list[Any] = []  # ids stay unique while the objects live

        def special(key: str, content: Any) -> Any:
            if key == "rng":
                made = sys.modules["numpy"].random.default_rng(content)
            elif key == "given":
                made = self.find(self.given, content)
            elif key == "answer":
                own = content in request["own"]
                made = self.find(self.space if own else self.others, content)
            elif key == "tensor":
                import torch

                return torch.from_numpy(self.wire.decode({"array": content}))
            else:
                raise KeyError(key)
            markers[id(made)] = {key: content}
            keep.append(made)
            return made

        args = [self.wire.decode(a, special) for a in request["args"]]
        kwargs = {k: self.wire.decode(v, special) for k, v in request["kwargs"].items()}
        function = self.space.get(request["name"])
        if not callable(function):
            return {"missing": [request["name"]], "error": self.first_error}
        value = function(*args, **kwargs)

        def marked(item: Any) -> dict[str, Any] | None:
            return markers.get(id(item))

        reply = {
            "value": self.wire.encode(value),
            "args": [self.after(a, marked) for a in args],
            "kwargs": {k: self.after(v, marked) for k, v in kwargs.items()},
        }
        return reply

    def find(self, space: dict[str, Any], name: str) -> Any:
        return space[name] if name in space else self.others[name]

    def after(self, value: Any, marked: Any) -> Any:
        try:
            return self.wire.encode(value, marked)
        except self.wire.Unsupported as error:
            return {"opaque": str(error)[:200]}


def serve_on(incoming: int, outgoing: int, wire: types.ModuleType) -> None:
    """Serve on two file descriptors until the parent closes them."""
    if sys.platform == "win32":
        import msvcrt

        for number in (incoming, outgoing):
            msvcrt.setmode(number, os.O_BINARY)
    Worker(incoming, outgoing, wire).serve()


def move_standard_streams() -> tuple[int, int]:
    """Take standard input and output for the protocol and give the process others:
    an empty input, and an output that goes where its error stream goes."""
    incoming, outgoing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return incoming, outgoing


if __name__ == "__main__":
    streams = move_standard_streams()
    serve_on(*streams, _load_wire())
    os._exit(0)  # no thread or exit handler of the answer keeps the process
