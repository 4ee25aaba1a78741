"""What the index of abstracts holds of a publication: its abstract, and what people add to it.

Title, names, venue and year stand beside it, so that words of all of them may be typed together.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from ingest.difference import Change
from ingest.lines import collapsed
from ingest.records import Record
from ingest.relink import Graphs
from ontology import terms
from queries.abstracts import Passage, Writer

_ABSTRACT = ox.NamedNode(terms.DC_ABSTRACT)
_LABEL = ox.NamedNode(terms.LABEL)
_OF_PUBLICATION = ox.NamedNode(terms.OF_PUBLICATION)
_PRINTED_NAME = ox.NamedNode(terms.PRINTED_NAME)
_PRINTED_VENUE = ox.NamedNode(terms.PRINTED_VENUE)
_YEAR = ox.NamedNode(terms.YEAR)
_PUBLICATION = b"/id/publication/"


def of_record(path: str, record: Record) -> Passage:
    """The passage of a record that has an abstract."""
    names = [person.printed for person in record.contributors]
    venue = record.venue.name if record.venue else ""
    year = "" if record.year is None else str(record.year)
    title = record.label or collapsed(record.title)
    return Passage(path, " ".join(filter(None, (title, *names, venue, year))), record.abstract)


def of_store(graphs: Graphs, paths: Iterable[str], below: str) -> Iterator[Passage]:
    """The passages of those of these publications that are in the store with an abstract."""
    for path in paths:
        iri = below + path
        abstract = graphs.object(iri, _ABSTRACT)
        if abstract is not None:
            signatures = graphs.subjects(_OF_PUBLICATION, iri)
            names = [graphs.object(one, _PRINTED_NAME) for one in signatures]
            told = [graphs.object(iri, said) for said in (_LABEL, _PRINTED_VENUE, _YEAR)]
            yield Passage(path, " ".join(filter(None, (told[0], *names, *told[1:]))), abstract)


def changed(changes: Iterable[Change], below: str) -> list[str]:
    """The publications of which something changed, came or went."""
    found = ((new or old or b"")[1:].partition(b">")[0] for old, new in changes)
    return sorted({iri.decode().removeprefix(below) for iri in found if _PUBLICATION in iri})


def with_abstract(store: ox.Store, below: str) -> list[str]:
    """All publications that have one."""
    quads = store.quads_for_pattern(None, _ABSTRACT, None, None)
    found = {q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode)}
    return sorted(iri.removeprefix(below) for iri in found if iri.startswith(below))


class Shelf:
    """Puts the passages of records into the index in a folder; without one, nowhere."""

    def __init__(self, folder: str | None, below: str) -> None:
        self._folder = folder
        self._below = below
        self._writer: Writer | None = None

    def take(self, iri: str, record: Record) -> None:
        """Take the abstract of a record, where it has one."""
        if self._folder is not None and record.abstract:
            if self._writer is None:
                self._writer = Writer(Path(self._folder))
            self._writer.add(of_record(iri.removeprefix(self._below), record))

    def close(self) -> None:
        """Write the index."""
        if self._writer is not None:
            self._writer.close()
