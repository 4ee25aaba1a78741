"""Settles the store in the background after large loads, when nobody writes.

Else the storage engine, which owes a compaction then, makes some small write wait for it.
"""

import logging
import time
from datetime import UTC, datetime
from threading import Event, Thread

from queries.errors import GenerationError
from queries.upkeep import ChoreFailed
from server.context import Service, Snapshot

LOG = logging.getLogger("quiver.server")
# Seconds: between looks, of quiet after a write, and before the next try where one was in vain.
LOOK, QUIET, AGAIN = 1.0, 2.0, 60.0


class Upkeep:
    """A thread that looks after the store of one Service until closed."""

    def __init__(self, held: Service) -> None:
        self._held = held
        self._stop = Event()
        self._not_before = 0.0
        self._thread = Thread(target=self._live, name="upkeep", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking; what is under way ends with the Service."""
        self._stop.set()

    def _live(self) -> None:
        while not self._stop.wait(LOOK):
            try:
                due = self._due(self._held.snapshot)
            except (GenerationError, OSError):  # requests say so
                continue
            if due:
                self._settle()

    def _due(self, snapshot: Snapshot) -> bool:
        unsettled = snapshot.meta.get("unsettled", 0)
        if not isinstance(unsettled, int) or unsettled <= self._held.config.settle_above:
            return False
        age = (datetime.now(UTC) - snapshot.created).total_seconds()
        return not 0 <= age < QUIET and time.monotonic() >= self._not_before

    def _settle(self) -> None:
        started = time.monotonic()
        try:
            number = self._held.chores.settle()
        except (ChoreFailed, OSError) as error:
            if not self._stop.is_set():
                LOG.warning("the store could not be settled: %s", error)
            number = None
        if number is None:
            self._not_before = time.monotonic() + AGAIN
        else:
            seconds = time.monotonic() - started
            LOG.info("settled the store in %.1f s: generation %d", seconds, number)
