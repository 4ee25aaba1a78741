"""`graph/outside`: matches with things of other graphs, and the `owl:sameAs` that follow from them.

The matches are what is known; the links are derived from them anew whenever our own clusters
change: from the canonical member, never from a row of several people, never two IRIs of one graph
on one entity, never one IRI on two. What came and went is kept beside the generation.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pyoxigraph as ox

from ingest import about
from ingest.difference import Change
from ingest.lines import LABEL, TYPE, block, literal
from ingest.linking.choosing import DIFFERENT, LINKED, Candidate, links, obeyed
from ingest.linking.stated import RULE as STATED
from ingest.resolution.statements import evidence, number
from ontology import terms
from ontology.iris import Iris
from queries.drafts import Draft

GRAPH = "outside"
EVENTS = "outside.jsonl"
CAME, WENT = "linked", "withdrawn"

Told = tuple[str, str, str, bool]
_UNKNOWN: Told = "", "", "", False
Put = Callable[[str, Iterable[Change]], None]
_SAME_AS = ox.NamedNode(terms.SAME_AS)
_COMPARES = ox.NamedNode(terms.COMPARES)


@dataclass(frozen=True, slots=True)
class Event:
    """A link that came or went, when, and against or by what; `entity` by its local path."""

    at: str
    what: str
    entity: str
    outside: str
    why: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What a write did to links."""

    came: tuple[tuple[str, str], ...] = ()
    went: tuple[tuple[str, str], ...] = ()


class Outside:
    """The graph of links out in one store."""

    def __init__(self, store: ox.Store, iris: Iris) -> None:
        self.store = store
        self.iris = iris
        self.graph = ox.NamedNode(iris.graph(GRAPH))

    @property
    def is_empty(self) -> bool:
        return next(self._quads(), None) is None

    def _quads(
        self, predicate: ox.NamedNode | None = None, subject: ox.NamedNode | None = None
    ) -> Iterator[ox.Quad]:
        return self.store.quads_for_pattern(subject, predicate, None, self.graph)

    def lines(self) -> set[str]:
        """All that the graph says."""
        return {f"{q.subject} {q.predicate} {q.object} .\n" for q in self._quads()}

    def links(self) -> set[tuple[str, str]]:
        """The links that stand."""
        return {(_value(q.subject), _value(q.object)) for q in self._quads(_SAME_AS)}

    def compared(self) -> dict[str, Told]:
        """Each match: the member of ours, the IRI outside, the verdict, whether it was stated."""
        below = f"{self.iris.base}id/"
        pairs: dict[str, list[str]] = {}
        for quad in self._quads(_COMPARES):
            pairs.setdefault(_value(quad.subject), []).append(_value(quad.object))
        verdicts = {
            _value(q.subject): _value(q.object) for q in self._quads(ox.NamedNode(terms.VERDICT))
        }
        rules = {_value(q.subject): _value(q.object) for q in self._quads(ox.NamedNode(terms.RULE))}
        found = {}
        for match, two in pairs.items():
            mine = [one for one in two if one.startswith(below)]
            theirs = [one for one in two if not one.startswith(below)]
            if len(mine) == len(theirs) == 1:
                stated = rules.get(match) == STATED
                found[match] = mine[0], theirs[0], verdicts.get(match, ""), stated
        return found

    def canonical(self, member: str) -> str | None:
        """What stands for a member; nothing where it is not there any more."""
        quads = self.store.quads_for_pattern(
            ox.NamedNode(member), ox.NamedNode(terms.CANONICAL), None, None
        )
        return next((_value(quad.object) for quad in quads), None)

    def is_several(self, entity: str) -> bool:
        """Whether this is a row of several people."""
        wanted = ox.NamedNode(terms.TYPE), ox.NamedNode(terms.AMBIGUOUS_AUTHOR)
        return (
            next(self.store.quads_for_pattern(ox.NamedNode(entity), *wanted, None), None)
            is not None
        )

    def derived(self, matches: Iterable[Told]) -> set[tuple[str, str]]:
        """The links that follow from matches, as our clusters stand now; what is stated wins."""
        stated: set[tuple[str, str]] = set()
        computed: set[tuple[str, str]] = set()
        forbidden: set[tuple[str, str]] = set()
        for member, outside, verdict, is_stated in matches:
            entity = self.canonical(member)
            if entity is None or self.is_several(entity):
                continue
            if verdict == LINKED:
                (stated if is_stated else computed).add((entity, outside))
            elif verdict == DIFFERENT:
                forbidden.add((entity, outside))
        return links(obeyed(stated - forbidden, computed - forbidden))


def write(
    draft: Draft, iris: Iris, fresh: Iterable[Candidate], run: str, why: str, put: Put
) -> Moved:
    """Add the matches of a run, in the place of earlier ones of the same pairs, and link anew."""
    held = Outside(draft.store.engine, iris)
    known = held.compared()
    found = [
        one
        for one in fresh
        if one.rule == STATED or not known.get(match_iri(iris, one), _UNKNOWN)[3]
    ]
    gone = {match_iri(iris, one) for one in found}
    kept = {line for line in held.lines() if line[1:].partition(">")[0] not in gone}
    added = {line for one in found for line in match_lines(iris, one, run)}
    matches = {key: told for key, told in known.items() if key not in gone}
    matches |= {
        match_iri(iris, one): (one.entity, one.outside, one.verdict, one.rule == STATED)
        for one in found
    }
    return _settle(draft, held, kept | added, matches, why, put)


def follow(draft: Draft, iris: Iris, put: Put, why: str) -> Moved:
    """Bring the links to what our clusters are now; matches of what vanished go."""
    held = Outside(draft.store.engine, iris)
    if held.is_empty:
        return Moved()
    matches = held.compared()
    lost = {match for match, told in matches.items() if held.canonical(told[0]) is None}
    kept = {line for line in held.lines() if line[1:].partition(">")[0] not in lost}
    left = {match: told for match, told in matches.items() if match not in lost}
    return _settle(draft, held, kept, left, why, put)


def _settle(
    draft: Draft,
    held: Outside,
    lines: set[str],
    matches: dict[str, Told],
    why: str,
    put: Put,
) -> Moved:
    before, now = held.links(), held.derived(matches.values())
    same = f"<{terms.SAME_AS}>"
    lines = {line for line in lines if line.split(" ", 2)[1] != same}
    lines |= {f"<{entity}> {same} <{outside}> .\n" for entity, outside in now}
    named = {told[1] for told in matches.values()}
    labelled = f"> {LABEL} "
    lines = {line for line in lines if labelled not in line or line[1:].partition(">")[0] in named}
    lines = _one_label(lines, labelled)
    old, new = block(held.lines()).encode(), block(lines).encode()
    if old != new:
        put(GRAPH, [(old or None, new or None)])
    change = Moved(tuple(sorted(now - before)), tuple(sorted(before - now)))
    _remember(draft, f"{held.iris.base}id/", change, why)
    return change


def _one_label(lines: set[str], labelled: str) -> set[str]:
    """What several runs called differently keeps one label."""
    labels: dict[str, str] = {}
    for line in sorted(lines):
        if labelled in line:
            labels[line[1:].partition(">")[0]] = line
    return {line for line in lines if labelled not in line} | set(labels.values())


def _remember(draft: Draft, below: str, change: Moved, why: str) -> None:
    """Note what came and went, for the feed."""
    if not (change.came or change.went):
        return
    at = about.now()[1:].partition('"')[0]
    told = [
        Event(at, what, entity.removeprefix(below), other, why)
        for what, pairs in ((CAME, change.came), (WENT, change.went))
        for entity, other in pairs
    ]
    with draft.amend(EVENTS).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in told)


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
    if one.label:
        yield f"<{one.outside}> {LABEL} {literal(one.label)} .\n"


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return "" if isinstance(term, ox.Triple) else term.value
