# ruff: noqa: T201 - a program for the terminal
"""How long a load takes, beside `oxigraph load` of the same quads; run by hand.

    python tests/benchmarks/load.py FILE… [--folder DIR] [--without-oxigraph]

Prints seconds, quads and rate of: the first load; the reload of the unchanged file; a new file of
1,000 records into that store; `oxigraph load` of all quads. Memory is the sum of PSS of this
process and its children, looked at twice a second. Figures depend on what else the machine does.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from ingest.pipeline import load
from queries.generations import Generations


def memory():
    """PSS of this process and its children, in MiB."""
    total = 0
    for entry in Path("/proc").iterdir():
        try:
            parent = entry.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            if os.getpid() in (int(entry.name), int(parent)):
                lines = entry.joinpath("smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, ValueError, IndexError):
            continue
    return total / 1024


class Peak(threading.Thread):
    """Watches the memory until stopped."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.done = 0, threading.Event()

    def run(self):
        while not self.done.wait(0.5):
            self.peak = max(self.peak, memory())


def phases(start):
    """A progress callback that prints each phase once."""
    seen = set()

    def progress(phase, done, total):
        if phase not in seen:
            seen.add(phase)
            print(f"  {time.monotonic() - start:8.2f} s  {phase}", flush=True)

    return progress


def timed(name, work):
    """Do it, print what it took, and give both back."""
    watch = Peak()
    watch.start()
    before, start = os.times(), time.monotonic()
    result = work(phases(start))
    seconds, after = time.monotonic() - start, os.times()
    watch.done.set()
    cpu = sum(after[:4]) - sum(before[:4])
    print(f"{name}: {seconds:.2f} s, {cpu:.1f} s of CPU, peak {watch.peak:.0f} MiB", flush=True)
    return result, seconds


def thousand(folder):
    """A file of 1,000 papers by 4,000 people, half of them with names met before."""
    path = folder / "thousand.mlanthology.jsonl"
    with path.open("w") as stream:
        for number in range(1000):
            people = [{"given": f"New{number}", "family": f"Person{p}"} for p in range(2)]
            people += [
                {"given": "Wei", "family": f"Li{number % 50}"},
                {"given": "Yang", "family": "Liu"},
            ]
            paper = {
                "bibtex_key": f"new{number}",
                "title": f"New paper {number}",
                "authors": people,
            }
            stream.write(json.dumps({**paper, "year": "2026", "venue": "icml"}) + "\n")
    return path


def oxigraph(folder, data):
    """`oxigraph load` of all that is held."""
    path = folder / "all.nq"
    with Generations(data).open() as reader:
        reader.store.engine.dump(str(path))
    program = Path(sys.executable).parent / "oxigraph"
    command = [str(program), "load", "--location", str(folder / "oxigraph"), "--file", str(path)]
    _, seconds = timed("oxigraph load", lambda _: subprocess.run(command, check=True, stderr=-3))
    return seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--without-oxigraph", action="store_true")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=given.folder))
    data = folder / "data"
    try:
        report, seconds = timed("first load", lambda p: load(data, given.files, progress=p))
        print(f"{report.loaded:,} records, {report.added:,} quads, {report.added / seconds:,.0f}/s")
        timed("unchanged reload", lambda p: load(data, given.files, progress=p))
        timed("1,000 new records", lambda p: load(data, [thousand(folder)], progress=p))
        if not given.without_oxigraph:
            theirs = oxigraph(folder, data)
            print(f"our rate is {theirs / seconds:.2f} of oxigraph's")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
