"""Links that were drawn and read, against a generation: precision per rule, and what was undone.

A file of verdicts speaks of the links of one draw only. It says how many of those still made are
right, and which are no longer made; of links made since, and of missed ones, it says nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from ingest.readers.errors import ReadError
from ontology.iris import Iris
from queries.binding import Term
from queries.catalogue import Catalogue
from queries.generations import Reader
from queries.store import select

COLUMNS = (
    "kind",
    "rule",
    "source_a",
    "key_a",
    "source_b",
    "key_b",
    "score",
    "verdict",
    "reason",
)
KINDS = {"publication": "publication-of-key", "author": "author-of-key"}
VERDICTS = ("right", "wrong", "can't tell")
Z = 1.96  # of the normal distribution: 95 of 100 lie within


@dataclass(frozen=True, slots=True)
class Reading:
    """A link as it was drawn and read: by which rule, between whom, with what score and verdict."""

    kind: str
    rule: str
    one: tuple[str, str]
    other: tuple[str, str]
    score: float
    verdict: str
    reason: str

    @property
    def told(self) -> str:
        """The two, for a person."""
        return " = ".join(dict.fromkeys((self.one[1], self.other[1])))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How many links of one rule were read as what; a doubtful one counts on neither side."""

    right: int = 0
    wrong: int = 0
    doubtful: int = 0

    @property
    def total(self) -> int:
        """All links that were read."""
        return self.right + self.wrong + self.doubtful

    @property
    def precision(self) -> float | None:
        """The share of right ones among the decided; None where nothing was decided."""
        decided = self.right + self.wrong
        return self.right / decided if decided else None

    @property
    def interval(self) -> tuple[float, float]:
        """Between what the share of right ones lies, with 95% confidence."""
        return wilson(self.right, self.right + self.wrong)


@dataclass(frozen=True, slots=True)
class LinkReport:
    """Readings by rule: of all links read, of those still made; those undone; those not here."""

    readings: int
    drawn: Mapping[str, Verdicts]
    made: Mapping[str, Verdicts]
    undone: tuple[Reading, ...]
    unknown: tuple[Reading, ...]


def wilson(right: int, total: int) -> tuple[float, float]:
    """The interval of Wilson (1927) for a share of `total` trials, 95%."""
    if not total:
        return 0.0, 1.0
    share, spread = right / total, Z * Z / total
    middle = (share + spread / 2) / (1 + spread)
    reach = Z * sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def count(readings: Iterable[Reading]) -> dict[str, Verdicts]:
    """The verdicts of each rule, "kind, rule"; rules differ in size, so their sum means little."""
    found: dict[str, list[str]] = {}
    for reading in readings:
        found.setdefault(f"{reading.kind}, {reading.rule}", []).append(reading.verdict)
    return {rule: Verdicts(*map(found[rule].count, VERDICTS)) for rule in sorted(found)}


def read(path: Path) -> list[Reading]:
    """The readings that a file holds: tab-separated, one header line, no quotes."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ReadError(path, f"is no UTF-8 at byte {error.start}") from None
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        raise ReadError(path, f"its first line is not: {' '.join(COLUMNS)}")
    return [_reading(path, number, line) for number, line in enumerate(lines[1:], 2)]


def _reading(path: Path, number: int, line: str) -> Reading:
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise ReadError(path, f"line {number}: {len(cells)} columns, not {len(COLUMNS)}")
    kind, rule, source, key, other_source, other_key, score, verdict, reason = cells
    if kind not in KINDS:
        raise ReadError(path, f"line {number}: {kind!r} is none of {', '.join(KINDS)}")
    if verdict not in VERDICTS:
        raise ReadError(path, f"line {number}: {verdict!r} is none of {', '.join(VERDICTS)}")
    try:
        number_of = float(score)
    except ValueError:
        raise ReadError(path, f"line {number}: {score!r} is no score") from None
    return Reading(kind, rule, (source, key), (other_source, other_key), number_of, verdict, reason)


def links(reader: Reader, path: Path) -> LinkReport:
    """Which of the links read are still made, and how well that speaks of each rule."""
    readings = read(path)
    places = _Places(reader)
    made, undone, unknown = [], [], []
    for reading in readings:
        one, other = places.of(reading.kind, *reading.one), places.of(reading.kind, *reading.other)
        if not one or not other:
            unknown.append(reading)
        elif one & other:
            made.append(reading)
        else:
            undone.append(reading)
    if readings and len(unknown) == len(readings):
        raise ReadError(path, "no link of it is in the graph")
    return LinkReport(len(readings), count(readings), count(made), tuple(undone), tuple(unknown))


class _Places:
    """Entities by source and key: who is canonical for them, or for the parts of a row."""

    def __init__(self, reader: Reader) -> None:
        self.store = reader.store
        self.below = f"{Iris(reader.meta['base']).base}id/"
        self.queries = Catalogue.bundled("internal")

    def of(self, kind: str, source: str, key: str) -> frozenset[str]:
        """The canonical members; none where nobody is called so, or several who are not one."""
        found: dict[str, set[str]] = {}
        for entity, canonical in self._called(kind, source, key):
            found.setdefault(entity, set()).add(canonical)
        meant = set(map(frozenset, found.values()))
        return meant.pop() if len(meant) == 1 else frozenset()

    def _called(self, kind: str, source: str, key: str) -> Iterator[tuple[str, str]]:
        """By key; an entity that its source gives none is named by its local path."""
        if key.startswith(f"{kind}/"):
            entity = f"{self.below}{key}"
            for row in self._rows("entity", entity=entity):
                yield entity, row["canonical"].value
            return
        for row in self._rows(KINDS[kind], source=source, key=key):
            yield row["entity"].value, row["canonical"].value
            if kind == "author" and row["partCanonical"]:
                yield row["entity"].value, row["partCanonical"].value

    def _rows(self, name: str, **parameters: str) -> Iterator[Mapping[str, Term]]:
        query = self.queries.get(name)
        yield from select(self.store, query.text, query.bind(parameters))
