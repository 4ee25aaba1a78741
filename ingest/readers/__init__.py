"""The readers, by format: one table, a guess by content first and name second, one way to open.

A reader takes a stream of bytes and yields `Record`, `SourceFact` and `RecordError`; it never
raises for what a file holds. `ReadError` is for the file as a whole.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ingest.readers import (
    acl_anthology,
    acl_papers,
    arrow,
    arxiv,
    bibtex,
    crossref,
    csl,
    datacite,
    dblp,
    delimited,
    endnote,
    jats,
    marc,
    medline,
    mlanthology,
    mods,
    oai,
    openalex,
    opencitations,
    pubmed,
    rdf,
    ris,
    unixref,
    wos,
)
from ingest.readers.errors import ReadError, UnknownFormat
from ingest.readers.streams import HEAD_SIZE, open_bytes
from ingest.records import Item

__all__ = ["READERS", "Format", "Opened", "ReadError", "UnknownFormat", "guess", "open_records"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format by its name on the command line; `sniff` says whether the first bytes are of it.

    `read` of a format with `columns` takes a mapping of column names to fields beside the stream.
    """

    name: str
    title: str
    read: Callable[..., Iterator[Item]]
    sniff: Callable[[bytes], bool]
    suffixes: tuple[str, ...]
    columns: bool = False


class Opened(NamedTuple):
    """A file being read: its format, how that was known, and its items, streamed.

    `position` tells how many bytes of the file are read so far.
    """

    format: Format
    how: str
    items: Iterator[Item]
    position: Callable[[], int]


_FORMATS = (
    Format("arrow", "Arrow Research author name cluster", arrow.read, arrow.sniff, (".arrow.txt",)),
    Format(
        "mlanthology",
        "ML Anthology JSON or JSON Lines",
        mlanthology.read,
        mlanthology.sniff,
        (".mlanthology.json", ".mlanthology.jsonl"),
    ),
    Format("bibtex", "BibTeX and BibLaTeX", bibtex.read, bibtex.sniff, (".bib", ".bibtex")),
    Format("ris", "RIS", ris.read, ris.sniff, (".ris",)),
    Format("openalex", "OpenAlex works JSON", openalex.read, openalex.sniff, ()),
    Format("crossref", "Crossref works JSON", crossref.read, crossref.sniff, ()),
    Format("csl", "CSL-JSON", csl.read, csl.sniff, (".csl.json", ".csl")),
    Format("datacite-json", "DataCite JSON", datacite.read_json, datacite.sniff_json, ()),
    Format("datacite-xml", "DataCite XML", datacite.read_xml, datacite.sniff_xml, ()),
    Format("dblp", "dblp XML", dblp.read, dblp.sniff, ()),
    Format(
        "acl-anthology",
        "ACL Anthology XML, or a tar archive of it",
        acl_anthology.read,
        acl_anthology.sniff,
        (),
    ),
    Format("medline", "MEDLINE (nbib)", medline.read, medline.sniff, (".nbib",)),
    Format("wos", "Web of Science, tagged", wos.read, wos.sniff, (".ciw",)),
    Format("pubmed", "PubMed XML", pubmed.read, pubmed.sniff, ()),
    Format("endnote", "EndNote XML", endnote.read, endnote.sniff, ()),
    Format("unixref", "Crossref Unixref XML", unixref.read, unixref.sniff, ()),
    Format("marc", "MARC 21", marc.read_binary, marc.sniff_binary, (".mrc", ".marc")),
    Format("marcxml", "MARCXML", marc.read_xml, marc.sniff_xml, ()),
    Format("mods", "MODS", mods.read, mods.sniff, ()),
    Format("arxiv", "arXiv Atom", arxiv.read, arxiv.sniff, ()),
    Format("jats", "JATS XML", jats.read, jats.sniff, ()),
    Format("oai", "OAI-PMH or Dublin Core XML", oai.read, oai.sniff, ()),
    Format(
        "rdf",
        "RDF: Turtle, N-Triples, RDF/XML, JSON-LD",
        rdf.read,
        rdf.sniff,
        (".ttl", ".nt", ".nq", ".rdf", ".jsonld"),
    ),
    Format(
        "opencitations",
        "OpenCitations Index CSV",
        opencitations.read,
        opencitations.sniff,
        (),
    ),
    Format("acl-papers", "ACL papers as JSON Lines", acl_papers.read, acl_papers.sniff, ()),
    Format(
        "csv", "CSV or TSV", delimited.read, delimited.sniff, (".csv", ".tsv", ".tab"), columns=True
    ),
)
READERS: dict[str, Format] = {known.name: known for known in _FORMATS}

_COMPRESSED = (".gz", ".xz", ".bz2")


def guess(head: bytes, filename: str) -> Format | None:
    """The format of these first bytes; where no content says it, of the name; else None."""
    guessed = _guess(head, filename)
    return guessed[0] if guessed else None


def open_records(
    path: Path | str,
    format_name: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Opened:
    """Opens a file and reads it as the named format, or as the one its content or name says.

    `columns` maps column names of a table to fields; with it, an unknown file is taken for a table.
    """
    path = Path(path)
    stream = open_bytes(path)
    try:
        found, how = _choose(path, _head(stream), format_name or ("csv" if columns else None))
        if columns and not found.columns:
            raise ReadError(path, f"columns to map, but format {found.name} has none")
    except ReadError:
        stream.close()
        raise
    items = found.read(stream, columns) if columns else found.read(stream)
    position: Callable[[], int] = stream.raw.position  # type: ignore[attr-defined]
    return Opened(found, how, _closing(stream, items), position)


def _choose(path: Path, head: bytes, format_name: str | None) -> tuple[Format, str]:
    if not head.strip():
        raise ReadError(path, "empty file")
    if format_name is not None:
        if format_name not in READERS:
            raise UnknownFormat(path, f"no format {format_name!r}", tuple(READERS))
        return READERS[format_name], "as asked"
    guessed = _guess(head, path.name)
    if guessed is None:
        looked_at = f"looked at the name and the first {len(head):,} bytes"
        raise UnknownFormat(path, looked_at, tuple(READERS))
    return guessed


def _guess(head: bytes, filename: str) -> tuple[Format, str] | None:
    for known in _FORMATS:
        if known.sniff(head):
            return known, "by content"
    name = _plain_name(filename)
    for known in _FORMATS:
        if name.endswith(known.suffixes):
            return known, "by name"
    return None


def _plain_name(filename: str) -> str:
    name = filename.lower()
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    return name


def _head(stream: BinaryIO) -> bytes:
    """The first bytes of a buffered stream, which stays where it is."""
    peek: Callable[[int], bytes] = stream.peek  # type: ignore[attr-defined]
    return peek(HEAD_SIZE)[:HEAD_SIZE]


def _closing(stream: BinaryIO, items: Iterator[Item]) -> Iterator[Item]:
    with stream:
        yield from chain(items)
