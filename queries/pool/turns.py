"""Whose turn it is: hands free workers to waiting clients, the one that holds fewest first.

Reserved workers go only to pages; pages may also use the others, and never wait behind strangers.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from queries.pool.answers import Cause, QueryKilled
from queries.pool.process import Process


class Token:
    """A client's end of a query: `cancel()` frees whatever worker or place it holds."""

    def __init__(self) -> None:
        self.cancelled = False
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._turn: Turn | None = None

    def cancel(self) -> None:
        with self._lock:
            self.cancelled = True
            if self._process is not None:
                self._process.kill(Cause.HANGUP)
            if self._turn is not None:
                self._turn.ready.release()

    def attach(self, process: "Process | None" = None, turn: "Turn | None" = None) -> None:
        """What is to be stopped from now on; raises when the client has left already."""
        with self._lock:
            self._process, self._turn = process, turn
            if self.cancelled and (process or turn):
                raise hung_up()


def hung_up() -> QueryKilled:
    return QueryKilled(Cause.HANGUP, "the client left before the answer was complete")


def _stopping() -> QueryKilled:
    return QueryKilled(Cause.STOP, "the server stops; try again later", 1)


@dataclass(eq=False, slots=True)
class Turn:
    """A place in the queue, and in the end the worker that came free for it."""

    client: str
    page: bool
    ready: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    worker: Process | None = None
    asked_for_room: bool = False


@dataclass(eq=False, slots=True)
class Run:
    """A worker at work: for whom, since when."""

    client: str
    page: bool
    started: float


class Turns:
    """The queue before the workers, bounded, and the workers that are idle."""

    def __init__(self, size: int, queue: int, wait: float, patience: float) -> None:
        self.size, self.queue, self.wait, self.patience = size, queue, wait, patience
        self.share = max(1, size // 2)
        self.mean = 0.05  # of a query's seconds, moving; for Retry-After
        self._lock = threading.Lock()
        self._idle: dict[bool, list[Process]] = {True: [], False: []}
        self._pages: deque[Turn] = deque()
        self._strangers: dict[str, deque[Turn]] = {}
        self._running: dict[Process, Run] = {}
        self._held: dict[str, int] = {}
        self.waiting = 0
        self.stopped = False

    def acquire(
        self, client: str, page: bool, token: Token | None = None, end: float = math.inf
    ) -> Process:
        """A worker, at once or when its turn comes; QueryKilled(QUEUE) when that is too late.

        Too late is the `end` of the query's deadline, or `wait` seconds where that is sooner.
        """
        with self._lock:
            if self.stopped:
                raise _stopping()
            worker = self._free(page)
            if worker is not None:
                self._start(worker, client, page)
                return worker
            if self.waiting >= self.queue:
                raise self._busy("the queue is full")
            turn = self._join(client, page)
        try:
            return self._await(turn, token, end)
        finally:
            if token is not None:
                token.attach()

    def idle(self, client: str, page: bool) -> Process | None:
        """A worker where one is free right now."""
        with self._lock:
            worker = None if self.stopped else self._free(page)
            if worker is not None:
                self._start(worker, client, page)
            return worker

    def _await(self, turn: Turn, token: Token | None, end: float) -> Process:
        try:
            if token is not None:
                token.attach(turn=turn)
            end = min(end, time.monotonic() + self.wait)
            while (left := end - time.monotonic()) > 0 and not (token and token.cancelled):
                if self.stopped:
                    raise _stopping()
                if turn.ready.acquire(timeout=min(left, self.patience)) and turn.worker:
                    return turn.worker
                self._make_room(turn)
        except BaseException:
            self._leave(turn)
            raise
        self._leave(turn)
        if token and token.cancelled:
            raise hung_up()
        raise self.too_late()

    def release(self, worker: Process, reusable: bool) -> None:
        """The worker is done; a dead one is only struck off."""
        with self._lock:
            self._strike(worker)
            if reusable:
                self._hand(worker)

    def add(self, worker: Process) -> None:
        """A new worker joins."""
        with self._lock:
            self._hand(worker)

    def take_idle(self, kinds: Sequence[bool] = (True, False)) -> list[Process]:
        """All idle workers, or those kept for pages (True) or not, taken out; `add` them again."""
        with self._lock:
            taken = [worker for kind in kinds for worker in self._idle[kind]]
            self._idle |= {kind: [] for kind in kinds}
            return taken

    def stop(self) -> None:
        """Cut all who run and all who wait; nobody waits from now on."""
        with self._lock:
            self.stopped = True
            for worker in self._running:
                worker.kill(Cause.STOP)
            for line in (self._pages, *self._strangers.values()):
                for turn in line:
                    turn.ready.release()

    def at_work(self) -> tuple[int, int]:
        """How many workers run a query, and how many are idle."""
        with self._lock:
            return len(self._running), len(self._idle[True]) + len(self._idle[False])

    def took(self, seconds: float) -> None:
        """Learn how long a query took."""
        self.mean += (seconds - self.mean) * 0.1

    def _free(self, page: bool) -> Process | None:
        if page and self._idle[True]:
            return self._idle[True].pop()
        return self._idle[False].pop() if self._idle[False] else None

    def _join(self, client: str, page: bool) -> Turn:
        turn = Turn(client, page)
        line = self._pages if page else self._strangers.setdefault(client, deque())
        line.append(turn)
        self.waiting += 1
        return turn

    def _leave(self, turn: Turn) -> None:
        """Give the place up; a worker that came at the last moment goes to the next."""
        with self._lock:
            if turn.worker is not None:
                self._strike(turn.worker)
                self._hand(turn.worker)
                return
            line = self._pages if turn.page else self._strangers[turn.client]
            line.remove(turn)
            if not turn.page and not line:
                del self._strangers[turn.client]
            self.waiting -= 1

    def _hand(self, worker: Process) -> None:
        """Give a free worker to who is next, or lay it aside."""
        turn = self._next(worker.reserved)
        if turn is None:
            self._idle[worker.reserved].append(worker)
            return
        self.waiting -= 1
        self._start(worker, turn.client, turn.page)
        turn.worker = worker
        turn.ready.release()

    def _next(self, reserved: bool) -> Turn | None:
        if self._pages:
            return self._pages.popleft()
        if reserved or not self._strangers:
            return None
        client = min(self._strangers, key=lambda name: self._held.get(name, 0))
        line = self._strangers.pop(client)  # and to the end of the round, if more of its wait
        turn = line.popleft()
        if line:
            self._strangers[client] = line
        return turn

    def _start(self, worker: Process, client: str, page: bool) -> None:
        self._running[worker] = Run(client, page, time.monotonic())
        if not page:
            self._held[client] = self._held.get(client, 0) + 1

    def _strike(self, worker: Process) -> None:
        run = self._running.pop(worker, None)
        if run is None or run.page:
            return
        self._held[run.client] -= 1
        if not self._held[run.client]:
            del self._held[run.client]

    def _make_room(self, turn: Turn) -> None:
        """Take one worker from a client above its share, once, for a client that has none.

        Nobody gives way to what the server asks for itself, which has no client.
        """
        with self._lock:
            if turn.worker or turn.asked_for_room or turn.page or self._held.get(turn.client):
                return
            if not turn.client:
                return
            late = time.monotonic() - self.patience
            rich = [
                (run.started, worker)
                for worker, run in self._running.items()
                if not run.page and self._held[run.client] > self.share and run.started < late
            ]
            if rich:
                turn.asked_for_room = True
                max(rich, key=lambda pair: pair[0])[1].kill(Cause.QUEUE)

    def too_late(self) -> QueryKilled:
        return self._busy("no worker came free in time")

    def _busy(self, why: str) -> QueryKilled:
        seconds = math.ceil(self.mean * (self.waiting + 1) / self.size)
        return QueryKilled(Cause.QUEUE, f"{why}; try again later", min(60, max(1, seconds)))
