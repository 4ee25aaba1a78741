"""`/dump`: the files that `quiver dump` made, as they lie there, and what they are."""

from pathlib import Path

from flask import Blueprint, Response, request, send_file

from queries import formats
from queries.description import dumps
from server.context import service
from server.description import RDF, turtle
from server.negotiate import choose
from server.problems import Problem

blueprint = Blueprint("downloads", __name__)


@blueprint.route("/dump")
def index() -> Response:
    """What there is to download, in VoID and DCAT."""
    chosen = choose(RDF, request.headers.getlist("Accept"), request.args.get("format", ""))
    file = folder() / dumps.INDEX
    if not file.is_file():
        raise _nothing("no dump was made here")
    return turtle(file.read_bytes(), chosen)


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
        raise _nothing("no dump was made here")
    response = send_file(file.absolute(), mimetype=media_type, max_age=0)
    response.headers["Cache-Control"] = "public, no-cache"
    return response


def folder() -> Path:
    """Where the dumps lie."""
    return service().config.data / dumps.FOLDER


def _nothing(detail: str) -> Problem:
    return Problem(404, detail, cause="unknown")
