"""Counts of the live graph, taken once a generation: by graph, class, property, other dataset.

Quiver's own graphs were counted as they were written; only the users' are counted here. What
nobody counts before, properties and links, is a scan: on a store too large for it within the
deadline it is left out. What each class says of its entities is counted in the background.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock, Thread
from typing import Generic, TypeVar, cast

import pyoxigraph as ox

import queries
from queries.binding import Term
from queries.pool.answers import QueryKilled, Request
from queries.writes.upkeep import ChoreFailed, Partitions
from server.context import RESULTS, Row, Service, rows

FOLDER = Path(queries.__file__).parent / "statistics"
LOG = logging.getLogger("quiver.server")
# Seconds that who asks first waits for what is counted in the background.
PATIENCE = 0.3
# Counting takes no more than one part in so many of the time, however often somebody writes.
REST = 5


@dataclass(frozen=True, slots=True)
class Sizes:
    """Triples by graph, entities by class."""

    graphs: Mapping[str, int]
    classes: Mapping[str, int]

    @property
    def triples(self) -> int:
        """Triples in all graphs; no triple stands in two of Quiver's."""
        return sum(self.graphs.values())


@dataclass(frozen=True, slots=True)
class Details:
    """Triples by property; of links to others: predicate, URI space and number."""

    properties: Mapping[str, int]
    linksets: tuple[tuple[str, str, int], ...]


T = TypeVar("T")


class Kept(Generic[T]):
    """Made when first asked for after a generation was published; those who come then wait."""

    def __init__(self, make: Callable[[Service], T]) -> None:
        self._make = make
        self._lock = Lock()
        self._held: tuple[int, T] | None = None

    def get(self, held: Service) -> T:
        number = held.snapshot.number
        found = self._held
        if found is None or found[0] != number:
            with self._lock:
                found = self._held
                if found is None or found[0] != number:
                    found = self._held = (number, self._make(held))
        return found[1]


class Nested:
    """The partitions of classes, counted in the background once somebody asks for them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._thread: Thread | None = None
        self._held: Partitions | None = None
        self._not_before = 0.0

    def get(self, held: Service) -> Partitions | None:
        """The newest there are, perhaps of an older generation; None before the first."""
        number = held.snapshot.number
        with self._lock:
            current = self._held is not None and self._held.generation == number
            if current or self._thread or time.monotonic() < self._not_before:
                return self._held
            self._thread = thread = Thread(target=self._count, args=(held,), daemon=True)
            thread.start()
        thread.join(PATIENCE)
        return self._held

    def _count(self, held: Service) -> None:
        started = time.monotonic()
        try:
            self._held = held.chores.partitions()
        except (ChoreFailed, OSError) as error:
            LOG.warning("no partitions of classes in VoID: %s", error)
        finally:
            ended = time.monotonic()
            self._not_before = ended + REST * (ended - started)
            self._thread = None


class Statistics:
    """The counts of one application."""

    def __init__(self) -> None:
        self.nested = Nested()
        self.sizes = Kept(_sizes)
        self.details = Kept(_details)


def _sizes(held: Service) -> Sizes:
    snapshot = held.snapshot
    counted = cast(Mapping[str, int], snapshot.counts.get("graphs", {}))
    graphs = Counter({snapshot.iris.graph(name): number for name, number in counted.items()})
    classes = Counter(cast(Mapping[str, int], snapshot.counts.get("classes", {})))
    for row in _ask(held, "names"):
        name = _value(row["graph"])
        if name not in graphs:
            bound = {"graph": ox.NamedNode(name)}
            (size,) = _ask(held, "one-graph", bound)
            graphs[name] = int(_value(size["triples"]))
            classes.update(_numbers(_ask(held, "one-graph-classes", bound), "class", "entities"))
    return Sizes(dict(sorted(graphs.items())), dict(sorted(classes.items())))


def _details(held: Service) -> Details:
    try:
        properties, linksets = _ask(held, "properties"), _ask(held, "linksets")
    except QueryKilled as error:
        LOG.warning("no property partitions and linksets in VoID: %s", error)
        return Details({}, ())
    return Details(
        _numbers(properties, "property", "triples"),
        tuple(
            (_value(row["predicate"]), _value(row["space"]), int(_value(row["triples"])))
            for row in linksets
        ),
    )


def _ask(held: Service, name: str, bindings: Mapping[str, Term] | None = None) -> list[Row]:
    request = Request(
        _text(name), results=RESULTS, graph=None, bindings=bindings or {}, kind="page"
    )
    return rows(held.pool.run(request).read())


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.rq").read_text(encoding="utf-8")


def _numbers(found: list[Row], key: str, number: str) -> dict[str, int]:
    return {_value(row[key]): int(_value(row[number])) for row in found if key in row}


def _value(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal | ox.BlankNode) else ""
