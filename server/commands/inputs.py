"""The files that a command is given, as a load reads them: from the start, more than once.

A pipe can be read only once, and its first bytes tell its format: what comes through `-`, a fifo
or `<(…)` is first written to a file of its own.
"""

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from ingest.errors import LoadError
from ingest.readers.errors import ReadError

STDIN = "stdin"


@contextmanager
def at_hand(files: Sequence[Path], source: str | None) -> Iterator[tuple[Path, ...]]:
    """Files that can be read as often as needed; what is no file, or comes twice, is told."""
    given: set[Path] = set()
    for file in files:
        if file.is_dir():
            raise click.ClickException(f"{file} is a folder: name the files in it, as {file}/*.bib")
        if file.resolve() in given:
            raise click.ClickException(f"{file} is named twice: its records would be loaded twice")
        given.add(file.resolve())
    if _is_pipe(files[0]) and not source:
        raise click.ClickException("what comes through a pipe has no name: give --source NAME")
    with TemporaryDirectory(prefix="quiver-") as folder:
        readable = tuple(
            _written(file, Path(folder), number) if _is_pipe(file) else file
            for number, file in enumerate(files)
        )
        try:
            yield readable
        except (LoadError, ReadError) as error:  # which name the file: not one that nobody knows
            raise click.ClickException(str(error).replace(f"{folder}/", "")) from error


def _is_pipe(file: Path) -> bool:
    return str(file) == "-" or (file.exists() and not file.is_file())


def _written(file: Path, folder: Path, number: int) -> Path:
    """What comes through the pipe as a file, which the records name; empty it is refused."""
    named = STDIN if str(file) in ("-", "/dev/stdin") else "pipe"
    made = folder / (f"{named}-{number + 1}" if number else named)
    with made.open("wb") as to:
        if str(file) == "-":
            shutil.copyfileobj(sys.stdin.buffer, to)
        else:
            with file.open("rb") as pipe:
                shutil.copyfileobj(pipe, to)
    if not made.stat().st_size:
        raise click.ClickException(f"nothing came through {file}; nothing was changed")
    return made
