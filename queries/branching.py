"""A CONSTRUCT of many alternatives as one small CONSTRUCT each; pure.

The engine fills every pattern of a template for every solution, and holds all triples that it gave
to give none twice. Of an alternative only the patterns matter whose variables it can bind: with
these alone a whole graph goes through in a fraction of the time and memory. A triple that two
alternatives give comes twice.
"""

import re
from collections.abc import Iterator

_WORD = re.compile(r'"(?:\\.|[^"\\])*"|<[^<>\s]*>|[{};,]|\.(?=\s|$)|[^\s{};,"<>]+|[<>]+')
_VARIABLE = re.compile(r"[?$](\w+)")
Pattern = tuple[str, str, str]


def alternatives(text: str) -> list[str]:
    """The queries that together give what this one gives: one for each part of its UNION."""
    start = text.index("CONSTRUCT")
    template, rest = _block(text, start)
    where, _ = _block(text, rest)
    patterns = list(_patterns(template))
    found = []
    for part in _parts(where):
        bound = {"entity", *_VARIABLE.findall(part)}
        kept = [one for one in patterns if bound.issuperset(_VARIABLE.findall(" ".join(one)))]
        lines = "".join(f"  {' '.join(one)} .\n" for one in kept)
        found.append(f"{text[:start]}CONSTRUCT {{\n{lines}}} WHERE {part}\n")
    return found


def _block(text: str, start: int) -> tuple[str, int]:
    """What stands within the next braces, and where they end."""
    begin = text.index("{", start)
    depth = 0
    for word in _WORD.finditer(text, begin):
        depth += {"{": 1, "}": -1}.get(word[0], 0)
        if depth == 0:
            return text[begin + 1 : word.start()], word.end()
    raise ValueError("a brace is not closed")


def _parts(where: str) -> Iterator[str]:
    """The parts of a UNION, each in its braces; the whole where there is none."""
    depth, begin = 0, 0
    for word in _WORD.finditer(where):
        depth += {"{": 1, "}": -1}.get(word[0], 0)
        if depth == 0 and word[0].upper() == "UNION":
            yield where[begin : word.start()].strip()
            begin = word.end()
    last = where[begin:].strip()
    yield last if begin else f"{{ {last} }}"


def _patterns(template: str) -> Iterator[Pattern]:
    """The triple patterns of a template, written out."""
    said: list[str] = []
    for word in _WORD.findall(f"{template} ."):
        if word in (";", ",", "."):
            if len(said) == 3:
                yield said[0], said[1], said[2]
            said = said[: {";": 1, ",": 2, ".": 0}[word]]
        else:
            said.append(word)
