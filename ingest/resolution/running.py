"""One run of resolution, from what was read to what it came to: compare, cluster, obey; pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ingest.resolution.gathering import memory
from ingest.resolution.gathering.clues import Torn
from ingest.resolution.gathering.memory import Memory
from ingest.resolution.gathering.reading import Held
from ingest.resolution.grouping import canonical, decisions, parts
from ingest.resolution.grouping.assignment import RULE as SIGNATURES
from ingest.resolution.grouping.assignment import assigned, torn
from ingest.resolution.grouping.parts import Division
from ingest.resolution.grouping.persons import ACCEPT as ACCEPT_AUTHORS
from ingest.resolution.grouping.persons import Persons, Prepared, resolve_persons
from ingest.resolution.grouping.register import Known
from ingest.resolution.grouping.works import Compared, Publications, resolve_publications
from ingest.resolution.recall import Kept
from ingest.resolution.report import RunReport, Tally, cluster_changes
from ingest.resolution.sharing import LEAST, Aside
from ingest.resolution.statements import Resolved, Statements
from ingest.resolution.weighing.evidence import Evidence
from ingest.resolution.weighing.publications import ACCEPT as ACCEPT_PUBLICATIONS
from ingest.resolution.weighing.scoring import RULE_VERSION, Verdict
from ontology.iris import Iris

Progress = Callable[[str, int, int | None], None]


def silent(phase: str, done: int, total: int | None) -> None:
    """Nobody watches."""


@dataclass(slots=True)
class Run:
    """One run: what it read and what it came to."""

    iris: Iris
    held: Held
    resolved: Resolved
    iri: str
    problems: tuple[str, ...] = ()
    undecided: Mapping[str, memory.Cluster] = field(default_factory=dict)
    cleared: frozenset[str] = frozenset()
    kept: Kept = field(default_factory=Kept)
    torn: Mapping[str, Torn] = field(default_factory=dict)
    known: Known | None = None

    def blocks(self) -> Iterator[str]:
        """The blocks of `graph/links`, in no order."""
        return Statements(self.iris, self.held, self.resolved, self.iri).blocks()

    def canonical(self) -> dict[str, str]:
        """Every publication, row and part with its canonical member."""
        evidence = self.held.evidence
        found = {p.iri: self.resolved.publications.get(p.iri, p.iri) for p in evidence.publications}
        found |= {row.iri: self.resolved.rows.get(row.iri, row.iri) for row in evidence.rows}
        parts = (part.iri for part in self.resolved.parts)
        return found | {part: self.resolved.rows.get(part, part) for part in parts}

    def memory(self, report: RunReport) -> Memory:
        """What the next run or decision must know."""
        tallies = report.publications, report.authors, report.works
        return Memory(
            RULE_VERSION,
            self.held.said,
            *tallies,
            undecided=self.undecided,
            cleared=self.cleared,
            torn=frozenset(self.torn),
            clues=self.torn,
        )

    def report(self, generation: int | None, dry_run: bool) -> RunReport:
        """What it came to, and how that differs from what the links say now."""
        resolved, evidence = self.resolved, self.held.evidence
        return RunReport(
            run=f"{self.iris.base}id/{self.iri}",
            generation=generation,
            changed=False,
            dry_run=dry_run,
            publications=_tally(
                len(evidence.publications), resolved.publications, resolved.compared["publications"]
            ),
            authors=_tally(
                len(evidence.rows) + len(resolved.parts),
                resolved.rows,
                resolved.compared["authors"],
            ),
            works=len(set(resolved.works.values())),
            changes=cluster_changes(self.held.canonical, self.canonical(), self.held.labels),
            problems=self.problems,
        )


def _tally(members: int, stars: Mapping[str, str], compared: Iterable[Compared]) -> Tally:
    verdicts = Counter(one.verdict for one in compared)
    firsts = set(stars.values())
    return Tally(
        members=members,
        canonical=members - len(stars) + len(firsts),
        clusters=len(firsts),
        same=verdicts[Verdict.SAME],
        grey=verdicts[Verdict.GREY],
        different=verdicts[Verdict.DIFFERENT],
    )


def run(
    held: Held,
    iris: Iris,
    progress: Progress = silent,
    processes: int = 1,
    before: Kept | None = None,
    in_turn: bool = False,
) -> Run:
    """Compare and cluster; pure but for the progress. `before` is what an earlier run scored.

    Where publications and persons are worked on `in_turn`, and not at once, it takes longer, and
    two thirds of the memory.
    """
    before = before or Kept()
    evidence = held.evidence
    decided = decisions.standing(evidence.decisions, held.labels)
    progress("publications", 0, None)
    several = max(processes, 2) if in_turn else processes
    aside = Aside(
        lambda: resolve_publications(evidence, processes, before.publications),
        several if len(evidence.signatures) > LEAST else 1,
    )
    waited: Publications | None = aside.result() if in_turn else None
    prepared = Prepared.of(evidence, before.persons)
    found: Publications = waited or aside.result()
    publications, unheard = _obeying_of_publications(found, decided)
    progress("authors", 0, None)
    home = {member: members[0] for members in publications.clusters for member in members}
    division = _divided(held, home, decided)
    evidence = division.applied(evidence)
    decided = decisions.standing(evidence.decisions, held.labels, division.split)
    people = resolve_persons(evidence, home, processes, before.persons, prepared)
    persons, unmet = _obeying_of_persons(people, decided, evidence)
    clues = torn(evidence, home, division.splits.moved)
    return Run(
        iris,
        held,
        _with_parts(
            settle(evidence, publications, persons, map(decisions.pair_of, decided.different)),
            division,
            clues,
            frozenset(map(decisions.pair_of, decided.different)),
        ),
        name_of(iris, RULE_VERSION, held.digest),
        (*division.splits.problems, *decided.problems, *unheard, *unmet),
        memory.changed(found.clusters, publications.clusters)
        | memory.changed(people.clusters, persons.clusters),
        division.cleared,
        Kept(people.recall, found.recall),
        clues,
        Known(prepared.relations, prepared.census.names, prepared.census.statistics, found.works),
    )


def _divided(held: Held, home: Mapping[str, str], decided: decisions.Standing) -> Division:
    """Rows of several people with their parts, which have labels from now on."""
    known = {entity for one in decided.same for entity in decisions.pair_of(one)}
    division = parts.divide(held.evidence, home, held.labels, known)
    held.labels.update((part.iri, part.label) for part in division.parts)
    return division


def _with_parts(
    resolved: Resolved,
    division: Division,
    clues: Mapping[str, Torn],
    apart: frozenset[tuple[str, str]],
) -> Resolved:
    """With the rows that are divided, and the signatures that are not their rows'."""
    given = assigned(clues, resolved.rows, apart)
    return replace(
        resolved,
        persons={**division.persons, **given.persons},
        parts=division.parts,
        doubts=division.doubts,
        compared={**resolved.compared, SIGNATURES: given.compared},
    )


def name_of(iris: Iris, rule: str, digest: str) -> str:
    """The local path of a run, by its rules and what it ran on."""
    return iris.entity("run", [rule, digest]).removeprefix(f"{iris.base}id/")


def _obeying_of_publications(
    found: Publications, decided: decisions.Standing
) -> tuple[Publications, tuple[str, ...]]:
    """Publications as people decided about them, and what of it could not be obeyed."""
    obeyed = decisions.regroup(
        found.clusters, found.compared, decided, "publication", accept=ACCEPT_PUBLICATIONS
    )
    after = replace(found, clusters=obeyed.clusters, compared=obeyed.compared)
    return after, obeyed.problems


def _obeying_of_persons(
    found: Persons, decided: decisions.Standing, evidence: Evidence
) -> tuple[Persons, tuple[str, ...]]:
    """The same of persons, of whom nobody signs one paper twice."""
    signed = ((one.publication, one.row) for one in evidence.signatures if one.role == "author")
    obeyed = decisions.regroup(
        found.clusters,
        found.compared,
        decided,
        "author",
        accept=ACCEPT_AUTHORS,
        together=decisions.signing_together(signed if decided.same else ()),
    )
    return replace(found, clusters=obeyed.clusters, compared=obeyed.compared), obeyed.problems


def settle(
    evidence: Evidence,
    publications: Publications,
    persons: Persons,
    decided: Iterable[tuple[str, str]] = (),
) -> Resolved:
    """Clusters with their canonical members, works with their names."""
    before = evidence.before
    joined = canonical.stars(publications.clusters, before.canonical)
    papers: defaultdict[str, set[str]] = defaultdict(set)
    for signature in evidence.signatures:
        papers[signature.row].add(joined.get(signature.publication, signature.publication))
    weights = {row: len(held) for row, held in papers.items()}
    return Resolved(
        publications=joined,
        rows=canonical.stars(persons.clusters, before.canonical, weights),
        works=canonical.works(publications.works, joined, before.works),
        compared={"publications": publications.compared, "authors": persons.compared},
        different=_different(persons.compared) | frozenset(decided),
    )


def _different(compared: Iterable[Compared]) -> frozenset[tuple[str, str]]:
    """The pairs that cannot be one, whatever else is known."""
    return frozenset(
        (min(pair.one, pair.other), max(pair.one, pair.other))
        for pair in compared
        if pair.score.forbidden and pair.verdict is not Verdict.SAME
    )
