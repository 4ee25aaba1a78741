"""What speaks for and against two author rows being one person: the visible terms; pure.

What two names could be to each other sets the prior; shared publications, co-authors (each by how
rare), how many namesakes to expect, venues, years, words of titles and abstracts, affiliations and
identifiers decide. Two names on one paper, two suffixes and two keys of one authority forbid.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log

from ingest.resolution import weights
from ingest.resolution.authors import Profile, Society
from ingest.resolution.names import Relation
from ingest.resolution.relations import given_relation, relation
from ingest.resolution.scoring import Score
from ingest.resolution.weights import Weights

LEAST_NAMESAKES = 0.02
USUAL_WORD = 3.0  # nats that a word must tell to be heard
DOUBT = 0.1  # companions that chance may have added or taken

MOST_CLASHES = 1 << 20  # remembered at once

AUTHORS = weights.of("authors")

Pair = tuple[int, int]


@dataclass(slots=True)
class Scorer:
    """Scores pairs of rows by what is known of all of them; `pairs` are those to compare."""

    people: Society
    pairs: Mapping[Pair, Relation]
    near: dict[int, list[int]]
    weights: Weights
    names: dict[Relation, float]
    clashes: dict[Pair, bool] = field(default_factory=dict)  # asked for again and again

    @classmethod
    def of(
        cls, people: Society, pairs: Mapping[Pair, Relation], weights: Weights = AUTHORS
    ) -> "Scorer":
        near: defaultdict[int, list[int]] = defaultdict(list)
        for one, other in pairs:
            near[one].append(other)
            near[other].append(one)
        return cls(people, pairs, dict(near), weights, cls._names(weights))

    def weighing(self, weights: Weights) -> "Scorer":
        """The same with other weights."""
        return replace(self, weights=weights, names=self._names(weights))

    @staticmethod
    def _names(weights: Weights) -> dict[Relation, float]:
        return {kind: weights[f"name.{kind.name.lower()}"] for kind in Relation}

    def score(self, one: int, other: int) -> Score:
        """The terms that a pair earns, rounded, and the rule that forbids it if one does."""
        rows = self.people.profiles
        return Score.of(self.terms(one, other), self.forbidden(rows[one], rows[other]))

    def terms(self, one: int, other: int) -> dict[str, float]:
        """The terms that a pair earns."""
        mine, theirs = self.people.profiles[one], self.people.profiles[other]
        told, seen = self.weights.told, self.people
        rivals = self.ambiguity(one, other)
        terms = {
            "name": self.names[self.pairs[one, other]] + self.apart(mine, theirs),
            "ambiguity": told("ambiguity", log(1 + rivals)),
            "rarity": self.weights["rarity"] * self.frequency(mine, theirs, rivals),
            "sharedPublication": told("sharedPublication", shared_places(mine, theirs)),
            "coauthors": told("coauthors", self.company(mine, theirs)),
            "topics": told("topics", telling(mine.words & theirs.words, seen.words, seen.papers)),
            "venues": told("venues", rare(mine.venues & theirs.venues, seen.venues, seen.papers)),
            "years": told("years", gap(mine, theirs)),
            "identifier": self.identifier_term(mine, theirs),
        }
        if mine.abstracts and theirs.abstracts:
            shared = telling(mine.abstracts & theirs.abstracts, seen.abstracts, seen.papers)
            terms["abstracts"] = told("abstracts", shared)
        if mine.affiliations and theirs.affiliations:
            shared = rare(mine.affiliations & theirs.affiliations, seen.affiliations, seen.papers)
            terms["affiliation"] = told("affiliation", shared)
        if mine.domains and theirs.domains:
            shared = rare(mine.domains & theirs.domains, seen.domains, seen.papers)
            terms["emailDomain"] = told("emailDomain", shared)
        return terms

    def apart(self, one: Profile, other: Profile) -> float:
        """What two sources, or a suffix that only one has, take off."""
        bare = bool(one.suffix) != bool(other.suffix)
        if one.source != other.source:
            return self.weights["name.other_source_suffixed" if bare else "name.other_source"]
        return self.weights["name.bare_or_suffixed"] if bare else 0.0

    def ambiguity(self, one: int, other: int) -> int:
        """How many other first names each could stand for that exclude this pairing."""
        return max(self._rivals(one, other), self._rivals(other, one))

    def _rivals(self, one: int, other: int) -> int:
        rows = self.people.profiles
        return len({rows[near].name.first for near in self.near[one] if self._clash(near, other)})

    def _clash(self, one: int, other: int) -> bool:
        pair = (one, other) if one < other else (other, one)
        known = self.clashes.get(pair)
        if known is None:
            known = self._clashing(pair)
            if len(self.clashes) < MOST_CLASHES:
                self.clashes[pair] = known
        return known

    def _clashing(self, pair: Pair) -> bool:
        if pair[0] == pair[1] or pair in self.pairs:
            return False
        rows = self.people.profiles
        return clash(rows[pair[0]], rows[pair[1]])

    def frequency(self, one: Profile, other: Profile, rivals: int) -> float:
        """Nats by which the name is common; below 0 for a rare one that nobody else here has."""
        across = one.source != other.source
        expected = max(self.people.namesakes(row.name, across) for row in (one, other))
        reach = self.weights.reach("rarity")
        return max(0.0 if rivals else -reach, min(reach, log(LEAST_NAMESAKES + expected)))

    def company(self, one: Profile, other: Profile) -> float:
        """Companions in common, against how many chance would give two such lives, in nats."""
        shared = one.company & other.company
        if not shared:
            return 0.0
        few, many = sorted((one, other), key=lambda row: len(row.company))
        counts, often = self.people.companions, len(many.papers) / self.people.papers
        chance = sum(counts[mate] for mate in few.company) * often
        told = sum(1.0 / (1.0 + counts[mate] * often) for mate in shared)
        return log((told + DOUBT) / (min(chance, told) + DOUBT))

    def identifier_term(self, one: Profile, other: Profile) -> float:
        """Identifiers of people: strong both ways, proof of nothing."""
        told = 0.0
        for scheme in sorted(one.identifiers.keys() & other.identifiers.keys()):
            shared = one.identifiers[scheme] & other.identifiers[scheme]
            told += self.weights["identifier.same" if shared else "identifier.differs"]
        return told

    def forbidden(self, one: Profile, other: Profile) -> str:
        """The rule that keeps two rows apart whatever else they share, or nothing."""
        if on_one_paper(one, other, self.people.lengths):
            return "on one paper"
        if one.suffix and other.suffix and one.suffix != other.suffix:
            return "two homonym suffixes"
        if one.source == other.source and one.key and other.key and one.key != other.key:
            return "two keys of one source"
        if one.whole and one.whole == other.whole:
            return "two parts of one row"
        return ""

    def compatible(self, one: int, other: int) -> bool:
        """Whether two rows can stand in one cluster, compared or not."""
        mine, theirs = self.people.profiles[one], self.people.profiles[other]
        return not self.forbidden(mine, theirs) and not clash(mine, theirs)


def clash(one: Profile, other: Profile) -> bool:
    """Whether the names exclude each other: two full first names, two middle ones."""
    if one.name.text == other.name.text or relation(one.name, other.name) is not None:
        return False
    return given_relation(one.name, other.name) is None or one.name.family != other.name.family


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


def gap(one: Profile, other: Profile) -> int:
    """Years between the last paper of one and the first of the other."""
    if None in (one.first_year, other.first_year, one.last_year, other.last_year):
        return 0
    between = max(one.first_year, other.first_year) - min(one.last_year, other.last_year)  # type: ignore[type-var,operator]
    return max(0, between)


def rare(shared: Collection[int], counts: Sequence[int], total: int) -> float:
    """What things in common tell, each by how few of all papers have it, in nats."""
    return sum(log(total / counts[thing]) for thing in shared)


def telling(shared: Collection[int], counts: Sequence[int], total: int) -> float:
    """The same of words, of which usual ones tell nothing."""
    return sum(max(0.0, log(total / counts[word]) - USUAL_WORD) for word in shared)
