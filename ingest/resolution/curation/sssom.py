"""Decisions as SSSOM (Simple Standard for Sharing Ontological Mappings), TSV in and out; pure.

`owl:sameAs` and `skos:exactMatch` say that two are the same, `owl:differentFrom` or the predicate
modifier `Not` that they are different.

SSSOM maps one thing to another and has no split. What one says of single signatures is a line each,
of the predicate `q:person`: whose the signature is. The column `part_of`, declared in the header as
an extension, names the row of which that is a part; where it is empty, the object is somebody else.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO

from ingest.resolution.grouping.decisions import DIFFERENT, SAME, SPLIT
from ontology import terms

COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_id",
    "confidence",
    "mapping_date",
    "comment",
)
PART_OF = "part_of"
JUSTIFICATION = "semapv:ManualMappingCuration"
VERDICTS = {
    "owl:sameAs": SAME,
    "skos:exactMatch": SAME,
    "owl:differentFrom": DIFFERENT,
    "q:person": SPLIT,
}
PREDICATES = {SAME: "owl:sameAs", DIFFERENT: "owl:differentFrom", SPLIT: "q:person"}
HEADER = (
    "#curie_map:",
    "#  owl: http://www.w3.org/2002/07/owl#",
    "#  semapv: https://w3id.org/semapv/vocab/",
    "#  skos: http://www.w3.org/2004/02/skos/core#",
)
EXTENSION = (
    f"#  q: {terms.Q}",
    "#extension_definitions:",
    f"#  - slot_name: {PART_OF}",
    f"#    property: {terms.PART_OF}",
    "#    type_hint: linkml:Uriorcurie",
)


@dataclass(frozen=True, slots=True)
class Stated:
    """One line: two by IRI or name, what is said of them, by whom and why."""

    line: int
    subject: str
    object: str
    verdict: str
    by: str
    reason: str
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """One line to be written; `part_of` where the object is a part."""

    subject: str
    subject_label: str
    verdict: str
    object: str
    object_label: str
    by: str
    on: str
    reason: str
    part_of: str = ""


class SssomError(ValueError):
    """A line that is no decision; `line` is its number."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line


def read(text: str, by: str = "", reason: str = "") -> Iterator[Stated]:
    """The decisions of a file; `by` and `reason` where a line has none."""
    lines = text.removeprefix("\ufeff").splitlines()
    start = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    rows = csv.DictReader(lines[start:], delimiter="\t", quoting=csv.QUOTE_MINIMAL)
    missing = {"subject_id", "predicate_id", "object_id"} - set(rows.fieldnames or ())
    if missing:
        raise SssomError(start + 1, f"no column {', '.join(sorted(missing))}")
    for row in rows:
        line = start + rows.line_num
        said = {name: (value or "").strip() for name, value in row.items() if name}
        yield _stated(line, said, by, reason)


def _stated(line: int, said: dict[str, str], by: str, reason: str) -> Stated:
    verdict = VERDICTS.get(said["predicate_id"])
    if verdict is None:
        known = ", ".join(VERDICTS)
        raise SssomError(line, f"predicate_id {said['predicate_id']!r} is none of {known}")
    if said.get("predicate_modifier") == "Not":
        if verdict == SPLIT:
            raise SssomError(line, "predicate_modifier 'Not' says nothing of q:person")
        verdict = DIFFERENT if verdict == SAME else SAME
    who = said.get("author_id") or said.get("author_label") or by
    why = said.get("comment") or reason
    for name, value in (("author_id", who), ("comment", why), ("subject_id", said["subject_id"])):
        if not value:
            raise SssomError(line, f"no {name}")
    part_of = said.get(PART_OF, "")
    return Stated(line, said["subject_id"], said["object_id"], verdict, who, why, part_of)


def write(mappings: Iterable[Mapping]) -> str:
    """A file of these; the extension is declared where a line needs it."""
    held = list(mappings)
    extended = any(one.verdict == SPLIT for one in held)
    stream = StringIO()
    stream.writelines(f"{line}\n" for line in (*HEADER, *(EXTENSION if extended else ())))
    rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
    rows.writerow((*COLUMNS, PART_OF) if extended else COLUMNS)
    for one in held:
        cells = (
            one.subject,
            one.subject_label,
            PREDICATES[one.verdict],
            one.object,
            one.object_label,
            JUSTIFICATION,
            one.by,
            "1",
            one.on,
            " ".join(one.reason.split()),
        )
        rows.writerow((*cells, one.part_of) if extended else cells)
    return stream.getvalue()
