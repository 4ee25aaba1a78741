"""The data-quality report: what the queries in `quality/` find, with how often and where.

At most 10,000 rows of each are counted, and a report ends near its deadline: what was not asked by
then, or not to its end, says so.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from queries.catalogue import Catalogue, Query
from queries.store import Store, select

MOST = 10_000
EXAMPLES = 10
SECONDS = 600.0  # of a report on a command line; pages have less


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What one query found; `count` is None where time ran out before it was asked."""

    name: str
    title: str
    description: str
    query: str
    columns: tuple[str, ...]
    count: int | None
    more: bool
    examples: tuple[tuple[str, ...], ...]

    def as_json(self) -> dict[str, Any]:
        """The same as JSON takes it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "count": self.count,
            "more": self.more,
            "examples": [dict(zip(self.columns, row, strict=True)) for row in self.examples],
            "query": self.query,
        }


def report(store: Store, seconds: float = SECONDS) -> Iterator[Suspicion]:
    """What each query finds, in the order of their names."""
    ends = time.monotonic() + seconds
    for query in Catalogue.bundled("quality"):
        yield _asked(store, query, ends)


def _asked(store: Store, query: Query, ends: float) -> Suspicion:
    columns: tuple[str, ...] = ()
    count: int | None = None
    more = False
    examples: list[tuple[str, ...]] = []
    if time.monotonic() < ends:
        count = 0
        rows = select(store, query.text)
        columns = tuple(variable.value for variable in rows.variables)
        for row in rows:
            if count >= MOST or time.monotonic() > ends:
                more = True
                break
            count += 1
            if len(examples) < EXAMPLES:
                examples.append(tuple(str(getattr(term, "value", term)) for term in row))
    return Suspicion(
        query.name,
        query.title,
        query.description,
        query.text,
        columns,
        count,
        more,
        tuple(examples),
    )
