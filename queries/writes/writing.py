"""Writes in a process of their own, one after another; it may be killed, and the draft is dropped.

Started by exec (`queries.writes.writer`), it reads jobs on its standard input. For each it takes
the folder's lock, changes a draft and publishes it, under the same memory cap and network wall as
a query, and says how that went on its standard output. It imports no more than it needs.
"""

import json
import marshal
import resource
import signal
import struct
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from queries.errors import GenerationError, Locked, NoData
from queries.generations import Generations
from queries.pool import seccomp
from queries.writes.drafts import Draft
from queries.writes.updates import (
    Operation,
    UpdateRefused,
    default_graph,
    is_managed,
    operations,
    refuse_outreach,
)

LENGTH = struct.Struct("=I")  # stands before each job and each reply
# For parsing alone, where relative IRIs need some base.
ANY_BASE = "http://localhost/sparql"


class GraphMissing(LookupError):
    """The graph is not in the store."""


class BadData(ValueError):
    """The RDF sent cannot be parsed; the message is the parser's."""


def main() -> None:
    """Do the jobs of standard input, and say on standard output how each went."""
    jobs, replies, confined = sys.stdin.buffer, sys.stdout.buffer, False
    while head := jobs.read(LENGTH.size):  # nothing: the server ended, or wants no more of us
        job = marshal.loads(jobs.read(*LENGTH.unpack(head)))
        try:
            if not confined:
                _confine(job["memory"])
                confined = True
            signal.alarm(job["seconds"] + 1)  # should the server be gone that would have killed us
            told = _do(job)
        except BaseException as error:
            told = {"error": _kind(error), "message": str(error)}
        signal.alarm(0)
        reply = json.dumps(told).encode()
        replies.write(LENGTH.pack(len(reply)) + reply)
        replies.flush()


def _confine(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):  # the server says at its start where there is no such wall
        seccomp.refuse_network()


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
