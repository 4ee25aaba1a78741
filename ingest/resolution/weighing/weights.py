"""The weights of all evidence: one table, from which the rule version comes.

`tables/weights.tsv` says what each term weighs and where that comes from: learnt on development
data by a command that anyone can run again, or set, and then why. Nothing else holds a weight.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from math import inf
from pathlib import Path

TABLE = "weights.tsv"
LEARNT = "learnt"
RULES = 8  # counts changes of the code that scores; those of the table count themselves


@dataclass(frozen=True, slots=True)
class Weight:
    """One row: how much a measure weighs, and how much of it counts."""

    rule: str
    term: str
    value: float
    reach: float
    origin: str

    @property
    def learnt(self) -> bool:
        """Whether it comes from data rather than from judgement."""
        return self.origin.startswith(LEARNT)

    def line(self) -> str:
        """As the table has it."""
        reach = "" if self.reach == inf else f"{self.reach:g}"
        return f"{self.rule}\t{self.term}\t{self.value:g}\t{reach}\t{self.origin}\n"


class Weights:
    """The weights of one rule, by term."""

    __slots__ = ("_reach", "_value", "rows")

    def __init__(self, rows: Iterable[Weight]) -> None:
        self.rows = tuple(rows)
        self._value = {row.term: row.value for row in self.rows}
        self._reach = {row.term: row.reach for row in self.rows}

    def __getitem__(self, term: str) -> float:
        return self._value[term]

    def told(self, term: str, measure: float) -> float:
        """What a measure adds to a score: no more of it than its reach counts."""
        return self._value[term] * min(measure, self._reach[term])

    def reach(self, term: str) -> float:
        """How much of a measure counts."""
        return self._reach[term]

    def of_kind(self, term: str, kind: str) -> float:
        """The weight of a kind ("identifier.same.doi") where it has its own, else the usual one."""
        own = self._value.get(f"{term}.{kind}")
        return self._value[term] if own is None else own

    def with_values(self, values: Mapping[str, float]) -> "Weights":
        """The same with other values of some terms."""
        return Weights(
            replace(row, value=values[row.term]) if row.term in values else row for row in self.rows
        )

    def from_(self, origin: str) -> "Weights":
        """The same, learnt from there."""
        return Weights(replace(row, origin=origin) if row.learnt else row for row in self.rows)


def read(text: str) -> dict[str, Weights]:
    """The weights of each rule in a table."""
    rows: dict[str, list[Weight]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            rule, term, value, reach, origin = line.split("\t")
            limit = float(reach) if reach else inf
            rows.setdefault(rule, []).append(Weight(rule, term, float(value), limit, origin))
    return {rule: Weights(held) for rule, held in rows.items()}


def written(text: str, tables: Iterable[Weights]) -> str:
    """The text of a table with the rows of some rules replaced; what is said above them stays."""
    new = {(row.rule, row.term): row.line() for weights in tables for row in weights.rows}
    lines = text.splitlines(keepends=True)
    return "".join(new.get(tuple(line.split("\t")[:2]), line) for line in lines)  # type: ignore[arg-type]


def path() -> Path:
    """Where the table is kept: in a checkout a file to write."""
    return Path(str(resources.files("ingest.resolution.tables").joinpath(TABLE)))


@lru_cache(maxsize=1)
def table() -> dict[str, Weights]:
    return read(path().read_text("utf-8"))


def of(rule: str) -> Weights:
    """The weights of one rule."""
    return table()[rule]


def version(tables: Mapping[str, Weights] | None = None) -> str:
    """The rule version: that of the code, and a digest of the values of the table."""
    told = "".join(
        f"{row.rule}\t{row.term}\t{row.value:g}\t{row.reach:g}\n"
        for _, weights in sorted((tables or table()).items())
        for row in sorted(weights.rows, key=lambda row: row.term)
    )
    return f"{RULES}.{sha256(told.encode()).hexdigest()[:8]}"
