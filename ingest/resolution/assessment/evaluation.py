"""How well clusters agree with gold: pairwise and B-cubed figures and the worst mistakes; pure.

B-cubed is that of Bagga and Baldwin (1998): precision and recall of each item's cluster, averaged
over items. Clusters are cut to the items scored, so what gold does not speak of changes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import fsum

Joined = Mapping[str, Hashable]


@dataclass(frozen=True, slots=True)
class Figures:
    """Precision, recall and their harmonic mean; 1 where there was nothing to get wrong."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Pairs rightly joined, wrongly joined, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def figures(self) -> Figures:
        """What they come to."""
        joined, same = self.right + self.wrong, self.right + self.missed
        return Figures(self.right / joined if joined else 1.0, self.right / same if same else 1.0)


@dataclass(frozen=True, slots=True)
class Subset:
    """The figures of some items: how many items, persons by gold, and clusters."""

    name: str
    items: int
    persons: int
    clusters: int
    pairs: PairCounts
    bcubed: Figures


@dataclass(frozen=True, slots=True)
class Mistake:
    """What was wrongly joined, or wrongly left apart: its groups, and how many pairs that costs."""

    pairs: int
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Both kinds, the largest first."""

    wrong: tuple[Mistake, ...]
    missed: tuple[Mistake, ...]


# --- items that each have one person by gold


def measure(name: str, items: Collection[str], gold: Joined, found: Joined) -> Subset:
    """The figures of these items, all clusters cut to them."""
    cells = Counter((gold[item], found[item]) for item in items)
    persons = Counter(gold[item] for item in items)
    clusters = Counter(found[item] for item in items)
    return Subset(
        name,
        len(items),
        len(persons),
        len(clusters),
        _pairs(cells, persons, clusters),
        _bcubed(cells, persons, clusters),
    )


def _pairs(
    cells: Counter[tuple[Hashable, Hashable]],
    persons: Counter[Hashable],
    clusters: Counter[Hashable],
) -> PairCounts:
    right, same, joined = (_within(counts.values()) for counts in (cells, persons, clusters))
    return PairCounts(right, joined - right, same - right)


def _within(sizes: Iterable[int]) -> int:
    """How many pairs groups of these sizes hold."""
    return sum(size * (size - 1) // 2 for size in sizes)


def _bcubed(
    cells: Counter[tuple[Hashable, Hashable]],
    persons: Counter[Hashable],
    clusters: Counter[Hashable],
) -> Figures:
    items = persons.total()
    if not items:
        return Figures(1.0, 1.0)
    # fsum: as exact in any order, so that the order of items changes no digit.
    precision = fsum(n * n / clusters[cluster] for (_, cluster), n in cells.items())
    recall = fsum(n * n / persons[person] for (person, _), n in cells.items())
    return Figures(precision / items, recall / items)


def shared_names(gold: Joined, names: Mapping[str, str]) -> set[str]:
    """The items whose printed name two or more persons of gold have."""
    holders: defaultdict[str, set[Hashable]] = defaultdict(set)
    for item, person in gold.items():
        holders[names[item]].add(person)
    return {item for item in gold if len(holders[names[item]]) > 1}


def mistakes(gold: Joined, found: Joined, names: Mapping[str, str]) -> Mistakes:
    """Clusters of several persons, and persons in several clusters; each group by its names."""
    return Mistakes(_mixed(found, gold, names), _mixed(gold, found, names))


def _mixed(whole: Joined, part: Joined, names: Mapping[str, str]) -> tuple[Mistake, ...]:
    """What is one by `whole` and several by `part`."""
    groups: defaultdict[Hashable, defaultdict[Hashable, list[str]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for item in sorted(whole):
        groups[whole[item]][part[item]].append(item)
    return largest(
        Mistake(_across(parts.values()), _told(parts.values(), names))
        for parts in groups.values()
        if len(parts) > 1
    )


def _across(parts: Iterable[Collection[str]]) -> int:
    """How many pairs go from one part to another."""
    sizes = [len(part) for part in parts]
    return _within([sum(sizes)]) - _within(sizes)


def _told(parts: Iterable[list[str]], names: Mapping[str, str]) -> tuple[str, ...]:
    """Each part by its most frequent name, size and an item to look at; the largest part first."""
    told = []
    for items in sorted(parts, key=lambda items: (-len(items), items[0])):
        printed = Counter(names[item] for item in items)
        name = min(printed, key=lambda name: (-printed[name], name))
        told.append(f"{name} ({len(items):,}, {items[0]})")
    return tuple(told)


def largest(found: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """Those that cost most first."""
    return tuple(sorted(found, key=lambda mistake: (-mistake.pairs, mistake.groups)))


# --- pairs of two sources

Pair = tuple[str, str]


def measure_pairs(same: Collection[Pair], joined: Collection[Pair]) -> PairCounts:
    """The pairs that gold calls the same against those that were joined."""
    right = len(set(same) & set(joined))
    return PairCounts(right, len(joined) - right, len(same) - right)


def cross_pairs(left: Mapping[str, str], right: Mapping[str, str]) -> set[Pair]:
    """The pairs joined across two sources, each given as key -> canonical publication."""
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for key, home in right.items():
        homes[home].append(key)
    return {(key, other) for key, home in left.items() for other in homes.get(home, ())}


def pair_mistakes(
    same: Collection[Pair], joined: Collection[Pair], left: Mapping[str, str], right: Joined
) -> Mistakes:
    """Pairs wrongly joined and missed, by the key of the left: those with most pairs first."""
    wrong, missed = set(joined) - set(same), set(same) - set(joined)
    return Mistakes(_by_left(wrong, left, right), _by_left(missed, left, right))


def _by_left(pairs: Collection[Pair], left: Joined, right: Joined) -> tuple[Mistake, ...]:
    """`left` and `right` give titles; a key without one stands alone."""
    others: defaultdict[str, list[str]] = defaultdict(list)
    for one, other in sorted(pairs):
        others[one].append(other)
    return largest(
        Mistake(len(found), (_titled(one, left), *(_titled(other, right) for other in found)))
        for one, found in others.items()
    )


def _titled(key: str, titles: Joined) -> str:
    return f"{titles[key]} ({key})" if titles.get(key) else f"({key})"
