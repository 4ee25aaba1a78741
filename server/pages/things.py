"""Any entity: its own statements, and the page of those that have none of their own kind."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, request

from ontology import terms
from ontology.iris import Iris
from server.context import Service
from server.documents import Links, gone
from server.pages.asking import Ask, Table, Texts, ask, kept
from server.pages.asking import page as asking
from server.pages.frame import blueprint, expanded, page, pager, words
from server.pages.frame import held as serving
from server.problems import Problem

STATEMENTS = 60
POINTING = 100
MANY = frozenset(("source",))  # each record and row points to its source: counted once, and kept
SUFFIXES = ("ttl", "nt", "nq", "trig", "rdf", "jsonld")
CITATION_SUFFIXES = ("bib", "ris", "csl.json")
# What each class segment is called, and a line on what it is.
CLASSES: Mapping[str, tuple[str, str]] = {
    "publication": ("Publication", "A publication as one source describes it."),
    "record": ("Record", "Where a description of a publication comes from."),
    "signature": ("Signature", "One name on one publication."),
    "author": ("Author", "The agent that an author row of a source describes."),
    "cluster": ("Author name cluster", "All author rows with one exact name."),
    "venue": ("Venue", "A series in which publications appear."),
    "work": ("Work", "What two or more versions are versions of."),
    "source": ("Source", "Where descriptions come from."),
    "load": ("Load", "One reading of a source into the graph."),
    "run": ("Run", "One resolution of the graph."),
    "match": ("Match", "A comparison of two entities, with its score and each term of it."),
    "decision": ("Decision", "What a person decided about two entities."),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """An entity with its statements, as the foot of every page shows them."""

    iri: str
    entity_class: str
    local: str
    statements: tuple[Texts, ...]
    inverse: tuple[Texts, ...]
    links: Links

    @property
    def label(self) -> str:
        """What it is called, in the words of the source."""
        return self.one(terms.LABEL) or CLASSES.get(self.entity_class, (self.local,))[0]

    @property
    def class_name(self) -> str:
        return CLASSES.get(self.entity_class, (words(self.entity_class),))[0]

    @property
    def class_note(self) -> str:
        return CLASSES[self.entity_class][1] if self.entity_class in CLASSES else ""

    @property
    def kinds(self) -> list[str]:
        """Its classes, the most telling first, as words."""
        general = {terms.PUBLICATION, terms.AUTHOR, terms.VENUE}
        found = sorted(self.all(terms.TYPE), key=lambda kind: (kind in general, kind))
        return [words(kind) for kind in found if kind.startswith(terms.Q)]

    @property
    def shown(self) -> tuple[Texts, ...]:
        return self.statements[:STATEMENTS]

    @property
    def suffixes(self) -> tuple[str, ...]:
        return SUFFIXES + (CITATION_SUFFIXES if self.entity_class == "publication" else ())

    @property
    def pointing(self) -> int:
        """How many statements have it as their object."""
        return sum(int(row["count"]) for row in self.inverse)

    def all(self, prop: str) -> list[str]:
        """Every value of a property, once."""
        return list(
            dict.fromkeys(row["value"] for row in self.statements if row["property"] == prop)
        )

    def one(self, prop: str) -> str:
        """A value of the property, or nothing."""
        return next(iter(self.all(prop)), "")

    def labelled(self, prop: str) -> list[tuple[str, str]]:
        """The values of a property with their labels."""
        return list(
            dict.fromkeys(
                (row["value"], row.get("label", row["value"]))
                for row in self.statements
                if row["property"] == prop
            )
        )


def thing(held: Service, iri: str) -> Thing:
    """What is said of an entity, and how much points to it."""
    entity, pointing = held.iris.read(iri), asking("inverse", entity=iri)
    many = entity is not None and entity.entity_class in MANY
    statements, linked, *inverse = ask(
        held,
        asking("triples", entity=iri),
        Ask("documents/links", {"entity": iri}),
        *(() if many else (pointing,)),
    )
    links = _links(linked)
    if not links.types:
        raise gone(held, iri)
    found = inverse or ask(held, kept(pointing))
    return made(held.iris, iri, statements, found[0], links)


def _links(table: Table) -> Links:
    found: dict[str, list[str]] = {}
    for row in table:
        found.setdefault(row["relation"], []).append(row["target"])
    return Links(*(tuple(found.get(r, ())) for r in ("type", "author", "license", "related")))


def made(iris: Iris, iri: str, statements: Table, inverse: Table, links: Links) -> Thing:
    """The statements of an entity as a Thing."""
    entity = iris.read(iri)
    return Thing(
        iri,
        entity.entity_class if entity else "",
        entity.local if entity else iri,
        tuple(sorted(statements, key=lambda row: (row["property"], row["value"]))),
        tuple(inverse),
        links,
    )


def plain(held: Service, iri: str, told: Thing) -> Response:
    """The page of an entity whose kind has no page of its own."""
    compared = told.all(terms.COMPARES)
    return page("thing.html", thing=told, compared=compared if len(compared) == 2 else [])


@blueprint.route("/pointing")
def pointing() -> Response:
    """What points to an entity by one property, page by page."""
    service = serving()
    to, by = expanded(request.args.get("to", "")), request.args.get("by", "")
    if service.iris.read(to) is None or "://" not in by:
        raise Problem(400, "to= is the IRI of an entity here, by= that of a property")
    found = thing(service, to)
    total = sum(int(row["count"]) for row in found.inverse if row["property"] == by)
    at = pager(total, POINTING)
    wanted = asking("pointing", POINTING, at.offset, entity=to, property=by)
    (rows,) = ask(service, wanted)
    return page("pointing.html", to=to, by=by, label=found.label, rows=rows, pager=at)
