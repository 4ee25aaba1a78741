"""`load`, `unload`, `sources`, `info`, `rollback`: what the data folder holds."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import inputs, options
from server.progress import Progress

if TYPE_CHECKING:
    from ingest.pipeline import LoadReport

EXAMPLES = 3
# What is odd about an entry of which nothing was left out.
NOTHING_LOST = ("ER: no ER line", "row: ", "key used before", "not UTF-8", "title: ")


def _columns(given: tuple[str, ...]) -> dict[str, str]:
    """The columns to map: "Nr=id" is {"Nr": "id"}; the last `=` parts them."""
    for one in given:
        if not all(one.rpartition("=")[::2]):
            raise click.BadParameter(f"{one!r} is not COLUMN=FIELD")
    return {one.rpartition("=")[0]: one.rpartition("=")[2] for one in given}


def _repairs(given: tuple[str, ...]) -> tuple[str, ...]:
    """The names of repairs, if there are such repairs."""
    from ingest.repairs import RULES

    for name in given:
        if name not in RULES:
            raise click.BadParameter(f"no repair {name!r}; `quiver load --list-repairs` names them")
    return given


def _list_repairs(context: click.Context) -> None:
    from ingest.repairs import RULES

    width = max(map(len, RULES))
    for name, what in RULES.items():
        click.echo(f"{name:<{width}}  {what}")
    context.exit()


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@options.data
@click.option("--source", help="Name of the source. Default: the first file's stem.")
@click.option("--format", "format_name", help="Name of the format, where guessing is not wanted.")
@click.option(
    "--map",
    "columns",
    multiple=True,
    metavar="COLUMN=FIELD",
    callback=lambda _context, _option, given: _columns(given),
    help="Field of a table's column (id, title, authors, venue, year, doi, …); repeat for more.",
)
@click.option(
    "--base", help="Base of the IRIs, said at the first load. [default: http://localhost:8000/]"
)
@click.option("--replace", is_flag=True, help="Let these files replace a source read from others.")
@click.option("--licence", default="", help="Licence of the records, as an IRI or a name.")
@click.option("--publisher", default="", help="Who publishes the source.")
@click.option("--homepage", default="", help="The source's page.")
@click.option(
    "--no-repair",
    "without",
    multiple=True,
    metavar="NAME",
    callback=lambda _context, _option, given: _repairs(given),
    help="Leave a repair out, of this load only; repeat for more.",
)
@click.option("--no-repairs", is_flag=True, help="Leave all repairs out.")
@click.option(
    "--list-repairs",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, _option, asked: _list_repairs(context) if asked else None,
    help="Say what repairs there are, and end.",
)
@click.option("--strict", is_flag=True, help="Stop at the first record that cannot be read.")
@click.option(
    "--errors",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what was rejected as JSON Lines.",
)
@options.wait
@options.quiet
def load(
    files: tuple[Path, ...],
    data: Path,
    source: str | None,
    format_name: str | None,
    columns: dict[str, str],
    base: str | None,
    replace: bool,
    licence: str,
    publisher: str,
    homepage: str,
    without: tuple[str, ...],
    no_repairs: bool,
    strict: bool,
    errors: Path | None,
    wait: float,
    quiet: bool,
) -> None:
    """Load records; the files of one call are one source.

    \b
    quiver load papers.bib
    quiver load papers.bib more.ris --source mine --licence CC0-1.0
    quiver load list.csv --map Titel=title --map Verfasser=authors --map Jahr=year
    xzcat dump.jsonl.xz | quiver load - --source dump

    The format is guessed from the content, then from the name. Loading the same files again writes
    only what changed. Exit status 1 where a record was rejected; the others are loaded. What is
    said of format, columns and repairs holds for this load: a reload without it reads as usual.
    """
    from ingest import pipeline
    from ingest.repairs import RULES

    with inputs.at_hand(files, source) as readable, Progress(quiet) as progress:
        report = pipeline.load(
            data,
            readable,
            source=source,
            base=base,
            format=format_name,
            columns=columns or None,
            without=RULES if no_repairs else without,
            replace=replace,
            licence=licence,
            publisher=publisher,
            homepage=homepage,
            strict=strict,
            errors=errors,
            wait=wait,
            progress=progress,
        )
    print_load(report)
    if report.changed:
        click.echo("Then: `quiver resolve` finds what is the same, `quiver serve` shows it")
    if report.rejected:
        raise click.exceptions.Exit(1)


def print_load(report: "LoadReport") -> None:
    """What a load did, as a person wants to read it."""
    for line in report.formats:
        click.echo(line)
    click.echo(
        f"Source {report.source}: {report.read:,} read, {report.loaded:,} loaded, "
        f"{report.repaired:,} repaired, {report.rejected:,} rejected"
    )
    for line in report.declared:
        click.echo(f"  {line}")
    for name, count in report.kept.items():
        click.echo(f"  kept as they are: {count:,} triples in {name}")
    for name, count in sorted(report.repairs.items()):
        click.echo(f"  repaired: {name} ({count:,})")
    for reason, count in sorted(report.reasons.items()):
        what = "rejected"
        if report.values.get(reason) == count:
            # What costs a value only leaves its record loaded: no record is "rejected" for it.
            what = "noted" if reason.startswith(NOTHING_LOST) else "left out"
        click.echo(f"  {what}: {reason} ({count:,})")
        for example in report.examples.get(reason, ())[:EXAMPLES]:
            click.echo(f"    {example}")
    if report.changed:
        click.echo(
            f"  {report.added:,} quads added, {report.removed:,} removed; "
            f"generation {report.generation} published in {report.seconds:.1f} s"
        )
        return
    click.echo(f"  nothing changed; generation {report.generation} stays")
    if report.rejected and not report.reasons:
        click.echo("  what was rejected, and why: load it again with --errors FILE")


@click.command()
@click.argument("source")
@options.data
@options.wait
@options.quiet
def unload(source: str, data: Path, wait: float, quiet: bool) -> None:
    """Take a source out; what only it said goes with it."""
    from ingest import pipeline

    with Progress(quiet) as progress:
        report = pipeline.unload(data, source, wait=wait, progress=progress)
    click.echo(
        f"Source {source} taken out: {report.removed:,} quads removed; "
        f"generation {report.generation} published in {report.seconds:.1f} s"
    )


@click.command()
@options.data
def sources(data: Path) -> None:
    """List the sources: what each declares, and what is held of it."""
    from ingest import sources as states
    from queries.catalogue import Catalogue
    from queries.generations import Generations
    from queries.store import select

    text = Catalogue.bundled().get("declared-and-held").text
    with Generations(data).open() as reader:
        rows = [
            [str(getattr(term, "value", "") or "") for term in (row[n] for n in _COLUMNS)]
            for row in select(reader.store, text)
        ]
        known = states.read(reader.path / states.FILE)
    widths = [max(len(line[i]) for line in [_TITLES, *rows]) for i in range(len(_TITLES))]
    for line in [_TITLES, *rows]:
        click.echo("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip())
        for graph, count in known[line[0]].kept.items() if line[0] in known else ():
            click.echo(f"  and {count:,} triples that no record took up, in {graph}")


_COLUMNS = ["name", "held", "declared", "rows", "declaredRows"]
_TITLES = ["source", "publications held", "declared", "author rows held", "declared"]


@click.command()
@options.data
def info(data: Path) -> None:
    """Say what the data folder holds: base, generations, counts."""
    import json

    from ontology import terms
    from queries.generations import Generations

    generations = Generations(data)
    with generations.open() as reader:
        click.echo(f"Base          {reader.meta['base']}")
        click.echo(f"Generation    {reader.number}, made {reader.meta['created']}")
        counts = json.loads((reader.path / "counts.json").read_text())
    for name in ("publications", "persons", "venues", "quads"):
        click.echo(f"{name.capitalize():<14}{counts.get(name, 0):,}")
    click.echo("Graphs")
    for name, count in counts.get("graphs", {}).items():
        click.echo(f"  {count:>12,}  {name}")
    click.echo("Classes")
    for name, count in counts.get("classes", {}).items():
        if name.startswith(terms.Q):
            click.echo(f"  {count:>12,}  {name.removeprefix(terms.Q)}")
    held = ", ".join(f"{g.number}{'*' if g.is_current else ''}" for g in generations.list())
    click.echo(f"Held          {held} (* current; `quiver rollback N` goes back)")


@click.command(short_help="Publish an earlier generation again.")
@click.argument("number", type=int, required=False)
@options.data
@options.wait
def rollback(number: int | None, data: Path, wait: float) -> None:
    """Publish an earlier generation again: NUMBER, else the one before the current."""
    from queries.generations import Generations

    published = Generations(data, "quiver rollback").rollback(number, wait)
    click.echo(f"Generation {published} is current again; the next write starts from it.")
