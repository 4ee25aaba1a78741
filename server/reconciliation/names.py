"""How well a candidate's names fit the name that is asked for; pure.

Personal names relate as the resolver says (`ingest.resolution.weighing.relations`): what no
relation allows is no candidate, and a slip of the pen is believed only of words that are nobody's
name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz

from ingest.resolution.weighing import usual
from ingest.resolution.weighing.names import Name, Relation, homonym, parse
from ingest.resolution.weighing.relations import relation
from ingest.resolution.weighing.titles import words_of
from queries.search.textindex import folded

# What a relation is worth, of 100: judgements in the order that the resolver trusts them in.
TRUST: Mapping[Relation, float] = {
    Relation.SAME: 100.0,
    Relation.SCRIPT: 97.0,
    Relation.DIACRITICS: 97.0,
    Relation.SPACING: 96.0,
    Relation.REORDER: 93.0,
    Relation.PARTICLE: 92.0,
    Relation.MIDDLE: 88.0,
    Relation.MIDDLE_NAME: 80.0,
    Relation.NICKNAME: 76.0,
    Relation.SHORT: 74.0,
    Relation.INITIALS: 72.0,
    Relation.SPELLING: 70.0,
    Relation.ADDED: 66.0,
    Relation.COMPOUND: 64.0,
    Relation.HALF: 60.0,
}
# Relations that leave no doubt which name is meant, though it may be several people's.
CLOSE = frozenset(
    (Relation.SAME, Relation.SCRIPT, Relation.DIACRITICS, Relation.SPACING, Relation.REORDER)
)
# Up to this many people of a name to expect in the world, the name alone says who it is:
# `ingest.resolution.weighing.likeness` RARE.
RARE = 0.04
FAMILY_NAME = 50.0  # where no more was given
_MOST_INITIALS = 3

Known = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Fit:
    """How a name fits: of 100, by which relation, and whether it alone can name one person."""

    score: float
    relation: Relation | None = None
    telling: bool = False

    @property
    def close(self) -> bool:
        """Whether it is surely the very name."""
        return self.relation in CLOSE


NONE = Fit(0.0)


def person(asked: str, names: Iterable[str], known: Known) -> Fit:
    """The best fit among a person's names; `known` says whether a word is in the index."""
    readings = list(_readings(asked))
    fits = (_fit(one, parse(homonym(name)[0]), known) for one in readings for name in set(names))
    return max(fits, key=lambda fit: fit.score, default=NONE)


def _readings(asked: str) -> Iterable[Name]:
    """The name as it stands, and with the family name first where initials end it ("Levine S")."""
    bare = homonym(asked)[0]
    yield parse(bare)
    words = bare.replace(".", "").split()
    initials = len(words) > 1 and len(words[-1]) <= _MOST_INITIALS and words[-1].isupper()
    if initials and "," not in bare and not (asked.isupper() and len(words[-1]) > 1):
        yield parse(f"{' '.join(words[:-1])}, {' '.join(words[-1])}")


def _fit(one: Name, other: Name, known: Known) -> Fit:
    kind = relation(one, other)
    likeness = fuzz.token_sort_ratio(one.text, other.text)
    if kind is None:
        alone = not one.given and one.family == other.family
        return Fit(FAMILY_NAME) if alone else NONE
    if kind is Relation.SPELLING and _is_another(one, other, known):
        return Fit(likeness / 2)  # shown, as whoever asks may have it wrong, but far behind
    full = not one.bare and not other.bare and bool(one.given and other.given)
    telling = full and usual.namesakes(one.family, one.first) <= RARE
    return Fit(0.8 * TRUST[kind] + 0.2 * likeness, kind, telling)


def _is_another(one: Name, other: Name, known: Known) -> bool:
    """Whether what looks misspelt is a name of its own.

    It is one where somebody bears it. And a letter that stands for another in a given name tells
    two names apart ("Surag", "Suraj"); one too many, too few or out of place does not.
    """
    mine, theirs = one.first, other.first
    swapped = len(mine) == len(theirs) and sorted(mine) != sorted(theirs)
    return swapped or any(known(word) for word in _differing(one, other))


def _differing(one: Name, other: Name) -> set[str]:
    """The words of the asked name that the other lacks."""
    theirs = set(folded(other.text))
    return {word for word in folded(one.text) if len(word) > 1 and word not in theirs}


def title(asked: str, titles: Iterable[str]) -> Fit:
    """The best fit among a publication's titles; numbers that differ are other publications."""
    mine = words_of(asked)
    return max((_title(mine, words_of(one)) for one in titles), key=lambda f: f.score, default=NONE)


def _title(mine: tuple[str, ...], theirs: tuple[str, ...]) -> Fit:
    if mine == theirs:
        return Fit(100.0, Relation.SAME, len(mine) >= TELLING_WORDS)
    if "".join(mine) == "".join(theirs):
        return Fit(98.0, Relation.SPACING, len(mine) >= TELLING_WORDS)
    likeness = fuzz.ratio(" ".join(mine), " ".join(theirs))
    if _figures(mine) != _figures(theirs):
        likeness *= 0.7
    head = len(mine) > 1 and theirs[: len(mine)] == mine
    return Fit(max(likeness * 0.95, BEGINNING if head else 0.0))


BEGINNING = 75.0  # of a title that begins with what was asked for
TELLING_WORDS = 4  # a shorter title may well be that of several publications


def _figures(words: tuple[str, ...]) -> set[str]:
    return {word for word in words if word.isdigit()}


def series(asked: str, names: Iterable[str], same: bool) -> Fit:
    """The best fit among a venue's names; `same` says that the table of aliases knows it."""
    if same:
        return Fit(100.0, Relation.SAME, True)
    mine = " ".join(folded(asked))
    found = max((fuzz.token_sort_ratio(mine, " ".join(folded(one))) for one in names), default=0.0)
    return Fit(found, Relation.SAME if found == 100.0 else None, found == 100.0)
