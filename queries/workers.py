"""The pool of query processes: every query of the server runs there, and may be killed there.

The pool keeps `size` workers for everyone and `reserved` ones for pages. A query that is cut costs
its worker; the pool's keeper starts the next.
"""

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from queries.binding import bind, names_dataset
from queries.generations import Generations, Reader
from queries.pool.answers import (
    Answer,
    Budget,
    Cause,
    FormRefused,
    HeldBody,
    Limits,
    QueryError,
    QueryFailed,
    QueryKilled,
    QuerySyntaxError,
    Request,
    SpooledBody,
    Unwritable,
)
from queries.pool.capacity import PoolTooLarge, check_memory, machine_memory
from queries.pool.counters import Counters, Figures
from queries.pool.errands import Errand, failed
from queries.pool.federation import Federation
from queries.pool.keeper import START_SECONDS, Keeper
from queries.pool.outreach import OutreachRefused, refuse
from queries.pool.process import GenerationGone, Process
from queries.pool.responses import ResponseCache
from queries.pool.turns import Token, Turns
from queries.pool.worker import FAILED, INLINE_BYTES

__all__ = [
    "Answer",
    "Cause",
    "Errand",
    "FormRefused",
    "Limits",
    "OutreachRefused",
    "Pool",
    "PoolTooLarge",
    "QueryError",
    "QueryFailed",
    "QueryKilled",
    "QuerySyntaxError",
    "Request",
    "SpooledBody",
    "Token",
    "Unwritable",
    "check_memory",
    "machine_memory",
]
LONG_SECONDS = 0.1  # from here on a query may have left its worker with memory it cannot give back
SHORT = 1 << 15  # characters of a query that is checked, and fits its worker's socket, at once


@dataclass(frozen=True, slots=True)
class Walls:
    """What stands between a query and the network beside the check of its text."""

    seccomp: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Current:
    """The current generation: what its link says, and a reader that keeps it."""

    target: str
    reader: Reader


class Pool:
    """Runs queries on the current generation of a data folder, each within the limits.

    `walled` and `checked` are the two walls against queries that reach out; each is off only
    where the other is tried. `functions` names a module whose FUNCTIONS queries may call,
    `federation` the endpoints that SERVICE may name.
    """

    def __init__(
        self,
        data: Path,
        limits: Limits | None = None,
        size: int | None = None,
        reserved: int = 1,
        *,
        walled: bool = True,
        checked: bool = True,
        functions: str = "",
        federation: Federation | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.size, self.reserved = size or os.cpu_count() or 1, reserved
        self._federation = federation
        many = self.size + reserved + (federation is not None)
        check_memory(many, self.limits, machine_memory())
        self._generations = Generations(data)
        self._link = data / "current"
        self._walled, self._checked, self._functions = walled, checked, functions
        self._spool = Budget(self.limits.spool)
        self._cache: ResponseCache[Answer] = ResponseCache(self.limits.cache)
        self._counters = Counters()
        self._lock = threading.Lock()
        self._current: _Current | None = None
        self.generation()
        self._turns = Turns(self.size, self.limits.queue, self.limits.wait, self.limits.patience)
        self._keeper = Keeper(
            self._turns, self._counters, self._worker, self.generation, self._move
        )
        self._keeper.begin(self.size, reserved)
        self.walls = self._try_walls()

    # ---- asking

    def run(self, request: Request, token: Token | None = None) -> Answer:
        """The complete answer, or a QueryError that says why there is none."""
        return self.batch([request], token)[0]

    def batch(self, requests: Sequence[Request], token: Token | None = None) -> list[Answer]:
        """The answers to several queries, in order, from one worker and one generation."""
        if not requests:
            return []
        try:
            return self._answers(self._errand(list(requests)), token)
        except QueryError as error:
            self._failed(error)
            raise

    def begin(self, *requests: Request) -> Errand:
        """A batch, as far as it gets without waiting: to its answers, or to an idle worker."""
        try:
            errand = self._errand(list(requests))
            short = sum(len(request.text) for request in requests) <= SHORT
            if short and not (errand.answers or errand.outside):
                self._start(errand)
            return errand
        except QueryError as error:
            self._failed(error)
            raise

    def finish(self, errand: Errand, token: Token | None = None) -> Answer:
        """The answer to the one query that was begun; waits unless the errand is `done`."""
        return self.answers(errand, token)[0]

    def answers(self, errand: Errand, token: Token | None = None) -> list[Answer]:
        """The answers to all that was begun together."""
        try:
            return self._answers(errand, token)
        except QueryError as error:
            self._failed(error)
            raise

    def _failed(self, error: QueryError) -> None:
        """Count it, by the name of what became of it."""
        cut = error.cause if isinstance(error, QueryKilled) else type(error).__name__
        self._counters.ended(cut)

    def _errand(self, requests: list[Request]) -> Errand:
        jobs = [self._job(request) for request in requests]
        number = self.generation().number
        known = [answer for job in jobs if (answer := self._cached(number, job)) is not None]
        seconds = min(request.deadline or self.limits.deadline for request in requests)
        end = time.monotonic() + min(seconds, self.limits.deadline)
        errand = Errand(requests[0], jobs, number, end)
        errand.outside = any(self.reaches(job[0]) for job in jobs)
        if len(known) == len(jobs):
            errand.answers = known
        return errand

    def _start(self, errand: Errand) -> None:
        """Take an idle worker, and send to it where it needs no moving first."""
        worker = self._turns.idle(errand.first.client, errand.first.kind == "page")
        errand.worker = worker
        if worker is None or worker.generation != errand.number or not worker.alive():
            return
        try:
            errand.send(worker)
        except QueryKilled:
            self._keeper.release(worker, False)
            raise

    def _answers(self, errand: Errand, token: Token | None) -> list[Answer]:
        if errand.answers:
            return errand.answers
        if errand.outside:
            assert self._federation is not None
            return self._federation.answers(
                errand, token, self._outsider, self._move, self._received
            )
        alone = len(errand.jobs) == 1
        worker = self._take(errand, token)
        reusable = False
        try:
            if token is not None:
                token.attach(worker)
            if not errand.sent:
                self._move(worker)
                if errand.late:
                    raise self._turns.too_late()
                errand.send(worker)
            answers = self._received(errand, worker)
            took = max(answer.seconds for answer in answers)  # those of a batch may come together
            reusable = took < LONG_SECONDS or not worker.swollen()
        except (QuerySyntaxError, QueryFailed, FormRefused, Unwritable):
            reusable = alone  # of a batch, answers may still be under way
            raise
        except QueryKilled as error:
            whole = (Cause.ROWS, Cause.BYTES, Cause.SPOOL)
            reusable = (errand.late and worker.alive()) or (error.cause in whole and alone)
            raise
        finally:
            if token is not None:
                token.attach()
            self._keeper.release(worker, reusable)
        for job, answer in zip(errand.jobs, answers, strict=True):
            self._keep_answer(job, answer)
        return answers

    def _take(self, errand: Errand, token: Token | None) -> Process:
        """A worker that lives: one that was killed from outside while idle costs nobody a query."""
        first, worker = errand.first, errand.worker
        while worker is None or not (errand.sent or worker.alive()):
            if worker is not None:
                self._keeper.release(worker, False)
            worker = self._turns.acquire(first.client, first.kind == "page", token, errand.end)
        return worker

    def _job(self, request: Request) -> tuple[Any, ...]:
        """What the worker gets, checked and with its terms in place; also the cache's key."""
        text = bind(request.text, request.bindings)
        self._check_text(text)
        given = request.default_graphs is not None or request.named_graphs is not None
        return (
            text,
            request.base,
            request.results,
            request.graph,
            not given and not names_dataset(text),
            tuple(request.default_graphs or ()) if given else None,
            None if request.named_graphs is None else tuple(request.named_graphs),
            tuple(request.prefixes.items()),
            self.limits.rows,
            self.limits.answer,
        )

    def _check_text(self, text: str) -> None:
        try:
            size = len(text.encode())
        except UnicodeEncodeError as error:
            raise QuerySyntaxError(f"character {error.start} of the query is no text") from None
        if size > self.limits.query:
            raise QuerySyntaxError(
                f"the query has {size} bytes; at most {self.limits.query} are taken"
            )
        if self._checked:
            refuse(text, () if self._federation is None else self._federation.allowed)

    def reaches(self, text: str) -> bool:
        """Whether a query asks other endpoints, as it may: its answer is then not ours to keep."""
        return self._federation is not None and self._federation.reaches(text)

    def _outsider(self) -> Process:
        """A worker without the wall, for one query."""
        return Process(
            self.limits.memory, self._spool, reserved=False, walled=False, functions=self._functions
        )

    def _cached(self, number: int, job: tuple[Any, ...]) -> Answer | None:
        found = self._cache.get((number, job)) if self.limits.cache else None
        if found is not None:
            self._counters.ended("cached")
        return found

    def _keep_answer(self, job: tuple[Any, ...], answer: Answer) -> None:
        self._counters.ended("answered", answer.seconds)
        self._turns.took(answer.seconds)
        if self.limits.cache and len(answer.body) <= INLINE_BYTES:
            kept = Answer(answer.media_type, answer.body, answer.rows, 0.0, answer.generation, True)
            size = len(answer.body) + len(job[0])
            self._cache.put((answer.generation, job), kept, size)

    def _received(self, errand: Errand, worker: Process) -> list[Answer]:
        started, number = errand.started, worker.generation
        assert number is not None
        answers = []
        for _ in errand.jobs:
            kind, body, rows, spool = worker.receive(errand.end)
            if kind == FAILED:
                raise failed(body, errand.first.text)
            media_type, _, data = body.partition(b"\n")
            now = time.monotonic()
            whole = HeldBody(data) if spool is None else spool
            answers.append(Answer(media_type.decode(), whole, rows, now - started, number))
            started = now
        return answers

    # ---- generations

    def generation(self) -> Reader:
        """The current generation, kept from removal until the next is current."""
        try:
            target = os.readlink(self._link)  # noqa: PTH115 (each query; a Path takes 4 times as long)
        except OSError:
            target = ""  # Generations says what is wrong
        current = self._current
        return current.reader if current and current.target == target else self._renew(target)

    def _renew(self, target: str) -> Reader:
        with self._lock:
            current = self._current
            if current is None or current.target != target:
                self._current = _Current(target, self._generations.open())
                if current is not None:
                    current.reader.close()
                current = self._current
            return current.reader

    def _move(self, worker: Process) -> int:
        """See that the worker has started and holds the current generation."""
        end = time.monotonic() + START_SECONDS
        worker.ready(end)
        for attempt in range(3):
            reader = self.generation()
            if worker.generation == reader.number:
                return reader.number
            try:
                worker.open(reader.number, reader.store_path, end)
            except GenerationGone as error:
                if attempt == 2:
                    raise QueryFailed(str(error)) from error
        return reader.number

    # ---- processes

    def _worker(self, reserved: bool) -> Process:
        memory, spool, functions = self.limits.memory, self._spool, self._functions
        return Process(memory, spool, reserved=reserved, walled=self._walled, functions=functions)

    def follow(self) -> None:
        """Have the workers kept for pages move to the current generation before they are asked."""
        self._keeper.follow()

    def _try_walls(self) -> Walls:
        worker = self._turns.acquire("", True)
        try:
            self._move(worker)
            reason = worker.no_wall or ""
        except BaseException:
            self._keeper.release(worker, False)
            self.close()
            raise
        self._keeper.release(worker, True)
        return Walls(not reason, reason)

    def figures(self) -> Figures:
        """What /metrics tells."""
        buckets, count = self._counters.histogram()
        running, idle = self._turns.at_work()
        return Figures(
            outcomes=dict(self._counters.outcomes),
            buckets=buckets,
            count=count,
            seconds=self._counters.seconds,
            starts=self._counters.starts,
            waiting=self._turns.waiting,
            running=running,
            idle=idle,
            cache_hits=self._cache.hits,
            cache_misses=self._cache.misses,
            cache_bytes=self._cache.used,
            cache_entries=len(self._cache),
            spool_bytes=self._spool.used,
            generation=self.generation().number,
        )

    def stop(self) -> None:
        """End all queries, those that wait too, each with a word to who asked; start no more."""
        self._turns.stop()

    def close(self) -> None:
        """End all workers and let the generation go."""
        self._keeper.close()
        if self._federation is not None:
            self._federation.close()
        if self._current is not None:
            self._current.reader.close()

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
