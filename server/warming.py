"""Readies a server that has just started, so that its first visitors wait no longer than others.

Templates are compiled, the files of the store and of the text index read ahead where memory has
room for them (on a cold disk a look-up takes ten times as long), a few names reconciled, and
counted what pages of large venues and sources show.
"""

import logging
import os
from pathlib import Path
from threading import Thread

from flask import Flask

from queries.errors import GenerationError
from queries.pool.answers import QueryError
from server.context import Service
from server.pages import home, places, sources
from server.reconciliation import matching

LOG = logging.getLogger("quiver.server")
VENUES, LARGE = 20, 2000  # the largest venues, if they have as many papers
SOURCES = 5  # the largest, likewise
TEMPLATES = (
    "base.html", "macros.html", "foot.html", "publication.html", "author.html", "search.html",
)  # fmt: skip
STEP = 1 << 20  # of a file at once: Linux reads no more than some MB of what it is asked for
SHARE = 2  # files are read ahead that fill no more than one part in so many of free memory


def begin(app: Flask, held: Service) -> None:
    """Start to ready it, and wait for nothing."""
    Thread(target=_ready, args=(app, held), name="warming", daemon=True).start()


def _ready(app: Flask, held: Service) -> None:
    try:
        compile_templates(app)
        for name in ("text.sqlite", "store"):
            read_ahead(held.snapshot.path / name)
        home.warm(held)
        with app.test_request_context():
            matching.warm(held)
            warm_venues(held)
            sources.warm(held, SOURCES, LARGE)
    except (GenerationError, QueryError, OSError) as error:  # requests say so
        LOG.info("not all could be made ready: %s", error)
    finally:
        held.made_ready = True


def compile_templates(app: Flask) -> None:
    """Compile what would be compiled at the first use, which takes a fifth of a second for some."""
    for name in TEMPLATES:
        app.jinja_env.get_template(name)


def warm_venues(held: Service) -> None:
    """Count what the pages of the largest venues show; later visits find it kept."""
    if held.index is not None:
        for hit in held.index.largest("venue", VENUES):
            if hit.papers >= LARGE:
                places.warm(held, hit.iri)


def read_ahead(path: Path) -> int:
    """Ask the system to have this file, or all in this folder, in memory.

    Gives their bytes, none where they are many.
    """
    files = [file for file in (path, *path.rglob("*")) if file.is_file()]
    total = sum(file.stat().st_size for file in files)
    if total > free_memory() // SHARE:
        return 0
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            for place in range(0, file.stat().st_size, STEP):
                os.posix_fadvise(descriptor, place, STEP, os.POSIX_FADV_WILLNEED)
        finally:
            os.close(descriptor)
    return total


def free_memory() -> int:
    """Bytes that the system could give; nothing where it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    told = next((line for line in lines if line.startswith("MemAvailable:")), "0 0 kB")
    return int(told.split()[1]) * 1024
