"""What the workers count: queries by outcome, seconds in buckets, starts. Cheap and thread-safe."""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures at one moment. `buckets` are cumulative, by upper bound in seconds."""

    outcomes: Mapping[str, int]
    buckets: Mapping[float, int]
    count: int
    seconds: float
    starts: int
    waiting: int
    running: int
    idle: int
    cache_hits: int
    cache_misses: int
    cache_bytes: int
    cache_entries: int
    spool_bytes: int
    generation: int


class Counters:
    """Running totals. An outcome is `answered`, `cached`, or the name of a failure."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.outcomes: Counter[str] = Counter()
        self.starts = 0
        self.seconds = 0.0
        self._buckets = [0] * (len(BUCKETS) + 1)

    def ended(self, outcome: str, seconds: float | None = None) -> None:
        """One query ended so; `seconds` only where a worker ran it."""
        with self._lock:
            self.outcomes[outcome] += 1
            if seconds is not None:
                self.seconds += seconds
                self._buckets[bisect_left(BUCKETS, seconds)] += 1

    def started(self) -> None:
        """One worker process was started."""
        with self._lock:
            self.starts += 1

    def histogram(self) -> tuple[dict[float, int], int]:
        """Cumulative counts by upper bound, and their total."""
        with self._lock:
            total, cumulative = 0, {}
            for bound, found in zip((*BUCKETS, float("inf")), self._buckets, strict=True):
                total += found
                cumulative[bound] = total
            return cumulative, total
