"""Web of Science, tagged: lines of two letters from PT to ER, one name a line.

Full names (AF) stand in for short ones (AU) where there are as many; ORCIDs are found by name.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest import identifiers
from ingest.readers import tagged
from ingest.readers.drafts import Draft
from ingest.readers.kinds import KINDS
from ingest.readers.tagged import Entry, Grammar
from ingest.records import Item, RecordError

_GRAMMAR = Grammar(
    re.compile(r"(?P<tag>[A-Z][A-Z0-9])(?: (?P<value>.*)|$)"),
    "PT",
    "ER",
    head=frozenset({"FN", "VR", "EF"}),
)
_FIRST = re.compile(rb"(?m)^(?:FN (?:Thomson|Clarivate|ISI)|PT [A-Z]\s*$)")
_TYPES = {"J": ("JournalArticle", "Journal"), "B": ("Book", ""), "P": ("Other", "")}


def sniff(head: bytes) -> bool:
    """Whether the file's head or an entry's first line stands in these first bytes."""
    return _FIRST.search(head.replace(b"\x00", b"").replace(b"\r", b"\n")) is not None


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each entry."""
    for entry in tagged.entries(stream, _GRAMMAR):
        if isinstance(entry, RecordError):
            yield entry
        else:
            yield from _draft(entry).items()


def _draft(entry: Entry) -> Draft:
    draft = Draft(entry.line)
    draft.key = draft.plain(entry.first("UT"), "UT")
    if entry.foreign:
        draft.repair("latin-1", "entry", draft.key)
    if not entry.closed:
        draft.fail("ER", "", "no ER line at the end")
    draft.entitle(_joined(entry.first("TI")))
    draft.kind, series = _kind(entry)
    _people(draft, entry)
    _date(draft, entry)
    _place(draft, entry, series)
    for scheme, tag in (("doi", "DI"), ("pmid", "PM")):
        for value in entry.first(tag).split():
            draft.identified(scheme, value)
    for value in re.split(r"[;\s]+", entry.first("BN")):
        draft.identified("isbn", value)
    draft.summarise(entry.first("AB").replace("\n", " "))
    draft.tagged(word.strip() for word in _joined(entry.first("DE")).split(";"))
    draft.language = draft.plain(entry.first("LA"), "LA")
    draft.publisher = draft.plain(_joined(entry.first("PU")), "PU")
    return draft


def _joined(value: str) -> str:
    return value.replace("\n", " ")


def _kind(entry: Entry) -> tuple[str, str]:
    """By the type of publication (J, B, S, P, C), then by that of the document."""
    printed = entry.first("PT").strip()
    kinds = [re.sub("[^a-z]", "", kind.lower()) for kind in _joined(entry.first("DT")).split(";")]
    if "proceedingspaper" in kinds or entry.first("CT"):
        return "ConferencePaper", "Conference"
    if printed == "B" and "bookchapter" in kinds:
        return "Chapter", ""
    if printed in ("J", "S"):
        known = (KINDS[kind] for kind in kinds if kind in KINDS)
        return next((k for k in known if k[1]), _TYPES["J"])
    return _TYPES.get(printed, ("ConferencePaper", "Conference"))


def _people(draft: Draft, entry: Entry) -> None:
    short, full = (_lines(entry, tag) for tag in ("AU", "AF"))
    authors = full if len(full) == len(short) else short or full
    orcids = {
        name.strip(): number
        for name, _, number in (p.rpartition("/") for p in _joined(entry.first("OI")).split(";"))
    }
    for name in authors:
        found = orcids.get(name)
        ids = [identifiers.identifier("orcid", found)] if found else []
        draft.named(re.sub(r"\s*\([^()]*\)$", "", name), identifiers=ids)
    for name in _lines(entry, "BF") or _lines(entry, "BA"):
        draft.named(name)
    for value in _lines(entry, "CA"):
        draft.named(value, kind="group")
    for value in _lines(entry, "BE") or _lines(entry, "ED"):
        for name in value.split(";"):
            draft.named(name.strip(), "editor")


def _lines(entry: Entry, tag: str) -> list[str]:
    return [name.strip() for value in entry.all(tag) for name in value.split("\n") if name.strip()]


def _date(draft: Draft, entry: Entry) -> None:
    year, day = entry.first("PY"), _joined(entry.first("PD"))
    if not year:
        draft.dated(day or entry.first("EA", "GD"), "PD")
    else:
        draft.dated(day if year in day else f"{day} {year}", "PY")


def _place(draft: Draft, entry: Entry, series: str) -> None:
    name = _joined(entry.first("SO"))
    if draft.kind in ("Chapter", "ConferencePaper") and name:
        draft.contained(name, "Book" if draft.kind == "Chapter" else "Proceedings")
    issns = (n for value in entry.all("SN", "EI") for n in value.split())
    venue = None if draft.kind == "Chapter" else name or _joined(entry.first("CT"))
    draft.appears_in(venue, series, issn=issns)
    draft.volume = draft.plain(entry.first("VL"), "VL")
    draft.number = draft.plain(entry.first("IS"), "IS")
    ends = [draft.plain(entry.first(tag), tag) for tag in ("BP", "EP")]
    draft.pages = "-".join(dict.fromkeys(filter(None, ends))) or draft.plain(
        entry.first("AR"), "AR"
    )
