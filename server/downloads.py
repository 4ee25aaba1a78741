"""`/dump`: the files that `quiver dump` made, as they lie there, and what they are."""

from pathlib import Path

import pyoxigraph as ox
from flask import Blueprint, Response, request, send_file

from ontology import terms
from queries import formats
from queries.description import dumps
from server.context import service
from server.description import RDF, turtle
from server.negotiate import choose
from server.pages.frame import page
from server.problems import Problem

blueprint = Blueprint("downloads", __name__)

DATA_DUMP = f"{terms.VOID}dataDump"
NONE = "no dump was made here; /sparql, /graphs and /fragments give the same data"


@blueprint.route("/dump")
def index() -> Response:
    """What there is to download, in VoID and DCAT, or as a page."""
    offers = (*RDF, formats.HTML)
    chosen = choose(offers, request.headers.getlist("Accept"), request.args.get("format", ""))
    file = folder() / dumps.INDEX
    if not file.is_file():
        raise _nothing(NONE)
    if chosen.offer is formats.HTML:
        shown = page("dump.html", graphs=_listed(file), sums=dumps.SUMS)
        shown.vary.add("Accept")
        return shown
    return turtle(file.read_bytes(), chosen)


def _listed(file: Path) -> dict[str, list[tuple[str, str, int]]]:
    """Of each graph, as its IRI, the files: name, what tells its format, bytes."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for quad in ox.parse(file.read_bytes(), ox.RdfFormat.TURTLE):
        if quad.predicate.value == DATA_DUMP and isinstance(quad.object, ox.NamedNode):
            name = quad.object.value.rpartition("/")[2]
            kind = name.removesuffix(".gz").rpartition(".")[2]
            held = file.with_name(name)
            if held.is_file():
                graph = str(getattr(quad.subject, "value", ""))
                found.setdefault(graph, []).append((name, kind, held.stat().st_size))
    return found


@blueprint.route("/dump/<name>")
def download(name: str) -> Response:
    """One file; ranges of it too."""
    if name == dumps.SUMS:
        media_type = "text/plain"
    elif name == dumps.INDEX:
        media_type = formats.TURTLE.media_type
    elif name in dumps.published(folder()):
        media_type = "application/gzip"
    else:
        raise _nothing(f"there is no file {name[:100]!r} among the dumps")
    file = folder() / name
    if not file.is_file():
        raise _nothing(NONE)
    response = send_file(file.absolute(), mimetype=media_type, max_age=0)
    response.headers["Cache-Control"] = "public, no-cache"
    return response


def folder() -> Path:
    """Where the dumps lie."""
    return service().config.data / dumps.FOLDER


def _nothing(detail: str) -> Problem:
    return Problem(404, detail, cause="unknown")
