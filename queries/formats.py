"""The one table of formats: media type, aliases, file suffixes, serializer.

One media type can mean two things (`application/json` is SPARQL results as an answer to a query
and JSON-LD as a document), so every look-up may say which kinds it asks for; the order of the
table decides where it does not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from pyoxigraph import QueryResultsFormat, RdfFormat

Kind = Literal["results", "rdf", "bibliography", "page"]
KINDS: tuple[Kind, ...] = ("results", "rdf", "bibliography", "page")


@dataclass(frozen=True, slots=True)
class Format:
    """One serialization: what HTTP calls it, what files are called, and what writes it.

    `names` are what `?format=` takes; the first suffix without its dot is one of them. `datasets`
    says whether it can hold named graphs; `engine` is pyoxigraph's format, None where our own code
    writes it.
    """

    name: str
    kind: Kind
    media_type: str
    suffixes: tuple[str, ...]
    names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    engine: RdfFormat | QueryResultsFormat | None = None
    datasets: bool = False

    @property
    def rdf(self) -> RdfFormat:
        """pyoxigraph's RDF format; TypeError where this is none."""
        if isinstance(self.engine, RdfFormat):
            return self.engine
        raise TypeError(f"{self.name} is not an RDF format")

    @property
    def results(self) -> QueryResultsFormat:
        """pyoxigraph's format of query results; TypeError where this is none."""
        if isinstance(self.engine, QueryResultsFormat):
            return self.engine
        raise TypeError(f"{self.name} is not a format of query results")

    @property
    def content_type(self) -> str:
        """The Content-Type header: text types say their charset."""
        text = self.media_type.startswith("text/")
        return f"{self.media_type}; charset=utf-8" if text else self.media_type

    @property
    def media_types(self) -> tuple[str, ...]:
        """The media type and its aliases."""
        return (self.media_type, *self.aliases)


RESULTS_JSON = Format(
    name="SPARQL results in JSON",
    kind="results",
    media_type="application/sparql-results+json",
    suffixes=(".srj",),
    names=("srj", "json"),
    aliases=("application/json",),
    engine=QueryResultsFormat.JSON,
)
RESULTS_XML = Format(
    name="SPARQL results in XML",
    kind="results",
    media_type="application/sparql-results+xml",
    suffixes=(".srx",),
    names=("srx", "xml"),
    aliases=("application/xml", "text/xml"),
    engine=QueryResultsFormat.XML,
)
CSV = Format(
    name="CSV",
    kind="results",
    media_type="text/csv",
    suffixes=(".csv",),
    names=("csv",),
    engine=QueryResultsFormat.CSV,
)
TSV = Format(
    name="TSV",
    kind="results",
    media_type="text/tab-separated-values",
    suffixes=(".tsv",),
    names=("tsv",),
    aliases=("text/tsv",),
    engine=QueryResultsFormat.TSV,
)
TURTLE = Format(
    name="Turtle",
    kind="rdf",
    media_type="text/turtle",
    suffixes=(".ttl",),
    names=("ttl", "turtle", "n3"),
    aliases=("application/turtle", "application/x-turtle"),
    engine=RdfFormat.TURTLE,
)
N_TRIPLES = Format(
    name="N-Triples",
    kind="rdf",
    media_type="application/n-triples",
    suffixes=(".nt",),
    names=("nt", "ntriples", "n-triples"),
    aliases=("text/plain",),
    engine=RdfFormat.N_TRIPLES,
)
N_QUADS = Format(
    name="N-Quads",
    kind="rdf",
    media_type="application/n-quads",
    suffixes=(".nq",),
    names=("nq", "nquads", "n-quads"),
    aliases=("text/x-nquads", "text/nquads"),
    engine=RdfFormat.N_QUADS,
    datasets=True,
)
TRIG = Format(
    name="TriG",
    kind="rdf",
    media_type="application/trig",
    suffixes=(".trig",),
    names=("trig",),
    aliases=("application/x-trig",),
    engine=RdfFormat.TRIG,
    datasets=True,
)
RDF_XML = Format(
    name="RDF/XML",
    kind="rdf",
    media_type="application/rdf+xml",
    suffixes=(".rdf",),
    names=("rdf", "rdfxml", "rdf+xml", "xml"),
    aliases=("application/xml", "text/xml"),
    engine=RdfFormat.RDF_XML,
)
JSON_LD = Format(
    name="JSON-LD",
    kind="rdf",
    media_type="application/ld+json",
    suffixes=(".jsonld", ".json"),
    names=("jsonld", "json-ld", "json"),
    aliases=("application/json",),
    engine=RdfFormat.JSON_LD,
    datasets=True,
)
BIBTEX = Format(
    name="BibTeX",
    kind="bibliography",
    media_type="application/x-bibtex",
    suffixes=(".bib",),
    names=("bib", "bibtex"),
    aliases=("text/x-bibtex",),
)
RIS = Format(
    name="RIS",
    kind="bibliography",
    media_type="application/x-research-info-systems",
    suffixes=(".ris",),
    names=("ris",),
)
CSL_JSON = Format(
    name="CSL JSON",
    kind="bibliography",
    media_type="application/vnd.citationstyles.csl+json",
    suffixes=(".csl.json",),
    names=("csl.json", "csl"),
)
TEXT = Format(
    name="text in a style",
    kind="bibliography",
    media_type="text/x-bibliography",
    suffixes=(".txt",),
    names=("txt", "text"),
)
HTML = Format(
    name="HTML",
    kind="page",
    media_type="text/html",
    suffixes=(".html",),
    names=("html",),
    aliases=("application/xhtml+xml",),
)

FORMATS: tuple[Format, ...] = (
    RESULTS_JSON,
    RESULTS_XML,
    CSV,
    TSV,
    TURTLE,
    N_TRIPLES,
    N_QUADS,
    TRIG,
    RDF_XML,
    JSON_LD,
    BIBTEX,
    RIS,
    CSL_JSON,
    TEXT,
    HTML,
)


def of_kind(*kinds: Kind) -> tuple[Format, ...]:
    """The formats of these kinds, in the table's order."""
    return tuple(entry for entry in FORMATS if entry.kind in kinds)


def by_media_type(media_type: str, kinds: Collection[Kind] = KINDS) -> Format | None:
    """The format of a media type or alias, its parameters and case ignored.

    A media type of its own wins over another format's alias.
    """
    essence = media_type.partition(";")[0].strip().lower()
    entries = of_kind(*kinds)
    own = next((entry for entry in entries if essence == entry.media_type), None)
    return own or next((entry for entry in entries if essence in entry.aliases), None)


def by_name(name: str, kinds: Collection[Kind] = KINDS) -> Format | None:
    """The format that `?format=` means: a short name (`ttl`, `turtle`) or a media type."""
    wanted = name.strip().lower()
    if "/" in wanted:
        return by_media_type(wanted, kinds)
    return next((entry for entry in of_kind(*kinds) if wanted in entry.names), None)


def split_suffix(path: str, kinds: Collection[Kind] = KINDS) -> tuple[str, Format | None]:
    """The path without a suffix that the table knows, and its format; the longest suffix wins."""
    lower = path.lower()
    found = [
        (suffix, entry)
        for entry in of_kind(*kinds)
        for suffix in entry.suffixes
        if lower.endswith(suffix) and len(path) > len(suffix)
    ]
    if not found:
        return path, None
    suffix, entry = max(found, key=lambda pair: len(pair[0]))
    return path[: -len(suffix)], entry


def by_file_name(file: str | PurePath, kinds: Collection[Kind] = KINDS) -> Format | None:
    """The format that a file's name says (`dump.nq`, `x.ttl`), or None."""
    return split_suffix(PurePath(file).name, kinds)[1]
