"""Files opened as plain bytes, whatever their compression, and cut into lines of bounded length.

Compression is known by the first bytes, never by the name. What is wrong with the file as a whole
(absent, a folder, empty, a broken archive) is a `ReadError` of one line, also when it shows late.
"""

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from ingest.readers.errors import ReadError

HEAD_SIZE = 64 * 1024
# No line of real records comes near: the longest met has 5,025 authors in one cell (0.2 MB).
MAX_LINE = 16 * 1024 * 1024

BOM = b"\xef\xbb\xbf"
WIDE_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class Readable(Protocol):
    """What gives bytes: a file, or one of the standard library's decompressors."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


_COMPRESSIONS: tuple[tuple[str, bytes, Callable[[BinaryIO], Readable]], ...] = (
    ("gzip", b"\x1f\x8b", lambda raw: gzip.GzipFile(fileobj=raw)),
    ("xz", b"\xfd7zXZ\x00", lambda raw: lzma.LZMAFile(raw)),  # noqa: SIM115
    ("bzip2", b"BZh", lambda raw: bz2.BZ2File(raw)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; not `sound` where bytes were not UTF-8 or the line too long."""

    number: int
    text: str
    sound: bool = True


class _Checked(io.RawIOBase):
    """A decompressed stream whose failures are `ReadError`s that name the file."""

    def __init__(self, path: Path, kind: str, inner: Readable, raw: BinaryIO) -> None:
        self._path = path
        self._kind = kind
        self._inner = inner
        self._raw = raw

    def readable(self) -> bool:
        return True

    def position(self) -> int:
        """How many bytes of the file itself are read, compressed as they are."""
        return 0 if self._raw.closed else self._raw.tell()

    def readinto(self, buffer: object) -> int:
        view = cast(memoryview, buffer)
        with read_errors(self._path, self._kind):
            block = self._inner.read(len(view))
        view[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._inner.close()
        self._raw.close()  # decompressors leave open what they were given
        super().close()


@contextmanager
def read_errors(path: Path, kind: str) -> Iterator[None]:
    """Turns what reading and decompressing raise into a `ReadError`."""
    try:
        yield
    except EOFError as error:
        raise ReadError(path, f"{kind} file cut off before its end") from error
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise ReadError(path, f"broken {kind} file: {error}") from error
    except OSError as error:
        reason = error.strerror or f"broken {kind} file: {error}"
        raise ReadError(path, reason.lower()) from error


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes, decompressed; the caller closes it."""
    if path.is_dir():
        raise ReadError(path, "a folder, not a file")
    with read_errors(path, "plain"):
        raw = path.open("rb")
        head = raw.peek(8)
    if not head:
        raw.close()
        raise ReadError(path, "empty file")
    for kind, magic, opener in _COMPRESSIONS:
        if head.startswith(magic):
            with read_errors(path, kind):
                inner = opener(raw)
            return io.BufferedReader(_Checked(path, kind, inner, raw), HEAD_SIZE)
    return io.BufferedReader(_Checked(path, "plain", raw, raw), HEAD_SIZE)


def lines(stream: BinaryIO) -> Iterator[Line]:
    """The stream's lines as text: UTF-8, or UTF-16 where a byte order mark says so.

    Bytes that are no UTF-8 become U+FFFD and the line is marked as not sound.
    """
    for number, block, whole in byte_lines(stream):
        text, sound = _decoded(block)
        yield Line(number, text.rstrip("\r\n"), sound and whole)


def byte_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """Number and bytes of each line, UTF-16 made UTF-8; False where a line was cut as too long."""
    first = stream.readline(MAX_LINE)
    for bom, encoding in WIDE_BOMS:
        if first.startswith(bom):
            yield from _narrow(_wide(first[len(bom) :], stream, encoding))
            return
    blocks = iter(lambda: stream.readline(MAX_LINE), b"")
    yield from _narrow(chain((first.removeprefix(BOM),), blocks))


def _narrow(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """Numbers the lines; of one that came in several blocks only the first is kept."""
    number, goes_on = 1, False
    for block in blocks:
        ended = block.endswith(b"\n")
        if not goes_on and block:
            yield number, block, ended or len(block) < MAX_LINE
        goes_on = not ended
        number += ended


def _wide(first: bytes, stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    held = ""
    for block in chain((first,), iter(lambda: stream.read(HEAD_SIZE), b""), (None,)):
        held += decoder.decode(block or b"", final=block is None)
        *whole, held = held.split("\n")
        yield from (f"{line}\n".encode() for line in whole)
        if len(held) >= MAX_LINE:
            yield held.encode()
            held = ""
    yield held.encode()


def _decoded(block: bytes) -> tuple[str, bool]:
    try:
        text = block.decode()
    except UnicodeDecodeError:
        return block.decode(errors="replace"), False
    return text, True
