"""Chores that nobody waits for, each in a process of its own: of low priority, capped, killable.

`settle` compacts the store that large loads left; `describe` publishes the description of what is
stored; `partitions` only counts what each class says of its entities. They take as long as a store
is large, so none is done where a request would wait.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from queries.description.census import Partition, tally
from queries.description.describing import describe
from queries.errors import Locked
from queries.generations import Generations
from queries.pool import seccomp

ROOT = Path(__file__).resolve().parent.parent.parent
SITE = Path(ox.__file__).resolve().parent.parent
START = "import sys; sys.path += sys.argv[1:3]; from queries.writes.upkeep import main; main()"
LONGEST = 3600.0  # seconds; of them
CPU_SECONDS = 900  # of a processor
RUN_LAST = 19


class ChoreFailed(RuntimeError):
    """A chore came to nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Partitions:
    """The partitions of one generation."""

    generation: int
    parts: tuple[Partition, ...]


class Chores:
    """Does chores on one data folder, one at a time."""

    def __init__(self, data: Path, memory: int, longest: float = LONGEST) -> None:
        self.data, self.memory, self.longest = data, memory, longest
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def settle(self) -> int | None:
        """The generation that holds the store compacted; None where somebody else wrote."""
        found = self._run("settle")
        return None if found is None else int(found)

    def describe(self) -> int | None:
        """The generation that holds its own description; None where somebody else wrote."""
        found = self._run("describe")
        return None if found is None else int(found)

    def partitions(self) -> Partitions:
        """What each class of the current generation says of its entities."""
        number, parts = self._run("partitions")
        return Partitions(number, tuple(Partition(*part) for part in parts))

    @property
    def running(self) -> int | None:
        """The id of the process that does a chore at this moment."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    def close(self) -> None:
        """End what is under way, for good."""
        with self._guard:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def _run(self, kind: str) -> Any:
        job = {"kind": kind, "data": str(self.data.resolve()), "memory": self.memory}
        job |= {"parent": os.getpid(), "seconds": int(self.longest)}
        with self._turn, self._start() as process:
            try:
                reply, words = process.communicate(json.dumps(job).encode(), self.longest)
            except subprocess.TimeoutExpired:
                process.kill()
                raise ChoreFailed(f"not done within {self.longest:g} seconds") from None
            if process.returncode or not reply:
                last = words.decode(errors="replace").strip().rpartition("\n")[2]
                raise ChoreFailed(f"ended with status {process.returncode} {last[:500]}".strip())
            return json.loads(reply)

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._guard:
            if self._closed:
                raise ChoreFailed("the server stops")
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", START, str(ROOT), str(SITE)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env={"LC_ALL": "C.UTF-8"},
            )
            return self._process


# ---- in the process


def main() -> None:
    """Do the one chore of standard input, and write what it gave to standard output."""
    sent = sys.stdin.buffer.read()
    if not sent:
        return
    job = json.loads(sent)
    _confine(job)
    chore = {"settle": _settle, "partitions": _partitions, "describe": _describe}[job["kind"]]
    sys.stdout.write(json.dumps(chore(Path(job["data"]))))


def _confine(job: Mapping[str, Any]) -> None:
    os.nice(RUN_LAST)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (job["memory"], job["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.alarm(job["seconds"] + 1)
    seccomp.die_with_parent(signal.SIGKILL)
    if os.getppid() != job["parent"]:
        sys.exit("the server is gone")
    with suppress(OSError):  # the server says at its start where there is no such wall
        seccomp.refuse_network()


def _settle(data: Path) -> int | None:
    generations = Generations(data, "quiver serve, settling")
    if generations.busy():
        return None
    try:
        return generations.settle(wait=0)
    except Locked:
        return None


def _partitions(data: Path) -> tuple[int, list[tuple[Any, ...]]]:
    with Generations(data).open() as reader:
        parts = tally(reader.store.engine).census().parts
        return reader.number, [astuple(part) for part in parts]


def _describe(data: Path) -> int | None:
    generations = Generations(data, "quiver serve, describing")
    try:
        return None if generations.busy() else describe(generations, wait=0)
    except Locked:
        return None
