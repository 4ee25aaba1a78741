"""Reads the files of a job and maps their records into sorted side files and a stream of lines.

What several records write (rows, containers, clusters) is counted meanwhile and written at the end.
"""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from ingest import captions, repairs, usergraphs
from ingest.counts import Counts
from ingest.forms import ContainerForm, RowForm, VenueForm
from ingest.jobs import CollisionError, Found, Job, Progress, StrictError
from ingest.keys import publication_key
from ingest.mapping import Mapped, Mapping
from ingest.outlets import Outlets, save
from ingest.passages import Shelf
from ingest.readers import Opened, open_records
from ingest.records import Item, Record, RecordError, SourceFact, Statement
from ingest.rows import Rows
from ingest.seen import Seen
from ingest.shared import cluster_block
from ingest.tally import Count, Tally
from ingest.venues import Venues
from ontology import terms
from ontology.iris import Iris, key_hash
from queries.search import textindex

REPORT_EVERY = 1000  # records between two words on progress
EXAMPLES = 5  # of each reason for an error, kept for the summary
ERRORS = "errors.jsonl"
VENUES = "venues.forms"  # what the caller reads from the scratch folder
CLUSTERS = "clusters.forms"
KEPT = "kept.nq"  # statements that no record took up; there only where there are some
ALONE = "clusters.nt"  # the clusters' lines, where no other source has a say


class Spool:
    """One job being done."""

    def __init__(self, job: Job, progress: Progress) -> None:
        self.job = job
        self.progress = progress
        self.found = Found()
        self.iris = Iris(job.base)
        self.scratch = Path(job.scratch)
        self.rows = Rows(self.iris, job.source, self.scratch)
        self.mapping = Mapping(self.iris, job.load, Venues.bundled(), job.source, self.rows)
        self.containers: Tally[ContainerForm] = Tally(self.scratch, "containers")
        self.venues: Tally[VenueForm] = Tally(self.scratch, "venues")
        self.clusters: Tally[str] = Tally(self.scratch, "clusters")
        self.passages = Shelf(job.passages, f"{self.iris.base}id/")
        self.counts = Counts()
        self.file_name = ""
        self._size = sum(Path(name).stat().st_size for name in job.files) or 1
        self._read_before = 0  # bytes of the files that are done
        self._opened: Opened | None = None
        self._signatures = 0
        self._seen = Seen()
        self._repeats: Counter[int] = Counter()

    def run(self) -> Found:
        """Read all files, then write what is sorted or summed up over them."""
        self.out = Outlets(self.scratch, self.job.closing)
        errors = self.scratch / ERRORS
        off = repairs.without(self.job.without)
        self._kept = usergraphs.Writer(self.iris, self.job.source, self.scratch / KEPT)
        with errors.open("w", encoding="utf-8") as self._errors, self._kept, self.out, off:
            self._read_all()
            self._sum_up()
        self._seen.close()
        self._write()
        self._count()
        return self.found

    def _read_all(self) -> None:
        for name in self.job.files:
            opened = open_records(Path(name), self.job.format, self.job.columns)
            self.found.formats.append(f"{Path(name).name}: {opened.format.title} ({opened.how})")
            self.file_name = Path(name).name
            self.mapping.reads(self.file_name)
            self._opened = opened
            for item in opened.items:
                self._take(item)
            self._read_before += Path(name).stat().st_size

    def _take(self, item: Item) -> None:
        if isinstance(item, Record):
            self._record(item)
        elif isinstance(item, Statement):
            self.found.kept += 1
            self._kept.write(item, self.file_name)
            return
        elif isinstance(item, SourceFact):
            self.found.facts.append((item.name, list(item.values)))
        else:
            self._error(item)
        if self.found.read % REPORT_EVERY == 0:
            self.progress("records", self.found.read, self._expected())

    def _expected(self) -> int | None:
        """How many records there will be, by how much of the files is read."""
        place = self._read_before + (self._opened.position() if self._opened else 0)
        return max(self.found.read, self.found.read * self._size // place) if place else None

    def _error(self, error: RecordError) -> None:
        if error.fatal:
            self.found.read += 1
            self.found.rejected += 1
        name = self.file_name
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
        record = repairs.mended(record)
        digest = key_hash(publication_key(self.job.source, record, 1))
        occurrence = self._occurrence(record, digest)
        if occurrence == 0:
            reason = "the same key and title as a record before"
            self._error(RecordError(reason, record.line, record.key, value=record.title))
            return
        found = self.found
        found.read += 1
        found.loaded += 1
        if record.repairs:
            found.repaired += 1
            found.repairs.update(repair.rule for repair in record.repairs)
        self.rows.tidy()
        mapped = self.mapping.record(record, occurrence, digest if occurrence == 1 else "")
        self.out.put(mapped.source, mapped.shared, mapped.links)
        self.out.find(mapped.iri, "publication", mapped.title, mapped.detail)
        self.passages.take(mapped.iri, record)
        self.counts.canonical["publication"] += 1
        self.counts.classes.update(mapped.classes)
        self._tell(record, mapped)

    def _occurrence(self, record: Record, digest: str) -> int:
        """1 for a new key; 0 where a record repeats one of its key; else which one it is."""
        number = int(digest, 36)
        content = hash((record.title, record.year, record.pages)) if record.key else 0
        known = self._seen.get(number)
        if known is None:
            self._seen.add(number, content)
            return 1
        if record.key and known == content:
            return 0
        self._repeats[number] += 1
        return self._repeats[number] + 1

    def _tell(self, record: Record, mapped: Mapped) -> None:
        """Tell the tallies what the record said of things that others speak of too."""
        year = record.year or 0
        written = set()
        self._signatures += len(mapped.rows)
        for person, row in zip(record.contributors, mapped.rows, strict=True):
            row.met(int(person.role == "author" and row.iri not in written), year)
            written.add(row.iri)
        if mapped.venue:
            self.venues.add(mapped.venue.iri, mapped.venue, Count(1, 1, year, year))
        if mapped.container:
            self.containers.add(mapped.container.iri, mapped.container, Count(1))

    # --- what several records write

    def _sum_up(self) -> None:
        """The blocks of rows, containers and clusters."""
        for number, (iri, forms) in enumerate(self.rows.grouped()):
            self._row(iri, forms)
            if number % REPORT_EVERY == 0:
                self.progress("author rows", number, None)
        for iri, held in self.containers.grouped():
            self._container(iri, held)
        if self.job.alone:
            self._clusters()

    def _row(self, iri: str, forms: list[tuple[RowForm, Count]]) -> None:
        total, printed = forms[0][1], {forms[0][0].printed}
        if len(forms) > 1:
            keys = {form.key or form.printed for form, _ in forms}
            if len(keys) > 1:
                raise CollisionError(iri, keys)
            total = sum((count for _, count in forms), Count(0))
            printed = {form.printed for form, _ in forms}
        row = self.mapping.row_blocks([(form, count.times) for form, count in forms])
        variants = {variant for form, _ in forms for variant in form.variants}
        names = textindex.NAMES_APART.join(sorted((printed | variants) - {row.printed}))
        self.out.put(row.source, row.shared, row.links)
        detail = captions.of_author(total.first, total.last)
        self.out.find(iri, "author", row.printed, detail, total.papers, names)
        self.counts.canonical["author"] += 1
        self.counts.classes.update(row.classes)
        self.clusters.add(row.cluster, row.name, Count(1))

    def _container(self, iri: str, forms: list[tuple[ContainerForm, Count]]) -> None:
        """A container, unless it is a record of its own."""
        if int(iri[-12:], 36) in self._seen:
            return
        counted = [(form, count.times) for form, count in forms]
        container = self.mapping.container_blocks(counted)
        self.out.put(container.source, "", container.links)
        self.out.find(iri, "publication", container.title)
        self.counts.canonical["publication"] += 1
        self.counts.classes.update(container.classes)

    def _clusters(self) -> None:
        """The name clusters, of which no other source speaks."""
        with (self.scratch / ALONE).open("wb", buffering=1 << 18) as stream:
            for iri, forms in self.clusters.grouped():
                names = Counter({name: count.times for name, count in forms})
                lines = cluster_block(iri, names).encode()
                stream.write(lines)
                self.counts.count("shared", lines)

    def _write(self) -> None:
        """The sorted side files, and the forms that the caller puts beside those of others."""
        self.progress("sorting", 0, None)
        self.out.sort()
        save(self.scratch / VENUES, self.venues.grouped())
        save(self.scratch / CLUSTERS, iter(()) if self.job.alone else self.clusters.grouped())
        if self.job.index is not None:
            self.progress("text index", 0, None)
            textindex.amend(Path(self.job.index), (), self.out.rows())
            self.passages.close()

    def _count(self) -> None:
        below = self.iris.graph("")
        self.counts.classes[terms.SIGNATURE] += self._signatures
        for name, lines in self.out.lines.items():
            known = self.iris.source_graph(self.job.source) if name == "source" else below + name
            self.counts.graphs[known.removeprefix(below)] += lines
        self.found.counts = self.counts.as_dict()


def run(job: Job, progress: Progress) -> Found:
    """Do a job in this process."""
    return Spool(job, progress).run()
