"""Single signatures of a bare name that are a suffixed person's, while their row stays; pure.

Where a source tells namesakes apart and a row of the bare name was not joined to one of them, three
things can still say whose a signature is: the same place on the same paper in another source, an
ORCID that one of them alone has, and co-authors far above what the other namesakes share.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ingest.resolution.doubts import ORCID, company, same_places
from ingest.resolution.evidence import Evidence, Row, Signature
from ingest.resolution.names import parse
from ingest.resolution.scoring import Score, Verdict
from ingest.resolution.works import Compared

RULE = "signatures"
# Judgements, in nats: a place on one paper, or an ORCID, is what the rules of rows take for a sign
# strong enough alone; co-authors only where two rare ones are shared and no other namesake has any.
NAME, SHARED, IDENTIFIER, COAUTHOR = 0.5, 4.0, 6.0, 1.5
FEWEST_COAUTHORS = 2
HUB = 60  # papers, above which a co-author tells nothing
LONGEST_GAP = 5  # years


@dataclass(frozen=True, slots=True)
class Assigned:
    """Whose the signatures are, by local paths, and why."""

    persons: Mapping[str, str] = field(default_factory=dict)
    compared: tuple[Compared, ...] = ()


def assign(
    evidence: Evidence,
    home: Mapping[str, str],
    person: Mapping[str, str],
    fixed: Collection[str] = (),
    apart: Collection[tuple[str, str]] = (),
) -> Assigned:
    """Signatures of bare rows given to suffixed namesakes.

    `home` gives a publication's cluster and `person` a row's canonical member; signatures in
    `fixed` are left where they are, and of rows that people told `apart` none goes to the other.
    """
    namesakes = dict(_namesakes(evidence.rows, person, apart))
    if not namesakes:
        return Assigned()
    bare = {iri: one for iri, one in _bare(evidence, namesakes).items() if iri not in fixed}
    found: defaultdict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for signature, namesake, name, weight in (
        *_by_place(evidence, home, bare, namesakes),
        *_by_orcid(evidence, bare, namesakes),
        *_by_company(evidence, bare, namesakes),
    ):
        found[signature].setdefault(namesake, {"name": NAME})[name] = weight
    return _settled(found)


def torn(evidence: Evidence, home: Mapping[str, str]) -> frozenset[str]:
    """The bare rows of which a signature could be given away, whoever is joined or told apart.

    Each suffixed namesake is looked at as if there were no other: with fewer namesakes in the way,
    and only so, more can be given. What people decide of all other rows moves no signature.
    """
    namesakes = dict(_namesakes(evidence.rows, {}, ()))
    if not namesakes:
        return frozenset()
    bare = _bare(evidence, namesakes)
    found = (
        *_by_place(evidence, home, bare, namesakes),
        *_by_orcid(evidence, bare, namesakes, alone=True),
        *_by_company(evidence, bare, namesakes, alone=True),
    )
    return frozenset(bare[signature].row for signature, *_ in found)


def _bare(evidence: Evidence, namesakes: Mapping[str, object]) -> dict[str, Signature]:
    """The signatures of authors by these rows."""
    return {
        one.iri: one for one in evidence.signatures if one.row in namesakes and one.role == "author"
    }


def _settled(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Assigned:
    """Each signature with the one namesake that is meant; none where two are."""
    persons, compared = {}, []
    for signature in sorted(found):
        if len(found[signature]) == 1:
            ((namesake, terms),) = found[signature].items()
            persons[signature] = namesake
            compared.append(Compared(signature, namesake, Score.of(terms), Verdict.SAME))
    return Assigned(persons, tuple(compared))


def _namesakes(
    rows: Iterable[Row], person: Mapping[str, str], apart: Collection[tuple[str, str]]
) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """Of each bare row, the suffixed ones of its name that others than it were joined to."""
    by_name: defaultdict[str, list[Row]] = defaultdict(list)
    wanted = {row.name.casefold() for row in rows if row.suffix}
    for row in rows:
        if row.kind == "Person" and row.name.casefold() in wanted:
            by_name[parse(row.name, row.family).text].append(row)
    for held in by_name.values():
        suffixed = tuple(row for row in held if row.suffix)
        for row in held:
            if row.suffix or row.key or row.whole not in ("", row.iri):
                continue
            mine = person.get(row.iri, row.iri)
            others = tuple(one for one in suffixed if person.get(one.iri, one.iri) != mine)
            if len(others) == len(suffixed):
                told = {one for pair in apart if row.iri in pair for one in pair}
                yield row.iri, tuple(one for one in others if one.iri not in told)


Told = tuple[str, str, str, float]  # a signature, whose it is, the term that says so, its weight


def _by_place(
    evidence: Evidence,
    home: Mapping[str, str],
    bare: Mapping[str, Signature],
    namesakes: Mapping[str, tuple[Row, ...]],
) -> Iterator[Told]:
    for mine, other in same_places(evidence, home):
        if mine.iri in bare and any(other.row == one.iri for one in namesakes[mine.row]):
            yield mine.iri, other.row, "sharedPublication", SHARED


def _by_orcid(
    evidence: Evidence,
    bare: Mapping[str, Signature],
    namesakes: Mapping[str, tuple[Row, ...]],
    alone: bool = False,
) -> Iterator[Told]:
    wanted = {one.iri for held in namesakes.values() for one in held}
    known: defaultdict[str, set[str]] = defaultdict(set)
    for row in evidence.rows:
        if row.iri in wanted:
            known[row.iri] |= {value for scheme, value in row.identifiers if scheme == ORCID}
    for one in evidence.signatures:
        if one.orcid and one.row in wanted:
            known[one.row].add(one.orcid)
    for one in bare.values():
        if one.orcid:
            held = [row.iri for row in namesakes[one.row] if one.orcid in known[row.iri]]
            if len(held) == 1 or (held and alone):
                yield one.iri, held[0], "identifier", IDENTIFIER


def _by_company(
    evidence: Evidence,
    bare: Mapping[str, Signature],
    namesakes: Mapping[str, tuple[Row, ...]],
    alone: bool = False,
) -> Iterator[Told]:
    """By co-authors, known by their names, whom only one of the namesakes has."""
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
    hubs = _hubs(evidence, name_of)
    for one in bare.values():
        told = Counter(
            {
                row.iri: len((beside.get(one.iri, set()) & mates[row.iri]) - hubs)
                for row in namesakes[one.row]
            }
        )
        counted = told.most_common(None if alone else 2)
        if not alone and any(count for _, count in counted[1:]):
            continue
        year = year_of.get(one.publication)
        for best, most in counted:
            near = year and any(abs(year - other) <= LONGEST_GAP for other in years[best])
            if most >= FEWEST_COAUTHORS and near:
                yield one.iri, best, "coauthors", COAUTHOR * min(most, 4)


def _hubs(evidence: Evidence, name_of: Mapping[str, str]) -> set[str]:
    """Names that sign so many papers that one with them tells little."""
    signed = Counter(name_of[one.row] for one in evidence.signatures)
    return {name for name, papers in signed.items() if papers > HUB}
