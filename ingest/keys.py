"""The keys of what a record names: what their IRIs are hashed from."""

from ingest.lines import collapsed
from ingest.records import Container, Contributor, Record
from ontology.iris import KeyPart


def publication_key(source: str, record: Record, occurrence: int) -> list[KeyPart]:
    """The key of the publication that a record describes."""
    if record.key:
        return [source, record.key] if occurrence == 1 else [source, record.key, occurrence]
    first = next((c.printed for c in record.contributors if c.role == "author"), None)
    venue = record.venue.name if record.venue else None
    return [source, record.title, record.year, venue, first, occurrence]


def container_key(source: str, container: Container, year: int | None) -> list[KeyPart]:
    """The key of a container: the source's own, else its title and year."""
    if container.key:
        return [source, container.key]
    return [source, container.title, year, None, None, 1]


def row_key(source: str, person: Contributor) -> list[KeyPart]:
    """The key of the author row that a source means: its own key's if it has one, else the name."""
    return ["key", source, person.key] if person.key else ["name", source, person.printed]


def cluster_key(name: str) -> str:
    """What the rows of one name cluster share: NFC, white space collapsed, casefolded."""
    return collapsed(collapsed(name).casefold())
