"""Publications in each format of citations, one or many; in text, in a style."""

import json
from collections.abc import Callable, Iterable, Iterator

from queries import formats
from queries.formats import Format
from server.bibliography import bibtex, csl, ris, styles
from server.bibliography.citations import Citation
from server.bibliography.styles import Style

PART = 100  # citations that are set in a style in one go


def written(found: Iterable[Citation], chosen: Format, style: Style | None = None) -> str:
    """The whole list in one text."""
    return "".join(chunks(found, chosen, style))


def chunks(
    found: Iterable[Citation], chosen: Format, style: Style | None = None, first: int = 1
) -> Iterator[str]:
    """The list piece by piece; what is numbered is numbered from the first."""
    if chosen is formats.TEXT:
        yield from _text(found, style or styles.bundled()[styles.USUAL], first)
    else:
        yield from WRITERS[chosen.name](found)


def _bibtex(found: Iterable[Citation]) -> Iterator[str]:
    for place, one in enumerate(found):
        yield ("\n" if place else "") + bibtex.entry(one)


def _ris(found: Iterable[Citation]) -> Iterator[str]:
    for place, one in enumerate(found):
        yield ("\r\n" if place else "") + ris.entry(one)


def _csl(found: Iterable[Citation]) -> Iterator[str]:
    """A JSON array, an item after another."""
    begin = "["
    for one in found:
        yield f"{begin}{json.dumps(csl.item(one), ensure_ascii=False, indent=1)}"
        begin = ",\n"
    yield "[]\n" if begin == "[" else "]\n"


def _text(found: Iterable[Citation], style: Style, first: int) -> Iterator[str]:
    """A line each, an empty one between."""
    part: list[Citation] = []
    for one in found:
        part.append(one)
        if len(part) == PART:
            yield from (f"{line}\n\n" for line in styles.plain(style, part, first))
            first += len(part)
            part = []
    yield from (f"{line}\n\n" for line in styles.plain(style, part, first))


WRITERS: dict[str, Callable[[Iterable[Citation]], Iterator[str]]] = {
    formats.BIBTEX.name: _bibtex,
    formats.RIS.name: _ris,
    formats.CSL_JSON.name: _csl,
}
