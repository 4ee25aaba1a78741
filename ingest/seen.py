"""Which keys a load has met, and what each said: a hundred million in little memory.

The latest are held; those before them stand in a database without a name, which SQLite keeps in a
temporary file where it is large.
"""

import sqlite3

HELD = 500_000  # keys in memory at once, about 100 MB
_MEMORY = 16_384  # KiB of the database that are held


class Seen:
    """Numbers, with another number for each, as a dictionary would hold them."""

    def __init__(self, held: int = HELD) -> None:
        self._limit = held
        self._held: dict[int, int] = {}
        self._spilt: sqlite3.Connection | None = None

    def get(self, key: int) -> int | None:
        """What was noted for a key; None for one not met."""
        known = self._held.get(key)
        if known is not None or self._spilt is None:
            return known
        found = self._spilt.execute("SELECT noted FROM seen WHERE key = ?", (key,)).fetchone()
        return None if found is None else int(found[0])

    def __contains__(self, key: int) -> bool:
        return self.get(key) is not None

    def add(self, key: int, noted: int) -> None:
        """Note a key that was not met before."""
        if len(self._held) >= self._limit:
            self._spill()
        self._held[key] = noted

    def _spill(self) -> None:
        if self._spilt is None:
            self._spilt = sqlite3.connect("", isolation_level=None)
            for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_MEMORY}"):
                self._spilt.execute(f"PRAGMA {pragma}")
            self._spilt.execute("CREATE TABLE seen (key INTEGER PRIMARY KEY, noted INTEGER)")
        self._spilt.execute("BEGIN")
        self._spilt.executemany("INSERT INTO seen VALUES (?, ?)", sorted(self._held.items()))
        self._spilt.execute("COMMIT")
        self._held.clear()

    def close(self) -> None:
        """Let go of all of them."""
        if self._spilt is not None:
            self._spilt.close()
