"""Learning weights and calibration from a gold file and a graph: what `evaluate --learn` does.

The same evidence as in a run is compared by the same code; only pairs that gold speaks of teach.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.readers.errors import ReadError
from ingest.resolution.assessment import gold, labels, learning, outcome
from ingest.resolution.assessment.gold import PairGold, SignatureGold
from ingest.resolution.assessment.labels import Half, PublicationLabels, RowLabels
from ingest.resolution.assessment.learning import Fit, Scores
from ingest.resolution.gathering import reading
from ingest.resolution.gathering.census import society
from ingest.resolution.grouping.persons import pairs_of
from ingest.resolution.grouping.works import prepared, resolve_publications
from ingest.resolution.weighing import calibration, weights
from ingest.resolution.weighing.calibration import Calibration
from ingest.resolution.weighing.evidence import Evidence
from ingest.resolution.weighing.likeness import AUTHORS, Scorer
from ingest.resolution.weighing.publications import PUBLICATIONS
from ingest.resolution.weighing.weights import Weights
from queries.generations import Reader

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learnt, and how well scores agreed with gold before and after."""

    rule: str
    learnt_from: str
    before: Fit
    after: Fit
    weights: Weights
    changed: Mapping[str, tuple[float, float]]
    bins: tuple[Calibration, ...]

    @property
    def version(self) -> str:
        """The rule version that the table has with these weights."""
        return weights.version({**weights.table(), self.rule: self.weights})

    def write(self, folder: Path) -> None:
        """Bring the two tables in this folder up to date."""
        table, bins = folder / weights.TABLE, folder / calibration.TABLE
        table.write_text(weights.written(table.read_text("utf-8"), [self.weights]), "utf-8")
        said = calibration.written(bins.read_text("utf-8"), self.rule, self.bins)
        bins.write_text(said, "utf-8")


def authors(
    reader: Reader, path: Path, half: Half | None, fitted: bool, progress: Progress
) -> Lesson:
    """Learn from signatures of which a human checked whose they are; all of them or a half.

    Unless `fitted`, weights stay, and only what scores are worth is learnt.
    """
    held = gold.read(path)
    if not isinstance(held, SignatureGold):
        raise ReadError(path, "gold of publications: `quiver evaluate publications` reads it")
    progress("reading", 0, None)
    found, evidence, below = _read(reader)
    row_of = {signature.iri: signature.row for signature in evidence.signatures}
    rows = {
        key: row_of[iri.removeprefix(below)]
        for source in found.sources.values()
        for key, iri in source.signatures.items()
    }
    progress("publications", 0, None)
    clusters = resolve_publications(evidence).clusters
    home = {member: members[0] for members in clusters for member in members}
    progress("authors", 0, None)
    people = society(evidence, home)
    scorer = Scorer.of(people, dict(pairs_of(people.profiles)))
    profiles = people.profiles
    said = RowLabels(labels.halved(held, half), rows)
    known = {
        pair: same
        for pair in scorer.pairs
        if (same := said.same(profiles[pair[0]].iri, profiles[pair[1]].iri)) is not None
        and not scorer.forbidden(profiles[pair[0]], profiles[pair[1]])
    }

    def scores(table: Weights) -> list[float]:
        weighing = scorer.weighing(table)
        return [sum(weighing.terms(*pair).values()) for pair in known]

    where = f"{path.name}, {half} half by seed {labels.SEED}" if half else path.name
    return _lesson("authors", where, scores, list(known.values()), AUTHORS, fitted, progress)


def publications(
    reader: Reader,
    path: Path,
    sources: tuple[str, str],
    split: str | None,
    fitted: bool,
    progress: Progress,
) -> Lesson:
    """Learn from pairs of publications, all of them or those of one split; `fitted` as above."""
    held = gold.read(path, split)
    if not isinstance(held, PairGold):
        raise ReadError(path, "gold of signatures: `quiver evaluate authors` reads it")
    progress("reading", 0, None)
    found, evidence, below = _read(reader)
    sides = (
        {key: iri.removeprefix(below) for key, iri in found.sources[name].publications.items()}
        for name in sources
    )
    progress("publications", 0, None)
    entries, scorer, pairs = prepared(evidence)
    said = PublicationLabels(held, *sides)
    known = {
        pair: same
        for pair in pairs
        if (same := said.same(entries[pair[0]].iri, entries[pair[1]].iri)) is not None
    }

    def scores(table: Weights) -> list[float]:
        weighing = replace(scorer, weights=table)
        return [sum(weighing.terms(entries[a], entries[b]).values()) for a, b in known]

    where = f"{path.name}, split {split}" if split else path.name
    return _lesson(
        "publications", where, scores, list(known.values()), PUBLICATIONS, fitted, progress
    )


def _read(reader: Reader) -> tuple[outcome.Outcome, Evidence, str]:
    base = reader.meta["base"]
    found = outcome.read(reader.path, base)
    return found, reading.read(reader.path, base).evidence, f"{base}id/"


def _lesson(
    rule: str,
    where: str,
    scores: Scores,
    same: Sequence[bool],
    table: Weights,
    fitted: bool,
    progress: Progress,
) -> Lesson:
    progress("learning", 0, None)
    learnt = table
    if fitted:
        learnt = learning.fit(scores, same, table)
        learnt = learnt.from_(f"{weights.LEARNT} by logistic regression: {where}")
    line = table["line.accept"]
    after = scores(learnt)
    chances = ((calibration.probability(odds), one) for odds, one in zip(after, same, strict=True))
    return Lesson(
        rule,
        where,
        learning.fitness(scores(table), same, line),
        learning.fitness(after, same, line),
        learnt,
        learning.changed(table, learnt),
        calibration.isotonic(chances),
    )
