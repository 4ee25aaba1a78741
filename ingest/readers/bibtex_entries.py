"""One BibTeX entry, its fields worked out, as a record; what could not be used as errors."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ingest import bibtex_names, dates, identifiers, names, repairs, text
from ingest.addresses import address
from ingest.formulas import written_out
from ingest.readers import kinds
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

Fields = dict[str, str]

KINDS = {
    "article": "JournalArticle",
    "inproceedings": "ConferencePaper",
    "conference": "ConferencePaper",
    "incollection": "Chapter",
    "inbook": "Chapter",
    "bookinbook": "Chapter",
    "suppbook": "Chapter",
    "suppcollection": "Chapter",
    "inreference": "Chapter",
    "book": "Book",
    "mvbook": "Book",
    "collection": "Book",
    "mvcollection": "Book",
    "reference": "Book",
    "mvreference": "Book",
    "booklet": "Book",
    "manual": "Book",
    "proceedings": "Proceedings",
    "mvproceedings": "Proceedings",
    "periodical": "Issue",
    "suppperiodical": "JournalArticle",
    "phdthesis": "Thesis",
    "mastersthesis": "Thesis",
    "mathesis": "Thesis",
    "thesis": "Thesis",
    "techreport": "Report",
    "report": "Report",
    "dataset": "Dataset",
    "software": "Software",
    "preprint": "Preprint",
    "unpublished": "Other",
    "misc": "Other",
    "online": "Other",
    "electronic": "Other",
    "www": "Other",
    "patent": "Other",
    "artwork": "Other",
    "audio": "Other",
    "image": "Other",
    "legal": "Other",
    "letter": "Other",
    "movie": "Other",
    "music": "Other",
    "performance": "Other",
    "video": "Other",
    "review": "JournalArticle",
    "standard": "Report",
}
# Not publications: lists of other entries, and fields for others to borrow.
_NOT_PUBLICATIONS = frozenset(
    {"xdata", "set", "comment", "bibnote", "control", "ieeetranbstctl", "options"}
)
_ROLES = ("author", "editor", "translator")
_LINKS = (
    ("pdf", "pdf"),
    ("url", "page"),
    ("code", "code"),
    ("software", "code"),
    ("website", "project"),
    ("video", "video"),
    ("dataset", "data"),
)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?=$|[/~?%T ])")
_IN_NOTES = re.compile(r"(?i)\b(pmid|pmcid)\b[:\s]*(PMC\d+|\d{4,9})")
_IN_CORR = re.compile(r"abs/(\d{4}\.\d{4,5}|[a-z-]+/\d{7})")
_ARXIV = re.compile(
    r"arxiv[:\s.]*(?:preprint)?[:\s]*(?:arxiv:)?\s*(\d{4}\.\d{4,5}|[a-z-]+/\d{7})", re.I
)


@dataclass(frozen=True, slots=True)
class Source:
    """An entry as read: its type, key, line, fields, and what reading it mended."""

    kind: str
    key: str
    line: int
    fields: Fields
    repairs: tuple[Repair, ...] = ()


def items_of(source: Source) -> list[Item]:
    """The errors of an entry, then its record if it is a publication and has a title."""
    return _Entry(source).items() if source.kind not in _NOT_PUBLICATIONS else []


@dataclass(frozen=True, slots=True)
class _Person:
    """One name of a list: as written, in its parts, as printed and mended, and by which rules.

    `others` where it stands for those who are not named.
    """

    raw: str
    name: bibtex_names.BibName
    printed: str
    mended: names.Mended
    rules: tuple[str, ...]
    others: bool


@lru_cache(maxsize=65536)
def _people(raw: str, off: frozenset[str]) -> tuple[_Person, ...]:
    """Those who stand between two "and"; most of them write more than once."""
    return tuple(_person(one, off) for one in bibtex_names.split_several(raw))


def _person(raw: str, off: frozenset[str]) -> _Person:
    name = bibtex_names.split_name(raw)
    printed = name.printed
    decoded = text.has_latex(raw) and not name.whole and "latex" not in off
    mended = names.mend_parts(printed, name.name.given, name.name.family)
    if name.whole and mended.kind == "person":
        mended = names.Mended(name.whole, names.PersonName(), "group")
    rules = (*(("latex",) if decoded else ()), *mended.rules)
    others = raw.strip("{} ").lower() in names.OTHERS
    return _Person(raw, name, printed, mended, rules, others)


@dataclass(slots=True)
class _Entry:
    """An entry being turned into a record."""

    source: Source
    errors: list[RecordError] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    cut_off: bool = False

    def fail(self, name: str, value: str, reason: str, fatal: bool = False) -> None:
        source = self.source
        self.errors.append(RecordError(reason, source.line, source.key, name, value[:200], fatal))

    def get(self, *fields: str) -> str:
        """The first of these fields that says something, as written."""
        for name in fields:
            if value := self.source.fields.get(name):
                return value
        return ""

    def plain(self, *fields: str) -> str:
        """The first of these fields that says something, as plain text."""
        value = self.get(*fields)
        return text.plain(value) if value else ""

    def items(self) -> list[Item]:
        """The errors, then the record, unless neither title nor people nor identifier is known."""
        title = self._title()
        record = self._record(title)
        nothing = not (title or record.contributors or record.identifiers)
        if not title:
            reason = "no title, name or identifier" if nothing else "no title"
            self.fail("title", "", reason, fatal=nothing)
        return list(self.errors) if nothing else [*self.errors, record]

    def _title(self) -> str:
        """The title with its subtitle; a volume without a title has its book's."""
        for name in ("title", "booktitle", "maintitle"):
            if title := text.without_stray(self.get(name)):
                subtitle = self.get(name.replace("title", "subtitle"))
                return f"{title}: {subtitle}" if subtitle else title
        return ""

    def _record(self, title: str) -> Record:
        label = text.plain(written_out(title))
        issued = self._issued()
        kind = self._kind()
        return Record(
            title=title,
            label="" if label == title else label,
            kind=kind,
            key=self.source.key,
            contributors=tuple(self._contributors()),
            year=int(issued[:4]) if issued else None,
            issued=issued,
            venue=self._venue(kind),
            container=self._container(kind),
            volume=self.plain("volume"),
            number=self.plain("number", "issue"),
            pages=self.plain("pages", "articleno", "art_number")
            .replace("--", "-")
            .replace("\u2013", "-"),
            publisher=self.plain("publisher", "school", "institution", "organization"),
            language=self.plain("language", "langid"),
            abstract=self.get("abstract"),
            keywords=tuple(filter(None, map(str.strip, re.split("[,;]", self.plain("keywords"))))),
            identifiers=tuple(dict.fromkeys(self._identifiers(kind))),
            links=tuple(dict.fromkeys(self._links())),
            cut_off=self.cut_off,
            line=self.source.line,
            repairs=(*self.source.repairs, *self.repairs),
        )

    def _kind(self) -> str:
        entry_type = self.source.kind
        kind = KINDS.get(entry_type, "")
        if not kind:  # reference managers make types of their own: "book_section", "web_page"
            kind = kinds.KINDS.get(re.sub("[^a-z]", "", entry_type), ("", ""))[0]
        if not kind and not repairs.is_on("unknown-type"):
            return "Publication"
        if not kind:
            self.repairs.append(Repair("unknown-type", "entry", entry_type))
            kind = "Other"
        if kind in ("Other", "JournalArticle") and self._arxiv_id() and not self._is_published():
            return "Preprint"
        if kind == "ConferencePaper" and re.search("workshop", self.get("booktitle"), re.I):
            return "WorkshopPaper"
        return kind

    def _is_published(self) -> bool:
        """Whether a venue other than a repository is named."""
        venue = self.get("journal", "journaltitle", "booktitle")
        return bool(venue) and not re.search(r"arxiv|\bcorr\b", venue, re.I)

    def _arxiv_id(self) -> str:
        """The arXiv identifier, from the fields for it or from a "journal" that is one."""
        if re.fullmatch("arxiv", self.get("archiveprefix", "eprinttype"), re.I):
            return self.get("eprint")
        match = _ARXIV.search(self.get("journal", "journaltitle", "howpublished", "note"))
        if not match and self.get("journal").strip("{} ").lower() == "corr":
            match = _IN_CORR.match(self.get("volume"))
        return match[1] if match else ""

    def _issued(self) -> str:
        """The date as ISO 8601 of any precision; "" with an error where there is no year."""
        date, year = self.get("date", "year").strip("{} "), self.get("year").strip("{} ")
        if not date:
            return ""
        if _DATE.match(year) and not re.search(r"\d{4}", date):
            return dates.iso(f"{date} {year}") or year  # "Mar 3" and 2015, as Bookends exports
        match = _DATE.match(date)
        if not match:
            match = re.search(r"(?<!\d)(\d{4})()()(?!\d)", date)
            if match and not repairs.is_on("year-extracted"):
                match = None
            if match:
                self.repairs.append(Repair("year-extracted", "date", date))
        if not match or int(match[1]) not in YEARS:
            self.fail("date" if self.get("date") else "year", date, "not a year")
            return ""
        if match[2]:
            return dates.from_parts(*match.groups())
        printed = self.plain("month")
        if dates.month(printed):
            return dates.from_parts(match[1], printed, self.plain("day"))
        return dates.iso(f"{printed} {match[1]}")  # "10 jan", "jan 3-7", "July/August"

    def _contributors(self) -> Iterator[Contributor]:
        for role in _ROLES:
            ordinal = 0
            for person in self._people(role):
                if person.others:
                    self.cut_off = self.cut_off or role == "author"
                elif found := self._contributor(person, role, ordinal + 1):
                    ordinal += 1
                    yield found

    def _people(self, role: str) -> Iterator[_Person]:
        """The people in a field; what stands between two "and" may be several."""
        listed = self.get(role)
        for raw in bibtex_names.split_list(listed) if listed else ():
            several = _people(raw, repairs.off())
            if len(several) > 1:
                self.repairs.append(Repair("several-in-one-name", role, raw))
            yield from several

    def _contributor(self, person: _Person, role: str, ordinal: int) -> Contributor | None:
        name, raw = person.name, person.raw
        if name.problem:
            self.fail(role, raw, name.problem)
        if not person.printed:
            self.fail(role, raw, "a name without letters")
            return None
        self.repairs.extend(Repair(rule, role, raw) for rule in person.rules)
        known = self._orcid(name)
        return names.of_mended(person.mended, person.printed, ordinal, role, identifiers=known)

    def _orcid(self, name: bibtex_names.BibName) -> tuple[Identifier, ...]:
        """The ORCID that Web of Science's export gives somebody, by name, in a field of its own."""
        given = self.get("orcid-numbers", "orcid") if name.name.family else ""
        for printed in given.split(";") if given else ():
            who, _, number = " ".join(printed.split()).rpartition("/")
            if who in (f"{name.name.family}, {name.name.given}", name.name.full):
                return (identifiers.identifier("orcid", number),)
        return ()

    def _venue(self, kind: str) -> VenueMention | None:
        issn = identifiers.issns(f"{self.plain('issn')} {self.plain('isbn')}")
        if kind in ("ConferencePaper", "WorkshopPaper"):
            name = self.plain("booktitle", "series", "journal")
            return VenueMention(name, kind.removesuffix("Paper"), issn=issn) if name else None
        if kind == "Preprint":
            return VenueMention("arXiv", "Repository", "arxiv")
        name = self.plain("journaltitle", "journal")
        return VenueMention(name, "Journal", issn=issn) if name else None

    def _container(self, kind: str) -> Container | None:
        """The book or proceedings that holds a part, with the numbers that are the book's."""
        if kind not in ("Chapter", "ConferencePaper", "WorkshopPaper"):
            return None
        key = self.get("parent.key") or self.get("crossref").strip()
        held = (*self._isbns(), *self._of_parent("isbn"), *self._of_parent("doi"))
        title = self.plain("booktitle")
        if not title or not (key or held or kind == "Chapter"):
            return None
        container_kind = KINDS.get(self.get("parent.entrytype"), "")
        if not container_kind:
            container_kind = "Book" if kind == "Chapter" else "Proceedings"
        return Container(title, container_kind, key, tuple(dict.fromkeys(held)))

    def _of_parent(self, scheme: str) -> Iterator[Identifier]:
        if value := self.get(f"parent.{scheme}"):
            yield identifiers.identifier(scheme, text.plain(value))

    def _isbns(self) -> Iterator[Identifier]:
        """ISBNs, of which a field may hold several."""
        held = identifiers.without_issns(self.plain("isbn"))
        for part in re.split(r"[,;/]|\band\b|(?<=[\dX])\s+(?=\d{4,})", held):
            if part.strip():
                yield identifiers.identifier("isbn", part)

    def _identifiers(self, kind: str) -> Iterator[Identifier]:
        yield from self._numbered()
        if arxiv := self._arxiv_id():
            yield identifiers.identifier("arxiv", arxiv)
        if self.get("openreview"):
            yield identifiers.identifier("openreview", self.get("openreview"))
        if kind not in ("Chapter", "ConferencePaper", "WorkshopPaper", "JournalArticle"):
            yield from self._isbns()
        if self.source.key.lower().startswith("dblp:"):
            yield identifiers.identifier("dblpKey", self.source.key)
        for name in ("url", "biburl", "ee"):
            if found := identifiers.from_address(_address(self.get(name))):
                yield found

    def _numbered(self) -> Iterator[Identifier]:
        """DOI and PubMed's numbers, also those in notes."""
        if value := self.get("doi"):  # old ones hold "<" and ">", written as formulas
            yield identifiers.identifier("doi", text.clean(text.from_latex(value.replace("$", ""))))
        for scheme in ("pmid", "pmcid"):
            if value := self.plain(scheme):
                yield identifiers.identifier(scheme, value)
        for scheme, value in _IN_NOTES.findall(self.plain("note", "annote")):
            yield identifiers.identifier(scheme.lower(), value)

    def _links(self) -> Iterator[Link]:
        for name, kind in _LINKS:
            printed = _address(self.get(name))
            if name == "url" and not printed and "\\url" in self.get("howpublished"):
                printed = _address(self.get("howpublished"))
            if not printed or "doi.org/" in printed:
                continue
            found = address(printed)
            if found is None:
                self.fail(name, printed, "not a web address")
            else:
                yield Link("pdf" if found.lower().endswith(".pdf") else kind, found)


def _address(printed: str) -> str:
    """An address without the LaTeX around and in it."""
    if not printed:
        return ""
    printed = re.sub(r"^\\(?:url|href)\s*\{([^}]*)\}.*$", r"\1", printed.strip())
    return re.sub(r"\\([_%&#~$])", r"\1", printed.strip("<>{} "))
