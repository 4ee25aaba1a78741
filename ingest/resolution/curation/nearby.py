"""The clusters near a decision, read from the store: all that it can change, and no more.

A decision regroups the clusters of the two it is about, and those that other decisions tie to them.
What was compared among their members stands in the links, so nothing is scored again.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from ingest.relink import Graphs
from ingest.resolution.gathering.memory import Cluster, Memory
from ingest.resolution.grouping import decisions
from ingest.resolution.grouping.works import Compared
from ingest.resolution.weighing.evidence import Decision
from ingest.resolution.weighing.scoring import Score, Verdict
from ontology import terms

_CANONICAL, _COMPARES = ox.NamedNode(terms.CANONICAL), ox.NamedNode(terms.COMPARES)
_LABEL, _TYPE = ox.NamedNode(terms.LABEL), ox.NamedNode(terms.TYPE)
_BY, _OF = ox.NamedNode(terms.BY_AUTHOR), ox.NamedNode(terms.OF_PUBLICATION)
_SUFFIX = ox.NamedNode(terms.HOMONYM_SUFFIX)
_ROLE, _PART_OF = ox.NamedNode(terms.ROLE), ox.NamedNode(terms.PART_OF)


@dataclass(slots=True)
class Nearby:
    """Looks into the links around some author rows, by local paths."""

    graphs: Graphs
    below: str
    memory: Memory
    partners: Mapping[str, Collection[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, graphs: Graphs, below: str, memory: Memory, known: Iterable[Decision]) -> "Nearby":
        """`known` are all decisions, whether they stand or not."""
        partners: dict[str, set[str]] = {}
        for one, other in map(decisions.pair_of, known):
            partners.setdefault(one, set()).add(other)
            partners.setdefault(other, set()).add(one)
        return cls(graphs, below, memory, partners)

    def around(self, seeds: Iterable[str]) -> tuple[str, ...]:
        """All whose cluster a decision about these could touch, sorted."""
        found: set[str] = set()
        waiting = list(seeds)
        while waiting:
            one = waiting.pop()
            if one not in found and self.canonical(one) is not None:
                found.add(one)
                waiting += [*self.cluster(one), *self.undecided(one), *self.partners.get(one, ())]
        return tuple(sorted(found))

    def canonical(self, one: str) -> str | None:
        """The canonical member, by the links; None of what is not there."""
        return self._local(self.graphs.object(self.below + one, _CANONICAL))

    def cluster(self, one: str) -> Cluster:
        """The members of its cluster, by the links, sorted."""
        canonical = self.below + (self.canonical(one) or one)
        found = self.graphs.subjects(_CANONICAL, canonical)
        return tuple(sorted(member.removeprefix(self.below) for member in found))

    def undecided(self, one: str) -> Cluster:
        """The members of the cluster that it would be in without decisions, sorted."""
        known = self.memory.undecided.get(one)
        return self.cluster(one) if known is None else known

    def is_divided(self, members: Collection[str]) -> bool:
        """Whether a row holds several people or would but for what people said, or is a part.

        Also where signatures could go to and fro between them, and nobody looked which.
        """
        if self.memory.torn is None and self.has_namesakes(members):
            return True
        if not self.memory.cleared.isdisjoint(members):
            return True
        for member in members:
            if self.graphs.object(self.below + member, _PART_OF) is not None:
                return True
            if terms.AMBIGUOUS_AUTHOR in self.graphs.objects(self.below + member, _TYPE):
                return True
        return False

    def has_namesakes(self, members: Collection[str]) -> bool:
        """Whether some have a homonym suffix and some none."""
        return len({self.graphs.object(self.below + one, _SUFFIX) is None for one in members}) > 1

    def is_by(self, signatures: Iterable[str], row: str) -> bool:
        """Whether the graph still says so of all these signatures."""
        return all(self.graphs.object(self.below + s, _BY) == self.below + row for s in signatures)

    def labels(self, entities: Iterable[str]) -> dict[str, str]:
        """The labels of those that are there."""
        found = ((one, self.graphs.object(self.below + one, _LABEL)) for one in entities if one)
        return {one: label for one, label in found if label is not None}

    def compared(self, members: Collection[str]) -> dict[str, Compared]:
        """The pairs of members that were compared, by the local path of their match, as scored."""
        found: dict[str, Compared] = {}
        for member in members:
            for match in self.graphs.subjects(_COMPARES, self.below + member):
                local = match.removeprefix(self.below)
                known = local.startswith("match/") and local not in found
                if known and next(self.graphs.said(match), None):  # else one of `graph/outside`
                    pair = self._compared(match)
                    if pair.one in members and pair.other in members:
                        found[local] = pair
        return found

    def scores(self, row: str) -> dict[tuple[str, str], Score]:
        """The pairs of this author row or part that were compared, as scored."""
        found = {}
        for match in self.graphs.subjects(_COMPARES, self.below + row):
            if match.startswith(f"{self.below}match/") and next(self.graphs.said(match), None):
                one, other, score = self._scored(match)
                if one.startswith("author/") and other.startswith("author/"):
                    found[one, other] = score
        return found

    def _compared(self, match: str) -> Compared:
        one, other, score = self._scored(match)
        return Compared(one, other, score, self._verdict(one, other, score.forbidden))

    def _scored(self, match: str) -> tuple[str, str, Score]:
        pair: list[str] = []
        told: list[tuple[str, float]] = []
        forbidden = ""
        for quad in self.graphs.said(match):
            predicate, value = quad.predicate.value, _text(quad.object)
            if predicate == terms.COMPARES:
                pair.append(value.removeprefix(self.below))
            elif predicate == terms.CANNOT_LINK:
                forbidden = value
            elif predicate.startswith(terms.EVIDENCE):
                name = predicate[len(terms.EVIDENCE) :]
                told.append((name[0].lower() + name[1:], float(value)))
        one, other = sorted(pair)
        return one, other, Score(tuple(sorted(told)), forbidden)

    def _verdict(self, one: str, other: str, forbidden: str) -> Verdict:
        """What it came to without decisions."""
        if other in self.undecided(one):
            return Verdict.SAME
        return Verdict.DIFFERENT if forbidden else Verdict.GREY

    def signed(self, rows: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The publications that rows sign as authors, each with the row."""
        for row in rows:
            for signature in self.graphs.subjects(_BY, self.below + row):
                if self.graphs.object(signature, _ROLE) == "author":
                    publication = self.graphs.object(signature, _OF)
                    if publication is not None:
                        yield publication, row

    def weights(self, rows: Iterable[str]) -> dict[str, int]:
        """How many publications, each counted once, a row signs."""
        found = {}
        for row in rows:
            signatures = self.graphs.subjects(_BY, self.below + row)
            papers = {self.graphs.object(one, _OF) for one in signatures}
            found[row] = len({self.graphs.object(p, _CANONICAL) for p in papers if p})
        return found

    def _local(self, iri: str | None) -> str | None:
        return None if iri is None else iri.removeprefix(self.below)


def clusters_of(members: Sequence[str], cluster: Mapping[str, Cluster]) -> list[Cluster]:
    """The distinct clusters of two or more of these members."""
    return sorted({cluster[one] for one in members if len(cluster[one]) > 1})


def _text(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return str(term) if isinstance(term, ox.Triple) else term.value
