"""Answers that take long, kept: the newest at hand at once, counted anew behind it.

Some figures of a page go through the whole graph: on ten million quads that takes seconds, after
each write. Who asks first for one waits for it. Later the answer of the current generation is
given where it is there, or is soon; else that of an earlier one, while a thread asks again. A page
that shows such an answer says so.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Condition, Thread
from typing import TYPE_CHECKING

from queries.errors import GenerationError
from queries.pool.answers import Answer, Cause, QueryError, QueryKilled, Request

if TYPE_CHECKING:
    from queries.workers import Pool

LOG = logging.getLogger("quiver.server")
# Seconds that a page waits for an answer of the current generation before it takes an older one.
PATIENCE = 0.05
# Asking again takes no more than one part in so many of the time, however often somebody writes.
REST = 5
BYTES = 32 << 20
AGAIN = 0.1  # seconds after which a turn is waited for again


@dataclass(slots=True)
class _Held:
    """An answer, what asks for it, and whether somebody is asking."""

    request: Request
    answer: Answer | None = None
    asking: bool = False
    not_before: float = 0.0
    error: QueryError | GenerationError | None = None


class Keeper:
    """The kept answers of one application, by query; the least recently used go first."""

    def __init__(self, capacity: int = BYTES) -> None:
        self.capacity = capacity
        self._held: OrderedDict[tuple[object, ...], _Held] = OrderedDict()
        self._changed = Condition()

    def answers(self, pool: "Pool", requests: Sequence[Request]) -> list[Answer]:
        """An answer to each: of the current generation where that can be had soon."""
        number = pool.generation().number
        entries = [self._entry(request) for request in requests]
        for entry in entries:
            self._renew(pool, entry, number)
        until = time.monotonic() + PATIENCE
        return [self._wait(entry, number, until) for entry in entries]

    def begin(self, pool: "Pool", requests: Sequence[Request]) -> None:
        """Start to ask for what somebody will want, and wait for nothing."""
        number = pool.generation().number
        for request in requests:
            self._renew(pool, self._entry(request), number)

    def _entry(self, request: Request) -> _Held:
        bound = sorted((name, str(term)) for name, term in request.bindings.items())
        key = (request.text, request.results, *bound)
        with self._changed:
            entry = self._held.setdefault(key, _Held(request))
            self._held.move_to_end(key)
            return entry

    def _renew(self, pool: "Pool", entry: _Held, number: int) -> None:
        """Start to ask, unless the answer is current, or asked for, or was not long ago."""
        with self._changed:
            held = entry.answer
            fresh = held is not None and held.generation == number
            early = held is not None and time.monotonic() < entry.not_before
            if fresh or entry.asking or early:
                return
            entry.asking, entry.error = True, None
        Thread(target=self._ask, args=(pool, entry), name="kept answers", daemon=True).start()

    def _ask(self, pool: "Pool", entry: _Held) -> None:
        started = time.monotonic()
        found: Answer | None = None
        error: QueryError | GenerationError | None = None
        try:
            found = _patiently(pool, entry.request)
        except (QueryError, GenerationError) as caught:
            error = caught
            LOG.warning("a figure of the pages could not be counted: %s", caught)
        finally:
            ended = time.monotonic()
            with self._changed:
                entry.answer = found or entry.answer
                entry.error, entry.asking = error, False
                if ended - started > PATIENCE:
                    entry.not_before = ended + REST * (ended - started)
                self._shrink()
                self._changed.notify_all()

    def _shrink(self) -> None:
        used = sum(len(held.answer.body) for held in self._held.values() if held.answer)
        for key in list(self._held):
            if used <= self.capacity:
                return
            held = self._held[key]
            if held.answer is not None and not held.asking:
                used -= len(held.answer.body)
                del self._held[key]

    def _wait(self, entry: _Held, number: int, until: float) -> Answer:
        """Wait a little where there is an older answer, as long as it takes where there is none."""
        with self._changed:
            while entry.asking:
                left = until - time.monotonic()
                if entry.answer is None:
                    self._changed.wait()
                elif entry.answer.generation == number or left <= 0:
                    break
                else:
                    self._changed.wait(left)
            if entry.answer is None:
                raise entry.error or QueryError("the figure could not be counted")
            return entry.answer


def _patiently(pool: "Pool", request: Request) -> Answer:
    """The answer, however long the turn for it takes that a client would not wait for.

    All figures of a large venue are asked for together, and each may keep a worker for seconds.
    """
    end = time.monotonic() + pool.limits.deadline
    while True:
        try:
            return pool.run(request)
        except QueryKilled as error:
            if error.cause is not Cause.QUEUE or time.monotonic() > end:
                raise
            time.sleep(AGAIN)
