"""A worker process seen from the server: started by exec, asked over a socket, killed at need."""

import marshal
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyoxigraph

from queries.pool.answers import Budget, Cause, QueryKilled, SpooledBody
from queries.pool.worker import GRANT_BYTES, GROW, HEADER, INLINE, LENGTH, OPENED, SPILLED

ROOT = Path(__file__).resolve().parent.parent.parent
SITE = Path(pyoxigraph.__file__).resolve().parent.parent
# Without site (-S) and environment (-I) an interpreter starts in 8 ms instead of 11; -c keeps the
# module's compiled form in use.
START = "import sys; sys.path += sys.argv[1:3]; from queries.pool.worker import main; main()"

READ_BYTES = 1 << 18
TIMEVAL = struct.Struct("@ll")
TIMER_SECONDS = 0.05  # how far the kernel's timer may be off before it is set anew

EXITS = {
    signal.SIGABRT: (Cause.MEMORY, "the query needs more memory than a worker may use"),
    signal.SIGSEGV: (Cause.NESTING, "the query is nested too deeply"),
}
KILLS = {
    Cause.DEADLINE: "the query ran longer than its deadline",
    Cause.HANGUP: "the client left before the answer was complete",
    Cause.STOP: "the server stops; try again later",
    Cause.QUEUE: "others were waiting and this client held too many workers; try again later",
}


class GenerationGone(OSError):
    """The generation was removed before the worker could open it."""


class Process:
    """One worker process and the server's end of its socket."""

    def __init__(
        self,
        memory: int,
        budget: Budget,
        *,
        reserved: bool,
        walled: bool = True,
        functions: str = "",
    ) -> None:
        self.reserved = reserved
        self.generation: int | None = None
        self.no_wall: str | None = None
        self.cause: Cause | None = None
        self._budget, self._memory = budget, memory
        self._buffer = bytearray()
        self._killing = threading.Lock()
        self.socket, theirs = socket.socketpair()
        self._patience = 0.0
        self._errors = os.memfd_create("errors") if hasattr(os, "memfd_create") else None
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", START, str(ROOT), str(SITE), functions]
                + [str(n) for n in (theirs.fileno(), os.getpid(), memory, int(walled))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL if self._errors is None else self._errors,
                pass_fds=(theirs.fileno(),),
                cwd="/",
                env={"LC_ALL": "C.UTF-8"},
            )
        self.pid = self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def swollen(self) -> bool:
        """Whether over half of the memory cap is in use now, between queries."""
        return swollen(self.pid, self._memory)

    def kill(self, cause: Cause | None = None) -> None:
        """SIGKILL, remembering why; the first cause stands."""
        with self._killing:
            self.cause = self.cause or cause
            self._process.kill()

    def close(self) -> int:
        """End the process, wait for it, and free what it held here; gives its exit status."""
        self._process.kill()
        status = self._process.wait()
        self.socket.close()
        if self._errors is not None:
            os.close(self._errors)
            self._errors = None
        return status

    def send(self, frames: list[tuple[Any, ...]], end: float) -> None:
        data = b""
        for frame in frames:
            body = marshal.dumps(frame)
            data += LENGTH.pack(len(body)) + body
        try:
            self._wait_until(end)
            self.socket.sendall(data)
        except BlockingIOError:
            raise self.overdue() from None
        except ConnectionError:
            raise self.autopsy() from None

    def ready(self, end: float) -> None:
        """Wait for the first word after the start, which says what walls stand."""
        if self.no_wall is None:
            self.no_wall = self.receive(end)[1].decode()

    def open(self, number: int, store: Path, end: float) -> None:
        """Move the worker to a generation; GenerationGone when it has been removed meanwhile."""
        lock = store.parent.with_name(f"{number}.lock")
        self.send([("open", (str(store), str(lock)))], end)
        kind, body, _, _ = self.receive(end)
        if kind != OPENED:
            raise GenerationGone(f"generation {number}: {failure(body)[1]}")
        self.generation = number

    def receive(self, end: float) -> tuple[bytes, bytes, int, SpooledBody | None]:
        """The next reply, granting file space on the way: kind, body, rows, file."""
        held: list[SpooledBody] = []
        try:
            return self._receive(end, held)
        except BaseException:
            for spool in held:
                spool.close()
            raise

    def arrived(self) -> bool:
        """Take what has come, and wait for nothing: whether it is a whole answer."""
        with suppress(BlockingIOError, ConnectionError):
            self._buffer += self.socket.recv(READ_BYTES, socket.MSG_DONTWAIT)
        if len(self._buffer) < HEADER.size:
            return False
        kind, length, _, _ = HEADER.unpack_from(self._buffer)
        return bool(kind == INLINE and len(self._buffer) >= HEADER.size + length)

    def _receive(
        self, end: float, held: list[SpooledBody]
    ) -> tuple[bytes, bytes, int, SpooledBody | None]:
        while True:
            kind, length, rows, spilled = HEADER.unpack(self._take(HEADER.size, end))
            body = self._take(length, end) if length else b""
            if kind == GROW:
                self._grant(held)
            elif kind == SPILLED:
                held[0].settle(spilled)
                return kind, body, rows, held[0]
            else:
                for spool in held:
                    spool.close()
                return kind, body, rows, None

    def _grant(self, held: list[SpooledBody]) -> None:
        first = not held
        if first:
            with tempfile.TemporaryFile() as file:
                held.append(SpooledBody(os.dup(file.fileno()), self._budget))
        granted = held[0].reserve(GRANT_BYTES)
        files = [held[0].fileno()] if first and granted else []
        try:
            socket.send_fds(self.socket, [b"y" if granted else b"n"], files)
        except OSError:
            raise self.autopsy() from None

    def _take(self, length: int, end: float) -> bytes:
        buffer = self._buffer
        while len(buffer) < length:
            try:
                self._wait_until(end)
                data = self.socket.recv(READ_BYTES)
            except BlockingIOError:
                raise self.overdue() from None
            except ConnectionError:
                data = b""
            if not data:
                raise self.autopsy()
            buffer += data
        taken = bytes(buffer[:length])
        del buffer[:length]
        return taken

    def _wait_until(self, end: float) -> None:
        """Let the kernel keep the time: a timeout of Python's costs a poll for every call."""
        left = end - time.monotonic()
        if left <= 0:
            raise BlockingIOError
        if abs(left - self._patience) > TIMER_SECONDS:
            self._patience = left
            value = timer(left)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, value)

    def overdue(self) -> QueryKilled:
        self.kill(Cause.DEADLINE)
        return self.autopsy()

    def autopsy(self) -> QueryKilled:
        """The worker is dead or dying: wait for the end and say what it died of."""
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.kill(Cause.CRASH)
            status = self._process.wait()
        if self.cause in KILLS and status == -signal.SIGKILL:
            after = 1 if self.cause in (Cause.QUEUE, Cause.STOP) else None
            return QueryKilled(self.cause, KILLS[self.cause], after)
        words = self._last_words()
        if "overflowed its stack" in words:
            return QueryKilled(*EXITS[signal.SIGSEGV])
        if -status in EXITS:
            return QueryKilled(*EXITS[signal.Signals(-status)])
        return QueryKilled(Cause.CRASH, f"the query process ended with status {status}: {words}")

    def _last_words(self) -> str:
        if self._errors is None:
            return ""
        size = os.fstat(self._errors).st_size
        text = os.pread(self._errors, 2000, max(0, size - 2000)).decode(errors="replace")
        return text.strip().rpartition("\n")[2]


def swollen(pid: int, memory: int) -> bool:
    """Whether a process has more than half of this memory in use."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[5])
    except (OSError, IndexError):
        return False
    return pages * resource.getpagesize() > memory // 2 > 0


def timer(seconds: float) -> bytes:
    """The kernel's form of a time, never zero (which means for ever) nor a whole million of µs."""
    return TIMEVAL.pack(*divmod(int(seconds * 1e6) + 1, 1_000_000))


def failure(body: bytes) -> tuple[str, str]:
    """Kind and message of a FAILED reply."""
    kind, _, message = body.decode().partition("\n")
    return kind, message
