"""Records to blocks of N-Triples, pure: the same record gives the same bytes on any machine.

A publication's block holds its record and signatures too. Author rows, containers, venues and name
clusters are written by several records, each in its own way: `Mapped` carries those *forms*, and
`row_blocks` and `container_blocks` are called once for each when all forms have been counted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ingest import captions, derive
from ingest.identifiers import iri as identifier_iri
from ingest.lines import block, collapsed, date, integer, literal, web_iri
from ingest.records import Container, Contributor, Identifier, Link, Record
from ingest.venues import Venue, Venues
from ontology import terms
from ontology.iris import Iris, KeyPart, key_hash, slug

Form = TypeVar("Form")

CACHE = 200_000  # contributors remembered at once; two of three authorships are repeats
UNTITLED = "Untitled"

_KINDS = frozenset(
    [
        "ConferencePaper",
        "JournalArticle",
        "WorkshopPaper",
        "ConferenceAbstract",
        "Preprint",
        "Chapter",
        "Book",
        "Thesis",
        "Report",
        "Dataset",
        "Software",
        "Proceedings",
        "Issue",
        "Editorial",
        "Erratum",
        "Other",
    ]
)
_AGENTS = {"person": terms.PERSON, "group": terms.GROUP, "anonymous": terms.ANONYMOUS}
_IDENTIFIERS = {
    "doi": terms.DOI,
    "arxiv": terms.ARXIV,
    "openreview": terms.OPENREVIEW,
    "dblpKey": terms.DBLP_KEY,
    "dblpPid": terms.DBLP_PID,
    "aclId": terms.ACL_ID,
    "pmid": terms.PMID,
    "pmcid": terms.PMCID,
    "isbn": terms.ISBN,
    "issn": terms.ISSN,
    "orcid": terms.ORCID,
    "isni": terms.Q + "isni",
    "viaf": terms.Q + "viaf",
    "openalex": terms.OPENALEX,
    "wikidata": terms.WIKIDATA,
    "semanticscholar": terms.SEMANTIC_SCHOLAR,
}
_LINKS = {
    "page": terms.PAGE,
    "pdf": terms.PDF,
    "code": terms.CODE,
    "project": terms.PROJECT,
    "data": terms.DATA,
    "video": terms.VIDEO,
}


def _predicate(iri: str) -> str:
    return f"<{iri}>"


TYPE = _predicate(terms.TYPE)
LABEL = _predicate(terms.LABEL)
_TITLE = _predicate(terms.DC_TITLE)
_YEAR = _predicate(terms.YEAR)
_ISSUED = _predicate(terms.DC_ISSUED)
_PRINTED_VENUE = _predicate(terms.PRINTED_VENUE)
_KEYWORD = _predicate(terms.KEYWORD)
_CUT_OFF = _predicate(terms.CUT_OFF)
_RETRACTED = _predicate(terms.RETRACTED)
_PART_OF = _predicate(terms.DC_IS_PART_OF)
_REFERENCES = _predicate(terms.DC_REFERENCES)
_INVALID = _predicate(terms.INVALID_IDENTIFIER)
_IDENTIFIER_IRI = _predicate(terms.IDENTIFIER_IRI)
_RECOVERED = _predicate(terms.RECOVERED_LINK)
_DESCRIBED_IN = _predicate(terms.DESCRIBED_IN)
_SOURCE = _predicate(terms.SOURCE_PROPERTY)
LOAD = _predicate(terms.LOAD_PROPERTY)
_FILE_NAME = _predicate(terms.FILE_NAME)
_RECORD_KEY = _predicate(terms.RECORD_KEY)
_LINE = _predicate(terms.LINE)
_REPAIR = _predicate(terms.REPAIR)
_OF_PUBLICATION = _predicate(terms.OF_PUBLICATION)
_ROLE = _predicate(terms.ROLE)
_ORDINAL = _predicate(terms.ORDINAL)
_PRINTED_NAME = _predicate(terms.PRINTED_NAME)
_BY_AUTHOR = _predicate(terms.BY_AUTHOR)
_AFFILIATION = _predicate(terms.AFFILIATION)
_EMAIL_DOMAIN = _predicate(terms.EMAIL_DOMAIN)
VENUE = _predicate(terms.VENUE_PROPERTY)
IN_CLUSTER = _predicate(terms.IN_CLUSTER)
_TRUE = f'"true"^^<{terms.XSD_BOOLEAN}>'
_PLAIN = (
    ("volume", _predicate(terms.VOLUME)),
    ("number", _predicate(terms.NUMBER)),
    ("pages", _predicate(terms.PAGES)),
    ("publisher", _predicate(terms.DC_PUBLISHER)),
    ("language", _predicate(terms.DC_LANGUAGE)),
    ("abstract", _predicate(terms.DC_ABSTRACT)),
)


def cluster_key(name: str) -> str:
    """What the rows of one name cluster share: NFC, white space collapsed, casefolded."""
    return collapsed(collapsed(name).casefold())


@dataclass(frozen=True, slots=True)
class RowForm:
    """One way in which a source writes one author row."""

    iri: str
    name: str
    suffix: str = ""
    kind: str = "person"
    key: str = ""
    given: str = ""
    family: str = ""
    identifiers: tuple[Identifier, ...] = ()

    @property
    def printed(self) -> str:
        """The name with its homonym suffix."""
        return f"{self.name} {self.suffix}" if self.suffix else self.name


@dataclass(frozen=True, slots=True)
class ContainerForm:
    """One way in which a record mentions the publication that holds it."""

    iri: str
    container: Container


@dataclass(frozen=True, slots=True)
class VenueForm:
    """One way in which a record prints the name of a venue."""

    iri: str
    venue: Venue
    printed: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one record becomes: a block for each graph, and the forms that others share."""

    iri: str
    source: str
    shared: str
    links: str
    title: str
    detail: str
    classes: tuple[str, ...]
    rows: tuple[RowForm, ...]
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


@dataclass(slots=True)
class Mapping:
    """Maps the records of one load of one source; it remembers contributors and nothing else."""

    iris: Iris
    source: str
    load: str
    venues: Venues
    file_name: str = ""
    _rows: dict[Contributor, RowForm] = field(default_factory=dict)
    _slugs: dict[str, str] = field(default_factory=dict)
    _source: str = ""

    def __post_init__(self) -> None:
        self._source = f"<{self.iris.entity('source', [self.source], self.source)}>"

    def record(self, record: Record, occurrence: int = 1, digest: str = "") -> Mapped:
        """The blocks of one record; `occurrence` tells records of one key apart, from 1.

        `digest` saves hashing its key again.
        """
        key = publication_key(self.source, record, occurrence)
        digest = digest or key_hash(key)
        words = slug(record.key or record.title)  # of the key, so that a new title moves no IRI
        iri = (
            f"{self.iris.base}id/publication/{words}-{digest}"
            if words
            else (f"{self.iris.base}id/publication/{digest}")
        )
        container = self._container(record)
        lines = publication_lines(f"<{iri}>", record)
        if container:
            lines.append(f"<{iri}> {_PART_OF} <{container.iri}> .\n")
        self._describe(iri, digest, record, lines)
        rows, signed = self._sign(iri, key, record.contributors, lines)
        venue = self._venue(record)
        (links,) = derive.publication_blocks([derive.Publication(iri, signed)], iri)
        return Mapped(
            iri=iri,
            source=block(lines),
            shared=f"<{iri}> {VENUE} <{venue.iri}> .\n" if venue else "",
            links=links,
            title=record.label or collapsed(record.title) or UNTITLED,
            detail=detail(record),
            classes=(
                *publication_classes(record.kind),
                terms.RECORD,
                *([terms.SIGNATURE] * len(signed)),
            ),
            rows=rows,
            venue=venue,
            container=container,
        )

    def _describe(self, iri: str, digest: str, record: Record, lines: list[str]) -> None:
        described = f"<{self.iris.base}id/record/{digest}>"
        lines += (
            f"<{iri}> {_DESCRIBED_IN} {described} .\n",
            f"{described} {TYPE} <{terms.RECORD}> .\n",
            f"{described} {_SOURCE} {self._source} .\n",
            f"{described} {LOAD} <{self.load}> .\n",
        )
        if self.file_name:
            lines.append(f"{described} {_FILE_NAME} {literal(self.file_name)} .\n")
        if record.key:
            lines.append(f"{described} {_RECORD_KEY} {literal(record.key)} .\n")
        if record.line is not None:
            lines.append(f"{described} {_LINE} {integer(record.line)} .\n")
        for repair in record.repairs:
            lines.append(f"{described} {_REPAIR} {literal(f'{repair.rule}: {repair.field}')} .\n")

    def _sign(
        self, iri: str, key: list[KeyPart], people: Sequence[Contributor], lines: list[str]
    ) -> tuple[tuple[RowForm, ...], list[derive.Signed]]:
        """Add the signatures' lines; give their rows, and what links depend on."""
        rows: list[RowForm] = []
        signed: list[derive.Signed] = []
        seen: dict[tuple[KeyPart, ...], int] = {}
        for person in people:
            own = _place(person, seen)
            name = self._slug(person.role)
            if person.ordinal is not None:
                name = f"{name}-{person.ordinal}"
            signature = f"{self.iris.base}id/signature/{name}-{key_hash([*key, *own])}"
            row = self.row(person)
            signature_lines(signature, iri, person, row.iri, lines)
            signed.append(derive.Signed(signature, person.role, person.ordinal, row.iri))
            rows.append(row)
        return tuple(rows), signed

    def _slug(self, role: str) -> str:
        known = self._slugs.get(role)
        if known is None:
            known = self._slugs[role] = slug(role)
        return known

    def row(self, person: Contributor) -> RowForm:
        """The author row that the source means: its own key's if it has one, else the name's."""
        known = self._rows.get(person)
        if known is not None:
            return known
        printed = person.printed
        key = ["key", self.source, person.key] if person.key else ["name", self.source, printed]
        row = RowForm(
            iri=self.iris.entity("author", key, person.key or printed),
            name=person.name,
            suffix=person.suffix,
            kind=person.kind,
            key=person.key,
            given=person.given,
            family=person.family,
            identifiers=person.identifiers if person.key else (),
        )
        if len(self._rows) >= CACHE:
            self._rows.clear()
        self._rows[person] = row
        return row

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
        lines.append(f"{agent} {_SOURCE} {self._source} .\n")
        cluster = self.cluster(first.name)
        return RowBlocks(
            name=first.name,
            printed=first.printed,
            cluster=cluster,
            classes=(_AGENTS.get(first.kind, terms.PERSON), terms.AUTHOR),
            source=block(lines),
            shared=f"{agent} {IN_CLUSTER} <{cluster}> .\n",
            links=derive.row_block(first.iri),
        )

    def container_blocks(self, forms: Sequence[tuple[ContainerForm, int]]) -> ContainerBlocks:
        """The blocks of a container, from its forms and how often each was met."""
        first = chosen(forms, lambda form: form.container.title)
        subject = f"<{first.iri}>"
        title = first.container.title or first.container.key
        kind = first.container.kind if first.container.kind in _KINDS else "Proceedings"
        record = Record(title=title, kind=kind, key=first.container.key)
        lines = publication_lines(subject, record)
        for form, _ in forms:
            identifier_lines(subject, form.container.identifiers, lines)
        self._describe(first.iri, first.iri[-12:], record, lines)
        (links,) = derive.publication_blocks([derive.Publication(first.iri)], first.iri)
        classes = (*publication_classes(kind), terms.RECORD)
        return ContainerBlocks(collapsed(title), classes, block(lines), links)


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


def _place(person: Contributor, seen: dict[tuple[KeyPart, ...], int]) -> tuple[KeyPart, ...]:
    """What tells a signature from the others of its publication."""
    bare = person.ordinal is None
    own: tuple[KeyPart, ...] = (person.role, person.printed if bare else person.ordinal)
    count = seen[own] = seen.get(own, 0) + 1
    return (*own, count) if bare or count > 1 else own


def publication_classes(kind: str) -> tuple[str, ...]:
    """The classes of a publication of this kind: the superclass is written too."""
    return (terms.PUBLICATION, terms.Q + kind) if kind in _KINDS else (terms.PUBLICATION,)


def publication_lines(subject: str, record: Record) -> list[str]:
    """What a record says of its publication itself."""
    title = literal(record.title)
    clean = record.label or collapsed(record.title) or UNTITLED
    lines = [
        *(f"{subject} {TYPE} <{name}> .\n" for name in publication_classes(record.kind)),
        f"{subject} {_TITLE} {title} .\n",
        f"{subject} {LABEL} {title if clean == record.title else literal(clean)} .\n",
    ]
    if record.year is not None:
        lines.append(f"{subject} {_YEAR} {integer(record.year)} .\n")
    issued = date(record.issued) if record.issued else None
    if issued:
        lines.append(f"{subject} {_ISSUED} {issued} .\n")
    if record.venue and record.venue.name:
        lines.append(f"{subject} {_PRINTED_VENUE} {literal(record.venue.name)} .\n")
    for name, predicate in _PLAIN:
        value = getattr(record, name)
        if value:
            lines.append(f"{subject} {predicate} {literal(value)} .\n")
    lines += [f"{subject} {_KEYWORD} {literal(word)} .\n" for word in record.keywords]
    if record.cut_off:
        lines.append(f"{subject} {_CUT_OFF} {_TRUE} .\n")
    if record.retracted:
        lines.append(f"{subject} {_RETRACTED} {_TRUE} .\n")
    identifier_lines(subject, record.identifiers, lines)
    link_lines(subject, record.links, lines)
    for reference in record.references:
        target = identifier_iri(reference)
        if target:
            lines.append(f"{subject} {_REFERENCES} <{target}> .\n")
    return lines


def identifier_lines(subject: str, found: Sequence[Identifier], lines: list[str]) -> None:
    """Add a literal by scheme and the IRI of each valid identifier; the rest as flagged text."""
    for identifier in found:
        target = identifier_iri(identifier)
        if target is None:
            flagged = literal(f"{identifier.scheme}:{identifier.value}")
            lines.append(f"{subject} {_INVALID} {flagged} .\n")
            continue
        predicate = _IDENTIFIERS[identifier.scheme]
        lines.append(f"{subject} <{predicate}> {literal(identifier.value)} .\n")
        lines.append(f"{subject} {_IDENTIFIER_IRI} <{target}> .\n")


def link_lines(subject: str, links: Sequence[Link], lines: list[str]) -> None:
    """Add the links; one that no parser would take stays as flagged text."""
    for link in links:
        target = web_iri(link.url)
        if target is None:
            lines.append(f"{subject} {_INVALID} {literal(f'url:{link.url}')} .\n")
            continue
        lines.append(f"{subject} <{_LINKS.get(link.kind, terms.PAGE)}> <{target}> .\n")
        if link.recovered:
            lines.append(f"{subject} {_RECOVERED} <{target}> .\n")


def signature_lines(
    signature: str, publication: str, person: Contributor, row: str, lines: list[str]
) -> None:
    """Add what stands for one name on one publication."""
    subject = f"<{signature}>"
    lines += (
        f"{subject} {TYPE} <{terms.SIGNATURE}> .\n",
        f"{subject} {_OF_PUBLICATION} <{publication}> .\n",
        f"{subject} {_ROLE} {literal(person.role)} .\n",
        f"{subject} {_PRINTED_NAME} {literal(person.printed)} .\n",
        f"{subject} {_BY_AUTHOR} <{row}> .\n",
    )
    if person.ordinal is not None:
        lines.append(f"{subject} {_ORDINAL} {integer(person.ordinal)} .\n")
    for affiliation in person.affiliations:
        lines.append(f"{subject} {_AFFILIATION} {literal(affiliation)} .\n")
    if person.email_domain:
        lines.append(f"{subject} {_EMAIL_DOMAIN} {literal(person.email_domain)} .\n")
    if person.identifiers:
        identifier_lines(subject, person.identifiers, lines)


def row_lines(agent: str, first: RowForm, forms: Sequence[RowForm]) -> list[str]:
    """What a source says of an author row; names from its first form, identifiers from all."""
    lines = [
        f"{agent} {TYPE} <{_AGENTS.get(first.kind, terms.PERSON)}> .\n",
        f"{agent} {TYPE} <{terms.AUTHOR}> .\n",
        f"{agent} {LABEL} {literal(first.printed)} .\n",
        f"{agent} <{terms.FOAF_NAME}> {literal(first.name)} .\n",
    ]
    for value, predicate in (
        (first.suffix, terms.HOMONYM_SUFFIX),
        (first.given, terms.FOAF_GIVEN_NAME),
        (first.family, terms.FOAF_FAMILY_NAME),
        (first.key, terms.AUTHOR_KEY),
    ):
        if value:
            lines.append(f"{agent} <{predicate}> {literal(value)} .\n")
    for form in forms:
        identifier_lines(agent, form.identifiers, lines)
    return lines


def chosen(forms: Sequence[tuple[Form, int]], text: Callable[[Form], str]) -> Form:
    """The form whose text is the most frequent, then the smallest; of those the smallest whole."""
    if len(forms) == 1:
        return forms[0][0]
    counts: dict[str, int] = {}
    for form, count in forms:
        counts[text(form)] = counts.get(text(form), 0) + count
    best = min(counts, key=lambda printed: (-counts[printed], printed))
    return min((-count, repr(form), form) for form, count in forms if text(form) == best)[2]


def detail(record: Record) -> str:
    """The line under the title in search results."""
    people = [c.printed for c in record.contributors if c.role == "author"]
    venue = record.venue.name if record.venue else ""
    year = "" if record.year is None else str(record.year)
    return captions.of_publication(venue, year, people, len(people))
