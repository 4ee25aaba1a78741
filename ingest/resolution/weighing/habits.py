"""What the sources at hand do, learnt from publications that are one beyond doubt; no labels; pure.

Pairs that alone share a telling title across two sources, with the same authors, show how often
years agree and which venue names go together. Sources that list a publication once are those of
which few records have two good partners in another, and hardly any stands there twice to the letter
(of curated lists one title in two thousand does, of what reviewers gather one in fifty or more).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from ingest.resolution.weighing.affinity import Affinity

# Of 100 sure pairs of curated sources: same year, one apart, more apart. Weighs as that many pairs.
USUAL_YEARS = (46.0, 3.0, 1.0)
CHANCE_YEARS = (0.12, 0.16, 0.72)
# And of 50 with one telling title and year: some author in common; none.
USUAL_AUTHORS = (49.5, 0.5)
NO_AUTHOR_LEAST = -3.5  # authors may be an office in one source and people in the other


@dataclass(frozen=True, slots=True)
class Habits:
    """The weight of years agreeing or not, venues that go together, sources that list once.

    Those that do not are either `repeating`, as seen from another source, and then of rough
    records, or `gathered`: put together from several lists, each of which may be a good one.
    """

    years: tuple[float, float, float]
    no_author: float
    affinity: Affinity
    repeating: frozenset[str]
    gathered: frozenset[str] = frozenset()

    def year_term(self, one: int | None, other: int | None) -> float:
        """What two years say; nothing where one is missing."""
        if one is None or other is None:
            return 0.0
        return self.years[min(abs(one - other), 2)]


def year_weights(differences: Iterable[int]) -> tuple[float, float, float]:
    """The weights of years that agree, differ by one, by more, from how sure pairs differ."""
    counts = Counter(min(abs(value), 2) for value in differences)
    seen = [counts[place] + USUAL_YEARS[place] for place in range(3)]
    total = sum(seen)
    same, near, far = (
        round(log(seen[place] / total / CHANCE_YEARS[place]), 2) for place in range(3)
    )
    return same, near, far


def author_weight(met: Iterable[bool]) -> float:
    """The weight of author lists that share nobody, from how often sure pairs do."""
    counts = Counter(met)
    seen = [counts[True] + USUAL_AUTHORS[0], counts[False] + USUAL_AUTHORS[1]]
    return max(NO_AUTHOR_LEAST, round(log(seen[1] / sum(seen)), 2))
