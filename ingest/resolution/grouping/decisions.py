"""What people decided, obeyed: clusters regrouped so that no decision is broken; pure.

"Different" always holds. "Same" joins whatever the score, the latest first, unless a "different" or
two places on one paper that nobody decided about stand between; such a one is set aside and told
of. The later decision on a pair wins. Order of input never matters.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest.resolution.grouping.clustering import clusters as cluster
from ingest.resolution.weighing.evidence import Decision
from ingest.resolution.weighing.scoring import Verdict

if TYPE_CHECKING:  # a server lists decisions, and has no need of what compares
    from ingest.resolution.grouping.works import Compared

SAME, DIFFERENT, SPLIT, UNDO = "same", "different", "split", "undo"
FIRST = 1e9  # the score of a decided pair: joined before all that was only computed

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """The decisions that a run obeys, the latest first; `suspended` says why others are not."""

    same: tuple[Decision, ...] = ()
    different: tuple[Decision, ...] = ()
    suspended: tuple[tuple[Decision, str], ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """What to tell people of."""
        return tuple(f"decision {one.iri} is suspended: {why}" for one, why in self.suspended)


def pair_of(decision: Decision) -> Pair:
    """The two that a decision is about, the smaller path first."""
    return min(decision.one, decision.other), max(decision.one, decision.other)


def latest_first(decisions: Iterable[Decision]) -> list[Decision]:
    """Decisions by falling time; those of one moment by path."""
    return sorted(decisions, key=lambda one: (moment(one.on), one.iri), reverse=True)


def moment(text: str) -> datetime:
    """When that was; before all others where it cannot be read."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def not_undone(decisions: Iterable[Decision]) -> list[Decision]:
    """Those that nobody took back, the latest first; an undo can be undone too."""
    undone: set[str] = set()
    found = []
    for decision in latest_first(decisions):
        if decision.iri in undone:
            continue
        if decision.undoes:
            undone.add(decision.undoes)
        else:
            found.append(decision)
    return found


def standing(
    decisions: Iterable[Decision], labels: Mapping[str, str], several: Collection[str] = ()
) -> Standing:
    """The last word on each pair; `labels` are the names of all there is, by path.

    Nobody is the same as a row of `several` people. What a split says stands elsewhere.
    """
    last: dict[Pair, Decision] = {}
    for decision in not_undone(decisions):
        if decision.verdict != SPLIT:
            last.setdefault(pair_of(decision), decision)
    suspended = [(one, why) for one in last.values() if (why := _suspended(one, labels, several))]
    set_aside = {one.iri for one, _ in suspended}
    obeyed = [one for one in last.values() if one.iri not in set_aside]
    return Standing(
        tuple(one for one in obeyed if one.verdict == SAME),
        tuple(one for one in obeyed if one.verdict == DIFFERENT),
        tuple(suspended),
    )


def _suspended(decision: Decision, labels: Mapping[str, str], several: Collection[str]) -> str:
    if decision.verdict not in (SAME, DIFFERENT):
        return f"no run can obey {decision.verdict!r}"
    for entity in pair_of(decision):
        if entity not in labels:
            return f"{entity} is not there any more" if entity else "it is not about two"
        if entity in several and decision.verdict == SAME:
            return f"{entity} was split among several people: say it of a part"
    if decision.one.startswith("author/") and decision.printed:
        names = {labels[entity] for entity in pair_of(decision)}
        if names != set(decision.printed):
            told = (" and ".join(sorted(held)) for held in (decision.printed, names))
            return "it was about {}, who are {} now".format(*told)
    return ""


@dataclass(frozen=True, slots=True)
class Against:
    """What stands between two that were decided to be one: a pair, and why it stays apart."""

    pair: Pair
    told: str


@dataclass(frozen=True, slots=True)
class Regrouped:
    """Clusters and comparisons as the decisions want them."""

    clusters: tuple[tuple[str, ...], ...]
    compared: "tuple[Compared, ...]"
    problems: tuple[str, ...] = ()


def regroup(
    clusters: Sequence[tuple[str, ...]],
    compared: "Sequence[Compared]",
    decided: Standing,
    entity: str,
    *,
    accept: float,
    together: Callable[[str, str], bool] = lambda one, other: False,
) -> Regrouped:
    """Regroup clusters of `entity` ("author", "publication") that a decision touches.

    `accept` is the score above which a comparison joins; `together` says that two sign one paper.
    """
    same = [one for one in decided.same if one.one.startswith(f"{entity}/")]
    apart = {pair_of(one) for one in decided.different if one.one.startswith(f"{entity}/")}
    if not same and not apart:
        return Regrouped(tuple(clusters), tuple(compared))
    work = _Regrouping(clusters, apart, together)
    work.join(same)
    found = work.clusters(compared, accept)
    return Regrouped(found, tuple(_judged(compared, found, apart)), tuple(work.problems))


def contradicted(
    decided: Standing, entity: str, together: Callable[[str, str], bool]
) -> list[tuple[Decision, Against]]:
    """The decisions of "same" about `entity` that others contradict, and what speaks against."""
    same = [one for one in decided.same if one.one.startswith(f"{entity}/")]
    apart = {pair_of(one) for one in decided.different if one.one.startswith(f"{entity}/")}
    work = _Regrouping((), apart, together)
    work.join(same)
    return work.aside


class _Regrouping:
    """The decided pairs first, then what the touched clusters were joined by."""

    def __init__(
        self,
        clusters: Sequence[tuple[str, ...]],
        apart: Collection[Pair],
        together: Callable[[str, str], bool],
    ) -> None:
        self.old = clusters
        self.home = {member: members for members in clusters for member in members}
        self.apart = apart
        self.together = together
        self.groups: dict[str, set[str]] = {}  # of those decided to be one
        self.asked: set[Pair] = set()
        self.joined: set[Pair] = set()
        self.aside: list[tuple[Decision, Against]] = []
        self.problems: list[str] = []

    def join(self, same: Sequence[Decision]) -> None:
        """Put decided pairs together, the latest first."""
        self.asked = {pair_of(decision) for decision in same}
        for decision in same:
            one, other = pair_of(decision)
            mine, theirs = (self.groups.get(member, {member}) for member in (one, other))
            if mine is theirs:
                continue
            against = next(self._against(mine, theirs), None)
            if against is not None:
                self.aside.append((decision, against))
                self.problems.append(
                    f"decision {decision.iri} is set aside: {one} same {other}, but {against.told}"
                )
                continue
            if self.together(one, other):
                self.problems.append(
                    f"decision {decision.iri} joins two who sign one paper: {one}, {other}"
                )
            self.joined.add((one, other))
            union = mine | theirs
            self.groups.update(dict.fromkeys(union, union))

    def _against(self, mine: Iterable[str], theirs: Iterable[str]) -> Iterator[Against]:
        others = sorted(theirs)
        for a in sorted(mine):
            for b in others:
                pair = min(a, b), max(a, b)
                if pair in self.apart:
                    yield Against(pair, f"{pair[0]} different {pair[1]}")
                elif pair not in self.asked and self.together(a, b):
                    yield Against(pair, f"{pair[0]} and {pair[1]} sign one paper")

    def clusters(
        self, compared: "Iterable[Compared]", accept: float
    ) -> tuple[tuple[str, ...], ...]:
        """All clusters: those not touched as they were."""
        touched = {
            self.home[one]
            for one, other in self.apart
            if one in self.home and self.home[one] is self.home.get(other)
        }
        touched |= {self.home[member] for member in self.groups if member in self.home}
        members = sorted({m for held in touched for m in held} | self.groups.keys())
        places = {member: place for place, member in enumerate(members)}
        edges = {(places[a], places[b]): FIRST for a, b in self.joined}
        for one in compared:
            pair = (min(one.one, one.other), max(one.one, one.other))
            if self._linked(pair, places) and one.score.sum > accept and not one.score.forbidden:
                edges.setdefault((places[pair[0]], places[pair[1]]), one.score.sum)
        found, _ = cluster(
            ((score, *pair) for pair, score in sorted(edges.items())),
            lambda a, b: self._compatible(members[a], members[b]),
        )
        fresh = (tuple(members[place] for place in held) for held in found.values())
        return tuple(sorted([*(held for held in self.old if held not in touched), *fresh]))

    def _linked(self, pair: Pair, places: Mapping[str, int]) -> bool:
        one, other = pair
        if one not in places or other not in places or pair in self.apart:
            return False
        return one in self.home and self.home[one] is self.home.get(other)

    def _compatible(self, a: str, b: str) -> bool:
        """What was compatible stays so; of two clusters decided to be one, nobody twice."""
        if (min(a, b), max(a, b)) in self.apart:
            return False
        if b in self.groups.get(a, ()) or (a in self.home and self.home[a] is self.home.get(b)):
            return True
        return not self.together(a, b)


def _judged(
    compared: "Iterable[Compared]", clusters: Iterable[tuple[str, ...]], apart: Iterable[Pair]
) -> "Iterator[Compared]":
    """Comparisons with the verdicts that the clusters now give them."""
    home = {member: members[0] for members in clusters for member in members}
    divided = {frozenset(home.get(member, member) for member in pair) for pair in apart}
    for one in compared:
        pair = frozenset(home.get(member, member) for member in (one.one, one.other))
        verdict = one.verdict
        if len(pair) == 1:
            verdict = Verdict.SAME
        elif pair in divided:
            verdict = Verdict.DIFFERENT
        elif verdict is Verdict.SAME:
            verdict = Verdict.GREY
        yield one if verdict is one.verdict else replace(one, verdict=verdict)


def signing_together(pairs: Iterable[tuple[str, str]]) -> Callable[[str, str], bool]:
    """Whether two rows sign one record; from pairs of publication and row."""
    papers: dict[str, set[str]] = {}
    for publication, row in pairs:
        papers.setdefault(row, set()).add(publication)
    return lambda one, other: bool(papers.get(one, set()) & papers.get(other, set()))
