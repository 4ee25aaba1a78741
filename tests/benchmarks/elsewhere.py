# ruff: noqa: T201 - a program for the terminal
"""Resolve public labelled data that no weight was learnt from, and measure what comes of it.

    python tests/benchmarks/elsewhere.py reviews|cora|qian|wang FILES [--keep FOLDER] [--worst 10]

Each is loaded and resolved by the commands that anybody uses, with nothing of the labels; then
clusters are measured against the labels, pairwise and B-cubed, beside a simple baseline: one folded
title and year; one printed name. Nothing is downloaded. Where the data are, under which licence:

reviews
    Records that systematic reviews gathered from several databases, with hand-checked duplicates:
    `records_pre_merged.csv` and `merged_record_ids.csv` in folders of `bib_dedupe/data` at commit
    3908fd3b of github.com/CoLRev-Environment/bib-dedupe (MIT; four of medicine are those of
    Rathbone and others, 2015). Give one such folder or several. One file is one source.
cora
    1,295 citations from papers on machine learning, labelled by hand (McCallum's Cora):
    `data/cora.csv` of github.com/digitisingscotland/pakdd2018-metric-linkage (no licence stated).
qian
    Papers of people with one name, told apart by hand: the file at commit 03673b7 of
    github.com/yaya213/DBLP-Name-Disambiguation-Dataset (no licence stated; Qian and others, 2015).
    Venue and year are taken from the addresses at dblp that it gives.
wang
    All signatures with "Wang" in INSPIRE that authors had claimed: `examples/data` of the source
    distribution of PyPI's `beard` 0.2.2 (revised BSD). A paper of more than 30 authors, of which
    some have thousands, is cut to those of that name and the first 30.
"""

import argparse
import csv
import html
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ingest.resolution.assessment import evaluation, outcome
from queries.generations import Generations

QUIVER = Path(sys.executable).with_name("quiver")
MOST_AUTHORS = 30
_DBLP = re.compile(r"/db/(?:conf|journals)/([^/]+)/[^#]*#[^\t]*?(\d\d)[a-z]*\b")


class Case:
    """What to load, the cluster of each item by its labels, and by a simple baseline."""

    def __init__(self, name, kind, files, gold, baseline):
        self.name, self.kind, self.files = name, kind, files
        self.gold, self.baseline = gold, baseline


# --- publications


def folded(text):
    return re.sub(r"\W+", " ", text.lower()).strip()


def by_title_and_year(rows):
    """What an exact comparison of folded titles and years joins; nothing without a title."""
    return {key: (folded(title), year) if folded(title) else key for key, title, year, *_ in rows}


def clusters_of(groups, keys):
    found = {key: key for key in keys}
    for group in groups:
        found.update(dict.fromkeys(group, group[0]))
    return found


def reviews(folders, work) -> Iterator[Case]:
    for folder in map(Path, folders):
        path = folder / "records_pre_merged.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [(r["ID"], r["title"], r["year"]) for r in csv.DictReader(stream)]
        with (folder / "merged_record_ids.csv").open(encoding="utf-8", newline="") as stream:
            groups = [row["merged_ids"].split(";") for row in csv.DictReader(stream)]
        load = [["--map", "ENTRYTYPE=type", path]]
        gold = clusters_of(groups, [key for key, *_ in rows])
        yield Case(folder.name, "publications", load, gold, by_title_and_year(rows))


def cora(files, work) -> Iterator[Case]:
    with Path(files[0]).open(encoding="utf-8", newline="") as stream:
        held = list(csv.reader(stream))[1:]
    path = work / "cora.csv"
    rows, gold = [], {}
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(
            ["id", "author", "volume", "title", "venue", "publisher", "year", "pages", "editor"]
        )
        for number, row in enumerate(held):
            key = f"c{number}"
            year = (re.search(r"(?:19|20)\d\d", row[9]) or [""])[0]
            venue = row[6] or row[5]
            table.writerow([key, row[2], row[3], row[4], venue, row[8], year, row[10], row[12]])
            gold[key] = row[1]
            rows.append((key, row[4], year))
    yield Case("cora", "publications", [[path]], gold, by_title_and_year(rows))


# --- authors


def qian(files, work) -> Iterator[Case]:
    path = work / "qian.csv"
    gold, names = {}, {}
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "authors", "title", "venue", "year"])
        for number, line in enumerate(Path(files[0]).read_text("utf-8").splitlines()):
            cells = [html.unescape(cell).strip() for cell in line.split("\t")]
            if len(cells) < 5 or not cells[1].isdigit() or not cells[4]:
                continue  # a heading, or a paper of which nothing but an address is given
            key = f"q{number}"
            found = _DBLP.search(line)
            venue, year = found.groups() if found else ("", "")
            year = year and f"{'19' if int(year) > 50 else '20'}{year}"
            authors = "; ".join(name.strip() for name in cells[3].split(";") if name.strip())
            table.writerow([key, authors, cells[4], venue, year])
            gold[f"{key}#0"], names[f"{key}#0"] = cells[1], cells[2]
    yield Case("qian", "authors", [["--map", "authors=authors", path]], gold, names)


def wang(files, work) -> Iterator[Case]:
    folder = Path(files[0])
    said = {
        name: json.loads((folder / f"wang_{name}.json").read_text("utf-8"))
        for name in ("records", "signatures", "clusters")
    }
    person = {one: who for who, held in said["clusters"].items() for one in held}
    signed = defaultdict(list)
    for one in said["signatures"]:
        signed[one["publication_id"]].append(one)
    gold, names = {}, {}
    path = work / "wang.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        for record in said["records"]:
            key = f"10.9999/{record['publication_id']}"
            authors = cut_off(record["authors"], signed[record["publication_id"]])
            for place, (name, one) in enumerate(authors):
                if one is not None:
                    gold[f"{key}#{place}"] = person[one["signature_id"]]
                    names[f"{key}#{place}"] = name
            stream.write(json.dumps(work_of(key, record, authors)) + "\n")
    yield Case("wang", "authors", [["--format", "crossref", path]], gold, names)


def cut_off(names, signatures):
    """The authors with the labelled signature of each, if any; long lists cut."""
    free = defaultdict(list)
    for one in signatures:
        free[one["author_name"]].append(one)
    found = [(name, free[name].pop(0) if free[name] else None) for name in names]
    return [
        (name, one)
        for place, (name, one) in enumerate(found)
        if place < MOST_AUTHORS or one is not None
    ]


def work_of(key, record, authors):
    """A record in the shape of Crossref's works."""
    people = []
    for name, one in authors:
        family, _, given = name.partition(",")
        who = {"family": family.strip(), "given": given.strip()}
        if one and one["author_affiliation"]:
            who["affiliation"] = [{"name": one["author_affiliation"]}]
        people.append(who)
    return {
        "DOI": key,
        "title": [record["title"] or "?"],
        "author": people,
        "container-title": [record["journal"]] if record["journal"] else [],
        "issued": {"date-parts": [[record["year"]]]},
        "type": "journal-article",
    }


# --- measuring


def quiver(data, *arguments):
    subprocess.run([QUIVER, *map(str, arguments), "--data", data, "-q"], check=True)


def found_in(data, case):
    """What the links say: the cluster of each item."""
    with Generations(data).open() as reader:
        held = outcome.read(reader.path, reader.meta["base"])
    of = held.homes if case.kind == "publications" else held.people
    found = {}
    for source in held.sources:
        found |= of(source)
    return found


def told(subset):
    pairs, bcubed = subset.pairs.figures, subset.bcubed
    return (
        f"pairs P {pairs.precision:.4f} R {pairs.recall:.4f} F {pairs.f1:.4f}   "
        f"B3 P {bcubed.precision:.4f} R {bcubed.recall:.4f} F {bcubed.f1:.4f}   "
        f"({subset.pairs.right:,} right, {subset.pairs.wrong:,} wrong, "
        f"{subset.pairs.missed:,} missed)"
    )


def measure(case, data, worst):
    for load in case.files:
        quiver(data, "load", *load)
    quiver(data, "resolve")
    found = found_in(data, case)
    items = [item for item in case.gold if item in found]
    lost = len(case.gold) - len(items)
    gold = {item: case.gold[item] for item in items}
    print(f"{case.name}: {len(items):,} items, {len(set(gold.values())):,} by label; lost {lost:,}")
    for name, joined in (("baseline", case.baseline), ("quiver", found)):
        print(f"  {name:9}{told(evaluation.measure(name, items, gold, joined))}")
    if case.kind == "authors":
        shared = sorted(evaluation.shared_names(gold, case.baseline))
        for name, joined in (("baseline", case.baseline), ("quiver", found)):
            subset = evaluation.measure(name, shared, gold, joined)
            print(f"  names of several, {len(shared):,}: {name:9}{told(subset)}")
    labels = labels_of(case)
    for name, mistakes in zip(
        ("wrong", "missed"), _mistakes(gold, {i: found[i] for i in items}, labels), strict=True
    ):
        for mistake in mistakes[:worst]:
            print(f"    {name} {mistake.pairs}: {' | '.join(mistake.groups)}")


def _mistakes(gold, found, labels):
    held = evaluation.mistakes(gold, found, labels)
    return held.wrong, held.missed


def labels_of(case):
    return {item: str(label) for item, label in case.baseline.items()}


CASES = {"reviews": reviews, "cora": cora, "qian": qian, "wang": wang}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("case", choices=CASES)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--keep", type=Path, help="keep the data folders here")
    parser.add_argument("--worst", type=int, default=0, help="mistakes to show, of each kind")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        work = given.keep or Path(made)
        work.mkdir(parents=True, exist_ok=True)
        for case in CASES[given.case](given.files, work):
            measure(case, work / f"data-{case.name}", given.worst)


if __name__ == "__main__":
    main()
