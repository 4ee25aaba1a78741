"""What `graph/links` says of publications and rows, from their signatures and clusters; pure.

A load calls this for its new rows, resolution for all of them, so both write the same lines:
q:canonical on every publication and row; q:authorsFrom, q:authoredBy, q:editedBy, dcterms:creator
on canonical publications only; q:person on signatures. Authors of a merged publication come from
its most complete member, never from a union. All IRIs here are without angle brackets.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest.lines import block
from ontology import terms

CANONICAL = f"> <{terms.CANONICAL}> <"
AUTHORS_FROM = f"> <{terms.AUTHORS_FROM}> <"
_AUTHORED_BY = f"> <{terms.AUTHORED_BY}> <"
_EDITED_BY = f"> <{terms.EDITED_BY}> <"
_CREATOR = f"> <{terms.DC_CREATOR}> <"
_PERSON = f"> <{terms.PERSON_PROPERTY}> <"
_SAME_AS = f"> <{terms.SAME_AS}> <"

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as far as links depend on it: its role, place, and the row that it is by."""

    iri: str
    role: str
    ordinal: int | None
    row: str


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication with its signatures; `cut_off` where its list of authors may go on."""

    iri: str
    signatures: Sequence[Signed] = ()
    cut_off: bool = False


def most_complete(members: Sequence[Publication], canonical: str) -> Publication:
    """The member that lists its authors best: whole, most places known, canonical, smallest IRI."""
    if len(members) == 1:
        return members[0]
    return min(members, key=lambda member: _completeness(member, canonical))


def _completeness(member: Publication, canonical: str) -> tuple[bool, int, bool, str]:
    placed = sum(s.ordinal is not None and s.role == "author" for s in member.signatures)
    return member.cut_off, -placed, member.iri != canonical, member.iri


def publication_blocks(
    members: Sequence[Publication],
    canonical: str,
    rows: Mapping[str, str] = NOTHING,
    persons: Mapping[str, str] = NOTHING,
) -> Iterator[str]:
    """The blocks of all members of one publication.

    `rows` gives a row's or part's canonical member, `persons` the row or part that resolution
    assigned to a signature; what they lack stands for itself. `owl:sameAs` is included.
    """
    chosen = most_complete(members, canonical)
    for member in members:
        lines = [f"<{member.iri}{CANONICAL}{canonical}> .\n"]
        if member.iri == canonical:
            lines += author_lines(canonical, chosen, rows, persons)
        else:
            lines.append(f"<{member.iri}{_SAME_AS}{canonical}> .\n")
        lines += [f"<{s.iri}{_PERSON}{persons.get(s.iri, s.row)}> .\n" for s in member.signatures]
        yield block(lines)


def block_of_one(publication: str, signed: Iterable[tuple[str, str, str]]) -> str:
    """The block of a publication that nothing is joined with, as `publication_blocks` gives it.

    `signed` are its signatures: IRI, role and row. Loads write millions of these lines.
    """
    own = f"<{publication}"
    authors, editors, persons = set(), set(), []
    for signature, role, row in signed:
        persons.append(f"<{signature}{_PERSON}{row}> .\n")
        if role == "author":
            authors.add(f"{row}> .\n")
        elif role == "editor":
            editors.add(f"{own}{_EDITED_BY}{row}> .\n")
    ends = sorted(authors)
    persons.sort()
    return "".join(
        [
            *[f"{own}{_CREATOR}{end}" for end in ends],
            *[f"{own}{_AUTHORED_BY}{end}" for end in ends],
            f"{own}{AUTHORS_FROM}{publication}> .\n",
            f"{own}{CANONICAL}{publication}> .\n",
            *sorted(editors),
            *persons,
        ]
    )


def author_lines(
    canonical: str, chosen: Publication, rows: Mapping[str, str], persons: Mapping[str, str]
) -> Iterator[str]:
    """Who wrote and edited a canonical publication, by the signatures of its chosen member."""
    yield f"<{canonical}{AUTHORS_FROM}{chosen.iri}> .\n"
    for signed in chosen.signatures:
        row = persons.get(signed.iri, signed.row)
        agent = rows.get(row, row)
        if signed.role == "author":
            yield f"<{canonical}{_AUTHORED_BY}{agent}> .\n"
            yield f"<{canonical}{_CREATOR}{agent}> .\n"
        elif signed.role == "editor":
            yield f"<{canonical}{_EDITED_BY}{agent}> .\n"


def is_agent_line(line: str) -> bool:
    """Whether this says who wrote or edited something."""
    return any(predicate[2:-1] in line for predicate in (_AUTHORED_BY, _EDITED_BY, _CREATOR))


def row_block(row: str, canonical: str = "") -> str:
    """The block of an author row: its canonical member, and sameAs where that is another."""
    if not canonical or canonical == row:
        return f"<{row}{CANONICAL}{row}> .\n"
    return block([f"<{row}{CANONICAL}{canonical}> .\n", f"<{row}{_SAME_AS}{canonical}> .\n"])
