"""Lines of text in UTF-8, or UTF-16 by its mark, or line by line in Latin-1 where UTF-8 fails.

Exports of reference managers mix encodings, so each line is judged for itself and says when it was
not UTF-8.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ingest import repairs
from ingest.readers.streams import BOM, MAX_LINE, WIDE_BOMS


@dataclass(frozen=True, slots=True)
class MixedLine:
    """One line with its end; `foreign` where it was read as Latin-1."""

    number: int
    text: str
    foreign: bool = False


def lines(stream: BinaryIO) -> Iterator[MixedLine]:
    """The stream's lines; one longer than `MAX_LINE` comes in pieces."""
    first = stream.readline(MAX_LINE)
    for bom, encoding in WIDE_BOMS:
        if first.startswith(bom):
            text = (first + stream.read()).decode(encoding, "replace").removeprefix("\ufeff")
            for number, line in enumerate(text.splitlines(keepends=True), 1):
                yield MixedLine(number, line)
            return
    block, number = first.removeprefix(BOM), 1
    while block:
        yield MixedLine(number, *decoded(block))
        block, number = stream.readline(MAX_LINE), number + 1


def decoded(block: bytes) -> tuple[str, bool]:
    """The text of these bytes, and whether it is Latin-1 for want of UTF-8."""
    try:
        return block.decode(), False
    except UnicodeDecodeError:
        if not repairs.is_on("latin-1"):
            return block.decode("utf-8", "replace"), False
        return block.decode("cp1252" if _is_cp1252(block) else "latin-1"), True


def _is_cp1252(block: bytes) -> bool:
    """Whether the bytes that Latin-1 has no letters for are Windows' quotes and dashes."""
    try:
        block.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return any(0x80 <= byte < 0xA0 for byte in block)
