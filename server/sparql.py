"""The SPARQL endpoint: queries on the workers, updates in a writer process, whole answers only."""

import hashlib
from collections.abc import Sequence

from flask import Blueprint, Response, g, request

from ontology import terms
from queries.answers import Answer, Request
from queries.formats import Format, of_kind
from queries.turns import Token
from server import description, protocol, updates
from server.context import Service, service
from server.negotiate import Choice, NotAcceptableError, choose

blueprint = Blueprint("sparql", __name__)

TABLES = of_kind("results")
GRAPHS = of_kind("rdf")
# What Turtle of CONSTRUCT and DESCRIBE abbreviates.
PREFIXES = {
    "q": terms.Q,
    "rdf": terms.RDF,
    "rdfs": terms.RDFS,
    "owl": terms.OWL,
    "xsd": terms.XSD,
    "dcterms": terms.DCTERMS,
    "foaf": terms.FOAF,
    "prov": terms.PROV,
}


@blueprint.route("/sparql", methods=["GET", "POST", "QUERY"])
def endpoint() -> Response:
    """Query, update, or the description of the service."""
    found = protocol.read(
        protocol.HttpRequest(
            request.method,
            request.query_string.decode("latin-1"),
            request.headers.get("Content-Type", ""),
            request.get_data(cache=False),
        )
    )
    if isinstance(found, protocol.Ask):
        return query(service(), found, request.headers.getlist("Accept"))
    if isinstance(found, protocol.Change):
        return updates.respond(service(), found)
    return description.service_document(service(), found.format)


def query(held: Service, asked: protocol.Ask, accept: Sequence[str]) -> Response:
    """The complete answer in the format agreed on, or a Problem."""
    table, graph = agree(accept, asked.format)
    etag = _etag(held, asked, table, graph)
    g.query_hash = etag.rpartition("-")[2]
    if request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(etag):
        return _validated(Response(status=304), etag)
    answer = held.pool.run(
        Request(
            asked.text,
            table.offer.media_type,
            graph.offer.media_type,
            default_graphs=asked.default_graphs,
            named_graphs=asked.named_graphs,
            deadline=_deadline(held, asked.timeout),
            client=request.remote_addr or "",
            base=f"{held.iris.base}sparql",
            prefixes=PREFIXES,
        ),
        hangup(),
    )
    response = whole(answer, table if answer.media_type == table.offer.media_type else graph)
    return _validated(response, etag)


def agree(accept: Sequence[str], asked: str) -> tuple[Choice[Format], Choice[Format]]:
    """The formats for a table and for a graph; which it will be, only the engine knows.

    Where one of the two cannot be had as asked, its default stands in: clients that set one
    Accept header for all their queries are served, and 406 is for those that nothing would serve.
    """
    try:
        table = choose(TABLES, accept, asked)
    except NotAcceptableError:
        try:
            return choose(TABLES), choose(GRAPHS, accept, asked)
        except NotAcceptableError as error:
            raise NotAcceptableError(error.asked, (*TABLES, *GRAPHS)) from None
    try:
        return table, choose(GRAPHS, accept, asked)
    except NotAcceptableError:
        return table, choose(GRAPHS)


def whole(answer: Answer, chosen: Choice[Format]) -> Response:
    """A complete answer as a response; a large one is read from its file."""
    charset = "; charset=utf-8" if chosen.media_type.startswith("text/") else ""
    response = Response(
        answer.body, content_type=chosen.media_type + charset, direct_passthrough=True
    )
    response.headers["Content-Length"] = str(len(answer.body))
    response.headers["Server-Timing"] = f"query;dur={answer.seconds * 1000:.1f}"
    g.rows, g.cached = answer.rows, answer.cached
    return response


def hangup() -> Token | None:
    """The token that the server cancels when the client leaves; None where it cannot see that."""
    announce = request.environ.get("quiver.hangup")
    if announce is None:
        return None
    token = Token()
    announce(token.cancel)
    return token


def _deadline(held: Service, timeout: float | None) -> float | None:
    return None if timeout is None else min(timeout, held.config.timeout)


def _etag(held: Service, asked: protocol.Ask, *formats: Choice[Format]) -> str:
    parts = (asked.text, asked.default_graphs, asked.named_graphs)
    digest = hashlib.blake2b(repr(parts).encode(errors="replace"), digest_size=9)
    digest.update("".join(chosen.media_type for chosen in formats).encode())
    return f"{held.pool.generation().number}-{digest.hexdigest()}"


def _validated(response: Response, etag: str) -> Response:
    """Weak: the same rows may come in another order."""
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    return response
