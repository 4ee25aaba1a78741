"""The query catalogue as pages: a form, the answer as table and chart, the query itself."""

from collections.abc import Mapping
from itertools import chain
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Response, request

from queries import formats
from queries.binding import Term, bind
from queries.catalogue import Param, ParameterError, Query, UnknownQuery
from queries.description.examples import PREFIXES as EXAMPLE_PREFIXES
from queries.description.examples import declarations, executables
from queries.formats import N_TRIPLES
from queries.pool.answers import Answer, Cause, QueryKilled, Request
from server.bibliography import gathering
from server.context import RESULTS, Service
from server.naming import LOOKED_AT, MEANT, Unclear, exact, named, told
from server.negotiate import NotAcceptableError, choose
from server.pages import exports, pictures, tables
from server.pages.finding import hits
from server.pages.frame import blueprint, expanded, held, page, pager
from server.problems import Problem

DOWNLOADS = ("csv", "tsv", "json", "xml")
CITED = {name: one for one in formats.of_kind("bibliography") for name in one.names}
CITABLE = 10_000  # publications of an answer, as many as are exported
OF_GRAPH = ("ttl", "nt", "jsonld", "rdf")
OTHER = "Anything else"
# What queries ask about, by the names of their first parameters.
GROUPS = {
    "One person": ("person",),
    "Two people": ("a", "b"),
    "A name": ("name",),
    "A publication": ("publication", "doi"),
    "Why two are one, or not": ("entity",),
    "A venue": ("venue",),
    "A source": ("source",),
    "All that is here": ("",),
    OTHER: (),
}


@blueprint.route("/queries")
def catalogue() -> Response:
    """Every query of the catalogue, by what it asks about."""
    groups: dict[str, list[Query]] = {title: [] for title in GROUPS}
    for query in held().catalogue:
        groups[_about(query)].append(query)
    return page("queries.html", groups={title: found for title, found in groups.items() if found})


def _about(query: Query) -> str:
    """What a query asks about, by its first parameter: the whole graph where it has none."""
    first = query.params[0].name if query.params else ""
    return next((title for title, names in GROUPS.items() if first in names), OTHER)


@blueprint.route("/queries.<suffix>")
@blueprint.route("/.well-known/sparql-examples")
def examples(suffix: str = "") -> Response:
    """The catalogue as SHACL's SPARQL executables, for editors that show examples."""
    service = held()
    asked = suffix or request.args.get("format", "")
    chosen = choose(formats.of_kind("rdf"), request.headers.getlist("Accept"), asked)
    base = service.iris.base
    triples = chain(declarations(base), executables(service.catalogue, base))
    body = ox.serialize(triples, format=chosen.offer.rdf, prefixes=EXAMPLE_PREFIXES)
    response = Response(body, content_type=f"{chosen.media_type}; charset=utf-8")
    response.headers["Cache-Control"] = "public, no-cache"
    response.vary.add("Accept")
    response.add_etag(weak=True)
    return response.make_conditional(request)  # type: ignore[return-value]


@blueprint.route("/queries/<path:name>")
def question(name: str) -> Response:
    """One query; its answer where all parameters are given; `.csv` and the like at once.

    Those of the pages too, so that each figure of a page can link to what made it.
    """
    service = held()
    name, _, suffix = name.partition(".")
    suffix = suffix or request.args.get("format", "")
    try:
        if "/" in name and not name.startswith(("pages/", "quality/")):
            raise UnknownQuery(name)
        query = service.catalogue.get(name)
    except UnknownQuery as error:
        raise Problem(404, str(error)) from None
    given = {param.name: _given(param) for param in query.params}
    suffix = suffix or _liked(query)
    if suffix in CITED or "style" in request.args:
        return _cited(service, query, given, suffix)
    if suffix:
        return _download(service, query, given, suffix)
    return _shown(service, query, given)


def _liked(query: Query) -> str:
    """The format that Accept likes better than a page; empty for a page, and where it says nothing.

    A browser gets the page, and so does who takes anything.
    """
    offers = formats.of_kind("rdf") if query.makes_graph else formats.of_kind("results")
    try:
        offer = choose((formats.HTML, *offers), request.headers.getlist("Accept")).offer
    except NotAcceptableError:
        return ""
    return "" if offer is formats.HTML else offer.names[0]


def _given(param: Param) -> str:
    """The text for a parameter, under its name or what kind of entity it is."""
    return request.args.get(param.name) or request.args.get(MEANT.get(param.name, ""), "")


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
    parameters = urlencode({k: v for k, v in meant.items() if v})
    try:
        answer = _answer(service, query, bound)
    except QueryKilled as error:
        if query.page is None or error.cause is not Cause.DEADLINE:
            raise
        wrong = f"{error}. The page /{query.page.name} answers it."
        shown = _page(query, given, meant, wrong=wrong, text=query.text, parameters=parameters)
        shown.status_code = 503
        return shown
    at = pager(answer.rows, tables.ROWS)
    read = tables.page_of_triples if query.makes_graph else tables.page_of_rows
    columns, rows = read(answer.body, at.offset)
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
        chart=pictures.of_query(query, rows) if at.number == 1 else "",
        citable=tables.cites(service, rows),
        parameters=parameters,
        downloads=OF_GRAPH if query.makes_graph else DOWNLOADS,
    )


def _page(query: Query, given: dict[str, str], meant: dict[str, str], **values: object) -> Response:
    shown = page("query.html", query=query, given=given, meant=meant, kinds=MEANT, **values)
    shown.vary.add("Accept")
    return shown


def _given_iri(service: Service, param: Param, text: str) -> str | None:
    """The value where it is no name to be looked up: an IRI is as it is or below the base."""
    if param.type != "iri" or not text or "://" in text:
        return text
    if service.iris.read(expanded(text)) is not None:
        return expanded(text)
    return _source(service, text) if param.name == "source" else None


def _meant(service: Service, param: Param, text: str) -> str:
    """The value for a page, which says what it took: a name becomes the best hit of its kind."""
    text = text.strip()
    given = _given_iri(service, param, text)
    if given is not None:
        return given
    found = hits(service, text, MEANT.get(param.name, ""), LOOKED_AT)
    found = exact(found, text) or found
    return found[0].iri if found else text


def _exactly(service: Service, query: Query, given: dict[str, str]) -> dict[str, str]:
    """The values for an answer as a file: there a name may not mean whoever comes nearest."""
    return {param.name: _clear(service, param, given[param.name].strip()) for param in query.params}


def _clear(service: Service, param: Param, text: str) -> str:
    given = _given_iri(service, param, text)
    if given is not None:
        return given
    try:
        return named(service.index, text, MEANT.get(param.name, ""))
    except Unclear as error:
        offered = "; ".join(map(told, error.hits))
        said = f"parameter {param.name}: {error}" + (f": {offered}" if offered else "")
        candidates = [{"iri": hit.iri, "label": hit.label} for hit in error.hits]
        members = {"candidates": candidates}
        raise Problem(400, said, cause="parameter", members=members) from None


def _source(service: Service, name: str) -> str:
    rows = service.query("pages/sources")
    return next((str(r["source"].value) for r in rows if r["name"].value == name), name)  # type: ignore[union-attr]


def _answer(service: Service, query: Query, bound: Mapping[str, Term]) -> Answer:
    """The whole answer, asked as strangers ask."""
    client = request.remote_addr or ""
    asked = Request(query.text, RESULTS, N_TRIPLES.media_type, bindings=bound, client=client)
    return service.pool.run(asked)


def _cited(service: Service, query: Query, given: dict[str, str], suffix: str) -> Response:
    """The publications of the answer as citations: a file, or a list set in a style."""
    meant = _exactly(service, query, given)
    try:
        answer = _answer(service, query, query.bind(meant))
    except ParameterError as error:
        raise Problem(400, str(error)) from None
    with tables.opened(answer.body) as file:
        found = gathering.publications(file, service.iris.base, CITABLE, query.makes_graph)
    if not found:
        raise Problem(406, f"the answer to {query.name} has no publication that could be cited")
    if suffix in CITED:
        return exports.as_file(service, query.title, found, CITED[suffix], query.name)
    kept = {name: value for name, value in request.args.items() if name not in ("style", "page")}
    back = f"{query.name}?{urlencode(kept)}" if kept else query.name
    return exports.as_page(service, query.title, found, back)


def _download(service: Service, query: Query, given: dict[str, str], name: str) -> Response:
    """The whole answer in a format of tables, or of RDF where the query makes that."""
    graph = query.makes_graph
    offers = formats.of_kind("rdf") if graph else formats.of_kind("results")
    chosen = next((one for one in offers if name in one.names), None)
    if chosen is None:
        listed = ", ".join(OF_GRAPH if graph else DOWNLOADS)
        raise Problem(406, f"cannot give {name[:40]}; there is {listed}")
    meant = _exactly(service, query, given)
    try:
        bound = query.bind(meant)
    except ParameterError as error:
        raise Problem(400, str(error)) from None
    client = request.remote_addr or ""
    media_type = chosen.media_type
    answer = service.pool.run(
        Request(query.text, media_type, media_type, bindings=bound, client=client)
    )
    response = Response(answer.body, content_type=chosen.content_type, direct_passthrough=True)
    response.headers["Content-Length"] = str(len(answer.body))
    response.headers["Content-Disposition"] = f'inline; filename="{query.name}{chosen.suffixes[0]}"'
    response.vary.add("Accept")
    return response
