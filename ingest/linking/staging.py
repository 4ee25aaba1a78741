"""The resolver's word on papers of another graph: it takes them with ours, and writes nothing.

Only papers that may be ours (an identifier, a title) are kept of the other side, so what is held
is bounded by our graph and not by theirs. They are mapped as a load would map them; the run reads
them beside the side files of the generation, and what it comes to stays in memory.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest import mapper, sidefiles
from ingest.jobs import Job
from ingest.linking.choosing import Candidate
from ingest.linking.ours import Ours
from ingest.linking.sieve import Sieve
from ingest.linking.verdicts import Verdicts
from ingest.resolution.gathering import memory, reading
from ingest.resolution.gathering.triples import first_text, subjects
from ingest.resolution.links import no_cycles
from ingest.resolution.recall import Kept
from ingest.resolution.running import Run, run
from ontology import terms
from queries.generations import Reader
from queries.writes.files import link_or_copy
from queries.writes.unfinished import scratch_folder

SOURCE = "outside"
KEPT = (memory.FILE, memory.CANONICAL_FILE)
Progress = Callable[[str, int, int | None], None]
_KEYS = f"<{terms.RECORD_KEY}>", f"<{terms.AUTHOR_KEY}>"


@contextmanager
def scratch(data: Path) -> Iterator[Path]:
    """A folder beside the data, on the same disk so that its files can be shared."""
    with scratch_folder(data, "link.tmp-") as folder:
        yield folder


def candidates(
    reader: Reader, sieve: Sieve, ours: Ours, folder: Path, progress: Progress
) -> list[Candidate]:
    """What the resolver makes of the papers in the sieve and of ours, taken together."""
    if not sieve.papers:
        return []
    _map(sieve, ours, folder, progress)
    _put_beside(reader.path, folder)
    with no_cycles():
        found = _run(reader, ours, folder, progress)
        outside, mixed = _outside(sieve, ours, folder)
        return list(Verdicts(found, ours, outside, mixed).candidates())


def _map(sieve: Sieve, ours: Ours, folder: Path, progress: Progress) -> None:
    """Sorted side files of what is in the sieve, as a load of it would keep them."""
    mapped = folder / "mapped"
    mapped.mkdir()
    load = ours.iris.entity("load", [SOURCE, ""], SOURCE)
    files = tuple(map(str, sieve.files))
    job = Job(files, SOURCE, ours.iris.base, load, str(mapped), format="rdf")
    mapper.run(job, None, lambda phase, done, total: progress(f"their {phase}", done, total))
    for name in ("source", "shared"):
        target = folder / "quads" / name / SOURCE
        target.mkdir(parents=True)
        (mapped / f"{name}.nt.gz").rename(target / "base.nt.gz")


def _put_beside(generation: Path, folder: Path) -> None:
    """The side files of the generation, and what its last run left, under the same roof."""
    files = [file for file in generation.joinpath("quads").rglob("*") if file.is_file()]
    files += [generation / name for name in KEPT if (generation / name).exists()]
    for file in files:
        target = folder / file.relative_to(generation)
        target.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(file, target)


def _run(reader: Reader, ours: Ours, folder: Path, progress: Progress) -> Run:
    decided = reading.read_decisions(reader.store.engine, ours.iris.base)
    progress("reading", 0, None)
    held = reading.read(folder, ours.iris.base, decided)
    return run(held, ours.iris, progress, before=Kept.read(reader.path), in_turn=True)


def _outside(sieve: Sieve, ours: Ours, folder: Path) -> tuple[dict[str, str], set[str]]:
    """The IRI there of each thing by its local path here; people of whom most is not here."""
    meant, mixed = sieve.meant(), sieve.mixed()
    below = f"{ours.iris.base}id/"
    found, several = dict[str, str](), set[str]()
    for block in sidefiles.read_file(folder / "quads/source" / SOURCE / "base.nt.gz"):
        first = ""
        for subject, said in subjects(block.decode("utf-8", "replace")):
            first = first or subject.removeprefix(below)
            key = next((first_text(said, one) for one in _KEYS if one in said), "")
            if key in meant:
                found[first] = meant[key]
            if key in mixed:
                several.add(first)
    return found, several
