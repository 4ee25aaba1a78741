"""The query catalogue as pages: a form, the answer as table and chart, the query itself."""

from collections.abc import Mapping
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Response, request

from queries import formats
from queries.answers import Answer, Request
from queries.binding import Term, bind
from queries.catalogue import Catalogue, Param, ParameterError, Query, UnknownQuery
from server import charts
from server.context import RESULTS, Service
from server.pages import tables
from server.pages.frame import blueprint, expanded, held, page, pager
from server.pages.looking import hits
from server.problems import Problem

DOWNLOADS = ("csv", "tsv", "json", "xml")
# Which kind of entity a parameter of this name means, so that a name will do for its IRI.
MEANT = {
    "person": "author",
    "a": "author",
    "b": "author",
    "venue": "venue",
    "publication": "publication",
}


@blueprint.route("/queries")
def catalogue() -> Response:
    """Every query of the catalogue."""
    return page("queries.html", queries=list(Catalogue.bundled()))


@blueprint.route("/queries/<path:name>")
def question(name: str) -> Response:
    """One query; its answer where all parameters are given; `.csv` and the like at once.

    Those of the pages too, so that each figure of a page can link to what made it.
    """
    service = held()
    name, _, suffix = name.partition(".")
    try:
        if "/" in name and not name.startswith(("pages/", "quality/")):
            raise UnknownQuery(name)
        query = service.catalogue.get(name)
    except UnknownQuery as error:
        raise Problem(404, str(error)) from None
    given = {param.name: request.args.get(param.name, "") for param in query.params}
    if suffix or request.args.get("format"):
        return _download(service, query, given, suffix or request.args["format"])
    return _shown(service, query, given)


def _shown(service: Service, query: Query, given: dict[str, str]) -> Response:
    meant = {param.name: _meant(service, param, given[param.name]) for param in query.params}
    try:
        bound = query.bind(meant)
    except ParameterError as error:
        incomplete = any(not (meant[param.name] or param.default) for param in query.params)
        wrong = "" if incomplete else str(error)
        shown = _page(query, given, meant, wrong=wrong, text=query.text)
        shown.status_code = 400 if wrong else 200
        return shown
    answer = _answer(service, query, bound)
    at = pager(answer.rows, tables.ROWS)
    columns, rows = tables.page_of_rows(answer.body, at.offset)
    return _page(
        query,
        given,
        meant,
        complete=True,
        table=tables.table(service, columns, rows).without_labels(),
        total=answer.rows,
        pager=at,
        seconds=answer.seconds,
        cached=answer.cached,
        text=bind(query.text, bound),
        chart=_chart(query, rows) if at.number == 1 else "",
        parameters=urlencode({k: v for k, v in meant.items() if v}),
        downloads=DOWNLOADS,
    )


def _page(query: Query, given: dict[str, str], meant: dict[str, str], **values: object) -> Response:
    return page("query.html", query=query, given=given, meant=meant, **values)


def _meant(service: Service, param: Param, text: str) -> str:
    """An IRI as it is or below the base; a name becomes the best hit of its kind."""
    text = text.strip()
    if param.type != "iri" or not text or "://" in text:
        return text
    if service.iris.read(expanded(text)) is not None:
        return expanded(text)
    if param.name == "source":
        return _source(service, text)
    found = hits(service, text, MEANT.get(param.name, ""), 1)
    return found[0].iri if found else text


def _source(service: Service, name: str) -> str:
    rows = service.query("pages/sources")
    return next((str(r["source"].value) for r in rows if r["name"].value == name), name)  # type: ignore[union-attr]


def _answer(service: Service, query: Query, bound: Mapping[str, Term]) -> Answer:
    """The whole answer, asked as strangers ask."""
    client = request.remote_addr or ""
    return service.pool.run(Request(query.text, RESULTS, bindings=bound, client=client))


def _chart(query: Query, rows: list[tables.Row]) -> object:
    if query.chart is None or not rows:
        return ""
    x, y = query.chart.x, query.chart.y
    pairs = [(_text(row[x]), float(_text(row[y]))) for row in rows if x in row and y in row]
    return charts.bars(pairs[:60], query.title)


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.Literal | ox.NamedNode) else ""


def _download(service: Service, query: Query, given: dict[str, str], name: str) -> Response:
    """The whole answer in a format of results."""
    chosen = next((one for one in formats.of_kind("results") if name in one.names), None)
    if chosen is None:
        there = ", ".join(DOWNLOADS)
        raise Problem(406, f"cannot give {name[:40]}; there is {there}")
    meant = {param.name: _meant(service, param, given[param.name]) for param in query.params}
    try:
        bound = query.bind(meant)
    except ParameterError as error:
        raise Problem(400, str(error)) from None
    answer = service.pool.run(
        Request(query.text, chosen.media_type, bindings=bound, client=request.remote_addr or "")
    )
    response = Response(answer.body, content_type=chosen.content_type, direct_passthrough=True)
    response.headers["Content-Length"] = str(len(answer.body))
    response.headers["Content-Disposition"] = f'inline; filename="{query.name}{chosen.suffixes[0]}"'
    return response
