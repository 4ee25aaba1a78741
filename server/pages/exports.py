"""Lists of publications for others to take: as a file in a format of citations, or set in a style.

A list is cut into parts, so that none takes longer than the page that leads to it; each part says
where the next one is, in its Link header and, where the format has words for it, in the file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Response, request

from queries import formats
from queries.formats import Format
from server.bibliography import gathering, styles, writing
from server.bibliography.citations import Citation
from server.bibliography.styles import Style
from server.context import Service
from server.pages.asking import Ask, ask, lean
from server.pages.frame import Pager, blueprint, href, page, pager
from server.problems import Problem

PART = 500  # publications in one file: it takes as long as the page of a list of 1,000
SET = 100  # of those that are set in a style, which takes a millisecond each
# What a page has of its own: a file of its whole list has none of these.
_OF_PAGES = ("page", "people", "who", "style", "format")
_STYLE = re.compile(r"text/x-bibliography[^,]*;\s*style=\"?([\w-]+)")
FILES = {formats.BIBTEX: "BibTeX", formats.RIS: "RIS", formats.CSL_JSON: "CSL-JSON"}


@dataclass(frozen=True, slots=True)
class Exports:
    """What a page offers of its list: files by suffix, styles by name, both with their address."""

    total: int
    files: tuple[tuple[str, str], ...]
    styles: tuple[tuple[str, str], ...]
    text: str  # the address of the list as plain text in the style that is shown
    parts: int
    part: int = PART


def gathered(held: Service, iris: Sequence[str]) -> list[Citation]:
    """These publications with all that a citation of them needs."""

    def answer(wanted: Sequence[tuple[str, str, Sequence[str]]]) -> list[list[dict[str, str]]]:
        asked = (lean(Ask(name, {}, (variable, tuple(of)))) for name, variable, of in wanted)
        return ask(held, *asked)

    return gathering.citations(answer, iris)


def chosen_style() -> Style | None:
    """The style that the address or the Accept header names; none where neither does."""
    in_header = _STYLE.search(",".join(request.headers.getlist("Accept")))
    name = request.args.get("style") or (in_header[1] if in_header else "")
    known = styles.bundled()
    if name and name not in known:
        raise Problem(406, f"there is no style {name[:40]!r}; there is {', '.join(known)}")
    return known[name] if name else None


def as_file(held: Service, label: str, iris: Sequence[str], chosen: Format, name: str) -> Response:
    """A part of the list as a file of this name."""
    at = pager(len(iris), SET if chosen is formats.TEXT else PART)
    found = gathered(held, iris[at.offset : at.last])
    first = at.offset + 1
    pieces = [*writing.chunks(found, chosen, chosen_style(), first)]
    response = Response(
        "".join([*_before(chosen, label, at), *pieces, *_after(chosen, at)]),
        content_type=f"{_media_type(chosen)}; charset=utf-8",
    )
    number = f".{at.number}" if at.pages > 1 else ""
    file = f"{name}{number}{chosen.suffixes[0]}"
    response.headers["Content-Disposition"] = f'inline; filename="{file}"'
    links = [("prev", at.number - 1)] if at.number > 1 else []
    links += [("next", at.number + 1)] if at.number < at.pages else []
    if links:
        response.headers["Link"] = ", ".join(
            f'<{_part_link(number)}>; rel="{relation}"' for relation, number in links
        )
    return response


def as_page(held: Service, label: str, iris: Sequence[str], back: str) -> Response:
    """A part of the list set in the style that the address names, to be read and copied."""
    style = chosen_style()
    assert style is not None
    at = pager(len(iris), SET)
    found = gathered(held, iris[at.offset : at.last])
    lines = styles.marked(style, found, at.offset + 1)
    return page(
        "references.html",
        label=label,
        style=style,
        lines=list(zip((href(one.iri) for one in found), lines, strict=True)),
        exports=exports(len(iris)),
        pager=at,
        back=back,
    )


def _media_type(chosen: Format) -> str:
    """Text that was asked for by its name is shown by browsers; what Accept names is what it is."""
    named = chosen is formats.TEXT and chosen.media_type not in str(request.accept_mimetypes)
    return "text/plain" if named else chosen.media_type


def _before(chosen: Format, label: str, at: Pager) -> list[str]:
    if at.pages == 1 or chosen is not formats.BIBTEX:
        return []
    # BibTeX takes all between entries for a comment, but an entry begins at any "@".
    told = f"{at.offset + 1} to {at.last} of {at.total} publications: {label}".replace("@", " ")
    return [f"% {' '.join(told.split())}\n", *_further(at, "% "), "\n"]


def _after(chosen: Format, at: Pager) -> list[str]:
    if at.pages == 1 or chosen is not formats.TEXT:
        return []
    return [f"({at.offset + 1} to {at.last} of {at.total})\n", *_further(at, "")]


def _further(at: Pager, mark: str) -> list[str]:
    more = at.number < at.pages
    return [f"{mark}The next are at {_part_link(at.number + 1)}\n"] if more else []


def _part_link(number: int) -> str:
    kept = {name: value for name, value in request.args.items() if name != "page"}
    if number > 1:
        kept["page"] = str(number)
    own = quote(request.path.rpartition("/")[2])
    return f"{own}?{urlencode(kept)}" if kept else own


def exports(total: int) -> Exports:
    """The ways in which the list of the current page can be taken along."""
    name, _ = formats.split_suffix(request.path.rpartition("/")[2])
    own = quote(name)
    kept = {key: value for key, value in request.args.items() if key not in _OF_PAGES}
    query = f"?{urlencode(kept)}" if kept else ""
    files = tuple((f"{own}{one.suffixes[0]}{query}", title) for one, title in FILES.items())
    html = ".html" if name == "search" else ""
    return Exports(
        total,
        files,
        tuple(
            (f"{own}{html}?{urlencode(kept | {'style': style})}", one.title)
            for style, one in styles.bundled().items()
        ),
        f"{own}.txt?{urlencode(kept | {'style': request.args.get('style', styles.USUAL)})}",
        -(-total // PART),
    )


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"exports_of": exports}
