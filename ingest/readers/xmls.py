"""XML read record by record in flat memory, with no DTD but ours and no look outside.

The file's own DOCTYPE is dropped and replaced by one that declares the named characters of HTML,
each a single character: nothing is fetched, and nothing can expand. Bytes are fed to the parser in
pieces that end where a record begins, so that broken markup costs its own record: the parser starts
anew with the next piece, inside the same opening tags.
"""

import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from html.entities import name2codepoint
from typing import Any, BinaryIO, TypeAlias

from lxml import etree  # type: ignore[import-untyped]

from ingest.readers.streams import BOM, HEAD_SIZE, WIDE_BOMS
from ingest.records import RecordError

# A piece is at most this long: no record comes near, and what has no records is not held whole.
MAX_PIECE = 32 * 1024 * 1024
_MAX_PROLOG = 1024 * 1024
_MOST_BROKEN = 1000  # one after another; what then follows is hardly a file of records
_MOST_OPEN = 8  # records within a record: three levels are the most that any format has
_BLOCK = 256 * 1024
_PREDEFINED = {"amp", "lt", "gt", "quot"}
_ENTITIES = "".join(
    f'<!ENTITY {name} "&#{code};">'
    for name, code in sorted(name2codepoint.items())
    if name not in _PREDEFINED
).encode()
_MISC = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([\w.-]+)["'][^>]*\?>""")
_AT_LINE = re.compile(r", line \d+.*$", re.DOTALL)

_PARSING = (etree.XMLSyntaxError, ValueError, AssertionError, LookupError)

Element: TypeAlias = Any  # lxml's elements: the library comes without types


@dataclass(frozen=True, slots=True)
class Found:
    """One record's element and the line that it begins on."""

    element: Element
    line: int


def root_of(head: bytes) -> tuple[str, bytes]:
    """The local name of the outermost element in these first bytes, and the bytes from there on."""
    for bom, encoding in WIDE_BOMS:
        if head.startswith(bom):
            head = head[2:].decode(encoding, "replace").encode()
    start = _after_misc(head.removeprefix(BOM))
    match = _ROOT.match(start)
    return (match[1].decode("latin-1").rpartition(":")[2] if match else "", start)


def _after_misc(data: bytes) -> bytes:
    at = 0
    while match := _MISC.match(data, at):
        at = match.end()
    return data[at:]


def elements(
    stream: BinaryIO, names: Iterable[str], cut_at: Iterable[str] = ()
) -> Iterator[Found | RecordError]:
    """The outermost elements of these local names, each dropped once the next is asked for.

    Bytes are also cut before the elements of `cut_at`, which then survive damage before them.
    """
    yield from _Cutter(stream, tuple(names), (*names, *cut_at)).found()


class _Cutter:
    """Feeds a stream to parsers, piece by piece."""

    def __init__(self, stream: BinaryIO, names: tuple[str, ...], cut_at: tuple[str, ...]) -> None:
        self._stream = stream
        self._names = names
        options = "|".join(map(re.escape, cut_at)).encode()
        self._begin = re.compile(rb"<(?:[\w.-]+:)?(?:" + options + rb")(?=[\s>/])")
        self._depth = 0
        self._damaged = False
        self._broken_in_a_row = 0
        self._head = b""
        self._line = 1
        self._open: list[tuple[bytes, int]] = []  # pieces since the last record that ended
        self._blocks = self._read()

    def found(self) -> Iterator[Found | RecordError]:
        problem = self._prolog()
        if problem:
            yield problem
            return
        try:
            self._parser = self._fresh()
        except _PARSING as error:  # an encoding that nobody knows
            yield self._broken(error, self._line, self._rest)
            return
        for number, piece in enumerate(self._pieces()):
            line = self._line
            self._line += piece.count(b"\n")
            if self._broken_in_a_row > _MOST_BROKEN:
                yield RecordError(f"{_MOST_BROKEN} broken records in a row: reading ends", line)
                return
            if number:
                yield from self._feed(piece, line)
                continue
            yield from self._begin_with(piece, line)
            if self._damaged:
                return
        yield from self._end()

    # ---- bytes

    def _read(self) -> Iterator[bytes]:
        first = self._stream.read(_BLOCK)
        for bom, encoding in WIDE_BOMS:
            if first.startswith(bom):
                text = (first + self._stream.read())[2:].decode(encoding, "replace")
                yield _DECLARED.sub(b"", text.encode(), count=1)
                return
        yield first.removeprefix(BOM)
        while block := self._stream.read(_BLOCK):
            yield block

    def _prolog(self) -> RecordError | None:
        """Reads up to the outermost element; leaves the rest as the first of the blocks."""
        data = b""
        for block in self._blocks:
            data += block
            rest = _after_misc(data)
            match = _ROOT.match(rest)
            if (match and len(rest) > HEAD_SIZE // 64) or len(data) > _MAX_PROLOG:
                break
        rest = _after_misc(data)
        match = _ROOT.match(rest)
        if not match:
            shown = rest[:80].decode("utf-8", "replace").strip()
            return RecordError("not XML: no element at its beginning", 1, value=shown)
        declared = _DECLARED.search(data[: len(data) - len(rest)])
        encoding = declared[1] if declared else b"UTF-8"
        self._head = b'<?xml version="1.0" encoding="%s"?>' % encoding
        self._head += b"<!DOCTYPE %s [%s]>" % (match[1], _ENTITIES)
        self._line += data[: len(data) - len(rest)].count(b"\n")
        self._rest = rest
        return None

    def _pieces(self) -> Iterator[bytes]:
        """The stream cut before each record."""
        held, sought = self._rest, 1
        for block in self._blocks:
            held, sought = yield from self._cut(held, sought)
            held += block
        held, _ = yield from self._cut(held, sought)
        yield held

    def _cut(self, held: bytes, sought: int) -> Generator[bytes, None, tuple[bytes, int]]:
        """Gives the whole pieces of what is held; returns the rest and how far it was searched."""
        start = 0
        for match in self._begin.finditer(held, sought):
            yield held[start : match.start()]
            start = match.start()
        rest = held[start:]
        if len(rest) > MAX_PIECE:
            yield rest
            rest = b""
        return rest, max(1, len(rest) - 64)

    # ---- parsing

    def _fresh(self) -> Any:
        self._depth = 0
        parser = etree.XMLPullParser(
            events=("start", "end"),
            tag=[f"{{*}}{name}" for name in self._names],
            load_dtd=False,
            no_network=True,
            resolve_entities=True,
            remove_comments=True,
            remove_pis=True,
        )
        if self._head:
            parser.feed(self._head)
        return parser

    def _begin_with(self, piece: bytes, line: int) -> Iterator[Found | RecordError]:
        """Feeds what comes before the second record: the tags around all records."""
        try:
            self._parser.feed(piece)
        except _PARSING as error:
            self._damaged = True
            yield self._broken(error, line, piece)
            return
        self._head += piece
        yield from self._events(line)

    def _feed(self, piece: bytes, line: int) -> Iterator[Found | RecordError]:
        """Feeds a piece; where a record goes wrong, that record is lost and those after it are not.

        The parser may look ahead for the end of what is damaged, over several pieces: the first
        of those that are open is at fault, and the others are fed again.
        """
        self._open.append((piece, line))
        try:
            self._parser.feed(piece)
            if self._depth and len(self._open) > _MOST_OPEN:
                raise self._stuck()
        except _PARSING as error:
            yield from self._events(line)
            yield from self._recover(error)
            return
        yield from self._events(line)
        if self._depth == 0:
            self._open.clear()

    def _stuck(self) -> Exception:
        """What keeps a record from ending: the parser may only wait for the end of a reference."""
        try:
            self._parser.feed(b"&amp;")
        except _PARSING as error:
            return ValueError(str(error))
        return ValueError("an element that does not end")

    def _recover(self, error: Exception) -> Iterator[Found | RecordError]:
        self._damaged = True
        self._broken_in_a_row += 1
        (piece, line), *others = self._open
        self._open = []
        yield self._broken(error, line, piece)
        self._parser = self._fresh()
        for other, at in others:
            yield from self._feed(other, at)

    def _events(self, line: int) -> Iterator[Found]:
        for event, element in self._parser.read_events():
            if event == "start":
                self._depth += 1
                continue
            self._depth -= 1
            if self._depth == 0:
                self._broken_in_a_row = 0
                yield Found(element, line)
                _drop(element)

    def _broken(self, error: Exception, line: int, beginning: bytes) -> RecordError:
        message = _AT_LINE.sub("", str(error)) or type(error).__name__
        shown = beginning[:80].decode("utf-8", "replace").split("\n")[0]
        return RecordError(f"not well-formed XML: {message}", line, value=shown)

    def _end(self) -> Iterator[Found | RecordError]:
        while self._depth and len(self._open) > 1:
            yield from self._recover(self._stuck())
        if self._damaged and self._depth == 0:
            return
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            how = "not well-formed XML" if self._depth == 0 else "XML cut off before its end"
            reason = f"{how}: {_AT_LINE.sub('', str(error))}"
            yield RecordError(reason, self._line, fatal=self._depth > 0)


def _drop(element: Element) -> None:
    """Lets go of an element and of all before it."""
    parent = element.getparent()
    element.clear()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


# ---- looking into elements, by local names


def every(element: Element, path: str) -> list[Element]:
    """The descendants at a path of local names ("a/b")."""
    found: list[Element] = element.findall("/".join(f"{{*}}{name}" for name in path.split("/")))
    return found


def one(element: Element, path: str) -> Element | None:
    """The first descendant at a path of local names."""
    return element.find("/".join(f"{{*}}{name}" for name in path.split("/")))


def content(element: Element | None) -> str:
    """All text inside an element, white space collapsed; "" for none."""
    if element is None:
        return ""
    whole = "".join(element.itertext()) if len(element) else element.text or ""
    return " ".join(whole.split())


def text(element: Element, *paths: str) -> str:
    """The text of the first of these paths that has any."""
    for path in paths:
        for found in every(element, path):
            if shown := content(found):
                return shown
    return ""


def texts(element: Element, path: str) -> list[str]:
    """The texts at a path, without the empty ones."""
    return [shown for found in every(element, path) if (shown := content(found))]


def name(element: Element) -> str:
    """The local name of an element."""
    tag: str = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2]  # a prefix stays where nobody declared it


def inner(element: Element | None, drop: frozenset[str] = frozenset()) -> str:
    """What stands between an element's tags, inline tags kept without namespaces and attributes.

    Elements named in `drop` go with all they hold (footnotes in titles).
    """
    if element is None:
        return ""
    parts: list[str] = []
    _inner(element, parts, drop)
    return " ".join("".join(parts).split())


def _inner(element: Element, parts: list[str], drop: frozenset[str]) -> None:
    parts.append(escape(element.text or "", quote=False))
    for child in element:
        tag = name(child)
        if tag not in drop:
            parts.append(f"<{tag}>")
            _inner(child, parts, drop)
            parts.append(f"</{tag}>")
        parts.append(escape(child.tail or "", quote=False))
