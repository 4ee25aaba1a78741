"""What a mapping process is asked for, and what it answers: both travel as JSON."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What to read, as which source, and where to put it.

    `closing` is a descriptor to close when all lines of a new source are in files for the store
    (below zero: none, but they are wanted); `index` is the text index to be amended and
    `passages` the folder of that of publications' words; `alone` says that no other source is
    held, so its name clusters are all there are; `without` names repairs left out.
    """

    files: tuple[str, ...]
    source: str
    base: str
    load: str
    scratch: str
    format: str | None = None
    closing: int | None = None
    index: str | None = None
    passages: str | None = None
    alone: bool = False
    strict: bool = False
    columns: dict[str, str] | None = None
    without: tuple[str, ...] = ()


@dataclass(slots=True)
class Found:
    """What a job read, and what became of it."""

    read: int = 0
    loaded: int = 0
    kept: int = 0  # statements of RDF that no record took up
    rejected: int = 0
    formats: list[str] = field(default_factory=list)
    repairs: Counter[str] = field(default_factory=Counter)
    repaired: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    facts: list[tuple[str, list[str]]] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)


class StrictError(ValueError):
    """The first error of a strict load; `where` is file and line."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where


class CollisionError(ValueError):
    """Two keys with one hash: the load must stop, as two things would become one."""

    def __init__(self, iri: str, keys: Iterable[str]) -> None:
        super().__init__(f"{iri}: one hash for {' and '.join(map(repr, sorted(keys)))}")
        self.iri = iri


def fields_of(result: Found) -> dict[str, Any]:
    """A result as JSON takes it (`asdict` would count a Counter's pairs)."""
    return {name: getattr(result, name) for name in result.__slots__}


def found_again(known: dict[str, Any]) -> Found:
    """A result read back from JSON."""
    for name in ("repairs", "reasons", "values"):
        known[name] = Counter(known[name])
    return Found(**known)
