"""What is asked of the query workers, what comes back, and every way in which it can fail."""

import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pyoxigraph import Literal, NamedNode

Term = NamedNode | Literal
MIB = 1 << 20


class Cause(StrEnum):
    """Why a query was cut."""

    DEADLINE = "deadline"  # ran too long: 503
    MEMORY = "memory"  # needed more memory than a worker has: 413
    NESTING = "nesting"  # nested too deep to be parsed or planned: 400
    BYTES = "bytes"  # its answer passed the byte cap: 413
    ROWS = "rows"  # its answer passed the row cap: 413
    SPOOL = "spool"  # all answers under way fill the spool: 503
    QUEUE = "queue"  # no worker came free in time, or the queue is full: 503
    STOP = "stop"  # the server stops: 503
    HANGUP = "hangup"  # the client left: no answer is due
    CRASH = "crash"  # anything else: 500


class QueryError(Exception):
    """A query without an answer."""


class QuerySyntaxError(QueryError, ValueError):
    """The parser refused the text; the message is the parser's."""


class QueryFailed(QueryError, RuntimeError):
    """The query is well formed and could not be evaluated; the message says why."""


class FormRefused(QueryError, ValueError):
    """The answer is a `graph` or a `table`, and the request takes only the other."""

    def __init__(self, form: str) -> None:
        super().__init__(f"the answer to this query is a {form}, which was not asked for")
        self.form = form


class Unwritable(QueryError, ValueError):
    """The answer has what its format, `media_type`, cannot carry; the message says what."""

    def __init__(self, media_type: str, message: str) -> None:
        super().__init__(message)
        self.media_type = media_type


class QueryKilled(QueryError, RuntimeError):
    """The query was cut; `cause` says why, `retry_after` when another try makes sense."""

    def __init__(self, cause: Cause, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.cause = cause
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use, and what all may together. Seconds and bytes."""

    deadline: float = 30.0
    memory: int = 1024 * MIB
    rows: int = 5_000_000
    answer: int = 256 * MIB
    spool: int = 1024 * MIB
    query: int = 8 * MIB  # bytes of the text
    queue: int = 64
    wait: float = 10.0
    patience: float = 0.5  # how long others wait before a client with too many workers loses one
    cache: int = 64 * MIB


@dataclass(frozen=True, slots=True)
class Request:
    """One query. `results` is the media type for SELECT and ASK, `graph` that for the others.

    A type of None refuses that form of query (FormRefused). `client` is who asks, for fairness.
    `bindings` are terms by variable; see `queries.binding`.
    """

    text: str
    results: str | None = "application/sparql-results+json"
    graph: str | None = "text/turtle"
    bindings: Mapping[str, Term] = field(default_factory=dict)
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    deadline: float | None = None
    kind: str = "stranger"
    client: str = ""
    base: str | None = None
    prefixes: Mapping[str, str] = field(default_factory=dict)


class Budget:
    """A number of bytes that many may draw on."""

    def __init__(self, total: int) -> None:
        self.total, self.used = total, 0
        self._lock = threading.Lock()

    def take(self, amount: int) -> bool:
        with self._lock:
            if self.used + amount > self.total:
                return False
            self.used += amount
            return True

    def give(self, amount: int) -> None:
        with self._lock:
            self.used -= amount


@dataclass(frozen=True, slots=True)
class HeldBody:
    """A small answer, in memory."""

    data: bytes

    def __len__(self) -> int:
        return len(self.data)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[bytes]:
        yield self.data

    def read(self) -> bytes:
        return self.data

    def close(self) -> None:
        """Nothing to free."""


def _release(descriptor: int, budget: Budget, amount: list[int]) -> None:
    os.close(descriptor)
    budget.give(amount[0])


class SpooledBody:
    """A large answer in a file without a name; closing it (or dropping it) frees the space."""

    def __init__(self, descriptor: int, budget: Budget) -> None:
        self._descriptor = descriptor
        self._budget = budget
        self._reserved = [0]
        self.size = 0
        self.close: Callable[[], object] = weakref.finalize(
            self, _release, descriptor, budget, self._reserved
        )

    def reserve(self, amount: int) -> bool:
        if not self._budget.take(amount):
            return False
        self._reserved[0] += amount
        return True

    def fileno(self) -> int:
        return self._descriptor

    def settle(self, size: int) -> None:
        """The answer is complete at this size: give back what was reserved beyond it."""
        self.size = size
        self._budget.give(self._reserved[0] - size)
        self._reserved[0] = size

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, self.size, MIB // 4):
            yield os.pread(self._descriptor, min(MIB // 4, self.size - start), start)

    def read(self) -> bytes:
        return b"".join(self)

    def __enter__(self) -> "SpooledBody":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer.

    `body` is in memory up to 1 MiB, else in a file; both have len(), read(), close(), and yield
    chunks. `rows` counts rows or triples; an ASK is one row.
    """

    media_type: str
    body: HeldBody | SpooledBody
    rows: int
    seconds: float
    generation: int
    cached: bool = False

    def read(self) -> bytes:
        """The whole body at once."""
        return self.body.read()
