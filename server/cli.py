"""The `quiver` command: what it is called, what it takes, and one line for each error.

Each command lives in `server.commands` and is imported when it is called, so that `quiver --help`
stays quick. Exit status: 0 done, 1 something was rejected or failed, 2 wrong usage.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from typing import Any, cast

import click

# In the order in which one meets them, not the alphabet's.
COMMANDS = {
    "demo": "server.commands.demo",
    "load": "server.commands.data",
    "unload": "server.commands.data",
    "sources": "server.commands.data",
    "resolve": "server.commands.people",
    "explain": "server.commands.people",
    "evaluate": "server.commands.evaluate",
    "decide": "server.commands.deciding",
    "check": "server.commands.check",
    "link": "server.commands.link",
    "query": "server.commands.query",
    "dump": "server.commands.dump",
    "export": "server.commands.export",
    "serve": "server.commands.serve",
    "token": "server.commands.token",
    "info": "server.commands.data",
    "rollback": "server.commands.data",
    "backup": "server.commands.keeping",
    "restore": "server.commands.keeping",
    "rebase": "server.commands.keeping",
}


class Quiver(click.Group):
    """Finds a command's module when it is asked for, and turns our errors into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name])
        return cast(click.Command, getattr(module, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; it guesses at what was meant from the names alone."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=list(COMMANDS), ctx=ctx
            ) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that a user can cause is one line and status 1."""
        try:
            with _told_to_end():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click ends quietly where a reader such as `head` has had enough
        except _known_errors() as error:
            raise click.ClickException(one_line(error)) from error


@contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM and SIGHUP end a command as Ctrl-C does: what it has not finished, it cleans away."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    wanted = threading.current_thread() is threading.main_thread()
    ours = [
        number
        for number in (signal.SIGTERM, signal.SIGHUP)
        if wanted and signal.getsignal(number) is signal.SIG_DFL
    ]
    for number in ours:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def one_line(error: BaseException) -> str:
    """An error as one line for a person: an OSError by its file and reason."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror.lower()}"
    return " ".join(str(error).split()) or type(error).__name__


def _known_errors() -> tuple[type[Exception], ...]:
    from ingest.errors import LoadError
    from ingest.readers.errors import ReadError
    from ontology.iris import IriError
    from queries.errors import QueriesError
    from queries.pool.answers import QueryError
    from server.config import ConfigError

    return (LoadError, ReadError, QueriesError, QueryError, IriError, ConfigError, OSError)


@click.group(cls=Quiver, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("quiver-kg"), prog_name="quiver")
def main() -> None:
    """Turn bibliographic records into a knowledge graph; browse, query and link it.

    \b
    Start here:
      quiver demo                  build and serve the bundled example
      quiver load papers.bib       load your own records
      quiver resolve               find out who is who
      quiver serve                 browse and query at http://localhost:8000/

    Every command takes --data DIR (default ./quiver-data, or QUIVER_DATA) and --help.
    """
