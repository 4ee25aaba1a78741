"""A request as WSGI has it, and the whole answer of a WSGI application."""

import io
import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any
from urllib.parse import quote

# Below, an answer is written from memory; above, from its file.
INLINE_BYTES = 1 << 20
CHUNK = 1 << 16

LOG = logging.getLogger("quiver.server")

Headers = list[tuple[str, str]]
Environ = dict[str, Any]
Answer = tuple[int, Headers, "Body"]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Hangup:
    """Calls what was announced to it once the client has left, or at once if it has already."""

    def __init__(self) -> None:
        self.gone = False
        self._calls: list[Callable[[], object]] = []

    def announce(self, call: Callable[[], object]) -> None:
        self._calls.append(call)
        if self.gone:
            call()

    def happened(self) -> None:
        self.gone = True
        for call in list(self._calls):
            call()


class FileWrapper:
    """`wsgi.file_wrapper`: a file that is sent as it lies there."""

    def __init__(self, file: IO[bytes], block: int = CHUNK) -> None:
        self.file = file
        self.block = block

    def fileno(self) -> int:
        return self.file.fileno()

    def close(self) -> None:
        self.file.close()

    def __iter__(self) -> Iterator[bytes]:
        while data := self.file.read(self.block):
            yield data


class Body:
    """The body of an answer: bytes, or an open file without a name, or one that has a `path`."""

    def __init__(self, data: bytes = b"", held: Any = None, path: str = "") -> None:
        self.data = data
        self.held = held
        self.path = path
        self.file: int | None = None if held is None else held.fileno()
        self.size = len(data) if self.file is None else os.fstat(self.file).st_size

    def empty(self) -> None:
        assert self.file is not None
        os.ftruncate(self.file, 0)

    def close(self) -> None:
        if self.held is not None:
            self.held.close()


def call(app: Application, environ: Environ) -> Answer:
    """One request through the application: its whole answer."""
    status, headers = 500, Headers()

    def start(line: str, fields: Headers, failure: Any = None) -> Callable[[bytes], object]:
        nonlocal status, headers
        status = int(line.split(" ", 1)[0])
        headers = [(name.lower(), value) for name, value in fields]
        return parts.append

    parts: list[bytes] = []
    result = app(environ, start)
    if hasattr(result, "fileno"):
        return status, headers, Body(held=result, path=_path(result))
    try:
        body = _collect(parts, result)
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    return status, headers, body


def _path(result: object) -> str:
    """The path of the file that is sent as it lies there; empty where it has none."""
    name = result.file.name if isinstance(result, FileWrapper) else None
    return name if isinstance(name, str) else ""


def _collect(parts: list[bytes], result: Iterable[bytes]) -> Body:
    """The chunks in memory, or in a file once they are many."""
    size = sum(map(len, parts))
    chunks = iter(result)
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > INLINE_BYTES:
            file = tempfile.TemporaryFile()  # noqa: SIM115 (closed when it is sent)
            file.writelines(parts)
            file.writelines(chunks)
            file.flush()
            return Body(held=file)
    return Body(parts[0] if len(parts) == 1 else b"".join(parts))


def environ_of(scope: Any, body: IO[bytes], hangup: Hangup) -> Environ:
    """The request as WSGI has it. REMOTE_ADDR is the peer; no header of the client's changes it."""
    client, _, _ = scope.client.rpartition(":")
    server, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "RAW_URI": quote(scope.path),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.strip("[]") or "localhost",
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": client.strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": _Errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
        "quiver.hangup": hangup.announce,
    }
    for name, value in scope.headers.items():
        _add_header(environ, name, value)
    return environ


def _add_header(environ: Environ, name: str, value: str) -> None:
    if "_" in name:  # would pass for the name with hyphens
        return
    key = name.upper().replace("-", "_")
    if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = f"HTTP_{key}"
    environ[key] = f"{environ[key]},{value}" if key in environ else value


class _Errors(io.TextIOBase):
    """`wsgi.errors`: what is written there goes to the log."""

    def write(self, text: str) -> int:
        if text.strip():
            LOG.error("%s", text.rstrip())
        return len(text)
