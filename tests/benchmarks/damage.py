"""Damages real files at random and reads them: none may end in a traceback, or take long.

    python tests/benchmarks/damage.py [FOLDER] [--seconds 300] [--seed 1] [--memory 2]

Every file of FOLDER is cut off, has bytes changed, parts doubled or taken out, or is joined with
another. It is read as what its content says. What is raised, but ReadError, is printed with how to
make the file again, and so is what takes over ten seconds. Memory is capped, in GiB.
"""

import argparse
import io
import json
import random
import resource
import time
import traceback
from collections import Counter
from pathlib import Path

import click

from ingest.readers import READERS, ReadError, guess
from ingest.readers.streams import HEAD_SIZE
from ingest.records import Item

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "formats"
SLOW = 10.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory", type=float, default=2)
    options = parser.parse_args()
    cap = int(options.memory * (1 << 30))
    resource.setrlimit(resource.RLIMIT_AS, (cap, cap))
    files = list(_files(options.folder))
    groups = _by_format(files)
    chance = random.Random(options.seed)
    ends = time.monotonic() + options.seconds
    done, known, found = 0, Counter(), set()
    while time.monotonic() < ends:
        name, data = chance.choice(chance.choice(groups))
        state = chance.getrandbits(64)
        damaged = _damaged(data, files, random.Random(state))
        done += 1
        known[_read(damaged, name, state, found)] += 1
    click.echo(f"{done:,} damaged files read; {len(found)} different failures")
    click.echo(", ".join(f"{name} {count:,}" for name, count in known.most_common()))


def _files(folder):
    """Name and bytes of each file, the wrapped ones taken out of their wrapping."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if path.suffix == ".json" and path.parent.name in ("zotero-testcases", "arxiv-atom"):
            for number, text in enumerate(_wrapped(json.loads(data))):
                yield f"{path.name}#{number}", text.encode("utf-8", "surrogateescape")
        elif len(data) < 3_000_000:
            yield str(path.relative_to(folder)), data


def _by_format(files):
    """The files apart by what they are known as, so that each format gets its turn."""
    groups = {}
    for name, data in files:
        known = guess(data[:HEAD_SIZE], "unnamed")
        groups.setdefault(known.name if known else "unknown", []).append((name, data))
    return list(groups.values())


def _wrapped(value):
    return [case["input"] for case in value] if isinstance(value, list) else [value["body"]]


def _damaged(data, files, chance):
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        way = chance.randrange(6)
        at, other = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        if way == 0:
            del data[other:]
        elif way == 1:
            for _ in range(chance.randrange(1, 30)):
                if data:
                    data[chance.randrange(len(data))] = chance.randrange(256)
        elif way == 2:
            data[at:at] = data[at : min(other, at + 5000)]
        elif way == 3:
            del data[at : min(other, at + chance.choice((1, 3, 100, 10_000)))]
        elif way == 4:
            data[at:at] = chance.choice(files)[1][:20_000]
        else:
            mark = chance.choice(b'<>{}[]"&\\\n\r\x00\x1b\x1d\x1e\x1f\xff#=,;')
            data[at:at] = bytes([mark]) * chance.choice((1, 2, 50, 3000))
    return bytes(data)


def _read(data, name, state, found):
    known = guess(data[:HEAD_SIZE], "unnamed")
    reader = known or random.Random(state).choice(list(READERS.values()))
    started = time.monotonic()
    try:
        for item in reader.read(io.BufferedReader(io.BytesIO(data), HEAD_SIZE)):
            assert isinstance(item, Item)
            str(item).encode()
    except ReadError:
        pass
    except Exception as error:
        trace = traceback.extract_tb(error.__traceback__)
        where = next((f for f in reversed(trace) if "/ingest/" in f.filename), trace[-1])
        _tell(found, f"{type(error).__name__} {where.name}:{where.lineno}", name, state, reader)
        if len(found) < 20:
            click.echo(traceback.format_exc(limit=-4))
    if (taken := time.monotonic() - started) > SLOW:
        _tell(found, f"slow: {reader.name}", f"{name} {taken:.0f} s", state, reader)
    return known.name if known else "unknown"


def _tell(found, what, name, state, reader):
    if what not in found:
        click.echo(f"{what}: {name}, damage {state}, read as {reader.name}")
    found.add(what)


if __name__ == "__main__":
    main()
