"""Edges to clusters: by falling score, joined only where every cross pair is compatible; pure.

Never plain connected components: one wrong edge would chain two clusters together. Between clusters
counts the mean of their edges, so a name that two people could have goes where most speaks for it.
Ties break by place, so one input in any order gives one answer.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush

Edge = tuple[float, int, int]
DIGITS = 9  # sums of floats differ in the last digits with the order of addition


def clusters(
    edges: Iterable[Edge], compatible: Callable[[int, int], bool]
) -> tuple[dict[int, list[int]], list[Edge]]:
    """The clusters of two or more, by their smallest member, and the edges refused."""
    return _Joining(edges, compatible).run()


class _Joining:
    """Clusters in the making; each is named by its smallest member."""

    def __init__(self, edges: Iterable[Edge], compatible: Callable[[int, int], bool]) -> None:
        self.compatible = compatible
        self.members: dict[int, list[int]] = {}
        self.between: defaultdict[int, dict[int, tuple[float, int]]] = defaultdict(dict)
        self.queue: list[tuple[float, int, int]] = []
        self.refused: list[Edge] = []
        for score, one, other in edges:
            self.between[one][other] = self.between[other][one] = (score, 1)
            self.queue.append((-round(score, DIGITS), min(one, other), max(one, other)))
        heapify(self.queue)

    def run(self) -> tuple[dict[int, list[int]], list[Edge]]:
        """Join until no edge is left."""
        while self.queue:
            score, one, other = heappop(self.queue)
            if self._mean(one, other) != -score:
                continue  # one of them grew since
            if self._fit(one, other):
                self._join(one, other)
            else:
                self.refused.append((-score, one, other))
                del self.between[one][other], self.between[other][one]
        return dict(sorted(self.members.items())), self.refused

    def _mean(self, one: int, other: int) -> float | None:
        held = self.between[one].get(other) if one in self.between else None
        return None if held is None else round(held[0] / held[1], DIGITS)

    def _fit(self, one: int, other: int) -> bool:
        theirs = self.members.get(other, [other])
        return all(self.compatible(a, b) for a in self.members.get(one, [one]) for b in theirs)

    def _join(self, one: int, other: int) -> None:
        """The larger name's cluster goes into the smaller's; edges to a third add up."""
        self.members[one] = sorted(self.members.pop(one, [one]) + self.members.pop(other, [other]))
        del self.between[one][other]
        for third, (total, count) in self.between.pop(other).items():
            if third == one:
                continue
            del self.between[third][other]
            known, times = self.between[one].get(third, (0.0, 0))
            self.between[one][third] = self.between[third][one] = (total + known, count + times)
            mean = round((total + known) / (count + times), DIGITS)
            heappush(self.queue, (-mean, min(one, third), max(one, third)))
