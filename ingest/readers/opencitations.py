"""OpenCitations Index as CSV: who cites whom, by identifiers, and nothing of the publications.

A record for each citing one, with its references and no title. Lines of one citing publication may
be apart, so the table is gathered; of a larger one, some five million citations at a time.
"""

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest.readers.drafts import Draft
from ingest.readers.mixed import lines
from ingest.records import Item, RecordError

_HEADER = re.compile(rb'^(?:\xef\xbb\xbf)?"?(?:oci|id)"?,"?citing"?,"?cited"?[,\r\n]')
_TOKEN = re.compile(r"(?:(doi|pmid|openalex|arxiv):)?(10\.\S+|\S+)", re.IGNORECASE)
_MOST = 5_000_000


def sniff(head: bytes) -> bool:
    """Whether the header is that of the index."""
    return _HEADER.match(head) is not None


def read(stream: BinaryIO) -> Iterator[Item]:
    """A record for each citing publication."""
    gathered: dict[str, list[str]] = {}
    held = 0
    rows = csv.reader(line.text for line in lines(stream))
    for number, row in enumerate(_sound(rows)):
        if number == 0:
            continue
        if len(row) < 3 or not row[1].strip() or not row[2].strip():
            shown = ", ".join(row)[:80]
            yield RecordError("no two publications", number + 1, row[0] if row else "", value=shown)
            continue
        gathered.setdefault(row[1].strip(), []).append(row[2].strip())
        held += 1
        if held >= _MOST:
            yield from _records(gathered)
            gathered, held = {}, 0
    yield from _records(gathered)


def _sound(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows; one that is no CSV is empty."""
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield []


def _records(gathered: dict[str, list[str]]) -> Iterator[Item]:
    for citing, cited in gathered.items():
        draft = Draft()
        for scheme, value in _identifiers(citing):
            draft.identified(scheme, value)
        known = next((found for found in draft.identifiers if found.valid), None)
        draft.key = known.value if known else citing
        draft.label = citing
        for one in cited:
            for scheme, value in _identifiers(one):
                draft.cites(scheme, value)
        yield from draft.untitled()


def _identifiers(cell: str) -> Iterator[tuple[str, str]]:
    """What a cell names: one DOI as it is, or several identifiers with their schemes."""
    for scheme, value in _TOKEN.findall(cell):
        if scheme or value.startswith("10."):
            yield (scheme.lower() or "doi"), value
