"""A few author rows compared as a whole run compares them, by what it kept of all there is."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ingest.resolution.gathering.census import Census
from ingest.resolution.gathering.memory import Cluster
from ingest.resolution.grouping.clustering import clusters
from ingest.resolution.grouping.parts import Division
from ingest.resolution.grouping.persons import ACCEPT, GREY
from ingest.resolution.grouping.register import Register
from ingest.resolution.recall import Statistics
from ingest.resolution.weighing.authors import Profile
from ingest.resolution.weighing.evidence import Evidence, Row
from ingest.resolution.weighing.likeness import Scorer
from ingest.resolution.weighing.names import Name, Relation, parse
from ingest.resolution.weighing.scoring import Score

Pair = tuple[str, str]


class _Few(Census):
    """Some rows of many, of whom `register` knows."""

    def __init__(self, evidence: Evidence, register: Register) -> None:
        self.register = register
        super().__init__(evidence)

    def _statistics(self, before: Statistics | None) -> Statistics:
        names = self.names.values()
        texts: dict[str, Iterable[str]] = {**self._numbered()}
        texts["families"] = {name.family for name in names}
        texts["firsts"] = {name.first for name in names}
        return self.register.statistics(texts | {"all": ["names"]})


def name_of(row: Row) -> Name:
    """The name of a row, taken apart."""
    return parse(row.name, row.family)


def text_of(row: Row) -> str:
    """The folded name of a row, by which it is registered."""
    return name_of(row).text


@dataclass(slots=True)
class Corner:
    """Scores pairs of some rows and parts, and clusters them."""

    rows: list[Profile]
    scorer: Scorer
    places: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        evidence: Evidence,
        register: Register,
        division: Division,
        home: Mapping[str, str],
        scope: Collection[str],
    ) -> "Corner":
        """`scope` are the rows that can be compared, and those named like them."""
        divided = division.applied(evidence)
        people = _Few(evidence, register).society(divided, home)
        rows = people.profiles
        inside = [place for place, row in enumerate(rows) if (row.whole or row.iri) in scope]
        scorer = Scorer.of(people, dict(_related(rows, inside, register)))
        return cls(rows, scorer, {row.iri: place for place, row in enumerate(rows)})

    def is_whole(self, row: str) -> bool:
        """Whether it holds several people, so that it is compared with nobody."""
        return self.rows[self.places[row]].whole == row

    def pairs(self, row: str) -> Iterator[Pair]:
        """The pairs of one that are worth comparing, of those that can be compared."""
        if self.is_whole(row):
            return
        place = self.places[row]
        for others in self.scorer.near.get(place, ()):
            for other in others:
                iri = self.rows[other].iri
                if not self.is_whole(iri):
                    yield min(row, iri), max(row, iri)

    def telling(self, pairs: Iterable[Pair]) -> dict[Pair, Score]:
        """The scores of these pairs that say something."""
        found = {}
        for one, other in sorted(set(pairs)):
            score = self.scorer.score(self.places[one], self.places[other])
            if score.sum > GREY or score.forbidden:
                found[one, other] = score
        return found

    def clusters(self, scores: Mapping[Pair, Score]) -> list[Cluster]:
        """The clusters that these scores come to."""
        edges = [
            (score.sum, self.places[one], self.places[other])
            for (one, other), score in sorted(scores.items())
            if joins(score)
        ]
        found, _ = clusters(edges, self.scorer.compatible)
        return [tuple(self.rows[place].iri for place in held) for held in found.values()]


def joins(score: Score) -> bool:
    """Whether it speaks for one cluster."""
    return score.sum > ACCEPT and not score.forbidden


def _related(
    rows: list[Profile], inside: Iterable[int], register: Register
) -> Iterator[tuple[tuple[int, int], Relation]]:
    """Those of one folded name, and of related names."""
    places: dict[str, list[int]] = {}
    for place in inside:
        places.setdefault(rows[place].name.text, []).append(place)
    for text, held in places.items():
        for number, one in enumerate(held):
            for other in held[number + 1 :]:
                yield (one, other), Relation.SAME
        for near, kind in register.near(text).items():
            if near > text:
                for one in held:
                    for other in places.get(near, ()):
                        yield (min(one, other), max(one, other)), kind
