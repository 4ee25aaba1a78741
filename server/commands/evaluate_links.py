"""`evaluate links`: how many of the links that somebody read are right, rule by rule."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import options

if TYPE_CHECKING:
    from ingest.resolution.assessment.judging import LinkReport, Reading, Verdicts


@click.command()
@click.option(
    "--gold",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="The links that were drawn and read, as TSV.",
)
@options.data
@click.option(
    "--worst",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="How many links to show of each list.",
)
def links(gold: Path, data: Path, worst: int) -> None:
    """Measure the links that were drawn and read: right ones among right and wrong, by rule.

    Links that are no longer made are listed by verdict. What was not drawn, the file says nothing
    of: neither links made since nor missed ones.
    """
    from ingest.resolution.assessment import judging
    from queries.generations import Generations

    with Generations(data).open() as reader:
        report = judging.links(reader, gold)
    print_links(report, gold)
    print_undone(report, worst)


def print_links(report: "LinkReport", gold: Path) -> None:
    """The figures, a line a rule."""
    made = sum(found.total for found in report.made.values())
    click.echo(f"{gold.name}: {report.readings:,} links were read; {made:,} of them are made here")
    if report.unknown:
        first = report.unknown[0].told
        click.echo(f"  {len(report.unknown):,} speak of what the graph lacks, left out: {first}, …")
    head = f"{'right':>6} {'wrong':>6} {'doubtful':>9}   precision, 95% within    as drawn"
    click.echo(f"  {'':<44} {head}")
    for rule, drawn in report.drawn.items():
        now = report.made.get(rule)
        counts = f"{now.right:>6,} {now.wrong:>6,} {now.doubtful:>9,}" if now else f"{'-':>6}"
        click.echo(f"  {rule:<44} {counts:<23}   {share(now):<22}   {share(drawn)}")


def share(found: "Verdicts | None") -> str:
    """A precision with its interval."""
    if found is None or found.precision is None:
        return "-"
    low, high = found.interval
    return f"{found.precision:.3f} ({low:.3f} to {high:.3f})"


def print_undone(report: "LinkReport", worst: int) -> None:
    """The links that are no longer made: wrong ones are mended, right ones lost."""
    for verdict, said in (("right", "lost"), ("wrong", "mended"), ("can't tell", "in doubt")):
        those = [reading for reading in report.undone if reading.verdict == verdict]
        if those:
            click.echo(f"No longer made, read as {verdict} ({said}): {len(those):,}")
            for reading in those[:worst]:
                click.echo(f"  {told(reading)}")


def told(reading: "Reading") -> str:
    """One link on one line."""
    return f"{reading.told}  [{reading.rule}, {reading.score:.4f}]"
