"""What a whole run looks up of all there is, kept so that a few entities can be compared again.

Who has a name and which names are related, how often each text occurs, which publications are
versions of one work: none of it changes with what people decide. A file of sorted lines, each a key
and JSON, read by a search from the middle.
"""

import json
import mmap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from ingest import sources
from ingest.resolution.grouping.persons import Relations
from ingest.resolution.recall import Statistics, code_digest
from ingest.resolution.weighing.names import Name, Relation
from queries.writes.drafts import Draft

FILE = "register.tsv"
_HEAD, _NAME, _COUNT, _WORK = "=", "n", "c", "w"

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What a run knows of all names and works, to be kept."""

    relations: Relations
    names: Mapping[str, Name]  # by row
    statistics: Statistics
    works: Sequence[Group]

    def write(self, path: Path, sources_digest: str) -> None:
        """Keep it in a file; `sources_digest` tells what the sources were."""
        head = [[sources_digest, code_digest()], self.statistics.papers, self.statistics.name]
        lines = [_line(_HEAD, "", head), *self._names(), *self._counts(), *self._works()]
        lines.sort()
        path.write_bytes(b"".join(lines))

    def _names(self) -> Iterator[bytes]:
        rows: dict[str, list[str]] = {}
        for row, name in self.names.items():
            rows.setdefault(name.text, []).append(row)
        near: dict[str, dict[str, str]] = {}
        texts = self.relations.texts
        for (one, other), kind in self.relations.related.items():
            near.setdefault(texts[one], {})[texts[other]] = kind.name
            near.setdefault(texts[other], {})[texts[one]] = kind.name
        for text, held in rows.items():
            yield _line(_NAME, text, [sorted(held), near.get(text, {})])

    def _counts(self) -> Iterator[bytes]:
        for kind, counts in self.statistics.counts.items():
            for text, count in counts.items():
                yield _line(_COUNT, f"{kind} {text}", count)

    def _works(self) -> Iterator[bytes]:
        groups: dict[str, list[Group]] = {}
        for group in self.works:
            for member in group:
                groups.setdefault(member, []).append(group)
        for member, held in groups.items():
            yield _line(_WORK, member, held)


def _line(kind: str, text: str, told: Any) -> bytes:
    return _key(kind, text) + json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _key(kind: str, text: str) -> bytes:
    """A key with its end; what no line can hold is escaped."""
    return f"{kind} {json.dumps(text, ensure_ascii=False)}\t".encode("utf-8", "replace")


def sources_of(draft: Draft) -> str:
    """A digest of what all sources are: the same under any base, and whenever they were loaded."""
    states = sources.read(draft.read_path(sources.FILE))
    told = {
        name: [one.sha256, one.code, one.format, one.loaded, one.repaired]
        for name, one in sorted(states.items())
    }
    return sha256(json.dumps(told).encode()).hexdigest()


@dataclass(slots=True)
class Register:
    """The file, open to be searched."""

    text: mmap.mmap | bytes
    papers: int = 0
    name: str = ""
    _names: dict[str, tuple[list[str], dict[str, Relation]]] = field(default_factory=dict)

    @classmethod
    def of(cls, draft: Draft) -> "Register | None":
        """That of a generation; None where there is none, or sources or code changed since."""
        path = draft.read_path(FILE)
        if path is None:
            return None
        with path.open("rb") as stream:
            found = cls(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        told, found.papers, found.name = found._told(_HEAD, "")
        return found if told == [sources_of(draft), code_digest()] else None

    def rows(self, text: str) -> list[str]:
        """The rows that have a folded name."""
        return self._name(text)[0]

    def near(self, text: str) -> Mapping[str, Relation]:
        """The folded names that are related to one, each with how."""
        return self._name(text)[1]

    def _name(self, text: str) -> tuple[list[str], dict[str, Relation]]:
        if text not in self._names:
            rows, near = self._told(_NAME, text) or ([], {})
            self._names[text] = rows, {other: Relation[kind] for other, kind in near.items()}
        return self._names[text]

    def works(self, publication: str) -> list[Group]:
        """The groups of versions that it is named in."""
        return [tuple(group) for group in self._told(_WORK, publication) or ()]

    def statistics(self, texts: Mapping[str, Iterable[str]]) -> Statistics:
        """How often each of these texts, by kind, occurs."""
        counts = {
            kind: {text: self._told(_COUNT, f"{kind} {text}") or 0 for text in held}
            for kind, held in texts.items()
        }
        return Statistics(self.papers, counts, self.name)

    def _told(self, kind: str, text: str) -> Any:
        """What is kept under a key; None where nothing is."""
        wanted = _key(kind, text)
        low, high = 0, len(self.text)
        while low < high:
            start = self.text.rfind(b"\n", 0, (low + high) // 2) + 1
            end = self.text.find(b"\n", start)
            line = self.text[start:end]
            if line.startswith(wanted):
                return json.loads(line[len(wanted) :])
            if line < wanted:
                low = end + 1
            else:
                high = start
        return None
