"""`quiver token`: who may change what over HTTP."""

from pathlib import Path

import click

from server.commands import options
from server.tokens import SCOPES, TokenError, Tokens


@click.group(short_help="Make, list and revoke the tokens that writing needs.")
def token() -> None:
    """Make, list and revoke the bearer tokens that writing over HTTP needs.

    \b
    read     look at what only token holders may see
    curate   that, and decide who is who
    write    that, and SPARQL Update and the Graph Store Protocol
    """


@token.command()
@click.argument("name")
@options.data
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(list(SCOPES)),
    multiple=True,
    default=("read",),
    show_default=True,
    help="What it allows; may be repeated.",
)
def new(name: str, data: Path, scopes: tuple[str, ...]) -> None:
    """Make a token; it is shown once, and only its hash is kept."""
    data.mkdir(parents=True, exist_ok=True)
    try:
        click.echo(Tokens(data).new(name, scopes))
    except TokenError as error:
        raise click.ClickException(str(error)) from error


@token.command("list")
@options.data
def show(data: Path) -> None:
    """List the tokens: name, scopes, when each was made."""
    for found in Tokens(data).list():
        click.echo(f"{found.name:<20} {', '.join(found.scopes):<24} {found.created}")


@token.command(short_help="Revoke a token, at once.")
@click.argument("name")
@options.data
def revoke(name: str, data: Path) -> None:
    """Revoke a token; a running server refuses it from the next request on."""
    try:
        Tokens(data).revoke(name)
    except TokenError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Token {name} is revoked.")
