"""Copy-on-write generations of the embedded store: published whole, or not at all.

There is no writer's store. A writer, alone under the folder's lock, checkpoints the current
generation into `next.tmp`, changes that, and renames it to a number never used before; then one
link is replaced, and only then is the write acknowledged. A published generation never changes:
readers hold it by a shared lock, and only writers remove it.

    DIR/lock                 who writes (flock)
    DIR/current              -> generations/12
    DIR/generations/12.lock  shared by the readers of 12; exclusive for its removal
    DIR/generations/12/      store/ meta.json and side files, hard links where unchanged
    DIR/generations/next.tmp a draft; what a killed writer leaves, the next one deletes
    DIR/generations/ahead.*  a draft's store, copied before somebody asked for it
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Self

from queries.errors import Broken, Locked, NoData, NoSuchGeneration, SchemaMismatch
from queries.store import EmbeddedStore
from queries.writes.drafts import Draft
from queries.writes.files import DRAFT, UPKEEP, Meta, read_meta, sync

KEPT = 3  # generations that are kept whatever happens: room for rollback and for slow readers
POLL_SECONDS = 0.02
OPEN_ATTEMPTS = 100  # each lost attempt means that three generations were published meanwhile


def _silent(phase: str) -> None:
    """Nobody follows the phases."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One published generation as the folder holds it; `meta` is empty where it is unreadable."""

    number: int
    path: Path
    meta: Meta
    is_current: bool


class Generations:
    """The generations in one data folder.

    `holder` is the name by which other writers hear of this one; `announce` is told each phase of
    a write as it is done. One that does not clear leaves the files of generations that it removes:
    somebody waits for it, and `clear` may come when they have their answer. `copy` gives a writer
    the folder and store of a copy of this generation, where one was made before
    (`queries.writes.ahead`).
    """

    def __init__(
        self,
        data: Path,
        holder: str = "quiver",
        announce: Callable[[str], None] = _silent,
        *,
        clears: bool = True,
        copy: Callable[[int | None], "tuple[Path, EmbeddedStore] | None"] = lambda number: None,
    ) -> None:
        self.data = data
        self.holder = holder
        self.announce = announce
        self.clears = clears
        self.copy = copy
        self.folder = data / "generations"
        self.link = data / "current"

    def current(self) -> int | None:
        """The number of the published generation; None where nothing was published yet."""
        try:
            target = self.link.readlink()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Broken(self.link, f"is not a link to a generation: {error.strerror}") from error
        if not target.name.isdecimal():
            raise Broken(self.link, f"points to {target}, which is no generation")
        return int(target.name)

    def open(self) -> "Reader":
        """The current generation, held until closed: no writer removes it meanwhile."""
        for _ in range(OPEN_ATTEMPTS):
            number = self.current()
            if number is None:
                raise NoData(self.data)
            reader = self._hold(number)
            if reader is not None:
                return reader
            time.sleep(POLL_SECONDS)
        raise Broken(self.link, "generations vanish faster than they can be opened")

    def _hold(self, number: int) -> "Reader | None":
        path = self.path(number)
        if not path.is_dir():
            if number == self.current():
                raise Broken(self.link, f"points to {path.name}, {self._held_text()}")
            return None
        lock = self._try_lock(number, fcntl.LOCK_SH)
        if lock is None:
            return None
        try:
            if path.is_dir():  # else it was removed before the lock was ours
                return Reader(number, path.resolve(), read_meta(path), lock)
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)
        return None

    def write(self, wait: float = 10.0) -> "Draft":
        """A draft of the next generation, begun as a copy of the current one.

        Waits so many seconds for another writer, then raises Locked. Without a data folder, makes
        it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = self._lock(wait)
        try:
            return Draft(self, lock)
        except BaseException:
            os.close(lock)
            raise

    def rollback(self, number: int | None = None, wait: float = 10.0) -> int:
        """Publish an earlier generation again: this one, else the one before the last write.

        What the server made by itself, compacting or describing, is no write.
        """
        if not self.folder.is_dir():
            raise NoData(self.data)
        lock = self._lock(wait)
        try:
            wanted = self._previous() if number is None else number
            if wanted is None or wanted not in self.numbers():
                raise NoSuchGeneration(wanted, self.numbers())
            read_meta(self.path(wanted))
            self.switch(wanted)
            return wanted
        finally:
            os.close(lock)

    def _previous(self) -> int | None:
        current = self.current()
        if current is None:
            return None
        if not self.path(current).is_dir():
            return max((held for held in self.numbers() if held < current), default=None)
        previous: object = current
        while isinstance(previous, int) and self.path(previous).is_dir():
            meta = read_meta(self.path(previous))
            previous = meta.get("previous")
            if not meta.get(UPKEEP):
                break
        return previous if isinstance(previous, int) else None

    def settle(self, wait: float = 10.0) -> int | None:
        """Publish the current generation compacted; None where a write came in between.

        After a bulk load RocksDB owes a compaction of the whole store, and a small write about 18
        writes later waits for it (measured: 5 s at 2M quads). Settled before, none does. The work
        is done on a copy outside the lock, so that no writer waits for it either. How many bytes
        were written since the store was settled stands in `unsettled` of meta.json.
        """
        prefix = f"settling.{os.getpid()}."
        copy = partial(tempfile.TemporaryDirectory, prefix=prefix, dir=self.folder)
        with self.open() as reader, copy() as folder:
            fresh = Path(folder) / "store"
            reader.store.engine.backup(str(fresh))
            with EmbeddedStore.open(fresh) as store:
                store.engine.optimize()
                store.flush()
            with self.write(wait) as draft:
                if draft.base != reader.number:
                    return None
                draft.replace_store(fresh)
                draft.settle()
                return draft.publish()

    def busy(self) -> bool:
        """Whether somebody writes at this moment."""
        descriptor = os.open(self.data / "lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            return not _flock(descriptor, fcntl.LOCK_EX)
        finally:
            os.close(descriptor)

    def list(self) -> tuple[Generation, ...]:
        """What the folder holds, oldest first."""
        current = self.current()
        return tuple(
            Generation(number, self.path(number), _readable(self.path(number)), number == current)
            for number in self.numbers()
        )

    def numbers(self) -> tuple[int, ...]:
        """The numbers of the generations held, ascending."""
        try:
            entries = os.scandir(self.folder)
        except FileNotFoundError:
            return ()
        with entries:
            return tuple(sorted(int(entry.name) for entry in entries if entry.name.isdecimal()))

    def path(self, number: int) -> Path:
        """The folder of this generation."""
        return self.folder / str(number)

    def _held_text(self) -> str:
        held = ", ".join(map(str, self.numbers())) or "none"
        return f"which is missing; there is: {held}. `quiver rollback N` publishes one of them"

    # What follows is for writers, under the lock.

    def _lock(self, wait: float) -> int:
        descriptor = os.open(self.data / "lock", os.O_RDWR | os.O_CREAT, 0o666)
        until = time.monotonic() + wait
        while not _flock(descriptor, fcntl.LOCK_EX):
            if time.monotonic() >= until:
                holder = os.pread(descriptor, 1000, 0).decode(errors="replace").strip()
                os.close(descriptor)
                raise Locked(self.data, holder or "another process")
            time.sleep(POLL_SECONDS)
        with suppress(OSError):  # a full disk is no reason not to write: it may be to free room
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{self.holder} (process {os.getpid()})\n".encode(), 0)
        return descriptor

    def _try_lock(self, number: int, kind: int) -> int | None:
        lock = os.open(self.folder / f"{number}.lock", os.O_RDONLY | os.O_CREAT, 0o666)
        if _flock(lock, kind):
            return lock
        os.close(lock)
        return None

    def base(self) -> int | None:
        """The generation that a draft starts from: `current`, checked; None for the first.

        Without a link nothing was acknowledged, unless a generation has a predecessor: then
        somebody lost the link, and starting afresh would hide the data.
        """
        current = self.current()
        if current is None:
            if any(generation.meta.get("previous") for generation in self.list()):
                raise Broken(self.link, self._held_text())
            return None
        if not self.path(current).is_dir():
            raise Broken(self.link, f"points to {current}, {self._held_text()}")
        return current

    def next_number(self) -> int:
        """A number never used before: the highest is never removed, whatever is current."""
        current = self.current() or 0
        return max(current, *self.numbers(), *self._lock_numbers(), 0) + 1

    def _lock_numbers(self) -> tuple[int, ...]:
        names = (path.stem for path in self.folder.glob("*.lock"))
        return tuple(int(name) for name in names if name.isdecimal())

    def switch(self, number: int) -> None:
        """Replace the `current` link, durably."""
        fresh = self.data / "current.tmp"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path(self.folder.name) / str(number))
        fresh.replace(self.link)
        sync(self.data)

    def sweep(self) -> None:
        """Delete what a killed writer left; one in a hurry leaves what is removed for later."""
        if self.clears:
            self.clear()
        for begun in (*self.folder.glob("settling.*"), *self.folder.glob("ahead.*")):
            if _abandoned(begun):
                shutil.rmtree(begun, ignore_errors=True)
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder / DRAFT)

    def clear(self) -> None:
        """Delete the files of removed generations: nobody can find them any more."""
        for _ in self.clearing():
            pass

    def clearing(self) -> Iterator[Path]:
        """The same, one generation after the other, for who may have to stop in between."""
        for removed in self.folder.glob("*.gone"):
            shutil.rmtree(removed, ignore_errors=True)
            yield removed

    def prune(self) -> None:
        """Remove what nobody reads: never the current, its predecessor, nor the last three."""
        numbers = self.numbers()
        keep = {self.current(), self._previous(), *numbers[-KEPT:]}
        for number in [*numbers, *self._lock_numbers()]:
            if number not in keep:
                self._remove(number)

    def _remove(self, number: int) -> None:
        lock = self._try_lock(number, fcntl.LOCK_EX)
        if lock is None:
            return
        try:
            path = self.path(number)
            if path.is_dir():
                gone = path.with_suffix(".gone")  # vanishes at once, whenever we are killed
                path.rename(gone)
                if self.clears:
                    shutil.rmtree(gone)
            (self.folder / f"{number}.lock").unlink(missing_ok=True)
        finally:
            os.close(lock)


@dataclass(slots=True)
class Reader:
    """A generation held open: its files stay until `close`, whatever is published meanwhile."""

    number: int
    path: Path
    meta: Meta
    _lock: int = field(repr=False)
    _store: EmbeddedStore | None = field(default=None, repr=False)
    _mark: str = field(default="", repr=False)

    @property
    def mark(self) -> str:
        """The number and what tells it from one of the same number in another folder.

        Entity tags begin with it: who keeps pages of http://localhost:8000/ is not told that they
        are unchanged when another graph, or another version of Quiver, is served there.
        """
        if not self._mark:
            told = f"{self.meta.get('base')} {self.meta.get('created')} {version('quiver-kg')}"
            self._mark = f"{self.number}.{blake2b(told.encode(), digest_size=4).hexdigest()}"
        return self._mark

    @property
    def store_path(self) -> Path:
        """The folder of the Oxigraph store; open it read-only."""
        return self.path / "store"

    @property
    def store(self) -> EmbeddedStore:
        """The store, opened read-only at the first call, closed with the reader."""
        if self._store is None:
            self._store = EmbeddedStore.open(self.store_path, read_only=True)
        return self._store

    def close(self) -> None:
        """Let the generation go; harmless twice."""
        if self._store is not None:
            self._store.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _readable(path: Path) -> Meta:
    try:
        return read_meta(path)
    except (Broken, SchemaMismatch):
        return {}


def _abandoned(folder: Path) -> bool:
    """Whether the process that works in this folder is gone: its folder names it."""
    try:
        os.kill(int(folder.name.split(".")[1]), 0)
    except (ProcessLookupError, ValueError):
        return True
    except PermissionError:
        return False
    return False


def _flock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
