"""The shapes as SPARQL find the very nodes that pySHACL finds, on graphs broken shape by shape."""

from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib

from ontology import terms
from queries import shaping
from queries.store import EmbeddedStore

SHAPES = Path(terms.__file__).parent / "shapes.ttl"
SH = rdflib.Namespace(shaping.SH)
CONSTRAINTS = list(shaping.constraints(SHAPES))
OWL = "http://www.w3.org/2002/07/owl#"


def line(subject, predicate, value):
    return f"<{subject}> <{predicate}> {value} .\n"


def broken():
    """Two members of each class for each constraint: one that breaks it, and what it is beside."""
    lines = []
    for number, one in enumerate(CONSTRAINTS):
        bad = f"x:bad-{number}"
        if one.name == "not":
            lines += [line("x:any", one.bindings["path"].value, f"<{bad}>")]
            lines += [line(bad, terms.TYPE, one.bindings["value"])]
            continue
        path, value = one.bindings["path"].value, one.bindings.get("value")
        lines += [line(bad, terms.TYPE, one.bindings["class"])]
        wrong = {
            "minCount": (),
            "maxCount": [f'"{n}"' for n in range(int(value.value) + 1)]
            if one.name == "maxCount"
            else (),
            "datatype": ['"1"^^<http://www.w3.org/2001/XMLSchema#anyURI>'],
            "class": ["<x:of-no-class>"],
            "nodeKind": ["<x:iri>"] if value and value.value.endswith("Literal") else ['"text"'],
            "in": ['"nosuch"'],
            "pattern": ['"/"'],
            "minInclusive": ["-7"],
            "maxInclusive": ["1e7"],
            "minLength": ['""'],
        }[one.name]
        lines += [line(bad, path, each) for each in wrong]
    text = "".join(lines).replace(" -7 ", ' "-7"^^<http://www.w3.org/2001/XMLSchema#integer> ')
    return text.replace(" 1e7 ", ' "1e7"^^<http://www.w3.org/2001/XMLSchema#double> ')


@pytest.fixture(scope="module")
def found():
    """(shape, constraint, node) by our queries and by pySHACL, on the same broken graph."""
    text = broken()
    engine = ox.Store()
    engine.load(text.encode(), ox.RdfFormat.N_TRIPLES)
    store = EmbeddedStore(engine)
    known = {}  # what one constraint finds out is used by the next
    ours = {(one.shape, node.value) for one in CONSTRAINTS for node in one.breaking(store, known)}
    graph = rdflib.Graph().parse(data=text, format="nt")
    _, report, _ = pyshacl.validate(graph, shacl_graph=rdflib.Graph().parse(SHAPES))
    theirs = {
        (str(report.value(result, SH.sourceShape)), str(report.value(result, SH.focusNode)))
        for result in report.subjects(rdflib.RDF.type, SH.ValidationResult)
    }
    return ours, theirs


def test_every_value_that_a_shape_allows_breaks_nothing():
    lists = [one for one in CONSTRAINTS if one.name == "in"]
    assert lists
    for one in lists:
        path = one.bindings["path"].value
        said = (
            line(f"x:{n}", terms.TYPE, one.bindings["class"]) + line(f"x:{n}", path, term)
            for n, term in enumerate(one.allowed)
        )
        engine = ox.Store()
        engine.load("".join(said).encode(), ox.RdfFormat.N_TRIPLES)
        assert list(one.breaking(EmbeddedStore(engine))) == [], one.title


def test_every_broken_node_is_found(found):
    ours, _ = found
    for number, one in enumerate(CONSTRAINTS):
        assert (one.shape, f"x:bad-{number}") in ours, one.title


def test_our_queries_and_pyshacl_report_the_same_nodes(found):
    ours, theirs = found
    assert ours == theirs
    assert len(ours) > len(CONSTRAINTS)


def test_a_shape_that_no_query_is_written_for_is_refused(tmp_path):
    path = tmp_path / "shapes.ttl"
    path.write_text(
        f"@prefix sh: <{shaping.SH}> . <x:s> a sh:NodeShape ; sh:targetClass <x:c> ; "
        "sh:property <x:p> . <x:p> sh:path <x:q> ; sh:uniqueLang true ."
    )
    with pytest.raises(shaping.UnknownConstraint, match="uniqueLang"):
        list(shaping.constraints(path))
