"""The data-quality report, as a page and as JSON: what is missing, suspicious or likely mistaken.

Each query is asked once a generation behind the page and kept, with the deadline of all queries:
one that does not come to its end in that time is shown as such, and costs the others nothing.
"""

import json
from dataclasses import dataclass
from typing import Any

from flask import Response

from queries.catalogue import Catalogue, Query
from queries.pool.answers import QueryError
from server.context import Service
from server.pages.asking import Ask, Table, ask, kept
from server.pages.frame import ask_link, blueprint, held, page

MOST = 1000
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One query and what it found; `count` is None where it did not end in time."""

    query: Query
    count: int | None
    rows: Table

    @property
    def more(self) -> bool:
        """Whether there are more than are counted here."""
        return self.count is not None and self.count > MOST

    def as_json(self) -> dict[str, Any]:
        """The same as JSON takes it."""
        return {
            "name": self.query.name,
            "title": self.query.title,
            "description": self.query.description,
            "count": None if self.count is None else min(self.count, MOST),
            "more": self.more,
            "examples": self.rows,
            "query": self.query.text,
            "page": ask_link(f"quality/{self.query.name}"),
        }


@blueprint.route("/quality")
def quality() -> Response:
    """The report as a page."""
    found = sorted(_found(held()), key=lambda one: one.count == 0)  # what found something first
    return page("quality.html", found=found, most=MOST)


@blueprint.route("/quality.json")
def quality_json() -> Response:
    """The report as JSON."""
    body = json.dumps([one.as_json() for one in _found(held())], ensure_ascii=False, indent=1)
    response = Response(body + "\n", content_type="application/json")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _found(service: Service) -> list[Suspicion]:
    return [_asked(service, query) for query in Catalogue.bundled("quality")]


def _asked(service: Service, query: Query) -> Suspicion:
    try:
        (rows,) = ask(service, kept(Ask(f"quality/{query.name}", limit=MOST + 1)))
    except QueryError:
        return Suspicion(query, None, [])
    return Suspicion(query, len(rows), rows[:EXAMPLES])
