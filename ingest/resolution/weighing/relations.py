"""How two taken-apart names relate: the loosest step that leads from one to the other, or none.

The order of `Relation` is the order of trust; a comparison answers with its weakest step.
"""

from functools import lru_cache

from rapidfuzz.distance import OSA

from ingest.resolution.weighing.names import Name, Relation, full_forms, is_syllable, syllabic

_ORDER = {kind: place for place, kind in enumerate(Relation)}
_SHORTEST_MISSPELT = 5
_SHORTEST_SHORT, _LEAST_LEFT = 3, 3  # letters that a short form keeps, and leaves away
_MOST_GIVEN = 5  # more words than anybody is given are several people's, printed as one
_VOWELS = frozenset("aeiouy")


def weaker(one: Relation, other: Relation) -> Relation:
    """The looser of two relations."""
    return one if _ORDER[one] >= _ORDER[other] else other


def closer(one: Relation | None, other: Relation | None) -> Relation | None:
    """The closer of two relations, where there is one."""
    if one is None or other is None:
        return one or other
    return one if _ORDER[one] <= _ORDER[other] else other


def relation(one: Name, other: Name) -> Relation | None:
    """What the names could be to each other; None where they cannot be one person's."""
    if one.generation and other.generation and one.generation != other.generation:
        return None
    if one.text == other.text:
        return Relation.SAME
    if one.joined == other.joined:
        return Relation.SPACING
    if one.wide == other.joined or other.wide == one.joined:
        return Relation.DIACRITICS
    if max(len(one.given), len(other.given)) > _MOST_GIVEN:
        return None
    found = _by_parts(one, other)
    return found or _reordered(one, other) or _compound(one, other) or _clipped(one, other)


def _by_parts(one: Name, other: Name) -> Relation | None:
    family = _family(one, other)
    if family is None:
        return None
    given = given_relation(one, other)
    if given is None:
        return None
    if family is Relation.SPELLING and given is not Relation.SAME:
        return None
    return weaker(family, given)


def _family(one: Name, other: Name) -> Relation | None:
    if one.family == other.family:
        return Relation.SAME if one.particles == other.particles else Relation.PARTICLE
    if one.particles + one.family == other.particles + other.family:
        return Relation.SPACING
    return Relation.SPELLING if misspelt(one.family, other.family) else None


def misspelt(one: str, other: str) -> bool:
    """Whether two words are one slip of the pen apart, and long enough for that to mean much."""
    if min(len(one), len(other)) < _SHORTEST_MISSPELT:
        return False
    return OSA.distance(one, other, score_cutoff=1) == 1


def given_relation(one: Name, other: Name) -> Relation | None:
    """What the given names could be to each other."""
    if not one.given or not other.given:
        return None
    if one.given == other.given:
        return Relation.SAME
    mine, theirs = "".join(one.given), "".join(other.given)
    if mine.replace("-", "") == theirs.replace("-", ""):
        return Relation.SPACING
    first = unit_relation(one.given[0], other.given[0])
    if first is None:
        return _runs(one, other) or _added(one, other) or _half(one, other)
    rest = _rest(one.given[1:], other.given[1:])
    if rest is None:
        return _runs(one, other)
    return weaker(first, rest)


@lru_cache(maxsize=1 << 18)
def unit_relation(one: str, other: str) -> Relation | None:
    """What two single given names could be to each other."""
    mine, theirs = one.replace("-", ""), other.replace("-", "")
    if mine == theirs:
        return Relation.SAME
    short, long = sorted((mine, theirs), key=len)
    if len(short) == 1:
        return Relation.INITIALS if long[0] == short else None
    if mine in full_forms(theirs) or theirs in full_forms(mine):
        return Relation.NICKNAME
    if "-" in one + other and _letters(one if mine == long else other) == short:
        return Relation.INITIALS if _are_letters(short) else None
    if "-" in (one if mine == long else other) or (syllabic(short) and syllabic(long)):
        return Relation.SPELLING if not syllabic(short) and misspelt(mine, theirs) else None
    if _shortened(short, long):
        return Relation.SHORT
    return Relation.SPELLING if misspelt(mine, theirs) else None


def _are_letters(word: str) -> bool:
    """Whether a short word is initials rather than a syllable."""
    return not _VOWELS & set(word)


def _shortened(short: str, long: str) -> bool:
    """Whether one is the other cut off, neither of them being a whole name by chance."""
    stem = _stem(short)
    kept, left = len(stem), len(long) - len(stem)
    return kept >= _SHORTEST_SHORT and left >= _LEAST_LEFT and long[:kept] == stem


def _stem(short: str) -> str:
    """A short form without what is put to it: the "y" of "Andy", the second "s" of "Russ"."""
    bare = short.rstrip("iey") if len(short.rstrip("iey")) > 2 else short
    return bare[:-1] if len(bare) > 3 and bare[-1] == bare[-2] else bare


def _letters(unit: str) -> str:
    return "".join(part[0] for part in unit.split("-") if part)


def _rest(mine: tuple[str, ...], theirs: tuple[str, ...]) -> Relation | None:
    """The names after the first: the fewer must stand, in order, among the more."""
    if len(mine) > len(theirs):
        mine, theirs = theirs, mine
    if not theirs:
        return Relation.SAME
    worst = Relation.SAME if len(mine) == len(theirs) else Relation.MIDDLE
    if len(mine) < len(theirs) and any(len(unit) > 1 for unit in theirs[len(mine) :]):
        worst = Relation.MIDDLE_NAME
    place = 0
    for unit in mine:
        while place < len(theirs):
            found = unit_relation(unit, theirs[place])
            place += 1
            if found is not None:
                worst = weaker(worst, Relation.MIDDLE if found is Relation.INITIALS else found)
                break
            if len(theirs[place - 1]) > 1:
                worst = weaker(worst, Relation.MIDDLE_NAME)
        else:
            return None
    return worst


def _runs(one: Name, other: Name) -> Relation | None:
    """ "JC" or "J. C." against "Jean-Claude" or "Jean Claude": letters against names."""
    for short, long in ((one, other), (other, one)):
        if len(short.given) == 1 and 1 < len(short.given[0]) <= 3:
            meant = long.letters == short.given[0] and len(long.given[0]) > 1
            if meant and _are_letters(short.given[0]):
                return Relation.INITIALS
        elif short.bare and long.letters.startswith(short.letters):
            return Relation.INITIALS
    return None


def _added(one: Name, other: Name) -> Relation | None:
    """A name used beside the given one: in brackets, or before it ("Rosa Meiling Tan")."""
    for long, short in ((one, other), (other, one)):
        wanted = short.given[0]
        if len(wanted) < 2:
            continue
        if any(unit_relation(word, wanted) for word in long.others if len(word) > 1):
            return Relation.ADDED
        for place in range(1, len(long.given)):
            tail = long.given[place:]
            if len(tail[0]) > 1 and tail[0].replace("-", "") == wanted.replace("-", ""):
                if _turned(long.given[:place], short.given[1:]):
                    return Relation.ADDED
                more = len(tail) >= len(short.given)  # else both have a name that the other lacks
                return Relation.ADDED if more and _rest(tail[1:], short.given[1:]) else None
    return None


def _turned(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Whether what stands before a name stands, as initials, behind it ("Emil Ada", "Ada E.")."""
    return len(after) > 0 and after == tuple(unit[0] for unit in before)


def _half(one: Name, other: Name) -> Relation | None:
    """One half of a hyphenated name that is no run of syllables ("Minh-Thang", "Thang")."""
    for long, short in ((one, other), (other, one)):
        halves = long.given[0].split("-")
        alone = len(halves) == 2 and len(long.given) == len(short.given) == 1
        if alone and short.first in halves and not is_syllable(short.first):
            return Relation.HALF
    return None


def _reordered(one: Name, other: Name) -> Relation | None:
    """The same words in another order: the family name first."""
    if len(one.joined) != len(other.joined):
        return None
    mine, theirs = one.text.replace("-", " ").split(), other.text.replace("-", " ").split()
    if len(mine) < 2 or len(theirs) < 2:
        return None
    if sorted(mine) == sorted(theirs):
        return Relation.REORDER
    for ours, yours in ((mine, other), (theirs, one)):
        if "".join(ours[1:]) + ours[0] == yours.joined and ours[0] == yours.family:
            return Relation.REORDER
    return None


def _compound(one: Name, other: Name) -> Relation | None:
    """Two family names of which one source gives only one ("García Márquez", "García")."""
    if not one.given or not other.given:
        return None
    first = unit_relation(one.given[0], other.given[0])
    if first not in (Relation.SAME, Relation.NICKNAME):
        return None
    mine, theirs = one.tail, other.tail
    shared = set(mine) & set(theirs)
    if not any(len(word) > 2 for word in shared & {*one.family_words, *other.family_words}):
        return None
    return Relation.COMPOUND if _rest(mine, theirs) else None


def _clipped(one: Name, other: Name) -> Relation | None:
    """A leading initial left away before a compound, or a family name cut to its letter."""
    for long, short in ((one, other), (other, one)):
        if len(long.first) == 1 and long.joined[1:] == short.joined and len(short.tail):
            return Relation.ADDED
        cut = len(short.family) == 1 and long.family.startswith(short.family)
        if cut and len(short.first) > 2 and short.first == long.first:
            return Relation.INITIALS
    return None
