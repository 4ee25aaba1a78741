"""Answers of OAI-PMH, and Dublin Core anywhere: each record in the format that it holds.

Known inside a record: Dublin Core, arXiv's two formats, MARC, MODS, DataCite and JATS. What the
source deleted and what it answers in place of records is told of.
"""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from ingest.readers import arxiv, datacite, jats, marc, mods, xmls
from ingest.readers.drafts import Draft
from ingest.readers.kinds import KINDS
from ingest.records import Item, RecordError

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")


def sniff(head: bytes) -> bool:
    """Whether this answers OAI-PMH, or holds Dublin Core in another answer or alone."""
    root, start = xmls.root_of(head)
    if root == "OAI-PMH":
        return True
    return root in ("searchRetrieveResponse", "dc", "records") and (
        b"purl.org/dc/elements/1.1" in start
    )


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each record that was not deleted."""
    for found in xmls.elements(stream, ("record", "error", "dc")):
        if isinstance(found, RecordError):
            yield found
            continue
        element, tag = found.element, xmls.name(found.element)
        key = xmls.text(element, "header/identifier")
        header = xmls.one(element, "header")
        if tag == "error":
            reason = f"the source answered: {element.get('code')}: {xmls.content(element)}"
            yield RecordError(reason, found.line)
        elif header is not None and header.get("status") == "deleted":
            yield RecordError("deleted at the source", found.line, key)
        else:
            yield from _items(element, key, found.line)


def _items(element: xmls.Element, key: str, line: int) -> Iterator[Item]:
    for inside in element.iter("{*}*"):
        draft_of = _FORMATS.get(xmls.name(inside))
        if draft_of is None or (inside is element and xmls.name(inside) != "dc"):
            continue
        draft = draft_of(inside, line)
        draft.key = key or draft.key
        yield from draft.items()
        return
    metadata = xmls.one(element, "metadata")
    held = xmls.name(metadata[0]) if metadata is not None and len(metadata) else "nothing"
    yield RecordError("a record in no format that is known", line, key, "metadata", held)


def dublin_core(element: xmls.Element, line: int) -> Draft:
    """The draft of an element that holds Dublin Core."""
    draft = Draft(line)
    draft.entitle(xmls.text(element, "title"))
    types = [
        re.sub(r"[^a-z]", "", t.rpartition("/")[2].lower()) for t in xmls.texts(element, "type")
    ]
    known = [KINDS[printed] for printed in types if printed in KINDS]
    draft.kind, series = next((k for k in known if k[0] != "Other"), (known or [("Other", "")])[0])
    for tag, role in (("creator", "author"), ("contributor", "contributor")):
        for name in xmls.texts(element, tag):
            draft.named(name, role)
    for printed in xmls.texts(element, "date")[:1]:
        draft.dated(printed)
    for value in xmls.texts(element, "identifier"):
        _identify(draft, value)
    source = next((s for s in xmls.texts(element, "source") if "//" not in s), "")
    draft.appears_in(source, series)
    draft.publisher = draft.plain(xmls.text(element, "publisher"), "publisher")
    draft.language = draft.plain(xmls.text(element, "language"), "language")
    draft.summarise(xmls.text(element, "description"))
    draft.tagged(xmls.texts(element, "subject"))
    return draft


def _identify(draft: Draft, value: str) -> None:
    scheme, _, rest = value.partition(":")
    if value.startswith(("http://", "https://")):
        draft.linked(value)
    elif found := _DOI.search(value):
        draft.identified("doi", found[0])
    elif scheme.lower() in ("isbn", "urn") and "isbn" in value.lower():
        draft.identified("isbn", value)
    elif scheme.lower() in ("arxiv", "pmid", "issn"):
        draft.identified(scheme.lower(), rest)


_FORMATS: dict[str, Callable[[xmls.Element, int], Draft]] = {
    "dc": dublin_core,
    "arXiv": arxiv.draft_of,
    "arXivRaw": arxiv.draft_of,
    "record": marc.draft_of,
    "mods": mods.draft_of,
    "resource": datacite.draft_of,
    "article": jats.draft_of,
}
