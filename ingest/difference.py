"""Replacement by difference: a graph's new blocks against its side file, both read as streams.

Only what vanished is removed from the store and only what came is added, and what is reported is
the same difference; one that is empty writes nothing. `replace` does all of it for one graph.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from ingest import counts, sidefiles
from ingest.lines import key
from ontology import terms
from ontology.iris import Iris
from queries.writes.bulk import add_lines
from queries.writes.drafts import Draft

AMENDMENTS = 16  # of one side file; the next one makes them one, as readers merge them all
AMENDED_FRACTION = 0.1  # of a base's size in amendments: above, they are merged into it
BASE = "base.nt.gz"
REBUILD_FRACTION = 0.2  # of the store's quads removed: above, a rebuild is faster than removing
REBUILD_LEAST = 200_000  # quads removed: below, removing takes a few seconds whatever the store
BULK_LEAST = 20_000  # quads added: below, starting a bulk load takes longer than adding them

Change = tuple[bytes | None, bytes | None]  # a block before and after

_LOAD = f" <{terms.LOAD_PROPERTY}> ".encode()


@dataclass(frozen=True, slots=True)
class Difference:
    """How many quads a graph lost and got."""

    graph: str
    removed: int = 0
    added: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not (self.removed or self.added)


class SideFile:
    """The blocks of one graph beside the store: `links`, `source/{name}`, `shared/{name}`."""

    def __init__(self, draft: Draft, name: str) -> None:
        kind, slash, source = name.partition("/")
        self.draft = draft
        self.folder = f"quads/{kind}/{quote(source, safe='')}" if slash else f"quads/{kind}"

    def paths(self) -> list[Path]:
        """The base and its amendments, oldest first."""
        names = {BASE}
        for generation in (self.draft.previous, self.draft.path):
            if generation is not None:
                names |= {path.name for path in (generation / self.folder).glob("[0-9]*.nt.gz")}
        ordered = sorted(names - {BASE})
        found = (self.draft.read_path(f"{self.folder}/{name}") for name in [BASE, *ordered])
        return [path for path in found if path is not None]

    def read(self) -> Iterator[bytes]:
        """The blocks, in order."""
        return sidefiles.read(self.paths())

    def adopt(self, path: Path) -> None:
        """Make this finished file the base, in the place of all there was."""
        base = self.draft.path / self.folder / BASE
        base.parent.mkdir(parents=True, exist_ok=True)
        for old in self.paths():
            if old.name != BASE:
                self.draft.drop(f"{self.folder}/{old.name}")
        path.replace(base)

    def append(self, path: Path) -> None:
        """Make this finished file an amendment: its blocks replace those of the same keys."""
        old = self.paths()
        if not old:
            self.adopt(path)
            return
        number = max((int(held.name[:4]) for held in old[1:]), default=0) + 1
        own = self.draft.path / self.folder / f"{number:04}.nt.gz"
        own.parent.mkdir(parents=True, exist_ok=True)
        path.replace(own)
        if len(old) > AMENDMENTS:
            self._merge(self.paths(), number)

    def _merge(self, paths: list[Path], number: int) -> None:
        """Make amendments one; merge them into the base where they are not small beside it."""
        base, *amendments = paths
        sizes = (path.stat().st_size for path in amendments)
        if sum(sizes) > AMENDED_FRACTION * base.stat().st_size:
            self.rewrite(self.read())
            return
        fresh = self.draft.path / f"{self.folder}.tmp"
        write(fresh, sidefiles.newest(amendments))
        for path in amendments:
            self.draft.drop(f"{self.folder}/{path.name}")
        fresh.replace(self.draft.path / self.folder / f"{number:04}.nt.gz")

    def rewrite(self, blocks: Iterable[bytes]) -> None:
        """Replace all by these blocks, given in order."""
        fresh = self.draft.path / f"{self.folder}.tmp"
        write(fresh, blocks)
        self.adopt(fresh)

    def amend(self, changes: Iterable[Change]) -> None:
        """Replace some blocks; changes in order of their keys."""
        fresh = self.draft.path / f"{self.folder}.tmp"
        write(
            fresh,
            (new or sidefiles.GONE + key(old or b" ") + b"\n" for old, new in changes),
        )
        self.append(fresh)

    def drop(self) -> None:
        """Leave the graph out of the generation."""
        for path in self.paths():
            self.draft.drop(f"{self.folder}/{path.name}")


def write(path: Path, blocks: Iterable[bytes]) -> int:
    """Write blocks, given in order, as one file; how many lines they have."""
    writer = sidefiles.Writer(path)
    for block in blocks:
        writer.write(block)
    writer.close()
    return writer.lines


def compare(old: Iterator[bytes], new: Iterator[bytes]) -> Iterator[Change]:
    """Every block before and after; one that differs in its q:load only stays as it was."""
    before, after = next(old, None), next(new, None)
    while before is not None or after is not None:
        if after is None or (before is not None and key(before) < key(after)):
            yield before, None
            before = next(old, None)
        elif before is None or key(after) < key(before):
            yield None, after
            after = next(new, None)
        else:
            same = before == after or _without_load(before) == _without_load(after)
            yield before, before if same else after
            before, after = next(old, None), next(new, None)


def _without_load(block: bytes) -> bytes:
    """The block without the line that says which load last changed it."""
    place = block.find(_LOAD)
    if place < 0:
        return block
    return block[: block.rfind(b"\n", 0, place) + 1] + block[block.index(b"\n", place) + 1 :]


class Changes:
    """The blocks that changed, kept on disk, with their lines ready for the store."""

    def __init__(self, scratch: Path) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        self.gone_path = scratch / "gone.nt"
        self.added_path = scratch / "added.nt"
        self._pairs_path = scratch / "pairs"
        self.removed = self.added = 0

    def take(self, changes: Iterable[Change]) -> Iterator[bytes]:
        """Keep what changed; give the blocks of the new state, in order."""
        with (
            self.gone_path.open("wb") as gone,
            self.added_path.open("wb") as added,
            self._pairs_path.open("wb") as pairs,
        ):
            for old, new in changes:
                if old != new:
                    before, after = _lines(old), _lines(new)
                    self.removed += len(before - after)
                    self.added += len(after - before)
                    gone.writelines(sorted(before - after))
                    added.writelines(sorted(after - before))
                    pickle.dump((old, new), pairs, pickle.HIGHEST_PROTOCOL)
                if new is not None:
                    yield new

    def __iter__(self) -> Iterator[Change]:
        with self._pairs_path.open("rb") as pairs:
            while True:
                try:
                    yield pickle.load(pairs)
                except EOFError:
                    return

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not (self.removed or self.added)


def _lines(block: bytes | None) -> set[bytes]:
    return set() if block is None else set(block.splitlines(keepends=True))


def replace(draft: Draft, name: str, blocks: Iterable[bytes]) -> Difference:
    """Make a graph (`links`, `source/{name}`) hold just these blocks, in any order.

    Any line of N-Triples is a block; those of one subject are put together. Store, side file and
    counts follow the difference; nothing is written where there is none.
    """
    scratch = draft.path / "replace.tmp"
    sorter = sidefiles.Sorter(scratch)
    for block in blocks:
        sorter.add(block)
    return replace_sorted(draft, name, sorter.sorted(), scratch)[0]


def replace_sorted(
    draft: Draft,
    name: str,
    blocks: Iterator[bytes],
    scratch: Path,
    known: Callable[[Changes], None] = lambda changes: None,
) -> tuple[Difference, Changes]:
    """The same for blocks in order; also gives the changes, to be read before scratch goes.

    `known` is called with them before the store is changed.
    """
    side = SideFile(draft, name)
    changes = Changes(scratch)
    fresh = scratch / "fresh.nt.gz"
    write(fresh, changes.take(compare(side.read(), blocks)))
    known(changes)
    if not changes.is_empty:
        side.adopt(fresh)
        apply(draft, name, changes, side)
    return Difference(graph_of(draft, name), changes.removed, changes.added), changes


def amend(draft: Draft, name: str, pairs: Iterable[Change], scratch: Path) -> Difference:
    """Change some blocks of a graph: pairs of before and after, in any order."""
    ordered = sorted(pairs, key=lambda pair: key(pair[0] or pair[1] or b" "))
    changes = Changes(scratch)
    for _ in changes.take(ordered):
        pass
    if not changes.is_empty:
        side = SideFile(draft, name)
        side.amend(iter(changes))
        apply(draft, name, changes, side)
    return Difference(graph_of(draft, name), changes.removed, changes.added)


def graph_of(draft: Draft, name: str) -> str:
    """The IRI of the graph that a side file is of."""
    iris = Iris(draft.meta["base"])
    kind, slash, source = name.partition("/")
    return iris.source_graph(source) if slash and kind == "source" else iris.graph(kind)


def apply(draft: Draft, name: str, changes: Changes, side: SideFile | None) -> None:
    """Bring the store and the counts from the old state of a graph to the new one.

    Much to remove is done by a rebuild, if a side file holds the whole graph.
    """
    known = counts.read(draft.read_path(counts.FILE))
    total = sum(known.graphs.values())
    graph = graph_of(draft, name)
    label = graph.removeprefix(Iris(draft.meta["base"]).graph(""))
    for path, times in ((changes.gone_path, -1), (changes.added_path, 1)):
        with path.open("rb") as stream:
            while lines := stream.readlines(1 << 20):
                known.count(label, b"".join(lines), times)
    counts.write(draft.path / counts.FILE, known)
    if side and changes.removed > max(REBUILD_LEAST, REBUILD_FRACTION * total):
        rebuild(draft, graph, side)
        return
    target = ox.NamedNode(graph)
    engine = draft.store.engine
    for quad in parsed(changes.gone_path, target):
        engine.remove(quad)
    if changes.added < BULK_LEAST:
        engine.extend(parsed(changes.added_path, target))
    else:
        add_file(engine, changes.added_path, target)


def parsed(path: Path, graph: ox.NamedNode) -> Iterator[ox.Quad]:
    """The triples of a file as quads of a graph."""
    for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES, lenient=True):
        yield ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def add_file(engine: ox.Store, path: Path, graph: ox.NamedNode) -> None:
    """Add N-Triples of our own making to a graph: their IRIs were checked when they were made."""
    add_lines(engine, path, ox.RdfFormat.N_TRIPLES, graph)


def rebuild(draft: Draft, graph: str, side: SideFile) -> None:
    """A new store with all other graphs as they were and this one as its side file has it."""
    scratch = draft.path / "rebuild.tmp"
    scratch.mkdir()
    engine = draft.store.engine
    kept: list[tuple[ox.NamedNode, Path]] = []
    for number, other in enumerate(engine.named_graphs()):
        if isinstance(other, ox.NamedNode) and other.value != graph:
            kept.append((other, scratch / f"{number}.nt"))
            engine.dump(str(kept[-1][1]), format=ox.RdfFormat.N_TRIPLES, from_graph=other)
    with (scratch / "new.nt").open("wb") as stream:
        for block in side.read():
            stream.write(block)
    del engine
    engine = draft.replace_store().engine
    for name, path in chain(kept, [(ox.NamedNode(graph), scratch / "new.nt")]):
        add_file(engine, path, name)
        path.unlink()
    scratch.rmdir()
