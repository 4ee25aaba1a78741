"""The next generation while a writer makes it: a copy to change, published whole or dropped."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING, Self

from queries.store import EmbeddedStore
from queries.writes.files import (
    DESCRIBED,
    DRAFT,
    SCHEMA,
    UPKEEP,
    Meta,
    check_closed,
    inodes,
    link_or_copy,
    read_meta,
    side_files,
    sync,
)

if TYPE_CHECKING:
    from queries.generations import Generations

SYNCING = 4  # files at once: more threads take longer to start than they save


class Draft:
    """The next generation while it is written; dropped unless `publish` is called.

    Side files that the draft does not write are linked from the previous generation when it is
    published. One that is to change must be written anew at `path / name`, or got from `amend`.
    """

    def __init__(self, generations: "Generations", lock: int) -> None:
        self.generations = generations
        self._lock = lock
        self._announce = generations.announce
        self._dropped: set[str] = set()
        self._folders: set[str] = set()  # of which the draft has its own
        self._announce("locked")
        generations.sweep()
        self.base = generations.base()
        self.previous = None if self.base is None else generations.path(self.base)
        self.settled = False
        self._held: frozenset[int] = frozenset()  # inodes of files that are on the disk
        self.meta: Meta = {"schema": SCHEMA, "base": None}
        if self.previous is not None:
            self.meta = read_meta(self.previous)
            self.meta.pop(UPKEEP, None)
        self._ready = generations.copy(self.base)
        self.path = self._ready[0] if self._ready else generations.folder / DRAFT
        try:
            self.store = self._checkpoint()
        except BaseException:  # the lock is still our caller's
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    @property
    def store_path(self) -> Path:
        """The folder of the draft's store."""
        return self.path / "store"

    def _checkpoint(self) -> EmbeddedStore:
        if self._ready:
            return self._ready[1]
        self.path.mkdir()
        if self.previous is not None:
            source = EmbeddedStore.open(self.previous / "store", read_only=True)
            source.engine.backup(str(self.store_path))
            source.close()
        self._announce("checkpointed")
        store = EmbeddedStore.open(self.store_path)
        self._announce("opened")
        return store

    def replace_store(self, made: Path | None = None) -> EmbeddedStore:
        """An empty store in place of the copy: for a rebuild by `bulk_load`; or one made before."""
        self.store.close()
        check_closed(self.store_path)
        shutil.rmtree(self.store_path)
        if made is not None:
            made.rename(self.store_path)
        self.store = EmbeddedStore.open(self.store_path)
        return self.store

    def read_path(self, name: str) -> Path | None:
        """Where to read a side file: the draft's own, else the previous one's, else None."""
        own = self.path / name
        if own.exists():
            return own
        if self.previous is None or name in self._dropped:
            return None
        old = self.previous / name
        return old if old.exists() else None

    def amend(self, name: str) -> Path:
        """A side file to change in place: a copy of the previous one's, where there is one."""
        own = self.path / name
        own.parent.mkdir(parents=True, exist_ok=True)
        old = self.read_path(name)
        if old is not None and old != own:
            shutil.copyfile(old, own)
        return own

    def amend_folder(self, name: str) -> Path:
        """A folder of side files that never change, to put others beside them or take some out."""
        own = self.path / name
        if name not in self._folders:
            self._folders.add(name)
            own.mkdir()
            old = None if self.previous is None else self.previous / name
            for path in old.iterdir() if old is not None and old.exists() else ():
                link_or_copy(path, own / path.name)
        return own

    def drop(self, name: str) -> None:
        """Leave this side file out of the generation."""
        self._dropped.add(name)
        (self.path / name).unlink(missing_ok=True)

    def leave(self, folder: Path) -> None:
        """Leave a folder of the draft out of the generation; it is cleared with removed ones."""
        folder.rename(tempfile.mkdtemp(suffix=".gone", dir=self.generations.folder))

    def describe(self) -> None:
        """Note that the draft holds its own true description, and nothing else that is new."""
        self.meta |= {UPKEEP: True, DESCRIBED: self.generations.next_number()}

    def settle(self) -> None:
        """Note that the draft holds the store compacted, and nothing else that is new."""
        self.settled = self.meta[UPKEEP] = True
        if self.meta.get(DESCRIBED) == self.base:
            self.describe()

    def publish(self) -> int:
        """Make the draft the current generation; when this returns, nothing can lose it."""
        self._held = frozenset() if self.previous is None else inodes(self.previous)
        self._finish()
        number = self.generations.next_number()
        self._write_meta(number)
        self._announce("written")
        self._sync_all()
        self._announce("synced")
        with self._renamed(number):
            self._announce("renamed")
            self.generations.switch(number)
        self._announce("switched")
        with suppress(OSError):  # published all the same; the next writer tries again
            self.generations.prune()
        self._announce("pruned")
        self._release()
        return number

    def _finish(self) -> None:
        """Write the store to the disk, and meanwhile the side files: both mostly wait for it."""
        with ThreadPoolExecutor(1) as beside:
            flushed = beside.submit(self.store.flush)
            self._link_side_files()
            self._sync(path for path in side_files(self.path))
            flushed.result()
        self._announce("flushed")
        self.store.close()
        check_closed(self.store_path)
        self._announce("closed")

    def _link_side_files(self) -> None:
        for folder in self._folders:
            with suppress(OSError):  # it holds something
                (self.path / folder).rmdir()
        if self.previous is None:
            return
        for old in side_files(self.previous):
            name = old.relative_to(self.previous)
            own = self.path / name
            if str(name) in self._dropped or name.parts[0] in self._folders:
                continue
            if not own.exists():
                own.parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(old, own)

    def _write_meta(self, number: int) -> None:
        self.meta |= {
            "generation": number,
            "previous": self.base,
            "unsettled": 0 if self.settled else self.meta.get("unsettled", 0) + self._fresh(),
            "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        text = json.dumps(self.meta, ensure_ascii=False, indent=1)
        (self.path / "meta.json").write_text(text + "\n", encoding="utf-8")

    def _fresh(self) -> int:
        """Bytes of the store in files that the previous generation has not."""
        found = (path.stat() for path in self.store_path.iterdir())
        return sum(status.st_size for status in found if status.st_ino not in self._held)

    def _sync_all(self) -> None:
        """All files that are not synced already, and all folders."""
        self._sync(
            path
            for folder, _, names in os.walk(self.path)
            for path in (*(Path(folder, name) for name in names), Path(folder))
        )

    def _sync(self, paths: Iterable[Path]) -> None:
        """Those of these that neither the previous generation nor this one has synced already.

        Several at once: a disk writes dozens of small ones in the time of a few in turn.
        """
        waiting = {}
        for path in paths:
            found = path.stat()
            if S_ISDIR(found.st_mode) or found.st_ino not in self._held:
                waiting[found.st_ino] = path
        with ThreadPoolExecutor(SYNCING) as pool:
            for _ in pool.map(sync, waiting.values()):
                pass
        self._held |= waiting.keys()

    @contextmanager
    def _renamed(self, number: int) -> Iterator[None]:
        """Rename the draft to its number; back, if the body fails before the link is replaced."""
        os.close(os.open(self.generations.folder / f"{number}.lock", os.O_CREAT, 0o666))
        final = self.generations.path(number)
        self.path.rename(final)
        try:
            sync(self.generations.folder)
            yield
        except BaseException:
            if self.generations.current() != number:
                final.rename(self.path)
            raise

    def _discard(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self._release()

    def _release(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock >= 0:
            self.store.close()
            self._discard()
