"""A copy of the current generation that is made before anybody asks to write.

To checkpoint and open a store is half of what a small write costs. A process that expects the next
one does it while nobody waits. The copy stands in a folder of its own, which names the process, so
that others can tell what a dead one left; it is used only where it is a copy of what is current.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

from queries.generations import Generations
from queries.store import EmbeddedStore

PREFIX = "ahead."  # of the folder: then the process, then which one it is
Copy = tuple[Path, EmbeddedStore]
_HELD: dict[Path, "Ahead"] = {}
_TURNS = count(1)


class Ahead:
    """The copy that this process keeps of one data folder; at most one."""

    def __init__(self, data: Path) -> None:
        self._generations = Generations(data)
        self._number: int | None = None
        self._path = Path()
        self._store: EmbeddedStore | None = None

    def make(self) -> None:
        """Copy what is current, unless that is done."""
        if self._store is not None and self._number == self._generations.current():
            return
        self.drop()
        with self._generations.open() as reader:
            self._path = reader.path.parent / f"{PREFIX}{os.getpid()}.{next(_TURNS)}"
            self._path.mkdir()
            try:
                reader.store.engine.backup(str(self._path / "store"))
                self._store = EmbeddedStore.open(self._path / "store")
            except BaseException:
                shutil.rmtree(self._path, ignore_errors=True)
                raise
            self._number = reader.number

    def take(self, number: int | None) -> Copy | None:
        """The folder and the store in it, for a draft to own, where they are of this generation."""
        store = self._store
        if store is None:
            return None
        if number != self._number:
            self.drop()
            return None
        self._store = None
        return self._path, store

    def drop(self) -> None:
        """Let go of the copy."""
        if self._store is not None:
            self._store.close()
            self._store = None
            shutil.rmtree(self._path, ignore_errors=True)


def expect(data: Path) -> Ahead:
    """What this process keeps of a data folder from now on: it will write there again."""
    return _HELD.setdefault(data.absolute(), Ahead(data))


def copy_of(data: Path) -> Callable[[int | None], Copy | None]:
    """Gives a writer what this process keeps of a data folder, if anything."""
    held = _HELD.get(data.absolute())
    return held.take if held is not None else lambda number: None


def forget(data: Path) -> None:
    """Keep nothing of a data folder any more."""
    with suppress(KeyError):
        _HELD.pop(data.absolute()).drop()
