"""The user graphs of a source: triples of its RDF that no record took up, kept as they are.

They stand in `graph/user/{source}`, those of a named graph of the file in a graph below it. Blank
nodes get IRIs below `.well-known/genid/`, made from what is said of them. The graphs stay the
user's, who may change them: a reload compares with what they hold now.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import pyoxigraph as ox

from ingest import counts
from ingest.difference import BULK_LEAST
from ingest.errors import LoadError
from ingest.readers.graphs import FILE
from ingest.records import Statement
from ontology.iris import Iris, key_hash
from queries.writes.drafts import Draft


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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
    new = ox.Store()  # of which equal numbers, written differently, are one
    if path.exists():
        new.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS, lenient=True)
    names = {name.value.removeprefix(below) for name in new.named_graphs() if _is_iri(name)}
    for name in sorted(names - set(before)):
        if draft.store.has_graph(below + name):
            reason = "is there already and is not this source's: choose another --source"
            raise LoadError(f"{below}{name} {reason}")
    known = counts.read(draft.read_path(counts.FILE))
    total: Counter[bool] = Counter()
    held: dict[str, int] = {}
    for name in sorted(names | set(before)):
        graph = ox.NamedNode(below + name)
        engine = draft.store.engine
        gone = [q for q in engine.quads_for_pattern(None, None, None, graph) if q not in new]
        came = [q for q in new.quads_for_pattern(None, None, None, graph) if q not in engine]
        for quads, times in ((gone, -1), (came, 1)):
            known.count(name, "".join(map(_line, quads)).encode(), times)
            total[times > 0] += len(quads)
        _write(engine, gone, came, path.with_suffix(".came"))
        if name in names:
            held[name] = sum(1 for _ in new.quads_for_pattern(None, None, None, graph))
        else:
            engine.remove_graph(graph)
    counts.write(draft.path / counts.FILE, known)
    return total[True], total[False], held


def _is_iri(name: ox.NamedNode | ox.BlankNode) -> bool:
    return isinstance(name, ox.NamedNode)


def _write(engine: ox.Store, gone: list[ox.Quad], came: list[ox.Quad], scratch: Path) -> None:
    for quad in gone:
        engine.remove(quad)
    if len(came) < BULK_LEAST:
        engine.extend(came)
        return
    ox.serialize(came, output=str(scratch), format=ox.RdfFormat.N_QUADS)
    engine.bulk_load(path=str(scratch), format=ox.RdfFormat.N_QUADS, lenient=True)


def _line(quad: ox.Quad) -> str:
    return f"{quad.subject} {quad.predicate} {quad.object} .\n"
