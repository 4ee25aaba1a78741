"""Is it the same person? All author rows compared and clustered; pure.

Rows of one name, and of names that could be one person's, are scored
(`ingest.resolution.weighing.likeness`) and joined by falling score where nothing forbids it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np

from ingest.resolution.gathering.census import Census, recorded
from ingest.resolution.grouping.clustering import clusters
from ingest.resolution.grouping.works import Compared
from ingest.resolution.recall import Codes, Recall, around, code_of
from ingest.resolution.sharing import LEAST, mapped
from ingest.resolution.weighing import weights
from ingest.resolution.weighing.authors import Profile, Society
from ingest.resolution.weighing.evidence import Evidence
from ingest.resolution.weighing.likeness import Pair, Scorer
from ingest.resolution.weighing.names import Name, Relation
from ingest.resolution.weighing.namesakes import related
from ingest.resolution.weighing.scoring import Score, Verdict

_WEIGHTS = weights.of("authors")
ACCEPT, GREY = _WEIGHTS["line.accept"], _WEIGHTS["line.grey"]


NOTHING = Recall()
SCRIPT = Relation.SCRIPT


@dataclass(frozen=True, slots=True)
class Persons:
    """What author rows came to: clusters of rows, compared pairs."""

    clusters: tuple[tuple[str, ...], ...]
    compared: tuple[Compared, ...]
    recall: Recall = NOTHING


@dataclass(slots=True)
class Prepared:
    """All that is known of rows without knowing which publications are one."""

    census: Census
    relations: "Relations"

    @classmethod
    def of(cls, evidence: Evidence, before: Recall = NOTHING) -> "Prepared":
        """From evidence whose rows are not divided yet; `before` is what an earlier run scored."""
        census = Census(evidence, before.statistics)
        written = ((census.names[iri], recorded(row)) for iri, row in census.people.items())
        return cls(census, Relations.of(written))


def resolve_persons(
    evidence: Evidence,
    home: Mapping[str, str],
    processes: int = 1,
    before: Recall = NOTHING,
    prepared: Prepared | None = None,
) -> Persons:
    """All person rows compared and clustered; `home` gives a publication's cluster.

    What an earlier run scored (`before`) is not scored again where nothing of it changed.
    """
    known = prepared or Prepared.of(evidence, before)
    people = known.census.society(evidence, home)
    scorer = Scorer.of(people, dict(known.relations.pairs(people.profiles)))
    several = {place for place, row in enumerate(people.profiles) if row.whole == row.iri}
    pairs = [pair for pair in scorer.pairs if several.isdisjoint(pair)]
    scores, recall = Recall.of(
        people.statistics,
        around(people.codes, _names(people), list(scorer.pairs)),
        pairs,
        lambda fresh: _shared(scorer, fresh, processes),
        before,
    )
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
        recall,
    )


def _names(people: Society) -> Codes:
    """The names of all profiles, as numbers."""
    return np.array([code_of(repr(row.name)) for row in people.profiles], dtype=np.uint64)


def _shared(scorer: Scorer, pairs: Sequence[Pair], processes: int) -> list[tuple[Pair, Score]]:
    """The same, each family by one process, which remembers what it asked of its names."""
    families: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        families[scorer.people.profiles[pair[0]].name.family].append(pair)
    groups = sorted(families.values(), key=len, reverse=True)
    work = partial(_telling_of, scorer)
    return mapped(work, groups, processes if len(pairs) >= LEAST else 1, least=0, chunk=1)


def _telling_of(scorer: Scorer, groups: Sequence[Sequence[Pair]]) -> list[tuple[Pair, Score]]:
    return [told for pairs in groups for told in _telling(scorer, pairs)]


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


@dataclass(frozen=True, slots=True)
class Relations:
    """The distinct folded names, and which of them are related."""

    texts: tuple[str, ...]
    related: Mapping[Pair, Relation]

    @classmethod
    def of(cls, names: Iterable[tuple[Name, frozenset[str]]]) -> "Relations":
        """Of names, each with how it is recorded in Han characters; one recorded form relates them.

        Of each folded name the first counts.
        """
        first: dict[str, Name] = {}
        written: defaultdict[str, set[str]] = defaultdict(set)
        for name, forms in names:
            first.setdefault(name.text, name)
            for form in forms:
                written[form].add(name.text)
        texts = sorted(first)
        places = {text: place for place, text in enumerate(texts)}
        alike = (sorted(places[text] for text in held) for held in written.values())
        found = dict.fromkeys((pair for held in alike for pair in combinations(held, 2)), SCRIPT)
        return cls(tuple(texts), found | related([first[text] for text in texts]))

    def pairs(self, rows: Sequence[Profile]) -> Iterator[tuple[Pair, Relation]]:
        """Rows of one folded name, and rows of related names."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            places[row.name.text].append(place)
        for held in places.values():
            for start, one in enumerate(held):
                for other in held[start + 1 :]:
                    yield (one, other), Relation.SAME
        for (left, right), kind in self.related.items():
            for one in places[self.texts[left]]:
                for other in places[self.texts[right]]:
                    yield (min(one, other), max(one, other)), kind


def pairs_of(rows: Sequence[Profile]) -> Iterator[tuple[Pair, Relation]]:
    """Rows of one folded name, and rows of related names."""
    return Relations.of((row.name, row.variants) for row in rows).pairs(rows)
