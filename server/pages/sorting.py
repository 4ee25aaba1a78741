"""Tables that sort by a link in each header: the order stands in the address, no script is needed.

`?sort=papers` and `?sort=-papers`; a page with two tables calls the parameter of each differently.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import request

from server.pages.asking import Table, Texts
from server.pages.frame import here
from server.problems import Problem


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a table can be sorted by; numbers begin with the greatest."""

    name: str
    title: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a column: where its link leads, and how it is sorted now."""

    title: str
    link: str
    sorted: str
    number: bool


@dataclass(frozen=True, slots=True)
class Sorting:
    """The columns of a table, and which of them it is sorted by."""

    columns: Sequence[Column]
    by: Column
    falling: bool
    parameter: str = "sort"
    paged: str = "page"

    @property
    def headers(self) -> list[Header]:
        """Each header; that of the sorted column turns the order round."""
        return [self._header(column) for column in self.columns]

    def _header(self, column: Column) -> Header:
        now = column == self.by
        falling = not self.falling if now else column.number
        link = here(
            **{self.parameter: f"-{column.name}" if falling else column.name, self.paged: None}
        )
        told = ("descending" if self.falling else "ascending") if now else ""
        return Header(column.title, link, told, column.number)

    def sorted(self, rows: Iterable[Texts]) -> Table:
        """The rows in this order, rows without a value last; equals stay as they came."""
        name = self.by.name
        there: Table = []
        without: Table = []
        for row in rows:
            (there if row.get(name) else without).append(row)
        there.sort(key=lambda row: self._key(row[name]), reverse=self.falling)
        return there + without

    def _key(self, value: str) -> tuple[float, str]:
        return (float(value), "") if self.by.number else (0.0, value.casefold())


def sorting(
    columns: Sequence[Column], default: str, parameter: str = "sort", paged: str = "page"
) -> Sorting:
    """The order that the address asks for; a column that is not there is the client's error."""
    text = request.args.get(parameter, "") or default
    by = next((one for one in columns if one.name == text.removeprefix("-")), None)
    if by is None:
        there = ", ".join(one.name for one in columns)
        raise Problem(400, f"{parameter}={text[:40]!r} is none of {there}")
    return Sorting(columns, by, text.startswith("-"), parameter, paged)
