"""`decide`: what a person knows about two, above every rule."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import options
from server.commands.people import print_run
from server.progress import Progress

if TYPE_CHECKING:
    from ingest.resolution.report import RunReport


@click.command()
@click.argument("a", required=False)
@click.argument("verdict", required=False, type=click.Choice(["same", "different"]))
@click.argument("b", required=False)
@click.option("--reason", metavar="TEXT", help="Why; kept with the decision.")
@click.option("--by", metavar="NAME", envvar="QUIVER_BY", show_envvar=True, help="Who decides.")
@click.option("--undo", metavar="ID", multiple=True, help="Take this decision back; repeatable.")
@click.option("--list", "listing", is_flag=True, help="Show all decisions, the latest first.")
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take all decisions of this SSSOM file (TSV).",
)
@click.option("--export", is_flag=True, help="Write the decisions that stand as SSSOM (TSV).")
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
    path: Path | None,
    export: bool,
    data: Path,
    wait: float,
    quiet: bool,
) -> None:
    """Decide that A is the same as B or different from it: A same|different B.

    A and B are IRIs or names; a name stands for all rows that have it. The decision wins over every
    later run, and is published together with the links that obey it.
    """
    from ingest.resolution import deciding

    if sum(map(bool, (a, undo, listing, path, export))) != 1:
        raise click.UsageError(
            "give one of A same|different B, --undo ID, --file PATH, --list, --export"
        )
    if listing or export:
        (_print_list if listing else _print_export)(data)
        return
    by, reason = by or "", reason or ""
    if not path and not (by and reason):
        raise click.UsageError("a decision needs --by NAME and --reason TEXT")
    with Progress(quiet) as progress:
        report: RunReport | None
        if path:
            made, report = deciding.decide_all(
                data, path, by=by, reason=reason, wait=wait, progress=progress
            )
        elif undo:
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
    if report is None:
        click.echo("nothing new: all of it stands already")
    else:
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


def _print_export(data: Path) -> None:
    from ingest.resolution import deciding
    from queries.generations import Generations

    with Generations(data).open() as reader:
        click.echo(deciding.export(reader), nl=False)
