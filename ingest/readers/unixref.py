"""Crossref's Unixref XML, as answered for DOIs, and deposits of the same elements.

A DOI record holds one publication inside its journal, conference or book; a deposit may hold many.
"""

from collections.abc import Iterator
from typing import BinaryIO

from ingest import dates, identifiers
from ingest.readers import xmls
from ingest.readers.drafts import Draft
from ingest.records import Identifier, Item, RecordError

_WHOLES = (
    "journal",
    "conference",
    "book",
    "posted_content",
    "dissertation",
    "report-paper",
    "standard",
    "database",
    "peer_review",
)
_PARTS = {
    "journal_article": ("JournalArticle", "Journal"),
    "conference_paper": ("ConferencePaper", "Conference"),
    "content_item": ("Chapter", ""),
    "dataset": ("Dataset", ""),
}
_ALONE = {
    "journal": ("Issue", "Journal"),
    "conference": ("Proceedings", "Conference"),
    "book": ("Book", ""),
    "posted_content": ("Preprint", "Repository"),
    "dissertation": ("Thesis", ""),
    "report-paper": ("Report", ""),
    "standard": ("Report", ""),
    "database": ("Dataset", ""),
    "peer_review": ("Other", ""),
}
_AROUND = (
    "journal_metadata",
    "journal_issue",
    "proceedings_metadata",
    "proceedings_series_metadata",
    "event_metadata",
    "book_metadata",
    "book_series_metadata",
    "book_set_metadata",
    "report-paper_metadata",
    "report-paper_series_metadata",
    "standard_metadata",
    "database_metadata",
)
_ROLES = {"author": "author", "editor": "editor", "chair": "editor", "translator": "translator"}


def sniff(head: bytes) -> bool:
    """Whether this is an answer or a deposit with an element of Crossref's."""
    root, start = xmls.root_of(head)
    answers = ("doi_records", "doi_record", "crossref_result", "doi_batch", "crossref", "body")
    return root in answers and any(b"<" + name.encode() in start for name in _WHOLES)


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each publication."""
    for found in xmls.elements(stream, _WHOLES):
        if isinstance(found, RecordError):
            yield found
            continue
        around = [each for name in _AROUND if (each := xmls.one(found.element, name)) is not None]
        parts = [part for name in _PARTS for part in found.element.iter(f"{{*}}{name}")]
        for part in parts or [found.element]:
            yield from _draft(part, around, found).items()


def _draft(part: xmls.Element, around: list[xmls.Element], found: xmls.Found) -> Draft:
    alone = part is found.element
    name = xmls.name(part)
    draft = Draft(found.line)
    draft.kind, series = _ALONE[name] if alone else _PARTS[name]
    if name == "posted_content" and part.get("type") not in (None, "preprint", "working_paper"):
        draft.kind, series = "Other", ""
    sources = [part, *around] if alone else [part]
    draft.entitle(_title(sources))
    dois = [doi for source in sources for doi in xmls.texts(source, "doi_data/doi")]
    if dois:
        draft.key = dois[0].lower()
        draft.identified("doi", dois[0])
    _people(draft, sources)
    draft.dated(_date([part, *around]), "publication_date")
    _place(draft, part, around, series)
    draft.summarise(xmls.inner(xmls.one(part, "abstract")))
    draft.language = part.get("language") or next(
        (e.get("language") for e in around if e.get("language")), ""
    )
    for url in (u for source in sources for u in xmls.texts(source, "doi_data/resource")):
        draft.linked(url)
    for citation in part.iter("{*}citation"):
        draft.cites("doi", xmls.text(citation, "doi"))
    return draft


def _title(sources: list[xmls.Element]) -> str:
    for source in sources:
        for path in ("titles/title", "proceedings_title", "full_title"):
            title = xmls.inner(xmls.one(source, path))
            subtitle = xmls.inner(xmls.one(source, "titles/subtitle"))
            if title:
                return f"{title}: {subtitle}" if subtitle else title
    return ""


def _people(draft: Draft, sources: list[xmls.Element]) -> None:
    for source in sources:
        for agents in xmls.every(source, "contributors"):
            for agent in agents:
                role = _ROLES.get(agent.get("contributor_role", ""), "contributor")
                if xmls.name(agent) == "organization":
                    draft.named(xmls.content(agent), role, kind="group")
                elif xmls.name(agent) == "person_name":
                    _person(draft, agent, role)
        if draft.contributors:
            return


def _person(draft: Draft, agent: xmls.Element, role: str) -> None:
    orcid = xmls.text(agent, "ORCID")
    ids = [identifiers.identifier("orcid", orcid)] if orcid else []
    places = xmls.texts(agent, "affiliation") + xmls.texts(
        agent, "affiliations/institution/institution_name"
    )
    draft.person(
        xmls.text(agent, "surname"),
        xmls.text(agent, "given_name"),
        role,
        junior=xmls.text(agent, "suffix"),
        affiliations=places,
        identifiers=ids,
    )


def _date(sources: list[xmls.Element]) -> str:
    """The date of print where there is one, of the publication before that of what holds it."""
    for source in sources:
        found = [
            each
            for name in ("publication_date", "posted_date", "approval_date", "review_date")
            for each in xmls.every(source, name)
        ]
        found.sort(key=lambda each: each.get("media_type") != "print")
        for each in found:
            parts = (xmls.text(each, part) for part in ("year", "month", "day"))
            if shown := dates.from_parts(*parts):
                return shown
    return ""


def _place(draft: Draft, part: xmls.Element, around: list[xmls.Element], series: str) -> None:
    def text(*paths: str) -> str:
        found = (xmls.text(source, *paths) for source in around)
        return next(filter(None, found), "")

    issns = [n for source in around for e in source.iter("{*}issn") if (n := xmls.content(e))]
    books = tuple(
        identifiers.identifier("isbn", xmls.content(e))
        for source in around
        for e in xmls.every(source, "isbn")
    )
    name = text("full_title", "proceedings_title", "abbrev_title") or text("titles/title")
    if draft.kind in ("Chapter", "ConferencePaper"):
        kind = "Book" if draft.kind == "Chapter" else "Proceedings"
        title = text("proceedings_title", "titles/title")
        held: tuple[Identifier, ...] = books
        draft.contained(title, kind, held)
    else:
        for isbn in books:
            draft.identified("isbn", isbn.value)
    if draft.kind == "Preprint" or series == "Repository":
        name = xmls.text(part, "group_title", "institution/institution_name")
    draft.appears_in(name if series else None, series, issn=issns)
    draft.volume = draft.plain(text("journal_volume/volume", "volume"), "volume")
    draft.number = draft.plain(text("issue"), "issue")
    ends = [xmls.text(part, f"pages/{end}_page") for end in ("first", "last")]
    draft.pages = draft.plain("-".join(filter(None, ends)), "pages") or draft.plain(
        xmls.text(part, "publisher_item/item_number"), "pages"
    )
    draft.publisher = draft.plain(text("publisher/publisher_name"), "publisher")
