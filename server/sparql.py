"""The SPARQL endpoint: queries on the workers, updates in a writer process, whole answers only.

`prepare` and `answer` know nothing of Flask: the route below and `server.front` use them.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask import Blueprint, Response, g, request
from werkzeug.http import parse_etags

from ontology import terms
from queries.formats import HTML, Format, of_kind
from queries.pool.answers import Answer, HeldBody, Request, SpooledBody
from queries.pool.turns import Token
from server import description, pages, protocol, updates
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


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for an answer, and how they want it."""

    accept: Sequence[str] = ()
    client: str = ""
    etags: str = ""
    hangup: Callable[[Callable[[], object]], object] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as HTTP has it; no body where the client has it already."""

    status: int
    headers: list[tuple[str, str]]
    body: HeldBody | SpooledBody | None
    query_hash: str
    rows: int | None = None
    cached: bool = False


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
        if likes_page(tuple(request.headers.getlist("Accept")), found.format):
            return pages.render_answer(service(), found)
        return _response(answer(service(), found, asking()))
    if isinstance(found, protocol.Change):
        return updates.respond(service(), found)
    return description.service_document(service(), found.format)


def asking() -> Asking:
    """Who asks in the current request."""
    etags = request.headers.get("If-None-Match", "")
    return Asking(
        request.headers.getlist("Accept"),
        request.remote_addr or "",
        etags if request.method in ("GET", "HEAD") else "",
        request.environ.get("quiver.hangup"),
    )


OUTSIDE = (("Cache-Control", "no-store"), ("Vary", "Accept"))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query as the pool takes it, and what will be said of its answer."""

    request: Request
    table: Choice[Format]
    graph: Choice[Format]
    headers: list[tuple[str, str]]
    digest: str
    held: bool  # by the client, so that none is due

    def reply(self, found: Answer | None) -> Reply:
        if found is None:
            return Reply(304, self.headers, None, self.digest)
        chosen = self.table if found.media_type == self.table.offer.media_type else self.graph
        headers = described(found, chosen) + self.headers
        return Reply(200, headers, found.body, self.digest, found.rows, found.cached)


def answer(held: Service, asked: protocol.Ask, who: Asking) -> Reply:
    """The complete answer in the format agreed on, or an error."""
    prepared = prepare(held, asked, who)
    token = hangup(who.hangup)
    return prepared.reply(None if prepared.held else held.pool.run(prepared.request, token))


def prepare(held: Service, asked: protocol.Ask, who: Asking) -> Prepared:
    """All that can be said before the query runs, or an error."""
    table, graph = agree(tuple(who.accept), asked.format)
    etag = _etag(held, asked, table, graph)
    digest = etag.rpartition("-")[2]
    # Weak: the same rows may come in another order.
    headers = [("ETag", f'W/"{etag}"'), ("Cache-Control", "no-cache"), ("Vary", "Accept")]
    request = Request(
        asked.text,
        table.offer.media_type,
        graph.offer.media_type,
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        deadline=_deadline(held, asked.timeout),
        client=who.client,
        base=f"{held.iris.base}sparql",
        prefixes=PREFIXES,
    )
    if held.pool.reaches(asked.text):  # what others say may change at any time
        return Prepared(request, table, graph, [*OUTSIDE], digest, False)
    known = bool(who.etags) and parse_etags(who.etags).contains_weak(etag)
    return Prepared(request, table, graph, headers, digest, known)


def described(found: Answer, chosen: Choice[Format]) -> list[tuple[str, str]]:
    """The headers that tell of the body."""
    charset = "; charset=utf-8" if chosen.media_type.startswith("text/") else ""
    return [
        ("Content-Type", chosen.media_type + charset),
        ("Content-Length", str(len(found.body))),
        ("Server-Timing", f"query;dur={found.seconds * 1000:.1f}"),
    ]


@lru_cache(256)
def agree(accept: tuple[str, ...], asked: str) -> tuple[Choice[Format], Choice[Format]]:
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


@lru_cache(256)
def likes_page(accept: tuple[str, ...], asked: str) -> bool:
    """Whether the answer should be a page for a person: HTML is liked better than any data."""
    if asked:
        return asked.strip().lower() in (*HTML.names, HTML.media_type)
    try:
        return choose((*TABLES, *GRAPHS, HTML), accept).offer is HTML
    except NotAcceptableError:
        return False


def hangup(announce: Callable[[Callable[[], object]], object] | None) -> Token | None:
    """The token that the server cancels when the client leaves; None where it cannot see that."""
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
    return f"{held.pool.generation().mark}-{digest.hexdigest()}"


def _response(reply: Reply) -> Response:
    g.query_hash = reply.query_hash
    if reply.body is None:
        return Response(status=reply.status, headers=reply.headers)
    g.rows, g.cached = reply.rows, reply.cached
    return Response(reply.body, reply.status, reply.headers, direct_passthrough=True)
