"""The errors of loading: one base class, each a line for a person with the value that caused it.

LoadError
├── SourceInUse        the name belongs to other files; `.source`
├── NoSuchSource       nothing of this name is held; `.source`
├── BaseDiffers        the store has another base; `.base`
├── StoppedByError     a strict load met its first error; `.where`
├── HashCollision      two keys have one hash
└── LoadFailed         the files or the disk failed meanwhile
Files that cannot be read at all are `ingest.readers.ReadError`.
"""

from collections.abc import Sequence


class LoadError(Exception):
    """What every error of loading is."""


class SourceInUse(LoadError, ValueError):
    """The source `source` is held from files of other names."""

    def __init__(self, source: str, held: Sequence[str], given: Sequence[str]) -> None:
        super().__init__(
            f"source {source!r} is held from {', '.join(held)}, not from {', '.join(given)}:"
            " use --replace to replace it, or --source NAME for a new one"
        )
        self.source = source


class NoSuchSource(LoadError, LookupError):
    """No source `source` is held."""

    def __init__(self, source: str, held: Sequence[str]) -> None:
        super().__init__(f"no source {source!r}; there is: {', '.join(held) or 'none'}")
        self.source = source


class BaseDiffers(LoadError, ValueError):
    """The store has the base `base`, not the one that was given."""

    def __init__(self, base: str, given: str) -> None:
        super().__init__(f"the store's base is {base}, not {given}: `quiver rebase` changes it")
        self.base = base


class StoppedByError(LoadError, ValueError):
    """A strict load met an error at `where`; nothing was written."""

    def __init__(self, where: str, text: str) -> None:
        super().__init__(text)
        self.where = where


class HashCollision(LoadError):
    """Two keys have one hash: the load stopped, as two things would become one."""


class LoadFailed(LoadError, OSError):
    """A file or the disk failed during the load; the last generation serves on."""
