"""Decisions as SSSOM (Simple Standard for Sharing Ontological Mappings), TSV in and out; pure.

`owl:sameAs` and `skos:exactMatch` say that two are the same, `owl:differentFrom` or the predicate
modifier `Not` that they are different.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO

from ingest.resolution.decisions import DIFFERENT, SAME
from ingest.resolution.evidence import Decision

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
JUSTIFICATION = "semapv:ManualMappingCuration"
VERDICTS = {"owl:sameAs": SAME, "skos:exactMatch": SAME, "owl:differentFrom": DIFFERENT}
PREDICATES = {SAME: "owl:sameAs", DIFFERENT: "owl:differentFrom"}
HEADER = (
    "#curie_map:",
    "#  owl: http://www.w3.org/2002/07/owl#",
    "#  semapv: https://w3id.org/semapv/vocab/",
    "#  skos: http://www.w3.org/2004/02/skos/core#",
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
        verdict = DIFFERENT if verdict == SAME else SAME
    who = said.get("author_id") or said.get("author_label") or by
    why = said.get("comment") or reason
    for name, value in (("author_id", who), ("comment", why), ("subject_id", said["subject_id"])):
        if not value:
            raise SssomError(line, f"no {name}")
    return Stated(line, said["subject_id"], said["object_id"], verdict, who, why)


def write(decided: Iterable[tuple[Decision, tuple[str, str]]], below: str) -> str:
    """Decisions with the labels of their two, as a file; `below` makes paths IRIs."""
    stream = StringIO()
    stream.writelines(f"{line}\n" for line in HEADER)
    rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
    rows.writerow(COLUMNS)
    for one, (mine, theirs) in decided:
        rows.writerow(
            (
                f"{below}{one.one}",
                mine,
                PREDICATES[one.verdict],
                f"{below}{one.other}",
                theirs,
                JUSTIFICATION,
                one.by,
                "1",
                one.on[:10],
                " ".join(one.reason.split()),
            )
        )
    return stream.getvalue()
