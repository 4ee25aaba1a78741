"""What one small write costs, from the lock to the acknowledgement: `small_writes.py [WRITES]`.

    .venv/bin/python tests/benchmarks/small_writes.py 60 --quads 1000000

Prints the median, the worst and the share of each phase. `--quads` is the size of the store that
is written to (one named graph, bulk-loaded first). Without `--settle` one write in the first twenty
waits for the compaction that the bulk load left to do.
"""

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import click
import pyoxigraph as ox

from queries.formats import N_QUADS
from queries.generations import Generations

EX = "http://example.org/"


def lines(count):
    for number in range(0, count, 10_000):
        yield "".join(
            f'<{EX}{i}> <{EX}name> "name {i}" <{EX}g> .\n'
            for i in range(number, min(number + 10_000, count))
        ).encode()


def filled(data, count):
    with tempfile.NamedTemporaryFile(suffix=".nq") as file:
        file.writelines(lines(count))
        file.flush()
        with Generations(data).write() as draft:
            draft.store.bulk_load(Path(file.name), N_QUADS)
            draft.publish()


def decision(number):
    return ox.Quad(
        ox.NamedNode(f"{EX}decision/{number}"),
        ox.NamedNode(EX + "verdict"),
        ox.Literal("same"),
        ox.NamedNode(EX + "graph/decisions"),
    )


def timed_write(data, number, phases):
    marks = [("begin", time.perf_counter())]
    note = lambda phase: marks.append((phase, time.perf_counter()))  # noqa: E731
    with Generations(data, announce=note).write() as draft:
        draft.store.add([decision(number)])
        note("changed")
        draft.publish()
    for (_, earlier), (phase, later) in pairwise(marks):
        phases[phase].append(later - earlier)
    return time.perf_counter() - marks[0][1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("writes", nargs="?", type=int, default=60)
    parser.add_argument("--quads", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, default=None, help="on the disk to be measured")
    parser.add_argument("--settle", action="store_true", help="compact once before the writes")
    asked = parser.parse_args()
    phases = defaultdict(list)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        data = Path(folder)
        filled(data, asked.quads)
        if asked.settle:
            begin = time.perf_counter()
            Generations(data).settle()
            click.echo(f"settled in {time.perf_counter() - begin:.1f} s")
        times = [timed_write(data, number, phases) for number in range(asked.writes)]
    report(asked, times, phases)


def report(asked, times, phases):
    milliseconds = [1000 * seconds for seconds in times]
    click.echo(f"{asked.writes} writes of one quad to {asked.quads:,} quads, milliseconds")
    click.echo(
        f"  {'all':14} p50 {statistics.median(milliseconds):8.1f}  max {max(milliseconds):8.1f}"
    )
    click.echo(f"  {len([one for one in times if one > 1])} of them over a second")
    for phase, seconds in phases.items():
        spent = [1000 * second for second in seconds]
        click.echo(f"  {phase:14} p50 {statistics.median(spent):8.1f}  max {max(spent):8.1f}")


if __name__ == "__main__":
    main()
