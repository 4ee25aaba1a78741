"""The SPARQL page: a form that works without a script, and below it the answer as a table.

A mistake is said beside the query, which stays in the form.
"""

import time
from dataclasses import replace
from urllib.parse import urlencode

from flask import Response, g, request

from queries.answers import Answer, QueryError
from queries.formats import N_TRIPLES
from queries.outreach import OutreachRefused
from server import problems, protocol, sparql
from server.context import RESULTS, Service
from server.pages import tables
from server.pages.frame import Pager, page
from server.problems import Problem

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
# The formats to take an answer along in.
OF_TABLE = ("csv", "tsv", "json", "xml")
OF_YES_OR_NO = ("json", "xml")
OF_GRAPH = ("ttl", "nt", "jsonld", "rdf")


def render_editor(service: Service) -> Response:
    """The form, with a query to begin with."""
    return _shown(service, START)


def render_answer(service: Service, asked: protocol.Ask) -> Response:
    """The form with the query that was asked, and its answer or what is wrong with it."""
    started = time.perf_counter()
    try:
        answer = _answer(service, asked)
    except (QueryError, OutreachRefused, Problem) as error:
        return _mistaken(service, asked, _problem(error))
    g.rows, g.cached = answer.rows, answer.cached
    graph = answer.media_type == N_TRIPLES.media_type
    at = _pager(answer.rows)
    read = tables.page_of_triples if graph else tables.page_of_rows
    columns, rows = read(answer.body, at.offset)
    formats = OF_GRAPH if graph else (OF_TABLE if columns else OF_YES_OR_NO)
    verdict = "" if columns else str(getattr(rows[0][""], "value", ""))  # of an ASK
    found = tables.table(service, columns, rows)
    return _shown(
        service,
        asked.text,
        asked=asked,
        table=found,
        verdict=verdict,
        total=answer.rows,
        pager=at,
        seconds=0.0 if answer.cached else answer.seconds,
        whole=time.perf_counter() - started,
        cached=answer.cached,
        graph=graph,
        downloads=[(name, _address(asked, name)) for name in formats],
    )


def _answer(service: Service, asked: protocol.Ask) -> Answer:
    """As the endpoint answers strangers, in the formats that are shown here."""
    prepared = sparql.prepare(service, replace(asked, format=""), sparql.Asking(()))
    g.query_hash = prepared.digest
    wanted = replace(
        prepared.request,
        results=RESULTS,
        graph=N_TRIPLES.media_type,
        client=request.remote_addr or "",
    )
    token = sparql.hangup(request.environ.get("quiver.hangup"))
    return service.pool.run(wanted, token)


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, OutreachRefused):
        return Problem(403, str(error), cause="outreach")
    return problems.of_query(error)


def _mistaken(service: Service, asked: protocol.Ask, problem: Problem) -> Response:
    response = _shown(service, asked.text, asked=asked, problem=problem)
    response.status_code = problem.status
    response.headers.update(problem.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def _shown(service: Service, text: str, **values: object) -> Response:
    response = page(
        "sparql.html",
        text_of_query=text,
        queries=[query for query in service.catalogue if not query.params],
        **values,
    )
    response.vary.add("Accept")
    return response


def _pager(total: int) -> Pager:
    """The page of the answer that `?page=` asks for; the last where there are fewer."""
    text = request.args.get("page", "1")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    found = Pager(total, tables.ROWS)
    return replace(found, number=min(max(1, number), found.pages))


def _address(asked: protocol.Ask, name: str) -> str:
    """The same query in another format, below the endpoint."""
    pairs = [("query", asked.text), ("format", name)]
    pairs += [("default-graph-uri", iri) for iri in asked.default_graphs or ()]
    pairs += [("named-graph-uri", iri) for iri in asked.named_graphs or ()]
    return urlencode(pairs)
