"""What changes in `graph/links` where something is found again: blocks before and after, as a run
writes them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from ingest import derive
from ingest.difference import Change
from ingest.lines import literal
from ingest.mapping import LABEL, TYPE
from ingest.relink import Graphs
from ingest.resolution.curation.again import Found
from ingest.resolution.curation.amending import Undone
from ingest.resolution.curation.rewriting import changed, moved_line, value
from ingest.resolution.gathering.history import match_digest
from ingest.resolution.gathering.memory import Cluster
from ingest.resolution.grouping import decisions
from ingest.resolution.grouping.works import Compared
from ingest.resolution.statements import doubt_lines, match_lines, match_of, part_lines
from ingest.resolution.weighing.scoring import Verdict
from ontology import terms
from ontology.iris import Iris

_CANONICAL, _PERSON = ox.NamedNode(terms.CANONICAL), ox.NamedNode(terms.PERSON_PROPERTY)
_OF, _LABEL = ox.NamedNode(terms.OF_PUBLICATION), ox.NamedNode(terms.LABEL)
_RUN, _SAME_AS = f" <{terms.RUN_PROPERTY}> ", f" <{terms.SAME_AS}> <"
_FORMERLY, _DIFFERENT = f" <{terms.FORMERLY_CANONICAL}> <", f" <{terms.DIFFERENT_FROM}> <"

Pair = tuple[str, str]


@dataclass(slots=True)
class Blocks:
    """What changes, by local paths; `new` are canonical members, nothing for what is gone.

    `left` are those that the last run left canonical, `works` those of publications (nothing where
    one has none), `moved` signatures that are somebody else's now, by IRI.
    """

    graphs: Graphs
    iris: Iris
    run: str
    undone: Undone
    found: Found
    new: Mapping[str, str]
    left: Collection[str]
    standing: decisions.Standing
    compared: Sequence[Compared]  # rows and parts
    moved: Mapping[str, str]
    works: Mapping[str, str]
    formerly: dict[str, list[str]] = field(default_factory=dict)  # found on the way

    @property
    def below(self) -> str:
        """What stands before local paths."""
        return f"{self.iris.base}id/"

    # --- matches

    def matches(self, scored: Iterable[Compared]) -> Iterator[Change]:
        """The matches of pairs of rows that were `scored` again."""
        now = {(one.one, one.other): one for one in scored}
        for pair in sorted(self.found.stored.keys() | now.keys()):
            match = match_of(*pair)
            held = self.graphs.lines([self.below + match])
            lines: set[str] = set()
            if pair in now:
                lines = {*match_lines(self.below, "authors", now[pair], now[pair].verdict)}
                lines.add(f"<{self.below}{match}>{_RUN}<{self._run_of(match, held, lines)}> .\n")
            if lines != held:
                yield changed(held, lines)

    def _run_of(self, match: str, held: Collection[str], lines: Collection[str]) -> str:
        """The run that found it: an earlier one where that said the same."""
        told = match_digest(line.encode() for line in lines)
        if match in self.undone.runs:
            run, said = self.undone.runs[match]
            return run if said == told else self.run
        rest = [line for line in held if _RUN not in line]
        if held and match_digest(line.encode() for line in rest) == told:
            return value(next(line for line in held if _RUN in line))
        return self.run

    # --- rows

    def rows(self) -> Iterator[Change]:
        """Rows and parts."""
        found = self.found
        again = {*found.stored, *found.scores}
        beside = {one for pair in again for one in pair}
        doubts = doubt_lines(self.below, found.division.doubts)
        parts = {part.iri: {*part_lines(self.iris, part)} for part in found.division.parts}
        apart = self._apart()
        for one in sorted({*found.members, *beside, *found.gone}):
            held = self.graphs.lines([self.below + one])
            lines: set[str] = set()
            if one in found.undecided:
                lines = parts.get(one, set()) | self._row(one, held, doubts.get(one, set()))
            elif one not in found.gone:
                lines = {line for line in held if _DIFFERENT not in line}
            if lines:
                lines |= {line for line in held if self._stays_apart(one, line, again)}
                lines |= self._different(one, apart)
            if lines != held:
                yield changed(held, lines)

    def _apart(self) -> set[Pair]:
        """The pairs of rows that cannot be one."""
        told = {pair for pair, score in self.found.scores.items() if score.forbidden}
        told |= {(one.one, one.other) for one in self.compared if one.score.forbidden}
        told -= {(one.one, one.other) for one in self.compared if one.verdict is Verdict.SAME}
        return told | {decisions.pair_of(one) for one in self.standing.different}

    def _different(self, one: str, apart: Iterable[Pair]) -> set[str]:
        below = self.below
        return {f"<{below}{a}>{_DIFFERENT}{below}{b}> .\n" for a, b in apart if a == one}

    def _stays_apart(self, one: str, line: str, again: Collection[Pair]) -> bool:
        """Whether this says of two that they are not one, and nobody asked anew."""
        if _DIFFERENT not in line:
            return False
        other = value(line).removeprefix(self.below)
        is_inside = one in self.found.undecided and other in self.found.undecided
        return not is_inside and (one, other) not in again and other not in self.found.gone

    def _row(self, one: str, held: Collection[str], doubts: set[str]) -> set[str]:
        first = self.new[one]
        lines = {*derive.row_block(self.below + one, self.below + first).splitlines(keepends=True)}
        lines |= doubts | self._places_lost(one, held)
        if first == one and not doubts:
            lines |= self._outside(held)
        return lines

    def _places_lost(self, one: str, held: Collection[str]) -> set[str]:
        """What says that it was canonical once."""
        was = [value(line) for line in held if _FORMERLY in line]
        was = list(self.undone.formerly.get(one, was))
        if was:
            self.formerly[one] = was
        if self.new[one] == one:
            return set()
        lost = was or ([self.run] if one in self.left else [])
        return {f"<{self.below}{one}>{_FORMERLY}{activity}> .\n" for activity in lost}

    def _outside(self, held: Collection[str]) -> set[str]:
        """The links that lead out of the graph."""
        return {line for line in held if _SAME_AS in line and self.below not in value(line)}

    # --- publications

    def papers(self, clusters: Iterable[Cluster]) -> Iterator[Change]:
        """The publications of these clusters."""
        apart = {decisions.pair_of(one) for one in self.standing.different}
        for cluster in sorted(set(clusters)):
            members = [self.graphs.publication(self.below + one) for one in cluster]
            signed = [one for member in members for one in member.signatures]
            persons = {one.iri: self._person(one) for one in signed}
            agents = {person: self._agent(person) for person in persons.values()}
            first = self.below + self.new[cluster[0]]
            blocks = derive.publication_blocks(members, first, agents, persons)
            for member, text in zip(members, blocks, strict=True):
                one = member.iri.removeprefix(self.below)
                held = self.graphs.lines([member.iri, *(s.iri for s in member.signatures)])
                lines = {*text.splitlines(keepends=True)} | self._places_lost(one, held)
                lines |= self._different(one, apart)
                if self.new[one] == one:
                    lines |= self._outside(held) | self._version(one)
                if lines != held:
                    yield changed(held, lines)

    def _version(self, one: str) -> set[str]:
        work = self.works.get(one)
        if not work:
            return set()
        return {f"<{self.below}{one}> <{terms.VERSION_OF}> <{self.below}{work}> .\n"}

    def _person(self, signed: derive.Signed) -> str:
        return self.moved.get(signed.iri) or self.graphs.object(signed.iri, _PERSON) or signed.row

    def _agent(self, person: str) -> str:
        """The canonical member for a row or part, all by IRI."""
        first = self.new.get(person.removeprefix(self.below))
        if first:
            return self.below + first
        return self.graphs.object(person, _CANONICAL) or person

    def beyond(self, old: Mapping[str, str], done: Iterable[str]) -> Iterator[Change]:
        """All other publications of those who have another canonical member, or other signatures.

        `old` are the canonical members before, `done` publications that are written already.
        """
        rows = [one for one in old if one.startswith("author/") and old[one] != self.new[one]]
        signed = {s for one in rows for s in self.graphs.subjects(_PERSON, self.below + one)}
        own = {paper for one in self.moved for paper in self.graphs.objects(one, _OF)}
        papers = own | {paper for one in signed for paper in self.graphs.objects(one, _OF)}
        papers = {self.graphs.object(paper, _CANONICAL) or paper for paper in papers}
        written = {self.below + one for one in done}
        for paper in sorted((papers | own) - written):
            publication = self.graphs.publication(paper)
            held = self.graphs.lines([paper, *(one.iri for one in publication.signatures)])
            lines = {moved_line(line, self.moved) for line in held}
            if paper in papers:
                lines = {line for line in lines if not derive.is_agent_line(line)}
                lines |= self._author_lines(paper, publication)
            if lines != held:
                yield changed(held, lines)

    def _author_lines(self, paper: str, own: derive.Publication) -> set[str]:
        chosen = self.graphs.object(paper, ox.NamedNode(terms.AUTHORS_FROM)) or paper
        told = own if chosen == paper else self.graphs.publication(chosen)
        persons = {one.iri: self._person(one) for one in told.signatures}
        agents = {person: self._agent(person) for person in persons.values()}
        return {*derive.author_lines(paper, told, agents, persons)}

    # --- works

    def works_of(self, before: Iterable[str], after: Mapping[str, str]) -> Iterator[Change]:
        """Works that came, went, or are named otherwise; `after` gives those of publications."""
        smallest: dict[str, str] = {}
        for version, work in sorted(after.items()):
            smallest.setdefault(work, version)
        for work in sorted({*smallest, *before}):
            held = self.graphs.lines([self.below + work])
            lines: set[str] = set()
            if work in smallest:
                label = self.graphs.object(self.below + smallest[work], _LABEL) or ""
                subject = f"<{self.below}{work}>"
                lines = {
                    f"{subject} {TYPE} <{terms.WORK}> .\n",
                    f"{subject} {LABEL} {literal(label)} .\n",
                }
            if lines != held:
                yield changed(held, lines)
