"""How many people of a name to expect in the world, by tables of frequent names; pure."""

from functools import lru_cache

from ingest.resolution.tables import lines_of
from ingest.resolution.weighing import weights

_GATES = weights.of("authors")
FEW = _GATES["gate.few"]  # what a name too rare for the tables counts for
INITIALS = _GATES["gate.initials"]  # about how evenly given names spread over the letters


@lru_cache(maxsize=1)
def tables() -> tuple[dict[str, int], dict[str, int], int]:
    """How many given names each frequent family name has, and the other way round, in the world."""
    families, givens = (
        {word: int(count) for word, count in (line.split("\t") for line in lines_of(name))}
        for name in ("families.tsv", "givens.tsv")
    )
    return families, givens, sum(families.values())


def namesakes(family: str, first: str) -> float:
    """How many people of this family and given name (or initial) the tables let expect."""
    families, givens, size = tables()
    size_of_family = families.get(family, FEW)
    if len(first) < 2:
        return size_of_family / INITIALS
    return size_of_family * givens.get(first, FEW) / size
