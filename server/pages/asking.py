"""What pages ask of the graph: several queries of `queries/pages` in one go, rows as plain text."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pyoxigraph import NamedNode

from queries.catalogue import Query
from server.context import Service

Texts = dict[str, str]
Table = list[Texts]
Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Ask:
    """One query by name with its parameters; `over` fills a VALUES, `limit` cuts a page out."""

    name: str
    values: Values = field(default_factory=dict)
    over: tuple[str, tuple[str, ...]] | None = None
    limit: int | None = None
    offset: int = 0

    def query(self, held: Service) -> Query:
        """The query with what no parameter can say written into its text."""
        found = held.catalogue.get(self.name)
        if self.over is not None:
            variable, iris = self.over
            found = found.over(variable, [NamedNode(iri) for iri in iris])
        if self.limit is not None:
            text = f"{found.text}LIMIT {self.limit:d} OFFSET {self.offset:d}\n"
            found = replace(found, text=text)
        return found


def page(name: str, limit: int | None = None, offset: int = 0, /, **values: str) -> Ask:
    """A query of `queries/pages`."""
    return Ask(f"pages/{name}", values, None, limit, offset)


def listed(name: str, variable: str, iris: Iterable[str]) -> Ask:
    """A query of `queries/pages` about several things at once."""
    return Ask(f"pages/{name}", {}, (variable, tuple(dict.fromkeys(iris))))


def catalogued(name: str, limit: int | None = None, /, **values: str) -> Ask:
    """A query that people can ask too, so that the page's figures can link to it."""
    return Ask(name, values, None, limit)


def ask(held: Service, *asked: Ask) -> list[Table]:
    """The rows of each, unbound variables left out; all from one generation."""
    wanted = [(one.query(held), one.values) for one in asked]
    return [
        [{name: term.value for name, term in row.items() if hasattr(term, "value")} for row in rows]
        for rows in held.batch(wanted)
    ]
