"""A decision about persons obeyed at once: only the clusters near it are clustered and written.

What is written is what a whole run would write. The links hold what was compared, so nothing is
read but what stands near the decision, and nothing is scored.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pyoxigraph as ox

from ingest import derive, entities
from ingest.difference import Change, Difference, amend
from ingest.relink import Graphs
from ingest.resolution.curation.lending import Lending
from ingest.resolution.curation.nearby import Nearby, clusters_of
from ingest.resolution.curation.rewriting import (
    agents_of,
    changed,
    counted,
    moved_line,
    value,
    verdicts_of,
    with_object,
)
from ingest.resolution.gathering import clues, memory
from ingest.resolution.gathering.history import match_digest
from ingest.resolution.gathering.memory import Cluster, Memory
from ingest.resolution.gathering.reading import digest
from ingest.resolution.grouping import canonical, decisions
from ingest.resolution.grouping.assignment import Assigned
from ingest.resolution.grouping.persons import ACCEPT
from ingest.resolution.grouping.works import Compared
from ingest.resolution.links import TEXT_INDEX, Writing
from ingest.resolution.report import RunReport, cluster_changes
from ingest.resolution.running import name_of
from ingest.resolution.weighing.evidence import Decision
from ingest.resolution.weighing.scoring import Verdict
from ontology import terms
from queries.search import textindex

_PERSON, _OF = ox.NamedNode(terms.PERSON_PROPERTY), ox.NamedNode(terms.OF_PUBLICATION)
_CANONICAL, _AUTHORS_FROM = ox.NamedNode(terms.CANONICAL), ox.NamedNode(terms.AUTHORS_FROM)
_RUN, _VERDICT = f" <{terms.RUN_PROPERTY}> ", f" <{terms.VERDICT}> "
_SAME_AS, _FORMERLY = f" <{terms.SAME_AS}> <", f" <{terms.FORMERLY_CANONICAL}> <"
_DIFFERENT = f" <{terms.DIFFERENT_FROM}> <"
_IS = f" <{terms.CANONICAL}> <"
SIMPLE = {decisions.SAME, decisions.DIFFERENT, decisions.UNDO}


@dataclass(frozen=True, slots=True)
class Undone:
    """What the runs of decisions that are taken back had changed."""

    came: frozenset[str] = frozenset()
    went: frozenset[str] = frozenset()
    formerly: Mapping[str, list[str]] = field(default_factory=dict)
    runs: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Amended:
    """What came of it: the report, and what an undo must know."""

    report: RunReport
    rule: str
    digest: str
    came: list[str]
    went: list[str]
    formerly: dict[str, list[str]]
    runs: dict[str, tuple[str, str]]


class Amending:
    """The clusters near decisions, and what the links say of them, before and after."""

    def __init__(
        self, writing: Writing, known: Memory, decided: Iterable[Decision], undone: Undone
    ) -> None:
        self.writing = writing
        self.memory = known
        self.undone = undone
        self.decided = sorted(decided, key=lambda decision: decision.iri)
        self.below = f"{writing.iris.base}id/"
        self.graphs = Graphs(writing.store, writing.iris)
        self.near = Nearby.of(self.graphs, self.below, known, self.decided)
        self.lending = Lending(self.graphs, self.below)
        self.digest = digest(known.said, self.decided)
        self.run = self.below + name_of(writing.iris, known.rule, self.digest)

    def members(self, fresh: Iterable[Decision]) -> tuple[str, ...] | None:
        """All whose cluster these could touch; None where only a whole run can tell."""
        pairs = [decisions.pair_of(one) for one in fresh]
        if not all(one.startswith("author/") for pair in pairs for one in pair):
            return None
        found = self.near.around(one for pair in pairs for one in pair)
        said = {one.verdict for one in self.decided if {*decisions.pair_of(one)} & {*found}}
        if said - SIMPLE or self.near.is_divided(found) or not self._knows_lending(found):
            return None
        return found

    def _knows_lending(self, members: Collection[str]) -> bool:
        """Whether it is known which signatures could go to and fro between these."""
        torn = (self.memory.torn or frozenset()) & {*members}
        if not torn or not self.near.has_namesakes(members):
            return True
        held = clues.read(self.writing.draft.read_path(clues.FILE), torn)
        if held is None or not all(self.near.is_by(held[r].signatures, r) for r in held):
            return False
        self.lending = Lending(self.graphs, self.below, held)
        return True

    def amend(self, members: tuple[str, ...]) -> Amended:
        """Cluster these anew, and bring links, index and memory to the new state."""
        undecided = clusters_of(members, {one: self.near.undecided(one) for one in members})
        before = clusters_of(members, {one: self.near.cluster(one) for one in members})
        old = {one: self.near.canonical(one) or one for one in members}
        compared = self.near.compared(frozenset(members))
        standing = self._standing(frozenset(members))
        signed = self.near.signed(members) if standing.same else ()
        obeyed = decisions.regroup(
            undecided,
            tuple(compared.values()),
            standing,
            "author",
            accept=ACCEPT,
            together=decisions.signing_together(signed),
        )
        left = self._left(members)
        stars = self._stars(obeyed.clusters, left)
        new = {one: stars.get(one, one) for one in members}
        judged = dict(zip(compared, obeyed.compared, strict=True))
        rows = _Rows(self, left, new, self._different(judged, standing))
        pairs = [*rows.changes(), *self._matches(judged)]
        given = self._given(new, standing)
        moved = self.lending.moved(given)
        papers = list(self._publications(old, new, moved))
        papers += self.lending.matches(given, self.run, self.undone.runs)
        kept = {one for one in members if new[one] == one}
        problems = (*standing.problems, *obeyed.problems)
        report = self._report(old, new, before, obeyed.clusters, problems)
        runs = dict(self._earlier_runs([*pairs, *papers]))
        report = self._write(report, pairs, papers)
        self._remember(members, undecided, obeyed.clusters, left, kept, report)
        self._index(old, new, agents_of(papers, self.below))
        came, went = self._for_an_undo(left, kept, members)
        return Amended(
            report,
            self.memory.rule,
            self.digest,
            came,
            went,
            {one: rows.formerly[one] for one in came if one in rows.formerly},
            runs,
        )

    def _standing(
        self, members: Collection[str], decided: Collection[Decision] | None = None
    ) -> decisions.Standing:
        """The decisions (by default all) about these that a run obeys, and all that none can."""
        known = self.decided if decided is None else decided
        about = {one for decision in known for one in decisions.pair_of(decision)}
        found = decisions.standing(known, self.near.labels(sorted(about)))
        return replace(
            found,
            same=tuple(one for one in found.same if one.one in members),
            different=tuple(one for one in found.different if one.one in members),
        )

    def _given(self, new: Mapping[str, str], standing: decisions.Standing) -> Assigned:
        """Whose the signatures are that could go to namesakes."""
        namesakes = {one for held in self.lending.torn.values() for one in held.namesakes}
        person = {one: self.near.canonical(one) or one for one in namesakes - new.keys()}
        apart = [decisions.pair_of(one) for one in standing.different]
        return self.lending.given(person | {**new}, apart)

    def _left(self, members: Collection[str]) -> frozenset[str]:
        """The members that the last run left canonical, but for what is taken back."""
        path = self.writing.previous / memory.CANONICAL_FILE
        found = memory.canonical_among(path, self.memory, members)
        return ((found - self.undone.came) | self.undone.went) & frozenset(members)

    def _for_an_undo(
        self, left: Collection[str], kept: Collection[str], members: Collection[str]
    ) -> tuple[list[str], list[str]]:
        """Canonical members that came and went, also of what is taken back but stays as it is."""
        came, went = self.undone.came - frozenset(members), self.undone.went - frozenset(members)
        path = self.writing.previous / memory.CANONICAL_FILE
        still = memory.canonical_among(path, self.memory, came)
        gone = {one for one in went if self.near.canonical(one) not in (None, "", one)}
        return sorted({*kept} - {*left} | still), sorted({*left} - {*kept} | gone)

    def _stars(self, clusters: Iterable[Cluster], left: Collection[str]) -> dict[str, str]:
        """Canonical members; papers are counted only where they decide."""
        held = [members for members in clusters if members[0].startswith("author/")]
        open_ones = [m for members in held if len({*left} & {*members}) != 1 for m in members]
        return canonical.stars(held, left, self._weights(open_ones))

    def _weights(self, rows: Collection[str]) -> dict[str, int]:
        """How many publications, each counted once, a row signs."""
        return self.near.weights(rows)

    def _different(
        self, judged: Mapping[str, Compared], standing: decisions.Standing
    ) -> set[tuple[str, str]]:
        found = {
            (pair.one, pair.other)
            for pair in judged.values()
            if pair.score.forbidden and pair.verdict is not Verdict.SAME
        }
        return found | {decisions.pair_of(one) for one in standing.different}

    # --- matches, publications

    def _matches(self, judged: Mapping[str, Compared]) -> Iterator[Change]:
        """Matches whose verdict is another now, or whose run is taken back."""
        for match, compared in judged.items():
            held = self.graphs.lines([self.below + match])
            run = next(line for line in held if _RUN in line)
            verdict = next(line for line in held if _VERDICT in line)
            said = verdict[: verdict.index(_VERDICT)] + f'{_VERDICT}"{self._said(compared)}" .\n'
            rest = {line for line in held if line not in (run, verdict)} | {said}
            told = match_digest(line.encode() for line in rest)
            was, what = self.undone.runs.get(match, ("", ""))
            if match in self.undone.runs:
                run = with_object(run, _RUN, was if what == told else self.run)
            elif said != verdict:
                run = with_object(run, _RUN, self.run)
            if rest | {run} != held:
                yield changed(held, rest | {run})

    def _said(self, compared: Compared) -> str:
        """The verdict as the links have it."""
        return compared.verdict

    def _earlier_runs(self, pairs: Iterable[Change]) -> Iterator[tuple[str, tuple[str, str]]]:
        match = f"<{self.below}match/".encode()
        for old, _ in pairs:
            if old is not None and old.startswith(match):
                iri = old[1 + len(self.below) : old.index(b">")].decode()
                lines = old.splitlines(keepends=True)
                run = next(line for line in lines if _RUN.encode() in line)
                rest = match_digest(line for line in lines if line is not run)
                told = run[run.rindex(b"<") + 1 : -4].decode(), rest
                yield iri, self.undone.runs.get(iri, told)

    def _publications(
        self, old: Mapping[str, str], new: Mapping[str, str], moved: Mapping[str, str]
    ) -> Iterator[Change]:
        """Publications of those who have another canonical member: their authors.

        Also those with signatures that `moved`, and what these are.
        """
        rows = {self.below + one: self.below + new[one] for one in new}
        papers: set[str] = set()
        for one in sorted(old):
            if old[one] != new[one]:
                for signature in self.graphs.subjects(_PERSON, self.below + one):
                    papers.update(self.graphs.objects(signature, _OF))
        signed = {paper for one in moved for paper in self.graphs.objects(one, _OF)}
        papers = {self.graphs.object(paper, _CANONICAL) or paper for paper in papers | signed}
        for paper in sorted(papers):
            yield self._publication(paper, rows, moved)
        for paper in sorted(signed - papers):
            own = self.graphs.publication(paper)
            held = self.graphs.lines([paper, *(one.iri for one in own.signatures)])
            yield changed(held, {moved_line(line, moved) for line in held})

    def _publication(self, paper: str, rows: Mapping[str, str], moved: Mapping[str, str]) -> Change:
        chosen = self.graphs.publication(self.graphs.object(paper, _AUTHORS_FROM) or paper)
        persons = {
            signed.iri: moved.get(signed.iri)
            or self.graphs.object(signed.iri, _PERSON)
            or signed.row
            for signed in chosen.signatures
        }
        agents = {
            person: rows.get(person) or self.graphs.object(person, _CANONICAL) or person
            for person in persons.values()
        }
        own = chosen if chosen.iri == paper else self.graphs.publication(paper)
        held = self.graphs.lines([paper, *(signed.iri for signed in own.signatures)])
        rest = {moved_line(line, moved) for line in held if not derive.is_agent_line(line)}
        return changed(held, rest | {*derive.author_lines(paper, chosen, agents, persons)})

    # --- what is written

    def _report(
        self,
        old: Mapping[str, str],
        new: Mapping[str, str],
        before: Collection[Cluster],
        after: Collection[Cluster],
        problems: tuple[str, ...],
    ) -> RunReport:
        known = self.memory.authors
        canonical_before, canonical_after = (
            sum(one == first for one, first in stars.items()) for stars in (old, new)
        )
        return RunReport(
            run=self.run,
            generation=self.writing.draft.base,
            changed=True,
            dry_run=False,
            publications=self.memory.publications,
            authors=replace(
                known,
                canonical=known.canonical + canonical_after - canonical_before,
                clusters=known.clusters + len(after) - len(before),
            ),
            works=self.memory.works,
            changes=cluster_changes(old, new, self.near.labels(old)),
            problems=problems,
        )

    def _write(self, report: RunReport, pairs: list[Change], others: Iterable[Change]) -> RunReport:
        """Write all; of rows compared, which only `pairs` tell of, count the verdicts anew."""
        difference = self._change([*pairs, *others])
        return replace(
            report,
            added=difference.added,
            removed=difference.removed,
            authors=counted(report.authors, verdicts_of(pairs)),
        )

    def _change(self, pairs: Iterable[Change]) -> Difference:
        return amend(self.writing.draft, "links", pairs, self.writing.scratch / "amending")

    def _remember(
        self,
        members: Collection[str],
        undecided: Iterable[Cluster],
        decided: Iterable[Cluster],
        left: frozenset[str],
        kept: Collection[str],
        report: RunReport,
    ) -> None:
        """The memory, brought to the new state for these members."""
        others = {one: held for one, held in self.memory.undecided.items() if one not in members}
        came, went = self.memory.came - frozenset(members), self.memory.went - frozenset(members)
        path = self.writing.previous / memory.CANONICAL_FILE
        bare = replace(self.memory, came=frozenset(), went=frozenset())
        base = memory.canonical_among(path, bare, members)
        known = replace(
            self.memory,
            publications=report.publications,
            authors=report.authors,
            undecided=others | memory.changed(undecided, decided),
            came=came | (frozenset(kept) - base),
            went=went | (base - frozenset(kept)),
        )
        memory.write(self.writing.draft.path / memory.FILE, known)

    def _index(
        self, old: Mapping[str, str], new: Mapping[str, str], agents: Collection[str]
    ) -> None:
        """The entries of those whose cluster or papers are others."""
        moved = {first for one in old if old[one] != new[one] for first in (old[one], new[one])}
        moved = (moved | {*agents}) - {""}
        if moved:
            fresh = sorted(self.below + one for one in moved if new.get(one, one) == one)
            gone = sorted(self.below + one for one in moved if new.get(one, one) != one)
            rows = entities.rows(Graphs(self.writing.store, self.writing.iris), fresh)
            textindex.amend(self.writing.draft.amend(TEXT_INDEX), gone, rows)


class _Rows:
    """What the links say of author rows, as a whole run would say it."""

    def __init__(
        self,
        work: Amending,
        left: Collection[str],
        new: Mapping[str, str],
        different: Collection[tuple[str, str]],
    ) -> None:
        self.work = work
        self.left = left
        self.new = new
        self.different = different
        self.formerly: dict[str, list[str]] = {}

    def changes(self) -> Iterator[Change]:
        """The blocks that are not as they were."""
        for one in self.new:
            held = self.work.graphs.lines([self.work.below + one])
            lines = self._lines(one, held)
            if lines != held:
                yield changed(held, lines)

    def _lines(self, one: str, held: Collection[str]) -> set[str]:
        below, first = self.work.below, self.new[one]
        kept = {line for line in held if not self._is_derived(line)}
        kept.update(derive.row_block(below + one, below + first).splitlines(keepends=True))
        was = [value(line) for line in held if _FORMERLY in line]
        was = list(self.work.undone.formerly.get(one, was))
        if was:
            self.formerly[one] = was
        if first != one:
            lost = was or ([self.work.run] if one in self.left else [])
            kept |= {f"<{below}{one}>{_FORMERLY}{activity}> .\n" for activity in lost}
            outside = {line for line in kept if _SAME_AS in line and below not in value(line)}
            kept -= outside
        for pair in self.different:
            if pair[0] == one:
                kept.add(f"<{below}{one}>{_DIFFERENT}{below}{pair[1]}> .\n")
        return kept

    def _is_derived(self, line: str) -> bool:
        """Whether a run writes this line, of what it finds out about these rows."""
        if _IS in line or _FORMERLY in line:
            return True
        inside = value(line).removeprefix(self.work.below)
        if _SAME_AS in line:
            return inside != value(line)
        return _DIFFERENT in line and inside in self.new
