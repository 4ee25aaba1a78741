"""Author rows as they are compared: who with, where, when and on what they published; pure."""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from math import sqrt

from ingest.resolution import weights
from ingest.resolution.names import Name
from ingest.resolution.recall import Codes, Statistics
from ingest.resolution.tables import lines_of

_GATES = weights.of("authors")
FEW = _GATES["gate.few"]  # what a name too rare for the tables counts for
INITIALS = _GATES["gate.initials"]  # about how evenly given names spread over the letters

Place = tuple[int, int]  # the number of a record, and the ordinal there (0 where unknown)


@dataclass(slots=True)
class Profile:
    """What is known of one author row; numbers stand for papers, companions, venues and words.

    `company` are co-authors by full name, `circle` the same by family name and initial: of many
    names the initial alone is somebody else's. Papers of a crowd give neither.
    """

    iri: str
    source: str
    name: Name
    suffix: str
    key: str
    identifiers: dict[str, frozenset[str]]
    papers: dict[int, list[Place]] = field(default_factory=dict)
    company: frozenset[int] = frozenset()
    circle: frozenset[int] = frozenset()
    venues: frozenset[int] = frozenset()
    words: frozenset[int] = frozenset()
    abstracts: frozenset[int] = frozenset()
    affiliations: frozenset[int] = frozenset()
    domains: frozenset[int] = frozenset()
    first_year: int | None = None
    last_year: int | None = None
    whole: str = ""


@dataclass(slots=True)
class Society:
    """All profiles, and on how many papers each companion, venue, word and so on occurs."""

    profiles: list[Profile]
    papers: int
    companions: list[int]
    circles: list[int]
    venues: list[int]
    words: list[int]
    abstracts: list[int]
    affiliations: list[int]
    domains: list[int]
    families: Counter[str]
    firsts: Counter[str]
    lengths: list[int]
    statistics: Statistics
    codes: Codes  # of the profiles: what their scores are made of
    names: int = 1  # pairs of family and first name

    def __post_init__(self) -> None:
        self.names = self.statistics.counts["all"]["names"]

    def namesakes(self, name: Name, across: bool) -> float:
        """How many people of this very name to expect: between those at hand and the world's.

        `across` sources it is the world's: they need not have drawn from one set of people.
        """
        here = self.families[name.family] * self.firsts[name.first] / self.names
        usual = usual_namesakes(name.family, name.first)
        return max(here, usual) if across else sqrt(here * usual)

    def bearers(self, word: str, kind: str) -> int:
        """How many full names have this family or given name, here or in the world's tables."""
        families, givens, _ = _usual()
        here, usual = (self.families, families) if kind == "families" else (self.firsts, givens)
        return max(here[word], usual.get(word, 0))


@lru_cache(maxsize=1)
def _usual() -> tuple[dict[str, int], dict[str, int], int]:
    """How many given names each frequent family name has, and the other way round, in the world."""
    families, givens = (
        {word: int(count) for word, count in (line.split("\t") for line in lines_of(name))}
        for name in ("families.tsv", "givens.tsv")
    )
    return families, givens, sum(families.values())


def usual_namesakes(family: str, first: str) -> float:
    """How many people of this family and given name (or initial) the tables let expect."""
    families, givens, size = _usual()
    size_of_family = families.get(family, FEW)
    if len(first) < 2:
        return size_of_family / INITIALS
    return size_of_family * givens.get(first, FEW) / size
