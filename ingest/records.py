"""The one Record model that every reader yields and the mapping reads; frozen.

A reader yields a `Record` for each entry that it could read, a `SourceFact` for what a file says
beside its records, a `Statement` for what is kept as it is, and a `RecordError` for what it could
not read; errors never cost a neighbour.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier as a literal: a scheme of `ingest.identifiers` and its normalised value.

    `valid` is False where the value breaks the scheme's rules: kept as flagged text, never an IRI.
    """

    scheme: str
    value: str
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Contributor:
    """One name on one publication: what becomes a signature.

    `name` is the name without the homonym suffix of an authority (`suffix`, "0002") and, where a
    reader mended it, in its mended form: then `literal` holds what the source prints.
    `key` is the source's own identity key for the agent, empty where it has none.
    `ordinal` counts from 1 within the role and is None where the position is unknown.
    `kind` is "person", "group" or "anonymous"; `variants` are the same name in other scripts.
    """

    name: str
    role: str = "author"
    ordinal: int | None = None
    suffix: str = ""
    kind: str = "person"
    key: str = ""
    given: str = ""
    family: str = ""
    affiliations: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    email_domain: str = ""
    literal: str = ""
    variants: tuple[str, ...] = ()

    @property
    def printed(self) -> str:
        """The name as the source prints it, homonym suffix included."""
        if self.literal:
            return self.literal
        return f"{self.name} {self.suffix}" if self.suffix else self.name


@dataclass(frozen=True, slots=True)
class VenueMention:
    """The series that a record names: as printed, with what helps to know it.

    `kind` is "Conference", "Journal", "Workshop", "Repository" or empty where unsaid; `key` is the
    source's own key of the series ("neurips", "cvprw").
    """

    name: str
    kind: str = ""
    key: str = ""
    issn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Container:
    """The publication that holds this one: proceedings, an issue, a book."""

    title: str
    kind: str = "Proceedings"
    key: str = ""
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """An address that goes with a publication.

    `kind` is "page", "pdf", "code", "project", "data" or "video"; `recovered` says that it was
    rebuilt from scarred text rather than given as a link.
    """

    kind: str
    url: str
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class Repair:
    """What a reader mended: the rule's name, the field, and the text before."""

    rule: str
    field: str
    before: str


@dataclass(frozen=True, slots=True)
class Record:
    """A publication as one entry of one file describes it.

    `title` is the source's literal and `label` its plain text, empty where that is the same;
    `key` is the source's id, empty where it has none; `kind` the local name of a subclass of
    q:Publication; `issued` an ISO 8601 date of any precision ("2016", "2016-05", "2016-05-03");
    `line` counts from 1 and is None where lines mean nothing; `cut_off` says that the list of
    authors may go on.
    """

    title: str
    kind: str = "Publication"
    key: str = ""
    contributors: tuple[Contributor, ...] = ()
    year: int | None = None
    issued: str = ""
    venue: VenueMention | None = None
    container: Container | None = None
    volume: str = ""
    number: str = ""
    pages: str = ""
    publisher: str = ""
    language: str = ""
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    links: tuple[Link, ...] = ()
    references: tuple[Identifier, ...] = ()
    cut_off: bool = False
    retracted: bool = False
    line: int | None = None
    repairs: tuple[Repair, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class SourceFact:
    """What a file says beside its records.

    `name` is one of "declaredPublications", "declaredAuthorRows", "clusterName" (one value), or
    "samePerson" (several author keys or printed names that the source calls one person).
    """

    name: str
    values: tuple[str, ...]
    line: int | None = None


@dataclass(frozen=True, slots=True)
class RecordError:
    """What could not be read, and why: one line for a person, one object for `--errors`.

    `key` or `line` says where; `fatal` that nothing of the entry was loaded (else one field).
    """

    reason: str
    line: int | None = None
    key: str = ""
    field: str = ""
    value: str = ""
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple of an RDF file that no record took up, to be kept as it is.

    Its terms are as N-Triples writes them, a blank node as `_:` and a digest of what is said of it;
    `graph` is the named graph of the file, empty where it stands in none.
    """

    subject: str
    predicate: str
    value: str
    graph: str = ""


Item = Record | SourceFact | RecordError | Statement
