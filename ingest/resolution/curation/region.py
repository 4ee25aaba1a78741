"""The evidence about a few author rows, read from the store: all that they sign, and who with.

What is read of them is what a whole run reads from side files, so the same rules come to the same.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

import pyoxigraph as ox

from ingest.relink import Graphs
from ingest.resolution.gathering.memory import Cluster
from ingest.resolution.gathering.testimony import Testimony
from ingest.resolution.gathering.triples import Statements
from ingest.resolution.grouping.decisions import SPLIT, not_undone
from ingest.resolution.weighing.evidence import Before, Decision, Evidence
from ontology import terms
from ontology.iris import Iris

_BY, _OF = ox.NamedNode(terms.BY_AUTHOR), ox.NamedNode(terms.OF_PUBLICATION)
_ORCID, _VENUE = ox.NamedNode(terms.ORCID), ox.NamedNode(terms.VENUE_PROPERTY)
_PERSON, _PART_OF = ox.NamedNode(terms.PERSON_PROPERTY), ox.NamedNode(terms.PART_OF)
_NAME = ox.NamedNode(terms.FOAF_NAME)
# Signatures that are read at most: of a small graph a whole run reads all in less time.
LEAST, MOST, SHARE = 2_000, 20_000, 20


class Elsewhere(Exception):
    """Only a whole run can tell."""


class Region:
    """Some rows with all that they sign; `rows` are those of whom all is here."""

    def __init__(
        self, graphs: Graphs, iris: Iris, decided: Iterable[Decision], quads: int = 0
    ) -> None:
        """`quads` tells how large the graph is."""
        self.graphs = graphs
        self.iris = iris
        self.below = f"{iris.base}id/"
        self.testimony = Testimony(iris)
        self.rows: set[str] = set()
        self.publications: set[str] = set()  # with all who sign them
        self.parts: dict[str, str] = {}  # by the links: the rows of parts
        self.members: dict[str, str] = {}  # by the links: the parts of signatures
        self._named: set[str] = set()
        self._signed, self._most = 0, min(MOST, max(LEAST, quads // SHARE))
        self._sources: dict[str, str | None] = {}  # by graph, as written
        self._given: dict[str, list[str]] = {}
        for one in not_undone(decided):
            if one.verdict == SPLIT and one.to:
                self._given.setdefault(one.to, []).extend(one.moves)

    def take(self, rows: Iterable[str], cluster: Callable[[str], Collection[str]]) -> None:
        """Read these rows; `cluster` gives all that a publication could be one with."""
        for row in sorted(set(rows) - self.rows):
            self.rows.add(row)
            self.name([row])
            held = self.signatures(row)
            given = [*self._given.get(row, ())]
            for part in self._locals(self.graphs.subjects(_PART_OF, self.below + row)):
                self.parts[part] = row
                given += self._given.get(part, ())
                for one in self._locals(self.graphs.subjects(_PERSON, self.below + part)):
                    self.members[one] = part
            for one in (*held, *given):
                for paper in self._locals(self.graphs.objects(self.below + one, _OF)):
                    if paper not in self.publications:
                        for member in cluster(paper):
                            self._take_publication(member)
            self._take_bearers(held)

    def take_publications(self, publications: Iterable[str]) -> None:
        """Read these, and who signs them."""
        for one in sorted(publications):
            self._take_publication(one)

    def signatures(self, row: str) -> list[str]:
        """What a source gives to this row."""
        return self._locals(self.graphs.subjects(_BY, self.below + row))

    def name_of(self, row: str) -> str:
        """What its source calls a row."""
        return self.graphs.object(self.below + row, _NAME) or ""

    def signs(self, row: str) -> int:
        """How many signatures are of a row, or its parts, by the links."""
        those = [self.below + row, *self.graphs.subjects(_PART_OF, self.below + row)]
        return sum(len(self.graphs.subjects(_PERSON, one)) for one in those)

    def is_moved(self, signature: str, row: str) -> bool:
        """Whether the links give it to somebody else."""
        return self.graphs.object(self.below + signature, _PERSON) != self.below + row

    def row_of(self, entity: str) -> str:
        """The row that this is a part of; itself where it is none."""
        row = self.graphs.object(self.below + entity, _PART_OF)
        return self.parts.get(entity, entity) if row is None else row.removeprefix(self.below)

    def name(self, rows: Iterable[str]) -> None:
        """Read of these rows what their sources say of themselves."""
        for row in rows:
            if row not in self._named:
                self._named.add(row)
                self._told(row)

    def evidence(self, decisions: Iterable[Decision]) -> Evidence:
        """What was read, as a run has it."""
        before = Before(parts=self.parts, members=self.members)
        return replace(self.testimony.evidence(), decisions=tuple(decisions), before=before)

    @property
    def labels(self) -> Mapping[str, str]:
        """The names of all that was read."""
        return self.testimony.labels

    def _take_publication(self, publication: str) -> None:
        if publication in self.publications:
            return
        self.publications.add(publication)
        self._told(publication)
        for venue in self.graphs.objects(self.below + publication, _VENUE):
            line = f"<{self.below}{publication}> {_VENUE} <{venue}> .\n"
            self.testimony.places(iter([line.encode()]))
        signatures = self._locals(self.graphs.subjects(_OF, self.below + publication))
        self._signed += len(signatures)
        if self._signed > self._most:
            raise Elsewhere
        for one in signatures:
            for row in self._told(one).get(f"<{terms.BY_AUTHOR}>", ()):
                self.name([row[1 + len(self.below) : -1]])

    def _take_bearers(self, signatures: Iterable[str]) -> None:
        """Also whoever else signs with the ORCID of one of these."""
        for one in signatures:
            for orcid in self.graphs.objects(self.below + one, _ORCID):
                quads = self.graphs.store.quads_for_pattern(None, _ORCID, ox.Literal(orcid), None)
                for quad in quads:
                    iri = str(quad.subject.value)  # type: ignore[union-attr]
                    for paper in self._locals(self.graphs.objects(iri, _OF)):
                        self._take_publication(paper)

    def _told(self, entity: str) -> Statements:
        """Read what a source says of one thing."""
        iri, name = self.below + entity, ""
        said: Statements = {}
        for quad in self.graphs.store.quads_for_pattern(ox.NamedNode(iri), None, None, None):
            source = self._source(str(quad.graph_name))
            if source is not None:
                name = source
                said.setdefault(str(quad.predicate), []).append(str(quad.object))
        if said:
            for terms_said in said.values():
                terms_said.sort()
            self.testimony.entity(name, iri, said)
        return said

    def _source(self, graph: str) -> str | None:
        if graph not in self._sources:
            self._sources[graph] = self.iris.source_name(graph[1:-1])
        return self._sources[graph]

    def _locals(self, iris: Iterable[str]) -> list[str]:
        return [iri.removeprefix(self.below) for iri in iris]


def homes(publications: Collection[str], cluster: Callable[[str], Cluster]) -> dict[str, str]:
    """The clusters of publications of which all members are known, each by its first."""
    found: dict[str, str] = {}
    for one in publications:
        held = cluster(one)
        if len(held) > 1 and all(member in publications for member in held):
            found[one] = min(held)
    return found
