# ruff: noqa: T201 - a program for the terminal
"""How long a load takes, beside `oxigraph load` of the same quads; run by hand.

    python tests/benchmarks/load.py FILE… [--folder DIR] [--first-only] [--without-oxigraph]

Prints seconds, quads and rate of: the first load; the reload of the unchanged file; a new file of
1,000 records into that store; `oxigraph load` of the same quads. Memory is the sum of PSS of this
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
from urllib.parse import unquote

from ingest import sidefiles
from ingest.difference import BASE
from ingest.pipeline import load
from queries.generations import Generations


def memory():
    """PSS in MiB: of this process, of its children."""
    own = others = 0
    for entry in Path("/proc").iterdir():
        try:
            parent = entry.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            if os.getpid() in (int(entry.name), int(parent)):
                lines = entry.joinpath("smaps_rollup").read_text().splitlines()
                size = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
                if os.getpid() == int(entry.name):
                    own += size / 1024
                else:
                    others += size / 1024
        except (OSError, ValueError, IndexError):
            continue
    return own, others


class Peak(threading.Thread):
    """Watches the memory until stopped."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.own, self.others = 0, 0, 0
        self.done = threading.Event()

    def run(self):
        while not self.done.wait(0.5):
            own, others = memory()
            self.peak = max(self.peak, own + others)
            self.own, self.others = max(self.own, own), max(self.others, others)


def phases(start):
    """A progress callback that prints each phase once."""
    seen = set()

    def progress(phase, done, total):
        if phase not in seen:
            seen.add(phase)
            seconds, cpu = time.monotonic() - start, sum(os.times()[:2])
            print(f"  {seconds:8.2f} s  {phase} ({cpu:.1f} s of CPU in this process)", flush=True)

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
    print(
        f"{name}: {seconds:.2f} s, {cpu:.1f} s of CPU, peak {watch.peak:.0f} MiB"
        f" (this process {watch.own:.0f}, children {watch.others:.0f})",
        flush=True,
    )
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


def written(path, data):
    """The lines of the side files (all but some of `shared`) as N-Quads; how many."""
    count = 0
    with Generations(data).open() as reader, path.open("wb") as stream:
        base = reader.meta["base"]
        for folder in sorted((reader.path / "quads").glob("**/")):
            found = sorted(folder.glob("*.nt.gz"), key=lambda file: (file.name != BASE, file.name))
            if not found:
                continue
            name = unquote(folder.relative_to(reader.path / "quads").as_posix())
            graph = f" <{base}graph/{'shared' if name.startswith('shared/') else name}> .\n"
            for block in sidefiles.read(found):
                count += block.count(b"\n")
                stream.write(block.replace(b" .\n", graph.encode()))
    return count


def oxigraph(folder, data):
    """`oxigraph load` of what is held: quads a second."""
    path = folder / "all.nq"
    count = written(path, data)
    program = Path(sys.executable).parent / "oxigraph"
    command = [str(program), "load", "--location", str(folder / "oxigraph"), "--file", str(path)]
    _, seconds = timed("oxigraph load", lambda _: subprocess.run(command, check=True, stderr=-3))
    print(f"{count:,} quads, {count / seconds:,.0f}/s")
    return count / seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--without-oxigraph", action="store_true")
    parser.add_argument("--first-only", action="store_true", help="no reload, no small file")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=given.folder))
    data = folder / "data"
    try:
        report, seconds = timed("first load", lambda p: load(data, given.files, progress=p))
        print(f"{report.loaded:,} records, {report.added:,} quads, {report.added / seconds:,.0f}/s")
        if not given.first_only:
            timed("unchanged reload", lambda p: load(data, given.files, progress=p))
            timed("1,000 new records", lambda p: load(data, [thousand(folder)], progress=p))
        if not given.without_oxigraph:
            theirs = oxigraph(folder, data)
            print(f"our rate is {report.added / seconds / theirs:.2f} of oxigraph's")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
