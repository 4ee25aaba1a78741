"""Asks the workers for the document of an entity, its links, or what became of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pyoxigraph as ox

import queries
from ontology.iris import EntityIri
from queries.answers import Answer, HeldBody, Request
from queries.binding import Term
from queries.formats import N_TRIPLES, Format
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
    """One page of an entity's document, and whether another follows."""

    answer: Answer
    links: Links
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
    answers = held.pool.batch(
        [
            _request("document", entity | about, N_TRIPLES.media_type, skip),
            _request("links", entity),
            _request("further", entity, skip=skip),
        ]
    )
    links = _links(rows(answers[1].read()))
    if not links.types:
        raise gone(held, iri)
    body = readable.written(answers[0].body.read(), iri, form, snapshot.iris.base)
    answer = replace(answers[0], media_type=form.media_type, body=HeldBody(body))
    return Document(answer, links, bool(rows(answers[2].read())))


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


def select(held: Service, name: str, bindings: Mapping[str, Term]) -> list[Row]:
    """The rows of one of the queries beside the document's."""
    return rows(held.pool.batch([_request(name, bindings)])[0].read())


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
