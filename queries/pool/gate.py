"""The one way out for queries with SERVICE: to listed endpoints, each call within limits.

An engine follows redirects, asks whatever address a name has, and waits for ever. So it is given
a loopback address of ours in the place of the endpoint's; the gate behind it asks the endpoint: at
an address looked up once, private ones only where the list says host and port, for so many seconds
and bytes, and no redirect is followed.
"""

import http.client
import ipaddress
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import SplitResult, urlsplit

LARGEST_QUERY = 1 << 20
CHUNK = 1 << 16
PORTS = {"http": 80, "https": 443}
# What is passed on of a request, and what of an answer.
ASKED = ("Accept", "Content-Type")


class Refusal(Exception):
    """Why an endpoint was not asked, or its answer not passed on."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A listed endpoint."""

    iri: str

    @property
    def parts(self) -> SplitResult:
        return urlsplit(self.iri)

    @property
    def port(self) -> int:
        return self.parts.port or PORTS[self.parts.scheme]

    def address(self) -> str:
        """The address to ask: the first public one; any one, where the list names the port."""
        host = self.parts.hostname or ""
        try:
            found = socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Refusal(f"{host} is not known: {error.strerror or error}") from None
        addresses = [str(one[4][0]) for one in found]
        for one in addresses:
            if self.parts.port is not None or ipaddress.ip_address(one.partition("%")[0]).is_global:
                return one
        raise Refusal(f"{host} has no public address; list it with its port to allow a private one")


@dataclass(slots=True)
class Pass:
    """What one query may ask: endpoints by number, until when; and why something was refused."""

    endpoints: tuple[Endpoint, ...]
    end: float
    refusal: str = ""


class Gate:
    """The loopback server that asks endpoints for the engine."""

    def __init__(self, seconds: float, size: int) -> None:
        self.seconds, self.size = seconds, size
        self._passes: dict[str, Pass] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="gate for SERVICE", daemon=True
        )
        self._thread.start()

    def open(self, endpoints: Iterable[Endpoint], end: float) -> tuple[str, Pass, list[str]]:
        """A secret, its pass, and the address of each endpoint until the secret is closed."""
        secret = secrets.token_urlsafe(18)
        made = self._passes[secret] = Pass(tuple(endpoints), end)
        start = f"http://127.0.0.1:{self._server.server_port}/{secret}"
        return secret, made, [f"{start}/{number}" for number in range(len(made.endpoints))]

    def shut(self, secret: str) -> None:
        """Let nobody through with this secret any more."""
        self._passes.pop(secret, None)

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def ask(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[str, bytes]:
        """The media type and the answer of the endpoint that a path stands for."""
        secret, _, number = path.strip("/").partition("/")
        held = self._passes.get(secret)
        if held is None or not number.isdigit() or int(number) >= len(held.endpoints):
            raise Refusal("nothing is allowed here")
        endpoint = held.endpoints[int(number)]
        try:
            return self._asked(
                endpoint, body, headers, min(held.end, time.monotonic() + self.seconds)
            )
        except Refusal as error:
            held.refusal = f"SERVICE <{endpoint.iri}>: {error}"
            raise
        except (OSError, http.client.HTTPException) as error:
            held.refusal = (
                f"SERVICE <{endpoint.iri}> gave no answer: {error or type(error).__name__}"
            )
            raise Refusal(held.refusal) from None

    def _asked(
        self, endpoint: Endpoint, body: bytes, headers: dict[str, str], end: float
    ) -> tuple[str, bytes]:
        connection = _connected(endpoint, _left(end))
        try:
            parts = endpoint.parts
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(
                "POST", target, body, headers | {"Host": parts.netloc.rpartition("@")[2]}
            )
            answer = connection.getresponse()
            if 300 <= answer.status < 400:
                raise Refusal("it redirects, which is not followed")
            if answer.status != 200:
                raise Refusal(f"it answers {answer.status}")
            return answer.headers.get_content_type(), self._read(connection, answer, end)
        finally:
            connection.close()

    def _read(
        self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, end: float
    ) -> bytes:
        body = bytearray()
        while True:
            if connection.sock is not None:
                connection.sock.settimeout(_left(end))
            _left(end)
            part = answer.read1(CHUNK)
            if not part:
                return bytes(body)
            body += part
            if len(body) > self.size:
                raise Refusal(f"its answer has more than {self.size} bytes")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gate = self

        class Handler(BaseHTTPRequestHandler):
            """Passes one call of the engine on."""

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if not length.isdigit() or int(length) > LARGEST_QUERY:
                    self.send_error(413)
                    return
                body = self.rfile.read(int(length))
                headers = {n: v for n in ASKED if (v := self.headers.get(n)) is not None}
                try:
                    media_type, answer = gate.ask(self.path, body, headers)
                except Refusal:
                    self.send_error(502)
                    return
                self.send_response(200)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *arguments: Any) -> None:
                """What is asked is not ours to log."""

        return Handler


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise Refusal("it takes too long")
    return left


def _connected(endpoint: Endpoint, seconds: float) -> http.client.HTTPConnection:
    """A connection to the address that was looked up, under the endpoint's own name."""
    host, address = endpoint.parts.hostname or "", endpoint.address()
    if endpoint.parts.scheme == "http":
        return http.client.HTTPConnection(address, endpoint.port, timeout=seconds)
    connection = http.client.HTTPSConnection(host, endpoint.port, timeout=seconds)
    plain = socket.create_connection((address, endpoint.port), timeout=seconds)
    connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    return connection
