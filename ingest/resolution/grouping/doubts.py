"""Why a row may hold several people, by rules that the graph names; pure.

A doubtful row takes part in no owl:sameAs, so each rule is careful. Two ORCIDs are one person's
where they share a co-author, and one of two families is nobody's. Namesakes count where one source
tells them apart and both sign papers of the row, each in the row's place. A name twice on one paper
is a slip where it stands side by side in one proceedings only, or where everybody stands twice.
Company is told of in `ingest.resolution.grouping.communities`.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingest.resolution.weighing.evidence import Evidence, Publication, Row, Signature
from ingest.resolution.weighing.names import parse


class Rule(StrEnum):
    """What speaks for several people."""

    DECISION = "decision"
    IDENTIFIERS = "identifiers"
    NAMESAKES = "namesakes"
    ONE_PAPER = "one paper"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why one row may hold several people."""

    row: str
    rule: Rule
    reason: str


@dataclass(frozen=True, order=True, slots=True)
class Token:
    """One of the people whom an authority (an identifier scheme, a source) tells apart."""

    authority: str
    person: str


ORCID = "orcid"


def tokens(evidence: Evidence, home: Mapping[str, str]) -> dict[str, dict[str, set[Token]]]:
    """By row, then signature: whom it is by. `home` gives a publication's cluster."""
    rows = {row.iri: row for row in evidence.rows if row.kind == "Person"}
    found: defaultdict[str, dict[str, set[Token]]] = defaultdict(dict)
    for signature, token in (*_orcids(evidence, rows), *_namesakes(evidence, home, rows)):
        found[signature.row].setdefault(signature.iri, set()).add(token)
    return dict(found)


def _orcids(evidence: Evidence, rows: Mapping[str, Row]) -> Iterator[tuple[Signature, Token]]:
    """Signatures with an ORCID that people of one family have."""
    said = [one for one in evidence.signatures if one.orcid and one.row in rows]
    families: defaultdict[str, set[str]] = defaultdict(set)
    for one in said:
        row = rows[one.row]
        families[one.orcid].add(parse(row.name, row.family).family)
    return ((one, Token(ORCID, one.orcid)) for one in said if len(families[one.orcid]) == 1)


def _namesakes(
    evidence: Evidence, home: Mapping[str, str], rows: Mapping[str, Row]
) -> Iterator[tuple[Signature, Token]]:
    """Signatures in whose place another record has a namesake whom its source tells apart."""
    for mine, other in same_places(evidence, home):
        row, namesake = rows.get(mine.row), rows.get(other.row)
        if row is None or namesake is None or row.suffix or row.key:
            continue
        if (namesake.suffix or namesake.key) and one_name(row, namesake):
            yield mine, Token(namesake.source, namesake.iri)


def one_name(one: Row, other: Row) -> bool:
    """Whether two rows have one name, suffixes aside."""
    return parse(one.name, one.family).text == parse(other.name, other.family).text


def same_places(
    evidence: Evidence, home: Mapping[str, str]
) -> Iterator[tuple[Signature, Signature]]:
    """Each signature with those in its place of other records of the same publication."""
    members = Counter(home.values())
    shared = {one: cluster for one, cluster in home.items() if members[cluster] > 1}
    places: defaultdict[tuple[str, int], list[Signature]] = defaultdict(list)
    for one in evidence.signatures if shared else ():
        if one.publication in shared and one.ordinal and one.role == "author":
            places[shared[one.publication], one.ordinal].append(one)
    for held in places.values():
        for mine in held:
            for other in held:
                if mine.publication != other.publication and mine.row != other.row:
                    yield mine, other


def company(evidence: Evidence, signatures: Collection[str]) -> dict[str, set[str]]:
    """The rows that sign a paper beside each of these signatures."""
    papers = {one.publication for one in evidence.signatures if one.iri in signatures}
    beside: defaultdict[str, list[Signature]] = defaultdict(list)
    for one in evidence.signatures:
        if one.publication in papers:
            beside[one.publication].append(one)
    return {
        mine.iri: {other.row for other in held} - {mine.row}
        for held in beside.values()
        for mine in held
        if mine.iri in signatures
    }


# --- twice on one paper


def twice_on_one_paper(
    signatures: Iterable[Signature],
    publications: Iterable[Publication],
    persons: Mapping[str, str],
) -> Iterator[Doubt]:
    """Rows that sign one record in two places; `persons` are signatures that are others'."""
    places = _places([s for s in signatures if s.role == "author" and s.iri not in persons])
    if not places:
        return
    entries = {entry.iri: entry for entry in publications if entry.iri in places}
    told: defaultdict[str, list[tuple[Publication, bool]]] = defaultdict(list)
    for publication, rows in places.items():
        if min(map(len, rows.values())) > 1:
            continue  # everybody stands twice
        for row, where in rows.items():
            if len(where) > 1:
                apart = max(where) - min(where) >= len(where)
                told[row].append((entries[publication], apart))
    for row in sorted(told):
        if _no_slip(told[row]):
            yield Doubt(row, Rule.ONE_PAPER, _twice([entry for entry, _ in told[row]]))


def _places(signatures: Sequence[Signature]) -> dict[str, dict[str, list[int]]]:
    """Of publications that somebody signs twice: the places of each row."""
    seen: set[tuple[str, str]] = set()
    doubled: set[str] = set()
    for one in signatures:
        if one.ordinal:
            place = (one.publication, one.row)
            if place in seen:
                doubled.add(one.publication)
            seen.add(place)
    found: dict[str, dict[str, list[int]]] = {publication: {} for publication in sorted(doubled)}
    for one in signatures:
        if one.ordinal and one.publication in doubled:
            found[one.publication].setdefault(one.row, []).append(one.ordinal)
    return found


def _no_slip(told: Iterable[tuple[Publication, bool]]) -> bool:
    """Whether others stand between the two, or it happened in more than one proceedings."""
    held = list(told)
    proceedings = {(entry.series or entry.venue, entry.year) for entry, _ in held}
    return len(proceedings) > 1 or any(apart for _, apart in held)


def _twice(papers: list[Publication]) -> str:
    first = min(papers, key=lambda entry: (entry.title, entry.iri))
    more = f" and {len(papers) - 1} more" if len(papers) > 1 else ""
    return f"{Rule.ONE_PAPER}: the name stands twice among the authors of “{first.title}”{more}"
