"""Entries of tagged lines: what RIS, MEDLINE and Web of Science have in common.

A line is a tag and a value; a line without a tag goes on with the value before. Entries begin with
one tag and end with another, or with the next beginning; what stands between entries is told of
where it looks like fields, so that a damaged first line is not lost in silence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ingest.readers.mixed import MixedLine, lines
from ingest.records import RecordError

MAX_FIELDS = 200_000  # a file without ends would be held whole


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a format writes fields: `pattern` has groups `tag` and `value`; `end` may be empty.

    `after_blank` begins an entry too, but only where no entry is or a blank line came before;
    `head` are tags of the file itself.
    """

    pattern: re.Pattern[str]
    begin: str
    end: str = ""
    after_blank: str = ""
    head: frozenset[str] = frozenset()


@dataclass(slots=True)
class Entry:
    """One entry: the line it begins on, and its fields in order, values with line ends inside."""

    line: int
    fields: list[tuple[str, str]] = field(default_factory=list)
    foreign: bool = False
    closed: bool = False

    def all(self, *tags: str) -> list[str]:
        """The values of these tags, in the entry's order."""
        return [value for tag, value in self.fields if tag in tags and value]

    def first(self, *tags: str) -> str:
        """The first value of the first of these tags that has one."""
        for tag in tags:
            for own, value in self.fields:
                if own == tag and value:
                    return value
        return ""


def entries(stream: BinaryIO, grammar: Grammar) -> Iterator[Entry | RecordError]:
    """The entries of a stream, and where fields stand outside of any."""
    entry: Entry | None = None
    told = found = False
    blank = True
    for line in _lines(stream):
        shown = line.text.rstrip()
        match = grammar.pattern.match(shown)
        tag = match["tag"] if match else ""
        if match and (tag == grammar.begin or (blank and tag == grammar.after_blank)):
            if entry:
                yield entry
            entry, told, found = Entry(line.number), False, True
        blank = not shown.strip()
        if entry is None:
            if match and not told and tag not in grammar.head and tag != grammar.end:
                yield RecordError("fields outside of a record", line.number, value=shown[:80])
                told = True
            continue
        entry.foreign |= line.foreign
        if match and grammar.end and tag == grammar.end:
            entry.closed = True
            yield entry
            entry = None
        elif len(entry.fields) < MAX_FIELDS:
            _add(entry, tag, (match["value"] or "").strip() if match else shown.strip())
    if entry:
        yield entry
    if not found:
        yield RecordError(f"no record: no line begins with {grammar.begin}", 1)


def _lines(stream: BinaryIO) -> Iterator[MixedLine]:
    """The stream's lines, also where a carriage return alone ends them."""
    number = 0
    for line in lines(stream):
        for part in line.text.rstrip("\r\n").split("\r"):
            number += 1
            yield MixedLine(number, part, line.foreign)


def _add(entry: Entry, tag: str, value: str) -> None:
    if tag:
        entry.fields.append((tag, value))
    elif value and entry.fields:
        last, before = entry.fields[-1]
        entry.fields[-1] = (last, f"{before}\n{value}" if before else value)
