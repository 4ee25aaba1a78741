"""`quiver dump`: the graph as files to download."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import options
from server.progress import Progress

if TYPE_CHECKING:
    from queries.formats import Kind

_RDF: tuple["Kind", ...] = ("rdf",)


@click.command(short_help="Write all graphs as compressed files.")
@options.data
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write. Default: dump in the data folder, which the server offers at /dump.",
)
@click.option(
    "--format",
    "wanted",
    multiple=True,
    metavar="FORMAT",
    help="nq, ttl, nt, trig, rdf, jsonld; may be repeated. Default: all.",
)
@click.option(
    "--profile",
    "worded",
    multiple=True,
    metavar="PROFILE",
    help="dblp, schema, dublin-core: the whole graph in these words too; may be repeated.",
)
@options.quiet
def dump(
    data: Path, out: Path | None, wanted: tuple[str, ...], worded: tuple[str, ...], quiet: bool
) -> None:
    """Write the whole graph, and each named graph, as compressed files.

    Exit status 1 where a graph cannot be written in some format; the other files are written.
    Beside them stand their SHA-256 sums and a description in VoID and DCAT. An earlier dump in the
    folder is replaced when the new one is complete.
    """
    from queries import formats, profiles
    from queries.description import dumps
    from queries.generations import Generations

    chosen = []
    for name in wanted:
        found = formats.by_name(name, _RDF)
        if found is None:
            raise click.UsageError(f"Unknown format {name!r}.")
        chosen.append(found)
    unknown = [name for name in worded if profiles.named(name) not in profiles.OTHERS]
    if unknown:
        raise click.UsageError(f"Unknown profile {unknown[0]!r}.")
    others = [one for one in profiles.OTHERS if one in map(profiles.named, worded)]
    with Generations(data).open() as reader, Progress(quiet) as progress:
        folder = out or data / dumps.FOLDER
        made = dumps.dump(reader, folder, chosen or dumps.FORMATS, progress, others)
        number = reader.number
    size = sum(file.size for file in made.files) / 1e6
    click.echo(f"Generation {number} in {len(made.files)} files, {size:,.1f} MB, in {folder}")
    for line in made.left_out:
        click.echo(f"left out: {line}", err=True)
    if made.left_out:
        raise click.exceptions.Exit(1)
