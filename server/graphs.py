"""The SPARQL 1.1 Graph Store Protocol at /graphs: `?default`, `?graph=IRI`, or the graph's own IRI.

A graph whose IRI begins with the base and `graph/` or `graphs/` is at the address that it names.

Everyone may read. Writing takes a token of the scope write and a graph that is the users'.
"""

import re
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import IO
from urllib.parse import quote, unquote, urlencode, urljoin

import pyoxigraph as ox
from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from queries import formats
from queries.pool.answers import Request
from queries.writes.updates import default_graph, is_managed
from queries.writes.writer import Upload, Written
from server import access, protocol
from server.context import Service, service
from server.negotiate import NotAcceptableError, choose
from server.pages.frame import href, root
from server.problems import Problem
from server.sparql import PREFIXES, described, hangup

blueprint = Blueprint("graphs", __name__)

RDF = formats.of_kind("rdf")
KINDS: tuple[formats.Kind, ...] = ("rdf",)
TRIPLES = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH $graph { ?s ?p ?o } }"
EXISTS = "ASK { GRAPH $graph {} }"
LISTED = "SELECT ?s ?p ?o WHERE {{ GRAPH <{}> {{ ?s ?p ?o }} }} LIMIT 100"
METHODS = ["GET", "PUT", "POST", "DELETE"]
# What a writer may call a new graph by the header Slug.
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,99}")


@blueprint.route("/graphs", methods=METHODS)
def indirect() -> Response:
    """The graph that the query string names; POST without a name makes one."""
    held = service()
    graph = _named(held, _query())
    if graph is None:
        if request.method != "POST":
            raise Problem(400, "name the graph: ?default or ?graph=IRI")
        return _create(held)
    return _answer(held, graph)


@blueprint.route("/graph/<path:name>", methods=METHODS, defaults={"space": "graph"})
@blueprint.route("/graphs/<path:name>", methods=METHODS, defaults={"space": "graphs"})
def direct(space: str, name: str) -> Response:
    """The graph whose IRI this address is."""
    held = service()
    graph = _iri(held, f"{space}/{name}")
    if request.method in ("GET", "HEAD") and _is_for_people():
        return _leading(held, graph)
    return _answer(held, graph)


def _is_for_people() -> bool:
    """Whether a page is liked better than any RDF: a browser that follows a link to a graph."""
    if "format" in request.args:
        return False
    try:
        return choose((*RDF, formats.HTML), request.headers.getlist("Accept")).offer is formats.HTML
    except NotAcceptableError:
        return False


def _leading(held: Service, graph: str) -> Response:
    """303 to the page of the source whose graph this is, else to the workbench that lists it."""
    if not _exists(held, graph):
        raise Problem(404, f"there is no graph <{graph[:300]}>", cause="unknown")
    source = unquote(graph.removeprefix(held.iris.graph("source/")))
    to = f"{root()}sparql?{urlencode({'query': LISTED.format(graph)})}"
    if source != graph:
        to = href(held.iris.entity("source", [source], source))
    response = Response(status=303)
    response.headers["Location"] = to
    response.vary.add("Accept")
    return response


def _query() -> str:
    return request.query_string.decode("latin-1")


def _named(held: Service, query: str) -> str | None:
    """The graph's IRI; a relative one is meant below the base."""
    given = protocol.fields(query)
    names = given.get("graph", [])
    if ("default" in given) + len(names) > 1:
        raise Problem(400, "name one graph: ?default or ?graph=IRI, once")
    if "default" in given:
        return default_graph(held.iris.base)
    if not names:
        return None
    if not names[0]:
        raise Problem(400, "graph= is empty: name the graph by its IRI")
    return _iri(held, names[0])


def _iri(held: Service, name: str) -> str:
    """A graph's IRI; a relative one is resolved as a Location of /graphs would be."""
    try:
        with suppress(ValueError):
            return str(ox.NamedNode(name).value)
        return str(ox.NamedNode(urljoin(f"{held.iris.base}graphs", name)).value)
    except ValueError as error:
        raise Problem(400, f"graph={name[:200]}: {error}") from None


def _answer(held: Service, graph: str) -> Response:
    if request.method in ("GET", "HEAD"):
        return _read(held, graph)
    access.require(held, "write")
    if is_managed(graph, held.iris.base):
        raise Problem(403, f"the graph <{graph}> is kept by Quiver", cause="managed")
    if request.method == "DELETE":
        held.writer.delete(graph)
        return Response(status=204)
    return _write(held, graph, request.method)


def _create(held: Service) -> Response:
    """POST without a graph: a new one, named by Slug where that can be a name."""
    access.require(held, "write")
    slug = request.headers.get("Slug", "")
    name = slug if _SLUG.fullmatch(slug) else ""
    graph = f"{held.iris.base}graph/user/{name or uuid.uuid4()}"
    if name and _exists(held, graph):
        graph = f"{graph}-{uuid.uuid4()}"
    _write(held, graph, "POST")
    response = Response(status=201)
    response.headers["Location"] = graph.removeprefix(held.iris.base)
    return response


def _read(held: Service, graph: str) -> Response:
    asked = request.args.get("format", "")
    chosen = choose(RDF, request.headers.getlist("Accept"), asked)
    etag = f"{held.pool.generation().mark}-{chosen.offer.names[0]}"
    answer = held.pool.run(
        Request(
            TRIPLES,
            results=None,
            graph=chosen.offer.media_type,
            bindings={"graph": ox.NamedNode(graph)},
            client=request.remote_addr or "",
            prefixes=PREFIXES,
        ),
        hangup(request.environ.get("quiver.hangup")),
    )
    if not answer.rows and graph != default_graph(held.iris.base) and not _exists(held, graph):
        raise Problem(404, f"there is no graph <{graph[:300]}>", cause="unknown")
    response = Response(answer.body, headers=described(answer, chosen), direct_passthrough=True)
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    response.make_conditional(request)
    return response


def _exists(held: Service, graph: str) -> bool:
    asked = Request(EXISTS, graph=None, bindings={"graph": ox.NamedNode(graph)}, kind="page")
    return b"true" in held.pool.run(asked).read()


def _write(held: Service, graph: str, method: str) -> Response:
    with tempfile.TemporaryFile() as body:
        uploads = list(_uploads(graph, body))
        done = _written(held, graph, uploads, method)
    response = Response(status=201 if done.created else 204)
    if done.created:
        response.headers["Location"] = f"/graphs?graph={quote(graph, safe='')}"
    return response


def _written(held: Service, graph: str, uploads: list[Upload], method: str) -> Written:
    write = held.writer.put if method == "PUT" else held.writer.post
    return write(graph, uploads)


def _uploads(graph: str, file: IO[bytes]) -> Iterator[Upload]:
    """The parts of the body, each in its own type; a multipart body has one for each file."""
    media_type, _ = protocol.content_type(request.headers.get("Content-Type", ""))
    if media_type == "multipart/form-data":
        parts = [part for _, part in request.files.items(multi=True)]
        if not parts:
            raise Problem(400, "the multipart body has no file")
        for part in parts:
            yield _part(part, graph)
        return
    found = _format(media_type)
    for chunk in iter(lambda: request.stream.read(1 << 16), b""):
        file.write(chunk)
    file.flush()
    file.seek(0)
    yield Upload(file.fileno(), found, graph)


def _part(part: FileStorage, graph: str) -> Upload:
    media_type, _ = protocol.content_type(part.content_type or "")
    if not media_type or media_type == "application/octet-stream":
        guessed = formats.by_file_name(part.filename or "", KINDS)
        media_type = guessed.media_type if guessed else media_type
    found = _format(media_type)
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the request keeps it)
    part.save(file)
    file.flush()
    file.seek(0)
    part.stream = file
    return Upload(file.fileno(), found, graph)


def _format(media_type: str) -> str:
    """The media type of a format that can be read; 415 for others, 400 for none."""
    if not media_type:
        raise Problem(400, f"no Content-Type; there is {_readable()}")
    found = formats.by_media_type(media_type, KINDS)
    if found is None:
        raise Problem(415, f"{media_type[:100]} cannot be read; there is {_readable()}")
    return found.media_type


def _readable() -> str:
    return ", ".join(entry.media_type for entry in RDF)
