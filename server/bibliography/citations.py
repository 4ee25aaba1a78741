"""A publication with what a citation of it needs: its fields, and its names in parts."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ingest import names
from ontology import terms

# The field of a citation that each property becomes.
FIELDS: Mapping[str, str] = {
    terms.TYPE: "type",
    terms.LABEL: "title",
    terms.YEAR: "year",
    terms.DC_ISSUED: "issued",
    terms.PRINTED_VENUE: "venue",
    terms.VOLUME: "volume",
    terms.NUMBER: "number",
    terms.PAGES: "pages",
    terms.DC_PUBLISHER: "publisher",
    terms.DOI: "doi",
    terms.ARXIV: "arxiv",
    terms.PAGE: "url",
    terms.DC_ABSTRACT: "abstract",
    terms.DC_LANGUAGE: "language",
    terms.ISBN: "isbn",
    terms.ISSN: "issn",
}
# A homonym number of an authority is no part of a name.
_SUFFIX = re.compile(r"\s+\d{4}$")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_NO_LETTERS = re.compile(r"[^\w\s.,'\u2019\u2010-]|\d")  # what no part of a name has
_FAMILY_FIRST = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA")
_LAST = 1 << 30  # the place of a name without one


@dataclass(frozen=True, slots=True)
class Name:
    """One name: as printed, and in parts; a group, or what has no parts, is `whole`."""

    printed: str
    given: str = ""
    family: str = ""
    junior: str = ""
    group: bool = False

    @property
    def whole(self) -> bool:
        return not self.given


@dataclass(frozen=True, slots=True)
class Citation:
    """The fields of one publication, several values of a field in order, and its names."""

    iri: str
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    authors: tuple[Name, ...] = ()
    editors: tuple[Name, ...] = ()
    cut_off: bool = False

    def one(self, name: str) -> str:
        """The first value of a field, or empty."""
        return next(iter(self.fields.get(name, ())), "")

    @property
    def kind(self) -> str:
        """The local name of its class; of several the first by name, of none empty."""
        kinds = (iri.removeprefix(terms.Q) for iri in self.fields.get("type", ()))
        return min((kind for kind in kinds if kind != "Publication"), default="")

    @property
    def key(self) -> str:
        """A key that people can read and no two publications share: the local part of the IRI."""
        return self.iri.rpartition("/")[2]

    @property
    def place(self) -> str:
        """Where it appeared: the proceedings or book that holds it, else the venue as printed."""
        return self.one("container") or self.venue

    @property
    def venue(self) -> str:
        """The venue as printed; what is but a key of its source ("iclr") as its series is named."""
        printed, series = self.one("venue"), self.one("series")
        return series if printed.casefold() in ("", series.casefold()) else printed

    @property
    def pages(self) -> tuple[str, str]:
        """First and last page; the last empty where there is one only."""
        first, _, last = self.one("pages").replace("\u2013", "-").replace("--", "-").partition("-")
        return first.strip(), last.strip()

    @property
    def date(self) -> tuple[str, ...]:
        """Year, month and day as far as they are known; "2016", "05", "03"."""
        found = _DATE.fullmatch(self.one("issued"))
        year = self.one("year")
        if found and (not year or found[1] == year):
            return tuple(part for part in found.groups() if part)
        return (year,) if year else ()


def name_of(printed: str, parts: Iterable[tuple[str, str]] = (), group: bool = False) -> Name:
    """A printed name, parted as the source parts it where that gives what is printed."""
    printed = _SUFFIX.sub("", printed)
    if group or names.kind_of(printed) == "group":
        return Name(printed, group=True)
    for given, family in parts:
        if given and f"{given} {family}" == printed:
            return Name(printed, given, family)
    if _NO_LETTERS.search(printed) or _is_family_first(printed):
        return Name(printed)
    found = names.split_printed(printed)
    return Name(printed, found.given, found.family, found.junior)


def _is_family_first(printed: str) -> bool:
    """Whether the name is in a script whose names are not turned round."""
    letters = [letter for letter in printed if letter.isalpha()]
    return bool(letters) and all(
        unicodedata.name(letter, "").startswith(_FAMILY_FIRST) for letter in letters
    )


def ordered(signed: Iterable[tuple[str, str, Name]], role: str) -> tuple[Name, ...]:
    """The names of one role (role, place, name) in order, those of unknown place last."""
    found = [
        (int(place) if place.isdecimal() else _LAST, name)
        for own, place, name in signed
        if own == role
    ]
    return tuple(name for _, name in sorted(found, key=lambda one: one[0]))


def completed(
    own: Mapping[str, list[str]], others: Mapping[str, list[str]]
) -> dict[str, Sequence[str]]:
    """The fields of a publication, those that it lacks from other descriptions of it."""
    return {name: sorted(values) for name, values in {**others, **own}.items() if any(values)}
