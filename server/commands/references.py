"""What `quiver export` does with lists: which publications, and how they are written."""

import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click
import pyoxigraph as ox

from ontology import terms
from ontology.iris import Iris
from queries import formats
from queries.catalogue import Catalogue
from queries.formats import Format
from queries.generations import Generations, Reader
from queries.search.textindex import TextIndex
from queries.store import select
from queries.writes.unfinished import whole_file
from server import naming
from server.bibliography import gathering, styles, writing
from server.bibliography.citations import Citation
from server.bibliography.styles import Style, StyleError
from server.progress import Progress

_CITED: tuple[formats.Kind, ...] = ("bibliography",)
PART = 500  # publications that are asked for at once
_ENDLESS = sys.maxsize


@dataclass(frozen=True, slots=True)
class Chosen:
    """The format and, for text, the style."""

    format: Format
    style: Style | None = None


def chosen(wanted: str | None, style: str | None, output: Path | None) -> Chosen:
    """By --format, else by --style, else by the name of the output, else BibTeX."""
    by_name = formats.by_file_name(output, _CITED) if output else None
    form = formats.by_name(wanted, _CITED) if wanted else None
    form = form or (formats.TEXT if style else by_name or formats.BIBTEX)
    if form is not formats.TEXT:
        if style:
            raise click.UsageError("--style goes with --format txt.")
        return Chosen(form)
    known = styles.bundled()
    name = style or styles.USUAL
    if name in known:
        return Chosen(form, known[name])
    if not Path(name).is_file():
        raise click.UsageError(
            f"There is no style {name!r}, nor a file of that name; there is {', '.join(known)}."
        )
    try:
        return Chosen(form, styles.described(Path(name)))
    except StyleError as error:
        raise click.ClickException(str(error)) from None


def export(
    data: Path,
    kind: str,
    text: str,
    given: Mapping[str, str],
    how: Chosen,
    output: Path | None,
    timeout: float,
    progress: Progress,
) -> int:
    """Write the list; how many publications it has."""
    with Generations(data).open() as reader:
        if kind == "query":
            found = _asked(data, Iris(str(reader.meta["base"])), text, given, timeout)
        else:
            found = _listed(reader, kind, text)
        if not found:
            raise click.ClickException("there is no publication to export")
        counted = _Counted(_citations(reader, found), len(found), progress)
        pieces = writing.chunks(counted, how.format, how.style)
        if output is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece.encode())
            sys.stdout.buffer.flush()
        else:
            with whole_file(output) as file:
                file.writelines(pieces)
    return counted.done


class _Counted:
    """Citations as they go by."""

    def __init__(self, found: Iterator[Citation], total: int, progress: Progress) -> None:
        self.found, self.total, self.progress, self.done = found, total, progress, 0

    def __iter__(self) -> Iterator[Citation]:
        for one in self.found:
            yield one
            self.done += 1
            self.progress("publications", self.done, self.total)


def _citations(reader: Reader, found: Sequence[str]) -> Iterator[Citation]:
    """All of these from one generation, some hundreds at a time."""
    catalogue = Catalogue.bundled()

    def rows(name: str, variable: str, iris: Sequence[str]) -> list[dict[str, str]]:
        query = catalogue.get(name).over(variable, [ox.NamedNode(iri) for iri in iris])
        solutions = select(reader.store, query.text)
        names = [variable.value for variable in solutions.variables]
        return [
            {name: term.value for name in names if (term := solution[name]) is not None}
            for solution in solutions
        ]

    whole = iter(found)
    while part := list(islice(whole, PART)):
        yield from gathering.citations(lambda asked: [rows(*one) for one in asked], part)


def _listed(reader: Reader, kind: str, text: str) -> list[str]:
    """The publications of a person, venue or source."""
    iris = Iris(str(reader.meta["base"]))
    if kind == "source":
        return _rows(reader, "cited/of-source", {"graph": _graph(reader, iris, text)})
    name = {"person": "cited/of-person", "venue": "pages/papers-of-venue"}[kind]
    return _rows(reader, name, {kind: _entity(reader, iris, kind, text)})


def _rows(reader: Reader, name: str, values: Mapping[str, str]) -> list[str]:
    query = Catalogue.bundled().get(name)
    solutions = select(reader.store, query.text, query.bind(values))
    return list(dict.fromkeys(solution["publication"].value for solution in solutions))


def _graph(reader: Reader, iris: Iris, name: str) -> str:
    """The graph of a source; the names that there are where it is none of them."""
    rows = select(reader.store, f"SELECT ?name {{ ?s a <{terms.SOURCE}> ; <{terms.LABEL}> ?name }}")
    known = sorted({row["name"].value for row in rows})
    if name not in known:
        there = ", ".join(known) or "none"
        raise click.UsageError(f"There is no source {name!r}; there is {there}.")
    return iris.source_graph(name)


def _entity(reader: Reader, iris: Iris, kind: str, text: str) -> str:
    """The IRI that is given, or that of the one whose name this is; several are listed."""
    wanted = "author" if kind == "person" else kind
    iri = text if "://" in text else f"{iris.base}id/{text}"
    entity = iris.read(iri)
    if entity is not None and entity.entity_class == wanted:
        return iri
    if "://" in text:
        raise click.UsageError(f"{text!r} is not the IRI of a {kind} here.")
    with TextIndex.open(reader.path / "text.sqlite") as index:
        try:
            return naming.named(index, text, wanted)
        except naming.Unclear as error:
            if not error.hits:
                raise click.UsageError(f"There is no {kind} {text!r}.") from None
            told = "\n".join(f"  {naming.told(hit)}" for hit in error.hits)
            raise click.UsageError(f"{kind}: {error}:\n{told}") from None


def _asked(
    data: Path, iris: Iris, text: str, given: Mapping[str, str], timeout: float
) -> list[str]:
    """The publications in the answer to a query, asked as `quiver query` does; names will do."""
    from queries.workers import Limits, Pool, Request
    from server.config import FUNCTIONS

    named = Catalogue.bundled().get(text) if text.replace("-", "").isalnum() else None
    if named:
        with Generations(data).open() as reader:
            given = naming.meant(reader, named, given)
    limits = Limits(deadline=timeout, cache=0)
    with Pool(data, limits, size=1, reserved=0, functions=FUNCTIONS) as pool:
        answer = pool.run(
            Request(
                named.text if named else text,
                formats.RESULTS_JSON.media_type,
                formats.N_TRIPLES.media_type,
                bindings=named.bind(given) if named else {},
                prefixes=terms.PREFIXES,
            )
        )
        graph = answer.media_type == formats.N_TRIPLES.media_type
        body = io.BytesIO(answer.read())
    return gathering.publications(body, iris.base, _ENDLESS, graph)
