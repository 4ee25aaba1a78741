"""What gold says of pairs that a run compares: the labels that weights are learnt from; pure.

Of persons it speaks where a human checked one of the two: the list of a curated person's
signatures is complete, so that every other row is somebody else's. People are halved by a digest
of the family name, so that all that could be one person lies in one half.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256

from ingest.resolution.assessment.gold import PairGold, SignatureGold
from ingest.resolution.weighing.names import homonym, parse

SEED = 1


class Half(StrEnum):
    """Which persons of gold: those that weights are learnt from, or those held out."""

    LEARNING = "learning"
    HELD_OUT = "held-out"


def half_of(printed: str, seed: int = SEED) -> Half:
    """The half in which everybody of this family name lies."""
    name = parse(homonym(printed)[0])
    digest = sha256(f"{seed}\t{name.family}".encode()).digest()
    return Half.HELD_OUT if digest[0] & 1 else Half.LEARNING


def halved(held: SignatureGold, half: Half | None) -> SignatureGold:
    """Gold of one half, or all of it."""
    if half is None:
        return held
    kept = {item for item, name in held.names.items() if half_of(name) is half}
    return SignatureGold(
        {item: person for item, person in held.persons.items() if item in kept},
        {item: name for item, name in held.names.items() if item in kept},
        held.curated & kept,
    )


class RowLabels:
    """Whose each author row is, by most of its signatures."""

    def __init__(self, held: SignatureGold, rows: Mapping[str, str]) -> None:
        """`rows` gives the row of each signature."""
        votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.curated = {held.persons[item] for item in held.curated}
        for item, person in held.persons.items():
            if item in rows:
                votes[rows[item]][person] += 1
        self.persons = {
            row: min(counts, key=lambda person: (-counts[person], person))
            for row, counts in votes.items()
        }

    def same(self, one: str, other: str) -> bool | None:
        """Whether two rows are one person's; None where nobody checked."""
        mine, theirs = self.persons.get(one), self.persons.get(other)
        if mine is None or theirs is None or not self.curated & {mine, theirs}:
            return None
        return mine == theirs


class PublicationLabels:
    """Which publications of two sources are one."""

    def __init__(self, held: PairGold, left: Mapping[str, str], right: Mapping[str, str]) -> None:
        """`left` and `right` give the publication of each key."""
        self.complete = held.complete
        self.sides = frozenset(left.values()), frozenset(right.values())
        self.said = {
            (left[pair.one], right[pair.other]): pair.same
            for pair in held.pairs
            if pair.one in left and pair.other in right
        }

    def same(self, one: str, other: str) -> bool | None:
        """Whether two are one publication; None where gold does not speak of them."""
        for pair in ((one, other), (other, one)):
            if pair in self.said:
                return self.said[pair]
            if self.complete and pair[0] in self.sides[0] and pair[1] in self.sides[1]:
                return False
        return None


def labelled(
    pairs: Iterable[tuple[str, str]], labels: RowLabels | PublicationLabels
) -> dict[tuple[str, str], bool]:
    """The pairs that gold speaks of, with what it says."""
    said = ((pair, labels.same(*pair)) for pair in pairs)
    return {pair: same for pair, same in said if same is not None}
