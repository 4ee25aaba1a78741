"""Is it the same publication? The visible terms that a pair of publications earns; pure.

Each term is a log-odds in nats; their sum is the score. A title alone never decides: what is short,
common or numbered needs authors, year and venue beside it. A DOI is one more term, not proof.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from ingest.resolution.evidence import Evidence, Publication
from ingest.resolution.habits import Habits
from ingest.resolution.names import Name, homonym, parse
from ingest.resolution.relations import misspelt
from ingest.resolution.scoring import Score
from ingest.resolution.titles import BOILERPLATE, Comparison, Rarity, compare, words_of

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """A publication made ready for comparing: words, author names, venue, pages."""

    iri: str
    source: str
    words: Words
    authors: tuple[Name, ...]
    year: int | None
    venue: Words
    series: str
    kind: str
    pages: str
    volume: str
    identifiers: tuple[tuple[str, str], ...]
    cut_off: bool


def describe(evidence: Evidence) -> list[Description]:
    """Every publication, ready for comparing, in the order of the evidence."""
    names: defaultdict[str, list[tuple[bool, int, Name]]] = defaultdict(list)
    families = {row.iri: row.family for row in evidence.rows}
    for signature in evidence.signatures:
        if signature.role in ("author", "editor"):
            bare, _ = homonym(signature.printed)
            place = (signature.role != "author", signature.ordinal or 9999)
            names[signature.publication].append(
                (*place, parse(bare, families.get(signature.row, "")))
            )
    return [_described(entry, names.get(entry.iri, ())) for entry in evidence.publications]


def _described(entry: Publication, names: Sequence[tuple[bool, int, Name]]) -> Description:
    ordered = sorted(names, key=lambda item: item[:2])
    return Description(
        entry.iri,
        entry.source,
        words_of(entry.title),
        tuple(name for _, _, name in ordered),
        entry.year,
        words_of(entry.venue),
        entry.series,
        entry.series_kind or entry.kind,
        entry.pages.replace("--", "-").replace("\u2013", "-").replace(" ", ""),
        entry.volume,
        entry.identifiers,
        entry.cut_off,
    )


@dataclass(frozen=True, slots=True)
class AuthorMatch:
    """How two author lists compare: who meets, who is left over where all should meet."""

    met: int
    rare: float
    missed: int
    known: bool


def match_authors(
    one: Description, other: Description, rarity: Mapping[str, int], total: int
) -> AuthorMatch:
    """The authors of the shorter list that the longer one has, and how rare their names are."""
    if not one.authors or not other.authors:
        return AuthorMatch(0, 0.0, 0, False)
    short, long = sorted((one.authors, other.authors), key=len)
    spelt = {*one.words} ^ {*other.words}
    families: defaultdict[str, list[Name]] = defaultdict(list)
    for name in long:
        families[name.family].append(name)
    met, rare = 0, 0.0
    for name in short:
        if _stands_in(name, families, long) or name.family in spelt:
            met += 1
            rare += log(max(total, 2) / max(rarity.get(name.family, 1), 1))
    return AuthorMatch(met, rare, len(short) - met, True)


def _stands_in(name: Name, families: Mapping[str, list[Name]], among: Sequence[Name]) -> bool:
    for other in families.get(name.family, ()):
        if not name.initial or not other.initial or name.initial == other.initial:
            return True
        if name.initial in other.letters or other.initial in name.letters:
            return True
    return any(_nearly(name, other) for other in among)


def _nearly(one: Name, other: Name) -> bool:
    """Whether two names look like one that somebody mangled."""
    if one.joined == other.joined or _turned(one, other):
        return True
    if misspelt(one.family, other.family):
        return one.initial == other.initial
    short, long = sorted((one.family, other.family), key=len)
    return len(short) > 4 and long.startswith(short)


def _turned(one: Name, other: Name) -> bool:
    return bool(one.first) and one.first == other.family and other.first == one.family


# Weights in nats. Title, authors: fitted by logistic regression on labelled pairs of the training
# split of DBLP-Scholar, then rounded; the rest are judgements about curated sources, said beside.
PRIOR = -5.2
PRIOR_ROUGH = -4.7  # a source that repeats itself has more than one record to find
SAME_WORK_MOST = 4.0  # more of title and authors tells of one work, not of one publication
TOLD = 0.21  # a nat of words that both titles have, up to TOLD_MOST nats
TOLD_MOST = 30.0
SAME_TITLE = 0.7
OVER_LESS, OVER_LESS_MOST = -0.22, 15.0  # a nat of words over, on the side that has fewer
OVER_MORE, OVER_MORE_MOST = -0.16, 20.0  # and on the side that has more
INNER, INNER_MOST = -0.09, 15.0
NOTICE = -7.0  # an erratum, a reply, a review is not what it is about
NUMBERS = -7.0  # part 1 and part 2, 2019 and 2020
ONE_NUMBER = -0.1
AUTHORS_KNOWN = 2.4
AUTHOR_MET, AUTHORS_MET_MOST = 0.24, 3
AUTHORS_RARE, AUTHORS_RARE_MOST = 0.07, 12.0
AUTHOR_MISSED, AUTHORS_MISSED_MOST = -0.3, 4
SERIES_SAME = 1.6
SERIES_DIFFER = -7.0
KINDS_DIFFER = -2.0
VENUE_WORDS_SHARED = 0.5
VENUE_WORDS_DIFFER = -0.5
SISTER_SERIES = 3.0
IDENTIFIER_SAME = {"doi": 6.0, "arxiv": 1.5}
IDENTIFIER_SAME_ELSE = 6.0
IDENTIFIER_DIFFERS = {"doi": -3.0, "arxiv": -3.0}
IDENTIFIER_DIFFERS_ELSE = -5.0
PAGES_SAME = 3.0
PAGES_DIFFER = -1.5
# What year, venue and authors say counts so much less where a source repeats itself: it is rough.
ROUGH_YEAR, ROUGH_VENUE, ROUGH_AUTHORS = 0.5, 0.35, 0.2
LISTED_TWICE = -6.0  # one source lists a publication once, unless it is seen to repeat itself

ACCEPT = 0.0
ACCEPT_WITHIN = 1.0
COMPATIBLE = -3.0
COMPATIBLE_REPEATING = -9.0  # of a source that repeats itself: its records are rough


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores pairs of publications by what is known of all of them."""

    rarity: Rarity
    families: Mapping[str, int]
    signed: int
    habits: Habits
    common: frozenset[tuple[str, str]]
    sisters: frozenset[frozenset[str]] = frozenset()

    def score(self, one: Description, other: Description) -> Score:
        """The terms that a pair earns."""
        rough = bool({one.source, other.source} & self.habits.repeating)
        year, venue, people = (ROUGH_YEAR, ROUGH_VENUE, ROUGH_AUTHORS) if rough else (1.0, 1.0, 1.0)
        found = compare(one.words, other.words, self.rarity, explained(one, other))
        title, authors = title_term(found), self.author_term(one, other, people)
        prior = PRIOR_ROUGH if rough else PRIOR
        terms = {
            "prior": prior - max(0.0, prior + title + authors - SAME_WORK_MOST),
            "title": title + notice_term(found),
            "authors": authors,
            "year": year * self.habits.year_term(one.year, other.year),
            "venue": venue * self.venue_term(one, other),
            "identifier": identifier_term(one, other, self.common),
            "pages": year * pages_term(one, other),
        }
        if one.source == other.source and not rough:
            terms["source"] = LISTED_TWICE
        return Score.of(terms)

    def author_term(self, one: Description, other: Description, trust: float = 1.0) -> float:
        match = match_authors(one, other, self.families, self.signed)
        if not match.known:
            return 0.0
        if not match.met:
            return trust * self.habits.no_author
        return (
            AUTHORS_KNOWN
            + AUTHOR_MET * min(match.met, AUTHORS_MET_MOST)
            + AUTHORS_RARE * min(match.rare, AUTHORS_RARE_MOST)
            + AUTHOR_MISSED * min(match.missed, AUTHORS_MISSED_MOST)
        )

    def venue_term(self, one: Description, other: Description) -> float:
        """Series where the table knows both, else what names were seen together, else words."""
        if one.series and one.series == other.series:
            return SERIES_SAME
        if frozenset((one.series, other.series)) in self.sisters:
            return SISTER_SERIES
        if not one.venue or not other.venue:
            return 0.0
        if one.venue == other.venue:
            return SERIES_SAME
        kinds = KINDS_DIFFER if one.kind and other.kind and one.kind != other.kind else 0.0
        if one.series and other.series:
            return SERIES_DIFFER + kinds
        if one.source != other.source and self.habits.affinity.knows(one.venue, other.venue):
            learnt = self.habits.affinity.between(one.venue, other.venue)
            return min(learnt, SERIES_SAME) if learnt > 0 else learnt + kinds
        words = {*one.venue} & {*other.venue} - BOILERPLATE
        return kinds + (VENUE_WORDS_SHARED if words else VENUE_WORDS_DIFFER)


def explained(one: Description, other: Description) -> frozenset[str]:
    """Words that may stray into a title: names of authors, words of venues, the years."""
    words = {*one.venue, *other.venue, str(one.year), str(other.year)}
    for entry in (one, other):
        for name in entry.authors:
            words.update(name.text.replace("-", " ").split())
    return frozenset(words)


def title_term(found: Comparison) -> float:
    """What two titles say."""
    less, more = sorted((found.mine, found.theirs))
    return (
        TOLD * min(found.shared, TOLD_MOST)
        + (SAME_TITLE if found.same else 0.0)
        + OVER_LESS * min(less, OVER_LESS_MOST)
        + OVER_MORE * min(more, OVER_MORE_MOST)
        + INNER * min(found.inner, INNER_MOST)
    )


def notice_term(found: Comparison) -> float:
    """What tells two publications of one work apart although their titles are alike."""
    return (NOTICE if found.notices else 0.0) + (0.0, ONE_NUMBER, NUMBERS)[found.numbers]


def identifier_term(
    one: Description, other: Description, common: frozenset[tuple[str, str]]
) -> float:
    """Identifiers of one scheme: shared ones tell for, others against; `common` are mute."""
    if not one.identifiers or not other.identifiers:
        return 0.0
    mine = _by_scheme(one.identifiers, common)
    theirs = _by_scheme(other.identifiers, common)
    best = worst = 0.0
    for scheme in sorted(mine.keys() & theirs.keys()):
        if mine[scheme] & theirs[scheme]:
            best = max(best, IDENTIFIER_SAME.get(scheme, IDENTIFIER_SAME_ELSE))
        else:
            worst = min(worst, IDENTIFIER_DIFFERS.get(scheme, IDENTIFIER_DIFFERS_ELSE))
    return best + worst


def _by_scheme(
    identifiers: Iterable[tuple[str, str]], common: frozenset[tuple[str, str]]
) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for scheme, value in identifiers:
        if (scheme, value) not in common and scheme not in ("isbn", "issn"):
            found.setdefault(scheme, set()).add(value.lower())
    return found


def pages_term(one: Description, other: Description) -> float:
    """Pages as printed, where both have a first page."""
    mine, theirs = one.pages.partition("-")[0], other.pages.partition("-")[0]
    if not mine or not theirs:
        return 0.0
    return PAGES_SAME if mine == theirs else PAGES_DIFFER
