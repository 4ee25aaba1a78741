"""Printed names taken apart by rule: suffixes, particles, comma forms, groups; nothing fuzzy.

Every reader builds its contributors here. What is printed stays beside what was mended, and each
rule that changed something is named in the repairs.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ingest import repairs, text
from ingest.records import Contributor, Identifier, Repair

ANONYMOUS = frozenset({"anonymous", "anonymous author", "anonymous authors", "anon", "anon."})
OTHERS = frozenset({"others", "et al", "et al.", "and others", "…", "..."})

_HOMONYM = re.compile(r"(?P<name>.*\S)\s(?P<suffix>\d{4})")
_JUNIOR = re.compile(r"(?:Jr|Sr|JR|SR|jr|sr)\.?|I{2,3}|IV|VI{0,3}|[2-5](?:nd|rd|th)|Filho|Neto")
_GENERATION = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV|[2-5](?:nd|rd|th)")
_PARTICLE_WORDS = (
    "af al am ap aus da das de dei del della delle den der des di do dos du e el ibn la las le lo "
    "los op 's 't ten ter tot van vom von y zu zum zur"
)
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_GROUP_WORD_LIST = (
    "collaboration collaborations collaborators consortium consortia committee commission "
    "community council department foundation group initiative institut institute institution "
    "instituto laboratory laboratories labs ministry network organisation organization partnership "
    "project society team taskforce universidad universität université universiteit university"
)
_GROUP_WORDS = frozenset(_GROUP_WORD_LIST.split())
_GROUP_PHRASES = ("task force", "working party", "working group")
# Organisations seen glued before a name; a name that is nothing but one of them is a group.
_ORGANISATIONS = (
    "OpenAI",
    "DeepMind",
    "Google DeepMind",
    "Google Brain",
    "Google Research",
    "Microsoft Research",
    "Facebook AI Research",
    "Meta AI",
    "Anthropic",
    "NVIDIA",
    "Institute of Computing",
)
_GLUED = re.compile(
    rf"(?P<body>{'|'.join(sorted(map(re.escape, _ORGANISATIONS), key=len, reverse=True))})\s+"
    r"(?P<name>\S+\s+\S.*)"
)
_LETTERS = re.compile(r"[^\W\d_](?:[^\W\d_]|[.'\u2019-]|(?<=\S) (?=\S))*")
_UNUSUAL_WORDS = (
    _GROUP_WORDS
    | ANONYMOUS
    | {organisation.split()[0].lower() for organisation in _ORGANISATIONS}
    | {"task", "working", "et"}
)
_FOOTNOTE = re.compile(
    r"(?<=\w)\s*(?:\[\d{1,2}\]|\(\s*\)|[*\u2020\u2021\u00a7\u00b6]+|(?<=[a-z])\d{1,2})$"
)
_AND = re.compile(r"^\s*and\s+|\s+and\s+", re.IGNORECASE)
_PARTED = re.compile(r";|\s(?:and|&)\s|,.*,|\.,\s", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*;\s*|,?\s+(?:and|&)\s+", re.IGNORECASE)
_FAMILY_FIRST = re.compile(r"[^\W\d_]{2}\S*(?: \S+)? (?:[^\W\d_]\.[\s-]?){1,3}")
_TWO_WORDS = re.compile(r"\w[\s,.]+\w")
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[\s-]?){1,4}")
_FIELD_DEBRIS = re.compile(
    r"\b(?:pages|year|title|volume|booktitle|journal|editor)\s*=\s*[\d{}\"-]*\s*"
)


@dataclass(frozen=True, slots=True)
class PersonName:
    """A personal name in parts; `family` holds the particles ("van de Sande")."""

    given: str = ""
    family: str = ""
    junior: str = ""

    @property
    def full(self) -> str:
        """The name in reading order: given, family, junior."""
        return " ".join(part for part in (self.given, self.family, self.junior) if part)


def homonym(printed: str) -> tuple[str, str]:
    """A name and the authority's number after it: "Mei Tan 0002" -> ("Mei Tan", "0002")."""
    match = _HOMONYM.fullmatch(printed)
    return (match["name"], match["suffix"]) if match else (printed, "")


def is_junior(word: str) -> bool:
    """Whether a word is "Jr.", "III" and the like."""
    return _JUNIOR.fullmatch(word) is not None


def split_printed(name: str) -> PersonName:
    """A printed name in parts: "Given van Family Jr.", "Family, Given" or "Family, Jr., Given"."""
    parts = [part.strip() for part in name.split(",")]
    if len(parts) > 1 and all(parts):
        return _split_commas(parts)
    words = name.replace(",", " ").split()
    junior = ""
    if len(words) > 2 and _JUNIOR.fullmatch(words[-1]):
        junior = words.pop()
    if len(words) < 2:
        return PersonName("", " ".join(words), junior)
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in _PARTICLES and words[start - 1] != "E":
        start -= 1
    return PersonName(" ".join(words[:start]), " ".join(words[start:]), junior)


def _split_commas(parts: list[str]) -> PersonName:
    if len(parts) == 2 and _JUNIOR.fullmatch(parts[1]):
        plain = split_printed(parts[0])
        return PersonName(plain.given, plain.family, parts[1])
    if len(parts) > 2 and _JUNIOR.fullmatch(parts[1]):
        return PersonName(" ".join(parts[2:]), parts[0], parts[1])
    if len(parts) > 2 and _JUNIOR.fullmatch(parts[-1]):
        return PersonName(" ".join(parts[1:-1]), parts[0], parts[-1])
    given, _, last = " ".join(parts[1:]).rpartition(" ")
    if given and _GENERATION.fullmatch(last):  # MEDLINE's "Tan, Mei L 3rd"
        return PersonName(given, parts[0], last)
    return PersonName(" ".join(parts[1:]), parts[0])


def kind_of(name: str) -> str:
    """ "anonymous", "group" or "person", by the words of the name."""
    if name.lower() in ANONYMOUS:
        return "anonymous"
    words = re.split(r"[^\w]+", name.lower())
    if name in _ORGANISATIONS or not _GROUP_WORDS.isdisjoint(words):
        return "group"
    return "group" if any(phrase in name.lower() for phrase in _GROUP_PHRASES) else "person"


@dataclass(frozen=True, slots=True)
class Mended:
    """A printed name made clean: its parts and kind, what was taken off, and by which rules."""

    name: str
    parts: PersonName
    kind: str
    suffix: str = ""
    affiliation: str = ""
    rules: tuple[str, ...] = ()


def mend_parts(printed: str, given: str, family: str) -> Mended:
    """As `mend`, keeping the source's own given and family where nothing had to be mended."""
    if given and _is_ordinary(printed) and not _JUNIOR.fullmatch(family.rpartition(" ")[2]):
        return Mended(printed, PersonName(given, family), "person")
    return mend(printed)


def mend(printed: str) -> Mended:
    """A printed name without what is not of it: stray characters, footnote marks, affiliation."""
    return _mend(printed, repairs.off())


@lru_cache(maxsize=65536)
def _mend(printed: str, off: frozenset[str]) -> Mended:
    if _is_ordinary(printed):
        return Mended(printed, split_printed(printed), "person")
    return _mend_by_rules(printed, off)


def _is_ordinary(printed: str) -> bool:
    """Whether the name is letters and name's punctuation only, of a person: most are."""
    return (
        _LETTERS.fullmatch(printed) is not None
        and (printed.isascii() or unicodedata.is_normalized("NFC", printed))
        and _UNUSUAL_WORDS.isdisjoint(printed.lower().split())
    )


def _mend_by_rules(printed: str, off: frozenset[str]) -> Mended:
    rules: list[str] = []

    def step(rule: str, before: str, after: str) -> str:
        if after == before or not after or rule in off:
            return before
        rules.append(rule)
        return after

    name, suffix = homonym(printed)
    name = step("stray-characters", name, text.clean(name))
    if text.has_latex(name):
        name = step("latex", name, _without_latex(name))
    if (rest := _FIELD_DEBRIS.sub("", name)) != name:
        name = step("field-debris", name, text.clean(rest))
    name = step("debris", name, _without_debris(name))
    name = step("footnote-mark", name, _FOOTNOTE.sub("", name))
    glued = _GLUED.fullmatch(name)
    affiliation = ""
    if glued and "glued-affiliation" not in off and kind_of(glued["name"]) == "person":
        affiliation = glued["body"]
        name = step("glued-affiliation", name, glued["name"])
    kind = kind_of(name)
    parts = split_printed(name) if kind == "person" else PersonName()
    if "," in name and kind == "person":
        name = step("comma-form", name, parts.full)
    return Mended(name, parts, kind, suffix, affiliation, tuple(rules))


def _without_latex(name: str) -> str:
    r"""The name decoded; as it is where a command is unknown or would eat a word (`\v S.`)."""
    decoded = text.clean(text.from_latex(name, strict=True))
    if "{" not in name and len(decoded.split()) < len(name.split()):
        return name
    return decoded


def _without_debris(name: str) -> str:
    """Unpaired quotes and brackets off the ends; BibTeX's bare umlaut as its letter."""
    name = re.sub(r'(?<=\w)"([aouAOU])(?=\w)', lambda m: text.clean(m[1] + "\u0308"), name)
    if name.count('"') % 2:
        name = name.replace('"', "")
    if name.count("(") != name.count(")"):
        name = name.replace("(", "").replace(")", "")
    if name.count("\\") == 1:
        name = name.strip("\\")
    return name.strip(" _;,")


def people(printed: str) -> list[str]:
    """The names in a field meant for one: parted at "and", semicolons, or many commas."""
    found = [part.strip(" ,;") for part in re.split(r";|\band\b", printed) if part.strip(" ,;")]
    if len(found) > 1 or _AND.match(printed):
        return [name for part in found for name in _comma_list(part)]
    return _comma_list(printed)


def _comma_list(printed: str) -> list[str]:
    """Names between commas, where there are at least two and each has two words or more."""
    parts = [part.strip() for part in printed.split(",") if part.strip()]
    if len(parts) > 1 and all(" " in part and not _JUNIOR.fullmatch(part) for part in parts):
        return parts
    return [printed.strip(" ,;")]


def several(printed: str) -> list[str]:
    """The names in one piece meant for one: apart by semicolons, "and", or too many commas.

    "Tan, M., Reed, B." are pairs, "Mei Tan, Bo Reed, A. Quill" a list; "John and Mary Tan", groups
    and all that may be one name stay in one piece.
    """
    if not repairs.is_on("several-in-one-name"):
        return [printed]
    if not _PARTED.search(printed) or kind_of(printed) != "person":
        return [printed]
    parts = [part.strip(" ,") for part in _BETWEEN.split(printed) if part.strip(" ,")]
    if len(parts) > 1 and (";" in printed or all(_TWO_WORDS.search(part) for part in parts)):
        return parts
    pieces = [piece.strip() for piece in printed.split(",") if piece.strip()]
    paired = len(pieces) > 3 and len(pieces) % 2 == 0 and all(len(p) > 1 for p in pieces[::2])
    if paired and all(map(_INITIALS.fullmatch, pieces[1::2])):
        return [", ".join(pair) for pair in zip(pieces[::2], pieces[1::2], strict=True)]
    if len(pieces) > 1 and all(map(_FAMILY_FIRST.fullmatch, pieces)):
        return pieces
    listed = len(pieces) > 2 and not any(map(is_junior, pieces))
    return pieces if listed and all(" " in piece for piece in pieces) else [printed]


def contributor(
    printed: str,
    ordinal: int | None,
    role: str = "author",
    *,
    key: str = "",
    affiliations: tuple[str, ...] = (),
    identifiers: tuple[Identifier, ...] = (),
) -> Contributor:
    """The contributor of a printed name, mended, with the literal where that differs."""
    return of_mended(
        mend(printed),
        printed,
        ordinal,
        role,
        key=key,
        affiliations=affiliations,
        identifiers=identifiers,
    )


def of_mended(
    mended: Mended,
    printed: str,
    ordinal: int | None,
    role: str = "author",
    *,
    key: str = "",
    affiliations: tuple[str, ...] = (),
    identifiers: tuple[Identifier, ...] = (),
) -> Contributor:
    """The contributor of a mended name; `printed` is kept as its literal where it differs."""
    if mended.affiliation:
        affiliations = (mended.affiliation, *affiliations)
    return Contributor(
        mended.name,
        role,
        ordinal,
        mended.suffix,
        mended.kind,
        key,
        mended.parts.given,
        mended.parts.family,
        affiliations,
        identifiers,
        "",
        printed if mended.rules else "",
    )


def repairs_of(printed: str, field: str = "author") -> tuple[Repair, ...]:
    """The rules that `contributor` applied to a printed name."""
    return tuple(Repair(rule, field, printed) for rule in mend(printed).rules)
