"""`quiver check`: what must hold of every graph, asked of this one."""

from pathlib import Path

import click

from server.commands import options
from server.progress import Progress

SHOWN = 5


@click.command()
@options.data
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a report on the quality of the data as JSON ('-': to standard output) instead.",
)
@click.option("--seconds", default=600.0, show_default=True, help="How long a report may take.")
@options.quiet
def check(data: Path, report: Path | None, seconds: float, quiet: bool) -> None:
    """Check that the graph keeps its promises.

    Every publication and author row has one canonical member, owl:sameAs is a star, nothing is
    said to be both the same and different, no triple stands twice, and every shape holds of the
    whole graph. Exit status 1 where one fails. Takes a minute or two on ten million quads.
    """
    if report is not None:
        _report(data, report, seconds, quiet)
        return
    from queries.checking import run
    from queries.generations import Generations

    failed = 0
    with Generations(data).open() as reader, Progress(quiet) as progress:
        for finding in run(reader.store, progress):
            progress.rest()
            mark = click.style("ok    ", fg="green")
            if finding.count:
                failed += 1
                mark = click.style("FAILED", fg="red")
            click.echo(f"{mark}  {finding.title}" + (f": {finding.count}" if finding.count else ""))
            for example in finding.examples[:SHOWN]:
                click.echo(f"          {'  '.join(example)}")
    if failed:
        raise click.exceptions.Exit(1)


def _report(data: Path, target: Path, seconds: float, quiet: bool) -> None:
    """What is missing or suspicious in the data, with counts, examples and queries."""
    import json

    from queries import quality
    from queries.generations import Generations

    found = []
    with Generations(data).open() as reader, Progress(quiet) as progress:
        for number, one in enumerate(quality.report(reader.store, seconds), 1):
            progress("asking", number, None)
            found.append(one)
    text = json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=1) + "\n"
    if str(target) == "-":
        click.echo(text, nl=False)
        return
    target.write_text(text, encoding="utf-8")
    for one in found:
        shown = "not asked in time" if one.count is None else f"{one.count:,}{'+' * one.more}"
        click.echo(f"{shown:>20}  {one.title}")
