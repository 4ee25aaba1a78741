"""Records of ML Anthology: JSON Lines or one JSON array of papers, keyed by `bibtex_key`.

Its `slug` of an author is folded from the name and missing at times, so it is no identity: rows are
keyed by the printed name. Years come as strings, and empty strings stand for absent fields.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, BinaryIO

from ingest import identifiers, names, repairs, text
from ingest.addresses import address
from ingest.readers import jsons
from ingest.readers.errors import YEARS
from ingest.records import (
    Contributor,
    Identifier,
    Item,
    Link,
    Record,
    RecordError,
    Repair,
    VenueMention,
)

_KINDS = {
    "conference": ("ConferencePaper", "Conference"),
    "workshop": ("WorkshopPaper", "Workshop"),
    "journal": ("JournalArticle", "Journal"),
    "preprint": ("Preprint", "Repository"),
}
_LINKS = (("pdf_url", "pdf"), ("venue_url", "page"), ("code_url", "code"))


def sniff(head: bytes) -> bool:
    """Whether these first bytes are of ML Anthology's JSON."""
    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").lstrip()
    return start[:1] in (b"{", b"[") and b'"bibtex_key"' in start


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each paper, with errors named by key or line."""
    for found in jsons.values(stream):
        if isinstance(found, RecordError):
            yield found
        elif not isinstance(found.value, dict):
            yield RecordError("not an object", line=found.line, value=str(found.value)[:80])
        else:
            yield from _Paper(found.value, found.line, found.sound).items()


class _Paper:
    """One paper being read: gathers what was mended and what could not be used."""

    def __init__(self, fields: Mapping[str, Any], line: int, sound: bool) -> None:
        self.fields = fields
        self.line = line
        self.key = str(fields.get("bibtex_key") or "").strip()
        self.repairs: list[Repair] = []
        self.errors: list[RecordError] = []
        if not sound:
            self.fail("", "", "not UTF-8")
        if not self.key:
            self.fail("bibtex_key", "", "no key")

    def fail(self, field: str, value: object, reason: str, fatal: bool = False) -> None:
        self.errors.append(RecordError(reason, self.line, self.key, field, str(value)[:200], fatal))

    def text(self, field: str) -> str:
        """A field as text: "" where absent, an error where it is a list or an object."""
        value = self.fields.get(field)
        if not value and value != 0:
            return ""
        if isinstance(value, str):
            return value if value.isprintable() else self._tidy(field, value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self.fail(field, value, "not text")
        return ""

    def _tidy(self, field: str, value: str) -> str:
        if not text.has_stray(value) or not repairs.is_on("stray-characters"):
            return value
        self.repairs.append(Repair("stray-characters", field, value))
        return text.without_stray(value)

    def items(self) -> list[Item]:
        """The record, if there is one, after the errors."""
        title = self.text("title").strip()
        if not title:
            self.fail("title", "", "no title", fatal=True)
            return list(self.errors)
        record = self._record(title)
        return [*self.errors, record]

    def _record(self, title: str) -> Record:
        year = self._year()
        venue_type = self.text("venue_type")
        kind, venue_kind = _KINDS.get(venue_type, ("Publication", ""))
        if venue_type and not venue_kind and repairs.is_on("unknown-type"):
            self.repairs.append(Repair("unknown-type", "venue_type", venue_type))
        label = text.plain(title)
        return Record(
            title=title,
            label="" if label == title else label,
            kind=kind,
            key=self.key,
            contributors=tuple(self._contributors()),
            year=year,
            issued=str(year) if year else "",
            venue=self._venue(venue_kind),
            volume=self.text("volume"),
            pages=self.text("pages"),
            abstract=self.text("abstract"),
            identifiers=tuple(self._identifiers()),
            links=tuple(self._links()),
            line=self.line,
            repairs=tuple(self.repairs),
        )

    def _year(self) -> int | None:
        printed = self.text("year")
        if printed.isdecimal() and int(printed) in YEARS:
            return int(printed)
        if printed:
            self.fail("year", printed, "not a year")
        return None

    def _venue(self, kind: str) -> VenueMention | None:
        key, name = self.text("venue"), self.text("venue_name")
        return VenueMention(name or key, kind, key) if name or key else None

    def _identifiers(self) -> Iterator[Identifier]:
        doi = self.text("doi") or _after(self.text("venue_url"), "doi.org/")
        if doi:
            yield identifiers.identifier("doi", doi)
        source, source_id = self.text("source"), self.text("source_id")
        if source_id and source.startswith("dblp"):
            yield identifiers.identifier("dblpKey", source_id)
        openreview = self.text("openreview_url")
        if openreview:
            yield identifiers.identifier("openreview", openreview)
        elif source_id and source.startswith("openreview"):
            yield identifiers.identifier("openreview", source_id)

    def _links(self) -> Iterator[Link]:
        for field, kind in _LINKS:
            printed = self.text(field)
            if not printed or "doi.org/" in printed:
                continue
            url = address(printed)
            if url is None or (url != printed and not repairs.is_on("address-escaped")):
                self.fail(field, printed, "not a web address")
                continue
            if url != printed:
                self.repairs.append(Repair("address-escaped", field, printed))
            yield Link(kind, url)

    def _contributors(self) -> list[Contributor]:
        authors = self.fields.get("authors") or []
        if not isinstance(authors, list):
            self.fail("authors", authors, "not a list")
            return []
        people: list[tuple[str, names.Mended]] = []
        for author in authors:
            people.extend(self._people(author))
        return [
            names.of_mended(mended, printed, ordinal)
            for ordinal, (printed, mended) in enumerate(people, 1)
        ]

    def _people(self, author: Any) -> tuple[tuple[str, names.Mended], ...]:
        """Each person in one entry of the list of authors, as printed and as mended."""
        if isinstance(author, str):
            author = {"family": author}
        try:
            get = author.get
            people, mended = _people(get("given"), get("family"), get("prefix"), repairs.off())
        except (AttributeError, TypeError):  # no object, or its parts are no text
            self.fail("authors", author, "not an author")
            return ()
        if not people:
            self.fail("authors", author, "an author without a name")
        if mended:
            self.repairs.extend(mended)
        return people


@lru_cache(maxsize=65536)
def _people(
    given: str | None, family: str | None, prefix: str | None, off: frozenset[str]
) -> tuple[tuple[tuple[str, names.Mended], ...], tuple[Repair, ...]]:
    """The people in one name, which are several at times, and what was mended."""
    given, family = (given or "").strip(), (family or "").strip()
    if prefix:
        family = f"{prefix.strip()} {family}".strip()
    printed = f"{given} {family}" if given and family else given or family
    if not printed:
        return (), ()
    if not _SEVERAL.search(printed):
        mended = names.mend_parts(printed, given, family)
        return ((printed, mended),), _repairs(printed, mended)
    # A list cut at its first comma was taken for "Family, Given": the family comes first.
    several = names.people(f"{family}, {given}" if "," in given else printed)
    rule = "several-people" if len(several) > 1 else "leading-and"
    if rule in off:
        several = [printed]
    found = tuple((name, names.mend(name)) for name in several)
    fixes = [repair for name, mended in found for repair in _repairs(name, mended)]
    if several != [printed]:
        fixes.insert(0, Repair(rule, "authors", printed))
    return found, tuple(fixes)


def _repairs(printed: str, mended: names.Mended) -> tuple[Repair, ...]:
    return tuple(Repair(rule, "authors", printed) for rule in mended.rules)


_SEVERAL = re.compile(r"[,;]|\band\b")


def _after(address: str, mark: str) -> str:
    return address.partition(mark)[2]
