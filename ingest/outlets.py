"""Where the blocks of one job go: sorted side files, whose runs the store loads, and the index."""

import os
import pickle
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Self

from ingest import sidefiles
from queries.search import textindex

BATCH = 1000
GRAPHS = ("source", "shared", "links")
INDEX_ROWS = "index.rows"  # of the scratch folder: the rows for the text index
MAPPED = "mapped"  # there when all blocks are in the sorters' files

_Row = tuple[str, str, str, str, int, str]


class Outlets:
    """Takes blocks as they are made; `sort` writes the side files.

    With a descriptor, the runs are for a store: it is closed when all of them are written, and they
    stay. One below zero is none.
    """

    def __init__(self, scratch: Path, closing: int | None) -> None:
        self.scratch = scratch
        self.lines = dict.fromkeys(GRAPHS, 0)  # of the side files, known when they are written
        self._closing = closing
        self._sorters = {name: sidefiles.Sorter(scratch / name) for name in GRAPHS}
        self._index_rows: list[_Row] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._index = self._open.enter_context((self.scratch / INDEX_ROWS).open("wb"))
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """All blocks are made: say that what the store loads is complete."""
        if kind is None:
            self._flush_index()
            if self._closing is not None:
                for sorter in self._sorters.values():
                    sorter.spill()
                (self.scratch / MAPPED).touch()
        if self._closing is not None and self._closing >= 0:
            os.close(self._closing)
        self._open.close()

    def put(self, source: str, shared: str, links: str) -> None:
        """Take the blocks of one entity."""
        self._sorters["source"].add(source.encode("utf-8", "replace"))
        if shared:
            self._sorters["shared"].add(shared.encode("utf-8", "replace"))
        self._sorters["links"].add(links.encode("utf-8", "replace"))

    def find(
        self, iri: str, kind: str, label: str, detail: str = "", papers: int = 0, names: str = ""
    ) -> None:
        """Take what can be found of an entity: the fields of a row of the text index."""
        self._index_rows.append((iri, kind, label, detail, papers, names))
        if len(self._index_rows) >= BATCH:
            self._flush_index()

    def _flush_index(self) -> None:
        pickle.dump(self._index_rows, self._index, pickle.HIGHEST_PROTOCOL)
        self._index_rows = []

    def sort(self) -> None:
        """Write the side files."""
        for name, sorter in self._sorters.items():
            writer = sidefiles.Writer(self.scratch / f"{name}.nt.gz")
            for block in sorter.sorted():
                writer.write(block)
            writer.close()
            self.lines[name] = writer.lines
            if self._closing is None:
                sorter.remove()

    def rows(self) -> Iterator[textindex.Row]:
        """The rows for the text index."""
        return (textindex.Row(*values) for values in saved(self.scratch / INDEX_ROWS))


def save(path: Path, entries: Iterator[Any]) -> None:
    """Write entries in batches, for `saved`."""
    with path.open("wb") as stream:
        while batch := list(islice(entries, BATCH)):
            pickle.dump(batch, stream, pickle.HIGHEST_PROTOCOL)


def saved(path: Path) -> Iterator[Any]:
    """Entries that `save` wrote: a file of our own, never one from outside."""
    with path.open("rb") as stream:
        while True:
            try:
                yield from pickle.load(stream)
            except EOFError:
                return
