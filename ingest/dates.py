"""Dates as sources print them, made ISO 8601 of whatever precision they have.

Only what is printed is kept: "Winter 2004" and "2004///" are 2004, "Jan-Feb 2012" is 2012-01, and a
range is its beginning. What holds no year gives "".
"""

import re
from datetime import date

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero",
            "february feb februar",
            "march mar märz mars marzo",
            "april apr avril abril",
            "may mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet julio",
            "august aug août agosto",
            "september sep sept septiembre septembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre",
            "december dec dezember dez décembre diciembre",
        ),
        1,
    )
    for name in names.split()
}
_DIGITS = re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)")
_ISO = re.compile(
    r"(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})(?!\d)(?:[-/.](?P<d>\d{1,2})(?!\d))?)?(?=$|[TZ~?/%,;)\]-]|\s\d\d:)"
)
_DAY_FIRST = re.compile(r"(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4})")
_MONTH_FIRST = re.compile(r"(?P<m>\d{1,2})[/.-](?P<y>\d{4})")
_YEAR = re.compile(r"(?<!\d)(?P<y>1[4-9]\d\d|20\d\d)(?!\d)")
_MONTH = re.compile(r"(?<![^\W\d_])([^\W\d_]{3,9})(?![^\W\d_])")
_DAY = re.compile(r"(?<!\d)(?P<d>[0-3]?\d)(?:st|nd|rd|th)?(?!\d)")


def iso(printed: str) -> str:
    """A printed date as "2016", "2016-05" or "2016-05-03"; "" where no year stands in it."""
    printed = printed.strip().strip("[]()")
    if len(printed) == 4 and printed.isdecimal() and printed.isascii():
        return printed if printed.strip("0") else ""
    match = _DIGITS.fullmatch(printed) or _ISO.match(printed)
    if match:
        return from_parts(match["y"], match["m"], match["d"])
    match = _MONTH_FIRST.fullmatch(printed)
    if match:
        return from_parts(match["y"], match["m"])
    match = _DAY_FIRST.fullmatch(printed)
    if match:
        return _either_order(match["y"], int(match["m"]), int(match["d"]))
    return _in_words(printed)


def from_parts(year: object, month: object = None, day: object = None) -> str:
    """An ISO date of these parts, cut before the first that is absent or no such number."""
    numbers = [_number(part) for part in (year, month, day)]
    if not numbers[0]:
        return ""
    if not numbers[1] or not 1 <= numbers[1] <= 12:
        return f"{numbers[0]:04d}"
    try:
        date(numbers[0], numbers[1], numbers[2] or 1)
    except ValueError:
        return f"{numbers[0]:04d}-{numbers[1]:02d}"
    rest = f"-{numbers[2]:02d}" if numbers[2] else ""
    return f"{numbers[0]:04d}-{numbers[1]:02d}{rest}"


def month(printed: str) -> int | None:
    """The number of a month given as a number or by its name, in full or cut."""
    printed = printed.strip().strip(".").lower()
    if printed.isascii() and printed.isdecimal() and len(printed) < 3:
        return int(printed) if 1 <= int(printed) <= 12 else None
    return MONTHS.get(re.split(r"[-/.\s]", printed)[0])


def _number(part: object) -> int | None:
    if isinstance(part, int) and not isinstance(part, bool):
        return part if 0 < part <= 9999 else None
    text = str(part or "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= 4:
        return int(text) or None
    return month(text)


def _either_order(year: str, month: int, day: int) -> str:
    """Day and month where only one order is possible; else the year alone."""
    if month > 12 >= day:
        month, day = day, month
    elif day <= 12 and day != month:
        return year
    return from_parts(year, month, day) or year


def _in_words(printed: str) -> str:
    match = _YEAR.search(printed)
    if not match:
        return ""
    rest = f"{printed[: match.start()]} {printed[match.end() :]}"
    found = next((n for w in _MONTH.findall(rest) if (n := MONTHS.get(w.lower()))), None)
    day = _DAY.search(rest) if found and not re.search(r"\d\s*[-\u2013]\s*\d", rest) else None
    return from_parts(match["y"], found, day["d"] if day else None)
