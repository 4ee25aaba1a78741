"""Runs a spool job: here for small files, else in a process beside the loading store."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from ingest import outlets, spool
from ingest.difference import add_file
from ingest.errors import HashCollision, LoadFailed, StoppedByError
from ingest.jobs import CollisionError, Found, Job, Progress, StrictError, found_again
from ingest.readers import ReadError
from ontology.iris import Iris

SMALL = 2 << 20  # bytes of files: below, starting a process costs more than it saves
PIPE = 1 << 20
ROOT = Path(__file__).resolve().parent.parent


def run(job: Job, engine: ox.Store | None, progress: Progress) -> Found:
    """Do the job; with a store, what it maps is loaded into that meanwhile."""
    if sum(Path(name).stat().st_size for name in job.files) < SMALL:
        return _here(job, engine, progress)
    with _child(job, engine is not None) as (child, stream):
        if engine is None:
            return _listen(child, progress)
        with _loading(engine, job, stream):
            found = _listen(child, progress)
            progress("indexing quads", 0, None)
        return found


def _here(job: Job, engine: ox.Store | None, progress: Progress) -> Found:
    path = Path(job.scratch, "source.nt") if engine is not None else None
    try:
        found = spool.run(replace(job, stream=None if path is None else str(path)), progress)
    except StrictError as error:
        raise StoppedByError(error.where, str(error)) from None
    except CollisionError as error:
        raise HashCollision(str(error)) from None
    if engine is not None and path is not None:
        _load_at_once(engine, job, path)
    return found


def _others(job: Job) -> Iterator[tuple[str, Path]]:
    """The graphs beside the source's own, and the files of their lines; one may come twice."""
    iris, scratch = Iris(job.base), Path(job.scratch)
    for name, file in (("links", "links/runs.nt"), ("shared", "shared/runs.nt")):
        yield iris.graph(name), scratch / file
    yield iris.graph("shared"), scratch / spool.ALONE


def _load_at_once(engine: ox.Store, job: Job, source: Path) -> None:
    """All graphs as one document: few files, as each bulk load adds some to the store."""
    whole = Path(job.scratch, "whole.trig")
    with whole.open("wb") as target:
        for graph, path in ((Iris(job.base).source_graph(job.source), source), *_others(job)):
            if path.exists():
                target.write(f"<{graph}> {{\n".encode())
                with path.open("rb") as lines:
                    shutil.copyfileobj(lines, target, PIPE)
                target.write(b"}\n")
    engine.bulk_load(path=str(whole), format=ox.RdfFormat.TRIG, lenient=True)
    whole.unlink()


@contextmanager
def _child(job: Job, streamed: bool) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process doing the job, and the end of the pipe by which its quads come (or -1)."""
    reading, writing = os.pipe() if streamed else (-1, -1)
    own = replace(job, stream=f"/dev/fd/{writing}" if streamed else None)
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
            _widen(reading)
        assert child.stdin is not None
        child.stdin.write(json.dumps(asdict(own)))
        child.stdin.close()
        yield child, reading
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
        if streamed:
            os.close(reading)


def _widen(pipe: int) -> None:
    """A larger pipe, where the system has that: fewer turns between the two sides."""
    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


@contextmanager
def _loading(engine: ox.Store, job: Job, stream: int) -> Iterator[None]:
    """Load from the pipe in a thread, then the other graphs; it ends when the other side does."""
    failed: list[Exception] = []

    def work() -> None:
        try:
            graph = Iris(job.base).source_graph(job.source)
            add_file(engine, Path(f"/dev/fd/{stream}"), ox.NamedNode(graph))
            for name, path in _others(job) if Path(job.scratch, outlets.MAPPED).exists() else ():
                if path.exists():
                    add_file(engine, path, ox.NamedNode(name))
        except Exception as error:
            failed.append(error)
            _drain(stream)

    thread = threading.Thread(target=work, name="bulk load")
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if failed:
        raise LoadFailed(f"the store could not be written: {failed[0]}") from failed[0]


def _drain(stream: int) -> None:
    """Read on, so that the writer ends by itself and says what it knows."""
    while os.read(stream, 1 << 16):
        pass


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
