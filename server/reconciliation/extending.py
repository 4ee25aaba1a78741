"""Data extension: values of properties for entities that were reconciled."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.context import Service
from server.problems import Problem
from server.reconciliation.facts import Fact, Values, gather, identified
from server.reconciliation.matching import identifier
from server.reconciliation.questions import LONGEST
from server.reconciliation.schema import PROPERTIES, TYPES, Property, type_named

IDS, WANTED, VALUES = 1000, 25, 1000
_HALF = re.compile("[\ud800-\udfff]")  # of a sign that UTF-16 writes as two

Cell = dict[str, object]


@dataclass(frozen=True, slots=True)
class Extension:
    """What was asked for, and the cells of each entity by property."""

    properties: list[Property]
    rows: dict[str, dict[str, list[Cell]]]

    def meta(self) -> list[dict[str, object]]:
        """The columns: name, and the type of those that hold entities."""
        return [
            {"id": one.id, "name": one.name}
            | ({"type": TYPES[one.of].reference()} if one.of else {})
            for one in self.properties
        ]


def extended(held: Service, given: object) -> Extension:
    """The values that an extension query asks for, in either version of the API."""
    ids, wanted = _read(given)
    base = held.iris.base
    iris = {one: one if one.startswith(base) else f"{base}id/{one}" for one in ids}
    own = {iri for iri in iris.values() if held.iris.read(iri)}
    stands_for = {one.asked: one.iri for one in identified(held, (), own)}
    things = {id: stands_for.get(iri, "") for id, iri in iris.items()}
    asked = [(name, limit, list(_kinds(name))) for name, limit in wanted]
    jobs = [
        (one, [iri for iri in set(things.values()) if _kind(held, iri) == one.kind])
        for _, _, kinds in asked
        for one in kinds
    ]
    values = gather(held, jobs)
    merged: dict[str, Values] = {}
    for (one, _), found in zip(jobs, values, strict=True):
        merged.setdefault(one.id, {}).update(found)
    shapes = {(one.kind, one.id): one for one, _ in jobs}
    rows = {
        id: {
            name: _cells(
                merged.get(name, {}).get(iri, []),
                shapes.get((_kind(held, iri), name)),
                limit,
                base,
            )
            for name, limit, _ in asked
        }
        for id, iri in things.items()
    }
    return Extension([kinds[0] for _, _, kinds in asked], rows)


def proposed(type_name: str, limit: int) -> dict[str, object]:
    """The properties that entities of a type may have; of every type where none is given."""
    wanted = type_named(type_name)
    if type_name and wanted is None:
        raise Problem(404, f"there is no type {type_name[:80]!r}", cause="unknown")
    found: dict[str, Property] = {}
    for one in PROPERTIES.values():
        if wanted is None or one.kind == wanted.kind:
            found.setdefault(one.id, one)
    told: dict[str, object] = {"properties": [one.document() for one in found.values()]}
    if limit:
        told = {"properties": [one.document() for one in found.values()][:limit], "limit": limit}
    return told | ({"type": wanted.id} if wanted else {})


def _read(given: object) -> tuple[list[str], list[tuple[str, int]]]:
    if not isinstance(given, dict):
        raise _wrong("it is no object")
    ids, wanted = given.get("ids"), given.get("properties")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise _wrong("ids is no list of identifiers")
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
        raise _wrong("properties is no list of objects")
    if len(ids) > IDS or len(wanted) > WANTED:
        many = f"at most {IDS} ids and {WANTED} properties are taken"
        raise Problem(413, f"{len(ids)} ids and {len(wanted)} properties; {many}", cause="batch")
    if any(len(one) > LONGEST for one in ids):
        raise _wrong(f"an id has more than {LONGEST} characters")
    if any(_HALF.search(one) for one in ids):
        raise _wrong("an id has half a sign, which is no text")
    return list(dict.fromkeys(ids)), [(_known(one.get("id")), _limit(one)) for one in wanted]


def _known(name: object) -> str:
    if not any(name == id for _, id in PROPERTIES):
        raise _wrong(f"there is no property {str(name)[:80]!r}")
    return str(name)


def _limit(told: Mapping[str, object]) -> int:
    settings = told.get("settings") or {}
    limit = settings.get("limit", 0) if isinstance(settings, dict) else 0
    try:
        asked = int(str(limit) or 0)
    except ValueError:
        raise _wrong(f"limit {str(limit)[:40]!r} is no whole number") from None
    return asked if 0 < asked < VALUES else VALUES


def _kinds(name: str) -> Iterable[Property]:
    return (one for (_, id), one in PROPERTIES.items() if id == name)


def _kind(held: Service, iri: str) -> str:
    entity = held.iris.read(iri)
    return entity.entity_class if entity else ""


def _cells(facts: list[Fact], one: Property | None, limit: int, base: str) -> list[Cell]:
    if one is None:
        return []
    cells = [_cell(fact, one, base) for fact in facts]
    return sorted(cells, key=lambda cell: str(cell.get("name", cell)))[:limit]


def _cell(fact: Fact, one: Property, base: str) -> Cell:
    if one.shape == "entity" and fact.iri:
        return {"id": identifier(fact.iri, base), "name": fact.text}
    if one.shape == "number" and fact.text.lstrip("-").isdigit():
        return {"int": int(fact.text)}
    return {"str": fact.text}


def _wrong(reason: str) -> Problem:
    return Problem(400, f"extend: {reason}", cause="parameter")
