"""Score and verdict of candidates: the name's fit, moved by what agrees and what does not; pure.

`match` says that nobody needs to look: a name that is surely this one and surely one person's, an
identifier, a publication in common, or two people; and no rival, and nothing that speaks against.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from server.reconciliation.agreement import LOOSE
from server.reconciliation.names import Fit

# By kind of evidence: the part of what lacks to 100 that each agreeing value gives, and what is
# left of the score where none agrees. Judgements; the order is that of `weights.tsv`.
GAIN = {"identifier": 0.95, "title": 0.8, "people": 0.6, "venue": 0.25, "year": 0.2, "years": 0.1}
LOSS = {"identifier": 0.5, "title": 0.75, "people": 0.8, "venue": 0.9, "year": 0.8, "years": 0.85}
UNNAMED = 50.0  # where a question gives no name
WRONG_TYPE = 0.8
RIVAL = 5.0  # a candidate that is nearer than this to the best leaves doubt


@dataclass(frozen=True, slots=True)
class Agreement:
    """One property of the question and how many of its values agree."""

    name: str
    evidence: str
    shares: tuple[float, ...]
    quantifier: str = "any"

    @property
    def count(self) -> float:
        return sum(self.shares)

    @property
    def met(self) -> bool:
        """Whether the condition holds as its quantifier says."""
        if self.quantifier == "all":
            return all(self.shares)
        return (self.count == 0) == (self.quantifier == "none")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity with what speaks for and against it."""

    iri: str
    label: str
    detail: str
    kind: str
    fit: Fit
    types: frozenset[str]
    agreements: tuple[Agreement, ...] = ()
    identified: bool = False
    several: bool = False  # a row known to hold several people
    type_fits: bool | None = None
    score: float = field(default=0.0)
    match: bool = False

    def agreed(self, evidence: str) -> float:
        """How many values of this kind of evidence agree."""
        return sum(one.count for one in self.agreements if one.evidence == evidence and one.met)

    @property
    def contradicted(self) -> bool:
        return any(not one.met for one in self.agreements)

    @property
    def proven(self) -> bool:
        """Whether more than the name says so."""
        if self.identified or self.agreed("identifier") >= 1 or self.agreed("title") >= 1:
            return True
        people = self.agreed("people")
        return people >= 2 or (people >= 1 and self.fit.relation not in (None, *LOOSE))


def scored(candidate: Candidate, named: bool) -> Candidate:
    """The candidate with its score; `named` says whether the question gives a name."""
    value = 100.0 if candidate.identified else candidate.fit.score if named else UNNAMED
    for one in candidate.agreements:
        if not one.met:
            value *= LOSS.get(one.evidence, 0.9)
        elif one.quantifier != "none":
            value = 100 - (100 - value) * (1 - GAIN.get(one.evidence, 0.2)) ** one.count
    if candidate.type_fits is False:
        value *= WRONG_TYPE
    return replace(candidate, score=round(min(max(value, 0.0), 100.0), 1))


def ordered(candidates: Iterable[Candidate], named: bool) -> list[Candidate]:
    """The candidates best first; the first says whether it is surely meant."""
    found = sorted(
        (scored(one, named) for one in candidates), key=lambda one: (-one.score, one.iri)
    )
    if found and _sure(found[0], found[1:], named):
        found[0] = replace(found[0], match=True)
    return found


def _sure(best: Candidate, others: Sequence[Candidate], named: bool) -> bool:
    if best.several or best.contradicted or best.type_fits is False:
        return False
    if best.identified:
        return not any(one.identified for one in others)
    if named and best.fit.relation is None:
        return False
    if best.proven:
        return not any(one.proven and one.score > best.score - RIVAL for one in others)
    return best.fit.close and best.fit.telling and not any(one.fit.close for one in others)


def features(candidate: Candidate, rivals: int) -> list[tuple[str, str, float | bool]]:
    """What the score is made of: identifier, words, value."""
    told: list[tuple[str, str, float | bool]] = [
        ("name", "Likeness of the name, of 100", round(candidate.fit.score, 1)),
        ("namesakes", "Other candidates of the very name", float(rivals)),
    ]
    if candidate.fit.relation is not None:
        kind = candidate.fit.relation
        told.append((f"name_{kind.name.lower()}", f"Name: {kind.value}", True))
    if candidate.identified:
        told.append(("identifier", "The identifier asked for", True))
    if candidate.several:
        told.append(("several", "The row is known to hold several people", True))
    if candidate.type_fits is not None:
        told.append(("type", "Of a type asked for", candidate.type_fits))
    seen = {name for name, _, _ in told}
    for one in candidate.agreements:
        share = one.count / len(one.shares) if one.shares else 0.0
        if one.name not in seen:
            told.append((one.name, f"Values of {one.name} that agree", round(share, 3)))
            seen.add(one.name)
    return told
