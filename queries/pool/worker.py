"""One query process: holds a generation read-only, answers jobs on a socket, and may be killed.

Imports only pyoxigraph, the standard library and the seccomp filter, because every kill costs a
start. A frame to the worker is a length and a marshalled tuple; one back is `HEADER` and a body.
"""

import fcntl
import importlib
import marshal
import os
import re
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any, TypeVar, cast

import pyoxigraph as ox

from queries.pool import seccomp

LENGTH = struct.Struct("=I")
HEADER = struct.Struct("=cIQQ")  # kind, length of the body, rows, bytes spilled to the file
READY, INLINE, SPILLED, GROW, FAILED, OPENED = b"R", b"A", b"F", b"G", b"E", b"O"
INLINE_BYTES = 1 << 20  # answers above this go to the file that the server hands over
GRANT_BYTES = 32 << 20  # file space is asked for in steps of this
CHUNK_BYTES = 1 << 16
BETWEEN_ROWS, FIRST_ROW = re.compile(rb'\},\{"[^},]'), re.compile(rb'"bindings":\[\{')


T = TypeVar("T")
U = TypeVar("U")


class Cut(Exception):
    """The answer passed a cap: `rows`, `bytes` or `spool`."""


class Channel:
    """The worker's end of the socket pair. Plain reads and writes: socket is slow to import."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.held = bytearray()

    def receive(self) -> tuple[Any, ...] | None:
        """The next frame, or None when the server is gone.

        Usually one read: the server sends nothing more before it has all the answers.
        """
        data = os.read(self.descriptor, CHUNK_BYTES)
        while data:
            end = LENGTH.size + LENGTH.unpack_from(data)[0] if len(data) >= LENGTH.size else 0
            if end and len(data) >= end:
                return cast(tuple[Any, ...], marshal.loads(data[LENGTH.size : end]))
            more = os.read(self.descriptor, max(CHUNK_BYTES, end - len(data)))
            data = data + more if more else b""
        return None

    def send(self, kind: bytes, body: bytes = b"", rows: int = 0, spilled: int = 0) -> None:
        self.hold(kind, body, rows, spilled)
        self.release()

    def hold(self, kind: bytes, body: bytes = b"", rows: int = 0, spilled: int = 0) -> None:
        """A frame that may wait for the next: each that arrives alone wakes the server's thread."""
        self.held += HEADER.pack(kind, len(body), rows, spilled)
        self.held += body
        if len(self.held) >= CHUNK_BYTES:
            self.release()

    def release(self) -> None:
        """Send what is held."""
        data, self.held = memoryview(self.held), bytearray()
        while data:
            data = data[os.write(self.descriptor, data) :]

    def grow(self, first: bool) -> int | None:
        """Ask for GRANT_BYTES of file space; the first grant carries the file itself."""
        import socket

        self.send(GROW)
        with socket.socket(fileno=os.dup(self.descriptor)) as end:
            word, files, _, _ = socket.recv_fds(end, 1, 1)
        if word != b"y":
            raise Cut("spool")
        return files[0] if first else None


class Sink:
    """Takes the serializer's bytes; counts rows, keeps to the caps, spills beyond INLINE_BYTES."""

    def __init__(self, channel: Channel, count: Callable[[bytes], int], rows: int, size: int):
        self.channel, self.count = channel, count
        self.row_cap, self.byte_cap = rows, size
        self.rows = self.size = self.granted = self.spilled = 0
        self.memory = bytearray()
        self.chunk = bytearray()
        self.file: int | None = None
        self.cut: str | None = None
        self.media_type = ""
        self.carried: Callable[[bytes], bytes] | None = None

    def write(self, data: bytes) -> int:
        self.chunk += data
        if len(self.chunk) >= CHUNK_BYTES:
            self.settle()
        return len(data)

    def flush(self) -> None:
        """Nothing: chunks settle by size, and at the end."""

    def settle(self) -> None:
        """Check the caps for the chunk at hand and move it to memory or file."""
        chunk, self.chunk = bytes(self.chunk), bytearray()
        self.rows += self.count(chunk)
        if self.carried is not None:
            chunk = self.refusing(self.carried, chunk)
        self.size += len(chunk)
        self.keep_to("rows", self.rows, self.row_cap)
        self.keep_to("bytes", self.size, self.byte_cap)
        self.memory += chunk
        if len(self.memory) > INLINE_BYTES or self.file is not None:
            self.spill()

    def keep_to(self, what: str, amount: int, cap: int) -> None:
        if amount > cap:
            self.cut = what
            raise Cut(what)

    def refusing(self, carried: Callable[[T], U], what: T) -> U:
        """Let through what the format can carry; the answer ends where it cannot."""
        try:
            return carried(what)
        except ValueError as error:
            self.cut = f"unwritable\n{self.media_type}\n{error}"
            raise

    def spill(self) -> None:
        while self.granted < self.size:
            try:
                file = self.channel.grow(first=self.file is None)
            except Cut:
                self.cut = "spool"
                raise
            self.file = self.file if file is None else file
            self.granted += GRANT_BYTES
        data = memoryview(self.memory)
        assert self.file is not None
        while data:
            data = data[os.write(self.file, data) :]
        self.spilled, self.memory = self.size, bytearray()

    def close(self) -> None:
        if self.file is not None:
            os.close(self.file)


def rows_in_json() -> Callable[[bytes], int]:
    """Rows of sparesults' JSON: `},{"v` stands between two rows and, escaped, in no literal."""
    tail, begun = b"", False

    def count(chunk: bytes) -> int:
        nonlocal tail, begun
        text = tail + chunk
        tail = text[-4:]
        found = len(BETWEEN_ROWS.findall(text))
        if not begun and FIRST_ROW.search(text):
            found, begun = found + 1, True
        return found

    return count


def rows_in_xml() -> Callable[[bytes], int]:
    tail = b""

    def count(chunk: bytes) -> int:
        nonlocal tail
        text = tail + chunk
        tail = text[-7:]
        return text.count(b"<result>")

    return count


def rows_in_tsv() -> Callable[[bytes], int]:
    header = 1

    def count(chunk: bytes) -> int:
        nonlocal header
        found, header = chunk.count(b"\n") - header, 0
        return found

    return count


def rows_in_csv() -> Callable[[bytes], int]:
    header, quoted = 1, 0

    def count(chunk: bytes) -> int:
        nonlocal header, quoted
        parts = chunk.split(b'"')
        found = sum(part.count(b"\n") for part in parts[quoted::2]) - header
        header, quoted = 0, quoted ^ (len(parts) - 1) & 1
        return found

    return count


ROWS = {
    "srj": rows_in_json,
    "srx": rows_in_xml,
    "tsv": rows_in_tsv,
    "csv": rows_in_csv,
}


def not_counted(_: bytes) -> int:
    return 0


def counted(
    triples: ox.QueryTriples, sink: Sink, check: Callable[[str], None] | None = None
) -> Iterator[ox.Triple]:
    """The triples, counted on the way: in Turtle's bytes they cannot be."""
    for triple in triples:
        sink.rows += 1
        if check is not None:
            sink.refusing(check, triple.predicate.value)
        if sink.rows > sink.row_cap:
            sink.keep_to("rows", sink.rows, sink.row_cap)
        yield triple


class Desk:
    """Answers jobs one after another on the generation that it holds open."""

    def __init__(self, channel: Channel, functions: str = "") -> None:
        self.channel, self.functions = channel, functions
        self.store: ox.Store | None = None
        self.lock: int | None = None

    def open(self, store: str, lock: str) -> None:
        """Take the generation's shared lock, open it, then let the one before go."""
        held = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
            opened = ox.Store.read_only(store)
        except BaseException:
            os.close(held)
            raise
        before, self.store, self.lock = self.lock, opened, held
        if before is not None:
            os.close(before)

    def answer(self, job: tuple[Any, ...]) -> None:
        text, base, table, graph, union, defaults, named, prefixes, rows, size = job
        results = self.ask(
            text,
            prefixes,
            base_iri=base,
            use_default_graph_as_union=union,
            default_graph=None if defaults is None else [ox.NamedNode(iri) for iri in defaults],
            named_graphs=None if named is None else [ox.NamedNode(iri) for iri in named],
        )
        wanted = graph if isinstance(results, ox.QueryTriples) else table
        if wanted is None:
            form = "graph" if isinstance(results, ox.QueryTriples) else "table"
            self.channel.send(FAILED, f"form\n{form}".encode())
            return
        sink = Sink(self.channel, not_counted, rows, size)
        try:
            self.serialize(results, wanted, prefixes, sink)
            sink.settle()
        except BaseException:
            if sink.cut is None:
                raise
            self.channel.send(FAILED, f"{sink.cut}\n".encode(), sink.rows, sink.size)
        else:
            self.send(sink, wanted)
        finally:
            sink.close()

    def ask(self, text: str, prefixes: tuple[tuple[str, str], ...], **options: Any) -> Any:
        """The engine's answer; it gets our prefixes only where the text does not do without.

        Handing over eight prefixes costs as much as a small query (45 us of 110).
        """
        try:
            return self.ask_plainly(text, **options)
        except SyntaxError:
            if not prefixes:
                raise
        return self.ask_plainly(text, prefixes=dict(prefixes), **options)

    def ask_plainly(self, text: str, **options: Any) -> Any:
        """The engine's answer; our functions are imported by the first query that names one."""
        assert self.store is not None
        try:
            return self.store.query(text, **options)
        except RuntimeError as error:
            if not self.functions or not str(error).startswith("The custom function"):
                raise
        functions = importlib.import_module(self.functions).FUNCTIONS
        return self.store.query(text, custom_functions=functions, **options)

    def serialize(self, results: Any, wanted: str, prefixes: dict[str, str], sink: Sink) -> None:
        output = cast(IO[bytes], sink)
        check, sink.media_type = None, wanted
        if wanted.endswith("+xml"):
            from queries import wellformed

            sink.carried = wellformed.Text().carried
            check = wellformed.check_property
        if isinstance(results, ox.QueryTriples):
            form = ox.RdfFormat.from_media_type(wanted)
            found = counted(results, sink, check)
            ox.serialize(found, output, form, prefixes=dict(prefixes) or None)
            return
        table = ox.QueryResultsFormat.from_media_type(wanted)
        if table is None:
            raise ValueError(f"no results format {wanted}")
        if isinstance(results, ox.QuerySolutions):
            sink.count = ROWS[table.file_extension]()
        else:
            sink.rows = 1
        results.serialize(output, table)

    def send(self, sink: Sink, media_type: str) -> None:
        name = media_type.encode() + b"\n"
        if sink.spilled:
            self.channel.send(SPILLED, name, sink.rows, sink.size)
        else:
            self.channel.hold(INLINE, name + sink.memory, sink.rows)

    def failed(self, error: BaseException) -> None:
        """Name the failure in one word, so that the server need not guess from the text."""
        kinds: tuple[tuple[type[BaseException], str], ...] = (
            (SyntaxError, "syntax"),
            (MemoryError, "memory"),
            (Exception, "failed"),
        )
        kind = next((kind for type_, kind in kinds if isinstance(error, type_)), "panic")
        self.channel.send(FAILED, f"{kind}\n{error}".encode(errors="replace"))

    def work(self) -> None:
        """Answer until the server closes its end."""
        while (frame := self.channel.receive()) is not None:
            kind, *rest = frame
            for job in rest[0] if kind == "jobs" else rest:
                try:
                    if kind == "open":
                        self.open(*job)
                        self.channel.send(OPENED)
                    else:
                        self.answer(job)
                except BaseException as error:
                    self.failed(error)
                    if not isinstance(error, Exception):
                        raise
            self.channel.release()


def confine(parent: int, memory: int, walled: bool) -> str:
    """Limits first, then the wall; returns why there is none, or nothing."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    seccomp.die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:  # it ended before it could be watched
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    if not walled:
        return "switched off"
    try:
        seccomp.refuse_network()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def main() -> None:
    descriptor, parent, memory, walled = map(int, sys.argv[-4:])
    channel = Channel(descriptor)
    channel.send(READY, confine(parent, memory, bool(walled)).encode())
    Desk(channel, sys.argv[3]).work()
