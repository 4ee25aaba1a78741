"""A store elsewhere, spoken to in SPARQL 1.1 Protocol and Graph Store Protocol over HTTP.

Every answer is read whole, under one deadline and one cap, before any of it is handed on: what a
server broke off never looks like a result. Redirects are not followed and no proxy is asked: the
operator names the endpoint, and nothing else is spoken to.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from itertools import islice
from typing import Self
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox

from queries import formats
from queries.binding import Term, bind, names_dataset, serialized
from queries.errors import EndpointError, StoreError, Unsupported
from queries.pool.answers import QuerySyntaxError
from queries.store import (
    NOTHING,
    Answer,
    Capability,
    named_node,
    parsed_triples,
)

CHUNK_BYTES = 1 << 16
MESSAGE_BYTES = 2000  # of a server's error that are worth showing
QUADS_A_REQUEST = 5000  # about 1 MB of SPARQL; servers cap a request's body
ACCEPT = f"{formats.RESULTS_JSON.media_type}, {formats.N_TRIPLES.media_type}"


@dataclass(frozen=True, slots=True)
class RemoteStore:
    """A SPARQL 1.1 endpoint. It publishes each request by itself and cannot roll back or kill.

    `union` says whether the endpoint's own default graph is the union of its graphs: only the
    operator knows. `timeout` is for a whole exchange; `headers` go with every request.
    """

    query_url: str
    update_url: str = ""
    graph_store_url: str = ""
    union: bool = False
    timeout: float = 60.0
    answer_bytes: int = 256 << 20
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for url in (self.query_url, self.update_url, self.graph_store_url):
            parts = urlsplit(url)
            if url and (parts.scheme not in ("http", "https") or not parts.hostname):
                raise EndpointError(url, "an endpoint must be an absolute http or https URL")

    @property
    def capabilities(self) -> frozenset[Capability]:
        """The union, where the endpoint is said to have it."""
        return frozenset((Capability.UNION,)) if self.union else frozenset()

    def query(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term] = NOTHING,
        union: bool = True,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Answer:
        """See Store; Unsupported where `union` is not what the endpoint does anyway."""
        reply = self._ask(bind(text, bindings), ACCEPT, union, default_graphs, named_graphs)
        return parsed_answer(self.query_url, reply)

    def query_bytes(
        self,
        text: str,
        media_type: str,
        *,
        bindings: Mapping[str, Term] = NOTHING,
        union: bool = True,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> bytes:
        """See Store; an answer in another media type than the one asked for is an error."""
        bound = bind(text, bindings)
        reply = self._ask(bound, media_type, union, default_graphs, named_graphs)
        if formats.by_media_type(reply.media_type) is not formats.by_media_type(media_type):
            raise EndpointError(self.query_url, f"answered in {reply.media_type or 'no type'}")
        return reply.body

    def _ask(
        self,
        text: str,
        accept: str,
        union: bool,
        default_graphs: Sequence[str] | None,
        named_graphs: Sequence[str] | None,
    ) -> "Reply":
        dataset = [("default-graph-uri", named_node(iri).value) for iri in default_graphs or ()]
        dataset += [("named-graph-uri", named_node(iri).value) for iri in named_graphs or ()]
        if not dataset and not names_dataset(text):
            self._check_dataset(union, default_graphs is not None or named_graphs is not None)
        return self._exchange(
            Request(
                "POST",
                with_parameters(self.query_url, dataset),
                body=encoded(text),
                media_type="application/sparql-query",
                accept=accept,
            )
        )

    def _check_dataset(self, union: bool, empty: bool) -> None:
        if empty:
            raise Unsupported("an empty dataset", "the protocol has no way to ask for one")
        if union != self.union:
            how = "always is" if self.union else "is not"
            reason = f"the default graph of {self.query_url} {how} the union of all graphs"
            raise Unsupported(Capability.UNION, reason)

    def update(self, text: str, *, bindings: Mapping[str, Term] = NOTHING) -> None:
        """See Store."""
        if not self.update_url:
            raise Unsupported("update", f"{self.query_url} was given without an update URL")
        self._exchange(
            Request(
                "POST",
                self.update_url,
                body=encoded(bind(text, bindings)),
                media_type="application/sparql-update",
            )
        )

    def has_graph(self, graph: str) -> bool:
        """See Store."""
        return self._graph("HEAD", graph, allowed=(404,)).status != 404

    def replace_graph(self, graph: str, triples: bytes | Iterable[ox.Triple]) -> bool:
        """See Store; parsed here first, so that a broken document never reaches the endpoint."""
        body = ox.serialize(parsed_triples(triples), format=ox.RdfFormat.N_TRIPLES)
        return self._graph("PUT", graph, body=body).status != 201

    def remove_graph(self, graph: str) -> bool:
        """See Store."""
        return self._graph("DELETE", graph, allowed=(404,)).status != 404

    def _graph(
        self, method: str, graph: str, *, body: bytes | None = None, allowed: Sequence[int] = ()
    ) -> "Reply":
        if not self.graph_store_url:
            raise Unsupported(
                "graph store", f"{self.query_url} was given without a graph store URL"
            )
        url = with_parameters(self.graph_store_url, [("graph", named_node(graph).value)])
        media_type = formats.N_TRIPLES.media_type
        return self._exchange(
            Request(method, url, body, media_type, accept=media_type, allowed=tuple(allowed))
        )

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """See Store; a request each few thousand quads, so a failure can leave some added."""
        self._change("INSERT DATA", quads)

    def remove(self, quads: Iterable[ox.Quad]) -> None:
        """See Store; a request each few thousand quads, so a failure can leave some removed."""
        self._change("DELETE DATA", quads)

    def _change(self, operation: str, quads: Iterable[ox.Quad]) -> None:
        remaining = iter(quads)
        while batch := list(islice(remaining, QUADS_A_REQUEST)):
            self.update(f"{operation} {{\n{''.join(map(quad_data, batch))}}}")

    def close(self) -> None:
        """Nothing is kept open between requests."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _exchange(self, request: "Request") -> "Reply":
        """One request and its whole answer; statuses of 300 and more are errors."""
        until = time.monotonic() + self.timeout
        parts = urlsplit(request.url)
        secure = parts.scheme == "https"
        kind: type[HTTPConnection] = HTTPSConnection if secure else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.timeout)
        try:
            path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request(request.method, path, request.body, self._headers(request))
            reply = self._reply(request.url, connection.getresponse(), until)
        except TimeoutError as error:
            reason = f"no whole answer within {self.timeout:g} s"
            raise EndpointError(request.url, reason) from error
        except HTTPException as error:
            reason = f"the answer broke off: {error!r}"
            raise EndpointError(request.url, reason) from error
        except EndpointError:
            raise
        except OSError as error:
            raise EndpointError(request.url, error.strerror or str(error)) from error
        finally:
            connection.close()
        return checked(request, reply)

    def _headers(self, request: "Request") -> dict[str, str]:
        own = {"Accept": request.accept, "Accept-Encoding": "identity", "User-Agent": "quiver"}
        if request.body is not None:
            own["Content-Type"] = request.media_type
        return own | dict(self.headers)

    def _reply(self, url: str, response: HTTPResponse, until: float) -> "Reply":
        body = bytearray()
        while chunk := response.read1(CHUNK_BYTES):
            body += chunk
            if len(body) > self.answer_bytes:
                raise EndpointError(url, f"the answer is larger than {self.answer_bytes:,} bytes")
            if time.monotonic() > until:
                raise TimeoutError
        if response.length:  # read1 ends in silence where Content-Length promised more
            raise EndpointError(url, f"the answer broke off {response.length:,} bytes early")
        return Reply(response.status, response.headers.get_content_type(), bytes(body))


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `allowed` are error statuses that mean something to the caller."""

    method: str
    url: str
    body: bytes | None = None
    media_type: str = ""
    accept: str = "*/*"
    allowed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer, whole."""

    status: int
    media_type: str
    body: bytes

    @property
    def message(self) -> str:
        """What the server says was wrong, in one line."""
        return " ".join(self.body[:MESSAGE_BYTES].decode(errors="replace").split())


def checked(request: Request, reply: Reply) -> Reply:
    """The reply of a request that succeeded; QuerySyntaxError where the SPARQL was refused."""
    if reply.status < 300 or reply.status in request.allowed:
        return reply
    if reply.status == 400 and request.media_type.startswith("application/sparql-"):
        raise QuerySyntaxError(reply.message or "the endpoint refused the text")
    reason = f"answered {reply.status} {reply.message}".rstrip()
    raise EndpointError(request.url, reason, reply.status)


def parsed_answer(url: str, reply: Reply) -> Answer:
    """The answer as pyoxigraph's terms; read through once first, as a broken one must not start."""
    entry = formats.by_media_type(reply.media_type, ("results", "rdf"))
    try:
        if entry is formats.RESULTS_JSON:
            result = ox.parse_query_results(reply.body, format=entry.results)
            if isinstance(result, ox.QueryBoolean):
                return bool(result)
            for _ in result:
                pass
            again = ox.parse_query_results(reply.body, format=entry.results)
            assert isinstance(again, ox.QuerySolutions)
            return again
        if entry is not None and entry.kind == "rdf":
            return iter([quad.triple for quad in ox.parse(reply.body, format=entry.rdf)])
    except (SyntaxError, ValueError) as error:
        raise EndpointError(url, f"the answer is broken: {error}") from error
    raise EndpointError(url, f"answered in {reply.media_type}", reply.status)


def with_parameters(url: str, parameters: Sequence[tuple[str, str]]) -> str:
    """The URL with these added to its query."""
    if not parameters:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(parameters)}"


def encoded(text: str) -> bytes:
    """The text in UTF-8; a lone surrogate is a syntax error, as in the embedded store."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise QuerySyntaxError(str(error)) from None


def quad_data(quad: ox.Quad) -> str:
    """One quad as a line of INSERT DATA or DELETE DATA."""
    triple = " ".join(map(data_term, (quad.subject, quad.predicate, quad.object)))
    if isinstance(quad.graph_name, ox.DefaultGraph):
        return f"{triple} .\n"
    return f"GRAPH {data_term(quad.graph_name)} {{ {triple} }}\n"


def data_term(term: object) -> str:
    """The term in SPARQL's syntax; a blank node's label means nothing to another store."""
    if isinstance(term, ox.NamedNode | ox.Literal):
        return serialized("term", term)
    raise StoreError(f"{term}: only IRIs and literals can be sent to a remote store")
