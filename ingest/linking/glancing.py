"""A quick look at the records of a large dump: title, identifiers and people, nothing mended.

Of dumps of millions nearly all is not ours. What may be is then read by the format's own reader.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from ingest import identifiers
from ingest.readers import dblp, envelopes, openalex, xmls
from ingest.records import Identifier, Item, RecordError

Knows = Callable[[str, Iterable[Identifier]], bool]
# All that dblp's file is made of: the parser goes from one to the next.
DBLP_TAGS = frozenset(("article", "inproceedings", "proceedings", "book", "incollection"))
DBLP_TAGS |= {"phdthesis", "mastersthesis", "www", "data"}
_DOI = "https://doi.org/"
_ODD = frozenset("<&\\$")  # in titles: what a reader would mend


@dataclass(frozen=True, slots=True)
class Glance:
    """What one sees of a record; `items` reads all of it."""

    title: str
    identifiers: tuple[Identifier, ...]
    people: tuple[str, ...]
    items: Callable[[], Iterator[Item]]

    @property
    def is_plain(self) -> bool:
        """Whether the reader would give the title just so."""
        return bool(self.title) and not _ODD & set(self.title)


Reader = Callable[[BinaryIO], Iterator[Glance | RecordError]]


def _known(addresses: Iterable[Any]) -> Iterator[Identifier]:
    """The identifiers that addresses are; a DOI that stands there twice is one."""
    for address in dict.fromkeys(one for one in addresses if isinstance(one, str) and one):
        if address.startswith(_DOI):
            yield identifiers.identifier("doi", address)
        elif found := identifiers.from_address(address):
            yield found


def openalex_works(stream: BinaryIO) -> Iterator[Glance | RecordError]:
    """Works of OpenAlex; people by their IRIs there."""
    for entry in envelopes.entries(stream):
        if isinstance(entry, RecordError):
            yield entry
            continue
        work = entry.fields
        place = work.get("primary_location") or work.get("host_venue")
        place = place if isinstance(place, dict) else {}
        ids = work.get("ids")
        named = (ids if isinstance(ids, dict) else {}).values()
        addresses = (work.get("doi"), place.get("landing_page_url"), place.get("pdf_url"), *named)
        title = work.get("title") or work.get("display_name")
        yield Glance(
            title if isinstance(title, str) else "",
            tuple(_known(addresses)),
            tuple(_people(work.get("authorships"))),
            openalex.items_of(entry),
        )


def _people(authorships: Any) -> Iterator[str]:
    for one in authorships if isinstance(authorships, list) else ():
        author = one.get("author") if isinstance(one, dict) else None
        iri = author.get("id") if isinstance(author, dict) else None
        if isinstance(iri, str):
            yield iri


def dblp_records(stream: BinaryIO) -> Iterator[Glance | RecordError]:
    """Publications of dblp; people by name."""
    for found in xmls.elements(stream, DBLP_TAGS):
        if isinstance(found, RecordError):
            yield found
            continue
        element = found.element
        if element.get("key", "").startswith("homepages/"):
            continue
        people, addresses, title = [], [], ""
        for child in element:
            tag = child.tag
            if tag == "author" or tag == "editor":
                people.append(xmls.content(child))
            elif tag == "title":
                title = xmls.content(child) if len(child) == 0 else ""
            elif tag == "ee":
                addresses.append(child.text)
        yield Glance(
            title.removesuffix("."), tuple(_known(addresses)), tuple(people), dblp.items_of(found)
        )


READERS: Mapping[str, Reader] = {"openalex": openalex_works, "dblp": dblp_records}
