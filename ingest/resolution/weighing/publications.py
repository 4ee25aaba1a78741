"""Is it the same publication? The visible terms that a pair of publications earns; pure.

Each term is a log-odds in nats; their sum is the score. A title alone never decides: what is short,
common or numbered needs authors, year and venue beside it. A DOI is one more term, not proof.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from rapidfuzz import fuzz

from ingest.resolution.weighing import weights
from ingest.resolution.weighing.evidence import Evidence, Publication
from ingest.resolution.weighing.habits import Habits
from ingest.resolution.weighing.names import Name, homonym, parse
from ingest.resolution.weighing.relations import misspelt
from ingest.resolution.weighing.scoring import Score
from ingest.resolution.weighing.titles import (
    BOILERPLATE,
    Comparison,
    Rarity,
    compare,
    without_ligatures,
    words_of,
)
from ingest.resolution.weighing.weights import Weights

Words = tuple[str, ...]

PUBLICATIONS = weights.of("publications")
ACCEPT = PUBLICATIONS["line.accept"]
MOST_ON_A_PAGE = PUBLICATIONS["gate.page"]
MANGLED, SHORTEST_MANGLED = PUBLICATIONS["gate.mangled"], PUBLICATIONS["gate.mangled_letters"]

_RUN_ON = re.compile(r"(?<=\w) and\w?$")  # "and", with the next one's initial, stuck to a name

_BEFORE_PAGES = re.compile(r"\W*(?:(?:pages?|pgs?|pp?)\b[.:]?\s*|(?:pages?|pp)(?=\d))", re.I)
_TO_LAST = re.compile(r".*\w", re.DOTALL)  # to the last letter or digit


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
    page_tells: bool
    volume: str
    identifiers: tuple[tuple[str, str], ...]
    cut_off: bool


def describe(evidence: Evidence) -> list[Description]:
    """Every publication, ready for comparing, in the order of the evidence."""
    names: defaultdict[str, list[tuple[bool, int, Name]]] = defaultdict(list)
    families = {row.iri: row.family for row in evidence.rows}
    for signature in evidence.signatures:
        if signature.role in ("author", "editor"):
            bare, _ = homonym(_RUN_ON.sub("", signature.printed))
            place = (signature.role != "author", signature.ordinal or 9999)
            names[signature.publication].append(
                (*place, parse(bare, families.get(signature.row, "")))
            )
    pages = {(_first_page(entry), words_of(entry.title)) for entry in evidence.publications}
    held = Counter(page for page, _ in pages)  # two records of one title may be one publication
    return [
        _described(entry, names.get(entry.iri, ()), held[_first_page(entry)] <= MOST_ON_A_PAGE)
        for entry in evidence.publications
    ]


def _pages(entry: Publication) -> str:
    """Pages without spaces, "pp." and what citations put around them."""
    before = _BEFORE_PAGES.match(entry.pages)
    bare = _TO_LAST.match(entry.pages, before.end() if before else 0)
    return (bare[0] if bare else "").replace("--", "-").replace("\u2013", "-").replace(" ", "")


def _first_page(entry: Publication) -> tuple[str, str, str, str]:
    """Where a publication starts: in which source, series and volume, on which page."""
    volume = entry.volume or str(entry.year or "")
    return entry.source, entry.series or entry.venue, volume, _pages(entry).partition("-")[0]


def _described(
    entry: Publication, names: Sequence[tuple[bool, int, Name]], is_telling: bool
) -> Description:
    """Made ready; a page on which many a paper starts (journals that count anew) is none."""
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
        _pages(entry),
        is_telling,
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
    if not met:
        met = _crossed(short, long)
    return AuthorMatch(met, rare, len(short) - met, True)


def _crossed(short: Sequence[Name], long: Sequence[Name]) -> int:
    """How many stand there turned and cut short ("D. Grace" is "G. Doe"); of one it is chance."""
    found = sum(any(_is_crossed(name, other) for other in long) for name in short)
    return found if found > 1 else 0


def _is_crossed(one: Name, other: Name) -> bool:
    if min(len(one.family), len(other.family)) < 2 or not one.letters or not other.letters:
        return False
    return one.family[0] in other.letters and other.family[0] in one.letters


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
    if one.initial == other.initial and _is_mangled(one.family, other.family):
        return True
    short, long = sorted((one.family, other.family), key=len)
    return len(short) > 4 and long.startswith(short)


def _is_mangled(one: str, other: str) -> bool:
    """Whether two family names are one of which marks or ligatures were lost in print."""
    if misspelt(one, other) or without_ligatures(one) == without_ligatures(other):
        return True
    if min(len(one), len(other)) < SHORTEST_MANGLED or one[0] != other[0]:
        return False
    return fuzz.ratio(one, other) >= MANGLED


def _turned(one: Name, other: Name) -> bool:
    return bool(one.first) and one.first == other.family and other.first == one.family


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores pairs of publications by what is known of all of them."""

    rarity: Rarity
    families: Mapping[str, int]
    signed: int
    habits: Habits
    common: frozenset[tuple[str, str]]
    sisters: frozenset[frozenset[str]] = frozenset()
    weights: Weights = PUBLICATIONS

    def score(self, one: Description, other: Description) -> Score:
        """The terms that a pair earns, rounded."""
        return Score.of(self.terms(one, other))

    def terms(self, one: Description, other: Description) -> dict[str, float]:
        """The terms that a pair earns. What a source that repeats itself says counts less."""
        weigh = self.weights
        rough = bool({one.source, other.source} & self.habits.repeating)
        year, venue, people = (
            (weigh["rough.year"], weigh["rough.venue"], weigh["rough.authors"])
            if rough
            else (1.0, 1.0, 1.0)
        )
        found = compare(one.words, other.words, self.rarity, explained(one, other))
        title, authors = title_term(found, weigh), self.author_term(one, other, people)
        prior = weigh["prior.rough" if rough else "prior"]
        reviewed = found.review and not self.has_one_reviewer(one, other)
        terms = {
            "prior": prior - max(0.0, prior + title + authors - weigh["prior.same_work"]),
            "title": title + notice_term(found, weigh, reviewed),
            "authors": authors,
            "year": year * self.habits.year_term(one.year, other.year),
            "venue": venue * self.venue_term(one, other),
            "identifier": identifier_term(one, other, self.common, weigh),
            "pages": year * pages_term(one, other, weigh),
        }
        if one.source == other.source and not rough:
            gathered = one.source in self.habits.gathered
            terms["source"] = weigh["source.gathered" if gathered else "source"]
            if gathered and terms["venue"] < 0 and terms["pages"] < 0:
                terms["pages"] = weigh["pages.elsewhere"]
        return terms

    def has_one_reviewer(self, one: Description, other: Description) -> bool:
        """Whether two share an author, a year and a venue: a book stands in no journal.

        What stands there under its title, by who reviewed it, is the review.
        """
        if one.year != other.year or self.venue_term(one, other) <= 0:
            return False
        return match_authors(one, other, self.families, self.signed).met > 0

    def author_term(self, one: Description, other: Description, trust: float = 1.0) -> float:
        """What two author lists say."""
        match = match_authors(one, other, self.families, self.signed)
        if not match.known:
            return self.weights["authors.lacking"] if self.is_scrap(one, other) else 0.0
        if not match.met:
            return trust * self.habits.no_author
        told = self.weights.told
        return (
            self.weights["authors.known"]
            + told("authors.met", match.met)
            + told("authors.rare", match.rare)
            + told("authors.missed", match.missed)
        )

    def is_scrap(self, one: Description, other: Description) -> bool:
        """Whether one is a scrap of a citation: of a source of rough records, without authors."""
        rough = self.habits.repeating
        return any(entry.source in rough and not entry.authors for entry in (one, other))

    def venue_term(self, one: Description, other: Description) -> float:
        """Series where the table knows both, else what names were seen together, else words."""
        weigh = self.weights
        if one.series and one.series == other.series:
            return weigh["venue.same"]
        if frozenset((one.series, other.series)) in self.sisters:
            return weigh["venue.sisters"]
        if not one.venue or not other.venue:
            return 0.0
        if one.venue == other.venue:
            return weigh["venue.same"]
        apart = one.kind and other.kind and one.kind != other.kind
        kinds = weigh["venue.kinds_differ"] if apart else 0.0
        if one.series and other.series:
            return weigh["venue.series_differ"]  # a conference and its workshops, too
        if one.source != other.source and self.habits.affinity.knows(one.venue, other.venue):
            learnt = self.habits.affinity.between(one.venue, other.venue)
            return min(learnt, weigh["venue.same"]) if learnt > 0 else learnt + kinds
        words = {*one.venue} & {*other.venue} - BOILERPLATE
        return kinds + weigh["venue.words_shared" if words else "venue.words_differ"]


def explained(one: Description, other: Description) -> frozenset[str]:
    """Words that may stray into a title: names of authors, words of venues, the years."""
    words = {*one.venue, *other.venue}
    years = {str(one.year), str(other.year)}
    if len(years) < 2 or str(one.year) not in one.words or str(other.year) not in other.words:
        words |= years  # else two of a series, each with its own year
    for entry in (one, other):
        for name in entry.authors:
            words.update(name.text.replace("-", " ").split())
    return frozenset(words)


def title_term(found: Comparison, weigh: Weights) -> float:
    """What two titles say."""
    less, more = sorted((found.mine, found.theirs))
    return (
        weigh.told("title.told", found.shared)
        + (weigh["title.same"] if found.same else 0.0)
        + weigh.told("title.over_less", less)
        + weigh.told("title.over_more", more)
        + weigh.told("title.inner", found.inner)
    )


def notice_term(found: Comparison, weigh: Weights, reviewed: bool) -> float:
    """What tells two publications of one work apart although their titles are alike."""
    numbers = (0.0, weigh["title.one_number"], weigh["title.numbers"])[found.numbers]
    return (weigh["title.notice"] if found.notices or reviewed else 0.0) + numbers


def identifier_term(
    one: Description, other: Description, common: frozenset[tuple[str, str]], weigh: Weights
) -> float:
    """Identifiers of one scheme: shared ones tell for, others against; `common` are mute."""
    if not one.identifiers or not other.identifiers:
        return 0.0
    mine = _by_scheme(one.identifiers, common)
    theirs = _by_scheme(other.identifiers, common)
    best = worst = 0.0
    for scheme in sorted(mine.keys() & theirs.keys()):
        if mine[scheme] & theirs[scheme]:
            best = max(best, weigh.of_kind("identifier.same", scheme))
        else:
            worst = min(worst, weigh.of_kind("identifier.differs", scheme))
    return best + worst


def _by_scheme(
    identifiers: Iterable[tuple[str, str]], common: frozenset[tuple[str, str]]
) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for scheme, value in identifiers:
        if (scheme, value) not in common and scheme not in ("isbn", "issn"):
            found.setdefault(scheme, set()).add(value.lower())
    return found


def pages_term(one: Description, other: Description, weigh: Weights) -> float:
    """Pages as printed, where both have a first page; page 1, where many start, with the last."""
    mine, theirs = one.pages.partition("-")[0], other.pages.partition("-")[0]
    if not mine or not theirs or (mine == theirs == "1" and one.pages != other.pages):
        return 0.0
    if not (one.page_tells and other.page_tells) and not {*one.identifiers} & {*other.identifiers}:
        return 0.0
    return weigh["pages.same" if mine == theirs else "pages.differ"]
