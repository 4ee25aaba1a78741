"""The query catalogue as pages: a form, the answer as table and chart, the query itself."""

from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Response, request

from queries import formats
from queries.answers import Request
from queries.binding import bind
from queries.catalogue import Catalogue, Param, ParameterError, Query, UnknownQuery
from server import charts
from server.context import RESULTS, Service
from server.pages.frame import blueprint, expanded, held, page
from server.pages.looking import hits
from server.problems import Problem

ROWS = 500
Row = dict[str, ox.NamedNode | ox.Literal]
DOWNLOADS = ("csv", "tsv", "json", "xml")
# Which kind of entity a parameter of this name means, so that a name will do for its IRI.
MEANT = {
    "person": "author",
    "a": "author",
    "b": "author",
    "venue": "venue",
    "publication": "publication",
}
START = """PREFIX q: <https://w3id.org/quiver/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?person ?name (COUNT(?publication) AS ?papers) WHERE {
  ?publication q:authoredBy ?person .
  ?person rdfs:label ?name .
}
GROUP BY ?person ?name
ORDER BY DESC(?papers)
LIMIT 20
"""


@blueprint.route("/queries")
def catalogue() -> Response:
    """Every query of the catalogue."""
    return page("queries.html", queries=list(Catalogue.bundled()))


@blueprint.route("/queries/<name>")
def question(name: str) -> Response:
    """One query; its answer where all parameters are given; `.csv` and the like at once."""
    service = held()
    name, _, suffix = name.partition(".")
    try:
        query = service.catalogue.get(name)
    except UnknownQuery as error:
        raise Problem(404, str(error)) from None
    given = {param.name: request.args.get(param.name, "") for param in query.params}
    if suffix or request.args.get("format"):
        return _download(service, query, given, suffix or request.args["format"])
    return _shown(service, query, given)


def _shown(service: Service, query: Query, given: dict[str, str]) -> Response:
    meant = {param.name: _meant(service, param, given[param.name]) for param in query.params}
    complete = all(meant[param.name] or param.default for param in query.params)
    wrong, seconds = "", 0.0
    columns: list[str] = []
    rows: list[Row] = []
    text = query.text
    if complete:
        try:
            bound = query.bind(meant)
            text = bind(query.text, bound)
            columns, rows, seconds = _answer(service, query, meant)
        except ParameterError as error:
            wrong = str(error)
    return page(
        "query.html",
        query=query,
        given=given,
        meant=meant,
        complete=complete and not wrong,
        wrong=wrong,
        columns=columns,
        rows=rows[:ROWS],
        total=len(rows),
        seconds=seconds,
        text=text,
        chart=_chart(query, rows),
        parameters=urlencode({k: v for k, v in meant.items() if v}),
        downloads=DOWNLOADS,
    ), 400 if wrong else 200  # type: ignore[return-value]


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


def _answer(
    service: Service, query: Query, values: dict[str, str]
) -> tuple[list[str], list[Row], float]:
    """Columns in the query's order, rows, and the seconds that it took; as strangers ask."""
    request_ = Request(
        query.text, RESULTS, bindings=query.bind(values), client=request.remote_addr or ""
    )
    answer = service.pool.run(request_)
    found = ox.parse_query_results(answer.body.read(), ox.QueryResultsFormat.JSON)
    if not isinstance(found, ox.QuerySolutions):
        raise Problem(500, f"{query.name} is not a SELECT")
    columns = [variable.value for variable in found.variables]
    rows = [
        {
            name: term
            for name in columns
            if isinstance(term := row[name], (ox.NamedNode, ox.Literal))
        }
        for row in found
    ]
    return columns, rows, answer.seconds


def _chart(query: Query, rows: list[Row]) -> object:
    if query.chart is None or not rows:
        return ""
    x, y = query.chart.x, query.chart.y
    pairs = [(row[x].value, float(row[y].value)) for row in rows if x in row and y in row]
    return charts.bars(pairs[:60], query.title)


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


def render_editor(service: Service) -> Response:
    """The SPARQL editor: a plain form that works without a script."""
    return page(
        "sparql.html",
        start=START,
        queries=[query for query in service.catalogue if not query.params],
    )
