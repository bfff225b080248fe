"""Workers forked from one warm process, so that a variant costs milliseconds.

For tests of questions with trusted variants only. Each variant still has a process of
its own that runs the same worker code over the same protocol; what is saved is the
start of Python and NumPy. POSIX only.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any


class ForkedRunning:
    """A forked worker; the warm process waits for it on our behalf."""

    def __init__(self, session: Session, pid: int, ends: list[int]) -> None:
        self.session, self.pid = session, pid
        self.code: int | None = None
        self.stdin: IO[bytes] = os.fdopen(ends[0], "wb")
        self.stdout: IO[bytes] = os.fdopen(ends[1], "rb")
        self.stderr: IO[bytes] = os.fdopen(ends[2], "rb")

    def kill(self) -> None:
        if self.code is None:  # not waited for, so the number is still its own
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def wait(self, timeout: float) -> int | None:
        if self.code is None:
            self.code = self.session.request(wait=self.pid, timeout=timeout)
        return self.code


class Session:
    """A launcher: a context manager around one warm process."""

    def __init__(self, *modules: str) -> None:
        self.modules = modules

    def __enter__(self) -> Session:
        from unrolled.grader import process  # not in the warm process

        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket = ours
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-s",
                "-P",
                __file__,
                str(theirs.fileno()),
                str(process.WORKER),
                *self.modules,
            ],
            pass_fds=[theirs.fileno()],
            env=process.environment(Path("/tmp")),
        )
        theirs.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()
        self.process.wait(10)

    def request(self, fds: tuple[int, ...] = (), **message: Any) -> int | None:
        body = json.dumps(message).encode() + b"\n"
        socket.send_fds(self.socket, [body], fds)
        reply = b""
        while not reply.endswith(b"\n"):
            part = self.socket.recv(4096)
            if not part:
                raise RuntimeError("the warm process ended")
            reply += part
        return json.loads(reply)

    def start(self, folder: Path) -> ForkedRunning:
        pipes = [os.pipe() for _ in range(3)]
        theirs = (pipes[0][0], pipes[1][1], pipes[2][1])
        pid = self.request(theirs, folder=str(folder))
        for end in theirs:
            os.close(end)
        for end in (pipes[0][1], pipes[1][0], pipes[2][0]):
            os.set_inheritable(end, False)
        return ForkedRunning(self, pid, [pipes[0][1], pipes[1][0], pipes[2][0]])


def wait_for(pid: int, timeout: float) -> int | None:
    """Exit code of a child, negative for a signal; None when it still runs."""
    end = time.monotonic() + timeout
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            return None
        time.sleep(0.002)


def child(fds: list[int], folder: str, worker: Any) -> None:
    """Become a worker on three descriptors."""
    os.setsid()
    os.chdir(folder)
    os.environ |= {"HOME": folder, "TMPDIR": folder}
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
        os.close(fd)
    streams = worker.move_standard_streams()
    worker.serve_on(*streams, worker._load_wire())


def serve(number: int, path: str, modules: list[str]) -> None:
    """The warm process: fork on request until the other end closes."""
    import importlib
    import importlib.util

    spec = importlib.util.spec_from_file_location("_worker", path)
    worker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(worker)
    for name in ("numpy", *modules):
        importlib.import_module(name)
    control = socket.socket(fileno=number)
    while True:
        body, fds, _, _ = socket.recv_fds(control, 65536, 3)
        if not body:
            return
        message = json.loads(body)
        if "wait" in message:
            answer = wait_for(message["wait"], message["timeout"])
        else:
            answer = os.fork()
            if answer == 0:
                control.close()
                try:
                    child(fds, message["folder"], worker)
                finally:
                    os._exit(0)
            for fd in fds:
                os.close(fd)
        control.sendall(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
