"""Who keeps the workers at their number: one thread that starts them, and looks after the idle.

The kernel ends workers together with the thread that started them, so that thread must not be a
request's.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

from queries.errors import GenerationError
from queries.pool.answers import QueryError
from queries.pool.counters import Counters
from queries.pool.process import Process
from queries.pool.turns import Turns

LOG = logging.getLogger(__name__)
START_SECONDS = 30.0  # for a worker to start and open a generation, on a busy machine
FOLLOW = "follow"  # to the thread: somebody wrote
FRESHEN_SECONDS = 1.0  # between looks for dead or outdated idle workers


class Keeper:
    """Hands workers to the turns: `size` for everyone and `reserved` for pages, at all times.

    `start` makes a worker, reserved or not; `current` looks which generation is to be held, with
    a GenerationError where there is none, and `move` brings a worker to it.
    """

    def __init__(
        self,
        turns: Turns,
        counters: Counters,
        start: Callable[[bool], Process],
        current: Callable[[], object],
        move: Callable[[Process], int],
    ) -> None:
        self._turns, self._counters = turns, counters
        self._start, self._current, self._move = start, current, move
        self.processes: set[Process] = set()
        self._wanted: queue.SimpleQueue[bool | str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._keep, name="query workers", daemon=True)
        self._complete = threading.Event()
        self._first = 0

    def begin(self, size: int, reserved: int) -> None:
        """Start all; returns once they are there, or should have been for long."""
        self._first = size + reserved
        for number in range(self._first):
            self._wanted.put(number < reserved)
        self._thread.start()
        self._complete.wait(START_SECONDS)

    def release(self, worker: Process, reusable: bool) -> None:
        """A worker has done its query; where it is not reusable, the next is started for it."""
        reusable = reusable and worker.cause is None
        self._turns.release(worker, reusable)
        if not reusable:
            self._bury(worker)

    def follow(self) -> None:
        """Have the workers kept for pages move to the current generation before they are asked.

        The others are moved by who asks them, meanwhile.
        """
        self._wanted.put(FOLLOW)

    def close(self) -> None:
        """End all workers and start no more."""
        self._wanted.put(None)
        self._thread.join()
        for worker in list(self.processes):
            worker.close()
        self.processes.clear()

    def _bury(self, worker: Process) -> None:
        worker.close()
        self.processes.discard(worker)
        self._wanted.put(worker.reserved)

    def _keep(self) -> None:
        """The thread's life: start what is wanted, and now and then look after who is idle."""
        while True:
            try:
                wanted = self._wanted.get(timeout=FRESHEN_SECONDS)
            except queue.Empty:
                self._freshen((True, False))
                continue
            if wanted is None:
                return
            if isinstance(wanted, str):
                self._freshen((True,))
                continue
            self._add(wanted)

    def _add(self, reserved: bool) -> None:
        try:
            worker = self._start(reserved)
        except OSError:
            LOG.exception("a query worker could not be started")
            self._wanted.put(reserved)
            time.sleep(FRESHEN_SECONDS)
            return
        self._counters.started()
        self.processes.add(worker)
        self._turns.add(worker)
        if self._counters.starts == self._first:
            self._complete.set()

    def _freshen(self, kinds: Sequence[bool]) -> None:
        """Replace idle workers that died; move the others to the current generation."""
        try:
            self._current()
        except GenerationError:  # requests say so; the workers wait for it to come back
            return
        for worker in self._turns.take_idle(kinds):
            try:
                fresh = worker.alive() and bool(self._move(worker))
            except (QueryError, GenerationError, OSError):
                fresh = False
            if fresh:
                self._turns.add(worker)
            else:
                self._bury(worker)
