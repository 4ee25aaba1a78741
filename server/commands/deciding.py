"""`decide`: what a person knows about two, above every rule."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.commands import options
from server.commands.people import print_run
from server.progress import Progress

if TYPE_CHECKING:
    from ingest.resolution.report import RunReport
    from ingest.resolution.weighing.evidence import Decision


@click.command(short_help="Decide who is who; list decisions, take them back.")
@click.argument("a", required=False)
@click.argument("verdict", required=False)
@click.argument("b", required=False)
@click.option(
    "--signature",
    "signatures",
    metavar="IRI",
    multiple=True,
    help="With split: a signature that is somebody else's; repeatable.",
)
@click.option(
    "--publication",
    "publications",
    metavar="IRI|TITLE",
    multiple=True,
    help="With split: a publication whose signature of the row is; repeatable.",
)
@click.option("--to", metavar="PERSON", help="With split: whose they are; else a part of the row.")
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
    signatures: tuple[str, ...],
    publications: tuple[str, ...],
    to: str | None,
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
    """Decide who is who: A same|different B, or split ROW --signature … | --publication ….

    \b
    quiver decide "Sid Reddy" different "Siddharth Reddy" --by Ann --reason "two theses"
    quiver decide split "Yang Liu" --publication "A Title" --by Ann --reason "another CV"
    quiver decide --list
    quiver decide --undo decision/m2iieh2pbhuq --by Ann --reason "one thesis, two titles"

    A and B are IRIs or names; a name stands for all rows that have it, and one of the two may be an
    IRI of another graph. A split says that some signatures of a row are another person: a part of
    the row, or who is named by --to. The decision wins over every later run, and is published
    together with the links that obey it.
    """
    from ingest.resolution.curation import exchange, splitting
    from queries.generations import Generations

    if sum(map(bool, (a, undo, listing, path, export))) != 1:
        raise click.UsageError(
            "give one of A same|different B, split ROW, --undo ID, --file PATH, --list, --export"
        )
    if listing or export:
        (_print_list if listing else _print_export)(data)
        return
    by, reason = by or "", reason or ""
    if not path and not (by and reason):
        raise click.UsageError("a decision needs --by NAME and --reason TEXT")
    is_split = _is_split(a, verdict, b, (*signatures, *publications, to))
    told: dict[str, Any] = {"by": by, "reason": reason, "wait": wait}
    with Progress(quiet) as progress:
        if path:
            _tell(*exchange.decide_all(data, path, **told, progress=progress))
        elif undo:
            _tell(*_undo(data, undo, told, progress))
        elif is_split:
            told |= {"publications": publications, "to": to or "", "progress": progress}
            _tell(*splitting.split(data, verdict or "", signatures, **told))
        elif a and b and verdict in ("same", "different"):
            _tell(*_pair(data, (a, verdict, b), told, progress))
        else:
            raise click.UsageError("give A same|different B, or split ROW")
    Generations(data).clear()


def _pair(
    data: Path, said: tuple[str, str, str], told: dict[str, Any], progress: Progress
) -> "tuple[list[Decision], RunReport]":
    """Decide about two here, or about one here and one of another graph."""
    from ingest.linking import deciding as linking
    from ingest.resolution.curation import deciding

    a, verdict, b = said
    if linking.is_about_link(data, a, b):
        return linking.decide(data, a, b, verdict, **told)
    return deciding.decide(data, a, b, verdict, **told, progress=progress)


def _tell(made: "list[Decision]", report: "RunReport | None") -> None:
    for one in made:
        told = (*one.printed, *(iri for iri in (one.one, one.other) if "://" in iri))
        click.echo(f"{one.iri}: {' | '.join(told)}: {one.verdict}")
    if report is None:
        click.echo("nothing new: all of it stands already")
    elif report.run:
        print_run(report)
    else:  # links alone
        for problem in report.problems:
            click.echo(f"  {problem}")
        click.echo(f"  generation {report.generation} published in {report.seconds:.1f} s")


def _undo(
    data: Path, names: Sequence[str], told: dict[str, Any], progress: Progress
) -> "tuple[list[Decision], RunReport]":
    """Take back what was decided of entities here, or else of links."""
    from ingest.linking import deciding as linking
    from ingest.resolution.curation import deciding

    try:
        return deciding.undo(data, names, **told, progress=progress)
    except deciding.UnknownDecision:
        return linking.undo(data, names, **told)


def _is_split(a: str | None, row: str | None, b: str | None, named: Sequence[str | None]) -> bool:
    """Whether that is "split ROW"; nothing else takes single signatures."""
    found = a == "split" and bool(row) and b is None
    if any(named) and not found:
        raise click.UsageError("--signature, --publication and --to belong to: split ROW")
    return found


def _print_list(data: Path) -> None:
    from ingest.resolution.curation import listing
    from queries.generations import Generations

    with Generations(data).open() as reader:
        found = list(listing.listed(reader))
        if not found:
            click.echo("nobody has decided anything yet", err=True)
        for one in found:
            decided = one.decision
            click.echo(f"{decided.iri}  {one.labels[0]} {decided.verdict} {one.labels[1]}")
            state = f" ({one.state})" if one.state else f" of {decided.undoes}"
            click.echo(f"  by {decided.by}, {decided.on}: {decided.reason}{state}")


def _print_export(data: Path) -> None:
    from ingest.resolution.curation import exchange
    from queries.generations import Generations

    with Generations(data).open() as reader:
        click.echo(exchange.export(reader), nl=False)
