"""Author rows made ready for comparing: who with, where, when and on what they published; pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import sqrt

import numpy as np

from ingest.resolution.evidence import Evidence, Publication, Row, Signature
from ingest.resolution.names import Name, parse
from ingest.resolution.recall import Codes, Statistics, code_of
from ingest.resolution.tables import lines_of
from ingest.resolution.titles import BOILERPLATE, words_of

SHORTEST_WORD = 4
FEW = 5  # what a name too rare for the tables counts for
INITIALS = 15.0  # about how evenly given names spread over the letters
CROWD = 25  # authors; who signs a paper of more need not know each other

Place = tuple[int, int]  # the number of a record, and the ordinal there (0 where unknown)


@dataclass(slots=True)
class Profile:
    """What is known of one author row; numbers stand for papers, companions, venues and words.

    `company` are co-authors by full name, `circle` the same by family name and initial: of many
    names the initial alone is somebody else's. Papers of a crowd give neither.
    """

    iri: str
    source: str
    name: Name
    suffix: str
    key: str
    identifiers: dict[str, frozenset[str]]
    papers: dict[int, list[Place]] = field(default_factory=dict)
    company: frozenset[int] = frozenset()
    circle: frozenset[int] = frozenset()
    venues: frozenset[int] = frozenset()
    words: frozenset[int] = frozenset()
    abstracts: frozenset[int] = frozenset()
    affiliations: frozenset[int] = frozenset()
    domains: frozenset[int] = frozenset()
    first_year: int | None = None
    last_year: int | None = None
    whole: str = ""


@dataclass(slots=True)
class Society:
    """All profiles, and on how many papers each companion, venue, word and so on occurs."""

    profiles: list[Profile]
    papers: int
    companions: list[int]
    circles: list[int]
    venues: list[int]
    words: list[int]
    abstracts: list[int]
    affiliations: list[int]
    domains: list[int]
    families: Counter[str]
    firsts: Counter[str]
    lengths: list[int]
    statistics: Statistics
    codes: Codes  # of the profiles: what their scores are made of
    names: int = 1  # pairs of family and first name

    def __post_init__(self) -> None:
        self.names = self.statistics.counts["all"]["names"]

    def namesakes(self, name: Name, across: bool) -> float:
        """How many people of this very name to expect: between those at hand and the world's.

        `across` sources it is the world's: they need not have drawn from one set of people.
        """
        here = self.families[name.family] * self.firsts[name.first] / self.names
        usual = usual_namesakes(name.family, name.first)
        return max(here, usual) if across else sqrt(here * usual)

    def bearers(self, word: str, kind: str) -> int:
        """How many full names have this family or given name, here or in the world's tables."""
        families, givens, _ = _usual()
        here, usual = (self.families, families) if kind == "families" else (self.firsts, givens)
        return max(here[word], usual.get(word, 0))


@lru_cache(maxsize=1)
def _usual() -> tuple[dict[str, int], dict[str, int], int]:
    """How many given names each frequent family name has, and the other way round, in the world."""
    families, givens = (
        {word: int(count) for word, count in (line.split("\t") for line in lines_of(name))}
        for name in ("families.tsv", "givens.tsv")
    )
    return families, givens, sum(families.values())


def usual_namesakes(family: str, first: str) -> float:
    """How many people of this family and given name (or initial) the tables let expect."""
    families, givens, size = _usual()
    size_of_family = families.get(family, FEW)
    if len(first) < 2:
        return size_of_family / INITIALS
    return size_of_family * givens.get(first, FEW) / size


class _Numbers(dict[str, int]):
    """Texts by number, given in order of first sight."""

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        return number


@dataclass(frozen=True, slots=True)
class _Paper:
    """What one record gives to each of its signatures."""

    number: int
    record: int
    company: frozenset[int]
    circle: frozenset[int]
    words: frozenset[int]
    abstract: frozenset[int]
    venue: int | None
    year: int | None


def society(
    evidence: Evidence, home: Mapping[str, str], before: Statistics | None = None
) -> Society:
    """The profiles of all persons; `home` gives a publication's cluster.

    `before` are the statistics of an earlier run, kept as long as they have not drifted.
    """
    return _Census(home).taken(evidence, before)


_MOST = (1 << 64) - 1
_NOBODY: tuple[frozenset[int], frozenset[int]] = frozenset(), frozenset()


class _Census:
    """Counts what it numbers, while profiles are filled."""

    def __init__(self, home: Mapping[str, str]) -> None:
        self.home = home
        self.papers, self.companions, self.circles = _Numbers(), _Numbers(), _Numbers()
        self.venues, self.words = _Numbers(), _Numbers()
        self.abstracts, self.affiliations, self.domains = _Numbers(), _Numbers(), _Numbers()
        self.seen: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.lengths: list[int] = []

    def taken(self, evidence: Evidence, before: Statistics | None = None) -> Society:
        people = {row.iri: row for row in evidence.rows if row.kind == "Person"}
        names = {iri: parse(row.name, row.family) for iri, row in people.items()}
        mates = {
            iri: (self.companions[_companion(name)], self.circles[_initialled(name)])
            for iri, name in names.items()
        }
        signed: defaultdict[str, list[Signature]] = defaultdict(list)
        for signature in evidence.signatures:
            if signature.row in people:
                signed[signature.publication].append(signature)
        filled = {iri: _Filling() for iri in people}
        for entry in evidence.publications:
            signatures = signed.get(entry.iri, ())
            paper = self._paper(entry, [mates[s.row] for s in signatures])
            self.lengths.append(len(signatures))
            for signature in signatures:
                filled[signature.row].add(paper, signature)
                if signature.affiliations or signature.email_domain or signature.orcid:
                    self._belonging(filled[signature.row], signature)
        profiles = [
            filled[row.iri].profile(row.iri, row, names[row.iri], mates[row.iri])
            for row in people.values()
        ]
        pairs = {(name.family, name.first) for name in names.values()}
        counts: dict[str, Mapping[str, int]] = {
            kind: {text: self.seen[kind][number] for text, number in numbers.items()}
            for kind, numbers in self._numbered().items()
        }
        counts["families"] = Counter(family for family, _ in pairs)
        counts["firsts"] = Counter(first for _, first in pairs)
        counts["all"] = {"names": max(len(pairs), 1)}
        known = Statistics.taken(max(len(signed), 1), counts, before)
        listed = {k: _listed(known, k, numbers) for k, numbers in self._numbered().items()}
        return Society(
            profiles,
            known.papers,
            listed["companions"],
            listed["circles"],
            listed["venues"],
            listed["words"],
            listed["abstracts"],
            listed["affiliations"],
            listed["domains"],
            Counter(known.counts["families"]),
            Counter(known.counts["firsts"]),
            self.lengths,
            known,
            self._codes(people, evidence, signed, names),
        )

    def _numbered(self) -> dict[str, _Numbers]:
        return {
            "companions": self.companions,
            "circles": self.circles,
            "venues": self.venues,
            "words": self.words,
            "abstracts": self.abstracts,
            "affiliations": self.affiliations,
            "domains": self.domains,
        }

    def _codes(
        self,
        people: Mapping[str, Row],
        evidence: Evidence,
        signed: Mapping[str, Sequence[Signature]],
        names: Mapping[str, Name],
    ) -> Codes:
        """What each profile is made of, as a number: its row, and all that it signs."""
        place = {iri: number for number, iri in enumerate(people)}
        found = [code_of(repr(row)) for row in people.values()]
        for entry in evidence.publications:
            signatures = signed.get(entry.iri, ())
            if not signatures:
                continue
            told = "\n".join([self._told(entry), *(_companion(names[s.row]) for s in signatures)])
            paper = f"{code_of(told)} {len(signatures)}"
            for s in signatures:
                said = f"{paper} {s.ordinal} {s.orcid} {s.email_domain} {s.affiliations}"
                found[place[s.row]] += code_of(said)
        return np.array([code & _MOST for code in found], dtype=np.uint64)

    def _told(self, entry: Publication) -> str:
        home = self.home.get(entry.iri, entry.iri)
        words = " ".join(entry.abstract)
        said = entry.iri, home, entry.title, entry.series or entry.venue, str(entry.year), words
        return "\n".join(said)

    def _belonging(self, filling: "_Filling", signature: Signature) -> None:
        """Where somebody works, and who they say they are."""
        places = {self.affiliations[place] for place in map(_place, signature.affiliations)}
        filling.affiliations |= places
        self.seen["affiliations"].update(places)
        if signature.email_domain:
            domain = self.domains[signature.email_domain.lower()]
            filling.domains.add(domain)
            self.seen["domains"][domain] += 1
        if signature.orcid:
            filling.orcids.add(signature.orcid)

    def _paper(self, entry: Publication, mates: Sequence[tuple[int, int]]) -> _Paper:
        """What one record gives; a paper of a crowd gives no company."""
        near = mates if len(mates) <= CROWD else ()
        company, circle = (frozenset(kind) for kind in zip(*near, strict=True)) if near else _NOBODY
        words = _numbered(words_of(entry.title), self.words)
        abstract = _numbered(entry.abstract, self.abstracts)
        venue = self.venues[entry.series or _series(entry.venue)] if entry.venue else None
        self.seen["companions"].update({full for full, _ in mates})
        self.seen["circles"].update({initialled for _, initialled in mates})
        self.seen["words"].update(words)
        self.seen["abstracts"].update(abstract)
        if venue is not None:
            self.seen["venues"][venue] += 1
        number = self.papers[self.home.get(entry.iri, entry.iri)]
        place = len(self.lengths)
        return _Paper(number, place, company, circle, words, abstract, venue, entry.year)


def _listed(statistics: Statistics, kind: str, numbers: Mapping[str, int]) -> list[int]:
    counts = statistics.counts[kind]
    return [counts[text] for text in numbers]


class _Filling:
    """What one row's signatures add up to."""

    __slots__ = (
        "abstracts",
        "affiliations",
        "circle",
        "company",
        "domains",
        "orcids",
        "papers",
        "venues",
        "words",
        "years",
    )

    def __init__(self) -> None:
        self.papers: dict[int, list[Place]] = {}
        self.company: set[int] = set()
        self.circle: set[int] = set()
        self.words: set[int] = set()
        self.abstracts: set[int] = set()
        self.affiliations: set[int] = set()
        self.domains: set[int] = set()
        self.orcids: set[str] = set()
        self.venues: set[int] = set()
        self.years: list[int] = []

    def add(self, paper: _Paper, signature: Signature) -> None:
        place = (paper.record, signature.ordinal or 0)
        self.papers.setdefault(paper.number, []).append(place)
        self.company |= paper.company
        self.circle |= paper.circle
        self.words |= paper.words
        self.abstracts |= paper.abstract
        if paper.venue is not None:
            self.venues.add(paper.venue)
        if paper.year is not None:
            self.years.append(paper.year)

    def profile(self, iri: str, row: Row, name: Name, itself: tuple[int, int]) -> Profile:
        self.company.discard(itself[0])
        self.circle.discard(itself[1])
        identifiers: defaultdict[str, set[str]] = defaultdict(set)
        for scheme, value in row.identifiers:
            identifiers[scheme].add(value)
        if self.orcids:
            identifiers["orcid"] |= self.orcids
        return Profile(
            iri,
            row.source,
            name,
            row.suffix,
            row.key,
            {scheme: frozenset(values) for scheme, values in identifiers.items()},
            self.papers,
            frozenset(self.company),
            frozenset(self.circle),
            frozenset(self.venues),
            frozenset(self.words),
            frozenset(self.abstracts),
            frozenset(self.affiliations),
            frozenset(self.domains),
            min(self.years, default=None),
            max(self.years, default=None),
            row.whole,
        )


def _numbered(words: Iterable[str], numbers: _Numbers) -> frozenset[int]:
    """The numbers of the words that may tell something."""
    return frozenset(
        numbers[word] for word in words if len(word) >= SHORTEST_WORD and word not in BOILERPLATE
    )


def _companion(name: Name) -> str:
    """A co-author by family and first name, in no order: whole lists stand turned around."""
    return " ".join(sorted((name.family, name.first)))


def _initialled(name: Name) -> str:
    return f"{name.family} {name.initial}"


@lru_cache(maxsize=1 << 16)
def _place(affiliation: str) -> str:
    """An affiliation as printed, folded, its words in no order."""
    return " ".join(sorted({*words_of(affiliation)} - BOILERPLATE))


@lru_cache(maxsize=1 << 16)
def _series(venue: str) -> str:
    """A printed venue without what changes from year to year."""
    return " ".join(word for word in words_of(venue) if word.isalpha() and word not in BOILERPLATE)
