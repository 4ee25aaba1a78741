"""What became of each decision: it stands, or why it does not; pure.

A decision that contradicts others is set aside, one about what is gone or has another name is
suspended: neither is lost, and both come into force when what is in their way goes.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ingest.resolution.grouping import decisions, splits
from ingest.resolution.grouping.decisions import Pair, pair_of
from ingest.resolution.weighing.evidence import Decision, Signature
from ontology import terms


class State(StrEnum):
    """What can become of a decision."""

    STANDS = "stands"
    ASIDE = "set aside"
    SUSPENDED = "suspended"
    OVERRULED = "overruled"
    TAKEN_BACK = "taken back"
    UNDO = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one, and why; `against` are the decisions that stand in its way."""

    state: State
    why: str = ""
    against: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.state}: {self.why}" if self.why else str(self.state)


@dataclass(frozen=True, slots=True)
class Known:
    """What there is of all that decisions are about, by local path.

    `several` are the rows that people split, `signed` pairs of publication and row.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    signatures: Sequence[Signature] = ()
    several: frozenset[str] = frozenset()
    signed: Sequence[tuple[str, str]] = ()


def fates(found: Sequence[Decision], known: Known) -> dict[str, Fate]:
    """What became of each decision, by its path."""
    standing = decisions.standing(found, known.labels, known.several)
    told = {one.iri: Fate(State.STANDS) for one in (*standing.same, *standing.different)}
    told |= {one.iri: Fate(State.SUSPENDED, why) for one, why in standing.suspended}
    told |= _contradicted(standing, known)
    told |= _of_splits(found, known)
    alive = {one.iri for one in decisions.not_undone(found)}
    for one in found:
        if one.iri not in told:
            told[one.iri] = fallen(one, alive)
    return told


Topic = tuple[Pair, bool]  # a pair, or a row (the pair's other is empty) of which a split is


def topic(one: Decision) -> Topic:
    """What a decision is about: others on the same are in its way, or overrule it."""
    return pair_of(one), one.verdict == decisions.SPLIT


def topics(found: Iterable[Decision]) -> dict[Topic, list[str]]:
    """The decisions on each topic that nobody took back, the latest first."""
    told: dict[Topic, list[str]] = {}
    for one in decisions.not_undone(found):
        told.setdefault(topic(one), []).append(one.iri)
    return told


def iri_of(entity: str, below: str) -> str:
    """The IRI of what a decision is about: local paths follow `below`, others are whole."""
    return entity if "://" in entity else below + entity


def decision_of(iri: str, said: Mapping[str, Sequence[str]], below: str) -> Decision:
    """A decision from the values of its properties; `below` is what all local paths follow."""

    def one(predicate: str) -> str:
        return min(said.get(predicate, ("",)))

    compared = sorted(entity.removeprefix(below) for entity in said.get(terms.COMPARES, ()))
    return Decision(
        iri.removeprefix(below),
        compared[0] if compared else "",
        compared[1] if len(compared) > 1 else "",
        one(terms.VERDICT),
        by=one(terms.DECIDED_BY),
        on=one(terms.DECIDED_ON),
        reason=one(terms.REASON),
        printed=tuple(sorted(said.get(terms.PRINTED_NAME, ()))),
        undoes=one(terms.UNDOES).removeprefix(below),
        moves=tuple(sorted(s.removeprefix(below) for s in said.get(terms.MOVES, ()))),
        to=one(terms.MOVES_TO).removeprefix(below),
    )


def _contradicted(standing: decisions.Standing, known: Known) -> dict[str, Fate]:
    """Those of "same" that others contradict."""
    by_pair: dict[Pair, str] = {pair_of(one): one.iri for one in standing.different}
    told = {}
    for entity in ("author", "publication"):
        together = decisions.signing_together(known.signed if entity == "author" else ())
        for one, against in decisions.contradicted(standing, entity, together):
            found = by_pair.get(against.pair, "")
            told[one.iri] = Fate(State.ASIDE, against.told, (found,) if found else ())
    return told


def _of_splits(found: Sequence[Decision], known: Known) -> dict[str, Fate]:
    weighed = splits.standing(found, known.signatures, known.labels)
    told = {one.iri: Fate(State.OVERRULED, why) for one, why in weighed.overruled}
    told |= {one.iri: Fate(State.SUSPENDED, why) for one, why in weighed.suspended}
    return told | {one.iri: Fate(State.STANDS) for one in weighed.standing}


def fallen(one: Decision, alive: Container[str]) -> Fate:
    """What became of one that another overruled or took back; `alive` are those not undone."""
    if one.iri in alive:
        return Fate(State.OVERRULED)
    return Fate(State.UNDO if one.undoes else State.TAKEN_BACK)
