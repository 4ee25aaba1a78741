# ruff: noqa: T201 - a program for the terminal
"""How long a resolve takes, phase by phase, and how much memory all its processes take; by hand.

    python tests/benchmarks/resolving.py --data DIR [--processes 2] [--again]

Works on a copy (hard links) of the data folder, which stays as it is. Prints of each phase its
seconds and the processor time of all processes (those still running included), then the whole
and the peak of memory: the sum of PSS of this process and its children, looked at every
two seconds. `--again` resolves twice more: as it stands, where nothing is new, and after one more
source of 1,000 records.
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from load import memory, thousand

from ingest.pipeline import load
from ingest.resolution import sharing
from ingest.resolution.links import resolve
from queries.writes.files import link_or_copy

TICK = os.sysconf("SC_CLK_TCK")


def processor():
    """Processor time of this process and its children, ended or not, in seconds."""
    total = sum(os.times()[:4])
    for entry in Path("/proc").iterdir():
        try:
            fields = entry.joinpath("stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if entry.name.isdecimal() and int(fields[1]) == os.getpid():
            total += (int(fields[11]) + int(fields[12])) / TICK
    return total


class Watch(threading.Thread):
    """Looks at the memory until stopped; keeps the peak of each phase."""

    def __init__(self):
        super().__init__(daemon=True)
        self.done, self.phases, self.peaks = threading.Event(), [], []
        self.begin("opening")

    def begin(self, phase, done=0, total=None):
        """A progress callback: a phase begins where its name is another."""
        if not self.phases or self.phases[-1][0] != phase:
            self.peaks.append(0)
            self.phases.append((phase, time.monotonic(), processor()))

    def run(self):
        while not self.done.wait(2.0):
            self.peaks[-1] = max(self.peaks[-1], sum(memory()[:2]))

    def stop(self):
        """Print the phases and the whole."""
        self.begin("end")
        self.done.set()
        self.join()
        first, last = self.phases[0], self.phases[-1]
        for place, (name, start, used) in enumerate(self.phases[:-1]):
            _, end, then = self.phases[place + 1]
            took = f"{end - start:7.1f} s  {then - used:7.1f} s of CPU"
            print(f"  {took}  {self.peaks[place]:6.0f} MiB  {name}", flush=True)
        print(
            f"  {last[1] - first[1]:7.1f} s  {last[2] - first[2]:7.1f} s of CPU"
            f"  {max(self.peaks):6.0f} MiB  in all",
            flush=True,
        )


def measured(name, data, processes):
    """Resolve, and print what it took."""
    print(f"{name}:", flush=True)
    watch = Watch()
    watch.start()
    report = resolve(data, processes=processes, progress=watch.begin)
    watch.stop()
    print(f"  {report.publications}\n  {report.authors}\n  +{report.added} -{report.removed}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=sharing.cores())
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=given.data.parent))
    data = folder / "data"
    try:
        shutil.copytree(given.data, data, symlinks=True, copy_function=link_or_copy)
        (data / "lock").unlink(missing_ok=True)
        measured("resolve", data, given.processes)
        if given.again:
            measured("again", data, given.processes)
            load(data, [thousand(folder)])
            measured("after 1,000 records of another source", data, given.processes)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
