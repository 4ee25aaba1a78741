"""Write a person's decision and the run that obeys it, in one generation; take one back.

Decisions are only ever added to `graph/decisions`; an undo is one too. What a run changed that a
later one could not know (who was canonical, which run a match named) is kept beside the generation,
so that an undo leaves the links as they were. Where somebody waits and only a long run could obey,
the decision alone is published, and the run follows (`ingest.resolution.curation.obeying`).
"""

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from ingest import counts
from ingest.difference import Changes
from ingest.lines import block, literal
from ingest.mapping import TYPE
from ingest.resolution import sharing
from ingest.resolution.curation.amending import Amended, Amending, Undone
from ingest.resolution.curation.redoing import Redoing
from ingest.resolution.curation.verdicts import Verdicts
from ingest.resolution.explaining import Entity, OneEntity, entities_of
from ingest.resolution.gathering import memory, reading
from ingest.resolution.gathering.memory import Memory
from ingest.resolution.gathering.reading import Held
from ingest.resolution.grouping import decisions, docket
from ingest.resolution.links import WAIT, Writing, no_cycles
from ingest.resolution.report import RunReport, Tally
from ingest.resolution.running import Progress, Run, silent
from ingest.resolution.weighing.evidence import Decision
from ontology import terms
from ontology.iris import Iris
from queries.errors import NoData, QueriesError
from queries.generations import Generations, Reader
from queries.writes.ahead import copy_of
from queries.writes.drafts import Draft

FOLDER = "decided"  # beside the generation: what each decision's run changed
# Quads. A run takes about 13 s of processor for a million of them: nobody waits for more than this.
LONG = 300_000
NONE = Tally(0, 0, 0, 0, 0, 0)


class DecisionError(QueriesError):
    """What cannot be decided."""


class UnknownDecision(DecisionError, LookupError):
    """No decision here is called `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is no decision here; `quiver decide --list` shows them")
        self.name = name


class DecidedMeanwhile(DecisionError):
    """Somebody decided about the same since the one who decides now looked."""

    def __init__(self, one: Decision) -> None:
        super().__init__(
            f"{one.by or 'somebody'} decided {one.verdict!r} of this on {one.on[:19]}, since you "
            f"looked: {one.reason}"
        )
        self.decision = one.iri


class TwoKinds(DecisionError, ValueError):
    """A publication and a person are never one: there is nothing to decide."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other} are things of two kinds")


def decide(
    data: Path,
    a: str,
    b: str,
    verdict: str,
    *,
    by: str,
    reason: str,
    knew: Collection[str] | None = None,
    wait: float = WAIT,
    progress: Progress = silent,
    later: bool = False,
) -> tuple[list[Decision], RunReport]:
    """Record that `a` and `b`, IRIs or names, are the same or different, and link accordingly.

    A name stands for all rows that have it: every pair of them is decided. `knew` are the standing
    decisions about the two that were seen: where there are others, nothing is decided. With `later`
    nobody waits for a long run: it is left to `ingest.resolution.curation.obeying`.
    """
    return record(
        data,
        lambda reader: list(decisions_of(reader, a, b, verdict, by, reason)),
        knew=knew,
        wait=wait,
        progress=progress,
        later=later,
    )


def decisions_of(
    reader: Reader, a: str, b: str, verdict: str, by: str, reason: str
) -> Iterator[Decision]:
    """The decisions that say so of every pair that is meant, not yet dated."""
    below = f"{reader.meta['base']}id/"
    for pair in _pairs(entities_of(reader, a), entities_of(reader, b)):
        one, other = sorted(entity.iri.removeprefix(below) for entity in pair)
        names = tuple(sorted({entity.label for entity in pair}))
        yield Decision("", one, other, verdict, by=by, reason=reason, printed=names)


def undo(
    data: Path,
    names: Sequence[str],
    *,
    by: str,
    reason: str,
    wait: float = WAIT,
    progress: Progress = silent,
    later: bool = False,
) -> tuple[list[Decision], RunReport]:
    """Take decisions back, each named by its IRI or the end of it."""
    return record(
        data,
        lambda reader: list(undoing(_known(reader), names, by, reason)),
        wait=wait,
        progress=progress,
        later=later,
    )


def undoing(
    known: Sequence[Decision], names: Sequence[str], by: str, reason: str
) -> Iterator[Decision]:
    """The decisions that take those of these names back, not yet dated."""
    for name in names:
        found = [one for one in known if one.iri == name or one.iri.endswith(f"/{_last(name)}")]
        if not found:
            raise UnknownDecision(name)
        old = found[0]
        undone = replace(old, iri="", verdict=decisions.UNDO, by=by, reason=reason, undoes=old.iri)
        yield replace(undone, moves=(), to="")


def _known(reader: Reader) -> list[Decision]:
    return reading.read_decisions(reader.store.engine, reader.meta["base"])


def _last(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2]


def _pairs(ones: Sequence[Entity], others: Sequence[Entity]) -> Iterator[tuple[Entity, Entity]]:
    seen = set()
    for one, other in product(ones, others):
        if one.is_author != other.is_author:
            raise TwoKinds(one.iri, other.iri)
        if one.iri != other.iri and frozenset((one.iri, other.iri)) not in seen:
            seen.add(frozenset((one.iri, other.iri)))
            yield one, other
    if not seen:
        raise OneEntity(ones[0].iri)


def record(
    data: Path,
    said: Callable[[Reader], Sequence[Decision]],
    *,
    knew: Collection[str] | None = None,
    wait: float = WAIT,
    progress: Progress = silent,
    later: bool = False,
) -> tuple[list[Decision], RunReport]:
    """Date what is said, and publish it with the links that obey it.

    With `later`, they follow where only a long run can find them. It is looked up in the draft,
    where nobody else writes: one store less to open. What it leaves to clear, whoever asked for it
    clears once they have the answer, or else the next writer.
    """
    began = time.monotonic()
    generations = Generations(
        data,
        "quiver decide",
        lambda phase: progress(phase, 0, None),
        clears=False,
        copy=copy_of(data),
    )
    if generations.current() is None:
        raise NoData(data)
    with generations.write(wait) as draft, no_cycles():
        assert draft.base is not None
        assert draft.previous is not None
        as_it_is = Reader(draft.base, draft.previous, draft.meta, -1, draft.store)
        fresh = said(as_it_is)
        held = reading.read_all_decisions(draft.store.engine, draft.meta["base"])
        if knew is not None:
            _check_known(held, fresh, knew)
        writing = Deciding(draft, progress, fresh, later, held)
        report = writing.run()
    return writing.fresh, replace(report, seconds=time.monotonic() - began)


def _check_known(
    held: Iterable[Decision], fresh: Sequence[Decision], knew: Collection[str]
) -> None:
    """Refuse to decide where others decided about the same and it was not seen."""
    known = {one.iri: one for one in held if not one.is_of_link}
    seen, topics = {_last(iri) for iri in knew}, docket.topics(known.values())
    for one in fresh:
        for iri in topics.get(docket.topic(one), ()):
            if _last(iri) not in seen:
                raise DecidedMeanwhile(known[iri])


class Deciding(Writing):
    """A run on a draft that holds new decisions, beside all that it `held` before."""

    must_publish = True

    def __init__(
        self,
        draft: Draft,
        progress: Progress,
        fresh: Sequence[Decision],
        later: bool = False,
        held: Sequence[Decision] = (),
    ) -> None:
        super().__init__(draft, progress, sharing.cores())
        self.later = later
        self._before = held
        self.fresh = list(_dated(fresh, held, self.iris))
        lines = ((None, _block(one, self.iris).encode()) for one in self.fresh)
        self.put("decisions", sorted(lines, key=str))

    def run(self) -> RunReport:
        """Obey at once what changes little; all else by a whole run, now or later."""
        known = memory.read(self.draft.read_path(memory.FILE))
        amended = None if known is None else self._amended(known)
        if amended is not None:
            self._keep(amended.came, amended.went, amended.formerly, amended.runs)
            self.write_about(amended.report, amended.rule, amended.digest)
            return self._published(amended.report)
        return self._left(known) if self.later and self._is_long() else self.whole()

    def whole(self) -> RunReport:
        """Obey by a whole run."""
        return super().run()

    def _published(self, report: RunReport) -> RunReport:
        self.draft.leave(self.scratch)
        self.progress("publishing", 0, None)
        return replace(report, generation=self.draft.publish())

    def _is_long(self) -> bool:
        """Whether a whole run takes longer than somebody at a screen waits."""
        return sum(counts.read(self.draft.read_path(counts.FILE)).graphs.values()) > LONG

    def _left(self, known: Memory | None) -> RunReport:
        """Publish the decisions alone, and that they wait for a run."""
        waiting = self.draft.meta.get(memory.WAITING, [])
        self.draft.meta[memory.WAITING] = [*waiting, *(one.iri for one in self.fresh)]
        self._write_size()
        tallies = (known.publications, known.authors, known.works) if known else (NONE, NONE, 0)
        return self._published(RunReport("", None, True, False, *tallies, (), obeyed=False))

    def _amended(self, known: Memory) -> Amended | None:
        decided = [one for one in (*self._before, *self.fresh) if not one.is_of_link]
        for kind in (Amending, Verdicts, Redoing):
            work = kind(self, known, decided, self._undone())
            members = work.members(self.fresh)
            if members is not None:
                self.touched = [f"{self.iris.base}id/{one}" for one in members]
                self.progress("links", 0, None)
                return work.amend(members)
        return None

    def _undone(self) -> Undone:
        return undone(self.fresh, self.draft.read_path)

    def held(self) -> Held:
        """As it is, but that what an undone decision's run changed is as it was."""
        return restored(super().held(), self._undone())

    def remember(self, found: Run, changes: Changes, kept: Collection[str]) -> None:
        """What an undo needs: canonical members that came and went, the runs of changed matches."""
        before = found.held.evidence.before
        present, lost = found.canonical().keys(), found.held.formerly
        came = sorted(set(kept) - before.canonical)
        match = f"<{self.iris.base}id/match/".encode()
        runs = {}
        for old, _ in changes:
            if old is not None and old.startswith(match):
                iri = old[len(match) : old.index(b">")].decode()
                runs[f"match/{iri}"] = before.runs[f"match/{iri}"]
        went = sorted(before.canonical & present - set(kept))
        self._keep(came, went, {one: lost[one] for one in came if one in lost}, runs)

    def _keep(
        self,
        came: Sequence[str],
        went: Sequence[str],
        formerly: Mapping[str, Sequence[str]],
        runs: Mapping[str, tuple[str, str]],
    ) -> None:
        told = {
            "came": came,
            "went": went,
            "formerly": formerly,
            "runs": dict(sorted(runs.items())),
        }
        folder = self.draft.path / FOLDER
        folder.mkdir(exist_ok=True)
        text = json.dumps(told, ensure_ascii=False, indent=1)
        for one in self.fresh:
            (folder / f"{_last(one.iri)}.json").write_text(text, encoding="utf-8")


def undone(fresh: Iterable[Decision], path_of: Callable[[str], Path | None]) -> Undone:
    """What the runs of the decisions that these take back had changed; `path_of` finds files."""
    found = Undone()
    for told in _told(fresh, path_of):
        came, went = frozenset(told["came"]), frozenset(told["went"])
        runs = {match: (run, said) for match, (run, said) in told["runs"].items()}
        found = Undone(
            found.came | came,
            (found.went - came) | went,
            {**found.formerly, **told["formerly"]},
            {**found.runs, **runs},
        )
    return found


def _told(
    fresh: Iterable[Decision], path_of: Callable[[str], Path | None]
) -> Iterator[dict[str, Any]]:
    for one in fresh:
        path = path_of(f"{FOLDER}/{_last(one.undoes)}.json")
        if one.undoes and path is not None and path.exists():
            yield json.loads(path.read_text("utf-8"))


def restored(held: Held, undone: Undone) -> Held:
    """What a run starts from where decisions are taken back."""
    before = held.evidence.before
    canonical = (before.canonical - undone.came) | undone.went
    changed = replace(before, canonical=canonical, runs={**before.runs, **undone.runs})
    held.evidence = replace(held.evidence, before=changed)
    held.formerly.update(undone.formerly)
    return held


def _dated(fresh: Sequence[Decision], known: Sequence[Decision], iris: Iris) -> Iterator[Decision]:
    """Decisions with their time, later than all others', and their names."""
    last = max((decisions.moment(one.on) for one in known), default=None)
    moment = datetime.now(UTC)
    if last is not None and last >= moment:
        moment = last + timedelta(microseconds=1)
    told = moment.isoformat(timespec="microseconds").removesuffix("+00:00")
    on = f"{told.rstrip('0').rstrip('.')}Z"  # as the store gives it back (canonical xsd:dateTime)
    for one in fresh:
        key = [one.one, one.other, one.verdict, one.by, on, *one.moves]
        yield replace(one, on=on, iri=iris.entity("decision", key).removeprefix(f"{iris.base}id/"))


def _block(one: Decision, iris: Iris) -> str:
    subject = f"<{iris.base}id/{one.iri}>"
    lines = [
        f"{subject} {TYPE} <{terms.DECISION}> .\n",
        f"{subject} <{terms.VERDICT}> {literal(one.verdict)} .\n",
        f"{subject} <{terms.DECIDED_BY}> {literal(one.by)} .\n",
        f'{subject} <{terms.DECIDED_ON}> "{one.on}"^^<{terms.XSD_DATE_TIME}> .\n',
        f"{subject} <{terms.REASON}> {literal(one.reason)} .\n",
    ]
    lines += [
        f"{subject} <{terms.COMPARES}> <{docket.iri_of(entity, f'{iris.base}id/')}> .\n"
        for entity in (one.one, one.other)
        if entity
    ]
    lines += [f"{subject} <{terms.MOVES}> <{iris.base}id/{moved}> .\n" for moved in one.moves]
    if one.to:
        lines.append(f"{subject} <{terms.MOVES_TO}> <{iris.base}id/{one.to}> .\n")
    lines += [f"{subject} <{terms.PRINTED_NAME}> {literal(name)} .\n" for name in one.printed]
    if one.undoes:
        lines.append(f"{subject} <{terms.UNDOES}> <{iris.base}id/{one.undoes}> .\n")
    return block(lines)
