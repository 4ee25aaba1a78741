"""The text of an Arrow Research author name cluster page: a head, then records in paragraphs.

A record is a heading ("NeurIPS Conference 2016 Conference Paper"), a title, a list of authors and
an abstract, apart by blank lines. Lists of authors are the anchors: two paragraphs before each a
record begins, so a damaged heading costs its own record and not the one before.

The page shows at most eight authors, so a record with exactly eight may be cut off; by the page's
word it is then also by the name that the page is about, which joins without a position.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import BinaryIO

from ingest import names, repairs
from ingest.addresses import recovered_links, without_links
from ingest.readers.streams import Line, lines
from ingest.records import Contributor, Item, Record, RecordError, Repair, SourceFact, VenueMention

AUTHORS_SHOWN = 8

_SIGN = "Author name cluster"
_HEADING = re.compile(r"(?P<venue>\S.*?) (?P<kind>\S+) (?P<year>[12]\d{3}) (?P<type>\S.*)")
_SURE_HEADING = re.compile(
    r"\S+(?: \S+){0,9} (?:Conference|Journal|Workshop) [12]\d{3} [A-Z][\w-]*(?: [A-Z][\w-]*){0,3}"
)
_BULLET = re.compile(r"\s*\u2022\s*(?P<name>.*)")
_DECLARED = (
    ("declaredPublications", re.compile(r"([\d,]+) papers?")),
    ("declaredAuthorRows", re.compile(r"([\d,]+) author rows?")),
)
_KINDS = {
    "conference paper": "ConferencePaper",
    "conference abstract": "ConferenceAbstract",
    "extended abstract": "ConferenceAbstract",
    "journal article": "JournalArticle",
    "workshop paper": "WorkshopPaper",
    "preprint": "Preprint",
    "book": "Book",
    "book chapter": "Chapter",
    "editorial": "Editorial",
    "erratum": "Erratum",
    "report": "Report",
    "technical report": "Report",
    "thesis": "Thesis",
    "dataset": "Dataset",
    "software": "Software",
}


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines without a blank between them."""

    lines: tuple[Line, ...]

    @property
    def number(self) -> int:
        return self.lines[0].number

    @property
    def text(self) -> str:
        return "\n".join(line.text.strip() for line in self.lines)

    @property
    def is_list(self) -> bool:
        return _BULLET.match(self.lines[0].text) is not None

    @property
    def is_sure_heading(self) -> bool:
        return _SURE_HEADING.fullmatch(self.lines[0].text.strip()) is not None


@dataclass(slots=True)
class _Draft:
    """A record being gathered; `reason` says why it cannot become one."""

    heading: _Paragraph
    title: _Paragraph | None = None
    authors: _Paragraph | None = None
    abstract: list[_Paragraph] = field(default_factory=list)
    reason: str = ""


def sniff(head: bytes) -> bool:
    """Whether these first bytes are of such a page."""
    start = head[:2000].replace(b"\x00", b"")
    return _SIGN.encode() in start and b"Arrow" in start


def read(stream: BinaryIO) -> Iterator[Item]:
    """The head's facts, then each record, or why it is none, in the page's order."""
    name = ""
    before: list[_Paragraph] = []
    draft: _Draft | None = None
    for part in _drafts(_paragraphs(lines(stream))):
        if isinstance(part, _Draft):
            if draft is None:
                name, facts = _head(before)
                yield from facts
            else:
                yield from _finish(draft, name)
            draft = part
        elif draft is None:
            before.append(part)
        else:
            draft.abstract.append(part)
    if draft is not None:
        yield from _finish(draft, name)
    else:
        yield from _head(before)[1]


def _paragraphs(source: Iterable[Line]) -> Iterator[_Paragraph]:
    gathered: list[Line] = []
    for line in source:
        if line.text.strip():
            gathered.append(line)
        elif gathered:
            yield _Paragraph(tuple(gathered))
            gathered = []
    if gathered:
        yield _Paragraph(tuple(gathered))


def _drafts(paragraphs: Iterator[_Paragraph]) -> Iterator[_Draft | _Paragraph]:
    """Where records begin, with the other paragraphs between."""
    ahead: deque[_Paragraph] = deque()

    while True:
        while len(ahead) < 3 and (paragraph := next(paragraphs, None)) is not None:
            ahead.append(paragraph)
        if not ahead:
            return
        draft = _beginning(ahead)
        if draft is None:
            yield ahead.popleft()
            continue
        for _ in range(1 + (draft.title is not None) + (draft.authors is not None)):
            ahead.popleft()
        yield draft


def _beginning(ahead: deque[_Paragraph]) -> _Draft | None:
    """The record that begins with the first of these paragraphs, if one does."""
    first, *rest = ahead
    lists = [paragraph.is_list for paragraph in rest]
    if first.is_list:
        return _Draft(first, reason="authors without a heading and a title before them")
    if lists == [False, True] and (first.is_sure_heading or not rest[0].is_sure_heading):
        return _Draft(first, title=rest[0], authors=rest[1])
    if lists[:1] == [True]:
        return _Draft(first, authors=rest[0], reason="no title between the heading and the authors")
    if first.is_sure_heading:
        title = rest[0] if rest and not rest[0].is_sure_heading else None
        return _Draft(first, title=title, reason="no authors after the heading and the title")
    return None


def _head(paragraphs: list[_Paragraph]) -> tuple[str, list[Item]]:
    """The name that the page is about and what it declares."""
    rows = [line for paragraph in paragraphs for line in paragraph.lines]
    facts: list[Item] = []
    name = ""
    for row, after in pairwise(rows):
        if row.text.strip() == _SIGN:
            name = after.text.strip()
            facts.append(SourceFact("clusterName", (name,), after.number))
    for fact, pattern in _DECLARED:
        for row in rows:
            if match := pattern.fullmatch(row.text.strip()):
                facts.append(SourceFact(fact, (match[1].replace(",", ""),), row.number))
                break
    if not name:
        line = rows[0].number if rows else 1
        reason = "no author name cluster: the page does not say whose papers it lists"
        facts.append(RecordError(reason, line=line, field="head", fatal=False))
    return name, facts


def _finish(draft: _Draft, page_name: str) -> Iterator[Item]:
    """The record of a draft, with the errors that cost a field, or the error that costs it all."""
    heading = _HEADING.fullmatch(draft.heading.text)
    reason = _unsound(draft) or draft.reason
    if not reason and not heading:
        reason = "not a heading VENUE Conference|Journal|Workshop YEAR TYPE"
    if reason or heading is None or draft.title is None or draft.authors is None:
        yield RecordError(reason, line=draft.heading.number, value=draft.heading.text[:200])
        return
    shown, errors = _authors(draft.authors)
    yield from errors
    if not shown:
        line = draft.authors.number
        yield RecordError("no author has a name", line=line, field="authors")
        return
    if any(not line.sound for part in draft.abstract for line in part.lines):
        line = next(line.number for part in draft.abstract for line in part.lines if not line.sound)
        yield RecordError("not UTF-8", line=line, field="abstract", fatal=False)
    yield _record(draft, heading, draft.title.text, shown, page_name)


def _unsound(draft: _Draft) -> str:
    """Why the lines that make the record cannot be used, if they cannot."""
    for paragraph in (draft.heading, draft.title):
        if paragraph is not None and len(paragraph.lines) > 1:
            return f"line {paragraph.lines[1].number}: expected a blank line"
    for paragraph in (draft.heading, draft.title, draft.authors):
        for line in paragraph.lines if paragraph else ():
            if not line.sound:
                return f"line {line.number}: not UTF-8"
    return ""


def _authors(paragraph: _Paragraph) -> tuple[list[tuple[int, str]], list[RecordError]]:
    """The names with their positions; a line without one is an error and keeps its position."""
    shown: list[tuple[int, str]] = []
    errors: list[RecordError] = []
    for position, line in enumerate(paragraph.lines, 1):
        bullet = _BULLET.fullmatch(line.text)
        name = " ".join(bullet["name"].split()) if bullet else ""
        if name:
            shown.append((position, name))
            continue
        reason = "an author without a name" if bullet else "not an author line"
        value = line.text.strip()[:200]
        errors.append(
            RecordError(reason, line=line.number, field="authors", value=value, fatal=False)
        )
    return shown, errors


def _record(
    draft: _Draft,
    heading: re.Match[str],
    title: str,
    shown: list[tuple[int, str]],
    page_name: str,
) -> Record:
    whole = "\n\n".join(paragraph.text for paragraph in draft.abstract)
    contributors = tuple(names.contributor(name, position) for position, name in shown)
    cut_off = len(shown) == AUTHORS_SHOWN
    if cut_off and page_name and not _shows(contributors, page_name):
        contributors = (*contributors, names.contributor(page_name, None))
    kind, fixes = _kind(heading["type"])
    return Record(
        title=title,
        kind=kind,
        contributors=contributors,
        year=int(heading["year"]),
        issued=heading["year"],
        venue=VenueMention(heading["venue"], heading["kind"]),
        abstract=_abstract(whole),
        links=recovered_links(whole),
        cut_off=cut_off,
        line=draft.heading.number,
        repairs=(*fixes, *(fix for _, name in shown for fix in names.repairs_of(name))),
    )


def _abstract(whole: str) -> str:
    """The abstract; empty where there is nothing but addresses, as in the bundled page."""
    return whole if re.search(r"\w", without_links(whole)) else ""


def _shows(contributors: tuple[Contributor, ...], page_name: str) -> bool:
    """Whether the page's name is among them; the page says: exact, but for case."""
    return any(found.name.casefold() == page_name.casefold() for found in contributors)


def _kind(printed: str) -> tuple[str, tuple[Repair, ...]]:
    kind = _KINDS.get(printed.casefold())
    if kind or not repairs.is_on("unknown-type"):
        return kind or "Publication", ()
    return "Other", (Repair("unknown-type", "type", printed),)
