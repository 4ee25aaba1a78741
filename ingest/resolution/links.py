"""Run resolution on a data folder and write what it found: the only part of it that writes.

A run reads the current generation, compares and clusters publications and then authors, and
replaces `graph/links` by the difference. A run that changes nothing publishes nothing.
"""

import gc
import gzip
import json
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from ingest import about, counts, sidefiles
from ingest.difference import Change, Changes, Difference, apply, replace_sorted
from ingest.lines import block, literal
from ingest.linking import following
from ingest.mapping import LABEL, TYPE
from ingest.resolution import sharing
from ingest.resolution.findable import Findable
from ingest.resolution.gathering import memory, reading
from ingest.resolution.gathering.reading import Held
from ingest.resolution.grouping import register
from ingest.resolution.recall import Kept
from ingest.resolution.report import RunReport
from ingest.resolution.running import Progress, Run, run, silent
from ingest.resolution.sharing import Aside
from ingest.resolution.weighing.scoring import RULE_VERSION
from ontology import terms
from ontology.iris import Iris
from queries.errors import NoData
from queries.generations import Generations, Reader
from queries.search import textindex
from queries.writes.drafts import Draft

TEXT_INDEX = "text.sqlite"
WAIT = 10.0  # seconds for another writer
LARGEST = 20  # changed clusters kept and shown for each run


def resolve(
    data: Path,
    *,
    dry_run: bool = False,
    processes: int | None = None,
    wait: float = WAIT,
    progress: Progress = silent,
) -> RunReport:
    """Find out which publications and which authors are one, and link them.

    With `dry_run` nothing is written, and no writer is kept waiting. Any number of `processes` (by
    default the cores) comes to the same.
    """
    processes = processes or sharing.cores()
    began = time.monotonic()
    generations = Generations(data, "quiver resolve", lambda phase: progress(phase, 0, None))
    if dry_run:
        with generations.open() as reader, no_cycles():
            found = _read(reader, progress, processes)
            return replace(found.report(reader.number, True), seconds=time.monotonic() - began)
    if generations.current() is None:
        raise NoData(data)
    with generations.write(wait) as draft, no_cycles():
        report = Writing(draft, progress, processes).run()
    return replace(report, seconds=time.monotonic() - began)


@contextmanager
def no_cycles() -> Iterator[None]:
    """Without the search for cycles, which a million small objects make long and fruitless."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(reader: Reader, progress: Progress, processes: int) -> Run:
    """A run on a published generation."""
    decided = reading.read_decisions(reader.store.engine, reader.meta["base"])
    progress("reading", 0, None)
    held = reading.read(reader.path, reader.meta["base"], decided, processes)
    before = Kept.read(reader.path)
    return run(held, Iris(reader.meta["base"]), progress, processes, before)


class Writing:
    """A run on a draft, and what it writes there."""

    must_publish = False  # whatever the run finds: something else stands in the draft
    touched: Collection[str] | None = None  # all whose cluster may change, where that is known

    def __init__(self, draft: Draft, progress: Progress, processes: int = 1) -> None:
        assert draft.previous is not None
        self.draft = draft
        self.previous = draft.previous
        self.progress = progress
        self.processes = processes
        self.iris = Iris(draft.meta["base"])
        self.scratch = draft.path / "resolve.tmp"

    @property
    def store(self) -> ox.Store:
        """The draft's store: another one after a rebuild."""
        return self.draft.store.engine

    def run(self) -> RunReport:
        """Publish, unless nothing changed."""
        found = self.found()
        report = found.report(self.draft.base, False)
        self.progress("links", 0, None)
        difference, changes, indexing = self._replace(found)
        kept = {member for member, first in found.canonical().items() if member == first}
        nothing_new = difference.is_empty and kept == found.held.evidence.before.canonical
        waiting = self.draft.meta.pop(memory.WAITING, ())
        if nothing_new and not waiting and not self.must_publish:
            return report
        report = replace(report, changed=True, added=difference.added, removed=difference.removed)
        memory.write_canonical(self.draft.path / memory.CANONICAL_FILE, kept)
        memory.write(self.draft.path / memory.FILE, found.memory(report))
        found.kept.write(self.draft.path)
        if found.known is not None:
            found.known.write(self.draft.path / register.FILE, register.sources_of(self.draft))
        self.remember(found, changes, kept)
        parts = {part.iri: part.row for part in found.resolved.parts}
        self.withdraw(found.held.evidence.before.parts, parts)
        self.progress("text index", 0, None)
        indexing.result()
        self.write_about(report, RULE_VERSION, found.held.digest)
        shutil.rmtree(self.scratch)
        self.progress("publishing", 0, None)
        return replace(report, generation=self.draft.publish())

    def found(self) -> Run:
        """What a run finds."""
        before = Kept.read(self.previous)
        return run(self.held(), self.iris, self.progress, self.processes, before)

    def held(self) -> Held:
        """What the run starts from."""
        decided = reading.read_decisions(self.store, self.iris.base)
        self.progress("reading", 0, None)
        return reading.read(self.previous, self.iris.base, decided, self.processes)

    def remember(self, found: Run, changes: Changes, kept: Collection[str]) -> None:
        """What a later one must know of this run beside what it wrote: here nothing."""

    def _replace(self, found: Run) -> tuple[Difference, Changes, Aside]:
        """Write the links; another process brings the text index to the new state meanwhile."""
        begun: list[Aside] = []

        def index(changes: Changes) -> None:
            begun.append(Aside(lambda: self._index(found, changes), self.processes))

        sorter = sidefiles.Sorter(self.scratch / "sorting")
        for text in found.blocks():
            sorter.add(text.encode("utf-8", "replace"))
        scratch = self.scratch / "difference"
        done = replace_sorted(self.draft, "links", sorter.sorted(), scratch, index)
        return *done, begun[0]

    def _index(self, found: Run, changes: Changes) -> None:
        """Bring what can be found to the new state: only entities that the change touches."""
        gone, fresh = touched(changes, found, f"{self.iris.base}id/")
        below = f"{self.iris.base}id/"
        if gone or fresh:
            rows = Findable(found.held, found.resolved).rows(fresh, below)
            textindex.amend(self.draft.amend(TEXT_INDEX), (below + iri for iri in gone), rows)

    def withdraw(self, before: Mapping[str, str], now: Mapping[str, str]) -> None:
        """Parts that are no more lead to their row; those that are there again, nowhere else."""
        below, at = f"{self.iris.base}id/", about.now()
        pairs: list[Change] = [
            (
                self._said(below + part, "withdrawn"),
                about.withdrawn_block(below + part, at, below + before[part]).encode(),
            )
            for part in sorted(before.keys() - now.keys())
        ]
        came = (
            (self._said(below + part, "withdrawn"), None)
            for part in sorted(now.keys() - before.keys())
        )
        self.put("withdrawn", sorted([*pairs, *(pair for pair in came if pair[0])], key=str))

    # --- about

    def write_about(self, report: RunReport, rule: str, digest: str) -> None:
        """Say what the run was, keep what it changed, count what is there; links out follow."""
        name = report.run.rpartition("/")[2]
        following.follow(self.draft, self.iris, self.put, name, self.touched)
        subject = f"<{report.run}>"
        lines = [
            f"{subject} {TYPE} <{terms.RUN}> .\n",
            f"{subject} {LABEL} {literal(f'Resolution by rule version {rule}')} .\n",
            f"{subject} <{terms.RULE_VERSION}> {literal(rule)} .\n",
            f"{subject} <{terms.INPUT_DIGEST}> {literal(digest)} .\n",
            f"{subject} <{terms.PROV_ENDED_AT_TIME}> {about.now()} .\n",
        ]
        self.put("about", [(self._said(report.run), block(lines).encode())])
        folder = self.draft.path / "runs"
        folder.mkdir(exist_ok=True)
        self._write_difference(folder / f"{report.run.rpartition('/')[2]}.json.gz", report)
        self._write_size()

    def _write_difference(self, path: Path, report: RunReport) -> None:
        """Keep what differs from before beside the generation."""
        held = {"run": report.run, "changes": [change.as_dict() for change in report.changes]}
        with path.open("wb") as raw, gzip.GzipFile("", "wb", 1, raw, mtime=0) as stream:
            stream.write(json.dumps(held, ensure_ascii=False, indent=1).encode())

    def _write_size(self) -> None:
        """The number of triples, which counts these lines too."""
        total = sum(counts.read(self.draft.read_path(counts.FILE)).graphs.values())
        new = about.dataset_block(self.iris, total).encode()
        self.put("about", [(self._said(self.iris.base), new)])

    def _said(self, iri: str, name: str = "about") -> bytes | None:
        graph = ox.NamedNode(self.iris.graph(name))
        quads = self.store.quads_for_pattern(ox.NamedNode(iri), None, None, graph)
        return block(f"{q.subject} {q.predicate} {q.object} .\n" for q in quads).encode() or None

    def put(self, graph: str, pairs: Iterable[Change]) -> None:
        """Write blocks of a graph that has no side file."""
        kept = Changes(self.scratch / "put")
        for _ in kept.take(pairs):
            pass
        if not kept.is_empty:
            apply(self.draft, graph, kept, side=None)


def touched(changes: Iterable[Change], found: Run, below: str) -> tuple[list[str], list[str]]:
    """The entities that the index must lose, and those it must (again) take, by local paths.

    A publication's row tells of its members and its chosen one, an author's of members and papers.
    """
    now, before = found.canonical(), found.held.canonical
    of_subject = f"<{terms.CANONICAL}>".encode(), f"<{terms.AUTHORS_FROM}>".encode()
    of_object = f"<{terms.CANONICAL}>".encode(), f"<{terms.AUTHORED_BY}>".encode()
    match, start = f"<{below}match/".encode(), 1 + len(below.encode())
    looked_at: set[bytes] = set()
    for old, new in changes:
        if (new or old or b"").startswith(match):
            continue
        lines = ({*(text or b"").split(b"\n")} for text in (old, new))
        for line in next(lines) ^ next(lines):
            subject, predicate, term = line.split(b" ", 2) if line else (b"", b"", b"")
            if predicate in of_subject:
                looked_at.add(subject[start:-1])
            if predicate in of_object:
                looked_at.add(term[start : term.index(b">")])
    told = {iri.decode() for iri in looked_at}
    fresh = sorted(iri for iri in told if now.get(iri) == iri)
    gone = sorted(iri for iri in told if now.get(iri) != iri and before.get(iri) == iri)
    return gone, fresh
