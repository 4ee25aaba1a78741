"""The other side of a comparison, as a stream: papers with their people, or people alone.

Whatever `ingest.readers` reads is papers; a table of people, a Wikidata extract and ORCID's records
are people (`ingest.linking.rosters`). Each has the IRI that the other side gives it. Of a paper
that cannot be ours nothing is made but the IRIs of its people.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import quote
from urllib.request import Request, urlopen

from ingest.identifiers import identifier, iri
from ingest.linking import glancing, rosters
from ingest.linking.glancing import DBLP_TAGS, Glance, Knows
from ingest.linking.rosters import Somebody
from ingest.linking.triples import Progress, Sifting, sifting
from ingest.readers import open_records
from ingest.readers.errors import ReadError
from ingest.readers.streams import HEAD_SIZE, open_bytes
from ingest.readers.xmls import content, elements
from ingest.readers.xmls import name as tag_of
from ingest.records import Contributor, Item, Record, RecordError
from queries.catalogue import Catalogue

# Schemes in whose graphs a record may live, those that name one record surely first.
OF_RECORDS = ("openalex", "dblpKey", "wikidata", "semanticScholar", "aclId", "pmid", "doi", "arxiv")
OF_PEOPLE = ("openalex", "dblpPid", "wikidata", "orcid")
NAMED = "urn:x-quiver-name:"  # of a person known by a name that their graph gives nobody else
TIMEOUT = 60.0  # seconds for an endpoint to go on
NAMELESS = "nothing makes an IRI of it there: no identifier that is known; say --prefix"
ENOUGH = 1 << 22  # bytes read, to tell from them how much there is
LARGEST = 4 << 30  # bytes of an endpoint's answer


@dataclass(frozen=True, slots=True)
class Paper:
    """A publication of the other side; `people` are the IRIs of its contributors, or empty."""

    iri: str
    record: Record
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stranger:
    """A paper that is not ours: its people's IRIs, and how to read all of it after all."""

    people: tuple[str, ...]
    paper: Callable[[], Paper | None] = lambda: None
    count: int = 1  # papers of these people that this stands for
    papers: int = 1  # papers that nobody has counted yet


Other = Paper | Stranger | Somebody


@dataclass(slots=True)
class Reach:
    """How far a file is read."""

    position: Callable[[], int] = lambda: 0  # in bytes of the file itself

    def of(self, stream: BinaryIO) -> None:
        """What is read is this stream."""
        self.position = stream.raw.position  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the other side; `prefix` makes IRIs of its identifiers where they are none."""

    path: Path
    format: str | None = None
    columns: Mapping[str, str] | None = None
    prefix: str = ""
    reach: Reach = field(default_factory=Reach, compare=False)

    def estimate(self, done: int) -> int | None:
        """How much there may be in all, after so much of it; nothing where one cannot say."""
        read = self.reach.position()
        return round(done * self.path.stat().st_size / read) if read > ENOUGH else None

    def read(
        self,
        knows: Knows = lambda title, identifiers: True,
        scratch: Path | None = None,
        progress: Progress = lambda phase, done, total: None,
    ) -> Iterator[Other | RecordError]:
        """Everything in it, one by one; what cannot be read as an error.

        `knows` tells whether a title or an identifier may be of one of our papers. A large file of
        RDF is sorted in `scratch`, which takes long enough to tell of its `progress`.
        """
        if self.format is None and not self.columns:
            with open_bytes(self.path) as stream:
                head = stream.peek(HEAD_SIZE)[:HEAD_SIZE]  # type: ignore[attr-defined]
                roster = rosters.reader_of(head, self.prefix)
                if roster is not None:
                    self.reach.of(stream)
                    yield from roster(stream)
                    return
        yield from self._papers(knows, scratch, progress)

    def _papers(
        self, knows: Knows, scratch: Path | None, progress: Progress
    ) -> Iterator[Other | RecordError]:
        opened = open_records(self.path, self.format, self.columns)
        name = opened.format.name
        unique = name == "dblp"
        if name in glancing.READERS and not self.columns:
            cast("Generator[Item]", opened.items).close()
            yield from self._glanced(glancing.READERS[name], knows, unique)
            return
        if name == "rdf" and (sifted := sifting(self.path, knows, scratch, progress)):
            cast("Generator[Item]", opened.items).close()
            yield from self._sifted(sifted)
            return
        self.reach.position = opened.position
        yield from self._all(opened.items, unique)

    def _all(self, items: Iterable[Item], unique: bool) -> Iterator[Paper | RecordError]:
        for item in items:
            if isinstance(item, RecordError):
                yield item
            elif isinstance(item, Record):
                yield self._paper(item, unique) or RecordError(NAMELESS, key=item.key)

    def _sifted(self, sifted: Sifting) -> Iterator[Other | RecordError]:
        """What a large file of RDF has of ours; then what else its people have there."""
        signed: Counter[str] = Counter()
        kept = 0
        for one in self._all(sifted.items(), False):
            if isinstance(one, Paper):
                kept += 1
                signed.update(set(one.people) - {""})
            yield one
        for person, papers in signed.items():
            if (more := sifted.papers_of(person) - papers) > 0:
                yield Stranger((person,), count=more, papers=0)
        yield Stranger((), papers=max(0, sifted.papers - kept))

    def _glanced(
        self, read: glancing.Reader, knows: Knows, unique: bool
    ) -> Iterator[Other | RecordError]:
        """Records of a large dump: made whole only where they may be ours."""
        with open_bytes(self.path) as stream:
            self.reach.of(stream)
            for one in read(stream):
                if isinstance(one, RecordError):
                    yield one
                elif one.is_plain and not knows(one.title, one.identifiers):
                    people = (f"{NAMED}{name}" if unique else name for name in one.people)
                    yield Stranger(tuple(people), lambda one=one: self._whole(one, unique))  # type: ignore[misc]
                else:
                    yield from self._all(one.items(), unique)

    def _whole(self, one: Glance, unique: bool) -> Paper | None:
        record = next((item for item in one.items() if isinstance(item, Record)), None)
        return None if record is None else self._paper(record, unique)

    def _paper(self, record: Record, unique: bool) -> Paper | None:
        found = self._record_iri(record)
        if not found:
            return None
        people = (self._person_iri(one, unique) for one in record.contributors)
        return Paper(found, record, tuple(people))

    def _record_iri(self, record: Record) -> str:
        if "://" in record.key:
            return record.key
        if self.prefix and record.key:
            return self.prefix + quote(record.key, safe="/:")
        held = {one.scheme: one for one in record.identifiers}
        return next((iri(held[s]) or "" for s in OF_RECORDS if s in held), "")

    def _person_iri(self, person: Contributor, unique: bool) -> str:
        """The IRI of a person; of one whose unique name is all there is, that name's."""
        if "://" in person.key:
            return person.key
        if person.key and self.prefix:
            return self.prefix + quote(person.key, safe="/:")
        if person.key:
            for scheme in OF_PEOPLE:
                found = identifier(scheme, person.key)
                if found.valid:
                    return iri(found) or ""
        return f"{NAMED}{person.printed}" if unique else ""


def names_of_dblp(path: Path, wanted: Collection[str]) -> dict[str, str]:
    """The persons of dblp who bear these names, by name: their PIDs stand beside them there."""
    found: dict[str, str] = {}
    with open_bytes(path) as stream:
        for item in elements(stream, DBLP_TAGS):
            if isinstance(item, RecordError) or tag_of(item.element) != "www":
                continue
            pid = item.element.get("key", "").removeprefix("homepages/")
            person = iri(identifier("dblpPid", pid))
            names = (content(one) for one in item.element if tag_of(one) == "author")
            found.update((one, person) for one in names if one in wanted and person)
    return found


@contextmanager
def fetched(against: str, scratch: Path) -> Iterator[Path]:
    """The file that is meant; of another Quiver's endpoint what it says in dblp's schema."""
    if not against.startswith(("http://", "https://")):
        yield Path(against)
        return
    query = Catalogue.bundled("profiles").get("dblp").text
    headers = {"Content-Type": "application/sparql-query", "Accept": "application/n-triples"}
    asked = Request(against, query.encode(), headers)
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".nt", prefix="link.tmp-") as file:
        try:
            with urlopen(asked, timeout=TIMEOUT) as answer:
                while (got := file.tell()) <= LARGEST and (part := answer.read(1 << 20)):
                    file.write(part)
        except OSError as error:
            raise ReadError(against, f"no answer: {error}") from error
        if got > LARGEST:
            raise ReadError(against, f"answers with more than {LARGEST >> 30} GiB")
        file.flush()
        yield Path(file.name)


__all__ = [
    "NAMED",
    "Item",
    "Other",
    "Paper",
    "Somebody",
    "Source",
    "Stranger",
    "fetched",
    "names_of_dblp",
]
