"""BibTeX and BibLaTeX files, one entry at a time, so that a broken one costs no neighbour.

bibtexparser 2 splits an entry into fields; what it leaves is done here: `@string` and `#`, months,
`crossref` and `xdata`, names. A block runs from one line that begins with "@" to the next. Entries
that borrow fields wait for the end of the file, where their parents (which BibTeX wants after them)
are known; of the others only keys and possible parents are held.
"""

import codecs
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from bibtexparser.exceptions import ParserStateException
from bibtexparser.model import (
    Block,
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    Entry,
    ParsingFailedBlock,
    String,
)
from bibtexparser.splitter import Splitter

from ingest import repairs
from ingest.readers.bibtex_entries import Fields, Source, items_of
from ingest.readers.bibtex_plain import plain_entry
from ingest.readers.streams import MAX_LINE, byte_lines
from ingest.records import Item, RecordError, Repair

# Failed blocks are told of as errors; the parser's own warnings would say it twice.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())

# BibTeX takes any other character in the name of a type: Mendeley writes "@book_section".
_TYPE = r"[^\s\"#%'(),={}@]+"
_TYPED = rf"@\s*(?:[a-zA-Z]+\s*[{{(]|{_TYPE}\s*[{{(](?=\s*[^\s,{{}}()\"]{{0,200}}\s*[,=]))"
_BLOCK = re.compile(rf"^[^\S\n]*{_TYPED}", re.MULTILINE)
_BEGIN = re.compile(_TYPED)
_HEADER = re.compile(rf"\s*@\s*({_TYPE})\s*(?=[{{(])")
_PLAIN_HEADER = re.compile(r"@(?!comment|preamble|string)[a-z]+[{(]", re.IGNORECASE)
_COMMANDS = ("comment", "preamble", "string")
_SNIFF = re.compile(rb"^\s*@\s*[a-zA-Z]{3,20}\s*[{(]\s*[^\s,{}()\"]{0,200}\s*[,=]", re.MULTILINE)
_ENCODING = re.compile(rb"^%+\s*(?:encoding|-\*- coding)\s*:\s*([\w.-]+)", re.IGNORECASE)
_MARK = re.compile(r"(?<!\\)[{}]|\"")
_SIMPLE = re.compile(r"\{[^{}\\]*\}|\"[^{}\"\\]*\"")  # most pieces: nothing in them to count
_PIECE = re.compile(r"\s*(?:#\s*)?")
_UNPARTED = re.compile(r"\s*([a-zA-Z][\w-]*)\s*=\s*(?=\S)")
_FURTHER = re.compile(r"\s+(?=[a-zA-Z][\w-]*\s*=\s*\S)")
_WITHOUT_KEY = re.compile(r"(@\s*[a-zA-Z]+\s*[{(])(?=\s*[a-zA-Z]+\s*=)")

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
# Kinds of entries that others take fields from.
_PARENTS = frozenset(
    "book misc mvbook collection mvcollection proceedings mvproceedings reference mvreference "  # noqa: SIM905
    "periodical xdata set".split()
)
_BORROWING = ("crossref", "xdata")


@dataclass(slots=True)
class _Library:
    """What entries share: strings, keys seen with their lines, possible parents, those waiting."""

    strings: dict[str, str] = field(default_factory=lambda: {m: m for m in _MONTHS})
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)  # with a hash of the fields
    parents: dict[str, Fields] = field(default_factory=dict)  # keys in lower case, as in BibTeX
    waiting: list[Source] = field(default_factory=list)


def sniff(head: bytes) -> bool:
    """Whether an entry of BibTeX's begins in these first bytes."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\x00", b"")[2:]
    return _SNIFF.search(head.removeprefix(b"\xef\xbb\xbf")) is not None


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each entry, in the file's order but for those that borrow fields."""
    library = _Library()
    found = False
    for line, raw, encoding in _blocks(byte_lines(stream)):
        found = True
        yield from _read_block(raw, line, encoding, library)
    for source in library.waiting:
        yield from _borrow(source, library)
    if not found:
        yield RecordError("no entry: not a BibTeX file", line=1)


def _blocks(source: Iterable[tuple[int, bytes, bool]]) -> Iterator[tuple[int, str, str]]:
    """Line, text and, where it is not UTF-8, encoding of what begins with "@"."""
    gathered: list[bytes] = []
    start, size, declared = 1, 0, ""
    for number, line, _ in source:
        if number < 10 and (match := _ENCODING.match(line)):
            declared = _known_encoding(match[1].decode())
        if line.lstrip().startswith(b"@") and gathered:
            yield from _entries(start, b"".join(gathered), declared)
            gathered = []
        if not gathered and b"@" not in line:
            continue
        start, size = (start, size) if gathered else (number, 0)
        size += len(line)
        if size <= MAX_LINE:  # no entry is longer: what follows is of no use
            gathered.append(line)
    if gathered:
        yield from _entries(start, b"".join(gathered), declared)


def _entries(start: int, data: bytes, declared: str) -> Iterator[tuple[int, str, str]]:
    """Line, text and encoding of each part that has an entry in it."""
    raw, encoding = _decode(data, declared)
    raw = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    places = sorted({0, *(match.start() for match in _BLOCK.finditer(raw))})
    for begin, end in zip(places, [*places[1:], len(raw)], strict=True):
        if _BEGIN.search(raw, begin, end):
            yield start + raw.count("\n", 0, begin), raw[begin:end], encoding


def _decode(data: bytes, declared: str) -> tuple[str, str]:
    """UTF-8 if it is that; else as the file declares; else Windows' Latin-1, which takes any."""
    try:
        return data.decode(), ""
    except UnicodeDecodeError:
        if not repairs.is_on("encoding"):
            return data.decode("utf-8", "replace"), ""
        encoding = declared or "cp1252"
        return data.decode(encoding, "replace"), encoding


def _known_encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _read_block(raw: str, line: int, encoding: str, library: _Library) -> Iterator[Item]:
    try:
        blocks, unclosed = _split(raw)
    except (ParserStateException, RecursionError, IndexError) as error:
        yield RecordError(f"not an entry: {error}", line=line, value=raw[:80])
        return
    for block in blocks:
        at = line + (block.start_line or 0)
        yield from _items_of_block(block, raw, at, encoding, library, unclosed)


def _split(raw: str) -> tuple[list[Block], bool]:
    """The parser's blocks, and whether the last brace was missing; a missing key is empty."""
    if plain := plain_entry(raw):
        return [plain], False
    raw, kind = _with_plain_header(raw)
    blocks, unclosed = _parsed(raw)
    for block in blocks if kind else ():
        if isinstance(block, Entry):
            block.entry_type = kind
            break
    return blocks, unclosed


def _with_plain_header(raw: str) -> tuple[str, str]:
    """The text with a first line that the parser takes for one, and the type if that is not in it.

    It would leave out "@web-page{" and "@ article{", and take "@commentary{" for a comment.
    """
    found = None if _PLAIN_HEADER.match(raw) else _HEADER.match(raw)
    if found is None:
        return raw, ""
    lines, brace, rest = "\n" * found[0].count("\n"), raw[found.end()], raw[found.end() + 1 :]
    if found[1].lower() in _COMMANDS:
        return f"@{found[1]}{brace}{lines}{rest}", ""
    return f"@entry{brace}{lines}{rest}", found[1]


def _parsed(raw: str) -> tuple[list[Block], bool]:
    blocks = Splitter(raw).split().blocks
    if not any(isinstance(block, ParsingFailedBlock) for block in blocks):
        return blocks, False
    mended = _WITHOUT_KEY.sub(r"\1,", raw)
    unclosed = mended.count("{") == mended.count("}") + 1 and repairs.is_on("entry-unclosed")
    again = Splitter(mended.rstrip() + "\n}" * unclosed).split().blocks
    if any(type(block) is ParsingFailedBlock for block in again):
        return blocks, False
    return again, unclosed


def _items_of_block(
    block: Block, raw: str, line: int, encoding: str, library: _Library, unclosed: bool
) -> Iterator[Item]:
    found: Block | None = block
    if isinstance(block, DuplicateFieldKeyBlock):
        found = block.ignore_error_block
        twice, key = ", ".join(sorted(block.duplicate_keys)), getattr(found, "key", "")
        reason = "field given twice: the first is taken"
        yield RecordError(reason, line=line, key=key, field=twice, fatal=False)
    elif isinstance(block, DuplicateBlockKeyBlock):
        found = block.ignore_error_block
    if isinstance(found, String):
        yield from _define(found, line, library)
    elif isinstance(found, Entry):
        yield from _read_entry(found, line, encoding, library, unclosed)
    elif isinstance(block, ParsingFailedBlock):
        yield _failed(block, raw, line)


def _failed(block: ParsingFailedBlock, raw: str, line: int) -> RecordError:
    """What the parser gave up on, in its words."""
    reason = getattr(block.error, "abort_reason", "") or str(block.error)
    key = re.match(r"\s*@\s*\w+\s*[{(]\s*([^\s,{}()]*)", raw)
    return RecordError(" ".join(reason.split()), line, key[1] if key else "", value=raw[:80])


def _define(block: String, line: int, library: _Library) -> Iterator[Item]:
    value, unknown = _value(str(block.value), library.strings)
    library.strings[block.key.lower()] = value
    for name in unknown:
        reason = "a string that is not defined"
        yield RecordError(reason, line=line, key=block.key, field=name, value=name, fatal=False)


def _field_name(printed: str) -> str:
    """The name of a field; comments before it go, and one that is in a comment is none."""
    last = printed.strip().split("\n")[-1].strip()
    return "" if last.startswith("%") else last.lower()


def _read_entry(
    entry: Entry, line: int, encoding: str, library: _Library, unclosed: bool
) -> Iterator[Item]:
    key = entry.key.strip()
    content = hash(tuple((one.key, one.value) for one in entry.fields))
    if key and (first := library.lines.setdefault(key, (line, content))) != (line, content):
        again = content == first[1]
        reason = "the same entry stands on" if again else "key used before, on"
        yield RecordError(f"{reason} line {first[0]}", line=line, key=key, fatal=again)
        if again:
            return
    fields: Fields = {}
    mended = [Repair("encoding", "entry", encoding)] if encoding else []
    mended += [Repair("entry-unclosed", "entry", "")] * unclosed
    given = [(_field_name(one.key), str(one.value)) for one in entry.fields]
    for name, raw in given:
        value, unknown = _value(raw, library.strings)
        if name:
            fields.setdefault(name, " ".join(value.split()))
        for rest in unknown if name not in ("", "month") else ():
            further = _UNPARTED.match(rest)
            if further and repairs.is_on(
                "comma-missing"
            ):  # a comma is missing, and the next field begins
                given.append((further[1].lower(), rest[further.end() :]))
                mended.append(Repair("comma-missing", further[1].lower(), rest))
                continue
            reason = "no comma before it" if further else "a string that is not defined"
            yield RecordError(reason, line, key, name, rest, fatal=False)
    source = Source(entry.entry_type.lower(), key, line, fields, tuple(mended))
    if source.kind in _PARENTS:
        library.parents.setdefault(key.lower(), fields | {"entrytype": source.kind, "key": key})
    if any(fields.get(name) for name in _BORROWING):
        library.waiting.append(source)
    else:
        yield from items_of(source)


def _borrow(source: Source, library: _Library) -> Iterator[Item]:
    """An entry with what `crossref` and `xdata` give it, its own fields first."""
    fields = dict(source.fields)
    for name in _BORROWING:
        for key in filter(None, (key.strip() for key in source.fields.get(name, "").split(","))):
            parent = _inherited(key, library, frozenset({source.key}))
            if parent is None:
                reason = "an entry that this file does not have"
                yield RecordError(reason, source.line, source.key, name, key, fatal=False)
            else:
                fields = _lent(parent, name) | fields
    yield from items_of(Source(source.kind, source.key, source.line, fields, source.repairs))


def _inherited(key: str, library: _Library, seen: frozenset[str]) -> Fields | None:
    """A parent's fields, with those that it borrows itself; a circle ends where it closes."""
    fields = library.parents.get(key.lower())
    if fields is None or key in seen:
        return None if fields is None else {}
    for name in _BORROWING:
        for further in filter(None, (k.strip() for k in fields.get(name, "").split(","))):
            more = _inherited(further, library, seen | {key})
            fields = _lent(more or {}, name) | fields
    return fields


def _lent(parent: Fields, by: str) -> Fields:
    """What a parent gives: all by `xdata`; by `crossref` its title becomes the book's title."""
    kept = {k: v for k, v in parent.items() if k not in ("crossref", "xdata", "entryset", "ids")}
    if by == "xdata":
        return {k: v for k, v in kept.items() if k not in ("entrytype", "key")}
    for name in ("title", "subtitle"):
        if name in kept:
            kept.setdefault(f"book{name}", kept.pop(name))
    lent = {k: v for k, v in kept.items() if k not in _NOT_LENT}
    return lent | {f"parent.{k}": kept[k] for k in _OF_PARENT if k in kept}


# What is said of the parent itself and not of its parts; its numbers go to the container.
_OF_PARENT = ("entrytype", "key", "doi", "isbn")
_NOT_LENT = frozenset(
    "entrytype key doi url isbn pages keywords abstract author editor annotation note label "  # noqa: SIM905
    "options indextitle sorttitle shorttitle langidopts eprint".split()
)


def _value(raw: str, strings: dict[str, str]) -> tuple[str, list[str]]:
    """A field's value with `#` and strings worked out, and the names of strings unknown."""
    if _SIMPLE.fullmatch(raw):
        return raw[1:-1], []
    pieces: list[str] = []
    unknown: list[str] = []
    place = 0
    while place < len(raw):
        skipped = _PIECE.match(raw, place)
        if pieces and skipped and "#" not in skipped[0]:
            unknown.append(raw[place:].strip())
            break
        place = skipped.end() if skipped else place
        if place >= len(raw):
            break
        end = _piece_end(raw, place)
        piece = raw[place:end].strip()
        if piece[:1] in ("{", '"'):
            pieces.append(piece[1:-1] if len(piece) > 1 else "")
        elif piece.isdecimal():
            pieces.append(piece)
        elif piece:
            known = strings.get(piece.lower())
            pieces.append(piece if known is None else known)
            if known is None:
                unknown.append(piece)
        place = max(end, place + 1)
    return "".join(pieces), list(filter(None, unknown))


def _piece_end(raw: str, place: int) -> int:
    """Where a braced, quoted or bare piece ends."""
    opening = raw[place]
    if opening not in '{"':
        further = _FURTHER.search(raw, place)
        end = raw.find("#", place)
        ends = [end] if end >= 0 else []
        return min([*ends, further.start()] if further else [*ends, len(raw)])
    if simple := _SIMPLE.match(raw, place):
        return simple.end()
    depth = 0
    for match in _MARK.finditer(raw, place):
        at, mark = match.start(), match[0]
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth -= 1
            if depth == 0 and opening == "{":
                return at + 1
        elif mark == '"' and opening == '"' and at > place and depth == 0:
            return at + 1
    return len(raw)
