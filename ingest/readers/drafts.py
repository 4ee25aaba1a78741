"""A record being gathered from one entry: what every reader of fields does in the same way.

A reader hands over what the entry says, field by field; the draft cleans, normalises, notes each
repair and each value that could not be used, and gives the record at the end.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from ingest import dates, identifiers, names, repairs, text
from ingest.addresses import address
from ingest.readers.errors import YEARS
from ingest.records import (
    Container,
    Contributor,
    Identifier,
    Item,
    Link,
    Record,
    RecordError,
    Repair,
    VenueMention,
)

_SHOWN = 200
_ADDRESS = re.compile(
    r"(?:,?\s*(?:electronic address|e-?mail)\s*:?\s*)?\(?[\w.+-]+@([\w-]+(?:\.[\w-]+)+)\)?\.?",
    re.IGNORECASE,
)

T = TypeVar("T")


def drafted(found: Iterable[T | RecordError], draft_of: Callable[[T], "Draft"]) -> Iterator[Item]:
    """What the draft of each gives; errors go through as they are."""
    for one in found:
        if isinstance(one, RecordError):
            yield one
        else:
            yield from draft_of(one).items()


class Draft:
    """One record being gathered; public attributes are the record's plain fields."""

    def __init__(self, line: int | None = None, key: str = "", *, latex: bool = False) -> None:
        self.line = line
        self.key = key
        self.kind = "Publication"
        self.title = ""
        self.label = ""
        self.issued = ""
        self.year: int | None = None
        self.venue: VenueMention | None = None
        self.container: Container | None = None
        self.volume = ""
        self.number = ""
        self.pages = ""
        self.publisher = ""
        self.language = ""
        self.abstract = ""
        self.keywords: list[str] = []
        self.links: list[Link] = []
        self.cut_off = False
        self.retracted = False
        self.ordered = True  # whether names come in the order of the publication
        self._latex = latex
        self._contributors: list[Contributor] = []
        self._ordinals: dict[str, int] = {}
        self._identifiers: dict[Identifier, None] = {}
        self._references: dict[Identifier, None] = {}
        self._repairs: list[Repair] = []
        self._errors: list[RecordError] = []

    # ---- what went wrong

    def fail(self, field: str, value: object, reason: str, fatal: bool = False) -> None:
        """Tells of a value that cannot be used."""
        shown = str(value)[:_SHOWN]
        self._errors.append(RecordError(reason, self.line, self.key, field, shown, fatal))

    def typed(self, kind: str, series: str, printed: str) -> str:
        """Sets a kind found for a printed type, which may be unknown; gives the kind of series."""
        self.kind = kind
        if not kind and not repairs.is_on("unknown-type"):
            self.kind = "Publication"
        elif not kind:
            self.kind = "Other"
            self.repair("unknown-type", "entry", printed)
        return series

    def repair(self, rule: str, field: str, before: object) -> None:
        """Notes what was mended."""
        self._repairs.append(Repair(rule, field, str(before)))

    def plain(self, value: object, field: str) -> str:
        """A field as text on one line, stray characters out; "" and an error if it is no text."""
        found = self._text(value, field)
        return " ".join(found.split()) if found else ""

    def _text(self, value: object, field: str) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.fail(field, value, "not text")
            return ""
        found = str(value)
        if found.isprintable() or not text.has_stray(found):
            return found
        if not repairs.is_on("stray-characters"):
            return found
        self.repair("stray-characters", field, found)
        return text.without_stray(found)

    # ---- what the entry says

    def entitle(self, value: object, *, markup: bool = True) -> None:
        """Sets the title, and the label where markup or entities have to go."""
        self.title = self.plain(value, "title")
        found = text.from_latex(self.title) if self._latex else self.title
        label = text.clean(text.from_html(found) if markup else found)
        self.label = "" if label == self.title else label

    def summarise(self, value: object) -> None:
        """Sets the abstract: the source's text, markup kept, paragraphs kept."""
        self.abstract = self._text(value, "abstract").strip()

    def dated(self, printed: object, field: str = "date") -> None:
        """Sets the date and the year, unless the text holds none that a publication can have."""
        shown = self.plain(printed, field)
        if not shown:
            return
        found = dates.iso(shown)
        if not found or int(found[:4]) not in YEARS:
            self.fail(field, shown, "not a date" if not found else "year out of range")
            return
        self.issued, self.year = found, int(found[:4])

    def person(
        self,
        family: str,
        given: str = "",
        role: str = "author",
        *,
        junior: str = "",
        key: str = "",
        affiliations: Iterable[str] = (),
        identifiers: Iterable[Identifier] = (),
    ) -> None:
        """Adds somebody whose name the source gives in parts."""
        given, family, junior = (" ".join(p.split()) for p in (given, family, junior))
        printed = " ".join(part for part in (given, family, junior) if part)
        mended = names.mend_parts(printed, given, f"{family} {junior}".strip())
        if given and mended.kind != "person":  # parts make a person, whatever the words
            mended = replace(mended, kind="person", parts=names.PersonName(given, family, junior))
        self._add(mended, printed, role, key, affiliations, identifiers)

    def named(
        self,
        printed: str,
        role: str = "author",
        *,
        kind: str = "",
        key: str = "",
        literal: str = "",
        affiliations: Iterable[str] = (),
        identifiers: Iterable[Identifier] = (),
    ) -> None:
        """Adds somebody by a name in one piece, "Given Family" or "Family, Given"."""
        printed = " ".join(printed.split())
        apart = [printed] if kind == "group" or identifiers or key else names.several(printed)
        if len(apart) > 1:
            self.repair("several-in-one-name", role, printed)
            for one in apart:
                self.named(one, role, kind=kind, affiliations=affiliations)
            return
        if kind != "group" and "," in printed:
            parts = names.split_printed(printed)
            if parts.given and names.kind_of(printed) == "person":
                self.person(
                    parts.family,
                    parts.given,
                    role,
                    junior=parts.junior,
                    key=key,
                    affiliations=affiliations,
                    identifiers=identifiers,
                )
                return
        if kind == "group":  # its commas part no family from a given name
            mended = names.Mended(text.clean(printed), names.PersonName(), kind)
        else:
            mended = names.mend(printed)
        self._add(mended, literal or printed, role, key, affiliations, identifiers)

    def _add(
        self,
        mended: names.Mended,
        printed: str,
        role: str,
        key: str,
        affiliations: Iterable[str],
        identifiers: Iterable[Identifier],
    ) -> None:
        if mended.name.lower() in names.OTHERS:
            self.cut_off = True
            return
        ordinal = self._ordinals[role] = self._ordinals.get(role, 0) + 1
        if not any(map(str.isalnum, mended.name)):
            self.fail(role, printed, "a name without letters")
            return
        for rule in mended.rules:
            self.repair(rule, role, printed)
        found = names.of_mended(
            mended,
            printed,
            ordinal if self.ordered else None,
            role,
            key=key,
            affiliations=tuple(dict.fromkeys(a for a in affiliations if a)),
            identifiers=tuple(dict.fromkeys(identifiers)),
        )
        if any("@" in place for place in found.affiliations):
            found = _without_addresses(found)
        if not found.literal and printed not in (found.name, found.printed):
            found = replace(found, literal=printed)
        self._contributors.append(found)

    @property
    def people(self) -> int:
        """How many names it has so far."""
        return len(self._contributors)

    def also_named(self, variants: Iterable[str]) -> None:
        """Gives the last name in other scripts."""
        last = self._contributors[-1]
        other = (name for name in variants if name and name != last.name)
        self._contributors[-1] = replace(last, variants=tuple(dict.fromkeys(other)))

    def identified(self, scheme: str, value: object) -> None:
        """Adds an identifier, flagged where it breaks its scheme's rule."""
        shown = self.plain(value, scheme)
        if shown:
            self._identifiers[identifiers.identifier(scheme, shown)] = None

    def cites(self, scheme: str, value: object) -> None:
        """Adds a reference by identifier; one that breaks its rule is left out."""
        if isinstance(value, str) and value.strip():
            found = identifiers.identifier(scheme, value)
            if found.valid:
                self._references[found] = None

    def linked(self, value: object, kind: str = "page", field: str = "url") -> None:
        """Adds an address: an identifier where it is the page of one, else a link."""
        shown = self.plain(value, field)
        if not shown:
            return
        known = identifiers.from_address(shown)
        if known is not None:
            self._identifiers[known] = None
            return
        url = address(shown)
        if url is None or (url != shown and not repairs.is_on("address-escaped")):
            self.fail(field, shown, "not a web address")
            return
        if url != shown:
            self.repair("address-escaped", field, shown)
        if not any(link.url == url for link in self.links):
            self.links.append(Link(kind, url))

    def appears_in(self, name: object, kind: str = "", *, issn: Iterable[object] = ()) -> None:
        """Sets the series, unless nothing is said of it."""
        shown = text.clean(text.from_html(self.plain(name, "venue")))
        if self._latex:
            shown = text.clean(text.from_latex(shown))
        found = (identifiers.identifier("issn", str(i)) for i in issn if i)
        numbers = tuple(dict.fromkeys(i.value for i in found if i.valid))
        if shown or numbers:
            self.venue = VenueMention(shown, kind, issn=numbers)

    def contained(
        self, title: object, kind: str = "Proceedings", identified: Iterable[Identifier] = ()
    ) -> None:
        """Sets the publication that holds this one."""
        shown = text.clean(text.from_html(self.plain(title, "container")))
        if shown:
            found = tuple(dict.fromkeys(identified))
            self.container = Container(shown, kind, identifiers=found)

    def tagged(self, words: Iterable[object]) -> None:
        """Adds keywords, each once."""
        for word in words:
            shown = self.plain(word, "keywords")
            if shown and shown not in self.keywords:
                self.keywords.append(shown)

    # ---- the end

    @property
    def contributors(self) -> tuple[Contributor, ...]:
        """Whom the entry names so far."""
        return tuple(self._contributors)

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers so far."""
        return tuple(self._identifiers)

    def items(self) -> list[Item]:
        """The errors, then the record, if enough was said to make one."""
        if not self.title:
            nothing = not (self.key or self._identifiers or self._contributors)
            reason = "no title, name or identifier" if nothing else "no title"
            self.fail("title", "", reason, fatal=nothing)
            if nothing:
                return list(self._errors)
        return [*self._errors, self._record()]

    def untitled(self) -> list[Item]:
        """The same of an entry of a kind that has no titles."""
        return [*self._errors, self._record()]

    def _once(self) -> None:
        """Drops the second half of a list of authors that says everybody twice (A;B;A;B)."""
        authors = [person for person in self._contributors if person.role == "author"]
        half, odd = divmod(len(authors), 2)
        first, second = authors[:half], authors[half:]
        if (
            half < 2
            or odd
            or not repairs.is_on("listed-twice")
            or [p.printed for p in first] != [p.printed for p in second]
        ):
            return
        self.repair("listed-twice", "author", "; ".join(person.printed for person in authors))
        others = [person for person in self._contributors if person.role != "author"]
        self._contributors = [*first, *others]

    def _record(self) -> Record:
        self._once()
        container, own = self.container, self.identifiers
        if container and self.kind in ("Chapter", "ConferencePaper"):  # the ISBN is the book's
            isbns = tuple(found for found in own if found.scheme == "isbn")
            own = tuple(found for found in own if found.scheme != "isbn")
            held = tuple(dict.fromkeys((*container.identifiers, *isbns)))
            container = replace(container, identifiers=held)
        return Record(
            title=self.title,
            label=self.label,
            kind=self.kind,
            key=self.key,
            contributors=self.contributors,
            year=self.year,
            issued=self.issued,
            venue=self.venue,
            container=container,
            volume=self.volume,
            number=self.number,
            pages=self.pages,
            publisher=self.publisher,
            language=self.language,
            abstract=self.abstract,
            keywords=tuple(self.keywords),
            identifiers=own,
            links=tuple(self.links),
            references=tuple(self._references),
            cut_off=self.cut_off,
            retracted=self.retracted,
            line=self.line,
            repairs=tuple(self._repairs),
        )


def _without_addresses(found: Contributor) -> Contributor:
    """Somebody's e-mail address as its domain alone: nobody's address enters the graph."""
    whole = " ".join(found.affiliations)
    places = (_ADDRESS.sub("", place).strip(" ;,") for place in found.affiliations)
    domain = _ADDRESS.search(whole)
    return replace(
        found,
        affiliations=tuple(dict.fromkeys(filter(None, places))),
        email_domain=domain[1].lower() if domain else "",
    )


def strings(value: Any) -> list[str]:
    """A field that is text or a list of texts, as a list of texts."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a field that is an object or a list of them."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
