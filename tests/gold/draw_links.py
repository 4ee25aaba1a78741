"""Draw links to be read: `python -m tests.gold.draw_links DATA` prints a thousand, verdicts empty.

DATA is any resolved data folder. A link is a match whose verdict is "same". Links are drawn by
rule: of each rule `LEAST` at random, or all where there are fewer, and from what is left as many
more as make `COUNT`. A rule is what two names have to do with each other, or what two publications
have in common. Entities are called by what survives a reload: the source, and the record's key or
the name as printed. One seed, so one graph gives one draw. How many links each rule made goes to
standard error.
"""

import argparse
import random
import sys
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox

from ingest.resolution.weighing.names import Relation, homonym, parse
from ingest.resolution.weighing.relations import relation
from ingest.resolution.weighing.titles import words_of
from queries.generations import Generations
from queries.store import select

SEED, COUNT, LEAST = 22, 1000, 100
COLUMNS = ["kind", "rule", "source_a", "key_a", "source_b", "key_b", "score", "verdict", "reason"]
LINKS = """
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX q: <https://w3id.org/quiver/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?one ?other ?a ?b ?rule ?score ?identifier ?family_a ?family_b {
  ?match q:verdict "same" ; q:compares ?one , ?other ; q:rule ?rule ; q:score ?score
  FILTER(STR(?one) < STR(?other))
  ?one rdfs:label ?a . ?other rdfs:label ?b
  OPTIONAL { ?match q:evidenceIdentifier ?identifier }
  OPTIONAL { ?one foaf:familyName ?family_a }
  OPTIONAL { ?other foaf:familyName ?family_b }
}
"""
PLACE = """
PREFIX q: <https://w3id.org/quiver/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?name ?label ?key {
  ?entity rdfs:label ?label ; q:source|q:describedIn/q:source ?from .
  ?from rdfs:label ?name
  OPTIONAL { ?entity q:describedIn/q:recordKey|q:authorKey ?key }
}
"""
OF_NAMES = {
    Relation.SAME: "same but for marks",
    Relation.SCRIPT: "same but for marks",
    Relation.DIACRITICS: "same but for marks",
    Relation.SPACING: "spacing or hyphen",
    Relation.REORDER: "reorder",
    Relation.PARTICLE: "particle or compound family name",
    Relation.COMPOUND: "particle or compound family name",
    Relation.MIDDLE: "middle name or initial",
    Relation.MIDDLE_NAME: "middle name or initial",
    Relation.INITIALS: "initials",
    Relation.NICKNAME: "nickname or short form",
    Relation.SHORT: "nickname or short form",
    Relation.ADDED: "added or English first name",
    Relation.HALF: "added or English first name",
    Relation.SPELLING: "spelling",
}


def rule_of_names(one, other, *families):
    """What two printed names have to do with each other."""
    (mine, suffix), (theirs, other_suffix) = homonym(one), homonym(other)
    kind = relation(*map(parse, (mine, theirs), families))
    if kind is Relation.SAME and bool(suffix) != bool(other_suffix):
        return "homonym suffix or none"
    return OF_NAMES.get(kind, "other")


def rule_of_titles(one, other, identifier):
    """What two publications have in common: an identifier or none, the title or not quite."""
    title = "same title" if words_of(one) == words_of(other) else "changed title"
    return f"{title}, {'same' if identifier and float(identifier.value) > 0 else 'no'} identifier"


def links(store):
    """Every link by rule, as (kind, one, other, score), sorted."""
    found = defaultdict(list)
    for row in select(store, LINKS, {}):
        one, other, a, b = (row[name].value for name in ("one", "other", "a", "b"))
        if row["rule"].value == "authors":
            families = (row[name].value if row[name] else "" for name in ("family_a", "family_b"))
            kind, rule = "author", rule_of_names(a, b, *families)
        else:
            kind, rule = "publication", rule_of_titles(a, b, row["identifier"])
        found[kind, rule].append((one, other, float(row["score"].value)))
    return {key: sorted(found[key]) for key in sorted(found)}


def chosen(by_rule, count, least, seed=SEED):
    """Of each rule `least` links or all, and of what is left as many as make `count`."""
    drawn, left = [], []
    for key, held in sorted(by_rule.items()):
        mixed = random.Random(f"{seed} {key}").sample(held, len(held))
        drawn += [(*key, *link) for link in mixed[:least]]
        left += [(*key, *link) for link in mixed[least:]]
    more = min(len(left), max(0, count - len(drawn)))
    return sorted(drawn + random.Random(seed).sample(left, more))


def place(store, kind, iri):
    """The source of an entity and what it is called there: key, printed name, else local path."""
    row = next(iter(select(store, PLACE, {"entity": ox.NamedNode(iri)})))
    if row["key"]:
        return row["name"].value, row["key"].value
    called = row["label"].value if kind == "author" else iri.partition("/id/")[2]
    return row["name"].value, called


def draw(store, count=COUNT, least=LEAST, seed=SEED):
    """The rows of a gold file without verdicts, sorted by the pair."""
    by_rule = links(store)
    rows = []
    for kind, rule, one, other, score in chosen(by_rule, count, least, seed):
        pair = sorted((place(store, kind, one), place(store, kind, other)))
        rows.append((kind, rule, *pair[0], *pair[1], f"{score:.4f}", "", ""))
    return sorted(rows, key=lambda row: row[2:6]), by_rule


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--least", type=int, default=LEAST)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    with Generations(given.data).open() as reader:
        rows, by_rule = draw(reader.store, given.count, given.least, given.seed)
    sys.stdout.writelines("\t".join(row) + "\n" for row in [COLUMNS, *rows])
    for (kind, rule), held in by_rule.items():
        drawn = sum(row[:2] == (kind, rule) for row in rows)
        sys.stderr.write(f"{kind}, {rule}: {drawn} of {len(held)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
