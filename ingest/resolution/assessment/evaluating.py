"""A generation's links against a gold file: what is scored, what is missing, and how well it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from ingest.errors import NoSuchSource
from ingest.readers.errors import ReadError
from ingest.resolution.assessment import evaluation, gold, labels, outcome
from ingest.resolution.assessment.evaluation import Mistakes, PairCounts, Subset
from ingest.resolution.assessment.gold import PairGold, SignatureGold
from ingest.resolution.assessment.labels import Half, PublicationLabels, RowLabels
from ingest.resolution.assessment.outcome import Outcome
from ingest.resolution.weighing import calibration
from ingest.resolution.weighing.calibration import Calibration
from queries.generations import Reader


@dataclass(frozen=True, slots=True)
class Worth:
    """What scores in one range are worth: on development data, and on this gold."""

    table: Calibration
    here: Calibration


@dataclass(frozen=True, slots=True)
class PublicationReport:
    """Publications of two sources against pairs; `unknown` are keys that the graph lacks."""

    sources: tuple[str, str]
    gold_pairs: int
    complete: bool
    unknown: tuple[str, ...]
    unknown_pairs: int
    counts: PairCounts
    mistakes: Mistakes
    worth: tuple[Worth, ...]


@dataclass(frozen=True, slots=True)
class AuthorReport:
    """Signatures against persons, by subset; `unknown` are signatures that the graph lacks."""

    sources: tuple[str, ...]
    gold_signatures: int
    unknown: tuple[str, ...]
    subsets: tuple[Subset, ...]
    understated: bool
    mistakes: Mistakes
    worth: tuple[Worth, ...]


# --- publications


def publications(
    reader: Reader, path: Path, *, sources: Sequence[str] = (), split: str | None = None
) -> PublicationReport:
    """Evaluate publications; `sources` name the two columns' where their names do not."""
    held = gold.read(path, split)
    if not isinstance(held, PairGold):
        raise ReadError(path, "gold of signatures: `quiver evaluate authors` reads it")
    found = outcome.read(reader.path, reader.meta["base"])
    _check(sources, found)
    one, other = sources or _sources(path, held, found)
    left, right = found.homes(one), found.homes(other)
    same = {(pair.one, pair.other) for pair in held.pairs if pair.same}
    joined = evaluation.cross_pairs(left, right)
    if not held.complete:
        joined &= {(pair.one, pair.other) for pair in held.pairs}
    lacking = [p for p in held.pairs if p.one not in left or p.other not in right]
    titles = found.titles(one), found.titles(other)
    published = found.sources[one].publications, found.sources[other].publications
    return PublicationReport(
        (one, other),
        len(held.pairs),
        held.complete,
        tuple(_unknown(lacking, (one, left), (other, right))),
        len(lacking),
        evaluation.measure_pairs(same, joined),
        evaluation.pair_mistakes(same, joined, *titles),
        _worth("publications", found, PublicationLabels(held, *published)),
    )


def _unknown(
    pairs: Iterable[gold.LabelledPair], *sides: tuple[str, dict[str, str]]
) -> Iterable[str]:
    said = (
        f"{source} {key}"
        for pair in pairs
        for key, (source, known) in zip((pair.one, pair.other), sides, strict=True)
        if key not in known
    )
    return dict.fromkeys(said)


def _check(sources: Iterable[str], found: Outcome) -> None:
    for name in sources:
        if name not in found.sources:
            raise NoSuchSource(name, sorted(found.sources))


def _sources(path: Path, held: PairGold, found: Outcome) -> tuple[str, str]:
    """The sources called as the columns are, else the two that hold most of the pairs."""
    named = {name.casefold(): name for name in found.sources}
    one, other = (named.get(column.casefold()) for column in held.columns)
    if one and other:
        return one, other
    counts = {pair: _held(held, found, *pair) for pair in permutations(sorted(found.sources), 2)}
    most = max(counts.values(), default=0)
    best = [pair for pair, count in counts.items() if count == most]
    if not most or len(best) > 1:
        there = ", ".join(sorted(found.sources)) or "none"
        raise ReadError(path, f"whose records are these? Say it by --sources; there is: {there}")
    return best[0]


def _held(held: PairGold, found: Outcome, one: str, other: str) -> int:
    left, right = found.sources[one].publications, found.sources[other].publications
    return sum(pair.one in left and pair.other in right for pair in held.pairs)


# --- authors


def authors(
    reader: Reader, path: Path, *, sources: Sequence[str] = (), half: Half | None = None
) -> AuthorReport:
    """Evaluate authors, all or a half; of several sources `sources` says whose papers these are."""
    held = gold.read(path)
    if not isinstance(held, SignatureGold):
        raise ReadError(path, "gold of publications: `quiver evaluate publications` reads it")
    held = labels.halved(held, half)
    found = outcome.read(reader.path, reader.meta["base"])
    _check(sources, found)
    people = _people(path, held, found, sources)
    persons = {item: person for item, person in held.persons.items() if item in people}
    if not persons:
        raise ReadError(path, "no signature of it is in the graph")
    return AuthorReport(
        tuple(sources or sorted(found.sources)),
        len(held.persons),
        tuple(item for item in held.persons if item not in people),
        _subsets(held, persons, people),
        any(item not in held.curated for item in persons),
        evaluation.mistakes(persons, {item: people[item] for item in persons}, held.names),
        _worth("authors", found, RowLabels(held, _rows(found, sources))),
    )


def _rows(found: Outcome, sources: Sequence[str]) -> dict[str, str]:
    """The row, or part of one, that each signature is assigned to."""
    return {
        item: found.persons.get(iri, iri)
        for name in sources or sorted(found.sources)
        for item, iri in found.sources[name].signatures.items()
    }


def _worth(rule: str, found: Outcome, said: RowLabels | PublicationLabels) -> tuple[Worth, ...]:
    """What scores are worth, by the ranges of the table; ranges without a pair here left out."""
    scores = found.scores.get(rule, {})
    known = [(scores[pair], same) for pair, same in labels.labelled(scores, said).items()]
    table = {one.since: one for one in calibration.table().get(rule, ())}
    here = calibration.counted(known, sorted(table))
    return tuple(Worth(table[one.since], one) for one in here)


def _people(
    path: Path, held: SignatureGold, found: Outcome, sources: Sequence[str]
) -> dict[str, str]:
    """The person of each signature that gold speaks of."""
    people: dict[str, str] = {}
    for name in sources or sorted(found.sources):
        for item, person in found.people(name).items():
            if item not in held.persons:
                continue
            if item in people:
                raise ReadError(path, f"several sources have {item}: say whose by --sources")
            people[item] = person
    return people


def _subsets(
    held: SignatureGold, persons: dict[str, str], people: dict[str, str]
) -> tuple[Subset, ...]:
    """All that is scored, then curated persons' and shared names' signatures, and what remains."""
    curated = persons.keys() & held.curated
    shared = evaluation.shared_names(persons, held.names)
    parts = {
        "all signatures": persons.keys(),
        "of curated persons": curated,
        "of other persons": persons.keys() - curated,
        "names of several persons": shared,
        "such names, curated": shared & curated,
    }
    return tuple(
        evaluation.measure(name, items, persons, people) for name, items in parts.items() if items
    )
