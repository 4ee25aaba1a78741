"""How long a decision takes, from the call to the published generation, by what it is about.

Decides on a copy (hard links) of a data folder, so the folder stays as it is:
`tests/benchmarks/decisions.py --data FOLDER --kind people --count 12`
"""

import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import click
import pyoxigraph as ox

from ingest.resolution.curation import deciding, obeying, splitting
from ontology import terms
from queries.generations import Generations
from queries.writes.files import link_or_copy

WHO: dict[str, Any] = {"by": "benchmark", "reason": "to measure", "later": True}


def objects(store: ox.Store, subject: str, predicate: str) -> list[str]:
    """The values of a property."""
    found = store.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(predicate), None, None)
    return [quad.object.value for quad in found]


def subjects(store: ox.Store, predicate: str, value: ox.NamedNode | ox.Literal) -> list[str]:
    """What has this value of a property, sorted."""
    found = store.quads_for_pattern(None, ox.NamedNode(predicate), value, None)
    return sorted(str(quad.subject.value) for quad in found)


@contextmanager
def opened(data: Path) -> Iterator[ox.Store]:
    """The store as it was last published."""
    with Generations(data).open() as reader:
        yield reader.store.engine


def people(data: Path, count: int, seed: int) -> Iterator[Callable[[], object]]:
    """Decisions about compared persons, in turn that they are one and are not."""
    with opened(data) as store:
        matches = subjects(store, terms.RULE, ox.Literal("authors"))
        drawn = random.Random(seed).sample(matches, min(count, len(matches)))
        pairs = [objects(store, match, terms.COMPARES) for match in drawn]
    for place, (one, other) in enumerate(pairs):
        verdict = ("same", "different")[place % 2]
        yield lambda a=one, b=other, v=verdict: deciding.decide(data, a, b, v, **WHO)


def publications(data: Path, count: int, seed: int) -> Iterator[Callable[[], object]]:
    """Decisions that two publications are one, each taken back: clusters change."""
    with opened(data) as store:
        found = subjects(store, terms.TYPE, ox.NamedNode(terms.PUBLICATION))
    draw = random.Random(seed)
    for _ in range((count + 1) // 2):
        made: list[str] = []
        one, other = draw.sample(found, 2)

        def decide(a: str = one, b: str = other, made: list[str] = made) -> None:
            decided, _ = deciding.decide(data, a, b, "same", **WHO)
            made.extend(one.iri for one in decided)

        yield decide
        yield lambda made=made: deciding.undo(data, made, **WHO)


def splits(data: Path, count: int, seed: int) -> Iterator[Callable[[], object]]:
    """Splits of a signature from a row that has several, drawn by a seed."""
    with opened(data) as store:
        rows = subjects(store, terms.TYPE, ox.NamedNode(terms.PERSON))
        random.Random(seed).shuffle(rows)
        signed = ((row, subjects(store, terms.BY_AUTHOR, ox.NamedNode(row))) for row in rows)
        drawn = list(islice((told for told in signed if len(told[1]) > 2), count))
    for row, signatures in drawn:
        yield lambda r=row, s=signatures[0]: splitting.split(data, r, [s], **WHO)


KINDS = {"people": people, "publications": publications, "splits": splits}


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--kind", type=click.Choice(sorted(KINDS)), default="people", show_default=True)
@click.option("--count", default=12, show_default=True)
@click.option("--seed", default=5, show_default=True)
def main(data: Path, kind: str, count: int, seed: int) -> None:
    """Decide COUNT times, as the review does; obey what waits for a run."""
    with tempfile.TemporaryDirectory(dir=data.parent) as folder:
        copy = Path(folder) / "data"
        shutil.copytree(data, copy, symlinks=True, copy_function=link_or_copy)
        (copy / "lock").unlink(missing_ok=True)
        taken, obeyed = [], []
        for decide in KINDS[kind](copy, count, seed):
            began = time.perf_counter()
            decide()
            taken.append(time.perf_counter() - began)
            began = time.perf_counter()
            if obeying.obey(copy) is not None:
                obeyed.append(time.perf_counter() - began)
    told(f"{len(taken)} decisions ({kind})", taken)
    if obeyed:
        told(f"{len(obeyed)} of them obeyed by a run that followed", obeyed)


def told(what: str, taken: list[float]) -> None:
    """Print the figures."""
    click.echo(f"{what}: median {statistics.median(taken):.3f} s, worst {max(taken):.3f} s")


if __name__ == "__main__":
    main()
