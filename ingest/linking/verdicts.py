"""Reads from a run in which things of another graph took part which of them are ours; pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from ingest.linking.choosing import GREY, LINKED, MIXED, NAMESAKES, Candidate
from ingest.linking.divided import DIVIDED, divided
from ingest.linking.others import NAMED
from ingest.linking.ours import Ours
from ingest.resolution.grouping.works import Compared
from ingest.resolution.running import Run
from ingest.resolution.statements import evidence
from ingest.resolution.weighing.scoring import Score, Verdict

TIE = 0.5  # nats
Match = tuple[str, float, tuple[tuple[str, float], ...]]  # verdict, score, terms by property
_UNCOMPARED: Match = GREY, 0.5, ()


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a run came to; `outside` gives the IRI there of each thing by its local path here.

    `mixed` are people there of whom most papers are not here, by local path.
    """

    run: Run
    ours: Ours
    outside: Mapping[str, str]
    mixed: Collection[str]

    def candidates(self) -> Iterator[Candidate]:
        """A candidate for each outside thing and each entity that it was joined with, or nearly."""
        joined, matches = self._joined(), self._matches()
        tied = _tied(matches)
        alone = {thing: next(iter(here)) for thing, here in joined.items() if len(here) == 1}
        torn = divided(self.run, alone, self.outside, self._entity)
        pairs = {(thing, entity) for thing, here in joined.items() for entity in here}
        for thing, entity in sorted(pairs | matches.keys()):
            if self.outside[thing].startswith(NAMED):
                continue
            _, score, told = matches.get((thing, entity), _UNCOMPARED)
            doubt = self._doubt(entity, joined.get(thing, set()), matches.get((thing, entity)))
            label = self.run.held.labels.get(thing, "")
            if not doubt and thing in self.mixed and self.ours.namesakes(entity) > NAMESAKES:
                doubt = MIXED
            if not doubt and thing in torn:
                doubt = DIVIDED
            if (thing, entity) in tied or self.ours.is_doubled(entity, label, dict(told)):
                doubt = doubt or "another is as like it"
            rule = f"{'publications' if '/id/publication/' in entity else 'people'} outside"
            verdict = GREY if doubt else LINKED
            yield Candidate(entity, self.outside[thing], rule, score, verdict, told, label, doubt)

    def _doubt(self, entity: str, here: set[str], match: Match | None) -> str:
        """Why an entity of ours is not surely the outside thing; nothing where it is."""
        if entity not in here:
            return "the resolver is not sure"
        if len(here) > 1:
            return "it would join several here"
        if entity in self.ours.several:
            return "the row here holds several people"
        return "" if match and match[0] == LINKED else "joined by way of others only"

    def _joined(self) -> dict[str, set[str]]:
        """The entities of ours, as they stand without the others, in the cluster of each."""
        found: dict[str, set[str]] = {}
        for stars in (self.run.resolved.publications, self.run.resolved.rows):
            clusters: dict[str, list[str]] = {
                first: [] for one, first in stars.items() if one in self.outside
            }
            for member, first in stars.items():
                if first in clusters:
                    clusters[first].append(member)
            for members in clusters.values():
                here = set(filter(None, map(self._entity, members)))
                found |= {one: here for one in members if here and one in self.outside}
        return found

    def _matches(self) -> dict[tuple[str, str], Match]:
        """The best match of each outside thing with each entity of ours: verdict, score, terms."""
        best: dict[tuple[str, str], tuple[bool, float, Compared]] = {}
        for one in chain.from_iterable(self.run.resolved.compared.values()):
            for thing, member in ((one.one, one.other), (one.other, one.one)):
                if thing in self.outside and (entity := self._entity(member)) and self._tells(one):
                    found = one.verdict is Verdict.SAME, one.score.sum, one
                    pair = thing, entity
                    if pair not in best or found[:2] > best[pair][:2]:
                        best[pair] = found
        return {
            pair: (LINKED if same else GREY, one.score.probability, _terms(one.score))
            for pair, (same, _, one) in best.items()
        }

    def _entity(self, local: str) -> str:
        """The entity of ours that a local path is of, as it stands without the others."""
        canonical = self.run.held.canonical.get(local)
        return f"{self.ours.iris.base}id/{canonical}" if canonical else ""

    def _tells(self, one: Compared) -> bool:
        """Whether two are the same or nearly, and not versions of one work."""
        if one.verdict is not Verdict.GREY:
            return one.verdict is Verdict.SAME
        publications, works = self.run.resolved.publications, self.run.resolved.works
        mine, theirs = (works.get(publications.get(e, e)) for e in (one.one, one.other))
        return mine is None or mine != theirs


def _terms(score: Score) -> tuple[tuple[str, float], ...]:
    return tuple(sorted((evidence(name), float(weight)) for name, weight in score.terms))


def _tied(matches: Mapping[tuple[str, str], Match]) -> set[tuple[str, str]]:
    """The pairs of which either could as well be of another pair: the evidence is nearly the same.

    A paper that stands in three workshops with the same title, authors and year is such a one.
    """
    sums = {pair: sum(weight for _, weight in match[2]) for pair, match in matches.items()}
    rivals: dict[tuple[int, str], list[float]] = {}
    for pair, value in sums.items():
        for side in (0, 1):
            rivals.setdefault((side, pair[side]), []).append(value)
    return {
        pair
        for pair, value in sums.items()
        if any(sum(one > value - TIE for one in rivals[side, pair[side]]) > 1 for side in (0, 1))
    }
