"""Which publications are worth comparing: several keys each, then rapidfuzz on what they share.

Titles meet where they share telling words, a beginning or an end; never all pairs. Distinct titles
are compared once, however many publications have them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from ingest.resolution.weighing.titles import Rarity

TELLING_WORDS = 6
LARGEST_BLOCK = 120
EDGE_LETTERS = 14
SHINGLE, SHINGLES = 9, 6
LIKENESS = 70.0
STRETCH = 1 << 20  # pairs looked at at once
OFTEN, INSIDE = 3, 85.0  # blocks in which titles meet, and how alike one is to a part of the other
FEWER, AS_LONG = 0.75, 0.75  # of the words, of the letters: of titles whose words ran together

_EDGES = ("begin ", "end ")

Words = tuple[str, ...]
Places = NDArray[np.int64]
MayBe = Callable[[Places, Places], NDArray[np.bool_]]


def title_blocks(titles: Sequence[Words], rarity: Rarity) -> list[list[int]]:
    """The blocks of distinct titles, each a list of places in `titles`; those of edges twice."""
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    for place, words in enumerate(titles):
        for key in dict.fromkeys(_title_keys(words, rarity)):  # two words may stand there twice
            blocks[key].append(place)
    return [
        block
        for key, members in blocks.items()
        if 1 < len(members) <= LARGEST_BLOCK
        for block in [members] * (2 if key.startswith(_EDGES) else 1)
    ]


def _title_keys(words: Words, rarity: Rarity) -> Iterator[str]:
    joined = "".join(words)
    yield from _shingles(joined)
    yield f"begin {joined[:EDGE_LETTERS]}"
    yield f"end {joined[-EDGE_LETTERS:]}"
    known = rarity.counts
    telling = sorted((known[word], word) for word in set(words) if known[word] > 1)
    chosen = [word for count, word in telling[:TELLING_WORDS] if count <= LARGEST_BLOCK]
    yield from (f"word {word}" for word in chosen)
    if len(chosen) < 3:
        yield from (f"pair {one} {two}" for one, two in pairwise(words))


def _shingles(joined: str) -> Iterator[str]:
    """A few stretches of letters, chosen by their checksums: the same in titles run together."""
    letters = joined.encode()
    found = {letters[start : start + SHINGLE] for start in range(len(letters) - SHINGLE + 1)}
    for stretch in sorted(found, key=crc32)[:SHINGLES]:
        yield f"letters {stretch.decode()}"


def like_titles(
    titles: Sequence[Words],
    blocks: Iterable[list[int]],
    may_be: MayBe | None = None,
    rough: MayBe | None = None,
) -> list[tuple[int, int, float]]:
    """The pairs of places whose titles are alike enough to compare, and how alike (to 100).

    Only pairs that `may_be` one are looked at, where it is given; of `rough` ones a title may
    stand inside the other with all its spaces lost.
    """
    lower, upper, often = _met(blocks, len(titles), [len(words) < 5 for words in titles], may_be)
    texts = [" ".join(words) for words in titles]
    likeness = cpdist(
        [texts[place] for place in lower.tolist()],
        [texts[place] for place in upper.tolist()],
        scorer=fuzz.token_set_ratio,
        score_cutoff=LIKENESS,
        workers=-1,
    )
    unlike = np.flatnonzero(likeness == 0)
    glued = unlike[_run_together(titles, lower[unlike], upper[unlike])]
    joined = ["".join(words) for words in titles]
    likeness[glued] = cpdist(
        [joined[place] for place in lower[glued].tolist()],
        [joined[place] for place in upper[glued].tolist()],
        scorer=fuzz.ratio,
        score_cutoff=LIKENESS,
    )
    if rough is not None:
        unlike = np.flatnonzero((likeness == 0) & often)
        inside = unlike[rough(lower[unlike], upper[unlike])]
        likeness[inside] = cpdist(
            [joined[place] for place in lower[inside].tolist()],
            [joined[place] for place in upper[inside].tolist()],
            scorer=fuzz.partial_ratio,
            score_cutoff=INSIDE,
        )
    kept = likeness > 0
    found = (lower[kept].tolist(), upper[kept].tolist(), likeness[kept].tolist())
    return list(zip(*found, strict=True))


def _run_together(titles: Sequence[Words], lower: Places, upper: Places) -> NDArray[np.bool_]:
    """Whether two titles have about as many letters in far fewer words: spaces were lost."""
    words = np.array([max(len(words), 1) for words in titles])
    letters = np.array([sum(map(len, words)) for words in titles])
    few, many = (choose(words[lower], words[upper]) for choose in (np.minimum, np.maximum))
    short, long = (choose(letters[lower], letters[upper]) for choose in (np.minimum, np.maximum))
    return np.asarray((few <= FEWER * many) & (short >= AS_LONG * long))


def _met(
    blocks: Iterable[list[int]], total: int, short: Sequence[bool], may_be: MayBe | None
) -> tuple[Places, Places, NDArray[np.bool_]]:
    """The pairs that meet in two blocks, or in one where a title is too short for two.

    And which of them meet often.
    """
    kept = [codes for codes in _stretches(blocks, total, may_be) if len(codes)]
    if not kept:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_)
    pairs, times = np.unique(np.concatenate(kept), return_counts=True)
    lower, upper = np.divmod(pairs, total)
    brief = np.array(short)
    chosen = (times > 1) | brief[lower] | brief[upper]
    return lower[chosen], upper[chosen], times[chosen] >= OFTEN


def _stretches(
    blocks: Iterable[list[int]], total: int, may_be: MayBe | None
) -> Iterator[NDArray[np.int64]]:
    """The pairs of all blocks as numbers, so many at a time that memory stays flat."""
    held: list[NDArray[np.int64]] = []
    size = 0
    for block in blocks:
        held.append(_pairs_of(block, total))
        size += len(held[-1])
        if size > STRETCH:
            yield _possible(np.concatenate(held), total, may_be)
            held, size = [], 0
    if held:
        yield _possible(np.concatenate(held), total, may_be)


def _possible(codes: Places, total: int, may_be: MayBe | None) -> Places:
    if may_be is None:
        return codes
    lower, upper = np.divmod(codes, total)
    return codes[may_be(lower, upper)]


def _pairs_of(block: Sequence[int], total: int) -> Places:
    """The pairs of a block, whose places ascend."""
    places = np.array(block, dtype=np.int64)
    rows, columns = _triangle(len(block))
    codes: Places = places[rows] * total + places[columns]
    return codes


@lru_cache(maxsize=LARGEST_BLOCK)
def _triangle(size: int) -> tuple[Places, Places]:
    rows, columns = np.triu_indices(size, 1)
    return rows, columns
