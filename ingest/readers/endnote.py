"""EndNote's XML export: one record element a reference, text wrapped in style elements."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest import identifiers
from ingest.readers import xmls
from ingest.readers.drafts import Draft, drafted
from ingest.records import Item

_KINDS = {
    "journal article": ("JournalArticle", "Journal"),
    "electronic article": ("JournalArticle", "Journal"),
    "magazine article": ("JournalArticle", "Journal"),
    "newspaper article": ("JournalArticle", "Journal"),
    "conference paper": ("ConferencePaper", "Conference"),
    "conference proceedings": ("ConferencePaper", "Conference"),
    "book section": ("Chapter", ""),
    "electronic book section": ("Chapter", ""),
    "encyclopedia": ("Chapter", ""),
    "dictionary": ("Chapter", ""),
    "serial": ("Book", ""),
    "book": ("Book", ""),
    "edited book": ("Book", ""),
    "electronic book": ("Book", ""),
    "classical work": ("Book", ""),
    "thesis": ("Thesis", ""),
    "report": ("Report", ""),
    "government document": ("Report", ""),
    "dataset": ("Dataset", ""),
    "online database": ("Dataset", ""),
    "computer program": ("Software", ""),
    "unpublished work": ("Preprint", ""),
}
_ROLES = {
    "authors": "author",
    "secondary-authors": "editor",
    "tertiary-authors": "editor",
    "subsidiary-authors": "translator",
    "translated-authors": "translator",
}


def sniff(head: bytes) -> bool:
    """Whether this is XML with a reference type of EndNote's."""
    root, start = xmls.root_of(head)
    return root in ("xml", "records", "record") and b"<ref-type" in start


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each reference."""
    return drafted(xmls.elements(stream, ("record",)), _draft)


def _draft(found: xmls.Found) -> Draft:
    record = found.element
    draft = Draft(found.line, xmls.text(record, "rec-number"))
    types = xmls.one(record, "ref-type")
    printed = (types.get("name", "") if types is not None else "").lower()
    draft.kind, series = _KINDS.get(printed, ("Other", ""))
    draft.entitle(xmls.content(xmls.one(record, "titles/title")))
    for group, role in _ROLES.items():
        role = "advisor" if draft.kind == "Thesis" and role == "editor" else role
        for author in xmls.every(record, f"contributors/{group}/author"):
            draft.named(xmls.content(author).rstrip(","), role)
    _date(draft, record)
    _place(draft, record, series)
    _identify(draft, record)
    draft.summarise(xmls.text(record, "abstract"))
    draft.tagged(xmls.texts(record, "keywords/keyword"))
    draft.language = draft.plain(xmls.text(record, "language"), "language")
    draft.publisher = draft.plain(xmls.text(record, "publisher"), "publisher")
    return draft


def _date(draft: Draft, record: xmls.Element) -> None:
    """The year, with the day where a date of publication says it."""
    year, day = xmls.text(record, "dates/year"), xmls.text(record, "dates/pub-dates/date")
    draft.dated(day if year in day else f"{day} {year}", "dates")


def _place(draft: Draft, record: xmls.Element, series: str) -> None:
    name = xmls.text(record, "periodical/full-title", "titles/secondary-title", "periodical/abbr-1")
    if draft.kind in ("Chapter", "ConferencePaper"):
        title = xmls.text(record, "titles/secondary-title") or name
        draft.contained(title, "Book" if draft.kind == "Chapter" else "Proceedings")
    numbers = xmls.text(record, "isbn")
    issns = identifiers.issns(numbers)
    draft.appears_in(None if draft.kind == "Chapter" else name, series, issn=issns)
    for number in re.split(r"[;,\n]", identifiers.without_issns(numbers)):
        draft.identified("isbn", number)
    draft.volume = draft.plain(xmls.text(record, "volume"), "volume")
    draft.number = draft.plain(xmls.text(record, "number"), "number")
    draft.pages = draft.plain(xmls.text(record, "pages"), "pages")


def _identify(draft: Draft, record: xmls.Element) -> None:
    draft.identified("doi", xmls.text(record, "electronic-resource-num"))
    for path, kind in (
        ("urls/related-urls/url", "page"),
        ("urls/web-urls/url", "page"),
        ("urls/pdf-urls/url", "pdf"),
    ):
        for url in xmls.texts(record, path):
            if url.startswith("http"):
                draft.linked(url, kind)
