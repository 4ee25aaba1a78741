"""Draws links to other graphs, with what a reader needs to judge them.

`python tests/gold/draw_outside.py DATA PAPERS COUNT` after the files of `make_outside.py` were
linked; writes tab-separated lines to standard output, the verdict left open.
"""

import csv
import gzip
import json
import random
import sys
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox

from ingest.linking.ours import title_key
from queries.generations import Generations
from tests.gold.make_outside import dblp_key, number, pid, printed, slug, work

Q = "PREFIX q: <https://w3id.org/quiver/ontology#> PREFIX owl: <http://www.w3.org/2002/07/owl#> "
Q += "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "


def there(papers):
    """What each IRI stands for in the files: a name or title, and titles."""
    named, titles = {}, defaultdict(list)
    for paper in papers:
        for one in (f"https://dblp.org/rec/{dblp_key(paper)}", work(paper)["id"]):
            named[one] = f"{paper['title']} | {paper.get('venue')} {paper['year']}"
            titles[one] = [", ".join(map(printed, paper["authors"]))]
        for one in paper["authors"]:
            for iri in (
                f"https://dblp.org/pid/{pid(one)}",
                f"https://openalex.org/A{5 * 10**9 + number(slug(one), 9)}",
                f"https://people.example/{slug(one)}",
            ):
                named[iri] = printed(one)
                titles[iri].append(paper["title"])
    return named, titles


def rows(store, text):
    return [
        [term.value for term in row]
        for row in store.query(Q + text, use_default_graph_as_union=True)
    ]


def main(data, source, count):
    papers = list(map(json.loads, gzip.decompress(Path(source).read_bytes()).decode().splitlines()))
    named, titles = there(papers)
    with Generations(Path(data)).open() as reader:
        store: ox.Store = reader.store.engine
        links = sorted(
            rows(store, "SELECT ?e ?o { ?e owl:sameAs ?o FILTER NOT EXISTS { ?o q:canonical ?c } }")
        )
        labels = dict(rows(store, "SELECT ?e ?l { ?e q:canonical ?e ; rdfs:label ?l }"))
        places = defaultdict(set)
        for entity, venue, year in rows(
            store, "SELECT ?e ?v ?y { ?m q:canonical ?e ; q:printedVenue ?v ; q:year ?y }"
        ):
            places[entity].add(f"{venue} {year}")
        mine = defaultdict(list)
        for entity, label in rows(store, "SELECT ?a ?l { ?p q:authoredBy ?a ; rdfs:label ?l }"):
            mine[entity].append(label)
        people = defaultdict(list)
        for entity, label in rows(store, "SELECT ?p ?l { ?p q:authoredBy ?a . ?a rdfs:label ?l }"):
            people[entity].append(label)
    draw = random.Random(9).sample(links, count)
    out = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    out.writerow(("entity", "name", "outside", "name_there", "facts", "verdict", "reason"))
    for entity, iri in sorted(draw):
        local = entity.partition("/id/")[2]
        if local.startswith("publication/"):
            here = f"{labels[entity]} | {'; '.join(sorted(places[entity]))}"
            facts = f"here {', '.join(people[entity])}; there {titles[iri][0]}"
        else:
            here = labels[entity]
            keys = {title_key(title) for title in mine[entity]}
            shared = [title for title in titles[iri] if title_key(title) in keys]
            example = shared[0] if shared else titles[iri][0]
            counts = f"{len(keys)} papers here, {len(titles[iri])} there, {len(shared)} in common"
            facts = f"{counts}: {example}"
        out.writerow((local, here, iri, named.get(iri, ""), facts, "", ""))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
