"""RDF/XML for a parser that trusts it: entities that expand and nesting without end are refused.

Ontologies name their namespaces by entities ("&xsd;string"), so those of plain, short text are let
through; entities that hold others, or stand where no DOCTYPE may, are refused. The parser's time
grows with the square of the depth of elements, and it takes a file cut off for a whole one.
"""

import io
import re
from typing import BinaryIO

from ingest.readers.streams import HEAD_SIZE

_LONGEST = 200  # an IRI of a namespace; ten of them in a reference's place cannot hurt
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[(?P<inside>.*?)\]\s*)?>", re.DOTALL)
_ENTITY = re.compile(rb"""<!ENTITY\s+[\w.:-]+\s+(["'])(?P<value>.*?)\1\s*>""", re.DOTALL)
_OPENED, _CLOSED = re.compile(rb"<[A-Za-z_]"), re.compile(rb"</|/>")
_END = re.compile(rb"(?:</(?:[\w.-]+:)?RDF\s*>|/>)\s*(?:<!--.*-->\s*)?\Z", re.DOTALL)
_DEEPEST = 1000
_DECLARATION = (b"<!ENTITY", b"<!DOCTYPE")


class UnsafeXml(ValueError):
    """A file declares entities that could expand, or nests without end."""


class Guarded(io.RawIOBase):
    """The stream's bytes; reading raises `UnsafeXml` where a declaration is refused."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._tail = b""
        self._depth = 0
        first = stream.read(HEAD_SIZE)
        match = _DOCTYPE.search(first)
        if match and _OPENED.search(first[: match.start()]):
            match = None  # inside of elements: refused below
        cut = match.end() if match else 0
        if match:
            _check(match["inside"] or b"")
            self._refuse(first[: match.start()])
        self._refuse(first[cut:])
        self._ready = first

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Some bytes: at most a block, whatever is asked for."""
        block, self._ready = self._ready, b""
        if not block:
            block = self._stream.read(HEAD_SIZE)
            self._refuse(block)
        return block if size < 0 or size >= len(block) else self._keep(block, size)

    def _keep(self, block: bytes, size: int) -> bytes:
        self._ready = block[size:]
        return block[:size]

    def _refuse(self, block: bytes) -> None:
        seen = self._tail + block
        if any(sign in seen for sign in _DECLARATION):
            raise UnsafeXml("entities are declared outside of a plain DOCTYPE")
        self._depth += len(_OPENED.findall(block)) - len(_CLOSED.findall(block))
        if self._depth > _DEEPEST:
            raise UnsafeXml(f"elements nested more than {_DEEPEST:,} deep")
        self._tail = seen[-200:]

    @property
    def complete(self) -> bool:
        """Whether what was read last ends the outermost element."""
        return _END.search(self._tail) is not None


def _check(inside: bytes) -> None:
    """Refuses all but entities of short text without further references."""
    for found in _ENTITY.finditer(inside):
        if len(found["value"]) > _LONGEST or b"&" in found["value"] or b"%" in found["value"]:
            raise UnsafeXml("entities that hold others, or are too long")
    if b"<!ENTITY" in _ENTITY.sub(b"", inside):
        raise UnsafeXml("entities of other files")
