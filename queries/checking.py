"""What must hold of every graph: the queries in `checks/` and the shapes find nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, groupby, islice
from pathlib import Path

import pyoxigraph as ox

from ontology import terms
from queries import shaping
from queries.catalogue import Catalogue, Query
from queries.store import Store, select

SHAPES = Path(terms.__file__).with_name("shapes.ttl")
# A graph that breaks a rule a million times over needs no million lines to say so.
MOST = 10_000
EXAMPLES = 20

Row = tuple[str, ...]
Terms = tuple[object, ...]
Watch = Callable[[str, int, int | None], None]  # what is done, and how much of how many of it


def silent(phase: str, done: int, total: int | None) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: how many rows (at most 10,000 are counted) and the first twenty."""

    name: str
    title: str
    description: str
    count: int
    examples: tuple[Row, ...]


def run(store: Store, watch: Watch = silent) -> Iterator[Finding]:
    """One finding a check, by name, then one a shape; a count of 0 means that it holds.

    `watch` is told of each question before it is asked.
    """
    checks = list(Catalogue.bundled("checks"))
    shapes = list(shaping.constraints(SHAPES))
    titles = [*(check.title for check in checks), *(one.title for one in shapes)]
    announced = enumerate(titles, 1)

    def announce() -> None:
        number, title = next(announced)
        watch(f"{number} of {len(titles)}: {title}", 0, None)

    for check in checks:
        announce()
        rows = islice(_rows(store, check), MOST)
        examples = tuple(islice(rows, EXAMPLES))
        count = len(examples) + sum(1 for _ in rows)
        yield Finding(check.name, check.title, check.description, count, examples)
    yield from _shapes(store, shapes, announce)


def _rows(store: Store, check: Query) -> Iterator[Row]:
    found = _IN_PARTS.get(check.name, _at_once)
    return (_shown(row) for row in found(store, check.text))


def _at_once(store: Store, text: str) -> Iterator[Terms]:
    return (tuple(row) for row in select(store, text))


def _shown(row: Terms) -> Row:
    return tuple(str(getattr(term, "value", term)) for term in row)


def _internal(store: Store, name: str) -> ox.QuerySolutions:
    return select(store, Catalogue.bundled("internal").get(name).text)


def _twice_on_a_paper(store: Store, text: str) -> Iterator[Terms]:
    """Asked of the few publications alone that have somebody by two rows."""
    for known in _internal(store, "twice-on-publications"):
        paper, person = known["publication"], known["person"]
        for row in select(store, text, {"publication": paper, "person": person}):
            yield paper, row["one"], row["other"], person


def _in_two_graphs(store: Store, text: str) -> Iterator[Terms]:
    """Asked of the few properties alone that stand in several graphs."""
    held: dict[ox.NamedNode, list[tuple[int, ox.NamedNode]]] = defaultdict(list)
    for row in _internal(store, "properties-of-graphs"):
        if "/graph/user/" not in row["graph"].value:
            held[row["property"]].append((int(row["triples"].value), row["graph"]))
    for property, graphs in held.items():
        for (_, fewer), (_, more) in combinations(sorted(graphs, key=lambda one: one[0]), 2):
            both = {"property": property, "fewer": fewer, "more": more}
            first, second = sorted((fewer, more), key=lambda graph: graph.value)
            for found in select(store, text, both):
                yield found["s"], property, found["o"], first, second


_IN_PARTS: dict[str, Callable[[Store, str], Iterator[Terms]]] = {
    "triple-in-two-graphs": _in_two_graphs,
    "two-on-one-paper": _twice_on_a_paper,
}


def _shapes(
    store: Store, constraints: list[shaping.Constraint], announce: Callable[[], None]
) -> Iterator[Finding]:
    """A finding for each node shape: who breaks which of its constraints."""
    known: shaping.Known = {}
    for name, group in groupby(constraints, lambda one: one.of):
        held = list(group)
        examples: list[Row] = []
        count = 0
        for one in held:
            announce()
            for node in islice(one.breaking(store, known), MOST):
                count += 1
                if len(examples) < EXAMPLES:
                    examples.append((one.title, node.value))
        title = f"Shape {name}, {len(held)} constraints"
        yield Finding(f"shape-{name}", title, "ontology/shapes.ttl", count, tuple(examples))
