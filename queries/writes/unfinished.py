"""What is being written and is not whole yet: a file without a name, a folder that somebody holds.

A process that is killed leaves nothing: a file that has no name goes with its last descriptor, and
a folder that no living process holds is removed by the next one that wants such a folder.
"""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

# What file systems without nameless files answer: old kernels take the flag for a folder's.
_UNABLE = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOSYS)


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A text file that stands there when all of it is written; until then what was there stays.

    Where the file system has no nameless files (NFS, some of FUSE) it has a name ending in `.tmp`
    meanwhile, which a process that is killed by SIGKILL leaves. What is no file, a pipe or a
    terminal, is written to as it comes.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
        return
    target = path.resolve()  # of a link the file that it leads to
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    descriptor = _nameless(target.parent)
    try:
        with _opened(descriptor, unfinished) as file:
            yield file
            if descriptor is not None:
                file.flush()
                _name(descriptor, unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _opened(descriptor: int | None, path: Path) -> TextIO:
    return open(  # noqa: PTH123 - it may be a descriptor
        path if descriptor is None else descriptor, "w", encoding="utf-8", newline=""
    )


def _nameless(folder: Path) -> int | None:
    """A new file of this folder's file system that has no name; nothing where there is none."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return None
    try:
        return os.open(folder, flag | os.O_WRONLY, 0o666)
    except OSError as error:
        if error.errno in _UNABLE:
            return None
        raise


def _name(descriptor: int, path: Path) -> None:
    """Give a nameless file a name: it is whole by now, and will have its own in a moment."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        # With a descriptor of a folder Python calls linkat, which goes where the link leads.
        os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A folder for the time being; those of the same prefix that nobody holds are removed."""
    with ExitStack() as stack:
        with _held(parent):  # nobody takes for left behind what was just made
            for left in parent.glob(f"{prefix}*"):
                with suppress(OSError), _held(left, fcntl.LOCK_NB):  # somebody's, or gone already
                    shutil.rmtree(left)
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix=prefix, dir=parent))
            )
            stack.enter_context(_held(folder))
        yield folder


@contextmanager
def _held(folder: Path, waiting: int = 0) -> Iterator[None]:
    """Hold a folder until this process ends, at the latest."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | waiting)
        yield
    finally:
        os.close(descriptor)
