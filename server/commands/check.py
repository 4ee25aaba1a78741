"""`quiver check`: what must hold of every graph, asked of this one."""

from pathlib import Path

import click

from server.commands import options
from server.progress import Progress

SHOWN = 5


@click.command()
@options.data
@options.quiet
def check(data: Path, quiet: bool) -> None:
    """Check that the graph keeps its promises.

    Every publication and author row has one canonical member, owl:sameAs is a star, nothing is
    said to be both the same and different, no triple stands twice. Exit status 1 where one fails.
    """
    from queries.checking import run
    from queries.generations import Generations

    failed = 0
    with Generations(data).open() as reader, Progress(quiet) as progress:
        for number, finding in enumerate(run(reader.store), 1):
            progress("checking", number, None)
            mark = click.style("ok    ", fg="green")
            if finding.count:
                failed += 1
                mark = click.style("FAILED", fg="red")
            click.echo(f"{mark}  {finding.title}" + (f": {finding.count}" if finding.count else ""))
            for example in finding.examples[:SHOWN]:
                click.echo(f"          {'  '.join(example)}")
    if failed:
        raise click.exceptions.Exit(1)
