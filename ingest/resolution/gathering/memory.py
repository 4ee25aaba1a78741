"""What a run keeps beside the generation for the next: who is canonical, what decisions changed.

Decisions change few clusters. How those would be without them is kept, so that one more decision,
or one taken back, is obeyed by looking at the clusters near it alone.
"""

import json
import mmap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ingest.resolution.gathering import clues
from ingest.resolution.gathering.clues import Torn
from ingest.resolution.report import Tally

CANONICAL_FILE = "canonical.txt"  # the local paths that the last whole run left canonical, sorted
FILE = "resolved.json"
WAITING = "waiting"  # in meta.json: the local paths of decisions that no run has obeyed yet

Cluster = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """The last whole run, and what decisions changed: before it and since.

    `said` is the digest of what sources said to it. `undecided` gives the members of clusters that
    decisions changed the cluster that they would have; `came` and `went` since it to and from those
    that are canonical. `cleared` are rows that only people's word makes one person; `torn`
    are bare rows of which a signature could go to a suffixed namesake, None where nobody looked;
    `clues` what speaks for it, None where that is as before: it stands in a file of its own.
    """

    rule: str
    said: str
    publications: Tally
    authors: Tally
    works: int = 0
    undecided: Mapping[str, Cluster] = field(default_factory=dict)
    came: frozenset[str] = frozenset()
    went: frozenset[str] = frozenset()
    cleared: frozenset[str] = frozenset()
    torn: frozenset[str] | None = None
    clues: Mapping[str, Torn] | None = field(default=None, compare=False)


def read(path: Path | None) -> Memory | None:
    """What is kept in this file; nothing where there is none."""
    if path is None or not path.exists():
        return None
    told = json.loads(path.read_text("utf-8"))
    clusters = (tuple(members) for members in told["undecided"])
    return Memory(
        told["rule"],
        told["said"],
        Tally(**told["publications"]),
        Tally(**told["authors"]),
        told["works"],
        {member: members for members in clusters for member in members},
        frozenset(told["came"]),
        frozenset(told["went"]),
        frozenset(told.get("cleared", ())),
        frozenset(told["torn"]) if told.get("torn") is not None else None,
    )


def write(path: Path, memory: Memory) -> None:
    """Keep this in a file."""
    if memory.clues is not None:
        clues.write(path.with_name(clues.FILE), memory.clues)
    told = asdict(replace(memory, clues=None)) | {
        "undecided": sorted(set(memory.undecided.values())),
        "came": sorted(memory.came),
        "went": sorted(memory.went),
        "cleared": sorted(memory.cleared),
        "torn": None if memory.torn is None else sorted(memory.torn),
    }
    del told["clues"]
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def changed(
    undecided: Iterable[Sequence[str]], decided: Iterable[Sequence[str]]
) -> dict[str, Cluster]:
    """The clusters before decisions, by member, of those members whose cluster is another now."""
    before, after = (
        {member: tuple(members) for members in clusters for member in members}
        for clusters in (undecided, decided)
    )
    return {
        member: before.get(member, (member,))
        for member in {*before, *after}
        if before.get(member, (member,)) != after.get(member, (member,))
    }


# --- who is canonical


def write_canonical(path: Path, canonical: Iterable[str]) -> None:
    """Keep which members a whole run left canonical, for the next."""
    path.write_text("".join(f"{iri}\n" for iri in sorted(canonical)), encoding="utf-8")


def read_canonical(path: Path, memory: Memory | None) -> frozenset[str]:
    """All that the last run left canonical."""
    if not path.exists():
        return frozenset()
    found = frozenset(path.read_text(encoding="utf-8").splitlines())
    return found if memory is None else (found - memory.went) | memory.came


def canonical_among(path: Path, memory: Memory, wanted: Collection[str]) -> frozenset[str]:
    """Those of `wanted` that the last run left canonical: found without reading all."""
    return frozenset(
        one
        for one, is_held in zip(wanted, _held(path, wanted), strict=True)
        if one in memory.came or (is_held and one not in memory.went)
    )


def _held(path: Path, wanted: Iterable[str]) -> list[bool]:
    """Whether each is a line of a sorted file."""
    if not path.exists() or not path.stat().st_size:
        return [False for _ in wanted]
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return [_is_line(text, one.encode()) for one in wanted]


def _is_line(text: mmap.mmap, wanted: bytes) -> bool:
    low, high = 0, len(text)
    while low < high:
        start = text.rfind(b"\n", 0, (low + high) // 2) + 1
        end = text.find(b"\n", start)
        line = text[start:end]
        if line == wanted:
            return True
        if line < wanted:
            low = end + 1
        else:
            high = start
    return False
