"""Evidence from a generation: what its side files say, and what people decided.

What earlier runs left comes from `graph/links`, decisions from the store: there are few.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

import pyoxigraph as ox

from ingest import sidefiles
from ingest.resolution.gathering import memory
from ingest.resolution.gathering.history import History
from ingest.resolution.gathering.testimony import Testimony
from ingest.resolution.grouping.docket import decision_of
from ingest.resolution.sharing import Aside
from ingest.resolution.weighing.evidence import Before, Decision, Evidence
from ontology.iris import Iris

LARGE = 4 << 20  # packed bytes


@dataclass(slots=True)
class Held:
    """The evidence of a generation, and what else its links are written from.

    Everything is named by local path; `canonical` is what the links say now, which a load may have
    changed since the last run; `variants` are names in other scripts; `outside` are sameAs lines
    that lead out of the graph; `said` is the digest of what sources say, `digest` that of all that
    a run depends on.
    """

    evidence: Evidence
    labels: dict[str, str] = field(default_factory=dict)
    variants: dict[str, list[str]] = field(default_factory=dict)
    canonical: dict[str, str] = field(default_factory=dict)
    formerly: dict[str, list[str]] = field(default_factory=dict)
    outside: dict[str, list[str]] = field(default_factory=dict)
    said: str = ""
    digest: str = ""


def read(path: Path, base: str, decisions: Iterable[Decision] = (), processes: int = 1) -> Held:
    """What the generation in this folder holds; `decisions` as `read_decisions` gives them."""
    processes = processes if _is_large(path) else 1
    aside = Aside(partial(_history, path, base), processes)
    shares = [
        Aside(partial(_testimony, path, base, turn, processes), processes)
        for turn in range(1, processes)
    ]
    testimony = _testimony(path, base, 0, processes)
    for share in shares:
        testimony.join(share.result())
    for folder in sorted((path / "quads" / "shared").glob("*")):
        testimony.places(_blocks(folder))
    history: History = aside.result()
    same = testimony.same
    known = memory.read(path / memory.FILE)
    left = memory.read_canonical(path / memory.CANONICAL_FILE, known)
    before = Before(left, history.works, history.parts, history.runs, members=history.members)
    decided = tuple(sorted(decisions, key=lambda decision: decision.iri))
    return Held(
        replace(testimony.evidence(), decisions=decided, before=before),
        testimony.labels,
        testimony.variants,
        {same(one): same(first) for one, first in history.canonical.items()},
        history.formerly,
        history.outside,
        said=testimony.digest,
        digest=digest(testimony.digest, decided),
    )


def _testimony(path: Path, base: str, turn: int, turns: int) -> Testimony:
    """One share of what all sources say."""
    testimony = Testimony(Iris(base))
    for folder in sorted((path / "quads" / "source").glob("*")):
        testimony.source(unquote(folder.name), _blocks(folder), turn, turns)
    return testimony.settled()


def _history(path: Path, base: str) -> History:
    history = History(f"{Iris(base).base}id/")
    history.read(_blocks(path / "quads" / "links"))
    return history


def _is_large(path: Path) -> bool:
    """Whether it takes longer to read than another process takes to start."""
    return sum(found.stat().st_size for found in (path / "quads").rglob("*.nt.gz")) > LARGE


def _blocks(folder: Path) -> Iterator[bytes]:
    """The blocks of a side file: its base and amendments."""
    names = sorted(path.name for path in folder.glob("[0-9]*.nt.gz"))
    paths = [folder / name for name in ("base.nt.gz", *names) if (folder / name).exists()]
    return sidefiles.read(paths) if paths else iter(())


def digest(said: str, decisions: Iterable[Decision]) -> str:
    """SHA-256 over what sources said, given by its digest, and what people decided."""
    found = sha256(said.encode())
    for decision in decisions:
        found.update(f"{decision}\n".encode("utf-8", "replace"))
    return found.hexdigest()


def read_decisions(store: ox.Store, base: str) -> list[Decision]:
    """What people decided of entities here, in the order of their IRIs."""
    return [one for one in read_all_decisions(store, base) if not one.is_of_link]


def read_link_decisions(store: ox.Store, base: str) -> list[Decision]:
    """What people decided of links to other graphs, in the order of their IRIs."""
    return [one for one in read_all_decisions(store, base) if one.is_of_link]


def read_all_decisions(store: ox.Store, base: str) -> list[Decision]:
    """Everything that people decided, in the order of their IRIs."""
    graph = ox.NamedNode(Iris(base).graph("decisions"))
    said: dict[str, dict[str, list[str]]] = {}
    for quad in store.quads_for_pattern(None, None, None, graph):
        if isinstance(quad.subject, ox.NamedNode) and not isinstance(quad.object, ox.Triple):
            about = said.setdefault(quad.subject.value, {})
            about.setdefault(quad.predicate.value, []).append(quad.object.value)
    below = f"{base}id/"
    return [decision_of(iri, said[iri], below) for iri in sorted(said)]
