"""What the graph says of candidates, asked for in as few turns of a worker as there are steps."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pyoxigraph as ox
from flask import request

from queries.catalogue import Query
from server.context import Row, Service, rows
from server.reconciliation.schema import PROPERTIES, Property

# Terms in one query: its text stays far below the limit, and an answer in memory.
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Fact:
    """A value: its text, and its IRI where it is an entity."""

    text: str
    iri: str = ""


Values = dict[str, list[Fact]]
TYPES = Property("types", "", "", "", "types")


def gather(held: Service, wanted: Iterable[tuple[Property, Sequence[str]]]) -> list[Values]:
    """For each property the values of these things, all from one generation."""
    asked: list[tuple[int, Query, dict[str, str]]] = []
    found: list[Values] = []
    for place, (one, things) in enumerate(wanted):
        found.append(defaultdict(list))
        query = held.catalogue.get(f"reconciliation/{one.query}")
        for start in range(0, len(things), AT_ONCE):
            nodes = [ox.NamedNode(iri) for iri in things[start : start + AT_ONCE]]
            asked.append((place, query.over("thing", nodes), dict(one.parameters)))
    answers = batch(held, [(query, given) for _, query, given in asked])
    for (place, _, _), table in zip(asked, answers, strict=True):
        for row in table:
            found[place][_text(row, "thing")].append(_fact(row))
    return found


def batch(held: Service, asked: Sequence[tuple[Query, dict[str, str]]]) -> list[list[Row]]:
    """The answers to several queries from one worker: not that of pages, as a batch is long."""
    requests = [
        replace(held.request(query, given), kind="stranger", client=request.remote_addr or "")
        for query, given in asked
    ]
    return [rows(answer.body.read()) for answer in held.pool.batch(requests)]


def _fact(row: Row) -> Fact:
    value = row["value"]
    if isinstance(value, ox.NamedNode):
        return Fact(_text(row, "label") or value.value, value.value)
    return Fact(_text(row, "value"))


def _text(row: Row, name: str) -> str:
    found = row.get(name)
    return found.value if isinstance(found, (ox.NamedNode, ox.Literal)) else ""


@dataclass(frozen=True, slots=True)
class Found:
    """An entity that an identifier or one of our own IRIs leads to."""

    asked: str
    iri: str
    label: str
    property: str = ""


def identified(held: Service, values: Iterable[str], iris: Iterable[str]) -> list[Found]:
    """What has one of these identifiers or IRIs; a thing that another stands for gives that."""
    literals = [ox.Literal(value) for value in sorted(set(values))]
    nodes = [ox.NamedNode(iri) for iri in sorted(set(iris))]
    catalogue = held.catalogue
    having: list[Row] = []
    if literals:
        query = catalogue.get("reconciliation/identified").over("value", literals)
        (having,) = batch(held, [(query, {})])
        nodes += [row["thing"] for row in having if isinstance(row["thing"], ox.NamedNode)]
    if not nodes:
        return []
    query = catalogue.get("reconciliation/canonical").over("member", dict.fromkeys(nodes))
    (named,) = batch(held, [(query, {})])
    labels = {_text(row, "thing"): _text(row, "label") for row in named}
    found = [Found(_text(row, "member"), _text(row, "thing"), _text(row, "label")) for row in named]
    for row in having:
        iri = _text(row, "thing")
        if iri in labels:
            given, by = _text(row, "value"), _text(row, "property")
            found.append(Found(given, iri, labels[iri], by))
    return found


def names_of(kind: str) -> Property:
    """The property that holds the names of this kind."""
    return PROPERTIES[(kind, "title" if kind == "publication" else "name")]
