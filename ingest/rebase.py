"""Another base for every IRI of a store: sources, links and decisions, in one generation.

No key holds the base, so nothing but the beginning of our IRIs changes: what was written under one
base and rebased is what would have been written under the other. IRIs of the user's own graphs that
begin with the old base are addresses of this service too, and move along.
"""

import gzip
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, BinaryIO, cast
from urllib.parse import unquote

import pyoxigraph as ox

from ingest import counts, shared, sources
from ingest.difference import BASE, SideFile
from ingest.lines import block
from ontology.iris import Iris
from queries.errors import NoData
from queries.generations import Generations
from queries.writes.bulk import add_lines
from queries.writes.drafts import Draft

QUADS = "rebase.nq"
TEXT_INDEX = "text.sqlite"
CHUNK = 1 << 20

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Rebased:
    """The base before and after; `generation` is the old one where both are the same."""

    before: str
    after: str
    generation: int


def rebase(data: Path, base: str, wait: float, progress: Progress) -> Rebased:
    """Publish the whole graph under another base. IriError where it cannot be one."""
    after = Iris(base).base
    with Generations(data, "quiver rebase").write(wait) as draft:
        if draft.base is None:
            raise NoData(data)
        before = str(draft.meta["base"])
        if before == after:
            return Rebased(before, after, draft.base)
        move = Move(before, after)
        _store(draft, move, progress)
        progress("side files", 0, None)
        _side_files(draft, move)
        draft.meta["base"] = after
        return Rebased(before, after, draft.publish())


class Move:
    """Text of one base made into text of another."""

    def __init__(self, before: str, after: str) -> None:
        self.before, self.after = before, after
        self._old, self._new = f"<{before}".encode(), f"<{after}".encode()

    def text(self, text: str) -> str:
        """The text, where it begins with the base, with the other base."""
        return self.after + text[len(self.before) :] if text.startswith(self.before) else text

    def value(self, value: Any) -> Any:
        """A JSON value with every string and key moved."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(one) for key, one in value.items()}
        return value

    def lines(self, text: bytes) -> bytes:
        """Whole lines of N-Triples or N-Quads with every IRI moved."""
        return b"".join(map(self._line, text.splitlines(keepends=True)))

    def _line(self, line: bytes) -> bytes:
        """A line has one literal at most, which may say anything and stays."""
        start = line.find(b'"')
        if start < 0:
            return line.replace(self._old, self._new)
        end = line.rindex(b'"')
        moved = line[:start].replace(self._old, self._new)
        return moved + line[start:end] + line[end:].replace(self._old, self._new)


class _Moving:
    """A file to dump a store into, which moves each line on its way."""

    def __init__(self, out: BinaryIO, move: Move, total: int | None, progress: Progress) -> None:
        self.out, self.move, self.total, self.progress = out, move, total, progress
        self.quads = 0
        self._rest = b""

    def write(self, data: bytes) -> int:
        """Take a part of the dump."""
        whole, newline, rest = data.rpartition(b"\n")
        if not newline:
            self._rest += rest
            return len(data)
        text = self._rest + whole + newline
        self._rest = rest
        self.out.write(self.move.lines(text))
        self.quads += text.count(b"\n")
        self.progress("quads", self.quads, self.total)
        return len(data)

    def flush(self) -> None:
        """Nothing: the file is closed in time."""


def _store(draft: Draft, move: Move, progress: Progress) -> None:
    """Write the store anew from its moved dump."""
    dump = draft.path / QUADS
    held = counts.read(draft.read_path(counts.FILE))
    try:
        with dump.open("wb", buffering=CHUNK) as out:
            moving = _Moving(out, move, sum(held.graphs.values()) or None, progress)
            draft.store.engine.dump(cast(IO[bytes], moving), ox.RdfFormat.N_QUADS)
        names = list(draft.store.engine.named_graphs())
        progress("writing", 0, None)
        engine = draft.replace_store().engine
        for name in names:  # empty ones too, which no quad names
            engine.add_graph(_named(move, name))
        add_lines(engine, dump, ox.RdfFormat.N_QUADS)
    finally:
        dump.unlink(missing_ok=True)
    _about(engine, move)


def _named(move: Move, name: ox.NamedNode | ox.BlankNode) -> ox.NamedNode | ox.BlankNode:
    return ox.NamedNode(move.text(name.value)) if isinstance(name, ox.NamedNode) else name


def _about(engine: ox.Store, move: Move) -> None:
    """The literals that are addresses: `q:base`, and those of the description."""
    graph = ox.NamedNode(Iris(move.after).graph("about"))
    for quad in list(engine.quads_for_pattern(None, None, None, graph)):
        value = quad.object
        if isinstance(value, ox.Literal) and value.value.startswith(move.before):
            moved = ox.Literal(move.text(value.value), datatype=value.datatype)
            engine.remove(quad)
            engine.add(ox.Quad(quad.subject, quad.predicate, moved, graph))


def _side_files(draft: Draft, move: Move) -> None:
    """All beside the store that names IRIs; scores and canonical members have local parts."""
    previous = draft.previous
    assert previous is not None
    for base in sorted((previous / "quads").rglob(BASE)):
        side = SideFile(draft, unquote(str(base.parent.relative_to(previous / "quads"))))
        side.rewrite(_blocks(side.read(), move))
    states = sources.read(draft.read_path(sources.FILE))
    moved = {name: replace(state, load=move.text(state.load)) for name, state in states.items()}
    sources.write(draft.path / sources.FILE, moved)
    venues = shared.read_venues(draft.read_path(shared.VENUES_FILE))
    table = {move.text(iri): forms for iri, forms in venues.items()}
    shared.write_venues(draft.path / shared.VENUES_FILE, table)
    for path in sorted([*previous.glob("runs/*.json.gz"), *previous.glob("decided/*.json")]):
        kept = draft.path / path.relative_to(previous)
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(_told(path.read_bytes(), move))
    if draft.read_path(TEXT_INDEX) is not None:
        _index(draft.amend(TEXT_INDEX), move)


def _blocks(blocks: Iterator[bytes], move: Move) -> Iterator[bytes]:
    """The blocks in their order, which is that of what follows the base; their lines anew."""
    for text in blocks:
        yield block(move.lines(text).decode().splitlines(keepends=True)).encode()


def _index(path: Path, move: Move) -> None:
    change = "UPDATE entity SET iri = ? || substr(iri, ?) WHERE substr(iri, 1, ?) = ?"
    length = len(move.before)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(change, (move.after, length + 1, length, move.before))


def _told(text: bytes, move: Move) -> bytes:
    """A JSON file, gzipped or not, with the IRIs in it moved."""
    packed = text.startswith(b"\x1f\x8b")
    told = move.value(json.loads(gzip.decompress(text) if packed else text))
    moved = json.dumps(told, ensure_ascii=False, indent=1).encode()
    return gzip.compress(moved, 1, mtime=0) if packed else moved
