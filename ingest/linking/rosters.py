"""People alone, as other graphs list them: a table, a Wikidata extract, records of ORCID.

ORCID's public data file is an archive of an XML record each (the summaries, of version 3 of its
schema); its API gives the same as JSON. All are read one by one.
"""

import csv
import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO
from urllib.parse import quote

from lxml import etree  # type: ignore[import-untyped]

from ingest.identifiers import SCHEMES, identifier, iri
from ingest.readers.xmls import name as tag_of
from ingest.readers.xmls import root_of
from ingest.records import Identifier, RecordError

OF_PEOPLE = ("openalex", "dblpPid", "wikidata", "orcid")
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
OF_WORKS = ("doi", "arxiv", "pmid")  # what ORCID calls the identifiers of works
LARGEST = 64 << 20  # bytes of one record: the longest lists some ten thousand works
_ENTITY = re.compile(rb'"id"\s*:\s*"Q\d.*"claims"\s*:|"claims"\s*:.*"id"\s*:\s*"Q\d', re.S)
_ORCID = re.compile(rb'"orcid-identifier"\s*:')
_TAR = slice(257, 262), b"ustar"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person, or anything else, known by names and identifiers; perhaps by works of theirs."""

    iri: str
    names: tuple[str, ...]
    identifiers: tuple[Identifier, ...] = ()
    titles: tuple[str, ...] = ()
    works: tuple[Identifier, ...] = ()


Found = Iterator[Somebody | RecordError]
Reader = Callable[[dict[str, Any]], Somebody]


def reader_of(head: bytes, prefix: str) -> Callable[[BinaryIO], Found] | None:
    """What reads a file that begins so; nothing where it is no list of people."""
    place, sign = _TAR
    if head[place] == sign:
        return archived
    if root_of(head)[0] == "record" and b"orcid.org/ns/" in head:
        return alone
    for known, read in ((_ENTITY, entity), (_ORCID, researcher)):
        if known.search(head):
            return partial(_lines, read)
    if delimiter := _delimiter(head):
        return partial(table, delimiter=delimiter, prefix=prefix)
    return None


def _lines(read: Reader, stream: BinaryIO) -> Found:
    """A dump, or part of one, with an object a line, inside a JSON array or not."""
    for number, line in enumerate(stream, 1):
        text = line.strip().rstrip(b",")
        if text in (b"", b"[", b"]"):
            continue
        try:
            yield read(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError):
            yield RecordError("not such an object as the first", number)


# --- tables


def _delimiter(head: bytes) -> str:
    """The delimiter of a table of people; nothing where this is none."""
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    for delimiter in ",\t;":
        columns = {cell.strip().strip('"').lower() for cell in first.strip().split(delimiter)}
        if columns >= PEOPLE_COLUMNS and not columns & PAPER_COLUMNS:
            return delimiter
    return ""


def table(stream: BinaryIO, delimiter: str, prefix: str) -> Found:
    """Somebody a line: id and name, perhaps names, titles and identifiers."""
    text = io.TextIOWrapper(stream, "utf-8-sig", "replace", newline="")
    rows = csv.DictReader(text, delimiter=delimiter)
    for row in rows:
        told = {k.strip().lower(): (v or "").strip() for k, v in row.items() if k and v}
        if not (told.get("id") and told.get("name")):
            yield RecordError("a line without id and name", rows.line_num)
            continue
        one = _somebody(told, prefix)
        if one.iri:
            yield one
        else:
            why = "no IRI, and no identifier that is known; say --prefix"
            yield RecordError(why, rows.line_num, field="id", value=told["id"])


def _somebody(told: Mapping[str, str], prefix: str) -> Somebody:
    id = told["id"]
    own = id if "://" in id else prefix + quote(id, safe="/:") if prefix else ""
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


# --- Wikidata


def entity(told: dict[str, Any]) -> Somebody:
    """An item of Wikidata's JSON dump."""
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


# --- ORCID


def researcher(told: dict[str, Any]) -> Somebody:
    """A record of ORCID, as its API gives it (version 3, JSON)."""
    orcid = told["orcid-identifier"]["path"]
    person = told.get("person") or {}
    name = person.get("name") or {}
    given, family, credit = (
        (name.get(part) or {}).get("value") or ""
        for part in ("given-names", "family-name", "credit-name")
    )
    others = (person.get("other-names") or {}).get("other-name") or ()
    titles, works = [], []
    groups = ((told.get("activities-summary") or {}).get("works") or {}).get("group") or ()
    for summary in (one for group in groups for one in group.get("work-summary") or ()):
        titles.append(((summary.get("title") or {}).get("title") or {}).get("value") or "")
        held = (summary.get("external-ids") or {}).get("external-id") or ()
        works += [(one.get("external-id-type"), one.get("external-id-value")) for one in held]
    names = (f"{given} {family}", credit, *(one["content"] for one in others))
    return _known_by_orcid(orcid, names, titles, works)


def _known_by_orcid(
    orcid: str, names: Any, titles: list[str], works: list[tuple[Any, Any]]
) -> Somebody:
    own = identifier("orcid", orcid)
    of_works = (identifier(kind, value) for kind, value in works if kind in OF_WORKS and value)
    shown = (" ".join(name.split()) for name in names)
    return Somebody(
        iri(own) or "",
        tuple(dict.fromkeys(filter(None, shown))),
        (own,) if own.valid else (),
        tuple(dict.fromkeys(filter(None, titles))),
        tuple(dict.fromkeys(one for one in of_works if one.valid)),
    )


def archived(stream: BinaryIO) -> Found:
    """ORCID's public data file: a record a member, whatever the folders are called."""
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        try:
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep what it knows of every one of millions
                if member.isfile() and member.name.endswith((".xml", ".json")):
                    yield _member(archive, member)
        except tarfile.TarError as error:
            yield RecordError(f"a broken archive: {error}")


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Somebody | RecordError:
    if member.size > LARGEST:
        return RecordError(f"a record of more than {LARGEST >> 20} MiB", key=member.name)
    file = archive.extractfile(member)
    assert file is not None  # as it is a file
    data = file.read()
    try:
        return researcher(json.loads(data)) if member.name.endswith(".json") else recorded(data)
    except (ValueError, KeyError, TypeError, AttributeError, etree.XMLSyntaxError):
        return RecordError("no record of ORCID", key=member.name)


def alone(stream: BinaryIO) -> Found:
    """One record of ORCID as XML."""
    try:
        yield recorded(stream.read(LARGEST))
    except (ValueError, etree.XMLSyntaxError) as error:
        yield RecordError(f"no record of ORCID: {error}")


def recorded(data: bytes) -> Somebody:
    """A record of ORCID as XML (version 3, or 2, which differs in nothing that is read)."""
    parser = etree.XMLParser(resolve_entities=False, remove_comments=True, remove_pis=True)
    root = etree.fromstring(data, parser)
    orcid = _first(root, "orcid-identifier", "path")
    if not orcid:
        raise ValueError("no orcid-identifier")
    name = _below(root, "person", "name")
    parts = {tag_of(one): _text(one) for each in name for one in each}
    others = (_text(one) for one in _below(root, "person", "other-names", "other-name", "content"))
    titles, works = [], []
    for summary in _below(root, "activities-summary", "works", "group", "work-summary"):
        titles += [_text(one) for one in _below(summary, "title", "title")]
        for held in _below(summary, "external-ids", "external-id"):
            told = {tag_of(one): _text(one) for one in held}
            works.append((told.get("external-id-type"), told.get("external-id-value")))
    given, family = parts.get("given-names", ""), parts.get("family-name", "")
    names = (f"{given} {family}", parts.get("credit-name", ""), *others)
    return _known_by_orcid(orcid, names, titles, works)


def _below(element: Any, *path: str) -> list[Any]:
    """The elements at the end of a path of local names."""
    found = [element]
    for step in path:
        found = [child for one in found for child in one if tag_of(child) == step]
    return found


def _first(element: Any, *path: str) -> str:
    return next((_text(one) for one in _below(element, *path)), "")


def _text(element: Any) -> str:
    return " ".join((element.text or "").split())
