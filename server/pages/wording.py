"""The words of titles, as an author's page ranks them."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain

from queries.search.textindex import folded

SHOWN = 24
LEAST = 3  # letters of a word
# What says nothing of a subject: function words, and what any paper may be called.
_EMPTY = frozenset(
    """a about all among an and any are as at be been being between beyond both but by can do does
    each for from has have how if in into is it its just more most no not of off on one or other our
    out over paper per so some such than that the their them then there these they this those
    through to too toward towards two under up upon use using via versus was we well what when where
    which while who why will with within without you your new based approach study der die das und
    für von zur le la les des de du et une un sur pour dans""".split()  # noqa: SIM905
)


def words_of(titles: Iterable[str]) -> list[tuple[str, int]]:
    """The commonest words, each with the number of titles that have it."""
    counted = Counter(chain.from_iterable(set(folded(title)) for title in titles))
    often = [pair for pair in counted.items() if pair[1] > 1 and _tells(pair[0])]
    return sorted(often, key=lambda pair: (-pair[1], pair[0]))[:SHOWN]


def _tells(word: str) -> bool:
    return len(word) >= LEAST and word not in _EMPTY and not word.isdigit()
