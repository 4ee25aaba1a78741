"""The ontology as a page, made from quiver.ttl: three papers first, then every term."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox
from flask import Response

import ontology
from ontology import terms
from queries.formats import N_TRIPLES, TURTLE
from queries.pool.answers import Request
from server import readable
from server.context import Service
from server.pages import diagram
from server.pages.asking import ask, listed
from server.pages.asking import page as asking
from server.pages.frame import page, short

FILE = Path(ontology.__file__).parent / "quiver.ttl"
FIRST = 10  # queries to begin with
CLASS = f"{terms.OWL}Class"
FUNCTION = "http://www.w3.org/ns/sparql-service-description#Function"
PROPERTIES = (f"{terms.OWL}ObjectProperty", f"{terms.OWL}DatatypeProperty", f"{terms.RDF}Property")
RELATIONS = {
    f"{terms.RDFS}subClassOf": "a kind of",
    f"{terms.RDFS}subPropertyOf": "a kind of",
    f"{terms.RDFS}domain": "of",
    f"{terms.RDFS}range": "gives",
    f"{terms.SCHEMA}domainIncludes": "of",
    f"{terms.SCHEMA}rangeIncludes": "gives",
    f"{terms.OWL}equivalentClass": "the same as",
    f"{terms.OWL}equivalentProperty": "the same as",
    f"{terms.SKOS}closeMatch": "close to",
    f"{terms.SKOS}broadMatch": "narrower than",
    f"{terms.SKOS}exactMatch": "the same as",
    f"{terms.SKOS}narrowMatch": "wider than",
    f"{terms.SKOS}relatedMatch": "near",
    f"{terms.OWL}inverseOf": "the inverse of",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One term of ours with what quiver.ttl says of it."""

    name: str
    iri: str
    label: str
    definition: str
    scope: str
    relations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """All terms of ours by what they are."""

    classes: tuple[Entry, ...]
    properties: tuple[Entry, ...]
    functions: tuple[Entry, ...]


@cache
def entries() -> Entries:
    """Every term in the order of the file."""
    said: dict[str, list[tuple[str, str]]] = {}
    with FILE.open("rb") as file:
        for quad in ox.parse(file, ox.RdfFormat.TURTLE):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(
                quad.object, (ox.NamedNode, ox.Literal)
            ):
                pair = (quad.predicate.value, quad.object.value)
                said.setdefault(quad.subject.value, []).append(pair)
    ours = {iri: pairs for iri, pairs in said.items() if iri.startswith(terms.Q) and iri != terms.Q}

    def of(*kinds: str) -> tuple[Entry, ...]:
        return tuple(
            _entry(iri, pairs)
            for iri, pairs in ours.items()
            if any((terms.TYPE, kind) in pairs for kind in kinds)
        )

    return Entries(of(CLASS), of(*PROPERTIES), of(FUNCTION))


def _entry(iri: str, pairs: list[tuple[str, str]]) -> Entry:
    def first(*props: str) -> str:
        return next((value for prop, value in pairs if prop in props), "")

    return Entry(
        iri.removeprefix(terms.Q),
        iri,
        first(terms.LABEL),
        first(f"{terms.SKOS}definition", terms.COMMENT),
        first(f"{terms.SKOS}scopeNote"),
        tuple((RELATIONS[prop], value) for prop, value in pairs if prop in RELATIONS),
    )


def render_ontology(service: Service) -> Response:
    """The page; its three papers are of the graph that is served."""
    return page(
        "ontology.html",
        terms=entries(),
        diagram=diagram.drawn(_joins()),
        joins=_joins(),
        queries=list(service.catalogue)[:FIRST],
        examples=_examples(service),
    )


def _joins() -> list[diagram.Join]:
    return diagram.joins({entry.name: entry.relations for entry in entries().properties})


def _examples(service: Service) -> list[tuple[str, str, str]]:
    """Three papers in Turtle: one joined from several sources, a version, and another."""
    (found,) = ask(service, asking("examples"))
    chosen = list(dict.fromkeys(row["publication"] for row in found))[:3]
    (named,) = ask(service, listed("labels", "thing", chosen)) if chosen else ([],)
    titles = {row["thing"]: row["label"] for row in reversed(named)}
    return [(iri, titles.get(iri, short(iri)), _turtle(service, iri)) for iri in chosen]


def _turtle(service: Service, iri: str) -> str:
    """The publication's own statements and its signatures, as Turtle."""
    query = service.catalogue.get("pages/example")
    asked = Request(
        query.text,
        None,
        N_TRIPLES.media_type,
        bindings=query.bind({"publication": iri}),
        kind="page",
    )
    found = service.pool.run(asked).body.read()
    return readable.written(readable.read(found), iri, TURTLE, service.iris.base).decode()
