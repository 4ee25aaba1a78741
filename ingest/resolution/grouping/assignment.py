"""Single signatures of a bare name that are a suffixed person's, while their row stays; pure.

Where a source tells namesakes apart and a row of the bare name was not joined to one of them, three
things can still say whose a signature is: the same place on the same paper in another source, an
ORCID that one of them alone has, and co-authors far above what the other namesakes share.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ingest.resolution.gathering.clues import BEARS, COMPANY, PLACE, Clue, Torn
from ingest.resolution.grouping.doubts import ORCID, company, same_places
from ingest.resolution.grouping.works import Compared
from ingest.resolution.weighing.evidence import Evidence, Row, Signature
from ingest.resolution.weighing.names import parse
from ingest.resolution.weighing.scoring import Score, Verdict

RULE = "signatures"
# Judgements, in nats: a place on one paper, or an ORCID, is what the rules of rows take for a sign
# strong enough alone; co-authors only where two rare ones are shared and no other namesake has any.
NAME, SHARED, IDENTIFIER, COAUTHOR = 0.5, 4.0, 6.0, 1.5
HUB = 60  # papers, above which a co-author tells nothing
LONGEST_GAP = 5  # years


@dataclass(frozen=True, slots=True)
class Assigned:
    """Whose the signatures are, by local paths, and why."""

    persons: Mapping[str, str] = field(default_factory=dict)
    compared: tuple[Compared, ...] = ()


def assigned(
    torn: Mapping[str, Torn],
    person: Mapping[str, str],
    apart: Collection[tuple[str, str]] = (),
) -> Assigned:
    """Signatures of bare rows given to suffixed namesakes.

    `person` gives a row's canonical member. A row that was joined with a namesake keeps its own,
    and of rows that people told `apart` none goes to the other.
    """
    found: defaultdict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for row, held in torn.items():
        mine = person.get(row, row)
        if any(person.get(one, one) == mine for one in held.namesakes):
            continue
        told = {one for pair in apart if row in pair for one in pair}
        for clue, weight in _enough([one for one in held.clues if one.namesake not in told]):
            found[clue.signature].setdefault(clue.namesake, {"name": NAME})[clue.term] = weight
    return _settled(found)


def _enough(clues: Iterable[Clue]) -> Iterator[tuple[Clue, float]]:
    """The clues that give their signature to their namesake, given who else is in the way."""
    by_kind: defaultdict[tuple[str, str], list[Clue]] = defaultdict(list)
    for clue in clues:
        by_kind[clue.signature, clue.term].append(clue)
    for (_, term), held in by_kind.items():
        if term == PLACE:
            yield from ((clue, SHARED) for clue in held)
        elif len(held) == 1 and held[0].could_do:
            yield held[0], IDENTIFIER if term == BEARS else COAUTHOR * min(held[0].shared, 4)


def _settled(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Assigned:
    """Each signature with the one namesake that is meant; none where two are."""
    persons, compared = {}, []
    for signature in sorted(found):
        if len(found[signature]) == 1:
            ((namesake, terms),) = found[signature].items()
            persons[signature] = namesake
            compared.append(Compared(signature, namesake, Score.of(terms), Verdict.SAME))
    return Assigned(persons, tuple(compared))


def torn(
    evidence: Evidence,
    home: Mapping[str, str],
    fixed: Collection[str] = (),
    is_hub: Callable[[str], bool] | None = None,
) -> dict[str, Torn]:
    """The bare rows of which a signature could be given away, whoever is joined or told apart.

    `home` gives a publication's cluster; signatures in `fixed` are left where they are. `is_hub`
    says of a name whether it signs more than `HUB` papers, where not all are at hand.
    """
    namesakes = dict(_namesakes(evidence.rows))
    if not namesakes:
        return {}
    bare = {
        one.iri: one
        for one in evidence.signatures
        if one.row in namesakes and one.role == "author" and one.iri not in fixed
    }
    clues: defaultdict[str, set[Clue]] = defaultdict(set)
    for clue in (
        *_by_place(evidence, home, bare, namesakes),
        *_by_orcid(evidence, bare, namesakes),
        *_by_company(evidence, bare, namesakes, is_hub),
    ):
        clues[bare[clue.signature].row].add(clue)
    return {
        row: Torn(tuple(one.iri for one in namesakes[row]), tuple(sorted(clues[row])))
        for row in sorted(clues)
        if any(clue.could_do for clue in clues[row])
    }


def _namesakes(rows: Iterable[Row]) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """The suffixed rows that have the name of a bare one."""
    by_name: defaultdict[str, list[Row]] = defaultdict(list)
    wanted = {row.name.casefold() for row in rows if row.suffix}
    for row in rows:
        if row.kind == "Person" and row.name.casefold() in wanted:
            by_name[parse(row.name, row.family).text].append(row)
    for held in by_name.values():
        suffixed = tuple(row for row in held if row.suffix)
        for row in held if suffixed else ():
            if not row.suffix and not row.key and row.whole in ("", row.iri):
                yield row.iri, suffixed


def _by_place(
    evidence: Evidence,
    home: Mapping[str, str],
    bare: Mapping[str, Signature],
    namesakes: Mapping[str, tuple[Row, ...]],
) -> Iterator[Clue]:
    for mine, other in same_places(evidence, home):
        if mine.iri in bare and any(other.row == one.iri for one in namesakes[mine.row]):
            yield Clue(mine.iri, other.row, PLACE)


def _by_orcid(
    evidence: Evidence, bare: Mapping[str, Signature], namesakes: Mapping[str, tuple[Row, ...]]
) -> Iterator[Clue]:
    wanted = {one.iri for held in namesakes.values() for one in held}
    known: defaultdict[str, set[str]] = defaultdict(set)
    for row in evidence.rows:
        if row.iri in wanted:
            known[row.iri] |= {value for scheme, value in row.identifiers if scheme == ORCID}
    for one in evidence.signatures:
        if one.orcid and one.row in wanted:
            known[one.row].add(one.orcid)
    for one in bare.values():
        for row in namesakes[one.row] if one.orcid else ():
            if one.orcid in known[row.iri]:
                yield Clue(one.iri, row.iri, BEARS)


def _by_company(
    evidence: Evidence,
    bare: Mapping[str, Signature],
    namesakes: Mapping[str, tuple[Row, ...]],
    is_hub: Callable[[str], bool] | None,
) -> Iterator[Clue]:
    """By co-authors, known by their names, that a namesake has too."""
    wanted = {one.iri for held in namesakes.values() for one in held}
    signed = {one.iri: one for one in evidence.signatures if one.row in wanted} | dict(bare)
    name_of = {row.iri: row.name.casefold() for row in evidence.rows}
    beside = {
        iri: {name_of[row] for row in rows} for iri, rows in company(evidence, signed).items()
    }
    mates: defaultdict[str, set[str]] = defaultdict(set)
    years: defaultdict[str, list[int]] = defaultdict(list)
    year_of = {entry.iri: entry.year for entry in evidence.publications}
    for iri, one in signed.items():
        if one.row in wanted:
            mates[one.row] |= beside.get(iri, set())
            year = year_of.get(one.publication)
            years[one.row] += [year] if year else []
    is_hub = is_hub or _hubs(evidence, name_of).__contains__
    for one in bare.values():
        year = year_of.get(one.publication)
        for row in namesakes[one.row]:
            met = beside.get(one.iri, set()) & mates[row.iri]
            shared = sum(not is_hub(name) for name in met)
            if shared:
                near = year and any(abs(year - other) <= LONGEST_GAP for other in years[row.iri])
                yield Clue(one.iri, row.iri, COMPANY, shared, bool(near))


def _hubs(evidence: Evidence, name_of: Mapping[str, str]) -> set[str]:
    """Names that sign so many papers that one with them tells little."""
    signed = Counter(name_of[one.row] for one in evidence.signatures)
    return {name for name, papers in signed.items() if papers > HUB}
