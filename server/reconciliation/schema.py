"""What can be asked for: the types, and the properties of each, which are evidence and extension.

Identifiers of types and properties are the local names of our ontology where it has the term.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ingest.identifiers import SCHEMES
from ontology import terms
from queries.search.textindex import KINDS

Shape = Literal["entity", "text", "number"]

ROOTS = {"author": "Author", "publication": "Publication", "venue": "Venue"}
# The classes below each root, which a query may ask for too.
NARROWER = {
    "author": (terms.PERSON, terms.GROUP),
    "publication": (
        terms.CONFERENCE_PAPER,
        terms.JOURNAL_ARTICLE,
        terms.WORKSHOP_PAPER,
        terms.CONFERENCE_ABSTRACT,
        terms.PREPRINT,
        terms.CHAPTER,
        terms.BOOK,
        terms.THESIS,
        terms.REPORT,
        terms.DATASET,
        terms.SOFTWARE,
        terms.PROCEEDINGS,
    ),
    "venue": (terms.CONFERENCE, terms.JOURNAL, terms.WORKSHOP, terms.REPOSITORY, terms.BOOK_SERIES),
}
LABELS = {"ConferencePaper": "Conference paper", "JournalArticle": "Journal article"}
OF_AUTHORS = ("orcid", "dblpPid", "openalex", "wikidata", "semanticScholar")
OF_VENUES = ("issn", "wikidata", "openalex")


@dataclass(frozen=True, slots=True)
class Type:
    """A class that candidates may have; `kind` is the part of the text index that holds it."""

    id: str
    name: str
    kind: str
    broader: str = ""

    def document(self) -> dict[str, object]:
        """As the API writes it."""
        told: dict[str, object] = {"id": self.id, "name": self.name}
        if self.broader:
            told["broader"] = [TYPES[self.broader].document()]
        return told

    def reference(self) -> dict[str, str]:
        """As candidates bear it."""
        return {"id": self.id, "name": self.name}


@dataclass(frozen=True, slots=True)
class Property:
    """What a candidate's values are: the query that gives them, and their shape.

    `evidence` names the comparison of `server.reconciliation.agreement`; `of` is the type of the
    entities that are its values.
    """

    id: str
    name: str
    description: str
    kind: str
    query: str
    shape: Shape = "text"
    evidence: str = ""
    of: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, str]:
        """As the API writes it."""
        return {"id": self.id, "name": self.name, "description": self.description}


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip().capitalize()


def _types() -> Iterator[Type]:
    for kind in KINDS:
        yield Type(ROOTS[kind], ROOTS[kind], kind)
        for iri in NARROWER[kind]:
            name = iri.removeprefix(terms.Q)
            yield Type(name, LABELS.get(name) or _words(name), kind, ROOTS[kind])


TYPES = {one.id: one for one in _types()}


def _identifiers(kind: str) -> Iterator[Property]:
    wanted = {"author": OF_AUTHORS, "venue": OF_VENUES}.get(kind) or tuple(
        name for name, scheme in SCHEMES.items() if not scheme.of_person and name != "issn"
    )
    query = "values-of-venues" if kind == "venue" else "values"
    for name in wanted:
        label = NAMES.get(name, name)
        yield Property(
            name,
            label,
            f"{label}, in any of its usual forms",
            kind,
            query,
            evidence="identifier",
            parameters={"property": terms.Q + name},
        )


NAMES = {
    "doi": "DOI",
    "arxiv": "arXiv identifier",
    "pmid": "PubMed identifier",
    "pmcid": "PubMed Central identifier",
    "openreview": "OpenReview identifier",
    "aclId": "ACL Anthology identifier",
    "dblpKey": "dblp key",
    "dblpPid": "dblp person",
    "orcid": "ORCID iD",
    "issn": "ISSN",
    "isbn": "ISBN",
    "openalex": "OpenAlex identifier",
    "wikidata": "Wikidata item",
    "semanticScholar": "Semantic Scholar identifier",
}


def _properties() -> Iterator[Property]:
    person, paper, venue = KINDS
    names, titles = "Every name in the sources", "Every title in the sources"
    yield Property("name", "Name", names, person, "names")
    yield Property(
        "coauthor",
        "Co-author",
        "Who shares a publication with the person",
        person,
        "coauthors-of-people",
        "entity",
        "people",
        "Author",
    )
    yield Property(
        "publication",
        "Publication",
        "A publication of the person, by its title",
        person,
        "papers-of-people",
        "entity",
        "title",
        "Publication",
    )
    yield Property(
        "venue",
        "Venue",
        "Where a publication of the person appeared",
        person,
        "venues-of-people",
        "entity",
        "venue",
        "Venue",
    )
    years = "A year in which the person published"
    yield Property("year", "Year", years, person, "years-of-people", "number", "years")
    count = "How many publications there are"
    yield Property("papers", "Publications", count, person, "counts-of-people", "number")
    yield from _identifiers(person)
    yield Property("title", "Title", titles, paper, "titles")
    yield Property(
        "author", "Author", "Who wrote it", paper, "authors", "entity", "people", "Author"
    )
    yield Property(
        "venue", "Venue", "Where it appeared", paper, "venues", "entity", "venue", "Venue"
    )
    yield Property("year", "Year", "The year of publication", paper, "years", "number", "year")
    yield from _identifiers(paper)
    yield Property("name", "Name", "The name of the series", venue, "labels")
    yield Property("papers", "Publications", count, venue, "counts-of-venues", "number")
    yield from _identifiers(venue)


PROPERTIES = {(one.kind, one.id): one for one in _properties()}
# Other words for them, as people and other services write.
SYNONYMS = {"co-author": "coauthor", "coauthors": "coauthor", "co-authors": "coauthor"}
SYNONYMS |= {"paper": "publication", "authors": "author", "creator": "author"}
OF_PEOPLE = {"title": "publication", "author": "coauthor"}


def property_of(kind: str, name: str) -> Property | None:
    """The property of this name, for candidates of this kind."""
    name = name.removeprefix(terms.Q).removeprefix("q:")
    name = SYNONYMS.get(name, name)
    if kind == "author":
        name = OF_PEOPLE.get(name, name)
    return PROPERTIES.get((kind, name))


def type_named(name: str) -> Type | None:
    """The type of this identifier, also where it is given as an IRI or below `q:`."""
    return TYPES.get(name.removeprefix(terms.Q).removeprefix("q:"))
