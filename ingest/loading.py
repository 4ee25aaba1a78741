"""One load or unload, step by step, on a draft: map, difference, write, publish."""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

import pyoxigraph as ox

from ingest import (
    citations,
    counts,
    entities,
    mapper,
    outlets,
    passages,
    relink,
    shared,
    sidefiles,
    sources,
    spool,
    usergraphs,
)
from ingest.counts import Counts
from ingest.difference import Change, Difference, SideFile, amend, replace_sorted
from ingest.errors import LoadError, NoSuchSource, SourceInUse
from ingest.jobs import Found, Job, Progress
from ingest.linking import following
from ingest.relink import Graphs
from ingest.reports import LoadReport, first_reason, found_of, report
from ingest.requests import Request
from ingest.smallgraphs import SmallGraphs
from ingest.sources import SourceState
from ontology.iris import Iris
from queries.search import textindex
from queries.search.passages import FOLDER as PASSAGES
from queries.search.passages import amend as amend_passages
from queries.writes.drafts import Draft

TEXT_INDEX = "text.sqlite"


class Load:
    """What a request makes of a draft."""

    def __init__(self, draft: Draft, iris: Iris, request: Request, progress: Progress) -> None:
        self.draft = draft
        self.iris = iris
        self.request = request
        self.progress = progress
        self.known = sources.read(draft.read_path(sources.FILE))
        self.before = self.known.get(request.source)
        self.scratch = draft.path / "load.tmp"
        self.small = SmallGraphs(draft, iris, self.scratch)
        self.added = self.removed = 0
        self.kept = self.before.kept if self.before else {}

    @property
    def store(self) -> ox.Store:
        """The draft's store: another one after a rebuild."""
        return self.draft.store.engine

    def run(self) -> LoadReport:
        """Load the files; publishes unless nothing changed."""
        self._check_name()
        self.progress("hashing", 0, None)
        digest = sources.digest(self.request.files)
        given = {**(self.before.about if self.before else {}), **self.request.given}
        if self.before and self._is_same(self.before, digest, given):
            return self._report(found_of(self.before))
        load = self.iris.entity("load", [self.request.source, digest], self.request.source)
        self.scratch.mkdir()
        found = self._map(load)
        if self.request.errors is not None:
            shutil.copyfile(self.scratch / spool.ERRORS, self.request.errors)
        if not found.loaded and not found.kept:
            names = ", ".join(self.request.names)
            raise LoadError(f"{names}: no record could be read{first_reason(found)}")
        if self.before is None:
            self._write_new(found)
        else:
            self._write_difference(sidefiles.read_file(self.scratch / "source.nt.gz"))
        self._keep_graphs()
        state = SourceState(
            files=self.request.names,
            sha256=digest,
            load=load,
            code=sources.code_digest(),
            format=self.request.reading,
            read=found.read,
            loaded=found.loaded,
            rejected=found.rejected,
            repaired=found.repaired,
            facts=found.facts,
            about=given,
            kept=self.kept,
        )
        return self._finish(found, state)

    def unload(self) -> LoadReport:
        """Take the source out."""
        if self.before is None:
            raise NoSuchSource(self.request.source, sorted(self.known))
        self.scratch.mkdir()
        for name in ("source", "shared"):
            sidefiles.Writer(self.scratch / f"{name}.nt.gz").close()
        outlets.save(self.scratch / spool.VENUES, iter(()))
        self._write_difference(iter(()))
        self._keep_graphs()
        return self._finish(Found(), None)

    def _check_name(self) -> None:
        names = self.request.names
        if not self.before or self.request.replace:
            return
        if sorted(self.before.files) != sorted(names):
            raise SourceInUse(self.request.source, self.before.files, names)

    def _is_same(self, before: SourceState, digest: str, given: dict[str, str]) -> bool:
        """Whether the same bytes, read by the same code, are held, and nobody asks what failed."""
        if self.request.strict or self.request.errors is not None:
            return False
        asked = (digest, sources.code_digest(), self.request.reading, self.request.names, given)
        return asked == (before.sha256, before.code, before.format, before.files, before.about)

    def _map(self, load: str) -> Found:
        job = Job(
            files=tuple(str(path) for path in self.request.files),
            source=self.request.source,
            base=self.iris.base,
            load=load,
            scratch=str(self.scratch),
            format=self.request.format,
            columns=self.request.columns,
            without=self.request.without,
            index=None if self.before else str(self.draft.amend(TEXT_INDEX)),
            passages=str(self.draft.amend_folder(PASSAGES)) if self._adds() else None,
            alone=not self.known,
            strict=self.request.strict,
        )
        return mapper.run(job, self.store if self.before is None else None, self.progress)

    def _adds(self) -> bool:
        """Whether the new source's words are put beside those of all others."""
        held = self.draft.read_path(PASSAGES)
        return self.before is None and (held is not None or not self.known)

    def _index_passages(self, changes: Iterable[Change]) -> None:
        """The words of those that came, went and changed; of all, where there is no index yet."""
        if self._adds():
            return
        below = f"{self.iris.base}id/"
        if self.draft.read_path(PASSAGES) is not None:
            told = passages.changed(changes, below)
        else:
            told = passages.publications(self.store, below)
        if told:
            folder = self.draft.amend_folder(PASSAGES)
            found = passages.of_store(Graphs(self.store, self.iris), told, below)
            amend_passages(folder, told, found)

    def _write_new(self, found: Found) -> None:
        """A source not held before: its quads are in the store already."""
        name = self.request.source
        self._side(f"source/{name}").adopt(self.scratch / "source.nt.gz")
        self._side(f"shared/{name}").adopt(self.scratch / "shared.nt.gz")
        self._side("links").append(self.scratch / "links.nt.gz")
        new = Counts.of(found.counts)
        self.added += sum(new.graphs.values())
        held = counts.read(self.draft.read_path(counts.FILE))
        held.add(new)
        counts.write(self.draft.path / counts.FILE, held)
        self.progress("shared", 0, None)
        clusters = (
            (iri, Counter({name: count.times for name, count in forms}))
            for iri, forms in outlets.saved(self.scratch / spool.CLUSTERS)
        )
        self._write_shared(clusters)
        self.small.return_withdrawn(self._side(f"source/{name}").read())
        self._cite(citations.of_source(self.store, self.iris, name))
        self._index((), ())
        self._index_passages(())

    def _write_difference(self, blocks: Iterator[bytes]) -> None:
        """A source held before: only what vanished and what came."""
        name = self.request.source
        self.progress("comparing", 0, None)
        said, changes = replace_sorted(
            self.draft, f"source/{name}", blocks, self.scratch / "difference"
        )
        placed, places = replace_sorted(
            self.draft,
            f"shared/{name}",
            sidefiles.read_file(self.scratch / "shared.nt.gz"),
            self.scratch / "places",
        )
        self._count(said, placed)
        if said.is_empty and placed.is_empty:
            return
        self.progress("links", 0, None)
        work = relink.Relink(Graphs(self.store, self.iris), changes)
        self._count(amend(self.draft, "links", work.changes(), self.scratch / "relinked"))
        touched = entities.touched_clusters(self.store, places, changes)
        self._write_shared((iri, Counter()) for iri in touched)
        self.small.withdraw(changes, work.parts)
        self._cite(citations.of_changes(self.store, changes))
        self.progress("text index", 0, None)
        graphs = Graphs(self.store, self.iris)
        rows = entities.rows(graphs, sorted(work.touched.fresh))
        self._index(sorted(work.touched.gone), rows)
        self._index_passages(changes)

    def _keep_graphs(self) -> None:
        """Make the source's user graphs hold what no record took up."""
        added, removed, self.kept = usergraphs.replace(
            self.draft, self.kept, self.scratch / spool.KEPT
        )
        self.added += added
        self.removed += removed

    def _count(self, *differences: Difference) -> None:
        self.added += sum(difference.added for difference in differences)
        self.removed += sum(difference.removed for difference in differences)

    def _side(self, name: str) -> SideFile:
        return SideFile(self.draft, name)

    def _write_shared(self, clusters: Iterable[tuple[str, Counter[str]]]) -> None:
        """Name clusters and venues, as all sources together have them."""
        found = outlets.saved(self.scratch / spool.VENUES)
        old = shared.read_venues(self.draft.read_path(shared.VENUES_FILE))
        new = shared.with_source(old, self.request.source, found)
        shared.write_venues(self.draft.path / shared.VENUES_FILE, new)
        looked_up = shared.Clusters(self.store, self.iris.graph("shared"))
        changes = chain(
            entities.cluster_changes(looked_up, clusters), entities.venue_changes(old, new)
        )
        removed, added = entities.write_shared(self.draft, changes, self.scratch / "entities")
        self.removed += removed
        self.added += added
        self._venues = sorted(old.keys() - new.keys()), list(entities.venue_rows(old, new))

    def _cite(self, publications: list[str]) -> None:
        if publications:
            self.progress("citations", 0, None)
        self.small.cite(publications)

    def _index(self, gone: Iterable[str], rows: Iterable[textindex.Row]) -> None:
        lost, venues = self._venues
        path = self.draft.amend(TEXT_INDEX)
        textindex.amend(path, chain(gone, lost), chain(rows, venues))

    def _finish(self, found: Found, state: SourceState | None) -> LoadReport:
        """Publish, unless there is nothing to."""
        name = self.request.source
        done = self._report(found)
        same = self.before is not None and state is not None and state.about == self.before.about
        if same and not (done.added or done.removed):
            return done
        self.small.tell(name, self.before, state)
        self.known.pop(name, None)
        if state is not None:
            self.known[name] = state
        following.follow(self.draft, self.iris, self.small.put, f"load of {name}")
        self.small.write_ontology()
        self.small.write_examples()
        self.small.write_size()
        sources.write(self.draft.path / sources.FILE, self.known)
        shutil.rmtree(self.scratch)
        self.progress("publishing", 0, None)
        return replace(done, generation=self.draft.publish(), changed=True)

    def _report(self, found: Found) -> LoadReport:
        """What was found and changed so far."""
        return replace(
            report(self.request.source, self.draft.base, found, self.kept),
            added=self.added + self.small.added,
            removed=self.removed + self.small.removed,
        )
