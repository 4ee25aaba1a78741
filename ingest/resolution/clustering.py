"""Edges to clusters: by falling score, joined only where every cross pair is compatible; pure.

Never plain connected components: one wrong edge would chain two clusters together. Ties break by
place, so one input in any order gives one answer.
"""

from collections.abc import Callable, Iterable

Edge = tuple[float, int, int]


def clusters(
    edges: Iterable[Edge], compatible: Callable[[int, int], bool]
) -> tuple[dict[int, list[int]], list[Edge]]:
    """The clusters of two or more, by their smallest member, and the edges refused."""
    home: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    refused: list[Edge] = []
    for edge in sorted(edges, key=lambda edge: (-edge[0], edge[1], edge[2])):
        _, one, other = edge
        left, right = home.get(one, one), home.get(other, other)
        if left == right:
            continue
        mine, theirs = members.get(left, [left]), members.get(right, [right])
        if all(compatible(a, b) for a in mine for b in theirs if (a, b) != (one, other)):
            joined = sorted(mine + theirs)
            members.pop(left, None)
            members.pop(right, None)
            members[joined[0]] = joined
            home.update(dict.fromkeys(joined, joined[0]))
        else:
            refused.append(edge)
    return members, refused
