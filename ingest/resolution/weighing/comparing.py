"""Scores of pairs of publications: known ones are not made again; pure.

A pair is known by all that its score is made of: both descriptions, how telling their words are,
what their sources and venues do. Only how frequent family names are, and how often years and
authors of sure pairs agree, is kept from run to run: each record more would change that a little
(`ingest.resolution.recall`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.resolution.recall import Codes, Pair, Recall, Statistics, code_of
from ingest.resolution.weighing.publications import Description, Scorer
from ingest.resolution.weighing.scoring import Score
from ingest.resolution.weighing.titles import Rarity

Telling = Callable[[Scorer, Sequence[Pair]], list[tuple[Pair, Score]]]


def statistics_of(
    entries: Sequence[Description], weights: Sequence[float], before: Recall
) -> Statistics:
    """How many names there are of each family name and in all, and what sure pairs taught."""
    families = Counter(name.family for entry in entries for name in entry.authors)
    learnt = {str(place): round(100 * weight) for place, weight in enumerate(weights)}
    counts = {"families": families, "all": {"signed": families.total()}, "learnt": learnt}
    return Statistics.taken(len(entries), counts, before.statistics)


@dataclass(slots=True)
class Comparing:
    """Scores pairs of these publications; `known` is what is known by now, `met` what was asked."""

    entries: Sequence[Description]
    statistics: Statistics
    telling: Telling
    known: Recall
    met: Recall

    @property
    def weights(self) -> list[float]:
        """What sure pairs taught: the weights of years by how they differ, of lacking authors."""
        learnt = self.statistics.counts["learnt"]
        return [learnt[str(place)] / 100 for place in range(len(learnt))]

    def scores(self, scorer: Scorer, pairs: Sequence[Pair]) -> dict[Pair, Score]:
        """The scores that say something."""
        codes, beside = self._codes(scorer), self._beside(scorer, pairs)
        found, met = Recall.of(
            self.statistics,
            codes,
            pairs,
            lambda fresh: self.telling(scorer, fresh),
            self.known,
            beside,
        )
        self.known, self.met = self.known.joined(met), self.met.joined(met)
        return found

    def _codes(self, scorer: Scorer) -> Codes:
        told = (_told(entry, scorer.rarity, scorer) for entry in self.entries)
        return np.fromiter(map(code_of, told), np.uint64, len(self.entries))

    def _beside(self, scorer: Scorer, pairs: Sequence[Pair]) -> Codes:
        """What was learnt of the venues of each pair, as numbers."""
        learnt: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
        found = np.zeros(len(pairs), np.uint64)
        affinity = scorer.habits.affinity
        for place, (a, b) in enumerate(pairs):
            one, other = self.entries[a], self.entries[b]
            key = one.venue, other.venue
            if one.source == other.source or one.venue == other.venue or not all(key):
                continue
            if key not in learnt:
                speaks = affinity.knows(*key)
                learnt[key] = code_of(repr(affinity.between(*key))) if speaks else 0
            found[place] = learnt[key]
        return found


def _told(entry: Description, rarity: Rarity, scorer: Scorer) -> str:
    """All of a description that enters scores, with what is known of its words and the rest."""
    said = (
        f"{entry.iri} {rarity.total.bit_length()}",
        entry.source,
        " ".join(entry.words),
        str([rarity.counts.get(word, 1).bit_length() for word in entry.words]),
        "|".join(f"{name.text}/{name.family}/{'.'.join(name.given)}" for name in entry.authors),
        " ".join(entry.venue),
        f"{entry.year} {entry.series} {entry.kind} {entry.pages} {entry.page_tells}",
        f"{entry.volume} {entry.cut_off} {entry.source in scorer.habits.repeating} "
        f"{entry.source in scorer.habits.gathered}",
        str([(one, one in scorer.common) for one in entry.identifiers]),
    )
    return "\n".join(said)
