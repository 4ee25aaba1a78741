"""What speaks for and against two author rows being one person: the visible terms; pure.

What two names could be to each other sets the prior; shared publications, co-authors (each by how
rare), how many namesakes to expect, venues, years, words of titles and abstracts, affiliations and
identifiers decide. Two names on one paper, two suffixes and two keys of one authority forbid.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum, inf, log

from ingest.resolution.weighing import weights
from ingest.resolution.weighing.authors import Profile, Society
from ingest.resolution.weighing.names import Relation
from ingest.resolution.weighing.relations import given_relation, relation, unit_relation
from ingest.resolution.weighing.scoring import Score
from ingest.resolution.weighing.weights import Weights

MOST_CLASHES = 1 << 20  # remembered at once

AUTHORS = weights.of("authors")  # which says where each of these comes from
LEAST_NAMESAKES = AUTHORS["gate.least_namesakes"]
RARE, RAREST = AUTHORS["gate.rare"], AUTHORS["gate.rarest"]
TELLING, USUAL_WORD = AUTHORS["gate.topics"], AUTHORS["gate.word"]
USUAL, TWO = AUTHORS["gate.usual"], AUTHORS["gate.usual_company"]
NEAR, LONG = AUTHORS["gate.near"], AUTHORS["gate.long"]
BEYOND_CHANCE = AUTHORS["gate.beyond_chance"]
ESTABLISHED, DOUBT = AUTHORS["gate.established"], AUTHORS["gate.doubt"]
UNPROVEN = AUTHORS["gate.unproven"] * AUTHORS["line.accept"]  # what names alone come to at most

Pair = tuple[int, int]

# What two names could be to each other that many people's are: more than the names must be shared.
LOOSE = frozenset(
    [
        Relation.SCRIPT,
        Relation.SPACING,
        Relation.REORDER,
        Relation.PARTICLE,
        Relation.INITIALS,
        Relation.NICKNAME,
        Relation.SHORT,
        Relation.ADDED,
        Relation.COMPOUND,
        Relation.HALF,
    ]
)
REWRITTEN = frozenset([Relation.SPACING, Relation.REORDER])  # of which no word is another
MIDDLES = frozenset([Relation.MIDDLE, Relation.MIDDLE_NAME])
ALTERED = LOOSE | {Relation.SPELLING}
SURE = frozenset([Relation.SAME, Relation.DIACRITICS])


@dataclass(slots=True)
class Scorer:
    """Scores pairs of rows by what is known of all of them; `pairs` are those to compare."""

    people: Society
    pairs: Mapping[Pair, Relation]
    near: dict[int, list[list[int]]]  # by given name
    weights: Weights
    names: dict[Relation, float]
    clashes: dict[Pair, bool] = field(default_factory=dict)  # asked for again and again

    @classmethod
    def of(
        cls, people: Society, pairs: Mapping[Pair, Relation], weights: Weights = AUTHORS
    ) -> "Scorer":
        near: defaultdict[int, dict[str, list[int]]] = defaultdict(dict)
        firsts = [row.name.first for row in people.profiles]
        pairs = {pair: kind for pair, kind in pairs.items() if not is_guessed(people, pair)}
        for pair in pairs:
            for one, other in (pair, pair[::-1]):
                near[one].setdefault(firsts[other], []).append(other)
        by_first = {one: list(held.values()) for one, held in near.items()}
        return cls(people, pairs, by_first, weights, cls._names(weights))

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
            "coauthors": self.coauthors(mine, theirs),
            "topics": told("topics", telling(mine.words & theirs.words, seen.words, seen.papers)),
            "venues": told("venues", rare(mine.venues & theirs.venues, seen.venues, seen.papers)),
            "years": told("years", gap(mine, theirs)),
            "identifier": self.identifier_term(mine, theirs),
        }
        if mine.variants and theirs.variants:
            apart = mine.variants.isdisjoint(theirs.variants)
            terms["nameVariant"] = self.weights["variant.differs" if apart else "variant.same"]
        if mine.abstracts and theirs.abstracts:
            shared = telling(mine.abstracts & theirs.abstracts, seen.abstracts, seen.papers)
            terms["abstracts"] = told("abstracts", shared)
        if mine.affiliations and theirs.affiliations:
            shared = rare(mine.affiliations & theirs.affiliations, seen.affiliations, seen.papers)
            terms["affiliation"] = told("affiliation", shared)
        if mine.domains and theirs.domains:
            shared = rare(mine.domains & theirs.domains, seen.domains, seen.papers)
            terms["emailDomain"] = told("emailDomain", shared)
        return terms | self.alone(one, other, terms)

    def alone(self, one: int, other: int, terms: Mapping[str, float]) -> dict[str, float]:
        """What speaks against a pair that shares no co-author, identifier or publication.

        A loose relation of names with nothing else is seldom right: most of what tells for it is
        taken back, so that it stays below the line and people see it.
        """
        kind = self.pairs[one, other]
        mine, theirs = self.people.profiles[one], self.people.profiles[other]
        if kind in SURE or terms["sharedPublication"] or terms["identifier"] > 0:
            return {}
        if self.have_company(mine, theirs, kind):
            return {}
        against = {}
        if kind is Relation.SPELLING and self.established(mine, theirs):
            against["spelling"] = self.weights["spelling.established"]
        if gap(mine, theirs) > LONG:
            against["longApart"] = self.weights["years.apart"]
        total = sum(terms.values()) + sum(against.values())
        loose = kind in LOOSE or self.is_bare(mine, theirs, kind)
        if loose and total > 0 and not self.nearly_alone_so_called(mine, theirs, kind):
            against["alone"] = min(self.weights["alone"] * total, UNPROVEN - total)
        return against

    def is_bare(self, one: Profile, other: Profile, kind: Relation) -> bool:
        """Whether a letter stands against that letter and more ("J." and "J. R."), which is loose.

        Of a usual family name each is many people, whose papers have words and places in common.
        """
        bare = kind in MIDDLES and min(len(one.name.first), len(other.name.first)) == 1
        return bare and self.expected(one, other) > USUAL

    def have_company(self, one: Profile, other: Profile, kind: Relation) -> bool:
        """Whether both have co-authors in common, of full name where their own names are.

        Names that more than one other is likely to have ask for two of them, and where print spares
        given names for more than chance would give two who write so much.
        """
        shared = len(one.company & other.company)
        if min(len(one.name.first), len(other.name.first)) == 1:  # print that spares given names
            usual = self.expected(one, other) > USUAL
            told = self.coauthors(one, other) if usual else inf
            return bool(shared or one.circle & other.circle) and told > BEYOND_CHANCE
        doubtful = kind is Relation.HALF or (kind in ALTERED and self.expected(one, other) > USUAL)
        return shared >= (TWO if doubtful else 1)

    def expected(self, one: Profile, other: Profile) -> float:
        """How many people of either name to expect, in the world."""
        return max(self.people.namesakes(row.name, True) for row in (one, other))

    def nearly_alone_so_called(self, one: Profile, other: Profile, kind: Relation) -> bool:
        """Whether the names are proof enough: rare in full, where place or topic and time fit."""
        if (
            gap(one, other) > NEAR
            or self.is_another_name(one, other, kind)
            or min(len(row.name.family) for row in (one, other)) < 2
        ):
            return False
        if kind is Relation.INITIALS:
            return one.name.letters[:2] == other.name.letters[:2] and len(one.name.letters[:2]) > 1
        expected = self.expected(one, other)
        if expected <= (RARE if kind in REWRITTEN else RAREST):
            return True
        topics = telling(one.words & other.words, self.people.words, self.people.papers)
        return expected <= RARE and (bool(one.venues & other.venues) or topics > TELLING)

    @staticmethod
    def is_another_name(one: Profile, other: Profile, kind: Relation) -> bool:
        """Whether even a rare one is another name too: cut off, or the half that nobody uses."""
        if kind is Relation.HALF:
            short, long = sorted((one.name.first, other.name.first), key=len)
            return not long.startswith(short)
        return kind is Relation.SHORT

    def established(self, one: Profile, other: Profile) -> bool:
        """Whether two words that are one letter apart are names of their own."""
        mine, theirs = one.name, other.name
        if mine.family != theirs.family:
            seen = (self.people.bearers(name.family, "families") for name in (mine, theirs))
        elif mine.first != theirs.first:
            seen = (self.people.bearers(name.first, "firsts") for name in (mine, theirs))
        else:
            return False
        return min(seen) > ESTABLISHED

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
        return sum(any(self._clash(near, other) for near in held) for held in self.near[one])

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

    def coauthors(self, one: Profile, other: Profile) -> float:
        """What co-authors in common say; those known by an initial alone say less."""
        told, seen = self.weights.told, self.people
        often = max(len(one.papers), len(other.papers)) / seen.papers
        full = told("coauthors", company(one.company, other.company, seen.companions, often))
        loose = company(one.circle, other.circle, seen.circles, often)
        return max(full, told("coauthors.initial", loose))

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


def is_guessed(people: Society, pair: Pair) -> bool:
    """Whether two are parts of one row that company alone tells apart: nothing to be compared."""
    one, other = (people.profiles[place] for place in pair)
    return one.guessed and other.guessed and one.whole == other.whole


def company(
    one: Collection[int], other: Collection[int], counts: Sequence[int], often: float
) -> float:
    """Companions in common, against how many chance would give two such lives, in nats."""
    few, many = sorted((one, other), key=len)
    shared = [mate for mate in few if mate in many]
    if not shared:
        return 0.0
    chance = sum(counts[mate] for mate in few) * often
    told = fsum(1.0 / (1.0 + counts[mate] * often) for mate in shared)  # in any order
    return log((told + DOUBT) / (min(chance, told) + DOUBT))


def clash(one: Profile, other: Profile) -> bool:
    """Whether the names exclude each other: two full first names, two middle ones."""
    mine, theirs = one.name, other.name
    if mine.text == theirs.text or not one.variants.isdisjoint(other.variants):
        return False
    if mine.family == theirs.family:
        if mine.is_plain and theirs.is_plain:  # most are, and nothing else could relate them
            return mine.joined != theirs.joined and unit_relation(mine.first, theirs.first) is None
        if given_relation(mine, theirs) is not None:
            return False
    return relation(mine, theirs) is None


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
    return fsum(log(total / counts[thing]) for thing in shared)


def telling(shared: Collection[int], counts: Sequence[int], total: int) -> float:
    """The same of words, of which usual ones tell nothing."""
    return fsum(max(0.0, log(total / counts[word]) - USUAL_WORD) for word in shared)
