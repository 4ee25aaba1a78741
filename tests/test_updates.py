"""What an update writes is found in the very tokens that the engine gets."""
# ruff: noqa: E501 (one case a line)

import pyoxigraph as ox
import pytest

from queries.writes.updates import UpdateRefused, is_managed, operations, refuse_outreach

DEFAULT = "http://localhost:8000/graph/default"
BASE = "http://localhost:8000/"


def parts(text, **dataset):
    return list(operations(text, DEFAULT, **dataset))


def effect(text, trig="", **dataset):
    """The quads of a store after the operations, as N-Quads lines without blank nodes."""
    store = ox.Store()
    store.load(trig, ox.RdfFormat.TRIG)
    for one in parts(text, **dataset):
        store.update(one.request, base_iri=f"{BASE}sparql")
    return {str(quad) for quad in store}


def written(text):
    """The graphs that the text names for writing, as the engine resolves them."""
    found = set()
    for one in parts(text):
        if one.graphs:
            values = " ".join(one.graphs)
            query = f"{one.prologue}\nSELECT ?g {{ VALUES ?g {{ {values} }} }}"
            rows = ox.Store().query(query, base_iri=f"{BASE}sparql")
            found |= {row[0].value for row in rows}
    return found


@pytest.mark.parametrize(
    ("text", "graphs"),
    [
        ("INSERT DATA { <s> <p> 1 }", {DEFAULT}),
        ("INSERT DATA { GRAPH <http://e/g> { <s> <p> 1 } }", {"http://e/g"}),
        ("INSERT DATA { <s> <p> 1 GRAPH <http://e/g> { <s> <p> 1 } }", {DEFAULT, "http://e/g"}),
        ("DELETE DATA { GRAPH <g> { <s> <p> 1 } }", {f"{BASE}g"}),
        ("DELETE WHERE { GRAPH <http://e/g> { ?s ?p ?o } }", {"http://e/g"}),
        ("INSERT { ?s ?p ?o } WHERE { GRAPH <http://e/g> { ?s ?p ?o } }", {DEFAULT}),
        ("WITH <http://e/g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", {"http://e/g"}),
        ("INSERT { ?s ?p ?o } USING <http://e/g> WHERE { ?s ?p ?o }", {DEFAULT}),
        ("PREFIX e: <http://e/> CLEAR GRAPH e:g", {"http://e/g"}),
        ("BASE <http://e/> CLEAR GRAPH <g>", {"http://e/g"}),
        ("COPY <http://e/a> TO <http://e/b>", {"http://e/b"}),
        ("ADD DEFAULT TO <http://e/b>", {"http://e/b"}),
        ("ADD <http://e/a> TO DEFAULT", {DEFAULT}),
        ("MOVE <http://e/a> TO <http://e/b>", {"http://e/a", "http://e/b"}),
        ("CREATE SILENT GRAPH <http://e/g>", {"http://e/g"}),
        ("DROP DEFAULT", {DEFAULT}),
        ("CLEAR DEFAULT ; PREFIX e: <http://e/> DROP GRAPH e:g ;", {DEFAULT, "http://e/g"}),
        ("INSERT DATA { <s> <p> 'a ; } GRAPH <http://e/no> { ' } # ; DROP GRAPH <http://e/no>", {DEFAULT}),
    ],
)  # fmt: skip
def test_graphs_that_are_written(text, graphs):
    assert written(text) == graphs


def test_variables_of_templates_and_their_pattern():
    (one,) = parts("DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }")
    assert one.variables == ("?g",)
    assert one.graphs == ()
    assert one.pattern.split() == ["GRAPH", "?g", "{", "?s", "?p", "?o", "}"]


@pytest.mark.parametrize("text", ["CLEAR ALL", "DROP NAMED", "CLEAR SILENT ALL"])
def test_all_graphs(text):
    (one,) = parts(text)
    assert one.everything


def test_unqualified_means_our_default_graph():
    trig = f"<{DEFAULT}> {{ <http://e/s> <http://e/p> 1 }} <http://e/g> {{ <http://e/s> <http://e/p> 2 }}"
    text = "INSERT { ?s <http://e/seen> ?o } WHERE { ?s <http://e/p> ?o }"
    new = effect(text, trig) - effect("", trig)
    assert len(new) == 1
    assert all(DEFAULT in quad for quad in new)


def test_dataset_of_the_request():
    trig = (
        "<http://e/g> { <http://e/s> <http://e/p> 2 } <http://e/h> { <http://e/s> <http://e/p> 3 }"
    )
    text = "INSERT { ?s <http://e/seen> ?o } WHERE { ?s <http://e/p> ?o }"
    new = effect(text, trig, using=["http://e/g"]) - effect("", trig)
    assert len(new) == 1
    assert '"2"' in next(iter(new))


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { _:b <http://e/p> _:b , 'its', \"x\"@en-GB , '1'^^<http://e/t> , 1.5e-3 , -2 , true }",
        'INSERT DATA { <http://e/s> <http://e/p> """a "quoted" { ; } \\u0041 # no comment""" }',
        "INSERT { ?s <http://e/q> ?o } WHERE { ?s (<http://e/p>|^<http://e/r>)+ ?o FILTER(?o < 3 && ?s != <http://e/x>) }",
        "INSERT { ?s <http://e/q> ?n } WHERE { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s HAVING (COUNT(*) > 0) }",
        "PREFIX e: <http://e/>\nINSERT DATA { e:a\\,b e:p e:%41, ( 1 2 ), [ e:q 3 ] }",
        "PREFIX : <http://e/> INSERT DATA { :s :p :o.x, :o.y . :s a :C }",
        "INSERT DATA { # a comment with ' and }\n <http://e/s> <http://e/p> 1 }",
    ],
)  # fmt: skip
def test_what_runs_means_what_was_sent(text):
    """Ours, default graph apart, does what the engine does with the text itself."""
    trig = "{0} {{ <http://e/s> <http://e/p> 1 . <http://e/x> <http://e/p> 2 }}"
    theirs = ox.Store()
    theirs.load(trig.format(""), ox.RdfFormat.TRIG)
    theirs.update(text, base_iri=f"{BASE}sparql")
    mine = ox.Store()
    mine.load(trig.format(f"<{DEFAULT}>"), ox.RdfFormat.TRIG)
    for one in parts(text):
        mine.update(one.request, base_iri=f"{BASE}sparql")
    assert canonical(quad.triple for quad in mine) == canonical(quad.triple for quad in theirs)


def canonical(triples):
    dataset = ox.Dataset(ox.Quad(*triple) for triple in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


HIDDEN = "; CLEAR GRAPH <http://e/managed>"


@pytest.mark.parametrize(
    "text",
    [
        # A comparison for the engine, an IRI for the grammar: then a string or a comment hides the rest
        f"INSERT {{ <a> <b> 1 }} WHERE {{ FILTER(1<'a>b' ) }} {HIDDEN} #'",
        f"INSERT {{ <a> <b> 1 }} WHERE {{ FILTER(1<#>'''\n2) }} {HIDDEN} ; INSERT {{ <a> <b> 1 }} WHERE {{ FILTER(1<#>'''\n2) }}",
        "INSERT { <a> <b> trueGRAPH <http://e/managed> { <a> <b> 1 } } WHERE {}",
        "INSERT { <a> <b> 1GRAPH <http://e/managed> { <a> <b> 1 } } WHERE {}",
        "INSERT { <a> <b> 'x'@enGRAPH <http://e/managed> { <a> <b> 1 } } WHERE {}",
        "INSERT { <a> <b> 'unclosed GRAPH <http://e/managed> { <a> <b> 1 } } WHERE {}",
    ],
)  # fmt: skip
def test_no_write_hides_from_the_check(text):
    """It is found, or it is no update for the engine any more."""
    try:
        found = written(text)
        effect(text, "<http://e/managed> { <http://e/s> <http://e/p> 1 }")
    except (ValueError, SyntaxError):
        return
    assert "http://e/managed" in found


@pytest.mark.parametrize("word", ["LOAD <http://e/x>", "load silent <http://e/x>", "INSERT {} WHERE { SERVICE ?x {} }"])  # fmt: skip
def test_outreach_is_refused(word):
    with pytest.raises(UpdateRefused, match="other hosts"):
        refuse_outreach(word)


@pytest.mark.parametrize(
    "text",
    ["INSERT DATA { <http://e/LOAD> <http://e/SERVICE> 'LOAD', ex:SERVICE } # LOAD", "?SERVICE"],
)
def test_names_and_strings_are_no_calls(text):
    refuse_outreach(text)


@pytest.mark.parametrize(
    ("name", "managed"),
    [
        ("links", True),
        ("source/x", True),
        ("decisions", True),
        ("default", False),
        ("user/links", False),
        ("linksx", False),
    ],
)
def test_managed_graphs(name, managed):
    assert is_managed(f"{BASE}graph/{name}", BASE) is managed
    assert not is_managed(f"http://elsewhere.example/graph/{name}", BASE)
