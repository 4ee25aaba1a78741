"""What `graph/links` says after a run, block by block; pure.

The lines of publications and rows are those that a load writes (`ingest.derive`); works, matches,
differences and what earlier runs left are added here. The blocks need not be in order.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest import derive
from ingest.lines import block, literal
from ingest.mapping import LABEL, TYPE, cluster_key
from ingest.resolution.gathering.history import match_digest
from ingest.resolution.gathering.reading import Held
from ingest.resolution.grouping.doubts import Doubt
from ingest.resolution.grouping.parts import Part
from ingest.resolution.weighing.scoring import Verdict
from ontology import terms
from ontology.iris import Iris

if TYPE_CHECKING:  # a server writes matches too, and has no need of what compares
    from ingest.resolution.grouping.works import Compared

_DOUBLE = f"^^<{terms.XSD_DOUBLE}>"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a run came to, by local paths.

    `publications` and `rows` give the canonical member of every member of a cluster (singletons
    may be left out), `works` the work of canonical publications, `persons` the row or part of
    signatures that are not their own row's.
    """

    publications: Mapping[str, str]
    rows: Mapping[str, str]
    works: Mapping[str, str]
    compared: Mapping[str, tuple["Compared", ...]]  # by rule: "publications", "authors"
    persons: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    different: frozenset[tuple[str, str]] = frozenset()

    @property
    def ambiguous(self) -> frozenset[str]:
        """The rows that may hold several people."""
        return frozenset(doubt.row for doubt in self.doubts)


@dataclass(frozen=True, slots=True)
class Statements:
    """Writes the blocks of one run; `run` is its local path."""

    iris: Iris
    held: Held
    resolved: Resolved
    run: str

    def blocks(self) -> Iterator[str]:
        """Every block; some entities have several, which belong together."""
        yield from self.publications()
        yield from self.rows()
        yield from self.works()
        yield from self.parts()
        for rule in sorted(self.resolved.compared):
            for compared in self.resolved.compared[rule]:
                yield self.match(rule, compared)
        for one, other in sorted(self.resolved.different):
            yield f"<{self._iri(one)}> <{terms.DIFFERENT_FROM}> <{self._iri(other)}> .\n"

    def _iri(self, local: str) -> str:
        return f"{self.iris.base}id/{local}"

    # --- publications and rows

    def publications(self) -> Iterator[str]:
        """What is derived of publications, with their versions."""
        below = f"{self.iris.base}id/"
        signed: defaultdict[str, list[derive.Signed]] = defaultdict(list)
        for s in self.held.evidence.signatures:
            signed[s.publication].append(
                derive.Signed(f"{below}{s.iri}", s.role, s.ordinal, f"{below}{s.row}")
            )
        rows = {below + row: below + first for row, first in self.resolved.rows.items()}
        persons = {below + one: below + row for one, row in self.resolved.persons.items()}
        clusters: defaultdict[str, list[derive.Publication]] = defaultdict(list)
        for entry in self.held.evidence.publications:
            canonical = self.resolved.publications.get(entry.iri, entry.iri)
            clusters[canonical].append(
                derive.Publication(below + entry.iri, signed.get(entry.iri, ()), entry.cut_off)
            )
        for canonical in sorted(clusters):
            members = clusters[canonical]
            yield from derive.publication_blocks(members, below + canonical, rows, persons)
            yield from self._kept(canonical, (one.iri[len(below) :] for one in members))
        for version, work in self.resolved.works.items():
            yield f"<{below}{version}> <{terms.VERSION_OF}> <{below}{work}> .\n"

    def rows(self) -> Iterator[str]:
        """What is derived of author rows, ambiguous ones marked."""
        members: defaultdict[str, list[str]] = defaultdict(list)
        for row in self.held.evidence.rows:
            canonical = self.resolved.rows.get(row.iri, row.iri)
            members[canonical].append(row.iri)
            yield derive.row_block(self._iri(row.iri), self._iri(canonical))
        for canonical, rows in members.items():
            yield from self._kept(canonical, rows)
        yield from map(block, doubt_lines(f"{self.iris.base}id/", self.resolved.doubts).values())

    def _kept(self, canonical: str, members: Iterable[str]) -> Iterator[str]:
        """What stays from earlier runs: places lost, links of the canonical member to outside."""
        ambiguous = self.resolved.ambiguous
        for member in members:
            subject = f"<{self._iri(member)}>"
            if member != canonical:
                lost = list(self.held.formerly.get(member, ()))
                if not lost and member in self.held.evidence.before.canonical:
                    lost = [self._iri(self.run)]
                for activity in lost:
                    yield f"{subject} <{terms.FORMERLY_CANONICAL}> <{activity}> .\n"
            elif member not in ambiguous:
                for outside in self.held.outside.get(member, ()):
                    yield f"{subject} <{terms.SAME_AS}> <{outside}> .\n"

    # --- works, parts, matches

    def works(self) -> Iterator[str]:
        """Works, labelled as their smallest version is."""
        labels: dict[str, str] = {}
        for version, work in sorted(self.resolved.works.items()):
            labels.setdefault(work, self.held.labels.get(version, ""))
        for work, label in labels.items():
            subject = f"<{self._iri(work)}>"
            yield block(
                (f"{subject} {TYPE} <{terms.WORK}> .\n", f"{subject} {LABEL} {literal(label)} .\n")
            )

    def parts(self) -> Iterator[str]:
        """The parts of ambiguous rows."""
        for part in self.resolved.parts:
            yield block(part_lines(self.iris, part))
            canonical = self.resolved.rows.get(part.iri, part.iri)
            yield derive.row_block(self._iri(part.iri), self._iri(canonical))

    def match(self, rule: str, compared: "Compared") -> str:
        """Why two are one or are not; the run of an earlier match that said the same is kept."""
        one, other = sorted((compared.one, compared.other))
        match = match_of(one, other)
        below = f"{self.iris.base}id/"
        lines = match_lines(below, rule, compared, self._verdict(compared, one, other))
        run, said = self.held.evidence.before.runs.get(match, ("", ""))
        if said != match_digest(line.encode() for line in lines):
            run = self._iri(self.run)
        lines.append(f"<{below}{match}> <{terms.RUN_PROPERTY}> <{run}> .\n")
        return block(lines)

    def _verdict(self, compared: "Compared", one: str, other: str) -> str:
        """As scored, but that versions of one work are called so."""
        if compared.verdict is Verdict.SAME or not self.resolved.works:
            return compared.verdict
        homes = (self.resolved.publications.get(entry, entry) for entry in (one, other))
        mine, theirs = (self.resolved.works.get(home) for home in homes)
        return "version" if mine is not None and mine == theirs else compared.verdict


def doubt_lines(below: str, doubts: Iterable[Doubt]) -> dict[str, set[str]]:
    """What marks rows as ambiguous, by row; `below` is put before local paths."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for doubt in doubts:
        subject = f"<{below}{doubt.row}>"
        found[doubt.row] |= {
            f"{subject} {TYPE} <{terms.AMBIGUOUS_AUTHOR}> .\n",
            f'{subject} <{terms.AMBIGUOUS_BY}> "{doubt.rule}" .\n',
            f"{subject} <{terms.REASON}> {literal(doubt.reason)} .\n",
        }
    return found


def part_lines(iris: Iris, part: Part) -> list[str]:
    """What a part says of itself."""
    subject = f"<{iris.base}id/{part.iri}>"
    folded = cluster_key(part.name)
    cluster = iris.entity("cluster", [folded], folded)
    return [
        f"{subject} {TYPE} <{terms.PERSON}> .\n",
        f"{subject} {TYPE} <{terms.AUTHOR}> .\n",
        f"{subject} {LABEL} {literal(part.label)} .\n",
        f"{subject} <{terms.FOAF_NAME}> {literal(part.name)} .\n",
        f"{subject} <{terms.PART_OF}> <{iris.base}id/{part.row}> .\n",
        f"{subject} <{terms.IN_CLUSTER}> <{cluster}> .\n",
        *(
            f"{subject} <{terms.Q}{scheme}> {literal(value)} .\n"
            for scheme, value in part.identifiers
        ),
    ]


def match_lines(below: str, rule: str, compared: "Compared", verdict: str) -> list[str]:
    """What a match says, but for the run that found it; `below` is put before local paths."""
    one, other = sorted((compared.one, compared.other))
    subject = f"<{below}{match_of(one, other)}>"
    lines = [
        f"{subject} {TYPE} <{terms.MATCH}> .\n",
        f"{subject} <{terms.COMPARES}> <{below}{one}> .\n",
        f"{subject} <{terms.COMPARES}> <{below}{other}> .\n",
        f'{subject} <{terms.RULE}> "{rule}" .\n',
        f"{subject} <{terms.SCORE}> {number(compared.score.probability)} .\n",
        f'{subject} <{terms.VERDICT}> "{verdict}" .\n',
    ]
    lines += [
        f"{subject} <{evidence(name)}> {number(weight)} .\n"
        for name, weight in compared.score.terms
    ]
    if compared.score.forbidden:
        lines.append(f"{subject} <{terms.CANNOT_LINK}> {literal(compared.score.forbidden)} .\n")
    return lines


def match_of(one: str, other: str) -> str:
    """The local path of the match of two entities, given by theirs."""
    base = "http://base/"
    key = sorted((one, other))
    return Iris(base).entity("match", key).removeprefix(f"{base}id/")


def evidence(term: str) -> str:
    """The property for a term of a score."""
    return f"{terms.EVIDENCE}{term[0].upper()}{term[1:]}"


def number(value: float) -> str:
    """A number as Oxigraph gives it back."""
    return f'"{repr(value).removesuffix(".0")}"{_DOUBLE}'
