"""The files of a generation: what they are called, what meta.json says, linked and synced."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from queries.errors import Broken, SchemaMismatch, StillOpen

SCHEMA = 1  # the layout of a generation; raised when an older version could misread a newer one
DRAFT = "next.tmp"
UPKEEP = "upkeep"  # in meta.json: made by the server itself, and says what the one before did
DESCRIBED = "described"  # in meta.json: the number of the generation that `graph/about` tells of

Meta = dict[str, Any]


def read_meta(path: Path) -> Meta:
    """What a generation says of itself; its schema must be ours."""
    file = path / "meta.json"
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Broken(file, f"cannot be read: {error}") from error
    found = meta.get("schema") if isinstance(meta, dict) else None
    if found != SCHEMA:
        raise SchemaMismatch(path, found, SCHEMA)
    return dict(meta)


def side_files(path: Path) -> Iterator[Path]:
    """The files of a generation beside its store and meta.json."""
    for folder, folders, names in os.walk(path):
        here = Path(folder)
        if here == path:
            folders[:] = [name for name in folders if name != "store"]
        yield from (here / name for name in names if here != path or name != "meta.json")


def link_or_copy(old: Path, new: Path) -> None:
    """A hard link; a copy where the file system has none."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)


def inodes(path: Path) -> frozenset[int]:
    """The inodes of all files below."""
    found: list[int] = []
    waiting = [str(path)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    found.append(entry.inode())
    return frozenset(found)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_closed(store: Path) -> None:
    """Raise StillOpen if this process has files of the store open: pyoxigraph has no close.

    It closes with the last reference, and a result still being read is one. Where /proc is absent
    nothing is checked.
    """
    below = f"{store.resolve()}/"
    with suppress(FileNotFoundError):
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - descriptors come and go
            with suppress(OSError):
                if str(Path("/proc/self/fd", name).readlink()).startswith(below):
                    raise StillOpen(store)
