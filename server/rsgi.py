"""Runs the WSGI application under granian's RSGI: threads, hang-ups, deadlines, whole bodies.

What WSGI cannot see is seen here: a client that leaves while the handler works (the handler is
told through `quiver.hangup`), a body that comes too slowly or is too large, a client that does not
read. A large answer is handed to the server as a file: in memory it would have no back-pressure.

The application may begin a small request without a thread of its own, and is called to finish it
where that soon takes no waiting: to change to a thread and back costs as much as a small query.
"""

import asyncio
import io
import socket
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any, Protocol

from server.config import Config
from server.gateway import Answer, Application, Body, Environ, Hangup, Headers, call, environ_of
from server.openings import Openings
from server.reception import WATCH_AFTER, Later, Visitor

# Bodies of requests beyond it go to a file.
BODY_MEMORY = 1 << 20
# The slowest transfer that is waited for, beside the plain deadline: bytes in a second.
SLOWEST = 32 * 1024
# Requests beyond it (query string and body) are a thread's to read: the loop has others to serve.
SMALL = 1 << 13


class BodyError(Exception):
    """The request's body will not be taken: its status and why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Begun(Protocol):
    """A request that the application began; called, it is finished."""

    @property
    def waits_for(self) -> socket.socket | None:
        """What becomes readable when it may be ready; None where that will not come by itself."""

    def ready(self) -> bool:
        """Whether to finish it takes no waiting, so that it needs no thread."""

    def sent(self) -> object:
        """What is left to do once the answer is on its way."""

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A request that has come in whole, and what the application began of it."""

    environ: Environ
    body: IO[bytes]
    hangup: Hangup
    begun: Begun | None


class Adapter:
    """The RSGI application around a WSGI application."""

    def __init__(self, app: Application, config: Config) -> None:
        self.app = app
        self.config = config
        # Queries wait in the pool's queue each on a thread of its own; `threads` more for the rest.
        self._threads = ThreadPoolExecutor(
            config.threads + config.workers + config.queue, thread_name_prefix="request"
        )
        self._sending: set[asyncio.Task[None]] = set()
        self._openings: Openings | None = None
        self._begin: Callable[[Environ], Begun | None] = getattr(app, "begin", lambda _: None)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http":
            protocol.close(1002)
            return
        entry, waited = None, False
        if asyncio._get_running_loop() is None:  # still on the thread that brought the request
            entry = self._enter_at_once(scope)
            if entry is not None and entry.begun is not None:
                if entry.begun.waits_for is not None:
                    await Visitor(entry.begun.waits_for, scope.client)
                    waited = True
                if entry.begun.ready():
                    answer = self._handle(entry.begun, entry.environ, protocol)
                    if answer is not None:
                        await Later()
                        self._send(protocol, *answer)
                    return
            work = None if entry is None or entry.begun else self._set_to_work(entry, protocol)
            await Later()
            if entry is not None and work is not None:
                await self._finish(entry, work, protocol)
                return
        if entry is None:
            try:
                body = await self._body(scope, protocol)
            except BodyError as error:
                protocol.response_str(error.status, _error_headers(), f"{error.reason}\n")
                return
            entry = self._enter(scope, body)
        await self._answer(entry, waited, protocol)

    def _enter_at_once(self, scope: Any) -> "Entry | None":
        """The request where it has no body to wait for."""
        if scope.method != "GET" or _declares_body(scope.headers):
            return None
        return self._enter(scope, io.BytesIO())

    def _enter(self, scope: Any, body: IO[bytes]) -> "Entry":
        hangup = Hangup()
        environ = environ_of(scope, body, hangup)
        begun = self._begin(environ) if _small(environ) else None
        return Entry(environ, body, hangup, begun)

    async def _answer(self, entry: "Entry", waited: bool, protocol: Any) -> None:
        """On the loop what takes no waiting any more, on a thread all else."""
        begun = entry.begun
        if begun is not None and not waited:
            await _settled(asyncio.get_running_loop(), begun)
        if begun is None or not begun.ready():
            await self._finish(entry, self._set_to_work(entry, protocol), protocol)
            return
        try:
            answer = self._handle(begun, entry.environ, protocol)
        finally:
            entry.body.close()
        if answer is not None:
            self._send(protocol, *answer)

    def _set_to_work(self, entry: "Entry", protocol: Any) -> "Future[Answer | None]":
        """Have a thread answer it. From where it came: the loop may have to wait for its turn."""
        app = entry.begun or self.app
        return self._threads.submit(self._handle, app, entry.environ, protocol)

    async def _finish(
        self, entry: "Entry", working: "Future[Answer | None]", protocol: Any
    ) -> None:
        """What is left to do on the loop for what a thread answers."""
        loop = asyncio.get_running_loop()
        work = asyncio.wrap_future(working, loop=loop)
        watch = loop.call_later(WATCH_AFTER, _watch, loop, protocol, entry.hangup, work)
        work.add_done_callback(lambda _: watch.cancel())
        try:
            answer = await work
        finally:
            entry.body.close()
        if answer is not None:
            self._send(protocol, *answer)

    @staticmethod
    def _handle(app: Application, environ: Environ, protocol: Any) -> Answer | None:
        """Answer on this thread, and send what is small from here: the loop need not wake first."""
        status, headers, body = call(app, environ)
        if body.file is None:
            protocol.response_bytes(status, headers, body.data)
        sent: Callable[[], object] = getattr(app, "sent", _nothing)
        sent()
        return None if body.file is None else (status, headers, body)

    async def _body(self, scope: Any, protocol: Any) -> IO[bytes]:
        """The whole body within its deadline and bound; nothing is awaited where there is none."""
        if not _declares_body(scope.headers):
            return io.BytesIO()
        length = scope.headers.get("content-length")
        most = self.config.max_upload
        if length is not None and (not length.isdecimal() or int(length) > most):
            raise BodyError(413, f"the body is larger than {most} bytes")
        body = tempfile.SpooledTemporaryFile(BODY_MEMORY)  # noqa: SIM115 (closed by the caller)
        try:
            await self._fill(body, protocol, most)
        except BaseException:
            body.close()
            raise
        body.seek(0)
        return body

    async def _fill(self, body: IO[bytes], protocol: Any, most: int) -> None:
        loop = asyncio.get_running_loop()
        started, size = loop.time(), 0
        chunks = aiter(protocol)
        while True:
            left = started + self.config.body_timeout + size / SLOWEST - loop.time()
            try:
                chunk = await asyncio.wait_for(anext(chunks), max(left, 0.001))
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise BodyError(408, "the body came too slowly") from None
            size += len(chunk)
            if size > most:
                raise BodyError(413, f"the body is larger than {most} bytes")
            body.write(chunk)

    def _send(self, protocol: Any, status: int, headers: Headers, answer: Body) -> None:
        if answer.size == 0:
            protocol.response_empty(status, headers)
            answer.close()
            return
        if answer.path:
            protocol.response_file_range(status, headers, answer.path, 0, answer.size)
            answer.close()
            return
        assert answer.file is not None
        loop = asyncio.get_running_loop()
        self._openings = self._openings or Openings(loop)
        sent = self._openings.closed(answer.file)
        path = f"/proc/self/fd/{answer.file}"
        protocol.response_file_range(status, headers, path, 0, answer.size)
        task = loop.create_task(self._oversee(answer, sent))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _oversee(self, answer: Body, sent: "asyncio.Future[None]") -> None:
        """Free the answer's file once it is sent; take it away from a client that dawdles.

        An emptied file ends the response short of its Content-Length, which every client takes for
        the failure that it is.
        """
        most = self.config.send_timeout + answer.size / SLOWEST
        try:
            await asyncio.wait_for(sent, most)
        except TimeoutError:
            answer.empty()
        finally:
            answer.close()


async def _settled(loop: asyncio.AbstractEventLoop, begun: Begun) -> None:
    """Wait until it may be ready, though not for long; what takes longer a thread waits for."""
    waits_for = begun.waits_for
    if waits_for is not None:
        future = loop.create_future()
        loop.add_reader(waits_for, _settle, future)
        timer = loop.call_later(WATCH_AFTER, _settle, future)
        try:
            await future
        finally:
            timer.cancel()
            loop.remove_reader(waits_for)


def _nothing() -> None:
    """A WSGI application that knows no more than WSGI has done all when it has answered."""


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _watch(
    loop: asyncio.AbstractEventLoop,
    protocol: Any,
    hangup: Hangup,
    work: "asyncio.Future[Answer | None]",
) -> None:
    """Look out for the client's leaving until the work is done."""

    async def wait() -> None:
        await protocol.client_disconnect()
        hangup.happened()

    task = loop.create_task(wait())
    work.add_done_callback(lambda _: task.cancel())


def _declares_body(headers: Any) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _small(environ: Environ) -> bool:
    length = environ.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and len(environ["QUERY_STRING"]) + int(length) <= SMALL


def _error_headers() -> Headers:
    """The rest of the body is not read, so the connection has to end."""
    return [("content-type", "text/plain; charset=utf-8"), ("connection", "close")]
