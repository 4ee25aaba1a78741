"""Completions of entities, properties and types while somebody types."""

from collections.abc import Iterable
from typing import TypeVar

from flask import request

from queries.search.textindex import Hit, TextIndex, folded
from server.context import Service
from server.problems import Problem
from server.reconciliation.facts import identified
from server.reconciliation.matching import identifier
from server.reconciliation.schema import PROPERTIES, ROOTS, TYPES, Property, Type, type_named

SHOWN, MOST = 10, 100
LONGEST = 300

Named = TypeVar("Named", Property, Type)


def entities(held: Service) -> list[dict[str, object]]:
    """What the letters may become; of the `type` alone, where one is given."""
    prefix, start, count = _asked()
    wanted = type_named(request.args.get("type", ""))
    if held.index is None or not prefix:
        return []
    kind = wanted.kind if wanted else None
    found = [
        *_identified(held, held.index, prefix, kind),
        *held.index.suggest(prefix, kind, start + count),
    ]
    return [
        {
            "id": identifier(hit.iri, held.iris.base),
            "name": hit.label,
            "description": hit.detail,
            "notable": [TYPES[ROOTS[hit.kind]].reference()],
        }
        for hit in found[start : start + count]
    ]


def _identified(held: Service, index: TextIndex, prefix: str, kind: str | None) -> list[Hit]:
    """The entity whose identifier here, or whose IRI, is what was typed."""
    base = held.iris.base
    iri = prefix if prefix.startswith(base) else f"{base}id/{prefix}"
    if held.iris.read(iri) is None:
        return []
    canonical = [one.iri for one in identified(held, (), [iri])]
    return [hit for hit in index.rows_of(canonical).values() if kind in (None, hit.kind)]


def properties() -> list[dict[str, str]]:
    """Properties of which a word of the name, or the identifier, begins so; each name once."""
    once: dict[str, Property] = {}
    for each in PROPERTIES.values():
        once.setdefault(each.id, each)
    named = sorted(once.values(), key=lambda item: item.name)
    found: list[Property] = _beginning(named)
    return [item.document() for item in found]


def types() -> list[dict[str, object]]:
    """Types of which a word of the name begins so."""
    found: list[Type] = _beginning(TYPES.values())
    return [item.document() for item in found]


def _beginning(named: Iterable[Named]) -> list[Named]:
    prefix, start, count = _asked()
    typed = " ".join(folded(prefix))
    found = [each for each in named if _begins(each, typed)]
    return found[start : start + count]


def _begins(named: Property | Type, typed: str) -> bool:
    beginnings = [named.id.lower(), named.name.lower(), *folded(named.name)]
    return any(word.startswith(typed) for word in beginnings)


def _asked() -> tuple[str, int, int]:
    """The prefix, where to begin (`cursor` in 0.2, `offset` in the draft), and how many."""
    start = request.args.get("offset") or request.args.get("cursor") or "0"
    count = request.args.get("limit") or str(SHOWN)
    for name, text in (("cursor", start), ("limit", count)):
        if not (text.isdigit() and text.isascii() and len(text) < 7):
            raise Problem(400, f"{name}={text[:40]!r} is no whole number", cause="parameter")
    prefix = request.args.get("prefix", "")[:LONGEST].strip()
    return prefix, min(int(start), 1000), min(max(int(count), 1), MOST)
