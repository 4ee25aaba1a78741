"""How much each graph holds and of which classes: carried from generation to generation.

Counting ten million quads takes Oxigraph seconds, so every write tells what it added and removed.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ontology import terms

FILE = "counts.json"

_TYPED = re.compile(f" <{re.escape(terms.TYPE)}> <([^>]*)> .\n".encode())
_SELF = re.compile(
    rf"^<([^>]*/id/(publication|author)/[^>]*)> <{re.escape(terms.CANONICAL)}> <\1> \.$".encode(),
    re.MULTILINE,
)


@dataclass(slots=True)
class Counts:
    """Quads by graph (its path below the base), entities by class, canonical ones by kind."""

    graphs: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    canonical: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Quads of all graphs."""
        return sum(self.graphs.values())

    def count(self, graph: str, lines: bytes, times: int = 1) -> None:
        """Take N-Triples lines of a graph into account; `times` -1 for lines that went."""
        self.graphs[graph] += times * lines.count(b"\n")
        for found in _TYPED.findall(lines):
            self.classes[found.decode()] += times
        if graph == "links":
            for _, kind in _SELF.findall(lines):
                self.canonical[kind.decode()] += times

    def add(self, other: "Counts") -> None:
        """Add up two counts."""
        for mine, theirs in zip(self._all(), other._all(), strict=True):
            mine.update(theirs)

    def _all(self) -> tuple[Counter[str], Counter[str], Counter[str]]:
        return self.graphs, self.classes, self.canonical

    def as_dict(self) -> dict[str, Any]:
        """As JSON: what is zero is left out; `publications` and `persons` are canonical ones."""
        held = [dict(sorted((k, n) for k, n in c.items() if n)) for c in self._all()]
        nobody = self.classes[terms.GROUP] + self.classes[terms.ANONYMOUS]
        return {
            "quads": self.total,
            "publications": self.canonical["publication"],
            "persons": self.canonical["author"] - nobody,
            "venues": self.classes[terms.VENUE],
            "graphs": held[0],
            "classes": held[1],
            "canonical": held[2],
        }

    @staticmethod
    def of(known: Mapping[str, Any]) -> "Counts":
        """Read back from JSON."""
        return Counts(
            *(Counter(known.get(name, {})) for name in ("graphs", "classes", "canonical"))
        )


def read(path: Path | None) -> Counts:
    """The counts in a file; none where there is no file."""
    return Counts() if path is None else Counts.of(json.loads(path.read_text(encoding="utf-8")))


def write(path: Path, counts: Counts) -> None:
    """Write the counts of a generation."""
    path.write_text(json.dumps(counts.as_dict(), indent=1) + "\n", encoding="utf-8")
