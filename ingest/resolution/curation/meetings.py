"""Which rows meet otherwise when publications are regrouped: of all others nothing can change.

Of what a publication's cluster says of its signers there is little: in how many places two of them
stand together, whether two stand on one paper, how many papers somebody has, and which namesake
stands in whose place. Where none of it is another now, neither is any score.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import pyoxigraph as ox

from ingest.relink import Graphs
from ingest.resolution.curation.corner import text_of
from ingest.resolution.gathering.memory import Cluster
from ingest.resolution.grouping.register import Register
from ingest.resolution.weighing.evidence import Row, Signature
from ingest.resolution.weighing.likeness import AUTHORS
from ontology import terms

_BY, _OF = ox.NamedNode(terms.BY_AUTHOR), ox.NamedNode(terms.OF_PUBLICATION)
_ORDINAL, _CANONICAL = ox.NamedNode(terms.ORDINAL), ox.NamedNode(terms.CANONICAL)

ClusterOf = Callable[[str], Cluster]
Papers = Mapping[str, list[tuple[str, int]]]  # by what it is: the records of a row, with places


@dataclass(slots=True)
class Meetings:
    """Who signs publications that were regrouped; `rows` and `signed` are read of them."""

    graphs: Graphs
    below: str
    register: Register
    rows: Mapping[str, Row]
    signed: Collection[Signature]
    before: ClusterOf
    after: ClusterOf
    _held: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    _canonical: dict[str, str] = field(default_factory=dict)

    def changed(self) -> set[str]:
        """The rows that count otherwise, or could."""
        people = {one.row for one in self.signed if self._is_person(one.row)}
        found = {row for row in people if self._counts(row)}
        found |= {row for side in (self.before, self.after) for row in self._in_one_place(side)}
        for one, other in combinations(sorted(people), 2):
            is_known = {one, other} <= found
            if not is_known and self._are_related(one, other) and self._meet_otherwise(one, other):
                found |= {one, other}
        return found

    def _is_person(self, row: str) -> bool:
        return row in self.rows and self.rows[row].kind == "Person"

    def _counts(self, row: str) -> bool:
        """Whether it has another number of papers."""
        own = {one.publication for one in self.signed if one.row == row}
        before, after = ({side(paper) for paper in own} for side in (self.before, self.after))
        return len(before) != len(after)

    def _in_one_place(self, side: ClusterOf) -> Iterator[str]:
        """Those in whose place somebody stands whom a source may tell from others of the name."""
        places: defaultdict[tuple[Cluster, int], list[Signature]] = defaultdict(list)
        for one in self.signed:
            if one.ordinal and one.role == "author" and self._is_person(one.row):
                places[side(one.publication), one.ordinal].append(one)
        for held in places.values():
            for pair in combinations(sorted({signature.row for signature in held}), 2):
                mine, theirs = (self.rows[row] for row in pair)
                is_told = {bool(row.suffix or row.key) for row in (mine, theirs)}
                if len(is_told) > 1 and text_of(mine) == text_of(theirs):
                    yield from pair

    def _are_related(self, one: str, other: str) -> bool:
        mine, theirs = text_of(self.rows[one]), text_of(self.rows[other])
        return mine == theirs or theirs in self.register.near(mine)

    def _meet_otherwise(self, one: str, other: str) -> bool:
        shapes = []
        for side in (None, self.after):
            mine, theirs = self._papers(one, side), self._papers(other, side)
            shapes.append((_told(mine, theirs), self._on_one_paper(mine, theirs)))
        return shapes[0] != shapes[1]

    def _papers(self, row: str, side: ClusterOf | None) -> Papers:
        """What a row signs; of `side` those publications that were regrouped."""
        if row not in self._held:
            self._held[row] = [
                (paper, int(self.graphs.object(signature, _ORDINAL) or 0))
                for signature in self.graphs.subjects(_BY, self.below + row)
                for paper in self.graphs.objects(signature, _OF)
            ]
        regrouped = {one.publication for one in self.signed} if side else set()
        found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for iri, place in self._held[row]:
            paper = iri.removeprefix(self.below)
            home = side(paper)[0] if side and paper in regrouped else self._home(iri)
            found[home].append((paper, place))
        return found

    def _home(self, iri: str) -> str:
        """What a publication is, as the links say."""
        if iri not in self._canonical:
            self._canonical[iri] = f"was {self.graphs.object(iri, _CANONICAL)}"
        return self._canonical[iri]

    def _on_one_paper(self, one: Papers, other: Papers) -> bool:
        """As `ingest.resolution.weighing.likeness` has it."""
        for paper in one.keys() & other.keys():
            for mine, place in one[paper]:
                for theirs, ordinal in other[paper]:
                    if mine == theirs:
                        return True
                    apart = place and ordinal and place != ordinal
                    if apart and self._length(mine) == self._length(theirs):
                        return True
        return False

    def _length(self, paper: str) -> int:
        """How many people sign it, by its source."""
        signatures = self.graphs.subjects(_OF, self.below + paper)
        rows = (row for one in signatures for row in self.graphs.objects(one, _BY))
        kinds = ox.NamedNode(terms.TYPE)
        return sum(terms.PERSON in self.graphs.objects(row, kinds) for row in rows)


def _told(one: Papers, other: Papers) -> float:
    """What the places that two share say."""
    shared = sum(
        bool({o for _, o in one[paper]} & {o for _, o in other[paper]} - {0})
        for paper in one.keys() & other.keys()
    )
    return AUTHORS.told("sharedPublication", shared)
