"""Author rows as they are compared: who with, where, when and on what they published; pure."""

from collections import Counter
from dataclasses import dataclass, field
from math import sqrt

from ingest.resolution.recall import Codes, Statistics
from ingest.resolution.weighing import usual
from ingest.resolution.weighing.names import Name

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
    guessed: bool = False
    variants: frozenset[str] = frozenset()


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
        there = usual.namesakes(name.family, name.first)
        return max(here, there) if across else sqrt(here * there)

    def bearers(self, word: str, kind: str) -> int:
        """How many full names have this family or given name, here or in the world's tables."""
        families, givens, _ = usual.tables()
        here, there = (self.families, families) if kind == "families" else (self.firsts, givens)
        return max(here[word], there.get(word, 0))
