"""How the values of a question agree with those of a candidate, property by property; pure."""

from collections.abc import Callable, Mapping, Sequence

from ingest.identifiers import SCHEMES
from ingest.records import VenueMention
from ingest.resolution.weighing.names import Relation, parse
from ingest.resolution.weighing.relations import relation
from ingest.resolution.weighing.titles import words_of
from ingest.venues import Venues, folded
from server.reconciliation.facts import Fact
from server.reconciliation.questions import Value
from server.reconciliation.schema import Property

Comparison = Callable[[Value, Sequence[Fact]], float]
LOOSE = frozenset((Relation.SPELLING, Relation.HALF, Relation.ADDED, Relation.COMPOUND))
NEAR = 0.5  # what a year beside the right one counts


def agreeing(one: Property, values: Sequence[Value], facts: Sequence[Fact]) -> list[float] | None:
    """For each value how far it agrees, from 0 to 1; None where the graph has nothing to say."""
    if not facts:
        return None
    compare = COMPARISONS.get(one.evidence, _texts)
    return [
        1.0 if value.id and _same(value.id, facts) else compare(value, _of(one, facts))
        for value in values
    ]


def _of(one: Property, facts: Sequence[Fact]) -> Sequence[Fact]:
    """Identifiers are compared within their scheme."""
    scheme = SCHEMES.get(one.id) if one.evidence == "identifier" else None
    return [Fact(scheme.normalise(fact.text)) for fact in facts] if scheme else facts


def _same(id: str, facts: Sequence[Fact]) -> bool:
    return any(fact.iri and fact.iri.endswith(f"/id/{id}") for fact in facts) or any(
        fact.iri == id for fact in facts
    )


def _people(value: Value, facts: Sequence[Fact]) -> float:
    mine = parse(value.text)
    found = (relation(mine, parse(fact.text)) for fact in facts)
    return float(any(kind is not None and kind not in LOOSE for kind in found))


def _titles(value: Value, facts: Sequence[Fact]) -> float:
    mine = words_of(value.text)
    return float(any(mine == words_of(fact.text) for fact in facts))


def _venues(value: Value, facts: Sequence[Fact]) -> float:
    table = Venues.bundled()
    mine = table.find(VenueMention(value.text)).key
    keys = {table.find(VenueMention(fact.text)).key for fact in facts}
    same = folded(value.text) in {folded(fact.text) for fact in facts}
    return float(same or mine in keys)


def _year(value: Value, facts: Sequence[Fact]) -> float:
    apart = _apart(value, facts)
    return 1.0 if apart == 0 else NEAR if apart == 1 else 0.0


def _years(value: Value, facts: Sequence[Fact]) -> float:
    """Whether the year falls within those in which the person published, or beside them."""
    years = [int(fact.text) for fact in facts if fact.text.isdecimal()]
    if not value.text.isdecimal() or not years:
        return 0.0
    within = min(years) <= int(value.text) <= max(years)
    return 1.0 if within else NEAR if (_apart(value, facts) or 9) <= 2 else 0.0


def _apart(value: Value, facts: Sequence[Fact]) -> int | None:
    text = value.text[:4]
    if not text.isdecimal():
        return None
    return min((abs(int(text) - int(f.text)) for f in facts if f.text.isdecimal()), default=None)


def _identifiers(value: Value, facts: Sequence[Fact]) -> float:
    given = {scheme.normalise(value.text) for scheme in SCHEMES.values()} | {value.text}
    return float(any(fact.text in given for fact in facts))


def _texts(value: Value, facts: Sequence[Fact]) -> float:
    return float(folded(value.text) in {folded(fact.text) for fact in facts})


COMPARISONS: Mapping[str, Comparison] = {
    "people": _people,
    "title": _titles,
    "venue": _venues,
    "year": _year,
    "years": _years,
    "identifier": _identifiers,
}
