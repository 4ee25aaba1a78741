"""What a run came to, for people: how much was joined, and what differs from before; pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ClusterChange:
    """A cluster that is not what it was: `members` with labels; `kind` is joined, split or moved.

    Of a split one, members are those of the old cluster, one list for each part it fell into; of a
    joined one, those of the new cluster, one list for each cluster it came from.
    """

    kind: str
    entity: str
    canonical: str
    groups: tuple[tuple[tuple[str, str], ...], ...]

    @property
    def size(self) -> int:
        """How many members it concerns."""
        return sum(map(len, self.groups))

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "kind": self.kind,
            "entity": self.entity,
            "canonical": self.canonical,
            "groups": [[list(member) for member in group] for group in self.groups],
        }


@dataclass(frozen=True, slots=True)
class Tally:
    """Entities of one kind after a run: rows or records, what they are, and pairs compared."""

    members: int
    canonical: int
    clusters: int
    same: int
    grey: int
    different: int

    @property
    def joined(self) -> int:
        """Members that stand behind another one now."""
        return self.members - self.canonical


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run found and did; where nothing changed, `generation` is the old one."""

    run: str
    generation: int | None
    changed: bool
    dry_run: bool
    publications: Tally
    authors: Tally
    works: int
    changes: tuple[ClusterChange, ...]
    problems: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    seconds: float = 0.0
    obeyed: bool = True  # else it is recorded, and a run will follow


def cluster_changes(
    old: Mapping[str, str], new: Mapping[str, str], labels: Mapping[str, str]
) -> tuple[ClusterChange, ...]:
    """The clusters that were joined or split, largest first; both map members to canonical ones.

    Members that came or vanished are no change of the clusters that they are in alone.
    """
    found = [*_joined(old, new, labels), *_split(old, new, labels)]
    return tuple(sorted(found, key=lambda change: (-change.size, change.kind, change.canonical)))


def _clusters(canonical: Mapping[str, str]) -> dict[str, list[str]]:
    members: defaultdict[str, list[str]] = defaultdict(list)
    for member, first in canonical.items():
        members[first].append(member)
    return members


def _joined(
    old: Mapping[str, str], new: Mapping[str, str], labels: Mapping[str, str]
) -> Iterator[ClusterChange]:
    for canonical, members in _clusters(new).items():
        if len(members) > 1:
            groups = _grouped(members, old)
            if len(groups) > 1:
                yield _change("joined", canonical, groups, labels)


def _split(
    old: Mapping[str, str], new: Mapping[str, str], labels: Mapping[str, str]
) -> Iterator[ClusterChange]:
    for canonical, members in _clusters(old).items():
        held = [member for member in members if member in new]
        if len(held) > 1:
            groups = _grouped(held, new)
            if len(groups) > 1:
                yield _change("split", canonical, groups, labels)


def _grouped(members: list[str], home: Mapping[str, str]) -> list[list[str]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for member in sorted(members):
        groups[home.get(member, member)].append(member)
    return sorted(groups.values(), key=lambda group: (-len(group), group))


def _change(
    kind: str, canonical: str, groups: list[list[str]], labels: Mapping[str, str]
) -> ClusterChange:
    told = tuple(tuple((member, labels.get(member, "")) for member in group) for group in groups)
    return ClusterChange(kind, canonical.partition("/")[0], canonical, told)
