"""Is it the same person? The visible terms that a pair of author rows earns, and clusters; pure.

What two names could be to each other sets the prior; shared publications, co-authors (each by how
rare), how many namesakes to expect, venues, years and words of titles decide. Two names on one
paper, two suffixes or two identifiers of one authority, and a person's "different" forbid.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

from ingest.resolution.authors import Profile, Society, society
from ingest.resolution.clustering import clusters
from ingest.resolution.evidence import Evidence
from ingest.resolution.names import Relation
from ingest.resolution.namesakes import related
from ingest.resolution.relations import given_relation, relation
from ingest.resolution.scoring import Score, Verdict
from ingest.resolution.works import Compared

# Weights in nats, fitted by logistic regression on pairs of names of which a human checked who they
# are (ACL Anthology, development half), then rounded; those marked * are judgements.
NAME = {
    Relation.SAME: 3.6,
    Relation.SCRIPT: 3.4,
    Relation.DIACRITICS: 3.4,
    Relation.SPACING: 3.4,
    Relation.REORDER: 1.2,
    Relation.PARTICLE: 1.6,
    Relation.MIDDLE: 2.4,
    Relation.MIDDLE_NAME: 1.0,
    Relation.INITIALS: 1.9,
    Relation.NICKNAME: 1.3,
    Relation.SHORT: 1.1,
    Relation.ADDED: 1.4,
    Relation.COMPOUND: 1.1,
    Relation.SPELLING: -1.0,
}
OTHER_SOURCE = -2.5  # * two sources, two sets of people: what unites one source's rows is taken off
BARE_OR_SUFFIXED = -2.5  # * an authority told namesakes apart: the bare name is any of them
OTHER_SOURCE_SUFFIXED = -3.5  # * both
AMBIGUITY = -1.15  # a doubling of first names that it could be as well
RARITY, LEAST_NAMESAKES, RARITY_MOST = -0.5, 0.02, 2.0
COAUTHORS, COAUTHORS_MOST = 0.6, 3.0
TOPICS, TOPICS_MOST, USUAL_WORD = 0.07, 2.0, 3.0
VENUES, VENUES_MOST = 0.05, 1.0
GAP, GAP_MOST = -0.05, 1.5
SHARED, SHARED_MOST = 4.0, 8.0  # * one paper in two sources, in the same place of its list
IDENTIFIER_SAME = 6.0  # *
IDENTIFIER_DIFFERS = -4.0  # *

ACCEPT = 1.5
GREY = 0.0

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Persons:
    """What author rows came to: clusters of rows, compared pairs."""

    clusters: tuple[tuple[str, ...], ...]
    compared: tuple[Compared, ...]


def resolve_persons(evidence: Evidence, home: Mapping[str, str]) -> Persons:
    """All person rows compared and clustered; `home` gives a publication's cluster."""
    people = society(evidence, home)
    scorer = Scorer.of(people)
    scores = {pair: scorer.score(*pair) for pair in scorer.pairs}
    edges = [
        (score.sum, *pair)
        for pair, score in scores.items()
        if score.sum > ACCEPT and not score.forbidden
    ]
    joined, _ = clusters(edges, scorer.compatible)
    same = {place: first for first, members in joined.items() for place in members}
    rows = people.profiles
    compared = (
        Compared(rows[one].iri, rows[other].iri, score, _verdict(score, one, other, same))
        for (one, other), score in scores.items()
        if score.sum > GREY or score.forbidden
    )
    return Persons(
        tuple(tuple(rows[place].iri for place in members) for members in joined.values()),
        tuple(compared),
    )


def _verdict(score: Score, one: int, other: int, same: Mapping[int, int]) -> Verdict:
    if same.get(one, one) == same.get(other, other):
        return Verdict.SAME
    if score.forbidden:
        return Verdict.DIFFERENT
    return Verdict.GREY


@dataclass(slots=True)
class Scorer:
    """Scores pairs of rows by what is known of all of them."""

    people: Society
    pairs: dict[Pair, Relation]
    near: dict[int, list[int]]

    @classmethod
    def of(cls, people: Society) -> "Scorer":
        pairs = dict(_pairs(people.profiles))
        near: defaultdict[int, list[int]] = defaultdict(list)
        for one, other in pairs:
            near[one].append(other)
            near[other].append(one)
        return cls(people, pairs, dict(near))

    def score(self, one: int, other: int) -> Score:
        """The terms that a pair earns, and the rule that forbids it if one does."""
        mine, theirs = self.people.profiles[one], self.people.profiles[other]
        forbidden = self.forbidden(mine, theirs)
        shared = shared_places(mine, theirs)
        rivals = self.ambiguity(one, other)
        terms = {
            "name": NAME[self.pairs[one, other]] + _apart(mine, theirs),
            "ambiguity": AMBIGUITY * log(1 + rivals),
            "rarity": self.rarity_term(mine, theirs, rivals),
            "sharedPublication": min(SHARED * shared, SHARED_MOST),
            "coauthors": self.coauthor_term(mine, theirs),
            "topics": self.topic_term(mine, theirs),
            "venues": self.venue_term(mine, theirs),
            "years": years_term(mine, theirs),
            "identifier": identifier_term(mine, theirs),
        }
        return Score.of(terms, forbidden)

    def ambiguity(self, one: int, other: int) -> int:
        """How many other first names each could stand for that exclude this pairing."""
        return max(self._rivals(one, other), self._rivals(other, one))

    def _rivals(self, one: int, other: int) -> int:
        rows = self.people.profiles
        return len({rows[near].name.first for near in self.near[one] if self._clash(near, other)})

    def _clash(self, one: int, other: int) -> bool:
        if one == other or (min(one, other), max(one, other)) in self.pairs:
            return False
        rows = self.people.profiles
        return clash(rows[one], rows[other])

    def rarity_term(self, one: Profile, other: Profile, rivals: int) -> float:
        """For a rare name, against a common one; nothing for one that others here could have."""
        across = one.source != other.source
        expected = max(self.people.namesakes(row.name, across) for row in (one, other))
        told = RARITY * log(LEAST_NAMESAKES + expected)
        return max(-RARITY_MOST, min(0.0 if rivals else RARITY_MOST, told))

    def coauthor_term(self, one: Profile, other: Profile) -> float:
        """Companions in common, against how many chance would give two such lives."""
        shared = one.company & other.company
        if not shared:
            return 0.0
        few, many = sorted((one, other), key=lambda row: len(row.company))
        counts = self.people.companions
        chance = sum(counts[mate] for mate in few.company) * len(many.papers) / self.people.papers
        told = sum(
            1.0 / (1.0 + counts[mate] * len(many.papers) / self.people.papers) for mate in shared
        )
        return COAUTHORS * min(
            COAUTHORS_MOST / COAUTHORS, log((told + 0.1) / (min(chance, told) + 0.1))
        )

    def topic_term(self, one: Profile, other: Profile) -> float:
        total, counts = self.people.papers, self.people.words
        told = sum(
            max(0.0, log(total / counts[word]) - USUAL_WORD) for word in one.words & other.words
        )
        return min(TOPICS * told, TOPICS_MOST)

    def venue_term(self, one: Profile, other: Profile) -> float:
        total, counts = self.people.papers, self.people.venues
        told = sum(log(total / counts[venue]) for venue in one.venues & other.venues)
        return min(VENUES * told, VENUES_MOST)

    def forbidden(self, one: Profile, other: Profile) -> str:
        """The rule that keeps two rows apart whatever else they share, or nothing."""
        if on_one_paper(one, other, self.people.lengths):
            return "on one paper"
        if one.suffix and other.suffix and one.suffix != other.suffix:
            return "two homonym suffixes"
        if one.source == other.source and one.key and other.key and one.key != other.key:
            return "two keys of one source"
        return ""

    def compatible(self, one: int, other: int) -> bool:
        """Whether two rows can stand in one cluster, compared or not."""
        mine, theirs = self.people.profiles[one], self.people.profiles[other]
        return not self.forbidden(mine, theirs) and not clash(mine, theirs)


def _pairs(rows: Sequence[Profile]) -> Iterator[tuple[Pair, Relation]]:
    """Rows of one folded name, and rows of related names."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.name.text].append(place)
    texts = sorted(places)
    for held in places.values():
        for start, one in enumerate(held):
            for other in held[start + 1 :]:
                yield (one, other), Relation.SAME
    for (left, right), kind in related([rows[places[text][0]].name for text in texts]).items():
        for one in places[texts[left]]:
            for other in places[texts[right]]:
                yield (min(one, other), max(one, other)), kind


def clash(one: Profile, other: Profile) -> bool:
    """Whether the names exclude each other: two full first names, two middle ones."""
    if one.name.text == other.name.text or relation(one.name, other.name) is not None:
        return False
    return given_relation(one.name, other.name) is None or one.name.family != other.name.family


def _apart(one: Profile, other: Profile) -> float:
    bare = bool(one.suffix) != bool(other.suffix)
    if one.source != other.source:
        return OTHER_SOURCE_SUFFIXED if bare else OTHER_SOURCE
    return BARE_OR_SUFFIXED if bare else 0.0


def shared_places(one: Profile, other: Profile) -> int:
    """Papers that two records describe, with both rows in the same place of the list."""
    few, many = sorted((one, other), key=lambda row: len(row.papers))
    found = 0
    for paper, places in few.papers.items():
        others = many.papers.get(paper)
        if others and {o for _, o in places} & {o for _, o in others} - {0}:
            found += 1
    return found


def on_one_paper(one: Profile, other: Profile, lengths: Sequence[int]) -> bool:
    """Whether both sign one record, or two full records of one paper in different places."""
    few, many = sorted((one, other), key=lambda row: len(row.papers))
    for paper, places in few.papers.items():
        for record, ordinal in many.papers.get(paper, ()):
            for mine, place in places:
                if mine == record:
                    return True
                if place and ordinal and place != ordinal and lengths[mine] == lengths[record]:
                    return True
    return False


def years_term(one: Profile, other: Profile) -> float:
    """Against: years between the last paper of one and the first of the other."""
    if None in (one.first_year, other.first_year, one.last_year, other.last_year):
        return 0.0
    gap = max(one.first_year, other.first_year) - min(one.last_year, other.last_year)  # type: ignore[type-var,operator]
    return max(-GAP_MOST, GAP * max(0, gap))


def identifier_term(one: Profile, other: Profile) -> float:
    """Identifiers of people: strong both ways, proof of nothing."""
    told = 0.0
    for scheme in sorted(one.identifiers.keys() & other.identifiers.keys()):
        shared = one.identifiers[scheme] & other.identifiers[scheme]
        told += IDENTIFIER_SAME if shared else IDENTIFIER_DIFFERS
    return told
