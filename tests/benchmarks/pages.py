"""How long pages take, and how large they are, on a large graph: `pages.py`.

    .venv/bin/python tests/benchmarks/pages.py --papers 19000     # 1M triples
    .venv/bin/python tests/benchmarks/pages.py --papers 94000     # 5M triples
    .venv/bin/python tests/benchmarks/pages.py --data FOLDER      # a folder that has been loaded
    .venv/bin/python tests/benchmarks/pages.py --data FOLDER --cache 0    # nothing is kept
    .venv/bin/python tests/benchmarks/pages.py --data FOLDER --cache 0 --processor 12

Each kind of page is asked for by one client, then by four without a pause. Publications are drawn
by seed, and none is asked for twice before all were; of the rest, the heaviest there is: the
person and the name with most papers, a person with a thousand, the largest venue and source.
People of many papers are asked for each once, by one client: all of these are first visits, which
find nothing of theirs in memory.
`first` is the very first answer after the start: later ones may come from what is kept for the
generation. With `--cache 0` neither documents nor answers to queries are kept (but for what goes
through all of a venue or a source): each answer is what the first visitor gets who comes when the
server has been running.

The store is settled first, as a server does in the quiet after a load: before that, each look-up
takes three times as long.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import click
import pyoxigraph as ox

from ontology.terms import Q
from queries.catalogue import Catalogue
from queries.generations import Generations
from tests.benchmarks import attacks, servers
from tests.benchmarks.clients import Connection, Crowd
from tests.benchmarks.servers import Target
from tests.benchmarks.serving import quantile

PREFIX = f"PREFIX q: <{Q}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
MOST = "SELECT ?s (COUNT(*) AS ?n) {{ {} }} GROUP BY ?s ORDER BY DESC(?n) LIMIT 2"
THOUSAND = """SELECT ?s (COUNT(*) AS ?n) { ?p q:authoredBy ?s } GROUP BY ?s
HAVING (COUNT(*) <= 1100) ORDER BY DESC(?n) LIMIT 1"""
MANY = """SELECT ?s (COUNT(*) AS ?n) { ?p q:authoredBy ?s } GROUP BY ?s
ORDER BY DESC(?n) LIMIT 200"""
EACH_ONCE = "people of most papers, each once"
GOALS = {"publication": 25.0, "publication as Turtle": 25.0}  # milliseconds at p95, four clients
READY = 5.0  # seconds after its start in which a server readies itself
GOAL, LARGEST = 150.0, 100_000
HTML, TURTLE = "text/html", "text/turtle"

Paths = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Sample:
    """What is asked about: publications drawn by seed, and the heaviest of each kind."""

    publications: list[str]
    people: list[str]
    many: list[str]
    thousand: str
    venue: str
    source: str
    cluster: str
    names: list[str]

    def words(self, number: int) -> str:
        """The first words of a title, as IRIs have them."""
        slug = self.publications[number % len(self.publications)].rpartition("/")[2]
        return " ".join(slug.split("-")[:2])

    def values(self) -> dict[str, str]:
        """A value for each parameter of the catalogue."""
        a, b = self.people
        return {
            "person": a, "a": a, "b": b, "entity": a, "venue": self.venue, "source": self.source,
            "publication": self.publications[0], "name": self.names[0], "year": "2016",
            "doi": "10.99999/made.1",
        }  # fmt: skip


def settled(data: Path) -> None:
    """Compact the store where a load left it uncompacted, or nobody knows."""
    generations = Generations(data)
    with generations.open() as reader:
        due = reader.meta.get("unsettled", 1)
    if due:
        generations.settle()


def sampled(data: Path) -> Sample:
    """What to ask about, read from the store."""
    with Generations(data).open() as reader:
        store = ox.Store.read_only(str(reader.store_path))

        def column(text: str) -> list[str]:
            found = store.query(PREFIX + text, use_default_graph_as_union=True)
            return [row[0].value for row in found]

        publications = column("SELECT ?s { ?s q:authorsFrom ?m } LIMIT 20000")
        random.Random(5).shuffle(publications)
        people = column(MOST.format("?p q:authoredBy ?s"))
        many = column(MANY)
        random.Random(5).shuffle(many)
        return Sample(
            publications,
            people,
            many,
            column(THOUSAND)[0],
            column(MOST.format("?p q:venue ?s"))[0],
            column("SELECT ?s { ?s a q:Source }")[0],
            column(f"SELECT ?c {{ <{people[0]}> q:inCluster ?c }}")[0],
            [column(f"SELECT ?l {{ <{one}> rdfs:label ?l }}")[0] for one in people],
        )


def pages(sample: Sample) -> Iterator[tuple[str, Paths, str]]:
    """Each kind of page: what it is, where, in what format."""

    def of(iri: str, more: str = "") -> Paths:
        return lambda number: f"/doc/{iri.partition('/id/')[2]}{more}"

    def same(path: str) -> Paths:
        return lambda number: path

    def publication(number: int) -> str:
        return of(sample.publications[number % len(sample.publications)])(0)

    a, b = sample.people
    yield "publication", publication, HTML
    yield "publication as Turtle", publication, TURTLE
    yield "home", same("/"), HTML
    yield "search", lambda n: f"/search?q={quote(sample.names[n % 2][:-1])}", HTML
    yield "author with most papers", of(a), HTML
    yield "author with most papers as Turtle", of(a), TURTLE
    yield "author with a thousand papers", of(sample.thousand), HTML
    yield EACH_ONCE, lambda n: of(sample.many[n])(0), HTML
    yield "who signed what there", same(f"/review/split?row={quote(sample.thousand)}"), HTML
    yield "explore that author", same(f"/explore?iri={quote(sample.thousand)}"), HTML
    yield "explore the largest venue", same(f"/explore?iri={quote(sample.venue)}"), HTML
    yield "name of that author", of(sample.cluster), HTML
    yield "venue with most papers", of(sample.venue), HTML
    yield "venue, page by page", lambda n: of(sample.venue, f"?page={n % 40 + 1}")(0), HTML
    yield "source", of(sample.source), HTML
    yield "source, page by page", lambda n: of(sample.source, f"?page={n % 700 + 1}")(0), HTML
    yield "venues", same("/venues"), HTML
    yield "search by words of titles", lambda n: f"/search?q={quote(sample.words(n))}", HTML
    yield "queries", same("/queries"), HTML
    yield "review", same("/review"), HTML
    yield "sources", same("/sources"), HTML
    yield "explain two people", same(f"/explain?a={quote(a)}&b={quote(b)}"), HTML
    values = sample.values()
    for query in Catalogue.bundled():
        given = "&".join(
            f"{param.name}={quote(values[param.name])}"
            for param in query.params
            if param.name in values
        )
        yield f"query {query.name}", same(f"/queries/{query.name}?{given}"), HTML


def measured(
    ours: Target, path: Paths, accept: str, seconds: float, times: int = 0
) -> tuple[list[float], float, int]:
    """p50 and p95 in milliseconds at one client and at four, those of the first, the bytes.

    What is asked for only so many times, is by one client.
    """
    numbers = iter(range(times)) if times else count()

    def requests() -> Iterator[bytes]:
        for number in numbers:
            yield (
                f"GET {path(number)} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n"
            ).encode()

    several = requests()
    connection = Connection(ours.port)
    first = connection.exchange(next(several))
    size, took = connection._size, []
    while not took or times or sum(took) < seconds:
        request = next(several, None)
        if request is None:
            break
        took.append(connection.exchange(request))
        size = max(size, connection._size)
    connection.close()
    if times:
        cells = [quantile(took, 0.5), quantile(took)] * 2
        return [cell * 1e3 for cell in cells], first * 1e3, size
    crowd = Crowd(ours.port, 4)
    _, four = crowd.closed_loop(several, seconds)
    crowd.close()
    cells = [quantile(took, 0.5), quantile(took), quantile(four, 0.5), quantile(four)]
    return [cell * 1e3 for cell in cells], first * 1e3, size


def processor(ours: Target) -> float:
    """Seconds of the processor that the server and its query processes have had."""
    tasks = (task for pid in ours.processes() for task in Path(f"/proc/{pid}/task").iterdir())
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def cheapest(ours: Target, path: Paths, accept: str, times: int) -> float:
    """Milliseconds of the processor for an answer: the least of several, whoever else computes."""
    connection = Connection(ours.port)
    least = float("inf")
    for number in range(times):
        before = processor(ours)
        connection.exchange(
            f"GET {path(number)} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n".encode()
        )
        least = min(least, processor(ours) - before)
    connection.close()
    return least * 1e3


HEADER = """
| page | first ms | p50 ms at 1 | p95 ms at 1 | p50 ms at 4 | p95 ms at 4 | kB | |
|---|--:|--:|--:|--:|--:|--:|---|"""


@click.command()
@click.option("--papers", default=19_000, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), help="A folder that has been loaded.")
@click.option("--seconds", default=2.0, show_default=True, help="For each page, twice.")
@click.option("--cache", default="64M", show_default=True, help="The server's setting.")
@click.option("--only", default="", help="Pages whose names have one of these, by commas.")
@click.option("--processor", "times", default=0, help="Only this, the least of so many answers.")
def main(papers: int, data: Path | None, seconds: float, cache: str, only: str, times: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="pages-") as folder, ExitStack() as stack:
        if data is None:
            data = Path(folder) / "data"
            attacks.load(data, papers)
        settled(data)
        sample = sampled(data)
        ours = stack.enter_context(servers.quiver(data, cache=cache))
        time.sleep(READY)
        click.echo(HEADER if not times else "\n| page | processor ms |\n|---|--:|")
        for name, path, accept in pages(sample):
            if not any(part in name for part in only.split(",")):
                continue
            if times:
                click.echo(f"| {name} | {cheapest(ours, path, accept, times):.0f} |")
                continue
            try:
                visits = len(sample.many) if name == EACH_ONCE else 0
                cells, first, size = measured(ours, path, accept, seconds, visits)
            except ConnectionError as error:
                click.echo(f"| {name} | {str(error)[:60]} | | | | | | failed |")
                continue
            met = cells[3] <= GOALS.get(name, GOAL) and (accept != HTML or size <= LARGEST)
            told = [f"{first:.0f}", *(f"{cell:.1f}" for cell in cells), f"{size / 1000:.1f}"]
            click.echo(f"| {name} | {' | '.join(told)} | {'met' if met else 'missed'} |")


if __name__ == "__main__":
    main()
