"""arXiv's own metadata: the Atom feed of its interface, and its two formats of OAI-PMH.

Keys are arXiv ids without the version; titles and abstracts hold TeX.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest import names
from ingest.readers import xmls
from ingest.readers.drafts import Draft
from ingest.records import Item, RecordError


def sniff(head: bytes) -> bool:
    """Whether this is an Atom feed with entries or a namespace of arXiv."""
    root, start = xmls.root_of(head)
    return root in ("feed", "entry") and b"arxiv.org" in start


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each entry of a feed."""
    for found in xmls.elements(stream, ("entry",)):
        if isinstance(found, RecordError):
            yield found
        elif "/api/errors" in xmls.text(found.element, "id"):
            yield RecordError(f"arXiv answered: {xmls.text(found.element, 'summary')}", found.line)
        else:
            yield from _of_entry(found).items()


def draft_of(element: xmls.Element, line: int) -> Draft:
    """The draft of an `arXiv` or `arXivRaw` element of OAI-PMH."""
    draft = _begun(xmls.text(element, "id"), line)
    draft.entitle(xmls.text(element, "title"))
    for author in xmls.every(element, "authors/author"):
        draft.person(
            xmls.text(author, "keyname"),
            xmls.text(author, "forenames"),
            junior=xmls.text(author, "suffix"),
            affiliations=xmls.texts(author, "affiliation"),
        )
    if not draft.contributors:  # the raw format has them in one line, with affiliations
        printed = re.sub(r"\([^()]*\)", "", xmls.text(element, "authors"))
        for name in names.people(printed):
            draft.named(name)
    draft.dated(xmls.text(element, "created", "version/date"))
    draft.identified("doi", xmls.text(element, "doi").partition(" ")[0])
    draft.tagged(xmls.text(element, "categories").split())
    draft.summarise(xmls.text(element, "abstract"))
    return draft


def _of_entry(found: xmls.Found) -> Draft:
    element = found.element
    draft = _begun(xmls.text(element, "id"), found.line)
    draft.entitle(xmls.text(element, "title"))
    for author in xmls.every(element, "author"):
        draft.named(xmls.text(author, "name"), affiliations=xmls.texts(author, "affiliation"))
    draft.dated(xmls.text(element, "published", "updated"))
    for doi in xmls.text(element, "doi").split():
        draft.identified("doi", doi)
    draft.tagged(e.get("term") for e in xmls.every(element, "category"))
    draft.summarise(xmls.text(element, "summary"))
    for link in xmls.every(element, "link"):
        if link.get("title") == "pdf":
            draft.linked(link.get("href"), "pdf")
    return draft


def _begun(printed: str, line: int) -> Draft:
    draft = Draft(line, latex=True)
    draft.kind = "Preprint"
    draft.appears_in("arXiv", "Repository")
    draft.identified("arxiv", printed)
    draft.key = draft.identifiers[0].value if draft.identifiers else ""
    return draft
