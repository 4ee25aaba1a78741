"""Tables with a header line: CSV and TSV as Scopus, Web of Science, Zotero, Lens, OpenAlex and
OpenCitations Meta export them, and any other by a mapping of its columns to fields.

The delimiter is the one under which the header has the most known columns; lines are UTF-8, else
Latin-1, each for itself. How names stand in a cell is read off the file's first rows.
"""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import chain, islice
from typing import BinaryIO

from ingest.readers.authors import Style, cut, style_of
from ingest.readers.drafts import Draft
from ingest.readers.kinds import KINDS
from ingest.readers.mixed import MixedLine, decoded
from ingest.readers.mixed import lines as mixed_lines
from ingest.readers.streams import MAX_LINE
from ingest.records import Identifier, Item, RecordError

csv.field_size_limit(MAX_LINE)  # OpenCitations has 5,025 authors in one cell: more than the default

DELIMITERS = ",\t;|"
_STYLED_ROWS = 200
_ROW_LINES = 500  # an abstract may have lines; a quote that is never closed has the whole file

_COLUMNS = {
    "id": "id key item_key record_id eid ut ut_unique_wos_id lens_id work_id publication_id "
    "identifier",
    "title": "title item_title article_title document_title paper_title display_name ti "
    "name_of_publication",
    "authors": "author_full_names af authors author author_s au authorships_author_display_name "
    "creator creators author_names",
    "editors": "editor editors be book_editors",
    "translators": "translator translators",
    "venue": "venue source_title publication_title journal journal_title booktitle so "
    "primary_location_source_display_name anthology_title publication journal_book "
    "conference_name series_title container_title "
    "book_series_title",
    "date": "date pub_date date_published publication_date",
    "year": "year publication_year py pubyear published_year pub_year",
    "doi": "doi di item_doi",
    "isbn": "isbn isbns bn",
    "issn": "issn issns sn eissn ei primary_location_source_issn_l",
    "pmid": "pmid pubmed_id pm ids_pmid pub_med_id",
    "pmcid": "pmcid ids_pmcid",
    "arxiv": "arxiv arxiv_id",
    "volume": "volume vl journal_volume",
    "number": "issue number issue_number is journal_issue",
    "pages": "pages page pagination",
    "first_page": "page_start start_page bp",
    "article_number": "art_no article_number ar",
    "last_page": "page_end end_page ep",
    "publisher": "publisher pu",
    "language": "language la language_of_original_document",
    "abstract": "abstract abstract_note ab",
    "keywords": "keywords author_keywords de manual_tags",
    "url": "url link external_url",
    "references": "references cited_references cr",
    "type": "type item_type content_type document_type publication_type document_identifier dt pt",
    "orcids": "authorships_author_orcid",
    "retracted": "is_retracted",
}
FIELDS = tuple(_COLUMNS)
_KNOWN = {name: target for target, names in _COLUMNS.items() for name in names.split()}
_BRACKETED = re.compile(r"\s*\[(?P<ids>[^\[\]]*)\]\s*$")
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s;\],]+")
_NOBODY = {"[No author name available]", "[Anonymous]"}
_SCOPUS_ID = re.compile(r"\s*\(\d{6,}\)$")
_META_SCHEMES = {"doi", "pmid", "pmcid", "isbn", "issn", "openalex", "wikidata", "orcid", "arxiv"}


@dataclass(slots=True)
class _Row:
    """One row: where it begins, its cells, and whether it was not UTF-8."""

    line: int
    cells: list[str]
    foreign: bool = False


@dataclass(slots=True)
class _Layout:
    """What the header says: which columns hold each field, in order of preference."""

    header: list[str]
    places: dict[str, list[int]] = field(default_factory=dict)
    style: Style = Style.ONE
    meta: bool = False


def sniff(head: bytes) -> bool:
    """Whether one of the first two lines is a header with a title and another known column."""
    first = [decoded(line.rstrip(b"\r"))[0].lstrip("\ufeff") for line in head.split(b"\n", 2)[:2]]
    if first[0].lstrip()[:1] in ("{", "[", "<", "@"):
        return False
    return any(map(_is_header, first))


def _is_header(line: str) -> bool:
    known = {_KNOWN.get(_folded(name)) for name in _header(line)[0]}
    return "title" in known and len(known - {None}) > 1


def read(stream: BinaryIO, columns: Mapping[str, str] | None = None) -> Iterator[Item]:
    """A record for each row; `columns` maps further columns of the header to `FIELDS`."""
    lines = mixed_lines(stream)
    first = next(lines, None)
    if first is None:
        return
    second = None if columns or _is_header(first.text) else next(lines, None)
    if second is not None and _is_header(second.text):  # Dimensions says first where it is from
        first, second = second, None
    lines = chain([second] if second else [], lines)
    header, delimiter = _header(first.text.rstrip("\r\n"), columns or {})
    layout = _Layout(header)
    failure = _place(layout, columns or {})
    if failure:
        yield failure
        return
    rows = _rows(lines, delimiter, len(header))
    sample = list(islice(rows, _STYLED_ROWS))
    cells = (_first(layout, "authors", row.cells) for row in sample if isinstance(row, _Row))
    layout.style = style_of(unescape(cell) for cell in cells if cell)
    if "Item Title" in header:  # Springer's export has nothing between its names
        layout.style = Style.GLUED
    for row in chain(sample, rows):
        if isinstance(row, RecordError):
            yield row
        elif any(cell.strip() for cell in row.cells):
            yield from _draft(layout, row).items()


# ---- lines and rows


def _header(line: str, columns: Mapping[str, str] | None = None) -> tuple[list[str], str]:
    """The names in a header line, and the delimiter under which most of them are known."""
    wanted = columns or {}

    def rank(delimiter: str) -> tuple[int, int]:
        names = _cells(line, delimiter)
        return sum(name in wanted or _folded(name) in _KNOWN for name in names), len(names)

    best = max(DELIMITERS, key=rank)
    return _cells(line, best), best


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [c.strip() for c in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _rows(lines: Iterator[MixedLine], delimiter: str, width: int) -> Iterator[_Row | RecordError]:
    """The rows; where quotes do not pair, a line is taken alone, and is lost if it has no sense."""
    again: deque[MixedLine] = deque()
    taken: list[MixedLine] = []

    def supply() -> Iterator[str]:
        while len(taken) < _ROW_LINES:
            line = again.popleft() if again else next(lines, None)
            if line is None:
                return
            taken.append(line)
            yield line.text

    while True:
        taken.clear()
        try:
            cells = next(csv.reader(supply(), delimiter=delimiter, strict=True), None)
            paired = cells is not None and (len(taken) == 1 or len(cells) == width)
        except csv.Error:
            cells, paired = None, False
        if not taken:
            return
        start = taken[0]
        if cells is not None and paired:
            yield _Row(start.number, cells, any(line.foreign for line in taken))
            continue
        again.extendleft(reversed(taken[1:]))
        alone = _cells(start.text, delimiter)
        if len(alone) == width:
            yield _Row(start.number, alone, start.foreign)
        elif start.text.strip():
            reason = "quotes that do not pair"
            yield RecordError(reason, start.number, value=start.text.strip()[:80])


# ---- columns


def _place(layout: _Layout, columns: Mapping[str, str]) -> RecordError | None:
    """Finds the columns of each field; what is wrong with the header or the mapping, if anything"""
    shown = ", ".join(layout.header)[:400]
    for column, target in columns.items():
        if column not in layout.header:
            return RecordError(f"no column to map; there are: {shown}", 1, field=column)
        if target not in FIELDS:
            return RecordError(f"no such field; there are: {', '.join(FIELDS)}", 1, value=target)
    found: dict[str, list[tuple[int, int]]] = {}
    for place, name in enumerate(layout.header):
        target = columns.get(name) or _KNOWN.get(_folded(name), "")
        if target:
            order = _COLUMNS[target].split()
            rank = -1 if name in columns else order.index(_folded(name))
            found.setdefault(target, []).append((rank, place))
    layout.places = {target: [p for _, p in sorted(ranked)] for target, ranked in found.items()}
    layout.meta = {"pub_date", "venue", "author"} <= {_folded(name) for name in layout.header}
    if "title" not in layout.places:
        reason = "no column is known to be a title: say which, as --map COLUMN=title; there are"
        return RecordError(f"{reason}: {shown}", 1)
    return None


def _all(layout: _Layout, target: str, cells: list[str]) -> Iterator[str]:
    for place in layout.places.get(target, ()):
        cell = cells[place].strip() if place < len(cells) else ""
        if cell and (cell != "NA" or target in ("title", "authors")):
            yield cell


def _first(layout: _Layout, target: str, cells: list[str]) -> str:
    return next(_all(layout, target, cells), "")


# ---- records


def _draft(layout: _Layout, row: _Row) -> Draft:
    def cell(target: str) -> str:
        return _first(layout, target, row.cells)

    draft = Draft(row.line)
    if row.foreign:
        draft.repair("latin-1", "row", ", ".join(row.cells)[:80])
    if len(row.cells) != len(layout.header):
        counts = f"{len(row.cells)} cells where the header has {len(layout.header)}"
        draft.fail("row", ", ".join(row.cells)[:80], counts)
    draft.key = draft.plain(cell("id"), "id")
    if layout.meta:
        draft.key = _meta_ids(draft, draft.key)
    draft.entitle(cell("title"))
    draft.dated(cell("date") or cell("year"), "year")
    if draft.year is None and cell("date"):
        draft.dated(cell("year"), "year")
    _names(draft, layout, row.cells)
    _place_of(draft, layout, row.cells)
    _identify(draft, layout, row.cells)
    _locate(draft, layout, row.cells)
    if cell("abstract") != "[No abstract available]":
        draft.summarise(cell("abstract"))
    for doi in _DOI.findall(" ".join(_all(layout, "references", row.cells))):
        draft.cites("doi", doi)
    draft.tagged(word.strip() for word in re.split(r"[;|]", cell("keywords")))
    draft.retracted = cell("retracted").lower() == "true"
    for url in cell("url").split():
        draft.linked(url)
    return draft


def _identify(draft: Draft, layout: _Layout, cells: list[str]) -> None:
    for scheme in ("doi", "pmid", "pmcid", "arxiv"):
        draft.identified(scheme, _first(layout, scheme, cells))
    for isbns in _all(layout, "isbn", cells):
        for isbn in re.split(r"[;,|]\s*|\s+(?=97[89])", isbns):
            draft.identified("isbn", isbn)


def _locate(draft: Draft, layout: _Layout, cells: list[str]) -> None:
    """Volume, number, pages, publisher and language."""

    def plain(name: str) -> str:
        return draft.plain(_first(layout, name, cells), name)

    for name in ("volume", "number", "publisher", "language"):
        setattr(draft, name, plain(name))
    if layout.meta:
        draft.publisher = _BRACKETED.sub("", draft.publisher)
    draft.pages = plain("pages") or "-".join(filter(None, map(plain, ("first_page", "last_page"))))
    draft.pages = draft.pages or plain("article_number")


def _names(draft: Draft, layout: _Layout, cells: list[str]) -> None:
    orcids = _first(layout, "orcids", cells).split("|")
    for role in ("author", "editor", "translator"):
        printed = unescape(_first(layout, f"{role}s", cells))
        style = Style.SEMICOLON if layout.meta else layout.style
        for place, name in enumerate(cut(printed, style)):
            name, ids = _with_ids(_SCOPUS_ID.sub("", name), layout.meta)
            if role == "author" and place < len(orcids) and orcids[place]:
                ids = [*ids, *_meta_identifiers(f"orcid:{orcids[place].rpartition('/')[2]}")]
            if name and name not in _NOBODY:
                draft.named(name.strip(" ,"), role, identifiers=ids)


def _place_of(draft: Draft, layout: _Layout, cells: list[str]) -> None:
    """The kind of the publication, and where it appeared."""
    printed = _first(layout, "type", cells)
    draft.kind, series = KINDS.get(re.sub(r"[^a-z]", "", printed.lower()), ("Publication", ""))
    venue, ids = _with_ids(_first(layout, "venue", cells), layout.meta)
    issn = [
        part if "-" in part else f"{part[:4]}-{part[4:]}"
        for cell in _all(layout, "issn", cells)
        for part in re.split(r"[;,|\s]+", cell)
        if part
    ]
    issn += [found.value for found in ids if found.scheme == "issn"]
    if draft.kind == "Chapter":
        draft.contained(venue, "Book")
    draft.appears_in(unescape(re.sub(r"&\s(\w+)\s;", r"&\1;", venue)), series, issn=issn)


def _with_ids(printed: str, meta: bool) -> tuple[str, list[Identifier]]:
    """A name and the identifiers that OpenCitations Meta puts in brackets after it."""
    match = _BRACKETED.search(printed) if meta else None
    if match is None:
        return printed, []
    return printed[: match.start()].strip(), list(_meta_identifiers(match["ids"]))


def _meta_identifiers(printed: str) -> Iterator[Identifier]:
    probe = Draft()
    for token in printed.split():
        scheme, _, value = token.partition(":")
        if scheme in _META_SCHEMES:
            probe.identified(scheme, value)
    return iter(probe.identifiers)


def _meta_ids(draft: Draft, printed: str) -> str:
    """Adds the identifiers of a Meta row; its key is the one that Meta itself gives."""
    tokens: Iterable[str] = printed.split()
    for found in _meta_identifiers(printed):
        draft.identified(found.scheme, found.value)
    own = [token for token in tokens if token.startswith(("omid:", "meta:"))]
    return own[0] if own else printed.partition(" ")[0]
