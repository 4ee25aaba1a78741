"""The works near publications whose clusters change: which versions they have, before and after.

Who is a version of what was found without people's decisions, and is kept (`register`); what stands
for each version, and so which works there are, follows from the clusters.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from ingest.relink import Graphs
from ingest.resolution.grouping import canonical
from ingest.resolution.grouping.register import Group, Register
from ontology import terms

_VERSION_OF = ox.NamedNode(terms.VERSION_OF)


@dataclass(slots=True)
class Versions:
    """All whose work could be another now, and the groups of versions that tell."""

    graphs: Graphs
    below: str
    publications: set[str] = field(default_factory=set)
    groups: set[Group] = field(default_factory=set)
    before: dict[str, str] = field(default_factory=dict)  # the works of publications, by the links

    def look(
        self,
        start: Iterable[str],
        register: Register,
        members: Callable[[str], Iterable[str]],
    ) -> None:
        """Follow works and groups from these; `members` gives all that one is or was one with."""
        waiting = list(start)
        while waiting:
            one = waiting.pop()
            if one in self.publications:
                continue
            self.publications.add(one)
            waiting += members(one)
            for group in register.works(one):
                self.groups.add(group)
                waiting += group
            work = self.graphs.object(self.below + one, _VERSION_OF)
            if work is not None:
                self.before[one] = work.removeprefix(self.below)
                waiting += self._versions(self.before[one])
            waiting += self._versions(canonical.work_of(one))

    def _versions(self, work: str) -> list[str]:
        found = self.graphs.subjects(_VERSION_OF, self.below + work)
        return [iri.removeprefix(self.below) for iri in found]

    def after(self, stars: Mapping[str, str]) -> dict[str, str]:
        """The work of each canonical publication that has versions, `stars` being who is that."""
        return canonical.works(sorted(self.groups), stars, self.before)
