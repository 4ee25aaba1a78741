"""`resolve`, `explain`: who is who, and why."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import options
from server.progress import Progress

if TYPE_CHECKING:
    from ingest.resolution.report import ClusterChange, RunReport, Tally

SHOWN = 20


@click.command()
@options.data
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@options.wait
@options.quiet
def resolve(data: Path, dry_run: bool, wait: float, quiet: bool) -> None:
    """Find out which publications and which authors are one, and link them.

    Links are statements beside the sources' own: every run may add and withdraw them. A run that
    finds nothing new writes nothing.
    """
    from ingest.resolution import links

    with Progress(quiet) as progress:
        report = links.resolve(data, dry_run=dry_run, wait=wait, progress=progress)
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
