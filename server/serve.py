"""`quiver serve`: the application under granian, on a socket of our own making.

Granian was chosen by behaviour: under RSGI a hang-up shows while the handler works, and neither
slow bodies nor stalled readers hold a thread. The socket is made here, because granian shares its
own with any other server of the same user on the same port instead of refusing it, and because
TCP_USER_TIMEOUT, which ends connections whose client takes nothing, is inherited from it.
"""

import errno
import gc
import logging
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from queries.errors import QueriesError
from queries.generations import Generations
from queries.pool import seccomp
from queries.workers import check_memory, machine_memory
from server import context, create_app, reception, warming
from server.config import Config
from server.rsgi import Adapter
from server.tokens import Tokens
from server.upkeep import Upkeep

LOG = logging.getLogger("quiver.server")
BACKLOG = 1024
# Seconds for a new process to be ready before the old one stops, on SIGHUP.
RELOAD_OVERLAP = 2.0
# The part of the stop timeout that queries under way get; in the rest answers are sent.
STOP_SHARE = 0.7
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANYWHERE = ("0.0.0.0", "::")


class ServeError(OSError):
    """The server cannot start; one line says why."""


class Server(MPServer):
    """Granian with one process for HTTP, on a listening socket that exists already."""

    def __init__(self, listener: socket.socket, config: Config) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(
            target="quiver",
            address=host,
            port=port,
            interface=Interfaces.RSGI,
            loop=reception.NAME,  # type: ignore[arg-type]  # granian's enum lists only its own
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            http1_settings=HTTP1Settings(header_read_timeout=int(config.header_timeout * 1000)),
            log_level=LogLevels.warning,
            workers_kill_timeout=max(1, round(config.stop_timeout)),
            respawn_interval=RELOAD_OVERLAP,
        )
        self._listener = listener

    def _init_shared_socket(self) -> None:
        """Granian's own hook, where it would make a socket; its types know no other."""
        self._sso: Any = None
        self._sfd: Any = self._listener.fileno()
        self._shd: Any = SocketHolder(self._sfd, False, BACKLOG)  # type: ignore[call-arg]


class Application:
    """What granian loads in its process: the adapter, made there, for workers outlive no fork."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.stopping: threading.Timer | None = None

    def __call__(self, _target: str) -> "Application":
        configure_logging(self.config)
        seccomp.die_with_parent(signal.SIGTERM)  # or this process would go on listening
        try:
            app = create_app(self.config)
        except (QueriesError, OSError, ValueError) as error:
            LOG.error("cannot start: %s", error)
            sys.exit(1)
        # What stands for good is not gone through again and again: that held up one search in a
        # hundred for 20 to 40 ms.
        gc.collect()
        gc.freeze()
        self.service: context.Service = app.extensions["quiver"]
        walls = self.service.pool.walls
        if not walls.seccomp:
            LOG.warning("queries run without the network wall: %s", walls.reason)
        warming.begin(app, self.service)
        self.upkeep = None if self.config.read_only else Upkeep(self.service)
        self.__rsgi__ = Adapter(app.wsgi_app, self.config).__rsgi__
        return self

    def __rsgi_init__(self, _loop: Any) -> None:
        """Hear of a stop beside granian, which says nothing of it before all is over.

        The event loop has its own handlers of these signals; it is woken by a descriptor, and so
        does not miss what is handled here.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, *_: object) -> None:
        """Leave queries most of the time there is; then each ends with a word, not with us."""
        if self.stopping is None:
            seconds = self.config.stop_timeout * STOP_SHARE
            self.stopping = threading.Timer(seconds, self.service.pool.stop)
            self.stopping.daemon = True
            self.stopping.start()

    def __rsgi_del__(self, _loop: Any) -> None:
        if self.upkeep is not None:
            self.upkeep.close()
        self.service.close()


def serve(config: Config, announce: Callable[[str], object] = LOG.info) -> None:
    """Serve until told to stop; `announce` gets the address, and warnings about it, as lines."""
    base = check(config)
    with listen(config) as listener:
        address = "http://{}:{}/".format(*_shown(listener))
        announce(f"Serving {config.data} at {address}")
        if not config.proxies and not reaches(base, listener):
            announce(f"The IRIs here begin with {base}, which is not this address")
        if config.private and not Tokens(config.data).list():
            announce("Nobody can read here before you make a token: quiver token new NAME")
        _raise_limit()
        Server(listener, config).serve(target_loader=Application(config))


def check(config: Config) -> str:
    """The base of what will be served; an error where the data or the memory does not do."""
    check_memory(config.workers + 1, context.limits(config), machine_memory())
    with Generations(config.data).open() as reader:
        return str(reader.meta["base"])


def listen(config: Config) -> socket.socket:
    """A listening socket; ServeError where the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            stall = int(config.send_timeout * 1000)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, stall)
        listener.bind((config.host, config.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ServeError(_reason(error, config)) from error
    return listener


def reaches(base: str, listener: socket.socket) -> bool:
    """Whether the base is an address of this listener; all names of the loopback are one."""
    at = urlsplit(base)
    host, port = listener.getsockname()[:2]
    if at.scheme != "http" or at.path != "/" or (at.port or 80) != port:
        return False
    return at.hostname == host or (at.hostname in LOOPBACK and host in (*LOOPBACK, *ANYWHERE))


class Lines(logging.Formatter):
    """Tells the time of a record; takes the second apart once for all records within it."""

    second, shown = -1, ""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        second = int(record.created)
        if second != self.second:
            self.shown = time.strftime(datefmt or self.default_time_format, time.localtime(second))
            self.second = second
        return f"{self.shown},{int(record.msecs):03}"


def configure_logging(config: Config) -> None:
    """Our loggers to standard error, a line an event."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines("%(asctime)s %(name)s %(levelname)s %(message)s"))
    # No line tells these, and to find them out takes longer than to write it.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    logger = logging.getLogger("quiver")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logging.getLogger("quiver.access").disabled = not config.access_log


def _reason(error: OSError, config: Config) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {config.port} of {config.host} is in use; choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {config.port} is not for ordinary users; choose one above 1023 with --port"
    return f"cannot listen at {config.host} port {config.port}: {error.strerror or error}"


def _shown(listener: socket.socket) -> tuple[str, int]:
    """Host and port as they stand in an address; the loopback by its name."""
    host, port = listener.getsockname()[:2]
    if host in ("127.0.0.1", "::1"):
        return "localhost", port
    return (f"[{host}]" if ":" in host else host), port


def _raise_limit() -> None:
    """As many open files as the system lets us have: a connection is one, an answer another."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


__all__ = ["ServeError", "Server", "check", "listen", "reaches", "serve"]
