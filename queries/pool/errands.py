"""Queries on their way to one worker. Their deadline runs from when they were asked.

Whoever waits in the queue waits on their own deadline: a client has its answer, or the word that
there is none, by then, however many others ask.
"""

import socket
import time
from dataclasses import dataclass, field
from typing import Any

from queries.pool.answers import (
    Answer,
    Cause,
    FormRefused,
    QueryError,
    QueryFailed,
    QueryKilled,
    QuerySyntaxError,
    Request,
    Unwritable,
)
from queries.pool.process import Process, failure
from queries.syntax import complaint

CUTS = {
    "rows": (Cause.ROWS, "the answer has more rows than the server gives"),
    "bytes": (Cause.BYTES, "the answer is larger than the server gives"),
    "spool": (Cause.SPOOL, "answers under way fill the server's space for them; try again later"),
    "memory": (Cause.MEMORY, "the query needs more memory than a worker may use"),
    "panic": (Cause.CRASH, "the query engine failed"),
}


@dataclass(eq=False, slots=True)
class Errand:
    """Answered by the cache, sent, or yet to be sent."""

    first: Request
    jobs: list[tuple[Any, ...]]
    number: int  # of the generation that it began with
    end: float  # of the deadline, on the monotonic clock
    answers: list[Answer] = field(default_factory=list)
    worker: Process | None = None
    started: float = 0.0
    outside: bool = False  # it asks other endpoints

    @property
    def sent(self) -> bool:
        return self.started > 0

    @property
    def late(self) -> bool:
        """Whether it has not been sent and need not be any more."""
        return not self.sent and time.monotonic() >= self.end

    @property
    def waits_for(self) -> socket.socket | None:
        """What becomes readable once there is more to say; None where nothing was sent."""
        return self.worker.socket if self.worker is not None and self.sent else None

    def done(self) -> bool:
        """Whether it can be finished without waiting."""
        if self.worker is None:
            return bool(self.answers)
        return self.sent and self.worker.arrived()

    def send(self, worker: Process) -> None:
        self.started = time.monotonic()
        worker.send([("jobs", self.jobs)], self.end)


def failed(body: bytes, text: str) -> QueryError:
    """What a worker's reply of failure to this query means."""
    kind, message = failure(body)
    if kind in CUTS:
        return QueryKilled(*CUTS[kind], retry_after=5 if kind == "spool" else None)
    if kind == "syntax":
        return QuerySyntaxError(complaint(message, text))
    if kind == "unwritable":
        return Unwritable(*message.strip().split("\n", 1))
    return FormRefused(message) if kind == "form" else QueryFailed(message)
