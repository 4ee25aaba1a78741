"""How to cite a publication: each format as text to copy, and as a file."""

from dataclasses import dataclass

from ontology import terms
from queries import formats
from server.citations import WRITERS, Citation, citation
from server.pages.asking import Table

FORMATS = {formats.BIBTEX: "BibTeX", formats.RIS: "RIS", formats.CSL_JSON: "CSL-JSON"}
# The fields of `documents/citation` and what they come from: the page has asked for all this.
FIELDS = {
    terms.TYPE: "type",
    terms.DC_TITLE: "title",
    terms.YEAR: "year",
    terms.PRINTED_VENUE: "venue",
    terms.VOLUME: "volume",
    terms.NUMBER: "number",
    terms.PAGES: "pages",
    terms.DC_PUBLISHER: "publisher",
    terms.DOI: "doi",
    terms.PAGE: "url",
    terms.DC_LANGUAGE: "language",
    terms.ISBN: "isbn",
    terms.ISSN: "issn",
}
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
    """One description in every format of citations."""
    return [
        Cited(name, form.suffixes[0], WRITERS[form.name](found).replace("\r\n", "\n"))
        for form, name in FORMATS.items()
    ]


def citation_of(iri: str, statements: Table, signatures: Table) -> Citation:
    """One description as a citation, without the abstract: the page has it."""
    own = [row for row in statements if row["member"] == iri]
    fields = sorted(
        {(FIELDS[row["property"]], row["value"]) for row in own if row["property"] in FIELDS}
    )
    rows = [{"field": name, "value": value} for name, value in fields]
    by = next((row["value"] for row in own if row["property"] == terms.AUTHORS_FROM), iri)
    names = sorted(
        {
            (row["role"], int(row.get("ordinal", "0")), row["printed"])
            for row in signatures
            if row["member"] == by
        }
    )
    rows += [
        {"field": "name", "role": role, "ordinal": str(place or ""), "value": name}
        for role, place, name in names
    ]
    rows += [
        {"field": "cutOff", "value": row["value"]}
        for row in statements
        if row["member"] == by and row["property"] == terms.CUT_OFF
    ]
    return citation(iri, rows)
