"""Load and unload sources: stream, check, map, difference, write, publish.

A load writes all that a generation needs, so none ever lacks a part: the source's graph, its share
of `shared`, `links` and `about`, the withdrawn IRIs, counts and text index. The files of one load
are one source. Loading what is held already writes nothing.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ingest.errors import BaseDiffers, LoadError, LoadFailed
from ingest.jobs import Progress
from ingest.loading import Load
from ingest.readers import ReadError
from ingest.reports import LoadReport
from ingest.requests import Request, stem
from ontology.iris import DEFAULT_PORT, Iris
from queries.generations import Generations
from queries.writes.drafts import Draft

__all__ = ["LoadReport", "Progress", "load", "settle_base", "silent", "stem", "unload"]

DEFAULT_BASE = f"http://localhost:{DEFAULT_PORT}/"
WAIT = 10.0  # seconds for another writer


def silent(phase: str, done: int, total: int | None) -> None:
    """Nobody watches."""


def load(
    data: Path,
    files: Sequence[Path],
    *,
    source: str | None = None,
    base: str | None = None,
    format: str | None = None,
    columns: dict[str, str] | None = None,
    without: Iterable[str] = (),
    replace: bool = False,
    strict: bool = False,
    errors: Path | None = None,
    licence: str = "",
    publisher: str = "",
    homepage: str = "",
    wait: float = WAIT,
    progress: Progress = silent,
) -> LoadReport:
    """Make the data folder hold what these files say, as one source.

    `source` is by default the first file's name up to its first dot. A name in use is reloaded from
    files of the same names (folders aside), from others only with `replace`. `columns` maps columns
    of tables to fields; `without` names the repairs that are not to be made. `errors` takes the
    errors as JSON Lines. Raises LoadError or ReadError, and then nothing was written.
    """
    paths = tuple(Path(path) for path in files)
    request = Request(
        source=source or stem(paths[0]),
        files=paths,
        base=base,
        format=format,
        columns=columns,
        without=tuple(sorted(set(without))),
        replace=replace,
        strict=strict,
        errors=errors,
        licence=licence,
        publisher=publisher,
        homepage=homepage,
    )
    with _writing(data, wait, progress) as draft:
        return _timed(
            Load(draft, settle_base(draft, base), request, progress).run, time.monotonic()
        )


def unload(
    data: Path, source: str, *, wait: float = WAIT, progress: Progress = silent
) -> LoadReport:
    """Take a source out: what no other source says goes with it, and its IRIs are withdrawn."""
    with _writing(data, wait, progress) as draft:
        work = Load(draft, settle_base(draft, None), Request(source, ()), progress)
        return _timed(work.unload, time.monotonic())


def _timed(work: Callable[[], LoadReport], started: float) -> LoadReport:
    report = work()
    return replace(report, seconds=round(time.monotonic() - started, 2))


@contextmanager
def _writing(data: Path, wait: float, progress: Progress) -> Iterator[Draft]:
    """A draft; what fails meanwhile is one line, and the last generation stays."""

    def announce(phase: str) -> None:
        progress(phase, 0, None)

    try:
        with Generations(data, "quiver load", announce).write(wait) as draft:
            yield draft
    except (ReadError, LoadError):
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise LoadFailed(f"{where}{error.strerror or error}; nothing was changed") from error


def settle_base(draft: Draft, base: str | None) -> Iris:
    """The base of the store: the stored one, which a given one must equal, or else this one."""
    stored = draft.meta.get("base")
    if stored and base and Iris(base).base != stored:
        raise BaseDiffers(stored, base)
    iris = Iris(stored or base or DEFAULT_BASE)
    draft.meta["base"] = iris.base
    return iris
