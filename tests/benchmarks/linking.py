# ruff: noqa: T201 - a program for the terminal
"""Link a data folder against another side made up from itself: memory, time, right and wrong.

    python tests/benchmarks/linking.py --data DIR [--count 100000] [--kept FILE]

The other side is OpenAlex works (JSON Lines) of so many of our publications, evenly drawn: every
other with its DOI, every twentieth with a letter of its title lost, and people by ids of their own
of whom every fifth gives but initials, or another spelling of accents. Nothing is written into the
data folder. Prints each phase with its seconds, processor time and peak of memory (PSS of all
processes), then how many links led to what each thing was made from.
`--kept` writes the candidates to a file, one a line, to compare two versions by.
"""

import argparse
import json
import sys
import tempfile
import unicodedata
from pathlib import Path
from urllib.parse import unquote
from zlib import crc32

from resolving import Watch

from ingest.linking.against import link
from ingest.linking.others import Source
from ingest.resolution.gathering.reading import _blocks
from ingest.resolution.gathering.triples import first_text, subjects
from ontology import terms
from ontology.iris import Iris
from queries.generations import Generations

OPENALEX = "https://openalex.org/"


def called(name, draw):
    """A name as the other side has it."""
    given, _, family = name.rpartition(" ")
    if draw % 10 == 0 and given:
        return " ".join([f"{given[0]}.", family])
    if draw % 10 == 1:
        return "".join(
            c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)
        )
    return name


def works(path, base, every):
    """Every so manieth publication as OpenAlex has it, and what its things were made from."""
    start = f"<{base}id/publication/".encode()
    number = 0
    for folder in sorted((path / "quads" / "source").glob("*")):
        print(f"  made from {unquote(folder.name)}", flush=True)
        for block in _blocks(folder):
            if block.startswith(start):
                number += 1
                if number % every < 1:
                    yield made(int(number), list(subjects(block.decode())))


def made(number, said):
    """A work, and what was it made from, by id."""
    own = said[0][1]
    title = first_text(own, f"<{terms.DC_TITLE}>")
    if number % 20 == 0 and len(title) > 40:
        title = title[:30] + title[31:]
    truth, people = {}, []
    for _, told in said:
        if f"<{terms.OF_PUBLICATION}>" in told:
            row = told[f"<{terms.BY_AUTHOR}>"][0][1:-1]
            draw = crc32(row.encode())
            iri = f"{OPENALEX}A{10**9 + draw}"
            truth[iri] = row
            name = called(first_text(told, f"<{terms.PRINTED_NAME}>"), draw)
            place = int(first_text(told, f"<{terms.ORDINAL}>") or 0)
            people.append((place, {"author": {"id": iri, "display_name": name}}))
    iri = f"{OPENALEX}W{10**9 + number}"
    truth[iri] = said[0][0]
    work = {
        "id": iri,
        "title": title,
        "publication_year": int(first_text(own, f"<{terms.YEAR}>") or 0) or None,
        "type": "article",
        "authorships": [one for _, one in sorted(people, key=lambda one: one[0])],
        "primary_location": {
            "source": {"display_name": first_text(own, f"<{terms.PRINTED_VENUE}>")}
        },
    }
    doi = first_text(own, f"<{terms.DOI}>")
    return work | ({"doi": f"https://doi.org/{doi}"} if doi and number % 2 else {}), truth


def write(data, count, file):
    """The other side; gives what its things were made from, by their canonical IRIs here."""
    with Generations(data).open() as reader:
        base = Iris(reader.meta["base"]).base
        total = sum(
            block.startswith(f"<{base}id/publication/".encode())
            for folder in (reader.path / "quads" / "source").glob("*")
            for block in _blocks(folder)
        )
        truth = {}
        with file.open("w") as out:
            for work, meant in works(reader.path, base, max(1.0, total / count)):
                out.write(json.dumps(work) + "\n")
                truth |= meant
    return truth


def canonical(data):
    """The canonical member of everything here."""
    with Generations(data).open() as reader:
        found = reader.store.engine.query(
            f"SELECT ?a ?b WHERE {{ ?a <{terms.CANONICAL}> ?b }}", use_default_graph_as_union=True
        )
        return {one.value: other.value for one, other in found}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--kept", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "works.jsonl"
        truth = write(given.data, given.count, file)
        print(f"  {file.stat().st_size >> 20} MiB", flush=True)
        told = Path(folder) / "truth.json"  # not in memory while it is measured
        told.write_text(json.dumps(truth))
        del truth
        watch = Watch()
        watch.start()
        report = link(given.data, Source(file), dry_run=True, progress=watch.begin)
        watch.stop()
        truth = json.loads(told.read_text())
    ours = canonical(given.data)
    for kind, letter in (("publications", "W"), ("people", "A")):
        sure = [one for one in report.sure if one.outside.startswith(OPENALEX + letter)]
        right = sum(ours.get(truth[one.outside]) == one.entity for one in sure)
        all_of = sum(iri.startswith(OPENALEX + letter) for iri in truth)
        print(f"  {kind}: {all_of:,} there, {len(sure):,} linked, {right:,} of them right")
    print(f"  maybes: {len(report.grey):,}")
    if given.kept:
        given.kept.write_text("".join(f"{one}\n" for one in report.found))


if __name__ == "__main__":
    sys.exit(main())
