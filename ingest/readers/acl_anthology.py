"""The ACL Anthology's XML: one collection, or a tar archive of them read without unpacking.

Keys are the Anthology's own ids, made of collection, volume and number; a volume is a publication
of its own that holds its papers. An author's `id` is the key of the row.
"""

import re
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, cast

from ingest import identifiers
from ingest.addresses import address
from ingest.readers import xmls
from ingest.readers.acl_papers import kind_of
from ingest.readers.drafts import Draft
from ingest.records import Container, Item, RecordError

_SITE = "https://aclanthology.org/"
_LETTER = re.compile(r"[A-Z]\d\d")
_MAGIC = slice(257, 262)


def sniff(head: bytes) -> bool:
    """Whether this is a collection, or an archive whose first file is one."""
    if head[_MAGIC] == b"ustar":
        return b"<collection id=" in head and b"<volume " in head
    root, start = xmls.root_of(head)
    return root == "collection" and b"<volume " in start


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each paper and each volume."""
    head = stream.peek(512)[:512]  # type: ignore[attr-defined]
    if head[_MAGIC] == b"ustar":
        yield from _of_archive(stream)
    else:
        yield from _of_collection(stream)


def paper_id(collection: str, volume: str, number: str) -> str:
    """ "P18-1001", "W19-0101", "2020.acl-main.6": the Anthology's rule for its own ids."""
    if not _LETTER.fullmatch(collection):
        return f"{collection}-{volume}.{number}"
    return volume_id(collection, volume) + number.zfill(2 if _has_short(collection) else 3)


def volume_id(collection: str, volume: str) -> str:
    """The id of a volume: "P18-1", "W19-01", "2020.acl-main"."""
    return f"{collection}-{volume.zfill(2) if _has_short(collection) else volume}"


def _has_short(collection: str) -> bool:
    """Whether volumes have two digits and papers two, and not any number and three."""
    return collection == "C69" or re.fullmatch(r"W\d\d", collection) is not None


def _of_archive(stream: BinaryIO) -> Iterator[Item]:
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                opened = archive.extractfile(member) if member.name.endswith(".xml") else None
                if opened is not None:
                    yield from _named(_of_collection(cast(BinaryIO, opened)), member.name)
    except (tarfile.TarError, EOFError) as error:
        yield RecordError(f"broken tar archive: {error}")


def _named(items: Iterator[Item], name: str) -> Iterator[Item]:
    for item in items:
        if isinstance(item, RecordError):
            item = replace(item, reason=f"{item.reason} (in {name})")
        yield item


def _of_collection(stream: BinaryIO) -> Iterator[Item]:
    volume: _Volume | None = None
    for found in xmls.elements(stream, ("meta", "paper"), cut_at=("volume",)):
        if isinstance(found, RecordError):
            yield found
            continue
        place = found.element.getparent()
        around = place.getparent() if place is not None else None
        if around is None:
            yield RecordError("outside of a volume", found.line, value=xmls.name(found.element))
            continue
        if volume is None or volume.name != place.get("id") or xmls.name(found.element) == "meta":
            volume = _Volume(around.get("id", ""), place.get("id", ""))
        if xmls.name(found.element) == "meta":
            volume.meta(found.element)
            yield from volume.draft(found).items()
        else:
            yield from volume.paper(found).items()


class _Volume:
    """What the papers of a volume have in common."""

    def __init__(self, collection: str, name: str) -> None:
        self.collection = collection
        self.name = name
        self.key = volume_id(collection, name)
        self.kind, self.series = kind_of(collection)
        self.title = self.date = self.publisher = self.venue = self.volume = self.issue = ""
        letters = _LETTER.fullmatch(collection)
        self.year = collection.partition(".")[0]
        if letters:
            century = "19" if int(collection[1:]) >= 60 else "20"
            self.year = century + collection[1:]

    def meta(self, meta: xmls.Element) -> None:
        self.title = self.venue = xmls.text(meta, "booktitle")
        self.volume = xmls.text(meta, "journal-volume")
        self.issue = xmls.text(meta, "journal-issue")
        if self.series == "Journal":
            name = xmls.text(meta, "journal-title")
            self.venue = name or re.split(r",\s+(?:Volume|Issue|Number)\b", self.title)[0]
        self.year = xmls.text(meta, "year") or self.year
        self.date = f"{xmls.text(meta, 'month')} {self.year}"
        self.publisher = xmls.text(meta, "publisher")

    def draft(self, found: xmls.Found) -> Draft:
        """The volume itself."""
        draft = Draft(found.line, self.key)
        draft.kind = "Issue" if self.series == "Journal" else "Proceedings"
        draft.entitle(xmls.inner(xmls.one(found.element, "booktitle")))
        draft.dated(self.date)
        draft.appears_in(self.venue, self.series)
        draft.volume, draft.number = self.volume, self.issue
        draft.publisher = draft.plain(self.publisher, "publisher")
        draft.identified("aclId", self.key)
        for scheme in ("isbn", "doi"):
            for value in xmls.texts(found.element, scheme):
                draft.identified(scheme, value)
        _add_people(draft, found.element)
        return draft

    def paper(self, found: xmls.Found) -> Draft:
        """One paper of it."""
        element = found.element
        number = element.get("id", "")
        draft = Draft(found.line, paper_id(self.collection, self.name, number))
        draft.kind = self.kind
        draft.entitle(xmls.inner(xmls.one(element, "title")))
        draft.dated(self.date or self.year)
        draft.appears_in(self.venue, self.series)
        draft.volume = self.volume
        draft.container = Container(
            self.title, "Issue" if self.series == "Journal" else "Proceedings", self.key
        )
        _add_people(draft, element)
        draft.number = draft.plain(xmls.text(element, "issue") or self.issue, "issue")
        draft.pages = draft.plain(xmls.text(element, "pages"), "pages")
        draft.language = draft.plain(xmls.text(element, "language"), "language")
        draft.publisher = draft.plain(self.publisher, "publisher")
        draft.summarise(xmls.text(element, "abstract"))
        draft.retracted = any(
            xmls.one(element, mark) is not None for mark in ("retracted", "removed")
        )
        draft.identified("aclId", draft.key)
        draft.identified("doi", xmls.text(element, "doi"))
        _add_links(draft, element)
        return draft


def _add_people(draft: Draft, element: xmls.Element) -> None:
    for person in element:
        role = person.tag
        if role not in ("author", "editor"):
            continue
        parts = {part.tag: part.text or "" for part in person if len(part) == 0}
        key, place, orcid = (
            person.get("id", ""),
            parts.get("affiliation", ""),
            person.get("orcid"),
        )
        ids = [identifiers.identifier("orcid", orcid)] if orcid else []
        last, first = parts.get("last", "").strip(), parts.get("first", "").strip()
        before = draft.people
        if last and first:
            draft.person(last, first, role, key=key, affiliations=[place], identifiers=ids)
        else:
            name = last or first or xmls.content(person)
            draft.named(name, role, key=key, affiliations=[place], identifiers=ids)
        if draft.people > before:
            draft.also_named(map(_variant, xmls.every(person, "variant")))


def _variant(element: xmls.Element) -> str:
    """A name in another script: a Chinese one has its family name first, without a space."""
    first, last = (xmls.text(element, part).strip() for part in ("first", "last"))
    if element.get("script") in ("hani", "hang", "kore", "jpan"):
        return f"{last}{first}"
    return f"{first} {last}".strip()


def _add_links(draft: Draft, element: xmls.Element) -> None:
    url = xmls.text(element, "url")
    if url:
        draft.linked(url if "//" in url else f"{_SITE}{url}.pdf", "pdf")
    for tag, attribute, kind in (
        ("video", "href", "video"),
        ("pwccode", "url", "code"),
        ("pwcdataset", "url", "data"),
    ):
        for found in xmls.every(element, tag):
            target = found.get(attribute) or ""
            if address(target):
                draft.linked(target, kind)
