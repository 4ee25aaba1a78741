"""The server's side of writes: each in a process that may be killed, and then the draft is dropped.

What the process does is in `queries.writes.writing`. One that did its job well waits for the next.
"""

import json
import marshal
import math
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from queries.errors import GenerationError, Locked
from queries.pool.answers import Cause, QueryFailed, QueryKilled, QuerySyntaxError
from queries.pool.process import swollen
from queries.syntax import readable
from queries.writes.updates import UpdateRefused
from queries.writes.writing import LENGTH, BadData, GraphMissing

ROOT = Path(__file__).resolve().parent.parent.parent
SITE = Path(ox.__file__).resolve().parent.parent
START = "import sys; sys.path += sys.argv[1:3]; from queries.writes.writing import main; main()"
# Waiting for another writer is part of the deadline; this much of it at most.
PATIENCE = 0.5


@dataclass(frozen=True, slots=True)
class Upload:
    """RDF for a graph: a file's descriptor, its media type, the base of its relative IRIs."""

    descriptor: int
    media_type: str
    base: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did; `generation` is None where nothing was to be changed."""

    generation: int | None
    matched: bool = True
    created: bool = False


class _Process:
    """A process that does one job at a time; started ahead, it has imported all that it needs."""

    def __init__(self) -> None:
        self.words = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        self.channel, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", START, str(ROOT), str(SITE)],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self.words,
                cwd="/",
                env={"LC_ALL": "C.UTF-8"},
            )

    def run(self, job: dict[str, Any], seconds: float) -> Written:
        """What the job did; the process is killed when the time is over."""
        end = time.monotonic() + seconds
        sent = marshal.dumps(job)
        try:
            self.channel.settimeout(seconds)
            self.channel.sendall(LENGTH.pack(len(sent)) + sent)
            (length,) = LENGTH.unpack(self._take(LENGTH.size, end))
            told = json.loads(self._take(length, end))
        except TimeoutError:
            self.process.kill()
            late = "the write took longer than its deadline"
            raise QueryKilled(Cause.DEADLINE, late) from None
        except ConnectionError:
            raise self._autopsy() from None
        return _written(told)

    def _take(self, length: int, end: float) -> bytes:
        taken = b""
        while len(taken) < length:
            self.channel.settimeout(max(end - time.monotonic(), 1e-3))
            part = self.channel.recv(length - len(taken))
            if not part:
                raise ConnectionError
            taken += part
        return taken

    def _autopsy(self) -> QueryKilled:
        """What the process died of."""
        status = self.process.wait()
        self.words.seek(0)
        words = self.words.read()[-500:]
        if b"overflowed its stack" in words or -status == signal.SIGSEGV:
            return QueryKilled(Cause.NESTING, "the update is nested too deeply")
        if -status == signal.SIGABRT:
            return QueryKilled(Cause.MEMORY, "the write needs more memory than it may use")
        last = words.decode(errors="replace").strip().rpartition("\n")[2]
        return QueryKilled(Cause.CRASH, f"the writer ended with status {status}: {last}")

    def close(self) -> None:
        """End it."""
        with self.words, self.channel, self.process:
            self.process.kill()


class Writer:
    """Starts writes on one data folder, each within its deadline and memory."""

    def __init__(self, data: Path, deadline: float, memory: int) -> None:
        self.data = data.absolute()  # the process that writes stands in another folder
        self.deadline, self.memory = deadline, memory
        self._spares: queue.SimpleQueue[_Process] = queue.SimpleQueue()

    def close(self) -> None:
        """End the process that waits for a next write."""
        with suppress(queue.Empty):
            self._spares.get_nowait().close()

    def update(
        self,
        text: str,
        using: tuple[str, ...] = (),
        using_named: tuple[str, ...] = (),
        deadline: float | None = None,
    ) -> Written:
        """Execute a SPARQL update; all of it or nothing."""
        job = {"kind": "update", "text": text, "using": using, "named": using_named}
        return self._run(job, deadline)

    def put(self, graph: str, uploads: list[Upload]) -> Written:
        """Replace a graph's content."""
        return self._load("put", graph, uploads)

    def post(self, graph: str, uploads: list[Upload]) -> Written:
        """Add to a graph's content."""
        return self._load("post", graph, uploads)

    def delete(self, graph: str) -> Written:
        """Remove a graph; GraphMissing where there is none."""
        return self._run({"kind": "delete", "graph": graph}, None)

    def _load(self, kind: str, graph: str, uploads: list[Upload]) -> Written:
        # The process was started before there was an upload, so it opens ours by its name.
        files = f"/proc/{os.getpid()}/fd"
        parts = [(f"{files}/{part.descriptor}", part.media_type, part.base) for part in uploads]
        return self._run({"kind": kind, "graph": graph, "parts": parts}, None)

    def _run(self, job: Mapping[str, Any], deadline: float | None) -> Written:
        seconds = min(deadline or self.deadline, self.deadline)
        sent = dict(job) | {
            "data": str(self.data),
            "memory": self.memory,
            "wait": seconds * PATIENCE,
            "seconds": math.ceil(seconds),
        }
        process, fit = self._idle(), False
        try:
            done = process.run(sent, seconds)
            fit = not swollen(process.process.pid, self.memory)
            return done
        finally:
            self._keep(process, fit)

    def _idle(self) -> _Process:
        """The process that waits; a new one where there is none, or something has ended it."""
        with suppress(queue.Empty):
            process = self._spares.get_nowait()
            if process.process.poll() is None:
                return process
            process.close()
        return _Process()

    def _keep(self, process: _Process, fit: bool) -> None:
        """Have it wait for the next write, or another one: what failed or grew goes."""
        if not fit:
            process.close()
        if self._spares.empty():
            self._spares.put(process if fit else _Process())
        elif fit:
            process.close()


def _written(told: Mapping[str, Any]) -> Written:
    """The reply of the process as its caller has it: what was done, or the error."""
    if "error" in told:
        raise _error(told["error"], told["message"])
    return Written(told["generation"], told["matched"], told["created"])


def _error(kind: str, message: str) -> Exception:
    if kind == "locked":
        return Locked(Path(), message)
    kinds: dict[str, type[Exception]] = {
        "syntax": QuerySyntaxError,
        "refused": UpdateRefused,
        "missing": GraphMissing,
        "data": BadData,
        "store": GenerationError,
    }
    if kind == "memory":
        return QueryKilled(Cause.MEMORY, "the write needs more memory than it may use")
    return kinds.get(kind, QueryFailed)(readable(message) if kind == "syntax" else message)
