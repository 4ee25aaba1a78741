"""MARC 21, in its exchange format and as MARCXML (also inside answers of SRU).

The exchange format is cut at its terminators, in the order of the directory: lengths and offsets
are often wrong where somebody changed the encoding. Text is UTF-8 or MARC-8. The title is without
the punctuation of ISBD; forms in other scripts (880) stand in where a field is missing.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from typing import BinaryIO

from pymarc.marc8 import MARC8ToUnicode

from ingest.readers import unimarc, xmls
from ingest.readers.drafts import Draft
from ingest.readers.marcs import Field, Marc
from ingest.records import Item, RecordError

_RECORD_END, _FIELD_END, _SUBFIELD = b"\x1d", b"\x1e", b"\x1f"
_MAX_RECORD = 4 * 1024 * 1024
_BLOCK = 256 * 1024
_LEADER = re.compile(rb"\s{0,8}\d{5}[a-z ][a-z ][\x20-\x7e]{3}2[\d ]\d{5}")
_PUNCTUATION = " /:;=,"
_ROLES = {
    "aut": "author",
    "cre": "author",
    "author": "author",
    "verfasser": "author",
    "edt": "editor",
    "edc": "editor",
    "hrsg": "editor",
    "herausgeber": "editor",
    "editor": "editor",
    "ed": "editor",
    "trl": "translator",
    "translator": "translator",
    "ths": "advisor",
    "dgs": "advisor",
    "thesis advisor": "advisor",
}
_NAMED = {"100": "person", "700": "person", "110": "group", "710": "group"}
_NOBODY = {"pbl", "dst", "prt", "fmo", "dgg", "isb", "own", "his", "publisher", "host institution"}


# Of position 06 of the leader, in MARC 21's formats for other things than publications.
_OTHERS = dict.fromkeys("uvxy", "holdings") | {"z": "an authority", "w": "a classification"}


def sniff_binary(head: bytes) -> bool:
    """Whether a leader stands first and a directory ends soon."""
    return _LEADER.match(head) is not None and _FIELD_END in head[:20_000]


def sniff_xml(head: bytes) -> bool:
    """Whether this is XML with MARC fields, in a collection or an answer of SRU."""
    root, start = xmls.root_of(head)
    known = root in ("collection", "record", "records", "searchRetrieveResponse", "zs:records")
    marked = b"loc.gov/MARC21/slim" in start or b"<leader>" in start  # some drop the namespace
    return known and marked and b"datafield" in start


def read_binary(stream: BinaryIO) -> Iterator[Item]:
    """A record for each record of the exchange format."""
    number = 0
    for number, block in enumerate(_blocks(stream), 1):
        try:
            marc = _parsed(block)
        except (ValueError, IndexError, KeyError) as error:
            shown = block[:60].decode("utf-8", "replace")
            yield RecordError(f"not MARC 21: {error}", key=f"record {number}", value=shown)
            continue
        yield from _items(marc, None)
    if not number:
        yield RecordError("no record of MARC 21", 1)


def read_xml(stream: BinaryIO) -> Iterator[Item]:
    """A record for each record element that has MARC fields."""
    for found in xmls.elements(stream, ("record",)):
        if isinstance(found, RecordError):
            yield found
            continue
        element = next((e for e in found.element.iter("{*}record") if _has_fields(e)), None)
        if element is None:
            yield RecordError("a record without MARC fields", found.line)
        else:
            yield from _items(of_element(element), found.line)


def _items(marc: Marc, line: int | None) -> Iterator[Item]:
    """What a record gives; holdings and authorities stand among bibliographic records at times."""
    if marc.leader[6:7] in _OTHERS:
        what, key = _OTHERS[marc.leader[6]], marc.control.get("001", "").strip()
        yield RecordError(f"a record of {what}, not of a publication", line, key)
    else:
        yield from _draft(marc, line).items()


def draft_of(record: xmls.Element, line: int | None) -> Draft:
    """The draft of one MARCXML record."""
    return _draft(of_element(record), line)


def of_element(record: xmls.Element) -> Marc:
    """A MARCXML element as a record."""
    marc = Marc(xmls.text(record, "leader"))
    for element in record:
        tag = element.get("tag", "")
        if xmls.name(element) == "controlfield":
            marc.control.setdefault(tag, element.text or "")
        elif xmls.name(element) == "datafield":
            parts = [(e.get("code", ""), xmls.content(e)) for e in xmls.every(element, "subfield")]
            indicators = f"{element.get('ind1', ' ')}{element.get('ind2', ' ')}"
            marc.fields.append(Field(tag, indicators, parts))
    return marc


def _has_fields(element: xmls.Element) -> bool:
    return xmls.one(element, "datafield") is not None or xmls.one(element, "leader") is not None


# ---- the exchange format


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of each record, without the terminator."""
    held = b""
    while block := stream.read(_BLOCK):
        *whole, held = (held + block).split(_RECORD_END)
        yield from (one for one in whole if one.strip())
        if len(held) > _MAX_RECORD:
            yield held
            held = b""
    if held.strip():
        yield held


def _parsed(block: bytes) -> Marc:
    block = block.lstrip(b"\r\n \x00\xef\xbb\xbf")
    if not _LEADER.match(block):
        raise ValueError("no leader")
    directory, *contents = block[24:].split(_FIELD_END)
    entries = [directory[at : at + 12] for at in range(0, len(directory), 12)]
    if not contents or any(not entry[:3].isalnum() for entry in entries):
        raise ValueError("no directory")
    leader = block[:24].decode("latin-1")
    marc = Marc(leader)
    missing = len(entries) - sum(1 for c in contents if c)
    if missing > 0:
        raise ValueError(f"{missing} of {len(entries)} fields are missing")
    for entry, content in zip(entries, contents, strict=False):
        tag = entry[:3].decode("latin-1")
        texts = [_decoded(part, leader) for part in content.split(_SUBFIELD)]
        marc.undecoded += [(tag, text) for text, whole in texts if not whole]
        indicators, *parts = (text for text, _ in texts)
        if tag < "010":
            marc.control.setdefault(tag, indicators)
            continue
        marc.fields.append(Field(tag, indicators, [(p[:1], p[1:].strip()) for p in parts if p]))
    return marc


def _decoded(content: bytes, leader: str) -> tuple[str, bool]:
    """UTF-8 where the leader says so or the bytes are it, else MARC-8; whether all was read."""
    if content.isascii() and b"\x1b" not in content:
        return content.decode("ascii"), True
    try:
        if leader[9] == "a" or b"\x1b" not in content:
            return content.decode(), True
    except UnicodeDecodeError:
        if leader[9] == "a":
            return content.decode("utf-8", "replace"), False
    translate: Callable[[bytes], str] = MARC8ToUnicode().translate
    complaints = io.StringIO()
    with redirect_stderr(complaints):  # where pymarc says what it puts blanks for
        try:
            return translate(content), not complaints.getvalue()
        except (TypeError, LookupError, ValueError):  # an escape that is cut off
            return content.replace(b"\x1b", b" ").decode("latin-1"), False


# ---- fields to a draft


def _draft(marc: Marc, line: int | None) -> Draft:
    if unimarc.is_unimarc(marc):
        marc = unimarc.as_marc21(marc)
    draft = Draft(line, marc.control.get("001", "").strip())
    for tag, shown in marc.undecoded:
        draft.fail(tag, shown, "bytes that its encoding does not have")
    draft.entitle(_title(marc))
    draft.kind, series = _kind(marc)
    _people(draft, marc)
    imprint = [f for f in marc.tagged("260", "264") if f.tag != "264" or f.indicators[1:] in "1 "]
    printed = next((d for f in imprint if (d := f.first("c"))), "")
    coded = marc.control.get("008", "")[7:11]
    draft.dated(re.sub(r"\D*(\d{4})\D*", r"\1", printed, count=1)[:4] if printed else "", "260")
    if draft.year is None and coded.isdecimal():
        draft.dated(coded, "008")
    draft.publisher = draft.plain(_bare(next((f.first("b") for f in imprint), "")), "260")
    _identify(draft, marc)
    _host(draft, marc, series)
    draft.summarise(marc.first("520", "a"))
    draft.tagged(_bare(w) for f in marc.tagged("650", "653") for w in f.all("a"))
    language = marc.first("041", "a") or marc.control.get("008", "")[35:38]
    draft.language = language if language.isalpha() else ""
    return draft


def _title(marc: Marc) -> str:
    """Title, subtitle, number and name of the part, apart by colons and full stops."""
    for found in marc.tagged("245"):
        title = ""
        for code, value in found.subfields:
            shown = _bare(value)
            if code == "a":
                title = shown
            elif code in "bp" and shown:
                title = f"{title}: {shown}" if title else shown
            elif code == "n" and shown:
                title = f"{title.rstrip('.')}. {shown}" if title else shown
        if title:
            return title.rstrip(".") if title.count(".") == 1 else title
    return ""


def _bare(value: str) -> str:
    """A value without ISBD's punctuation at its ends, and without brackets around all of it.

    The Library of Congress marks what it took over from cards: "[from old catalog]" is of no name.
    """
    value = value.replace("[from old catalog]", "").strip().rstrip(_PUNCTUATION).strip()
    return value[1:-1] if value.startswith("[") and value.endswith("]") else value


def _kind(marc: Marc) -> tuple[str, str]:
    form, level = marc.leader[6:7], marc.leader[7:8]
    if marc.tagged("502"):
        return "Thesis", ""
    if level in ("a", "b") and marc.tagged("773"):
        in_journal = bool(marc.first("773", "x")) or marc.first("773", "7").endswith("s")
        return ("JournalArticle", "Journal") if in_journal else ("Chapter", "")
    if level == "s":
        return "Issue", ""
    return ("Book", "") if form in ("a", "t", "", " ") else ("Other", "")


def _people(draft: Draft, marc: Marc) -> None:
    for found in marc.fields:
        kind = _NAMED.get(found.tag, "")
        if not kind or found.first("t"):
            continue
        codes = [code[:3] for code in found.all("4")]
        words = [word.strip(" .,()[]").lower() for word in found.all("e")]
        if any(code in _NOBODY for code in (*codes, *words)):
            continue
        known = (_ROLES.get(word) for word in (*codes, *words))
        role = next(filter(None, known), "contributor" if codes or words else "author")
        if kind == "group":
            name = " ".join(map(_bare, found.all("a", "b")))
            draft.named(name.rstrip("."), role, kind="group")
        else:
            _person(draft, found, role)


def _person(draft: Draft, found: Field, role: str) -> None:
    name = _bare(found.first("a"))
    if name.endswith(".") and len(name.split()[-1].rstrip(".")) > 2:
        name = name[:-1]
    numeral = _bare(found.first("b"))
    draft.named(f"{name} {numeral}".strip() if "," not in name else name, role)


def _identify(draft: Draft, marc: Marc) -> None:
    for value in (v for f in marc.tagged("020") for v in f.all("a")):
        draft.identified("isbn", value.split()[0].rstrip(".:;,") if value.split() else "")
    for found in marc.tagged("024"):
        if found.first("2").lower() == "doi" or found.first("a").startswith("10."):
            draft.identified("doi", found.first("a"))
    for found in marc.tagged("856"):
        for url in found.all("u"):
            if url.startswith("http"):
                draft.linked(url)


def _host(draft: Draft, marc: Marc, series: str) -> None:
    """The journal or book that holds an article, with volume, issue and pages."""
    issns = [f.first("a").split(" ")[0] for f in marc.tagged("022")]
    name = ""
    for host in marc.tagged("773")[:1]:
        name = _bare(host.first("t", "a"))
        issns.append(host.first("x"))
        for isbn in host.all("z"):
            draft.identified("isbn", isbn)
        part = host.first("g")
        volume = re.search(r"(?i)\b(?:vol|bd|v|jg)\.?\s*(\w+)", part)
        pages = re.search(r"(?i)\b(?:p|pp|s|seite|pages?)\.?\s*(\d+(?:\s*-\s*\d+)?)", part)
        draft.volume = volume[1] if volume else ""
        draft.pages = pages[1] if pages else ""
    if draft.kind == "Chapter":
        draft.contained(name, "Book")
    else:
        draft.appears_in(name, series, issn=(n for n in issns if n))
