"""`backup`, `restore`, `rebase`: the graph carried away, put back, and moved to another address."""

from pathlib import Path

import click

from server.commands import options
from server.progress import Progress


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@options.data
@options.quiet
def backup(file: Path, data: Path, quiet: bool) -> None:
    """Write the current generation to FILE: .tar, .tar.gz or .tar.xz.

    All of the graph: sources, links, decisions, your own graphs, text index. Not the tokens, which
    open doors, nor suggestions nobody has read. Nobody waits for it, and it is checked when it is
    restored.
    """
    from queries.writes import backups

    if file.suffix not in ("", ".tar", *backups.MODES):
        raise click.UsageError(f"{file}: a backup is a .tar, .tar.gz or .tar.xz")
    with Progress(quiet) as progress:
        made = backups.write(data, file, progress)
    click.echo(
        f"Generation {made.generation} of {made.base} written to {file}: {made.files} files, "
        f"{made.size:,} bytes before packing; `quiver restore {file}` puts it back"
    )


@click.command(short_help="Publish what a backup holds, here or elsewhere.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@options.data
@options.wait
@options.quiet
def restore(file: Path, data: Path, wait: float, quiet: bool) -> None:
    """Publish what `quiver backup` wrote to FILE, in this folder or in a new one.

    It becomes the next generation; `quiver rollback` takes it back. A file that is cut off or was
    changed is refused, and nothing happens.
    """
    from queries.writes import backups

    with Progress(quiet) as progress:
        held, number = backups.restore(data, file, wait, progress)
    click.echo(
        f"Generation {held.generation} of {held.base} is current again in {data}, "
        f"as generation {number}"
    )


@click.command(short_help="Give every IRI of the graph another base.")
@click.argument("base")
@options.data
@options.wait
@options.quiet
def rebase(base: str, data: Path, wait: float, quiet: bool) -> None:
    """Give every IRI of the graph the base BASE, such as https://example.org/library/.

    Sources, links, decisions and your own graphs, in one generation; `quiver rollback` takes it
    back. Addresses that others keep stay behind: do it before you publish.
    """
    from ingest import rebase as moving

    with Progress(quiet) as progress:
        done = moving.rebase(data, base, wait, progress)
    if done.before == done.after:
        click.echo(f"The base is {done.after} already; generation {done.generation} stays")
        return
    click.echo(f"{done.before} is {done.after} now; generation {done.generation} published")
