"""Reads files and maps their records into sorted side files, and a stream for the bulk load.

For large files it runs as a process of its own (`python -m ingest.spool`), so that the store reads
the stream from a pipe while records are still being mapped. What it found comes back as one JSON
object; errors go to a JSON Lines file as they are met.
"""

import ctypes
import json
import pickle
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from ingest import captions, sidefiles
from ingest.counts import Counts
from ingest.mapping import (
    ContainerForm,
    Mapped,
    Mapping,
    RowForm,
    VenueForm,
    publication_key,
)
from ingest.readers import ReadError, open_records
from ingest.records import Item, Record, RecordError, SourceFact
from ingest.shared import cluster_block
from ingest.tally import Count, Tally
from ingest.venues import Venues
from ontology.iris import Iris, key_hash
from queries import textindex

REPORT_EVERY = 1000  # records between two words on progress
EXAMPLES = 5  # of each reason for an error, kept for the summary
BATCH = 1000
ERRORS = "errors.jsonl"
INDEX_ROWS = "index.rows"  # what the parent process reads from the scratch folder
VENUES = "venues.forms"
CLUSTERS = "clusters.forms"

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What to read, as which source, and where to put it.

    `stream` takes the N-Quads of a new source, `index` is its text index to be amended; `alone`
    says that no other source is held, so its name clusters are all there are.
    """

    files: tuple[str, ...]
    source: str
    base: str
    load: str
    scratch: str
    format: str | None = None
    stream: str | None = None
    index: str | None = None
    alone: bool = False
    strict: bool = False
    columns: dict[str, str] | None = None


@dataclass(slots=True)
class Found:
    """What a job read, and what became of it."""

    read: int = 0
    loaded: int = 0
    rejected: int = 0
    formats: list[str] = field(default_factory=list)
    repairs: Counter[str] = field(default_factory=Counter)
    repaired: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    facts: list[tuple[str, list[str]]] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)


class StrictError(ValueError):
    """The first error of a strict load; `where` is file and line."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where


class CollisionError(ValueError):
    """Two keys with one hash: the load must stop, as two things would become one."""

    def __init__(self, iri: str, keys: Iterable[str]) -> None:
        super().__init__(f"{iri}: one hash for {' and '.join(map(repr, sorted(keys)))}")
        self.iri = iri


class Spool:
    """One job being done."""

    def __init__(self, job: Job, progress: Progress) -> None:
        self.job = job
        self.progress = progress
        self.found = Found()
        self.iris = Iris(job.base)
        self.scratch = Path(job.scratch)
        self.mapping = Mapping(self.iris, job.source, job.load, Venues.bundled())
        self.source = sidefiles.Sorter(self.scratch / "source")
        self.shared = sidefiles.Sorter(self.scratch / "shared")
        self.links = sidefiles.Sorter(self.scratch / "links")
        self.rows: Tally[RowForm] = Tally(self.scratch, "rows")
        self.containers: Tally[ContainerForm] = Tally(self.scratch, "containers")
        self.venues: Tally[VenueForm] = Tally(self.scratch, "venues")
        self.clusters: Tally[str] = Tally(self.scratch, "clusters")
        self.counts = Counts()
        graphs = {
            "source": self.iris.source_graph(job.source),
            "shared": self.iris.graph("shared"),
            "links": self.iris.graph("links"),
        }
        # A raw line end never stands inside a literal, so each of these is the end of a triple.
        self.ends = {name: f" <{iri}> .\n".encode() for name, iri in graphs.items()}
        below = self.iris.graph("")
        self.labels = {name: iri.removeprefix(below) for name, iri in graphs.items()}
        self._seen: dict[int, int] = {}
        self._repeats: Counter[int] = Counter()
        self._stream: IO[bytes] | None = None
        self._index: IO[bytes] | None = None
        self._index_rows: list[textindex.Row] = []

    def run(self) -> Found:
        """Read all files, then write what is sorted or summed up over them."""
        with (
            (self.scratch / ERRORS).open("w", encoding="utf-8") as self._errors,
            (self.scratch / INDEX_ROWS).open("wb") as self._index,
        ):
            self._map()
            self._flush_index()
        self._write()
        self.found.counts = self.counts.as_dict()
        return self.found

    def _map(self) -> None:
        if self.job.stream is None:
            self._read_all()
            return
        with Path(self.job.stream).open("wb", buffering=1 << 18) as self._stream:
            self._read_all()
        self._stream = None

    def _read_all(self) -> None:
        for name in self.job.files:
            opened = open_records(Path(name), self.job.format, self.job.columns)
            self.found.formats.append(f"{Path(name).name}: {opened.format.title} ({opened.how})")
            self.mapping.file_name = Path(name).name
            for item in opened.items:
                self._take(item)
        self._sum_up()

    def _take(self, item: Item) -> None:
        if isinstance(item, Record):
            self._record(item)
        elif isinstance(item, SourceFact):
            self.found.facts.append((item.name, list(item.values)))
        else:
            self._error(item)
        if self.found.read % REPORT_EVERY == 0:
            self.progress("records", self.found.read, None)

    def _error(self, error: RecordError) -> None:
        if error.fatal:
            self.found.read += 1
            self.found.rejected += 1
        name = self.mapping.file_name
        where = ":".join(str(part) for part in (name, error.line, error.key) if part)
        reason = f"{error.field}: {error.reason}" if error.field else error.reason
        if self.job.strict:
            raise StrictError(where, f"{reason} {error.value!r}" if error.value else reason)
        self.found.reasons[reason] += 1
        if not error.fatal:
            self.found.values[reason] += 1
        examples = self.found.examples.setdefault(reason, [])
        if len(examples) < EXAMPLES:
            examples.append(f"{where}: {error.value!r}" if error.value else where)
        self._errors.write(json.dumps({"file": name, **asdict(error)}, ensure_ascii=False) + "\n")

    def _record(self, record: Record) -> None:
        digest = key_hash(publication_key(self.job.source, record, 1))
        occurrence = self._occurrence(record, digest)
        if occurrence == 0:
            reason = "the same key and title as a record before"
            self._error(RecordError(reason, record.line, record.key, value=record.title))
            return
        self.found.read += 1
        self.found.loaded += 1
        if record.repairs:
            self.found.repaired += 1
            self.found.repairs.update(repair.rule for repair in record.repairs)
        mapped = self.mapping.record(record, occurrence, digest if occurrence == 1 else "")
        self._put("source", mapped.source)
        self._put("links", mapped.links)
        if mapped.shared:
            self._put("shared", mapped.shared)
        self._tell(record, mapped)
        self.counts.canonical["publication"] += 1
        self.counts.classes.update(mapped.classes)
        self._find(textindex.Row(mapped.iri, "publication", mapped.title, mapped.detail))

    def _occurrence(self, record: Record, digest: str) -> int:
        """1 for a new key; 0 where a record repeats one of its key; else which one it is."""
        number = int(digest, 36)
        content = hash((record.title, record.year, record.pages)) if record.key else 0
        known = self._seen.get(number)
        if known is None:
            self._seen[number] = content
            return 1
        if record.key and known == content:
            return 0
        self._repeats[number] += 1
        return self._repeats[number] + 1

    def _put(self, graph: str, block: str) -> None:
        """Add a block to its side file, the stream and the counts."""
        packed = block.encode("utf-8", "replace")
        (self.source if graph == "source" else self.links if graph == "links" else self.shared).add(
            packed
        )
        if self._stream is not None:
            self._stream.write(packed.replace(b" .\n", self.ends[graph]))
            self.counts.graphs[self.labels[graph]] += packed.count(b"\n")

    def _tell(self, record: Record, mapped: Mapped) -> None:
        """Tell the tallies what the record said of things that others speak of too."""
        year = record.year or 0
        written = set()
        for person, row in zip(record.contributors, mapped.rows, strict=True):
            paper = person.role == "author" and row.iri not in written
            written.add(row.iri)
            self.rows.add(row.iri, row, Count(1, int(paper), year, year))
        if mapped.venue:
            self.venues.add(mapped.venue.iri, mapped.venue, Count(1, 1, year, year))
        if mapped.container:
            self.containers.add(mapped.container.iri, mapped.container, Count(1))

    def _find(self, row: textindex.Row) -> None:
        self._index_rows.append(row)
        if len(self._index_rows) >= BATCH:
            self._flush_index()

    def _flush_index(self) -> None:
        if self._index is not None and self._index_rows:
            rows = [(r.iri, r.kind, r.label, r.detail, r.papers, r.names) for r in self._index_rows]
            pickle.dump(rows, self._index, pickle.HIGHEST_PROTOCOL)
        self._index_rows = []

    def _sum_up(self) -> None:
        """The blocks of what several records write: rows, containers, clusters, venues."""
        for number, (iri, forms) in enumerate(self.rows.grouped()):
            self._row(iri, forms)
            if number % REPORT_EVERY == 0:
                self.progress("author rows", number, None)
        for iri, held in self.containers.grouped():
            self._container(iri, held)
        if self.job.alone:
            self._clusters()

    def _clusters(self) -> None:
        """The name clusters, of which no other source speaks."""
        graph = self.labels["shared"]
        for iri, forms in self.clusters.grouped():
            names = Counter({name: count.times for name, count in forms})
            text = cluster_block(iri, names)
            if self._stream is not None:
                self._stream.write(text.encode().replace(b" .\n", self.ends["shared"]))
            self.counts.count(graph, text.encode())

    def _row(self, iri: str, forms: list[tuple[RowForm, Count]]) -> None:
        keys = {form.key or form.printed for form, _ in forms}
        if len(keys) > 1:
            raise CollisionError(iri, keys)
        counted = [(form, count.times) for form, count in forms]
        row = self.mapping.row_blocks(counted)
        self._put("source", row.source)
        self._put("shared", row.shared)
        self._put("links", row.links)
        self.counts.canonical["author"] += 1
        self.counts.classes.update(row.classes)
        total = sum((count for _, count in forms), Count(0))
        self.clusters.add(row.cluster, row.name, Count(1))
        names = " ".join(sorted({form.printed for form, _ in forms} - {row.printed}))
        detail = captions.of_author(total.first, total.last)
        self._find(textindex.Row(iri, "author", row.printed, detail, total.papers, names))

    def _container(self, iri: str, forms: list[tuple[ContainerForm, Count]]) -> None:
        """A container, unless it is a record of its own."""
        if int(iri[-12:], 36) in self._seen:
            return
        counted = [(form, count.times) for form, count in forms]
        container = self.mapping.container_blocks(counted)
        self._put("source", container.source)
        self._put("links", container.links)
        self.counts.canonical["publication"] += 1
        self.counts.classes.update(container.classes)
        self._find(textindex.Row(iri, "publication", container.title))

    def _write(self) -> None:
        """The sorted side files, and the forms that the caller puts beside those of others."""
        self.progress("sorting", 0, None)
        for name in ("source", "shared", "links"):
            writer = sidefiles.Writer(self.scratch / f"{name}.nt.gz")
            for block in getattr(self, name).sorted():
                writer.write(block)
            writer.close()
        save(self.scratch / VENUES, self.venues.grouped())
        save(self.scratch / CLUSTERS, iter(()) if self.job.alone else self.clusters.grouped())
        if self.job.index is not None:
            self.progress("text index", 0, None)
            textindex.amend(Path(self.job.index), (), saved_rows(self.scratch / INDEX_ROWS))


def save(path: Path, entries: Iterator[Any]) -> None:
    """Write entries in batches, for `saved`."""
    with path.open("wb") as stream:
        while batch := list(islice(entries, BATCH)):
            pickle.dump(batch, stream, pickle.HIGHEST_PROTOCOL)


def saved_rows(path: Path) -> Iterator[textindex.Row]:
    """The rows for the text index that a job left."""
    return (textindex.Row(*values) for values in saved(path))


def saved(path: Path) -> Iterator[Any]:
    """Entries that `save` wrote: a file of our own, never one from outside."""
    with path.open("rb") as stream:
        while True:
            try:
                yield from pickle.load(stream)
            except EOFError:
                return


def fields_of(result: Found) -> dict[str, Any]:
    """A result as JSON takes it (`asdict` would count a Counter's pairs)."""
    return {name: getattr(result, name) for name in result.__slots__}


def found(known: dict[str, Any]) -> Found:
    """A result read back from JSON."""
    for name in ("repairs", "reasons", "values"):
        known[name] = Counter(known[name])
    return Found(**known)


def run(job: Job, progress: Progress) -> Found:
    """Do a job in this process."""
    return Spool(job, progress).run()


def main() -> None:
    """Do the job given as JSON on standard input; progress and result are JSON lines."""
    die_with_parent()
    say = sys.stdout

    def progress(phase: str, done: int, total: int | None) -> None:
        say.write(json.dumps([phase, done, total]) + "\n")
        say.flush()

    known = json.loads(sys.stdin.read())
    job = Job(**{**known, "files": tuple(known["files"])})
    try:
        answer: dict[str, Any] = {"found": fields_of(run(job, progress))}
    except StrictError as error:
        answer = {"strict": [error.where, str(error)]}
    except CollisionError as error:
        answer = {"collision": str(error)}
    except ReadError as error:
        answer = {"read": [str(error.path), error.reason]}
    except OSError as error:
        answer = {"system": [error.errno, error.strerror, error.filename]}
    say.write(json.dumps(answer) + "\n")


def die_with_parent() -> None:
    """Ask Linux to end this process with the one that started it; elsewhere its pipe does."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    main()
