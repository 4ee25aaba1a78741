"""How long a decision about two people takes, from the call to the published generation.

Decides on a copy (hard links) of a data folder, so the folder stays as it is:
`tests/benchmarks/decisions.py --data FOLDER --count 12`
"""

import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import click
import pyoxigraph as ox

from ingest.resolution import deciding
from ontology import terms
from queries.drafts import link_or_copy
from queries.generations import Generations


def pairs(data: Path, count: int, seed: int) -> list[list[str]]:
    """Pairs of author rows that were compared, drawn by a seed."""
    with Generations(data).open() as reader:
        store = reader.store.engine
        found = store.quads_for_pattern(None, ox.NamedNode(terms.RULE), ox.Literal("authors"), None)
        matches = sorted(str(quad.subject.value) for quad in found)
        drawn = random.Random(seed).sample(matches, min(count, len(matches)))
        return [
            [
                quad.object.value
                for quad in store.quads_for_pattern(
                    ox.NamedNode(match), ox.NamedNode(terms.COMPARES), None, None
                )
            ]
            for match in drawn
        ]


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--count", default=12, show_default=True)
@click.option("--seed", default=5, show_default=True)
def main(data: Path, count: int, seed: int) -> None:
    """Decide about COUNT pairs, in turn the same and different."""
    with tempfile.TemporaryDirectory(dir=data.parent) as folder:
        copy = Path(folder) / "data"
        shutil.copytree(data, copy, symlinks=True, copy_function=link_or_copy)
        (copy / "lock").unlink(missing_ok=True)
        taken = []
        for place, (one, other) in enumerate(pairs(copy, count, seed)):
            began = time.perf_counter()
            verdict = ("same", "different")[place % 2]
            deciding.decide(copy, one, other, verdict, by="benchmark", reason="to measure")
            taken.append(time.perf_counter() - began)
    median, worst = statistics.median(taken), max(taken)
    click.echo(f"{len(taken)} decisions: median {median:.3f} s, worst {worst:.3f} s")


if __name__ == "__main__":
    main()
