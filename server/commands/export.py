"""`quiver export`: the graph as a site of files."""

from pathlib import Path

import click

from server.commands import options
from server.progress import Progress


@click.command()
@click.option(
    "--static",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write; it must be empty or new.",
)
@options.data
@options.quiet
def export(folder: Path, data: Path, quiet: bool) -> None:
    """Write the whole graph as a static site: pages, Turtle and JSON-LD, for any file server.

    Searching, querying and deciding need `quiver serve` and are left out; all other links work.
    Look at it with: python -m http.server --directory DIR
    """
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
