"""Is it the same person? All author rows compared and clustered; pure.

Rows of one name, and of names that could be one person's, are scored (`ingest.resolution.likeness`)
and joined by falling score where nothing forbids it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ingest.resolution import weights
from ingest.resolution.authors import Profile, society
from ingest.resolution.clustering import clusters
from ingest.resolution.evidence import Evidence
from ingest.resolution.likeness import Pair, Scorer
from ingest.resolution.names import Relation
from ingest.resolution.namesakes import related
from ingest.resolution.scoring import Score, Verdict
from ingest.resolution.sharing import mapped
from ingest.resolution.works import Compared

_WEIGHTS = weights.of("authors")
ACCEPT, GREY = _WEIGHTS["line.accept"], _WEIGHTS["line.grey"]


@dataclass(frozen=True, slots=True)
class Persons:
    """What author rows came to: clusters of rows, compared pairs."""

    clusters: tuple[tuple[str, ...], ...]
    compared: tuple[Compared, ...]


def resolve_persons(evidence: Evidence, home: Mapping[str, str], processes: int = 1) -> Persons:
    """All person rows compared and clustered; `home` gives a publication's cluster."""
    people = society(evidence, home)
    scorer = Scorer.of(people, dict(pairs_of(people.profiles)))
    several = {place for place, row in enumerate(people.profiles) if row.whole == row.iri}
    pairs = [pair for pair in scorer.pairs if several.isdisjoint(pair)]
    scores = dict(mapped(partial(_telling, scorer), pairs, processes))
    edges = [
        (score.sum, *pair)
        for pair, score in scores.items()
        if score.sum > ACCEPT and not score.forbidden
    ]
    joined, _ = clusters(edges, scorer.compatible)
    same = {place: first for first, members in joined.items() for place in members}
    rows = people.profiles
    compared = (
        Compared(rows[one].iri, rows[other].iri, score, _verdict(score, one, other, same))
        for (one, other), score in scores.items()
    )
    return Persons(
        tuple(tuple(rows[place].iri for place in members) for members in joined.values()),
        tuple(compared),
    )


def _telling(scorer: Scorer, pairs: Sequence[Pair]) -> list[tuple[Pair, Score]]:
    """The pairs whose scores say something, with these."""
    scores = ((pair, scorer.score(*pair)) for pair in pairs)
    return [(pair, score) for pair, score in scores if score.sum > GREY or score.forbidden]


def _verdict(score: Score, one: int, other: int, same: Mapping[int, int]) -> Verdict:
    if same.get(one, one) == same.get(other, other):
        return Verdict.SAME
    if score.forbidden:
        return Verdict.DIFFERENT
    return Verdict.GREY


def pairs_of(rows: Sequence[Profile]) -> Iterator[tuple[Pair, Relation]]:
    """Rows of one folded name, and rows of related names."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.name.text].append(place)
    texts = sorted(places)
    for held in places.values():
        for start, one in enumerate(held):
            for other in held[start + 1 :]:
                yield (one, other), Relation.SAME
    for (left, right), kind in related([rows[places[text][0]].name for text in texts]).items():
        for one in places[texts[left]]:
            for other in places[texts[right]]:
                yield (min(one, other), max(one, other)), kind
