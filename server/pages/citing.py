"""How to cite a publication: each format as text to copy, and as a file."""

from dataclasses import dataclass

from queries import formats
from server.citations import WRITERS, citation
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


def cited(iri: str, rows: Table) -> list[Cited]:
    """The publication in every format of citations, without the abstract: the page has it."""
    found = citation(iri, [row for row in rows if row["field"] != "abstract"])
    return [
        Cited(name, form.suffixes[0], WRITERS[form.name](found).replace("\r\n", "\n"))
        for form, name in FORMATS.items()
    ]
