"""Bulk loads of lines (N-Triples, N-Quads) in bounded memory, whatever the file and the machine.

Oxigraph collects a million quads a batch and builds as many batches at once as it may use cores.
It splits a path among four cores and more by its size, and so reads nothing at all, without a
word, from a pipe: it is given a stream instead.
"""

import io
import os
import random
import select
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol, cast

import pyoxigraph as ox

BUILDERS = 2  # batches built at once, of about 0.6 GB each
BATCH = 1_000_000  # lines: Oxigraph's own number, which Python cannot choose
HEAVY = 256 << 20  # bytes in fewer lines than a batch: they are stored before more is read
CHUNK = 1 << 20  # bytes read at once: Oxigraph asks for some 2 kB each time
WAIT = 0.05  # seconds until one looks again whether a file has grown


def add_lines(
    engine: ox.Store, path: Path, format: ox.RdfFormat, graph: ox.NamedNode | None = None
) -> None:
    """Add lines of our own making: their IRIs were checked when they were made."""
    with path.open("rb", buffering=0) as stream:
        add_stream(engine, cast(Readable, stream), format, graph)


def add_stream(
    engine: ox.Store, stream: "Readable", format: ox.RdfFormat, graph: ox.NamedNode | None = None
) -> None:
    """The same from what gives bytes."""
    lines = Lines(stream, BATCH, HEAVY)
    with _few_builders():
        while lines.more():
            engine.bulk_load(cast(IO[bytes], lines), format=format, to_graph=graph, lenient=True)


class Readable(Protocol):
    """What gives bytes, and none at its end."""

    def read(self, size: int, /) -> bytes: ...


class Growing:
    """A file while another process writes it, up to where that closes its end of a pipe.

    Unlike through the pipe itself, the writer never waits for who reads.
    """

    def __init__(self, path: Path, pipe: int) -> None:
        self._path, self._pipe = path, pipe
        self._stream: io.FileIO | None = None
        self._complete = False
        self.bytes = 0  # read so far

    def read(self, size: int, /) -> bytes:
        """What is there, at most so many bytes; waits for more; none at the end."""
        while not (found := self._some(size)):
            if self._complete:
                break
            self._complete = bool(select.select([self._pipe], [], [], WAIT)[0])
        self.bytes += len(found)
        return found

    def _some(self, size: int) -> bytes:
        if self._stream is None and self._path.exists():
            self._stream = io.FileIO(self._path)
        return self._stream.read(size) if self._stream else b""

    def close(self) -> None:
        """Let go of the file."""
        if self._stream:
            self._stream.close()


class Graphs:
    """N-Triples of several graphs as one stream of N-Quads, as each bulk load is compacted anew."""

    def __init__(self, parts: Iterator[tuple[str, Readable]]) -> None:
        self._parts = parts
        self._stream: Readable | None = None
        self._end = self._rest = b""

    def read(self, size: int, /) -> bytes:
        """Some whole lines, of about so many bytes; none at the end."""
        while True:
            if self._stream is None:
                name, self._stream = next(self._parts, ("", None))
                self._end = f" <{name}> .\n".encode()
            if self._stream is None:
                return b""
            chunk = self._stream.read(size)
            if not chunk:
                self._stream = None
            whole, newline, self._rest = (self._rest + chunk).rpartition(b"\n")
            if newline:
                return (whole + newline).replace(b" .\n", self._end)


class Lines:
    """A stream of lines that seems to end whenever a batch of them would be heavy."""

    def __init__(self, stream: Readable, batch: int, heavy: int) -> None:
        self._stream = stream
        self._batch, self._heavy = batch, heavy
        self._bytes = self._lines = 0
        self._held, self._at = b"", 0
        self._rest = b""
        self._paused = self._done = False

    def more(self) -> bool:
        """Go on behind a pause; False at the true end."""
        self._bytes = self._lines = 0
        self._paused = False
        return not self._done

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end, or at the end of a line where a pause is due."""
        if self._at == len(self._held):
            if self._paused:
                return b""
            self._held, self._at = self._fetched(), 0
        found = self._held[self._at : self._at + size]
        self._at += len(found)
        return found

    def _fetched(self) -> bytes:
        chunk, self._rest = self._rest or self._stream.read(CHUNK), b""
        self._done = not chunk
        self._bytes += len(chunk)
        self._lines += chunk.count(b"\n")
        if self._lines >= self._batch:
            self._bytes = self._lines = 0
        elif self._bytes >= self._heavy and (end := chunk.rfind(b"\n") + 1):
            chunk, self._rest = chunk[:end], chunk[end:]
            self._paused = True
        return chunk


@contextmanager
def _few_builders() -> Iterator[None]:
    """Keep this thread and those that it starts to few cores, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    with suppress(OSError):  # refused: then as many builders as cores
        os.sched_setaffinity(0, random.sample(sorted(cores), min(BUILDERS, len(cores))))
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, cores)
