"""Chores that nobody waits for, each in a process of its own: of low priority, capped, killable.

`settle` compacts the store that large loads left; `partitions` counts what each class says of its
entities. Both take as long as a store is large, so neither is done where a request would wait.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from ontology import terms
from queries import seccomp
from queries.errors import Locked
from queries.generations import Generations

ROOT = Path(__file__).resolve().parent.parent
SITE = Path(ox.__file__).resolve().parent.parent
START = "import sys; sys.path += sys.argv[1:3]; from queries.upkeep import main; main()"
LONGEST = 3600.0  # seconds; of them
CPU_SECONDS = 900  # of a processor: 5 million quads take a fifth of it
RUN_LAST = 19


class ChoreFailed(RuntimeError):
    """A chore came to nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One property of one class: its triples, by datatype of the value, by class of the value.

    A value of several classes counts for each; one of none counts in `triples` only.
    """

    of: str
    property: str
    triples: int
    datatypes: Mapping[str, int]
    classes: Mapping[str, int]


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
    chore = {"settle": _settle, "partitions": _partitions}[job["kind"]]
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
        return reader.number, _counted(reader.store.engine)


class _ClassSets:
    """The classes of each entity: a number that stands for a set, as few sets are in use.

    Entities are kept as hashes of their names: two of 2^64 that clash would cost one count.
    """

    def __init__(self, engine: ox.Store) -> None:
        self.sets: list[frozenset[str]] = [frozenset()]
        self.numbers: dict[int, int] = {}
        known = {self.sets[0]: 0}
        grown: dict[tuple[int, str], int] = {}
        for quad in engine.quads_for_pattern(None, ox.NamedNode(terms.TYPE), None):
            if not isinstance(quad.object, ox.NamedNode):
                continue
            key = hash(quad.subject.value)  # type: ignore[union-attr]
            step = (self.numbers.get(key, 0), quad.object.value)
            if step not in grown:
                larger = self.sets[step[0]] | {step[1]}
                if larger not in known:
                    known[larger] = len(self.sets)
                    self.sets.append(larger)
                grown[step] = known[larger]
            self.numbers[key] = grown[step]


def _counted(engine: ox.Store) -> list[tuple[Any, ...]]:
    """One pass over all quads; as SPARQL, a join for each class, it takes ten times as long."""
    held = _ClassSets(engine)
    numbers, counts = held.numbers, Counter[tuple[int, str, int | str]]()
    for quad in engine:
        value = quad.object
        kind: int | str = 0
        if isinstance(value, ox.Literal):
            kind = value.datatype.value
        elif isinstance(value, ox.NamedNode):
            kind = numbers.get(hash(value.value), 0)
        counts[numbers.get(hash(quad.subject.value), 0), quad.predicate.value, kind] += 1
    parts: dict[tuple[str, str], tuple[str, str, Counter[str], Counter[str], Counter[str]]] = {}
    for (owners, name, kind), number in sorted(counts.items(), key=repr):
        for owner in held.sets[owners]:
            part = parts.setdefault((owner, name), (owner, name, Counter(), Counter(), Counter()))
            part[2][name] += number
            if isinstance(kind, str):
                part[3][kind] += number
            else:
                part[4].update(dict.fromkeys(held.sets[kind], number))
    return [(o, name, total[name], d, c) for _, (o, name, total, d, c) in sorted(parts.items())]
