"""How several names stand in one cell: the style is read off many cells, then cuts each."""

import re
from collections.abc import Iterable
from enum import Enum

_INITIALS = re.compile(r"(?:[^\W\d_]\.?[\s-]?){1,4}")
_AND = re.compile(r"\s+(?:and|&)\s+|^and\s+")
# A capital after a small letter, but not inside a name: "Andy McDonald", "Ada DeLong".
_WITHIN = "".join(rf"(?<!\b{start})" for start in ("Mc", "Mac", "De", "Di", "La", "Le", "Van"))
_GLUED = re.compile(rf"(?<=[a-zß-öø-ÿ]){_WITHIN}(?=[A-ZÀ-ÖØ-Þ])")
_JUNIOR = re.compile(r"(?:Jr|Sr|II|III|IV)\.?", re.IGNORECASE)


class Style(Enum):
    """What stands between names: in `PAIRS` a comma is also within them, in `ONE` only there.

    Nothing at all stands there in `GLUED`: "Ada QuillBo Reed".
    """

    SEMICOLON = ";"
    BAR = "|"
    AND = "and"
    COMMA = ","
    PAIRS = ", of pairs"
    ONE = ""
    GLUED = "nothing"


def style_of(cells: Iterable[str]) -> Style:
    """The style of most of these cells that hold more than one name."""
    sample = list(cells)
    plain = [cell for cell in sample if "," in cell and ";" not in cell and "|" not in cell]
    commas = [[p.strip() for p in cell.split(",") if p.strip()] for cell in plain]
    lists = sum(len(parts) > 2 or all(" " in part for part in parts) for parts in commas)
    for style in (Style.BAR, Style.SEMICOLON):
        if (count := sum(style.value in cell for cell in sample)) and count >= lists:
            return style
    if any(words := [bool(_AND.search(cell)) for cell in sample]) and sum(words) >= lists:
        return Style.AND
    if not lists:
        return Style.ONE
    pairs = sum(
        len(parts) % 2 == 0 and all(map(_INITIALS.fullmatch, parts[1::2])) for parts in commas
    )
    return Style.PAIRS if 2 * pairs > len(commas) else Style.COMMA


def cut(cell: str, style: Style) -> list[str]:
    """The names in a cell, each in one piece."""
    cell = " ".join(cell.split())
    if ";" in cell and style is not Style.BAR:  # one cell may be of another export than most
        style = Style.SEMICOLON
    if style in (Style.SEMICOLON, Style.BAR):
        return _parts(cell.split(style.value))
    if style is Style.AND:
        return _parts(_AND.split(cell))
    if style is Style.GLUED:
        return _parts(_GLUED.split(cell))
    if style is Style.ONE:
        return _parts([cell])
    parts = _parts(part for piece in _AND.split(cell) for part in piece.split(","))
    if style is Style.PAIRS and len(parts) % 2 == 0:
        return [f"{family}, {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    names: list[str] = []
    for part in parts:
        if names and _JUNIOR.fullmatch(part):
            names[-1] += f", {part}"
        else:
            names.append(part)
    return names


def _parts(pieces: Iterable[str]) -> list[str]:
    return [part for piece in pieces if (part := piece.strip(" ,;"))]
