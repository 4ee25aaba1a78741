"""What a score is worth: of development pairs with such a score, how many were one; pure.

`tables/calibration.tsv` is made with the weights, from the same development pairs: bins of scores,
neighbours pooled until the share that is right never falls as the score rises (isotonic
regression). On other data, and on the pairs held out, shares differ: `evaluate` prints both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import exp

from ingest.resolution.tables import lines_of

TABLE = "calibration.tsv"
# Where bins of scores begin, as probabilities: finer where links are.
EDGES = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of `of` development pairs with a score in this range, `right` were one."""

    since: float
    until: float
    right: int
    of: int

    @property
    def share(self) -> float:
        """The share that was right."""
        return self.right / self.of if self.of else 0.0

    def told(self) -> str:
        """In words, for people."""
        return (
            f"of {self.of:,} development pairs scored {self.since:g} to {self.until:g}, "
            f"{self.right:,} were one ({self.share:.1%})"
        )


@lru_cache(maxsize=1)
def table() -> dict[str, tuple[Calibration, ...]]:
    """The bins of each kind ("authors", "publications"), by rising score."""
    found: dict[str, list[tuple[float, int, int]]] = {}
    for line in lines_of(TABLE):
        kind, since, right, of = line.split("\t")
        found.setdefault(kind, []).append((float(since), int(right), int(of)))
    return {kind: _bins(rows) for kind, rows in found.items()}


def _bins(rows: Sequence[tuple[float, int, int]]) -> tuple[Calibration, ...]:
    ends = [since for since, _, _ in rows[1:]] + [1.0]
    return tuple(
        Calibration(since, until, right, of)
        for (since, right, of), until in zip(rows, ends, strict=True)
    )


def calibrated(kind: str, score: float) -> Calibration | None:
    """What a score from 0 to 1 is worth; None of a kind, or below a score, that nobody measured."""
    held = [one for one in table().get(kind, ()) if one.since <= score]
    return held[-1] if held else None


def isotonic(scores: Iterable[tuple[float, bool]]) -> tuple[Calibration, ...]:
    """Bins of scores (as probabilities), pooled until shares rise."""
    pools: list[Calibration] = []
    for one in counted(scores, EDGES):
        pools.append(one)
        while len(pools) > 1 and pools[-1].share <= pools[-2].share:
            last = pools.pop()
            first = pools.pop()
            pools.append(
                Calibration(first.since, last.until, first.right + last.right, first.of + last.of)
            )
    return tuple(pools)


def counted(
    scores: Iterable[tuple[float, bool]], edges: Sequence[float]
) -> tuple[Calibration, ...]:
    """How many scores lie between edges, and how many of them were right; empty bins left out."""
    held = list(scores)
    bounds = list(pairwise([*edges, 1.0]))
    found = []
    for since, until in bounds:
        inside = [
            same for score, same in held if since <= score and (score < until or until == 1.0)
        ]
        if inside:
            found.append(Calibration(since, until, sum(inside), len(inside)))
    return tuple(found)


def probability(odds: float) -> float:
    """Log-odds as a number from 0 to 1, as a match keeps it."""
    return round(1.0 / (1.0 + exp(-max(-40.0, min(40.0, odds)))), 4)


def written(text: str, kind: str, bins: Iterable[Calibration]) -> str:
    """The text of the table with the bins of one kind replaced."""
    kept = [line for line in text.splitlines(keepends=True) if line.split("\t")[0] != kind]
    new = (f"{kind}\t{one.since:g}\t{one.right}\t{one.of}\n" for one in bins)
    return "".join([*kept, *new])
