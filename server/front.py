"""Answers queries before Flask sees them: its routing costs more than a small query takes.

Only what surely is a query is answered here, with the same functions as by the route. All else,
and every error, goes the usual way, so there is one place for each.

A server that sees its requests come begins a query there: most end within a millisecond, and to
hand one to a thread and back takes longer than that.
"""

import io
import socket
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from flask import Flask, g

from queries.workers import Errand
from server import protocol
from server.context import Service
from server.headers import ALWAYS, DATA_POLICY
from server.operations import KEY, Requests, log
from server.problems import Problem
from server.sparql import Asking, Reply, hangup, likes_page, prepare

ROUTE = "/sparql"
METHODS = ("GET", "POST", "QUERY")
# Larger queries are read by Flask.
MOST = 1 << 20
# Query strings up to here are remembered.
SHORT = 1 << 13

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
        visit = self.begin(environ)
        if visit is None:
            return self.flask(environ, start)
        try:
            return visit(environ, start)
        finally:
            visit.sent()

    def begin(self, environ: Environ) -> "Visit | None":
        """A query, as far as it gets without waiting; None where Flask should look."""
        if self.held.config.proxies:
            environ["REMOTE_ADDR"] = _client(environ, self.held.config.proxies)
        if environ.get("PATH_INFO") != ROUTE or environ["REQUEST_METHOD"] not in METHODS:
            return None
        if self.held.config.private:  # Flask asks for the token
            return None
        asked = _ask(environ)
        return None if asked is None else Visit(self, asked, _asking(environ))

    def failed(
        self, error: Exception, started: float, environ: Environ, start: Start
    ) -> Iterable[bytes]:
        """The error by Flask's own way to handle one, with all that goes with a response."""
        with self.app.request_context(environ):
            self.app.preprocess_request()
            g.started = started  # the query's time is the request's
            response = self.app.ensure_sync(self.app.handle_user_exception)(error)
            return self.app.finalize_request(response)(environ, start)

    def note(self, environ: Environ, reply: Reply, seconds: float) -> None:
        method = environ["REQUEST_METHOD"]
        self.requests.note(ROUTE, method, reply.status, seconds)
        size = None if reply.body is None else len(reply.body)
        more = {"query_hash": reply.query_hash, "rows": reply.rows, "cached": reply.cached}
        log(environ.get("REMOTE_ADDR"), method, ROUTE, reply.status, size, seconds, more)


class Visit:
    """A query that was begun; as a WSGI application, it is finished, and waits unless `ready`."""

    def __init__(self, front: Front, asked: protocol.Ask, who: Asking) -> None:
        self.front, self.who = front, who
        self.started = time.perf_counter()
        self.errand: Errand | None = None
        self.error: Exception | None = None
        self.noted: tuple[Environ, Reply, float] | None = None
        try:
            self.prepared = prepare(front.held, asked, who)
            if not self.prepared.held:
                self.errand = front.held.pool.begin(self.prepared.request)
        except Exception as error:
            self.error = error

    @property
    def waits_for(self) -> socket.socket | None:
        """What becomes readable when it is worth to ask whether this is ready."""
        return None if self.errand is None else self.errand.waits_for

    def ready(self) -> bool:
        """Whether it can be finished at once."""
        return self.error is None and (self.errand is None or self.errand.done())

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        try:
            reply = self._reply()
        except Exception as error:
            return self.front.failed(error, self.started, environ, start)
        self.noted = environ, reply, time.perf_counter() - self.started
        start(LINES[reply.status], reply.headers + HEADERS)
        return () if reply.body is None else reply.body

    def sent(self) -> None:
        """Count and log it: nobody waits for that."""
        if self.noted is not None:
            self.front.note(*self.noted)

    def _reply(self) -> Reply:
        if self.error is not None:
            raise self.error
        if self.errand is None:
            return self.prepared.reply(None)
        token = hangup(self.who.hangup)
        return self.prepared.reply(self.front.held.pool.finish(self.errand, token))


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
    url = environ.get("QUERY_STRING", "")
    read = _read if body or len(url) > SHORT else _read_again
    found = read(protocol.HttpRequest(method, url, environ.get("CONTENT_TYPE", ""), body))
    if not isinstance(found, protocol.Ask) or likes_page(_accept(environ), found.format):
        return None
    return found


def _read(request: protocol.HttpRequest) -> protocol.Operation | None:
    try:
        return protocol.read(request)
    except Problem:
        return None


# Those who ask again, ask the same.
_read_again = lru_cache(512)(_read)


def _accept(environ: Environ) -> tuple[str, ...]:
    accept = environ.get("HTTP_ACCEPT")
    return () if accept is None else (accept,)


def _asking(environ: Environ) -> Asking:
    return Asking(
        _accept(environ),
        environ.get("REMOTE_ADDR", ""),
        environ.get("HTTP_IF_NONE_MATCH", "") if environ["REQUEST_METHOD"] == "GET" else "",
        environ.get("quiver.hangup"),
    )
