"""The errors of stores and generations: one base class, each with the value that caused it.

What a query can end in stands in `queries.pool.answers`.

QueriesError
├── StoreError             a store could not do what was asked
│   ├── InvalidIri         not an absolute IRI; `.value`
│   ├── BindingError       a term cannot stand where the query has its variable; `.variable`
│   ├── Unsupported        the store lacks a capability that it would take; `.capability`
│   ├── EndpointError      a remote store failed or answered nonsense; `.url`, `.status`
│   └── StoreClosed        the store was closed before
└── GenerationError        the data folder is not as it should be
    ├── NoData             nothing was ever published there; `.data`
    ├── Locked             another writer holds the folder; `.holder`
    ├── SchemaMismatch     written by another version's layout; `.found`
    ├── Broken             a link or file is missing or damaged; `.path`
    ├── NoSuchGeneration   rollback to one that is not held; `.number`
    ├── BadBackup          a file that holds no whole backup; `.path`
    └── StillOpen          a result is still being read when its draft should close; `.path`
"""

from collections.abc import Sequence
from pathlib import Path


class QueriesError(Exception):
    """What every error of this package is."""


class StoreError(QueriesError):
    """A store could not do what was asked."""


class InvalidIri(StoreError, ValueError):
    """`value` is not an absolute IRI."""

    def __init__(self, value: str, reason: object) -> None:
        super().__init__(f"{value!r} is no absolute IRI: {reason}")
        self.value = value


class BindingError(StoreError, ValueError):
    """The term bound to `variable` cannot stand where the query has the variable."""

    def __init__(self, variable: str, reason: str) -> None:
        super().__init__(f"?{variable}: {reason}")
        self.variable = variable


class Unsupported(StoreError, NotImplementedError):
    """The store lacks the `capability` that the call would take."""

    def __init__(self, capability: str, reason: str) -> None:
        super().__init__(f"{capability}: {reason}")
        self.capability = capability


class EndpointError(StoreError, OSError):
    """A remote store failed; `status` is its HTTP status, or None where there was no answer."""

    def __init__(self, url: str, reason: str, status: int | None = None) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.status = status


class StoreClosed(StoreError, ValueError):
    """The store was closed before the call."""

    def __init__(self) -> None:
        super().__init__("the store is closed")


class GenerationError(QueriesError):
    """The data folder is not as it should be."""


class NoData(GenerationError, FileNotFoundError):
    """Nothing was ever published in the folder `data`."""

    def __init__(self, data: Path) -> None:
        super().__init__(f"{data}: no data here yet; `quiver load` or `quiver demo` makes it")
        self.data = data


class Locked(GenerationError, TimeoutError):
    """Another writer holds the folder `data`; `holder` says its name and process id."""

    def __init__(self, data: Path, holder: str) -> None:
        super().__init__(f"{data}: being written by {holder}; try again when it is done")
        self.data = data
        self.holder = holder


class SchemaMismatch(GenerationError, ValueError):
    """The generation at `path` has the layout `found`, which this version cannot read."""

    def __init__(self, path: Path, found: object, known: int) -> None:
        super().__init__(f"{path}: has schema {found!r}; this version of Quiver reads {known}")
        self.path = path
        self.found = found


class Broken(GenerationError, OSError):
    """A link or a file of the folder is missing or damaged at `path`."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


class NoSuchGeneration(GenerationError, LookupError):
    """There is no generation `number` to go back to; `held` are those there are."""

    def __init__(self, number: int | None, held: Sequence[int]) -> None:
        which = "an earlier generation" if number is None else f"generation {number}"
        there = ", ".join(map(str, held)) or "none"
        super().__init__(f"{which} is not held; there is: {there}")
        self.number = number
        self.held = held


class BadBackup(GenerationError, ValueError):
    """The file at `path` is no backup, is cut off, or was changed since it was made."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


class StillOpen(GenerationError, RuntimeError):
    """The draft's store at `path` cannot be closed: a result of it is still being read."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: a result of this store is still being read")
        self.path = path
