"""Scores kept from run to run: a pair is scored again only where something that counts changed.

Each compared pair is kept under a digest of all that its score is made of: both profiles, the names
near both, the rules and the statistics. Statistics are kept too, and only those texts are added
that no earlier run has met, so that what one source brings does not shift every score a little.
They are taken anew, and with them every score, where the papers have changed by more than DRIFT.
"""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.resolution.weighing import scoring
from ingest.resolution.weighing.scoring import Score

FOLDER, PUBLICATIONS = "scores", "scores-of-publications"
DRIFT = 0.1  # of the papers that the statistics were taken of

Codes = NDArray[np.uint64]
Pair = tuple[int, int]
Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Statistics:
    """On how many of so many papers each text of a kind occurs; `name` says when that was taken."""

    papers: int
    counts: Counts
    name: str

    @classmethod
    def taken(cls, papers: int, counts: Counts, before: "Statistics | None") -> "Statistics":
        """Those kept from before, with what they lack; new ones where these drifted."""
        if before is None or abs(papers - before.papers) > DRIFT * before.papers:
            told = json.dumps([papers, counts], sort_keys=True, ensure_ascii=False)
            return cls(papers, counts, blake2b(told.encode(), digest_size=8).hexdigest())
        known = before.counts
        joined = {kind: {**held, **known.get(kind, {})} for kind, held in counts.items()}
        return cls(before.papers, joined, before.name)


@dataclass(frozen=True, slots=True)
class Recall:
    """The pairs that were scored, by code, and the scores of those that said something."""

    statistics: Statistics | None = None
    scored: Codes = field(default_factory=lambda: np.empty(0, np.uint64))
    telling: Mapping[int, Score] = field(default_factory=dict)
    fresh: int = 0  # pairs that were scored anew

    @classmethod
    def of(
        cls,
        statistics: Statistics,
        profiles: Codes,
        pairs: Sequence[Pair],
        score: Callable[[Sequence[Pair]], list[tuple[Pair, Score]]],
        before: "Recall",
        beside: Codes | None = None,
    ) -> "tuple[dict[Pair, Score], Recall]":
        """The telling scores of these pairs, and what to keep; known ones are not scored again.

        `beside` are numbers for what else a score depends on, pair by pair.
        """
        codes = _codes(profiles, pairs, statistics.name)
        if beside is not None:
            codes = mixed(codes ^ mixed(beside))
        known = np.isin(codes, before.scored)
        fresh = dict(score([pairs[place] for place in np.nonzero(~known)[0].tolist()]))
        telling: dict[Pair, Score] = {}
        kept: dict[int, Score] = {}
        for pair, code, is_known in zip(pairs, codes.tolist(), known.tolist(), strict=True):
            found = before.telling.get(code) if is_known else fresh.get(pair)
            if found is not None:
                telling[pair] = kept[code] = found
        return telling, cls(statistics, np.unique(codes), kept, int((~known).sum()))

    def joined(self, other: "Recall") -> "Recall":
        """This and another one, of the same statistics."""
        return Recall(
            self.statistics or other.statistics,
            np.union1d(self.scored, other.scored),
            {**self.telling, **other.telling},
            self.fresh + other.fresh,
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """What was scored: of persons, of publications."""

    persons: Recall = field(default_factory=Recall)
    publications: Recall = field(default_factory=Recall)

    @classmethod
    def read(cls, path: Path) -> "Kept":
        """What is kept in the folder of a generation."""
        return cls(read(path / FOLDER), read(path / PUBLICATIONS))

    def write(self, path: Path) -> None:
        """Keep it there."""
        write(path / FOLDER, self.persons)
        write(path / PUBLICATIONS, self.publications)


def _codes(profiles: Codes, pairs: Sequence[Pair], name: str) -> Codes:
    """A number for each pair, by both profiles, the statistics and the rules."""
    if not pairs:
        return np.empty(0, np.uint64)
    places = np.array(pairs, dtype=np.int64)
    seed = np.uint64(code_of(f"{name} {scoring.RULE_VERSION} {code_digest()}"))
    one, other = profiles[places[:, 0]], profiles[places[:, 1]]
    return mixed(mixed(one ^ seed) + other)


def mixed(codes: Codes) -> Codes:
    """Codes spread over all numbers, the same each time: the end of MurmurHash3."""
    with np.errstate(over="ignore"):
        codes = (codes ^ (codes >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
        codes = (codes ^ (codes >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    found: Codes = codes ^ (codes >> np.uint64(33))
    return found


def around(own: Codes, names: Codes, pairs: Sequence[Pair]) -> Codes:
    """Codes of profiles with the names near them: those that they are paired with."""
    near = np.zeros(len(own), np.uint64)
    if pairs:
        places = np.array(pairs, dtype=np.int64)
        with np.errstate(over="ignore"):
            np.add.at(near, places[:, 0], mixed(names[places[:, 1]]))
            np.add.at(near, places[:, 1], mixed(names[places[:, 0]]))
            own = mixed(own) + mixed(near)
    return own


def code_of(text: str) -> int:
    """A number for a text, the same each time."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


@lru_cache(maxsize=1)
def code_digest() -> str:
    """A digest of the code that scores: another version scores anew."""
    found = blake2b(digest_size=8)
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in (".py", ".tsv", ".txt"):
            found.update(path.read_bytes())
    return found.hexdigest()


# --- beside the generation


def read(folder: Path) -> Recall:
    """What is kept in this folder; nothing where there is none."""
    if not (folder / "scored.npy").exists():
        return Recall()
    with gzip.open(folder / "telling.json.gz", "rt", encoding="utf-8") as stream:
        told = json.load(stream)
    telling = {
        int(code): Score(tuple((name, value) for name, value in terms), forbidden)
        for code, terms, forbidden in told["telling"]
    }
    statistics = Statistics(told["papers"], told["counts"], told["name"])
    return Recall(statistics, np.load(folder / "scored.npy", allow_pickle=False), telling)


def write(folder: Path, recall: Recall) -> None:
    """Keep this in a folder."""
    assert recall.statistics is not None
    folder.mkdir(exist_ok=True)
    told: dict[str, Any] = {
        "papers": recall.statistics.papers,
        "name": recall.statistics.name,
        "counts": recall.statistics.counts,
        "telling": [[code, one.terms, one.forbidden] for code, one in recall.telling.items()],
    }
    np.save(folder / "scored.npy", recall.scored)
    path = folder / "telling.json.gz"
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 1, raw, mtime=0) as stream:
        stream.write(json.dumps(told, ensure_ascii=False).encode())
