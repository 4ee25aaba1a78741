"""What all author rows sign, counted; then, with clusters of publications known, their profiles.

Most of it needs no clusters, so it is done while another process finds them. What depends on them,
and on rows that are divided since, is mended afterwards: it comes to the same as counting then.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from ingest.resolution.recall import Codes, Statistics, code_of, mixed
from ingest.resolution.weighing import weights
from ingest.resolution.weighing.authors import Place, Profile, Society
from ingest.resolution.weighing.evidence import Evidence, Publication, Row, Signature
from ingest.resolution.weighing.names import Name, in_han, parse
from ingest.resolution.weighing.titles import BOILERPLATE, words_of

SHORTEST_WORD = 4
CROWD = weights.of("authors")["gate.crowd"]  # who signs a paper of more need not know each other

_MOST = (1 << 64) - 1
Held = set[Any] | frozenset[Any]
NOTHING: frozenset[Any] = frozenset()
_NOBODY: tuple[frozenset[int], frozenset[int]] = frozenset(), frozenset()


def society(
    evidence: Evidence, home: Mapping[str, str], before: Statistics | None = None
) -> Society:
    """The profiles of all persons; `home` gives a publication's cluster.

    `before` are the statistics of an earlier run, kept as long as they have not drifted.
    """
    return Census(evidence, before).society(evidence, home)


class _Numbers(dict[str, int]):
    """Texts by number, given in order of first sight."""

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        return number


@dataclass(frozen=True, slots=True)
class _Paper:
    """What one record gives to each of its signatures."""

    record: int
    company: frozenset[int]
    circle: frozenset[int]
    words: frozenset[int]
    abstract: frozenset[int]
    venue: int | None
    year: int | None


class Census:
    """Profiles in the making: each record is a paper of its own until clusters are known."""

    def __init__(self, evidence: Evidence, before: Statistics | None = None) -> None:
        self.evidence = evidence
        self.companions, self.circles = _Numbers(), _Numbers()
        self.venues, self.words = _Numbers(), _Numbers()
        self.abstracts, self.affiliations, self.domains = _Numbers(), _Numbers(), _Numbers()
        self.seen: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.lengths: list[int] = []
        self.people = {row.iri: row for row in evidence.rows if row.kind == "Person"}
        self.names = {iri: parse(row.name, row.family) for iri, row in self.people.items()}
        self.mates = {
            iri: (self.companions[_companion(name)], self.circles[_initialled(name)])
            for iri, name in self.names.items()
        }
        self.signed: defaultdict[str, list[Signature]] = defaultdict(list)
        for signature in evidence.signatures:
            if signature.row in self.people:
                self.signed[signature.publication].append(signature)
        self.places = {entry.iri: place for place, entry in enumerate(evidence.publications)}
        self.whole: dict[str, str] = {}  # of parts, which come later: the row that each is part of
        self.codes, self.profiles = self._taken()
        self.statistics = self._statistics(before)

    def _taken(self) -> tuple[dict[str, int], dict[str, Profile]]:
        """All that is said is counted; codes and profiles by row."""
        filled = {iri: _Filling() for iri in self.people}
        for entry in self.evidence.publications:
            signatures = self.signed.get(entry.iri, ())
            mates = [self.mates[s.row] for s in signatures]
            paper = self._paper(entry, mates)
            self._count(paper, mates)
            self.lengths.append(len(signatures))
            for signature in signatures:
                filled[signature.row].add(paper, signature)
                if signature.affiliations or signature.email_domain or signature.orcid:
                    self._count_belonging(self._belonging(filled[signature.row], signature))
        codes = self._codes(self.people.values(), self.signed)
        profiles = {
            iri: self._profile(row, filled.pop(iri))  # never all of both: they take much memory
            for iri, row in self.people.items()
        }
        return codes, profiles

    def _profile(self, row: Row, filled: "_Filling") -> Profile:
        return filled.profile(row.iri, row, self._name(row.iri), self._mates(row.iri))

    def _name(self, row: str) -> Name:
        """Of a part, that of its row."""
        return self.names[self.whole.get(row, row)]

    def _mates(self, row: str) -> tuple[int, int]:
        return self.mates[self.whole.get(row, row)]

    # --- with clusters

    def society(self, evidence: Evidence, home: Mapping[str, str]) -> Society:
        """All profiles, with rows divided as `evidence` has them; the census is used up."""
        rows = [row for row in evidence.rows if row.kind == "Person"]
        self.whole = {row.iri: row.whole for row in rows if row.iri not in self.people}
        both = zip(self.evidence.signatures, evidence.signatures, strict=True)
        moved = {new.iri: (old, new) for old, new in both if old is not new}
        if moved:
            self._move(rows, moved)
        for row in rows:
            was = self.people.get(row.iri, row)
            if row is not was:
                self.profiles[row.iri] = replace(self.profiles[row.iri], whole=row.whole)
                self.codes[row.iri] += code_of(repr(row)) - code_of(repr(was))
        self._house(home)
        codes = [self.codes[row.iri] & _MOST for row in rows]
        return self._society([self.profiles[row.iri] for row in rows], np.array(codes, np.uint64))

    def _move(self, rows: Iterable[Row], moved: Mapping[str, tuple[Signature, Signature]]) -> None:
        """Take those anew whose signatures are not the same, or not those of one beside them."""
        touched = {one.row for pair in moved.values() for one in pair}
        for old, new in moved.values():
            if self.whole.get(new.row) != old.row:  # another name: their co-authors' company too
                touched |= {one.row for one in self.signed.get(old.publication, ())}
        for publication in {old.publication for old, _ in moved.values()}:
            held = (moved.get(one.iri, (one, one))[1] for one in self.signed.get(publication, ()))
            self.signed[publication] = [one for one in held if self._is_person(one.row)]
        wanted = {
            publication: held
            for publication, held in self.signed.items()
            if any(one.row in touched for one in held)
        }
        filled: defaultdict[str, _Filling] = defaultdict(_Filling)
        for publication in sorted(wanted):
            entry = self.evidence.publications[self.places[publication]]
            paper = self._paper(entry, [self._mates(one.row) for one in wanted[publication]])
            for one in wanted[publication]:
                if one.row in touched:
                    filled[one.row].add(paper, one)
                    self._belonging(filled[one.row], one)
        people = [row for row in rows if row.iri in touched]
        self.profiles |= {row.iri: self._profile(row, filled[row.iri]) for row in people}
        self.codes |= self._codes((self.people.get(row.iri, row) for row in people), wanted)

    def _is_person(self, row: str) -> bool:
        return row in self.people or row in self.whole

    def _house(self, home: Mapping[str, str]) -> None:
        """Records of one cluster are one paper."""
        for iri in sorted(iri for iri, first in home.items() if iri != first):
            number, shared = self.places[iri], self.places[home[iri]]
            code = code_of(f"{iri}\n{home[iri]}")
            for row in {one.row for one in self.signed.get(iri, ())}:
                papers = self.profiles[row].papers
                papers.setdefault(shared, []).extend(papers.pop(number))
                self.codes[row] += code

    def _society(self, profiles: list[Profile], codes: Codes) -> Society:
        known = self.statistics
        listed = {kind: _listed(known, kind, numbers) for kind, numbers in self._numbered().items()}
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
            codes,
        )

    # --- what is counted

    def _statistics(self, before: Statistics | None) -> Statistics:
        pairs = {(name.family, name.first) for name in self.names.values()}
        counts: dict[str, Mapping[str, int]] = {
            kind: {text: self.seen[kind][number] for text, number in numbers.items()}
            for kind, numbers in self._numbered().items()
        }
        counts["families"] = Counter(family for family, _ in pairs)
        counts["firsts"] = Counter(first for _, first in pairs)
        counts["all"] = {"names": max(len(pairs), 1)}
        return Statistics.taken(max(len(self.signed), 1), counts, before)

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

    def _paper(self, entry: Publication, mates: Sequence[tuple[int, int]]) -> _Paper:
        """What one record gives; a paper of a crowd gives no company."""
        near = mates if len(mates) <= CROWD else ()
        company, circle = (frozenset(kind) for kind in zip(*near, strict=True)) if near else _NOBODY
        return _Paper(
            self.places[entry.iri],
            company,
            circle,
            _numbered(words_of(entry.title), self.words),
            _numbered(entry.abstract, self.abstracts),
            self.venues[entry.series or _series(entry.venue)] if entry.venue else None,
            entry.year,
        )

    def _count(self, paper: _Paper, mates: Iterable[tuple[int, int]]) -> None:
        self.seen["companions"].update({full for full, _ in mates})
        self.seen["circles"].update({initialled for _, initialled in mates})
        self.seen["words"].update(paper.words)
        self.seen["abstracts"].update(paper.abstract)
        if paper.venue is not None:
            self.seen["venues"][paper.venue] += 1

    def _belonging(self, filling: "_Filling", signature: Signature) -> tuple[set[int], int | None]:
        """Where somebody works, and who they say they are: taken, and the numbers of places."""
        places = {self.affiliations[place] for place in map(_place, signature.affiliations)}
        filling.affiliations = _with(filling.affiliations, places)
        domain = None
        if signature.email_domain:
            domain = self.domains[signature.email_domain.lower()]
            filling.domains = _with(filling.domains, {domain})
        if signature.orcid:
            filling.orcids = _with(filling.orcids, {signature.orcid})
        return places, domain

    def _count_belonging(self, numbers: tuple[set[int], int | None]) -> None:
        places, domain = numbers
        self.seen["affiliations"].update(places)
        if domain is not None:
            self.seen["domains"][domain] += 1

    # --- codes

    def _codes(
        self, rows: Iterable[Row], signed: Mapping[str, Sequence[Signature]]
    ) -> dict[str, int]:
        """What each profile is made of, as a number: its row, and all that it signs."""
        found = {row.iri: code_of(repr(row)) for row in rows}
        papers: list[int] = []
        signatures: list[Signature] = []
        for publication in sorted(signed):
            held = signed[publication]
            papers += [self._code(publication, held)] * len(held)
            signatures += held
        for one, code in zip(signatures, _codes_of(papers, signatures), strict=True):
            if one.row in found:
                found[one.row] += code
        return found

    def _code(self, publication: str, signed: Iterable[Signature]) -> int:
        """Of what a record says, and of all who sign it."""
        entry = self.evidence.publications[self.places[publication]]
        names = [_companion(self._name(s.row)) for s in signed]
        words = " ".join(entry.abstract)
        said = entry.iri, entry.title, entry.series or entry.venue, str(entry.year), words
        return code_of("\n".join([*said, *names]))


def _codes_of(papers: Sequence[int], signatures: Sequence[Signature]) -> list[int]:
    """Of signatures: the record's, the place, and what is seldom said beside."""
    places = np.array([one.ordinal or 0 for one in signatures], np.uint64)
    beside = np.array([_beside(one) for one in signatures], np.uint64)
    codes: Codes = mixed(np.array(papers, np.uint64) ^ mixed(places) ^ beside)
    found: list[int] = codes.tolist()
    return found


def _beside(one: Signature) -> int:
    if one.orcid or one.email_domain or one.affiliations:
        return code_of(f"{one.orcid} {one.email_domain} {one.affiliations}")
    return 0


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
        self.company: Held = NOTHING
        self.circle: Held = NOTHING
        self.words: Held = NOTHING
        self.abstracts: Held = NOTHING
        self.affiliations: Held = NOTHING
        self.domains: Held = NOTHING
        self.orcids: Held = NOTHING
        self.venues: Held = NOTHING
        self.years: list[int] = []

    def add(self, paper: _Paper, signature: Signature) -> None:
        place = (paper.record, signature.ordinal or 0)
        self.papers.setdefault(paper.record, []).append(place)
        self.company = _with(self.company, paper.company)
        self.circle = _with(self.circle, paper.circle)
        self.words = _with(self.words, paper.words)
        self.abstracts = _with(self.abstracts, paper.abstract)
        if paper.venue is not None:
            self.venues = _with(self.venues, {paper.venue})
        if paper.year is not None:
            self.years.append(paper.year)

    def profile(self, iri: str, row: Row, name: Name, itself: tuple[int, int]) -> Profile:
        company, circle = self.company - {itself[0]}, self.circle - {itself[1]}
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
            frozenset(company),
            frozenset(circle),
            frozenset(self.venues),
            frozenset(self.words),
            frozenset(self.abstracts),
            frozenset(self.affiliations),
            frozenset(self.domains),
            min(self.years, default=None),
            max(self.years, default=None),
            row.whole,
            row.guessed,
            recorded(row),
        )


def _with(known: Held, more: Held) -> Held:
    """Both together: most rows sign one paper, and then share what that has with others.

    A set of its own takes 216 bytes even where it is empty.
    """
    if not known or not more:
        return known or more
    if isinstance(known, frozenset):
        return known if more <= known else {*known, *more}
    known |= more
    return known


def recorded(row: Row) -> frozenset[str]:
    """The name in Han characters, as recorded and as printed, for comparing."""
    return frozenset(map(in_han, (row.name, *row.variants))) - {""}


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
