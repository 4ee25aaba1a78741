"""`graph/outside`: matches with things of other graphs, and the `owl:sameAs` that follow from them.

The matches are what is known; the links are derived from them anew whenever our own clusters
change: from the canonical member, never from a row of several people, never two IRIs of one graph
on one entity, never one IRI on two. What people decided stands above what a file states, and that
above what was computed. What came and went is kept beside the generation.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from ingest.lines import TYPE, literal
from ingest.linking.choosing import DIFFERENT, LINKED, Candidate, links, obeyed
from ingest.linking.decided import Member, Weighed, sides, weigh
from ingest.linking.stated import RULE as STATED
from ingest.resolution.gathering.reading import read_link_decisions
from ingest.resolution.statements import evidence, number
from ontology import terms
from ontology.iris import Iris

GRAPH = "outside"
EVENTS = "outside.jsonl"
CAME, WENT = "linked", "withdrawn"

DECIDED = "decided"  # the rule of a match of a pair that nothing compared, but somebody decided

Link = tuple[str, str]
_SAME_AS = ox.NamedNode(terms.SAME_AS)
_COMPARES = ox.NamedNode(terms.COMPARES)
_CANONICAL = ox.NamedNode(terms.CANONICAL)
_VERDICT = ox.NamedNode(terms.VERDICT)
_RULE = ox.NamedNode(terms.RULE)


@dataclass(frozen=True, slots=True)
class Event:
    """A link that came or went, when, and against or by what; `entity` by its local path."""

    at: str
    what: str
    entity: str
    outside: str
    why: str


class Told(NamedTuple):
    """What a match says: a member of ours, an IRI outside, the verdict, by which rule."""

    member: str
    outside: str
    verdict: str
    rule: str


@dataclass(slots=True)
class Near:
    """What stands about some entities and IRIs outside: every match that their links depend on."""

    matches: dict[str, Told] = field(default_factory=dict)
    entities: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)

    def has(self, link: Link) -> bool:
        """Whether a link is one of those that are derived here."""
        return link[0] in self.entities or link[1] in self.outside


class Outside:
    """The graph of links out in one store."""

    def __init__(self, store: ox.Store, iris: Iris) -> None:
        self.store = store
        self.iris = iris
        self.below = f"{iris.base}id/"
        self.graph = ox.NamedNode(iris.graph(GRAPH))

    @property
    def is_empty(self) -> bool:
        return next(self._quads(), None) is None

    def _quads(
        self, predicate: ox.NamedNode | None = None, subject: ox.NamedNode | None = None
    ) -> Iterator[ox.Quad]:
        return self.store.quads_for_pattern(subject, predicate, None, self.graph)

    def links(self) -> set[Link]:
        """The links that stand."""
        return {(_value(q.subject), _value(q.object)) for q in self._quads(_SAME_AS)}

    def links_near(self, near: Near) -> set[Link]:
        """Those of some entities and IRIs outside."""
        found = set()
        for entity in near.entities:
            found |= {(entity, _value(q.object)) for q in self._about(entity, _SAME_AS)}
        for iri in near.outside:
            quads = self.store.quads_for_pattern(None, _SAME_AS, ox.NamedNode(iri), self.graph)
            found |= {(_value(q.subject), iri) for q in quads}
        return found

    def said(self, subject: str) -> list[str]:
        """All that the graph says of a match, as lines."""
        quads = self._quads(subject=ox.NamedNode(subject))
        return [f"{q.subject} {q.predicate} {q.object} .\n" for q in quads]

    def labels(self, outside: str) -> list[str]:
        """What it calls a thing of another graph, as lines."""
        quads = self._about(outside, ox.NamedNode(terms.LABEL))
        return [f"{q.subject} {q.predicate} {q.object} .\n" for q in quads]

    def _about(self, subject: str, predicate: ox.NamedNode) -> Iterator[ox.Quad]:
        return self._quads(predicate, ox.NamedNode(subject))

    def compared(self) -> dict[str, Told]:
        """Every match."""
        pairs: dict[str, list[str]] = {}
        for quad in self._quads(_COMPARES):
            pairs.setdefault(_value(quad.subject), []).append(_value(quad.object))
        verdicts = {_value(q.subject): _value(q.object) for q in self._quads(_VERDICT)}
        rules = {_value(q.subject): _value(q.object) for q in self._quads(_RULE)}
        told = (
            (match, self._told(two, verdicts.get(match, ""), rules.get(match, "")))
            for match, two in pairs.items()
        )
        return {match: found for match, found in told if found is not None}

    def _told(self, two: Collection[str], verdict: str, rule: str) -> Told | None:
        mine = [one for one in two if one.startswith(self.below)]
        theirs = [one for one in two if not one.startswith(self.below)]
        if len(mine) == len(theirs) == 1:
            return Told(mine[0], theirs[0], verdict, rule)
        return None

    def near(self, members: Iterable[str], outside: Iterable[str] = ()) -> Near:
        """What the links of these depend on: matches of theirs, and of those that they share."""
        near = Near({}, {self.canonical(one) or one for one in members}, set(outside))
        held: dict[str, Told] = {}
        for entity in list(near.entities):
            self._gather(held, self._members(entity))
            near.outside |= {_value(q.object) for q in self._about(entity, _SAME_AS)}
        near.outside |= {told.outside for told in held.values()}
        for _ in range(2):  # who shares an IRI with them; and whose IRIs those are again
            self._gather(held, {told.outside for told in held.values()} | near.outside)
            entities = {self.canonical(told.member) or told.member for told in held.values()}
            for entity in entities:
                self._gather(held, self._members(entity))
        self._gather(held, {told.outside for told in held.values()})
        near.matches = held
        return near

    def _gather(self, held: dict[str, Told], things: Iterable[str]) -> None:
        """Add the matches of these."""
        for thing in things:
            quads = self.store.quads_for_pattern(None, _COMPARES, ox.NamedNode(thing), self.graph)
            for match in {_value(quad.subject) for quad in quads} - held.keys():
                said: dict[str, list[str]] = {}
                for quad in self._quads(subject=ox.NamedNode(match)):
                    said.setdefault(quad.predicate.value, []).append(_value(quad.object))
                verdict, rule = (min(said.get(p, [""])) for p in (terms.VERDICT, terms.RULE))
                told = self._told(said.get(terms.COMPARES, ()), verdict, rule)
                if told is not None:
                    held[match] = told

    def _members(self, entity: str) -> set[str]:
        quads = self.store.quads_for_pattern(None, _CANONICAL, ox.NamedNode(entity), None)
        return {entity, *(_value(quad.subject) for quad in quads)}

    def canonical(self, member: str) -> str | None:
        """What stands for a member; nothing where it is not there any more."""
        quads = self.store.quads_for_pattern(ox.NamedNode(member), _CANONICAL, None, None)
        return next((_value(quad.object) for quad in quads), None)

    @cached_property
    def several(self) -> frozenset[str]:
        """The rows of several people."""
        wanted = ox.NamedNode(terms.TYPE), ox.NamedNode(terms.AMBIGUOUS_AUTHOR)
        quads = self.store.quads_for_pattern(None, *wanted, None)
        return frozenset(_value(quad.subject) for quad in quads)

    @cached_property
    def weighed(self) -> Weighed:
        """What people decided, and what became of it."""
        found = read_link_decisions(self.store, self.iris.base)
        known = {}
        for entity in {sides(one)[0] for one in found}:
            now = self.canonical(self.below + entity)
            if now is not None:
                label = ox.NamedNode(self.below + entity), ox.NamedNode(terms.LABEL), None, None
                names = (_value(quad.object) for quad in self.store.quads_for_pattern(*label))
                is_several = self.below + entity in self.several
                known[entity] = Member(now.removeprefix(self.below), next(names, ""), is_several)
        return weigh(found, known)

    def derived(self, matches: Iterable[Told]) -> set[Link]:
        """The links that follow from matches, as our clusters stand now."""
        decided, different = (
            {(self.below + entity, iri) for entity, iri in pairs}
            for pairs in (self.weighed.same, self.weighed.different)
        )
        stated: set[Link] = set()
        computed: set[Link] = set()
        for told in matches:
            entity = self.canonical(told.member)
            if entity is None or entity in self.several or told.rule == DECIDED:
                continue
            if told.verdict == LINKED:
                (stated if told.rule == STATED else computed).add((entity, told.outside))
            elif told.verdict == DIFFERENT:
                different.add((entity, told.outside))
        return links(obeyed(decided, obeyed(stated - different, computed - different)))


def events(folder: Path) -> list[Event]:
    """What came and went in a generation and before it, the latest last."""
    file = folder / EVENTS
    if not file.exists():
        return []
    return [Event(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]


def match_iri(iris: Iris, one: Candidate) -> str:
    """The IRI of the match of an entity and an IRI outside."""
    local = one.entity.removeprefix(f"{iris.base}id/")
    return iris.entity("match", [local, one.outside])


def match_lines(iris: Iris, one: Candidate, run: str) -> Iterator[str]:
    """Why the two are one, or may be."""
    subject = f"<{match_iri(iris, one)}>"
    yield f"{subject} {TYPE} <{terms.MATCH}> .\n"
    yield f"{subject} <{terms.COMPARES}> <{one.entity}> .\n"
    yield f"{subject} <{terms.COMPARES}> <{one.outside}> .\n"
    yield f"{subject} <{terms.RULE}> {literal(one.rule)} .\n"
    yield f"{subject} <{terms.SCORE}> {number(one.score)} .\n"
    yield f'{subject} <{terms.VERDICT}> "{one.verdict}" .\n'
    yield f"{subject} <{terms.RUN_PROPERTY}> <{run}> .\n"
    for name, weight in one.terms:
        prop = name if "://" in name else evidence(name)
        yield f"{subject} <{prop}> {number(weight)} .\n"
    if one.reason:
        yield f"{subject} <{terms.REASON}> {literal(one.reason)} .\n"


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return "" if isinstance(term, ox.Triple) else term.value
