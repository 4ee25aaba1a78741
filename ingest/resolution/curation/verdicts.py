"""A decision about publications that leaves their clusters as they are: only verdicts change.

Most of what people are asked is whether two that nobody joined are two. Where the clusters would
change, so could whatever is known of those who sign them: then only a whole run can tell.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

import pyoxigraph as ox

from ingest.difference import Change
from ingest.resolution.curation.amending import SIMPLE, Amended, Amending
from ingest.resolution.curation.nearby import clusters_of
from ingest.resolution.curation.rewriting import changed
from ingest.resolution.grouping import decisions
from ingest.resolution.grouping.decisions import Regrouped
from ingest.resolution.grouping.works import Compared
from ingest.resolution.report import RunReport
from ingest.resolution.weighing.evidence import Decision
from ingest.resolution.weighing.publications import ACCEPT
from ingest.resolution.weighing.scoring import Verdict
from ontology import terms

_OF, _VERSION_OF = ox.NamedNode(terms.OF_PUBLICATION), ox.NamedNode(terms.VERSION_OF)
_DIFFERENT = f" <{terms.DIFFERENT_FROM}> <"


class Verdicts(Amending):
    """The publications near decisions, and what the links say of them."""

    def members(self, fresh: Iterable[Decision]) -> tuple[str, ...] | None:
        """All whose cluster these could touch; None where one would change."""
        made = list(fresh)
        pairs = [decisions.pair_of(one) for one in made]
        if not all(one.startswith("publication/") for pair in pairs for one in pair):
            return None
        found = self.near.around(one for pair in pairs for one in pair)
        said = {one.verdict for one in self.decided if {*decisions.pair_of(one)} & {*found}}
        if said - SIMPLE:
            return None
        now = clusters_of(found, {one: self.near.cluster(one) for one in found})
        self.earlier = [one for one in self.decided if one.iri not in {new.iri for new in made}]
        return found if sorted(self._obeyed(found, self.decided).clusters) == now else None

    def amend(self, members: tuple[str, ...]) -> Amended:
        """Bring verdicts, differences and memory to the new state."""
        told = frozenset(members)
        before, after = (self._obeyed(members, held) for held in (self.earlier, self.decided))
        standing = self._standing(told)
        judged = dict(zip(self._compared(told), after.compared, strict=True))
        apart = {decisions.pair_of(one) for one in standing.different}
        pairs = [*self._matches(judged), *self._told_apart(members, apart)]
        first = {one: self.near.canonical(one) or one for one in members}
        held = clusters_of(members, {one: self.near.cluster(one) for one in members})
        report = self._report(first, first, held, held, (*standing.problems, *after.problems))
        report = self._counted(report, before.compared, after.compared)
        runs = dict(self._earlier_runs(pairs))
        difference = self._change(pairs)
        report = replace(report, added=difference.added, removed=difference.removed)
        kept = {one for one in members if first[one] == one}
        undecided = clusters_of(members, {one: self.near.undecided(one) for one in members})
        self._remember(members, undecided, after.clusters, self._left(told), kept, report)
        return Amended(report, self.memory.rule, self.digest, [], [], {}, runs)

    def _obeyed(self, members: Collection[str], decided: Collection[Decision]) -> Regrouped:
        """The clusters and comparisons as these decisions would have them."""
        undecided = clusters_of(tuple(members), {one: self.near.undecided(one) for one in members})
        return decisions.regroup(
            undecided,
            tuple(self._compared(frozenset(members)).values()),
            self._standing(members, decided),
            "publication",
            accept=ACCEPT,
        )

    def _compared(self, members: frozenset[str]) -> dict[str, Compared]:
        """What was compared, with the verdicts that it had without decisions."""
        found = self.near.compared(members)
        return {match: self._undecided(compared) for match, compared in found.items()}

    def _undecided(self, compared: Compared) -> Compared:
        if compared.verdict is Verdict.SAME:
            return compared
        grey = compared.score.sum > ACCEPT
        return replace(compared, verdict=Verdict.GREY if grey else Verdict.DIFFERENT)

    def _said(self, compared: Compared) -> str:
        """As scored, but that versions of one work are called so."""
        if compared.verdict is Verdict.SAME:
            return compared.verdict
        works = [
            self.graphs.object(self.below + (self.near.canonical(one) or one), _VERSION_OF)
            for one in (compared.one, compared.other)
        ]
        return "version" if works[0] and works[0] == works[1] else compared.verdict

    def _told_apart(
        self, members: Iterable[str], apart: Collection[tuple[str, str]]
    ) -> Iterator[Change]:
        """The blocks of publications that are told from others, or are no longer."""
        inside = {self.below + one for one in members}
        for one in members:
            iri = self.below + one
            held = self.graphs.lines([iri, *self.graphs.subjects(_OF, iri)])
            old = {
                line for line in held if _DIFFERENT in line and line.split("<")[3][:-4] in inside
            }
            new = {f"<{iri}>{_DIFFERENT}{self.below}{b}> .\n" for a, b in apart if a == one}
            if old != new:
                yield changed(held, (held - old) | new)

    def _counted(
        self, report: RunReport, before: Iterable[Compared], after: Iterable[Compared]
    ) -> RunReport:
        more = Counter(one.verdict for one in after)
        more.subtract(one.verdict for one in before)
        known = self.memory.publications
        counted = replace(
            known,
            same=known.same + more[Verdict.SAME],
            grey=known.grey + more[Verdict.GREY],
            different=known.different + more[Verdict.DIFFERENT],
        )
        return replace(report, publications=counted)
