"""How well two printed venues go together, learnt from sure pairs of publications; pure.

Sources name a series in their own ways ("SIGMOD Conference", "International Conference on
Management of Data"). Pairs with one telling title, the same authors and year show which names go
together and which do not; no table and no label is needed. A venue too rarely seen says nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

Words = tuple[str, ...]

SEEN_OFTEN_ENOUGH = 4
DOUBT = 0.5  # a word that would be seen but once either way tells little
MOST = 4.0


@dataclass(frozen=True, slots=True)
class Affinity:
    """Word counts of the partners of each venue, and of all partners."""

    partners: dict[Words, Counter[str]]
    seen: Counter[Words]
    words: Counter[str]
    pairs: int

    @classmethod
    def learn(cls, pairs: Iterable[tuple[Words, Words]]) -> "Affinity":
        partners: defaultdict[Words, Counter[str]] = defaultdict(Counter)
        seen: Counter[Words] = Counter()
        words: Counter[str] = Counter()
        total = 0
        for one, other in pairs:
            for mine, theirs in ((one, other), (other, one)):
                if mine and theirs:
                    partners[mine].update(set(theirs))
                    seen[mine] += 1
                    words.update(set(theirs))
                    total += 1
        return cls(dict(partners), seen, words, total)

    def knows(self, one: Words, other: Words) -> bool:
        """Whether either venue was seen often enough to speak."""
        return max(self.seen[one], self.seen[other]) >= SEEN_OFTEN_ENOUGH

    def between(self, one: Words, other: Words) -> float:
        """Log-odds that two venues publish the same thing, as far as it was seen."""
        known = [
            self._from(mine, theirs)
            for mine, theirs in ((one, other), (other, one))
            if self.seen[mine] >= SEEN_OFTEN_ENOUGH
        ]
        return sum(known) / len(known) if known else 0.0

    def _from(self, venue: Words, words: Words) -> float:
        told, partners, seen = [0.0], self.partners[venue], self.seen[venue]
        for word in sorted(set(words)):
            expected = seen * self.words[word] / self.pairs
            told.append(log((partners[word] + DOUBT) / (expected + DOUBT)))
        return max(-MOST, min(MOST, max(told) + min(told)))
