"""Looks after the store in the background, when nobody writes.

It settles the store after large loads: else the storage engine, which owes a compaction then, makes
some small write wait for it. It describes what is stored, in VoID, after every write. And it has
those decisions obeyed that only a long run can obey.
"""

import logging
import time
from datetime import UTC, datetime
from threading import Event, Thread

from ingest.resolution.gathering.memory import WAITING
from queries.errors import GenerationError
from queries.writes.files import DESCRIBED
from queries.writes.upkeep import ChoreFailed
from server.context import Service, Snapshot
from server.statistics import REST

LOG = logging.getLogger("quiver.server")
# Seconds: between looks, of quiet after a write, and before the next try where one was in vain.
LOOK, QUIET, AGAIN = 1.0, 2.0, 60.0


def _quiet(snapshot: Snapshot) -> bool:
    """Whether the last write was a while ago."""
    return not 0 <= (datetime.now(UTC) - snapshot.created).total_seconds() < QUIET


class Upkeep:
    """A thread that looks after the store of one Service until closed."""

    def __init__(self, held: Service) -> None:
        self._held = held
        self._stop = Event()
        self._not_before = self._describe_after = self._obey_after = 0.0
        self._thread = Thread(target=self._live, name="upkeep", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking; what is under way ends with the Service."""
        self._stop.set()

    def _live(self) -> None:
        while not self._stop.wait(LOOK):
            try:
                snapshot = self._held.snapshot
                quiet = _quiet(snapshot)
                settle = quiet and self._due(snapshot)
                obey = quiet and self._is_waited_for(snapshot)
                describe = quiet and self._is_untold(snapshot)
            except (GenerationError, OSError):  # requests say so
                continue
            if obey:
                self._obey()
            elif settle:
                self._settle()
            elif describe:
                self._describe()

    def _due(self, snapshot: Snapshot) -> bool:
        unsettled = snapshot.meta.get("unsettled", 0)
        if not isinstance(unsettled, int) or unsettled <= self._held.config.settle_above:
            return False
        return time.monotonic() >= self._not_before

    def _is_untold(self, snapshot: Snapshot) -> bool:
        """Whether something was loaded here, and its description is not of this generation."""
        told = snapshot.meta.get(DESCRIBED) == snapshot.number
        size = snapshot.counts.get("quads", 0)  # none where nothing was loaded
        due = isinstance(size, int) and 0 < size <= self._held.config.describe_up_to
        return due and not told and time.monotonic() >= self._describe_after

    def _is_waited_for(self, snapshot: Snapshot) -> bool:
        """Whether somebody decided what no run has obeyed yet."""
        return bool(snapshot.meta.get(WAITING)) and time.monotonic() >= self._obey_after

    def _obey(self) -> None:
        started = time.monotonic()
        status = self._held.curator.obey()
        if status == 0:
            LOG.info("obeyed what people decided in %.1f s", time.monotonic() - started)
            return
        if not self._stop.is_set():
            LOG.warning("the run that obeys decisions ended with status %d", status)
        self._obey_after = time.monotonic() + AGAIN

    def _describe(self) -> None:
        """Describe what is stored; no more than one part in REST of the time, whoever writes."""
        started = time.monotonic()
        try:
            number = self._held.chores.describe()
        except (ChoreFailed, OSError) as error:
            if not self._stop.is_set():
                LOG.warning("the store could not be described: %s", error)
            self._describe_after = time.monotonic() + AGAIN
            return
        seconds = time.monotonic() - started
        self._describe_after = time.monotonic() + REST * seconds
        if number is not None:
            LOG.info("described the store in %.1f s: generation %d", seconds, number)

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
