"""The author rows near decisions, divided, scored and clustered again; all else stays as it is.

A score depends on the two rows alone, given the register, and a cluster on the scores that tie its
members to one another. So what a decision moved is followed from row to row until nothing leads on.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.resolution.curation.corner import Corner, Pair, joins, name_of, text_of
from ingest.resolution.curation.meetings import Meetings
from ingest.resolution.curation.nearby import Nearby
from ingest.resolution.curation.numbered import Numbered
from ingest.resolution.curation.region import Elsewhere, Region, homes
from ingest.resolution.gathering.clues import Torn
from ingest.resolution.gathering.memory import Cluster
from ingest.resolution.grouping import decisions, parts
from ingest.resolution.grouping.decisions import SPLIT
from ingest.resolution.grouping.parts import Division
from ingest.resolution.grouping.register import Register
from ingest.resolution.weighing.evidence import Decision, Evidence, Row, Signature
from ingest.resolution.weighing.scoring import Score

ClusterOf = Callable[[str], Cluster]


@dataclass(frozen=True, slots=True)
class Side:
    """What holds before, or after: decisions, and which publications are one."""

    decided: Sequence[Decision]
    cluster: ClusterOf
    sure: frozenset[str]  # rows of whom people said who they are


@dataclass(slots=True)
class Found:
    """What came of it: `members` may be in another cluster now, `gone` are parts no more."""

    division: Division
    before: Division
    evidence: Evidence  # divided
    home: Mapping[str, str]
    members: tuple[str, ...]
    gone: frozenset[str]
    fresh: frozenset[str]  # parts that came
    undecided: Mapping[str, Cluster]
    scores: Mapping[Pair, Score]  # of pairs that were scored again
    stored: Mapping[Pair, Score]  # what the links say of the same pairs
    beside: Mapping[Pair, Score]  # what the links say of other pairs of members
    borne: frozenset[str]  # rows of names that are borne bare and with suffixes
    torn: Mapping[str, Torn]  # those of them of which a signature could be given away


class Again:
    """Finds it, given what holds before and after."""

    def __init__(
        self, region: Region, register: Register, near: Nearby, before: Side, after: Side
    ) -> None:
        self.region = region
        self.register = register
        self.near = near
        self.before = before
        self.after = after
        self._links: dict[str, dict[Pair, Score]] = {}

    def found(self, rows: Iterable[str], papers: Collection[str], seeds: Iterable[str]) -> Found:
        """Beginning with these rows, who signs these `papers`, and the `seeds` of decisions."""
        self.region.take_publications(papers)
        self.meeting = self._meeting(papers)
        start = {self.region.row_of(one) for one in (*rows, *seeds)}
        known = start | self.meeting
        while True:
            self.region.take(known, self._either)
            step = _Step(self, frozenset(papers), frozenset(seeds))
            wanted = {self.region.row_of(one) for one in step.wanted()}
            if wanted <= known:
                return step.result()
            known |= wanted

    def _meeting(self, papers: Collection[str]) -> set[str]:
        """The rows of whom something changes where these publications are regrouped."""
        evidence = self.region.evidence(())
        signed = [one for one in evidence.signatures if one.publication in papers]
        rows = {row.iri: row for row in evidence.rows}
        meetings = Meetings(
            self.near.graphs,
            self.region.below,
            self.register,
            rows,
            signed,
            self.before.cluster,
            self.after.cluster,
        )
        asked = [one for one in self.after.decided if one.verdict == SPLIT]
        split = {row for one in asked for row in (one.one, one.to)}
        return meetings.changed() | {
            one.row for one in signed if one.row in split or self.region.is_moved(one.iri, one.row)
        }

    def _either(self, publication: str) -> set[str]:
        """All that a publication is or was one with."""
        return {publication, *self.before.cluster(publication), *self.after.cluster(publication)}

    def links(self, row: str) -> dict[Pair, Score]:
        """The pairs with a row or part that the links have, with their scores."""
        if row not in self._links:
            self._links[row] = self.near.scores(row)
        return self._links[row]


class _Step:
    """One look, with all that is read by now."""

    def __init__(self, again: Again, papers: frozenset[str], seeds: frozenset[str]) -> None:
        self.again = again
        self.region = again.region
        self.near = again.near
        self.numbered = Numbered(again.region, again.register, again.near)
        self.seeds = seeds
        self.old, self.old_home, was = self._divided(again.before)
        self.new, self.home, self.whole_evidence = self._divided(again.after)
        self.evidence = self.new.applied(self.whole_evidence)
        earlier = self.old.applied(was)
        self.gone = self.region.parts.keys() - {part.iri for part in self.new.parts}
        self.fresh = {part.iri for part in self.new.parts} - self.region.parts.keys()
        self.papers = papers
        self.signing = {
            one.row
            for one in (*earlier.signatures, *self.evidence.signatures)
            if one.publication in papers and self.region.row_of(one.row) in again.meeting
        }
        self.changed = self._changed(earlier)
        self.rows = {row.iri: row for row in self.evidence.rows}

    def _divided(self, side: Side) -> tuple[Division, dict[str, str], Evidence]:
        """Rows divided as one side has it, of those of whom all is known."""
        evidence = self.region.evidence([*self._relevant(side.decided)])
        home = homes(self.region.publications, side.cluster)
        found = parts.divide(evidence, home, self.region.labels, side.sure)
        inside = self.region.rows
        by = {one.iri: one.row for one in evidence.signatures}
        given = {iri for iri, one in found.splits.moved.items() if one.to}
        return (
            replace(
                found,
                doubts=tuple(one for one in found.doubts if one.row in inside),
                parts=tuple(one for one in found.parts if one.row in inside),
                persons={
                    iri: person
                    for iri, person in found.persons.items()
                    if by[iri] in inside or iri in given
                },
                cleared=found.cleared & inside,
            ),
            home,
            evidence,
        )

    def _relevant(self, asked: Iterable[Decision]) -> Iterator[Decision]:
        """The decisions about signatures that are known here; whose they are is read."""
        for one in decisions.not_undone(asked):
            if one.verdict == SPLIT and one.one in self.region.rows:
                if one.to:
                    self.region.name([one.to])
                yield one

    # --- whose profile is another now

    def _changed(self, earlier: Evidence) -> set[str]:
        """Rows and parts that sign something else, are counted otherwise, or have other company."""
        moved = [
            (old, new)
            for old, new in zip(earlier.signatures, self.evidence.signatures, strict=True)
            if old.row != new.row
        ]
        self.moved = {old.publication for old, _ in moved}
        found = {one.row for pair in moved for one in pair}
        was, now = ({row.iri: row for row in held.rows} for held in (earlier, self.evidence))
        found |= {iri for iri in was.keys() | now.keys() if was.get(iri) != now.get(iri)}
        found &= {iri for iri in found if self.region.row_of(iri) in self.region.rows}
        found |= self._company(moved, {**was, **now})
        papers = self._papers(earlier, self.old_home), self._papers(self.evidence, self.home)
        found |= {one for one in self.signing if papers[0].get(one) != papers[1].get(one)}
        return found

    def _company(
        self, moved: Iterable[tuple[Signature, Signature]], rows: Mapping[str, Row]
    ) -> set[str]:
        """Who signs beside a signature that is of another name now."""
        renamed = [
            (old, new) for old, new in moved if name_of(rows[old.row]) != name_of(rows[new.row])
        ]
        names = {rows[one.row].name.casefold() for pair in renamed for one in pair}
        if any(self.numbered.is_nearly_hub(name, len(renamed)) for name in names):
            raise Elsewhere  # it could tell something, or nothing, of whoever signs beside it
        papers = {old.publication for old, _ in renamed}
        return {one.row for one in self.evidence.signatures if one.publication in papers}

    def _papers(self, evidence: Evidence, home: Mapping[str, str]) -> dict[str, int]:
        """How many publications each of those signs who sign what was regrouped."""
        found: dict[str, set[str]] = {}
        for one in evidence.signatures:
            if one.row in self.signing:
                found.setdefault(one.row, set()).add(home.get(one.publication, one.publication))
        return {row: len(held) for row, held in found.items()}

    # --- scores, clusters

    def wanted(self) -> set[str]:
        """The rows of whom all must be known for this to be whole."""
        known = self.region.rows
        wanted = {self.region.row_of(one) for one in self.changed | self.signing}
        wanted |= {*self._ties()} | self._standing_twice()
        wanted |= self._namesakes()
        for text in {self._text(one) for one in self.changed if self._is_person(one)}:
            for near in (text, *self.again.register.near(text)):
                wanted |= {*self.again.register.rows(near)}
        if not wanted <= known:
            return wanted
        self._score()
        return {self.region.row_of(one) for one in (*self.reached, *self.members)}

    def _ties(self) -> Iterator[str]:
        """Rows of which people gave away what is signed here, and those with parts that got it."""
        here = {one.iri for one in self.whole_evidence.signatures}
        for side in (self.again.before, self.again.after):
            for one in decisions.not_undone(side.decided):
                if one.verdict == SPLIT and one.to and not here.isdisjoint(one.moves):
                    yield one.one
                    if self.region.row_of(one.to) != one.to:
                        yield self.region.row_of(one.to)

    def _standing_twice(self) -> set[str]:
        """Who signs twice what somebody signs no more, by its source."""
        papers: dict[tuple[str, str], list[str]] = {}
        for one in self.whole_evidence.signatures:
            if one.publication in self.moved:
                papers.setdefault((one.publication, one.row), []).append(one.iri)
        return {row for (_, row), held in papers.items() if len(held) > 1}

    def _is_person(self, one: str) -> bool:
        row = self.rows.get(self.region.row_of(one))
        return row is not None and row.kind == "Person"

    def _text(self, one: str) -> str:
        return text_of(self.rows[self.region.row_of(one)])

    def _namesakes(self) -> frozenset[str]:
        """Rows of names that are borne bare and with suffixes: signatures may go to and fro."""
        signing: dict[str, list[str]] = {}
        for one in filter(self._is_person, self.signing):
            signing.setdefault(self._text(one), []).append(self.region.row_of(one))
        changed = {self._text(one) for one in self.changed if self._is_person(one)}
        self.borne = self.numbered.rows(changed, signing)
        return self.borne

    def _score(self) -> None:
        """Score what is scored again, and follow what it ties together."""
        register = self.again.register
        people = {one for one in (*self.changed, *self.signing) if self._is_person(one)}
        texts = {self._text(one) for one in people}
        near = {other for text in texts for other in (text, *register.near(text))}
        beyond = {other for text in near for other in (text, *register.near(text))}
        named = {row for text in beyond for row in register.rows(text)}
        named |= {row for row in self.region.rows if self._is_person(row)}
        self.region.name(named)
        evidence = replace(
            self.region.evidence(()), decisions=(), before=self.whole_evidence.before
        )
        self.corner = Corner.of(evidence, register, self.new, self.home, named)
        there = people & self.corner.places.keys()
        pairs = {pair for one in there & self.changed for pair in self.corner.pairs(one)}
        pairs |= {
            pair for one in there for pair in self.corner.pairs(one) if there.issuperset(pair)
        }
        self.people = people
        self.scores = self.corner.telling(pairs)
        self.again_of: dict[str, list[Pair]] = {}
        for pair in self.scores:
            for one in pair:
                self.again_of.setdefault(one, []).append(pair)
        self.stored = {
            pair: score
            for one in people
            for pair, score in self.again.links(one).items()
            if self._again(pair)
        }
        self.reached = self._reached()
        self._cluster()

    def _again(self, pair: Pair) -> bool:
        """Whether a pair is scored again."""
        return not self.changed.isdisjoint(pair) or self.people.issuperset(pair)

    def _edges(self, one: str) -> Iterator[tuple[Pair, Score]]:
        """The scores that count now of one row or part."""
        for pair, score in self.again.links(one).items():
            if not self._again(pair):
                yield pair, score
        for pair in self.again_of.get(one, ()):
            yield pair, self.scores[pair]

    def _reached(self) -> set[str]:
        """All that a cluster could be made of, with those scored again."""
        waiting = {*self.people}
        for one in self.people:
            waiting |= {*self.near.cluster(one), *self.near.undecided(one)}
        found: set[str] = set()
        self.joining: dict[Pair, Score] = {}
        while waiting:
            one = waiting.pop()
            if one in found or one in self.gone or self._holds_several(one):
                continue
            found.add(one)
            for pair, score in self._edges(one):
                if joins(score):
                    self.joining[pair] = score
                    waiting |= {*pair}
        return found

    def _holds_several(self, one: str) -> bool:
        return one in self.corner.places and self.corner.is_whole(one)

    def _cluster(self) -> None:
        """The clusters without decisions, and all whom decisions tie to them."""
        if not self.reached <= self.corner.places.keys() or not all(
            self.region.row_of(one) in self.region.rows for one in self.reached
        ):
            self.undecided: dict[str, Cluster] = {}
            self.members: set[str] = set()
            return
        found = self.corner.clusters(self.joining)
        self.undecided = {
            one: (one,) for one in (*self.reached, *self.people) if self._is_there(one)
        }
        self.undecided |= {member: held for held in found for member in held}
        self.members = self._members()

    def _is_there(self, one: str) -> bool:
        if one in self.gone:
            return False
        return one in self.fresh or self.near.canonical(one) is not None

    def without_decisions(self, one: str) -> Cluster:
        """The cluster that it would be in, had nobody decided."""
        return self.undecided[one] if one in self.undecided else self.near.undecided(one)

    def _members(self) -> set[str]:
        found: set[str] = set()
        waiting = {*self.reached, *self.people, *self.seeds, *self.fresh}
        for one in self.gone:
            waiting |= {*self.near.cluster(one), *self.near.undecided(one)}
        while waiting:
            one = waiting.pop()
            if one not in found and self._is_there(one):
                found.add(one)
                waiting |= {*self.without_decisions(one), *self.near.partners.get(one, ())}
                if self.near.canonical(one) is not None:
                    waiting |= {*self.near.cluster(one), *self.near.undecided(one)}
        return {one for one in found if one.startswith("author/")}

    def result(self) -> Found:
        """What came of it."""
        beside = {
            pair: score
            for one in self.members
            for pair, score in self.again.links(one).items()
            if self.members.issuperset(pair) and not self._again(pair)
        }
        return Found(
            self.new,
            self.old,
            self.evidence,
            self.home,
            tuple(sorted(self.members)),
            frozenset(self.gone),
            frozenset(self.fresh),
            {one: self.without_decisions(one) for one in self.members},
            self.scores,
            self.stored,
            beside,
            self.borne,
            self.numbered.torn(self.borne, self.evidence, self.home, self.new.splits.moved),
        )
