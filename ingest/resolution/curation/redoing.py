"""Decisions that move single signatures or regroup publications, obeyed without a whole run.

What they touch is found again (`again`), and the blocks that say it are written as a whole run
would write them (`blocks`). Where more than that could change, it is left to a whole run.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

import pyoxigraph as ox

from ingest import counts
from ingest.resolution.curation.again import Again, Found, Side
from ingest.resolution.curation.amending import Amended
from ingest.resolution.curation.blocks import Blocks
from ingest.resolution.curation.lending import Lending
from ingest.resolution.curation.nearby import clusters_of
from ingest.resolution.curation.region import Elsewhere, Region
from ingest.resolution.curation.rewriting import agents_of, counted, verdicts_of
from ingest.resolution.curation.verdicts import Verdicts
from ingest.resolution.gathering import clues, memory
from ingest.resolution.gathering.memory import Cluster
from ingest.resolution.grouping import canonical, decisions
from ingest.resolution.grouping.assignment import Assigned
from ingest.resolution.grouping.doubts import Rule
from ingest.resolution.grouping.persons import ACCEPT
from ingest.resolution.grouping.register import Register
from ingest.resolution.grouping.versions import Versions
from ingest.resolution.grouping.works import Compared
from ingest.resolution.report import RunReport, cluster_changes
from ingest.resolution.statements import match_of
from ingest.resolution.weighing.evidence import Decision
from ingest.resolution.weighing.scoring import RULE_VERSION, Score, Verdict
from ontology import terms

_BY, _PART_OF = ox.NamedNode(terms.BY_AUTHOR), ox.NamedNode(terms.PART_OF)
_VERSION_OF, _AMBIGUOUS_BY = ox.NamedNode(terms.VERSION_OF), ox.NamedNode(terms.AMBIGUOUS_BY)


class Redoing(Verdicts):
    """Publications and rows near decisions, and what the links say of them, before and after."""

    def members(self, fresh: Iterable[Decision]) -> tuple[str, ...] | None:
        """All whose cluster these could touch; None where only a whole run can tell."""
        draft = self.writing.draft
        register = Register.of(draft)
        is_new = register is None or self.memory.rule != RULE_VERSION or self.memory.torn is None
        if register is None or is_new or draft.meta.get(memory.WAITING):
            return None
        made = list(fresh)
        self.earlier = [one for one in self.decided if one.iri not in {new.iri for new in made}]
        seeds = {one for new in made for one in decisions.pair_of(new) if one}
        self.versions = Versions(self.graphs, self.below)
        self._look_at_papers(seeds, register)
        try:
            self.found = self._find(made, seeds, register)
        except Elsewhere:
            return None
        if not self._knows_lending(self.found.members):
            return None
        self._lend_again()
        return (*self.papers, *self.found.members, *sorted(self.found.gone))

    # --- what changes

    def _look_at_papers(self, seeds: Iterable[str], register: Register) -> None:
        """The publications near the decisions, their clusters after them, and the works near."""
        around = self.near.around(one for one in seeds if one.startswith("publication/"))
        self._regroup_papers(around)
        self.regrouped = {
            one for one in around if self._cluster_after(one) != self.near.cluster(one)
        }
        self.versions.look(self.regrouped, register, self._either)
        if not self.versions.publications <= {*around}:
            self._regroup_papers(self.near.around([*around, *self.versions.publications]))

    def _regroup_papers(self, members: tuple[str, ...]) -> None:
        self.papers = members
        self.obeyed = self._obeyed(members, self.decided)
        self.home = {one: held for held in self.obeyed.clusters for one in held}

    def _cluster_after(self, publication: str) -> Cluster:
        if publication in self.home:
            return self.home[publication]
        return (publication,) if publication in self.papers else self.near.cluster(publication)

    def _either(self, publication: str) -> set[str]:
        near = self.near
        if near.canonical(publication) is None:
            return set()
        return {
            *near.cluster(publication),
            *near.undecided(publication),
            *self._cluster_after(publication),
        }

    def _find(self, made: Iterable[Decision], seeds: set[str], register: Register) -> Found:
        split = {one.one for one in made if not decisions.pair_of(one)[0]}
        given = {one.to for one in self.decided if one.one in split and one.to}
        people = {one for one in seeds if one.startswith("author/")}
        quads = sum(counts.read(self.writing.draft.read_path(counts.FILE)).graphs.values())
        region = Region(self.graphs, self.writing.iris, self.decided, quads)
        before = Side(self.earlier, self.near.cluster, self._sure(self.earlier))
        after = Side(self.decided, self._cluster_after, self._sure(self.decided))
        again = Again(region, register, self.near, before, after)
        self.region = region
        return again.found(people | given, self.regrouped, people)

    def _lend_again(self) -> None:
        """What speaks for signatures being others', where that was looked for again."""
        rows = self.found.borne
        if rows:
            path = self.writing.draft.read_path(clues.FILE)
            before = clues.read(path, rows | self.lending.torn.keys()) or {}
            kept = {row: held for row, held in self.lending.torn.items() if row not in rows}
            self.lending = Lending(self.graphs, self.below, kept | {**self.found.torn}, before)

    def _remember_torn(self) -> None:
        """Keep it for the next."""
        rows, known = self.found.borne, self.memory.torn or frozenset()
        if rows:
            path = self.writing.draft.read_path(clues.FILE)
            held = clues.read(path, known - rows) or {}
            torn = (known - rows) | self.found.torn.keys()
            self.memory = replace(self.memory, torn=torn, clues=held | {**self.found.torn})

    def _sure(self, decided: Collection[Decision]) -> frozenset[str]:
        """The rows of whom people said who they are; a part is none."""
        about = {one for decision in decided for one in decisions.pair_of(decision) if one}
        labels = {
            one: label
            for one, label in self.near.labels(sorted(about)).items()
            if self.graphs.object(self.below + one, _PART_OF) is None
        }
        same = decisions.standing(decided, labels).same
        return frozenset(one for decision in same for one in decisions.pair_of(decision))

    # --- writing it

    def amend(self, members: tuple[str, ...]) -> Amended:
        """Bring links, index and memory to the new state."""
        found, left = self.found, self._left(members)
        standing = self._standing_after()
        people = self._people(standing)
        undecided = [*self._undecided_papers(), *clusters_of(found.members, found.undecided)]
        old = {one: self.near.canonical(one) or "" for one in members}
        new = self._settle(people, left)
        self.works = self.versions.after(new)
        given = self._given(new, standing)
        blocks = Blocks(
            self.graphs,
            self.writing.iris,
            self.run,
            self.undone,
            found,
            new,
            left,
            standing,
            people.compared,
            self._moved(given),
            {one: self._work(one) for one in self.papers},
        )
        rows = [*self._matches(self._untouched(people)), *blocks.matches(self._scored(people))]
        lent = self.lending.matches(given, self.run, self.undone.runs)
        matches = [*rows, *self._matches(self._judged_papers()), *lent]
        papers = [
            *blocks.papers(self._cluster_after(one) for one in self.papers),
            *blocks.beyond(old, self.papers),
        ]
        others = [*blocks.rows(), *blocks.works_of(self.versions.before.values(), self.works)]
        kept = {one for one in members if new[one] == one}
        runs = dict(self._earlier_runs(matches))
        report = self._told(old, people, standing)
        difference = self._change([*matches, *papers, *others])
        report = replace(
            report,
            added=difference.added,
            removed=difference.removed,
            authors=counted(report.authors, verdicts_of(rows)),
        )
        parts = {part.iri: part.row for part in found.division.parts}
        self.writing.withdraw(self.region.parts, parts)
        cleared = (self.memory.cleared - self.region.rows) | found.division.cleared
        self.memory = replace(self.memory, works=report.works, cleared=cleared)
        self._remember_torn()
        decided = [*self.obeyed.clusters, *people.clusters]
        self._remember(members, undecided, decided, left, kept, report)
        self._index(old, new, agents_of(papers, self.below))
        came, went = self._for_an_undo(left, kept, members)
        lost = blocks.formerly
        return Amended(
            report,
            self.memory.rule,
            self.digest,
            came,
            [one for one in went if one not in found.gone],
            {one: lost[one] for one in came if one in lost},
            runs,
        )

    def _settle(self, people: decisions.Regrouped, left: Collection[str]) -> dict[str, str]:
        """Who is canonical now; nobody for what is gone."""
        self.new = dict.fromkeys(self.found.gone, "")
        self.new |= {one: one for one in (*self.papers, *self.found.members)}
        self.new |= canonical.stars(self.obeyed.clusters, left)
        self.new |= self._stars(people.clusters, left)
        return self.new

    def _untouched(self, people: decisions.Regrouped) -> dict[str, Compared]:
        """The pairs of rows that were not scored again, as decisions have them."""
        pairs = {(one.one, one.other): one for one in people.compared}
        return {match_of(*pair): one for pair, one in pairs.items() if pair in self.found.beside}

    def _scored(self, people: decisions.Regrouped) -> Iterator[Compared]:
        """Those that were."""
        judged = {(one.one, one.other): one for one in people.compared}
        for pair, score in self.found.scores.items():
            yield judged.get(pair) or self._as_scored(*pair, score)

    def _moved(self, given: Assigned) -> dict[str, str]:
        """The signatures that are somebody else's than before, with whose they are: IRIs."""
        before, after = self.found.before.persons, self.found.division.persons
        divided = {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)}
        lent = {iri.removeprefix(self.below) for iri in self.lending.moved(given)}
        moved = {}
        for one in divided | lent:
            whose = given.persons.get(one) or after.get(one)
            row = self.graphs.object(self.below + one, _BY) or ""
            moved[self.below + one] = row if whose is None else self.below + whose
        return moved

    def _undecided_papers(self) -> list[Cluster]:
        return clusters_of(self.papers, {one: self.near.undecided(one) for one in self.papers})

    def _standing_after(self) -> decisions.Standing:
        """The decisions that a run obeys, of those about what is here."""
        about = {one for decision in self.decided for one in decisions.pair_of(decision) if one}
        labels = self.near.labels(sorted(about - self.found.gone))
        labels |= {part.iri: part.label for part in self.found.division.parts}
        here = self.found.division.split
        several = {one for one in about if one in here or self._is_split(one)}
        held = decisions.standing(self.decided, labels, several)
        inside = {*self.papers, *self.found.members}
        return replace(
            held,
            same=tuple(one for one in held.same if one.one in inside),
            different=tuple(one for one in held.different if one.one in inside),
        )

    def _is_split(self, one: str) -> bool:
        """Whether people split a row that was not looked at again."""
        said = self.graphs.objects(self.below + one, _AMBIGUOUS_BY)
        return one not in self.region.rows and Rule.DECISION in said

    def _people(self, standing: decisions.Standing) -> decisions.Regrouped:
        """The clusters of rows and parts as decisions have them."""
        found, inside = self.found, {*self.found.members}
        scores: dict[tuple[str, str], Score] = {**found.beside}
        scores |= {pair: one for pair, one in found.scores.items() if inside.issuperset(pair)}
        signed = (
            (one.publication, one.row)
            for one in found.evidence.signatures
            if one.role == "author" and one.row in inside
        )
        return decisions.regroup(
            clusters_of(found.members, found.undecided),
            tuple(self._as_scored(*pair, score) for pair, score in sorted(scores.items())),
            standing,
            "author",
            accept=ACCEPT,
            together=decisions.signing_together(signed if standing.same else ()),
        )

    def _as_scored(self, one: str, other: str, score: Score) -> Compared:
        if other in self.found.undecided.get(one, ()):
            return Compared(one, other, score, Verdict.SAME)
        verdict = Verdict.DIFFERENT if score.forbidden else Verdict.GREY
        return Compared(one, other, score, verdict)

    def _weights(self, rows: Collection[str]) -> dict[str, int]:
        """How many publications, each counted once, a row or part signs."""
        papers: defaultdict[str, set[str]] = defaultdict(set)
        for one in self.found.evidence.signatures:
            if one.row in rows:
                first = self.new.get(one.publication) or self.near.canonical(one.publication)
                papers[one.row].add(first or one.publication)
        return {row: len(held) for row, held in papers.items()}

    def _said(self, compared: Compared) -> str:
        """As scored, but that versions of one work are called so."""
        if compared.one.startswith("author/") or compared.verdict is Verdict.SAME:
            return compared.verdict
        works = [self._work(one) for one in (compared.one, compared.other)]
        return "version" if works[0] and works[0] == works[1] else compared.verdict

    def _work(self, publication: str) -> str:
        """Its work, after; nothing where it has none."""
        first = self.new.get(publication) or self.near.canonical(publication) or publication
        if first in self.works or first in self.versions.publications:
            return self.works.get(first, "")
        found = self.graphs.object(self.below + first, _VERSION_OF) or ""
        return found.removeprefix(self.below)

    def _judged_papers(self) -> dict[str, Compared]:
        known = self._compared(frozenset(self.papers))
        return dict(zip(known, self.obeyed.compared, strict=True))

    # --- what it came to

    def _told(
        self, old: Mapping[str, str], people: decisions.Regrouped, standing: decisions.Standing
    ) -> RunReport:
        found, new = self.found, self.new
        rows = [one for one in old if one.startswith("author/")]
        before = clusters_of(rows, {one: self._held(one) for one in rows})
        titles = clusters_of(self.papers, {one: self.near.cluster(one) for one in self.papers})
        labels = self.near.labels(old)
        labels |= {part.iri: part.label for part in found.division.parts}
        authors, publications = self.memory.authors, self.memory.publications
        works = {*self.works.values()}, {*self.versions.before.values()}
        there, after = (
            {one: first for one, first in stars.items() if first} for stars in (old, new)
        )
        report = RunReport(
            run=self.run,
            generation=self.writing.draft.base,
            changed=True,
            dry_run=False,
            publications=replace(
                publications,
                canonical=publications.canonical + _more(self.papers, old, new),
                clusters=publications.clusters + len(self.obeyed.clusters) - len(titles),
            ),
            authors=replace(
                authors,
                members=authors.members + len(found.fresh) - len(found.gone),
                canonical=authors.canonical + _more(rows, old, new),
                clusters=authors.clusters + len(people.clusters) - len(before),
            ),
            works=self.memory.works + len(works[0]) - len(works[1]),
            changes=cluster_changes(there, after, labels),
            problems=(
                *found.division.splits.problems,
                *standing.problems,
                *self.obeyed.problems,
                *people.problems,
            ),
        )
        earlier = self._obeyed(self.papers, self.earlier)
        self.memory = replace(self.memory, publications=report.publications)
        return self._counted(report, earlier.compared, self.obeyed.compared)

    def _held(self, one: str) -> Cluster:
        return self.near.cluster(one) if self.near.canonical(one) is not None else (one,)


def _more(members: Iterable[str], old: Mapping[str, str], new: Mapping[str, str]) -> int:
    """How many more of these are canonical."""
    return sum((new[one] == one) - (old[one] == one) for one in members)
