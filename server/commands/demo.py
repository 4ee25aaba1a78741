"""`quiver demo`: the bundled records, loaded, resolved and served."""

from dataclasses import replace
from importlib import resources
from pathlib import Path

import click

from server import config as settings
from server.commands import options, serve
from server.commands.data import print_load
from server.progress import Progress

# Two sources that overlap, so that resolution has work; see ingest/data/README.md.
BUNDLE = {
    "arrow": "sergey-levine.arrow.txt",
    "mlanthology": "sergey-levine.mlanthology.json",
}
LOOK_FIRST = (
    ("what is here", ""),
    ("one name: exact matches, and the people behind it", "name/Sergey%20Levine"),
    ("one person under two names, and why", "author/Sid%20Reddy"),
    ("ask in SPARQL", "sparql"),
    ("questions that others ask", "queries"),
)


@click.command()
@options.data
@click.option("--port", type=int, default=8000, show_default=True, help="The port to serve on.")
@click.option("--no-serve", is_flag=True, help="Build the graph and stop.")
@options.quiet
def demo(data: Path, port: int, no_serve: bool, quiet: bool) -> None:
    """Build the bundled example, resolve it, and serve it.

    328 records of an author name cluster page and 399 records of ML Anthology for the same name.
    Run again, it writes only what changed.
    """
    config = settings.read({"data": data, "port": port})
    if not no_serve:
        port = serve.free(config)
        config = replace(config, port=port)
    build(data, port, quiet)
    address = f"http://localhost:{port}/"
    served = f"After `quiver serve --data {data}`, look" if no_serve else "Look"
    click.echo(f"\n{served} first at:")
    for text, path in LOOK_FIRST:
        click.echo(f"  {address}{path:<24} {text}")
    if not no_serve:
        click.echo(f"  {address}review#token={curator(data)}")
        click.echo("    decide who is who; the token holds for this run")
        serve.run(config)


def curator(data: Path) -> str:
    """A fresh token to decide with; that of the last demo is worth nothing any more."""
    from contextlib import suppress

    from server.tokens import TokenError, Tokens

    tokens = Tokens(data)
    with suppress(TokenError):
        tokens.revoke("demo")
    return tokens.new("demo", ("curate",))


def build(data: Path, port: int, quiet: bool) -> None:
    """Load both sources and resolve."""
    from ingest import pipeline
    from ingest.resolution import links
    from queries.generations import Generations
    from server.commands.people import print_run

    known = Generations(data).current()
    folder = resources.files("ingest").joinpath("data")
    with Progress(quiet) as progress:
        for source, name in BUNDLE.items():
            with resources.as_file(folder.joinpath(name)) as file:
                base = f"http://localhost:{port}/" if known is None else None
                report = pipeline.load(data, [file], source=source, base=base, progress=progress)
            known = report.generation
            print_load(report)
        print_run(links.resolve(data, progress=progress))
