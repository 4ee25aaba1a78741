"""Works of OpenAlex: one answer, a list, or JSON Lines.

Authors have OpenAlex's own ids, which are the keys of their rows; the name printed on the work is
kept beside the one that OpenAlex shows. Abstracts are inverted: words to their positions.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from ingest import identifiers
from ingest.readers import envelopes
from ingest.readers.drafts import Draft, drafted, objects, strings
from ingest.readers.kinds import KINDS
from ingest.records import Item

_SIGN = re.compile(rb'"id"\s*:\s*"https://openalex\.org/W\d')
_SERIES = {"journal": "Journal", "conference": "Conference", "repository": "Repository"}


def sniff(head: bytes) -> bool:
    """Whether an object has the id of an OpenAlex work."""
    return _SIGN.search(envelopes.starts_as_json(head)) is not None


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each work."""
    return drafted(envelopes.entries(stream), _draft)


def items_of(entry: envelopes.Entry) -> Callable[[], Iterator[Item]]:
    """How to read one work."""
    return lambda: iter(_draft(entry).items())


def _draft(entry: envelopes.Entry) -> Draft:
    work = entry.fields
    draft = Draft(entry.line)
    if not entry.sound:
        draft.fail("", "", "not UTF-8")
    draft.key = draft.plain(work.get("id"), "id").rpartition("/")[2]
    draft.entitle(work.get("title") or work.get("display_name"))
    draft.dated(work.get("publication_date") or work.get("publication_year"), "publication_date")
    place = _object(work.get("primary_location") or work.get("host_venue"))
    source = _object(place.get("source")) or place
    _kind(draft, work, place, source)
    for authorship in objects(work.get("authorships")):
        _author(draft, authorship)
    draft.cut_off = work.get("is_authors_truncated") is True
    _numbers(draft, work, place)
    draft.identified("openalex", draft.key)
    ids = {**_object(work.get("ids")), "doi": work.get("doi")}
    for scheme in ("doi", "pmid", "pmcid"):
        draft.identified(scheme, ids.get(scheme))
    draft.abstract = _uninverted(work.get("abstract_inverted_index"))
    draft.retracted = work.get("is_retracted") is True
    draft.tagged(word.get("display_name") for word in objects(work.get("keywords")))
    for reference in strings(work.get("referenced_works")):
        draft.cites("openalex", reference)
    return draft


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _kind(
    draft: Draft, work: dict[str, Any], place: dict[str, Any], source: dict[str, Any]
) -> None:
    """OpenAlex calls papers of all series "article": Crossref's type or the source tells which."""
    series = _SERIES.get(str(source.get("type")), "")
    printed = (work.get("type_crossref"), place.get("raw_type"), work.get("type"))
    known = (KINDS.get(re.sub(r"[^a-z]", "", str(name).lower())) for name in printed)
    draft.kind, usual = next(filter(None, known), ("Publication", ""))
    if draft.kind == "JournalArticle" and series == "Conference":
        draft.kind = "ConferencePaper"
    elif draft.kind == "JournalArticle" and work.get("type") in ("preprint", "editorial"):
        draft.kind = str(work["type"]).capitalize()
    name = source.get("display_name")
    if draft.kind == "Chapter":
        draft.contained(place.get("raw_source_name") or name, "Book")
    numbers = [*strings(source.get("issn_l")), *strings(source.get("issn"))]
    draft.appears_in(name, series or usual, issn=numbers)


def _author(draft: Draft, authorship: dict[str, Any]) -> None:
    author = _object(authorship.get("author"))
    raw = draft.plain(authorship.get("raw_author_name"), "authorships")
    name = draft.plain(author.get("display_name"), "authorships") or raw
    if not name:
        draft.fail("authorships", authorship, "an author without a name")
        return
    orcid = draft.plain(author.get("orcid"), "orcid")
    places = strings(authorship.get("raw_affiliation_strings")) or [
        draft.plain(place.get("display_name"), "institutions")
        for place in objects(authorship.get("institutions"))
    ]
    key = draft.plain(author.get("id"), "authorships").rpartition("/")[2]
    draft.named(
        name,
        key=key,
        literal=raw,
        affiliations=places,
        identifiers=[
            identifiers.identifier(scheme, value)
            for scheme, value in (("openalex", key), ("orcid", orcid))
            if value
        ],
    )


def _numbers(draft: Draft, work: dict[str, Any], place: dict[str, Any]) -> None:
    biblio = _object(work.get("biblio"))
    draft.volume = draft.plain(biblio.get("volume"), "volume")
    draft.number = draft.plain(biblio.get("issue"), "issue")
    ends = [draft.plain(biblio.get(name), "pages") for name in ("first_page", "last_page")]
    draft.pages = "-".join(dict.fromkeys(filter(None, ends)))
    draft.language = draft.plain(work.get("language"), "language")
    draft.linked(place.get("landing_page_url"))
    draft.linked(place.get("pdf_url"), "pdf")


def _uninverted(index: Any) -> str:
    """The text of an inverted abstract; positions are sorted, never trusted as lengths."""
    words = [
        (place, word)
        for word, places in _object(index).items()
        if isinstance(places, list)
        for place in places
        if isinstance(place, int)
    ]
    return " ".join(word for _, word in sorted(words))
