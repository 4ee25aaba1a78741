"""Which member of a cluster stands for all, and which work its versions are of; pure.

What an earlier run chose is kept: IRIs that people and queries use do not wander. All else is
decided by numbers of publications and by IRIs, so one input in any order gives one answer.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, count

from ontology.iris import HASH_LENGTH, Iris

NOTHING: Mapping[str, int] = {}


def stars(
    clusters: Iterable[Sequence[str]], kept: Collection[str], weights: Mapping[str, int] = NOTHING
) -> dict[str, str]:
    """Each member of the clusters with its canonical one.

    A member in `kept` comes first, then the one with more publications (`weights`), then the
    smaller IRI.
    """
    found = {}
    for members in clusters:
        first = min(members, key=lambda m: (m not in kept, -weights.get(m, 0), m))
        found.update(dict.fromkeys(members, first))
    return found


def works(
    groups: Iterable[Sequence[str]], canonical: Mapping[str, str], known: Mapping[str, str]
) -> dict[str, str]:
    """The work of each canonical publication that has other versions.

    `known` are the works of earlier runs by publication. A work stays with the group that has most
    of its versions; a group without one gets one named after its smallest version.
    """
    versions = [sorted({canonical.get(member, member) for member in group}) for group in groups]
    versions = sorted(group for group in versions if len(group) > 1)
    place = {version: number for number, group in enumerate(versions) for version in group}
    claims: Counter[tuple[str, int]] = Counter()
    for publication, work in known.items():
        number = place.get(canonical.get(publication, publication))
        if number is not None:
            claims[work, number] += 1
    named: dict[int, str] = {}
    taken: set[str] = set()
    for (work, number), _ in sorted(claims.items(), key=lambda claim: (-claim[1], claim[0])):
        if number not in named and work not in taken:
            named[number] = work
            taken.add(work)
    for number, group in enumerate(versions):
        if number not in named:
            names = chain(map(work_of, group), (work_of(f"{group[0]} {n}") for n in count(2)))
            named[number] = next(name for name in names if name not in taken)
            taken.add(named[number])
    return {version: named[number] for version, number in place.items()}


def work_of(publication: str) -> str:
    """The local path of the work that is named after this publication."""
    words = publication.partition("/")[2][: -HASH_LENGTH - 1]
    base = "http://base/"  # whatever it is: the path below it is what is wanted
    return Iris(base).entity("work", [publication], words).removeprefix(f"{base}id/")
