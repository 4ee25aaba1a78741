"""JSON values one at a time: JSON Lines, one array, or objects in a row; memory stays flat.

A value that is not JSON is a `RecordError` with its line, and reading goes on at the next one.
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ingest.readers.streams import BOM, HEAD_SIZE, MAX_LINE, WIDE_BOMS, lines
from ingest.records import RecordError

_DECODER = json.JSONDecoder()
_BETWEEN = re.compile(r"[\s,]*")
_NEXT_OBJECT = re.compile(r"\}[\s,]*(?=\{)|\n[\s,]*(?=\{)")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Only input cut off fails this near to the end of what is at hand.
_MARGIN = 16


@dataclass(frozen=True, slots=True)
class Value:
    """One JSON value and the line it begins on; `sound` is False where bytes were not UTF-8."""

    line: int
    value: Any
    sound: bool = True


def values(stream: BinaryIO) -> Iterator[Value | RecordError]:
    """The values of JSON Lines, of an array, or of objects one after another."""
    head = stream.peek(HEAD_SIZE)[:HEAD_SIZE]  # type: ignore[attr-defined]
    if _is_lines(head):
        yield from _of_lines(stream)
    else:
        yield from _Scanner(stream).values()


def _is_lines(head: bytes) -> bool:
    """Whether the first line is an object of its own."""
    first = head.removeprefix(BOM).lstrip().split(b"\n", 1)[0].strip()
    return first.startswith(b"{") and first.endswith(b"}")


def _of_lines(stream: BinaryIO) -> Iterator[Value | RecordError]:
    loads = json.loads
    for line in lines(stream):
        text = line.text
        if not text or text.isspace():
            continue
        try:
            value = loads(text)
        except (ValueError, RecursionError) as error:
            yield _error(error, line.number, text)
            continue
        if not line.sound or "\\ud" in text or "\\uD" in text:
            value = _mended(value)
        yield Value(line.number, value, line.sound)


def _error(error: Exception, line: int, text: str) -> RecordError:
    reason = f"not JSON: {error.msg}" if isinstance(error, json.JSONDecodeError) else "not JSON"
    if isinstance(error, RecursionError):
        reason = "JSON nested too deeply"
    return RecordError(reason, line=line, value=_mended(text[:80]))


def _mended(value: Any) -> Any:
    """The value with lone surrogates, which no encoding can write, as U+FFFD."""
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value


class _Scanner:
    """Cuts a stream of text into JSON values without holding more than one and a block."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        head = stream.peek(4)[:4]  # type: ignore[attr-defined]
        encoding = next((name for bom, name in WIDE_BOMS if head.startswith(bom)), "utf-8")
        errors = "surrogateescape" if encoding == "utf-8" else "replace"  # UTF-16 may be cut off
        self._decode = codecs.getincrementaldecoder(encoding)(errors)
        self._text = ""
        self._at = 0
        self._line = 1
        self._ended = False
        self._more(HEAD_SIZE)
        self._text = self._text.removeprefix("\ufeff")

    def values(self) -> Iterator[Value | RecordError]:
        self._skip_between()
        if self._text.startswith("[", self._at):
            self._advance(self._at + 1)
        while self._skip_between():
            if self._text[self._at] == "]":
                return
            yield self._next()

    def _next(self) -> Value | RecordError:
        size = HEAD_SIZE
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._may_be_cut(error) or not self._more(size):
                    return self._skip_bad(error, error.pos)
                size *= 2
            except (ValueError, RecursionError) as error:
                return self._skip_bad(error, self._at + 1)
            else:
                line, text = self._line, self._text[self._at : end]
                self._advance(end)
                if "\\ud" in text or "\\uD" in text or _SURROGATES.search(text):
                    return Value(line, _mended(value), not _SURROGATES.search(text))
                return Value(line, value)

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        if self._ended or len(self._text) - self._at > MAX_LINE:
            return False
        return error.pos >= len(self._text) - _MARGIN or error.msg.startswith("Unterminated")

    def _skip_bad(self, error: Exception, position: int) -> RecordError:
        """Tells of a bad value and goes to where the next object seems to begin."""
        found = _error(error, self._line, self._text[self._at : self._at + 80])
        self._advance(min(max(position, self._at + 1), len(self._text)))
        while not (match := _NEXT_OBJECT.search(self._text, self._at)):
            self._advance(max(self._at, len(self._text) - _MARGIN))
            if not self._more(HEAD_SIZE):
                self._advance(len(self._text))
                return found
        self._advance(match.end())
        return found

    def _skip_between(self) -> bool:
        """Goes past white space and commas; whether anything is left."""
        while True:
            match = _BETWEEN.match(self._text, self._at)
            self._advance(match.end() if match else self._at)
            if self._at < len(self._text):
                return True
            if not self._more(HEAD_SIZE):
                return False

    def _advance(self, position: int) -> None:
        self._line += self._text.count("\n", self._at, position)
        self._at = position

    def _more(self, size: int) -> bool:
        """Reads on, letting go of what is behind; whether there was more."""
        if self._ended:
            return False
        block = self._stream.read(size)
        self._ended = not block
        self._text = self._text[self._at :] + self._decode.decode(block, final=not block)
        self._at = 0
        return not self._ended or bool(self._text)
