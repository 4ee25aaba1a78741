"""`decide`: what a person knows about two, above every rule."""

from pathlib import Path

import click

from server.commands import options
from server.commands.people import print_run
from server.progress import Progress


@click.command()
@click.argument("a", required=False)
@click.argument("verdict", required=False, type=click.Choice(["same", "different"]))
@click.argument("b", required=False)
@click.option("--reason", metavar="TEXT", help="Why; kept with the decision.")
@click.option("--by", metavar="NAME", envvar="QUIVER_BY", show_envvar=True, help="Who decides.")
@click.option("--undo", metavar="ID", multiple=True, help="Take this decision back; repeatable.")
@click.option("--list", "listing", is_flag=True, help="Show all decisions, the latest first.")
@options.data
@options.wait
@options.quiet
def decide(
    a: str | None,
    verdict: str | None,
    b: str | None,
    reason: str | None,
    by: str | None,
    undo: tuple[str, ...],
    listing: bool,
    data: Path,
    wait: float,
    quiet: bool,
) -> None:
    """Decide that A is the same as B or different from it: A same|different B.

    A and B are IRIs or names; a name stands for all rows that have it. The decision wins over every
    later run, and is published together with the links that obey it.
    """
    from ingest.resolution import deciding

    if listing:
        _print_list(data)
        return
    if bool(undo) == bool(a):
        raise click.UsageError("give A same|different B, or --undo ID, or --list")
    if not by or not reason:
        raise click.UsageError("a decision needs --by NAME and --reason TEXT")
    with Progress(quiet) as progress:
        if undo:
            made, report = deciding.undo(
                data, undo, by=by, reason=reason, wait=wait, progress=progress
            )
        elif not (a and b and verdict):
            raise click.UsageError("give A same|different B")
        else:
            made, report = deciding.decide(
                data, a, b, verdict, by=by, reason=reason, wait=wait, progress=progress
            )
    for decision in made:
        click.echo(f"{decision.iri}: {' | '.join(decision.printed)}: {decision.verdict}")
    print_run(report)


def _print_list(data: Path) -> None:
    from ingest.resolution import deciding
    from queries.generations import Generations

    with Generations(data).open() as reader:
        for one in deciding.listed(reader):
            decided = one.decision
            click.echo(f"{decided.iri}  {one.labels[0]} {decided.verdict} {one.labels[1]}")
            state = f" ({one.state})" if one.state else f" of {decided.undoes}"
            click.echo(f"  by {decided.by}, {decided.on}: {decided.reason}{state}")
