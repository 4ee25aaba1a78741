"""`quiver query`: one SPARQL query, or one of the catalogue, answered in a terminal."""

import sys
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from ontology import terms
from queries import formats
from server.commands import options
from server.config import FUNCTIONS, seconds, size

if TYPE_CHECKING:
    from queries.catalogue import Catalogue, Query
    from queries.pool.answers import Answer, Request
    from queries.workers import Pool

TABLE = "table"
_WIDEST = 60
_RESULTS: tuple[formats.Kind, ...] = ("results",)
_RDF: tuple[formats.Kind, ...] = ("rdf",)


class _Parsed(click.ParamType[object]):
    """An option value read by one of the readers of settings."""

    def __init__(self, name: str, read: Callable[[str], object]) -> None:
        self.name = name
        self._read = read

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        """The value as a number; a usage error where it is none."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


PARSED_SECONDS = _Parsed("seconds", seconds)


@click.command(short_help="Ask in SPARQL, or a query of the catalogue.")
@click.argument("text", metavar="QUERY", required=False)
@options.data
@click.option(
    "--file",
    "-f",
    "source",
    type=click.File("rb"),
    help="Read the query from a file; - for standard input.",
)
@click.option(
    "--param",
    "-p",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of a catalogue query; may be repeated.",
)
@click.option(
    "--format",
    "wanted",
    metavar="FORMAT",
    help="table, csv, tsv, json, xml, ttl, nt, jsonld, …: a table in a terminal, else tsv.",
)
@click.option(
    "--timeout",
    type=PARSED_SECONDS,
    default=30.0,
    show_default=True,
    help="Longest time for the query.",
)
@click.option(
    "--memory",
    type=_Parsed("size", size),
    default="1GiB",
    show_default=True,
    help="Most memory for the query.",
)
@click.option("--list", "show_list", is_flag=True, help="List the queries of the catalogue.")
def query(
    text: str | None,
    data: Path,
    source: BinaryIO | None,
    param: tuple[str, ...],
    wanted: str | None,
    timeout: float,
    memory: int,
    show_list: bool,
) -> None:
    """Ask the graph: SPARQL text, or the name of a query of the catalogue.

    \b
    quiver query 'SELECT (COUNT(*) AS ?n) { ?s ?p ?o }'
    quiver query co-authors -p person="Sergey Levine"
    quiver query papers-in-venue -p venue=NeurIPS -p year=2020 --format csv
    quiver query --list

    Where a parameter is an IRI, the exact name of a person, venue, publication or source will do.
    """
    from queries.catalogue import Catalogue
    from queries.generations import Generations
    from queries.workers import Limits, Pool, Request
    from server import naming

    catalogue = Catalogue.bundled()
    if show_list:
        _print_catalogue(catalogue)
        return
    if (text is None) == (source is None):
        raise click.UsageError("Give one query: as text, by name, or with --file.")
    asked = text if source is None else _decoded(source)
    assert asked is not None
    bindings = {}
    if _is_name(asked):
        named = _named(catalogue, asked)
        with Generations(data).open() as reader:
            values = naming.meant(reader, named, parameters(param))
        asked, bindings = named.text, named.bind(values)
    elif param:
        raise click.UsageError("--param goes with the name of a catalogue query.")
    results, graph = _media_types(wanted)
    limits = Limits(deadline=timeout, memory=memory, cache=0)
    with Pool(data, limits, size=1, reserved=0, functions=FUNCTIONS) as pool:
        request = Request(
            asked, results=results, graph=graph, bindings=bindings, prefixes=terms.PREFIXES
        )
        answer = _answer(pool, request, wanted)
        if answer.media_type == formats.RESULTS_JSON.media_type and _as_table(wanted):
            click.echo(_table(answer.body.read()))
            return
        last = b""
        for last in answer.body:
            sys.stdout.buffer.write(last)
        if not last.endswith(b"\n"):  # such as that of ASK: the next line is the shell's
            sys.stdout.buffer.write(b"\n")
        sys.stdout.buffer.flush()


def _named(catalogue: "Catalogue", name: str) -> "Query":
    """The query of this name; those of a like name are told where there is none."""
    from queries.catalogue import UnknownQuery

    try:
        return catalogue.get(name)
    except UnknownQuery as error:
        near = get_close_matches(name, [one.name for one in catalogue], 3)
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        raise click.ClickException(f"{error}{meant} `quiver query --list` lists them") from None


def _answer(pool: "Pool", request: "Request", wanted: str | None) -> "Answer":
    """The answer; where it cannot be had as asked, what to ask for instead."""
    from queries.pool.answers import Cause, FormRefused, QueryKilled

    try:
        return pool.run(request)
    except FormRefused as error:
        kinds = _RDF if error.form == "graph" else _RESULTS
        there = ", ".join(map(_short, formats.of_kind(*kinds)))
        raise click.ClickException(
            f"the answer is a {error.form}, which cannot be had as {wanted}; there is {there}"
        ) from None
    except QueryKilled as error:
        more = {Cause.DEADLINE: "--timeout SECONDS", Cause.MEMORY: "--memory SIZE"}
        if error.cause not in more:
            raise
        raise click.ClickException(f"{error}; {more[error.cause]} gives it more") from None


def _decoded(source: BinaryIO) -> str:
    try:
        return source.read().decode()
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{source.name}: not UTF-8 at byte {error.start}") from error


def _is_name(text: str) -> bool:
    return text.replace("-", "").isalnum() and text == text.lower()


def parameters(given: tuple[str, ...]) -> dict[str, str]:
    """The values of --param by name."""
    found = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals:
            raise click.UsageError(f"--param takes NAME=VALUE, not {item!r}.")
        found[name] = value
    return found


def _as_table(wanted: str | None) -> bool:
    return wanted == TABLE or (wanted is None and sys.stdout.isatty())


def _media_types(wanted: str | None) -> tuple[str | None, str | None]:
    """The media types for tables and for graphs; None refuses that form."""
    if _as_table(wanted):
        return formats.RESULTS_JSON.media_type, "text/turtle"
    if wanted is None:
        return formats.TSV.media_type, "text/turtle"
    results = formats.by_name(wanted, _RESULTS)
    graph = formats.by_name(wanted, _RDF)
    if results is None and graph is None:
        there = map(_short, formats.of_kind(*_RESULTS, *_RDF))
        raise click.UsageError(f"Unknown format {wanted!r}; there is {', '.join((TABLE, *there))}.")
    return (results.media_type if results else None), (graph.media_type if graph else None)


def _short(offer: formats.Format) -> str:
    """The name that people know: json rather than srj, xml than srx, ttl than turtle."""
    return offer.names[-1] if offer.kind == "results" else offer.names[0]


def _table(body: bytes) -> str:
    """Columns under their names, cut where wider than a terminal likes."""
    import pyoxigraph as ox

    found = ox.parse_query_results(body, ox.QueryResultsFormat.JSON)
    if isinstance(found, ox.QueryBoolean):
        return "true" if found else "false"
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError("a graph has no columns")
    names = [variable.value for variable in found.variables]
    rows = [[_cell(solution[name]) for name in names] for solution in found]
    widths = [
        min(_WIDEST, max([len(name), *(len(row[i]) for row in rows)]))
        for i, name in enumerate(names)
    ]
    lines = [names, ["─" * width for width in widths], *rows]
    text = "\n".join(
        "  ".join(_cut(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return f"{text}\n({len(rows):,} {'row' if len(rows) == 1 else 'rows'})"


def _cell(term: object) -> str:
    return "" if term is None else str(getattr(term, "value", term))


def _cut(cell: str, width: int) -> str:
    return cell.ljust(width) if len(cell) <= width else cell[: width - 1] + "…"


def _print_catalogue(catalogue: "Catalogue") -> None:
    for found in catalogue:
        takes = " ".join(f"{param.name}=" for param in found.params)
        click.echo(f"{found.name:<24} {found.title}{f'  ({takes})' if takes else ''}")
