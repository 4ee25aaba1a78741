"""Draw joins to be read: `python -m tests.gold.draw_joins DATA` prints fifty, without verdicts.

DATA holds the two bundled sources, resolved. 25 joined publication pairs, and of author pairs 17
whose names differ and 8 whose names are equal; one seed, so one graph gives one draw.
"""

import random
import sys
from pathlib import Path

import pyoxigraph as ox

from queries.generations import Generations
from queries.store import select

SEED = 20
PAIRS = """
PREFIX q: <https://w3id.org/quiver/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?one ?other ?a ?b {
  ?match q:rule ?rule ; q:verdict "same" ; q:compares ?one , ?other
  FILTER(STR(?one) < STR(?other))
  ?one rdfs:label ?a . ?other rdfs:label ?b
}
"""
KEY = """
PREFIX q: <https://w3id.org/quiver/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?name ?label ?key ?venue ?year {
  ?entity rdfs:label ?label ; q:source|q:describedIn/q:source/rdfs:label ?from
  OPTIONAL { ?entity q:source ?own . ?own rdfs:label ?row }
  BIND(COALESCE(?row, ?from) AS ?name)
  OPTIONAL { ?entity q:describedIn/q:recordKey ?key }
  OPTIONAL { ?entity q:printedVenue ?venue ; q:year ?year }
}
"""


def pairs(store, rule):
    rows = select(store, PAIRS, {"rule": ox.Literal(rule)})
    return sorted(tuple(row[name].value for name in ("one", "other", "a", "b")) for row in rows)


def place(store, iri):
    """The source of an entity and what it is called there."""
    row = next(iter(select(store, KEY, {"entity": ox.NamedNode(iri)})))
    text = {
        name: row[name].value for name in ("name", "label", "key", "venue", "year") if row[name]
    }
    if "/publication/" not in iri:
        return text["name"], text["label"]
    printed = f"{text['label']} | {text.get('venue')} | {text.get('year')}"
    return text["name"], text.get("key", printed)


def draw(data):
    with Generations(data).open() as reader:
        publications = pairs(reader.store, "publications")
        authors = pairs(reader.store, "authors")
        chosen = [("publication", *row) for row in random.Random(SEED).sample(publications, 25)]
        seeded = random.Random(SEED)
        for rows, count in (
            ([row for row in authors if row[2] == row[3]], 8),
            ([row for row in authors if row[2] != row[3]], 17),
        ):
            chosen += [("author", *row) for row in seeded.sample(rows, count)]
        for kind, one, other, _, _ in chosen:
            yield kind, *sorted((place(reader.store, one), place(reader.store, other)))


if __name__ == "__main__":
    drawn = ("\t".join((kind, *a, *b)) + "\n" for kind, a, b in draw(Path(sys.argv[1])))
    sys.stdout.writelines(sorted(drawn, key=lambda line: line.split("\t")[1:]))
