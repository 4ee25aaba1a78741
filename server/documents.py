"""Asks the workers for the document of an entity, its links, or what became of it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox

import queries
from ontology import terms
from ontology.iris import EntityIri
from queries.binding import Term
from queries.formats import N_TRIPLES, Format
from queries.pool.answers import Request
from server import readable
from server.context import RESULTS, Row, Service, Snapshot, rows
from server.problems import Problem

# Subjects on one page of a document, as in document.rq and further.rq.
SUBJECTS = 500
_OFFSET = re.compile(r"\bOFFSET (\d+)")
FOLDER = Path(queries.__file__).parent / "documents"


class Replaced(Exception):
    """The entity was withdrawn and another, `iri`, took its place."""

    def __init__(self, iri: str) -> None:
        super().__init__(iri)
        self.iri = iri


@dataclass(frozen=True, slots=True)
class Links:
    """What the Link headers of an entity's document tell: IRIs by relation."""

    types: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One page of an entity's document, its licences, and whether another page follows."""

    body: bytes
    licences: tuple[str, ...]
    goes_on: bool


def entity_iri(snapshot: Snapshot, entity_class: str, local: str) -> str:
    """The IRI that a path below /id or /doc stands for; 404 where it can be none of ours."""
    iri = f"{snapshot.iris.base}id/{entity_class}/{local}"
    if snapshot.iris.read(iri) is None:
        raise unknown(iri)
    return iri


def unknown(iri: str) -> Problem:
    """404: nothing is, or was ever, said of this."""
    return Problem(404, f"nothing is known of <{iri[:300]}>", cause="unknown")


def document(held: Service, iri: str, form: Format, page: int = 1) -> Document:
    """The document of a known entity; what was withdrawn or never known raises its Problem."""
    snapshot = held.snapshot
    entity: dict[str, Term] = {"entity": ox.NamedNode(iri)}
    skip = (page - 1) * SUBJECTS
    found = snapshot.iris.read(iri)
    assert found is not None
    about: dict[str, Term] = {
        "document": ox.NamedNode(document_iri(snapshot, found)),
        "dataset": ox.NamedNode(snapshot.iris.base),
        "generated": ox.Literal(snapshot.created.isoformat()),
    }
    wanted = _request("document", entity | about, N_TRIPLES.media_type, skip)
    graph = readable.read(held.pool.run(wanted).read())
    if not _types(graph, iri):
        raise gone(held, iri)
    goes_on = _full(graph, iri) and bool(select(held, "further", entity, skip))
    body = readable.written(graph, iri, form, snapshot.iris.base)
    return Document(body, _licences(graph, about["document"]), goes_on)


def links(held: Service, iri: str) -> Links:
    """What the Link header tells of a known entity."""
    found = _links(select(held, "links", {"entity": ox.NamedNode(iri)}))
    if not found.types:
        raise gone(held, iri)
    return found


def _types(graph: Collection[ox.Triple], iri: str) -> bool:
    """Whether anything says what the entity is."""
    return any(_is(triple, iri, terms.TYPE) for triple in graph)


def _licences(graph: Collection[ox.Triple], page: Term) -> tuple[str, ...]:
    found = (t.object for t in graph if _is(t, page.value, terms.DC_LICENSE))
    return tuple(sorted(one.value for one in found if isinstance(one, ox.NamedNode)))


def _full(graph: Collection[ox.Triple], iri: str) -> bool:
    """Whether so many point to the entity that there may be another page."""
    entity = ox.NamedNode(iri)
    return len({triple.subject for triple in graph if triple.object == entity}) >= SUBJECTS


def _is(triple: ox.Triple, subject: str, predicate: str) -> bool:
    about = triple.subject
    return (
        triple.predicate.value == predicate
        and isinstance(about, ox.NamedNode)
        and about.value == subject
    )


def check_known(held: Service, iri: str) -> None:
    """Return where the entity is known; else the Problem that says what became of it."""
    if not select(held, "known", {"entity": ox.NamedNode(iri)}):
        raise gone(held, iri)


def gone(held: Service, iri: str) -> Exception:
    """Replaced where something is in its place, 410 where nothing is, 404 where it never was."""
    found = select(held, "withdrawn", {"entity": ox.NamedNode(iri)})
    if not found:
        return unknown(iri)
    replacement = found[0].get("replacement")
    if isinstance(replacement, ox.NamedNode) and held.iris.read(replacement.value):
        return Replaced(replacement.value)
    at = found[0]["at"]
    when = at.value if isinstance(at, ox.Literal) else ""
    return Problem(410, f"<{iri}> was withdrawn at {when}", cause="withdrawn")


def document_iri(snapshot: Snapshot, entity: EntityIri) -> str:
    """The IRI of the document about an entity."""
    return f"{snapshot.iris.base}doc/{entity.entity_class}/{entity.local}"


def select(held: Service, name: str, bindings: Mapping[str, Term], skip: int = 0) -> list[Row]:
    """The rows of one of the queries beside the document's."""
    return rows(held.pool.run(_request(name, bindings, skip=skip)).read())


def _request(
    name: str, bindings: Mapping[str, Term], graph: str = "text/turtle", skip: int = 0
) -> Request:
    return Request(
        _page(_text(name), skip),
        results=RESULTS,
        graph=graph,
        bindings=bindings,
        kind="page",
    )


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.rq").read_text(encoding="utf-8")


def _page(text: str, skip: int) -> str:
    """The query moved on by `skip` subjects: no variable may stand where OFFSET has its number.

    There is no ORDER BY: a generation never changes, so the engine's own order is the same each
    time, and of an entity with a million links the first page need not sort them.
    """
    return _OFFSET.sub(lambda found: f"OFFSET {int(found[1]) + skip}", text) if skip else text


def _links(found: list[Row]) -> Links:
    targets: dict[str, list[str]] = {"type": [], "author": [], "license": [], "related": []}
    for row in found:
        relation, target = row["relation"], row["target"]
        if isinstance(relation, ox.Literal) and isinstance(target, ox.NamedNode):
            targets[relation.value].append(target.value)
    return Links(*(tuple(iris) for iris in targets.values()))
