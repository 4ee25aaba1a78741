"""Links a data folder against another graph: streams it, compares, writes what is sure."""

import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import pyoxigraph as ox

from ingest import about, counts
from ingest.lines import LABEL, TYPE, block, literal
from ingest.linking import following, somebodies, staging, theirs
from ingest.linking.choosing import GREY, LINKED, Candidate, best, target_of
from ingest.linking.others import NAMED, Paper, Somebody, Source, Stranger, names_of_dblp
from ingest.linking.ours import Ours
from ingest.linking.outside import Outside
from ingest.linking.sieve import Sieve
from ingest.linking.staging import Progress
from ingest.linking.stated import Stated
from ingest.linking.theirs import Theirs
from ingest.records import RecordError
from ingest.resolution.links import Writing
from ingest.resolution.weighing.scoring import RULE_VERSION
from ontology import terms
from ontology.iris import Iris
from queries.generations import Generations

WAIT = 30.0
TOLD = 5  # things that could not be read, of which a report tells why
STEP = 5000  # items between two words of progress


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What a run read and came to; `found` are its candidates, sure ones and maybes."""

    papers: int = 0
    people: int = 0
    unread: int = 0
    compared: int = 0
    problems: tuple[RecordError, ...] = ()
    came: tuple[tuple[str, str], ...] = ()
    went: tuple[tuple[str, str], ...] = ()
    found: tuple[Candidate, ...] = ()
    said: Mapping[str, Theirs] = field(default_factory=dict)
    generation: int | None = None
    seconds: float = 0.0

    @property
    def grey(self) -> list[Candidate]:
        """Those that are for people to look at."""
        return [one for one in self.found if one.verdict == GREY]

    @property
    def sure(self) -> list[Candidate]:
        """Those that the evidence is enough for."""
        return [one for one in self.found if one.verdict == LINKED]


@dataclass(slots=True)
class _Reading:
    """The other side on its way through: what was seen of it."""

    source: Source
    progress: Progress
    ours: Ours
    scratch: Path
    papers: int = 0
    people: int = 0
    unread: int = 0
    problems: list[RecordError] = field(default_factory=list)
    met: list[Candidate] = field(default_factory=list)
    said: dict[str, Theirs] = field(default_factory=dict)

    def stream(self) -> Iterator[Paper | Stranger]:
        """The papers; people alone are compared on the way."""
        items = self.source.read(self.ours.may_have, self.scratch, self.progress)
        for number, item in enumerate(items):
            if number % STEP == 0:
                self.progress("reading the other side", number, self.source.estimate(number))
            if isinstance(item, Paper | Stranger):
                self.papers += 1 if isinstance(item, Paper) else item.papers
                yield item
            elif isinstance(item, Somebody):
                self.people += 1
                self._meet(item)
            elif isinstance(item, RecordError):
                self.unread += 1
                if len(self.problems) < TOLD:
                    self.problems.append(item)

    def _meet(self, item: Somebody) -> None:
        found = list(somebodies.candidates(self.ours, item))
        self.met += found
        if any(one.verdict == GREY for one in found):
            here = {one for one in item.titles if self.ours.has_title(one)}
            self.said[item.iri] = theirs.of_somebody(item, self.source.path.name, here)


def link(
    data: Path,
    source: Source,
    *,
    dry_run: bool = False,
    wait: float = WAIT,
    progress: Progress = lambda phase, done, total: None,
) -> LinkReport:
    """Compare the graph with another one, and link what is surely the same."""
    began = time.monotonic()
    report = _compared(data, source, progress)
    found = report.found
    if not dry_run and found:
        with Generations(data, "quiver link").write(wait) as draft:
            report = _Linking(draft, progress).write(report, source)
    return replace(report, seconds=round(time.monotonic() - began, 2))


def state(
    data: Path,
    file: Path,
    *,
    by: str = "",
    wait: float = WAIT,
    progress: Progress = lambda phase, done, total: None,
) -> LinkReport:
    """Take in the links that an SSSOM file states; none where a line of it is wrong."""
    stated = Stated(file.read_text(encoding="utf-8"), by)
    with Generations(data).open() as reader:
        ours = Ours.of(reader.store.engine, Iris(str(reader.meta["base"])))
        found = tuple(stated.candidates(ours))
    with Generations(data, "quiver link").write(wait) as draft:
        return _Linking(draft, progress).write(LinkReport(found=found), Source(file))


def _compared(data: Path, source: Source, progress: Progress) -> LinkReport:
    with (
        Generations(data).open() as reader,
        staging.scratch(data) as folder,
        theirs.spooled(folder) as spool,
    ):
        iris = Iris(str(reader.meta["base"]))
        ours = Ours.of(reader.store.engine, iris)
        reading = _Reading(source, progress, ours, folder)
        sieve = Sieve(folder, spool)
        sieve.write(reading.stream(), ours)
        _name_people(source, sieve)
        joined = staging.candidates(reader, sieve, ours, folder, progress)
        found = tuple(best([*reading.met, *joined]))
        asked = theirs.asked(found)
        said = {iri: reading.said[iri] for iri in asked if iri in reading.said}
        said |= sieve.said(asked, source.path.name)
        counted = reading.papers, reading.people, reading.unread, len(sieve.papers)
        told = tuple(reading.problems)
        return LinkReport(*counted, told, found=found, said=said)


def _name_people(source: Source, sieve: Sieve) -> None:
    """Give people who are known by their dblp names the PIDs that stand elsewhere in the file."""
    named = [iri for iri in sieve.people if iri.startswith(NAMED)]
    if not named:
        return
    known = names_of_dblp(source.path, {iri.removeprefix(NAMED) for iri in named})
    for name, pid in known.items():
        sieve.rename(f"{NAMED}{name}", pid)


class _Linking(Writing):
    """A run of linking on a draft."""

    def _held(self, iri: str) -> bytes | None:
        """What the graph of loads and runs says of this."""
        graph = ox.NamedNode(self.iris.graph("about"))
        quads = self.store.quads_for_pattern(ox.NamedNode(iri), None, None, graph)
        return block(f"{q.subject} {q.predicate} {q.object} .\n" for q in quads).encode() or None

    def write(self, report: LinkReport, source: Source) -> LinkReport:
        """Write matches and links, and say what the run was."""
        name = source.path.name
        digest = sha256("\n".join(map(repr, report.found)).encode()).hexdigest()[:24]
        run = self.iris.entity("run", ["link", RULE_VERSION, name, digest])
        moved = following.write(
            self.draft, self.iris, report.found, run, f"against {name}", self.put
        )
        named = {told.outside for told in Outside(self.store, self.iris).compared().values()}
        theirs.keep(self.draft, report.said.items(), named)
        lines = [
            f"<{run}> {TYPE} <{terms.RUN}> .\n",
            f"<{run}> {LABEL} {literal(f'Linking against {name}')} .\n",
            f"<{run}> <{terms.RULE_VERSION}> {literal(RULE_VERSION)} .\n",
            f"<{run}> <{terms.INPUT_DIGEST}> {literal(digest)} .\n",
            f"<{run}> <{terms.PROV_ENDED_AT_TIME}> {about.now()} .\n",
        ]
        self.put("about", [(self._held(run), block(lines).encode())])
        total = sum(counts.read(self.draft.read_path(counts.FILE)).graphs.values())
        size = about.dataset_block(self.iris, total).encode()
        self.put("about", [(self._held(self.iris.base), size)])
        shutil.rmtree(self.scratch)
        number = self.draft.publish()
        return replace(report, came=moved.came, went=moved.went, generation=number)


__all__ = ["LinkReport", "link", "target_of"]
