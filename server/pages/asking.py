"""What pages ask of the graph: several queries of `queries/pages` in one go, rows as plain text."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from flask import g, request
from pyoxigraph import NamedNode

from queries.catalogue import Query
from queries.pool.abreast import abreast
from queries.pool.answers import Answer, Request
from server.context import RESULTS, Service

CSV = "text/csv"
Texts = dict[str, str]
Table = list[Texts]
Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Ask:
    """One query by name with its parameters; `over` fills a VALUES, `limit` cuts a page out.

    An `offset` without a limit moves on the page that the query itself cuts out. What is `lean`
    comes as CSV, what is `beside` from another worker than the rest.
    """

    name: str
    values: Values = field(default_factory=dict)
    over: tuple[str, tuple[str, ...]] | None = None
    limit: int | None = None
    offset: int = 0
    kept: bool = False
    lean: bool = False
    beside: bool = False

    def query(self, held: Service) -> Query:
        """The query with what no parameter can say written into its text."""
        found = held.catalogue.get(self.name)
        if self.over is not None:
            variable, iris = self.over
            found = found.over(variable, [NamedNode(iri) for iri in iris])
        if self.limit is not None:
            text = f"{found.text}LIMIT {self.limit:d} OFFSET {self.offset:d}\n"
            found = replace(found, text=text)
        elif self.offset:
            found = replace(
                found, text=found.text.replace("OFFSET 0\n", f"OFFSET {self.offset:d}\n")
            )
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


def kept(one: Ask) -> Ask:
    """The same, from an answer that is kept: what goes through much of the graph."""
    return replace(one, kept=True)


def lean(one: Ask) -> Ask:
    """The same in half the time, for long tables that have no empty text: it would be no value."""
    return replace(one, lean=True)


def beside(one: Ask) -> Ask:
    """The same while the rest is asked, where a worker is idle: what takes as long as the rest."""
    return replace(one, beside=True)


def ask(held: Service, *asked: Ask) -> list[Table]:
    """The rows of each, unbound variables left out.

    All from one generation, but for those that are kept: where such an answer is of an earlier
    generation, the page is told when that was.
    """
    long = [one for one in asked if one.kept]
    now = [one for one in asked if not (one.kept or one.beside)]
    others = [one for one in asked if one.beside]
    batches = [[_request(held, one) for one in batch] for batch in (now, others) if batch]
    answers = (
        abreast(held.pool, batches) if others else [held.pool.batch(batch) for batch in batches]
    )
    kept = _kept(held, [requested(held, one) for one in long]) if long else []
    asked_for = (*now, *others, *long)
    found = dict(zip(map(id, asked_for), chain(*answers, kept), strict=True))
    return [_table(found[id(one)], one.lean) for one in asked]


def _request(held: Service, one: Ask) -> Request:
    return held.request(one.query(held), one.values, CSV if one.lean else RESULTS)


def _table(answer: Answer, lean: bool) -> Table:
    """The rows as plain text: as terms of RDF they would take three times as long."""
    body = answer.read()
    if lean:
        names, *lines = csv.reader(io.StringIO(body.decode(), newline=""))
        return [{n: text for n, text in zip(names, line, strict=True) if text} for line in lines]
    return [
        {name: term["value"] for name, term in row.items() if term["type"] != "triple"}
        for row in json.loads(body)["results"]["bindings"]
    ]


def ask_apart(held: Service, one: Ask) -> Table:
    """The rows of one of many queries, lean, not by the worker that pages wait for."""
    wanted = replace(requested(held, lean(one)), client=request.remote_addr or "")
    return _table(held.pool.run(wanted), lean=True)


def counted(held: Service, one: Ask, media_type: str) -> bytes:
    """A kept answer as it came, in this format."""
    wanted = replace(requested(held, one), results=media_type)
    return _kept(held, [wanted])[0].read()


def requested(held: Service, one: Ask) -> Request:
    """How what is kept is asked for: not by the worker that pages wait for."""
    return replace(_request(held, one), kind="stranger")


def _kept(held: Service, requests: Sequence[Request]) -> list[Answer]:
    answers = held.kept.answers(held.pool, requests)
    if any(answer.generation != held.snapshot.number for answer in answers):
        g.counted_before = True
    return answers
