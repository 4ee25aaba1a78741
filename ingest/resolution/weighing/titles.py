"""Titles: their words, how telling each is, and how two titles compare; pure.

A word tells as much as it is rare among the titles at hand. Numbers, parts and words such as
"erratum" are never explained away: titles that differ in them name different publications.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import fsum

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import partial_ratio_alignment

from ingest.resolution.tables import lines_of
from ingest.resolution.weighing import weights
from ingest.resolution.weighing.names import plain

_MARKUP = re.compile(r"<[^<>]*>|&(?:[a-z]+|#\d+);")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}
_NUMERALS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5"}
_NUMERALS |= {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5"}
_PARTS = frozenset(["part", "volume", "chapter", "lecture", "tutorial", "no", "phase"])
_NOTICES = frozenset(lines_of("notices.txt"))
_LIGATURES = re.compile("ff[il]?|f[il]")
_REVIEWS = frozenset(["review", "reviews"])
_GATES = weights.of("publications")
CAP, CITATION = _GATES["gate.word"], _GATES["gate.citation"]
EMBEDDED, SHORTEST_EMBEDDED = _GATES["gate.embedded"], _GATES["gate.embedded_letters"]
BOILERPLATE = frozenset(lines_of("boilerplate.txt"))


@lru_cache(maxsize=1 << 18)
def words_of(title: str) -> tuple[str, ...]:
    """The folded words of a title, numbers of parts in figures."""
    text = _MARKUP.sub(" ", title) if "<" in title or "&" in title else title
    words = plain(text).replace("-", " ").split()
    return tuple(
        _figure(word, words[place - 1] if place else "") for place, word in enumerate(words)
    )


def _figure(word: str, before: str) -> str:
    if before in _PARTS:
        return _ROMAN.get(word) or _NUMERALS.get(word, word)
    return _ROMAN[word] if word in ("ii", "iii", "iv", "vi", "vii", "viii") else word


@dataclass(frozen=True, slots=True)
class Rarity:
    """How telling words are: the natural log of how few of the titles have them.

    Counts enter by their power of two, so that a few titles more change no score.
    """

    total: int
    counts: Mapping[str, int]

    @classmethod
    def of(cls, titles: Iterable[tuple[str, ...]]) -> "Rarity":
        counts: Counter[str] = Counter()
        total = 0
        for words in titles:
            counts.update(set(words))
            total += 1
        return cls(total, counts)

    def of_word(self, word: str) -> float:
        """What one word tells, in nats."""
        found = self.counts.get(word, 1)
        return max(0.0, math.log(2.0) * (self.total.bit_length() - found.bit_length()))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two titles share and what each has over: sums of what the words tell.

    `inner` is what stands over amid shared words; `numbers` is 2 where the titles' numbers clash;
    `notices` and `review` say that one is about another publication. Titles are the `same` where
    the rest of the records accounts for every word that only one of them has.
    """

    shared: float
    mine: float
    theirs: float
    inner: float
    numbers: int
    notices: bool
    review: bool
    same: bool


def compare(
    one: tuple[str, ...], other: tuple[str, ...], rarity: Rarity, explained: frozenset[str]
) -> Comparison:
    """Two titles word by word; `explained` are words that the rest of the records accounts for."""
    if one == other or "".join(one) == "".join(other):
        told = fsum(map(rarity.of_word, set(one)))
        return Comparison(told, 0.0, 0.0, 0.0, 0, False, False, True)
    mine, theirs, told = _unmatched(one, other, rarity)
    numbers = _numbers(mine, theirs, explained)
    inside = _embedded(one, other) if mine and theirs else None
    if inside is not None:
        mine, theirs, told = _around(one, other, inside, rarity)
    weigh = _Weigh(rarity, explained)
    over = _NOTICES & ({*mine} ^ {*theirs})
    inner = weigh(_inner(one, mine)) + weigh(_inner(other, theirs))
    left = weigh(mine), weigh(theirs), inner
    same = not (any(left) or numbers or over)
    return Comparison(told, *left, numbers, bool(over - _REVIEWS), bool(over & _REVIEWS), same)


def _unmatched(
    one: tuple[str, ...], other: tuple[str, ...], rarity: Rarity
) -> tuple[list[str], list[str], float]:
    """The words of each without a partner in the other, and what the partnered ones tell."""
    common = set(one) & set(other)
    mine = [word for word in dict.fromkeys(one) if word not in common]
    theirs = [word for word in dict.fromkeys(other) if word not in common]
    told = sum(rarity.of_word(word) for word in sorted(common))
    for ours, yours in ((mine, theirs), (theirs, mine)):
        for word in list(ours):
            match = _slip(word, yours) or _glued(word, yours)
            if match:
                told += min(rarity.of_word(word), CAP)
                ours.remove(word)
                yours[:] = [left for left in yours if left not in match]
    return mine, theirs, told


def _embedded(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[int, int] | None:
    """Where, in letters, the shorter title stands in the longer one, slips and spacing aside."""
    short, long = sorted(("".join(one), "".join(other)), key=len)
    if len(short) < SHORTEST_EMBEDDED:
        return None
    found = partial_ratio_alignment(short, long, score_cutoff=EMBEDDED)
    return (found.dest_start, found.dest_end) if found else None


def _around(
    one: tuple[str, ...], other: tuple[str, ...], inside: tuple[int, int], rarity: Rarity
) -> tuple[list[str], list[str], float]:
    """The words of the longer title outside of the shorter one, which counts as found."""
    swapped = len("".join(one)) > len("".join(other))
    short, long = (other, one) if swapped else (one, other)
    outside, reach = [], 0
    for word in long:
        start, reach = reach, reach + len(word)
        if (start + reach) / 2 < inside[0] or (start + reach) / 2 > inside[1]:
            outside.append(word)
    told = sum(min(rarity.of_word(word), CAP) for word in sorted(set(short)))
    return (outside, [], told) if swapped else ([], outside, told)


def _inner(words: tuple[str, ...], left: list[str]) -> list[str]:
    """The left-over words with a matched word on either side."""
    over = set(left)
    kept = [place for place, word in enumerate(words) if word not in over]
    if not kept:
        return []
    return [word for word in words[kept[0] : kept[-1]] if word in over]


def _is_citation(words: Sequence[str]) -> bool:
    """Whether words over look like the rest of a citation: a year or pages, "in proc of"."""
    numbers = sum(word.isdigit() and len(word) > 1 for word in words)
    return numbers + sum(word in BOILERPLATE and len(word) > 1 for word in words) >= 2


@dataclass(frozen=True, slots=True)
class _Weigh:
    """What left-over words tell against two titles being one."""

    rarity: Rarity
    explained: frozenset[str]

    def __call__(self, words: Iterable[str]) -> float:
        words = list(words)
        return (CITATION if _is_citation(words) else 1.0) * float(
            sum(
                min(self.rarity.of_word(word), CAP)
                for word in words
                if word not in BOILERPLATE and word not in self.explained
            )
        )


def _slip(word: str, among: list[str]) -> list[str]:
    """The first of the words that is one slip, or an ending, away."""
    if word.isdigit() or len(word) < 4:
        return []
    for left in among:
        if len(left) > 3 and not left.isdigit():
            if word[:-1] == left or left[:-1] == word:
                return [left]
            if without_ligatures(word) == without_ligatures(left):
                return [left]
            reach = 2 if min(len(word), len(left)) > 8 else 1
            if OSA.distance(word, left, score_cutoff=reach) <= reach:
                return [left]
    return []


def _glued(word: str, among: list[str]) -> list[str]:
    """Two neighbouring words that together are this one, or that but for a ligature."""
    bare = without_ligatures(word)
    for one, other in pairwise(among):
        if one + other in (word, bare):
            return [one, other]
    return []


def without_ligatures(word: str) -> str:
    """A word without the letters that are lost with a ligature ("efficient" and "ecient")."""
    return _LIGATURES.sub("", word)


def _numbers(mine: list[str], theirs: list[str], explained: frozenset[str]) -> int:
    """2 where each title has a number that the other lacks, 1 where one has a small one, else 0.

    A lone "I" is the pronoun, unless the other title has a number: then it is the first part.
    """
    ours, yours = _figures(mine, explained), _figures(theirs, explained)
    if (ours and (yours or "i" in theirs)) or (yours and "i" in mine):
        return 2
    return int(any(len(number) < 3 for number in ours | yours))


def _figures(words: list[str], explained: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if word.isdigit() and word not in explained)
