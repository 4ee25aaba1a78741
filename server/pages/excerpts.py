"""The stretch of an abstract that shows why it was found, with what was looked for marked; pure."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from queries.search.passages import LONGEST, words
from queries.search.textindex import Part

ROOM = 32  # words of an excerpt
BEFORE = 8  # of them before the first that is marked
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an excerpt; `marked` where it was looked for."""

    text: str
    marked: bool = False


def excerpt(text: str, wanted: Collection[str], typed: Sequence[Part] = ()) -> tuple[Piece, ...]:
    """The stretch with most of the wanted words; nothing where the text has none of them.

    Of a phrase that was typed, only the words that stand together count.
    """
    text = " ".join(text.split())
    said = _indexed(_WORD.findall(text))
    places = _places(said, wanted, typed)
    if not places:
        return ()
    spans = [found.span() for found in _WORD.finditer(text)]
    first = max(places, key=lambda at: (_distinct(said, places, at), -at))
    start = max(0, min(first - BEFORE, len(spans) - ROOM))
    end = min(len(spans), start + ROOM)
    begun = spans[start][0] if start else 0
    ended = spans[end - 1][1] if end < len(spans) else len(text)
    marks = [spans[at] for at in sorted(places) if start <= at < end]
    pieces = _pieces(text, begun, ended, marks)
    left = (Piece("… "),) if start else ()
    return (*left, *pieces, *((Piece(" …"),) if end < len(spans) else ()))


def _indexed(said: Iterable[str]) -> list[str]:
    """Words as the index holds them; most are plain, and need no analyzer to say so."""
    return [
        word.lower()
        if word.isascii() and word.isalnum() and len(word) < LONGEST
        else " ".join(words(word))
        for word in said
    ]


def _places(said: Sequence[str], wanted: Collection[str], typed: Sequence[Part]) -> set[int]:
    """Where the wanted words stand, phrases as wholes."""
    phrases = [part.words for part in typed if len(part.words) > 1]
    inside = {word for phrase in phrases for word in phrase}
    alone = {part.words[0] for part in typed if len(part.words) == 1}
    singles = {word for word in wanted if word in alone or word not in inside}
    found = {at for at, word in enumerate(said) if word in singles}
    for phrase in phrases:
        for at in range(len(said) - len(phrase) + 1):
            if tuple(said[at : at + len(phrase)]) == phrase:
                found.update(range(at, at + len(phrase)))
    return found


def _distinct(said: Sequence[str], places: Iterable[int], first: int) -> int:
    """How many different words a stretch would show that begins with this place."""
    return len({said[at] for at in places if first <= at < first + ROOM - BEFORE})


def _pieces(text: str, start: int, end: int, marks: Iterable[tuple[int, int]]) -> Iterable[Piece]:
    for begun, ended in marks:
        if begun > start:
            yield Piece(text[start:begun])
        yield Piece(text[begun:ended], True)
        start = ended
    if end > start:
        yield Piece(text[start:end])
