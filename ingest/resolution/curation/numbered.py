"""Names that are borne bare and with numbers: which signatures could go to and fro between them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ingest.resolution.curation.nearby import Nearby
from ingest.resolution.curation.region import Region
from ingest.resolution.gathering.clues import Torn
from ingest.resolution.grouping.assignment import HUB, torn
from ingest.resolution.grouping.register import Register
from ingest.resolution.weighing.evidence import Evidence
from ingest.resolution.weighing.names import parse


@dataclass(frozen=True, slots=True)
class Numbered:
    """Looks for them around some rows."""

    region: Region
    register: Register
    near: Nearby

    def rows(
        self, changed: Collection[str], signing: Mapping[str, Sequence[str]]
    ) -> frozenset[str]:
        """All rows of such names, of those whose bearers `changed`.

        Or of whom several sign what was regrouped: `signing` gives these by folded name.
        """
        known = self.near.memory.torn or frozenset()
        found: set[str] = set()
        for text in {*changed, *signing}:
            rows = self.register.rows(text)
            met = rows if text in changed else signing[text]
            if self.near.has_namesakes(met) or not known.isdisjoint(met):
                found |= {*rows}
        return frozenset(found)

    def torn(
        self,
        rows: Collection[str],
        evidence: Evidence,
        home: Mapping[str, str],
        moved: Collection[str],
    ) -> dict[str, Torn]:
        """What speaks for signatures of these being their namesakes'."""
        if not rows:
            return {}
        found = torn(evidence, home, moved, self._is_hub)
        return {row: held for row, held in found.items() if row in rows}

    def is_nearly_hub(self, name: str, moved: int) -> bool:
        """Whether so many signatures more or less decide if a name tells anything."""
        return abs(self._signed(name) - HUB) <= moved

    def _is_hub(self, name: str) -> bool:
        """Whether a name signs so many papers that to sign one with it tells little."""
        return self._signed(name) > HUB

    def _signed(self, name: str) -> int:
        rows = self.register.rows(parse(name).text)
        bearers = [row for row in rows if self.region.name_of(row).casefold() == name]
        return sum(map(self.region.signs, bearers))
