"""The SPARQL page: a query and its answer as table, chart, graph, or as programs get it.

It works without a script; with one the form becomes an editor (Yasqe, of YASGUI) that completes
terms of this graph. A mistake is said beside the query, which stays in the form. An answer can be
cited: its address carries the generation and a fingerprint, and says later whether both still hold.
"""

import json
import time
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Response, g, request

from queries.formats import N_TRIPLES
from queries.pool.answers import Answer, QueryError
from queries.pool.outreach import OutreachRefused
from server import problems, protocol, sparql
from server.context import RESULTS, Service
from server.pages import fingerprints, pictures, tables
from server.pages.frame import Pager, blueprint, held, page
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
VIEWS = ("table", "chart", "graph", "raw")
RAW_BYTES = 60_000  # of an answer that are shown as they are
# What to do about a query that was cut, by its cause.
ADVICE = {
    "deadline": "Ask for less: add a LIMIT, name the subject or a class first, look at parts with "
    "a sub-SELECT. Patterns that share no variable multiply.",
    "memory": "It sorts, groups or joins more than fits: narrow the pattern before ORDER BY, GROUP "
    "BY or DISTINCT. Patterns that share no variable multiply.",
    "rows": "Ask for fewer rows with LIMIT, count them with COUNT, or take a dump of the graph.",
    "bytes": "Ask for fewer rows or columns, or take a dump of the graph.",
    "spool": "The answers of others take all the room: ask again in a moment, or for less.",
    "nesting": "Write the query flatter: fewer brackets, VALUES in the place of long unions.",
    "queue": "Others are waiting too: ask again in a moment.",
    "outreach": "Only listed endpoints can be asked by SERVICE.",
}


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
    view = request.args.get("view", "table")
    found = tables.table(service, columns, rows)
    whole_rows = answer.rows <= tables.ROWS
    drawn = pictures.chart(columns, rows, "The answer") if whole_rows or view == "chart" else ""
    joined = pictures.edges(columns, rows)
    return _shown(
        service,
        asked.text,
        asked=asked,
        table=found,
        view=view if view in VIEWS else "table",
        chart=drawn,
        network=_address(asked) if joined else "",
        raw=_raw(answer) if view == "raw" else "",
        cited=_cited(service, answer, graph),
        address=lambda name: f"{_address(asked, 'html')}&view={name}",
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


def _raw(answer: Answer) -> str:
    """The beginning of the answer as programs get it."""
    with tables.opened(answer.body) as file:
        text = file.read(RAW_BYTES + 1)
    shown = text[:RAW_BYTES].decode(errors="ignore")
    return f"{shown}\n…" if len(text) > RAW_BYTES else shown


@dataclass(frozen=True, slots=True)
class Cited:
    """What tells an answer: its generation and fingerprint, and those that a citation has."""

    generation: int
    fingerprint: str
    then: str = ""
    result: str = ""

    @property
    def same(self) -> bool:
        """Whether the answer is what was cited."""
        return self.result == self.fingerprint


def _cited(service: Service, answer: Answer, graph: bool) -> Cited:
    fingerprint = fingerprints.of_answer(answer.body, answer.rows, graph)
    then, result = request.args.get("generation", ""), request.args.get("result", "")
    return Cited(answer.generation, fingerprint, then[:20], result[: fingerprints.LETTERS])


@blueprint.route("/sparql/graph.json")
def graph_of_answer() -> Response:
    """The nodes and edges of an answer, for the script that draws them."""
    service = held()
    text = request.args.get("query", "")
    defaults = tuple(request.args.getlist("default-graph-uri")) or None
    named = tuple(request.args.getlist("named-graph-uri")) or None
    answer = _answer(service, protocol.Ask(text, defaults, named))
    graph = answer.media_type == N_TRIPLES.media_type
    read = tables.page_of_triples if graph else tables.page_of_rows
    found = pictures.network(service, pictures.edges(*read(answer.body)))
    body = json.dumps(found, ensure_ascii=False)
    return Response(body, content_type="application/json", headers={"Cache-Control": "no-cache"})


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, OutreachRefused):
        return Problem(403, str(error), cause="outreach")
    return problems.of_query(error)


def _mistaken(service: Service, asked: protocol.Ask, problem: Problem) -> Response:
    advice = ADVICE.get(problem.cause or "", "")
    response = _shown(service, asked.text, asked=asked, problem=problem, advice=advice)
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


def _address(asked: protocol.Ask, name: str = "") -> str:
    """The same query, in another format where one is named, below the endpoint."""
    pairs = [("query", asked.text), *([("format", name)] if name else [])]
    pairs += [("default-graph-uri", iri) for iri in asked.default_graphs or ()]
    pairs += [("named-graph-uri", iri) for iri in asked.named_graphs or ()]
    return urlencode(pairs)
