"""Works of Crossref's REST interface: one answer, a list, or JSON Lines.

`issued` may be `[[null]]`, titles and containers are lists and may be absent, titles hold markup,
and most fields may be missing where an answer was cut to some of them.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest.readers import csl, envelopes
from ingest.readers.drafts import Draft, drafted, objects, strings
from ingest.records import Item

_SIGNS = re.compile(
    rb'"(?:is-referenced-by-count|references?-count|content-domain|short-container-title|indexed'
    rb'|published-(?:print|online))"\s*:|"source"\s*:\s*"Crossref"'
)
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")
_NOTICES = {"retraction", "correction", "corrigendum", "erratum", "withdrawal", "removal"}
_DATES = ("issued", "published", "published-print", "published-online", "posted", "approved")


def sniff(head: bytes) -> bool:
    """Whether these are objects with a DOI and a field of Crossref's own."""
    start = envelopes.starts_as_json(head)
    return re.search(rb'"DOI"\s*:', start) is not None and _SIGNS.search(start) is not None


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each work."""
    return drafted(envelopes.entries(stream), _draft)


def _draft(entry: envelopes.Entry) -> Draft:
    work = entry.fields
    draft = Draft(entry.line)
    if not entry.sound:
        draft.fail("", "", "not UTF-8")
    draft.key = draft.plain(work.get("DOI"), "DOI").lower()
    draft.entitle(_title(work))
    draft.kind, series = csl.kind_of(draft.plain(work.get("type"), "type"), work)
    csl.add_people(draft, work)
    printed = next((d for name in _DATES if (d := csl.date_of(work.get(name)))), "")
    draft.dated(printed, "issued")
    csl.locate(draft, work, series)
    draft.tagged(strings(work.get("subject")))
    draft.retracted = draft.title.upper().startswith(("RETRACTED:", "RETRACTED ARTICLE:")) or any(
        update.get("type") in ("retraction", "removal", "withdrawal")
        for update in objects(work.get("updated-by"))
    )
    if draft.kind == "JournalArticle" and any(
        update.get("type") in _NOTICES for update in objects(work.get("update-to"))
    ):
        draft.kind = "Erratum"
    for reference in objects(work.get("reference")):
        draft.cites("doi", reference.get("DOI") or _doi_in(reference.get("unstructured")))
    if draft.kind == "Preprint" and draft.venue is None:
        bodies = [body.get("name") for body in objects(work.get("institution"))]
        draft.appears_in(next(filter(None, bodies), work.get("group-title")), "Repository")
    for link in objects(work.get("link")):
        if link.get("content-type") == "application/pdf":
            draft.linked(link.get("URL"), "pdf")
    return draft


def _doi_in(text: Any) -> str:
    """The DOI in the text of a reference."""
    found = _DOI.search(text) if isinstance(text, str) else None
    return found[0] if found else ""


def _title(work: dict[str, Any]) -> str:
    """The first title, with the subtitle where it is not in it already."""
    title = next(iter(strings(work.get("title"))), "")
    subtitle = next(iter(strings(work.get("subtitle"))), "")
    if not subtitle or subtitle.casefold() in title.casefold():
        return title
    return f"{title}: {subtitle}" if title else subtitle
