"""MEDLINE (.nbib), as PubMed and ERIC write it: tagged lines, entries apart by blank lines.

What follows a name (full name, affiliation, ORCID) belongs to it. Titles end in PubMed's full stop.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ingest import identifiers
from ingest.readers import tagged
from ingest.readers.drafts import Draft
from ingest.readers.tagged import Entry, Grammar
from ingest.records import Item, RecordError

_GRAMMAR = Grammar(
    re.compile(r"(?P<tag>[A-Z][A-Z0-9]{1,3}) *-(?:(?: |(?<=PMID-)(?=\d))(?P<value>.*)|$)"),
    "PMID",
    after_blank="OWN",
)
_FIRST = re.compile(rb"(?m)^(?:PMID ?- ?\d|OWN {1,2}- ?[A-Z])")
# Words with a full stop before them begin a type: "Case Reports" are no reports.
_SHORT = re.compile(
    r"(?P<family>.*\S) (?P<initials>[A-Z]{1,4})(?: (?P<junior>Jr|Sr|2nd|3rd|4th|I{2,3}))?"
)
TYPES = (
    ("retraction of publication", "Erratum", "Journal"),
    ("published erratum", "Erratum", "Journal"),
    ("preprint", "Preprint", "Repository"),
    ("editorial", "Editorial", "Journal"),
    ("book chapter", "Chapter", ""),
    ("journal article", "JournalArticle", "Journal"),
    ("academic dissertation", "Thesis", ""),
    ("dissertations", "Thesis", ""),
    ("meeting abstract", "ConferenceAbstract", "Conference"),
    ("speeches/meeting", "ConferencePaper", "Conference"),
    ("congress", "ConferencePaper", "Conference"),
    ("book", "Book", ""),
    ("dataset", "Dataset", ""),
    (".reports", "Report", ""),
    ("technical report", "Report", ""),
)


@dataclass(slots=True)
class _Name:
    """One name with what its following lines say."""

    role: str
    short: str = ""
    full: str = ""
    group: bool = False
    places: list[str] = field(default_factory=list)
    orcid: str = ""


def sniff(head: bytes) -> bool:
    """Whether an entry begins in these first bytes."""
    return _FIRST.search(head.replace(b"\x00", b"").replace(b"\r", b"\n")) is not None


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each entry."""
    for entry in tagged.entries(stream, _GRAMMAR):
        if isinstance(entry, RecordError):
            yield entry
        else:
            entry.fields = [(tag, " ".join(value.split())) for tag, value in entry.fields]
            yield from _draft(entry).items()


def kind_of(types: list[str]) -> tuple[str, str]:
    """Our kind of PubMed's types of publication; a journal article where none is telling."""
    printed = " ".join(f".{name}" for name in types).lower()
    for word, kind, series in TYPES:
        if word in printed:
            return kind, series
    return "JournalArticle", "Journal"


def _draft(entry: Entry) -> Draft:
    draft = Draft(entry.line)
    draft.key = draft.plain(entry.first("PMID", "OID"), "PMID")
    if entry.foreign:
        draft.repair("latin-1", "entry", draft.key)
    draft.entitle(entry.first("TI", "BTI", "TT"))
    draft.kind, series = kind_of(entry.all("PT"))
    if draft.kind == "Report" and entry.first("VI"):  # ERIC's "Reports" are articles too
        draft.kind, series = "JournalArticle", "Journal"
    if draft.kind == "JournalArticle" and entry.first("BTI"):
        draft.kind, series = "Chapter", ""
    draft.retracted = "Retracted Publication" in entry.all("PT")
    for name in _names(entry):
        ids = [identifiers.identifier("orcid", name.orcid)] if name.orcid else []
        kind = "group" if name.group else ""
        short = _SHORT.fullmatch(name.short)
        if short and not name.full:
            given, junior = short["initials"], short["junior"] or ""
            draft.person(short["family"], given, name.role, junior=junior, affiliations=name.places)
            continue
        draft.named(
            name.full or name.short, name.role, kind=kind, affiliations=name.places, identifiers=ids
        )
    draft.dated(entry.first("DP", "DEP"), "DP")
    _place(draft, entry, series)
    _identify(draft, entry)
    draft.summarise(entry.first("AB"))
    draft.tagged(entry.all("OT"))
    draft.language = draft.plain(entry.first("LA"), "LA")
    draft.publisher = draft.plain(entry.first("PB"), "PB")
    return draft


def _names(entry: Entry) -> list[_Name]:
    names: list[_Name] = []
    for tag, value in entry.fields:
        if tag in ("FAU", "FED"):
            names.append(_Name("author" if tag == "FAU" else "editor", full=value))
        elif tag in ("AU", "ED"):
            if names and names[-1].full and not names[-1].short and not _is_more(value):
                names[-1].short = value
            else:
                names.append(_Name("author" if tag == "AU" else "editor", short=value))
        elif tag == "CN":
            names.append(_Name("author", full=value, group=True))
        elif tag == "AD" and names:
            names[-1].places.append(value)
        elif tag == "AUID" and names and "orcid" in value.lower():
            names[-1].orcid = value
    return names


def _is_more(value: str) -> bool:
    return value.lower().startswith("et al")


def _place(draft: Draft, entry: Entry, series: str) -> None:
    issns = re.findall(r"\d{4}-\d{3}[\dXx]", " ".join(entry.all("IS", "ISSN")))
    name = entry.first("JT", "TA")
    if draft.kind == "Chapter":
        draft.contained(entry.first("BTI"), "Book")
    draft.appears_in(name, series, issn=issns)
    draft.volume = draft.plain(entry.first("VI"), "VI")
    draft.number = draft.plain(entry.first("IP"), "IP")
    draft.pages = draft.plain(entry.first("PG"), "PG")


def _identify(draft: Draft, entry: Entry) -> None:
    pmid = entry.first("PMID")
    if pmid.strip("0"):
        draft.identified("pmid", pmid)
    for value in entry.all("LID", "AID", "SO"):
        for doi in re.findall(r"(10\.\d{4,9}/\S+) \[doi\]|\bdoi: (10\.\d{4,9}/\S+)", value):
            draft.identified("doi", "".join(doi))
        if value.startswith("http"):
            draft.linked(value)
    for value in entry.all("PMC", "PMCR"):
        if value.startswith("PMC"):
            draft.identified("pmcid", value)
    for value in entry.all("ISBN"):
        draft.identified("isbn", value)
