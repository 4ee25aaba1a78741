"""Gold files: what people say is one, in the three forms that such files come in.

- CSV with a header `idDBLP,idACM`: record keys of two sources; all other pairs differ.
- CSV with a header `split,A,B,label`: labelled pairs; only those are spoken of.
- JSON Lines: `signature` (paper's record key, `#`, position from 0), `person`, `name`, `curated`.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.readers.errors import ReadError
from ingest.readers.streams import open_bytes

LABELLED = ["split", "A", "B", "label"]
LABELS = {"1": True, "0": False}


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two records' keys, and whether they are one publication."""

    one: str
    other: str
    same: bool


@dataclass(frozen=True, slots=True)
class PairGold:
    """Pairs of records of two sources; `complete` where each other pair is different.

    `columns` are what the file calls the sources.
    """

    columns: tuple[str, str]
    pairs: tuple[LabelledPair, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class SignatureGold:
    """Signatures by "paper#position": their person, printed name, and whether a human checked."""

    persons: dict[str, str]
    names: dict[str, str]
    curated: frozenset[str]


def read(path: Path, split: str | None = None) -> PairGold | SignatureGold:
    """The gold of a file, plain or compressed; of labelled pairs those of one split."""
    with open_bytes(path) as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
        try:
            first = text.readline()
            rest = _Numbered(first, text)
            if first.lstrip().startswith("{"):
                return _signatures(path, rest)
            return _pairs(path, rest, split)
        except UnicodeDecodeError as error:
            raise ReadError(path, "gold must be UTF-8") from error


class _Numbered:
    """Lines, of which the first was read already."""

    def __init__(self, first: str, rest: io.TextIOWrapper) -> None:
        self._first = first
        self._rest = rest

    def __iter__(self) -> Iterator[str]:
        yield self._first
        yield from self._rest


# --- pairs


def _pairs(path: Path, lines: _Numbered, split: str | None) -> PairGold:
    reader = csv.reader(lines)
    try:
        header = [name.strip() for name in next(reader)]
        if header == LABELLED:
            return _labelled(path, reader, split)
        if len(header) != 2 or not all(name.startswith("id") and name[2:] for name in header):
            raise ReadError(
                path, f"header {','.join(header)!r} is neither idONE,idOTHER nor split,A,B,label"
            )
        cells = (_cells(path, reader, row, 2) for row in reader if row)
        found = tuple(LabelledPair(one, other, True) for one, other in cells)
        return PairGold((header[0][2:], header[1][2:]), found, True)
    except csv.Error as error:
        raise ReadError(f"{path}:{reader.line_num}", str(error)) from error


def _cells(path: Path, reader: Any, row: list[str], width: int) -> list[str]:
    cells = [cell.strip() for cell in row]
    if len(cells) != width or not all(cells):
        raise ReadError(f"{path}:{reader.line_num}", f"{','.join(row)!r} has not {width} values")
    return cells


def _labelled(path: Path, reader: Any, split: str | None) -> PairGold:
    found, splits = [], set()
    for row in reader:
        if not row:
            continue
        of, one, other, label = _cells(path, reader, row, 4)
        if label not in LABELS:
            raise ReadError(f"{path}:{reader.line_num}", f"label {label!r} is neither 0 nor 1")
        splits.add(of)
        if split in (None, of):
            found.append(LabelledPair(one, other, LABELS[label]))
    if not found:
        raise ReadError(path, f"no pair of split {split!r}; there is: {', '.join(sorted(splits))}")
    return PairGold(("A", "B"), tuple(found), False)


# --- signatures


def _signatures(path: Path, lines: _Numbered) -> SignatureGold:
    persons: dict[str, str] = {}
    names: dict[str, str] = {}
    curated = set()
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{path}:{number}"
            said = _said(where, line)
            signature, person = said["signature"], said["person"]
            if persons.setdefault(signature, person) != person:
                raise ReadError(where, f"{signature} has two persons")
            names[signature] = str(said.get("name") or "")
            if said.get("curated"):
                curated.add(signature)
    return SignatureGold(persons, names, frozenset(curated))


def _said(where: str, line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ReadError(where, f"not JSON: {error}") from error
    if not isinstance(said, dict):
        raise ReadError(where, "not a JSON object")
    for name in ("signature", "person"):
        if not isinstance(said.get(name), str) or not said[name]:
            raise ReadError(where, f"{name} {said.get(name)!r} is not a text")
    _, hash_, position = said["signature"].rpartition("#")
    if not hash_ or not position.isdecimal():
        raise ReadError(where, f"signature {said['signature']!r} is not PAPER#POSITION")
    return said
