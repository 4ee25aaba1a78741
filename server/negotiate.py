"""Accept, suffix or `?format=` -> one of the offers; pure.

A suffix wins over `?format=`, that over Accept. Among offers that a client likes equally the
earlier one wins, so the order of the offers is the server's own preference.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Generic, Protocol, TypeVar

# More ranges than any client has reason to send; what follows them is not read.
MAX_RANGES = 64
KEPT = 1000  # letters of the headers that are remembered

# A comma or semicolon between quotes separates nothing.
_ITEM = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_PART = re.compile(r'(?:[^;"]|"(?:[^"\\]|\\.)*"?)+')


class Offer(Protocol):
    """One representation that can be had: its type, the names that ask for it, types it passes as.

    `names` are those of `?format=`; `aliases` are other media types that ask for the same bytes
    (`text/plain` for N-Triples). The rows of `queries.formats` are such offers.
    """

    @property
    def media_type(self) -> str: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...


Offered = TypeVar("Offered", bound=Offer, covariant=True)


@dataclass(frozen=True, slots=True)
class Choice(Generic[Offered]):
    """The offer chosen and the media type to label it with (an alias where that was asked)."""

    offer: Offered
    media_type: str


@dataclass(frozen=True, slots=True)
class Range:
    """One media range of an Accept header with its quality."""

    main: str
    sub: str
    quality: float

    def specificity(self, media_type: str) -> int:
        """0 where it does not cover the type, 1 for `*/*`, 2 for `type/*`, 3 for the type."""
        main, _, sub = media_type.partition("/")
        if self.main == "*":
            return 1
        if self.main != main:
            return 0
        if self.sub == "*":
            return 2
        return 3 if self.sub == sub else 0


class NotAcceptableError(ValueError):
    """Nothing on offer is what was asked for; `offers` is what there is."""

    def __init__(self, asked: str, offers: Sequence[Offer]) -> None:
        super().__init__(f"cannot give {asked}; there is {describe(offers)}")
        self.asked = asked
        self.offers = tuple(offers)


def describe(offers: Iterable[Offer]) -> str:
    """The offers in one line for a person: media types, each once."""
    return ", ".join(dict.fromkeys(offer.media_type for offer in offers))


def choose(
    offers: Sequence[Offered], accept: Sequence[str] = (), asked: str = ""
) -> Choice[Offered]:
    """The offer that a name (of a suffix or of `?format=`) asks for, else the Accept headers."""
    return _named(offers, asked) if asked else _accepted(offers, tuple(accept))


def ranges(accept: Sequence[str]) -> list[Range]:
    """The media ranges of all Accept headers; those that cannot be read are left out."""
    found = []
    for item in islice(_ITEM.finditer(",".join(accept)), MAX_RANGES):
        one = _range(item[0])
        if one is not None:
            found.append(one)
    return found


@lru_cache(256)
def _ranges(accept: tuple[str, ...]) -> list[Range]:
    """The same, remembered: most clients send one of a few."""
    return ranges(accept)


def _range(text: str) -> Range | None:
    media, *parameters = (part.strip() for part in _PART.findall(text) or [""])
    main, slash, sub = media.lower().partition("/")
    if media == "*":  # what some old Java clients send
        main, slash, sub = "*", "/", "*"
    if not (main and slash and sub):
        return None
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            quality = _quality(value.strip())
            return None if quality is None else Range(main, sub, quality)
    return Range(main, sub, 1.0)


def _quality(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return min(value, 1.0) if value >= 0 else None


def _named(offers: Sequence[Offered], asked: str) -> Choice[Offered]:
    wanted = asked.strip().lower().lstrip(".")
    # In a query string "+" means a space: application/ld json is application/ld+json.
    media = wanted.partition(";")[0].strip().replace(" ", "+")
    for offer in offers:
        if wanted in offer.names or media == offer.media_type:
            return Choice(offer, offer.media_type)
    for offer in offers:
        if media in offer.aliases:
            return Choice(offer, media)
    raise NotAcceptableError(asked, offers)


def _accepted(offers: Sequence[Offered], accept: tuple[str, ...]) -> Choice[Offered]:
    wanted = ranges(accept) if sum(map(len, accept)) > KEPT else _ranges(accept)
    if not wanted:
        return Choice(offers[0], offers[0].media_type)
    best: tuple[float, Choice[Offered]] | None = None
    for offer in offers:
        quality, media_type = _liking(offer, wanted)
        if quality > 0 and (best is None or quality > best[0]):
            best = (quality, Choice(offer, media_type))
    if best is None:
        raise NotAcceptableError(", ".join(accept), offers)
    return best[1]


def _liking(offer: Offer, wanted: Sequence[Range]) -> tuple[float, str]:
    """How much an offer is liked, and under which of its types: the most specific range rules.

    An alias counts only where it is named: `text/*` means Turtle, not N-Triples as `text/plain`.
    """
    own = max(
        ((one.specificity(offer.media_type), one.quality) for one in wanted), default=(0, 0.0)
    )
    best = (own[1] if own[0] else 0.0, offer.media_type)
    if own[0] == 3:
        return best
    for alias in offer.aliases:
        named = [one.quality for one in wanted if one.specificity(alias) == 3]
        if named and max(named) > best[0]:
            best = (max(named), alias)
    return best
