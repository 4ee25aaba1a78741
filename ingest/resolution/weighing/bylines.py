"""Could two titles be by one author? A few bits of each byline say no for nearly all that are not.

Millions of pairs of titles meet in some block, and inside a source only those with a family name
in common are compared: asking that first spares comparing the others letter by letter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ingest.resolution.weighing.publications import Description

BITS, WORDS = 64, 4  # of 256 bits each name sets one: of pairs that share none, few look as if
SEVERAL = -1  # sources

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bylines:
    """The bits of the family names under each title, and the source that all its records are of."""

    bits: NDArray[np.uint64]
    sources: Places

    @classmethod
    def of(cls, titles: Sequence[Sequence[Description]]) -> "Bylines":
        """The records of each title."""
        numbers: dict[str, int] = {}
        bits = [_bits(entries) for entries in titles]
        sources = [
            SEVERAL if len(named) > 1 else numbers.setdefault(min(named), len(numbers))
            for named in ({entry.source for entry in entries} for entries in titles)
        ]
        rows = [
            [held >> (BITS * word) & ((1 << BITS) - 1) for word in range(WORDS)] for held in bits
        ]
        return cls(np.array(rows, np.uint64).reshape(-1, WORDS), np.array(sources, np.int64))

    def of_two(self, lower: Places, upper: Places) -> NDArray[np.bool_]:
        """Whether records of two titles are, or could be, of two sources."""
        mine, theirs = self.sources[lower], self.sources[upper]
        return np.asarray((mine != theirs) | (mine == SEVERAL))

    def may_share(self, lower: Places, upper: Places) -> NDArray[np.bool_]:
        """Whether records of two titles could share an author, or are of two sources."""
        found = self.of_two(lower, upper)
        for word in range(WORDS):
            column = self.bits[:, word]
            found |= (column[lower] & column[upper]) != 0
        return np.asarray(found)


def _bits(entries: Iterable[Description]) -> int:
    """All bits where a record names nobody, who could be anybody."""
    found = 0
    for entry in entries:
        if not entry.authors:
            return (1 << BITS * WORDS) - 1
        for name in entry.authors:
            found |= _bit(name.family)
    return found


@lru_cache(maxsize=1 << 18)
def _bit(family: str) -> int:
    return 1 << crc32(family.encode()) % (BITS * WORDS)
