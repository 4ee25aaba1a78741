"""Records to blocks of N-Triples, pure: the same record gives the same bytes on any machine.

A publication's block holds its record and signatures too. Author rows, containers, venues and name
clusters are written by several records, each in its own way: `Mapped` carries those *forms*, and
`row_blocks` and `container_blocks` are called once for each when all forms have been counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest import captions, derive
from ingest.forms import ContainerForm, RowForm, VenueForm, chosen
from ingest.keys import cluster_key, container_key, publication_key
from ingest.lines import LABEL, TYPE, block, collapsed, integer, literal, predicate
from ingest.records import Record
from ingest.repairs import KEEPS_ORIGINAL
from ingest.rows import Row, Rows
from ingest.signatures import Signing
from ingest.venues import Venues
from ingest.wording import (
    AGENTS,
    KINDS,
    UNTITLED,
    identifier_lines,
    publication_classes,
    publication_lines,
    row_lines,
)
from ontology import terms
from ontology.iris import Iris, key_hash, slug

__all__ = ["LABEL", "TYPE", "Mapped", "Mapping", "cluster_key"]

_PART_OF = predicate(terms.DC_IS_PART_OF)
_DESCRIBED_IN = predicate(terms.DESCRIBED_IN)
_SOURCE = predicate(terms.SOURCE_PROPERTY)
_LOAD = predicate(terms.LOAD_PROPERTY)
_FILE_NAME = predicate(terms.FILE_NAME)
_RECORD_KEY = predicate(terms.RECORD_KEY)
_LINE = predicate(terms.LINE)
_REPAIR = predicate(terms.REPAIR)
_VENUE = predicate(terms.VENUE_PROPERTY)
_IN_CLUSTER = predicate(terms.IN_CLUSTER)


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one record becomes: a block for each graph, and the forms that others share.

    `rows` are those of its contributors, in their order; each of these has one signature.
    """

    iri: str
    source: str
    shared: str
    links: str
    title: str
    detail: str
    classes: tuple[str, ...]
    rows: list[Row]
    venue: VenueForm | None
    container: ContainerForm | None


@dataclass(frozen=True, slots=True)
class RowBlocks:
    """What an author row becomes: its names, its cluster, a block for each graph."""

    name: str
    printed: str
    cluster: str
    classes: tuple[str, ...]
    source: str
    shared: str
    links: str


@dataclass(frozen=True, slots=True)
class ContainerBlocks:
    """What a container becomes that is no record of its own."""

    title: str
    classes: tuple[str, ...]
    source: str
    links: str


class Mapping:
    """Maps the records of one load of one source; it remembers contributors and nothing else."""

    def __init__(self, iris: Iris, load: str, venues: Venues, source: str, rows: Rows) -> None:
        self.iris = iris
        self.source = source
        self.venues = venues
        self.rows = rows
        self._signing = Signing(iris.base)
        self._publication = f"{iris.base}id/publication/"
        self._record = f"<{iris.base}id/record/"
        self._source = f" {_SOURCE} <{iris.entity('source', [source], source)}> .\n"
        self._load = f" {_LOAD} <{load}> .\n"
        self._file = ""

    def reads(self, file_name: str) -> None:
        """Say which file the records that follow come from."""
        self._file = f" {_FILE_NAME} {literal(file_name)} .\n"

    def record(self, record: Record, occurrence: int = 1, digest: str = "") -> Mapped:
        """The blocks of one record; `occurrence` tells records of one key apart, from 1.

        `digest` saves hashing its key again.
        """
        key = publication_key(self.source, record, occurrence)
        digest = digest or key_hash(key)
        words = slug(record.key or record.title)  # of the key, so that a new title moves no IRI
        iri = f"{self._publication}{words}{'-' if words else ''}{digest}"
        lines = publication_lines(f"<{iri}>", record)
        container = self._container(record)
        if container:
            lines.append(f"<{iri}> {_PART_OF} <{container.iri}> .\n")
        self._describe(iri, digest, record, lines)
        rows = [self.rows.of(person) for person in record.contributors]
        people = list(zip(record.contributors, rows, strict=True))
        signatures, signed = self._signing.sign(iri, key, people)
        venue = self._venue(record)
        return Mapped(
            iri=iri,
            source=block(lines) + signatures,  # signatures sort after publications and records
            shared=f"<{iri}> {_VENUE} <{venue.iri}> .\n" if venue else "",
            links=derive.block_of_one(iri, [(one, role, row.iri) for one, role, row in signed]),
            title=record.label or collapsed(record.title) or UNTITLED,
            detail=detail(record),
            classes=(*publication_classes(record.kind), terms.RECORD),
            rows=rows,
            venue=venue,
            container=container,
        )

    def _describe(self, iri: str, digest: str, record: Record, lines: list[str]) -> None:
        described = f"{self._record}{digest}>"
        lines += (
            f"<{iri}> {_DESCRIBED_IN} {described} .\n",
            f"{described} {TYPE} <{terms.RECORD}> .\n",
            described + self._source,
            described + self._load,
        )
        if self._file:
            lines.append(described + self._file)
        if record.key:
            lines.append(f"{described} {_RECORD_KEY} {literal(record.key)} .\n")
        if record.line is not None:
            lines.append(f"{described} {_LINE} {integer(record.line)} .\n")
        for repair in record.repairs:
            shown = f"{repair.rule}: {repair.field}"
            if repair.rule in KEEPS_ORIGINAL:
                shown += f": {repair.before}"
            lines.append(f"{described} {_REPAIR} {literal(shown)} .\n")

    def _venue(self, record: Record) -> VenueForm | None:
        mention = record.venue
        if mention is None or not (mention.name.strip() or mention.key):
            return None
        venue = self.venues.find(mention, record.year)
        iri = self.iris.entity("venue", [venue.key], venue.name)
        return VenueForm(iri, venue, mention.name or mention.key)

    def _container(self, record: Record) -> ContainerForm | None:
        held = record.container
        if held is None or not (held.key or held.title):
            return None
        key = container_key(self.source, held, record.year)
        return ContainerForm(self.iris.entity("publication", key, held.key or held.title), held)

    def cluster(self, name: str) -> str:
        """The IRI of the cluster of rows with this name."""
        folded = cluster_key(name)
        return self.iris.entity("cluster", [folded], folded)

    def row_blocks(self, forms: Sequence[tuple[RowForm, int]]) -> RowBlocks:
        """The blocks of a row, from its forms and how often each was met."""
        first = chosen(forms, lambda form: form.printed)
        agent = f"<{first.iri}>"
        lines = row_lines(agent, first, [form for form, _ in forms])
        lines.append(agent + self._source)
        cluster = self.cluster(first.name)
        return RowBlocks(
            name=first.name,
            printed=first.printed,
            cluster=cluster,
            classes=(AGENTS.get(first.kind, terms.PERSON), terms.AUTHOR),
            source=block(lines),
            shared=f"{agent} {_IN_CLUSTER} <{cluster}> .\n",
            links=derive.row_block(first.iri),
        )

    def container_blocks(self, forms: Sequence[tuple[ContainerForm, int]]) -> ContainerBlocks:
        """The blocks of a container, from its forms and how often each was met."""
        first = chosen(forms, lambda form: form.container.title)
        subject = f"<{first.iri}>"
        title = first.container.title or first.container.key
        kind = first.container.kind if first.container.kind in KINDS else "Proceedings"
        record = Record(title=title, kind=kind, key=first.container.key)
        lines = publication_lines(subject, record)
        for form, _ in forms:
            identifier_lines(subject, form.container.identifiers, lines)
        self._describe(first.iri, first.iri[-12:], record, lines)
        links = derive.block_of_one(first.iri, ())
        classes = (*publication_classes(kind), terms.RECORD)
        return ContainerBlocks(collapsed(title), classes, block(lines), links)


def detail(record: Record) -> str:
    """The line under the title in search results."""
    people = [c.printed for c in record.contributors if c.role == "author"]
    venue = record.venue.name if record.venue else ""
    year = "" if record.year is None else str(record.year)
    return captions.of_publication(venue, year, people, len(people))
