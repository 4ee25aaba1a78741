"""The user graphs of a source: triples of its RDF that no record took up, kept as they are.

They stand in `graph/user/{source}`, those of a named graph of the file in a graph below it. Blank
nodes get IRIs below `.well-known/genid/`, made from what is said of them. The graphs stay the
user's, who may change them: a reload compares with what they hold now.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Self
from urllib.parse import quote

import pyoxigraph as ox

from ingest import counts
from ingest.difference import BULK_LEAST
from ingest.errors import LoadError
from ingest.readers.graphs import FILE
from ingest.records import Statement
from ontology.iris import Iris, key_hash
from queries.writes.bulk import add_lines
from queries.writes.drafts import Draft

LARGE = 16 << 20  # bytes of statements from which on they are compared on disk
BATCH = 10_000  # quads counted at once


class Writer:
    """Writes the statements of a source as N-Quads of its user graphs; no file where none come."""

    def __init__(self, iris: Iris, source: str, path: Path) -> None:
        self._source = source
        self._path = path
        self._graph = iris.graph(f"user/{quote(source, safe='')}")
        self._nodes = f"{iris.base}.well-known/genid/{quote(source, safe='')}"
        self._stream: IO[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()

    def write(self, said: Statement, file_name: str) -> None:
        """Add a statement of this file."""
        if self._stream is None:
            self._stream = self._path.open("w", encoding="utf-8")
        subject, value = (self._term(term, file_name) for term in (said.subject, said.value))
        graph = self._graph
        if said.graph:
            graph += f"/{quote(said.graph.strip('<>'), safe='')}"
        self._stream.write(f"{subject} {said.predicate} {value} <{graph}> .\n")

    def _term(self, term: str, file_name: str) -> str:
        """A term that means the same outside of its file."""
        if term.startswith("_:"):
            return f"<{self._nodes}/{key_hash([self._source, file_name, term])}>"
        if term.startswith(f"<{FILE}"):
            place = term[len(FILE) + 1 :]
            return f"<{self._graph}{place if place[0] in '#>' else f'/{place}'}"
        return term


def replace(draft: Draft, before: Mapping[str, int], path: Path) -> tuple[int, int, dict[str, int]]:
    """Make a source's graphs hold what this file of N-Quads says, if it is there.

    `before` are the graphs that are the source's already. Gives how many quads came and went, and
    the graphs that hold something now, by their paths below the base.
    """
    if not before and not path.exists():
        return 0, 0, {}
    below = Iris(draft.meta["base"]).graph("")
    new = _read(path)
    names = {name.value.removeprefix(below) for name in new.named_graphs() if _is_iri(name)}
    for name in sorted(names - set(before)):
        if draft.store.has_graph(below + name):
            reason = "is there already and is not this source's: choose another --source"
            raise LoadError(f"{below}{name} {reason}")
    known = counts.read(draft.read_path(counts.FILE))
    engine = draft.store.engine
    total: Counter[bool] = Counter()
    held: dict[str, int] = {}
    for name in sorted(names | set(before)):
        graph = ox.NamedNode(below + name)
        told = partial(_told, known, total, name)
        gone = told(_beyond(engine, new, graph), -1)
        came = told(_beyond(new, engine, graph), 1)
        if name in names:
            _write(engine, gone, came, path.with_suffix(".came"))
            held[name] = sum(1 for _ in new.quads_for_pattern(None, None, None, graph))
        else:
            deque(gone, 0)
            engine.remove_graph(graph)
    counts.write(draft.path / counts.FILE, known)
    return total[True], total[False], held


def _read(path: Path) -> ox.Store:
    """The quads of a file, of which equal numbers, written differently, are one."""
    if not path.exists():
        return ox.Store()
    large = path.stat().st_size >= LARGE
    store = ox.Store(str(path.with_suffix(".graphs"))) if large else ox.Store()
    add_lines(store, path, ox.RdfFormat.N_QUADS)
    return store


def _beyond(store: ox.Store, other: ox.Store, graph: ox.NamedNode) -> Iterator[ox.Quad]:
    """What a graph holds in one store and not in the other."""
    quads = store.quads_for_pattern(None, None, None, graph)
    return (quad for quad in quads if quad not in other)


def _told(
    known: counts.Counts, total: Counter[bool], name: str, quads: Iterator[ox.Quad], times: int
) -> Iterator[ox.Quad]:
    """The same quads, counted as they pass."""
    while batch := list(islice(quads, BATCH)):
        known.count(name, "".join(map(_line, batch)).encode(), times)
        total[times > 0] += len(batch)
        yield from batch


def _is_iri(name: ox.NamedNode | ox.BlankNode) -> bool:
    return isinstance(name, ox.NamedNode)


def _write(
    engine: ox.Store, gone: Iterator[ox.Quad], came: Iterator[ox.Quad], scratch: Path
) -> None:
    for quad in gone:
        engine.remove(quad)
    few = list(islice(came, BULK_LEAST))
    if len(few) < BULK_LEAST:
        engine.extend(few)
        return
    ox.serialize(chain(few, came), output=str(scratch), format=ox.RdfFormat.N_QUADS)
    add_lines(engine, scratch, ox.RdfFormat.N_QUADS)


def _line(quad: ox.Quad) -> str:
    return f"{quad.subject} {quad.predicate} {quad.object} .\n"
