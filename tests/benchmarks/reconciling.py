"""How long a batch of names takes to reconcile, against a graph of as many people as are asked for.

Names are made of the frequent family and given names that come with Quiver, so that each has many
namesakes: half are asked for as they stand, a quarter by initial, a quarter with a letter wrong.
`tests/benchmarks/reconciling.py --labels 1000000 --data FOLDER` keeps the graph for another time.
"""

import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from ingest.resolution.tables import lines_of
from ontology import terms
from queries.generations import Generations
from queries.search import textindex
from server import create_app
from server.config import Config

BASE = "http://localhost:8000/"
MIDDLE = ["", *"ABCDEFGHJKLMNPRST"]


def people(count: int) -> Iterator[tuple[str, str]]:
    """IRIs and names, of which none comes twice."""
    families, givens = (
        [line.split("\t")[0].title() for line in lines_of(f"{name}.tsv")]
        for name in ("families", "givens")
    )
    number = 0
    for middle in MIDDLE:
        for given in givens:
            for family in families:
                if number == count:
                    return
                name = " ".join(filter(None, (given, middle and f"{middle}.", family)))
                yield f"{BASE}id/author/p-{number:012d}", name
                number += 1


def build(data: Path, count: int) -> None:
    """A generation with so many people, and its text index."""
    with Generations(data).write() as draft:
        draft.meta["base"] = BASE
        lines = draft.path / "people.nq"
        with lines.open("w") as file:
            graph = f"<{BASE}graph/source/made>"
            for iri, name in people(count):
                file.write(f"<{iri}> <{terms.TYPE}> <{terms.PERSON}> {graph} .\n")
                file.write(f"<{iri}> <{terms.TYPE}> <{terms.AUTHOR}> {graph} .\n")
                file.write(f'<{iri}> <{terms.LABEL}> "{name}" {graph} .\n')
                file.write(f'<{iri}> <{terms.FOAF_NAME}> "{name}" {graph} .\n')
                file.write(f"<{iri}> <{terms.CANONICAL}> <{iri}> {graph} .\n")
        draft.replace_store().engine.bulk_load(path=str(lines))
        lines.unlink()
        rows = (textindex.Row(iri, "author", name, "", 1) for iri, name in people(count))
        textindex.build(draft.path / "text.sqlite", rows)
        draft.publish()


def questions(count: int, wanted: int, draw: random.Random) -> list[str]:
    """Names to ask for: as they stand, by initial, with a letter left out."""
    places = set(draw.sample(range(count), wanted))
    names = [name for place, (_, name) in enumerate(people(count)) if place in places]
    draw.shuffle(names)
    return [_changed(name, place % 4, draw) for place, name in enumerate(names)]


def _changed(name: str, way: int, draw: random.Random) -> str:
    given, *rest = name.split()
    if way == 2:
        return f"{rest[-1]}, {given[0]}."
    if way == 3 and len(given) > 4:
        at = draw.randrange(1, len(given) - 1)
        return " ".join([given[:at] + given[at + 1 :], *rest])
    return name


@click.command()
@click.option("--labels", default=1_000_000, show_default=True)
@click.option("--names", default=200, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), default=None)
def main(labels: int, names: int, rounds: int, data: Path | None) -> None:
    """Ask for NAMES names at once, other ones each round."""
    with tempfile.TemporaryDirectory() as scratch:
        data = data or Path(scratch) / "data"
        if not (data / "current").exists():
            build(data, labels)
        app = create_app(Config(data=data, workers=1))
        client, draw, took = app.test_client(), random.Random(7), []
        for _ in range(rounds):
            asked = questions(labels, names, draw)
            form = {
                "queries": json.dumps(
                    {str(n): {"query": q, "type": "Author"} for n, q in enumerate(asked)}
                )
            }
            began, cpu = time.perf_counter(), time.process_time()
            reply = client.post("/reconcile", data=form)
            took.append((time.perf_counter() - began, time.process_time() - cpu))
            found = [one["result"] for one in reply.json.values()]
            click.echo(
                f"{took[-1][0]:.2f} s, of which {took[-1][1]:.2f} s of processor here: "
                f"{sum(map(bool, found))} of {names} with candidates, "
                f"{sum(bool(one and one[0]['match']) for one in found)} sure"
            )
        click.echo(f"median {statistics.median(wall for wall, _ in took):.2f} s")
        app.extensions["quiver"].close()


if __name__ == "__main__":
    main()
