"""From publications to clusters that are one publication, and to works with versions; pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import fsum

from ingest.resolution.grouping.clustering import clusters
from ingest.resolution.recall import Recall
from ingest.resolution.sharing import mapped
from ingest.resolution.tables import lines_of
from ingest.resolution.weighing.affinity import Affinity
from ingest.resolution.weighing.blocking import like_titles, title_blocks
from ingest.resolution.weighing.bylines import Bylines
from ingest.resolution.weighing.comparing import Comparing, statistics_of
from ingest.resolution.weighing.evidence import Evidence
from ingest.resolution.weighing.habits import Habits, author_weight, year_weights
from ingest.resolution.weighing.publications import (
    ACCEPT,
    PUBLICATIONS,
    Description,
    Scorer,
    describe,
)
from ingest.resolution.weighing.scoring import Score, Verdict
from ingest.resolution.weighing.titles import Rarity

LARGEST_NAMESAKES = 60  # publications with one title that are compared all with all
ALIKE, TELLING_TITLE = PUBLICATIONS["gate.alike"], PUBLICATIONS["gate.telling_title"]
SHARED_TOO_WIDELY = PUBLICATIONS["gate.shared_identifier"]
SURE, REPEATING = PUBLICATIONS["gate.sure"], PUBLICATIONS["gate.repeating"]
GATHERED, FEWEST = PUBLICATIONS["gate.gathered"], PUBLICATIONS["gate.gathered_titles"]
GREY = PUBLICATIONS["line.grey"]

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Compared:
    """One compared pair: its terms and what they came to."""

    one: str
    other: str
    score: Score
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Publications:
    """What publications came to: clusters, groups of versions (of clusters), compared pairs."""

    clusters: tuple[tuple[str, ...], ...]
    works: tuple[tuple[str, ...], ...]
    compared: tuple[Compared, ...]
    recall: Recall = field(default_factory=Recall)


def resolve_publications(
    evidence: Evidence, processes: int = 1, before: Recall | None = None
) -> Publications:
    """All publications compared, clustered and grouped into works.

    What an earlier run scored (`before`) is not scored again where nothing of it changed.
    """
    entries, rarity, pairs = _candidates(evidence)
    comparing, scorer = _scoring(entries, rarity, pairs, processes, before or Recall())
    scores = comparing.scores(scorer, pairs)
    return replace(settle(entries, scorer, scores), recall=comparing.met)


def _telling(
    entries: Sequence[Description], scorer: Scorer, pairs: Sequence[Pair]
) -> list[tuple[Pair, Score]]:
    """The pairs whose scores say something, with these."""
    scores = ((pair, scorer.score(entries[pair[0]], entries[pair[1]])) for pair in pairs)
    return [(pair, score) for pair, score in scores if score.sum > GREY or _one_work(score)]


def prepared(evidence: Evidence) -> tuple[list[Description], Scorer, list[Pair]]:
    """Publications ready for comparing, what scores them, and the pairs worth it."""
    entries, rarity, pairs = _candidates(evidence)
    return entries, _scoring(entries, rarity, pairs, 1, Recall())[1], pairs


def _candidates(evidence: Evidence) -> tuple[list[Description], Rarity, list[Pair]]:
    """The publications, and the pairs worth comparing: like titles, one title, one identifier."""
    entries = describe(evidence)
    places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        places[entry.words].append(place)
    titles = sorted(places)
    rarity = Rarity.of(titles)
    found: set[Pair] = set()
    families = [frozenset(name.family for name in entry.authors) for entry in entries]
    bylines = Bylines.of([[entries[place] for place in places[words]] for words in titles])
    blocks = title_blocks(titles, rarity)
    for one, other, likeness in like_titles(titles, blocks, bylines.may_share, bylines.of_two):
        mine, theirs = places[titles[one]], places[titles[other]]
        if len(mine) * len(theirs) > LARGEST_NAMESAKES:
            continue
        for a in mine:
            for b in theirs:
                strange = families[a] and families[b] and not families[a] & families[b]
                if not strange or (
                    entries[a].source != entries[b].source
                    and (likeness > ALIKE or _stands(entries[a], entries[b]))
                ):
                    found.add((min(a, b), max(a, b)))
    for same in places.values():
        if len(same) <= LARGEST_NAMESAKES:
            found.update(_within(same))
    for same in _by_identifier(entries):
        found.update(_within(same))
    return entries, rarity, sorted(found)


def _stands(one: Description, other: Description) -> bool:
    """Whether a family name of one is in the letters of the other: print lost spaces."""
    for mine, theirs in ((one, other), (other, one)):
        letters = " ".join([*(name.joined for name in theirs.authors), "".join(theirs.words)])
        if any(len(name.family) > 4 and name.family in letters for name in mine.authors):
            return True
    return False


def _within(places: Sequence[int]) -> Iterator[Pair]:
    for start, one in enumerate(places):
        for other in places[start + 1 :]:
            yield one, other


def _by_identifier(entries: Sequence[Description]) -> list[list[int]]:
    holders: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        for key in {(scheme, value.lower()) for scheme, value in entry.identifiers}:
            holders[key].append(place)
    return [held for held in holders.values() if 1 < len(held) <= LARGEST_NAMESAKES]


def _common(entries: Sequence[Description]) -> frozenset[tuple[str, str]]:
    """Identifiers that stand on too many different titles to identify one of them."""
    titles: defaultdict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    for entry in entries:
        for identifier in entry.identifiers:
            titles[identifier].add(entry.words)
    return frozenset(key for key, held in titles.items() if len(held) > SHARED_TOO_WIDELY)


def _scoring(
    entries: Sequence[Description],
    rarity: Rarity,
    pairs: Sequence[Pair],
    processes: int,
    before: Recall,
) -> tuple[Comparing, Scorer]:
    """What scores pairs, and what remembers scores."""
    alike = list(_alike(entries, rarity, pairs))
    sure = [(a, b) for a, b, met in alike if met]
    affinity = Affinity.learn((a.venue, b.venue) for a, b in sure)
    years = year_weights(a.year - b.year for a, b in sure if a.year and b.year)
    no_author = author_weight(met for a, b, met in alike if a.year == b.year)

    def telling(scorer: Scorer, pairs: Sequence[Pair]) -> list[tuple[Pair, Score]]:
        return mapped(partial(_telling, entries, scorer), pairs, processes)

    statistics = statistics_of(entries, (*years, no_author), before)
    comparing = Comparing(entries, statistics, telling, before, Recall())
    same, near, far, nobody = comparing.weights

    def scorer(repeating: frozenset[str]) -> Scorer:
        return Scorer(
            rarity,
            statistics.counts["families"],
            statistics.counts["all"]["signed"],
            Habits((same, near, far), nobody, affinity, repeating, gathered),
            common,
            SISTERS,
        )

    common, gathered = _common(entries), _gathered(entries, rarity)
    across = [pair for pair in pairs if entries[pair[0]].source != entries[pair[1]].source]
    repeating = _repeating(entries, comparing.scores(scorer(frozenset()), across))
    return comparing, scorer(repeating)


SISTERS = frozenset(frozenset(line.split("\t")[:2]) for line in lines_of("sister_series.tsv"))


def _alike(
    entries: Sequence[Description], rarity: Rarity, pairs: Iterable[Pair]
) -> Iterator[tuple[Description, Description, bool]]:
    """Pairs across sources that alone share a telling title; whether most authors meet."""
    holders: Counter[tuple[str, tuple[str, ...]]] = Counter(
        (entry.source, entry.words) for entry in entries
    )
    for one, other in pairs:
        a, b = entries[one], entries[other]
        if a.source == b.source or a.words != b.words:
            continue
        if holders[a.source, a.words] > 1 or holders[b.source, b.words] > 1:
            continue
        mine, theirs = ({n.family for n in entry.authors} for entry in (a, b))
        if mine and theirs and fsum(map(rarity.of_word, set(a.words))) >= TELLING_TITLE:
            yield a, b, 2 * len(mine & theirs) >= min(len(mine), len(theirs))


def _repeating(entries: Sequence[Description], scores: Mapping[Pair, Score]) -> frozenset[str]:
    """Sources in which too many partners of another source's records come in twos."""
    partners: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for (one, other), score in scores.items():
        a, b = entries[one], entries[other]
        if score.sum > SURE:
            partners[b.source, a.source][one] += 1
            partners[a.source, b.source][other] += 1
    found = set()
    for (source, _), counts in partners.items():
        twice = sum(count > 1 for count in counts.values())
        if twice > REPEATING * len(counts) and len(counts) > 20:
            found.add(source)
    return frozenset(found)


def _gathered(entries: Iterable[Description], rarity: Rarity) -> frozenset[str]:
    """Sources in which too many telling titles stand twice with authors, year, venue and pages."""
    copies: defaultdict[tuple[str, tuple[str, ...]], Counter[Hashable]] = defaultdict(Counter)
    for entry in entries:
        if entry.authors and fsum(map(rarity.of_word, set(entry.words))) >= TELLING_TITLE:
            said = entry.authors, entry.year, entry.venue, entry.pages
            copies[entry.source, entry.words][said if all(said[:3]) else entry.iri] += 1
    titles, twice = Counter[str](), Counter[str]()
    for (source, _), counts in copies.items():
        titles[source] += 1
        twice[source] += max(counts.values()) > 1
    return frozenset(s for s, n in twice.items() if n >= FEWEST and n > GATHERED * titles[s])


def settle(
    entries: Sequence[Description], scorer: Scorer, scores: Mapping[Pair, Score]
) -> Publications:
    """Clusters by falling score, and works of them, as the scores of pairs have it."""
    known = dict(scores)

    def compatible(one: int, other: int) -> bool:
        a, b = entries[one], entries[other]
        rough = {a.source, b.source} & scorer.habits.repeating
        if rough == {a.source, b.source}:
            return True  # two scraps of one paper need not have much in common
        pair = (min(one, other), max(one, other))
        if pair not in known:
            known[pair] = scorer.score(entries[pair[0]], entries[pair[1]])
        if rough:
            return known[pair].sum > PUBLICATIONS["line.compatible_rough"]
        once = a.source == b.source and a.source not in scorer.habits.gathered
        line = ACCEPT if once else PUBLICATIONS["line.compatible"]
        return known[pair].sum > line

    edges = [
        (score.sum, *pair)
        for pair, score in scores.items()
        if score.sum > _line(entries[pair[0]], entries[pair[1]], scorer.habits.gathered)
    ]
    joined, _ = clusters(edges, compatible)
    home = {place: first for first, members in joined.items() for place in members}
    compared = [
        Compared(entries[one].iri, entries[other].iri, score, _verdict(score, one, other, home))
        for (one, other), score in scores.items()
        if score.sum > GREY
    ]
    return Publications(
        tuple(tuple(entries[place].iri for place in members) for members in joined.values()),
        tuple(_works(entries, scores, home)),
        tuple(compared),
    )


def _line(one: Description, other: Description, gathered: Collection[str]) -> float:
    """What a pair must reach: more inside a source, whose rough records resemble one another."""
    within = one.source == other.source and one.source not in gathered
    return PUBLICATIONS["line.accept_within"] if within else ACCEPT


def _verdict(score: Score, one: int, other: int, home: Mapping[int, int]) -> Verdict:
    if home.get(one, one) == home.get(other, other):
        return Verdict.SAME
    return Verdict.GREY if score.sum > ACCEPT else Verdict.DIFFERENT


def _works(
    entries: Sequence[Description], scores: Mapping[Pair, Score], home: Mapping[int, int]
) -> Iterator[tuple[str, ...]]:
    """Groups of clusters whose title and authors say one work, whatever year and venue say."""
    edges = []
    for (one, other), score in scores.items():
        left, right = home.get(one, one), home.get(other, other)
        told = _one_work(score)
        if left != right and told:
            edges.append((told, min(left, right), max(left, right)))
    strong = {(one, other) for _, one, other in edges}
    grouped, _ = clusters(edges, lambda a, b: (min(a, b), max(a, b)) in strong)
    for members in grouped.values():
        yield tuple(entries[place].iri for place in members)


def _one_work(score: Score) -> float | None:
    """What title and authors say for one work, where that is enough."""
    terms = dict(score.terms)
    told = PUBLICATIONS["prior"] + terms.get("title", 0.0) + terms.get("authors", 0.0)
    enough = told > PUBLICATIONS["line.same_work"]
    return told if enough and terms.get("authors", 0.0) > PUBLICATIONS["authors.known"] else None
