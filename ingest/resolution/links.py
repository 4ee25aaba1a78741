"""Run resolution on a data folder and write what it found: the only part of it that writes.

A run reads the current generation, compares and clusters publications and then authors, and
replaces `graph/links` by the difference. A run that changes nothing publishes nothing.
"""

import gc
import gzip
import json
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from ingest import about, counts, sidefiles
from ingest.difference import Change, Changes, Difference, apply, replace_sorted
from ingest.lines import block, literal
from ingest.mapping import LABEL, TYPE
from ingest.resolution import canonical, decisions, history, reading
from ingest.resolution.evidence import Evidence
from ingest.resolution.findable import Findable
from ingest.resolution.persons import ACCEPT as ACCEPT_AUTHORS
from ingest.resolution.persons import Persons, resolve_persons
from ingest.resolution.publications import ACCEPT as ACCEPT_PUBLICATIONS
from ingest.resolution.reading import Held
from ingest.resolution.report import RunReport, Tally, cluster_changes
from ingest.resolution.scoring import RULE_VERSION, Verdict
from ingest.resolution.statements import Resolved, Statements
from ingest.resolution.works import Compared, Publications, resolve_publications
from ontology import terms
from ontology.iris import Iris
from queries import textindex
from queries.drafts import Draft
from queries.errors import NoData
from queries.generations import Generations, Reader

TEXT_INDEX = "text.sqlite"
WAIT = 10.0  # seconds for another writer
LARGEST = 20  # changed clusters kept and shown for each run

Progress = Callable[[str, int, int | None], None]


def silent(phase: str, done: int, total: int | None) -> None:
    """Nobody watches."""


def resolve(
    data: Path, *, dry_run: bool = False, wait: float = WAIT, progress: Progress = silent
) -> RunReport:
    """Find out which publications and which authors are one, and link them.

    With `dry_run` nothing is written, and no writer is kept waiting.
    """
    began = time.monotonic()
    generations = Generations(data, "quiver resolve", lambda phase: progress(phase, 0, None))
    if dry_run:
        with generations.open() as reader, no_cycles():
            run = _read(reader, progress)
            return replace(run.report(reader.number, True), seconds=time.monotonic() - began)
    if generations.current() is None:
        raise NoData(data)
    with generations.write(wait) as draft, no_cycles():
        report = Writing(draft, progress).run()
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


@dataclass(slots=True)
class Run:
    """One run: what it read and what it came to."""

    iris: Iris
    held: Held
    resolved: Resolved
    iri: str
    problems: tuple[str, ...] = ()

    def blocks(self) -> Iterator[str]:
        """The blocks of `graph/links`, in no order."""
        return Statements(self.iris, self.held, self.resolved, self.iri).blocks()

    def canonical(self) -> dict[str, str]:
        """Every publication, row and part with its canonical member."""
        evidence = self.held.evidence
        found = {p.iri: self.resolved.publications.get(p.iri, p.iri) for p in evidence.publications}
        found |= {row.iri: self.resolved.rows.get(row.iri, row.iri) for row in evidence.rows}
        parts = (part.iri for part in self.resolved.parts)
        return found | {part: self.resolved.rows.get(part, part) for part in parts}

    def report(self, generation: int | None, dry_run: bool) -> RunReport:
        """What it came to, and how that differs from what the links say now."""
        resolved, evidence = self.resolved, self.held.evidence
        return RunReport(
            run=f"{self.iris.base}id/{self.iri}",
            generation=generation,
            changed=False,
            dry_run=dry_run,
            publications=_tally(
                len(evidence.publications), resolved.publications, resolved.compared["publications"]
            ),
            authors=_tally(
                len(evidence.rows) + len(resolved.parts),
                resolved.rows,
                resolved.compared["authors"],
            ),
            works=len(set(resolved.works.values())),
            changes=cluster_changes(self.held.canonical, self.canonical(), self.held.labels),
            problems=self.problems,
        )


def _tally(members: int, stars: Mapping[str, str], compared: Iterable[Compared]) -> Tally:
    verdicts = Counter(one.verdict for one in compared)
    firsts = set(stars.values())
    return Tally(
        members=members,
        canonical=members - len(stars) + len(firsts),
        clusters=len(firsts),
        same=verdicts[Verdict.SAME],
        grey=verdicts[Verdict.GREY],
        different=verdicts[Verdict.DIFFERENT],
    )


def _read(reader: Reader, progress: Progress) -> Run:
    """A run on a published generation."""
    decided = reading.read_decisions(reader.store.engine, reader.meta["base"])
    progress("reading", 0, None)
    held = reading.read(reader.path, reader.meta["base"], decided)
    return run(held, Iris(reader.meta["base"]), progress)


def run(held: Held, iris: Iris, progress: Progress = silent) -> Run:
    """Compare and cluster; pure but for the progress."""
    evidence = held.evidence
    decided = decisions.standing(evidence.decisions, held.labels)
    progress("publications", 0, None)
    publications, unheard = _obeying_of_publications(resolve_publications(evidence), decided)
    progress("authors", 0, None)
    home = {member: members[0] for members in publications.clusters for member in members}
    persons, unmet = _obeying_of_persons(resolve_persons(evidence, home), decided, evidence)
    resolved = settle(evidence, publications, persons, map(decisions.pair_of, decided.different))
    key = [RULE_VERSION, held.digest]
    path = iris.entity("run", key).removeprefix(f"{iris.base}id/")
    return Run(iris, held, resolved, path, (*decided.problems, *unheard, *unmet))


def _obeying_of_publications(
    found: Publications, decided: decisions.Standing
) -> tuple[Publications, tuple[str, ...]]:
    """Publications as people decided about them, and what of it could not be obeyed."""
    obeyed = decisions.regroup(
        found.clusters, found.compared, decided, "publication", accept=ACCEPT_PUBLICATIONS
    )
    after = replace(found, clusters=obeyed.clusters, compared=obeyed.compared)
    return after, obeyed.problems


def _obeying_of_persons(
    found: Persons, decided: decisions.Standing, evidence: Evidence
) -> tuple[Persons, tuple[str, ...]]:
    """The same of persons, of whom nobody signs one paper twice."""
    signed = ((one.publication, one.row) for one in evidence.signatures if one.role == "author")
    obeyed = decisions.regroup(
        found.clusters,
        found.compared,
        decided,
        "author",
        accept=ACCEPT_AUTHORS,
        together=decisions.signing_together(signed if decided.same else ()),
    )
    return replace(found, clusters=obeyed.clusters, compared=obeyed.compared), obeyed.problems


def settle(
    evidence: Evidence,
    publications: Publications,
    persons: Persons,
    decided: Iterable[tuple[str, str]] = (),
) -> Resolved:
    """Clusters with their canonical members, works with their names."""
    before = evidence.before
    joined = canonical.stars(publications.clusters, before.canonical)
    papers: defaultdict[str, set[str]] = defaultdict(set)
    for signature in evidence.signatures:
        papers[signature.row].add(joined.get(signature.publication, signature.publication))
    weights = {row: len(held) for row, held in papers.items()}
    return Resolved(
        publications=joined,
        rows=canonical.stars(persons.clusters, before.canonical, weights),
        works=canonical.works(publications.works, joined, before.works),
        compared={"publications": publications.compared, "authors": persons.compared},
        different=_different(persons.compared) | frozenset(decided),
    )


def _different(compared: Iterable[Compared]) -> frozenset[tuple[str, str]]:
    """The pairs that cannot be one, whatever else is known."""
    return frozenset(
        (min(pair.one, pair.other), max(pair.one, pair.other))
        for pair in compared
        if pair.score.forbidden and pair.verdict is not Verdict.SAME
    )


class Writing:
    """A run on a draft, and what it writes there."""

    must_publish = False  # whatever the run finds: something else stands in the draft

    def __init__(self, draft: Draft, progress: Progress) -> None:
        assert draft.previous is not None
        self.draft = draft
        self.previous = draft.previous
        self.progress = progress
        self.iris = Iris(draft.meta["base"])
        self.scratch = draft.path / "resolve.tmp"

    @property
    def store(self) -> ox.Store:
        """The draft's store: another one after a rebuild."""
        return self.draft.store.engine

    def run(self) -> RunReport:
        """Publish, unless nothing changed."""
        found = run(self.held(), self.iris, self.progress)
        report = found.report(self.draft.base, False)
        self.progress("links", 0, None)
        difference, changes = self._replace(found)
        kept = {member for member, first in found.canonical().items() if member == first}
        nothing_new = difference.is_empty and kept == found.held.evidence.before.canonical
        if nothing_new and not self.must_publish:
            return report
        report = replace(report, changed=True, added=difference.added, removed=difference.removed)
        history.write_canonical(self.draft.path / history.CANONICAL_FILE, kept)
        self.remember(found, changes, kept)
        self.progress("text index", 0, None)
        self._index(found, changes)
        self._write_about(found, report)
        shutil.rmtree(self.scratch)
        self.progress("publishing", 0, None)
        return replace(report, generation=self.draft.publish())

    def held(self) -> Held:
        """What the run starts from."""
        decided = reading.read_decisions(self.store, self.iris.base)
        self.progress("reading", 0, None)
        return reading.read(self.previous, self.iris.base, decided)

    def remember(self, found: Run, changes: Changes, kept: Collection[str]) -> None:
        """What a later one must know of this run beside what it wrote: here nothing."""

    def _replace(self, found: Run) -> tuple[Difference, Changes]:
        sorter = sidefiles.Sorter(self.scratch / "sorting")
        for text in found.blocks():
            sorter.add(text.encode("utf-8", "replace"))
        return replace_sorted(self.draft, "links", sorter.sorted(), self.scratch / "difference")

    def _index(self, found: Run, changes: Changes) -> None:
        """Bring what can be found to the new state: only entities that the change touches."""
        gone, fresh = touched(changes, found, f"{self.iris.base}id/")
        below = f"{self.iris.base}id/"
        if gone or fresh:
            rows = Findable(found.held, found.resolved).rows(fresh, below)
            textindex.amend(self.draft.amend(TEXT_INDEX), (below + iri for iri in gone), rows)

    # --- about

    def _write_about(self, found: Run, report: RunReport) -> None:
        subject = f"<{report.run}>"
        lines = [
            f"{subject} {TYPE} <{terms.RUN}> .\n",
            f"{subject} {LABEL} {literal(f'Resolution by rule version {RULE_VERSION}')} .\n",
            f"{subject} <{terms.RULE_VERSION}> {literal(RULE_VERSION)} .\n",
            f"{subject} <{terms.INPUT_DIGEST}> {literal(found.held.digest)} .\n",
            f"{subject} <{terms.PROV_ENDED_AT_TIME}> {about.now()} .\n",
        ]
        self.put("about", [(self._said(report.run), block(lines).encode())])
        folder = self.draft.path / "runs"
        folder.mkdir(exist_ok=True)
        self._write_difference(folder / f"{found.iri.rpartition('/')[2]}.json.gz", report)
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

    def _said(self, iri: str) -> bytes | None:
        graph = ox.NamedNode(self.iris.graph("about"))
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
    """The entities that the index must lose, and those it must (again) take, by local paths."""
    now, before = found.canonical(), found.held.canonical
    looked_at: set[str] = set()
    agent = f"<{terms.CANONICAL}>", f"<{terms.AUTHORED_BY}>"
    for pair in changes:
        for text in pair:
            if text is None or text.startswith(f"<{below}match/".encode()):
                continue
            for line in text.decode().splitlines():
                subject, predicate, term = line.split(" ", 2)
                if predicate in agent:
                    looked_at.add(subject[1 + len(below) : -1])
                    looked_at.add(term[1 + len(below) : term.index(">")])
    fresh = sorted(iri for iri in looked_at if now.get(iri) == iri)
    gone = sorted(iri for iri in looked_at if now.get(iri) != iri and before.get(iri) == iri)
    return gone, fresh
