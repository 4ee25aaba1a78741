"""Sorted blocks on disk: what a graph holds, kept beside the store that answers from it.

A side file is gzipped N-Triples whose blocks are parted by empty lines and sorted by their keys,
so two of them are compared as streams. An amendment is
one more such file, read over the first: its blocks replace whole blocks (`# <key>` where one is
gone), so that a small load into a large graph writes a small file.
"""

import gzip
import heapq
import itertools
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from ingest.lines import key

CHUNK = 1 << 20
RUN = 64 << 20  # bytes sorted in memory at once: a run more or less changes the time little
GONE = b"# "


class Readable(Protocol):
    """What gives bytes."""

    def read(self, size: int, /) -> bytes: ...


class Writer:
    """Writes blocks, given in order, into one gzipped file; counts their lines."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.lines = 0
        self._raw: BufferedWriter = path.open("wb")
        self._packer = zlib.compressobj(1, zlib.DEFLATED, 31)  # 31: a gzip header without a time
        self._held: list[bytes] = []
        self._size = 0
        self._aside: ThreadPoolExecutor | None = None  # packing needs no turn of the interpreter
        self._packing: Future[None] | None = None

    def write(self, block: bytes) -> None:
        """Add a block; its key must be above that of the last."""
        self._held.append(block)
        self._size += len(block)
        if self._size >= CHUNK:
            self._aside = self._aside or ThreadPoolExecutor(1)
            text = self._text()
            if self._packing is not None:
                self._packing.result()
            self._packing = self._aside.submit(self._pack, text)

    def _text(self) -> bytes:
        text = b"\n".join([*self._held, b""])
        self.lines += text.count(b"\n") - len(self._held)
        self._held.clear()
        self._size = 0
        return text

    def _pack(self, text: bytes) -> None:
        self._raw.write(self._packer.compress(text))

    def close(self) -> None:
        """Write what is held and close the file."""
        if self._aside is not None:
            self._aside.shutdown()
        if self._packing is not None:
            self._packing.result()
        self._pack(self._text())
        self._raw.write(self._packer.flush())
        self._raw.close()


def read_file(path: Path) -> Iterator[bytes]:
    """The blocks of one file."""
    with gzip.open(path) as stream:
        yield from split(stream)


def split(stream: Readable) -> Iterator[bytes]:
    """The blocks of a text in which empty lines part them."""
    rest = b""
    while chunk := stream.read(CHUNK):
        parts = (rest + chunk).split(b"\n\n")
        rest = parts.pop()
        for part in parts:
            yield part + b"\n"
    if rest:
        yield rest.rstrip(b"\n") + b"\n"


def read(found: Sequence[Path]) -> Iterator[bytes]:
    """The blocks of a base and its amendments, oldest first: the newest of each key."""
    if len(found) == 1:
        yield from read_file(found[0])
        return
    yield from (block for block in newest(found) if not block.startswith(GONE))


def newest(found: Sequence[Path]) -> Iterator[bytes]:
    """The newest block of each key, marks of what is gone included: several amendments as one."""
    streams = [_ranked(path, -age) for age, path in enumerate(found)]
    for _, same in itertools.groupby(heapq.merge(*streams), key=lambda entry: entry[0]):
        yield next(same)[2]


def _ranked(path: Path, rank: int) -> Iterator[tuple[bytes, int, bytes]]:
    for block in read_file(path):
        gone = block.startswith(GONE)
        yield (block[len(GONE) :].rstrip(b"\n") if gone else key(block)), rank, block


class Sorter:
    """Sorts blocks with flat memory: runs one after another in a file, merged; one block a key.

    The file is N-Triples too: a store can load it whole, in the order in which the runs were.
    """

    def __init__(self, scratch: Path, run: int = RUN) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        self.path = scratch / "runs.nt"
        self._run = run
        self._held: list[bytes] = []
        self._size = 0
        self._ends: list[int] = []

    def add(self, block: bytes) -> None:
        """Take a block, or a part of one (any single line is a block)."""
        self._held.append(block)
        self._size += len(block) + 33
        if self._size >= self._run:
            self.spill()

    def spill(self) -> None:
        """Write what is held in memory to disk, sorted."""
        if not self._held:
            return
        self._held.sort()
        with self.path.open("ab", buffering=CHUNK) as stream:
            for start in range(0, len(self._held), 1000):
                stream.write(b"\n".join([*self._held[start : start + 1000], b""]))
            self._ends.append(stream.tell())
        self._held = []
        self._size = 0

    def sorted(self) -> Iterator[bytes]:
        """All blocks in order, each key once; the runs stay until `remove`."""
        self._held.sort()
        starts = [0, *self._ends]
        streams = [_run(self.path, *part) for part in itertools.pairwise(starts)]
        streams += [iter(self._held)] if self._held else []
        yield from united(streams[0] if len(streams) == 1 else heapq.merge(*streams))
        self._held = []

    def remove(self) -> None:
        """Let go of the runs."""
        self.path.unlink(missing_ok=True)
        self._ends = []


class _Part:
    """A part of a file as a stream."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        self._stream, self._left = stream, left

    def read(self, size: int, /) -> bytes:
        found = self._stream.read(min(size, self._left))
        self._left -= len(found)
        return found


def _run(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as stream:
        stream.seek(start)
        yield from split(_Part(cast(BinaryIO, stream), end - start))


def united(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks in order with those of one key put together: their lines sorted, each once."""
    last = next(blocks, None)
    if last is None:
        return
    name = key(last)
    parts: list[bytes] = []
    for block in blocks:
        if not block.startswith(name):
            yield _union([*parts, last]) if parts else last
            name, parts = key(block), []
        elif block != last:
            parts.append(last)
        last = block
    yield _union([*parts, last]) if parts else last


def _union(parts: list[bytes]) -> bytes:
    return b"".join(sorted({line for part in parts for line in part.splitlines(keepends=True)}))
