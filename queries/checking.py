"""What must hold of every graph: the queries in `checks/` and the shapes find nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

from ontology import terms
from queries import shaping
from queries.catalogue import Catalogue
from queries.store import Store, select

SHAPES = Path(terms.__file__).with_name("shapes.ttl")
# A graph that breaks a rule a million times over needs no million lines to say so.
MOST = 10_000
EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: how many rows (at most 10,000 are counted) and the first twenty."""

    name: str
    title: str
    description: str
    count: int
    examples: tuple[tuple[str, ...], ...]


def run(store: Store) -> Iterator[Finding]:
    """One finding a check, by name, then one a shape; a count of 0 means that it holds."""
    for check in Catalogue.bundled("checks"):
        count = 0
        examples = []
        for row in select(store, check.text):
            if count < EXAMPLES:
                examples.append(tuple(str(getattr(term, "value", term)) for term in row))
            count += 1
            if count >= MOST:
                break
        yield Finding(check.name, check.title, check.description, count, tuple(examples))
    yield from _shapes(store)


def _shapes(store: Store) -> Iterator[Finding]:
    """A finding for each node shape: who breaks which of its constraints."""
    for name, group in groupby(shaping.constraints(SHAPES), lambda one: one.of):
        held = list(group)
        examples: list[tuple[str, ...]] = []
        count = 0
        for one in held:
            for node in islice(one.breaking(store), MOST):
                count += 1
                if len(examples) < EXAMPLES:
                    examples.append((one.title, node.value))
        title = f"Shape {name}, {len(held)} constraints"
        yield Finding(f"shape-{name}", title, "ontology/shapes.ttl", count, tuple(examples))
