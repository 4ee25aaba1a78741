"""Small answers kept for who asks again: the least recently used go first, counted in bytes."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")
OVERHEAD_BYTES = 500  # of the key's and entry's objects, about


class ResponseCache(Generic[Kept]):
    """Answers by key up to a number of bytes; the key holds the generation, so none goes stale."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.used = self.hits = self.misses = 0
        self._held: OrderedDict[Hashable, tuple[Kept, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Hashable) -> Kept | None:
        with self._lock:
            found = self._held.get(key)
            if found is None:
                self.misses += 1
                return None
            self.hits += 1
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, answer: Kept, size: int) -> None:
        """Keep the answer; its size is that of the texts in the key too."""
        size += OVERHEAD_BYTES
        if size > self.capacity:
            return
        with self._lock:
            before = self._held.pop(key, None)
            self.used += size - (before[1] if before else 0)
            self._held[key] = answer, size
            while self.used > self.capacity:
                self.used -= self._held.popitem(last=False)[1][1]
