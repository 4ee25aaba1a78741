"""How fast files are read into records, beside the bare decompressing and parsing of their JSON.

    python tests/benchmarks/read_records.py FILE…

Prints, for each file, its records, errors and repairs by rule, processor time, rate, and the
process's peak memory. Absolute times are noisy on a shared machine: compare the two columns.
"""

import gzip
import json
import resource
import sys
import time
from collections import Counter
from pathlib import Path

import click

from ingest.readers import open_records
from ingest.records import Record


def bare_seconds(path):
    """Processor time to unpack and parse JSON Lines and no more; None for other files."""
    if not path.name.endswith(".jsonl.gz"):
        return None
    start = time.process_time()
    with gzip.open(path) as stream:
        for line in stream:
            json.loads(line)
    return time.process_time() - start


def measure(path):
    kinds, rules = Counter(), Counter()
    start = time.process_time()
    opened = open_records(path)
    for item in opened.items:
        kinds[type(item).__name__] += 1
        if isinstance(item, Record):
            kinds["signatures"] += len(item.contributors)
            kinds["cut off"] += item.cut_off
            rules.update(repair.rule for repair in item.repairs)
    seconds = time.process_time() - start
    return opened, kinds, rules, seconds


def main():
    for path in map(Path, sys.argv[1:]):
        opened, kinds, rules, seconds = measure(path)
        bare = bare_seconds(path)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        click.echo(f"{path.name}: {opened.format.name} {opened.how}")
        click.echo(f"  {dict(kinds)}")
        click.echo(f"  repairs {dict(rules)}")
        beside = f", bare JSON {bare:.1f} s" if bare else ""
        rate = kinds["Record"] / seconds
        click.echo(f"  {seconds:.1f} s{beside}, {rate:,.0f} records/s, peak {peak} MB")


if __name__ == "__main__":
    main()
