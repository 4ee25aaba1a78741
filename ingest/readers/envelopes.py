"""JSON objects that stand for records, whether bare, in lists or in an answer of an interface.

An answer is `{"message": {"items": […]}}` (Crossref), `{"results": […]}` (OpenAlex), `{"data": …}`
(DataCite); it is held whole, as a page of an answer is small.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ingest.readers import jsons
from ingest.records import RecordError

_WRAPPERS = ("message", "items", "results", "data")


@dataclass(frozen=True, slots=True)
class Entry:
    """One object; `line` is where it, or the answer that holds it, begins."""

    line: int
    fields: dict[str, Any]
    sound: bool = True


def starts_as_json(head: bytes) -> bytes:
    """The first bytes without marks and zero bytes if they begin JSON; else nothing."""
    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").lstrip()
    return start if start[:1] in (b"{", b"[") else b""


def entries(stream: BinaryIO) -> Iterator[Entry | RecordError]:
    """The objects, out of their envelopes."""
    found = False
    for value in jsons.values(stream):
        found = True
        if isinstance(value, RecordError):
            yield value
            continue
        for fields in _unwrapped(value.value, 0):
            if isinstance(fields, dict):
                yield Entry(value.line, fields, value.sound)
            else:
                yield RecordError("not an object", value.line, value=str(fields)[:80])
    if not found:
        yield RecordError("no record in this JSON", 1)


def _unwrapped(value: Any, depth: int) -> Iterator[Any]:
    if depth < 3 and isinstance(value, dict):
        for name in _WRAPPERS:
            if isinstance(value.get(name), list) or (name in value and name in ("message", "data")):
                yield from _unwrapped(value[name], depth + 1)
                return
    if isinstance(value, list):
        for item in value:
            yield from (
                _unwrapped(item, depth + 1) if isinstance(item, list) and depth < 3 else (item,)
            )
        return
    yield value
