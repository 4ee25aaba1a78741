"""The graphs without a side file: about, withdrawn, citations, ontology; read from the store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

import pyoxigraph as ox

from ingest import about, citations, counts, withdrawn
from ingest.difference import Change, Changes, apply
from ingest.lines import block
from ingest.sources import SourceState
from ontology import terms
from ontology.iris import Iris
from queries.description import examples
from queries.writes.drafts import Draft

_TYPE = ox.NamedNode(terms.TYPE)
_EXECUTABLE = ox.NamedNode(f"{examples.SHACL}SPARQLExecutable")


class SmallGraphs:
    """Those of a draft, brought to what they are to hold; how many quads that took."""

    def __init__(self, draft: Draft, iris: Iris, scratch: Path) -> None:
        self._draft = draft
        self._iris = iris
        self._scratch = scratch
        self.added = self.removed = 0

    @property
    def _store(self) -> ox.Store:
        """The draft's store: another one after a rebuild."""
        return self._draft.store.engine

    def put(self, graph: str, pairs: Iterable[Change]) -> None:
        """Bring a graph to its new state."""
        kept = Changes(self._scratch / graph)
        for _ in kept.take(pairs):
            pass
        if not kept.is_empty:
            apply(self._draft, graph, kept, side=None)
            self.added += kept.added
            self.removed += kept.removed

    def _pair(self, graph: str, subject: str, new: str) -> Change:
        old = self._block(graph, ox.NamedNode(subject))
        return old or None, new.encode() or None

    def _block(self, graph: str, subject: ox.NamedNode | None) -> bytes:
        where = ox.NamedNode(self._iris.graph(graph))
        quads = self._store.quads_for_pattern(subject, None, None, where)
        return block(
            f"{quad.subject} {quad.predicate} {quad.object} .\n" for quad in quads
        ).encode()

    def withdraw(self, changes: Changes, parts: Mapping[str, str]) -> None:
        """Say of IRIs that vanished when they did and what replaces them.

        `parts` vanished with their rows, and lead to what replaces these.
        """
        at = about.now()
        pairs: list[Change] = []
        instead: dict[str, str | None] = {}
        for iri, replacement in withdrawn.vanished(iter(changes)):
            new = about.withdrawn_block(iri, at, replacement) if replacement is not None else ""
            pairs.append(self._pair("withdrawn", iri, new))
            instead[iri] = replacement
        for part, row in parts.items():
            new = about.withdrawn_block(part, at, instead.get(row))
            pairs.append(self._pair("withdrawn", part, new))
        self.put("withdrawn", pairs)

    def return_withdrawn(self, blocks: Iterator[bytes]) -> None:
        """IRIs of a source unloaded before stand for something again."""
        if not self._draft.store.has_graph(self._iris.graph("withdrawn")):
            return
        came = ((None, block) for block in blocks)
        pairs = [self._pair("withdrawn", iri, "") for iri, _ in withdrawn.vanished(came)]
        self.put("withdrawn", pairs)

    def cite(self, publications: Sequence[str]) -> None:
        """Say anew what these publications cite of what is held now."""
        name, store = citations.GRAPH, self._store
        self.put(name, (self._pair(name, one, citations.lines(store, one)) for one in publications))

    def tell(self, name: str, before: SourceState | None, state: SourceState | None) -> None:
        """Say of a source and its load what they are now; with no state, nothing any more."""
        source = self._iris.entity("source", [name], name)
        pairs: list[Change] = []
        if state is not None:
            new = about.source_block(self._iris, name, state)
            pairs.append(self._pair("about", source, new))
            new = about.load_block(self._iris, name, state, version(), about.now())
            pairs.append(self._pair("about", state.load, new))
        elif before is not None:
            pairs += [self._pair("about", iri, "") for iri in (source, before.load)]
        self.put("about", pairs)

    def write_ontology(self) -> None:
        """The ontology as this version has it."""
        old = self._block("ontology", None)
        new = block(about.ontology_lines(self._iris))
        self.put("ontology", [(old or None, new.encode())])

    def write_examples(self) -> None:
        """The queries of the catalogue as this version has them."""
        new = about.example_blocks(self._iris)
        where = ox.NamedNode(self._iris.graph("about"))
        held = self._store.quads_for_pattern(None, _TYPE, _EXECUTABLE, where)
        old = {quad.subject.value for quad in held if isinstance(quad.subject, ox.NamedNode)}
        changes = (self._pair("about", iri, new.get(iri, "")) for iri in sorted(old | new.keys()))
        self.put("about", changes)

    def write_size(self) -> None:
        """The number of triples, which counts these lines too."""
        held = counts.read(self._draft.read_path(counts.FILE))
        old, _ = self._pair("about", self._iris.base, "")
        new = about.dataset_block(self._iris, 0).encode()
        more = new.count(b"\n") - (old or b"").count(b"\n")
        new = about.dataset_block(self._iris, sum(held.graphs.values()) + more).encode()
        self.put("about", [(old, new)])


def version() -> str:
    """The version of Quiver."""
    return metadata.version("quiver-kg")
