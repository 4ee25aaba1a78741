"""One CONSTRUCT of many alternatives, taken apart."""

import pyoxigraph as ox

from queries.branching import alternatives

QUERY = """PREFIX e: <http://e/#>
CONSTRUCT {
  $entity a ?class ; e:name ?name ; e:knows ?one, ?other .
  ?one a e:Thing ; e:text "a . b ; {c} UNION" .
} WHERE {
  { $entity e:is ?class } UNION {
    $entity e:called ?name . OPTIONAL { $entity e:sort ?class }
  } UNION { { ?one e:k $entity } UNION { ?one e:l $entity } FILTER(?one != <http://e/}>) }
}
"""
DATA = b"""<http://e/a> <http://e/#is> <http://e/C> . <http://e/a> <http://e/#called> "A" .
<http://e/b> <http://e/#k> <http://e/a> . <http://e/c> <http://e/#l> <http://e/a> ."""


def test_each_part_has_the_patterns_that_it_can_bind():
    one, two, three = alternatives(QUERY)
    assert "$entity a ?class ." in one and "?name" not in one
    assert "$entity e:name ?name ." in two and "$entity a ?class ." in two
    assert "$entity e:knows ?one ." in three and "?other" not in three.split("WHERE")[0]
    assert '?one e:text "a . b ; {c} UNION" .' in three


def test_the_parts_together_give_what_the_whole_gives():
    store = ox.Store()
    store.load(DATA, ox.RdfFormat.TURTLE)
    whole = set(store.query(QUERY.replace("<http://e/}>", "<http://e/x>")))
    parts = alternatives(QUERY.replace("<http://e/}>", "<http://e/x>"))
    assert {triple for text in parts for triple in store.query(text)} == whole
    assert len(whole) == 8


def test_a_query_without_alternatives_is_one():
    assert alternatives("CONSTRUCT { ?a <p:p> ?b } WHERE { ?a <q:q> ?b }") == [
        "CONSTRUCT {\n  ?a <p:p> ?b .\n} WHERE { ?a <q:q> ?b }\n"
    ]
