"""Answers queries before Flask sees them: its routing costs more than a small query takes.

Only what surely is a query is answered here, with the same functions as by the route. All else,
and every error, goes the usual way, so there is one place for each.
"""

import io
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from flask import Flask, g

from server import protocol
from server.context import Service
from server.headers import ALWAYS, DATA_POLICY
from server.operations import KEY, Requests, log
from server.problems import Problem
from server.sparql import Asking, Reply, answer

ROUTE = "/sparql"
METHODS = ("GET", "POST", "QUERY")
# Larger queries are read by Flask.
MOST = 1 << 20

Environ = dict[str, Any]
Start = Callable[..., Any]
HEADERS = [*ALWAYS, ("Content-Security-Policy", DATA_POLICY)]
LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Front:
    """The WSGI application around a Flask application."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.flask = app.wsgi_app
        self.held: Service = app.extensions["quiver"]
        self.requests: Requests = app.extensions[KEY]

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        if self.held.config.proxies:
            environ["REMOTE_ADDR"] = _client(environ, self.held.config.proxies)
        if environ.get("PATH_INFO") != ROUTE or environ["REQUEST_METHOD"] not in METHODS:
            return self.flask(environ, start)
        started = time.perf_counter()
        asked = _ask(environ)
        if asked is None:
            return self.flask(environ, start)
        try:
            reply = answer(self.held, asked, _asking(environ))
        except Exception as error:
            return self._failed(error, started, environ, start)
        self._note(environ, reply, time.perf_counter() - started)
        start(LINES[reply.status], reply.headers + HEADERS)
        return () if reply.body is None else reply.body

    def _failed(
        self, error: Exception, started: float, environ: Environ, start: Start
    ) -> Iterable[bytes]:
        """The error by Flask's own way to handle one, with all that goes with a response."""
        with self.app.request_context(environ):
            self.app.preprocess_request()
            g.started = started  # the query's time is the request's
            response = self.app.ensure_sync(self.app.handle_user_exception)(error)
            return self.app.finalize_request(response)(environ, start)

    def _note(self, environ: Environ, reply: Reply, seconds: float) -> None:
        method = environ["REQUEST_METHOD"]
        self.requests.note(ROUTE, method, reply.status, seconds)
        size = None if reply.body is None else len(reply.body)
        more = {"query_hash": reply.query_hash, "rows": reply.rows, "cached": reply.cached}
        log(environ.get("REMOTE_ADDR"), method, ROUTE, reply.status, size, seconds, more)


def _client(environ: Environ, proxies: int) -> str:
    """Who asked the outermost of our proxies: each adds the address that it saw at the end."""
    seen = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    found = seen[-proxies].strip() if len(seen) >= proxies else ""
    return found or str(environ.get("REMOTE_ADDR", ""))


def _ask(environ: Environ) -> protocol.Ask | None:
    """The query of the request, or None where Flask should look; the body can be read again."""
    body = b""
    method = environ["REQUEST_METHOD"]
    if method != "GET":
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdecimal() or int(length) > MOST:
            return None
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
    try:
        found = protocol.read(
            protocol.HttpRequest(
                method, environ.get("QUERY_STRING", ""), environ.get("CONTENT_TYPE", ""), body
            )
        )
    except Problem:
        return None
    return found if isinstance(found, protocol.Ask) else None


def _asking(environ: Environ) -> Asking:
    accept = environ.get("HTTP_ACCEPT")
    return Asking(
        () if accept is None else (accept,),
        environ.get("REMOTE_ADDR", ""),
        environ.get("HTTP_IF_NONE_MATCH", "") if environ["REQUEST_METHOD"] == "GET" else "",
        environ.get("quiver.hangup"),
    )
