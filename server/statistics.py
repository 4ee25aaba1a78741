"""Counts of the live graph, taken once a generation: by graph, class, property, other dataset."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import pyoxigraph as ox

import queries
from queries.answers import Request
from server.context import RESULTS, Row, Service, rows

FOLDER = Path(queries.__file__).parent / "statistics"
QUERIES = ("graphs", "classes", "properties", "linksets")


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers by IRI; `linksets` holds predicate, URI space and number of links."""

    generation: int
    graphs: dict[str, int]
    classes: dict[str, int]
    properties: dict[str, int]
    linksets: tuple[tuple[str, str, int], ...]

    @property
    def triples(self) -> int:
        """Triples in all graphs; no triple stands in two of them."""
        return sum(self.graphs.values())


class Counter:
    """Counts when first asked after a generation was published; those who come then wait."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: Statistics | None = None

    def statistics(self, held: Service) -> Statistics:
        """The counts of the current generation."""
        number = held.pool.generation().number
        if self._held is None or self._held.generation != number:
            with self._lock:
                if self._held is None or self._held.generation != number:
                    self._held = _count(held)
        return self._held


def _count(held: Service) -> Statistics:
    answers = held.pool.batch(
        [Request(_text(name), results=RESULTS, graph=None, kind="page") for name in QUERIES]
    )
    graphs, classes, properties, linksets = (rows(answer.read()) for answer in answers)
    return Statistics(
        generation=answers[0].generation,
        graphs=_numbers(graphs, "graph", "triples"),
        classes=_numbers(classes, "class", "entities"),
        properties=_numbers(properties, "property", "triples"),
        linksets=tuple(
            (_value(row["predicate"]), _value(row["space"]), int(_value(row["triples"])))
            for row in linksets
        ),
    )


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.rq").read_text(encoding="utf-8")


def _numbers(found: list[Row], key: str, number: str) -> dict[str, int]:
    return {_value(row[key]): int(_value(row[number])) for row in found if key in row}


def _value(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal | ox.BlankNode) else ""
