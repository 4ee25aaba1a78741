"""The other side of a comparison, as a stream: papers with their people, or people alone.

Whatever `ingest.readers` reads is papers; a table of people (id, name, …) and a Wikidata extract
are people, or both. Each has the IRI that the other side gives it.
"""

import csv
import io
import json
import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from ingest.identifiers import SCHEMES, identifier, iri
from ingest.readers import open_records
from ingest.readers.errors import ReadError
from ingest.readers.streams import HEAD_SIZE, open_bytes
from ingest.readers.xmls import content, elements
from ingest.readers.xmls import name as tag_of
from ingest.records import Contributor, Identifier, Record, RecordError
from queries.catalogue import Catalogue

# Schemes in whose graphs a record may live, those that name one record surely first.
OF_RECORDS = ("openalex", "dblpKey", "wikidata", "semanticScholar", "aclId", "pmid", "doi", "arxiv")
OF_PEOPLE = ("openalex", "dblpPid", "wikidata", "orcid")
# All that dblp's file is made of: the parser goes from one to the next.
DBLP_TAGS = frozenset(("article", "inproceedings", "proceedings", "book", "incollection"))
DBLP_TAGS |= {"phdthesis", "mastersthesis", "www", "data"}
NAMED = "urn:x-quiver-name:"  # of a person known by a name that their graph gives nobody else
PEOPLE_COLUMNS = {"id", "name"}
PAPER_COLUMNS = {"authors", "author", "journal", "booktitle", "doi"}
SEPARATOR = re.compile(r"\s*[;|]\s*")
# Wikidata's properties: of people, of works.
WIKIDATA = {
    "P496": "orcid",
    "P2456": "dblpPid",
    "P356": "doi",
    "P818": "arxiv",
    "P698": "pmid",
    "P8978": "dblpKey",
    "P10283": "openalex",
}
TIMEOUT = 60.0  # seconds for an endpoint to go on
LARGEST = 4 << 30  # bytes of an endpoint's answer
_ENTITY = re.compile(rb'"id"\s*:\s*"Q\d.*"claims"\s*:|"claims"\s*:.*"id"\s*:\s*"Q\d', re.S)
_ORCID = re.compile(rb'"orcid-identifier"\s*:')


@dataclass(frozen=True, slots=True)
class Paper:
    """A publication of the other side; `people` are the IRIs of its contributors, or empty."""

    iri: str
    record: Record
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person, or anything else, known by names and identifiers; perhaps by works of theirs."""

    iri: str
    names: tuple[str, ...]
    identifiers: tuple[Identifier, ...] = ()
    titles: tuple[str, ...] = ()
    works: tuple[Identifier, ...] = ()


Other = Paper | Somebody
Reader = Callable[[dict[str, Any]], Somebody]


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the other side; `prefix` makes IRIs of its identifiers where they are none."""

    path: Path
    format: str | None = None
    columns: Mapping[str, str] | None = None
    prefix: str = ""

    def read(self) -> Iterator[Other | RecordError]:
        """Everything in it, one by one; what cannot be read as an error."""
        with open_bytes(self.path) as stream:
            head = stream.peek(HEAD_SIZE)[:HEAD_SIZE]  # type: ignore[attr-defined]
        if self.format is None and not self.columns:
            for sign, read in ((_ENTITY, _entity), (_ORCID, _researcher)):
                if sign.search(head):
                    yield from self._lines(read)
                    return
            if columns := _people_columns(head):
                yield from self._people(columns)
                return
        yield from self._papers()

    def _papers(self) -> Iterator[Other | RecordError]:
        opened = open_records(self.path, self.format, self.columns)
        unique = opened.format.name == "dblp"
        for item in opened.items:
            if isinstance(item, Record):
                found = self._record_iri(item)
                if found:
                    people = (self._person_iri(one, unique) for one in item.contributors)
                    yield Paper(found, item, tuple(people))
            elif isinstance(item, RecordError):
                yield item

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
        return f"{NAMED}{quote(person.printed)}" if unique else ""

    # --- people alone

    def _people(self, delimiter: str) -> Iterator[Somebody | RecordError]:
        with open_bytes(self.path) as stream:
            text = io.TextIOWrapper(stream, "utf-8-sig", "replace", newline="")
            rows = csv.DictReader(text, delimiter=delimiter)
            for row in rows:
                told = {k.strip().lower(): (v or "").strip() for k, v in row.items() if k and v}
                if not (told.get("id") and told.get("name")):
                    yield RecordError("a line without id and name", rows.line_num)
                    continue
                yield self._somebody(told)

    def _somebody(self, told: Mapping[str, str]) -> Somebody:
        id = told["id"]
        own = id if "://" in id else self.prefix + quote(id, safe="/:") if self.prefix else ""
        found = [identifier(s, told[s.lower()]) for s in SCHEMES if told.get(s.lower())]
        if not own:
            known = (iri(identifier(scheme, id)) for scheme in OF_PEOPLE)
            own = next(filter(None, known), "")
        names = (told["name"], *SEPARATOR.split(told.get("names", "")))
        titles = told.get("titles") or told.get("publications") or ""
        return Somebody(
            own,
            tuple(filter(None, names)),
            tuple(one for one in found if one.valid),
            tuple(filter(None, SEPARATOR.split(titles))),
        )

    def _lines(
        self, read: Callable[[dict[str, Any]], Somebody]
    ) -> Iterator[Somebody | RecordError]:
        """A dump, or part of one, with an object a line, inside a JSON array or not."""
        with open_bytes(self.path) as stream:
            for number, line in enumerate(stream, 1):
                text = line.strip().rstrip(b",")
                if text in (b"", b"[", b"]"):
                    continue
                try:
                    yield read(json.loads(text))
                except (ValueError, KeyError, TypeError, AttributeError):
                    yield RecordError("not such an object as the first", number)


def _people_columns(head: bytes) -> str:
    """The delimiter of a table of people; nothing where this is none."""
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    for delimiter in ",\t;":
        columns = {cell.strip().strip('"').lower() for cell in first.strip().split(delimiter)}
        if columns >= PEOPLE_COLUMNS and not columns & PAPER_COLUMNS:
            return delimiter
    return ""


def _entity(told: dict[str, Any]) -> Somebody:
    names = [label["value"] for label in told.get("labels", {}).values()]
    names += [one["value"] for found in told.get("aliases", {}).values() for one in found]
    found = []
    for claim, scheme in WIKIDATA.items():
        for one in told.get("claims", {}).get(claim, ()):
            value = one.get("mainsnak", {}).get("datavalue", {}).get("value")
            if isinstance(value, str):
                found.append(identifier(scheme, value))
    own = iri(identifier("wikidata", told["id"]))
    valid = tuple(one for one in found if one.valid)
    return Somebody(own or "", tuple(dict.fromkeys(names)), valid)


def _researcher(told: dict[str, Any]) -> Somebody:
    """A record of ORCID, as its API gives it (version 3, JSON)."""
    orcid = identifier("orcid", told["orcid-identifier"]["path"])
    person = told.get("person") or {}
    name = person.get("name") or {}
    parts = (name.get(part) or {} for part in ("given-names", "family-name"))
    names = [" ".join(filter(None, (part.get("value") for part in parts)))]
    others = (person.get("other-names") or {}).get("other-name") or ()
    names += [one["content"] for one in others]
    titles, works = [], []
    groups = ((told.get("activities-summary") or {}).get("works") or {}).get("group") or ()
    for summary in (one for group in groups for one in group.get("work-summary") or ()):
        titles.append(((summary.get("title") or {}).get("title") or {}).get("value") or "")
        held = (summary.get("external-ids") or {}).get("external-id") or ()
        works += [
            identifier(one["external-id-type"], one["external-id-value"])
            for one in held
            if one.get("external-id-type") in ("doi", "arxiv", "pmid")
        ]
    own = (orcid,) if orcid.valid else ()
    valid = tuple(dict.fromkeys(one for one in works if one.valid))
    return Somebody(
        iri(orcid) or "", tuple(filter(None, names)), own, tuple(filter(None, titles)), valid
    )


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
            raise ReadError(Path(against), f"no answer: {error}") from error
        if got > LARGEST:
            raise ReadError(Path(against), f"answers with more than {LARGEST >> 30} GiB")
        file.flush()
        yield Path(file.name)


__all__ = [
    "NAMED",
    "Other",
    "Paper",
    "Somebody",
    "Source",
    "fetched",
    "names_of_dblp",
]
