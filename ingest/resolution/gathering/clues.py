"""What speaks for single signatures of a bare name being those of suffixed namesakes.

A whole run finds it and keeps it beside the generation: what people decide of rows changes who is
in the way, and nothing of this, so a decision is obeyed without finding it again.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

FILE = "torn.tsv"  # a line a torn row: its local path, its namesakes and clues as JSON
FEWEST_COAUTHORS = 2
PLACE, BEARS, COMPANY = "sharedPublication", "identifier", "coauthors"


class Clue(NamedTuple):
    """What speaks for a signature being a namesake's; of co-authors how many, and if near in time.

    Whether it is enough depends on which namesakes are in the way.
    """

    signature: str
    namesake: str
    term: str
    shared: int = 0
    near: bool = False

    @property
    def could_do(self) -> bool:
        """Whether it would be enough, were no other namesake in the way."""
        return self.term != COMPANY or (self.shared >= FEWEST_COAUTHORS and self.near)


@dataclass(frozen=True, slots=True)
class Torn:
    """A bare row of which a signature could be given away: all its suffixed namesakes, all clues.

    What people decide of rows changes neither.
    """

    namesakes: tuple[str, ...]
    clues: tuple[Clue, ...]

    @property
    def signatures(self) -> tuple[str, ...]:
        """The signatures that could go, sorted."""
        return tuple(sorted({clue.signature for clue in self.clues}))


def write(path: Path, torn: Mapping[str, Torn]) -> None:
    """Keep this in a file, a line a row."""
    with path.open("w", encoding="utf-8") as stream:
        for row, held in sorted(torn.items()):
            told = json.dumps([held.namesakes, held.clues], ensure_ascii=False)
            stream.write(f"{row}\t{told}\n")


def read(path: Path | None, wanted: Collection[str]) -> dict[str, Torn] | None:
    """What is kept of these rows; None where nothing is."""
    if path is None or not path.exists():
        return None
    found: dict[str, Torn] = {}
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            row, _, told = line.partition("\t")
            if row in wanted:
                namesakes, clues = json.loads(told)
                found[row] = Torn(tuple(namesakes), tuple(Clue(*clue) for clue in clues))
    return found
