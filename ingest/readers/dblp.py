"""dblp's XML, from one record to the whole dump, in flat memory.

Rows are keyed by the printed name with its number ("Bo Reed 0002"). The home page records of
persons say which names are one person's and give no publication. Titles end in a full stop that is
dblp's.
"""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from ingest import identifiers
from ingest.readers import xmls
from ingest.readers.drafts import Draft
from ingest.records import Container, Item, RecordError, SourceFact

_KINDS = {
    "article": ("JournalArticle", "Journal"),
    "inproceedings": ("ConferencePaper", "Conference"),
    "proceedings": ("Proceedings", "Conference"),
    "book": ("Book", ""),
    "incollection": ("Chapter", ""),
    "phdthesis": ("Thesis", ""),
    "mastersthesis": ("Thesis", ""),
    "www": ("Other", ""),
    "data": ("Dataset", ""),
}
_SIGN = re.compile(
    rb"<(?:" + "|".join(_KINDS).encode() + rb")(?=[^>]*\skey=)(?=[^>]*\smdate=.\d{4}-\d\d-\d\d)"
)
_BY_TYPE = {
    "informal": ("Preprint", "Repository"),
    "informal withdrawn": ("Preprint", "Repository"),
    "encyclopedia": ("Chapter", ""),
    "software": ("Software", ""),
    "data": ("Dataset", ""),
}


def sniff(head: bytes) -> bool:
    """Whether the outermost element is dblp's, or a record here has a key and a date of change."""
    root, start = xmls.root_of(head)
    return root in ("dblp", "dblpperson") or (bool(root) and _SIGN.search(start) is not None)


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each publication, a fact for each person with several names."""
    for found in xmls.elements(stream, _KINDS):
        if isinstance(found, RecordError):
            yield found
        elif found.element.get("key", "").startswith("homepages/"):
            names = [xmls.content(e) for e in found.element if xmls.name(e) == "author"]
            if len(names) > 1:
                yield SourceFact("samePerson", tuple(filter(None, names)), found.line)
        else:
            yield from _draft(found).items()


def items_of(found: xmls.Found) -> Callable[[], Iterator[Item]]:
    """How to read one record, until the next is asked for."""
    return lambda: iter(_draft(found).items())


def _draft(found: xmls.Found) -> Draft:
    element = found.element
    draft = Draft(found.line, element.get("key", ""))
    fields: dict[str, xmls.Element] = {}
    for child in element:
        tag = str(child.tag)
        fields.setdefault(tag, child)
        if tag in ("author", "editor"):
            orcid = child.get("orcid")
            ids = [identifiers.identifier("orcid", orcid)] if orcid else []
            draft.named(xmls.content(child), tag, identifiers=ids)
        elif tag in ("ee", "url") and "//" in (child.text or ""):
            draft.linked(child.text)
        elif tag == "isbn":
            draft.identified("isbn", child.text)
        elif tag == "cite" and "/" in (child.text or ""):
            draft.cites("dblpKey", child.text)
    draft.entitle(xmls.inner(fields.get("title")))
    shown = draft.label or draft.title
    if shown.endswith(".") and not shown.endswith(".."):
        draft.label = shown[:-1]
    _place(draft, element, {tag: xmls.content(child) for tag, child in fields.items()})
    if draft.key:
        draft.identified("dblpKey", draft.key)
    return draft


def _place(draft: Draft, element: xmls.Element, fields: dict[str, str]) -> None:
    tag = xmls.name(element)
    draft.kind, series = _BY_TYPE.get(element.get("publtype", ""), _KINDS[tag])
    draft.retracted = "withdrawn" in element.get("publtype", "")
    draft.dated(f"{fields.get('month', '')} {fields.get('year', '')}".strip(), "year")
    name = fields.get("journal") or fields.get("booktitle") or ""
    if tag == "inproceedings" and "@" in name:  # "ICW@ICML": a workshop at a conference
        draft.kind, series = "WorkshopPaper", "Workshop"
    if name == "CoRR":
        draft.kind, series = "Preprint", "Repository"
    draft.appears_in(None if tag == "incollection" else name or fields.get("series"), series)
    draft.volume = draft.plain(fields.get("volume"), "volume")
    draft.number = draft.plain(fields.get("number"), "number")
    draft.pages = draft.plain(fields.get("pages"), "pages")
    draft.publisher = draft.plain(fields.get("publisher") or fields.get("school"), "publisher")
    crossref = fields.get("crossref", "")
    if crossref or tag == "incollection":
        kind = "Book" if tag == "incollection" else "Proceedings"
        draft.container = Container(fields.get("booktitle", ""), kind, crossref)
