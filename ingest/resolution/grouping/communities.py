"""Names that many people have, divided by the company that their papers keep; pure.

One name stands for several people where the world has several of that name, and its papers fall
into two large communities or more without a co-author in common. Names of romanised syllables only:
in print many names become one there. Whoever signs alone could be anybody, and stays with the row.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest.resolution.weighing import usual, weights
from ingest.resolution.weighing.evidence import Evidence, Row, Signature
from ingest.resolution.weighing.names import Name, parse, syllabic

_GATES = weights.of("authors")
SEVERAL, LARGE = _GATES["gate.several"], _GATES["gate.community"]
CROWD = _GATES["gate.crowd"]  # who signs a paper of more need not know each other


@dataclass(frozen=True, slots=True)
class Communities:
    """The signatures of one row by community, the largest first, and how many people to expect."""

    row: str
    members: tuple[frozenset[str], ...]
    expected: float

    @property
    def reason(self) -> str:
        """Why they are thought to be several people's."""
        one, other = (len(held) for held in self.members[:2])
        return (
            f"{one} of its papers and {other} others have no co-author in common, directly or by "
            f"others between ({len(self.members)} communities in all), and of people of this name "
            f"about {self.expected:.0f} are to be expected"
        )


def communities(
    evidence: Evidence, divided: Collection[str], moved: Collection[str]
) -> Iterator[Communities]:
    """Of each row that is divided so, unless else `divided`; `moved` signatures are others'."""
    rows = {row.iri: row for row in evidence.rows if row.kind == "Person"}
    free = [one for one in evidence.signatures if one.iri not in moved]
    wanted = dict(_wanted(free, rows, divided))
    if not wanted:
        return
    beside = _beside(evidence.signatures, rows, wanted, moved)
    for row in sorted(beside):
        members = _joined(beside[row])
        if sum(len(held) >= LARGE for held in members) > 1:
            yield Communities(row, tuple(members), wanted[row])


def _wanted(
    signatures: Iterable[Signature], rows: Mapping[str, Row], divided: Collection[str]
) -> Iterator[tuple[str, float]]:
    """The rows that sign enough, told apart by no authority, with how many people to expect."""
    signed = Counter(one.row for one in signatures if one.role == "author")
    for iri, papers in signed.items():
        row = rows.get(iri)
        if papers < 2 * LARGE or row is None or iri in divided or row.suffix or row.key:
            continue
        name = parse(row.name, row.family)
        expected = usual.namesakes(name.family, name.first)
        if expected > SEVERAL and _is_romanised(name):
            yield iri, expected


def _is_romanised(name: Name) -> bool:
    """Whether the given name is one of Chinese or Korean syllables in Latin letters."""
    return len(name.given) == 1 and len(name.first) > 1 and syllabic(name.first)


def _beside(
    signatures: Sequence[Signature],
    rows: Mapping[str, Row],
    wanted: Mapping[str, float],
    moved: Collection[str],
) -> dict[str, dict[str, frozenset[str]]]:
    """By row, then signature: the names of the co-authors, where there are any but no crowd."""
    papers = {one.publication for one in signatures if one.row in wanted}
    held: defaultdict[str, list[Signature]] = defaultdict(list)
    for one in signatures:
        if one.publication in papers and one.role == "author" and one.row in rows:
            held[one.publication].append(one)
    found: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for signed in held.values():
        names = {one.row: _called(rows[one.row]) for one in signed}
        for one in signed if len(signed) <= CROWD else ():
            others = frozenset(names.values()) - {names[one.row]}
            if one.row in wanted and one.iri not in moved and others:
                found[one.row][one.iri] = others
    return found


def _called(row: Row) -> str:
    """A co-author by family and first name, in no order: whole lists stand turned around."""
    name = parse(row.name, row.family)
    return " ".join(sorted((name.family, name.first)))


def _joined(beside: Mapping[str, frozenset[str]]) -> list[frozenset[str]]:
    """Signatures that co-authors tie to one another, the largest community first."""
    home = {one: one for one in beside}

    def first(one: str) -> str:
        while home[one] != one:
            home[one] = one = home[home[one]]
        return one

    seen: dict[str, str] = {}
    for one in sorted(beside):
        for name in beside[one]:
            small, large = sorted((first(seen.setdefault(name, one)), first(one)))
            home[large] = small
    members: defaultdict[str, set[str]] = defaultdict(set)
    for one in beside:
        members[first(one)].add(one)
    return sorted(map(frozenset, members.values()), key=lambda held: (-len(held), min(held)))
