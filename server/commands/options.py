"""Options that several commands share."""

from pathlib import Path

import click

data = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("quiver-data"),
    envvar="QUIVER_DATA",
    show_default=True,
    show_envvar=True,
    help="The folder that holds the graph.",
)
wait = click.option(
    "--wait",
    type=click.FloatRange(0),
    default=30.0,
    show_default=True,
    help="Seconds to wait for another writer.",
)
quiet = click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
