"""The repairs that loading makes: what each mends, and which of them are switched off.

A rule that is off leaves what it would mend as the source has it, or has it rejected where it can
then not be read. Which are off holds for a whole load (`without`), and readers ask `is_on`.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from ingest.records import Record, Repair

RULES = {
    "address-escaped": "Characters that no address may hold are percent-encoded.",
    "comma-form": '"Family, Given" becomes "Given Family".',
    "comma-missing": "BibTeX: a field that follows without a comma is read.",
    "debris": "Unpaired quotes, brackets and backslashes go from the ends of names.",
    "encoding": "BibTeX: what is not UTF-8 is read as its file declares, else as Windows-1252.",
    "entry-unclosed": "BibTeX: an entry without its last brace is read.",
    "field-debris": 'Remains of other fields go from names ("pages = 12").',
    "footnote-mark": 'Marks of footnotes go from the ends of names ("Sujith Ravi[2]").',
    "glued-affiliation": 'An organisation before a name is its affiliation ("OpenAI Ada Quill").',
    "latex": "LaTeX in names becomes characters.",
    "latin-1": "Lines that are not UTF-8 are read as Windows-1252 or Latin-1.",
    "leading-and": 'An "and" before a name goes.',
    "listed-twice": "A list of authors that says everybody twice (A;B;A;B) is halved.",
    "pages-abbreviated": '"123-34" is 123-134.',
    "pages-backwards": '"34-12" is 12-34.',
    "several-in-one-name": "Several people in the place of one are taken apart.",
    "several-people": "ML Anthology: several people in the place of one are taken apart.",
    "stray-characters": "Control characters and marks of direction go.",
    "unknown-type": 'A type that no table knows is "Other"; else the type is left unsaid.',
    "year-extracted": 'A year is found in text around it ("c1998").',
}
# What the graph keeps nowhere else is kept beside the rule's name.
KEEPS_ORIGINAL = frozenset({"pages-abbreviated", "pages-backwards"})

_OFF: ContextVar[frozenset[str]] = ContextVar("repairs switched off", default=frozenset())
_PAGES = re.compile(r"(\d+)\s*[-\u2013]+\s*(\d+)")


def is_on(rule: str) -> bool:
    """Whether a repair is to be made."""
    return rule not in _OFF.get()


def off() -> frozenset[str]:
    """The repairs that are not to be made."""
    return _OFF.get()


@contextmanager
def without(rules: Iterable[str]) -> Iterator[None]:
    """Leave these repairs out meanwhile."""
    token = _OFF.set(frozenset(rules))
    try:
        yield
    finally:
        _OFF.reset(token)


def mended(record: Record) -> Record:
    """A record with what is mended alike whatever its format: pages that end before they begin."""
    match = _PAGES.fullmatch(record.pages) if record.pages else None
    if not match or len(match[1]) < len(match[2]) or int(match[2]) >= int(match[1]):
        return record
    first, last = match.groups()
    rule, pages = "pages-backwards", f"{last}-{first}"
    if len(last) < len(first):
        rule, pages = "pages-abbreviated", f"{first}-{first[: -len(last)]}{last}"
        if int(first[-len(last) :]) > int(last):
            return record
    if not is_on(rule):
        return record
    note = Repair(rule, "pages", record.pages)
    return replace(record, pages=pages, repairs=(*record.repairs, note))
