"""Scores: sums of visible terms, each a log-odds in nats, under one rule version; pure.

What a score is worth in probability is said by the calibration, measured on gold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import exp

from ingest.resolution.weighing import weights

RULE_VERSION = weights.version()
DIGITS = 3


class Verdict(StrEnum):
    """What a comparison came to."""

    SAME = "same"
    GREY = "grey"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Score:
    """The terms of one comparison by name ("title", "year"), zero ones left out; `rule` forbids."""

    terms: tuple[tuple[str, float], ...]
    forbidden: str = ""

    @classmethod
    def of(cls, terms: Mapping[str, float], forbidden: str = "") -> "Score":
        rounded = ((name, round(value, DIGITS)) for name, value in terms.items())
        return cls(tuple(sorted((n, v) for n, v in rounded if v)), forbidden)

    @property
    def sum(self) -> float:
        """The log-odds that the two are the same."""
        return round(sum(value for _, value in self.terms), DIGITS)

    @property
    def probability(self) -> float:
        """The log-odds as a number from 0 to 1, four digits."""
        return round(1.0 / (1.0 + exp(-max(-40.0, min(40.0, self.sum)))), 4)
