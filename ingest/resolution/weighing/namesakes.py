"""Which names are worth comparing: keys that any two related names share; pure.

Spellings are sought by rapidfuzz inside blocks of one family name and initial, or one given
name and family initial; names of Chinese or Korean syllables are left out there, as one letter
more is another name. Every pair found must still have a relation.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cdist

from ingest.resolution.weighing.names import Name, Relation, full_forms, is_syllable, syllabic
from ingest.resolution.weighing.relations import relation

LIKENESS = 0.8
LARGEST_BLOCK = 3000

Pair = tuple[int, int]


def related(names: Sequence[Name]) -> dict[Pair, Relation]:
    """Every pair of places whose names meet in a block and could be one person's."""
    found: dict[Pair, Relation] = {}
    refused: set[Pair] = set()
    for pair in _met(names):
        if pair in found or pair in refused:
            continue
        kind = relation(names[pair[0]], names[pair[1]])
        if kind is None:
            refused.add(pair)
        else:
            found[pair] = kind
    return found


def _met(names: Sequence[Name]) -> Iterator[Pair]:
    for block in _exact_blocks(names).values():
        if 1 < len(block) <= LARGEST_BLOCK:
            places = sorted(set(block))
            for start, one in enumerate(places):
                for other in places[start + 1 :]:
                    yield one, other
    yield from _initials(names)
    yield from _spellings(names)


def _exact_blocks(names: Sequence[Name]) -> dict[str, list[int]]:
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        for key in _keys(name):
            blocks[key].append(place)
    return blocks


def _keys(name: Name) -> Iterator[str]:
    """Keys that two names share if one is the other joined, reordered, shortened, added to."""
    yield f"= {name.joined}"
    if name.wide:
        yield f"= {name.wide}"
    words = name.text.replace("-", " ").split()
    yield f"~ {''.join(sorted(words))}"
    if not name.given:
        return
    if len(words) < 4:
        yield f"= {''.join(words[1:])}{words[0]}"
    tail = {name.family, *(word for word in name.tail if len(word) > 2)}
    firsts = {name.first, *name.others}
    if len(name.first) > 1:
        firsts |= full_forms(name.first)
        yield from (f"{first} {word}" for first in sorted(firsts) for word in sorted(tail))
        yield f"{name.first} {name.family[0]}."
    for unit in name.given:
        first, *rest = unit.split("-")
        later = [unit.replace("-", ""), *rest]
        if rest and not is_syllable(first):
            later.append(first)  # the half that is used alone ("Anna-Lena", "Anna")
        yield from (f"{word} {name.family}" for word in later if len(word) > 1)
    if len(name.first) == 1:
        yield f"= {name.joined[1:]}"


def _initials(names: Sequence[Name]) -> Iterator[Pair]:
    """Names that give a letter, with those of the family that start with it."""
    blocks: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    letters: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        if name.given:
            key = (name.family, name.initial)
            blocks[key].append(place)
            if len(name.first) == 1 or (len(name.given) == 1 and len(name.first) < 4):
                letters[key].append(place)
    for key, short in letters.items():
        for one in short:
            yield from ((min(one, other), max(one, other)) for other in blocks[key] if one != other)


def _spellings(names: Sequence[Name]) -> Iterator[Pair]:
    by_family: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    by_given: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        if len(name.first) > 1 and not syllabic(name.first):
            by_family[name.family, name.initial].append(place)
        if name.given and len(name.family) > 4:
            by_given["".join(name.given), name.family[0]].append(place)
    firsts = [name.first for name in names]
    families = [name.family for name in names]
    for blocks, words in ((by_family, firsts), (by_given, families)):
        for block in blocks.values():
            if 1 < len(block) <= LARGEST_BLOCK:
                yield from _alike(block, words)


def _alike(block: Sequence[int], words: Sequence[str]) -> Iterator[Pair]:
    """The pairs of a block whose words are alike but not the same; distinct words once."""
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for place in block:
        holders[words[place]].append(place)
    distinct = sorted(holders)
    if len(distinct) < 2:
        return
    table = cdist(distinct, distinct, scorer=JaroWinkler.similarity, score_cutoff=LIKENESS)
    rows, columns = np.nonzero(np.triu(table, 1))
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        for one in holders[distinct[row]]:
            for other in holders[distinct[column]]:
                yield min(one, other), max(one, other)
