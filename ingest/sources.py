"""What is held of each source beside its quads: its files, its last load, and what it declares."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

FILE = "sources.json"
_OURS = ("ingest", "ontology")


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source as its last load left it; `code` is the digest of the code that mapped it.

    `kept` are the user graphs of what no record took up, and how many triples each has.
    """

    files: list[str]
    sha256: str
    load: str
    code: str = ""
    format: str = ""
    read: int = 0
    loaded: int = 0
    rejected: int = 0
    repaired: int = 0
    facts: list[tuple[str, list[str]]] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)


def read(path: Path | None) -> dict[str, SourceState]:
    """The sources of a generation."""
    if path is None:
        return {}
    known = json.loads(path.read_text(encoding="utf-8"))
    return {name: SourceState(**state) for name, state in known.items()}


def write(path: Path, sources: dict[str, SourceState]) -> None:
    """Keep them beside the generation."""
    held = {name: asdict(state) for name, state in sorted(sources.items())}
    path.write_text(json.dumps(held, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def digest(files: Sequence[Path]) -> str:
    """SHA-256 of a file; of several, of their names and digests in order."""
    digests = []
    for path in files:
        with path.open("rb") as stream:
            digests.append(hashlib.file_digest(stream, "sha256").hexdigest())
    if len(digests) == 1:
        return digests[0]
    lines = (f"{one} {path.name}\n" for one, path in zip(digests, files, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def code_digest() -> str:
    """A digest of the code and tables by which records become quads: other code, other quads."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for folder in _OURS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".py", ".tsv"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
