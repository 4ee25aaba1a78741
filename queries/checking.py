"""What must hold of every graph: the queries in `checks/`, each of which should find nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from queries.catalogue import Catalogue
from queries.store import Store, select

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
    """One finding a check, in the order of their names; a count of 0 means that it holds."""
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
