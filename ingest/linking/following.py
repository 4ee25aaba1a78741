"""Brings the links out to what is known: after a run against another graph, after people decide,
and whenever our own clusters change.

Only what differs is written, and where little changed only what stands about it is looked at.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from ingest import about
from ingest.difference import Change
from ingest.lines import LABEL, TYPE, block, literal
from ingest.linking.choosing import LINKED, Candidate
from ingest.linking.outside import (
    CAME,
    DECIDED,
    EVENTS,
    GRAPH,
    WENT,
    Event,
    Link,
    Near,
    Outside,
    Told,
    match_iri,
    match_lines,
)
from ingest.linking.stated import RULE as STATED
from ingest.resolution.weighing.scoring import RULE_VERSION
from ontology import terms
from ontology.iris import Iris
from queries.writes.drafts import Draft

Put = Callable[[str, Iterable[Change]], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """What a write did to links."""

    came: tuple[Link, ...] = ()
    went: tuple[Link, ...] = ()


def write(
    draft: Draft, iris: Iris, fresh: Iterable[Candidate], run: str, why: str, put: Put
) -> Moved:
    """Add the matches of a run, in the place of earlier ones of the same pairs, and link anew."""
    held = Outside(draft.store.engine, iris)
    matches = held.compared()
    found = {}
    for one in fresh:
        match = match_iri(iris, one)
        if one.rule == STATED or match not in matches or matches[match].rule != STATED:
            found[match] = one
    matches |= {
        match: Told(one.entity, one.outside, one.verdict, one.rule) for match, one in found.items()
    }
    settling = _Settling(draft, held, matches)
    put(GRAPH, settling.changes(_matched(held, found, run), _labelled(held, found)))
    return settling.remember(why)


def follow(
    draft: Draft, iris: Iris, put: Put, why: str, touched: Collection[str] | None = None
) -> Moved:
    """Bring the links to what our clusters are now; matches of what vanished go.

    `touched` are all whose cluster changed, where that is known: only links near them can differ.
    """
    held = Outside(draft.store.engine, iris)
    if touched is not None and not touched:
        return Moved()
    if held.is_empty and not held.weighed.fates:
        return Moved()
    near = None if touched is None else held.near(touched)
    matches = held.compared() if near is None else near.matches
    lost = {match for match, told in matches.items() if held.canonical(told.member) is None}
    left = {match: told for match, told in matches.items() if match not in lost}
    named = {told.outside for told in left.values()}
    unnamed = {matches[match].outside for match in lost} - named
    settling = _Settling(draft, held, left, near)
    gone = ((block(held.said(match)).encode(), None) for match in sorted(lost))
    labels = ((block(held.labels(iri)).encode() or None, None) for iri in sorted(unnamed))
    put(GRAPH, settling.changes(gone, labels))
    return settling.remember(why)


def obey(draft: Draft, iris: Iris, pairs: Iterable[Link], put: Put, why: str) -> Moved:
    """Bring the links to what people decided about these entities and IRIs outside."""
    held = Outside(draft.store.engine, iris)
    told = list(pairs)
    near = held.near([entity for entity, _ in told], [outside for _, outside in told])
    settling = _Settling(draft, held, near.matches, near)
    put(GRAPH, settling.changes())
    return settling.remember(why)


class _Settling:
    """The links before and after, and what must be written for it."""

    def __init__(
        self, draft: Draft, held: Outside, matches: Mapping[str, Told], near: Near | None = None
    ) -> None:
        self.draft = draft
        self.held = held
        self.matches = matches
        now = held.derived(matches.values())
        if near is None:
            self.before, self.now = held.links(), now
        else:
            self.before = held.links_near(near)
            self.now = {link for link in now if near.has(link)}

    def changes(self, *others: Iterable[Change]) -> Iterator[Change]:
        """Blocks of matches and labels first, then the links that came and went."""
        for pairs in others:
            yield from (pair for pair in pairs if pair[0] or pair[1])
        for link in sorted(self.before - self.now):
            yield _line(link), None
        for link in sorted(self.now - self.before):
            yield None, _line(link)
        yield from self._unmatched()

    def _unmatched(self) -> Iterator[Change]:
        """Every link has a match: those that people decided and nothing compared get one.

        What was only decided, and is so no more, loses it.
        """
        canonical, below = self.held.canonical, self.held.below
        decided = {(below + one, iri): by for (one, iri), by in self.held.weighed.same.items()}
        compared = {(canonical(told.member), told.outside) for told in self.matches.values()}
        for pair in sorted(self.now & decided.keys() - compared):
            one = Candidate(*pair, DECIDED, 1.0, LINKED)
            run = run_of(self.held.iris, decided[pair])
            yield None, block(match_lines(self.held.iris, one, run)).encode()
        for match, told in sorted(self.matches.items()):
            pair = canonical(told.member) or "", told.outside
            if told.rule == DECIDED and pair not in decided:
                yield block(self.held.said(match)).encode(), None

    def remember(self, why: str) -> Moved:
        """Note what came and went, for the feed."""
        moved = Moved(tuple(sorted(self.now - self.before)), tuple(sorted(self.before - self.now)))
        if not (moved.came or moved.went):
            return moved
        at = about.now()[1:].partition('"')[0]
        told = [
            Event(at, what, entity.removeprefix(self.held.below), other, why)
            for what, pairs in ((CAME, moved.came), (WENT, moved.went))
            for entity, other in pairs
        ]
        with self.draft.amend(EVENTS).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in told)
        return moved


def _line(link: Link) -> bytes:
    return f"<{link[0]}> <{terms.SAME_AS}> <{link[1]}> .\n".encode()


def _matched(held: Outside, found: Mapping[str, Candidate], run: str) -> Iterator[Change]:
    """The blocks of matches, those before too."""
    for match, one in found.items():
        old = block(held.said(match)).encode() or None
        yield old, block(match_lines(held.iris, one, run)).encode()


def _labelled(held: Outside, found: Mapping[str, Candidate]) -> Iterator[Change]:
    """One label for each thing of another graph, whatever several runs called it."""
    fresh: dict[str, str] = {}
    for one in found.values():
        if one.label:
            line = f"<{one.outside}> {LABEL} {literal(one.label)} .\n"
            fresh[one.outside] = max(line, fresh.get(one.outside, ""))
    for outside, line in sorted(fresh.items()):
        old = held.labels(outside)
        yield block(old).encode() or None, max([line, *old]).encode()


def run_of(iris: Iris, decision: str) -> str:
    """The IRI of the run that obeys a decision, named by its local path."""
    return iris.entity("run", ["link", RULE_VERSION, decision])


def run_lines(iris: Iris, decision: str, by: str) -> Iterator[str]:
    """What that run was."""
    run = f"<{run_of(iris, decision)}>"
    yield f"{run} {TYPE} <{terms.RUN}> .\n"
    yield f"{run} {LABEL} {literal(f'Linking as {by} decided')} .\n"
    yield f"{run} <{terms.RULE_VERSION}> {literal(RULE_VERSION)} .\n"
    yield f"{run} <{terms.INPUT_DIGEST}> {literal(decision.rpartition('/')[2])} .\n"
    yield f"{run} <{terms.PROV_ENDED_AT_TIME}> {about.now()} .\n"
