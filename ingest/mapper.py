"""Runs a spool job: here for small files, else in a process beside the loading store."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from ingest import outlets, spool
from ingest.counts import Counts
from ingest.errors import HashCollision, LoadFailed, StoppedByError
from ingest.jobs import CollisionError, Found, Job, Progress, StrictError, found_again
from ingest.readers import ReadError
from ontology.iris import Iris
from queries.writes.bulk import Graphs, Growing, add_stream

SMALL = 2 << 20  # bytes of files: below, starting a process costs more than it saves
COPIED = 1 << 20  # bytes at once
WAIT = 0.2  # seconds between two words on progress
ROOT = Path(__file__).resolve().parent.parent


def run(job: Job, engine: ox.Store | None, progress: Progress) -> Found:
    """Do the job; with a store, what it maps is loaded into that meanwhile."""
    if sum(Path(name).stat().st_size for name in job.files) < SMALL:
        return _here(job, engine, progress)
    with _child(job, engine is not None) as (child, pipe):
        if engine is None:
            return _listen(child, progress)
        with _loading(engine, job, pipe) as loading:
            found = _listen(child, progress)
            loading.finish(Counts.of(found.counts).total, progress)
        return found


def _here(job: Job, engine: ox.Store | None, progress: Progress) -> Found:
    try:
        found = spool.run(replace(job, closing=None if engine is None else -1), progress)
    except StrictError as error:
        raise StoppedByError(error.where, str(error)) from None
    except CollisionError as error:
        raise HashCollision(str(error)) from None
    if engine is not None:
        _load_at_once(engine, job)
    return found


def _graphs(job: Job) -> Iterator[tuple[str, Path]]:
    """The graphs, the source's own first, and the files of their lines; one may come twice."""
    iris, scratch = Iris(job.base), Path(job.scratch)
    yield iris.source_graph(job.source), scratch / "source/runs.nt"
    yield iris.graph("links"), scratch / "links/runs.nt"
    yield iris.graph("shared"), scratch / "shared/runs.nt"
    yield iris.graph("shared"), scratch / spool.ALONE


def _load_at_once(engine: ox.Store, job: Job) -> None:
    """All graphs as one document: few files, as each bulk load adds some to the store."""
    whole = Path(job.scratch, "whole.trig")
    with whole.open("wb") as target:
        for graph, path in _graphs(job):
            if path.exists():
                target.write(f"<{graph}> {{\n".encode())
                with path.open("rb") as lines:
                    shutil.copyfileobj(lines, target, COPIED)
                target.write(b"}\n")
    engine.bulk_load(path=str(whole), format=ox.RdfFormat.TRIG, lenient=True)
    whole.unlink()


@contextmanager
def _child(job: Job, streamed: bool) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process doing the job, and the pipe that it closes when all is mapped (or -1)."""
    reading, writing = os.pipe() if streamed else (-1, -1)
    code = "import sys; sys.path[:] = sys.argv[1:]; from ingest.mapping_process import main; main()"
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", code, str(ROOT), *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        pass_fds=(writing,) if streamed else (),
    )
    try:
        if streamed:
            os.close(writing)
        assert child.stdin is not None
        child.stdin.write(json.dumps(asdict(replace(job, closing=writing if streamed else None))))
        child.stdin.close()
        yield child, reading
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
        if streamed:
            os.close(reading)


class _Loading(threading.Thread):
    """Loads what is mapped meanwhile; the other side closes its end of the pipe after it."""

    def __init__(self, engine: ox.Store, job: Job, pipe: int) -> None:
        super().__init__(name="bulk load")
        self._engine, self._job, self._pipe = engine, job, pipe
        self._before = 0  # bytes of the files that are loaded
        self._lines: Growing | None = None
        self._failed: Exception | None = None

    def run(self) -> None:
        """Load all graphs at once; what fails is raised where one waits for it."""
        try:
            add_stream(self._engine, Graphs(self._parts()), ox.RdfFormat.N_QUADS)
        except Exception as error:
            self._failed = error

    def _parts(self) -> Iterator[tuple[str, Growing]]:
        for name, path in _graphs(self._job):
            with closing(Growing(path, self._pipe)) as self._lines:
                yield name, self._lines
                self._before += self._lines.bytes
                self._lines = None
            if not Path(self._job.scratch, outlets.MAPPED).exists():
                return  # it ended before its time, and says why

    def finish(self, quads: int, progress: Progress) -> None:
        """Wait for the rest of so many quads in all."""
        size = sum(path.stat().st_size for _, path in _graphs(self._job) if path.exists()) or 1
        progress("indexing quads", 0, quads)
        while self.is_alive():
            lines = self._lines
            done = self._before + (lines.bytes if lines else 0)
            progress("indexing quads", quads * done // size, quads)
            self.join(WAIT)

    def check(self) -> None:
        """Raise what has failed."""
        if self._failed:
            reason = f"the store could not be written: {self._failed}"
            raise LoadFailed(reason) from self._failed


@contextmanager
def _loading(engine: ox.Store, job: Job, pipe: int) -> Iterator[_Loading]:
    """Load in a thread; it ends when the other side has, however that does."""
    thread = _Loading(engine, job, pipe)
    thread.start()
    try:
        yield thread
    finally:
        thread.join()
    thread.check()


def _listen(child: "subprocess.Popen[str]", progress: Progress) -> Found:
    assert child.stdout is not None
    for line in child.stdout:
        said = json.loads(line)
        if isinstance(said, list):
            progress(*said)
        else:
            return _result(said)
    status = child.wait()
    raise LoadFailed(f"the mapping process ended early (status {status})")


def _result(said: dict[str, Any]) -> Found:
    if "found" in said:
        return found_again(said["found"])
    if "strict" in said:
        raise StoppedByError(*said["strict"])
    if "collision" in said:
        raise HashCollision(said["collision"])
    if "read" in said:
        raise ReadError(*said["read"])
    raise OSError(*said["system"])
