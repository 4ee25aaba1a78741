"""Which people of another graph are several of ours: their papers here are signed by namesakes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator, Mapping

from ingest.resolution.running import Run
from ingest.resolution.weighing.evidence import Signature
from ingest.resolution.weighing.names import plain

# Of the papers here, by the namesakes together, the part that others than the entity may have
# signed: a paper or two may be misattributed on either side.
OTHERS = 1 / 4
DIVIDED = "its papers here are those of several people of this name"


def divided(
    run: Run,
    entities: Mapping[str, str],
    outside: Container[str],
    entity_of: Callable[[str], str],
) -> frozenset[str]:
    """The outside people, of `entities`, much of whose papers here others of that name signed.

    `entities` gives the one entity of ours that each was joined with, `entity_of` that of a local
    path. An entity whose name nobody else here bears is not looked at.
    """
    shared = _shared_names(run, outside, entity_of)
    theirs: dict[str, list[str]] = defaultdict(list)
    for one, paper in _signed(run):
        if one.row in entities:
            theirs[one.row].append(paper)
    wanted = {paper for papers in theirs.values() for paper in papers}
    signers: dict[tuple[str, str], set[str]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    for one, paper in _signed(run):
        name = shared.get(one.row)
        if name is not None and paper in wanted:
            entity = entity_of(run.resolved.persons.get(one.iri, one.row))
            signers[paper, name].add(entity)
            names[entity].add(name)
    found = set()
    for thing, papers in theirs.items():
        entity = entities[thing]
        told = Counter(
            entity in by
            for paper in papers
            for name in names.get(entity, ())
            if (by := signers.get((paper, name)))
        )
        if told[False] > OTHERS * told.total():
            found.add(thing)
    return frozenset(found)


def _signed(run: Run) -> Iterator[tuple[Signature, str]]:
    """Each author's signature with the cluster of its publication."""
    home = run.resolved.publications
    for one in run.held.evidence.signatures:
        if one.role == "author":
            yield one, home.get(one.publication, one.publication)


def _shared_names(
    run: Run, outside: Container[str], entity_of: Callable[[str], str]
) -> dict[str, str]:
    """By row of ours, its name, where several entities here bear it."""
    rows = run.held.evidence.rows
    ours = {row.iri: plain(row.name) for row in rows if row.iri not in outside}
    first: dict[str, str] = {}
    several = set()
    bearers = [*ours.items(), *((part.iri, ours.get(part.row, "")) for part in run.resolved.parts)]
    for iri, name in bearers:
        entity = entity_of(iri)
        if first.setdefault(name, entity) != entity:
            several.add(name)
    return {iri: name for iri, name in ours.items() if name in several}
