"""One write in a process of its own, which may be killed: then the draft is dropped.

Started by exec with a job on its standard input, it takes the folder's lock, changes a draft and
publishes it, under the same memory cap and network wall as a query. `run` is the server's side.
"""

import json
import marshal
import math
import os
import queue
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from queries import seccomp
from queries.answers import Cause, QueryFailed, QueryKilled, QuerySyntaxError
from queries.drafts import Draft
from queries.errors import GenerationError, Locked, NoData
from queries.generations import Generations
from queries.syntax import readable
from queries.updates import (
    Operation,
    UpdateRefused,
    default_graph,
    is_managed,
    operations,
    refuse_outreach,
)

ROOT = Path(__file__).resolve().parent.parent
SITE = Path(ox.__file__).resolve().parent.parent
START = "import sys; sys.path += sys.argv[1:3]; from queries.writer import main; main()"
# Waiting for another writer is part of the deadline; this much of it at most.
PATIENCE = 0.5
# For parsing alone, where relative IRIs need some base.
ANY_BASE = "http://localhost/sparql"


class GraphMissing(LookupError):
    """The graph is not in the store."""


class BadData(ValueError):
    """The RDF sent cannot be parsed; the message is the parser's."""


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
    """A process that waits for its one job; started ahead, it has imported all that it needs."""

    def __init__(self) -> None:
        self.words = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `finish`)
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", START, str(ROOT), str(SITE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.words,
            cwd="/",
            env={"LC_ALL": "C.UTF-8"},
        )

    def run(self, job: dict[str, Any], seconds: float) -> tuple[bytes, int, bytes]:
        """Reply, exit status and last words; the process is killed when the time is over."""
        with self.words, self.process:
            try:
                reply, _ = self.process.communicate(marshal.dumps(job), timeout=seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise QueryKilled(
                    Cause.DEADLINE, "the write took longer than its deadline"
                ) from None
            self.words.seek(0)
            return reply, self.process.returncode, self.words.read()[-500:]

    def close(self) -> None:
        """End a process that got no job."""
        with self.words, self.process:
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
        try:
            process = self._spares.get_nowait()
        except queue.Empty:
            process = _Process()
        try:
            return _written(*process.run(sent, seconds))
        finally:
            if self._spares.empty():
                self._spares.put(_Process())


def _written(reply: bytes, status: int, words: bytes) -> Written:
    """The reply of the process as its caller has it: what was done, or the error."""
    if not reply:
        if b"overflowed its stack" in words or -status == signal.SIGSEGV:
            raise QueryKilled(Cause.NESTING, "the update is nested too deeply")
        if -status == signal.SIGABRT:
            raise QueryKilled(Cause.MEMORY, "the write needs more memory than it may use")
        last = words.decode(errors="replace").strip().rpartition("\n")[2]
        raise QueryKilled(Cause.CRASH, f"the writer ended with status {status}: {last}")
    told = json.loads(reply)
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


# ---- in the process


def main() -> None:
    """Do the one job of standard input, and say on standard output how it went."""
    sent = sys.stdin.buffer.read()
    if not sent:  # the server ended without having had a job
        return
    job = marshal.loads(sent)
    try:
        _confine(job)
        told = _do(job)
    except BaseException as error:
        told = {"error": _kind(error), "message": str(error)}
    sys.stdout.write(json.dumps(told))


def _confine(job: Mapping[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if job["memory"]:
        resource.setrlimit(resource.RLIMIT_DATA, (job["memory"], job["memory"]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.alarm(job["seconds"] + 1)  # should the server be gone that would have killed us
    try:
        seccomp.refuse_network()
    except OSError:
        return  # the server says at its start where there is no such wall


def _kind(error: BaseException) -> str:
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (UpdateRefused, "refused"),
        (Locked, "locked"),
        (GraphMissing, "missing"),
        (BadData, "data"),
        (GenerationError, "store"),
        (SyntaxError, "syntax"),
        (MemoryError, "memory"),
        (ValueError, "syntax"),
    )
    return next((kind for type_, kind in kinds if isinstance(error, type_)), "failed")


def _do(job: Mapping[str, Any]) -> dict[str, Any]:
    if job["kind"] == "update":  # before the lock: what is refused keeps nobody waiting
        refuse_outreach(job["text"])
        _parse(job["text"])
    with Generations(Path(job["data"])).write(job["wait"]) as draft:
        kind = job["kind"]
        if draft.meta["base"] is None:
            raise NoData(Path(job["data"]))
        if kind == "update":
            matched, created = _update(draft, job), False
        elif kind == "delete":
            matched, created = _delete(draft, job["graph"]), False
        else:
            matched, created = True, _fill(draft, job)
        number = draft.publish() if matched else None
    return {"generation": number, "matched": matched, "created": created}


def _update(draft: Draft, job: Mapping[str, Any]) -> bool:
    """Execute the operations one by one; whether any of them had something to do."""
    base = str(draft.meta["base"])
    matched = False
    for one in operations(job["text"], default_graph(base), job["using"], job["named"]):
        engine = draft.store.engine
        _check_graphs(engine, one, base)
        matched = _matches(engine, one, base) or matched
        engine.update(one.request, base_iri=f"{base}sparql")
    return matched


def _parse(text: str) -> None:
    """Let the engine's parser see the text as it was sent, on a store without anything."""
    try:
        ox.Store().update(text, base_iri=ANY_BASE)
    except (RuntimeError, OSError):
        return  # it was parsed, and the empty store lacks a graph that it names


def _check_graphs(engine: ox.Store, one: Operation, base: str) -> None:
    """UpdateRefused where the operation would write to a graph that is managed."""
    for graph in [*_resolved(engine, one, base), *_values(engine, one, base)]:
        if is_managed(graph, base):
            raise UpdateRefused(f"the graph <{graph}> is kept by Quiver; updates may not write it")
    if one.everything:
        for name in engine.named_graphs():
            if isinstance(name, ox.NamedNode) and is_managed(name.value, base):
                raise UpdateRefused(
                    f"this would write all graphs, and <{name.value}> is kept by Quiver; "
                    "name the graphs that are yours"
                )


def _resolved(engine: ox.Store, one: Operation, base: str) -> list[str]:
    """The graphs named, prefixes and relative IRIs resolved by the engine itself."""
    if not one.graphs:
        return []
    query = f"{one.prologue}\nSELECT ?g WHERE {{ VALUES ?g {{ {' '.join(one.graphs)} }} }}"
    return _column(engine.query(query, base_iri=f"{base}sparql"))


def _values(engine: ox.Store, one: Operation, base: str) -> list[str]:
    """The graphs that the variables of the templates will stand for."""
    found = []
    for variable in one.variables:
        query = f"{one.prologue}\nSELECT DISTINCT {variable} WHERE {{{one.pattern}\n}}"
        found += _column(_ask(engine, one, query, base))
    return found


def _matches(engine: ox.Store, one: Operation, base: str) -> bool:
    """Whether the pattern has a solution; operations without one always do something."""
    if not one.pattern.strip():
        return True
    query = f"{one.prologue}\nASK {{{one.pattern}\n}}"
    return bool(_ask(engine, one, query, base))


def _ask(engine: ox.Store, one: Operation, query: str, base: str) -> Any:
    """The query on the dataset that the operation's pattern is matched against."""
    defaults: Any = _terms(engine, one, one.using, base)
    named: Any = _terms(engine, one, one.using_named, base)
    chosen = bool(one.using or one.using_named)
    if not chosen:
        defaults, named = _terms(engine, one, (one.default,), base), None
    return engine.query(
        query,
        base_iri=f"{base}sparql",
        default_graph=defaults,
        named_graphs=named,
    )


def _terms(
    engine: ox.Store, one: Operation, names: tuple[str, ...], base: str
) -> list[ox.NamedNode]:
    if not names:
        return []
    query = f"{one.prologue}\nSELECT ?g WHERE {{ VALUES ?g {{ {' '.join(names)} }} }}"
    found = _column(engine.query(query, base_iri=f"{base}sparql"))
    return [ox.NamedNode(name) for name in found]


def _column(solutions: Any) -> list[str]:
    return [row[0].value for row in solutions if row[0] is not None]


def _delete(draft: Draft, graph: str) -> bool:
    if not draft.store.remove_graph(graph):
        raise GraphMissing(f"there is no graph <{graph}>")
    return True


def _fill(draft: Draft, job: Mapping[str, Any]) -> bool:
    """Load the parts into the graph, emptied first for `put`; whether it is new."""
    engine, graph = draft.store.engine, ox.NamedNode(job["graph"])
    created = not engine.contains_named_graph(graph)
    if job["kind"] == "put" and not created:
        engine.clear_graph(graph)
    engine.add_graph(graph)
    for path, media_type, base in job["parts"]:
        with Path(path).open("rb") as file:
            try:
                engine.load(
                    file, ox.RdfFormat.from_media_type(media_type), base_iri=base, to_graph=graph
                )
            except (SyntaxError, ValueError) as error:
                raise BadData(str(error)) from error
    return created
