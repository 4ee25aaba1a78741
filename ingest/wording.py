"""What records say of publications, identifiers, links and author rows, as lines of N-Triples."""

from collections.abc import Sequence

from ingest.forms import RowForm
from ingest.identifiers import homonym_iri
from ingest.identifiers import iri as identifier_iri
from ingest.lines import LABEL, TYPE, collapsed, date, integer, literal, predicate, web_iri
from ingest.records import Identifier, Link, Record
from ontology import terms

UNTITLED = "Untitled"

KINDS = frozenset(
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
AGENTS = {"person": terms.PERSON, "group": terms.GROUP, "anonymous": terms.ANONYMOUS}
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


_TITLE = predicate(terms.DC_TITLE)
_YEAR = predicate(terms.YEAR)
_ISSUED = predicate(terms.DC_ISSUED)
_PRINTED_VENUE = predicate(terms.PRINTED_VENUE)
_KEYWORD = predicate(terms.KEYWORD)
_CUT_OFF = predicate(terms.CUT_OFF)
_RETRACTED = predicate(terms.RETRACTED)
_REFERENCES = predicate(terms.DC_REFERENCES)
_INVALID = predicate(terms.INVALID_IDENTIFIER)
_IDENTIFIER_IRI = predicate(terms.IDENTIFIER_IRI)
_RECOVERED = predicate(terms.RECOVERED_LINK)
_TRUE = f'"true"^^<{terms.XSD_BOOLEAN}>'
_PLAIN = (
    ("volume", predicate(terms.VOLUME)),
    ("number", predicate(terms.NUMBER)),
    ("pages", predicate(terms.PAGES)),
    ("publisher", predicate(terms.DC_PUBLISHER)),
    ("language", predicate(terms.DC_LANGUAGE)),
    ("abstract", predicate(terms.DC_ABSTRACT)),
)


def publication_classes(kind: str) -> tuple[str, ...]:
    """The classes of a publication of this kind: the superclass is written too."""
    return (terms.PUBLICATION, terms.Q + kind) if kind in KINDS else (terms.PUBLICATION,)


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
    for name, said in _PLAIN:
        value = getattr(record, name)
        if value:
            lines.append(f"{subject} {said} {literal(value)} .\n")
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


def row_lines(agent: str, first: RowForm, forms: Sequence[RowForm]) -> list[str]:
    """What a source says of an author row; names from its first form, identifiers from all."""
    lines = [
        f"{agent} {TYPE} <{AGENTS.get(first.kind, terms.PERSON)}> .\n",
        f"{agent} {TYPE} <{terms.AUTHOR}> .\n",
        f"{agent} {LABEL} {literal(first.printed)} .\n",
        f"{agent} <{terms.FOAF_NAME}> {literal(first.name)} .\n",
    ]
    for value, said in (
        (first.suffix, terms.HOMONYM_SUFFIX),
        (first.given, terms.FOAF_GIVEN_NAME),
        (first.family, terms.FOAF_FAMILY_NAME),
        (first.key, terms.AUTHOR_KEY),
    ):
        if value:
            lines.append(f"{agent} <{said}> {literal(value)} .\n")
    for form in forms:
        lines += [f"{agent} <{terms.NAME_VARIANT}> {literal(one)} .\n" for one in form.variants]
        identifier_lines(agent, form.identifiers, lines)
    page = homonym_iri(first.name, first.suffix)
    if page:
        lines.append(f"{agent} {_IDENTIFIER_IRI} <{page}> .\n")
    return lines
