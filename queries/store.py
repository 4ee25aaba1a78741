"""The one seam to a triple store: a protocol with declared capabilities, and the embedded store.

`EmbeddedStore` is pyoxigraph in this process; `queries.remote.RemoteStore` speaks SPARQL 1.1 over
HTTP. Terms, quads and solutions are pyoxigraph's at this seam, whichever store gave them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Protocol, Self, cast

import pyoxigraph as ox

from queries import formats
from queries.binding import Term, bind, names_dataset
from queries.errors import Broken, InvalidIri, StoreClosed, StoreError, Unsupported
from queries.pool.answers import QueryFailed, QuerySyntaxError
from queries.syntax import readable

Answer = ox.QuerySolutions | bool | Iterator[ox.Triple]
Source = bytes | str | IO[bytes]
NOTHING: Mapping[str, Term] = {}


class Capability(StrEnum):
    """What a store may or may not be able to do beyond query and update."""

    ATOMIC_PUBLISH = "atomic publish"  # several writes become visible at once, or not at all
    ROLLBACK = "rollback"  # an earlier state can be published again
    KILL = "kill"  # a running query can be ended from outside
    UNION = "union"  # the default graph of a query can be the union of all graphs


EVERY_CAPABILITY = frozenset(Capability)


class Store(Protocol):
    """What the rest of Quiver asks of a store."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this store can do beyond the methods below."""

    def query(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term] = NOTHING,
        union: bool = True,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Answer:
        """Solutions of a SELECT, a bool for ASK, triples of CONSTRUCT and DESCRIBE.

        `bindings` puts terms in the place of variables. With `union`, and no dataset in the
        arguments or the query, the default graph is the union of all graphs.
        """

    def query_bytes(
        self,
        text: str,
        media_type: str,
        *,
        bindings: Mapping[str, Term] = NOTHING,
        union: bool = True,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> bytes:
        """The answer to a query, serialized in this media type."""

    def update(self, text: str, *, bindings: Mapping[str, Term] = NOTHING) -> None:
        """Run a SPARQL update; unqualified patterns mean the store's own default graph."""

    def has_graph(self, graph: str) -> bool:
        """Whether the named graph exists."""

    def replace_graph(self, graph: str, triples: bytes | Iterable[ox.Triple]) -> bool:
        """Make the named graph hold just these (N-Triples, if bytes); whether it existed."""

    def remove_graph(self, graph: str) -> bool:
        """Remove the named graph; whether it existed."""

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads; those already there are no error."""

    def remove(self, quads: Iterable[ox.Quad]) -> None:
        """Remove quads; those not there are no error."""

    def close(self) -> None:
        """Let go of files and connections."""


def select(store: Store, text: str, bindings: Mapping[str, Term] = NOTHING) -> ox.QuerySolutions:
    """The solutions of a SELECT over the union of all graphs."""
    answer = store.query(text, bindings=bindings)
    if not isinstance(answer, ox.QuerySolutions):
        raise StoreError("a SELECT query was expected")
    return answer


def named_node(iri: str) -> ox.NamedNode:
    """The IRI as a term; InvalidIri says which one is none."""
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise InvalidIri(iri, error) from None


class EmbeddedStore:
    """An Oxigraph store in this process: on disk, or in memory.

    On disk it is a part of a generation, and so can publish and roll back (`generations`); its
    queries can be killed when they run in workers (`workers`).
    """

    def __init__(self, engine: ox.Store, path: Path | None = None) -> None:
        self._engine: ox.Store | None = engine
        self.path = path

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """The store in this folder. Only read-write makes a new one; it excludes all others."""
        try:
            engine = ox.Store.read_only(str(path)) if read_only else ox.Store(str(path))
        except OSError as error:
            raise Broken(path, f"cannot be opened as a store: {error}") from error
        return cls(engine, path)

    @classmethod
    def memory(cls) -> Self:
        """An empty store that lives as long as the object."""
        return cls(ox.Store())

    @property
    def engine(self) -> ox.Store:
        """pyoxigraph's own store, for what this class does not wrap."""
        if self._engine is None:
            raise StoreClosed
        return self._engine

    @property
    def capabilities(self) -> frozenset[Capability]:
        """All on disk; in memory only the union."""
        return frozenset((Capability.UNION,)) if self.path is None else EVERY_CAPABILITY

    def query(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term] = NOTHING,
        union: bool = True,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Answer:
        """See Store. Results read lazily: they keep the store open until they are dropped."""
        result = self._evaluate(bind(text, bindings), union, default_graphs, named_graphs)
        return bool(result) if isinstance(result, ox.QueryBoolean) else result

    def query_bytes(
        self,
        text: str,
        media_type: str,
        *,
        bindings: Mapping[str, Term] = NOTHING,
        union: bool = True,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> bytes:
        """See Store; the media type must be one of `formats`, of the answer's kind."""
        result = self._evaluate(bind(text, bindings), union, default_graphs, named_graphs)
        if isinstance(result, ox.QueryTriples):
            return cast(bytes, result.serialize(format=answer_format(media_type, "rdf").rdf))
        return cast(bytes, result.serialize(format=answer_format(media_type, "results").results))

    def _evaluate(
        self,
        text: str,
        union: bool,
        default_graphs: Sequence[str] | None,
        named_graphs: Sequence[str] | None,
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        given = default_graphs is not None or named_graphs is not None
        with evaluation():
            if given:  # one of the two alone leaves the other side of the dataset empty
                return self.engine.query(
                    text,
                    default_graph=[named_node(graph) for graph in default_graphs or ()],
                    named_graphs=[named_node(graph) for graph in named_graphs or ()],
                )
            # pyoxigraph's union overrides a FROM of the query itself without a word
            return self.engine.query(
                text, use_default_graph_as_union=union and not names_dataset(text)
            )

    def update(self, text: str, *, bindings: Mapping[str, Term] = NOTHING) -> None:
        """See Store; all operations of the text in one transaction."""
        with evaluation():
            self.engine.update(bind(text, bindings))

    def has_graph(self, graph: str) -> bool:
        """See Store."""
        return self.engine.contains_named_graph(named_node(graph))

    def replace_graph(self, graph: str, triples: bytes | Iterable[ox.Triple]) -> bool:
        """See Store; by difference, as clearing a graph of a million quads takes 20 s."""
        name = named_node(graph)
        new = {ox.Quad(t.subject, t.predicate, t.object, name) for t in parsed_triples(triples)}
        existed = self.has_graph(graph)
        old = set(self.engine.quads_for_pattern(None, None, None, name))
        self.engine.add_graph(name)
        self.remove(old - new)
        self.add(new - old)
        return existed

    def remove_graph(self, graph: str) -> bool:
        """See Store."""
        existed = self.has_graph(graph)
        self.engine.remove_graph(named_node(graph))
        return existed

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """See Store; in one transaction."""
        self.engine.extend(quads)

    def remove(self, quads: Iterable[ox.Quad]) -> None:
        """See Store; one transaction a quad."""
        for quad in quads:
            self.engine.remove(quad)

    def load(self, source: Source, format: formats.Format, *, graph: str | None = None) -> None:
        """Add a parsed document, all or nothing; `graph` takes what names no graph."""
        target = named_node(graph) if graph is not None else None
        self.engine.load(source, format=format.rdf, to_graph=target)

    def bulk_load(
        self, source: Source | Path, format: formats.Format, *, lenient: bool = False
    ) -> None:
        """Add a large document fast: not a transaction, three times the memory of `load`."""
        if isinstance(source, Path):
            self.engine.bulk_load(path=str(source), format=format.rdf, lenient=lenient)
        else:
            self.engine.bulk_load(source, format=format.rdf, lenient=lenient)

    def flush(self) -> None:
        """Write what is acknowledged to the disk."""
        self.engine.flush()

    def close(self) -> None:
        """Let go of the files, once every result still being read is dropped too."""
        self._engine = None

    def __len__(self) -> int:
        return len(self.engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def evaluation() -> Iterator[None]:
    """Turns what pyoxigraph raises on a query or an update into our errors."""
    try:
        yield
    except (SyntaxError, UnicodeEncodeError) as error:
        raise QuerySyntaxError(readable(str(error))) from None
    except RuntimeError as error:
        raise QueryFailed(str(error)) from error


def answer_format(media_type: str, kind: formats.Kind) -> formats.Format:
    """The format of an answer of this kind; Unsupported where the media type is none."""
    found = formats.by_media_type(media_type, (kind,))
    if found is None or found.engine is None:
        answer = "a table or a boolean" if kind == "results" else "a graph"
        raise Unsupported(media_type, f"no format for {answer}")
    return found


def parsed_triples(triples: bytes | Iterable[ox.Triple]) -> Iterable[ox.Triple]:
    """The triples, parsed from N-Triples where they are bytes."""
    if not isinstance(triples, bytes):
        return triples
    return (quad.triple for quad in ox.parse(triples, format=ox.RdfFormat.N_TRIPLES))
