"""Answers as tables: each IRI of ours as a link with its label, a page of rows at a time."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import pyoxigraph as ox

from queries.pool.answers import HeldBody, SpooledBody
from server.bibliography.gathering import is_publication
from server.context import Service, Term
from server.pages.asking import ask, listed
from server.pages.frame import href, short

# Rows on one page: with labels and links, a page of them stays below 100 kB.
ROWS = 100
# Letters of a value that are shown; the files have all.
LETTERS = 240
NUMBERS = {"integer", "double", "decimal", "float"}

Row = dict[str, Term]


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as it is shown: text, where it leads, what it is in full."""

    text: str
    link: str = ""
    title: str = ""
    number: bool = False

    @property
    def shown(self) -> str:
        return self.text if len(self.text) <= LETTERS else f"{self.text[:LETTERS]}…"

    @property
    def outside(self) -> bool:
        return "://" in self.link[:9]


NOTHING = Cell("")


@dataclass(frozen=True, slots=True)
class Table:
    """Some rows of an answer, ready to be shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def without_labels(self) -> "Table":
        """Without the columns that only repeat what a link in another column is called."""
        kept = [
            place
            for place in range(len(self.columns))
            if not any(self._repeats(place, other) for other in range(len(self.columns)))
        ]
        return Table(
            tuple(self.columns[place] for place in kept),
            tuple(tuple(row[place] for place in kept) for row in self.rows),
        )

    def _repeats(self, place: int, other: int) -> bool:
        """Whether each cell here is the label of the link there, and there are such."""
        pairs = [(row[place], row[other]) for row in self.rows]
        return any(two.link for _, two in pairs) and all(
            not one.link and one.text == two.text and (two.link or not one.text)
            for one, two in pairs
        )


def opened(body: HeldBody | SpooledBody) -> IO[bytes]:
    """The answer as a file of its own, read from its beginning."""
    if isinstance(body, HeldBody):
        return io.BytesIO(body.data)
    return Path(f"/proc/self/fd/{body.fileno()}").open("rb")


def page_of_rows(body: HeldBody | SpooledBody, skip: int = 0) -> tuple[tuple[str, ...], list[Row]]:
    """The columns of a table in JSON, and as many of its rows as a page takes; no more is read.

    A yes or no has no column, and one row.
    """
    with opened(body) as file:
        found = ox.parse_query_results(file, ox.QueryResultsFormat.JSON)
        if isinstance(found, ox.QueryBoolean):
            return (), [{"": ox.Literal(bool(found))}]
        assert isinstance(found, ox.QuerySolutions)
        names = tuple(variable.value for variable in found.variables)
        rows = [
            {name: term for name in names if (term := row[name]) is not None}
            for row in islice(found, skip, skip + ROWS)
        ]
    return names, rows


def page_of_triples(
    body: HeldBody | SpooledBody, skip: int = 0
) -> tuple[tuple[str, ...], list[Row]]:
    """N-Triples as a table of three columns, as many as a page takes."""
    names = ("subject", "predicate", "object")
    with opened(body) as file:
        found = ox.parse(file, ox.RdfFormat.N_TRIPLES)
        rows = [
            dict(zip(names, (quad.subject, quad.predicate, quad.object), strict=True))
            for quad in islice(found, skip, skip + ROWS)
        ]
    return names, rows


def cites(service: Service, rows: Iterable[Row]) -> bool:
    """Whether there is a publication among these."""
    return any(is_publication(service.iris.base, term) for row in rows for term in row.values())


def table(service: Service, columns: Sequence[str], rows: Iterable[Row]) -> Table:
    """The rows as cells, IRIs of ours under their labels."""
    rows = list(rows)
    labels = _labels(service, rows)
    return Table(
        tuple(columns),
        tuple(tuple(_cell(row.get(name), labels) for name in columns) for row in rows),
    )


def _labels(service: Service, rows: Sequence[Row]) -> dict[str, str]:
    start = f"{service.iris.base}id/"
    ours = {
        term.value
        for row in rows
        for term in row.values()
        if isinstance(term, ox.NamedNode) and term.value.startswith(start)
    }
    if not ours:
        return {}
    (found,) = ask(service, listed("labels", "thing", sorted(ours)))
    return {row["thing"]: row["label"] for row in reversed(found)}


def _cell(term: Term | None, labels: dict[str, str]) -> Cell:
    if term is None:
        return NOTHING
    if isinstance(term, ox.NamedNode):
        label = labels.get(term.value, "") or short(term.value)
        return Cell(label, href(term.value), term.value)
    if isinstance(term, ox.Literal):
        kind = term.datatype.value.rpartition("#")[2]
        number = kind in NUMBERS and len(term.value) < 14
        return Cell(term.value, title=f"@{term.language}" if term.language else "", number=number)
    return Cell(str(term))
