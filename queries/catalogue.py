"""The queries that Quiver brings, one `.rq` file each, and what their headers say of them.

    #+ title: Papers of a person since a year
    #+ description: …
    #+ param: person iri The person
    #+ param: since year [1900] Published in or after
    #+ param: order choice(year|title) [year] Sorted by
    #+ chart: bar x=year y=papers

A parameter is a variable of the query. Its value comes as text, is checked against its type, and
goes into the query as an RDF term (`queries.binding`).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Self

from pyoxigraph import Literal, NamedNode

from queries.binding import Term, serialized, tokens
from queries.errors import QueriesError

FOLDER = Path(__file__).parent
FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
STRING_LENGTH = 1000
_HEADER = re.compile(r"#\+\s*(?P<key>[^:\s]+)\s*:\s*(?P<value>.*?)\s*$")
_PARAM = re.compile(
    r"(?P<name>[A-Za-z_]\w*)\s+(?P<type>[a-z]+)(?:\((?P<choices>[^()]*)\))?"
    r"(?:\s+\[(?P<default>[^\]]*)\])?\s+(?P<label>\S.*)"
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)


class CatalogueError(QueriesError):
    """A query of the catalogue, or a value for it, is not as it should be."""


class HeaderError(CatalogueError, ValueError):
    """The header of `file` is wrong at `line` (0: something is missing)."""

    def __init__(self, file: Path, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")
        self.file = file
        self.line = line


class UnknownQuery(CatalogueError, LookupError):
    """The catalogue has no query `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no query {name!r} in the catalogue")
        self.name = name


class ParameterError(CatalogueError, ValueError):
    """The `value` given for the parameter `name` is missing, not expected, or no such value."""

    def __init__(self, name: str, value: str | None, reason: str) -> None:
        super().__init__(f"parameter {name}: {reason}")
        self.name = name
        self.value = value


def _iri(text: str) -> Term:
    inner = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    try:
        node = NamedNode(inner)
        serialized("", node)
    except ValueError:
        raise ValueError(f"{text!r} is no absolute IRI") from None
    return node


def _string(text: str) -> Term:
    if len(text) > STRING_LENGTH:
        raise ValueError(f"has {len(text)} characters; at most {STRING_LENGTH} are taken")
    return Literal(text)


def _integer(text: str) -> Term:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValueError(f"{text[:50]!r} is no whole number")
    return Literal(int(text))


def _year(text: str) -> Term:
    if not re.fullmatch(r"[0-9]{4}", text):
        raise ValueError(f"{text[:50]!r} is no year of four digits")
    return Literal(int(text))


def _doi(text: str) -> Term:
    found = _DOI.fullmatch(text)
    if not found:
        raise ValueError(f"{text[:200]!r} is no DOI (10.1234/…)")
    return Literal(found[1].lower())


TYPES: dict[str, Callable[[str], Term]] = {
    "iri": _iri,
    "string": _string,
    "integer": _integer,
    "year": _year,
    "doi": _doi,
    "choice": _string,
}


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: its type decides which texts are taken and which term they become."""

    name: str
    type: str
    label: str
    default: str | None = None
    choices: tuple[str, ...] = ()

    def term(self, text: str | None) -> Term:
        """The term that this text means; the default's where there is none."""
        given = (text or "").strip() or self.default
        if given is None:
            raise ParameterError(self.name, text, f"a value is needed: {self.label}")
        if self.choices and given not in self.choices:
            there = ", ".join(self.choices)
            raise ParameterError(self.name, text, f"{given[:50]!r} is none of: {there}")
        try:
            return TYPES[self.type](given)
        except ValueError as error:
            raise ParameterError(self.name, text, str(error)) from None


@dataclass(frozen=True, slots=True)
class Chart:
    """How the answer may be drawn: a kind, and which column goes where."""

    kind: str
    columns: Mapping[str, str]

    @property
    def x(self) -> str:
        return self.columns.get("x", "")

    @property
    def y(self) -> str:
        return self.columns.get("y", "")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that answers the same by other means, and takes the same parameters."""

    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Query:
    """One query: its header, and its text without the header."""

    name: str
    title: str
    description: str
    params: tuple[Param, ...]
    chart: Chart | None
    text: str
    page: Page | None = None

    @property
    def makes_graph(self) -> bool:
        """Whether it answers with triples: a CONSTRUCT or DESCRIBE."""
        return self.form in ("CONSTRUCT", "DESCRIBE")

    @property
    def form(self) -> str:
        """SELECT, ASK, CONSTRUCT or DESCRIBE; empty for what is no query."""
        words = (token.text.upper() for token in tokens(self.text) if token.kind != "skip")
        return next((word for word in words if word in FORMS), "")

    def bind(self, values: Mapping[str, str]) -> dict[str, Term]:
        """The term of each parameter; ParameterError where a value is missing, wrong or unknown."""
        known = {param.name for param in self.params}
        for name in values:
            if name not in known:
                there = ", ".join(sorted(known)) or "no parameter"
                raise ParameterError(name, values[name], f"the query {self.name} takes {there}")
        return {param.name: param.term(values.get(param.name)) for param in self.params}

    def over(self, variable: str, terms: Iterable[Term]) -> "Query":
        """The query with these terms in place of UNDEF in its `VALUES ?variable { UNDEF }`."""
        found = _around_undef(self.text, variable)
        if found is None:
            reason = f"{self.name} has no VALUES ?{variable} {{ UNDEF }}"
            raise ParameterError(variable, None, reason)
        rows = " ".join(serialized(variable, term) for term in terms)
        return replace(self, text=f"{found[0]}{rows}{found[1]}")


@lru_cache(256)
def _around_undef(text: str, variable: str) -> tuple[str, str] | None:
    """What stands before and after the UNDEF of a `VALUES ?variable { UNDEF }`; kept by text."""
    found = list(tokens(text))
    marks = [place for place, token in enumerate(found) if token.kind != "skip"]
    for at in zip(*(marks[start:] for start in range(5)), strict=False):
        words = [found[place].text for place in at]
        if words[0].upper() == "VALUES" and words[1][1:] == variable and words[3] == "UNDEF":
            before = "".join(token.text for token in found[: at[3]])
            return before, "".join(token.text for token in found[at[3] + 1 :])
    return None


class Catalogue:
    """The queries of one folder, by name, and those of the folders below it as `folder/name`.

    A file is read when its query is first asked for: there are two hundred.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._found: dict[str, Query | Path] = {
            str(file.relative_to(folder).with_suffix("")): file
            for file in sorted(folder.rglob("*.rq"))
        }

    @classmethod
    def bundled(cls, folder: str = "") -> Self:
        """The queries that come with Quiver, or those of one folder of them; read once."""
        return cls._read_once(FOLDER / folder)

    @classmethod
    @cache
    def _read_once(cls, folder: Path) -> Self:
        return cls(folder)

    def with_more(self, queries: Mapping[str, Query]) -> Self:
        """A catalogue that has these besides."""
        found = copy(self)
        found._found = dict(sorted({**self._found, **queries}.items()))
        return found

    def get(self, name: str) -> Query:
        """The query of this name."""
        try:
            found = self._found[name]
        except KeyError:
            raise UnknownQuery(name) from None
        if isinstance(found, Path):
            found = self._found[name] = read(found)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[Query]:
        """The queries of the folder itself, by name."""
        return (self.get(name) for name in self._names())

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        return [name for name in self._found if "/" not in name]


def read(file: Path) -> Query:
    """The query in this file; HeaderError with file and line where its header is wrong."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    header = _Header(file)
    body = []
    for number, line in enumerate(lines, 1):
        if line.startswith("#+"):
            header.take(number, line)
        else:
            body.append(line)
    return header.query("".join(body))


class _Header:
    """The header lines of one file as they come."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.values: dict[str, str] = {}
        self.params: dict[str, tuple[int, Param]] = {}
        self.chart: tuple[int, Chart] | None = None
        self.page: Page | None = None

    def wrong(self, line: int, reason: str) -> HeaderError:
        return HeaderError(self.file, line, reason)

    def take(self, number: int, line: str) -> None:
        found = _HEADER.match(line)
        if not found or not found["value"]:
            raise self.wrong(number, "a header line is `#+ key: value`")
        key, value = found["key"], found["value"]
        if key == "param":
            self.take_param(number, value)
        elif key == "chart":
            self.take_chart(number, value)
        elif key == "page":
            self.take_page(number, value)
        elif key not in ("title", "description"):
            raise self.wrong(number, f"unknown key {key!r}")
        elif key in self.values:
            raise self.wrong(number, f"a second {key}")
        else:
            self.values[key] = value

    def take_param(self, number: int, value: str) -> None:
        found = _PARAM.fullmatch(value)
        if not found:
            raise self.wrong(number, "a param is `name type [default] label`")
        choices = tuple(part.strip() for part in (found["choices"] or "").split("|") if part)
        param = Param(found["name"], found["type"], found["label"], found["default"], choices)
        if param.type not in TYPES:
            raise self.wrong(number, f"unknown type {param.type!r}; there is: {', '.join(TYPES)}")
        if (param.type == "choice") != bool(choices):
            raise self.wrong(number, "a choice, and only that, lists values: choice(a|b)")
        if param.name in self.params:
            raise self.wrong(number, f"a second parameter {param.name}")
        if param.default is not None:
            self.check_default(number, param)
        self.params[param.name] = number, param

    def check_default(self, number: int, param: Param) -> None:
        try:
            param.term(None)
        except ParameterError as error:
            raise self.wrong(number, f"the default of {error}") from None

    def take_chart(self, number: int, value: str) -> None:
        kind, *pairs = value.split()
        columns = dict(pair.partition("=")[::2] for pair in pairs)
        if self.chart is not None or not columns or not all(columns.values()):
            raise self.wrong(number, "one chart is `kind x=column y=column`")
        self.chart = number, Chart(kind, columns)

    def take_page(self, number: int, value: str) -> None:
        name, _, what = value.partition(" ")
        if self.page is not None or not what:
            raise self.wrong(number, "one page is `name what it does`")
        self.page = Page(name, what.strip())

    def query(self, text: str) -> Query:
        for key in ("title", "description"):
            if key not in self.values:
                raise self.wrong(0, f"the header has no {key}")
        variables = {token.text[1:] for token in tokens(text) if token.kind == "var"}
        for number, param in self.params.values():
            if param.name not in variables:
                raise self.wrong(number, f"the query has no variable ?{param.name}")
        if self.chart and (lost := set(self.chart[1].columns.values()) - variables):
            raise self.wrong(self.chart[0], f"the query has no variable ?{min(lost)}")
        params = tuple(param for _, param in self.params.values())
        chart = self.chart[1] if self.chart else None
        return Query(
            self.file.stem,
            self.values["title"],
            self.values["description"],
            params,
            chart,
            text.strip() + "\n",
            self.page,
        )
