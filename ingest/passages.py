"""What the index of words holds of a publication: title, names, venue and year, and its abstract.

Words of all of them may be typed together ("levine policy search 2014").
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from ingest.difference import Change
from ingest.lines import collapsed
from ingest.records import Record
from ingest.relink import Graphs
from ontology import terms
from queries.search.passages import Passage, Writer

_TYPE = ox.NamedNode(terms.TYPE)
_CLASS = ox.NamedNode(terms.PUBLICATION)
_ABSTRACT = ox.NamedNode(terms.DC_ABSTRACT)
_LABEL = ox.NamedNode(terms.LABEL)
_OF_PUBLICATION = ox.NamedNode(terms.OF_PUBLICATION)
_PRINTED_NAME = ox.NamedNode(terms.PRINTED_NAME)
_PRINTED_VENUE = ox.NamedNode(terms.PRINTED_VENUE)
_YEAR = ox.NamedNode(terms.YEAR)
_PUBLICATION = b"/id/publication/"


def of_record(path: str, record: Record) -> Passage:
    """The passage of a record."""
    names = [person.printed for person in record.contributors]
    venue = record.venue.name if record.venue else ""
    year = "" if record.year is None else str(record.year)
    title = record.label or collapsed(record.title)
    return Passage(path, " ".join(filter(None, (title, *names, venue, year))), record.abstract)


def of_store(graphs: Graphs, paths: Iterable[str], below: str) -> Iterator[Passage]:
    """The passages of those of these publications that are in the store."""
    for path in paths:
        iri = below + path
        told = [graphs.object(iri, said) for said in (_LABEL, _PRINTED_VENUE, _YEAR)]
        if told[0] is not None:
            signatures = graphs.subjects(_OF_PUBLICATION, iri)
            names = [graphs.object(one, _PRINTED_NAME) for one in signatures]
            beside = " ".join(filter(None, (told[0], *names, *told[1:])))
            yield Passage(path, beside, graphs.object(iri, _ABSTRACT) or "")


def changed(changes: Iterable[Change], below: str) -> list[str]:
    """The publications of which something changed, came or went."""
    found = ((new or old or b"")[1:].partition(b">")[0] for old, new in changes)
    return sorted({iri.decode().removeprefix(below) for iri in found if _PUBLICATION in iri})


def publications(store: ox.Store, below: str) -> list[str]:
    """All that there are, as their sources describe them."""
    quads = store.quads_for_pattern(None, _TYPE, _CLASS, None)
    found = {q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode)}
    return sorted(iri.removeprefix(below) for iri in found if iri.startswith(below))


class Shelf:
    """Puts the passages of records into the index in a folder; without one, nowhere."""

    def __init__(self, folder: str | None, below: str) -> None:
        self._folder = folder
        self._below = below
        self._writer: Writer | None = None

    def take(self, iri: str, record: Record) -> None:
        """Take what a record says."""
        if self._folder is not None:
            if self._writer is None:
                self._writer = Writer(Path(self._folder))
            self._writer.add(of_record(iri.removeprefix(self._below), record))

    def close(self) -> None:
        """Write the index."""
        if self._writer is not None:
            self._writer.close()
