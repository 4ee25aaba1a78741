"""All descriptions of one publication, read in one query: what each says, who signs it, and where
it stands. What few have (versions, comparisons, rows that another stands for) is asked for only
where these show that there is some.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from ontology import terms
from server.context import Service
from server.pages.asking import Ask, Table, Texts, ask, catalogued, lean, listed
from server.pages.asking import page as asking

# Of a record, the columns of its rows in `pages/member-records`.
RECORD_FIELDS: Mapping[str, str] = {
    "file": terms.FILE_NAME,
    "key": terms.RECORD_KEY,
    "line": terms.LINE,
    "repair": terms.REPAIR,
}
# What tells apart, by property, of what kind of thing a row of `pages/described` speaks.
RECORD = frozenset((terms.SOURCE_PROPERTY, *RECORD_FIELDS.values()))
SOURCE = frozenset((terms.LABEL, terms.DC_LICENSE))
SIGNATURE = frozenset((
    terms.ROLE, terms.ORDINAL, terms.PRINTED_NAME, terms.AFFILIATION, terms.PERSON_PROPERTY,
    terms.BY_AUTHOR,
))  # fmt: skip
ROW_FIELDS = {"given": terms.FOAF_GIVEN_NAME, "family": terms.FOAF_FAMILY_NAME, "kind": terms.TYPE}
ROW = frozenset(ROW_FIELDS.values())
# These point to persons, and never to a row that another one stands for.
BY = (terms.AUTHORED_BY, terms.EDITED_BY)

_Values = dict[str, None]
_Said = dict[str, _Values]


@dataclass(frozen=True, slots=True)
class Member:
    """One description: what it says, who signs it, where it stands."""

    iri: str
    said: Mapping[str, tuple[str, ...]]
    signatures: tuple[Texts, ...]
    records: tuple[Texts, ...]

    def by_role(self, role: str) -> tuple[Texts, ...]:
        return tuple(row for row in self.signatures if row["role"] == role)

    @property
    def roles(self) -> list[str]:
        """The roles but that of author."""
        return sorted({row["role"] for row in self.signatures} - {"author"})

    @property
    def record(self) -> Texts:
        return self.records[0] if self.records else {}

    @property
    def repairs(self) -> list[str]:
        return sorted({row["repair"] for row in self.records if "repair" in row})

    def has(self, prop: str, value: str) -> bool:
        return value in self.said.get(prop, ())


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a publication, in tables; nothing where the graph does not know it."""

    statements: Table
    records: Table
    signatures: Table
    inverse: Table
    versions: Table
    compared: Table
    containers: tuple[str, ...]  # of which any description says that this is a part

    def members(self, canonical: str) -> list[Member]:
        """Every description, that of the canonical member first."""
        said: dict[str, _Said] = {}
        for row in self.statements:
            said.setdefault(row["member"], {}).setdefault(row["property"], {})[row["value"]] = None
        signed: dict[str, dict[str, Texts]] = {}
        for row in self.signatures:
            signed.setdefault(row["member"], {}).setdefault(row["signature"], row)
        return [
            Member(
                iri,
                {prop: tuple(values) for prop, values in said[iri].items()},
                tuple(sorted(signed.get(iri, {}).values(), key=_place)),
                tuple(row for row in self.records if row["member"] == iri),
            )
            for iri in sorted(said, key=lambda iri: (iri != canonical, iri))
        ]


def described(held: Service, iri: str) -> Described:
    """All that the page of this publication shows."""
    told, inverse = ask(
        held, lean(asking("described", publication=iri)), asking("inverse", entity=iri)
    )
    rows = [row if "value" in row else row | {"value": ""} for row in told]
    statements = [row for row in rows if "graph" in row]
    signed = _things(rows, SIGNATURE)
    persons = {row["value"]: row.get("label", "") for row in statements if row["property"] in BY}
    wanted = _further(iri, statements, inverse, _unknown(signed, persons))
    found = dict(zip(wanted, ask(held, *wanted.values()), strict=True)) if wanted else {}
    stands = {row["thing"]: row["canonical"] for row in found.get("standing", ())}
    standing = {one: one for one in persons} | stands
    names = persons | {r["canonical"]: r.get("label", "") for r in found.get("standing", ())}
    return Described(
        statements,
        list(_records(_things(rows, RECORD), _things(rows, SOURCE))),
        list(_signatures(signed, _things(rows, ROW), standing, names)),
        inverse,
        found.get("versions", []),
        found.get("matches", []),
        tuple(dict.fromkeys(_containers(rows))),
    )


def _things(rows: Table, kind: frozenset[str]) -> dict[tuple[str, str], _Said]:
    """What is said of each thing of a kind, by the description that it belongs to, and by it."""
    found: dict[tuple[str, str], _Said] = {}
    for row in rows:
        if row["property"] in kind and "thing" in row:
            said = found.setdefault((row["member"], row["thing"]), {})
            said.setdefault(row["property"], {})[row["value"]] = None
    return found


def _containers(rows: Table) -> Iterator[str]:
    for row in rows:
        if row["property"] == terms.DC_IS_PART_OF and "thing" in row:
            yield row["value"]


def _unknown(signed: Mapping[tuple[str, str], _Said], persons: Mapping[str, str]) -> list[str]:
    """Rows that signed, and of which the statements do not show who stands for them."""
    holders = {one for said in signed.values() for one in said.get(terms.PERSON_PROPERTY, ())}
    return sorted(holders - persons.keys())


def _further(iri: str, statements: Table, inverse: Table, unknown: list[str]) -> dict[str, Ask]:
    """What else to ask: nothing, for most publications."""
    wanted: dict[str, Ask] = {}
    if unknown:
        wanted["standing"] = listed("standing", "thing", unknown)
    if any(row["property"] == terms.VERSION_OF for row in statements):
        wanted["versions"] = catalogued("versions", publication=iri)
    several = any(row["member"] != iri for row in statements)
    if several or any(row["property"] == terms.COMPARES for row in inverse):
        wanted["matches"] = asking("matches-of", entity=iri)
    return wanted


def _records(
    records: Mapping[tuple[str, str], _Said], sources: Mapping[tuple[str, str], _Said]
) -> Iterator[Texts]:
    """The rows of `pages/member-records`, in its order."""
    known = {source: said for (_, source), said in sources.items()}
    found = [
        {"member": member, "record": record, "source": source, "sourceName": name} | more
        for (member, record), said in records.items()
        for source in said.get(terms.SOURCE_PROPERTY, ())
        for name in known.get(source, {}).get(terms.LABEL, ())
        for more in _combined(
            {"licence": known[source].get(terms.DC_LICENSE, {})}
            | {name: said.get(prop, {}) for name, prop in RECORD_FIELDS.items()}
        )
    ]
    yield from sorted(
        found, key=lambda row: (row["sourceName"], row["member"], row.get("repair", ""))
    )


def _combined(columns: Mapping[str, _Values]) -> Iterator[Texts]:
    """A row for each way to take one value of each column, those that have none left out."""
    some = {name: values for name, values in columns.items() if values}
    for values in product(*some.values()):
        yield dict(zip(some, values, strict=True))


def _signatures(
    signed: Mapping[tuple[str, str], _Said],
    rows: Mapping[tuple[str, str], _Said],
    standing: Mapping[str, str],
    names: Mapping[str, str],
) -> Iterator[Texts]:
    """Each signature with the person behind it and all its affiliations.

    It comes several times where the row that it means has several names.
    """
    for (member, signature), said in signed.items():
        person = standing.get(_first(said, terms.PERSON_PROPERTY), "")
        meant = rows.get((member, _first(said, terms.BY_AUTHOR)), {})
        row = {
            "member": member,
            "signature": signature,
            "role": _first(said, terms.ROLE),
            "ordinal": _first(said, terms.ORDINAL),
            "printed": _first(said, terms.PRINTED_NAME),
            "person": person,
            "personName": names.get(person, ""),
            "affiliation": "; ".join(said.get(terms.AFFILIATION, ())),
        }
        if row["role"] and row["printed"] and person:
            told = {name: text for name, text in row.items() if text}
            for more in _combined({n: meant.get(prop, {}) for n, prop in ROW_FIELDS.items()}):
                yield told | more


def _first(said: _Said, prop: str) -> str:
    return next(iter(said.get(prop, ())), "")


def _place(row: Texts) -> tuple[str, bool, int, str]:
    """Where a name stands among the others: those of unknown position last."""
    return row["role"], "ordinal" not in row, int(row.get("ordinal", "0")), row["printed"]
