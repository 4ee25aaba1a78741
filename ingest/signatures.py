"""Names on one publication, as lines of N-Triples: the signatures of a record.

Six of ten quads of a source stand here, so the lines of a plain signature are put together from
parts that are made once, in the order in which a block has them.
"""

from collections.abc import Iterator, Sequence

from ingest.lines import TYPE, block, integer, literal, predicate
from ingest.records import Contributor
from ingest.rows import Row
from ingest.wording import identifier_lines
from ontology import terms
from ontology.iris import KeyPart, quoted, slug, text_hash

_OF_PUBLICATION = predicate(terms.OF_PUBLICATION)
_AFFILIATION = predicate(terms.AFFILIATION)
_EMAIL_DOMAIN = predicate(terms.EMAIL_DOMAIN)
_NAME_VARIANT = predicate(terms.NAME_VARIANT)
_TYPED = f" {TYPE} <{terms.SIGNATURE}> .\n"

Signed = tuple[str, str, Row]  # the signature's IRI, its role and row


class Signing:
    """Signs publications below one base; it remembers the words for roles and places."""

    def __init__(self, base: str) -> None:
        self._start = f"<{base}id/signature/"
        self._roles: dict[str, tuple[str, str, str]] = {}
        self._places: dict[int | None, str] = {None: ""}

    def sign(
        self, publication: str, key: Sequence[KeyPart], people: Sequence[tuple[Contributor, Row]]
    ) -> tuple[str, list[Signed]]:
        """The lines of all signatures of a publication, in order, and who signed."""
        blocks: list[str] = []
        signed: list[Signed] = []
        seen: dict[tuple[KeyPart, ...], int] = {}
        start = "".join(f"{quoted(part)}," for part in key)
        of = f" {_OF_PUBLICATION} <{publication}> .\n"
        for person, row in people:
            role, ordinal = person.role, person.ordinal
            name, role_quoted, role_line = self._roles.get(role) or self._role(role)
            own: tuple[KeyPart, ...] = (role, person.printed if ordinal is None else ordinal)
            count = seen[own] = seen.get(own, 0) + 1
            place = self._places.get(ordinal) or self._place(ordinal)
            if ordinal is None:
                tail = f"{role_quoted},{quoted(person.printed)},{count}]"
                subject = f"{self._start}{name}-{text_hash(f'[{start}{tail}')}>"
            else:
                tail = f"{ordinal}]" if count == 1 else f"{ordinal},{count}]"
                digest = text_hash(f"[{start}{role_quoted},{tail}")
                subject = f"{self._start}{name}-{ordinal}-{digest}>"
            lines = (
                f"{subject}{_TYPED}{subject}{row.by}{subject}{of}"
                f"{subject + place if place else ''}{subject}{row.named}{subject}{role_line}"
            )
            if person.affiliations or person.identifiers or person.email_domain or person.variants:
                lines = block([*lines.splitlines(keepends=True), *_more(subject, person)])
            blocks.append(lines)
            signed.append((subject[1:-1], role, row))
        blocks.sort()
        return "".join(blocks), signed

    def _role(self, role: str) -> tuple[str, str, str]:
        line = f" {predicate(terms.ROLE)} {literal(role)} .\n"
        known = self._roles[role] = slug(role), quoted(role), line
        return known

    def _place(self, ordinal: int | None) -> str:
        if ordinal is None:
            return ""
        line = f" {predicate(terms.ORDINAL)} {integer(ordinal)} .\n"
        if len(self._places) < 10_000:
            self._places[ordinal] = line
        return line


def _more(subject: str, person: Contributor) -> Iterator[str]:
    """What few signatures say beside the rest."""
    for affiliation in person.affiliations:
        yield f"{subject} {_AFFILIATION} {literal(affiliation)} .\n"
    if person.email_domain:
        yield f"{subject} {_EMAIL_DOMAIN} {literal(person.email_domain)} .\n"
    for variant in person.variants:
        yield f"{subject} {_NAME_VARIANT} {literal(variant)} .\n"
    lines: list[str] = []
    identifier_lines(subject, person.identifiers, lines)
    yield from lines
