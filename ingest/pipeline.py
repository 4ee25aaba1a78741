"""Load and unload sources: stream, check, map, difference, write, publish.

A load writes all that a generation needs, so none ever lacks a part: the source's graph, its share
of `shared`, `links` and `about`, the withdrawn IRIs, counts and text index. The files of one load
are one source. Loading what is held already writes nothing.
"""

import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import metadata
from itertools import chain
from pathlib import Path

import pyoxigraph as ox

from ingest import (
    about,
    citations,
    counts,
    entities,
    mapper,
    outlets,
    relink,
    shared,
    sidefiles,
    sources,
    spool,
    usergraphs,
    withdrawn,
)
from ingest.counts import Counts
from ingest.difference import Change, Changes, SideFile, amend, apply, replace_sorted
from ingest.errors import BaseDiffers, LoadError, LoadFailed, NoSuchSource, SourceInUse
from ingest.jobs import Found, Job
from ingest.lines import block
from ingest.linking import outside
from ingest.readers import ReadError
from ingest.relink import Graphs
from ingest.sources import SourceState
from ontology import terms
from ontology.iris import DEFAULT_PORT, Iris
from queries import textindex
from queries.drafts import Draft
from queries.generations import Generations

TEXT_INDEX = "text.sqlite"
DEFAULT_BASE = f"http://localhost:{DEFAULT_PORT}/"
WAIT = 10.0  # seconds for another writer

Progress = Callable[[str, int, int | None], None]


def silent(phase: str, done: int, total: int | None) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load read, did and published; where nothing changed, `generation` is the old one.

    `rejected` counts records, `reasons` all errors by what was wrong, `values` those of them that
    cost a value and not its record, `examples` where; `declared` is what the files say of
    themselves beside what is held; `kept` the graphs of triples that no record took up.
    """

    source: str
    generation: int | None
    changed: bool
    read: int = 0
    loaded: int = 0
    rejected: int = 0
    repaired: int = 0
    repairs: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    formats: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    added: int = 0
    removed: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a load was asked for."""

    source: str
    files: tuple[Path, ...]
    base: str | None = None
    format: str | None = None
    columns: dict[str, str] | None = None
    without: tuple[str, ...] = ()
    replace: bool = False
    strict: bool = False
    errors: Path | None = None
    licence: str = ""
    publisher: str = ""
    homepage: str = ""

    @property
    def reading(self) -> str:
        """How the files are to be read: what was said of format, columns, repairs, as one text."""
        columns = sorted((self.columns or {}).items())
        said = [self.format or "", *(f"{name}={target}" for name, target in columns)]
        return " ".join([*said, *(f"without {rule}" for rule in self.without)])


def load(
    data: Path,
    files: Sequence[Path],
    *,
    source: str | None = None,
    base: str | None = None,
    format: str | None = None,
    columns: dict[str, str] | None = None,
    without: Iterable[str] = (),
    replace: bool = False,
    strict: bool = False,
    errors: Path | None = None,
    licence: str = "",
    publisher: str = "",
    homepage: str = "",
    wait: float = WAIT,
    progress: Progress = silent,
) -> LoadReport:
    """Make the data folder hold what these files say, as one source.

    `source` is by default the first file's name up to its first dot. A name in use is reloaded from
    files of the same names (folders aside), from others only with `replace`. `columns` maps columns
    of tables to fields; `without` names the repairs that are not to be made. `errors` takes the
    errors as JSON Lines. Raises LoadError or ReadError, and then nothing was written.
    """
    paths = tuple(Path(path) for path in files)
    request = Request(
        source=source or stem(paths[0]),
        files=paths,
        base=base,
        format=format,
        columns=columns,
        without=tuple(sorted(set(without))),
        replace=replace,
        strict=strict,
        errors=errors,
        licence=licence,
        publisher=publisher,
        homepage=homepage,
    )
    with _writing(data, wait, progress) as draft:
        return _timed(_Load(draft, request, progress).run, time.monotonic())


def unload(
    data: Path, source: str, *, wait: float = WAIT, progress: Progress = silent
) -> LoadReport:
    """Take a source out: what no other source says goes with it, and its IRIs are withdrawn."""
    with _writing(data, wait, progress) as draft:
        work = _Load(draft, Request(source, ()), progress)
        return _timed(work.unload, time.monotonic())


def stem(path: Path) -> str:
    """The name of a file up to its first dot: the default name of its source."""
    return path.name.lstrip(".").split(".")[0] or path.name


def _timed(work: Callable[[], LoadReport], started: float) -> LoadReport:
    report = work()
    return replace(report, seconds=round(time.monotonic() - started, 2))


@contextmanager
def _writing(data: Path, wait: float, progress: Progress) -> Iterator[Draft]:
    """A draft; what fails meanwhile is one line, and the last generation stays."""

    def announce(phase: str) -> None:
        progress(phase, 0, None)

    try:
        with Generations(data, "quiver load", announce).write(wait) as draft:
            yield draft
    except (ReadError, LoadError):
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise LoadFailed(f"{where}{error.strerror or error}; nothing was changed") from error


def settle_base(draft: Draft, base: str | None) -> Iris:
    """The base of the store: the stored one, which a given one must equal, or else this one."""
    stored = draft.meta.get("base")
    if stored and base and Iris(base).base != stored:
        raise BaseDiffers(stored, base)
    iris = Iris(stored or base or DEFAULT_BASE)
    draft.meta["base"] = iris.base
    return iris


class _Load:
    """One load or unload, step by step, on a draft."""

    def __init__(self, draft: Draft, request: Request, progress: Progress) -> None:
        self.draft = draft
        self.request = request
        self.progress = progress
        self.iris = settle_base(draft, request.base)
        self.known = sources.read(draft.read_path(sources.FILE))
        self.before = self.known.get(request.source)
        self.scratch = draft.path / "load.tmp"
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
        given = self._about()
        if self.before and self._is_same(self.before, digest, given):
            return self._report(found_of(self.before))
        load = self.iris.entity("load", [self.request.source, digest], self.request.source)
        self.scratch.mkdir()
        found = self._map(load)
        self._keep_errors()
        if not found.loaded and not found.kept:
            raise LoadError(f"{_names(self.request)}: no record could be read{_first(found)}")
        if self.before is None:
            self._write_new(found)
        else:
            self._write_difference(iter_file(self.scratch / "source.nt.gz"))
        self._keep_graphs()
        state = SourceState(
            files=[path.name for path in self.request.files],
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
        names = [path.name for path in self.request.files]
        if not self.before or self.request.replace:
            return
        if sorted(self.before.files) != sorted(names):
            raise SourceInUse(self.request.source, self.before.files, names)

    def _about(self) -> dict[str, str]:
        """Licence, publisher and homepage: as given now, else as before."""
        given = {
            name: value
            for name in ("licence", "publisher", "homepage")
            if (value := getattr(self.request, name))
        }
        return {**(self.before.about if self.before else {}), **given}

    def _is_same(self, before: SourceState, digest: str, given: dict[str, str]) -> bool:
        """Whether the same bytes, read by the same code, are held, and nobody asks what failed."""
        if self.request.strict or self.request.errors is not None:
            return False
        names = [path.name for path in self.request.files]
        return (digest, sources.code_digest(), self.request.reading, names, given) == (
            before.sha256,
            before.code,
            before.format,
            before.files,
            before.about,
        )

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
            alone=not self.known,
            strict=self.request.strict,
        )
        return mapper.run(job, self.store if self.before is None else None, self.progress)

    def _keep_errors(self) -> None:
        if self.request.errors is not None:
            shutil.copyfile(self.scratch / spool.ERRORS, self.request.errors)

    # --- what is written

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
        self._return_withdrawn()
        self._cite(citations.of_source(self.store, self.iris, name))
        self._index((), ())

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
            iter_file(self.scratch / "shared.nt.gz"),
            self.scratch / "places",
        )
        for difference in (said, placed):
            self.added += difference.added
            self.removed += difference.removed
        if said.is_empty and placed.is_empty:
            return
        self.progress("links", 0, None)
        graphs = Graphs(self.store, self.iris)
        work = relink.Relink(graphs, changes)
        linked = amend(self.draft, "links", work.changes(), self.scratch / "relinked")
        self.added += linked.added
        self.removed += linked.removed
        self._write_shared((iri, Counter()) for iri in touched_clusters(places, changes, self))
        self._withdraw(changes)
        self._cite(citations.of_changes(self.store, changes))
        self.progress("text index", 0, None)
        graphs = Graphs(self.store, self.iris)
        rows = entities.rows(graphs, sorted(work.touched.fresh))
        self._index(sorted(work.touched.gone), rows)

    def _keep_graphs(self) -> None:
        """Make the source's user graphs hold what no record took up."""
        added, removed, self.kept = usergraphs.replace(
            self.draft, self.kept, self.scratch / spool.KEPT
        )
        self.added += added
        self.removed += removed

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

    def _index(self, gone: Iterable[str], rows: Iterable[textindex.Row]) -> None:
        lost, venues = self._venues
        path = self.draft.amend(TEXT_INDEX)
        textindex.amend(path, chain(gone, lost), chain(rows, venues))

    # --- about, withdrawn

    def _withdraw(self, changes: Changes) -> None:
        at = about.now()
        pairs: list[Change] = []
        for iri, replacement in withdrawn.vanished(iter(changes)):
            new = about.withdrawn_block(iri, at, replacement) if replacement is not None else ""
            pairs.append(self._pair("withdrawn", iri, new))
        self._put("withdrawn", pairs)

    def _return_withdrawn(self) -> None:
        """IRIs of a source unloaded before stand for something again."""
        if not self.draft.store.has_graph(self.iris.graph("withdrawn")):
            return
        came = ((None, block) for block in self._side(f"source/{self.request.source}").read())
        pairs = [self._pair("withdrawn", iri, "") for iri, _ in withdrawn.vanished(came)]
        self._put("withdrawn", pairs)

    def _cite(self, publications: Sequence[str]) -> None:
        """Say anew what these publications cite of what is held now."""
        if publications:
            self.progress("citations", 0, None)
        self._put(
            citations.GRAPH,
            (
                self._pair(citations.GRAPH, one, citations.lines(self.store, one))
                for one in publications
            ),
        )

    def _pair(self, graph: str, subject: str, new: str) -> Change:
        quads = self.store.quads_for_pattern(
            ox.NamedNode(subject), None, None, ox.NamedNode(self.iris.graph(graph))
        )
        old = block(f"{quad.subject} {quad.predicate} {quad.object} .\n" for quad in quads)
        return old.encode() or None, new.encode() or None

    def _put(self, graph: str, pairs: Iterable[Change]) -> None:
        """Bring a small graph without a side file to its new state."""
        kept = Changes(self.scratch / graph)
        for _ in kept.take(pairs):
            pass
        if not kept.is_empty:
            apply(self.draft, graph, kept, side=None)
            self.added += kept.added
            self.removed += kept.removed

    def _finish(self, found: Found, state: SourceState | None) -> LoadReport:
        """Publish, unless there is nothing to."""
        name = self.request.source
        same = self.before is not None and state is not None and state.about == self.before.about
        if same and not (self.added or self.removed):
            return self._report(found)
        pairs = []
        if state is None:
            assert self.before is not None
            gone = (self.iris.entity("source", [name], name), self.before.load)
            pairs += [self._pair("about", iri, "") for iri in gone]
            del self.known[name]
        else:
            new = about.source_block(self.iris, name, state)
            pairs.append(self._pair("about", self.iris.entity("source", [name], name), new))
            new = about.load_block(self.iris, name, state, version(), about.now())
            pairs.append(self._pair("about", state.load, new))
            self.known[name] = state
        added, removed = self.added, self.removed
        self._put("about", pairs)
        outside.follow(self.draft, self.iris, self._put, f"load of {name}")
        self._write_ontology()
        self._write_size()
        self.added, self.removed = added, removed
        sources.write(self.draft.path / sources.FILE, self.known)
        shutil.rmtree(self.scratch)
        self.progress("publishing", 0, None)
        return replace(self._report(found), generation=self.draft.publish(), changed=True)

    def _write_ontology(self) -> None:
        graph = ox.NamedNode(self.iris.graph("ontology"))
        quads = self.store.quads_for_pattern(None, None, None, graph)
        old = block(f"{quad.subject} {quad.predicate} {quad.object} .\n" for quad in quads)
        new = block(about.ontology_lines(self.iris))
        self._put("ontology", [(old.encode() or None, new.encode())])

    def _write_size(self) -> None:
        """The number of triples, which counts these lines too."""
        held = counts.read(self.draft.read_path(counts.FILE))
        old, _ = self._pair("about", self.iris.base, "")
        new = about.dataset_block(self.iris, 0).encode()
        more = new.count(b"\n") - (old or b"").count(b"\n")
        new = about.dataset_block(self.iris, sum(held.graphs.values()) + more).encode()
        self._put("about", [(old, new)])

    def _report(self, found: Found) -> LoadReport:
        return LoadReport(
            source=self.request.source,
            generation=self.draft.base,
            changed=False,
            read=found.read,
            loaded=found.loaded,
            rejected=found.rejected,
            repaired=found.repaired,
            repairs=dict(found.repairs),
            reasons=dict(found.reasons),
            values=dict(found.values),
            examples=found.examples,
            formats=found.formats,
            declared=declared(found),
            kept=self.kept,
            added=self.added,
            removed=self.removed,
        )


def _names(request: Request) -> str:
    return ", ".join(path.name for path in request.files)


def _first(found: Found) -> str:
    """The first reason for which nothing could be read."""
    reason = next(iter(found.examples), None)
    return f" ({reason}: {found.examples[reason][0]})" if reason else ""


def found_of(state: SourceState) -> Found:
    """What the last load of a source found, as far as it was kept."""
    return Found(
        read=state.read,
        loaded=state.loaded,
        rejected=state.rejected,
        repaired=state.repaired,
        facts=state.facts,
    )


def declared(found: Found) -> list[str]:
    """What the files declare, beside what is held."""
    lines = []
    for name, values in found.facts:
        if name == "declaredPublications":
            lines.append(f"declares {values[0]} publications, lists {found.loaded}")
        elif name == "declaredAuthorRows":
            lines.append(f"declares {values[0]} author rows, without saying whose a paper is")
    return lines


def version() -> str:
    """The version of Quiver."""
    return metadata.version("quiver-kg")


def iter_file(path: Path) -> Iterator[bytes]:
    """The blocks of a side file that a job left."""
    return sidefiles.read_file(path)


def touched_clusters(places: Changes, changes: Changes, load: _Load) -> list[str]:
    """The clusters that rows came to, left, or are in under another name now."""
    found: set[str] = set()
    for old, new in places:
        for text in (old or b"", new or b""):
            found.update(name.decode() for name in _IN_CLUSTER.findall(text))
    for old, new in changes:
        row = (new or old or b"")[1:].partition(b">")[0].decode()
        if old and new and "/id/author/" in row:
            quads = load.store.quads_for_pattern(
                ox.NamedNode(row), ox.NamedNode(terms.IN_CLUSTER), None, None
            )
            found.update(q.object.value for q in quads if isinstance(q.object, ox.NamedNode))
    return sorted(found)


_IN_CLUSTER = re.compile(f" <{re.escape(terms.IN_CLUSTER)}> <([^>]*)>".encode())
