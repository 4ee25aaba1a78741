"""Signatures that go to a namesake, or come back, with a decision about rows.

Of rows that could give signatures away a whole run kept what speaks for each (`clues`); which are
given follows from that and from who is joined with whom and told apart now.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from ingest.difference import Change
from ingest.relink import Graphs
from ingest.resolution.gathering.clues import Torn
from ingest.resolution.gathering.history import match_digest
from ingest.resolution.grouping.assignment import RULE, Assigned, assigned
from ingest.resolution.statements import match_lines, match_of
from ontology import terms

_PERSON = ox.NamedNode(terms.PERSON_PROPERTY)
_RUN = f" <{terms.RUN_PROPERTY}> "

Runs = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Lending:
    """What a decision makes of the signatures of some torn rows; `below` stands before paths.

    `before` is what spoke for them until now, where that is not the same.
    """

    graphs: Graphs
    below: str
    torn: Mapping[str, Torn] = field(default_factory=dict)
    before: Mapping[str, Torn] = field(default_factory=dict)

    def given(self, person: Mapping[str, str], apart: Collection[tuple[str, str]]) -> Assigned:
        """Whose they are now; `person` gives the canonical member of a row."""
        return assigned(self.torn, person, apart)

    def moved(self, given: Assigned) -> dict[str, str]:
        """The signatures that are somebody else's than the links say, with whose they are: IRIs."""
        return {
            self.below + signature: self.below + whose
            for row, held in (*self.before.items(), *self.torn.items())
            for signature in held.signatures
            if (whose := given.persons.get(signature, row)) != self._held(signature)
        }

    def _held(self, signature: str) -> str:
        found = self.graphs.object(self.below + signature, _PERSON) or ""
        return found.removeprefix(self.below)

    def matches(self, given: Assigned, run: str, undone: Runs) -> Iterator[Change]:
        """The matches that say why, before and after; those of `undone` say who said so before."""
        new = {match_of(one.one, one.other): one for one in given.compared}
        known = {
            match_of(clue.signature, clue.namesake)
            for held in (*self.before.values(), *self.torn.values())
            for clue in held.clues
        }
        for match in sorted(known):
            held = self.graphs.lines([self.below + match])
            lines: set[str] = set()
            if match in new:
                lines = {*match_lines(self.below, RULE, new[match], new[match].verdict)}
                said = self._run(held, lines, undone.get(match)) or run
                lines.add(f"<{self.below}{match}>{_RUN}<{said}> .\n")
            if lines != held:
                before, after = ("".join(sorted(one)).encode() or None for one in (held, lines))
                yield before, after

    def _run(
        self, held: Collection[str], lines: Collection[str], undone: tuple[str, str] | None
    ) -> str:
        """The run of an earlier match that said just this."""
        told = match_digest(line.encode() for line in lines)
        if undone is not None:
            return undone[0] if undone[1] == told else ""
        rest = [line for line in held if _RUN not in line]
        if not held or match_digest(line.encode() for line in rest) != told:
            return ""
        run = next(line for line in held if _RUN in line)
        return run[run.rindex("<") + 1 : run.rindex(">")]
