"""Queries of the user's own: a folder of `.rq` files beside those that Quiver brings.

A file that is wrong is told of in one line, and the others are there all the same.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from queries.binding import tokens
from queries.catalogue import Catalogue, CatalogueError, HeaderError, Query, read
from queries.syntax import readable

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class NoFolder(CatalogueError, OSError):
    """The folder of own queries is not there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}: there is no such folder of queries")
        self.folder = folder


def joined(folder: Path) -> tuple[Catalogue, list[str]]:
    """The bundled catalogue and the folder's queries; a line for each file that is left out."""
    bundled = Catalogue.bundled()
    if not folder.is_dir():
        raise NoFolder(folder)
    found: dict[str, Query] = {}
    complaints = []
    for file in sorted(folder.glob("*.rq")):
        try:
            found[file.stem] = _checked(file, bundled)
        except HeaderError as error:
            complaints.append(str(error))
        except OSError as error:
            complaints.append(f"{file}: {error.strerror or error}")
        except UnicodeDecodeError:
            complaints.append(f"{file}: is not UTF-8 text")
    return bundled.with_more(found), complaints


def _checked(file: Path, bundled: Catalogue) -> Query:
    """The query in the file, its name free and its SPARQL well-formed."""
    if not _NAME.fullmatch(file.stem):
        raise HeaderError(file, 0, "a name has letters, digits, - and _ only")
    if file.stem in bundled:
        raise HeaderError(file, 0, f"there is a query {file.stem} already")
    query = read(file)
    if not query.form:
        raise HeaderError(file, 0, "is no SELECT, ASK, CONSTRUCT or DESCRIBE")
    for line, reason in _mistakes(file.read_text(encoding="utf-8")):
        raise HeaderError(file, line, reason)
    return query


def _mistakes(text: str) -> Iterator[tuple[int, str]]:
    """What the parser says of it; the header is comment to it, so that its lines are the file's."""
    if any(token.text.upper() == "SERVICE" for token in tokens(text)):
        return  # an ASK would be sent out
    try:
        ox.Store().query(text)
    except SyntaxError as error:
        said = _PLACE.fullmatch(readable(str(error)))
        yield (int(said[1]), said[3]) if said else (0, str(error))
