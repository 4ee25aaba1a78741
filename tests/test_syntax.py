import pyoxigraph as ox
import pytest

from queries import syntax
from queries.syntax import readable


def complaint(query):
    with pytest.raises(SyntaxError) as caught:
        ox.Store().query(query)
    return str(caught.value)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?x { ?s foo:bar ?x }", "error at 1:23: Prefix not found"),
        ("ASK { <not absolute> ?p 1 }", "error at 1:21: IRI parsing failed"),
        ("SELEC * {}", "error at 1:10: expected CONSTRUCT"),
        ("", "error at 1:1: what stands here, or the end, is not expected"),
    ],
)
def test_the_reason_is_all_that_is_said(query, expected):
    assert readable(complaint(query)) == expected


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT *\n{ ?s foo:bar ?x }", "error at 2:13: the prefix foo: is not declared"),
        ("# mine\nPREFIX x: <y:>\ninsert data { <x:a> <x:b> 1 }", "this is an update, no query: "),
        ("PREFIX x: <y:> ", "there is no query: "),
        ("SELEC * {}", "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not 'SELEC'"),
        ("{ ?s ?p ?o }", "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not '{'"),
        ("PREFIX x <y:> ASK {}", "error at 1:"),
        ("ASK {", "error at 1:6: expected one of "),
    ],
)
def test_a_query_at_hand_tells_more(query, told):
    assert syntax.complaint(complaint(query), query).startswith(told)


def test_an_unbound_variable_is_the_reason():
    said = readable(complaint("SELECT ?x (COUNT(?y) AS ?n) { ?x ?p ?y }"))
    assert said.endswith(": The SELECT contains a variable that is unbound")


def test_classes_of_characters_are_left_out_and_words_stay():
    raw = complaint("SELECT * { ?s ?p")
    said = readable(raw)
    assert raw.startswith("error at 1:17: ")
    assert r"\u{" in raw
    assert said.startswith("error at 1:17: expected one of ")
    assert r"\u{" not in said
    assert "[_]" not in said
    for word in ('"("', '"["', r'"\""', "GRAPH", "MINUS"):
        assert word in said


@pytest.mark.parametrize("message", ["", "character 8 of the query is no text", "error at last"])
def test_what_is_no_complaint_stays_as_it_is(message):
    assert readable(message) == message


@pytest.mark.parametrize(
    "query",
    ["PREFIX" + " " * (1 << 20), "BASE" + " " * (1 << 20), "ASK { " + "a" * (1 << 20) + ":b }"],
    ids=["PREFIX", "BASE", "name"],
)
def test_a_long_query_is_gone_through_once(query):
    """Each letter again for each of a million would take an hour, in which nobody is served."""
    place = f"error at 1:{len(query) - 1}: "
    assert syntax.complaint(f"{place}{syntax.NO_PREFIX}", query).startswith("error at 1:")
    assert syntax.complaint("error at 1:7: expected x", query)
