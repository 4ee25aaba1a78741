"""How to cite a publication: each format as text to copy, and as a file."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ontology import terms
from queries import formats
from server.bibliography import writing
from server.bibliography.citations import FIELDS, Citation, Name, completed, name_of, ordered
from server.pages.asking import Table

FORMATS = {formats.BIBTEX: "BibTeX", formats.RIS: "RIS", formats.CSL_JSON: "CSL-JSON"}
LETTERS = 4000  # of one citation that a page shows; the file has all


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation in one format, as the page shows it; `whole` where nothing was left out."""

    name: str
    suffix: str
    text: str

    @property
    def shown(self) -> str:
        return self.text[:LETTERS]

    @property
    def whole(self) -> bool:
        return len(self.text) <= LETTERS


def cited(found: Citation) -> list[Cited]:
    """One publication in every format of citations."""
    return [
        Cited(name, form.suffixes[0], writing.written([found], form).replace("\r\n", "\n"))
        for form, name in FORMATS.items()
    ]


def citation_of(iri: str, statements: Table, signatures: Table) -> Citation:
    """A publication as a citation, without the abstract: the page has it."""
    own = [row for row in statements if row["member"] == iri]
    stands = any(row["property"] == terms.CANONICAL and row["value"] == iri for row in own)
    lent = [row for row in statements if row["member"] != iri] if stands else []
    fields = _fields(own)
    for row in own:
        if row["property"] in NAMED and "label" in row:
            fields.setdefault(NAMED[row["property"]], []).append(row["label"])
    by = next((row["value"] for row in own if row["property"] == terms.AUTHORS_FROM), iri)
    signed = _signed(row for row in signatures if row["member"] == by)
    cut_off = any(
        row["member"] == by and row["property"] == terms.CUT_OFF and row["value"] == "true"
        for row in statements
    )
    return Citation(
        iri,
        completed(fields, {name: said for name, said in _fields(lent).items() if name in LENT}),
        ordered(signed, "author"),
        ordered(signed, "editor"),
        cut_off,
    )


# What is named by the label of another thing.
NAMED = {terms.DC_IS_PART_OF: "container", terms.VENUE_PROPERTY: "series"}
# What a publication may take from other descriptions of it: not its kind and title.
LENT = frozenset(FIELDS.values()) - {"type", "title"}


def _fields(rows: Table) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        name = FIELDS.get(row["property"], "abstract")
        if name != "abstract" and row["value"] not in found.setdefault(name, []):
            found[name].append(row["value"])
    return found


def _signed(rows: Iterable[dict[str, str]]) -> list[tuple[str, str, Name]]:
    """Role, place and name of each signature; one with several affiliations comes as several."""
    parts: dict[str, set[tuple[str, str]]] = defaultdict(set)
    once: dict[str, dict[str, str]] = {}
    for row in rows:
        once[row["signature"]] = row
        parts[row["signature"]].add((row.get("given", ""), row.get("family", "")))
    signed = [
        (row["role"], row.get("ordinal", ""), name_of(row["printed"], parts[iri], "kind" in row))
        for iri, row in once.items()
    ]
    return sorted(signed, key=lambda one: one[2].printed)
