"""What people decided of links to other graphs, and what became of each; pure.

"Different" always holds. "Same" links, the latest first, unless a "different" or another "same"
stands in its way: no entity gets two IRIs of a graph and no IRI two entities. Entities are named by
local paths here, things of other graphs by their IRIs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ingest.linking.choosing import target_of
from ingest.resolution.grouping.decisions import DIFFERENT, SAME, latest_first, not_undone, pair_of
from ingest.resolution.grouping.docket import Fate, State, fallen
from ingest.resolution.weighing.evidence import Decision

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Member:
    """What became of an entity here: what stands for it now, and whether it is several people."""

    canonical: str
    label: str = ""
    is_several: bool = False


@dataclass(slots=True)
class Weighed:
    """The pairs of a canonical entity and an IRI outside that hold, and what became of each."""

    same: dict[Pair, str] = field(default_factory=dict)
    different: dict[Pair, str] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)


def sides(one: Decision) -> Pair:
    """The entity here and the IRI outside that a decision is about."""
    first, second = pair_of(one)
    return (second, first) if "://" in first else (first, second)


def weigh(found: Iterable[Decision], known: Mapping[str, Member]) -> Weighed:
    """What holds of these decisions; `known` has all that is there of their entities."""
    decisions = latest_first(found)
    alive = not_undone(decisions)
    last: dict[Pair, Decision] = {}
    for one in alive:
        last.setdefault(sides(one), one)
    weighed = Weighed()
    for one in last.values():
        if why := _suspended(one, known):
            weighed.fates[one.iri] = Fate(State.SUSPENDED, why)
        elif one.verdict == DIFFERENT:
            weighed.different.setdefault(_pair(one, known), one.iri)
            weighed.fates[one.iri] = Fate(State.STANDS)
    _link((one for one in last.values() if one.iri not in weighed.fates), known, weighed)
    names = {one.iri for one in alive}
    for one in decisions:
        weighed.fates.setdefault(one.iri, fallen(one, names))
    return weighed


def _link(same: Iterable[Decision], known: Mapping[str, Member], weighed: Weighed) -> None:
    """Let each of "same" link, the latest first, that nothing stands in the way of."""
    of_outside: dict[str, Decision] = {}
    of_entity: dict[Pair, Decision] = {}
    for one in same:
        entity, outside = pair = _pair(one, known)
        place = entity, target_of(outside)
        against = of_outside.get(outside) or of_entity.get(place)
        if pair in weighed.different:
            why = "another decision says that they are different"
            weighed.fates[one.iri] = Fate(State.ASIDE, why, (weighed.different[pair],))
        elif against is not None and _pair(against, known) != pair:
            weighed.fates[one.iri] = Fate(State.ASIDE, _against(against), (against.iri,))
        else:
            of_outside[outside] = of_entity[place] = one
            weighed.same.setdefault(pair, one.iri)
            weighed.fates[one.iri] = Fate(State.STANDS)


def _against(other: Decision) -> str:
    entity, outside = sides(other)
    return f"{entity} was decided to be {outside}, later"


def _pair(one: Decision, known: Mapping[str, Member]) -> Pair:
    entity, outside = sides(one)
    return known[entity].canonical, outside


def _suspended(one: Decision, known: Mapping[str, Member]) -> str:
    entity, _ = sides(one)
    if one.verdict not in (SAME, DIFFERENT):
        return f"no run can obey {one.verdict!r}"
    if entity not in known:
        return f"{entity} is not there any more"
    now = known[entity]
    if now.is_several and one.verdict == SAME:
        return f"{entity} was split among several people: say it of a part"
    if entity.startswith("author/") and one.printed and now.label not in one.printed:
        return f"it was about {' and '.join(one.printed)}, who is {now.label} now"
    return ""
