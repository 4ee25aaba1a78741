"""`resolve`, `explain`: who is who, and why."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import options
from server.progress import Progress

if TYPE_CHECKING:
    from ingest.resolution.explaining import Comparison, Explanation
    from ingest.resolution.report import ClusterChange, RunReport, Tally
    from ingest.resolution.several import Several

SHOWN = 20


@click.command(short_help="Find out which descriptions are one, and link them.")
@options.data
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Share the work among N processes, by default the cores; the links are the same.",
)
@options.wait
@options.quiet
def resolve(data: Path, dry_run: bool, processes: int | None, wait: float, quiet: bool) -> None:
    """Find out which publications and which authors are one, and link them.

    Links are statements beside the sources' own: every run may add and withdraw them. A run that
    finds nothing new writes nothing.
    """
    from ingest.resolution import links

    with Progress(quiet) as progress:
        report = links.resolve(
            data, dry_run=dry_run, processes=processes, wait=wait, progress=progress
        )
    print_run(report)
    if report.dry_run:
        for change in report.changes[:SHOWN]:
            print_change(change)
        if len(report.changes) > SHOWN:
            click.echo(f"  and {len(report.changes) - SHOWN:,} more")


def print_run(report: "RunReport") -> None:
    """What a run found, as a person wants to read it."""
    click.echo(
        f"Publications: {report.publications.members:,} records are "
        f"{report.publications.canonical:,}; {_clusters(report.publications)}; "
        f"{report.works:,} works have versions"
    )
    click.echo(
        f"Authors: {report.authors.members:,} rows are {report.authors.canonical:,}; "
        f"{_clusters(report.authors)}; {report.authors.grey:,} pairs for people to decide"
    )
    for problem in report.problems:
        click.echo(f"  {problem}")
    kinds = [change.kind for change in report.changes]
    told = f"{kinds.count('joined'):,} clusters joined, {kinds.count('split'):,} split"
    if report.dry_run:
        click.echo(f"  would change: {told}")
    elif report.changed:
        click.echo(
            f"  {told}; {report.added:,} quads added, {report.removed:,} removed; "
            f"generation {report.generation} published in {report.seconds:.1f} s"
        )
    else:
        click.echo(f"  nothing changed; generation {report.generation} stays")


def _clusters(tally: "Tally") -> str:
    return f"{tally.clusters:,} described more than once"


def print_change(change: "ClusterChange") -> None:
    """One cluster that changed: what was apart, or what came apart, by bars."""
    parts = (", ".join(label or iri for iri, label in group) for group in change.groups)
    click.echo(f"  {change.kind:<7} {change.entity:<12} {' | '.join(parts)}")


@click.command()
@click.argument("a")
@click.argument("b", required=False)
@options.data
def explain(a: str, b: str | None, data: Path) -> None:
    """Say why A and B are one, or why not: each an IRI or a name.

    \b
    quiver explain "Sid Reddy" "Siddharth Reddy"
    quiver explain "Yang Liu"

    Shows the terms of the score, people's decisions, the chain of matches inside a cluster, or why
    the two were never compared, and what would change the outcome. Of a row, or part of one, that
    may hold several people it says why that is thought, and how it was divided: of A alone, too.
    """
    from ingest.resolution import explaining
    from ingest.resolution.several import several
    from queries.generations import Generations

    with Generations(data).open() as reader:
        doubtful = [one for text in (a, b) if text for one in several(reader, text)]
        found = explaining.explain(reader, a, b) if b else None
    for one in doubtful:
        print_several(one)
    if found:
        print_explanation(found)
    elif not doubtful:
        click.echo("nothing says that it is more than one person")


def print_several(found: "Several") -> None:
    """Why a row may hold several people, and its parts."""
    if found.is_part:
        click.echo(f"{found.label}  {found.entity}  a part of {found.row}")
    else:
        click.echo(f"{found.label}  {found.row}")
    for reason in found.reasons:
        click.echo(f"  possibly several people: {reason}")
    for part in found.parts:
        count = f"{part.signatures:,} signature{'s' if part.signatures > 1 else ''}"
        joined = "" if part.canonical == part.iri else f"  joined to {part.canonical}"
        click.echo(f"  {count}  {part.iri}{joined}")
    for decision in found.decisions:
        to = f" to {decision.to}" if decision.to else ""
        click.echo(
            f"  split by {decision.by}, {decision.on}: {len(decision.moves):,} of its signatures"
            f"{to}: {decision.reason}  ({decision.iri})"
        )


def print_explanation(found: "Explanation") -> None:
    """Why two are one or not."""
    for entity in (found.one, found.other):
        click.echo(f"{entity.label}  ({entity.source or 'part'})  {entity.iri}")
    click.echo("are one" if found.same else "are not one")
    for decision in found.decisions:
        click.echo(
            f"decided: {decision.verdict}, by {decision.by}, {decision.on}: {decision.reason}"
            f"  ({decision.iri})"
        )
    if found.direct:
        print_comparison(found.direct)
    elif found.chain:
        click.echo(f"never compared with each other; joined by {len(found.chain)} matches:")
    else:
        click.echo(found.block)
    for match in () if found.direct else found.chain or found.nearest:
        click.echo(f"{found.labels[match.one]}  =?  {found.labels[match.other]}")
        print_comparison(match)
    if found.direct or found.chain:
        click.echo(found.block)
    if found.flip:
        click.echo(found.flip)


def print_comparison(match: "Comparison") -> None:
    """One match: its score, what such scores are worth, and what each term added."""
    from ingest.resolution.weighing.calibration import calibrated

    click.echo(
        f"{match.verdict}: score {match.score:.4f}, log-odds {match.sum:+.2f} ({match.rule})"
    )
    worth = calibrated(match.rule, match.score)
    if worth and not match.cannot_link:
        click.echo(f"  {worth.told()}")
    for name, weight in match.terms:
        click.echo(f"  {weight:+8.2f}  {name}")
    if match.cannot_link:
        click.echo(f"  cannot be one: {match.cannot_link}")
