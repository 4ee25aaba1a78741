"""Links that people or other graphs state, as SSSOM (TSV): they win over what is computed.

One side of each line is an entity of ours, the other an IRI outside. `owl:sameAs` and
`skos:exactMatch` link, `owl:differentFrom` or the modifier `Not` forbid, `skos:closeMatch` asks
people. The latest word on a pair holds.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ingest.linking.choosing import DIFFERENT, GREY, LINKED, Candidate
from ingest.linking.ours import Ours

RULE = "stated"
VERDICTS = {
    "owl:sameAs": LINKED,
    "skos:exactMatch": LINKED,
    "skos:closeMatch": GREY,
    "owl:differentFrom": DIFFERENT,
}
NEEDED = ("subject_id", "predicate_id", "object_id")
_PREFIX = re.compile(r"#\s+([\w.-]+):\s+[\"']?(\S+?)[\"']?\s*$")


class StatedError(ValueError):
    """A line that states nothing; `line` is its number."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Stated:
    """The lines of a file: what they state of our entities, by whom where no line says."""

    text: str
    by: str = ""

    def candidates(self, ours: Ours) -> Iterator[Candidate]:
        """Each line as a candidate; StatedError at one that is about nothing here."""
        lines = self.text.removeprefix("\ufeff").splitlines()
        start = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
        prefixes = {f[1]: f[2] for line in lines[:start] if (f := _PREFIX.match(line))}
        rows = csv.DictReader(lines[start:], delimiter="\t")
        missing = set(NEEDED) - set(rows.fieldnames or ())
        if missing:
            raise StatedError(start + 1, f"no column {', '.join(sorted(missing))}")
        for row in rows:
            told = {name: (value or "").strip() for name, value in row.items() if name}
            yield self._candidate(start + rows.line_num, told, prefixes, ours)

    def _candidate(
        self, line: int, told: Mapping[str, str], prefixes: Mapping[str, str], ours: Ours
    ) -> Candidate:
        subject, other = (_whole(told[name], prefixes) for name in ("subject_id", "object_id"))
        labels = told.get("subject_label", ""), told.get("object_label", "")
        if ours.canonical(subject) is None:
            subject, other, labels = other, subject, labels[::-1]
        if ours.canonical(subject) is None:
            raise StatedError(line, f"neither {other} nor {subject} is an entity here")
        if "://" not in other or other.startswith(ours.iris.base):
            raise StatedError(line, f"{other} is no IRI of another graph")
        verdict = VERDICTS.get(told["predicate_id"])
        if verdict is None:
            raise StatedError(line, f"predicate_id {told['predicate_id']!r} is none of {_KNOWN}")
        if told.get("predicate_modifier") == "Not":
            verdict = DIFFERENT
        who = told.get("author_id") or told.get("author_label") or self.by
        if not who:
            raise StatedError(line, "no author_id; say who states it with --by")
        why = ": ".join(filter(None, (who, told.get("comment", ""))))
        score = _number(told.get("confidence", ""), line)
        return Candidate(subject, other, RULE, score, verdict, (), labels[1], why)


_KNOWN = ", ".join(VERDICTS)


def _whole(text: str, prefixes: Mapping[str, str]) -> str:
    """The IRI of a CURIE whose prefix the file declares."""
    prefix, _, local = text.partition(":")
    return prefixes[prefix] + local if prefix in prefixes and "://" not in text else text


def _number(text: str, line: int) -> float:
    try:
        score = float(text or 1)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise StatedError(line, f"confidence {text!r} is no number from 0 to 1")
    return score
