"""Makes a large file of the records of a smaller one: copies under other names; run by hand.

    python tests/benchmarks/renamed.py FILE… --count N [--abstract LETTERS] OUT

From JSON Lines of ML Anthology (.jsonl, .jsonl.gz) or BibTeX (.bib). The n-th copy of a record has
another key, title and identifiers, and other family names: as many new rows as the first had.
`--abstract` gives each record of JSON Lines an abstract of so many letters.
"""

import gzip
import json
import re
from itertools import islice
from pathlib import Path

import click

OWN = ("bibtex_key", "title", "doi", "arxiv_id", "openreview_id", "dblp_key", "source_id")


def letters(copy):
    """A number as letters, as it may stand in a name; none for the first copy."""
    return "" if copy == 0 else letters((copy - 1) // 26) + chr(97 + (copy - 1) % 26)


def json_copies(paths, copy, abstract):
    mark = letters(copy)
    for path in paths:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
            for number, line in enumerate(stream):
                record = json.loads(line)
                for name in OWN:
                    if mark and record.get(name):
                        record[name] = (
                            f"{record[name]} {mark}"
                            if name == "title"
                            else (f"{record[name]}{mark}")
                        )
                for person in record.get("authors") or ():
                    person["family"] = f"{person.get('family') or ''}{mark}"
                    person.pop("slug", None)
                if abstract:
                    words = f"On {record['title']}, seen {number} times. "
                    record["abstract"] = (words * (abstract // len(words) + 1))[:abstract]
                yield json.dumps(record, ensure_ascii=False) + "\n"


def bibtex_copies(paths, copy, _abstract):
    mark = letters(copy)
    for path in paths:
        for entry in re.split(r"(?m)^(?=@)", path.read_text()):
            if entry.startswith("@"):
                entry = re.sub(r"^(@\w+\{[^,\s]+)", rf"\1{mark}", entry)
                entry = re.sub(r"(\btitle = \{)", rf"\1{mark} ", entry)
                entry = re.sub(r"(?m)^(\s*author = .*)$", lambda line: named(line[1], mark), entry)
                yield entry


def named(line, mark):
    return re.sub(r"(\w), ", rf"\1{mark}, ", line)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--count", type=int, required=True)
@click.option("--abstract", type=int, default=0)
def main(files, out, count, abstract):
    """Write COUNT records made of those in FILES to OUT."""
    made = bibtex_copies if files[0].suffix == ".bib" else json_copies
    copy, left = 0, count
    with out.open("w") as stream:
        while left:
            before = left
            for text in islice(made(files, copy, abstract), left):
                stream.write(text)
                left -= 1
            copy += 1
            if left == before:
                raise click.ClickException("no record in these files")


if __name__ == "__main__":
    main()
