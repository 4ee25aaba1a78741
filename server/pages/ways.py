"""The shortest chains of papers between two people, found from both ends at once.

A step goes from people to their papers, or from papers to their people, on the side that has fewer
of them to go on from. Each step is a few small queries, so that none runs into its deadline; what
time there is, is that of all. Whole steps that met nobody prove that no shorter chain exists.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

AT_ONCE = 500  # people or papers that one query goes on from
PARENTS = 25  # ways into one place that are remembered
WAYS = 25  # that are told

# People to their papers (True) or papers to their people: pairs of where from and where to.
Neighbours = Callable[[bool, Sequence[str]], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Found:
    """The chains, each from one end to the other: paper, person, paper, …, paper.

    Where there are none, `none_up_to` is the number of papers up to which there surely is none, and
    `whole` says that all who could be reached were seen: then no chain exists at all.
    """

    chains: tuple[tuple[str, ...], ...] = ()
    none_up_to: int = 0
    whole: bool = False
    seen: int = 0


@dataclass(slots=True)
class _Side:
    """What was reached from one end, step by step: each place with those that led to it."""

    steps: list[dict[str, list[str]]]
    seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, end: str) -> "_Side":
        return cls([{end: []}], {end})

    @property
    def front(self) -> dict[str, list[str]]:
        return self.steps[-1]

    @property
    def at_people(self) -> bool:
        return len(self.steps) % 2 == 1

    def ways_back(self, place: str, at: int) -> Iterator[tuple[str, ...]]:
        """The places between the end and this one, reached at this step, the nearest first.

        Of the papers by which two people wrote together, one is told.
        """
        if at <= 1:
            yield ()
        elif at % 2:  # a paper
            for person in self.steps[at][place]:
                yield from ((person, *rest) for rest in self.ways_back(person, at - 1))
        else:
            told: set[str] = set()
            for paper in self.steps[at][place]:
                for person in self.steps[at - 1][paper]:
                    if person not in told:
                        told.add(person)
                        between = () if at == 2 else (person,)  # at first only the end itself
                        further = self.ways_back(person, at - 2)
                        yield from ((paper, *between, *rest) for rest in further)


def between(
    a: str, b: str, neighbours: Neighbours, papers: int, until: float = float("inf")
) -> Found:
    """The shortest chains of at most so many papers, looked for until this monotonic time."""
    one, other = _Side.of(a), _Side.of(b)
    taken = 0  # steps from both ends: two for each paper
    while taken < 2 * papers:
        side, far = (one, other) if len(one.front) <= len(other.front) else (other, one)
        reached, complete = _step(side, far, neighbours, until)
        if reached:
            chains = tuple(_chains(one, other, sorted(reached)))
            return Found(chains, taken // 2, False, _of(one, other))
        if not complete:
            return Found((), taken // 2, False, _of(one, other))
        taken += 1
        if not side.front:
            return Found((), taken // 2, True, _of(one, other))
    return Found((), papers, False, _of(one, other))


def _of(one: _Side, other: _Side) -> int:
    return len(one.seen) + len(other.seen)


def _step(side: _Side, far: _Side, neighbours: Neighbours, until: float) -> tuple[set[str], bool]:
    """Go on from everywhere in front: where both sides meet, and whether the step was whole.

    A step that met stops as soon as there are enough: all that it can still meet is as far.
    """
    new: dict[str, list[str]] = {}
    met: set[str] = set()
    complete = True
    places = iter(side.front)
    while part := list(islice(places, AT_ONCE)):
        if time.monotonic() > until:
            complete = False
            break
        for start, end in neighbours(side.at_people, part):
            if end not in side.seen:
                parents = new.setdefault(end, [])
                if len(parents) < PARENTS and start not in parents:
                    parents.append(start)
                if end in far.front:
                    met.add(end)
        if len(met) >= WAYS:
            break
    side.steps.append(new)
    side.seen.update(new)
    return met, complete


def _chains(one: _Side, other: _Side, met: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The chains through where both sides met, each time through other people."""
    told: set[tuple[str, ...]] = set()
    at_an_end = len(one.steps) == 1 or len(other.steps) == 1
    for place in met:
        middle = () if at_an_end else (place,)
        for there in one.ways_back(place, len(one.steps) - 1):
            for back in other.ways_back(place, len(other.steps) - 1):
                chain = (*reversed(there), *middle, *back)
                people = chain[1::2] or chain
                if people not in told:
                    told.add(people)
                    yield chain
                if len(told) >= WAYS:
                    return
