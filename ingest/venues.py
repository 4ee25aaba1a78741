"""Series by the names that records print for them: a table, then the ISSN, else the printed name.

The table is `venues.tsv` beside this file; add a line to teach a series. An alias may be bound to a
kind (`icml[Workshop]`) and to years (`nips@1987-2017`), as a name has meant different series.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ingest.records import VenueMention

KINDS = frozenset({"Conference", "Journal", "Workshop", "Repository", "BookSeries"})

_NOT_WORD = re.compile(r"[\W_]+")
_ALIAS = re.compile(
    r"(?P<name>.+?)(?:\[(?P<kind>\w+)\])?(?:@(?P<first>\d{4})?-(?P<last>\d{4})?)?", re.DOTALL
)
# "Proceedings of the 42nd …", "2019 IEEE/CVF …", "… (CVPR), 2017": what varies from year to year.
_YEARLY = re.compile(
    r"^(?:in\s+)?(?:proceedings\s+of\s+(?:the\s+)?|proc\.?\s+(?:of\s+)?(?:the\s+)?|the\s+)"
    r"|\b(?:19|20)\d\d\b|\s\d{1,3}$|\b\d+(?:st|nd|rd|th)\b|\([^()]*\)"
    r"|\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth"
    r"|(?:twenty|thirty|forty|fifty)[ -]\w+|thirtieth|fortieth|fiftieth)\b"
    r"|\bannual\b|\bieee(?:/cvf|/rsj|cvf)?\b",
    re.IGNORECASE,
)
_WORKSHOPS = re.compile(r"\s+workshops?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Venue:
    """A series; `key` identifies it across sources, `known` says that the table has it."""

    key: str
    name: str
    kind: str = ""
    issn: tuple[str, ...] = ()
    known: bool = False


@dataclass(frozen=True, slots=True)
class Alias:
    """A name of a series, where it holds: for one kind, or for a span of years."""

    venue: Venue
    kind: str = ""
    first: int = 0
    last: int = 9999

    def holds(self, kind: str, year: int | None) -> bool:
        """Whether the alias means its series in a mention of this kind and year."""
        if self.kind and self.kind != kind:
            return False
        if year is None:
            return (self.first, self.last) == (0, 9999)
        return self.first <= year <= self.last


def folded(name: str) -> str:
    """The name for comparing: no case, accents, punctuation or "and" against "&"."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", plain).strip()


class VenueTableError(ValueError):
    """A line of the table of series that cannot be used."""


class Venues:
    """The table of series, looked up by name, key and ISSN."""

    def __init__(self, rows: Iterable[tuple[Venue, tuple[str, ...]]]) -> None:
        self._aliases: dict[str, list[Alias]] = {}
        self._by_issn: dict[str, Venue] = {}
        self._spelled: dict[str, str] = {}
        self._called: dict[str, list[str]] = {}
        for venue, aliases in rows:
            self._spelled[venue.name.casefold()] = venue.name
            for written in (venue.name, venue.key, *aliases):
                name, alias = _alias(venue, written)
                if written in aliases and name == written:  # bound to no kind and no years
                    self._called.setdefault(venue.name, []).append(name)
                self._aliases.setdefault(folded(name), []).append(alias)
            self._by_issn.update(dict.fromkeys(venue.issn, venue))
        for found in self._aliases.values():
            found.sort(key=lambda alias: (not alias.kind, alias.first == 0))
        self._known: dict[tuple[VenueMention, int | None], Venue] = {}

    @staticmethod
    @cache
    def bundled() -> "Venues":
        """The table that comes with Quiver."""
        return Venues(
            read_table(resources.files("ingest").joinpath("venues.tsv").read_text("utf-8"))
        )

    def find(self, mention: VenueMention, year: int | None = None) -> Venue:
        """The series that a record means; one of its own by ISSN or printed name if unknown."""
        known = self._known.get((mention, year))
        if known is None:
            if len(self._known) > 50_000:
                self._known.clear()
            known = self._known[mention, year] = self._find(mention, year)
        return known

    def spelled(self, printed: str) -> str:
        """A printed name with the capitals of the series of that name: "neurips" is "NeurIPS"."""
        return self._spelled.get(printed.casefold(), printed)

    def called(self, name: str) -> Sequence[str]:
        """What else a series of the table is called, as NeurIPS is NIPS; nothing for others."""
        return self._called.get(name, ())

    def _find(self, mention: VenueMention, year: int | None) -> Venue:
        for name in _names(mention):
            for alias in self._aliases.get(name, ()):
                if alias.holds(mention.kind, year):
                    return alias.venue
        for issn in mention.issn:  # after the names: an ISSN may be that of a wider book series
            if issn in self._by_issn:
                return self._by_issn[issn]
        kind = mention.kind if mention.kind in KINDS else ""
        name = mention.name or mention.key
        if mention.issn:
            return Venue(f"issn:{min(mention.issn)}", name, kind, mention.issn)
        printed = unicodedata.normalize("NFC", " ".join(name.casefold().split()))
        return Venue(f"name:{printed}", name, kind)


def _names(mention: VenueMention) -> Iterator[str]:
    if mention.key:
        yield folded(mention.key)
    yield folded(mention.name)
    series, colon, _ = mention.name.partition(":")
    if colon and _WORKSHOPS.search(series):
        yield folded(_WORKSHOPS.sub(" workshop", _YEARLY.sub(" ", series)))
    bare = folded(_YEARLY.sub(" ", mention.name.strip()))
    bare = folded(_YEARLY.sub(" ", bare))
    if bare:
        yield bare
    aside = re.findall(r"\(([^()]+)\)", mention.name)
    for short in () if "workshop" in mention.name.casefold() else aside:
        yield folded(_YEARLY.sub(" ", short))


def _alias(venue: Venue, written: str) -> tuple[str, Alias]:
    match = _ALIAS.fullmatch(written)
    if match is None or (match["kind"] and match["kind"] not in KINDS):
        raise VenueTableError(f"{venue.key}: {written!r} is no alias")
    first, last = int(match["first"] or 0), int(match["last"] or 9999)
    return match["name"], Alias(venue, match["kind"] or "", first, last)


def read_table(text: str) -> Iterator[tuple[Venue, tuple[str, ...]]]:
    """The rows of a table: key, name, kind, ISSNs and aliases (by `|`), source; `#` comments."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 6 or cells[2] not in KINDS:
            raise VenueTableError(
                f"line {number}: {line!r} is not key, name, kind, ISSN, aliases, source"
            )
        key, name, kind, issn, aliases, _ = cells
        yield Venue(key, name, kind, _cut(issn), known=True), _cut(aliases)


def _cut(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())
