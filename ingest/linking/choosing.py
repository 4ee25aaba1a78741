"""Which candidates become links; pure.

An outside IRI goes to one entity and an entity to one IRI of a graph: where two lay claim to one,
none is linked. Where the evidence is not enough, people are asked.
"""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit
from zlib import crc32

LINKED, GREY, DIFFERENT = "same", "grey", "different"
SLOTS = 1 << 22


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity of ours and an IRI outside, with the score and its terms."""

    entity: str
    outside: str
    rule: str
    score: float
    verdict: str
    terms: tuple[tuple[str, float], ...] = ()
    label: str = ""
    reason: str = ""

    @property
    def target(self) -> str:
        """The graph that the IRI is of: its host."""
        return target_of(self.outside)


# People to expect of a name, in the world, from which on a person there may well be several.
NAMESAKES = 0.5
MIXED = "a common name, of which most papers there are not here"


def is_mixed(expected: float, shared: int, there: int) -> bool:
    """Whether a person there may be several people under one IRI: ours would be one of them."""
    return expected > NAMESAKES and 2 * shared < there


class Tally:
    """How many papers each IRI has, in memory that does not grow: two may be counted as one."""

    def __init__(self) -> None:
        self._counts = array("H", bytes(2 * SLOTS))

    def add(self, iri: str, count: int = 1) -> None:
        """Count one more, or several."""
        place = crc32(iri.encode()) % SLOTS
        self._counts[place] = min(self._counts[place] + count, 65535)

    def of(self, iri: str) -> int:
        """At least as many as were counted."""
        return self._counts[crc32(iri.encode()) % SLOTS]


def target_of(outside: str) -> str:
    """The host of an IRI; of another kind of IRI its scheme and first part."""
    parts = urlsplit(outside)
    return parts.netloc or ":".join(outside.split(":")[:2])


def best(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The surest candidate of each pair; of what is surely something, no mere maybes."""
    found: dict[tuple[str, str], Candidate] = {}
    for one in candidates:
        pair = one.entity, one.outside
        if pair not in found or _rank(one) > _rank(found[pair]):
            found[pair] = one
    sure = {one.outside for one in found.values() if one.verdict == LINKED}
    kept = (one for one in found.values() if one.verdict == LINKED or one.outside not in sure)
    return sorted(kept, key=lambda one: (one.entity, one.outside))


def _rank(one: Candidate) -> tuple[bool, float]:
    return one.verdict == LINKED, one.score


def obeyed(
    stated: Collection[tuple[str, str]], computed: Iterable[tuple[str, str]]
) -> set[tuple[str, str]]:
    """What is stated, and of what is computed all that it leaves room for."""
    outside = {other for _, other in stated}
    taken = {(entity, target_of(other)) for entity, other in stated}
    left = {
        (entity, other)
        for entity, other in computed
        if other not in outside and (entity, target_of(other)) not in taken
    }
    return set(stated) | left


def links(pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """The pairs that can be links: no entity with two IRIs of a graph, no IRI on two entities."""
    of_entity: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    of_outside: defaultdict[str, set[str]] = defaultdict(set)
    for entity, outside in pairs:
        of_entity[entity, target_of(outside)].add(outside)
        of_outside[outside].add(entity)
    return {
        (min(entities), outside)
        for outside, entities in of_outside.items()
        if len(entities) == 1 and len(of_entity[min(entities), target_of(outside)]) == 1
    }
