"""Write a person's decision and the run that obeys it, in one generation; take one back.

Decisions are only ever added to `graph/decisions`; an undo is one too. What a run changed that a
later one could not know (who was canonical, which run a match named) is kept beside the generation,
so that an undo leaves the links as they were.
"""

import json
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from ingest.difference import Changes
from ingest.lines import block, literal
from ingest.mapping import TYPE
from ingest.relink import Graphs
from ingest.resolution import decisions, memory, reading, splits
from ingest.resolution.amending import Amended, Amending, Undone
from ingest.resolution.evidence import Decision, Signature
from ingest.resolution.explaining import Entity, OneEntity, entities_of
from ingest.resolution.links import WAIT, Writing, no_cycles
from ingest.resolution.memory import Memory
from ingest.resolution.reading import Held
from ingest.resolution.report import RunReport
from ingest.resolution.running import Progress, Run, silent
from ontology import terms
from ontology.iris import Iris
from queries.drafts import Draft
from queries.errors import NoData, QueriesError
from queries.generations import Generations, Reader

FOLDER = "decided"  # beside the generation: what each decision's run changed


class DecisionError(QueriesError):
    """What cannot be decided."""


class UnknownDecision(DecisionError, LookupError):
    """No decision here is called `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is no decision here; `quiver decide --list` shows them")
        self.name = name


class TwoKinds(DecisionError, ValueError):
    """A publication and a person are never one: there is nothing to decide."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other} are things of two kinds")


@dataclass(frozen=True, slots=True)
class Listed:
    """A decision for people: the labels of the two, and what became of it."""

    decision: Decision
    labels: tuple[str, str]
    state: str


def decide(
    data: Path,
    a: str,
    b: str,
    verdict: str,
    *,
    by: str,
    reason: str,
    wait: float = WAIT,
    progress: Progress = silent,
) -> tuple[list[Decision], RunReport]:
    """Record that `a` and `b`, IRIs or names, are the same or different, and link accordingly.

    A name stands for all rows that have it: every pair of them is decided.
    """
    return _recorded(
        data, lambda reader: list(decisions_of(reader, a, b, verdict, by, reason)), wait, progress
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
) -> tuple[list[Decision], RunReport]:
    """Take decisions back, each named by its IRI or the end of it."""
    with Generations(data).open() as reader:
        known = _known(reader)
    fresh = []
    for name in names:
        found = [one for one in known if one.iri == name or one.iri.endswith(f"/{_last(name)}")]
        if not found:
            raise UnknownDecision(name)
        old = found[0]
        undone = replace(old, iri="", verdict=decisions.UNDO, by=by, reason=reason, undoes=old.iri)
        undone = replace(undone, moves=(), to="")
        fresh.append(undone)
    return record(data, fresh, wait, progress)


def listed(reader: Reader) -> Iterator[Listed]:
    """All decisions, the latest first, with what became of each."""
    known = _known(reader)
    labels = _labels(reader, known)
    standing = decisions.standing(known, labels)
    states = {one.iri: "stands" for one in (*standing.same, *standing.different)}
    states |= {one.iri: f"suspended: {why}" for one, why in standing.suspended}
    states |= _states_of_splits(reader, known, labels)
    alive = {one.iri for one in decisions.not_undone(known)}
    for one in decisions.latest_first(known):
        fallen = "overruled" if one.iri in alive else "" if one.undoes else "taken back"
        names = labels.get(one.one, one.one), labels.get(one.other, one.other) or _moved(one)
        yield Listed(one, names, states.get(one.iri, fallen))


def _moved(split: Decision) -> str:
    told = f"{len(split.moves)} signature{'s' if len(split.moves) > 1 else ''}"
    return f"{told} to {split.to}" if split.to else told if split.moves else ""


def _states_of_splits(
    reader: Reader, known: Sequence[Decision], labels: Mapping[str, str]
) -> dict[str, str]:
    """What became of each decision about single signatures."""
    below = f"{reader.meta['base']}id/"
    graphs = Graphs(reader.store.engine, Iris(reader.meta["base"]))
    found = splits.standing(known, _signatures(graphs, below, known), labels)
    states = {one.iri: f"overruled: {why}" for one, why in found.overruled}
    states |= {one.iri: f"suspended: {why}" for one, why in found.suspended}
    return states | {one.iri: "stands" for one in found.standing}


def _signatures(graphs: Graphs, below: str, known: Iterable[Decision]) -> Iterator[Signature]:
    """Those that decisions move, as far as they are there."""
    for iri in sorted({moved for decision in known for moved in decision.moves}):
        row = graphs.object(below + iri, ox.NamedNode(terms.BY_AUTHOR))
        printed = graphs.object(below + iri, ox.NamedNode(terms.PRINTED_NAME))
        if row is not None and printed is not None:
            yield Signature(iri, "", row.removeprefix(below), printed=printed)


def _labels(reader: Reader, known: Sequence[Decision]) -> dict[str, str]:
    """The names of all that decisions are about and that is there."""
    graphs, below = (
        Graphs(reader.store.engine, Iris(reader.meta["base"])),
        reader.meta["base"] + "id/",
    )
    about = {one for d in known for one in (*decisions.pair_of(d), d.to)}
    found = ((one, graphs.object(below + one, ox.NamedNode(terms.LABEL))) for one in about if one)
    return {one: label for one, label in found if label is not None}


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
    data: Path, fresh: Sequence[Decision], wait: float, progress: Progress
) -> tuple[list[Decision], RunReport]:
    """Date these decisions, and publish them with the links that obey them."""
    return _recorded(data, lambda reader: fresh, wait, progress)


def _recorded(
    data: Path, said: Callable[[Reader], Sequence[Decision]], wait: float, progress: Progress
) -> tuple[list[Decision], RunReport]:
    """The same of what is `said`, looked up in the draft: one store less to open."""
    began = time.monotonic()
    generations = Generations(data, "quiver decide", lambda phase: progress(phase, 0, None))
    if generations.current() is None:
        raise NoData(data)
    with generations.write(wait) as draft, no_cycles():
        assert draft.base is not None
        assert draft.previous is not None
        as_it_is = Reader(draft.base, draft.previous, draft.meta, -1, draft.store)
        writing = _Deciding(draft, progress, said(as_it_is))
        report = writing.run()
    return writing.fresh, replace(report, seconds=time.monotonic() - began)


class _Deciding(Writing):
    """A run on a draft that holds new decisions."""

    must_publish = True

    def __init__(self, draft: Draft, progress: Progress, fresh: Sequence[Decision]) -> None:
        super().__init__(draft, progress)
        known = reading.read_decisions(self.store, self.iris.base)
        self.fresh = list(_dated(fresh, known, self.iris))
        lines = ((None, _block(one, self.iris).encode()) for one in self.fresh)
        self.put("decisions", sorted(lines, key=str))

    def run(self) -> RunReport:
        """Obey what was decided about persons at once; about all else by a whole run."""
        known = memory.read(self.draft.read_path(memory.FILE))
        amended = None if known is None else self._amended(known)
        if amended is None:
            return super().run()
        self._keep(amended.came, amended.went, amended.formerly, amended.runs)
        self.write_about(amended.report, amended.rule, amended.digest)
        shutil.rmtree(self.scratch)
        self.progress("publishing", 0, None)
        return replace(amended.report, generation=self.draft.publish())

    def _amended(self, known: Memory) -> Amended | None:
        decided = reading.read_decisions(self.store, self.iris.base)
        work = Amending(self, known, decided, self._undone())
        members = work.members(self.fresh)
        if members is None:
            return None
        self.progress("links", 0, None)
        return work.amend(members)

    def _undone(self) -> Undone:
        """What the runs of the decisions that are taken back had changed."""
        found = Undone()
        for told in self._told():
            came, went = frozenset(told["came"]), frozenset(told["went"])
            runs = {match: (run, said) for match, (run, said) in told["runs"].items()}
            found = Undone(
                found.came | came,
                (found.went - came) | went,
                {**found.formerly, **told["formerly"]},
                {**found.runs, **runs},
            )
        return found

    def _told(self) -> Iterator[dict[str, Any]]:
        for one in self.fresh:
            path = self.draft.read_path(f"{FOLDER}/{_last(one.undoes)}.json")
            if one.undoes and path is not None:
                yield json.loads(path.read_text("utf-8"))

    def held(self) -> Held:
        """As it is, but that what an undone decision's run changed is as it was."""
        held = super().held()
        undone = self._undone()
        before = held.evidence.before
        canonical = (before.canonical - undone.came) | undone.went
        restored = replace(before, canonical=canonical, runs={**before.runs, **undone.runs})
        held.evidence = replace(held.evidence, before=restored)
        held.formerly.update(undone.formerly)
        return held

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


def _dated(fresh: Sequence[Decision], known: Sequence[Decision], iris: Iris) -> Iterator[Decision]:
    """Decisions with their time, later than all others', and their names."""
    last = max((decisions.moment(one.on) for one in known), default=None)
    moment = datetime.now(UTC)
    if last is not None and last >= moment:
        moment = last + timedelta(microseconds=1)
    on = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
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
        f"{subject} <{terms.COMPARES}> <{iris.base}id/{entity}> .\n"
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
