"""N-Triples of papers by rule, in the shape of dblp's RDF: `made_triples.py COUNT FILE`.

    python tests/benchmarks/made_triples.py 1000000 made.nt
    python tests/benchmarks/read_records.py made.nt

A paper is 24 triples on average: its own, three signatures as blank nodes, and of half of them
somebody's name and affiliation, which no record takes up.
"""

from itertools import count
from pathlib import Path

import click

DBLP = "https://dblp.org/rdf/schema#"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


def said(subject, name, value):
    return f"{subject} <{DBLP}{name}> {value} .\n"


def name(person):
    return f'"Given{person} Family{person % 977}"'


def paper(number, people):
    own = f"<https://dblp.org/rec/conf/made/P{number}>"
    yield f"{own} {TYPE} <{DBLP}Inproceedings> .\n"
    yield said(own, "title", f'"Paper {number} on subject {number * 7919 % 100003}"')
    yield said(own, "yearOfPublication", f'"{1990 + number % 35}"')
    yield said(own, "publishedIn", '"MADE"')
    yield said(own, "doi", f"<https://doi.org/10.5555/made.{number}>")
    for place in range(1, 4):
        signature, person = f"_:s{number}x{place}", (number * 31 + place * 17) % people
        yield said(own, "hasSignature", signature)
        yield f"{signature} {TYPE} <{DBLP}AuthorSignature> .\n"
        yield said(signature, "signatureOrdinal", f'"{place}"')
        yield said(signature, "signatureDblpName", name(person))
        yield said(signature, "signatureCreator", f"<https://dblp.org/pid/{person}/1>")
        yield said(signature, "signaturePublication", own)
    if number % 2 == 0:
        somebody = f"<https://dblp.org/pid/{number % people}/1>"
        yield said(somebody, "primaryCreatorName", name(number % people))
        yield said(somebody, "affiliation", f'"Made {number % 50}"')


@click.command()
@click.argument("triples", type=int)
@click.argument("out", type=click.Path(path_type=Path))
def main(triples, out):
    """Write papers until there are so many TRIPLES."""
    written = 0
    with out.open("w", encoding="utf-8") as stream:
        for number in count():
            if written >= triples:
                break
            lines = list(paper(number, triples // 3))
            stream.writelines(lines)
            written += len(lines)
    click.echo(f"{written:,} triples of {number:,} papers")


if __name__ == "__main__":
    main()
