"""Errors over HTTP, all made here: problem+json (RFC 9457), or a page where a browser asks.

Raise a `Problem` anywhere below a request; errors of Flask and of Werkzeug become one too.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Flask, Response, render_template, request
from jinja2 import TemplateNotFound
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from queries.catalogue import ParameterError, UnknownQuery
from queries.errors import GenerationError, Locked, NoData
from queries.formats import HTML, Format, Kind, by_media_type, of_kind
from queries.pool.answers import (
    Cause,
    FormRefused,
    QueryError,
    QueryKilled,
    QuerySyntaxError,
    Unwritable,
)
from queries.pool.outreach import OutreachRefused
from queries.writes.updates import UpdateRefused
from queries.writes.writing import BadData, GraphMissing
from server.negotiate import NotAcceptableError, choose, describe

PROBLEM = Format(
    name="problem document",
    kind="page",
    media_type="application/problem+json",
    suffixes=(),
    aliases=("application/json",),
)

# What a client is told of a query that was cut.
STATUSES = {
    Cause.DEADLINE: 503,
    Cause.MEMORY: 413,
    Cause.NESTING: 400,
    Cause.BYTES: 413,
    Cause.ROWS: 413,
    Cause.SPOOL: 503,
    Cause.QUEUE: 503,
    Cause.STOP: 503,
    Cause.HANGUP: 503,  # nobody is there to read it
    Cause.CRASH: 500,
}

# What else our rooms refuse: the status and the word for it.
REFUSALS: dict[type[Exception], tuple[int, str]] = {
    OutreachRefused: (403, "outreach"),
    UpdateRefused: (403, "refused"),
    GraphMissing: (404, "unknown"),
    BadData: (400, "data"),
    UnknownQuery: (404, "unknown"),
    ParameterError: (400, "parameter"),
}

_log = logging.getLogger("quiver.server")


class Problem(Exception):
    """What went wrong, for the client: a status, a line, more members, headers to send along.

    `cause` is one word for programs ("deadline", "memory"); `members` are extension members.
    """

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        cause: str = "",
        title: str = "",
        members: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or title)
        self.status = status
        self.title = title or HTTPStatus(status).phrase
        self.detail = detail
        self.cause = cause
        self.members = dict(members or {})
        self.headers = dict(headers or {})

    def document(self) -> dict[str, object]:
        """The members of the problem document."""
        found: dict[str, object] = {"type": "about:blank", "title": self.title}
        found["status"] = self.status
        if self.detail:
            found["detail"] = self.detail
        if self.cause:
            found["cause"] = self.cause
        return found | self.members


def not_acceptable(error: NotAcceptableError) -> Problem:
    """406 that lists what there is."""
    available = [offer.media_type for offer in error.offers]
    return Problem(
        406,
        f"cannot give {error.asked[:200]}; there is {describe(error.offers)}",
        members={"available": available},
        headers={"Vary": "Accept"},
    )


def unwritable(error: Unwritable) -> Problem:
    """406: this answer cannot be had in XML; the formats that it can be had in."""
    refused = by_media_type(error.media_type)
    kinds: tuple[Kind, ...] = () if refused is None else (refused.kind,)
    offers = [entry for entry in of_kind(*kinds) if entry is not refused]
    return Problem(
        406,
        f"{error}; there is {describe(offers)}",
        cause="unwritable",
        members={"available": [offer.media_type for offer in offers]},
        headers={"Vary": "Accept"},
    )


def respond(problem: Problem, accept: Sequence[str]) -> Response:
    """The problem as JSON, or as a page where HTML is liked better."""
    try:
        offer = choose((PROBLEM, HTML), accept).offer
    except NotAcceptableError:
        offer = PROBLEM
    if offer is HTML:
        body = page(problem)
    else:
        body = json.dumps(problem.document(), ensure_ascii=False) + "\n"
    response = Response(body, problem.status, content_type=offer.content_type)
    response.headers.update(problem.headers)
    response.headers.setdefault("Cache-Control", "no-store")
    response.vary.add("Accept")
    return response


def page(problem: Problem) -> str:
    """The problem as HTML: the template `problem.html`, else a plain page."""
    try:
        return render_template("problem.html", problem=problem)
    except TemplateNotFound:
        return _plain(problem)


def _plain(problem: Problem) -> str:
    title = f"{problem.status} {problem.title}"
    return Markup(
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<h1>{title}</h1><p>{detail}</p><p><a href="/">Home</a></p></html>\n'
    ).format(title=title, detail=escape(problem.detail))


def register(app: Flask) -> None:
    """Make every error of the application a problem."""
    app.register_error_handler(Problem, _from_problem)
    app.register_error_handler(NotAcceptableError, _from_negotiation)
    app.register_error_handler(QueryError, _from_query)
    for kind in REFUSALS:
        app.register_error_handler(kind, _from_refusal)
    app.register_error_handler(GenerationError, _from_store)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _from_fault)


def _accept() -> list[str]:
    return request.headers.getlist("Accept")


def _from_problem(problem: Problem) -> Response:
    return respond(problem, _accept())


def _from_negotiation(error: NotAcceptableError) -> Response:
    return respond(not_acceptable(error), _accept())


def of_query(error: Exception) -> Problem:
    """What to tell of a query without an answer; the parser's own words for bad syntax."""
    if isinstance(error, QueryKilled):
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        status = STATUSES[error.cause]
        return Problem(status, str(error), cause=str(error.cause), headers=headers)
    if isinstance(error, QuerySyntaxError):
        return Problem(400, str(error), cause="syntax", title="Malformed SPARQL")
    if isinstance(error, FormRefused):
        return Problem(400, str(error), cause="form")
    if isinstance(error, Unwritable):
        return unwritable(error)
    return Problem(500, str(error), cause="evaluation", title="The query failed")


def _from_refusal(error: Exception) -> Response:
    status, cause = next(found for kind, found in REFUSALS.items() if isinstance(error, kind))
    return respond(Problem(status, str(error), cause=cause), _accept())


def _from_query(error: Exception) -> Response:
    return respond(of_query(error), _accept())


def _from_store(error: GenerationError) -> Response:
    """503: nothing to serve yet, another writer at work, or a damaged folder. Paths stay inside."""
    _log.error("%s %s: %s", request.method, request.path, error)
    if isinstance(error, Locked):
        detail, cause = "another write is under way; try again when it is done", "locked"
    elif isinstance(error, NoData):
        detail, cause = "there is no data here yet", "no-data"
    else:
        detail, cause = "the store is away", "store"
    headers = {"Retry-After": "10"}
    return respond(Problem(503, detail, cause=cause, headers=headers), _accept())


def _from_http(error: HTTPException) -> Response:
    """Werkzeug's own errors; its redirects (a missing slash) pass as they are."""
    status = error.code or 500
    if status < 400:
        return Response(error.get_response().get_data(), status, error.get_headers())
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    problem = Problem(status, error.description or "", title=error.name, headers=headers)
    return respond(problem, _accept())


def _from_fault(error: Exception) -> Response:
    """A fault of ours: the log has the trace, the client only the word."""
    _log.error("%s %s failed", request.method, request.path, exc_info=error)
    return respond(Problem(500, "an error of the server's own; it has been logged"), _accept())
