"""`quiver export`: the graph as a site of files, or publications as others cite and import them."""

import sys
from pathlib import Path

import click

from server.commands import options
from server.commands.query import PARSED_SECONDS, parameters
from server.progress import Progress

FORMATS = ("bib", "ris", "csl.json", "txt")


@click.command(short_help="Export citations, or the whole graph as a site.")
@click.option(
    "--static",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the whole graph as a static site; DIR must be empty or new.",
)
@click.option("--person", metavar="WHO", help="The papers of a person, by name or IRI.")
@click.option("--venue", metavar="WHERE", help="The papers of a venue, by name or IRI.")
@click.option("--source", metavar="NAME", help="The publications of a source, as it has them.")
@click.option(
    "--query",
    metavar="QUERY",
    help="The publications in the answer to a SPARQL query, or to one of the catalogue by name.",
)
@click.option(
    "--param", "-p", multiple=True, metavar="NAME=VALUE", help="A parameter of a catalogue query."
)
@click.option(
    "--format",
    "wanted",
    type=click.Choice(FORMATS),
    help="BibTeX, RIS, CSL-JSON or text in a style; BibTeX where neither this, --style nor the "
    "name of the output says.",
)
@click.option(
    "--style",
    metavar="STYLE",
    help="For txt: author-date (the usual), notes, numbered, or a file of the Citation Style "
    "Language (.csl).",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The file to write, which is there when it is whole; else standard output.",
)
@click.option(
    "--timeout",
    type=PARSED_SECONDS,
    default=30.0,
    show_default=True,
    help="Longest time for the query.",
)
@options.data
@options.quiet
def export(
    folder: Path | None,
    person: str | None,
    venue: str | None,
    source: str | None,
    query: str | None,
    param: tuple[str, ...],
    wanted: str | None,
    style: str | None,
    output: Path | None,
    timeout: float,
    data: Path,
    quiet: bool,
) -> None:
    """Export publications for reference managers and papers, or the whole graph as a site.

    \b
    quiver export --person "Sergey Levine" > levine.bib
    quiver export --person "Sergey Levine" --style numbered -o levine.txt
    quiver export --venue NeurIPS --format ris -o neurips.ris
    quiver export --source arrow --format csl.json
    quiver export --query papers-in-venue -p venue=NeurIPS -p year=2020
    quiver export --query 'SELECT ?p { ?p q:doi ?doi }' --style my-journal.csl
    quiver export --static site

    Lists are whole, however long: an entry for each publication, with what any of its descriptions
    gives, authors from the most complete one. Keys of BibTeX are those in the publications' IRIs,
    so that they stay.

    A static site has pages, Turtle and JSON-LD, for any file server. Searching, querying and
    deciding need `quiver serve` and are left out; all other links work. Look at it with:
    python -m http.server --directory DIR
    """
    lists = {"person": person, "venue": venue, "source": source, "query": query}
    given = [(kind, text) for kind, text in lists.items() if text is not None]
    if len(given) + (folder is not None) != 1:
        options_ = ", ".join(f"--{kind}" for kind in ("static", *lists))
        raise click.UsageError(f"Give one of {options_}.")
    if folder is not None:
        if wanted or style or output or param:
            raise click.UsageError("--static takes no --format, --style, --output or --param.")
        _static(folder, data, quiet)
        return
    if param and query is None:
        raise click.UsageError("--param goes with --query.")
    from server.commands import references

    output = None if output == Path("-") else output
    chosen = references.chosen(wanted, style, output)
    kind, text = given[0]
    with Progress(quiet or (output is None and sys.stdout.isatty())) as progress:
        number = references.export(
            data, kind, text, parameters(param), chosen, output, timeout, progress
        )
    click.echo(f"{number:,} publication{'' if number == 1 else 's'}", err=True)


def _static(folder: Path, data: Path, quiet: bool) -> None:
    from server import config as settings
    from server import create_app
    from server.freezing import FreezeError, freeze

    config = settings.read({"data": data, "read_only": True})
    with Progress(quiet) as progress:
        try:
            frozen = freeze(create_app(config), data, folder, progress)
        except FreezeError as error:
            raise click.ClickException(str(error)) from error
    click.echo(
        f"Generation {frozen.generation}: {frozen.pages:,} pages and {frozen.files:,} other files, "
        f"{frozen.size:,} bytes, in {folder}"
    )
