"""Rows that hold several people, divided where identifiers, namesakes, people or company say how.

A part is a row of its own to all that follows; the row that it is part of takes part in no link.
What nothing tells apart stays with the row.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, count

from ingest.resolution.grouping import splits
from ingest.resolution.grouping.communities import communities
from ingest.resolution.grouping.doubts import (
    ORCID,
    Doubt,
    Rule,
    Token,
    company,
    tokens,
    twice_on_one_paper,
)
from ingest.resolution.grouping.splits import Splits
from ingest.resolution.weighing.evidence import Decision, Evidence, Row
from ontology.iris import Iris


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a row: one of the people that it holds."""

    iri: str
    row: str
    label: str
    name: str
    suffix: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    guessed: bool = False  # by company alone


@dataclass(frozen=True, slots=True)
class Division:
    """The rows that may hold several people, their parts, and whose other signatures are.

    `cleared` are the rows that a rule would doubt, had people not said who they are.
    """

    doubts: tuple[Doubt, ...] = ()
    parts: tuple[Part, ...] = ()
    persons: Mapping[str, str] = field(default_factory=dict)  # by signature
    splits: Splits = field(default_factory=Splits)
    cleared: frozenset[str] = frozenset()

    @property
    def ambiguous(self) -> frozenset[str]:
        """The rows that may hold several people."""
        return frozenset(doubt.row for doubt in self.doubts)

    @property
    def split(self) -> frozenset[str]:
        """The rows that people split."""
        return frozenset(doubt.row for doubt in self.doubts if doubt.rule == Rule.DECISION)

    def applied(self, evidence: Evidence) -> Evidence:
        """Evidence in which parts are rows, and each signature is by whom it is."""
        if not self.doubts and not self.persons:
            return evidence
        whole = self.ambiguous
        rows = [replace(row, whole=row.iri) if row.iri in whole else row for row in evidence.rows]
        held = {row.iri: row for row in evidence.rows}
        rows += [_row_of(part, held[part.row]) for part in self.parts]
        signatures = tuple(
            replace(one, row=self.persons[one.iri]) if one.iri in self.persons else one
            for one in evidence.signatures
        )
        rows.sort(key=lambda row: row.iri)
        return replace(evidence, signatures=signatures, rows=tuple(rows))


def _row_of(part: Part, row: Row) -> Row:
    return replace(
        row,
        iri=part.iri,
        suffix=part.suffix,
        key="",
        identifiers=part.identifiers,
        whole=part.row,
        guessed=part.guessed,
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """Signatures of one row that are one person's, and what says so."""

    row: str
    signatures: frozenset[str]
    tokens: tuple[Token, ...] = ()
    guessed: bool = False


def divide(
    evidence: Evidence,
    home: Mapping[str, str],
    labels: Mapping[str, str],
    known: Iterable[str] = (),
) -> Division:
    """What the evidence and people say; `home` gives a publication's cluster.

    `labels` are the names of all there is. `known` are the rows of whom people said who they are:
    no rule doubts them.
    """
    decided = splits.standing(
        evidence.decisions, evidence.signatures, {**labels, **evidence.before.parts}
    )
    groups = list(_decided(decided))
    doubts: list[Doubt] = []
    sure, cleared = frozenset(known), set[str]()
    told = tokens(evidence, home)
    rows = {row.iri: row for row in evidence.rows if row.iri in told}
    for row, held in told.items():
        free = {one: said for one, said in held.items() if one not in decided.moved}
        found, doubt = _by_tokens(evidence, rows[row], free, labels)
        if row in sure:
            cleared.update(one.row for one in doubt)
            continue
        groups += found
        doubts += doubt
    for several in communities(evidence, {doubt.row for doubt in doubts}, decided.moved):
        if several.row in sure:
            cleared.add(several.row)
            continue
        groups += (_Group(several.row, members, guessed=True) for members in several.members)
        doubts.append(Doubt(several.row, Rule.COMPANY, f"{Rule.COMPANY}: {several.reason}"))
    parts = _named(groups, evidence, labels)
    persons = {one: part.iri for part, group in parts for one in group.signatures}
    given, lost = _given(decided, persons.values(), labels)
    persons |= given
    twice = _places_taken(evidence, decided, given)
    doubts += twice_on_one_paper(evidence.signatures, evidence.publications, persons)
    cleared |= {doubt.row for doubt in doubts} & sure
    doubts = [doubt for doubt in doubts if doubt.row not in sure]
    doubts += _doubts_of_decisions(decided)
    return Division(
        tuple(sorted(doubts, key=lambda doubt: (doubt.row, doubt.rule, doubt.reason))),
        tuple(sorted((part for part, _ in parts), key=lambda part: part.iri)),
        persons,
        replace(
            decided,
            suspended=(*decided.suspended, *lost),
            aside=(*decided.aside, *twice),
        ),
        frozenset(cleared),
    )


# --- what people said


def _decided(decided: Splits) -> Iterator[_Group]:
    moved: defaultdict[str, set[str]] = defaultdict(set)
    for signature, decision in decided.moved.items():
        if not decision.to:
            moved[decision.iri].add(signature)
    rows = {decision.iri: decision.one for decision in decided.moved.values()}
    for iri in sorted(moved):
        yield _Group(rows[iri], frozenset(moved[iri]))


def _doubts_of_decisions(decided: Splits) -> Iterator[Doubt]:
    for one in decided.standing:
        if not one.to:
            yield Doubt(one.one, Rule.DECISION, f"{Rule.DECISION}: {one.by}: {one.reason}")


def _given(
    decided: Splits, parts: Iterable[str], labels: Mapping[str, str]
) -> tuple[dict[str, str], list[tuple[Decision, str]]]:
    """Signatures that people gave to somebody, unless that is a part that is no more."""
    there = set(parts)
    found, lost = {}, {}
    for signature, decision in decided.moved.items():
        if decision.to in there or decision.to in labels:
            if decision.to != decision.one:
                found[signature] = decision.to
        elif decision.to:
            lost[decision.iri] = (decision, f"{decision.to} is no part any more")
    return found, [lost[iri] for iri in sorted(lost)]


def _places_taken(
    evidence: Evidence, decided: Splits, given: Mapping[str, str]
) -> Iterator[tuple[Decision, str]]:
    """Signatures given to somebody who signs that paper already: obeyed, and told."""
    if not given:
        return
    moved = {one.iri: one for one in evidence.signatures if one.iri in given}
    papers = {one.publication for one in moved.values()}
    signed = {
        (one.publication, one.row)
        for one in evidence.signatures
        if one.publication in papers and one.iri not in given
    }
    for iri in sorted(moved):
        if (moved[iri].publication, given[iri]) in signed:
            yield decided.moved[iri], f"{given[iri]} signs the paper of {iri} already"


# --- what identifiers and namesakes say


def _by_tokens(
    evidence: Evidence, row: Row, held: Mapping[str, set[Token]], labels: Mapping[str, str]
) -> tuple[list[_Group], list[Doubt]]:
    """Groups of a row's signatures where an authority tells them apart, and why."""
    by_authority: defaultdict[str, set[str]] = defaultdict(set)
    for said in held.values():
        for token in said:
            by_authority[token.authority].add(token.person)
    if all(len(people) < 2 for people in by_authority.values()):
        return [], []
    people = _People(held)
    if len(by_authority[ORCID]) > 1:
        people.join_by_company(company(evidence, held.keys()))
    apart = people.told_apart()
    if not apart:
        return [], []
    doubts = [_doubt(row.iri, name, found, labels) for name, found in sorted(apart.items())]
    if row.key:
        return [], doubts  # its source says that it is one: people must decide
    wanted = {member for found in apart.values() for member in found}
    groups = [
        _Group(row.iri, signatures, said)
        for first, (signatures, said) in people.members().items()
        if first in wanted
    ]
    return groups, doubts


class _People:
    """Tokens that are one person's, as signatures that bear several of them say."""

    def __init__(self, held: Mapping[str, set[Token]]) -> None:
        self.held = held
        self.first = {token: token for said in held.values() for token in said}
        for said in held.values():
            for one, other in combinations(sorted(said), 2):
                self._join(one, other)

    def _find(self, token: Token) -> Token:
        while self.first[token] != token:
            token = self.first[token]
        return token

    def _join(self, one: Token, other: Token) -> None:
        small, large = sorted((self._find(one), self._find(other)))
        self.first[large] = small

    def join_by_company(self, beside: Mapping[str, set[str]]) -> None:
        """Two ORCIDs whose papers share a co-author are one person's."""
        mates: defaultdict[Token, set[str]] = defaultdict(set)
        for signature, said in self.held.items():
            for token in said:
                if token.authority == ORCID:
                    mates[token] |= beside.get(signature, set())
        for one, other in combinations(sorted(mates), 2):
            if mates[one] & mates[other]:
                self._join(one, other)

    def told_apart(self) -> dict[str, dict[Token, list[Token]]]:
        """By authority that tells two or more people apart: each with its tokens."""
        found: defaultdict[str, defaultdict[Token, list[Token]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for token in sorted(self.first):
            found[token.authority][self._find(token)].append(token)
        return {name: dict(people) for name, people in found.items() if len(people) > 1}

    def members(self) -> dict[Token, tuple[frozenset[str], tuple[Token, ...]]]:
        """The signatures and tokens of each person."""
        signatures: defaultdict[Token, set[str]] = defaultdict(set)
        for signature, said in self.held.items():
            signatures[self._find(min(said))].add(signature)
        said_of: defaultdict[Token, list[Token]] = defaultdict(list)
        for token in sorted(self.first):
            said_of[self._find(token)].append(token)
        return {
            first: (frozenset(signatures[first]), tuple(said_of[first]))
            for first in sorted(signatures)
        }


def _doubt(
    row: str, authority: str, people: Mapping[Token, Sequence[Token]], labels: Mapping[str, str]
) -> Doubt:
    if authority == ORCID:
        told = ", ".join(token.person for held in people.values() for token in held)
        return Doubt(row, Rule.IDENTIFIERS, f"{Rule.IDENTIFIERS}: its signatures bear ORCID {told}")
    told = ", ".join(sorted(labels[token.person] for held in people.values() for token in held))
    reason = f"{Rule.NAMESAKES}: papers of it are signed by {told} in {authority}"
    return Doubt(row, Rule.NAMESAKES, reason)


# --- names that are kept once minted


def _named(
    groups: Iterable[_Group], evidence: Evidence, labels: Mapping[str, str]
) -> list[tuple[Part, _Group]]:
    """Each group with its part: the earlier one that it shares most signatures with, or a new."""
    wanted = sorted(groups, key=lambda group: (group.row, min(group.signatures)))
    if not wanted:
        return []
    rows = {row.iri: row for row in evidence.rows}
    before = evidence.before
    claims: Counter[tuple[str, int]] = Counter()
    for place, group in enumerate(wanted):
        for signature in group.signatures:
            part = before.members.get(signature)
            if part and before.parts.get(part) == group.row:
                claims[part, place] += 1
    chosen: dict[int, str] = {}
    for (part, place), _ in sorted(claims.items(), key=lambda claim: (-claim[1], claim[0])):
        if place not in chosen and part not in chosen.values():
            chosen[place] = part
    taken = set(chosen.values())
    for place, group in enumerate(wanted):
        if place not in chosen:
            anchor = min(group.signatures)
            names = (part_of(group.row, anchor, rows[group.row].name, n) for n in count(1))
            chosen[place] = next(name for name in names if name not in taken)
            taken.add(chosen[place])
    return [
        (_part(chosen[place], group, rows, labels), group) for place, group in enumerate(wanted)
    ]


def _part(iri: str, group: _Group, rows: Mapping[str, Row], labels: Mapping[str, str]) -> Part:
    row = rows[group.row]
    suffixes = {rows[t.person].suffix for t in group.tokens if t.authority != ORCID} - {""}
    return Part(
        iri,
        row.iri,
        labels.get(row.iri, row.name),
        row.name,
        suffixes.pop() if len(suffixes) == 1 else "",
        tuple((ORCID, token.person) for token in group.tokens if token.authority == ORCID),
        group.guessed,
    )


def part_of(row: str, signature: str, name: str, number: int = 1) -> str:
    """The local path of the part of a row that began with this signature."""
    base = "http://base/"
    key: list[str | int | None] = ["part", row, signature]
    if number > 1:
        key.append(number)
    return Iris(base).entity("author", key, name).removeprefix(f"{base}id/")
