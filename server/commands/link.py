"""`quiver link`: links to other graphs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import options
from server.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.linking.against import LinkReport

SHOWN = 20


@click.command()
@click.option(
    "--against",
    metavar="FILE|ENDPOINT",
    help="What to compare with: a file of any format that load reads, a Wikidata extract, a table"
    " of people (id, name, titles, identifiers), or the SPARQL endpoint of another Quiver.",
)
@click.option(
    "--stated",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take in the links, and the differences, that a file states (SSSOM, TSV); they win.",
)
@click.option("--by", default="", help="With --stated: who states what no line has an author for.")
@options.data
@click.option("--format", "format_name", help="Name of the format, where guessing is not wanted.")
@click.option(
    "--map",
    "columns",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="Field of a table's column, as for load; repeat for more.",
)
@click.option("--prefix", default="", help="What makes an IRI of an id there that is none.")
@click.option("--dry-run", is_flag=True, help="Say what would be linked, and write nothing.")
@click.option("--list", "listed", is_flag=True, help="List the links as SSSOM (TSV).")
@click.option("--review", is_flag=True, help="With --list: the maybes instead.")
@options.wait
@options.quiet
def link(
    against: str | None,
    stated: Path | None,
    by: str,
    data: Path,
    format_name: str | None,
    columns: tuple[str, ...],
    prefix: str,
    dry_run: bool,
    listed: bool,
    review: bool,
    wait: float,
    quiet: bool,
) -> None:
    """Match authors and publications with those of another graph.

    \b
    quiver link --against dblp.xml.gz --dry-run
    quiver link --against people.csv --prefix https://example.org/people/
    quiver link --list > links.sssom.tsv

    What is surely the same gets `owl:sameAs` to the IRI there, with a match that says why; what is
    not sure is kept as a maybe for people. No entity gets two IRIs of one graph, no IRI two
    entities. Links follow when our own clusters change.
    """
    if listed:
        _list(data, review)
        return
    if not (against or stated):
        raise click.UsageError("Say --against FILE, --stated FILE, or --list.")
    from ingest.linking import against as linking
    from ingest.linking.others import Source, fetched

    if stated:
        _state(linking.state, stated, by, data, wait)
        return
    assert against is not None

    with Progress(quiet) as progress, fetched(against, data) as path:
        mapped = {name: field for name, _, field in (one.rpartition("=") for one in columns)}
        source = Source(path, format_name, mapped, prefix)
        report = linking.link(data, source, dry_run=dry_run, wait=wait, progress=progress)
    _tell(report, dry_run, against)
    if report.unread and not (report.papers or report.people):
        raise click.exceptions.Exit(1)


def _state(
    state: "Callable[..., LinkReport]", file: Path, by: str, data: Path, wait: float
) -> None:
    from ingest.linking.stated import StatedError

    try:
        report = state(data, file, by=by, wait=wait)
    except StatedError as error:
        raise click.ClickException(f"{file}: {error}") from error
    said = f"{len(report.found):,} stated; linked: {len(report.came):,}"
    click.echo(f"{said}; withdrawn: {len(report.went):,}")


def _tell(report: "LinkReport", dry_run: bool, against: str) -> None:
    papers = f"{report.papers:,} publication{'' if report.papers == 1 else 's'}"
    people = f"{report.people:,} {'person' if report.people == 1 else 'people'}"
    read = f"{papers} and {people} there"
    click.echo(f"{read}; {report.compared:,} compared with ours in {report.seconds:.1f} s")
    for problem in report.problems:
        place = f"line {problem.line}: " if problem.line else ""
        value = problem.key or problem.value
        click.echo(f"{against}: {place}{problem.reason}{f' ({value})' if value else ''}", err=True)
    if report.unread > len(report.problems):
        click.echo(f"{against}: {report.unread:,} in all could not be read", err=True)
    sure = "would be linked" if dry_run else "linked"
    count = len(report.sure) if dry_run else len(report.came)
    click.echo(f"{sure}: {count:,}; withdrawn: {len(report.went):,}; maybes: {len(report.grey):,}")
    for one in report.grey[:SHOWN]:
        name = one.label or one.entity.rpartition("/")[2]
        click.echo(f"  maybe: {name}  {one.outside}  {one.score:.2f}  {one.reason}")
    if len(report.grey) > SHOWN:
        click.echo(f"  … and {len(report.grey) - SHOWN:,} more")
    if report.grey and not dry_run:
        click.echo("Decide at /review?show=links; `quiver link --list --review` lists all")


def _list(data: Path, review: bool) -> None:
    from ingest.linking.mappings import mappings
    from queries.generations import Generations

    with Generations(data).open() as reader:
        click.echo(mappings(reader.store, str(reader.meta["base"]), review), nl=False)
