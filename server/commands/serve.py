"""`quiver serve`: browse and query over HTTP."""

import logging
from pathlib import Path

import click

from server import config as settings
from server.commands import options

_TEXTS = {
    "host": "The address to listen on.",
    "port": "The port to listen on; 0 takes a free one.",
    "workers": "Query processes; one more is kept for pages. Default: the cores.",
    "threads": "Threads that answer requests.",
    "timeout": "Longest time for a query (30, 500ms, 2m).",
    "memory": "Most memory for a query process (1GiB).",
}


@click.command()
@options.data
@click.option("--host", help=_TEXTS["host"])
@click.option("--port", type=int, help=_TEXTS["port"])
@click.option("--workers", type=int, help=_TEXTS["workers"])
@click.option("--threads", type=int, help=_TEXTS["threads"])
@click.option("--timeout", metavar="SECONDS", help=_TEXTS["timeout"])
@click.option("--memory", metavar="SIZE", help=_TEXTS["memory"])
@click.option("--read-only", is_flag=True, default=None, help="Refuse every write.")
@click.option("--private", is_flag=True, default=None, help="Let only holders of tokens read.")
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A TOML file of settings; options and QUIVER_* variables win over it.",
)
def serve(data: Path, file: Path | None, **given: object) -> None:
    """Serve pages, SPARQL and linked data until told to stop.

    Settings come from options, then QUIVER_* variables (QUIVER_TIMEOUT=60), then --config FILE,
    then defaults. Stop with Ctrl-C; answers under way are finished first.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    run(settings.read({"data": data, **given}, file=file))


def free(config: settings.Config) -> int:
    """The port that can be listened on, found for 0; an error before any work where it cannot."""
    from server import serve as http

    with http.listen(config) as listener:
        return int(listener.getsockname()[1])


def run(config: settings.Config) -> None:
    """Serve with these settings; announcements go to the terminal."""
    from server import serve as http

    http.serve(config, announce=click.echo)
