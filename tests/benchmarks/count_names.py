"""Counts how many given names go with each family name, and the other way round, in name lists.

Writes `ingest/resolution/tables/families.tsv` and `givens.tsv` from the ACL Anthology's and ML
Anthology's authors: `python tests/benchmarks/count_names.py ../shared/data`. Only counts leave.
"""

import gzip
import json
import sys
from collections import Counter
from pathlib import Path

from ingest.resolution.weighing.names import parse

LISTS = ("er/acl-and/papers.jsonl.gz", "corpora/mlanthology/papers.noabs.jsonl.gz")
TABLES = Path(__file__).parents[2] / "ingest" / "resolution" / "tables"
LEAST = 20
HEAD = """# {what} of at least {least} different {other}, of {total} pairs in two name lists:
# ACL Anthology (2022-05-20, CC BY 4.0 from 2016, CC BY-NC-SA 3.0 before: facts counted, no text)
# and ML Anthology (2026-03-13, Apache-2.0). Made by tests/benchmarks/count_names.py.
"""


def pairs(data):
    """The distinct pairs of family name and first given name, folded."""
    found = set()
    for name in LISTS:
        with gzip.open(data / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                for author in json.loads(line).get("authors", ()):
                    given = author.get("given", author.get("first", ""))
                    family = author.get("family", author.get("last", ""))
                    read = parse(f"{given} {family}".strip(), family)
                    if len(read.first) > 1:
                        found.add((read.family, read.first))
    return found


def write(name, what, other, counts, total):
    """One table: word, count; most frequent first."""
    lines = [f"{word}\t{n}\n" for word, n in sorted(counts.items(), key=lambda i: (-i[1], i[0]))]
    kept = [line for line in lines if int(line.split("\t")[1]) >= LEAST]
    head = HEAD.format(what=what, least=LEAST, other=other, total=total)
    (TABLES / name).write_text(head + "".join(kept), encoding="utf-8")


def main():
    """Count and write both tables."""
    found = pairs(Path(sys.argv[1]))
    families = Counter(family for family, _ in found)
    givens = Counter(given for _, given in found)
    write("families.tsv", "Family names", "given names", families, len(found))
    write("givens.tsv", "Given names", "family names", givens, len(found))


if __name__ == "__main__":
    main()
