"""Names as BibTeX and BibLaTeX write them: lists parted at "and", parts by commas and case.

Each name is split on its own, so one that breaks the rules costs itself and no neighbour.
"""

import re
from dataclasses import dataclass

from ingest import names, repairs, text

_HELD = re.compile(r"[\\{}~]")  # what may keep words together, or part them, by other rules
_AND = re.compile(r"(?<=\s)and(?=\s)|(?<=\s)and$", re.I)
_TOKEN = re.compile(r"\\.|[{}]|[\s~]+|,|[^\\{}\s~,]+", re.DOTALL)
_EXTENDED = re.compile(r"\s*(family|given|prefix|suffix|useprefix|given-i|family-i)\s*=", re.I)


@dataclass(frozen=True, slots=True)
class BibName:
    """One name: its parts, or the whole of a braced name, with what is wrong with it."""

    name: names.PersonName
    whole: str = ""
    problem: str = ""

    @property
    def printed(self) -> str:
        """The name in reading order, as plain text."""
        return self.whole or self.name.full


def split_list(field: str) -> list[str]:
    """The names of an author field: parted at "and" outside braces."""
    found: list[str] = []
    depth, start = 0, 0
    if not _HELD.search(field):
        return [name for name in (" ".join(part.split()) for part in _AND.split(field)) if name]
    for match in re.finditer(r"\\.|[{}]|(?<=\s)and(?=\s)|(?<=\s)and$", field, re.I | re.S):
        mark = match[0]
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth = max(depth - 1, 0)
        elif depth == 0 and mark.lower() == "and":
            found.append(field[start : match.start()])
            start = match.end()
    found.append(field[start:])
    return [name for name in (" ".join(part.split()) for part in found) if name]


def split_several(raw: str) -> list[str]:
    """The names in what should be one: between semicolons, ampersands, or too many commas."""
    raw = raw.strip().strip(",;").strip()
    if "{" in raw.replace("{\\", "") or _EXTENDED.match(raw):  # braces say what belongs together
        return [raw]
    return names.several(raw.replace("\\&", "&"))


def split_name(raw: str) -> BibName:
    """One name in its parts; whole where braces hold it together."""
    raw = raw.strip().strip(",").strip()
    if _is_braced(raw):
        return BibName(names.PersonName(), whole=_plain(raw))
    if _EXTENDED.match(raw):
        return _extended(raw)
    parts = _words(raw)
    problem = "" if len(parts) <= 3 else "more than two commas in a name"
    if raw.count("{") != raw.count("}"):
        problem = "braces that do not pair"
    if len(parts) == 1:
        return BibName(_reading_order(parts[0]), problem=problem)
    given = " ".join(word for part in parts[2 if len(parts) > 2 else 1 :] for word in part)
    junior = " ".join(parts[1]) if len(parts) > 2 else ""
    if len(parts) > 2 and not junior:
        junior, given = "", given
    name = names.PersonName(_plain(given), _plain(" ".join(parts[0])), _plain(junior))
    return BibName(name, problem=problem)


def _plain(raw: str) -> str:
    return text.plain(raw) if repairs.is_on("latex") else raw.strip()


def _is_braced(raw: str) -> bool:
    """Whether one pair of braces holds the whole name."""
    if not (raw.startswith("{") and raw.endswith("}")) or raw.startswith("{\\"):
        return False
    depth = 0
    for place, mark in enumerate(raw):
        depth += (mark == "{") - (mark == "}")
        if depth == 0:
            return place == len(raw) - 1
    return False


def _words(raw: str) -> list[list[str]]:
    """The words between commas; braces keep commas and spaces inside a word."""
    if not _HELD.search(raw):
        return [part.split() for part in raw.split(",")]
    parts: list[list[str]] = [[]]
    word, depth = "", 0
    for match in _TOKEN.finditer(raw):
        token = match[0]
        if token == "{":
            depth += 1
        elif token == "}":
            depth = max(depth - 1, 0)
        elif depth == 0 and (token == "," or token[0].isspace() or token[0] == "~"):
            parts[-1] += [word] if word else []
            word = ""
            if token == ",":
                parts.append([])
            continue
        word += token
    parts[-1] += [word] if word else []
    return parts


def _reading_order(words: list[str]) -> names.PersonName:
    """Given, von, family by case: "von" is what begins in lower case before the last word."""
    junior = ""
    if len(words) > 2 and names.is_junior(words[-1]):
        words, junior = words[:-1], words[-1]
    if len(words) < 2:
        return names.PersonName("", _plain(" ".join(words)), junior)
    lower = [place for place, word in enumerate(words[:-1]) if _is_lower(word)]
    start = lower[0] if lower else len(words) - 1
    given, family = " ".join(words[:start]), " ".join(words[start:])
    return names.PersonName(_plain(given), _plain(family), junior)


def _is_lower(word: str) -> bool:
    """Whether a word is of the "von" part: its first letter outside braces is lower case."""
    if word.startswith("{") and not word.startswith("{\\"):
        return False
    letters = re.sub(r"\\[a-zA-Z]+|[^\w]", "", word)
    return bool(letters) and letters[0].islower()


def _extended(raw: str) -> BibName:
    """BibLaTeX's "family=…, given=…, prefix=…, suffix=…"."""
    found = {"family": "", "given": "", "prefix": "", "suffix": ""}
    for part in _words(raw):
        key, _, value = " ".join(part).partition("=")
        if key.strip().lower() in found:
            found[key.strip().lower()] = _plain(value.strip().strip('"'))
    family = f"{found['prefix']} {found['family']}".strip()
    return BibName(names.PersonName(found["given"], family, found["suffix"]))
